/* State: a key with bytes, against every backend. */
#include "store/store_bed.h"

#include "store/legacy_bed.h"

#include <sqlite3.h>
#include <time.h>

typedef struct got_state {
  int calls, error;
  fm_why why;
  char value[256];
  size_t len;
} got_state;

static void on_state(void *ctx, int error, const fm_why *why, fm_str value)
{
  got_state *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  got->len = value.len;
  assert_true(value.len < sizeof got->value);
  if (value.len)
    memcpy(got->value, value.ptr, value.len);
}

static got_state get_in(kit *in, const char *key)
{
  got_state got = {.calls = 0};
  fm_store_state_get(in->store, fm_str_of(key), on_state, &got);
  kit_wait(in, &got.calls);
  return got;
}

static int set_in(kit *in, fm_str key, fm_str value)
{
  got_state got = {.calls = 0};
  fm_store_state_set(in->store, key, value, on_state, &got);
  kit_wait(in, &got.calls);
  return got.error;
}

static void set(const char *key, const char *value)
{
  assert_int_equal(set_in(&k, fm_str_of(key), fm_str_of(value)), 0);
}

static void assert_state_in(kit *in, const char *key, const char *value)
{
  got_state got = get_in(in, key);
  if (got.error)
    fail_msg("%s: %s", key, got.why.text);
  assert_string_equal(got.value, value);
}

static void assert_state(const char *key, const char *value) { assert_state_in(&k, key, value); }

static void a_key_never_set_is_not_found(void **state)
{
  (void)state;
  assert_int_equal(get_in(&k, "input/none").error, FM_E_NOT_FOUND);
}

static void a_value_comes_back_and_the_last_one_wins(void **state)
{
  (void)state;
  set("host/https://example.org", "one");
  set("host/https://example.org", "two");
  set("host/https://example.com", "three");
  assert_state("host/https://example.org", "two");
  assert_state("host/https://example.com", "three");
}

static void any_bytes_are_a_value(void **state)
{
  (void)state;
  static const char bytes[] = {0, 'a', '\n', '\t', (char)0xff, (char)0xfe, 0, '"'};
  assert_int_equal(set_in(&k, FM_STR("x"), (fm_str){bytes, sizeof bytes}), 0);
  got_state got = get_in(&k, "x");
  assert_int_equal(got.len, sizeof bytes);
  assert_memory_equal(got.value, bytes, sizeof bytes);
  assert_int_equal(set_in(&k, FM_STR("x"), (fm_str){NULL, 0}), 0);
  got = get_in(&k, "x");
  assert_int_equal(got.error, 0);
  assert_int_equal(got.len, 0);
}

static void a_deleted_key_is_gone(void **state)
{
  (void)state;
  set("a", "1");
  for (int round = 0; round < 2; round++) {
    got_state got = {.calls = 0};
    fm_store_state_delete(k.store, FM_STR("a"), on_state, &got);
    kit_wait(&k, &got.calls);
    assert_int_equal(got.error, 0);
    assert_int_equal(get_in(&k, "a").error, FM_E_NOT_FOUND);
  }
}

static void keys_and_values_have_a_limit(void **state)
{
  (void)state;
  char *much = calloc(1, FM_STATE_VALUE_MAX + 1);
  memset(much, 'x', FM_STATE_VALUE_MAX + 1);
  assert_int_equal(set_in(&k, FM_STR(""), FM_STR("v")), FM_E_TOO_BIG);
  assert_int_equal(set_in(&k, (fm_str){much, FM_STATE_KEY_MAX + 1}, FM_STR("v")), FM_E_TOO_BIG);
  assert_int_equal(set_in(&k, (fm_str){much, FM_STATE_KEY_MAX}, FM_STR("v")), 0);
  assert_int_equal(set_in(&k, FM_STR("v"), (fm_str){much, FM_STATE_VALUE_MAX + 1}), FM_E_TOO_BIG);
  assert_int_equal(get_in(&k, "v").error, FM_E_NOT_FOUND);
  assert_int_equal(set_in(&k, FM_STR("v"), (fm_str){much, FM_STATE_VALUE_MAX}), 0);
  free(much);
}

typedef struct got_list {
  int calls, error;
  size_t count, bytes;
  char text[512];
} got_list;

static void on_each(void *ctx, int error, const fm_why *why, fm_str key, fm_str value)
{
  (void)why;
  got_list *got = ctx;
  assert_int_equal(got->calls, 0);
  if (!key.ptr) {
    got->calls++;
    got->error = error;
    return;
  }
  size_t len = strlen(got->text);
  got->count++;
  got->bytes += key.len + value.len;
  if (value.len < 100)
    snprintf(got->text + len, sizeof got->text - len, "%.*s=%.*s;", FM_FMT(key), FM_FMT(value));
}

static got_list list_in(kit *in, const char *prefix)
{
  got_list got = {.calls = 0};
  fm_store_state_list(in->store, fm_str_of(prefix), on_each, &got);
  kit_wait(in, &got.calls);
  return got;
}

static void keys_are_listed_by_their_beginning(void **state)
{
  (void)state;
  assert_int_equal(list_in(&k, "").count, 0);
  set("host/b", "2");
  set("host/a", "1");
  set("host", "0");
  set("hosu", "9");
  set("input/\xff\xff", "x");
  assert_string_equal(list_in(&k, "host/").text, "host/a=1;host/b=2;");
  assert_string_equal(list_in(&k, "input/\xff").text, "input/\xff\xff=x;");
  assert_int_equal(list_in(&k, "").count, 5);
  assert_int_equal(list_in(&k, "z").count, 0);
}

static void a_long_list_is_whole(void **state)
{
  (void)state;
  char key[32];
  for (int i = 0; i < 450; i++) {
    snprintf(key, sizeof key, "n/%04d", i);
    fm_store_state_set(k.store, fm_str_of(key), FM_STR("v"), NULL, NULL);
  }
  got_list got = list_in(&k, "n/");
  assert_int_equal(got.error, 0);
  assert_int_equal(got.count, 450);
}

static void a_list_has_a_limit(void **state)
{
  (void)state;
  char key[32], *much = calloc(1, FM_STATE_VALUE_MAX);
  for (int i = 0; i < 34; i++) {
    snprintf(key, sizeof key, "big/%02d", i);
    assert_int_equal(set_in(&k, fm_str_of(key), (fm_str){much, FM_STATE_VALUE_MAX}), 0);
  }
  free(much);
  got_list got = list_in(&k, "big/");
  assert_int_equal(got.error, FM_E_TOO_BIG);
  assert_true(got.count > 0 && got.bytes <= FM_STATE_LIST_MAX);
}

static void state_outlives_the_process(void **state)
{
  (void)state;
  set("a", "1");
  kit_close(&k);
  kit_open(&k);
  if (strcmp(kit_backend, "memory:") == 0)
    assert_int_equal(get_in(&k, "a").error, FM_E_NOT_FOUND);
  else
    assert_state("a", "1");
}

static size_t expire_at(int64_t now)
{
  tally got = {.calls = 0};
  fm_store_expire(k.store, now, kit_on_counted, &got);
  kit_wait(&k, &got.calls);
  assert_int_equal(got.error, 0);
  return got.count;
}

static void state_that_nobody_needs_is_forgotten(void **state)
{
  (void)state;
  int64_t now = (int64_t)time(NULL);
  set("a", "1");
  assert_int_equal(expire_at(now), 0);
  assert_state("a", "1");
  assert_int_equal(expire_at(now + 91 * 86400), 0); /* no entries */
  assert_int_equal(get_in(&k, "a").error, FM_E_NOT_FOUND);
  assert_int_equal(list_in(&k, "").count, 0);
}

typedef struct lines {
  fm_buf text;
  tally done;
} lines;

static void on_line(void *ctx, fm_str line)
{
  lines *got = ctx;
  fm_buf_str(&got->text, line);
  fm_buf_char(&got->text, '\n');
}

static void on_exported(void *ctx, int error, const fm_why *why, size_t count)
{
  kit_on_counted(&((lines *)ctx)->done, error, why, count);
}

static lines export(kit *from)
{
  lines got = {.done = {.calls = 0}};
  fm_buf_init(&got.text, FM_BUF_MAX);
  fm_store_export(from->store, on_line, on_exported, &got);
  kit_wait(from, &got.done.calls);
  assert_int_equal(got.done.error, 0);
  return got;
}

static void import(kit *into, fm_str text)
{
  tally got = {.calls = 0};
  fm_store_import(into->store, text, 1, kit_on_counted, &got);
  kit_wait(into, &got.calls);
  if (got.error)
    fail_msg("%s", got.why.text);
}

static void an_export_holds_all_state(void **state)
{
  (void)state;
  static const char bytes[] = {0, 'a', (char)0xff};
  set("a", "text \"quoted\"\n");
  set("b", "there");
  set("e", "");
  assert_int_equal(set_in(&k, FM_STR("bytes"), (fm_str){bytes, sizeof bytes}), 0);
  lines out = export(&k);
  for (size_t i = 0; i < LEN(kit_backends); i++) {
    kit other;
    kit_start(&other, kit_backends[i].uri);
    kit_open(&other);
    assert_int_equal(set_in(&other, FM_STR("b"), FM_STR("known already")), 0);
    import(&other, fm_buf_view(&out.text));
    assert_state_in(&other, "a", "text \"quoted\"\n");
    assert_state_in(&other, "b", "known already");
    assert_state_in(&other, "e", "");
    got_state got = get_in(&other, "bytes");
    assert_int_equal(got.len, sizeof bytes);
    assert_memory_equal(got.value, bytes, sizeof bytes);
    kit_stop(&other);
  }
  fm_buf_deinit(&out.text);
}

/* As feedmill 1 exported what it remembered of itself: entries of hidden pages. */
static const char form_1[] =
    "{\"feedmill\":1}\n"
    "{\"entry\":\"https://example.org/a\",\"source\":\"test\",\"first_seen\":1785800000,"
    "\"changed\":1785800000,\"fingerprint\":\"00000000000000aa\",\"pages\":"
    "[{\"page\":\"test /list\",\"first_seen\":1785800000}],\"data\":{\"i\":"
    "\"https://example.org/a\",\"t\":\"A\",\"p\":1785800000,\"u\":1785800000}}\n"
    "{\"entry\":\"test /list at 2026-08-04T09:00:00Z\",\"source\":\"feedmill\","
    "\"first_seen\":1785834000,\"changed\":1785834000,\"fingerprint\":\"00000000000000ab\","
    "\"pages\":[{\"page\":\"feedmill outages\",\"first_seen\":1785834000}],\"data\":{\"i\":"
    "\"test /list at 2026-08-04T09:00:00Z\",\"t\":\"test /list\",\"s\":\"no \\\"list\\\"\","
    "\"r\":\"the page changed\",\"p\":1785834000,\"u\":1785834000,\"l\":[{\"r\":\"alternate\","
    "\"h\":\"https://example.org/list\"}],\"g\":[{\"t\":\"empty\"},{\"t\":\"taken\"}],"
    "\"n\":[\"ended\",1785837600]}}\n"
    "{\"entry\":\"https://example.org\",\"source\":\"feedmill\",\"first_seen\":1785834000,"
    "\"changed\":1785834000,\"fingerprint\":\"00000000000000ac\",\"pages\":[{\"page\":"
    "\"feedmill hosts\",\"first_seen\":1785834000,\"last_seen\":1785834100}],\"data\":{\"i\":"
    "\"https://example.org\",\"t\":\"https://example.org\",\"p\":1785834000,\"u\":1785834000,"
    "\"n\":[\"until\",1785835000]}}\n"
    "{\"entry\":\"test /list\",\"source\":\"feedmill\",\"first_seen\":1785834000,"
    "\"changed\":1785834000,\"fingerprint\":\"00000000000000ad\",\"pages\":[{\"page\":"
    "\"feedmill trails\",\"first_seen\":1785834000}],\"data\":{\"i\":\"test /list\",\"t\":"
    "\"test /list\",\"c\":\"u\\tf\\n\",\"p\":1785834000,\"u\":1785834000}}\n"
    "{\"page\":\"feedmill hosts\",\"url\":\"feedmill hosts\",\"fetched\":1785834100,"
    "\"failures\":0,\"head\":{\"i\":\"feedmill hosts\",\"t\":\"feedmill hosts\"},\"here\":[]}\n"
    "{\"page\":\"feedmill outages\",\"fetched\":1785834000,\"failures\":0,\"head\":{\"i\":\"x\","
    "\"t\":\"x\"},\"here\":[\"test /list at 2026-08-04T09:00:00Z\"]}\n"
    "{\"page\":\"test /list\",\"fetched\":1785800000,\"failures\":0,\"head\":{\"i\":\"x\","
    "\"t\":\"x\"},\"here\":[\"https://example.org/a\"]}\n"
    "{\"page\":\"test /list on 2026-08-01\",\"url\":\"https://example.org/2026-08-01\","
    "\"etag\":\"2026-07-31\",\"read\":1785834000,\"failures\":0,\"here\":[]}\n"
    "{\"end\":9}\n";

static void on_page(void *ctx, fm_str page, const fm_upstream_meta *meta)
{
  (void)meta;
  got_list *got = ctx;
  size_t len = strlen(got->text);
  if (page.ptr)
    snprintf(got->text + len, sizeof got->text - len, "%.*s;", FM_FMT(page));
  else
    got->calls++;
}

static void assert_pages(kit *in, const char *want)
{
  got_list got = {.calls = 0};
  fm_store_upstreams(in->store, on_page, &got);
  kit_wait(in, &got.calls);
  assert_string_equal(got.text, want);
}

/* What every memory of an earlier feedmill has become. */
static void assert_converted(void)
{
  assert_state("outage/2026-08-04T09:00:00Z test /list",
               "{\"upstream\":\"test /list\",\"began\":1785834000,\"ended\":1785837600,"
               "\"url\":\"https://example.org/list\",\"reason\":\"no \\\"list\\\"\","
               "\"what\":\"the page changed\",\"anomaly\":\"empty\",\"accepted\":true}");
  assert_state("host/https://example.org", "{\"until\":1785835000}");
  assert_state("input/test /list", "u\tf\n");
  assert_state("backfill/test /list on 2026-08-01",
               "{\"read\":1785834000,\"before\":\"2026-07-31\"}");
  assert_pages(&k, "test /list;");
  assert_load(LIST, 10, "a");
}

static void an_export_of_an_earlier_feedmill_is_taken_in(void **state)
{
  (void)state;
  for (int round = 0; round < 2; round++) {
    import(&k, fm_str_of(form_1));
    assert_converted();
    assert_int_equal(list_in(&k, "").count, 4);
  }
}

static void run_sql(const char *file, const char *sql)
{
  sqlite3 *db;
  char *wrong = NULL;
  assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
  if (sqlite3_exec(db, sql, NULL, NULL, &wrong) != SQLITE_OK)
    fail_msg("%s", wrong);
  sqlite3_close(db);
}

static void count_rows(const char *file, const char *sql, int want)
{
  sqlite3 *db;
  sqlite3_stmt *row;
  assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(row), SQLITE_ROW);
  if (sqlite3_column_int(row, 0) != want)
    fail_msg("%s: %d, not %d", sql, sqlite3_column_int(row, 0), want);
  sqlite3_finalize(row);
  sqlite3_close(db);
}

static void a_file_of_an_earlier_feedmill_is_brought_up_to_date(void **state)
{
  (void)state;
  kit_start(&k, "%s");
  const char *file = strchr(k.uri, ':') + 1;
  run_sql(file, legacy_sql);
  for (int round = 0; round < 2; round++) {
    kit_open(&k);
    assert_converted();
    assert_int_equal(list_in(&k, "").count, 4);
    kit_close(&k);
    count_rows(file, "SELECT count(*) FROM entry", 1);
    count_rows(file, "SELECT count(*) FROM member", 1);
    count_rows(file, "SELECT count(*) FROM page", 1);
    count_rows(file, "SELECT given FROM page", 1785800000);
    count_rows(file, "PRAGMA user_version", 3);
  }
}

/* One command of legacy_redis. */
static void redis_do(redisContext *c, const char *command)
{
  const char *argv[40];
  size_t lens[40];
  int argc = 0;
  static char bytes[512];
  fm_str rest = fm_str_of(command), word;
  while (rest.ptr && argc < 40 && fm_str_cut(&rest, '|', &word)) {
    argv[argc] = word.ptr;
    lens[argc] = word.len;
    if (word.len && word.ptr[0] == '=') {
      for (size_t i = 1; i + 1 < word.len; i += 2)
        bytes[i / 2] = (char)strtol((char[]){word.ptr[i], word.ptr[i + 1], 0}, NULL, 16);
      argv[argc] = bytes;
      lens[argc] = word.len / 2;
    }
    argc++;
  }
  redisReply *reply = redisCommandArgv(c, argc, argv, lens);
  assert_non_null(reply);
  if (reply->type == REDIS_REPLY_ERROR)
    fail_msg("%s: %s", command, reply->str);
  freeReplyObject(reply);
}

static long long redis_count(redisContext *c, const char *command)
{
  redisReply *reply = redisCommand(c, command);
  assert_non_null(reply);
  long long count = reply->type == REDIS_REPLY_ARRAY ? (long long)reply->elements
                    : reply->type == REDIS_REPLY_STRING ? atoll(reply->str) : reply->integer;
  freeReplyObject(reply);
  return count;
}

static void a_redis_of_an_earlier_feedmill_is_brought_up_to_date(void **state)
{
  (void)state;
  kit_start(&k, "redis");
  redisContext *c = kit_redis_connect();
  freeReplyObject(redisCommand(c, "SELECT %d", kit_redis.next_db));
  for (size_t i = 0; i < LEN(legacy_redis); i++)
    redis_do(c, legacy_redis[i]);
  for (int round = 0; round < 2; round++) {
    kit_open(&k);
    assert_converted();
    assert_int_equal(list_in(&k, "").count, 4);
    kit_close(&k);
    assert_int_equal(redis_count(c, "KEYS feedmill:e:*"), 1);
    assert_int_equal(redis_count(c, "KEYS feedmill:page:*"), 1);
    assert_int_equal(redis_count(c, "KEYS feedmill:open:*"), 0);
    assert_int_equal(redis_count(c, "HLEN feedmill:ids:feedmill"), 0);
    assert_int_equal(redis_count(c, "ZCARD feedmill:gone"), 0);
    assert_int_equal(redis_count(c, "GET feedmill:schema"), 2);
  }
  redisFree(c);
}

/* It was cut off in the middle: what is there already is not made twice. */
static void two_may_bring_it_up_to_date_at_once(void **state)
{
  (void)state;
  kit other;
  kit_start(&k, "redis");
  redisContext *c = kit_redis_connect();
  freeReplyObject(redisCommand(c, "SELECT %d", kit_redis.next_db));
  for (size_t i = 0; i < LEN(legacy_redis); i++)
    redis_do(c, legacy_redis[i]);
  memset(&other, 0, sizeof other);
  memcpy(other.uri, k.uri, sizeof k.uri);
  assert_int_equal(uv_loop_init(&other.loop), 0);
  got_state mine = {.calls = 0}, others = {.calls = 0};
  kit_open(&k);
  kit_open(&other);
  fm_store_state_get(k.store, FM_STR("input/test /list"), on_state, &mine);
  fm_store_state_get(other.store, FM_STR("input/test /list"), on_state, &others);
  while (!mine.calls || !others.calls) {
    uv_run(&k.loop, UV_RUN_NOWAIT);
    uv_run(&other.loop, UV_RUN_NOWAIT);
  }
  assert_string_equal(mine.value, "u\tf\n");
  assert_string_equal(others.value, "u\tf\n");
  assert_converted();
  assert_int_equal(list_in(&k, "").count, 4);
  redisFree(c);
  kit_close(&other);
  uv_run(&other.loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&other.loop), 0);
}

int main(void)
{
  const struct CMUnitTest of_redis[] = {
    cmocka_unit_test_teardown(a_redis_of_an_earlier_feedmill_is_brought_up_to_date, teardown),
    cmocka_unit_test_teardown(two_may_bring_it_up_to_date_at_once, teardown),
  };
  const struct CMUnitTest of_sqlite[] = {
    cmocka_unit_test_teardown(a_file_of_an_earlier_feedmill_is_brought_up_to_date, teardown),
  };
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_key_never_set_is_not_found),
    TEST(a_value_comes_back_and_the_last_one_wins),
    TEST(any_bytes_are_a_value),
    TEST(a_deleted_key_is_gone),
    TEST(keys_and_values_have_a_limit),
    TEST(keys_are_listed_by_their_beginning),
    TEST(a_long_list_is_whole),
    TEST(a_list_has_a_limit),
    TEST(state_outlives_the_process),
    TEST(state_that_nobody_needs_is_forgotten),
    TEST(an_export_holds_all_state),
    TEST(an_export_of_an_earlier_feedmill_is_taken_in),
  };
  return kit_run("store/state", tests, LEN(tests)) +
         cmocka_run_group_tests_name("store/state, sqlite", of_sqlite, NULL, NULL) +
         cmocka_run_group_tests_name("store/state, redis", of_redis, NULL, NULL);
}
