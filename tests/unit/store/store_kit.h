/* What the store's tests share: a store of each backend on a loop of its own,
 * calls that wait for their callback, and pages made of a few letters. */
#ifndef STORE_KIT_H
#define STORE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/str.h"
#include "store/store.h"

#define LEN(a) (sizeof(a) / sizeof *(a))
#define UNUSED __attribute__((unused))

enum { KIT_T0 = 1785800000 }; /* an instant to count from */

typedef struct kit {
  uv_loop_t loop;
  fm_store *store;
  char dir[64]; /* removed at the end, with what is in it */
  char uri[160];
  bool closed;
} kit;

/* The backends that the tests run against, one after the other. */
static const struct {
  const char *name, *uri;
} kit_backends[] = {{"sqlite", "%s"}, {"memory", "memory:"}, {"redis", "redis"}};
UNUSED static const char *kit_backend; /* the uri of the one at hand */

/* A redis-server of the test program's own. */
static struct {
  pid_t pid; /* 0: not running */
  char dir[64], socket[96];
  int next_db;
} kit_redis;

UNUSED static redisContext *kit_redis_connect(void)
{
  redisContext *c = redisConnectUnix(kit_redis.socket);
  if (c && c->err == 0)
    return c;
  if (c)
    redisFree(c);
  return NULL;
}

/* One command; the answer's text or number is dropped. */
UNUSED static void kit_redis_do(int db, const char *command)
{
  redisContext *c = kit_redis_connect();
  assert_non_null(c);
  freeReplyObject(redisCommand(c, "SELECT %d", db));
  redisReply *reply = redisCommand(c, command);
  assert_non_null(reply);
  if (reply->type == REDIS_REPLY_ERROR)
    fail_msg("%s: %s", command, reply->str);
  freeReplyObject(reply);
  redisFree(c);
}

static bool kit_redis_answers(void)
{
  redisContext *c = kit_redis_connect();
  redisReply *reply = c ? redisCommand(c, "PING") : NULL;
  bool pong = reply && reply->type == REDIS_REPLY_STATUS;
  if (reply)
    freeReplyObject(reply);
  if (c)
    redisFree(c);
  return pong;
}

UNUSED static void kit_redis_launch(void)
{
  pid_t parent = getpid();
  kit_redis.pid = fork();
  if (kit_redis.pid == 0) {
    int null = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it goes with a test that was killed */
    dup2(null, 1);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", kit_redis.socket,
           "--dir", kit_redis.dir, "--save", "", "--appendonly", "no", (char *)NULL);
    _exit(127);
  }
  assert_int_equal(getpid(), parent);
  while (!kit_redis_answers()) {
    assert_int_equal(waitpid(kit_redis.pid, NULL, WNOHANG), 0);
    usleep(1000);
  }
}

UNUSED static void kit_redis_kill(void)
{
  if (!kit_redis.pid)
    return;
  kill(kit_redis.pid, SIGKILL);
  waitpid(kit_redis.pid, NULL, 0);
  kit_redis.pid = 0;
  unlink(kit_redis.socket);
}

static void kit_redis_stop(void)
{
  kit_redis_kill();
  rmdir(kit_redis.dir);
}

/* An empty database of it. */
static void kit_redis_uri(char *out, size_t room)
{
  if (!kit_redis.dir[0]) {
    signal(SIGPIPE, SIG_IGN);
    snprintf(kit_redis.dir, sizeof kit_redis.dir, "/tmp/feedmill-redis-XXXXXX");
    assert_non_null(mkdtemp(kit_redis.dir));
    snprintf(kit_redis.socket, sizeof kit_redis.socket, "%s/socket", kit_redis.dir);
    atexit(kit_redis_stop);
  }
  if (!kit_redis.pid)
    kit_redis_launch();
  kit_redis.next_db = (kit_redis.next_db + 1) % 16;
  kit_redis_do(kit_redis.next_db, "FLUSHDB");
  snprintf(out, room, "redis+unix://%s?db=%d", kit_redis.socket, kit_redis.next_db);
}

/* What a callback brought; `doc` is a reference. */
typedef struct answer {
  int calls, error;
  fm_why why;
  fm_upstream_meta meta;
  fm_doc *doc;
} answer;

UNUSED static void kit_open(kit *k)
{
  fm_why why = {""};
  fm_store_spec spec = {.uri = fm_str_of(k->uri), .keep = 90 * 86400};
  int error = fm_store_open(&k->loop, &spec, &k->store, &why);
  if (error)
    fail_msg("%s: %s", k->uri, why.text);
}

UNUSED static void kit_start(kit *k, const char *uri_format)
{
  memset(k, 0, sizeof *k);
  alarm(300); /* what crashed or waits in vain ends */
  assert_int_equal(uv_loop_init(&k->loop), 0);
  snprintf(k->dir, sizeof k->dir, "/tmp/feedmill-test-XXXXXX");
  assert_non_null(mkdtemp(k->dir));
  if (strstr(uri_format, "%s"))
    snprintf(k->uri, sizeof k->uri, "sqlite:%s/memory.db", k->dir);
  else if (strcmp(uri_format, "redis") == 0)
    kit_redis_uri(k->uri, sizeof k->uri);
  else
    snprintf(k->uri, sizeof k->uri, "%s", uri_format);
}

UNUSED static void kit_on_closed(void *ctx)
{
  ((kit *)ctx)->closed = true;
}

UNUSED static void kit_close(kit *k)
{
  k->closed = false;
  fm_store_close(k->store, kit_on_closed, k);
  assert_false(k->closed);
  while (!k->closed)
    assert_true(uv_run(&k->loop, UV_RUN_ONCE) || k->closed);
  k->store = NULL;
}

UNUSED static void kit_remove(const kit *k)
{
  static const char *const names[] = {"memory.db", "memory.db-wal", "memory.db-shm", "copy.db",
                                      "copy.db-wal", "copy.db-shm"};
  char path[128];
  for (size_t i = 0; i < LEN(names); i++) {
    snprintf(path, sizeof path, "%s/%s", k->dir, names[i]);
    unlink(path);
  }
  rmdir(k->dir);
}

UNUSED static void kit_stop(kit *k)
{
  if (k->store)
    kit_close(k);
  uv_run(&k->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&k->loop), 0);
  kit_remove(k);
}

UNUSED static void kit_on_answer(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  answer *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  assert_int_equal(!memory, error != 0);
  if (memory) {
    got->doc = fm_doc_ref(memory->doc);
    got->meta = memory->meta;
  }
}

UNUSED static void kit_wait(kit *k, const int *calls)
{
  assert_int_equal(*calls, 0); /* never from inside the call */
  while (*calls == 0)
    assert_true(uv_run(&k->loop, UV_RUN_ONCE) || *calls);
  assert_int_equal(*calls, 1);
}

UNUSED static answer kit_load(kit *k, const char *page, size_t most)
{
  answer got = {.calls = 0};
  fm_store_load(k->store, fm_str_of(page), most, kit_on_answer, &got);
  kit_wait(k, &got.calls);
  return got;
}

/* A meta of a page had at a time. */
UNUSED static fm_upstream_meta kit_meta(int64_t fetched)
{
  return (fm_upstream_meta){.url = FM_STR("https://example.org/list"),
                        .fetched = fetched,
                        .changed = FM_NO_TIME,
                        .read = FM_NO_TIME,
                        .next_try = FM_NO_TIME};
}

/* The reference to `seen` is taken. */
UNUSED static answer kit_merge(kit *k, const char *page, int64_t at, fm_doc *seen)
{
  answer got = {.calls = 0};
  fm_upstream_meta meta = kit_meta(at);
  fm_store_merge(k->store, fm_str_of(page), &meta, seen, kit_on_answer, &got);
  fm_doc_unref(seen);
  kit_wait(k, &got.calls);
  return got;
}

UNUSED static void kit_on_touched(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  answer *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  assert_null(memory);
}

UNUSED static int kit_touch(kit *k, const char *page, const fm_upstream_meta *meta)
{
  answer got = {.calls = 0};
  fm_store_touch(k->store, fm_str_of(page), meta, kit_on_touched, &got);
  kit_wait(k, &got.calls);
  return got.error;
}

typedef struct tally {
  int calls, error;
  fm_why why;
  size_t count;
} tally;

UNUSED static void kit_on_counted(void *ctx, int error, const fm_why *why, size_t count)
{
  tally *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  got->count = count;
}

/* One entry named by a word; what is published when is in the letter: "b" is a
 * minute younger than "a". */
UNUSED static fm_entry kit_entry(fm_arena *arena, fm_str word)
{
  fm_person *author = fm_arena_alloc(arena, sizeof *author);
  fm_link *link = fm_arena_alloc(arena, sizeof *link);
  fm_category *category = fm_arena_alloc(arena, sizeof *category);
  fm_number *number = fm_arena_alloc(arena, sizeof *number);
  author->name = fm_arena_printf(arena, "Author of %.*s", FM_FMT(word));
  link->rel = FM_STR("alternate");
  link->href = fm_arena_printf(arena, "https://example.org/%.*s.html", FM_FMT(word));
  category->term = FM_STR("letters");
  number->name = FM_STR("upvotes");
  number->value = 1;
  return (fm_entry){
    .id = fm_arena_printf(arena, "https://example.org/%.*s", FM_FMT(word)),
    .title = fm_arena_printf(arena, "Title of %.*s", FM_FMT(word)),
    .summary = fm_arena_printf(arena, "About %.*s.", FM_FMT(word)),
    .content = fm_arena_printf(arena, "<p>About %.*s.</p>", FM_FMT(word)),
    .published = KIT_T0 - 86400 + 60 * (unsigned char)word.ptr[0],
    .updated = FM_NO_TIME,
    .authors = author, .nauthors = 1,
    .links = link, .nlinks = 1,
    .categories = category, .ncategories = 1,
    .numbers = number, .nnumbers = 1,
  };
}

/* A page that lists these words in this order: "c b a". A word may say when it
 * was published: "c@2026-08-04". */
UNUSED static fm_doc *kit_page(const char *words)
{
  fm_doc *doc = fm_doc_new();
  fm_str rest = fm_str_of(words), word;
  fm_entry *entries = fm_arena_alloc(&doc->arena, (strlen(words) + 1) * sizeof *entries);
  doc->feed.id = FM_STR("https://example.org/list");
  doc->feed.title = FM_STR("A list");
  doc->feed.entries = entries;
  while (words[0] && fm_str_cut(&rest, ' ', &word)) {
    fm_str name;
    fm_str_cut(&word, '@', &name);
    fm_entry *entry = &entries[doc->feed.nentries++];
    *entry = kit_entry(&doc->arena, name);
    if (word.len)
      assert_true(fm_date_parse_day(word, &entry->published));
  }
  return doc;
}

/* An entry of a page that is still being made. */
UNUSED static fm_entry *kit_at(fm_doc *doc, size_t i)
{
  assert_true(i < doc->feed.nentries);
  return (fm_entry *)&doc->feed.entries[i];
}

UNUSED static void assert_str(fm_str got, const char *want)
{
  if (!fm_str_is(got, want))
    fail_msg("\"%.*s\" is not \"%s\"", FM_FMT(got), want);
}

/* The words of a document's entries in their order. */
UNUSED static void assert_words(const fm_doc *doc, const char *want)
{
  char got[4096] = "";
  size_t len = 0;
  for (size_t i = 0; i < doc->feed.nentries; i++) {
    fm_str id = fm_str_from(doc->feed.entries[i].id, strlen("https://example.org/"));
    len += (size_t)snprintf(got + len, sizeof got - len, "%s%.*s", i ? " " : "", FM_FMT(id));
    assert_true(len < sizeof got);
  }
  assert_string_equal(got, want);
}

/* Runs a group of tests against every backend. */
UNUSED static int kit_run(const char *name, const struct CMUnitTest *tests, size_t count)
{
  int failed = 0;
  for (size_t i = 0; i < LEN(kit_backends); i++) {
    char group[64];
    snprintf(group, sizeof group, "%s, %s", name, kit_backends[i].name);
    kit_backend = kit_backends[i].uri;
    failed += _cmocka_run_group_tests(group, tests, count, NULL, NULL);
  }
  return failed;
}

#endif
