/* Archives (RFC 5005 section 4): what the feed document no longer shows, a month
 * each. The store keeps them and seals what is over; here they are found, put
 * between their neighbours and handed to the pool. Reading one fetches nothing. */
#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "mill/mill_internal.h"

#include <stdlib.h>

/* A month's way from the store to the pool. */
typedef struct making {
  page *page;
  month month;
  int64_t wanted;
} making;

static void lost(making *m, const char *reason)
{
  page *p = m->page;
  fm_mill *mill = p->mill;
  if (reason)
    fm_log(FM_LOG_ERROR, "an archive cannot be read", "page", p->key.ptr, "reason", reason, NULL);
  m->month.face->busy = false;
  m->month.face->lost = true;
  free(m);
  page_settle(p);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

static void on_month(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  making *m = ctx;
  page *p = m->page;
  fm_mill *mill = p->mill;
  if (error || !p->doc) {
    lost(m, error && error != FM_E_NOT_FOUND ? why->text : NULL);
    return;
  }
  m->month.doc = fm_doc_ref(memory->doc);
  m->month.changed = memory->meta.changed;
  render_archive(&m->month);
  free(m);
  p->busy--;
  mill_left(mill);
}

static void on_months(void *ctx, int error, const fm_why *why, const fm_archive *archives,
                      size_t count)
{
  making *m = ctx;
  bool found = false;
  m->month.prev = m->month.next = FM_NO_TIME;
  for (size_t i = 0; i < count; i++) {
    if (archives[i].month < m->wanted)
      m->month.prev = archives[i].month;
    else if (archives[i].month > m->wanted && m->month.next == FM_NO_TIME)
      m->month.next = archives[i].month;
    if (archives[i].month == m->wanted) {
      found = true;
      m->month.sealed = archives[i].sealed != FM_NO_TIME;
    }
  }
  if (error || !found)
    lost(m, error ? why->text : NULL);
  else
    fm_store_archive(m->page->mill->spec.store, m->page->key, m->wanted, 0, on_month, m);
}

void archive_make(face *f)
{
  page *p = f->view->page;
  making *m = FM_NEW(making);
  m->page = p;
  m->month.face = f;
  m->month.version = p->version;
  m->wanted = f->view->archive;
  f->busy = true;
  p->busy++;
  p->mill->open++;
  fm_store_archives(p->mill->spec.store, p->key, 0, on_months, m);
}

/* What feeds tell of archives; true if it is something else than before. */
static bool note_archives(page *p, const fm_archive *archives, size_t count)
{
  int64_t newest = count ? archives[count - 1].month : FM_NO_TIME;
  size_t remembered = 0;
  for (size_t i = 0; i < count; i++)
    remembered += archives[i].count;
  bool changed = newest != p->newest_archive || remembered != p->remembered;
  p->newest_archive = newest;
  p->remembered = remembered;
  return changed;
}

static void on_listed(void *ctx, int error, const fm_why *why, const fm_archive *archives,
                      size_t count)
{
  (void)why;
  page *p = ctx;
  fm_mill *mill = p->mill;
  if (!error && note_archives(p, archives, count))
    p->version++; /* faces that were made before are not of now */
  p->listing--;
  if (p->state == FM_PAGE_LOADING) {
    page_loaded(p);
  } else {
    render_page(p, true);
    page_settle(p);
  }
  p->busy--;
  page_release(p);
  mill_left(mill);
}

void archives_list(page *p)
{
  p->busy++;
  p->listing++;
  p->mill->open++;
  fm_store_archives(p->mill->spec.store, p->key, 0, on_listed, p);
}

static void on_sealed(void *ctx, int error, const fm_why *why, size_t count)
{
  (void)error, (void)why, (void)count;
  page *p = ctx;
  fm_mill *mill = p->mill;
  archives_list(p);
  p->listing--;
  p->busy--;
  mill_left(mill);
}

static int64_t month_of(int64_t time)
{
  fm_civil c = fm_date_to_civil(time);
  return fm_date_from_civil((fm_civil){c.year, c.month, 1, 0, 0, 0});
}

/* Months that are over by the clock, and by what the page shows: a page that is
 * still in August has more of August to come, whatever the clock says. */
static int64_t over_before(const page *p)
{
  int64_t newest = FM_NO_TIME;
  for (size_t i = 0; i < p->doc->feed.nentries; i++)
    if (p->doc->feed.entries[i].published > newest)
      newest = p->doc->feed.entries[i].published;
  int64_t now = fm_clock_wall();
  return newest == FM_NO_TIME ? FM_NO_TIME : month_of(newest < now ? newest : now);
}

void archives_look(page *p)
{
  int64_t before = p->doc ? over_before(p) : FM_NO_TIME;
  if (before == FM_NO_TIME)
    return;
  p->busy++;
  p->listing++;
  p->mill->open++;
  size_t most = p->limit ? p->limit : FM_MILL_ENTRIES;
  fm_store_seal(p->mill->spec.store, p->key, most, before, fm_clock_wall(), on_sealed, p);
}
