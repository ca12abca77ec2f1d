/* JSON Feed 1.0 and 1.1 (jsonfeed.org), and what is shaped like it. */
#include "base/json.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/valid.h"
#include "source/feed_in/feed_in.h"

typedef struct reader {
  fm_feed_job *job;
  fm_json json;
  bool version, items; /* there */
  fm_person person;    /* the one that is being read */
  fm_str avatar;
  struct {
    fm_str url, type, title;
    int64_t length, duration;
  } file;
} reader;

/* Objects are read by tables of the keys that count; a key that is in none may
 * hold a number. */
typedef struct field {
  const char *key;
  void (*read)(reader *r, unsigned rank);
  unsigned rank;
} field;

static fm_str text(reader *r)
{
  fm_str value = {NULL, 0};
  fm_json_string(&r->json, &value);
  return value;
}

static fm_str line(reader *r) { return fm_feed_line(r->job, text(r)); }

static fm_str url(reader *r)
{
  return fm_feed_keep(r->job, fm_feed_address(r->job, (fm_str){NULL, 0}, text(r)));
}

static void read_number(reader *r, fm_str key)
{
  double value;
  if (fm_json_kind(&r->json) == FM_JSON_NUMBER && fm_json_number(&r->json, &value) > 0)
    fm_draft_number(r->job, key, value);
}

static void read_object(reader *r, const field *fields, bool numbers)
{
  fm_str key;
  if (fm_json_object(&r->json) <= 0)
    return;
  while (fm_json_key(&r->json, &key) > 0) {
    const field *at = fields;
    while (at->key && !fm_str_is(key, at->key))
      at++;
    if (at->key)
      at->read(r, at->rank);
    else if (numbers)
      read_number(r, key);
  }
}

/* Calls `each` for every value of an array, or for the one that stands alone. */
static void read_list(reader *r, void (*each)(reader *r))
{
  if (fm_json_kind(&r->json) != FM_JSON_ARRAY) {
    each(r);
    return;
  }
  if (fm_json_array(&r->json) > 0)
    while (fm_json_next(&r->json) > 0)
      each(r);
}

/* ---- people ---- */

static void person_name(reader *r, unsigned rank)
{
  (void)rank;
  r->person.name = line(r);
}

static void person_url(reader *r, unsigned rank)
{
  (void)rank;
  r->person.uri = url(r);
}

static const field person_fields[] = {{"name", person_name, 0}, {"url", person_url, 0}, {0}};

static void read_person(reader *r)
{
  r->person = (fm_person){.name = {NULL, 0}};
  if (fm_json_kind(&r->json) == FM_JSON_STRING)
    r->person.name = line(r);
  else
    read_object(r, person_fields, false);
}

static void each_author(reader *r)
{
  read_person(r);
  fm_draft_person(r->job, &r->person);
}

static void each_owner(reader *r)
{
  read_person(r);
  fm_head_person(r->job, &r->person, FM_HEAD_AUTHOR);
}

/* ---- an item ---- */

static void item_id(reader *r, unsigned rank)
{
  (void)rank;
  if (fm_json_kind(&r->json) == FM_JSON_NUMBER) {
    const char *start = r->json.at; /* its digits as they stand: a double has 15 of them */
    fm_json_skip(&r->json);
    r->job->draft.id = fm_feed_keep(r->job, fm_str_trim(fm_str_span(start, r->json.at)));
  } else {
    r->job->draft.id = line(r);
  }
  r->job->draft.id_rank = 1;
}

static void item_url(reader *r, unsigned rank)
{
  fm_str address = url(r);
  if (rank <= r->job->draft.link_rank || !address.len) {
    fm_draft_link(r->job, &(fm_link){.rel = FM_STR("related"), .href = address});
    return;
  }
  if (r->job->draft.link.len)
    fm_draft_link(r->job, &(fm_link){.rel = FM_STR("related"), .href = r->job->draft.link});
  r->job->draft.link = address;
  r->job->draft.link_id = address;
  r->job->draft.link_rank = rank;
}

static void set_piece(reader *r, fm_construct *at, enum fm_construct_type form, unsigned rank)
{
  fm_construct piece = {.raw = text(r), .how = FM_CONSTRUCT_PLAIN};
  if (piece.raw.len)
    fm_draft_construct(at, &piece, form, rank);
}

static void item_title(reader *r, unsigned rank)
{
  set_piece(r, &r->job->draft.title, FM_TYPE_TEXT, rank);
}

static void item_html(reader *r, unsigned rank)
{
  set_piece(r, &r->job->draft.content, FM_TYPE_HTML, rank);
}

static void item_text(reader *r, unsigned rank)
{
  set_piece(r, &r->job->draft.content, FM_TYPE_TEXT, rank);
}

static void item_summary(reader *r, unsigned rank)
{
  set_piece(r, &r->job->draft.summary, FM_TYPE_TEXT, rank);
}

static void item_image(reader *r, unsigned rank)
{
  fm_str address = url(r);
  if (fm_url_usable(address))
    fm_draft_image(r->job, &(fm_image){.href = address}, rank > 0);
}

static void item_published(reader *r, unsigned rank)
{
  fm_draft_date(r->job, false, text(r), rank);
}

static void item_updated(reader *r, unsigned rank)
{
  fm_draft_date(r->job, true, text(r), rank);
}

static void item_authors(reader *r, unsigned rank)
{
  (void)rank;
  read_list(r, each_author);
}

static void each_tag(reader *r)
{
  fm_draft_category(r->job, line(r), (fm_str){NULL, 0}, (fm_str){NULL, 0});
}

static void item_tags(reader *r, unsigned rank)
{
  (void)rank;
  read_list(r, each_tag);
}

static void file_url(reader *r, unsigned rank)
{
  (void)rank;
  r->file.url = url(r);
}

static void file_type(reader *r, unsigned rank)
{
  (void)rank;
  r->file.type = line(r);
}

static void file_title(reader *r, unsigned rank)
{
  (void)rank;
  r->file.title = line(r);
}

/* A whole number of bytes or seconds; anything else is passed over. */
static int64_t amount(reader *r)
{
  double value = 0;
  if (fm_json_kind(&r->json) != FM_JSON_NUMBER || fm_json_number(&r->json, &value) <= 0) {
    fm_json_skip(&r->json);
    return 0;
  }
  return value > 0 && value < 1e15 ? (int64_t)value : 0;
}

static void file_duration(reader *r, unsigned rank)
{
  (void)rank;
  r->file.duration = amount(r);
  if (r->file.duration)
    fm_draft_number(r->job, FM_STR("duration"), (double)r->file.duration);
}

static void file_size(reader *r, unsigned rank)
{
  (void)rank;
  r->file.length = amount(r);
}

static const field file_fields[] = {
  {"url", file_url, 0}, {"mime_type", file_type, 0}, {"title", file_title, 0},
  {"duration_in_seconds", file_duration, 0}, {"size_in_bytes", file_size, 0}, {0}};

static void each_file(reader *r)
{
  memset(&r->file, 0, sizeof r->file);
  read_object(r, file_fields, false);
  fm_draft_link(r->job, &(fm_link){.rel = FM_STR("enclosure"), .href = r->file.url,
                                   .type = r->file.type, .title = r->file.title,
                                   .length = r->file.length, .duration = r->file.duration});
}

static void item_files(reader *r, unsigned rank)
{
  (void)rank;
  read_list(r, each_file);
}

static void item_language(reader *r, unsigned rank)
{
  (void)rank;
  fm_str language = line(r);
  if (fm_valid_language(language))
    r->job->draft.language = language;
}

static const field item_fields[] = {
  {"id", item_id, 0},           {"url", item_url, 2},
  {"external_url", item_url, 1}, {"title", item_title, 1},
  {"content_html", item_html, 2}, {"content_text", item_text, 1},
  {"summary", item_summary, 1}, {"image", item_image, 0},
  {"banner_image", item_image, 1}, {"date_published", item_published, 1},
  {"date_modified", item_updated, 1}, {"authors", item_authors, 0},
  {"author", item_authors, 0},  {"tags", item_tags, 0},
  {"attachments", item_files, 0}, {"language", item_language, 0}, {0}};

static void each_item(reader *r)
{
  r->job->to = &r->job->draft;
  read_object(r, item_fields, true);
  if (!r->json.error) /* else it may be half of one */
    fm_feed_finish_entry(r->job);
  r->job->to = &r->job->head;
}

/* ---- the feed ---- */

static void feed_version(reader *r, unsigned rank)
{
  (void)rank;
  r->version = fm_str_find(text(r), FM_STR("jsonfeed.org/version/")) != NULL;
}

static void feed_title(reader *r, unsigned rank)
{
  (void)rank;
  r->job->feed->title = line(r);
}

static void feed_subtitle(reader *r, unsigned rank)
{
  (void)rank;
  r->job->feed->subtitle = line(r);
}

static void feed_link(reader *r, unsigned rank)
{
  (void)rank;
  r->job->feed->link = url(r);
}

static void feed_id(reader *r, unsigned rank)
{
  (void)rank;
  r->job->own_id = url(r);
}

static void feed_image(reader *r, unsigned rank)
{
  *(rank ? &r->job->feed->logo : &r->job->feed->icon) = url(r);
}

static void feed_language(reader *r, unsigned rank)
{
  (void)rank;
  fm_str language = line(r);
  if (fm_valid_language(language))
    r->job->feed->language = language;
}

static void feed_authors(reader *r, unsigned rank)
{
  (void)rank;
  read_list(r, each_owner);
}

static void feed_items(reader *r, unsigned rank)
{
  (void)rank;
  r->items = fm_json_kind(&r->json) == FM_JSON_ARRAY;
  if (r->items)
    read_list(r, each_item);
}

static const field feed_fields[] = {
  {"version", feed_version, 0},   {"title", feed_title, 0},
  {"description", feed_subtitle, 0}, {"home_page_url", feed_link, 0},
  {"feed_url", feed_id, 0},       {"icon", feed_image, 1},
  {"favicon", feed_image, 0},     {"language", feed_language, 0},
  {"authors", feed_authors, 0},   {"author", feed_authors, 0},
  {"items", feed_items, 0}, {0}};

bool fm_feed_read_json(fm_feed_job *job)
{
  reader r = {.job = job};
  fm_json_init(&r.json, job->body, &job->arena);
  r.json.xml = true;
  job->to = &job->head;
  read_object(&r, feed_fields, false);
  int error = fm_json_end(&r.json);
  if (error && !job->entries.count) {
    fm_json_fail(&r.json, &job->why);
    return false;
  }
  job->draft = FM_DRAFT_EMPTY;
  if (!r.items)
    fm_fail(&job->why, FM_E_NO_LIST, "it has no \"items\"");
  return r.items;
}
