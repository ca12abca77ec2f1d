/* feedmill fetch: one feed to standard output, made by a mill without the serving plane. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/argument.h"
#include "cmd/cmd.h"

#include <stdio.h>
#include <unistd.h>

enum { PROGRESS_MS = 100 };

typedef struct fetching {
  fm_app app;
  uv_timer_t progress;
  bool shown; /* a progress line is on the terminal */
  const char *asked;
  int status;
} fetching;

static void clear_progress(fetching *f)
{
  if (f->shown)
    fputs("\r\033[K", stderr);
  f->shown = false;
}

static void show_page(void *ctx, const fm_upstream_info *info)
{
  fetching *f = ctx;
  fprintf(stderr, "\r\033[K%s: %s", info->url.ptr, info->doing ? info->doing : "making the feed");
  f->shown = true;
}

static void on_progress(uv_timer_t *timer)
{
  fetching *f = timer->data;
  fm_mill_upstreams(f->app.mill, show_page, f);
  fflush(stderr);
}

static void say_old(void *ctx, const fm_upstream_info *info)
{
  (void)ctx;
  if (info->failures)
    fm_print_error(0, "serving the copy at hand: %s", info->failure.ptr);
  else if (info->missing)
    fm_print_error(0, "not all could be had, what was known of it stays: %s", info->missed.ptr);
}

static void on_reply(void *ctx, fm_reply *reply)
{
  fetching *f = ctx;
  clear_progress(f);
  uv_close((uv_handle_t *)&f->progress, NULL);
  fm_str body = fm_reply_body(reply, FM_IDENTITY);
  if (fm_reply_status(reply) == 200) {
    fm_mill_upstreams(f->app.mill, say_old, f);
    f->status = fm_print(body);
  } else {
    f->status = fm_print_error(FM_EXIT_FAILED, "%s: %.*s", f->asked, FM_FMT(fm_str_trim(body)));
  }
  fm_app_close(&f->app);
}

/* Waits for the refresh however long it takes, since standard output has no second answer. */
static int ask(fetching *f, const fm_format *format)
{
  fm_arena arena = {0};
  fm_feed_request want;
  fm_why why = {0};
  int rc = fm_argument_resolve(f->app.catalog, f->app.settings, f->asked, format, &arena, &want, &why);
  if (rc) {
    f->status = fm_print_error(rc == FM_E_BAD_ADDRESS ? FM_EXIT_USAGE : FM_EXIT_FAILED, "%s: %s",
                            f->asked, why.text[0] ? why.text : fm_error_text(rc));
  } else {
    want.format = format;
    want.refresh.wait = 3600;
    fm_mill_request(f->app.mill, &want, on_reply, f);
  }
  fm_arena_deinit(&arena);
  return rc;
}

static int run(fetching *f, fm_settings *settings, bool remembers, const fm_format *format)
{
  uv_loop_t *loop = uv_default_loop();
  fm_problems problems = {0};
  fm_mill_spec spec = {.plain = true};
  int rc = fm_app_open(&f->app, loop, settings, remembers ? NULL : "memory:", &spec, &problems);
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  if (rc)
    return rc == FM_E_IO ? FM_EXIT_FAILED : FM_EXIT_USAGE;
  f->progress.data = f;
  uv_timer_init(loop, &f->progress);
  if (isatty(STDERR_FILENO))
    uv_timer_start(&f->progress, on_progress, PROGRESS_MS, PROGRESS_MS);
  if (ask(f, format)) {
    uv_close((uv_handle_t *)&f->progress, NULL);
    fm_app_close(&f->app);
  }
  uv_run(loop, UV_RUN_DEFAULT);
  fm_app_deinit(&f->app);
  uv_loop_close(loop);
  return f->status;
}

int fm_cmd_fetch(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "c:f:", NULL, &options))
    return FM_EXIT_USAGE;
  if (options.nrest != 1)
    return fm_usage_error(self, "one feed or address is wanted");
  const fm_format *format = fm_format_find(fm_str_of(options.value['f'] ? options.value['f'] : "atom"));
  if (!format)
    return fm_usage_error(self, "there is no format %s", options.value['f']);
  fm_settings *settings = fm_settings_of(&options);
  if (!settings)
    return FM_EXIT_USAGE;
  fm_log_level(FM_LOG_ERROR); /* failures are reported once, at the end */
  fetching f = {.asked = options.rest[0]};
  return run(&f, settings, fm_settings_path(&options) != NULL, format);
}
