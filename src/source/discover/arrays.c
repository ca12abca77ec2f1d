/* Finds the arrays of objects in a json_source of JSON and reads the columns of their elements. */
#include "base/json.h"
#include "base/str.h"
#include "source/discover/json.h"

enum { PATH_MAX_ = 512, DEPTH_MAX = 24, KEYS_DEPTH = 4, TYPE_MAX = 60, ALONE_MAX = 8 };

typedef struct walking {
  arrays *a;
  fm_json *json;
  char path[PATH_MAX_];
  size_t len;
} walking;

static int walk(walking *w, unsigned depth, fm_str type);

/* Appends a step to the path; false if the path would be too long, and then the value is
 * skipped. */
static bool push(walking *w, fm_str step)
{
  if (w->len + 2 * step.len + 1 >= PATH_MAX_)
    return false;
  w->path[w->len++] = '/';
  for (size_t i = 0; i < step.len; i++) {
    char c = step.ptr[i];
    if (c == '~' || c == '/')
      w->path[w->len++] = '~';
    w->path[w->len++] = (char)(c == '~' ? '0' : c == '/' ? '1' : c);
  }
  return true;
}

static array *array_of(walking *w, fm_str type)
{
  arrays *a = w->a;
  fm_str path = {w->path, w->len};
  for (size_t i = a->count; i-- > 0;)
    if (fm_str_eq(a->all[i].path, path))
      return &a->all[i];
  if (a->count == ARRAYS_MAX)
    return NULL;
  array *made = FM_PUSH(a->s->arena, a->all, a->count, a->cap);
  *made = (array){.path = fm_arena_str(a->s->arena, path), .owner = type};
  return made;
}

static void add_raw(walking *w, array *to, fm_str raw)
{
  if (!to)
    return;
  if (to->nraws < SAMPLE)
    *FM_PUSH(w->a->s->arena, to->raws, to->nraws, to->raws_cap) = raw;
  to->count += to->count < ELEMENTS_MAX;
}

/* A summary of the next value, made without moving the reader. */
typedef struct json_summary {
  size_t count, objects;
  fm_str type;   /* of an object: its @type */
  size_t bytes;
} json_summary;

static json_summary look(walking *w)
{
  fm_json json = *w->json;
  json_summary g = {.type = FM_STR("")};
  const char *from = json.at;
  fm_str key;
  int kind = fm_json_kind(&json);
  if (kind == FM_JSON_OBJECT) {
    fm_json_object(&json);
    while (fm_json_key(&json, &key) > 0) {
      g.count++;
      g.objects += fm_json_kind(&json) == FM_JSON_OBJECT;
      if (fm_str_is(key, "@type") && fm_json_string(&json, &key) > 0 && key.len < TYPE_MAX)
        g.type = key;
    }
  } else if (kind == FM_JSON_ARRAY) {
    fm_json_array(&json);
    while (fm_json_next(&json) > 0) {
      g.count++;
      g.objects += fm_json_kind(&json) == FM_JSON_OBJECT;
    }
  }
  g.bytes = json.at > from ? (size_t)(json.at - from) : 0;
  return g;
}

static bool spend(walking *w, size_t bytes)
{
  arrays *a = w->a;
  bool enough = bytes <= a->budget;
  a->budget = enough ? a->budget - bytes : 0;
  return enough;
}

/* The raw text of the next value, which is skipped. */
static fm_str raw_of(walking *w)
{
  const char *from = w->json->at;
  return fm_json_skip(w->json) > 0 ? fm_str_span(from, w->json->at) : FM_STR("");
}

static int walk_member(walking *w, fm_str step, unsigned depth, fm_str type)
{
  size_t len = w->len;
  int done = push(w, step) ? walk(w, depth + 1, type) : fm_json_skip(w->json);
  w->len = len;
  return done;
}

/* An object whose members are similar objects is treated as an array with named places. */
static int walk_object(walking *w, unsigned depth, const json_summary *g)
{
  fm_str key;
  size_t len = w->len;
  bool table = g->objects >= 5 && g->objects * 10 >= g->count * 9;
  int done;
  fm_json_object(w->json);
  while ((done = fm_json_key(w->json, &key)) > 0) {
    fm_json back = *w->json;
    if (table && fm_json_kind(w->json) == FM_JSON_OBJECT && push(w, FM_STR("*"))) {
      add_raw(w, array_of(w, g->type), raw_of(w));
      if (w->json->error)
        return w->json->error;
      *w->json = back;
      w->len = len;
    }
    if (walk_member(w, table ? FM_STR("*") : key, depth, g->type) < 0)
      return w->json->error;
  }
  return done;
}

static int walk_array(walking *w, unsigned depth, const json_summary *g, fm_str type)
{
  int done;
  size_t index = 0;
  bool starred = memchr(w->path, '*', w->len) != NULL;
  array *to = g->objects >= 1 && g->objects * 10 >= g->count * 9 ? array_of(w, type) : NULL;
  size_t number = to ? (size_t)(to - w->a->all) : 0;
  fm_json_array(w->json);
  for (; (done = fm_json_next(w->json)) > 0; index++) {
    fm_json back = *w->json;
    char place[16];
    if (to) {
      add_raw(w, &w->a->all[number], raw_of(w));
      if (w->json->error)
        return w->json->error;
      *w->json = back;
    }
    snprintf(place, sizeof place, "%zu", index);
    if (g->count <= ALONE_MAX && !starred &&
        walk_member(w, fm_str_of(place), depth, FM_STR("")) < 0)
      return w->json->error;
    if (g->count <= ALONE_MAX && !starred)
      *w->json = back;
    if (walk_member(w, FM_STR("*"), depth, FM_STR("")) < 0)
      return w->json->error;
  }
  return done;
}

static int walk(walking *w, unsigned depth, fm_str type)
{
  int kind = fm_json_kind(w->json);
  if (kind < 0 || depth > DEPTH_MAX || (kind != FM_JSON_OBJECT && kind != FM_JSON_ARRAY))
    return kind < 0 ? kind : fm_json_skip(w->json);
  json_summary g = look(w);
  if (!spend(w, g.bytes))
    return fm_json_skip(w->json);
  return kind == FM_JSON_OBJECT ? walk_object(w, depth, &g) : walk_array(w, depth, &g, type);
}

bool fm_arrays_find(arrays *a, fm_str text)
{
  fm_json json;
  fm_json_init(&json, text, a->s->arena);
  walking w = {.a = a, .json = &json};
  size_t before = a->count;
  if (walk(&w, 0, FM_STR("")) >= 0)
    return true;
  a->count = before; /* a program, not data */
  return false;
}

/* ---- columns ---- */

typedef struct reading {
  columns *c;
  uint32_t row;
  char path[PATH_MAX_];
  size_t len;
} reading;

static void put_value(reading *r, fm_str value)
{
  columns *c = r->c;
  fm_str path = {r->path, r->len};
  size_t i = 0;
  while (i < c->count && !fm_str_eq(c->all[i].path, path))
    i++;
  if (i == c->count) {
    if (c->count == COLUMNS_MAX)
      return;
    c->all[c->count++] = (column){.path = fm_arena_str(c->s->arena, path)};
  }
  if (c->all[i].values[r->row].len)
    return;
  c->all[i].values[r->row] = value;
  c->all[i].found++;
}

static int read_value(reading *r, fm_json *json, unsigned depth);

static int read_step(reading *r, fm_json *json, fm_str step, unsigned depth)
{
  size_t len = r->len;
  walking w = {.len = 0};
  int done;
  if (!push(&w, step) || r->len + w.len >= PATH_MAX_)
    return fm_json_skip(json);
  memcpy(r->path + r->len, w.path, w.len);
  r->len += w.len;
  done = read_value(r, json, depth + 1);
  r->len = len;
  return done;
}

/* Of an array, reads the members of the first object; scalars are values of the array itself. */
static int read_array(reading *r, fm_json *json, unsigned depth)
{
  int done;
  bool first = true;
  fm_json_array(json);
  while ((done = fm_json_next(json)) > 0) {
    int kind = fm_json_kind(json);
    if (kind != FM_JSON_OBJECT && kind != FM_JSON_ARRAY)
      done = read_value(r, json, depth);
    else
      done = first && kind == FM_JSON_OBJECT ? read_step(r, json, FM_STR("0"), depth)
                                             : fm_json_skip(json);
    first = false;
    if (done < 0)
      return done;
  }
  return done;
}

static int read_value(reading *r, fm_json *json, unsigned depth)
{
  int kind = fm_json_kind(json), done;
  fm_str key, text;
  if (kind < 0 || depth > KEYS_DEPTH)
    return kind < 0 ? kind : fm_json_skip(json);
  if (kind == FM_JSON_OBJECT) {
    fm_json_object(json);
    while ((done = fm_json_key(json, &key)) > 0)
      if (read_step(r, json, key, depth) < 0)
        return json->error;
    return done;
  }
  if (kind == FM_JSON_ARRAY)
    return read_array(r, json, depth);
  const char *from = json->at;
  if (kind == FM_JSON_STRING) {
    done = fm_json_string(json, &text);
  } else {
    done = fm_json_skip(json);
    text = fm_str_span(from, json->at);
  }
  if (done > 0 && kind != FM_JSON_NULL && text.len)
    put_value(r, text);
  return done;
}

void fm_columns_read(columns *c, survey *s, const array *from)
{
  *c = (columns){.s = s, .all = fm_arena_alloc(s->arena, COLUMNS_MAX * sizeof *c->all)};
  for (size_t i = 0; i < from->nraws; i++) {
    fm_json json;
    reading r = {.c = c, .row = c->rows++};
    fm_json_init(&json, from->raws[i], s->arena);
    json.xml = true;
    read_value(&r, &json, 0);
  }
}
