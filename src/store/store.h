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
bool fm_store_is_address(fm_str uri); /* of a known kind, and whole */
int fm_store_open(uv_loop_t *loop, const fm_store_spec *spec, fm_store **store, fm_why *why);
/* Finishes what was asked before, then closes and calls `closed`. */
void fm_store_close(fm_store *store, void (*closed)(void *ctx), void *ctx);

/* `memory` is NULL with FM_E_NOT_FOUND (never seen) and other errors; else the
 * callback may take memory->doc by fm_doc_ref and copies what it wants of meta. */
typedef void (*fm_store_cb)(void *ctx, int error, const fm_why *why, fm_memory *memory);

/* A page with its newest `most` entries: those on the page at its last fetch in
 * the page's order, then those that left it, newest published first (those of
 * one time in the order in which the page had them). */
void fm_store_load(fm_store *store, fm_str page, size_t most, fm_store_cb cb, void *ctx);

/* What is remembered of these entries, by id, whichever page of the same source
 * showed them: those that are, in the order of `seen`, under an empty head. */
void fm_store_recall(fm_store *store, fm_str page, fm_doc *seen, fm_store_cb cb, void *ctx);

/* Merges what a page showed at `meta->fetched` into the memory, in one
 * transaction, and brings back the seen entries as they are remembered now, in
 * the page's order: first sighting's `published` for ever; `updated` moved to
 * meta->fetched where title, abstract or authors changed; a field that the
 * page lacks this time (no abstract, no authors) kept from before; `numbers`
 * the highest ever seen; a field that is from the entry's own page (feed/detail.h)
 * stays, whatever the list says. `meta->changed` in the answer is meta->fetched if what
 * would be served changed, else as it was. `seen` is referenced until then. */
void fm_store_merge(fm_store *store, fm_str page, const fm_page_meta *meta, fm_doc *seen,
                    fm_store_cb cb, void *ctx);

/* The copy of a page that a caller holds. */
typedef struct fm_held {
  const fm_page_meta *meta;
  fm_doc *doc;  /* NULL: none */
  bool unsaved; /* merges that made it failed: readers know it, the home does not */
} fm_held;

/* The same for a caller that holds a copy: where it is unsaved, or where the
 * home has no feed of the page, because it was emptied meanwhile, or an older one,
 * because it was started from an old snapshot, the copy is put back first with the
 * dates that it has, so that no entry is dated twice. */
void fm_store_merge_held(fm_store *store, fm_str page, const fm_page_meta *meta, fm_doc *seen,
                         const fm_held *held, fm_store_cb cb, void *ctx);

/* Puts a copy back, with its dates, where fm_store_merge_held would; else does
 * nothing. The answer has no memory. cb may be NULL. */
void fm_store_restore(fm_store *store, fm_str page, const fm_held *held, fm_store_cb cb,
                      void *ctx);

/* Writes meta alone (a 304, a failure, last read). FM_E_NOT_FOUND: written, but
 * the home has no feed of this page that was fetched: it was emptied, and a
 * caller that holds a copy should restore it. cb may be NULL. */
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

/* ---- what a page showed earlier ---- */

/* Adds entries that an older listing showed (a backfill) to the page's memory,
 * as if they had been on it at `at` and left; merged like any sighting. Entries
 * that the page has already stay where they are. The page's meta stays but for
 * `changed`, which becomes `at` when an entry is new or another. The answer is
 * fm_store_merge's. */
void fm_store_add(fm_store *store, fm_str page, int64_t at, fm_doc *seen, fm_store_cb cb,
                  void *ctx);

/* ---- archives (RFC 5005 section 4) ----
 *
 * The feed document holds the page's `most` entries that fm_store_load gives;
 * every other entry is in exactly one archive, named by a month in UTC: that of
 * its `published`, or the one after the last sealed month if that is later. A
 * sealed archive never changes again: what it holds was written down when it
 * was sealed, and what comes for its month afterwards goes into the next. The
 * only entries in both are those that come back onto the page later. */
typedef struct fm_archive {
  int64_t month; /* its first second */
  int64_t sealed; /* when; FM_NO_TIME: still open */
  size_t count;  /* entries */
} fm_archive;

/* All archives of a page that are not empty, oldest first; borrowed for the
 * time of the call. Never seen pages have none. */
typedef void (*fm_store_archives_cb)(void *ctx, int error, const fm_why *why,
                                     const fm_archive *archives, size_t count);
void fm_store_archives(fm_store *store, fm_str page, size_t most, fm_store_archives_cb cb,
                       void *ctx);

/* One archive, newest published first, under the page's head of now; always in
 * the same order. meta is the page's, but `changed` is when it was sealed.
 * FM_E_NOT_FOUND: no archive of this page has this month. */
void fm_store_archive(fm_store *store, fm_str page, int64_t month, size_t most, fm_store_cb cb,
                      void *ctx);

/* Seals the page's months that ended at or before `before` and of which the feed
 * of `most` entries shows none that left the page. `now` dates the sealing.
 * `count`: months sealed by this call. Other jobs run between its steps. */
typedef void (*fm_store_count_cb)(void *ctx, int error, const fm_why *why, size_t count);
void fm_store_seal(fm_store *store, fm_str page, size_t most, int64_t before, int64_t now,
                   fm_store_count_cb cb, void *ctx);

/* ---- keep ---- */

/* Forgets what was last seen on its page more than `keep` (fm_store_spec; 0: for
 * ever) before `now`: an entry once it left every page, a page once it is empty
 * and as long unread, an archive once all of it is as old. Small steps, other
 * jobs run between them. `count`: entries forgotten. One at a time: FM_E_BUSY. */
void fm_store_expire(fm_store *store, int64_t now, fm_store_count_cb cb, void *ctx);

/* ---- moving house ---- */

/* Everything as JSON Lines: {"feedmill":...} first, then pages, entries with
 * where they are and were, archives, {"end":...} last. A line without its line
 * break, borrowed for the time of the call; then `done` with the number of
 * lines. Other jobs run between; each line is true by itself. */
typedef void (*fm_store_line_cb)(void *ctx, fm_str line);
void fm_store_export(fm_store *store, fm_store_line_cb each, fm_store_count_cb done, void *ctx);

/* Takes some whole lines of an export (separated by line breaks; at most
 * FM_STORE_IMPORT_MAX bytes), in one transaction. What is remembered already
 * stays as it is. `count`: lines taken. FM_E_SYNTAX names the line, counted
 * from `first_line`; then nothing of this call was taken. */
enum { FM_STORE_IMPORT_MAX = 32 << 20 };
void fm_store_import(fm_store *store, fm_str lines, size_t first_line, fm_store_count_cb cb,
                     void *ctx);

/* ---- many machines ----
 *
 * With redis:// the feedmills that share it take turns. In the other homes a
 * lease is always granted and nothing is ever announced. */
enum { FM_LEASE_TOKEN_MAX = 40 };
typedef struct fm_lease {
  char token[FM_LEASE_TOKEN_MAX]; /* names the holder; "" when it is another's */
  int64_t left_ms; /* until it ends by itself */
} fm_lease;

/* 0: this feedmill holds the lease for ttl_ms. FM_E_BUSY: another holds it, and
 * for how long still. FM_E_IO: unknown; a caller goes on without. */
typedef void (*fm_store_lease_cb)(void *ctx, int error, const fm_why *why, const fm_lease *lease);
void fm_store_lease_take(fm_store *store, fm_str name, int64_t ttl_ms, fm_store_lease_cb cb,
                         void *ctx);
/* FM_E_BUSY: it ended meanwhile, or another has it. */
void fm_store_lease_renew(fm_store *store, fm_str name, const fm_lease *lease, int64_t ttl_ms,
                          fm_store_lease_cb cb, void *ctx);
/* Gives it back if it is still ours. cb may be NULL. */
void fm_store_lease_release(fm_store *store, fm_str name, const fm_lease *lease,
                            fm_store_lease_cb cb, void *ctx);

/* Tells from now on when another feedmill merged or touched a page (`version`
 * grows with each change of it); page {NULL,0}: announcements may have been
 * missed, any page may have changed. NULL ends it. */
typedef void (*fm_store_watch_cb)(void *ctx, fm_str page, uint64_t version);
void fm_store_watch(fm_store *store, fm_store_watch_cb cb, void *ctx);

/* ---- state: what the program remembers of itself ----
 *
 * A value of bytes under a key, shared by all instances that share a Redis; part of
 * every export. Each backend finishes one call after the other, so a value that was
 * set is what the next get brings. A key that is neither set nor read for `keep`
 * seconds (fm_store_spec) is forgotten by fm_store_expire; a list reads no key in
 * this sense. Keys in use, <> standing for text of any length:
 *
 *   outage/BEGAN <upstream>      {"upstream":..,"began":..,"ended":..,"url":..,"reason":..,
 *                                "what":..,"anomaly":NAME,"accepted":true}; BEGAN is
 *                                "2026-08-04T09:00:00Z", ended is missing while it lasts
 *   host/<origin>                {"until":..}: to be left alone until then
 *   input/<upstream>             the state of its inputs, a line each
 *   backfill/<upstream> on DAY   {"read":..,"before":"2026-08-03"}: the day's page was
 *                                read then, and names that day as the one before itself
 *
 * Times are seconds since 1970. A memory of an earlier feedmill, which kept these as
 * entries of hidden pages, is brought into this form when it is opened or imported. */
enum { FM_STATE_KEY_MAX = 4096, FM_STATE_VALUE_MAX = 1 << 20, FM_STATE_LIST_MAX = 32 << 20 };

/* `value` is borrowed for the time of the call; empty when there is an error, and
 * after a set or a delete. */
typedef void (*fm_store_state_cb)(void *ctx, int error, const fm_why *why, fm_str value);
/* FM_E_NOT_FOUND: the key has no value. */
void fm_store_state_get(fm_store *store, fm_str key, fm_store_state_cb cb, void *ctx);
/* FM_E_TOO_BIG: the key is empty or over FM_STATE_KEY_MAX, or the value over
 * FM_STATE_VALUE_MAX; nothing was set. cb may be NULL. */
void fm_store_state_set(fm_store *store, fm_str key, fm_str value, fm_store_state_cb cb,
                        void *ctx);
/* No error if there was none. cb may be NULL. */
void fm_store_state_delete(fm_store *store, fm_str key, fm_store_state_cb cb, void *ctx);
/* Every key that begins with `prefix`, in byte order, each once; then a last call with
 * key {NULL, 0} and the error if there is one. FM_E_TOO_BIG: they are more than
 * FM_STATE_LIST_MAX bytes; those that fit were given. */
typedef void (*fm_store_state_each_cb)(void *ctx, int error, const fm_why *why, fm_str key,
                                       fm_str value);
void fm_store_state_list(fm_store *store, fm_str prefix, fm_store_state_each_cb cb, void *ctx);

/* Tells from now on when another instance set or deleted a key; key {NULL, 0}:
 * announcements may have been missed, any may have changed. NULL ends it. */
typedef void (*fm_store_state_watch_cb)(void *ctx, fm_str key);
void fm_store_state_watch(fm_store *store, fm_store_state_watch_cb cb, void *ctx);

/* ---- how it is ---- */

/* Borrowed until the loop runs again. */
typedef struct fm_store_health {
  const char *home;   /* "sqlite", "memory", "redis" */
  const char *word;   /* "ok", "unreadable", "unwritable", "down" */
  const char *reason; /* one line; "" when ok */
} fm_store_health;
fm_store_health fm_store_get_health(const fm_store *store);

#endif
