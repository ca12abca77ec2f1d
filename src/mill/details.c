#include "mill/details.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "mill/merge.h"
#include "mill/refresh_run.h"
#include "source/registry.h"

#include <stdlib.h>

static void finish(visit *v);

/* ---- one page ---- */

static void failed(visit *v, const char *reason)
{
  bool last = v->tries + 1 >= FM_ENTRY_PAGE_TRIES;
  v->failed = true;
  fm_log(FM_LOG_INFO, last ? "an entry's own page is given up" : "an entry's own page failed",
         "page", v->leg.run->page->key.ptr, "url", v->url.ptr, "reason", reason, NULL);
  finish(v);
}

static void on_fetched(leg *l, fm_fetch_result *result)
{
  visit *v = FM_OF(l, visit, leg);
  bool later = result->error == FM_E_BUSY || result->error == FM_E_CANCELLED || result->blocked.len;
  note_stop(l->run, result);
  if (later)
    finish(v);
  else
    failed(v, result->error ? result->why.text : "304 Not Modified, though it was never had");
}

static void extract(leg *l)
{
  visit *v = FM_OF(l, visit, leg);
  const run *r = l->run;
  fm_page got = {
    .size = sizeof got, .body = l->body, .url = l->url, .key = r->parts[0].ways[0].key,
    .charset = l->charset, .options = r->options, .noptions = r->noptions, .now = r->now,
  };
  v->error = fm_source_extract_entry(r->source, &got, &v->arena, &v->said, &v->why);
}

static void on_read(leg *l)
{
  visit *v = FM_OF(l, visit, leg);
  v->had = !v->error;
  if (v->error)
    failed(v, v->why.text);
  else
    finish(v);
}

/* ---- which ones ---- */

static void index_of(const fm_doc *doc, fm_map *by_id)
{
  for (size_t i = 0; doc && i < doc->feed.nentries; i++)
    fm_map_put(by_id, doc->feed.entries[i].id, (void *)&doc->feed.entries[i]);
}

/* What is known of an entry may be more than the list says. */
static bool is_wanted(const fm_entry *entry, const fm_entry *known, unsigned *tries)
{
  unsigned before = known ? fm_entry_page_tries(known) : 0;
  *tries = before > *tries ? before : *tries;
  return fm_entry_page_wanted(entry) && !(known && fm_entry_page_closed(known));
}

/* Entries of one page of their own share its visit. */
static void add(run *r, const fm_entry *entry, unsigned tries, fm_map *by_url)
{
  fm_str url = fm_entry_page_url(entry);
  visit *v = fm_map_get(by_url, url);
  if (!v) {
    v = &r->visits[r->nvisits++];
    *v = (visit){.tries = tries};
    v->url = fm_arena_str(&v->arena, url);
    v->leg = (leg){.run = r, .fetched = on_fetched, .extract = extract, .read = on_read};
    fm_map_put(by_url, url, v);
  }
  v->tries = tries > v->tries ? tries : v->tries;
  fm_map_put(&r->picked, entry->id, v);
}

static void pick(run *r, fm_doc *from, const fm_doc *held, const fm_doc *stored)
{
  size_t most = fm_source_entry_pages(r->source);
  fm_map by_held = {0}, by_stored = {0}, by_url = {0};
  index_of(held, &by_held);
  index_of(stored, &by_stored);
  r->visits = fm_alloc(most * sizeof *r->visits);
  for (size_t i = 0; i < from->feed.nentries && r->nvisits < most; i++) {
    const fm_entry *entry = &from->feed.entries[i];
    unsigned tries = fm_entry_page_tries(entry);
    if (is_wanted(entry, fm_map_get(&by_held, entry->id), &tries) &&
        is_wanted(entry, fm_map_get(&by_stored, entry->id), &tries))
      add(r, entry, tries, &by_url);
  }
  fm_map_deinit(&by_held);
  fm_map_deinit(&by_stored);
  fm_map_deinit(&by_url);
}

/* All at once: the fetcher keeps to what the host takes. None of them is urgent, lists
 * go first. */
static void start(run *r)
{
  size_t count = r->visiting = r->nvisits;
  visit *all = r->visits;
  const way *how = &r->parts[0].ways[0];
  r->doing = "reading the entries' pages";
  for (size_t i = 0; i < count; i++) {
    fm_fetch_spec spec = {.url = all[i].url, .since = fm_clock_wall()};
    leg_ask(&all[i].leg, &spec, how); /* the last may end the run */
  }
}

/* ---- what they said ---- */

/* The entries with what was taken of the visits; `all`, or those alone. */
static fm_doc *overlaid(const run *r, const fm_doc *from, bool all)
{
  fm_doc *doc = fm_doc_new();
  fm_feed_copy_head(&doc->arena, &from->feed, &doc->feed);
  fm_entry *entries = fm_arena_alloc(&doc->arena, (from->feed.nentries + 1) * sizeof *entries);
  for (size_t i = 0; i < from->feed.nentries; i++) {
    fm_entry entry = from->feed.entries[i];
    const visit *v = fm_map_get(&r->picked, entry.id);
    v = v && v->taken ? v : NULL;
    if (v && v->had)
      fm_entry_page_add(&v->said, &doc->arena, &entry);
    else if (v)
      fm_entry_page_failed(v->tries, &entry);
    if (v || all)
      fm_entry_copy(&doc->arena, &entry, &entries[doc->feed.nentries++]);
  }
  doc->feed.entries = entries;
  return doc;
}

static bool useful(const visit *v) { return v->had || v->failed; }

/* Those that are done belong to the next merge. */
static size_t take(run *r)
{
  size_t count = 0;
  for (size_t i = 0; i < r->nvisits; i++) {
    visit *v = &r->visits[i];
    if (!v->done || v->taken || !useful(v))
      continue;
    v->taken = true;
    r->detailed += v->had;
    count++;
  }
  return count;
}

/* ---- before the first merge ---- */

static void on_overlaid(uv_work_t *work, int status)
{
  (void)status;
  store_seen(work->data);
}

static void overlay_seen(uv_work_t *work)
{
  run *r = work->data;
  fm_doc *doc = overlaid(r, r->seen, true);
  fm_doc_unref(r->seen);
  r->seen = doc;
}

static void merge_first(run *r)
{
  r->stage = DETAILS_MERGING;
  if (take(r))
    uv_queue_work(r->page->mill->spec.loop, &r->work, overlay_seen, on_overlaid);
  else
    store_seen(r);
}

void details_hurry(run *r)
{
  if (r->stage == DETAILS_FIRST)
    merge_first(r);
}

static void first(run *r, const fm_doc *stored)
{
  page *p = r->page;
  r->stage = DETAILS_FIRST;
  pick(r, r->seen, r->held, stored);
  if (r->nvisits == 0)
    merge_first(r);
  else if (!page_impatient(p)) {
    start(r);
  } else {
    r->stage = DETAILS_MERGING;
    r->visiting = r->nvisits; /* before any of them can be done */
    store_seen(r);
    start(r);
  }
}

static void on_recalled(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  run *r = ctx;
  mill_store_said(r->page, error, why);
  first(r, memory ? memory->doc : NULL);
}

/* Is there one that the copy at hand does not tell to leave? */
static bool any_wanted(const run *r)
{
  fm_map held = {0};
  bool any = false;
  index_of(r->held, &held);
  for (size_t i = 0; i < r->seen->feed.nentries && !any; i++) {
    const fm_entry *entry = &r->seen->feed.entries[i];
    unsigned tries = 0;
    any = is_wanted(entry, fm_map_get(&held, entry->id), &tries);
  }
  fm_map_deinit(&held);
  return any;
}

void details_of_seen(run *r)
{
  page *p = r->page;
  if (fm_source_entry_pages(r->source) == 0 || p->mill->closing || !any_wanted(r)) {
    store_seen(r);
    return;
  }
  r->doing = "asking the store";
  fm_store_load_entries(p->mill->spec.store, p->key, r->seen, on_recalled, r);
}

/* ---- after it ---- */

static void end_late(run *r)
{
  page *p = r->page;
  if (r->unmodified) {
    unchanged(r);
    return;
  }
  page_fresh(p);
  if (p->unsaved)
    page_touch(p);
  run_finish(r);
}

static void on_added(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  run *r = ctx;
  page *p = r->page;
  p->unsaved = p->unsaved || error;
  mill_store_said(p, error, why);
  p->meta.changed = memory ? memory->meta.changed : r->late_now;
  page_doc_set(p, r->joined);
  r->joined = NULL;
  p->changes++;
  p->mill->stats.changes++;
  archives_look(p); /* and then makes the faces */
  end_late(r);
}

static void on_late(uv_work_t *work, int status)
{
  (void)status;
  run *r = work->data;
  page *p = r->page;
  r->doing = "writing to the store";
  fm_store_add(p->mill->spec.store, p->key, r->late_now, r->late, on_added, r);
}

static void make_late(uv_work_t *work)
{
  run *r = work->data;
  fm_doc *all = overlaid(r, r->base, true);
  r->late = overlaid(r, r->base, false);
  r->joined = fm_merge_seen(r->base, all, r->late_now);
  fm_doc_unref(all);
  if (!r->base->numbers) /* the same entries in the same order */
    return;
  int64_t *numbers = fm_arena_alloc(&r->joined->arena, (r->base->feed.nentries + 1) * sizeof *numbers);
  memcpy(numbers, r->base->numbers, r->base->feed.nentries * sizeof *numbers);
  r->joined->numbers = numbers;
}

static void merge_late(run *r)
{
  page *p = r->page;
  if (take(r) == 0) {
    end_late(r);
    return;
  }
  r->late_now = fm_clock_wall();
  r->base = fm_doc_ref(p->doc);
  r->doing = "joining with what was remembered";
  uv_queue_work(p->mill->spec.loop, &r->work, make_late, on_late);
}

static void finish(visit *v)
{
  run *r = v->leg.run;
  v->done = true;
  turn_renew(r);
  if (--r->visiting)
    return;
  if (r->stage == DETAILS_FIRST)
    merge_first(r);
  else if (r->stage == DETAILS_LATE)
    merge_late(r);
}

bool details_go_on(run *r)
{
  size_t left = 0;
  for (size_t i = 0; i < r->nvisits; i++)
    left += !r->visits[i].done || (!r->visits[i].taken && useful(&r->visits[i]));
  if (r->stage != DETAILS_MERGING || left == 0)
    return false;
  r->stage = DETAILS_LATE;
  r->doing = "reading the entries' pages";
  return true;
}

void details_rest(run *r)
{
  if (r->visiting == 0)
    merge_late(r);
}

void details_of_copy(run *r)
{
  page *p = r->page;
  r->unmodified = true;
  r->stage = DETAILS_LATE;
  if (fm_source_entry_pages(r->source) && !p->mill->closing)
    pick(r, p->doc, NULL, NULL);
  if (r->nvisits)
    start(r);
  else
    unchanged(r);
}

void details_free(run *r)
{
  for (size_t i = 0; i < r->nvisits; i++) {
    leg_free(&r->visits[i].leg);
    fm_arena_deinit(&r->visits[i].arena);
  }
  free(r->visits);
  fm_map_deinit(&r->picked);
  fm_doc_unref(r->base);
  fm_doc_unref(r->late);
}
