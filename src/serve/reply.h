/* A reply: the finished bytes of one answer, in every encoding, made once.
 *
 * Made on the milling plane or in the pool, immutable after that, shared by
 * reference with every serving thread; whoever still writes one keeps it
 * alive. The only things that move are in its `fm_life`: when it ages, and
 * when it was last read; both atomic, so that no lock is taken to serve it. */
#ifndef FM_SERVE_REPLY_H
#define FM_SERVE_REPLY_H

#include <feedmill/feed.h>
#include <stdatomic.h>
#include <stdbool.h>

enum fm_coding { FM_IDENTITY, FM_GZIP, FM_BR, FM_ZSTD, FM_CODINGS };

/* How fresh a feed is, shared by all replies that were made of it. */
typedef struct fm_life {
  atomic_uint refs;
  _Atomic int64_t fresh_until; /* fm_clock_mono_ms: till then serving threads answer alone */
  _Atomic int64_t last_read;   /* fm_clock_mono_ms, written by serving threads, seconds apart */
} fm_life;

fm_life *fm_life_new(void); /* one reference, both times 0 */
fm_life *fm_life_ref(fm_life *life);
void fm_life_unref(fm_life *life);

typedef struct fm_reply fm_reply;

/* What a reply is made of. Everything is copied but the bodies. */
typedef struct fm_reply_spec {
  int status;          /* 200, 400, 404, 502, ... */
  fm_str content_type;
  fm_str body[FM_CODINGS]; /* malloc'd, ownership moves in; an empty ptr: not there.
                              FM_IDENTITY must be there (len 0 is fine) */
  int64_t last_modified; /* FM_NO_TIME: no Last-Modified */
  bool cacheable;      /* ETag, Vary, Cache-Control: public; else no-store */
  bool immutable;      /* with cacheable: max-age of a year, immutable */
  int64_t stale_while_revalidate, stale_if_error; /* seconds; 0: left out */
  int64_t retry_after; /* seconds; 0: left out */
  fm_str extra;        /* further header lines, each ending in CRLF */
  fm_life *life;       /* a reference is taken; NULL: never fresh (max-age=0) */
} fm_reply_spec;

/* Builds the heads of 200 and 304 for each encoding. The ETag is of the bytes
 * of each representation (XXH3, strong, another one for each encoding). Bodies
 * over 16 KiB are also put into a memfd, for sendfile. One reference. */
fm_reply *fm_reply_new(fm_reply_spec *spec);
fm_reply *fm_reply_ref(fm_reply *reply);
void fm_reply_unref(fm_reply *reply); /* any thread; NULL is fine */

/* A short plain-text answer, not cacheable: one line and a line break. */
fm_reply *fm_reply_text(int status, fm_str line, int64_t retry_after, fm_str extra);

/* The bytes of one representation; for tests and for comparing. */
fm_str fm_reply_body(const fm_reply *reply, enum fm_coding coding);
fm_str fm_reply_etag(const fm_reply *reply, enum fm_coding coding); /* with quotes */
int fm_reply_status(const fm_reply *reply);
fm_life *fm_reply_life(const fm_reply *reply); /* borrowed, may be NULL */

#endif
