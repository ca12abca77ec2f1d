/* Seals months that are over and finds the newest archive. The store keeps the archives. */
#include "mill/upstream_archives.h"

#include "base/date.h"
#include "base/mem.h"

#include <stdlib.h>

typedef struct lookup {
  fm_upstream *upstream;
  void (*done)(fm_upstream *u);
} lookup;

static lookup *lookup_new(fm_upstream *u, void (*done)(fm_upstream *u))
{
  lookup *l = FM_NEW(lookup);
  *l = (lookup){.upstream = u, .done = done};
  fm_upstream_hold(u);
  fm_response_set_archives_begin(u->responses);
  return l;
}

static void note(fm_copy *copy, const fm_archive *archives, size_t count)
{
  int64_t newest = count ? archives[count - 1].month : FM_NO_TIME;
  size_t archived = 0;
  for (size_t i = 0; i < count; i++)
    archived += archives[i].count;
  if (newest != copy->newest_archive || archived != copy->archived)
    copy->version++; /* responses name the archives */
  copy->newest_archive = newest;
  copy->archived = archived;
}

static void on_listed(void *ctx, int error, const fm_why *why, const fm_archive *archives,
                      size_t count)
{
  (void)why;
  lookup *l = ctx;
  fm_upstream *u = l->upstream;
  void (*done)(fm_upstream *) = l->done;
  if (!error)
    note(&u->copy, archives, count);
  free(l);
  fm_response_set_archives_end(u->responses);
  done(u);
  fm_upstream_drop(u);
}

static void list(lookup *l)
{
  const fm_upstream *u = l->upstream;
  fm_store_archives(u->env->store, u->key, 0, on_listed, l);
}

void fm_upstream_list_archives(fm_upstream *u, void (*done)(fm_upstream *u))
{
  list(lookup_new(u, done));
}

static void on_sealed(void *ctx, int error, const fm_why *why, size_t count)
{
  (void)error, (void)why, (void)count;
  list(ctx);
}

static int64_t month_of(int64_t time)
{
  fm_civil c = fm_date_to_civil(time);
  return fm_date_from_civil((fm_civil){c.year, c.month, 1, 0, 0, 0});
}

/* Months that are over by the clock and by what the upstream shows: one that is still in
 * August has more of August to come. FM_NO_TIME: no entry has a date. */
static int64_t over_before(const fm_upstream *u)
{
  const fm_feed *feed = &u->copy.doc->feed;
  int64_t newest = FM_NO_TIME, now = fm_env_wall(u->env);
  for (size_t i = 0; i < feed->nentries; i++)
    if (feed->entries[i].published > newest)
      newest = feed->entries[i].published;
  return newest == FM_NO_TIME ? FM_NO_TIME : month_of(newest < now ? newest : now);
}

void fm_upstream_seal_archives(fm_upstream *u, void (*done)(fm_upstream *u))
{
  int64_t before = u->copy.doc ? over_before(u) : FM_NO_TIME;
  size_t limit = fm_response_set_limit(u->responses);
  if (before == FM_NO_TIME) {
    done(u);
    return;
  }
  fm_store_seal(u->env->store, u->key, limit ? limit : FM_MILL_ENTRIES, before,
                fm_env_wall(u->env), on_sealed, lookup_new(u, done));
}
