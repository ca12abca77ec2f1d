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
  if (d->link.len)
    return d->link_id.len ? d->link_id : d->link;
  for (size_t i = 0; i < d->links.count; i++) /* what has a file alone is called by that */
    if (fm_str_is(d->links.items[i].rel, "enclosure") && !d->title.rank)
      return d->links.items[i].href;
  return by_hash(job, title);
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

/* Is there a picture besides small copies? */
static bool has_picture(const fm_draft *d)
{
  bool has = false;
  for (size_t i = 0; i < d->images.count; i++)
    has = has || !d->images.items[i].thumbnail;
  return has;
}

/* A picture is shown unless the text has it; a thumbnail only where there is nothing else. */
static bool is_shown(const fm_draft *d, size_t i, fm_str html)
{
  const fm_draft_picture *picture = &d->images.items[i];
  fm_buf escaped;
  fm_buf_init(&escaped, FM_BUF_MAX);
  fm_buf_html(&escaped, picture->image.href);
  bool there = fm_str_find(html, fm_buf_view(&escaped)) != NULL;
  fm_buf_deinit(&escaped);
  if (there)
    return false;
  return !picture->thumbnail ||
         (i == 0 && !has_picture(d) && !fm_str_find(html, FM_STR("<img ")));
}

static void add_picture(fm_buf *out, const fm_image *image)
{
  fm_buf_text(out, "<p><img src=\"");
  fm_buf_html(out, image->href);
  fm_buf_text(out, "\" alt=\"");
  fm_buf_html(out, image->alt);
  fm_buf_text(out, "\"></p>");
}

/* The text with the pictures that stand beside it. */
static fm_str with_images(fm_feed_job *job, fm_str html)
{
  const fm_draft *d = &job->draft;
  fm_buf both;
  fm_buf_init(&both, FM_FEED_CONTENT_MAX + FM_FEED_IMAGES_MAX * FM_FEED_TEXT_MAX);
  for (size_t i = 0; i < d->images.count; i++)
    if (is_shown(d, i, html))
      add_picture(&both, &d->images.items[i].image);
  if (!both.len) {
    fm_buf_deinit(&both);
    return fm_feed_keep(job, html);
  }
  fm_buf_str(&both, html);
  fm_str content = fm_feed_keep(job, fm_buf_view(&both));
  fm_buf_deinit(&both);
  return content;
}

static fm_str base_of(const fm_feed_job *job, const fm_construct *piece)
{
  if (piece->base.len)
    return piece->base;
  return fm_url_usable(job->draft.link) ? job->draft.link : fm_feed_base(job);
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

/* True if nothing would be shown of it. */
static bool is_blank(fm_feed_job *job, const fm_construct *piece)
{
  if (!piece->rank)
    return true;
  if (fm_construct_html(job, piece, base_of(job, piece)))
    return job->html.len == 0;
  return fm_construct_plain(job, piece).len == 0;
}

/* Text as content: HTML where it is some, else its paragraphs. */
static fm_str content_of(fm_feed_job *job, const fm_construct *piece)
{
  if (fm_construct_html(job, piece, base_of(job, piece)))
    return with_images(job, fm_buf_view(&job->html));
  fm_str text = fm_construct_plain(job, piece);
  fm_buf_clear(&job->html);
  add_paragraphs(&job->html, text);
  return with_images(job, fm_buf_view(&job->html));
}

/* Content is what there is most of; a summary beside it stays short. Plain text alone is a
 * summary, unless pictures stand beside it: readers show content where there is some, so it
 * has to have the text too. */
static void make_texts(fm_feed_job *job, fm_entry *entry)
{
  fm_draft *d = &job->draft;
  bool has_content = !is_blank(job, &d->content), has_summary = !is_blank(job, &d->summary);
  bool html = !has_content && has_summary &&
              fm_construct_html(job, &d->summary, base_of(job, &d->summary));
  if (has_content)
    entry->content = content_of(job, &d->content);
  else if (html || (has_summary && d->images.count))
    entry->content = content_of(job, &d->summary);
  else if (d->images.count)
    entry->content = with_images(job, (fm_str){"", 0});
  if (has_summary && !html)
    entry->summary = has_content ? shortened(job, fm_construct_plain(job, &d->summary), SUMMARY_MAX)
                                 : fm_construct_plain(job, &d->summary);
}

/* Feeds of short notes have no titles: then the first words are it. */
static fm_str title_of(fm_feed_job *job)
{
  fm_draft *d = &job->draft;
  fm_str title = fm_construct_line(job, &d->title);
  if (!title.len)
    title = shortened(job, fm_construct_words(job, &d->summary), TITLE_CHARS);
  if (!title.len)
    title = shortened(job, fm_construct_words(job, &d->content), TITLE_CHARS);
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

/* itunes:duration is the first audio's or video's that says none itself. */
static void set_duration(fm_draft *d)
{
  for (size_t i = 0; d->duration && i < d->links.count; i++) {
    fm_link *link = &d->links.items[i];
    bool played = fm_str_starts(link->type, FM_STR("audio/")) ||
                  fm_str_starts(link->type, FM_STR("video/"));
    if (!fm_str_is(link->rel, "enclosure") || !played)
      continue;
    if (!link->duration)
      link->duration = d->duration;
    return;
  }
}

static void make_images(fm_feed_job *job, fm_entry *entry)
{
  fm_draft *d = &job->draft;
  fm_image *images = job->host->alloc(job->host, (d->images.count + 1) * sizeof *images);
  for (size_t i = 0; i < d->images.count; i++)
    images[i] = d->images.items[i].image;
  entry->images = images;
  entry->nimages = d->images.count;
}

/* Of an entry without authors those of the feed that it was copied from count (RFC 4287
 * section 4.2.1). */
static void make_people(fm_feed_job *job, fm_entry *entry)
{
  fm_draft *d = &job->draft;
  bool own = d->authors.count > 0;
  const fm_person *authors = own ? d->authors.items : d->origin_authors.items;
  entry->nauthors = own ? d->authors.count : d->origin_authors.count;
  entry->authors = copied(job, authors, entry->nauthors, sizeof *authors);
  entry->contributors =
    copied(job, d->contributors.items, d->contributors.count, sizeof(fm_person));
  entry->ncontributors = d->contributors.count;
}

static void make_lists(fm_feed_job *job, fm_entry *entry)
{
  fm_draft *d = &job->draft;
  set_duration(d);
  make_images(job, entry);
  make_people(job, entry);
  entry->extensions =
    copied(job, d->extensions.items, d->extensions.count, sizeof(fm_extension));
  entry->nextensions = d->extensions.count;
  fm_link *links = job->host->alloc(job->host, (d->links.count + 1) * sizeof *links);
  if (d->link.len)
    links[entry->nlinks++] = (fm_link){.rel = FM_STR("alternate"), .href = d->link};
  for (size_t i = 0; i < d->links.count; i++)
    links[entry->nlinks++] = d->links.items[i];
  entry->links = links;
  entry->categories = copied(job, d->categories.items, d->categories.count, sizeof(fm_category));
  entry->ncategories = d->categories.count;
  for (size_t i = 0; i < d->numbers.count; i++)
    d->numbers.items[i].name = fm_feed_keep(job, d->numbers.items[i].name);
  entry->numbers = copied(job, d->numbers.items, d->numbers.count, sizeof(fm_number));
  entry->nnumbers = d->numbers.count;
}

static bool has_anything(const fm_draft *d)
{
  return d->title.rank || d->content.rank || d->summary.rank || d->link.len || d->id_rank ||
         d->links.count || d->images.count || d->published.rank || d->updated.rank ||
         d->authors.count || d->categories.count || d->extensions.count;
}

void fm_feed_finish_entry(fm_feed_job *job)
{
  fm_draft *d = &job->draft;
  if (has_anything(d) && job->entries.count < FM_FEED_ENTRIES_MAX) {
    fm_entry entry = {.title = title_of(job)};
    entry.id = id_of(job, entry.title);
    *FM_PUSH(&job->arena, job->identities.items, job->identities.count, job->identities.cap) =
      (fm_identity){.named = d->id.len > 0, .link = d->link_id, .title = entry.title};
    entry.rights = d->rights;
    entry.language = d->language;
    entry.origin = d->origin;
    entry.published = d->published.rank ? d->published.time : d->updated.rank ? d->updated.time
                                                                              : FM_NO_TIME;
    entry.updated = d->updated.rank ? d->updated.time : FM_NO_TIME;
    make_texts(job, &entry);
    make_lists(job, &entry);
    *FM_PUSH(&job->arena, job->entries.items, job->entries.count, job->entries.cap) = entry;
  }
  *d = FM_DRAFT_EMPTY;
}

/* What the feed says of itself. */
static void finish_head(fm_feed_job *job)
{
  fm_feed *feed = job->feed;
  const fm_draft *head = &job->head;
  feed->rights = head->rights;
  feed->authors = copied(job, head->authors.items, head->authors.count, sizeof(fm_person));
  feed->nauthors = head->authors.count;
  feed->links = copied(job, head->links.items, head->links.count, sizeof(fm_link));
  feed->nlinks = head->links.count;
  feed->categories =
    copied(job, head->categories.items, head->categories.count, sizeof(fm_category));
  feed->ncategories = head->categories.count;
  feed->extensions =
    copied(job, head->extensions.items, head->extensions.count, sizeof(fm_extension));
  feed->nextensions = head->extensions.count;
}

void fm_feed_finish(fm_feed_job *job)
{
  fm_feed *feed = job->feed;
  finish_head(job);
  fm_feed_identify(job);
  feed->entries = copied(job, job->entries.items, job->entries.count, sizeof(fm_entry));
  feed->nentries = job->entries.count;
  feed->day = FM_NO_TIME;
  feed->order = FM_ORDER_PUBLISHED;
  if (!feed->id.len)
    feed->id = fm_valid_iri(job->own_id) ? job->own_id : home(job);
  if (!feed->title.len)
    feed->title = feed->link.len ? feed->link : feed->id;
}
