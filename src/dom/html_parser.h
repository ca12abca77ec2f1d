/* Tree construction of HTML (WHATWG HTML, section 13.2.6) into libxml2's nodes. For
 * dom/html_*.c and dom/tree.c only.
 *
 * Differences from the standard: scripting is off, so the content of <noscript> is parsed; the
 * content of <template> is its children; a prefix before ':' in an element's name is dropped;
 * at most HTML_DEPTH elements are open at a time, deeper ones become siblings. */
#ifndef FM_DOM_HTML_PARSER_H
#define FM_DOM_HTML_PARSER_H

#include "base/map.h"
#include "base/mem.h"
#include "dom/html_token.h"

#include <libxml/HTMLtree.h>

enum {
  HTML_DEPTH = 256,
  HTML_FORMATS_MAX = 64,  /* active formatting elements */
  HTML_TEMPLATES_MAX = 64,
  HTML_CLONES_MIN = 1000  /* formatting elements that may be reconstructed, and one more */
                          /* for each 8 bytes of input */
};

enum html_namespace { NS_HTML, NS_SVG, NS_MATHML };

enum html_mode {
  MODE_INITIAL, MODE_BEFORE_HTML, MODE_BEFORE_HEAD, MODE_IN_HEAD, MODE_IN_HEAD_NOSCRIPT,
  MODE_AFTER_HEAD, MODE_IN_BODY, MODE_IN_TABLE, MODE_IN_CAPTION, MODE_IN_COLUMN_GROUP,
  MODE_IN_TABLE_BODY, MODE_IN_ROW, MODE_IN_CELL, MODE_IN_SELECT, MODE_IN_SELECT_IN_TABLE,
  MODE_IN_TEMPLATE, MODE_AFTER_BODY, MODE_IN_FRAMESET, MODE_AFTER_FRAMESET,
  MODE_AFTER_AFTER_BODY, MODE_AFTER_AFTER_FRAMESET
};

typedef struct html_open { /* an open element */
  xmlNodePtr node;
  uint8_t tag, ns;
} html_open;

typedef struct html_format { /* an active formatting element; node NULL: a marker */
  xmlNodePtr node;
  uint8_t tag;
} html_format;

typedef struct html_block html_block;

typedef struct html_parser {
  html_tokenizer tokens;
  html_token token;
  enum html_mode mode;
  htmlDocPtr doc;
  html_block *blocks;       /* memory of the nodes */
  char *at, *end;           /* the rest of the current block */
  fm_map names;             /* interned names of elements and attributes */
  xmlNodePtr text;          /* the text node written last, its length and room */
  size_t text_len, text_room;
  html_open stack[HTML_DEPTH + 2];
  size_t depth;
  html_format formats[HTML_FORMATS_MAX];
  size_t nformats;
  uint8_t templates[HTML_TEMPLATES_MAX]; /* stack of template insertion modes */
  size_t ntemplates;
  size_t clones_left;
  const char *line_at;      /* lines are counted up to here */
  unsigned line;
  xmlNodePtr head, form, body;
  bool frameset_ok, foster, quirks, skip_newline, stopped;
} html_parser;

/* Parses UTF-8 as the tokenizer wants it. The document has a root element. Its nodes are in
 * *blocks; html_blocks_free frees both. */
htmlDocPtr fm_html_parse(fm_str html, html_block **blocks);
void fm_html_free(xmlDocPtr doc, html_block *blocks);

/* ---- html_node.c ---- */

/* An element for the token of a start tag, not yet in the tree. */
xmlNodePtr fm_html_node_new(html_parser *p, fm_str name);
bool fm_html_node_named(xmlNodePtr node, fm_str name); /* a prefix of `name` does not count */
void fm_html_node_add_attributes(html_parser *p, xmlNodePtr node); /* of the token; absent ones */
xmlNodePtr fm_html_node_clone(html_parser *p, xmlNodePtr node);   /* without children */
void fm_html_node_append(xmlNodePtr parent, xmlNodePtr node);
void fm_html_node_insert_before(xmlNodePtr sibling, xmlNodePtr node);
void fm_html_node_detach(xmlNodePtr node);
void fm_html_node_move_children(xmlNodePtr from, xmlNodePtr to);
void fm_html_node_comment(html_parser *p, xmlNodePtr parent, fm_str text);
/* Appends text to `parent`, or puts it before `sibling` if that is given. */
void fm_html_node_text(html_parser *p, xmlNodePtr parent, xmlNodePtr sibling, fm_str text,
                    bool references);

/* ---- html_stack.c ---- */

static inline html_open *html_current(html_parser *p)
{
  return p->depth ? &p->stack[p->depth - 1] : NULL;
}
static inline enum html_tag html_current_tag(html_parser *p)
{
  return p->depth && p->stack[p->depth - 1].ns == NS_HTML ? p->stack[p->depth - 1].tag
                                                          : TAG_UNKNOWN;
}
static inline bool html_is(const html_open *open, enum html_tag tag)
{
  return open->ns == NS_HTML && open->tag == tag;
}
void fm_html_pop(html_parser *p);
void fm_html_pop_until(html_parser *p, enum html_tag tag); /* with the element itself */
void fm_html_pop_to(html_parser *p, size_t depth);
bool fm_html_has_open(const html_parser *p, enum html_tag tag);
enum html_scope { SCOPE_DEFAULT, SCOPE_LIST, SCOPE_BUTTON, SCOPE_TABLE, SCOPE_SELECT };
bool fm_html_in_scope(const html_parser *p, enum html_tag tag, enum html_scope scope);
bool fm_html_heading_in_scope(const html_parser *p);
bool fm_html_is_special(const html_open *open);
void fm_html_imply_end_tags(html_parser *p, enum html_tag except);
void fm_html_close_p(html_parser *p); /* if one is in button scope */
/* Inserts an element for the token and opens it. */
xmlNodePtr fm_html_insert(html_parser *p, enum html_namespace ns);
xmlNodePtr fm_html_insert_tag(html_parser *p, enum html_tag tag); /* without attributes */
void fm_html_insert_void(html_parser *p);
void fm_html_insert_text(html_parser *p);
void fm_html_insert_comment(html_parser *p);
/* Inserts a raw text element with all of its content. */
void fm_html_insert_raw(html_parser *p, enum html_tag tag);
/* Puts a node where a child of `target` goes: there, or before a table (foster parenting). */
void fm_html_place(html_parser *p, const html_open *target, xmlNodePtr node);

/* ---- html_format.c ---- */

void fm_html_format_push(html_parser *p, xmlNodePtr node, enum html_tag tag);
void fm_html_format_marker(html_parser *p);
void fm_html_format_clear(html_parser *p); /* up to the last marker */
xmlNodePtr fm_html_format_find(const html_parser *p, enum html_tag tag); /* after the last marker */
void fm_html_format_remove(html_parser *p, xmlNodePtr node);
void fm_html_format_reconstruct(html_parser *p);
/* The adoption agency algorithm for the end tag `tag`. */
void fm_html_adopt(html_parser *p, enum html_tag tag);

/* ---- insertion modes: each handles the token, or changes the mode and returns false to have
 * it processed again ---- */

bool fm_html_mode_initial(html_parser *p);
bool fm_html_mode_before_html(html_parser *p);
bool fm_html_mode_before_head(html_parser *p);
bool fm_html_mode_in_head(html_parser *p);
bool fm_html_mode_in_head_noscript(html_parser *p);
bool fm_html_mode_after_head(html_parser *p);
bool fm_html_mode_in_body(html_parser *p);
bool fm_html_mode_in_table(html_parser *p);
bool fm_html_mode_in_caption(html_parser *p);
bool fm_html_mode_in_column_group(html_parser *p);
bool fm_html_mode_in_table_body(html_parser *p);
bool fm_html_mode_in_row(html_parser *p);
bool fm_html_mode_in_cell(html_parser *p);
bool fm_html_mode_in_select(html_parser *p);
bool fm_html_mode_in_select_in_table(html_parser *p);
bool fm_html_mode_in_template(html_parser *p);
bool fm_html_mode_after_body(html_parser *p);
bool fm_html_mode_in_frameset(html_parser *p);
bool fm_html_mode_after_frameset(html_parser *p);
bool fm_html_mode_after_after_body(html_parser *p);
bool fm_html_mode_after_after_frameset(html_parser *p);
bool fm_html_mode_foreign(html_parser *p);

bool fm_html_is_foreign(html_parser *p); /* the token is processed by fm_html_mode_foreign */
void fm_html_reset_mode(html_parser *p);
void fm_html_any_other_end_tag(html_parser *p);
/* The value of an attribute of the token, as written; {NULL, 0}: none. */
fm_str fm_html_token_attribute(const html_parser *p, const char *name);
bool fm_html_is_blank(fm_str text);
/* Inserts the leading white space of a text token and leaves the rest in it; true if nothing is
 * left. `insert`: else it is dropped. */
bool fm_html_take_space(html_parser *p, bool insert);

#endif
