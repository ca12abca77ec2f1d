/* Fetching one input: tries its candidates one after the other until one brings the list, and
 * follows the list's further pages. */
#include "mill/list_fetch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "mill/list_candidate.h"
#include "mill/list_union.h"

#include <stdlib.h>

/* A first page that did not bring a list, or a further page that did not come. */
typedef struct failure {
  int error;
  bool unreadable; /* a page came, which is not the list */
  bool for_good;   /* it will not be there later either */
  int64_t retry_after;
  const fm_why *why;
} failure;

struct fm_list_fetch {
  fm_list_fetch_spec spec;
  const fm_page_loader *loader;
  const fm_endpoint *endpoints;
  size_t nendpoints;
  fm_input_state before; /* the input's state when the fetch was made; failover is a copy too */
  candidate *candidates; /* in the order of trying, in the arena */
  size_t ncandidates;
  candidate *current;    /* being tried, or the one that served */
  size_t first_endpoint; /* where the fetch began; it goes on with the next ones */
  size_t endpoints_tried;
  fm_page_load *load;    /* of `url`, while one is under way */
  fm_str url;
  bool conditional;      /* that request */
  fm_list_result result;
  fm_arena arena;
  bool in_callback, freed;
};

static void try_candidate(fm_list_fetch *f, candidate *c);
static void candidate_failed(fm_list_fetch *f, const failure *why);
static void take_list(fm_list_fetch *f, candidate *c);

static int64_t now_ms(const fm_list_fetch *f)
{
  int64_t (*clock)(void) = f->loader->hooks.mono_ms;
  return clock ? clock() : fm_clock_mono_ms();
}

static void log_trouble(const fm_list_fetch *f, const char *message, const char *reason)
{
  fm_log(f->before.failing ? FM_LOG_DEBUG : FM_LOG_WARN, message, "upstream",
         f->loader->upstream.ptr, "url", f->url.ptr, "reason", reason, NULL);
}

static void log_turn(const fm_list_fetch *f, enum fm_log_level level, const char *message,
                     const char *reason)
{
  fm_log(level, message, "upstream", f->loader->upstream.ptr, "url", f->url.ptr, "reason", reason,
         NULL);
}

/* ---- ends ---- */

static void destroy(fm_list_fetch *f)
{
  for (size_t i = 0; i < f->ncandidates; i++)
    fm_candidate_deinit(&f->candidates[i]);
  fm_doc_unref(f->spec.copy);
  fm_input_state_deinit(&f->before);
  fm_arena_deinit(&f->arena);
  free(f);
}

static void end(fm_list_fetch *f, enum fm_list_fetch_state state)
{
  const candidate *c = f->current;
  fm_list_result *r = &f->result;
  r->state = state;
  r->endpoint = c->endpoint;
  r->pages = NULL;
  r->npages = r->dropped = 0;
  if (state == FM_LIST_WHOLE || state == FM_LIST_PARTIAL) {
    bool valid = state == FM_LIST_WHOLE && !c->was_set_aside;
    r->pages = c->pages;
    r->npages = c->npages;
    r->dropped = c->dropped;
    r->url = c->url;
    r->etag = valid ? c->etag : FM_STR("");
    r->last_modified = valid ? c->last_modified : FM_STR("");
  }
  f->in_callback = true;
  f->spec.cb(f->spec.ctx, f);
  f->in_callback = false;
  if (f->freed)
    destroy(f);
}

/* The reason is that of the first failure, followed by those of the others. */
static void note_failure(fm_list_fetch *f, const failure *why)
{
  fm_list_result *r = &f->result;
  fm_str url = why->unreadable ? f->url : FM_STR("");
  const char *colon = why->unreadable ? ": " : "";
  fm_why text;
  if (r->error) {
    fm_fail(&text, why->error, "%s; and %.*s%s%s", r->why.text, FM_FMT(url), colon, why->why->text);
  } else {
    fm_fail(&text, why->error, "%.*s%s%s", FM_FMT(url), colon, why->why->text);
    r->error = why->error;
    r->unreadable = why->unreadable;
    r->retry_after = why->retry_after;
  }
  r->why = text;
}

static void end_cancelled(fm_list_fetch *f)
{
  f->result.error = fm_fail(&f->result.why, FM_E_CANCELLED, "cancelled");
  f->result.unreadable = false;
  end(f, FM_LIST_CANCELLED);
}

/* ---- requests ---- */

/* What a 304 would leave us with must be at hand. */
static bool may_revalidate(const fm_list_fetch *f)
{
  const fm_page_load_hooks *hooks = &f->loader->hooks;
  if (!f->spec.copy || (hooks->is_outdated && hooks->is_outdated(hooks->ctx)))
    return false;
  return !f->spec.one_of_several ||
         fm_list_has_all(f->spec.copy, f->before.ids, f->before.nids);
}

static void on_loaded(void *ctx, const fm_page_load_result *page);

static void load_page(fm_list_fetch *f, fm_str url)
{
  const candidate *c = f->current;
  const fm_page_load_hooks *hooks = &f->loader->hooks;
  const fm_endpoint *endpoint = &f->endpoints[c->endpoint];
  fm_page_load_spec spec = {
    .kind = FM_EXTRACT_LIST, .accept = endpoint->accept, .endpoint = endpoint,
    .number = (unsigned)c->npages, .urgent = hooks->is_urgent && hooks->is_urgent(hooks->ctx),
    .since = f->spec.copied_at,
  };
  f->url = spec.url = fm_arena_str(&f->arena, fm_without_fragment(url));
  f->conditional = !c->npages && fm_str_eq(f->before.url, f->url) && may_revalidate(f);
  if (f->conditional) {
    spec.etag = f->before.etag;
    spec.last_modified = f->before.last_modified;
  }
  f->result.state = c->npages ? FM_LIST_FURTHER_PAGE : FM_LIST_FIRST_PAGE;
  f->load = fm_page_load_start(f->loader, &spec, on_loaded, f);
}

/* ---- candidates ---- */

static candidate *add_candidate(fm_list_fetch *f, enum candidate_origin origin, fm_str url,
                                size_t endpoint, candidate *parent)
{
  candidate *c = &f->candidates[f->ncandidates++];
  *c = (candidate){.origin = origin, .endpoint = endpoint, .parent = parent};
  c->url = fm_arena_str(&c->arena, fm_without_fragment(url));
  return c;
}

static void try_candidate(fm_list_fetch *f, candidate *c)
{
  f->current = c;
  fm_candidate_note_address(c, c->url);
  load_page(f, c->url);
}

static void try_endpoint(fm_list_fetch *f)
{
  size_t endpoint = (f->first_endpoint + f->endpoints_tried) % f->nendpoints;
  f->endpoints_tried++;
  try_candidate(f, add_candidate(f, FROM_PLAN, f->endpoints[endpoint].url, endpoint, NULL));
}

/* A command prints the page that it was written for, whatever the endpoint. */
static bool has_other_endpoint(const fm_list_fetch *f)
{
  return f->endpoints_tried < f->nendpoints && !f->loader->ncommand;
}

static const candidate *failed_memory(const fm_list_fetch *f)
{
  const candidate *first = f->candidates;
  return first->origin == FROM_MEMORY && first->status == FAILED ? first : NULL;
}

static candidate *best_set_aside(fm_list_fetch *f)
{
  candidate *anomaly = NULL;
  for (size_t i = 0; i < f->ncandidates; i++) {
    candidate *c = &f->candidates[i];
    if (c->status == SET_ASIDE && !c->anomalous)
      return c;
    if (c->status == SET_ASIDE && !anomaly)
      anomaly = c;
  }
  return anomaly;
}

static void set_aside(fm_list_fetch *f, candidate *c, const char *reason)
{
  fm_why text;
  fm_fail(&text, FM_E_NO_LIST, "%s", reason);
  f->url = c->url;
  note_failure(f, &(failure){.error = FM_E_NO_LIST, .unreadable = true, .retry_after = -1,
                             .why = &text});
  c->status = SET_ASIDE;
  c->was_set_aside = true;
  try_endpoint(f);
}

/* ---- failures ---- */

static void exhausted(fm_list_fetch *f)
{
  candidate *c = best_set_aside(f);
  if (c) {
    c->status = SERVES;
    take_list(f, c);
    return;
  }
  if (f->spec.one_of_several)
    log_trouble(f, "one input of several failed", f->result.why.text);
  end(f, FM_LIST_FAILED);
}

static void memory_failed(fm_list_fetch *f, candidate *c, const failure *why)
{
  log_turn(f, FM_LOG_INFO, "the list that the page led to is gone, asking the page again",
           why->why->text);
  c->gone_for_good = why->for_good;
  c->retry_after = why->retry_after;
  c->why = *why->why;
  f->endpoints_tried = 0;
  try_endpoint(f);
}

static void further_page_failed(fm_list_fetch *f, const failure *why)
{
  f->result.error = why->error;
  f->result.why = *why->why;
  log_trouble(f, "a further page failed, the list is partial", why->why->text);
  end(f, FM_LIST_PARTIAL);
}

static void candidate_failed(fm_list_fetch *f, const failure *why)
{
  candidate *c = f->current;
  if (c->npages) {
    further_page_failed(f, why);
    return;
  }
  c->status = FAILED;
  if (c->origin == FROM_MEMORY && why->error != FM_E_BUSY) {
    memory_failed(f, c, why);
  } else if (c->parent && c->parent->status == SET_ASIDE) {
    log_turn(f, FM_LOG_INFO, "the list that the page leads to is not taken, the page's own is",
             why->why->text);
    take_list(f, c->parent);
  } else {
    note_failure(f, why);
    if (!has_other_endpoint(f)) {
      exhausted(f);
      return;
    }
    log_turn(f, FM_LOG_DEBUG, "an endpoint failed, trying the next", why->why->text);
    try_endpoint(f);
  }
}

/* ---- pages ---- */

static void follow_pages(fm_list_fetch *f, candidate *c)
{
  bool more = c->next.len && c->npages < FM_LIST_PAGES && fm_candidate_entries(c) < FM_LIST_MAX;
  if (more && fm_candidate_note_address(c, c->next))
    load_page(f, c->next);
  else
    end(f, FM_LIST_WHOLE);
}

/* The first page of a candidate is a list. */
static void take_list(fm_list_fetch *f, candidate *c)
{
  f->current = c;
  if (c->incomplete.len && c->status != SERVES && c->origin != FROM_MEMORY &&
      has_other_endpoint(f)) {
    set_aside(f, c, c->incomplete.ptr);
    return;
  }
  c->status = SERVES;
  follow_pages(f, c);
}

static void follow_redirect(fm_list_fetch *f, candidate *from, fm_str url)
{
  candidate *to = add_candidate(f, FROM_PAGE, url, from->endpoint, from);
  fm_log(FM_LOG_INFO, "the page leads to its list", "upstream", f->loader->upstream.ptr, "url",
         to->url.ptr, NULL);
  try_candidate(f, to);
}

/* A page leads to its list once: what that leads to is not followed. */
static bool may_redirect(candidate *c, const fm_page_load_result *page)
{
  if (c->npages || c->origin != FROM_PLAN || !page->value.redirect_to.len)
    return false;
  fm_candidate_note_address(c, page->url);
  return fm_candidate_note_address(c, page->value.redirect_to);
}

static void page_unreadable(fm_list_fetch *f, const fm_page_load_result *page)
{
  candidate *c = f->current;
  if (may_redirect(c, page)) {
    c->status = FAILED;
    follow_redirect(f, c, page->value.redirect_to);
    return;
  }
  candidate_failed(f, &(failure){.error = page->error, .unreadable = true, .for_good = true,
                                 .retry_after = -1, .why = &page->why});
}

/* A list whose page leads to a better one. That is tried first; if it has just failed and may
 * come back, this list would bring its entries under other ids, so the candidate fails.
 * False: this list counts. */
static bool prefer_redirect(fm_list_fetch *f, candidate *c, const fm_page_load_result *page)
{
  const candidate *memory = failed_memory(f);
  bool failed_now = memory && fm_str_eq(memory->url, fm_without_fragment(page->value.redirect_to));
  if ((failed_now && memory->gone_for_good) || !may_redirect(c, page))
    return false;
  if (failed_now) {
    candidate_failed(f, &(failure){.error = FM_E_UNAVAILABLE, .retry_after = memory->retry_after,
                                   .why = &memory->why});
    return true;
  }
  fm_candidate_add_page(c, page);
  c->status = SET_ASIDE;
  c->was_set_aside = true;
  follow_redirect(f, c, page->value.redirect_to);
  return true;
}

static bool is_stranger(const candidate *c, const fm_page_load_result *page)
{
  return !c->npages && c->parent && c->parent->status == SET_ASIDE &&
         !fm_list_shares_link(c->parent->pages[0], page->value.doc);
}

static void refuse_stranger(fm_list_fetch *f)
{
  fm_why why;
  fm_fail(&why, FM_E_NO_LIST, "none of its entries is in the page's list");
  candidate_failed(f, &(failure){.error = FM_E_NO_LIST, .unreadable = true, .for_good = true,
                                 .retry_after = -1, .why = &why});
}

static void tell_note(const fm_list_fetch *f, const fm_page_load_result *page)
{
  const fm_page_load_hooks *hooks = &f->loader->hooks;
  if (page->value.note.len && hooks->on_note)
    hooks->on_note(hooks->ctx, f->url, page->value.note);
}

static void page_loaded(fm_list_fetch *f, const fm_page_load_result *page)
{
  candidate *c = f->current;
  if (is_stranger(c, page)) {
    refuse_stranger(f);
    return;
  }
  if (prefer_redirect(f, c, page))
    return;
  bool first = c->npages == 0;
  if (first && c->parent)
    c->parent->status = FAILED; /* the better list is there */
  fm_candidate_add_page(c, page);
  tell_note(f, page);
  if (first)
    take_list(f, c);
  else
    follow_pages(f, c);
}

static void not_modified(fm_list_fetch *f)
{
  fm_why why;
  if (f->conditional && may_revalidate(f)) {
    f->current->status = SERVES;
    end(f, FM_LIST_NOT_MODIFIED);
  } else if (f->conditional) { /* a reload came meanwhile: the page is to be read anew */
    load_page(f, f->url);
  } else {
    fm_fail(&why, FM_E_UNAVAILABLE, "GET %.*s: 304 Not Modified to an unconditional request",
            FM_FMT(f->url));
    candidate_failed(f, &(failure){.error = FM_E_UNAVAILABLE, .retry_after = -1, .why = &why});
  }
}

static void on_loaded(void *ctx, const fm_page_load_result *page)
{
  fm_list_fetch *f = ctx;
  f->load = NULL;
  switch (page->status) {
  case FM_LOAD_OK:
    page_loaded(f, page);
    break;
  case FM_LOAD_NOT_MODIFIED:
    not_modified(f);
    break;
  case FM_LOAD_UNREACHABLE:
    candidate_failed(f, &(failure){.error = page->error, .retry_after = page->retry_after,
                                   .for_good = page->http_status == 404 ||
                                               page->http_status == 410,
                                   .why = &page->why});
    break;
  case FM_LOAD_UNREADABLE:
    page_unreadable(f, page);
    break;
  case FM_LOAD_CANCELLED:
    end_cancelled(f);
    break;
  }
}

/* ---- from outside ---- */

fm_list_fetch *fm_list_fetch_new(const fm_list_fetch_spec *spec)
{
  fm_list_fetch *f = FM_NEW(fm_list_fetch);
  f->spec = *spec;
  f->spec.input = NULL;
  f->loader = spec->loader;
  f->endpoints = spec->input->endpoints;
  f->nendpoints = spec->input->nendpoints;
  f->before.failover = spec->input->state.failover;
  fm_input_state_set(&f->before, &spec->input->state);
  f->candidates = fm_arena_alloc(&f->arena, (2 * f->nendpoints + 1) * sizeof *f->candidates);
  if (spec->copy)
    fm_doc_ref(spec->copy);
  f->result = (fm_list_result){.retry_after = -1, .previous_ids = f->before.ids,
                               .nprevious_ids = f->before.nids};
  return f;
}

void fm_list_fetch_start(fm_list_fetch *f)
{
  const fm_page_fetcher *fetcher = &f->loader->fetcher;
  if (!f->loader->ncommand)
    f->first_endpoint = fm_failover_first(&f->before.failover, f->endpoints, f->nendpoints,
                                          now_ms(f), fetcher->room, fetcher->self);
  if (!f->before.redirect_to.len || f->first_endpoint != 0) {
    try_endpoint(f);
    return;
  }
  f->endpoints_tried = 1; /* it stands for endpoint 0 */
  try_candidate(f, add_candidate(f, FROM_MEMORY, f->before.redirect_to, 0, NULL));
}

void fm_list_fetch_cancel(fm_list_fetch *f)
{
  if (f->load)
    fm_page_load_cancel(f->load);
}

void fm_list_fetch_free(fm_list_fetch *f)
{
  if (!f)
    return;
  f->freed = true;
  if (!f->in_callback)
    destroy(f);
}

const fm_list_result *fm_list_fetch_result(const fm_list_fetch *f) { return &f->result; }

const char *fm_list_fetch_doing(const fm_list_fetch *f)
{
  return f->load ? fm_page_load_doing(f->load) : NULL;
}

bool fm_list_fetch_next_candidate(fm_list_fetch *f, const char *reason)
{
  candidate *c = f->current;
  if (f->result.state != FM_LIST_WHOLE || c->npages != 1 || c->origin == FROM_MEMORY ||
      f->spec.one_of_several || !has_other_endpoint(f))
    return false;
  c->anomalous = true;
  set_aside(f, c, reason);
  return true;
}

/* ---- for the next refresh ---- */

static bool endpoint_0_failed(const fm_list_fetch *f)
{
  for (size_t i = 0; i < f->ncandidates; i++)
    if (f->candidates[i].endpoint == 0 && &f->candidates[i] != f->current)
      return true;
  return false;
}

static void log_failover(const fm_list_fetch *f)
{
  const fm_list_result *r = &f->result;
  if (r->endpoint == 0)
    fm_log(FM_LOG_INFO, "back at the preferred endpoint", "upstream", f->loader->upstream.ptr,
           "url", f->current->url.ptr, NULL);
  else
    fm_log(r->error ? FM_LOG_WARN : FM_LOG_INFO, "failover to another endpoint", "upstream",
           f->loader->upstream.ptr, "url", f->current->url.ptr, "reason",
           r->error ? r->why.text : "the host of the preferred one has no room for more", NULL);
}

static bool remember_endpoint(const fm_list_fetch *f, fm_failover *failover, int64_t interval)
{
  const fm_list_result *r = &f->result;
  bool switched = r->endpoint != failover->endpoint;
  if (f->nendpoints == 1)
    return false;
  if (switched)
    log_failover(f);
  fm_failover_served(failover, r->endpoint, endpoint_0_failed(f), interval, now_ms(f));
  return switched;
}

bool fm_list_fetch_remember(const fm_list_fetch *f, fm_input_state *state, const uint64_t *ids,
                            size_t nids, bool keep_ids, int64_t interval)
{
  const fm_list_result *r = &f->result;
  bool fetched = r->npages > 0, same = r->state == FM_LIST_NOT_MODIFIED;
  bool failing = r->state == FM_LIST_PARTIAL || !(fetched || same);
  bool recovered = state->failing && !failing;
  fm_input_state next = *state;
  if (fetched) {
    next.redirect_to = f->current->origin == FROM_PLAN ? FM_STR("") : f->current->url;
    next.url = r->url;
    next.etag = r->etag;
    next.last_modified = r->last_modified;
  }
  if (!keep_ids) {
    next.ids = ids;
    next.nids = nids;
  }
  next.failing = failing;
  next.reason = failing ? fm_str_of(r->why.text) : FM_STR("");
  fm_input_state_set(state, &next);
  if (recovered)
    fm_log(FM_LOG_INFO, "an input has recovered", "upstream", f->loader->upstream.ptr, "url",
           f->url.ptr, NULL);
  return (fetched || same) && remember_endpoint(f, &state->failover, interval);
}
