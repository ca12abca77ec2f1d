/* Helpers of the recipe tests: parse a recipe, run it on a page, inspect the result. */
#ifndef TESTS_UNIT_RECIPE_KIT_H
#define TESTS_UNIT_RECIPE_KIT_H

#include "cmd/config_kit.h"

#include "feed/doc.h"
#include "sample.h"
#include "source/registry.h"

#define NEWS_URL FM_STR("https://news.test/list")
#define NOW INT64_C(1785801600) /* 2026-08-04T00:00:00Z */

/* A recipe for elements up to its fields, and the shortest list of fields. */
#define HEAD "name: r\nurl: https://news.test/list\n"
#define ITEMS "items: \"css: article\"\n"
#define FIELDS "fields:\n  title: \"css: h2\"\n  link: \"css: a @href\"\n"

static inline void expect(fm_str got, const char *wanted)
{
  if (!fm_str_is(got, wanted))
    fail_msg("got: %.*s\nnot: %s", FM_FMT(got), wanted);
}

/* The problems of an invalid recipe; free(). */
static inline char *wrong(const char *text)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(fm_str_of(text), FM_STR("f"), &problems);
  if (recipe)
    fail_msg("taken, but should not be:\n%s", text);
  char *said = problems_text(&problems);
  fm_problems_deinit(&problems);
  return said;
}

static inline void expect_wrong(const char *text, const char *problems)
{
  char *said = wrong(text);
  if (strcmp(said, problems)) {
    fprintf(stderr, "of\n%s\ngot:\n%snot:\n%s", text, said, problems); /* cmocka truncates long
                                                                        * strings */
    fail();
  }
  free(said);
}

static inline fm_recipe *recipe_of(const char *text)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(fm_str_of(text), FM_STR("f"), &problems);
  if (!recipe) {
    char *said = problems_text(&problems);
    fail_msg("%s%s", said, text);
  }
  assert_int_equal(problems.count, 0);
  fm_problems_deinit(&problems);
  return recipe;
}

typedef struct reading {
  fm_recipe *recipe;
  fm_extracted out;
  const fm_feed *feed; /* NULL if the extraction failed */
  int error;
  fm_why why;
} reading;

static inline void read_on(reading *r, const fm_page *page)
{
  /* The body is freed afterwards and has no byte after its end, so that ASan finds
   * overreads. */
  fm_page copy = *page;
  char *body = malloc(page->body.len ? page->body.len : 1);
  memcpy(body, page->body.ptr, page->body.len);
  copy.size = sizeof copy;
  copy.body.ptr = body;
  r->out = (fm_extracted){0};
  r->error = fm_source_extract_page(fm_recipe_source(r->recipe), &copy, &r->out, &r->why);
  r->feed = r->error ? NULL : &r->out.doc->feed;
  free(body);
}

static inline reading read_text(const char *recipe, const char *body)
{
  reading r = {.recipe = recipe_of(recipe)};
  fm_page page = {.body = fm_str_of(body), .url = NEWS_URL, .key = NEWS_URL, .now = NOW};
  read_on(&r, &page);
  return r;
}

static inline reading read_good(const char *recipe, const char *body)
{
  reading r = read_text(recipe, body);
  if (r.error)
    fail_msg("not read: %s\n%s\n%s", r.why.text, recipe, body);
  return r;
}

static inline void end(reading *r)
{
  if (r->out.doc)
    fm_doc_unref(r->out.doc);
  fm_recipe_unref(r->recipe);
}

static inline void expect_failed(const char *recipe, const char *body, const char *reason)
{
  reading r = read_text(recipe, body);
  assert_int_equal(r.error, FM_E_NO_LIST);
  expect(fm_str_of(r.why.text), reason);
  end(&r);
}

static inline fm_str link_of(const fm_entry *entry, const char *rel)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, rel))
      return entry->links[i].href;
  return FM_STR("");
}

#endif
