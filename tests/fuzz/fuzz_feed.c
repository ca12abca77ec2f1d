/* The feed reader: whatever came, every format goes out valid, its HTML clean; and what
 * was written is read back with the same ids, titles and dates.
 * Input: a line with the Content-Type's charset, the document. */
#include "fuzz_kit.h"

#define URL FM_STR("https://feed.test/dir/feed.xml")

/* Text that becomes HTML has its quotes as references, HTML that was cleaned has not. */
static bool same_html(fm_str a, fm_str b)
{
  fm_buf one, two;
  fm_buf_init(&one, 2 * a.len + (1 << 16));
  fm_buf_init(&two, 2 * b.len + (1 << 16));
  fm_html_clean(a, URL, &one);
  fm_html_clean(b, URL, &two);
  bool same = fm_str_eq(fm_buf_view(&one), fm_buf_view(&two));
  fm_buf_deinit(&one);
  fm_buf_deinit(&two);
  return same;
}

static bool same_entry(const fm_entry *a, const fm_entry *b)
{
  return fm_str_eq(a->id, b->id) && fm_str_eq(a->title, b->title) && a->published == b->published &&
         a->updated == b->updated && same_html(a->content, b->content);
}

/* Our Atom, read in: the entries that it holds, the same again in its Atom. */
static void check_again(const fm_doc *doc)
{
  fm_buf atom, atom_again;
  fuzz_write(doc, &fm_formats[0], &atom);
  fm_page page = {.size = sizeof page, .body = fm_buf_view(&atom), .url = URL, .key = URL};
  fm_doc *first = fuzz_read(&fm_feed_source, &page);
  if (!first)
    FUZZ_FAIL("our own Atom is not read: %.*s", FM_FMT(page.body));
  fuzz_write(first, &fm_formats[0], &atom_again);
  page.body = fm_buf_view(&atom_again);
  fm_doc *second = fuzz_read(&fm_feed_source, &page);
  if (!second || first->feed.nentries != second->feed.nentries)
    FUZZ_FAIL("read again: %zu entries", second ? second->feed.nentries : 0);
  for (size_t i = 0; i < first->feed.nentries; i++)
    if (!same_entry(&first->feed.entries[i], &second->feed.entries[i]))
      FUZZ_FAIL("read again: entry %zu is another\n%.*s\n%.*s", i, FM_FMT(fm_buf_view(&atom)),
                FM_FMT(page.body));
  fm_doc_unref(first);
  fm_doc_unref(second);
  fm_buf_deinit(&atom);
  fm_buf_deinit(&atom_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fm_str rest = {(const char *)data, size};
  fm_str charset = fuzz_part(&rest, "\n"), body = fuzz_part(&rest, "\xff\xfe\xff\xfe\xff");
  fm_page page = {.size = sizeof page, .body = body, .url = URL, .key = URL, .charset = charset};
  fuzz_check_page(&fm_feed_source, &page);
  fm_doc *doc = fuzz_read(&fm_feed_source, &page);
  if (doc)
    check_again(doc);
  fm_doc_unref(doc);
  fuzz_free(body);
  fuzz_free(charset);
  return 0;
}
