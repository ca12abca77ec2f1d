/* The HTML parser: dispatch to insertion modes, foreign content (sections 13.2.6, 13.2.6.5). */
#include "dom/html_parser.h"

#include "base/str.h"

#include <stdlib.h>

enum { REPROCESS_MAX = 200 }; /* open templates are closed one by one at the end */

/* ---- foreign content ---- */

static bool is_mathml_text(const html_open *open)
{
  return open->ns == NS_MATHML && (open->tag == TAG_MI || open->tag == TAG_MO ||
                                   open->tag == TAG_MN || open->tag == TAG_MS ||
                                   open->tag == TAG_MTEXT);
}

static bool has_html_encoding(xmlNodePtr node)
{
  for (xmlAttrPtr a = node->properties; a; a = a->next)
    if (strcmp((const char *)a->name, "encoding") == 0) {
      fm_str value = fm_str_of((const char *)a->children->content);
      return fm_str_ieq(value, FM_STR("text/html")) ||
             fm_str_ieq(value, FM_STR("application/xhtml+xml"));
    }
  return false;
}

static bool is_html_point(const html_open *open)
{
  if (open->ns == NS_SVG)
    return open->tag == TAG_FOREIGNOBJECT || open->tag == TAG_DESC || open->tag == TAG_TITLE;
  return open->ns == NS_MATHML && open->tag == TAG_ANNOTATION_XML && has_html_encoding(open->node);
}

bool fm_html_is_foreign(html_parser *p)
{
  const html_open *open = html_current(p);
  enum html_token_kind kind = p->token.kind;
  if (!open || open->ns == NS_HTML || kind == TOKEN_END_OF_FILE)
    return false;
  bool start = kind == TOKEN_START, text = kind == TOKEN_TEXT;
  if (is_mathml_text(open) &&
      (text || (start && p->token.tag != TAG_MGLYPH && p->token.tag != TAG_MALIGNMARK)))
    return false;
  if (open->ns == NS_MATHML && open->tag == TAG_ANNOTATION_XML && start && p->token.tag == TAG_SVG)
    return false;
  return !is_html_point(open) || !(start || text);
}

static bool breaks_out(const html_parser *p)
{
  if (p->token.tag == TAG_FONT)
    return fm_html_token_attribute(p, "color").ptr || fm_html_token_attribute(p, "face").ptr ||
           fm_html_token_attribute(p, "size").ptr;
  return fm_html_tag_properties(p->token.tag) & IS_BREAKOUT;
}

static void leave_foreign(html_parser *p)
{
  while (p->depth > 1) {
    const html_open *open = html_current(p);
    if (open->ns == NS_HTML || is_mathml_text(open) || is_html_point(open))
      return;
    fm_html_pop(p);
  }
}

static bool end_foreign(html_parser *p)
{
  for (size_t i = p->depth; i-- > 1;) {
    const html_open *open = &p->stack[i];
    if (open->ns == NS_HTML)
      return false;
    if (open->tag == p->token.tag &&
        (open->tag || fm_html_node_named(open->node, p->token.name))) {
      fm_html_pop_to(p, i);
      return true;
    }
  }
  return true;
}

static bool run_mode(html_parser *p);

bool fm_html_mode_foreign(html_parser *p)
{
  switch (p->token.kind) {
    case TOKEN_TEXT:
      fm_html_insert_text(p);
      p->frameset_ok = p->frameset_ok && fm_html_is_blank(p->token.text);
      return true;
    case TOKEN_COMMENT: fm_html_insert_comment(p); return true;
    case TOKEN_START:
      if (breaks_out(p)) {
        leave_foreign(p);
        return run_mode(p);
      }
      fm_html_insert(p, html_current(p)->ns);
      if (p->token.self_closing)
        fm_html_pop(p);
      return true;
    case TOKEN_END:
      if (p->token.tag == TAG_BR || p->token.tag == TAG_P) {
        leave_foreign(p);
        return run_mode(p);
      }
      return end_foreign(p) || run_mode(p);
    default: return true;
  }
}

/* ---- dispatch ---- */

static bool run_mode(html_parser *p)
{
  static bool (*const modes[])(html_parser *) = {
    [MODE_INITIAL] = fm_html_mode_initial,
    [MODE_BEFORE_HTML] = fm_html_mode_before_html,
    [MODE_BEFORE_HEAD] = fm_html_mode_before_head,
    [MODE_IN_HEAD] = fm_html_mode_in_head,
    [MODE_IN_HEAD_NOSCRIPT] = fm_html_mode_in_head_noscript,
    [MODE_AFTER_HEAD] = fm_html_mode_after_head,
    [MODE_IN_BODY] = fm_html_mode_in_body,
    [MODE_IN_TABLE] = fm_html_mode_in_table,
    [MODE_IN_CAPTION] = fm_html_mode_in_caption,
    [MODE_IN_COLUMN_GROUP] = fm_html_mode_in_column_group,
    [MODE_IN_TABLE_BODY] = fm_html_mode_in_table_body,
    [MODE_IN_ROW] = fm_html_mode_in_row,
    [MODE_IN_CELL] = fm_html_mode_in_cell,
    [MODE_IN_SELECT] = fm_html_mode_in_select,
    [MODE_IN_SELECT_IN_TABLE] = fm_html_mode_in_select_in_table,
    [MODE_IN_TEMPLATE] = fm_html_mode_in_template,
    [MODE_AFTER_BODY] = fm_html_mode_after_body,
    [MODE_IN_FRAMESET] = fm_html_mode_in_frameset,
    [MODE_AFTER_FRAMESET] = fm_html_mode_after_frameset,
    [MODE_AFTER_AFTER_BODY] = fm_html_mode_after_after_body,
    [MODE_AFTER_AFTER_FRAMESET] = fm_html_mode_after_after_frameset,
  };
  return modes[p->mode](p);
}

/* The first line break of a <pre> is not part of its content. */
static void drop_newline(html_parser *p)
{
  if (p->skip_newline && p->token.kind == TOKEN_TEXT && p->token.text.len &&
      *p->token.text.ptr == '\n')
    p->token.text = fm_str_from(p->token.text, 1);
  p->skip_newline = false;
}

static void run(html_parser *p)
{
  while (!p->stopped) {
    const html_open *open = html_current(p);
    fm_html_tokenizer_next(&p->tokens, open && open->ns != NS_HTML, &p->token);
    if (p->skip_newline)
      drop_newline(p);
    for (unsigned i = 0; i < REPROCESS_MAX; i++)
      if (fm_html_is_foreign(p) ? fm_html_mode_foreign(p) : run_mode(p))
        break;
    if (p->token.kind == TOKEN_END_OF_FILE && p->depth)
      p->stopped = true;
  }
}

htmlDocPtr fm_html_parse(fm_str html, html_block **blocks)
{
  html_parser *p = FM_NEW(html_parser);
  p->tokens.at = p->line_at = html.ptr;
  p->line = 1;
  p->tokens.end = html.ptr + html.len;
  p->doc = htmlNewDocNoDtD(NULL, NULL);
  if (!p->doc)
    abort();
  p->frameset_ok = true;
  p->clones_left = HTML_CLONES_MIN + html.len / 8;
  run(p);
  htmlDocPtr doc = p->doc;
  *blocks = p->blocks;
  fm_html_tokenizer_deinit(&p->tokens);
  fm_map_deinit(&p->names);
  free(p);
  return doc;
}
