/* The feed that a command-line argument names. */
#ifndef FM_CMD_ARGUMENT_H
#define FM_CMD_ARGUMENT_H

#include "cmd/settings.h"
#include "mill/catalog.h"

/* `asked` is a configured feed's name, a path, or an absolute address at the listing's host.
 * The result's strings are in `arena` or the catalogue. FM_E_BAD_ADDRESS or FM_E_NOT_FOUND,
 * with the reason. */
int fm_argument_resolve(const fm_catalog *catalog, const fm_settings *settings, const char *asked,
                  const fm_format *format, fm_arena *arena, fm_feed_request *want, fm_why *why);

#endif
