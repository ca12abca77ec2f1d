/* Private declarations of source/discover. Data flow:
 *
 *   page -> survey: elements in document order, with statistics   survey.c, hints.c
 *   survey -> groups of elements that repeat                      groups.c
 *   group -> list: link, title, score                             lists.c, locators.c
 *   list -> selector                                              select.c
 *   list -> fields                                                fields.c, dates.c
 *   JSON -> list, fields                                          json.c, arrays.c, keys.c, columns.c
 *   fields -> recipe                                              write.c
 */
#ifndef FM_SOURCE_DISCOVER_PARTS_H
#define FM_SOURCE_DISCOVER_PARTS_H

#include "base/buf.h"
#include "base/map.h"
#include "base/when.h"
#include "dom/tree.h"
#include "source/discover/discover.h"

enum {
  SURVEY_ELEMENTS_MAX = 150000,   /* elements of a page that are looked at */
  GROUPS_MAX = 100000,
  MEMBERS_MAX = 5000,   /* items of a list */
  ITEMS_MIN = 3,        /* items of the shortest list */
  SAMPLE = 48,          /* items of a list that are examined */
  LOCATORS_MAX = 1024,     /* locators for each list */
  LOCATOR_TABLE = 4096,
  SIBLINGS_MAX = 3      /* siblings after an item that may belong to it */
};

/* Inserts `one` (of `size` bytes, its double at offset `score`) into the `most` best, in
 * descending order; among equals the earlier stays first. */
void fm_keep_best(void *all, size_t *count, size_t most, size_t size, const void *one, size_t score);
#define KEEP_BEST(all, count, most, one, member) \
  fm_keep_best((all), (count), (most), sizeof *(one), (one), (size_t)((const char *)&(one)->member - (const char *)(one)))

/* ---- hints from classes and ids (hints.c) ---- */

/* The kind of region an element belongs to, or the field it holds. */
enum {
  HINT_NAV = 1, HINT_FOOTER = 2, HINT_ASIDE = 4, HINT_RELATED = 8, HINT_AD = 16, HINT_COOKIE = 32, HINT_HEADER = 64,
  HINT_COMMENTS = 128, HINT_FILTER = 256, HINT_MAIN = 512,
  HINT_TITLE = 1 << 10, HINT_DATE = 1 << 11, HINT_AUTHOR = 1 << 12, HINT_SUMMARY = 1 << 13,
  HINT_IMAGE = 1 << 14, HINT_CATEGORY = 1 << 15, HINT_STATE = 1 << 16, HINT_AVATAR = 1 << 17, HINT_MAIN_ROLE = 1 << 18,
  HINT_REGIONS = HINT_NAV | HINT_FOOTER | HINT_ASIDE | HINT_RELATED | HINT_AD | HINT_COOKIE | HINT_HEADER | HINT_COMMENTS | HINT_FILTER
};
unsigned fm_hints_of(fm_str name);

/* How stable a class name is: 0 generated, 1 of appearance or state, 2 the stem of a generated
 * one, 3 a word. *stem is the stable part, a slice of `name`. */
unsigned fm_class_stability(fm_str name, fm_str *stem);

/* ---- the survey (survey.c) ---- */

typedef struct class_name {
  fm_str text; /* a class, or the stem of one */
  unsigned hints, worth;
} class_name;

typedef struct element { /* an element of the page */
  xmlNodePtr node;
  uint32_t parent, end; /* index after its last descendant */
  uint16_t tag;         /* index in survey->tags */
  uint8_t depth, heading; /* heading level 1-6; 0: none */
  uint8_t nnames;
  bool image, block, wordy; /* wordy: has text of its own */
  uint32_t names;       /* index of its first class in survey->element_names */
  unsigned region;        /* HINT_* of the element and its ancestors */
  unsigned hints;       /* its own hints */
  uint64_t path;        /* hash of the tags from the root to the element */
  uint64_t tags_below;  /* a bit for each tag of a descendant */
  uint64_t text_hash;
  uint32_t text, linked; /* characters below; of these in links */
  uint32_t gaps;        /* spaces between words below */
  uint32_t digits;      /* of the characters below */
  uint32_t mains;       /* <main> below or itself */
  uint32_t articles;    /* <article> and the like below or itself */
  uint32_t href;        /* number of a link's address; 0: no link */
  uint32_t links;       /* links below, including itself */
  uint32_t dates;       /* texts and elements that are dates */
  uint32_t images, headings;
  uint32_t paid;        /* links microdata as advertising */
  uint32_t blocks;      /* descendant blocks with text of their own */
} element;

typedef struct survey {
  const fm_page *page;
  fm_arena *arena;
  fm_tree tree;
  bool parsed;
  fm_str url, base;     /* of the page; empty: unknown */
  fm_str body;
  element *elements;
  size_t count, cap;
  uint32_t *slots;      /* hash table from node to element index + 1 */
  size_t nslots;
  uint32_t *element_names;   /* indices into names */
  size_t nelement_names, of_cap;
  class_name *names;
  size_t nnames, names_cap;
  fm_map by_name, by_tag, by_href;
  fm_str *tags;
  size_t ntags, tags_cap;
  fm_str *hrefs;        /* from 1; absolute, without fragment */
  size_t nhrefs, hrefs_cap;
  fm_str language;      /* of the page, as its lang says; empty: unknown */
  fm_str title, next;   /* the page's title; the selector of a link to the next page */
  struct locator_seen *locators; /* scratch memory for fm_items_look */
  uint32_t *table;
} survey;

int fm_survey_make(survey *s, const fm_page *page, fm_arena *arena);
void fm_survey_free(survey *s);
int64_t fm_survey_now(const survey *s);
/* The index of a node's element; UINT32_MAX: it was not looked at. */
uint32_t fm_survey_find(const survey *s, const xmlNode *node);
bool fm_element_has_name(const survey *s, uint32_t at, uint32_t name);
fm_str fm_element_text(const survey *s, uint32_t at);
fm_str fm_element_attribute(const survey *s, uint32_t at, const char *attribute);
static inline bool element_within(const survey *s, uint32_t at, uint32_t outer)
{
  return at >= outer && at < s->elements[outer].end;
}

/* ---- groups (groups.c) ---- */

typedef struct group {
  uint32_t *members; /* in document order, not nested */
  uint32_t count;
  double estimate;    /* an estimate of its score */
} group;

/* The most promising groups, best first. */
size_t fm_groups_find(survey *s, group *groups, size_t most);
/* Weight of a list by the region it stands in. */
double fm_region_weight(unsigned region);

/* ---- locators (locators.c) ---- */

enum locator_kind {
  LOCATE_SELF,      /* the item, or the sibling after it */
  LOCATE_NAME,      /* .a */
  LOCATE_TAG,       /* a */
  LOCATE_NAME_TAG,  /* .a b */
  LOCATE_TAG_TAG,   /* a > b */
  LOCATE_ATTRIBUTE, /* [what=value], of a small table */
  LOCATE_NTH,       /* a:nth-of-type(b) */
  LOCATE_NTH_TAG    /* td:nth-of-type(b) a: the element's tag in the upper half of `a` */
};

typedef struct locator {
  uint8_t kind, sibling; /* 0: in the item; 1: in the first sibling after it */
  uint16_t b;
  uint32_t a;
} locator;

typedef struct locator_seen locator_seen;
struct locator_seen {
  locator locator;
  uint32_t first[SAMPLE]; /* the first match in each sampled item; 0: none */
  uint32_t found;
};

typedef struct items { /* a sample of a group's items, with the locators seen in them */
  survey *s;
  const group *group;
  uint32_t at[SAMPLE];
  uint32_t count;
  unsigned siblings;           /* following siblings that belong to an item */
  uint32_t after[SAMPLE][SIBLINGS_MAX];
  locator_seen *locators;
  size_t nlocators;
} items;

void fm_items_sample(items *all, survey *s, const group *g);
void fm_items_look(items *all); /* fills locators */
/* The selector relative to the item; empty for the item itself. */
fm_str fm_locator_text(const items *all, const locator *locator);
unsigned fm_locator_hints(const survey *s, const locator *locator);
/* A class as a selector: .name, or by its stem. */
fm_str fm_name_atom(const survey *s, uint32_t name);
/* How stable and how specific a locator is, from 0 to 1. */
double fm_locator_quality(const survey *s, const locator *locator);

/* ---- lists (lists.c) ---- */

typedef struct list {
  items items;
  const locator_seen *link, *title;
  const char *title_attribute; /* if the title has no text: alt, title or aria-label; NULL: the text */
  double title_chars;          /* average length of the title */
  double score;
} list;

/* Chooses link and title and computes the score; score 0: not a list. */
void fm_list_score(list *l);
/* Elements without classes count as having one in common. */
bool fm_have_common_class(const survey *s, uint32_t a, uint32_t b);
/* Items with different links, as far as the sample tells. */
size_t fm_list_distinct(const list *l);

/* ---- selectors (select.c) ---- */

/* The selector of the group; it may match a few other elements. Empty: there is none. */
fm_str fm_select_group(survey *s, const group *g, const items *all, const locator_seen *link);

/* ---- the page's own feeds (feeds.c) ---- */

void fm_feeds_order(const survey *s, fm_discovered *found);

/* ---- recipes (write.c) ---- */

enum draft_field {
  DRAFT_TITLE, DRAFT_LINK, DRAFT_PUBLISHED, DRAFT_AUTHOR, DRAFT_SUMMARY, DRAFT_IMAGE,
  DRAFT_CATEGORY, DRAFT_COMMENTS, DRAFT_FIELDS
};

typedef struct draft_fix {
  enum draft_field field;
  fm_str match, replace;
} draft_fix;

typedef struct draft {
  enum fm_discovery how;
  fm_str items;                /* expressions */
  fm_str fields[DRAFT_FIELDS]; /* empty: none */
  fm_str date_format;          /* empty: not needed */
  draft_fix fixes[4];
  size_t nfixes;
  fm_str next;
  double score;
  size_t count;                /* expected items */
} draft;

fm_str fm_draft_write(const survey *s, const draft *d, const fm_discovered *found, bool bare);

/* ---- fields (fields.c, dates.c) ---- */

void fm_fields_find(list *l, draft *d);
void fm_dates_find(list *l, draft *d);

/* ---- methods (microdata.c, json.c, discover.c) ---- */

/* Fill drafts, best first; return how many. */
size_t fm_microdata_drafts(survey *s, draft *drafts, size_t most);
size_t fm_json_drafts(survey *s, draft *drafts, size_t most);
size_t fm_structure_drafts(survey *s, draft *drafts, size_t most);

#endif
