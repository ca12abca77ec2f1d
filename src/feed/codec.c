/* Keys of one letter: a page's memory is written at every change of it.
 *
 * entry   i id, t title, s summary, c content, r rights, p published, u updated,
 *         a authors, l links, g categories, n numbers (name, value, name, ...),
 *         f page_fields, e page_failures
 * feed    i id, t title, b subtitle, l link, o icon, g logo, x language,
 *         a author, d day, k order (1: the page's), s state, e entries
 * person  a string (the name alone) or n name, u uri, e email
 * link    r rel, h href, t type, n title
 * category t term, s scheme, l label, h handle */
#include "feed/codec.h"

#include "base/json.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "feed/jsonw.h"

#include <inttypes.h>
#include <math.h>

/* ---- out ---- */

static void put_text(fm_jsonw *j, const char *name, fm_str text)
{
  if (text.len)
    fm_jsonw_text(j, name, text);
}

static void put_time(fm_jsonw *j, const char *name, int64_t time)
{
  if (time == FM_NO_TIME)
    return;
  fm_jsonw_next(j, name);
  fm_buf_addf(j->out, "%" PRId64, time);
}

static void put_count(fm_jsonw *j, const char *name, int64_t count)
{
  if (count)
    put_time(j, name, count);
}

static void put_person(fm_jsonw *j, const char *name, const fm_person *person)
{
  if (!person->uri.len && !person->email.len) {
    fm_jsonw_text(j, name, person->name);
    return;
  }
  fm_jsonw_open(j, name, '{');
  put_text(j, "n", person->name);
  put_text(j, "u", person->uri);
  put_text(j, "e", person->email);
  fm_jsonw_close(j, '}');
}

static void put_authors(fm_jsonw *j, const fm_entry *entry)
{
  if (!entry->nauthors)
    return;
  fm_jsonw_open(j, "a", '[');
  for (size_t i = 0; i < entry->nauthors; i++)
    put_person(j, NULL, &entry->authors[i]);
  fm_jsonw_close(j, ']');
}

static void put_links(fm_jsonw *j, const fm_entry *entry)
{
  if (!entry->nlinks)
    return;
  fm_jsonw_open(j, "l", '[');
  for (size_t i = 0; i < entry->nlinks; i++) {
    fm_jsonw_open(j, NULL, '{');
    put_text(j, "r", entry->links[i].rel);
    put_text(j, "h", entry->links[i].href);
    put_text(j, "t", entry->links[i].type);
    put_text(j, "n", entry->links[i].title);
    fm_jsonw_close(j, '}');
  }
  fm_jsonw_close(j, ']');
}

static void put_categories(fm_jsonw *j, const fm_entry *entry)
{
  if (!entry->ncategories)
    return;
  fm_jsonw_open(j, "g", '[');
  for (size_t i = 0; i < entry->ncategories; i++) {
    fm_jsonw_open(j, NULL, '{');
    put_text(j, "t", entry->categories[i].term);
    put_text(j, "s", entry->categories[i].scheme);
    put_text(j, "l", entry->categories[i].label);
    put_text(j, "h", entry->categories[i].handle);
    fm_jsonw_close(j, '}');
  }
  fm_jsonw_close(j, ']');
}

/* Seventeen digits give a double back exactly. JSON has no infinities; such a
 * number says nothing that a filter could use. */
static void put_numbers(fm_jsonw *j, const fm_entry *entry)
{
  if (!entry->nnumbers)
    return;
  fm_jsonw_open(j, "n", '[');
  for (size_t i = 0; i < entry->nnumbers; i++) {
    if (!isfinite(entry->numbers[i].value))
      continue;
    fm_jsonw_text(j, NULL, entry->numbers[i].name);
    fm_jsonw_next(j, NULL);
    fm_buf_addf(j->out, "%.17g", entry->numbers[i].value);
  }
  fm_jsonw_close(j, ']');
}

static void put_entry(fm_jsonw *j, const fm_entry *entry)
{
  fm_jsonw_open(j, NULL, '{');
  put_text(j, "i", entry->id);
  put_text(j, "t", entry->title);
  put_text(j, "s", entry->summary);
  put_text(j, "c", entry->content);
  put_text(j, "r", entry->rights);
  put_time(j, "p", entry->published);
  put_time(j, "u", entry->updated);
  put_authors(j, entry);
  put_links(j, entry);
  put_categories(j, entry);
  put_numbers(j, entry);
  put_count(j, "f", entry->page_fields);
  put_count(j, "e", entry->page_failures);
  fm_jsonw_close(j, '}');
}

static void put_feed(fm_jsonw *j, const fm_feed *feed)
{
  fm_jsonw_open(j, NULL, '{');
  put_text(j, "i", feed->id);
  put_text(j, "t", feed->title);
  put_text(j, "b", feed->subtitle);
  put_text(j, "l", feed->link);
  put_text(j, "o", feed->icon);
  put_text(j, "g", feed->logo);
  put_text(j, "x", feed->language);
  if (feed->author.name.len || feed->author.uri.len || feed->author.email.len)
    put_person(j, "a", &feed->author);
  put_time(j, "d", feed->day);
  if (feed->order == FM_ORDER_PAGE)
    put_time(j, "k", FM_ORDER_PAGE);
  put_text(j, "s", feed->state);
  if (feed->nentries) {
    fm_jsonw_open(j, "e", '[');
    for (size_t i = 0; i < feed->nentries; i++)
      put_entry(j, &feed->entries[i]);
    fm_jsonw_close(j, ']');
  }
  fm_jsonw_close(j, '}');
}

static int all_or_nothing(fm_buf *out, size_t start)
{
  if (!out->full)
    return FM_OK;
  out->len = start;
  return FM_E_TOO_BIG;
}

int fm_entry_encode(const fm_entry *entry, fm_buf *out)
{
  size_t start = out->len;
  put_entry(&(fm_jsonw){.out = out}, entry);
  return all_or_nothing(out, start);
}

int fm_feed_encode(const fm_feed *feed, fm_buf *out)
{
  size_t start = out->len;
  put_feed(&(fm_jsonw){.out = out}, feed);
  return all_or_nothing(out, start);
}

/* ---- in ---- */

/* The reader gives parts of the text where it can; the text does not stay. */
static void get_text(fm_json *json, fm_str *text)
{
  fm_str got;
  if (fm_json_string(json, &got) > 0)
    *text = fm_entry_text(json->arena, got);
}

/* The one letter of a key; 0: none of ours. */
static char letter(fm_str key) { return key.len == 1 ? *key.ptr : 0; }

static void get_person(fm_json *json, fm_person *person)
{
  fm_str key;
  if (fm_json_kind(json) == FM_JSON_STRING) {
    get_text(json, &person->name);
    return;
  }
  if (fm_json_object(json) <= 0)
    return;
  while (fm_json_key(json, &key) > 0)
    switch (letter(key)) {
      case 'n': get_text(json, &person->name); break;
      case 'u': get_text(json, &person->uri); break;
      case 'e': get_text(json, &person->email); break;
    }
}

static void get_authors(fm_json *json, fm_entry *entry)
{
  fm_person *people = NULL;
  size_t count = 0, cap = 0;
  if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0)
      get_person(json, FM_PUSH(json->arena, people, count, cap));
  entry->authors = people;
  entry->nauthors = count;
}

static void get_link(fm_json *json, fm_link *link)
{
  fm_str key;
  if (fm_json_object(json) <= 0)
    return;
  while (fm_json_key(json, &key) > 0)
    switch (letter(key)) {
      case 'r': get_text(json, &link->rel); break;
      case 'h': get_text(json, &link->href); break;
      case 't': get_text(json, &link->type); break;
      case 'n': get_text(json, &link->title); break;
    }
}

static void get_links(fm_json *json, fm_entry *entry)
{
  fm_link *links = NULL;
  size_t count = 0, cap = 0;
  if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0)
      get_link(json, FM_PUSH(json->arena, links, count, cap));
  entry->links = links;
  entry->nlinks = count;
}

static void get_category(fm_json *json, fm_category *category)
{
  fm_str key;
  if (fm_json_object(json) <= 0)
    return;
  while (fm_json_key(json, &key) > 0)
    switch (letter(key)) {
      case 't': get_text(json, &category->term); break;
      case 's': get_text(json, &category->scheme); break;
      case 'l': get_text(json, &category->label); break;
      case 'h': get_text(json, &category->handle); break;
    }
}

static void get_categories(fm_json *json, fm_entry *entry)
{
  fm_category *categories = NULL;
  size_t count = 0, cap = 0;
  if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0)
      get_category(json, FM_PUSH(json->arena, categories, count, cap));
  entry->categories = categories;
  entry->ncategories = count;
}

/* Name, value, name, value, ... */
static void get_numbers(fm_json *json, fm_entry *entry)
{
  fm_number *numbers = NULL;
  size_t count = 0, cap = 0;
  if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0) {
      fm_number number = {0};
      get_text(json, &number.name);
      if (fm_json_next(json) <= 0)
        break;
      if (fm_json_number(json, &number.value) > 0)
        *FM_PUSH(json->arena, numbers, count, cap) = number;
    }
  entry->numbers = numbers;
  entry->nnumbers = count;
  fm_entry_page_convert(numbers, entry);
}

static void get_entry(fm_json *json, fm_entry *entry)
{
  fm_str key;
  *entry = (fm_entry){.published = FM_NO_TIME, .updated = FM_NO_TIME};
  if (fm_json_object(json) <= 0)
    return;
  while (fm_json_key(json, &key) > 0)
    switch (letter(key)) {
      case 'i': get_text(json, &entry->id); break;
      case 't': get_text(json, &entry->title); break;
      case 's': get_text(json, &entry->summary); break;
      case 'c': get_text(json, &entry->content); break;
      case 'r': get_text(json, &entry->rights); break;
      case 'p': fm_json_int(json, &entry->published); break;
      case 'u': fm_json_int(json, &entry->updated); break;
      case 'a': get_authors(json, entry); break;
      case 'l': get_links(json, entry); break;
      case 'g': get_categories(json, entry); break;
      case 'n': get_numbers(json, entry); break;
      case 'f': fm_json_int(json, &entry->page_fields); break;
      case 'e': fm_json_int(json, &entry->page_failures); break;
    }
}

static void get_entries(fm_json *json, fm_feed *feed)
{
  fm_entry *entries = NULL;
  size_t count = 0, cap = 0;
  if (fm_json_array(json) > 0)
    while (fm_json_next(json) > 0)
      get_entry(json, FM_PUSH(json->arena, entries, count, cap));
  feed->entries = entries;
  feed->nentries = count;
}

static void get_order(fm_json *json, fm_feed *feed)
{
  int64_t order;
  if (fm_json_int(json, &order) > 0 && order == FM_ORDER_PAGE)
    feed->order = FM_ORDER_PAGE;
}

static void get_feed(fm_json *json, fm_feed *feed)
{
  fm_str key;
  if (fm_json_object(json) <= 0)
    return;
  while (fm_json_key(json, &key) > 0)
    switch (letter(key)) {
      case 'i': get_text(json, &feed->id); break;
      case 't': get_text(json, &feed->title); break;
      case 'b': get_text(json, &feed->subtitle); break;
      case 'l': get_text(json, &feed->link); break;
      case 'o': get_text(json, &feed->icon); break;
      case 'g': get_text(json, &feed->logo); break;
      case 'x': get_text(json, &feed->language); break;
      case 'a': get_person(json, &feed->author); break;
      case 'd': fm_json_int(json, &feed->day); break;
      case 'k': get_order(json, feed); break;
      case 's': get_text(json, &feed->state); break;
      case 'e': get_entries(json, feed); break;
    }
}

/* An object is what both decoders want; other JSON is passed over to the end, so
 * that what is no JSON at all is said as such. */
static int finish(fm_json *json, bool object, fm_why *why)
{
  if (fm_json_end(json) != FM_OK)
    return fm_json_fail(json, why);
  return object ? FM_OK : fm_fail(why, FM_E_SYNTAX, "byte 0: not an object");
}

int fm_entry_decode(fm_str text, fm_arena *arena, fm_entry *entry, fm_why *why)
{
  fm_json json;
  fm_entry got;
  fm_json_init(&json, text, arena);
  bool object = fm_json_kind(&json) == FM_JSON_OBJECT;
  get_entry(&json, &got);
  int error = finish(&json, object, why);
  if (!error)
    *entry = got;
  return error;
}

int fm_feed_decode(fm_str text, fm_doc **doc, fm_why *why)
{
  fm_json json;
  fm_doc *got = fm_doc_new();
  fm_json_init(&json, text, &got->arena);
  bool object = fm_json_kind(&json) == FM_JSON_OBJECT;
  get_feed(&json, &got->feed);
  int error = finish(&json, object, why);
  if (error)
    fm_doc_unref(got);
  else
    *doc = got;
  return error;
}
