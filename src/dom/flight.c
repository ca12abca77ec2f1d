/* Decodes React's flight rows. */
#include "dom/flight.h"

#include "base/ascii.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"

typedef struct row {
  fm_str id;
  fm_str value; /* JSON, or the characters of a row of text */
  bool text;
  bool open;    /* it is being written, so a reference to it is a cycle */
} row;

typedef struct flight {
  fm_arena *arena;
  row *rows;
  size_t count, cap;
  fm_map by_id; /* -> index + 1 */
  fm_buf *out;
} flight;

static int put_value(flight *f, fm_json *json, unsigned depth);

/* ---- rows ---- */

static bool is_id(fm_str id)
{
  for (size_t i = 0; i < id.len; i++)
    if (fm_hex_value(id.ptr[i]) < 0)
      return false;
  return id.len > 0 && id.len <= 8;
}

static void add_row(flight *f, fm_str id, fm_str value, bool text)
{
  if (f->count < FM_FLIGHT_ROWS)
    *FM_PUSH(f->arena, f->rows, f->count, f->cap) = (row){.id = id, .value = value, .text = text};
}

/* "T1f,..." holds 0x1f bytes of text and no line break after it. */
static bool take_text_row(flight *f, fm_str id, fm_str *rest)
{
  size_t len = 0, at = 1;
  for (; at < rest->len && fm_hex_value(rest->ptr[at]) >= 0 && at < 9; at++)
    len = len * 16 + (size_t)fm_hex_value(rest->ptr[at]);
  if (at == 1 || at == rest->len || rest->ptr[at] != ',')
    return false;
  *rest = fm_str_from(*rest, at + 1);
  add_row(f, id, (fm_str){rest->ptr, len < rest->len ? len : rest->len}, true);
  *rest = fm_str_from(*rest, len);
  return true;
}

static void read_rows(flight *f, fm_str rest)
{
  while (rest.len) {
    const char *colon = memchr(rest.ptr, ':', rest.len < 10 ? rest.len : 10);
    fm_str id = colon ? fm_str_span(rest.ptr, colon) : FM_STR(""), line;
    if (colon && is_id(id)) {
      fm_str value = fm_str_span(colon + 1, rest.ptr + rest.len);
      if (value.len && *value.ptr == 'T' && take_text_row(f, id, &value)) {
        rest = value;
        continue;
      }
      rest = value;
    } else {
      id.len = 0;
    }
    fm_str_cut(&rest, '\n', &line);
    if (id.len && line.len && (strchr("{[\"-tfn", *line.ptr) || fm_is_digit(*line.ptr)))
      add_row(f, id, line, false);
  }
}

/* ---- values ---- */

static row *find_row(flight *f, fm_str id)
{
  size_t index = (size_t)(uintptr_t)fm_map_get(&f->by_id, id);
  return index ? &f->rows[index - 1] : NULL;
}

static int put_row(flight *f, row *r, unsigned depth)
{
  fm_json json;
  if (r->text)
    return fm_buf_json(f->out, r->value);
  if (r->open || depth >= FM_FLIGHT_DEPTH)
    return fm_buf_text(f->out, "null");
  size_t start = f->out->len;
  fm_json_init(&json, r->value, f->arena);
  r->open = true;
  int error = put_value(f, &json, depth + 1);
  r->open = false;
  if (error != FM_E_SYNTAX)
    return error;
  f->out->len = start;
  return fm_buf_text(f->out, "null");
}

/* A string: "$1a", "$L1a" and "$@1a" refer to rows, "$D..." is a date, "$$x" is "$x". */
static int put_string(flight *f, fm_str text, unsigned depth)
{
  if (!text.len || *text.ptr != '$')
    return fm_buf_json(f->out, text);
  fm_str rest = fm_str_from(text, 1);
  if (!rest.len)
    return fm_buf_json(f->out, text); /* the mark of an element */
  if (*rest.ptr == '$')
    return fm_buf_json(f->out, rest);
  if (*rest.ptr == 'D' || *rest.ptr == 'n')
    return fm_buf_json(f->out, fm_str_from(rest, 1));
  if (strchr("L@QW", *rest.ptr))
    rest = fm_str_from(rest, 1);
  row *r = is_id(rest) ? find_row(f, rest) : NULL;
  return r ? put_row(f, r, depth) : fm_str_starts(text, FM_STR("$undefined")) ? fm_buf_text(f->out, "null")
                                                                           : fm_buf_json(f->out, text);
}

static int put_object(flight *f, fm_json *json, unsigned depth)
{
  fm_str key;
  bool any = false;
  int error = fm_buf_char(f->out, '{');
  fm_json_object(json);
  while (!error && fm_json_key(json, &key) > 0) {
    if (any)
      fm_buf_char(f->out, ',');
    any = true;
    fm_buf_json(f->out, key);
    fm_buf_char(f->out, ':');
    error = put_value(f, json, depth);
  }
  return error ? error : json->error ? json->error : fm_buf_char(f->out, '}');
}

static int put_array(flight *f, fm_json *json, unsigned depth)
{
  bool any = false;
  int error = fm_buf_char(f->out, '[');
  fm_json_array(json);
  while (!error && fm_json_next(json) > 0) {
    if (any)
      fm_buf_char(f->out, ',');
    any = true;
    error = put_value(f, json, depth);
  }
  return error ? error : json->error ? json->error : fm_buf_char(f->out, ']');
}

static int put_value(flight *f, fm_json *json, unsigned depth)
{
  fm_str text;
  const char *from = json->at;
  switch (fm_json_kind(json)) {
    case FM_JSON_OBJECT: return put_object(f, json, depth);
    case FM_JSON_ARRAY: return put_array(f, json, depth);
    case FM_JSON_STRING: return fm_json_string(json, &text) > 0 ? put_string(f, text, depth) : json->error;
    default: return fm_json_skip(json) < 0 ? json->error : fm_buf_add(f->out, from, (size_t)(json->at - from));
  }
}

static int put_rows(flight *f)
{
  bool any = false;
  fm_buf_char(f->out, '{');
  for (size_t i = 0; i < f->count; i++) {
    row *r = &f->rows[i];
    if (r->text)
      continue; /* it stands where it is referred to */
    if (any)
      fm_buf_char(f->out, ',');
    any = true;
    fm_buf_json(f->out, r->id);
    fm_buf_char(f->out, ':');
    int error = put_row(f, r, 0);
    if (error)
      return error;
  }
  fm_buf_char(f->out, '}');
  return f->out->full ? FM_E_TOO_BIG : any ? FM_OK : FM_E_SYNTAX;
}

int fm_flight_to_json(fm_str text, fm_arena *arena, fm_buf *out)
{
  flight f = {.arena = arena, .out = out};
  size_t start = out->len;
  read_rows(&f, text);
  for (size_t i = 0; i < f.count; i++)
    fm_map_put(&f.by_id, f.rows[i].id, (void *)(uintptr_t)(i + 1));
  int error = put_rows(&f);
  if (error)
    out->len = start;
  fm_map_deinit(&f.by_id);
  return error;
}
