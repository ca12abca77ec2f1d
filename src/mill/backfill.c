#include "mill/backfill.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/map.h"
#include "base/str.h"
#include "base/url.h"
#include "mill/mill_internal.h"
#include "fetch/host.h"
#include "source/registry.h"

#include <stdlib.h>

enum {
  DAY = 24 * 60 * 60,
  SETTLED = 2 * DAY,   /* a day's page changes no more so long after its begin */
  TRIES = 6,           /* of one day, in a row */
  RETRY_FIRST_MS = 2000,
  MISSING_MOST = 31,   /* days in a row without a page: the listing began after them */
  UNREADABLE_MOST = 3, /* in a row */
  AHEAD = 7 * DAY,     /* of what the listing shows: it may be a copy of some days ago */
  DATE_LEN = 10        /* YYYY-MM-DD */
};

struct fm_backfill {
  fm_backfill_spec spec;
  fm_arena own; /* of the copied want, page, known */
  const fm_source *source;
  fm_str key, page; /* the plan's, the store's */
  fm_str listing, accept, budget; /* what the plan would fetch */
  const fm_param *headers; /* and how it would ask, for the origin of `listing` */
  size_t nheaders;
  fm_param *options;
  size_t noptions;
  fm_map known; /* "2026-08-04" -> int64_t, the day before it */
  fm_backfill_state state;
  bool looking; /* at the listing itself */
  bool found;   /* a day had a page */
  bool stopping, ended;
  int64_t before; /* the day at hand: what its page names; FM_NO_TIME: nothing */
  unsigned tries, missing, unreadable; /* in a row */
  uv_timer_t timer;
  int64_t wait_until; /* mono ms */
  fm_fetch *fetch;
  uv_work_t work;
  fm_arena arena; /* for the day at hand, as what follows */
  fm_plan plan;
  fm_str body, url, charset;
  fm_doc *seen;
  int error;
  fm_why why;
};

static void first_day(fm_backfill *b);
static void next_day(fm_backfill *b);
static void ask(fm_backfill *b);

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
  fm_backfill *b = handle->data;
  b->spec.done(b->spec.ctx, b->error, &b->why, &b->state);
  fm_map_deinit(&b->known);
  fm_arena_deinit(&b->arena);
  fm_arena_deinit(&b->own);
  free(b);
}

static void end(fm_backfill *b, int error, const char *reason)
{
  b->error = error;
  if (b->why.text != reason)
    fm_fail(&b->why, error, "%s", reason);
  fm_doc_unref(b->seen);
  b->seen = NULL;
  b->ended = true;
  uv_close((uv_handle_t *)&b->timer, on_closed);
}

static void end_all(fm_backfill *b)
{
  if (b->state.unreadable) {
    fm_fail(&b->why, FM_E_NO_LIST, "%zu of the days have a page that is not the listing",
            b->state.unreadable);
    end(b, FM_E_NO_LIST, b->why.text);
  } else if (b->missing && !b->found) { /* `why` is the last one's */
    end(b, FM_E_NOT_FOUND, b->why.text);
  } else {
    end(b, FM_OK, "");
  }
}

/* ---- waiting ---- */

static void on_waited(uv_timer_t *timer)
{
  fm_backfill *b = timer->data;
  b->wait_until = 0;
  ask(b);
}

static void wait_for(fm_backfill *b, int64_t ms, const char *doing)
{
  b->state.doing = doing;
  b->wait_until = fm_clock_mono_ms() + ms;
  uv_timer_start(&b->timer, on_waited, (uint64_t)ms, 0);
}

/* ---- what was done before ---- */

/* A day's note: a page of the store that no address leads to, read when the day
 * was. What the day's page named as the day before stands in its ETag. */
static fm_str note_name(const fm_backfill *b, int64_t day, fm_arena *arena)
{
  char date[FM_DATE_ISO_LEN + 1];
  fm_date_iso(day, date);
  return fm_arena_printf(arena, "%.*s on %.*s", FM_FMT(b->page), DATE_LEN, date);
}

static void on_page(void *ctx, fm_str name, const fm_upstream_meta *meta)
{
  fm_backfill *b = ctx;
  fm_str mark = FM_STR(" on ");
  int64_t day;
  if (!name.ptr) {
    first_day(b);
    return;
  }
  fm_str date = fm_str_from(name, b->page.len + mark.len);
  if (!fm_str_starts(name, b->page) || !fm_str_starts(fm_str_from(name, b->page.len), mark) ||
      !fm_date_parse_day(date, &day) || meta->read == FM_NO_TIME ||
      meta->read < day + SETTLED)
    return;
  int64_t *before = fm_arena_alloc(&b->own, sizeof *before);
  *before = FM_NO_TIME;
  fm_date_parse_day(meta->etag, before);
  fm_map_put(&b->known, fm_arena_str(&b->own, date), before);
}

/* Written after the entries: a crash in between costs one request. */
static void note_day(fm_backfill *b, fm_store_cb cb)
{
  char before[FM_DATE_ISO_LEN + 1] = "";
  fm_upstream_meta meta = {.url = b->plan.url, .fetched = FM_NO_TIME, .changed = FM_NO_TIME,
                       .read = fm_clock_wall(), .next_try = FM_NO_TIME};
  if (b->before != FM_NO_TIME)
    fm_date_iso(b->before, before);
  meta.etag = (fm_str){before, *before ? DATE_LEN : 0};
  b->state.doing = "writing to the store";
  fm_store_touch(b->spec.store, note_name(b, b->state.day, &b->arena), &meta, cb, b);
}

/* ---- from day to day ---- */

static bool is_weekend(int64_t day)
{
  int64_t weekday = (day / DAY + 4) % 7; /* 1970-01-01 was a Thursday; 0: Sunday */
  return weekday == 0 || weekday == 6;
}

/* Only weekends are passed over on a page's word: a date that is wrong there
 * must not cost a day that had entries. */
static int64_t earlier(int64_t day, int64_t before)
{
  int64_t next = day - DAY;
  while (before != FM_NO_TIME && next > before && is_weekend(next))
    next -= DAY;
  return next;
}

static void go_back(fm_backfill *b)
{
  b->state.day = earlier(b->state.day, b->before);
  next_day(b);
}

static void skip_known(fm_backfill *b)
{
  char date[FM_DATE_ISO_LEN + 1];
  while (b->state.day >= b->spec.since) {
    fm_date_iso(b->state.day, date);
    const int64_t *before = fm_map_get(&b->known, (fm_str){date, DATE_LEN});
    if (!before)
      return;
    b->state.known++;
    b->found = true;
    b->state.day = earlier(b->state.day, *before);
  }
}

static int plan_day(fm_backfill *b)
{
  fm_day_request past = {.size = sizeof past, .key = b->key, .day = b->state.day, .options = b->options,
                  .noptions = b->noptions};
  return fm_source_plan_day(b->source, &past, &b->arena, &b->plan, &b->why);
}

static void next_day(fm_backfill *b)
{
  b->before = FM_NO_TIME;
  b->tries = 0;
  fm_arena_deinit(&b->arena);
  skip_known(b);
  if (b->stopping)
    end(b, FM_E_CANCELLED, "stopped");
  else if (b->state.day < b->spec.since)
    end_all(b);
  else if (plan_day(b))
    end(b, FM_E_NOT_FOUND, b->why.text);
  else
    ask(b);
}

static void first_day(fm_backfill *b)
{
  if (!b->spec.from_listing || b->stopping) {
    next_day(b);
    return;
  }
  fm_arena_deinit(&b->arena);
  b->plan = (fm_plan){.size = sizeof b->plan, .url = b->listing, .key = b->key,
                      .accept = b->accept, .budget = b->budget, .headers = b->headers,
                      .nheaders = b->nheaders};
  b->looking = true;
  ask(b);
}

static void on_noted(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)memory;
  fm_backfill *b = ctx;
  if (error)
    end(b, error, why->text);
  else
    go_back(b);
}

static void day_is_done(fm_backfill *b)
{
  b->state.days++;
  b->state.entries += b->seen->feed.nentries;
  b->state.empty += b->seen->feed.nentries == 0;
  fm_doc_unref(b->seen);
  b->seen = NULL;
  note_day(b, on_noted);
}

static void on_added(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)memory;
  fm_backfill *b = ctx;
  if (error)
    end(b, error, why->text);
  else
    day_is_done(b);
}

/* A page that is no listing may be one day's accident or a wall before all. */
static void unreadable(fm_backfill *b)
{
  if (b->stopping) {
    end(b, FM_E_CANCELLED, "stopped");
  } else if (++b->unreadable == UNREADABLE_MOST) {
    end(b, b->error, b->why.text);
  } else {
    b->state.unreadable++;
    go_back(b);
  }
}

/* ---- one day ---- */

/* The listing tells how far it is; if it does not, the calendar does. */
static void looked(fm_backfill *b)
{
  if (b->seen && b->seen->feed.day != FM_NO_TIME && b->seen->feed.day + AHEAD < b->state.day)
    b->state.day = b->seen->feed.day + AHEAD;
  fm_doc_unref(b->seen);
  b->seen = NULL;
  b->looking = false;
  next_day(b);
}

static void on_extracted(uv_work_t *work, int status)
{
  (void)status;
  fm_backfill *b = work->data;
  free((char *)b->body.ptr);
  b->body = (fm_str){0};
  if (b->looking) {
    looked(b);
    return;
  }
  if (b->error) {
    unreadable(b);
    return;
  }
  b->missing = b->unreadable = 0;
  b->found = true;
  if (b->seen->feed.nentries == 0) {
    b->before = FM_NO_TIME; /* a page with nothing on it is not believed */
    day_is_done(b);
    return;
  }
  b->state.doing = "writing to the store";
  fm_store_add(b->spec.store, b->page, fm_clock_wall(), b->seen, on_added, b);
}

static void extract(uv_work_t *work)
{
  fm_backfill *b = work->data;
  fm_page got = {
    .size = sizeof got, .body = b->body, .url = b->url, .key = b->plan.key,
    .charset = b->charset, .options = b->options, .noptions = b->noptions,
  };
  fm_why why = {""};
  b->error = fm_source_extract(b->source, &got, &b->seen, NULL, &why);
  if (b->error)
    fm_fail(&b->why, b->error, "%.*s: %s", FM_FMT(b->plan.url), why.text);
  else
    b->before = fm_source_previous_day(b->source, &got);
}

/* No page for this day: before the first of all days there is none either. It is
 * not noted: a wrong upstream has no pages at all. */
static void missing(fm_backfill *b, const fm_fetch_result *result)
{
  b->state.days++;
  b->state.empty++;
  b->why = result->why;
  if (++b->missing == MISSING_MOST && b->found)
    end_all(b);
  else
    go_back(b);
}

/* What the host asks for is waited for; who says nothing is asked ever less. */
static void retry(fm_backfill *b, const fm_fetch_result *result)
{
  int64_t wait = (int64_t)RETRY_FIRST_MS << b->tries;
  b->tries += result->error != FM_E_BUSY;
  if (b->tries >= TRIES) {
    end(b, result->error, result->why.text);
    return;
  }
  if (result->retry_after >= 0)
    wait = result->retry_after * 1000;
  b->why = result->why;
  wait_for(b, wait > 0 ? wait : 1, b->why.text);
}

/* 400 too: an API's word for a day that has not come. */
static bool is_missing(const fm_fetch_result *result)
{
  return result->status == 404 || result->status == 410 || result->status == 400;
}

static void fetched(fm_backfill *b, fm_fetch_result *result)
{
  b->url = fm_arena_str(&b->arena, result->url);
  b->charset = fm_arena_str(&b->arena, result->charset);
  b->body = fm_fetch_take_body(result);
  b->state.doing = "reading the page";
  uv_queue_work(b->spec.loop, &b->work, extract, on_extracted);
}

static void on_fetched(void *ctx, fm_fetch_result *result)
{
  fm_backfill *b = ctx;
  b->fetch = NULL;
  if (result->error == FM_E_CANCELLED || (b->stopping && result->error))
    end(b, FM_E_CANCELLED, "stopped");
  else if (result->error == FM_OK)
    fetched(b, result);
  else if (b->looking)
    looked(b);
  else if (is_missing(result))
    missing(b, result);
  else if (result->error == FM_E_FORBIDDEN || result->error == FM_E_TOO_BIG)
    end(b, result->error, result->why.text);
  else
    retry(b, result);
}

/* Ahead of time, as refreshes that nobody waits for: a feedmill that serves
 * from this address needs its share of the host's budget. */
static void ask(fm_backfill *b)
{
  fm_arena arena = {0};
  fm_str origin = {0}, budget = b->plan.budget;
  int64_t wait = 0;
  if (fm_url_origin(b->plan.url, &arena, &origin) == FM_OK)
    wait = fm_fetcher_delay(b->spec.fetcher, fm_budget_key(&arena, origin, budget), 0);
  fm_arena_deinit(&arena);
  if (b->stopping) {
    end(b, FM_E_CANCELLED, "stopped");
  } else if (wait > 0) {
    wait_for(b, wait, "waiting for the host's budget");
  } else {
    fm_fetch_spec spec = {.url = b->plan.url, .accept = b->plan.accept, .budget = budget,
                          .headers = b->plan.headers, .nheaders = b->plan.nheaders};
    b->fetch = fm_fetch_start(b->spec.fetcher, &spec, on_fetched, b);
  }
}

/* ---- from outside ---- */

static void copy_want(fm_backfill *b, const fm_want *want)
{
  char text[PAGE_KEY_MAX];
  b->source = want->source;
  b->key = fm_arena_str(&b->own, want->plan.key);
  b->listing = fm_arena_str(&b->own, want->plan.url);
  b->accept = fm_arena_str(&b->own, want->plan.accept);
  b->budget = fm_arena_str(&b->own, want->plan.budget);
  b->headers = params_copy(&b->own, want->plan.headers, want->plan.nheaders);
  b->nheaders = want->plan.nheaders;
  b->page = fm_arena_str(&b->own, page_key(want, text, sizeof text));
  b->noptions = want->noptions;
  b->options = params_copy(&b->own, want->options, want->noptions);
}

int fm_backfill_start(const fm_backfill_spec *spec, fm_backfill **backfill, fm_why *why)
{
  fm_backfill *b = FM_NEW(fm_backfill);
  b->spec = *spec;
  b->spec.want = NULL;
  copy_want(b, spec->want);
  b->state = (fm_backfill_state){.day = spec->until, .doing = "asking the store"};
  b->work.data = b;
  b->timer.data = b;
  int rc = plan_day(b);
  if (rc) {
    *why = b->why;
    fm_arena_deinit(&b->arena);
    fm_arena_deinit(&b->own);
    free(b);
    return rc;
  }
  uv_timer_init(spec->loop, &b->timer);
  fm_store_upstreams(spec->store, on_page, b);
  *backfill = b;
  return FM_OK;
}

void fm_backfill_stop(fm_backfill *b)
{
  if (b->stopping || b->ended)
    return;
  b->stopping = true;
  if (b->fetch)
    fm_fetch_cancel(b->fetch);
  else if (b->wait_until)
    uv_timer_start(&b->timer, on_waited, 0, 0);
}

void fm_backfill_get(const fm_backfill *b, fm_backfill_state *state)
{
  *state = b->state;
  if (b->fetch)
    state->doing = fm_fetch_doing(b->fetch);
  if (b->wait_until) {
    int64_t left = b->wait_until - fm_clock_mono_ms();
    state->wait_ms = left > 0 ? left : 1;
  }
}
