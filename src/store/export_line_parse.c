/* Parses one line of an export. */
#include "store/export_line.h"

#include "base/date.h"
#include "base/json.h"
#include "base/str.h"
#include <stdlib.h>

typedef struct reading {
  fm_arena *arena;
  fm_export_line *line;
  fm_export_place *place; /* the one that is being parsed */
  fm_entered *entered; /* likewise */
  bool kind; /* the kind of the line is known */
} reading;

/* A value's JSON text. */
static int read_raw(fm_json *j, fm_str *raw)
{
  const char *from = j->at;
  int got = fm_json_skip(j);
  if (got > 0)
    *raw = fm_str_trim(fm_str_span(from, j->at));
  return got;
}

static int read_month(fm_json *j, int64_t *month)
{
  fm_str text;
  int got = fm_json_string(j, &text);
  if (got > 0)
    fm_date_parse_month(text, month);
  return got;
}

static int read_size(fm_json *j, size_t *size)
{
  int64_t number;
  int got = fm_json_int(j, &number);
  if (got > 0 && number >= 0)
    *size = (size_t)number;
  return got;
}

static int be(reading *r, enum fm_export_line_kind kind)
{
  r->line->kind = kind;
  r->kind = true;
  return 1;
}

/* Defines the parser of a key's value, an expression of `j` and `r`. */
#define READER(name, value)                      \
  static int read_##name(fm_json *j, void *into) \
  {                                              \
    reading *r = into;                           \
    return value;                                \
  }

READER(feedmill, be(r, FM_LINE_FIRST) ? read_size(j, &r->line->number) : 0)
READER(view, be(r, FM_LINE_VIEW) ? fm_json_string(j, &r->line->view) : 0)
READER(entered_id, fm_json_string(j, &r->entered->id))
READER(entered_at, fm_json_int(j, &r->entered->at))
READER(state, be(r, FM_LINE_STATE) ? fm_json_string(j, &r->line->key) : 0)
READER(used, fm_json_int(j, &r->line->used))
READER(end, be(r, FM_LINE_END) ? read_size(j, &r->line->number) : 0)
READER(entry, be(r, FM_LINE_ENTRY) ? fm_json_string(j, &r->line->id) : 0)
READER(archive, be(r, FM_LINE_ARCHIVE) ? read_month(j, &r->line->month) : 0)
/* First in the line of an upstream; in an archive's line it names the upstream. */
READER(upstream, r->kind || be(r, FM_LINE_UPSTREAM) ? fm_json_string(j, &r->line->upstream) : 0)
READER(source, fm_json_string(j, &r->line->source))
READER(first_seen, fm_json_int(j, &r->line->first_seen))
READER(last_seen, fm_json_int(j, &r->line->last_seen))
READER(changed, fm_json_int(j, r->line->kind == FM_LINE_UPSTREAM ? &r->line->meta.changed
                                                                 : &r->line->changed))
READER(data, read_raw(j, &r->line->data))
READER(head, read_raw(j, &r->line->head))
READER(url, fm_json_string(j, &r->line->meta.url))
READER(etag, fm_json_string(j, &r->line->meta.etag))
READER(last_modified, fm_json_string(j, &r->line->meta.last_modified))
READER(fetched, fm_json_int(j, &r->line->meta.fetched))
READER(read, fm_json_int(j, &r->line->meta.read))
READER(next_try, fm_json_int(j, &r->line->meta.next_try))
READER(failure, fm_json_string(j, &r->line->meta.failure))
READER(count, read_size(j, &r->line->count))
READER(part, read_size(j, &r->line->part))
READER(sealed, r->line->kind == FM_LINE_UPSTREAM ? read_month(j, &r->line->sealed)
                                                 : fm_json_int(j, &r->line->sealed))
READER(place_page, fm_json_string(j, &r->place->upstream))
READER(place_first, fm_json_int(j, &r->place->first_seen))
READER(place_last, fm_json_int(j, &r->place->last_seen))
READER(place_archive, read_month(j, &r->place->archive))

static int read_failures(fm_json *j, void *into)
{
  size_t failures = 0;
  int got = read_size(j, &failures);
  ((reading *)into)->line->meta.failures = (uint32_t)failures;
  return got;
}

static int read_fingerprint(fm_json *j, void *into)
{
  reading *r = into;
  fm_str text;
  int got = fm_json_string(j, &text);
  if (got > 0)
    r->line->fingerprint = strtoull(fm_arena_str(r->arena, text).ptr, NULL, 16);
  return got;
}

static int read_value(fm_json *j, void *into)
{
  reading *r = into;
  int got = fm_json_string(j, &r->line->value);
  if (got > 0 && !r->line->value.ptr)
    r->line->value = FM_STR("");
  return got;
}

static int nibble(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_hex(fm_json *j, void *into)
{
  reading *r = into;
  fm_str text;
  int got = fm_json_string(j, &text);
  if (got <= 0)
    return got;
  char *bytes = fm_arena_raw(r->arena, text.len / 2 + 1);
  for (size_t i = 0; i + 1 < text.len; i += 2) {
    int high = nibble(text.ptr[i]), low = nibble(text.ptr[i + 1]);
    if (high < 0 || low < 0)
      return got; /* the line is refused, because it has no value */
    bytes[i / 2] = (char)(high * 16 + low);
  }
  r->line->value = (fm_str){bytes, text.len / 2};
  return got;
}

#define FIELD(key, name) {{"" key, sizeof key - 1}, read_##name}

static const fm_json_field place_fields[] = {
  FIELD("page", place_page), FIELD("first_seen", place_first), FIELD("last_seen", place_last),
  FIELD("archive", place_archive)};

static int read_places(fm_json *j, void *into)
{
  reading *r = into;
  fm_export_line *line = r->line;
  size_t room = 0;
  int got = fm_json_array(j);
  while (got > 0 && (got = fm_json_next(j)) > 0) {
    r->place = FM_PUSH(r->arena, line->places, line->nplaces, room);
    *r->place = (fm_export_place){{NULL, 0}, FM_NO_TIME, FM_NO_TIME, FM_NO_TIME};
    if (fm_json_fields(j, place_fields, sizeof place_fields / sizeof *place_fields, r) < 0)
      return FM_E_SYNTAX;
  }
  return got < 0 ? got : 1;
}

static const fm_json_field entered_fields[] = {FIELD("entry", entered_id), FIELD("at", entered_at)};

static int read_entered(fm_json *j, void *into)
{
  reading *r = into;
  fm_export_line *line = r->line;
  size_t room = 0;
  int got = fm_json_array(j);
  while (got > 0 && (got = fm_json_next(j)) > 0) {
    r->entered = FM_PUSH(r->arena, line->entered, line->nentered, room);
    *r->entered = (fm_entered){{NULL, 0}, FM_NO_TIME};
    if (fm_json_fields(j, entered_fields, sizeof entered_fields / sizeof *entered_fields, r) < 0)
      return FM_E_SYNTAX;
  }
  return got < 0 ? got : 1;
}

static int read_here(fm_json *j, void *into)
{
  reading *r = into;
  fm_export_line *line = r->line;
  size_t room = 0;
  int got = fm_json_array(j);
  while (got > 0 && (got = fm_json_next(j)) > 0)
    if (fm_json_string(j, FM_PUSH(r->arena, line->listed, line->nlisted, room)) < 0)
      return FM_E_SYNTAX;
  return got < 0 ? got : 1;
}

static int read_entries(fm_json *j, void *into)
{
  reading *r = into;
  fm_export_line *line = r->line;
  size_t room = 0;
  int got = fm_json_array(j);
  while (got > 0 && (got = fm_json_next(j)) > 0)
    if (read_raw(j, FM_PUSH(r->arena, line->records, line->nrecords, room)) < 0)
      return FM_E_SYNTAX;
  return got < 0 ? got : 1;
}

static const fm_json_field fields[] = {
  FIELD("feedmill", feedmill), FIELD("view", view), FIELD("entered", entered),
  FIELD("state", state), FIELD("used", used),
  FIELD("value", value), FIELD("hex", hex), FIELD("end", end), FIELD("entry", entry),
  FIELD("archive", archive), FIELD("page", upstream), FIELD("source", source),
  FIELD("first_seen", first_seen), FIELD("last_seen", last_seen), FIELD("changed", changed),
  FIELD("fingerprint", fingerprint), FIELD("pages", places), FIELD("data", data),
  FIELD("url", url), FIELD("etag", etag), FIELD("last_modified", last_modified),
  FIELD("fetched", fetched), FIELD("read", read), FIELD("next_try", next_try),
  FIELD("failures", failures), FIELD("failure", failure), FIELD("sealed", sealed),
  FIELD("head", head), FIELD("here", here), FIELD("count", count), FIELD("part", part),
  FIELD("entries", entries)};

/* What a line of this kind lacks; NULL: nothing. */
static const char *missing(const fm_export_line *line)
{
  switch (line->kind) {
  case FM_LINE_FIRST:
    return line->number < 1 || line->number > FM_EXPORT_VERSION ? "an export of another form"
                                                                : NULL;
  case FM_LINE_ENTRY:
    return !line->id.len || !line->source.len || !line->data.len || line->first_seen == FM_NO_TIME
               ? "an entry without id, source, first_seen or data" : NULL;
  case FM_LINE_UPSTREAM:
    return !line->upstream.len ? "a page without a name" : NULL;
  case FM_LINE_ARCHIVE:
    return !line->upstream.len || line->month == FM_NO_TIME || line->sealed == FM_NO_TIME
               ? "an archive without page, month or sealed" : NULL;
  case FM_LINE_VIEW:
    return !line->upstream.len || !line->view.len || line->view.len > FM_STATE_KEY_MAX
               ? "a view without page or name" : NULL;
  case FM_LINE_STATE:
    return !line->key.len || line->key.len > FM_STATE_KEY_MAX || !line->value.ptr ||
           line->value.len > FM_STATE_VALUE_MAX
               ? "a state without key or value, or with one too long" : NULL;
  case FM_LINE_END:
    return NULL;
  }
  return NULL;
}

int fm_export_line_parse(fm_str text, fm_arena *arena, fm_export_line *line, fm_why *why)
{
  fm_json j;
  fm_export_line got = {.first_seen = FM_NO_TIME, .changed = FM_NO_TIME, .month = FM_NO_TIME,
                 .sealed = FM_NO_TIME, .last_seen = FM_NO_TIME, .used = FM_NO_TIME,
                 .meta = {.fetched = FM_NO_TIME, .changed = FM_NO_TIME, .read = FM_NO_TIME,
                          .next_try = FM_NO_TIME}};
  reading r = {.arena = arena, .line = &got};
  fm_json_init(&j, text, arena);
  int is = fm_json_fields(&j, fields, sizeof fields / sizeof *fields, &r);
  if (fm_json_end(&j) != 0)
    return fm_json_fail(&j, why);
  if (is <= 0 || !r.kind)
    return fm_fail(why, FM_E_SYNTAX, "no line of an export");
  const char *wrong = missing(&got);
  if (wrong)
    return fm_fail(why, FM_E_SYNTAX, "%s", wrong);
  *line = got;
  return 0;
}
