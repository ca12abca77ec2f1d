/* Packs a record: the JSON of feed/codec.h, compressed with a dictionary of the text that
 * records have in common. An abstract occurs twice in a record (as text and in the HTML),
 * so a packed record takes about a third of its JSON's size. */
#ifndef FM_STORE_PACK_H
#define FM_STORE_PACK_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/why.h"

/* Working memory of the compression, for one thread at a time. Zero-initialised is ready. */
typedef struct fm_pack {
  void *cctx, *dctx, *cdict, *ddict;
} fm_pack;

enum { FM_PACK_MAX = 16 << 20 }; /* bytes of one record's JSON */

/* Frees the working memory (some 200 KB); the next call allocates it again. */
void fm_pack_release(fm_pack *pack);

/* Appends the packed form; FM_E_TOO_BIG when the buffer's cap is passed. */
int fm_pack_encode(fm_pack *pack, fm_str json, fm_buf *out);
/* FM_E_SYNTAX: damaged, or packed by a newer feedmill. *json is in the arena, or is
 * `packed` itself. */
int fm_pack_decode(fm_pack *pack, fm_str packed, fm_arena *arena, fm_str *json, fm_why *why);

#endif
