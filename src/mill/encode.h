/* Content codings of a finished body: gzip, br, zstd, each made once for each
 * change and only kept where it is smaller. Runs in the pool. */
#ifndef FM_MILL_ENCODE_H
#define FM_MILL_ENCODE_H

#include "serve/reply.h"

/* Fills body[FM_GZIP..] from body[FM_IDENTITY]: malloc'd bytes that become the
 * caller's; left empty for bodies under 256 bytes and where nothing is saved. */
void fm_encode_all(fm_str body[FM_CODINGS]);

/* Fills body[FM_GZIP] alone, at the fastest level: for documents that are made for each request. */
void fm_encode_quick(fm_str body[FM_CODINGS]);

#endif
