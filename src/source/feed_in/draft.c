/* Filling a draft: each kind of thing once, whatever format it came in. */
#include "base/str.h"
#include "base/url.h"
#include "feed/valid.h"
#include "source/feed_in/feed_in.h"

#include <math.h>
#include <stdlib.h>

enum { NUMBER_NAME_MAX = 32, NUMBER_TEXT_MAX = 32 };

void fm_draft_construct(fm_construct *at, const fm_construct *from, enum fm_construct_type form, unsigned rank)
{
  if (from->how == FM_CONSTRUCT_NONE || rank <= at->rank)
    return;
  *at = *from;
  at->form = form;
  at->rank = rank;
}

void fm_draft_date(fm_feed_job *job, bool updated, fm_str text, unsigned rank)
{
  fm_draft *draft = job->to;
  fm_dated *at = updated ? &draft->updated : &draft->published;
  int64_t time;
  if (rank <= at->rank || !text.len)
    return;
  if (fm_feed_time(job, text, &time))
    *at = (fm_dated){time, rank};
  else if (!draft->undated.len)
    draft->undated = text;
}

/* ---- people ---- */

static bool same_person(const fm_person *a, const fm_person *b)
{
  return fm_str_eq(a->name, b->name) &&
         (!a->email.len || !b->email.len || fm_str_eq(a->email, b->email));
}

/* A person without a name is called by the address; false: there is neither. */
static bool named(const fm_person *person, fm_person *one)
{
  *one = *person;
  if (!one->name.len)
    one->name = one->email.len ? one->email : one->uri;
  return one->name.len > 0;
}

static void fill_person(fm_person *known, const fm_person *one)
{
  known->email = known->email.len ? known->email : one->email;
  known->uri = known->uri.len ? known->uri : one->uri;
}

void fm_draft_person(fm_feed_job *job, const fm_person *person)
{
  fm_draft *d = job->to;
  fm_person one;
  if (!named(person, &one) || d->authors.count >= FM_FEED_AUTHORS_MAX)
    return;
  for (size_t i = 0; i < d->authors.count; i++)
    if (same_person(&d->authors.items[i], &one)) {
      fill_person(&d->authors.items[i], &one);
      return;
    }
  *FM_PUSH(&job->arena, d->authors.items, d->authors.count, d->authors.cap) = one;
}

void fm_draft_contributor(fm_feed_job *job, const fm_person *person)
{
  fm_draft *d = job->to;
  fm_person one;
  if (!named(person, &one) || d->contributors.count >= FM_FEED_AUTHORS_MAX)
    return;
  for (size_t i = 0; i < d->contributors.count; i++)
    if (same_person(&d->contributors.items[i], &one))
      return;
  *FM_PUSH(&job->arena, d->contributors.items, d->contributors.count, d->contributors.cap) = one;
}

void fm_head_person(fm_feed_job *job, const fm_person *person, unsigned rank)
{
  fm_person one;
  if (rank < job->author_rank || !named(person, &one))
    return;
  if (rank > job->author_rank)
    job->head.authors.count = 0;
  job->author_rank = rank;
  fm_draft *to = job->to;
  job->to = &job->head;
  fm_draft_person(job, &one);
  job->to = to;
}

/* What is between the last `open` and a `close` at the end of the text. */
static bool bracketed(fm_str text, char open, char close, fm_str *inside, fm_str *before)
{
  if (!text.len || text.ptr[text.len - 1] != close)
    return false;
  const char *at = memrchr(text.ptr, open, text.len);
  if (!at)
    return false;
  *inside = fm_str_trim(fm_str_span(at + 1, text.ptr + text.len - 1));
  *before = fm_str_trim(fm_str_span(text.ptr, at));
  return inside->len > 0;
}

/* As RSS 2.0 wants an author, and as people write it. */
fm_person fm_feed_person(fm_str text)
{
  fm_person person = {.name = fm_str_trim(text)};
  fm_str inside, before;
  if (bracketed(person.name, '(', ')', &inside, &before) && fm_valid_email(before)) {
    person.name = inside;
    person.email = before;
  } else if ((bracketed(person.name, '(', ')', &inside, &before) ||
              bracketed(person.name, '<', '>', &inside, &before)) &&
             (fm_valid_email(inside) || fm_str_starts(inside, FM_STR("mailto:")))) {
    person.name = before;
    person.email = fm_str_starts(inside, FM_STR("mailto:")) ? fm_str_from(inside, 7) : inside;
  } else if (fm_valid_email(person.name)) {
    person.email = person.name;
  }
  return person;
}

void fm_draft_author(fm_feed_job *job, fm_str text)
{
  fm_person person = fm_feed_person(text);
  fm_draft_person(job, &person);
}

/* ---- links, images, categories, numbers ---- */

static void fill_link(fm_link *known, const fm_link *link)
{
  known->type = known->type.len ? known->type : link->type;
  known->title = known->title.len ? known->title : link->title;
  known->length = known->length ? known->length : link->length;
  known->duration = known->duration ? known->duration : link->duration;
}

void fm_draft_link(fm_feed_job *job, const fm_link *link)
{
  fm_draft *d = job->to;
  fm_link one = *link;
  if (!one.href.len || d->links.count >= FM_FEED_LINKS_MAX)
    return;
  if (!fm_valid_media_type(one.type))
    one.type = (fm_str){NULL, 0};
  if (!fm_valid_language(one.language))
    one.language = (fm_str){NULL, 0};
  for (size_t i = 0; i < d->links.count; i++)
    if (fm_str_eq(d->links.items[i].href, one.href) && fm_str_eq(d->links.items[i].rel, one.rel)) {
      fill_link(&d->links.items[i], &one);
      return;
    }
  *FM_PUSH(&job->arena, d->links.items, d->links.count, d->links.cap) = one;
}

/* Addresses that differ in their query alone, of images with different widths, are sizes of
 * one picture. */
static bool same_picture(const fm_image *a, const fm_image *b)
{
  if (fm_str_eq(a->href, b->href))
    return true;
  const char *x = memchr(a->href.ptr, '?', a->href.len), *y = memchr(b->href.ptr, '?', b->href.len);
  return x && y && a->width && b->width && a->width != b->width &&
         fm_str_eq(fm_str_span(a->href.ptr, x), fm_str_span(b->href.ptr, y));
}

/* Of several sizes the widest one counts. */
static void merge_picture(fm_draft_picture *known, const fm_image *image, bool thumbnail)
{
  if (image->width > known->image.width && !fm_str_eq(image->href, known->image.href)) {
    known->image.href = image->href;
    known->image.width = image->width;
    known->image.height = image->height;
  }
  if (!known->image.alt.len)
    known->image.alt = image->alt;
  if (!known->image.type.len)
    known->image.type = image->type;
  if (!known->image.width) {
    known->image.width = image->width;
    known->image.height = image->height;
  }
  known->thumbnail = known->thumbnail && thumbnail;
}

void fm_draft_image(fm_feed_job *job, const fm_image *image, bool thumbnail)
{
  fm_draft *d = job->to;
  if (!fm_url_usable(image->href) || d->images.count >= FM_FEED_IMAGES_MAX)
    return;
  for (size_t i = 0; i < d->images.count; i++)
    if (same_picture(&d->images.items[i].image, image)) {
      merge_picture(&d->images.items[i], image, thumbnail);
      return;
    }
  *FM_PUSH(&job->arena, d->images.items, d->images.count, d->images.cap) =
    (fm_draft_picture){*image, thumbnail};
  if (!fm_valid_media_type(image->type))
    d->images.items[d->images.count - 1].image.type = (fm_str){NULL, 0};
}

/* The endings that feeds use where they say no type. */
fm_str fm_feed_type_of(fm_str href)
{
  static const struct {
    const char *end, *type;
  } rows[] = {
    {"jpg", "image/jpeg"},  {"jpeg", "image/jpeg"}, {"png", "image/png"},  {"gif", "image/gif"},
    {"webp", "image/webp"}, {"avif", "image/avif"}, {"svg", "image/svg+xml"},
    {"mp3", "audio/mpeg"},  {"m4a", "audio/mp4"},   {"ogg", "audio/ogg"},  {"oga", "audio/ogg"},
    {"opus", "audio/ogg"},  {"wav", "audio/wav"},   {"flac", "audio/flac"}, {"mp4", "video/mp4"},
    {"m4v", "video/mp4"},   {"webm", "video/webm"}, {"mov", "video/quicktime"},
    {"pdf", "application/pdf"}, {"epub", "application/epub+zip"},
    {"torrent", "application/x-bittorrent"}};
  fm_url url;
  if (!fm_url_parse(href, &url) || !url.path.len)
    return (fm_str){NULL, 0};
  const char *dot = memrchr(url.path.ptr, '.', url.path.len);
  fm_str end = dot ? fm_str_span(dot + 1, url.path.ptr + url.path.len) : (fm_str){"", 0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (fm_str_ieq(end, fm_str_of(rows[i].end)))
      return fm_str_of(rows[i].type);
  return (fm_str){NULL, 0};
}

void fm_draft_category(fm_feed_job *job, fm_str term, fm_str scheme, fm_str label)
{
  fm_draft *d = job->to;
  term = term.len ? term : label;
  if (!term.len || d->categories.count >= FM_FEED_CATEGORIES_MAX)
    return;
  for (size_t i = 0; i < d->categories.count; i++)
    if (fm_str_eq(d->categories.items[i].term, term) &&
        fm_str_eq(d->categories.items[i].scheme, scheme))
      return;
  fm_category *at =
    FM_PUSH(&job->arena, d->categories.items, d->categories.count, d->categories.cap);
  *at = (fm_category){
    .term = term, .scheme = fm_valid_iri(scheme) ? scheme : (fm_str){NULL, 0},
    .label = fm_str_eq(label, term) ? (fm_str){NULL, 0} : label};
}

/* "viewCount" and "view-count" are view_count. */
static fm_str number_name(fm_str name, fm_arena *arena)
{
  char made[2 * NUMBER_NAME_MAX];
  size_t len = 0;
  for (size_t i = 0; i < name.len && len + 2 < sizeof made; i++) {
    char c = name.ptr[i];
    bool upper = c >= 'A' && c <= 'Z';
    if (upper && i > 0 && name.ptr[i - 1] >= 'a' && name.ptr[i - 1] <= 'z')
      made[len++] = '_';
    if (upper)
      c |= 0x20;
    made[len++] = c == '-' || c == '.' ? '_' : c;
    if (made[len - 1] != '_' && (c < 'a' || c > 'z'))
      return (fm_str){NULL, 0};
  }
  return len && len <= NUMBER_NAME_MAX ? fm_arena_str(arena, (fm_str){made, len})
                                       : (fm_str){NULL, 0};
}

void fm_draft_number(fm_feed_job *job, fm_str name, double value)
{
  fm_draft *d = job->to;
  name = number_name(name, &job->arena);
  if (!name.len || !isfinite(value) || d->numbers.count >= FM_FEED_NUMBERS_MAX)
    return;
  for (size_t i = 0; i < d->numbers.count; i++)
    if (fm_str_eq(d->numbers.items[i].name, name))
      return;
  *FM_PUSH(&job->arena, d->numbers.items, d->numbers.count, d->numbers.cap) =
    (fm_number){name, value};
}

/* Digits with maybe a sign and a point; no exponent, no hexadecimal. */
bool fm_feed_number(fm_str text, double *value)
{
  char copy[NUMBER_TEXT_MAX + 1];
  text = fm_str_trim(text);
  if (!text.len || text.len > NUMBER_TEXT_MAX)
    return false;
  memcpy(copy, text.ptr, text.len);
  copy[text.len] = 0;
  size_t sign = *copy == '-', whole = strspn(copy + sign, "0123456789");
  const char *rest = copy + sign + whole;
  size_t fraction = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
  if (!whole || (*rest == '.' && !fraction) || rest[*rest == '.' ? fraction + 1 : 0])
    return false;
  double number = 0, scale = 1;
  for (const char *p = copy + sign; *p; p++) {
    if (*p == '.')
      continue;
    number = number * 10 + (*p - '0');
    scale *= p > rest ? 10 : 1;
  }
  *value = (sign ? -number : number) / scale;
  return true;
}
