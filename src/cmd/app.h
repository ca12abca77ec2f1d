/* The parts of a running feedmill, put together from settings: for serving and
 * for fetching one feed. Everything runs on the loop that is handed in. */
#ifndef FM_CMD_APP_H
#define FM_CMD_APP_H

#include "cmd/settings.h"
#include "mill/catalog.h"
#include "mill/mill.h"
#include "source/registry.h"

typedef struct fm_app {
  uv_loop_t *loop;
  fm_settings *settings; /* owned */
  fm_registry *registry;
  fm_catalog *catalog;
  fm_fetcher *fetcher;
  fm_store *store;
  fm_mill *mill;
} fm_app;

/* What was refused when the sources were loaded; the rest goes on. Zero-initialised
 * is empty and ready. */
typedef struct fm_refused {
  fm_problems plugins, recipes;
} fm_refused;
void fm_refused_deinit(fm_refused *refused);

/* The registry with the settings' plugins and recipes. A plugin that is refused is a
 * problem with its line in the settings, a recipe with its own file's. Where a recipe
 * of `old` (may be NULL) is no longer good, that one is taken over. */
fm_registry *fm_app_sources(const fm_settings *settings, const fm_registry *old,
                            fm_refused *refused);
/* The same with all problems in one; for commands that only look. */
fm_registry *fm_app_registry(const fm_settings *settings, fm_problems *problems);

/* The catalogue; a feed whose source or address is none is a problem. NULL if
 * there was one. */
fm_catalog *fm_app_catalog(const fm_settings *settings, const fm_registry *registry,
                           fm_problems *problems);

/* The same where sources were refused, which are logged: a feed whose source is
 * not there is logged too and answered with 404, the others are served. */
fm_catalog *fm_app_catalog_without(const fm_settings *settings, const fm_registry *registry,
                                   const fm_refused *refused, fm_problems *problems);

/* Opens everything. The settings become the app's, also on failure. `store` is
 * used instead of the settings' where it is not NULL. On failure everything is
 * closed again but the loop, and the problems are added. */
int fm_app_open(fm_app *app, uv_loop_t *loop, fm_settings *settings, const char *store,
                const fm_mill_spec *mill, fm_problems *problems);

/* Closes mill, store and fetcher one after the other; the loop ends when that
 * is over. Then fm_app_deinit frees what is left. */
void fm_app_close(fm_app *app);
void fm_app_deinit(fm_app *app);

#endif
