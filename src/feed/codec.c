/* The store's records: JSON with keys of one letter, which feed/shape.c lists. A record is
 * written whenever its entry changes, so what is not given is left out.
 *
 * Three forms are older than the tables and stay as they are: a person with a name alone is
 * a string, the numbers of an entry are one flat array (name, value, name, ...), and a
 * feed's only author stands without an array. */
#include "feed/codec.h"

#include "base/json.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "feed/jsonw.h"
#include "feed/shape.h"

#include <inttypes.h>
#include <math.h>

/* ---- encoding ---- */

static void put_struct(fm_jsonw *j, const char *name, const fm_shape *shape, const void *item);

static bool is_name_alone(const fm_shape *shape, const void *item)
{
  const fm_person *person = item;
  return shape == &fm_shape_person && !person->uri.len && !person->email.len;
}

static void put_item(fm_jsonw *j, const char *name, const fm_shape *shape, const void *item)
{
  if (is_name_alone(shape, item))
    fm_jsonw_text(j, name, ((const fm_person *)item)->name);
  else
    put_struct(j, name, shape, item);
}

/* Seventeen digits give a double back exactly. JSON has no infinities; such a number says
 * nothing that a filter could use. */
static void put_number(fm_jsonw *j, const fm_number *number)
{
  if (!isfinite(number->value))
    return;
  fm_jsonw_text(j, NULL, number->name);
  fm_jsonw_next(j, NULL);
  fm_buf_addf(j->out, "%.17g", number->value);
}

static void put_list(fm_jsonw *j, const char *name, const fm_field *field, const void *item)
{
  const char *items = *(const char *const *)fm_field_of(field, item);
  size_t count = *(const size_t *)(const void *)((const char *)item + field->count_at);
  if (!count)
    return;
  if (count == 1 && field->kind == FM_FIELD_FEW) {
    put_item(j, name, field->shape, items);
    return;
  }
  fm_jsonw_open(j, name, '[');
  for (size_t i = 0; i < count; i++)
    if (field->shape == &fm_shape_number)
      put_number(j, (const fm_number *)(const void *)items + i);
    else
      put_item(j, NULL, field->shape, items + i * field->shape->size);
  fm_jsonw_close(j, ']');
}

static void put_int(fm_jsonw *j, const char *name, int64_t value, int64_t none)
{
  if (value == none)
    return;
  fm_jsonw_next(j, name);
  fm_buf_addf(j->out, "%" PRId64, value);
}

static bool is_given(const fm_shape *shape, const void *item)
{
  for (const fm_field *field = shape->fields; field->key; field++)
    if (field->kind == FM_FIELD_TEXT && ((const fm_str *)fm_field_of(field, item))->len)
      return true;
  return false;
}

static void put_field(fm_jsonw *j, const fm_field *field, const void *item)
{
  const char name[2] = {field->key, 0};
  const void *at = fm_field_of(field, item);
  switch (field->kind) {
    case FM_FIELD_TEXT:
      if (((const fm_str *)at)->len)
        fm_jsonw_text(j, name, *(const fm_str *)at);
      break;
    case FM_FIELD_COUNT: put_int(j, name, *(const int64_t *)at, 0); break;
    case FM_FIELD_TIME: put_int(j, name, *(const int64_t *)at, FM_NO_TIME); break;
    case FM_FIELD_ORDER: put_int(j, name, *(const enum fm_order *)at, FM_ORDER_PUBLISHED); break;
    case FM_FIELD_REAL: break; /* put_number writes those */
    case FM_FIELD_STRUCT:
      if (is_given(field->shape, at))
        put_struct(j, name, field->shape, at);
      break;
    case FM_FIELD_LIST: case FM_FIELD_FEW: put_list(j, name, field, item); break;
  }
}

static void put_struct(fm_jsonw *j, const char *name, const fm_shape *shape, const void *item)
{
  fm_jsonw_open(j, name, '{');
  for (const fm_field *field = shape->fields; field->key; field++)
    put_field(j, field, item);
  fm_jsonw_close(j, '}');
}

static void put_feed(fm_jsonw *j, const fm_feed *feed)
{
  fm_jsonw_open(j, NULL, '{');
  for (const fm_field *field = fm_shape_feed.fields; field->key; field++)
    put_field(j, field, feed);
  if (feed->nentries) {
    fm_jsonw_open(j, "e", '[');
    for (size_t i = 0; i < feed->nentries; i++)
      put_struct(j, NULL, &fm_shape_entry, &feed->entries[i]);
    fm_jsonw_close(j, ']');
  }
  fm_jsonw_close(j, '}');
}

static int all_or_nothing(fm_buf *out, size_t start)
{
  if (!out->full)
    return FM_OK;
  out->len = start;
  return FM_E_TOO_BIG;
}

int fm_entry_encode(const fm_entry *entry, fm_buf *out)
{
  size_t start = out->len;
  put_struct(&(fm_jsonw){.out = out}, NULL, &fm_shape_entry, entry);
  return all_or_nothing(out, start);
}

int fm_feed_encode(const fm_feed *feed, fm_buf *out)
{
  size_t start = out->len;
  put_feed(&(fm_jsonw){.out = out}, feed);
  return all_or_nothing(out, start);
}

/* ---- decoding ---- */

static void get_struct(fm_json *json, const fm_shape *shape, void *item);

/* The parser's text lies in the input, which does not outlive the call: a copy. */
static void get_text(fm_json *json, fm_str *text)
{
  fm_str got;
  if (fm_json_string(json, &got) > 0)
    *text = fm_entry_text(json->arena, got);
}

static void get_item(fm_json *json, const fm_shape *shape, void *item)
{
  if (shape == &fm_shape_person && fm_json_kind(json) == FM_JSON_STRING)
    get_text(json, &((fm_person *)item)->name);
  else
    get_struct(json, shape, item);
}

/* A growing array of structs of any size, zeroed. */
static void *push(fm_json *json, const fm_shape *shape, void **items, size_t *count, size_t *cap)
{
  if (*count == *cap) {
    size_t more = *cap ? 2 * *cap : 4;
    char *bigger = fm_arena_alloc(json->arena, more * shape->size);
    if (*count)
      memcpy(bigger, *items, *count * shape->size);
    *items = bigger;
    *cap = more;
  }
  return (char *)*items + (*count)++ * shape->size;
}

static void get_list(fm_json *json, const fm_field *field, void *item)
{
  void *items = NULL;
  size_t count = 0, cap = 0;
  if (field->kind == FM_FIELD_FEW && fm_json_kind(json) != FM_JSON_ARRAY)
    get_item(json, field->shape, push(json, field->shape, &items, &count, &cap));
  else if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0)
      get_item(json, field->shape, push(json, field->shape, &items, &count, &cap));
  *(void **)fm_field_in(field, item) = items;
  *fm_field_count(field, item) = count;
}

/* Name, value, name, value, ... */
static void get_numbers(fm_json *json, fm_entry *entry)
{
  fm_number *numbers = NULL;
  size_t count = 0, cap = 0;
  if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0) {
      fm_number number = {0};
      get_text(json, &number.name);
      if (fm_json_next(json) <= 0)
        break;
      if (fm_json_number(json, &number.value) > 0)
        *FM_PUSH(json->arena, numbers, count, cap) = number;
    }
  entry->numbers = numbers;
  entry->nnumbers = count;
  fm_entry_page_convert(numbers, entry);
}

static void get_order(fm_json *json, enum fm_order *order)
{
  int64_t value;
  if (fm_json_int(json, &value) > 0 && value == FM_ORDER_PAGE)
    *order = FM_ORDER_PAGE;
}

static void get_field(fm_json *json, const fm_field *field, void *item)
{
  void *at = fm_field_in(field, item);
  switch (field->kind) {
    case FM_FIELD_TEXT: get_text(json, at); break;
    case FM_FIELD_COUNT: case FM_FIELD_TIME: fm_json_int(json, at); break;
    case FM_FIELD_ORDER: get_order(json, at); break;
    case FM_FIELD_REAL: break;
    case FM_FIELD_STRUCT: get_struct(json, field->shape, at); break;
    case FM_FIELD_LIST: case FM_FIELD_FEW:
      if (field->shape == &fm_shape_number)
        get_numbers(json, item);
      else
        get_list(json, field, item);
      break;
  }
}

static const fm_field *field_of(const fm_shape *shape, fm_str key)
{
  for (const fm_field *field = shape->fields; key.len == 1 && field->key; field++)
    if (field->key == *key.ptr)
      return field;
  return NULL;
}

static void get_struct(fm_json *json, const fm_shape *shape, void *item)
{
  fm_str key;
  if (fm_json_object(json) <= 0)
    return;
  while (fm_json_key(json, &key) > 0) {
    const fm_field *field = field_of(shape, key);
    if (field)
      get_field(json, field, item);
  }
}

static void get_entry(fm_json *json, fm_entry *entry)
{
  *entry = (fm_entry){.published = FM_NO_TIME, .updated = FM_NO_TIME};
  get_struct(json, &fm_shape_entry, entry);
}

static void get_entries(fm_json *json, fm_feed *feed)
{
  fm_entry *entries = NULL;
  size_t count = 0, cap = 0;
  if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0)
      get_entry(json, FM_PUSH(json->arena, entries, count, cap));
  feed->entries = entries;
  feed->nentries = count;
}

static void get_feed(fm_json *json, fm_feed *feed)
{
  fm_str key;
  if (fm_json_object(json) <= 0)
    return;
  while (fm_json_key(json, &key) > 0) {
    const fm_field *field = field_of(&fm_shape_feed, key);
    if (field)
      get_field(json, field, feed);
    else if (fm_str_is(key, "e"))
      get_entries(json, feed);
  }
}

/* An object is what both decoders want; other JSON is passed over to the end, so
 * that what is no JSON at all is said as such. */
static int finish(fm_json *json, bool object, fm_why *why)
{
  if (fm_json_end(json) != FM_OK)
    return fm_json_fail(json, why);
  return object ? FM_OK : fm_fail(why, FM_E_SYNTAX, "byte 0: not an object");
}

int fm_entry_decode(fm_str text, fm_arena *arena, fm_entry *entry, fm_why *why)
{
  fm_json json;
  fm_entry got;
  fm_json_init(&json, text, arena);
  bool object = fm_json_kind(&json) == FM_JSON_OBJECT;
  get_entry(&json, &got);
  int error = finish(&json, object, why);
  if (!error)
    *entry = got;
  return error;
}

int fm_feed_decode(fm_str text, fm_doc **doc, fm_why *why)
{
  fm_json json;
  fm_doc *got = fm_doc_new();
  fm_json_init(&json, text, &got->arena);
  bool object = fm_json_kind(&json) == FM_JSON_OBJECT;
  get_feed(&json, &got->feed);
  int error = finish(&json, object, why);
  if (error)
    fm_doc_unref(got);
  else
    *doc = got;
  return error;
}
