/* Looks up addresses among the configured feeds, and makes requests of those that are not. */
#include "mill/catalog.h"

#include "base/date.h"
#include "base/map.h"
#include "base/str.h"
#include "base/url.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { PARAMS_MAX = 16 };

struct fm_catalog {
  atomic_uint refs;
  fm_arena arena;
  fm_catalog_spec spec;
  fm_map by_name; /* -> fm_catalog_feed, in spec.feeds */
};

static fm_param *copy_options(fm_arena *arena, const fm_param *from, size_t count, fm_param *to)
{
  for (size_t i = 0; i < count; i++)
    *to++ = (fm_param){fm_arena_str(arena, from[i].name), fm_arena_str(arena, from[i].value)};
  return to;
}

/* Its own, then those of all: who looks for a name finds its own first. */
static void copy_own(fm_arena *arena, const fm_catalog_spec *spec, const fm_catalog_feed *from,
                     fm_catalog_feed *to)
{
  to->noptions = from->noptions + spec->noptions;
  fm_param *options = fm_arena_alloc(arena, (to->noptions + 1) * sizeof *options);
  fm_param *rest = copy_options(arena, from->options, from->noptions, options);
  copy_options(arena, spec->options, spec->noptions, rest);
  to->options = options;
  fm_str *command = fm_arena_alloc(arena, (from->ncommand + 1) * sizeof *command);
  for (size_t i = 0; i < from->ncommand; i++)
    command[i] = fm_arena_str(arena, from->command[i]);
  to->command = command;
  to->ncommand = from->ncommand;
}

static const fm_catalog_feed *copy_feeds(fm_catalog *c, const fm_catalog_spec *spec)
{
  fm_catalog_feed *feeds = fm_arena_alloc(&c->arena, (spec->nfeeds + 1) * sizeof *feeds);
  for (size_t i = 0; i < spec->nfeeds; i++) {
    const fm_catalog_feed *from = &spec->feeds[i];
    feeds[i] = (fm_catalog_feed){
      .name = fm_arena_str(&c->arena, from->name),
      .title = fm_arena_str(&c->arena, from->title),
      .source = fm_arena_str(&c->arena, from->source.len ? from->source : FM_STR("daily-papers")),
      .path = fm_arena_str(&c->arena, from->path),
      .refresh = from->refresh,
      .filter = fm_filter_copy(&c->arena, &from->filter),
    };
    copy_own(&c->arena, spec, from, &feeds[i]);
    fm_map_put(&c->by_name, feeds[i].name, &feeds[i]);
  }
  return feeds;
}

fm_catalog *fm_catalog_new(const fm_catalog_spec *spec)
{
  fm_catalog *c = FM_NEW(fm_catalog);
  atomic_init(&c->refs, 1);
  c->spec = *spec;
  fm_registry_ref((fm_registry *)spec->registry);
  c->spec.feeds = copy_feeds(c, spec);
  fm_param *options = fm_arena_alloc(&c->arena, (spec->noptions + 1) * sizeof *options);
  copy_options(&c->arena, spec->options, spec->noptions, options);
  c->spec.options = options;
  c->spec.access_key = fm_arena_str(&c->arena, spec->access_key);
  return c;
}

fm_catalog *fm_catalog_ref(fm_catalog *catalog)
{
  atomic_fetch_add(&catalog->refs, 1);
  return catalog;
}

void fm_catalog_unref(fm_catalog *catalog)
{
  if (!catalog || atomic_fetch_sub(&catalog->refs, 1) != 1)
    return;
  fm_map_deinit(&catalog->by_name);
  fm_registry_unref((fm_registry *)catalog->spec.registry);
  fm_arena_deinit(&catalog->arena);
  free(catalog);
}

const fm_catalog_spec *fm_catalog_get(const fm_catalog *catalog) { return &catalog->spec; }

bool fm_catalog_admits(const fm_catalog *catalog, fm_str key)
{
  fm_str secret = catalog->spec.access_key;
  unsigned char differs = key.len != secret.len;
  for (size_t i = 0; i < secret.len; i++)
    differs |= (unsigned char)((i < key.len ? key.ptr[i] : 0) ^ secret.ptr[i]);
  return !secret.len || !differs;
}

fm_str fm_catalog_add_key(const fm_catalog *catalog, fm_str target, fm_arena *arena)
{
  fm_str secret = catalog->spec.access_key;
  if (!secret.len)
    return target;
  fm_buf out;
  fm_buf_init(&out, FM_URL_MAX);
  fm_buf_str(&out, target);
  fm_buf_text(&out, memchr(target.ptr, '?', target.len) ? "&key=" : "?key=");
  fm_buf_percent(&out, secret);
  fm_str keyed = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return keyed;
}

/* An address in its parts: path decoded and less the format's ending, filters
 * apart from what is the source's own. */
typedef struct parts {
  fm_str path, key;
  const fm_format *format;
  int64_t archive;
  bool configured; /* a person wrote it into the configuration */
  bool filtered;
  fm_filter filter;
  fm_param params[PARAMS_MAX];
  size_t nparams;
} parts;

/* An address may ask for words and bounds, which are views of what is there. What takes
 * a clock or moves entries about is for whoever runs this to say. */
static bool only_configured(fm_str name)
{
  return fm_str_is(name, "sort") || fm_str_is(name, "max_age") || fm_str_is(name, "dedupe");
}

static int take_param(parts *p, fm_arena *arena, fm_str name, fm_str value, fm_why *why)
{
  if (fm_str_is(name, "key")) {
    p->key = value;
    return FM_OK;
  }
  int rc = FM_E_NOT_FOUND;
  if (p->configured || !only_configured(name))
    rc = fm_filter_set(&p->filter, arena, name, value, why);
  p->filtered |= rc == FM_OK;
  if (rc != FM_E_NOT_FOUND)
    return rc;
  for (size_t i = 0; i < p->nparams; i++)
    if (fm_str_eq(p->params[i].name, name))
      return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: given twice", FM_FMT(name));
  if (p->nparams == PARAMS_MAX)
    return fm_fail(why, FM_E_BAD_ADDRESS, "more than %d parameters", PARAMS_MAX);
  p->params[p->nparams++] = (fm_param){name, value};
  return FM_OK;
}

static int cut_query(fm_str query, fm_arena *arena, parts *p, fm_why *why)
{
  fm_str name, value;
  int rc;
  while ((rc = fm_query_next(&query, arena, &name, &value)) > 0)
    if ((rc = take_param(p, arena, name, value, why)))
      return rc;
  if (rc < 0)
    return fm_fail(why, rc, "malformed query: \"%.*s\"", FM_FMT(name));
  return FM_OK;
}

static int cut_address(fm_str target, fm_arena *arena, parts *p, fm_why *why)
{
  const char *mark = memchr(target.ptr, '?', target.len);
  fm_str path = mark ? fm_str_span(target.ptr, mark) : target;
  fm_str query = mark ? fm_str_from(target, path.len + 1) : (fm_str){"", 0};
  if (fm_url_decode(path, false, arena, &p->path))
    return fm_fail(why, FM_E_BAD_ADDRESS, "malformed address");
  return cut_query(query, arena, p, why);
}

static void cut_ending(parts *p, const fm_format *plain)
{
  p->format = plain;
  for (const fm_format *f = fm_formats; f->name; f++) {
    size_t len = strlen(f->name);
    if (p->path.len > len + 1 && p->path.ptr[p->path.len - len - 1] == '.' &&
        fm_str_ends(p->path, fm_str_of(f->name))) {
      p->format = f;
      p->path.len -= len + 1;
      return;
    }
  }
}

/* "/papers/archive/2026-08" is the archive of August 2026 of "/papers". */
static int cut_archive(parts *p, fm_why *why)
{
  static const char mark[] = "/archive/";
  const char *at = NULL, *next = p->path.ptr;
  while ((next = fm_str_find(fm_str_span(next, p->path.ptr + p->path.len), fm_str_of(mark))))
    at = next++; /* the last one */
  if (!at)
    return FM_OK;
  fm_str month = fm_str_from(p->path, (size_t)(at - p->path.ptr) + strlen(mark));
  if (!fm_date_parse_month(month, &p->archive))
    return fm_fail(why, FM_E_BAD_ADDRESS, "archive: \"%.*s\" is not a month (YYYY-MM)", FM_FMT(month));
  p->path.len = (size_t)(at - p->path.ptr);
  return FM_OK;
}

static int plan(const fm_catalog *c, fm_str source, const parts *p, int64_t now, fm_arena *arena,
                fm_feed_request *request, fm_why *why)
{
  int rc = fm_registry_lookup(c->spec.registry, source, &request->source, why);
  if (rc)
    return rc;
  fm_param *params = fm_arena_alloc(arena, (p->nparams + 1) * sizeof *params);
  memcpy(params, p->params, p->nparams * sizeof *params);
  fm_plan_request ask = {
    .size = sizeof ask, .path = p->path, .params = params, .nparams = p->nparams,
    .options = request->options, .noptions = request->noptions, .now = now,
  };
  if (fm_recipe_of(request->source)) /* where the values came from makes no other page of it */
    request->noptions = 0;
  request->ask = ask;
  return fm_source_plan(request->source, &ask, arena, &request->plan, why);
}

static void set_limit(const fm_catalog *c, fm_feed_request *request)
{
  request->limit = c->spec.limit ? c->spec.limit : FM_FILTER_LIMIT_MAX;
  for (size_t i = 0; i < request->nfilters; i++) {
    if (request->filters[i].limit)
      request->limit = request->filters[i].limit;
    request->filters[i].limit = 0; /* the last one counts, and is not part of what is filtered */
  }
}

/* Daily Papers' numbers are known: a misspelt one is an unknown parameter there. What
 * other sources give, only their pages tell. */
static int check_numbers(const fm_source *source, const fm_filter *filter, fm_why *why)
{
  fm_str other = fm_filter_other_number(filter);
  if (source != &fm_daily_papers || !other.len)
    return FM_OK;
  return fm_fail(why, FM_E_BAD_ADDRESS,
                 "unknown number \"%.*s\"; upvotes, comments and stars are known", FM_FMT(other));
}

/* A feed's address is the one configured, or one below it, with parameters of its own:
 * then it is one that nobody configured, which goes when room is needed. */
static int below(const parts *asked, fm_str steps, fm_arena *arena, parts *own, fm_feed_request *request,
                 fm_why *why)
{
  if (!steps.len && !asked->nparams)
    return FM_OK;
  request->name = request->title = (fm_str){NULL, 0};
  own->configured = false;
  while (own->path.len && own->path.ptr[own->path.len - 1] == '/')
    own->path.len--;
  own->path = fm_arena_printf(arena, "%.*s/%.*s", FM_FMT(own->path), FM_FMT(steps));
  for (size_t i = 0; i < asked->nparams; i++) {
    int rc = take_param(own, arena, asked->params[i].name, asked->params[i].value, why);
    if (rc)
      return rc;
  }
  return FM_OK;
}

/* Only a person at the command line is told of the nearest name: for readers, who may
 * ask for anything, it would be too much to look for. */
static int not_named(const fm_catalog *c, fm_str name, bool suggest, fm_why *why)
{
  fm_str near = {NULL, 0};
  for (size_t i = 0; suggest && i < c->spec.nfeeds; i++)
    fm_str_suggest(name, c->spec.feeds[i].name, &near);
  return fm_fail_unknown(why, "feed", name, near);
}

/* `asked`: more than the feed by its name; may be NULL. */
static int named(const fm_catalog *c, fm_str name, const parts *asked, int64_t now,
                 fm_arena *arena, fm_feed_request *request, fm_why *why)
{
  fm_str steps = name, first = FM_STR("");
  fm_str_cut(&steps, '/', &first);
  const fm_catalog_feed *feed = fm_map_get(&c->by_name, first);
  const fm_source *source = feed ? fm_registry_find(c->spec.registry, feed->source) : NULL;
  bool whole = first.len == name.len; /* only recipes have more */
  if (!feed || (!whole && (!steps.len || !fm_recipe_of(source))))
    return not_named(c, name, !asked, why);
  if (asked && asked->nparams && !fm_recipe_of(source))
    return fm_fail(why, FM_E_BAD_ADDRESS, "unknown parameter \"%.*s\"", FM_FMT(asked->params[0].name));
  parts own = {.configured = true};
  request->options = feed->options;
  request->noptions = feed->noptions;
  request->command = feed->command;
  request->ncommand = feed->ncommand;
  request->name = feed->name;
  request->title = feed->title;
  int rc = cut_address(feed->path, arena, &own, why);
  if (rc == FM_OK && asked)
    rc = below(asked, whole ? (fm_str){"", 0} : steps, arena, &own, request, why);
  if (rc == FM_OK)
    rc = plan(c, feed->source, &own, now, arena, request, why);
  if (rc == FM_OK)
    rc = check_numbers(request->source, &own.filter, why);
  if (rc)
    return rc;
  request->refresh = feed->refresh;
  if (own.filtered)
    request->filters[request->nfilters++] = own.filter;
  request->filters[request->nfilters++] = feed->filter;
  return FM_OK;
}

int fm_catalog_resolve_name(const fm_catalog *catalog, fm_str name, int64_t now, fm_arena *arena,
                     fm_feed_request *request, fm_why *why)
{
  fm_feed_request made = {.format = &fm_formats[0]};
  int rc = named(catalog, name, NULL, now, arena, &made, why);
  if (rc)
    return rc;
  set_limit(catalog, &made);
  *request = made;
  return FM_OK;
}

int fm_catalog_resolve(const fm_catalog *catalog, fm_str target, const fm_format *plain,
                       int64_t now, fm_arena *arena, fm_feed_request *request, fm_why *why)
{
  parts p = {0};
  int rc = cut_address(target, arena, &p, why);
  if (rc)
    return rc;
  cut_ending(&p, plain);
  if (!p.format)
    return fm_fail(why, FM_E_NOT_FOUND, "no such address");
  if ((rc = cut_archive(&p, why)))
    return rc;
  if (!fm_catalog_admits(catalog, p.key))
    return fm_fail(why, FM_E_FORBIDDEN, "an access key is wanted: add ?key=");
  fm_feed_request made = {.format = p.format, .refresh = catalog->spec.refresh, .archive = p.archive,
                  .options = catalog->spec.options, .noptions = catalog->spec.noptions};
  if (fm_str_starts(p.path, FM_STR("/feeds/")))
    rc = named(catalog, fm_str_from(p.path, strlen("/feeds/")), &p, now, arena, &made, why);
  else
    rc = plan(catalog, FM_STR("daily-papers"), &p, now, arena, &made, why);
  if (rc == FM_OK)
    rc = check_numbers(made.source, &p.filter, why);
  if (rc)
    return rc;
  made.filters[made.nfilters++] = p.filter;
  set_limit(catalog, &made);
  *request = made;
  return FM_OK;
}
