/* From a draft to an entry of the result. */
#include "base/strset.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/valid.h"
#include "source/feed_in/feed_in.h"

#include <stdio.h>
#include <xxhash.h>

enum { TITLE_CHARS = 100, SUMMARY_MAX = 2000 };

/* ---- ids ---- */

/* Where ids that are no addresses of their own live. */
static fm_str home(const fm_feed_job *job)
{
  const fm_feed *feed = job->feed;
  fm_str home = fm_valid_iri(feed->id) ? feed->id : job->url.len ? job->url : feed->link;
  return home.len ? home : FM_STR("urn:feedmill:feed");
}

static fm_str below_home(fm_feed_job *job, fm_str name)
{
  fm_buf made;
  fm_buf_init(&made, FM_FEED_TEXT_MAX);
  fm_str base = home(job);
  const char *hash = memchr(base.ptr, '#', base.len);
  fm_buf_str(&made, hash ? fm_str_span(base.ptr, hash) : base);
  fm_buf_char(&made, '#');
  fm_buf_percent(&made, name);
  fm_str id = fm_feed_keep(job, fm_buf_view(&made));
  fm_buf_deinit(&made);
  return id;
}

/* Of an entry that says nothing of who it is: what it is called and when. */
static fm_str by_hash(fm_feed_job *job, fm_str title)
{
  const fm_draft *d = &job->draft;
  char text[48];
  int64_t time = d->published.rank ? d->published.time : d->updated.rank ? d->updated.time : 0;
  uint64_t hash = XXH3_64bits_withSeed(title.ptr ? title.ptr : "", title.len, (uint64_t)time);
  hash = XXH3_64bits_withSeed(d->undated.len ? d->undated.ptr : "", d->undated.len, hash);
  int len = snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
  return below_home(job, (fm_str){text, (size_t)len});
}

static fm_str id_of(fm_feed_job *job, fm_str title)
{
  const fm_draft *d = &job->draft;
  if (d->id.len)
    return fm_valid_iri(d->id) ? d->id : below_home(job, d->id);
  return d->link.len ? d->link : by_hash(job, title);
}

/* ---- texts ---- */

/* Text as HTML: its paragraphs and its lines. */
static void add_paragraphs(fm_buf *out, fm_str text)
{
  fm_str line;
  bool open = false;
  text = fm_str_trim(text);
  while (fm_str_cut(&text, '\n', &line)) {
    line = fm_str_trim(line);
    if (!line.len && open)
      fm_buf_text(out, "</p>");
    else if (line.len)
      fm_buf_text(out, open ? "<br>" : "<p>");
    open = line.len > 0;
    fm_buf_html(out, line);
  }
  if (open)
    fm_buf_text(out, "</p>");
}

/* An image that stands beside the text, in it, unless the text has one. */
static fm_str with_image(fm_feed_job *job, fm_str html)
{
  fm_str image = job->draft.image;
  if (!image.len || fm_str_find(html, FM_STR("<img ")))
    return fm_feed_keep(job, html);
  fm_buf both;
  fm_buf_init(&both, FM_FEED_CONTENT_MAX + FM_FEED_TEXT_MAX);
  fm_buf_text(&both, "<p><img src=\"");
  fm_buf_html(&both, image);
  fm_buf_text(&both, "\" alt=\"\"></p>");
  fm_buf_str(&both, html);
  fm_str content = fm_feed_keep(job, fm_buf_view(&both));
  fm_buf_deinit(&both);
  return content;
}

static fm_str base_of(const fm_feed_job *job, const fm_construct *piece)
{
  if (piece->base.len)
    return piece->base;
  return fm_url_usable(job->draft.link) ? job->draft.link : job->url;
}

/* Cut where a word ends, with the sign that more would follow. */
static fm_str shortened(fm_feed_job *job, fm_str text, size_t max)
{
  if (text.len <= max)
    return text;
  size_t len = max;
  while (len > max / 2 && text.ptr[len] != ' ' && text.ptr[len] != '\n')
    len--;
  while (len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
    len--;
  char *cut = fm_arena_raw(&job->arena, len + 3);
  memcpy(cut, text.ptr, len);
  memcpy(cut + len, "\xe2\x80\xa6", 3);
  return fm_feed_keep(job, (fm_str){cut, len + 3});
}

/* Content is what there is most of; a summary beside it stays short. */
static void make_texts(fm_feed_job *job, fm_entry *entry)
{
  fm_draft *d = &job->draft;
  fm_construct *main = d->content.rank ? &d->content : &d->summary;
  if (fm_construct_html(job, main, base_of(job, main)))
    entry->content = with_image(job, fm_buf_view(&job->html));
  else if (main == &d->summary)
    entry->summary = fm_construct_plain(job, main);
  else {
    fm_str text = fm_construct_plain(job, main);
    fm_buf_clear(&job->html);
    add_paragraphs(&job->html, text);
    entry->content = with_image(job, fm_buf_view(&job->html));
  }
  if (main == &d->content && d->summary.rank)
    entry->summary = shortened(job, fm_construct_plain(job, &d->summary), SUMMARY_MAX);
  if (!entry->content.len && d->image.len)
    entry->content = with_image(job, (fm_str){"", 0});
}

/* Feeds of short notes have no titles: then the first words are it. */
static fm_str title_of(fm_feed_job *job)
{
  fm_draft *d = &job->draft;
  fm_str title = fm_construct_line(job, &d->title);
  if (!title.len)
    title = shortened(job, fm_construct_line(job, d->summary.rank ? &d->summary : &d->content),
                      TITLE_CHARS);
  if (!title.len)
    title = d->link.len ? d->link : fm_feed_line(job, d->id);
  if (!title.len)
    title = job->feed->title.len ? job->feed->title : home(job);
  return title;
}

/* ---- lists, moved into the result's memory ---- */

static void *copied(fm_feed_job *job, const void *items, size_t count, size_t size)
{
  if (!count)
    return NULL;
  void *copy = job->host->alloc(job->host, count * size);
  memcpy(copy, items, count * size);
  return copy;
}

static void make_lists(fm_feed_job *job, fm_entry *entry)
{
  fm_draft *d = &job->draft;
  fm_link *links = job->host->alloc(job->host, (d->links.count + 1) * sizeof *links);
  if (d->link.len)
    links[entry->nlinks++] = (fm_link){.rel = FM_STR("alternate"), .href = d->link};
  for (size_t i = 0; i < d->links.count; i++)
    links[entry->nlinks++] = d->links.items[i];
  entry->links = links;
  entry->authors = copied(job, d->authors.items, d->authors.count, sizeof(fm_person));
  entry->nauthors = d->authors.count;
  entry->categories = copied(job, d->categories.items, d->categories.count, sizeof(fm_category));
  entry->ncategories = d->categories.count;
  for (size_t i = 0; i < d->numbers.count; i++)
    d->numbers.items[i].name = fm_feed_keep(job, d->numbers.items[i].name);
  entry->numbers = copied(job, d->numbers.items, d->numbers.count, sizeof(fm_number));
  entry->nnumbers = d->numbers.count;
}

static bool has_anything(const fm_draft *d)
{
  return d->title.rank || d->content.rank || d->summary.rank || d->link.len || d->id_rank;
}

void fm_feed_finish_entry(fm_feed_job *job)
{
  fm_draft *d = &job->draft;
  if (has_anything(d) && job->entries.count < FM_FEED_ENTRIES_MAX) {
    fm_entry entry = {.title = title_of(job)};
    entry.id = id_of(job, entry.title);
    entry.rights = d->rights;
    entry.published = d->published.rank ? d->published.time : d->updated.rank ? d->updated.time
                                                                              : FM_NO_TIME;
    entry.updated = d->updated.rank ? d->updated.time : FM_NO_TIME;
    make_texts(job, &entry);
    make_lists(job, &entry);
    *FM_PUSH(&job->arena, job->entries.items, job->entries.count, job->entries.cap) = entry;
  }
  *d = FM_DRAFT_EMPTY;
}

/* Of entries that share one id but lead to different pages none is called by it: the id
 * is the site's, or a number that starts anew, and all but one would be lost. */
static void part_same_ids(fm_feed_job *job)
{
  fm_strset seen;
  fm_entry *entries = job->entries.items;
  size_t first, *at = fm_arena_alloc(&job->arena, (job->entries.count + 1) * sizeof *at);
  fm_strset_init(&seen, &job->arena, job->entries.count);
  for (size_t i = 0; i < job->entries.count; i++) {
    if (fm_strset_add(&seen, entries[i].id, &first)) {
      at[seen.count - 1] = i;
      continue;
    }
    fm_entry *other = &entries[at[first]];
    fm_str link = fm_valid_alternate(&entries[i]), its = fm_valid_alternate(other);
    if (link.len && its.len && !fm_str_eq(link, its)) {
      entries[i].id = link;
      other->id = its;
    }
  }
}

void fm_feed_finish(fm_feed_job *job)
{
  fm_feed *feed = job->feed;
  part_same_ids(job);
  feed->entries = copied(job, job->entries.items, job->entries.count, sizeof(fm_entry));
  feed->nentries = job->entries.count;
  feed->day = FM_NO_TIME;
  feed->order = FM_ORDER_PUBLISHED;
  if (!feed->id.len)
    feed->id = fm_valid_iri(job->own_id) ? job->own_id : home(job);
  if (!feed->title.len)
    feed->title = feed->link.len ? feed->link : feed->id;
}
