#include "base/mem.h"
#include "base/str.h"
#include "mill/encode.h"

#include <brotli/decode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

static fm_str text_of(size_t len, bool random)
{
  char *p = fm_alloc(len ? len : 1);
  for (size_t i = 0; i < len; i++)
    p[i] = random ? (char)arc4random() : "an entry of a feed, "[i % 20];
  return (fm_str){p, len};
}

static size_t gunzip(fm_str in, char *out, size_t room)
{
  z_stream z = {.next_in = (Bytef *)in.ptr, .avail_in = (uInt)in.len,
                .next_out = (Bytef *)out, .avail_out = (uInt)room};
  inflateInit2(&z, MAX_WBITS + 16);
  assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
  inflateEnd(&z);
  return z.total_out;
}

static void every_coding_gives_the_same_text_back(void **state)
{
  (void)state;
  fm_str body[FM_CODINGS] = {[FM_IDENTITY] = text_of(100000, false)};
  fm_encode_all(body);
  char *out = malloc(100001);
  size_t len = 100001;
  assert_int_equal(gunzip(body[FM_GZIP], out, len), 100000);
  assert_memory_equal(out, body[FM_IDENTITY].ptr, 100000);
  assert_int_equal(BrotliDecoderDecompress(body[FM_BR].len, (const uint8_t *)body[FM_BR].ptr, &len,
                                           (uint8_t *)out), BROTLI_DECODER_RESULT_SUCCESS);
  assert_int_equal(len, 100000);
  assert_memory_equal(out, body[FM_IDENTITY].ptr, 100000);
  assert_int_equal(ZSTD_decompress(out, 100001, body[FM_ZSTD].ptr, body[FM_ZSTD].len), 100000);
  assert_memory_equal(out, body[FM_IDENTITY].ptr, 100000);
  for (int c = 0; c < FM_CODINGS; c++)
    free((char *)body[c].ptr);
  free(out);
}

static void what_saves_nothing_is_not_kept(void **state)
{
  (void)state;
  const size_t lengths[] = {0, 100, 5000};
  for (size_t i = 0; i < 3; i++) {
    fm_str body[FM_CODINGS] = {[FM_IDENTITY] = text_of(lengths[i], true)};
    fm_encode_all(body);
    for (int c = FM_GZIP; c < FM_CODINGS; c++)
      assert_null(body[c].ptr);
    free((char *)body[FM_IDENTITY].ptr);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_coding_gives_the_same_text_back),
    cmocka_unit_test(what_saves_nothing_is_not_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
