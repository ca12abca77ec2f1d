/* Extraction of one page: bytes in, a validated document out.
 *
 * An extractor decides where that work runs: in libuv's pool (fm_pool_extractor_new), or in
 * worker processes that are ended when they take too much. Callers see one interface. All
 * callbacks come on the loop, never from inside a call of this interface. */
#ifndef FM_MILL_EXTRACT_H
#define FM_MILL_EXTRACT_H

#include "source/registry.h"
#include <uv.h>

enum fm_extract_kind {
  FM_EXTRACT_LIST,  /* fm_source.extract */
  FM_EXTRACT_ENTRY, /* fm_source.extract_entry, of an entry's own page */
  FM_EXTRACT_DAY    /* fm_source.extract and fm_source.previous_day, for a backfill */
};

typedef struct fm_extract_request {
  enum fm_extract_kind kind;
  const fm_source *source; /* the extraction holds a reference until its callback */
  /* page.body is malloc'd memory and passes to the extraction. All other strings and the
   * options are borrowed until the callback. page.size is set by fm_extract_start. */
  fm_page page;
} fm_extract_request;

typedef struct fm_extract_result {
  /* FM_OK, the code of the source (FM_E_NO_LIST: the page is not the list), FM_E_CANCELLED,
   * or FM_E_TOO_BIG or FM_E_TIMEOUT if the extraction went past a limit and was ended. */
  int error;
  fm_why why; /* set if `error` is */
  /* As fm_source_extract_page leaves it: doc is NULL after an error, except after
   * FM_E_NO_LIST with redirect_to. For FM_EXTRACT_ENTRY the document has one entry, which
   * holds what the entry's page said. The result owns the reference; a receiver that keeps
   * the document, or strings in it, takes its own with fm_doc_ref. */
  fm_extracted value;
  int64_t previous_day; /* FM_EXTRACT_DAY: midnight UTC, or FM_NO_TIME */
} fm_extract_result;

/* `result` is borrowed for the time of the call. */
typedef void (*fm_extract_cb)(void *ctx, fm_extract_result *result);

typedef struct fm_extract fm_extract; /* one extraction; each implementation defines its own */

/* An implementation: its own struct begins with this one. */
typedef struct fm_extractor fm_extractor;
struct fm_extractor {
  fm_extract *(*start)(fm_extractor *self, const fm_extract_request *request, fm_extract_cb cb,
                       void *ctx);
  void (*cancel)(fm_extractor *self, fm_extract *extract);
  void (*close)(fm_extractor *self, void (*closed)(void *ctx), void *ctx);
};

/* Starts an extraction; `cb` is called exactly once. The handle is valid until then. */
fm_extract *fm_extract_start(fm_extractor *extractor, const fm_extract_request *request,
                             fm_extract_cb cb, void *ctx);
/* Makes the callback come with FM_E_CANCELLED, later: as soon as the implementation can end
 * the work, for the pool when the thread is done with it. Twice is fine. */
void fm_extract_cancel(fm_extractor *extractor, fm_extract *extract);

/* Extraction in libuv's pool. Nothing limits its time or memory. */
fm_extractor *fm_pool_extractor_new(uv_loop_t *loop);
/* No extraction may be under way. `closed` (may be NULL) is called on the loop when the
 * extractor is freed, never from inside this call. */
void fm_extractor_close(fm_extractor *extractor, void (*closed)(void *ctx), void *ctx);

/* Does the work of a request in the calling thread: what the pool's threads and a worker
 * process run. Fills `result`, whose document the caller unrefs; leaves page.body alone. */
void fm_extract_now(const fm_extract_request *request, fm_extract_result *result);

#endif
