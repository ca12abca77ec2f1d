/* Fuzzes the decoders of page state. Input: a script's text. What is converted must be JSON, and
 * converting it again must change nothing. */
#include "base/buf.h"
#include "base/json.h"
#include "dom/flat_json.h"
#include "dom/flight.h"
#include "dom/js_literal.h"
#include "dom/state.h"
#include "fuzz_kit.h"

enum { OUT_MAX = 1 << 20 };

static bool walk(fm_json *json, unsigned depth)
{
  fm_str key;
  int kind = fm_json_kind(json), more = 0;
  if (kind != FM_JSON_OBJECT && kind != FM_JSON_ARRAY)
    return fm_json_skip(json) > 0;
  if (kind == FM_JSON_OBJECT) {
    fm_json_object(json);
    while ((more = fm_json_key(json, &key)) > 0)
      if (depth > 200 || !walk(json, depth + 1))
        return false;
  } else {
    fm_json_array(json);
    while ((more = fm_json_next(json)) > 0)
      if (depth > 200 || !walk(json, depth + 1))
        return false;
  }
  return more == 0;
}

static void check_json(const char *what, fm_str text)
{
  fm_arena arena = {0};
  fm_json json;
  fm_json_init(&json, text, &arena);
  if (!walk(&json, 0) || fm_json_end(&json))
    FUZZ_FAIL("%s is no JSON: %.*s", what, FM_FMT(text));
  fm_arena_deinit(&arena);
}

static void check_literal(fm_str text)
{
  fm_buf once, twice;
  size_t looked = 0;
  fm_buf_init(&once, OUT_MAX);
  fm_buf_init(&twice, OUT_MAX);
  if (fm_js_to_json(text, &once, &looked) > text.len || looked > text.len)
    FUZZ_FAIL("read behind the end");
  if (once.len) {
    check_json("a literal", fm_buf_view(&once));
    if (!fm_js_to_json(fm_buf_view(&once), &twice, &looked) || twice.len != once.len)
      FUZZ_FAIL("read again: %.*s, not %.*s", FM_FMT(fm_buf_view(&twice)), FM_FMT(fm_buf_view(&once)));
  } else if (fm_buf_view(&once).len) {
    FUZZ_FAIL("something was appended");
  }
  fm_buf_deinit(&once);
  fm_buf_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fm_str rest = {(const char *)data, size}, json;
  fm_str text = fuzz_part(&rest, "\xff\xfe\xff");
  fm_arena arena = {0};
  fm_state state;
  fm_buf out;
  check_literal(text);
  fm_buf_init(&out, OUT_MAX);
  if (fm_flight_to_json(text, &arena, &out) == FM_OK)
    check_json("flight", fm_buf_view(&out));
  fm_buf_clear(&out);
  fm_flat_to_json(text, &arena, &out);
  fm_buf_deinit(&out);
  fm_state_init(&state, text, &arena);
  while (fm_state_next(&state, &json))
    ;
  fm_arena_deinit(&arena);
  fuzz_free(text);
  return 0;
}
