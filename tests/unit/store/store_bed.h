/* What tests of the store begin with: a store at the backend that kit_backend names, opened
 * for each test anew, and steps that must succeed. */
#ifndef STORE_BED_H
#define STORE_BED_H

#include "store/store_kit.h"

#define LIST "test /list"

static kit k;

static int setup(void **state)
{
  (void)state;
  kit_start(&k, kit_backend);
  kit_open(&k);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  kit_stop(&k);
  return 0;
}

/* Merges and forgets the answer. */
static inline void merge_in(kit *in, const char *page, int64_t at, const char *words)
{
  answer got = kit_merge(in, page, at, kit_page(words));
  if (got.error)
    fail_msg("%s", got.why.text);
  fm_doc_unref(got.doc);
}

static inline void merge(const char *page, int64_t at, const char *words)
{
  merge_in(&k, page, at, words);
}

static inline void assert_load(const char *page, size_t most, const char *words)
{
  answer got = kit_load(&k, page, most);
  if (got.error)
    fail_msg("%s", got.why.text);
  assert_words(got.doc, words);
  fm_doc_unref(got.doc);
}

#endif
