/* Time zones: fixed offsets, abbreviations, and zoneinfo files (RFC 8536) with their POSIX
 * rules. */
#include "base/zone.h"

#include "base/ascii.h"
#include "base/date.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo/"

enum { HOUR = 3600, DAY = 86400, FILE_MAX = 256 * 1024, NAME_MAX_LEN = 64, HEADER = 44 };

/* The day on which summer time begins or ends (RFC 8536 section 3.3). */
typedef struct rule {
  char kind; /* 'M': month, week, day; 'J': 1..365 without the leap day; '0': 0..365 */
  int month, week, day;
  int time; /* seconds after midnight of that day; may be negative */
} rule;

struct fm_zone {
  size_t count;         /* transitions, oldest first */
  int64_t *changes;
  int *offsets;         /* offset after each transition */
  int before;           /* offset before the first transition; the only one of a fixed zone */
  bool has_rules;           /* times after the last transition follow the POSIX rule */
  bool summer;          /* has daylight saving time */
  int winter_offset, summer_offset;
  rule begins, ends;
};

/* ---- offsets and abbreviations ---- */

#define Q(hours) ((signed char)((hours) * 4))

static const struct {
  char name[5];
  signed char quarters; /* quarters of an hour */
} abbreviations[] = {
  {"UTC", 0}, {"GMT", 0}, {"UT", 0}, {"Z", 0}, /* those that an offset may follow come first */
  /* America */
  {"EST", Q(-5)}, {"EDT", Q(-4)}, {"CST", Q(-6)}, {"CDT", Q(-5)}, {"MST", Q(-7)}, {"MDT", Q(-6)}, {"PST", Q(-8)},
  {"PDT", Q(-7)}, {"AKST", Q(-9)}, {"AKDT", Q(-8)}, {"HST", Q(-10)}, {"HDT", Q(-9)}, {"AST", Q(-4)}, {"ADT", Q(-3)},
  {"NST", Q(-3.5)}, {"NDT", Q(-2.5)}, {"BRT", Q(-3)}, {"BRST", Q(-2)}, {"ART", Q(-3)}, {"CLT", Q(-4)},
  {"CLST", Q(-3)}, {"COT", Q(-5)}, {"PET", Q(-5)}, {"VET", Q(-4)}, {"BOT", Q(-4)}, {"UYT", Q(-3)}, {"PYT", Q(-3)},
  /* Europe and Africa */
  {"WET", 0}, {"WEST", Q(1)}, {"BST", Q(1)}, {"CET", Q(1)}, {"CEST", Q(2)}, {"MET", Q(1)}, {"MEST", Q(2)},
  {"MEZ", Q(1)}, {"MESZ", Q(2)}, {"EET", Q(2)}, {"EEST", Q(3)}, {"MSK", Q(3)}, {"MSD", Q(4)}, {"TRT", Q(3)},
  {"SAST", Q(2)}, {"CAT", Q(2)}, {"EAT", Q(3)}, {"WAT", Q(1)},
  /* Asia */
  {"IDT", Q(3)}, {"GST", Q(4)}, {"IRST", Q(3.5)}, {"IRDT", Q(4.5)}, {"AFT", Q(4.5)}, {"PKT", Q(5)}, {"UZT", Q(5)},
  {"YEKT", Q(5)}, {"IST", Q(5.5)}, {"SLST", Q(5.5)}, {"NPT", Q(5.75)}, {"OMST", Q(6)}, {"MMT", Q(6.5)},
  {"ICT", Q(7)}, {"WIB", Q(7)}, {"NOVT", Q(7)}, {"KRAT", Q(7)}, {"HKT", Q(8)}, {"SGT", Q(8)}, {"MYT", Q(8)},
  {"PHT", Q(8)}, {"WITA", Q(8)}, {"IRKT", Q(8)}, {"JST", Q(9)}, {"KST", Q(9)}, {"WIT", Q(9)}, {"YAKT", Q(9)},
  {"VLAT", Q(10)}, {"MAGT", Q(11)}, {"PETT", Q(12)},
  /* Oceania */
  {"AWST", Q(8)}, {"ACST", Q(9.5)}, {"ACDT", Q(10.5)}, {"AEST", Q(10)}, {"AEDT", Q(11)}, {"CHST", Q(10)},
  {"NZST", Q(12)}, {"NZDT", Q(13)}, {"SST", Q(-11)}};

/* Meanings of an abbreviation in texts of a language. */
static const struct {
  char name[4], language[3];
  signed char quarters;
} local_meanings[] = {{"IST", "he", Q(2)}, {"IST", "ga", Q(1)}, {"CST", "zh", Q(8)}, {"BST", "bn", Q(6)}};

/* Parses "+2", "+02", "+0200" or "+02:00". */
static bool signed_offset(fm_str text, int *offset)
{
  if (text.len < 2 || (*text.ptr != '+' && *text.ptr != '-'))
    return false;
  int numbers[2] = {0, 0};
  size_t at = 1, digits = 0;
  for (; at < text.len && fm_is_digit(text.ptr[at]) && digits < 4; at++, digits++)
    numbers[0] = numbers[0] * 10 + (text.ptr[at] - '0');
  if (digits > 2) {
    numbers[1] = numbers[0] % 100;
    numbers[0] /= 100;
  } else if (digits && text.len - at == 3 && text.ptr[at] == ':' && fm_is_digit(text.ptr[at + 1]) &&
             fm_is_digit(text.ptr[at + 2])) {
    numbers[1] = (text.ptr[at + 1] - '0') * 10 + (text.ptr[at + 2] - '0');
    at += 3;
  }
  if (digits == 0 || digits == 3 || at < text.len || numbers[0] > 24 || numbers[1] > 59)
    return false;
  *offset = (*text.ptr == '-' ? -1 : 1) * (numbers[0] * HOUR + numbers[1] * 60);
  return true;
}

static bool local_meaning(fm_str text, fm_str language, int *offset)
{
  for (size_t i = 0; i < sizeof local_meanings / sizeof *local_meanings; i++)
    if (language.len >= 2 && fm_str_ieq((fm_str){language.ptr, 2}, fm_str_of(local_meanings[i].language)) &&
        fm_str_ieq(text, fm_str_of(local_meanings[i].name))) {
      *offset = local_meanings[i].quarters * 900;
      return true;
    }
  return false;
}

bool fm_zone_parse_offset(fm_str text, fm_str language, int *offset)
{
  if (signed_offset(text, offset) || local_meaning(text, language, offset))
    return true;
  for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++) {
    fm_str name = {abbreviations[i].name, strnlen(abbreviations[i].name, sizeof abbreviations[i].name)};
    if (fm_str_ieq(text, name)) {
      *offset = abbreviations[i].quarters * 900;
      return true;
    }
  }
  for (size_t i = 0; i < 3; i++) { /* "UTC+2" */
    size_t len = strlen(abbreviations[i].name);
    if (text.len > len && fm_str_ieq((fm_str){text.ptr, len}, fm_str_of(abbreviations[i].name)))
      return signed_offset(fm_str_from(text, len), offset);
  }
  return false;
}

/* ---- POSIX TZ strings: "CET-1CEST,M3.5.0,M10.5.0/3" ---- */

static bool parse_char(fm_str *s, char c)
{
  if (s->len == 0 || *s->ptr != c)
    return false;
  *s = fm_str_from(*s, 1);
  return true;
}

static bool parse_number(fm_str *s, int most, int *number)
{
  int n = 0;
  size_t digits = 0;
  for (; digits < 4 && s->len && fm_is_digit(*s->ptr); digits++, *s = fm_str_from(*s, 1))
    n = n * 10 + (*s->ptr - '0');
  *number = n;
  return digits > 0 && n <= most;
}

static bool parse_name(fm_str *s)
{
  size_t len = 0;
  if (parse_char(s, '<')) {
    while (len < s->len && s->ptr[len] != '>')
      len++;
    *s = fm_str_from(*s, len);
    return parse_char(s, '>');
  }
  while (len < s->len && (unsigned)((s->ptr[len] | 0x20) - 'a') < 26)
    len++;
  *s = fm_str_from(*s, len);
  return len > 0;
}

/* Parses "-1", "3:30" or "167:00:00". POSIX offsets count westwards. */
static bool parse_clock(fm_str *s, int *seconds)
{
  int sign = parse_char(s, '-') ? -1 : 1, hours, minutes = 0, rest = 0;
  if (sign > 0)
    parse_char(s, '+');
  if (!parse_number(s, 167, &hours))
    return false;
  if (parse_char(s, ':') && (!parse_number(s, 59, &minutes) ||
                            (parse_char(s, ':') && !parse_number(s, 59, &rest))))
    return false;
  *seconds = sign * (hours * HOUR + minutes * 60 + rest);
  return true;
}

static bool parse_rule(fm_str *s, rule *r)
{
  *r = (rule){.kind = '0', .time = 2 * HOUR};
  if (!parse_char(s, ','))
    return false;
  if (parse_char(s, 'M')) {
    r->kind = 'M';
    if (!parse_number(s, 12, &r->month) || !parse_char(s, '.') || !parse_number(s, 5, &r->week) ||
        !parse_char(s, '.') || !parse_number(s, 6, &r->day) || !r->month || !r->week)
      return false;
  } else {
    if (parse_char(s, 'J'))
      r->kind = 'J';
    if (!parse_number(s, 365, &r->day))
      return false;
  }
  return !parse_char(s, '/') || parse_clock(s, &r->time);
}

static bool parse_rules(fm_str text, fm_zone *zone)
{
  int west;
  if (!parse_name(&text) || !parse_clock(&text, &west))
    return false;
  zone->winter_offset = -west;
  if (text.len == 0)
    return true;
  zone->summer = true;
  zone->summer_offset = HOUR - west;
  if (!parse_name(&text))
    return false;
  if (text.len && *text.ptr != ',') {
    if (!parse_clock(&text, &west))
      return false;
    zone->summer_offset = -west;
  }
  return parse_rule(&text, &zone->begins) && parse_rule(&text, &zone->ends) && text.len == 0;
}

/* Local midnight of the rule's day in a year. */
static int64_t day_of(const rule *r, int year)
{
  int64_t start = fm_date_from_civil((fm_civil){.year = year, .month = 1, .day = 1});
  bool leap = fm_date_days(year, 2) == 29;
  if (r->kind == '0')
    return start + (int64_t)r->day * DAY;
  if (r->kind == 'J')
    return start + (int64_t)(r->day - 1 + (leap && r->day > 59)) * DAY;
  int64_t first = fm_date_from_civil((fm_civil){.year = year, .month = r->month, .day = 1});
  int weekday = (int)(((first / DAY + 4) % 7 + 7) % 7);
  int day = (r->day - weekday + 7) % 7 + (r->week - 1) * 7;
  if (day >= fm_date_days(year, r->month))
    day -= 7;
  return first + (int64_t)day * DAY;
}

static int offset_by_rules(const fm_zone *zone, int64_t time)
{
  if (!zone->summer)
    return zone->winter_offset;
  int year = fm_date_to_civil(time + zone->winter_offset).year;
  int64_t begins = day_of(&zone->begins, year) + zone->begins.time - zone->winter_offset;
  int64_t ends = day_of(&zone->ends, year) + zone->ends.time - zone->summer_offset;
  bool summer = begins < ends ? time >= begins && time < ends : time >= begins || time < ends;
  return summer ? zone->summer_offset : zone->winter_offset;
}

/* ---- zoneinfo files ---- */

static int64_t big_endian(const unsigned char *p, int bytes)
{
  uint64_t n = p[0] & 0x80 ? ~UINT64_C(0) : 0;
  for (int i = 0; i < bytes; i++)
    n = n << 8 | p[i];
  return (int64_t)n;
}

typedef struct counts { /* in the order of the file's header */
  int64_t utc, standard, leap, times, types, chars;
} counts;

static bool parse_header(const unsigned char *p, size_t left, counts *c)
{
  if (left < HEADER || memcmp(p, "TZif", 4) != 0)
    return false;
  int64_t n[6];
  for (int i = 0; i < 6; i++) {
    n[i] = big_endian(p + 20 + 4 * i, 4);
    if (n[i] < 0 || n[i] > FILE_MAX)
      return false;
  }
  *c = (counts){n[0], n[1], n[2], n[3], n[4], n[5]};
  return c->types > 0;
}

static size_t body_size(const counts *c, int64_t time_size)
{
  return (size_t)(c->times * (time_size + 1) + c->types * 6 + c->chars +
                  c->leap * (time_size + 4) + c->standard + c->utc);
}

static bool parse_body(const unsigned char *p, const counts *c, fm_arena *arena, fm_zone *zone)
{
  const unsigned char *indices = p + c->times * 8, *types = indices + c->times;
  zone->count = (size_t)c->times;
  zone->changes = fm_arena_alloc(arena, (zone->count + 1) * sizeof *zone->changes);
  zone->offsets = fm_arena_alloc(arena, (zone->count + 1) * sizeof *zone->offsets);
  zone->before = (int)big_endian(types, 4);
  for (size_t i = 0; i < zone->count; i++) {
    zone->changes[i] = big_endian(p + 8 * i, 8);
    if (indices[i] >= c->types || (i && zone->changes[i] <= zone->changes[i - 1]))
      return false;
    zone->offsets[i] = (int)big_endian(types + 6 * indices[i], 4);
    if (abs(zone->offsets[i]) > 26 * HOUR)
      return false;
  }
  return abs(zone->before) <= 26 * HOUR;
}

/* Parses the version 2 block (64-bit times) and the TZ string in the footer. */
static bool parse_file(const unsigned char *p, size_t size, fm_arena *arena, fm_zone *zone)
{
  counts c;
  if (!parse_header(p, size, &c) || p[4] < '2')
    return false;
  size_t skip = HEADER + body_size(&c, 4);
  if (skip > size || !parse_header(p + skip, size - skip, &c))
    return false;
  skip += HEADER;
  size_t body = body_size(&c, 8);
  if (body > size - skip || !parse_body(p + skip, &c, arena, zone))
    return false;
  fm_str rest = {(const char *)p + skip + body, size - skip - body}, rules;
  if (!parse_char(&rest, '\n') || !fm_str_cut(&rest, '\n', &rules))
    return false;
  zone->has_rules = rules.len > 0;
  return !zone->has_rules || parse_rules(rules, zone);
}

static ssize_t load(const char *path, unsigned char *into)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  size_t size = 0;
  ssize_t got;
  while (size < FILE_MAX && (got = read(fd, into + size, FILE_MAX - size)) > 0)
    size += (size_t)got;
  close(fd);
  return (ssize_t)size;
}

static bool is_name(fm_str name)
{
  if (name.len == 0 || name.len > NAME_MAX_LEN)
    return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool inside = i && name.ptr[i - 1] != '/' && i + 1 < name.len;
    if (!fm_is_digit(c) && (unsigned)((c | 0x20) - 'a') > 25 && c != '_' && c != '-' && c != '+' &&
        !(c == '/' && inside))
      return false;
  }
  return true;
}

int fm_zone_find(fm_str name, fm_arena *arena, const fm_zone **zone, fm_why *why)
{
  fm_zone *made = fm_arena_alloc(arena, sizeof *made);
  if (fm_zone_parse_offset(name, FM_STR(""), &made->before)) {
    *zone = made;
    return FM_OK;
  }
  if (!is_name(name))
    return fm_fail(why, FM_E_CONFIG, "\"%.*s\" is no time zone: write +02:00, UTC or Europe/Berlin",
                   FM_FMT(name));
  char path[sizeof FOLDER + NAME_MAX_LEN];
  snprintf(path, sizeof path, FOLDER "%.*s", FM_FMT(name));
  unsigned char *bytes = fm_alloc(FILE_MAX);
  ssize_t size = load(path, bytes);
  int error = FM_OK;
  if (size < 0)
    error = fm_fail(why, FM_E_CONFIG, "no time zone \"%.*s\" is known (%s: %s)", FM_FMT(name), path,
                    strerror(errno));
  else if (!parse_file(bytes, (size_t)size, arena, made))
    error = fm_fail(why, FM_E_CONFIG, "\"%.*s\" is no time zone (%s is no zoneinfo file)",
                    FM_FMT(name), path);
  else
    *zone = made;
  free(bytes);
  return error;
}

/* ---- zones that dates name ---- */

static struct {
  pthread_mutex_t lock;
  fm_arena arena;
  struct {
    fm_str name;
    const fm_zone *zone;
  } known[FM_ZONES_MAX];
  size_t count;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const fm_zone *find_cached(fm_str name)
{
  const fm_zone *zone = NULL;
  for (size_t i = 0; i < cache.count; i++)
    if (fm_str_eq(cache.known[i].name, name))
      return cache.known[i].zone;
  if (cache.count == FM_ZONES_MAX || fm_zone_find(name, &cache.arena, &zone, NULL))
    return NULL;
  cache.known[cache.count].name = fm_arena_str(&cache.arena, name);
  cache.known[cache.count++].zone = zone;
  return zone;
}

const fm_zone *fm_zone_cached(fm_str name)
{
  if (!is_name(name) || !memchr(name.ptr, '/', name.len))
    return NULL;
  pthread_mutex_lock(&cache.lock);
  const fm_zone *zone = find_cached(name);
  pthread_mutex_unlock(&cache.lock);
  return zone;
}

/* ---- conversion ---- */

int fm_zone_offset(const fm_zone *zone, int64_t time)
{
  if (!zone)
    return 0;
  size_t low = 0, high = zone->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (zone->changes[middle] <= time)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == zone->count && zone->has_rules)
    return offset_by_rules(zone, time);
  return low ? zone->offsets[low - 1] : zone->before;
}

int64_t fm_zone_time(const fm_zone *zone, int64_t local)
{
  int64_t limit = INT64_C(1) << 60;
  local = local > limit ? limit : local < -limit ? -limit : local;
  int earlier = fm_zone_offset(zone, local - DAY), later = fm_zone_offset(zone, local + DAY);
  int first = earlier > later ? earlier : later, second = earlier > later ? later : earlier;
  if (fm_zone_offset(zone, local - first) == first)
    return local - first;
  if (fm_zone_offset(zone, local - second) == second)
    return local - second;
  return local - earlier;
}
