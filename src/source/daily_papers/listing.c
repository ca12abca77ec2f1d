/* Addresses of Daily Papers to listings, and back. */
#include "source/daily_papers/daily_papers.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "dom/text.h"

enum { QUERY_MAX = 256 };

/* What the parameters say; ptr NULL: not given. */
struct params {
  fm_str date, query;
};

static int read_params(const fm_param *params, size_t count, struct params *out, fm_why *why)
{
  for (size_t i = 0; i < count; i++) {
    fm_str name = params[i].name, value = params[i].value;
    fm_str *slot = fm_str_is(name, "date") ? &out->date : fm_str_is(name, "q") ? &out->query : NULL;
    if (!slot)
      return fm_fail(why, FM_E_BAD_ADDRESS, "unknown parameter \"%.*s\"", FM_FMT(name));
    if (slot->ptr)
      return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: given twice", FM_FMT(name));
    *slot = value.ptr ? value : FM_STR("");
  }
  return FM_OK;
}

static int read_date(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  int64_t time;
  if (!fm_date_parse_day(text, &time))
    return fm_fail(why, FM_E_BAD_ADDRESS, "date: \"%.*s\" is not a day (YYYY-MM-DD)", FM_FMT(text));
  *listing = (fm_listing){FM_LISTING_DATE, fm_arena_str(arena, text)};
  return FM_OK;
}

static int read_week(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  int64_t time;
  if (!fm_date_parse_week(text, &time))
    return fm_fail(why, FM_E_BAD_ADDRESS, "week: \"%.*s\" is not a week (YYYY-Www, ISO 8601)",
                   FM_FMT(text));
  *listing = (fm_listing){FM_LISTING_WEEK, fm_arena_str(arena, text)};
  return FM_OK;
}

static int read_month(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  int64_t time;
  if (!fm_date_parse_month(text, &time))
    return fm_fail(why, FM_E_BAD_ADDRESS, "month: \"%.*s\" is not a month (YYYY-MM)", FM_FMT(text));
  *listing = (fm_listing){FM_LISTING_MONTH, fm_arena_str(arena, text)};
  return FM_OK;
}

/* One text for one search: white space folded, so that "a  b " is "a b". */
static int read_query(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  if (!fm_utf8_valid(text))
    return fm_fail(why, FM_E_BAD_ADDRESS, "q: not UTF-8");
  char *line = fm_arena_raw(arena, text.len + 1);
  size_t len = fm_text_fold(text, line);
  if (len == 0)
    return fm_fail(why, FM_E_BAD_ADDRESS, "q: nothing to search for");
  if (len > QUERY_MAX)
    return fm_fail(why, FM_E_BAD_ADDRESS, "q: longer than %d bytes", QUERY_MAX);
  line[len] = 0;
  *listing = (fm_listing){FM_LISTING_SEARCH, {line, len}};
  return FM_OK;
}

static int read_front(struct params params, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  if (params.query.ptr && params.date.ptr)
    return fm_fail(why, FM_E_BAD_ADDRESS, "q: a search is of all days, leave out date");
  if (params.query.ptr)
    return read_query(params.query, arena, listing, why);
  if (params.date.ptr)
    return read_date(params.date, arena, listing, why);
  *listing = (fm_listing){.kind = FM_LISTING_TODAY};
  return FM_OK;
}

static fm_listing current(enum fm_listing_kind kind, int64_t now, fm_arena *arena)
{
  char name[16] = "";
  if (now != FM_NO_TIME)
    (kind == FM_LISTING_WEEK ? fm_date_week : fm_date_month)(now, name);
  return (fm_listing){kind, fm_arena_str(arena, fm_str_of(name))};
}

/* What stands below /papers/. */
static int read_below(fm_str rest, int64_t now, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  static const struct {
    fm_str prefix;
    int (*read)(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why);
  } kinds[] = {{{"date/", 5}, read_date}, {{"week/", 5}, read_week}, {{"month/", 6}, read_month}};
  if (fm_str_is(rest, "trending"))
    *listing = (fm_listing){.kind = FM_LISTING_TRENDING};
  else if (fm_str_is(rest, "week"))
    *listing = current(FM_LISTING_WEEK, now, arena);
  else if (fm_str_is(rest, "month"))
    *listing = current(FM_LISTING_MONTH, now, arena);
  else {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
      fm_str name = fm_str_from(rest, kinds[i].prefix.len);
      if (name.len && fm_str_starts(rest, kinds[i].prefix) && !memchr(name.ptr, '/', name.len))
        return kinds[i].read(name, arena, listing, why);
    }
    return fm_fail(why, FM_E_NOT_FOUND, "no listing of Daily Papers: /papers/%.*s", FM_FMT(rest));
  }
  return FM_OK;
}

int fm_listing_read(fm_str path, const fm_param *params, size_t nparams, int64_t now,
                    fm_arena *arena, fm_listing *listing, fm_why *why)
{
  struct params given = {{NULL, 0}, {NULL, 0}};
  fm_listing found;
  bool front = fm_str_is(path, "/papers");
  if (!front && !fm_str_starts(path, FM_STR("/papers/")))
    return fm_fail(why, FM_E_NOT_FOUND, "no listing of Daily Papers: %.*s", FM_FMT(path));
  int error = FM_OK;
  if (!front) /* what is no address at all is 404, whatever its parameters */
    error = read_below(fm_str_from(path, strlen("/papers/")), now, arena, &found, why);
  if (!error)
    error = read_params(params, nparams, &given, why);
  if (!error && front)
    error = read_front(given, arena, &found, why);
  else if (!error && (given.date.ptr || given.query.ptr))
    error = fm_fail(why, FM_E_BAD_ADDRESS, "%s: only /papers takes it",
                    given.date.ptr ? "date" : "q");
  if (!error)
    *listing = found;
  return error;
}

static fm_str encoded(fm_str text, fm_arena *arena)
{
  fm_buf buf;
  fm_buf_init(&buf, FM_BUF_MAX);
  fm_buf_percent(&buf, text);
  fm_str copy = fm_arena_str(arena, fm_buf_view(&buf));
  fm_buf_deinit(&buf);
  return copy;
}

fm_str fm_listing_address(const fm_listing *listing, bool plain, fm_arena *arena)
{
  fm_str name = listing->name;
  const char *slash = name.len ? "/" : "";
  switch (listing->kind) {
    case FM_LISTING_DATE: return fm_arena_printf(arena, "/papers/date/%.*s", FM_FMT(name));
    case FM_LISTING_WEEK: return fm_arena_printf(arena, "/papers/week%s%.*s", slash, FM_FMT(name));
    case FM_LISTING_MONTH:
      return fm_arena_printf(arena, "/papers/month%s%.*s", slash, FM_FMT(name));
    case FM_LISTING_TRENDING: return FM_STR("/papers/trending");
    case FM_LISTING_SEARCH:
      name = plain ? name : encoded(name, arena);
      return fm_arena_printf(arena, "/papers?q=%.*s", FM_FMT(name));
    case FM_LISTING_TODAY: case FM_LISTING_UNKNOWN: break;
  }
  return FM_STR("/papers");
}
