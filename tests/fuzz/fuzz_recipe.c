/* The page parser with recipes. Input: a recipe, a line "%%", a page. Where the first
 * line is but one digit, the recipe is one of ours: most changes to a text of one's own
 * break it before a page is ever looked at. What is refused names a line. */
#include "fuzz_kit.h"

static const char *const own[] = {
  "name: r0\nurl: https://r.test/news\nitems: 'css: article'\nfields:\n  title: 'css: h2 a'\n"
  "  link: 'css: a @href'\n  published: 'css: time @datetime'\n  content: 'css: .body'\n"
  "  category: 'css: .tag'\n  image: 'css: img @src'\nnext: 'css: a[rel=next] @href'\nmax_pages: 3\n",
  "name: r1\nurl: https://r.test/t\nitems: 'xpath: //tr[td]'\nfields:\n  title: 'xpath: td[1]'\n"
  "  link: 'xpath: .//a/@href'\n  published: {from: 'xpath: td[2]', format: '%d.%m.%Y'}\n"
  "  summary: 'xpath: td[3]'\n  numbers: {points: 'xpath: td[4]'}\n",
  "name: r2\nurl: https://r.test/s\nitems: 'json: script#state /page/items'\nfields:\n"
  "  title: 'json: /title'\n  link: 'json: /url'\n  id: 'json: /id'\n"
  "  published: 'json: /date'\n  content: 'json: /html'\n  author: 'json: /who'\n",
  "name: r3\nurl: https://r.test/api\nitems: 'json: /items'\nfields:\n  title: 'json: /name'\n"
  "  link: 'json: /link'\n  updated: 'json: /when'\n  numbers: {stars: 'json: /stars'}\n"
  "fixups: [{field: title, match: '^(a+)+b', replace: '$1'}]\n",
  "name: r4\nurl: https://r.test/h\ncontainer: 'css: main:has(ul)'\n"
  "items: 'css: li:not(.ad):nth-of-type(odd)'\nfields:\n  title: ['css: b', 'css: a']\n"
  "  link: 'css: a:contains(\"x\") @href'\n  published: 'css: small'\nfilter: {exclude: spam}\n",
};
enum { OWN = sizeof own / sizeof *own };

static fm_recipe *compiled[OWN];

static fm_recipe *compile(fm_str text, fm_problems *problems)
{
  fm_recipe *recipe = fm_recipe_parse(text, FM_STR("fuzz.yaml"), problems);
  if (!recipe && !problems->count)
    FUZZ_FAIL("a recipe refused without a reason");
  return recipe;
}

static fm_recipe *own_recipe(unsigned i)
{
  if (!compiled[i]) {
    fm_problems problems = {0};
    compiled[i] = compile(fm_str_of(own[i]), &problems);
    if (!compiled[i])
      FUZZ_FAIL("%.*s", FM_FMT(problems.items[0].text));
    fm_problems_deinit(&problems);
  }
  fm_recipe_ref(compiled[i]);
  return compiled[i];
}

static void check_entry_page(const fm_source *source, const fm_page *page)
{
  fm_arena arena = {0};
  fm_entry entry;
  fm_why why = {""};
  if (fm_source_entry_pages(source) && !fm_source_extract_entry(source, page, &arena, &entry, &why) &&
      entry.content.len)
    fuzz_check_html(entry.content, page->url);
  fm_arena_deinit(&arena);
}

static void check(const fm_recipe *recipe, fm_str body)
{
  fm_page page = {.size = sizeof page, .body = body, .now = 1785834900,
                  .url = FM_STR("https://r.test/news"), .key = FM_STR("https://r.test/news")};
  fuzz_check_page(fm_recipe_source(recipe), &page);
  check_entry_page(fm_recipe_source(recipe), &page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fm_str rest = {(const char *)data, size};
  bool ours = size > 1 && data[0] >= '0' && data[0] < '0' + OWN && data[1] == '\n';
  fm_str text = fuzz_part(&rest, ours ? "\n" : "\n%%\n"), body = fuzz_part(&rest, "\xff\xfe\xff");
  fm_problems problems = {0};
  fm_recipe *recipe = ours ? own_recipe(data[0] - '0') : compile(text, &problems);
  if (recipe)
    check(recipe, body);
  fm_recipe_unref(recipe);
  fm_problems_deinit(&problems);
  fuzz_free(text);
  fuzz_free(body);
  return 0;
}
