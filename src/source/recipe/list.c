/* Finds the items of a list, as elements or as pieces of JSON. */
#include "base/str.h"
#include "dom/state.h"
#include "source/feed_in/charset.h"
#include "source/recipe/internal.h"

#include <stdlib.h>

typedef struct listing {
  fm_arena *arena;
  fm_recipe_list *found;
} listing;

static void add_json(void *ctx, size_t slot, fm_str json)
{
  listing *l = ctx;
  fm_recipe_list *found = l->found;
  (void)slot;
  if (found->count < FM_RECIPE_ITEMS_MAX)
    *FM_PUSH(l->arena, found->items, found->count, found->cap) = (fm_recipe_item){.json = json};
  else
    found->cut = true;
}

static int list_in_json(fm_recipe_job *job, const fm_pointers *set, fm_str text, bool whole,
                        fm_recipe_list *found, int *where)
{
  listing ctx = {&job->arena, found};
  fm_json json;
  fm_json_init(&json, text, &job->arena);
  int done = fm_pointers_items(set, &json, add_json, &ctx, where);
  if (done > 0 && whole && fm_json_end(&json))
    done = json.error;
  if (done < 0) {
    fm_why why;
    fm_json_fail(&json, &why);
    return fm_fail(&job->why, FM_E_NO_LIST, "%s", why.text);
  }
  return FM_OK;
}

static int no_pointer(fm_recipe_job *job, int where)
{
  return fm_fail(&job->why, FM_E_NO_LIST, where == FM_POINTER_SCALAR
                   ? "what items points to is no list"
                   : "no container: items points to nothing in the page's JSON");
}

fm_str fm_recipe_json(fm_recipe_job *job)
{
  const fm_page *page = job->page;
  fm_str charset = job->recipe->charset.len ? job->recipe->charset : page->charset;
  if (!job->json.ptr)
    job->json = fm_str_trim(fm_feed_to_utf8(page->body, charset, &job->arena));
  return job->json;
}

/* The list in one JSON: where the last pointer of items leads. */
static int list_by_steps(fm_recipe_job *job, const fm_pointers *first, fm_str json, bool whole,
                         fm_recipe_list *found, int *where)
{
  const fm_expr *expr = job->recipe->items.alternatives[0].expr;
  const fm_pointers *last;
  fm_str texts[FM_FIELD_VALUES_MAX];
  size_t count = fm_expr_last_texts(expr, first, json, &job->arena, texts, &last);
  for (size_t i = 0; i < count; i++) {
    int here = FM_POINTER_MISSING;
    int error = list_in_json(job, last, texts[i], whole && last == first, found, &here);
    if (error)
      return error;
    *where = here > *where ? here : *where;
  }
  return FM_OK;
}

static int list_of_json_page(fm_recipe_job *job, fm_recipe_list *found)
{
  int where = FM_POINTER_MISSING;
  fm_str body = fm_recipe_json(job);
  if (!body.len)
    return fm_fail(&job->why, FM_E_NO_LIST, "the page is empty");
  int error = list_by_steps(job, &job->recipe->items_pointers, body, true, found, &where);
  if (!error && where != FM_POINTER_LIST)
    error = no_pointer(job, where);
  return error;
}

/* The list in one element: in the first JSON there that has it. */
static int list_in_element(fm_recipe_job *job, const fm_expr *expr, xmlNodePtr node, fm_recipe_list *found,
                           int *where)
{
  fm_state state;
  fm_str json;
  int error = FM_OK;
  size_t before = found->count;
  fm_state_init_node(&state, node, fm_expr_attribute(expr), &job->arena);
  bool any = false;
  while (*where != FM_POINTER_LIST && fm_state_next(&state, &json)) {
    any = true;
    int here = FM_POINTER_MISSING;
    error = list_by_steps(job, fm_expr_pointers(expr), json, false, found, &here);
    if (error || here != FM_POINTER_LIST)
      found->count = before; /* discard the items of a malformed list */
    *where = !error && here > *where ? here : *where;
  }
  if (!any)
    return fm_fail(&job->why, FM_E_NO_LIST, "no JSON and no JavaScript literal in the element on line %ld",
                   xmlGetLineNo(node));
  return *where == FM_POINTER_LIST ? FM_OK : error;
}

static int list_in_scripts(fm_recipe_job *job, const fm_expr *expr, fm_recipe_list *found)
{
  xmlNodePtr nodes[FM_FIELD_VALUES_MAX];
  const fm_css *css = fm_expr_selector(expr);
  size_t count = fm_css_find(css, &job->finder, job->eval.node, nodes, FM_FIELD_VALUES_MAX);
  int best = FM_POINTER_MISSING, error = FM_OK;
  if (!count)
    return fm_fail(&job->why, FM_E_NO_LIST, "no container: no element has the list's JSON");
  for (size_t i = 0; i < count; i++) {
    int where = FM_POINTER_MISSING;
    int wrong = list_in_element(job, expr, nodes[i], found, &where);
    error = wrong ? wrong : error;
    best = !wrong && where > best ? where : best;
  }
  if (best == FM_POINTER_LIST)
    return FM_OK;
  return error ? error : no_pointer(job, best);
}

static bool is_below(xmlNodePtr node, xmlNodePtr above)
{
  while (node && node != above)
    node = node->parent;
  return node != NULL;
}

/* Evaluates items on `scope` and keeps the elements inside `container`. */
static void add_nodes(fm_recipe_job *job, xmlNodePtr scope, xmlNodePtr container, fm_recipe_list *found)
{
  xmlNodePtr *nodes = fm_alloc((FM_RECIPE_ITEMS_MAX + 1) * sizeof *nodes);
  job->eval.node = scope;
  size_t count = fm_expr_nodes(job->recipe->items.alternatives[0].expr, &job->eval, nodes,
                               FM_RECIPE_ITEMS_MAX + 1);
  for (size_t i = 0; i < count && !found->cut; i++) {
    if (nodes[i]->type != XML_ELEMENT_NODE || !is_below(nodes[i], container))
      continue;
    found->cut = found->count == FM_RECIPE_ITEMS_MAX;
    if (!found->cut)
      *FM_PUSH(&job->arena, found->items, found->count, found->cap) = (fm_recipe_item){.node = nodes[i]};
  }
  free(nodes);
}

/* Finds the outermost containers, so that no item is found twice. */
static size_t find_containers(fm_recipe_job *job, xmlNodePtr containers[FM_FIELD_VALUES_MAX])
{
  const fm_field *field = &job->recipe->container;
  size_t count = 0, kept = 0;
  for (size_t i = 0; i < field->count && !count; i++)
    count = fm_expr_nodes(field->alternatives[i].expr, &job->eval, containers, FM_FIELD_VALUES_MAX);
  for (size_t i = 0; i < count; i++) /* document order: ancestors come first */
    if (!kept || !is_below(containers[i], containers[kept - 1]))
      containers[kept++] = containers[i];
  return kept;
}

/* The reason why a selector matches nothing: its first step that fails. */
static int no_match(fm_recipe_job *job, const fm_expr *expr, const char *what, const char *otherwise)
{
  fm_str start, step;
  return fm_expr_failing_step(expr, &job->eval, &start, &step)
           ? fm_fail(&job->why, FM_E_NO_LIST, "%s: \"%.*s\" is on the page, but nothing that matches "
                     "\"%.*s\" after it",
                     what, FM_FMT(start), FM_FMT(step))
           : fm_fail(&job->why, FM_E_NO_LIST, "%s: %s", what, otherwise);
}

static int no_items(fm_recipe_job *job)
{
  return no_match(job, job->recipe->items.alternatives[0].expr, "no items",
                  "nothing on the page matches, and the recipe names no container that would tell "
                  "an empty list");
}

/* Without a container an empty list cannot be distinguished from a different page, so no
 * items is an error. Items may be meant relative to the container or to the page; both are
 * tried. */
static int list_of_elements(fm_recipe_job *job, fm_recipe_list *found)
{
  bool named = job->recipe->container.count > 0;
  xmlNodePtr top = job->eval.node, containers[FM_FIELD_VALUES_MAX] = {top};
  size_t count = named ? find_containers(job, containers) : 1;
  if (!count)
    return no_match(job, job->recipe->container.alternatives[0].expr, "no container", "nothing on the page matches it");
  for (size_t i = 0; i < count; i++)
    add_nodes(job, containers[i], containers[i], found);
  for (size_t i = 0, none = !found->count && named; i < count && none; i++)
    add_nodes(job, top, containers[i], found);
  job->eval.node = top;
  if (!found->count && !named)
    return no_items(job);
  return FM_OK;
}

int fm_recipe_find_list(fm_recipe_job *job, fm_recipe_list *found)
{
  const fm_expr *expr = job->recipe->items.alternatives[0].expr;
  return job->recipe->json        ? list_of_json_page(job, found)
         : fm_expr_pointers(expr) ? list_in_scripts(job, expr, found)
                                  : list_of_elements(job, found);
}
