#include "fetch/fetch.h"

#include "base/str.h"
#include "base/url.h"
#include "fetch/command.h"
#include "fetch/robots_cache.h"
#include "fetch/fetch_url.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOVES_MAX = 5 }; /* to hosts whose robots.txt was not asked */

enum state {
  NEW,    /* begins at the next turn of the loop */
  ROBOTS, /* waits for robots.txt */
  PAGE,   /* its transfer waits its turn or runs */
  QUEUE,  /* its command waits its turn at the host */
  RUN,    /* its command runs */
  ENDED   /* its callback comes at the next turn of the loop */
};

struct fm_fetch {
  fm_list_node node; /* in fetcher->live or, NEW and ENDED, in fetcher->due */
  fm_fetcher *fetcher;
  fm_limits *limits;
  enum state state;
  fm_fetch_cb cb;
  void *ctx;
  fm_arena arena;
  fm_transfer_spec spec; /* strings in the arena */
  fm_str budget;         /* too */
  void (*sent)(void *ctx);
  fm_robots_ask ask;
  fm_transfer transfer;
  fm_str moved;  /* an origin that a redirect leads to, whose robots.txt was not asked */
  fm_str barred; /* an address that one leads to and that robots.txt forbids */
  unsigned moves;
  fm_str *command; /* in the arena; none: a GET */
  size_t ncommand;
  fm_turn turn; /* of the command, as the transfer has its own */
  fm_command_run *run;
  fm_fetch_result result; /* what the callback gets */
};

struct fm_fetcher {
  fm_wire wire;
  fm_robots_cache robots;
  fm_limits *limits;
  fm_list live, due; /* of fetches */
  uv_idle_t idle;    /* runs what is due */
  uv_timer_t turns;  /* when a host has room again */
  bool closing;
  void (*closed)(void *ctx);
  void *ctx;
};

/* Ends --------------------------------------------------------------------------- */

static void on_due(uv_idle_t *idle);

/* Nothing of the users' is called but from on_due: so they may start, cancel
 * and close wherever they are. */
static void make_due(fm_fetch *f)
{
  fm_list_del(&f->node);
  fm_list_add(&f->fetcher->due, &f->node);
  uv_idle_start(&f->fetcher->idle, on_due);
}

/* Takes what `result` holds; its reason gets its "GET URL: ". */
static void finish(fm_fetch *f, const fm_fetch_result *result)
{
  char shown[FM_URL_SHOWN];
  if (f->state == ENDED)
    return;
  f->state = ENDED;
  f->result = *result;
  fm_url_show(f->spec.url, shown);
  if (result->error)
    fm_fail(&f->result.why, result->error, "GET %s: %s", shown, result->why.text);
  make_due(f);
}

static void finish_with(fm_fetch *f, int error, const char *reason)
{
  fm_fetch_result result = {.error = error, .url = f->spec.url, .retry_after = -1};
  fm_fail(&result.why, error, "%s", reason);
  finish(f, &result);
}

/* The way of a fetch ---------------------------------------------------------------- */

static void ask_elsewhere(fm_fetch *f);
static bool may_follow(fm_transfer *transfer, fm_str url);

static void on_page_done(fm_transfer *transfer)
{
  fm_fetch *f = FM_OF(transfer, fm_fetch, transfer);
  if (f->barred.len || f->moved.len) {
    ask_elsewhere(f);
    return;
  }
  fm_fetch_result result = transfer->result;
  transfer->result.body = (fm_str){NULL, 0};
  finish(f, &result);
}

static void on_page_sent(fm_transfer *transfer)
{
  fm_fetch *f = FM_OF(transfer, fm_fetch, transfer);
  f->sent(f->ctx);
}

static void start_page(fm_fetch *f)
{
  f->state = PAGE;
  f->transfer.sent = f->sent && f->moves == 0 ? on_page_sent : NULL;
  f->transfer.may = f->limits->robots ? may_follow : NULL;
  fm_transfer_start(&f->transfer, &f->fetcher->wire, f->limits, &f->spec, on_page_done);
}

/* A command instead of a GET: what it connects to the guard cannot see, but what
 * stands in the address it can. */

static void on_command_done(void *ctx, int error, const fm_why *why, fm_str body)
{
  fm_fetch *f = ctx;
  f->run = NULL;
  fm_turn_end(&f->fetcher->wire.hosts, &f->turn);
  fm_fetch_result result = {.error = error, .why = *why, .status = error ? 0 : 200, .body = body,
                            .url = f->spec.url, .retry_after = -1};
  if (body.len && fm_utf8_valid(body)) /* whatever the page was before it was printed */
    result.charset = FM_STR("utf-8");
  finish(f, &result);
}

static void refuse_command(fm_fetch *f)
{
  int64_t seconds = (f->turn.refused + 999) / 1000;
  fm_fetch_result result = {.error = FM_E_BUSY, .url = f->spec.url, .retry_after = seconds};
  fm_fail(&result.why, FM_E_BUSY, "the host takes no more requests for %lld seconds",
          (long long)seconds);
  finish(f, &result);
}

static void on_command_turn(fm_turn *turn)
{
  fm_fetch *f = FM_OF(turn, fm_fetch, turn);
  if (turn->refused) {
    refuse_command(f);
    return;
  }
  if (f->sent)
    f->sent(f->ctx);
  fm_command_spec spec = {.words = f->command, .nwords = f->ncommand, .url = f->spec.url,
                          .timeout_ms = f->limits->timeout_ms, .max_body = f->limits->max_body};
  f->state = RUN;
  f->run = fm_command_start(f->fetcher->idle.loop, &spec, on_command_done, f);
}

static void start_command(fm_fetch *f)
{
  char at[INET6_ADDRSTRLEN], reason[128];
  const char *what = f->limits->allow_private ? NULL : fm_url_guard(f->spec.url.ptr, at);
  if (what) {
    snprintf(reason, sizeof reason, "%s is no public address (%s); fetch.allow_private lets it "
             "through", at, what);
    finish_with(f, FM_E_FORBIDDEN, reason);
    return;
  }
  f->state = QUEUE;
  fm_turn_ask(&f->fetcher->wire.hosts, f->spec.turn, &f->turn, f->spec.rank, on_command_turn);
}

static void start(fm_fetch *f)
{
  if (f->ncommand)
    start_command(f);
  else
    start_page(f);
}

/* robots.txt, of the page's host and of those that its redirects lead to ------------- */

/* Path and query of an absolute URL. */
static fm_str target_of(fm_str text)
{
  fm_url url;
  if (!fm_url_parse(text, &url))
    return (fm_str){NULL, 0};
  const char *end = url.query.ptr ? url.query.ptr + url.query.len : url.path.ptr + url.path.len;
  return fm_str_span(url.path.ptr, end);
}

static const char *host_of(fm_str origin)
{
  const char *host = strstr(origin.ptr, "://");
  return host ? host + 3 : origin.ptr;
}

/* It could not be had, so neither can the page. */
static void finish_unasked(fm_fetch *f, const fm_fetch_result *failed, fm_str moved)
{
  bool same = failed->error == FM_E_TIMEOUT || failed->error == FM_E_FORBIDDEN ||
              failed->error == FM_E_BUSY;
  int error = same ? failed->error : FM_E_UNAVAILABLE;
  fm_fetch_result result = {.error = error, .url = f->spec.url,
                            .retry_after = failed->retry_after};
  fm_fail(&result.why, error, "%s%.200s%s%s%s", moved.len ? "redirected to " : "",
          moved.len ? host_of(moved) : "", moved.len ? ": " : "",
          error == FM_E_BUSY ? "" : "robots.txt could not be had: ", failed->why.text);
  finish(f, &result);
}

static void finish_forbidden(fm_fetch *f, fm_str origin, fm_str moved)
{
  char shown[FM_URL_SHOWN] = "";
  if (moved.len)
    fm_url_show(moved, shown);
  fm_str reason = fm_arena_printf(&f->arena, "%s%s%srobots.txt of %s forbids it",
                                  moved.len ? "redirected to " : "", shown,
                                  moved.len ? ": " : "", host_of(origin));
  finish_with(f, FM_E_FORBIDDEN, reason.ptr);
}

static void on_robots(fm_robots_ask *ask, const fm_robots *rules, const fm_fetch_result *failed)
{
  fm_fetch *f = FM_OF(ask, fm_fetch, ask);
  if (failed)
    finish_unasked(f, failed, (fm_str){NULL, 0});
  else if (!fm_robots_allows(rules, target_of(f->spec.url)))
    finish_forbidden(f, f->spec.origin, (fm_str){NULL, 0});
  else
    start(f);
}

/* What was found is in the cache now: the page is asked for again, and its redirect
 * followed. */
static void on_robots_elsewhere(fm_robots_ask *ask, const fm_robots *rules,
                                const fm_fetch_result *failed)
{
  fm_fetch *f = FM_OF(ask, fm_fetch, ask);
  fm_str moved = f->moved;
  (void)rules;
  f->moved = (fm_str){NULL, 0};
  if (failed)
    finish_unasked(f, failed, moved);
  else
    start_page(f);
}

static void ask_elsewhere(fm_fetch *f)
{
  fm_transfer_deinit(&f->transfer);
  f->transfer = (fm_transfer){0};
  if (f->barred.len) {
    finish_forbidden(f, f->moved, f->barred);
  } else if (++f->moves > MOVES_MAX) {
    finish_with(f, FM_E_UNAVAILABLE, "its redirects lead to another host each time");
  } else {
    f->state = ROBOTS;
    f->ask.answer = on_robots_elsewhere;
    fm_robots_cache_ask(&f->fetcher->robots, f->limits, f->moved, &f->ask);
  }
}

static bool may_follow(fm_transfer *transfer, fm_str url)
{
  fm_fetch *f = FM_OF(transfer, fm_fetch, transfer);
  const fm_robots *rules;
  fm_str origin;
  if (fm_url_origin(url, &f->arena, &origin))
    return true; /* curl's to refuse */
  bool known = fm_robots_cache_peek(&f->fetcher->robots, origin, &rules);
  if (known && fm_robots_allows(rules, target_of(url)))
    return true;
  f->moved = origin;
  if (known)
    f->barred = fm_arena_str(&f->arena, url);
  return false;
}

/* Encodes what a URL may not hold as it is, and checks what kind it is. */
static int check_url(fm_fetch *f, const char **reason)
{
  fm_url parts;
  fm_str url;
  if (fm_url_resolve(f->spec.url, f->spec.url, &f->arena, &url) ||
      !fm_url_parse(url, &parts) || !parts.scheme.len) {
    *reason = "not an absolute address";
    return FM_E_UNAVAILABLE;
  }
  if (!fm_str_ieq(parts.scheme, FM_STR("http")) && !fm_str_ieq(parts.scheme, FM_STR("https"))) {
    *reason = "only http and https are fetched";
    return FM_E_FORBIDDEN;
  }
  if (fm_url_origin(url, &f->arena, &f->spec.origin)) {
    *reason = "no host in the address";
    return FM_E_UNAVAILABLE;
  }
  f->spec.url = url;
  f->spec.turn = fm_turn_name(&f->arena, f->spec.origin, f->budget);
  return FM_OK;
}

static void begin(fm_fetch *f)
{
  const char *reason = "";
  fm_list_add(&f->fetcher->live, &f->node);
  int error = check_url(f, &reason);
  if (f->fetcher->closing) {
    finish_with(f, FM_E_CANCELLED, "cancelled");
  } else if (error) {
    finish_with(f, error, reason);
  } else if (f->limits->robots) {
    f->state = ROBOTS;
    f->ask.answer = on_robots;
    fm_robots_cache_ask(&f->fetcher->robots, f->limits, f->spec.origin, &f->ask);
  } else {
    start(f);
  }
}

static void deliver(fm_fetch *f)
{
  f->cb(f->ctx, &f->result);
  free((char *)f->result.body.ptr);
  fm_transfer_deinit(&f->transfer);
  fm_limits_unref(f->limits);
  fm_arena_deinit(&f->arena);
  free(f);
}

/* The fetcher's end -------------------------------------------------------------------- */

static void on_turns_closed(uv_handle_t *handle)
{
  fm_fetcher *fetcher = handle->data;
  if (fetcher->closed)
    fetcher->closed(fetcher->ctx);
  free(fetcher);
}

static void on_idle_closed(uv_handle_t *handle)
{
  fm_fetcher *fetcher = handle->data;
  uv_close((uv_handle_t *)&fetcher->turns, on_turns_closed);
}

static void on_multi_closed(void *ctx)
{
  fm_fetcher *fetcher = ctx;
  uv_close((uv_handle_t *)&fetcher->idle, on_idle_closed);
}

static void end_if_done(fm_fetcher *fetcher)
{
  if (!fetcher->closing || !fm_list_empty(&fetcher->live) || !fm_list_empty(&fetcher->due))
    return;
  fm_robots_cache_deinit(&fetcher->robots);
  fm_hosts_deinit(&fetcher->wire.hosts);
  fm_limits_unref(fetcher->limits);
  fm_multi_close(fetcher->wire.multi, on_multi_closed, fetcher);
}

static void on_due(uv_idle_t *idle)
{
  fm_fetcher *fetcher = idle->data;
  fm_list now; /* what callbacks make due comes at the next turn */
  fm_list_node *first;
  fm_list_init(&now);
  fm_list_move(&now, &fetcher->due);
  while ((first = fm_list_first(&now))) {
    fm_fetch *f = FM_OF(first, fm_fetch, node);
    fm_list_del(first);
    if (f->state == ENDED)
      deliver(f);
    else
      begin(f);
  }
  if (fm_list_empty(&fetcher->due))
    uv_idle_stop(&fetcher->idle);
  end_if_done(fetcher);
}

static void on_turns(uv_timer_t *timer)
{
  fm_fetcher *fetcher = timer->data;
  fm_hosts_run(&fetcher->wire.hosts);
}

static void wake_at(fm_hosts *hosts, int64_t at)
{
  fm_fetcher *fetcher = FM_OF(hosts, fm_fetcher, wire.hosts);
  int64_t left = at - hosts->now();
  if (at == INT64_MAX)
    uv_timer_stop(&fetcher->turns);
  else /* not within this call, which may be one of curl's */
    uv_timer_start(&fetcher->turns, on_turns, left > 0 ? (uint64_t)left : 1, 0);
}

/* The interface ----------------------------------------------------------------------- */

int fm_fetcher_new(uv_loop_t *loop, const fm_fetch_conf *conf, fm_fetcher **fetcher, fm_why *why)
{
  fm_limits *limits;
  int error = fm_limits_new(conf, &limits, why);
  if (error)
    return error;
  fm_fetcher *made = FM_NEW(fm_fetcher);
  made->limits = limits;
  made->wire.multi = fm_multi_new(loop);
  fm_hosts_init(&made->wire.hosts, limits->per_host);
  made->wire.hosts.patience = limits->timeout_ms;
  made->wire.hosts.wake = wake_at;
  fm_robots_cache_init(&made->robots, &made->wire);
  fm_list_init(&made->live);
  fm_list_init(&made->due);
  uv_idle_init(loop, &made->idle);
  made->idle.data = made;
  uv_timer_init(loop, &made->turns);
  made->turns.data = made;
  *fetcher = made;
  return FM_OK;
}

int fm_fetcher_configure(fm_fetcher *fetcher, const fm_fetch_conf *conf, fm_why *why)
{
  fm_limits *limits;
  int error = fm_limits_new(conf, &limits, why);
  if (error)
    return error;
  fm_limits_unref(fetcher->limits);
  fetcher->limits = limits;
  fetcher->wire.hosts.per_host = limits->per_host;
  fetcher->wire.hosts.patience = limits->timeout_ms;
  fm_multi_renew(fetcher->wire.multi); /* what the guard now refuses may be connected */
  return FM_OK;
}

static void stop(fm_fetch *f)
{
  fm_robots_ask_stop(&f->ask);
  fm_transfer_deinit(&f->transfer);
  fm_turn_end(&f->fetcher->wire.hosts, &f->turn);
  free((char *)f->result.body.ptr);
  f->result.body = (fm_str){NULL, 0};
}

void fm_fetch_cancel(fm_fetch *f)
{
  if (!fm_list_linked(&f->node))
    return; /* its callback is running */
  if (f->run) { /* it ends when the program is gone */
    fm_list_del(&f->node);
    fm_list_add(&f->fetcher->live, &f->node);
    fm_command_stop(f->run);
    return;
  }
  stop(f);
  f->state = NEW;
  finish_with(f, FM_E_CANCELLED, "cancelled");
}

void fm_fetcher_close(fm_fetcher *fetcher, void (*closed)(void *ctx), void *ctx)
{
  if (fetcher->closing)
    return;
  fetcher->closing = true;
  fetcher->closed = closed;
  fetcher->ctx = ctx;
  fetcher->wire.hosts.per_host = 0; /* what waits its turn shall not start now */
  fm_list all; /* cancelling adds to those that are due */
  fm_list_node *first;
  fm_list_init(&all);
  fm_list_move(&all, &fetcher->live);
  fm_list_move(&all, &fetcher->due);
  while ((first = fm_list_first(&all)))
    fm_fetch_cancel(FM_OF(first, fm_fetch, node));
  uv_idle_start(&fetcher->idle, on_due);
}

static void copy_headers(fm_fetch *f, const fm_fetch_spec *spec)
{
  fm_param *headers = fm_arena_alloc(&f->arena, (spec->nheaders + 1) * sizeof *headers);
  for (size_t i = 0; i < spec->nheaders; i++)
    headers[i] = (fm_param){fm_arena_str(&f->arena, spec->headers[i].name),
                            fm_arena_str(&f->arena, spec->headers[i].value)};
  f->spec.headers = headers;
  f->spec.nheaders = spec->nheaders;
}

fm_fetch *fm_fetch_start(fm_fetcher *fetcher, const fm_fetch_spec *spec, fm_fetch_cb cb, void *ctx)
{
  fm_fetch *f = FM_NEW(fm_fetch);
  f->fetcher = fetcher;
  f->limits = fm_limits_ref(fetcher->limits);
  f->cb = cb;
  f->ctx = ctx;
  f->sent = spec->sent;
  f->spec = (fm_transfer_spec){.url = fm_arena_str(&f->arena, spec->url),
                               .accept = fm_arena_str(&f->arena, spec->accept),
                               .etag = fm_arena_str(&f->arena, spec->etag),
                               .last_modified = fm_arena_str(&f->arena, spec->last_modified),
                               .rank = spec->urgent ? FM_TURN_URGENT : spec->since,
                               .max_body = f->limits->max_body};
  f->budget = fm_arena_str(&f->arena, spec->budget);
  copy_headers(f, spec);
  f->ncommand = spec->ncommand;
  f->command = fm_arena_alloc(&f->arena, (spec->ncommand + 1) * sizeof *f->command);
  for (size_t i = 0; i < spec->ncommand; i++)
    f->command[i] = fm_arena_str(&f->arena, spec->command[i]);
  if (fetcher->closing)
    finish_with(f, FM_E_CANCELLED, "cancelled");
  else
    make_due(f);
  return f;
}

int64_t fm_fetcher_room(const fm_fetcher *fetcher, fm_str turn, size_t before)
{
  const fm_hosts *hosts = &fetcher->wire.hosts;
  int64_t at = fm_hosts_room(hosts, turn, before);
  fm_str rest = turn, origin;
  fm_str_cut(&rest, ' ', &origin);
  if (rest.len && fetcher->limits->robots && !fm_robots_cache_knows(&fetcher->robots, origin)) {
    int64_t first = fm_hosts_room(hosts, origin, 0); /* it is asked for before, and counts there */
    at = first > at ? first : at;
  }
  int64_t left = at - hosts->now();
  return left > 0 ? left : 0;
}

void fm_fetcher_stop(fm_fetcher *fetcher, fm_str turn, int64_t seconds)
{
  seconds = seconds < FM_PACE_MOST_MS / 1000 ? seconds : FM_PACE_MOST_MS / 1000;
  fm_hosts_stop(&fetcher->wire.hosts, turn, seconds * 1000);
}

const char *fm_fetch_doing(const fm_fetch *f)
{
  switch (f->state) {
    case NEW: return fm_phase_doing(FM_PHASE_TURN);
    case ROBOTS: return "asking robots.txt";
    case QUEUE: return fm_phase_doing(FM_PHASE_TURN);
    case RUN: return "running its command";
    case PAGE:
    case ENDED: break;
  }
  return fm_phase_doing(f->transfer.phase);
}

uint64_t fm_fetch_received(const fm_fetch *f)
{
  if (f->run)
    return fm_command_received(f->run);
  return f->state == ENDED ? f->result.body.len : f->transfer.body.len;
}

fm_str fm_fetch_take_body(fm_fetch_result *result)
{
  fm_str body = result->body;
  result->body = (fm_str){NULL, 0};
  return body;
}
