/* Merges observations with stored records, and encodes the head of a feed. */
#include "store/observation.h"

#include "base/map.h"
#include "base/str.h"
#include "feed/codec.h"
#include "feed/entry_page.h"

static int load_known(fm_pack *pack, const fm_stored_entry *known, fm_arena *arena,
                      fm_record *record, fm_str *json, fm_why *why)
{
  int error = fm_pack_decode(pack, known->packed, arena, json, why);
  if (!error)
    error = fm_entry_decode(*json, arena, &record->entry, why);
  record->entry.published = known->published;
  record->entry.updated = known->updated;
  record->first_seen = known->first_seen;
  record->fingerprint = known->fingerprint;
  return error;
}

/* True if the entries differ at most in what is recorded of the entry's page, which readers
 * do not see. */
static bool looks_same(fm_entry was, fm_entry is, fm_arena *arena)
{
  fm_buf a, b;
  fm_buf_init(&a, FM_PACK_MAX);
  fm_buf_init(&b, FM_PACK_MAX);
  fm_entry_page_clear(arena, &was);
  fm_entry_page_clear(arena, &is);
  bool same = !fm_entry_encode(&was, &a) && !fm_entry_encode(&is, &b) &&
              fm_str_eq(fm_buf_view(&a), fm_buf_view(&b));
  fm_buf_deinit(&a);
  fm_buf_deinit(&b);
  return same;
}

int fm_observation_merge(fm_pack *pack, const fm_stored_entry *known, const fm_entry *seen,
                         const fm_observation_context *how, fm_arena *arena,
                         fm_observation *observation, fm_why *why)
{
  fm_record old = {.last_seen = how->now};
  fm_str was = {NULL, 0};
  fm_buf json, packed;
  int error = known ? load_known(pack, known, arena, &old, &was, why) : 0;
  if (error)
    return error;
  fm_record_merge(known ? &old : NULL, seen, how->now, arena, &observation->record);
  if (known && how->is_copy && seen->updated != FM_NO_TIME && seen->updated > known->updated)
    observation->record.entry.updated = seen->updated;
  fm_buf_init(&json, FM_PACK_MAX);
  fm_buf_init(&packed, FM_PACK_MAX + 1024);
  error = fm_entry_encode(&observation->record.entry, &json);
  bool same = known && fm_str_eq(was, fm_buf_view(&json));
  if (!error && !same)
    error = fm_pack_encode(pack, fm_buf_view(&json), &packed);
  if (error)
    fm_fail(why, error, "an entry is too large to be remembered");
  observation->packed = packed.len ? fm_arena_str(arena, fm_buf_view(&packed)) : (fm_str){NULL, 0};
  bool seems = same || (known && looks_same(old.entry, observation->record.entry, arena));
  observation->changed_at = seems ? known->changed : how->now;
  observation->changed = !seems || known->changed > how->upstream_changed;
  fm_buf_deinit(&packed);
  fm_buf_deinit(&json);
  return error;
}

fm_entry_set fm_entry_set_of(const fm_feed *feed, fm_arena *arena)
{
  fm_map ids = {NULL, 0, 0};
  fm_entry_set all = {NULL, 0};
  all.entries = fm_arena_alloc(arena, (feed->nentries + 1) * sizeof *all.entries);
  for (size_t i = 0; i < feed->nentries; i++) {
    const fm_entry *entry = &feed->entries[i];
    if (entry->id.len && !fm_map_put(&ids, entry->id, &ids))
      all.entries[all.count++] = entry;
  }
  fm_map_deinit(&ids);
  return all;
}

int fm_head_encode(const fm_feed *feed, fm_str was, fm_arena *arena, fm_str *head, bool *changed,
                   fm_why *why)
{
  fm_buf json;
  fm_feed bare = *feed;
  bare.entries = NULL;
  bare.nentries = 0;
  fm_buf_init(&json, FM_PACK_MAX);
  int error = fm_feed_encode(&bare, &json);
  if (error) {
    fm_fail(why, error, "a feed's head is too large to be remembered");
  } else if (!fm_str_eq(was, fm_buf_view(&json))) {
    *changed = true;
    *head = fm_arena_str(arena, fm_buf_view(&json));
  } else {
    *head = was;
  }
  fm_buf_deinit(&json);
  return error;
}

int fm_head_decode(fm_str head, fm_doc **doc, fm_why *why)
{
  int error = 0;
  if (head.len == 0)
    *doc = fm_doc_new(); /* the upstream was touched, never fetched */
  else
    error = fm_feed_decode(head, doc, why);
  if (error)
    return error;
  (*doc)->feed.entries = NULL;
  (*doc)->feed.nentries = 0;
  return 0;
}

int fm_entry_unpack(fm_pack *pack, fm_str packed, int64_t published, int64_t updated,
                    fm_arena *arena, fm_entry *entry, fm_why *why)
{
  fm_arena scratch = {0};
  fm_str json;
  int error = fm_pack_decode(pack, packed, &scratch, &json, why);
  if (!error)
    error = fm_entry_decode(json, arena, entry, why);
  fm_arena_deinit(&scratch);
  entry->published = published;
  entry->updated = updated;
  return error;
}
