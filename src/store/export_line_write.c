/* Writes one line of an export. */
#include "store/export_line.h"

#include "base/date.h"
#include "base/str.h"
#include "feed/jsonw.h"
#include <inttypes.h>

static void put_number(fm_jsonw *j, const char *name, int64_t number)
{
  fm_jsonw_next(j, name);
  fm_buf_addf(j->out, "%" PRId64, number);
}

static void put_time(fm_jsonw *j, const char *name, int64_t time)
{
  if (time != FM_NO_TIME)
    put_number(j, name, time);
}

static void put_text(fm_jsonw *j, const char *name, fm_str text)
{
  if (text.len)
    fm_jsonw_text(j, name, text);
}

static void put_json(fm_jsonw *j, const char *name, fm_str json)
{
  if (!json.len)
    return;
  fm_jsonw_next(j, name);
  fm_buf_str(j->out, json);
}

static void put_month(fm_jsonw *j, const char *name, int64_t month)
{
  char text[16];
  if (month == FM_NO_TIME)
    return;
  fm_date_month(month, text);
  fm_jsonw_text(j, name, fm_str_of(text));
}

static void put_entry(fm_jsonw *j, const fm_export_line *line)
{
  fm_jsonw_text(j, "entry", line->id);
  fm_jsonw_text(j, "source", line->source);
  put_time(j, "first_seen", line->first_seen);
  put_time(j, "changed", line->changed);
  fm_jsonw_next(j, "fingerprint");
  fm_buf_addf(j->out, "\"%016" PRIx64 "\"", line->fingerprint);
  fm_jsonw_open(j, "pages", '[');
  for (size_t i = 0; i < line->nplaces; i++) {
    fm_jsonw_open(j, NULL, '{');
    fm_jsonw_text(j, "page", line->places[i].upstream);
    put_time(j, "first_seen", line->places[i].first_seen);
    put_time(j, "last_seen", line->places[i].last_seen);
    put_month(j, "archive", line->places[i].archive);
    fm_jsonw_close(j, '}');
  }
  fm_jsonw_close(j, ']');
  put_json(j, "data", line->data);
}

static void put_upstream(fm_jsonw *j, const fm_export_line *line)
{
  const fm_upstream_meta *meta = &line->meta;
  fm_jsonw_text(j, "page", line->upstream);
  put_text(j, "url", meta->url);
  put_text(j, "etag", meta->etag);
  put_text(j, "last_modified", meta->last_modified);
  put_time(j, "fetched", meta->fetched);
  put_time(j, "changed", meta->changed);
  put_time(j, "read", meta->read);
  put_time(j, "next_try", meta->next_try);
  put_number(j, "failures", meta->failures);
  put_text(j, "failure", meta->failure);
  put_month(j, "sealed", line->sealed);
  put_json(j, "head", line->head);
  fm_jsonw_open(j, "here", '[');
  for (size_t i = 0; i < line->nlisted; i++)
    fm_jsonw_text(j, NULL, line->listed[i]);
  fm_jsonw_close(j, ']');
}

static void put_archive(fm_jsonw *j, const fm_export_line *line)
{
  put_month(j, "archive", line->month);
  fm_jsonw_text(j, "page", line->upstream);
  put_time(j, "sealed", line->sealed);
  put_number(j, "count", (int64_t)line->count);
  put_time(j, "last_seen", line->last_seen);
  put_number(j, "part", (int64_t)line->part);
  fm_jsonw_open(j, "entries", '[');
  for (size_t i = 0; i < line->nrecords; i++)
    put_json(j, NULL, line->records[i]);
  fm_jsonw_close(j, ']');
}

static void put_view(fm_jsonw *j, const fm_export_line *line)
{
  fm_jsonw_text(j, "view", line->view);
  fm_jsonw_text(j, "page", line->upstream);
  put_time(j, "used", line->used);
  fm_jsonw_open(j, "entered", '[');
  for (size_t i = 0; i < line->nentered; i++) {
    fm_jsonw_open(j, NULL, '{');
    fm_jsonw_text(j, "entry", line->entered[i].id);
    put_time(j, "at", line->entered[i].at);
    fm_jsonw_close(j, '}');
  }
  fm_jsonw_close(j, ']');
}

static bool is_text(fm_str value)
{
  return fm_utf8_valid(value) && !(value.len && memchr(value.ptr, 0, value.len));
}

static void put_state(fm_jsonw *j, const fm_export_line *line)
{
  fm_jsonw_text(j, "state", line->key);
  put_time(j, "used", line->used);
  if (is_text(line->value)) {
    fm_jsonw_text(j, "value", line->value);
    return;
  }
  fm_jsonw_next(j, "hex");
  fm_buf_char(j->out, '"');
  for (size_t i = 0; i < line->value.len; i++)
    fm_buf_addf(j->out, "%02x", (unsigned char)line->value.ptr[i]);
  fm_buf_char(j->out, '"');
}

int fm_export_line_write(const fm_export_line *line, fm_buf *out)
{
  fm_jsonw j = {.out = out};
  fm_jsonw_open(&j, NULL, '{');
  switch (line->kind) {
  case FM_LINE_FIRST: put_number(&j, "feedmill", FM_EXPORT_VERSION); break;
  case FM_LINE_ENTRY: put_entry(&j, line); break;
  case FM_LINE_UPSTREAM: put_upstream(&j, line); break;
  case FM_LINE_ARCHIVE: put_archive(&j, line); break;
  case FM_LINE_VIEW: put_view(&j, line); break;
  case FM_LINE_STATE: put_state(&j, line); break;
  case FM_LINE_END: put_number(&j, "end", (int64_t)line->number); break;
  }
  fm_jsonw_close(&j, '}');
  fm_buf_char(out, '\n');
  return out->full ? FM_E_TOO_BIG : 0;
}
