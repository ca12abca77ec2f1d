/* Active formatting elements and the adoption agency (sections 13.2.4.3 and 13.2.6.4.7). */
#include "dom/html_parser.h"

#include "base/str.h"

static const size_t none = (size_t)-1;

static size_t format_index(const html_parser *p, xmlNodePtr node)
{
  for (size_t i = p->nformats; i-- > 0;)
    if (p->formats[i].node == node)
      return i;
  return none;
}

static size_t stack_index(const html_parser *p, xmlNodePtr node)
{
  for (size_t i = p->depth; i-- > 0;)
    if (p->stack[i].node == node)
      return i;
  return none;
}

static void remove_format(html_parser *p, size_t at)
{
  p->nformats--;
  memmove(&p->formats[at], &p->formats[at + 1], (p->nformats - at) * sizeof *p->formats);
}

static void insert_format(html_parser *p, size_t at, html_format made)
{
  if (p->nformats == HTML_FORMATS_MAX) {
    remove_format(p, 0);
    at -= at > 0;
  }
  memmove(&p->formats[at + 1], &p->formats[at], (p->nformats - at) * sizeof *p->formats);
  p->formats[at] = made;
  p->nformats++;
}

static void remove_open(html_parser *p, size_t at)
{
  p->depth--;
  memmove(&p->stack[at], &p->stack[at + 1], (p->depth - at) * sizeof *p->stack);
}

static void insert_open(html_parser *p, size_t at, html_open made)
{
  if (p->depth == HTML_DEPTH)
    p->depth--;
  at = at < p->depth ? at : p->depth;
  memmove(&p->stack[at + 1], &p->stack[at], (p->depth - at) * sizeof *p->stack);
  p->stack[at] = made;
  p->depth++;
}

/* ---- the list ---- */

static size_t count_attributes(xmlNodePtr node)
{
  size_t count = 0;
  for (xmlAttrPtr a = node->properties; a; a = a->next)
    count++;
  return count;
}

static bool has_equal(xmlNodePtr node, xmlAttrPtr wanted)
{
  for (xmlAttrPtr a = node->properties; a; a = a->next)
    if (strcmp((const char *)a->name, (const char *)wanted->name) == 0)
      return strcmp((const char *)a->children->content,
                    (const char *)wanted->children->content) == 0;
  return false;
}

static bool same_attributes(xmlNodePtr a, xmlNodePtr b)
{
  if (count_attributes(a) != count_attributes(b))
    return false;
  for (xmlAttrPtr at = a->properties; at; at = at->next)
    if (!has_equal(b, at))
      return false;
  return true;
}

/* At most three equal elements are kept (the "Noah's Ark clause"). */
void fm_html_format_push(html_parser *p, xmlNodePtr node, enum html_tag tag)
{
  size_t equal = 0, earliest = none;
  for (size_t i = p->nformats; i-- > 0 && p->formats[i].node;)
    if (p->formats[i].tag == tag && p->formats[i].node->name == node->name &&
        same_attributes(p->formats[i].node, node)) {
      equal++;
      earliest = i;
    }
  if (equal >= 3)
    remove_format(p, earliest);
  insert_format(p, p->nformats, (html_format){node, (uint8_t)tag});
}

void fm_html_format_marker(html_parser *p)
{
  insert_format(p, p->nformats, (html_format){NULL, TAG_UNKNOWN});
}

void fm_html_format_clear(html_parser *p)
{
  while (p->nformats && p->formats[--p->nformats].node)
    ;
}

xmlNodePtr fm_html_format_find(const html_parser *p, enum html_tag tag)
{
  for (size_t i = p->nformats; i-- > 0 && p->formats[i].node;)
    if (p->formats[i].tag == tag)
      return p->formats[i].node;
  return NULL;
}

void fm_html_format_remove(html_parser *p, xmlNodePtr node)
{
  size_t at = format_index(p, node);
  if (at != none)
    remove_format(p, at);
}

static bool is_settled(const html_parser *p, size_t at)
{
  return !p->formats[at].node || stack_index(p, p->formats[at].node) != none;
}

void fm_html_format_reconstruct(html_parser *p)
{
  size_t at = p->nformats;
  while (at > 0 && !is_settled(p, at - 1))
    at--;
  for (; at < p->nformats && p->clones_left && p->depth < HTML_DEPTH; at++) {
    xmlNodePtr made = fm_html_node_clone(p, p->formats[at].node);
    fm_html_place(p, html_current(p), made);
    p->stack[p->depth++] = (html_open){made, p->formats[at].tag, NS_HTML};
    p->formats[at].node = made;
    p->clones_left--;
  }
}

/* ---- the adoption agency ---- */

static size_t furthest_block(const html_parser *p, size_t formatting)
{
  for (size_t i = formatting + 1; i < p->depth; i++)
    if (fm_html_is_special(&p->stack[i]))
      return i;
  return none;
}

/* Clones the formatting elements between the formatting element and the furthest block, and
 * hangs the block's part of the tree below the clones. Returns the topmost node to place. */
static xmlNodePtr rebuild_chain(html_parser *p, xmlNodePtr formatting, xmlNodePtr block,
                                size_t *bookmark)
{
  xmlNodePtr last = block;
  size_t at = stack_index(p, block);
  for (unsigned inner = 1; at-- > 0 && p->stack[at].node != formatting; inner++) {
    size_t listed = format_index(p, p->stack[at].node);
    if (inner > 3 && listed != none) {
      remove_format(p, listed);
      *bookmark -= listed < *bookmark;
      listed = none;
    }
    if (listed == none) {
      remove_open(p, at);
      continue;
    }
    xmlNodePtr made = fm_html_node_clone(p, p->stack[at].node);
    p->formats[listed].node = p->stack[at].node = made;
    if (last == block)
      *bookmark = listed + 1;
    fm_html_node_detach(last);
    fm_html_node_append(made, last);
    last = made;
  }
  return last;
}

/* One round; false when the algorithm is done. */
static bool adopt_once(html_parser *p, enum html_tag tag)
{
  xmlNodePtr formatting = fm_html_format_find(p, tag);
  if (!formatting) {
    fm_html_any_other_end_tag(p);
    return false;
  }
  size_t open = stack_index(p, formatting);
  if (open == none) {
    fm_html_format_remove(p, formatting);
    return false;
  }
  if (!fm_html_in_scope(p, tag, SCOPE_DEFAULT))
    return false;
  size_t furthest = furthest_block(p, open);
  if (furthest == none || open == 0) {
    fm_html_pop_to(p, open);
    fm_html_format_remove(p, formatting);
    return false;
  }
  html_open block = p->stack[furthest], common = p->stack[open - 1];
  size_t bookmark = format_index(p, formatting);
  xmlNodePtr last = rebuild_chain(p, formatting, block.node, &bookmark);
  fm_html_node_detach(last);
  bool foster = p->foster;
  p->foster = true;
  fm_html_place(p, &common, last);
  p->foster = foster;
  xmlNodePtr made = fm_html_node_clone(p, formatting);
  fm_html_node_move_children(block.node, made);
  fm_html_node_append(block.node, made);
  size_t listed = format_index(p, formatting);
  if (listed != none) {
    remove_format(p, listed);
    bookmark -= listed < bookmark;
  }
  insert_format(p, bookmark < p->nformats ? bookmark : p->nformats,
                (html_format){made, (uint8_t)tag});
  remove_open(p, stack_index(p, formatting));
  insert_open(p, stack_index(p, block.node) + 1, (html_open){made, (uint8_t)tag, NS_HTML});
  return true;
}

void fm_html_adopt(html_parser *p, enum html_tag tag)
{
  html_open *current = html_current(p);
  if (html_is(current, tag) && format_index(p, current->node) == none) {
    fm_html_pop(p);
    return;
  }
  for (unsigned round = 0; round < 8 && p->clones_left && adopt_once(p, tag); round++)
    p->clones_left--;
}
