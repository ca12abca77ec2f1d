/* What a feed of the configuration tells its source. */
#ifndef FM_SOURCE_OPTION_H
#define FM_SOURCE_OPTION_H

#include <feedmill/plugin.h>

/* The first option of this name; {NULL, 0}: none. A list is given as often as it
 * has items. */
fm_str fm_option(const fm_param *options, size_t noptions, const char *name);

/* A copy in the call's memory, NUL after it. */
fm_str fm_option_copy(const fm_host *host, fm_str text);

/* A plan's key of a prefix and an address: the address itself where it fits, else
 * its start and its hash, which nobody else's key is. */
fm_str fm_option_key(const fm_host *host, fm_str prefix, fm_str url);

#endif
