/* /status.atom and other formats: upstreams that broke or recovered, one entry for each outage.
 * Never causes a fetch. */
#include "base/clock.h"
#include "base/date.h"
#include "base/map.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/filter.h"
#include "feed/format.h"
#include "web/html.h"
#include "web/preview.h"
#include "web/web.h"

/* Names of configured feeds by the keys of their upstreams. */
typedef struct names {
  fm_map of;
  const fm_catalog_feed *feed; /* the feed being visited */
} names;

static void take_name(void *ctx, const fm_upstream_info *info)
{
  names *n = ctx;
  if (!fm_map_get(&n->of, info->key))
    fm_map_put(&n->of, info->key, (void *)n->feed);
}

static void take_names(const fm_web *web, fm_arena *arena, names *n)
{
  const fm_catalog_spec *spec = fm_catalog_get(web->catalog);
  for (size_t i = 0; i < spec->nfeeds; i++) {
    fm_feed_request want;
    n->feed = &spec->feeds[i];
    if (!fm_catalog_resolve_name(web->catalog, n->feed->name, fm_clock_wall(), arena, &want, NULL))
      fm_mill_upstream(web->mill, &want, take_name, n);
  }
}

/* The display name of an upstream: "daily-papers /papers?q=x" is "papers?q=x"; others have the
 * name of a feed that uses them. */
static fm_str name_of(const fm_outage *o, const names *n)
{
  fm_str key = fm_str_of(o->upstream);
  const char *space = memchr(key.ptr, ' ', key.len);
  if (space && space[1] == '/' && space[2])
    return fm_str_of(space + 2);
  const fm_catalog_feed *feed = fm_map_get(&n->of, key);
  return feed ? feed->name : key;
}

static fm_str title_of(const fm_outage *o, fm_str name, const char *began, const char *ended,
                       fm_arena *arena)
{
  if (o->ended == FM_NO_TIME)
    return fm_arena_printf(arena, "%.*s: broke at %s, %s", FM_FMT(name), began, o->what);
  return fm_arena_printf(arena, o->accepted ? "%.*s: taken as it is at %s, after a day of this: %s"
                                         : "%.*s: recovered at %s, after: %s",
                         FM_FMT(name), ended, o->what);
}

static void entry_of(const fm_outage *o, fm_str name, fm_str base, fm_arena *arena, fm_entry *e)
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
  fm_buf_percent(&id, fm_str_of(o->upstream));
  fm_buf_addf(&id, "/%s", began);
  *e = (fm_entry){
    .id = fm_arena_str(arena, fm_buf_view(&id)),
    .title = title_of(o, name, began, ended, arena),
    .summary = fm_arena_printf(arena, "Broke at %s: %s%s%s", began, o->reason,
                               !over ? "" : o->accepted ? ". Taken as it is at " : ". Recovered at ",
                               ended),
    .published = o->began,
    .updated = over ? o->ended : o->began,
    .links = link, .nlinks = 1,
  };
  fm_buf_deinit(&id);
}

/* Parses the query: the key, and filters as for any feed. */
static int take_query(const fm_web *web, fm_str query, fm_arena *arena, fm_filter *filter, fm_why *why)
{
  fm_str name, value, key = {"", 0};
  int rc;
  while ((rc = fm_query_next(&query, arena, &name, &value)) > 0) {
    if (fm_str_is(name, "key")) {
      key = value;
      continue;
    }
    rc = fm_filter_set(filter, arena, name, value, why);
    if (rc == FM_E_NOT_FOUND)
      return fm_fail(why, FM_E_BAD_ADDRESS, "unknown parameter \"%.*s\"", FM_FMT(name));
    if (rc)
      return rc;
  }
  if (rc < 0)
    return fm_fail(why, FM_E_BAD_ADDRESS, "malformed query: \"%.*s\"", FM_FMT(name));
  return fm_web_authorize(web, key, why);
}

static void feed_of(const fm_web *web, fm_str base, fm_arena *arena, fm_feed *feed)
{
  size_t n;
  const fm_outage *outages = fm_mill_outages(web->mill, &n);
  fm_entry *entries = fm_arena_alloc(arena, (n + 1) * sizeof *entries);
  names called = {0};
  if (n)
    take_names(web, arena, &called);
  for (size_t i = 0; i < n; i++) {
    const fm_outage *o = &outages[n - 1 - i];
    entry_of(o, name_of(o, &called), base, arena, &entries[i]);
  }
  fm_map_deinit(&called.of);
  fm_str home = fm_catalog_add_key(web->catalog, FM_STR("/"), arena);
  fm_person *author = fm_arena_alloc(arena, sizeof *author);
  author->name = FM_STR("feedmill");
  *feed = (fm_feed){
    .id = fm_arena_printf(arena, "%.*s/status.atom", FM_FMT(base)),
    .title = FM_STR("feedmill: what broke and what recovered"),
    .subtitle = FM_STR("One entry for each time that a page stopped coming. None: all is well."),
    .authors = author, .nauthors = 1,
    .link = fm_arena_printf(arena, "%.*s%.*s", FM_FMT(base), FM_FMT(home)),
    .language = FM_STR("en"), .day = FM_NO_TIME, .entries = entries, .nentries = n,
  };
}

/* "/status.rss" is rss; without an ending, HTML. */
static const fm_format *format_of(fm_str target)
{
  fm_str path;
  fm_str_cut(&target, '?', &path);
  for (const fm_format *f = fm_formats; f->name; f++)
    if (fm_str_ends(path, fm_str_of(f->name)))
      return f;
  return &fm_preview_format;
}

fm_reply *fm_web_status(fm_web *web, fm_miss *miss, fm_str query)
{
  fm_arena arena = {0};
  fm_filter filter = {0};
  fm_why why = {0};
  int rc = take_query(web, query, &arena, &filter, &why);
  if (rc) {
    fm_arena_deinit(&arena);
    return fm_web_error_reply(rc, &why);
  }
  fm_feed all, shown;
  feed_of(web, miss->base, &arena, &all);
  fm_view view = fm_view_of(&filter, 1);
  fm_view_apply_at(&view, fm_clock_wall(), &all, &arena, &shown);
  fm_publication place = {
    .self = fm_arena_printf(&arena, "%.*s%.*s", FM_FMT(miss->base), FM_FMT(miss->target)),
    .home = fm_arena_printf(&arena, "%.*s/", FM_FMT(miss->base)),
    .changed = web->started,
  };
  const fm_format *format = format_of(miss->target);
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  format->write(&shown, &place, &out);
  fm_reply *reply = fm_web_reply_validated(&out, format->media_type, fm_feed_updated(&all, web->started));
  fm_arena_deinit(&arena);
  return reply;
}
