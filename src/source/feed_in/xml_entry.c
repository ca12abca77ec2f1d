/* What the elements of an entry mean. */
#include "base/base64.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/valid.h"
#include "source/feed_in/charset.h"
#include "source/feed_in/tags.h"

/* ---- of an entry ---- */

FM_TAKE(take_title)
{
  enum fm_construct_type preset = tag->ns == FM_NS_ATOM ? FM_TYPE_TEXT : FM_TYPE_GUESS;
  fm_draft_construct(&tags->job->draft.title, piece, fm_take_type(tags, tag, preset), rank);
}

FM_TAKE(take_description)
{
  fm_draft_construct(&tags->job->draft.summary, piece, FM_TYPE_GUESS, rank);
}

FM_TAKE(take_encoded)
{
  fm_draft_construct(&tags->job->draft.content, piece, FM_TYPE_HTML, rank);
}

FM_TAKE(take_summary)
{
  fm_draft_construct(&tags->job->draft.summary, piece, fm_take_type(tags, tag, FM_TYPE_TEXT), rank);
}

static void add_link(fm_tags *tags, const char *rel, fm_str href, fm_str type)
{
  fm_draft_link(tags->job, rel, fm_feed_keep(tags->job, href), type, (fm_str){NULL, 0});
}

/* What Atom 0.3 lets an author hide in base 64. */
static fm_construct decoded(fm_tags *tags, const fm_construct *piece)
{
  fm_feed_job *job = tags->job;
  fm_construct plain = {.base = piece->base};
  fm_buf bytes;
  fm_buf_init(&bytes, FM_FEED_CONTENT_MAX);
  if (fm_base64_decode(fm_construct_text(job, piece), &bytes) == FM_OK && bytes.len) {
    fm_str text = fm_feed_to_utf8(fm_buf_view(&bytes), (fm_str){NULL, 0}, &job->arena);
    plain.raw = fm_arena_str(&job->arena, text);
    plain.how = FM_CONSTRUCT_PLAIN;
  }
  fm_buf_deinit(&bytes);
  return plain;
}

/* Content of another kind than text stands elsewhere, or nowhere (section 4.1.3). */
FM_TAKE(take_content)
{
  fm_str type = fm_tag_get(tags, tag, "type");
  fm_str src = fm_take_address(tags, piece, fm_tag_get(tags, tag, "src"));
  enum fm_construct_type form = fm_take_type(tags, tag, FM_TYPE_TEXT);
  bool rich = form == FM_TYPE_HTML || form == FM_TYPE_XHTML; /* of several forms the one to have */
  bool hidden = fm_str_is(fm_tag_get(tags, tag, "mode"), "base64");
  fm_construct plain = hidden ? decoded(tags, piece) : *piece;
  if (src.len)
    add_link(tags, "related", src, fm_take_attribute(tags, tag, "type"));
  else if (!memchr(type.ptr, '/', type.len) || fm_str_starts(type, FM_STR("text/")) ||
           fm_str_ieq(type, FM_STR("application/xhtml+xml")))
    fm_draft_construct(&tags->job->draft.content, &plain, form, rank + rich);
}

static void set_link(fm_tags *tags, fm_str href, unsigned rank)
{
  fm_draft *d = &tags->job->draft;
  if (!href.len || rank <= d->link_rank)
    return;
  d->link = fm_feed_keep(tags->job, href);
  d->link_rank = rank;
}

static void take_replies_count(fm_tags *tags, const fm_tag *tag)
{
  double count;
  if (fm_feed_number(fm_tag_get(tags, tag, "thr:count"), &count))
    fm_draft_number(tags->job, FM_STR("comments"), count);
}

/* <link rel= href=> of Atom, wherever it stands. */
static void take_atom_link(fm_tags *tags, const fm_tag *tag, const fm_construct *piece)
{
  static const char *const passed[] = {"related", "enclosure", "via", "replies", "license"};
  fm_str rel = fm_tag_get(tags, tag, "rel"), type = fm_tag_get(tags, tag, "type");
  fm_str href = fm_take_address(tags, piece, fm_tag_get(tags, tag, "href"));
  if (!href.len)
    return;
  if (!rel.len || fm_str_ieq(rel, FM_STR("alternate"))) {
    bool page = !type.len || fm_str_starts(type, FM_STR("text/html")) ||
                fm_str_starts(type, FM_STR("application/xhtml"));
    set_link(tags, href, page ? 5 : 3);
    return;
  }
  for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
    if (fm_str_ieq(rel, fm_str_of(passed[i])))
      fm_draft_link(tags->job, passed[i], fm_feed_keep(tags->job, href),
                    fm_feed_line(tags->job, type), fm_take_attribute(tags, tag, "title"));
  if (fm_str_ieq(rel, FM_STR("replies")))
    take_replies_count(tags, tag);
}

FM_TAKE(take_link)
{
  if (piece->how == FM_CONSTRUCT_NONE && tag->count)
    take_atom_link(tags, tag, piece);
  else if (piece->how != FM_CONSTRUCT_TREE)
    set_link(tags, fm_take_address(tags, piece, fm_construct_text(tags->job, piece)), rank);
}

static void set_id(fm_tags *tags, fm_str id, unsigned rank)
{
  fm_draft *d = &tags->job->draft;
  if (!id.len || rank <= d->id_rank)
    return;
  d->id = id;
  d->id_rank = rank;
}

FM_TAKE(take_id)
{
  set_id(tags, fm_take_line(tags, piece), rank);
}

static bool looks_like_address(fm_str id)
{
  return fm_str_starts(id, FM_STR("http")) || fm_str_starts(id, FM_STR("/"));
}

/* It is the entry's address unless it says that it is not. */
FM_TAKE(take_guid)
{
  set_id(tags, fm_take_line(tags, piece), rank);
  if (!fm_str_ieq(fm_tag_get(tags, tag, "isPermaLink"), FM_STR("false")) &&
      looks_like_address(tags->job->draft.id))
    set_link(tags, fm_take_address(tags, piece, tags->job->draft.id), 1);
}

FM_TAKE(take_published)
{
  fm_draft_date(&tags->job->draft, false, fm_take_line(tags, piece), rank);
}

FM_TAKE(take_updated)
{
  fm_draft_date(&tags->job->draft, true, fm_take_line(tags, piece), rank);
}

FM_TAKE(take_author)
{
  fm_draft_author(tags->job, fm_take_line(tags, piece));
}

FM_TAKE(take_category)
{
  fm_str term = fm_take_attribute(tags, tag, "term"), label = fm_take_attribute(tags, tag, "label");
  fm_str scheme = fm_take_attribute(tags, tag, "scheme");
  if (!term.len)
    term = fm_take_line(tags, piece);
  if (!scheme.len)
    scheme = fm_take_attribute(tags, tag, "domain");
  if (!label.len)
    label = fm_take_attribute(tags, tag, "text");
  fm_draft_category(tags->job, term, scheme, label);
}

/* Words with commas between them. */
FM_TAKE(take_keywords)
{
  fm_str rest = fm_take_line(tags, piece), word, none = {NULL, 0};
  while (fm_str_cut(&rest, ',', &word))
    fm_draft_category(tags->job, fm_str_trim(word), none, none);
}

FM_TAKE(take_enclosure)
{
  fm_str url = fm_tag_get(tags, tag, "url");
  url = fm_take_address(tags, piece, url.len ? url : fm_tag_get(tags, tag, "rdf:resource"));
  add_link(tags, "enclosure", url, fm_take_attribute(tags, tag, "type"));
}

FM_TAKE(take_comments)
{
  double count;
  fm_str text = fm_take_line(tags, piece);
  if (tag->ns != FM_NS_RSS) {
    if (fm_feed_number(text, &count))
      fm_draft_number(tags->job, FM_STR("comments"), count);
    return;
  }
  add_link(tags, "replies", fm_take_address(tags, piece, text), FM_STR("text/html"));
}

FM_TAKE(take_rights)
{
  tags->job->draft.rights = fm_take_line(tags, piece);
}

static void set_image(fm_tags *tags, const fm_construct *piece, fm_str reference)
{
  fm_str url = fm_take_address(tags, piece, reference);
  if (fm_url_usable(url) && !tags->job->draft.image.len)
    tags->job->draft.image = fm_feed_keep(tags->job, url);
}

FM_TAKE(take_image)
{
  fm_str href = fm_tag_get(tags, tag, "href");
  set_image(tags, piece, href.len ? href : fm_tag_get(tags, tag, "url"));
}

/* media:content: what it is is told by its type, or its medium. */
FM_TAKE(take_media)
{
  fm_str type = fm_take_attribute(tags, tag, "type"), medium = fm_tag_get(tags, tag, "medium");
  fm_str url = fm_tag_get(tags, tag, "url");
  if (fm_str_is(medium, "image") || fm_str_starts(type, FM_STR("image/")))
    set_image(tags, piece, url);
  else if (type.len || medium.len)
    add_link(tags, "enclosure", fm_take_address(tags, piece, url), type);
}

/* media:statistics views=, media:starRating count= average= */
FM_TAKE(take_figures)
{
  static const char *const names[][2] = {
    {"views", "views"}, {"favorites", "favorites"}, {"count", "ratings"}, {"average", "rating"}};
  double value;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fm_feed_number(fm_tag_get(tags, tag, names[i][0]), &value))
      fm_draft_number(tags->job, fm_str_of(names[i][1]), value);
}

/* Seconds, or hours:minutes:seconds. */
FM_TAKE(take_duration)
{
  fm_str rest = fm_take_line(tags, piece), part;
  double seconds = 0, n;
  while (fm_str_cut(&rest, ':', &part)) {
    if (!fm_feed_number(part, &n) || n < 0)
      return;
    seconds = seconds * 60 + n;
  }
  fm_draft_number(tags->job, FM_STR("duration"), seconds);
}

/* An element that nobody here knows, whose text is a number. */
FM_TAKE(take_number)
{
  double value;
  if (piece->how == FM_CONSTRUCT_REFS && fm_feed_number(piece->raw, &value))
    fm_draft_number(tags->job, tag->local, value);
}

/* ---- people as elements ---- */

/* The one who is being read stands last among the authors. */
static fm_person *last_author(fm_feed_job *job)
{
  fm_draft *d = &job->draft;
  return d->authors.count ? &d->authors.items[d->authors.count - 1] : NULL;
}

FM_TAKE(take_person_part)
{
  fm_person *person = last_author(tags->job);
  if (person)
    fm_take_person_part(tags, tag, piece, person);
}

/* An empty one, whose parts come; if none do, it is left out at the end. */
FM_TAKE(open_person)
{
  fm_draft *d = &tags->job->draft;
  *FM_PUSH(&tags->job->arena, d->authors.items, d->authors.count, d->authors.cap) =
    (fm_person){.name = {NULL, 0}};
}

FM_TAKE(take_group)
{
}

/* ---- the tables, by namespace ---- */

static const fm_row entry_rss[] = {
  FM_ROW("title", take_title, 5),         FM_ROW("link", take_link, 4),
  FM_ROW("description", take_description, 5), FM_ROW("guid", take_guid, 5),
  FM_ROW("pubDate", take_published, 5),   FM_ROW("category", take_category, 0),
  FM_ROW("author", take_author, 0),       FM_ROW("enclosure", take_enclosure, 0),
  FM_ROW("comments", take_comments, 0),   FM_ROW("date", take_published, 2), {0}};
static const fm_row entry_atom[] = {
  FM_ROW("title", take_title, 4),         FM_ROW("link", take_link, 4),
  FM_ROW("id", take_id, 4),               FM_ROW("updated", take_updated, 5),
  FM_ROW("published", take_published, 4), {"author", open_person, 0, FM_IN_PERSON},
  FM_ROW("category", take_category, 0),   FM_ROW("content", take_content, 6),
  FM_ROW("summary", take_summary, 4),     FM_ROW("rights", take_rights, 0),
  FM_ROW("issued", take_published, 4),    FM_ROW("created", take_published, 3),
  FM_ROW("modified", take_updated, 4),    FM_ROW("copyright", take_rights, 0), {0}};
static const fm_row entry_content[] = {FM_ROW("encoded", take_encoded, 7), {0}};
static const fm_row entry_xhtml[] = {
  FM_ROW("body", take_encoded, 5), FM_ROW("div", take_encoded, 4), {0}};
static const fm_row entry_dc[] = {
  FM_ROW("creator", take_author, 0),        FM_ROW("date", take_published, 3),
  FM_ROW("subject", take_category, 0),      FM_ROW("title", take_title, 2),
  FM_ROW("description", take_description, 2), FM_ROW("identifier", take_id, 2),
  FM_ROW("rights", take_rights, 0), {0}};
static const fm_row entry_terms[] = {
  FM_ROW("issued", take_published, 3),  FM_ROW("created", take_published, 2),
  FM_ROW("modified", take_updated, 3),  FM_ROW("abstract", take_description, 3),
  FM_ROW("creator", take_author, 0), {0}};
static const fm_row entry_media[] = {
  {"group", take_group, 0, FM_IN_MEDIA},     {"content", take_media, 0, FM_IN_MEDIA},
  {"community", take_group, 0, FM_IN_MEDIA}, FM_ROW("thumbnail", take_image, 0),
  FM_ROW("title", take_title, 1),              FM_ROW("description", take_description, 1),
  FM_ROW("keywords", take_keywords, 0),        FM_ROW("statistics", take_figures, 0),
  FM_ROW("starRating", take_figures, 0), {0}};
static const fm_row entry_itunes[] = {
  FM_ROW("author", take_author, 0),      FM_ROW("image", take_image, 0),
  FM_ROW("summary", take_description, 3), FM_ROW("subtitle", take_description, 1),
  FM_ROW("duration", take_duration, 0),  FM_ROW("keywords", take_keywords, 0),
  FM_ROW("title", take_title, 1), {0}};
static const fm_row entry_slash[] = {FM_ROW("comments", take_comments, 0), {0}};
static const fm_row entry_thread[] = {FM_ROW("total", take_comments, 0), {0}};
static const fm_row entry_feedburner[] = {FM_ROW("origLink", take_link, 6), {0}};
static const fm_row person_rows[] = {
  FM_ROW("name", take_person_part, 0), FM_ROW("email", take_person_part, 0),
  FM_ROW("uri", take_person_part, 0),  FM_ROW("url", take_person_part, 0), {0}};
static const fm_row *const entry_tables[FM_NS_COUNT] = {
  [FM_NS_RSS] = entry_rss,       [FM_NS_ATOM] = entry_atom,     [FM_NS_CONTENT] = entry_content,
  [FM_NS_DC] = entry_dc,         [FM_NS_TERMS] = entry_terms,   [FM_NS_MEDIA] = entry_media,
  [FM_NS_ITUNES] = entry_itunes, [FM_NS_SLASH] = entry_slash,   [FM_NS_THREAD] = entry_thread,
  [FM_NS_XHTML] = entry_xhtml,   [FM_NS_FEEDBURNER] = entry_feedburner};

const fm_row fm_tags_number_row = {"", take_number, 0, FM_IN_NOTHING};

const fm_row *fm_tags_entry_rows(enum fm_where where, enum fm_ns ns)
{
  return where == FM_IN_PERSON ? person_rows : entry_tables[ns];
}

void fm_tags_entry_end(fm_tags *tags, enum fm_where where)
{
  if (where == FM_IN_ENTRY)
    fm_feed_finish_entry(tags->job);
  fm_person *person = where == FM_IN_PERSON ? last_author(tags->job) : NULL;
  if (person) {
    fm_person whole = *person;
    tags->job->draft.authors.count--;
    fm_draft_person(tags->job, &whole);
  }
}
