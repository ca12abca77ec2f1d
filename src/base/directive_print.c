/* Prints a struct as YAML by its directive table. */
#include "base/directive_value.h"

#include "base/str.h"

/* Prints a double-quoted scalar. Characters that a YAML parser would reject, fold or drop
 * are escaped, so that any text round-trips. */
static void print_quoted(fm_str text, fm_buf *out)
{
  const char *at = text.ptr, *end = text.len ? at + text.len : at;
  fm_buf_char(out, '"');
  while (at < end) {
    const char *start = at;
    uint32_t c = fm_utf8_next(&at, end);
    if (c == '"' || c == '\\')
      fm_buf_addf(out, "\\%c", (int)c);
    else if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
             (c & 0xfffe) == 0xfffe)
      fm_buf_addf(out, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
    else
      fm_buf_add(out, start, (size_t)(at - start));
  }
  fm_buf_char(out, '"');
}

/* Prints a node in flow style, which is valid in any position. */
static void print_node(const fm_yaml *node, fm_buf *out)
{
  bool map = node->kind == FM_YAML_MAP;
  if (node->kind == FM_YAML_NULL) {
    fm_buf_char(out, '~');
    return;
  }
  if (node->kind == FM_YAML_SCALAR) {
    print_quoted(node->text, out);
    return;
  }
  fm_buf_char(out, map ? '{' : '[');
  for (size_t i = 0; i < node->count; i++) {
    fm_buf_text(out, i ? ", " : "");
    if (map) {
      print_quoted(node->keys[i]->text, out);
      fm_buf_text(out, ": ");
    }
    print_node(node->items[i], out);
  }
  fm_buf_char(out, map ? '}' : ']');
}

static void print_strings(const fm_strs *list, fm_buf *out)
{
  fm_buf_char(out, '[');
  for (size_t i = 0; i < list->count; i++) {
    fm_buf_text(out, i ? ", " : "");
    print_quoted(list->items[i], out);
  }
  fm_buf_char(out, ']');
}

static void print_params(const fm_params *map, fm_buf *out)
{
  fm_buf_char(out, '{');
  for (size_t i = 0; i < map->count; i++) {
    fm_buf_text(out, i ? ", " : "");
    print_quoted(map->items[i].name, out);
    fm_buf_text(out, ": ");
    print_quoted(map->items[i].value, out);
  }
  fm_buf_char(out, '}');
}

static bool is_secret(const fm_directive *row, fm_str text)
{
  return row->flags & FM_D_SECRET && text.len;
}

static void print_indent(unsigned depth, fm_buf *out)
{
  fm_buf_addf(out, "%*s", (int)depth * 2, "");
}

static void print_rows(const fm_directive *rows, const void *from, unsigned depth, fm_buf *out);

/* Overwrites the first key's indentation with "- ". */
static void print_sections(const fm_directive *row, const void *from, unsigned depth, fm_buf *out)
{
  const char *items = *(char *const *)((const char *)from + row->offset);
  size_t count = *(const size_t *)((const char *)from + row->count_offset);
  if (count == 0) {
    fm_buf_text(out, " []\n");
    return;
  }
  fm_buf_char(out, '\n');
  for (size_t i = 0; i < count && !out->full; i++) {
    size_t start = out->len;
    print_rows(row->rows, items + i * row->width, depth + 2, out);
    if (out->len == start) {
      print_indent(depth + 1, out);
      fm_buf_text(out, "- {}\n");
    } else if (!out->full) {
      out->ptr[start + (depth + 1) * 2] = '-';
    }
  }
}

/* False for an empty value without a default, which was not given. */
static bool is_given(const fm_directive *row, const void *at)
{
  if (row->preset)
    return true;
  switch (row->type) {
    case FM_T_STRINGS:
    case FM_T_PATHS: return ((const fm_strs *)at)->count > 0;
    case FM_T_MAP:
    case FM_T_FAMILY:
    case FM_T_OTHERS: return ((const fm_params *)at)->count > 0;
    case FM_T_NODE: return *(const fm_yaml *const *)at != NULL;
    default: return ((const fm_str *)at)->len > 0;
  }
}

static void print_members(const fm_params *members, bool quoted, unsigned depth, fm_buf *out)
{
  for (size_t i = 0; i < members->count; i++) {
    print_indent(depth, out);
    fm_buf_addf(out, "%.*s: ", FM_FMT(members->items[i].name));
    if (quoted)
      print_quoted(members->items[i].value, out);
    else
      fm_buf_str(out, members->items[i].value);
    fm_buf_char(out, '\n');
  }
}

static void print_text_row(const fm_directive *row, const void *at, unsigned depth, fm_buf *out)
{
  bool text = row->type == FM_T_STRING || row->type == FM_T_PATH || row->type == FM_T_URL ||
              row->type == FM_T_WORDS;
  if (!is_given(row, at))
    return;
  if (row->type == FM_T_FAMILY || row->type == FM_T_OTHERS) {
    print_members(at, row->type == FM_T_OTHERS, depth, out);
    return;
  }
  if (text && is_secret(row, *(const fm_str *)at)) {
    print_indent(depth, out);
    fm_buf_text(out, "# secret: take the next line out before you show this to anybody\n");
  }
  print_indent(depth, out);
  fm_buf_addf(out, "%s: ", row->name);
  if (text)
    print_quoted(*(const fm_str *)at, out);
  else if (row->type == FM_T_MAP)
    print_params(at, out);
  else if (row->type == FM_T_NODE)
    print_node(*(const fm_yaml *const *)at, out);
  else
    print_strings(at, out);
  fm_buf_char(out, '\n');
}

static void print_row(const fm_directive *row, const void *from, unsigned depth, fm_buf *out)
{
  const void *at = (const char *)from + row->offset;
  char number[FM_VALUE_TEXT];
  if (row->type == FM_T_LINE || row->flags & FM_D_ALTERNATIVE)
    return;
  if (row->type == FM_T_SECTION || row->type == FM_T_SECTIONS) {
    print_indent(depth, out);
    fm_buf_addf(out, "%s:", row->name);
    if (row->type == FM_T_SECTIONS) {
      print_sections(row, from, depth, out);
    } else {
      fm_buf_char(out, '\n');
      print_rows(row->rows, from, depth + 1, out);
    }
  } else if (row->type >= FM_T_BOOL && row->type <= FM_T_CHOICE) {
    if (!fm_value_text(row, from, number))
      return;
    print_indent(depth, out);
    fm_buf_addf(out, "%s: %s\n", row->name, number);
  } else {
    print_text_row(row, at, depth, out);
  }
}

static void print_rows(const fm_directive *rows, const void *from, unsigned depth, fm_buf *out)
{
  for (; rows->type != FM_T_END; rows++)
    print_row(rows, from, depth, out);
}

int fm_directive_print(const fm_directive *rows, const void *from, fm_buf *out)
{
  print_rows(rows, from, 0, out);
  return out->full ? FM_E_TOO_BIG : FM_OK;
}
