/* Private to source/recipe/.
 *
 *    file -> draft -> fm_recipe         table.c, load.c, list_load.c, field.c
 *    request -> plan                    plan.c, template.c
 *    page -> items -> entries           list.c, extract.c, entry.c
 *    entry's own page -> entry          extract.c
 *    text -> text                       fixup.c */
#ifndef FM_SOURCE_RECIPE_INTERNAL_H
#define FM_SOURCE_RECIPE_INTERNAL_H

#include "base/when.h"
#include "feed/filter.h"
#include "source/recipe/expr.h"
#include "source/recipe/recipe.h"
#include "source/recipe/template.h"

#include <stdatomic.h>

enum {
  FM_RECIPE_ITEMS_MAX = 5000,
  FM_RECIPE_ALTERNATIVES_MAX = 16,     /* in one field */
  FM_RECIPE_NUMBERS_MAX = 16,
  FM_RECIPE_FIXUPS_MAX = 64,
  FM_RECIPE_STEPS = 20 * 1000 * 1000, /* steps of all fixup matches on one page; about a second */
  FM_RECIPE_PAGES_MAX = 20,
  FM_RECIPE_ENTRY_PAGES_MAX = 100
};

/* name, and whether it is allowed in detail: */
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
#define FM_FIELD_ROW(upper, lower, in_entry_page) FM_F_##upper,
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  FM_F_COUNT
};

enum fm_html_mode { FM_HTML_GUESS, FM_HTML_YES, FM_HTML_NO };

/* One expression of a field, and how its text is interpreted. */
typedef struct fm_alternative {
  const fm_expr *expr;
  enum fm_html_mode html;
  const fm_str *formats; /* of date fields */
  size_t nformats;
  const fm_zone *zone;
  fm_str language;       /* of date fields; empty: the page's */
} fm_alternative;

/* Alternatives are tried in order; the first one that yields a value is used. */
typedef struct fm_field {
  fm_alternative *alternatives;
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

/* The fields of an entry, for a list item or for an entry's own page. */
typedef struct fm_fields {
  fm_field by[FM_F_COUNT];
  fm_number_field *numbers;
  size_t nnumbers;
  bool json;          /* the expressions are evaluated on JSON */
  fm_pointers pointers;
} fm_fields;

struct fm_recipe {
  fm_source source; /* must be first: fm_source pointers are cast to fm_recipe */
  atomic_uint refs;
  fm_str text; /* the YAML that it was compiled from */
  uint64_t hash; /* of the text */
  fm_arena arena;
  fm_str file;
  unsigned line;

  fm_template url, link, title_text;
  fm_strs names;       /* names of the url's placeholders */
  const fm_param *defaults;
  size_t ndefaults;
  bool has_link, has_title_text;
  fm_field title;      /* the feed's title, if given as an expression */
  fm_str subtitle, language;
  enum fm_order order;

  fm_field container, items;  /* items has exactly one alternative */
  bool json;                  /* the page is a JSON document */
  fm_pointers items_pointers; /* of items, if the page is JSON */
  fm_pointers page_pointers;  /* of all other expressions on the page */
  fm_fields fields, entry_page;
  fm_field next;
  unsigned max_pages;

  fm_fixup *fixups;
  size_t nfixups;
  fm_filter filter;
  const fm_param *headers;
  size_t nheaders;
  fm_str charset;
  fm_expr *exprs; /* all expressions, for fm_exprs_deinit */
};

/* ---- loading ---- */

/* All keys of a recipe and of a field section. conf/sources/example.yaml documents them; a
 * test compares the two. */
extern const fm_directive fm_recipe_table[], fm_recipe_field_table[];

/* State while a file is loaded. */
typedef struct fm_recipe_loader {
  fm_recipe *recipe;
  fm_problems *problems;
  fm_str file;
  const fm_str *formats; /* the recipe's date formats, default of its fields */
  size_t nformats;
  const fm_zone *zone;
  fm_str date_language;
} fm_recipe_loader;

/* Reports a problem at a byte of a scalar; returns FM_E_CONFIG. */
int fm_recipe_problem(const fm_recipe_loader *r, const fm_yaml *node, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Parses a field: an expression, a section, or a list of both. NULL leaves it empty. If the
 * expressions are evaluated on JSON, `json` receives their pointers. */
int fm_recipe_field(fm_recipe_loader *r, const fm_yaml *node, fm_pointers *json, fm_field *field);
/* Parses format: one string or several. */
int fm_recipe_formats(fm_recipe_loader *r, const fm_yaml *node, const fm_str **formats, size_t *count);
int fm_recipe_date_language(fm_recipe_loader *r, const fm_yaml *node, fm_str *language);
int fm_recipe_zone(fm_recipe_loader *r, const fm_yaml *node, const fm_zone **zone);

/* ---- fixups ---- */

int fm_recipe_fixup_compile(fm_str pattern, fm_fixup *fixup, size_t *at, fm_why *why);
/* Checks a replacement text. FM_E_SYNTAX with the reason and the offset in `replace`. */
int fm_recipe_fixup_replacement(fm_str pattern, fm_str replace, size_t *at, fm_why *why);
void fm_recipe_fixups_free(fm_recipe *recipe);
/* ---- the source ---- */

int fm_recipe_plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan);
int fm_recipe_extract(const fm_host *host, const fm_page *page, fm_feed *feed);
int fm_recipe_extract_entry(const fm_host *host, const fm_page *page, fm_entry *entry);

/* How often a field had a value in the items of a list, and whether it was always the same. */
typedef struct fm_field_count {
  size_t found, unread; /* unread: dates that could not be parsed */
  uint64_t first; /* hash of the first value */
  bool differs;
} fm_field_count;

/* State of one extraction. */
typedef struct fm_recipe_job {
  const fm_recipe *recipe;
  const fm_host *host;
  const fm_page *page;
  fm_arena arena; /* freed with the job */
  fm_tree tree;
  fm_finder finder;
  bool has_tree;
  fm_str json;    /* the page as UTF-8 JSON, once requested */
  fm_str page_url;   /* the upstream's URL, independent of redirects and <base> */
  fm_str language; /* of the page's dates; empty if unknown */
  fm_str base;    /* base URL of relative references; empty if unknown */
  fm_param names[FM_TEMPLATE_PARTS];
  size_t nnames;
  fm_eval eval;   /* context of the current item */
  size_t steps;   /* steps left for fixups */
  size_t unparsed_dates; /* number of unparsable dates, and the first of them */
  fm_str first_unparsed;
  const struct fm_recipe_list *list; /* the page's items; NULL for an entry's own page */
  enum fm_when_order orders[FM_F_COUNT]; /* of day and month in the dates of a field */
  bool order_known[FM_F_COUNT];
  fm_str image;   /* of the current entry */
  fm_field_count counts[FM_F_COUNT]; /* of the list's items */
  fm_str unknown_zone; /* the first time zone that is not known */
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
  bool cut; /* truncated at FM_RECIPE_ITEMS_MAX */
} fm_recipe_list;

/* The page as UTF-8 JSON; converted once. */
fm_str fm_recipe_json(fm_recipe_job *job);
/* Makes an item the one that expressions are evaluated on. */
void fm_recipe_select(fm_recipe_job *job, const fm_recipe_item *item);
/* Finds the page's items. FM_E_NO_LIST with the reason in job->why. */
int fm_recipe_find_list(fm_recipe_job *job, fm_recipe_list *found);

/* Applies the field's fixups; returns `text` itself if none matched. */
fm_str fm_recipe_fix(fm_recipe_job *job, enum fm_field_name field, fm_str text);
/* The field's first non-empty value after fixups, as one line or with its line breaks. */
fm_str fm_recipe_field_line(fm_recipe_job *job, const fm_field *field, enum fm_field_name name);
fm_str fm_recipe_lines(fm_recipe_job *job, const fm_field *field, enum fm_field_name name);
/* All distinct values of the first alternative that yields any. */
size_t fm_recipe_values(fm_recipe_job *job, const fm_field *field, fm_str *texts, size_t most,
                     enum fm_field_name name);
/* The first value that is a valid http or https URL, resolved. */
fm_str fm_recipe_address(fm_recipe_job *job, const fm_field *field, enum fm_field_name name);

/* Builds an entry from the context in job->eval. No field is required. Strings belong to the
 * host. */
void fm_recipe_entry(fm_recipe_job *job, const fm_fields *fields, fm_entry *entry);
/* Counts the values of an entry as its recipe gave them. */
void fm_recipe_count(fm_recipe_job *job, const fm_entry *entry);
/* Copies a string to the host's memory. */
fm_str fm_recipe_keep(const fm_recipe_job *job, fm_str text);

#endif
