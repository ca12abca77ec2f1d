/* One page of an upstream: fetched, then extracted.
 *
 * fm_page_loader is what all loads of one refresh have in common. Its owner keeps it, and all
 * that it points to, until the last load's callback. Callbacks come on the loop, never from
 * inside a call of this interface. */
#ifndef FM_MILL_PAGE_LOAD_H
#define FM_MILL_PAGE_LOAD_H

#include "fetch/fetch.h"
#include "mill/endpoint.h"
#include "mill/extract.h"

/* How pages are fetched: fm_fetch.h's functions, or a test's. */
typedef struct fm_page_fetcher {
  fm_fetch *(*start)(void *self, const fm_fetch_spec *spec, fm_fetch_cb cb, void *ctx);
  void (*cancel)(fm_fetch *fetch);
  const char *(*doing)(const fm_fetch *fetch);
  int64_t (*room)(void *self, fm_str permit); /* fm_room_fn */
  void *self;
} fm_page_fetcher;

fm_page_fetcher fm_page_fetcher_of(fm_fetcher *fetcher); /* the real one */

enum fm_page_load_event {
  FM_LOAD_STARTED, /* a request is being handed to the fetcher */
  FM_LOAD_SENT,    /* it has its permit and goes out to the host */
  FM_LOAD_ENDED    /* the page is extracted, or failed */
};

/* What the owner hears, and is asked. Hooks may not call list_fetch, entry_fetch, page_load or
 * the fetcher. Each may be NULL. */
typedef struct fm_page_load_hooks {
  void (*on_event)(void *ctx, enum fm_page_load_event event);
  /* A host asks to be left alone for so many seconds (fm_fetcher_block's arguments). */
  void (*on_host_stop)(void *ctx, fm_str permit, int64_t seconds);
  /* A remark of the source about the page at `url`, one line. */
  void (*on_note)(void *ctx, fm_str url, fm_str note);
  /* Somebody waits for this refresh and there is no copy to give. NULL: false. */
  bool (*is_urgent)(void *ctx);
  /* The copy at hand has been made with other options or another plan meanwhile, so that a
   * 304 cannot stand for it. NULL: false. */
  bool (*is_outdated)(void *ctx);
  int64_t (*mono_ms)(void); /* the clock; NULL: fm_clock_mono_ms */
  void *ctx;
} fm_page_load_hooks;

typedef struct fm_page_loader {
  fm_page_fetcher fetcher;
  fm_extractor *extractor;
  fm_page_load_hooks hooks;
  fm_str upstream; /* its key, for log lines; NUL-terminated */
  const fm_source *source;
  const fm_param *options; /* of the source */
  size_t noptions;
  const fm_str *command; /* prints the page (fm_fetch_spec.command); none: it is fetched */
  size_t ncommand;
  bool dynamic; /* the upstream is not configured (fm_fetch_spec.dynamic) */
  int64_t now;  /* Unix seconds, for fm_page.now */
  fm_str state; /* fm_feed.state of the copy at hand, for pages of lists */
} fm_page_loader;

typedef struct fm_page_load fm_page_load;

/* Strings are copied. */
typedef struct fm_page_load_spec {
  enum fm_extract_kind kind;
  fm_str url;
  fm_str accept; /* empty: HTML */
  /* fm_page.key; and, where `url` is of its origin, its headers and budget are sent. Borrowed
   * until the callback. */
  const fm_endpoint *endpoint;
  unsigned number;            /* fm_page.number */
  fm_str etag, last_modified; /* make the request conditional; empty: not */
  bool urgent;
  int64_t since; /* Unix seconds of the copy at hand; 0: none. The oldest is fetched first. */
} fm_page_load_spec;

enum fm_page_load_status {
  FM_LOAD_OK,
  FM_LOAD_NOT_MODIFIED, /* a 304, asked for or not */
  FM_LOAD_UNREACHABLE,  /* no page came */
  FM_LOAD_UNREADABLE,   /* a page came, and its extraction failed */
  FM_LOAD_CANCELLED
};

typedef struct fm_page_load_result {
  enum fm_page_load_status status;
  int error;  /* of the fetch or of the extraction; FM_OK after FM_LOAD_OK and a 304 */
  fm_why why; /* set if `error` is */
  int http_status;     /* 0: no response came */
  int64_t retry_after; /* seconds; -1: not said */
  bool blocked;        /* the host asked to be left alone */
  fm_str url;          /* of the page, after redirects */
  fm_str etag, last_modified; /* of the page */
  fm_extracted value;  /* FM_LOAD_OK; after FM_LOAD_UNREADABLE maybe redirect_to: see extract.h */
} fm_page_load_result;

/* `result` is borrowed for the time of the call. */
typedef void (*fm_page_load_cb)(void *ctx, const fm_page_load_result *result);

/* Starts a load; `cb` is called exactly once, as the last thing that the load does. The handle
 * is valid until then. */
fm_page_load *fm_page_load_start(const fm_page_loader *loader, const fm_page_load_spec *spec,
                                 fm_page_load_cb cb, void *ctx);
/* Makes the callback come with FM_LOAD_CANCELLED, later. Twice is fine. */
void fm_page_load_cancel(fm_page_load *load);
/* What it is doing, for logs and the status page: fm_fetch_doing's text, or "extracting". */
const char *fm_page_load_doing(const fm_page_load *load);

#endif
