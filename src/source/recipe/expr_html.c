/* Serializes an element as HTML for the sanitizer. */
#include "base/str.h"
#include "source/recipe/expr.h"

static bool is_one_of(xmlNodePtr node, const char *const *names)
{
  for (; *names; names++)
    if (strcmp((const char *)node->name, *names) == 0)
      return true;
  return false;
}

static bool is_left_out(xmlNodePtr node)
{
  static const char *const names[] = {"script", "style", "template", NULL};
  return is_one_of(node, names);
}

static bool is_void(xmlNodePtr node)
{
  static const char *const names[] = {"area", "base", "br", "col", "embed", "hr", "img", "input",
                                      "link", "meta", "param", "source", "track", "wbr", NULL};
  return is_one_of(node, names);
}

/* Elements whose tags are invalid without their parent. */
static bool is_container(xmlNodePtr node)
{
  static const char *const names[] = {"html", "body", "td", "th", "tr", "li", "dd", "dt", NULL};
  return is_one_of(node, names);
}

static void put_start(xmlNodePtr node, fm_buf *out)
{
  fm_buf_char(out, '<');
  fm_buf_text(out, (const char *)node->name);
  for (xmlAttrPtr a = node->properties; a; a = a->next) {
    fm_buf_char(out, ' ');
    fm_buf_text(out, (const char *)a->name);
    fm_buf_text(out, "=\"");
    if (a->children && a->children->content)
      fm_buf_html(out, fm_str_of((const char *)a->children->content));
    fm_buf_char(out, '"');
  }
  fm_buf_char(out, '>');
}

static void put_end(xmlNodePtr node, fm_buf *out)
{
  if (is_void(node))
    return;
  fm_buf_text(out, "</");
  fm_buf_text(out, (const char *)node->name);
  fm_buf_char(out, '>');
}

/* Writes text or a start tag. Returns true if the children are to be visited. */
static bool enter(xmlNodePtr node, xmlNodePtr top, fm_buf *out)
{
  if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content)
    fm_buf_html(out, fm_str_of((const char *)node->content));
  if (node->type != XML_ELEMENT_NODE || is_left_out(node))
    return false;
  if (node != top || !is_container(node))
    put_start(node, out);
  return true;
}

static void leave(xmlNodePtr node, xmlNodePtr top, fm_buf *out)
{
  if (node != top || !is_container(node))
    put_end(node, out);
}

void fm_node_html(xmlNodePtr top, fm_buf *out)
{
  xmlNodePtr at = top;
  while (!out->full) {
    bool open = enter(at, top, out);
    if (open && at->children) {
      at = at->children;
      continue;
    }
    if (open)
      leave(at, top, out);
    while (at != top && !at->next) {
      at = at->parent;
      leave(at, top, out);
    }
    if (at == top)
      return;
    at = at->next;
  }
}
