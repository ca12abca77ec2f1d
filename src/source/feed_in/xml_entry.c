/* What the elements of an entry mean. */
#include "base/base64.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/valid.h"
#include "source/feed_in/charset.h"
#include "source/feed_in/tags.h"

/* ---- of an entry ---- */

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

static fm_construct undo_base64(fm_tags *tags, const fm_tag *tag, const fm_construct *piece)
{
  return fm_str_is(fm_tag_get(tags, tag, "mode"), "base64") ? decoded(tags, piece) : *piece;
}

FM_TAKE(take_title)
{
  enum fm_construct_type preset = tag->ns == FM_NS_ATOM ? FM_TYPE_TEXT : FM_TYPE_GUESS;
  fm_construct plain = undo_base64(tags, tag, piece);
  fm_draft_construct(&tags->job->to->title, &plain, fm_take_type(tags, tag, preset), rank);
}

FM_TAKE(take_description)
{
  fm_draft_construct(&tags->job->to->summary, piece, FM_TYPE_GUESS, rank);
}

FM_TAKE(take_encoded)
{
  fm_draft_construct(&tags->job->to->content, piece, FM_TYPE_HTML, rank);
}

FM_TAKE(take_summary)
{
  fm_construct plain = undo_base64(tags, tag, piece);
  fm_draft_construct(&tags->job->to->summary, &plain, fm_take_type(tags, tag, FM_TYPE_TEXT), rank);
}

static void add_link(fm_tags *tags, const char *rel, fm_str href, fm_str type)
{
  fm_draft_link(tags->job, &(fm_link){.rel = fm_str_of(rel), .type = type,
                                      .href = fm_feed_keep(tags->job, href)});
}

static int64_t whole(fm_tags *tags, const fm_tag *tag, const char *attribute)
{
  double value;
  bool good = fm_feed_number(fm_tag_get(tags, tag, attribute), &value) && value > 0 && value < 1e15;
  return good ? (int64_t)value : 0;
}

/* Content of another kind than text stands elsewhere, or nowhere (section 4.1.3). */
FM_TAKE(take_content)
{
  fm_str type = fm_tag_get(tags, tag, "type");
  fm_str src = fm_take_address(tags, piece, fm_tag_get(tags, tag, "src"));
  enum fm_construct_type form = fm_take_type(tags, tag, FM_TYPE_TEXT);
  bool rich = form == FM_TYPE_HTML || form == FM_TYPE_XHTML; /* of several forms the one to have */
  fm_construct plain = undo_base64(tags, tag, piece);
  if (src.len)
    add_link(tags, "related", src, fm_take_attribute(tags, tag, "type"));
  else if (!memchr(type.ptr, '/', type.len) || fm_str_starts(type, FM_STR("text/")) ||
           fm_str_ieq(type, FM_STR("application/xhtml+xml")))
    fm_draft_construct(&tags->job->to->content, &plain, form, rank + rich);
}

static void set_link(fm_tags *tags, fm_str href, unsigned rank)
{
  fm_draft *d = &tags->job->draft;
  if (!href.len || rank <= d->link_rank)
    return;
  d->link = fm_feed_keep(tags->job, href);
  d->link_id = fm_feed_keep(tags->job, fm_feed_old_address(tags->job, href));
  d->link_rank = rank;
}

static void take_replies_count(fm_tags *tags, const fm_tag *tag)
{
  double count;
  if (fm_feed_number(fm_tag_get(tags, tag, "thr:count"), &count))
    fm_draft_number(tags->job, FM_STR("comments"), count);
}

/* The relation without the registry's address (RFC 4287 section 4.2.7.2), lower case. */
static fm_str relation(fm_tags *tags, const fm_tag *tag)
{
  static const fm_str registry = {"http://www.iana.org/assignments/relation/", 41};
  fm_str rel = fm_str_trim(fm_tag_get(tags, tag, "rel"));
  return fm_str_starts(rel, registry) ? fm_str_from(rel, registry.len) : rel;
}

/* <link rel= href=> of Atom, wherever it stands. */
static void take_atom_link(fm_tags *tags, const fm_tag *tag, const fm_construct *piece)
{
  static const char *const passed[] = {"related", "enclosure", "via", "replies", "license"};
  fm_str rel = relation(tags, tag), type = fm_tag_get(tags, tag, "type");
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
      fm_draft_link(tags->job,
                    &(fm_link){.rel = fm_str_of(passed[i]), .href = fm_feed_keep(tags->job, href),
                               .type = fm_feed_line(tags->job, type),
                               .title = fm_take_attribute(tags, tag, "title"),
                               .language = fm_take_attribute(tags, tag, "hreflang"),
                               .length = whole(tags, tag, "length")});
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
  fm_draft_date(tags->job, false, fm_take_line(tags, piece), rank);
}

FM_TAKE(take_updated)
{
  fm_draft_date(tags->job, true, fm_take_line(tags, piece), rank);
}

FM_TAKE(take_author)
{
  fm_draft_author(tags->job, fm_take_line(tags, piece));
}

FM_TAKE(take_contributor)
{
  fm_person person = fm_feed_person(fm_take_line(tags, piece));
  fm_draft_contributor(tags->job, &person);
}

FM_TAKE(take_language)
{
  fm_str language = fm_take_line(tags, piece);
  if (fm_valid_language(language))
    tags->job->to->language = language;
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
  fm_str type = fm_take_attribute(tags, tag, "type");
  fm_draft_link(tags->job, &(fm_link){.rel = FM_STR("enclosure"),
                                      .href = fm_feed_keep(tags->job, url),
                                      .type = type.len ? type : fm_feed_type_of(url),
                                      .length = whole(tags, tag, "length")});
}

/* The enclosure's own address behind FeedBurner's. */
FM_TAKE(take_original)
{
  fm_str url = fm_take_address(tags, piece, fm_take_line(tags, piece));
  fm_draft *d = tags->job->to;
  for (size_t i = 0; url.len && i < d->links.count; i++)
    if (fm_str_is(d->links.items[i].rel, "enclosure")) {
      d->links.items[i].href = fm_feed_keep(tags->job, url);
      return;
    }
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
  tags->job->to->rights = fm_take_line(tags, piece);
}

static void add_image(fm_tags *tags, const fm_tag *tag, fm_str url, bool thumbnail)
{
  if (fm_url_usable(url))
    fm_draft_image(tags->job,
                   &(fm_image){.href = fm_feed_keep(tags->job, url),
                               .type = fm_take_attribute(tags, tag, "type"),
                               .alt = fm_take_attribute(tags, tag, "alt"),
                               .width = whole(tags, tag, "width"),
                               .height = whole(tags, tag, "height")},
                   thumbnail);
}

FM_TAKE(take_image)
{
  fm_str href = fm_tag_get(tags, tag, "href");
  href = fm_take_address(tags, piece, href.len ? href : fm_tag_get(tags, tag, "url"));
  add_image(tags, tag, href, rank > 0);
}

static bool is_of(fm_str type, const char *family) { return fm_str_starts(type, fm_str_of(family)); }

/* media:content: its type or medium tells what it is, else its address; without any of them
 * something that has a width alone is a picture. */
FM_TAKE(take_media)
{
  fm_str type = fm_take_attribute(tags, tag, "type"), medium = fm_tag_get(tags, tag, "medium");
  fm_str url = fm_take_address(tags, piece, fm_tag_get(tags, tag, "url"));
  if (!type.len && !medium.len)
    type = fm_feed_type_of(url);
  bool bare = !type.len && !medium.len && whole(tags, tag, "width") && !whole(tags, tag, "duration");
  tags->picture_depth = 0;
  if (fm_str_is(medium, "image") || is_of(type, "image/") || bare) {
    add_image(tags, tag, url, false);
    tags->picture_depth = tag->empty ? 0 : tags->depth + 1;
  } else if (url.len && (type.len || medium.len)) {
    fm_draft_link(tags->job, &(fm_link){.rel = FM_STR("enclosure"), .type = type,
                                        .href = fm_feed_keep(tags->job, url),
                                        .length = whole(tags, tag, "fileSize"),
                                        .duration = whole(tags, tag, "duration")});
  }
}

/* Within a picture's media:content it is the picture's alternative text. */
FM_TAKE(take_media_description)
{
  fm_draft *d = tags->job->to;
  if (!tags->picture_depth || tags->picture_depth != tags->depth || !d->images.count) {
    fm_draft_construct(&d->summary, piece, FM_TYPE_GUESS, rank);
    return;
  }
  fm_image *image = &d->images.items[d->images.count - 1].image;
  if (!image->alt.len)
    image->alt = fm_take_line(tags, piece);
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
  if (seconds > 0 && seconds < 1e9)
    tags->job->to->duration = (int64_t)seconds;
}

/* An element that nobody here knows, whose text is a number. */
FM_TAKE(take_number)
{
  double value;
  if (piece->how == FM_CONSTRUCT_REFS && fm_feed_number(piece->raw, &value))
    fm_draft_number(tags->job, tag->local, value);
}

/* ---- people as elements ---- */

FM_TAKE(take_person_part)
{
  fm_take_person_part(tags, tag, piece, &tags->person);
}

/* An empty one, whose parts come. */
FM_TAKE(open_person)
{
  tags->person = (fm_person){.name = {NULL, 0}};
}

FM_TAKE(take_group)
{
}

/* ---- where it was first published (RFC 4287 section 4.2.11) ---- */

FM_TAKE(origin_id)
{
  tags->job->to->origin.id = fm_take_line(tags, piece);
}

FM_TAKE(origin_title)
{
  tags->job->to->origin.title = fm_take_line(tags, piece);
}

FM_TAKE(origin_updated)
{
  fm_feed_time(tags->job, fm_take_line(tags, piece), &tags->job->to->origin.updated);
}

FM_TAKE(origin_link)
{
  fm_str rel = relation(tags, tag);
  fm_str href = fm_take_address(tags, piece, fm_tag_get(tags, tag, "href"));
  href = fm_feed_keep(tags->job, href);
  if (fm_str_ieq(rel, FM_STR("self")))
    tags->job->to->origin.href = href;
  else if (!rel.len || fm_str_ieq(rel, FM_STR("alternate")))
    tags->job->to->origin.link = href;
}

/* <source url="...">Title</source> of RSS. */
FM_TAKE(take_source)
{
  fm_str url = fm_take_address(tags, piece, fm_tag_get(tags, tag, "url"));
  tags->job->to->origin.title = fm_take_line(tags, piece);
  tags->job->to->origin.href = fm_feed_keep(tags->job, url);
}

/* ---- the tables, by namespace ---- */

static const fm_row entry_rss[] = {
  FM_ROW("title", take_title, 5),         FM_ROW("link", take_link, 4),
  FM_ROW("description", take_description, 5), FM_ROW("guid", take_guid, 5),
  FM_ROW("pubDate", take_published, 5),   FM_ROW("category", take_category, 0),
  FM_ROW("author", take_author, 0),       FM_ROW("enclosure", take_enclosure, 0),
  FM_ROW("comments", take_comments, 0),   FM_ROW("date", take_published, 2),
  FM_ROW("source", take_source, 0),
  /* what Atom calls so, without its namespace */
  FM_ROW("summary", take_description, 2), FM_ROW("content", take_encoded, 3),
  FM_ROW("body", take_encoded, 2),        FM_ROW("published", take_published, 4),
  FM_ROW("issued", take_published, 3),    FM_ROW("created", take_published, 1),
  FM_ROW("updated", take_updated, 4),     FM_ROW("modified", take_updated, 3),
  FM_ROW("id", take_id, 3),               FM_ROW("contributor", take_contributor, 0), {0}};
static const fm_row entry_atom[] = {
  FM_ROW("title", take_title, 4),         FM_ROW("link", take_link, 4),
  FM_ROW("id", take_id, 4),               FM_ROW("updated", take_updated, 5),
  FM_ROW("published", take_published, 4), {"author", open_person, 0, FM_IN_PERSON},
  FM_ROW("category", take_category, 0),   FM_ROW("content", take_content, 6),
  FM_ROW("summary", take_summary, 4),     FM_ROW("rights", take_rights, 0),
  FM_ROW("issued", take_published, 4),    FM_ROW("created", take_published, 3),
  FM_ROW("modified", take_updated, 4),    FM_ROW("copyright", take_rights, 0),
  {"contributor", open_person, 0, FM_IN_HELPER}, {"source", take_group, 0, FM_IN_ORIGIN}, {0}};
static const fm_row entry_content[] = {FM_ROW("encoded", take_encoded, 7), {0}};
static const fm_row entry_xhtml[] = {
  FM_ROW("body", take_encoded, 5), FM_ROW("div", take_encoded, 4), {0}};
static const fm_row entry_dc[] = {
  FM_ROW("creator", take_author, 0),        FM_ROW("date", take_published, 3),
  FM_ROW("subject", take_category, 0),      FM_ROW("title", take_title, 2),
  FM_ROW("description", take_description, 2), FM_ROW("identifier", take_id, 2),
  FM_ROW("rights", take_rights, 0),         FM_ROW("contributor", take_contributor, 0),
  FM_ROW("author", take_author, 0),         FM_ROW("language", take_language, 0), {0}};
static const fm_row entry_terms[] = {
  FM_ROW("issued", take_published, 3),  FM_ROW("created", take_published, 2),
  FM_ROW("modified", take_updated, 3),  FM_ROW("abstract", take_description, 3),
  FM_ROW("creator", take_author, 0), {0}};
static const fm_row entry_media[] = {
  {"group", take_group, 0, FM_IN_MEDIA},     {"content", take_media, 0, FM_IN_MEDIA},
  {"community", take_group, 0, FM_IN_MEDIA}, FM_ROW("thumbnail", take_image, 1),
  FM_ROW("title", take_title, 1),              FM_ROW("description", take_media_description, 1),
  FM_ROW("category", take_category, 0),
  FM_ROW("keywords", take_keywords, 0),        FM_ROW("statistics", take_figures, 0),
  FM_ROW("starRating", take_figures, 0), {0}};
static const fm_row entry_itunes[] = {
  FM_ROW("author", take_author, 0),      FM_ROW("image", take_image, 0),
  FM_ROW("summary", take_description, 3), FM_ROW("subtitle", take_description, 1),
  FM_ROW("duration", take_duration, 0),  FM_ROW("keywords", take_keywords, 0),
  FM_ROW("title", take_title, 1),        FM_ROW("category", take_category, 0), {0}};
static const fm_row entry_play[] = {
  FM_ROW("author", take_author, 0), FM_ROW("image", take_image, 0),
  FM_ROW("description", take_description, 2), FM_ROW("category", take_category, 0), {0}};
static const fm_row entry_slash[] = {FM_ROW("comments", take_comments, 0), {0}};
static const fm_row entry_thread[] = {FM_ROW("total", take_comments, 0), {0}};
static const fm_row entry_feedburner[] = {
  FM_ROW("origLink", take_link, 6), FM_ROW("origEnclosureLink", take_original, 0), {0}};
static const fm_row person_rows[] = {
  FM_ROW("name", take_person_part, 0), FM_ROW("email", take_person_part, 0),
  FM_ROW("uri", take_person_part, 0),  FM_ROW("url", take_person_part, 0), {0}};
static const fm_row origin_rows[] = {
  FM_ROW("id", origin_id, 0), FM_ROW("title", origin_title, 0), FM_ROW("link", origin_link, 0),
  FM_ROW("updated", origin_updated, 0), {"author", open_person, 0, FM_IN_ORIGIN_PERSON}, {0}};
static const fm_row *const entry_tables[FM_NS_COUNT] = {
  [FM_NS_RSS] = entry_rss,       [FM_NS_ATOM] = entry_atom,     [FM_NS_CONTENT] = entry_content,
  [FM_NS_DC] = entry_dc,         [FM_NS_TERMS] = entry_terms,   [FM_NS_MEDIA] = entry_media,
  [FM_NS_ITUNES] = entry_itunes, [FM_NS_PLAY] = entry_play,     [FM_NS_SLASH] = entry_slash,
  [FM_NS_THREAD] = entry_thread, [FM_NS_XHTML] = entry_xhtml,
  [FM_NS_FEEDBURNER] = entry_feedburner};

const fm_row fm_tags_number_row = {"", take_number, 0, FM_IN_NOTHING};

const fm_row *fm_tags_entry_rows(enum fm_where where, enum fm_ns ns)
{
  if (where == FM_IN_ORIGIN)
    return ns == FM_NS_ATOM ? origin_rows : NULL;
  bool person = where == FM_IN_PERSON || where == FM_IN_HELPER || where == FM_IN_ORIGIN_PERSON;
  return person ? person_rows : entry_tables[ns];
}

void fm_tags_entry_end(fm_tags *tags, enum fm_where where)
{
  fm_feed_job *job = tags->job;
  if (where == FM_IN_ENTRY) {
    fm_feed_finish_entry(job);
    job->to = &job->head;
  } else if (where == FM_IN_PERSON && job->to == &job->head) {
    fm_head_person(job, &tags->person, FM_HEAD_AUTHOR);
  } else if (where == FM_IN_PERSON) {
    fm_draft_person(job, &tags->person);
  } else if (where == FM_IN_HELPER) {
    fm_draft_contributor(job, &tags->person);
  } else if (where == FM_IN_ORIGIN_PERSON && job->to->origin_authors.count < FM_FEED_AUTHORS_MAX &&
             tags->person.name.len) {
    *FM_PUSH(&job->arena, job->to->origin_authors.items, job->to->origin_authors.count,
             job->to->origin_authors.cap) = tags->person;
  }
}
