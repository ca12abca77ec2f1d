/* Makes states (store.h) of the entries and pages that stood for them in memories of
 * an earlier feedmill. */
#include "store/legacy.h"

#include "base/date.h"
#include "base/str.h"
#include "feed/codec.h"
#include "feed/jsonw.h"

#include <inttypes.h>

enum { DATE_LEN = 10 }; /* YYYY-MM-DD */

static const char *const hidden[] = {FM_LEGACY_PAGES};
enum kind { OUTAGES, HOSTS, INPUTS, NONE };

static enum kind kind_of(fm_str upstream)
{
  enum kind kind = OUTAGES;
  while (kind != NONE && !fm_str_is(upstream, hidden[kind]))
    kind++;
  return kind;
}

bool fm_legacy_hidden(fm_str upstream) { return kind_of(upstream) != NONE; }

static void put_time(fm_jsonw *j, const char *name, int64_t time)
{
  if (time == FM_NO_TIME)
    return;
  fm_jsonw_next(j, name);
  fm_buf_addf(j->out, "%" PRId64, time);
}

static int64_t number_of(const fm_entry *e, const char *name)
{
  double value;
  return fm_entry_number(e, fm_str_of(name), &value) && value > 0 && value < 1e15
             ? (int64_t)value : FM_NO_TIME;
}

/* The entry of an outage had the upstream as title, what happened as rights, the anomaly
 * as first category, and in the second category whether it was accepted. */
static void put_outage(fm_jsonw *j, const fm_entry *e)
{
  bool accepted = e->ncategories > 1 && fm_str_is(e->categories[1].term, "taken");
  fm_jsonw_text(j, "upstream", e->title);
  put_time(j, "began", e->published);
  put_time(j, "ended", number_of(e, "ended"));
  if (e->nlinks)
    fm_jsonw_text(j, "url", e->links[0].href);
  fm_jsonw_text(j, "reason", e->summary);
  fm_jsonw_text(j, "what", e->rights);
  if (e->ncategories)
    fm_jsonw_text(j, "anomaly", e->categories[0].term);
  if (accepted) {
    fm_jsonw_next(j, "accepted");
    fm_buf_text(j->out, "true");
  }
}

static bool finish(fm_buf *text, fm_arena *arena, fm_legacy_state *state)
{
  bool whole = !text->full && text->len <= FM_STATE_VALUE_MAX &&
               state->key.len <= FM_STATE_KEY_MAX;
  if (whole)
    state->value = fm_arena_str(arena, fm_buf_view(text));
  fm_buf_deinit(text);
  return whole;
}

static bool from_outage(const fm_entry *e, fm_arena *arena, fm_legacy_state *state)
{
  char began[FM_DATE_ISO_LEN + 1];
  fm_buf text;
  fm_jsonw j = {.out = &text};
  if (e->published == FM_NO_TIME || !e->title.len)
    return false;
  fm_date_iso(e->published, began);
  state->key = fm_arena_printf(arena, "outage/%s %.*s", began, FM_FMT(e->title));
  fm_buf_init(&text, FM_STATE_VALUE_MAX);
  fm_jsonw_open(&j, NULL, '{');
  put_outage(&j, e);
  fm_jsonw_close(&j, '}');
  return finish(&text, arena, state);
}

static bool from_host(const fm_entry *e, fm_arena *arena, fm_legacy_state *state)
{
  fm_buf text;
  int64_t until = number_of(e, "until");
  if (until == FM_NO_TIME)
    return false;
  state->key = fm_arena_printf(arena, "host/%.*s", FM_FMT(e->id));
  fm_buf_init(&text, FM_STATE_VALUE_MAX);
  fm_buf_addf(&text, "{\"until\":%" PRId64 "}", until);
  return finish(&text, arena, state);
}

static bool from_input(const fm_entry *e, fm_arena *arena, fm_legacy_state *state)
{
  if (!e->content.len || e->content.len > FM_STATE_VALUE_MAX)
    return false;
  state->key = fm_arena_printf(arena, "input/%.*s", FM_FMT(e->id));
  state->value = fm_arena_str(arena, e->content);
  return state->key.len <= FM_STATE_KEY_MAX;
}

bool fm_legacy_from_entry(fm_str upstream, const fm_entry *entry, fm_arena *arena,
                          fm_legacy_state *state)
{
  switch (kind_of(upstream)) {
  case OUTAGES: return from_outage(entry, arena, state);
  case HOSTS: return from_host(entry, arena, state);
  case INPUTS: return from_input(entry, arena, state);
  case NONE: break;
  }
  return false;
}

/* "KEY on YYYY-MM-DD". */
static bool is_note(fm_str upstream)
{
  fm_str mark = FM_STR(" on ");
  int64_t day;
  if (upstream.len <= mark.len + DATE_LEN)
    return false;
  fm_str date = fm_str_from(upstream, upstream.len - DATE_LEN);
  fm_str before = {upstream.ptr, upstream.len - DATE_LEN};
  return fm_str_ends(before, mark) && fm_date_parse_day(date, &day);
}

bool fm_legacy_from_page(fm_str upstream, const fm_upstream_meta *meta, fm_str head,
                         fm_arena *arena, fm_legacy_state *state)
{
  fm_buf text;
  fm_jsonw j = {.out = &text};
  bool bare = head.len == 0 && meta->fetched == FM_NO_TIME && meta->changed == FM_NO_TIME &&
              meta->next_try == FM_NO_TIME && meta->failures == 0 && meta->failure.len == 0;
  if (!bare || meta->read == FM_NO_TIME || !is_note(upstream))
    return false;
  state->key = fm_arena_printf(arena, "backfill/%.*s", FM_FMT(upstream));
  fm_buf_init(&text, FM_STATE_VALUE_MAX);
  fm_jsonw_open(&j, NULL, '{');
  put_time(&j, "read", meta->read);
  if (meta->etag.len) /* it held the date of the day before */
    fm_jsonw_text(&j, "before", meta->etag);
  fm_jsonw_close(&j, '}');
  return finish(&text, arena, state);
}

static bool all_hidden(const fm_export_line *line)
{
  size_t count = 0;
  for (size_t i = 0; i < line->nplaces; i++)
    count += fm_legacy_hidden(line->places[i].upstream);
  return count && count == line->nplaces;
}

static void become(fm_export_line *line, bool is, const fm_legacy_state *state, int64_t used)
{
  if (is)
    *line = (fm_export_line){.kind = FM_LINE_STATE, .key = state->key, .value = state->value,
                      .used = used};
  else
    *line = (fm_export_line){.kind = FM_LINE_FIRST, .number = FM_EXPORT_VERSION};
}

int fm_legacy_line(fm_export_line *line, fm_arena *arena, fm_why *why)
{
  fm_entry entry;
  fm_legacy_state state;
  if (line->kind == FM_LINE_UPSTREAM &&
      fm_legacy_from_page(line->upstream, &line->meta, line->head, arena, &state)) {
    become(line, true, &state, line->meta.read);
  } else if (line->kind == FM_LINE_ENTRY && all_hidden(line)) {
    int error = fm_entry_decode(line->data, arena, &entry, why);
    if (error)
      return error;
    const fm_export_place *place = &line->places[0];
    become(line, fm_legacy_from_entry(place->upstream, &entry, arena, &state), &state,
           place->last_seen);
  } else if ((line->kind == FM_LINE_UPSTREAM || line->kind == FM_LINE_ARCHIVE) &&
             fm_legacy_hidden(line->upstream)) {
    become(line, false, NULL, 0);
  }
  return 0;
}
