#include "store/sqlite.h"

#include "base/map.h"
#include "base/str.h"
#include "feed/codec.h"
#include "store/order.h"
#include <stdlib.h>

/* An entry that was on the page at its last fetch. */
typedef struct here {
  int64_t entry;
  int64_t published; /* known once seen again or left */
  bool seen;         /* by this merge */
} here;

/* One merge: what the page held, what it shows now. */
typedef struct merge {
  fm_sqlite *self;
  fm_why *why;
  fm_arena *scratch; /* the job's */
  fm_sqlite_page page;
  int64_t now, was_fetched, was_changed;
  bool adding;      /* to what the page showed earlier: fm_store_add */
  here *here;       /* in the page's order of last time */
  here **by_entry;
  fm_map ids;       /* of the entries seen so far: a page may show one twice */
  fm_doc *doc;
  fm_entry *entries; /* of doc */
  fm_shown *shown;
  size_t nshown;
  bool changed;
} merge;

static int by_entry(const void *a, const void *b)
{
  const here *x = *(here *const *)a, *y = *(here *const *)b;
  return (x->entry > y->entry) - (x->entry < y->entry);
}

static void index_here(merge *m)
{
  size_t count = m->page.nhere;
  m->here = fm_arena_alloc(m->scratch, (count + 1) * sizeof *m->here);
  m->by_entry = fm_arena_alloc(m->scratch, (count + 1) * sizeof *m->by_entry);
  for (size_t i = 0; i < count; i++) {
    m->here[i].entry = m->page.here[i];
    m->by_entry[i] = &m->here[i];
  }
  qsort(m->by_entry, count, sizeof *m->by_entry, by_entry);
}

static here *find_here(const merge *m, int64_t entry)
{
  here key = {.entry = entry}, *at = &key;
  here **found = m->page.nhere ? bsearch(&at, m->by_entry, m->page.nhere, sizeof at, by_entry)
                               : NULL;
  return found ? *found : NULL;
}

/* An entry as the table has it. */
typedef struct stored {
  int64_t id, changed;
  fm_str json;
  fm_record record;
} stored;

static int read_row(merge *m, sqlite3_stmt *row, fm_arena *arena, stored *old)
{
  fm_why inner = {""};
  int error = fm_pack_read(&m->self->pack, fm_sql_text(row, 6), arena, &old->json, &inner);
  if (!error)
    error = fm_entry_decode(old->json, arena, &old->record.entry, &inner);
  if (error)
    return fm_fail(m->why, FM_E_IO, "%s: a record cannot be read: %s", m->self->path, inner.text);
  old->id = sqlite3_column_int64(row, 0);
  old->record.first_seen = sqlite3_column_int64(row, 1);
  old->record.entry.published = sqlite3_column_int64(row, 2);
  old->record.entry.updated = sqlite3_column_int64(row, 3);
  old->changed = sqlite3_column_int64(row, 4);
  old->record.fingerprint = (uint64_t)sqlite3_column_int64(row, 5);
  return 0;
}

/* FM_E_NOT_FOUND: never seen. */
static int read_stored(merge *m, fm_str id, fm_arena *arena, stored *old)
{
  sqlite3_stmt *row = fm_sql_ask(m->self, m->why, FM_SQL_ENTRY_GET, "it", m->page.source, id);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_next(m->self, row, m->why);
  if (got <= 0)
    return got ? got : FM_E_NOT_FOUND;
  int error = read_row(m, row, arena, old);
  sqlite3_reset(row);
  return error;
}

static int write_new(merge *m, const fm_record *record, fm_str packed, int64_t *id)
{
  m->changed = true;
  int error = fm_sql_run(m->self, m->why, FM_SQL_ENTRY_ADD, "itiiiiib", m->page.source,
                         record->entry.id, record->first_seen, record->entry.published,
                         record->entry.updated, m->now, (int64_t)record->fingerprint, packed);
  *id = sqlite3_last_insert_rowid(m->self->db);
  return error;
}

/* Nothing is written where nothing changed. */
static int write_record(merge *m, const stored *old, const fm_record *record, int64_t *id)
{
  fm_buf json, packed;
  fm_buf_init(&json, FM_PACK_MAX);
  fm_buf_init(&packed, FM_PACK_MAX + 1024);
  int error = fm_entry_encode(&record->entry, &json);
  bool same = old && fm_str_eq(old->json, fm_buf_view(&json));
  if (!error && !same)
    error = fm_pack_add(&m->self->pack, fm_buf_view(&json), &packed);
  if (error)
    fm_fail(m->why, error, "an entry is too large to be remembered");
  else if (!old)
    error = write_new(m, record, fm_buf_view(&packed), id);
  else if (!same)
    error = fm_sql_run(m->self, m->why, FM_SQL_ENTRY_SET, "iiiib", old->id, record->entry.updated,
                       m->now, (int64_t)record->fingerprint, fm_buf_view(&packed));
  if (old) {
    *id = old->id;
    /* Another page may have brought the change in. */
    m->changed |= !same || old->changed > m->was_changed;
  }
  fm_buf_deinit(&packed);
  fm_buf_deinit(&json);
  return error;
}

static int place_entry(merge *m, int64_t entry, int64_t published, size_t place)
{
  here *at = find_here(m, entry);
  m->shown[place] = (fm_shown){.entry = entry, .published = published};
  if (m->adding && !at)
    return fm_sql_run(m->self, m->why, FM_SQL_WAS, "iiii", entry, m->page.id, published, m->now);
  if (!at)
    return fm_sql_run(m->self, m->why, FM_SQL_ENTER, "iiii", entry, m->page.id, published, m->now);
  at->published = published;
  at->seen = true;
  return 0;
}

/* `at`: its place among those seen. */
static int merge_entry(merge *m, const fm_entry *seen, size_t at)
{
  fm_arena arena = {0};
  stored old;
  fm_record record;
  int64_t id = 0;
  int error = read_stored(m, seen->id, &arena, &old);
  if (error && error != FM_E_NOT_FOUND)
    goto out;
  stored *known = error ? NULL : &old;
  fm_record_merge(known ? &known->record : NULL, seen, m->now, &arena, &record);
  error = write_record(m, known, &record, &id);
  if (!error)
    error = place_entry(m, id, record.entry.published, at);
  if (!error)
    fm_entry_copy(&m->doc->arena, &record.entry, &m->entries[at]);
out:
  fm_arena_deinit(&arena);
  return error;
}

/* From the last to the first: new entries are numbered so that of one date the
 * higher one on the page has the higher number, which is the order in which
 * they stay in the feed when they have left the page. */
static int merge_entries(merge *m, const fm_feed *seen)
{
  int error = 0;
  const fm_entry **unique = fm_arena_alloc(m->scratch, (seen->nentries + 1) * sizeof *unique);
  m->shown = fm_arena_alloc(m->scratch, (seen->nentries + m->page.nhere + 1) * sizeof *m->shown);
  for (size_t i = 0; i < seen->nentries; i++) {
    const fm_entry *entry = &seen->entries[i];
    if (entry->id.len && !fm_map_put(&m->ids, entry->id, m))
      unique[m->nshown++] = entry;
  }
  m->entries = fm_arena_alloc(&m->doc->arena, (m->nshown + 1) * sizeof *m->entries);
  for (size_t i = m->nshown; i-- > 0 && !error;)
    error = merge_entry(m, unique[i], i);
  m->doc->feed.entries = m->entries;
  m->doc->feed.nentries = m->nshown;
  return error;
}

static int leave(merge *m, here *at, int64_t last)
{
  sqlite3_stmt *row = fm_sql_ask(m->self, m->why, FM_SQL_LEAVE, "iii", at->entry, m->page.id, last);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_next(m->self, row, m->why);
  if (got <= 0)
    return got;
  at->published = sqlite3_column_int64(row, 0);
  got = fm_sql_next(m->self, row, m->why);
  return got < 0 ? got : 0;
}

/* Those no longer on the page were last there when it was last fetched. */
static int merge_left(merge *m, const fm_feed *seen)
{
  int64_t last = m->was_fetched != FM_NO_TIME ? m->was_fetched : m->now;
  size_t nleft = 0;
  fm_shown *was = fm_arena_alloc(m->scratch, (m->page.nhere + 1) * sizeof *was);
  for (size_t i = 0; i < m->page.nhere; i++) {
    int error = m->here[i].seen ? 0 : leave(m, &m->here[i], last);
    if (error)
      return error;
    was[i] = (fm_shown){.entry = m->here[i].entry, .published = m->here[i].published};
    if (!m->here[i].seen)
      m->shown[m->nshown + nleft++] = was[i];
  }
  int64_t *is = fm_arena_alloc(m->scratch, (m->nshown + 1) * sizeof *is);
  for (size_t i = 0; i < m->nshown; i++)
    is[i] = m->shown[i].entry;
  m->changed |= fm_shown_differ(seen->order, was, m->page.nhere, m->shown, m->nshown, nleft);
  m->page.here = is;
  m->page.nhere = m->nshown;
  return 0;
}

static int set_head(merge *m, const fm_feed *feed)
{
  fm_buf head;
  fm_feed bare = *feed;
  bare.entries = NULL;
  bare.nentries = 0;
  fm_buf_init(&head, FM_PACK_MAX);
  int error = fm_feed_encode(&bare, &head);
  if (error)
    fm_fail(m->why, error, "a feed's head is too large to be remembered");
  else if (!fm_str_eq(m->page.head, fm_buf_view(&head))) {
    m->changed = true;
    m->page.head = fm_arena_str(m->scratch, fm_buf_view(&head));
  }
  fm_buf_deinit(&head);
  return error;
}

static int merge_page(merge *m, const fm_job *job)
{
  int64_t read = m->page.meta.read;
  int error = merge_left(m, &job->seen->feed);
  if (!error)
    error = set_head(m, &job->seen->feed);
  m->page.meta = job->meta;
  if (m->page.meta.read < read)
    m->page.meta.read = read;
  return error;
}

static int merge_all(merge *m, const fm_job *job)
{
  const fm_feed *seen = &job->seen->feed;
  int error = fm_sqlite_page_make(m->self, job->page, m->scratch, &m->page, m->why);
  if (error)
    return error;
  m->was_fetched = m->page.meta.fetched;
  m->was_changed = m->page.meta.changed;
  fm_feed_copy_head(&m->doc->arena, seen, &m->doc->feed);
  index_here(m);
  error = merge_entries(m, seen);
  if (!error && !m->adding)
    error = merge_page(m, job);
  if (error)
    return error;
  m->changed |= m->was_changed == FM_NO_TIME;
  m->page.meta.changed = m->changed ? m->now : m->was_changed;
  return fm_sqlite_page_set(m->self, &m->page, m->why);
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
  fm_map_deinit(&m.ids);
  if (error) {
    fm_doc_unref(m.doc);
    return error;
  }
  fm_meta_copy(&m.doc->arena, &m.page.meta, &job->memory.meta);
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
