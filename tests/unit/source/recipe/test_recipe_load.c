/* Loading of recipe files: what is accepted, and how errors are reported. */
#include "source/recipe/recipe_kit.h"

#include "source/recipe/internal.h"

static void test_least(void **state)
{
  (void)state;
  fm_recipe *recipe = recipe_of(HEAD ITEMS FIELDS);
  const fm_source *source = fm_recipe_source(recipe);
  assert_string_equal(source->name, "r");
  assert_string_equal(source->title, "r");
  assert_ptr_equal(fm_recipe_of(source), recipe);
  assert_null(fm_recipe_of(&fm_feed_source));
  assert_null(fm_recipe_of(NULL));
  assert_string_equal(fm_recipe_file(recipe), "f");
  assert_int_equal(fm_recipe_line(recipe), 1);
  assert_int_equal(fm_recipe_placeholders(recipe).count, 0);
  assert_int_equal(fm_source_refresh_interval(source), 0);
  assert_int_equal(fm_source_entry_pages(source), 0);
  expect(fm_recipe_base(recipe), "https://news.test/list");
  fm_recipe *same = recipe_of(HEAD ITEMS FIELDS), *other = recipe_of(HEAD ITEMS FIELDS "every: 1h\n");
  assert_true(fm_recipe_same(recipe, same) && !fm_recipe_same(recipe, other));
  assert_true(fm_source_same(source, fm_recipe_source(same)));
  assert_false(fm_source_same(source, fm_recipe_source(other)));
  fm_recipe_ref(recipe);
  fm_recipe_unref(recipe);
  fm_recipe_unref(recipe);
  fm_recipe_unref(same);
  fm_recipe_unref(other);
}

/* A recipe that uses most keys. */
static const char example[] =
  "name: example-news\n"
  "title: \"Example: news\"\n"
  "url: https://example.org/news            # may hold {placeholders}\n"
  "items: \"css: article.post\"              # or \"xpath: //article\"\n"
  "fields:\n"
  "  title: \"css: h2 a\"\n"
  "  link: \"css: h2 a @href\"\n"
  "  id: \"css: :scope @id\"\n"
  "  published: \"css: time @datetime\"\n"
  "  author: \"css: .by\"\n"
  "  summary: \"css: p\"\n"
  "  content: \"css: .body\"\n"
  "  image: \"css: img @src\"\n"
  "  category: [\"css: .tag\"]\n"
  "next: \"css: a[rel=next] @href\"\n"
  "max_pages: 3\n"
  "detail: { content: \"css: article .body\", published: \"css: time\" }\n"
  "fixups: [ {field: title, match: \"^Re: \", replace: \"\"} ]\n"
  "filter: { include: lantern, exclude: [advert, \"a b\"] }\n"
  "headers: {Accept-Language: \"en, de\", X-A: b}\n"
  "charset: iso-8859-1\n"
  "every: 1h\n";

static void test_example(void **state)
{
  (void)state;
  fm_recipe *recipe = recipe_of(example);
  const fm_source *source = fm_recipe_source(recipe);
  assert_string_equal(source->title, "Example: news");
  assert_int_equal(fm_source_refresh_interval(source), 3600);
  assert_int_equal(fm_source_entry_pages(source), 10);
  fm_recipe_unref(recipe);
}

/* Equivalent spellings of items:. */
static void test_ways_to_items(void **state)
{
  (void)state;
  static const char *const items[] = {
    "items: \"xpath: //article\"\n" FIELDS,
    "items: {css: article.post}\n" FIELDS,
    "items: {xpath: //article}\n" FIELDS,
    "items: [\"css: article\"]\n" FIELDS,
    "items: \"json: script#__NEXT_DATA__ /props/pageProps/posts\"\nfields: {title: \"json: /title\"}\n",
    "items: {json: \"div[data-props] @data-props /posts\"}\nfields: {title: \"json: /title\"}\n",
    "items: \"json: /posts\"\nfields: {title: \"json: /title\"}\n",
    "items: {json: /posts}\nfields: {title: {json: /title}}\n",
    "items: \"json:\"\nfields: {title: \"json: /title\", link: \"text: https://x.test/{json: /id}\"}\n"};
  for (size_t i = 0; i < LEN(items); i++) {
    char text[1000];
    snprintf(text, sizeof text, HEAD "%s", items[i]);
    fm_recipe_unref(recipe_of(text));
  }
}

/* ---- faults ---- */

static void test_missing(void **state)
{
  (void)state;
  expect_wrong("", "f: empty: no recipe stands in it\n");
  expect_wrong("name: r\n", "f:1: url: must be given\nf:1: items: must be given\n"
                            "f:1: fields: must be given\n");
  expect_wrong(HEAD ITEMS "fields: {summary: \"css: p\"}\n",
               "f:4:9: title or link must be given: without them there is no entry\n");
  expect_wrong("- a\n", "f:1: a section with keys is wanted here, not a list\n");
}

static void test_unknown_keys(void **state)
{
  (void)state;
  expect_wrong(HEAD ITEMS FIELDS "evry: 1h\n",
               "f:7: evry: unknown key \"evry\"; did you mean \"every\"?\n");
  expect_wrong(HEAD ITEMS FIELDS "  titel: \"css: a\"\n",
               "f:7: fields.titel: unknown key \"titel\"; did you mean \"title\"?\n");
  expect_wrong(HEAD ITEMS FIELDS "fixups: [{field: title, mtch: a}]\n",
               "f:7: fixups[0].mtch: unknown key \"mtch\"; did you mean \"match\"?\n"
               "f:7: fixups[0].match: must be given\n");
  expect_wrong(HEAD ITEMS FIELDS "published: \"css: time\"\n",
               "f:7: published: unknown key \"published\"; it belongs inside \"fields\"\n");
  expect_wrong(HEAD ITEMS "fields:\n  title: {css: h2, htm: yes}\n",
               "f:5: htm: unknown key \"htm\"; did you mean \"html\"?\n");
  expect_wrong(HEAD ITEMS FIELDS "filter: {includ: a}\n",
               "f:7: filter.includ: unknown key \"includ\"; did you mean \"include\"?\n");
  expect_wrong(HEAD ITEMS FIELDS "detail: {contents: \"css: p\"}\n",
               "f:7: detail.contents: unknown key \"contents\"; did you mean \"content\"?\n");
}

static void test_values(void **state)
{
  (void)state;
  expect_wrong("name: A b\nurl: https://x.test/\n" ITEMS FIELDS,
               "f:1: name: \"A b\" is not of a-z, 0-9 and '-'\n");
  expect_wrong(HEAD ITEMS FIELDS "every: 1\nmax_pages: 0\ncharset: klingon\norder: up\n",
               "f:7: every: \"1\" has no unit; write s, m, h or d after the number\n"
               "f:8: max_pages: 0 is out of range; 1 to 20 is allowed\n"
               "f:9: charset: \"klingon\" is no charset that is known\n"
               "f:10: order: \"up\" is none of: published, page\n");
  expect_wrong(HEAD ITEMS FIELDS "timezone: \"+25:00\"\n", "f:7:12: \"+25:00\" is no time zone: write +02:00, UTC or Europe/Berlin\n");
  expect_wrong(HEAD ITEMS FIELDS "date: {language: tlh}\n",
               "f:7:18: a language is wanted whose months are known: en, de, pt-BR, ...\n");
  expect_wrong(HEAD ITEMS FIELDS "headers: {Host: x, \"a b\": c, X-Good: d, Range: e}\n",
               "f:7:11: \"Host\" cannot be sent along\nf:7:21: \"a b\" cannot be sent along\n"
               "f:7:41: \"Range\" cannot be sent along\n");
  expect_wrong(HEAD ITEMS FIELDS "headers: {X-A: \"b\\nX-C: d\"}\n",
               "f:7: headers.X-A: holds a line break or another control character\n");
}

/* Each error has its line and column. */
static void test_places(void **state)
{
  (void)state;
  expect_wrong(HEAD "items: \"css: article >> p\"\n" FIELDS,
               "f:3:23: \">\" stands where a selector is wanted\n");
  expect_wrong(HEAD "items: \"xpath: //a[\"\n" FIELDS, "f:3:20: malformed XPath\n");
  expect_wrong(HEAD "items: \"xpath: //a[ends-with(@b, 'c')]\"\n" FIELDS,
               "f:3:20: XPath 1.0 has no function \"ends-with\"\n");
  expect_wrong(HEAD "items: \"json: /a\"\nfields: {title: \"json: /a~b\"}\n",
               "f:4:26: after \"~\" a 0 (for ~) or a 1 (for /) is wanted\n");
  expect_wrong(HEAD ITEMS FIELDS "fixups:\n  - field: title\n    match: \"a(b\"\n",
               "f:9:16: missing closing parenthesis\n");
  expect_wrong(HEAD ITEMS FIELDS "fixups:\n  - {field: title, match: \"(a) # b\", replace: \"<$1>$2!\"}\n",
               "f:8:54: the pattern has no such group\n");
  expect_wrong(HEAD ITEMS FIELDS "fixups:\n  - {field: title, match: a, replace: \"5$ off\"}\n"
               "  - {field: title, match: b, replace: '\\1'}\n",
               "f:8:42: after \"$\" a group is wanted, or another \"$\"\n"
               "f:9:41: no such escape; \"\\\\\" is a backslash\n");
  expect_wrong(HEAD ITEMS FIELDS "format: [\"%Y\", \"%Y-%q\"]\n", "f:7:20: a format has no %q\n");
  expect_wrong(HEAD ITEMS "fields:\n  title:\n    \"css: a:foo\"\n",
               "f:6:12: unknown pseudo-class \":foo\"\n");
  expect_wrong(HEAD ITEMS "fields:\n  title: {css: \"a:foo\"}\n",
               "f:5:18: unknown pseudo-class \":foo\"\n");
  expect_wrong(HEAD ITEMS "fields:\n  title: [\"css: h2\", {from: [\"css: a\", \"xpath: (\"]}]\n",
               "f:5:49: malformed XPath\n");
  expect_wrong(HEAD ITEMS "fields:\n  title: \"text: {css: a} - {css: b >> c}\"\n",
               "f:5:37: \">\" stands where a selector is wanted\n");
}

static void test_shapes(void **state)
{
  (void)state;
  expect_wrong(HEAD "items: [\"css: a\", \"css: b\"]\n" FIELDS,
               "f:3:8: one expression is wanted, not 2\n");
  expect_wrong(HEAD "items: \"css: a @href\"\n" FIELDS,
               "f:3:9: items are elements; an @attribute holds none\n");
  expect_wrong(HEAD "items: \"text: a\"\n" FIELDS,
               "f:3:9: css:, xpath: or json: is wanted; text: finds no list\n");
  expect_wrong(HEAD "items: \"json: /a\"\n"
               "fields:\n"
               "  title: \"css: h2\"\n"
               "  link: \"json: script /a\"\n"
               "  id: \"text: {json: /id} {nope}\"\n"
               "  author: []\n"
               "  category:\n"
               "  summary: [[a]]\n"
               "  content: {html: yes}\n"
               "  image: {from: {a: b}}\n"
               "  comments: {css: [a]}\n"
               "  numbers: {Up: \"json: /u\"}\n"
               "container: \"css: ul\"\n",
               "f:5:11: what is looked at is JSON: json: or text: is wanted\n"
               "f:6:16: what is looked at is JSON itself, so no selector can stand here\n"
               "f:7:29: in { } stands an expression (css: ...) or a placeholder of the url; \"nope\" is neither\n"
               "f:8:11: must not be empty\n"
               "f:9:12: no value is given\n"
               "f:10:13: an expression is wanted\n"
               "f:11:12: an expression is wanted: from, css, xpath, json or text\n"
               "f:12:17: an expression is wanted, or a list of them\n"
               "f:13:19: a text is wanted\n"
               "f:14:13: a number's name is of a-z and _\n"
               "f:15:13: a JSON Pointer tells by itself whether its list is there\n");
}

static void test_addresses(void **state)
{
  (void)state;
  expect_wrong("name: r\nurl: /list\n" ITEMS FIELDS, "f:2:6: not an http or https address\n");
  expect_wrong("name: r\nurl: \"https://x.test/{a\"\n" ITEMS FIELDS, "f:2:22: a \"{\" is not closed\n");
  expect_wrong("name: r\nurl: https://x.test/{a}{b}\n" ITEMS FIELDS,
               "f:2:6: two placeholders need something between them\n");
  expect_wrong("name: r\nurl: https://x.test/{A}\n" ITEMS FIELDS,
               "f:2:22: a placeholder's name is of a-z, 0-9, _ and -, a letter first\n");
  expect_wrong("name: r\nurl: https://x.test/{a}\ntitle: \"of {b}\"\nlink: https://x.test/{c}\n"
               "defaults: {d: e}\n" ITEMS FIELDS,
               "f:3:9: {b} is no placeholder of the url\n"
               "f:4:7: {c} is no placeholder of the url\n"
               "f:5:12: \"d\" is no placeholder of the url\n");
}

/* All errors of a file, sorted by line. */
static void test_all_at_once(void **state)
{
  (void)state;
  expect_wrong("name: r\n"
               "url: ftp://x.test/\n"
               "colour: red\n"
               "items: \"css: a[\"\n"
               "fields:\n"
               "  title: \"h2 a\"\n"
               "  link: \"css: a:hoover @href\"\n"
               "  published: {css: time, format: \"%q\"}\n"
               "next: \"xpath: foo(\"\n"
               "detail: {link: \"css: a\", content: \"css: p[\"}\n"
               "fixups: [{field: titl, match: \"*\"}]\n"
               "filter: {include: {a: b}}\n"
               "headers: {Host: a}\n"
               "every: soon\n",
               "f:2:6: not an http or https address\n"
               "f:3: colour: unknown key \"colour\"; known here: name, title, subtitle, language, url, "
               "link, defaults, order, container, items, fields, format, timezone, date, next, max_pages, "
               "detail, fixups, filter, headers, charset, every\n"
               "f:4:16: the selector ends where a name is wanted\n"
               "f:6:11: an expression starts with css:, xpath:, json: or text:\n"
               "f:7:16: unknown pseudo-class \":hoover\"; did you mean \":hover\"?\n"
               "f:8:35: a format has no %q\n"
               "f:9:15: XPath 1.0 has no function \"foo\"\n"
               "f:10:17: an entry's own page cannot say its link\n"
               "f:10:43: the selector ends where a name is wanted\n"
               "f:11: fixups[0].field: \"titl\" is none of: title, link, id, published, updated, "
               "author, summary, content, image, category, comments, enclosure\n"
               "f:11:32: quantifier does not follow a repeatable item\n"
               "f:12: filter.include: a text or a list of texts is wanted here, not a section with keys\n"
               "f:13:11: \"Host\" cannot be sent along\n"
               "f:14: every: \"soon\" is not a time; write a number with s, m, h or d, such as 30m\n");
}

/* Mutated files yield problems, and no leaks. */
static void test_random(void **state)
{
  (void)state;
  for (int i = 0; i < 20000; i++) {
    fm_buf text;
    fm_buf_init(&text, FM_BUF_MAX);
    fm_buf_text(&text, example);
    for (unsigned harm = 1 + dice(3); harm; harm--)
      random_harm(&text);
    fm_problems problems = {0};
    fm_recipe *recipe = fm_recipe_parse(fm_buf_view(&text), FM_STR("f"), &problems);
    assert_true(recipe ? problems.count == 0 : problems.count > 0);
    fm_recipe_unref(recipe);
    fm_problems_deinit(&problems);
    fm_buf_deinit(&text);
  }
}

static void test_file(void **state)
{
  (void)state;
  fm_problems problems = {0};
  assert_null(fm_recipe_load("/nowhere/r.yaml", &problems));
  assert_null(fm_recipe_load("/", &problems));
  assert_int_equal(problems.count, 2);
  expect(problems.items[0].text, "/nowhere/r.yaml: cannot be read: No such file or directory");
  fm_problems_deinit(&problems);
}

/* For two recipes with one name the first is kept, the second reported with its line. */
static void test_same_name(void **state)
{
  (void)state;
  fm_problems problems = {0};
  fm_registry *registry = fm_registry_new();
  fm_recipe *first = recipe_of(HEAD ITEMS FIELDS);
  assert_int_equal(fm_registry_add_recipe(registry, first, &problems), FM_OK);
  assert_int_equal(fm_registry_add_recipe(registry, recipe_of("\n" HEAD ITEMS FIELDS), &problems),
                   FM_E_CONFIG);
  assert_int_equal(fm_registry_add_recipe(
                     registry, recipe_of("name: feed\nurl: https://x.test/\n" ITEMS FIELDS), &problems),
                   FM_E_CONFIG);
  assert_int_equal(problems.count, 2);
  expect(problems.items[0].text, "f:2: name: there is a source r already (f)");
  expect(problems.items[1].text, "f:1: name: there is a source feed already (built in)");
  assert_ptr_equal(fm_registry_find(registry, FM_STR("r")), fm_recipe_source(first));
  fm_problems_deinit(&problems);
  fm_registry_unref(registry);
}

/* ---- the commented example ---- */

#define EXAMPLE "conf/sources/example.yaml"

static void assert_shown(const fm_yaml *root, const fm_directive *rows, const char *prefix)
{
  for (const fm_directive *row = rows; row->type != FM_T_END; row++) {
    char key[200];
    if (!row->name || (strcmp(prefix, "detail.") == 0 && strcmp(row->name, "max")))
      continue; /* detail has the same fields, which are shown in fields */
    snprintf(key, sizeof key, "%s%s", prefix, row->name);
    if (!fm_yaml_at(root, key, NULL))
      fail_msg(EXAMPLE " does not show \"%s\"", key);
    if (!row->rows)
      continue;
    snprintf(key, sizeof key, "%s%s%s", prefix, row->name, row->type == FM_T_SECTIONS ? "[0]." : ".");
    assert_shown(root, row->rows, key);
  }
}

static void test_example_file(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_problems problems = {0};
  const fm_yaml *root;
  fm_recipe *recipe = fm_recipe_load(EXAMPLE, &problems);
  assert_non_null(recipe);
  assert_int_equal(fm_yaml_load(&arena, EXAMPLE, &problems, &root), FM_OK);
  assert_shown(root, fm_recipe_table, "");
  fm_recipe_unref(recipe);
  fm_arena_deinit(&arena);
}

/* Every key of a field section occurs in the example's text. */
static void test_example_fields(void **state)
{
  (void)state;
  char text[16384] = "";
  FILE *file = fopen(EXAMPLE, "r");
  assert_non_null(file);
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  for (const fm_directive *row = fm_recipe_field_table; row->type != FM_T_END; row++) {
    char key[50];
    snprintf(key, sizeof key, "%s: ", row->name);
    if (!strstr(text, key))
      fail_msg(EXAMPLE " does not show \"%s\"", key);
    for (size_t i = 0; row->choices && row->choices[i]; i++)
      assert_non_null(strstr(text, row->choices[i]));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_least),        cmocka_unit_test(test_example),
    cmocka_unit_test(test_ways_to_items), cmocka_unit_test(test_missing),
    cmocka_unit_test(test_unknown_keys), cmocka_unit_test(test_values),
    cmocka_unit_test(test_places),       cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_addresses),    cmocka_unit_test(test_all_at_once),
    cmocka_unit_test(test_random),       cmocka_unit_test(test_file),
    cmocka_unit_test(test_same_name),    cmocka_unit_test(test_example_file),
    cmocka_unit_test(test_example_fields),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
