/* Checks of single values that the directive table names. For settings*.c. */
#ifndef FM_CMD_SETTINGS_CHECK_H
#define FM_CMD_SETTINGS_CHECK_H

#include "base/why.h"
#include <feedmill/feed.h>
#include <stdbool.h>

int fm_check_listen(fm_str value, fm_why *why);
int fm_check_cidr(fm_str value, fm_why *why);
int fm_check_rate(fm_str value, fm_why *why);  /* as fm_rate_parse */
int fm_check_base(fm_str value, fm_why *why);  /* no query, no fragment */
int fm_check_proxy(fm_str value, fm_why *why);
int fm_check_store(fm_str value, fm_why *why);
int fm_check_name(fm_str value, fm_why *why);  /* [a-z0-9][a-z0-9._-]* */
int fm_check_path(fm_str value, fm_why *why);  /* starts with '/' */
int fm_check_log_level(fm_str value, fm_why *why);
int fm_check_log_format(fm_str value, fm_why *why);
int fm_check_via(fm_str value, fm_why *why);   /* page, api or auto */

/* "60/m": milliseconds between two; units s, m, h; 0 for "0/m", which is no limit. */
bool fm_rate_parse(fm_str text, int64_t *interval_ms);

#endif
