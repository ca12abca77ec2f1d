/* Merges observations into SQLite, in one transaction for each call. */
#include "store/sqlite/sqlite.h"

#include "store/feed_order.h"
#include "store/observation.h"
#include <stdlib.h>

/* An entry that the last fetch listed. */
typedef struct listed {
  int64_t entry;
  int64_t published; /* set once it is seen again or unlisted */
  bool seen;         /* in this merge */
} listed;

/* State of one merge. */
typedef struct merge {
  fm_sqlite *self;
  fm_why *why;
  fm_arena *scratch; /* the job's arena */
  fm_sqlite_upstream upstream;
  int64_t now, was_fetched, was_changed;
  bool adding;      /* fm_store_add: entries that were listed earlier */
  bool restoring;   /* the caller's copy is merged */
  listed *listed;       /* in the order of the last fetch */
  listed **by_entry;
  fm_doc *doc;
  fm_entry *entries; /* of doc */
  int64_t *numbers;  /* likewise */
  fm_shown *shown;
  size_t nshown;
  bool changed;
} merge;

static int by_entry(const void *a, const void *b)
{
  const listed *x = *(listed *const *)a, *y = *(listed *const *)b;
  return (x->entry > y->entry) - (x->entry < y->entry);
}

static void index_listed(merge *m)
{
  size_t count = m->upstream.nlisted;
  m->listed = fm_arena_alloc(m->scratch, (count + 1) * sizeof *m->listed);
  m->by_entry = fm_arena_alloc(m->scratch, (count + 1) * sizeof *m->by_entry);
  for (size_t i = 0; i < count; i++) {
    m->listed[i].entry = m->upstream.listed[i];
    m->by_entry[i] = &m->listed[i];
  }
  qsort(m->by_entry, count, sizeof *m->by_entry, by_entry);
}

static listed *find_listed(const merge *m, int64_t entry)
{
  listed key = {.entry = entry}, *at = &key;
  listed **found = m->upstream.nlisted
                       ? bsearch(&at, m->by_entry, m->upstream.nlisted, sizeof at, by_entry)
                       : NULL;
  return found ? *found : NULL;
}

/* Loads the stored entry; *id is 0 if there is none. */
static int load_known(merge *m, fm_str name, fm_arena *arena, int64_t *id, fm_stored_entry *known)
{
  sqlite3_stmt *row =
      fm_sql_query(m->self, m->why, FM_SQL_ENTRY_GET, "it", m->upstream.source, name);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(m->self, row, m->why);
  *id = got > 0 ? sqlite3_column_int64(row, 0) : 0;
  if (got <= 0)
    return got;
  known->first_seen = sqlite3_column_int64(row, 1);
  known->published = sqlite3_column_int64(row, 2);
  known->updated = sqlite3_column_int64(row, 3);
  known->changed = sqlite3_column_int64(row, 4);
  known->fingerprint = (uint64_t)sqlite3_column_int64(row, 5);
  known->packed = fm_arena_str(arena, fm_sql_text(row, 6));
  sqlite3_reset(row);
  return 0;
}

/* Writes the record if it changed. */
static int write_record(merge *m, const fm_observation *observation, int64_t *id)
{
  const fm_record *record = &observation->record;
  if (observation->packed.len == 0)
    return 0;
  if (*id)
    return fm_sql_exec(m->self, m->why, FM_SQL_ENTRY_SET, "iiiib", *id, record->entry.updated,
                      observation->changed_at, (int64_t)record->fingerprint, observation->packed);
  int error = fm_sql_exec(m->self, m->why, FM_SQL_ENTRY_ADD, "itiiiiib", m->upstream.source,
                          record->entry.id, record->first_seen, record->entry.published,
                          record->entry.updated, observation->changed_at,
                          (int64_t)record->fingerprint, observation->packed);
  *id = sqlite3_last_insert_rowid(m->self->db);
  return error;
}

static int place_entry(merge *m, int64_t entry, int64_t published, size_t place)
{
  listed *at = find_listed(m, entry);
  m->shown[place] = (fm_shown){.entry = entry, .published = published};
  if (m->adding && !at)
    return fm_sql_exec(m->self, m->why, FM_SQL_MEMBER_ADD_LEFT, "iiii", entry, m->upstream.id,
                       published, m->now);
  if (!at)
    return fm_sql_exec(m->self, m->why, FM_SQL_MEMBER_LIST, "iiii", entry, m->upstream.id,
                       published, m->now);
  at->published = published;
  at->seen = true;
  return 0;
}

static int observe(merge *m, const fm_entry *seen, fm_arena *arena, int64_t *id,
                   fm_observation *observation)
{
  fm_stored_entry known;
  fm_why inner = {""};
  int error = load_known(m, seen->id, arena, id, &known);
  if (error)
    return error;
  fm_observation_context how = {.now = m->now,
                                .upstream_changed = m->was_changed,
                                .is_copy = m->restoring};
  error = fm_observation_merge(&m->self->pack, *id ? &known : NULL, seen, &how, arena, observation,
                               &inner);
  if (error == FM_E_SYNTAX)
    return fm_fail(m->why, FM_E_IO, "%s: a record cannot be read: %s", m->self->path, inner.text);
  if (error)
    *m->why = inner;
  return error;
}

/* `at` is the entry's index among those seen. */
static int merge_entry(merge *m, const fm_entry *seen, size_t at)
{
  fm_arena arena = {0};
  fm_observation observation;
  int64_t id;
  int error = observe(m, seen, &arena, &id, &observation);
  if (!error)
    error = write_record(m, &observation, &id);
  if (!error)
    error = place_entry(m, id, observation.record.entry.published, at);
  if (!error) {
    m->changed |= observation.changed;
    m->numbers[at] = id;
    fm_entry_copy(&m->doc->arena, &observation.record.entry, &m->entries[at]);
  }
  fm_arena_deinit(&arena);
  return error;
}

/* Goes from the last entry to the first, so that of new entries of one date the upper one
 * on the page gets the higher number. Unlisted entries are ordered by number. */
static int merge_entries(merge *m, const fm_feed *seen)
{
  int error = 0;
  fm_entry_set all = fm_entry_set_of(seen, m->scratch);
  m->nshown = all.count;
  m->shown = fm_arena_alloc(m->scratch, (all.count + m->upstream.nlisted + 1) * sizeof *m->shown);
  m->entries = fm_arena_alloc(&m->doc->arena, (all.count + 1) * sizeof *m->entries);
  m->numbers = fm_arena_alloc(&m->doc->arena, (all.count + 1) * sizeof *m->numbers);
  for (size_t i = all.count; i-- > 0 && !error;)
    error = merge_entry(m, all.entries[i], i);
  m->doc->feed.entries = m->entries;
  m->doc->numbers = m->numbers;
  m->doc->feed.nentries = m->nshown;
  return error;
}

static int leave(merge *m, listed *at, int64_t last)
{
  sqlite3_stmt *row =
      fm_sql_query(m->self, m->why, FM_SQL_MEMBER_UNLIST, "iii", at->entry, m->upstream.id, last);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(m->self, row, m->why);
  if (got <= 0)
    return got;
  at->published = sqlite3_column_int64(row, 0);
  got = fm_sql_step(m->self, row, m->why);
  return got < 0 ? got : 0;
}

/* Unlists the entries that are gone from the page; the previous fetch saw them last. */
static int merge_left(merge *m, const fm_feed *seen)
{
  int64_t last = m->was_fetched != FM_NO_TIME ? m->was_fetched : m->now;
  size_t nleft = 0;
  fm_shown *was = fm_arena_alloc(m->scratch, (m->upstream.nlisted + 1) * sizeof *was);
  for (size_t i = 0; i < m->upstream.nlisted; i++) {
    int error = m->listed[i].seen ? 0 : leave(m, &m->listed[i], last);
    if (error)
      return error;
    was[i] = (fm_shown){.entry = m->listed[i].entry, .published = m->listed[i].published};
    if (!m->listed[i].seen)
      m->shown[m->nshown + nleft++] = was[i];
  }
  int64_t *is = fm_arena_alloc(m->scratch, (m->nshown + 1) * sizeof *is);
  for (size_t i = 0; i < m->nshown; i++)
    is[i] = m->shown[i].entry;
  m->changed |= fm_shown_changed(seen->order, was, m->upstream.nlisted, m->shown, m->nshown, nleft);
  m->upstream.listed = is;
  m->upstream.nlisted = m->nshown;
  return 0;
}

static int merge_upstream(merge *m, const fm_upstream_meta *meta, const fm_feed *seen)
{
  int64_t read = m->upstream.meta.read;
  int error = merge_left(m, seen);
  if (!error)
    error =
        fm_head_encode(seen, m->upstream.head, m->scratch, &m->upstream.head, &m->changed, m->why);
  m->upstream.meta = *meta;
  if (m->upstream.meta.read < read)
    m->upstream.meta.read = read;
  return error;
}

static int merge_doc(merge *m, const fm_upstream_meta *meta, const fm_feed *seen)
{
  m->was_fetched = m->upstream.meta.fetched;
  m->was_changed = m->upstream.meta.changed;
  m->changed = m->was_changed == FM_NO_TIME;
  fm_feed_copy_head(&m->doc->arena, seen, &m->doc->feed);
  index_listed(m);
  int error = merge_entries(m, seen);
  if (!error && !m->adding)
    error = merge_upstream(m, meta, seen);
  if (error)
    return error;
  m->upstream.meta.changed = m->changed ? m->now : m->was_changed;
  if (m->restoring && meta->changed != FM_NO_TIME)
    m->upstream.meta.changed = meta->changed;
  return fm_sqlite_upstream_set(m->self, &m->upstream, m->why);
}

/* Restores a feed that the store lacks, or lacks in part, from the caller's copy: merges the
 * copy as if the page had shown it when the copy was fetched. */
static int restore(merge *m, const fm_job *job)
{
  merge r = *m;
  r.restoring = true;
  r.adding = false;
  r.now = job->held_meta.fetched != FM_NO_TIME ? job->held_meta.fetched : m->now;
  r.doc = fm_doc_new();
  int error = merge_doc(&r, &job->held_meta, &job->held->feed);
  m->upstream = r.upstream;
  fm_doc_unref(r.doc);
  return error;
}

static int merge_all(merge *m, const fm_job *job)
{
  int error = fm_sqlite_upstream_make(m->self, job->upstream, m->scratch, &m->upstream, m->why);
  if (!error && fm_job_copy_is_newer(job, &m->upstream.meta, m->upstream.head))
    error = restore(m, job);
  if (error || !job->seen)
    return error;
  return merge_doc(m, &job->meta, &job->seen->feed);
}

static int merge_job(fm_sqlite *self, fm_job *job, bool adding)
{
  merge m = {.self = self, .why = &job->why, .scratch = &job->arena, .now = job->now,
             .adding = adding};
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_FULL);
  if (error)
    return error;
  m.doc = fm_doc_new();
  error = fm_sql_end(self, &job->why, merge_all(&m, job));
  if (error || !job->seen) {
    fm_doc_unref(m.doc);
    return error;
  }
  fm_meta_copy(&m.doc->arena, &m.upstream.meta, &job->memory.meta);
  job->memory.doc = m.doc;
  return 0;
}

int fm_sqlite_merge(fm_sqlite *self, fm_job *job)
{
  return merge_job(self, job, false);
}

int fm_sqlite_add(fm_sqlite *self, fm_job *job)
{
  return merge_job(self, job, true);
}
