/* A candidate's pages and addresses. */
#include "mill/list_candidate.h"

#include "base/mem.h"
#include "base/str.h"

void fm_candidate_deinit(candidate *c)
{
  for (size_t i = 0; i < c->npages; i++)
    fm_doc_unref(c->pages[i]);
  fm_arena_deinit(&c->arena);
}

fm_str fm_without_fragment(fm_str url)
{
  const char *mark = url.len ? memchr(url.ptr, '#', url.len) : NULL;
  return mark ? fm_str_span(url.ptr, mark) : url;
}

bool fm_candidate_note_address(candidate *c, fm_str url)
{
  url = fm_without_fragment(url);
  for (size_t i = 0; i < c->naddresses; i++)
    if (fm_str_eq(c->addresses[i], url))
      return false;
  fm_str copy = fm_arena_str(&c->arena, url);
  *FM_PUSH(&c->arena, c->addresses, c->naddresses, c->addresses_cap) = copy;
  return true;
}

size_t fm_candidate_entries(const candidate *c)
{
  size_t count = 0;
  for (size_t i = 0; i < c->npages; i++)
    count += c->pages[i]->feed.nentries;
  return count;
}

void fm_candidate_add_page(candidate *c, const fm_page_load_result *page)
{
  if (c->npages == 0) {
    c->etag = fm_arena_str(&c->arena, page->etag);
    c->last_modified = fm_arena_str(&c->arena, page->last_modified);
    c->incomplete = fm_arena_str(&c->arena, page->value.incomplete);
  }
  *FM_PUSH(&c->arena, c->pages, c->npages, c->pages_cap) = fm_doc_ref(page->value.doc);
  c->dropped += page->value.dropped;
  c->next = page->value.next; /* in the document's memory */
  fm_candidate_note_address(c, page->url);
}
