#include "cmd/config_kit.h"
#include "dom/pointer.h"

static fm_arena arena;
static fm_buf seen;

static int end(void **state)
{
  (void)state;
  fm_arena_deinit(&arena);
  return 0;
}

static void note(void *ctx, size_t slot, fm_str text)
{
  (void)ctx;
  fm_buf_addf(&seen, "%zu=%.*s|", slot, FM_FMT(text));
}

/* The pointers separated by spaces, and their values as "slot=text|". */
static char *read_all(const char *pointers, const char *text, bool items, int *found)
{
  fm_pointers set = {0};
  fm_str rest = fm_str_of(pointers), one;
  fm_json json;
  fm_why why = {""};
  size_t slot, at;
  while (fm_str_cut(&rest, ' ', &one))
    if (fm_pointer_add(&set, one, &arena, &slot, &at, &why))
      fail_msg("%s: byte %zu: %s", pointers, at, why.text);
  fm_buf_init(&seen, FM_BUF_MAX);
  fm_json_init(&json, fm_str_of(text), &arena);
  int done = items ? fm_pointers_items(&set, &json, note, NULL, found)
                   : fm_pointers_read(&set, &json, note, NULL);
  if (done < 0 || fm_json_end(&json)) {
    fm_json_fail(&json, &why);
    fm_buf_addf(&seen, "error: %s", why.text);
  }
  fm_buf_char(&seen, 0);
  return fm_buf_take(&seen, &(size_t){0});
}

static const struct {
  const char *pointers, *text, *values;
} rows[] = {
  {"/a", "{\"a\":\"x\"}", "0=x|"},
  {"", "\"x\"", "0=x|"},
  {"/a /b", "{\"b\":1.50,\"c\":[{}],\"a\":true}", "1=1.50|0=true|"},
  {"/a /a", "{\"a\":\"x\"}", "0=x|"},
  {"/a/b /a", "{\"a\":{\"b\":\"x\"}}", "0=x|"},
  {"/a", "{\"a\":null}", ""},
  {"/a", "{\"a\":{\"b\":1}}", ""},
  {"/a", "{\"a\":[\"x\",2,null,{\"b\":3},[4],false]}", "0=x|0=2|0=false|"},
  {"/a/1", "{\"a\":[\"x\",\"y\"]}", "0=y|"},
  {"/a/01", "{\"a\":[\"x\",\"y\"]}", ""},
  {"/a/1", "{\"a\":{\"1\":\"y\"}}", "0=y|"},
  {"/a/*/b", "{\"a\":[{\"b\":1},{\"c\":2},{\"b\":3}]}", "0=1|0=3|"},
  {"/*/b", "{\"x\":{\"b\":1},\"y\":{\"b\":2}}", "0=1|0=2|"},
  {"/*/b /x/b /x", "{\"x\":{\"b\":1},\"y\":{\"b\":2}}", "0=1|1=1|0=2|"},
  {"/a /a/*/t", "{\"a\":[\"s\",{\"t\":\"u\"}]}", "0=s|1=u|"},
  {"/a~1b /c~0d", "{\"a/b\":1,\"c~d\":2}", "0=1|1=2|"},
  {"/", "{\"\":1}", "0=1|"},
  {"/a", "{\"a\":\"\\u0041\\n\\\"\"}", "0=A\n\"|"},
  {"/\xc3\xa9", "{\"\\u00e9\":1}", "0=1|"},
  {"/a", "{\"a\":1,\"a\":2}", "0=1|0=2|"},
  {"/a/b", "{\"a\":5}", ""},
  {"/a", "[1,2]", ""},
  {"/a", "{\"a\":1", "0=1|error: JSON, byte 6: ends within an object or array"},
  {"/a", "", "error: JSON, byte 0: ends where a value should be"},
};

static void test_values(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *values = read_all(rows[i].pointers, rows[i].text, false, NULL);
    if (strcmp(values, rows[i].values) != 0)
      fail_msg("%s in %s: %s, not %s", rows[i].pointers, rows[i].text, values, rows[i].values);
    free(values);
  }
}

static const struct {
  const char *pointer, *text, *values;
  int found;
} lists[] = {
  {"/a", "{\"a\":[{\"b\":1}, [2] ,\"x\"]}", "0={\"b\":1}|0=[2]|0=\"x\"|", FM_POINTER_LIST},
  {"", "[1,2]", "0=1|0=2|", FM_POINTER_LIST},
  {"/a", "{\"a\":[]}", "", FM_POINTER_LIST},
  {"/a", "{\"b\":[]}", "", FM_POINTER_MISSING},
  {"/a/b", "{\"a\":[1]}", "", FM_POINTER_MISSING},
  {"/a", "{\"a\":{\"b\":1}}", "", FM_POINTER_SCALAR},
  {"/a", "{\"a\":null}", "", FM_POINTER_SCALAR},
  {"/a/*", "{\"a\":{\"b\":{\"t\":1},\"c\":{}}}", "0={\"t\":1}|0={}|", FM_POINTER_LIST},
  {"/a/*", "{\"a\":[]}", "", FM_POINTER_LIST},
  {"/a/*", "{\"a\":{}}", "", FM_POINTER_LIST},
  {"/a/*", "{\"b\":[]}", "", FM_POINTER_MISSING},
  {"/a/*/b", "{\"a\":[{\"c\":1}]}", "", FM_POINTER_LIST},
  {"/*/a/*/b", "[{\"c\":1},{\"a\":[]}]", "", FM_POINTER_LIST},
  {"/*/a/*/b", "[{\"c\":1},{\"d\":[]}]", "", FM_POINTER_MISSING},
  {"/*/a", "[{\"a\":[1,2]},{\"a\":[]},{\"a\":[3]}]", "0=1|0=2|0=3|", FM_POINTER_LIST},
};

static void test_items(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    int found = -1;
    char *values = read_all(lists[i].pointer, lists[i].text, true, &found);
    if (strcmp(values, lists[i].values) != 0 || found != lists[i].found)
      fail_msg("%s in %s: %s (%d), not %s", lists[i].pointer, lists[i].text, values, found,
               lists[i].values);
    free(values);
  }
}

static void test_faults(void **state)
{
  (void)state;
  fm_pointers set = {0};
  size_t slot, at = 99;
  fm_why why = {""};
  assert_int_equal(fm_pointer_add(&set, FM_STR("a/b"), &arena, &slot, &at, &why), FM_E_SYNTAX);
  assert_int_equal(at, 0);
  assert_int_equal(fm_pointer_add(&set, FM_STR("/a~2"), &arena, &slot, &at, &why), FM_E_SYNTAX);
  assert_int_equal(at, 2);
  assert_int_equal(fm_pointer_add(&set, FM_STR("/a~"), &arena, &slot, &at, &why), FM_E_SYNTAX);
  char deep[2 * FM_POINTER_STEPS + 3];
  for (size_t i = 0; i < sizeof deep; i++)
    deep[i] = i % 2 ? 'a' : '/';
  assert_int_equal(fm_pointer_add(&set, (fm_str){deep, sizeof deep - 1}, &arena, &slot, &at, &why),
                   FM_E_SYNTAX);
  assert_int_equal(fm_pointer_add(&set, (fm_str){deep, sizeof deep - 3}, &arena, &slot, &at, &why),
                   FM_OK);
  assert_int_equal(set.count, 1);
}

static void test_script(void **state)
{
  (void)state;
  static const char *const scripts[][2] = {
    {" {\"a\":1}\n", "{\"a\":1}"},
    {"window.__STATE__ = {\"a\":1};", "{\"a\":1};"},
    {"var x=1, y = [1,2]; f()", "[1,2]; f()"},
    {"if (a == b) c = {}", "{}"},
    {"var q = [ ];\nwindow.STATE = {\"a\":1}", "{\"a\":1}"},
    {"nothing here", "nothing here"},
    {"", ""},
    {"a=", "a="},
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    fm_str json = fm_json_in_script(fm_str_of(scripts[i][0]));
    if (!fm_str_is(json, scripts[i][1]))
      fail_msg("%s: \"%.*s\"", scripts[i][0], FM_FMT(json));
  }
}

/* Broken text is an error or gives something; nothing is read outside of it. */
static void test_broken(void **state)
{
  (void)state;
  static const char text[] = "{\"a\":[{\"b\":\"x\\u00e9\",\"c\":[1,2.5,true]},{\"b\":null}],\"d\":{\"e\":\"f\"}}";
  for (int i = 0; i < 20000; i++) {
    char *broken = strdup(text);
    for (uint32_t n = dice(4); n; n--)
      broken[dice(sizeof text - 1)] = "{}[]\",:\\x1\xff"[dice(11)];
    broken[dice(sizeof text)] = 0;
    int found;
    free(read_all("/a/*/b /a/0/c /d/e /a /*", broken, false, NULL));
    free(read_all("/a/*", broken, true, &found));
    free(broken);
    fm_arena_deinit(&arena);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_values), cmocka_unit_test(test_items),  cmocka_unit_test(test_faults),
    cmocka_unit_test(test_script), cmocka_unit_test(test_broken),
  };
  return cmocka_run_group_tests(tests, NULL, end);
}
