/* feedmill sources: every known source and where it comes from. */
#include "cmd/app.h"
#include "cmd/cmd.h"

int fm_cmd_sources(const fm_command *self, int argc, char **argv)
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
  const fm_source *source;
  const char *from;
  for (size_t at = 0; (source = fm_registry_next(registry, &at, &from));)
    printf("%-16s %s (%s)\n", source->name, source->title, from);
  int status = problems.count ? FM_EXIT_USAGE : FM_EXIT_DONE;
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  fm_registry_unref(registry);
  fm_settings_free(settings);
  return status;
}
