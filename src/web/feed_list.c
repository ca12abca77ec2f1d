/* Lists the feeds of a catalog, for the index and for OPML. */
#include "web/feed_list.h"

#include "base/clock.h"
#include "base/str.h"
#include "feed/opml.h"
#include "web/html.h"

static const fm_listed_feed papers[] = {
  {{"Daily Papers", 12}, {"/papers", 7}},
  {{"Daily Papers: this week", 23}, {"/papers/week", 12}},
  {{"Daily Papers: this month", 24}, {"/papers/month", 13}},
  {{"Daily Papers: trending", 22}, {"/papers/trending", 16}},
};
enum { PAPERS = sizeof papers / sizeof *papers };

const fm_listed_feed *fm_feed_list(const fm_catalog *catalog, fm_arena *arena, size_t *count)
{
  const fm_catalog_spec *spec = fm_catalog_get(catalog);
  fm_listed_feed *all = fm_arena_alloc(arena, (spec->nfeeds + PAPERS) * sizeof *all);
  size_t n = 0;
  for (size_t i = 0; i < spec->nfeeds; i++) {
    const fm_catalog_feed *f = &spec->feeds[i];
    all[n++] = (fm_listed_feed){f->title.len ? f->title : f->name,
                          fm_arena_printf(arena, "/feeds/%.*s", FM_FMT(f->name))};
  }
  for (size_t i = 0; i < PAPERS; i++)
    all[n++] = papers[i];
  for (size_t i = 0; i < n; i++)
    all[i].address = fm_catalog_add_key(catalog, all[i].address, arena);
  *count = n;
  return all;
}

/* Returns true if the feed's name alone addresses it: recipes with placeholders need more. */
static bool is_whole(const fm_catalog *catalog, fm_str name, fm_arena *arena)
{
  fm_feed_request want;
  return fm_catalog_resolve_name(catalog, name, fm_clock_wall(), arena, &want, NULL) == FM_OK;
}

int fm_feed_list_opml(const fm_catalog *catalog, fm_str base, fm_buf *out)
{
  fm_arena arena = {0};
  size_t n;
  const fm_listed_feed *all = fm_feed_list(catalog, &arena, &n);
  const fm_catalog_spec *spec = fm_catalog_get(catalog);
  n = spec->nfeeds ? spec->nfeeds : 1; /* with nothing configured, Daily Papers itself */
  fm_outline *outlines = fm_arena_alloc(&arena, n * sizeof *outlines);
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (!spec->nfeeds || is_whole(catalog, spec->feeds[i].name, &arena))
      outlines[count++] = (fm_outline){
        .title = all[i].title,
        .xml_url = fm_address_in(&arena, base, all[i].address, ".atom"),
        .html_url = fm_address_in(&arena, base, all[i].address, ""),
      };
  int rc = fm_opml_write(FM_STR("feedmill"), outlines, count, out);
  fm_arena_deinit(&arena);
  return rc;
}
