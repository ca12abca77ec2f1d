/* Parses the part of a recipe that describes the list and the fields of its items. */
#include "base/str.h"
#include "source/recipe/draft.h"

static int parse_title(fm_recipe_loader *r, const fm_yaml *node)
{
  fm_recipe *recipe = r->recipe;
  fm_pointers *json = recipe->json ? &recipe->page_pointers : NULL;
  if (!node)
    return FM_OK;
  if (node->kind != FM_YAML_SCALAR || fm_expr_has_prefix(node->text))
    return fm_recipe_field(r, node, json, &recipe->title);
  if (node->text.len > FM_RECIPE_TITLE_MAX)
    return fm_recipe_problem(r, node, 0, "a title has at most %d bytes", FM_RECIPE_TITLE_MAX);
  recipe->has_title_text = true;
  int error = fm_recipe_parse_template(r, node, true, &recipe->title_text);
  return error ? error : fm_recipe_check_names(r, node, &recipe->title_text);
}

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

static int parse_numbers(fm_recipe_loader *r, const fm_yaml *map, fm_fields *fields)
{
  int error = FM_OK;
  if (!map)
    return FM_OK;
  if (map->kind != FM_YAML_MAP)
    return fm_recipe_problem(r, map, 0, "a section with names is wanted");
  if (map->count > FM_RECIPE_NUMBERS_MAX)
    return fm_recipe_problem(r, map, 0, "more than %d numbers", FM_RECIPE_NUMBERS_MAX);
  fields->numbers = fm_arena_alloc(&r->recipe->arena, (map->count + 1) * sizeof *fields->numbers);
  for (size_t i = 0; i < map->count; i++) {
    fm_number_field *number = &fields->numbers[fields->nnumbers++];
    number->name = fm_arena_str(&r->recipe->arena, map->keys[i]->text);
    for (size_t k = 0; k < number->name.len; k++)
      if (number->name.ptr[k] != '_' && (unsigned)(number->name.ptr[k] - 'a') > 25)
        error = fm_recipe_problem(r, map->keys[i], 0, "a number's name is of a-z and _");
    if (fm_recipe_field(r, map->items[i], fields->json ? &fields->pointers : NULL, &number->field))
      error = FM_E_CONFIG;
  }
  return error;
}

static int parse_fields(fm_recipe_loader *r, const fm_yaml *const *nodes, const fm_yaml *numbers,
                       fm_fields *fields)
{
  int error = FM_OK;
  for (int i = 0; i < FM_F_COUNT; i++)
    if (fm_recipe_field(r, nodes[i], fields->json ? &fields->pointers : NULL, &fields->by[i]))
      error = FM_E_CONFIG;
  return parse_numbers(r, numbers, fields) ? FM_E_CONFIG : error;
}

/* Parses items: exactly one expression, which must be able to match several items. */
static int parse_items(fm_recipe_loader *r, const fm_recipe_draft *d)
{
  fm_recipe *recipe = r->recipe;
  fm_str first = first_text(d->items);
  recipe->json = fm_expr_is_json(first);
  fm_pointers *json = recipe->json ? &recipe->items_pointers : NULL;
  int error = fm_recipe_field(r, d->items, json, &recipe->items);
  if (!error && recipe->items.count != 1)
    error = fm_recipe_problem(r, d->items, 0, "one expression is wanted, not %zu", recipe->items.count);
  if (!error && fm_str_starts(fm_str_trim(first), FM_STR("text:")))
    error = fm_recipe_problem(r, d->items, 0, "css:, xpath: or json: is wanted; text: finds no list");
  if (!error && !recipe->json && !fm_expr_pointers(recipe->items.alternatives[0].expr) &&
      fm_expr_attribute(recipe->items.alternatives[0].expr).len)
    error = fm_recipe_problem(r, d->items, 0, "items are elements; an @attribute holds none");
  const fm_expr *expr = error ? NULL : recipe->items.alternatives[0].expr;
  recipe->fields.json = recipe->json || (expr && fm_expr_pointers(expr));
  if (d->container && recipe->fields.json)
    error = fm_recipe_problem(r, d->container, 0, "a JSON Pointer tells by itself whether its list is there");
  if (fm_recipe_field(r, recipe->fields.json ? NULL : d->container, NULL, &recipe->container))
    error = FM_E_CONFIG;
  return error;
}

static int check_entry_page(fm_recipe_loader *r, const fm_recipe_draft *d)
{
  int error = FM_OK;
  for (int i = 0; i < FM_F_COUNT; i++)
    if (d->entry_page[i] && !fm_recipe_in_entry_page[i])
      error = fm_recipe_problem(r, d->entry_page[i], 0, "an entry's own page cannot say its %s", fm_recipe_field_names[i]);
  return error;
}

static int parse_entry_page(fm_recipe_loader *r, const fm_recipe_draft *d)
{
  fm_recipe *recipe = r->recipe;
  bool any = d->entry_numbers != NULL;
  for (int i = 0; i < FM_F_COUNT; i++) {
    any = any || d->entry_page[i];
    if (d->entry_page[i] && fm_expr_is_json(first_text(d->entry_page[i])))
      recipe->entry_page.json = true;
  }
  if (!any)
    return FM_OK;
  recipe->source.extract_entry = fm_recipe_extract_entry;
  recipe->source.entry_pages = d->entry_pages;
  int error = check_entry_page(r, d);
  return parse_fields(r, d->entry_page, d->entry_numbers, &recipe->entry_page) ? FM_E_CONFIG : error;
}

int fm_recipe_parse_list(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root)
{
  fm_recipe *recipe = r->recipe;
  int error = d->items ? parse_items(r, d) : FM_E_CONFIG;
  int errors[] = {parse_title(r, d->title), parse_fields(r, d->fields, d->numbers, &recipe->fields),
                  parse_entry_page(r, d)};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    error = errors[i] ? errors[i] : error;
  if (!d->fields[FM_F_TITLE] && !d->fields[FM_F_LINK] && fm_yaml_get(root, FM_STR("fields")))
    error = fm_recipe_problem(r, fm_yaml_get(root, FM_STR("fields")), 0,
                         "title or link must be given: without them there is no entry");
  if (fm_recipe_field(r, d->next, recipe->json ? &recipe->page_pointers : NULL, &recipe->next))
    error = FM_E_CONFIG;
  recipe->max_pages = d->max_pages;
  return error;
}
