/* Expands flattened JSON: devalue and turbo-stream. */
#include "dom/flat_json.h"

#include "base/ascii.h"
#include "base/json.h"
#include "base/str.h"

#include <stdlib.h>

enum { PROMISES_MAX = 1000 };

typedef struct promise {
  uint64_t id, value; /* index of its value */
} promise;

typedef struct flat {
  fm_arena *arena;
  fm_str *values; /* raw JSON */
  size_t count, cap;
  promise promises[PROMISES_MAX];
  size_t npromises;
  bool turbo; /* keys are "_N" */
  fm_buf *out;
} flat;

static int expand(flat *f, int64_t index, unsigned depth);

/* ---- reading the array ---- */

static int read_values(flat *f, fm_str text)
{
  fm_json json;
  fm_json_init(&json, text, f->arena);
  if (fm_json_array(&json) <= 0)
    return FM_E_SYNTAX;
  while (fm_json_next(&json) > 0) {
    const char *from = json.at;
    if (fm_json_skip(&json) < 0 || f->count == FM_FLAT_VALUES)
      break;
    *FM_PUSH(f->arena, f->values, f->count, f->cap) = fm_str_span(from, json.at);
  }
  return json.error ? FM_E_SYNTAX : f->count == FM_FLAT_VALUES ? FM_E_TOO_BIG : FM_OK;
}

/* "P5:[...]" resolves promise 5 with values that are appended. */
static void read_promise(flat *f, fm_str line)
{
  fm_str id;
  uint64_t number;
  size_t start = f->count;
  if (line.len < 3 || *line.ptr != 'P' || f->npromises == PROMISES_MAX)
    return;
  line = fm_str_from(line, 1);
  if (!fm_str_cut(&line, ':', &id) || !fm_str_number(id, UINT32_MAX, &number) || !line.len ||
      read_values(f, line))
    return;
  f->promises[f->npromises++] = (promise){number, start};
}

/* The first key of an object is "_N". */
static bool has_index_keys(fm_str raw)
{
  fm_str rest = fm_str_trim(fm_str_from(raw, 1));
  return raw.len && *raw.ptr == '{' && fm_str_starts(rest, FM_STR("\"_")) && rest.len > 3 &&
         fm_is_digit(rest.ptr[2]);
}

static bool int_of(fm_str raw, int64_t *number)
{
  bool minus = raw.len && *raw.ptr == '-';
  uint64_t n;
  if (!fm_str_number(fm_str_from(raw, minus), UINT32_MAX, &n))
    return false;
  *number = minus ? -(int64_t)n : (int64_t)n;
  return true;
}

/* ---- the first value ---- */

/* True if all members of an object are indices below `count`. */
static bool names_indices(fm_str raw, size_t count, fm_arena *arena)
{
  fm_json json;
  fm_str key;
  int64_t index;
  size_t members = 0;
  fm_json_init(&json, raw, arena);
  if (fm_json_object(&json) <= 0)
    return false;
  while (fm_json_key(&json, &key) > 0) {
    if (fm_json_kind(&json) != FM_JSON_NUMBER || fm_json_int(&json, &index) <= 0 ||
        index >= (int64_t)count)
      return false;
    members++;
  }
  return !json.error && members > 0;
}

/* ["Reactive",1]: a wrapper of another value. */
static bool is_wrapper(fm_str raw)
{
  fm_str rest = fm_str_trim(fm_str_from(raw, 1));
  return raw.len && *raw.ptr == '[' &&
         (fm_str_starts(rest, FM_STR("\"Reactive\"")) || fm_str_starts(rest, FM_STR("\"ShallowReactive\"")) ||
          fm_str_starts(rest, FM_STR("\"Ref\"")));
}

bool fm_flat_likely(fm_str json)
{
  fm_str inside = fm_str_trim(fm_str_from(json, 1));
  if (!json.len || *json.ptr != '[' || !inside.len || (*inside.ptr != '{' && *inside.ptr != '['))
    return false;
  if (is_wrapper(inside) || has_index_keys(inside))
    return true;
  fm_arena arena = {0};
  flat f = {.arena = &arena};
  bool text = false, likely = false;
  if (*inside.ptr == '{' && read_values(&f, json) == FM_OK && f.count > 1) {
    for (size_t i = 1; i < f.count && !text; i++)
      text = f.values[i].len && *f.values[i].ptr == '"';
    likely = text && names_indices(f.values[0], f.count, &arena);
  }
  fm_arena_deinit(&arena);
  return likely;
}

/* ---- expanding ---- */

static int put_null(flat *f) { return fm_buf_text(f->out, "null"); }

/* Appends a key: as it stands, or the string at its index. */
static int put_key(flat *f, fm_str key)
{
  uint64_t index;
  if (!f->turbo)
    return fm_buf_json(f->out, key);
  if (!fm_str_number(fm_str_from(key, 1), f->count ? f->count - 1 : 0, &index) || !f->values[index].len ||
      *f->values[index].ptr != '"')
    return fm_buf_json(f->out, key);
  return fm_buf_str(f->out, f->values[index]);
}

static int expand_object(flat *f, fm_str raw, unsigned depth)
{
  fm_json json;
  fm_str key;
  bool any = false;
  int error = fm_buf_char(f->out, '{');
  fm_json_init(&json, raw, f->arena);
  fm_json_object(&json);
  while (!error && fm_json_key(&json, &key) > 0) {
    int64_t index;
    if (any)
      fm_buf_char(f->out, ',');
    any = true;
    put_key(f, key);
    fm_buf_char(f->out, ':');
    error = fm_json_kind(&json) == FM_JSON_NUMBER && fm_json_int(&json, &index) > 0 ? expand(f, index, depth)
                                                                                    : put_null(f);
  }
  return error ? error : json.error ? json.error : fm_buf_char(f->out, '}');
}

/* The raw members of an array. */
static size_t members_of(flat *f, fm_str raw, fm_str **members)
{
  fm_json json;
  size_t count = 0, cap = 0;
  *members = NULL;
  fm_json_init(&json, raw, f->arena);
  fm_json_array(&json);
  while (fm_json_next(&json) > 0) {
    const char *from = json.at;
    if (fm_json_skip(&json) < 0)
      break;
    *FM_PUSH(f->arena, *members, count, cap) = fm_str_span(from, json.at);
  }
  return count;
}

static int expand_members(flat *f, const fm_str *members, size_t count, unsigned depth)
{
  int error = fm_buf_char(f->out, '[');
  for (size_t i = 0; i < count && !error; i++) {
    int64_t index;
    if (i)
      fm_buf_char(f->out, ',');
    error = int_of(members[i], &index) ? expand(f, index, depth) : put_null(f);
  }
  return error ? error : fm_buf_char(f->out, ']');
}

/* Pairs of key and value, as an object: the keys are strings, or indices of strings. */
static int expand_pairs(flat *f, const fm_str *members, size_t count, unsigned depth)
{
  bool any = false;
  int error = fm_buf_char(f->out, '{');
  for (size_t i = 0; i + 1 < count && !error; i += 2) {
    int64_t key, value;
    fm_str name = members[i];
    if (int_of(members[i], &key))
      name = key >= 0 && (size_t)key < f->count ? f->values[key] : FM_STR("");
    if (!name.len || *name.ptr != '"' || !int_of(members[i + 1], &value))
      continue;
    if (any)
      fm_buf_char(f->out, ',');
    any = true;
    fm_buf_str(f->out, name);
    fm_buf_char(f->out, ':');
    error = expand(f, value, depth);
  }
  return error ? error : fm_buf_char(f->out, '}');
}

static int expand_promise(flat *f, int64_t id, unsigned depth)
{
  for (size_t i = 0; i < f->npromises; i++)
    if ((int64_t)f->promises[i].id == id)
      return expand(f, (int64_t)f->promises[i].value, depth);
  return id >= 0 && (size_t)id < f->count && !f->turbo ? expand(f, id, depth) : put_null(f);
}

static bool is_type(fm_str raw, const char *name)
{
  return raw.len == strlen(name) + 2 && memcmp(raw.ptr + 1, name, raw.len - 2) == 0;
}

/* ["Date","2026-08-04..."]: a value of a type that JSON does not have. */
static int expand_typed(flat *f, const fm_str *members, size_t count, unsigned depth)
{
  fm_str type = members[0], raw = count > 1 ? members[1] : FM_STR("");
  int64_t index;
  if (is_type(type, "Set") || is_type(type, "S"))
    return expand_members(f, members + 1, count - 1, depth);
  if (is_type(type, "Map") || is_type(type, "M") || is_type(type, "null"))
    return expand_pairs(f, members + 1, count - 1, depth);
  if (is_type(type, "N") && raw.len && *raw.ptr == '{')
    return expand_object(f, raw, depth);
  if (is_type(type, "D") || is_type(type, "Date") || is_type(type, "BigInt") || is_type(type, "B"))
    return raw.len ? fm_buf_str(f->out, raw) : put_null(f);
  if (!raw.len || is_type(type, "E") || is_type(type, "RegExp"))
    return put_null(f);
  if (!int_of(raw, &index))
    return *raw.ptr == '"' ? fm_buf_str(f->out, raw) : put_null(f);
  return is_type(type, "P") ? expand_promise(f, index, depth) : expand(f, index, depth);
}

static int expand_array(flat *f, fm_str raw, unsigned depth)
{
  fm_str *members;
  size_t count = members_of(f, raw, &members);
  return count && *members[0].ptr == '"' ? expand_typed(f, members, count, depth)
                                         : expand_members(f, members, count, depth);
}

/* Negative indices stand for undefined, NaN and the like. */
static int expand(flat *f, int64_t index, unsigned depth)
{
  if (index < 0 || (size_t)index >= f->count || depth >= FM_FLAT_DEPTH)
    return put_null(f);
  fm_str raw = f->values[index];
  if (*raw.ptr == '{')
    return expand_object(f, raw, depth + 1);
  return *raw.ptr == '[' ? expand_array(f, raw, depth + 1) : fm_buf_str(f->out, raw);
}

int fm_flat_to_json(fm_str text, fm_arena *arena, fm_buf *out)
{
  flat *f = FM_NEW(flat);
  size_t start = out->len;
  fm_str line;
  f->arena = arena;
  f->out = out;
  int error = fm_str_cut(&text, '\n', &line) ? read_values(f, line) : FM_E_SYNTAX;
  if (!error && !f->count)
    error = FM_E_SYNTAX;
  while (!error && fm_str_cut(&text, '\n', &line))
    read_promise(f, line);
  if (!error) {
    f->turbo = has_index_keys(f->values[0]);
    error = expand(f, 0, 0);
  }
  if (error || out->full)
    out->len = start;
  error = out->full ? FM_E_TOO_BIG : error;
  free(f);
  return error;
}
