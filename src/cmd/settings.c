/* Settings: the configuration file as a tree, parsed and checked by the directive table. */
#include "cmd/settings.h"

#include "base/map.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/settings_check.h"
#include "source/registry.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>

enum { PRINT_MAX = 16 * 1024 * 1024, KEY_TEXT = 160, REASON_TEXT = 512 };

/* The key's path in the file. "feeds" is a list, or a section with the list in "list". */
static fm_str key_in_file(const fm_settings *s, const char *key, char out[KEY_TEXT])
{
  const fm_yaml *feeds = s->root ? fm_yaml_get(s->root, FM_STR("feeds")) : NULL;
  bool section = feeds && feeds->kind == FM_YAML_MAP && strncmp(key, "feeds[", 6) == 0;
  snprintf(out, KEY_TEXT, "%s%s", section ? "feeds.list" : "", section ? key + 5 : key);
  return fm_str_of(out);
}

int fm_settings_error(const fm_settings *settings, fm_problems *problems, const char *key,
                      const char *format, ...)
{
  char name[KEY_TEXT], reason[REASON_TEXT];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  fm_str full = key_in_file(settings, key, name);
  const fm_yaml *at = NULL;
  if (settings->root)
    fm_yaml_at(settings->root, name, &at);
  fm_problem_add(problems, settings->file, at ? at->line : 0, full, "%s", reason);
  return FM_E_CONFIG;
}

static int feed_problem(const fm_settings *s, fm_problems *problems, size_t at, const char *key,
                        const char *reason)
{
  char name[KEY_TEXT];
  snprintf(name, sizeof name, "feeds[%zu].%s", at, key);
  return fm_settings_error(s, problems, name, "%s", reason);
}

/* A feed without a name gets its position as one, so that further problems can name it; no
 * valid name looks like that. */
static int same_names(fm_settings *s, fm_problems *problems)
{
  int result = FM_OK;
  fm_map seen = {0};
  for (size_t i = 0; i < s->nfeeds; i++) {
    fm_settings_feed *feed = &s->feeds[i], *first;
    if (!feed->name.len) {
      feed->name = fm_arena_printf(&s->arena, "#%zu", i);
      continue;
    }
    first = fm_map_get(&seen, feed->name);
    if (!first) {
      fm_map_put(&seen, feed->name, feed);
      continue;
    }
    char reason[REASON_TEXT];
    snprintf(reason, sizeof reason, "another feed, on line %u, is called \"%.*s\" too",
             first->line, FM_FMT(feed->name));
    result = feed_problem(s, problems, i, "name", reason);
    feed->name = fm_arena_printf(&s->arena, "#%zu", i);
  }
  fm_map_deinit(&seen);
  return result;
}

/* One key of a feed as text for fm_filter_set. False: not given, or not a filter. */
static bool filter_text(const fm_directive *row, const fm_settings_feed *feed, char number[32],
                        fm_str *text)
{
  const void *at = (const char *)feed + row->offset;
  if (row->type == FM_T_WORDS || at == &feed->sort || at == &feed->dedupe) {
    *text = *(const fm_str *)at;
    return text->len > 0;
  }
  if (row->type == FM_T_NUMBER && *(const double *)at != (double)FM_ABSENT)
    snprintf(number, 32, "%.6f", *(const double *)at);
  else if (at == &feed->limit && feed->limit != FM_ABSENT)
    snprintf(number, 32, "%d", (int)feed->limit);
  else if (at == &feed->max_age && feed->max_age != FM_ABSENT)
    snprintf(number, 32, "%llds", (long long)feed->max_age);
  else
    return false;
  *text = fm_str_of(number);
  return true;
}

/* Sets one filter, or adds a problem. */
static int set_filter(fm_settings *s, fm_problems *problems, size_t at, fm_str name, fm_str text)
{
  char key[FM_FILTER_NUMBER_MAX + sizeof "min_"];
  fm_why why = {""};
  int error = fm_filter_set(&s->feeds[at].filter, &s->arena, name, text, &why);
  if (!error)
    return FM_OK;
  snprintf(key, sizeof key, "%.*s", FM_FMT(name));
  if (error == FM_E_NOT_FOUND)
    return feed_problem(s, problems, at, key, "the name of a number is at most 32 of a-z and _");
  /* The reason starts with the key's name, which the problem has already. */
  fm_str reason = fm_str_of(why.text);
  if (fm_str_starts(reason, name))
    reason = fm_str_from(reason, name.len + 2);
  return feed_problem(s, problems, at, key, reason.ptr);
}

/* The numbers of Daily Papers are known, so any other name is a misspelling. */
static int check_number(fm_settings *s, fm_problems *problems, size_t at, fm_str name)
{
  const fm_directive *rows = fm_directive_find(fm_settings_table, "feeds")->rows, *near = NULL;
  unsigned least = 4;
  char key[FM_FILTER_NUMBER_MAX + sizeof "min_"], reason[REASON_TEXT];
  if (!fm_str_is(s->feeds[at].source, "daily-papers"))
    return FM_OK;
  for (const fm_directive *row = rows; row->type != FM_T_END; row++)
    if (row->type == FM_T_NUMBER && fm_str_distance(name, fm_str_of(row->name)) < least) {
      least = fm_str_distance(name, fm_str_of(row->name));
      near = row;
    }
  snprintf(key, sizeof key, "%.*s", FM_FMT(name));
  if (near)
    snprintf(reason, sizeof reason, "unknown key \"%s\"; did you mean \"%s\"?", key, near->name);
  else
    snprintf(reason, sizeof reason, "unknown key \"%s\"; Daily Papers gives upvotes, comments "
             "and stars", key);
  return feed_problem(s, problems, at, key, reason);
}

static int set_family(fm_settings *s, fm_problems *problems, size_t at, const fm_params *family)
{
  int result = FM_OK;
  for (size_t i = 0; i < family->count; i++) {
    const fm_param *one = &family->items[i];
    int error = check_number(s, problems, at, one->name);
    if (!error)
      error = set_filter(s, problems, at, one->name, one->value);
    result = error ? error : result;
  }
  return result;
}

/* Filters are set by the same function as a request's parameters. */
static int feed_filter(fm_settings *s, fm_problems *problems, size_t at)
{
  const fm_directive *row = fm_directive_find(fm_settings_table, "feeds")->rows;
  const fm_settings_feed *feed = &s->feeds[at];
  int result = FM_OK;
  for (; row->type != FM_T_END; row++) {
    char number[32];
    fm_str text;
    if (filter_text(row, feed, number, &text) &&
        set_filter(s, problems, at, fm_str_of(row->name), text))
      result = FM_E_CONFIG;
  }
  if (set_family(s, problems, at, &feed->least) | set_family(s, problems, at, &feed->most))
    result = FM_E_CONFIG;
  return result;
}

void fm_settings_unknown(const fm_settings *s, size_t feed, const fm_strs *known,
                         fm_problems *problems)
{
  const fm_params *own = &s->feeds[feed].own;
  for (size_t i = 0; i < own->count; i++) {
    char key[FM_OTHER_MAX + 1];
    bool is_known = false;
    fm_why why;
    for (size_t k = 0; k < known->count && !is_known; k++)
      is_known = fm_str_eq(known->items[k], own->items[i].name);
    if (is_known)
      continue;
    snprintf(key, sizeof key, "%.*s", FM_FMT(own->items[i].name));
    fm_directive_unknown(fm_directive_find(fm_settings_table, "feeds")->rows, known,
                         own->items[i].name, &why);
    feed_problem(s, problems, feed, key, why.text);
  }
}

/* Built-in sources have no keys of their own; keys of plugins cannot be checked here. */
static int check_own(const fm_settings *s, fm_problems *problems, const fm_registry *builtin, size_t at)
{
  const fm_strs none = {0};
  if (!s->feeds[at].own.count || !fm_registry_find(builtin, s->feeds[at].source))
    return FM_OK;
  fm_settings_unknown(s, at, &none, problems);
  return FM_E_CONFIG;
}

/* Reports a minimum above its maximum, and a sort by a number that does not exist. */
static int check_bounds(const fm_settings *s, fm_problems *problems, size_t at)
{
  const fm_settings_feed *feed = &s->feeds[at];
  const fm_filter *filter = &feed->filter;
  char key[FM_FILTER_NUMBER_MAX + sizeof "min_"];
  int result = FM_OK;
  for (size_t i = 0; i < filter->nranges; i++)
    if (filter->ranges[i].min > filter->ranges[i].max) {
      snprintf(key, sizeof key, "max_%.*s", FM_FMT(filter->ranges[i].name));
      result = feed_problem(s, problems, at, key, "is below its minimum: no entry could pass");
    }
  fm_filter order = {.sort_number = filter->sort_number};
  if (fm_str_is(feed->source, "daily-papers") && fm_filter_other_number(&order).len)
    result = feed_problem(s, problems, at, "sort", "is none of published, updated, title, page, "
                                                   "upvotes, comments, stars");
  return result;
}

static void inherit(int64_t *own, int64_t from)
{
  if (*own == FM_ABSENT)
    *own = from;
}

/* A program's relative path is relative to the configuration's folder; a bare name is left
 * for PATH. */
static void place_program(fm_settings *s, fm_strs *words)
{
  if (!words->count || !s->folder.len)
    return;
  fm_str *items = (fm_str *)words->items, name = items[0];
  if (name.len && *name.ptr != '/' && memchr(name.ptr, '/', name.len))
    items[0] = fm_arena_printf(&s->arena, "%.*s/%.*s", FM_FMT(s->folder), FM_FMT(name));
}

static int finish_feeds(fm_settings *s, fm_problems *problems)
{
  int result = same_names(s, problems);
  fm_registry *builtin = fm_registry_new();
  for (size_t i = 0; i < s->nfeeds; i++) {
    fm_settings_feed *feed = &s->feeds[i];
    feed->every_given = feed->refresh.every != FM_ABSENT;
    inherit(&feed->refresh.every, s->refresh.every);
    inherit(&feed->refresh.wait, s->refresh.wait);
    inherit(&feed->refresh.stale, s->refresh.stale);
    inherit(&feed->refresh.idle, s->refresh.idle);
    if (!feed->path.len && fm_str_is(feed->source, "daily-papers"))
      feed->path = FM_STR("/papers");
    place_program(s, &feed->command);
    place_program(s, &feed->fetch_command);
    if (feed_filter(s, problems, i) | check_own(s, problems, builtin, i) |
        check_bounds(s, problems, i))
      result = FM_E_CONFIG;
  }
  fm_registry_unref(builtin);
  return result;
}

/* feeds.dynamic has two spellings, of which only one may be used. */
static int finish_dynamic(const fm_settings *s, fm_problems *problems)
{
  const fm_yaml *feeds = s->root ? fm_yaml_get(s->root, FM_STR("feeds")) : NULL;
  if (!feeds || !fm_yaml_get(s->root, FM_STR("feeds.dynamic")) ||
      !fm_yaml_get(feeds, FM_STR("dynamic")))
    return FM_OK;
  return fm_settings_error(s, problems, "feeds.dynamic",
                           "given twice: here, and as \"dynamic\" inside \"feeds\"");
}

static void drop_slashes(fm_arena *arena, fm_str *url)
{
  fm_str less = *url;
  while (less.len && less.ptr[less.len - 1] == '/')
    less.len--;
  *url = fm_arena_str(arena, less);
}

static void finish_server(fm_settings *s)
{
  const fm_strs *given = &s->server.trusted_proxies;
  fm_cidr *trusted = fm_arena_alloc(&s->arena, (given->count + 1) * sizeof *trusted);
  size_t count = 0;
  for (size_t i = 0; i < given->count; i++)
    count += fm_cidr_parse(given->items[i], &trusted[count]);
  s->server.conf.trusted = trusted;
  s->server.conf.ntrusted = count;
  fm_rate_parse(s->server.misses, &s->server.conf.miss_interval_ms);
  drop_slashes(&s->arena, &s->server.conf.base_url);
  drop_slashes(&s->arena, &s->papers.upstream);
}

/* A relative path of a SQLite file is relative to the configuration's folder. */
static void finish_store(fm_settings *s)
{
  fm_str scheme = FM_STR("sqlite:");
  fm_str path = fm_str_from(s->store, scheme.len);
  if (!s->folder.len || !fm_str_starts(s->store, scheme) || !path.len || *path.ptr == '/')
    return;
  s->store_relative = path;
  s->store = fm_arena_printf(&s->arena, "sqlite:%.*s/%.*s", FM_FMT(s->folder), FM_FMT(path));
}

/* Values that depend on others, and checks across several rows. */
static int finish(fm_settings *s, fm_problems *problems)
{
  finish_server(s);
  finish_store(s);
  int error = finish_dynamic(s, problems);
  int feeds = finish_feeds(s, problems);
  return error ? error : feeds;
}

static fm_str folder_of(fm_arena *arena, const char *path)
{
  char real[PATH_MAX];
  const char *slash = strrchr(path, '/');
  fm_str folder = !slash        ? FM_STR(".")
                  : slash == path ? FM_STR("/")
                                  : fm_arena_str(arena, fm_str_span(path, slash));
  return realpath(folder.ptr, real) ? fm_arena_str(arena, fm_str_of(real)) : folder;
}

static int fill(fm_settings *s, fm_problems *problems)
{
  fm_directive_ctx ctx = {
    .arena = &s->arena, .problems = problems, .file = s->file, .folder = s->folder};
  int error = fm_directive_parse(&ctx, fm_settings_table, s->root, s);
  int late = finish(s, problems);
  return error ? error : late;
}

fm_settings *fm_settings_default(void)
{
  fm_settings *s = FM_NEW(fm_settings);
  fm_problems problems = {0};
  if (fill(s, &problems)) {
    fm_problems_print(&problems, stderr); /* a default that its own row rejects */
    abort();
  }
  fm_problems_deinit(&problems);
  /* Without a file there is no folder to search. */
  s->sources = (fm_strs){0};
  return s;
}

int fm_settings_read(const char *path, fm_settings **settings, fm_problems *problems)
{
  if (!path) {
    *settings = fm_settings_default();
    return FM_OK;
  }
  size_t before = problems->count;
  fm_settings *s = FM_NEW(fm_settings);
  s->file = fm_arena_str(&s->arena, fm_str_of(path));
  s->folder = folder_of(&s->arena, path);
  int error = fm_yaml_load(&s->arena, path, problems, &s->root);
  if (!error && fill(s, problems))
    error = FM_E_CONFIG;
  if (error == FM_E_SYNTAX || (!error && problems->count > before))
    error = FM_E_CONFIG;
  fm_problems_sort(problems, before);
  if (error && !s->root) {
    fm_settings_free(s);
    s = NULL;
  }
  *settings = s;
  return error;
}

int fm_settings_load(const char *path, fm_settings **settings, fm_problems *problems)
{
  fm_settings *s;
  int error = fm_settings_read(path, &s, problems);
  if (error)
    fm_settings_free(s);
  else
    *settings = s;
  return error;
}

void fm_settings_free(fm_settings *settings)
{
  if (!settings)
    return;
  fm_arena arena = settings->arena;
  fm_arena_deinit(&arena);
  free(settings);
}

void fm_settings_print(const fm_settings *settings, FILE *out)
{
  fm_buf text;
  fm_buf_init(&text, PRINT_MAX);
  fm_directive_print(fm_settings_table, settings, &text);
  fwrite(text.ptr, 1, text.len, out);
  fm_buf_deinit(&text);
}

int fm_settings_log(const fm_settings *settings, fm_why *why)
{
  static const char *const levels[] = {"error", "warn", "info", "debug"};
  const fm_settings_log_keys *keys = &settings->log;
  fm_log_conf conf = {.json = fm_str_is(keys->format, "json"),
                      .to = fm_str_is(keys->to, "-") ? NULL : keys->to.ptr};
  for (int i = FM_LOG_ERROR; i <= FM_LOG_DEBUG; i++)
    if (fm_str_is(keys->level, levels[i]))
      conf.level = (enum fm_log_level)i;
  return fm_log_configure(&conf, why);
}

int fm_settings_listen(fm_settings *settings, const char *address)
{
  fm_why why;
  fm_str *items = fm_arena_alloc(&settings->arena, sizeof *items);
  *items = fm_arena_str(&settings->arena, fm_str_of(address));
  if (fm_check_listen(*items, &why))
    return FM_E_CONFIG;
  settings->server.listen = (fm_strs){items, 1};
  return FM_OK;
}
