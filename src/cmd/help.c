/* feedmill help. */
#include "cmd/cmd.h"

#include <stdio.h>

static int overview(void)
{
  puts("feedmill turns listing pages into feeds, Hugging Face Daily Papers first.\n");
  for (const fm_command *c = fm_commands; c->name; c++)
    printf("  feedmill %-8s %s\n", c->name, c->summary);
  puts("  feedmill --version\n\n"
       "`feedmill help COMMAND` says more. FEEDMILL_CONFIG names the configuration where no -c does.\n"
       "Exit status: 0 done, 1 failed, 2 wrong usage or configuration.");
  return FM_EXIT_DONE;
}

int fm_cmd_help(const fm_command *self, int argc, char **argv)
{
  if (argc < 2)
    return overview();
  const fm_command *c = fm_command_find(argv[1]);
  if (argc > 2)
    return fm_usage_error(self, "one command at a time");
  if (!c)
    return fm_unknown_command(argv[1]);
  printf("feedmill %s %s\n\n%s.\n%s", c->name, c->usage, c->summary, c->help ? c->help : "");
  return FM_EXIT_DONE;
}
