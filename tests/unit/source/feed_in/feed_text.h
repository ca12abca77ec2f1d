/* A feed as text, every field of it, so that two can be compared and a failure
 * shows where they part. */
#ifndef TEST_FEED_TEXT_H
#define TEST_FEED_TEXT_H

#include "base/buf.h"
#include "base/str.h"

#include <inttypes.h>

static inline void put_field(fm_buf *out, const char *name, fm_str value)
{
  fm_buf_addf(out, "%s=", name);
  fm_buf_json(out, value);
  fm_buf_text(out, "\n");
}

static inline void put_entry(fm_buf *out, const fm_entry *entry)
{
  put_field(out, "entry.id", entry->id);
  put_field(out, " title", entry->title);
  put_field(out, " summary", entry->summary);
  put_field(out, " content", entry->content);
  put_field(out, " rights", entry->rights);
  fm_buf_addf(out, " published=%" PRId64 " updated=%" PRId64 "\n", entry->published,
              entry->updated);
  for (size_t i = 0; i < entry->nauthors; i++)
    put_field(out, " author", entry->authors[i].name);
  for (size_t i = 0; i < entry->nlinks; i++) {
    put_field(out, " link.rel", entry->links[i].rel);
    put_field(out, "  href", entry->links[i].href);
    put_field(out, "  type", entry->links[i].type);
    put_field(out, "  title", entry->links[i].title);
  }
  for (size_t i = 0; i < entry->ncategories; i++) {
    put_field(out, " category.term", entry->categories[i].term);
    put_field(out, "  scheme", entry->categories[i].scheme);
    put_field(out, "  handle", entry->categories[i].handle);
  }
  for (size_t i = 0; i < entry->nnumbers; i++) {
    put_field(out, " number", entry->numbers[i].name);
    fm_buf_addf(out, "  %g\n", entry->numbers[i].value);
  }
}

static inline void put_feed(fm_buf *out, const fm_feed *feed)
{
  put_field(out, "id", feed->id);
  put_field(out, "title", feed->title);
  put_field(out, "subtitle", feed->subtitle);
  put_field(out, "link", feed->link);
  put_field(out, "icon", feed->icon);
  put_field(out, "logo", feed->logo);
  put_field(out, "language", feed->language);
  for (size_t i = 0; i < feed->nauthors; i++) {
    put_field(out, "author", feed->authors[i].name);
    put_field(out, "author.uri", feed->authors[i].uri);
  }
  fm_buf_addf(out, "day=%" PRId64 " order=%d\n", feed->day, (int)feed->order);
  for (size_t i = 0; i < feed->nentries; i++)
    put_entry(out, &feed->entries[i]);
}

#endif
