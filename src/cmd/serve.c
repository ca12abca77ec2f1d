/* feedmill serve: mill, serving plane and web endpoints, signals and reload. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/mem_trim.h"
#include "cmd/app.h"
#include "cmd/cmd.h"
#include "cmd/notify.h"
#include "web/web.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { STORE_POLL_MS = 20, GRACE_MS = 30000, TRIM_FIRST_MS = 250, TRIM_MS = 2000, EXPIRE_FIRST_MS = 60000, EXPIRE_MS = 3600000 };

enum { ON_HUP, ON_TERM, ON_INT, ON_USR1, SIGNALS };

typedef struct serving {
  fm_app app;
  fm_web web;
  fm_server *server;
  const char *path; /* configuration file; NULL: none */
  const char *listen; /* --listen; NULL: server.listen counts */
  uv_signal_t signals[SIGNALS];
  uv_timer_t trim, expire, watchdog, store_wait;
  uint64_t done, trimmed; /* work_done() at the last tick and at the last malloc_trim */
  bool stopping;
  bool waiting; /* for the store, and it has been logged */
  int status;   /* exit status */
} serving;

static void publish(void *ctx, fm_str base, fm_str target, fm_reply *reply)
{
  serving *s = ctx;
  if (!s->stopping)
    fm_server_publish(s->server, base, target, reply);
}

static void retract(void *ctx, fm_str base, fm_str target)
{
  serving *s = ctx;
  if (!s->stopping)
    fm_server_retract(s->server, base, target);
}

/* Graceful stop: the serving plane answers what is in flight, then mill, store and fetcher
 * close, then the loop ends. */
static void on_server_closed(void *ctx)
{
  serving *s = ctx;
  s->server = NULL;
  s->web.server = NULL;
  fm_app_close(&s->app);
}

static void stop(serving *s, const char *signal_name)
{
  if (s->stopping)
    return;
  fm_log(FM_LOG_INFO, "stopping", "signal", signal_name, NULL);
  fm_notify("STOPPING=1");
  s->stopping = true;
  s->web.ready = false;
  for (int i = 0; i < SIGNALS; i++)
    uv_close((uv_handle_t *)&s->signals[i], NULL);
  uv_close((uv_handle_t *)&s->trim, NULL);
  uv_close((uv_handle_t *)&s->expire, NULL);
  uv_close((uv_handle_t *)&s->watchdog, NULL);
  uv_close((uv_handle_t *)&s->store_wait, NULL);
  signal(SIGTERM, SIG_DFL); /* a second signal ends the program at once */
  signal(SIGINT, SIG_DFL);
  fm_server_close(s->server, GRACE_MS, on_server_closed, s);
}

static void log_problems(const fm_problems *problems, const char *message)
{
  for (size_t i = 0; i < problems->count; i++)
    fm_log(FM_LOG_ERROR, message, "reason", problems->items[i].text.ptr, NULL);
}

static bool same_strs(const fm_strs *a, const fm_strs *b)
{
  bool same = a->count == b->count;
  for (size_t i = 0; same && i < a->count; i++)
    same = fm_str_eq(a->items[i], b->items[i]);
  return same;
}

/* Warns about changed keys that take effect only at the next start. */
static void warn_unchanged(const fm_settings *old, const fm_settings *new)
{
  const struct {
    bool changed;
    const char *key;
  } keys[] = {
    {!same_strs(&old->server.listen, &new->server.listen), "server.listen"},
    {old->server.workers != new->server.workers, "server.workers"},
    {!fm_str_eq(old->store, new->store), "store"},
  };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (keys[i].changed)
      fm_log(FM_LOG_WARN, "a changed key takes effect at the next start", "key", keys[i].key, NULL);
}

static void open_logs(const serving *s)
{
  const fm_settings *settings = s->app.settings;
  fm_why why;
  if (fm_settings_log(settings, &why))
    fm_log(FM_LOG_ERROR, "the log cannot be opened", "reason", why.text, NULL);
  if (fm_server_access_log(s->server, settings->server.access_log, &why))
    fm_log(FM_LOG_ERROR, "the access log cannot be opened", "reason", why.text, NULL);
}

static void take_settings(serving *s, fm_settings *settings, fm_registry *registry,
                          fm_catalog *catalog)
{
  warn_unchanged(s->app.settings, settings);
  fm_settings_free(s->app.settings);
  fm_catalog_unref(s->app.catalog);
  fm_registry_unref(s->app.registry);
  s->app.settings = settings;
  s->app.registry = registry;
  s->app.catalog = catalog;
  fm_web_configure(&s->web, catalog);
  fm_server_configure(s->server, &settings->server.conf);
  fm_worker_extractor_set_limits(s->app.extractor, fm_app_worker_limits(settings));
  open_logs(s);
  fm_mill_reconfigure(s->app.mill, settings->dynamic);
}

static void reload(serving *s)
{
  fm_problems problems = {0};
  fm_refused refused = {0};
  fm_settings *settings = NULL;
  fm_registry *registry = NULL;
  fm_catalog *catalog = NULL;
  fm_why why;
  if (fm_settings_load(s->path, &settings, &problems) == FM_OK) {
    if (s->listen)
      fm_settings_listen(settings, s->listen);
    registry = fm_app_sources(settings, s->app.registry, &refused);
    catalog = fm_app_catalog_without(settings, registry, &refused, &problems);
  }
  if (catalog && fm_fetcher_configure(s->app.fetcher, &settings->fetch, &why)) {
    fm_settings_error(settings, &problems, "fetch", "%s", why.text);
    fm_catalog_unref(catalog);
    catalog = NULL;
  }
  if (catalog) {
    take_settings(s, settings, registry, catalog);
    s->web.reloads++;
    fm_log(FM_LOG_INFO, "configuration reloaded", "file", s->path ? s->path : "(defaults)", NULL);
  } else {
    fm_registry_unref(registry);
    fm_settings_free(settings);
    s->web.reload_errors++;
    log_problems(&problems, "configuration refused, the old one stays");
  }
  fm_refused_deinit(&refused);
  fm_problems_deinit(&problems);
}

static void on_signal(uv_signal_t *handle, int number)
{
  serving *s = handle->data;
  switch (number) {
  case SIGHUP:
    fm_notify_reloading();
    reload(s);
    fm_notify("READY=1");
    break;
  case SIGUSR1:
    open_logs(s);
    fm_log(FM_LOG_INFO, "logs reopened", NULL);
    break;
  default:
    stop(s, number == SIGTERM ? "TERM" : "INT");
  }
}

/* Counts units of work that allocate much; the start is one. */
static uint64_t work_done(const serving *s)
{
  fm_mill_stats stats;
  fm_mill_get_stats(s->app.mill, &stats);
  return stats.fetches + stats.changes + stats.fetch_errors + stats.renders + 1;
}

/* Gives freed memory back to the system once after each period of work: refreshes allocate
 * megabytes for a moment, and an idle proxy should be small. */
static void on_trim(uv_timer_t *timer)
{
  serving *s = timer->data;
  uint64_t done = work_done(s);
  bool over = done == s->done;
  s->done = done;
  if (!over || done == s->trimmed)
    return;
  s->trimmed = done;
  fm_mem_trim();
}

static void on_expire(uv_timer_t *timer)
{
  serving *s = timer->data;
  fm_mill_expire(s->app.mill);
}

static void on_watchdog(uv_timer_t *timer)
{
  (void)timer;
  fm_notify("WATCHDOG=1");
}

static void on_store_wait(uv_timer_t *timer);

static void start_handles(serving *s)
{
  static const int numbers[SIGNALS] = {[ON_HUP] = SIGHUP, [ON_TERM] = SIGTERM,
                                       [ON_INT] = SIGINT, [ON_USR1] = SIGUSR1};
  for (int i = 0; i < SIGNALS; i++) {
    uv_signal_init(s->app.loop, &s->signals[i]);
    s->signals[i].data = s;
    uv_signal_start(&s->signals[i], on_signal, numbers[i]);
  }
  uv_timer_init(s->app.loop, &s->trim);
  s->trim.data = s;
  s->done = work_done(s);
  uv_timer_start(&s->trim, on_trim, TRIM_FIRST_MS, TRIM_MS);
  uv_timer_init(s->app.loop, &s->expire);
  s->expire.data = s;
  uv_timer_start(&s->expire, on_expire, EXPIRE_FIRST_MS, EXPIRE_MS);
  uv_timer_init(s->app.loop, &s->store_wait);
  s->store_wait.data = s;
  uv_timer_start(&s->store_wait, on_store_wait, STORE_POLL_MS, STORE_POLL_MS);
  uv_timer_init(s->app.loop, &s->watchdog);
  if (fm_notify_watchdog_ms())
    uv_timer_start(&s->watchdog, on_watchdog, 0, fm_notify_watchdog_ms());
}

/* Configured feeds that had readers before a restart are refreshed ahead of their first
 * reader. */
static void resume_feeds(serving *s)
{
  const fm_catalog_spec *spec = fm_catalog_get(s->app.catalog);
  for (size_t i = 0; i < spec->nfeeds; i++) {
    fm_arena arena = {0};
    fm_feed_request want;
    fm_why why;
    if (fm_catalog_resolve_name(s->app.catalog, spec->feeds[i].name, fm_clock_wall(), &arena, &want,
                         &why) == FM_OK)
      fm_mill_resume(s->app.mill, &want);
    fm_arena_deinit(&arena);
  }
  s->web.ready = true;
}

static int listen_on(serving *s, fm_why *why)
{
  const fm_settings_server *conf = &s->app.settings->server;
  fm_server_spec spec = {
    .listen = conf->listen.items, .nlisten = conf->listen.count,
    .workers = conf->workers ? conf->workers : uv_available_parallelism(),
    .conf = &conf->conf, .on_miss = fm_web_miss, .ctx = &s->web,
    .is_unmetered = fm_web_is_unmetered,
  };
  int rc = fm_server_start(s->app.loop, &spec, &s->server, why);
  if (rc == FM_OK)
    s->web.server = s->server;
  return rc;
}

static void log_addresses(const serving *s)
{
  const char *address;
  for (size_t i = 0; (address = fm_server_address(s->server, i)); i++)
    fm_log(FM_LOG_INFO, "listening", "address", address, NULL);
}

static void log_ready(const serving *s)
{
  fm_log(FM_LOG_INFO, "ready", "version", FM_VERSION, "config", s->path ? s->path : "(defaults)",
         "store", fm_app_store_text(s->app.settings->store), NULL);
}

/* A required store is waited for while it is away; /readyz and feeds answer 503 until then. If
 * waiting does not help, the program ends. */
static void on_store_wait(uv_timer_t *timer)
{
  serving *s = timer->data;
  fm_store_health health = fm_store_get_health(s->app.store);
  bool required = s->app.settings->store_required;
  if (health.opened || !required) {
    uv_timer_stop(timer);
    resume_feeds(s);
    log_ready(s);
  } else if (health.refused) {
    uv_timer_stop(timer);
    s->status = fm_print_error(FM_EXIT_FAILED, "store: %s", health.reason);
    stop(s, "none");
  } else if (!s->waiting && health.reason[0]) {
    s->waiting = true;
    fm_log(FM_LOG_WARN, "waiting for the store", "reason", health.reason, NULL);
  }
}

static int serve(serving *s)
{
  fm_why why = {0};
  s->web = (fm_web){.mill = s->app.mill, .started = fm_clock_wall(), .store = s->app.store,
                    .store_replaced = s->app.store_replaced};
  fm_web_configure(&s->web, s->app.catalog);
  if (listen_on(s, &why)) {
    s->status = fm_print_error(FM_EXIT_FAILED, "%s", why.text);
    fm_app_close(&s->app);
  } else {
    start_handles(s);
    open_logs(s);
    log_addresses(s);
    fm_notify("READY=1");
    on_store_wait(&s->store_wait);
  }
  uv_run(s->app.loop, UV_RUN_DEFAULT);
  fm_catalog_unref(s->web.catalog);
  return s->status;
}

int fm_cmd_serve(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  static const fm_long_option longs[] = {{"listen", 'l'}, {0}};
  if (fm_options_parse_long(self, argc, argv, "c:", longs, &options))
    return FM_EXIT_USAGE;
  if (options.nrest)
    return fm_usage_error(self, "%s is too much", options.rest[0]);
  fm_settings *settings = fm_settings_of(&options);
  if (!settings)
    return FM_EXIT_USAGE;
  if (options.value['l'] && fm_settings_listen(settings, options.value['l'])) {
    fm_settings_free(settings);
    return fm_usage_error(self, "--listen %s is no address: host:port, [v6]:port or unix:/path",
                          options.value['l']);
  }
  serving s = {.path = fm_settings_path(&options), .listen = options.value['l']};
  fm_problems problems = {0};
  fm_mill_spec spec = {.publish = publish, .retract = retract, .ctx = &s};
  int rc = fm_app_open(&s.app, uv_default_loop(), settings, NULL, &spec, &problems);
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  if (rc)
    return rc == FM_E_IO ? FM_EXIT_FAILED : FM_EXIT_USAGE;
  uv_loop_t *loop = s.app.loop;
  int status = serve(&s);
  fm_app_deinit(&s.app);
  uv_loop_close(loop);
  if (status == FM_EXIT_DONE)
    fm_log(FM_LOG_INFO, "stopped", NULL);
  return status;
}
