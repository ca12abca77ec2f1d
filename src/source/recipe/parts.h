/* The inside of a recipe: for source/recipe*.c alone.
 *
 *   file -> draft (what stands in it) -> fm_recipe    recipe_table.c, recipe_load.c,
 *                                                     recipe_list_load.c, recipe_field.c
 *   address -> plan                                   recipe_plan.c, recipe_url.c
 *   page -> items -> entries                          recipe_list.c, recipe_extract.c,
 *                                                     recipe_entry.c
 *   an entry's own page                               recipe_extract.c
 *   text -> text                                      recipe_fixup.c
 */
#ifndef FM_SOURCE_RECIPE_PARTS_H
#define FM_SOURCE_RECIPE_PARTS_H

#include "base/when.h"
#include "feed/filter.h"
#include "source/recipe/expr.h"
#include "source/recipe/recipe.h"
#include "source/recipe/url.h"

#include <stdatomic.h>

enum {
  FM_RECIPE_ITEMS_MAX = 5000,
  FM_RECIPE_WAYS_MAX = 16,     /* of one field */
  FM_RECIPE_NUMBERS_MAX = 16,
  FM_RECIPE_FIXUPS_MAX = 64,
  FM_RECIPE_STEPS = 20 * 1000 * 1000, /* of all fixups' matches on one page; a second or so */
  FM_RECIPE_PAGES_MAX = 20,
  FM_RECIPE_DETAILS_MAX = 100
};

/* name, and whether detail may say it too */
#define FM_FIELDS(X)                                                              \
  X(TITLE, title, true)                                                           \
  X(LINK, link, false)                                                            \
  X(ID, id, false)                                                                \
  X(PUBLISHED, published, true)                                                   \
  X(UPDATED, updated, true)                                                       \
  X(AUTHOR, author, true)                                                         \
  X(SUMMARY, summary, true)                                                       \
  X(CONTENT, content, true)                                                       \
  X(IMAGE, image, true)                                                           \
  X(CATEGORY, category, true)                                                     \
  X(COMMENTS, comments, false)                                                    \
  X(ENCLOSURE, enclosure, false)
enum fm_field_name {
#define FM_FIELD_ROW(upper, lower, detail) FM_F_##upper,
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  FM_F_COUNT
};

enum fm_html_way { FM_HTML_GUESS, FM_HTML_YES, FM_HTML_NO };

/* One way to a field's value, with how its text is read. */
typedef struct fm_way {
  const fm_expr *expr;
  enum fm_html_way html;
  const fm_str *formats; /* of dates */
  size_t nformats;
  const fm_zone *zone;
} fm_way;

/* Ways are tried in order: the first that yields something counts. */
typedef struct fm_field {
  fm_way *ways;
  size_t count;
} fm_field;

typedef struct fm_fixup {
  enum fm_field_name field;
  void *code; /* pcre2_code */
  fm_str replace;
} fm_fixup;

typedef struct fm_number_field {
  fm_str name;
  fm_field field;
} fm_number_field;

/* The fields of an entry, from a list or from its own page. */
typedef struct fm_fields {
  fm_field by[FM_F_COUNT];
  fm_number_field *numbers;
  size_t nnumbers;
  bool json;          /* what they are asked of is JSON: */
  fm_pointers pointers;
} fm_fields;

struct fm_recipe {
  fm_source source; /* first: a source is its recipe */
  atomic_uint refs;
  uint64_t hash;
  fm_arena arena;
  fm_str file;
  unsigned line;

  fm_template url, link, title_text;
  fm_strs names;       /* of url's placeholders */
  const fm_param *defaults;
  size_t ndefaults;
  bool has_link, has_title_text;
  fm_field title;      /* of the page, where title is an expression */
  fm_str subtitle, language;
  enum fm_order order;

  fm_field container, items;  /* of items one way alone */
  bool json;                  /* the page is JSON */
  fm_pointers items_pointers; /* then the list's */
  fm_pointers page_pointers;  /* and those of what else is asked of the page */
  fm_fields fields, detail;
  fm_field next;
  unsigned max_pages;

  fm_fixup *fixups;
  size_t nfixups;
  fm_filter filter;
  const fm_param *headers;
  size_t nheaders;
  fm_str charset;
  fm_expr *exprs; /* every one, to be given back */
};

/* -- loading -- */

/* Every key of a recipe, and of a field that is a section. conf/sources/example.yaml says
 * the same to people, and a test holds the two together. */
extern const fm_directive recipe_table[], recipe_way_table[];

/* What reading a file needs at every step. */
typedef struct fm_recipe_reading {
  fm_recipe *recipe;
  fm_problems *problems;
  fm_str file;
  const fm_str *formats; /* what the recipe says for all its dates */
  size_t nformats;
  const fm_zone *zone;
} fm_recipe_reading;

/* A problem at a byte of a scalar. FM_E_CONFIG. */
int recipe_wrong(const fm_recipe_reading *r, const fm_yaml *node, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reads a field: an expression, a section, or a list of both; NULL leaves it empty.
 * `json`: what it is asked of is JSON, and its pointers go there. */
int recipe_field(fm_recipe_reading *r, const fm_yaml *node, fm_pointers *json, fm_field *field);
/* "format": a text or several. */
int recipe_formats(fm_recipe_reading *r, const fm_yaml *node, const fm_str **formats, size_t *count);
int recipe_zone(fm_recipe_reading *r, const fm_yaml *node, const fm_zone **zone);

/* -- fixups -- */

int recipe_fixup_compile(fm_str pattern, fm_fixup *fixup, size_t *at, fm_why *why);
/* Whether such a pattern's matches can be replaced so: FM_E_SYNTAX with the reason, and
 * behind which byte of `replace` it is wrong. */
int recipe_fixup_replacement(fm_str pattern, fm_str replace, size_t *at, fm_why *why);
void recipe_fixups_free(fm_recipe *recipe);
/* -- the source -- */

int recipe_plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan);
int recipe_extract(const fm_host *host, const fm_page *page, fm_feed *feed);
int recipe_detail(const fm_host *host, const fm_page *page, fm_entry *entry);

/* What reading one page needs at every step. */
typedef struct fm_recipe_job {
  const fm_recipe *recipe;
  const fm_host *host;
  const fm_page *page;
  fm_arena arena; /* for as long as the job */
  fm_tree tree;
  fm_finder finder;
  bool has_tree;
  fm_str json;    /* the page that is JSON, once it was asked for */
  fm_str home;    /* the page's address, whatever of its own it says */
  fm_str base;    /* that relative addresses are taken from; empty: none is known */
  fm_param names[FM_TEMPLATE_PARTS];
  size_t nnames;
  fm_eval eval;   /* of the item at hand */
  size_t steps;   /* that fixups may still take */
  size_t undated; /* dates that could not be read, and the first of them */
  fm_str first_undated;
  fm_why why;
} fm_recipe_job;

/* An item: an element, or a piece of JSON. */
typedef struct fm_recipe_item {
  xmlNodePtr node;
  fm_str json;
} fm_recipe_item;

typedef struct fm_recipe_list {
  fm_recipe_item *items;
  size_t count, cap;
  bool cut; /* there were more than FM_RECIPE_ITEMS_MAX */
} fm_recipe_list;

/* A page that is JSON, as UTF-8: made so once. */
fm_str recipe_json(fm_recipe_job *job);
/* The page's items. FM_E_NO_LIST with what is missing in job->why. */
int recipe_list(fm_recipe_job *job, fm_recipe_list *found);

/* The field's text after its fixups; the text itself if none changed it. */
fm_str recipe_fix(fm_recipe_job *job, enum fm_field_name field, fm_str text);
/* The field's first value that is no empty text, fixed up, as one line; as lines. */
fm_str recipe_line(fm_recipe_job *job, const fm_field *field, enum fm_field_name name);
fm_str recipe_lines(fm_recipe_job *job, const fm_field *field, enum fm_field_name name);
/* All values of the first way that has some. */
size_t recipe_values(fm_recipe_job *job, const fm_field *field, fm_str *texts, size_t most,
                     enum fm_field_name name);
/* The first value that is an http or https address, made absolute. */
fm_str recipe_address(fm_recipe_job *job, const fm_field *field, enum fm_field_name name);

/* Fills an entry from what job->eval looks at; nothing is required, nothing kept
 * back. Strings are the host's. */
void recipe_entry(fm_recipe_job *job, const fm_fields *fields, fm_entry *entry);
/* A copy in the host's memory; of what stands still as long as the recipe, too. */
fm_str recipe_keep(const fm_recipe_job *job, fm_str text);

#endif
