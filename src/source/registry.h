/* The sources that feedmill knows, and the way to call one: with memory, with
 * a reason for a failure, and with what it returns checked. */
#ifndef FM_SOURCE_REGISTRY_H
#define FM_SOURCE_REGISTRY_H

#include "base/why.h"
#include "feed/doc.h"
#include <feedmill/plugin.h>

typedef struct fm_registry fm_registry;

fm_registry *fm_registry_new(void); /* with the built-in sources */
void fm_registry_free(fm_registry *registry);

/* Loads a shared object (dlopen). FM_E_ABI, FM_E_CONFIG with the reason. */
int fm_registry_load(fm_registry *registry, const char *path, fm_why *why);
const fm_source *fm_registry_find(const fm_registry *registry, fm_str name); /* or NULL */
/* Walks all: *at = 0 to start; NULL at the end. `from` (may be NULL) tells
 * where it is from: "built in" or the shared object's path. */
const fm_source *fm_registry_next(const fm_registry *registry, size_t *at, const char **from);

/* Calls source->plan. The plan's strings are in `arena`; checked: an absolute
 * http(s) url, a key that is not empty nor over 512 bytes. */
int fm_source_plan(const fm_source *source, const fm_ask *ask, fm_arena *arena,
                   fm_plan *plan, fm_why *why);

/* Calls source->extract. What comes back is checked: an entry without id or
 * title is dropped (how many: *dropped, may be NULL), a second entry of one id
 * too, text that is not UTF-8 is mended, HTML is cleaned (feed/sanitize.h; relative
 * addresses are taken from the page's); FM_E_NO_LIST with `why` if the page
 * is not the listing. *doc is the caller's. Any thread. */
int fm_source_extract(const fm_source *source, const fm_page *page, fm_doc **doc,
                      size_t *dropped, fm_why *why);

/* Calls source->plan_past where there is one, else FM_E_NOT_FOUND; checked and
 * kept as by fm_source_plan. */
int fm_source_plan_past(const fm_source *source, const fm_past *past, fm_arena *arena,
                        fm_plan *plan, fm_why *why);
/* source->day_before; FM_NO_TIME where there is none. Any thread. */
int64_t fm_source_day_before(const fm_source *source, const fm_page *page);

extern const fm_source fm_daily_papers; /* huggingface.co/papers */
extern const fm_source fm_feed_source;  /* feeds in */

#endif
