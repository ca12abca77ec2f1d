/* A limit of CPU time for commands that parse a page in their own process. */
#ifndef FM_CMD_CPU_LIMIT_H
#define FM_CMD_CPU_LIMIT_H

#include <stdint.h>

enum { FM_CPU_LIMIT = 5 }; /* seconds: the default of extract.cpu */

/* After so many more seconds of CPU time the program ends with FM_EXIT_FAILED and a line on
 * standard error that names the page. `page` is borrowed for good. */
void fm_cpu_limit(int64_t seconds, const char *page);

#endif
