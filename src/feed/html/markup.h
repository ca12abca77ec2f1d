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

enum fm_mark {
  FM_MARK_END,   /* of the text */
  FM_MARK_TEXT,  /* with references as they stand; there may be several in a row */
  FM_MARK_CDATA, /* text without references */
  FM_MARK_OPEN,  /* a start tag's name; its attributes stand next */
  FM_MARK_CLOSE, /* an end tag's name; all of the tag was read */
  FM_MARK_OTHER  /* a comment, a declaration, a processing instruction */
};

/* The next token; `text` is its text or name, a part of the whole. */
enum fm_mark fm_markup_next(fm_markup *markup, fm_str *text);

enum fm_part {
  FM_PART_ATTRIBUTE, /* name, value: as it stands, empty if there is none */
  FM_PART_END,       /* the tag ends in '>' */
  FM_PART_EMPTY,     /* the tag ends in "/>" */
  FM_PART_CUT        /* the text ended within the tag */
};

/* After FM_MARK_OPEN: the tag's next attribute, until it ends. */
enum fm_part fm_markup_attribute(fm_markup *markup, fm_str *name, fm_str *value);
/* The rest of the tag; never FM_PART_ATTRIBUTE. */
enum fm_part fm_markup_skip_tag(fm_markup *markup);

/* To the end tag of `name` (ASCII case folded), which stands next; false, and
 * nothing moves, if there is none. */
bool fm_markup_skip_to(fm_markup *markup, fm_str name);

#endif
