/* Nodes of a page's tree, in blocks of memory that are freed together. */
#include "dom/html_parser.h"

#include "base/entity.h"
#include "base/str.h"

#include <libxml/parserInternals.h>
#include <limits.h>
#include <stdlib.h>

enum {
  BLOCK = 64 * 1024 - 64, /* malloc keeps such blocks, and their pages, for the next tree */
  WORD = sizeof(void *)
};

struct html_block {
  html_block *next;
};

/* ---- memory ---- */

static char *take(html_parser *p, size_t bytes)
{
  if ((size_t)(p->end - p->at) < bytes) {
    size_t size = bytes > BLOCK / 4 ? sizeof(html_block) + bytes : BLOCK;
    html_block *made = fm_alloc(size);
    made->next = p->blocks;
    p->blocks = made;
    if (size != BLOCK) /* a block of its own; the current one stays in use */
      return (char *)(made + 1);
    p->at = (char *)(made + 1);
    p->end = (char *)made + BLOCK;
  }
  char *piece = p->at;
  p->at += bytes;
  return piece;
}

static void *take_struct(html_parser *p, size_t bytes)
{
  if (p->at)
    p->at += -(uintptr_t)p->at & (WORD - 1);
  if (p->at > p->end)
    p->at = p->end;
  return memset(take(p, bytes), 0, bytes);
}

static char *take_copy(html_parser *p, fm_str text)
{
  char *copy = memcpy(take(p, text.len + 1), text.len ? text.ptr : "", text.len);
  copy[text.len] = 0;
  return copy;
}

/* xmlFreeDoc frees what libxml2 allocated: the document and its ids. */
void fm_html_free(xmlDocPtr doc, html_block *blocks)
{
  if (doc) {
    doc->children = doc->last = NULL;
    xmlFreeDoc(doc);
  }
  for (html_block *next; blocks; blocks = next) {
    next = blocks->next;
    free(blocks);
  }
}

/* ---- text ---- */

/* A character reference may name a control, which XML does not allow. */
static size_t put_character(uint32_t c, char *out)
{
  bool control = c < ' ' && c != '\n' && c != '\t' && c != '\r';
  bool noncharacter = c == 0xfffe || c == 0xffff;
  return control || noncharacter ? 0 : fm_utf8_put(c, out);
}

/* Decodes references; no reference is shorter than its character. */
static size_t decode(fm_str text, enum fm_ref_place place, char *out)
{
  const char *at = text.ptr, *end = text.len ? at + text.len : at;
  char *start = out;
  while (at < end) {
    const char *amp = memchr(at, '&', (size_t)(end - at));
    size_t plain = (size_t)((amp ? amp : end) - at);
    memcpy(out, at, plain);
    out += plain;
    at += plain;
    if (!amp)
      break;
    uint32_t c;
    size_t bytes = fm_entity_read(at, end, place, &c);
    if (bytes)
      out += put_character(c, out);
    else
      *out++ = '&';
    at += bytes ? bytes : 1;
  }
  return (size_t)(out - start);
}

static xmlNodePtr new_text(html_parser *p, xmlElementType type)
{
  xmlNodePtr node = take_struct(p, sizeof *node);
  node->type = type;
  node->name = type == XML_CDATA_SECTION_NODE ? NULL : xmlStringText;
  node->doc = p->doc;
  return node;
}

static char *make_room(html_parser *p, xmlNodePtr node, size_t more)
{
  if (p->text != node) {
    p->text = node;
    p->text_len = p->text_room = node->content ? strlen((const char *)node->content) : 0;
  }
  if (p->text_room - p->text_len < more || !node->content) {
    size_t room = p->text_len ? (p->text_len + more) * 2 : more;
    char *bigger = take(p, room + 1);
    if (p->text_len)
      memcpy(bigger, node->content, p->text_len);
    node->content = (xmlChar *)bigger;
    p->text_room = room;
  }
  return (char *)node->content + p->text_len;
}

/* Scripts and styles hold CDATA nodes, as libxml2's own HTML parser makes them. */
static xmlElementType text_type(xmlNodePtr parent)
{
  const char *name = (const char *)parent->name;
  return strcmp(name, "script") == 0 || strcmp(name, "style") == 0 ? XML_CDATA_SECTION_NODE
                                                                   : XML_TEXT_NODE;
}

void fm_html_node_text(html_parser *p, xmlNodePtr parent, xmlNodePtr sibling, fm_str text,
                    bool references)
{
  if (!text.len)
    return;
  xmlNodePtr last = sibling ? sibling->prev : parent->last;
  if (!last || (last->type != XML_TEXT_NODE && last->type != XML_CDATA_SECTION_NODE)) {
    last = new_text(p, text_type(parent));
    if (sibling)
      fm_html_node_insert_before(sibling, last);
    else
      fm_html_node_append(parent, last);
  }
  char *out = make_room(p, last, text.len);
  bool decoded = references && memchr(text.ptr, '&', text.len);
  size_t len = decoded ? decode(text, FM_REF_TEXT, out) : text.len;
  if (!decoded)
    memcpy(out, text.ptr, len);
  out[len] = 0;
  p->text_len += len;
}

void fm_html_node_comment(html_parser *p, xmlNodePtr parent, fm_str text)
{
  xmlNodePtr node = take_struct(p, sizeof *node);
  node->type = XML_COMMENT_NODE;
  node->name = xmlStringComment;
  node->doc = p->doc;
  node->content = (xmlChar *)take_copy(p, text);
  fm_html_node_append(parent, node);
}

/* ---- elements ---- */

static const xmlChar *intern(html_parser *p, fm_str name)
{
  const char *known = fm_map_get(&p->names, name);
  if (!known) {
    known = take_copy(p, name);
    fm_map_put(&p->names, name, (void *)known);
  }
  return (const xmlChar *)known;
}

static const xmlChar *intern_lower(html_parser *p, fm_str name)
{
  char text[HTML_NAME_MAX];
  size_t len = name.len < sizeof text ? name.len : sizeof text;
  for (size_t i = 0; i < len; i++)
    text[i] = (unsigned)(name.ptr[i] - 'A') < 26 ? (char)(name.ptr[i] | 0x20) : name.ptr[i];
  return intern(p, (fm_str){text, len});
}

/* "svg:g" is a g. */
static fm_str local_name(fm_str name)
{
  const char *colon = memchr(name.ptr, ':', name.len);
  bool prefixed = colon && colon != name.ptr && colon + 1 < name.ptr + name.len;
  return prefixed ? fm_str_span(colon + 1, name.ptr + name.len) : name;
}

bool fm_html_node_named(xmlNodePtr node, fm_str name)
{
  return fm_str_eq(fm_str_of((const char *)node->name), local_name(name));
}

/* The line of the tag that was read last; libxml2 keeps 16 bits of it. */
static unsigned short line_of(html_parser *p)
{
  const char *at = p->line_at, *end = p->tokens.at;
  while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
    p->line++;
    at++;
  }
  p->line_at = end;
  return (unsigned short)(p->line < USHRT_MAX ? p->line : USHRT_MAX);
}

xmlNodePtr fm_html_node_new(html_parser *p, fm_str name)
{
  xmlNodePtr node = take_struct(p, sizeof *node);
  enum html_tag tag = fm_html_tag_find(name);
  node->type = XML_ELEMENT_NODE;
  node->name = tag ? (const xmlChar *)fm_html_tag_name(tag).ptr : intern(p, local_name(name));
  node->doc = p->doc;
  node->line = line_of(p);
  return node;
}

static xmlAttrPtr last_attribute(xmlNodePtr node)
{
  xmlAttrPtr last = node->properties;
  while (last && last->next)
    last = last->next;
  return last;
}

static xmlAttrPtr add_attribute(html_parser *p, xmlNodePtr node, xmlAttrPtr last,
                                const xmlChar *name, xmlChar *value)
{
  xmlAttrPtr made = take_struct(p, sizeof *made);
  made->type = XML_ATTRIBUTE_NODE;
  made->name = name;
  made->doc = node->doc;
  made->parent = node;
  made->prev = last;
  *(last ? &last->next : &node->properties) = made;
  xmlNodePtr text = new_text(p, XML_TEXT_NODE);
  text->content = value;
  text->parent = (xmlNodePtr)made;
  made->children = made->last = text;
  return made;
}

static bool has_attribute(xmlNodePtr node, const xmlChar *name)
{
  for (xmlAttrPtr a = node->properties; a; a = a->next)
    if (strcmp((const char *)a->name, (const char *)name) == 0)
      return true;
  return false;
}

/* A boolean attribute without a value is its own value, as XPath 1.0 users of libxml2 expect. */
static xmlChar *value_of(html_parser *p, const xmlChar *name, fm_str value)
{
  if (!value.ptr)
    return htmlIsBooleanAttr(name) ? (xmlChar *)name : (xmlChar *)take_copy(p, FM_STR(""));
  char *out = take(p, value.len + 1);
  size_t len = value.len;
  if (memchr(value.ptr, '&', value.len))
    len = decode(value, FM_REF_ATTRIBUTE, out);
  else
    memcpy(out, value.ptr, len);
  out[len] = 0;
  return (xmlChar *)out;
}

void fm_html_node_add_attributes(html_parser *p, xmlNodePtr node)
{
  bool fresh = !node->properties;
  xmlAttrPtr last = last_attribute(node);
  for (size_t i = 0; i < p->tokens.nattributes; i++) {
    const html_attribute *a = &p->tokens.attributes[i];
    const xmlChar *name = intern_lower(p, a->name);
    if (!fresh && has_attribute(node, name))
      continue;
    last = add_attribute(p, node, last, name, value_of(p, name, a->value));
    if (strcmp((const char *)name, "id") == 0 && *last->children->content)
      xmlAddID(NULL, node->doc, last->children->content, last); /* for XPath's id() */
  }
}

xmlNodePtr fm_html_node_clone(html_parser *p, xmlNodePtr node)
{
  xmlNodePtr made = take_struct(p, sizeof *made);
  xmlAttrPtr last = NULL;
  made->type = XML_ELEMENT_NODE;
  made->name = node->name;
  made->doc = node->doc;
  for (xmlAttrPtr a = node->properties; a; a = a->next)
    last = add_attribute(p, made, last, a->name, a->children->content);
  return made;
}

/* ---- the tree ---- */

void fm_html_node_append(xmlNodePtr parent, xmlNodePtr node)
{
  node->parent = parent;
  node->next = NULL;
  node->prev = parent->last;
  *(parent->last ? &parent->last->next : &parent->children) = node;
  parent->last = node;
}

void fm_html_node_insert_before(xmlNodePtr sibling, xmlNodePtr node)
{
  node->parent = sibling->parent;
  node->next = sibling;
  node->prev = sibling->prev;
  *(sibling->prev ? &sibling->prev->next : &sibling->parent->children) = node;
  sibling->prev = node;
}

void fm_html_node_detach(xmlNodePtr node)
{
  if (!node->parent)
    return;
  *(node->prev ? &node->prev->next : &node->parent->children) = node->next;
  *(node->next ? &node->next->prev : &node->parent->last) = node->prev;
  node->parent = node->next = node->prev = NULL;
}

void fm_html_node_move_children(xmlNodePtr from, xmlNodePtr to)
{
  for (xmlNodePtr child; (child = from->children);) {
    fm_html_node_detach(child);
    fm_html_node_append(to, child);
  }
}
