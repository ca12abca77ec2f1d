#include "mill/walk.h"

#include "base/log.h"
#include "base/str.h"
#include "base/url.h"
#include "mill/gather.h"
#include "mill/refresh_run.h"
#include "mill/trail.h"

#include <stdio.h>
#include <stdlib.h>

static void ask_way(walker *w);

static void done(walker *w)
{
  run *r = w->leg.run;
  if (--r->walking == 0)
    walked(r);
}

static void log_trouble(const walker *w, const char *message, const char *reason)
{
  fm_log(w->was_failing ? FM_LOG_DEBUG : FM_LOG_WARN, message, "page",
         w->leg.run->page->key.ptr, "url", w->url.ptr, "reason", reason, NULL);
}

/* ---- asking ---- */

static fm_str bare(fm_str url)
{
  const char *mark = url.len ? memchr(url.ptr, '#', url.len) : NULL;
  return mark ? fm_str_span(url.ptr, mark) : url;
}

/* False: it was asked for already. */
static bool first_time(walker *w, fm_str url)
{
  url = bare(url);
  for (size_t i = 0; i < w->nasked; i++)
    if (fm_str_eq(w->asked[i], url))
      return false;
  *FM_PUSH(&w->arena, w->asked, w->nasked, w->asked_cap) = fm_arena_str(&w->arena, url);
  return true;
}

/* What a 304 would leave us with must be at hand. */
static bool may_be_same(const walker *w)
{
  const page *p = w->leg.run->page;
  return p->doc && !p->reread && (p->nparts == 1 || fm_gather_has(p->doc, w->ids, w->nids));
}

static void ask(walker *w, fm_str url)
{
  const page *p = w->leg.run->page;
  const way *how = &w->part->ways[w->way];
  fm_fetch_spec spec = {.accept = how->accept, .urgent = page_starving(p),
                        .since = p->doc && p->meta.fetched != FM_NO_TIME ? p->meta.fetched : 0};
  w->url = spec.url = fm_arena_str(&w->arena, bare(url));
  w->conditional = !w->ndocs && fm_str_eq(w->from, w->url) && may_be_same(w);
  if (w->conditional) {
    spec.etag = w->etag;
    spec.last_modified = w->last_modified;
  }
  spec.program = how->program;
  leg_ask(&w->leg, &spec, how);
}

static void ask_way(walker *w)
{
  w->nasked = 0;
  fm_str url = w->straight ? w->found : w->part->ways[w->way].url;
  first_time(w, url);
  ask(w, url);
}

/* ---- what comes ---- */

/* What is told is how the first that was tried failed, and why the others did too. */
static void note_failure(walker *w, int error, const fm_why *why, int64_t retry_after, bool unread)
{
  if (w->error && error != FM_E_CANCELLED) {
    fm_why both;
    fm_fail(&both, error, "%s; and %s%s%s", w->why.text, unread ? w->url.ptr : "",
            unread ? ": " : "", why->text);
    w->why = both;
    return;
  }
  w->error = error;
  w->unread = unread;
  w->retry_after = retry_after;
  if (unread)
    fm_fail(&w->why, error, "%.*s: %s", FM_FMT(w->url), why->text);
  else
    w->why = *why;
}

/* The next one starts afresh. */
static void ask_other_way(walker *w)
{
  w->hopped = w->straight = false;
  w->found = (fm_str){NULL, 0};
  ask_way(w);
}

/* It is read anew each time: a 304 would keep it. */
static void take_spare(walker *w)
{
  w->way = w->spare_way;
  w->from = w->part->ways[w->way].url;
  w->etag = w->last_modified = (fm_str){NULL, 0};
  w->found = (fm_str){NULL, 0};
  w->hopped = false;
  w->dropped = w->spare_dropped;
  *FM_PUSH(&w->arena, w->docs, w->ndocs, w->docs_cap) = w->spare;
  w->spare = NULL;
}

static void failed(walker *w, int error, const fm_why *why, int64_t retry_after, bool unread)
{
  if (w->ndocs && error != FM_E_CANCELLED) {
    w->partial = true;
    w->why = *why;
    log_trouble(w, "a further page could not be had, the list ends before it", why->text);
    done(w);
  } else if (w->straight && error != FM_E_CANCELLED && error != FM_E_BUSY) {
    fm_log(FM_LOG_INFO, "what the page named is gone, asking the page again", "page",
           w->leg.run->page->key.ptr, "url", w->url.ptr, "reason", why->text, NULL);
    w->gone = w->found;
    w->for_good = unread || w->status == 404 || w->status == 410;
    w->why = *why;
    w->straight = false;
    w->found = (fm_str){NULL, 0};
    ask_way(w);
  } else if (w->spare && w->hopped && error != FM_E_CANCELLED) {
    fm_log(FM_LOG_INFO, "what the page names is not taken, its own list is", "page",
           w->leg.run->page->key.ptr, "url", w->url.ptr, "reason", why->text, NULL);
    take_spare(w);
    done(w);
  } else if (error != FM_E_CANCELLED && way_next(w)) {
    note_failure(w, error, why, retry_after, unread);
    fm_log(FM_LOG_DEBUG, "one way failed, trying another", "page", w->leg.run->page->key.ptr,
           "url", w->url.ptr, "reason", why->text, NULL);
    ask_other_way(w);
  } else if (w->spare && error != FM_E_CANCELLED) {
    take_spare(w);
    done(w);
  } else {
    note_failure(w, error, why, retry_after, unread);
    if (w->leg.run->nwalkers > 1 && error != FM_E_CANCELLED)
      log_trouble(w, "one list of several could not be had", w->why.text);
    done(w);
  }
}

static void on_fetched(leg *l, fm_fetch_result *result)
{
  walker *w = FM_OF(l, walker, leg);
  if (!result->error && may_be_same(w)) {
    w->not_modified = true;
    done(w);
    return;
  }
  if (!result->error && w->conditional) { /* a reload came meanwhile: it is read anew */
    ask(w, w->url);
    return;
  }
  if (!result->error) /* a 304 that nothing was at hand for */
    result->error = fm_fail(&result->why, FM_E_UNAVAILABLE,
                            "GET %.*s: 304 Not Modified, though nothing was said of a copy",
                            FM_FMT(w->url));
  note_stop(l->run, result);
  w->status = result->status;
  failed(w, result->error, &result->why, result->retry_after, false);
}

static void extract(leg *l)
{
  walker *w = FM_OF(l, walker, leg);
  const run *r = l->run;
  fm_page got = {
    .size = sizeof got, .body = l->body, .url = l->url, .key = w->part->ways[w->way].key,
    .charset = l->charset, .options = r->options, .noptions = r->noptions, .now = r->now,
    .number = (unsigned)w->ndocs, .state = r->held ? r->held->feed.state : FM_STR(""),
  };
  w->one = (fm_extracted){.doc = NULL};
  w->one_error = fm_source_extract_page(r->source, &got, &w->one, &w->one_why);
  w->stranger = !w->one_error && w->hopped && w->spare && !w->ndocs &&
                !fm_gather_kin(w->spare, w->one.doc);
}

static bool may_hop(walker *w)
{
  return !w->ndocs && !w->hopped && !w->straight && w->one.redirect_to.len &&
         first_time(w, w->one.redirect_to);
}

static void hop(walker *w)
{
  w->hopped = true;
  w->found = fm_arena_str(&w->arena, w->one.redirect_to);
  fm_log(FM_LOG_INFO, "the page names its list", "page", w->leg.run->page->key.ptr, "url",
         w->found.ptr, NULL);
  ask(w, w->found);
}

/* The page is not the list; it may name where that is. */
static void unread(walker *w)
{
  fm_doc *doc = w->one.doc;
  if (may_hop(w))
    hop(w);
  else
    failed(w, w->one_error, &w->one_why, -1, true);
  fm_doc_unref(doc);
}

/* The page is a list, but names a better one. That is looked at first; has it failed
 * just now, and may come back, the page's own would bring entries under other ids.
 * False: the page's own counts. */
static bool better_elsewhere(walker *w)
{
  bool again = w->gone.len && fm_str_eq(w->one.redirect_to, w->gone);
  if (w->spare || (again && w->for_good) || !may_hop(w))
    return false;
  if (again) {
    fm_why why = w->why;
    fm_doc_unref(w->one.doc);
    failed(w, FM_E_UNAVAILABLE, &why, w->retry_after, false);
    return true;
  }
  w->spare = w->one.doc;
  w->spare_way = w->way;
  w->spare_dropped = w->one.dropped;
  hop(w);
  return true;
}

/* The list that the page names is of something else. */
static void refuse_stranger(walker *w)
{
  fm_why why;
  fm_fail(&why, FM_E_NO_LIST, "none of its entries is in the page's list");
  fm_doc_unref(w->one.doc);
  failed(w, FM_E_NO_LIST, &why, -1, true);
}

static void keep_validators(walker *w)
{
  w->from = w->url;
  w->etag = fm_arena_str(&w->arena, w->leg.etag);
  w->last_modified = fm_arena_str(&w->arena, w->leg.last_modified);
}

/* Each page of a list, each of several lists may have its own. */
static bool is_news(page *p, fm_str note)
{
  uint64_t hash = fm_gather_id(note);
  for (size_t i = 0; i < PAGE_NOTES; i++)
    if (p->noted[i] == hash)
      return false;
  p->noted[p->nnoted++ % PAGE_NOTES] = hash;
  return true;
}

static void say(page *p, const walker *w)
{
  if (w->one.note.len && is_news(p, w->one.note))
    fm_log(FM_LOG_INFO, "remark", "page", p->key.ptr, "url", w->url.ptr, "note", w->one.note.ptr,
           NULL);
}

static size_t entries_of(const walker *w)
{
  size_t count = 0;
  for (size_t i = 0; i < w->ndocs; i++)
    count += w->docs[i]->feed.nentries;
  return count;
}

/* Another way may bring a better one; false: there is none, the reference stays the
 * caller's. */
static bool set_aside(walker *w, fm_doc *doc, size_t dropped, const char *reason)
{
  size_t at = w->way;
  fm_why why;
  if (w->straight || w->spare || !way_next(w))
    return false;
  fm_fail(&why, FM_E_NO_LIST, "%s", reason);
  note_failure(w, FM_E_NO_LIST, &why, -1, true);
  w->spare = doc;
  w->spare_way = at;
  w->spare_dropped = dropped;
  ask_other_way(w);
  return true;
}

bool walk_another(run *r)
{
  walker *w = r->walkers;
  if (r->nwalkers > 1 || w->ndocs != 1 || w->partial)
    return false;
  fm_doc *doc = w->docs[0];
  size_t dropped = w->dropped;
  w->ndocs = w->dropped = 0;
  r->walking = 1;
  if (set_aside(w, doc, dropped, r->why.text))
    return true;
  w->ndocs = 1;
  w->dropped = dropped;
  r->walking = 0;
  return false;
}

static void on_read(leg *l)
{
  walker *w = FM_OF(l, walker, leg);
  if (w->one_error) {
    unread(w);
    return;
  }
  if (w->stranger) {
    refuse_stranger(w);
    return;
  }
  if (better_elsewhere(w))
    return;
  if (w->one.incomplete.len && !w->ndocs && set_aside(w, w->one.doc, w->one.dropped, w->one.incomplete.ptr))
    return;
  fm_str next = w->one.next;
  *FM_PUSH(&w->arena, w->docs, w->ndocs, w->docs_cap) = w->one.doc;
  w->dropped += w->one.dropped;
  say(l->run->page, w);
  if (w->ndocs == 1)
    keep_validators(w);
  first_time(w, l->url); /* a redirect led there */
  bool more = next.len && w->ndocs < WALK_PAGES && entries_of(w) < FM_GATHER_MAX;
  if (more && first_time(w, next))
    ask(w, next);
  else
    done(w);
}

/* ---- the whole ---- */

static void begin(run *r, walker *w, size_t index)
{
  const page *p = r->page;
  const part *from = &p->parts[index];
  *w = (walker){.index = index, .part = from, .was_failing = from->failing, .retry_after = -1};
  w->leg = (leg){.run = r, .fetched = on_fetched, .extract = extract, .read = on_read};
  /* its validators are kept with the page */
  bool first = index == 0 && (!from->from.len || fm_str_eq(from->from, p->url));
  w->found = fm_arena_str(&w->arena, from->found);
  w->from = fm_arena_str(&w->arena, first ? p->meta.url : from->from);
  w->etag = fm_arena_str(&w->arena, first ? p->meta.etag : from->etag);
  w->last_modified = fm_arena_str(&w->arena, first ? p->meta.last_modified : from->last_modified);
  uint64_t *ids = fm_arena_alloc(&w->arena, (from->nids + 1) * sizeof *ids);
  if (from->nids)
    memcpy(ids, from->ids, from->nids * sizeof *ids);
  w->ids = ids;
  w->nids = from->nids;
  w->way = w->began = way_first(p, from);
  w->straight = w->found.len > 0 && w->way == 0;
}

void walk_start(run *r)
{
  const page *p = r->page;
  r->parts = p->parts;
  r->nwalkers = r->walking = p->nparts;
  r->walkers = fm_alloc(p->nparts * sizeof *r->walkers);
  for (size_t i = 0; i < r->nwalkers; i++)
    begin(r, &r->walkers[i], i);
  walker *all = r->walkers;
  for (size_t i = 0, count = r->nwalkers; i < count; i++)
    ask_way(&all[i]); /* the last may end the run */
}

void walk_free(run *r)
{
  for (size_t i = 0; i < r->nwalkers; i++) {
    walker *w = &r->walkers[i];
    for (size_t k = 0; k < w->ndocs; k++)
      fm_doc_unref(w->docs[k]);
    fm_doc_unref(w->spare);
    leg_free(&w->leg);
    fm_arena_deinit(&w->arena);
  }
  free(r->walkers);
  r->walkers = NULL;
  r->nwalkers = 0;
}

static void remember(const walker *w, part *to, const uint64_t *ids, size_t nids)
{
  fm_arena arena = {0};
  bool came = w->ndocs > 0, whole = came && !w->partial;
  part now = *to;
  uint64_t *copy = fm_arena_alloc(&arena, (nids + 1) * sizeof *copy);
  if (nids)
    memcpy(copy, ids, nids * sizeof *copy);
  now.ids = copy;
  now.nids = nids;
  now.found = fm_arena_str(&arena, came ? w->found : to->found);
  now.from = fm_arena_str(&arena, came ? w->from : to->from);
  now.etag = fm_arena_str(&arena, whole ? w->etag : came ? FM_STR("") : to->etag);
  now.last_modified = fm_arena_str(&arena, whole  ? w->last_modified
                                           : came ? FM_STR("")
                                                  : to->last_modified);
  now.failing = (w->error != FM_OK && !came && !w->not_modified) || w->partial;
  now.reason = fm_arena_str(&arena, now.failing ? fm_str_of(w->why.text) : FM_STR(""));
  fm_arena_deinit(&to->memory);
  now.memory = arena;
  *to = now;
}

void walk_remember(run *r)
{
  if (r->page->parts != r->parts) /* a reload came in between */
    return;
  for (size_t i = 0; i < r->nwalkers; i++) {
    part *to = &r->page->parts[i];
    const walker *w = &r->walkers[i];
    if (r->gathered)
      remember(w, to, r->ids[i], r->nids[i]);
    else if (w->ndocs) /* one page is all there is */
      remember(w, to, NULL, 0);
    else
      remember(w, to, to->ids, to->nids);
    if (w->ndocs || w->not_modified)
      way_came(r->page, w, to);
    if (w->was_failing && !to->failing)
      fm_log(FM_LOG_INFO, "a list can be had again", "page", r->page->key.ptr, "url", w->url.ptr,
             NULL);
  }
  trail_save(r->page);
}
