/* Rendering: a view of a copy becomes finished bytes, in the pool. */
#ifndef FM_MILL_RENDER_H
#define FM_MILL_RENDER_H

#include "mill/response.h"

/* Renders the responses that are out of date: those that readers wait for, and with `all`
 * those that were rendered before too. Nothing without a copy. Then calls spec.settle. */
void fm_render_set(fm_response_set *set, bool all);

/* What an archive's response shows. */
typedef struct fm_archive_month {
  fm_doc *doc;        /* all of the month; NULL: the response is the feed document */
  int64_t prev, next; /* neighbouring archives; FM_NO_TIME: none */
  int64_t changed;    /* when it was sealed, or when the upstream last changed */
  bool sealed;
  uint64_t version;   /* of the copy when it was loaded */
} fm_archive_month;

/* Renders an archive; takes the reference to month->doc. The response is `rendering`
 * already and the set held: both end with the job. */
void fm_render_archive(feed_response *r, const fm_archive_month *month);

#endif
