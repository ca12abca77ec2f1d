/* Is a page the listing that was asked for? The host answers a day without papers with the
 * last day that has some, and may redirect to another listing. */
#include "source/daily_papers/daily_papers.h"

#include "base/date.h"
#include "base/str.h"

/* The kind that the page's `periodType` names; UNKNOWN: none, as in 2024. */
static enum fm_listing_kind kind_of_period(fm_str period)
{
  static const struct {
    const char *name;
    enum fm_listing_kind kind;
  } periods[] = {{"day", FM_LISTING_DATE}, {"week", FM_LISTING_WEEK},
                 {"month", FM_LISTING_MONTH}, {"trending", FM_LISTING_TRENDING}};
  for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
    if (fm_str_is(period, periods[i].name))
      return periods[i].kind;
  return FM_LISTING_UNKNOWN;
}

static fm_str first_of(fm_str a, fm_str b) { return a.len ? a : b; }

/* The start of a named day, week or month; false: the name is not of that kind. */
static bool start_of(enum fm_listing_kind kind, fm_str name, int64_t *start)
{
  switch (kind) {
    case FM_LISTING_WEEK: return fm_date_parse_week(name, start);
    case FM_LISTING_MONTH: return fm_date_parse_month(name, start);
    case FM_LISTING_DATE:
      if (!fm_date_parse_iso(name, start))
        return false;
      *start -= ((*start % 86400) + 86400) % 86400;
      return true;
    case FM_LISTING_UNKNOWN: case FM_LISTING_TODAY: case FM_LISTING_TRENDING:
    case FM_LISTING_SEARCH: break;
  }
  return false;
}

static bool is_day(enum fm_listing_kind kind)
{
  return kind == FM_LISTING_DATE || kind == FM_LISTING_TODAY;
}

static bool is_same_kind(enum fm_listing_kind asked, enum fm_listing_kind got)
{
  return asked == got || (is_day(asked) && is_day(got));
}

static enum fm_identity other_kind(fm_str what, fm_why *why)
{
  fm_fail(why, FM_E_NO_LIST, "the page is of another listing (%.*s)", FM_FMT(what));
  return FM_IDENTITY_OTHER;
}

enum fm_identity fm_listing_identify(const fm_listing *asked, const fm_papers *papers,
                                     const fm_page *page, fm_arena *arena, fm_why *why)
{
  fm_listing landed = {.kind = FM_LISTING_UNKNOWN};
  enum fm_listing_kind period = kind_of_period(papers->period);
  int64_t wanted, got;
  /* The page of a search names the listing in which it searched, in changing ways. */
  if (asked->kind == FM_LISTING_UNKNOWN || asked->kind == FM_LISTING_SEARCH || asked->query.len)
    return FM_IDENTITY_SAME;
  fm_listing_of_url(page->url, fm_daily_upstream(page->options, page->noptions), arena, &landed);
  if (period != FM_LISTING_UNKNOWN && !is_same_kind(asked->kind, period))
    return other_kind(papers->period, why);
  if (period == FM_LISTING_UNKNOWN && landed.kind != FM_LISTING_UNKNOWN &&
      !is_same_kind(asked->kind, landed.kind))
    return other_kind(page->url, why);
  fm_str name = first_of(first_of(papers->date_string, papers->date), landed.name);
  if (asked->current || !start_of(asked->kind, asked->name, &wanted) ||
      !start_of(asked->kind, name, &got) || wanted == got)
    return FM_IDENTITY_SAME;
  fm_fail(why, FM_E_NO_LIST, "the page is of %.*s, not of %.*s", FM_FMT(name), FM_FMT(asked->name));
  return FM_IDENTITY_PERIOD;
}
