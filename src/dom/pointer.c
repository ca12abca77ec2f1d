/* Compiles JSON Pointers into a tree of steps and evaluates all of them in one pass. */
#include "dom/pointer.h"

#include "base/str.h"

typedef struct fm_pointer_node node;

struct fm_pointer_node {
  fm_str key;
  uint64_t index; /* the key as an array index; UINT64_MAX: it is not an index */
  bool any;       /* "*" */
  bool list;      /* the last "*" of a pointer, which iterates over the list */
  bool is_end;    /* a pointer ends here, in `slot` */
  size_t slot;
  node *first, *next; /* first child and next sibling of this step */
};

static fm_str unescape(fm_str step, fm_arena *arena)
{
  fm_str copy = fm_arena_str(arena, step);
  char *out = (char *)copy.ptr;
  for (size_t i = 0; i < step.len; i++) {
    bool escape = step.ptr[i] == '~';
    i += escape;
    *out++ = !escape ? step.ptr[i] : step.ptr[i] == '0' ? '~' : '/';
  }
  return fm_str_span(copy.ptr, out);
}

static uint64_t index_of(fm_str key)
{
  uint64_t index;
  bool zeros = key.len > 1 && *key.ptr == '0';
  return !zeros && fm_str_number(key, UINT32_MAX, &index) ? index : UINT64_MAX;
}

static node *step_to(node *from, fm_str step, fm_arena *arena)
{
  bool any = fm_str_is(step, "*");
  fm_str key = unescape(step, arena);
  node **at = &from->first;
  for (; *at; at = &(*at)->next)
    if ((*at)->any == any && fm_str_eq((*at)->key, key))
      return *at;
  node *made = fm_arena_alloc(arena, sizeof *made);
  *made = (node){.key = key, .any = any, .index = any ? UINT64_MAX : index_of(key)};
  return *at = made;
}

static int check(fm_str text, size_t *at, fm_why *why)
{
  size_t steps = 0;
  *at = 0;
  if (text.len > FM_POINTER_MAX)
    return fm_fail(why, FM_E_SYNTAX, "a JSON Pointer has at most %d bytes", FM_POINTER_MAX);
  if (text.len && *text.ptr != '/')
    return fm_fail(why, FM_E_SYNTAX, "a JSON Pointer starts with \"/\"");
  for (size_t i = 0; i < text.len; i++) {
    *at = i;
    if (text.ptr[i] == '/' && ++steps > FM_POINTER_STEPS)
      return fm_fail(why, FM_E_SYNTAX, "more than %d steps", FM_POINTER_STEPS);
    if (text.ptr[i] == '~' && (i + 1 == text.len || (text.ptr[i + 1] & ~1) != '0'))
      return fm_fail(why, FM_E_SYNTAX, "after \"~\" a 0 (for ~) or a 1 (for /) is wanted");
  }
  return FM_OK;
}

int fm_pointer_add(fm_pointers *set, fm_str text, fm_arena *arena, size_t *slot, size_t *at,
                   fm_why *why)
{
  int error = check(text, at, why);
  if (error)
    return error;
  if (!set->root)
    set->root = fm_arena_alloc(arena, sizeof *set->root);
  node *end = set->root, *any = NULL;
  fm_str rest = fm_str_from(text, 1), step;
  while (text.len && fm_str_cut(&rest, '/', &step)) {
    end = step_to(end, step, arena);
    any = end->any ? end : any;
  }
  if (any)
    any->list = true;
  if (!end->is_end)
    end->slot = set->count++;
  end->is_end = true;
  *slot = end->slot;
  return FM_OK;
}

/* ---- reading ---- */

typedef struct reading {
  fm_json *json;
  fm_pointer_cb each;
  void *ctx;
  bool items;      /* collect raw JSON elements instead of texts */
  bool through_any; /* the path here contains a "*" */
  int found;
} reading;

static int read_node(reading *r, const node *at);

/* Reads the next value as text; 0: it is not a scalar. */
static int take_text(fm_json *json, fm_str *text)
{
  int kind = fm_json_kind(json);
  const char *from = json->at;
  if (kind == FM_JSON_STRING)
    return fm_json_string(json, text);
  int done = fm_json_skip(json);
  if (done < 0 || (kind != FM_JSON_NUMBER && kind != FM_JSON_BOOL))
    return done < 0 ? done : 0;
  *text = fm_str_span(from, json->at);
  return 1;
}

static int give_text(reading *r, size_t slot)
{
  fm_str text;
  int done = take_text(r->json, &text);
  if (done > 0)
    r->each(r->ctx, slot, text);
  return done;
}

static int give_raw(reading *r, size_t slot)
{
  const char *from = r->json->at;
  int done = fm_json_skip(r->json);
  if (done > 0)
    r->each(r->ctx, slot, fm_str_span(from, r->json->at));
  return done;
}

/* Delivers the value at which a pointer ends. */
static int give(reading *r, const node *at)
{
  int kind = fm_json_kind(r->json), done = kind;
  if (kind == FM_JSON_ARRAY) {
    r->found = FM_POINTER_LIST;
    fm_json_array(r->json);
    while ((done = fm_json_next(r->json)) > 0)
      if ((r->items ? give_raw(r, at->slot) : give_text(r, at->slot)) < 0)
        return r->json->error;
    return done < 0 ? done : 1;
  }
  if (kind < 0)
    return kind;
  if (!r->items)
    return give_text(r, at->slot);
  if (!r->through_any) {
    if (r->found == FM_POINTER_MISSING)
      r->found = FM_POINTER_SCALAR;
    return fm_json_skip(r->json);
  }
  r->found = FM_POINTER_LIST;
  return give_raw(r, at->slot);
}

/* Reads a value once for each step that leads to it: the reader is a plain struct, so a copy
 * restores its position. */
static int read_again(reading *r, const node *at, const fm_json *back, bool *read)
{
  if (*read && !r->json->error)
    *r->json = *back;
  *read = true;
  return read_node(r, at);
}

static int read_member(reading *r, const node *from, fm_str key, uint64_t index)
{
  fm_json back = *r->json;
  bool read = false;
  for (const node *step = from->first; step; step = step->next) {
    bool fits = step->any || (key.ptr ? fm_str_eq(step->key, key) : step->index == index);
    bool before = r->through_any;
    if (!fits)
      continue;
    r->through_any = before || step->any;
    int done = read_again(r, step, &back, &read);
    r->through_any = before;
    if (done < 0)
      return done;
  }
  return 1;
}

/* Records that the list exists, even if it is empty or lacks what the pointer looks for. */
static void find_list(reading *r, const node *at, int kind)
{
  if (kind == FM_JSON_OBJECT || kind == FM_JSON_ARRAY)
    for (const node *step = at->first; step; step = step->next)
      if (step->list)
        r->found = FM_POINTER_LIST;
}

/* Follows the steps below this value. */
static int read_steps(reading *r, const node *at)
{
  int kind = fm_json_kind(r->json), done = kind;
  fm_str key;
  find_list(r, at, kind);
  if (kind == FM_JSON_OBJECT) {
    fm_json_object(r->json);
    while ((done = fm_json_key(r->json, &key)) > 0)
      if (read_member(r, at, key.ptr ? key : FM_STR(""), 0) < 0)
        return r->json->error;
  } else if (kind == FM_JSON_ARRAY) {
    uint64_t index = 0;
    fm_json_array(r->json);
    for (; (done = fm_json_next(r->json)) > 0; index++)
      if (read_member(r, at, (fm_str){NULL, 0}, index) < 0)
        return r->json->error;
  } else if (kind > 0) {
    done = fm_json_skip(r->json);
  }
  return done < 0 ? done : 1;
}

/* The recursion depth is that of the pointers. */
static int read_node(reading *r, const node *at)
{
  fm_json back = *r->json;
  int done = 1;
  if (at->is_end)
    done = give(r, at);
  if (!at->first || done < 0)
    return done < 0 ? done : 1;
  if (at->is_end)
    *r->json = back;
  return read_steps(r, at);
}

static int read_root(reading *r, const fm_pointers *set)
{
  return set->root ? read_node(r, set->root) : fm_json_skip(r->json);
}

int fm_pointers_read(const fm_pointers *set, fm_json *json, fm_pointer_cb each, void *ctx)
{
  reading r = {.json = json, .each = each, .ctx = ctx};
  return read_root(&r, set);
}

int fm_pointers_items(const fm_pointers *set, fm_json *json, fm_pointer_cb each, void *ctx,
                      int *found)
{
  reading r = {.json = json, .each = each, .ctx = ctx, .items = true};
  int done = read_root(&r, set);
  *found = r.found;
  return done;
}

/* ---- scripts ---- */

/* True for an empty object or array, as in "var q = [];" before the real state. */
static bool is_hollow(fm_str text)
{
  fm_str inside = fm_str_trim(fm_str_from(text, 1));
  return inside.len && *inside.ptr == (*text.ptr == '{' ? '}' : ']');
}

fm_str fm_json_in_script(fm_str text)
{
  text = fm_str_trim(text);
  if (text.len == 0 || *text.ptr == '{' || *text.ptr == '[' || *text.ptr == '"')
    return text;
  const char *at = text.ptr, *end = at + text.len;
  fm_str found = text;
  while ((at = memchr(at, '=', (size_t)(end - at)))) {
    at++;
    fm_str rest = fm_str_trim(fm_str_span(at, end));
    if (rest.len == 0 || (*rest.ptr != '{' && *rest.ptr != '['))
      continue;
    if (!is_hollow(rest))
      return rest;
    found = found.ptr == text.ptr ? rest : found;
  }
  return found;
}
