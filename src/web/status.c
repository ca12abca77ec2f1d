/* /status.atom: pages that broke or recovered, one entry for each outage.
 * Reading it never causes a fetch. */
#include "base/clock.h"
#include "base/date.h"
#include "base/str.h"
#include "feed/format.h"
#include "web/page.h"
#include "web/web.h"

/* "daily-papers /papers?q=x" as people call it: "papers?q=x". */
static fm_str name_of(const fm_outage *o)
{
  fm_str key = fm_str_of(o->page);
  const char *space = memchr(key.ptr, ' ', key.len);
  if (space && space[1] == '/' && space[2])
    return fm_str_of(space + 2);
  return key;
}

static fm_str title_of(const fm_outage *o, const char *began, const char *ended, fm_arena *arena)
{
  fm_str name = name_of(o);
  if (o->ended == FM_NO_TIME)
    return fm_arena_printf(arena, "%.*s: broke at %s, %s", FM_FMT(name), began, o->what);
  return fm_arena_printf(arena, o->taken ? "%.*s: taken as it is at %s, after a day of this: %s"
                                         : "%.*s: recovered at %s, after: %s",
                         FM_FMT(name), ended, o->what);
}

static void entry_of(const fm_outage *o, fm_str base, fm_arena *arena, fm_entry *e)
{
  char began[FM_DATE_ISO_LEN + 1], ended[FM_DATE_ISO_LEN + 1] = "";
  fm_date_iso(o->began, began);
  bool over = o->ended != FM_NO_TIME;
  if (over)
    fm_date_iso(o->ended, ended);
  fm_link *link = fm_arena_alloc(arena, sizeof *link);
  *link = (fm_link){.rel = FM_STR("alternate"), .href = fm_str_of(o->url), .type = FM_STR("text/html")};
  fm_buf id;
  fm_buf_init(&id, FM_BUF_MAX);
  fm_buf_addf(&id, "%.*s/status.atom#", FM_FMT(base));
  fm_buf_percent(&id, fm_str_of(o->page));
  fm_buf_addf(&id, "/%s", began);
  *e = (fm_entry){
    .id = fm_arena_str(arena, fm_buf_view(&id)),
    .title = title_of(o, began, ended, arena),
    .summary = fm_arena_printf(arena, "Broke at %s: %s%s%s", began, o->reason,
                               !over ? "" : o->taken ? ". Taken as it is at " : ". Recovered at ",
                               ended),
    .published = o->began,
    .updated = over ? o->ended : o->began,
    .links = link, .nlinks = 1,
  };
  fm_buf_deinit(&id);
}

fm_reply *fm_web_status(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)query;
  fm_arena arena = {0};
  size_t n;
  const fm_outage *outages = fm_mill_outages(web->mill, &n);
  fm_entry *entries = fm_arena_alloc(&arena, (n + 1) * sizeof *entries);
  for (size_t i = 0; i < n; i++)
    entry_of(&outages[n - 1 - i], miss->base, &arena, &entries[i]);
  fm_feed feed = {
    .id = fm_arena_printf(&arena, "%.*s/status.atom", FM_FMT(miss->base)),
    .title = FM_STR("feedmill: what broke and what recovered"),
    .author = {.name = FM_STR("feedmill")},
    .link = fm_arena_printf(&arena, "%.*s/", FM_FMT(miss->base)),
    .language = FM_STR("en"), .day = FM_NO_TIME, .entries = entries, .nentries = n,
  };
  fm_place place = {
    .self = fm_arena_printf(&arena, "%.*s%.*s", FM_FMT(miss->base), FM_FMT(miss->target)),
    .changed = web->started,
  };
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_atom_write(&feed, &place, &out);
  fm_arena_deinit(&arena);
  return fm_page_reply(&out, fm_formats[0].media_type);
}
