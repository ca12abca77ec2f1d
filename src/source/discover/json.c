/* Finds JSON on a page: JSON-LD and program state in scripts, JSON in attributes, or the page
 * itself. */
#include "base/json.h"
#include "base/str.h"
#include "dom/state.h"
#include "source/discover/json.h"

#include <strings.h>

enum {
  PIECES_MAX = 64, SHORT = 200, BUDGET = 128 << 20, IDENTIFIER_MAX = 60,
  CALL_MAX = 100,     /* bytes of the arguments before a value */
  STRINGS_DEPTH = 4   /* of an object that holds a string of JSON */
};

typedef struct json_search {
  survey *s;
  json_source sources[PIECES_MAX];
  size_t count;
  fm_str *alone; /* JSON-LD scripts that each describe one thing */
  size_t nalone, alone_cap;
} json_search;

static void add_piece(json_search *l, json_source piece)
{
  if (l->count < PIECES_MAX && piece.select.len)
    l->sources[l->count++] = piece;
}

static bool is_stable_id(fm_str id)
{
  for (size_t i = 0; i < id.len; i++)
    if (!((unsigned)((id.ptr[i] | 0x20) - 'a') < 26 || (unsigned)(id.ptr[i] - '0') < 10 ||
          id.ptr[i] == '_' || id.ptr[i] == '-'))
      return false;
  return id.len && id.len < IDENTIFIER_MAX && (unsigned)(*id.ptr - '0') > 9;
}

/* ---- scripts ---- */

static bool is_identifier(char c)
{
  return (unsigned)((c | 0x20) - 'a') < 26 || (unsigned)(c - '0') < 10 || c == '_' || c == '$' ||
         c == '.';
}

/* The identifier before a value: "window.STATE" in "window.STATE = {", "kit.start" in
 * "kit.start(app, {". */
static fm_str name_before(fm_str script, const char *value)
{
  const char *end = value, *least = value - script.ptr > CALL_MAX ? value - CALL_MAX : script.ptr;
  while (end > script.ptr && strchr(" \n\t=(", end[-1]))
    end--;
  if (end > script.ptr && end[-1] == ',') /* a later argument of a call */
    while (end > least && end[-1] != '(' && end[-1] != ';' && end[-1] != '}')
      end--;
  while (end > script.ptr && end[-1] == '(')
    end--;
  const char *from = end;
  while (from > script.ptr && is_identifier(from[-1]) && end - from < IDENTIFIER_MAX)
    from--;
  return fm_str_span(from, end);
}

static fm_str select_script(survey *s, xmlNodePtr node, fm_str type, const fm_state *state, bool ld)
{
  fm_str id = fm_node_attribute(node, "id", s->arena);
  if (is_stable_id(id))
    return fm_arena_printf(s->arena, "script#%.*s", FM_FMT(id));
  if (ld)
    return FM_STR("script[type=\"application/ld+json\"]");
  if (state->flight || state->turbo)
    return state->flight ? FM_STR("script:contains(\"__next_f.push\")")
                         : FM_STR("script:contains(\"streamController.enqueue\")");
  fm_str name = state->from > state->text.ptr ? name_before(state->text, state->from) : FM_STR("");
  if (name.len >= 3)
    return fm_arena_printf(s->arena, "script:contains(\"%.*s\")", FM_FMT(name));
  if (type.len && !memchr(type.ptr, '"', type.len))
    return fm_arena_printf(s->arena, "script[type=\"%.*s\"]", FM_FMT(type));
  return FM_STR("script");
}

static void take_script(json_search *l, xmlNodePtr node)
{
  survey *s = l->s;
  xmlNodePtr only = node->children;
  fm_str type = fm_node_attribute(node, "type", s->arena), json;
  if (!only || only->next || !only->content)
    return;
  bool ld = fm_str_ieq(type, FM_STR("application/ld+json"));
  fm_state state;
  fm_state_init_node(&state, node, FM_STR(""), s->arena);
  while (fm_state_next(&state, &json)) {
    if (!json.len || (*json.ptr != '{' && *json.ptr != '[') || (!ld && json.len < SHORT))
      continue;
    if (ld)
      *FM_PUSH(s->arena, l->alone, l->nalone, l->alone_cap) = json;
    add_piece(l, (json_source){.text = json, .select = select_script(s, node, type, &state, ld), .ld = ld,
                               .rows = state.flight});
    if (ld)
      break;
  }
}

/* An attribute's name as a selector and as a suffix of expressions: "wire:snapshot" has a colon. */
static fm_str escaped_name(survey *s, const char *name)
{
  const char *colon = strchr(name, ':');
  return colon ? fm_arena_printf(s->arena, "%.*s\\:%s", (int)(colon - name), name, colon + 1)
               : fm_arena_str(s->arena, fm_str_of(name));
}

static void take_attributes(json_search *l, xmlNodePtr node)
{
  survey *s = l->s;
  for (xmlAttrPtr a = node->properties; a; a = a->next) {
    const char *raw = a->children && a->children->content ? (const char *)a->children->content : "";
    if ((*raw != '{' && *raw != '[') || strlen(raw) < SHORT)
      continue;
    fm_str id = fm_node_attribute(node, "id", s->arena), where, json;
    if (is_stable_id(id))
      where = fm_arena_printf(s->arena, "#%.*s", FM_FMT(id));
    else if (fm_node_attribute(node, "data-target", s->arena).len)
      where = fm_arena_printf(s->arena, "[data-target=\"%.*s\"]",
                              FM_FMT(fm_node_attribute(node, "data-target", s->arena)));
    else
      where = fm_arena_printf(s->arena, "%s[%.*s]", node->name, FM_FMT(escaped_name(s, (const char *)a->name)));
    fm_state state;
    fm_state_init_node(&state, node, fm_str_of((const char *)a->name), s->arena);
    if (fm_state_next(&state, &json))
      add_piece(l, (json_source){.text = json,
                                 .select = fm_arena_printf(s->arena, "%.*s @%s", FM_FMT(where), a->name)});
  }
}

/* ---- JSON in strings of JSON ---- */

/* Quick test for a string that begins as an object or array. */
static bool may_hold_json(fm_str json)
{
  return fm_str_find(json, FM_STR(":\"{")) || fm_str_find(json, FM_STR(":\"[")) ||
         fm_str_find(json, FM_STR(": \"{")) || fm_str_find(json, FM_STR(": \"["));
}

/* Adds the strings below the next value that hold JSON, with the pointer that leads to them. */
static void take_strings(json_search *l, const json_source *outer, fm_json *json, fm_str path, unsigned depth)
{
  survey *s = l->s;
  fm_str key, text, inner;
  int kind = fm_json_kind(json);
  if (kind == FM_JSON_OBJECT && depth < STRINGS_DEPTH) {
    fm_json_object(json);
    while (fm_json_key(json, &key) > 0)
      if (key.len && !memchr(key.ptr, '/', key.len) && !memchr(key.ptr, '~', key.len))
        take_strings(l, outer, json, fm_arena_printf(s->arena, "%.*s/%.*s", FM_FMT(path), FM_FMT(key)), depth + 1);
    return;
  }
  if (kind != FM_JSON_STRING || fm_json_string(json, &text) <= 0) {
    if (kind > 0 && kind != FM_JSON_STRING)
      fm_json_skip(json);
    return;
  }
  if (text.len < SHORT || (*text.ptr != '{' && *text.ptr != '['))
    return;
  fm_state state;
  fm_state_init(&state, text, s->arena);
  if (fm_state_next(&state, &inner))
    add_piece(l, (json_source){.text = inner, .select = fm_arena_printf(s->arena, "%.*s %.*s |",
                                                                        FM_FMT(outer->select), FM_FMT(path))});
}

static void find_strings(json_search *l)
{
  size_t count = l->count;
  for (size_t i = 0; i < count; i++) {
    json_source outer = l->sources[i];
    fm_json json;
    if (!outer.select.len || !may_hold_json(outer.text))
      continue;
    fm_json_init(&json, outer.text, l->s->arena);
    take_strings(l, &outer, &json, FM_STR(""), 0);
  }
}

static void find_pieces(json_search *l)
{
  survey *s = l->s;
  fm_str body = fm_str_trim(s->body);
  if (!s->parsed) {
    l->sources[l->count++] = (json_source){.text = body, .select = FM_STR("")};
    return;
  }
  xmlNodePtr root = xmlDocGetRootElement(s->tree.doc);
  for (xmlNodePtr at = root; at; at = fm_tree_next(root, at))
    if (strcasecmp((const char *)at->name, "script") == 0)
      take_script(l, at);
    else if (at->properties)
      take_attributes(l, at);
  find_strings(l);
}

/* ---- drafts ---- */

/* "/3/posts" without its first step. */
static fm_str after_first_step(fm_str path)
{
  size_t len = 1;
  while (len < path.len && path.ptr[len] != '/')
    len++;
  return fm_str_from(path, len);
}

static fm_str items_of(survey *s, const json_source *p, const array *a)
{
  const char *space = p->select.len ? " " : "";
  fm_str select = p->select;
  if (p->ld && a->owner.len && fm_str_starts(select, FM_STR("script[")))
    select =
        fm_arena_printf(s->arena, "%.*s:contains('\"%.*s\"')", FM_FMT(select), FM_FMT(a->owner));
  fm_str path = a->path.len || p->select.len ? a->path : FM_STR("");
  if (p->rows && path.len) /* the number of a row changes with each build */
    path = fm_arena_printf(s->arena, "/*%.*s", FM_FMT(after_first_step(path)));
  if (!path.len && p->select.len) /* the whole JSON is the list */
    return fm_arena_printf(s->arena, "json: %.*s", FM_FMT(select));
  return fm_arena_printf(s->arena, "json: %.*s%s%.*s", FM_FMT(select), space, FM_FMT(path));
}

static bool is_crumbs(const array *a)
{
  return fm_str_is(a->owner, "BreadcrumbList") || fm_str_find(a->path, FM_STR("breadcrumb"));
}

static void draft_arrays(survey *s, const json_source *p, draft *drafts, size_t *count, size_t most)
{
  arrays a = {.s = s, .budget = BUDGET};
  if (!fm_arrays_find(&a, p->text))
    return;
  for (size_t i = 0; i < a.count; i++) {
    columns c;
    draft d = {.how = p->ld ? FM_FOUND_JSON_LD : FM_FOUND_JSON, .count = a.all[i].count};
    if (a.all[i].count < ITEMS_MIN || is_crumbs(&a.all[i]))
      continue;
    fm_columns_read(&c, s, &a.all[i]);
    if (!fm_columns_draft(&c, &d))
      continue;
    d.items = items_of(s, p, &a.all[i]);
    KEEP_BEST(drafts, count, most, &d, score);
  }
}

/* Handles one JSON-LD script for each entry: the item is an element whose text is the entry. */
static void draft_alone(json_search *l, draft *drafts, size_t *count, size_t most)
{
  survey *s = l->s;
  array all = {.path = FM_STR("")};
  for (size_t i = 0; i < l->nalone; i++)
    if (*l->alone[i].ptr == '{' && fm_str_find(l->alone[i], FM_STR("\"headline\""))) {
      if (all.nraws < SAMPLE)
        *FM_PUSH(s->arena, all.raws, all.nraws, all.raws_cap) = l->alone[i];
      all.count++;
    }
  columns c;
  draft d = {.how = FM_FOUND_JSON_LD, .count = all.count,
             .items = FM_STR("css: script[type=\"application/ld+json\"]:contains('\"headline\"')")};
  if (all.count < ITEMS_MIN)
    return;
  fm_columns_read(&c, s, &all);
  if (fm_columns_draft(&c, &d))
    KEEP_BEST(drafts, count, most, &d, score);
}

size_t fm_json_drafts(survey *s, draft *drafts, size_t most)
{
  json_search l = {.s = s};
  size_t count = 0;
  find_pieces(&l);
  for (size_t i = 0; i < l.count; i++)
    draft_arrays(s, &l.sources[i], drafts, &count, most);
  draft_alone(&l, drafts, &count, most);
  return count;
}
