/* The fetcher's test fixture: a loop, an origin, a fetcher, and fetches whose results are
 * kept. Each test ends with every handle closed. */
#ifndef FETCH_BED_H
#define FETCH_BED_H

#include "base/mem.h"
#include "base/str.h"
#include "fetch/fetch.h"
#include "fetch/tiny_origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct bed {
  uv_loop_t loop;
  origin host;
  fm_fetch_conf conf;
  fm_fetcher *fetcher;
  uv_timer_t watchdog; /* aborts a test that hangs */
  uv_timer_t look;     /* ends uv_run now and then, to check conditions */
  bool closed;
} bed;

/* A fetch and its result. */
typedef struct got {
  bed *bed;
  fm_fetch *fetch;
  fm_fetch_spec spec;
  unsigned calls;
  fm_arena arena;
  fm_fetch_result result; /* copied */
  void (*then)(struct got *got); /* called in the callback */
  struct got *other;
} got;

static void bed_expired(uv_timer_t *timer)
{
  (void)timer;
  fprintf(stderr, "the test hangs\n");
  abort();
}

static void bed_look(uv_timer_t *timer) { uv_stop(timer->loop); }

static inline void bed_start_at(bed *b, const char *address)
{
  memset(b, 0, sizeof *b);
  assert_int_equal(uv_loop_init(&b->loop), 0);
  uv_timer_init(&b->loop, &b->watchdog);
  uv_timer_start(&b->watchdog, bed_expired, 120000, 0);
  uv_unref((uv_handle_t *)&b->watchdog);
  uv_timer_init(&b->loop, &b->look);
  uv_timer_start(&b->look, bed_look, 20, 20);
  uv_unref((uv_handle_t *)&b->look);
  origin_start_at(&b->host, &b->loop, address);
  b->conf = (fm_fetch_conf){.timeout_ms = 60000, .max_body = 1 << 20, .per_host = 4,
                            .allow_private = true};
}

static inline void bed_open(bed *b)
{
  fm_why why = {""};
  if (fm_fetcher_new(&b->loop, &b->conf, &b->fetcher, &why))
    fail_msg("%s", why.text);
}

static inline void bed_start(bed *b)
{
  bed_start_at(b, "127.0.0.1");
  bed_open(b);
}

static void bed_closed(void *ctx)
{
  bed *b = ctx;
  b->closed = true;
  uv_stop(&b->loop);
}

/* Runs the loop until the condition holds. */
#define bed_until(b, condition)                                               \
  while (!(condition))                                                        \
  uv_run(&(b)->loop, UV_RUN_DEFAULT)

static inline void bed_end(bed *b)
{
  if (b->fetcher)
    fm_fetcher_close(b->fetcher, bed_closed, b);
  if (b->fetcher)
    bed_until(b, b->closed);
  origin_stop(&b->host);
  uv_close((uv_handle_t *)&b->watchdog, NULL);
  uv_close((uv_handle_t *)&b->look, NULL);
  while (uv_run(&b->loop, UV_RUN_DEFAULT))
    ;
  assert_int_equal(uv_loop_close(&b->loop), 0);
  origin_free(&b->host);
}

static void bed_got(void *ctx, fm_fetch_result *result)
{
  got *g = ctx;
  g->calls++;
  uv_stop(&g->bed->loop);
  g->result = *result;
  g->result.body = fm_fetch_take_body(result);
  g->result.url = fm_arena_str(&g->arena, result->url);
  g->result.charset = fm_arena_str(&g->arena, result->charset);
  g->result.etag = fm_arena_str(&g->arena, result->etag);
  g->result.last_modified = fm_arena_str(&g->arena, result->last_modified);
  g->result.blocked = fm_arena_str(&g->arena, result->blocked);
  if (g->then)
    g->then(g);
}

static inline void got_start(got *g, bed *b, const char *target)
{
  g->bed = b;
  bool whole = strstr(target, ":") != NULL;
  g->spec.url = fm_arena_printf(&g->arena, "%s%s", whole ? "" : b->host.url, target);
  g->fetch = fm_fetch_start(b->fetcher, &g->spec, bed_got, g);
}

static inline void got_wait(got *g)
{
  bed_until(g->bed, g->calls);
  assert_int_equal(g->calls, 1);
}

static inline void got_free(got *g)
{
  free((char *)g->result.body.ptr);
  fm_arena_deinit(&g->arena);
}

static inline void got_page(got *g, bed *b, const char *target)
{
  got_start(g, b, target);
  got_wait(g);
}

#define assert_text(s, text)                                                  \
  do {                                                                        \
    fm_str text_got = (s);                                                    \
    if (!fm_str_is(text_got, text))                                           \
      fail_msg("%s is \"%.*s\"", #s, FM_FMT(text_got));                       \
  } while (0)

#define assert_holds(haystack, needle)                                        \
  do {                                                                        \
    if (!strstr((haystack), (needle)))                                        \
      fail_msg("\"%s\" is not in \"%s\"", (needle), (haystack));              \
  } while (0)

/* Fetches and expects this error with this text in its reason. */
static inline void assert_fails(bed *b, const char *target, int error, const char *reason)
{
  got g = {0};
  got_page(&g, b, target);
  if (g.result.error != error)
    fail_msg("%s gives %d: %s", target, g.result.error, g.result.why.text);
  assert_holds(g.result.why.text, reason);
  assert_true(strncmp(g.result.why.text, "GET ", 4) == 0);
  assert_null(g.result.body.ptr);
  got_free(&g);
}

static inline void assert_gives(bed *b, const char *target, const char *body)
{
  got g = {0};
  got_page(&g, b, target);
  if (g.result.error)
    fail_msg("%s gives %s", target, g.result.why.text);
  assert_text(g.result.body, body);
  assert_int_equal(g.result.status, 200);
  got_free(&g);
}

#endif
