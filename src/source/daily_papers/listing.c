/* Addresses of Daily Papers to listings, and back. */
#include "source/daily_papers/daily_papers.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "dom/text.h"

enum { QUERY_MAX = 256, DAY = 24 * 60 * 60 };

/* The parameters; ptr NULL: not given. */
struct params {
  fm_str date, query;
};

static int parse_params(const fm_param *params, size_t count, struct params *out, fm_why *why)
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

static int parse_date(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  int64_t time;
  if (!fm_date_parse_day(text, &time))
    return fm_fail(why, FM_E_BAD_ADDRESS, "date: \"%.*s\" is not a day (YYYY-MM-DD)", FM_FMT(text));
  *listing = (fm_listing){.kind = FM_LISTING_DATE, .name = fm_arena_str(arena, text)};
  return FM_OK;
}

static int parse_week(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  int64_t time;
  if (!fm_date_parse_week(text, &time))
    return fm_fail(why, FM_E_BAD_ADDRESS, "week: \"%.*s\" is not a week (YYYY-Www, ISO 8601)",
                   FM_FMT(text));
  *listing = (fm_listing){.kind = FM_LISTING_WEEK, .name = fm_arena_str(arena, text)};
  return FM_OK;
}

static int parse_month(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  int64_t time;
  if (!fm_date_parse_month(text, &time))
    return fm_fail(why, FM_E_BAD_ADDRESS, "month: \"%.*s\" is not a month (YYYY-MM)", FM_FMT(text));
  *listing = (fm_listing){.kind = FM_LISTING_MONTH, .name = fm_arena_str(arena, text)};
  return FM_OK;
}

/* White space is folded, so that "a  b " and "a b" are one search. */
static int parse_query(fm_str text, fm_arena *arena, fm_str *query, fm_why *why)
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
  *query = (fm_str){line, len};
  return FM_OK;
}

static int parse_front(struct params params, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  if (params.query.ptr && params.date.ptr)
    return fm_fail(why, FM_E_BAD_ADDRESS, "q: a search is of all days, leave out date");
  if (params.query.ptr) {
    *listing = (fm_listing){.kind = FM_LISTING_SEARCH};
    return parse_query(params.query, arena, &listing->query, why);
  }
  if (params.date.ptr)
    return parse_date(params.date, arena, listing, why);
  *listing = (fm_listing){.kind = FM_LISTING_TODAY};
  return FM_OK;
}

static fm_listing current(enum fm_listing_kind kind, int64_t now, fm_arena *arena)
{
  char name[16] = "";
  if (now != FM_NO_TIME)
    (kind == FM_LISTING_WEEK ? fm_date_week : fm_date_month)(now, name);
  return (fm_listing){.kind = kind, .name = fm_arena_str(arena, fm_str_of(name)), .current = true};
}

/* `rest` is the path below /papers/. */
static int parse_below(fm_str rest, int64_t now, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  static const struct {
    fm_str prefix;
    int (*parse)(fm_str text, fm_arena *arena, fm_listing *listing, fm_why *why);
  } kinds[] = {{{"date/", 5}, parse_date}, {{"week/", 5}, parse_week}, {{"month/", 6}, parse_month}};
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
        return kinds[i].parse(name, arena, listing, why);
    }
    return fm_fail(why, FM_E_NOT_FOUND, "no listing of Daily Papers: /papers/%.*s", FM_FMT(rest));
  }
  return FM_OK;
}

/* The site's search box keeps the path of trending, weeks and months. */
static int add_query(struct params params, fm_arena *arena, fm_listing *listing, fm_why *why)
{
  if (params.date.ptr)
    return fm_fail(why, FM_E_BAD_ADDRESS, "date: only /papers takes it");
  if (!params.query.ptr)
    return FM_OK;
  if (listing->kind == FM_LISTING_DATE)
    return fm_fail(why, FM_E_BAD_ADDRESS, "q: a day's listing has no search");
  return parse_query(params.query, arena, &listing->query, why);
}

int fm_listing_parse(fm_str path, const fm_param *params, size_t nparams, int64_t now,
                    fm_arena *arena, fm_listing *listing, fm_why *why)
{
  struct params given = {{NULL, 0}, {NULL, 0}};
  fm_listing found;
  bool front = fm_str_is(path, "/papers");
  if (!front && !fm_str_starts(path, FM_STR("/papers/")))
    return fm_fail(why, FM_E_NOT_FOUND, "no listing of Daily Papers: %.*s", FM_FMT(path));
  int error = FM_OK;
  if (!front) /* an unknown path is 404, whatever its parameters */
    error = parse_below(fm_str_from(path, strlen("/papers/")), now, arena, &found, why);
  if (!error)
    error = parse_params(params, nparams, &given, why);
  if (!error && front)
    error = parse_front(given, arena, &found, why);
  else if (!error)
    error = add_query(given, arena, &found, why);
  if (!error)
    *listing = found;
  return error;
}

fm_str fm_daily_encode(fm_str text, fm_arena *arena)
{
  fm_buf buf;
  fm_buf_init(&buf, FM_BUF_MAX);
  fm_buf_percent(&buf, text);
  fm_str copy = fm_arena_str(arena, fm_buf_view(&buf));
  fm_buf_deinit(&buf);
  return copy;
}

fm_str fm_listing_address(const fm_listing *listing, enum fm_address_form form, fm_arena *arena)
{
  static const char *const paths[] = {
    [FM_LISTING_UNKNOWN] = "",      [FM_LISTING_TODAY] = "",        [FM_LISTING_DATE] = "/date",
    [FM_LISTING_WEEK] = "/week",    [FM_LISTING_MONTH] = "/month",
    [FM_LISTING_TRENDING] = "/trending", [FM_LISTING_SEARCH] = "",
  };
  fm_str name = listing->name, query = listing->query;
  if (listing->current && form != FM_ADDRESS_URL)
    name = (fm_str){"", 0};
  if (form != FM_ADDRESS_KEY)
    query = fm_daily_encode(query, arena);
  return fm_arena_printf(arena, "/papers%s%s%.*s%s%.*s", paths[listing->kind], name.len ? "/" : "",
                         FM_FMT(name), query.len ? "?q=" : "", FM_FMT(query));
}

int64_t fm_listing_end(const fm_listing *listing)
{
  int64_t start;
  if (!listing->current)
    return FM_NO_TIME;
  if (listing->kind == FM_LISTING_WEEK && fm_date_parse_week(listing->name, &start))
    return start + 7 * DAY;
  if (listing->kind != FM_LISTING_MONTH || !fm_date_parse_month(listing->name, &start))
    return FM_NO_TIME;
  fm_civil next = fm_date_to_civil(start);
  next.year += next.month == 12;
  next.month = next.month % 12 + 1;
  return fm_date_from_civil(next);
}
