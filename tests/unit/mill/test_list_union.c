/* Union of lists: pages of one list, lists of several inputs. */
#include "base/str.h"
#include "mill/list_union.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "id=link" for each entry, or "id" for one without a link; "title:" first names it. */
static fm_doc *doc_of(const char *title, const char *const *entries)
{
  fm_doc *doc = fm_doc_new();
  size_t count = 0;
  while (entries[count])
    count++;
  fm_entry *made = fm_arena_alloc(&doc->arena, (count + 1) * sizeof *made);
  for (size_t i = 0; i < count; i++) {
    const char *mark = strchr(entries[i], '=');
    fm_link *link = fm_arena_alloc(&doc->arena, sizeof *link);
    *link = (fm_link){.rel = FM_STR("alternate"), .href = fm_str_of(mark ? mark + 1 : "")};
    made[i] = (fm_entry){.id = mark ? fm_str_span(entries[i], mark) : fm_str_of(entries[i]),
                         .title = FM_STR("x"), .links = link, .nlinks = mark != NULL};
  }
  doc->feed.title = doc->feed.id = fm_str_of(title);
  doc->feed.entries = made;
  doc->feed.nentries = count;
  return doc;
}

#define DOC(title, ...) doc_of(title, (const char *const[]){__VA_ARGS__, NULL})

typedef struct got {
  fm_doc *doc;
  const uint64_t **ids;
  size_t *nids;
} got;

static got join(const fm_list_part *parts, size_t nparts, const fm_doc *before)
{
  got g;
  g.doc = fm_list_union(parts, nparts, before, &g.ids, &g.nids);
  return g;
}

static void assert_ids(const fm_doc *doc, const char *wanted)
{
  char ids[512] = "";
  for (size_t i = 0; i < doc->feed.nentries; i++)
    snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%.*s", i ? " " : "",
             FM_FMT(doc->feed.entries[i].id));
  assert_string_equal(ids, wanted);
}

static void pages_follow_each_other(void **state)
{
  (void)state;
  fm_doc *docs[] = {DOC("one", "a", "b"), DOC("two", "b", "c"), DOC("three", "a", "d")};
  got g = join(&(fm_list_part){.pages = docs, .npages = 3, .whole = true}, 1, NULL);
  assert_ids(g.doc, "a b c d");
  assert_true(fm_str_is(g.doc->feed.title, "one"));
  assert_int_equal(g.nids[0], 4);
  assert_true(g.ids[0][2] == fm_list_hash(FM_STR("c")));
  fm_doc_unref(g.doc);
  for (size_t i = 0; i < 3; i++)
    fm_doc_unref(docs[i]);
}

static void what_is_not_whole_keeps_what_it_showed(void **state)
{
  (void)state;
  fm_doc *before = DOC("before", "a", "b", "c", "gone");
  const uint64_t ids[] = {fm_list_hash(FM_STR("a")), fm_list_hash(FM_STR("b")),
                          fm_list_hash(FM_STR("c"))};
  fm_doc *docs[] = {DOC("now", "new", "a")};
  fm_list_part part = {.pages = docs, .npages = 1, .ids = ids, .nids = 3};
  got half = join(&part, 1, before);
  assert_ids(half.doc, "new a b"); /* as many as it showed */
  part.whole = true;
  got whole = join(&part, 1, before);
  assert_ids(whole.doc, "new a");
  assert_true(fm_list_has_all(before, ids, 3));
  assert_false(fm_list_has_all(docs[0], ids, 3));
  assert_false(fm_list_has_all(NULL, ids, 3));
  assert_false(fm_list_has_all(before, ids, 0)); /* nothing is known */
  fm_doc_unref(half.doc);
  fm_doc_unref(whole.doc);
  fm_doc_unref(docs[0]);
  fm_doc_unref(before);
}

/* Where a further page fails each time, what moves on leaves the list as ever. */
static void what_is_never_whole_does_not_grow(void **state)
{
  (void)state;
  static const char *const shown[][2] = {{"a", "b"}, {"c", "a"}, {"d", "c"}, {"e", "d"}};
  fm_doc *before = DOC("before", "a", "b", "z");
  uint64_t ids[3] = {fm_list_hash(FM_STR("a")), fm_list_hash(FM_STR("b")),
                     fm_list_hash(FM_STR("z"))};
  for (size_t i = 0; i < 4; i++) {
    fm_doc *docs[] = {DOC("now", shown[i][0], shown[i][1])};
    got g = join(&(fm_list_part){.pages = docs, .npages = 1, .ids = ids, .nids = 3}, 1, before);
    assert_int_equal(g.nids[0], 3);
    memcpy(ids, g.ids[0], sizeof ids);
    fm_doc_unref(docs[0]);
    fm_doc_unref(before);
    before = g.doc;
  }
  assert_ids(before, "e d c");
  fm_doc_unref(before);
}

static void a_list_that_fails_keeps_its_place(void **state)
{
  (void)state;
  fm_doc *before = DOC("before", "a", "b", "c");
  const uint64_t a = fm_list_hash(FM_STR("a")), b = fm_list_hash(FM_STR("b"));
  fm_doc *docs[] = {DOC("third", "d", "c")};
  const fm_list_part parts[] = {{.ids = &a, .nids = 1}, {.ids = &b, .nids = 1},
                                  {.pages = docs, .npages = 1, .whole = true}};
  got g = join(parts, 3, before);
  assert_ids(g.doc, "a b d c");
  assert_true(fm_str_is(g.doc->feed.title, "before")); /* not another's name and id */
  assert_int_equal(g.nids[0], 1);
  assert_int_equal(g.nids[1], 1);
  assert_int_equal(g.nids[2], 2);
  fm_doc_unref(g.doc);
  fm_doc_unref(docs[0]);
  fm_doc_unref(before);
}

static void two_lists_share_a_link(void **state)
{
  (void)state;
  fm_doc *one[] = {DOC("one", "a=http://h/1", "b=http://h/2")};
  fm_doc *two[] = {DOC("two", "c=http://h/2", "d=http://h/3", "a=http://h/9")};
  const fm_list_part parts[] = {{.pages = one, .npages = 1, .whole = true},
                                  {.pages = two, .npages = 1, .whole = true}};
  got first = join(parts, 2, NULL);
  assert_ids(first.doc, "a b d");
  /* what readers know goes before the order of the lists */
  fm_doc *before = DOC("before", "c=http://h/2");
  got later = join(parts, 2, before);
  assert_ids(later.doc, "a c d");
  fm_doc_unref(first.doc);
  fm_doc_unref(later.doc);
  fm_doc_unref(before);
  fm_doc_unref(one[0]);
  fm_doc_unref(two[0]);
}

/* Entries of a feed that all link to one page are no doubles, nor are those of another. */
static void a_link_of_many_names_none(void **state)
{
  (void)state;
  fm_doc *one[] = {DOC("one", "a=http://h/", "b=http://h/")};
  fm_doc *two[] = {DOC("two", "c=http://h/")};
  const fm_list_part parts[] = {{.pages = one, .npages = 1, .whole = true},
                                  {.pages = two, .npages = 1, .whole = true}};
  got g = join(parts, 2, NULL);
  assert_ids(g.doc, "a b c");
  fm_doc_unref(g.doc);
  fm_doc_unref(one[0]);
  fm_doc_unref(two[0]);
}

static void there_is_an_end(void **state)
{
  (void)state;
  enum { EACH = FM_LIST_MAX / 2 + 100 };
  fm_doc *docs[3];
  for (size_t k = 0; k < 3; k++) {
    docs[k] = fm_doc_new();
    fm_entry *made = fm_arena_alloc(&docs[k]->arena, EACH * sizeof *made);
    for (size_t i = 0; i < EACH; i++)
      made[i].id = fm_arena_printf(&docs[k]->arena, "%zu-%zu", k, i);
    docs[k]->feed.entries = made;
    docs[k]->feed.nentries = EACH;
  }
  got g = join(&(fm_list_part){.pages = docs, .npages = 3, .whole = true}, 1, NULL);
  assert_int_equal(g.doc->feed.nentries, FM_LIST_MAX);
  assert_int_equal(g.nids[0], FM_LIST_MAX);
  fm_doc_unref(g.doc);
  for (size_t k = 0; k < 3; k++)
    fm_doc_unref(docs[k]);
}

static void lists_of_the_same_share_links(void **state)
{
  (void)state;
  fm_doc *list = DOC("list", "a=https://n.test/1", "b=https://n.test/2/", "c");
  fm_doc *feed = DOC("feed", "tag:1=http://n.test/9", "tag:2=http://n.test/2?utm=feed");
  fm_doc *other = DOC("other", "a=https://n.test/3", "c"), *none = doc_of("none", (const char *const[]){NULL});
  assert_true(fm_list_shares_link(list, feed));
  assert_true(fm_list_shares_link(feed, list));
  assert_false(fm_list_shares_link(list, other)); /* an id is no link, nor is having none */
  assert_false(fm_list_shares_link(list, none));
  assert_false(fm_list_shares_link(none, list));
  fm_doc_unref(list);
  fm_doc_unref(feed);
  fm_doc_unref(other);
  fm_doc_unref(none);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pages_follow_each_other),
    cmocka_unit_test(what_is_not_whole_keeps_what_it_showed),
    cmocka_unit_test(what_is_never_whole_does_not_grow),
    cmocka_unit_test(a_list_that_fails_keeps_its_place),
    cmocka_unit_test(two_lists_share_a_link),
    cmocka_unit_test(a_link_of_many_names_none),
    cmocka_unit_test(there_is_an_end),
    cmocka_unit_test(lists_of_the_same_share_links),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
