/* JSON Feed 1.1, read back by json-c. */
#include "sample.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

static fm_buf out;

static int fresh(void **state)
{
  (void)state;
  fm_buf_init(&out, FM_BUF_MAX);
  return 0;
}

static int done(void **state)
{
  (void)state;
  fm_buf_deinit(&out);
  return 0;
}

static json_object *write_feed(const fm_feed *feed, const fm_publication *place)
{
  fm_buf_clear(&out);
  assert_int_equal(fm_jsonfeed_write(feed, place, &out), FM_OK);
  json_tokener *tokener = json_tokener_new();
  json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  json_object *json = json_tokener_parse_ex(tokener, out.ptr, (int)out.len);
  if (!json)
    fail_msg("no JSON (%s): %.*s", json_tokener_error_desc(json_tokener_get_error(tokener)),
             (int)out.len, out.ptr);
  json_tokener_free(tokener);
  return json;
}

/* A member by its path, "items/0/url"; NULL: not there. */
static json_object *ask(json_object *json, const char *path)
{
  fm_str rest = fm_str_of(path), piece;
  while (json && fm_str_cut(&rest, '/', &piece)) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)piece.len, piece.ptr);
    if (json_object_is_type(json, json_type_array))
      json = json_object_array_get_idx(json, (size_t)atoi(name));
    else if (!json_object_object_get_ex(json, name, &json))
      json = NULL;
  }
  return json;
}

static void is(json_object *json, const char *path, const char *want)
{
  json_object *have = ask(json, path);
  if (!have || strcmp(json_object_get_string(have), want) != 0)
    fail_msg("%s is %s, not %s", path, have ? json_object_get_string(have) : "missing", want);
}

static void missing(json_object *json, const char *path)
{
  if (ask(json, path))
    fail_msg("%s is there", path);
}

static void head(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_publication place = {.self = FM_STR("http://h/papers.json"), .prev_archive = FM_STR("http://h/p")};
  json_object *json = write_feed(&feed, &place);
  is(json, "version", "https://jsonfeed.org/version/1.1");
  is(json, "title", "Papers & more");
  is(json, "home_page_url", "https://papers.test/papers");
  is(json, "feed_url", "http://h/papers.json");
  is(json, "next_url", "http://h/p");
  is(json, "description", "4 August <2026>");
  is(json, "icon", "https://papers.test/l.svg");
  is(json, "favicon", "https://papers.test/favicon.ico");
  is(json, "authors/0/name", "Papers");
  is(json, "authors/0/url", "https://papers.test");
  is(json, "language", "en");
  assert_int_equal(json_object_array_length(ask(json, "items")), 2);
  json_object_put(json);
}

static void items(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_publication place = {.changed = 0};
  json_object *json = write_feed(&feed, &place);
  is(json, "items/0/id", "https://papers.test/papers/1");
  is(json, "items/0/url", "https://papers.test/papers/1?a=1&b=2");
  is(json, "items/0/title", NAUGHTY);
  is(json, "items/0/content_html", "<p>x &lt; y &amp; z</p>");
  is(json, "items/0/summary", "First line\nsecond " NAUGHTY);
  is(json, "items/0/date_published", "2026-08-04T00:00:00Z");
  is(json, "items/0/date_modified", "2026-08-05T00:00:00Z");
  is(json, "items/0/authors/0/name", "V\xc3\xadt Garc\xc3\xad" "a");
  is(json, "items/0/authors/0/url", "https://papers.test/people/vit");
  is(json, "items/0/authors/1/name", "Li & Wei");
  missing(json, "items/0/authors/1/url");
  missing(json, "items/0/authors/2");
  is(json, "items/0/tags/0", "brains & minds");
  is(json, "items/0/tags/1", "Neural & Co");
  is(json, "items/0/attachments/0/url", "https://arxiv.test/pdf/1");
  is(json, "items/0/attachments/0/mime_type", "application/pdf");
  missing(json, "items/0/attachments/1");
  missing(json, "items/0/content_text");

  is(json, "items/1/id", "tag:papers.test,2026:2");
  is(json, "items/1/content_text", "");
  is(json, "items/1/date_modified", "2026-08-03T00:00:00Z");
  missing(json, "items/1/content_html");
  missing(json, "items/1/authors");
  missing(json, "items/1/tags");
  missing(json, "items/1/attachments");
  missing(json, "items/1/summary");
  json_object_put(json);
}

static void empty_feed(void **state)
{
  (void)state;
  fm_feed feed = {.id = FM_STR("urn:x"), .title = FM_STR("t"), .day = FM_NO_TIME};
  fm_publication place = {.changed = 0};
  json_object *json = write_feed(&feed, &place);
  assert_int_equal(json_object_array_length(ask(json, "items")), 0);
  is(json, "authors/0/name", "t");
  missing(json, "home_page_url");
  missing(json, "feed_url");
  missing(json, "next_url");
  missing(json, "icon");
  missing(json, "language");
  json_object_put(json);
}

static void any_feed_is_json(void **state)
{
  (void)state;
  for (int i = 0; i < 3000; i++) {
    fm_arena arena = {0};
    fm_feed feed = sample_noise_feed(&arena);
    fm_publication place = {.self = sample_noise(&arena), .changed = sample_time()};
    json_object *json = write_feed(&feed, &place), *list = ask(json, "items");
    for (size_t k = 0; k < json_object_array_length(list); k++) {
      json_object *item = json_object_array_get_idx(list, k);
      assert_non_null(ask(item, "id"));
      assert_true(!ask(item, "content_html") != !ask(item, "content_text"));
      assert_int_equal(strlen(json_object_get_string(ask(item, "date_published"))), 20);
    }
    json_object_put(json);
    fm_arena_deinit(&arena);
  }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)
  const struct CMUnitTest tests[] = {
    TEST(head),
    TEST(items),
    TEST(empty_feed),
    TEST(any_feed_is_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
