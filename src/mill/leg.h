/* A step of a refresh: one page is fetched, then read in the pool. A run has several
 * under way at a time, and each may go on to another page; walk.c has those of lists,
 * details.c those of entries.
 *
 * A leg is embedded in its owner's struct and outlived by nothing: it is over when
 * `fetched` or `read` was called and asked for nothing more. */
#ifndef FM_MILL_LEG_H
#define FM_MILL_LEG_H

#include "base/list.h"
#include "base/mem.h"
#include "fetch/fetch.h"

struct run;
typedef struct leg leg;
struct leg {
  fm_list_node node; /* in run->legs while it is under way */
  struct run *run;
  fm_fetch *fetch; /* while fetching */
  uv_work_t work;
  fm_arena arena;       /* of what follows, until leg_free: a feed may point to it */
  fm_str body;          /* malloc'd, for extract */
  fm_str url, charset;  /* of what came */
  fm_str etag, last_modified;
  /* What came is no page that can be read: a failure, a 304. */
  void (*fetched)(leg *l, fm_fetch_result *result);
  void (*extract)(leg *l); /* in the pool; the body is freed after it */
  void (*read)(leg *l);    /* on the loop, after it */
};

/* Starts to fetch. A mill that closes answers FM_E_CANCELLED, from inside the call. The
 * plan's headers and budget go along if `way` (may be NULL) is of the address's origin. */
struct way;
void leg_ask(leg *l, const fm_fetch_spec *spec, const struct way *way);
void leg_free(leg *l); /* what it holds */

#endif
