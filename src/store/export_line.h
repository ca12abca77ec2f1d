/* An export as JSON Lines, the same from every backend; pure.
 *
 *   {"feedmill":2}                             first: the format's version
 *   {"entry":ID,"source":NAME,"first_seen":..,"changed":..,"fingerprint":"hex",
 *    "pages":[{"page":KEY,"first_seen":..,"last_seen":..,"archive":"2026-08"}],
 *    "data":{feed/codec.h}}                    no last_seen while it is listed
 *   {"page":KEY,"url":..,...,"head":{feed/codec.h},"here":[ID,...]}
 *   {"archive":"2026-08","page":KEY,"sealed":..,"count":..,"last_seen":..,
 *    "part":0,"entries":[{feed/codec.h},...]}  parts in order
 *   {"view":NAME,"page":KEY,"used":..,"entered":[{"entry":ID,"at":..},...]}
 *   {"state":KEY,"used":..,"value":TEXT}       "hex" instead of "value" if not text
 *   {"end":LINES}                              the number of lines before
 *
 * "page" is the key of an upstream, "here" are the entries listed on its page. Times are
 * seconds since 1970. */
#ifndef FM_STORE_EXPORT_LINE_H
#define FM_STORE_EXPORT_LINE_H

#include "base/buf.h"
#include "store/store.h"

/* Version 1 had hidden upstreams in place of states (store/legacy.h); it can be imported. */
enum { FM_EXPORT_VERSION = 2 };
enum fm_export_line_kind {
  FM_LINE_FIRST, FM_LINE_ENTRY, FM_LINE_UPSTREAM, FM_LINE_ARCHIVE, FM_LINE_VIEW,
  FM_LINE_STATE, FM_LINE_END
};

/* An upstream that lists or listed an entry. */
typedef struct fm_export_place {
  fm_str upstream;
  int64_t first_seen, last_seen, archive; /* FM_NO_TIME: still listed; in no archive */
} fm_export_place;

typedef struct fm_export_line {
  enum fm_export_line_kind kind;
  fm_str upstream; /* of an upstream and of an archive */
  /* an entry */
  fm_str id, source, data;
  int64_t first_seen, changed;
  uint64_t fingerprint;
  fm_export_place *places;
  size_t nplaces;
  /* an upstream */
  fm_upstream_meta meta;
  fm_str head; /* empty: never fetched */
  fm_str *listed;
  size_t nlisted;
  /* a part of an archive */
  int64_t month, sealed, last_seen;
  size_t count, part;
  fm_str *records;
  size_t nrecords;
  /* a state */
  fm_str key, value;
  int64_t used; /* of a view too */
  /* a view, of `upstream` */
  fm_str view;
  fm_entered *entered;
  size_t nentered;
  /* version of the first line, count of the last */
  size_t number;
} fm_export_line;

/* Appends the line and a line break. FM_E_TOO_BIG. */
int fm_export_line_write(const fm_export_line *line, fm_buf *out);
/* `data`, `head` and `records` are borrowed from `text`. FM_E_SYNTAX. */
int fm_export_line_parse(fm_str text, fm_arena *arena, fm_export_line *line, fm_why *why);

#endif
