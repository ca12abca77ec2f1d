/* The memory: what was ever seen, one interface, three homes.
 *
 *   sqlite:PATH   a file (the default); a pool thread at a time works on it
 *   redis://HOST:PORT/DB   shared by many machines; asynchronous
 *   memory:       gone with the process
 *
 * A *page* is named by its plan's key. An *entry* is remembered once for its
 * source, however many pages show it: id, first seen, published, updated and
 * fingerprint (title, abstract, authors) belong to the entry; its place, first
 * and last sighting on a page belong to the page.
 *
 * Everything is asynchronous: a callback comes on the loop exactly once, never
 * from inside the call. A failing home never takes the program down: callbacks
 * bring the error, the caller goes on from memory. */
#ifndef FM_STORE_STORE_H
#define FM_STORE_STORE_H

#include "base/why.h"
#include "feed/doc.h"
#include <stdbool.h>
#include <uv.h>

typedef struct fm_store fm_store;

/* What is kept of a page beside its entries. Strings are borrowed. */
typedef struct fm_page_meta {
  fm_str url;           /* that was fetched */
  fm_str etag, last_modified; /* the host's validators, to send back */
  int64_t fetched;      /* when the page was last had (200 or 304), seconds; FM_NO_TIME: never */
  int64_t changed;      /* when what is served last really changed */
  int64_t read;         /* when a reader last asked for it */
  int64_t next_try;     /* backing off until then; FM_NO_TIME: not backing off */
  uint32_t failures;    /* in a row */
  fm_str failure;       /* why, one line */
} fm_page_meta;

/* A page from memory, or what a merge made of it. */
typedef struct fm_memory {
  fm_page_meta meta; /* strings in doc->arena */
  fm_doc *doc;       /* a reference of the receiver's; fm_memory_deinit gives it back */
} fm_memory;
void fm_memory_deinit(fm_memory *memory);

typedef struct fm_store_spec {
  fm_str uri;
  int64_t keep; /* seconds that an entry is remembered after it left every page */
} fm_store_spec;

/* FM_E_CONFIG: an address of no known kind. FM_E_IO: cannot be opened, and why
 * ("feedmill.db: made by a newer feedmill (schema 9, this one knows 3)"). */
int fm_store_open(uv_loop_t *loop, const fm_store_spec *spec, fm_store **store, fm_why *why);
/* Finishes what was asked before, then closes and calls `closed`. */
void fm_store_close(fm_store *store, void (*closed)(void *ctx), void *ctx);

/* `memory` is NULL with FM_E_NOT_FOUND (never seen) and other errors; else the
 * callback may take memory->doc by fm_doc_ref and copies what it wants of meta. */
typedef void (*fm_store_cb)(void *ctx, int error, const fm_why *why, fm_memory *memory);

/* A page with its newest `most` entries: those on the page at its last fetch in
 * the page's order, then those that left it, newest published first. */
void fm_store_load(fm_store *store, fm_str page, size_t most, fm_store_cb cb, void *ctx);

/* Merges what a page showed at `meta->fetched` into the memory, in one
 * transaction, and brings back the seen entries as they are remembered now, in
 * the page's order: first sighting's `published` for ever; `updated` moved to
 * meta->fetched where title, abstract or authors changed; a field that the
 * page lacks this time (no abstract, no authors) kept from before; `numbers`
 * the highest ever seen. `meta->changed` in the answer is meta->fetched if what
 * would be served changed, else as it was. `seen` is referenced until then. */
void fm_store_merge(fm_store *store, fm_str page, const fm_page_meta *meta, fm_doc *seen,
                    fm_store_cb cb, void *ctx);

/* Writes meta alone (a 304, a failure, last read). cb may be NULL. */
void fm_store_touch(fm_store *store, fm_str page, const fm_page_meta *meta,
                    fm_store_cb cb, void *ctx);

/* What a merge would make of one sighting; pure, used by every home.
 * `old` may be NULL (never seen). `result`'s strings are borrowed from both. */
typedef struct fm_record {
  fm_entry entry; /* published and updated set */
  int64_t first_seen, last_seen;
  uint64_t fingerprint; /* XXH3 of title, abstract, authors */
} fm_record;
void fm_record_merge(const fm_record *old, const fm_entry *seen, int64_t now,
                     fm_arena *arena, fm_record *result);
uint64_t fm_fingerprint(const fm_entry *entry);

/* The pages that are remembered, for a warm start: key, meta; each once, then
 * a last call with page {NULL,0}. */
typedef void (*fm_store_page_cb)(void *ctx, fm_str page, const fm_page_meta *meta);
void fm_store_pages(fm_store *store, fm_store_page_cb cb, void *ctx);

#endif
