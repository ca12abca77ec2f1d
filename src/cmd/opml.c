/* feedmill opml: the configured feeds as OPML 2.0. */
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/cmd.h"
#include "web/feed_list.h"

/* The public base address as far as the settings tell it. */
static fm_str base_of(const fm_settings *s, fm_arena *arena)
{
  if (s->server.conf.base_url.len)
    return s->server.conf.base_url;
  for (size_t i = 0; i < s->server.listen.count; i++)
    if (!fm_str_starts(s->server.listen.items[i], FM_STR("unix:")))
      return fm_arena_printf(arena, "http://%.*s", FM_FMT(s->server.listen.items[i]));
  return FM_STR("http://localhost");
}

int fm_cmd_opml(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "c:", NULL, &options))
    return FM_EXIT_USAGE;
  if (options.nrest)
    return fm_usage_error(self, "%s is too much", options.rest[0]);
  fm_settings *settings = fm_settings_of(&options);
  if (!settings)
    return FM_EXIT_USAGE;
  fm_problems problems = {0};
  fm_registry *registry = fm_app_registry(settings, &problems);
  fm_catalog *catalog = fm_app_catalog(settings, registry, &problems);
  int status = FM_EXIT_USAGE;
  if (catalog) {
    fm_arena arena = {0};
    fm_buf out;
    fm_buf_init(&out, FM_BUF_MAX);
    fm_feed_list_opml(catalog, base_of(settings, &arena), &out);
    status = fm_print(fm_buf_view(&out));
    fm_buf_deinit(&out);
    fm_arena_deinit(&arena);
  }
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  fm_catalog_unref(catalog);
  fm_registry_unref(registry);
  fm_settings_free(settings);
  return status;
}
