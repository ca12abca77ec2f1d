/* The formats in which a feed is written: one table, one writer each.
 * Bytes out, no loop, no I/O; the same feed gives the same bytes. */
#ifndef FM_FEED_FORMAT_H
#define FM_FEED_FORMAT_H

#include "base/buf.h"
#include <feedmill/feed.h>

/* Where a written feed is published. */
typedef struct fm_publication {
  fm_str self;   /* the public address that was asked for; empty: none (rel=self left out) */
  fm_str home;   /* address of the serving site, for people; empty: none */
  fm_str prev_archive, next_archive, current; /* RFC 5005; empty: none */
  int archive;   /* the document is an archive: fh:archive */
  int64_t changed; /* `updated` of a feed that has neither entries nor a day */
  int64_t every;   /* refresh interval in seconds; 0: unknown, or never refreshed */
} fm_publication;

typedef struct fm_format {
  const char *name;       /* "atom": -f and the address's ending */
  const char *media_type; /* with charset where it has one */
  /* Appends the document. FM_E_TOO_BIG when the buffer's cap is passed. */
  int (*write)(const fm_feed *feed, const fm_publication *place, fm_buf *out);
} fm_format;

extern const fm_format fm_formats[]; /* ends with name NULL: atom, rss, json */
const fm_format *fm_format_find(fm_str name); /* NULL: none of ours */

int fm_atom_write(const fm_feed *feed, const fm_publication *place, fm_buf *out); /* RFC 4287 */
int fm_rss_write(const fm_feed *feed, const fm_publication *place, fm_buf *out);  /* RSS 2.0 */
int fm_jsonfeed_write(const fm_feed *feed, const fm_publication *place, fm_buf *out); /* JSON Feed 1.1 */

/* When the feed was last changed: its newest entry's `updated`, else its day,
 * else `fallback`. */
int64_t fm_feed_updated(const fm_feed *feed, int64_t fallback);

#endif
