/* What the fuzz targets share: an input cut into its parts, and what must hold of any
 * feed and of any clean HTML, whatever it was made of. A target aborts where it does
 * not, so that libFuzzer keeps the input. */
#ifndef TESTS_FUZZ_KIT_H
#define TESTS_FUZZ_KIT_H

#include "base/mem.h"
#include "feed/doc.h"
#include "feed/format.h"
#include "feed/html/sanitize.h"
#include "feed/html/html_judge.h"
#include "source/registry.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_FAIL(...)                                                          \
  do {                                                                          \
    fprintf(stderr, "fuzz: " __VA_ARGS__);                                      \
    fputc('\n', stderr);                                                        \
    abort();                                                                    \
  } while (0)

/* -- input -- */

/* Up to the first `mark`, which is taken too; all of it where there is none. Each part
 * is in memory of its own size, so that a byte too far is seen; free it. */
static inline fm_str fuzz_part(fm_str *rest, const char *mark)
{
  const char *at = fm_str_find(*rest, fm_str_of(mark));
  fm_str part = at ? fm_str_span(rest->ptr, at) : *rest;
  *rest = at ? fm_str_from(*rest, part.len + strlen(mark)) : fm_str_from(*rest, rest->len);
  return (fm_str){part.len ? fm_dup(part.ptr, part.len) : malloc(1), part.len};
}

static inline void fuzz_free(fm_str part)
{
  free((char *)part.ptr);
}

/* -- HTML -- */

/* Clean by another parser's word. */
static inline void fuzz_check_clean(fm_str html)
{
  const char *wrong = judge(html);
  if (wrong)
    FUZZ_FAIL("%s in: %.*s", wrong, FM_FMT(html));
}

/* Cleaned again it is the same. */
static inline void fuzz_check_same(fm_str html, fm_str base)
{
  fm_buf again;
  fm_buf_init(&again, html.len + (1 << 16));
  if (fm_html_clean(html, base, &again) || !fm_str_eq(html, fm_buf_view(&again)))
    FUZZ_FAIL("not the same again\none: %.*s\ntwo: %.*s", FM_FMT(html),
              FM_FMT(fm_buf_view(&again)));
  fm_buf_deinit(&again);
}

/* HTML that a source made, in which signs may be written otherwise. */
static inline void fuzz_check_html(fm_str html, fm_str base)
{
  fm_buf once;
  fuzz_check_clean(html);
  fm_buf_init(&once, 2 * html.len + (1 << 16));
  if (fm_html_clean(html, base, &once))
    FUZZ_FAIL("too big to be cleaned");
  fuzz_check_same(fm_buf_view(&once), base);
  fm_buf_deinit(&once);
}

/* -- feeds -- */

static inline void fuzz_check_entry(const fm_entry *entry, fm_str base)
{
  if (!entry->id.len || !entry->title.len)
    FUZZ_FAIL("an entry without %s", entry->id.len ? "title" : "id");
  for (size_t i = 0; i < entry->nnumbers; i++)
    if (!entry->numbers[i].name.len || entry->numbers[i].value != entry->numbers[i].value)
      FUZZ_FAIL("a number that is none");
  if (entry->content.len)
    fuzz_check_html(entry->content, base);
}

static inline void fuzz_write(const fm_doc *doc, const fm_format *format, fm_buf *out)
{
  fm_publication place = {.self = FM_STR("https://mill.test/feeds/fuzz.atom"), .changed = 0};
  fm_buf_init(out, FM_BUF_MAX);
  if (format->write(&doc->feed, &place, out))
    FUZZ_FAIL("%s: not written", format->name);
}

/* Every format comes out; what is XML is well-formed. */
static inline void fuzz_check_written(const fm_doc *doc)
{
  for (const fm_format *format = fm_formats; format->name; format++) {
    fm_buf out;
    fuzz_write(doc, format, &out);
    if (*out.ptr == '<') {
      xmlDocPtr tree = xmlReadMemory(out.ptr, (int)out.len, NULL, NULL,
                                     XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET |
                                       XML_PARSE_HUGE);
      if (!tree)
        FUZZ_FAIL("%s: not well-formed: %.*s", format->name, FM_FMT(fm_buf_view(&out)));
      xmlFreeDoc(tree);
    }
    fm_buf_deinit(&out);
  }
}

static inline void fuzz_check_doc(const fm_doc *doc, fm_str base)
{
  if (!doc->feed.id.len || !doc->feed.title.len)
    FUZZ_FAIL("a feed without %s", doc->feed.id.len ? "title" : "id");
  for (size_t i = 0; i < doc->feed.nentries; i++)
    fuzz_check_entry(&doc->feed.entries[i], base);
  fuzz_check_written(doc);
}

/* Reads a page; the document or NULL, then with a reason. */
static inline fm_doc *fuzz_read(const fm_source *source, const fm_page *page)
{
  fm_doc *doc = NULL;
  fm_why why = {""};
  int code = fm_source_extract(source, page, &doc, NULL, &why);
  if (code && !why.text[0])
    FUZZ_FAIL("%s failed and says nothing", source->name);
  return code ? NULL : doc;
}

/* Reads it twice: a source keeps nothing between two calls. */
static inline void fuzz_check_page(const fm_source *source, const fm_page *page)
{
  fm_doc *doc = fuzz_read(source, page), *again = fuzz_read(source, page);
  fm_buf one, two;
  if (!doc != !again)
    FUZZ_FAIL("read once, not twice");
  if (!doc)
    return;
  fuzz_check_doc(doc, page->url);
  fuzz_write(doc, &fm_formats[0], &one);
  fuzz_write(again, &fm_formats[0], &two);
  if (!fm_str_eq(fm_buf_view(&one), fm_buf_view(&two)))
    FUZZ_FAIL("read twice, not the same");
  fm_buf_deinit(&one);
  fm_buf_deinit(&two);
  fm_doc_unref(doc);
  fm_doc_unref(again);
}

#endif
