/* What the elements of the feed itself mean, and where its entries begin. */
#include "base/str.h"
#include "feed/valid.h"
#include "source/feed_in/tags.h"

/* ---- of the feed ---- */

static void take_head(fm_str *at, unsigned *have, unsigned rank, fm_str text)
{
  if (!text.len || rank <= *have)
    return;
  *at = text;
  *have = rank;
}

FM_TAKE(head_title)
{
  fm_draft title = FM_DRAFT_EMPTY;
  enum fm_construct_type preset = tag->ns == FM_NS_ATOM ? FM_TYPE_TEXT : FM_TYPE_GUESS;
  fm_draft_construct(&title.title, piece, fm_take_type(tags, tag, preset), 1);
  if (!tags->job->feed->title.len)
    tags->job->feed->title = fm_construct_line(tags->job, &title.title);
}

FM_TAKE(head_subtitle)
{
  fm_construct copy = *piece;
  copy.form = fm_take_type(tags, tag, tag->ns == FM_NS_ATOM ? FM_TYPE_TEXT : FM_TYPE_GUESS);
  take_head(&tags->job->feed->subtitle, &tags->job->subtitle_rank, rank,
            fm_construct_line(tags->job, &copy));
}

FM_TAKE(head_link)
{
  fm_str href = fm_tag_get(tags, tag, "href"), rel = fm_tag_get(tags, tag, "rel");
  fm_str type = fm_tag_get(tags, tag, "type");
  if (rel.len && !fm_str_ieq(rel, FM_STR("alternate")))
    return;
  if (piece->how != FM_CONSTRUCT_NONE && piece->how != FM_CONSTRUCT_TREE && !href.len)
    href = fm_construct_text(tags->job, piece);
  else if (type.len && !fm_str_starts(type, FM_STR("text/html")))
    rank = 1;
  take_head(&tags->job->feed->link, &tags->job->link_rank, rank,
            fm_feed_keep(tags->job, fm_take_address(tags, piece, href)));
}

FM_TAKE(head_id)
{
  tags->job->own_id = fm_take_line(tags, piece);
}

FM_TAKE(head_language)
{
  fm_str language = fm_take_line(tags, piece);
  if (fm_valid_language(language))
    tags->job->feed->language = language;
}

FM_TAKE(head_author)
{
  fm_feed_job *job = tags->job;
  if (rank <= job->author_rank)
    return;
  fm_draft entry = job->draft;
  job->draft = FM_DRAFT_EMPTY;
  fm_draft_author(job, fm_take_line(tags, piece));
  if (job->draft.authors.count) {
    job->feed->author = job->draft.authors.items[0];
    job->author_rank = rank;
  }
  job->draft = entry;
}

FM_TAKE(head_icon)
{
  tags->job->feed->icon =
    fm_feed_keep(tags->job, fm_take_address(tags, piece, fm_construct_text(tags->job, piece)));
}

FM_TAKE(head_logo)
{
  fm_str href = fm_tag_get(tags, tag, "href");
  if (!href.len && piece->how != FM_CONSTRUCT_TREE)
    href = fm_construct_text(tags->job, piece);
  if (!tags->job->feed->logo.len)
    tags->job->feed->logo = fm_feed_keep(tags->job, fm_take_address(tags, piece, href));
}

FM_TAKE(take_owner_part)
{
  fm_take_person_part(tags, tag, piece, &tags->job->feed->author);
}

/* ---- what begins ---- */

FM_TAKE(open_shell)
{
}

FM_TAKE(open_head)
{
  fm_str language = fm_tag_get(tags, tag, "xml:lang");
  if (fm_valid_language(language))
    tags->job->feed->language = fm_feed_keep(tags->job, language);
}

FM_TAKE(open_entry)
{
  fm_feed_finish_entry(tags->job); /* one that was never closed */
  fm_draft *d = &tags->job->draft;
  d->id = fm_take_attribute(tags, tag, "rdf:about");
  d->id_rank = d->id.len ? rank : 0;
}

/* ---- the tables, by place and namespace ---- */

static const fm_row root_rows[] = {
  {"rss", open_shell, 0, FM_IN_SHELL},   {"rdf", open_shell, 0, FM_IN_SHELL},
  {"feed", open_head, 0, FM_IN_HEAD},    {"channel", open_head, 0, FM_IN_HEAD},
  {"entry", open_entry, 1, FM_IN_ENTRY}, {0}};
static const fm_row shell_rows[] = {
  {"channel", open_head, 0, FM_IN_HEAD}, {"item", open_entry, 1, FM_IN_ENTRY},
  {"image", open_shell, 0, FM_IN_IMAGE}, {"entry", open_entry, 1, FM_IN_ENTRY}, {0}};
static const fm_row head_rss[] = {
  FM_ROW("title", head_title, 0),        FM_ROW("link", head_link, 3),
  FM_ROW("description", head_subtitle, 3), FM_ROW("language", head_language, 0),
  {"image", open_shell, 0, FM_IN_IMAGE}, {"item", open_entry, 1, FM_IN_ENTRY},
  FM_ROW("managingEditor", head_author, 2), {0}};
static const fm_row head_atom[] = {
  FM_ROW("title", head_title, 0),       FM_ROW("link", head_link, 2),
  FM_ROW("subtitle", head_subtitle, 3), FM_ROW("tagline", head_subtitle, 3),
  FM_ROW("id", head_id, 0),             {"author", open_shell, 0, FM_IN_OWNER},
  FM_ROW("icon", head_icon, 0),         FM_ROW("logo", head_logo, 0),
  {"entry", open_entry, 1, FM_IN_ENTRY}, {0}};
static const fm_row head_dc[] = {
  FM_ROW("creator", head_author, 3), FM_ROW("language", head_language, 0), {0}};
static const fm_row head_itunes[] = {
  FM_ROW("author", head_author, 1), FM_ROW("image", head_logo, 0),
  FM_ROW("subtitle", head_subtitle, 1), FM_ROW("summary", head_subtitle, 1), {0}};
static const fm_row owner_rows[] = {
  FM_ROW("name", take_owner_part, 0), FM_ROW("email", take_owner_part, 0),
  FM_ROW("uri", take_owner_part, 0),  FM_ROW("url", take_owner_part, 0), {0}};
static const fm_row image_rows[] = {FM_ROW("url", head_logo, 0), {0}};
static const fm_row *const head_tables[FM_NS_COUNT] = {
  [FM_NS_RSS] = head_rss, [FM_NS_ATOM] = head_atom, [FM_NS_DC] = head_dc,
  [FM_NS_ITUNES] = head_itunes};

const fm_row *fm_tags_head_rows(enum fm_where where, enum fm_ns ns)
{
  bool own = ns == FM_NS_RSS || ns == FM_NS_ATOM || ns == FM_NS_RDF || ns == FM_NS_OTHER;
  switch (where) {
    case FM_IN_NOTHING: return own ? root_rows : NULL;
    case FM_IN_SHELL: return own ? shell_rows : NULL;
    case FM_IN_HEAD: return head_tables[ns];
    case FM_IN_OWNER: return owner_rows;
    case FM_IN_IMAGE: return image_rows;
    default: return NULL;
  }
}
