/* What the mill has to remember of itself: outages, hosts that asked to be left
 * alone, and how pages of several lists were had. The store knows pages and
 * entries only, so these are pages that no address leads to, with an entry for each
 * outage, each host and each page; every home has them, and feedmills that share
 * one share them.
 *
 * A failing store says so where pages are written; here it only means that a
 * restart forgets. */
#include "base/clock.h"
#include "base/date.h"
#include "base/str.h"
#include "mill/mill_internal.h"

#define OUTAGES FM_STR("feedmill outages")
#define HOSTS FM_STR("feedmill hosts")
#define TRAILS FM_STR("feedmill trails")

enum { HOSTS_MAX = 256 };

static void on_written(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)error, (void)why, (void)memory;
  mill_left(ctx);
}

static void write_entry(fm_mill *mill, fm_str key, const fm_entry *entry)
{
  fm_doc *doc = fm_doc_new();
  fm_upstream_meta meta = {.url = key, .fetched = fm_clock_wall(), .changed = FM_NO_TIME,
                       .read = FM_NO_TIME, .next_try = FM_NO_TIME};
  fm_entry *copy = fm_arena_alloc(&doc->arena, sizeof *copy);
  fm_entry_copy(&doc->arena, entry, copy);
  doc->feed.id = doc->feed.title = key;
  doc->feed.entries = copy;
  doc->feed.nentries = 1;
  mill->open++;
  fm_store_merge(mill->spec.store, key, &meta, doc, on_written, mill);
  fm_doc_unref(doc);
}

static int64_t number_of(const fm_entry *e, const char *name)
{
  double value;
  return fm_entry_number(e, fm_str_of(name), &value) && value > 0 && value < 1e15
             ? (int64_t)value : FM_NO_TIME;
}

/* Outages ---------------------------------------------------------------------------- */

void own_outage(fm_mill *mill, const fm_outage *o)
{
  char began[FM_DATE_ISO_LEN + 1];
  fm_date_iso(o->began, began);
  fm_arena arena = {0};
  fm_link link = {.rel = FM_STR("alternate"), .href = fm_str_of(o->url)};
  fm_number ended = {FM_STR("ended"), (double)o->ended};
  /* a category each: a number never falls again */
  fm_category how[] = {{.term = fm_str_of(fm_oddity_name(o->odd))},
                       {.term = o->taken ? FM_STR("taken") : FM_STR("as it was")}};
  fm_entry entry = {
    .id = fm_arena_printf(&arena, "%s at %s", o->page, began),
    .title = fm_str_of(o->page), .summary = fm_str_of(o->reason), .rights = fm_str_of(o->what),
    .published = o->began, .updated = o->began,
    .links = &link, .nlinks = 1, .numbers = &ended, .nnumbers = o->ended != FM_NO_TIME,
    .categories = how, .ncategories = 2,
  };
  write_entry(mill, OUTAGES, &entry);
  fm_arena_deinit(&arena);
}

/* Texts end in NUL for an fm_outage. */
static char *text_of(fm_arena *arena, fm_str text)
{
  return (char *)fm_arena_str(arena, text).ptr;
}

static void learn_outage(fm_mill *mill, const fm_entry *e)
{
  fm_arena arena = {0};
  fm_outage o = {
    .page = text_of(&arena, e->title), .reason = text_of(&arena, e->summary),
    .what = text_of(&arena, e->rights),
    .url = text_of(&arena, e->nlinks ? e->links[0].href : (fm_str){0}),
    .began = e->published, .ended = number_of(e, "ended"),
  };
  if (e->ncategories)
    o.odd = fm_oddity_named(e->categories[0].term);
  if (e->ncategories > 1)
    o.taken = fm_str_is(e->categories[1].term, "taken");
  outage_learn(mill, &o);
  fm_arena_deinit(&arena);
}

static void on_outages(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)error, (void)why;
  fm_mill *mill = ctx;
  for (size_t i = 0; memory && memory->doc && i < memory->doc->feed.nentries; i++)
    learn_outage(mill, &memory->doc->feed.entries[i]);
  mill_left(mill);
}

/* Hosts -------------------------------------------------------------------------------- */

void own_stop(fm_mill *mill, fm_str origin, int64_t seconds)
{
  int64_t now = fm_clock_wall();
  fm_number until = {FM_STR("until"), (double)(now + seconds)};
  fm_entry entry = {.id = origin, .title = origin, .published = now, .updated = now,
                    .numbers = &until, .nnumbers = 1};
  write_entry(mill, HOSTS, &entry);
}

static void on_hosts(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)error, (void)why;
  fm_mill *mill = ctx;
  int64_t now = fm_clock_wall();
  for (size_t i = 0; memory && memory->doc && i < memory->doc->feed.nentries; i++) {
    const fm_entry *e = &memory->doc->feed.entries[i];
    int64_t until = number_of(e, "until");
    if (until > now && !mill->closing)
      fm_fetcher_block(mill->spec.fetcher, e->id, until - now);
  }
  mill_left(mill);
}

/* Trails ------------------------------------------------------------------------------- */

void own_trail(fm_mill *mill, fm_str key, fm_str trail)
{
  fm_entry entry = {.id = key, .title = key, .content = trail, .published = fm_clock_wall(),
                    .updated = FM_NO_TIME};
  write_entry(mill, TRAILS, &entry);
}

void own_trail_read(fm_mill *mill, fm_str key, fm_store_cb cb, void *ctx)
{
  fm_doc *doc = fm_doc_new();
  fm_entry *entry = fm_arena_alloc(&doc->arena, sizeof *entry);
  entry->id = fm_arena_str(&doc->arena, key);
  doc->feed.entries = entry;
  doc->feed.nentries = 1;
  fm_store_load_entries(mill->spec.store, TRAILS, doc, cb, ctx);
  fm_doc_unref(doc);
}

/* ----------------------------------------------------------------------------------------- */

static void load_outages(fm_mill *mill)
{
  mill->open++;
  fm_store_load(mill->spec.store, OUTAGES, FM_MILL_OUTAGES, on_outages, mill);
}

static void load_hosts(fm_mill *mill)
{
  mill->open++;
  fm_store_load(mill->spec.store, HOSTS, HOSTS_MAX, on_hosts, mill);
}

/* Before any page is: jobs of the store are done in their order. */
void own_load(fm_mill *mill)
{
  load_outages(mill);
  load_hosts(mill);
}

bool own_changed(fm_mill *mill, fm_str key)
{
  if (fm_str_eq(key, OUTAGES))
    load_outages(mill);
  else if (fm_str_eq(key, HOSTS))
    load_hosts(mill);
  else
    return fm_str_eq(key, TRAILS);
  return true;
}
