/* feedmill: finds the command and runs it. */
#include "cmd/cmd.h"

#include "mill/extract_worker.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int wants_help(const char *argument)
{
  return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static const fm_command help = {.name = "help", .usage = "[COMMAND]"};

static int run(int argc, char **argv)
{
  if (argc < 2)
    return fm_print_error(FM_EXIT_USAGE, "a command is wanted; `feedmill help` names them");
  if (strcmp(argv[1], "--version") == 0) {
    puts("feedmill " FM_VERSION);
    return FM_EXIT_DONE;
  }
  if (wants_help(argv[1]))
    return fm_cmd_help(&help, 1, argv);
  if (strcmp(argv[1], FM_WORKER_COMMAND) == 0)
    return fm_extract_worker_main(argc, argv);
  const fm_command *command = fm_command_find(argv[1]);
  if (!command)
    return fm_unknown_command(argv[1]);
  if (argc > 2 && wants_help(argv[2]))
    return fm_cmd_help(&help, 2, argv);
  return command->run(command, argc - 1, argv + 1);
}

/* Output that cannot be written is a failure, whichever command printed it. */
int main(int argc, char **argv)
{
  /* Serving threads allocate little: two arenas do, and keep the resident size
   * small; what a refresh has freed goes back to the system. */
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a file at its size limit fails with EFBIG, like a full disk */
  int status = run(argc, argv);
  return status == FM_EXIT_DONE ? fm_print((fm_str){"", 0}) : status;
}
