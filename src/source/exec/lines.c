/* JSON Lines of a program to entries: a pure function. */
#include "base/json.h"
#include "base/str.h"
#include "base/url.h"
#include "base/when.h"
#include "feed/html/sanitize.h"
#include "dom/text.h"
#include "source/exec/exec.h"

enum {
  MANY_MAX = 1000,       /* authors, links, categories, numbers of one entry */
  CONTENT_MAX = 32 << 20 /* bytes of its HTML */
};

/* The line being parsed. The feed's texts are in the host's memory; `arena` holds unescaped
 * JSON strings. */
struct reader {
  const fm_host *host;
  fm_arena arena;
  fm_str base;
  fm_feed *feed;
  fm_entry entry;
  fm_str link;       /* the first alternate, for the id */
  fm_link *links;
  bool is_feed;      /* the line told of the feed */
  const char *wrong; /* the member of the wrong kind */
};

static fm_str copied(const struct reader *r, fm_str text)
{
  char *copy = r->host->alloc(r->host, text.len + 1);
  if (text.len)
    memcpy(copy, text.ptr, text.len);
  return (fm_str){copy, text.len};
}

static fm_str line_of(const struct reader *r, fm_str text)
{
  char *out = r->host->alloc(r->host, text.len + 1);
  return (fm_str){out, fm_text_fold(text, out)};
}

/* A value of the wrong type is skipped and its member remembered; null counts as absent. */
static bool get_text(struct reader *r, fm_json *json, const char *member, fm_str *text)
{
  int kind = fm_json_kind(json);
  int got = fm_json_string(json, text);
  if (got == 0 && kind != FM_JSON_NULL)
    r->wrong = member;
  return got > 0;
}

static void get_line(struct reader *r, fm_json *json, const char *member, fm_str *into)
{
  fm_str text;
  if (get_text(r, json, member, &text))
    *into = line_of(r, text);
}

/* Resolves an address against the page's; an invalid one is left out. */
static void get_address(struct reader *r, fm_json *json, const char *member, fm_str *into)
{
  fm_str text, url;
  if (get_text(r, json, member, &text) && text.len &&
      fm_url_resolve(r->base, text, &r->arena, &url) == FM_OK && fm_url_usable(url))
    *into = copied(r, url);
}

/* Moves to the first item of an array, or to the value itself. */
static bool first_item(fm_json *json, bool *list)
{
  *list = fm_json_kind(json) == FM_JSON_ARRAY;
  if (!*list)
    return fm_json_kind(json) != FM_JSON_NULL || fm_json_skip(json) < 0;
  return fm_json_array(json) > 0 && fm_json_next(json) > 0;
}

static bool next_item(fm_json *json, bool list) { return list && fm_json_next(json) > 0; }

/* ---- the members of an entry; each is handed the reader ---- */

static int read_id(fm_json *json, void *into)
{
  struct reader *r = into;
  fm_str text, id;
  if (get_text(r, json, "id", &text) && text.len &&
      fm_url_resolve(r->base, text, &r->arena, &id) == FM_OK)
    r->entry.id = copied(r, id);
  return 0;
}

static int read_title(fm_json *json, void *into)
{
  struct reader *r = into;
  get_line(r, json, "title", &r->entry.title);
  return 0;
}

static void get_plain(struct reader *r, fm_json *json, const char *member, fm_str *into)
{
  fm_str text;
  if (!get_text(r, json, member, &text))
    return;
  char *out = r->host->alloc(r->host, text.len + 1);
  *into = (fm_str){out, fm_text_plain(text, out)};
}

static int read_summary(fm_json *json, void *into)
{
  struct reader *r = into;
  get_plain(r, json, "summary", &r->entry.summary);
  return 0;
}

static int read_rights(fm_json *json, void *into)
{
  struct reader *r = into;
  get_plain(r, json, "rights", &r->entry.rights);
  return 0;
}

static int read_content(fm_json *json, void *into)
{
  struct reader *r = into;
  fm_str html;
  if (!get_text(r, json, "content", &html))
    return 0;
  fm_buf clean;
  fm_buf_init(&clean, CONTENT_MAX);
  fm_html_clean(html, r->base, &clean);
  r->entry.content = copied(r, fm_buf_view(&clean));
  fm_buf_deinit(&clean);
  return 0;
}

static void get_time(struct reader *r, fm_json *json, const char *member, int64_t *time)
{
  static const fm_when when = {.now = FM_NO_TIME, .origin = FM_WHEN_DATA};
  fm_str text;
  double seconds;
  if (fm_json_kind(json) == FM_JSON_NUMBER) {
    if (fm_json_number(json, &seconds) > 0 && seconds > -1e12 && seconds < 1e12)
      *time = (int64_t)seconds;
  } else if (get_text(r, json, member, &text)) {
    fm_when_parse(fm_str_trim(text), &when, time);
  }
}

static int read_published(fm_json *json, void *into)
{
  struct reader *r = into;
  get_time(r, json, "published", &r->entry.published);
  return 0;
}

static int read_updated(fm_json *json, void *into)
{
  struct reader *r = into;
  get_time(r, json, "updated", &r->entry.updated);
  return 0;
}

static void get_person(struct reader *r, fm_json *json, const char *member, fm_person *person)
{
  fm_str key;
  if (fm_json_kind(json) != FM_JSON_OBJECT) {
    get_line(r, json, member, &person->name);
    return;
  }
  fm_json_object(json);
  while (fm_json_key(json, &key) > 0) {
    if (fm_str_is(key, "name"))
      get_line(r, json, member, &person->name);
    else if (fm_str_is(key, "uri"))
      get_address(r, json, member, &person->uri);
    else if (fm_str_is(key, "email"))
      get_line(r, json, member, &person->email);
  }
}

static int read_authors(fm_json *json, void *into)
{
  struct reader *r = into;
  fm_person *made = NULL;
  size_t count = 0, cap = 0;
  bool list;
  for (bool more = first_item(json, &list); more && !json->error; more = next_item(json, list)) {
    fm_person one = {0};
    get_person(r, json, "authors", &one);
    if (one.name.len && count < MANY_MAX)
      *FM_PUSH(&r->arena, made, count, cap) = one;
    if (!list)
      break;
  }
  fm_person *kept = r->host->alloc(r->host, (count + 1) * sizeof *kept);
  memcpy(kept, made ? made : kept, count * sizeof *kept);
  r->entry.authors = kept;
  r->entry.nauthors = count;
  return 0;
}

static void get_category(struct reader *r, fm_json *json, fm_category *category)
{
  fm_str key;
  if (fm_json_kind(json) != FM_JSON_OBJECT) {
    get_line(r, json, "categories", &category->term);
    return;
  }
  fm_json_object(json);
  while (fm_json_key(json, &key) > 0) {
    if (fm_str_is(key, "term"))
      get_line(r, json, "categories", &category->term);
    else if (fm_str_is(key, "scheme"))
      get_address(r, json, "categories", &category->scheme);
    else if (fm_str_is(key, "label"))
      get_line(r, json, "categories", &category->label);
  }
}

static int read_categories(fm_json *json, void *into)
{
  struct reader *r = into;
  fm_category *made = NULL;
  size_t count = 0, cap = 0;
  bool list;
  for (bool more = first_item(json, &list); more && !json->error; more = next_item(json, list)) {
    fm_category one = {0};
    get_category(r, json, &one);
    if (one.term.len && count < MANY_MAX)
      *FM_PUSH(&r->arena, made, count, cap) = one;
    if (!list)
      break;
  }
  fm_category *kept = r->host->alloc(r->host, (count + 1) * sizeof *kept);
  memcpy(kept, made ? made : kept, count * sizeof *kept);
  r->entry.categories = kept;
  r->entry.ncategories = count;
  return 0;
}

static void get_link(struct reader *r, fm_json *json, fm_link *link)
{
  fm_str key;
  link->rel = FM_STR("alternate");
  if (fm_json_kind(json) != FM_JSON_OBJECT) {
    get_address(r, json, "link", &link->href);
    return;
  }
  fm_json_object(json);
  while (fm_json_key(json, &key) > 0) {
    if (fm_str_is(key, "href"))
      get_address(r, json, "link", &link->href);
    else if (fm_str_is(key, "rel"))
      get_line(r, json, "link", &link->rel);
    else if (fm_str_is(key, "type"))
      get_line(r, json, "link", &link->type);
    else if (fm_str_is(key, "title"))
      get_line(r, json, "link", &link->title);
  }
}

static int read_link(fm_json *json, void *into)
{
  struct reader *r = into;
  fm_link *made = NULL;
  size_t count = 0, cap = 0;
  bool list;
  for (bool more = first_item(json, &list); more && !json->error; more = next_item(json, list)) {
    fm_link one = {0};
    get_link(r, json, &one);
    if (one.href.len && one.rel.len && count < MANY_MAX)
      *FM_PUSH(&r->arena, made, count, cap) = one;
    if (one.href.len && !r->link.len && fm_str_is(one.rel, "alternate"))
      r->link = one.href;
    if (!list)
      break;
  }
  fm_link *kept = r->host->alloc(r->host, (count + 1) * sizeof *kept);
  memcpy(kept, made ? made : kept, count * sizeof *kept);
  r->entry.links = kept;
  r->entry.nlinks = count;
  return 0;
}

static int read_numbers(fm_json *json, void *into)
{
  struct reader *r = into;
  fm_number *made = NULL;
  size_t count = 0, cap = 0;
  fm_str key;
  double value;
  int kind = fm_json_kind(json);
  if (fm_json_object(json) <= 0) {
    r->wrong = kind == FM_JSON_NULL ? r->wrong : "numbers";
    return 0;
  }
  while (fm_json_key(json, &key) > 0) {
    if (fm_json_number(json, &value) > 0 && count < MANY_MAX)
      *FM_PUSH(&r->arena, made, count, cap) = (fm_number){copied(r, key), value};
  }
  fm_number *kept = r->host->alloc(r->host, (count + 1) * sizeof *kept);
  memcpy(kept, made ? made : kept, count * sizeof *kept);
  r->entry.numbers = kept;
  r->entry.nnumbers = count;
  return 0;
}

/* ---- the feed's own line ---- */

static void get_feed_author(struct reader *r, fm_json *json, fm_feed *feed)
{
  fm_person *author = r->host->alloc(r->host, sizeof *author);
  get_person(r, json, "feed", author);
  feed->authors = author;
  feed->nauthors = author->name.len ? 1 : 0;
}

static int read_feed(fm_json *json, void *into)
{
  struct reader *r = into;
  fm_feed *feed = r->feed;
  fm_str key, order;
  r->is_feed = true;
  if (fm_json_object(json) <= 0) {
    r->wrong = "feed";
    return 0;
  }
  while (fm_json_key(json, &key) > 0) {
    if (fm_str_is(key, "title"))
      get_line(r, json, "feed", &feed->title);
    else if (fm_str_is(key, "subtitle"))
      get_line(r, json, "feed", &feed->subtitle);
    else if (fm_str_is(key, "link"))
      get_address(r, json, "feed", &feed->link);
    else if (fm_str_is(key, "icon"))
      get_address(r, json, "feed", &feed->icon);
    else if (fm_str_is(key, "logo"))
      get_address(r, json, "feed", &feed->logo);
    else if (fm_str_is(key, "language"))
      get_line(r, json, "feed", &feed->language);
    else if (fm_str_is(key, "author"))
      get_feed_author(r, json, feed);
    else if (fm_str_is(key, "order") && get_text(r, json, "feed", &order))
      feed->order = fm_str_is(order, "page") ? FM_ORDER_PAGE : FM_ORDER_PUBLISHED;
  }
  return 0;
}

static const fm_json_field fields[] = {
  {{"id", 2}, read_id},
  {{"title", 5}, read_title},
  {{"link", 4}, read_link},
  {{"summary", 7}, read_summary},
  {{"content", 7}, read_content},
  {{"published", 9}, read_published},
  {{"updated", 7}, read_updated},
  {{"authors", 7}, read_authors},
  {{"categories", 10}, read_categories},
  {{"numbers", 7}, read_numbers},
  {{"rights", 6}, read_rights},
  {{"feed", 4}, read_feed},
};

static int read_line(struct reader *r, fm_str line, fm_why *why)
{
  fm_json json;
  fm_json_init(&json, line, &r->arena);
  json.xml = true;
  r->entry = (fm_entry){.published = FM_NO_TIME, .updated = FM_NO_TIME};
  r->link = (fm_str){NULL, 0};
  r->is_feed = false;
  r->wrong = NULL;
  int object = fm_json_fields(&json, fields, sizeof fields / sizeof *fields, r);
  if (fm_json_end(&json))
    return fm_json_fail(&json, why);
  if (object <= 0)
    return fm_fail(why, FM_E_SYNTAX, "no JSON object");
  if (r->wrong)
    return fm_fail(why, FM_E_SYNTAX, "\"%s\" is of the wrong kind", r->wrong);
  if (!r->entry.id.len)
    r->entry.id = r->link;
  return FM_OK;
}

int fm_exec_lines(const fm_host *host, fm_str lines, fm_str base, fm_feed *feed, fm_why *why)
{
  struct reader r = {.host = host, .base = base, .feed = feed};
  fm_arena list = {0};
  fm_entry *made = NULL;
  size_t count = 0, cap = 0, number = 0;
  int error = FM_OK;
  fm_str line, rest = lines.ptr ? lines : FM_STR("");
  while (!error && fm_str_cut(&rest, '\n', &line)) {
    number++;
    line = fm_str_trim(line);
    if (!line.len)
      continue;
    fm_why bad;
    if (read_line(&r, line, &bad))
      error = fm_fail(why, FM_E_NO_LIST, "line %zu of its output: %s", number, bad.text);
    else if (!r.is_feed && count == FM_EXEC_LINES_MAX)
      error = fm_fail(why, FM_E_NO_LIST, "more than %d entries", FM_EXEC_LINES_MAX);
    else if (!r.is_feed)
      *FM_PUSH(&list, made, count, cap) = r.entry;
    fm_arena_deinit(&r.arena);
  }
  if (!error) {
    fm_entry *entries = host->alloc(host, (count + 1) * sizeof *entries);
    memcpy(entries, made ? made : entries, count * sizeof *entries);
    feed->entries = entries;
    feed->nentries = count;
  }
  fm_arena_deinit(&list);
  return error;
}
