/* The registry of sources, and calls of a source: with memory and a reason for a failure,
 * and with validation of what it returns. */
#ifndef FM_SOURCE_REGISTRY_H
#define FM_SOURCE_REGISTRY_H

#include "base/why.h"
#include "feed/doc.h"
#include "source/recipe/recipe.h"
#include <feedmill/plugin.h>
#include <stdbool.h>

typedef struct fm_registry fm_registry;

/* A registry with the built-in sources; the caller has one reference. */
fm_registry *fm_registry_new(void);
void fm_registry_ref(fm_registry *registry);
void fm_registry_unref(fm_registry *registry); /* NULL is fine */

/* Loads a shared object (dlopen). FM_E_ABI or FM_E_CONFIG, with the reason. */
int fm_registry_load(fm_registry *registry, const char *path, fm_why *why);
/* Adds a recipe and takes over the caller's reference, also on failure: FM_E_CONFIG with a
 * problem if another source has its name. */
int fm_registry_add_recipe(fm_registry *registry, fm_recipe *recipe, fm_problems *problems);
const fm_source *fm_registry_find(const fm_registry *registry, fm_str name); /* or NULL */
/* The same; if there is none, FM_E_NOT_FOUND and a reason that names the nearest one. */
int fm_registry_lookup(const fm_registry *registry, fm_str name, const fm_source **source,
                       fm_why *why);
/* Iterates: *at = 0 to start; NULL at the end. `from` (may be NULL) receives the source's
 * origin: "built in", or the path of the shared object or recipe. */
const fm_source *fm_registry_next(const fm_registry *registry, size_t *at, const char **from);

/* References to a source beyond its registry, as a refresh needs over a reload: a recipe is
 * freed with its last reference. Other sources are never freed. */
void fm_source_ref(const fm_source *source);
void fm_source_unref(const fm_source *source); /* NULL is fine */
/* True for the sources that are part of the program. */
bool fm_source_is_built_in(const fm_source *source);
/* True if both extract alike: the same source, or recipes of equal text. */
bool fm_source_same(const fm_source *a, const fm_source *b);

/* Calls source->plan and validates the plan: absolute http(s) addresses, a key of 1 to 512
 * bytes. Its strings are in `arena`. */
int fm_source_plan(const fm_source *source, const fm_plan_request *request, fm_arena *arena,
                   fm_plan *plan, fm_why *why);

/* The result of one extraction. */
typedef struct fm_extracted {
  fm_doc *doc;    /* the caller's reference */
  size_t dropped; /* entries without id or title, or with an id that was there already */
  /* The rest is in doc's arena; see fm_host. */
  fm_str next;        /* empty: the list ends here */
  fm_str note;        /* empty: no remark */
  fm_str incomplete;  /* what the list lacks; empty: it is complete */
  fm_str redirect_to; /* empty: the page names no other list */
} fm_extracted;

/* Calls source->extract and validates the feed (source/validate.h). FM_E_NO_LIST with a
 * reason if the page is not the list; if it names the list's address, *extracted then holds
 * that in an empty document, which is the caller's. Every other failure leaves *extracted
 * untouched. Any thread. */
int fm_source_extract_page(const fm_source *source, const fm_page *page, fm_extracted *extracted,
                           fm_why *why);

/* The same for callers that need the document alone; `dropped` may be NULL. */
int fm_source_extract(const fm_source *source, const fm_page *page, fm_doc **doc, size_t *dropped,
                      fm_why *why);

/* ---- entries' own pages ---- */

/* How many of them one refresh fetches at most; 0: the source does not use them. */
size_t fm_source_entry_pages(const fm_source *source);
/* Calls source->extract_entry, which must exist, and validates the entry. Any thread. */
int fm_source_extract_entry(const fm_source *source, const fm_page *page, fm_arena *arena,
                            fm_entry *entry, fm_why *why);
/* The interval in seconds that the source itself asks for; 0: none. */
int64_t fm_source_refresh_interval(const fm_source *source);

/* ---- past days ---- */

/* Calls source->plan_day, or fails with FM_E_NOT_FOUND if there is none; validated like
 * fm_source_plan's. */
int fm_source_plan_day(const fm_source *source, const fm_day_request *request, fm_arena *arena,
                       fm_plan *plan, fm_why *why);
/* Calls source->previous_day; FM_NO_TIME if there is none. Any thread. */
int64_t fm_source_previous_day(const fm_source *source, const fm_page *page);

extern const fm_source fm_daily_papers; /* huggingface.co/papers */
extern const fm_source fm_feed_source;  /* feeds in */
extern const fm_source fm_auto;         /* any page: auto.c */

#endif
