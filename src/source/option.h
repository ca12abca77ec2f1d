/* Access to a feed's own configuration keys, as a source receives them. */
#ifndef FM_SOURCE_OPTION_H
#define FM_SOURCE_OPTION_H

#include <feedmill/plugin.h>

/* The value of the first option of this name; {NULL, 0}: none. A list is one option for
 * each of its items. */
fm_str fm_option(const fm_param *options, size_t noptions, const char *name);

/* A NUL-terminated copy in the call's memory. */
fm_str fm_option_copy(const fm_host *host, fm_str text);

/* A plan's key from a prefix and an address. An address that does not fit into 512 bytes is
 * cut, and its hash appended. */
fm_str fm_option_key(const fm_host *host, fm_str prefix, fm_str url);

#endif
