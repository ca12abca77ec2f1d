/* The shared memory: a redis-server that dies, hangs, comes back, is emptied or
 * full; and several instances on it. */
#include "store/store_kit.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "store/redis/conn.h"

#define LIST "test /list"

static kit k;
static int log_file = -1, real_stderr;

static int setup(void **state)
{
  (void)state;
  kit_start(&k, "redis");
  kit_open(&k);
  return 0;
}

static int setup_without(void **state)
{
  (void)state;
  kit_start(&k, "redis");
  kit_redis_kill();
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  if (log_file >= 0)
    dup2(real_stderr, 2);
  log_file = -1;
  kit_stop(&k);
  return 0;
}

/* What is written to standard error from now on, to be counted. */
static void catch_log(void)
{
  char path[128];
  snprintf(path, sizeof path, "%s/log", k.dir);
  log_file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  unlink(path);
  real_stderr = dup(2);
  dup2(log_file, 2);
}

static size_t logged(const char *what)
{
  static char text[65536];
  ssize_t len = pread(log_file, text, sizeof text - 1, 0);
  size_t count = 0;
  text[len > 0 ? len : 0] = 0;
  for (const char *at = text; (at = strstr(at, what)); at++)
    count++;
  return count;
}

static void open_other(kit *other)
{
  memset(other, 0, sizeof *other);
  memcpy(other->uri, k.uri, sizeof k.uri);
  assert_int_equal(uv_loop_init(&other->loop), 0);
  kit_open(other);
}

static void close_other(kit *other)
{
  kit_close(other);
  uv_run(&other->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&other->loop), 0);
}

static void merge(kit *in, int64_t at, const char *words)
{
  answer got = kit_merge(in, LIST, at, kit_page(words));
  if (got.error)
    fail_msg("%s", got.why.text);
  fm_doc_unref(got.doc);
}

static void assert_load(kit *in, const char *words)
{
  answer got = kit_load(in, LIST, 100);
  if (got.error)
    fail_msg("%s", got.why.text);
  assert_words(got.doc, words);
  fm_doc_unref(got.doc);
}

static void run_until_ok(kit *in)
{
  while (strcmp(fm_store_get_health(in->store).status, "ok") != 0)
    uv_run(&in->loop, UV_RUN_ONCE);
}

static void run_until_down(kit *in)
{
  while (strcmp(fm_store_get_health(in->store).status, "down") != 0)
    uv_run(&in->loop, UV_RUN_ONCE);
}

/* ---- addresses ---- */

static void addresses_are_read(void **state)
{
  (void)state;
  static const struct { const char *text, *host, *port, *user, *password, *db; } good[] = {
    {"//localhost", "localhost", "6379", "", "", ""},
    {"//10.0.0.1:6380/2", "10.0.0.1", "6380", "", "", "2"},
    {"//[::1]:7000/", "::1", "7000", "", "", ""},
    {"//[::1]", "::1", "6379", "", "", ""},
    {"//:secret@host", "host", "6379", "", "secret", ""},
    {"//me:p%40ss%3a%2F@host:1/15", "host", "1", "me", "p@ss:/", "15"}};
  static const char *const bad[] = {"", "localhost", "//", "//host:0", "//host:65536", "//host:x",
                                    "//host/x", "//[::1", "//[::1]x", "//a%zz@h", "//:%00@h",
                                    "//h/-1"};
  for (size_t i = 0; i < LEN(good); i++) {
    fm_redis_address got;
    assert_int_equal(fm_redis_address_parse(fm_str_of(good[i].text), false, &got, NULL), 0);
    assert_string_equal(got.host, good[i].host);
    assert_string_equal(got.port, good[i].port);
    assert_string_equal(got.user, good[i].user);
    assert_string_equal(got.password, good[i].password);
    assert_string_equal(got.db, good[i].db);
  }
  for (size_t i = 0; i < LEN(bad); i++) {
    fm_redis_address got;
    fm_why why = {""};
    if (fm_redis_address_parse(fm_str_of(bad[i]), false, &got, &why) != FM_E_CONFIG)
      fail_msg("\"%s\" was taken", bad[i]);
    assert_non_null(strstr(why.text, "redis://"));
  }
}

static void addresses_of_sockets_are_read(void **state)
{
  (void)state;
  fm_redis_address got;
  assert_int_equal(fm_redis_address_parse(FM_STR("//:pw@/run/redis.sock?db=3"), true, &got, NULL), 0);
  assert_string_equal(got.path, "/run/redis.sock");
  assert_string_equal(got.password, "pw");
  assert_string_equal(got.db, "3");
  assert_int_equal(fm_redis_address_parse(FM_STR("///run/redis.sock"), true, &got, NULL), 0);
  assert_string_equal(got.db, "");
  assert_int_equal(fm_redis_address_parse(FM_STR("//run"), true, &got, NULL), FM_E_CONFIG);
  assert_int_equal(fm_redis_address_parse(FM_STR("///run?x=3"), true, &got, NULL), FM_E_CONFIG);
}

/* ---- up and down ---- */

static void it_is_lost_once_and_back_once(void **state)
{
  (void)state;
  merge(&k, KIT_T0, "a b");
  catch_log();
  kit_redis_kill();
  run_until_down(&k);
  for (int i = 0; i < 5; i++) {
    answer got = kit_load(&k, LIST, 10);
    assert_int_equal(got.error, FM_E_IO);
    assert_non_null(strstr(got.why.text, "redis+unix://"));
    assert_int_equal(kit_merge(&k, LIST, KIT_T0 + i, kit_page("a")).error, FM_E_IO);
  }
  assert_int_equal(logged("level="), 1);
  assert_int_equal(logged("store down"), 1);
  kit_redis_launch();
  run_until_ok(&k);
  assert_int_equal(logged("level="), 2);
  assert_int_equal(logged("store up again"), 1);
  merge(&k, KIT_T0 + 100, "c");
  assert_load(&k, "c");
}

static void what_is_under_way_fails_when_it_dies(void **state)
{
  (void)state;
  answer got[3] = {{0}};
  merge(&k, KIT_T0, "a");
  kill(kit_redis.pid, SIGSTOP);
  for (int i = 0; i < 3; i++)
    fm_store_load(k.store, FM_STR(LIST), 10, kit_on_answer, &got[i]);
  uv_run(&k.loop, UV_RUN_NOWAIT);
  kit_redis_kill();
  for (int i = 0; i < 3; i++) {
    if (!got[i].calls)
      kit_wait(&k, &got[i].calls);
    assert_int_equal(got[i].error, FM_E_IO);
  }
}

static void one_that_hangs_is_given_up(void **state)
{
  (void)state;
  merge(&k, KIT_T0, "a");
  kill(kit_redis.pid, SIGSTOP);
  assert_int_equal(kit_load(&k, LIST, 10).error, FM_E_IO);
  fm_store_health health = fm_store_get_health(k.store);
  assert_string_equal(health.status, "down");
  assert_non_null(strstr(health.reason, "in time"));
  kill(kit_redis.pid, SIGCONT);
  run_until_ok(&k);
  assert_load(&k, "a");
}

static void one_that_is_not_there_yet_is_waited_for(void **state)
{
  (void)state;
  kit_open(&k);
  answer got = kit_load(&k, LIST, 10);
  assert_int_equal(got.error, FM_E_IO);
  assert_string_equal(fm_store_get_health(k.store).status, "down");
  kit_redis_launch();
  run_until_ok(&k);
  merge(&k, KIT_T0, "a");
  assert_load(&k, "a");
}

static void closing_while_it_is_down_ends(void **state)
{
  (void)state;
  answer got = {.calls = 0};
  kit_open(&k);
  fm_store_load(k.store, FM_STR(LIST), 10, kit_on_answer, &got);
  kit_close(&k);
  assert_int_equal(got.calls, 1);
  assert_int_equal(got.error, FM_E_IO);
}

static void closing_at_once_ends(void **state)
{
  (void)state;
  kit_close(&k);
}

static void an_emptied_one_starts_again(void **state)
{
  (void)state;
  merge(&k, KIT_T0, "a b");
  kit_redis_do(kit_redis.next_db, "FLUSHALL");
  assert_int_equal(kit_load(&k, LIST, 10).error, FM_E_NOT_FOUND);
  fm_upstream_meta meta = kit_meta(KIT_T0 + 5);
  assert_int_equal(kit_touch(&k, LIST, &meta), FM_E_NOT_FOUND);
  merge(&k, KIT_T0 + 10, "b c");
  assert_load(&k, "b c");
}

static void a_name_and_a_port_lead_to_it(void **state)
{
  (void)state;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof address;
  char command[64];
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  close(fd);
  snprintf(command, sizeof command, "CONFIG SET port %d", ntohs(address.sin_port));
  kit_redis_do(0, command);
  merge(&k, KIT_T0, "a");
  kit_close(&k);
  snprintf(k.uri, sizeof k.uri, "redis://127.0.0.1:%d/%d", ntohs(address.sin_port),
           kit_redis.next_db);
  kit_open(&k);
  assert_load(&k, "a");
  kit_redis_do(0, "CONFIG SET port 0");
}

static void a_wrong_password_is_said(void **state)
{
  (void)state;
  kit_redis_do(0, "CONFIG SET requirepass secret");
  kit_close(&k);
  char uri[sizeof k.uri];
  memcpy(uri, k.uri, sizeof uri);
  const char *path = strchr(uri, ':') + 3;
  for (int i = 0; i < 3; i++) {
    static const char *const words[] = {"", ":wrong@", ":secret@"}, *const why[] = {"NOAUTH", "WRONGPASS", ""};
    snprintf(k.uri, sizeof k.uri, "redis+unix://%s%.100s", words[i], path);
    kit_open(&k);
    answer got = kit_load(&k, LIST, 10);
    assert_int_equal(got.error, i < 2 ? FM_E_IO : FM_E_NOT_FOUND);
    assert_non_null(strstr(got.why.text, why[i]));
    assert_null(strstr(got.why.text, "secret"));
    if (i < 2)
      kit_close(&k);
  }
  kit_redis_kill(); /* with its password */
}

static void a_newer_feedmills_data_are_left_alone(void **state)
{
  (void)state;
  kit_close(&k);
  kit_redis_do(kit_redis.next_db, "SET feedmill:schema 99");
  kit_open(&k);
  answer got = kit_merge(&k, LIST, KIT_T0, kit_page("a"));
  assert_int_equal(got.error, FM_E_IO);
  assert_non_null(strstr(got.why.text, "newer feedmill (schema 99"));
}

static void a_full_one_is_said_and_read(void **state)
{
  (void)state;
  merge(&k, KIT_T0, "a");
  kit_redis_do(0, "CONFIG SET maxmemory 1");
  answer got = kit_merge(&k, LIST, KIT_T0 + 1, kit_page("a b"));
  assert_int_equal(got.error, FM_E_IO);
  assert_non_null(strstr(got.why.text, "noeviction"));
  assert_string_equal(fm_store_get_health(k.store).status, "unwritable");
  assert_load(&k, "a");
  kit_redis_do(0, "CONFIG SET maxmemory 0");
  merge(&k, KIT_T0 + 2, "a b");
  assert_string_equal(fm_store_get_health(k.store).status, "ok");
}

/* ---- several ---- */

/* Both see the same new entry, which has no date, at the same moment. */
static void two_nodes_never_date_an_entry_twice(void **state)
{
  (void)state;
  enum { ROUNDS = 60, SHARED = 5 };
  kit other;
  kit *const nodes[] = {&k, &other};
  open_other(&other);
  for (int round = 0; round < ROUNDS; round++) {
    answer got[2] = {{0}};
    for (int i = 0; i < 2; i++) {
      char words[128] = "";
      for (int w = 0; w < SHARED; w++) {
        size_t len = strlen(words);
        snprintf(words + len, sizeof words - len, "%sw%d-%d", w ? " " : "", round, w);
      }
      fm_doc *page = kit_page(words);
      for (size_t w = 0; w < SHARED; w++)
        kit_at(page, w)->published = FM_NO_TIME;
      fm_upstream_meta meta = kit_meta(KIT_T0 + round * 10 + i);
      fm_store_merge(nodes[i]->store, i ? FM_STR("test /other") : FM_STR(LIST), &meta, page,
                     kit_on_answer, &got[i]);
      fm_doc_unref(page);
    }
    while (!got[0].calls || !got[1].calls)
      for (int i = 0; i < 2; i++)
        uv_run(&nodes[i]->loop, UV_RUN_NOWAIT);
    for (size_t w = 0; w < SHARED; w++)
      assert_true(got[0].doc->feed.entries[w].published == got[1].doc->feed.entries[w].published);
    fm_doc_unref(got[0].doc);
    fm_doc_unref(got[1].doc);
  }
  close_other(&other);
}

typedef struct leased {
  int calls, error;
  fm_lease lease;
} leased;

static void on_leased(void *ctx, int error, const fm_why *why, const fm_lease *lease)
{
  leased *got = ctx;
  got->calls++;
  got->error = error;
  got->lease = *lease;
  assert_int_equal(error == 0, why->text[0] == 0);
}

static leased take(kit *in, int64_t ttl_ms)
{
  leased got = {.calls = 0};
  fm_store_lease_take(in->store, FM_STR(LIST), ttl_ms, on_leased, &got);
  kit_wait(in, &got.calls);
  return got;
}

static leased renew(kit *in, const fm_lease *lease, int64_t ttl_ms)
{
  leased got = {.calls = 0};
  fm_store_lease_renew(in->store, FM_STR(LIST), lease, ttl_ms, on_leased, &got);
  kit_wait(in, &got.calls);
  return got;
}

static leased release(kit *in, const fm_lease *lease)
{
  leased got = {.calls = 0};
  fm_store_lease_release(in->store, FM_STR(LIST), lease, on_leased, &got);
  kit_wait(in, &got.calls);
  return got;
}

static void a_lease_is_held_by_one(void **state)
{
  (void)state;
  kit other;
  open_other(&other);
  leased mine = take(&k, 60000);
  assert_int_equal(mine.error, 0);
  assert_true(mine.lease.left_ms == 60000 && mine.lease.token[0]);
  leased theirs = take(&other, 60000);
  assert_int_equal(theirs.error, FM_E_BUSY);
  assert_true(theirs.lease.left_ms > 0 && theirs.lease.left_ms <= 60000);
  assert_string_equal(theirs.lease.token, "");
  fm_lease forged = {.token = "0123456789abcdef"};
  assert_int_equal(release(&other, &forged).error, FM_E_BUSY);
  assert_int_equal(renew(&other, &forged, 60000).error, FM_E_BUSY);
  assert_int_equal(renew(&k, &mine.lease, 60000).error, 0);
  assert_int_equal(take(&other, 60000).error, FM_E_BUSY);
  assert_int_equal(release(&k, &mine.lease).error, 0);
  assert_int_equal(take(&other, 60000).error, 0);
  assert_int_equal(renew(&k, &mine.lease, 60000).error, FM_E_BUSY);
  close_other(&other);
}

static void a_lease_whose_holder_died_is_taken_over(void **state)
{
  (void)state;
  kit other;
  open_other(&other);
  leased mine = take(&k, 30), theirs;
  assert_int_equal(mine.error, 0);
  do
    theirs = take(&other, 60000);
  while (theirs.error == FM_E_BUSY);
  assert_int_equal(theirs.error, 0);
  assert_int_equal(release(&k, &mine.lease).error, FM_E_BUSY);
  assert_int_equal(take(&k, 1000).error, FM_E_BUSY);
  close_other(&other);
}

static void on_line(void *ctx, fm_str line)
{
  (void)ctx;
  assert_true(line.len > 0);
}

static void a_lease_does_not_wait_behind_an_export(void **state)
{
  (void)state;
  char words[8192] = "";
  size_t len = 0;
  for (int i = 0; i < 900; i++)
    len += (size_t)snprintf(words + len, sizeof words - len, "%sw%d", i ? " " : "", i);
  merge(&k, KIT_T0, words);
  tally exported = {.calls = 0};
  leased got = {.calls = 0};
  fm_store_export(k.store, on_line, kit_on_counted, &exported);
  fm_store_lease_take(k.store, FM_STR(LIST), 1000, on_leased, &got);
  kit_wait(&k, &got.calls);
  assert_int_equal(got.error, 0);
  assert_int_equal(exported.calls, 0);
  kit_wait(&k, &exported.calls);
  assert_int_equal(exported.error, 0);
  assert_int_equal(exported.count, 900 + 3); /* its first line, the page, its end */
}

typedef struct heard {
  char page[64];
  uint64_t version;
  int pages, anything;
} heard;

static void on_heard(void *ctx, fm_str page, uint64_t version)
{
  heard *got = ctx;
  if (!page.ptr) {
    got->anything++;
    return;
  }
  got->pages++;
  got->version = version;
  snprintf(got->page, sizeof got->page, "%.*s", FM_FMT(page));
}

static void others_hear_of_a_change(void **state)
{
  (void)state;
  kit other;
  heard mine = {.pages = 0}, theirs = {.pages = 0};
  open_other(&other);
  fm_store_watch(k.store, on_heard, &mine);
  fm_store_watch(other.store, on_heard, &theirs);
  while (!mine.anything)
    uv_run(&k.loop, UV_RUN_ONCE);
  while (!theirs.anything)
    uv_run(&other.loop, UV_RUN_ONCE);
  merge(&k, KIT_T0, "a");
  while (theirs.pages < 1)
    uv_run(&other.loop, UV_RUN_ONCE);
  assert_string_equal(theirs.page, LIST);
  uint64_t version = theirs.version;
  fm_upstream_meta meta = kit_meta(KIT_T0 + 60);
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  while (theirs.pages < 2)
    uv_run(&other.loop, UV_RUN_ONCE);
  assert_true(theirs.version > version);
  meta.read = KIT_T0 + 70; /* of no interest to others */
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  merge(&other, KIT_T0 + 120, "a b");
  while (mine.pages < 1)
    uv_run(&k.loop, UV_RUN_ONCE);
  assert_int_equal(mine.pages, 1);
  assert_int_equal(theirs.pages, 2);
  close_other(&other);
}

typedef struct heard_states {
  int keys, anything;
  char key[64];
} heard_states;

static void on_state_heard(void *ctx, fm_str key)
{
  heard_states *got = ctx;
  got->anything += !key.ptr;
  got->keys += key.ptr != NULL;
  if (key.ptr)
    snprintf(got->key, sizeof got->key, "%.*s", FM_FMT(key));
}

static void on_stated(void *ctx, int error, const fm_why *why, fm_str value)
{
  (void)why, (void)value;
  assert_int_equal(error, 0);
  ++*(int *)ctx;
}

static void others_hear_of_a_state(void **state)
{
  (void)state;
  kit other;
  int done = 0;
  heard_states mine = {.keys = 0}, theirs = {.keys = 0};
  heard pages = {.pages = 0};
  open_other(&other);
  fm_store_state_watch(k.store, on_state_heard, &mine);
  fm_store_watch(other.store, on_heard, &pages);
  fm_store_state_watch(other.store, on_state_heard, &theirs);
  while (!mine.anything)
    uv_run(&k.loop, UV_RUN_ONCE);
  while (!theirs.anything)
    uv_run(&other.loop, UV_RUN_ONCE);
  fm_store_state_set(k.store, FM_STR("host/a key"), FM_STR("1"), on_stated, &done);
  kit_wait(&k, &done);
  while (theirs.keys < 1)
    uv_run(&other.loop, UV_RUN_ONCE);
  assert_string_equal(theirs.key, "host/a key");
  done = 0;
  fm_store_state_delete(k.store, FM_STR("none"), on_stated, &done); /* nothing to tell */
  kit_wait(&k, &done);
  done = 0;
  fm_store_state_delete(k.store, FM_STR("host/a key"), on_stated, &done);
  kit_wait(&k, &done);
  while (theirs.keys < 2)
    uv_run(&other.loop, UV_RUN_ONCE);
  assert_int_equal(theirs.keys, 2);
  assert_int_equal(mine.keys, 0);
  assert_int_equal(pages.pages, 0);
  close_other(&other);
}

static void what_was_missed_is_told(void **state)
{
  (void)state;
  heard got = {.pages = 0};
  fm_store_watch(k.store, on_heard, &got);
  while (got.anything < 1)
    uv_run(&k.loop, UV_RUN_ONCE);
  kit_redis_kill();
  run_until_down(&k);
  kit_redis_launch();
  while (got.anything < 2)
    uv_run(&k.loop, UV_RUN_ONCE);
  assert_int_equal(got.pages, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    cmocka_unit_test(addresses_are_read),
    cmocka_unit_test(addresses_of_sockets_are_read),
    TEST(it_is_lost_once_and_back_once),
    TEST(what_is_under_way_fails_when_it_dies),
    TEST(one_that_hangs_is_given_up),
    cmocka_unit_test_setup_teardown(one_that_is_not_there_yet_is_waited_for, setup_without,
                                    teardown),
    cmocka_unit_test_setup_teardown(closing_while_it_is_down_ends, setup_without, teardown),
    TEST(closing_at_once_ends),
    TEST(an_emptied_one_starts_again),
    TEST(a_name_and_a_port_lead_to_it),
    TEST(a_wrong_password_is_said),
    TEST(a_newer_feedmills_data_are_left_alone),
    TEST(a_full_one_is_said_and_read),
    TEST(two_nodes_never_date_an_entry_twice),
    TEST(a_lease_is_held_by_one),
    TEST(a_lease_whose_holder_died_is_taken_over),
    TEST(a_lease_does_not_wait_behind_an_export),
    TEST(others_hear_of_a_change),
    TEST(others_hear_of_a_state),
    TEST(what_was_missed_is_told),
  };
  return cmocka_run_group_tests_name("store/redis", tests, NULL, NULL);
}
