/* The plan of a Daily Papers address: page, API, or one as the fallback of the other. */
#include "source/daily_papers/daily_papers.h"

#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "source/option.h"

#define JSON FM_STR("application/json")
/* The host counts requests of its pages and of its API apart (docs/hub/rate-limits). */
#define API_BUDGET FM_STR("api")

enum { PARAMS_MAX = 16 };

fm_str fm_daily_upstream(const fm_param *options, size_t noptions)
{
  fm_str upstream = fm_str_trim(fm_option(options, noptions, "upstream"));
  while (upstream.len && upstream.ptr[upstream.len - 1] == '/')
    upstream.len--;
  return upstream.len ? upstream : FM_STR(FM_DAILY_HOST);
}

/* ---- which listing a page is of ---- */

/* A key's address holds the query as it is. */
static bool listing_of_key(fm_str key, fm_arena *arena, fm_listing *listing)
{
  fm_str path, query = key;
  if (!fm_str_starts(key, FM_STR("/")) || !fm_str_cut(&query, '?', &path))
    return false;
  fm_param param = {FM_STR("q"), fm_str_from(query, strlen("q="))};
  size_t nparams = query.ptr ? 1 : 0;
  return fm_listing_read(path, &param, nparams, FM_NO_TIME, arena, listing, NULL) == FM_OK;
}

static bool listing_of_address(fm_str address, fm_str upstream, fm_arena *arena,
                               fm_listing *listing)
{
  fm_url parts, base;
  if (!fm_url_parse(address, &parts))
    return false;
  fm_str path = parts.path, query = parts.query;
  if (fm_url_parse(upstream, &base) && base.path.len && fm_str_starts(path, base.path))
    path = fm_str_from(path, base.path.len); /* the upstream may be under a prefix */
  fm_param params[PARAMS_MAX];
  size_t count = 0;
  while (count < PARAMS_MAX &&
         fm_query_next(&query, arena, &params[count].name, &params[count].value) > 0)
    count++;
  return fm_listing_read(path, params, count, FM_NO_TIME, arena, listing, NULL) == FM_OK ||
         fm_listing_read_api(path, params, count, arena, listing);
}

fm_listing fm_listing_of_page(const fm_page *page, fm_arena *arena)
{
  fm_listing listing = {.kind = FM_LISTING_UNKNOWN};
  if (!listing_of_key(page->key, arena, &listing))
    listing_of_address(page->url, fm_daily_upstream(page->options, page->noptions), arena, &listing);
  return listing;
}

/* ---- the plan ---- */

/* What of the configuration a plan depends on. */
struct way {
  fm_str upstream;
  bool page, api; /* papers.via */
};

static struct way way_of(const fm_param *options, size_t noptions)
{
  fm_str via = fm_option(options, noptions, "via");
  bool both = fm_str_is(via, "auto"), api = fm_str_is(via, "api");
  return (struct way){fm_daily_upstream(options, noptions), !api, api || both};
}

static fm_str below(const fm_host *host, fm_str upstream, fm_str address, fm_arena *arena)
{
  return fm_host_copy(host, fm_arena_printf(arena, "%.*s%.*s", FM_FMT(upstream), FM_FMT(address)));
}

/* One key whichever way it goes: the listing is the same. */
static int plan_listing(const fm_host *host, const fm_listing *listing, struct way way,
                        fm_arena *arena, fm_plan *plan, fm_why *why)
{
  fm_str address = fm_listing_address(listing, false, arena), key, api = {NULL, 0};
  key = fm_listing_address(listing, true, arena);
  if (way.api)
    api = fm_listing_api(listing, arena);
  if (!way.page && !api.len)
    return fm_fail(why, FM_E_NOT_FOUND, "the API does not have %.*s: set papers.via to page or auto",
                   FM_FMT(key));
  fm_str url = below(host, way.upstream, way.page ? address : api, arena);
  if (!fm_url_usable(url))
    return fm_fail(why, FM_E_CONFIG, "upstream: \"%.*s\" is not an http or https address",
                   FM_FMT(way.upstream));
  plan->url = url;
  plan->key = fm_host_copy(host, key);
  if (!way.page) {
    plan->accept = JSON;
    plan->budget = API_BUDGET;
  } else if (api.len) {
    fm_plan *instead = host->alloc(host, sizeof *instead);
    *instead = (fm_plan){.size = sizeof *instead, .accept = JSON, .budget = API_BUDGET,
                         .url = below(host, way.upstream, api, arena)};
    plan->fallback = instead;
  }
  return FM_OK;
}

int fm_daily_papers_plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan)
{
  fm_arena arena = {0};
  fm_why why = {""};
  fm_listing listing;
  int error =
    fm_listing_read(ask->path, ask->params, ask->nparams, ask->now, &arena, &listing, &why);
  if (!error)
    error = plan_listing(host, &listing, way_of(ask->options, ask->noptions), &arena, plan, &why);
  fm_arena_deinit(&arena);
  return error ? host->fail(host, error, why.text) : FM_OK;
}

/* Only the front page moves on from day to day; what it showed stands under the
 * day's own address. */
int fm_daily_papers_plan_day(const fm_host *host, const fm_day_request *past, fm_plan *plan)
{
  fm_arena arena = {0};
  fm_why why = {""};
  fm_listing listing;
  char day[FM_DATE_ISO_LEN + 1];
  if (!listing_of_key(past->key, &arena, &listing) || listing.kind != FM_LISTING_TODAY) {
    fm_arena_deinit(&arena);
    return host->fail(host, FM_E_NOT_FOUND, "only /papers has a page for each day gone by");
  }
  fm_date_iso(past->day, day);
  listing = (fm_listing){FM_LISTING_DATE, {day, strlen("YYYY-MM-DD")}};
  int error =
    plan_listing(host, &listing, way_of(past->options, past->noptions), &arena, plan, &why);
  fm_arena_deinit(&arena);
  return error ? host->fail(host, error, why.text) : FM_OK;
}
