/* The JSON pull parser, call by call. test_json_generated.c tests whole documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "read_json.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- by hand ---- */

static void an_object_is_walked(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_json json;
  fm_str key, text;
  double number = 0;
  int64_t whole = 0;
  bool yes = false;
  fm_json_init(&json, FM_STR(" { \"a\" : \"x\" , \"skipped\":{\"z\":[1,{}]},\"n\":-1.5e1,"
                             "\"i\":42,\"b\":true,\"l\":[null,2,\"\\u00e9\"],\"o\":{}, "
                             "\"e\":[]} \n"),
               &arena);
  assert_int_equal(fm_json_kind(&json), FM_JSON_OBJECT);
  assert_int_equal(fm_json_object(&json), 1);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_string(&json, &text), 1);
  assert_true(fm_str_is(text, "x"));
  assert_true(text.ptr > json.start && text.ptr < json.end); /* points into the text */
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_true(fm_str_is(key, "skipped"));
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_number(&json, &number), 1);
  assert_true(number == -15);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_int(&json, &whole), 1);
  assert_int_equal(whole, 42);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_bool(&json, &yes), 1);
  assert_true(yes);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_array(&json), 1);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_kind(&json), FM_JSON_NULL);
  assert_int_equal(fm_json_next(&json), 1); /* the null has not been read */
  assert_int_equal(fm_json_skip(&json), 1);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_string(&json, &text), 1);
  assert_true(fm_str_is(text, "é"));
  assert_int_equal(fm_json_next(&json), 0);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_object(&json), 1);
  assert_int_equal(fm_json_key(&json, &key), 0);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_array(&json), 1);
  assert_int_equal(fm_json_next(&json), 0);
  assert_int_equal(fm_json_key(&json, &key), 0);
  assert_int_equal(fm_json_end(&json), FM_OK);
  assert_int_equal(fm_json_fail(&json, NULL), FM_OK);
  fm_arena_deinit(&arena);
}

static void another_kind_is_passed_over(void **state)
{
  (void)state;
  fm_json json;
  fm_str string = FM_STR("-");
  fm_str text = FM_STR("[null,{\"a\":1},\"s\",[1],false,1e999,1.5,9223372036854775808,\"end\"]");
  double number = 7;
  int64_t whole = 7;
  bool yes = true;
  fm_json_init(&json, text, NULL);
  assert_int_equal(fm_json_object(&json), 0);
  fm_json_init(&json, text, NULL);
  assert_int_equal(fm_json_array(&json), 1);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_string(&json, &string), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_number(&json, &number), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_bool(&json, &yes), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_object(&json), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_int(&json, &whole), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_number(&json, &number), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_int(&json, &whole), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_int(&json, &whole), 0);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_array(&json), 0);
  assert_int_equal(fm_json_next(&json), 0);
  assert_int_equal(fm_json_end(&json), FM_OK);
  assert_true(fm_str_is(string, "-") && number == 7 && whole == 7 && yes);
}

static void a_container_is_left_from_anywhere(void **state)
{
  (void)state;
  fm_json json;
  fm_str key, text;
  fm_json_init(&json, FM_STR("[{\"a\":[1,[2,{\"x\":\"]}\"}],3],\"b\":4},\"after\"]"), NULL);
  fm_json_array(&json);
  fm_json_next(&json);
  fm_json_object(&json);
  fm_json_key(&json, &key);
  fm_json_array(&json);
  fm_json_next(&json);
  assert_int_equal(fm_json_leave(&json), 1);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_true(fm_str_is(key, "b"));
  assert_int_equal(fm_json_leave(&json), 1);
  assert_int_equal(fm_json_next(&json), 1);
  assert_int_equal(fm_json_string(&json, &text), 1);
  assert_true(fm_str_is(text, "after"));
  assert_int_equal(fm_json_leave(&json), 1);
  assert_int_equal(fm_json_end(&json), FM_OK);
  assert_int_equal(fm_json_leave(&json), FM_E_SYNTAX);
}

typedef struct paper {
  fm_str title;
  int64_t votes;
} paper;

static int read_title(fm_json *json, void *into)
{
  return fm_json_string(json, &((paper *)into)->title);
}
static int read_votes(fm_json *json, void *into)
{
  return fm_json_int(json, &((paper *)into)->votes);
}
static int refuse(fm_json *json, void *into)
{
  (void)json, (void)into;
  return FM_E_TOO_BIG;
}

static void a_table_drives_the_walk(void **state)
{
  (void)state;
  static const fm_json_field fields[] = {
    {{"title", 5}, read_title}, {{"votes", 5}, read_votes}, {{"stop", 4}, refuse}};
  fm_arena arena = {0};
  fm_json json;
  paper p = {.votes = 3};
  fm_json_init(&json, FM_STR("{\"x\":[],\"t\\u0069tle\":\"T\",\"votes\":null,\"titles\":1}"),
               &arena);
  assert_int_equal(fm_json_fields(&json, fields, COUNT(fields), &p), 1);
  assert_int_equal(fm_json_end(&json), FM_OK);
  assert_true(fm_str_is(p.title, "T"));
  assert_int_equal(p.votes, 3);
  fm_json_init(&json, FM_STR("[1]"), &arena);
  assert_int_equal(fm_json_fields(&json, fields, COUNT(fields), &p), 0);
  fm_json_init(&json, FM_STR("{\"stop\":1}"), &arena);
  assert_int_equal(fm_json_fields(&json, fields, COUNT(fields), &p), FM_E_TOO_BIG);
  fm_json_init(&json, FM_STR("{\"title\":\"T\""), &arena);
  assert_int_equal(fm_json_fields(&json, fields, COUNT(fields), &p), FM_E_SYNTAX);
  fm_arena_deinit(&arena);
}

static void errors_name_their_place_and_stay(void **state)
{
  (void)state;
  fm_json json;
  fm_str key;
  fm_why why = {""};
  fm_json_init(&json, FM_STR("{\"a\":1 \"b\":2}"), NULL);
  fm_json_object(&json);
  assert_int_equal(fm_json_key(&json, &key), 1);
  assert_int_equal(fm_json_key(&json, &key), FM_E_SYNTAX);
  assert_int_equal(fm_json_key(&json, &key), FM_E_SYNTAX);
  assert_int_equal(fm_json_next(&json), FM_E_SYNTAX);
  assert_int_equal(fm_json_skip(&json), FM_E_SYNTAX);
  assert_int_equal(fm_json_leave(&json), FM_E_SYNTAX);
  assert_int_equal(fm_json_kind(&json), FM_E_SYNTAX);
  assert_int_equal(fm_json_end(&json), FM_E_SYNTAX);
  assert_int_equal(fm_json_fail(&json, &why), FM_E_SYNTAX);
  assert_string_equal(why.text, "JSON, byte 7: no comma");
  fm_json_init(&json, FM_STR("[1]"), NULL); /* misuse is an error, not an invalid read */
  assert_int_equal(fm_json_next(&json), FM_E_SYNTAX);
  fm_json_init(&json, FM_STR("[1]"), NULL);
  fm_json_array(&json);
  assert_int_equal(fm_json_key(&json, &key), FM_E_SYNTAX);
  fm_json_init(&json, FM_STR("[1]"), NULL);
  fm_json_array(&json);
  assert_int_equal(fm_json_skip(&json), FM_E_SYNTAX); /* no value is due yet */
}

static void strings_are_decoded(void **state)
{
  (void)state;
  static const struct {
    fm_str raw, want, xml;
  } rows[] = {
    {{"", 0}, {"", 0}, {"", 0}},
#define ROW(raw, want, xml) {{raw, sizeof raw - 1}, {want, sizeof want - 1}, {xml, sizeof xml - 1}}
    ROW("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", "\"\\/\n\r\t"),
    ROW("a\\u0041\\u00e9\\u20AC\\uD83D\\ude00z", "aAé€😀z", "aAé€😀z"),
    ROW("\\ud83d", "\xef\xbf\xbd", "\xef\xbf\xbd"),
    ROW("\\ude00x", "\xef\xbf\xbdx", "\xef\xbf\xbdx"),
    ROW("\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd😀", "\xef\xbf\xbd😀"),
    ROW("\\ud83d\\n", "\xef\xbf\xbd\n", "\xef\xbf\xbd\n"),
    ROW("\\ud83d\\u0041", "\xef\xbf\xbd" "A", "\xef\xbf\xbd" "A"),
    ROW("\\ud83dx", "\xef\xbf\xbdx", "\xef\xbf\xbdx"),
    ROW("\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd"),
    ROW("\xed\xa0\x80\\n", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n",
        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n"),
    ROW("a\\u0000b\\u001f\\ufffec", "a\0b\x1f\xef\xbf\xbe" "c", "abc"),
    ROW("x\xef\xbf\xbfy\xef\xbf\xbdz\x7f", "x\xef\xbf\xbfy\xef\xbf\xbdz\x7f",
        "xy\xef\xbf\xbdz\x7f"),
    ROW("é plain 😀 and longer than sixteen bytes", "é plain 😀 and longer than sixteen bytes",
        "é plain 😀 and longer than sixteen bytes"),
#undef ROW
  };
  for (size_t i = 0; i < COUNT(rows); i++)
    for (int xml = 0; xml < 2; xml++) {
      fm_arena arena = {0};
      fm_buf text;
      fm_buf_init(&text, 1000);
      fm_buf_char(&text, '"');
      fm_buf_str(&text, rows[i].raw);
      fm_buf_char(&text, '"');
      fm_json json;
      fm_str got = {0};
      fm_json_init(&json, fm_buf_view(&text), &arena);
      json.xml = xml;
      assert_int_equal(fm_json_string(&json, &got), 1);
      assert_int_equal(fm_json_end(&json), FM_OK);
      fm_str want = xml ? rows[i].xml : rows[i].want;
      if (!fm_str_eq(got, want))
        fail_msg("row %zu, xml %d: %.*s", i, xml, FM_FMT(got));
      fm_buf_deinit(&text);
      fm_arena_deinit(&arena);
    }
}

static void numbers_are_exact(void **state)
{
  (void)state;
  static const char *const doubles[] = {
    "0", "-0", "1", "-1", "0.1", "1e23", "1.7976931348623157e308", "4.9e-324",
    "2.2250738585072014e-308",
    "123456789012345", "1234567890123456", "9007199254740993", "0.000000000000000000000000000001",
    "1e-400", "0e999999999999", "1E+2", "123.456e-7", "2.47032822920623272e-324",
    "100000000000000000000000000000000000000000000000000000000000000000000000000000e-70",
    "9007199254740992.99999999999999999999999999999999999999999999999999999999999999999999999",
    "9007199254740993.00000000000000000000000000000000000000000000000000000000000000000000001",
  };
  for (size_t i = 0; i < COUNT(doubles); i++) {
    fm_json json;
    double got = 77, want = strtod(doubles[i], NULL);
    fm_json_init(&json, fm_str_of(doubles[i]), NULL);
    assert_int_equal(fm_json_number(&json, &got), 1);
    assert_int_equal(fm_json_end(&json), FM_OK);
    if (memcmp(&got, &want, sizeof got) != 0)
      fail_msg("%s: %.17g", doubles[i], got);
  }
  static const struct {
    const char *text;
    int done;
    int64_t want;
  } ints[] = {
    {"0", 1, 0}, {"-0", 1, 0}, {"9223372036854775807", 1, INT64_MAX},
    {"-9223372036854775808", 1, INT64_MIN}, {"9223372036854775808", 0, 77},
    {"-9223372036854775809", 0, 77}, {"3.0", 1, 3}, {"-1e3", 1, -1000}, {"1.5", 0, 77},
    {"1e300", 0, 77}, {"1e-2", 0, 77}, {"999999999999999", 1, 999999999999999},
    {"-1000000000000000", 1, -1000000000000000}, {"true", 0, 77},
  };
  for (size_t i = 0; i < COUNT(ints); i++) {
    fm_json json;
    int64_t got = 77;
    fm_json_init(&json, fm_str_of(ints[i].text), NULL);
    if (fm_json_int(&json, &got) != ints[i].done || got != ints[i].want)
      fail_msg("%s: %lld", ints[i].text, (long long)got);
  }
}

/* Thousands of digits, half way between two doubles except for the last digit. */
static void a_long_number_is_rounded_right(void **state)
{
  (void)state;
  char *text = malloc(3001);
  memcpy(text, "9007199254740993.", 17);
  memset(text + 17, '0', 2983);
  text[3000] = 0;
  for (int last = '0'; last <= '1'; last++) {
    text[2999] = (char)last;
    fm_json json;
    double got;
    fm_json_init(&json, (fm_str){text, 3000}, NULL);
    assert_int_equal(fm_json_number(&json, &got), 1);
    assert_true(got == (last == '0' ? 9007199254740992.0 : 9007199254740994.0));
  }
  free(text);
}

static const char *const good_texts[] = {
  "0", "-0", "-1.5E-3", "\"\"", "null", "true", "false", "[]", "{}", " [ ] ", "\t\r\n{ }\n",
  "[0]", "[1,2]", "{\"\":0}", "{\"a\":{\"b\":[[],{}]}}", "[\"\\u0000\"]", "\xef\xbb\xbf[1]",
  "{\"a\":1,\"a\":2}", "[\"\x7f\"]", "[1e5,1E5,1e+5,1e-5,0.0,0e0]", "\"\xe2\x80\xa8\"",
};

static const char *const bad_texts[] = {
  "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1}", "{1:2}",
  "{\"a\"}",
  "{\"a\":}", "{\"a\":1,}", "{\"a\":1,,\"b\":2}", "{,}", "{\"a\" 1}", "{\"a\"::1}", "{a:1}",
  "{'a':1}",
  "[1]]", "[1]x", "1 2", "nul", "nulL", "True", "truee", "+1", "01", "-", "-a", "1.", ".5", "1.e5",
  "1e",
  "1e+", "0x10", "1a", "Infinity", "NaN", "-Infinity", "\"", "\"a", "\"a\nb\"", "\"a\tb\"",
  "\"\x01\"",
  "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u\"", "\"\\\"", "\"\\'\"", "'a'", "[\"a\",\n\"b]",
  "/**/1", "[1]//", "[1]\xef\xbb\xbf", "\xef\xbb\xbf", "\xef\xbb", "{\"a\":1]", "[{\"a\":1]}",
  "\xa0[]",
  "[\v1]", "{\"a\n\":1}", "{\"\\q\":1}", "[-]", "[1e999e]", "[00]", "{\"a\":01}", "{]", "[}", "tru",
};

static void the_grammar_is_kept(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(good_texts); i++) {
    if (!is_json(fm_str_of(good_texts[i])))
      fail_msg("refused: %s", good_texts[i]);
    if (!skips(fm_str_of(good_texts[i])))
      fail_msg("not skipped: %s", good_texts[i]);
  }
  for (size_t i = 0; i < COUNT(bad_texts); i++)
    if (is_json(fm_str_of(bad_texts[i])))
      fail_msg("taken: %s", bad_texts[i]);
  assert_false(is_json(FM_STR("[1]\0")));
  assert_false(is_json(FM_STR("\"a\0b\"")));
}

static void depth_has_an_end(void **state)
{
  (void)state;
  char text[2 * FM_JSON_DEPTH + 4];
  for (int over = 0; over < 2; over++) {
    size_t deep = FM_JSON_DEPTH + (size_t)over;
    memset(text, '[', deep);
    memset(text + deep, ']', deep);
    assert_int_equal(is_json((fm_str){text, 2 * deep}), !over);
    assert_int_equal(skips((fm_str){text, 2 * deep}), !over);
  }
  size_t huge = 1 << 20;
  char *deep = malloc(huge);
  memset(deep, '[', huge);
  assert_false(is_json((fm_str){deep, huge}));
  assert_false(skips((fm_str){deep, huge}));
  free(deep);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_object_is_walked),
    cmocka_unit_test(another_kind_is_passed_over),
    cmocka_unit_test(a_container_is_left_from_anywhere),
    cmocka_unit_test(a_table_drives_the_walk),
    cmocka_unit_test(errors_name_their_place_and_stay),
    cmocka_unit_test(strings_are_decoded),
    cmocka_unit_test(numbers_are_exact),
    cmocka_unit_test(a_long_number_is_rounded_right),
    cmocka_unit_test(the_grammar_is_kept),
    cmocka_unit_test(depth_has_an_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
