/* YAML trees: node kinds, line numbers, errors, limits. */
#include "cmd/config_kit.h"

#include "base/yaml.h"

#include <unistd.h>

typedef struct parsed {
  fm_arena arena;
  fm_problems problems;
  const fm_yaml *root;
  char *said;
  int error;
} parsed;

static parsed parse_bytes(const char *text, size_t len)
{
  parsed p = {0};
  p.error = fm_yaml_parse(&p.arena, (fm_str){text, len}, FM_STR("f"), &p.problems, &p.root);
  p.said = problems_text(&p.problems);
  return p;
}

static parsed parse(const char *text) { return parse_bytes(text, strlen(text)); }

static void done(parsed *p)
{
  free(p->said);
  fm_problems_deinit(&p->problems);
  fm_arena_deinit(&p->arena);
}

static void tree_has_kinds_and_places(void **state)
{
  (void)state;
  parsed p = parse("a: one\n"
                   "b:\n"
                   "  - x\n"
                   "  -   'y z'\n"
                   "c: {d: 1, e: [2]}\n"
                   "n:\n"
                   "t: ~\n"
                   "q: \"\"\n");
  assert_int_equal(p.error, FM_OK);
  assert_string_equal(p.said, "");
  assert_int_equal(p.root->kind, FM_YAML_MAP);
  assert_int_equal(p.root->count, 6);
  const fm_yaml *b = fm_yaml_get(p.root, FM_STR("b"));
  assert_int_equal(b->kind, FM_YAML_LIST);
  assert_int_equal(b->line, 3);
  assert_int_equal(b->items[1]->line, 4);
  assert_int_equal(b->items[1]->column, 7);
  assert_string_equal(b->items[1]->text.ptr, "y z");
  const fm_yaml *e = fm_yaml_at(p.root, "c.e[0]", NULL);
  assert_string_equal(e->text.ptr, "2");
  assert_int_equal(e->line, 5);
  assert_int_equal(fm_yaml_get(p.root, FM_STR("n"))->kind, FM_YAML_NULL);
  assert_int_equal(fm_yaml_get(p.root, FM_STR("n"))->line, 6);
  assert_int_equal(fm_yaml_get(p.root, FM_STR("t"))->kind, FM_YAML_NULL);
  assert_int_equal(fm_yaml_get(p.root, FM_STR("q"))->kind, FM_YAML_SCALAR);
  assert_null(fm_yaml_get(p.root, FM_STR("z")));
  assert_null(fm_yaml_get(b, FM_STR("x")));
  done(&p);
}

static void paths_lead_to_nodes_or_near_them(void **state)
{
  (void)state;
  parsed p = parse("a.b: 1\n"
                   "a: {c: 2, d.e: 3}\n"
                   "l: [{k: 4}]\n");
  const fm_yaml *near = NULL;
  assert_string_equal(fm_yaml_at(p.root, "a.b", NULL)->text.ptr, "1");
  assert_string_equal(fm_yaml_at(p.root, "a.c", NULL)->text.ptr, "2");
  assert_string_equal(fm_yaml_at(p.root, "a.d.e", NULL)->text.ptr, "3");
  assert_string_equal(fm_yaml_at(p.root, "l[0].k", NULL)->text.ptr, "4");
  assert_null(fm_yaml_at(p.root, "l[0].z", &near));
  assert_int_equal(near->line, 3);
  assert_ptr_equal(near, fm_yaml_at(p.root, "l[0]", NULL));
  assert_null(fm_yaml_at(p.root, "l[7].z", &near));
  assert_ptr_equal(near, fm_yaml_at(p.root, "l", NULL));
  assert_null(fm_yaml_at(p.root, "zz", &near));
  assert_ptr_equal(near, p.root);
  assert_null(fm_yaml_at(p.root, "l[", NULL));
  assert_null(fm_yaml_at(p.root, ".", NULL));
  assert_ptr_equal(fm_yaml_at(p.root, "", NULL), p.root);
  done(&p);
}

static void places_in_scalars_are_found(void **state)
{
  (void)state;
  parsed p = parse("a: one two\n"
                   "b: 'it''s x'\n"
                   "c: \"q\\\"\\\\x\"\n"
                   "d: \xc3\xa9t x\n"
                   "e: |\n"
                   "  l1\n"
                   "  l2\n");
  const struct {
    const char *key;
    size_t offset;
    unsigned line, column;
  } rows[] = {{"a", 0, 1, 4}, {"a", 4, 1, 8}, {"b", 0, 2, 5}, {"b", 5, 2, 11}, {"c", 0, 3, 5},
              {"c", 3, 3, 10}, {"d", 4, 4, 7}, {"e", 0, 6, 1}, {"e", 4, 7, 2}, {"a", 99, 1, 11}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    unsigned line, column;
    fm_yaml_position(fm_yaml_at(p.root, rows[i].key, NULL), rows[i].offset, &line, &column);
    if (line != rows[i].line || column != rows[i].column)
      fail_msg("%s+%zu: %u:%u", rows[i].key, rows[i].offset, line, column);
  }
  done(&p);
}

static void empty_documents_are_nothing(void **state)
{
  (void)state;
  const char *const texts[] = {"", "\n\n", "# only a comment\n", "---\n", "---\n...\n",
                               "\xef\xbb\xbf"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    parsed p = parse(texts[i]);
    assert_int_equal(p.error, FM_OK);
    assert_int_equal(p.root->kind, FM_YAML_NULL);
    assert_string_equal(p.said, "");
    done(&p);
  }
}

static void byte_order_marks_and_utf16_are_read(void **state)
{
  (void)state;
  parsed p = parse("\xef\xbb\xbf" "a: é\n");
  assert_string_equal(fm_yaml_get(p.root, FM_STR("a"))->text.ptr, "é");
  done(&p);
  static const char wide[] = "\xff\xfe" "a\0:\0 \0b\0\n";
  p = parse_bytes(wide, sizeof wide);
  assert_string_equal(fm_yaml_get(p.root, FM_STR("a"))->text.ptr, "b");
  done(&p);
}

static void aliases_share_nodes(void **state)
{
  (void)state;
  parsed p = parse("a: &x [1, 2]\nb: *x\n&k key: v\n*k : w\n");
  assert_string_equal(p.said, "f:3: key: given twice, first on line 3\n");
  assert_ptr_equal(fm_yaml_get(p.root, FM_STR("a")), fm_yaml_get(p.root, FM_STR("b")));
  done(&p);
}

static void faults_name_line_and_reason(void **state)
{
  (void)state;
  static const struct {
    const char *text, *said;
    int error;
  } rows[] = {
    {"a: 1\nb: 2\na: 3\n", "f:3: a: given twice, first on line 1\n", FM_OK},
    {"x:\n  - y: 1\n    y: 2\n", "f:3: x[0].y: given twice, first on line 2\n", FM_OK},
    {"[a]: 1\n", "f:1: a key must be a text\n", FM_OK},
    {"? {a: 1}\n: 1\n", "f:1: a key must be a text\n", FM_OK},
    {"~: 1\n", "f:1: a key must be a text\n", FM_OK},
    {"a: !t 1\n", "f:1: tags (\"!\") have no meaning here; put such a text in quotes\n", FM_OK},
    {"a: !!int 1\n", "f:1: tags (\"!\") have no meaning here; put such a text in quotes\n", FM_OK},
    {"a: 1\n---\nb: 2\n", "f:2: a second document (after \"---\") is never read\n", FM_OK},
    {"a: *x\n", "f:1: \"*x\" stands for nothing: no \"&x\" ends before it\n", FM_E_SYNTAX},
    {"a: &x [*x]\n", "f:1: \"*x\" stands for nothing: no \"&x\" ends before it\n", FM_E_SYNTAX},
    {"a:\n\tb: 1\n", "f:2: a tab cannot indent; use spaces\n", FM_E_SYNTAX},
    {"a: 1\nb: [1, 2\nc: 3\n",
     "f:3: did not find expected ',' or ']', column 2 (while parsing a flow sequence that starts on"
     " line 2)\n",
     FM_E_SYNTAX},
    {"a: \"x\n",
     "f:2: found unexpected end of stream, column 1 (while scanning a quoted scalar that"
     " starts on line 1)\n",
     FM_E_SYNTAX},
    {"a: @x\n", "f:1: found character that cannot start any token, column 4 (while scanning for the"
                " next token); a text that starts with it stands in quotes\n",
     FM_E_SYNTAX},
    {"a: b: c\n",
     "f:1: mapping values are not allowed in this context, column 5; a text with a colon before"
     " a space or at its end stands in quotes\n",
     FM_E_SYNTAX},
    {"a: 1\nb: \x01\n", "f:2: control characters are not allowed\n", FM_E_SYNTAX},
    {"a: 1\n\nb: \xff\n", "f:3: invalid leading UTF-8 octet\n", FM_E_SYNTAX},
    {"%YAML 3.0\n---\na: 1\n", "f:1: found incompatible YAML document, column 1\n", FM_E_SYNTAX},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    parsed p = parse(rows[i].text);
    assert_string_equal(p.said, rows[i].said);
    assert_int_equal(p.error, rows[i].error);
    if (p.error)
      assert_null(p.root);
    else
      assert_non_null(p.root);
    done(&p);
  }
}

static void keys_have_a_length(void **state)
{
  (void)state;
  char text[512];
  snprintf(text, sizeof text, "%0300d: 1\nb: 2\n", 0);
  parsed p = parse(text);
  assert_string_equal(p.said, "f:1: a key is longer than 256 bytes\n");
  assert_int_equal(p.root->count, 1);
  done(&p);
}

static void depth_is_bounded(void **state)
{
  (void)state;
  char text[4096];
  for (int levels = FM_YAML_DEPTH_MAX - 1; levels <= FM_YAML_DEPTH_MAX + 1; levels++) {
    memset(text, '[', (size_t)levels);
    memset(text + levels, ']', (size_t)levels);
    parsed p = parse_bytes(text, (size_t)levels * 2);
    bool over = levels > FM_YAML_DEPTH_MAX;
    assert_string_equal(p.said, over ? "f:1: more than 32 levels\n" : "");
    assert_int_equal(p.error, over ? FM_E_SYNTAX : FM_OK);
    done(&p);
  }
  memset(text, '[', sizeof text);
  parsed p = parse_bytes(text, sizeof text);
  assert_int_equal(p.error, FM_E_SYNTAX);
  done(&p);
}

static void size_is_bounded(void **state)
{
  (void)state;
  char *text = malloc(FM_YAML_SIZE_MAX + 1);
  memset(text, '\n', FM_YAML_SIZE_MAX + 1);
  parsed p = parse_bytes(text, FM_YAML_SIZE_MAX);
  assert_int_equal(p.error, FM_OK);
  done(&p);
  p = parse_bytes(text, FM_YAML_SIZE_MAX + 1);
  assert_int_equal(p.error, FM_E_SYNTAX);
  assert_string_equal(p.said, "f: longer than 1 MiB\n");
  done(&p);
  /* The largest file without aliases is accepted. */
  text[0] = '[';
  for (size_t i = 1; i + 1 < FM_YAML_SIZE_MAX; i += 2)
    memcpy(text + i, "a,", 2);
  text[FM_YAML_SIZE_MAX - 1] = ']';
  p = parse_bytes(text, FM_YAML_SIZE_MAX);
  assert_string_equal(p.said, "");
  done(&p);
  free(text);
}

/* Nine levels of nine aliases each: a few hundred bytes that expand to 387 million nodes. */
static void aliases_do_not_explode(void **state)
{
  (void)state;
  fm_buf text;
  fm_buf_init(&text, FM_BUF_MAX);
  fm_buf_text(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
  for (int i = 1; i < 9; i++) {
    fm_buf_addf(&text, "a%d: &a%d [", i, i);
    for (int j = 0; j < 9; j++)
      fm_buf_addf(&text, "%s*a%d", j ? "," : "", i - 1);
    fm_buf_text(&text, "]\n");
  }
  parsed p = parse_bytes(text.ptr, text.len);
  assert_int_equal(p.error, FM_E_SYNTAX);
  assert_string_equal(p.said, "f:7: its aliases stand for more than 16 MiB of text\n");
  assert_true(p.arena.used < 64 * 1024);
  done(&p);
  /* The same by length: one long string, many times. */
  fm_buf_clear(&text);
  fm_buf_addf(&text, "a: &a %0100000d\nb: [", 0);
  for (int j = 0; j < 1000; j++)
    fm_buf_text(&text, "*a,");
  fm_buf_text(&text, "]\n");
  p = parse_bytes(text.ptr, text.len);
  assert_string_equal(p.said, "f:2: its aliases stand for more than 16 MiB of text\n");
  done(&p);
  fm_buf_deinit(&text);
}

static void problems_are_counted_past_their_limit(void **state)
{
  (void)state;
  fm_buf text;
  fm_buf_init(&text, FM_BUF_MAX);
  for (int i = 0; i < 1000; i++)
    fm_buf_text(&text, "a: 1\n");
  parsed p = parse_bytes(text.ptr, text.len);
  assert_int_equal(p.error, FM_OK);
  assert_int_equal(p.problems.count, FM_PROBLEMS_MAX);
  assert_int_equal(p.problems.dropped, 999 - FM_PROBLEMS_MAX);
  done(&p);
  fm_buf_deinit(&text);
}

static void problems_are_one_line_each(void **state)
{
  (void)state;
  fm_problems problems = {0};
  fm_problem_add(&problems, FM_STR("f"), 3, FM_STR("k"), "bad\nthing %d", 7);
  fm_problem_add(&problems, FM_STR("f"), 0, (fm_str){0}, "whole file");
  fm_problem_add(&problems, (fm_str){0}, 2, (fm_str){0}, "no file");
  fm_problem_add(&problems, (fm_str){0}, 0, FM_STR("k"), "nowhere");
  fm_problem_add(&problems, FM_STR("f"), 2, FM_STR("j"), "second of line 2");
  fm_problems_sort(&problems, 1);
  char *said = problems_text(&problems);
  assert_string_equal(said, "f:3: k: bad thing 7\n"
                            "f: whole file\n"
                            "k: nowhere\n"
                            "line 2: no file\n"
                            "f:2: j: second of line 2\n");
  free(said);
  fm_problems_deinit(&problems);
}

static void files_are_read_or_say_why_not(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_problems problems = {0};
  const fm_yaml *root = NULL;
  char path[] = "/tmp/feedmill-yaml-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "a: 1\n", 5), 5);
  close(fd);
  assert_int_equal(fm_yaml_load(&arena, path, &problems, &root), FM_OK);
  assert_string_equal(fm_yaml_get(root, FM_STR("a"))->text.ptr, "1");
  unlink(path);
  assert_int_equal(fm_yaml_load(&arena, "/nowhere/f.yaml", &problems, &root), FM_E_IO);
  assert_int_equal(fm_yaml_load(&arena, "/", &problems, &root), FM_E_IO);
  char *said = problems_text(&problems);
  assert_string_equal(said, "/nowhere/f.yaml: cannot be read: No such file or directory\n"
                            "/: cannot be read: Is a directory\n");
  free(said);
  fm_problems_deinit(&problems);
  fm_arena_deinit(&arena);
}

/* Visits every descendant, as often as it is reachable. */
static size_t walk(const fm_yaml *node)
{
  size_t weight = 16 + node->text.len;
  assert_true(node->line > 0 && node->column > 0);
  if (node->text.len)
    assert_true(fm_utf8_valid(node->text));
  for (size_t i = 0; i < node->count; i++) {
    weight += walk(node->items[i]);
    if (node->kind == FM_YAML_MAP)
      weight += walk(node->keys[i]);
  }
  assert_int_equal(weight, node->weight);
  return weight;
}

static void random_text_never_hurts(void **state)
{
  (void)state;
  fm_buf text;
  size_t trees = 0, faults = 0;
  fm_buf_init(&text, FM_BUF_MAX);
  for (int i = 0; i < 20000; i++) {
    fm_buf_clear(&text);
    if (i % 8)
      random_yaml(&text);
    else
      for (uint32_t left = dice(300); left; left--)
        fm_buf_char(&text, (char)dice(256));
    parsed p = parse_bytes(text.ptr, text.len);
    if (p.error)
      assert_true(++faults && p.problems.count > 0);
    else
      trees += walk(p.root) > 64;
    done(&p);
  }
  fm_buf_deinit(&text);
  assert_true(trees > 2000 && faults > 2000); /* the generator yields both */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(tree_has_kinds_and_places),
    cmocka_unit_test(paths_lead_to_nodes_or_near_them),
    cmocka_unit_test(places_in_scalars_are_found),
    cmocka_unit_test(empty_documents_are_nothing),
    cmocka_unit_test(byte_order_marks_and_utf16_are_read),
    cmocka_unit_test(aliases_share_nodes),
    cmocka_unit_test(faults_name_line_and_reason),
    cmocka_unit_test(keys_have_a_length),
    cmocka_unit_test(depth_is_bounded),
    cmocka_unit_test(size_is_bounded),
    cmocka_unit_test(aliases_do_not_explode),
    cmocka_unit_test(problems_are_counted_past_their_limit),
    cmocka_unit_test(problems_are_one_line_each),
    cmocka_unit_test(files_are_read_or_say_why_not),
    cmocka_unit_test(random_text_never_hurts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
