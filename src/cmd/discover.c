/* feedmill discover: finds the list on a page; prints a recipe to standard output and its
 * first entries to standard error. */
#include "source/discover/discover.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/date.h"
#include "base/url.h"
#include "cmd/cmd.h"
#include "cmd/cpu_limit.h"
#include "cmd/page_file.h"
#include "source/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { SHOWN = 5, WIDTH = 100, DATE_LEN = 10 };

/* A page from file or network; owns `body`. */
typedef struct had {
  fm_str body, url, charset;
  fm_arena arena;
  int status;
  const char *asked;
} had;

/* ---- over the network ---- */

static void on_fetched(void *ctx, fm_fetch_result *result)
{
  had *h = ctx;
  if (result->error) {
    h->status = fm_print_error(FM_EXIT_FAILED, "%s", result->why.text);
    return;
  }
  h->body = fm_fetch_take_body(result);
  h->url = fm_arena_str(&h->arena, result->url);
  h->charset = fm_arena_str(&h->arena, result->charset);
}

static int fetch(had *h, const fm_options *options)
{
  fm_settings *settings = fm_settings_of(options);
  fm_fetcher *fetcher;
  fm_why why = {0};
  if (!settings)
    return FM_EXIT_USAGE;
  uv_loop_t *loop = uv_default_loop();
  fm_log_level(FM_LOG_ERROR); /* failures are reported once */
  if (fm_fetcher_new(loop, &settings->fetch, &fetcher, &why)) {
    h->status = fm_print_error(FM_EXIT_USAGE, "fetch: %s", why.text);
  } else {
    fm_fetch_spec spec = {
        .url = fm_str_of(h->asked),
        .urgent = true,
        .accept = FM_STR("text/html, application/xhtml+xml, application/json;q=0.8, */*;q=0.5")};
    fm_fetch *under_way = fm_fetch_start(fetcher, &spec, on_fetched, h);
    if (isatty(STDERR_FILENO))
      fprintf(stderr, "%s: %s\n", h->asked, fm_fetch_doing(under_way));
    while (!h->body.ptr && !h->status && uv_run(loop, UV_RUN_ONCE))
      ;
    fm_fetcher_close(fetcher, NULL, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
  }
  fm_settings_free(settings);
  return h->status;
}

/* ---- from a file ---- */

static int read_file(had *h, const fm_options *options)
{
  fm_buf page;
  size_t len;
  fm_buf_init(&page, FM_PAGE_FILE_MAX);
  int status = fm_page_file_read(strcmp(h->asked, "-") ? h->asked : NULL, &page);
  h->url = fm_str_of(options->value['u']);
  h->body.ptr = fm_buf_take(&page, &len);
  h->body.len = len;
  return status;
}

/* ---- output ---- */

static fm_str cut(fm_str text)
{
  if (text.len <= WIDTH)
    return text;
  size_t len = WIDTH;
  while (len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
    len--;
  return (fm_str){text.ptr, len};
}

static void show_entry(const fm_entry *e)
{
  char date[FM_DATE_ISO_LEN + 1] = "no date   ";
  if (e->published != FM_NO_TIME)
    fm_date_iso(e->published, date);
  fprintf(stderr, "  %.*s  %.*s%s\n", DATE_LEN, date, FM_FMT(cut(e->title)),
          e->title.len > WIDTH ? "..." : "");
  if (e->nlinks)
    fprintf(stderr, "              %.*s\n", FM_FMT(e->links[0].href));
}

/* Parses the printed recipe again and extracts with it, as with a saved one. */
static int show_entries(const fm_discovered *found, const fm_page *page)
{
  fm_problems problems = {0};
  fm_why why = {0};
  fm_doc *doc = NULL;
  fm_recipe *recipe = fm_recipe_parse(found->recipe, FM_STR("the recipe"), &problems);
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  int error =
      recipe ? fm_source_extract(fm_recipe_source(recipe), page, &doc, NULL, &why) : FM_E_CONFIG;
  for (size_t i = 0; !error && i < doc->feed.nentries && i < SHOWN; i++)
    show_entry(&doc->feed.entries[i]);
  if (!error && doc->feed.nentries > SHOWN)
    fprintf(stderr, "  and %zu more\n", doc->feed.nentries - SHOWN);
  fm_doc_unref(doc);
  fm_recipe_unref(recipe);
  return error ? fm_print_error(FM_EXIT_FAILED, "the recipe does not work: %s", why.text)
               : FM_EXIT_DONE;
}

static void say_offers(const fm_discovered *found)
{
  if (found->noffers)
    fputs("feedmill: the page names feeds of its own; `source: feed` reads them, with as `url`:\n",
          stderr);
  for (size_t i = 0; i < found->noffers; i++)
    fprintf(stderr, "  %.*s%s%.*s\n", FM_FMT(found->offers[i].href),
            found->offers[i].title.len ? "  " : "", FM_FMT(cut(found->offers[i].title)));
}

/* A feed needs no recipe, only an entry of feedmill.yaml. */
static int print_feed(fm_str url, fm_arena *arena)
{
  fm_buf out;
  fm_str place = url.len ? url : FM_STR("https://example.org/feed");
  fm_buf_init(&out, FM_BUF_MAX);
  fm_buf_addf(&out, "# For feedmill.yaml\nfeeds:\n  - name: %.*s\n    source: feed\n    url: ",
              FM_FMT(fm_discover_name(place, arena)));
  fm_buf_json(&out, place);
  fm_buf_char(&out, '\n');
  int status = fm_print(fm_buf_view(&out));
  fm_buf_deinit(&out);
  return status;
}

static int print_recipe(const fm_discovered *found, const fm_page *page)
{
  fprintf(stderr, "feedmill: found %s: %zu entries\n", fm_discovery_name(found->how),
          found->entries);
  int status = show_entries(found, page);
  say_offers(found);
  if (found->url_unknown)
    fm_print_error(FM_EXIT_DONE, "the page does not say where it is from: give its address with -u");
  return status ? status : fm_print(found->recipe);
}

static int discover(const had *h)
{
  fm_arena arena = {0};
  fm_discovered found;
  fm_why why = {0};
  fm_page page = {.size = sizeof page,
                  .body = h->body,
                  .url = h->url,
                  .key = h->url,
                  .charset = h->charset,
                  .now = fm_clock_wall()};
  int status;
  fm_cpu_limit(FM_CPU_LIMIT, h->asked);
  if (fm_discover(&page, &arena, &found, &why)) {
    status = fm_print_error(FM_EXIT_FAILED, "%s: %s",
                         strcmp(h->asked, "-") ? h->asked : "standard input", why.text);
  } else if (found.recipe.len) {
    status = print_recipe(&found, &page);
  } else {
    fm_print_error(FM_EXIT_DONE,
                found.is_feed ? "this is a feed, it needs no recipe"
                              : "found no list, but the page's own feed, which needs no recipe");
    say_offers(&found);
    status = print_feed(found.is_feed ? h->url : found.offers[0].href, &arena);
  }
  fm_arena_deinit(&arena);
  return status;
}

static bool is_address(const char *text)
{
  return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

int fm_cmd_discover(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "c:u:", NULL, &options))
    return FM_EXIT_USAGE;
  if (options.nrest != 1)
    return fm_usage_error(self, "one address or file is wanted");
  const char *url = options.value['u'];
  had h = {.asked = options.rest[0]};
  bool remote = is_address(h.asked);
  int status = remote && url ? fm_usage_error(self, "-u is for a page in a file")
               : remote      ? fm_usage_url(self, "the address", h.asked, &h.arena, &h.asked)
               : url         ? fm_usage_url(self, "-u", url, &h.arena, &options.value['u']) : FM_EXIT_DONE;
  if (status) {
    fm_arena_deinit(&h.arena);
    return status;
  }
  status = remote ? fetch(&h, &options) : read_file(&h, &options);
  if (status == FM_EXIT_DONE)
    status = discover(&h);
  free((char *)h.body.ptr);
  fm_arena_deinit(&h.arena);
  return status;
}
