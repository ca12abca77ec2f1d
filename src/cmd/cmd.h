/* The commands: one file each, and one row each in the table of command.c. */
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
int fm_cmd_completion(const fm_command *self, int argc, char **argv);
int fm_cmd_help(const fm_command *self, int argc, char **argv);

/* Prints "feedmill: ..." to standard error as one line. Returns `status`. */
int fm_print_error(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints what is wrong, and the usage line. Returns FM_EXIT_USAGE. */
int fm_usage_error(const fm_command *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reports an unknown command with the nearest known one. Returns FM_EXIT_USAGE. */
int fm_unknown_command(const char *name);

/* Parsed options of a command. `letters` is as in getopt(3); `flag` is a long option without
 * a value, such as "print". value[letter] is NULL for an option that was not given. */
typedef struct fm_options {
  const char *value[128];
  bool flag; /* the one long option that this command knows */
  char **rest;
  int nrest;
} fm_options;
/* A long option, stored as if its letter had been given; letter 1 sets the flag. A table of
 * them ends with {0}. */
typedef struct fm_long_option {
  const char *name;
  char letter;
} fm_long_option;
int fm_options_parse_long(const fm_command *self, int argc, char **argv, const char *letters,
                          const fm_long_option *longs, fm_options *options);
/* FM_OK, or FM_EXIT_USAGE after reporting what is wrong. */
int fm_options_parse(const fm_command *self, int argc, char **argv, const char *letters,
                     const char *flag, fm_options *options);

/* Makes the address that a person gave usable (fm_url_from_user), in the arena. FM_EXIT_USAGE
 * after a message, which shows `name` before the reason. */
int fm_usage_url(const fm_command *self, const char *name, const char *text, fm_arena *arena,
                 const char **url);

/* Settings from the file of -c, else of $FEEDMILL_CONFIG, else defaults. NULL after printing
 * the problems: the command ends with FM_EXIT_USAGE. */
fm_settings *fm_settings_of(const fm_options *options);
/* Adds the problems that show only when settings meet what they name (plugins, sources and
 * addresses of feeds, the CA file), in order of line with those found before; then those of
 * recipes. */
void fm_settings_check_all(const fm_settings *settings, fm_problems *problems);
/* The configuration file's path; NULL: none, all defaults. */
const char *fm_settings_path(const fm_options *options);

/* Writes to standard output and flushes it. Reports a failed write, of earlier output too,
 * and returns FM_EXIT_FAILED. */
int fm_print(fm_str bytes);

#endif
