/* The log: standard error is a pipe in packet mode, in which one read gives
 * what one write put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "base/str.h"

static int from_log, real_stderr;
static char got[65536];

static int open_pipe(void **state)
{
  (void)state;
  int ends[2];
  if (pipe2(ends, O_DIRECT | O_NONBLOCK) < 0)
    return -1;
  real_stderr = dup(2);
  dup2(ends[1], 2);
  close(ends[1]);
  from_log = ends[0];
  return 0;
}

static int close_pipe(void **state)
{
  (void)state;
  dup2(real_stderr, 2);
  close(real_stderr);
  close(from_log);
  return 0;
}

/* Returns the one line that was written, without its time; a second write is a failure. */
static const char *line(void)
{
  ssize_t len = read(from_log, got, sizeof got - 1);
  assert_true(len > 26);
  got[len] = 0;
  assert_ptr_equal(strchr(got, '\n'), got + len - 1);
  got[len - 1] = 0;
  int64_t time;
  assert_memory_equal(got, "time=", 5);
  assert_true(fm_date_parse_iso((fm_str){got + 5, FM_DATE_ISO_LEN}, &time));
  char more;
  assert_int_equal(read(from_log, &more, 1), -1);
  return got + 26;
}

static void a_line_is_logfmt(void **state)
{
  (void)state;
  fm_log(FM_LOG_WARN, "refresh failed", "page", "/papers", "doing", "reading the body", "left",
         (const char *)NULL, "empty", "", "eq", "a=b", NULL);
  assert_string_equal(line(), "level=warn msg=\"refresh failed\" page=/papers "
                              "doing=\"reading the body\" empty=\"\" eq=\"a=b\"");
  fm_log(FM_LOG_ERROR, "x", NULL);
  assert_string_equal(line(), "level=error msg=\"x\"");
}

static void values_cannot_break_out(void **state)
{
  (void)state;
  fm_log(FM_LOG_INFO, "a\nb", "k", "\"\\\r\n\t\x1b[31m\x7f", "u", "é\xc2\x85\xe2\x80\xa8", "bad",
         "\xff", "bidi", "\xe2\x80\xae", NULL);
  assert_string_equal(line(), "level=info msg=\"a\\nb\" k=\"\\\"\\\\\\r\\n\\t\\u001b[31m\\u007f\" "
                              "u=\"é\\u0085\\u2028\" bad=\"\xef\xbf\xbd\" bidi=\"\\u202e\"");
}

static void levels_below_are_silent(void **state)
{
  (void)state;
  fm_log(FM_LOG_DEBUG, "not now", NULL);
  assert_int_equal(read(from_log, got, 1), -1);
  fm_log_level(FM_LOG_DEBUG);
  fm_log(FM_LOG_DEBUG, "now", NULL);
  assert_string_equal(line(), "level=debug msg=\"now\"");
  fm_log_level(FM_LOG_ERROR);
  fm_log(FM_LOG_WARN, "not now", NULL);
  assert_int_equal(read(from_log, got, 1), -1);
  fm_log_level(FM_LOG_INFO);
}

/* For each length around the cap: one line of at most 4 KiB with closed quotes. */
static void a_long_line_is_cut_cleanly(void **state)
{
  (void)state;
  static char text[6000];
  for (size_t len = 3980; len < 4120; len++) {
    for (int quoted = 0; quoted < 2; quoted++) {
      memset(text, 'a', len);
      text[len] = 0;
      text[len - 1] = quoted ? '"' : 'a';
      fm_log(FM_LOG_INFO, "m", "k", text, "after", "it", NULL);
      const char *l = line(), *end = l + strlen(l);
      assert_true(end - got <= 4095);
      bool whole = strstr(l, " after=it") != NULL;
      assert_true(whole || end[-1] == '"' || end[-1] == 'a');
      if (end[-1] == '"')
        assert_true(memcmp(end - 4, "...", 3) == 0 || memcmp(end - 3, "\\\"", 2) == 0);
    }
  }
  memset(text, 'b', 5999);
  fm_log(FM_LOG_INFO, text, "k", "v", NULL);
  const char *l = line();
  assert_true(strlen(l) < 4096);
  assert_string_equal(l + strlen(l) - 4, "...\"");
}

static void many_pairs_fill_the_line_and_no_more(void **state)
{
  (void)state;
  static char value[500];
  memset(value, 'v', 499);
  fm_log(FM_LOG_INFO, "m", "a", value, "b", value, "c", value, "d", value, "e", value, "f", value,
         "g", value, "h", value, "i", value, "j", value, NULL);
  const char *l = line();
  assert_true(strlen(got) < 4096);
  assert_non_null(strstr(l, " h=vvv"));
  assert_string_equal(l + strlen(l) - 4, "...\""); /* the value is truncated */
  assert_null(strstr(l, " j="));
}

static const char *raw_line(void)
{
  ssize_t len = read(from_log, got, sizeof got - 1);
  assert_true(len > 0);
  got[len] = 0;
  assert_ptr_equal(strchr(got, '\n'), got + len - 1);
  got[len - 1] = 0;
  return got;
}

static void json_lines(void **state)
{
  (void)state;
  fm_log_conf json = {.level = FM_LOG_INFO, .json = true}, text = {.level = FM_LOG_INFO};
  assert_int_equal(fm_log_configure(&json, NULL), FM_OK);
  fm_log(FM_LOG_WARN, "a \"quoted\" message", "key", "v\nalue", "none", NULL, "n", "", NULL);
  const char *l = raw_line();
  assert_memory_equal(l, "{\"time\":\"", 9);
  assert_string_equal(strchr(l, ','), ",\"level\":\"warn\",\"msg\":\"a \\\"quoted\\\" message\","
                                      "\"key\":\"v\\nalue\",\"n\":\"\"}");
  char long_value[8000];
  memset(long_value, 'x', sizeof long_value - 1);
  long_value[sizeof long_value - 1] = 0;
  fm_log(FM_LOG_INFO, "long", "key", long_value, NULL);
  l = raw_line();
  assert_true(strlen(l) < 4096 && strcmp(l + strlen(l) - 5, "...\"}") == 0);
  assert_int_equal(fm_log_configure(&text, NULL), FM_OK);
}

static void the_level_is_a_threshold(void **state)
{
  (void)state;
  fm_log_conf warn = {.level = FM_LOG_WARN}, info = {.level = FM_LOG_INFO};
  fm_log_configure(&warn, NULL);
  fm_log(FM_LOG_INFO, "not this", NULL);
  fm_log(FM_LOG_ERROR, "this", NULL);
  assert_string_equal(line(), "level=error msg=\"this\"");
  fm_log_configure(&info, NULL);
}

/* systemd says by JOURNAL_STREAM that standard error is the journal. */
static void the_journal_gets_priorities(void **state)
{
  (void)state;
  struct stat st;
  char stream[64];
  fm_log_conf text = {.level = FM_LOG_DEBUG}, info = {.level = FM_LOG_INFO};
  fstat(2, &st);
  snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
           (unsigned long long)st.st_ino);
  setenv("JOURNAL_STREAM", stream, 1);
  fm_log_configure(&text, NULL);
  static const char *const expected[] = {"<3>level=error msg=\"m\"", "<4>level=warn msg=\"m\"",
                                         "<6>level=info msg=\"m\"", "<7>level=debug msg=\"m\""};
  for (int i = 0; i < 4; i++) {
    fm_log((enum fm_log_level)i, "m", NULL);
    assert_string_equal(raw_line(), expected[i]);
  }
  setenv("JOURNAL_STREAM", "1:2", 1);
  fm_log_configure(&info, NULL);
  unsetenv("JOURNAL_STREAM");
  fm_log(FM_LOG_INFO, "m", NULL);
  assert_string_equal(line(), "level=info msg=\"m\"");
}

static void a_file_is_opened_anew(void **state)
{
  (void)state;
  char path[] = "/tmp/feedmill-log-XXXXXX", moved[64];
  int fd = mkstemp(path);
  fm_why why = {""};
  fm_log_conf file = {.level = FM_LOG_INFO, .to = path}, info = {.level = FM_LOG_INFO};
  fm_log_conf nowhere = {.level = FM_LOG_INFO, .to = "/nowhere/at/all"};
  assert_int_equal(fm_log_configure(&file, NULL), FM_OK);
  assert_int_equal(fm_log_configure(&nowhere, &why), FM_E_IO);
  assert_string_equal(why.text, "/nowhere/at/all: No such file or directory");
  fm_log(FM_LOG_INFO, "first", NULL); /* still to the file */
  snprintf(moved, sizeof moved, "%s.1", path);
  assert_int_equal(rename(path, moved), 0);
  assert_int_equal(fm_log_configure(&file, NULL), FM_OK);
  fm_log(FM_LOG_INFO, "second", NULL);
  struct stat before, after;
  assert_int_equal(stat(moved, &before), 0);
  assert_int_equal(stat(path, &after), 0);
  assert_true(before.st_size > 0 && after.st_size == before.st_size + 1);
  fm_log_configure(&info, NULL);
  unlink(path);
  unlink(moved);
  close(fd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_line_is_logfmt),
    cmocka_unit_test(values_cannot_break_out),
    cmocka_unit_test(levels_below_are_silent),
    cmocka_unit_test(a_long_line_is_cut_cleanly),
    cmocka_unit_test(many_pairs_fill_the_line_and_no_more),
    cmocka_unit_test(json_lines),
    cmocka_unit_test(the_level_is_a_threshold),
    cmocka_unit_test(the_journal_gets_priorities),
    cmocka_unit_test(a_file_is_opened_anew),
  };
  return cmocka_run_group_tests(tests, open_pipe, close_pipe);
}
