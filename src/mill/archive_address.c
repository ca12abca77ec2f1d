/* Finds the place in an address where the month of an archive stands. */
#include "mill/archive_address.h"

#include "base/date.h"
#include "base/str.h"
#include "feed/format.h"

static const char mark[] = "/archive/";
enum { MONTH_LEN = 7 };

/* The format's ending with its point; empty: none. */
static fm_str ending_of(fm_str path)
{
  for (size_t i = path.len; i > 0 && path.ptr[i - 1] != '/'; i--)
    if (path.ptr[i - 1] == '.' && fm_format_find(fm_str_from(path, i)))
      return fm_str_from(path, i - 1);
  return fm_str_from(path, path.len);
}

static fm_str less_archive(fm_str path)
{
  int64_t month;
  size_t tail = strlen(mark) + MONTH_LEN;
  if (path.len > tail && fm_str_starts(fm_str_from(path, path.len - tail), fm_str_of(mark)) &&
      fm_date_parse_month(fm_str_from(path, path.len - MONTH_LEN), &month))
    path.len -= tail;
  return path;
}

fm_str fm_archive_target(fm_str target, int64_t month, fm_arena *arena)
{
  const char *query = memchr(target.ptr, '?', target.len);
  fm_str path = query ? fm_str_span(target.ptr, query) : target;
  fm_str rest = fm_str_from(target, path.len), ending = ending_of(path);
  path.len -= ending.len;
  path = less_archive(path);
  if (month == FM_NO_TIME)
    return fm_arena_printf(arena, "%.*s%.*s%.*s", FM_FMT(path), FM_FMT(ending), FM_FMT(rest));
  char name[16];
  fm_date_month(month, name);
  return fm_arena_printf(arena, "%.*s%s%s%.*s%.*s", FM_FMT(path), mark, name, FM_FMT(ending),
                         FM_FMT(rest));
}
