/* The registry: built-in sources, plugins (dlopen) and recipes by name. */
#include "source/registry.h"

#include "base/list.h"
#include "base/map.h"
#include "base/str.h"
#include "source/exec/exec.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SYMBOL "feedmill_plugin"

enum { NAME_MAX_LEN = 64 };

struct item {
  fm_list_node node;
  const fm_source *source;
  char *from; /* the path of the shared object or the recipe; NULL: built in */
};

struct fm_registry {
  atomic_uint refs;
  fm_list items; /* in the order in which they were added */
  fm_map names;  /* name -> item */
};

static void add(fm_registry *registry, const fm_source *source, const char *from)
{
  struct item *item = FM_NEW(struct item);
  item->source = source;
  item->from = from ? fm_strdup(from) : NULL;
  fm_list_add(&registry->items, &item->node);
  fm_map_put(&registry->names, fm_str_of(source->name), item);
}

static const char *from_of(const struct item *item)
{
  return item->from ? item->from : "built in";
}

static const fm_source *const built_in[] = {&fm_daily_papers, &fm_exec, &fm_feed_source, &fm_auto};
enum { BUILT_IN = sizeof built_in / sizeof *built_in };

fm_registry *fm_registry_new(void)
{
  fm_registry *registry = FM_NEW(fm_registry);
  atomic_init(&registry->refs, 1);
  fm_list_init(&registry->items);
  for (size_t i = 0; i < BUILT_IN; i++)
    add(registry, built_in[i], NULL);
  return registry;
}

void fm_registry_ref(fm_registry *registry) { atomic_fetch_add(&registry->refs, 1); }

void fm_registry_unref(fm_registry *registry)
{
  if (!registry || atomic_fetch_sub(&registry->refs, 1) != 1)
    return;
  FM_LIST_EACH(node, &registry->items) {
    struct item *item = FM_OF(node, struct item, node);
    fm_source_unref(item->source);
    free(item->from);
    free(item);
  }
  fm_map_deinit(&registry->names);
  free(registry);
}

/* ---- plugins ---- */

static bool valid_name(const char *name)
{
  size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return len > 0 && len <= NAME_MAX_LEN && !name[len];
}

/* `abi` is the first member in every version, so it can be read before the rest. */
static int check(const fm_registry *registry, const char *path, const fm_source *source,
                 fm_why *why)
{
  if (source->abi != FM_PLUGIN_ABI)
    return fm_fail(why, FM_E_ABI, "%s: made for source ABI %u, this feedmill has %u", path,
                   source->abi, FM_PLUGIN_ABI);
  if (source->size < offsetof(fm_source, extract) + sizeof source->extract)
    return fm_fail(why, FM_E_ABI, "%s: " SYMBOL " is of %u bytes, too few for ABI %u", path,
                   source->size, FM_PLUGIN_ABI);
  if (!source->name || !valid_name(source->name))
    return fm_fail(why, FM_E_CONFIG, "%s: its name \"%s\" is not 1 to %d of a-z, 0-9 and '-'", path,
                   source->name ? source->name : "", NAME_MAX_LEN);
  if (!source->title || !source->plan || !source->extract)
    return fm_fail(why, FM_E_CONFIG, "%s: source %s lacks %s", path, source->name,
                   !source->title ? "a title" : !source->plan ? "plan" : "extract");
  const struct item *other = fm_map_get(&registry->names, fm_str_of(source->name));
  if (other)
    return fm_fail(why, FM_E_CONFIG, "%s: there is a source %s already (%s)", path, source->name,
                   from_of(other));
  return FM_OK;
}

/* A plugin is never unloaded: documents may point to its constants for as long as anybody
 * reads them, and an extraction may be running in it. */
static int open_object(const char *path, const fm_source **source, fm_why *why)
{
  fm_arena arena = {0};
  if (!strchr(path, '/')) /* otherwise dlopen would search the system's library paths */
    path = fm_arena_printf(&arena, "./%s", path).ptr;
  int error = FM_OK;
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const fm_source *found = object ? dlsym(object, SYMBOL) : NULL;
  if (!object)
    error = fm_fail(why, FM_E_CONFIG, "cannot load: %s", dlerror()); /* it names the path */
  else if (!found)
    error = fm_fail(why, FM_E_ABI, "%s: no plugin, it does not export " SYMBOL, path);
  else
    *source = found;
  if (object)
    dlclose(object);
  fm_arena_deinit(&arena);
  return error;
}

int fm_registry_load(fm_registry *registry, const char *path, fm_why *why)
{
  const fm_source *source = NULL;
  int error = open_object(path, &source, why);
  if (!error)
    error = check(registry, path, source, why);
  if (!error)
    add(registry, source, path);
  return error;
}

/* ---- recipes ---- */

int fm_registry_add_recipe(fm_registry *registry, fm_recipe *recipe, fm_problems *problems)
{
  const fm_source *source = fm_recipe_source(recipe);
  fm_str name = fm_str_of(source->name), file = fm_str_of(fm_recipe_file(recipe));
  const struct item *other = fm_map_get(&registry->names, name);
  if (!other) {
    add(registry, source, file.ptr);
    return FM_OK;
  }
  fm_problem_add(problems, file, fm_recipe_line(recipe), FM_STR("name"),
                 "there is a source %s already (%s)", source->name, from_of(other));
  fm_recipe_unref(recipe);
  return FM_E_CONFIG;
}

void fm_source_ref(const fm_source *source)
{
  fm_recipe *recipe = fm_recipe_of(source);
  if (recipe)
    fm_recipe_ref(recipe);
}

void fm_source_unref(const fm_source *source) { fm_recipe_unref(fm_recipe_of(source)); }

bool fm_source_is_built_in(const fm_source *source)
{
  bool found = false;
  for (size_t i = 0; i < BUILT_IN; i++)
    found = found || built_in[i] == source;
  return found;
}

bool fm_source_same(const fm_source *a, const fm_source *b)
{
  const fm_recipe *x = fm_recipe_of(a), *y = fm_recipe_of(b);
  return a == b || (x && y && fm_recipe_same(x, y));
}

/* ---- look-up ---- */

const fm_source *fm_registry_find(const fm_registry *registry, fm_str name)
{
  const struct item *item = fm_map_get(&registry->names, name);
  return item ? item->source : NULL;
}

int fm_registry_lookup(const fm_registry *registry, fm_str name, const fm_source **source,
                     fm_why *why)
{
  const fm_source *found = fm_registry_find(registry, name);
  if (!found) {
    fm_str near = {NULL, 0};
    FM_LIST_EACH(node, &registry->items)
      fm_str_suggest(name, fm_str_of(FM_OF(node, struct item, node)->source->name), &near);
    return fm_fail_unknown(why, "source", name, near);
  }
  *source = found;
  return FM_OK;
}

const fm_source *fm_registry_next(const fm_registry *registry, size_t *at, const char **from)
{
  size_t i = 0;
  FM_LIST_EACH(node, &registry->items) {
    if (i++ < *at)
      continue;
    const struct item *item = FM_OF(node, struct item, node);
    if (from)
      *from = from_of(item);
    ++*at;
    return item->source;
  }
  return NULL;
}
