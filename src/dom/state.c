/* Finds the values in a script or attribute and brings them into the form of JSON. */
#include "dom/state.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "dom/attribute.h"
#include "dom/flat_json.h"
#include "dom/flight.h"
#include "dom/js_literal.h"
#include "dom/tree.h"

#include <strings.h>

enum {
  DEPTH_MAX = 48,
  NESTED_MAX = 4,       /* JSON in strings in strings */
  BUDGET_FACTOR = 6,    /* each byte may be looked at so often */
  BUDGET_BASE = 65536
};

#define FLIGHT_MARK FM_STR("__next_f.push(")
#define TURBO_MARK FM_STR("streamController.enqueue(")

/* ---- one value ---- */

static bool walk(fm_json *json, unsigned depth)
{
  fm_str key;
  int kind = fm_json_kind(json), more;
  if (kind < 0 || depth > DEPTH_MAX)
    return false;
  if (kind != FM_JSON_OBJECT && kind != FM_JSON_ARRAY)
    return fm_json_skip(json) > 0;
  if (kind == FM_JSON_OBJECT) {
    fm_json_object(json);
    while ((more = fm_json_key(json, &key)) > 0)
      if (!walk(json, depth + 1))
        return false;
  } else {
    fm_json_array(json);
    while ((more = fm_json_next(json)) > 0)
      if (!walk(json, depth + 1))
        return false;
  }
  return more == 0;
}

/* The length of the valid JSON at the start of a text; 0: there is none. */
static size_t json_length(fm_str text)
{
  fm_arena arena = {0};
  fm_json json;
  fm_json_init(&json, text, &arena);
  bool valid = walk(&json, 0);
  size_t len = (size_t)(json.at - json.start);
  fm_arena_deinit(&arena);
  return valid ? len : 0;
}

static fm_str keep(fm_state *s, fm_buf *buf)
{
  fm_str kept = fm_arena_str(s->arena, fm_buf_view(buf));
  fm_buf_deinit(buf);
  return kept;
}

/* Expands flattened JSON; else the text itself. */
static fm_str unflatten(fm_state *s, fm_str json)
{
  fm_buf out;
  if (!fm_flat_likely(json))
    return json;
  fm_buf_init(&out, FM_STATE_DECODED_MAX);
  if (fm_flat_to_json(json, s->arena, &out) == FM_OK)
    return keep(s, &out);
  fm_buf_deinit(&out);
  return json;
}

/* Converts a JavaScript literal; empty: none stands there. `*used`: its length, or what was looked
 * at in vain. */
static fm_str from_js(fm_state *s, fm_str text, size_t *used)
{
  fm_buf out;
  size_t looked = 0;
  fm_buf_init(&out, FM_STATE_DECODED_MAX);
  size_t len = fm_js_to_json(text, &out, &looked);
  *used = len ? len : looked;
  if (len)
    return keep(s, &out);
  fm_buf_deinit(&out);
  return FM_STR("");
}

static bool is_bracket(fm_str text) { return text.len && (*text.ptr == '{' || *text.ptr == '['); }

/* True for an empty object or array. */
static bool is_hollow(fm_str json)
{
  fm_str inside = fm_str_trim(fm_str_from(json, 1));
  return !inside.len || *inside.ptr == '}' || *inside.ptr == ']';
}

/* ---- wrapped values ---- */

static int unwrap(fm_json *json, enum fm_state_wrapping how, bool members, unsigned depth, fm_buf *out);

static int unwrap_object(fm_json *json, enum fm_state_wrapping how, unsigned depth, fm_buf *out)
{
  fm_str key;
  bool any = false;
  int error = fm_buf_char(out, '{');
  fm_json_object(json);
  while (!error && fm_json_key(json, &key) > 0) {
    if (any)
      fm_buf_char(out, ',');
    any = true;
    fm_buf_json(out, key);
    fm_buf_char(out, ':');
    error = unwrap(json, how, how == FM_STATE_ASTRO, depth + 1, out);
  }
  return error ? error : json->error ? json->error : fm_buf_char(out, '}');
}

static int unwrap_list(fm_json *json, enum fm_state_wrapping how, unsigned depth, fm_buf *out)
{
  bool any = false;
  int error = fm_buf_char(out, '[');
  fm_json_array(json);
  while (!error && fm_json_next(json) > 0) {
    if (any)
      fm_buf_char(out, ',');
    any = true;
    error = unwrap(json, how, how == FM_STATE_ASTRO, depth + 1, out);
  }
  return error ? error : json->error ? json->error : fm_buf_char(out, ']');
}

static int copy_value(fm_json *json, fm_buf *out)
{
  const char *from = json->at;
  return fm_json_skip(json) < 0 ? json->error : fm_buf_add(out, from, (size_t)(json->at - from));
}

/* Astro writes each value as [type, value]: 0 a value, 1 an array, as JSON or, of old, as a string of
 * JSON; 4 a map, 5 a set; others as text. */
static int unwrap_astro(fm_json *json, unsigned depth, fm_buf *out)
{
  double type = 0;
  fm_str text;
  fm_json_array(json);
  if (fm_json_next(json) <= 0 || fm_json_number(json, &type) <= 0 || fm_json_next(json) <= 0)
    return json->error ? json->error : fm_buf_text(out, "null");
  int kind = fm_json_kind(json), error;
  bool list = type == 1 || type == 4 || type == 5;
  if (list && kind == FM_JSON_STRING && fm_json_string(json, &text) > 0) {
    fm_json inner;
    fm_json_init(&inner, text, json->arena);
    error = unwrap_list(&inner, FM_STATE_ASTRO, depth, out);
  } else if (list && kind == FM_JSON_ARRAY) {
    error = unwrap_list(json, FM_STATE_ASTRO, depth, out);
  } else {
    error = kind == FM_JSON_OBJECT ? unwrap_object(json, FM_STATE_ASTRO, depth, out) : copy_value(json, out);
  }
  return error ? error : fm_json_leave(json) < 0 ? json->error : FM_OK;
}

/* Livewire writes arrays and models as [value, {"s": kind}]. */
static bool is_livewire_pair(const fm_json *json)
{
  fm_json look = *json;
  fm_str key;
  size_t members = 0;
  bool kind = false;
  fm_json_array(&look);
  while (fm_json_next(&look) > 0 && ++members <= 2)
    if (members == 2 && fm_json_kind(&look) == FM_JSON_OBJECT) {
      fm_json_object(&look);
      while (fm_json_key(&look, &key) > 0)
        kind = kind || fm_str_is(key, "s");
    }
  return kind && members == 2;
}

static int unwrap_livewire(fm_json *json, unsigned depth, fm_buf *out)
{
  if (!is_livewire_pair(json))
    return unwrap_list(json, FM_STATE_LIVEWIRE, depth, out);
  fm_json_array(json);
  fm_json_next(json);
  int error = unwrap(json, FM_STATE_LIVEWIRE, false, depth + 1, out);
  return error ? error : fm_json_leave(json) < 0 ? json->error : FM_OK;
}

/* `members`: of Astro, the value is wrapped. */
static int unwrap(fm_json *json, enum fm_state_wrapping how, bool members, unsigned depth, fm_buf *out)
{
  int kind = fm_json_kind(json);
  if (depth > DEPTH_MAX)
    return FM_E_TOO_BIG;
  if (kind == FM_JSON_ARRAY && how == FM_STATE_ASTRO)
    return members ? unwrap_astro(json, depth, out) : unwrap_list(json, how, depth, out);
  if (kind == FM_JSON_ARRAY)
    return unwrap_livewire(json, depth, out);
  return kind == FM_JSON_OBJECT ? unwrap_object(json, how, depth, out) : copy_value(json, out);
}

static fm_str unwrapped(fm_state *s, fm_str text)
{
  fm_json json;
  fm_buf out;
  fm_json_init(&json, text, s->arena);
  fm_buf_init(&out, FM_STATE_DECODED_MAX);
  if (unwrap(&json, s->wrapping, false, 0, &out) == FM_OK)
    return keep(s, &out);
  fm_buf_deinit(&out);
  return text;
}

/* ---- streams ---- */

/* Appends the strings that a script hands to a stream. */
static void gather_strings(fm_str script, fm_str mark, bool flight, fm_buf *out)
{
  const char *at = script.ptr, *end = at + script.len, *found;
  while ((found = fm_str_find(fm_str_span(at, end), mark))) {
    at = found + mark.len;
    fm_str rest = fm_str_trim(fm_str_span(at, end));
    if (flight) { /* push([1,"..."]) */
      if (rest.len < 4 || *rest.ptr != '[')
        continue;
      rest = fm_str_trim(fm_str_from(rest, 1));
      if (*rest.ptr != '1')
        continue;
      rest = fm_str_trim(fm_str_from(rest, 1));
      if (!rest.len || *rest.ptr != ',')
        continue;
      rest = fm_str_trim(fm_str_from(rest, 1));
    }
    at = rest.ptr + fm_js_string(rest, out);
  }
}

static fm_str script_text(xmlNodePtr node)
{
  xmlNodePtr only = node->children;
  bool script = node->type == XML_ELEMENT_NODE && strcasecmp((const char *)node->name, "script") == 0;
  return script && only && !only->next && only->content ? fm_str_of((const char *)only->content) : FM_STR("");
}

/* Joins what the scripts of the page stream; empty unless `node` is the first of them. */
static fm_str join_stream(fm_state *s, xmlNodePtr node, fm_str mark, bool flight)
{
  fm_buf out;
  bool first = true;
  xmlNodePtr root = xmlDocGetRootElement(node->doc);
  fm_buf_init(&out, FM_STATE_DECODED_MAX);
  for (xmlNodePtr at = root; at; at = fm_tree_next(root, at)) {
    fm_str text = script_text(at);
    if (!text.len || !fm_str_find(text, mark))
      continue;
    if (first && at != node)
      break;
    first = false;
    gather_strings(text, mark, flight, &out);
  }
  return keep(s, &out);
}

static bool next_streamed(fm_state *s, fm_str *json)
{
  fm_buf out;
  fm_str text = s->joined;
  s->joined = (fm_str){NULL, 0};
  if (!text.len)
    return false;
  fm_buf_init(&out, FM_STATE_DECODED_MAX);
  int error = s->flight ? fm_flight_to_json(text, s->arena, &out) : fm_flat_to_json(text, s->arena, &out);
  *json = keep(s, &out);
  return !error && json->len > 0;
}

/* ---- the values of a text ---- */

void fm_state_init(fm_state *s, fm_str text, fm_arena *arena)
{
  text = fm_str_trim(text);
  *s = (fm_state){.arena = arena, .text = text, .at = text.ptr, .from = text.ptr, .whole = true,
                  .budget = text.len * BUDGET_FACTOR + BUDGET_BASE};
}

void fm_state_init_node(fm_state *s, xmlNodePtr node, fm_str attribute, fm_arena *arena)
{
  if (attribute.len) {
    fm_state_init(s, fm_node_attribute(node, attribute.ptr, arena), arena);
    if (strcasecmp((const char *)node->name, "astro-island") == 0)
      s->wrapping = FM_STATE_ASTRO;
    else if (fm_str_starts(attribute, FM_STR("wire:")))
      s->wrapping = FM_STATE_LIVEWIRE;
    return;
  }
  xmlNodePtr only = node->children;
  if (only && !only->next && only->content && only->type != XML_COMMENT_NODE) {
    fm_state_init(s, fm_str_of((const char *)only->content), arena); /* a script may be a megabyte */
  } else {
    xmlChar *all = xmlNodeGetContent(node);
    fm_state_init(s, fm_arena_str(arena, fm_str_of((const char *)all)), arena);
    xmlFree(all);
  }
  if (is_bracket(s->text) || !s->text.len)
    return;
  s->flight = fm_str_find(s->text, FLIGHT_MARK) != NULL;
  s->turbo = !s->flight && fm_str_find(s->text, TURBO_MARK) != NULL;
  if (s->flight || s->turbo)
    s->joined = join_stream(s, node, s->flight ? FLIGHT_MARK : TURBO_MARK, s->flight);
}

/* The JSON within a JSON string, and within strings of that. */
static fm_str in_string(fm_state *s, fm_str text)
{
  for (int i = 0; i < NESTED_MAX && text.len && *text.ptr == '"'; i++) {
    fm_buf out;
    fm_buf_init(&out, FM_STATE_DECODED_MAX);
    bool good = fm_js_string(text, &out) > 0;
    text = fm_str_trim(keep(s, &out));
    if (!good)
      return FM_STR("");
  }
  return text;
}

/* True for a bracket behind which JSON may go on: no unquoted key stands there. */
static bool begins_as_json(fm_str text)
{
  fm_str inside = fm_str_trim(fm_str_from(text, 1));
  char c = inside.len ? *inside.ptr : 0;
  return *text.ptr == '{' ? c == '"' || c == '}' : c && c != '\'' && c != ',';
}

/* A text that is a value altogether. */
static bool next_whole(fm_state *s, fm_str *json)
{
  fm_str text = in_string(s, s->text);
  size_t used;
  s->at = s->text.ptr + s->text.len;
  if (!is_bracket(text))
    return false;
  if (begins_as_json(text)) {
    *json = s->wrapping ? unwrapped(s, text) : unflatten(s, text);
    s->unchecked = json->ptr == text.ptr ? text : (fm_str){NULL, 0};
    return true;
  }
  *json = from_js(s, text, &used);
  if (!json->len && text.ptr == s->text.ptr)
    s->at = text.ptr + 1; /* a block of a script */
  return json->len > 0;
}

/* What was returned as JSON and is JavaScript. */
static bool next_unchecked(fm_state *s, fm_str *json)
{
  size_t used;
  fm_str text = s->unchecked;
  s->unchecked = (fm_str){NULL, 0};
  if (!text.len || json_length(text))
    return false;
  *json = from_js(s, text, &used);
  s->budget -= used < s->budget ? used : s->budget;
  return is_bracket(*json);
}

/* True where a value may begin: behind '=', '(', ',' or "return". */
static bool may_begin(const fm_state *s, const char *at)
{
  const char *before = at;
  while (before > s->text.ptr && fm_is_space(before[-1]))
    before--;
  return before > s->text.ptr && strchr("=(,", before[-1]);
}

/* A quick look at what follows a bracket: a key, a value, or the end. */
static bool looks_like_value(fm_str text)
{
  fm_str inside = fm_str_trim(fm_str_from(text, 1));
  char c = inside.len ? *inside.ptr : 0;
  size_t name = 0;
  if (*text.ptr == '(')
    return fm_str_starts(inside, FM_STR("function")) || c == '(' || fm_is_alpha(c);
  if (*text.ptr == '[')
    return c == '{' || c == '[' || c == '"' || c == '\'' || fm_is_digit(c);
  if (c == '"' || c == '\'')
    return true;
  while (name < inside.len && (fm_is_alnum(inside.ptr[name]) || inside.ptr[name] == '_' || inside.ptr[name] == '$'))
    name++;
  fm_str after = fm_str_trim(fm_str_from(inside, name));
  return name && after.len && *after.ptr == ':';
}

/* The length of a text that may be JSON, by its brackets. */
static size_t bracket_length(fm_state *s, fm_str text)
{
  fm_json json;
  fm_json_init(&json, text, s->arena);
  return fm_json_skip(&json) > 0 ? (size_t)(json.at - json.start) : 0;
}

/* The value at a place of a script; empty: none. `*used`: bytes to go on behind. */
static fm_str value_at(fm_state *s, fm_str rest, size_t *used)
{
  bool parse = fm_str_starts(rest, FM_STR("JSON.parse"));
  *used = 0;
  if (!parse && !looks_like_value(rest))
    return FM_STR("");
  size_t len = !parse && *rest.ptr != '(' && begins_as_json(rest) ? bracket_length(s, rest) : 0;
  if (len) {
    *used = len;
    s->unchecked = (fm_str){rest.ptr, len};
    return s->unchecked;
  }
  fm_str json = from_js(s, rest, used);
  s->budget -= *used < s->budget ? *used : s->budget;
  if (!json.len)
    *used = 0;
  return is_bracket(json) ? json : FM_STR("");
}

static bool next_in_script(fm_state *s, fm_str *json)
{
  const char *end = s->text.ptr + s->text.len;
  for (; s->at < end && s->budget; s->at++) {
    char c = *s->at;
    if ((c != '{' && c != '[' && c != '(' && c != 'J') || !may_begin(s, s->at) ||
        (c == 'J' && !fm_str_starts(fm_str_span(s->at, end), FM_STR("JSON.parse"))))
      continue;
    size_t used;
    fm_str found = value_at(s, fm_str_span(s->at, end), &used);
    if (!found.len)
      continue;
    s->from = s->at;
    s->at += used ? used : 1;
    if (is_hollow(found)) {
      s->unchecked = (fm_str){NULL, 0};
      continue;
    }
    *json = unflatten(s, found);
    return true;
  }
  return false;
}

bool fm_state_next(fm_state *s, fm_str *json)
{
  if (!s->text.len || s->values++ == FM_STATE_VALUES)
    return false;
  if (s->flight || s->turbo)
    return next_streamed(s, json);
  if (next_unchecked(s, json))
    return true;
  bool whole = s->whole && (is_bracket(s->text) || *s->text.ptr == '"');
  s->whole = false;
  return (whole && next_whole(s, json)) || next_in_script(s, json);
}
