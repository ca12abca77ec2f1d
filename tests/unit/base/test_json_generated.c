/* The pull reader on generated documents: against json-c, by every way through,
 * cut short, and with bytes broken. json-c is used here only to compare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>

#include "base/json_scan.h"
#include "read_json.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static uint32_t random_state;

static uint32_t random_below(uint32_t n)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state % n;
}

static void put_space(fm_buf *out)
{
  static const char *const spaces[] = {"", "", "", "", " ", "\n  ", "\t", "\r\n"};
  fm_buf_text(out, spaces[random_below(COUNT(spaces))]);
}

static void put_string(fm_buf *out, unsigned unique)
{
  static const char *const pieces[] = {
    "a", "the quick brown fox", "{", "}", "[", "]", ",", ":", "\\\"", "\\\\", "\\\\\\\\",
    "\\\\\\\"",
    "\\n", "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\u20ac", "é", "😀", "日本語", "\x7f", "\\t",
    "                                                                  ", "\\u0001", "&quot;",
    "https://avatars.example.org/0123456789abcdef0123456789abcdef.png", "\\b\\f\\r", "\\ud83d.",
  };
  fm_buf_char(out, '"');
  if (unique)
    fm_buf_addf(out, "%u", unique);
  for (uint32_t n = random_below(8) * random_below(4); n > 0; n--)
    fm_buf_text(out, pieces[random_below(COUNT(pieces))]);
  fm_buf_char(out, '"');
}

static void put_number(fm_buf *out)
{
  switch (random_below(4)) {
    case 0: fm_buf_addf(out, "%d", (int)random_below(2000) - 1000); break;
    case 1:
      fm_buf_addf(out, "%s%u%09u", random_below(2) ? "-" : "", 1 + random_below(4000000000),
                  random_below(1000000000));
      break;
    case 2: fm_buf_addf(out, "%.*f5", (int)random_below(20), random_below(1000000) / 997.0); break;
    case 3: fm_buf_addf(out, "%d.%u5e%d", (int)random_below(200) - 100, random_below(100000),
                        (int)random_below(600) - 300); break;
  }
}

static void put_value(fm_buf *out, unsigned depth);

static void put_container(fm_buf *out, unsigned depth, bool object)
{
  fm_buf_char(out, object ? '{' : '[');
  put_space(out);
  for (uint32_t i = 0, n = random_below(depth ? 7 : 30); i < n; i++) {
    if (i) {
      fm_buf_char(out, ',');
      put_space(out);
    }
    if (object) { /* json-c keeps one of two equal keys */
      put_string(out, i + 1000);
      put_space(out);
      fm_buf_char(out, ':');
      put_space(out);
    }
    put_value(out, depth + 1);
    put_space(out);
  }
  fm_buf_char(out, object ? '}' : ']');
}

static void put_value(fm_buf *out, unsigned depth)
{
  static const char *const words[] = {"null", "true", "false"};
  uint32_t what = random_below(depth > 7 ? 6 : 10);
  if (depth == 0 || what > 5)
    put_container(out, depth, random_below(2));
  else if (what < 3)
    put_string(out, 0);
  else if (what < 5)
    put_number(out);
  else
    fm_buf_text(out, words[random_below(3)]);
}

/* Dumps json-c's tree in the format of dump_value. */
static void dump_tree(json_object *value, fm_buf *out)
{
  switch (json_object_get_type(value)) {
    case json_type_null: fm_buf_char(out, 'n'); break;
    case json_type_boolean: fm_buf_char(out, json_object_get_boolean(value) ? 't' : 'f'); break;
    case json_type_int: fm_buf_addf(out, "i%lld", (long long)json_object_get_int64(value)); break;
    case json_type_double: {
      double d = json_object_get_double(value);
      if (fabs(d) < 9007199254740992.0 && d == (double)(int64_t)d)
        fm_buf_addf(out, "i%lld", (long long)d);
      else
        fm_buf_addf(out, "d%.17g", d);
      break;
    }
    case json_type_string:
      fm_buf_addf(out, "s%d:", json_object_get_string_len(value));
      fm_buf_add(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
      break;
    case json_type_array:
      fm_buf_char(out, '[');
      for (size_t i = 0; i < json_object_array_length(value); i++)
        dump_tree(json_object_array_get_idx(value, i), out);
      fm_buf_char(out, ']');
      break;
    case json_type_object: {
      fm_buf_char(out, '{');
      json_object_object_foreach(value, key, member)
      {
        fm_buf_addf(out, "k%zu:%s", strlen(key), key);
        dump_tree(member, out);
      }
      fm_buf_char(out, '}');
    }
  }
}

/* Parses with json-c; NULL if it rejects the text. */
static json_object *tree_of(fm_str text)
{
  json_tokener *tokener = json_tokener_new_ex(200);
  json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
  json_object *tree = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
  if (json_tokener_get_error(tokener) != json_tokener_success) {
    json_object_put(tree);
    tree = NULL;
  }
  json_tokener_free(tokener);
  return tree;
}

static void documents_read_as_json_c_reads_them(void **state)
{
  (void)state;
  random_state = 1234567;
  for (int round = 0; round < 400; round++) {
    fm_buf text, ours, theirs;
    fm_buf_init(&text, FM_BUF_MAX);
    fm_buf_init(&ours, FM_BUF_MAX);
    fm_buf_init(&theirs, FM_BUF_MAX);
    put_value(&text, 0);
    json_object *tree = tree_of(fm_buf_view(&text));
    assert_non_null(tree);
    dump_tree(tree, &theirs);
    if (!read_all(fm_buf_view(&text), &ours))
      fail_msg("refused: %.*s", FM_FMT(fm_buf_view(&text)));
    if (!fm_str_eq(fm_buf_view(&ours), fm_buf_view(&theirs)))
      fail_msg("%.*s\nours   %.*s\ntheirs %.*s", FM_FMT(fm_buf_view(&text)),
               FM_FMT(fm_buf_view(&ours)), FM_FMT(fm_buf_view(&theirs)));
    assert_true(skips(fm_buf_view(&text)));
    json_object_put(tree);
    fm_buf_deinit(&theirs);
    fm_buf_deinit(&ours);
    fm_buf_deinit(&text);
  }
}

/* Navigates the document, but skips values by `choice` in every possible manner; the rest
 * must be read the same. */
static void walk_some(fm_json *json, unsigned *values)
{
  fm_str key;
  int kind = fm_json_kind(json);
  bool object = kind == FM_JSON_OBJECT;
  ++*values;
  if (kind != FM_JSON_OBJECT && kind != FM_JSON_ARRAY) {
    if (random_below(2))
      assert_int_equal(fm_json_skip(json), 1);
    return;
  }
  assert_int_equal(object ? fm_json_object(json) : fm_json_array(json), 1);
  unsigned depth = json->depth;
  int more;
  while ((more = object ? fm_json_key(json, &key) : fm_json_next(json)) > 0) {
    uint32_t choice = random_below(10);
    if (choice == 0) {
      assert_int_equal(fm_json_leave(json), 1);
      break;
    }
    if (choice == 1)
      assert_int_equal(fm_json_skip(json), 1);
    else if (choice > 2)
      walk_some(json, values);
  }
  assert_true(more >= 0);
  assert_int_equal(json->depth, depth - 1);
  assert_true(json->at[-1] == (object ? '}' : ']'));
}

static void any_way_through_a_document_ends_at_its_end(void **state)
{
  (void)state;
  random_state = 99;
  unsigned values = 0;
  for (int round = 0; round < 400; round++) {
    fm_buf text;
    fm_arena arena = {0};
    fm_json json;
    fm_buf_init(&text, FM_BUF_MAX);
    put_value(&text, 0);
    for (int way = 0; way < 5; way++) {
      fm_json_init(&json, fm_buf_view(&text), &arena);
      walk_some(&json, &values);
      assert_int_equal(fm_json_end(&json), FM_OK);
    }
    fm_arena_deinit(&arena);
    fm_buf_deinit(&text);
  }
  assert_true(values > 1000);
}

/* A truncated document is rejected, whether read or skipped. */
static void every_prefix_is_refused(void **state)
{
  (void)state;
  random_state = 4321;
  for (int round = 0; round < 30; round++) {
    fm_buf text;
    fm_buf_init(&text, FM_BUF_MAX);
    put_value(&text, 0);
    size_t most = text.len < 1500 ? text.len : 1500;
    for (size_t len = 0; len < most; len++) {
      fm_str cut = {text.ptr, len};
      if (is_json(cut) || skips(cut))
        fail_msg("taken: %.*s", FM_FMT(cut));
    }
    fm_buf_deinit(&text);
  }
}

static bool is_utf8_and_printable(fm_str s)
{
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)s.ptr[i] < ' ' && !strchr("\t\r\n", s.ptr[i] ? s.ptr[i] : 1))
      return false;
  return fm_utf8_valid(s);
}

/* Mutated documents cause no read out of bounds (ASan) and what is accepted is accepted by
 * json-c as well. */
static void broken_documents_do_no_harm(void **state)
{
  (void)state;
  static const char bytes[] = "{}[]\",:\\u0 1-.eE+tfn\n\x01\xff\xc3/'";
  random_state = 777;
  unsigned taken = 0;
  for (int round = 0; round < 6000; round++) {
    fm_buf text, out;
    fm_buf_init(&text, FM_BUF_MAX);
    fm_buf_init(&out, FM_BUF_MAX);
    put_value(&text, 4);
    for (uint32_t n = 1 + random_below(3); n > 0 && text.len > 1; n--) {
      size_t at = random_below((uint32_t)text.len);
      switch (random_below(3)) {
        case 0: text.ptr[at] = bytes[random_below(sizeof bytes - 1)]; break;
        case 1: memmove(text.ptr + at, text.ptr + at + 1, text.len - at - 1); text.len--; break;
        case 2: text.ptr[at] ^= (char)(1 << random_below(8)); break;
      }
    }
    fm_str view = fm_buf_view(&text);
    bool good = read_all(view, &out), skipped = skips(view);
    assert_true(!good || skipped);
    bool container = view.len > 1 && (*view.ptr == '{' || *view.ptr == '[');
    if (good && container && is_utf8_and_printable(view)) {
      json_object *tree = tree_of(view);
      if (!tree)
        fail_msg("only we take: %.*s", FM_FMT(view));
      json_object_put(tree);
      taken++;
    }
    fm_buf_deinit(&out);
    fm_buf_deinit(&text);
  }
  assert_true(taken > 100);
}

/* ---- the scans ---- */

/* Compares both variants of each scan on every alignment and length. */
static void scans_agree(void **state)
{
  (void)state;
#ifdef __SSE2__
  static const char alphabet[] = "aaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9 {}[]:,\\\"\x1f\x20\x7f\x80\xff";
  random_state = 31337;
  for (int round = 0; round < 20000; round++) {
    size_t len = random_below(100);
    char *text = malloc(len + FM_SCAN_BLOCK);
    for (size_t i = 0; i < len + FM_SCAN_BLOCK; i++)
      text[i] = alphabet[random_below(round % 3 ? 28 : sizeof alphabet - 1)];
    fm_scan_masks a = fm_scan_block_sse2(text + len), b = fm_scan_block_plain(text + len);
    assert_memory_equal(&a, &b, sizeof a);
    char *exact = memcpy(malloc(len + 1), text, len);
    unsigned seen_a = 0, seen_b = 0;
    assert_ptr_equal(fm_scan_string_sse2(exact, exact + len, &seen_a),
                     fm_scan_string_plain(exact, exact + len, &seen_b));
    assert_int_equal(seen_a, seen_b);
    free(exact);
    free(text);
  }
#endif
  unsigned seen = 0;
  const char *text = "ab\\\"c\"";
  assert_ptr_equal(fm_scan_string_plain(text, text + 6, &seen), text + 5);
  assert_int_equal(seen, FM_SCAN_ESCAPE);
  assert_ptr_equal(fm_scan_string_plain(text, text + 3, &seen), text + 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(documents_read_as_json_c_reads_them),
    cmocka_unit_test(any_way_through_a_document_ends_at_its_end),
    cmocka_unit_test(every_prefix_is_refused),
    cmocka_unit_test(broken_documents_do_no_harm),
    cmocka_unit_test(scans_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
