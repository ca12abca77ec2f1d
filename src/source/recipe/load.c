/* Builds a recipe from its YAML tree. */
#include "base/str.h"
#include "source/recipe/draft.h"

#include <stdlib.h>
#include <xxhash.h>

/* ---- URLs and titles ---- */

int fm_recipe_parse_template(fm_recipe_loader *r, const fm_yaml *node, bool plain, fm_template *made)
{
  size_t at;
  fm_why why;
  if (node->kind != FM_YAML_SCALAR || (!plain && !node->text.len))
    return fm_recipe_problem(r, node, 0, plain ? "a text is wanted" : "an address is wanted");
  if (fm_template_parse(node->text, plain, &r->recipe->arena, made, &at, &why))
    return fm_recipe_problem(r, node, at, "%s", why.text);
  return FM_OK;
}

static bool has_name(fm_strs names, fm_str name)
{
  for (size_t i = 0; i < names.count; i++)
    if (fm_str_eq(names.items[i], name))
      return true;
  return false;
}

/* Placeholders must occur in the url; not checked if the url is invalid. */
int fm_recipe_check_names(fm_recipe_loader *r, const fm_yaml *node, const fm_template *made)
{
  int error = FM_OK;
  if (!r->recipe->url.count)
    return FM_OK;
  for (size_t i = 0; i < made->count; i++)
    if (made->parts[i].name.len && !has_name(r->recipe->names, made->parts[i].name))
      error = fm_recipe_problem(r, node, 0, "{%.*s} is no placeholder of the url",
                           FM_FMT(made->parts[i].name));
  return error;
}

static int parse_defaults(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root)
{
  int error = FM_OK;
  const fm_yaml *map = fm_yaml_get(root, FM_STR("defaults"));
  for (size_t i = 0; i < d->defaults.count && r->recipe->url.count; i++)
    if (!has_name(r->recipe->names, d->defaults.items[i].name))
      error = fm_recipe_problem(r, map->keys[i], 0, "\"%.*s\" is no placeholder of the url",
                           FM_FMT(d->defaults.items[i].name));
  r->recipe->defaults = d->defaults.items;
  r->recipe->ndefaults = d->defaults.count;
  return error;
}

/* A placeholder's value comes from a key of the feed or from a request parameter, so it must
 * not have the name of another key or parameter. */
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

static int check_taken(fm_recipe_loader *r, const fm_yaml *node)
{
  int error = FM_OK;
  for (size_t i = 0; i < r->recipe->names.count; i++)
    if (is_taken(r->recipe->names.items[i]))
      error = fm_recipe_problem(r, node, 0, "{%.*s}: every feed has a key of this name; it wants another",
                           FM_FMT(r->recipe->names.items[i]));
  return error;
}

static int parse_addresses(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root)
{
  fm_recipe *recipe = r->recipe;
  int error = d->url ? fm_recipe_parse_template(r, d->url, false, &recipe->url) : FM_E_CONFIG;
  if (error)
    recipe->url.count = 0;
  recipe->names = fm_template_names(&recipe->url, &recipe->arena);
  if (d->url && check_taken(r, d->url))
    error = FM_E_CONFIG;
  if (d->link) {
    recipe->has_link = true;
    if (fm_recipe_parse_template(r, d->link, false, &recipe->link) ||
        fm_recipe_check_names(r, d->link, &recipe->link))
      error = FM_E_CONFIG;
  }
  return parse_defaults(r, d, root) ? FM_E_CONFIG : error;
}

/* ---- the other keys ---- */

static int parse_fixup(fm_recipe_loader *r, const fm_fixup_draft *from, const fm_yaml *node)
{
  fm_recipe *recipe = r->recipe;
  fm_fixup made = {.field = (enum fm_field_name)from->field, .replace = from->replace};
  size_t at;
  fm_why why;
  if (!from->match)
    return FM_E_CONFIG;
  if (from->match->kind != FM_YAML_SCALAR)
    return fm_recipe_problem(r, from->match, 0, "a regular expression is wanted");
  if (fm_recipe_fixup_compile(from->match->text, &made, &at, &why))
    return fm_recipe_problem(r, from->match, at, "%s", why.text);
  recipe->fixups[recipe->nfixups++] = made;
  const fm_yaml *replace = fm_yaml_get(node, FM_STR("replace"));
  if (replace && fm_recipe_fixup_replacement(from->match->text, made.replace, &at, &why))
    return fm_recipe_problem(r, replace, at, "%s", why.text);
  return FM_OK;
}

static int parse_fixups(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root)
{
  fm_recipe *recipe = r->recipe;
  const fm_yaml *list = fm_yaml_get(root, FM_STR("fixups"));
  int error = FM_OK;
  recipe->fixups = fm_arena_alloc(&recipe->arena, (d->nfixups + 1) * sizeof *recipe->fixups);
  for (size_t i = 0; i < d->nfixups; i++)
    if (parse_fixup(r, &d->fixups[i], list->items[i]))
      error = FM_E_CONFIG;
  return error;
}

static int parse_filter(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root)
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
      error = fm_recipe_problem(r, fm_yaml_get(section, name), 0, "%s", why.text);
  }
  return error;
}

/* Rejects header fields that the fetcher sets itself or that would change the request. */
static bool header_allowed(fm_str name)
{
  static const char *const forbidden[] = {
    "host", "connection", "content-length", "content-type", "transfer-encoding", "te", "trailer",
    "upgrade", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "range",
    "if-none-match", "if-modified-since", "accept-encoding", "user-agent"};
  for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
    if (fm_str_ieq(name, fm_str_of(forbidden[i])))
      return false;
  for (size_t i = 0; i < name.len; i++) {
    unsigned char c = (unsigned char)name.ptr[i];
    bool letter = (c | 0x20u) - 'a' < 26, digit = (unsigned)c - '0' < 10;
    if (!letter && !digit && c != '-' && c != '_')
      return false;
  }
  return name.len > 0;
}

static int parse_headers(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root)
{
  const fm_yaml *map = fm_yaml_get(root, FM_STR("headers"));
  int error = FM_OK;
  for (size_t i = 0; i < d->headers.count; i++) {
    const fm_param *one = &d->headers.items[i];
    bool control = false;
    for (size_t k = 0; k < one->value.len; k++)
      control = control || (unsigned char)one->value.ptr[k] < ' ' || one->value.ptr[k] == 0x7f;
    if (!header_allowed(one->name))
      error = fm_recipe_problem(r, map->keys[i], 0, "\"%.*s\" cannot be sent along", FM_FMT(one->name));
    else if (control)
      error = fm_recipe_problem(r, map->items[i], 0, "a header's value is one line without controls");
  }
  r->recipe->headers = d->headers.items;
  r->recipe->nheaders = d->headers.count;
  return error;
}

static int parse_dates(fm_recipe_loader *r, const fm_recipe_draft *d)
{
  int error = FM_OK;
  if (d->format)
    error = fm_recipe_formats(r, d->format, &r->formats, &r->nformats);
  if (d->timezone && fm_recipe_zone(r, d->timezone, &r->zone))
    error = FM_E_CONFIG;
  if (d->date_language && fm_recipe_date_language(r, d->date_language, &r->date_language))
    error = FM_E_CONFIG;
  return error;
}

static int take(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root)
{
  fm_recipe *recipe = r->recipe;
  int errors[] = {parse_addresses(r, d, root), parse_dates(r, d), fm_recipe_parse_list(r, d, root),
                  parse_fixups(r, d, root),          parse_filter(r, d, root), parse_headers(r, d, root)};
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

static void set_source(fm_recipe *recipe, const fm_recipe_draft *d)
{
  fm_source *s = &recipe->source;
  s->abi = FM_PLUGIN_ABI;
  s->size = sizeof *s;
  s->name = d->name.ptr;
  s->title = d->name.ptr;
  if (d->title && d->title->kind == FM_YAML_SCALAR && recipe->has_title_text)
    s->title = fm_arena_str(&recipe->arena, d->title->text).ptr;
  s->plan = fm_recipe_plan;
  s->extract = fm_recipe_extract;
  s->refresh_interval = d->every == FM_ABSENT ? 0 : d->every;
}

/* Compiles the root map. Nodes and strings of the tree live as long as the recipe. */
static fm_recipe *parse_root(fm_recipe *recipe, const fm_yaml *root, fm_problems *problems)
{
  size_t before = problems->count + problems->dropped;
  fm_recipe_draft d = {0};
  fm_recipe_loader r = {.recipe = recipe, .problems = problems, .file = recipe->file};
  fm_directive_ctx ctx = {.arena = &recipe->arena, .problems = problems, .file = recipe->file};
  if (root->kind == FM_YAML_NULL)
    fm_problem_add(problems, recipe->file, 0, (fm_str){NULL, 0}, "empty: no recipe stands in it");
  else if (fm_directive_parse(&ctx, fm_recipe_table, root, &d) == FM_OK || root->kind == FM_YAML_MAP)
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
  recipe->text = fm_arena_str(&recipe->arena, text.ptr ? text : FM_STR(""));
  recipe->hash = XXH3_64bits(recipe->text.ptr, recipe->text.len);
  if (fm_yaml_parse(&recipe->arena, text, recipe->file, problems, &root) ||
      problems->count + problems->dropped > before) {
    fm_recipe_unref(recipe);
    return NULL;
  }
  return parse_root(recipe, root, problems);
}
