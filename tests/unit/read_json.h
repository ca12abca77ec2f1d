/* Reading or skipping all of a document, from a heap block of its very size, so
 * that ASan sees a byte read too many. For the tests of base/json.h. */
#ifndef READ_JSON_H
#define READ_JSON_H

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"


enum { READ_FAILED = -1 };

static int dump_value(fm_json *json, fm_buf *out);

static int dump_container(fm_json *json, fm_buf *out, bool object)
{
  fm_str key;
  int more = object ? fm_json_object(json) : fm_json_array(json);
  fm_buf_char(out, object ? '{' : '[');
  while (more > 0 && (more = object ? fm_json_key(json, &key) : fm_json_next(json)) > 0) {
    if (object)
      fm_buf_addf(out, "k%zu:%.*s", key.len, FM_FMT(key));
    if (dump_value(json, out) < 0)
      return READ_FAILED;
  }
  fm_buf_char(out, object ? '}' : ']');
  return more;
}

static int dump_value(fm_json *json, fm_buf *out)
{
  fm_str text;
  double number;
  int64_t whole;
  bool yes;
  fm_json saved;
  switch (fm_json_kind(json)) {
    case FM_JSON_OBJECT: return dump_container(json, out, true);
    case FM_JSON_ARRAY: return dump_container(json, out, false);
    case FM_JSON_STRING:
      if (fm_json_string(json, &text) < 0)
        return READ_FAILED;
      fm_buf_addf(out, "s%zu:", text.len);
      return fm_buf_str(out, text);
    case FM_JSON_NUMBER:
      saved = *json;
      if (fm_json_int(json, &whole) > 0)
        return fm_buf_addf(out, "i%lld", (long long)whole);
      *json = saved;
      if (fm_json_number(json, &number) > 0)
        return fm_buf_addf(out, "d%.17g", number);
      return json->error;
    case FM_JSON_BOOL:
      if (fm_json_bool(json, &yes) < 0)
        return READ_FAILED;
      return fm_buf_char(out, yes ? 't' : 'f');
    case FM_JSON_NULL:
      fm_buf_char(out, 'n');
      return fm_json_skip(json);
  }
  return READ_FAILED;
}

/* True if the text is JSON; then `out` says what is in it. */
static bool read_all(fm_str text, fm_buf *out)
{
  char *exact = malloc(text.len ? text.len : 1);
  memcpy(exact, text.ptr, text.len);
  fm_arena arena = {0};
  fm_json json;
  fm_json_init(&json, (fm_str){exact, text.len}, &arena);
  dump_value(&json, out);
  bool good = fm_json_end(&json) == FM_OK;
  assert_true(good || (json.at >= json.start && json.at <= json.end));
  fm_arena_deinit(&arena);
  free(exact);
  return good;
}

static bool is_json(fm_str text)
{
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  bool good = read_all(text, &out);
  fm_buf_deinit(&out);
  return good;
}

static bool skips(fm_str text)
{
  char *exact = malloc(text.len ? text.len : 1);
  memcpy(exact, text.ptr, text.len);
  fm_json json;
  fm_json_init(&json, (fm_str){exact, text.len}, NULL);
  bool good = fm_json_skip(&json) == 1 && fm_json_end(&json) == FM_OK;
  free(exact);
  return good;
}

#endif
