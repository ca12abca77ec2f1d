/* Finds lists in microdata (schema.org types of things to read, buy or visit) and microformats
 * (h-entry). Their fields are found as in any list. */
#include "base/str.h"
#include "source/discover/json.h"

/* True for schema.org types that lists are made of. */
bool fm_is_item_type(fm_str type)
{
  static const char *const types[] = {
    "Article", "NewsArticle", "BlogPosting", "TechArticle", "ScholarlyArticle", "Report", "LiveBlogPosting",
    "SocialMediaPosting", "DiscussionForumPosting", "Question", "CreativeWork", "Book", "Movie", "Recipe",
    "Review", "VideoObject", "AudioObject", "PodcastEpisode", "TVEpisode", "Episode", "MusicRecording",
    "MusicAlbum", "Product", "Offer", "Event", "MusicEvent", "JobPosting", "SoftwareApplication", "Dataset",
    "Course", "ListItem", "MediaObject", "Photograph", "ImageObject", "Thing", "RealEstateListing"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (fm_str_is(type, types[i]))
      return true;
  return false;
}

static fm_str type_of(const survey *s, uint32_t at)
{
  fm_str type = fm_element_attribute(s, at, "itemtype");
  for (size_t i = type.len; i-- > 0;)
    if (type.ptr[i] == '/')
      return fm_str_from(type, i + 1);
  return FM_STR("");
}

/* All outermost items of one type. */
typedef struct kind {
  fm_str select;
  uint32_t *members;
  size_t count, cap;
  uint32_t until;
  enum fm_discovery how;
} kind;

enum { KINDS_MAX = 16 };

static kind *kind_of(kind *kinds, size_t *count, fm_str select, enum fm_discovery how)
{
  for (size_t i = 0; i < *count; i++)
    if (fm_str_eq(kinds[i].select, select))
      return &kinds[i];
  if (*count == KINDS_MAX)
    return NULL;
  kinds[*count] = (kind){.select = select, .how = how};
  return &kinds[(*count)++];
}

static void take(survey *s, kind *k, uint32_t at)
{
  if (!k || at < k->until || k->count >= MEMBERS_MAX || !s->elements[at].links)
    return;
  *FM_PUSH(s->arena, k->members, k->count, k->cap) = at;
  k->until = s->elements[at].end;
}

static size_t kinds_find(survey *s, kind *kinds)
{
  size_t count = 0;
  for (uint32_t i = 1; i < s->count; i++) {
    fm_str type = type_of(s, i);
    if (type.len < 60 && fm_is_item_type(type))
      take(s,
           kind_of(kinds, &count, fm_arena_printf(s->arena, "[itemtype$=\"/%.*s\"]", FM_FMT(type)),
                   FM_FOUND_MICRODATA),
           i);
    for (unsigned k = 0; k < s->elements[i].nnames; k++)
      if (fm_str_is(s->names[s->element_names[s->elements[i].names + k]].text, "h-entry"))
        take(s, kind_of(kinds, &count, FM_STR(".h-entry"), FM_FOUND_MICROFORMAT), i);
  }
  return count;
}

size_t fm_microdata_drafts(survey *s, draft *drafts, size_t most)
{
  kind kinds[KINDS_MAX];
  size_t nkinds = kinds_find(s, kinds), count = 0;
  for (size_t i = 0; i < nkinds && count < most; i++) {
    group g = {.members = kinds[i].members, .count = (uint32_t)kinds[i].count};
    list l = {.score = 0};
    if (g.count < ITEMS_MIN)
      continue;
    fm_items_sample(&l.items, s, &g);
    l.items.siblings = 0; /* a microdata item contains all of its own */
    fm_list_score(&l);
    if (l.score <= 0)
      continue;
    drafts[count] =
        (draft){.how = kinds[i].how,
                .score = l.score,
                .count = g.count,
                .items = fm_arena_printf(s->arena, "css: %.*s", FM_FMT(kinds[i].select))};
    fm_fields_find(&l, &drafts[count++]);
  }
  return count;
}
