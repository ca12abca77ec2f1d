/* The memory as JSON Lines, the same from every home; pure.
 *
 *   {"feedmill":2}                             first: the form's number
 *   {"entry":ID,"source":NAME,"first_seen":..,"changed":..,"fingerprint":"hex",
 *    "pages":[{"page":KEY,"first_seen":..,"last_seen":..,"archive":"2026-08"}],
 *    "data":{feed/codec.h}}                    last_seen is missing while it is there
 *   {"page":KEY,"url":..,...,"head":{feed/codec.h},"here":[ID,...]}
 *   {"archive":"2026-08","page":KEY,"sealed":..,"count":..,"last_seen":..,
 *    "part":0,"entries":[{feed/codec.h},...]}  parts in their order
 *   {"state":KEY,"used":..,"value":TEXT}       "hex" in place of "value" if it is no text
 *   {"end":LINES}                              how many came before it
 *
 * Times are seconds since 1970. */
#ifndef FM_STORE_LINES_H
#define FM_STORE_LINES_H

#include "base/buf.h"
#include "store/store.h"

/* Form 1 had no states, and hidden pages in their place (store/legacy.h); it is read still. */
enum { FM_LINES_FORM = 2 };
enum fm_line_kind {
  FM_LINE_FIRST, FM_LINE_ENTRY, FM_LINE_PAGE, FM_LINE_ARCHIVE, FM_LINE_STATE, FM_LINE_END
};

/* Where an entry is or was. */
typedef struct fm_line_place {
  fm_str page;
  int64_t first_seen, last_seen, archive; /* FM_NO_TIME: it is there; in none */
} fm_line_place;

typedef struct fm_line {
  enum fm_line_kind kind;
  fm_str page; /* of a page and an archive */
  /* an entry */
  fm_str id, source, data;
  int64_t first_seen, changed;
  uint64_t fingerprint;
  fm_line_place *places;
  size_t nplaces;
  /* a page */
  fm_page_meta meta;
  fm_str head; /* empty: never had */
  fm_str *here;
  size_t nhere;
  /* an archive's part */
  int64_t month, sealed, last_seen;
  size_t count, part;
  fm_str *records;
  size_t nrecords;
  /* a state */
  fm_str key, value;
  int64_t used;
  /* the first's form, the end's number of lines */
  size_t number;
} fm_line;

/* Appends the line and a line break. */
int fm_line_write(const fm_line *line, fm_buf *out);
/* JSON inside (data, head, records) is a part of `text`. FM_E_SYNTAX. */
int fm_line_read(fm_str text, fm_arena *arena, fm_line *line, fm_why *why);

#endif
