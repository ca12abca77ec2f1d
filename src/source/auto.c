/* The source `auto`: finds the list on any page by itself.
 *
 * What discovery finds is a recipe. It is kept as the feed's state and used for the next
 * extraction, so that the choice does not change from refresh to refresh and entries keep
 * their ids (an entry's id is its link). Discovery runs again only when the kept recipe
 * yields nothing.
 *
 * If the page names a feed of its own, that feed is read instead, unless it cannot be
 * fetched or its entries are not those of the page's list. An address that turns out to be
 * a feed is read as one. */
#include "base/str.h"
#include "base/url.h"
#include "source/discover/discover.h"
#include "source/option.h"
#include "source/registry.h"

static int plan(const fm_host *host, const fm_plan_request *request, fm_plan *made)
{
  fm_str url = fm_str_trim(fm_option(request->options, request->noptions, "url"));
  if (!url.len)
    return host->fail(host, FM_E_NOT_FOUND, "url: the page's address is missing");
  fm_arena arena = {0};
  fm_str address;
  fm_why why;
  int error = fm_url_from_user(url, &arena, &address, &why);
  if (!error) {
    made->url = fm_option_copy(host, address);
    made->key = fm_option_key(host, FM_STR(""), address);
  }
  fm_arena_deinit(&arena);
  if (error) {
    fm_why reason;
    fm_fail(&reason, error, "url: it %s", why.text);
    return host->fail(host, error, reason.text);
  }
  if (request->nparams)
    return host->fail(host, FM_E_BAD_ADDRESS, "unknown parameter");
  made->accept = FM_STR("text/html, application/xhtml+xml, application/json;q=0.8, */*;q=0.5");
  return FM_OK;
}

/* The failure of a kept recipe leads to a new discovery, so its reason is not reported. */
static int ignore_reason(const fm_host *host, int code, const char *text)
{
  (void)host, (void)text;
  return code;
}

/* Extracts with a recipe, whose text becomes the feed's state. FM_E_NO_LIST: it yields no
 * entry with a link. */
static int extract_with(const fm_host *host, const fm_page *page, fm_str text, fm_feed *feed)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(text, FM_STR("kept"), &problems);
  fm_host own = *host;
  fm_feed read = {.day = FM_NO_TIME};
  int error = FM_E_NO_LIST;
  own.size = host->size < sizeof own ? host->size : sizeof own;
  own.fail = ignore_reason;
  if (recipe) {
    own.source = fm_recipe_source(recipe);
    error = own.source->extract(&own, page, &read);
  }
  size_t linked = 0;
  for (size_t i = 0; !error && i < read.nentries; i++)
    linked += read.entries[i].nlinks > 0;
  if (!error && !linked)
    error = FM_E_NO_LIST;
  if (!error) {
    *feed = read;
    feed->state = fm_option_copy(host, text);
  }
  fm_recipe_unref(recipe);
  fm_problems_deinit(&problems);
  return error;
}

/* `first`: no recipe was kept, so no reader knows entries of this page by their ids yet. */
static int discover(const fm_host *host, const fm_page *page, bool first, fm_arena *arena,
                fm_feed *feed)
{
  fm_discovered found;
  fm_why why = {""};
  if (fm_discover(page, arena, &found, &why))
    return host->fail(host, FM_E_NO_LIST, why.text);
  if (found.is_feed) {
    int error = fm_feed_source.extract(host, page, feed);
    feed->state = (fm_str){NULL, 0}; /* here a state is the recipe of a page */
    return error;
  }
  bool listed = found.bare.len && extract_with(host, page, found.bare, feed) == FM_OK;
  if (found.noffers && (first || !listed))
    host->redirect_to(host, found.offers[0].href);
  if (listed && found.url_unknown)
    host->note(host, "the page does not say where it is from, and its links are put below "
                     "https://example.org/: give its address with -u");
  if (listed)
    return FM_OK;
  if (!found.noffers)
    return host->fail(host, FM_E_NO_LIST, "no list found");
  fm_fail(&why, FM_E_NO_LIST, "no list found; the page names this feed: %.*s",
          FM_FMT(found.offers[0].href));
  return host->fail(host, FM_E_NO_LIST, why.text);
}

static int extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  fm_arena arena = {0};
  fm_str state = page->state;
  int error = state.len ? extract_with(host, page, state, feed) : FM_E_NO_LIST;
  if (error)
    error = discover(host, page, !state.len, &arena, feed);
  fm_arena_deinit(&arena);
  return error;
}

const fm_source fm_auto = {
  .abi = FM_PLUGIN_ABI,
  .size = sizeof(fm_source),
  .name = "auto",
  .title = "Any page, the list on it found by itself",
  .plan = plan,
  .extract = extract,
};
