/* Fuzzes list detection: a recipe that comes out is valid and yields what was promised;
 * otherwise a reason is given. Input: the page. */
#include "fuzz_kit.h"
#include "source/discover/discover.h"

static void check_recipe(const fm_discovered *found, fm_str text, const fm_page *page)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(text, FM_STR("fuzz.yaml"), &problems);
  if (!recipe)
    FUZZ_FAIL("a recipe that is none: %.*s\n%.*s", FM_FMT(problems.items[0].text), FM_FMT(text));
  fm_doc *doc = fuzz_read(fm_recipe_source(recipe), page);
  if (!doc || doc->feed.nentries != found->entries)
    FUZZ_FAIL("%zu entries, not %zu:\n%.*s", doc ? doc->feed.nentries : 0, found->entries,
              FM_FMT(text));
  fuzz_check_doc(doc, page->url);
  fm_doc_unref(doc);
  fm_recipe_unref(recipe);
  fm_problems_deinit(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fm_str rest = {(const char *)data, size}, body = fuzz_part(&rest, "\xff\xfe\xff");
  fm_page page = {.size = sizeof page, .body = body, .now = 1785834900,
                  .url = FM_STR("https://list.test/news/"), .key = FM_STR("https://list.test/news/")};
  fm_arena arena = {0};
  fm_discovered found = {0};
  fm_why why = {""};
  int error = fm_discover(&page, &arena, &found, &why);
  if (error && !why.text[0])
    FUZZ_FAIL("nothing found and nothing said");
  if (!error && !found.recipe.len && !found.noffers && !found.is_feed)
    FUZZ_FAIL("found, but what");
  if (!error && found.recipe.len) {
    check_recipe(&found, found.recipe, &page);
    check_recipe(&found, found.bare, &page);
  }
  fm_arena_deinit(&arena);
  fuzz_free(body);
  return 0;
}
