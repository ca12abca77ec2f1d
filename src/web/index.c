/* The first page: what this is, the feeds and how they stand, and a box that
 * turns a Daily Papers address into its feed's. No JavaScript. */
#include "base/clock.h"
#include "base/str.h"
#include "base/url.h"
#include "web/offer.h"
#include "web/page.h"
#include "web/web.h"

static void state_line(void *ctx, const fm_page_info *info)
{
  fm_buf *out = ctx;
  int64_t now = fm_clock_wall();
  bool failing = info->failures > 0;
  fm_buf_addf(out, "<div class=\"state%s\">", failing ? " failing" : "");
  fm_html_put(out, failing ? "Failing: " : "", fm_str_of(fm_page_state_text(info->state)), "");
  if (info->doing)
    fm_html_put(out, " (", fm_str_of(info->doing), ")");
  if (info->has_copy)
    fm_buf_addf(out, "; %zu entries", info->entries);
  if (info->fetched != FM_NO_TIME) {
    fm_buf_text(out, failing ? "; serving the copy of " : "; read ");
    fm_html_duration(out, now - info->fetched);
    fm_buf_text(out, " ago");
  }
  if (info->next != FM_NO_TIME) {
    fm_buf_text(out, failing ? "; next try in " : "; next in ");
    fm_html_duration(out, info->next - now);
  }
  if (failing)
    fm_html_put(out, ". Reason: ", info->failure, "");
  fm_buf_text(out, "</div>\n");
}

static void feed_state(fm_web *web, fm_str path, fm_buf *out)
{
  fm_arena arena = {0};
  fm_want want;
  fm_why why = {0};
  const fm_catalog_spec *spec = fm_catalog_get(web->catalog);
  fm_str target = fm_arena_printf(&arena, "%.*s?key=%.*s", FM_FMT(path), FM_FMT(spec->access_key));
  int rc = fm_catalog_resolve(web->catalog, target, fm_formats, fm_clock_wall(), &arena, &want,
                              &why);
  if (rc)
    fm_html_put(out, "<div class=\"state failing\">", fm_str_of(why.text), "</div>\n");
  else if (fm_mill_page(web->mill, &want, state_line, out))
    fm_buf_text(out, "<div class=\"state\">Not asked for yet; made when somebody does.</div>\n");
  fm_arena_deinit(&arena);
}

static void feed_item(fm_web *web, fm_str base, const fm_offer *l, fm_buf *out)
{
  fm_html_put(out, "<li><a href=\"", base, "");
  fm_html_put(out, "", l->path, "\">");
  fm_html_put(out, "", l->title, "</a>");
  for (const fm_format *f = fm_formats; f->name; f++) {
    fm_html_put(out, f == fm_formats ? ": <a href=\"" : " <a href=\"", base, "");
    fm_html_put(out, "", l->path, "");
    fm_buf_addf(out, ".%s\">", f->name);
    if (f == fm_formats) {
      fm_html_put(out, "<code>", base, "");
      fm_html_put(out, "", l->path, "");
      fm_buf_addf(out, ".%s</code></a>", f->name);
    } else {
      fm_buf_addf(out, "%s</a>", f->name);
    }
  }
  feed_state(web, l->path, out);
  fm_buf_text(out, "</li>\n");
}

static void autodiscovery(fm_str base, const fm_offer *all, size_t n, fm_buf *head)
{
  for (size_t i = 0; i < n; i++) {
    fm_html_put(head, "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"", all[i].title,
                "\" href=\"");
    fm_html_put(head, "", base, "");
    fm_html_put(head, "", all[i].path, ".atom\">\n");
  }
}

/* "https://huggingface.co/papers/week/2026-W32?x" -> "/papers/week/2026-W32.atom?x";
 * without the scheme, or a bare path, will do. Empty: it is no address. */
static fm_str feed_target(fm_str address, fm_arena *arena)
{
  const char *scheme = fm_str_find(address, FM_STR("://"));
  if (scheme)
    address = fm_str_span(scheme + 3, address.ptr + address.len);
  if (scheme || (address.len && address.ptr[0] != '/')) {
    const char *path = memchr(address.ptr, '/', address.len);
    address = path ? fm_str_span(path, address.ptr + address.len) : (fm_str){0};
  }
  const char *hash = address.len ? memchr(address.ptr, '#', address.len) : NULL;
  if (hash)
    address.len = (size_t)(hash - address.ptr);
  if (!address.len || address.ptr[0] != '/')
    return (fm_str){0};
  fm_buf out;
  fm_buf_init(&out, FM_URL_MAX);
  fm_address_with_ending(&out, address, ".atom");
  fm_str target = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return target;
}

/* The box's answer, when it was used. */
static void found_feed(fm_web *web, fm_str base, fm_str page, fm_buf *out)
{
  fm_arena arena = {0};
  fm_want want;
  fm_why why = {0};
  fm_str target = feed_target(page, &arena);
  int rc = FM_E_NOT_FOUND;
  if (target.len)
    rc = fm_catalog_resolve(web->catalog, target, NULL, fm_clock_wall(), &arena, &want, &why);
  if (rc == FM_OK || rc == FM_E_FORBIDDEN) {
    fm_html_put(out, "<p>Its feed: <a href=\"", base, "");
    fm_html_put(out, "", target, "\"><code>");
    fm_html_put(out, "", base, "");
    fm_html_put(out, "", target, "</code></a></p>\n");
  } else {
    fm_html_put(out, "<p class=\"failing\">That is no Daily Papers listing: ",
                why.text[0] ? fm_str_of(why.text) : FM_STR("it is not an address"), "</p>\n");
  }
  fm_arena_deinit(&arena);
}

static void box(fm_web *web, fm_str base, fm_str query, fm_buf *out)
{
  fm_arena arena = {0};
  fm_str name, value, page = {"", 0};
  while (fm_query_next(&query, &arena, &name, &value) > 0)
    if (fm_str_is(name, "page"))
      page = fm_str_trim(value);
  fm_html_put(out, "<h2 id=\"turn\">Turn a Daily Papers address into its feed</h2>\n<form action=\"",
              base, "/\" method=\"get\">\n");
  fm_html_put(out, "<input type=\"text\" name=\"page\" aria-labelledby=\"turn\" "
                   "placeholder=\"https://huggingface.co/papers?q=neurons\" value=\"",
              page, "\"> <button>Show the feed</button>\n</form>\n");
  if (page.len)
    found_feed(web, base, page, out);
  fm_buf_text(out, "<p>Or by hand: take any Daily Papers address, change the host, add "
                   "<code>.atom</code>. <code>?min_upvotes=50</code>, <code>?include=diffusion,robot</code>, "
                   "<code>exclude</code>, <code>author</code>, <code>org</code> and <code>limit</code> "
                   "narrow any feed.</p>\n");
  fm_arena_deinit(&arena);
}

fm_reply *fm_web_index(fm_web *web, fm_miss *miss, fm_str query)
{
  fm_arena arena = {0};
  size_t n;
  const fm_offer *all = fm_offers(web->catalog, &arena, &n);
  fm_buf head, out;
  fm_buf_init(&head, FM_BUF_MAX);
  fm_buf_init(&out, FM_BUF_MAX);
  autodiscovery(miss->base, all, n, &head);
  fm_html_open(&out, FM_STR("feedmill: feeds of pages that have none"), fm_buf_view(&head));
  fm_buf_text(&out, "<h1>feedmill</h1>\n<p>Feeds of listing pages that have none, Hugging Face Daily "
                    "Papers first. Add one of these addresses to your feed reader.</p>\n");
  fm_buf_text(&out, "<h2>Feeds</h2>\n<ul class=\"feeds\">\n");
  for (size_t i = 0; i < n; i++)
    feed_item(web, miss->base, &all[i], &out);
  fm_buf_text(&out, "</ul>\n");
  box(web, miss->base, query, &out);
  fm_html_put(&out, "<p>All as <a href=\"", miss->base, "/opml.xml\">OPML</a>; ");
  fm_html_put(&out, "what broke or recovered as <a href=\"", miss->base, "/status.atom\">a feed</a>.</p>\n");
  fm_html_close(&out);
  fm_buf_deinit(&head);
  fm_arena_deinit(&arena);
  return fm_page_reply(&out, "text/html; charset=utf-8");
}
