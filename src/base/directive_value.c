/* Parses, checks and prints one value of a directive. */
#include "base/directive_value.h"

#include "base/str.h"
#include "base/url.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SHOWN_MAX = 60, DECIMALS = 6, DIGITS_MAX = 15 };

/* Truncates a value for a message, between characters. */
static fm_str shown(fm_str text)
{
  if (text.len <= SHOWN_MAX)
    return text;
  text.len = SHOWN_MAX;
  while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
    text.len--;
  return text;
}

static int refuse(fm_why *why, fm_str text, const char *reason)
{
  fm_str part = shown(text);
  return fm_fail(why, FM_E_CONFIG, "\"%.*s%s\" %s", FM_FMT(part), part.len < text.len ? "..." : "",
                 reason);
}

/* Parses leading digits, saturating at INT64_MAX; `*text` becomes the rest. */
static bool parse_digits(fm_str *text, int64_t *number)
{
  int64_t n = 0;
  size_t i = 0;
  for (; i < text->len && text->ptr[i] >= '0' && text->ptr[i] <= '9'; i++)
    if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, text->ptr[i] - '0', &n))
      n = INT64_MAX;
  *number = n;
  *text = fm_str_from(*text, i);
  return i > 0;
}

static int64_t times(int64_t number, int64_t unit)
{
  int64_t product;
  return __builtin_mul_overflow(number, unit, &product) ? INT64_MAX : product;
}

typedef struct unit {
  char letter;
  int64_t worth;
} unit;
/* Ordered from the largest unit. */
static const unit time_units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}, {0, 0}};
static const unit size_units[] = {{'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}, {0, 0}};

static int64_t worth_of(const unit *units, fm_str letter)
{
  for (; units->letter; units++)
    if (letter.len == 1 && *letter.ptr == units->letter)
      return units->worth;
  return 0;
}

static int parse_integer(fm_str text, int64_t *number, fm_why *why)
{
  fm_str rest = text;
  bool minus = fm_str_starts(rest, FM_STR("-"));
  int64_t n;
  rest = fm_str_from(rest, minus);
  if (!parse_digits(&rest, &n) || rest.len)
    return refuse(why, text, "is not a whole number");
  *number = minus ? -n : n;
  return FM_OK;
}

static int parse_size(fm_str text, int64_t *bytes, fm_why *why)
{
  fm_str rest = text;
  int64_t n, worth = 1;
  bool digits = parse_digits(&rest, &n);
  if (rest.len)
    worth = worth_of(size_units, rest);
  if (!digits || !worth)
    return refuse(why, text, "is not a size; write bytes, or a number with K, M or G, such as 16M");
  *bytes = times(n, worth);
  return FM_OK;
}

static int parse_duration(fm_str text, int64_t *seconds, fm_why *why)
{
  fm_str rest = text;
  int64_t n;
  bool digits = parse_digits(&rest, &n);
  if (digits && !rest.len && n == 0) {
    *seconds = 0;
    return FM_OK;
  }
  if (digits && !rest.len)
    return refuse(why, text, "has no unit; write s, m, h or d after the number");
  int64_t worth = worth_of(time_units, rest);
  if (!digits || !worth)
    return refuse(why, text, "is not a time; write a number with s, m, h or d, such as 30m");
  *seconds = times(n, worth);
  return FM_OK;
}

static int parse_bool(fm_str text, bool *value, fm_why *why)
{
  static const char *const words[] = {"true", "on", "yes", "false", "off", "no"};
  for (size_t i = 0; i < 6; i++)
    if (fm_str_ieq(text, fm_str_of(words[i]))) {
      *value = i < 3;
      return FM_OK;
    }
  return refuse(why, text, "is neither on nor off");
}

/* Parses digits with at most six decimals: no exponent, no locale. */
static int parse_number(fm_str text, double *number, fm_why *why)
{
  fm_str rest = text;
  int64_t whole, part = 0;
  double scale = 1;
  bool minus = fm_str_starts(rest, FM_STR("-"));
  rest = fm_str_from(rest, minus);
  bool good = parse_digits(&rest, &whole) && text.len <= DIGITS_MAX;
  if (good && fm_str_starts(rest, FM_STR("."))) {
    rest = fm_str_from(rest, 1);
    for (size_t i = 0; i < rest.len; i++)
      scale *= 10;
    good = rest.len <= DECIMALS && parse_digits(&rest, &part);
  }
  if (!good || rest.len)
    return refuse(why, text, "is not a plain number, such as 50 or 0.5");
  *number = ((double)whole + (double)part / scale) * (minus ? -1 : 1);
  return FM_OK;
}

static int parse_choice(const fm_directive *row, fm_str text, unsigned *index, fm_why *why)
{
  char all[256] = "";
  size_t len = 0;
  for (unsigned i = 0; row->choices[i]; i++) {
    if (fm_str_is(text, row->choices[i])) {
      *index = i;
      return FM_OK;
    }
    len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", i ? ", " : "", row->choices[i]);
    if (len >= sizeof all)
      len = sizeof all - 1;
  }
  fm_str part = shown(text);
  return fm_fail(why, FM_E_CONFIG, "\"%.*s%s\" is none of: %s", FM_FMT(part),
                 part.len < text.len ? "..." : "", all);
}

/* Writes the number with the largest unit that divides it. */
static void write_units(const unit *units, int64_t number, char out[FM_VALUE_TEXT])
{
  for (; units->letter; units++)
    if (number && number % units->worth == 0) {
      snprintf(out, FM_VALUE_TEXT, "%" PRId64 "%c", number / units->worth, units->letter);
      return;
    }
  snprintf(out, FM_VALUE_TEXT, "%" PRId64, number);
}

static void write_number(double number, char out[FM_VALUE_TEXT])
{
  int len = snprintf(out, FM_VALUE_TEXT, "%.*f", DECIMALS, number);
  while (len > 0 && out[len - 1] == '0')
    len--;
  len -= len > 0 && out[len - 1] == '.';
  out[len] = 0;
}

static void write_plain(const fm_directive *row, int64_t number, char out[FM_VALUE_TEXT])
{
  if (row->type == FM_T_DURATION)
    write_units(time_units, number, out);
  else if (row->type == FM_T_SIZE)
    write_units(size_units, number, out);
  else
    snprintf(out, FM_VALUE_TEXT, "%" PRId64, number);
}

static int check_range(const fm_directive *row, fm_str text, double number, fm_why *why)
{
  char low[FM_VALUE_TEXT], high[FM_VALUE_TEXT];
  if (number >= (double)row->min && (!row->max || number <= (double)row->max))
    return FM_OK;
  write_plain(row, row->min, low);
  write_plain(row, row->max, high);
  fm_str part = shown(text);
  if (!row->max)
    return fm_fail(why, FM_E_CONFIG, "%.*s is out of range; at least %s is allowed", FM_FMT(part),
                   low);
  return fm_fail(why, FM_E_CONFIG, "%.*s is out of range; %s to %s is allowed", FM_FMT(part), low,
                 high);
}

static void store(const fm_directive *row, int64_t number, void *into)
{
  void *at = fm_value_at(row, into);
  if (row->width == sizeof(int32_t))
    *(int32_t *)at = (int32_t)number;
  else
    *(int64_t *)at = number;
}

static int64_t stored(const fm_directive *row, const void *from)
{
  const void *at = (const char *)from + row->offset;
  return row->width == sizeof(int32_t) ? *(const int32_t *)at : *(const int64_t *)at;
}

static bool any_control(fm_str text)
{
  const char *at = text.ptr, *end = text.len ? at + text.len : at;
  while (at < end) {
    uint32_t c = fm_utf8_next(&at, end);
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
      return true;
  }
  return false;
}

static int check_string(const fm_directive *row, fm_str text, fm_why *why)
{
  bool list = row->type == FM_T_STRINGS || row->type == FM_T_PATHS; /* for lists the bounds count
                                                                     * items */
  size_t min = list ? 1 : (size_t)row->min;
  size_t max = list || !row->max ? FM_TEXT_MAX : (size_t)row->max;
  bool argument = row->flags & FM_D_ARGUMENTS;
  if (text.len < min && min == 1 && !argument)
    return fm_fail(why, FM_E_CONFIG, "must not be empty");
  if (text.len < min && !argument)
    return fm_fail(why, FM_E_CONFIG, "is shorter than %zu bytes", min);
  if (text.len > max)
    return fm_fail(why, FM_E_CONFIG, "is longer than %zu bytes", max);
  if (argument && text.len && memchr(text.ptr, 0, text.len))
    return fm_fail(why, FM_E_CONFIG, "holds a NUL, which no argument can");
  if (!argument && any_control(text))
    return fm_fail(why, FM_E_CONFIG, "holds a line break or another control character");
  return row->check ? row->check(text, why) : FM_OK;
}

/* Joins folder and path; escapes the folder's own glob characters. */
static fm_str absolute(const fm_directive_ctx *ctx, const fm_directive *row, fm_str path)
{
  if (!path.len || *path.ptr == '/' || !ctx->folder.len)
    return fm_arena_str(ctx->arena, path);
  while (fm_str_starts(path, FM_STR("./")))
    path = fm_str_from(path, 2);
  size_t room = ctx->folder.len * 2 + 1 + path.len, len = 0;
  char *made = fm_arena_raw(ctx->arena, room + 1);
  for (size_t i = 0; i < ctx->folder.len; i++) {
    if (row->flags & FM_D_PATTERN && strchr("*?[]\\", ctx->folder.ptr[i]))
      made[len++] = '\\';
    made[len++] = ctx->folder.ptr[i];
  }
  if (made[len - 1] != '/')
    made[len++] = '/';
  if (path.len)
    memcpy(made + len, path.ptr, path.len);
  made[len += path.len] = 0;
  return (fm_str){made, len};
}

/* An address without its user name and password, for a message. */
static fm_str without_password(fm_str url, fm_arena *arena)
{
  const char *start = fm_str_find(url, FM_STR("://")), *end = url.ptr + url.len;
  const char *slash = start ? memchr(start + 3, '/', (size_t)(end - start - 3)) : NULL;
  const char *at = start ? memrchr(start, '@', (size_t)((slash ? slash : end) - start)) : NULL;
  return at ? fm_arena_printf(arena, "%.*s...%.*s", FM_FMT(fm_str_span(url.ptr, start + 3)),
                              FM_FMT(fm_str_span(at, end))) : url;
}

int fm_value_string(const fm_directive_ctx *ctx, const fm_directive *row, fm_str text, fm_str *made,
                    fm_why *why)
{
  int error = check_string(row, text, why);
  if (error)
    return error;
  bool path = row->type == FM_T_PATH || row->type == FM_T_PATHS;
  if (text.len && (row->type == FM_T_URL || row->flags & FM_D_URLS)) {
    fm_why reason;
    error = fm_url_from_user(text, ctx->arena, made, &reason);
    return error ? refuse(why, without_password(text, ctx->arena), reason.text) : FM_OK;
  }
  *made = path ? absolute(ctx, row, text) : fm_arena_str(ctx->arena, text);
  return FM_OK;
}

static int set_whole(const fm_directive *row, fm_str text, void *into, fm_why *why)
{
  int64_t number = 0;
  int error = row->type == FM_T_INTEGER ? parse_integer(text, &number, why)
              : row->type == FM_T_SIZE  ? parse_size(text, &number, why)
                                        : parse_duration(text, &number, why);
  if (!error)
    error = check_range(row, text, (double)number, why);
  if (!error)
    store(row, row->flags & FM_D_MILLI ? times(number, 1000) : number, into);
  return error;
}

static int set_number(const fm_directive *row, fm_str text, double *into, fm_why *why)
{
  double number = 0;
  int error = parse_number(text, &number, why);
  if (!error)
    error = check_range(row, text, number, why);
  if (!error)
    *into = number;
  return error;
}

int fm_value_set(const fm_directive_ctx *ctx, const fm_directive *row, fm_str text, void *into,
                 fm_why *why)
{
  void *at = fm_value_at(row, into);
  switch (row->type) {
    case FM_T_BOOL: return parse_bool(text, at, why);
    case FM_T_INTEGER:
    case FM_T_SIZE:
    case FM_T_DURATION: return set_whole(row, text, into, why);
    case FM_T_NUMBER: return set_number(row, text, at, why);
    case FM_T_CHOICE: return parse_choice(row, text, at, why);
    default: return fm_value_string(ctx, row, text, at, why);
  }
}

bool fm_value_text(const fm_directive *row, const void *from, char out[FM_VALUE_TEXT])
{
  const void *at = (const char *)from + row->offset;
  if (row->type == FM_T_BOOL) {
    bool words = row->preset && row->preset[0] == 'o'; /* as the default is written */
    const char *yes = words ? "on" : "true", *no = words ? "off" : "false";
    snprintf(out, FM_VALUE_TEXT, "%s", *(const bool *)at ? yes : no);
  } else if (row->type == FM_T_CHOICE) {
    snprintf(out, FM_VALUE_TEXT, "%s", row->choices[*(const unsigned *)at]);
  } else if (row->type == FM_T_NUMBER) {
    if (!row->preset && *(const double *)at == (double)FM_ABSENT)
      return false;
    write_number(*(const double *)at, out);
  } else {
    int64_t number = stored(row, from);
    if (!row->preset && number == FM_ABSENT)
      return false;
    write_plain(row, row->flags & FM_D_MILLI ? number / 1000 : number, out);
  }
  return true;
}

void fm_value_absent(const fm_directive *row, void *into)
{
  if (row->type == FM_T_NUMBER)
    *(double *)fm_value_at(row, into) = (double)FM_ABSENT;
  else if (row->type == FM_T_INTEGER || row->type == FM_T_SIZE || row->type == FM_T_DURATION)
    store(row, FM_ABSENT, into);
}
