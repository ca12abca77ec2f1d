/* feedmill store: export and import of the store as JSON Lines. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/cmd.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PROGRESS_MS = 100, BATCH = 1 << 20, CHUNK = 1 << 18 };

typedef struct moving {
  uv_loop_t *loop;
  fm_store *store;
  const char *what; /* for the progress line */
  size_t lines;     /* done so far */
  int64_t shown;    /* when the progress line last was; 0: it is not there */
  bool terminal;
  int status;
  /* import */
  fm_buf text;     /* read and not yet taken */
  size_t first;    /* the number of its first line */
  size_t taking;   /* bytes that the store has now */
  bool over, ended; /* nothing more comes; the export's last line came */
  uv_fs_t reading;
} moving;

static void show_progress(moving *m)
{
  int64_t now = fm_clock_mono_ms();
  if (!m->terminal || now - m->shown < PROGRESS_MS)
    return;
  m->shown = now;
  fprintf(stderr, "\r\033[K%s: %zu lines", m->what, m->lines);
  fflush(stderr);
}

/* Ends the command; called once. */
static void finish(moving *m, int status)
{
  if (m->shown)
    fputs("\r\033[K", stderr);
  m->shown = 0;
  m->status = status;
  fm_store_close(m->store, NULL, NULL);
}

/* ---- export ---- */

/* After a failed write (closed pipe, full disk) the rest of the export has no reader. */
static void check_output(bool good)
{
  if (!good)
    _exit(fm_print_error(FM_EXIT_FAILED, "standard output: %s", strerror(errno)));
}

static void on_line(void *ctx, fm_str line)
{
  moving *m = ctx;
  check_output(fwrite(line.ptr, 1, line.len, stdout) == line.len && putchar('\n') != EOF);
  m->lines++;
  show_progress(m);
}

static void on_exported(void *ctx, int error, const fm_why *why, size_t count)
{
  (void)count;
  check_output(fflush(stdout) == 0);
  finish(ctx, error ? fm_print_error(FM_EXIT_FAILED, "%s", why->text) : FM_EXIT_DONE);
}

/* ---- import ---- */

static void read_more(moving *m);

static void fail_import(moving *m, const char *reason)
{
  if (m->shown)
    fputs("\r\033[K", stderr);
  m->shown = 0;
  if (m->first > 1)
    fm_print_error(0, "standard input: %s; lines 1 to %zu were taken", reason, m->first - 1);
  else
    fm_print_error(0, "standard input: %s; nothing was taken", reason);
  finish(m, FM_EXIT_FAILED);
}

static size_t count_lines(fm_str text)
{
  size_t n = 0;
  fm_str line;
  while (text.len && fm_str_cut(&text, '\n', &line))
    n++;
  return n;
}

/* The last line that is not blank. */
static fm_str last_line(fm_str text)
{
  text = fm_str_trim(text);
  size_t at = text.len;
  while (at > 0 && text.ptr[at - 1] != '\n')
    at--;
  return fm_str_from(text, at);
}

static void finish_import(moving *m)
{
  if (m->first == 1)
    fail_import(m, "there is nothing in it");
  else if (!m->ended)
    fail_import(m, "it was cut off: the last line of an export is {\"end\":...}");
  else
    finish(m, FM_EXIT_DONE);
}

static void on_imported(void *ctx, int error, const fm_why *why, size_t count)
{
  moving *m = ctx;
  if (error) {
    fail_import(m, why->text);
    return;
  }
  fm_str taken = {m->text.ptr, m->taking};
  m->lines += count;
  m->first += count_lines(taken);
  if (fm_str_trim(taken).len)
    m->ended = fm_str_starts(last_line(taken), FM_STR("{\"end\":"));
  m->text.len -= m->taking;
  memmove(m->text.ptr, m->text.ptr + m->taking, m->text.len);
  show_progress(m);
  read_more(m);
}

static bool is_export(fm_str text)
{
  return fm_str_starts(text, FM_STR("{\"feedmill\":"));
}

/* Gives the store what there is of whole lines. */
static void take(moving *m, size_t whole)
{
  fm_str lines = {m->text.ptr, whole};
  if (m->first == 1 && !is_export(lines)) {
    fail_import(m, "line 1: no export of feedmill, which begins with {\"feedmill\":1}");
    return;
  }
  m->taking = whole;
  fm_store_import(m->store, lines, m->first, on_imported, m);
}

/* Up to the last line break, or to the end where there will be no other. */
static size_t whole_lines(const moving *m)
{
  const char *at = m->text.len ? memrchr(m->text.ptr, '\n', m->text.len) : NULL;
  if (m->over)
    return m->text.len;
  return at ? (size_t)(at - m->text.ptr) + 1 : 0;
}

static void on_read(uv_fs_t *request)
{
  moving *m = request->data;
  ssize_t got = request->result;
  uv_fs_req_cleanup(request);
  if (got < 0) {
    fail_import(m, uv_strerror((int)got));
    return;
  }
  m->text.len += (size_t)got;
  m->over = got == 0;
  read_more(m);
}

static void read_more(moving *m)
{
  size_t whole = whole_lines(m);
  if (m->over && m->text.len == 0) {
    finish_import(m);
  } else if (whole && (m->over || m->text.len >= BATCH)) {
    take(m, whole);
  } else if (fm_buf_reserve(&m->text, CHUNK)) {
    char reason[64];
    snprintf(reason, sizeof reason, "line %zu: longer than 32M", m->first);
    fail_import(m, reason);
  } else {
    uv_buf_t room = uv_buf_init(m->text.ptr + m->text.len, CHUNK);
    m->reading.data = m;
    uv_fs_read(m->loop, &m->reading, STDIN_FILENO, &room, 1, -1, on_read);
  }
}

/* ---- the command ---- */

static int open_store(moving *m, const fm_settings *settings, const char *uri, bool exporting)
{
  fm_why why = {0};
  fm_str place = uri ? fm_str_of(uri) : settings->store;
  fm_str path = fm_str_from(place, strlen("sqlite:"));
  if (fm_str_is(place, "memory:"))
    return fm_print_error(FM_EXIT_USAGE, "memory: is gone with each process, there is nothing to %s",
                       m->what);
  if (exporting && fm_str_starts(place, FM_STR("sqlite:")) && path.len &&
      access(path.ptr, F_OK) != 0)
    return fm_print_error(FM_EXIT_FAILED, "%s: %s", path.ptr, strerror(errno));
  int rc = fm_app_open_store(m->loop, settings, uri, &m->store, &why);
  if (rc)
    return fm_print_error(rc == FM_E_CONFIG ? FM_EXIT_USAGE : FM_EXIT_FAILED, "%s", why.text);
  if (m->terminal)
    fprintf(stderr, "store: %s\n", fm_app_store_text(place));
  return FM_EXIT_DONE;
}

static int move(moving *m, bool exporting)
{
  fm_buf_init(&m->text, FM_STORE_IMPORT_MAX + CHUNK);
  m->first = 1;
  if (exporting)
    fm_store_export(m->store, on_line, on_exported, m);
  else
    read_more(m);
  uv_run(m->loop, UV_RUN_DEFAULT);
  fm_buf_deinit(&m->text);
  return m->status;
}

int fm_cmd_store(const fm_command *self, int argc, char **argv)
{
  fm_options options;
  if (fm_options_parse(self, argc, argv, "c:s:", NULL, &options))
    return FM_EXIT_USAGE;
  const char *what = options.nrest == 1 ? options.rest[0] : "";
  bool exporting = strcmp(what, "export") == 0;
  if (!exporting && strcmp(what, "import") != 0)
    return fm_usage_error(self, "export or import is wanted");
  fm_settings *settings = fm_settings_of(&options);
  if (!settings)
    return FM_EXIT_USAGE;
  fm_log_level(FM_LOG_NONE); /* what fails is said once, at the end */
  moving m = {.loop = uv_default_loop(), .what = what, .terminal = isatty(STDERR_FILENO)};
  int status = open_store(&m, settings, options.value['s'], exporting);
  if (status == FM_EXIT_DONE)
    status = move(&m, exporting);
  fm_settings_free(settings);
  uv_loop_close(m.loop);
  return status;
}
