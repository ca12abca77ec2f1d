/* feedmill check: reports every problem of the configuration and its recipes. */
#include "cmd/app.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "fetch/settings.h"

/* `serve` reads this file only when it fetches for the first time. */
static void check_ca_file(const fm_settings *s, fm_problems *problems)
{
  fm_why why = {""};
  if (!s->fetch.ca_file.len || fm_ca_file_check(s->fetch.ca_file.ptr, &why) == FM_OK)
    return;
  fm_str reason = fm_str_of(why.text), key = FM_STR("ca_file ");
  if (fm_str_starts(reason, key))
    reason = fm_str_from(reason, key.len);
  fm_settings_error(s, problems, "fetch.ca_file", "%s", reason.ptr);
}

static void check_store(const fm_settings *s, fm_problems *problems)
{
  fm_why why = {""};
  if (fm_app_check_store(s, &why))
    fm_settings_error(s, problems, "store", "%s", why.text);
}

void fm_settings_check_all(const fm_settings *settings, fm_problems *problems)
{
  fm_refused refused = {0};
  fm_problems more = {0};
  fm_registry *registry = fm_app_sources(settings, NULL, &refused);
  fm_catalog_unref(fm_app_catalog(settings, registry, &more));
  fm_registry_unref(registry);
  check_ca_file(settings, &more);
  check_store(settings, &more);
  fm_problems_join(problems, &refused.plugins);
  fm_problems_join(problems, &more);
  fm_problems_sort(problems, 0);
  fm_problems_join(problems, &refused.recipes);
  fm_problems_deinit(&more);
  fm_refused_deinit(&refused);
}

int fm_cmd_check(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "c:", "print", &options))
    return FM_EXIT_USAGE;
  if (options.nrest)
    return fm_usage_error(self, "%s is too much", options.rest[0]);
  fm_settings *settings = fm_settings_of(&options);
  if (!settings)
    return FM_EXIT_USAGE;
  fm_problems problems = {0};
  fm_settings_check_all(settings, &problems);
  size_t wrong = problems.count;
  if (wrong)
    fm_problems_print(&problems, stderr);
  else if (options.flag)
    fm_settings_print(settings, stdout);
  else
    printf("%s: good\n", settings->file.len ? settings->file.ptr : "the defaults");
  fm_problems_deinit(&problems);
  fm_settings_free(settings);
  return wrong ? FM_EXIT_USAGE : FM_EXIT_DONE;
}
