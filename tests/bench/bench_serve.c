/* The serving plane alone, for measuring it: serves DIR/feed.atom (and its .gz,
 * .br, .zst where they are there) at /feed.atom until SIGTERM.
 *
 *   bench_serve LISTEN BASE DIR [WORKERS [ACCESS-LOG]] */
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "serve/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static fm_str read_file(const char *dir, const char *ending)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/feed.atom%s", dir, ending);
  FILE *f = fopen(path, "rb");
  if (!f)
    return (fm_str){0};
  fseek(f, 0, SEEK_END);
  size_t len = (size_t)ftell(f);
  rewind(f);
  char *bytes = fm_alloc(len + 1);
  size_t got = fread(bytes, 1, len, f);
  fclose(f);
  return (fm_str){bytes, got};
}

static void on_miss(void *ctx, fm_miss *miss)
{
  (void)ctx;
  fm_reply *reply = fm_reply_text(404, FM_STR("only /feed.atom is here"), 0, (fm_str){0});
  fm_miss_answer(miss, reply);
  fm_reply_unref(reply);
}

static fm_reply *make_reply(const char *dir, fm_freshness *life)
{
  fm_reply_spec spec = {
    .status = 200,
    .content_type = FM_STR("application/atom+xml; charset=utf-8"),
    .body = {read_file(dir, ""), read_file(dir, ".gz"), read_file(dir, ".br"),
             read_file(dir, ".zst")},
    .last_modified = 1785801600,
    .cacheable = true,
    .stale_while_revalidate = 86400,
    .stale_if_error = 604800,
    .life = life,
  };
  return fm_reply_new(&spec);
}

static void on_closed(void *ctx) { uv_close((uv_handle_t *)ctx, NULL); }

static void on_signal(uv_signal_t *handle, int signum)
{
  (void)signum;
  fm_server_close(handle->data, 1000, on_closed, handle);
}

int main(int argc, char **argv)
{
  if (argc < 4)
    return 2;
  fm_str listen = fm_str_of(argv[1]);
  fm_serve_conf conf = {.max_connections = 10000};
  fm_server_spec spec = {
    .listen = &listen, .nlisten = 1, .workers = argc > 4 ? (unsigned)atoi(argv[4]) : 1,
    .conf = &conf, .on_miss = on_miss,
  };
  fm_server *server;
  fm_why why = {0};
  uv_loop_t *loop = uv_default_loop();
  if (fm_server_start(loop, &spec, &server, &why) < 0 ||
      (argc > 5 && fm_server_access_log(server, fm_str_of(argv[5]), &why) < 0)) {
    fprintf(stderr, "%s\n", why.text);
    return 1;
  }
  fm_freshness *life = fm_freshness_new();
  atomic_store(&life->fresh_until, fm_clock_mono_ms() + 24 * 3600 * 1000);
  fm_reply *reply = make_reply(argv[3], life);
  fm_server_publish(server, fm_str_of(argv[2]), FM_STR("/feed.atom"), reply);
  fm_reply_unref(reply);
  uv_signal_t term;
  uv_signal_init(loop, &term);
  term.data = server;
  uv_signal_start(&term, on_signal, SIGTERM);
  printf("%s\n", fm_server_address(server, 0));
  fflush(stdout);
  uv_run(loop, UV_RUN_DEFAULT);
  fm_freshness_unref(life);
  return uv_loop_close(loop) == 0 ? 0 : 1;
}
