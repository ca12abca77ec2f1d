/* feedmill backfill: fills the store from the pages of past days. */
#include "mill/backfill.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/argument.h"
#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { PROGRESS_MS = 100, DAY = 24 * 60 * 60, SIGNALS = 2, DATE_LEN = 10 };

typedef struct filling {
  uv_loop_t *loop;
  fm_settings *settings;
  fm_registry *registry;
  fm_catalog *catalog;
  fm_fetcher *fetcher;
  fm_store *store;
  fm_backfill *backfill;
  const char *asked;
  int64_t since, until;
  bool from_listing;
  uv_timer_t progress;
  uv_signal_t signals[SIGNALS];
  bool shown; /* a progress line is on the terminal */
  int status;
} filling;

/* ---- progress and report ---- */

static void clear_progress(filling *f)
{
  if (f->shown)
    fputs("\r\033[K", stderr);
  f->shown = false;
}

static void on_progress(uv_timer_t *timer)
{
  filling *f = timer->data;
  fm_backfill_state state;
  char date[FM_DATE_ISO_LEN + 1];
  fm_backfill_get(f->backfill, &state);
  fm_date_iso(state.day, date);
  fprintf(stderr, "\r\033[K%.*s: %zu entries of %zu days; %lld days to go; %s", DATE_LEN, date,
          state.entries, state.days, (long long)((state.day - f->since) / DAY + 1), state.doing);
  if (state.wait_ms)
    fprintf(stderr, " (%lld s)", (long long)(state.wait_ms + 999) / 1000);
  fflush(stderr);
  f->shown = true;
}

static void say_done(const filling *f, const fm_backfill_state *state)
{
  printf("%s: %zu entries of %zu days", f->asked, state->entries, state->days);
  if (state->empty)
    printf(", %zu of them empty", state->empty);
  if (state->known)
    printf("; %zu days were there already", state->known);
  printf("; store: %s\n", fm_app_store_text(f->settings->store));
}

static int say_end(const filling *f, int error, const fm_why *why, const fm_backfill_state *state)
{
  char date[FM_DATE_ISO_LEN + 1];
  fm_date_iso(state->day, date);
  if (error == FM_OK)
    return FM_EXIT_DONE;
  if (state->day < f->since)
    return fm_print_error(FM_EXIT_FAILED, "%s: %s", f->asked, why->text);
  return fm_print_error(FM_EXIT_FAILED, "%.*s: %s; the same command goes on from there", DATE_LEN,
                     date, why->text);
}

/* ---- the end ---- */

static void on_store_closed(void *ctx)
{
  fm_fetcher_close(((filling *)ctx)->fetcher, NULL, NULL);
}

static void on_done(void *ctx, int error, const fm_why *why, const fm_backfill_state *state)
{
  filling *f = ctx;
  clear_progress(f);
  uv_close((uv_handle_t *)&f->progress, NULL);
  for (int i = 0; i < SIGNALS; i++)
    uv_close((uv_handle_t *)&f->signals[i], NULL);
  if (state->days || error == FM_OK)
    say_done(f, state);
  f->status = say_end(f, error, why, state);
  if (fflush(stdout))
    f->status = fm_print_error(FM_EXIT_FAILED, "standard output cannot be written");
  fm_store_close(f->store, on_store_closed, f);
}

static void on_signal(uv_signal_t *handle, int number)
{
  filling *f = handle->data;
  signal(number, SIG_DFL); /* a second signal ends the program at once */
  fm_backfill_stop(f->backfill);
}

/* ---- start ---- */

static void start_handles(filling *f)
{
  static const int numbers[SIGNALS] = {SIGINT, SIGTERM};
  uv_timer_init(f->loop, &f->progress);
  f->progress.data = f;
  if (isatty(STDERR_FILENO))
    uv_timer_start(&f->progress, on_progress, PROGRESS_MS, PROGRESS_MS);
  for (int i = 0; i < SIGNALS; i++) {
    uv_signal_init(f->loop, &f->signals[i]);
    f->signals[i].data = f;
    uv_signal_start(&f->signals[i], on_signal, numbers[i]);
  }
}

/* Returns FM_EXIT_DONE if the backfill has begun, else the exit status. */
static int start(filling *f)
{
  fm_arena arena = {0};
  fm_feed_request want;
  fm_why why = {0};
  int rc = fm_argument_resolve(f->catalog, f->settings, f->asked, &fm_formats[0], &arena, &want, &why);
  fm_backfill_spec spec = {.loop = f->loop, .fetcher = f->fetcher, .store = f->store,
                           .request = &want, .since = f->since, .until = f->until,
                           .from_listing = f->from_listing, .done = on_done, .ctx = f};
  if (rc == FM_OK)
    rc = fm_backfill_start(&spec, &f->backfill, &why);
  fm_arena_deinit(&arena);
  if (rc)
    return fm_print_error(rc == FM_E_BAD_ADDRESS ? FM_EXIT_USAGE : FM_EXIT_FAILED, "%s: %s", f->asked,
                       why.text[0] ? why.text : fm_error_text(rc));
  start_handles(f);
  return FM_EXIT_DONE;
}

/* Unlike `serve`, this command fails if the store cannot be opened. */
static int open_parts(filling *f)
{
  fm_why why = {0};
  if (fm_str_is(f->settings->store, "memory:"))
    return fm_print_error(FM_EXIT_USAGE, "memory: is gone with each process, there is nothing to fill");
  if (fm_fetcher_new(f->loop, &f->settings->fetch, &f->fetcher, &why))
    return fm_print_error(FM_EXIT_USAGE, "fetch: %s", why.text);
  int rc = fm_app_open_store(f->loop, f->settings, NULL, &f->store, &why);
  if (rc == FM_OK)
    return FM_EXIT_DONE;
  fm_fetcher_close(f->fetcher, NULL, NULL);
  return fm_print_error(rc == FM_E_CONFIG ? FM_EXIT_USAGE : FM_EXIT_FAILED, "%s", why.text);
}

static int fill(filling *f)
{
  fm_problems problems = {0};
  f->registry = fm_app_registry(f->settings, &problems);
  f->catalog = fm_app_catalog(f->settings, f->registry, &problems);
  f->status = problems.count || !f->catalog ? FM_EXIT_USAGE : FM_EXIT_DONE;
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  if (f->status == FM_EXIT_DONE && (f->status = open_parts(f)) == FM_EXIT_DONE &&
      (f->status = start(f)) != FM_EXIT_DONE)
    fm_store_close(f->store, on_store_closed, f);
  uv_run(f->loop, UV_RUN_DEFAULT);
  fm_catalog_unref(f->catalog);
  fm_registry_unref(f->registry);
  return f->status;
}

/* ---- the command ---- */

static int read_day(const fm_command *self, const char *name, const char *text, int64_t *day)
{
  if (!text || fm_date_parse_day(fm_str_of(text), day))
    return FM_EXIT_DONE;
  return fm_usage_error(self, "--%s: \"%s\" is not a day (YYYY-MM-DD)", name, text);
}

int fm_cmd_backfill(const fm_command *self, int argc, char **argv)
{
  static const fm_long_option longs[] = {{"since", 'S'}, {"until", 'U'}, {0}};
  fm_options options;
  int64_t now = fm_clock_wall();
  filling f = {.loop = uv_default_loop(), .until = now - now % DAY};
  if (fm_options_parse_long(self, argc, argv, "c:", longs, &options))
    return FM_EXIT_USAGE;
  if (options.nrest != 1)
    return fm_usage_error(self, "one feed or address is wanted");
  if (!options.value['S'])
    return fm_usage_error(self, "--since is wanted");
  if (read_day(self, "since", options.value['S'], &f.since) ||
      read_day(self, "until", options.value['U'], &f.until))
    return FM_EXIT_USAGE;
  if (f.since > f.until)
    return fm_usage_error(self, "--since is after %s", options.value['U'] ? "--until" : "today");
  if (f.until > now)
    f.until = now - now % DAY;
  f.from_listing = !options.value['U'];
  f.asked = options.rest[0];
  f.settings = fm_settings_of(&options);
  if (!f.settings)
    return FM_EXIT_USAGE;
  fm_log_level(FM_LOG_NONE); /* failures are reported once, at the end */
  int status = fill(&f);
  fm_settings_free(f.settings);
  uv_loop_close(f.loop);
  return status;
}
