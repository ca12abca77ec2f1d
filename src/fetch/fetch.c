/* The fetcher: the state of each fetch (robots.txt, queue, transfer or command), the
 * delivery of results on the loop, and the fetcher's own life. */
#include "fetch/fetch.h"

#include "base/str.h"
#include "base/url.h"
#include "fetch/command.h"
#include "fetch/robots_cache.h"
#include "fetch/url_guard.h"

#include <stdio.h>
#include <stdlib.h>

enum {
  RESTARTS_MAX = 5,           /* after redirects to hosts whose robots.txt was not known */
  PROGRAMS_MAX = 16,          /* that pages are piped through at a time */
  PROGRAM_OUTPUT_MAX = 32 << 20
};

enum state {
  NEW,    /* begins in the next loop iteration */
  ROBOTS, /* waits for robots.txt */
  PAGE,   /* the transfer is queued or runs */
  QUEUE,  /* the command is queued at the host */
  RUN,    /* the command runs */
  PIPE,   /* the program waits for a place or runs */
  ENDED   /* the callback is called in the next loop iteration */
};

struct fm_fetch {
  fm_list_node node; /* in fetcher->live or, NEW and ENDED, in fetcher->due */
  fm_fetcher *fetcher;
  fm_fetch_settings *settings;
  enum state state;
  fm_fetch_cb cb;
  void *ctx;
  fm_arena arena;
  fm_transfer_spec spec; /* strings in the arena */
  fm_str budget;         /* in the arena */
  void (*sent)(void *ctx);
  fm_robots_query query;
  fm_transfer transfer;
  fm_str redirect_origin; /* a redirect's target, if its robots.txt is not known yet */
  fm_str forbidden_url;   /* a redirect's target that robots.txt forbids */
  unsigned restarts;
  fm_str *command; /* in the arena; none: a GET */
  size_t ncommand;
  fm_permit permit; /* the command's; a transfer has its own */
  fm_program program; /* in the arena; argc 0: none */
  fm_list_node queued; /* in fetcher->programs_queue */
  fm_command_run *run; /* of the command or the program */
  fm_fetch_result result; /* for the callback */
};

struct fm_fetcher {
  fm_transport transport;
  fm_robots_cache robots;
  fm_fetch_settings *settings;
  fm_list live, due; /* of fetches */
  unsigned nprograms; /* running */
  fm_list programs_queue;
  uv_idle_t idle;    /* calls on_due while there are due fetches */
  uv_timer_t permit_timer;  /* when a host may be sent the next request */
  bool closing;
  void (*closed)(void *ctx);
  void *ctx;
};

/* ---- ending a fetch ---- */

static void on_due(uv_idle_t *idle);

/* User callbacks run only from on_due(), never inside an API call or a curl callback,
 * so they may start, cancel or close. */
static void make_due(fm_fetch *f)
{
  fm_list_del(&f->node);
  fm_list_add(&f->fetcher->due, &f->node);
  uv_idle_start(&f->fetcher->idle, on_due);
}

/* Takes over `result`, and puts "GET URL: " before its reason. */
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

/* ---- the program that a page is piped through ---- */

static void start_programs(fm_fetcher *fetcher);

static void on_program_done(void *ctx, int error, const fm_why *why, fm_str output)
{
  fm_fetch *f = ctx;
  fm_fetch_result result = f->result;
  f->run = NULL;
  free((char *)f->result.body.ptr);
  f->result.body = (fm_str){NULL, 0};
  if (error) {
    if (error == FM_E_UNAVAILABLE || error == FM_E_TOO_BIG)
      error = FM_E_NO_LIST; /* the host is not to blame */
    result = (fm_fetch_result){.url = result.url, .retry_after = -1, .why = *why};
  }
  result.error = error;
  result.body = output;
  result.charset = (fm_str){NULL, 0}; /* it was the page's */
  f->fetcher->nprograms--;
  finish(f, &result);
  start_programs(f->fetcher);
}

static void start_program(fm_fetch *f)
{
  const fm_fetch_result *page = &f->result;
  fm_command_spec spec = {.argv = f->program.argv, .argc = f->program.argc, .url = page->url,
                          .charset = page->charset, .has_input = true, .input = page->body,
                          .timeout_ms = f->program.time * 1000,
                          .memory = (uint64_t)f->program.memory,
                          .max_output = PROGRAM_OUTPUT_MAX};
  f->fetcher->nprograms++;
  f->run = fm_command_start(f->fetcher->idle.loop, &spec, on_program_done, f);
}

static void start_programs(fm_fetcher *fetcher)
{
  fm_list_node *first;
  while (fetcher->nprograms < PROGRAMS_MAX && !fetcher->closing &&
         (first = fm_list_first(&fetcher->programs_queue))) {
    fm_list_del(first);
    start_program(FM_OF(first, fm_fetch, queued));
  }
}

/* Ends the fetch, or hands the page to its program. */
static void finish_page(fm_fetch *f, const fm_fetch_result *result)
{
  if (result->error || result->status != 200 || !f->program.argc) {
    finish(f, result);
    return;
  }
  f->state = PIPE;
  f->result = *result;
  fm_list_add(&f->fetcher->programs_queue, &f->queued);
  start_programs(f->fetcher);
}

/* ---- the states of a fetch ---- */

static void check_redirect_robots(fm_fetch *f);
static bool check_redirect(fm_transfer *transfer, fm_str url);

static void on_page_done(fm_transfer *transfer)
{
  fm_fetch *f = FM_OF(transfer, fm_fetch, transfer);
  if (f->forbidden_url.len || f->redirect_origin.len) {
    check_redirect_robots(f);
    return;
  }
  fm_fetch_result result = transfer->result;
  transfer->result.body = (fm_str){NULL, 0};
  finish_page(f, &result);
}

static void on_page_sent(fm_transfer *transfer)
{
  fm_fetch *f = FM_OF(transfer, fm_fetch, transfer);
  f->sent(f->ctx);
}

static void start_page(fm_fetch *f)
{
  f->state = PAGE;
  f->transfer.sent = f->sent && f->restarts == 0 ? on_page_sent : NULL;
  f->transfer.may_redirect = f->settings->robots ? check_redirect : NULL;
  fm_transfer_start(&f->transfer, &f->fetcher->transport, f->settings, &f->spec, on_page_done);
}

/* A command instead of a GET. The guard cannot see what the program connects to, so only
 * the host in the URL is checked. */

static void on_command_done(void *ctx, int error, const fm_why *why, fm_str body)
{
  fm_fetch *f = ctx;
  f->run = NULL;
  fm_permit_release(&f->fetcher->transport.hosts, &f->permit);
  fm_fetch_result result = {.error = error, .why = *why, .status = error ? 0 : 200, .body = body,
                            .url = f->spec.url, .retry_after = -1};
  if (!error && !body.len)
    result.error = fm_fail(&result.why, FM_E_UNAVAILABLE, "%.*s printed nothing",
                           FM_FMT(f->command[0]));
  if (error == FM_E_TOO_BIG)
    fm_fail(&result.why, error, "%s (fetch.max_body)", why->text);
  if (error == FM_E_IO)
    result.error = FM_E_UNAVAILABLE;
  /* The program has decoded the page, but a <meta> may still name the old charset. */
  if (body.len && fm_utf8_valid(body))
    result.charset = FM_STR("utf-8");
  finish_page(f, &result);
}

static void refuse_command(fm_fetch *f)
{
  int64_t seconds = (f->permit.refused + 999) / 1000;
  fm_fetch_result result = {.error = FM_E_BUSY, .url = f->spec.url, .retry_after = seconds};
  fm_fail(&result.why, FM_E_BUSY, "the host takes no more requests for %lld seconds",
          (long long)seconds);
  finish(f, &result);
}

static void on_command_permit(fm_permit *permit)
{
  fm_fetch *f = FM_OF(permit, fm_fetch, permit);
  if (permit->refused) {
    refuse_command(f);
    return;
  }
  if (f->sent)
    f->sent(f->ctx);
  fm_command_spec spec = {.argv = f->command, .argc = f->ncommand, .url = f->spec.url,
                          .timeout_ms = f->settings->timeout_ms,
                          .max_output = f->settings->max_body};
  f->state = RUN;
  f->run = fm_command_start(f->fetcher->idle.loop, &spec, on_command_done, f);
}

static void start_command(fm_fetch *f)
{
  char at[INET6_ADDRSTRLEN], reason[128];
  const char *what = f->settings->allow_private ? NULL : fm_url_guard(f->spec.url.ptr, at);
  if (what) {
    snprintf(reason, sizeof reason, "%s is no public address (%s); fetch.allow_private lets it "
             "through", at, what);
    finish_with(f, FM_E_FORBIDDEN, reason);
    return;
  }
  f->state = QUEUE;
  fm_permit_request(&f->fetcher->transport.hosts, f->spec.budget_key, &f->permit, f->spec.priority,
                    on_command_permit);
}

static void start(fm_fetch *f)
{
  if (f->ncommand)
    start_command(f);
  else
    start_page(f);
}

/* ---- robots.txt of the page's host and of its redirects' hosts ---- */

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

/* robots.txt could not be fetched, so the page may not be (RFC 9309 section 2.3.1.4). */
static void finish_unasked(fm_fetch *f, const fm_fetch_result *failed, fm_str redirect_origin)
{
  bool same = failed->error == FM_E_TIMEOUT || failed->error == FM_E_FORBIDDEN ||
              failed->error == FM_E_BUSY;
  int error = same ? failed->error : FM_E_UNAVAILABLE;
  fm_fetch_result result = {.error = error, .url = f->spec.url,
                            .retry_after = failed->retry_after};
  fm_fail(&result.why, error, "%s%.200s%s%s%s", redirect_origin.len ? "redirected to " : "",
          redirect_origin.len ? host_of(redirect_origin) : "", redirect_origin.len ? ": " : "",
          error == FM_E_BUSY ? "" : "robots.txt could not be had: ", failed->why.text);
  finish(f, &result);
}

static void finish_forbidden(fm_fetch *f, fm_str origin, fm_str redirect_origin)
{
  char shown[FM_URL_SHOWN] = "";
  if (redirect_origin.len)
    fm_url_show(redirect_origin, shown);
  fm_str reason = fm_arena_printf(&f->arena, "%s%s%srobots.txt of %s forbids it",
                                  redirect_origin.len ? "redirected to " : "", shown,
                                  redirect_origin.len ? ": " : "", host_of(origin));
  finish_with(f, FM_E_FORBIDDEN, reason.ptr);
}

static void on_robots(fm_robots_query *query, const fm_robots *rules, const fm_fetch_result *failed)
{
  fm_fetch *f = FM_OF(query, fm_fetch, query);
  if (failed)
    finish_unasked(f, failed, (fm_str){NULL, 0});
  else if (!fm_robots_allows(rules, target_of(f->spec.url)))
    finish_forbidden(f, f->spec.origin, (fm_str){NULL, 0});
  else
    start(f);
}

/* The rules are in the cache now, so the page is requested again and its redirect is
 * followed this time. */
static void on_redirect_robots(fm_robots_query *query, const fm_robots *rules,
                                const fm_fetch_result *failed)
{
  fm_fetch *f = FM_OF(query, fm_fetch, query);
  fm_str redirect_origin = f->redirect_origin;
  (void)rules;
  f->redirect_origin = (fm_str){NULL, 0};
  if (failed)
    finish_unasked(f, failed, redirect_origin);
  else
    start_page(f);
}

static void check_redirect_robots(fm_fetch *f)
{
  fm_transfer_deinit(&f->transfer);
  f->transfer = (fm_transfer){0};
  if (f->forbidden_url.len) {
    finish_forbidden(f, f->redirect_origin, f->forbidden_url);
  } else if (++f->restarts > RESTARTS_MAX) {
    finish_with(f, FM_E_UNAVAILABLE, "its redirects lead to another host each time");
  } else {
    f->state = ROBOTS;
    f->query.answer = on_redirect_robots;
    fm_robots_cache_lookup(&f->fetcher->robots, f->settings, f->redirect_origin, &f->query);
  }
}

static bool check_redirect(fm_transfer *transfer, fm_str url)
{
  fm_fetch *f = FM_OF(transfer, fm_fetch, transfer);
  const fm_robots *rules;
  fm_str origin;
  if (fm_url_origin(url, &f->arena, &origin))
    return true; /* curl will refuse it */
  bool known = fm_robots_cache_peek(&f->fetcher->robots, origin, &rules);
  if (known && fm_robots_allows(rules, target_of(url)))
    return true;
  f->redirect_origin = origin;
  if (known)
    f->forbidden_url = fm_arena_str(&f->arena, url);
  return false;
}

/* Percent-encodes what a URL may not hold, and checks the scheme and the host. */
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
  f->spec.budget_key = fm_budget_key(&f->arena, f->spec.origin, f->budget);
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
  } else if (f->settings->robots) {
    f->state = ROBOTS;
    f->query.answer = on_robots;
    fm_robots_cache_lookup(&f->fetcher->robots, f->settings, f->spec.origin, &f->query);
  } else {
    start(f);
  }
}

static void deliver(fm_fetch *f)
{
  f->cb(f->ctx, &f->result);
  free((char *)f->result.body.ptr);
  fm_transfer_deinit(&f->transfer);
  fm_fetch_settings_unref(f->settings);
  fm_arena_deinit(&f->arena);
  free(f);
}

/* ---- closing the fetcher ---- */

static void on_permit_timer_closed(uv_handle_t *handle)
{
  fm_fetcher *fetcher = handle->data;
  if (fetcher->closed)
    fetcher->closed(fetcher->ctx);
  free(fetcher);
}

static void on_idle_closed(uv_handle_t *handle)
{
  fm_fetcher *fetcher = handle->data;
  uv_close((uv_handle_t *)&fetcher->permit_timer, on_permit_timer_closed);
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
  fm_hosts_deinit(&fetcher->transport.hosts);
  fm_fetch_settings_unref(fetcher->settings);
  fm_multi_close(fetcher->transport.multi, on_multi_closed, fetcher);
}

static void on_due(uv_idle_t *idle)
{
  fm_fetcher *fetcher = idle->data;
  fm_list now; /* what callbacks add waits for the next iteration */
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

static void on_permit_timer(uv_timer_t *timer)
{
  fm_fetcher *fetcher = timer->data;
  fm_hosts_run(&fetcher->transport.hosts);
}

static void wake_at(fm_hosts *hosts, int64_t at)
{
  fm_fetcher *fetcher = FM_OF(hosts, fm_fetcher, transport.hosts);
  int64_t left = at - hosts->now();
  if (at == INT64_MAX)
    uv_timer_stop(&fetcher->permit_timer);
  else /* never at once: this may be called from within curl */
    uv_timer_start(&fetcher->permit_timer, on_permit_timer, left > 0 ? (uint64_t)left : 1, 0);
}

/* ---- the interface ---- */

int fm_fetcher_new(uv_loop_t *loop, const fm_fetch_conf *conf, fm_fetcher **fetcher, fm_why *why)
{
  fm_fetch_settings *settings;
  int error = fm_fetch_settings_new(conf, &settings, why);
  if (error)
    return error;
  fm_fetcher *made = FM_NEW(fm_fetcher);
  made->settings = settings;
  made->transport.multi = fm_multi_new(loop);
  fm_hosts_init(&made->transport.hosts, settings->per_host);
  made->transport.hosts.patience = settings->timeout_ms;
  made->transport.hosts.wake = wake_at;
  fm_robots_cache_init(&made->robots, &made->transport);
  fm_list_init(&made->live);
  fm_list_init(&made->due);
  fm_list_init(&made->programs_queue);
  uv_idle_init(loop, &made->idle);
  made->idle.data = made;
  uv_timer_init(loop, &made->permit_timer);
  made->permit_timer.data = made;
  *fetcher = made;
  return FM_OK;
}

int fm_fetcher_configure(fm_fetcher *fetcher, const fm_fetch_conf *conf, fm_why *why)
{
  fm_fetch_settings *settings;
  int error = fm_fetch_settings_new(conf, &settings, why);
  if (error)
    return error;
  fm_fetch_settings_unref(fetcher->settings);
  fetcher->settings = settings;
  fetcher->transport.hosts.per_host = settings->per_host;
  fetcher->transport.hosts.patience = settings->timeout_ms;
  fm_multi_retire(fetcher->transport.multi); /* the guard may refuse their addresses now */
  return FM_OK;
}

static void stop(fm_fetch *f)
{
  fm_list_del(&f->queued);
  fm_robots_query_cancel(&f->query);
  fm_transfer_deinit(&f->transfer);
  fm_permit_release(&f->fetcher->transport.hosts, &f->permit);
  free((char *)f->result.body.ptr);
  f->result.body = (fm_str){NULL, 0};
}

void fm_fetch_cancel(fm_fetch *f)
{
  if (!fm_list_linked(&f->node))
    return; /* its callback is running */
  if (f->run) { /* the fetch ends when the program is gone */
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
  fetcher->transport.hosts.per_host = 0; /* start nothing that is queued */
  fm_list all; /* cancelling adds to fetcher->due */
  fm_list_node *first;
  fm_list_init(&all);
  fm_list_move(&all, &fetcher->live);
  fm_list_move(&all, &fetcher->due);
  while ((first = fm_list_first(&all)))
    fm_fetch_cancel(FM_OF(first, fm_fetch, node));
  uv_idle_start(&fetcher->idle, on_due);
}

static fm_str *copy_strings(fm_arena *arena, const fm_str *strings, size_t count)
{
  fm_str *copies = fm_arena_alloc(arena, (count + 1) * sizeof *copies);
  for (size_t i = 0; i < count; i++)
    copies[i] = fm_arena_str(arena, strings[i]);
  return copies;
}

static void copy_programs(fm_fetch *f, const fm_fetch_spec *spec)
{
  f->command = copy_strings(&f->arena, spec->command, spec->ncommand);
  f->ncommand = spec->ncommand;
  if (!spec->program)
    return;
  f->program = *spec->program;
  f->program.argv = copy_strings(&f->arena, spec->program->argv, spec->program->argc);
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
  f->settings = fm_fetch_settings_ref(fetcher->settings);
  f->cb = cb;
  f->ctx = ctx;
  f->sent = spec->sent;
  f->spec = (fm_transfer_spec){.url = fm_arena_str(&f->arena, spec->url),
                               .accept = fm_arena_str(&f->arena, spec->accept),
                               .etag = fm_arena_str(&f->arena, spec->etag),
                               .last_modified = fm_arena_str(&f->arena, spec->last_modified),
                               .priority = {.dynamic = spec->dynamic, .urgent = spec->urgent,
                                            .since = spec->since},
                               .max_body = f->settings->max_body};
  f->budget = fm_arena_str(&f->arena, spec->budget);
  copy_headers(f, spec);
  copy_programs(f, spec);
  if (fetcher->closing)
    finish_with(f, FM_E_CANCELLED, "cancelled");
  else
    make_due(f);
  return f;
}

int64_t fm_fetcher_delay(const fm_fetcher *fetcher, fm_str budget_key, size_t before, bool dynamic)
{
  const fm_hosts *hosts = &fetcher->transport.hosts;
  int64_t at = fm_hosts_ready_at(hosts, budget_key, before, dynamic);
  fm_str rest = budget_key, origin;
  fm_str_cut(&rest, ' ', &origin);
  if (rest.len && fetcher->settings->robots &&
      !fm_robots_cache_is_fresh(&fetcher->robots, origin)) {
    /* robots.txt is requested first, and counts in the main budget. */
    int64_t first = fm_hosts_ready_at(hosts, origin, 0, dynamic);
    at = first > at ? first : at;
  }
  int64_t left = at - hosts->now();
  return left > 0 ? left : 0;
}

void fm_fetcher_block(fm_fetcher *fetcher, fm_str budget_key, int64_t seconds)
{
  seconds = seconds < FM_PACE_MAX_MS / 1000 ? seconds : FM_PACE_MAX_MS / 1000;
  fm_hosts_block(&fetcher->transport.hosts, budget_key, seconds * 1000);
}

const char *fm_fetch_doing(const fm_fetch *f)
{
  switch (f->state) {
    case NEW: return fm_phase_doing(FM_PHASE_QUEUE);
    case ROBOTS: return "asking robots.txt";
    case QUEUE: return fm_phase_doing(FM_PHASE_QUEUE);
    case RUN: return "running its command";
    case PIPE: return "running its program";
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
