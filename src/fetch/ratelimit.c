/* Parses RateLimit fields (IETF httpapi draft "RateLimit header fields for HTTP").
 * Lenient, not as structured fields (RFC 9651): a large host sends a policy that those
 * forbid. */

#include "base/str.h"
#include "fetch/budget.h"

enum { MAX_NUMBER = 1000000000 }; /* a larger number is not taken for a count or a time */

/* Cuts off the next piece up to the separator; quoted strings are skipped. False at the
 * end. */
static bool cut(fm_str *rest, char separator, fm_str *piece)
{
  if (rest->len == 0)
    return false;
  bool quoted = false;
  size_t n = 0;
  for (; n < rest->len && (quoted || rest->ptr[n] != separator); n++) {
    if (rest->ptr[n] == '"')
      quoted = !quoted;
    else if (quoted && rest->ptr[n] == '\\' && n + 1 < rest->len)
      n++;
  }
  *piece = fm_str_trim((fm_str){rest->ptr, n});
  *rest = fm_str_from(*rest, n < rest->len ? n + 1 : n);
  return true;
}

static bool number(fm_str text, int64_t *value)
{
  uint64_t n;
  if (!fm_str_number(text, MAX_NUMBER, &n))
    return false;
  *value = (int64_t)n;
  return true;
}

/* name=number */
static bool parameter(fm_str piece, const char *name, int64_t *value)
{
  const char *equals = piece.len ? memchr(piece.ptr, '=', piece.len) : NULL;
  return equals && fm_str_is(fm_str_trim(fm_str_span(piece.ptr, equals)), name) &&
         number(fm_str_trim(fm_str_span(equals + 1, piece.ptr + piece.len)), value);
}

/* "pages";r=95;t=244, "daily";r=1;t=9000 */
static bool parse_limit(fm_budget *budget, fm_str value)
{
  bool any = false;
  fm_str item, piece;
  while (cut(&value, ',', &item)) {
    int64_t remaining = -1, reset = -1;
    while (cut(&item, ';', &piece)) {
      if (!parameter(piece, "r", &remaining))
        parameter(piece, "t", &reset);
    }
    if (remaining < 0 || (any && remaining >= budget->remaining))
      continue;
    budget->remaining = remaining;
    budget->reset = reset;
    any = true;
  }
  return any;
}

/* limit=100, remaining=50, reset=5 (draft 7, 2023) */
static bool parse_limit_2023(fm_budget *budget, fm_str value)
{
  int64_t limit = -1, remaining = -1, reset = -1;
  fm_str piece;
  while (cut(&value, ',', &piece)) {
    if (!parameter(piece, "limit", &limit) && !parameter(piece, "remaining", &remaining))
      parameter(piece, "reset", &reset);
  }
  if (remaining < 0)
    return false;
  budget->remaining = remaining;
  budget->reset = reset;
  if (limit >= 0)
    budget->quota = limit;
  return true;
}

/* "burst";q=100;w=60, or 100;w=60 as it was until 2023. The policy with the
 * lowest quota counts. */
static bool parse_policy(fm_budget *budget, fm_str value)
{
  bool any = false;
  fm_str item, piece;
  while (cut(&value, ',', &item)) {
    int64_t quota = -1, window = -1;
    while (cut(&item, ';', &piece)) {
      if (!parameter(piece, "q", &quota) && !parameter(piece, "w", &window) && quota < 0)
        number(piece, &quota);
    }
    if (quota < 0 || (any && quota >= budget->quota))
      continue;
    budget->quota = quota;
    budget->window = window;
    any = true;
  }
  return any;
}

/* 100, or 100, 100;w=60: the first number is the present quota. */
static bool parse_quota(fm_budget *budget, fm_str value)
{
  fm_str first;
  return cut(&value, ',', &first) && number(first, &budget->quota);
}

bool fm_budget_parse_field(fm_budget *budget, fm_str name, fm_str value)
{
  value = fm_str_trim(value);
  if (fm_str_ieq(name, FM_STR("RateLimit")))
    return parse_limit(budget, value) || parse_limit_2023(budget, value);
  if (fm_str_ieq(name, FM_STR("RateLimit-Policy")))
    return parse_policy(budget, value);
  if (fm_str_ieq(name, FM_STR("RateLimit-Limit")))
    return parse_quota(budget, value);
  if (fm_str_ieq(name, FM_STR("RateLimit-Remaining")))
    return number(value, &budget->remaining);
  if (fm_str_ieq(name, FM_STR("RateLimit-Reset")))
    return number(value, &budget->reset);
  return false;
}
