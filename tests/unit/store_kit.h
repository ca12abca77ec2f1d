/* What the store's tests share: a store of each home on a loop of its own,
 * calls that wait for their callback, and pages made of a few letters. */
#ifndef STORE_KIT_H
#define STORE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/str.h"
#include "store/store.h"

#define LEN(a) (sizeof(a) / sizeof *(a))
#define UNUSED __attribute__((unused))

enum { KIT_T0 = 1785800000 }; /* an instant to count from */

typedef struct kit {
  uv_loop_t loop;
  fm_store *store;
  char dir[64]; /* removed at the end, with what is in it */
  char uri[160];
  bool closed;
} kit;

/* The homes that the tests run against, one after the other. */
static const struct {
  const char *name, *uri;
} kit_homes[] = {{"sqlite", "%s"}, {"memory", "memory:"}};
UNUSED static const char *kit_home; /* the uri of the one at hand */

/* What a callback brought; `doc` is a reference. */
typedef struct answer {
  int calls, error;
  fm_why why;
  fm_page_meta meta;
  fm_doc *doc;
} answer;

UNUSED static void kit_open(kit *k)
{
  fm_why why = {""};
  fm_store_spec spec = {.uri = fm_str_of(k->uri), .keep = 90 * 86400};
  int error = fm_store_open(&k->loop, &spec, &k->store, &why);
  if (error)
    fail_msg("%s: %s", k->uri, why.text);
}

UNUSED static void kit_start(kit *k, const char *uri_format)
{
  memset(k, 0, sizeof *k);
  assert_int_equal(uv_loop_init(&k->loop), 0);
  snprintf(k->dir, sizeof k->dir, "/tmp/feedmill-test-XXXXXX");
  assert_non_null(mkdtemp(k->dir));
  if (strstr(uri_format, "%s"))
    snprintf(k->uri, sizeof k->uri, "sqlite:%s/memory.db", k->dir);
  else
    snprintf(k->uri, sizeof k->uri, "%s", uri_format);
}

UNUSED static void kit_on_closed(void *ctx)
{
  ((kit *)ctx)->closed = true;
}

UNUSED static void kit_close(kit *k)
{
  k->closed = false;
  fm_store_close(k->store, kit_on_closed, k);
  assert_false(k->closed);
  while (!k->closed)
    assert_true(uv_run(&k->loop, UV_RUN_ONCE) || k->closed);
  k->store = NULL;
}

UNUSED static void kit_remove(const kit *k)
{
  static const char *const names[] = {"memory.db", "memory.db-wal", "memory.db-shm", "copy.db",
                                      "copy.db-wal", "copy.db-shm"};
  char path[128];
  for (size_t i = 0; i < LEN(names); i++) {
    snprintf(path, sizeof path, "%s/%s", k->dir, names[i]);
    unlink(path);
  }
  rmdir(k->dir);
}

UNUSED static void kit_stop(kit *k)
{
  if (k->store)
    kit_close(k);
  uv_run(&k->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&k->loop), 0);
  kit_remove(k);
}

UNUSED static void kit_on_answer(void *ctx, int error, const fm_why *why, fm_memory *memory)
{
  answer *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  assert_int_equal(!memory, error != 0);
  if (memory) {
    got->doc = fm_doc_ref(memory->doc);
    got->meta = memory->meta;
  }
}

UNUSED static void kit_wait(kit *k, const int *calls)
{
  assert_int_equal(*calls, 0); /* never from inside the call */
  while (*calls == 0)
    assert_true(uv_run(&k->loop, UV_RUN_ONCE) || *calls);
  assert_int_equal(*calls, 1);
}

UNUSED static answer kit_load(kit *k, const char *page, size_t most)
{
  answer got = {.calls = 0};
  fm_store_load(k->store, fm_str_of(page), most, kit_on_answer, &got);
  kit_wait(k, &got.calls);
  return got;
}

/* A meta of a page had at a time. */
UNUSED static fm_page_meta kit_meta(int64_t fetched)
{
  return (fm_page_meta){.url = FM_STR("https://example.org/list"),
                        .fetched = fetched,
                        .changed = FM_NO_TIME,
                        .read = FM_NO_TIME,
                        .next_try = FM_NO_TIME};
}

/* The reference to `seen` is taken. */
UNUSED static answer kit_merge(kit *k, const char *page, int64_t at, fm_doc *seen)
{
  answer got = {.calls = 0};
  fm_page_meta meta = kit_meta(at);
  fm_store_merge(k->store, fm_str_of(page), &meta, seen, kit_on_answer, &got);
  fm_doc_unref(seen);
  kit_wait(k, &got.calls);
  return got;
}

UNUSED static void kit_on_touched(void *ctx, int error, const fm_why *why, fm_memory *memory)
{
  answer *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  assert_null(memory);
}

UNUSED static int kit_touch(kit *k, const char *page, const fm_page_meta *meta)
{
  answer got = {.calls = 0};
  fm_store_touch(k->store, fm_str_of(page), meta, kit_on_touched, &got);
  kit_wait(k, &got.calls);
  return got.error;
}

typedef struct tally {
  int calls, error;
  fm_why why;
  size_t count;
} tally;

UNUSED static void kit_on_counted(void *ctx, int error, const fm_why *why, size_t count)
{
  tally *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  got->count = count;
}

/* One entry named by a word; what is published when is in the letter: "b" is a
 * minute younger than "a". */
UNUSED static fm_entry kit_entry(fm_arena *arena, fm_str word)
{
  fm_person *author = fm_arena_alloc(arena, sizeof *author);
  fm_link *link = fm_arena_alloc(arena, sizeof *link);
  fm_category *category = fm_arena_alloc(arena, sizeof *category);
  fm_number *number = fm_arena_alloc(arena, sizeof *number);
  author->name = fm_arena_printf(arena, "Author of %.*s", FM_FMT(word));
  link->rel = FM_STR("alternate");
  link->href = fm_arena_printf(arena, "https://example.org/%.*s.html", FM_FMT(word));
  category->term = FM_STR("letters");
  number->name = FM_STR("upvotes");
  number->value = 1;
  return (fm_entry){
    .id = fm_arena_printf(arena, "https://example.org/%.*s", FM_FMT(word)),
    .title = fm_arena_printf(arena, "Title of %.*s", FM_FMT(word)),
    .summary = fm_arena_printf(arena, "About %.*s.", FM_FMT(word)),
    .content = fm_arena_printf(arena, "<p>About %.*s.</p>", FM_FMT(word)),
    .published = KIT_T0 - 86400 + 60 * (unsigned char)word.ptr[0],
    .updated = FM_NO_TIME,
    .authors = author, .nauthors = 1,
    .links = link, .nlinks = 1,
    .categories = category, .ncategories = 1,
    .numbers = number, .nnumbers = 1,
  };
}

/* A page that lists these words in this order: "c b a". A word may say when it
 * was published: "c@2026-08-04". */
UNUSED static fm_doc *kit_page(const char *words)
{
  fm_doc *doc = fm_doc_new();
  fm_str rest = fm_str_of(words), word;
  fm_entry *entries = fm_arena_alloc(&doc->arena, (strlen(words) + 1) * sizeof *entries);
  doc->feed.id = FM_STR("https://example.org/list");
  doc->feed.title = FM_STR("A list");
  doc->feed.entries = entries;
  while (words[0] && fm_str_cut(&rest, ' ', &word)) {
    fm_str name;
    fm_str_cut(&word, '@', &name);
    fm_entry *entry = &entries[doc->feed.nentries++];
    *entry = kit_entry(&doc->arena, name);
    if (word.len)
      assert_true(fm_date_parse_day(word, &entry->published));
  }
  return doc;
}

/* An entry of a page that is still being made. */
UNUSED static fm_entry *kit_at(fm_doc *doc, size_t i)
{
  assert_true(i < doc->feed.nentries);
  return (fm_entry *)&doc->feed.entries[i];
}

UNUSED static void assert_str(fm_str got, const char *want)
{
  if (!fm_str_is(got, want))
    fail_msg("\"%.*s\" is not \"%s\"", FM_FMT(got), want);
}

/* The words of a document's entries in their order. */
UNUSED static void assert_words(const fm_doc *doc, const char *want)
{
  char got[4096] = "";
  size_t len = 0;
  for (size_t i = 0; i < doc->feed.nentries; i++) {
    fm_str id = fm_str_from(doc->feed.entries[i].id, strlen("https://example.org/"));
    len += (size_t)snprintf(got + len, sizeof got - len, "%s%.*s", i ? " " : "", FM_FMT(id));
    assert_true(len < sizeof got);
  }
  assert_string_equal(got, want);
}

/* Runs a group of tests against every home. */
UNUSED static int kit_run(const char *name, const struct CMUnitTest *tests, size_t count)
{
  int failed = 0;
  for (size_t i = 0; i < LEN(kit_homes); i++) {
    char group[64];
    snprintf(group, sizeof group, "%s, %s", name, kit_homes[i].name);
    kit_home = kit_homes[i].uri;
    failed += _cmocka_run_group_tests(group, tests, count, NULL, NULL);
  }
  return failed;
}

#endif
