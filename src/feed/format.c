/* The table of output formats, and the feed date that all of them share. */
#include "feed/format.h"

#include "base/str.h"
#include "feed/valid.h"

const fm_format fm_formats[] = {
  {"atom", "application/atom+xml; charset=utf-8", fm_atom_write},
  {"rss", "application/rss+xml; charset=utf-8", fm_rss_write},
  {"json", "application/feed+json", fm_jsonfeed_write},
  {NULL, NULL, NULL},
};

const fm_format *fm_format_find(fm_str name)
{
  for (const fm_format *format = fm_formats; format->name; format++)
    if (fm_str_is(name, format->name))
      return format;
  return NULL;
}

int64_t fm_feed_updated(const fm_feed *feed, int64_t fallback)
{
  int64_t newest = FM_NO_TIME;
  for (size_t i = 0; i < feed->nentries; i++) {
    int64_t updated = fm_valid_updated(&feed->entries[i], FM_NO_TIME);
    newest = updated > newest ? updated : newest;
  }
  if (newest != FM_NO_TIME)
    return newest;
  return feed->day != FM_NO_TIME ? feed->day : fallback;
}
