/* Parses the header fields of a response: validators, charset, Retry-After, rate limit. */

#include "base/clock.h"
#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/transfer.h"

enum { FIELD_MAX = 512, CHARSET_MAX = 40, RETRY_MAX = 30 * 24 * 3600, FIELDS_MAX = 8 };

/* The field of the last response; not of a redirect, a 1xx or a trailer. */
static fm_str field(CURL *easy, const char *name, size_t at)
{
  struct curl_header *header;
  if (curl_easy_header(easy, name, at, CURLH_HEADER, -1, &header) != CURLHE_OK)
    return (fm_str){NULL, 0};
  return fm_str_trim(fm_str_of(header->value));
}

/* A validator to send back: unchanged, or none if it is long or not printable. */
static fm_str validator(fm_transfer *t, const char *name)
{
  fm_str value = field(t->job.easy, name, 0);
  for (size_t i = 0; i < value.len; i++) {
    if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f)
      return (fm_str){NULL, 0};
  }
  if (value.len == 0 || value.len > FIELD_MAX)
    return (fm_str){NULL, 0};
  return fm_arena_str(&t->arena, value);
}

/* RFC 9110 section 8.3: type/subtype; name=value; ... */
static fm_str charset_of(fm_str type)
{
  fm_str piece;
  fm_str_cut(&type, ';', &piece);
  while (type.len && fm_str_cut(&type, ';', &piece)) {
    piece = fm_str_trim(piece);
    if (piece.len < 8 || !fm_str_ieq((fm_str){piece.ptr, 8}, FM_STR("charset=")))
      continue;
    piece = fm_str_from(piece, 8);
    if (piece.len > 1 && piece.ptr[0] == '"' && piece.ptr[piece.len - 1] == '"')
      piece = (fm_str){piece.ptr + 1, piece.len - 2};
    if (piece.len && piece.len <= CHARSET_MAX)
      return piece;
  }
  return (fm_str){NULL, 0};
}

/* RFC 9110 section 10.2.3; a date is compared with the host's own Date, if there is one. */
static int64_t retry_after(CURL *easy)
{
  fm_str value = field(easy, "Retry-After", 0), date = field(easy, "Date", 0);
  uint64_t seconds;
  int64_t then, now;
  if (value.len == 0)
    return -1;
  if (!fm_str_number(value, UINT64_MAX, &seconds)) {
    if (!fm_date_parse_http(value, &then))
      return -1;
    if (!date.len || !fm_date_parse_http(date, &now))
      now = fm_clock_wall();
    seconds = then > now ? (uint64_t)(then - now) : 0;
  }
  return seconds < RETRY_MAX ? (int64_t)seconds : RETRY_MAX;
}

/* The key of the one budget that the request counted in, for fm_hosts_block. */
static fm_str budget_name(fm_transfer *t)
{
  bool named = t->spec.budget_key.len > t->spec.origin.len;
  return named ? t->spec.budget_key : fm_arena_printf(&t->arena, "%.*s ", FM_FMT(t->spec.origin));
}

/* Retry-After of a 429 (RFC 6585 section 4) or a 503 (RFC 9110 section 15.6.4) blocks the
 * whole host, because hosts count by client address. But a 429 with a RateLimit field
 * blocks only the budget that the request counted in. */
static void apply_retry_after(fm_transfer *t, fm_str origin, bool said)
{
  int64_t wait = t->result.retry_after;
  bool many = t->status == 429;
  if (many && wait < 0 && !said)
    t->result.retry_after = wait = FM_PACE_DEFAULT_MS / 1000;
  if ((!many && t->status != 503) || wait <= 0)
    return;
  fm_str name = many && said ? budget_name(t) : origin;
  fm_hosts_block(&t->transport->hosts, name, wait * 1000);
  t->result.blocked = fm_arena_str(&t->arena, name);
}

static bool report_budget(fm_transfer *t)
{
  static const char *const names[] = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
                                      "RateLimit-Policy", "RateLimit"};
  fm_budget budget = FM_BUDGET_NONE;
  bool any = false;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    fm_str value;
    for (size_t at = 0; at < FIELDS_MAX && (value = field(t->job.easy, names[i], at)).len; at++)
      any |= fm_budget_parse_field(&budget, fm_str_of(names[i]), value);
  }
  budget.at = fm_clock_mono_ms();
  if (any)
    fm_permit_report(&t->transport->hosts, &t->permit, &budget);
  return budget.remaining >= 0;
}

/* After a redirect to another host the response speaks for that host. */
static void apply_rate_limit(fm_transfer *t)
{
  fm_arena arena = {0};
  fm_str origin = t->spec.origin;
  bool ours = fm_url_origin(t->result.url, &arena, &origin) || fm_str_eq(origin, t->spec.origin);
  apply_retry_after(t, origin, ours && report_budget(t));
  fm_arena_deinit(&arena);
}

void fm_transfer_parse_fields(fm_transfer *t)
{
  char *url = NULL, *type = NULL;
  curl_easy_getinfo(t->job.easy, CURLINFO_EFFECTIVE_URL, &url);
  if (url && !fm_str_eq(fm_str_of(url), t->spec.url))
    t->result.url = fm_arena_str(&t->arena, fm_str_of(url));
  curl_easy_getinfo(t->job.easy, CURLINFO_CONTENT_TYPE, &type);
  if (type)
    t->result.charset = fm_arena_str(&t->arena, charset_of(fm_str_of(type)));
  t->result.etag = validator(t, "ETag");
  t->result.last_modified = validator(t, "Last-Modified");
  t->result.retry_after = retry_after(t->job.easy);
  apply_rate_limit(t);
}
