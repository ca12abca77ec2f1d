/* Joins what an upstream shows with what it showed before; merges without a store. */
#include "mill/merge.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "feed/codec.h"
#include "store/store.h"
#include <stdlib.h>

static void index_entries(const fm_feed *feed, fm_map *by_id)
{
  for (size_t i = 0; i < feed->nentries; i++)
    fm_map_put(by_id, feed->entries[i].id, (void *)&feed->entries[i]);
}

/* An entry that left the list. */
typedef struct leaver {
  const fm_entry *entry; /* in the array of before */
  int64_t number;        /* fm_doc.numbers; 0: unknown */
} leaver;

static int newer_first(const void *a, const void *b)
{
  const leaver *x = a, *y = b;
  if (x->entry->published != y->entry->published)
    return x->entry->published < y->entry->published ? 1 : -1;
  if (x->number != y->number)
    return x->number < y->number ? 1 : -1;
  return x->entry < y->entry ? -1 : x->entry > y->entry; /* stable */
}

/* Entries of `before` that `seen` lacks, in the store's order. */
static size_t left_behind(const fm_doc *before, const fm_doc *seen, leaver *left)
{
  fm_map ids = {0};
  index_entries(&seen->feed, &ids);
  size_t n = 0;
  for (size_t i = 0; i < before->feed.nentries; i++)
    if (!fm_map_get(&ids, before->feed.entries[i].id))
      left[n++] = (leaver){&before->feed.entries[i], before->numbers ? before->numbers[i] : 0};
  fm_map_deinit(&ids);
  qsort(left, n, sizeof *left, newer_first);
  return n;
}

fm_doc *fm_merge_join(const fm_doc *before, const fm_doc *seen, size_t most)
{
  fm_doc *doc = fm_doc_new();
  fm_feed_copy_head(&doc->arena, &seen->feed, &doc->feed);
  size_t nseen = seen->feed.nentries, room = nseen + (before ? before->feed.nentries : 0);
  leaver *left = fm_alloc((room + 1) * sizeof *left);
  size_t nleft = before ? left_behind(before, seen, left) : 0;
  size_t total = nseen + nleft < most ? nseen + nleft : most;
  fm_entry *entries = fm_arena_alloc(&doc->arena, (total + 1) * sizeof *entries);
  int64_t *numbers = fm_arena_alloc(&doc->arena, (total + 1) * sizeof *numbers);
  for (size_t i = 0; i < total; i++) {
    bool is_seen = i < nseen;
    fm_entry_copy(&doc->arena, is_seen ? &seen->feed.entries[i] : left[i - nseen].entry, &entries[i]);
    numbers[i] = !is_seen ? left[i - nseen].number : seen->numbers ? seen->numbers[i] : 0;
  }
  free(left);
  doc->feed.entries = entries;
  doc->feed.nentries = total;
  doc->numbers = seen->numbers && (!before || before->numbers) ? numbers : NULL;
  return doc;
}

fm_doc *fm_merge_seen(const fm_doc *before, const fm_doc *seen, int64_t now)
{
  fm_map known = {0};
  if (before)
    index_entries(&before->feed, &known);
  fm_doc *doc = fm_doc_new();
  fm_feed_copy_head(&doc->arena, &seen->feed, &doc->feed);
  fm_entry *entries = fm_arena_alloc(&doc->arena, (seen->feed.nentries + 1) * sizeof *entries);
  for (size_t i = 0; i < seen->feed.nentries; i++) {
    const fm_entry *had = fm_map_get(&known, seen->feed.entries[i].id);
    fm_record old = {0}, merged = {0};
    if (had)
      old = (fm_record){.entry = *had, .first_seen = had->published, .last_seen = now,
                        .fingerprint = fm_fingerprint(had)};
    fm_record_merge(had ? &old : NULL, &seen->feed.entries[i], now, &doc->arena, &merged);
    fm_entry_copy(&doc->arena, &merged.entry, &entries[i]);
  }
  fm_map_deinit(&known);
  doc->feed.entries = entries;
  doc->feed.nentries = seen->feed.nentries;
  return doc;
}

fm_doc *fm_merge_in_place(const fm_doc *before, const fm_doc *seen, int64_t now)
{
  fm_doc *doc = fm_merge_seen(before, seen, now);
  size_t count = before->feed.nentries;
  if (!before->numbers)
    return doc;
  int64_t *numbers = fm_arena_alloc(&doc->arena, (count + 1) * sizeof *numbers);
  memcpy(numbers, before->numbers, count * sizeof *numbers);
  doc->numbers = numbers;
  return doc;
}

bool fm_merge_is_same(const fm_doc *a, const fm_doc *b)
{
  fm_buf x, y;
  fm_buf_init(&x, FM_BUF_MAX);
  fm_buf_init(&y, FM_BUF_MAX);
  fm_feed_encode(&a->feed, &x);
  fm_feed_encode(&b->feed, &y);
  bool same = fm_str_eq(fm_buf_view(&x), fm_buf_view(&y));
  fm_buf_deinit(&x);
  fm_buf_deinit(&y);
  return same;
}
