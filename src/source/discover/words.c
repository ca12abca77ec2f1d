/* What the words in classes and ids tell, and how long a class will last. */
#include "base/str.h"
#include "source/discover/parts.h"

#include <stdlib.h>

typedef struct word {
  const char *text;
  unsigned bits;
} word;

/* Sorted by text. */
static const word table[] = {
  {"abstract", W_SUMMARY}, {"active", W_STATE}, {"ad", W_AD}, {"ads", W_AD}, {"adslot", W_AD},
  {"advert", W_AD}, {"advertisement", W_AD}, {"ago", W_DATE}, {"also", W_RELATED},
  {"alt", W_STATE}, {"article", W_MAIN}, {"articles", W_MAIN}, {"aside", W_ASIDE},
  {"author", W_AUTHOR}, {"authors", W_AUTHOR}, {"avatar", W_AVATAR}, {"badge", W_CATEGORY},
  {"banner", W_AD}, {"blurb", W_SUMMARY}, {"breadcrumb", W_NAV}, {"breadcrumbs", W_NAV},
  {"byline", W_AUTHOR}, {"categories", W_CATEGORY}, {"category", W_CATEGORY}, {"cloud", W_RELATED},
  {"cmp", W_COOKIE}, {"colophon", W_FOOTER}, {"comment", W_COMMENTS}, {"comments", W_COMMENTS},
  {"consent", W_COOKIE}, {"content", W_MAIN}, {"cookie", W_COOKIE}, {"cookies", W_COOKIE},
  {"copyright", W_FOOTER}, {"creator", W_AUTHOR}, {"current", W_STATE}, {"date", W_DATE},
  {"dates", W_DATE}, {"datum", W_DATE}, {"day", W_DATE}, {"deck", W_SUMMARY}, {"dek", W_SUMMARY},
  {"desc", W_SUMMARY}, {"description", W_SUMMARY}, {"dialog", W_COOKIE}, {"drawer", W_NAV},
  {"dropdown", W_NAV}, {"entries", W_MAIN}, {"even", W_STATE}, {"excerpt", W_SUMMARY},
  {"facet", W_FILTER}, {"facets", W_FILTER}, {"featured", W_STATE}, {"feed", W_MAIN},
  {"filter", W_FILTER}, {"filters", W_FILTER}, {"first", W_STATE}, {"foot", W_FOOTER},
  {"footer", W_FOOTER}, {"gdpr", W_COOKIE}, {"header", W_HEADER}, {"heading", W_TITLE},
  {"headline", W_TITLE}, {"hidden", W_STATE}, {"hot", W_RELATED}, {"hover", W_STATE},
  {"icon", W_AVATAR}, {"image", W_IMAGE}, {"img", W_IMAGE}, {"intro", W_SUMMARY},
  {"keyword", W_CATEGORY}, {"keywords", W_CATEGORY}, {"label", W_CATEGORY}, {"labels", W_CATEGORY},
  {"large", W_STATE}, {"last", W_STATE}, {"lazy", W_STATE}, {"lead", W_SUMMARY},
  {"legal", W_FOOTER}, {"listing", W_MAIN}, {"login", W_NAV}, {"main", W_MAIN},
  {"masthead", W_HEADER}, {"menu", W_NAV}, {"modal", W_COOKIE}, {"mostread", W_RELATED},
  {"nav", W_NAV}, {"navbar", W_NAV}, {"navigation", W_NAV}, {"navlinks", W_NAV}, {"news", W_MAIN},
  {"newsletter", W_RELATED}, {"odd", W_STATE}, {"offcanvas", W_NAV}, {"open", W_STATE},
  {"outbrain", W_AD}, {"overlay", W_COOKIE}, {"pager", W_NAV}, {"pagination", W_NAV},
  {"paging", W_NAV}, {"picks", W_RELATED}, {"popular", W_RELATED}, {"popup", W_COOKIE},
  {"posted", W_DATE}, {"posts", W_MAIN}, {"promo", W_RELATED}, {"promoted", W_AD},
  {"promotion", W_AD}, {"pubdate", W_DATE}, {"published", W_DATE}, {"rail", W_ASIDE},
  {"recommendations", W_RELATED}, {"recommended", W_RELATED}, {"related", W_RELATED},
  {"relativetime", W_DATE}, {"respond", W_COMMENTS}, {"results", W_MAIN}, {"secondary", W_ASIDE},
  {"section", W_CATEGORY}, {"selected", W_STATE}, {"share", W_RELATED}, {"sharing", W_RELATED},
  {"show", W_STATE}, {"sidebar", W_ASIDE}, {"similar", W_RELATED}, {"small", W_STATE},
  {"snippet", W_SUMMARY}, {"social", W_RELATED}, {"sponsor", W_AD}, {"sponsored", W_AD},
  {"standfirst", W_SUMMARY}, {"sticky", W_STATE}, {"stories", W_MAIN}, {"subject", W_TITLE},
  {"submenu", W_NAV}, {"subnav", W_NAV}, {"summary", W_SUMMARY}, {"taboola", W_AD},
  {"tag", W_CATEGORY}, {"tagcloud", W_RELATED}, {"tags", W_CATEGORY}, {"teaser", 0},
  {"thumb", W_IMAGE}, {"thumbnail", W_IMAGE}, {"time", W_DATE}, {"timestamp", W_DATE},
  {"title", W_TITLE}, {"titleline", W_TITLE}, {"toolbar", W_NAV}, {"topbar", W_NAV},
  {"topictitle", W_TITLE}, {"trending", W_RELATED}, {"user", W_AUTHOR}, {"username", W_AUTHOR},
  {"widget", W_ASIDE}, {"widgets", W_ASIDE}, {"writer", W_AUTHOR},
};

static int by_text(const void *key, const void *row)
{
  const fm_str *text = key;
  return fm_str_cmp(*text, fm_str_of(((const word *)row)->text));
}

static bool is_lower(char c) { return (unsigned)(c - 'a') < 26; }
static bool is_upper(char c) { return (unsigned)(c - 'A') < 26; }
static bool is_digit(char c) { return (unsigned)(c - '0') < 10; }

static unsigned look_up(const char *text, size_t len)
{
  fm_str key = {text, len};
  const word *found = bsearch(&key, table, sizeof table / sizeof *table, sizeof *table, by_text);
  return found ? found->bits : 0;
}

/* Words end at what is no letter or digit, and where a capital follows a small letter;
 * one with digits in it, as a machine makes them, is none. */
unsigned words_of(fm_str text)
{
  char one[24];
  size_t len = 0;
  unsigned bits = 0;
  for (size_t i = 0; i <= text.len; i++) {
    char c = i < text.len ? text.ptr[i] : '-';
    bool part = is_lower(c) || is_upper(c) || is_digit(c);
    if (!part || (is_upper(c) && i && is_lower(text.ptr[i - 1]))) {
      bits |= len < sizeof one ? look_up(one, len) : 0;
      len = 0;
    }
    if (part && len < sizeof one)
      one[len++] = is_digit(c) ? c : (char)(c | 0x20);
  }
  return bits;
}

/* -- how long a class lasts -- */

/* "3xK9b", "1q2w3e4": digits among letters; where `alone`, "bXyKq" too. */
static bool is_code(fm_str text, bool alone)
{
  size_t changes = 0, digits = 0;
  for (size_t i = 0; i < text.len; i++) {
    digits += is_digit(text.ptr[i]);
    changes += i && is_digit(text.ptr[i]) != is_digit(text.ptr[i - 1]);
    changes += i && is_upper(text.ptr[i]) && is_lower(text.ptr[i - 1]);
  }
  return text.len >= 5 && changes &&
         ((digits && changes >= 2) || (digits > 2 && digits < text.len) || (alone && changes >= 2));
}

/* "p-6", "w-full", but not "p-name" and "h-entry". */
static bool is_measure(fm_str text)
{
  static const char *const words[] = {"auto", "full",  "screen", "px",  "none",
                                      "flex", "block", "inline", "grid"};
  if (text.len < 3 || text.ptr[1] != '-' || !strchr("dhmpwz", *text.ptr))
    return false;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (fm_str_starts(fm_str_from(text, 2), fm_str_of(words[i])))
      return true;
  return is_digit(text.ptr[2]);
}

/* The first letters of classes that say how something looks. */
static bool is_of_looks(fm_str text)
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

unsigned class_worth(fm_str text, fm_str *stem)
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
  fm_str rest = text, piece;
  bool codes = false;
  while (fm_str_cut(&rest, '-', &piece))
    codes = codes || is_code(piece, false);
  rest = text;
  while (fm_str_cut(&rest, '_', &piece))
    codes = codes || is_code(piece, false);
  size_t digits = 0;
  for (size_t i = 0; i < text.len; i++) {
    if ((unsigned char)text.ptr[i] >= 0x80)
      return 0;
    digits += is_digit(text.ptr[i]);
  }
  if (codes || text.len < 2 || text.len > 60 || digits > 3 || is_digit(*text.ptr))
    return 0;
  return is_of_looks(text) || is_measure(text) || (words_of(text) & W_STATE) ? 1 : 3;
}
