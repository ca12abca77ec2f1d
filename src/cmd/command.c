/* The table of commands, option parsing, and what all commands print alike. */
#include "cmd/cmd.h"

#include "base/str.h"
#include "base/url.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const fm_command fm_commands[] = {
  {"serve", "[-c FILE] [--listen ADDRESS]", "run the proxy",
   "With no file it serves Daily Papers on 127.0.0.1:8080 and remembers in feedmill.db.\n"
   "ADDRESS, host:port, [v6]:port or unix:/path, goes before server.listen.\n"
   "Signals: HUP reloads the configuration, TERM and INT stop when what is in flight is\n"
   "answered, USR1 reopens the logs.\n",
   fm_cmd_serve},
  {"fetch", "[-c FILE] [-f atom|rss|json] FEED-OR-URL", "one feed to standard output",
   "FEED is a name from the configuration, URL a Daily Papers address or its path; a feed of\n"
   "the configuration can be of any other page (source: auto, feed, or a recipe). With a\n"
   "configuration its memory is used; without one nothing is remembered. In a terminal it\n"
   "shows on standard error what it waits for.\n",
   fm_cmd_fetch},
  {"convert", "[-s SOURCE] [-u URL] [-f atom|rss|json] [FILE]",
   "a page in, its feed out, with no network",
   "Reads standard input without FILE. SOURCE is one of `feedmill sources` (FEEDMILL_CONFIG names\n"
   "the configuration with recipes and plugins) or a recipe's file, by default daily-papers;\n"
   "URL is where the page came from, for a page that does not say.\n"
   "It has no memory: entries to which the page gives no date are of 1970-01-01. `feedmill\n"
   "fetch -c FILE` dates them by when they were first seen.\n",
   fm_cmd_convert},
  {"discover", "[-c FILE] [-u URL] URL|FILE", "find the list on any page and print a recipe for it",
   "The recipe goes to standard output, the first items that it yields to standard error.\n"
   "FILE is a page, - standard input; -u says where it came from. Saved in one of the files\n"
   "of `sources:` the recipe is a source.\n",
   fm_cmd_discover},
  {"check", "[-c FILE] [--print]", "read the configuration and say all that is wrong with it",
   "Each problem is a line, file:line: key: reason. --print shows what is in force.\n",
   fm_cmd_check},
  {"backfill", "FEED-OR-URL --since DATE [--until DATE] [-c FILE]",
   "fill the memory from the pages of days gone by",
   "FEED-OR-URL is a feed or address that keeps a page for each day: /papers. Dates are\n"
   "YYYY-MM-DD and both belong to it; without --until it begins with the newest. It goes back.\n"
   "One page is asked for at a time, within what the host allows. Interrupted, it keeps what\n"
   "it has, and the same command goes on from there. It may run while feedmill serves.\n",
   fm_cmd_backfill},
  {"store", "export|import [-c FILE] [-s STORE]", "what is remembered as JSON Lines, out or in",
   "export writes to standard output, import reads standard input and keeps what is there\n"
   "already. STORE is sqlite:PATH or redis://HOST:PORT/DB, by default the configuration's.\n"
   "An import that is interrupted may be done again from its start.\n",
   fm_cmd_store},
  {"sources", "[-c FILE]", "the sources it knows", NULL, fm_cmd_sources},
  {"opml", "[-c FILE]", "the configured feeds as OPML", NULL, fm_cmd_opml},
  {"completion", "bash|zsh", "completion for a shell, as a script", NULL, fm_cmd_completion},
  {"help", "[COMMAND]", "this, or more of one command", NULL, fm_cmd_help},
  {0},
};

const fm_command *fm_command_find(const char *name)
{
  for (const fm_command *c = fm_commands; c->name; c++)
    if (strcmp(c->name, name) == 0)
      return c;
  return NULL;
}

int fm_print_error(int status, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fputs("feedmill: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  return status;
}

int fm_usage_error(const fm_command *self, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fprintf(stderr, "feedmill %s: ", self->name);
  vfprintf(stderr, format, args);
  fprintf(stderr, "; usage: feedmill %s %s\n", self->name, self->usage);
  va_end(args);
  return FM_EXIT_USAGE;
}

int fm_unknown_command(const char *name)
{
  fm_str near = {NULL, 0};
  for (const fm_command *c = fm_commands; c->name; c++)
    fm_str_suggest(fm_str_of(name), fm_str_of(c->name), &near);
  return fm_print_error(FM_EXIT_USAGE, "there is no command %s%s%.*s%s `feedmill help` names them", name,
                     near.len ? "; did you mean " : "", FM_FMT(near), near.len ? "?" : ";");
}

static const char *long_name(const fm_long_option *longs, int letter)
{
  for (; longs->name; longs++)
    if (longs->letter == letter)
      return longs->name;
  return NULL;
}

/* Reports the option at which getopt stopped. */
static int misused_option(const fm_command *self, char **argv, const fm_long_option *longs,
                          bool lacks_value)
{
  const char *name = optopt > 1 ? long_name(longs, optopt) : NULL;
  if (lacks_value && name)
    return fm_usage_error(self, "--%s wants a value", name);
  if (lacks_value)
    return fm_usage_error(self, "-%c wants a value", optopt);
  if (optopt > 1)
    return fm_usage_error(self, "there is no option -%c", optopt);
  return fm_usage_error(self, "there is no option %s", argv[optind - 1]);
}

int fm_options_parse_long(const fm_command *self, int argc, char **argv, const char *letters,
                          const fm_long_option *longs, fm_options *options)
{
  enum { LONGS_MAX = 8 };
  struct option table[LONGS_MAX + 1] = {{0}};
  char spec[32];
  for (size_t i = 0; longs[i].name && i < LONGS_MAX; i++)
    table[i] = (struct option){longs[i].name, longs[i].letter == 1 ? no_argument : required_argument,
                               NULL, longs[i].letter};
  snprintf(spec, sizeof spec, ":%s", letters);
  *options = (fm_options){0};
  opterr = 0;
  optind = 1;
  for (int c; (c = getopt_long(argc, argv, spec, table, NULL)) != -1;) {
    if (c == ':' || c == '?')
      return misused_option(self, argv, longs, c == ':');
    if (c == 1)
      options->flag = true;
    else
      options->value[c & 127] = optarg;
  }
  options->rest = argv + optind;
  options->nrest = argc - optind;
  return FM_OK;
}

int fm_usage_url(const fm_command *self, const char *name, const char *text, fm_arena *arena,
                 const char **url)
{
  fm_str made;
  fm_why why;
  if (fm_url_from_user(fm_str_of(text), arena, &made, &why))
    return fm_usage_error(self, "%s %s", name, why.text);
  *url = made.ptr;
  return FM_EXIT_DONE;
}

int fm_options_parse(const fm_command *self, int argc, char **argv, const char *letters,
                     const char *flag, fm_options *options)
{
  const fm_long_option longs[] = {{flag, 1}, {0}};
  return fm_options_parse_long(self, argc, argv, letters, longs, options);
}

const char *fm_settings_path(const fm_options *options)
{
  if (options->value['c'])
    return options->value['c'];
  const char *path = getenv("FEEDMILL_CONFIG");
  return path && *path ? path : NULL;
}

fm_settings *fm_settings_of(const fm_options *options)
{
  fm_settings *settings;
  fm_problems problems = {0};
  if (fm_settings_read(fm_settings_path(options), &settings, &problems)) {
    if (settings)
      fm_settings_check_all(settings, &problems);
    fm_problems_print(&problems, stderr);
    fm_settings_free(settings);
    settings = NULL;
  }
  fm_problems_deinit(&problems);
  return settings;
}

int fm_print(fm_str bytes)
{
  if (fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len || fflush(stdout) || ferror(stdout))
    return fm_print_error(FM_EXIT_FAILED, "standard output: %s", strerror(errno));
  return FM_EXIT_DONE;
}
