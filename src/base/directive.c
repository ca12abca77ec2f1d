/* Reads a YAML map into a C struct by a directive table: defaults, values, unknown and
 * missing keys. */
#include "base/directive_value.h"

#include "base/str.h"

#include <assert.h>
#include <stdarg.h>

enum { PLACE_MAX = 1024, KNOWN_MAX = 400 };

/* Path of the current node from the root, converted to text only for a problem. */
typedef struct place {
  const struct place *up;
  fm_str key;   /* of a map; empty for a list */
  size_t index; /* of a list */
} place;

static void write_place(const place *at, fm_buf *out)
{
  if (!at)
    return;
  write_place(at->up, out);
  if (at->key.ptr)
    fm_buf_addf(out, "%s%.*s", out->len ? "." : "", FM_FMT(at->key));
  else
    fm_buf_addf(out, "[%zu]", at->index);
}

__attribute__((format(printf, 4, 5)))
static int problem(const fm_directive_ctx *ctx, const place *at, unsigned line, const char *format,
                   ...)
{
  fm_buf key;
  char reason[PLACE_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  fm_buf_init(&key, PLACE_MAX);
  write_place(at, &key);
  fm_problem_add(ctx->problems, ctx->file, line, fm_buf_view(&key), "%s", reason);
  fm_buf_deinit(&key);
  return FM_E_CONFIG;
}

static bool is_number(const fm_directive *row)
{
  return row->type >= FM_T_BOOL && row->type <= FM_T_CHOICE;
}

static bool fits(const fm_directive *row, const fm_yaml *node)
{
  switch (row->type) {
    case FM_T_STRINGS:
    case FM_T_PATHS:
    case FM_T_SECTIONS: return node->kind == FM_YAML_LIST || node->kind == FM_YAML_NULL;
    case FM_T_MAP:
    case FM_T_SECTION: return node->kind == FM_YAML_MAP || node->kind == FM_YAML_NULL;
    case FM_T_WORDS: return node->kind == FM_YAML_SCALAR || node->kind == FM_YAML_LIST;
    case FM_T_NODE: return true;
    default: return node->kind == FM_YAML_SCALAR;
  }
}

static const char *wanted(const fm_directive *row)
{
  switch (row->type) {
    case FM_T_STRINGS:
    case FM_T_PATHS:
    case FM_T_SECTIONS: return "a list";
    case FM_T_MAP:
    case FM_T_SECTION: return "a section with keys";
    case FM_T_WORDS: return "a text or a list of texts";
    case FM_T_FAMILY:
    case FM_T_OTHERS: return "a single value";
    default: return is_number(row) ? "a single value" : "a text";
  }
}

static int wrong_kind(const fm_directive_ctx *ctx, const char *want, const place *at,
                      const fm_yaml *node)
{
  if (node->kind == FM_YAML_NULL)
    return problem(ctx, at, node->line, "no value is given");
  const char *got = node->kind == FM_YAML_LIST  ? "a list"
                    : node->kind == FM_YAML_MAP ? "a section with keys"
                                                : "a single value";
  bool quotes = node->kind != FM_YAML_SCALAR && strcmp(want, "a text") == 0;
  return problem(ctx, at, node->line, "%s is wanted here, not %s%s", want, got,
                 quotes ? " (a text with [, { or : in it wants quotes)" : "");
}

static int parse_scalar(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                       const fm_yaml *node, void *into)
{
  fm_why why;
  int error = fm_value_set(ctx, row, node->text, into, &why);
  return error ? problem(ctx, at, node->line, "%s", why.text) : FM_OK;
}

static int check_count(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                       const fm_yaml *list)
{
  if (list->count < (size_t)row->min)
    return row->min == 1 ? problem(ctx, at, list->line, "must not be empty")
                         : problem(ctx, at, list->line, "too few: at least %d are wanted",
                                   (int)row->min);
  if (row->max && list->count > (size_t)row->max)
    return problem(ctx, at, list->line, "too many: %zu, and %d are allowed", list->count,
                   (int)row->max);
  return FM_OK;
}

/* Checks each string of a list; invalid ones stay empty. */
static int parse_texts(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                      const fm_yaml *list, fm_strs *texts)
{
  int error = FM_OK;
  fm_str *items = fm_arena_alloc(ctx->arena, (list->count + 1) * sizeof *items);
  fm_directive each = *row;
  for (size_t i = 0; i < list->count; i++) {
    const fm_yaml *item = list->items[i];
    place here = {.up = at, .index = i};
    fm_why why;
    each.flags = i ? row->flags : row->flags & ~(unsigned)FM_D_ARGUMENTS;
    if (item->kind != FM_YAML_SCALAR)
      error = wrong_kind(ctx, "a text", &here, item);
    else if (fm_value_string(ctx, &each, item->text, &items[i], &why))
      error = problem(ctx, &here, item->line, "%s", why.text);
  }
  *texts = (fm_strs){.items = items, .count = list->count};
  return error;
}

static int parse_strings(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                        const fm_yaml *list, fm_strs *into)
{
  fm_strs texts;
  int error = check_count(ctx, row, at, list);
  if (!error)
    error = parse_texts(ctx, row, at, list, &texts);
  if (!error)
    *into = texts;
  return error;
}

static int parse_words(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                      const fm_yaml *node, void *into)
{
  if (node->kind == FM_YAML_SCALAR)
    return parse_scalar(ctx, row, at, node, into);
  fm_strs texts;
  fm_directive each = {.type = FM_T_STRINGS};
  int error = parse_texts(ctx, &each, at, node, &texts);
  if (error)
    return error;
  fm_buf joined;
  fm_buf_init(&joined, FM_YAML_WEIGHT_MAX);
  for (size_t i = 0; i < texts.count; i++) {
    if (i)
      fm_buf_char(&joined, ',');
    fm_buf_str(&joined, texts.items[i]);
  }
  fm_why why;
  error = fm_value_set(ctx, row, fm_buf_view(&joined), into, &why);
  fm_buf_deinit(&joined);
  return error ? problem(ctx, at, node->line, "%s", why.text) : FM_OK;
}

static int parse_params(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                       const fm_yaml *map, fm_params *into)
{
  int error = check_count(ctx, row, at, map);
  if (error)
    return error;
  fm_directive each = {.type = FM_T_STRING, .check = row->check};
  fm_param *items = fm_arena_alloc(ctx->arena, (map->count + 1) * sizeof *items);
  for (size_t i = 0; i < map->count; i++) {
    const fm_yaml *value = map->items[i];
    place here = {.up = at, .key = map->keys[i]->text};
    fm_why why;
    items[i].name = fm_arena_str(ctx->arena, map->keys[i]->text);
    if (value->kind != FM_YAML_SCALAR)
      error = wrong_kind(ctx, "a text", &here, value);
    else if (fm_value_string(ctx, &each, value->text, &items[i].value, &why))
      error = problem(ctx, &here, value->line, "%s", why.text);
  }
  if (!error)
    *into = (fm_params){.items = items, .count = map->count};
  return error;
}

/* Appends one key of a family to those already read. */
static int parse_member(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                       const fm_yaml *node, fm_params *into)
{
  fm_directive number = {.type = FM_T_NUMBER, .width = sizeof(double), .min = row->min,
                         .max = row->max};
  fm_directive string = {.type = FM_T_STRING, .max = row->max};
  double checked;
  fm_str text = fm_str_trim(node->text);
  fm_why why;
  if (row->type == FM_T_FAMILY ? fm_value_set(ctx, &number, node->text, &checked, &why)
                               : fm_value_string(ctx, &string, node->text, &text, &why))
    return problem(ctx, at, node->line, "%s", why.text);
  fm_param *items = fm_arena_alloc(ctx->arena, (into->count + 1) * sizeof *items);
  if (into->count)
    memcpy(items, into->items, into->count * sizeof *items);
  items[into->count] = (fm_param){fm_arena_str(ctx->arena, at->key), fm_arena_str(ctx->arena, text)};
  *into = (fm_params){.items = items, .count = into->count + 1};
  return FM_OK;
}

static int parse_rows(const fm_directive_ctx *ctx, const fm_directive *rows, const place *at,
                     const fm_yaml *map, void *into);
static int set_defaults(const fm_directive_ctx *ctx, const fm_directive *rows, const place *at,
                        void *into);

/* Every item gets a slot in the array, also an invalid one, so that indices equal those of
 * the file. */
static int parse_sections(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                         const fm_yaml *list, void *into)
{
  int error = check_count(ctx, row, at, list);
  if (error)
    return error;
  char *items = fm_arena_alloc(ctx->arena, (list->count + 1) * row->width);
  for (size_t i = 0; i < list->count; i++) {
    const fm_yaml *item = list->items[i];
    place here = {.up = at, .index = i};
    void *one = items + i * row->width;
    int bad = set_defaults(ctx, row->rows, &here, one);
    if (item->kind != FM_YAML_MAP)
      bad = wrong_kind(ctx, "a section with keys", &here, item);
    else if (parse_rows(ctx, row->rows, &here, item, one))
      bad = FM_E_CONFIG;
    if (bad)
      error = bad;
  }
  *(void **)fm_value_at(row, into) = items;
  *(size_t *)((char *)into + row->count_offset) = list->count;
  return error;
}

static int parse_value(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                      const fm_yaml *node, void *into)
{
  if (!fits(row, node))
    return wrong_kind(ctx, wanted(row), at, node);
  void *value = fm_value_at(row, into);
  switch (row->type) {
    case FM_T_STRINGS:
    case FM_T_PATHS: return parse_strings(ctx, row, at, node, value);
    case FM_T_WORDS: return parse_words(ctx, row, at, node, into);
    case FM_T_MAP: return parse_params(ctx, row, at, node, value);
    case FM_T_FAMILY:
    case FM_T_OTHERS: return parse_member(ctx, row, at, node, value);
    case FM_T_SECTION: return parse_rows(ctx, row->rows, at, node, into);
    case FM_T_SECTIONS: return parse_sections(ctx, row, at, node, into);
    case FM_T_NODE: *(const fm_yaml **)value = node; return FM_OK;
    default: return parse_scalar(ctx, row, at, node, into);
  }
}

/* Defaults are written as YAML, so that they pass the same checks as values. */
static int set_preset(const fm_directive_ctx *ctx, const fm_directive *row, const place *at,
                      void *into)
{
  const fm_yaml *node;
  fm_yaml scalar = {.kind = FM_YAML_SCALAR, .text = fm_str_of(row->preset)};
  if (row->preset[0] != '[' && row->preset[0] != '{')
    return parse_value(ctx, row, at, &scalar, into);
  int error = fm_yaml_parse(ctx->arena, scalar.text, ctx->file, ctx->problems, &node);
  return error ? error : parse_value(ctx, row, at, node, into);
}

static int set_defaults(const fm_directive_ctx *ctx, const fm_directive *rows, const place *at,
                        void *into)
{
  int result = FM_OK;
  for (const fm_directive *row = rows; row->type != FM_T_END; row++) {
    place here = {.up = at, .key = fm_str_of(row->name)};
    int error = FM_OK;
    if (row->type == FM_T_LINE || row->flags & FM_D_ALTERNATIVE)
      continue;
    if (row->type == FM_T_SECTION)
      error = set_defaults(ctx, row->rows, &here, into);
    else if (row->preset)
      error = set_preset(ctx, row, &here, into);
    else
      fm_value_absent(row, into);
    if (error)
      result = error;
  }
  return result;
}

static const fm_directive *row_of(const fm_directive *rows, fm_str key)
{
  for (const fm_directive *row = rows; row->type != FM_T_END; row++)
    if (row->name && row->type != FM_T_FAMILY && row->type != FM_T_OTHERS && fm_str_is(key, row->name))
      return row;
  return NULL;
}

static bool is_member(const fm_directive *row, fm_str key)
{
  fm_str start = {row->name, strlen(row->name) - 1}, rest = fm_str_from(key, start.len);
  if (!fm_str_starts(key, start) || !rest.len)
    return false;
  for (size_t i = 0; i < rest.len; i++)
    if (rest.ptr[i] != '_' && (rest.ptr[i] < 'a' || rest.ptr[i] > 'z'))
      return false;
  return true;
}

static bool is_other(fm_str key)
{
  for (size_t i = 0; i < key.len; i++)
    if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789_-", key.ptr[i], 38))
      return false;
  return key.len > 0 && key.len <= FM_OTHER_MAX && *key.ptr >= 'a' && *key.ptr <= 'z';
}

static const fm_directive *family_of(const fm_directive *rows, fm_str key)
{
  const fm_directive *others = NULL;
  for (const fm_directive *row = rows; row->type != FM_T_END; row++)
    if (row->type == FM_T_FAMILY && is_member(row, key))
      return row;
    else if (row->type == FM_T_OTHERS && is_other(key))
      others = row;
  return others;
}

/* The row of a key whose type accepts the node's kind. */
static const fm_directive *row_for(const fm_directive *rows, fm_str key, const fm_yaml *node)
{
  const fm_directive *first = row_of(rows, key), *row = first;
  if (!first)
    return family_of(rows, key);
  while (row && !fits(row, node))
    row = row_of(row + 1, key);
  return row ? row : first;
}

/* The direct subsection that has a key of this name. */
static const char *section_with(const fm_directive *rows, fm_str key)
{
  for (const fm_directive *row = rows; row->type != FM_T_END; row++)
    if (row->type == FM_T_SECTION && row_of(row->rows, key))
      return row->name;
  return NULL;
}

/* Empty if no key is similar. */
static fm_str nearest(const fm_directive *rows, const fm_strs *more, fm_str key)
{
  fm_str best = {NULL, 0};
  for (size_t i = 0; more && i < more->count; i++)
    fm_str_suggest(key, more->items[i], &best);
  for (const fm_directive *row = rows; row->type != FM_T_END; row++)
    if (row->name && row->type != FM_T_OTHERS)
      fm_str_suggest(key, fm_str_of(row->name), &best);
  return best;
}

static size_t add_known(char known[KNOWN_MAX], size_t len, fm_str name)
{
  return len >= KNOWN_MAX ? len
                          : len + (size_t)snprintf(known + len, KNOWN_MAX - len, "%s%.*s",
                                                   len ? ", " : "", FM_FMT(name));
}

static void name_known(const fm_directive *rows, const fm_strs *more, char known[KNOWN_MAX])
{
  size_t len = 0;
  known[0] = 0;
  for (size_t i = 0; more && i < more->count; i++)
    len = add_known(known, len, more->items[i]);
  for (const fm_directive *row = rows; row->type != FM_T_END; row++)
    if (row->name && row->type != FM_T_OTHERS && !(row->flags & FM_D_ALTERNATIVE))
      len = add_known(known, len, fm_str_of(row->name));
}

void fm_directive_unknown(const fm_directive *rows, const fm_strs *more, fm_str key, fm_why *why)
{
  fm_str head = key, near = nearest(rows, more, key);
  const char *section = section_with(rows, key), *dot = memchr(key.ptr, '.', key.len);
  if (dot)
    head.len = (size_t)(dot - key.ptr);
  const fm_directive *row = dot ? row_of(rows, head) : NULL;
  char known[KNOWN_MAX];
  if (section)
    fm_fail(why, FM_E_CONFIG, "unknown key \"%.*s\"; it belongs inside \"%s\"", FM_FMT(key), section);
  else if (near.len)
    fm_fail(why, FM_E_CONFIG, "unknown key \"%.*s\"; did you mean \"%.*s\"?", FM_FMT(key), FM_FMT(near));
  else if (row && row->rows)
    fm_fail(why, FM_E_CONFIG, "unknown key \"%.*s\"; write \"%.*s\" inside \"%s\"", FM_FMT(key),
            FM_FMT(fm_str_from(key, head.len + 1)), row->name);
  else {
    name_known(rows, more, known);
    fm_fail(why, FM_E_CONFIG, "unknown key \"%.*s\"; known here: %s", FM_FMT(key), known);
  }
}

static int unknown_key(const fm_directive_ctx *ctx, const fm_directive *rows, const place *at,
                       const fm_yaml *key)
{
  fm_why why;
  fm_directive_unknown(rows, NULL, key->text, &why);
  return problem(ctx, at, key->line, "%s", why.text);
}

static int missing_keys(const fm_directive_ctx *ctx, const fm_directive *rows, const place *at,
                        const fm_yaml *map, uint64_t given)
{
  int error = FM_OK;
  for (const fm_directive *row = rows; row->type != FM_T_END; row++) {
    if (!(row->flags & FM_D_REQUIRED) || given >> (row - rows) & 1)
      continue;
    place here = {.up = at, .key = fm_str_of(row->name)};
    error = problem(ctx, &here, map->line, "must be given");
  }
  return error;
}

static void set_lines(const fm_directive *rows, const fm_yaml *map, void *into)
{
  for (const fm_directive *row = rows; row->type != FM_T_END; row++)
    if (row->type == FM_T_LINE)
      *(unsigned *)fm_value_at(row, into) = map->line;
}

static int parse_rows(const fm_directive_ctx *ctx, const fm_directive *rows, const place *at,
                     const fm_yaml *map, void *into)
{
  int result = FM_OK;
  uint64_t given = 0;
  set_lines(rows, map, into);
  for (size_t i = 0; i < map->count; i++) {
    place here = {.up = at, .key = map->keys[i]->text};
    const fm_directive *row = row_for(rows, map->keys[i]->text, map->items[i]);
    int error;
    if (!row) {
      error = unknown_key(ctx, rows, &here, map->keys[i]);
    } else {
      assert(row - rows < FM_DIRECTIVES_MAX);
      given |= UINT64_C(1) << (row - rows);
      error = parse_value(ctx, row, &here, map->items[i], into);
    }
    if (error)
      result = error;
  }
  int missing = missing_keys(ctx, rows, at, map, given);
  return missing ? missing : result;
}

int fm_directive_parse(const fm_directive_ctx *ctx, const fm_directive *rows, const fm_yaml *map,
                      void *into)
{
  static const fm_yaml nothing = {.kind = FM_YAML_NULL, .line = 1};
  static const fm_directive whole = {.type = FM_T_SECTION};
  int defaults = set_defaults(ctx, rows, NULL, into), error;
  if (!map)
    map = &nothing;
  if (fits(&whole, map))
    error = parse_rows(ctx, rows, NULL, map, into);
  else
    error = wrong_kind(ctx, wanted(&whole), NULL, map);
  return error ? error : defaults;
}

const fm_directive *fm_directive_find(const fm_directive *rows, const char *key)
{
  fm_str rest = fm_str_of(key), head;
  const fm_directive *row = row_of(rows, rest);
  while (!row && fm_str_cut(&rest, '.', &head)) {
    const fm_directive *section = row_of(rows, head);
    if (!section || !section->rows || !rest.ptr)
      return NULL;
    rows = section->rows;
    row = row_of(rows, rest);
  }
  return row;
}
