/* Foreign elements: a strict check of their XML, and the namespaces of a document. */
#include "feed/extension.h"

#include "base/str.h"
#include "feed/valid.h"

#include <string.h>

/* ---- the check ---- */

/* An element's start tag is read attribute by attribute; declared prefixes hold until the
 * element that declares them ends. */
typedef struct checker {
  const char *at, *end;
  fm_str open[FM_EXTENSION_DEPTH];
  unsigned depth;
  struct {
    fm_str prefix;
    unsigned depth;
  } declared[FM_EXTENSION_DEPTH];
  unsigned ndeclared;
} checker;

static bool is_letter(char c) { return ((unsigned char)c | 0x20u) - 'a' < 26 || c == '_'; }

static bool is_name_char(char c)
{
  return is_letter(c) || (unsigned char)c - (unsigned)'0' < 10 || c == '-' || c == '.';
}

static bool eat(checker *c, const char *text)
{
  size_t len = strlen(text);
  if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
    return false;
  c->at += len;
  return true;
}

/* NCName, or two with a colon between them. */
static bool read_name(checker *c, fm_str *prefix, fm_str *name)
{
  const char *start = c->at, *colon = NULL;
  bool first = true;
  for (; c->at < c->end; c->at++) {
    if (*c->at == ':' && !first && !colon) {
      colon = c->at;
      first = true;
    } else if (first ? !is_letter(*c->at) : !is_name_char(*c->at)) {
      break;
    } else {
      first = false;
    }
  }
  *name = fm_str_span(start, c->at);
  *prefix = colon ? fm_str_span(start, colon) : (fm_str){NULL, 0};
  return name->len > 0 && !first;
}

static bool eat_reference(checker *c)
{
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#9;", "&#10;"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (eat(c, known[i]))
      return true;
  return false;
}

/* Up to `stop`, which stays. */
static bool read_text(checker *c, char stop)
{
  while (c->at < c->end && *c->at != stop) {
    unsigned char byte = (unsigned char)*c->at;
    if (byte == '<' || byte == '>' || (byte < ' ' && byte != '\t' && byte != '\n') || byte == 0x7f)
      return false;
    if (byte == '&') {
      if (!eat_reference(c))
        return false;
    } else if (byte < 0x80) {
      c->at++;
    } else {
      uint32_t character = fm_utf8_next(&c->at, c->end);
      if (character == 0xfffe || character == 0xffff)
        return false;
    }
  }
  return c->at < c->end;
}

static bool declare(checker *c, fm_str prefix)
{
  if (c->ndeclared == FM_EXTENSION_DEPTH || fm_str_is(prefix, "xml") || fm_str_is(prefix, "xmlns"))
    return false;
  c->declared[c->ndeclared].prefix = prefix;
  c->declared[c->ndeclared++].depth = c->depth;
  return true;
}

static bool is_known(const checker *c, const fm_extension *e, fm_str prefix)
{
  if (fm_str_eq(prefix, e->prefix))
    return true;
  for (unsigned i = 0; i < c->ndeclared; i++)
    if (fm_str_eq(c->declared[i].prefix, prefix))
      return true;
  return false;
}

typedef struct attribute {
  fm_str prefix, name;
} attribute;

static bool read_attributes(checker *c, attribute *all, size_t *count)
{
  while (eat(c, " ")) {
    attribute *one = &all[*count];
    if (*count == FM_EXTENSION_ATTRIBUTES || !read_name(c, &one->prefix, &one->name) ||
        !eat(c, "=\""))
      return false;
    const char *value = c->at;
    if (!read_text(c, '"'))
      return false;
    bool empty = c->at++ == value;
    if (fm_str_is(one->prefix, "xmlns") && (empty || !declare(c, fm_str_from(one->name, 6))))
      return false;
    for (size_t i = 0; i < *count; i++)
      if (fm_str_eq(all[i].name, one->name))
        return false;
    ++*count;
  }
  return true;
}

static void leave(checker *c)
{
  c->depth--;
  while (c->ndeclared && c->declared[c->ndeclared - 1].depth > c->depth)
    c->ndeclared--;
}

/* Behind '<'. */
static bool read_start(checker *c, const fm_extension *e)
{
  attribute all[FM_EXTENSION_ATTRIBUTES + 1];
  size_t count = 0;
  fm_str prefix, name;
  if (c->depth == FM_EXTENSION_DEPTH || !read_name(c, &prefix, &name) || !prefix.len)
    return false;
  c->open[c->depth++] = name;
  if (!read_attributes(c, all, &count) || !is_known(c, e, prefix))
    return false;
  for (size_t i = 0; i < count; i++)
    if (all[i].prefix.len && !fm_str_is(all[i].prefix, "xmlns") &&
        !fm_str_is(all[i].prefix, "xml") && !is_known(c, e, all[i].prefix))
      return false;
  if (!eat(c, "/>"))
    return eat(c, ">");
  leave(c);
  return true;
}

/* Behind "</". */
static bool read_end(checker *c)
{
  fm_str prefix, name;
  bool matches = read_name(c, &prefix, &name) && fm_str_eq(name, c->open[c->depth - 1]);
  leave(c);
  return matches && eat(c, ">");
}

static bool is_prefix(fm_str prefix)
{
  bool valid = prefix.len > 0 && is_letter(*prefix.ptr) && !fm_str_is(prefix, "xml") &&
               !fm_str_is(prefix, "xmlns");
  for (size_t i = 0; i < prefix.len; i++)
    valid = valid && is_name_char(prefix.ptr[i]);
  return valid;
}

bool fm_extension_valid(const fm_extension *extension)
{
  fm_str xml = extension->xml;
  checker c = {.at = xml.ptr, .end = xml.len ? xml.ptr + xml.len : xml.ptr};
  if (!is_prefix(extension->prefix) || !fm_valid_iri(extension->uri) || !fm_utf8_valid(xml) ||
      !eat(&c, "<") || !read_start(&c, extension))
    return false;
  fm_str top = {xml.ptr + 1, extension->prefix.len};
  if (xml.len < top.len + 2 || !fm_str_eq(top, extension->prefix) || top.ptr[top.len] != ':')
    return false;
  while (c.depth)
    if (!read_text(&c, '<') || !eat(&c, "<") || !(eat(&c, "/") ? read_end(&c) : read_start(&c, extension)))
      return false;
  return c.at == c.end;
}

/* ---- namespaces of a document ---- */

static size_t find(const fm_namespaces *all, fm_str prefix)
{
  size_t i = 0;
  while (i < all->count && !fm_str_eq(all->items[i].prefix, prefix))
    i++;
  return i;
}

static void add(fm_namespaces *all, fm_str prefix, fm_str uri)
{
  if (all->count == FM_EXTENSION_NAMESPACES || find(all, prefix) < all->count)
    return;
  all->items[all->count].prefix = prefix;
  all->items[all->count++].uri = uri;
}

void fm_namespaces_reserve(fm_namespaces *all, fm_str prefix, fm_str uri)
{
  add(all, prefix, uri);
  all->reserved = all->count;
}

static void collect(fm_namespaces *all, const fm_extension *extensions, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (is_prefix(extensions[i].prefix) && fm_valid_iri(extensions[i].uri))
      add(all, extensions[i].prefix, extensions[i].uri);
}

void fm_namespaces_collect(fm_namespaces *all, const fm_feed *feed)
{
  collect(all, feed->extensions, feed->nextensions);
  for (size_t i = 0; i < feed->nentries; i++)
    collect(all, feed->entries[i].extensions, feed->entries[i].nextensions);
}

void fm_namespaces_declare(const fm_namespaces *all, fm_xml *xml)
{
  for (size_t i = all->reserved; i < all->count; i++)
    fm_xml_declare(xml, all->items[i].prefix, all->items[i].uri);
}

void fm_extensions_write(const fm_namespaces *all, const fm_extension *extensions, size_t count,
                         fm_xml *xml)
{
  for (size_t i = 0; i < count; i++) {
    size_t at = find(all, extensions[i].prefix);
    if (at < all->count && fm_str_eq(all->items[at].uri, extensions[i].uri) &&
        fm_extension_valid(&extensions[i]))
      fm_xml_raw(xml, extensions[i].xml);
  }
}
