/* Loads one month's archive (RFC 5005 section 4) from the store for a response. Reading an
 * archive fetches nothing from the upstream. */
#include "mill/archive_response.h"

#include "base/log.h"
#include "mill/render.h"

#include <stdlib.h>

typedef struct archive_load {
  feed_response *response;
  fm_archive_month month;
  fm_archive_loaded_cb loaded;
} archive_load;

static void missing(archive_load *l, const char *reason)
{
  feed_response *r = l->response;
  fm_response_set_spec spec = r->view->set->spec;
  if (reason)
    fm_log(FM_LOG_ERROR, "an archive cannot be read", "upstream", spec.key.ptr, "reason", reason,
           NULL);
  r->rendering = false;
  r->missing = true;
  free(l);
  spec.settle(spec.ctx);
  spec.drop(spec.ctx);
}

static void on_month(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  archive_load *l = ctx;
  feed_response *r = l->response;
  if (error || !r->view->set->spec.copy->doc) {
    missing(l, error && error != FM_E_NOT_FOUND ? why->text : NULL);
    return;
  }
  fm_archive_month month = l->month;
  fm_archive_loaded_cb loaded = l->loaded;
  month.doc = fm_doc_ref(memory->doc);
  month.changed = memory->meta.changed;
  free(l);
  loaded(r, &month);
}

static bool note_neighbours(archive_load *l, const fm_archive *archives, size_t count)
{
  int64_t wanted = l->response->view->archive;
  bool found = false;
  l->month.prev = l->month.next = FM_NO_TIME;
  for (size_t i = 0; i < count; i++) {
    if (archives[i].month < wanted)
      l->month.prev = archives[i].month;
    else if (archives[i].month > wanted && l->month.next == FM_NO_TIME)
      l->month.next = archives[i].month;
    if (archives[i].month == wanted) {
      found = true;
      l->month.sealed = archives[i].sealed != FM_NO_TIME;
    }
  }
  return found;
}

static void on_months(void *ctx, int error, const fm_why *why, const fm_archive *archives,
                      size_t count)
{
  archive_load *l = ctx;
  const fm_response_set_spec *spec = &l->response->view->set->spec;
  if (error || !note_neighbours(l, archives, count))
    missing(l, error ? why->text : NULL);
  else
    fm_store_archive(spec->env->store, spec->key, l->response->view->archive, 0, on_month, l);
}

void fm_archive_response_load(feed_response *r, fm_archive_loaded_cb loaded)
{
  const fm_response_set_spec *spec = &r->view->set->spec;
  archive_load *l = FM_NEW(archive_load);
  *l = (archive_load){.response = r, .loaded = loaded, .month.version = spec->copy->version};
  r->rendering = true;
  spec->hold(spec->ctx);
  fm_store_archives(spec->env->store, spec->key, 0, on_months, l);
}
