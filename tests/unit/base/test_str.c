/* Strings, UTF-8, word search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/str.h"

#define S(literal) FM_STR(literal)

static void equality_looks_at_bytes_and_length(void **state)
{
  (void)state;
  assert_true(fm_str_eq(S("a\0b"), S("a\0b")));
  assert_false(fm_str_eq(S("a\0b"), S("a\0c")));
  assert_true(fm_str_eq((fm_str){NULL, 0}, S("")));
  assert_true(fm_str_ieq(S("Host"), S("hOST")));
  assert_false(fm_str_ieq(S("Host"), S("Hos")));
  assert_false(fm_str_ieq(S("@["), S("`{"))); /* adjacent to the letters in ASCII */
  assert_true(fm_str_ieq((fm_str){NULL, 0}, (fm_str){NULL, 0}));
}

static void order_is_by_bytes_then_length(void **state)
{
  (void)state;
  assert_true(fm_str_cmp(S("a"), S("b")) < 0);
  assert_true(fm_str_cmp(S("\xc3"), S("a")) > 0);
  assert_true(fm_str_cmp(S("ab"), S("a")) > 0);
  assert_true(fm_str_cmp((fm_str){NULL, 0}, S("a")) < 0);
  assert_int_equal(fm_str_cmp((fm_str){NULL, 0}, S("")), 0);
}

static void starts_ends_from_and_trim(void **state)
{
  (void)state;
  assert_true(fm_str_starts(S("papers"), S("pa")));
  assert_true(fm_str_starts((fm_str){NULL, 0}, S("")));
  assert_false(fm_str_starts(S("pa"), S("papers")));
  assert_true(fm_str_ends(S("x.atom"), S(".atom")));
  assert_false(fm_str_ends(S("atom"), S(".atom")));
  assert_true(fm_str_is(fm_str_from(S("abc"), 2), "c"));
  assert_int_equal(fm_str_from(S("abc"), 9).len, 0);
  assert_int_equal(fm_str_from((fm_str){NULL, 0}, 3).len, 0);
  assert_true(fm_str_is(fm_str_trim(S(" \t\r\n\v\fa b \n")), "a b"));
  assert_int_equal(fm_str_trim(S(" \n ")).len, 0);
  assert_int_equal(fm_str_trim((fm_str){NULL, 0}).len, 0);
}

static void find_gives_the_first_place(void **state)
{
  (void)state;
  fm_str s = S("one two two");
  assert_ptr_equal(fm_str_find(s, S("two")), s.ptr + 4);
  assert_null(fm_str_find(s, S("three")));
  assert_null(fm_str_find(S("tw"), S("two")));
  assert_ptr_equal(fm_str_find(s, S("")), s.ptr);
}

static void cut_gives_empty_pieces_too(void **state)
{
  (void)state;
  fm_str rest = S("a,,b,"), piece;
  const char *want[] = {"a", "", "b", ""};
  for (size_t i = 0; i < 4; i++) {
    assert_true(fm_str_cut(&rest, ',', &piece));
    assert_true(fm_str_is(piece, want[i]));
  }
  assert_false(fm_str_cut(&rest, ',', &piece));
  rest = S("");
  assert_true(fm_str_cut(&rest, ',', &piece));
  assert_int_equal(piece.len, 0);
  assert_false(fm_str_cut(&rest, ',', &piece));
}

static void numbers_are_whole_and_bounded(void **state)
{
  (void)state;
  uint64_t n = 7;
  assert_true(fm_str_number(S("0"), 10, &n) && n == 0);
  assert_true(fm_str_number(S("010"), 10, &n) && n == 10);
  assert_true(fm_str_number(S("18446744073709551615"), UINT64_MAX, &n) && n == UINT64_MAX);
  n = 7;
  const char *bad[] = {"",  "11", "-1", "+1", " 1", "1 ", "1a", "0x1", "18446744073709551616",
                       "99999999999999999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(fm_str_number(fm_str_of(bad[i]), i == 1 ? 10 : UINT64_MAX, &n));
  assert_int_equal(n, 7);
}

/* Encodes and decodes every character; all other values are rejected. */
static void utf8_round_trip(void **state)
{
  (void)state;
  for (uint32_t c = 0; c <= 0x10ffff; c++) {
    if (c >= 0xd800 && c < 0xe000)
      continue;
    char bytes[4];
    size_t len = fm_utf8_put(c, bytes);
    const char *at = bytes;
    if (!fm_utf8_valid((fm_str){bytes, len}) || fm_utf8_next(&at, bytes + len) != c ||
        at != bytes + len || (len > 1 && fm_utf8_valid((fm_str){bytes, len - 1})))
      fail_msg("U+%04X", (unsigned)c);
  }
  char bytes[4];
  assert_int_equal(fm_utf8_put(0xd800, bytes), 3);
  assert_memory_equal(bytes, "\xef\xbf\xbd", 3);
  assert_int_equal(fm_utf8_put(0x110000, bytes), 3);
  assert_memory_equal(bytes, "\xef\xbf\xbd", 3);
}

static void utf8_refuses_what_it_must(void **state)
{
  (void)state;
  static const char *const bad[] = {
    "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf",
    "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82", "\xe2\x82(", "\xf0\x80\x80\x80",
    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xf0\x9f\x98",
    "eight by\xe2(te", "eight bytes and\xf0\x9f\x98",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (fm_utf8_valid(fm_str_of(bad[i])))
      fail_msg("bad[%zu]", i);
  assert_true(fm_utf8_valid((fm_str){NULL, 0}));
  const char *at = "\xe2\x82(", *end = at + 3, *start = at;
  assert_int_equal(fm_utf8_next(&at, end), 0xfffd);
  assert_ptr_equal(at, start + 1);
  assert_int_equal(fm_utf8_next(&at, end), 0xfffd);
  assert_int_equal(fm_utf8_next(&at, end), '(');
}

/* Allocated at its exact size, so that ASan detects an overread. */
static bool valid_on_heap(const char *bytes, size_t len)
{
  char *copy = malloc(len);
  memcpy(copy, bytes, len);
  bool valid = fm_utf8_valid((fm_str){copy, len});
  free(copy);
  return valid;
}

static void utf8_never_reads_past_the_end(void **state)
{
  (void)state;
  const char *text = "abcdefg\xf0\x9f\x98\x80hijklmn\xe2\x82\xac";
  size_t whole[] = {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 18, 21};
  for (size_t len = 1, at = 0; len <= strlen(text); len++) {
    bool want = at < 16 && whole[at] == len;
    at += want;
    assert_int_equal(valid_on_heap(text, len), want);
  }
}

static void words_are_found_where_they_start(void **state)
{
  (void)state;
  assert_true(fm_text_has_word(S("Spiking Neurons"), S("neuron")));
  assert_false(fm_text_has_word(S("a smart cart"), S("art")));
  assert_true(fm_text_has_word(S("smart (art)"), S("art")));
  assert_true(fm_text_has_word(S("state-of-the-art"), S("ART")));
  assert_true(fm_text_has_word(S("nothing, then diffusion"), S("video , DIFFUSION")));
  assert_false(fm_text_has_word(S("anything"), S("")));
  assert_false(fm_text_has_word(S("anything"), S(" , ,")));
  assert_false(fm_text_has_word((fm_str){NULL, 0}, S("a")));
  assert_false(fm_text_has_word(S("a"), (fm_str){NULL, 0}));
  assert_false(fm_text_has_word(S("neuro"), S("neuron")));
  assert_false(fm_text_has_word(S("x4llama"), S("llama")));
  assert_true(fm_text_has_word(S("learn C++ now"), S("c++")));
}

static void a_phrase_spans_any_white_space(void **state)
{
  (void)state;
  assert_true(fm_text_has_word(S("a Large\n  Language\tmodel"), S("large language")));
  assert_true(fm_text_has_word(S("large language"), S("large   language")));
  assert_true(fm_text_has_word(S("large\xc2\xa0language"), S("large language")));
  assert_false(fm_text_has_word(S("largelanguage"), S("large language")));
  assert_false(fm_text_has_word(S("large "), S("large language")));
}

static void case_is_folded_beyond_ascii(void **state)
{
  (void)state;
  assert_true(fm_text_has_word(S("ÉCOLE normale"), S("école")));
  assert_true(fm_text_has_word(S("НЕЙРОННЫЕ сети"), S("нейрон")));
  assert_true(fm_text_has_word(S("ΝΕΥΡΩΝΙΚΟΣ"), S("νευρωνικος")));
  assert_true(fm_text_has_word(S("νευρωνικός"), S("ΝΕΥΡΩΝΙΚΌΣ"))); /* includes the final sigma */
  assert_true(fm_text_has_word(S("ŁÓDŹ"), S("łódź")));
  assert_true(fm_text_has_word(S("ＦＵＬＬ"), S("ｆｕｌｌ")));
  assert_true(fm_text_has_word(S("\xf0\x90\x90\x80"), S("\xf0\x90\x90\xa8"))); /* Deseret */
  assert_false(fm_text_has_word(S("écoles"), S("cole"))); /* é is a letter */
  assert_false(fm_text_has_word(S("e\xcc\x81" "cole"), S("cole"))); /* so is e with a combining
                                                                     * accent */
  assert_true(fm_text_has_word(S("«art»"), S("art")));
  assert_true(fm_text_has_word(S("the—art"), S("art")));
}

static void scripts_without_spaces_match_anywhere(void **state)
{
  (void)state;
  assert_true(fm_text_has_word(S("大規模言語モデル"), S("言語")));
  assert_true(fm_text_has_word(S("การเรียนรู้"), S("เรียน")));
  assert_true(fm_text_has_word(S("深層learning"), S("learning")));
  assert_false(fm_text_has_word(S("大規模"), S("言語")));
}

static void broken_bytes_do_no_harm(void **state)
{
  (void)state;
  assert_true(fm_text_has_word(S("\xff art \xe2\x82"), S("art")));
  assert_false(fm_text_has_word(S("\xe2\x82"), S("\xe2\x82\xac")));
}

static void distance_counts_changes(void **state)
{
  (void)state;
  fm_str near = {NULL, 0};
  fm_str_suggest(S("fecth"), S("serve"), &near);
  assert_null(near.ptr);
  fm_str_suggest(S("fecth"), S("fetch"), &near);
  fm_str_suggest(S("fecth"), S("latch"), &near); /* less similar */
  assert_true(fm_str_is(near, "fetch"));
  fm_str_suggest(S("fecth"), S("fecht"), &near);
  assert_true(fm_str_is(near, "fetch"));
  assert_int_equal(fm_str_distance(S("kitten"), S("sitting")), 3);
  assert_int_equal(fm_str_distance(S(""), S("abc")), 3);
  assert_int_equal(fm_str_distance(S("abc"), S("")), 3);
  assert_int_equal(fm_str_distance(S("same"), S("same")), 0);
  assert_int_equal(fm_str_distance(S("workrs"), S("workers")), 1);
  char text[200];
  memset(text, 'a', sizeof text);
  assert_int_equal(fm_str_distance((fm_str){text, 200}, S("a")), 200);
  assert_int_equal(fm_str_distance((fm_str){text, 200}, (fm_str){text, 200}), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(equality_looks_at_bytes_and_length),
    cmocka_unit_test(order_is_by_bytes_then_length),
    cmocka_unit_test(starts_ends_from_and_trim),
    cmocka_unit_test(find_gives_the_first_place),
    cmocka_unit_test(cut_gives_empty_pieces_too),
    cmocka_unit_test(numbers_are_whole_and_bounded),
    cmocka_unit_test(utf8_round_trip),
    cmocka_unit_test(utf8_refuses_what_it_must),
    cmocka_unit_test(utf8_never_reads_past_the_end),
    cmocka_unit_test(words_are_found_where_they_start),
    cmocka_unit_test(a_phrase_spans_any_white_space),
    cmocka_unit_test(case_is_folded_beyond_ascii),
    cmocka_unit_test(scripts_without_spaces_match_anywhere),
    cmocka_unit_test(broken_bytes_do_no_harm),
    cmocka_unit_test(distance_counts_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
