/* The stack of open elements: scopes, implied end tags, insertion (section 13.2.4.2, 13.2.6.1). */
#include "dom/html_parser.h"

#include "base/str.h"

static unsigned properties_of(const html_open *open)
{
  return open->ns == NS_HTML ? fm_html_tag_properties(open->tag) : 0;
}

/* The root element stays open to the end. */
void fm_html_pop(html_parser *p)
{
  if (p->depth > 1)
    p->depth--;
}

void fm_html_pop_to(html_parser *p, size_t depth)
{
  if (depth < p->depth)
    p->depth = depth > 1 ? depth : 1;
}

void fm_html_pop_until(html_parser *p, enum html_tag tag)
{
  while (p->depth > 1 && !html_is(&p->stack[p->depth - 1], tag))
    p->depth--;
  fm_html_pop(p);
}

bool fm_html_has_open(const html_parser *p, enum html_tag tag)
{
  for (size_t i = p->depth; i-- > 0;)
    if (html_is(&p->stack[i], tag))
      return true;
  return false;
}

/* Elements of SVG and MathML that end the default scope, and are special. */
static bool is_foreign_boundary(const html_open *open)
{
  if (open->ns == NS_MATHML)
    return open->tag == TAG_MI || open->tag == TAG_MO || open->tag == TAG_MN ||
           open->tag == TAG_MS || open->tag == TAG_MTEXT || open->tag == TAG_ANNOTATION_XML;
  return open->ns == NS_SVG && (open->tag == TAG_FOREIGNOBJECT || open->tag == TAG_DESC ||
                                open->tag == TAG_TITLE);
}

bool fm_html_is_special(const html_open *open)
{
  return (properties_of(open) & IS_SPECIAL) || is_foreign_boundary(open);
}

static bool ends_scope(const html_open *open, enum html_scope scope)
{
  if (scope == SCOPE_TABLE)
    return html_is(open, TAG_HTML) || html_is(open, TAG_TABLE) || html_is(open, TAG_TEMPLATE);
  if (scope == SCOPE_SELECT)
    return !html_is(open, TAG_OPTGROUP) && !html_is(open, TAG_OPTION);
  if (scope == SCOPE_LIST && (html_is(open, TAG_OL) || html_is(open, TAG_UL)))
    return true;
  if (scope == SCOPE_BUTTON && html_is(open, TAG_BUTTON))
    return true;
  return (properties_of(open) & IS_SCOPE) || is_foreign_boundary(open);
}

bool fm_html_in_scope(const html_parser *p, enum html_tag tag, enum html_scope scope)
{
  for (size_t i = p->depth; i-- > 0;) {
    if (html_is(&p->stack[i], tag))
      return true;
    if (ends_scope(&p->stack[i], scope))
      return false;
  }
  return false;
}

bool fm_html_heading_in_scope(const html_parser *p)
{
  for (size_t i = p->depth; i-- > 0;) {
    if (properties_of(&p->stack[i]) & IS_HEADING)
      return true;
    if (ends_scope(&p->stack[i], SCOPE_DEFAULT))
      return false;
  }
  return false;
}

void fm_html_imply_end_tags(html_parser *p, enum html_tag except)
{
  while (p->depth > 1) {
    const html_open *open = &p->stack[p->depth - 1];
    if (!(properties_of(open) & IS_IMPLIED_END) || open->tag == except)
      return;
    p->depth--;
  }
}

void fm_html_close_p(html_parser *p)
{
  if (!fm_html_in_scope(p, TAG_P, SCOPE_BUTTON))
    return;
  fm_html_imply_end_tags(p, TAG_P);
  fm_html_pop_until(p, TAG_P);
}

/* ---- insertion ---- */

/* Where a child of `target` goes: before *sibling, or at the end of the parent. */
static xmlNodePtr place_for(html_parser *p, const html_open *target, xmlNodePtr *sibling)
{
  *sibling = NULL;
  if (!p->foster || !(properties_of(target) & IS_TABLE))
    return target->node;
  for (size_t i = p->depth; i-- > 0;) {
    if (html_is(&p->stack[i], TAG_TEMPLATE))
      return p->stack[i].node;
    if (!html_is(&p->stack[i], TAG_TABLE))
      continue;
    xmlNodePtr table = p->stack[i].node;
    if (!table->parent)
      return p->stack[i ? i - 1 : 0].node;
    *sibling = table;
    return table->parent;
  }
  return p->stack[0].node;
}

void fm_html_place(html_parser *p, const html_open *target, xmlNodePtr node)
{
  xmlNodePtr sibling, parent = place_for(p, target, &sibling);
  if (sibling)
    fm_html_node_insert_before(sibling, node);
  else
    fm_html_node_append(parent, node);
}

/* Deeper elements than HTML_DEPTH become siblings of the deepest. */
static void push(html_parser *p, xmlNodePtr node, enum html_tag tag, enum html_namespace ns)
{
  if (p->depth == HTML_DEPTH)
    p->depth--;
  if (p->depth)
    fm_html_place(p, html_current(p), node);
  else
    fm_html_node_append((xmlNodePtr)p->doc, node);
  p->stack[p->depth++] = (html_open){node, (uint8_t)tag, (uint8_t)ns};
}

xmlNodePtr fm_html_insert(html_parser *p, enum html_namespace ns)
{
  xmlNodePtr node = fm_html_node_new(p, p->token.name);
  fm_html_node_add_attributes(p, node);
  push(p, node, p->token.tag, ns);
  return node;
}

xmlNodePtr fm_html_insert_tag(html_parser *p, enum html_tag tag)
{
  xmlNodePtr node = fm_html_node_new(p, fm_html_tag_name(tag));
  push(p, node, tag, NS_HTML);
  return node;
}

void fm_html_insert_void(html_parser *p)
{
  fm_html_insert(p, NS_HTML);
  fm_html_pop(p);
}

void fm_html_insert_text(html_parser *p)
{
  xmlNodePtr sibling, parent = place_for(p, html_current(p), &sibling);
  fm_html_node_text(p, parent, sibling, p->token.text, p->token.references);
}

void fm_html_insert_comment(html_parser *p)
{
  fm_html_node_comment(p, p->depth ? html_current(p)->node : (xmlNodePtr)p->doc, p->token.text);
}

/* The first line break of a textarea is not part of its content. */
void fm_html_insert_raw(html_parser *p, enum html_tag tag)
{
  xmlNodePtr node = fm_html_insert(p, NS_HTML);
  fm_str text = fm_html_tokenizer_raw(&p->tokens, tag);
  if (tag == TAG_TEXTAREA && text.len && *text.ptr == '\n')
    text = fm_str_from(text, 1);
  fm_html_node_text(p, node, NULL, text, fm_html_tag_properties(tag) & IS_RCDATA);
  fm_html_pop(p);
}
