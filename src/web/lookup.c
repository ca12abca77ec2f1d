/* Turns an address that a person pasted into a path of Daily Papers. */
#include "web/lookup.h"

#include "base/str.h"
#include "base/url.h"
#include "feed/format.h"
#include "source/option.h"

#include <string.h>

static const fm_str hf_url = {"https://huggingface.co/", 23};

/* "huggingface.co/papers" lacks its scheme; "/papers" is a path of Hugging Face. */
static fm_str with_scheme(fm_str text, fm_arena *arena)
{
  const char *colon = fm_str_find(text, FM_STR("://"));
  size_t host = strcspn(fm_arena_str(arena, text).ptr, "/?#");
  if (text.ptr[0] == '/' || (colon && (size_t)(colon - text.ptr) < host))
    return text;
  return fm_arena_printf(arena, "https://%.*s", FM_FMT(text));
}

static bool is_listings_host(const fm_catalog *catalog, fm_str host)
{
  static const char *const hosts[] = {"huggingface.co", "www.huggingface.co", "hf.co"};
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
    if (fm_str_ieq(host, fm_str_of(hosts[i])))
      return true;
  const fm_catalog_spec *spec = fm_catalog_get(catalog);
  fm_url upstream;
  return fm_url_parse(fm_option(spec->options, spec->noptions, "upstream"), &upstream) &&
         fm_str_ieq(host, upstream.host);
}

/* "/papers.atom" is the address of a feed: strip the ending. */
static fm_str strip_ending(fm_str path)
{
  for (const fm_format *f = fm_formats; f->name; f++) {
    fm_str end = fm_str_of(f->name);
    size_t rest = path.len > end.len + 1 ? path.len - end.len - 1 : 0;
    if (rest && path.ptr[rest] == '.' && fm_str_ends(path, end))
      return (fm_str){path.ptr, rest};
  }
  return path;
}

int fm_lookup_address(const fm_catalog *catalog, fm_str text, fm_arena *arena, fm_str *address,
                       fm_why *why)
{
  fm_url url;
  fm_str whole;
  text = fm_str_trim(text);
  if (!text.len || fm_url_resolve(hf_url, with_scheme(text, arena), arena, &whole) ||
      !fm_url_parse(whole, &url) || !url.host.len)
    return fm_fail(why, FM_E_NOT_FOUND, "it is not an address");
  if (!is_listings_host(catalog, url.host))
    return fm_fail(why, FM_E_NOT_FOUND, "the pages of Daily Papers are on huggingface.co, this one is on %.*s",
                   FM_FMT(url.host));
  if (!url.path.len)
    url.path = FM_STR("/");
  while (url.path.len > 1 && url.path.ptr[url.path.len - 1] == '/')
    url.path.len--;
  url.path = strip_ending(url.path);
  *address = url.query.len ? fm_arena_printf(arena, "%.*s?%.*s", FM_FMT(url.path), FM_FMT(url.query))
                           : fm_arena_str(arena, url.path);
  return FM_OK;
}
