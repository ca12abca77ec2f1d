/* Insertion modes before and after the body (sections 13.2.6.4.1 to 6, 19, 22, 23). */
#include "dom/html_parser.h"

#include "base/str.h"

#include <strings.h>

bool fm_html_is_blank(fm_str text)
{
  for (size_t i = 0; i < text.len; i++)
    if (!html_is_space(text.ptr[i]))
      return false;
  return true;
}

bool fm_html_take_space(html_parser *p, bool insert)
{
  fm_str text = p->token.text;
  size_t n = 0;
  while (n < text.len && html_is_space(text.ptr[n]))
    n++;
  if (n && insert) {
    p->token.text.len = n;
    fm_html_insert_text(p);
  }
  p->token.text = fm_str_from(text, n);
  return n == text.len;
}

fm_str fm_html_token_attribute(const html_parser *p, const char *name)
{
  fm_str wanted = fm_str_of(name);
  for (size_t i = 0; i < p->tokens.nattributes; i++)
    if (fm_str_ieq(p->tokens.attributes[i].name, wanted))
      return p->tokens.attributes[i].value.ptr ? p->tokens.attributes[i].value : FM_STR("");
  return (fm_str){NULL, 0};
}

static bool is_start(const html_parser *p, enum html_tag tag)
{
  return p->token.kind == TOKEN_START && p->token.tag == tag;
}

static bool is_end(const html_parser *p, enum html_tag tag)
{
  return p->token.kind == TOKEN_END && p->token.tag == tag;
}

/* ---- the doctype ---- */

static bool contains(fm_str text, const char *part)
{
  fm_str wanted = fm_str_of(part);
  for (size_t i = 0; i + wanted.len <= text.len; i++)
    if (strncasecmp(text.ptr + i, part, wanted.len) == 0)
      return true;
  return false;
}

/* The public identifiers of before HTML 4 strict mean quirks mode. */
static bool means_quirks(fm_str doctype)
{
  doctype = fm_str_trim(doctype);
  if (doctype.len < 4 || strncasecmp(doctype.ptr, "html", 4) != 0 ||
      (doctype.len > 4 && !html_is_space(doctype.ptr[4])))
    return true;
  if (!contains(doctype, "public"))
    return contains(doctype, "ibmxhtml1-transitional");
  if (contains(doctype, "dtd html 4.01 transitional//") ||
      contains(doctype, "dtd html 4.01 frameset//"))
    return !contains(doctype, "http:");
  return !contains(doctype, "dtd xhtml ") && !contains(doctype, "dtd html 4.01//") &&
         !contains(doctype, "dtd html 4.0//");
}

bool fm_html_mode_initial(html_parser *p)
{
  if (p->token.kind == TOKEN_TEXT && fm_html_take_space(p, false))
    return true;
  if (p->token.kind == TOKEN_COMMENT) {
    fm_html_insert_comment(p);
    return true;
  }
  p->mode = MODE_BEFORE_HTML;
  bool doctype = p->token.kind == TOKEN_DOCTYPE;
  p->quirks = !doctype || means_quirks(p->token.text);
  return doctype;
}

/* ---- html and head ---- */

/* End tags other than these are ignored before the body. */
static bool is_ignored_end(const html_parser *p)
{
  return p->token.kind == TOKEN_END && p->token.tag != TAG_HEAD && p->token.tag != TAG_BODY &&
         p->token.tag != TAG_HTML && p->token.tag != TAG_BR;
}

bool fm_html_mode_before_html(html_parser *p)
{
  if (p->token.kind == TOKEN_DOCTYPE || is_ignored_end(p) ||
      (p->token.kind == TOKEN_TEXT && fm_html_take_space(p, false)))
    return true;
  if (p->token.kind == TOKEN_COMMENT) {
    fm_html_insert_comment(p);
    return true;
  }
  p->mode = MODE_BEFORE_HEAD;
  if (is_start(p, TAG_HTML)) {
    fm_html_insert(p, NS_HTML);
    return true;
  }
  fm_html_insert_tag(p, TAG_HTML);
  return false;
}

bool fm_html_mode_before_head(html_parser *p)
{
  if (p->token.kind == TOKEN_DOCTYPE || is_ignored_end(p) ||
      (p->token.kind == TOKEN_TEXT && fm_html_take_space(p, false)))
    return true;
  if (p->token.kind == TOKEN_COMMENT) {
    fm_html_insert_comment(p);
    return true;
  }
  if (is_start(p, TAG_HTML))
    return fm_html_mode_in_body(p);
  p->mode = MODE_IN_HEAD;
  if (is_start(p, TAG_HEAD)) {
    p->head = fm_html_insert(p, NS_HTML);
    return true;
  }
  p->head = fm_html_insert_tag(p, TAG_HEAD);
  return false;
}

static bool start_in_head(html_parser *p)
{
  switch (p->token.tag) {
    case TAG_HTML: return fm_html_mode_in_body(p);
    case TAG_BASE: case TAG_BASEFONT: case TAG_BGSOUND: case TAG_LINK: case TAG_META:
      fm_html_insert_void(p);
      return true;
    case TAG_TITLE: case TAG_NOFRAMES: case TAG_STYLE: case TAG_SCRIPT:
      fm_html_insert_raw(p, p->token.tag);
      return true;
    case TAG_NOSCRIPT:
      fm_html_insert(p, NS_HTML);
      p->mode = MODE_IN_HEAD_NOSCRIPT;
      return true;
    case TAG_TEMPLATE:
      fm_html_insert(p, NS_HTML);
      fm_html_format_marker(p);
      p->frameset_ok = false;
      p->mode = MODE_IN_TEMPLATE;
      if (p->ntemplates < HTML_TEMPLATES_MAX)
        p->templates[p->ntemplates++] = MODE_IN_TEMPLATE;
      return true;
    case TAG_HEAD: return true;
    default:
      fm_html_pop(p);
      p->mode = MODE_AFTER_HEAD;
      return false;
  }
}

static bool end_in_head(html_parser *p)
{
  if (p->token.tag == TAG_TEMPLATE) {
    if (!fm_html_has_open(p, TAG_TEMPLATE))
      return true;
    fm_html_pop_until(p, TAG_TEMPLATE);
    fm_html_format_clear(p);
    p->ntemplates -= p->ntemplates > 0;
    fm_html_reset_mode(p);
    return true;
  }
  if (is_ignored_end(p))
    return true;
  fm_html_pop(p);
  p->mode = MODE_AFTER_HEAD;
  return p->token.tag == TAG_HEAD;
}

bool fm_html_mode_in_head(html_parser *p)
{
  switch (p->token.kind) {
    case TOKEN_TEXT:
      if (fm_html_take_space(p, true))
        return true;
      break;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_DOCTYPE: return true;
    case TOKEN_START: return start_in_head(p);
    case TOKEN_END: return end_in_head(p);
    default: break;
  }
  fm_html_pop(p);
  p->mode = MODE_AFTER_HEAD;
  return false;
}

bool fm_html_mode_in_head_noscript(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  bool start = p->token.kind == TOKEN_START, end = p->token.kind == TOKEN_END;
  if (p->token.kind == TOKEN_DOCTYPE || (start && (tag == TAG_HEAD || tag == TAG_NOSCRIPT)) ||
      (end && tag != TAG_NOSCRIPT && tag != TAG_BR))
    return true;
  bool in_head = start && (tag == TAG_BASEFONT || tag == TAG_BGSOUND || tag == TAG_LINK ||
                           tag == TAG_META || tag == TAG_NOFRAMES || tag == TAG_STYLE);
  if (in_head || p->token.kind == TOKEN_COMMENT)
    return fm_html_mode_in_head(p);
  if (p->token.kind == TOKEN_TEXT && fm_html_take_space(p, true))
    return true;
  if (start && tag == TAG_HTML)
    return fm_html_mode_in_body(p);
  fm_html_pop(p);
  p->mode = MODE_IN_HEAD;
  return end && tag == TAG_NOSCRIPT;
}

/* What belongs in the head is put there even after its end. */
static bool late_head(html_parser *p)
{
  if (!p->head || p->depth >= HTML_DEPTH)
    return true;
  p->stack[p->depth++] = (html_open){p->head, TAG_HEAD, NS_HTML};
  fm_html_mode_in_head(p);
  for (size_t i = p->depth; i-- > 0;)
    if (p->stack[i].node == p->head) {
      memmove(&p->stack[i], &p->stack[i + 1], (p->depth - i - 1) * sizeof *p->stack);
      p->depth--;
      break;
    }
  return true;
}

static bool start_after_head(html_parser *p)
{
  switch (p->token.tag) {
    case TAG_HTML: fm_html_mode_in_body(p); return true;
    case TAG_BODY:
      p->body = fm_html_insert(p, NS_HTML);
      p->frameset_ok = false;
      p->mode = MODE_IN_BODY;
      return true;
    case TAG_FRAMESET:
      fm_html_insert(p, NS_HTML);
      p->mode = MODE_IN_FRAMESET;
      return true;
    case TAG_BASE: case TAG_BASEFONT: case TAG_BGSOUND: case TAG_LINK: case TAG_META:
    case TAG_NOFRAMES: case TAG_SCRIPT: case TAG_STYLE: case TAG_TEMPLATE: case TAG_TITLE:
      return late_head(p);
    case TAG_HEAD: return true;
    default: return false;
  }
}

bool fm_html_mode_after_head(html_parser *p)
{
  switch (p->token.kind) {
    case TOKEN_TEXT:
      if (fm_html_take_space(p, true))
        return true;
      break;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_DOCTYPE: return true;
    case TOKEN_START:
      if (start_after_head(p))
        return true;
      break;
    case TOKEN_END:
      if (is_end(p, TAG_TEMPLATE))
        return fm_html_mode_in_head(p);
      if (is_ignored_end(p) || is_end(p, TAG_HEAD))
        return true;
      break;
    default: break;
  }
  p->body = fm_html_insert_tag(p, TAG_BODY);
  p->mode = MODE_IN_BODY;
  return false;
}

/* ---- after the body ---- */

bool fm_html_mode_after_body(html_parser *p)
{
  if (p->token.kind == TOKEN_COMMENT) {
    fm_html_node_comment(p, p->stack[0].node, p->token.text);
    return true;
  }
  if (p->token.kind == TOKEN_DOCTYPE)
    return true;
  if ((p->token.kind == TOKEN_TEXT && fm_html_is_blank(p->token.text)) || is_start(p, TAG_HTML))
    return fm_html_mode_in_body(p);
  if (is_end(p, TAG_HTML)) {
    p->mode = MODE_AFTER_AFTER_BODY;
    return true;
  }
  if (p->token.kind == TOKEN_END_OF_FILE) {
    p->stopped = true;
    return true;
  }
  p->mode = MODE_IN_BODY;
  return false;
}

bool fm_html_mode_after_after_body(html_parser *p)
{
  if (p->token.kind == TOKEN_COMMENT) {
    fm_html_node_comment(p, (xmlNodePtr)p->doc, p->token.text);
    return true;
  }
  if (p->token.kind == TOKEN_DOCTYPE || is_start(p, TAG_HTML) ||
      (p->token.kind == TOKEN_TEXT && fm_html_is_blank(p->token.text)))
    return fm_html_mode_in_body(p);
  if (p->token.kind == TOKEN_END_OF_FILE) {
    p->stopped = true;
    return true;
  }
  p->mode = MODE_IN_BODY;
  return false;
}

/* ---- framesets ---- */

static void insert_spaces(html_parser *p)
{
  fm_str text = p->token.text;
  for (size_t i = 0; i < text.len; i++)
    if (html_is_space(text.ptr[i])) {
      p->token.text = (fm_str){text.ptr + i, 1};
      fm_html_insert_text(p);
    }
}

bool fm_html_mode_in_frameset(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  switch (p->token.kind) {
    case TOKEN_TEXT: insert_spaces(p); return true;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_END_OF_FILE: p->stopped = true; return true;
    case TOKEN_START:
      if (tag == TAG_HTML)
        return fm_html_mode_in_body(p);
      if (tag == TAG_FRAMESET)
        fm_html_insert(p, NS_HTML);
      else if (tag == TAG_FRAME)
        fm_html_insert_void(p);
      else if (tag == TAG_NOFRAMES)
        return fm_html_mode_in_head(p);
      return true;
    case TOKEN_END:
      if (tag == TAG_FRAMESET && p->depth > 1) {
        fm_html_pop(p);
        if (html_current_tag(p) != TAG_FRAMESET)
          p->mode = MODE_AFTER_FRAMESET;
      }
      return true;
    default: return true;
  }
}

bool fm_html_mode_after_frameset(html_parser *p)
{
  if (p->token.kind == TOKEN_TEXT)
    insert_spaces(p);
  else if (p->token.kind == TOKEN_COMMENT)
    fm_html_insert_comment(p);
  else if (p->token.kind == TOKEN_END_OF_FILE)
    p->stopped = true;
  else if (is_start(p, TAG_HTML))
    return fm_html_mode_in_body(p);
  else if (is_start(p, TAG_NOFRAMES))
    return fm_html_mode_in_head(p);
  else if (is_end(p, TAG_HTML))
    p->mode = MODE_AFTER_AFTER_FRAMESET;
  return true;
}

bool fm_html_mode_after_after_frameset(html_parser *p)
{
  if (p->token.kind == TOKEN_COMMENT)
    fm_html_node_comment(p, (xmlNodePtr)p->doc, p->token.text);
  else if (p->token.kind == TOKEN_END_OF_FILE)
    p->stopped = true;
  else if (p->token.kind == TOKEN_TEXT)
    insert_spaces(p);
  else if (is_start(p, TAG_HTML))
    return fm_html_mode_in_body(p);
  else if (is_start(p, TAG_NOFRAMES))
    return fm_html_mode_in_head(p);
  return true;
}
