/* A candidate: one address from which a list may be had, and what it brought. For list_fetch.c
 * alone. */
#ifndef FM_MILL_LIST_CANDIDATE_H
#define FM_MILL_LIST_CANDIDATE_H

#include "mill/page_load.h"

enum candidate_origin {
  FROM_PLAN,   /* an endpoint's own address */
  FROM_MEMORY, /* where endpoint 0's page led in an earlier refresh */
  FROM_PAGE    /* where an endpoint's page leads now */
};

enum candidate_status {
  TRYING,
  FAILED,    /* no list, or one that a better one replaced */
  SET_ASIDE, /* a list, which counts if no other candidate brings a better one */
  SERVES
};

typedef struct candidate {
  enum candidate_origin origin;
  enum candidate_status status;
  struct candidate *parent; /* FROM_PAGE: the one whose page leads here */
  size_t endpoint;
  fm_arena arena; /* of the strings and arrays below */
  fm_str url;
  fm_str *addresses; /* from which its pages were loaded, and where redirects led */
  size_t naddresses, addresses_cap;
  fm_doc **pages;
  size_t npages, pages_cap;
  size_t dropped;
  fm_str next;       /* where the list goes on after `pages`; empty: nowhere */
  fm_str incomplete; /* what the list lacks; empty: nothing */
  fm_str etag, last_modified; /* of its first page */
  bool was_set_aside, anomalous;
  bool gone_for_good; /* FROM_MEMORY, FAILED: there will be no list there, */
  int64_t retry_after; /* or not before so many seconds; -1: unknown */
  fm_why why;
} candidate;

void fm_candidate_deinit(candidate *c);
/* Adds a loaded page; takes a reference of its document. */
void fm_candidate_add_page(candidate *c, const fm_page_load_result *page);
/* Notes an address. False: it was noted before (fragments are not compared). */
bool fm_candidate_note_address(candidate *c, fm_str url);
size_t fm_candidate_entries(const candidate *c); /* on all pages */
fm_str fm_without_fragment(fm_str url);

#endif
