#include "web/offer.h"

#include "base/str.h"
#include "feed/opml.h"
#include "web/page.h"

static const fm_offer papers[] = {
  {{"Daily Papers", 12}, {"/papers", 7}},
  {{"Daily Papers: this week", 23}, {"/papers/week", 12}},
  {{"Daily Papers: this month", 24}, {"/papers/month", 13}},
  {{"Daily Papers: trending", 22}, {"/papers/trending", 16}},
};
enum { PAPERS = sizeof papers / sizeof *papers };

const fm_offer *fm_offers(const fm_catalog *catalog, fm_arena *arena, size_t *count)
{
  const fm_catalog_spec *spec = fm_catalog_get(catalog);
  fm_offer *all = fm_arena_alloc(arena, (spec->nfeeds + PAPERS) * sizeof *all);
  size_t n = 0;
  for (size_t i = 0; i < spec->nfeeds; i++) {
    const fm_catalog_feed *f = &spec->feeds[i];
    all[n++] = (fm_offer){f->title.len ? f->title : f->name,
                          fm_arena_printf(arena, "/feeds/%.*s", FM_FMT(f->name))};
  }
  for (size_t i = 0; i < PAPERS; i++)
    all[n++] = papers[i];
  for (size_t i = 0; i < n; i++)
    all[i].address = fm_catalog_keyed(catalog, all[i].address, arena);
  *count = n;
  return all;
}

int fm_offers_opml(const fm_catalog *catalog, fm_str base, fm_buf *out)
{
  fm_arena arena = {0};
  size_t n;
  const fm_offer *all = fm_offers(catalog, &arena, &n);
  size_t configured = fm_catalog_get(catalog)->nfeeds;
  n = configured ? configured : 1; /* with nothing configured, Daily Papers itself */
  fm_outline *outlines = fm_arena_alloc(&arena, n * sizeof *outlines);
  for (size_t i = 0; i < n; i++)
    outlines[i] = (fm_outline){
      .title = all[i].title,
      .xml_url = fm_address_in(&arena, base, all[i].address, ".atom"),
      .html_url = fm_address_in(&arena, base, all[i].address, ""),
    };
  int rc = fm_opml_write(FM_STR("feedmill"), outlines, n, out);
  fm_arena_deinit(&arena);
  return rc;
}
