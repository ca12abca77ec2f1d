#include "source/registry.h"

#include "base/list.h"
#include "base/map.h"
#include "base/str.h"
#include "source/exec.h"

#include <dlfcn.h>
#include <stdlib.h>

#define SYMBOL "feedmill_plugin"

enum { NAME_MAX_LEN = 64 };

struct item {
  fm_node node;
  const fm_source *source;
  char *from; /* the shared object's path; NULL: built in */
};

struct fm_registry {
  fm_list items; /* in the order in which they came */
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

fm_registry *fm_registry_new(void)
{
  fm_registry *registry = FM_NEW(fm_registry);
  fm_list_init(&registry->items);
  add(registry, &fm_daily_papers, NULL);
  add(registry, &fm_exec, NULL);
  add(registry, &fm_feed_source, NULL);
  return registry;
}

void fm_registry_free(fm_registry *registry)
{
  if (!registry)
    return;
  FM_LIST_EACH(node, &registry->items) {
    struct item *item = FM_OF(node, struct item, node);
    free(item->from);
    free(item);
  }
  fm_map_deinit(&registry->names);
  free(registry);
}

/* -- loading -- */

static bool valid_name(const char *name)
{
  size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return len > 0 && len <= NAME_MAX_LEN && !name[len];
}

/* `abi` stands first in every version, so it may be read before the rest. */
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

/* Never unloaded: documents may point to a plugin's constants for as long as
 * anybody reads them, and a source may be in use in the pool. */
static int open_object(const char *path, const fm_source **source, fm_why *why)
{
  fm_arena arena = {0};
  if (!strchr(path, '/')) /* or dlopen would look among the system's libraries */
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

/* -- finding -- */

const fm_source *fm_registry_find(const fm_registry *registry, fm_str name)
{
  const struct item *item = fm_map_get(&registry->names, name);
  return item ? item->source : NULL;
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
