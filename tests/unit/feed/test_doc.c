/* Documents: references and deep copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "base/str.h"
#include "feed/doc.h"

static void new_doc_is_an_empty_feed(void **state)
{
  (void)state;
  fm_doc *doc = fm_doc_new();
  assert_int_equal(doc->feed.nentries, 0);
  assert_null(doc->feed.entries);
  assert_true(doc->feed.day == FM_NO_TIME);
  assert_int_equal(doc->feed.order, FM_ORDER_PUBLISHED);
  fm_doc_unref(doc);
  fm_doc_unref(NULL);
}

static void *take_and_drop(void *arg)
{
  fm_doc *doc = arg;
  for (int i = 0; i < 2000; i++) {
    assert_ptr_equal(fm_doc_ref(doc), doc);
    assert_true(fm_str_is(doc->feed.title, "shared"));
    fm_doc_unref(doc);
  }
  fm_doc_unref(doc);
  return NULL;
}

/* The last of several threads frees; ASan and TSan watch. */
static void references_are_shared_by_threads(void **state)
{
  (void)state;
  fm_doc *doc = fm_doc_new();
  doc->feed.title = fm_arena_str(&doc->arena, FM_STR("shared"));
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, take_and_drop, fm_doc_ref(doc)), 0);
  fm_doc_unref(doc);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
}

static void text_is_copied_and_nothing_stays_nothing(void **state)
{
  (void)state;
  fm_arena arena = {0};
  char here[] = "words";
  fm_str copy = fm_entry_text(&arena, (fm_str){here, 5});
  memset(here, 'x', 5);
  assert_true(fm_str_is(copy, "words"));
  fm_str none = fm_entry_text(&arena, (fm_str){here, 0});
  assert_null(none.ptr);
  assert_int_equal(none.len, 0);
  fm_arena_deinit(&arena);
}

static void entry_copy_is_deep(void **state)
{
  (void)state;
  char text[] = "abcdefghijklmnopqrstuvwxyz";
  fm_str piece[16];
  for (int i = 0; i < 16; i++)
    piece[i] = (fm_str){text + i, 3};
  fm_person author = {.name = piece[5], .uri = piece[6], .email = piece[7]};
  fm_link link = {.rel = piece[8], .href = piece[9], .type = piece[10], .title = piece[11]};
  fm_category category = {piece[12], piece[13], piece[14], piece[15]};
  fm_number number = {piece[0], 12.5};
  fm_entry from = {.id = piece[0], .title = piece[1], .summary = piece[2], .content = piece[3],
                   .rights = piece[4], .published = 7, .updated = FM_NO_TIME,
                   .authors = &author, .nauthors = 1, .links = &link, .nlinks = 1,
                   .categories = &category, .ncategories = 1, .numbers = &number, .nnumbers = 1};
  fm_arena arena = {0};
  fm_entry to;
  fm_entry_copy(&arena, &from, &to);
  memset(text, '?', sizeof text);
  author = (fm_person){0};
  link = (fm_link){0};
  category = (fm_category){0};
  number = (fm_number){0};

  assert_true(fm_str_is(to.id, "abc"));
  assert_true(fm_str_is(to.title, "bcd"));
  assert_true(fm_str_is(to.summary, "cde"));
  assert_true(fm_str_is(to.content, "def"));
  assert_true(fm_str_is(to.rights, "efg"));
  assert_true(to.published == 7 && to.updated == FM_NO_TIME);
  assert_int_equal(to.nauthors, 1);
  assert_true(fm_str_is(to.authors[0].name, "fgh"));
  assert_true(fm_str_is(to.authors[0].uri, "ghi"));
  assert_true(fm_str_is(to.authors[0].email, "hij"));
  assert_int_equal(to.nlinks, 1);
  assert_true(fm_str_is(to.links[0].rel, "ijk"));
  assert_true(fm_str_is(to.links[0].href, "jkl"));
  assert_true(fm_str_is(to.links[0].type, "klm"));
  assert_true(fm_str_is(to.links[0].title, "lmn"));
  assert_int_equal(to.ncategories, 1);
  assert_true(fm_str_is(to.categories[0].term, "mno"));
  assert_true(fm_str_is(to.categories[0].scheme, "nop"));
  assert_true(fm_str_is(to.categories[0].label, "opq"));
  assert_true(fm_str_is(to.categories[0].handle, "pqr"));
  assert_int_equal(to.nnumbers, 1);
  assert_true(fm_str_is(to.numbers[0].name, "abc"));
  assert_true(to.numbers[0].value == 12.5);
  fm_arena_deinit(&arena);
}

static void head_copy_leaves_entries_out(void **state)
{
  (void)state;
  fm_entry entry = {.id = FM_STR("e")};
  fm_person who = {.name = FM_STR("who"), .uri = FM_STR("where"), .email = FM_STR("mail")};
  fm_feed from = {.id = FM_STR("id"), .title = FM_STR("title"), .subtitle = FM_STR("sub"),
                  .link = FM_STR("link"), .icon = FM_STR("icon"), .logo = FM_STR("logo"),
                  .language = FM_STR("en"), .authors = &who, .nauthors = 1, .day = 99,
                  .order = FM_ORDER_PAGE, .entries = &entry, .nentries = 1,
                  .state = FM_STR("state")};
  fm_arena arena = {0};
  fm_feed to;
  fm_feed_copy_head(&arena, &from, &to);
  assert_ptr_not_equal(to.title.ptr, from.title.ptr);
  assert_true(fm_str_is(to.id, "id") && fm_str_is(to.title, "title"));
  assert_true(fm_str_is(to.subtitle, "sub") && fm_str_is(to.link, "link"));
  assert_true(fm_str_is(to.icon, "icon") && fm_str_is(to.logo, "logo"));
  assert_true(fm_str_is(to.language, "en") && fm_str_is(to.authors[0].name, "who"));
  assert_true(fm_str_is(to.authors[0].uri, "where") && fm_str_is(to.authors[0].email, "mail"));
  assert_true(to.day == 99 && fm_str_is(to.state, "state"));
  assert_ptr_not_equal(to.state.ptr, from.state.ptr);
  assert_int_equal(to.order, FM_ORDER_PAGE);
  assert_null(to.entries);
  assert_int_equal(to.nentries, 0);
  fm_arena_deinit(&arena);
}

static void numbers_are_found_by_name(void **state)
{
  (void)state;
  fm_number numbers[] = {{FM_STR("upvotes"), 0}, {FM_STR("stars"), 1e9}};
  fm_entry entry = {.numbers = numbers, .nnumbers = 2};
  double value = -1;
  assert_true(fm_entry_number(&entry, FM_STR("stars"), &value));
  assert_true(value == 1e9);
  assert_true(fm_entry_number(&entry, FM_STR("upvotes"), &value));
  assert_true(value == 0);
  value = -1;
  assert_false(fm_entry_number(&entry, FM_STR("upvote"), &value));
  assert_true(value == -1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(new_doc_is_an_empty_feed),
    cmocka_unit_test(references_are_shared_by_threads),
    cmocka_unit_test(text_is_copied_and_nothing_stays_nothing),
    cmocka_unit_test(entry_copy_is_deep),
    cmocka_unit_test(head_copy_leaves_entries_out),
    cmocka_unit_test(numbers_are_found_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
