#include "store/sqlite/sqlite.h"

#include "store/order.h"
#include "store/sight.h"
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
  bool restoring;   /* from the caller's copy */
  here *here;       /* in the page's order of last time */
  here **by_entry;
  fm_doc *doc;
  fm_entry *entries; /* of doc */
  int64_t *numbers;  /* likewise */
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

/* Reads what is known of an entry: its number, 0 if it was never seen. */
static int read_known(merge *m, fm_str name, fm_arena *arena, int64_t *id, fm_known *known)
{
  sqlite3_stmt *row = fm_sql_ask(m->self, m->why, FM_SQL_ENTRY_GET, "it", m->page.source, name);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_next(m->self, row, m->why);
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

/* Nothing is written where nothing changed. */
static int write_record(merge *m, const fm_sight *sight, int64_t *id)
{
  const fm_record *record = &sight->record;
  if (sight->packed.len == 0)
    return 0;
  if (*id)
    return fm_sql_run(m->self, m->why, FM_SQL_ENTRY_SET, "iiiib", *id, record->entry.updated,
                      sight->changed_at, (int64_t)record->fingerprint, sight->packed);
  int error = fm_sql_run(m->self, m->why, FM_SQL_ENTRY_ADD, "itiiiiib", m->page.source,
                         record->entry.id, record->first_seen, record->entry.published,
                         record->entry.updated, sight->changed_at, (int64_t)record->fingerprint,
                         sight->packed);
  *id = sqlite3_last_insert_rowid(m->self->db);
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

static int make_sight(merge *m, const fm_entry *seen, fm_arena *arena, int64_t *id,
                      fm_sight *sight)
{
  fm_known known;
  fm_why inner = {""};
  int error = read_known(m, seen->id, arena, id, &known);
  if (error)
    return error;
  fm_seeing how = {.now = m->now, .page_changed = m->was_changed, .own = m->restoring};
  error = fm_sight_make(&m->self->pack, *id ? &known : NULL, seen, &how, arena, sight, &inner);
  if (error == FM_E_SYNTAX)
    return fm_fail(m->why, FM_E_IO, "%s: a record cannot be read: %s", m->self->path, inner.text);
  if (error)
    *m->why = inner;
  return error;
}

/* `at`: its place among those seen. */
static int merge_entry(merge *m, const fm_entry *seen, size_t at)
{
  fm_arena arena = {0};
  fm_sight sight;
  int64_t id;
  int error = make_sight(m, seen, &arena, &id, &sight);
  if (!error)
    error = write_record(m, &sight, &id);
  if (!error)
    error = place_entry(m, id, sight.record.entry.published, at);
  if (!error) {
    m->changed |= sight.changed;
    m->numbers[at] = id;
    fm_entry_copy(&m->doc->arena, &sight.record.entry, &m->entries[at]);
  }
  fm_arena_deinit(&arena);
  return error;
}

/* From the last to the first: new entries are numbered so that of one date the
 * higher one on the page has the higher number, which is the order in which
 * they stay in the feed when they have left the page. */
static int merge_entries(merge *m, const fm_feed *seen)
{
  int error = 0;
  fm_sightings all = fm_sightings_of(seen, m->scratch);
  m->nshown = all.count;
  m->shown = fm_arena_alloc(m->scratch, (all.count + m->page.nhere + 1) * sizeof *m->shown);
  m->entries = fm_arena_alloc(&m->doc->arena, (all.count + 1) * sizeof *m->entries);
  m->numbers = fm_arena_alloc(&m->doc->arena, (all.count + 1) * sizeof *m->numbers);
  for (size_t i = all.count; i-- > 0 && !error;)
    error = merge_entry(m, all.entries[i], i);
  m->doc->feed.entries = m->entries;
  m->doc->numbers = m->numbers;
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

static int merge_page(merge *m, const fm_page_meta *meta, const fm_feed *seen)
{
  int64_t read = m->page.meta.read;
  int error = merge_left(m, seen);
  if (!error)
    error = fm_head_make(seen, m->page.head, m->scratch, &m->page.head, &m->changed, m->why);
  m->page.meta = *meta;
  if (m->page.meta.read < read)
    m->page.meta.read = read;
  return error;
}

static int merge_doc(merge *m, const fm_page_meta *meta, const fm_feed *seen)
{
  m->was_fetched = m->page.meta.fetched;
  m->was_changed = m->page.meta.changed;
  m->changed = m->was_changed == FM_NO_TIME;
  fm_feed_copy_head(&m->doc->arena, seen, &m->doc->feed);
  index_here(m);
  int error = merge_entries(m, seen);
  if (!error && !m->adding)
    error = merge_page(m, meta, seen);
  if (error)
    return error;
  m->page.meta.changed = m->changed ? m->now : m->was_changed;
  if (m->restoring && meta->changed != FM_NO_TIME)
    m->page.meta.changed = meta->changed;
  return fm_sqlite_page_set(m->self, &m->page, m->why);
}

/* A page that is not had (the home was emptied), or not all of it (it could not
 * be written), but by the caller: as if its copy were what the page showed at
 * that time. */
static int restore(merge *m, const fm_job *job)
{
  merge r = *m;
  r.restoring = true;
  r.adding = false;
  r.now = job->held_meta.fetched != FM_NO_TIME ? job->held_meta.fetched : m->now;
  r.doc = fm_doc_new();
  int error = merge_doc(&r, &job->held_meta, &job->held->feed);
  m->page = r.page;
  fm_doc_unref(r.doc);
  return error;
}

static int merge_all(merge *m, const fm_job *job)
{
  int error = fm_sqlite_page_make(m->self, job->page, m->scratch, &m->page, m->why);
  if (!error && fm_job_knows_more(job, &m->page.meta, m->page.head))
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
