#include "mill/sentinel.h"

#include "base/date.h"
#include "base/map.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "mill/sentinel_form.h"

enum {
  DAY = 86400,
  WEEKDAYS_BACK = 10, /* are looked at, and had entries all of them */
  STRAGGLERS = 3,     /* fewer of a weekend's day are the day's before */
  FEW_FROM = 10,      /* a page with less may shrink as it likes */
  FEW_PART = 5,       /* less than such a part is far fewer */
  JUDGED_FROM = 4     /* fewer entries say nothing of most */
};

const char *fm_oddity_name(enum fm_oddity odd)
{
  static const char *const names[] = {
#define ROW(name, word, text) word,
    FM_ODDITIES(ROW)
#undef ROW
  };
  return names[odd];
}

const char *fm_oddity_text(enum fm_oddity odd)
{
  static const char *const texts[] = {
#define ROW(name, word, text) text,
    FM_ODDITIES(ROW)
#undef ROW
  };
  return texts[odd];
}

enum fm_oddity fm_oddity_named(fm_str name)
{
  for (int odd = 0; odd < FM_ODD_COUNT; odd++)
    if (fm_str_is(name, fm_oddity_name((enum fm_oddity)odd)))
      return (enum fm_oddity)odd;
  return FM_ODD_NONE;
}

/* What is shown of a text; not half a character. */
static fm_str cut(fm_str text, size_t most)
{
  if (text.len > most)
    text.len = most;
  while (text.len && !fm_utf8_valid(text))
    text.len--;
  return text;
}

/* Days ------------------------------------------------------------------------------ */

static int64_t day_of(int64_t time)
{
  return time / DAY - (time % DAY < 0);
}

static bool is_weekend(int64_t day)
{
  int64_t weekday = ((day + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
  return weekday == 0 || weekday == 6;
}

/* Entries published on a day, or after it where `onward`. */
static size_t count_on(const fm_feed *feed, int64_t day, bool onward)
{
  size_t n = 0;
  for (size_t i = 0; i < feed->nentries; i++) {
    int64_t published = feed->entries[i].published;
    if (published != FM_NO_TIME)
      n += onward ? day_of(published) >= day : day_of(published) == day;
  }
  return n;
}

static int64_t first_day(const fm_feed *feed)
{
  int64_t first = INT64_MAX;
  for (size_t i = 0; i < feed->nentries; i++) {
    int64_t published = feed->entries[i].published;
    if (published != FM_NO_TIME && day_of(published) < first)
      first = day_of(published);
  }
  return first;
}

/* Each of the weekdays before, as far as memory goes; at least one. */
static bool always_had_some(const fm_feed *feed, int64_t day)
{
  int64_t first = first_day(feed);
  int looked = 0;
  for (int64_t at = day - 1; at >= first && looked < WEEKDAYS_BACK; at--) {
    if (is_weekend(at))
      continue;
    if (!count_on(feed, at, false))
      return false;
    looked++;
  }
  return looked > 0;
}

/* No entries ------------------------------------------------------------------------- */

static bool empty(const fm_history *past, const fm_feed *seen, fm_why *why)
{
  if (seen->nentries || (past->counted && !past->shown))
    return false;
  if (seen->day == FM_NO_TIME) {
    fm_fail(why, 0, "no entries, where there were some");
    return true;
  }
  int64_t day = day_of(seen->day);
  size_t of_it = count_on(past->feed, day, true);
  char date[FM_DATE_ISO_LEN + 1];
  fm_date_iso(day * DAY, date);
  if (of_it && (!is_weekend(day) || of_it >= STRAGGLERS)) {
    fm_fail(why, 0, "no entries, and %zu are known of %.10s or later", of_it, date);
    return true;
  }
  if (is_weekend(day) || !always_had_some(past->feed, day))
    return false;
  fm_fail(why, 0, "no entries on %.10s, where every weekday before it had some", date);
  return true;
}

/* Far fewer --------------------------------------------------------------------------- */

static bool knows(const fm_feed *feed, fm_str id)
{
  for (size_t i = 0; i < feed->nentries; i++)
    if (fm_str_eq(feed->entries[i].id, id))
      return true;
  return false;
}

/* How many the page showed; of a page of a day memory tells that too. */
static size_t shown_before(const fm_history *past)
{
  const fm_feed *feed = past->feed;
  if (past->counted)
    return past->shown;
  bool daily = feed->order == FM_ORDER_PUBLISHED && feed->day != FM_NO_TIME;
  return daily ? count_on(feed, day_of(feed->day), false) : 0;
}

static bool few(const fm_history *past, const fm_feed *seen, fm_why *why)
{
  size_t before = shown_before(past);
  bool same_list = past->feed->day == seen->day && past->feed->order == seen->order;
  if (!seen->nentries || !same_list || before < FEW_FROM || seen->nentries * FEW_PART >= before)
    return false;
  for (size_t i = 0; i < seen->nentries; i++)
    if (!knows(past->feed, seen->entries[i].id))
      return false;
  fm_fail(why, 0, "%zu entries and none of them new, where %zu were", seen->nentries, before);
  return true;
}

/* Titles, abstracts ---------------------------------------------------------------------- */

/* The title that the most entries have, and how many they are. */
static size_t most_common(const fm_feed *feed, fm_str *title)
{
  fm_map counts = {0};
  size_t most = 0;
  for (size_t i = 0; i < feed->nentries; i++) {
    fm_str at = feed->entries[i].title;
    size_t n = (size_t)(uintptr_t)fm_map_get(&counts, at) + 1;
    fm_map_put(&counts, at, (void *)(uintptr_t)n);
    if (n > most) {
      most = n;
      *title = at;
    }
  }
  fm_map_deinit(&counts);
  return most;
}

/* Their titles are from their own pages; what the list calls them is not known. */
static bool titled_elsewhere(const fm_feed *feed)
{
  size_t n = 0;
  for (size_t i = 0; i < feed->nentries; i++)
    n += fm_entry_page_gave_title(&feed->entries[i]);
  return n * 2 > feed->nentries;
}

static bool titles(const fm_history *past, const fm_feed *seen, size_t dropped, fm_why *why)
{
  fm_str title = {0};
  size_t n = seen->nentries;
  if (past->counted && dropped >= JUDGED_FROM && dropped > n && past->dropped <= past->shown) {
    fm_fail(why, 0, "%zu of %zu entries have no title or no id", dropped, n + dropped);
    return true;
  }
  size_t same = n > JUDGED_FROM ? most_common(seen, &title) : 0;
  fm_str old;
  if (same * 2 <= n || most_common(past->feed, &old) * 2 > past->feed->nentries ||
      titled_elsewhere(past->feed))
    return false;
  title = cut(title, 80);
  fm_fail(why, 0, "%zu of %zu entries have the same title, \"%.*s\"", same, n, FM_FMT(title));
  return true;
}

/* An entry's own page may have said it: that says nothing of the list. */
size_t fm_sentinel_bare(const fm_feed *feed)
{
  size_t n = 0;
  for (size_t i = 0; i < feed->nentries; i++)
    n += feed->entries[i].summary.len == 0 || fm_entry_page_gave_summary(&feed->entries[i]);
  return n;
}

static size_t with_authors(const fm_feed *feed)
{
  size_t n = 0;
  for (size_t i = 0; i < feed->nentries; i++)
    n += feed->entries[i].nauthors > 0;
  return n;
}

/* A page whose data is gone may still be read by what it shows, which has
 * neither abstracts nor authors. The source chose that way, and what is new on
 * the page is worth more than what is missing in it. */
static bool is_bare_reading(const fm_history *past, const fm_feed *seen)
{
  return with_authors(past->feed) * 2 > past->feed->nentries && !with_authors(seen);
}

static bool abstracts(const fm_history *past, const fm_feed *seen, fm_why *why)
{
  size_t bare = fm_sentinel_bare(seen), n = seen->nentries;
  if (past->counted && past->bare * 2 > past->shown)
    return false; /* it had none the last time */
  if (n < JUDGED_FROM || bare * 2 <= n || fm_sentinel_bare(past->feed) * 5 >= past->feed->nentries ||
      is_bare_reading(past, seen))
    return false;
  fm_fail(why, 0, "%zu of %zu entries have no abstract", bare, n);
  return true;
}

/* ---------------------------------------------------------------------------------------- */

static bool ids(const fm_history *past, const fm_feed *seen, fm_why *why)
{
  fm_str example = {0};
  size_t odd = fm_form_unseen(past->feed, seen, &example);
  if (odd < JUDGED_FROM || odd * 2 <= seen->nentries)
    return false;
  example = cut(example, 200);
  fm_fail(why, 0, "%zu of %zu ids are of a form never seen: \"%.*s\"", odd, seen->nentries,
          FM_FMT(example));
  return true;
}

enum fm_oddity fm_sentinel_look(const fm_history *past, const fm_feed *seen, size_t dropped,
                                fm_why *why)
{
  if (!past->feed || !past->feed->nentries)
    return FM_ODD_NONE;
  if (titles(past, seen, dropped, why))
    return FM_ODD_TITLES;
  if (empty(past, seen, why))
    return FM_ODD_EMPTY;
  if (ids(past, seen, why))
    return FM_ODD_IDS;
  if (abstracts(past, seen, why))
    return FM_ODD_ABSTRACTS;
  return few(past, seen, why) ? FM_ODD_FEW : FM_ODD_NONE;
}

bool fm_sentinel_refuses(fm_sentinel *s, enum fm_oddity odd, int64_t now)
{
  if (odd == FM_ODD_NONE) {
    *s = (fm_sentinel){0};
    return false;
  }
  if (odd != s->odd)
    *s = (fm_sentinel){.odd = odd, .since = now};
  s->count += s->count < FM_SENTINEL_LEAST;
  if (s->count == FM_SENTINEL_LEAST && now - s->since >= FM_SENTINEL_SECONDS)
    s->taken = true;
  return !s->taken;
}
