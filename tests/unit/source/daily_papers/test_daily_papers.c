/* Whole pages through the source daily-papers. */
#include "source/daily_papers/daily_kit.h"

#include "base/date.h"
#include "feed/doc.h"
#include "source/feed_in/feed_text.h"

#include <json-c/json.h>
#include <pthread.h>

/* ---- what the generator says that a page holds ---- */

static json_object *expected_of(const char *name)
{
  fm_str text = read_page(name, ".json");
  json_tokener *tokener = json_tokener_new();
  json_object *list = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
  json_tokener_free(tokener);
  free((char *)text.ptr);
  assert_true(json_object_is_type(list, json_type_array));
  return list;
}

static json_object *get(json_object *from, const char *key)
{
  json_object *value = NULL;
  assert_true(json_object_object_get_ex(from, key, &value));
  return value;
}

static void assert_same(fm_str text, json_object *expected)
{
  fm_str wanted = {NULL, 0};
  if (expected)
    wanted = (fm_str){json_object_get_string(expected),
                      (size_t)json_object_get_string_len(expected)};
  if (!fm_str_eq(text, wanted))
    fail_msg("\"%.*s\" is not \"%.*s\"", FM_FMT(text), FM_FMT(wanted));
}

static void assert_number(const fm_entry *entry, const char *name, json_object *expected)
{
  double value = -1;
  bool has = fm_entry_number(entry, fm_str_of(name), &value);
  assert_int_equal(has, expected != NULL);
  if (has)
    assert_true(value == json_object_get_double(expected));
}

static void assert_links(const fm_entry *entry, json_object *expected)
{
  fm_str href[8];
  assert_int_equal(count_links(entry, "alternate", href, 8), 1);
  assert_same(href[0], get(expected, "id"));
  json_object *related = get(expected, "related");
  assert_int_equal(count_links(entry, "related", href, 8), json_object_array_length(related));
  for (size_t i = 0; i < json_object_array_length(related); i++)
    assert_same(href[i], json_object_array_get_idx(related, i));
  assert_int_equal(count_links(entry, "enclosure", href, 8), 1);
  assert_same(href[0], get(expected, "enclosure"));
}

static void assert_categories(const fm_entry *entry, json_object *expected)
{
  json_object *keywords = get(expected, "keywords"), *org = get(expected, "organization");
  size_t count = json_object_array_length(keywords);
  assert_int_equal(entry->ncategories, count + (org != NULL));
  for (size_t i = 0; i < count; i++) {
    assert_same(entry->categories[i].term, json_object_array_get_idx(keywords, i));
    assert_int_equal(entry->categories[i].scheme.len, 0);
  }
  if (org) {
    assert_same(entry->categories[count].term, org);
    assert_same(entry->categories[count].handle, get(expected, "organization_name"));
    assert_str(entry->categories[count].scheme, "https://huggingface.co/organizations");
  }
}

static void assert_authors(const fm_entry *entry, json_object *names)
{
  assert_int_equal(entry->nauthors, json_object_array_length(names));
  for (size_t i = 0; i < entry->nauthors; i++)
    assert_same(entry->authors[i].name, json_object_array_get_idx(names, i));
}

static void assert_entry(const fm_entry *entry, json_object *expected)
{
  assert_same(entry->id, get(expected, "id"));
  assert_same(entry->title, get(expected, "title"));
  assert_same(entry->summary, get(expected, "summary"));
  char published[FM_DATE_ISO_LEN + 1];
  fm_date_iso(entry->published, published);
  assert_same(fm_str_of(published), get(expected, "published"));
  assert_true(entry->updated == FM_NO_TIME);
  assert_authors(entry, get(expected, "authors"));
  assert_links(entry, expected);
  assert_categories(entry, expected);
  assert_number(entry, "upvotes", get(expected, "upvotes"));
  assert_number(entry, "comments", get(expected, "comments"));
  assert_number(entry, "stars", get(expected, "stars"));
}

static void assert_page(const char *name, size_t count)
{
  struct result result;
  extract_named(FM_DAILY_ANY, name, &result);
  json_object *expected = expected_of(name);
  assert_int_equal(result.feed.nentries, count);
  assert_int_equal(json_object_array_length(expected), count);
  for (size_t i = 0; i < count; i++)
    assert_entry(&result.feed.entries[i], json_object_array_get_idx(expected, i));
  json_object_put(expected);
  drop(&result);
}

static void test_pages(void **state)
{
  (void)state;
  assert_page("daily", 50);
  assert_page("early", 1);
  assert_page("later", 53);
  assert_page("next-day", 15);
  assert_page("empty-day", 0);
  assert_page("week", 65);
  assert_page("month", 65);
  assert_page("trending", 40);
  assert_page("search", 65);
  assert_page("search-old", 20);
  assert_page("form-2024", 13);
  assert_page("odd-markup", 6);
}

/* ---- the ways agree ---- */

static fm_buf text_of(enum fm_daily_method way, fm_str body)
{
  struct result result;
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  extract(way, page_of(body), &result);
  if (result.code == FM_OK)
    put_feed(&out, &result.feed);
  else
    fm_buf_addf(&out, "%d\n", result.code);
  drop(&result);
  return out;
}

static void assert_same_text(const char *path, fm_buf a, fm_buf b)
{
  size_t i = 0, line = 0;
  for (; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++)
    line = a.ptr[i] == '\n' ? i + 1 : line;
  if (i < a.len || i < b.len)
    fail_msg("%s: %.*s\n  is not %.*s", path, (int)strcspn(a.ptr + line, "\n"), a.ptr + line,
             (int)strcspn(b.ptr + line, "\n"), b.ptr + line);
}

static void compare_ways(const char *path, fm_str page)
{
  fm_buf scan = text_of(FM_DAILY_SCAN, page), tree = text_of(FM_DAILY_TREE, page);
  fm_buf_char(&scan, 0);
  fm_buf_char(&tree, 0);
  assert_same_text(path, scan, tree);
  fm_buf_deinit(&scan);
  fm_buf_deinit(&tree);
}

static void test_scan_is_tree(void **state)
{
  (void)state;
  const char *folder = getenv("PAGES");
  assert_true(each_page(folder ? folder : "build/pages", compare_ways) >= 20);
  each_page(SHARED_PAGES, compare_ways);
}

static fm_str thumbnail_of(const fm_entry *entry)
{
  const char *at = fm_str_find(entry->content, FM_STR("<img src=\"")), *end;
  if (!at)
    return (fm_str){NULL, 0};
  at += strlen("<img src=\"");
  end = memchr(at, '"', (size_t)(entry->content.ptr + entry->content.len - at));
  return fm_str_span(at, end);
}

/* Without data: the same papers, in the same order, less what is not rendered. */
static void compare_articles(const char *path, fm_str page)
{
  struct result data, articles;
  extract(FM_DAILY_SCAN, page_of(page), &data);
  extract(FM_DAILY_ARTICLES, page_of(page), &articles);
  if (data.code == FM_OK && articles.code == FM_OK) {
    if (data.feed.nentries != articles.feed.nentries)
      fail_msg("%s: %zu entries, %zu articles", path, data.feed.nentries, articles.feed.nentries);
    for (size_t i = 0; i < data.feed.nentries; i++) {
      const fm_entry *a = &data.feed.entries[i], *b = &articles.feed.entries[i];
      double votes, shown;
      assert_true(fm_str_eq(a->id, b->id));
      assert_true(fm_str_eq(a->title, b->title));
      assert_true(fm_str_eq(a->links[0].href, b->links[0].href));
      assert_true(b->published != FM_NO_TIME);
      assert_true(fm_str_eq(thumbnail_of(a), thumbnail_of(b)));
      assert_true(b->summary.len == 0 || fm_str_eq(a->summary, b->summary));
      assert_true(fm_entry_number(a, FM_STR("comments"), &votes) &&
                  fm_entry_number(b, FM_STR("comments"), &shown) && votes == shown);
      assert_true(fm_entry_number(a, FM_STR("upvotes"), &votes) &&
                  fm_entry_number(b, FM_STR("upvotes"), &shown) && votes == shown);
    }
  }
  drop(&data);
  drop(&articles);
}

static void test_articles_are_the_same(void **state)
{
  (void)state;
  static const char *const names[] = {"search", "form-2024", "daily", "trending"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    fm_str page = read_page(names[i], ".html");
    compare_articles(names[i], page);
    free((char *)page.ptr);
  }
}

/* The data is missing or broken: the articles are what is left. */
static void test_articles_alone(void **state)
{
  (void)state;
  static const struct {
    const char *page, *whole;
    const char *published;
  } rows[] = {{"no-data", "daily", "2026-07-23T00:00:00Z"},
              {"broken-json", "daily", "2026-07-23T00:00:00Z"},
              {"no-data-2024", "form-2024", "2024-08-01T00:00:00Z"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct result result;
    extract_named(FM_DAILY_ANY, rows[i].page, &result);
    json_object *expected = expected_of(rows[i].whole);
    assert_int_equal(result.feed.nentries, json_object_array_length(expected));
    for (size_t k = 0; k < result.feed.nentries; k++) {
      const fm_entry *entry = &result.feed.entries[k];
      assert_same(entry->id, get(json_object_array_get_idx(expected, k), "id"));
      assert_same(entry->title, get(json_object_array_get_idx(expected, k), "title"));
      assert_int_equal(entry->nauthors, 0);
    }
    char published[FM_DATE_ISO_LEN + 1];
    fm_date_iso(result.feed.entries[3].published, published);
    assert_string_equal(published, rows[i].published);
    json_object_put(expected);
    drop(&result);
  }
}

/* ---- any thread, at any time ---- */

struct task {
  enum fm_daily_method way;
  fm_str page;
  fm_buf text;
};

static void *extract_often(void *data)
{
  struct task *task = data;
  for (int i = 0; i < 5; i++) {
    fm_buf_deinit(&task->text);
    task->text = text_of(task->way, task->page);
  }
  return NULL;
}

static void test_threads(void **state)
{
  (void)state;
  fm_str page = read_page("next-day", ".html");
  struct task tasks[4];
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) {
    tasks[i] = (struct task){.way = i % 2 ? FM_DAILY_TREE : FM_DAILY_SCAN, .page = page};
    assert_int_equal(pthread_create(&threads[i], NULL, extract_often, &tasks[i]), 0);
  }
  for (int i = 0; i < 4; i++)
    assert_int_equal(pthread_join(threads[i], NULL), 0);
  for (int i = 0; i < 4; i++) {
    assert_true(tasks[i].text.len > 10000);
    assert_true(fm_str_eq(fm_buf_view(&tasks[0].text), fm_buf_view(&tasks[i].text)));
  }
  for (int i = 0; i < 4; i++)
    fm_buf_deinit(&tasks[i].text);
  free((char *)page.ptr);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_pages),
    cmocka_unit_test(test_scan_is_tree),
    cmocka_unit_test(test_articles_are_the_same),
    cmocka_unit_test(test_articles_alone),
    cmocka_unit_test(test_threads),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
