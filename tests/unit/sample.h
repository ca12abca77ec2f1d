/* A feed with everything in it, and one of random texts, for the writers' tests. */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"
#include "feed/format.h"

#define LEN(a) (sizeof(a) / sizeof *(a))
#define NAUGHTY "a & b < c > d \" e ' f ]]> g \xe2\x80\x9c\xf0\x9f\xa7\xa0\xe2\x80\x9d &amp; <b>h</b>"

static const fm_person sample_people[] = {
  {.name = FM_STR("V\xc3\xadt Garc\xc3\xad" "a"), .uri = FM_STR("https://papers.test/people/vit")},
  {.name = FM_STR("Li & Wei"), .email = FM_STR("li@papers.test")},
};
static const fm_link sample_links[] = {
  {.rel = FM_STR("alternate"), .href = FM_STR("https://papers.test/papers/1?a=1&b=2"), .type = FM_STR("text/html")},
  {.rel = FM_STR("related"), .href = FM_STR("https://arxiv.test/abs/1"), .title = FM_STR("arXiv <abs>")},
  {.rel = FM_STR("enclosure"), .href = FM_STR("https://arxiv.test/pdf/1"), .type = FM_STR("application/pdf")},
};
static const fm_category sample_categories[] = {
  {.term = FM_STR("brains & minds")},
  {.term = FM_STR("Neural & Co"), .scheme = FM_STR("https://papers.test/organizations"),
   .label = FM_STR("Neural \"&\" Co"), .handle = FM_STR("org0")},
};
static const fm_number sample_numbers[] = {{FM_STR("upvotes"), 402}, {FM_STR("stars"), 0.1}};

static const fm_entry sample_entries[] = {
  {.id = FM_STR("https://papers.test/papers/1"), .title = FM_STR(NAUGHTY),
   .summary = FM_STR("First line\nsecond " NAUGHTY), .content = FM_STR("<p>x &lt; y &amp; z</p>"),
   .rights = FM_STR("\xc2\xa9 nobody"), .published = 1785801600, .updated = 1785888000,
   .authors = sample_people, .nauthors = LEN(sample_people), .links = sample_links,
   .nlinks = LEN(sample_links), .categories = sample_categories,
   .ncategories = LEN(sample_categories), .numbers = sample_numbers,
   .nnumbers = LEN(sample_numbers)},
  {.id = FM_STR("tag:papers.test,2026:2"), .title = FM_STR("Second"),
   .published = 1785715200, .updated = FM_NO_TIME, .links = sample_links, .nlinks = 1},
};

static const fm_person sample_feed_author = {
  .name = {"Papers", 6}, .uri = {"https://papers.test", 19}, .email = {"us@papers.test", 14}};

static inline fm_feed sample_feed(void)
{
  return (fm_feed){
    .id = FM_STR("https://papers.test/papers"), .title = FM_STR("Papers & more"),
    .subtitle = FM_STR("4 August <2026>"), .link = FM_STR("https://papers.test/papers"),
    .icon = FM_STR("https://papers.test/favicon.ico"), .logo = FM_STR("https://papers.test/l.svg"),
    .language = FM_STR("en"), .authors = &sample_feed_author, .nauthors = 1, .day = 1785801600,
    .entries = sample_entries, .nentries = LEN(sample_entries)};
}

static inline fm_publication sample_place(void)
{
  return (fm_publication){.self = FM_STR("http://127.0.0.1:8080/papers.atom?q=a&limit=5")};
}

/* --- random --- */

static uint64_t sample_seed = 1;

static inline uint64_t sample_random(uint64_t below)
{
  sample_seed = sample_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (sample_seed >> 33) % below;
}

/* Bytes of which many are markup, controls or broken UTF-8. */
static inline fm_str sample_noise(fm_arena *arena)
{
  static const char *const parts[] = {
    "<", ">", "&", "\"", "'", "]]>", "\r", "\n", "\r\n", "\t", "\x01", "\x0b", "\x1f", "\x7f",
    "\xff", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xef\xbf\xbe",
    "\xef\xbf\xbf", "\xef\xbf\xbd", "\xf0\x9f\xa7\xa0", "\xe4\xb8\xad\xe6\x96\x87", "\xc2\x85",
    "\xe2\x80\xa8", "<!--", "-->", "<![CDATA[", "&#0;", "&lt;", "</title>", "<?x ?>", "%", "\\",
    "javascript:", "https://", "a/b", "@", ";", "ordinary words that go on for a while", " ",
  };
  fm_buf buf;
  fm_buf_init(&buf, 1 << 16);
  for (uint64_t n = sample_random(12); n > 0; n--) {
    uint64_t pick = sample_random(LEN(parts) + 2);
    if (pick < LEN(parts))
      fm_buf_text(&buf, parts[pick]);
    else
      fm_buf_char(&buf, (char)sample_random(256));
  }
  fm_str text = fm_arena_str(arena, fm_buf_view(&buf));
  fm_buf_deinit(&buf);
  return sample_random(8) ? text : (fm_str){NULL, 0};
}

static inline int64_t sample_time(void)
{
  static const int64_t odd[] = {FM_NO_TIME, INT64_MIN + 1, INT64_MAX, 0, -1, -62135596801,
                                253402300800, 1785801600};
  return odd[sample_random(LEN(odd))];
}

static inline void sample_noise_entry(fm_arena *arena, fm_entry *entry)
{
  fm_person *people = fm_arena_alloc(arena, 3 * sizeof *people);
  fm_link *links = fm_arena_alloc(arena, 5 * sizeof *links);
  fm_category *categories = fm_arena_alloc(arena, 3 * sizeof *categories);
  fm_image *images = fm_arena_alloc(arena, 2 * sizeof *images);
  fm_extension *extensions = fm_arena_alloc(arena, 2 * sizeof *extensions);
  for (size_t i = 0; i < 2; i++) {
    images[i] = (fm_image){sample_random(2) ? FM_STR("https://x.test/i.png") : sample_noise(arena),
                           sample_noise(arena), sample_noise(arena),
                           (int64_t)sample_random(9) - 4, (int64_t)sample_random(9)};
    extensions[i] = (fm_extension){sample_random(2) ? FM_STR("x") : sample_noise(arena),
                                   sample_random(2) ? FM_STR("urn:x") : sample_noise(arena),
                                   sample_random(2) ? FM_STR("<x:a>b</x:a>") : sample_noise(arena)};
  }
  for (size_t i = 0; i < 3; i++) {
    people[i] = (fm_person){sample_noise(arena), sample_noise(arena), sample_noise(arena)};
    categories[i] = (fm_category){sample_noise(arena), sample_noise(arena), sample_noise(arena),
                                  sample_noise(arena)};
  }
  for (size_t i = 0; i < 5; i++)
    links[i] = (fm_link){sample_random(2) ? FM_STR("alternate") : sample_noise(arena),
                         sample_random(2) ? FM_STR("https://x.test/") : sample_noise(arena),
                         sample_noise(arena), sample_noise(arena), sample_noise(arena),
                         (int64_t)sample_random(99) - 9, (int64_t)sample_random(99) - 9};
  *entry = (fm_entry){
    .id = sample_random(4) ? FM_STR("urn:x:1") : (fm_str){NULL, 0}, .title = sample_noise(arena),
    .summary = sample_noise(arena), .content = sample_noise(arena), .rights = sample_noise(arena),
    .published = sample_time(), .updated = sample_time(), .authors = people,
    .nauthors = sample_random(4), .links = links, .nlinks = sample_random(6),
    .categories = categories, .ncategories = sample_random(4), .contributors = people,
    .ncontributors = sample_random(4), .images = images, .nimages = sample_random(3),
    .extensions = extensions, .nextensions = sample_random(3), .language = sample_noise(arena),
    .origin = {sample_noise(arena), sample_noise(arena), sample_noise(arena),
               sample_noise(arena), sample_time()}};
}

/* A feed as no source should make it. */
static inline fm_feed sample_noise_feed(fm_arena *arena)
{
  fm_entry *entries = fm_arena_alloc(arena, 3 * sizeof *entries);
  fm_person *author = fm_arena_alloc(arena, sizeof *author);
  *author = (fm_person){sample_noise(arena), sample_noise(arena), sample_noise(arena)};
  for (size_t i = 0; i < 3; i++)
    sample_noise_entry(arena, &entries[i]);
  return (fm_feed){
    .id = FM_STR("urn:x:feed"), .title = sample_noise(arena), .subtitle = sample_noise(arena),
    .link = sample_noise(arena), .icon = sample_noise(arena), .logo = sample_noise(arena),
    .language = sample_noise(arena), .authors = author, .nauthors = sample_random(2), .day = sample_time(), .entries = entries,
    .nentries = sample_random(4)};
}

#endif
