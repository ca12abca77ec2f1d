/* Fetches a listing's past days, latest first, and adds their entries to the store. */
#include "mill/backfill.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "base/url.h"
#include "mill/clock.h"
#include "mill/extract.h"
#include "mill/page_load.h"
#include "mill/plan.h"
#include "fetch/host.h"
#include "source/registry.h"

#include <stdlib.h>

enum {
  DAY = 24 * 60 * 60,
  SETTLED = 2 * DAY,  /* a day's page no longer changes so long after the day began */
  TRIES_MAX = 6,      /* failed fetches of one day, in a row */
  RETRY_FIRST_MS = 2000,
  MISSING_MAX = 31,   /* days without a page, in a row: the listing began after them */
  UNREADABLE_MAX = 3, /* days whose page is not the listing, in a row */
  AHEAD = 7 * DAY,    /* the listing may be a copy of some days ago */
  DATE_LEN = 10       /* YYYY-MM-DD */
};

struct fm_backfill {
  fm_backfill_spec spec;
  const fm_mill_clock *clock;
  fm_page_fetcher fetcher;
  fm_extractor *extractor, *own_extractor;
  fm_arena own; /* of the request's copy, `upstream` and `known` */
  const fm_source *source;
  fm_str key;      /* the plan's */
  fm_str upstream; /* the key in the store */
  fm_str prefix;   /* of the keys of its days' records */
  fm_str listing, accept, budget; /* what the plan would fetch, */
  const fm_param *headers;        /* and with which fields, for the origin of `listing` */
  size_t nheaders;
  fm_param *options;
  size_t noptions;
  fm_map known; /* "2026-08-04" -> int64_t: the day before it */
  fm_backfill_state state;
  bool looking; /* at the listing itself, for how far it is */
  bool found;   /* a day had a page */
  bool stopping, ended;
  int64_t before; /* the day before this one, as its page says; FM_NO_TIME: it does not */
  unsigned tries, missing, unreadable; /* in a row */
  fm_timer timer;
  int64_t wait_until; /* mono ms; 0: it does not wait */
  fm_fetch *fetch;
  fm_arena arena; /* of the day at hand, as what follows */
  fm_plan plan;
  fm_doc *seen;
  int error;
  fm_why why;
};

static void first_day(fm_backfill *b);
static void next_day(fm_backfill *b);
static void ask(fm_backfill *b);

/* ---- the end ---- */

static void finish(void *ctx)
{
  fm_backfill *b = ctx;
  b->spec.done(b->spec.ctx, b->error, &b->why, &b->state);
  fm_map_deinit(&b->known);
  fm_arena_deinit(&b->arena);
  fm_arena_deinit(&b->own);
  free(b);
}

static void on_closed(fm_timer *timer)
{
  fm_backfill *b = timer->ctx;
  if (b->own_extractor)
    fm_extractor_close(b->own_extractor, finish, b);
  else
    finish(b);
}

static void end(fm_backfill *b, int error, const char *reason)
{
  b->error = error;
  if (b->why.text != reason)
    fm_fail(&b->why, error, "%s", reason);
  fm_doc_unref(b->seen);
  b->seen = NULL;
  b->ended = true;
  fm_timer_close(&b->timer, on_closed);
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

static void on_waited(fm_timer *timer)
{
  fm_backfill *b = timer->ctx;
  b->wait_until = 0;
  ask(b);
}

static void wait_for(fm_backfill *b, int64_t ms, const char *doing)
{
  b->state.doing = doing;
  b->wait_until = b->clock->mono_ms() + ms;
  fm_timer_start(&b->timer, ms);
}

/* ---- what an earlier backfill did ---- */

typedef struct day_record {
  int64_t read; /* Unix seconds */
  fm_str before;
} day_record;

static int read_read(fm_json *json, void *into) { return fm_json_int(json, &((day_record *)into)->read); }
static int read_before(fm_json *json, void *into)
{
  return fm_json_string(json, &((day_record *)into)->before);
}

/* A day's page that was read once it no longer changed is not fetched again. */
static void learn_day(fm_backfill *b, fm_str date, fm_str value)
{
  static const fm_json_field fields[] = {{{"read", 4}, read_read}, {{"before", 6}, read_before}};
  fm_arena arena = {0};
  fm_json json;
  int64_t day;
  day_record record = {.read = FM_NO_TIME, .before = FM_STR("")};
  fm_json_init(&json, value, &arena);
  fm_json_fields(&json, fields, 2, &record);
  if (fm_json_end(&json) == FM_OK && fm_date_parse_day(date, &day) &&
      record.read != FM_NO_TIME && record.read >= day + SETTLED) {
    int64_t *before = fm_arena_alloc(&b->own, sizeof *before);
    *before = FM_NO_TIME;
    fm_date_parse_day(record.before, before);
    fm_map_put(&b->known, fm_arena_str(&b->own, date), before);
  }
  fm_arena_deinit(&arena);
}

static void on_state(void *ctx, int error, const fm_why *why, fm_str key, fm_str value)
{
  (void)error, (void)why;
  fm_backfill *b = ctx;
  if (key.ptr)
    learn_day(b, fm_str_from(key, b->prefix.len), value);
  else
    first_day(b);
}

/* Written after the entries: a crash in between costs one request. */
static void save_day(fm_backfill *b, fm_store_state_cb cb)
{
  char date[FM_DATE_ISO_LEN + 1], before[FM_DATE_ISO_LEN + 1] = "";
  fm_date_iso(b->state.day, date);
  if (b->before != FM_NO_TIME)
    fm_date_iso(b->before, before);
  fm_str key = fm_arena_printf(&b->arena, "%.*s%.*s", FM_FMT(b->prefix), DATE_LEN, date);
  fm_str value = fm_arena_printf(&b->arena, "{\"read\":%lld%s%.*s%s}", (long long)b->clock->wall(),
                                 *before ? ",\"before\":\"" : "", DATE_LEN, before,
                                 *before ? "\"" : "");
  b->state.doing = "writing to the store";
  fm_store_state_set(b->spec.store, key, value, cb, b);
}

/* ---- from day to day ---- */

static bool is_weekend(int64_t day)
{
  int64_t weekday = (day / DAY + 4) % 7; /* 1970-01-01 was a Thursday; 0: Sunday */
  return weekday == 0 || weekday == 6;
}

/* Only weekends are skipped on a page's word: a wrong date in it must not cost a day that had
 * entries. */
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

static void on_day_saved(void *ctx, int error, const fm_why *why, fm_str value)
{
  (void)value;
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
  save_day(b, on_day_saved);
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

/* One page that is not the listing may be an accident; several in a row are a wall. */
static void unreadable(fm_backfill *b)
{
  if (b->stopping) {
    end(b, FM_E_CANCELLED, "stopped");
  } else if (++b->unreadable == UNREADABLE_MAX) {
    end(b, b->error, b->why.text);
  } else {
    b->state.unreadable++;
    go_back(b);
  }
}

/* ---- one day ---- */

/* The listing's own day bounds where to begin; without one the calendar does. */
static void looked(fm_backfill *b)
{
  if (b->seen && b->seen->feed.day != FM_NO_TIME && b->seen->feed.day + AHEAD < b->state.day)
    b->state.day = b->seen->feed.day + AHEAD;
  fm_doc_unref(b->seen);
  b->seen = NULL;
  b->looking = false;
  next_day(b);
}

static void day_extracted(fm_backfill *b)
{
  b->missing = b->unreadable = 0;
  b->found = true;
  if (b->seen->feed.nentries == 0) {
    b->before = FM_NO_TIME; /* the word of an empty page is not taken */
    day_is_done(b);
    return;
  }
  b->state.doing = "writing to the store";
  fm_store_add(b->spec.store, b->upstream, b->clock->wall(), b->seen, on_added, b);
}

static void on_extracted(void *ctx, fm_extract_result *result)
{
  fm_backfill *b = ctx;
  b->error = result->error;
  b->seen = result->error ? NULL : fm_doc_ref(result->value.doc);
  b->before = result->previous_day;
  if (b->error)
    fm_fail(&b->why, b->error, "%.*s: %s", FM_FMT(b->plan.url), result->why.text);
  if (b->looking)
    looked(b);
  else if (b->error)
    unreadable(b);
  else
    day_extracted(b);
}

/* There is no page for this day, as before the listing's first day. That is not recorded: a
 * wrong upstream has no pages at all. */
static void missing(fm_backfill *b, const fm_fetch_result *result)
{
  b->state.days++;
  b->state.empty++;
  b->why = result->why;
  if (++b->missing == MISSING_MAX && b->found)
    end_all(b);
  else
    go_back(b);
}

/* Waits as long as the host says, else with exponential back-off. */
static void retry(fm_backfill *b, const fm_fetch_result *result)
{
  int64_t wait = (int64_t)RETRY_FIRST_MS << b->tries;
  b->tries += result->error != FM_E_BUSY;
  if (b->tries >= TRIES_MAX) {
    end(b, result->error, result->why.text);
    return;
  }
  if (result->retry_after >= 0)
    wait = result->retry_after * 1000;
  b->why = result->why;
  wait_for(b, wait > 0 ? wait : 1, b->why.text);
}

/* 400 is what an API says of a day in the future. */
static bool is_missing(const fm_fetch_result *result)
{
  return result->status == 404 || result->status == 410 || result->status == 400;
}

static void fetched(fm_backfill *b, fm_fetch_result *result)
{
  fm_extract_request request = {
    .kind = FM_EXTRACT_DAY, .source = b->source,
    .page = {.url = fm_arena_str(&b->arena, result->url), .key = b->plan.key,
             .charset = fm_arena_str(&b->arena, result->charset), .options = b->options,
             .noptions = b->noptions, .now = FM_NO_TIME},
  };
  request.page.body = fm_fetch_take_body(result);
  b->state.doing = "reading the page";
  fm_extract_start(b->extractor, &request, on_extracted, b);
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

/* Keeps to what the budget leaves, as a prefetch does: a feedmill that serves from this
 * address needs its share. */
static void ask(fm_backfill *b)
{
  fm_arena arena = {0};
  fm_str origin = {0}, budget = b->plan.budget;
  int64_t wait = 0;
  if (fm_url_origin(b->plan.url, &arena, &origin) == FM_OK)
    wait = b->fetcher.room(b->fetcher.self, fm_budget_key(&arena, origin, budget));
  fm_arena_deinit(&arena);
  if (b->stopping) {
    end(b, FM_E_CANCELLED, "stopped");
  } else if (wait > 0) {
    wait_for(b, wait, "waiting for the host's budget");
  } else {
    fm_fetch_spec spec = {.url = b->plan.url, .accept = b->plan.accept, .budget = budget,
                          .headers = b->plan.headers, .nheaders = b->plan.nheaders};
    b->fetch = b->fetcher.start(b->fetcher.self, &spec, on_fetched, b);
  }
}

/* ---- from outside ---- */

static void copy_request(fm_backfill *b, const fm_feed_request *request)
{
  char text[FM_UPSTREAM_KEY_MAX];
  const fm_plan *plan = &request->plan;
  b->source = request->source;
  b->key = fm_arena_str(&b->own, plan->key);
  b->listing = fm_arena_str(&b->own, plan->url);
  b->accept = fm_arena_str(&b->own, plan->accept);
  b->budget = fm_arena_str(&b->own, plan->budget);
  b->headers = fm_params_copy(&b->own, plan->headers, plan->nheaders);
  b->nheaders = plan->nheaders;
  b->upstream = fm_arena_str(&b->own, fm_upstream_key(request, text, sizeof text));
  b->prefix = fm_arena_printf(&b->own, "backfill/%.*s on ", FM_FMT(b->upstream));
  b->noptions = request->noptions;
  b->options = fm_params_copy(&b->own, request->options, request->noptions);
}

int fm_backfill_start(const fm_backfill_spec *spec, fm_backfill **backfill, fm_why *why)
{
  fm_backfill *b = FM_NEW(fm_backfill);
  b->spec = *spec;
  b->spec.request = NULL;
  copy_request(b, spec->request);
  b->state = (fm_backfill_state){.day = spec->until, .doing = "asking the store"};
  int rc = plan_day(b);
  if (rc) {
    *why = b->why;
    fm_arena_deinit(&b->arena);
    fm_arena_deinit(&b->own);
    free(b);
    return rc;
  }
  b->clock = spec->clock ? spec->clock : &fm_mill_system_clock;
  b->fetcher = spec->page_fetcher ? *spec->page_fetcher : fm_page_fetcher_of(spec->fetcher);
  b->own_extractor = spec->extractor ? NULL : fm_pool_extractor_new(spec->loop);
  b->extractor = spec->extractor ? spec->extractor : b->own_extractor;
  fm_timer_init(&b->timer, spec->loop, b->clock, on_waited, b);
  fm_store_state_list(spec->store, b->prefix, on_state, b);
  *backfill = b;
  return FM_OK;
}

void fm_backfill_stop(fm_backfill *b)
{
  if (b->stopping || b->ended)
    return;
  b->stopping = true;
  if (b->fetch)
    b->fetcher.cancel(b->fetch);
  else if (b->wait_until)
    fm_timer_start(&b->timer, 0);
}

void fm_backfill_get(const fm_backfill *b, fm_backfill_state *state)
{
  *state = b->state;
  if (b->fetch)
    state->doing = b->fetcher.doing(b->fetch);
  if (b->wait_until) {
    int64_t left = b->wait_until - b->clock->mono_ms();
    state->wait_ms = left > 0 ? left : 1;
  }
}
