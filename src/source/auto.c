/* The source `auto`: the list on any page, found by itself.
 *
 * What was found is a recipe, kept as the feed's state and read with again, so that the
 * page is not judged anew each time and entries stay who they are: an entry's id is its
 * link. Only when the kept recipe finds nothing more is the list looked for again.
 *
 * A page that names a feed of its own is read by that, unless the feed cannot be had or
 * is of something else than the page's list: then the list counts, and goes on counting.
 * An address that turns out to be a feed is read as one. */
#include "base/str.h"
#include "base/url.h"
#include "source/discover/discover.h"
#include "source/option.h"
#include "source/registry.h"

static int plan(const fm_host *host, const fm_ask *ask, fm_plan *made)
{
  fm_str url = fm_str_trim(fm_option(ask->options, ask->noptions, "url"));
  if (!url.len)
    return host->fail(host, FM_E_NOT_FOUND, "url: the page's address is missing");
  if (!fm_url_usable(url))
    return host->fail(host, FM_E_BAD_ADDRESS, "url: not an http or https address");
  if (ask->nparams)
    return host->fail(host, FM_E_BAD_ADDRESS, "unknown parameter");
  made->accept = FM_STR("text/html, application/xhtml+xml, application/json;q=0.8, */*;q=0.5");
  made->url = fm_option_copy(host, url);
  made->key = fm_option_key(host, FM_STR(""), url);
  return FM_OK;
}

static fm_str state_of(const fm_page *page)
{
  bool has = page->size >= offsetof(fm_page, state) + sizeof page->state;
  return has ? page->state : (fm_str){NULL, 0};
}

/* What a kept recipe has to say about its failure is nobody's reason. */
static int unheard(const fm_host *host, int code, const char *text)
{
  (void)host, (void)text;
  return code;
}

/* Reads the page with a recipe, which is left as the feed's state. FM_E_NO_LIST: it finds
 * nothing that leads anywhere. */
static int read_with(const fm_host *host, const fm_page *page, fm_str text, fm_feed *feed)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(text, FM_STR("kept"), &problems);
  fm_host own = *host;
  fm_feed read = {.day = FM_NO_TIME};
  int error = FM_E_NO_LIST;
  own.size = host->size < sizeof own ? host->size : sizeof own;
  own.fail = unheard;
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

/* As far as this feedmill can. */
static void go_elsewhere(const fm_host *host, fm_str url)
{
  if (host->size >= offsetof(fm_host, elsewhere) + sizeof host->elsewhere && host->elsewhere)
    host->elsewhere(host, url);
}

/* `first`: nothing was found here before, so that entries may have any ids. */
static int look(const fm_host *host, const fm_page *page, bool first, fm_arena *arena,
                fm_feed *feed)
{
  fm_discovered found;
  fm_why why = {""};
  if (fm_discover(page, arena, &found, &why))
    return host->fail(host, FM_E_NO_LIST, why.text);
  if (found.is_feed)
    return fm_feed_source.extract(host, page, feed);
  bool listed = found.bare.len && read_with(host, page, found.bare, feed) == FM_OK;
  if (found.noffers && (first || !listed))
    go_elsewhere(host, found.offers[0].href);
  if (listed && found.placeless)
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
  fm_str state = state_of(page);
  int error = state.len ? read_with(host, page, state, feed) : FM_E_NO_LIST;
  if (error)
    error = look(host, page, !state.len, &arena, feed);
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
