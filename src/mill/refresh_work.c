/* A refresh's documents: lists become what the upstream shows, and that the new copy. */
#include "mill/refresh_struct.h"

#include "base/log.h"
#include "base/str.h"
#include "mill/list_union.h"
#include "mill/merge.h"

#include <stdio.h>

void fm_refresh_combine(uv_work_t *work)
{
  fm_refresh_run *r = work->data;
  size_t count = r->spec.plan->ninputs;
  const fm_list_result *only = fm_list_fetch_result(r->lists[0]);
  if (count == 1 && only->npages == 1 && only->state == FM_LIST_WHOLE) {
    r->seen = fm_doc_ref(only->pages[0]);
  } else {
    fm_list_part *parts = fm_arena_alloc(&r->arena, count * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
      const fm_list_result *list = fm_list_fetch_result(r->lists[i]);
      parts[i] = (fm_list_part){.pages = list->pages, .npages = list->npages,
                                .whole = list->state != FM_LIST_PARTIAL,
                                .ids = list->previous_ids, .nids = list->nprevious_ids};
    }
    r->combined = fm_list_union(parts, count, r->held, &r->ids, &r->nids);
    r->seen = fm_doc_ref(r->combined);
  }
  fm_anomaly_check_run(&r->check, &r->seen->feed, r->dropped);
}

void fm_refresh_patch(uv_work_t *work)
{
  fm_refresh_run *r = work->data;
  fm_doc *patched = fm_entry_patch_apply(r->patch, r->seen, true);
  fm_doc_unref(r->seen);
  r->seen = patched;
}

void fm_refresh_join(uv_work_t *work)
{
  fm_refresh_run *r = work->data;
  if (!r->stored) {
    fm_doc *merged = fm_merge_seen(r->before, r->seen, r->meta.fetched);
    fm_doc_unref(r->seen);
    r->seen = merged;
  }
  r->joined = fm_merge_join(r->before, r->seen, FM_MILL_ENTRIES);
  if (!r->stored && (!r->before || !fm_merge_is_same(r->before, r->joined)))
    r->meta.changed = r->meta.fetched;
}

void fm_refresh_join_late(uv_work_t *work)
{
  fm_refresh_run *r = work->data;
  fm_doc *patched = fm_entry_patch_apply(r->patch, r->before, true);
  r->late = fm_entry_patch_apply(r->patch, r->before, false);
  r->joined = fm_merge_in_place(r->before, patched, r->late_now);
  fm_doc_unref(patched);
}

void fm_refresh_log(const fm_refresh_run *r, const fm_doc *joined)
{
  char seen[24], known[24], took[24], dropped[24], pages[24];
  size_t npages = r->entries ? fm_entry_fetch_fetched(r->entries) : 0;
  snprintf(seen, sizeof seen, "%zu", r->seen->feed.nentries);
  snprintf(known, sizeof known, "%zu", joined->feed.nentries);
  snprintf(took, sizeof took, "%lldms", (long long)(fm_env_mono_ms(r->spec.env) - r->started));
  snprintf(pages, sizeof pages, "%zu", npages);
  snprintf(dropped, sizeof dropped, "%zu", r->dropped);
  fm_log(FM_LOG_INFO, "refreshed", "upstream", r->spec.key.ptr, "entries", seen, "remembered",
         known, "dropped", r->dropped ? dropped : NULL, "entry_pages", npages ? pages : NULL,
         "took", took, NULL);
}
