/* Atom: the members, their order, and validity whatever the feed is. */
#include "schema.h"

static xmlRelaxNGPtr ours, other;

static int load(void **state)
{
  (void)state;
  ours = schema_load(OUR_SCHEMA);
  other = access(OTHER_SCHEMA, R_OK) == 0 ? schema_load(OTHER_SCHEMA) : NULL;
  return 0;
}

static int unload(void **state)
{
  (void)state;
  xmlRelaxNGFree(ours);
  xmlRelaxNGFree(other);
  schema_cleanup();
  return 0;
}

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

/* Writes, parses, validates; the caller frees. */
static xmlDocPtr write_valid(const fm_feed *feed, const fm_publication *place)
{
  fm_buf_clear(&out);
  assert_int_equal(fm_atom_write(feed, place, &out), FM_OK);
  xmlDocPtr doc = schema_parse(fm_buf_view(&out));
  if (schema_check(ours, doc) || (other && schema_check(other, doc))) {
    fwrite(out.ptr, 1, out.len, stderr);
    fail_msg("not valid: %s", schema_said);
  }
  return doc;
}

static xmlDocPtr write_entry(fm_entry entry)
{
  fm_feed feed = sample_feed();
  fm_publication place = {.changed = 0};
  feed.entries = &entry;
  feed.nentries = 1;
  return write_valid(&feed, &place);
}

static void whole_document(void **state)
{
  (void)state;
#define ESCAPED "a &amp; b &lt; c &gt; d \" e ' f ]]&gt; g \xe2\x80\x9c\xf0\x9f\xa7\xa0\xe2\x80\x9d" \
                " &amp;amp; &lt;b&gt;h&lt;/b&gt;"
  static const char want[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n"
    "<id>https://papers.test/papers</id>\n"
    "<title>Papers &amp; more</title>\n"
    "<subtitle>4 August &lt;2026&gt;</subtitle>\n"
    "<updated>2026-08-05T00:00:00Z</updated>\n"
    "<author>\n<name>Papers</name>\n<uri>https://papers.test</uri>\n"
    "<email>us@papers.test</email>\n</author>\n"
    "<link rel=\"self\" href=\"http://127.0.0.1:8080/papers.atom?q=a&amp;limit=5\""
    " type=\"application/atom+xml\"/>\n"
    "<link rel=\"alternate\" href=\"https://papers.test/papers\" type=\"text/html\"/>\n"
    "<icon>https://papers.test/favicon.ico</icon>\n"
    "<logo>https://papers.test/l.svg</logo>\n"
    "<generator version=\"" FM_VERSION "\">feedmill</generator>\n"
    "<entry>\n"
    "<id>https://papers.test/papers/1</id>\n"
    "<title>" ESCAPED "</title>\n"
    "<link rel=\"alternate\" href=\"https://papers.test/papers/1?a=1&amp;b=2\" type=\"text/html\"/>\n"
    "<link rel=\"related\" href=\"https://arxiv.test/abs/1\" title=\"arXiv &lt;abs&gt;\"/>\n"
    "<link rel=\"enclosure\" href=\"https://arxiv.test/pdf/1\" type=\"application/pdf\"/>\n"
    "<published>2026-08-04T00:00:00Z</published>\n"
    "<updated>2026-08-05T00:00:00Z</updated>\n"
    "<author><name>V\xc3\xadt Garc\xc3\xad" "a</name><uri>https://papers.test/people/vit</uri></author>\n"
    "<author><name>Li &amp; Wei</name><email>li@papers.test</email></author>\n"
    "<category term=\"brains &amp; minds\"/>\n"
    "<category term=\"Neural &amp; Co\" scheme=\"https://papers.test/organizations\""
    " label=\"Neural &quot;&amp;&quot; Co\"/>\n"
    "<summary>First line\nsecond " ESCAPED "</summary>\n"
    "<content type=\"html\">&lt;p&gt;x &amp;lt; y &amp;amp; z&lt;/p&gt;</content>\n"
    "<rights>\xc2\xa9 nobody</rights>\n"
    "</entry>\n"
    "<entry>\n"
    "<id>tag:papers.test,2026:2</id>\n"
    "<title>Second</title>\n"
    "<link rel=\"alternate\" href=\"https://papers.test/papers/1?a=1&amp;b=2\" type=\"text/html\"/>\n"
    "<published>2026-08-03T00:00:00Z</published>\n"
    "<updated>2026-08-03T00:00:00Z</updated>\n"
    "</entry>\n"
    "</feed>\n";
  fm_feed feed = sample_feed();
  fm_publication place = sample_place();
  xmlDocPtr doc = write_valid(&feed, &place);
  fm_buf_char(&out, 0);
  assert_string_equal(out.ptr, want);
  schema_is(doc, "string(//a:entry[1]/a:title)", NAUGHTY);
  schema_is(doc, "string(//a:entry[1]/a:summary)", "First line\nsecond " NAUGHTY);
  xmlFreeDoc(doc);
}

static void same_feed_same_bytes(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_publication place = sample_place();
  assert_int_equal(fm_atom_write(&feed, &place, &out), FM_OK);
  size_t len = out.len;
  assert_int_equal(fm_atom_write(&feed, &place, &out), FM_OK);
  assert_int_equal(out.len, 2 * len);
  assert_memory_equal(out.ptr, out.ptr + len, len);
}

static void updated_is(fm_feed feed, int64_t changed, const char *want)
{
  fm_publication place = {.changed = changed};
  xmlDocPtr doc = write_valid(&feed, &place);
  schema_is(doc, "string(/a:feed/a:updated)", want);
  xmlFreeDoc(doc);
}

static void feed_is_as_new_as_its_newest_entry(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  updated_is(feed, 5, "2026-08-05T00:00:00Z");
  feed.nentries = 0;
  updated_is(feed, 5, "2026-08-04T00:00:00Z");
  feed.day = FM_NO_TIME;
  updated_is(feed, 5, "1970-01-01T00:00:05Z");
  updated_is(feed, FM_NO_TIME, "1970-01-01T00:00:00Z");
  fm_entry timeless = {.id = FM_STR("urn:x:1"), .published = FM_NO_TIME, .updated = FM_NO_TIME};
  feed.entries = &timeless;
  feed.nentries = 1;
  updated_is(feed, 86400, "1970-01-02T00:00:00Z");
  feed.day = 0;
  updated_is(feed, 86400, "1970-01-01T00:00:00Z");
}

static void dates_stay_within_four_digits(void **state)
{
  (void)state;
  fm_entry entry = {.id = FM_STR("urn:x:1"), .published = INT64_MIN + 1, .updated = INT64_MAX};
  xmlDocPtr doc = write_entry(entry);
  schema_is(doc, "string(//a:entry/a:published)", "0001-01-01T00:00:00Z");
  schema_is(doc, "string(//a:entry/a:updated)", "9999-12-31T23:59:59Z");
  xmlFreeDoc(doc);
}

static void empty_feed_is_valid(void **state)
{
  (void)state;
  fm_feed feed = {.id = FM_STR("urn:x:feed"), .title = FM_STR("t"), .day = FM_NO_TIME};
  fm_publication place = {.changed = 0};
  xmlDocPtr doc = write_valid(&feed, &place);
  schema_is(doc, "count(//a:entry)", "0");
  schema_is(doc, "count(//a:link)", "0");
  schema_is(doc, "string(/a:feed/a:author/a:name)", "t");
  schema_is(doc, "count(/a:feed/@xml:lang)", "0");
  xmlFreeDoc(doc);
}

static void archives_say_so(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_publication place = {.self = FM_STR("http://h/a"), .prev_archive = FM_STR("http://h/p"),
                    .next_archive = FM_STR("http://h/n"), .current = FM_STR("http://h/c"),
                    .archive = 1};
  xmlDocPtr doc = write_valid(&feed, &place);
  schema_is(doc, "count(/a:feed/fh:archive)", "1");
  schema_is(doc, "string(/a:feed/a:link[@rel='self']/@href)", "http://h/a");
  schema_is(doc, "string(/a:feed/a:link[@rel='prev-archive']/@href)", "http://h/p");
  schema_is(doc, "string(/a:feed/a:link[@rel='next-archive']/@href)", "http://h/n");
  schema_is(doc, "string(/a:feed/a:link[@rel='current']/@href)", "http://h/c");
  xmlFreeDoc(doc);
}

static void unfit_addresses_are_left_out(void **state)
{
  (void)state;
  static const char *const unfit[] = {
    "", "/papers/1", "papers", "//host/x", "http://", "https:///x", "http://a b/", "http://h/a b",
    "http://h/\n", " http://h/", "http://h/<", "http://h/\"", "http://h/\x01", "http://h/\xff",
    "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd",
    "vbscript:x", "view-source:javascript:x", "http://user@h/", "http://h/%zz", "1http://h/",
  };
  for (size_t i = 0; i < LEN(unfit); i++) {
    fm_link link = {.rel = FM_STR("related"), .href = fm_str_of(unfit[i])};
    fm_person author = {.name = FM_STR("n"), .uri = fm_str_of(unfit[i])};
    fm_entry entry = {.id = FM_STR("urn:x:1"), .links = &link, .nlinks = 1, .authors = &author,
                      .nauthors = 1};
    xmlDocPtr doc = write_entry(entry);
    fm_arena arena = {0};
    if (!fm_str_is(schema_ask(&arena, doc, "count(//a:entry/a:link|//a:entry/a:author/a:uri)"), "0"))
      fail_msg("written: %s", unfit[i]);
    fm_arena_deinit(&arena);
    xmlFreeDoc(doc);
  }
}

static void fit_addresses_are_written(void **state)
{
  (void)state;
  static const char *const fit[] = {
    "http://h", "https://h:8443/a/b?c=d&e='f'#g", "http://[2001:db8::1]/", "HTTPS://H/",
    "https://b\xc3\xbc" "cher.test/\xe4\xb8\xad", "mailto:a@b", "magnet:?xt=urn:x", "ftp://h/f",
  };
  for (size_t i = 0; i < LEN(fit); i++) {
    fm_link link = {.rel = FM_STR("related"), .href = fm_str_of(fit[i])};
    fm_entry entry = {.id = FM_STR("urn:x:1"), .links = &link, .nlinks = 1};
    xmlDocPtr doc = write_entry(entry);
    schema_is(doc, "string(//a:entry/a:link/@href)", fit[i]);
    xmlFreeDoc(doc);
  }
}

/* RFC 4287 section 4.1.2: no two alternates of one type. */
static void one_alternate_of_a_type(void **state)
{
  (void)state;
  fm_link links[] = {
    {.rel = FM_STR("alternate"), .href = FM_STR("nowhere")},
    {.href = FM_STR("http://h/1")},
    {.rel = FM_STR("alternate"), .href = FM_STR("http://h/2"), .type = FM_STR("text/html")},
    {.rel = FM_STR("alternate"), .href = FM_STR("http://h/3"), .type = FM_STR("TEXT/html")},
    {.rel = FM_STR("alternate"), .href = FM_STR("http://h/4"), .type = FM_STR("no type")},
    {.rel = FM_STR("bad rel"), .href = FM_STR("http://h/5"), .type = FM_STR("a/b; c=d")},
  };
  fm_entry entry = {.id = FM_STR("urn:x:1"), .links = links, .nlinks = LEN(links)};
  xmlDocPtr doc = write_entry(entry);
  schema_is(doc, "count(//a:entry/a:link)", "5");
  schema_is(doc, "count(//a:entry/a:link[@rel='alternate'])", "2");
  schema_is(doc, "string(//a:entry/a:link[1]/@href)", "http://h/1");
  schema_is(doc, "string(//a:entry/a:link[3]/@rel)", "related");
  schema_is(doc, "string(//a:entry/a:link[4]/@rel)", "related");
  schema_is(doc, "count(//a:entry/a:link[4]/@type)", "0");
  schema_is(doc, "string(//a:entry/a:link[5]/@rel)", "related");
  schema_is(doc, "string(//a:entry/a:link[5]/@type)", "a/b; c=d");
  xmlFreeDoc(doc);
}

static void unfit_members_are_left_out(void **state)
{
  (void)state;
  fm_person people[] = {{.name = FM_STR(" \n")}, {.name = FM_STR("n"), .email = FM_STR("nobody")},
                        {.uri = FM_STR("http://h/")}};
  fm_category categories[] = {{.term = FM_STR("")}, {.term = FM_STR("t"), .scheme = FM_STR("s")}};
  fm_entry entry = {.id = FM_STR("urn:x:1"), .summary = FM_STR(" \n"), .authors = people,
                    .nauthors = LEN(people), .categories = categories, .ncategories = 2};
  xmlDocPtr doc = write_entry(entry);
  schema_is(doc, "count(//a:entry/a:author)", "1");
  schema_is(doc, "count(//a:entry/a:author/*)", "1");
  schema_is(doc, "count(//a:entry/a:category)", "1");
  schema_is(doc, "count(//a:entry/a:category/@*)", "1");
  schema_is(doc, "count(//a:entry/a:summary)", "0");
  xmlFreeDoc(doc);
}

static void languages_are_tags(void **state)
{
  (void)state;
  static const char *const tags[] = {"en", "pt-BR", "zh-Hans-CN", "x-klingon", "de-1996"};
  static const char *const none[] = {"", "-", "en-", "-en", "en_US", "en US", "1en", "abcdefghi",
                                     "en--US", "\xc3\xa9", "en-abcdefghi"};
  fm_publication place = {.changed = 0};
  for (size_t i = 0; i < LEN(tags) + LEN(none); i++) {
    fm_feed feed = sample_feed();
    feed.language = fm_str_of(i < LEN(tags) ? tags[i] : none[i - LEN(tags)]);
    xmlDocPtr doc = write_valid(&feed, &place);
    schema_is(doc, "string(/a:feed/@xml:lang)", i < LEN(tags) ? tags[i] : "");
    xmlFreeDoc(doc);
  }
}

/* RFC 4287 section 4.1.2 wants content where there is no alternate link. */
static void entry_of_nothing_is_valid(void **state)
{
  (void)state;
  fm_entry bare = {.id = FM_STR("urn:x:1"), .summary = FM_STR("s")};
  xmlDocPtr doc = write_entry(bare);
  schema_is(doc, "string(//a:entry/a:content[@type='text'])", "s");
  xmlFreeDoc(doc);
  fm_entry linked = {.links = sample_links, .nlinks = LEN(sample_links), .summary = FM_STR("s")};
  doc = write_entry(linked);
  schema_is(doc, "count(//a:entry/a:content)", "0");
  schema_is(doc, "string(//a:entry/a:id)", "https://papers.test/papers/1?a=1&b=2");
  xmlFreeDoc(doc);
  doc = write_entry((fm_entry){.title = FM_STR("no id, no address: nothing to be known by")});
  schema_is(doc, "count(//a:entry)", "0");
  xmlFreeDoc(doc);
}

static void any_feed_is_valid(void **state)
{
  (void)state;
  for (int i = 0; i < 1500; i++) {
    fm_arena arena = {0};
    fm_feed feed = sample_noise_feed(&arena);
    fm_publication place = {.self = sample_noise(&arena), .prev_archive = sample_noise(&arena),
                      .archive = (int)sample_random(2), .changed = sample_time()};
    xmlFreeDoc(write_valid(&feed, &place));
    fm_arena_deinit(&arena);
  }
}

static void many_authors_are_all_there(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_person *people = fm_arena_alloc(&arena, 533 * sizeof *people);
  for (int i = 0; i < 533; i++)
    people[i].name = fm_arena_printf(&arena, "Author %d", i);
  fm_entry entry = {.id = FM_STR("urn:x:1"), .authors = people, .nauthors = 533};
  xmlDocPtr doc = write_entry(entry);
  schema_is(doc, "count(//a:entry/a:author)", "533");
  schema_is(doc, "string(//a:entry/a:author[533]/a:name)", "Author 532");
  xmlFreeDoc(doc);
  fm_arena_deinit(&arena);
}

/* Whatever the cap: all of the document, or nothing and FM_E_TOO_BIG. */
static void over_the_cap_nothing_is_added(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_publication place = sample_place();
  assert_int_equal(fm_atom_write(&feed, &place, &out), FM_OK);
  for (const fm_format *format = fm_formats; format->name; format++) {
    fm_buf_clear(&out);
    assert_int_equal(format->write(&feed, &place, &out), FM_OK);
    for (size_t max = 4; max <= out.len + 4; max++) {
      fm_buf small;
      fm_buf_init(&small, max);
      fm_buf_text(&small, "kept");
      int error = format->write(&feed, &place, &small);
      assert_int_equal(error, max < out.len + 4 ? FM_E_TOO_BIG : FM_OK);
      assert_int_equal(small.len, error ? 4 : out.len + 4);
      assert_memory_equal(small.ptr, "kept", 4);
      fm_buf_deinit(&small);
    }
  }
}

static void formats_are_found_by_name(void **state)
{
  (void)state;
  assert_ptr_equal(fm_format_find(FM_STR("atom"))->write, fm_atom_write);
  assert_ptr_equal(fm_format_find(FM_STR("rss"))->write, fm_rss_write);
  assert_ptr_equal(fm_format_find(FM_STR("json"))->write, fm_jsonfeed_write);
  assert_string_equal(fm_format_find(FM_STR("json"))->media_type, "application/feed+json");
  assert_null(fm_format_find(FM_STR("Atom")));
  assert_null(fm_format_find((fm_str){NULL, 0}));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)
  const struct CMUnitTest tests[] = {
    TEST(whole_document),
    TEST(same_feed_same_bytes),
    TEST(feed_is_as_new_as_its_newest_entry),
    TEST(dates_stay_within_four_digits),
    TEST(empty_feed_is_valid),
    TEST(archives_say_so),
    TEST(unfit_addresses_are_left_out),
    TEST(fit_addresses_are_written),
    TEST(one_alternate_of_a_type),
    TEST(unfit_members_are_left_out),
    TEST(languages_are_tags),
    TEST(entry_of_nothing_is_valid),
    TEST(any_feed_is_valid),
    TEST(many_authors_are_all_there),
    TEST(over_the_cap_nothing_is_added),
    TEST(formats_are_found_by_name),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
