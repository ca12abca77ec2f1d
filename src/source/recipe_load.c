/* A recipe from its file. */
#include "base/str.h"
#include "base/url.h"
#include "source/recipe_parts.h"

#include <libxml/encoding.h>
#include <pthread.h>
#include <stdlib.h>
#include <xxhash.h>

enum { TITLE_MAX = 500, SECOND = 1, DAY = 86400 };

typedef struct fixup_draft {
  unsigned line, field;
  const fm_yaml *match;
  fm_str replace;
} fixup_draft;

/* What stands in the file. */
typedef struct draft {
  unsigned line;
  fm_str name, subtitle, language, charset;
  const fm_yaml *title, *url, *link, *format, *timezone, *container, *items, *next;
  const fm_yaml *fields[FM_F_COUNT], *detail[FM_F_COUNT], *numbers, *detail_numbers;
  fm_params defaults, headers;
  unsigned order, max_pages, details;
  int64_t every;
  fixup_draft *fixups;
  size_t nfixups;
  fm_str include, exclude, author;
} draft;

#define D(member) FM_AT(draft, member)

static const char *const field_names[] = {
#define FM_FIELD_ROW(upper, lower, detail) #lower,
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  NULL};

static const bool in_detail[] = {
#define FM_FIELD_ROW(upper, lower, detail) detail,
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
};

static const fm_directive field_rows[] = {
#define FM_FIELD_ROW(upper, lower, detail) {#lower, FM_T_NODE, D(fields[FM_F_##upper])},
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  {"numbers", FM_T_NODE, D(numbers), .help = "named numbers: upvotes, comments, ..."},
  {0},
};

static const fm_directive detail_rows[] = {
#define FM_FIELD_ROW(upper, lower, detail_too) {#lower, FM_T_NODE, D(detail[FM_F_##upper])},
  FM_FIELDS(FM_FIELD_ROW)
#undef FM_FIELD_ROW
  {"numbers", FM_T_NODE, D(detail_numbers), .help = "as in fields"},
  {"max", FM_T_INTEGER, D(details), .preset = "10", .min = 1, .max = FM_RECIPE_DETAILS_MAX,
   .help = "entries' pages fetched in one refresh"},
  {0},
};

static const fm_directive fixup_rows[] = {
  {NULL, FM_T_LINE, FM_AT(fixup_draft, line)},
  {"field", FM_T_CHOICE, FM_D_REQUIRED, FM_AT(fixup_draft, field), .choices = field_names,
   .help = "whose text it is"},
  {"match", FM_T_NODE, FM_D_REQUIRED, FM_AT(fixup_draft, match), .help = "a regular expression (PCRE2)"},
  {"replace", FM_T_STRING, FM_AT(fixup_draft, replace), .preset = "", .help = "with $1, ${name}"},
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

/* libxml2 takes its time to know its encodings, once for the program. */
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

static const char *const orders[] = {"published", "page", NULL};

const fm_directive recipe_table[] = {
  {NULL, FM_T_LINE, D(line)},
  {"name", FM_T_STRING, FM_D_REQUIRED, D(name), .min = 1, .max = 64, .check = check_name,
   .help = "what source: says"},
  {"title", FM_T_NODE, D(title), .help = "of the feed; an expression, or text with {placeholders}"},
  {"subtitle", FM_T_STRING, D(subtitle), .max = TITLE_MAX, .help = "of the feed"},
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
  {"next", FM_T_NODE, D(next), .help = "the address of the list's next page"},
  {"max_pages", FM_T_INTEGER, D(max_pages), .preset = "3", .min = 1, .max = FM_RECIPE_PAGES_MAX,
   .help = "of one list, with the first"},
  {"detail", FM_T_SECTION, .rows = detail_rows, .help = "what an entry's own page says"},
  {"fixups", FM_T_SECTIONS, .offset = offsetof(draft, fixups), .width = sizeof(fixup_draft),
   .count_offset = offsetof(draft, nfixups), .rows = fixup_rows, .max = FM_RECIPE_FIXUPS_MAX,
   .help = "replacements in the fields' text"},
  {"filter", FM_T_SECTION, .rows = filter_rows, .help = "which items count"},
  {"headers", FM_T_MAP, D(headers), .max = 16, .help = "further fields of the request"},
  {"charset", FM_T_STRING, D(charset), .preset = "", .max = 40, .check = check_charset,
   .help = "of the page, whatever it says itself"},
  {"every", FM_T_DURATION, D(every), .min = SECOND, .max = 30 * DAY,
   .help = "between two fetches"},
  {0},
};

/* -- addresses and titles -- */

static int read_template(fm_recipe_reading *r, const fm_yaml *node, bool plain, fm_template *made)
{
  size_t at;
  fm_why why;
  if (node->kind != FM_YAML_SCALAR || (!plain && !node->text.len))
    return recipe_wrong(r, node, 0, plain ? "a text is wanted" : "an address is wanted");
  if (fm_template_read(node->text, plain, &r->recipe->arena, made, &at, &why))
    return recipe_wrong(r, node, at, "%s", why.text);
  return FM_OK;
}

static bool has_name(fm_strs names, fm_str name)
{
  for (size_t i = 0; i < names.count; i++)
    if (fm_str_eq(names.items[i], name))
      return true;
  return false;
}

/* Only what the url has can be filled in; of a url that is wrong that is not known. */
static int check_names(fm_recipe_reading *r, const fm_yaml *node, const fm_template *made)
{
  int error = FM_OK;
  if (!r->recipe->url.count)
    return FM_OK;
  for (size_t i = 0; i < made->count; i++)
    if (made->parts[i].name.len && !has_name(r->recipe->names, made->parts[i].name))
      error = recipe_wrong(r, node, 0, "{%.*s} is no placeholder of the url",
                           FM_FMT(made->parts[i].name));
  return error;
}

static int read_title(fm_recipe_reading *r, const fm_yaml *node)
{
  fm_recipe *recipe = r->recipe;
  fm_pointers *json = recipe->json ? &recipe->page_pointers : NULL;
  if (!node)
    return FM_OK;
  if (node->kind != FM_YAML_SCALAR || fm_expr_likely(node->text))
    return recipe_field(r, node, json, &recipe->title);
  if (node->text.len > TITLE_MAX)
    return recipe_wrong(r, node, 0, "a title has at most %d bytes", TITLE_MAX);
  recipe->has_title_text = true;
  int error = read_template(r, node, true, &recipe->title_text);
  return error ? error : check_names(r, node, &recipe->title_text);
}

static int read_defaults(fm_recipe_reading *r, const draft *d, const fm_yaml *root)
{
  int error = FM_OK;
  const fm_yaml *map = fm_yaml_get(root, FM_STR("defaults"));
  for (size_t i = 0; i < d->defaults.count && r->recipe->url.count; i++)
    if (!has_name(r->recipe->names, d->defaults.items[i].name))
      error = recipe_wrong(r, map->keys[i], 0, "\"%.*s\" is no placeholder of the url",
                           FM_FMT(d->defaults.items[i].name));
  r->recipe->defaults = d->defaults.items;
  r->recipe->ndefaults = d->defaults.count;
  return error;
}

/* A feed gives a placeholder's value as a key of its own, or an address as a parameter:
 * both have names that mean something else. */
static bool is_taken(fm_str name)
{
  static const char *const taken[] = {
    "name", "title", "source", "urls", "command", "exec", "fetch", "every", "wait", "stale", "idle",
    "limit", "include", "exclude", "author", "category", "org", "max_age", "sort", "dedupe", "key",
    "upstream", "metrics", "via"};
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (fm_str_is(name, taken[i]))
      return true;
  return fm_str_starts(name, FM_STR("min_")) || fm_str_starts(name, FM_STR("max_"));
}

static int check_taken(fm_recipe_reading *r, const fm_yaml *node)
{
  int error = FM_OK;
  for (size_t i = 0; i < r->recipe->names.count; i++)
    if (is_taken(r->recipe->names.items[i]))
      error = recipe_wrong(r, node, 0, "{%.*s}: every feed has a key of this name; it wants another",
                           FM_FMT(r->recipe->names.items[i]));
  return error;
}

static int read_addresses(fm_recipe_reading *r, const draft *d, const fm_yaml *root)
{
  fm_recipe *recipe = r->recipe;
  int error = d->url ? read_template(r, d->url, false, &recipe->url) : FM_E_CONFIG;
  if (error)
    recipe->url.count = 0;
  recipe->names = fm_template_names(&recipe->url, &recipe->arena);
  if (d->url && check_taken(r, d->url))
    error = FM_E_CONFIG;
  if (d->link) {
    recipe->has_link = true;
    if (read_template(r, d->link, false, &recipe->link) ||
        check_names(r, d->link, &recipe->link))
      error = FM_E_CONFIG;
  }
  return read_defaults(r, d, root) ? FM_E_CONFIG : error;
}

/* -- the list and its fields -- */

static fm_str first_text(const fm_yaml *node)
{
  static const fm_str nothing = {"", 0};
  const fm_yaml *json;
  if (!node)
    return nothing;
  if (node->kind == FM_YAML_LIST && node->count)
    return first_text(node->items[0]);
  if (node->kind == FM_YAML_MAP) {
    if ((json = fm_yaml_get(node, FM_STR("json"))) && json->kind == FM_YAML_SCALAR &&
        (!json->text.len || *json->text.ptr == '/'))
      return FM_STR("json:");
    return first_text(fm_yaml_get(node, FM_STR("from")));
  }
  return node->kind == FM_YAML_SCALAR ? node->text : nothing;
}

static int read_numbers(fm_recipe_reading *r, const fm_yaml *map, fm_fields *fields)
{
  int error = FM_OK;
  if (!map)
    return FM_OK;
  if (map->kind != FM_YAML_MAP)
    return recipe_wrong(r, map, 0, "a section with names is wanted");
  if (map->count > FM_RECIPE_NUMBERS_MAX)
    return recipe_wrong(r, map, 0, "more than %d numbers", FM_RECIPE_NUMBERS_MAX);
  fields->numbers = fm_arena_alloc(&r->recipe->arena, (map->count + 1) * sizeof *fields->numbers);
  for (size_t i = 0; i < map->count; i++) {
    fm_number_field *number = &fields->numbers[fields->nnumbers++];
    number->name = fm_arena_str(&r->recipe->arena, map->keys[i]->text);
    for (size_t k = 0; k < number->name.len; k++)
      if (number->name.ptr[k] != '_' && (unsigned)(number->name.ptr[k] - 'a') > 25)
        error = recipe_wrong(r, map->keys[i], 0, "a number's name is of a-z and _");
    if (recipe_field(r, map->items[i], fields->json ? &fields->pointers : NULL, &number->field))
      error = FM_E_CONFIG;
  }
  return error;
}

static int read_fields(fm_recipe_reading *r, const fm_yaml *const *nodes, const fm_yaml *numbers,
                       fm_fields *fields)
{
  int error = FM_OK;
  for (int i = 0; i < FM_F_COUNT; i++)
    if (recipe_field(r, nodes[i], fields->json ? &fields->pointers : NULL, &fields->by[i]))
      error = FM_E_CONFIG;
  return read_numbers(r, numbers, fields) ? FM_E_CONFIG : error;
}

/* items: one way, that of what finds several. */
static int read_items(fm_recipe_reading *r, const draft *d)
{
  fm_recipe *recipe = r->recipe;
  fm_str first = first_text(d->items);
  recipe->json = fm_expr_is_json(first);
  fm_pointers *json = recipe->json ? &recipe->items_pointers : NULL;
  int error = recipe_field(r, d->items, json, &recipe->items);
  if (!error && recipe->items.count != 1)
    error = recipe_wrong(r, d->items, 0, "one expression is wanted, not %zu", recipe->items.count);
  if (!error && fm_str_starts(fm_str_trim(first), FM_STR("text:")))
    error = recipe_wrong(r, d->items, 0, "css:, xpath: or json: is wanted; text: finds no list");
  if (!error && !recipe->json && !fm_expr_pointers(recipe->items.ways[0].expr) &&
      fm_expr_attribute(recipe->items.ways[0].expr).len)
    error = recipe_wrong(r, d->items, 0, "items are elements; an @attribute holds none");
  const fm_expr *expr = error ? NULL : recipe->items.ways[0].expr;
  recipe->fields.json = recipe->json || (expr && fm_expr_pointers(expr));
  if (d->container && recipe->fields.json)
    error = recipe_wrong(r, d->container, 0, "a JSON Pointer tells by itself whether its list is there");
  if (recipe_field(r, recipe->fields.json ? NULL : d->container, NULL, &recipe->container))
    error = FM_E_CONFIG;
  return error;
}

static int check_detail(fm_recipe_reading *r, const draft *d)
{
  int error = FM_OK;
  for (int i = 0; i < FM_F_COUNT; i++)
    if (d->detail[i] && !in_detail[i])
      error = recipe_wrong(r, d->detail[i], 0, "an entry's own page cannot say its %s", field_names[i]);
  return error;
}

static int read_detail(fm_recipe_reading *r, const draft *d)
{
  fm_recipe *recipe = r->recipe;
  bool any = d->detail_numbers != NULL;
  for (int i = 0; i < FM_F_COUNT; i++) {
    any = any || d->detail[i];
    if (d->detail[i] && fm_expr_is_json(first_text(d->detail[i])))
      recipe->detail.json = true;
  }
  if (!any)
    return FM_OK;
  recipe->source.detail = recipe_detail;
  recipe->source.details = d->details;
  int error = check_detail(r, d);
  return read_fields(r, d->detail, d->detail_numbers, &recipe->detail) ? FM_E_CONFIG : error;
}

static int read_list(fm_recipe_reading *r, const draft *d, const fm_yaml *root)
{
  fm_recipe *recipe = r->recipe;
  int error = d->items ? read_items(r, d) : FM_E_CONFIG;
  int errors[] = {read_title(r, d->title), read_fields(r, d->fields, d->numbers, &recipe->fields),
                  read_detail(r, d)};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    error = errors[i] ? errors[i] : error;
  if (!d->fields[FM_F_TITLE] && !d->fields[FM_F_LINK] && fm_yaml_get(root, FM_STR("fields")))
    error = recipe_wrong(r, fm_yaml_get(root, FM_STR("fields")), 0,
                         "title or link must be given: without them there is no entry");
  if (recipe_field(r, d->next, recipe->json ? &recipe->page_pointers : NULL, &recipe->next))
    error = FM_E_CONFIG;
  recipe->max_pages = d->max_pages;
  return error;
}

/* -- the rest -- */

static int read_fixups(fm_recipe_reading *r, const draft *d)
{
  fm_recipe *recipe = r->recipe;
  int error = FM_OK;
  recipe->fixups = fm_arena_alloc(&recipe->arena, (d->nfixups + 1) * sizeof *recipe->fixups);
  for (size_t i = 0; i < d->nfixups; i++) {
    const fixup_draft *from = &d->fixups[i];
    fm_fixup made = {.field = (enum fm_field_name)from->field, .replace = from->replace};
    size_t at;
    fm_why why;
    if (!from->match)
      error = FM_E_CONFIG;
    else if (from->match->kind != FM_YAML_SCALAR)
      error = recipe_wrong(r, from->match, 0, "a regular expression is wanted");
    else if (recipe_fixup_compile(from->match->text, &made, &at, &why))
      error = recipe_wrong(r, from->match, at, "%s", why.text);
    else
      recipe->fixups[recipe->nfixups++] = made;
  }
  return error;
}

static int read_filter(fm_recipe_reading *r, const draft *d, const fm_yaml *root)
{
  const struct {
    const char *name;
    fm_str text;
  } all[] = {{"include", d->include}, {"exclude", d->exclude}, {"author", d->author}};
  const fm_yaml *section = fm_yaml_get(root, FM_STR("filter"));
  int error = FM_OK;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    fm_why why;
    fm_str name = fm_str_of(all[i].name);
    if (all[i].text.len &&
        fm_filter_set(&r->recipe->filter, &r->recipe->arena, name, all[i].text, &why))
      error = recipe_wrong(r, fm_yaml_get(section, name), 0, "%s", why.text);
  }
  return error;
}

/* Fields that are the fetcher's own, or would make a request another one. */
static bool may_send(fm_str name)
{
  static const char *const not_these[] = {
    "host", "connection", "content-length", "content-type", "transfer-encoding", "te", "trailer",
    "upgrade", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "range",
    "if-none-match", "if-modified-since", "accept-encoding", "user-agent"};
  for (size_t i = 0; i < sizeof not_these / sizeof *not_these; i++)
    if (fm_str_ieq(name, fm_str_of(not_these[i])))
      return false;
  for (size_t i = 0; i < name.len; i++) {
    unsigned char c = (unsigned char)name.ptr[i];
    bool letter = (c | 0x20u) - 'a' < 26, digit = (unsigned)c - '0' < 10;
    if (!letter && !digit && c != '-' && c != '_')
      return false;
  }
  return name.len > 0;
}

static int read_headers(fm_recipe_reading *r, const draft *d, const fm_yaml *root)
{
  const fm_yaml *map = fm_yaml_get(root, FM_STR("headers"));
  int error = FM_OK;
  for (size_t i = 0; i < d->headers.count; i++) {
    const fm_param *one = &d->headers.items[i];
    bool control = false;
    for (size_t k = 0; k < one->value.len; k++)
      control = control || (unsigned char)one->value.ptr[k] < ' ' || one->value.ptr[k] == 0x7f;
    if (!may_send(one->name))
      error = recipe_wrong(r, map->keys[i], 0, "\"%.*s\" cannot be sent along", FM_FMT(one->name));
    else if (control)
      error = recipe_wrong(r, map->items[i], 0, "a header's value is one line without controls");
  }
  r->recipe->headers = d->headers.items;
  r->recipe->nheaders = d->headers.count;
  return error;
}

static int read_dates(fm_recipe_reading *r, const draft *d)
{
  int error = FM_OK;
  if (d->format)
    error = recipe_formats(r, d->format, &r->formats, &r->nformats);
  if (d->timezone && recipe_zone(r, d->timezone, &r->zone))
    error = FM_E_CONFIG;
  return error;
}

static int take(fm_recipe_reading *r, const draft *d, const fm_yaml *root)
{
  fm_recipe *recipe = r->recipe;
  int errors[] = {read_addresses(r, d, root), read_dates(r, d), read_list(r, d, root),
                  read_fixups(r, d),          read_filter(r, d, root), read_headers(r, d, root)};
  recipe->subtitle = d->subtitle;
  recipe->language = d->language;
  recipe->charset = d->charset;
  recipe->order = (enum fm_order)d->order;
  recipe->line = d->line;
  const fm_yaml *name = fm_yaml_get(root, FM_STR("name"));
  if (name)
    recipe->line = name->line;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i])
      return FM_E_CONFIG;
  return FM_OK;
}

static void set_source(fm_recipe *recipe, const draft *d)
{
  fm_source *s = &recipe->source;
  s->abi = FM_PLUGIN_ABI;
  s->size = sizeof *s;
  s->name = d->name.ptr;
  s->title = d->name.ptr;
  if (d->title && d->title->kind == FM_YAML_SCALAR && recipe->has_title_text)
    s->title = fm_arena_str(&recipe->arena, d->title->text).ptr;
  s->plan = recipe_plan;
  s->extract = recipe_extract;
  s->every = d->every == FM_ABSENT ? 0 : d->every;
}

/* Takes the tree's memory: nodes and texts live as long as the recipe. */
static fm_recipe *read_root(fm_recipe *recipe, const fm_yaml *root, fm_problems *problems)
{
  size_t before = problems->count + problems->dropped;
  draft d = {0};
  fm_recipe_reading r = {.recipe = recipe, .problems = problems, .file = recipe->file};
  fm_directive_ctx ctx = {.arena = &recipe->arena, .problems = problems, .file = recipe->file};
  if (root->kind == FM_YAML_NOTHING)
    fm_problem_add(problems, recipe->file, 0, (fm_str){NULL, 0}, "empty: no recipe stands in it");
  else if (fm_directive_read(&ctx, recipe_table, root, &d) == FM_OK || root->kind == FM_YAML_MAP)
    take(&r, &d, root);
  if (problems->count + problems->dropped > before) {
    fm_problems_sort(problems, before < problems->count ? before : problems->count);
    fm_recipe_unref(recipe);
    return NULL;
  }
  set_source(recipe, &d);
  return recipe;
}

static fm_recipe *new_recipe(fm_str file)
{
  fm_recipe *recipe = FM_NEW(fm_recipe);
  atomic_init(&recipe->refs, 1);
  recipe->file = fm_arena_str(&recipe->arena, file);
  return recipe;
}

fm_recipe *fm_recipe_parse(fm_str text, fm_str file, fm_problems *problems)
{
  fm_recipe *recipe = new_recipe(file);
  const fm_yaml *root;
  size_t before = problems->count + problems->dropped;
  recipe->hash = XXH3_64bits(text.ptr ? text.ptr : "", text.len);
  if (fm_yaml_parse(&recipe->arena, text, recipe->file, problems, &root) ||
      problems->count + problems->dropped > before) {
    fm_recipe_unref(recipe);
    return NULL;
  }
  return read_root(recipe, root, problems);
}
