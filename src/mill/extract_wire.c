/* The encoding of extraction requests and results: numbers of 8 bytes, strings with their
 * length before them, feeds as the store's records have them (feed/codec.h). */
#include "mill/extract_wire.h"

#include "base/str.h"
#include "feed/codec.h"

#include <dlfcn.h>
#include <string.h>

enum { OPTIONS_MAX = 10000 };

static void put_number(fm_buf *out, int64_t number) { fm_buf_add(out, &number, sizeof number); }

static void put_str(fm_buf *out, fm_str text)
{
  put_number(out, (int64_t)text.len);
  fm_buf_str(out, text);
}

/* What remains to be parsed; `bad` once anything was wrong. */
struct reader {
  fm_str rest;
  bool bad;
};

static int64_t get_number(struct reader *r)
{
  int64_t number = 0;
  r->bad = r->bad || r->rest.len < sizeof number;
  if (r->bad)
    return 0;
  memcpy(&number, r->rest.ptr, sizeof number);
  r->rest = fm_str_from(r->rest, sizeof number);
  return number;
}

static fm_str get_str(struct reader *r)
{
  uint64_t len = (uint64_t)get_number(r);
  r->bad = r->bad || len > r->rest.len;
  if (r->bad || !len)
    return (fm_str){NULL, 0};
  fm_str text = {r->rest.ptr, (size_t)len};
  r->rest = fm_str_from(r->rest, (size_t)len);
  return text;
}

/* ---- requests ---- */

static fm_source_ref_wire ref_of(const fm_source *source)
{
  fm_source_ref_wire ref = {.origin = FM_SOURCE_BUILT_IN, .name = fm_str_of(source->name)};
  const fm_recipe *recipe = fm_recipe_of(source);
  Dl_info info;
  if (recipe) {
    ref.origin = FM_SOURCE_RECIPE;
    ref.text = fm_recipe_text(recipe);
    ref.file = fm_str_of(fm_recipe_file(recipe));
  } else if (!fm_source_is_built_in(source) && dladdr(source, &info) && info.dli_fname) {
    ref.origin = FM_SOURCE_PLUGIN;
    ref.text = fm_str_of(info.dli_fname);
  }
  return ref;
}

int fm_wire_put_request(fm_buf *out, const fm_extract_request *request, uint64_t limit_ms)
{
  const fm_page *page = &request->page;
  fm_source_ref_wire ref = ref_of(request->source);
  put_number(out, ref.origin);
  put_str(out, ref.name);
  put_str(out, ref.text);
  put_str(out, ref.file);
  put_number(out, (int64_t)limit_ms);
  put_number(out, request->kind);
  put_str(out, page->url);
  put_str(out, page->key);
  put_str(out, page->charset);
  put_str(out, page->state);
  put_number(out, page->now);
  put_number(out, page->number);
  put_number(out, (int64_t)page->noptions);
  for (size_t i = 0; i < page->noptions; i++) {
    put_str(out, page->options[i].name);
    put_str(out, page->options[i].value);
  }
  put_number(out, (int64_t)page->body.len);
  return out->full ? FM_E_TOO_BIG : FM_OK;
}

int fm_wire_get_request(fm_str bytes, fm_arena *arena, fm_wire_request *request)
{
  struct reader r = {.rest = bytes};
  fm_wire_request got = {.request.page.size = sizeof(fm_page)};
  fm_page *page = &got.request.page;
  got.source.origin = (enum fm_source_origin)get_number(&r);
  got.source.name = get_str(&r);
  got.source.text = get_str(&r);
  got.source.file = get_str(&r);
  got.limit_ms = (uint64_t)get_number(&r);
  got.request.kind = (enum fm_extract_kind)get_number(&r);
  page->url = get_str(&r);
  page->key = get_str(&r);
  page->charset = get_str(&r);
  page->state = get_str(&r);
  page->now = get_number(&r);
  page->number = (unsigned)get_number(&r);
  uint64_t count = (uint64_t)get_number(&r);
  if (r.bad || count > OPTIONS_MAX)
    return FM_E_SYNTAX;
  fm_param *options = fm_arena_alloc(arena, (size_t)(count + 1) * sizeof *options);
  for (size_t i = 0; i < count; i++) {
    options[i].name = get_str(&r);
    options[i].value = get_str(&r);
  }
  page->options = options;
  page->noptions = (size_t)count;
  page->body = get_str(&r);
  if (r.bad)
    return FM_E_SYNTAX;
  *request = got;
  return FM_OK;
}

/* ---- results ---- */

int fm_wire_put_result(fm_buf *out, const fm_extract_result *result)
{
  const fm_extracted *value = &result->value;
  put_number(out, result->error);
  put_str(out, fm_str_of(result->why.text));
  put_number(out, result->previous_day);
  put_number(out, (int64_t)value->dropped);
  put_str(out, value->next);
  put_str(out, value->note);
  put_str(out, value->incomplete);
  put_str(out, value->redirect_to);
  size_t at = out->len;
  put_number(out, 0);
  int error = value->doc ? fm_feed_encode(&value->doc->feed, out) : FM_OK;
  if (error || out->full)
    return FM_E_TOO_BIG;
  int64_t len = (int64_t)(out->len - at - sizeof len);
  memcpy(out->ptr + at, &len, sizeof len);
  return FM_OK;
}

static int known_error(int64_t error)
{
  int code = error <= 0 && error > -100 ? (int)error : 1;
  return code <= 0 && strcmp(fm_error_name(code), "FM_E_?") != 0 ? code : FM_E_ABI;
}

int fm_wire_get_result(fm_str bytes, fm_extract_result *result)
{
  struct reader r = {.rest = bytes};
  fm_extract_result got = {.error = known_error(get_number(&r))};
  fm_str reason = get_str(&r);
  fm_extracted *value = &got.value;
  fm_fail(&got.why, FM_OK, "%.*s", FM_FMT(reason));
  got.previous_day = get_number(&r);
  value->dropped = (size_t)get_number(&r);
  value->next = get_str(&r);
  value->note = get_str(&r);
  value->incomplete = get_str(&r);
  value->redirect_to = get_str(&r);
  fm_str feed = get_str(&r);
  if (r.bad || (feed.len && fm_feed_decode(feed, &value->doc, NULL)))
    return FM_E_SYNTAX;
  if ((got.error == FM_OK) != (value->doc != NULL) && got.error != FM_E_NO_LIST) {
    fm_doc_unref(value->doc);
    return FM_E_SYNTAX;
  }
  fm_str *texts[] = {&value->next, &value->note, &value->incomplete, &value->redirect_to};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = value->doc && texts[i]->len ? fm_arena_str(&value->doc->arena, *texts[i])
                                            : (fm_str){NULL, 0};
  *result = got;
  return FM_OK;
}
