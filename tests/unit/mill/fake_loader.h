/* A web of a few pages, a fetcher and an extractor by hand: what the tests of page_load,
 * list_fetch and entry_fetch hand to a loader. Nothing happens before fake_step. */
#ifndef TEST_FAKE_LOADER_H
#define TEST_FAKE_LOADER_H

#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "mill/page_load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum answer_kind { LIST, NO_LIST, FAILS, UNMODIFIED };

/* What an address gives. */
typedef struct answer {
  enum answer_kind kind;
  const char *ids; /* LIST: "a b c", each links to http://n.test/ID; of an entry's page: its summary */
  const char *next, *redirect_to, *incomplete, *note;
  size_t dropped;
  int error, status;   /* FAILS; FM_E_UNAVAILABLE if 0. NO_LIST: the extraction's error */
  int64_t retry_after; /* FAILS, seconds; 0: not said */
  const char *stops;   /* the permit that wants to be left alone */
  const char *lands;   /* the page's address after redirects; NULL: as requested */
  int64_t day, previous_day; /* of a day's page; 0: not said */
} answer;

struct fm_fetch {
  fm_list_node node;
  fm_str url;
  bool cancelled;
  void (*sent)(void *ctx);
  fm_fetch_cb cb;
  void *ctx;
};

struct fm_extract {
  fm_list_node node;
  fm_extract_request request;
  bool cancelled;
  fm_extract_cb cb;
  void *ctx;
};

typedef struct fake {
  fm_extractor extractor; /* first: it is the extractor's self */
  fm_page_loader loader;
  fm_list fetches, extracts;
  fm_map site;     /* url -> answer */
  fm_map full;     /* permits whose host has no room */
  fm_arena arena;
  char requests[2048]; /* "http://a/ ?http://b/ ": a '?' marks a conditional one */
  fm_fetch_spec last;  /* of the last request; its strings are in the arena */
  fm_page last_page;   /* of the last extraction, likewise */
  enum fm_extract_kind last_kind;
  char events[512];    /* S started, > sent, E ended */
  char notes[512], stops[256];
  bool outdated, urgent;
  size_t ended;        /* callbacks, for the tests' use */
} fake;

static int64_t fake_now;
static int64_t fake_clock(void) { return fake_now; }

#define ADD(text, ...) snprintf((text) + strlen(text), sizeof(text) - strlen(text), __VA_ARGS__)

/* ---- fetcher ---- */

static fm_fetch *fake_fetch_start(void *self, const fm_fetch_spec *spec, fm_fetch_cb cb, void *ctx)
{
  fake *w = self;
  fm_fetch *fetch = FM_NEW(fm_fetch);
  *fetch = (fm_fetch){.url = fm_arena_str(&w->arena, spec->url), .sent = spec->sent, .cb = cb,
                      .ctx = ctx};
  w->last = *spec;
  w->last.url = fetch->url;
  w->last.accept = fm_arena_str(&w->arena, spec->accept);
  w->last.etag = fm_arena_str(&w->arena, spec->etag);
  w->last.last_modified = fm_arena_str(&w->arena, spec->last_modified);
  w->last.budget = fm_arena_str(&w->arena, spec->budget);
  ADD(w->requests, "%s%.*s ", spec->etag.len || spec->last_modified.len ? "?" : "",
      FM_FMT(spec->url));
  fm_list_add(&w->fetches, &fetch->node);
  return fetch;
}

static void fake_fetch_cancel(fm_fetch *fetch) { fetch->cancelled = true; }
static const char *fake_fetch_doing(const fm_fetch *fetch) { return fetch ? "connecting" : NULL; }

static int64_t fake_room(void *self, fm_str permit)
{
  const fake *w = self;
  return fm_map_get(&w->full, permit) ? 1000 : 0;
}

/* ---- extractor ---- */

static fm_extract *fake_extract_start(fm_extractor *self, const fm_extract_request *request,
                                      fm_extract_cb cb, void *ctx)
{
  fake *w = (fake *)self;
  fm_extract *extract = FM_NEW(fm_extract);
  *extract = (fm_extract){.request = *request, .cb = cb, .ctx = ctx};
  w->last_page = request->page;
  w->last_kind = request->kind;
  w->last_page.body = fm_arena_str(&w->arena, request->page.body);
  w->last_page.url = fm_arena_str(&w->arena, request->page.url);
  w->last_page.charset = fm_arena_str(&w->arena, request->page.charset);
  fm_list_add(&w->extracts, &extract->node);
  return extract;
}

static void fake_extract_cancel(fm_extractor *self, fm_extract *extract)
{
  (void)self;
  extract->cancelled = true;
}

/* ---- hooks ---- */

static void fake_event(void *ctx, enum fm_page_load_event event)
{
  fake *w = ctx;
  ADD(w->events, "%c", "S>E"[event]);
}

static void fake_host_stop(void *ctx, fm_str permit, int64_t seconds)
{
  fake *w = ctx;
  ADD(w->stops, "%.*s:%lld ", FM_FMT(permit), (long long)seconds);
}

static void fake_note(void *ctx, fm_str url, fm_str note)
{
  fake *w = ctx;
  ADD(w->notes, "%.*s:%.*s ", FM_FMT(url), FM_FMT(note));
}

static bool fake_is_outdated(void *ctx) { return ((const fake *)ctx)->outdated; }
static bool fake_is_urgent(void *ctx) { return ((const fake *)ctx)->urgent; }

/* ---- the web ---- */

static void fake_set(fake *w, const char *url, answer a)
{
  answer *copy = fm_arena_alloc(&w->arena, sizeof *copy);
  *copy = a;
  fm_map_put(&w->site, fm_str_of(url), copy);
}

static const answer *fake_answer(const fake *w, fm_str url)
{
  static const answer missing = {.kind = FAILS, .status = 404};
  const answer *a = fm_map_get(&w->site, url);
  return a ? a : &missing;
}

static fm_doc *fake_doc(const char *ids)
{
  fm_doc *doc = fm_doc_new();
  fm_str rest = fm_str_of(ids ? ids : ""), id;
  fm_entry *entries = fm_arena_alloc(&doc->arena, (rest.len + 1) * sizeof *entries);
  while (rest.len && fm_str_cut(&rest, ' ', &id)) {
    fm_link *link = fm_arena_alloc(&doc->arena, sizeof *link);
    fm_entry *entry = &entries[doc->feed.nentries++];
    *link = (fm_link){.rel = FM_STR("alternate"),
                      .href = fm_arena_printf(&doc->arena, "http://n.test/%.*s", FM_FMT(id))};
    *entry = (fm_entry){.id = fm_arena_str(&doc->arena, id), .title = FM_STR("t"),
                        .published = FM_NO_TIME, .updated = FM_NO_TIME, .links = link,
                        .nlinks = 1};
  }
  doc->feed.entries = entries;
  doc->feed.title = doc->feed.id = FM_STR("list");
  return doc;
}

static fm_doc *fake_entry(const char *summary)
{
  fm_doc *doc = fm_doc_new();
  fm_entry *entry = fm_arena_alloc(&doc->arena, sizeof *entry);
  *entry = (fm_entry){.published = FM_NO_TIME, .updated = FM_NO_TIME,
                      .summary = fm_arena_str(&doc->arena, fm_str_of(summary))};
  doc->feed.entries = entry;
  doc->feed.nentries = 1;
  return doc;
}

static fm_str text_in(fm_doc *doc, const char *text)
{
  return fm_arena_str(&doc->arena, fm_str_of(text));
}

static void fake_end_fetch(fake *w, fm_fetch *fetch)
{
  const answer *a = fake_answer(w, fetch->url);
  fm_fetch_result result = {.url = fetch->url, .retry_after = -1, .status = 200};
  if (fetch->sent && !fetch->cancelled)
    fetch->sent(fetch->ctx);
  if (fetch->cancelled) {
    result.status = 0;
    result.error = fm_fail(&result.why, FM_E_CANCELLED, "cancelled");
  } else if (a->kind == FAILS) {
    result.status = a->status;
    result.error = fm_fail(&result.why, a->error ? a->error : FM_E_UNAVAILABLE, "GET %.*s: %d",
                           FM_FMT(fetch->url), a->status);
    result.retry_after = a->retry_after ? a->retry_after : -1;
    result.blocked = fm_str_of(a->stops);
  } else if (a->kind == UNMODIFIED) {
    result.status = 304;
  } else {
    result.url = a->lands ? fm_str_of(a->lands) : fetch->url;
    result.charset = FM_STR("utf-8");
    result.etag = fm_arena_printf(&w->arena, "\"%.*s\"", FM_FMT(fetch->url));
    result.last_modified = FM_STR("Tue, 04 Aug 2026 08:00:00 GMT");
    result.body = (fm_str){fm_strdup("body"), 4};
  }
  fm_list_del(&fetch->node);
  fm_fetch_cb cb = fetch->cb;
  void *ctx = fetch->ctx;
  free(fetch);
  cb(ctx, &result);
  free((char *)result.body.ptr);
}

static void fake_end_extract(fake *w, fm_extract *extract)
{
  fm_str url = extract->request.page.url;
  const answer *a = fake_answer(w, url);
  fm_extract_result result = {.previous_day = FM_NO_TIME};
  bool entry = extract->request.kind == FM_EXTRACT_ENTRY;
  if (extract->cancelled) {
    result.error = fm_fail(&result.why, FM_E_CANCELLED, "cancelled");
  } else if (a->kind == NO_LIST) {
    result.error = fm_fail(&result.why, a->error ? a->error : FM_E_NO_LIST, "no list");
    if (a->redirect_to) {
      result.value.doc = fm_doc_new();
      result.value.redirect_to = text_in(result.value.doc, a->redirect_to);
    }
  } else {
    fm_doc *doc = entry ? fake_entry(a->ids) : fake_doc(a->ids);
    result.value = (fm_extracted){.doc = doc, .dropped = a->dropped,
                                  .next = text_in(doc, a->next), .note = text_in(doc, a->note),
                                  .incomplete = text_in(doc, a->incomplete),
                                  .redirect_to = text_in(doc, a->redirect_to)};
    doc->feed.day = a->day ? a->day : FM_NO_TIME;
    result.previous_day = a->previous_day ? a->previous_day : FM_NO_TIME;
  }
  fm_list_del(&extract->node);
  extract->cb(extract->ctx, &result);
  fm_doc_unref(result.value.doc);
  free((char *)extract->request.page.body.ptr);
  free(extract);
}

/* Ends one fetch or extraction, the oldest. False: none is under way. */
static bool fake_step(fake *w)
{
  fm_list_node *extract = fm_list_first(&w->extracts), *fetch = fm_list_first(&w->fetches);
  if (extract)
    fake_end_extract(w, FM_OF(extract, fm_extract, node));
  else if (fetch)
    fake_end_fetch(w, FM_OF(fetch, fm_fetch, node));
  return extract || fetch;
}

static __attribute__((unused)) void fake_run(fake *w)
{
  while (fake_step(w))
    ;
}

static void fake_init(fake *w)
{
  fm_log_level(FM_LOG_NONE);
  *w = (fake){.extractor = {.start = fake_extract_start, .cancel = fake_extract_cancel}};
  fm_list_init(&w->fetches);
  fm_list_init(&w->extracts);
  w->loader = (fm_page_loader){
    .fetcher = {.start = fake_fetch_start, .cancel = fake_fetch_cancel, .doing = fake_fetch_doing,
                .room = fake_room, .self = w},
    .extractor = &w->extractor,
    .hooks = {.on_event = fake_event, .on_host_stop = fake_host_stop, .on_note = fake_note,
              .is_urgent = fake_is_urgent, .is_outdated = fake_is_outdated, .mono_ms = fake_clock,
              .ctx = w},
    .upstream = FM_STR("test"), .now = 1000, .state = FM_STR("state"),
  };
}

static void fake_deinit(fake *w)
{
  assert_true(fm_list_empty(&w->fetches));
  assert_true(fm_list_empty(&w->extracts));
  fm_map_deinit(&w->site);
  fm_map_deinit(&w->full);
  fm_arena_deinit(&w->arena);
}

#endif
