/* The configuration file: what it gives, and that conf/feedmill.yaml tells the
 * truth about every key. */
#include "cmd/settings_kit.h"

#include "source/recipe/recipe.h"

#include <math.h>

static void default_is_the_contract(void **state)
{
  (void)state;
  fm_settings *s = fm_settings_default();
  assert_int_equal(s->server.listen.count, 1);
  assert_string_equal(s->server.listen.items[0].ptr, "127.0.0.1:8080");
  assert_int_equal(s->server.conf.base_url.len, 0);
  assert_int_equal(s->server.conf.ntrusted, 1);
  assert_int_equal(s->server.conf.trusted[0].family, 1);
  assert_int_equal(s->server.conf.per_address, 64);
  assert_int_equal(s->server.conf.miss_interval_ms, 1000);
  assert_int_equal(s->server.conf.miss_burst, 30);
  assert_int_equal(s->server.workers, 0);
  assert_int_equal(s->server.conf.max_connections, 10000);
  assert_int_equal(s->server.access_log.len, 0);
  assert_int_equal(s->server.conf.access_key.len, 0);
  assert_int_equal(s->fetch.timeout_ms, 30000);
  assert_int_equal(s->fetch.max_body, 16 << 20);
  assert_int_equal(s->fetch.per_host, 2);
  assert_false(s->fetch.allow_private);
  assert_true(s->fetch.robots);
  assert_int_equal(s->fetch.ca_file.len + s->fetch.proxy.len + s->fetch.user_agent.len, 0);
  assert_string_equal(s->store.ptr, "sqlite:feedmill.db");
  assert_int_equal(s->refresh.every, 30 * 60);
  assert_int_equal(s->refresh.wait, 5);
  assert_int_equal(s->refresh.stale, 7 * 86400);
  assert_int_equal(s->refresh.idle, 3 * 86400);
  assert_int_equal(s->sources.count, 0); /* no file: no folder to look in */
  assert_int_equal(s->plugins.count, 0);
  assert_string_equal(s->papers.upstream.ptr, "https://huggingface.co");
  assert_int_equal(s->papers.limit, 100);
  assert_int_equal(s->papers.keep, 90 * 86400);
  assert_true(s->papers.metrics);
  assert_string_equal(s->papers.via.ptr, "page");
  assert_int_equal(s->dynamic, 1000);
  assert_int_equal(s->nfeeds, 0);
  fm_settings_free(s);
  fm_settings_free(NULL);
  loaded l = load_file(NULL);
  assert_int_equal(l.error, FM_OK);
  assert_int_equal(l.s->file.len, 0);
  done(&l);
}

static void example_of_the_contract_is_read(void **state)
{
  (void)state;
  loaded l = load("server:\n"
                  "  listen: [\"127.0.0.1:8080\", \"[::1]:0\", \"unix:/run/f.sock\", localhost:1]\n"
                  "  base_url: https://example.org/mill/\n"
                  "  trusted_proxies: [\"10.0.0.0/8\"]\n"
                  "  rate: {misses: 3/s, burst: 5}\n"
                  "papers: {upstream: \"http://localhost:9/\", metrics: off}\n"
                  "refresh: {stale: 10d}\n"
                  "feeds:\n"
                  "  - name: strong-papers\n"
                  "    source: daily-papers\n"
                  "    path: /papers\n"
                  "    min_upvotes: 50\n"
                  "    every: 15m\n"
                  "  - name: news\n"
                  "    source: example-news       # a recipe\n"
                  "    include: [one, two words]\n"
                  "    exclude: \"three, four\"\n"
                  "    limit: 20\n"
                  "    max_stars: 2.5\n"
                  "  - name: plain\n");
  assert_string_equal(l.said, "");
  assert_int_equal(l.error, FM_OK);
  const fm_settings *s = l.s;
  assert_int_equal(s->server.listen.count, 4);
  assert_string_equal(s->server.conf.base_url.ptr, "https://example.org/mill");
  assert_int_equal(s->server.conf.ntrusted, 1);
  assert_int_equal(s->server.conf.miss_interval_ms, 333);
  assert_string_equal(s->papers.upstream.ptr, "http://localhost:9");
  assert_false(s->papers.metrics);
  assert_int_equal(s->nfeeds, 3);
  const fm_settings_feed *strong = &s->feeds[0], *news = &s->feeds[1], *plain = &s->feeds[2];
  assert_int_equal(strong->line, 9);
  assert_int_equal(strong->refresh.every, 900);
  assert_int_equal(strong->refresh.wait, 5);
  assert_int_equal(strong->refresh.stale, 864000);
  assert_int_equal(strong->filter.limit, 0);
  assert_int_equal(strong->filter.nranges, 1);
  assert_true(strong->filter.ranges[0].min == 50 && isinf(strong->filter.ranges[0].max));
  assert_int_equal(news->line, 14);
  assert_true(fm_str_is(news->filter.include, "one,two words"));
  assert_true(fm_str_is(news->filter.exclude, "three, four"));
  assert_int_equal(news->filter.limit, 20);
  assert_true(news->filter.ranges[0].max == 2.5);
  assert_int_equal(news->path.len, 0);
  assert_int_equal(news->refresh.every, 1800);
  assert_true(fm_str_is(plain->source, "daily-papers"));
  assert_true(fm_str_is(plain->path, "/papers"));
  done(&l);
}

static void feeds_may_be_a_list_or_a_section(void **state)
{
  (void)state;
  loaded l = load("feeds.dynamic: 7\nfeeds: [{name: a}]\n");
  assert_string_equal(l.said, "");
  assert_int_equal(l.s->dynamic, 7);
  assert_int_equal(l.s->nfeeds, 1);
  char *flat = printed(l.s);
  done(&l);
  l = load("feeds:\n  dynamic: 7\n  list:\n    - name: a\n");
  assert_string_equal(l.said, "");
  char *nested = printed(l.s);
  assert_string_equal(flat, nested);
  free(flat);
  free(nested);
  fm_settings_error(l.s, &l.problems, "feeds[0].source", "no such source: \"x\"");
  fm_settings_error(l.s, &l.problems, "feeds[0].name", "bad");
  fm_settings_error(l.s, &l.problems, "store", "bad");
  char *late = problems_text(&l.problems);
  assert_string_equal(late, "f:4: feeds.list[0].source: no such source: \"x\"\n"
                            "f:4: feeds.list[0].name: bad\n"
                            "f:1: store: bad\n");
  free(late);
  done(&l);
  l = load("feeds: {dynamic: 5}\n");
  assert_string_equal(l.said, "");
  assert_int_equal(l.s->dynamic, 5);
  assert_int_equal(l.s->nfeeds, 0);
  done(&l);
}

static void later_problems_have_their_line(void **state)
{
  (void)state;
  loaded l = load("store: \"memory:\"\n"
                  "feeds:\n"
                  "  - name: a\n"
                  "  - name: b\n"
                  "    source: nope\n"
                  "sources:\n"
                  "  - one.yaml\n"
                  "  - two.yaml\n");
  assert_int_equal(fm_settings_error(l.s, &l.problems, "feeds[1].source", "unknown \"%s\"", "nope"),
                   FM_E_CONFIG);
  fm_settings_error(l.s, &l.problems, "feeds[0].path", "not here");
  fm_settings_error(l.s, &l.problems, "sources[1]", "empty");
  char *said = problems_text(&l.problems);
  assert_string_equal(said, "f:5: feeds[1].source: unknown \"nope\"\n"
                            "f:3: feeds[0].path: not here\n"
                            "f:8: sources[1]: empty\n");
  free(said);
  done(&l);
  fm_settings *s = fm_settings_default();
  fm_problems problems = {0};
  fm_settings_error(s, &problems, "store", "cannot be opened");
  assert_string_equal(problems.items[0].text.ptr, "store: cannot be opened");
  fm_problems_deinit(&problems);
  fm_settings_free(s);
}

static void files_that_cannot_be_read_say_why(void **state)
{
  (void)state;
  loaded l = load_file("not-there.yaml");
  assert_int_equal(l.error, FM_E_IO);
  assert_string_equal(l.said, "not-there.yaml: cannot be read: No such file or directory\n");
  done(&l);
  l = load("");
  assert_int_equal(l.error, FM_OK);
  done(&l);
}

static void stores_of_every_kind(void **state)
{
  (void)state;
  static const char *const good[] = {
    "memory:", "sqlite:a@b.db", "redis://h", "redis://h:1/0", "redis://[::1]:6379/2",
    "redis://:secret@h:1/0", "redis://u:secret%40x@h", "redis+unix:///run/redis.sock",
    "redis+unix://u:secret@/run/redis.sock?db=3",
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    char text[128];
    snprintf(text, sizeof text, "store: \"%s\"\n", good[i]);
    loaded l = load(text);
    assert_string_equal(l.said, "");
    done(&l);
  }
}

static void paths_are_of_the_folder_of_the_file(void **state)
{
  (void)state;
  static const char text[] = "sources: [\"s/*.yaml\", \"/etc/s/*.yaml\"]\n"
                             "plugins: [./p.so]\n"
                             "fetch: {ca_file: ca.pem}\n"
                             "store: \"sqlite:x.db\"\n"
                             "server: {access_log: x.log}\n";
  assert_int_equal(mkdir("sub", 0700), 0);
  write_file("sub/c.yaml", text, sizeof text - 1);
  loaded l = load_file("sub/../sub/c.yaml");
  assert_string_equal(l.said, "");
  char want[256];
  snprintf(want, sizeof want, "%s/sub", folder);
  assert_string_equal(l.s->folder.ptr, want);
  snprintf(want, sizeof want, "%s/sub/s/*.yaml", folder);
  assert_string_equal(l.s->sources.items[0].ptr, want);
  assert_string_equal(l.s->sources.items[1].ptr, "/etc/s/*.yaml");
  snprintf(want, sizeof want, "%s/sub/p.so", folder);
  assert_string_equal(l.s->plugins.items[0].ptr, want);
  snprintf(want, sizeof want, "%s/sub/ca.pem", folder);
  assert_string_equal(l.s->fetch.ca_file.ptr, want);
  snprintf(want, sizeof want, "sqlite:%s/sub/x.db", folder);
  assert_string_equal(l.s->store.ptr, want);
  assert_string_equal(l.s->server.access_log.ptr, "x.log");
  done(&l);
}

/* Prints, reads that from another folder, prints again: no difference. */
static void assert_round_trip(const fm_settings *s)
{
  char *first = printed(s);
  mkdir("elsewhere", 0700);
  write_file("elsewhere/p", first, strlen(first));
  loaded l = load_file("elsewhere/p");
  assert_string_equal(l.said, "");
  char *second = printed(l.s);
  assert_string_equal(first, second);
  free(first);
  free(second);
  done(&l);
}

static void print_reads_back(void **state)
{
  (void)state;
  fm_settings *s = fm_settings_default();
  s->store = FM_STR("sqlite:/x/feedmill.db"); /* without a file its path is relative */
  assert_round_trip(s);
  fm_settings_free(s);
  loaded l = load("server: {access_key: \"k\\\"#: 1\", listen: [\"unix:/a b\"], workers: 3}\n"
                  "fetch: {timeout: 90s, max_body: 1000K, proxy: \"http://u:p@h:1\"}\n"
                  "refresh: {every: 25h, wait: 0, idle: 0s}\n"
                  "papers: {metrics: no, limit: 5, via: auto}\n"
                  "plugins: [p.so]\n"
                  "feeds:\n"
                  "  - {name: a, title: \"T: \\u00e9\", include: [x, y], min_stars: 0.5,"
                  " wait: 1s}\n"
                  "  - {name: b, source: other, path: \"/q?a=b&c='d'\", limit: 9}\n");
  assert_string_equal(l.said, "");
  assert_round_trip(l.s);
  char *text = printed(l.s);
  assert_non_null(strstr(text, "  # secret: take the next line out before you show this to"
                               " anybody\n"
                               "  access_key: \"k\\\"#: 1\"\n"));
  assert_non_null(strstr(text, "    every: 25h\n    wait: 1s\n    stale: 7d\n    idle: 0\n"));
  free(text);
  done(&l);
}

/* Takes the "#" off the examples at the end of the manual. */
static char *with_examples(const char *manual)
{
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_str rest = fm_str_of(manual), line;
  bool on = false;
  while (fm_str_cut(&rest, '\n', &line)) {
    on |= fm_str_is(line, "#feeds:");
    fm_buf_str(&out, fm_str_from(line, on && line.len && *line.ptr == '#'));
    fm_buf_char(&out, '\n');
  }
  assert_true(on);
  fm_buf_char(&out, 0);
  return fm_buf_take(&out, &(size_t){0});
}

static void manual_holds_the_defaults(void **state)
{
  (void)state;
  loaded manual = load_file(manual_path);
  assert_string_equal(manual.said, "");
  assert_int_equal(manual.error, FM_OK);
  /* The same text in our folder, so that paths are the same as an empty file's. */
  char *text = read_whole(manual_path);
  loaded here = load(text);
  char *ours = printed(here.s);
  loaded empty = load("");
  char *defaults = printed(empty.s);
  assert_string_equal(ours, defaults);
  free(text);
  free(ours);
  free(defaults);
  done(&empty);
  done(&here);
  done(&manual);
}

/* "feeds[*].url": in one of them. */
static bool shown(const fm_yaml *root, const char *key)
{
  const char *star = strchr(key, '*');
  if (!star)
    return fm_yaml_at(root, key, NULL);
  for (char digit = '0'; digit <= '9'; digit++) {
    char one[200];
    snprintf(one, sizeof one, "%.*s%c%s", (int)(star - key), key, digit, star + 1);
    if (shown(root, one))
      return true;
  }
  return false;
}

static void assert_named(const fm_yaml *root, const fm_directive *rows, const char *prefix)
{
  for (const fm_directive *row = rows; row->type != FM_T_END; row++) {
    char key[200];
    if (row->type == FM_T_LINE || row->flags & FM_D_ALTERNATIVE)
      continue;
    assert_non_null(row->help);
    bool family = row->type == FM_T_FAMILY, others = row->type == FM_T_OTHERS;
    snprintf(key, sizeof key, "%s%.*s%s", prefix, (int)strlen(row->name) - (family || others),
             row->name, family ? "points" : others ? "repo" : ""); /* any of them */
    if (!shown(root, key))
      fail_msg("conf/feedmill.yaml does not show \"%s\"", key);
    if (!row->rows)
      continue;
    snprintf(key, sizeof key, "%s%s%s", prefix, row->name,
             row->type == FM_T_SECTIONS ? "[*]." : ".");
    assert_named(root, row->rows, key);
  }
}

static void manual_shows_every_key(void **state)
{
  (void)state;
  char *text = read_whole(manual_path), *full = with_examples(text);
  loaded l = load(full);
  assert_string_equal(l.said, "");
  assert_true(l.s->nfeeds >= 2);
  assert_named(l.s->root, fm_settings_table, "");
  assert_round_trip(l.s);
  /* And a switched-off key is not mistaken for a shown one. */
  loaded plain = load(text);
  assert_null(fm_yaml_at(plain.s->root, "feeds", NULL));
  free(text);
  free(full);
  done(&plain);
  done(&l);
}

/* Numbers that only the source knows, and what else a filter may be. */
static void filters_of_any_source(void **state)
{
  (void)state;
  loaded l = load("feeds:\n"
                  "  - name: news\n"
                  "    source: feed\n"
                  "    url: https://a.test/feed\n"
                  "    min_points: 100\n"
                  "    max_points: 900.5\n"
                  "    min_seed_count: 2\n"
                  "    category: [a, b]\n"
                  "    max_age: 12h\n"
                  "    sort: points\n"
                  "    dedupe: title\n");
  assert_string_equal(l.said, "");
  const fm_filter *filter = &l.s->feeds[0].filter;
  fm_buf canon;
  fm_buf_init(&canon, 1000);
  fm_filter_canon(filter, &canon);
  fm_buf_char(&canon, 0);
  assert_string_equal(canon.ptr, "category=a%2Cb&dedupe=title&max_age=43200s&max_points=900.5"
                                 "&min_points=100&min_seed_count=2&sort=points");
  fm_buf_deinit(&canon);
  assert_round_trip(l.s);
  done(&l);
}

/* Keys that a recipe knows; whether it does is found out when it is there. */
static void keys_of_the_source(void **state)
{
  (void)state;
  loaded l = load("feeds:\n  - {name: a, source: forge, owner: ann, repo: \"x: 1\", min_points: 2}\n"
                  "  - {name: b, source: forge, onwer: ann}\n");
  assert_string_equal(l.said, "");
  const fm_params *own = &l.s->feeds[0].own;
  assert_int_equal(own->count, 2);
  assert_string_equal(own->items[0].name.ptr, "owner");
  assert_string_equal(own->items[1].value.ptr, "x: 1");
  assert_round_trip(l.s);
  const fm_str names[] = {FM_STR("owner"), FM_STR("repo")};
  const fm_strs known = {names, 2};
  fm_settings_unknown(l.s, 0, &known, &l.problems);
  fm_settings_unknown(l.s, 1, &known, &l.problems);
  char *said = problems_text(&l.problems);
  assert_string_equal(said, "f:3: feeds[1].onwer: unknown key \"onwer\"; did you mean \"owner\"?\n");
  free(said);
  done(&l);
}

/* What a feed has as a key of its own cannot be a placeholder too. */
static void keys_of_feeds_are_no_placeholders(void **state)
{
  (void)state;
  const fm_directive *row = fm_directive_find(fm_settings_table, "feeds")->rows;
  for (; row->type != FM_T_END; row++) {
    char text[300];
    fm_problems problems = {0};
    bool address = row->name && (strcmp(row->name, "path") == 0 || strcmp(row->name, "url") == 0);
    if (!row->name || address || row->type == FM_T_OTHERS || row->type == FM_T_FAMILY)
      continue;
    snprintf(text, sizeof text, "name: r\nurl: \"https://x.test/{%s}\"\nitems: \"css: a\"\n"
             "fields: {title: \"css: b\"}\n", row->name);
    if (fm_recipe_parse(fm_str_of(text), FM_STR("f"), &problems))
      fail_msg("{%s} is taken as a placeholder, but is a key of every feed", row->name);
    fm_problems_deinit(&problems);
  }
}

static void random_files_never_hurt(void **state)
{
  (void)state;
  char *manual = read_whole(manual_path), *full = with_examples(manual);
  size_t good = 0, bad = 0;
  for (int i = 0; i < 3000; i++) {
    fm_buf text;
    fm_buf_init(&text, FM_BUF_MAX);
    if (i % 2)
      random_yaml(&text);
    else
      fm_buf_text(&text, full);
    if (text.len && i % 2 == 0)
      for (unsigned harm = dice(3) + 1; harm; harm--)
        random_harm(&text);
    write_file("f", text.ptr, text.len);
    fm_buf_deinit(&text);
    loaded l = load_file("f");
    if (l.error) {
      assert_true(l.error == FM_E_CONFIG && l.problems.count > 0 && !l.s);
      bad++;
    } else {
      assert_int_equal(l.problems.count, 0);
      assert_round_trip(l.s);
      good++;
    }
    done(&l);
  }
  free(manual);
  free(full);
  assert_true(good > 100 && bad > 100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(default_is_the_contract),
    cmocka_unit_test(example_of_the_contract_is_read),
    cmocka_unit_test(feeds_may_be_a_list_or_a_section),
    cmocka_unit_test(later_problems_have_their_line),
    cmocka_unit_test(files_that_cannot_be_read_say_why),
    cmocka_unit_test(stores_of_every_kind),
    cmocka_unit_test(paths_are_of_the_folder_of_the_file),
    cmocka_unit_test(print_reads_back),
    cmocka_unit_test(manual_holds_the_defaults),
    cmocka_unit_test(manual_shows_every_key),
    cmocka_unit_test(filters_of_any_source),
    cmocka_unit_test(keys_of_the_source),
    cmocka_unit_test(keys_of_feeds_are_no_placeholders),
    cmocka_unit_test(random_files_never_hurt),
  };
  return cmocka_run_group_tests(tests, enter, leave);
}
