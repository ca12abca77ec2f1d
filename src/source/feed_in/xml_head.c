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
  fm_construct copy = *piece;
  copy.form = fm_take_type(tags, tag, tag->ns == FM_NS_ATOM ? FM_TYPE_TEXT : FM_TYPE_GUESS);
  take_head(&tags->job->feed->title, &tags->job->title_rank, rank,
            fm_construct_line(tags->job, &copy));
}

FM_TAKE(head_subtitle)
{
  fm_construct copy = *piece;
  copy.form = fm_take_type(tags, tag, tag->ns == FM_NS_ATOM ? FM_TYPE_TEXT : FM_TYPE_GUESS);
  if (tags->job->plain_titles)
    copy.form = FM_TYPE_HTML;
  take_head(&tags->job->feed->subtitle, &tags->job->subtitle_rank, rank,
            fm_construct_line(tags->job, &copy));
}

/* Relations that hold wherever the feed is served; others are of the document that was read. */
static void keep_link(fm_tags *tags, const fm_tag *tag, const fm_construct *piece, fm_str rel)
{
  static const char *const kept[] = {"license", "related", "via", "payment"};
  fm_str href = fm_take_address(tags, piece, fm_tag_get(tags, tag, "href"));
  for (size_t i = 0; href.len && i < sizeof kept / sizeof *kept; i++)
    if (fm_str_ieq(rel, fm_str_of(kept[i])))
      fm_draft_link(tags->job, &(fm_link){.rel = fm_str_of(kept[i]),
                                          .href = fm_feed_keep(tags->job, href),
                                          .type = fm_take_attribute(tags, tag, "type"),
                                          .title = fm_take_attribute(tags, tag, "title")});
}

FM_TAKE(head_link)
{
  fm_str href = fm_tag_get(tags, tag, "href"), rel = fm_tag_get(tags, tag, "rel");
  fm_str type = fm_tag_get(tags, tag, "type");
  if (rel.len && !fm_str_ieq(rel, FM_STR("alternate"))) {
    keep_link(tags, tag, piece, rel);
    return;
  }
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

/* "en_US" is what programs call "en-US". */
static void set_language(fm_tags *tags, fm_str language)
{
  fm_str kept = fm_feed_keep(tags->job, fm_str_trim(language));
  for (char *p = (char *)kept.ptr, *end = p + kept.len; p < end; p++)
    if (*p == '_')
      *p = '-';
  if (fm_valid_language(kept))
    tags->job->feed->language = kept;
}

FM_TAKE(head_language)
{
  set_language(tags, fm_take_line(tags, piece));
}

FM_TAKE(head_author)
{
  fm_person person = fm_feed_person(fm_take_line(tags, piece));
  fm_head_person(tags->job, &person, rank);
}

FM_TAKE(open_owner)
{
  tags->person = (fm_person){.name = {NULL, 0}};
}

FM_TAKE(head_rights)
{
  tags->job->head.rights = fm_take_line(tags, piece);
}

FM_TAKE(head_category)
{
  fm_str term = fm_take_attribute(tags, tag, "term"), label = fm_take_attribute(tags, tag, "label");
  fm_str scheme = fm_take_attribute(tags, tag, "scheme");
  term = term.len ? term : fm_take_attribute(tags, tag, "text");
  scheme = scheme.len ? scheme : fm_take_attribute(tags, tag, "domain");
  fm_draft_category(tags->job, term.len ? term : fm_take_line(tags, piece), scheme, label);
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

/* In RSS nothing says whether a title is text or HTML; what we wrote ourselves is text. */
FM_TAKE(head_generator)
{
  tags->job->plain_titles = fm_str_starts(fm_construct_text(tags->job, piece), FM_STR("feedmill "));
}

/* ---- what begins ---- */

FM_TAKE(open_shell)
{
}

FM_TAKE(open_root)
{
  fm_str language = fm_tag_get(tags, tag, "xml:lang");
  if (language.len)
    set_language(tags, language);
  tags->job->rss = true;
}

FM_TAKE(open_head)
{
  fm_str language = fm_tag_get(tags, tag, "xml:lang");
  if (language.len)
    set_language(tags, language);
  tags->job->rss = tags->job->rss || tag->ns != FM_NS_ATOM;
}

FM_TAKE(open_entry)
{
  fm_feed_finish_entry(tags->job); /* one that was never closed */
  fm_draft *d = tags->job->to = &tags->job->draft;
  fm_str language = fm_tag_get(tags, tag, "xml:lang");
  if (fm_valid_language(language))
    d->language = fm_feed_keep(tags->job, language);
  d->id = fm_take_attribute(tags, tag, "rdf:about");
  d->id_rank = d->id.len ? rank : 0;
}

/* ---- the tables, by place and namespace ---- */

static const fm_row root_rows[] = {
  {"rss", open_root, 0, FM_IN_SHELL},    {"rdf", open_root, 0, FM_IN_SHELL},
  {"feed", open_head, 0, FM_IN_HEAD},    {"channel", open_head, 0, FM_IN_HEAD},
  {"entry", open_entry, 1, FM_IN_ENTRY}, {0}};
static const fm_row shell_rows[] = {
  {"channel", open_head, 0, FM_IN_HEAD}, {"item", open_entry, 1, FM_IN_ENTRY},
  {"image", open_shell, 0, FM_IN_IMAGE}, {"entry", open_entry, 1, FM_IN_ENTRY},
  {"items", open_shell, 0, FM_IN_SHELL}, {0}}; /* of RSS 1.1 */
static const fm_row head_rss[] = {
  FM_ROW("title", head_title, 3),        FM_ROW("link", head_link, 3),
  FM_ROW("description", head_subtitle, 3), FM_ROW("language", head_language, 0),
  {"image", open_shell, 0, FM_IN_IMAGE}, {"item", open_entry, 1, FM_IN_ENTRY},
  {"items", open_shell, 0, FM_IN_SHELL},
  FM_ROW("managingEditor", head_author, FM_HEAD_EDITOR), FM_ROW("author", head_author, FM_HEAD_EDITOR),
  FM_ROW("webMaster", head_author, FM_HEAD_WEBMASTER), FM_ROW("copyright", head_rights, 0),
  FM_ROW("category", head_category, 0), FM_ROW("generator", head_generator, 0), {0}};
static const fm_row head_atom[] = {
  FM_ROW("title", head_title, 3),       FM_ROW("link", head_link, 2),
  FM_ROW("subtitle", head_subtitle, 3), FM_ROW("tagline", head_subtitle, 3),
  FM_ROW("id", head_id, 0),             {"author", open_owner, 0, FM_IN_PERSON},
  FM_ROW("icon", head_icon, 0),         FM_ROW("logo", head_logo, 0),
  FM_ROW("rights", head_rights, 0),     FM_ROW("copyright", head_rights, 0),
  FM_ROW("category", head_category, 0), {"contributor", open_owner, 0, FM_IN_OTHER},
  {"entry", open_entry, 1, FM_IN_ENTRY}, {0}};
static const fm_row head_dc[] = {
  FM_ROW("creator", head_author, FM_HEAD_CREATOR), FM_ROW("author", head_author, FM_HEAD_CREATOR),
  FM_ROW("language", head_language, 0), FM_ROW("title", head_title, 2),
  FM_ROW("description", head_subtitle, 2), FM_ROW("rights", head_rights, 0),
  FM_ROW("subject", head_category, 0), {0}};
static const fm_row head_itunes[] = {
  FM_ROW("author", head_author, FM_HEAD_ITUNES), FM_ROW("image", head_logo, 0),
  FM_ROW("subtitle", head_subtitle, 1), FM_ROW("summary", head_subtitle, 1),
  FM_ROW("category", head_category, 0), FM_ROW("title", head_title, 1), {0}};
static const fm_row head_media[] = {FM_ROW("category", head_category, 0), {0}};
static const fm_row image_rows[] = {FM_ROW("url", head_logo, 0), {0}};
static const fm_row *const head_tables[FM_NS_COUNT] = {
  [FM_NS_RSS] = head_rss, [FM_NS_ATOM] = head_atom, [FM_NS_DC] = head_dc,
  [FM_NS_ITUNES] = head_itunes, [FM_NS_PLAY] = head_itunes, [FM_NS_MEDIA] = head_media};

const fm_row *fm_tags_head_rows(enum fm_where where, enum fm_ns ns)
{
  bool own = ns == FM_NS_RSS || ns == FM_NS_ATOM || ns == FM_NS_RDF || ns == FM_NS_OTHER;
  switch (where) {
    case FM_IN_NOTHING: return own ? root_rows : NULL;
    case FM_IN_SHELL: return own ? shell_rows : NULL;
    case FM_IN_HEAD: return head_tables[ns];
    case FM_IN_IMAGE: return image_rows;
    default: return NULL;
  }
}
