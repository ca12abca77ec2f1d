/* The directive tables of a recipe file. */
#include "base/str.h"
#include "source/recipe/draft.h"

#include <libxml/encoding.h>
#include <libxml/parser.h>
#include <pthread.h>

enum { SECOND = 1, DAY = 86400 };

#define D(member) FM_AT(fm_recipe_draft, member)

const char *const fm_recipe_field_names[] = {
#define FM_FIELD_ROW(upper, lower, in_entry_page) #lower,
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  NULL};

const bool fm_recipe_in_entry_page[] = {
#define FM_FIELD_ROW(upper, lower, in_entry_page) in_entry_page,
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
};

static const fm_directive field_rows[] = {
#define FM_FIELD_ROW(upper, lower, in_entry_page) {#lower, FM_T_NODE, D(fields[FM_F_##upper])},
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  {"numbers", FM_T_NODE, D(numbers), .help = "named numbers: upvotes, comments, ..."},
  {0},
};

static const fm_directive entry_page_rows[] = {
#define FM_FIELD_ROW(upper, lower, entry_page_too) {#lower, FM_T_NODE, D(entry_page[FM_F_##upper])},
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  {"numbers", FM_T_NODE, D(entry_numbers), .help = "as in fields"},
  {"max", FM_T_INTEGER, D(entry_pages), .preset = "10", .min = 1, .max = FM_RECIPE_ENTRY_PAGES_MAX,
   .help = "entries' pages fetched in one refresh"},
  {0},
};

static const fm_directive fixup_rows[] = {
  {NULL, FM_T_LINE, FM_AT(fm_fixup_draft, line)},
  {"field", FM_T_CHOICE, FM_D_REQUIRED, FM_AT(fm_fixup_draft, field), .choices = fm_recipe_field_names,
   .help = "whose text it is"},
  {"match", FM_T_NODE, FM_D_REQUIRED, FM_AT(fm_fixup_draft, match), .help = "a regular expression (PCRE2)"},
  {"replace", FM_T_STRING, FM_AT(fm_fixup_draft, replace), .preset = "", .help = "with $1, ${name}"},
  {0},
};

static const fm_directive filter_rows[] = {
  {"include", FM_T_WORDS, D(include), .max = FM_FILTER_WORDS_MAX, .help = "only with one of these words"},
  {"exclude", FM_T_WORDS, D(exclude), .max = FM_FILTER_WORDS_MAX, .help = "none with one of these words"},
  {"author", FM_T_WORDS, D(author), .max = FM_FILTER_WORDS_MAX, .help = "only by one of these"},
  {0},
};

static int check_name(fm_str value, fm_why *why)
{
  for (size_t i = 0; i < value.len; i++)
    if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789-", value.ptr[i], 37))
      return fm_fail(why, FM_E_CONFIG, "\"%.*s\" is not of a-z, 0-9 and '-'", FM_FMT(value));
  return FM_OK;
}

/* libxml2 initialises its encodings once; the first lookup is slow. */
static int check_charset(fm_str value, fm_why *why)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, xmlInitParser);
  xmlCharEncodingHandlerPtr found = value.len ? xmlFindCharEncodingHandler(value.ptr) : NULL;
  if (!value.len || found) {
    if (found)
      xmlCharEncCloseFunc(found);
    return FM_OK;
  }
  return fm_fail(why, FM_E_CONFIG, "\"%.*s\" is no charset that is known", FM_FMT(value));
}

static const fm_directive date_rows[] = {
  {"language", FM_T_NODE, D(date_language), .help = "of names of months, and the order of numbers"},
  {0},
};

static const char *const orders[] = {"published", "page", NULL};

const fm_directive fm_recipe_table[] = {
  {NULL, FM_T_LINE, D(line)},
  {"name", FM_T_STRING, FM_D_REQUIRED, D(name), .min = 1, .max = 64, .check = check_name,
   .help = "what source: says"},
  {"title", FM_T_NODE, D(title), .help = "of the feed; an expression, or text with {placeholders}"},
  {"subtitle", FM_T_STRING, D(subtitle), .max = FM_RECIPE_TITLE_MAX, .help = "of the feed"},
  {"language", FM_T_STRING, D(language), .max = 35, .help = "of the feed: en, de-AT"},
  {"url", FM_T_NODE, FM_D_REQUIRED, D(url), .help = "the page, with {placeholders}"},
  {"link", FM_T_NODE, D(link), .help = "the page for people, where url is another"},
  {"defaults", FM_T_MAP, D(defaults), .max = FM_TEMPLATE_PARTS, .help = "of the placeholders"},
  {"order", FM_T_CHOICE, D(order), .preset = "published", .choices = orders,
   .help = "page: as on the page"},
  {"container", FM_T_NODE, D(container), .help = "what is there even when the list is empty"},
  {"items", FM_T_NODE, FM_D_REQUIRED, D(items), .help = "the list's items"},
  {"fields", FM_T_SECTION, FM_D_REQUIRED, .rows = field_rows, .help = "what an item says"},
  {"format", FM_T_NODE, D(format), .help = "how all its dates are written"},
  {"timezone", FM_T_NODE, D(timezone), .help = "of all its dates"},
  {"date", FM_T_SECTION, .rows = date_rows, .help = "how all its dates are read"},
  {"next", FM_T_NODE, D(next), .help = "the address of the list's next page"},
  {"max_pages", FM_T_INTEGER, D(max_pages), .preset = "3", .min = 1, .max = FM_RECIPE_PAGES_MAX,
   .help = "of one list, with the first"},
  {"detail", FM_T_SECTION, .rows = entry_page_rows, .help = "what an entry's own page says"},
  {"fixups", FM_T_SECTIONS, .offset = offsetof(fm_recipe_draft, fixups), .width = sizeof(fm_fixup_draft),
   .count_offset = offsetof(fm_recipe_draft, nfixups), .rows = fixup_rows, .max = FM_RECIPE_FIXUPS_MAX,
   .help = "replacements in the fields' text"},
  {"filter", FM_T_SECTION, .rows = filter_rows, .help = "which items count"},
  {"headers", FM_T_MAP, D(headers), .max = 16, .help = "further fields of the request"},
  {"charset", FM_T_STRING, D(charset), .preset = "", .max = 40, .check = check_charset,
   .help = "of the page, whatever it says itself"},
  {"every", FM_T_DURATION, D(every), .min = SECOND, .max = 30 * DAY,
   .help = "between two fetches"},
  {0},
};
