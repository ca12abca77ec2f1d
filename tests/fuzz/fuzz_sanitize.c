/* The sanitizer: what comes out is clean by libxml2's word and stays the same when it
 * is cleaned again; with a base and without, as HTML and as XML, cut anywhere.
 * Input: a byte of flags, the fragment. */
#include "fuzz_kit.h"

enum { NO_BASE = 1, XML = 2, SHORT = 4 };

static void check(fm_str html, fm_str base, unsigned flags, size_t cap)
{
  fm_buf out;
  fm_buf_init(&out, cap);
  int error = fm_html_clean_as(html, base, flags, &out);
  if ((error && error != FM_E_TOO_BIG) || out.len > cap)
    FUZZ_FAIL("error %d, %zu bytes of %zu", error, out.len, cap);
  fuzz_check_clean(fm_buf_view(&out));
  fuzz_check_same(fm_buf_view(&out), base);
  fm_buf_deinit(&out);
}

static void check_text(fm_str html)
{
  fm_buf out;
  fm_buf_init(&out, 1 << 16);
  fm_html_text(html, &out);
  if (!fm_utf8_valid(fm_buf_view(&out)))
    FUZZ_FAIL("text that is not UTF-8");
  fm_buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (!size)
    return 0;
  fm_str rest = {(const char *)data + 1, size - 1};
  fm_str html = fuzz_part(&rest, "\xff\xfe\xff");
  fm_str base = *data & NO_BASE ? FM_STR("") : FM_STR("https://page.test/news/today?x=1");
  unsigned flags = (*data & XML ? FM_HTML_XML : 0) | (fm_utf8_valid(html) ? FM_HTML_UTF8 : 0);
  check(html, base, flags, 64 * (size + 1000));
  if (*data & SHORT)
    check(html, base, flags, (*data >> 3) * size / 16);
  check_text(html);
  fm_html_likely(html);
  fuzz_free(html);
  return 0;
}
