/* A running feedmill without its serving plane, put together from settings; `serve`, `fetch`
 * and `backfill` use it. Everything runs on the loop that the caller passes. */
#ifndef FM_CMD_APP_H
#define FM_CMD_APP_H

#include "cmd/settings.h"
#include "mill/catalog.h"
#include "mill/mill.h"
#include "mill/worker_extractor.h"
#include "source/registry.h"

typedef struct fm_app {
  uv_loop_t *loop;
  fm_settings *settings; /* owned */
  fm_registry *registry;
  fm_catalog *catalog;
  fm_fetcher *fetcher;
  fm_store *store;
  bool store_replaced; /* it could not be opened, and is not required: this one is in memory */
  fm_extractor *extractor; /* worker processes */
  fm_mill *mill;
} fm_app;

/* Problems with plugins and recipes; the others are used. Zero-initialised is empty. */
typedef struct fm_refused {
  fm_problems plugins, recipes;
} fm_refused;
void fm_refused_deinit(fm_refused *refused);

/* A registry with the settings' plugins and recipes. The problem of a refused plugin has its
 * line in the settings, that of a recipe its line in the recipe's file. If a recipe of `old`
 * (may be NULL) has become invalid, the valid one of `old` stays in use. */
fm_registry *fm_app_sources(const fm_settings *settings, const fm_registry *old,
                            fm_refused *refused);
/* The same with all problems in one list, for commands that only check. */
fm_registry *fm_app_registry(const fm_settings *settings, fm_problems *problems);

/* The catalogue. A feed whose source or address does not exist is a problem; NULL if there
 * was any. */
fm_catalog *fm_app_catalog(const fm_settings *settings, const fm_registry *registry,
                           fm_problems *problems);

/* The same after sources were refused: those are logged, and so is each feed that needs one
 * of them, which is answered with 404. The other feeds are served. */
fm_catalog *fm_app_catalog_without(const fm_settings *settings, const fm_registry *registry,
                                   const fm_refused *refused, fm_problems *problems);

/* Opens the store of the settings, or that of `uri` unless it is NULL. FM_E_CONFIG: not an
 * address, or a relative path whose file lies in the current folder instead of the
 * configuration's, where earlier versions looked for it. FM_E_IO: cannot be opened. */
int fm_app_open_store(uv_loop_t *loop, const fm_settings *settings, const char *uri,
                      fm_store **store, fm_why *why);
/* A store's address without credentials, for messages; borrowed. */
const char *fm_app_store_text(fm_str uri);
/* Problems of the store that can be found without opening it: the folder of its file. */
int fm_app_check_store(const fm_settings *settings, fm_why *why);

/* Opens store, fetcher and mill. Takes over the settings, also on failure. `store`, unless
 * NULL, replaces the settings' one. On failure everything but the loop is closed again, and
 * the problems are added. */
int fm_app_open(fm_app *app, uv_loop_t *loop, fm_settings *settings, const char *store,
                const fm_mill_spec *mill, fm_problems *problems);

/* The limits of one extraction, as the settings say. */
fm_worker_limits fm_app_worker_limits(const fm_settings *settings);

/* Closes mill, store and fetcher one after the other, asynchronously: run the loop to its end,
 * then call fm_app_deinit. */
void fm_app_close(fm_app *app);
void fm_app_deinit(fm_app *app);

#endif
