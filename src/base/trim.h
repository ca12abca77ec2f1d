/* Giving memory back while nothing happens. */
#ifndef FM_BASE_TRIM_H
#define FM_BASE_TRIM_H

/* Returns free heap to the system, and unmaps the pages of program and library
 * files that were never written: some thirty libraries are touched once, for a
 * TLS handshake or a parse, and then rest. What is needed again is mapped again
 * from the page cache, a fault for each 64 KiB; so only for when it is idle.
 * One to two milliseconds. Any thread. */
void fm_trim(void);

#endif
