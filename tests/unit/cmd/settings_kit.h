/* What the tests of the settings share: files in a folder of their own, so that
 * a file is called "f" in problems. Each test includes it once. */
#ifndef SETTINGS_KIT_H
#define SETTINGS_KIT_H

#include "cmd/config_kit.h"

#include "cmd/settings.h"

#include <sys/stat.h>
#include <unistd.h>

static char manual_path[4096]; /* conf/feedmill.yaml, absolute */
static char folder[] = "/tmp/feedmill-settings-XXXXXX";

__attribute__((unused)) static void write_file(const char *name, const char *text, size_t len)
{
  FILE *out = fopen(name, "w");
  assert_non_null(out);
  assert_int_equal(fwrite(len ? text : "", 1, len, out), len);
  assert_int_equal(fclose(out), 0);
}

__attribute__((unused)) static char *read_whole(const char *name)
{
  fm_buf text;
  char piece[4096];
  size_t got;
  FILE *in = fopen(name, "r");
  assert_non_null(in);
  fm_buf_init(&text, FM_BUF_MAX);
  while ((got = fread(piece, 1, sizeof piece, in)) > 0)
    fm_buf_add(&text, piece, got);
  fclose(in);
  fm_buf_char(&text, 0);
  return fm_buf_take(&text, &(size_t){0});
}

typedef struct loaded {
  fm_settings *s;
  fm_problems problems;
  char *said;
  int error;
} loaded;

__attribute__((unused)) static loaded load_file(const char *name)
{
  loaded l = {0};
  l.error = fm_settings_load(name, &l.s, &l.problems);
  l.said = problems_text(&l.problems);
  return l;
}

__attribute__((unused)) static loaded load(const char *text)
{
  write_file("f", text, strlen(text));
  return load_file("f");
}

__attribute__((unused)) static void done(loaded *l)
{
  fm_settings_free(l->s);
  free(l->said);
  fm_problems_deinit(&l->problems);
}

__attribute__((unused)) static char *printed(const fm_settings *s)
{
  char *text;
  size_t len;
  FILE *out = open_memstream(&text, &len);
  fm_settings_print(s, out);
  fclose(out);
  return text;
}

static int enter(void **state)
{
  (void)state;
  return realpath("conf/feedmill.yaml", manual_path) && mkdtemp(folder) && chdir(folder) == 0 ? 0
                                                                                              : -1;
}

static int leave(void **state)
{
  (void)state;
  unlink("f");
  unlink("sub/c.yaml");
  unlink("elsewhere/p");
  rmdir("sub");
  rmdir("elsewhere");
  return rmdir(folder);
}

#endif
