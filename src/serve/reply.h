/* A reply: the finished bytes of one response in every content coding, made once.
 *
 * It is made on the milling plane or in the pool, immutable afterwards, and shared by reference
 * with every serving thread; a connection that is still writing one keeps it alive. Only the
 * times in its fm_freshness change, atomically, so serving takes no lock. */
#ifndef FM_SERVE_REPLY_H
#define FM_SERVE_REPLY_H

#include <feedmill/feed.h>
#include <stdatomic.h>
#include <stdbool.h>

enum fm_coding { FM_IDENTITY, FM_GZIP, FM_BR, FM_ZSTD, FM_CODINGS };

/* Freshness of a feed, shared by all replies made of it. */
typedef struct fm_freshness {
  atomic_uint refs;
  _Atomic int64_t fresh_until; /* fm_clock_mono_ms: until then serving threads answer without the mill */
  _Atomic uint32_t reads;    /* 1, 2, then by 1 for each second in which it was read */
  _Atomic int64_t last_read;   /* fm_clock_mono_ms, written by serving threads at most once a second */
} fm_freshness;

fm_freshness *fm_freshness_new(void); /* one reference, both times 0 */
fm_freshness *fm_freshness_ref(fm_freshness *life);
void fm_freshness_unref(fm_freshness *life);

typedef struct fm_reply fm_reply;

/* Input of fm_reply_new. Everything is copied except the bodies. */
typedef struct fm_reply_spec {
  int status;          /* 200, 400, 404, 502, ... */
  fm_str content_type;
  fm_str body[FM_CODINGS]; /* malloc'd, ownership moves; NULL ptr: absent. FM_IDENTITY is required (len 0 is allowed) */
  int64_t last_modified; /* FM_NO_TIME: no Last-Modified */
  bool cacheable;      /* ETag, Vary, Cache-Control: public; else no-store */
  bool immutable;      /* with cacheable: max-age of a year, immutable */
  int64_t stale_while_revalidate, stale_if_error; /* seconds; 0: omitted */
  int64_t retry_after; /* seconds; 0: omitted */
  fm_str extra;        /* further field lines, each ending in CRLF */
  fm_freshness *life;       /* a reference is taken; NULL: never fresh (max-age=0) */
} fm_reply_spec;

/* Builds the heads of 200 and 304 for each coding. The ETag is strong and differs for each
 * coding (XXH3 of the identity bytes). Bodies of 16 KiB and more go into the body file. Returns
 * one reference. */
fm_reply *fm_reply_new(fm_reply_spec *spec);
fm_reply *fm_reply_ref(fm_reply *reply);
void fm_reply_unref(fm_reply *reply); /* any thread; NULL is fine */

/* A short plain-text response that is not cacheable: one line. */
fm_reply *fm_reply_text(int status, fm_str line, int64_t retry_after, fm_str extra);

/* An error reply as a small HTML page, for browsers: the status, the line and a link to `home`,
 * with the same Retry-After. */
fm_reply *fm_reply_html_error(const fm_reply *error, fm_str home);

/* One representation's bytes; for tests and comparison. */
fm_str fm_reply_body(const fm_reply *reply, enum fm_coding coding);
fm_str fm_reply_etag(const fm_reply *reply, enum fm_coding coding); /* with quotes */
int fm_reply_status(const fm_reply *reply);
fm_freshness *fm_reply_freshness(const fm_reply *reply); /* borrowed, may be NULL */

#endif
