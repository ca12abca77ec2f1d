/* Extraction with recipes: every kind of field, and malformed pages. */
#include "source/recipe/recipe_kit.h"

#define PAGE(body) "<!doctype html><html lang=\"de\"><head><title>The list</title></head><body>" body "</body></html>"

/* ---- fields ---- */

static const char all_fields[] =
  HEAD
  "items: \"css: ul#list > li\"\n"
  "fields:\n"
  "  title: \"css: h2\"\n"
  "  link: \"css: h2 a @href\"\n"
  "  id: \"css: :scope @data-id\"\n"
  "  published: \"css: time @datetime\"\n"
  "  updated: \"css: .changed\"\n"
  "  author: \"css: .by a\"\n"
  "  summary: \"css: .sum\"\n"
  "  content: \"css: .text\"\n"
  "  image: \"css: img @src\"\n"
  "  category: \"css: .tag\"\n"
  "  comments: \"css: a.talk @href\"\n"
  "  enclosure: \"css: a.file @href\"\n"
  "  numbers: {points: \"css: .points\", comments: \"css: a.talk\"}\n";

static const char all_page[] = PAGE(
  "<ul id=list>"
  "<li data-id=\"urn:x:7\"><h2><a href=\"/a?b=1&amp;c=2\">  One &amp;\n <i>more</i></a></h2>"
  "<time datetime=\"2026-08-03T12:00:00+02:00\">Monday</time><i class=changed>3 hours ago</i>"
  "<p class=by><a>Ann</a>, <a>Ben</a><a> </a><a>Ann</a></p><p class=sum>In <b>short</b> &lt;x></p>"
  "<div class=text>Long <b onclick=x>text</b> <a href=rel>r</a><script>bad()</script></div>"
  "<img src=\"pic.png?a=1&amp;b\"><i class=tag>t1</i><i class=tag>t2</i><i class=tag>t1</i>"
  "<a class=talk href=\"#talk\">1,234 comments</a><a class=file href=\"//cdn.test/f.mp3\">get</a>"
  "<i class=points>-1.5k points</i></li>"
  "<li><h2><a href=\"b\">Two</a></h2></li>"
  "</ul><ul><li><h2>elsewhere</h2></li></ul>");

static void test_all_fields(void **state)
{
  (void)state;
  reading r = read_good(all_fields, all_page);
  assert_int_equal(r.feed->nentries, 2);
  const fm_entry *e = &r.feed->entries[0];
  expect(e->title, "One & more");
  expect(e->id, "urn:x:7");
  expect(link_of(e, "alternate"), "https://news.test/a?b=1&c=2");
  assert_int_equal(e->published, NOW - 14 * 3600);
  assert_int_equal(e->updated, NOW - 3 * 3600);
  assert_int_equal(e->nauthors, 2);
  expect(e->authors[0].name, "Ann");
  expect(e->authors[1].name, "Ben");
  expect(e->summary, "In short <x>");
  expect(e->content, "<p><img src=\"https://news.test/pic.png?a=1&amp;b\" alt=\"\"></p>"
                     "<div>Long <b>text</b> <a href=\"https://news.test/rel\">r</a></div>");
  assert_int_equal(e->ncategories, 2);
  expect(e->categories[0].term, "t1");
  expect(e->categories[1].term, "t2");
  expect(link_of(e, "replies"), "https://news.test/list#talk");
  expect(link_of(e, "enclosure"), "https://cdn.test/f.mp3");
  double number = 0;
  assert_true(fm_entry_number(e, FM_STR("points"), &number) && number == -1500);
  assert_true(fm_entry_number(e, FM_STR("comments"), &number) && number == 1234);
  end(&r);
}

/* Fields without a value are left out. */
static void test_left_out(void **state)
{
  (void)state;
  reading r = read_good(all_fields, all_page);
  const fm_entry *e = &r.feed->entries[1];
  expect(e->title, "Two");
  expect(e->id, "https://news.test/b");
  assert_int_equal(e->published, FM_NO_TIME);
  assert_int_equal(e->updated, FM_NO_TIME);
  assert_int_equal(e->nauthors + e->ncategories + e->nnumbers + e->summary.len + e->content.len, 0);
  assert_int_equal(e->nlinks, 1);
  expect(r.out.note, "");
  end(&r);
}

static void test_feed(void **state)
{
  (void)state;
  reading r = read_good(all_fields, all_page);
  expect(r.feed->id, "https://news.test/list");
  expect(r.feed->link, "https://news.test/list");
  expect(r.feed->title, "The list");
  expect(r.feed->language, "de");
  assert_int_equal(r.feed->order, FM_ORDER_PUBLISHED);
  end(&r);
  r = read_good(HEAD "title: \"css: h1\"\nsubtitle: Sub\nlanguage: fr\nlink: https://news.test/\n"
                "order: page\n" ITEMS FIELDS, PAGE("<h1>H <i>1</i></h1><article><h2>x</h2></article>"));
  expect(r.feed->title, "H 1");
  expect(r.feed->subtitle, "Sub");
  expect(r.feed->language, "fr");
  expect(r.feed->link, "https://news.test/");
  assert_int_equal(r.feed->order, FM_ORDER_PAGE);
  end(&r);
}

/* ---- kinds of expressions ---- */

static void test_xpath(void **state)
{
  (void)state;
  reading r = read_good(HEAD "items: \"xpath: //tr[td]\"\n"
                        "fields:\n"
                        "  title: \"xpath: normalize-space(td[1])\"\n"
                        "  link: \"xpath: .//a/@href\"\n"
                        "  author: \"xpath: td[2] @title\"\n"
                        "  summary: \"xpath: concat(td[1], ' by ', td[2])\"\n"
                        "  category: \"xpath: td[3]/text()\"\n"
                        "  numbers: {rows: \"xpath: count(td)\"}\n",
                        PAGE("<table><tr><th>h</th></tr><tr><td> A  b </td><td title=Ann>a.</td>"
                             "<td>x<br>y</td><td><a href=\"/1\">go</a></td></tr></table>"));
  assert_int_equal(r.feed->nentries, 1);
  const fm_entry *e = &r.feed->entries[0];
  expect(e->title, "A b");
  expect(link_of(e, "alternate"), "https://news.test/1");
  expect(e->authors[0].name, "Ann");
  expect(e->summary, "A  b  by a.");
  assert_int_equal(e->ncategories, 2);
  double number = 0;
  assert_true(fm_entry_number(e, FM_STR("rows"), &number) && number == 4);
  end(&r);
}

#define POSTS "\"props\": {\"posts\": [{\"t\": \"A &amp; <b>c</b>\", \"u\": \"/1\", \"n\": 5, " \
              "\"by\": [{\"name\": \"Ann\"}, {\"name\": \"Ben\"}], \"at\": 1785801600, " \
              "\"tags\": [\"x\", \"y\"], \"html\": \"<p>H <script>1<\\/script>i</p>\"}, " \
              "{\"t\": null, \"u\": \"/2\"}, {\"u\": null}], \"name\": \"J\"}"
#define JSON_FIELDS "fields:\n  title: \"json: /t\"\n  link: \"json: /u\"\n" \
                    "  author: \"json: /by/*/name\"\n  published: \"json: /at\"\n" \
                    "  category: \"json: /tags\"\n  content: \"json: /html\"\n" \
                    "  numbers: {n: \"json: /n\"}\n"

static void check_posts(reading *r)
{
  assert_int_equal(r->feed->nentries, 2);
  const fm_entry *e = &r->feed->entries[0];
  expect(e->title, "A & c");
  expect(link_of(e, "alternate"), "https://news.test/1");
  expect(e->id, "https://news.test/1");
  assert_int_equal(e->published, NOW);
  assert_int_equal(e->nauthors, 2);
  expect(e->authors[1].name, "Ben");
  assert_int_equal(e->ncategories, 2);
  expect(e->content, "<p>H i</p>");
  double number = 0;
  assert_true(fm_entry_number(e, FM_STR("n"), &number) && number == 5);
  expect(r->feed->entries[1].title, "https://news.test/2");
  expect(r->out.note, "1 of 3 items have neither title nor link (item 3)");
  end(r);
}

static void test_json(void **state)
{
  (void)state;
  reading r = read_good(HEAD "items: \"json: /props/posts\"\ntitle: \"json: /props/name\"\n" JSON_FIELDS,
                        " {" POSTS "} ");
  expect(r.feed->title, "J");
  check_posts(&r);
  r = read_good(HEAD "items: \"json: script#data /props/posts\"\n" JSON_FIELDS,
                PAGE("<script>x</script><script id=data type=\"application/json\">{" POSTS "}</script>"));
  expect(r.feed->title, "The list");
  check_posts(&r);
  r = read_good(HEAD "items: \"json: script#data /props/posts\"\n" JSON_FIELDS,
                PAGE("<script id=data>window.state = {" POSTS "}; go();</script>"));
  check_posts(&r);
  r = read_good(HEAD "items: \"json: #app @data-props /props/posts\"\n" JSON_FIELDS,
                PAGE("<div id=app data-props='{" POSTS "}'></div>"));
  check_posts(&r);
}

/* JSON in an element of each item. */
static void test_json_in_items(void **state)
{
  (void)state;
  reading r = read_good(HEAD ITEMS "fields:\n  title: \"json: script /t\"\n"
                        "  link: \"json: :scope @data-x /u\"\n",
                        PAGE("<article data-x='{\"u\": \"/1\"}'><script>{\"t\": \"A\"}</script></article>"
                             "<article data-x='{\"u\": \"/2\"'><script>{\"t\": \"B</script></article>"));
  expect(r.feed->entries[0].title, "A");
  expect(link_of(&r.feed->entries[1], "alternate"), "https://news.test/2");
  end(&r);
}

static void test_text(void **state)
{
  (void)state;
  reading r = {.recipe = recipe_of("name: r\nurl: https://news.test/{board}/\n" ITEMS
                                   "title: \"Board {board}\"\nlink: https://news.test/see/{board}\n"
                                   "fields:\n  title: \"text: [{board}] {css: h2} ({css: i @title})\"\n"
                                   "  link: [\"text: /{css: a @data-n}/x\", \"text: /none\"]\n"
                                   "  id: \"text: tag:news.test,2026:{css: h2}\"\n")};
  fm_page page = {.url = FM_STR("https://news.test/new%2Fs/"), .key = FM_STR("https://news.test/new%2Fs/"),
                  .now = NOW,
                  .body = FM_STR(PAGE("<article><h2>One</h2><i title=y></i><a data-n=7></a></article>"
                                      "<article><h2>Two</h2></article>"))};
  read_on(&r, &page);
  assert_int_equal(r.error, FM_OK);
  expect(r.feed->title, "Board new/s");
  expect(r.feed->link, "https://news.test/see/new%2Fs");
  expect(r.feed->entries[0].title, "[new/s] One (y)");
  expect(link_of(&r.feed->entries[0], "alternate"), "https://news.test/7/x");
  expect(r.feed->entries[0].id, "tag:news.test,2026:One");
  expect(link_of(&r.feed->entries[1], "alternate"), "https://news.test/none");
  end(&r);
}

/* Selectors Level 3 and beyond, as a recipe writes them. */
static void test_selectors(void **state)
{
  (void)state;
  reading r = read_good(HEAD
                        "items: \"css: main > div:has(> h2):not(.ad, [hidden]) \"\n"
                        "fields:\n  title: \"css: :is(h2, h3):contains('ne')\"\n"
                        "  link: \"css: p:nth-of-type(2) a[href^='/x' i] @href\"\n",
                        PAGE("<main><div><h2>Some</h2><h3>One</h3><p><a href=/x0></a></p>"
                             "<p><a href=/X1></a></p></div><div class=ad><h2>One</h2></div>"
                             "<div hidden><h2>One</h2></div><div><h3>One</h3></div></main>"));
  assert_int_equal(r.feed->nentries, 1);
  expect(r.feed->entries[0].title, "One");
  expect(link_of(&r.feed->entries[0], "alternate"), "https://news.test/X1");
  end(&r);
}

/* Alternatives are tried in order, and so are the values of one. */
static void test_ways(void **state)
{
  (void)state;
  reading r = read_good(HEAD ITEMS "fields:\n  title: [\"css: h2\", \"css: h3\", {xpath: \"string(p)\"}]\n"
                        "  published: [{css: \".a\", format: \"%d/%m/%Y\"}, \"css: .b\"]\n",
                        PAGE("<article><h2> </h2><h2>A</h2></article><article><h3>B</h3>"
                             "<i class=a>junk</i><i class=a>04/08/2026</i></article>"
                             "<article><p>C</p><i class=a>x</i><i class=b>4 Aug 2026</i></article>"));
  assert_int_equal(r.feed->nentries, 3);
  const char *titles[] = {"A", "B", "C"};
  for (size_t i = 0; i < 3; i++)
    expect(r.feed->entries[i].title, titles[i]);
  assert_int_equal(r.feed->entries[1].published, NOW);
  assert_int_equal(r.feed->entries[2].published, NOW);
  end(&r);
}

/* ---- addresses and ids ---- */

static void test_base(void **state)
{
  (void)state;
  const char *body = "<article><h2>x</h2><a href=\"b/c\"></a></article>";
  char page[500];
  snprintf(page, sizeof page, "<html><head><base href=\"/sub/dir/\"></head><body>%s", body);
  reading r = read_good(HEAD ITEMS FIELDS, page);
  expect(link_of(&r.feed->entries[0], "alternate"), "https://news.test/sub/dir/b/c");
  end(&r);
  snprintf(page, sizeof page, "<html><head><base href=\"https://else.test/\"></head><body>%s", body);
  r = read_good(HEAD ITEMS FIELDS, page);
  expect(link_of(&r.feed->entries[0], "alternate"), "https://else.test/b/c");
  end(&r);
  /* the base is the URL after redirects, the id keeps the original one */
  r.recipe = recipe_of(HEAD ITEMS FIELDS);
  fm_page moved = {.body = fm_str_of(body), .url = FM_STR("https://www.news.test/en/"), .key = NEWS_URL};
  read_on(&r, &moved);
  expect(link_of(&r.feed->entries[0], "alternate"), "https://www.news.test/en/b/c");
  expect(r.feed->id, "https://news.test/list");
  end(&r);
}

static void test_no_address(void **state)
{
  (void)state;
  reading r = {.recipe = recipe_of(HEAD ITEMS FIELDS)};
  fm_page page = {.body = FM_STR("<article><h2>x</h2><a href=\"b\"></a></article>")};
  read_on(&r, &page);
  expect(r.feed->id, "https://news.test/list");
  expect(link_of(&r.feed->entries[0], "alternate"), "https://news.test/b");
  end(&r);
}

/* Without a page URL the defaults name the page; otherwise the page's own title does. */
static void test_no_address_but_defaults(void **state)
{
  (void)state;
  const char *body = PAGE("<article><h2>x</h2><a href=\"b\"></a></article>");
  reading r = {.recipe = recipe_of("name: r\nurl: https://news.test/{a}/{b}/\ndefaults: {b: two, a: one}\n"
                                   "title: \"{a} and {b}\"\nlink: https://news.test/{b}\n" ITEMS FIELDS)};
  fm_page page = {.body = fm_str_of(body)};
  read_on(&r, &page);
  expect(r.feed->id, "https://news.test/one/two/");
  expect(r.feed->title, "one and two");
  expect(r.feed->link, "https://news.test/two");
  expect(link_of(&r.feed->entries[0], "alternate"), "https://news.test/one/two/b");
  end(&r);
  r.recipe = recipe_of("name: r\nurl: https://news.test/{a}/{b}/\ndefaults: {b: two}\n"
                       "title: \"{a} and {b}\"\nlink: https://news.test/{b}\n" ITEMS FIELDS);
  read_on(&r, &page);
  expect(r.feed->title, "The list");
  expect(link_of(&r.feed->entries[0], "alternate"), "https://news.test/b");
  end(&r);
}

static void test_links_that_are_none(void **state)
{
  (void)state;
  reading r = read_good(HEAD ITEMS FIELDS,
                        PAGE("<article><h2>A</h2><a href=\"javascript:x()\"></a></article>"
                             "<article><h2>B</h2><a href=\"mailto:x@y\"></a><a href=\"/b\"></a></article>"
                             "<article><a href=\"javascript:x()\"></a></article>"));
  assert_int_equal(r.feed->nentries, 2);
  assert_int_equal(r.feed->entries[0].nlinks, 0);
  expect(r.feed->entries[0].id, "https://news.test/list#A");
  expect(link_of(&r.feed->entries[1], "alternate"), "https://news.test/b");
  end(&r);
}

static void test_ids(void **state)
{
  (void)state;
  const char *recipe = HEAD ITEMS FIELDS "  id: \"css: i\"\n";
  reading r = read_good(recipe, PAGE("<article><h2>A</h2><i>77</i></article>"
                                     "<article><h2>B</h2><i>https://x.test/b</i></article>"
                                     "<article><h2>C c</h2></article>"));
  expect(r.feed->entries[0].id, "https://news.test/list#77");
  expect(r.feed->entries[1].id, "https://x.test/b");
  expect(r.feed->entries[2].id, "https://news.test/list#C%20c");
  end(&r);
  /* the same on a further page of the list */
  r.recipe = recipe_of(recipe);
  fm_page second = {.body = FM_STR("<article><h2>A</h2><i>77</i></article>"), .number = 1,
                    .url = FM_STR("https://news.test/list?page=2"), .key = NEWS_URL};
  read_on(&r, &second);
  expect(r.feed->entries[0].id, "https://news.test/list#77");
  end(&r);
}

/* ---- dates ---- */

static int64_t date_by(const char *how, const char *text)
{
  char recipe[500], page[500];
  snprintf(recipe, sizeof recipe, HEAD ITEMS FIELDS "%s", how);
  snprintf(page, sizeof page, PAGE("<article><h2>x</h2><time>%s</time></article>"), text);
  reading r = read_good(recipe, page);
  int64_t time = r.feed->entries[0].published;
  end(&r);
  return time;
}

static reading read_dates(const char *how, const char *a, const char *b)
{
  char recipe[500], page[600];
  snprintf(recipe, sizeof recipe, HEAD ITEMS FIELDS "%s", how);
  snprintf(page, sizeof page, "<article><h2>x</h2><i>%s</i></article><article><h2>y</h2><i>%s</i></article>", a, b);
  return read_good(recipe, page);
}

/* Of a date with two meanings the other dates of its column tell the order, or the language. */
static void test_date_order(void **state)
{
  (void)state;
  static const struct {
    const char *how, *a, *b;
    int64_t first;
  } rows[] = {
    {"", "04/08/2026", "27/07/2026", NOW},
    {"", "Decided 08/04/2026", "Decided 07/27/2026", NOW},
    {"", "04/08/2026", "05/08/2026", FM_NO_TIME},
    {"", "27/07/2026", "07/27/2026", INT64_C(1785110400)},
    {"date: {language: fr}\n", "04/08/2026", "05/08/2026", NOW},
    {"date: {language: en-US}\n", "08/04/2026", "08/05/2026", NOW},
    {"date: {language: en-US}\n", "04/08/2026", "27/07/2026", NOW},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char how[200];
    snprintf(how, sizeof how, "  published: \"css: i\"\n%s", rows[i].how);
    reading r = read_dates(how, rows[i].a, rows[i].b);
    assert_int_equal(r.feed->entries[0].published, rows[i].first);
    end(&r);
  }
}

/* The language of a date is the field's, the recipe's, the page's. */
static void test_date_language(void **state)
{
  (void)state;
  reading r = read_dates("  published: {css: i, language: hr}\ndate: {language: pl}\n", "4 listopada 2026", "4 srpnja 2026");
  assert_int_equal(r.feed->entries[0].published, INT64_C(1791072000));
  end(&r);
  r = read_dates("  published: \"css: i\"\ndate: {language: pl}\n", "4 listopada 2026", "4 sierpnia 2026");
  assert_int_equal(r.feed->entries[0].published, INT64_C(1793750400));
  assert_int_equal(r.feed->entries[1].published, NOW);
  end(&r);
  r = read_dates("  published: \"css: i\"\nlanguage: de\n", "04.08.2026", "4. August 2026 09:00 QZT");
  assert_int_equal(r.feed->entries[0].published, NOW);
  expect(r.out.note, "no time zone \"QZT\" is known");
  end(&r);
}

static void test_dates(void **state)
{
  (void)state;
  const char *plain = "  published: \"css: time\"\n";
  assert_int_equal(date_by(plain, "2026-08-04T02:00:00+02:00"), NOW);
  assert_int_equal(date_by(plain, "2026-08-04"), NOW);
  assert_int_equal(date_by(plain, "Tue, 04 Aug 2026 00:00:00 GMT"), NOW);
  assert_int_equal(date_by(plain, "1785801600"), NOW);
  assert_int_equal(date_by(plain, "3 hours ago"), NOW - 3 * 3600);
  assert_int_equal(date_by(plain, "yesterday"), NOW - 86400);
  assert_int_equal(date_by(plain, "04/08/2026"), NOW); /* the page is German */
  assert_int_equal(date_by(plain, "soon"), FM_NO_TIME);
  assert_int_equal(date_by("  published: {css: time, format: \"%d/%m/%Y\"}\n", "04/08/2026"), NOW);
  assert_int_equal(date_by("  published: {css: time, format: [\"%m-%d-%y\", \"%d|%m|%Y\"]}\n", "4|8|2026"), NOW);
  assert_int_equal(date_by("  published: {css: time, timezone: Europe/Berlin}\n", "2026-08-04 02:00"), NOW);
  assert_int_equal(date_by("  published: {css: time, timezone: \"-05:00\"}\n", "2026-08-03 19:00"), NOW);
  assert_int_equal(date_by("  published: {css: time, timezone: Europe/Berlin}\n", "2026-08-04 00:00Z"), NOW);
  /* for all dates of the recipe, and for one field */
  assert_int_equal(date_by("  published: \"css: time\"\nformat: \"%d.%m.%Y um %H:%M\"\ntimezone: Europe/Berlin\n",
                           "04.08.2026 um 02:00"), NOW);
  assert_int_equal(date_by("  published: {css: time, timezone: UTC}\ntimezone: Europe/Berlin\n",
                           "2026-08-04 00:00"), NOW);
}

static void test_dates_named(void **state)
{
  (void)state;
  reading r = read_good(HEAD ITEMS FIELDS "  published: \"css: time\"\n",
                        PAGE("<article><h2>x</h2><time>soon</time></article>"
                             "<article><h2>y</h2><time>never</time></article>"
                             "<article><h2>z</h2></article>"));
  assert_int_equal(r.feed->nentries, 3);
  expect(r.out.note, "2 dates cannot be read (\"soon\"); link found nothing in any of 3 items");
  end(&r);
}

/* ---- what is missing ---- */

static void test_no_list(void **state)
{
  (void)state;
  const char *bare = HEAD ITEMS FIELDS, *with = HEAD "container: \"css: main\"\n" ITEMS FIELDS;
  expect_failed(bare, "", "the page is empty");
  expect_failed(bare, "<p>Log in", "no items: nothing on the page matches, and the recipe names no "
                                   "container that would tell an empty list");
  expect_failed(with, "<p>Log in", "no container: nothing on the page matches it");
  expect_failed(with, "<p><article><h2>x</h2></article>", "no container: nothing on the page matches it");
  reading r = read_good(with, PAGE("<main>None today</main>"));
  assert_int_equal(r.feed->nentries, 0);
  expect(r.feed->title, "The list");
  end(&r);
  r = read_good(with, PAGE("<main><article><h2>in</h2></article></main><article><h2>out</h2></article>"));
  assert_int_equal(r.feed->nentries, 1);
  end(&r);
}

/* Items match relative to the container or to the page, each once, and only inside the
 * container. */
static void test_containers(void **state)
{
  (void)state;
  static const char *const items[] = {
    "css: li", "css: > li", "css: ul.a > li", "css: body li", "xpath: li", "xpath: .//li",
    "xpath: //li", "xpath: /html/body//li"};
  for (size_t i = 0; i < LEN(items); i++) {
    char recipe[500];
    snprintf(recipe, sizeof recipe, HEAD "container: \"css: .a\"\nitems: \"%s\"\nfields: {title: \"css: b\"}\n",
             items[i]);
    reading r = read_good(recipe, PAGE("<ul class=b><li><b>0</b></li></ul>"
                                       "<ul class=a><li><b>1</b></li><li><b>2</b></li></ul><div>"
                                       "<ul class=a><li><b>3</b></li></ul></div><li><b>4</b></li>"));
    assert_int_equal(r.feed->nentries, 3);
    for (size_t k = 0; k < 3; k++)
      assert_int_equal(r.feed->entries[k].title.ptr[0], '1' + (int)k);
    expect(r.out.note, "");
    end(&r);
  }
  reading r = read_good(HEAD "container: \"css: div\"\nitems: \"css: p\"\nfields: {title: \"css: b\"}\n",
                        PAGE("<div><div><p><b>1</b></p></div><div><p><b>2</b></p></div></div><div><p><b>3</b></p></div>"));
  assert_int_equal(r.feed->nentries, 3);
  assert_int_equal(r.out.dropped, 0);
  end(&r);
}

static void test_no_json_list(void **state)
{
  (void)state;
  const char *page = HEAD "items: \"json: /a/b\"\nfields: {title: \"json: /t\"}\n";
  const char *script = HEAD "items: \"json: script#d /a/b\"\nfields: {title: \"json: /t\"}\n";
  expect_failed(page, " ", "the page is empty");
  expect_failed(page, "{\"a\": {}}", "no container: items points to nothing in the page's JSON");
  expect_failed(page, "{\"a\": {\"b\": 5}}", "what items points to is no list");
  expect_failed(script, "<p>x", "no container: no element has the list's JSON");
  expect_failed(script, "<script id=d>{\"a\": 1}</script>",
                "no container: items points to nothing in the page's JSON");
  reading r = read_good(page, "{\"a\": {\"b\": []}}");
  assert_int_equal(r.feed->nentries, 0);
  end(&r);
  r = read_good(script, "<script id=d>{\"a\": {\"b\": []}}</script>");
  assert_int_equal(r.feed->nentries, 0);
  end(&r);
  r = read_text(page, "<html>Log in</html>");
  assert_int_equal(r.error, FM_E_NO_LIST);
  assert_true(r.why.text[0]);
  end(&r);
  const char *cut[] = {"{\"a\": {\"b\": [{\"t\": \"x\"}, {\"t\": ", "<script id=d>{\"a\": {\"b\": [{\"t\": \"x\"}, {\"t\""};
  for (int i = 0; i < 2; i++) { /* a malformed list yields nothing */
    r = read_text(i ? script : page, cut[i]);
    assert_int_equal(r.error, FM_E_NO_LIST);
    assert_non_null(strstr(r.why.text, "JSON"));
    end(&r);
  }
}

/* An item without title and link is skipped, counted, and reported with its line. */
static void test_incomplete(void **state)
{
  (void)state;
  reading r = read_good(HEAD ITEMS FIELDS "  summary: \"css: p\"\n",
                        "<html><body>\n<article><h2>x</h2></article>\n<article><p>ad</p></article>\n"
                        "<article><a href=\"/c\"></a><p>What it says</p></article>\n"
                        "<article><a href=\"/d\"></a></article>\n<article></article>\n");
  assert_int_equal(r.feed->nentries, 3);
  expect(r.feed->entries[1].title, "What it says");
  expect(r.feed->entries[2].title, "https://news.test/d");
  expect(r.out.note, "2 of 5 items have neither title nor link (line 3, line 6)");
  end(&r);
  expect_failed(HEAD ITEMS FIELDS, "<article></article><article></article>",
                "none of its 2 items has a title or a link");
}

static void test_detail_only(void **state)
{
  (void)state;
  reading r = {.recipe = recipe_of(HEAD ITEMS FIELDS
                                   "detail: {content: [\"css: .none\", \"css: .body\"], published: \"css: time\", "
                                   "author: \"css: .by\", category: \"css: .t\", max: 3}\n"
                                   "fixups: [{field: author, match: \"^by \"}]\n")};
  const fm_source *source = fm_recipe_source(r.recipe);
  assert_int_equal(fm_source_entry_pages(source), 3);
  fm_arena arena = {0};
  fm_entry entry;
  fm_why why = {""};
  fm_page page = {.size = sizeof page, .url = FM_STR("https://news.test/a/1"), .key = NEWS_URL, .now = NOW,
                  .body = FM_STR(PAGE("<div class=body><p>Long <a href=x>l</a></p></div><time>2 days ago</time>"
                                      "<i class=by>by Ann</i>"))};
  assert_int_equal(fm_source_extract_entry(source, &page, &arena, &entry, &why), FM_OK);
  expect(entry.content, "<div><p>Long <a href=\"https://news.test/a/x\">l</a></p></div>");
  assert_int_equal(entry.published, NOW - 2 * 86400);
  expect(entry.authors[0].name, "Ann");
  assert_int_equal(entry.title.len + entry.summary.len + entry.ncategories, 0);
  assert_int_equal(entry.updated, FM_NO_TIME);
  page.body = FM_STR(PAGE("nothing of it"));
  assert_int_equal(fm_source_extract_entry(source, &page, &arena, &entry, &why), FM_OK);
  assert_int_equal(entry.content.len + entry.nauthors, 0);
  page.body = FM_STR("");
  assert_int_equal(fm_source_extract_entry(source, &page, &arena, &entry, &why), FM_E_NO_LIST);
  expect(fm_str_of(why.text), "the page is empty");
  fm_arena_deinit(&arena);
  fm_recipe_unref(r.recipe);
}

/* An entry's own page may be JSON, or contain JSON. */
static void test_detail_json(void **state)
{
  (void)state;
  static const char *const details[] = {"{content: \"json: /a/html\"}", "{content: \"json: script /a/html\"}"};
  static const char *const bodies[] = {"{\"a\": {\"html\": \"<p>x</p>\"}}",
                                       "<script>{\"a\": {\"html\": \"<p>x</p>\"}}</script>"};
  for (size_t i = 0; i < LEN(details); i++) {
    char text[500];
    snprintf(text, sizeof text, HEAD ITEMS FIELDS "detail: %s\n", details[i]);
    fm_recipe *recipe = recipe_of(text);
    fm_arena arena = {0};
    fm_entry entry;
    fm_why why = {""};
    fm_page page = {.size = sizeof page, .url = NEWS_URL, .key = NEWS_URL, .body = fm_str_of(bodies[i])};
    assert_int_equal(fm_source_extract_entry(fm_recipe_source(recipe), &page, &arena, &entry, &why), FM_OK);
    expect(entry.content, "<p>x</p>");
    fm_arena_deinit(&arena);
    fm_recipe_unref(recipe);
  }
}

/* ---- further pages ---- */

static fm_str next_of(reading *r, const char *body, const char *url, unsigned number)
{
  fm_page page = {.body = fm_str_of(body), .url = fm_str_of(url), .key = NEWS_URL, .number = number};
  if (r->out.doc)
    fm_doc_unref(r->out.doc);
  read_on(r, &page);
  assert_int_equal(r->error, FM_OK);
  return r->out.next;
}

static void test_next(void **state)
{
  (void)state;
  const char *body = PAGE("<article><h2>x</h2></article><a rel=next href=\"?page=2\">more</a>");
  reading r = {.recipe = recipe_of(HEAD ITEMS FIELDS "next: \"css: a[rel=next] @href\"\nmax_pages: 3\n")};
  expect(next_of(&r, body, "https://news.test/list", 0), "https://news.test/list?page=2");
  expect(next_of(&r, body, "https://news.test/list?page=1", 1), "https://news.test/list?page=2");
  expect(next_of(&r, body, "https://news.test/list?page=1", 2), ""); /* the third is the last */
  expect(next_of(&r, body, "https://news.test/list?page=2", 1), ""); /* itself */
  expect(next_of(&r, PAGE("<article><h2>x</h2></article>"), "https://news.test/list", 0), "");
  expect(next_of(&r, PAGE("<article><h2>x</h2></article><a rel=next href=\"javascript:more()\">m</a>"),
                 "https://news.test/list", 0), "");
  end(&r);
  r = (reading){.recipe = recipe_of(HEAD "items: \"json: /a\"\nfields: {title: \"json: /t\"}\n"
                                    "next: \"text: /list?after={json: /after}\"\n")};
  expect(next_of(&r, "{\"a\": [{\"t\": \"x\"}], \"after\": \"z&9\"}", "https://news.test/list", 0),
         "https://news.test/list?after=z&9");
  expect(next_of(&r, "{\"a\": [{\"t\": \"x\"}], \"after\": null}", "https://news.test/list", 0), "");
  end(&r);
}

/* ---- fixups, filter, charset ---- */

static void test_fixups(void **state)
{
  (void)state;
  reading r = read_good(HEAD ITEMS FIELDS "  summary: \"css: p\"\n  content: \"css: p\"\n  author: \"css: i\"\n"
                        "fixups:\n"
                        "  - {field: title, match: \"^re: \"}\n" /* another case: no match */
                        "  - {field: title, match: \"^Re: \"}\n"
                        "  - {field: title, match: \"(\\\\w+)-(?<n>\\\\d+)\", replace: \"${n} $1\"}\n"
                        "  - {field: title, match: \"\xc3\xa4|Z\", replace: \"ae\"}\n"
                        "  - {field: link, match: \"[?&]utm_[^&]*\"}\n"
                        "  - {field: summary, match: \"(?s).*\"}\n"
                        "  - {field: content, match: \"<b>.*?</b>\"}\n"
                        "  - {field: author, match: \"^by\", replace: \"\"}\n",
                        PAGE("<article><h2>Re: lamp-12 N\xc3\xa4" "ZZ</h2><a href=\"/a?utm_source=x&b=1\"></a>"
                             "<p>gone <b>bold</b></p><i>by Ann</i></article>"));
  const fm_entry *e = &r.feed->entries[0];
  expect(e->title, "12 lamp Naeaeae");
  expect(link_of(e, "alternate"), "https://news.test/a&b=1");
  expect(e->summary, "");
  expect(e->content, "<p>gone </p>");
  expect(e->authors[0].name, "Ann");
  end(&r);
}

/* `count` items of one title with `len` times "a" in it. */
static char *long_titles(int count, int len)
{
  fm_buf page;
  fm_buf_init(&page, FM_BUF_MAX);
  for (int i = 0; i < count; i++) {
    fm_buf_addf(&page, "<article><h2>%d", i);
    for (int k = 0; k < len; k++)
      fm_buf_char(&page, 'a');
    fm_buf_text(&page, "!</h2></article>");
  }
  fm_buf_char(&page, 0);
  return fm_buf_take(&page, &(size_t){0});
}

static const char careless[] = HEAD ITEMS FIELDS
  "fixups:\n"
  "  - {field: title, match: \"^\\\\d(a+)+$\", replace: x}\n"
  "  - {field: title, match: \"(a|aa)+$\", replace: x}\n"
  "  - {field: title, match: \"^\\\\d(a*)*b\", replace: x}\n"
  "  - {field: title, match: \"!$\", replace: \".\"}\n";

/* A match that exceeds its limit is abandoned and the text stays unchanged. */
static void test_fixup_catastrophe(void **state)
{
  (void)state;
  char *page = long_titles(3, 2000);
  reading r = read_good(careless, page);
  assert_int_equal(r.feed->nentries, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(r.feed->entries[i].title.len, 2002);
    assert_int_equal(r.feed->entries[i].title.ptr[2001], '.');
  }
  end(&r);
  free(page);
}

/* Many expensive matches exceed the page's limit, and the extraction ends soon. */
static void test_fixups_of_a_page(void **state)
{
  (void)state;
  const struct {
    int count, len;
  } pages[] = {{4000, 200}, {100, 30000}};
  for (size_t i = 0; i < LEN(pages); i++) {
    char *page = long_titles(pages[i].count, pages[i].len);
    reading r = read_text(careless, page);
    assert_int_equal(r.error, FM_E_TOO_BIG);
    expect(fm_str_of(r.why.text), "the recipe's fixups take too long on this page");
    end(&r);
    free(page);
  }
}

/* The result of a replacement has a cap, but may be longer than the input. */
static void test_fixup_growth(void **state)
{
  (void)state;
  char recipe[12000], replace[3000];
  memset(replace, 'x', sizeof replace - 1);
  replace[sizeof replace - 1] = 0;
  snprintf(recipe, sizeof recipe, HEAD ITEMS FIELDS
           "fixups: [{field: title, match: \"a\", replace: \"%s\"}, {field: title, match: \"x\", replace: \"%s\"}]\n",
           replace, replace);
  reading r = read_good(recipe, PAGE("<article><h2>a</h2></article>"));
  assert_int_equal(r.feed->entries[0].title.len, 2999); /* the second replacement would yield 9 MB */
  end(&r);
}

static void test_filter(void **state)
{
  (void)state;
  const char *page = PAGE("<article><h2>Green lantern</h2></article><article><h2>Red lantern</h2><i>Bob</i></article>"
                          "<article><h2>Lamp</h2></article>");
  reading r = read_good(HEAD ITEMS FIELDS "filter: {include: lantern, exclude: [red, blue]}\n", page);
  assert_int_equal(r.feed->nentries, 1);
  expect(r.feed->entries[0].title, "Green lantern");
  end(&r);
  r = read_good(HEAD ITEMS FIELDS "  author: \"css: i\"\nfilter: {author: bob}\n", page);
  assert_int_equal(r.feed->nentries, 1);
  end(&r);
  r = read_good(HEAD ITEMS FIELDS "filter: {include: nothing}\n", page);
  assert_int_equal(r.feed->nentries, 0); /* an empty feed, no error */
  end(&r);
}

static void test_charset(void **state)
{
  (void)state;
  const char *page = "<html><head><meta charset=utf-8></head><body><article><h2>M\xfcl\xeb</h2></article>";
  reading r = {.recipe = recipe_of(HEAD ITEMS FIELDS "charset: iso-8859-1\n")};
  fm_page sent = {.body = fm_str_of(page), .url = NEWS_URL, .key = NEWS_URL, .charset = FM_STR("utf-8")};
  read_on(&r, &sent);
  expect(r.feed->entries[0].title, "M\xc3\xbcl\xc3\xab");
  end(&r);
  r.recipe = recipe_of(HEAD ITEMS FIELDS); /* without charset: the header's charset */
  sent.charset = FM_STR("iso-8859-1");
  read_on(&r, &sent);
  expect(r.feed->entries[0].title, "M\xc3\xbcl\xc3\xab");
  end(&r);
}

/* JSON is UTF-8 unless the recipe sets a charset. */
static void test_charset_json(void **state)
{
  (void)state;
  reading r = read_good(HEAD "items: \"json: /a\"\nfields: {title: \"json: /t\"}\ncharset: iso-8859-1\n",
                        "{\"a\": [{\"t\": \"M\xfcl\"}]}");
  expect(r.feed->entries[0].title, "M\xc3\xbcl");
  end(&r);
}

/* Detection of HTML in JSON strings, and the key that overrides it. */
static void test_html(void **state)
{
  (void)state;
  const char *page = "{\"a\": [{\"t\": \"1 < 2 <b>3</b>\", \"c\": \"<p>x</p>\"}, {\"t\": \"a <- b\", \"c\": \"x & y\"}]}";
  reading r = read_good(HEAD "items: \"json: /a\"\nfields: {title: \"json: /t\", content: \"json: /c\"}\n", page);
  expect(r.feed->entries[0].title, "1 < 2 3");
  expect(r.feed->entries[1].title, "a <- b");
  expect(r.feed->entries[0].content, "<p>x</p>");
  expect(r.feed->entries[1].content, "<p>x &amp; y</p>");
  end(&r);
  r = read_good(HEAD "items: \"json: /a\"\nfields: {title: {json: /t, html: no}, content: {json: /c, html: no}}\n", page);
  expect(r.feed->entries[0].title, "1 < 2 <b>3</b>");
  expect(r.feed->entries[0].content, "<p>&lt;p&gt;x&lt;/p&gt;</p>");
  end(&r);
}

/* ---- bounds ---- */

static void test_many_items(void **state)
{
  (void)state;
  fm_buf page;
  fm_buf_init(&page, FM_BUF_MAX);
  for (int i = 0; i < 6000; i++)
    fm_buf_addf(&page, "<article><h2>%d</h2></article>\n", i);
  fm_buf_char(&page, 0);
  reading r = read_good(HEAD ITEMS FIELDS, page.ptr);
  assert_int_equal(r.feed->nentries, 5000);
  expect(r.out.note, "link found nothing in any of 5000 items; only the first 5000 items are read");
  end(&r);
  fm_buf_deinit(&page);
}

/* A recipe that exceeds its budget on a page fails, and fails soon. */
static void test_dear(void **state)
{
  (void)state;
  fm_buf page;
  fm_buf_init(&page, FM_BUF_MAX);
  for (int i = 0; i < 5000; i++)
    fm_buf_addf(&page, "<article><h2>%d</h2><div><p><b></b></p></div></article>\n", i);
  fm_buf_char(&page, 0);
  reading r = read_text(HEAD ITEMS "fields:\n  title: \"xpath: //h2[last()][count(//b[count(//p) > 1]) > 1]\"\n",
                        page.ptr);
  assert_int_equal(r.error, FM_E_TOO_BIG);
  end(&r);
  r = read_text(HEAD ITEMS "fields:\n  title: \"css: h2\"\n  link: \"xpath: string(/)\"\n", page.ptr);
  assert_true(r.error == FM_OK || r.error == FM_E_TOO_BIG);
  end(&r);
  fm_buf_deinit(&page);
}

/* An element where an address is wanted stands for the address that it names. */
static void test_address_of_element(void **state)
{
  (void)state;
  reading r = read_good(HEAD ITEMS "fields:\n  title: \"css: h2\"\n  link: \"css: a\"\n  image: \"css: img\"\n"
                        "  enclosure: \"xpath: .//a[2]\"\n",
                        PAGE("<article><h2>x</h2><a href=\"/1\">Read more</a><a href=\"/1.mp3\">hear</a>"
                             "<img data-src=\"/1.png\" alt=\"/no\"></article>"));
  const fm_entry *e = &r.feed->entries[0];
  expect(link_of(e, "alternate"), "https://news.test/1");
  expect(link_of(e, "enclosure"), "https://news.test/1.mp3");
  assert_non_null(fm_str_find(e->content, FM_STR("https://news.test/1.png")));
  end(&r);
  r = read_good(HEAD ITEMS "fields:\n  title: \"css: h2\"\n  link: \"css: i\"\n",
                PAGE("<article><h2>x</h2><i>https://other.test/2</i></article>"));
  expect(link_of(&r.feed->entries[0], "alternate"), "https://other.test/2");
  end(&r);
}

/* A field without a value in any item is named, and one that is the same in all. */
static void test_silent_mistakes(void **state)
{
  (void)state;
  const char *page = PAGE("<b class=t>News</b><article><h2>a</h2><a href=\"/1\">x</a><p>one</p></article><article><h2>b</h2>"
                          "<a href=\"/2\">x</a><p>two</p></article><article><h2>c</h2><a href=\"/3\">x</a></article>");
  reading r = read_good(HEAD ITEMS FIELDS "  published: \"css: .dat\"\n  author: \"css: .by\"\n  summary: \"css: p\"\n", page);
  expect(r.out.note, "published, author found nothing in any of 3 items");
  end(&r);
  r = read_good(HEAD ITEMS "fields:\n  title: \"css: a\"\n  link: \"css: a @href\"\n", page);
  expect(r.out.note, "title found the same in all of 3 items");
  end(&r);
  r = read_good(HEAD ITEMS FIELDS "  summary: \"css: .x\"\ndetail: {summary: \"css: p\"}\n", page);
  expect(r.out.note, "");
  end(&r);
}

static void test_failing_step(void **state)
{
  (void)state;
  const char *page = "<main><div class=list><p>x</p></div></main>";
  static const char *const rows[][2] = {
    {"main > div.list > article.post", "no items: \"main > div.list\" is on the page, but nothing that matches \"> article.post\" after it"},
    {"main .list a[title=\\\"x y\\\"] b", "no items: \"main .list\" is on the page, but nothing that matches \"a[title=\"x y\"]\" after it"},
    {"article", "no items: nothing on the page matches, and the recipe names no container that would tell an empty list"},
    {"main article, main b", "no items: nothing on the page matches, and the recipe names no container that would tell an empty list"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char recipe[400];
    snprintf(recipe, sizeof recipe, HEAD "items: \"css: %s\"\n" FIELDS, rows[i][0]);
    expect_failed(recipe, page, rows[i][1]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_all_fields),  cmocka_unit_test(test_left_out),
    cmocka_unit_test(test_feed),        cmocka_unit_test(test_xpath),
    cmocka_unit_test(test_json),        cmocka_unit_test(test_json_in_items),
    cmocka_unit_test(test_text),        cmocka_unit_test(test_selectors),
    cmocka_unit_test(test_ways),        cmocka_unit_test(test_base),
    cmocka_unit_test(test_no_address), cmocka_unit_test(test_no_address_but_defaults),
    cmocka_unit_test(test_links_that_are_none),
    cmocka_unit_test(test_ids),         cmocka_unit_test(test_dates),
    cmocka_unit_test(test_address_of_element),
    cmocka_unit_test(test_silent_mistakes),
    cmocka_unit_test(test_failing_step),
    cmocka_unit_test(test_date_order),
    cmocka_unit_test(test_date_language),
    cmocka_unit_test(test_dates_named), cmocka_unit_test(test_no_list),
    cmocka_unit_test(test_no_json_list), cmocka_unit_test(test_containers),
    cmocka_unit_test(test_incomplete),
    cmocka_unit_test(test_detail_only), cmocka_unit_test(test_detail_json),
    cmocka_unit_test(test_next),        cmocka_unit_test(test_fixups),
    cmocka_unit_test(test_fixup_catastrophe), cmocka_unit_test(test_fixups_of_a_page),
    cmocka_unit_test(test_fixup_growth),
    cmocka_unit_test(test_filter),      cmocka_unit_test(test_charset),
    cmocka_unit_test(test_charset_json), cmocka_unit_test(test_html),
    cmocka_unit_test(test_many_items),  cmocka_unit_test(test_dear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
