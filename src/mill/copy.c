/* Replaces an upstream's document and metadata. */
#include "mill/copy.h"

void fm_copy_init(fm_copy *copy)
{
  *copy = (fm_copy){.newest_archive = FM_NO_TIME};
  copy->meta = (fm_upstream_meta){.fetched = FM_NO_TIME, .changed = FM_NO_TIME, .read = FM_NO_TIME,
                              .next_try = FM_NO_TIME};
}

void fm_copy_deinit(fm_copy *copy)
{
  fm_doc_unref(copy->doc);
  fm_arena_deinit(&copy->meta_arena);
}

void fm_copy_set_doc(fm_copy *copy, fm_doc *doc)
{
  fm_doc_unref(copy->doc);
  copy->doc = doc;
  copy->version++;
}

void fm_copy_set_meta(fm_copy *copy, const fm_upstream_meta *meta)
{
  fm_arena arena = {0};
  fm_upstream_meta own = *meta;
  own.url = fm_arena_str(&arena, meta->url);
  own.etag = fm_arena_str(&arena, meta->etag);
  own.last_modified = fm_arena_str(&arena, meta->last_modified);
  own.failure = fm_arena_str(&arena, meta->failure);
  fm_arena_deinit(&copy->meta_arena); /* only now: `meta` may be copy->meta */
  copy->meta_arena = arena;
  copy->meta = own;
}
