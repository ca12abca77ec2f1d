/* Keeps the latest outages in memory and in the store's state. */
#include "mill/outage_log.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/json.h"
#include "base/str.h"

#include <stdlib.h>

#define PREFIX FM_STR("outage/")

struct fm_outage_log {
  fm_mill_env *env;
  fm_outage all[FM_MILL_OUTAGES]; /* by the time at which they began */
  size_t count;
};

/* ---- in memory ---- */

static void outage_free(fm_outage *o)
{
  free(o->upstream);
  free(o->url);
  free(o->reason);
  free(o->what);
}

static char *text_of(fm_str s)
{
  char *copy = fm_zalloc(s.len + 1);
  if (s.len)
    memcpy(copy, s.ptr, s.len);
  return copy;
}

static fm_outage *latest(fm_outage_log *log, fm_str upstream)
{
  for (size_t i = log->count; i; i--)
    if (fm_str_is(upstream, log->all[i - 1].upstream))
      return &log->all[i - 1];
  return NULL;
}

const fm_outage *fm_outage_log_latest(const fm_outage_log *log, fm_str upstream)
{
  return latest((fm_outage_log *)log, upstream);
}

const fm_outage *fm_outage_log_all(const fm_outage_log *log, size_t *count)
{
  *count = log->count;
  return log->all;
}

/* Takes the record's strings. The oldest record is dropped if there is no room. */
static void insert(fm_outage_log *log, const fm_outage *o)
{
  if (log->count == FM_MILL_OUTAGES) {
    outage_free(&log->all[0]);
    memmove(log->all, log->all + 1, --log->count * sizeof *log->all);
  }
  size_t at = log->count++;
  for (; at && log->all[at - 1].began > o->began; at--)
    log->all[at] = log->all[at - 1];
  log->all[at] = *o;
}

/* ---- in the store ---- */

static void put_field(fm_buf *out, const char *name, const char *text)
{
  fm_buf_addf(out, ",\"%s\":", name);
  fm_buf_json(out, fm_str_of(text));
}

static void save(fm_outage_log *log, const fm_outage *o)
{
  char began[FM_DATE_ISO_LEN + 1];
  fm_arena arena = {0};
  fm_buf value;
  fm_buf_init(&value, FM_STATE_VALUE_MAX);
  fm_date_iso(o->began, began);
  fm_buf_addf(&value, "{\"began\":%lld", (long long)o->began);
  if (o->ended != FM_NO_TIME)
    fm_buf_addf(&value, ",\"ended\":%lld", (long long)o->ended);
  put_field(&value, "upstream", o->upstream);
  put_field(&value, "url", o->url);
  put_field(&value, "reason", o->reason);
  put_field(&value, "what", o->what);
  put_field(&value, "anomaly", fm_anomaly_name(o->anomaly));
  fm_buf_addf(&value, ",\"accepted\":%s}", o->accepted ? "true" : "false");
  fm_str key = fm_arena_printf(&arena, "outage/%s %s", began, o->upstream);
  if (!value.full)
    fm_store_state_set(log->env->store, key, fm_buf_view(&value), NULL, NULL);
  fm_buf_deinit(&value);
  fm_arena_deinit(&arena);
}

typedef struct record {
  fm_str upstream, url, reason, what, anomaly;
  int64_t began, ended;
  bool accepted;
} record;

#define TEXT_FIELD(name)                                   \
  static int read_##name(fm_json *json, void *into)        \
  {                                                        \
    return fm_json_string(json, &((record *)into)->name);  \
  }
TEXT_FIELD(upstream)
TEXT_FIELD(url)
TEXT_FIELD(reason)
TEXT_FIELD(what)
TEXT_FIELD(anomaly)
static int read_began(fm_json *json, void *into) { return fm_json_int(json, &((record *)into)->began); }
static int read_ended(fm_json *json, void *into) { return fm_json_int(json, &((record *)into)->ended); }
static int read_accepted(fm_json *json, void *into)
{
  return fm_json_bool(json, &((record *)into)->accepted);
}

static bool parse(fm_str text, fm_arena *arena, record *r)
{
  static const fm_json_field fields[] = {
    {{"upstream", 8}, read_upstream}, {{"url", 3}, read_url}, {{"reason", 6}, read_reason},
    {{"what", 4}, read_what}, {{"anomaly", 7}, read_anomaly}, {{"began", 5}, read_began},
    {{"ended", 5}, read_ended}, {{"accepted", 8}, read_accepted},
  };
  fm_json json;
  *r = (record){.began = FM_NO_TIME, .ended = FM_NO_TIME};
  fm_json_init(&json, text, arena);
  fm_json_fields(&json, fields, sizeof fields / sizeof *fields, r);
  return fm_json_end(&json) == FM_OK && r->upstream.len && r->began != FM_NO_TIME;
}

/* One that is known already may have ended meanwhile. */
static void learn(fm_outage_log *log, const record *r)
{
  for (size_t i = 0; i < log->count; i++) {
    fm_outage *known = &log->all[i];
    if (known->began != r->began || !fm_str_is(r->upstream, known->upstream))
      continue;
    if (known->ended == FM_NO_TIME || r->ended != FM_NO_TIME) {
      known->ended = r->ended;
      known->accepted = r->accepted;
    }
    return;
  }
  if (log->count == FM_MILL_OUTAGES && r->began < log->all[0].began)
    return;
  fm_outage o = {
    .upstream = text_of(r->upstream), .url = text_of(r->url), .reason = text_of(r->reason),
    .what = text_of(r->what), .began = r->began, .ended = r->ended,
    .anomaly = fm_anomaly_from_name(r->anomaly), .accepted = r->accepted,
  };
  insert(log, &o);
}

static void on_state(void *ctx, int error, const fm_why *why, fm_str key, fm_str value)
{
  (void)error, (void)why;
  fm_outage_log *log = ctx;
  fm_arena arena = {0};
  record r;
  if (!key.ptr) {
    fm_env_drop(log->env);
    return;
  }
  if (parse(value, &arena, &r))
    learn(log, &r);
  fm_arena_deinit(&arena);
}

void fm_outage_log_reload(fm_outage_log *log)
{
  fm_env_hold(log->env);
  fm_store_state_list(log->env->store, PREFIX, on_state, log);
}

fm_outage_log *fm_outage_log_new(fm_mill_env *env)
{
  fm_outage_log *log = FM_NEW(fm_outage_log);
  log->env = env;
  fm_outage_log_reload(log);
  return log;
}

void fm_outage_log_free(fm_outage_log *log)
{
  for (size_t i = 0; i < log->count; i++)
    outage_free(&log->all[i]);
  free(log);
}

/* ---- what happens ---- */

void fm_outage_log_begin(fm_outage_log *log, const fm_outage_start *start)
{
  const fm_outage *last = latest(log, start->upstream);
  if (last && last->ended == FM_NO_TIME)
    return;
  fm_outage o = {
    .upstream = text_of(start->upstream), .url = text_of(start->url),
    .reason = text_of(start->reason), .what = fm_strdup(start->what),
    .began = fm_env_wall(log->env), .ended = FM_NO_TIME, .anomaly = start->anomaly,
  };
  if (last && last->began >= o.began) /* its key has to differ */
    o.began = last->began + 1;
  save(log, &o);
  insert(log, &o);
}

void fm_outage_log_end(fm_outage_log *log, fm_str upstream, bool accepted)
{
  fm_outage *o = latest(log, upstream);
  if (!o || o->ended != FM_NO_TIME)
    return;
  int64_t now = fm_env_wall(log->env);
  o->ended = now > o->began ? now : o->began;
  o->accepted = accepted;
  save(log, o);
}

void fm_outage_log_back_to_normal(fm_outage_log *log, fm_str upstream)
{
  fm_outage *o = latest(log, upstream);
  if (!o || !o->accepted)
    return;
  o->accepted = false;
  save(log, o);
}
