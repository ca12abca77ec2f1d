/* Commands: one a file, one row each in the table of command.c. */
#ifndef FM_CMD_CMD_H
#define FM_CMD_CMD_H

#include "base/why.h"
#include "cmd/settings.h"
#include <stdbool.h>

enum { FM_EXIT_DONE = 0, FM_EXIT_FAILED = 1, FM_EXIT_USAGE = 2 };

typedef struct fm_command {
  const char *name;
  const char *usage;   /* after the program's name and the command's */
  const char *summary; /* one line */
  const char *help;    /* further lines; may be NULL */
  int (*run)(const struct fm_command *self, int argc, char **argv); /* argv[0] is the name */
} fm_command;

extern const fm_command fm_commands[]; /* ends with name NULL */
const fm_command *fm_command_find(const char *name);

int fm_cmd_serve(const fm_command *self, int argc, char **argv);
int fm_cmd_fetch(const fm_command *self, int argc, char **argv);
int fm_cmd_convert(const fm_command *self, int argc, char **argv);
int fm_cmd_discover(const fm_command *self, int argc, char **argv);
int fm_cmd_check(const fm_command *self, int argc, char **argv);
int fm_cmd_backfill(const fm_command *self, int argc, char **argv);
int fm_cmd_store(const fm_command *self, int argc, char **argv);
int fm_cmd_sources(const fm_command *self, int argc, char **argv);
int fm_cmd_opml(const fm_command *self, int argc, char **argv);
int fm_cmd_help(const fm_command *self, int argc, char **argv);

/* The one line of a failure: "feedmill: ..." on standard error. Returns status. */
int fm_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Wrong usage: what, and how it is used. Returns FM_EXIT_USAGE. */
int fm_misused(const fm_command *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A command that there is not, and the nearest one. Returns FM_EXIT_USAGE. */
int fm_no_command(const char *name);

/* Options of a command: letters with ':' for those that take a value, as in
 * getopt(3); "--print" and the like by `flag`. Values by letter; NULL: not
 * given. */
typedef struct fm_options {
  const char *value[128];
  bool flag; /* the one long option that this command knows */
  char **rest;
  int nrest;
} fm_options;
/* Long options in pairs of name and letter: a letter's value is where the
 * letter's own would be, "since" 'S'; letter 1 is the flag. Ends with {0}. */
typedef struct fm_long_option {
  const char *name;
  char letter;
} fm_long_option;
int fm_options_parse_long(const fm_command *self, int argc, char **argv, const char *letters,
                          const fm_long_option *longs, fm_options *options);
/* FM_OK, or FM_EXIT_USAGE with the line said. */
int fm_options_parse(const fm_command *self, int argc, char **argv, const char *letters,
                     const char *flag, fm_options *options);

/* The settings from -c, else $FEEDMILL_CONFIG, else defaults. NULL: the
 * problems were printed and the command ends with FM_EXIT_USAGE. */
fm_settings *fm_settings_of(const fm_options *options);
/* Adds all that is wrong with settings where they meet what they name, by line with what was
 * said of them before: plugins, sources and pages of feeds, the CA's file. Then recipes. */
void fm_settings_look(const fm_settings *settings, fm_problems *problems);
/* The file that these come from; NULL: none. */
const char *fm_settings_path(const fm_options *options);

/* Standard output as a whole, or a failure: one write that may fail is said, also of what
 * was printed before. */
int fm_print(fm_str bytes);

#endif
