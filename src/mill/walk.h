/* The lists of a refresh: each part's pages one after the other, all parts at a time.
 *
 * A part is looked for where it was found last, then by its ways, until one of them
 * brings the list (ways.c says which is the first to be tried); its pages follow each other (fm_host.next) up to
 * WALK_PAGES, no address twice. When a later page fails, the part has what came and is
 * not whole: what it showed before stays.
 *
 * A conditional request is made for the first page of a part alone, and a 304 of it
 * stands for the part as a whole: lists grow at their beginning, so that what moved on
 * their later pages shows on the first. It is made only while every entry that the part
 * showed is in the copy at hand, and never for a part that was not whole. */
#ifndef FM_MILL_WALK_H
#define FM_MILL_WALK_H

#include "mill/leg.h"
#include "mill/mill_internal.h"
#include "source/registry.h"

enum { WALK_PAGES = 20 };

typedef struct walker {
  leg leg;
  size_t index; /* of its part */
  const part *part; /* its ways alone: the rest may go with a reload */
  size_t way;      /* the one that is tried now, */
  size_t began;    /* the first that was, */
  size_t tried;    /* and how many before this one */
  bool straight;   /* looking where it was found last */
  bool hopped;     /* looking where the page of its way says that the list stands */
  bool was_failing;
  fm_str gone;       /* where it was found last, but not now; */
  bool for_good;     /* it is not there any more: the host said so, or it is no list */
  int status;        /* HTTP status of what failed; 0: none came */
  bool stranger;     /* what the page names has nothing of its own list */
  fm_doc *spare;     /* a poor list, for when no other way brings a better one; or the
                        page's own, while what it names is looked at */
  size_t spare_way, spare_dropped;
  fm_arena arena;  /* of all that follows */
  fm_str url;      /* asked for now, */
  bool conditional; /* with validators */
  fm_str *asked;   /* already, and where that led to */
  size_t nasked, asked_cap;
  fm_extracted one; /* of the page at hand, from the pool */
  int one_error;
  fm_why one_why;
  fm_str found, from, etag, last_modified; /* as in struct part */
  const uint64_t *ids;
  size_t nids;

  /* what came of it */
  fm_doc **docs; /* its pages; none: not modified, or failed */
  size_t ndocs, docs_cap;
  size_t dropped;
  bool not_modified;
  bool partial;    /* a later page failed */
  int error;       /* no page came */
  bool unread;     /* it came and was not the list */
  fm_why why;
  int64_t retry_after;
} walker;

void walk_start(struct run *r); /* then `walked`, maybe from inside */
/* What came is odd: is there another way that may bring what was expected? Then it goes
 * on, and what came counts if that fails. False: there is none. */
bool walk_another(struct run *r);
void walk_free(struct run *r);
/* ways.c */
size_t way_first(const page *p, const part *one); /* the one that a walk begins with */
bool way_next(walker *w); /* goes on to one that was not tried yet; false: all were */
void way_came(page *p, const walker *w, part *to); /* w->way brought it: takes note, logs a switch */
/* Remembers what the parts will be asked with, here and in the store (trail.h). */
void walk_remember(struct run *r);

#endif
