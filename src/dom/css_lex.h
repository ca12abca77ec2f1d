/* The lexer of selectors: identifiers, strings, escapes, an+b; for dom/css*.c only. Every reader
 * reports its error once, through fm_css_fail, and returns false. */
#ifndef FM_DOM_CSS_LEX_H
#define FM_DOM_CSS_LEX_H

#include "dom/css_ast.h"

typedef struct css_reader {
  fm_str text;
  size_t at;    /* the next byte */
  fm_arena *arena;
  fm_why *why;
  size_t wrong; /* position of the error */
  bool failed;
  unsigned depth;
  fm_css *css;
} css_reader;

/* Reports an error at a byte; only the first report counts. Always returns false. */
bool fm_css_fail(css_reader *r, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports that the next character is not allowed here. */
bool fm_css_fail_here(css_reader *r, const char *wanted);

bool fm_css_in_page(uint32_t c); /* may stand in a page's text */

static inline char css_peek(const css_reader *r, size_t ahead)
{
  return r->at + ahead < r->text.len ? r->text.ptr[r->at + ahead] : 0;
}
bool fm_css_take(css_reader *r, char c);
bool fm_css_skip_space(css_reader *r); /* skips comments too; true if there was any */
bool fm_css_starts_ident(const css_reader *r);
bool fm_css_ident(css_reader *r, fm_str *ident);  /* escapes decoded */
bool fm_css_name(css_reader *r, fm_str *name);    /* may start with a digit */
bool fm_css_string(css_reader *r, fm_str *string); /* a quote stands next */
bool fm_css_nth(css_reader *r, int *a, int *b);
/* Reads up to the closing ')', which is not consumed; trims and decodes escapes. */
bool fm_css_raw(css_reader *r, fm_str *raw);
fm_str fm_css_lower(css_reader *r, fm_str text);

#endif
