/* Detection of lists: the order of methods, the recipe, and pages without a list. Whole pages
 * are covered by tests/e2e/test_discover.py. */
#include "source/recipe/recipe_kit.h"

#include "base/buf.h"
#include "source/discover/parts.h"

typedef struct finding_of {
  fm_arena arena;
  fm_discovered found;
  int error;
  fm_why why;
} finding_of;

static finding_of look(const char *body)
{
  finding_of f = {.error = 0};
  size_t len = strlen(body);
  char *copy = malloc(len ? len : 1); /* an exact copy, so that the sanitizer sees reads behind it or after the call */
  memcpy(copy, body, len);
  fm_page page = {.size = sizeof page, .body = {copy, len}, .url = NEWS_URL, .key = NEWS_URL, .now = NOW};
  f.error = fm_discover(&page, &f.arena, &f.found, &f.why);
  free(copy);
  return f;
}

static void done(finding_of *f) { fm_arena_deinit(&f->arena); }

/* Expects a recipe with a given line. */
static void expect_line(const char *body, enum fm_discovery how, const char *line)
{
  finding_of f = look(body);
  if (f.error)
    fail_msg("nothing found: %s", f.why.text);
  assert_int_equal(f.found.how, how);
  if (!fm_str_find(f.found.recipe, fm_str_of(line)))
    fail_msg("%s\nis not in\n%.*s", line, FM_FMT(f.found.recipe));
  done(&f);
}

static void expect_nothing(const char *body, const char *reason)
{
  finding_of f = look(body);
  assert_int_equal(f.error, FM_E_NO_LIST);
  if (!strstr(f.why.text, reason))
    fail_msg("%s\nis not in\n%s", reason, f.why.text);
  assert_int_equal(f.found.recipe.len, 0);
  done(&f);
}

#define POST(n, title) \
  "<article class=post><h2><a href=/" #n ">" title "</a></h2><time datetime=2026-08-0" #n ">x</time></article>"
#define POSTS POST(1, "The first of the posts") POST(2, "The second of the posts") POST(3, "The third of the posts")

static void test_what_repeats(void **state)
{
  (void)state;
  expect_line(POSTS, FM_FOUND_STRUCTURE, "items: \"css: article.post\"\n");
  expect_line(POSTS, FM_FOUND_STRUCTURE, "  title: \"css: h2 > a\"\n  link: \"css: h2 > a @href\"\n"
                                         "  published: \"css: time @datetime\"\n");
  expect_line(POSTS, FM_FOUND_STRUCTURE, "url: \"https://news.test/list\"\n");
}

static void test_data_before_what_repeats(void **state)
{
  (void)state;
#define ITEM(n) "{\"headline\":\"The post number " #n "\",\"url\":\"/" #n "\",\"datePublished\":\"2026-08-0" #n "\"}"
#define LIST "[" ITEM(1) "," ITEM(2) "," ITEM(3) "]"
  expect_line("<script type=application/ld+json>{\"@type\":\"CollectionPage\",\"hasPart\":" LIST "}</script>" POSTS,
              FM_FOUND_JSON_LD, ":contains('\\\"CollectionPage\\\"') /hasPart\"");
  expect_line("<script id=state type=application/json>{\"a\":{\"posts\":" LIST ",\"padding\":\"" /* padding, so that the state is not too short */
              "....................................................................................................\"}}"
              "</script>", FM_FOUND_JSON, "items: \"json: script#state /a/posts\"\n");
  expect_line("<script>var q = [];\nwindow.STATE = {\"posts\":" LIST ",\"padding\":\""
              "....................................................................................................\"}"
              ";</script>", FM_FOUND_JSON, "items: \"json: script:contains(\\\"window.STATE\\\") /posts\"\n");
#define POINTED(n) "{\"@type\":\"ListItem\",\"name\":\"The post number " #n "\",\"item\":\"https://news.test/" #n "\"}"
  expect_line("<script type=application/ld+json>{\"@type\":\"ItemList\",\"itemListElement\":[" POINTED(1) ","
              POINTED(2) "," POINTED(3) "]}</script>", FM_FOUND_JSON_LD, "link: \"json: /item\"\n");
  expect_line("{\"data\":" LIST "}", FM_FOUND_JSON, "items: \"json: /data\"\n");
  expect_line(LIST, FM_FOUND_JSON, "items: \"json: \"\n");
}

/* Embedded data of another list than the visible one does not count. */
static void test_data_of_another_list(void **state)
{
  (void)state;
#define LINK(n) "{\"title\":\"Menu entry " #n "\",\"url\":\"/menu" #n "\"}"
  expect_line("<script id=menu type=application/json>{\"nav\":[" LINK(1) "," LINK(2) "," LINK(3) "],\"padding\":\""
              "....................................................................................................\"}"
              "</script>" POSTS, FM_FOUND_STRUCTURE, "items: \"css: article.post\"\n");
}

static void test_marked(void **state)
{
  (void)state;
#define MARKED(n) \
  "<div itemscope itemtype='https://schema.org/NewsArticle'><a itemprop=url href=/" #n "><b itemprop=headline>Headline of " \
  #n "</b></a><meta itemprop=datePublished content=2026-08-0" #n "></div>"
  expect_line(MARKED(1) MARKED(2) MARKED(3), FM_FOUND_MICRODATA, "items: \"css: [itemtype$=\\\"/NewsArticle\\\"]\"\n");
  expect_line(MARKED(1) MARKED(2) MARKED(3), FM_FOUND_MICRODATA, "published: \"css: [itemprop=datePublished] @content\"\n");
#define ENTRY(n) "<div class=h-entry><b class=p-name>Note number " #n "</b> <a class=u-url href=/n" #n ">on the " #n "th</a></div>"
  expect_line(ENTRY(1) ENTRY(2) ENTRY(3), FM_FOUND_MICROFORMAT, "items: \"css: .h-entry\"\n");
  expect_line(ENTRY(1) ENTRY(2) ENTRY(3), FM_FOUND_MICROFORMAT, "link: \"css: .u-url @href\"\n");
}

static void test_own_feeds(void **state)
{
  (void)state;
  finding_of f = look("<link rel=alternate type=application/rss+xml href=/rss>" POSTS);
  assert_int_equal(f.error, FM_OK);
  assert_int_equal(f.found.noffers, 1);
  expect(f.found.offers[0].href, "https://news.test/rss");
  assert_int_equal(f.found.how, FM_FOUND_STRUCTURE);
  assert_non_null(fm_str_find(f.found.recipe, FM_STR("source: feed, url: \"https://news.test/rss\"")));
  assert_null(fm_str_find(f.found.bare, FM_STR("#")));
  done(&f);
  f = look("<link rel=alternate type=application/rss+xml href=/rss><p>Hello");
  assert_int_equal(f.error, FM_OK);
  assert_int_equal(f.found.how, FM_FOUND_FEED);
  assert_int_equal(f.found.recipe.len, 0);
  done(&f);
  f = look("<rss version='2.0'><channel><title>t</title><item><title>a</title></item></channel></rss>");
  assert_true(f.error == FM_OK && f.found.is_feed);
  done(&f);
}

static void test_no_list(void **state)
{
  (void)state;
  expect_nothing("", "empty");
  expect_nothing(" \n ", "empty");
  expect_nothing("<p>Hello", "no list found: the page names no feed");
  expect_nothing("{\"a\": [1, 2, 3]}", "no array in this JSON");
  expect_nothing("<nav><a href=/a>Home</a> <a href=/b>News</a> <a href=/c>About</a> <a href=/d>Help</a></nav>", "no list");
  expect_nothing("<article><a href=/a>Just one article here</a></article>", "no list");
  expect_nothing("<ul><li><a href=#a>Only places on this page</a><li><a href=#b>Another of these</a><li>"
                 "<a href=#c>And a third one</a></ul>", "no list");
}

/* The recipe must be parsable whatever the page's title is. */
static void test_odd_texts(void **state)
{
  (void)state;
  finding_of f = look("<title>A \"title\": {of} \\ <b> # & more</title>" POSTS);
  assert_int_equal(f.error, FM_OK);
  fm_recipe *recipe = recipe_of(f.found.recipe.ptr);
  fm_recipe_unref(recipe);
  done(&f);
  f = look("<title>css: not \"a\" selector</title><base href='https://other.test/sub/'>" POSTS);
  reading r = {.recipe = recipe_of(f.found.recipe.ptr)};
  fm_page page = {.body = FM_STR("<base href='https://other.test/sub/'>" POSTS), .url = NEWS_URL, .key = NEWS_URL, .now = NOW};
  read_on(&r, &page);
  assert_int_equal(r.error, FM_OK);
  assert_int_equal(r.feed->nentries, 3);
  expect(link_of(&r.feed->entries[0], "alternate"), "https://other.test/1");
  end(&r);
  done(&f);
}

static void test_dates_in_texts(void **state)
{
  (void)state;
#define SAID(n, text) "<div class=note><h3><a href=/" #n ">The note number " #n "</a></h3><p>" text "</p></div>"
  expect_line(SAID(1, "Reported in the news of August 4, 2026 (said Ann, with 3 others)") SAID(2, "Reported in the news of August 3, 2026 (said Bob, with 3 others)")
              SAID(3, "Reported in the news of July 31, 2026 (said Cy, with 3 others)"), FM_FOUND_STRUCTURE, "fixups:\n  - {field: published, match: ");
  expect_line(SAID(1, "25/07/2026") SAID(2, "24/07/2026") SAID(3, "03/07/2026"), FM_FOUND_STRUCTURE,
              "published: {from: \"css: p\", format: \"%d/%m/%Y\"}\n");
  expect_line(SAID(1, "07/25/2026") SAID(2, "07/24/2026") SAID(3, "07/03/2026"), FM_FOUND_STRUCTURE,
              "format: \"%m/%d/%Y\"}\n");
  finding_of f = look(SAID(1, "01/02/2026") SAID(2, "02/02/2026") SAID(3, "03/02/2026")); /* ambiguous */
  assert_true(f.error == FM_OK && !fm_str_find(f.found.recipe, FM_STR("published")));
  done(&f);
}

static void test_days_over_items(void **state)
{
  (void)state;
#define UNDER(n, more) "<li>" more "<a href=/" #n ">What happens as number " #n "</a></li>"
  expect_line("<h4>4 August 2026</h4><ul>" UNDER(1, "") UNDER(2, "") "</ul><h4>3 August 2026</h4><ul>" UNDER(3, "")
              UNDER(4, "") "</ul>", FM_FOUND_STRUCTURE, "published: \"xpath: preceding::h4[1]\"\n");
  expect_line("<h4 class=day>4 August 2026</h4><ul>" UNDER(1, "<i>12:00</i> ") UNDER(2, "<i>9:30</i> ")
              "</ul><h4 class=day>3 August 2026</h4><ul>" UNDER(3, "<i>23:15</i> ") UNDER(4, "<i>8:00</i> ") "</ul>",
              FM_FOUND_STRUCTURE, "' day ')][1]} {css: i}\"\n");
  expect_line("<ul>" UNDER(1, "<i>12:00</i> ") UNDER(2, "<i>9:30</i> ") UNDER(3, "<i>7:15</i> ") "</ul>",
              FM_FOUND_STRUCTURE, "published: \"css: i\"\n");
  finding_of f = look("<h4>4 August 2026</h4><ul>" UNDER(1, "") UNDER(2, "") UNDER(3, "") "</ul>"); /* may be the date of the page */
  assert_true(f.error == FM_OK && !fm_str_find(f.found.recipe, FM_STR("published")));
  done(&f);
}

static void test_titles_that_nobody_sees(void **state)
{
  (void)state;
#define PICTURE(n) "<div class=pin><a href=/p" #n "><img src=/" #n ".jpg alt='A picture of the harbour " #n "'></a></div>"
  expect_line(PICTURE(1) PICTURE(2) PICTURE(3), FM_FOUND_STRUCTURE, "title: \"css: img @alt\"\n");
}

static void test_rows_of_one_entry(void **state)
{
  (void)state;
#define ROWS(n) "<dt><a href=/" #n ">The entry number " #n "</a></dt><dd class=text>What there is to say of it, at length, number " #n "</dd>"
  expect_line("<dl>" ROWS(1) ROWS(2) ROWS(3) ROWS(4) "</dl>", FM_FOUND_STRUCTURE, "summary: \"css: + dd\"\n");
}

static void test_classes(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    unsigned worth;
    const char *stem;
  } all[] = {
    {"post", 3, "post"},           {"entry-title", 3, "entry-title"},   {"h-entry", 3, "h-entry"},
    {"s-post-summary--meta", 3, "s-post-summary--meta"},                {"PostCardTitle", 3, "PostCardTitle"},
    {"PostCard_title__3xK9b", 2, "PostCard_title__"},                   {"story-title__f1", 3, "story-title__f1"},
    {"css-1q2w3e4", 0, NULL},      {"sc-aXbYcZ9d", 0, NULL},            {"post-48123", 0, NULL},
    {"mt-6", 1, "mt-6"},           {"text-xl", 1, "text-xl"},           {"lg:grid-cols-3", 1, NULL},
    {"odd", 1, "odd"},             {"is-active", 1, "is-active"},       {"x", 0, NULL},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    fm_str stem;
    unsigned worth = fm_class_stability(fm_str_of(all[i].name), &stem);
    if (worth != all[i].worth)
      fail_msg("%s is of worth %u", all[i].name, worth);
    if (all[i].stem)
      expect(stem, all[i].stem);
  }
  assert_true(fm_hints_of(FM_STR("widget_recent_entries")) & HINT_ASIDE);
  assert_true(fm_hints_of(FM_STR("siteFooter")) & HINT_FOOTER);
  assert_true(fm_hints_of(FM_STR("entry-title")) & HINT_TITLE);
  assert_true(fm_hints_of(FM_STR("ad-slot")) & HINT_AD);
  assert_false(fm_hints_of(FM_STR("download")) & HINT_AD);
  assert_false(fm_hints_of(FM_STR("css-ad12f9")) & HINT_AD);
}

/* A bar of links beside the items, of the same tag, is not an item. */
static void test_a_bar_above_the_list(void **state)
{
  (void)state;
  fm_buf page;
  fm_buf_init(&page, FM_BUF_MAX);
  fm_buf_text(&page, "<body><div><a href=/new>new</a> <a href=/top>top</a> <a href=/login>login</a></div>");
  for (int i = 0; i < 11; i++)
    fm_buf_addf(&page,
                "<div class=item><div class=votes>%d</div><div><a href=http://other%d.test/x>Lamp %d, and "
                "what the council of the harbour says of it</a> <small>(other%d.test)</small><div class=sub>by <a href=/u/%d>u%d</a> %d hours ago | <a "
                "href=/c/%d>%d comments</a> | <a href=/save/%d>save</a></div></div></div>",
                i * 7, i, i, i, i, i, i + 1, i, i * 2, i);
  fm_buf_text(&page, "<a href=?after=9>next</a>");
  fm_buf_char(&page, 0);
  expect_line(page.ptr, FM_FOUND_STRUCTURE, "items: \"css: div.item\"\n");
  fm_buf_deinit(&page);
}

static void test_names(void **state)
{
  (void)state;
  fm_arena arena = {0};
  expect(fm_discover_name(FM_STR("https://www.Example.org/news/All?x=1"), &arena), "example-org-news-all");
  expect(fm_discover_name(FM_STR("https://example.org/"), &arena), "example-org");
  expect(fm_discover_name(FM_STR("https://[::1]/"), &arena), "1");
  expect(fm_discover_name(FM_STR(""), &arena), "page");
  fm_arena_deinit(&arena);
}

/* ---- the faults of pages as they are ---- */

/* A link per row that leads to the row's entry, by the column if no class tells. */
static void test_columns(void **state)
{
  (void)state;
#define SHARED(n, kind, title) \
  "<tr><td><a href=/c/" kind ">" kind "</a><td><a href=/t/" #n ">" title "</a><td><a href=/u/anna>anna</a>"
  const char *page = "<table>" SHARED(80, "books", "Net mending for beginners") SHARED(81, "books", "Knots of the north, second edition")
                     SHARED(82, "data", "Herring seasons 1900-1950") SHARED(83, "music", "Harbour songs, sung by the crew") "</table>";
  expect_line(page, FM_FOUND_STRUCTURE, "link: \"css: td:nth-of-type(2) a @href\"\n");
  expect_line(page, FM_FOUND_STRUCTURE, "items: \"css: tbody > tr\"\n");
  /* an identifier with a name beside it */
#define CASE(n, name) "<tr><td>" name "<td><a href=/d/" #n ">2 HB-CR 2026-0" #n " <span class=sr-only>(opens in a new window)</span></a>"
  expect_line("<table>" CASE(291, "The harbour v. Anna Berg") CASE(292, "Town of Vik v. Moe") CASE(293, "Estate of Olav Dahl")
              CASE(294, "The brig Sonja and crew") "</table>", FM_FOUND_STRUCTURE, "title: \"css: td\"\n");
}

/* Striped rows are one list, and no entry of it is excluded by its address. */
static void test_stripes(void **state)
{
  (void)state;
#define STRIPE(n, class, more) "<tr class=" class "><td>2026-08-0" #n "<td><a href=/n/" #n ">What the harbour says, part " #n "</a>" more
#define STRIPES(a, b) "<table class=notices>" STRIPE(6, a, "<b class=new>NEW</b>") STRIPE(5, b, "") STRIPE(4, a, "") STRIPE(3, b, "") \
  STRIPE(2, a, "") STRIPE(1, b, "") "</table>"
  static const char *const pages[] = {STRIPES("odd", "even"), STRIPES("dark", "light"), STRIPES("row0", "row1")};
  for (size_t i = 0; i < 3; i++) {
    finding_of f = look(pages[i]);
    assert_int_equal(f.error, FM_OK);
    assert_int_equal(f.found.entries, 6);
    assert_null(fm_str_find(f.found.recipe, FM_STR(":not(")));
    done(&f);
  }
}

/* What a wrapper is called says nothing of what is in it. */
static void test_wrappers(void **state)
{
  (void)state;
#define TOLD(n) "<div><h2><a href=/p/" #n ">The news of the harbour " #n "</a></h2><p>What there is to say of it, number " #n ".</p></div>"
#define SIDE "<ul><li><a href=/s/1>About the harbour and its history</a><li><a href=/s/2>Information for skippers</a>" \
  "<li><a href=/s/3>Information for owners</a><li><a href=/s/4>Forms and fees of the harbour</a></ul>"
  static const char *const classes[] = {"has-sidebar", "dialog-off-canvas-main-canvas", "nav-closed", "elementor-widget-container",
                                        "page-with-header", "filter-results", "newsletter-archive"};
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    char page[2048];
    snprintf(page, sizeof page, "<div class='%s'>" TOLD(1) TOLD(2) TOLD(3) TOLD(4) "</div>" SIDE, classes[i]);
    expect_line(page, FM_FOUND_STRUCTURE, "link: \"css: h2 > a @href\"\n");
  }
  expect_line("<form id=adminForm>" TOLD(1) TOLD(2) TOLD(3) TOLD(4) "</form>" SIDE, FM_FOUND_STRUCTURE, "link: \"css: h2 > a @href\"\n");
  expect_line("<div class=sidebar>" SIDE "</div><div class=x>" TOLD(1) TOLD(2) TOLD(3) "</div>", FM_FOUND_STRUCTURE, "h2 > a @href\"\n");
}

/* Repeated addresses are one entry, repeated titles are titles. */
static void test_repetitions(void **state)
{
  (void)state;
#define CONCERT(n, link) "<tr><td>2026-12-0" #n "<td><a href=/c/" link ">The " link " evening with the pilots' band</a>"
  finding_of f = look("<table>" CONCERT(1, "brass") CONCERT(2, "brass") CONCERT(3, "brass") CONCERT(4, "choir") CONCERT(5, "organ")
                      CONCERT(6, "fiddle") CONCERT(7, "piano") CONCERT(8, "harp") "</table>");
  assert_int_equal(f.error, FM_OK);
  assert_int_equal(f.found.entries, 6);
  done(&f);
#define CAR(n, name) "<article><h2><a href=/car/" #n ">" name "</a></h2><div class=data>198" #n " . 24" #n " 000 km . Vik</div></article>"
  expect_line(CAR(1, "Volvo 240") CAR(2, "Volvo 240") CAR(3, "Volvo 240") CAR(4, "Volvo 240") CAR(5, "Saab 900") CAR(6, "Saab 900"),
              FM_FOUND_STRUCTURE, "title: \"css: h2 > a\"\n");
}

/* Links of a person, a tag or a picture do not lead to the entry. */
static void test_links_beside(void **state)
{
  (void)state;
#define WORK(n, name) "<div class=work><a href=/m/" #n ">" name "</a><p class=by>composer: <a href=/who/" #n ">Anna Berg Larsen the " #n "th</a></p></div>"
  expect_line(WORK(1, "Rain") WORK(2, "Harbour waltz") WORK(3, "Nets") WORK(4, "The ferry"), FM_FOUND_STRUCTURE, "link: \"css: a @href\"\n");
#define TAGGED(n) "<article class=item><h2>The lamp number " #n " is lit again</h2><a href=/n/" #n ">Read more</a><p>It was the bulb after all.</p>" \
  "<div class=tags><a href=/tag/" #n ">Lamps " #n "</a></div></article>"
  expect_line(TAGGED(1) TAGGED(2) TAGGED(3) TAGGED(4), FM_FOUND_STRUCTURE, "link: \"css: a @href\"\n");
#define SHOWN(n) "<article><h2><a href='/?p=" #n "'>The day by the quay " #n "</a></h2><p><a href=/up/" #n ".jpg><img src=/t/" #n ".jpg></a></p></article>"
  expect_line(SHOWN(1) SHOWN(2) SHOWN(3), FM_FOUND_STRUCTURE, "link: \"css: h2 > a @href\"\n");
}

/* Groups of entries, entries without a wrapper, two entries alone. */
static void test_shapes_of_lists(void **state)
{
  (void)state;
#define BOX(n) "<section class=box><h2>Harbour " #n "</h2><div class=first><h3><a href=/n/" #n "1>The lamp on pier " #n " is lit</a></h3><p>It was the bulb.</p></div>" \
  "<ul><li><h3><a href=/n/" #n "2>Small boats of class " #n " pay less</a></h3><li><h3><a href=/n/" #n "3>Crane " #n " is checked today</a></h3></ul></section>"
  finding_of f = look(BOX(1) BOX(2) BOX(3));
  assert_int_equal(f.found.entries, 9);
  done(&f);
#define FLAT(n) "<h3>The lamp on pier " #n " is lit again</h3><p>It was the bulb after all, number " #n ".</p><a href=/n/" #n ">More</a>"
  expect_line("<main>" FLAT(1) FLAT(2) FLAT(3) FLAT(4) "</main>", FM_FOUND_STRUCTURE, "link: \"css: + p + a @href\"\n");
  f = look(POST(1, "The first of the posts") POST(2, "The second of the posts"));
  assert_int_equal(f.found.entries, 2);
  done(&f);
}

static void test_directory_indexes(void **state)
{
  (void)state;
#define FILE_(n) "<a href=net-1." #n ".tar.gz>net-1." #n ".tar.gz</a>      2" #n "-Nov-2026 10:2" #n "    1" #n "20\n"
  static const char *const heads[] = {"<a href=../>../</a>\n", "<a href='?C=N;O=D'>Name</a> <a href='?C=M;O=A'>Last modified</a> <a href='?C=S;O=A'>Size</a><hr>"
                                      "<a href=/>Parent Directory</a>  -\n"};
  for (size_t i = 0; i < 2; i++) {
    char page[2048];
    snprintf(page, sizeof page, "<title>Index of /pub</title><h1>Index of /pub</h1><pre>%s" FILE_(0) FILE_(1) FILE_(2) FILE_(3) FILE_(4) "</pre>", heads[i]);
    finding_of f = look(page);
    assert_int_equal(f.error, FM_OK);
    assert_int_equal(f.found.entries, 5);
    assert_non_null(fm_str_find(f.found.recipe, FM_STR("published: \"xpath: following-sibling::text()")));
    done(&f);
  }
}

/* Linked words in running text are no entries. */
static void test_prose(void **state)
{
  (void)state;
  expect_nothing("<article><h1>The lamp is lit again</h1><p>It was the bulb, says <a href=/who/ola>Ola</a>, who has kept the lamps of the harbour for "
                 "thirty years and hopes to keep them for ten more.</p><p>The <a href=/board>harbour board</a> had thought of the wiring, which is old "
                 "and was last looked at in the spring.</p><p>In the summer <a href=/n/before>the same lamp went out</a> for a week, and nobody knew why, "
                 "as the keeper was at sea.</p></article>", "no list");
}

/* Dates in bare texts, of any language, and of the column's order. */
static void test_dates_beside(void **state)
{
  (void)state;
#define BARE(n, date) "<li><a href=/o/" #n ">Berg against the pilots, part " #n "</a> " date "<br>Affirmed."
  expect_line("<ul>" BARE(1, "10/28/2026") BARE(2, "10/02/2026") BARE(3, "09/01/2026") "</ul>", FM_FOUND_STRUCTURE, "format: \"%m/%d/%Y\"}\n");
#define LAST(n, date) "<li><a href=/o/" #n ">Le phare du port, partie " #n "</a> <p>Dernier message de anna " date " par la poste</p>"
  expect_line("<html lang=fr><ul>" LAST(1, "13 décembre 2026") LAST(2, "2 août 2026") LAST(3, "14 juil. 2026") "</ul>", FM_FOUND_STRUCTURE,
              "{field: published, match: ");
}

/* The feed nearest to the page comes first, feeds of comments last in any language. */
static void test_order_of_feeds(void **state)
{
  (void)state;
#define FEED(href, title) "<link rel=alternate type=application/rss+xml href='" href "' title='" title "'>"
  static const struct {
    const char *html, *first;
  } cases[] = {
    {FEED("/feed.xml", "Harbour") FEED("/comments.xml", "Harbour: comments") FEED("/list/feed.xml", "Harbour: list"), "https://news.test/list/feed.xml"},
    {FEED("/feed/", "Hafen Â» Feed") FEED("/comments/feed/", "Hafen Â» Kommentar-Feed") FEED("/list/feed/", "Hafen Â» Lampe Kommentar-Feed"),
     "https://news.test/feed/"},
    {FEED("/feed.xml", "Harbour") FEED("/other/feed.xml", "Harbour: other"), "https://news.test/feed.xml"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char page[2048];
    snprintf(page, sizeof page, "%s" POSTS, cases[i].html);
    finding_of f = look(page);
    assert_int_equal(f.error, FM_OK);
    expect(f.found.offers[0].href, cases[i].first);
    done(&f);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_what_repeats),      cmocka_unit_test(test_data_before_what_repeats),
    cmocka_unit_test(test_data_of_another_list), cmocka_unit_test(test_marked),
    cmocka_unit_test(test_own_feeds),         cmocka_unit_test(test_no_list),
    cmocka_unit_test(test_odd_texts),         cmocka_unit_test(test_dates_in_texts),
    cmocka_unit_test(test_days_over_items),   cmocka_unit_test(test_titles_that_nobody_sees),
    cmocka_unit_test(test_rows_of_one_entry), cmocka_unit_test(test_classes),
    cmocka_unit_test(test_a_bar_above_the_list), cmocka_unit_test(test_names), cmocka_unit_test(test_columns), cmocka_unit_test(test_stripes),
    cmocka_unit_test(test_wrappers), cmocka_unit_test(test_repetitions), cmocka_unit_test(test_links_beside),
    cmocka_unit_test(test_shapes_of_lists), cmocka_unit_test(test_directory_indexes), cmocka_unit_test(test_prose),
    cmocka_unit_test(test_dates_beside), cmocka_unit_test(test_order_of_feeds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
