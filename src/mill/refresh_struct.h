/* A refresh's struct, and the work of its states; for refresh*.c alone. Nothing here enters a
 * state: that is refresh.c's. */
#ifndef FM_MILL_REFRESH_STRUCT_H
#define FM_MILL_REFRESH_STRUCT_H

#include "mill/entry_fetch.h"
#include "mill/lease.h"
#include "mill/list_fetch.h"
#include "mill/refresh.h"

struct fm_refresh_run {
  fm_refresh_spec spec; /* with a reference to the plan */
  enum fm_refresh_state state;
  int64_t started; /* mono ms */
  uv_work_t work;
  fm_arena arena;
  fm_refresh_lease *lease; /* NULL: the store is not shared */
  int64_t lease_left_ms;
  bool told; /* the upstream changed since the store was last read */
  /* lists */
  fm_page_loader loader;
  fm_list_fetch **lists; /* one for each input */
  size_t pending_lists;
  fm_doc *held;  /* the copy when they were started */
  fm_doc *combined; /* holds `ids`; NULL: one page of one list, or nothing new */
  const uint64_t **ids;
  size_t *nids;
  fm_doc *seen;  /* what the upstream shows now */
  size_t dropped;
  fm_anomaly_check check;
  fm_upstream_meta meta; /* of the copy to be */
  bool confirmed;    /* the copy stays: all lists are not modified */
  /* entries' own pages */
  fm_doc *recalled; /* what the store knows of the entries */
  fm_entry_fetch *entries;
  fm_entry_patch *patch;
  /* the new copy */
  bool stored;
  bool published;
  fm_doc *before, *joined, *late;
  int64_t late_now;
};

/* ---- inputs (refresh_inputs.c) ---- */

/* Sets what all page loads of the refresh have in common. */
void fm_refresh_set_loader(fm_refresh_run *r);
/* The first input's validators are kept with the copy while they are those of its url. */
void fm_refresh_use_copy_validators(fm_refresh_run *r);
/* What the next refresh asks with, here and in the store. */
void fm_refresh_remember_inputs(fm_refresh_run *r);
/* The metadata of the copy to be. */
void fm_refresh_set_meta(fm_refresh_run *r);

/* ---- documents (refresh_work.c), in the pool ---- */

/* `seen` of the lists, and its anomaly check. */
void fm_refresh_combine(uv_work_t *work);
/* `seen` with what the entries' own pages said. */
void fm_refresh_patch(uv_work_t *work);
/* `joined` of `before` and `seen`. */
void fm_refresh_join(uv_work_t *work);
/* `joined` and `late` of `before` and of what came late. */
void fm_refresh_join_late(uv_work_t *work);

/* On the loop: the line "refreshed". */
void fm_refresh_log(const fm_refresh_run *r, const fm_doc *joined);

#endif
