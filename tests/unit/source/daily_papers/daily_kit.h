/* What the tests of the Daily Papers source share: a host that lends memory and
 * hears reasons, and an extraction with it. */
#ifndef TEST_DAILY_KIT_H
#define TEST_DAILY_KIT_H

#include "base/str.h"
#include "pages.h"
#include "source/daily_papers/daily_papers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct lender {
  fm_host host;
  fm_arena arena;
  fm_why why;
};

static inline void *lend(const fm_host *host, size_t bytes)
{
  return fm_arena_alloc(&((struct lender *)host->self)->arena, bytes);
}

static inline int hear(const fm_host *host, int code, const char *text)
{
  struct lender *lender = host->self;
  return lender->why.text[0] ? code : fm_fail(&lender->why, code, "%s", text);
}

static inline void lender_init(struct lender *lender)
{
  *lender = (struct lender){.host = {.size = sizeof(fm_host), .alloc = lend, .fail = hear}};
  lender->host.self = lender;
}

struct result {
  struct lender lender;
  fm_feed feed;
  int code;
};

static inline fm_page page_of(fm_str body)
{
  return (fm_page){.size = sizeof(fm_page), .body = body};
}

/* The page is in memory that is gone afterwards, as extract may expect it to be. */
static inline void extract(enum fm_daily_method way, fm_page page, struct result *result)
{
  lender_init(&result->lender);
  result->feed = (fm_feed){.day = FM_NO_TIME};
  char *body = fm_dup(page.body.ptr, page.body.len);
  page.body.ptr = body;
  result->code = fm_daily_papers_extract_by(way, &result->lender.host, &page, &result->feed);
  free(body);
}

static inline void drop(struct result *result)
{
  fm_arena_deinit(&result->lender.arena);
}

static inline void extract_named(enum fm_daily_method way, const char *name, struct result *result)
{
  fm_str body = read_page(name, ".html");
  extract(way, page_of(body), result);
  free((char *)body.ptr);
  if (result->code)
    fail_msg("%s: %s", name, result->lender.why.text);
}

static inline void assert_str(fm_str text, const char *expected)
{
  if (!fm_str_is(text, expected))
    fail_msg("\"%.*s\" is not \"%s\"", FM_FMT(text), expected);
}

static inline size_t count_links(const fm_entry *entry, const char *rel, fm_str *href, size_t max)
{
  size_t count = 0;
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, rel) && count < max)
      href[count++] = entry->links[i].href;
  return count;
}

/* A page of nothing but the data. */
#define WITH(data) FM_STR("<div data-target=DailyPapers data-props='" data "'></div>")

#endif
