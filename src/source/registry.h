/* The sources that feedmill knows, and the way to call one: with memory, with
 * a reason for a failure, and with what it returns checked. */
#ifndef FM_SOURCE_REGISTRY_H
#define FM_SOURCE_REGISTRY_H

#include "base/why.h"
#include "feed/doc.h"
#include "source/recipe/recipe.h"
#include <feedmill/plugin.h>
#include <stdbool.h>

typedef struct fm_registry fm_registry;

fm_registry *fm_registry_new(void); /* with the built-in sources; one reference */
void fm_registry_ref(fm_registry *registry);
void fm_registry_free(fm_registry *registry); /* gives a reference back; NULL is fine */

/* Loads a shared object (dlopen). FM_E_ABI, FM_E_CONFIG with the reason. */
int fm_registry_load(fm_registry *registry, const char *path, fm_why *why);
/* Adds a recipe, whose reference becomes the registry's, also on failure: a problem
 * where its name is that of another source. FM_E_CONFIG. */
int fm_registry_add_recipe(fm_registry *registry, fm_recipe *recipe, fm_problems *problems);
const fm_source *fm_registry_find(const fm_registry *registry, fm_str name); /* or NULL */
/* The same, and the reason with the nearest name where there is none: FM_E_NOT_FOUND. */
int fm_registry_want(const fm_registry *registry, fm_str name, const fm_source **source,
                     fm_why *why);
/* Walks all: *at = 0 to start; NULL at the end. `from` (may be NULL) tells
 * where it is from: "built in", or the path of the shared object or the recipe. */
const fm_source *fm_registry_next(const fm_registry *registry, size_t *at, const char **from);

/* Who keeps a source beyond its registry, as a page under way does over a reload,
 * keeps a reference: a recipe is freed with its last one. Others stay for good. */
void fm_source_ref(const fm_source *source);
void fm_source_unref(const fm_source *source); /* NULL is fine */
/* True if both read a page the same way: one and the same, or recipes of equal text. */
bool fm_source_same(const fm_source *a, const fm_source *b);

/* Calls source->plan. The plan's strings are in `arena`; checked: an absolute
 * http(s) url, a key that is not empty nor over 512 bytes. */
int fm_source_plan(const fm_source *source, const fm_ask *ask, fm_arena *arena,
                   fm_plan *plan, fm_why *why);

/* Calls source->extract. What comes back is checked: an entry without id or
 * title is dropped (how many: *dropped, may be NULL), a second entry of one id
 * too, text that is not UTF-8 is mended, HTML is cleaned (feed/html/sanitize.h; relative
 * addresses are taken from the page's); FM_E_NO_LIST with `why` if the page
 * is not the listing. *doc is the caller's. Any thread. */
int fm_source_extract(const fm_source *source, const fm_page *page, fm_doc **doc,
                      size_t *dropped, fm_why *why);

/* The same with all that an extraction gives. On FM_E_NO_LIST with `elsewhere` set, doc
 * is an empty one that holds it, the caller's too; else a failure leaves all untouched. */
typedef struct fm_extracted {
  fm_doc *doc;    /* the caller's */
  size_t dropped; /* entries without id or title, or with one's id that was there */
  fm_str next;    /* where the list goes on, absolute; empty: it does not. In doc's arena, */
  fm_str note;    /* as this: a remark for the log, one line; empty: none */
  fm_str poor;    /* what the list lacks, if it is a poor one; empty: it is none */
  fm_str elsewhere; /* where the list stands, or a better one; empty: here, or nowhere */
} fm_extracted;
int fm_source_read(const fm_source *source, const fm_page *page, fm_extracted *extracted,
                   fm_why *why);

/* -- Entries' own pages; mill/walk.c and mill/details.c follow them and `next`. -- */

/* How many entries' own pages are wanted in a refresh at most; 0: none ever. */
size_t fm_source_details(const fm_source *source);
/* Calls source->detail, which must be there; the result is looked over as an
 * extraction's entries are. Any thread. */
int fm_source_detail(const fm_source *source, const fm_page *page, fm_arena *arena, fm_entry *entry,
                     fm_why *why);
/* Seconds between two fetches, as the source itself wishes; 0: it does not say. */
int64_t fm_source_every(const fm_source *source);

/* Calls source->plan_past where there is one, else FM_E_NOT_FOUND; checked and
 * kept as by fm_source_plan. */
int fm_source_plan_past(const fm_source *source, const fm_past *past, fm_arena *arena,
                        fm_plan *plan, fm_why *why);
/* source->day_before; FM_NO_TIME where there is none. Any thread. */
int64_t fm_source_day_before(const fm_source *source, const fm_page *page);

extern const fm_source fm_daily_papers; /* huggingface.co/papers */
extern const fm_source fm_feed_source;  /* feeds in */
extern const fm_source fm_auto;         /* any page: auto.c */

#endif
