/* Tokens of JavaScript. Private to js_lex.c and js_literal.c. */
#ifndef FM_DOM_JS_LEX_H
#define FM_DOM_JS_LEX_H

#include "base/ascii.h"
#include "dom/js_literal.h"

typedef struct fm_js_reader {
  const char *at, *end;
  fm_buf *out;
  struct fm_js_scope *scope; /* NULL outside of a function */
  unsigned depth;
} fm_js_reader;

/* The byte that stands so far ahead; 0 behind the end. */
static inline char fm_js_peek(const fm_js_reader *r, size_t ahead)
{
  return (size_t)(r->end - r->at) > ahead ? r->at[ahead] : 0;
}

static inline bool fm_js_is_name_char(char c) { return fm_is_alnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80; }

/* Skips white space and comments. */
void fm_js_skip_space(fm_js_reader *r);
/* Takes a character, or a whole word, behind white space; false leaves it. */
bool fm_js_accept(fm_js_reader *r, char c);
bool fm_js_accept_word(fm_js_reader *r, const char *word);
/* Takes the name, or the digits, at the reader; empty: there are none. */
fm_str fm_js_take_name(fm_js_reader *r);

/* Appends the characters of the quoted string that begins at the reader. False: it is malformed, or
 * a template with expressions. */
bool fm_js_read_characters(fm_js_reader *r, fm_buf *out);

/* Skip a quoted string; from an opening bracket behind the closing one; to the comma, bracket or
 * semicolon that ends an expression. False: the text ends before. */
bool fm_js_skip_quoted(fm_js_reader *r);
bool fm_js_skip_brackets(fm_js_reader *r);
bool fm_js_skip_expression(fm_js_reader *r);

#endif
