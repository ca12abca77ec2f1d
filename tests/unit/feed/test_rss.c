/* RSS 2.0: the same ids and dates as Atom, and what RSS asks for besides. */
#include "schema.h"

static fm_buf out;

static int fresh(void **state)
{
  (void)state;
  fm_buf_init(&out, FM_BUF_MAX);
  return 0;
}

static int done(void **state)
{
  (void)state;
  fm_buf_deinit(&out);
  return 0;
}

static int unload(void **state)
{
  (void)state;
  schema_cleanup();
  return 0;
}

static xmlDocPtr write_feed(const fm_feed *feed, const fm_publication *place)
{
  fm_buf_clear(&out);
  assert_int_equal(fm_rss_write(feed, place, &out), FM_OK);
  return schema_parse(fm_buf_view(&out));
}

static xmlDocPtr write_entry(fm_entry entry)
{
  fm_feed feed = sample_feed();
  fm_publication place = {.changed = 0};
  feed.entries = &entry;
  feed.nentries = 1;
  return write_feed(&feed, &place);
}

static void channel(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_publication place = {.self = FM_STR("http://h/papers.rss?a&b"), .prev_archive = FM_STR("http://h/p")};
  xmlDocPtr doc = write_feed(&feed, &place);
  schema_is(doc, "string(/rss/@version)", "2.0");
  schema_is(doc, "count(/rss/*)", "1");
  schema_is(doc, "string(/rss/channel/title)", "Papers & more");
  schema_is(doc, "string(/rss/channel/link)", "https://papers.test/papers");
  schema_is(doc, "string(/rss/channel/description)", "4 August &lt;2026&gt;");
  schema_is(doc, "string(/rss/channel/language)", "en");
  schema_is(doc, "string(/rss/channel/lastBuildDate)", "Wed, 05 Aug 2026 00:00:00 +0000");
  schema_is(doc, "string(/rss/channel/dc:creator)", "Papers");
  schema_is(doc, "string(/rss/channel/generator)", "feedmill " FM_VERSION);
  schema_is(doc, "string(/rss/channel/image/url)", "https://papers.test/l.svg");
  schema_is(doc, "string(/rss/channel/image/title)", "Papers & more");
  schema_is(doc, "string(/rss/channel/image/link)", "https://papers.test/papers");
  schema_is(doc, "string(/rss/channel/a:link[@rel='self']/@href)", "http://h/papers.rss?a&b");
  schema_is(doc, "string(/rss/channel/a:link[@rel='self']/@type)", "application/rss+xml");
  schema_is(doc, "string(/rss/channel/a:link[@rel='prev-archive']/@href)", "http://h/p");
  schema_is(doc, "count(/rss/channel/ttl)", "0");
  schema_is(doc, "count(//fh:archive)", "0");
  schema_is(doc, "count(/rss/channel/item)", "2");
  xmlFreeDoc(doc);
}

static void ttl_is_in_minutes(void **state)
{
  (void)state;
  static const struct {
    int64_t every;
    const char *ttl;
  } rows[] = {{1, "1"}, {60, "1"}, {90, "2"}, {1800, "30"}, {86400 * 30, "43200"}};
  fm_feed feed = sample_feed();
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_publication place = {.every = rows[i].every};
    xmlDocPtr doc = write_feed(&feed, &place);
    schema_is(doc, "string(/rss/channel/ttl)", rows[i].ttl);
    xmlFreeDoc(doc);
  }
}

static void item(void **state)
{
  (void)state;
  xmlDocPtr doc = write_entry(sample_entries[0]);
  schema_is(doc, "string(//item/guid)", "https://papers.test/papers/1");
  schema_is(doc, "string(//item/guid/@isPermaLink)", "false");
  schema_is(doc, "string(//item/title)", NAUGHTY);
  schema_is(doc, "string(//item/link)", "https://papers.test/papers/1?a=1&b=2");
  schema_is(doc, "count(//item/a:link)", "1");
  schema_is(doc, "string(//item/a:link[@rel='related']/@title)", "arXiv <abs>");
  schema_is(doc, "string(//item/pubDate)", "Tue, 04 Aug 2026 00:00:00 +0000");
  schema_is(doc, "string(//item/a:updated)", "2026-08-05T00:00:00Z");
  schema_is(doc, "count(//item/dc:creator)", "2");
  schema_is(doc, "string(//item/dc:creator[2])", "Li & Wei");
  schema_is(doc, "string(//item/category[2])", "Neural & Co");
  schema_is(doc, "string(//item/category[2]/@domain)", "https://papers.test/organizations");
  schema_is(doc, "count(//item/category[1]/@domain)", "0");
  schema_is(doc, "string(//item/enclosure/@url)", "https://arxiv.test/pdf/1");
  schema_is(doc, "string(//item/enclosure/@length)", "0");
  schema_is(doc, "string(//item/enclosure/@type)", "application/pdf");
  schema_is(doc, "string(//item/content:encoded)", "<p>x &lt; y &amp; z</p>");
  schema_is(doc, "string(//item/dc:rights)", "\xc2\xa9 nobody");
  xmlFreeDoc(doc);
}

/* A description is HTML: read as such, the summary is what it was. */
static void description_is_html_of_the_text(void **state)
{
  (void)state;
  xmlDocPtr doc = write_entry(sample_entries[0]);
  fm_arena arena = {0};
  fm_str html = schema_ask(&arena, doc, "concat('<d>',//item/description,'</d>')");
  xmlDocPtr inner = schema_parse(html);
  schema_is(inner, "count(//*)", "1");
  schema_is(inner, "string(/d)", "First line\nsecond " NAUGHTY);
  xmlFreeDoc(inner);
  xmlFreeDoc(doc);
  fm_arena_deinit(&arena);
}

static void guid_is_a_permalink_when_it_is_the_address(void **state)
{
  (void)state;
  fm_entry entry = sample_entries[0];
  entry.id = sample_links[0].href;
  xmlDocPtr doc = write_entry(entry);
  schema_is(doc, "string(//item/guid/@isPermaLink)", "true");
  xmlFreeDoc(doc);
  entry.nlinks = 0;
  doc = write_entry(entry);
  schema_is(doc, "string(//item/guid/@isPermaLink)", "false");
  schema_is(doc, "count(//item/link)", "0");
  xmlFreeDoc(doc);
}

static void what_is_missing_is_left_out(void **state)
{
  (void)state;
  xmlDocPtr doc = write_entry((fm_entry){.id = FM_STR("urn:x:1"), .title = FM_STR("t"),
                                         .published = FM_NO_TIME, .updated = 86400});
  schema_is(doc, "count(//item/*)", "4");
  schema_is(doc, "string(//item/pubDate)", "Fri, 02 Jan 1970 00:00:00 +0000");
  xmlFreeDoc(doc);
  doc = write_entry((fm_entry){.title = FM_STR("neither id nor address")});
  schema_is(doc, "count(//item)", "0");
  xmlFreeDoc(doc);
}

/* title, link and description are there even if the feed has none. */
static void required_members_are_there(void **state)
{
  (void)state;
  fm_feed feed = {.id = FM_STR("https://h/x"), .day = FM_NO_TIME};
  fm_publication place = {.archive = 1, .changed = FM_NO_TIME};
  xmlDocPtr doc = write_feed(&feed, &place);
  schema_is(doc, "string(/rss/channel/title)", "https://h/x");
  schema_is(doc, "string(/rss/channel/link)", "https://h/x");
  schema_is(doc, "string(/rss/channel/description)", "https://h/x");
  schema_is(doc, "string(/rss/channel/lastBuildDate)", "Thu, 01 Jan 1970 00:00:00 +0000");
  schema_is(doc, "count(/rss/channel/image|/rss/channel/language|//a:link)", "0");
  schema_is(doc, "count(/rss/channel/fh:archive)", "1");
  xmlFreeDoc(doc);
}

static void any_feed_is_well_formed(void **state)
{
  (void)state;
  for (int i = 0; i < 3000; i++) {
    fm_arena arena = {0};
    fm_feed feed = sample_noise_feed(&arena);
    fm_publication place = {.self = sample_noise(&arena), .current = sample_noise(&arena),
                      .archive = (int)sample_random(2), .changed = sample_time()};
    xmlDocPtr doc = write_feed(&feed, &place);
    schema_is(doc, "count(//item[not(guid) or not(title) or not(pubDate)])", "0");
    schema_is(doc, "count(//enclosure[not(@url) or not(@length) or not(@type)])", "0");
    xmlFreeDoc(doc);
    fm_arena_deinit(&arena);
  }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)
  const struct CMUnitTest tests[] = {
    TEST(channel),
    TEST(ttl_is_in_minutes),
    TEST(item),
    TEST(description_is_html_of_the_text),
    TEST(guid_is_a_permalink_when_it_is_the_address),
    TEST(what_is_missing_is_left_out),
    TEST(required_members_are_there),
    TEST(any_feed_is_well_formed),
  };
  return cmocka_run_group_tests(tests, NULL, unload);
}
