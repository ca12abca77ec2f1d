/* State in scripts and attributes, as each of the usual frameworks writes it, and malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "dom/flat_json.h"
#include "dom/flight.h"
#include "dom/js_literal.h"
#include "dom/state.h"
#include "dom/tree.h"

/* All values of a text, one a line. */
static char *values_of(const char *text)
{
  static char all[8192];
  fm_arena arena = {0};
  fm_state state;
  fm_str json;
  size_t len = 0;
  fm_state_init(&state, fm_str_of(text), &arena);
  all[0] = 0;
  while (fm_state_next(&state, &json) && len < sizeof all)
    len += (size_t)snprintf(all + len, sizeof all - len, "%s%.*s", len ? "\n" : "", FM_FMT(json));
  fm_arena_deinit(&arena);
  return all;
}

static const char *literal(const char *text)
{
  static char json[8192];
  fm_buf out;
  size_t looked;
  fm_buf_init(&out, sizeof json - 1);
  json[0] = 0;
  if (fm_js_to_json(fm_str_of(text), &out, &looked))
    snprintf(json, sizeof json, "%.*s", FM_FMT(fm_buf_view(&out)));
  fm_buf_deinit(&out);
  return json;
}

static void test_literals(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"{a:1,'b':\"two\",\"c\":[1,2,],}", "{\"a\":1,\"b\":\"two\",\"c\":[1,2]}"},
    {"{a:!0,b:!1,c:void 0,d:undefined,e:null,f:NaN}", "{\"a\":true,\"b\":false,\"c\":null,\"d\":null,\"e\":null,\"f\":null}"},
    {"{a:'it\\'s',b:\"x\\x41\\u{1F600}\\u00e9\",c:`t\nu`}", "{\"a\":\"it's\",\"b\":\"xA\xf0\x9f\x98\x80\xc3\xa9\",\"c\":\"t\\nu\"}"},
    {"{a:.5,b:-1.,c:0x1F,d:1e3,e:12n,f:+3,g:-.25e-2,h:1_000}",
     "{\"a\":0.5,\"b\":-1,\"c\":31,\"d\":1e3,\"e\":12,\"f\":3,\"g\":-0.25e-2,\"h\":1000}"},
    {"{/* c */a:1, // d\n b:2}", "{\"a\":1,\"b\":2}"},
    {"{a:new Date(\"2026-08-04\"),b:new Date(1785838500123),c:new Map([[\"k\",1]])}",
     "{\"a\":\"2026-08-04\",\"b\":1785838500123,\"c\":[[\"k\",1]]}"},
    {"{a:function(x){return {b:1}},c:x=>x+1,d(){return 1},get e(){return 2},f:2}", "{\"a\":null,\"c\":null,\"f\":2}"},
    {"{a:b.c,d:f(1,{x:2}),e:1+2,g:x?1:2,h:/a}b/g,i:3}",
     "{\"a\":null,\"d\":null,\"e\":null,\"g\":null,\"h\":null,\"i\":3}"},
    {"{a:\"x\"+'y',...rest,[k]:1,b:1}", "{\"a\":\"xy\",\"b\":1}"},
    {"[1,,2]", "[1,null,2]"},
    {"{a:JSON.parse(\"{\\\"b\\\":[1]}\")}", "{\"a\":{\"b\":[1]}}"},
    {"JSON.parse('[{\"a\":\"\\\\\"q\\\\\"\"}]')", "[{\"a\":\"\\\"q\\\"\"}]"},
    {"(function(a,b){return {x:a,y:[b,a]}}(\"one\",{z:2}))", "{\"x\":\"one\",\"y\":[{\"z\":2},\"one\"]}"},
    {"(function(a,b){return {x:a,y:b}})(1,!0)", "{\"x\":1,\"y\":true}"},
    {"((a,b)=>({x:a,y:b}))(1,null)", "{\"x\":1,\"y\":null}"},
    {"(function(a,b){a.id=1;a.title=b;return {layout:\"d\",data:[{list:[a]}]}}({},\"Lamp\"))",
     "{\"layout\":\"d\",\"data\":[{\"list\":[{\"id\":1,\"title\":\"Lamp\"}]}]}"},
    {"(function(a){a[0]=\"x\";a[1]=\"y\";return {l:a}}(Array(2)))", "{\"l\":[\"x\",\"y\"]}"},
    {"{a,b}", "{\"a\":null,\"b\":null}"},
    {"{a:1", ""}, {"{a:'x", ""}, {"[1,2", ""}, {"{,}", "{}"}, {"(function(a){", ""}, {"x", ""}, {"", ""},
    {"{1:2}", "{\"1\":2}"}, {"{a:{}}", "{\"a\":{}}"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strcmp(literal(rows[i][0]), rows[i][1]) != 0)
      fail_msg("%s:\n%s\nnot\n%s", rows[i][0], literal(rows[i][0]), rows[i][1]);
}

static void test_cycles_end(void **state)
{
  (void)state;
  assert_non_null(strstr(literal("(function(a){a.self=a;a.id=1;return {x:a}}({}))"), "\"id\":1"));
  char deep[400] = "{a:";
  memset(deep + 3, '[', 300);
  assert_string_equal(literal(deep), "");
}

static void test_scripts(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"window.__STATE__ = {\"a\":[1]};", "{\"a\":[1]}"},
    {"var q = []; window.x={\"a\":1};", "{\"a\":1}"},
    {"window.__NUXT__=(function(a){return {data:[{t:a}]}}(\"x\"));", "{\"data\":[{\"t\":\"x\"}]}"},
    {"window.S=JSON.parse(\"{\\\"a\\\":1}\");", "{\"a\":1}"},
    {"var cfg={a:1}; f({b:[2]}); (function(){var c={d:3};g(c)})();", "{\"a\":1}\n{\"b\":[2]}\n{\"d\":3}"},
    {"kit.start(app, element, {node_ids:[0,2],data:[{type:\"data\",data:{posts:[{slug:\"a\"}]}}]});",
     "{\"node_ids\":[0,2],\"data\":[{\"type\":\"data\",\"data\":{\"posts\":[{\"slug\":\"a\"}]}}]}"},
    {"\"{\\\"a\\\":1}\"", "{\"a\":1}"},
    {"\"\\\"{\\\\\\\"a\\\\\\\":1}\\\"\"", "{\"a\":1}"},
    {"{\"a\":1}", "{\"a\":1}"},
    {"{a:1}", "{\"a\":1}"},
    {"{\"a\":{b:1}}", "{\"a\":{b:1}}\n{\"a\":{\"b\":1}}"},
    {"x=1;if(a){b()}", ""},
    {"no state", ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strcmp(values_of(rows[i][0]), rows[i][1]) != 0)
      fail_msg("%s:\n%s\nnot\n%s", rows[i][0], values_of(rows[i][0]), rows[i][1]);
}

static void test_flat(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"[[\"ShallowReactive\",1],{\"data\":2},[\"Reactive\",3],{\"posts\":4},[5,8],{\"title\":6,\"at\":7},\"Lamp\","
     "[\"Date\",\"2026-08-04T00:00:00.000Z\"],{\"title\":9,\"at\":-1},\"Rail\"]",
     "{\"data\":{\"posts\":[{\"title\":\"Lamp\",\"at\":\"2026-08-04T00:00:00.000Z\"},{\"title\":\"Rail\",\"at\":null}]}}"},
    {"[{\"a\":1,\"b\":2},\"x\",[\"Set\",1,3],7]", "{\"a\":\"x\",\"b\":[\"x\",7]}"},
    {"[{\"a\":1},[\"Map\",2,3],\"k\",true]", "{\"a\":{\"k\":true}}"},
    {"[{\"_1\":2},\"loaderData\",{\"_3\":4},\"routes/index\",{\"_5\":6},\"posts\",[7],{\"_8\":9,\"_10\":11},\"title\","
     "\"Lamp\",\"at\",[\"D\",1785838500123]]",
     "{\"loaderData\":{\"routes/index\":{\"posts\":[{\"title\":\"Lamp\",\"at\":1785838500123}]}}}"},
    {"[{\"id\":1,\"n\":5},{\"id\":2,\"n\":6}]", "[{\"id\":1,\"n\":5},{\"id\":2,\"n\":6}]"}, /* not flattened */
    {"[{\"a\":1},{\"b\":0},\"x\"]", "{\"a\":{\"b\":"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strncmp(values_of(rows[i][0]), rows[i][1], strlen(rows[i][1])) != 0)
      fail_msg("%s:\n%s\nnot\n%s", rows[i][0], values_of(rows[i][0]), rows[i][1]);
}

static void test_turbo_promises(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_buf out;
  fm_buf_init(&out, 4096);
  assert_int_equal(fm_flat_to_json(FM_STR("[{\"_1\":2},\"posts\",[\"P\",2]]\nP2:[{\"_4\":5},\"title\",\"Lamp\"]\n"), &arena, &out),
                   FM_OK);
  fm_str got = fm_buf_view(&out);
  assert_true(fm_str_is(got, "{\"posts\":{\"title\":\"Lamp\"}}"));
  assert_int_equal(fm_flat_to_json(FM_STR("{\"a\":1}"), &arena, &out), FM_E_SYNTAX);
  assert_int_equal(fm_flat_to_json(FM_STR("[]"), &arena, &out), FM_E_SYNTAX);
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
}

/* Values that are written once and meant often stay under the cap. */
static void test_flat_bomb(void **state)
{
  (void)state;
  char text[2000];
  size_t len = 0;
  fm_arena arena = {0};
  fm_buf out;
  len += (size_t)snprintf(text + len, sizeof text - len, "[{\"a\":1}");
  for (int i = 1; i < 40; i++)
    len += (size_t)snprintf(text + len, sizeof text - len, ",[%d,%d]", i + 1, i + 1);
  len += (size_t)snprintf(text + len, sizeof text - len, ",\"x\"]");
  fm_buf_init(&out, 100000);
  assert_int_equal(fm_flat_to_json((fm_str){text, len}, &arena, &out), FM_E_TOO_BIG);
  assert_int_equal(out.len, 0);
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
}

static void test_flight(void **state)
{
  (void)state;
  static const char text[] =
    "1:\"$Sreact.fragment\"\n2:I[4707,[],\"\"]\n:HL[\"/x.css\",\"style\"]\n"
    "0:{\"P\":null,\"f\":[[\"$\",\"$L2\",null,{\"children\":\"$L3\"}]]}\n"
    "3:[\"$\",\"ul\",null,{\"posts\":[{\"title\":\"Lamp\",\"text\":\"$4\",\"at\":\"$D2026-08-04T00:00:00.000Z\",\"price\":\"$$5\","
    "\"none\":\"$undefined\"}]}]\n4:Ta,a\nb: c\"d\ne5:{\"self\":\"$5\"}\n";
  fm_arena arena = {0};
  fm_buf out;
  fm_buf_init(&out, 100000);
  assert_int_equal(fm_flight_to_json(fm_str_of(text), &arena, &out), FM_OK);
  fm_buf_char(&out, 0);
  assert_non_null(strstr(out.ptr, "\"3\":[\"$\",\"ul\",null,{\"posts\":[{\"title\":\"Lamp\",\"text\":\"a\\nb: c\\\"d\\ne\","
                                  "\"at\":\"2026-08-04T00:00:00.000Z\",\"price\":\"$5\",\"none\":null}]}]"));
  assert_non_null(strstr(out.ptr, "\"children\":[\"$\",\"ul\""));
  assert_non_null(strstr(out.ptr, "\"5\":{\"self\":null}"));
  fm_buf_clear(&out);
  assert_int_equal(fm_flight_to_json(FM_STR("nothing\n"), &arena, &out), FM_E_SYNTAX);
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
}

/* The values of the n-th element of a page that has an attribute or is a script. */
static char *values_on(const char *page, const char *element, const char *attribute, int number)
{
  static char all[4096];
  fm_arena arena = {0};
  fm_tree tree;
  fm_str json;
  size_t len = 0;
  all[0] = 0;
  assert_int_equal(fm_tree_parse(fm_str_of(page), FM_STR("utf-8"), &tree), FM_OK);
  xmlNodePtr root = xmlDocGetRootElement(tree.doc), at = root;
  for (; at && (strcmp((const char *)at->name, element) != 0 || number-- > 0); at = fm_tree_next(root, at))
    ;
  assert_non_null(at);
  fm_state state;
  fm_state_init_node(&state, at, fm_str_of(attribute), &arena);
  while (fm_state_next(&state, &json))
    len += (size_t)snprintf(all + len, sizeof all - len, "%s%.*s", len ? "\n" : "", FM_FMT(json));
  fm_tree_deinit(&tree);
  fm_arena_deinit(&arena);
  return all;
}

static void test_elements(void **state)
{
  (void)state;
  const char *astro = "<astro-island props='{\"items\":[1,[[0,{\"title\":[0,\"Lamp\"],\"tags\":[1,[[0,\"a\"]]]}]]],\"n\":[0,3],"
                      "\"at\":[3,\"2026-08-04T00:00:00.000Z\"]}'></astro-island>";
  assert_string_equal(values_on(astro, "astro-island", "props", 0),
                      "{\"items\":[{\"title\":\"Lamp\",\"tags\":[\"a\"]}],\"n\":3,\"at\":\"2026-08-04T00:00:00.000Z\"}");
  const char *old = "<astro-island props='{\"items\":[1,\"[[0,{\\\"title\\\":[0,\\\"Lamp\\\"]}]]\"]}'></astro-island>";
  assert_string_equal(values_on(old, "astro-island", "props", 0), "{\"items\":[{\"title\":\"Lamp\"}]}");
  const char *livewire = "<div wire:snapshot='{\"data\":{\"posts\":[[{\"title\":\"Lamp\"},[{\"title\":\"Rail\"},{\"s\":\"arr\"}]],"
                         "{\"s\":\"arr\"}]},\"memo\":{\"id\":1}}'></div>";
  assert_string_equal(values_on(livewire, "div", "wire:snapshot", 0),
                      "{\"data\":{\"posts\":[{\"title\":\"Lamp\"},{\"title\":\"Rail\"}]},\"memo\":{\"id\":1}}");
  const char *next = "<script>x()</script><script>self.__next_f.push([0])</script>"
                     "<script>self.__next_f.push([1,\"0:{\\\"a\\\":[\"])</script><script>self.__next_f.push([1,\"1,2]}\\n\"])</script>";
  assert_string_equal(values_on(next, "script", "", 1), "{\"0\":{\"a\":[1,2]}}");
  assert_string_equal(values_on(next, "script", "", 2), "");
  const char *router = "<script>window.__reactRouterContext.streamController.enqueue(\"[{\\\"_1\\\":2},\\\"a\\\",\\\"b\\\"]\\n\");</script>";
  assert_string_equal(values_on(router, "script", "", 0), "{\"a\":\"b\"}");
}

/* Whatever a page holds, the values end and stay within the text's memory. */
static void test_random_text(void **state)
{
  (void)state;
  static const char *const parts[] = {"{", "}", "[", "]", "(", ")", "\"", "'", "`", "a", ":", ",", "=", "function", "return ",
                                      "1", "\\", "JSON.parse(", "/", "*/", "$", ".", "=>", "new ", "_1", "\n", "P2:", "T5,"};
  uint32_t seed = 7;
  for (int i = 0; i < 20000; i++) {
    char text[300];
    size_t len = 0;
    for (int k = 0; k < 30; k++) {
      seed = seed * 1664525u + 1013904223u;
      const char *part = parts[(seed >> 16) % (sizeof parts / sizeof *parts)];
      len += (size_t)snprintf(text + len, sizeof text - len, "%s", part);
    }
    char *exact = malloc(len ? len : 1);
    memcpy(exact, text, len);
    fm_arena arena = {0};
    fm_state s;
    fm_str json;
    fm_buf out;
    fm_state_init(&s, (fm_str){exact, len}, &arena);
    while (fm_state_next(&s, &json))
      ;
    fm_buf_init(&out, 10000);
    fm_flight_to_json((fm_str){exact, len}, &arena, &out);
    fm_flat_to_json((fm_str){exact, len}, &arena, &out);
    fm_buf_deinit(&out);
    fm_arena_deinit(&arena);
    free(exact);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_literals), cmocka_unit_test(test_cycles_end),     cmocka_unit_test(test_scripts),
    cmocka_unit_test(test_flat),     cmocka_unit_test(test_turbo_promises), cmocka_unit_test(test_flat_bomb),
    cmocka_unit_test(test_flight),   cmocka_unit_test(test_elements),       cmocka_unit_test(test_random_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
