/* The memory's file: what happens to it, and what it must never do. */
#include "store/store_kit.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LIST "test /list"

static kit k;

#ifdef __SANITIZE_THREAD__
/* These tests fork, and the child goes on with threads of its own. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
  return "die_after_fork=0";
}
#endif

static int setup(void **state)
{
  (void)state;
  kit_start(&k, "%s");
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  kit_stop(&k);
  return 0;
}

static const char *file(void)
{
  return strchr(k.uri, ':') + 1;
}

static void merge(int64_t at, const char *words)
{
  answer got = kit_merge(&k, LIST, at, kit_page(words));
  if (got.error)
    fail_msg("%s", got.why.text);
  fm_doc_unref(got.doc);
}

static void assert_load(const char *words)
{
  answer got = kit_load(&k, LIST, 100);
  if (got.error)
    fail_msg("%s", got.why.text);
  assert_words(got.doc, words);
  fm_doc_unref(got.doc);
}

/* One value out of the file by a connection of the test's own. */
static void ask_file(const char *sql, char *out, size_t room)
{
  sqlite3 *db;
  sqlite3_stmt *row;
  assert_int_equal(sqlite3_open(file(), &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
  out[0] = 0;
  if (sqlite3_step(row) == SQLITE_ROW)
    snprintf(out, room, "%s", (const char *)sqlite3_column_text(row, 0));
  assert_int_equal(sqlite3_finalize(row), SQLITE_OK);
  sqlite3_close(db);
}

static void assert_whole(void)
{
  char got[256];
  ask_file("PRAGMA integrity_check", got, sizeof got);
  assert_string_equal(got, "ok");
}

static void write_file(const char *bytes, size_t len)
{
  FILE *f = fopen(file(), "w");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, len, f), len);
  fclose(f);
}

/* Opening fails with a line that says all of `words`. */
static void assert_refused(const char *const *words)
{
  fm_why why = {""};
  fm_store *store = NULL;
  fm_store_spec spec = {.uri = fm_str_of(k.uri)};
  assert_int_equal(fm_store_open(&k.loop, &spec, &store, &why), FM_E_IO);
  assert_null(store);
  for (; *words; words++)
    if (!strstr(why.text, *words))
      fail_msg("\"%s\" is not in \"%s\"", *words, why.text);
}

static void what_was_merged_is_there_after_a_restart(void **state)
{
  (void)state;
  kit_open(&k);
  merge(KIT_T0, "a b c");
  merge(KIT_T0 + 60, "b");
  kit_close(&k);
  assert_whole();
  kit_open(&k);
  assert_load("b c a");
}

static void a_killed_process_loses_nothing_it_answered(void **state)
{
  (void)state;
  int told[2];
  char byte;
  assert_int_equal(pipe(told), 0);
  pid_t child = fork();
  if (child == 0) {
    kit_open(&k);
    for (int i = 0; i < 20; i++) {
      char words[] = {(char)('a' + i), 0};
      merge(KIT_T0 + i, words);
    }
    if (write(told[1], "x", 1) != 1)
      _exit(1);
    pause();
  }
  close(told[1]);
  assert_int_equal(read(told[0], &byte, 1), 1);
  assert_int_equal(kill(child, SIGKILL), 0);
  assert_int_equal(waitpid(child, NULL, 0), child);
  close(told[0]);
  kit_open(&k);
  assert_load("t s r q p o n m l k j i h g f e d c b a");
  kit_close(&k);
  assert_whole();
}

static void a_file_that_is_no_database_is_refused_and_kept(void **state)
{
  (void)state;
  char text[8192], now[sizeof text];
  memset(text, 'x', sizeof text);
  write_file(text, sizeof text);
  assert_refused((const char *[]){file(), "not a database", "nothing was overwritten", NULL});
  FILE *f = fopen(file(), "r");
  assert_int_equal(fread(now, 1, sizeof now, f), sizeof now);
  fclose(f);
  assert_memory_equal(now, text, sizeof text);
}

static void another_programs_database_is_refused(void **state)
{
  (void)state;
  char tables[64];
  ask_file("CREATE TABLE theirs (x)", tables, sizeof tables);
  assert_refused((const char *[]){file(), "another program", NULL});
  ask_file("SELECT count(*) FROM sqlite_schema", tables, sizeof tables);
  assert_string_equal(tables, "1");
}

static void a_newer_feedmills_file_is_refused(void **state)
{
  (void)state;
  char none[64];
  kit_open(&k);
  kit_close(&k);
  ask_file("PRAGMA user_version=99", none, sizeof none);
  assert_refused((const char *[]){file(), "newer feedmill", "schema 99", NULL});
}

static void run_on_file(const char *sql)
{
  sqlite3 *db;
  char *wrong = NULL;
  assert_int_equal(sqlite3_open(file(), &db), SQLITE_OK);
  if (sqlite3_exec(db, sql, NULL, NULL, &wrong) != SQLITE_OK)
    fail_msg("%s", wrong);
  sqlite3_close(db);
}

/* As the first schema left it, before there were archives. */
static void an_older_file_is_brought_up_to_date(void **state)
{
  (void)state;
  char schema[2048], now[2048];
  static const char *const dump = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM"
                                  " sqlite_schema WHERE sql IS NOT NULL ORDER BY name)";
  kit_open(&k);
  merge(KIT_T0, "a b c");
  merge(KIT_T0 + 60, "b");
  kit_close(&k);
  ask_file(dump, schema, sizeof schema);
  run_on_file("DROP TABLE state; DROP TABLE entered; DROP TABLE view;"
              "ALTER TABLE page DROP COLUMN given; ALTER TABLE entry DROP COLUMN redated;"
              "DROP INDEX member_left; DROP TABLE archive; DROP TABLE archive_part;"
              "ALTER TABLE page DROP COLUMN sealed; ALTER TABLE member DROP COLUMN archive;"
              "CREATE INDEX member_left ON member (page, published, entry)"
              " WHERE last_seen IS NOT NULL; PRAGMA user_version=1");
  kit_open(&k);
  assert_load("b c a");
  merge(KIT_T0 + 120, "d");
  kit_close(&k);
  ask_file(dump, now, sizeof now);
  assert_string_equal(now, schema);
  ask_file("PRAGMA user_version", now, sizeof now);
  assert_string_equal(now, "3");
  assert_whole();
}

static void a_folder_that_is_not_there_is_named(void **state)
{
  (void)state;
  snprintf(k.uri, sizeof k.uri, "sqlite:%s/none/memory.db", k.dir);
  assert_refused((const char *[]){"none/memory.db", "No such file", NULL});
}

/* In a child an assertion cannot reach cmocka. */
#define CHECK(x) ((x) ? (void)0 : (fprintf(stderr, "line %d: %s\n", __LINE__, #x), _exit(3)))

static void in_a_child(void (*body)(void))
{
  pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* Root may write anywhere. */
static void be_nobody(void)
{
  CHECK(geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0));
}

static void read_but_not_write(void)
{
  kit child = {.store = NULL};
  memcpy(child.uri, k.uri, sizeof k.uri);
  be_nobody();
  CHECK(uv_loop_init(&child.loop) == 0);
  kit_open(&child);
  answer got = kit_load(&child, LIST, 10);
  CHECK(got.error == 0 && got.doc->feed.nentries == 2);
  fm_doc_unref(got.doc);
  got = kit_merge(&child, LIST, KIT_T0 + 60, kit_page("c"));
  CHECK(got.error == FM_E_IO && strstr(got.why.text, "cannot be written"));
  got = kit_load(&child, LIST, 10);
  CHECK(got.error == 0 && got.doc->feed.nentries == 2);
  fm_doc_unref(got.doc);
  kit_close(&child);
}

static void a_read_only_file_is_still_read(void **state)
{
  (void)state;
  kit_open(&k);
  merge(KIT_T0, "a b");
  kit_close(&k);
  assert_int_equal(chmod(file(), 0444), 0);
  assert_int_equal(chmod(k.dir, 0777), 0);
  in_a_child(read_but_not_write);
}

/* Where not even a log can be made beside it. */
static void a_file_in_a_read_only_folder_is_still_read(void **state)
{
  (void)state;
  kit_open(&k);
  merge(KIT_T0, "a b");
  kit_close(&k);
  assert_int_equal(chmod(file(), 0444), 0);
  assert_int_equal(chmod(k.dir, 0555), 0);
  in_a_child(read_but_not_write);
  assert_int_equal(chmod(k.dir, 0755), 0);
}

/* A file that may not grow stands for a full disk: the write itself fails. */
static void fill_the_disk(void)
{
  struct rlimit limit = {512 << 10, 512 << 10};
  unsigned seed = 1;
  fm_doc *page = kit_page("z");
  char *text = fm_arena_raw(&page->arena, 4 << 20);
  for (size_t i = 0; i < 4 << 20; i++)
    text[i] = (char)(' ' + rand_r(&seed) % 90);
  kit_at(page, 0)->summary = (fm_str){text, 4 << 20};
  signal(SIGXFSZ, SIG_IGN);
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  kit_open(&k);
  answer got = kit_merge(&k, LIST, KIT_T0 + 60, page);
  CHECK(got.error == FM_E_IO && strstr(got.why.text, "memory.db"));
  got = kit_load(&k, LIST, 10);
  CHECK(got.error == 0 && got.doc->feed.nentries == 2);
  fm_doc_unref(got.doc);
  got = kit_merge(&k, LIST, KIT_T0 + 120, kit_page("c")); /* for this there is room */
  CHECK(got.error == 0);
  fm_doc_unref(got.doc);
  kit_close(&k);
}

static void a_full_disk_fails_the_merge_and_keeps_the_rest(void **state)
{
  (void)state;
  kit_open(&k);
  merge(KIT_T0, "a b");
  kit_close(&k);
  in_a_child(fill_the_disk);
  assert_whole();
  kit_open(&k);
  assert_load("c b a");
}

/* Damage in the middle of the file, which opening does not see. */
static void a_damaged_file_says_so_and_is_not_overwritten(void **state)
{
  (void)state;
  kit_open(&k);
  for (int i = 0; i < 8; i++) {
    char words[] = {(char)('a' + i), 0};
    merge(KIT_T0 + i, words);
  }
  kit_close(&k);
  struct stat info;
  assert_int_equal(stat(file(), &info), 0);
  int fd = open(file(), O_WRONLY);
  char junk[512];
  memset(junk, 0xa5, sizeof junk);
  for (off_t at = 4096; at < info.st_size; at += 4096)
    assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
  close(fd);
  kit_open(&k);
  answer got = kit_load(&k, LIST, 10);
  assert_int_equal(got.error, FM_E_IO);
  assert_non_null(strstr(got.why.text, "nothing was overwritten"));
  got = kit_merge(&k, LIST, KIT_T0 + 60, kit_page("z"));
  assert_int_equal(got.error, FM_E_IO);
  kit_close(&k);
  struct stat after;
  assert_int_equal(stat(file(), &after), 0);
  assert_int_equal(after.st_size, info.st_size);
}

static void a_damaged_record_is_named(void **state)
{
  (void)state;
  char none[64];
  kit_open(&k);
  merge(KIT_T0, "a");
  kit_close(&k);
  ask_file("UPDATE entry SET data = x'01ffffff'", none, sizeof none);
  kit_open(&k);
  answer got = kit_load(&k, LIST, 10);
  assert_int_equal(got.error, FM_E_IO);
  assert_non_null(strstr(got.why.text, "damaged"));
  kit_close(&k);
  ask_file("UPDATE entry SET data = x'07ff'", none, sizeof none);
  kit_open(&k);
  got = kit_load(&k, LIST, 10);
  assert_int_equal(got.error, FM_E_IO);
  assert_non_null(strstr(got.why.text, "newer feedmill"));
}

static void two_stores_share_a_file(void **state)
{
  (void)state;
  kit other;
  kit_open(&k);
  memset(&other, 0, sizeof other);
  memcpy(other.uri, k.uri, sizeof k.uri);
  assert_int_equal(uv_loop_init(&other.loop), 0);
  kit_open(&other);
  merge(KIT_T0, "a b");
  answer got = kit_merge(&other, LIST, KIT_T0 + 1, kit_page("b c"));
  assert_int_equal(got.error, 0);
  fm_doc_unref(got.doc);
  assert_load("b c a");
  kit_close(&other);
  assert_int_equal(uv_loop_close(&other.loop), 0);
}

/* What needs no room succeeds on a full disk, and shows nothing. */
static void what_writes_nothing_is_no_sign_of_room(void **state)
{
  (void)state;
  tally sealed = {.calls = 0};
  kit_open(&k);
  merge(KIT_T0, "a");
  run_on_file("CREATE TRIGGER full BEFORE UPDATE ON page BEGIN SELECT RAISE(FAIL, 'full'); END");
  assert_int_equal(kit_merge(&k, LIST, KIT_T0 + 1, kit_page("b")).error, FM_E_IO);
  assert_string_equal(fm_store_get_health(k.store).status, "unwritable");
  fm_store_seal(k.store, FM_STR(LIST), 100, KIT_T0, KIT_T0, kit_on_counted, &sealed);
  kit_wait(&k, &sealed.calls);
  assert_int_equal(sealed.error, 0);
  assert_string_equal(fm_store_get_health(k.store).status, "unwritable");
  run_on_file("DROP TRIGGER full");
  merge(KIT_T0 + 2, "c");
  assert_string_equal(fm_store_get_health(k.store).status, "ok");
}

static void health_names_what_is_wrong(void **state)
{
  (void)state;
  char none[64];
  kit_open(&k);
  merge(KIT_T0, "a");
  fm_store_health health = fm_store_get_health(k.store);
  assert_string_equal(health.backend, "sqlite");
  assert_string_equal(health.status, "ok");
  assert_string_equal(health.reason, "");
  ask_file("UPDATE entry SET data = x'07'", none, sizeof none);
  assert_int_equal(kit_load(&k, LIST, 10).error, FM_E_IO);
  health = fm_store_get_health(k.store);
  assert_string_equal(health.status, "unreadable");
  assert_non_null(strstr(health.reason, "memory.db"));
  assert_int_equal(kit_merge(&k, LIST, KIT_T0 + 1, kit_page("a")).error, FM_E_IO);
  assert_string_equal(fm_store_get_health(k.store).status, "unwritable");
  merge(KIT_T0 + 2, "b");
  assert_string_equal(fm_store_get_health(k.store).status, "unreadable");
  answer got = kit_load(&k, LIST, 1);
  assert_int_equal(got.error, 0);
  fm_doc_unref(got.doc);
  assert_string_equal(fm_store_get_health(k.store).status, "ok");
}

static void a_refresh_without_a_change_writes_one_row(void **state)
{
  (void)state;
  char before[64], after[64];
  kit_open(&k);
  merge(KIT_T0, "a b c");
  ask_file("SELECT group_concat(changed || hex(data)) FROM entry", before, sizeof before);
  merge(KIT_T0 + 60, "a b c");
  ask_file("SELECT group_concat(changed || hex(data)) FROM entry", after, sizeof after);
  assert_string_equal(before, after);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(what_was_merged_is_there_after_a_restart),
    TEST(a_killed_process_loses_nothing_it_answered),
    TEST(a_file_that_is_no_database_is_refused_and_kept),
    TEST(another_programs_database_is_refused),
    TEST(a_newer_feedmills_file_is_refused),
    TEST(an_older_file_is_brought_up_to_date),
    TEST(a_folder_that_is_not_there_is_named),
    TEST(a_read_only_file_is_still_read),
    TEST(a_file_in_a_read_only_folder_is_still_read),
    TEST(a_full_disk_fails_the_merge_and_keeps_the_rest),
    TEST(a_damaged_file_says_so_and_is_not_overwritten),
    TEST(a_damaged_record_is_named),
    TEST(two_stores_share_a_file),
    TEST(health_names_what_is_wrong),
    TEST(what_writes_nothing_is_no_sign_of_room),
    TEST(a_refresh_without_a_change_writes_one_row),
  };
  return cmocka_run_group_tests_name("store/sqlite", tests, NULL, NULL);
}
