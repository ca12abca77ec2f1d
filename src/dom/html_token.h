/* Tokenizer of HTML (WHATWG HTML, section 13.2.5). The input is UTF-8 without carriage returns
 * and without characters that XML forbids; tokens are slices of it. For dom/html_*.c only. */
#ifndef FM_DOM_HTML_TOKEN_H
#define FM_DOM_HTML_TOKEN_H

#include "dom/html_tag.h"

#include <stdbool.h>

enum { HTML_NAME_MAX = 256, HTML_ATTRIBUTES_MAX = 1000 };

enum html_token_kind {
  TOKEN_END_OF_FILE, TOKEN_TEXT, TOKEN_START, TOKEN_END, TOKEN_COMMENT, TOKEN_DOCTYPE
};

typedef struct html_attribute {
  fm_str name;  /* as written */
  fm_str value; /* with references; {NULL, 0}: none */
} html_attribute;

typedef struct html_token {
  enum html_token_kind kind;
  enum html_tag tag;
  fm_str name;       /* of a tag, in lower case, cut at HTML_NAME_MAX */
  bool self_closing;
  bool references;   /* the text may contain character references */
  fm_str text;       /* of a text or comment; the inside of a doctype */
} html_token;

typedef struct html_tokenizer {
  const char *at, *end;
  html_attribute *attributes; /* of the start tag that was read last */
  size_t nattributes, attributes_cap;
  char name[HTML_NAME_MAX];
} html_tokenizer;

/* `cdata`: "<![CDATA[" starts a section, as in foreign content. */
void fm_html_tokenizer_next(html_tokenizer *t, bool cdata, html_token *token);
/* The content of a raw text element up to its end tag, which is consumed. */
fm_str fm_html_tokenizer_raw(html_tokenizer *t, enum html_tag tag);
void fm_html_tokenizer_deinit(html_tokenizer *t);

static inline bool html_is_space(char c)
{
  return c == ' ' || c == '\n' || c == '\t' || c == '\f' || c == '\r';
}

#endif
