/* The web's parts that need no server: words, addresses, the preview, what is offered. */
#include "schema.h"

#include "base/clock.h"
#include "web/lookup.h"
#include "web/feed_list.h"
#include "web/html.h"
#include "web/preview.h"
#include "web/upstream_state.h"
#include "web/web.h"

#include <libxml/HTMLparser.h>

static void is(fm_buf *out, const char *wanted)
{
  fm_str got = fm_buf_view(out);
  if (!fm_str_is(got, wanted))
    fail_msg("got: %.*s\nnot: %s", FM_FMT(got), wanted);
  fm_buf_deinit(out);
}

/* A time of a test lies in the middle of a minute, so that it may take a while. */
enum { MINUTE = 60, HALF = 30 };

static void standing_in_words(void **state)
{
  (void)state;
  int64_t now = fm_clock_wall();
  const struct {
    fm_upstream_info info;
    const char *words;
  } rows[] = {
    {{.state = FM_UPSTREAM_STALE, .fetched = FM_NO_TIME, .next = FM_NO_TIME},
     "<p class=\"state due\"><b>Not requested yet</b>: fetched on the first request.</p>\n"},
    {{.state = FM_UPSTREAM_FRESH, .has_copy = true, .entries = 50, .fetched = now - 3 * MINUTE - HALF,
      .next = now + 26 * MINUTE + HALF},
     "<p class=\"state\"><b>Up to date</b>: 50 entries on its page, fetched 3 minutes ago, next in 26 minutes.</p>\n"},
    {{.state = FM_UPSTREAM_STALE, .has_copy = true, .entries = 1, .fetched = now - 5 * 86400 - HALF,
      .next = FM_NO_TIME},
     "<p class=\"state\"><b>Due, refreshed when somebody asks</b>: 1 entry on its page, fetched 5 days ago.</p>\n"},
    {{.state = FM_UPSTREAM_REFRESHING, .fetched = FM_NO_TIME, .next = FM_NO_TIME, .doing = "looking up <the name>"},
     "<p class=\"state due\"><b>Being refreshed now (looking up &lt;the name&gt;)</b>.</p>\n"},
    {{.state = FM_UPSTREAM_BACKING_OFF, .fetched = FM_NO_TIME, .next = now + 2 * MINUTE + HALF, .failures = 2,
      .failure = FM_STR("GET http://a/?b&c: 404")},
     "<p class=\"state failing\"><b>Failing</b>: there is no copy to give, next try in 2 minutes. "
     "Reason: GET http://a/?b&amp;c: 404.</p>\n"},
    {{.state = FM_UPSTREAM_REFRESHING, .has_copy = true, .fetched = now - 7200 - HALF, .next = FM_NO_TIME,
      .failures = 1, .failure = FM_STR("x"), .doing = "connecting"},
     "<p class=\"state failing\"><b>Failing, being refreshed now (connecting)</b>: 0 entries on its page, "
     "readers get the copy of 2 hours ago. Reason: x.</p>\n"},
  };
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_buf out;
    fm_buf_init(&out, FM_BUF_MAX);
    fm_html_upstream_state(&out, &rows[i].info);
    is(&out, rows[i].words);
  }
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_html_upstream_state(&out, NULL);
  is(&out, rows[0].words);
}

static void durations(void **state)
{
  (void)state;
  static const struct { int64_t seconds; const char *text; } rows[] = {
    {-5, "0 seconds"}, {0, "0 seconds"}, {1, "1 second"}, {59, "59 seconds"}, {60, "1 minute"},
    {3599, "59 minutes"}, {3600, "1 hour"}, {86399, "23 hours"}, {86400, "1 day"}, {30 * 86400, "30 days"},
  };
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_buf out;
    fm_buf_init(&out, FM_BUF_MAX);
    fm_html_duration(&out, rows[i].seconds);
    is(&out, rows[i].text);
  }
}

static void addresses(void **state)
{
  (void)state;
  static const struct { const char *address, *ending, *made; } rows[] = {
    {"/papers", ".atom", "https://h/m/papers.atom"}, {"/papers?q=a.b", ".rss", "https://h/m/papers.rss?q=a.b"},
    {"/papers?", ".json", "https://h/m/papers.json?"}, {"/feeds/x?key=a%26b", "", "https://h/m/feeds/x?key=a%26b"},
    {"/p?a=?", ".atom", "https://h/m/p.atom?a=?"},
  };
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_arena arena = {0};
    fm_str made = fm_address_in(&arena, FM_STR("https://h/m"), fm_str_of(rows[i].address), rows[i].ending);
    assert_string_equal(made.ptr, rows[i].made);
    fm_arena_deinit(&arena);
  }
}

static fm_catalog *catalog(const fm_registry *registry, fm_str key)
{
  const fm_catalog_feed feeds[] = {
    {.name = FM_STR("strong"), .title = FM_STR("Strong & <few>"), .path = FM_STR("/papers")},
    {.name = FM_STR("plain"), .path = FM_STR("/papers?q=x")},
  };
  fm_catalog_spec spec = {.registry = registry, .feeds = feeds, .nfeeds = LEN(feeds), .limit = 100,
                          .access_key = key};
  return fm_catalog_new(&spec);
}

static void offers(void **state)
{
  (void)state;
  fm_registry *registry = fm_registry_new();
  static const char *const keys[] = {"", "a &b"}, *const queries[] = {"", "?key=a%20%26b"};
  for (size_t k = 0; k < LEN(keys); k++) {
    fm_arena arena = {0};
    size_t n;
    fm_catalog *c = catalog(registry, fm_str_of(keys[k]));
    const fm_listed_feed *all = fm_feed_list(c, &arena, &n);
    assert_int_equal(n, 6);
    assert_true(fm_str_is(all[0].title, "Strong & <few>") && fm_str_is(all[1].title, "plain"));
    assert_string_equal(all[0].address.ptr, fm_arena_printf(&arena, "/feeds/strong%s", queries[k]).ptr);
    assert_string_equal(all[2].address.ptr, fm_arena_printf(&arena, "/papers%s", queries[k]).ptr);
    fm_buf out;
    fm_buf_init(&out, FM_BUF_MAX);
    assert_int_equal(fm_feed_list_opml(c, FM_STR("http://h"), &out), FM_OK);
    xmlDocPtr doc = schema_parse(fm_buf_view(&out));
    schema_is(doc, "count(//outline[@xmlUrl])", "2"); /* of what is configured */
    schema_is(doc, "string(//outline[@xmlUrl][1]/@text)", "Strong & <few>");
    schema_is(doc, "string(//outline[@xmlUrl][1]/@xmlUrl)",
              fm_arena_printf(&arena, "http://h/feeds/strong.atom%s", queries[k]).ptr);
    xmlFreeDoc(doc);
    fm_buf_deinit(&out);
    fm_catalog_unref(c);
    fm_arena_deinit(&arena);
  }
  fm_registry_unref(registry);
}

static void listings(void **state)
{
  (void)state;
  static const struct { const char *text, *address; } rows[] = {
    {"https://huggingface.co/papers", "/papers"}, {"/papers/trending", "/papers/trending"},
    {" http://www.HuggingFace.co/papers/?q=a b#top\n", "/papers?q=a%20b"}, {"hf.co/papers?q=x://y", "/papers?q=x://y"},
    {"huggingface.co/papers/week/2026-W32/", "/papers/week/2026-W32"}, {"https://huggingface.co", "/"},
    {"huggingface.co/papers.atom", "/papers"}, {"/papers/week.json?limit=5", "/papers/week?limit=5"},
    {"huggingface.co:443/papers", "/papers"}, {"/papers?q=https://example.org/x", "/papers?q=https://example.org/x"},
    {"", NULL}, {"papers", NULL}, {"https://example.org/papers", NULL}, {"//example.org/papers", NULL},
    {"https://huggingface.co@example.org/papers", NULL}, {"https://huggingface.co.example.org/papers", NULL},
    {"javascript:alert(1)", NULL}, {"https://", NULL}, {"https:///papers", NULL}, {"\xff", NULL},
  };
  fm_registry *registry = fm_registry_new();
  fm_catalog *c = catalog(registry, FM_STR(""));
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_arena arena = {0};
    fm_why why = {0};
    fm_str address = {0};
    int rc = fm_lookup_address(c, fm_str_of(rows[i].text), &arena, &address, &why);
    if (rc != (rows[i].address ? FM_OK : FM_E_NOT_FOUND) || (!rc && !fm_str_is(address, rows[i].address)))
      fail_msg("%s: %d, %.*s, %s", rows[i].text, rc, FM_FMT(address), why.text);
    assert_true(!rc || why.text[0]);
    fm_arena_deinit(&arena);
  }
  fm_catalog_unref(c);
  fm_registry_unref(registry);
}

static void who_is_admitted(void **state)
{
  (void)state;
  fm_registry *registry = fm_registry_new();
  fm_why why = {0};
  fm_web web = {0};
  fm_catalog *open = catalog(registry, FM_STR("")), *closed = catalog(registry, FM_STR("secret"));
  fm_web_configure(&web, open);
  assert_int_equal(fm_web_authorize(&web, FM_STR(""), &why), FM_OK);
  assert_int_equal(fm_web_authorize(&web, FM_STR("anything"), &why), FM_OK);
  fm_web_configure(&web, closed);
  assert_int_equal(fm_web_authorize(&web, FM_STR("secret"), &why), FM_OK);
  static const char *const wrong[] = {"", "s", "secre", "secrets", "Secret", "terces"};
  for (size_t i = 0; i < LEN(wrong); i++)
    assert_int_equal(fm_web_authorize(&web, fm_str_of(wrong[i]), &why), FM_E_FORBIDDEN);
  fm_reply *reply = fm_web_error_reply(FM_E_FORBIDDEN, &why);
  assert_int_equal(fm_reply_status(reply), 403);
  fm_reply_unref(reply);
  fm_catalog_unref(web.catalog);
  fm_catalog_unref(open);
  fm_catalog_unref(closed);
  fm_registry_unref(registry);
}

/* Each text stands in one place, as it is, whatever it holds. */
static void preview(void **state)
{
  (void)state;
  fm_person authors[8];
  for (size_t i = 0; i < LEN(authors); i++)
    authors[i] = (fm_person){.name = FM_STR("A<i>da</i>")};
  fm_link link = {.rel = FM_STR("alternate"), .href = FM_STR("https://h/1?a=1&b='")};
  fm_entry entries[] = {
    {.id = FM_STR("https://h/1"), .title = FM_STR("</h2><script>alert(1)</script>"), .published = 1785800000,
     .authors = authors, .nauthors = LEN(authors), .links = &link, .nlinks = 1, .summary = FM_STR("a < b")},
    {.id = FM_STR("https://h/2"), .title = FM_STR("Second"), .published = FM_NO_TIME},
  };
  fm_feed feed = {.title = FM_STR("T & \"t\""), .link = FM_STR("https://h/?x&y"), .entries = entries, .nentries = 2};
  fm_publication place = {.self = FM_STR("http://h/papers?q=x&key=y"), .home = FM_STR("http://h/")};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_preview_format.write(&feed, &place, &out), FM_OK);
  fm_buf_char(&out, 0);
  assert_null(strstr(fm_buf_view(&out).ptr, "<script"));
  htmlDocPtr doc = htmlReadDoc((const xmlChar *)fm_buf_view(&out).ptr, NULL, "UTF-8", HTML_PARSE_NOERROR);
  schema_is(doc, "string(//title)", "T & \"t\"");
  schema_is(doc, "count(//link[@rel='alternate'])", "3");
  schema_is(doc, "string(//link[@type='application/rss+xml']/@href)", "http://h/papers.rss?q=x&key=y");
  schema_is(doc, "count(//article)", "2");
  schema_is(doc, "string(//article[1]/h2)", "</h2><script>alert(1)</script>");
  schema_is(doc, "string(//article[1]/h2/a/@href)", "https://h/1?a=1&b='");
  schema_is(doc, "string(//article[1]/p[1]/time/@datetime)", "2026-08-03T23:33:20Z");
  schema_is(doc, "substring-after(string(//article[1]/p[1]), ' and ')", "2 others");
  schema_is(doc, "string(//article[1]/p[2])", "a < b");
  schema_is(doc, "string(//article[2]/h2/a/@href)", "https://h/2");
  schema_is(doc, "count(//script)", "0");
  schema_is(doc, "string(//footer/a/@href)", "http://h/?key=y");
  xmlFreeDoc(doc);
  fm_buf_deinit(&out);
  feed.nentries = 0;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_preview_format.write(&feed, &place, &out), FM_OK);
  fm_buf_char(&out, 0);
  assert_non_null(strstr(fm_buf_view(&out).ptr, "There are no entries at the moment."));
  fm_buf_deinit(&out);
}

/* A source may hand over anything: no link that runs code, and the text of an entry
 * that has but content. */
static void preview_of_the_odd(void **state)
{
  (void)state;
  fm_link bad = {.rel = FM_STR("alternate"), .href = FM_STR("javascript:alert(1)")};
  char *body = malloc(4000);
  memset(body, 'x', 4000);
  static const char start[] = "<p>One &amp; <b>two</b></p><script>no</script>";
  memcpy(body, start, strlen(start));
  for (size_t at = 1500; at < 1600; at += 2)
    memcpy(body + at, "\xc3\xa9", 2);
  memcpy(body + 1600, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 8);
  fm_entry entries[] = {
    {.id = FM_STR("urn:x:1"), .title = FM_STR("Bad"), .published = FM_NO_TIME, .links = &bad, .nlinks = 1},
    {.id = FM_STR("data:text/html,x"), .published = FM_NO_TIME, .content = FM_STR("<p>short</p>")},
    {.id = FM_STR("https://h/3"), .title = FM_STR("Long"), .published = FM_NO_TIME, .content = {body, 4000}},
  };
  fm_feed feed = {.title = FM_STR("T"), .link = FM_STR("javascript:x"), .entries = entries, .nentries = 3};
  fm_publication place = {.self = FM_STR("http://h/papers")};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_preview_format.write(&feed, &place, &out), FM_OK);
  assert_true(fm_utf8_valid(fm_buf_view(&out)));
  fm_buf_char(&out, 0);
  htmlDocPtr doc = htmlReadDoc((const xmlChar *)fm_buf_view(&out).ptr, NULL, "UTF-8", HTML_PARSE_NOERROR);
  schema_is(doc, "count(//a[starts-with(@href, 'javascript') or starts-with(@href, 'data')])", "0");
  schema_is(doc, "string(//article[1]/h2)", "Bad");
  schema_is(doc, "string(//article[2]/h2)", "data:text/html,x");
  schema_is(doc, "string(//article[2]/p[2])", "short");
  schema_is(doc, "string(//article[3]/h2/a/@href)", "https://h/3");
  schema_is(doc, "starts-with(string(//article[3]/p[2]), 'One & two')", "true");
  schema_is(doc, "string-length(string(//article[3]/p[2])) < 1510", "true");
  schema_is(doc, "substring(string(//article[3]/p[2]), string-length(string(//article[3]/p[2])))", "\xe2\x80\xa6");
  xmlFreeDoc(doc);
  fm_buf_deinit(&out);
  free(body);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(standing_in_words), cmocka_unit_test(durations), cmocka_unit_test(addresses),
    cmocka_unit_test(offers), cmocka_unit_test(listings), cmocka_unit_test(who_is_admitted), cmocka_unit_test(preview),
    cmocka_unit_test(preview_of_the_odd),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
