/* Tables of directives: every type, defaults, problems, printing. The table is
 * of no program: what is generic must know none. */
#include "cmd/config_kit.h"

#include "base/directive.h"

#include <limits.h>
#include <stdbool.h>

typedef struct item {
  unsigned line;
  fm_str name;
  int64_t every;
  double least;
  fm_strs tags;
  bool open;
} item;

typedef struct all {
  fm_str text, path, url, words, secret;
  bool flag, switched;
  int64_t count, bytes, span, none;
  int small;
  size_t milli;
  double ratio;
  unsigned color;
  fm_strs list, files, globs;
  fm_params headers;
  fm_str inner;
  const fm_yaml *node;
  item *items;
  size_t nitems;
} all;

static int check_no_x(fm_str value, fm_why *why)
{
  if (!memchr(value.ptr, 'x', value.len))
    return FM_OK;
  return fm_fail(why, FM_E_CONFIG, "\"%.*s\" holds an x", FM_FMT(value));
}

static const char *const colors[] = {"red", "green", "blue", NULL};

static const fm_directive item_rows[] = {
  {NULL, FM_T_LINE, FM_AT(item, line)},
  {"name", FM_T_STRING, FM_D_REQUIRED, FM_AT(item, name), .min = 1, .max = 8},
  {"every", FM_T_DURATION, FM_AT(item, every), .min = 60, .max = 86400},
  {"least", FM_T_NUMBER, FM_AT(item, least), .max = 100},
  {"tags", FM_T_STRINGS, FM_AT(item, tags)},
  {"open", FM_T_BOOL, FM_AT(item, open), .preset = "yes"},
  {0},
};

static const fm_directive deep_rows[] = {
  {"inner", FM_T_STRING, FM_AT(all, inner), .preset = "in"},
  {0},
};

static const fm_directive deeper_rows[] = {
  {"deep", FM_T_SECTION, .rows = deep_rows},
  {"milli", FM_T_DURATION, FM_D_MILLI, FM_AT(all, milli), .preset = "3s", .max = 600},
  {0},
};

static const fm_directive items_rows[] = {
  {"list", FM_T_SECTIONS, .offset = offsetof(all, items), .width = sizeof(item),
   .count_offset = offsetof(all, nitems), .rows = item_rows, .max = 3},
  {0},
};

static const fm_directive table[] = {
  {"text", FM_T_STRING, FM_AT(all, text), .preset = "hello", .max = 12, .check = check_no_x},
  {"path", FM_T_PATH, FM_AT(all, path), .preset = ""},
  {"url", FM_T_URL, FM_AT(all, url), .preset = "http://localhost:1/", .min = 1},
  {"words", FM_T_WORDS, FM_AT(all, words), .max = 20},
  {"secret", FM_T_STRING, FM_D_SECRET, FM_AT(all, secret), .preset = "", .max = 5},
  {"flag", FM_T_BOOL, FM_AT(all, flag), .preset = "true"},
  {"switch", FM_T_BOOL, FM_AT(all, switched), .preset = "off"},
  {"count", FM_T_INTEGER, FM_AT(all, count), .preset = "-3", .min = -5, .max = 7},
  {"small", FM_T_INTEGER, FM_AT(all, small), .preset = "5", .max = 9},
  {"bytes", FM_T_SIZE, FM_AT(all, bytes), .preset = "2M", .min = 16},
  {"span", FM_T_DURATION, FM_AT(all, span), .preset = "90m"},
  {"none", FM_T_INTEGER, FM_AT(all, none), .min = 1},
  {"ratio", FM_T_NUMBER, FM_AT(all, ratio), .preset = "0.5", .min = -1, .max = 2},
  {"color", FM_T_CHOICE, FM_AT(all, color), .preset = "green", .choices = colors},
  {"list", FM_T_STRINGS, FM_AT(all, list), .preset = "[a, \"b, c\"]", .min = 1, .max = 3,
   .check = check_no_x},
  {"files", FM_T_PATHS, FM_AT(all, files)},
  {"globs", FM_T_PATHS, FM_D_PATTERN, FM_AT(all, globs), .preset = "[\"./*.y\"]"},
  {"headers", FM_T_MAP, FM_AT(all, headers), .max = 2},
  {"sub", FM_T_SECTION, .rows = deeper_rows},
  {"node", FM_T_NODE, FM_AT(all, node)},
  {"items", FM_T_SECTIONS, .offset = offsetof(all, items), .width = sizeof(item),
   .count_offset = offsetof(all, nitems), .rows = item_rows, .max = 3, .preset = "[]"},
  {"items", FM_T_SECTION, FM_D_ALTERNATIVE, .rows = items_rows},
  {0},
};

typedef struct result {
  fm_arena arena;
  fm_problems problems;
  all value;
  char *said;
  int error;
} result;

static result read_in(const char *text, const char *folder)
{
  result r = {0};
  const fm_yaml *root = NULL;
  r.error = fm_yaml_parse(&r.arena, fm_str_of(text), FM_STR("f"), &r.problems, &root);
  fm_directive_ctx ctx = {.arena = &r.arena, .problems = &r.problems, .file = FM_STR("f"),
                          .folder = fm_str_of(folder)};
  if (!r.error)
    r.error = fm_directive_parse(&ctx, table, root, &r.value);
  r.said = problems_text(&r.problems);
  return r;
}

static result read_text(const char *text) { return read_in(text, "/base"); }

static void done(result *r)
{
  free(r->said);
  fm_problems_deinit(&r->problems);
  fm_arena_deinit(&r->arena);
}

static char *printed(const all *value)
{
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_directive_print(table, value, &out), FM_OK);
  fm_buf_char(&out, 0);
  return fm_buf_take(&out, &(size_t){0});
}

static void defaults_come_from_the_table(void **state)
{
  (void)state;
  result r = read_text("");
  const all *v = &r.value;
  assert_int_equal(r.error, FM_OK);
  assert_string_equal(r.said, "");
  assert_string_equal(v->text.ptr, "hello");
  assert_int_equal(v->path.len, 0);
  assert_string_equal(v->url.ptr, "http://localhost:1/");
  assert_int_equal(v->words.len, 0);
  assert_true(v->flag && !v->switched);
  assert_int_equal(v->count, -3);
  assert_int_equal(v->small, 5);
  assert_int_equal(v->bytes, 2 * 1024 * 1024);
  assert_int_equal(v->span, 5400);
  assert_int_equal(v->milli, 3000);
  assert_int_equal(v->none, FM_ABSENT);
  assert_true(v->ratio == 0.5);
  assert_int_equal(v->color, 1);
  assert_int_equal(v->list.count, 2);
  assert_string_equal(v->list.items[1].ptr, "b, c");
  assert_int_equal(v->files.count, 0);
  assert_string_equal(v->globs.items[0].ptr, "/base/*.y");
  assert_string_equal(v->inner.ptr, "in");
  assert_int_equal(v->nitems, 0);
  assert_null(v->node);
  done(&r);
}

static void every_type_is_read(void **state)
{
  (void)state;
  result r = read_text("text: \"\"\n"
                       "path: a/b\n"
                       "url: HTTPS://example.org/x?y=z\n"
                       "words: [one, two three]\n"
                       "flag: No\n"
                       "switch: ON\n"
                       "count: 7\n"
                       "small: 0\n"
                       "bytes: 3K\n"
                       "span: 0\n"
                       "none: 4\n"
                       "ratio: -0.125\n"
                       "color: blue\n"
                       "list: [1]\n"
                       "files: [/abs, ./r/../e]\n"
                       "headers: {X-A: 1, x-b: \"two: 2\"}\n"
                       "sub: {deep: {inner: i}, milli: 2m}\n"
                       "node: [{any: thing}]\n"
                       "items:\n"
                       "  - name: a\n"
                       "    least: 3\n"
                       "  - {name: b, every: 2h, tags: [t], open: off}\n");
  const all *v = &r.value;
  assert_string_equal(r.said, "");
  assert_int_equal(r.error, FM_OK);
  assert_int_equal(v->text.len, 0);
  assert_string_equal(v->path.ptr, "/base/a/b");
  assert_string_equal(v->words.ptr, "one,two three");
  assert_true(!v->flag && v->switched);
  assert_int_equal(v->count, 7);
  assert_int_equal(v->small, 0);
  assert_int_equal(v->bytes, 3072);
  assert_int_equal(v->span, 0);
  assert_int_equal(v->milli, 120000);
  assert_int_equal(v->none, 4);
  assert_true(v->ratio == -0.125);
  assert_int_equal(v->color, 2);
  assert_int_equal(v->list.count, 1);
  assert_string_equal(v->files.items[0].ptr, "/abs");
  assert_string_equal(v->files.items[1].ptr, "/base/r/../e");
  assert_int_equal(v->headers.count, 2);
  assert_string_equal(v->headers.items[1].name.ptr, "x-b");
  assert_string_equal(v->headers.items[1].value.ptr, "two: 2");
  assert_string_equal(v->inner.ptr, "i");
  assert_string_equal(fm_yaml_at(v->node, "[0].any", NULL)->text.ptr, "thing");
  assert_int_equal(v->nitems, 2);
  assert_int_equal(v->items[0].line, 20);
  assert_int_equal(v->items[0].every, FM_ABSENT);
  assert_true(v->items[0].least == 3 && v->items[0].open);
  assert_int_equal(v->items[1].line, 22);
  assert_int_equal(v->items[1].every, 7200);
  assert_true(v->items[1].least == (double)FM_ABSENT && !v->items[1].open);
  assert_string_equal(v->items[1].tags.items[0].ptr, "t");
  done(&r);
}

static void all_words_of_switches_are_known(void **state)
{
  (void)state;
  static const char *const yes[] = {"true", "on", "yes", "True", "YES", "oN"};
  static const char *const no[] = {"false", "off", "no", "False", "NO", "oFf"};
  for (size_t i = 0; i < 6; i++) {
    char text[64];
    snprintf(text, sizeof text, "flag: %s\nswitch: %s\n", no[i], yes[i]);
    result r = read_text(text);
    assert_string_equal(r.said, "");
    assert_true(!r.value.flag && r.value.switched);
    done(&r);
  }
}

static void empty_sections_and_lists_are_fine(void **state)
{
  (void)state;
  result r = read_text("sub:\nitems:\nfiles:\nheaders:\nnode:\n");
  assert_string_equal(r.said, "");
  assert_string_equal(r.value.inner.ptr, "in");
  assert_int_equal(r.value.nitems, 0);
  assert_int_equal(r.value.node->kind, FM_YAML_NULL);
  done(&r);
}

static void one_key_may_have_two_shapes(void **state)
{
  (void)state;
  result r = read_text("items:\n  list:\n    - name: a\n");
  assert_string_equal(r.said, "");
  assert_int_equal(r.value.nitems, 1);
  assert_string_equal(r.value.items[0].name.ptr, "a");
  done(&r);
  r = read_text("items:\n  list:\n    - nam: a\n");
  assert_string_equal(r.said,
                      "f:3: items.list[0].nam: unknown key \"nam\"; did you mean \"name\"?\n"
                      "f:3: items.list[0].name: must be given\n");
  done(&r);
}

static void problems_say_where_what_and_why(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"text: a long long text", "f:1: text: is longer than 12 bytes"},
    {"text: axe", "f:1: text: \"axe\" holds an x"},
    {"text: \"a\\nb\"", "f:1: text: holds a line break or another control character"},
    {"text: \"a\\0b\"", "f:1: text: holds a line break or another control character"},
    {"text: \"\\x85\"", "f:1: text: holds a line break or another control character"},
    {"text:", "f:1: text: no value is given"},
    {"text: [a]", "f:1: text: a text is wanted here, not a list (a text with [, { or : in it wants"
                  " quotes)"},
    {"text: {a: b}", "f:1: text: a text is wanted here, not a section with keys (a text with [, {"
                     " or : in it wants quotes)"},
    {"url: ''", "f:1: url: must not be empty"},
    {"url: /x", "f:1: url: \"/x\" is not an absolute http or https address"},
    {"url: ftp://example.org/", "f:1: url: \"ftp://example.org/\" is not an absolute http or https"
                                " address"},
    {"url: \"http:///\"", "f:1: url: \"http:///\" is not an absolute http or https address"},
    {"secret: s3cr3t", "f:1: secret: is longer than 5 bytes"},
    {"flag: 2", "f:1: flag: \"2\" is neither on nor off"},
    {"flag: [on]", "f:1: flag: a single value is wanted here, not a list"},
    {"count: 8", "f:1: count: 8 is out of range; -5 to 7 is allowed"},
    {"count: -6", "f:1: count: -6 is out of range; -5 to 7 is allowed"},
    {"count: 1.5", "f:1: count: \"1.5\" is not a whole number"},
    {"count: 0x10", "f:1: count: \"0x10\" is not a whole number"},
    {"count: ''", "f:1: count: \"\" is not a whole number"},
    {"count: '-'", "f:1: count: \"-\" is not a whole number"},
    {"count: 99999999999999999999999",
     "f:1: count: 99999999999999999999999 is out of range; -5 to 7 is allowed"},
    {"none: 0", "f:1: none: 0 is out of range; at least 1 is allowed"},
    {"bytes: 15", "f:1: bytes: 15 is out of range; at least 16 is allowed"},
    {"bytes: 5T", "f:1: bytes: \"5T\" is not a size; write bytes, or a number with K, M or G, such"
                  " as 16M"},
    {"bytes: M", "f:1: bytes: \"M\" is not a size; write bytes, or a number with K, M or G, such as"
                 " 16M"},
    {"bytes: -1", "f:1: bytes: \"-1\" is not a size; write bytes, or a number with K, M or G, such"
                  " as 16M"},
    {"span: 30", "f:1: span: \"30\" has no unit; write s, m, h or d after the number"},
    {"span: 30w", "f:1: span: \"30w\" is not a time; write a number with s, m, h or d, such as"
                  " 30m"},
    {"span: 1h30m", "f:1: span: \"1h30m\" is not a time; write a number with s, m, h or d, such as"
                    " 30m"},
    {"span: 30 m", "f:1: span: \"30 m\" is not a time; write a number with s, m, h or d, such as"
                   " 30m"},
    {"sub: {milli: 11m}", "f:1: sub.milli: 11m is out of range; 0 to 10m is allowed"},
    {"ratio: 3", "f:1: ratio: 3 is out of range; -1 to 2 is allowed"},
    {"ratio: 1e0", "f:1: ratio: \"1e0\" is not a plain number, such as 50 or 0.5"},
    {"ratio: nan", "f:1: ratio: \"nan\" is not a plain number, such as 50 or 0.5"},
    {"ratio: 1.", "f:1: ratio: \"1.\" is not a plain number, such as 50 or 0.5"},
    {"ratio: 0.1234567", "f:1: ratio: \"0.1234567\" is not a plain number, such as 50 or 0.5"},
    {"color: pink", "f:1: color: \"pink\" is none of: red, green, blue"},
    {"list: a", "f:1: list: a list is wanted here, not a single value"},
    {"list: []", "f:1: list: must not be empty"},
    {"list:", "f:1: list: must not be empty"},
    {"list: [a, b, c, d]", "f:1: list: too many: 4, and 3 are allowed"},
    {"list: [a, '']", "f:1: list[1]: must not be empty"},
    {"list:\n  - a\n  - x\n  - [b]",
     "f:3: list[1]: \"x\" holds an x\n"
     "f:4: list[2]: a text is wanted here, not a list (a text with [, { or : in it wants quotes)"},
    {"list: [~]", "f:1: list[0]: no value is given"},
    {"words: {a: b}", "f:1: words: a text or a list of texts is wanted here, not a section with"
                      " keys"},
    {"words: [aaaaaaaaaa, bbbbbbbbbb]", "f:1: words: is longer than 20 bytes"},
    {"headers: [a]", "f:1: headers: a section with keys is wanted here, not a list"},
    {"headers: {a: 1, b: 2, c: 3}", "f:1: headers: too many: 3, and 2 are allowed"},
    {"headers: {a: [1]}", "f:1: headers.a: a text is wanted here, not a list (a text with [, { or"
                          " : in it wants quotes)"},
    {"sub: 4", "f:1: sub: a section with keys is wanted here, not a single value"},
    {"sub:\n  deep: []", "f:2: sub.deep: a section with keys is wanted here, not a list"},
    {"sub:\n  deep:\n    iner: 4", "f:3: sub.deep.iner: unknown key \"iner\"; did you mean"
                                   " \"inner\"?"},
    {"milli: 4s", "f:1: milli: unknown key \"milli\"; it belongs inside \"sub\""},
    {"sub.milli: 4s", "f:1: sub.milli: unknown key \"sub.milli\"; write \"milli\" inside \"sub\""},
    {"Colour: red", "f:1: Colour: unknown key \"Colour\"; did you mean \"color\"?"},
    {"sub: {unheard-of: 1}", "f:1: sub.unheard-of: unknown key \"unheard-of\"; known here: deep,"
                             " milli"},
    {"items: [{}]", "f:1: items[0].name: must be given"},
    {"items: [3, ~]", "f:1: items[0]: a section with keys is wanted here, not a single value\n"
                      "f:1: items[1]: no value is given"},
    {"items: 3", "f:1: items: a list is wanted here, not a single value"},
    {"items: [{name: a}, {name: b}, {name: c}, {name: d}]",
     "f:1: items: too many: 4, and 3 are allowed"},
    {"items:\n  - name: a\n  - name: far too long\n    every: 5s\n    tags: x",
     "f:3: items[1].name: is longer than 8 bytes\n"
     "f:4: items[1].every: 5s is out of range; 1m to 1d is allowed\n"
     "f:5: items[1].tags: a list is wanted here, not a single value"},
    {"- a", "f:1: a section with keys is wanted here, not a list"},
    {"just text", "f:1: a section with keys is wanted here, not a single value"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    result r = read_text(rows[i][0]);
    char want[600];
    snprintf(want, sizeof want, "%s\n", rows[i][1]);
    assert_string_equal(r.said, want);
    assert_int_equal(r.error, FM_E_CONFIG);
    done(&r);
  }
}

static void wrong_values_leave_the_default(void **state)
{
  (void)state;
  result r = read_text("text: x\ncount: 99\nspan: 5\nlist: [x]\nitems: [{name: toolongname}]\n");
  assert_int_equal(r.problems.count, 5);
  assert_string_equal(r.value.text.ptr, "hello");
  assert_int_equal(r.value.count, -3);
  assert_int_equal(r.value.span, 5400);
  assert_int_equal(r.value.list.count, 2);
  assert_int_equal(r.value.nitems, 1);
  done(&r);
}

static void long_values_are_cut_between_characters(void **state)
{
  (void)state;
  fm_buf text, want;
  fm_buf_init(&text, 1000);
  fm_buf_init(&want, 1000);
  fm_buf_text(&text, "count: b");
  fm_buf_text(&want, "f:1: count: \"b");
  for (int i = 0; i < 100; i++)
    fm_buf_text(&text, "\xc3\xa9");
  for (int i = 0; i < 29; i++)
    fm_buf_text(&want, "\xc3\xa9");
  fm_buf_text(&want, "...\" is not a whole number\n");
  fm_buf_char(&text, 0);
  fm_buf_char(&want, 0);
  result r = read_text(text.ptr);
  assert_string_equal(r.said, want.ptr);
  done(&r);
  fm_buf_deinit(&text);
  fm_buf_deinit(&want);
}

static void folders_of_patterns_are_no_patterns(void **state)
{
  (void)state;
  result r = read_in("globs: [\"a*\", /b*, ./././c]\nfiles: [\"d*\"]", "/x[1]*");
  assert_string_equal(r.value.globs.items[0].ptr, "/x\\[1\\]\\*/a*");
  assert_string_equal(r.value.globs.items[1].ptr, "/b*");
  assert_string_equal(r.value.globs.items[2].ptr, "/x\\[1\\]\\*/c");
  assert_string_equal(r.value.files.items[0].ptr, "/x[1]*/d*");
  done(&r);
  r = read_in("files: [d]", "/");
  assert_string_equal(r.value.files.items[0].ptr, "/d");
  done(&r);
  r = read_in("files: [d]", "");
  assert_string_equal(r.value.files.items[0].ptr, "d");
  done(&r);
}

static void print_is_yaml_that_reads_back(void **state)
{
  (void)state;
  result r = read_text("text: \"a\\\"\\\\\xc3\xa9 #: \"\n"
                       "secret: s\n"
                       "bytes: 1536\n"
                       "span: 1440m\n"
                       "headers: {\"a: b\": \"c, d\"}\n"
                       "node: {k: [~, \"v\\u2028\"]}\n"
                       "items: [{name: a, least: 0.25, tags: [t, u]}, {name: b, every: 120s}]\n");
  assert_string_equal(r.said, "");
  char *first = printed(&r.value);
  assert_string_equal(first,
                      "text: \"a\\\"\\\\\xc3\xa9 #: \"\n"
                      "path: \"\"\n"
                      "url: \"http://localhost:1/\"\n"
                      "# secret: take the next line out before you show this to anybody\n"
                      "secret: \"s\"\n"
                      "flag: true\n"
                      "switch: off\n"
                      "count: -3\n"
                      "small: 5\n"
                      "bytes: 1536\n"
                      "span: 1d\n"
                      "ratio: 0.5\n"
                      "color: green\n"
                      "list: [\"a\", \"b, c\"]\n"
                      "globs: [\"/base/*.y\"]\n"
                      "headers: {\"a: b\": \"c, d\"}\n"
                      "sub:\n"
                      "  deep:\n"
                      "    inner: \"in\"\n"
                      "  milli: 3s\n"
                      "node: {\"k\": [~, \"v\\u2028\"]}\n"
                      "items:\n"
                      "  - name: \"a\"\n"
                      "    least: 0.25\n"
                      "    tags: [\"t\", \"u\"]\n"
                      "    open: true\n"
                      "  - name: \"b\"\n"
                      "    every: 2m\n"
                      "    open: true\n");
  result again = read_text(first);
  assert_string_equal(again.said, "");
  char *second = printed(&again.value);
  assert_string_equal(first, second);
  free(first);
  free(second);
  done(&again);
  done(&r);
}

static void rows_are_found_by_dotted_keys(void **state)
{
  (void)state;
  assert_ptr_equal(fm_directive_find(table, "text"), &table[0]);
  assert_ptr_equal(fm_directive_find(table, "sub.deep.inner"), &deep_rows[0]);
  assert_ptr_equal(fm_directive_find(table, "items.every"), &item_rows[2]);
  assert_null(fm_directive_find(table, "sub.inner"));
  assert_null(fm_directive_find(table, "text.inner"));
  assert_null(fm_directive_find(table, "sub."));
  assert_null(fm_directive_find(table, ""));
}

/* Whatever parses without a problem prints, and parses back to the same values. */
static void random_values_never_hurt(void **state)
{
  (void)state;
  fm_buf text;
  size_t good = 0, bad = 0;
  fm_buf_init(&text, FM_BUF_MAX);
  for (int i = 0; i < 10000; i++) {
    fm_buf_clear(&text);
    for (const fm_directive *row = table; row->type != FM_T_END; row++) {
      if (dice(8) || (row > table && strcmp(row->name, row[-1].name) == 0))
        continue;
      fm_buf_addf(&text, "%s: ", row->name);
      random_node(&text, dice(4));
      fm_buf_char(&text, '\n');
    }
    if (text.len && dice(8) == 0)
      random_harm(&text);
    fm_buf_char(&text, 0);
    result r = read_text(text.ptr);
    if (r.problems.count == 0) {
      char *first = printed(&r.value);
      result again = read_text(first);
      char *second = printed(&again.value);
      assert_string_equal(again.said, "");
      assert_string_equal(first, second);
      free(first);
      free(second);
      done(&again);
      good++;
    } else {
      bad++;
    }
    done(&r);
  }
  fm_buf_deinit(&text);
  assert_true(good > 500 && bad > 500);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults_come_from_the_table),
    cmocka_unit_test(every_type_is_read),
    cmocka_unit_test(all_words_of_switches_are_known),
    cmocka_unit_test(empty_sections_and_lists_are_fine),
    cmocka_unit_test(one_key_may_have_two_shapes),
    cmocka_unit_test(problems_say_where_what_and_why),
    cmocka_unit_test(wrong_values_leave_the_default),
    cmocka_unit_test(long_values_are_cut_between_characters),
    cmocka_unit_test(folders_of_patterns_are_no_patterns),
    cmocka_unit_test(print_is_yaml_that_reads_back),
    cmocka_unit_test(rows_are_found_by_dotted_keys),
    cmocka_unit_test(random_values_never_hurt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
