/* The API: /api/daily_papers gives the listings as one JSON array of what a page has in
 * `dailyPapers`, /api/papers/search the matches of a search. Facts from its documentation
 * (huggingface/hub-docs, docs/hub/api.md; huggingface_hub, list_daily_papers, list_papers)
 * and from its users:
 *
 *  - `date`, `week` and `month` take the names in the pages' addresses; week 53 is refused.
 *    Entries come as on the page.
 *  - Without them come the newest of all days, newest first. The front page shows one day,
 *    the last that has papers.
 *  - `sort=trending` is the trending page, whatever the date; it shows 50.
 *  - `limit` goes up to 100, `p` is the page, from 0.
 *  - `q` of the search endpoint searches all days; a search within a week, a month or the
 *    trending papers exists on the page alone. In 2024 its entries were the papers
 *    themselves, since then {"paper": ...} as in the listings. */
#include "source/daily_papers/daily_papers.h"

#include "base/date.h"
#include "base/str.h"

#define PATH "/api/daily_papers"
#define SEARCH_PATH "/api/papers/search"

enum { DAY = 24 * 60 * 60, ANSWERS_MAX = 5 /* for one day */ };

fm_str fm_listing_api(const fm_listing *listing, fm_arena *arena)
{
  static const char *const names[] = {[FM_LISTING_DATE] = "date", [FM_LISTING_WEEK] = "week",
                                      [FM_LISTING_MONTH] = "month"};
  fm_str name = listing->name;
  if (listing->kind == FM_LISTING_SEARCH)
    return fm_arena_printf(arena, SEARCH_PATH "?q=%.*s",
                           FM_FMT(fm_daily_encode(listing->query, arena)));
  if (listing->query.len)
    return (fm_str){NULL, 0};
  switch (listing->kind) {
    case FM_LISTING_TODAY: return fm_arena_printf(arena, PATH "?limit=%d", FM_API_LIMIT);
    case FM_LISTING_TRENDING: return FM_STR(PATH "?sort=trending&limit=50");
    case FM_LISTING_DATE: case FM_LISTING_WEEK: case FM_LISTING_MONTH:
      if (!name.len || fm_str_ends(name, FM_STR("-W53")))
        break;
      return fm_arena_printf(arena, PATH "?%s=%.*s&limit=%d", names[listing->kind], FM_FMT(name),
                             FM_API_LIMIT);
    case FM_LISTING_SEARCH: case FM_LISTING_UNKNOWN: break;
  }
  return (fm_str){NULL, 0};
}

bool fm_listing_parse_api(fm_str path, const fm_param *params, size_t nparams, fm_arena *arena,
                         fm_listing *listing)
{
  fm_listing found = {.kind = FM_LISTING_TODAY};
  if (fm_str_is(path, SEARCH_PATH))
    return fm_listing_parse(FM_STR("/papers"), params, nparams, FM_NO_TIME, arena, listing, NULL) ==
           FM_OK;
  if (!fm_str_is(path, PATH))
    return false;
  for (size_t i = 0; i < nparams; i++) {
    fm_str name = params[i].name;
    if (fm_str_is(name, "sort") && fm_str_is(params[i].value, "trending"))
      found = (fm_listing){.kind = FM_LISTING_TRENDING};
    if (!fm_str_is(name, "date") && !fm_str_is(name, "week") && !fm_str_is(name, "month"))
      continue;
    fm_str page = fm_arena_printf(arena, "/papers/%.*s/%.*s", FM_FMT(name), FM_FMT(params[i].value));
    if (fm_listing_parse(page, NULL, 0, FM_NO_TIME, arena, &found, NULL))
      return false;
  }
  *listing = found;
  return true;
}

bool fm_papers_are_api(fm_str body)
{
  body = fm_str_trim(fm_str_starts(body, FM_STR("\xef\xbb\xbf")) ? fm_str_from(body, 3) : body);
  return body.len && (*body.ptr == '[' || *body.ptr == '{');
}

/* The day on which a paper was listed; FM_NO_TIME, which is before all others: unknown. */
static int64_t day_of(const fm_paper *paper)
{
  int64_t time;
  if (!fm_date_parse_iso(paper->submitted, &time))
    return FM_NO_TIME;
  return time - ((time % DAY) + DAY) % DAY;
}

/* Reduces the list to its last day and sets date_string to it. Without `only`, a list of
 * several days is left as it is. */
static void keep_last_day(fm_papers *papers, bool only, fm_arena *arena)
{
  fm_paper_list *list = &papers->daily;
  int64_t last = FM_NO_TIME;
  size_t kept = 0;
  char iso[FM_DATE_ISO_LEN + 1];
  for (size_t i = 0; i < list->count; i++) {
    int64_t day = day_of(&list->items[i]);
    kept = day == last ? kept + 1 : day > last ? 1 : kept;
    last = day > last ? day : last;
  }
  if (last == FM_NO_TIME || (!only && kept < list->count))
    return;
  kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (day_of(&list->items[i]) == last)
      list->items[kept++] = list->items[i];
  list->count = kept;
  fm_date_iso(last, iso);
  papers->date_string = fm_arena_str(arena, (fm_str){iso, strlen("YYYY-MM-DD")});
}

/* The next answer of a day, whose page shows all of its papers; pages of a week or a month
 * show only the first ones. */
static fm_str address_of_more(const fm_page *page, fm_str day, fm_arena *arena)
{
  fm_listing listing = {.kind = FM_LISTING_DATE, .name = day};
  fm_str upstream = fm_daily_upstream(page->options, page->noptions);
  fm_str address = fm_listing_api(&listing, arena);
  return fm_arena_printf(arena, "%.*s%.*s&p=%u", FM_FMT(upstream), FM_FMT(address),
                         page->number + 1);
}

/* An answer of unknown address may be of many days. */
int fm_papers_of_api(const fm_page *page, const fm_listing *listing, fm_arena *arena,
                     fm_papers *papers, fm_str *more, fm_why *why)
{
  enum fm_listing_kind kind = listing->kind;
  int error = fm_papers_parse_api(page->body, arena, papers, why);
  if (error)
    return error;
  size_t answered = papers->daily.count;
  if (kind == FM_LISTING_TODAY || kind == FM_LISTING_UNKNOWN)
    keep_last_day(papers, kind == FM_LISTING_TODAY, arena);
  if (kind == FM_LISTING_DATE)
    keep_last_day(papers, false, arena);
  fm_str day = kind == FM_LISTING_TODAY ? papers->date_string
               : kind == FM_LISTING_DATE ? listing->name
                                         : (fm_str){NULL, 0};
  if (day.len && answered == FM_API_LIMIT && papers->daily.count == answered &&
      page->number + 1 < ANSWERS_MAX)
    *more = address_of_more(page, day, arena);
  return FM_OK;
}
