/* Document-order index of elements with Bloom signatures. */
#include "dom/tree_index.h"

#include "base/str.h"

#include <stdlib.h>

enum { ANY = UINT32_MAX, FIRST_ROOM = 1024 };

uint64_t fm_signature_of(enum fm_signature_kind kind, fm_str text)
{
  uint32_t hash = 2166136261u + (uint32_t)kind * 0x9e3779b9u;
  for (size_t i = 0; i < text.len; i++)
    hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619u;
  return UINT64_C(1) << ((hash ^ hash >> 15) * 0x85ebca6bu >> 26);
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static uint64_t signature_of_classes(const char *p)
{
  uint64_t marks = 0;
  while (*p) {
    const char *from = p;
    while (*p && !is_space(*p))
      p++;
    if (p > from)
      marks |= fm_signature_of(FM_SIGNATURE_CLASS, fm_str_span(from, p));
    while (is_space(*p))
      p++;
  }
  return marks;
}

static uint64_t signature_of(xmlNodePtr node, const xmlChar **atts)
{
  uint64_t marks = fm_signature_of(FM_SIGNATURE_NAME, fm_str_of((const char *)node->name));
  for (; atts && atts[0]; atts += 2) {
    fm_str name = fm_str_of((const char *)atts[0]);
    const char *value = atts[1] ? (const char *)atts[1] : "";
    marks |= fm_signature_of(FM_SIGNATURE_ATTRIBUTE, name);
    if (fm_str_is(name, "class"))
      marks |= signature_of_classes(value);
    else if (fm_str_is(name, "id"))
      marks |= fm_signature_of(FM_SIGNATURE_ID, fm_str_of(value));
  }
  return marks;
}

static void grow(fm_tree_index *index)
{
  index->cap = index->cap ? index->cap * 2 : FIRST_ROOM;
  index->nodes = fm_realloc(index->nodes, index->cap * sizeof *index->nodes);
  index->signatures = fm_realloc(index->signatures, index->cap * sizeof *index->signatures);
  index->ends = fm_realloc(index->ends, index->cap * sizeof *index->ends);
}

/* A node's _private holds its index, counted from 1. */
static size_t place_of(xmlNodePtr node) { return (size_t)(uintptr_t)node->_private; }

void fm_tree_index_add(fm_tree_index *index, xmlNodePtr node, const xmlChar **atts)
{
  if (node->_private || index->count == ANY - 1)
    return;
  if (index->count == index->cap)
    grow(index);
  size_t at = index->count++, up = 0;
  if (node->parent && node->parent->type == XML_ELEMENT_NODE)
    up = place_of(node->parent);
  index->nodes[at] = node;
  /* A second <html> adds its attributes to the first one later, so the root matches any
   * signature. */
  index->signatures[at] = up ? signature_of(node, atts) : UINT64_MAX;
  index->ends[at] = up ? (uint32_t)(up - 1) : ANY;
  node->_private = (void *)(uintptr_t)(at + 1);
}

void fm_tree_index_finish(fm_tree_index *index, xmlDocPtr doc)
{
  uint32_t *parents = index->ends;
  uint32_t *ends = fm_alloc((index->count + 1) * sizeof *ends);
  for (size_t i = 0; i < index->count; i++)
    ends[i] = (uint32_t)i + 1;
  for (size_t i = index->count; i-- > 0;)
    if (parents[i] != ANY && ends[parents[i]] < ends[i])
      ends[parents[i]] = ends[i];
  free(parents);
  index->ends = ends;
  doc->_private = index;
}

void fm_tree_index_free(fm_tree_index *index)
{
  if (!index)
    return;
  free(index->nodes);
  free(index->signatures);
  free(index->ends);
  free(index);
}

bool fm_tree_index_below(const fm_tree_index *index, xmlNodePtr node, size_t *from, size_t *to)
{
  size_t place = node->type == XML_ELEMENT_NODE ? place_of(node) : 0;
  bool whole = node == (xmlNodePtr)node->doc;
  if (!whole && (!place || place > index->count || index->nodes[place - 1] != node))
    return false;
  *from = whole ? 0 : place;
  *to = whole ? index->count : index->ends[place - 1];
  return true;
}
