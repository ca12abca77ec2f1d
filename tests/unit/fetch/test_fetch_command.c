/* Commands: real programs, run by the fetcher. */
#include "fetch/fetch_bed.h"
#include "base/buf.h"
#include "fetch/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS = 8 };

static char folder[] = "/tmp/feedmill-command-XXXXXX";

/* Starts a command instead of a GET of `target`. */
static void run_start(got *g, bed *b, const char *target, const char *const *words)
{
  fm_str *command = fm_arena_alloc(&g->arena, WORDS * sizeof *command);
  size_t n = 0;
  for (; words[n]; n++)
    command[n] = fm_str_of(words[n]);
  g->spec.command = command;
  g->spec.ncommand = n;
  got_start(g, b, target);
  memset(command, 0, WORDS * sizeof *command); /* the fetcher has a copy */
}

static void shell_start(got *g, bed *b, const char *script)
{
  run_start(g, b, "/p", (const char *[]){"sh", "-c", script, NULL});
}

static void assert_prints(bed *b, const char *script, const char *body)
{
  got g = {0};
  shell_start(&g, b, script);
  got_wait(&g);
  if (g.result.error)
    fail_msg("%s: %s", script, g.result.why.text);
  assert_text(g.result.body, body);
  assert_int_equal(g.result.status, 200);
  got_free(&g);
}

static void assert_refused(bed *b, const char *script, int error, const char *reason)
{
  got g = {0};
  shell_start(&g, b, script);
  got_wait(&g);
  assert_int_equal(g.result.error, error);
  assert_holds(g.result.why.text, reason);
  assert_true(strncmp(g.result.why.text, "GET http://127.0.0.1", 20) == 0);
  assert_null(g.result.body.ptr);
  got_free(&g);
}

static void test_gives_what_it_prints(void **state)
{
  (void)state;
  bed b;
  got g = {0}, odd = {0};
  char url[128], both[300];
  bed_start(&b);
  assert_prints(&b, "printf '<p>a</p>'; echo noise >&2", "<p>a</p>");
  snprintf(url, sizeof url, "%s/p?a=1&b=%%22", b.host.url);
  snprintf(both, sizeof both, "(%s)%s $HOME * ;x", url, url);
  /* no shell: its special characters are plain; {url} is replaced everywhere */
  run_start(&g, &b, url, (const char *[]){"printf", "(%s)%s", "{url}", "{url} $HOME * ;x", NULL});
  got_wait(&g);
  assert_text(g.result.body, both);
  assert_text(g.result.charset, "utf-8");
  assert_text(g.result.url, url);
  run_start(&odd, &b, url, (const char *[]){"printf", "\\351", NULL});
  got_wait(&odd);
  assert_text(odd.result.charset, ""); /* not UTF-8: the page may declare its charset */
  assert_int_equal(b.host.connections, 0);
  bed_end(&b);
  got_free(&g);
  got_free(&odd);
}

static void test_has_nothing_of_ours(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  assert_prints(&b, "cat; echo end", "end\n"); /* standard input is empty */
  assert_prints(&b, "ls /proc/$$/fd; :", "0\n1\n2\n");
  assert_prints(&b, "trap '' PIPE; echo x >/dev/stdout", "x\n");
  assert_prints(&b, "sh -c 'kill -PIPE $$'; echo $?", "141\n");
  assert_prints(&b, "test $(ps -o pgid= -p $$) = $$ && echo leads", "leads\n");
  assert_prints(&b, "echo \"$FEEDMILL_URL\" | grep -c /p$", "1\n");
  bed_end(&b);
}

static void test_says_why_it_failed(void **state)
{
  (void)state;
  bed b;
  bed_start_at(&b, "127.0.0.1");
  b.conf.max_body = 100000;
  bed_open(&b);
  assert_refused(&b, "echo half; echo one >&2; printf 'no \\033page' >&2; exit 3", FM_E_UNAVAILABLE,
                 "sh failed with status 3: no  page");
  assert_refused(&b, "kill -SEGV $$", FM_E_UNAVAILABLE, "sh was ended by signal 11");
  assert_refused(&b, ":", FM_E_UNAVAILABLE, "sh printed nothing");
  assert_refused(&b, "yes", FM_E_TOO_BIG, "sh wrote more than 100000 bytes (fetch.max_body)");
  got none = {0};
  run_start(&none, &b, "/p", (const char *[]){"/no/such/program", "x", NULL});
  assert_int_equal(none.calls, 0); /* never from inside the call */
  got_wait(&none);
  assert_int_equal(none.result.error, FM_E_UNAVAILABLE);
  assert_holds(none.result.why.text, "/no/such/program cannot be started: No such file");
  bed_end(&b);
  got_free(&none);
}

/* A fifo that the program's child holds open: reading ends when all are gone. */
static int open_fifo(char path[64])
{
  static int count;
  snprintf(path, 64, "%s/fifo%d", folder, count++);
  assert_int_equal(mkfifo(path, 0600), 0);
  int end = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  assert_true(end >= 0);
  return end;
}

static bool has_started(int fifo) { return read(fifo, &(char){0}, 1) == 1; }

static void assert_ended(int fifo)
{
  char byte;
  fcntl(fifo, F_SETFL, 0); /* blocks until the last writer is gone; a test that hangs fails */
  alarm(120);
  while (read(fifo, &byte, 1) > 0)
    ;
  alarm(0);
  close(fifo);
}

static const char *holder(char text[256], const char *path, const char *then)
{
  snprintf(text, 256, "exec 9>%s; (echo >&9; sleep 1000) & %s", path, then);
  return text;
}

static void test_is_killed_with_its_children(void **state)
{
  (void)state;
  bed b;
  char path[64], script[256];
  int fifo = open_fifo(path);
  bed_start_at(&b, "127.0.0.1");
  b.conf.timeout_ms = 300;
  bed_open(&b);
  assert_refused(&b, holder(script, path, "wait"), FM_E_TIMEOUT, "sh was stopped after 0 s");
  assert_ended(fifo);
  bed_end(&b);
}

/* A child left behind by a program that succeeded delays nothing, and is killed. */
static void test_its_end_is_the_end(void **state)
{
  (void)state;
  bed b;
  char path[64], script[256];
  int fifo = open_fifo(path);
  bed_start(&b);
  assert_prints(&b, holder(script, path, "echo page"), "page\n");
  assert_ended(fifo);
  bed_end(&b);
}

static void test_cancel_kills(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  char path[64], script[256];
  int fifo = open_fifo(path);
  bed_start(&b);
  shell_start(&g, &b, holder(script, path, "wait"));
  bed_until(&b, has_started(fifo));
  assert_string_equal(fm_fetch_doing(g.fetch), "running its command");
  assert_int_equal(fm_fetch_received(g.fetch), 0);
  fm_fetch_cancel(g.fetch);
  fm_fetch_cancel(g.fetch);
  assert_int_equal(g.calls, 0);
  got_wait(&g);
  assert_int_equal(g.result.error, FM_E_CANCELLED);
  assert_ended(fifo);
  bed_end(&b);
  got_free(&g);
}

static void test_close_kills(void **state)
{
  (void)state;
  bed b;
  got all[3] = {0};
  char path[64], script[256];
  int fifo = open_fifo(path);
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 1;
  bed_open(&b);
  shell_start(&all[0], &b, holder(script, path, "wait"));
  shell_start(&all[1], &b, "echo never"); /* queued at the host */
  bed_until(&b, has_started(fifo));
  assert_string_equal(fm_fetch_doing(all[1].fetch), "waiting in the host's queue");
  shell_start(&all[2], &b, "echo never");
  fm_fetcher_close(b.fetcher, bed_closed, &b);
  bed_until(&b, b.closed);
  b.fetcher = NULL;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(all[i].calls, 1);
    assert_int_equal(all[i].result.error, FM_E_CANCELLED);
    got_free(&all[i]);
  }
  assert_ended(fifo);
  bed_end(&b);
}

static void test_takes_turns_with_fetches(void **state)
{
  (void)state;
  bed b;
  got page = {0}, command = {0};
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 1;
  bed_open(&b);
  origin_route *r = origin_page(&b.host, "/p", "", "x", 1);
  r->mode = HELD;
  got_start(&page, &b, "/p");
  bed_until(&b, r->open == 1);
  shell_start(&command, &b, "echo y");
  got probe = {0};
  got_page(&probe, &b, "ftp://x/"); /* it is still queued an iteration later */
  assert_string_equal(fm_fetch_doing(command.fetch), "waiting in the host's queue");
  origin_release(&b.host, r);
  got_wait(&command);
  got_wait(&page);
  assert_text(command.result.body, "y\n");
  bed_end(&b);
  got_free(&page);
  got_free(&command);
  got_free(&probe);
}

static void test_keeps_the_manners(void **state)
{
  (void)state;
  bed b;
  bed_start_at(&b, "127.0.0.1");
  b.conf.robots = true;
  bed_open(&b);
  origin_page(&b.host, "/robots.txt", "", "User-agent: *\nDisallow: /p\n", 27);
  assert_refused(&b, "echo x", FM_E_FORBIDDEN, "robots.txt of 127.0.0.1");
  bed_end(&b);
  bed_start_at(&b, "127.0.0.1");
  b.conf.allow_private = false;
  bed_open(&b);
  assert_refused(&b, "echo x", FM_E_FORBIDDEN, "127.0.0.1 is no public address (loopback");
  bed_end(&b);
}

/* ---- the program that a page is piped through ---- */

/* Fetches /p, whose body is `page`, through a shell script. */
static void pipe_start(got *g, bed *b, const char *page, const char *script, fm_program limits)
{
  fm_str argv[] = {FM_STR("sh"), FM_STR("-c"), fm_str_of(script)};
  fm_program program = {.argv = argv, .argc = 3, .time = limits.time ? limits.time : 60,
                        .memory = limits.memory ? limits.memory : 1 << 30};
  origin_page(&b->host, "/p", "Content-Type: text/html; charset=x-y\r\nETag: \"1\"\r\n", page,
              strlen(page));
  g->spec.program = &program;
  got_start(g, b, "/p");
}

static void assert_pipes(bed *b, const char *page, const char *script, fm_program limits,
                         const char *expected)
{
  got g = {0};
  pipe_start(&g, b, page, script, limits);
  got_wait(&g);
  if (g.result.error)
    fail_msg("%s: %s", script, g.result.why.text);
  if (!fm_str_is(g.result.body, expected))
    fail_msg("%s: \"%.*s\"", script, FM_FMT(g.result.body));
  assert_int_equal(g.result.status, 200);
  assert_text(g.result.etag, "\"1\"");
  got_free(&g);
}

static void assert_pipe_fails(bed *b, const char *script, fm_program limits, int error,
                              const char *reason)
{
  got g = {0};
  pipe_start(&g, b, "page", script, limits);
  got_wait(&g);
  assert_int_equal(g.result.error, error);
  assert_holds(g.result.why.text, reason);
  assert_null(g.result.body.ptr);
  got_free(&g);
}

static void test_pipes_the_page(void **state)
{
  (void)state;
  bed b;
  fm_program none = {0};
  fm_buf page;
  bed_start_at(&b, "127.0.0.1");
  b.conf.max_body = 4 << 20;
  bed_open(&b);
  fm_buf_init(&page, FM_BUF_MAX);
  for (int i = 0; i < 200000; i++)
    fm_buf_addf(&page, "%d\n", i);
  fm_buf_char(&page, 0);
  assert_pipes(&b, page.ptr, "wc -l", none, "200000\n");
  assert_pipes(&b, page.ptr, "head -1", none, "0\n"); /* it may not read all of it */
  assert_pipes(&b, page.ptr, "exec <&-; echo none", none, "none\n");
  assert_pipes(&b, page.ptr, "tail -n 1 >&2; echo x", none, "x\n");
  assert_pipes(&b, page.ptr, "cat", none, page.ptr); /* both ways, more than a pipe holds */
  assert_pipes(&b, "", "cat; echo end", none, "end\n");
  assert_pipes(&b, "x", ":", none, ""); /* no output is a valid output */
  bed_end(&b);
  fm_buf_deinit(&page);
}

static void test_surroundings_of_a_program(void **state)
{
  (void)state;
  bed b;
  char expected[128];
  fm_program none = {0};
  bed_start(&b);
  snprintf(expected, sizeof expected, "%s/p x-y\n", b.host.url);
  assert_pipes(&b, "x", "echo $FEEDMILL_URL $FEEDMILL_CHARSET", none, expected);
  assert_pipes(&b, "x", "ls /proc/$$/fd; :", none, "0\n1\n2\n");
  assert_pipes(&b, "x", "test $(ps -o sid= -p $$) = $$ && echo leads", none, "leads\n");
  assert_pipes(&b, "x", "ulimit -v; ulimit -c; ulimit -n", (fm_program){.memory = 64 << 20},
               "65536\n0\n256\n");
  assert_pipes(&b, "x", "ulimit -t", (fm_program){.time = 7}, "7\n");
  bed_end(&b);
}

static void test_failures_of_a_program(void **state)
{
  (void)state;
  bed b;
  fm_program none = {0}, second = {.time = 1};
  bed_start(&b);
  assert_pipe_fails(&b, "echo one >&2; echo last one >&2; exit 3", none, FM_E_NO_LIST,
                    "sh failed with status 3: last one");
  assert_pipe_fails(&b, "kill -SEGV $$", none, FM_E_NO_LIST, "sh was ended by signal 11");
  assert_pipe_fails(&b, "yes", none, FM_E_NO_LIST, "sh wrote more than 33554432 bytes");
  assert_pipe_fails(&b, "sleep 1000", second, FM_E_TIMEOUT, "sh was stopped after 1 s");
  assert_pipe_fails(&b, "trap '' TERM INT HUP; while :; do sleep 1; done", second, FM_E_TIMEOUT,
                    "sh was stopped after 1 s");
  /* by the clock or by CPU time, whichever is first */
  assert_pipe_fails(&b, "while :; do :; done", second, FM_E_TIMEOUT, "1 s");
  assert_pipe_fails(&b, "awk 'BEGIN { for (;;) s = s \"xxxxxxxxxxxxxxxx\" s \"x\" }'",
                    (fm_program){.memory = 64 << 20}, FM_E_NO_LIST, "sh failed with status");
  fm_str argv[] = {FM_STR("no-such-program")};
  fm_program lost = {.argv = argv, .argc = 1, .time = 60, .memory = 1 << 30};
  got g = {.spec = {.program = &lost}};
  got_page(&g, &b, "/p");
  assert_int_equal(g.result.error, FM_E_IO);
  assert_holds(g.result.why.text, "no-such-program cannot be started: it is not in PATH");
  bed_end(&b);
  got_free(&g);
}

/* A page that was not modified, or could not be fetched, is not piped. */
static void test_pipes_only_pages(void **state)
{
  (void)state;
  bed b;
  fm_str argv[] = {FM_STR("false")};
  fm_program program = {.argv = argv, .argc = 1, .time = 60, .memory = 1 << 30};
  bed_start(&b);
  origin_set(&b.host, "/p", KEEP, "HTTP/1.1 304 Not Modified\r\n\r\n");
  got same = {.spec = {.program = &program, .etag = FM_STR("\"1\"")}};
  got_page(&same, &b, "/p");
  assert_int_equal(same.result.error, FM_OK);
  assert_int_equal(same.result.status, 304);
  got gone = {.spec = {.program = &program}};
  origin_set(&b.host, "/p", KEEP, "HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n");
  got_page(&gone, &b, "/p");
  assert_int_equal(gone.result.error, FM_E_UNAVAILABLE);
  bed_end(&b);
  got_free(&same);
  got_free(&gone);
}

/* More programs than run at a time: each is run, or cancelled while it waits for a place. */
static void test_programs_queue(void **state)
{
  (void)state;
  enum { MANY = 18 };
  static got all[MANY];
  bed b;
  memset(all, 0, sizeof all);
  bed_start(&b);
  unsigned hanging = 0;
  for (int i = 0; i < MANY; i++)
    pipe_start(&all[i], &b, "x", "sleep 1000", (fm_program){0});
  while (hanging < MANY) {
    uv_run(&b.loop, UV_RUN_ONCE);
    hanging = 0;
    for (int i = 0; i < MANY; i++)
      hanging += !strcmp(fm_fetch_doing(all[i].fetch), "running its program");
  }
  assert_gives(&b, "/p", "x"); /* a page without a program does not wait */
  for (int i = MANY - 1; i > 0; i--)
    fm_fetch_cancel(all[i].fetch);
  for (int i = MANY - 1; i > 0; i--)
    bed_until(&b, all[i].calls);
  assert_pipes(&b, "x", "cat", (fm_program){0}, "x");
  assert_int_equal(all[0].calls, 0);
  bed_end(&b); /* closing kills the last one */
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(all[i].result.error, FM_E_CANCELLED);
    got_free(&all[i]);
  }
}

static void test_fill(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"", ""}, {"x", "x"}, {"{url}", "U"}, {"{url}{url}", "UU"}, {"a{url}b{url", "aUb{url"},
    {"{{url}}", "{U}"}, {"{uri}", "{uri}"},
  };
  fm_arena arena = {0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_str filled = fm_command_expand(fm_str_of(rows[i][0]), FM_STR("U"), &arena);
    assert_string_equal(filled.ptr, rows[i][1]);
  }
  fm_arena_deinit(&arena);
}

static int make_folder(void **state)
{
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command);
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_gives_what_it_prints), cmocka_unit_test(test_has_nothing_of_ours),
    cmocka_unit_test(test_says_why_it_failed),   cmocka_unit_test(test_is_killed_with_its_children),
    cmocka_unit_test(test_its_end_is_the_end),   cmocka_unit_test(test_cancel_kills),
    cmocka_unit_test(test_close_kills),          cmocka_unit_test(test_takes_turns_with_fetches),
    cmocka_unit_test(test_keeps_the_manners),    cmocka_unit_test(test_fill),
    cmocka_unit_test(test_pipes_the_page),       cmocka_unit_test(test_surroundings_of_a_program),
    cmocka_unit_test(test_failures_of_a_program), cmocka_unit_test(test_pipes_only_pages),
    cmocka_unit_test(test_programs_queue),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
