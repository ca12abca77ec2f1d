/* Puts a running feedmill together from its settings: registry, catalogue, fetcher, store, mill. */
#include "cmd/app.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "source/exec/exec.h"

#include <glob.h>
#include <stdio.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include <string.h>

enum { RECIPES_MAX = 10000 };

void fm_refused_deinit(fm_refused *refused)
{
  fm_problems_deinit(&refused->plugins);
  fm_problems_deinit(&refused->recipes);
}

static void load_plugins(fm_registry *registry, const fm_settings *settings, fm_problems *problems)
{
  for (size_t i = 0; i < settings->plugins.count; i++) {
    fm_why why = {0};
    char key[32];
    snprintf(key, sizeof key, "plugins[%zu]", i);
    if (fm_registry_load(registry, settings->plugins.items[i].ptr, &why))
      fm_settings_error(settings, problems, key, "%s", why.text);
  }
}

/* The recipe of `registry` that was loaded from `path`; NULL: none. */
static fm_recipe *recipe_from(const fm_registry *registry, const char *path)
{
  const fm_source *source;
  const char *from;
  for (size_t at = 0; registry && (source = fm_registry_next(registry, &at, &from));)
    if (strcmp(from, path) == 0)
      return fm_recipe_of(source);
  return NULL;
}

static void load_recipe(fm_registry *registry, const char *path, const fm_registry *old,
                        fm_problems *problems)
{
  fm_recipe *recipe = fm_recipe_load(path, problems);
  if (!recipe && (recipe = recipe_from(old, path)))
    fm_recipe_ref(recipe);
  if (recipe)
    fm_registry_add_recipe(registry, recipe, problems);
}

static void load_recipes(fm_registry *registry, const fm_settings *settings, const fm_registry *old,
                         fm_problems *problems)
{
  glob_t found = {0};
  for (size_t i = 0; i < settings->sources.count; i++)
    glob(settings->sources.items[i].ptr, i ? GLOB_APPEND : 0, NULL, &found);
  size_t count = found.gl_pathc < RECIPES_MAX ? found.gl_pathc : RECIPES_MAX;
  for (size_t i = 0; i < count; i++)
    load_recipe(registry, found.gl_pathv[i], old, problems);
  if (count < found.gl_pathc)
    fm_settings_error(settings, problems, "sources", "they match %zu files, and %d are read",
                      (size_t)found.gl_pathc, RECIPES_MAX);
  globfree(&found);
}

fm_registry *fm_app_sources(const fm_settings *settings, const fm_registry *old,
                            fm_refused *refused)
{
  fm_registry *registry = fm_registry_new();
  load_plugins(registry, settings, &refused->plugins);
  load_recipes(registry, settings, old, &refused->recipes);
  return registry;
}

fm_registry *fm_app_registry(const fm_settings *settings, fm_problems *problems)
{
  fm_registry *registry = fm_registry_new();
  load_plugins(registry, settings, problems);
  load_recipes(registry, settings, NULL, problems);
  return registry;
}

static void add_number(fm_arena *arena, fm_catalog_feed *to, const char *name, int64_t number)
{
  if (number != FM_ABSENT)
    ((fm_param *)to->options)[to->noptions++] =
      (fm_param){fm_str_of(name), fm_arena_printf(arena, "%lld", (long long)number)};
}

/* Collects the feed's keys for its source; a list becomes one option for each item. */
static void set_options(fm_arena *arena, const fm_settings_feed *from, fm_catalog_feed *to)
{
  size_t most = from->own.count + from->urls.count + from->command.count + 4;
  fm_param *options = fm_arena_alloc(arena, most * sizeof *options);
  to->options = options;
  for (size_t i = 0; i < from->own.count; i++)
    options[to->noptions++] = from->own.items[i];
  if (from->url.len)
    options[to->noptions++] = (fm_param){FM_STR("url"), from->url};
  for (size_t i = 0; i < from->urls.count; i++)
    options[to->noptions++] = (fm_param){FM_STR("url"), from->urls.items[i]};
  for (size_t i = 0; i < from->command.count; i++)
    options[to->noptions++] = (fm_param){FM_STR("command"), from->command.items[i]};
  add_number(arena, to, "time", from->time);
  add_number(arena, to, "memory", from->memory);
}

/* The refresh interval that the source itself asks for; 0: none. */
static int64_t source_interval(const fm_registry *registry, fm_str name)
{
  const fm_source *source = fm_registry_find(registry, name);
  return source ? fm_source_refresh_interval(source) : 0;
}

static fm_catalog *catalog_of(const fm_settings *s, const fm_registry *registry)
{
  fm_arena arena = {0};
  fm_catalog_feed *feeds = fm_arena_alloc(&arena, (s->nfeeds + 1) * sizeof *feeds);
  for (size_t i = 0; i < s->nfeeds; i++) {
    const fm_settings_feed *f = &s->feeds[i];
    feeds[i] = (fm_catalog_feed){
      .name = f->name, .title = f->title, .source = f->source,
      .path = f->path.len ? f->path : FM_STR("/"),
      .refresh = f->refresh, .filter = f->filter,
      .command = f->fetch_command.items, .ncommand = f->fetch_command.count,
    };
    int64_t every = f->every_given ? 0 : source_interval(registry, f->source);
    if (every)
      feeds[i].refresh.every = every;
    set_options(&arena, f, &feeds[i]);
  }
  const fm_param options[] = {
    {FM_STR("upstream"), s->papers.upstream},
    {FM_STR("metrics"), s->papers.metrics ? FM_STR("on") : FM_STR("off")},
    {FM_STR("via"), s->papers.via},
  };
  fm_catalog_spec spec = {
    .registry = registry, .feeds = feeds, .nfeeds = s->nfeeds, .refresh = s->refresh,
    .limit = (size_t)s->papers.limit, .options = options, .noptions = sizeof options / sizeof *options,
    .access_key = s->server.conf.access_key,
  };
  fm_catalog *catalog = fm_catalog_new(&spec);
  fm_arena_deinit(&arena);
  return catalog;
}

static fm_strs names_of(const fm_source *source)
{
  const fm_recipe *recipe = fm_recipe_of(source);
  return recipe ? fm_recipe_placeholders(recipe) : (fm_strs){NULL, 0};
}

/* Splits a source's reason "url: ..." into the option's name, *key, and the rest. */
static const char *named_key(const char *reason, const fm_strs *names, fm_str *key)
{
  const fm_str options[] = {FM_STR("url"), FM_STR("command")};
  for (size_t i = 0; i < 2 + names->count; i++) {
    fm_str one = i < 2 ? options[i] : names->items[i - 2];
    if (fm_str_starts(fm_str_of(reason), one) && strncmp(reason + one.len, ": ", 2) == 0) {
      *key = one;
      return reason + one.len + 2;
    }
  }
  return reason;
}

static bool has_str(const fm_strs *strs, fm_str one)
{
  for (size_t i = 0; i < strs->count; i++)
    if (fm_str_eq(strs->items[i], one))
      return true;
  return false;
}

static void check_urls(const fm_settings *s, size_t i, const fm_source *source,
                       fm_problems *problems)
{
  char key[40];
  bool one = fm_recipe_of(source) || source == &fm_daily_papers || source == &fm_exec;
  if (!s->feeds[i].urls.count || !one)
    return;
  snprintf(key, sizeof key, "feeds[%zu].urls", i);
  fm_settings_error(s, problems, key, "source %s reads one page; source feed joins several",
                    source->name);
}

/* Reports keys that a built-in source does not use. */
static void check_unused(const fm_settings *s, size_t i, const fm_source *source,
                         fm_problems *problems)
{
  char key[40];
  const fm_settings_feed *feed = &s->feeds[i];
  bool papers = source == &fm_daily_papers;
  snprintf(key, sizeof key, "feeds[%zu].url", i);
  if (papers && feed->url.len)
    fm_settings_error(s, problems, key, "source %s has pages of its own; source feed reads a feed, "
                      "source auto any page", source->name);
  snprintf(key, sizeof key, "feeds[%zu].path", i);
  if ((source == &fm_feed_source || source == &fm_auto || source == &fm_exec) && feed->path.len)
    fm_settings_error(s, problems, key, "source %s takes the page's whole address: url", source->name);
  snprintf(key, sizeof key, "feeds[%zu].command", i);
  if ((papers || source == &fm_feed_source || source == &fm_auto) && feed->command.count)
    fm_settings_error(s, problems, key, "source %s runs no program; source exec does", source->name);
}

/* Reports unknown keys of a recipe's feed. A plugin's keys cannot be checked: only the
 * plugin knows them. */
static void check_own(const fm_settings *s, size_t i, const fm_source *source, fm_problems *problems)
{
  char key[40];
  fm_strs names = names_of(source);
  const fm_settings_feed *feed = &s->feeds[i];
  check_urls(s, i, source, problems);
  check_unused(s, i, source, problems);
  if (!fm_recipe_of(source))
    return;
  fm_settings_unknown(s, i, &names, problems);
  const char *unused = feed->url.len && !has_str(&names, FM_STR("url")) ? "url"
                       : feed->command.count                           ? "command"
                                                                       : NULL;
  if (!unused)
    return;
  snprintf(key, sizeof key, "feeds[%zu].%s", i, unused);
  fm_settings_error(s, problems, key, "the recipe %s says itself which page it reads", source->name);
}

/* A placeholder that neither feed nor recipe fills is filled by the address:
 * /feeds/NAME/STEP.atom. */
static bool is_left_open(const fm_catalog *catalog, const fm_settings_feed *feed, size_t names)
{
  fm_arena arena = {0};
  fm_str path = fm_arena_printf(&arena, "/feeds/%.*s", FM_FMT(feed->name));
  bool open = false;
  for (size_t i = 0; i < names && !open; i++) {
    fm_feed_request want;
    fm_why why;
    path = fm_arena_printf(&arena, "%.*s/x", FM_FMT(path));
    fm_str target = fm_arena_printf(&arena, "%.*s.atom", FM_FMT(path));
    open = fm_catalog_resolve(catalog, fm_catalog_add_key(catalog, target, &arena), fm_formats,
                              fm_clock_wall(), &arena, &want, &why) == FM_OK;
  }
  fm_arena_deinit(&arena);
  return open;
}

static void feed_resolves(const fm_catalog *catalog, const fm_settings *s, size_t i,
                          fm_problems *problems)
{
  fm_arena arena = {0};
  fm_feed_request want;
  fm_why why = {0};
  int rc = fm_catalog_resolve_name(catalog, s->feeds[i].name, fm_clock_wall(), &arena, &want, &why);
  fm_arena_deinit(&arena);
  if (rc == FM_OK)
    return;
  const char *reason = why.text[0] ? why.text : fm_error_text(rc);
  fm_str name = FM_STR("path");
  const fm_source *source = fm_registry_find(fm_catalog_get(catalog)->registry, s->feeds[i].source);
  fm_strs names = names_of(source);
  if (rc == FM_E_BAD_ADDRESS && is_left_open(catalog, &s->feeds[i], names.count))
    return;
  if (!source)
    name = FM_STR("source");
  else
    reason = named_key(reason, &names, &name);
  char key[80];
  snprintf(key, sizeof key, "feeds[%zu].%.*s", i, FM_FMT(name));
  fm_settings_error(s, problems, key, "%s", reason);
}

/* `lost` receives the feeds whose source is missing. */
static fm_catalog *resolved(const fm_settings *settings, const fm_registry *registry,
                            fm_problems *lost, fm_problems *problems)
{
  fm_catalog *catalog = catalog_of(settings, registry);
  size_t before = problems->count + problems->dropped;
  for (size_t i = 0; i < settings->nfeeds; i++) {
    const fm_source *source = fm_registry_find(registry, settings->feeds[i].source);
    check_own(settings, i, source, problems);
    feed_resolves(catalog, settings, i, source ? problems : lost);
  }
  if (problems->count + problems->dropped == before)
    return catalog;
  fm_catalog_unref(catalog);
  return NULL;
}

fm_catalog *fm_app_catalog(const fm_settings *settings, const fm_registry *registry,
                           fm_problems *problems)
{
  return resolved(settings, registry, problems, problems);
}

static void log_all(const fm_problems *problems, const char *message)
{
  for (size_t i = 0; i < problems->count; i++)
    fm_log(FM_LOG_ERROR, message, "reason", problems->items[i].text.ptr, NULL);
}

fm_catalog *fm_app_catalog_without(const fm_settings *settings, const fm_registry *registry,
                                   const fm_refused *refused, fm_problems *problems)
{
  if (!refused->plugins.count && !refused->recipes.count)
    return fm_app_catalog(settings, registry, problems);
  fm_problems lost = {0};
  log_all(&refused->plugins, "plugin refused");
  log_all(&refused->recipes, "recipe refused");
  fm_catalog *catalog = resolved(settings, registry, &lost, problems);
  log_all(&lost, "feed left out");
  fm_problems_deinit(&lost);
  return catalog;
}

const char *fm_app_store_text(fm_str uri)
{
  const char *at = fm_str_starts(uri, FM_STR("redis")) ? strchr(uri.ptr, '@') : NULL;
  return at ? at + 1 : uri.ptr;
}

/* Earlier versions took a relative path from the current folder. A file that is there and not
 * in the configuration's folder must not be left behind in silence. */
static int check_moved(const fm_settings *s, fm_why *why)
{
  const char *path = fm_str_from(s->store, strlen("sqlite:")).ptr;
  if (!s->store_relative.len || access(path, F_OK) == 0 || access(s->store_relative.ptr, F_OK) != 0)
    return FM_OK;
  return fm_fail(why, FM_E_CONFIG, "%s does not exist, but %s in the current folder does: a "
                 "relative path starts at the configuration's folder; move the file, or write "
                 "an absolute path", path, s->store_relative.ptr);
}

int fm_app_check_store(const fm_settings *s, fm_why *why)
{
  fm_str scheme = FM_STR("sqlite:"), path = fm_str_from(s->store, scheme.len);
  if (!fm_str_starts(s->store, scheme))
    return FM_OK;
  const char *slash = strrchr(path.ptr, '/');
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path.ptr) + 1 : 1,
           slash ? path.ptr : ".");
  if (access(folder, F_OK | X_OK) != 0)
    return fm_fail(why, FM_E_IO, "the folder %s: %s", folder, strerror(errno));
  if (access(path.ptr, F_OK) != 0 && access(folder, W_OK) != 0)
    return fm_fail(why, FM_E_IO, "the file cannot be made in %s: %s", folder, strerror(errno));
  return check_moved(s, why);
}

int fm_app_open_store(uv_loop_t *loop, const fm_settings *settings, const char *uri,
                      fm_store **store, fm_why *why)
{
  fm_store_spec spec = {.uri = uri ? fm_str_of(uri) : settings->store,
                        .keep = settings->papers.keep};
  int rc = uri ? FM_OK : check_moved(settings, why);
  return rc ? rc : fm_store_open(loop, &spec, store, why);
}

/* Runs the loop until a Redis was reached or the first attempt has failed. */
static fm_store_health first_health(fm_app *app)
{
  fm_store_health health = fm_store_get_health(app->store);
  while (!health.opened && !health.reason[0]) {
    uv_run(app->loop, UV_RUN_ONCE);
    health = fm_store_get_health(app->store);
  }
  return health;
}

static int check_refused(fm_app *app, fm_why *why)
{
  fm_store_health health = first_health(app);
  if (!health.refused || !app->settings->store_required)
    return FM_OK;
  fm_fail(why, FM_E_IO, "%s", health.reason);
  fm_store_close(app->store, NULL, NULL);
  return FM_E_IO;
}

/* A store that cannot be opened stops the start if it is required; else that is logged, and
 * entries are stored in memory. */
static int open_store(fm_app *app, const char *uri, fm_problems *problems)
{
  fm_why why = {0};
  int rc = fm_app_open_store(app->loop, app->settings, uri, &app->store, &why);
  if (rc == FM_E_IO && !app->settings->store_required) {
    fm_log(FM_LOG_ERROR, "the store cannot be opened, remembering in memory alone", "store",
           app->settings->store.ptr, "reason", why.text, NULL);
    app->store_replaced = true;
    rc = fm_app_open_store(app->loop, app->settings, "memory:", &app->store, &why);
  } else if (!rc) {
    rc = check_refused(app, &why);
  }
  if (rc)
    fm_settings_error(app->settings, problems, "store", "%s", why.text);
  return rc;
}

fm_worker_limits fm_app_worker_limits(const fm_settings *settings)
{
  return (fm_worker_limits){.cpu_ms = settings->extract.cpu * 1000,
                            .memory = (uint64_t)settings->extract.memory};
}

int fm_app_open(fm_app *app, uv_loop_t *loop, fm_settings *settings, const char *store,
                const fm_mill_spec *mill, fm_problems *problems)
{
  fm_why why = {0};
  *app = (fm_app){.loop = loop, .settings = settings};
  fm_refused refused = {0};
  app->registry = fm_app_sources(settings, NULL, &refused);
  int rc = FM_E_CONFIG;
  app->catalog = fm_app_catalog_without(settings, app->registry, &refused, problems);
  fm_refused_deinit(&refused);
  if (!app->catalog)
    goto no_catalog;
  if ((rc = fm_fetcher_new(loop, &settings->fetch, &app->fetcher, &why))) {
    fm_settings_error(settings, problems, "fetch", "%s", why.text);
    goto no_fetcher;
  }
  if ((rc = open_store(app, store, problems)))
    goto no_store;
  fm_worker_spec workers = {.loop = loop, .limits = fm_app_worker_limits(settings)};
  fm_mill_spec spec = *mill;
  spec.extractor = app->extractor = fm_worker_extractor_new(&workers);
  spec.loop = loop;
  spec.fetcher = app->fetcher;
  spec.store = app->store;
  spec.dynamic = settings->dynamic;
  spec.shared = store == NULL && fm_str_starts(settings->store, FM_STR("redis"));
  spec.lease_ms = settings->fetch.timeout_ms + 10000;
  app->mill = fm_mill_new(&spec);
  return FM_OK;

no_store:
  fm_fetcher_close(app->fetcher, NULL, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
no_fetcher:
no_catalog:
  fm_app_deinit(app);
  return rc;
}

static void on_store_closed(void *ctx)
{
  fm_app *app = ctx;
  fm_fetcher_close(app->fetcher, NULL, NULL);
}

static void on_extractor_closed(void *ctx)
{
  fm_app *app = ctx;
  fm_store_close(app->store, on_store_closed, app);
}

static void on_mill_closed(void *ctx)
{
  fm_app *app = ctx;
  fm_extractor_close(app->extractor, on_extractor_closed, app);
}

void fm_app_close(fm_app *app)
{
  fm_mill_close(app->mill, on_mill_closed, app);
}

void fm_app_deinit(fm_app *app)
{
  fm_catalog_unref(app->catalog);
  fm_registry_unref(app->registry);
  fm_settings_free(app->settings);
  *app = (fm_app){0};
}
