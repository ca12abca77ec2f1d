/* Compresses records with zstd and a fixed dictionary. */
#include "store/pack.h"

#include <zstd.h>

/* The first byte tells how a record is packed: '{' is plain JSON, DICT_1 a zstd frame that
 * was made with the dictionary below. A frame can only be decompressed with its own
 * dictionary, so a better dictionary gets a new number and this one stays. */
enum { DICT_1 = 1, LEVEL = 3 };

static const char dict_1[] =
#include "store/dict_1.inc"
    ;

void fm_pack_release(fm_pack *pack)
{
  ZSTD_freeCCtx(pack->cctx);
  ZSTD_freeDCtx(pack->dctx);
  ZSTD_freeCDict(pack->cdict);
  ZSTD_freeDDict(pack->ddict);
  *pack = (fm_pack){NULL, NULL, NULL, NULL};
}

static bool wake_packer(fm_pack *pack)
{
  if (!pack->cctx)
    pack->cctx = ZSTD_createCCtx();
  if (!pack->cdict)
    pack->cdict = ZSTD_createCDict(dict_1, sizeof dict_1 - 1, LEVEL);
  return pack->cctx && pack->cdict;
}

static bool wake_reader(fm_pack *pack)
{
  if (!pack->dctx)
    pack->dctx = ZSTD_createDCtx();
  if (!pack->ddict)
    pack->ddict = ZSTD_createDDict(dict_1, sizeof dict_1 - 1);
  return pack->dctx && pack->ddict;
}

int fm_pack_encode(fm_pack *pack, fm_str json, fm_buf *out)
{
  size_t room = ZSTD_compressBound(json.len);
  if (json.len > FM_PACK_MAX)
    return FM_E_TOO_BIG;
  if (!wake_packer(pack) || fm_buf_reserve(out, room + 1) != 0)
    return fm_buf_str(out, json);
  size_t got = ZSTD_compress_usingCDict(pack->cctx, out->ptr + out->len + 1, room, json.ptr,
                                        json.len, pack->cdict);
  if (ZSTD_isError(got) || got + 1 >= json.len)
    return fm_buf_str(out, json);
  out->ptr[out->len] = DICT_1;
  out->len += got + 1;
  return 0;
}

static int read_frame(fm_pack *pack, fm_str frame, fm_arena *arena, fm_str *json, fm_why *why)
{
  unsigned long long size = ZSTD_getFrameContentSize(frame.ptr, frame.len);
  if (size > FM_PACK_MAX) /* also true for zstd's two error values */
    return fm_fail(why, FM_E_SYNTAX, "a record is damaged (no size)");
  if (!wake_reader(pack))
    return fm_fail(why, FM_E_SYNTAX, "a record cannot be unpacked (no memory)");
  char *text = fm_arena_raw(arena, (size_t)size + 1);
  size_t got = ZSTD_decompress_usingDDict(pack->dctx, text, (size_t)size, frame.ptr, frame.len,
                                          pack->ddict);
  if (ZSTD_isError(got) || got != size)
    return fm_fail(why, FM_E_SYNTAX, "a record is damaged (%s)",
                   ZSTD_isError(got) ? ZSTD_getErrorName(got) : "cut short");
  text[size] = 0;
  *json = (fm_str){text, (size_t)size};
  return 0;
}

int fm_pack_decode(fm_pack *pack, fm_str packed, fm_arena *arena, fm_str *json, fm_why *why)
{
  if (packed.len == 0)
    return fm_fail(why, FM_E_SYNTAX, "a record is empty");
  if (packed.ptr[0] == '{') {
    *json = packed;
    return 0;
  }
  if (packed.ptr[0] != DICT_1)
    return fm_fail(why, FM_E_SYNTAX, "a record was packed by a newer feedmill (form %d)",
                   packed.ptr[0]);
  return read_frame(pack, (fm_str){packed.ptr + 1, packed.len - 1}, arena, json, why);
}
