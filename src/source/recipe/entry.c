/* Builds an entry from an item of a list or from an entry's own page. */
#include "base/ascii.h"
#include "base/hash.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/html/sanitize.h"
#include "dom/text.h"
#include "source/recipe/internal.h"

enum {
  TRIED = 8,                      /* values of one alternative that are tried until one is usable */
  PERSONS_MAX = 100, CATEGORIES_MAX = 100,
  CONTENT_MAX = 1024 * 1024, TEXT_MAX = 64 * 1024, UNPARSED_MAX = 80
};

fm_str fm_recipe_keep(const fm_recipe_job *job, fm_str text)
{
  if (!text.len)
    return (fm_str){NULL, 0};
  char *copy = job->host->alloc(job->host, text.len + 1);
  memcpy(copy, text.ptr, text.len);
  return (fm_str){copy, text.len};
}

/* ---- a value as text ---- */

static fm_str html_to_text(fm_recipe_job *job, fm_str html)
{
  fm_buf out;
  fm_buf_init(&out, TEXT_MAX);
  fm_html_text(html, &out);
  fm_str text = fm_arena_str(&job->arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return text;
}

static bool is_html(const fm_alternative *alt, const fm_value *value)
{
  if (value->node || alt->html == FM_HTML_NO)
    return false;
  return alt->html == FM_HTML_YES || (value->json && fm_html_likely(value->text));
}

static fm_str line_of(fm_recipe_job *job, const fm_alternative *alt, const fm_value *value,
                      enum fm_field_name name, bool lines)
{
  fm_value plain = *value;
  if (is_html(alt, value))
    plain.text = html_to_text(job, value->text);
  fm_str text = lines ? fm_value_lines(&plain, &job->eval) : fm_value_line(&plain, &job->eval);
  fm_str fixed = fm_recipe_fix(job, name, text);
  return fixed.ptr == text.ptr ? text : fm_str_trim(fixed);
}

/* Calls `take` with values until it accepts one. Only the first value is searched for at
 * first, because it usually suffices. */
static bool first_value(fm_recipe_job *job, const fm_field *field,
                        bool (*take)(fm_recipe_job *, const fm_alternative *, const fm_value *, void *),
                        void *into)
{
  for (size_t i = 0; i < field->count; i++) {
    const fm_alternative *alt = &field->alternatives[i];
    fm_value values[TRIED];
    size_t count = fm_expr_eval(alt->expr, &job->eval, values, 1);
    if (count && take(job, alt, &values[0], into))
      return true;
    if (count)
      count = fm_expr_eval(alt->expr, &job->eval, values, TRIED);
    for (size_t k = 1; k < count; k++)
      if (take(job, alt, &values[k], into))
        return true;
  }
  return false;
}

typedef struct text_request {
  enum fm_field_name name;
  bool lines;
  fm_str text;
} text_request;

static bool take_text(fm_recipe_job *job, const fm_alternative *alt, const fm_value *value, void *into)
{
  text_request *wanted = into;
  wanted->text = line_of(job, alt, value, wanted->name, wanted->lines);
  return wanted->text.len > 0;
}

fm_str fm_recipe_field_line(fm_recipe_job *job, const fm_field *field, enum fm_field_name name)
{
  text_request wanted = {.name = name};
  return first_value(job, field, take_text, &wanted) ? wanted.text : FM_STR("");
}

fm_str fm_recipe_lines(fm_recipe_job *job, const fm_field *field, enum fm_field_name name)
{
  text_request wanted = {.name = name, .lines = true};
  return first_value(job, field, take_text, &wanted) ? wanted.text : FM_STR("");
}

size_t fm_recipe_values(fm_recipe_job *job, const fm_field *field, fm_str *texts, size_t most,
                     enum fm_field_name name)
{
  fm_value values[FM_FIELD_VALUES_MAX];
  for (size_t i = 0; i < field->count; i++) {
    size_t count = fm_expr_eval(field->alternatives[i].expr, &job->eval, values, most), kept = 0;
    for (size_t k = 0; k < count; k++) {
      fm_str text = line_of(job, &field->alternatives[i], &values[k], name, false);
      bool seen = !text.len;
      for (size_t j = 0; j < kept && !seen; j++)
        seen = fm_str_eq(texts[j], text);
      if (!seen)
        texts[kept++] = text;
    }
    if (kept)
      return kept;
  }
  return 0;
}

/* ---- URLs, dates, numbers ---- */

/* The address that an element itself names: without "@href" it is meant all the same. */
static fm_str named_address(fm_recipe_job *job, const fm_value *value, enum fm_field_name name)
{
  static const char *const links[] = {"href", "src"}, *const pictures[] = {"src", "data-src", "href"};
  const char *const *names = name == FM_F_IMAGE ? pictures : links;
  fm_str found = {NULL, 0};
  if (!value->node || value->node->type != XML_ELEMENT_NODE)
    return found;
  for (int i = 0; i < (name == FM_F_IMAGE ? 3 : 2) && !found.len; i++)
    found = fm_node_attribute(value->node, names[i], &job->arena);
  return found.len ? fm_recipe_fix(job, name, found) : found;
}

static bool take_address(fm_recipe_job *job, const fm_alternative *alt, const fm_value *value, void *into)
{
  enum fm_field_name name = ((text_request *)into)->name;
  fm_str text = named_address(job, value, name), whole;
  if (!text.len)
    text = line_of(job, alt, value, name, false);
  if (!text.len || fm_url_resolve(job->base, text, &job->arena, &whole) || !fm_url_usable(whole))
    return false;
  ((text_request *)into)->text = whole;
  return true;
}

fm_str fm_recipe_address(fm_recipe_job *job, const fm_field *field, enum fm_field_name name)
{
  text_request wanted = {.name = name};
  return first_value(job, field, take_address, &wanted) ? wanted.text : FM_STR("");
}

typedef struct date_request {
  const fm_field *field;
  enum fm_field_name name;
  int64_t now, time;
  fm_str unread;
} date_request;

/* Attributes, JSON and the text of a time element are written for programs. */
static enum fm_when_origin origin_of(const fm_value *value)
{
  xmlNodePtr node = value->node;
  bool text = node && node->type != XML_ATTRIBUTE_NODE && strcmp((const char *)node->name, "time") != 0;
  return text ? FM_WHEN_FIELD : FM_WHEN_DATA;
}

/* Learns the order of day and month from all dates of the list. */
static void learn_order(fm_recipe_job *job, const fm_field *field, enum fm_field_name name)
{
  enum { COLUMN_MAX = 500 };
  job->order_known[name] = true;
  if (!job->list)
    return;
  fm_eval current = job->eval;
  fm_str *texts = fm_arena_alloc(&job->arena, COLUMN_MAX * sizeof *texts);
  size_t count = job->list->count < COLUMN_MAX ? job->list->count : COLUMN_MAX;
  for (size_t i = 0; i < count; i++) {
    fm_recipe_select(job, &job->list->items[i]);
    texts[i] = fm_recipe_field_line(job, field, name);
  }
  current.budget = job->eval.budget;
  job->eval = current;
  job->orders[name] = fm_when_order_in(texts, count);
}

static bool take_date(fm_recipe_job *job, const fm_alternative *alt, const fm_value *value, void *into)
{
  date_request *wanted = into;
  fm_str zone = {NULL, 0}, text = line_of(job, alt, value, wanted->name, false);
  if (!job->order_known[wanted->name] && fm_when_order_of(text) == FM_WHEN_EITHER)
    learn_order(job, wanted->field, wanted->name);
  fm_when when = {.formats = alt->formats, .nformats = alt->nformats, .zone = alt->zone,
                  .now = wanted->now, .language = alt->language.len ? alt->language : job->language,
                  .origin = origin_of(value), .order = job->orders[wanted->name], .unknown_zone = &zone};
  bool read = fm_when_parse(text, &when, &wanted->time);
  if (read && zone.len && !job->unknown_zone.len)
    job->unknown_zone = zone;
  if (!read && text.len)
    wanted->unread = text;
  return read;
}

static int64_t now_of(const fm_page *page)
{
  bool has = page->size >= offsetof(fm_page, now) + sizeof page->now;
  return has && page->now ? page->now : FM_NO_TIME;
}

static int64_t read_date(fm_recipe_job *job, const fm_field *field, enum fm_field_name name)
{
  date_request wanted = {.field = field, .name = name, .now = now_of(job->page), .time = FM_NO_TIME};
  if (first_value(job, field, take_date, &wanted))
    return wanted.time;
  job->counts[name].unread += wanted.unread.len > 0;
  if (wanted.unread.len && job->unparsed_dates++ == 0)
    job->first_unparsed = (fm_str){wanted.unread.ptr, wanted.unread.len < UNPARSED_MAX
                                                       ? wanted.unread.len : UNPARSED_MAX};
  return FM_NO_TIME;
}

/* Parses the first number in a text: "1,234 points", "1.2k", "-5". */
static bool number_in(fm_str text, double *number)
{
  size_t at = 0;
  while (at < text.len && !fm_is_digit(text.ptr[at]))
    at++;
  bool minus = at && text.ptr[at - 1] == '-', fraction = false;
  double value = 0, unit = 1;
  size_t from = at;
  for (; at < text.len && at - from < 18; at++) {
    char c = text.ptr[at];
    size_t digits = 0;
    while (at + 1 + digits < text.len && fm_is_digit(text.ptr[at + 1 + digits]))
      digits++;
    if (fm_is_digit(c) && fraction)
      value += (c - '0') * (unit /= 10);
    else if (fm_is_digit(c))
      value = value * 10 + (c - '0');
    else if (c == '.' && digits && digits != 3 && !fraction)
      fraction = true;
    else if (!((c == ',' || c == '.' || c == '\'') && digits == 3 && !fraction))
      break;
  }
  if (at == from)
    return false;
  char suffix = at < text.len ? (char)(text.ptr[at] | 0x20) : 0;
  bool word = at + 1 < text.len && (unsigned)((text.ptr[at + 1] | 0x20) - 'a') < 26;
  if ((suffix == 'k' || suffix == 'm') && !word)
    value *= suffix == 'k' ? 1e3 : 1e6;
  *number = minus ? -value : value;
  return true;
}

static void make_numbers(fm_recipe_job *job, const fm_fields *fields, fm_entry *entry)
{
  if (!fields->nnumbers)
    return;
  fm_number *numbers = job->host->alloc(job->host, fields->nnumbers * sizeof *numbers);
  for (size_t i = 0; i < fields->nnumbers; i++) {
    const fm_number_field *from = &fields->numbers[i];
    fm_str text = fm_recipe_field_line(job, &from->field, FM_F_COUNT);
    if (number_in(text, &numbers[entry->nnumbers].value))
      numbers[entry->nnumbers++].name = fm_recipe_keep(job, from->name);
  }
  entry->numbers = numbers;
}

/* ---- persons, categories, links ---- */

static void make_authors(fm_recipe_job *job, const fm_field *field, fm_entry *entry)
{
  fm_str names[PERSONS_MAX];
  size_t count = fm_recipe_values(job, field, names, PERSONS_MAX, FM_F_AUTHOR);
  if (!count)
    return;
  fm_person *persons = job->host->alloc(job->host, count * sizeof *persons);
  for (size_t i = 0; i < count; i++)
    persons[i].name = fm_recipe_keep(job, names[i]);
  entry->authors = persons;
  entry->nauthors = count;
}

static void make_categories(fm_recipe_job *job, const fm_field *field, fm_entry *entry)
{
  fm_str terms[CATEGORIES_MAX];
  size_t count = fm_recipe_values(job, field, terms, CATEGORIES_MAX, FM_F_CATEGORY);
  if (!count)
    return;
  fm_category *categories = job->host->alloc(job->host, count * sizeof *categories);
  for (size_t i = 0; i < count; i++)
    categories[i].term = fm_recipe_keep(job, terms[i]);
  entry->categories = categories;
  entry->ncategories = count;
}

static fm_str type_of(fm_str address)
{
  static const struct {
    const char *ending, *type;
  } types[] = {{".mp3", "audio/mpeg"}, {".m4a", "audio/mp4"}, {".ogg", "audio/ogg"},
               {".opus", "audio/ogg"}, {".mp4", "video/mp4"}, {".webm", "video/webm"},
               {".pdf", "application/pdf"}, {".epub", "application/epub+zip"},
               {".zip", "application/zip"}, {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"},
               {".png", "image/png"}, {".gif", "image/gif"}, {".webp", "image/webp"}};
  fm_url url;
  if (!fm_url_parse(address, &url))
    return (fm_str){NULL, 0};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    size_t len = strlen(types[i].ending);
    if (url.path.len > len &&
        fm_str_ieq(fm_str_from(url.path, url.path.len - len), fm_str_of(types[i].ending)))
      return fm_str_of(types[i].type);
  }
  return (fm_str){NULL, 0};
}

static void make_links(fm_recipe_job *job, const fm_fields *fields, fm_entry *entry)
{
  const fm_field *by = fields->by;
  const struct {
    fm_str rel, href, type;
  } all[] = {
    {FM_STR("alternate"), fm_recipe_address(job, &by[FM_F_LINK], FM_F_LINK), FM_STR("text/html")},
    {FM_STR("replies"), fm_recipe_address(job, &by[FM_F_COMMENTS], FM_F_COMMENTS), FM_STR("text/html")},
    {FM_STR("enclosure"), fm_recipe_address(job, &by[FM_F_ENCLOSURE], FM_F_ENCLOSURE), FM_STR("")},
  };
  fm_link *links = job->host->alloc(job->host, 3 * sizeof *links);
  for (size_t i = 0; i < 3; i++)
    if (all[i].href.len) {
      fm_str type = i < 2 ? all[i].type : type_of(all[i].href);
      links[entry->nlinks++] = (fm_link){.rel = all[i].rel, .href = fm_recipe_keep(job, all[i].href),
                                         .type = type};
    }
  entry->links = links;
}

/* ---- texts ---- */

static void put_value(fm_recipe_job *job, const fm_alternative *alt, const fm_value *value, fm_buf *html)
{
  bool plain = !value->node && (alt->html == FM_HTML_NO ||
                                (alt->html == FM_HTML_GUESS && !fm_html_likely(value->text)));
  if (!plain) {
    fm_value_html(value, &job->eval, html);
    return;
  }
  fm_buf_text(html, "<p>");
  fm_buf_html(html, value->text);
  fm_buf_text(html, "</p>");
}

/* Concatenates all values of the first alternative that yields any, as HTML. */
static void gather_content(fm_recipe_job *job, const fm_field *field, fm_buf *html)
{
  fm_value values[FM_FIELD_VALUES_MAX];
  for (size_t i = 0; i < field->count && html->len == 0; i++) {
    size_t count = fm_expr_eval(field->alternatives[i].expr, &job->eval, values, FM_FIELD_VALUES_MAX);
    for (size_t k = 0; k < count; k++)
      put_value(job, &field->alternatives[i], &values[k], html);
  }
}

static void put_image(fm_str image, fm_buf *html)
{
  if (!image.len)
    return;
  fm_buf_text(html, "<p><img src=\"");
  fm_buf_html(html, image);
  fm_buf_text(html, "\" alt=\"\"></p>");
}

static void make_content(fm_recipe_job *job, const fm_fields *fields, fm_entry *entry)
{
  fm_buf raw, clean;
  fm_buf_init(&raw, CONTENT_MAX);
  fm_buf_init(&clean, CONTENT_MAX);
  gather_content(job, &fields->by[FM_F_CONTENT], &raw);
  fm_str image = job->image = fm_recipe_address(job, &fields->by[FM_F_IMAGE], FM_F_IMAGE);
  fm_str html = fm_recipe_fix(job, FM_F_CONTENT, fm_buf_view(&raw));
  if (html.len) {
    fm_html_clean(html, job->base, &clean);
    if (image.len && fm_str_find(fm_buf_view(&clean), image))
      image.len = 0;
  }
  if (image.len || clean.len) {
    fm_buf_clear(&raw);
    put_image(image, &raw);
    fm_buf_str(&raw, fm_buf_view(&clean));
    if (!clean.len && entry->summary.len) {
      fm_buf_text(&raw, "<p>");
      fm_buf_html(&raw, entry->summary);
      fm_buf_text(&raw, "</p>");
    }
    entry->content = fm_recipe_keep(job, fm_buf_view(&raw));
  }
  fm_buf_deinit(&raw);
  fm_buf_deinit(&clean);
}

/* ---- what the fields of a list have in common ---- */

static void count_value(fm_recipe_job *job, enum fm_field_name name, fm_str value)
{
  fm_field_count *count = &job->counts[name];
  if (!value.len)
    return;
  if (count->found++ && (count->differs || name > FM_F_ID)) /* only of these the values are compared */
    return;
  uint64_t hash = fm_hash(value);
  if (count->found == 1)
    count->first = hash;
  count->differs = hash != count->first;
}

static fm_str link_with(const fm_entry *entry, const char *rel)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, rel))
      return entry->links[i].href;
  return (fm_str){NULL, 0};
}

void fm_recipe_count(fm_recipe_job *job, const fm_entry *entry)
{
  count_value(job, FM_F_TITLE, entry->title);
  count_value(job, FM_F_LINK, link_with(entry, "alternate"));
  count_value(job, FM_F_ID, entry->id);
  job->counts[FM_F_PUBLISHED].found += entry->published != FM_NO_TIME;
  job->counts[FM_F_UPDATED].found += entry->updated != FM_NO_TIME;
  count_value(job, FM_F_AUTHOR, entry->nauthors ? entry->authors[0].name : (fm_str){NULL, 0});
  count_value(job, FM_F_SUMMARY, entry->summary);
  count_value(job, FM_F_CONTENT, entry->content);
  count_value(job, FM_F_IMAGE, job->image);
  count_value(job, FM_F_CATEGORY, entry->ncategories ? entry->categories[0].term : (fm_str){NULL, 0});
  count_value(job, FM_F_COMMENTS, link_with(entry, "replies"));
  count_value(job, FM_F_ENCLOSURE, link_with(entry, "enclosure"));
}

void fm_recipe_entry(fm_recipe_job *job, const fm_fields *fields, fm_entry *entry)
{
  const fm_field *by = fields->by;
  *entry = (fm_entry){.published = FM_NO_TIME, .updated = FM_NO_TIME};
  make_links(job, fields, entry);
  entry->title = fm_recipe_keep(job, fm_recipe_field_line(job, &by[FM_F_TITLE], FM_F_TITLE));
  entry->id = fm_recipe_keep(job, fm_recipe_field_line(job, &by[FM_F_ID], FM_F_ID));
  entry->published = read_date(job, &by[FM_F_PUBLISHED], FM_F_PUBLISHED);
  entry->updated = read_date(job, &by[FM_F_UPDATED], FM_F_UPDATED);
  entry->summary = fm_recipe_keep(job, fm_recipe_lines(job, &by[FM_F_SUMMARY], FM_F_SUMMARY));
  make_authors(job, &by[FM_F_AUTHOR], entry);
  make_categories(job, &by[FM_F_CATEGORY], entry);
  make_numbers(job, fields, entry);
  make_content(job, fields, entry);
}
