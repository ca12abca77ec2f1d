/* Resolves what the command line names as a feed: a configured name, a path, or an address. */
#include "cmd/argument.h"

#include "base/clock.h"
#include "base/str.h"

/* Removes the listing's host from the front of an address; false: it has another. */
static bool cut_host(const fm_settings *settings, fm_str *target)
{
  const char *const hosts[] = {settings->papers.upstream.ptr, "https://huggingface.co",
                               "https://hf.co"};
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
    if (fm_str_starts(*target, fm_str_of(hosts[i]))) {
      *target = fm_str_from(*target, strlen(hosts[i]));
      return true;
    }
  return false;
}

int fm_argument_resolve(const fm_catalog *catalog, const fm_settings *settings, const char *asked,
                  const fm_format *format, fm_arena *arena, fm_feed_request *want, fm_why *why)
{
  fm_str target = fm_str_of(asked);
  bool cut = cut_host(settings, &target);
  if (target.len && target.ptr[0] == '/')
    return fm_catalog_resolve(catalog, fm_catalog_add_key(catalog, target, arena), format,
                              fm_clock_wall(), arena, want, why);
  if (!cut && !fm_str_find(target, FM_STR("://")))
    return fm_catalog_resolve_name(catalog, target, fm_clock_wall(), arena, want, why);
  return fm_fail(why, FM_E_NOT_FOUND, "no listing of Daily Papers; a feed of the "
                 "configuration with source: auto or feed can be of any address");
}
