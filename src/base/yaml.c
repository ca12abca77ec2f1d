/* Builds a tree of nodes from libyaml events, and finds nodes by path. */
#include "base/yaml.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

enum { NODE_WEIGHT = 16, KEY_MAX = 256, PATH_TEXT = 1024 };

typedef struct path_step { /* key in a map, or index in a list */
  fm_str key;
  size_t index;
} path_step;

typedef struct parser_state {
  yaml_parser_t parser;
  fm_arena *arena;
  fm_problems *problems;
  fm_str text, file;
  fm_map anchors; /* name -> fm_yaml; complete nodes only, so no node can contain itself */
  size_t weight, depth;
  path_step path[FM_YAML_DEPTH_MAX + 1]; /* indexed by the container's depth, from 1 */
} parser_state;

static int fault(parser_state *r, size_t line, const char *reason)
{
  fm_problem_add(r->problems, r->file, (unsigned)line + 1, (fm_str){0}, "%s", reason);
  return FM_E_SYNTAX;
}

/* Counts the lines before an offset. */
static size_t lines_to(fm_str text, size_t offset)
{
  size_t lines = 0;
  for (size_t i = 0; i < offset && i < text.len; i++)
    lines += text.ptr[i] == '\n';
  return lines;
}

static bool tab_indents(fm_str text, size_t line)
{
  fm_str piece = {0};
  while (fm_str_cut(&text, '\n', &piece) && line > 0)
    line--;
  if (line)
    return false;
  for (size_t i = 0; i < piece.len && (piece.ptr[i] == ' ' || piece.ptr[i] == '\t'); i++)
    if (piece.ptr[i] == '\t')
      return true;
  return false;
}

/* A hint on how to fix an error of libyaml; "" if there is none. */
static const char *advice(const char *what)
{
  if (strstr(what, "mapping values are not allowed"))
    return "; a text with a colon before a space or at its end stands in quotes";
  if (strstr(what, "cannot start any token"))
    return "; a text that starts with it stands in quotes";
  return "";
}

/* Reports libyaml's error in one line. */
static int syntax_fault(parser_state *r)
{
  const yaml_parser_t *p = &r->parser;
  const char *what = p->problem ? p->problem : "malformed";
  if (p->error == YAML_READER_ERROR)
    return fault(r, lines_to(r->text, p->problem_offset), what);
  if (tab_indents(r->text, p->problem_mark.line))
    return fault(r, p->problem_mark.line, "a tab cannot indent; use spaces");
  fm_str around = {0};
  if (p->context && p->context_mark.line != p->problem_mark.line)
    around = fm_arena_printf(r->arena, " (%s that starts on line %zu)", p->context,
                             p->context_mark.line + 1);
  else if (p->context)
    around = fm_arena_printf(r->arena, " (%s)", p->context);
  fm_problem_add(r->problems, r->file, (unsigned)p->problem_mark.line + 1, (fm_str){0},
                 "%s, column %zu%.*s%s", what, p->problem_mark.column + 1, FM_FMT(around),
                 advice(what));
  return FM_E_SYNTAX;
}

static int next_event(parser_state *r, yaml_event_t *event)
{
  return yaml_parser_parse(&r->parser, event) ? FM_OK : syntax_fault(r);
}

/* Charges a node's weight against FM_YAML_WEIGHT_MAX; each alias counts in full. */
static int charge(parser_state *r, size_t weight, size_t line)
{
  r->weight += weight;
  return r->weight <= FM_YAML_WEIGHT_MAX
             ? FM_OK
             : fault(r, line, "its aliases stand for more than 16 MiB of text");
}

static fm_yaml *node_new(parser_state *r, enum fm_yaml_kind kind, const yaml_mark_t *mark)
{
  fm_yaml *node = fm_arena_alloc(r->arena, sizeof *node);
  node->kind = kind;
  node->line = (unsigned)mark->line + 1;
  node->column = (unsigned)mark->column + 1;
  node->weight = NODE_WEIGHT;
  return node;
}

static bool is_null(fm_str text)
{
  return text.len == 0 || fm_str_is(text, "~") || fm_str_is(text, "null") ||
         fm_str_is(text, "Null") || fm_str_is(text, "NULL");
}

static char style_of(yaml_scalar_style_t style)
{
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return '\'';
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return '"';
    case YAML_LITERAL_SCALAR_STYLE: return '|';
    case YAML_FOLDED_SCALAR_STYLE: return '>';
    default: return 0;
  }
}

static int parse_scalar(parser_state *r, const yaml_event_t *event, fm_yaml **node)
{
  fm_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
  bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  fm_yaml *made = node_new(r, plain && is_null(text) ? FM_YAML_NULL : FM_YAML_SCALAR,
                           &event->start_mark);
  made->text = fm_arena_str(r->arena, text);
  made->style = style_of(event->data.scalar.style);
  made->weight += text.len;
  *node = made;
  return charge(r, made->weight, event->start_mark.line);
}

static int parse_alias(parser_state *r, const yaml_event_t *event, fm_yaml **node)
{
  fm_str name = fm_str_of((const char *)event->data.alias.anchor);
  fm_yaml *known = fm_map_get(&r->anchors, name);
  if (!known) {
    fm_problem_add(r->problems, r->file, (unsigned)event->start_mark.line + 1, (fm_str){0},
                   "\"*%.*s\" stands for nothing: no \"&%.*s\" ends before it", FM_FMT(name),
                   FM_FMT(name));
    return FM_E_SYNTAX;
  }
  *node = known;
  return charge(r, known->weight, event->start_mark.line);
}

static int parse_node(parser_state *r, yaml_event_t *event, fm_yaml **node);

static int parse_list(parser_state *r, const yaml_event_t *start, fm_yaml **node)
{
  fm_yaml *list = node_new(r, FM_YAML_LIST, &start->start_mark);
  size_t cap = 0;
  int error = charge(r, NODE_WEIGHT, start->start_mark.line);
  while (!error) {
    yaml_event_t event;
    fm_yaml *item;
    error = next_event(r, &event);
    if (error || event.type == YAML_SEQUENCE_END_EVENT) {
      if (!error)
        yaml_event_delete(&event);
      break;
    }
    r->path[r->depth] = (path_step){.index = list->count};
    error = parse_node(r, &event, &item);
    if (error)
      break;
    *FM_PUSH(r->arena, list->items, list->count, cap) = item;
    list->weight += item->weight;
  }
  *node = list;
  return error;
}

static void report_duplicate(parser_state *r, const fm_yaml *key, const fm_yaml *first)
{
  fm_buf name;
  fm_buf_init(&name, PATH_TEXT);
  for (size_t d = 1; d < r->depth; d++) {
    const path_step *at = &r->path[d];
    if (at->key.ptr)
      fm_buf_addf(&name, "%s%.*s", name.len ? "." : "", FM_FMT(at->key));
    else
      fm_buf_addf(&name, "[%zu]", at->index);
  }
  fm_buf_addf(&name, "%s%.*s", name.len ? "." : "", FM_FMT(key->text));
  fm_problem_add(r->problems, r->file, key->line, fm_buf_view(&name),
                 "given twice, first on line %u", first->line);
  fm_buf_deinit(&name);
}

/* True if the key is usable; otherwise reports a problem, and the pair is dropped. */
static bool key_good(parser_state *r, const fm_yaml *key, fm_map *seen)
{
  const char *reason = NULL;
  if (key->kind != FM_YAML_SCALAR)
    reason = "a key must be a text";
  else if (key->text.len > KEY_MAX)
    reason = "a key is longer than 256 bytes";
  if (reason) {
    fault(r, key->line - 1, reason);
    return false;
  }
  fm_yaml *first = fm_map_get(seen, key->text);
  if (first) {
    report_duplicate(r, key, first);
    return false;
  }
  fm_map_put(seen, key->text, (void *)key);
  return true;
}

static int parse_pair(parser_state *r, yaml_event_t *event, fm_yaml *map, fm_map *seen, size_t caps[2])
{
  fm_yaml *key, *value;
  yaml_event_t after;
  int error = parse_node(r, event, &key);
  if (!error) {
    r->path[r->depth] = (path_step){.key = key->text};
    error = next_event(r, &after);
  }
  if (!error)
    error = parse_node(r, &after, &value);
  if (error || !key_good(r, key, seen))
    return error;
  map->keys = fm_arena_grow(r->arena, map->keys, map->count, &caps[0], sizeof *map->keys);
  map->items = fm_arena_grow(r->arena, map->items, map->count, &caps[1], sizeof *map->items);
  map->keys[map->count] = key;
  map->items[map->count++] = value;
  map->weight += key->weight + value->weight;
  return FM_OK;
}

static int parse_map(parser_state *r, const yaml_event_t *start, fm_yaml **node)
{
  fm_yaml *map = node_new(r, FM_YAML_MAP, &start->start_mark);
  fm_map seen = {0};
  size_t caps[2] = {0};
  int error = charge(r, NODE_WEIGHT, start->start_mark.line);
  while (!error) {
    yaml_event_t event;
    error = next_event(r, &event);
    if (error)
      break;
    if (event.type == YAML_MAPPING_END_EVENT) {
      yaml_event_delete(&event);
      break;
    }
    error = parse_pair(r, &event, map, &seen, caps);
  }
  fm_map_deinit(&seen);
  *node = map;
  return error;
}

/* Gets the anchor and tag of a node of any kind. */
static void get_anchor_and_tag(const yaml_event_t *event, const char **anchor, const char **tag)
{
  const yaml_char_t *a = NULL, *t = NULL;
  if (event->type == YAML_SCALAR_EVENT) {
    a = event->data.scalar.anchor;
    t = event->data.scalar.tag;
  } else if (event->type == YAML_SEQUENCE_START_EVENT) {
    a = event->data.sequence_start.anchor;
    t = event->data.sequence_start.tag;
  } else if (event->type == YAML_MAPPING_START_EVENT) {
    a = event->data.mapping_start.anchor;
    t = event->data.mapping_start.tag;
  }
  *anchor = (const char *)a;
  *tag = (const char *)t;
}

/* Parses the node that `event` starts; deletes the event. */
static int parse_node(parser_state *r, yaml_event_t *event, fm_yaml **node)
{
  const char *anchor, *tag;
  int error = FM_OK;
  get_anchor_and_tag(event, &anchor, &tag);
  if (tag)
    fault(r, event->start_mark.line,
          "tags (\"!\") have no meaning here; put such a text in quotes");
  if (++r->depth > FM_YAML_DEPTH_MAX)
    error = fault(r, event->start_mark.line, "more than 32 levels");
  else if (event->type == YAML_SCALAR_EVENT)
    error = parse_scalar(r, event, node);
  else if (event->type == YAML_ALIAS_EVENT)
    error = parse_alias(r, event, node);
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    error = parse_list(r, event, node);
  else if (event->type == YAML_MAPPING_START_EVENT)
    error = parse_map(r, event, node);
  else
    error = fault(r, event->start_mark.line, "malformed");
  r->depth--;
  if (!error && anchor)
    fm_map_put(&r->anchors, fm_str_of(anchor), *node);
  yaml_event_delete(event);
  return error;
}

/* Parses the first document's root; further documents are a problem. */
static int parse_stream(parser_state *r, fm_yaml **node)
{
  static const yaml_mark_t start = {0};
  yaml_event_t event;
  *node = NULL;
  for (;;) {
    int error = next_event(r, &event);
    if (error)
      return error;
    yaml_event_type_t type = event.type;
    if (type == YAML_DOCUMENT_START_EVENT && *node)
      fault(r, event.start_mark.line, "a second document (after \"---\") is never read");
    if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_END_EVENT ||
        (type == YAML_DOCUMENT_START_EVENT && !*node)) {
      yaml_event_delete(&event);
      continue;
    }
    if (type == YAML_STREAM_END_EVENT || type == YAML_DOCUMENT_START_EVENT) {
      yaml_event_delete(&event);
      break;
    }
    error = parse_node(r, &event, node);
    if (error)
      return error;
  }
  if (!*node)
    *node = node_new(r, FM_YAML_NULL, &start);
  return FM_OK;
}

int fm_yaml_parse(fm_arena *arena, fm_str text, fm_str file, fm_problems *problems,
                  const fm_yaml **root)
{
  parser_state r = {.arena = arena, .problems = problems, .text = text, .file = file};
  if (text.len > FM_YAML_SIZE_MAX) {
    fm_problem_add(problems, file, 0, (fm_str){0}, "longer than 1 MiB");
    return FM_E_SYNTAX;
  }
  if (!yaml_parser_initialize(&r.parser))
    abort();
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.len ? text.ptr : ""),
                               text.len);
  fm_yaml *node;
  int error = parse_stream(&r, &node);
  yaml_parser_delete(&r.parser);
  fm_map_deinit(&r.anchors);
  if (!error)
    *root = node;
  return error;
}

/* Reads until the end of file or the limit; -1 with errno. */
static ssize_t read_all(int fd, char *into, size_t size)
{
  size_t had = 0;
  while (had < size) {
    ssize_t got = read(fd, into + had, size - had);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    had += (size_t)got;
  }
  return (ssize_t)had;
}

int fm_yaml_load(fm_arena *arena, const char *path, fm_problems *problems, const fm_yaml **root)
{
  fm_str file = fm_str_of(path);
  size_t size = FM_YAML_SIZE_MAX + 1;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  char *bytes = fd < 0 ? NULL : fm_alloc(size);
  ssize_t len = fd < 0 ? -1 : read_all(fd, bytes, size);
  int code = errno, error = FM_E_IO;
  if (fd >= 0)
    close(fd);
  if (len < 0)
    fm_problem_add(problems, file, 0, (fm_str){0}, "cannot be read: %s", strerror(code));
  else
    error = fm_yaml_parse(arena, (fm_str){bytes, (size_t)len}, file, problems, root);
  free(bytes);
  return error;
}

const fm_yaml *fm_yaml_get(const fm_yaml *map, fm_str key)
{
  if (map->kind != FM_YAML_MAP)
    return NULL;
  for (size_t i = 0; i < map->count; i++)
    if (fm_str_eq(map->keys[i]->text, key))
      return map->items[i];
  return NULL;
}

void fm_yaml_position(const fm_yaml *scalar, size_t offset, unsigned *line, unsigned *column)
{
  bool block = scalar->style == '|' || scalar->style == '>';
  *line = scalar->line + block;
  *column = block ? 1 : scalar->column + (scalar->style != 0);
  for (size_t i = 0; i < offset && i < scalar->text.len; i++) {
    char c = scalar->text.ptr[i];
    if (c == '\n' && block) {
      ++*line;
      *column = 1;
      continue;
    }
    bool escaped = scalar->style && (scalar->style == c || (scalar->style == '"' && c == '\\'));
    *column += ((unsigned char)c & 0xc0) != 0x80; /* counts characters, not bytes */
    *column += escaped && !block;
  }
}

/* Resolves one step: "[12]" in a list, or the longest key that the path starts with. */
static const fm_yaml *step(const fm_yaml *at, const char **path)
{
  const char *p = *path;
  if (*p == '[') {
    char *end;
    unsigned long index = strtoul(p + 1, &end, 10);
    if (end == p + 1 || *end != ']' || at->kind != FM_YAML_LIST || index >= at->count)
      return NULL;
    *path = end + 1;
    return at->items[index];
  }
  p += *p == '.';
  for (size_t len = strlen(p); len > 0; len--) {
    if (p[len] && p[len] != '.' && p[len] != '[')
      continue;
    const fm_yaml *found = fm_yaml_get(at, (fm_str){p, len});
    if (found) {
      *path = p + len;
      return found;
    }
  }
  return NULL;
}

const fm_yaml *fm_yaml_at(const fm_yaml *root, const char *path, const fm_yaml **nearest)
{
  const fm_yaml *at = root, *last = root;
  while (at && *path) {
    at = step(at, &path);
    if (at)
      last = at;
  }
  if (nearest)
    *nearest = last;
  return at;
}
