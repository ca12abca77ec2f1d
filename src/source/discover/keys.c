/* Scores JSON keys by the field of an entry that they name. */
#include "base/str.h"
#include "source/discover/json.h"

typedef struct key_word {
  const char *text;
  unsigned char worth;
} key_word;

static const key_word titles[] = {
  {"title", 10}, {"headline", 10}, {"name", 6}, {"subject", 8}, {"titletext", 8}, {"displaytitle", 9},
  {"shorttitle", 6}, {"heading", 7}, {"label", 3}, {"caption", 4}, {"question", 5}, {"text", 2}, {NULL, 0}};
static const key_word links[] = {
  {"url", 10}, {"link", 9}, {"href", 9}, {"permalink", 10}, {"permalinkurl", 9}, {"canonicalurl", 9},
  {"weburl", 9}, {"htmlurl", 9}, {"fullurl", 9}, {"shareurl", 7}, {"articleurl", 9}, {"posturl", 9},
  {"itemurl", 9}, {"path", 6}, {"item", 4}, {"pathname", 6}, {"uri", 6}, {"to", 3}, {"@id", 5}, {"mainentityofpage", 7},
  {"relativeurl", 7}, {"sourceurl", 5}, {"externalurl", 5}, {"applicationurl", 6}, {"absoluteurl", 9}, {NULL, 0}};
static const key_word dates[] = {
  {"datepublished", 10}, {"published", 9}, {"publishedat", 10}, {"publishdate", 10}, {"publicationdate", 10},
  {"publishedon", 10}, {"publishedtime", 9}, {"pubdate", 10}, {"date", 8}, {"datetime", 7}, {"createdat", 7},
  {"created", 7}, {"createdon", 7}, {"datecreated", 7}, {"createdutc", 7}, {"dateposted", 9}, {"postedat", 9},
  {"posted", 8}, {"firstpublished", 9}, {"firstpublishedat", 9}, {"releasedate", 8}, {"timestamp", 6},
  {"time", 5}, {"startdate", 5}, {"submittedondailyat", 10}, {"updatedat", 3}, {"datemodified", 3},
  {"modified", 2}, {"displaydate", 8}, {"uploaddate", 8}, {"addedat", 7}, {NULL, 0}};
static const key_word authors[] = {
  {"author", 10}, {"authors", 10}, {"byline", 9}, {"creator", 8}, {"authorname", 10}, {"writer", 7},
  {"submitter", 6}, {"user", 5}, {"username", 5}, {"owner", 4}, {"hiringorganization", 5}, {"company", 3},
  {NULL, 0}};
static const key_word summaries[] = {
  {"summary", 10}, {"description", 9}, {"excerpt", 10}, {"teaser", 9}, {"abstract", 10}, {"dek", 9},
  {"subtitle", 6}, {"standfirst", 9}, {"intro", 7}, {"lead", 7}, {"snippet", 8}, {"shortdescription", 9},
  {"text", 4}, {"body", 4}, {"content", 3}, {"subheadline", 6}, {NULL, 0}};
static const key_word images[] = {
  {"image", 10}, {"imageurl", 10}, {"thumbnail", 9}, {"thumbnailurl", 9}, {"thumb", 8}, {"cover", 8},
  {"coverimage", 9}, {"heroimage", 9}, {"featuredimage", 9}, {"picture", 7}, {"photo", 7}, {"leadimage", 9},
  {"ogimage", 7}, {"poster", 6}, {NULL, 0}};
static const key_word categories[] = {
  {"tags", 9}, {"categories", 9}, {"keywords", 9}, {"topics", 8}, {"category", 8}, {"section", 7},
  {"articlesection", 8}, {"labels", 6}, {NULL, 0}};

static const key_word *const tables[] = {titles, links, dates, authors, summaries, images, categories};

/* Normalises a key: drops '-' and '_' and folds case, so "published_at" is "publishedat". */
static size_t plain(fm_str key, char *out, size_t room)
{
  size_t len = 0;
  for (size_t i = 0; i < key.len && len < room; i++)
    if (key.ptr[i] != '_' && key.ptr[i] != '-' && key.ptr[i] != '$')
      out[len++] = (unsigned)(key.ptr[i] - 'A') < 26 ? (char)(key.ptr[i] | 0x20) : key.ptr[i];
  return len;
}

static unsigned look_up(const key_word *table, fm_str key)
{
  char text[32];
  size_t len = plain(key, text, sizeof text);
  for (; table && table->text; table++)
    if (strlen(table->text) == len && memcmp(table->text, text, len) == 0)
      return table->worth;
  return 0;
}

static bool is_one_of(fm_str key, const char *const *all)
{
  char text[32];
  size_t len = plain(key, text, sizeof text);
  for (; *all; all++)
    if (strlen(*all) == len && memcmp(*all, text, len) == 0)
      return true;
  return false;
}

static fm_str last_step(fm_str *path)
{
  for (size_t i = path->len; i-- > 0;)
    if (path->ptr[i] == '/') {
      fm_str step = fm_str_from(*path, i + 1);
      path->len = i;
      return step;
    }
  fm_str all = *path;
  path->len = 0;
  return all;
}

static bool is_number(fm_str step)
{
  uint64_t n;
  return fm_str_is(step, "*") || fm_str_number(step, UINT32_MAX, &n);
}

/* True for values of a related object (author, publisher, image), which has a name, an address
 * and dates of its own. */
static bool is_of_another(fm_str path, bool author, bool image)
{
  static const char *const others[] = {
    "author", "authors", "user", "owner", "creator", "publisher", "image", "images", "thumbnail", "avatar",
    "logo", "icon", "category", "categories", "tags", "tag", "section", "media", "video", "breadcrumb",
    "breadcrumbs", "comments", "replies", "children", "parent", "related", "organization", "company", "brand",
    "hiringorganization", "joblocation", "submittedby", "ispartof", "cover", NULL};
  static const char *const persons[] = {"author", "authors", "user", "owner", "creator", "hiringorganization",
                                        "company", NULL};
  static const char *const pictures[] = {"image", "images", "thumbnail", "cover", NULL};
  while (path.len) {
    fm_str step = last_step(&path);
    if (is_one_of(step, others) && !(author && is_one_of(step, persons)) &&
        !(image && is_one_of(step, pictures)))
      return true;
  }
  return false;
}

double fm_key_worth(fm_str path, enum draft_field field)
{
  static const char *const generic[] = {"rendered", "text", "value", "name", "main", "default", "en", "plain",
                                        "url", "src", "href", "content", "raw", "iso", "fullname", "displayname",
                                        "@id", "@value", "username", NULL};
  const key_word *table = field < DRAFT_COMMENTS ? tables[field] : NULL;
  fm_str rest = path, step = last_step(&rest);
  while (rest.len && is_number(step))
    step = last_step(&rest);
  double depth = 0;
  for (size_t i = 0; i < path.len; i++)
    depth += path.ptr[i] == '/';
  double worth = is_of_another(rest, field == DRAFT_AUTHOR, field == DRAFT_IMAGE) ? 0 : look_up(table, step);
  if (rest.len && is_one_of(step, generic)) {
    while (rest.len) {
      step = last_step(&rest);
      if (!is_number(step))
        break;
    }
    double of_parent = is_of_another(rest, false, false) ? 0 : look_up(table, step);
    if (of_parent > worth)
      worth = of_parent;
  }
  return worth * (1 - 0.05 * depth);
}
