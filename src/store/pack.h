/* A record as bytes: JSON of feed/codec.h, compressed with a dictionary of what
 * every record has in common. An abstract stands twice in a record (as text
 * and in the HTML), so that this takes about a third of the JSON's room. */
#ifndef FM_STORE_PACK_H
#define FM_STORE_PACK_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/why.h"

/* Compression's working memory. Not for two threads at a time. Zero-initialised
 * is ready. */
typedef struct fm_pack {
  void *cctx, *dctx, *cdict, *ddict;
} fm_pack;

enum { FM_PACK_MAX = 16 << 20 }; /* bytes of one record's JSON */

/* Frees the working memory (some 200 KB); the next call makes it anew. */
void fm_pack_rest(fm_pack *pack);

/* Appends the packed form; FM_E_TOO_BIG when the buffer's cap is passed. */
int fm_pack_add(fm_pack *pack, fm_str json, fm_buf *out);
/* FM_E_SYNTAX: damaged, or packed by a newer feedmill. The text is in the
 * arena, or is `packed` itself. */
int fm_pack_read(fm_pack *pack, fm_str packed, fm_arena *arena, fm_str *json, fm_why *why);

#endif
