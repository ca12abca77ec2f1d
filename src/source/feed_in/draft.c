/* Filling a draft: each kind of thing once, whatever format it came in. */
#include "base/str.h"
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

void fm_draft_date(fm_draft *draft, bool updated, fm_str text, unsigned rank)
{
  fm_dated *at = updated ? &draft->updated : &draft->published;
  int64_t time;
  if (rank <= at->rank || !text.len)
    return;
  if (fm_feed_time(text, &time))
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

void fm_draft_person(fm_feed_job *job, const fm_person *person)
{
  fm_draft *d = &job->draft;
  fm_person one = *person;
  if (!one.name.len)
    one.name = one.email.len ? one.email : one.uri;
  if (!one.name.len || d->authors.count >= FM_FEED_AUTHORS_MAX)
    return;
  for (size_t i = 0; i < d->authors.count; i++)
    if (same_person(&d->authors.items[i], &one))
      return;
  *FM_PUSH(&job->arena, d->authors.items, d->authors.count, d->authors.cap) = one;
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
void fm_draft_author(fm_feed_job *job, fm_str text)
{
  fm_person person = {.name = fm_str_trim(text)};
  fm_str inside, before;
  if (bracketed(person.name, '(', ')', &inside, &before) && fm_valid_email(before)) {
    person.name = inside;
    person.email = before;
  } else if (bracketed(person.name, '<', '>', &inside, &before) && fm_valid_email(inside)) {
    person.name = before;
    person.email = inside;
  } else if (fm_valid_email(person.name)) {
    person.email = person.name;
  }
  fm_draft_person(job, &person);
}

/* ---- links, categories, numbers ---- */

void fm_draft_link(fm_feed_job *job, const char *rel, fm_str href, fm_str type, fm_str title)
{
  fm_draft *d = &job->draft;
  if (!href.len || d->links.count >= FM_FEED_LINKS_MAX)
    return;
  for (size_t i = 0; i < d->links.count; i++)
    if (fm_str_eq(d->links.items[i].href, href) && fm_str_is(d->links.items[i].rel, rel))
      return;
  *FM_PUSH(&job->arena, d->links.items, d->links.count, d->links.cap) = (fm_link){
    .rel = fm_str_of(rel), .href = href,
    .type = fm_valid_media_type(type) ? type : (fm_str){NULL, 0}, .title = title};
}

void fm_draft_category(fm_feed_job *job, fm_str term, fm_str scheme, fm_str label)
{
  fm_draft *d = &job->draft;
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
  fm_draft *d = &job->draft;
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
