/* The inside of finding lists: for source/discover*.c alone.
 *
 *   page -> survey: its elements in a row, with what counts   discover_survey.c, discover_words.c
 *   survey -> groups of elements that repeat                  discover_groups.c
 *   group -> list: which link, which title, how good          discover_lists.c, discover_forms.c
 *   list -> selector                                          discover_select.c
 *   list -> fields                                            discover_fields.c, discover_dates.c
 *   JSON -> list, fields                                      discover_json.c, discover_keys.c
 *   fields -> recipe                                          discover_write.c
 */
#ifndef FM_SOURCE_DISCOVER_PARTS_H
#define FM_SOURCE_DISCOVER_PARTS_H

#include "base/buf.h"
#include "base/map.h"
#include "base/when.h"
#include "dom/tree.h"
#include "source/discover/discover.h"

enum {
  SPOTS_MAX = 150000,   /* elements of a page that are looked at */
  GROUPS_MAX = 100000,
  MEMBERS_MAX = 5000,   /* items of a list */
  ITEMS_MIN = 3,        /* fewer are no list */
  SAMPLE = 48,          /* items of a list that are looked at closely */
  FORMS_MAX = 1024,     /* ways to say where in an item something stands */
  FORM_TABLE = 4096,
  SIBLINGS_MAX = 3      /* elements after an item that belong to it */
};

/* Puts one of a kind (`size` bytes, its double at `score`) among the `most` best, best
 * first; of equal ones the first stays first. */
void keep_best(void *all, size_t *count, size_t most, size_t size, const void *one, size_t score);
#define KEEP_BEST(all, count, most, one, member) \
  keep_best((all), (count), (most), sizeof *(one), (one), (size_t)((const char *)&(one)->member - (const char *)(one)))

/* -- words of classes and ids (discover_words.c) -- */

/* Where an element stands on the page, or what it is of an item. */
enum {
  W_NAV = 1, W_FOOTER = 2, W_ASIDE = 4, W_RELATED = 8, W_AD = 16, W_COOKIE = 32, W_HEADER = 64,
  W_COMMENTS = 128, W_FILTER = 256, W_MAIN = 512,
  W_TITLE = 1 << 10, W_DATE = 1 << 11, W_AUTHOR = 1 << 12, W_SUMMARY = 1 << 13,
  W_IMAGE = 1 << 14, W_CATEGORY = 1 << 15, W_STATE = 1 << 16, W_AVATAR = 1 << 17,
  W_ZONES = W_NAV | W_FOOTER | W_ASIDE | W_RELATED | W_AD | W_COOKIE | W_HEADER | W_COMMENTS | W_FILTER
};
unsigned words_of(fm_str name);

/* How long a class will be what it is: 0 made by a machine, 1 of how it looks or what
 * state it is in, 2 the stem of a machine's, 3 a word. The part of it that is stable
 * is in *stem, as a part of `name`. */
unsigned class_worth(fm_str name, fm_str *stem);

/* -- the survey (discover_survey.c) -- */

typedef struct class_name {
  fm_str text; /* a class, or a stem of one */
  unsigned words, worth;
} class_name;

typedef struct spot { /* an element */
  xmlNodePtr node;
  uint32_t parent, end; /* the place after its last descendant */
  uint16_t tag;         /* in survey->tags */
  uint8_t depth, heading; /* 1-6; 0: none */
  uint8_t nnames;
  bool image, block, wordy; /* wordy: has text of its own */
  uint32_t names;       /* the first of its classes in survey->of_spots */
  unsigned zone;        /* W_*: its own and those of what it is in */
  unsigned words;       /* its own */
  uint64_t path;        /* hash of the tags from the root to it */
  uint64_t tags_below;  /* a bit for each tag, itself left out */
  uint64_t text_hash;
  uint32_t text, linked; /* characters below; of them in links */
  uint32_t gaps;        /* spaces between words below */
  uint32_t href;        /* number of a link's address; 0: it is no link */
  uint32_t links;       /* links below, itself too */
  uint32_t dates;       /* texts and elements that are dates */
  uint32_t images, headings;
  uint32_t paid;        /* links that say they are advertising */
  uint32_t blocks;      /* that have text of their own, itself left out */
} spot;

typedef struct survey {
  const fm_page *page;
  fm_arena *arena;
  fm_tree tree;
  bool parsed;
  fm_str url, base;     /* of the page; empty: not known */
  fm_str body;
  spot *spots;
  size_t count, cap;
  uint32_t *slots;      /* by element: numbers of spots, from 1 */
  size_t nslots;
  uint32_t *of_spots;   /* numbers of names */
  size_t nof_spots, of_cap;
  class_name *names;
  size_t nnames, names_cap;
  fm_map by_name, by_tag, by_href;
  fm_str *tags;
  size_t ntags, tags_cap;
  fm_str *hrefs;        /* from 1; absolute, without fragment */
  size_t nhrefs, hrefs_cap;
  fm_str title, next;   /* the page's title; the selector of a link to the next page */
  struct form_seen *forms; /* FORMS_MAX of them, and FORM_TABLE numbers: for items_look */
  uint32_t *table;
} survey;

int survey_make(survey *s, const fm_page *page, fm_arena *arena);
void survey_free(survey *s);
int64_t survey_now(const survey *s);
/* An element's number; UINT32_MAX: it was not looked at. */
uint32_t survey_find(const survey *s, const xmlNode *node);
bool spot_has_name(const survey *s, uint32_t at, uint32_t name);
fm_str spot_text(const survey *s, uint32_t at);
fm_str spot_attribute(const survey *s, uint32_t at, const char *attribute);
static inline bool spot_within(const survey *s, uint32_t at, uint32_t outer)
{
  return at >= outer && at < s->spots[outer].end;
}

/* -- groups (discover_groups.c) -- */

typedef struct group {
  uint32_t *members; /* in the page's order, none within another */
  uint32_t count;
  double promise;    /* a guess at its score */
} group;

/* The groups that promise most, best first. */
size_t groups_find(survey *s, group *groups, size_t most);
/* How much a list counts for where it stands. */
double zone_factor(unsigned zone);

/* -- forms: where in an item something stands (discover_forms.c) -- */

enum form_kind {
  FORM_SELF,      /* the item, or the element after it */
  FORM_NAME,      /* .a */
  FORM_TAG,       /* a */
  FORM_NAME_TAG,  /* .a b */
  FORM_TAG_TAG,   /* a > b */
  FORM_ATTRIBUTE, /* [what=value], of a small table */
  FORM_NTH        /* a:nth-of-type(b) */
};

typedef struct form {
  uint8_t kind, sibling; /* 0: in the item; 1: in the element after it */
  uint16_t b;
  uint32_t a;
} form;

typedef struct form_seen form_seen;
struct form_seen {
  form form;
  uint32_t first[SAMPLE]; /* what it finds first in each item of the sample; 0: nothing */
  uint32_t found;
};

typedef struct items { /* a sample of a group's items, with the forms that were seen in them */
  survey *s;
  const group *group;
  uint32_t at[SAMPLE];
  uint32_t count;
  unsigned siblings;           /* elements after an item that are of it */
  uint32_t after[SAMPLE][SIBLINGS_MAX];
  form_seen *forms;
  size_t nforms;
} items;

void items_sample(items *all, survey *s, const group *g);
void items_look(items *all); /* fills forms */
/* The selector, from the item; empty for the item itself. */
fm_str form_text(const items *all, const form *form);
unsigned form_words(const survey *s, const form *form);
/* A class as a selector: .name, or by its stem. */
fm_str name_atom(const survey *s, uint32_t name);
/* How long it will last, and how much it says: from 0 to 1. */
double form_worth(const survey *s, const form *form);

/* -- lists (discover_lists.c) -- */

typedef struct list {
  items items;
  const form_seen *link, *title;
  const char *title_attribute; /* of what has no text: alt, title, aria-label; NULL: the text */
  double title_chars;          /* of it, on average */
  double score;
} list;

/* Which link, which title, how good; score 0: it is no list. */
void list_judge(list *l);

/* -- selectors (discover_select.c) -- */

/* What selects the group and nothing else, or little: then *exact is false. Empty: there
 * is none. */
fm_str select_group(survey *s, const group *g, const items *all, const form_seen *link);

/* -- recipes (discover_write.c) -- */

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
  fm_str date_format;          /* empty: none is wanted */
  draft_fix fixes[4];
  size_t nfixes;
  fm_str next;
  double score;
  size_t count;                /* items that are expected */
} draft;

fm_str draft_write(const survey *s, const draft *d, const fm_discovered *found, bool bare);

/* -- fields (discover_fields.c, discover_dates.c) -- */

void fields_find(list *l, draft *d);
void dates_find(list *l, draft *d);

/* -- ways (discover_marked.c, discover_json.c) -- */

/* Fills drafts, best first; returns how many. */
size_t marked_drafts(survey *s, draft *drafts, size_t most);
size_t json_drafts(survey *s, draft *drafts, size_t most);
size_t structure_drafts(survey *s, draft *drafts, size_t most);

#endif
