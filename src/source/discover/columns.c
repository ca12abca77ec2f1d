/* Assigns the columns of a JSON list to the fields of an entry: title, link, date and so on. */
#include "base/str.h"
#include "base/url.h"
#include "source/discover/json.h"

#include <math.h>

enum { LINKS_LOOKED_AT = 20000, IDS_TRIED = 10, ROWS_TRIED = 8 };

static bool is_filled(const columns *c, const column *col, unsigned tenths)
{
  return col->found * 10 >= c->rows * tenths;
}

static uint32_t different(const columns *c, const column *col)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->rows; i++) {
    bool again = !col->values[i].len;
    for (uint32_t k = 0; k < i && !again; k++)
      again = fm_str_eq(col->values[k], col->values[i]);
    n += !again;
  }
  return n;
}

static double mean_length(const columns *c, const column *col)
{
  double sum = 0;
  for (uint32_t i = 0; i < c->rows; i++)
    for (size_t k = 0; k < col->values[i].len; k++)
      sum += ((unsigned char)col->values[i].ptr[k] & 0xc0) != 0x80;
  return col->found ? sum / col->found : 0;
}

static bool looks_like_address(fm_str text)
{
  static const char *const pictures[] = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".avif"};
  fm_url url;
  if (!text.len || memchr(text.ptr, ' ', text.len) || !fm_url_parse(text, &url))
    return false;
  for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
    if (fm_str_ends(url.path, fm_str_of(pictures[i])))
      return false;
  return fm_url_usable(text) || *text.ptr == '/' ||
         (!url.scheme.len && memchr(text.ptr, '/', text.len));
}

static bool looks_like_date(const columns *c, fm_str text)
{
  int64_t time;
  fm_when when = {.now = fm_survey_now(c->s), .language = c->s->language, .origin = FM_WHEN_DATA};
  bool plain_number = true;
  for (size_t i = 0; i < text.len; i++)
    plain_number = plain_number && (unsigned)(text.ptr[i] - '0') < 10;
  return text.len >= 6 && (!plain_number || text.len >= 9) && text.len < 48 &&
         fm_when_parse(text, &when, &time);
}

static bool looks_like_picture(fm_str text)
{
  return text.len && (fm_url_usable(text) || *text.ptr == '/' || fm_str_starts(text, FM_STR("//")));
}

/* How many values of a column fit the field's type. */
static uint32_t fitting(const columns *c, const column *col, enum draft_field field)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->rows; i++) {
    fm_str v = col->values[i];
    if (!v.len)
      continue;
    n += field == DRAFT_LINK        ? looks_like_address(v)
         : field == DRAFT_PUBLISHED ? looks_like_date(c, v)
         : field == DRAFT_IMAGE     ? looks_like_picture(v)
         : field == DRAFT_TITLE     ? !fm_url_usable(v)
                                    : 1;
  }
  return n;
}

static double worth_of(const columns *c, const column *col, enum draft_field field)
{
  double worth = fm_key_worth(col->path, field);
  unsigned needed = field <= DRAFT_LINK ? 8 : 5;
  if (worth <= 0 || !is_filled(c, col, needed) || fitting(c, col, field) * 10 < col->found * 8)
    return 0;
  double share = (double)different(c, col) / col->found, length = mean_length(c, col);
  if (field == DRAFT_LINK && share < 0.9)
    return 0;
  if (field == DRAFT_TITLE && (share < 0.5 || length < 3 || length > 300))
    return 0;
  if (field == DRAFT_SUMMARY && (length < 30 || share < 0.5))
    return 0;
  if ((field == DRAFT_AUTHOR || field == DRAFT_CATEGORY) && length > 60)
    return 0;
  return worth * (0.5 + 0.5 * col->found / c->rows);
}

static const column *best(const columns *c, enum draft_field field)
{
  const column *found = NULL;
  double most = 0;
  for (size_t i = 0; i < c->count; i++) {
    double worth = worth_of(c, &c->all[i], field);
    if (worth > most) {
      most = worth;
      found = &c->all[i];
    }
  }
  return found;
}

/* ---- links built from a slug or id ---- */

/* Finds a link of the page that has the value as a path or query component; returns its
 * position. */
static const char *place_in(fm_str href, fm_str value)
{
  const char *at = NULL, *end = href.ptr + href.len;
  for (fm_str rest = href; (at = fm_str_find(rest, value)); rest = fm_str_span(at + 1, end)) {
    char before = at > href.ptr ? at[-1] : 0;
    const char *after = at + value.len;
    bool starts = before == '/' || before == '=' || before == '-' || before == ':';
    if (starts && (after == end || strchr("/?&#-.", *after)))
      return at;
  }
  return NULL;
}

typedef struct url_template {
  fm_str before, after;
} url_template;

/* How many of the rows' values make links of the page in this template. */
static uint32_t rows_linked(const columns *c, const column *col, url_template one, uint32_t *tried)
{
  uint32_t fits = 0;
  for (*tried = 0; *tried < c->rows && *tried < ROWS_TRIED; ++*tried) {
    fm_str whole = fm_arena_printf(c->s->arena, "%.*s%.*s%.*s", FM_FMT(one.before),
                                   FM_FMT(col->values[*tried]), FM_FMT(one.after));
    fits += fm_map_get(&c->s->by_href, whole) != NULL;
  }
  return fits;
}

/* Finds the text around a value in the page's links, the same for most rows: the URL template.
 * The page may show fewer rows than its data has. */
static bool url_template_of(const columns *c, const column *col, url_template *made)
{
  const survey *s = c->s;
  size_t hrefs = s->nhrefs < LINKS_LOOKED_AT ? s->nhrefs : LINKS_LOOKED_AT;
  for (uint32_t row = 0; row < c->rows && row < ITEMS_MIN; row++)
    for (size_t h = 1; h < hrefs && col->values[row].len; h++) {
      const char *at = place_in(s->hrefs[h], col->values[row]);
      uint32_t tried;
      if (!at)
        continue;
      url_template one = {fm_str_span(s->hrefs[h].ptr, at),
                   fm_str_span(at + col->values[row].len, s->hrefs[h].ptr + s->hrefs[h].len)};
      uint32_t fits = rows_linked(c, col, one, &tried);
      if (tried >= ITEMS_MIN && fits >= ITEMS_MIN && fits * 2 >= tried) {
        *made = one;
        return true;
      }
    }
  return false;
}

static bool is_name(const columns *c, const column *col)
{
  if (!is_filled(c, col, 9) || different(c, col) < col->found || mean_length(c, col) > 200)
    return false;
  for (uint32_t i = 0; i < c->rows; i++)
    if (memchr(col->values[i].ptr ? col->values[i].ptr : "", ' ', col->values[i].len))
      return false;
  return true;
}

static fm_str templated_link(const columns *c)
{
  unsigned tried = 0;
  for (size_t i = 0; i < c->count && tried < IDS_TRIED; i++) {
    url_template f;
    if (!is_name(c, &c->all[i]))
      continue;
    tried++;
    if (url_template_of(c, &c->all[i], &f) && !memchr(f.before.ptr, '{', f.before.len))
      return fm_arena_printf(c->s->arena, "text: %.*s{json: %.*s}%.*s", FM_FMT(f.before),
                             FM_FMT(c->all[i].path), FM_FMT(f.after));
  }
  return FM_STR("");
}

/* ---- the draft ---- */

static fm_str pointer_to(const columns *c, const column *col)
{
  return col ? fm_arena_printf(c->s->arena, "json: %.*s", FM_FMT(col->path)) : FM_STR("");
}

static double share(const columns *c, const column *col)
{
  return col ? (double)col->found / c->rows : 0;
}

bool fm_columns_draft(columns *c, draft *d)
{
  const column *by[DRAFT_FIELDS] = {0};
  for (enum draft_field f = 0; f < DRAFT_COMMENTS; f++) {
    by[f] = best(c, f);
    d->fields[f] = pointer_to(c, by[f]);
  }
  if (by[DRAFT_TITLE] && !by[DRAFT_LINK])
    d->fields[DRAFT_LINK] = templated_link(c);
  if (!by[DRAFT_TITLE] || !d->fields[DRAFT_LINK].len)
    return false;
  if (by[DRAFT_SUMMARY] == by[DRAFT_TITLE])
    d->fields[DRAFT_SUMMARY] = FM_STR("");
  double title = mean_length(c, by[DRAFT_TITLE]) / 35;
  double quality = 0.25 + (title < 1 ? title : 1) + 0.9 * share(c, by[DRAFT_SUMMARY]) +
                   0.9 * share(c, by[DRAFT_PUBLISHED]) + 0.15 * share(c, by[DRAFT_IMAGE]);
  double n = (double)d->count;
  d->score = pow(n < 60 ? n : 60, 0.6) * quality * (title < 0.35 ? 0.5 : 1);
  return true;
}
