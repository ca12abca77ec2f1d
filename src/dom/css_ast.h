/* A selector in its parts; for dom/css*.c alone. */
#ifndef FM_DOM_CSS_AST_H
#define FM_DOM_CSS_AST_H

#include "base/buf.h"
#include "dom/css.h"
#include "base/str.h"

enum css_combinator { CSS_BELOW, CSS_CHILD, CSS_NEXT, CSS_LATER };

enum css_kind {
  CSS_CLASS,      /* text */
  CSS_ID,         /* text */
  CSS_ATTRIBUTE,  /* name, op, text */
  CSS_NTH,        /* a, b, last, of_type */
  CSS_ONLY,       /* of_type */
  CSS_ROOT,
  CSS_EMPTY,
  CSS_LINK,
  CSS_LANG,       /* text, lower case */
  CSS_CHECKED,
  CSS_ENABLED,
  CSS_DISABLED,
  CSS_NEVER,      /* what only a browser knows */
  CSS_NOT,        /* list */
  CSS_IS,         /* list */
  CSS_HAS,        /* list */
  CSS_CONTAINS    /* text */
};

enum css_op {
  CSS_THERE,    /* [a] */
  CSS_EQUAL,    /* = */
  CSS_WORD,     /* ~= */
  CSS_DASH,     /* |= */
  CSS_STARTS,   /* ^= */
  CSS_ENDS,     /* $= */
  CSS_HOLDS     /* *= */
};

typedef struct css_list css_list;

typedef struct css_simple {
  enum css_kind kind;
  enum css_op op;
  bool fold;     /* any case; `text` is in lower case then */
  bool last, of_type;
  int a, b;
  fm_str name, text; /* NUL after them */
  const css_list *list;
} css_simple;

/* What stands between two combinators; all of it is said of one element. */
typedef struct css_compound {
  enum css_combinator before; /* what leads to it; of the first: from the scope */
  fm_str type;                /* lower case; empty: any */
  css_simple *simples;
  size_t count, cap;
} css_compound;

typedef struct css_complex {
  css_compound *parts;
  size_t count, cap;
  bool scoped;                  /* starts at the scope; else anywhere (in :not, :is) */
  css_compound *of_scope;        /* what is said of the scope itself; may be NULL */
  uint64_t marks;               /* that what matches has (tree_index.h) */
} css_complex;

struct css_list {
  css_complex *items;
  size_t count, cap;
};

struct fm_css {
  css_list list;
  bool walks;  /* no :has(), no :contains() */
  bool itself, below, later; /* where matches may be, seen from the scope; later: in any */
  size_t next;               /* sibling after it, or in so many of the first */
  xmlXPathCompExprPtr xpath; /* where it does not walk */
};

/* css_parse.c: fills all but xpath. */
int css_parse(fm_str text, fm_arena *arena, fm_css *css, size_t *at, fm_why *why);

/* css_match.c */
bool css_matches(const css_complex *complex, fm_finder *finder, xmlNodePtr node,
                 xmlNodePtr scope);

/* css_xpath.c: appends the whole selector. */
void css_write(const css_list *list, fm_buf *out);

/* Attributes whose values HTML compares in any case. */
bool css_attribute_folds(fm_str name);

#endif
