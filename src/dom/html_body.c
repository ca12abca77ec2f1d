/* The insertion mode "in body" (section 13.2.6.4.7). */
#include "dom/html_parser.h"

#include "base/str.h"

#include <strings.h>

/* ---- start tags ---- */

static bool has_template(html_parser *p) { return fm_html_has_open(p, TAG_TEMPLATE); }

static void start_html(html_parser *p)
{
  if (!has_template(p) && p->depth)
    fm_html_node_add_attributes(p, p->stack[0].node);
}

static bool has_body(html_parser *p)
{
  return p->depth > 1 && html_is(&p->stack[1], TAG_BODY) && !has_template(p);
}

static void start_frameset(html_parser *p)
{
  if (!has_body(p) || !p->frameset_ok)
    return;
  fm_html_node_detach(p->stack[1].node);
  fm_html_pop_to(p, 1);
  fm_html_insert(p, NS_HTML);
  p->mode = MODE_IN_FRAMESET;
}

static void start_form(html_parser *p)
{
  bool template = has_template(p);
  if (p->form && !template)
    return;
  fm_html_close_p(p);
  xmlNodePtr node = fm_html_insert(p, NS_HTML);
  if (!template)
    p->form = node;
}

/* Closes an open item of the same list; other elements in between keep it open. */
static void start_item(html_parser *p, enum html_tag one, enum html_tag other)
{
  p->frameset_ok = false;
  for (size_t i = p->depth; i-- > 0;) {
    const html_open *open = &p->stack[i];
    if (html_is(open, one) || html_is(open, other)) {
      enum html_tag tag = open->tag;
      fm_html_imply_end_tags(p, tag);
      fm_html_pop_until(p, tag);
      break;
    }
    if (fm_html_is_special(open) && !html_is(open, TAG_ADDRESS) && !html_is(open, TAG_DIV) &&
        !html_is(open, TAG_P))
      break;
  }
  fm_html_close_p(p);
  fm_html_insert(p, NS_HTML);
}

static void start_formatting(html_parser *p)
{
  fm_html_format_reconstruct(p);
  enum html_tag tag = p->token.tag;
  fm_html_format_push(p, fm_html_insert(p, NS_HTML), tag);
}

static void remove_open(html_parser *p, xmlNodePtr node)
{
  for (size_t i = p->depth; i-- > 0;)
    if (p->stack[i].node == node) {
      memmove(&p->stack[i], &p->stack[i + 1], (p->depth - i - 1) * sizeof *p->stack);
      p->depth--;
      return;
    }
}

static void start_a(html_parser *p)
{
  xmlNodePtr open = fm_html_format_find(p, TAG_A);
  if (open) {
    fm_html_adopt(p, TAG_A);
    fm_html_format_remove(p, open);
    remove_open(p, open);
  }
  start_formatting(p);
}

static void start_nobr(html_parser *p)
{
  fm_html_format_reconstruct(p);
  if (fm_html_in_scope(p, TAG_NOBR, SCOPE_DEFAULT)) {
    fm_html_adopt(p, TAG_NOBR);
    fm_html_format_reconstruct(p);
  }
  fm_html_format_push(p, fm_html_insert(p, NS_HTML), TAG_NOBR);
}

static void start_button(html_parser *p)
{
  if (fm_html_in_scope(p, TAG_BUTTON, SCOPE_DEFAULT)) {
    fm_html_imply_end_tags(p, TAG_UNKNOWN);
    fm_html_pop_until(p, TAG_BUTTON);
  }
  fm_html_format_reconstruct(p);
  fm_html_insert(p, NS_HTML);
  p->frameset_ok = false;
}

static void start_select(html_parser *p)
{
  fm_html_format_reconstruct(p);
  fm_html_insert(p, NS_HTML);
  p->frameset_ok = false;
  bool in_table = p->mode == MODE_IN_TABLE || p->mode == MODE_IN_CAPTION ||
                  p->mode == MODE_IN_TABLE_BODY || p->mode == MODE_IN_ROW ||
                  p->mode == MODE_IN_CELL;
  p->mode = in_table ? MODE_IN_SELECT_IN_TABLE : MODE_IN_SELECT;
}

static void start_ruby_part(html_parser *p, enum html_tag except)
{
  if (fm_html_in_scope(p, TAG_RUBY, SCOPE_DEFAULT))
    fm_html_imply_end_tags(p, except);
  fm_html_insert(p, NS_HTML);
}

static void start_foreign(html_parser *p, enum html_namespace ns)
{
  fm_html_format_reconstruct(p);
  fm_html_insert(p, ns);
  if (p->token.self_closing)
    fm_html_pop(p);
}

static void start_heading(html_parser *p)
{
  fm_html_close_p(p);
  html_open *current = html_current(p);
  if (current->ns == NS_HTML && (fm_html_tag_properties(current->tag) & IS_HEADING))
    fm_html_pop(p);
  fm_html_insert(p, NS_HTML);
}

static void start_void(html_parser *p)
{
  fm_str type = fm_html_token_attribute(p, "type");
  bool hidden = p->token.tag == TAG_INPUT && fm_str_ieq(type, FM_STR("hidden"));
  fm_html_format_reconstruct(p);
  fm_html_insert_void(p);
  p->frameset_ok = p->frameset_ok && hidden;
}

static void start_image(html_parser *p)
{
  p->token.tag = TAG_IMG;
  p->token.name = fm_html_tag_name(TAG_IMG);
  start_void(p);
}

static void start_table(html_parser *p)
{
  if (!p->quirks)
    fm_html_close_p(p);
  fm_html_insert(p, NS_HTML);
  p->frameset_ok = false;
  p->mode = MODE_IN_TABLE;
}

static void start_body(html_parser *p)
{
  if (has_body(p)) {
    p->frameset_ok = false;
    fm_html_node_add_attributes(p, p->stack[1].node);
  }
}

static void start_raw(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  if (tag == TAG_XMP) {
    fm_html_close_p(p);
    fm_html_format_reconstruct(p);
  }
  if (tag == TAG_XMP || tag == TAG_IFRAME || tag == TAG_TEXTAREA)
    p->frameset_ok = false;
  fm_html_insert_raw(p, tag);
}

static void start_pre(html_parser *p)
{
  fm_html_close_p(p);
  fm_html_insert(p, NS_HTML);
  p->frameset_ok = false;
  p->skip_newline = true;
}

static void start_plaintext(html_parser *p)
{
  fm_html_close_p(p);
  fm_html_insert_raw(p, TAG_PLAINTEXT);
}

static void start_option(html_parser *p)
{
  if (html_current_tag(p) == TAG_OPTION)
    fm_html_pop(p);
  fm_html_format_reconstruct(p);
  fm_html_insert(p, NS_HTML);
}

static void start_ordinary(html_parser *p)
{
  fm_html_format_reconstruct(p);
  fm_html_insert(p, NS_HTML);
}

static bool start_in_body(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  unsigned properties = fm_html_tag_properties(tag);
  switch (tag) {
    case TAG_HTML: start_html(p); break;
    case TAG_BASE: case TAG_BASEFONT: case TAG_BGSOUND: case TAG_LINK: case TAG_META:
    case TAG_NOFRAMES: case TAG_SCRIPT: case TAG_STYLE: case TAG_TEMPLATE: case TAG_TITLE:
      return fm_html_mode_in_head(p);
    case TAG_BODY: start_body(p); break;
    case TAG_FRAMESET: start_frameset(p); break;
    case TAG_PRE: case TAG_LISTING: start_pre(p); break;
    case TAG_FORM: start_form(p); break;
    case TAG_LI: start_item(p, TAG_LI, TAG_LI); break;
    case TAG_DD: case TAG_DT: start_item(p, TAG_DD, TAG_DT); break;
    case TAG_PLAINTEXT: start_plaintext(p); break;
    case TAG_BUTTON: start_button(p); break;
    case TAG_A: start_a(p); break;
    case TAG_NOBR: start_nobr(p); break;
    case TAG_APPLET: case TAG_MARQUEE: case TAG_OBJECT:
      start_ordinary(p);
      fm_html_format_marker(p);
      p->frameset_ok = false;
      break;
    case TAG_TABLE: start_table(p); break;
    case TAG_AREA: case TAG_BR: case TAG_EMBED: case TAG_IMG: case TAG_KEYGEN: case TAG_WBR:
    case TAG_INPUT: start_void(p); break;
    case TAG_PARAM: case TAG_SOURCE: case TAG_TRACK: fm_html_insert_void(p); break;
    case TAG_HR:
      fm_html_close_p(p);
      fm_html_insert_void(p);
      p->frameset_ok = false;
      break;
    case TAG_IMAGE: start_image(p); break;
    case TAG_TEXTAREA: case TAG_XMP: case TAG_IFRAME: case TAG_NOEMBED: start_raw(p); break;
    case TAG_SELECT: start_select(p); break;
    case TAG_OPTGROUP: case TAG_OPTION: start_option(p); break;
    case TAG_RB: case TAG_RTC: start_ruby_part(p, TAG_UNKNOWN); break;
    case TAG_RP: case TAG_RT: start_ruby_part(p, TAG_RTC); break;
    case TAG_MATH: start_foreign(p, NS_MATHML); break;
    case TAG_SVG: start_foreign(p, NS_SVG); break;
    case TAG_CAPTION: case TAG_COL: case TAG_COLGROUP: case TAG_FRAME: case TAG_HEAD:
    case TAG_TBODY: case TAG_TD: case TAG_TFOOT: case TAG_TH: case TAG_THEAD: case TAG_TR:
      break;
    default:
      if (properties & IS_BLOCK) {
        fm_html_close_p(p);
        fm_html_insert(p, NS_HTML);
      } else if (properties & IS_HEADING) {
        start_heading(p);
      } else if (properties & IS_FORMATTING) {
        start_formatting(p);
      } else {
        start_ordinary(p);
      }
  }
  return true;
}

/* ---- end tags ---- */

void fm_html_any_other_end_tag(html_parser *p)
{
  for (size_t i = p->depth; i-- > 0;) {
    const html_open *open = &p->stack[i];
    bool same = open->ns == NS_HTML && open->tag == p->token.tag &&
                (open->tag || fm_html_node_named(open->node, p->token.name));
    if (same) {
      fm_html_imply_end_tags(p, open->tag);
      fm_html_pop_to(p, i);
      return;
    }
    if (fm_html_is_special(open))
      return;
  }
}

static void end_block(html_parser *p, enum html_scope scope)
{
  enum html_tag tag = p->token.tag;
  if (!fm_html_in_scope(p, tag, scope))
    return;
  fm_html_imply_end_tags(p, scope == SCOPE_DEFAULT && tag != TAG_DD && tag != TAG_DT ? TAG_UNKNOWN
                                                                                  : tag);
  fm_html_pop_until(p, tag);
}

static void end_p(html_parser *p)
{
  if (!fm_html_in_scope(p, TAG_P, SCOPE_BUTTON))
    fm_html_insert_tag(p, TAG_P);
  fm_html_close_p(p);
}

static void end_heading(html_parser *p)
{
  if (!fm_html_heading_in_scope(p))
    return;
  fm_html_imply_end_tags(p, TAG_UNKNOWN);
  while (p->depth > 1) {
    html_open closed = p->stack[p->depth - 1];
    fm_html_pop(p);
    if (closed.ns == NS_HTML && (fm_html_tag_properties(closed.tag) & IS_HEADING))
      return;
  }
}

static void end_form(html_parser *p)
{
  if (has_template(p)) {
    end_block(p, SCOPE_DEFAULT);
    return;
  }
  xmlNodePtr form = p->form;
  p->form = NULL;
  if (!form || !fm_html_in_scope(p, TAG_FORM, SCOPE_DEFAULT))
    return;
  fm_html_imply_end_tags(p, TAG_UNKNOWN);
  remove_open(p, form);
}

static bool end_body(html_parser *p)
{
  if (!fm_html_in_scope(p, TAG_BODY, SCOPE_DEFAULT))
    return true;
  p->mode = MODE_AFTER_BODY;
  return p->token.tag == TAG_BODY;
}

static void end_br(html_parser *p)
{
  p->tokens.nattributes = 0;
  fm_html_format_reconstruct(p);
  fm_html_insert_void(p);
  p->frameset_ok = false;
}

static bool end_in_body(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  unsigned properties = fm_html_tag_properties(tag);
  switch (tag) {
    case TAG_TEMPLATE: return fm_html_mode_in_head(p);
    case TAG_BODY: case TAG_HTML: return end_body(p);
    case TAG_FORM: end_form(p); break;
    case TAG_P: end_p(p); break;
    case TAG_LI: end_block(p, SCOPE_LIST); break;
    case TAG_DD: case TAG_DT: end_block(p, SCOPE_DEFAULT); break;
    case TAG_BUTTON: case TAG_LISTING: case TAG_PRE: end_block(p, SCOPE_DEFAULT); break;
    case TAG_APPLET: case TAG_MARQUEE: case TAG_OBJECT:
      if (fm_html_in_scope(p, tag, SCOPE_DEFAULT)) {
        end_block(p, SCOPE_DEFAULT);
        fm_html_format_clear(p);
      }
      break;
    case TAG_BR: end_br(p); break;
    default:
      if (properties & IS_BLOCK)
        end_block(p, SCOPE_DEFAULT);
      else if (properties & IS_HEADING)
        end_heading(p);
      else if (properties & IS_FORMATTING)
        fm_html_adopt(p, tag);
      else
        fm_html_any_other_end_tag(p);
  }
  return true;
}

/* ---- the mode ---- */

bool fm_html_mode_in_body(html_parser *p)
{
  switch (p->token.kind) {
    case TOKEN_TEXT:
      if (!p->token.text.len)
        return true;
      fm_html_format_reconstruct(p);
      fm_html_insert_text(p);
      p->frameset_ok = p->frameset_ok && fm_html_is_blank(p->token.text);
      return true;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_START: return start_in_body(p);
    case TOKEN_END: return end_in_body(p);
    case TOKEN_END_OF_FILE:
      if (p->ntemplates)
        return fm_html_mode_in_template(p);
      p->stopped = true;
      return true;
    default: return true;
  }
}
