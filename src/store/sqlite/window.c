#include "store/sqlite/sqlite.h"

#include "store/order.h"

/* An entry that might be in the feed. */
typedef struct candidate {
  bool here;     /* on the page */
  bool archived; /* in a sealed one */
} candidate;

typedef struct candidates {
  fm_shown *shown; /* `entry` is a place in `is` until the end */
  candidate *is;
  int64_t *entry;
  size_t count;
} candidates;

static void push(candidates *all, int64_t entry, int64_t published, bool here, bool archived)
{
  size_t at = all->count++;
  all->shown[at] = (fm_shown){.entry = (int64_t)at, .published = published};
  all->is[at] = (candidate){here, archived};
  all->entry[at] = entry;
}

static int push_here(fm_sqlite *self, const fm_sqlite_page *page, candidates *all, fm_why *why)
{
  for (size_t i = 0; i < page->nhere; i++) {
    sqlite3_stmt *row = fm_sql_ask(self, why, FM_SQL_MEMBER, "ii", page->here[i], page->id);
    if (!row)
      return FM_E_IO;
    int got = fm_sql_next(self, row, why);
    if (got < 0)
      return got;
    if (got == 0)
      continue;
    int64_t archive = fm_sql_time(row, 2);
    push(all, page->here[i], sqlite3_column_int64(row, 0), true,
         archive != FM_NO_TIME && page->sealed != FM_NO_TIME && archive <= page->sealed);
    sqlite3_reset(row);
  }
  return 0;
}

static int push_left(fm_sqlite *self, int64_t page, size_t most, candidates *all, fm_why *why)
{
  int got;
  sqlite3_stmt *row = fm_sql_ask(self, why, FM_SQL_LEFT, "ii", page, (int64_t)most);
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_next(self, row, why)) > 0)
    push(all, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), false, false);
  return got;
}

/* Cuts the feed off: those that left and are in it are the newest of theirs, so
 * one edge tells them from the others. */
static void cut(const candidates *all, size_t most, fm_arena *arena, fm_sqlite_rest *rest)
{
  rest->here = fm_arena_alloc(arena, (all->count + 1) * sizeof *rest->here);
  rest->edge_published = rest->edge_entry = rest->oldest = INT64_MAX;
  for (size_t i = 0; i < all->count; i++) {
    size_t at = (size_t)all->shown[i].entry;
    if (!all->is[at].here && i < most) {
      rest->edge_published = rest->oldest = all->shown[i].published;
      rest->edge_entry = all->entry[at];
    } else if (all->is[at].here && i >= most && !all->is[at].archived) {
      rest->here[rest->nhere++] = (fm_shown){.entry = all->entry[at],
                                             .published = all->shown[i].published};
    }
  }
  fm_shown_sort(rest->here, rest->nhere);
}

int fm_sqlite_rest_find(fm_sqlite *self, fm_str key, size_t most, fm_arena *arena,
                        fm_sqlite_rest *rest, fm_why *why)
{
  fm_doc *head;
  candidates all = {NULL, NULL, NULL, 0};
  most = most < FM_STORE_FEED_MAX ? most : FM_STORE_FEED_MAX;
  *rest = (fm_sqlite_rest){.here = NULL};
  int error = fm_sqlite_page_get(self, key, arena, &rest->page, why);
  if (!error)
    error = fm_sqlite_page_doc(self, &rest->page, &head, why);
  if (error)
    return error;
  size_t room = rest->page.nhere + most + 1;
  all.shown = fm_arena_alloc(arena, room * sizeof *all.shown);
  all.is = fm_arena_alloc(arena, room * sizeof *all.is);
  all.entry = fm_arena_alloc(arena, room * sizeof *all.entry);
  error = push_here(self, &rest->page, &all, why);
  if (!error)
    error = push_left(self, rest->page.id, most, &all, why);
  if (!error && head->feed.order == FM_ORDER_PUBLISHED)
    fm_shown_sort(all.shown, all.count);
  if (!error)
    cut(&all, most, arena, rest);
  fm_doc_unref(head);
  return error;
}

/* Which of them are of the month that is asked for. */
typedef struct walk {
  const fm_sqlite_rest *rest;
  int64_t month; /* FM_NO_TIME: all */
  fm_sqlite_rest_cb cb;
  void *ctx;
  size_t at; /* in rest->here */
} walk;

static void give(walk *w, int64_t entry, int64_t published)
{
  int64_t month = fm_archive_month(published, w->rest->page.sealed);
  if (w->month == FM_NO_TIME || w->month == month)
    w->cb(w->ctx, entry, published, month);
}

/* Those on the page that come before one that left. */
static void give_here(walk *w, int64_t entry, int64_t published)
{
  for (; w->at < w->rest->nhere; w->at++) {
    const fm_shown *here = &w->rest->here[w->at];
    if (here->published < published || (here->published == published && here->entry < entry))
      return;
    give(w, here->entry, here->published);
  }
}

int fm_sqlite_rest_walk(fm_sqlite *self, const fm_sqlite_rest *rest, int64_t month,
                        fm_sqlite_rest_cb cb, void *ctx, fm_why *why)
{
  int got;
  walk w = {rest, month, cb, ctx, 0};
  int64_t sealed = rest->page.sealed, from = INT64_MIN, published = rest->edge_published;
  int64_t entry = rest->edge_entry;
  /* The month after the last sealed takes what came too late for those before. */
  if (month != FM_NO_TIME && (sealed == FM_NO_TIME || month != fm_month_after(sealed)))
    from = month;
  if (month != FM_NO_TIME && fm_month_after(month) <= published) {
    published = fm_month_after(month);
    entry = INT64_MIN;
  }
  sqlite3_stmt *row = fm_sql_ask(self, why, FM_SQL_REST, "iiiii", rest->page.id, sealed, published,
                                 entry, from);
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_next(self, row, why)) > 0) {
    give_here(&w, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1));
    give(&w, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1));
  }
  give_here(&w, INT64_MIN, INT64_MIN);
  return got;
}
