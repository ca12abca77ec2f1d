/* Markup as a run of tokens, HTML or XML, well-formed or not. Nothing is copied or
 * decoded; the text is valid UTF-8. One pass, no way back, nothing is an error. */
#ifndef FM_FEED_HTML_MARKUP_H
#define FM_FEED_HTML_MARKUP_H

#include <feedmill/feed.h>
#include <stdbool.h>

typedef struct fm_markup {
  const char *at, *end;
  bool xml; /* CDATA sections count, and names of more than letters */
} fm_markup;

enum fm_token {
  FM_TOKEN_END,   /* of the text */
  FM_TOKEN_TEXT,  /* with references as they stand; there may be several in a row */
  FM_TOKEN_CDATA, /* text without references */
  FM_TOKEN_OPEN,  /* a start tag's name; its attributes stand next */
  FM_TOKEN_CLOSE, /* an end tag's name; all of the tag was read */
  FM_TOKEN_OTHER  /* a comment, a declaration, a processing instruction */
};

/* The next token; `text` is its text or name, a part of the whole. */
enum fm_token fm_markup_next(fm_markup *markup, fm_str *text);

enum fm_tag_part {
  FM_TAG_PART_ATTRIBUTE, /* name, value: as it stands, empty if there is none */
  FM_TAG_PART_END,       /* the tag ends in '>' */
  FM_TAG_PART_EMPTY,     /* the tag ends in "/>" */
  FM_TAG_PART_CUT        /* the text ended within the tag */
};

/* After FM_TOKEN_OPEN: the tag's next attribute, until it ends. */
enum fm_tag_part fm_markup_attribute(fm_markup *markup, fm_str *name, fm_str *value);
/* The rest of the tag; never FM_TAG_PART_ATTRIBUTE. */
enum fm_tag_part fm_markup_skip_tag(fm_markup *markup);

/* To the end tag of `name` (ASCII case folded), which stands next; false, and
 * nothing moves, if there is none. */
bool fm_markup_skip_to(fm_markup *markup, fm_str name);

#endif
