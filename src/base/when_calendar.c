/* The Solar Hijri (Persian) calendar, by the 33-year rule, which agrees with the astronomical
 * calendar for the years 1178 to 1633. */
#include "base/when_internal.h"

enum { CYCLE_YEARS = 33, CYCLE_DAYS = 12053, DAY = 86400 };

static bool is_leap(int year)
{
  int in_cycle = year % CYCLE_YEARS;
  return in_cycle == 1 || in_cycle == 5 || in_cycle == 9 || in_cycle == 13 || in_cycle == 17 ||
         in_cycle == 22 || in_cycle == 26 || in_cycle == 30;
}

static int days_in_month(int year, int month)
{
  return month <= 6 ? 31 : month <= 11 ? 30 : is_leap(year) ? 30 : 29;
}

/* Days from 1 Farvardin 1. */
static int64_t days_before_year(int year)
{
  int64_t days = (int64_t)(year / CYCLE_YEARS) * CYCLE_DAYS;
  for (int y = year - year % CYCLE_YEARS; y < year; y++)
    days += 365 + is_leap(y);
  return days;
}

bool fm_when_from_persian(fm_civil *civil)
{
  int year = civil->year, month = civil->month;
  if (year < 1178 || year > 1633 || month < 1 || month > 12 || civil->day < 1 ||
      civil->day > days_in_month(year, month))
    return false;
  int64_t days = days_before_year(year) - days_before_year(1400) + civil->day - 1;
  for (int m = 1; m < month; m++)
    days += days_in_month(year, m);
  int64_t start = fm_date_from_civil((fm_civil){.year = 2021, .month = 3, .day = 21}); /* 1400-01-01 */
  fm_civil day = fm_date_to_civil(start + days * DAY);
  civil->year = day.year;
  civil->month = day.month;
  civil->day = day.day;
  return true;
}
