/* feedmill convert: a saved page in, its feed out, without network or loop. */
#include "base/str.h"
#include "base/clock.h"
#include "base/url.h"
#include "cmd/app.h"
#include "cmd/cmd.h"
#include "cmd/cpu_limit.h"
#include "cmd/page_file.h"
#include "feed/format.h"
#include "source/registry.h"

#include <stdio.h>
#include <string.h>

static int write_feed(const fm_doc *doc, const fm_format *format)
{
  fm_arena arena = {0};
  fm_view all = {0};
  fm_feed shown;
  fm_view_apply(&all, &doc->feed, &arena, &shown);
  fm_publication place = {.changed = FM_NO_TIME};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  int rc = format->write(&shown, &place, &out);
  rc = rc ? fm_print_error(FM_EXIT_FAILED, "the feed is larger than 256M") : fm_print(fm_buf_view(&out));
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
  return rc;
}

/* The key that the source plans for this address; empty if the address is none of the
 * source's, and then the page's content has to tell which listing it is. */
static fm_str key_of(const fm_source *source, fm_str url, fm_arena *arena)
{
  fm_url parts;
  fm_why why;
  fm_plan plan;
  fm_param params[8];
  fm_plan_request ask = {.size = sizeof ask, .params = params, .now = fm_clock_wall()};
  if (!url.len || !fm_url_parse(url, &parts))
    return (fm_str){"", 0};
  fm_str query = parts.query.ptr ? parts.query : (fm_str){"", 0};
  while (ask.nparams < 8 && fm_query_next(&query, arena, &params[ask.nparams].name,
                                          &params[ask.nparams].value) > 0)
    ask.nparams++;
  if (fm_url_decode(parts.path, false, arena, &ask.path) ||
      fm_source_plan(source, &ask, arena, &plan, &why))
    return (fm_str){"", 0};
  return plan.key;
}

/* `advice` is appended to the reason if the page has no list. */
static int convert(const fm_source *source, fm_str page, fm_str url, const char *name,
                   const fm_format *format, const char *advice)
{
  fm_arena arena = {0};
  bool recipe = fm_recipe_of(source) != NULL; /* a recipe's keys are addresses */
  fm_page got = {.size = sizeof got, .body = page, .url = url, .now = fm_clock_wall(),
                 .key = recipe ? url : key_of(source, url, &arena)};
  fm_extracted out = {.doc = NULL};
  fm_why why = {0};
  int rc = fm_source_extract_page(source, &got, &out, &why);
  fm_arena_deinit(&arena);
  if (rc) {
    fm_doc_unref(out.doc);
    return fm_print_error(FM_EXIT_FAILED, "%s: %s%s", name, why.text, rc == FM_E_NO_LIST ? advice : "");
  }
  if (out.note.len)
    fm_print_error(FM_EXIT_DONE, "%s: %.*s", name, FM_FMT(out.note));
  rc = write_feed(out.doc, format);
  fm_doc_unref(out.doc);
  return rc;
}

/* True for the path of a recipe's file: no source's name has these characters. */
static bool is_file(const char *name) { return strchr(name, '/') || strchr(name, '.'); }

/* A registry that knows `name`: of built-in sources, else with the configuration's recipes
 * and plugins. NULL after reporting a wrong configuration. */
static fm_registry *registry_for(const fm_options *options, const char *name, fm_settings **settings)
{
  fm_registry *registry = fm_registry_new();
  if (is_file(name) || fm_registry_find(registry, fm_str_of(name)))
    return registry;
  fm_registry_unref(registry);
  *settings = fm_settings_of(options);
  if (!*settings)
    return NULL;
  fm_problems problems = {0};
  registry = fm_app_registry(*settings, &problems);
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  return registry;
}

/* NULL after reporting why. The caller has a reference to the source. */
static const fm_source *source_of(const fm_command *self, const fm_registry *registry,
                                  const char *name)
{
  if (!is_file(name)) {
    const fm_source *source = NULL;
    fm_why why;
    if (fm_registry_lookup(registry, fm_str_of(name), &source, &why))
      fm_usage_error(self, "%s", why.text);
    fm_source_ref(source);
    return source;
  }
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_load(name, &problems);
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  return recipe ? fm_recipe_source(recipe) : NULL;
}

static int convert_file(const fm_source *source, const fm_options *options, const fm_format *format,
                        int64_t cpu)
{
  fm_buf page;
  fm_buf_init(&page, FM_PAGE_FILE_MAX);
  const char *path = options->nrest ? options->rest[0] : NULL;
  int status = fm_page_file_read(path && strcmp(path, "-") ? path : NULL, &page);
  fm_cpu_limit(cpu, path ? path : "standard input");
  if (status == FM_EXIT_DONE)
    status = convert(source, fm_buf_view(&page), fm_str_of(options->value['u']),
                     path ? path : "standard input", format,
                     options->value['s'] ? "" : "; -s auto finds the list on any other page");
  fm_buf_deinit(&page);
  return status;
}

int fm_cmd_convert(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "s:u:f:", NULL, &options))
    return FM_EXIT_USAGE;
  if (options.nrest > 1)
    return fm_usage_error(self, "one page at a time");
  fm_arena arena = {0};
  const char *url = options.value['u'];
  if (url && fm_usage_url(self, "-u", url, &arena, &options.value['u']))
    return FM_EXIT_USAGE;
  const fm_format *format = fm_format_find(fm_str_of(options.value['f'] ? options.value['f'] : "atom"));
  if (!format) {
    fm_arena_deinit(&arena);
    return fm_usage_error(self, "there is no format %s", options.value['f']);
  }
  const char *name = options.value['s'] ? options.value['s'] : "daily-papers";
  fm_settings *settings = NULL;
  fm_registry *registry = registry_for(&options, name, &settings);
  const fm_source *source = registry ? source_of(self, registry, name) : NULL;
  int64_t cpu = settings ? settings->extract.cpu : FM_CPU_LIMIT;
  int status = source ? convert_file(source, &options, format, cpu) : FM_EXIT_USAGE;
  fm_source_unref(source);
  fm_registry_unref(registry);
  fm_settings_free(settings);
  fm_arena_deinit(&arena);
  return status;
}
