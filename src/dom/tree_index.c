/* Document-order index of elements with Bloom signatures. */
#include "dom/tree_index.h"

#include "base/ascii.h"
#include "base/str.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1024 };

uint64_t fm_signature_of(enum fm_signature_kind kind, fm_str text)
{
  uint32_t hash = 2166136261u + (uint32_t)kind * 0x9e3779b9u;
  for (size_t i = 0; i < text.len; i++)
    hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619u;
  return UINT64_C(1) << ((hash ^ hash >> 15) * 0x85ebca6bu >> 26);
}

static uint64_t signature_of_classes(const char *p)
{
  uint64_t marks = 0;
  while (*p) {
    const char *from = p;
    while (*p && !fm_is_space(*p))
      p++;
    if (p > from)
      marks |= fm_signature_of(FM_SIGNATURE_CLASS, fm_str_span(from, p));
    while (fm_is_space(*p))
      p++;
  }
  return marks;
}

static uint64_t signature_of(xmlNodePtr node)
{
  uint64_t signature = fm_signature_of(FM_SIGNATURE_NAME, fm_str_of((const char *)node->name));
  for (xmlAttrPtr a = node->properties; a; a = a->next) {
    fm_str name = fm_str_of((const char *)a->name);
    const char *value = (const char *)a->children->content;
    signature |= fm_signature_of(FM_SIGNATURE_ATTRIBUTE, name);
    if (fm_str_is(name, "class"))
      signature |= signature_of_classes(value);
    else if (fm_str_is(name, "id"))
      signature |= fm_signature_of(FM_SIGNATURE_ID, fm_str_of(value));
  }
  return signature;
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

static void add(fm_tree_index *index, xmlNodePtr node)
{
  if (index->count == UINT32_MAX - 1)
    return;
  if (index->count == index->cap)
    grow(index);
  index->nodes[index->count] = node;
  index->signatures[index->count] = signature_of(node);
  node->_private = (void *)(uintptr_t)++index->count;
}

void fm_tree_index_build(fm_tree_index *index, xmlDocPtr doc)
{
  xmlNodePtr at = doc->children;
  while (at) {
    bool element = at->type == XML_ELEMENT_NODE;
    if (element)
      add(index, at);
    if (element && at->children) {
      at = at->children;
      continue;
    }
    if (element && place_of(at))
      index->ends[place_of(at) - 1] = (uint32_t)index->count;
    while (!at->next && at->parent != (xmlNodePtr)doc) {
      at = at->parent;
      if (place_of(at))
        index->ends[place_of(at) - 1] = (uint32_t)index->count;
    }
    at = at->next;
  }
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
