/* Builds the tree from libxml2's SAX events, in blocks of memory. */
#include "dom/tree_build.h"

#include "base/str.h"

#include <libxml/HTMLtree.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <stdlib.h>

enum {
  BLOCK = 64 * 1024 - 64, /* malloc keeps such blocks, and their pages, for the next tree */
  WORD = sizeof(void *)
};

struct tree_block {
  tree_block *next;
};

/* ---- memory ---- */

static char *take(tree_builder *b, size_t bytes)
{
  if ((size_t)(b->end - b->at) < bytes) {
    size_t size = bytes > BLOCK / 4 ? sizeof(tree_block) + bytes : BLOCK;
    tree_block *made = fm_alloc(size);
    made->next = b->blocks;
    b->blocks = made;
    if (size != BLOCK) /* one of its own; the last goes on being used */
      return (char *)(made + 1);
    b->at = (char *)(made + 1);
    b->end = (char *)made + BLOCK;
  }
  char *piece = b->at;
  b->at += bytes;
  return piece;
}

static void *take_struct(tree_builder *b, size_t bytes)
{
  if (b->at) /* nothing may be added to NULL, not even nothing */
    b->at += -(uintptr_t)b->at & (WORD - 1);
  if (b->at > b->end)
    b->at = b->end;
  return memset(take(b, bytes), 0, bytes);
}

static xmlChar *take_copy(tree_builder *b, const char *text, size_t len)
{
  char *copy = memcpy(take(b, len + 1), text, len);
  copy[len] = 0;
  return (xmlChar *)copy;
}

static int lines_in(fm_str text)
{
  int lines = 0;
  for (const char *p = text.ptr, *end = p + text.len; (p = memchr(p, '\n', (size_t)(end - p))); p++)
    lines++;
  return lines;
}

/* ---- nodes ---- */

static xmlNodePtr new_node(tree_builder *b, xmlElementType type, const xmlChar *name)
{
  xmlNodePtr node = take_struct(b, sizeof *node);
  int line = b->lines + (b->parser->input ? b->parser->input->line : 0);
  node->type = type;
  node->name = name;
  node->doc = b->parser->myDoc;
  node->line = (unsigned short)(line < USHRT_MAX ? line : USHRT_MAX);
  return node;
}

static void append_to(tree_builder *b, xmlNodePtr parent, xmlNodePtr node)
{
  node->parent = parent;
  node->prev = parent->last;
  if (parent->last)
    parent->last->next = node;
  else
    parent->children = node;
  parent->last = node;
  b->text = NULL;
}

static void append(tree_builder *b, xmlNodePtr node)
{
  append_to(b, b->parser->node ? b->parser->node : (xmlNodePtr)b->parser->myDoc, node);
}

/* What comes after the root's end is put into it, if nothing stands before it. */
static void append_element(tree_builder *b, xmlNodePtr node)
{
  xmlNodePtr first = b->parser->myDoc->children;
  if (!b->parser->node && first && first->type == XML_ELEMENT_NODE)
    append_to(b, first, node);
  else
    append(b, node);
}

static void add_attribute(tree_builder *b, xmlNodePtr node, xmlAttrPtr *last, const xmlChar *name,
                          const xmlChar *value)
{
  xmlAttrPtr made = take_struct(b, sizeof *made);
  made->type = XML_ATTRIBUTE_NODE;
  made->name = name;
  made->doc = node->doc;
  made->parent = node;
  made->prev = *last;
  *(*last ? &(*last)->next : &node->properties) = made;
  *last = made;
  if (!value && htmlIsBooleanAttr(name))
    value = name;
  if (!value)
    return;
  xmlNodePtr text = new_node(b, XML_TEXT_NODE, xmlStringText);
  text->line = 0;
  text->content = take_copy(b, (const char *)value, strlen((const char *)value));
  text->parent = (xmlNodePtr)made;
  made->children = made->last = text;
  if (strcmp((const char *)name, "id") == 0 && *value)
    xmlAddID(NULL, node->doc, value, made); /* for XPath's id() */
}

/* ---- what the parser tells ---- */

static tree_builder *builder_of(void *data) { return ((htmlParserCtxtPtr)data)->_private; }

/* "svg:g" is a g: prefixes mean nothing here. */
static const xmlChar *local_name(tree_builder *b, const xmlChar *name)
{
  const char *colon = strchr((const char *)name, ':');
  bool prefixed = colon && colon != (const char *)name && colon[1];
  return prefixed ? xmlDictLookup(b->parser->dict, BAD_CAST(colon + 1), -1) : name;
}

static void on_start(void *data, const xmlChar *name, const xmlChar **atts)
{
  tree_builder *b = builder_of(data);
  xmlNodePtr node = new_node(b, XML_ELEMENT_NODE, local_name(b, name));
  xmlAttrPtr last = NULL;
  append_element(b, node);
  for (const xmlChar **att = atts; att && att[0]; att += 2)
    add_attribute(b, node, &last, att[0], att[1]);
  fm_tree_index_add(b->index, node, atts);
  if (++b->depth <= TREE_DEPTH)
    b->parser->node = node;
}

static void on_end(void *data, const xmlChar *name)
{
  tree_builder *b = builder_of(data);
  xmlNodePtr node = b->parser->node;
  (void)name;
  b->text = NULL;
  if (!b->depth || b->depth-- > TREE_DEPTH || !node)
    return;
  b->parser->node = b->depth ? node->parent : NULL;
}

static void text_more(tree_builder *b, const char *text, size_t len)
{
  xmlNodePtr node = b->text;
  if (b->room - b->len < len) {
    size_t room = (b->len + len) * 2;
    char *bigger = take(b, room + 1);
    memcpy(bigger, node->content, b->len);
    node->content = (xmlChar *)bigger;
    b->room = room;
  }
  memcpy(node->content + b->len, text, len);
  b->len += len;
  node->content[b->len] = 0;
}

static void add_text(void *data, const xmlChar *text, int len, xmlElementType type)
{
  tree_builder *b = builder_of(data);
  if (!b->parser->node || len <= 0)
    return;
  if (b->text && b->text->type == type) {
    text_more(b, (const char *)text, (size_t)len);
    return;
  }
  xmlNodePtr node = new_node(b, type, type == XML_TEXT_NODE ? xmlStringText : NULL);
  append(b, node);
  node->content = take_copy(b, (const char *)text, (size_t)len);
  b->text = node;
  b->len = b->room = (size_t)len;
}

static void on_text(void *data, const xmlChar *text, int len)
{
  add_text(data, text, len, XML_TEXT_NODE);
}

static void on_cdata(void *data, const xmlChar *text, int len)
{
  tree_builder *b = builder_of(data);
  const fm_str *script = tree_script_of(b->scripts, (fm_str){(const char *)text, (size_t)len});
  if (!script || !b->parser->node || strcmp((const char *)b->parser->node->name, "script") != 0) {
    add_text(data, text, len, XML_CDATA_SECTION_NODE);
    return;
  }
  add_text(data, (const xmlChar *)script->ptr, (int)script->len, XML_CDATA_SECTION_NODE);
  b->lines += lines_in(*script);
  b->put_back++;
}

static void on_comment(void *data, const xmlChar *text)
{
  tree_builder *b = builder_of(data);
  xmlNodePtr node = new_node(b, XML_COMMENT_NODE, xmlStringComment);
  node->content = take_copy(b, (const char *)text, strlen((const char *)text));
  append(b, node);
}

static void on_instruction(void *data, const xmlChar *target, const xmlChar *text)
{
  tree_builder *b = builder_of(data);
  const char *name = (const char *)target;
  xmlNodePtr node = new_node(b, XML_PI_NODE, take_copy(b, name, strlen(name)));
  if (text)
    node->content = take_copy(b, (const char *)text, strlen((const char *)text));
  append(b, node);
}

/* Names are the dictionary's, which the document keeps. */
static void on_document(void *data)
{
  htmlParserCtxtPtr parser = data;
  xmlSAX2StartDocument(parser);
  if (parser->myDoc && !parser->myDoc->dict && xmlDictReference(parser->dict) == 0)
    parser->myDoc->dict = parser->dict;
}

void tree_build_start(tree_builder *builder, htmlParserCtxtPtr parser, fm_tree_index *index,
                      const tree_scripts *scripts)
{
  *builder = (tree_builder){.parser = parser, .index = index, .scripts = scripts};
  parser->_private = builder;
  parser->sax->startDocument = on_document;
  parser->sax->startElement = on_start;
  parser->sax->endElement = on_end;
  parser->sax->characters = on_text;
  parser->sax->cdataBlock = on_cdata;
  parser->sax->comment = on_comment;
  parser->sax->processingInstruction = on_instruction;
}

/* What libxml2 made of it, it frees: the document, its DTD, ids and names. */
void tree_free(xmlDocPtr doc, tree_block *blocks)
{
  if (doc) {
    xmlNodePtr dtd = (xmlNodePtr)doc->intSubset;
    if (dtd)
      dtd->next = dtd->prev = NULL;
    doc->children = doc->last = dtd;
    xmlFreeDoc(doc);
  }
  for (tree_block *next; blocks; blocks = next) {
    next = blocks->next;
    free(blocks);
  }
}
