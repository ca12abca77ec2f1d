/* The index: what this is, a form that turns a Daily Papers address into its feed's, and the
 * feeds with their states. No JavaScript. */
#include "base/clock.h"
#include "base/str.h"
#include "base/url.h"
#include "web/lookup.h"
#include "web/feed_list.h"
#include "web/html.h"
#include "web/upstream_state.h"
#include "web/web.h"

/* The query of the index. */
typedef struct index_query {
  fm_str page, key;
} index_query;

static index_query parse_query(fm_str query, fm_arena *arena)
{
  index_query a = {{"", 0}, {"", 0}};
  fm_str name, value;
  while (fm_query_next(&query, arena, &name, &value) > 0) {
    if (fm_str_is(name, "page"))
      a.page = fm_str_trim(value);
    else if (fm_str_is(name, "key"))
      a.key = value;
  }
  return a;
}

static void put_state(void *ctx, const fm_upstream_info *info)
{
  fm_html_upstream_state(ctx, info);
}

static void feed_state(fm_web *web, fm_str address, fm_buf *out)
{
  fm_arena arena = {0};
  fm_feed_request want;
  fm_why why = {0};
  int rc = fm_catalog_resolve(web->catalog, address, fm_formats, fm_clock_wall(), &arena, &want,
                              &why);
  if (rc)
    fm_html_put(out, "<p class=\"state failing\">", fm_str_of(why.text), "</p>\n");
  else if (fm_mill_upstream(web->mill, &want, put_state, out))
    fm_html_upstream_state(out, NULL);
  fm_arena_deinit(&arena);
}

/* Writes the address in each format: the first in full, the others by name. */
static void formats(fm_buf *out, fm_str base, fm_str address, fm_arena *arena)
{
  fm_str first = fm_address_in(arena, base, address, ".atom");
  fm_html_put(out, "<a href=\"", first, "\"><code>");
  fm_html_put(out, "", first, "</code></a> <span class=\"also\">");
  fm_html_put(out, "<a href=\"", fm_address_in(arena, base, address, ".rss"), "\">RSS</a> · ");
  fm_html_put(out, "<a href=\"", fm_address_in(arena, base, address, ".json"), "\">JSON</a></span>");
}

static void feed_item(fm_web *web, fm_str base, const fm_listed_feed *offer, fm_buf *out)
{
  fm_arena arena = {0};
  fm_html_put(out, "<li>\n<h3><a href=\"", fm_address_in(&arena, base, offer->address, ""), "\">");
  fm_html_put(out, "", offer->title, "</a></h3>\n<p>");
  formats(out, base, offer->address, &arena);
  fm_buf_text(out, "</p>\n");
  feed_state(web, offer->address, out);
  fm_buf_text(out, "</li>\n");
  fm_arena_deinit(&arena);
}

static void autodiscovery(fm_str base, const fm_listed_feed *all, size_t n, fm_arena *arena, fm_buf *head)
{
  for (size_t i = 0; i < n; i++) {
    fm_html_put(head, "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"", all[i].title, "\"");
    fm_html_put(head, " href=\"", fm_address_in(arena, base, all[i].address, ".atom"), "\">\n");
  }
}

/* Writes the result of the lookup form. */
static void lookup_result(fm_web *web, fm_str base, fm_str page, fm_buf *out)
{
  fm_arena arena = {0};
  fm_feed_request want;
  fm_why why = {0};
  fm_str address;
  int rc = fm_lookup_address(web->catalog, page, &arena, &address, &why);
  if (rc == FM_OK) {
    address = fm_catalog_add_key(web->catalog, address, &arena);
    rc = fm_catalog_resolve(web->catalog, address, fm_formats, fm_clock_wall(), &arena, &want, &why);
  }
  if (rc == FM_OK) {
    fm_buf_text(out, "<p class=\"found\">Its feed: ");
    formats(out, base, address, &arena);
    fm_html_put(out, " <span class=\"also\">· <a href=\"", fm_address_in(&arena, base, address, ""),
                "\">preview</a></span></p>\n");
  } else {
    fm_html_put(out, "<p class=\"found failing\">That has no feed here: ",
                fm_str_of(why.text[0] ? why.text : fm_error_text(rc)), "</p>\n");
  }
  fm_arena_deinit(&arena);
}

static void lookup_form(fm_web *web, fm_str base, const index_query *a, fm_buf *out)
{
  fm_html_put(out, "<h2 id=\"turn\">Turn a Daily Papers address into its feed</h2>\n<form action=\"",
              base, "/\" method=\"get\">\n");
  fm_html_put(out, "<input type=\"text\" name=\"page\" aria-labelledby=\"turn\" inputmode=\"url\" "
                   "placeholder=\"https://huggingface.co/papers?q=neurons\" value=\"",
              a->page, "\"> <button>Show the feed</button>\n");
  if (fm_catalog_get(web->catalog)->access_key.len)
    fm_html_put(out, "<input type=\"hidden\" name=\"key\" value=\"", a->key, "\">\n");
  fm_buf_text(out, "</form>\n");
  if (a->page.len)
    lookup_result(web, base, a->page, out);
  fm_buf_text(out, "<p>Or by hand: take any Daily Papers address, change the host, add "
                   "<code>.atom</code>. <code>?min_upvotes=50</code>, <code>?include=diffusion,robot</code>, "
                   "<code>exclude</code>, <code>author</code>, <code>org</code> and <code>limit</code> "
                   "narrow any feed.</p>\n");
}

static void footer(fm_web *web, fm_str base, fm_buf *out)
{
  fm_arena arena = {0};
  fm_str opml = fm_catalog_add_key(web->catalog, FM_STR("/opml.xml"), &arena);
  fm_str status = fm_catalog_add_key(web->catalog, FM_STR("/status"), &arena);
  fm_html_put(out, "<p>All of them at once, for import into a reader: <a href=\"",
              fm_address_in(&arena, base, opml, ""), "\">OPML</a>. ");
  fm_html_put(out, "What broke and what recovered: <a href=\"", fm_address_in(&arena, base, status, ""),
              "\">status</a>, ");
  fm_html_put(out, "<a href=\"", fm_address_in(&arena, base, status, ".atom"), "\">as a feed</a>.</p>\n");
  fm_arena_deinit(&arena);
}

static void feeds(fm_web *web, fm_miss *miss, const index_query *a, fm_buf *out)
{
  fm_arena arena = {0};
  size_t n;
  const fm_listed_feed *all = fm_feed_list(web->catalog, &arena, &n);
  fm_buf head;
  fm_buf_init(&head, FM_BUF_MAX);
  autodiscovery(miss->base, all, n, &arena, &head);
  fm_html_open(out, FM_STR("feedmill: feeds of pages that have none"), fm_buf_view(&head));
  fm_buf_deinit(&head);
  fm_buf_text(out, "<h1>feedmill</h1>\n<p>Feeds of listing pages that have none, Hugging Face Daily "
                   "Papers first. Add one of these addresses to your feed reader.</p>\n");
  if (fm_web_store_problem(web))
    fm_html_put(out, "<p class=\"state failing\">Note: ", fm_str_of(fm_web_store_problem(web)),
                ".</p>\n");
  lookup_form(web, miss->base, a, out);
  fm_buf_text(out, "<h2>Feeds</h2>\n<ul class=\"feeds\">\n");
  for (size_t i = 0; i < n; i++)
    feed_item(web, miss->base, &all[i], out);
  fm_buf_text(out, "</ul>\n");
  footer(web, miss->base, out);
  fm_arena_deinit(&arena);
}

/* Without a valid key: asks for it and shows no feed. */
static void key_form(fm_miss *miss, const index_query *a, fm_buf *out)
{
  fm_html_open(out, FM_STR("feedmill"), (fm_str){0});
  fm_html_put(out, "<h1>feedmill</h1>\n<p id=\"key\">The feeds of this place want an access key.</p>\n"
                   "<form action=\"", miss->base, "/\" method=\"get\">\n"
                   "<input type=\"text\" name=\"key\" aria-labelledby=\"key\" autocomplete=\"off\"> "
                   "<button>Show the feeds</button>\n</form>\n");
  if (a->key.len)
    fm_buf_text(out, "<p class=\"failing\">It is not this one.</p>\n");
}

fm_reply *fm_web_index(fm_web *web, fm_miss *miss, fm_str query)
{
  fm_arena arena = {0};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  index_query a = parse_query(query, &arena);
  if (fm_catalog_admits(web->catalog, a.key))
    feeds(web, miss, &a, &out);
  else
    key_form(miss, &a, &out);
  fm_html_close(&out, FM_STR(""), FM_STR(""));
  fm_arena_deinit(&arena);
  return fm_web_reply(&out, "text/html; charset=utf-8");
}
