/* Rules by which a reading differs from an upstream's history: days, counts, titles,
 * abstracts and ids. */
#include "mill/anomaly_rules.h"

#include "base/date.h"
#include "base/map.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "mill/id_form.h"

enum {
  DAY = 86400,
  WEEKDAYS_BACK = 10, /* weekdays that all need entries before an empty one is odd */
  STRAGGLERS = 3,     /* fewer entries dated on a weekend are late ones of Friday */
  FEW_FROM = 10,      /* a list with fewer entries may shrink as it likes */
  FEW_PART = 5,       /* fewer than a fifth is far fewer */
  JUDGED_FROM = 4     /* of fewer entries, "most" says nothing */
};

const char *fm_anomaly_name(enum fm_anomaly anomaly)
{
  static const char *const names[] = {
#define ROW(name, word, text) word,
    FM_ANOMALIES(ROW)
#undef ROW
  };
  return names[anomaly];
}

const char *fm_anomaly_text(enum fm_anomaly anomaly)
{
  static const char *const texts[] = {
#define ROW(name, word, text) text,
    FM_ANOMALIES(ROW)
#undef ROW
  };
  return texts[anomaly];
}

enum fm_anomaly fm_anomaly_from_name(fm_str name)
{
  for (int at = 0; at < FM_ANOMALY_COUNT; at++)
    if (fm_str_is(name, fm_anomaly_name((enum fm_anomaly)at)))
      return (enum fm_anomaly)at;
  return FM_ANOMALY_NONE;
}

/* Cuts a text for a message, between characters. */
static fm_str cut(fm_str text, size_t most)
{
  if (text.len > most)
    text.len = most;
  while (text.len && !fm_utf8_valid(text))
    text.len--;
  return text;
}

/* ---- days ---- */

static int64_t day_of(int64_t time)
{
  return time / DAY - (time % DAY < 0);
}

static bool is_weekend(int64_t day)
{
  int64_t weekday = ((day + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
  return weekday == 0 || weekday == 6;
}

/* Entries published on a day, or with `onward` on any day from it on. */
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

/* True if each known weekday before `day` had entries, and there is one. */
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

/* ---- no entries ---- */

static bool empty(const fm_reading_history *past, const fm_feed *seen, fm_why *why)
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

/* ---- far fewer ---- */

static bool knows(const fm_feed *feed, fm_str id)
{
  for (size_t i = 0; i < feed->nentries; i++)
    if (fm_str_eq(feed->entries[i].id, id))
      return true;
  return false;
}

/* How many entries the list showed; for a list of one day the copy tells that too. */
static size_t shown_before(const fm_reading_history *past)
{
  const fm_feed *feed = past->feed;
  if (past->counted)
    return past->shown;
  bool daily = feed->order == FM_ORDER_PUBLISHED && feed->day != FM_NO_TIME;
  return daily ? count_on(feed, day_of(feed->day), false) : 0;
}

static bool few(const fm_reading_history *past, const fm_feed *seen, fm_why *why)
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

/* ---- titles, abstracts ---- */

/* Returns how many entries have the most common title. */
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

/* True if most titles are from entries' own pages, so that those of the list are unknown. */
static bool titled_elsewhere(const fm_feed *feed)
{
  size_t n = 0;
  for (size_t i = 0; i < feed->nentries; i++)
    n += fm_entry_page_gave_title(&feed->entries[i]);
  return n * 2 > feed->nentries;
}

static bool titles(const fm_reading_history *past, const fm_feed *seen, size_t dropped, fm_why *why)
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

size_t fm_anomaly_count_bare(const fm_feed *feed)
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

/* A page without its data may still be read by what it shows, without abstracts and authors.
 * The source chose to do so, and new entries are worth more than what they lack. */
static bool is_bare_reading(const fm_reading_history *past, const fm_feed *seen)
{
  return with_authors(past->feed) * 2 > past->feed->nentries && !with_authors(seen);
}

static bool abstracts(const fm_reading_history *past, const fm_feed *seen, fm_why *why)
{
  size_t bare = fm_anomaly_count_bare(seen), n = seen->nentries;
  if (past->counted && past->bare * 2 > past->shown)
    return false; /* it had none the last time */
  if (n < JUDGED_FROM || bare * 2 <= n || fm_anomaly_count_bare(past->feed) * 5 >= past->feed->nentries ||
      is_bare_reading(past, seen))
    return false;
  fm_fail(why, 0, "%zu of %zu entries have no abstract", bare, n);
  return true;
}

/* ---- ids, and all rules ---- */

static bool ids(const fm_reading_history *past, const fm_feed *seen, fm_why *why)
{
  fm_str example = {0};
  size_t odd = fm_id_form_count_unseen(past->feed, seen, &example);
  if (odd < JUDGED_FROM || odd * 2 <= seen->nentries)
    return false;
  example = cut(example, 200);
  fm_fail(why, 0, "%zu of %zu ids are of a form never seen: \"%.*s\"", odd, seen->nentries,
          FM_FMT(example));
  return true;
}

enum fm_anomaly fm_anomaly_find(const fm_reading_history *past, const fm_feed *seen, size_t dropped,
                                fm_why *why)
{
  if (!past->feed || !past->feed->nentries)
    return FM_ANOMALY_NONE;
  if (titles(past, seen, dropped, why))
    return FM_ANOMALY_TITLES;
  if (empty(past, seen, why))
    return FM_ANOMALY_EMPTY;
  if (ids(past, seen, why))
    return FM_ANOMALY_IDS;
  if (abstracts(past, seen, why))
    return FM_ANOMALY_ABSTRACTS;
  return few(past, seen, why) ? FM_ANOMALY_FEW : FM_ANOMALY_NONE;
}

bool fm_anomaly_streak_refuses(fm_anomaly_streak *s, enum fm_anomaly anomaly, int64_t now)
{
  if (anomaly == FM_ANOMALY_NONE) {
    *s = (fm_anomaly_streak){0};
    return false;
  }
  if (anomaly != s->anomaly)
    *s = (fm_anomaly_streak){.anomaly = anomaly, .since = now};
  s->count += s->count < FM_ANOMALY_READINGS;
  if (s->count == FM_ANOMALY_READINGS && now - s->since >= FM_ANOMALY_SECONDS)
    s->accepted = true;
  return !s->accepted;
}
