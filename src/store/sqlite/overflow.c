/* Finds the entries beyond the feed document, which belong into archives. */
#include "store/sqlite/sqlite.h"

#include "store/feed_order.h"

/* An entry that may be in the feed document. */
typedef struct candidate {
  bool listed;     /* listed on the page */
  bool archived; /* in a sealed archive */
} candidate;

typedef struct candidates {
  fm_shown *shown; /* `entry` is an index of `is` */
  candidate *is;
  int64_t *entry;
  size_t count;
} candidates;

static void push(candidates *all, int64_t entry, int64_t published, bool listed, bool archived)
{
  size_t at = all->count++;
  all->shown[at] = (fm_shown){.entry = (int64_t)at, .published = published};
  all->is[at] = (candidate){listed, archived};
  all->entry[at] = entry;
}

static int push_listed(fm_sqlite *self, const fm_sqlite_upstream *upstream, candidates *all,
                       fm_why *why)
{
  for (size_t i = 0; i < upstream->nlisted; i++) {
    sqlite3_stmt *row =
        fm_sql_query(self, why, FM_SQL_MEMBER, "ii", upstream->listed[i], upstream->id);
    if (!row)
      return FM_E_IO;
    int got = fm_sql_step(self, row, why);
    if (got < 0)
      return got;
    if (got == 0)
      continue;
    int64_t archive = fm_sql_time(row, 2);
    push(all, upstream->listed[i], sqlite3_column_int64(row, 0), true,
         archive != FM_NO_TIME && upstream->sealed != FM_NO_TIME && archive <= upstream->sealed);
    sqlite3_reset(row);
  }
  return 0;
}

static int push_left(fm_sqlite *self, int64_t upstream, size_t limit, candidates *all, fm_why *why)
{
  int got;
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_LEFT, "ii", upstream, (int64_t)limit);
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_step(self, row, why)) > 0)
    push(all, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), false, false);
  return got;
}

/* Cuts off the feed document. The unlisted entries in it are the newest of all unlisted
 * ones, so one edge (published, number) separates them from the rest. */
static void cut(const candidates *all, size_t limit, fm_arena *arena, fm_sqlite_overflow *overflow)
{
  overflow->listed = fm_arena_alloc(arena, (all->count + 1) * sizeof *overflow->listed);
  overflow->edge_published = overflow->edge_entry = overflow->oldest = INT64_MAX;
  for (size_t i = 0; i < all->count; i++) {
    size_t at = (size_t)all->shown[i].entry;
    if (!all->is[at].listed && i < limit) {
      overflow->edge_published = overflow->oldest = all->shown[i].published;
      overflow->edge_entry = all->entry[at];
    } else if (all->is[at].listed && i >= limit && !all->is[at].archived) {
      overflow->listed[overflow->nlisted++] = (fm_shown){.entry = all->entry[at],
                                             .published = all->shown[i].published};
    }
  }
  fm_shown_sort(overflow->listed, overflow->nlisted);
}

int fm_sqlite_overflow_find(fm_sqlite *self, fm_str key, size_t limit, fm_arena *arena,
                            fm_sqlite_overflow *overflow, fm_why *why)
{
  fm_doc *head;
  candidates all = {NULL, NULL, NULL, 0};
  limit = limit < FM_STORE_FEED_MAX ? limit : FM_STORE_FEED_MAX;
  *overflow = (fm_sqlite_overflow){.listed = NULL};
  int error = fm_sqlite_upstream_get(self, key, arena, &overflow->upstream, why);
  if (!error)
    error = fm_sqlite_upstream_doc(self, &overflow->upstream, &head, why);
  if (error)
    return error;
  size_t room = overflow->upstream.nlisted + limit + 1;
  all.shown = fm_arena_alloc(arena, room * sizeof *all.shown);
  all.is = fm_arena_alloc(arena, room * sizeof *all.is);
  all.entry = fm_arena_alloc(arena, room * sizeof *all.entry);
  error = push_listed(self, &overflow->upstream, &all, why);
  if (!error)
    error = push_left(self, overflow->upstream.id, limit, &all, why);
  if (!error && head->feed.order == FM_ORDER_PUBLISHED)
    fm_shown_sort(all.shown, all.count);
  if (!error)
    cut(&all, limit, arena, overflow);
  fm_doc_unref(head);
  return error;
}

/* A walk over the entries of one month, or of all. */
typedef struct walk {
  const fm_sqlite_overflow *overflow;
  int64_t month; /* FM_NO_TIME: all */
  fm_sqlite_overflow_cb cb;
  void *ctx;
  size_t at; /* index of overflow->listed */
} walk;

static void give(walk *w, int64_t entry, int64_t published)
{
  int64_t month = fm_archive_month(published, w->overflow->upstream.sealed);
  if (w->month == FM_NO_TIME || w->month == month)
    w->cb(w->ctx, entry, published, month);
}

/* Gives the listed entries that come before this unlisted one. */
static void give_listed(walk *w, int64_t entry, int64_t published)
{
  for (; w->at < w->overflow->nlisted; w->at++) {
    const fm_shown *listed = &w->overflow->listed[w->at];
    if (listed->published < published || (listed->published == published && listed->entry < entry))
      return;
    give(w, listed->entry, listed->published);
  }
}

int fm_sqlite_overflow_walk(fm_sqlite *self, const fm_sqlite_overflow *overflow, int64_t month,
                            fm_sqlite_overflow_cb cb, void *ctx, fm_why *why)
{
  int got;
  walk w = {overflow, month, cb, ctx, 0};
  int64_t sealed = overflow->upstream.sealed, from = INT64_MIN,
          published = overflow->edge_published;
  int64_t entry = overflow->edge_entry;
  /* The month after the last sealed one also holds entries that came too late for theirs. */
  if (month != FM_NO_TIME && (sealed == FM_NO_TIME || month != fm_month_after(sealed)))
    from = month;
  if (month != FM_NO_TIME && fm_month_after(month) <= published) {
    published = fm_month_after(month);
    entry = INT64_MIN;
  }
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_OVERFLOW, "iiiii", overflow->upstream.id,
                                   sealed, published, entry, from);
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_step(self, row, why)) > 0) {
    give_listed(&w, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1));
    give(&w, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1));
  }
  give_listed(&w, INT64_MIN, INT64_MIN);
  return got;
}
