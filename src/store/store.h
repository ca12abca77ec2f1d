/* The store: every entry that was ever seen. One interface, three backends.
 *
 *   sqlite:PATH            a file (the default)
 *   redis://HOST:PORT/DB   shared by the instances of many machines
 *   memory:                lost with the process
 *
 * An upstream is named by its key. An entry is stored once for its source, however many
 * upstreams list it: id, first seen, published, updated and fingerprint (title, abstract,
 * authors) belong to the entry; its position, and when an upstream first and last listed
 * it, belong to the pair of both.
 *
 * Every call is asynchronous: its callback runs on the loop exactly once, never inside the
 * call. A failing backend never ends the program: callbacks report the error, and the
 * caller goes on with its own copy. */
#ifndef FM_STORE_STORE_H
#define FM_STORE_STORE_H

#include "base/why.h"
#include "feed/doc.h"
#include <stdbool.h>
#include <uv.h>

typedef struct fm_store fm_store;

/* What is stored of an upstream besides its entries. Strings are borrowed. */
typedef struct fm_upstream_meta {
  fm_str url;           /* of the last fetch */
  fm_str etag, last_modified; /* validators of the last response */
  int64_t fetched;      /* last success (200 or 304), seconds; FM_NO_TIME: never */
  int64_t changed;      /* when the served content last changed */
  int64_t read;         /* last request of a reader */
  int64_t next_try;     /* end of the back-off; FM_NO_TIME: not backing off */
  uint32_t failures;    /* consecutive */
  fm_str failure;       /* reason of the last one, one line */
} fm_upstream_meta;

/* The stored feed of an upstream, or the result of a merge. */
typedef struct fm_stored_feed {
  fm_upstream_meta meta; /* strings in doc->arena */
  fm_doc *doc;       /* one reference, given back by fm_stored_feed_deinit */
} fm_stored_feed;
void fm_stored_feed_deinit(fm_stored_feed *memory);

typedef struct fm_store_spec {
  fm_str uri;
  int64_t keep; /* seconds that an entry is stored after it was last listed */
} fm_store_spec;

bool fm_store_is_address(fm_str uri); /* of a known kind, and complete */
/* FM_E_CONFIG: not an address. FM_E_IO: cannot be opened, and why
 * ("feedmill.db: made by a newer feedmill (schema 9, this one knows 3)"). */
int fm_store_open(uv_loop_t *loop, const fm_store_spec *spec, fm_store **store, fm_why *why);
/* Finishes pending calls, then closes and calls `closed`. */
void fm_store_close(fm_store *store, void (*closed)(void *ctx), void *ctx);

/* `feed` is NULL if there is an error (FM_E_NOT_FOUND: not stored). Else the callback may
 * keep feed->doc by fm_doc_ref, and copies what it needs of meta. */
typedef void (*fm_store_cb)(void *ctx, int error, const fm_why *why, fm_stored_feed *feed);

/* Loads an upstream with at most `limit` entries: those that the last fetch listed, in the
 * page's order, then those no longer listed, newest published first (entries of one time
 * in the order in which the page listed them). */
void fm_store_load(fm_store *store, fm_str upstream, size_t limit, fm_store_cb cb, void *ctx);

/* True for entries that are wanted; pure. */
typedef bool (*fm_store_match_fn)(const void *ctx, const fm_entry *entry);
/* Finds at most `limit` entries that `match` accepts among all that are stored for an
 * upstream, archived ones included, in the order of fm_store_load. `match` is called on
 * pool threads, one call at a time, with `match_ctx`, which must stay until the callback.
 * Other jobs run between the small steps. */
void fm_store_find(fm_store *store, fm_str upstream, size_t limit, fm_store_match_fn match,
                   const void *match_ctx, fm_store_cb cb, void *ctx);

/* Loads the stored records of the entries of `seen`, by id, whichever upstream of the same
 * source lists them: those that are stored, in the order of `seen`, with an empty head. */
void fm_store_load_entries(fm_store *store, fm_str upstream, fm_doc *seen, fm_store_cb cb,
                           void *ctx);

/* Merges what a page showed at meta->fetched, in one transaction. The result has the seen
 * entries as they are stored now, in the page's order: `published` of the first observation;
 * `updated` is meta->fetched if title, abstract or authors changed; fields that the page
 * lacks this time (abstract, authors) are kept; `numbers` have the highest values ever seen;
 * fields of the entry's own page (feed/entry_page.h) win over those of the list. The result's
 * meta.changed is meta->fetched if the served content changed, else the stored time. The
 * store holds a reference to `seen` until the callback returns. */
void fm_store_merge(fm_store *store, fm_str upstream, const fm_upstream_meta *meta, fm_doc *seen,
                    fm_store_cb cb, void *ctx);

/* The copy of an upstream that a caller holds. */
typedef struct fm_held_copy {
  const fm_upstream_meta *meta;
  fm_doc *doc;  /* NULL: none */
  bool unsaved; /* merges that made it failed: readers have it, the store lacks it */
} fm_held_copy;

/* The same for a caller that holds a copy. The copy is restored first, with its dates, if it
 * is unsaved, if the store has no feed of the upstream (it was emptied meanwhile) or has an
 * older one (it was started from an old snapshot); so no entry is dated twice. */
void fm_store_merge_held(fm_store *store, fm_str upstream, const fm_upstream_meta *meta,
                         fm_doc *seen, const fm_held_copy *held, fm_store_cb cb, void *ctx);

/* Restores a copy where fm_store_merge_held would; else does nothing. The result has no
 * feed. cb may be NULL. */
void fm_store_restore(fm_store *store, fm_str upstream, const fm_held_copy *held, fm_store_cb cb,
                      void *ctx);

/* Writes meta alone (a 304, a failure, last read). FM_E_NOT_FOUND: written, but the store has
 * no feed of this upstream although it was fetched, so it was emptied; a caller that holds
 * a copy should restore it. cb may be NULL. */
void fm_store_touch(fm_store *store, fm_str upstream, const fm_upstream_meta *meta,
                    fm_store_cb cb, void *ctx);

/* The result of one observation; pure, used by every backend. `old` is NULL for an entry
 * that is not stored. Strings of `result` are borrowed from both. */
typedef struct fm_record {
  fm_entry entry; /* published and updated set */
  int64_t first_seen, last_seen;
  uint64_t fingerprint; /* XXH3 of title, abstract, authors */
} fm_record;
void fm_record_merge(const fm_record *old, const fm_entry *seen, int64_t now,
                     fm_arena *arena, fm_record *result);
uint64_t fm_fingerprint(const fm_entry *entry);

/* Lists all upstreams, each once; then a last call with upstream {NULL, 0}. */
typedef void (*fm_store_upstream_cb)(void *ctx, fm_str upstream, const fm_upstream_meta *meta);
void fm_store_upstreams(fm_store *store, fm_store_upstream_cb cb, void *ctx);

/* ---- backfill ---- */

/* Adds entries of an older listing, as if the upstream had listed them at `at` and no longer
 * does. Entries that it lists now stay listed. Of meta only `changed` is written: it becomes
 * `at` if an entry is new or changed. The result is that of fm_store_merge. */
void fm_store_add(fm_store *store, fm_str upstream, int64_t at, fm_doc *seen, fm_store_cb cb,
                  void *ctx);

/* ---- archives (RFC 5005 section 4) ----
 *
 * The feed document has the `limit` entries that fm_store_load gives. Every other entry is in
 * exactly one archive, named by a month in UTC: that of its `published`, or the one after
 * the last sealed month if that is later. A sealed archive never changes: its records were
 * copied when it was sealed, and later entries of its month go into the next archive. Only
 * an entry that is listed again later is in both. */
typedef struct fm_archive {
  int64_t month; /* its first second */
  int64_t sealed; /* when; FM_NO_TIME: still open */
  size_t count;  /* entries */
} fm_archive;

/* All archives of an upstream that are not empty, oldest first; borrowed for the time of
 * the call. An upstream that is not stored has none. */
typedef void (*fm_store_archives_cb)(void *ctx, int error, const fm_why *why,
                                     const fm_archive *archives, size_t count);
void fm_store_archives(fm_store *store, fm_str upstream, size_t limit, fm_store_archives_cb cb,
                       void *ctx);

/* One archive, newest published first and always in the same order, with the upstream's
 * current head and meta, but for meta.changed, which is when the archive was sealed.
 * FM_E_NOT_FOUND: the upstream has no archive of this month. */
void fm_store_archive(fm_store *store, fm_str upstream, int64_t month, size_t limit, fm_store_cb cb,
                      void *ctx);

/* Seals the months that ended at or before `before` and of which the feed document of
 * `limit` entries has no unlisted entry. `now` dates the sealing. `count`: months sealed by
 * this call. Other jobs run between its steps. */
typedef void (*fm_store_count_cb)(void *ctx, int error, const fm_why *why, size_t count);
void fm_store_seal(fm_store *store, fm_str upstream, size_t limit, int64_t before, int64_t now,
                   fm_store_count_cb cb, void *ctx);

/* ---- expiry ---- */

/* Deletes what was last listed more than `keep` (fm_store_spec; 0: never) before `now`: an
 * entry when no upstream lists it, an upstream when it is empty and unread for as long, an
 * archive when all of its entries are as old. Other jobs run between its small steps.
 * `count`: entries deleted. FM_E_BUSY: an expiry is under way. */
void fm_store_expire(fm_store *store, int64_t now, fm_store_count_cb cb, void *ctx);

/* ---- export and import ---- */

/* Exports everything as JSON Lines: {"feedmill":...} first, then entries with the upstreams
 * that list or listed them, upstreams, archives, states, {"end":...} last. `each` gets a line
 * without its line break, borrowed for the time of the call; then `done` the number of
 * lines. Other jobs run in between, so each line is consistent by itself. */
typedef void (*fm_store_line_cb)(void *ctx, fm_str line);
void fm_store_export(fm_store *store, fm_store_line_cb each, fm_store_count_cb done, void *ctx);

/* Imports whole lines of an export (separated by line breaks, at most FM_STORE_IMPORT_MAX
 * bytes) in one transaction. What is stored already is not changed. `count`: lines
 * imported. FM_E_SYNTAX names the line, counted from `first_line`; then nothing of this
 * call was imported. */
enum { FM_STORE_IMPORT_MAX = 32 << 20 };
void fm_store_import(fm_store *store, fm_str lines, size_t first_line, fm_store_count_cb cb,
                     void *ctx);

/* ---- views: when an entry came into a filtered feed ----
 *
 * A view is a filtered feed of an upstream, named by its caller. The store records when each
 * entry entered it. The first recorded time never changes, whichever instance records it. */
enum { FM_STORE_VIEWS_MAX = 256 }; /* of one upstream; the least recently used is dropped */
typedef struct fm_entered {
  fm_str id;
  int64_t at; /* FM_NO_TIME: before the view was first evaluated */
} fm_entered;
/* `entered` is borrowed for the time of the call. */
typedef void (*fm_store_entered_cb)(void *ctx, int error, const fm_why *why,
                                    const fm_entered *entered, size_t count);
/* Records that the view has these entries at the time `at`, and gives the recorded time of
 * each, in the order of `ids`; ids that are not stored are left out. If the view is
 * evaluated for the first time, it is unknown when they entered. No ids are also an
 * evaluation. FM_E_NOT_FOUND: the upstream is not stored. FM_E_TOO_BIG: the name is empty
 * or over FM_STATE_KEY_MAX. */
void fm_store_enter(fm_store *store, fm_str upstream, fm_str view, int64_t at,
                    const fm_str *ids, size_t count, fm_store_entered_cb cb, void *ctx);

/* ---- several instances ----
 *
 * Instances that share a Redis coordinate by leases and announcements. The other backends
 * grant every lease and announce nothing. */
enum { FM_LEASE_TOKEN_MAX = 40 };
typedef struct fm_lease {
  char token[FM_LEASE_TOKEN_MAX]; /* identifies the holder; "" if another instance holds it */
  int64_t left_ms; /* until it expires */
} fm_lease;

/* 0: this instance holds the lease for ttl_ms. FM_E_BUSY: another instance holds it, for
 * left_ms. FM_E_IO: unknown; callers proceed without a lease. */
typedef void (*fm_store_lease_cb)(void *ctx, int error, const fm_why *why, const fm_lease *lease);
void fm_store_lease_take(fm_store *store, fm_str name, int64_t ttl_ms, fm_store_lease_cb cb,
                         void *ctx);
/* FM_E_BUSY: the lease has expired, or another instance holds it. */
void fm_store_lease_renew(fm_store *store, fm_str name, const fm_lease *lease, int64_t ttl_ms,
                          fm_store_lease_cb cb, void *ctx);
/* Releases the lease if this instance still holds it. cb may be NULL. */
void fm_store_lease_release(fm_store *store, fm_str name, const fm_lease *lease,
                            fm_store_lease_cb cb, void *ctx);

/* Calls back from now on when another instance merged or touched an upstream (`version`
 * grows with each change of it). upstream {NULL, 0}: announcements may have been missed, any
 * upstream may have changed. A NULL cb ends it. */
typedef void (*fm_store_watch_cb)(void *ctx, fm_str upstream, uint64_t version);
void fm_store_watch(fm_store *store, fm_store_watch_cb cb, void *ctx);

/* The store's clock, seconds since 1970: that of the Redis server, as measured at the last
 * connect or lease, else the local one. Instances that share a Redis should date by it;
 * a stored time after it was written by an instance with a wrong clock. On the loop. */
int64_t fm_store_clock(const fm_store *store);

/* ---- state: the program's memory of itself ----
 *
 * A state is a value of bytes under a key, common to all instances that share a Redis and
 * part of every export. Backends finish calls in order, so a get brings what was set before.
 * fm_store_expire deletes a key that was neither set nor read by fm_store_state_get for
 * `keep` seconds (fm_store_spec). Keys in use, with <> for text of any length:
 *
 *   outage/BEGAN <upstream>      {"upstream":..,"began":..,"ended":..,"url":..,"reason":..,
 *                                "what":..,"anomaly":NAME,"accepted":true}; BEGAN is
 *                                "2026-08-04T09:00:00Z", ended is missing while it lasts
 *   host/<origin>                {"until":..}: to be left alone until then
 *   input/<upstream>             the state of its inputs, one a line
 *   backfill/<upstream> on DAY   {"read":..,"before":"2026-08-03"}: the page of DAY was
 *                                read then, and names "before" as its previous day
 *
 * Times are seconds since 1970. Stores of earlier versions, which had hidden upstreams in
 * place of states, are converted when they are opened or imported. */
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
/* Lists the keys that begin with `prefix`, in byte order, each once; then a last call with
 * key {NULL, 0} and the error, if any. FM_E_TOO_BIG: keys and values have more than
 * FM_STATE_LIST_MAX bytes together; those that fit were given. */
typedef void (*fm_store_state_each_cb)(void *ctx, int error, const fm_why *why, fm_str key,
                                       fm_str value);
void fm_store_state_list(fm_store *store, fm_str prefix, fm_store_state_each_cb cb, void *ctx);

/* Calls back from now on when another instance set or deleted a key. key {NULL, 0}:
 * announcements may have been missed, any key may have changed. A NULL cb ends it. */
typedef void (*fm_store_state_watch_cb)(void *ctx, fm_str key);
void fm_store_state_watch(fm_store *store, fm_store_state_watch_cb cb, void *ctx);

/* ---- health ---- */

/* Borrowed until the loop runs again. */
typedef struct fm_store_health {
  const char *backend; /* "sqlite", "memory", "redis" */
  const char *status;  /* "ok", "unreadable", "unwritable", "down" */
  const char *reason;  /* one line; "" if ok */
  bool opened;  /* it was reached once; false until then, while a Redis is away */
  bool refused; /* down, and only the operator can help: password, database, newer schema */
} fm_store_health;
fm_store_health fm_store_get_health(const fm_store *store);

#endif
