/* The sanitizer's allow-list, for sanitize*.c alone. */
#ifndef FM_FEED_HTML_SANITIZE_TABLE_H
#define FM_FEED_HTML_SANITIZE_TABLE_H

#include <feedmill/feed.h>

/* Attributes, in the order in which they are written. */
enum fm_html_attribute {
  FM_A_HREF, FM_A_SRC, FM_A_SRCSET, FM_A_SIZES, FM_A_POSTER, FM_A_CITE, FM_A_ALT, FM_A_TITLE,
  FM_A_WIDTH, FM_A_HEIGHT, FM_A_LANG, FM_A_DIR, FM_A_DATETIME, FM_A_COLSPAN, FM_A_ROWSPAN,
  FM_A_SCOPE, FM_A_SPAN, FM_A_START, FM_A_REVERSED, FM_A_TYPE, FM_A_VALUE, FM_A_OPEN,
  FM_A_CONTROLS, FM_A_KIND, FM_A_SRCLANG, FM_A_LABEL, FM_A_MEDIA, FM_A_DEFAULT,
  FM_A_WRITTEN,              /* how many */
  FM_A_LAZY_SRC = FM_A_WRITTEN, /* read only: they become src and srcset */
  FM_A_LAZY_SRCSET,
  FM_A_COUNT
};

enum fm_html_value {
  FM_V_TEXT,   /* anything, escaped */
  FM_V_LINK,   /* an address to follow */
  FM_V_MEDIA,  /* an address to load */
  FM_V_SET,    /* srcset */
  FM_V_LENGTH, /* digits, maybe % or px after them */
  FM_V_NUMBER, /* digits, maybe a - before them */
  FM_V_WORD,   /* letters, digits and - */
  FM_V_TYPE,   /* a media type, or a word */
  FM_V_FLAG    /* there or not */
};

typedef struct fm_html_attribute_row {
  const char *name;
  enum fm_html_attribute attribute;
  enum fm_html_value value;
} fm_html_attribute_row;

/* What the sanitizer does with an element. */
enum fm_html_action {
  FM_F_KEEP,
  FM_F_VOID, /* kept; has no content and no end tag */
  FM_F_RAW,  /* left out with its content, which is text whatever it looks like */
  FM_F_TREE, /* left out with its content */
  FM_F_NOSCRIPT
};

/* Groups with common rules about which open elements a tag closes. */
enum fm_html_group {
  FM_G_NONE, FM_G_P, FM_G_DIV, FM_G_LI, FM_G_DD, FM_G_HEADING, FM_G_A, FM_G_RUBY, FM_G_LIST,
  FM_G_IMAGE, FM_G_MEDIA, FM_G_SOURCE, FM_G_TABLE, FM_G_SECTION, FM_G_ROW, FM_G_CELL, FM_G_CAPTION,
  FM_G_COLGROUP, FM_G_COL
};

typedef struct fm_html_element {
  const char *name;
  uint8_t fate, group;
  uint8_t block;       /* its start ends a paragraph */
  uint32_t attributes; /* one bit for each */
} fm_html_element;

/* NULL: none that is known; its tags go, what it holds stays. */
const fm_html_element *fm_html_element_find(fm_str name);
const fm_html_attribute_row *fm_html_attribute_find(fm_str name);
extern const fm_html_attribute_row fm_html_attributes[FM_A_WRITTEN];

#endif
