/* Insertion modes of tables, selects and templates (sections 13.2.6.4.9 to 18). */
#include "dom/html_parser.h"

#include "base/str.h"

static bool is_cell_tag(enum html_tag tag) { return tag == TAG_TD || tag == TAG_TH; }

static bool is_section_tag(enum html_tag tag)
{
  return tag == TAG_TBODY || tag == TAG_TFOOT || tag == TAG_THEAD;
}

static bool is_part_tag(enum html_tag tag)
{
  return tag == TAG_CAPTION || tag == TAG_COL || tag == TAG_COLGROUP || is_section_tag(tag);
}

/* Start tags that end what is open within a table. */
static bool is_table_start(const html_parser *p)
{
  enum html_tag tag = p->token.tag;
  return p->token.kind == TOKEN_START && (is_part_tag(tag) || is_cell_tag(tag) || tag == TAG_TR);
}

/* Pops to an element of one of the tags, or to a template or the root. */
static void clear_to(html_parser *p, enum html_tag a, enum html_tag b, enum html_tag c)
{
  for (;;) {
    enum html_tag tag = html_current_tag(p);
    if (p->depth <= 1 || tag == TAG_HTML || tag == TAG_TEMPLATE || (tag && (tag == a || tag == b || tag == c)))
      return;
    fm_html_pop(p);
  }
}

static void clear_to_section(html_parser *p) { clear_to(p, TAG_TBODY, TAG_TFOOT, TAG_THEAD); }
static void clear_to_table(html_parser *p) { clear_to(p, TAG_TABLE, TAG_TABLE, TAG_TABLE); }
static void clear_to_row(html_parser *p) { clear_to(p, TAG_TR, TAG_TR, TAG_TR); }

static bool in_table_scope(html_parser *p, enum html_tag tag)
{
  return fm_html_in_scope(p, tag, SCOPE_TABLE);
}

/* ---- in table ---- */

static bool end_table(html_parser *p)
{
  if (!in_table_scope(p, TAG_TABLE))
    return false;
  fm_html_pop_until(p, TAG_TABLE);
  fm_html_reset_mode(p);
  return true;
}

static bool foster(html_parser *p)
{
  p->foster = true;
  bool done = fm_html_mode_in_body(p);
  p->foster = false;
  return done;
}

static bool start_in_table(html_parser *p)
{
  switch (p->token.tag) {
    case TAG_CAPTION:
      clear_to_table(p);
      fm_html_format_marker(p);
      fm_html_insert(p, NS_HTML);
      p->mode = MODE_IN_CAPTION;
      return true;
    case TAG_COLGROUP:
      clear_to_table(p);
      fm_html_insert(p, NS_HTML);
      p->mode = MODE_IN_COLUMN_GROUP;
      return true;
    case TAG_COL:
      clear_to_table(p);
      fm_html_insert_tag(p, TAG_COLGROUP);
      p->mode = MODE_IN_COLUMN_GROUP;
      return false;
    case TAG_TBODY: case TAG_TFOOT: case TAG_THEAD:
      clear_to_table(p);
      fm_html_insert(p, NS_HTML);
      p->mode = MODE_IN_TABLE_BODY;
      return true;
    case TAG_TD: case TAG_TH: case TAG_TR:
      clear_to_table(p);
      fm_html_insert_tag(p, TAG_TBODY);
      p->mode = MODE_IN_TABLE_BODY;
      return false;
    case TAG_TABLE: return !end_table(p);
    case TAG_STYLE: case TAG_SCRIPT: case TAG_TEMPLATE: return fm_html_mode_in_head(p);
    case TAG_INPUT:
      if (!fm_str_ieq(fm_html_token_attribute(p, "type"), FM_STR("hidden")))
        return foster(p);
      fm_html_insert_void(p);
      return true;
    case TAG_FORM:
      if (!p->form && !fm_html_has_open(p, TAG_TEMPLATE)) {
        p->form = fm_html_insert(p, NS_HTML);
        fm_html_pop(p);
      }
      return true;
    default: return foster(p);
  }
}

static bool is_ignored_end(enum html_tag tag)
{
  return tag == TAG_BODY || tag == TAG_HTML || is_part_tag(tag) || is_cell_tag(tag) ||
         tag == TAG_TR;
}

bool fm_html_mode_in_table(html_parser *p)
{
  enum html_tag current = html_current_tag(p);
  switch (p->token.kind) {
    case TOKEN_TEXT:
      if (!(fm_html_tag_properties(current) & IS_TABLE) || !fm_html_is_blank(p->token.text))
        return foster(p);
      fm_html_insert_text(p);
      return true;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_DOCTYPE: return true;
    case TOKEN_START: return start_in_table(p);
    case TOKEN_END:
      if (p->token.tag == TAG_TABLE) {
        end_table(p);
        return true;
      }
      if (p->token.tag == TAG_TEMPLATE)
        return fm_html_mode_in_head(p);
      return is_ignored_end(p->token.tag) || foster(p);
    default: return fm_html_mode_in_body(p);
  }
}

/* ---- caption and columns ---- */

static bool close_caption(html_parser *p)
{
  if (!in_table_scope(p, TAG_CAPTION))
    return false;
  fm_html_imply_end_tags(p, TAG_UNKNOWN);
  fm_html_pop_until(p, TAG_CAPTION);
  fm_html_format_clear(p);
  p->mode = MODE_IN_TABLE;
  return true;
}

bool fm_html_mode_in_caption(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  bool end = p->token.kind == TOKEN_END;
  if (end && tag == TAG_CAPTION) {
    close_caption(p);
    return true;
  }
  if (is_table_start(p) || (end && tag == TAG_TABLE))
    return !close_caption(p);
  if (end && is_ignored_end(tag))
    return true;
  return fm_html_mode_in_body(p);
}

bool fm_html_mode_in_column_group(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  switch (p->token.kind) {
    case TOKEN_TEXT:
      if (fm_html_take_space(p, true))
        return true;
      break;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_DOCTYPE: return true;
    case TOKEN_START:
      if (tag == TAG_HTML)
        return fm_html_mode_in_body(p);
      if (tag == TAG_COL) {
        fm_html_insert_void(p);
        return true;
      }
      if (tag == TAG_TEMPLATE)
        return fm_html_mode_in_head(p);
      break;
    case TOKEN_END:
      if (tag == TAG_TEMPLATE)
        return fm_html_mode_in_head(p);
      if (tag == TAG_COL)
        return true;
      break;
    default: return fm_html_mode_in_body(p);
  }
  if (html_current_tag(p) != TAG_COLGROUP)
    return true;
  fm_html_pop(p);
  p->mode = MODE_IN_TABLE;
  return p->token.kind == TOKEN_END && tag == TAG_COLGROUP;
}

/* ---- sections, rows, cells ---- */

static bool leave_section(html_parser *p)
{
  if (!in_table_scope(p, TAG_TBODY) && !in_table_scope(p, TAG_THEAD) &&
      !in_table_scope(p, TAG_TFOOT))
    return false;
  clear_to_section(p);
  fm_html_pop(p);
  p->mode = MODE_IN_TABLE;
  return true;
}

bool fm_html_mode_in_table_body(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  if (p->token.kind == TOKEN_START) {
    if (tag == TAG_TR) {
      clear_to_section(p);
      fm_html_insert(p, NS_HTML);
      p->mode = MODE_IN_ROW;
      return true;
    }
    if (is_cell_tag(tag)) {
      clear_to_section(p);
      fm_html_insert_tag(p, TAG_TR);
      p->mode = MODE_IN_ROW;
      return false;
    }
    if (is_part_tag(tag))
      return !leave_section(p);
  }
  if (p->token.kind == TOKEN_END) {
    if (is_section_tag(tag)) {
      if (in_table_scope(p, tag))
        leave_section(p);
      return true;
    }
    if (tag == TAG_TABLE)
      return !leave_section(p);
    if (is_ignored_end(tag))
      return true;
  }
  return fm_html_mode_in_table(p);
}

static bool leave_row(html_parser *p)
{
  if (!in_table_scope(p, TAG_TR))
    return false;
  clear_to_row(p);
  fm_html_pop(p);
  p->mode = MODE_IN_TABLE_BODY;
  return true;
}

bool fm_html_mode_in_row(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  if (p->token.kind == TOKEN_START) {
    if (is_cell_tag(tag)) {
      clear_to_row(p);
      fm_html_insert(p, NS_HTML);
      fm_html_format_marker(p);
      p->mode = MODE_IN_CELL;
      return true;
    }
    if (is_table_start(p))
      return !leave_row(p);
  }
  if (p->token.kind == TOKEN_END) {
    if (tag == TAG_TR) {
      leave_row(p);
      return true;
    }
    if (tag == TAG_TABLE || (is_section_tag(tag) && in_table_scope(p, tag)))
      return !leave_row(p);
    if (is_ignored_end(tag))
      return true;
  }
  return fm_html_mode_in_table(p);
}

static bool close_cell(html_parser *p)
{
  enum html_tag tag = in_table_scope(p, TAG_TD)   ? TAG_TD
                      : in_table_scope(p, TAG_TH) ? TAG_TH
                                                  : TAG_UNKNOWN;
  if (!tag)
    return false;
  fm_html_imply_end_tags(p, TAG_UNKNOWN);
  while (p->depth > 1 && !is_cell_tag(html_current_tag(p)))
    fm_html_pop(p);
  fm_html_pop(p);
  fm_html_format_clear(p);
  p->mode = MODE_IN_ROW;
  return true;
}

bool fm_html_mode_in_cell(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  if (p->token.kind == TOKEN_END) {
    if (is_cell_tag(tag)) {
      if (in_table_scope(p, tag)) {
        fm_html_imply_end_tags(p, TAG_UNKNOWN);
        fm_html_pop_until(p, tag);
        fm_html_format_clear(p);
        p->mode = MODE_IN_ROW;
      }
      return true;
    }
    if (tag == TAG_TABLE || tag == TAG_TR || is_section_tag(tag))
      return !in_table_scope(p, tag) || !close_cell(p);
    if (is_ignored_end(tag))
      return true;
  }
  if (is_table_start(p))
    return !close_cell(p);
  return fm_html_mode_in_body(p);
}

/* ---- select ---- */

static bool end_in_select(html_parser *p)
{
  enum html_tag tag = p->token.tag, current = html_current_tag(p);
  if (tag == TAG_OPTGROUP) {
    if (current == TAG_OPTION && p->depth > 1 && html_is(&p->stack[p->depth - 2], TAG_OPTGROUP))
      fm_html_pop(p);
    if (html_current_tag(p) == TAG_OPTGROUP)
      fm_html_pop(p);
  } else if (tag == TAG_OPTION && current == TAG_OPTION) {
    fm_html_pop(p);
  } else if (tag == TAG_SELECT && fm_html_in_scope(p, TAG_SELECT, SCOPE_SELECT)) {
    fm_html_pop_until(p, TAG_SELECT);
    fm_html_reset_mode(p);
  } else if (tag == TAG_TEMPLATE) {
    return fm_html_mode_in_head(p);
  }
  return true;
}

static bool start_in_select(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  switch (tag) {
    case TAG_HTML: return fm_html_mode_in_body(p);
    case TAG_OPTION: case TAG_OPTGROUP: case TAG_HR:
      if (html_current_tag(p) == TAG_OPTION)
        fm_html_pop(p);
      if (tag != TAG_OPTION && html_current_tag(p) == TAG_OPTGROUP)
        fm_html_pop(p);
      if (tag == TAG_HR)
        fm_html_insert_void(p);
      else
        fm_html_insert(p, NS_HTML);
      return true;
    case TAG_SELECT: case TAG_INPUT: case TAG_KEYGEN: case TAG_TEXTAREA:
      if (!fm_html_in_scope(p, TAG_SELECT, SCOPE_SELECT))
        return true;
      fm_html_pop_until(p, TAG_SELECT);
      fm_html_reset_mode(p);
      return tag == TAG_SELECT;
    case TAG_SCRIPT: case TAG_TEMPLATE: return fm_html_mode_in_head(p);
    default: return true;
  }
}

bool fm_html_mode_in_select(html_parser *p)
{
  switch (p->token.kind) {
    case TOKEN_TEXT: fm_html_insert_text(p); return true;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_START: return start_in_select(p);
    case TOKEN_END: return end_in_select(p);
    case TOKEN_END_OF_FILE: return fm_html_mode_in_body(p);
    default: return true;
  }
}

bool fm_html_mode_in_select_in_table(html_parser *p)
{
  enum html_tag tag = p->token.tag;
  bool table = tag == TAG_CAPTION || tag == TAG_TABLE || is_section_tag(tag) || tag == TAG_TR ||
               is_cell_tag(tag);
  bool end = p->token.kind == TOKEN_END;
  if (!table || (!end && p->token.kind != TOKEN_START))
    return fm_html_mode_in_select(p);
  if (end && !in_table_scope(p, tag))
    return true;
  fm_html_pop_until(p, TAG_SELECT);
  fm_html_reset_mode(p);
  return false;
}

/* ---- template ---- */

static bool switch_template(html_parser *p, enum html_mode mode)
{
  if (p->ntemplates)
    p->templates[p->ntemplates - 1] = (uint8_t)mode;
  p->mode = mode;
  return false;
}

static bool end_template_at_eof(html_parser *p)
{
  if (!fm_html_has_open(p, TAG_TEMPLATE)) {
    p->stopped = true;
    return true;
  }
  fm_html_pop_until(p, TAG_TEMPLATE);
  fm_html_format_clear(p);
  p->ntemplates -= p->ntemplates > 0;
  fm_html_reset_mode(p);
  return false;
}

bool fm_html_mode_in_template(html_parser *p)
{
  if (p->token.kind == TOKEN_END_OF_FILE)
    return end_template_at_eof(p);
  if (p->token.kind == TOKEN_END)
    return p->token.tag != TAG_TEMPLATE || fm_html_mode_in_head(p);
  if (p->token.kind != TOKEN_START)
    return fm_html_mode_in_body(p);
  switch (p->token.tag) {
    case TAG_BASE: case TAG_BASEFONT: case TAG_BGSOUND: case TAG_LINK: case TAG_META:
    case TAG_NOFRAMES: case TAG_SCRIPT: case TAG_STYLE: case TAG_TEMPLATE: case TAG_TITLE:
      return fm_html_mode_in_head(p);
    case TAG_CAPTION: case TAG_COLGROUP: case TAG_TBODY: case TAG_TFOOT: case TAG_THEAD:
      return switch_template(p, MODE_IN_TABLE);
    case TAG_COL: return switch_template(p, MODE_IN_COLUMN_GROUP);
    case TAG_TR: return switch_template(p, MODE_IN_TABLE_BODY);
    case TAG_TD: case TAG_TH: return switch_template(p, MODE_IN_ROW);
    default: return switch_template(p, MODE_IN_BODY);
  }
}

/* ---- the mode from the stack (section 13.2.4.1) ---- */

static bool is_in_table_select(const html_parser *p, size_t at)
{
  while (at-- > 0) {
    if (html_is(&p->stack[at], TAG_TEMPLATE))
      return false;
    if (html_is(&p->stack[at], TAG_TABLE))
      return true;
  }
  return false;
}

void fm_html_reset_mode(html_parser *p)
{
  for (size_t i = p->depth; i-- > 0;) {
    if (p->stack[i].ns != NS_HTML)
      continue;
    enum html_tag tag = p->stack[i].tag;
    switch (tag) {
      case TAG_SELECT:
        p->mode = is_in_table_select(p, i) ? MODE_IN_SELECT_IN_TABLE : MODE_IN_SELECT;
        return;
      case TAG_TD: case TAG_TH: p->mode = MODE_IN_CELL; return;
      case TAG_TR: p->mode = MODE_IN_ROW; return;
      case TAG_TBODY: case TAG_THEAD: case TAG_TFOOT: p->mode = MODE_IN_TABLE_BODY; return;
      case TAG_CAPTION: p->mode = MODE_IN_CAPTION; return;
      case TAG_COLGROUP: p->mode = MODE_IN_COLUMN_GROUP; return;
      case TAG_TABLE: p->mode = MODE_IN_TABLE; return;
      case TAG_TEMPLATE:
        p->mode = p->ntemplates ? p->templates[p->ntemplates - 1] : MODE_IN_BODY;
        return;
      case TAG_HEAD: p->mode = MODE_IN_HEAD; return;
      case TAG_BODY: p->mode = MODE_IN_BODY; return;
      case TAG_FRAMESET: p->mode = MODE_IN_FRAMESET; return;
      case TAG_HTML: p->mode = p->body ? MODE_AFTER_HEAD : MODE_BEFORE_HEAD; return;
      default: break;
    }
  }
  p->mode = MODE_IN_BODY;
}
