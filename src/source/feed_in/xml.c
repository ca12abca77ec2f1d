/* RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, in whatever mixture: what an element
 * means is told by its namespace, its name and where it stands. */
#include "base/str.h"
#include "source/feed_in/tags.h"

/* A text that lasts, on one line. */
fm_str fm_take_line(fm_tags *tags, const fm_construct *piece)
{
  return fm_construct_line(tags->job, piece);
}

fm_str fm_take_attribute(fm_tags *tags, const fm_tag *tag, const char *attribute)
{
  return fm_feed_line(tags->job, fm_tag_get(tags, tag, attribute));
}

fm_str fm_take_address(fm_tags *tags, const fm_construct *piece, fm_str reference)
{
  return fm_feed_address(tags->job, piece->base, reference);
}

/* How a text construct of Atom says what it is (RFC 4287 section 3.1.1, and 0.3). */
enum fm_construct_type fm_take_type(fm_tags *tags, const fm_tag *tag, enum fm_construct_type preset)
{
  fm_str type = fm_tag_get(tags, tag, "type"), mode = fm_tag_get(tags, tag, "mode");
  if (!type.len && !mode.len)
    return preset;
  if (fm_str_is(mode, "escaped") && (!type.len || fm_str_ieq(type, FM_STR("text/plain"))))
    return FM_TYPE_GUESS; /* what 0.3 says and what its feeds held were two things */
  if (fm_str_ieq(type, FM_STR("html")))
    return FM_TYPE_HTML;
  if (fm_str_ieq(type, FM_STR("xhtml")) || fm_str_ieq(type, FM_STR("application/xhtml+xml")))
    return FM_TYPE_XHTML;
  return fm_str_ieq(type, FM_STR("text/html")) ? FM_TYPE_HTML : FM_TYPE_TEXT;
}

void fm_take_person_part(fm_tags *tags, const fm_tag *tag, const fm_construct *piece, fm_person *person)
{
  fm_str *at = fm_str_ieq(tag->local, FM_STR("name"))    ? &person->name
               : fm_str_ieq(tag->local, FM_STR("email")) ? &person->email
                                                         : &person->uri;
  *at = fm_take_line(tags, piece);
  if (at == &person->uri)
    *at = fm_feed_keep(tags->job, fm_take_address(tags, piece, *at));
}

/* ---- the walk ---- */

static const fm_row *row_of(enum fm_where where, const fm_tag *tag)
{
  bool entry = where >= FM_IN_ENTRY && where <= FM_IN_ORIGIN_PERSON;
  const fm_row *at = entry ? fm_tags_entry_rows(where, tag->ns) : fm_tags_head_rows(where, tag->ns);
  for (; at && at->name; at++)
    if ((*at->name | 0x20) == (*tag->local.ptr | 0x20) &&
        fm_str_ieq(tag->local, fm_str_of(at->name)))
      return at;
  return where == FM_IN_ENTRY && tag->ns == FM_NS_OTHER ? &fm_tags_number_row : NULL;
}

static void leave(fm_tags *tags)
{
  fm_frame *frame = &tags->frames[--tags->depth];
  fm_tags_leave(tags, frame->scopes);
  fm_tags_entry_end(tags, frame->where);
}

static void enter(fm_tags *tags, const fm_tag *tag, enum fm_where where, size_t scopes)
{
  if (tags->depth == FM_TAGS_DEPTH) {
    fm_tags_leave(tags, scopes);
    fm_tags_entry_end(tags, where);
    return;
  }
  fm_str base = fm_tag_base(tags, tag);
  tags->frames[tags->depth++] =
    (fm_frame){.where = where, .name = tag->name, .scopes = scopes, .base = base};
  if (tag->empty)
    leave(tags);
}

/* An entry that begins within another: that one was not closed. */
static void close_entry(fm_tags *tags, fm_str name)
{
  for (size_t i = tags->depth; i > 0; i--)
    if (tags->frames[i - 1].where == FM_IN_ENTRY && fm_str_ieq(tags->frames[i - 1].name, name)) {
      while (tags->depth >= i)
        leave(tags);
      return;
    }
}

/* The root tells what elements without a namespace are of. */
static void name_plain(fm_tags *tags, fm_tag *tag)
{
  bool atom = fm_str_is(tag->local, "feed") || fm_str_is(tag->local, "entry");
  tags->plain = atom ? FM_NS_ATOM : FM_NS_RSS;
  for (size_t i = 0; i < tags->nscopes; i++) /* a namespace of the root that nobody knows */
    if (!tags->scopes[i].prefix.len && tags->scopes[i].ns == FM_NS_OTHER)
      tags->scopes[i].ns = tags->plain;
  if (tag->ns == FM_NS_NONE || tag->ns == FM_NS_OTHER)
    tag->ns = tags->plain;
}

/* Atom 0.3, section 4.13.1: the same content in several forms. */
static bool is_multipart(fm_tags *tags, enum fm_where where, const fm_tag *tag)
{
  return where == FM_IN_ENTRY && tag->ns == FM_NS_ATOM && fm_str_is(tag->local, "content") &&
         fm_str_starts(fm_tag_get(tags, tag, "type"), FM_STR("multipart/"));
}

/* Elements of a podcast's namespaces are carried as they are beside what the model takes of
 * them, for the model cannot say all of it; others where the model has no place for them. */
static bool is_carried(enum fm_where where, const fm_tag *tag, const fm_row *row)
{
  bool podcast = tag->ns == FM_NS_ITUNES || tag->ns == FM_NS_PLAY;
  bool place = where == FM_IN_ENTRY || where == FM_IN_HEAD;
  return place && tag->carried && (podcast || !row || row == &fm_tags_number_row);
}

static void carry(fm_tags *tags, const fm_tag *tag, const fm_row *row, size_t scopes)
{
  fm_construct piece = fm_tags_construct(tags, tag);
  if (row && row->into == FM_IN_NOTHING)
    row->take(tags, tag, &piece, row->rank);
  fm_tags_carry(tags, tag);
  fm_tags_leave(tags, scopes);
}

/* False: this root is of no feed. */
static bool on_start(fm_tags *tags, fm_str name)
{
  fm_tag tag;
  close_entry(tags, name);
  size_t scopes = tags->nscopes;
  if (!fm_tags_read(tags, name, &tag))
    return true;
  enum fm_where where = tags->depth ? tags->frames[tags->depth - 1].where : FM_IN_NOTHING;
  if (where == FM_IN_NOTHING)
    name_plain(tags, &tag);
  const fm_row *row = tag.local.len ? row_of(where, &tag) : NULL;
  if (is_carried(where, &tag, row)) {
    carry(tags, &tag, row, scopes);
    return true;
  }
  if (!row) {
    enter(tags, &tag, where == FM_IN_SHELL ? FM_IN_SHELL : FM_IN_OTHER, scopes);
    return where != FM_IN_NOTHING;
  }
  if (is_multipart(tags, where, &tag)) {
    enter(tags, &tag, FM_IN_MEDIA, scopes);
    return true;
  }
  fm_construct piece = {.base = {NULL, 0}};
  if (row->into == FM_IN_NOTHING)
    piece = fm_tags_construct(tags, &tag);
  else
    piece.base = fm_tag_base(tags, &tag);
  row->take(tags, &tag, &piece, row->rank);
  if (row->into == FM_IN_NOTHING)
    fm_tags_leave(tags, scopes);
  else
    enter(tags, &tag, row->into, scopes);
  return true;
}

/* An end tag closes what it names and all that was left open within; one that
 * names nothing open is passed over. */
static void on_end(fm_tags *tags, fm_str name)
{
  for (size_t i = tags->depth; i > 0; i--)
    if (fm_str_ieq(tags->frames[i - 1].name, name)) {
      while (tags->depth >= i)
        leave(tags);
      return;
    }
}

bool fm_feed_read_xml(fm_feed_job *job)
{
  fm_tags tags;
  fm_str text;
  enum fm_token mark;
  bool feed = false;
  tags.job = job;
  tags.in = (fm_markup){job->body.ptr, job->body.ptr + job->body.len, true};
  tags.plain = FM_NS_NONE;
  tags.nscopes = tags.depth = tags.picture_depth = 0;
  tags.person = (fm_person){.name = {NULL, 0}};
  job->to = &job->head;
  while ((mark = fm_markup_next(&tags.in, &text)) != FM_TOKEN_END) {
    if (mark == FM_TOKEN_OPEN && !on_start(&tags, text))
      break;
    feed |= mark == FM_TOKEN_OPEN;
    if (mark == FM_TOKEN_CLOSE)
      on_end(&tags, text);
  }
  job->to = &job->head;
  job->draft = FM_DRAFT_EMPTY; /* cut within an entry: the next time has all of it */
  return feed;
}
