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

/* ---- the listing of a page ---- */

/* A key has the query in plain text, so it is not parsed as an address. */
static bool listing_of_key(fm_str key, fm_arena *arena, fm_listing *listing)
{
  fm_str path, query = key;
  if (!fm_str_starts(key, FM_STR("/")) || !fm_str_cut(&query, '?', &path))
    return false;
  fm_param param = {FM_STR("q"), fm_str_from(query, strlen("q="))};
  size_t nparams = query.ptr ? 1 : 0;
  return fm_listing_parse(path, &param, nparams, FM_NO_TIME, arena, listing, NULL) == FM_OK;
}

bool fm_listing_of_url(fm_str url, fm_str upstream, fm_arena *arena, fm_listing *listing)
{
  fm_url parts, base;
  if (!fm_url_parse(url, &parts))
    return false;
  fm_str path = parts.path, query = parts.query;
  if (fm_url_parse(upstream, &base) && base.path.len && fm_str_starts(path, base.path))
    path = fm_str_from(path, base.path.len); /* papers.upstream may have a path prefix */
  fm_param params[PARAMS_MAX];
  size_t count = 0;
  while (count < PARAMS_MAX &&
         fm_query_next(&query, arena, &params[count].name, &params[count].value) > 0)
    count++;
  return fm_listing_parse(path, params, count, FM_NO_TIME, arena, listing, NULL) == FM_OK ||
         fm_listing_parse_api(path, params, count, arena, listing);
}

fm_listing fm_listing_of_page(const fm_page *page, fm_arena *arena)
{
  fm_listing listing = {.kind = FM_LISTING_UNKNOWN};
  if (!listing_of_key(page->key, arena, &listing))
    fm_listing_of_url(page->url, fm_daily_upstream(page->options, page->noptions), arena, &listing);
  return listing;
}

/* ---- the plan ---- */

/* The configuration that a plan depends on. */
struct endpoints {
  fm_str upstream;
  bool page, api; /* papers.via */
};

static struct endpoints endpoints_of(const fm_param *options, size_t noptions)
{
  fm_str via = fm_option(options, noptions, "via");
  bool both = fm_str_is(via, "auto"), api = fm_str_is(via, "api");
  return (struct endpoints){fm_daily_upstream(options, noptions), !api, api || both};
}

static fm_str below(const fm_host *host, fm_str upstream, fm_str address, fm_arena *arena)
{
  return fm_host_copy(host, fm_arena_printf(arena, "%.*s%.*s", FM_FMT(upstream), FM_FMT(address)));
}

/* The key does not depend on the endpoint, since the listing is the same. */
static int plan_listing(const fm_host *host, const fm_listing *listing, struct endpoints via,
                        fm_arena *arena, fm_plan *plan, fm_why *why)
{
  fm_str address = fm_listing_address(listing, FM_ADDRESS_URL, arena), api = {NULL, 0};
  fm_str key = fm_listing_address(listing, FM_ADDRESS_KEY, arena);
  if (via.api)
    api = fm_listing_api(listing, arena);
  if (!via.page && !api.len)
    return fm_fail(why, FM_E_NOT_FOUND, "the API does not have %.*s: set papers.via to page or auto",
                   FM_FMT(key));
  fm_str url = below(host, via.upstream, via.page ? address : api, arena);
  if (!fm_url_usable(url))
    return fm_fail(why, FM_E_CONFIG, "upstream: \"%.*s\" is not an http or https address",
                   FM_FMT(via.upstream));
  plan->url = url;
  plan->key = fm_host_copy(host, key);
  plan->valid_until = fm_listing_end(listing);
  if (!via.page) {
    plan->accept = JSON;
    plan->budget = API_BUDGET;
  } else if (api.len) {
    fm_plan *fallback = host->alloc(host, sizeof *fallback);
    *fallback = (fm_plan){.size = sizeof *fallback, .accept = JSON, .budget = API_BUDGET,
                          .url = below(host, via.upstream, api, arena)};
    plan->fallback = fallback;
  }
  return FM_OK;
}

int fm_daily_papers_plan(const fm_host *host, const fm_plan_request *request, fm_plan *plan)
{
  fm_arena arena = {0};
  fm_why why = {""};
  fm_listing listing;
  int error =
    fm_listing_parse(request->path, request->params, request->nparams, request->now, &arena,
                     &listing, &why);
  if (!error)
    error = plan_listing(host, &listing, endpoints_of(request->options, request->noptions), &arena,
                         plan, &why);
  fm_arena_deinit(&arena);
  return error ? host->fail(host, error, why.text) : FM_OK;
}

/* The front page shows another day every day; each day keeps a page under its own address. */
int fm_daily_papers_plan_day(const fm_host *host, const fm_day_request *request, fm_plan *plan)
{
  fm_arena arena = {0};
  fm_why why = {""};
  fm_listing listing;
  char day[FM_DATE_ISO_LEN + 1];
  if (!listing_of_key(request->key, &arena, &listing) || listing.kind != FM_LISTING_TODAY) {
    fm_arena_deinit(&arena);
    return host->fail(host, FM_E_NOT_FOUND, "only /papers has a page for each past day");
  }
  fm_date_iso(request->day, day);
  listing = (fm_listing){.kind = FM_LISTING_DATE, .name = {day, strlen("YYYY-MM-DD")}};
  int error =
    plan_listing(host, &listing, endpoints_of(request->options, request->noptions), &arena,
                 plan, &why);
  fm_arena_deinit(&arena);
  return error ? host->fail(host, error, why.text) : FM_OK;
}
