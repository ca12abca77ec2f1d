/* Returning memory to the kernel while the program is idle. */
#ifndef FM_BASE_MEM_TRIM_H
#define FM_BASE_MEM_TRIM_H

/* Returns free heap, and drops the resident pages of read-only file mappings: some thirty
 * libraries are needed for one TLS handshake or parse and then rest. The pages are read
 * again from the page cache on demand, at one fault per 64 KiB, so call this only when idle.
 * Takes one to two milliseconds. Any thread. */
void fm_mem_trim(void);

#endif
