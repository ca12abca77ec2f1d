/* The syntax tree of a selector; for dom/css*.c only. */
#ifndef FM_DOM_CSS_AST_H
#define FM_DOM_CSS_AST_H

#include "base/buf.h"
#include "dom/css.h"
#include "base/str.h"

enum css_combinator { CSS_DESCENDANT, CSS_CHILD, CSS_ADJACENT, CSS_SIBLING };

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
  CSS_NEVER,      /* states that only a browser knows */
  CSS_NOT,        /* list */
  CSS_IS,         /* list */
  CSS_HAS,        /* list */
  CSS_CONTAINS    /* text */
};

enum css_op {
  CSS_PRESENT,    /* [a] */
  CSS_EQUAL,    /* = */
  CSS_WORD,     /* ~= */
  CSS_DASH,     /* |= */
  CSS_PREFIX,   /* ^= */
  CSS_SUFFIX,     /* $= */
  CSS_SUBSTRING     /* *= */
};

typedef struct css_list css_list;

typedef struct css_simple {
  enum css_kind kind;
  enum css_op op;
  bool fold;     /* case-insensitive; `text` is in lower case */
  bool last, of_type;
  int a, b;
  fm_str name, text; /* NUL-terminated */
  const css_list *list;
} css_simple;

/* A compound selector: what stands between two combinators. */
typedef struct css_compound {
  enum css_combinator before; /* the combinator before it; of the first compound: from the scope */
  fm_str type;                /* in lower case; empty: any */
  css_simple *simples;
  size_t count, cap;
} css_compound;

typedef struct css_complex {
  css_compound *parts;
  size_t count, cap;
  bool scoped;                  /* relative to the scope; false inside :not() and :is() */
  css_compound *of_scope;        /* conditions on the scope itself; may be NULL */
  uint64_t signatures;               /* signature bits of the last compound (tree_index.h) */
} css_complex;

struct css_list {
  css_complex *items;
  size_t count, cap;
};

struct fm_css {
  css_list list;
  bool simple;  /* contains no :has() and no :contains() */
  bool itself, below, later; /* where matches may be, relative to the scope; `later`: in any following sibling */
  size_t next;               /* in this many following siblings at most */
  xmlXPathCompExprPtr xpath; /* set if the selector needs the XPath engine */
};

/* css_parse.c: fills everything except xpath. */
int fm_css_parse(fm_str text, fm_arena *arena, fm_css *css, size_t *at, fm_why *why);

/* css_match.c */
bool fm_css_matches(const css_complex *complex, fm_finder *finder, xmlNodePtr node,
                 xmlNodePtr scope);

/* css_xpath.c: appends the whole selector. */
void fm_css_write(const css_list *list, fm_buf *out);

/* True for attributes whose values HTML compares case-insensitively. */
bool fm_css_attribute_folds(fm_str name);

#endif
