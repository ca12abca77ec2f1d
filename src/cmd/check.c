#include "cmd/app.h"
#include "cmd/cmd.h"

int fm_cmd_check(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "c:", "print", &options))
    return FM_EXIT_USAGE;
  if (options.nrest)
    return fm_misused(self, "%s is too much", options.rest[0]);
  fm_settings *settings = fm_settings_of(&options);
  if (!settings)
    return FM_EXIT_USAGE;
  fm_problems problems = {0};
  fm_registry *registry = fm_app_registry(settings, &problems);
  fm_catalog *catalog = fm_app_catalog(settings, registry, &problems);
  size_t wrong = problems.count;
  if (wrong)
    fm_problems_print(&problems, stderr);
  else if (options.flag)
    fm_settings_print(settings, stdout);
  else
    printf("%s: good\n", settings->file.len ? settings->file.ptr : "the defaults");
  fm_catalog_unref(catalog);
  fm_registry_free(registry);
  fm_problems_deinit(&problems);
  fm_settings_free(settings);
  return wrong ? FM_EXIT_USAGE : FM_EXIT_DONE;
}
