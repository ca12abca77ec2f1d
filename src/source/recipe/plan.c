/* Fills the placeholders of the url from, in this order: the feed's own keys, the request's
 * parameters, the segments of its path, the recipe's defaults. */
#include "base/str.h"
#include "source/option.h"
#include "source/recipe/internal.h"

typedef struct filling {
  const fm_recipe *recipe;
  const fm_plan_request *ask;
  fm_param values[FM_TEMPLATE_PARTS];
  size_t count;
  fm_str path; /* remaining segments; ptr NULL: none */
} filling;

static const fm_param *find(const fm_param *params, size_t count, fm_str name)
{
  for (size_t i = 0; i < count; i++)
    if (fm_str_eq(params[i].name, name))
      return &params[i];
  return NULL;
}

static bool in_host(const fm_recipe *recipe, fm_str name)
{
  for (size_t i = 0; i < recipe->url.count; i++)
    if (fm_str_eq(recipe->url.parts[i].name, name) && recipe->url.parts[i].in_host)
      return true;
  return false;
}

/* True for {+name} if it is the last placeholder to be filled from the path: it takes all
 * remaining segments. */
static bool takes_rest(const filling *f, fm_str name)
{
  const fm_strs *names = &f->recipe->names;
  bool takes = false;
  for (size_t i = 0; i < f->recipe->url.count; i++)
    takes = takes || (f->recipe->url.parts[i].slashes && fm_str_eq(f->recipe->url.parts[i].name, name));
  for (size_t i = names->count; takes && !fm_str_eq(names->items[i - 1], name); i--)
    takes = in_host(f->recipe, names->items[i - 1]) ||
            find(f->ask->options, f->ask->noptions, names->items[i - 1]) ||
            find(f->ask->params, f->ask->nparams, names->items[i - 1]);
  return takes;
}

/* Paths come from any client, so a host is never taken from one. */
static bool from_path(filling *f, fm_str name, fm_str *value)
{
  if (in_host(f->recipe, name))
    return false;
  while (f->path.len && *f->path.ptr == '/')
    f->path = fm_str_from(f->path, 1);
  if (!f->path.len)
    return false;
  if (!takes_rest(f, name))
    return fm_str_cut(&f->path, '/', value);
  *value = f->path;
  while (value->ptr[value->len - 1] == '/')
    value->len--;
  f->path = (fm_str){NULL, 0};
  return true;
}

static int fill(filling *f, fm_str name, fm_why *why)
{
  const fm_param *given = find(f->ask->options, f->ask->noptions, name);
  const fm_param *preset = find(f->recipe->defaults, f->recipe->ndefaults, name);
  if (!given && !in_host(f->recipe, name))
    given = find(f->ask->params, f->ask->nparams, name);
  fm_str value = given ? given->value : FM_STR("");
  if (!given && !from_path(f, name, &value)) {
    if (!preset)
      return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: not given, and this source has no default for it",
                     FM_FMT(name));
    value = preset->value;
  }
  if (!value.len && !(preset && !preset->value.len)) /* may be empty if its default is */
    return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: must not be empty", FM_FMT(name));
  f->values[f->count++] = (fm_param){name, value};
  return FM_OK;
}

static int check_rest(filling *f, fm_why *why)
{
  fm_str step;
  for (size_t i = 0; i < f->ask->nparams; i++) {
    fm_str name = f->ask->params[i].name;
    if (!find(f->values, f->count, name))
      return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: unknown parameter", FM_FMT(name));
    if (in_host(f->recipe, name) || find(f->ask->options, f->ask->noptions, name))
      return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: set in the configuration already", FM_FMT(name));
  }
  while (fm_str_cut(&f->path, '/', &step))
    if (step.len)
      return fm_fail(why, FM_E_NOT_FOUND, "\"%.*s\" is too much for this source's address",
                     FM_FMT(step));
  return FM_OK;
}

static int plan(filling *f, fm_arena *arena, fm_str *url, fm_why *why)
{
  for (size_t i = 0; i < f->recipe->names.count; i++) {
    int error = fill(f, f->recipe->names.items[i], why);
    if (error)
      return error;
  }
  int error = check_rest(f, why);
  return error ? error
               : fm_template_fill(&f->recipe->url, (fm_params){f->values, f->count}, false, arena, url, why);
}

int fm_recipe_plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan_made)
{
  const fm_recipe *recipe = (const fm_recipe *)(const void *)host->source;
  filling f = {.recipe = recipe, .ask = ask, .path = ask->path};
  fm_arena arena = {0};
  fm_why why = {""};
  fm_str url;
  int error = plan(&f, &arena, &url, &why);
  if (!error) {
    char *copy = host->alloc(host, url.len + 1);
    memcpy(copy, url.ptr, url.len);
    plan_made->url = (fm_str){copy, url.len};
    plan_made->key = fm_option_key(host, FM_STR(""), plan_made->url);
    plan_made->headers = recipe->headers;
    plan_made->nheaders = recipe->nheaders;
    if (recipe->json)
      plan_made->accept = FM_STR("application/json, */*;q=0.5");
  }
  fm_arena_deinit(&arena);
  return error ? host->fail(host, error, why.text) : FM_OK;
}
