/* An upstream's copy: the document that is served, and what the store keeps beside it. */
#ifndef FM_MILL_COPY_H
#define FM_MILL_COPY_H

#include "store/store.h"

typedef struct fm_copy {
  fm_doc *doc;       /* NULL: there is none */
  uint64_t version;  /* grows with each change of what is served */
  fm_upstream_meta meta; /* strings in `meta_arena`; set by fm_copy_set_meta */
  fm_arena meta_arena;
  bool unsaved;      /* the store lacks some of `doc` */
  bool outdated;     /* made with another plan or other options: read unconditionally next time */
  int64_t newest_archive; /* its month; FM_NO_TIME: there is none */
  size_t archived;        /* entries in all archives */
} fm_copy;

void fm_copy_init(fm_copy *copy); /* no document, all times unknown */
void fm_copy_deinit(fm_copy *copy);
void fm_copy_set_doc(fm_copy *copy, fm_doc *doc); /* takes the reference */
void fm_copy_set_meta(fm_copy *copy, const fm_upstream_meta *meta); /* copies; may be copy->meta */

#endif
