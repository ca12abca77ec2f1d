/* Fetching entries' own pages: which ones are wanted, and their loads. */
#include "mill/entry_fetch.h"

#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "mill/entry_patch.h"

#include <stdlib.h>

typedef struct entry_page {
  fm_entry_fetch *fetch;
  fm_page_load *load; /* while one is under way */
  enum fm_entry_page_status status;
  bool merged;    /* a patch has it */
  unsigned tries; /* before this one */
  fm_str url;     /* in the fetch's arena */
  fm_doc *said;   /* FETCHED: one entry */
} entry_page;

typedef struct picked_entry {
  fm_str id;
  size_t page;
} picked_entry;

struct fm_entry_fetch {
  fm_entry_fetch_spec spec;
  fm_arena arena;
  entry_page *pages;
  size_t npages, pending, fetched;
  picked_entry *entries; /* several may share a page */
  size_t nentries, entries_cap;
  bool in_callback, freed;
};

/* ---- which ones ---- */

static void index_entries(const fm_doc *doc, fm_map *by_id)
{
  for (size_t i = 0; doc && i < doc->feed.nentries; i++)
    fm_map_put(by_id, doc->feed.entries[i].id, (void *)&doc->feed.entries[i]);
}

/* What is remembered of an entry may be more than the list says. */
static bool is_closed(const fm_entry *known, unsigned *tries)
{
  unsigned before = known ? fm_entry_page_tries(known) : 0;
  *tries = before > *tries ? before : *tries;
  return known && fm_entry_page_closed(known);
}

bool fm_entry_fetch_is_wanted(const fm_doc *list, const fm_doc *known)
{
  fm_map by_id = {0};
  bool wanted = false;
  index_entries(known, &by_id);
  for (size_t i = 0; i < list->feed.nentries && !wanted; i++) {
    const fm_entry *entry = &list->feed.entries[i];
    unsigned tries = 0;
    wanted = fm_entry_page_wanted(entry) && !is_closed(fm_map_get(&by_id, entry->id), &tries);
  }
  fm_map_deinit(&by_id);
  return wanted;
}

static void pick(fm_entry_fetch *f, const fm_entry *entry, unsigned tries, fm_map *by_url)
{
  fm_str url = fm_entry_page_url(entry);
  entry_page *page = fm_map_get(by_url, url);
  if (!page) {
    page = &f->pages[f->npages++];
    *page = (entry_page){.fetch = f, .url = fm_arena_str(&f->arena, url)};
    fm_map_put(by_url, url, page);
  }
  page->tries = tries > page->tries ? tries : page->tries;
  picked_entry picked = {fm_arena_str(&f->arena, entry->id), (size_t)(page - f->pages)};
  *FM_PUSH(&f->arena, f->entries, f->nentries, f->entries_cap) = picked;
}

fm_entry_fetch *fm_entry_fetch_new(const fm_entry_fetch_spec *spec, const fm_doc *list,
                                   const fm_doc *const *known, size_t nknown)
{
  fm_entry_fetch *f = FM_NEW(fm_entry_fetch);
  fm_map *by_id = fm_zalloc((nknown + 1) * sizeof *by_id), by_url = {0};
  f->spec = *spec;
  f->pages = fm_arena_alloc(&f->arena, (spec->max_pages + 1) * sizeof *f->pages);
  for (size_t k = 0; k < nknown; k++)
    index_entries(known[k], &by_id[k]);
  for (size_t i = 0; i < list->feed.nentries && f->npages < spec->max_pages; i++) {
    const fm_entry *entry = &list->feed.entries[i];
    unsigned tries = fm_entry_page_tries(entry);
    bool wanted = fm_entry_page_wanted(entry);
    for (size_t k = 0; k < nknown && wanted; k++)
      wanted = !is_closed(fm_map_get(&by_id[k], entry->id), &tries);
    if (wanted)
      pick(f, entry, tries, &by_url);
  }
  for (size_t k = 0; k < nknown; k++)
    fm_map_deinit(&by_id[k]);
  free(by_id);
  fm_map_deinit(&by_url);
  f->pending = f->npages;
  return f;
}

size_t fm_entry_fetch_picked(const fm_entry_fetch *f) { return f->npages; }
size_t fm_entry_fetch_pending(const fm_entry_fetch *f) { return f->pending; }
size_t fm_entry_fetch_fetched(const fm_entry_fetch *f) { return f->fetched; }

/* ---- loads ---- */

static void destroy(fm_entry_fetch *f)
{
  for (size_t i = 0; i < f->npages; i++)
    fm_doc_unref(f->pages[i].said);
  fm_arena_deinit(&f->arena);
  free(f);
}

static void end_page(entry_page *page, enum fm_entry_page_status status)
{
  fm_entry_fetch *f = page->fetch;
  page->status = status;
  if (--f->pending)
    return;
  f->in_callback = true;
  f->spec.cb(f->spec.ctx, f);
  f->in_callback = false;
  if (f->freed)
    destroy(f);
}

static void page_failed(entry_page *page, const char *reason)
{
  bool last = page->tries + 1 >= FM_ENTRY_PAGE_TRIES;
  fm_log(FM_LOG_INFO, last ? "gave up on an entry's page" : "an entry's page failed", "upstream",
         page->fetch->spec.loader->upstream.ptr, "url", page->url.ptr, "reason", reason, NULL);
  end_page(page, FM_ENTRY_FAILED);
}

static void on_loaded(void *ctx, const fm_page_load_result *result)
{
  entry_page *page = ctx;
  page->load = NULL;
  switch (result->status) {
  case FM_LOAD_OK:
    page->said = fm_doc_ref(result->value.doc);
    page->fetch->fetched++;
    end_page(page, FM_ENTRY_FETCHED);
    break;
  case FM_LOAD_NOT_MODIFIED:
    page_failed(page, "304 Not Modified to an unconditional request");
    break;
  case FM_LOAD_UNREACHABLE:
    if (result->error == FM_E_BUSY || result->blocked)
      end_page(page, FM_ENTRY_POSTPONED);
    else
      page_failed(page, result->why.text);
    break;
  case FM_LOAD_UNREADABLE:
    page_failed(page, result->why.text);
    break;
  case FM_LOAD_CANCELLED:
    end_page(page, FM_ENTRY_POSTPONED);
    break;
  }
}

/* Dated now, which puts them behind all lists in the queue of their host. */
void fm_entry_fetch_start(fm_entry_fetch *f)
{
  const fm_page_loader *loader = f->spec.loader;
  for (size_t i = 0; i < f->npages; i++) {
    entry_page *page = &f->pages[i];
    fm_page_load_spec spec = {.kind = FM_EXTRACT_ENTRY, .url = page->url,
                              .endpoint = f->spec.endpoint, .since = loader->now};
    page->load = fm_page_load_start(loader, &spec, on_loaded, page);
  }
}

void fm_entry_fetch_cancel(fm_entry_fetch *f)
{
  for (size_t i = 0; i < f->npages; i++)
    if (f->pages[i].load)
      fm_page_load_cancel(f->pages[i].load);
}

void fm_entry_fetch_free(fm_entry_fetch *f)
{
  if (!f)
    return;
  f->freed = true;
  if (!f->in_callback)
    destroy(f);
}

const char *fm_entry_fetch_doing(const fm_entry_fetch *f)
{
  for (size_t i = 0; i < f->npages; i++)
    if (f->pages[i].load)
      return fm_page_load_doing(f->pages[i].load);
  return NULL;
}

/* ---- what they said ---- */

static bool is_unmerged(const entry_page *page)
{
  return !page->merged && (page->status == FM_ENTRY_FETCHED || page->status == FM_ENTRY_FAILED);
}

bool fm_entry_fetch_has_patch(const fm_entry_fetch *f)
{
  bool any = false;
  for (size_t i = 0; i < f->npages && !any; i++)
    any = is_unmerged(&f->pages[i]);
  return any;
}

fm_entry_patch *fm_entry_fetch_take(fm_entry_fetch *f)
{
  if (!fm_entry_fetch_has_patch(f))
    return NULL;
  fm_entry_patch *patch = fm_entry_patch_new();
  for (size_t i = 0; i < f->nentries; i++) {
    const entry_page *page = &f->pages[f->entries[i].page];
    if (is_unmerged(page))
      fm_entry_patch_add(patch, f->entries[i].id, page->said, page->tries);
  }
  for (size_t i = 0; i < f->npages; i++)
    f->pages[i].merged = f->pages[i].merged || is_unmerged(&f->pages[i]);
  return patch;
}
