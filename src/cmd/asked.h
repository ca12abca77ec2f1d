/* What a person names on the command line as a feed. */
#ifndef FM_CMD_ASKED_H
#define FM_CMD_ASKED_H

#include "cmd/settings.h"
#include "mill/catalog.h"

/* A configured feed's name, a path, or a whole address of the listing's host.
 * The want's strings are in `arena` or the catalogue. FM_E_BAD_ADDRESS,
 * FM_E_NOT_FOUND, with the reason. */
int fm_asked_want(const fm_catalog *catalog, const fm_settings *settings, const char *asked,
                  const fm_format *format, fm_arena *arena, fm_want *want, fm_why *why);

#endif
