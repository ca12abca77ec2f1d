/* Interprets the words in classes and ids, and rates how stable a class name is. */
#include "base/ascii.h"
#include "base/str.h"
#include "source/discover/parts.h"

#include <stdlib.h>

typedef struct word {
  const char *text;
  unsigned bits;
} word;

/* Sorted by text. */
static const word table[] = {
  {"abstract", HINT_SUMMARY}, {"active", HINT_STATE}, {"ad", HINT_AD}, {"ads", HINT_AD}, {"adslot", HINT_AD},
  {"advert", HINT_AD}, {"advertisement", HINT_AD}, {"ago", HINT_DATE}, {"also", HINT_RELATED},
  {"alt", HINT_STATE}, {"article", HINT_MAIN}, {"articles", HINT_MAIN}, {"aside", HINT_ASIDE},
  {"author", HINT_AUTHOR}, {"authors", HINT_AUTHOR}, {"avatar", HINT_AVATAR}, {"badge", HINT_CATEGORY},
  {"banner", HINT_AD}, {"blurb", HINT_SUMMARY}, {"breadcrumb", HINT_NAV}, {"breadcrumbs", HINT_NAV},
  {"by", HINT_AUTHOR}, {"byline", HINT_AUTHOR}, {"categories", HINT_CATEGORY}, {"category", HINT_CATEGORY}, {"cloud", HINT_RELATED},
  {"cmp", HINT_COOKIE}, {"colophon", HINT_FOOTER}, {"comment", HINT_COMMENTS}, {"comments", HINT_COMMENTS}, {"composer", HINT_AUTHOR},
  {"consent", HINT_COOKIE}, {"content", HINT_MAIN}, {"cookie", HINT_COOKIE}, {"cookies", HINT_COOKIE},
  {"copyright", HINT_FOOTER}, {"creator", HINT_AUTHOR}, {"current", HINT_STATE}, {"date", HINT_DATE},
  {"dates", HINT_DATE}, {"datum", HINT_DATE}, {"day", HINT_DATE}, {"deck", HINT_SUMMARY}, {"dek", HINT_SUMMARY},
  {"desc", HINT_SUMMARY}, {"description", HINT_SUMMARY}, {"dialog", HINT_COOKIE}, {"drawer", HINT_NAV},
  {"dropdown", HINT_NAV}, {"entries", HINT_MAIN}, {"even", HINT_STATE}, {"excerpt", HINT_SUMMARY},
  {"facet", HINT_FILTER}, {"facets", HINT_FILTER}, {"featured", HINT_STATE}, {"feed", HINT_MAIN},
  {"filter", HINT_FILTER}, {"filters", HINT_FILTER}, {"first", HINT_STATE}, {"foot", HINT_FOOTER},
  {"footer", HINT_FOOTER}, {"gdpr", HINT_COOKIE}, {"header", HINT_HEADER}, {"heading", HINT_TITLE},
  {"headline", HINT_TITLE}, {"hidden", HINT_STATE}, {"hot", HINT_RELATED}, {"hover", HINT_STATE},
  {"icon", HINT_AVATAR}, {"image", HINT_IMAGE}, {"img", HINT_IMAGE}, {"intro", HINT_SUMMARY},
  {"keyword", HINT_CATEGORY}, {"keywords", HINT_CATEGORY}, {"label", HINT_CATEGORY}, {"labels", HINT_CATEGORY},
  {"large", HINT_STATE}, {"last", HINT_STATE}, {"lazy", HINT_STATE}, {"lead", HINT_SUMMARY},
  {"legal", HINT_FOOTER}, {"listing", HINT_MAIN}, {"login", HINT_NAV}, {"main", HINT_MAIN},
  {"masthead", HINT_HEADER}, {"menu", HINT_NAV}, {"modal", HINT_COOKIE}, {"mostread", HINT_RELATED},
  {"nav", HINT_NAV}, {"navbar", HINT_NAV}, {"navigation", HINT_NAV}, {"navlinks", HINT_NAV}, {"news", HINT_MAIN},
  {"newsletter", HINT_RELATED}, {"odd", HINT_STATE}, {"offcanvas", HINT_NAV}, {"open", HINT_STATE},
  {"outbrain", HINT_AD}, {"overlay", HINT_COOKIE}, {"pager", HINT_NAV}, {"pagination", HINT_NAV},
  {"paging", HINT_NAV}, {"picks", HINT_RELATED}, {"popular", HINT_RELATED}, {"popup", HINT_COOKIE},
  {"posted", HINT_DATE}, {"posts", HINT_MAIN}, {"promo", HINT_RELATED}, {"promoted", HINT_AD},
  {"promotion", HINT_AD}, {"pubdate", HINT_DATE}, {"published", HINT_DATE}, {"rail", HINT_ASIDE},
  {"recommendations", HINT_RELATED}, {"recommended", HINT_RELATED}, {"related", HINT_RELATED},
  {"relativetime", HINT_DATE}, {"respond", HINT_COMMENTS}, {"results", HINT_MAIN}, {"secondary", HINT_ASIDE},
  {"section", HINT_CATEGORY}, {"selected", HINT_STATE}, {"share", HINT_RELATED}, {"sharing", HINT_RELATED},
  {"show", HINT_STATE}, {"sidebar", HINT_ASIDE}, {"similar", HINT_RELATED}, {"small", HINT_STATE},
  {"snippet", HINT_SUMMARY}, {"social", HINT_RELATED}, {"sponsor", HINT_AD}, {"sponsored", HINT_AD},
  {"standfirst", HINT_SUMMARY}, {"sticky", HINT_STATE}, {"stories", HINT_MAIN}, {"subject", HINT_TITLE},
  {"submenu", HINT_NAV}, {"subnav", HINT_NAV}, {"summary", HINT_SUMMARY}, {"taboola", HINT_AD},
  {"tag", HINT_CATEGORY}, {"tagcloud", HINT_RELATED}, {"tags", HINT_CATEGORY}, {"teaser", 0},
  {"thumb", HINT_IMAGE}, {"thumbnail", HINT_IMAGE}, {"time", HINT_DATE}, {"timestamp", HINT_DATE},
  {"title", HINT_TITLE}, {"titleline", HINT_TITLE}, {"toolbar", HINT_NAV}, {"topbar", HINT_NAV},
  {"topictitle", HINT_TITLE}, {"trending", HINT_RELATED}, {"user", HINT_AUTHOR}, {"username", HINT_AUTHOR},
  {"widget", HINT_ASIDE}, {"widgets", HINT_ASIDE}, {"writer", HINT_AUTHOR},
};

static int by_text(const void *key, const void *row)
{
  const fm_str *text = key;
  return fm_str_cmp(*text, fm_str_of(((const word *)row)->text));
}

static bool is_upper(char c) { return (unsigned)(c - 'A') < 26; }
static unsigned look_up(const char *text, size_t len)
{
  fm_str key = {text, len};
  const word *found = bsearch(&key, table, sizeof table / sizeof *table, sizeof *table, by_text);
  return found ? found->bits : 0;
}

/* Words end at a character other than letter or digit and before a capital that follows a small
 * letter. A word with digits, as generated names have, is not in the table. */
unsigned fm_hints_of(fm_str text)
{
  char one[24];
  size_t len = 0;
  unsigned bits = 0;
  for (size_t i = 0; i <= text.len; i++) {
    char c = i < text.len ? text.ptr[i] : '-';
    bool part = fm_is_lower(c) || is_upper(c) || fm_is_digit(c);
    if (!part || (is_upper(c) && i && fm_is_lower(text.ptr[i - 1]))) {
      bits |= len < sizeof one ? look_up(one, len) : 0;
      len = 0;
    }
    if (part && len < sizeof one)
      one[len++] = fm_is_digit(c) ? c : (char)(c | 0x20);
  }
  return bits;
}

/* ---- stability of class names ---- */

/* A generated name mixes digits and letters ("3xK9b", "1q2w3e4"); if `alone`, mixed case counts
 * too ("bXyKq"). */
static bool is_code(fm_str text, bool alone)
{
  size_t changes = 0, digits = 0;
  for (size_t i = 0; i < text.len; i++) {
    digits += fm_is_digit(text.ptr[i]);
    changes += i && fm_is_digit(text.ptr[i]) != fm_is_digit(text.ptr[i - 1]);
    changes += i && is_upper(text.ptr[i]) && fm_is_lower(text.ptr[i - 1]);
  }
  return text.len >= 5 && changes &&
         ((digits && changes >= 2) || (digits > 2 && digits < text.len) || (alone && changes >= 2));
}

/* A utility class such as "p-6" or "w-full", but not "p-name" or "h-entry". */
static bool is_measure(fm_str text)
{
  static const char *const words[] = {"auto", "full",  "screen", "px",  "none",
                                      "flex", "block", "inline", "grid"};
  if (text.len < 3 || text.ptr[1] != '-' || !strchr("dhmpwz", *text.ptr))
    return false;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (fm_str_starts(fm_str_from(text, 2), fm_str_of(words[i])))
      return true;
  return fm_is_digit(text.ptr[2]);
}

/* Prefixes of classes that describe appearance. */
static bool is_presentational(fm_str text)
{
  static const char *const starts[] = {
    "align", "bg-", "block", "border", "btn", "button", "clearfix", "col-", "col", "flex",
    "float", "font-", "gap-", "grid-", "hover", "inline", "items-", "js-", "justify", "leading-",
    "lg-", "link", "max-", "mb-", "md-", "min-", "ml-", "mr-", "mt-", "mx-", "my-", "overflow",
    "pb-", "pl-", "position", "pr-", "pt-", "px-", "py-", "pull-", "relative", "rounded", "row",
    "shadow", "sm-", "space-", "text-", "tracking-", "uppercase", "xl-"};
  static const char *const whole[] = {"block",  "border", "button",   "col", "flex",
                                      "inline", "link",   "relative", "row", "uppercase"};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (strchr(starts[i], '-') && fm_str_starts(text, fm_str_of(starts[i])))
      return true;
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    if (fm_str_is(text, whole[i]))
      return true;
  return memchr(text.ptr, ':', text.len) || memchr(text.ptr, '[', text.len) ||
         memchr(text.ptr, '/', text.len);
}

unsigned fm_class_stability(fm_str text, fm_str *stem)
{
  const char *cut = NULL;
  *stem = text;
  for (size_t i = 2; i + 2 < text.len; i++)
    if (text.ptr[i] == '_' && text.ptr[i + 1] == '_')
      cut = text.ptr + i + 2;
  if (cut && is_code(fm_str_span(cut, text.ptr + text.len), true)) {
    *stem = fm_str_span(text.ptr, cut);
    return 2;
  }
  fm_str rest = text, json_source;
  bool codes = false;
  while (fm_str_cut(&rest, '-', &json_source))
    codes = codes || is_code(json_source, false);
  rest = text;
  while (fm_str_cut(&rest, '_', &json_source))
    codes = codes || is_code(json_source, false);
  size_t digits = 0;
  for (size_t i = 0; i < text.len; i++) {
    if ((unsigned char)text.ptr[i] >= 0x80)
      return 0;
    digits += fm_is_digit(text.ptr[i]);
  }
  if (codes || text.len < 2 || text.len > 60 || digits > 3 || fm_is_digit(*text.ptr))
    return 0;
  return is_presentational(text) || is_measure(text) || (fm_hints_of(text) & HINT_STATE) ? 1 : 3;
}
