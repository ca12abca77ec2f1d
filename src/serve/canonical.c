/* Makes request targets canonical: decodes, normalises and sorts. */
#include "serve/canonical.h"

#include "base/ascii.h"
#include "base/str.h"

#include <stdlib.h>

enum { PARAMS_MAX = 64 }; /* a target with more is left as it is */

typedef struct writer {
  char *start, *at, *end;
  bool full;
} writer;

static void put(writer *w, char c)
{
  if (w->at < w->end)
    *w->at++ = c;
  else
    w->full = true;
}

static bool is_unreserved(char c) { return fm_is_alnum(c) || (c && strchr("-._~", c)); }

/* What stands for itself in a path or a query; all else is escaped. '+' means a space in a
 * query, '&' and '=' separate. */
static bool is_plain(char c, bool query)
{
  return is_unreserved(c) || (c && strchr(query ? "/,:@!$*()" : "/,:@!$*()&=+;'", c));
}

static void put_char(writer *w, char c, bool query)
{
  static const char hex[] = "0123456789ABCDEF";
  if (is_plain(c, query)) {
    put(w, c);
    return;
  }
  put(w, '%');
  put(w, hex[(unsigned char)c >> 4]);
  put(w, hex[(unsigned char)c & 15]);
}

/* Decodes the character at `*at` and moves on. The escapes are known to be whole. */
static char take_char(const char **at, bool query)
{
  const char *p = *at;
  if (*p == '%') {
    *at += 3;
    return (char)(fm_hex_value(p[1]) << 4 | fm_hex_value(p[2]));
  }
  ++*at;
  return query && *p == '+' ? ' ' : *p;
}

static bool escapes_whole(fm_str s)
{
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '%' && (i + 2 >= s.len || fm_hex_value(s.ptr[i + 1]) < 0 ||
                            fm_hex_value(s.ptr[i + 2]) < 0))
      return false;
  return true;
}

/* ---- the path ---- */

/* True for a path that is spelt as it should be, as nearly all are. */
static bool path_is_canonical(fm_str path)
{
  if (!path.len || path.ptr[0] != '/' || (path.len > 1 && path.ptr[path.len - 1] == '/'))
    return false;
  for (size_t i = 0; i < path.len; i++) {
    char next = i + 1 < path.len ? path.ptr[i + 1] : 'x';
    if (!is_plain(path.ptr[i], false) || (path.ptr[i] == '/' && (next == '/' || next == '.')))
      return false;
  }
  return true;
}

/* Ends a segment that began after `slash`: takes it back where it says nothing, and with ".."
 * the one before. `slash` is where the next '/' goes. */
static void end_segment(writer *w, char *slash)
{
  fm_str segment = w->at > slash ? (fm_str){slash + 1, (size_t)(w->at - slash - 1)} : (fm_str){0};
  if (segment.len && !fm_str_is(segment, ".") && !fm_str_is(segment, ".."))
    return;
  w->at = slash;
  if (fm_str_is(segment, ".."))
    while (w->at > w->start && *--w->at != '/')
      ;
}

static void put_path(writer *w, fm_str path)
{
  const char *at = path.ptr, *end = at + path.len;
  char *slash = w->at;
  put(w, '/');
  while (at < end) {
    char c = take_char(&at, false);
    if (c != '/') {
      put_char(w, c, false);
      continue;
    }
    end_segment(w, slash);
    slash = w->at;
    put(w, '/');
  }
  end_segment(w, slash);
  if (w->at == w->start)
    put(w, '/');
}

/* ---- the query ---- */

typedef struct param {
  fm_str text; /* "name=value", canonical */
  size_t name; /* bytes of the name */
} param;

static bool means_nothing(fm_str name, bool keyed)
{
  return (!keyed && fm_str_is(name, "key")) || fm_str_starts(name, FM_STR("utm_")) || fm_str_is(name, "fbclid") || fm_str_is(name, "ref");
}

static bool is_number(fm_str name)
{
  return fm_str_is(name, "limit") || fm_str_starts(name, FM_STR("min_")) ||
         fm_str_starts(name, FM_STR("max_"));
}

static void put_decoded(writer *w, fm_str text)
{
  for (const char *at = text.ptr, *end = at + text.len; at < end;)
    put_char(w, take_char(&at, true), true);
}

static void drop_leading_zeros(writer *w, char *value)
{
  char *at = value, *end = w->at;
  while (at < end && fm_is_digit(*at))
    at++;
  if (at < end)
    return;
  for (at = value; end - at > 1 && *at == '0';)
    at++;
  memmove(value, at, (size_t)(end - at));
  w->at -= at - value;
}

/* One parameter in its canonical spelling; false: it is dropped. */
static bool put_param(writer *w, fm_str text, bool keyed, param *p)
{
  char *start = w->at;
  fm_str name, value = text;
  fm_str_cut(&value, '=', &name);
  put_decoded(w, name);
  p->name = (size_t)(w->at - start);
  fm_str made = {start, p->name};
  if (means_nothing(made, keyed) || (!made.len && !value.len)) {
    w->at = start;
    return false;
  }
  bool number = is_number(made);
  if (value.ptr) {
    put(w, '=');
    char *from = w->at;
    put_decoded(w, value);
    if (number && !w->full)
      drop_leading_zeros(w, from);
  }
  p->text = fm_str_span(start, w->at);
  return true;
}

/* By name; equal names keep their order, which may mean something. */
static void sort(param *params, size_t n)
{
  for (size_t i = 1; i < n; i++) {
    param one = params[i];
    size_t k = i;
    for (; k > 0; k--) {
      const param *before = &params[k - 1];
      if (fm_str_cmp((fm_str){before->text.ptr, before->name}, (fm_str){one.text.ptr, one.name}) <= 0)
        break;
      params[k] = *before;
    }
    params[k] = one;
  }
}

static bool is_among(const param *params, size_t n, fm_str text)
{
  for (size_t i = 0; i < n; i++)
    if (fm_str_eq(params[i].text, text))
      return true;
  return false;
}

/* Parameters are first written one after the other into the end of the buffer, then in order.
 * False: there are too many. */
static bool put_query(writer *w, fm_str query, bool keyed)
{
  param params[PARAMS_MAX];
  size_t n = 0, room = (size_t)(w->end - w->at) / 2;
  writer aside = {w->end - room, w->end - room, w->end, false};
  w->end -= room;
  fm_str piece;
  while (query.ptr && n < PARAMS_MAX && fm_str_cut(&query, '&', &piece))
    if (piece.len && put_param(&aside, piece, keyed, &params[n]) && !is_among(params, n, params[n].text))
      n++;
  sort(params, n);
  for (size_t i = 0; i < n; i++) {
    put(w, i ? '&' : '?');
    for (size_t k = 0; k < params[i].text.len; k++)
      put(w, params[i].text.ptr[k]);
  }
  w->full |= aside.full;
  return !query.ptr;
}

bool fm_target_canonical(fm_str target, bool keyed, char *buffer, size_t cap, fm_str *canonical)
{
  const char *mark = target.len ? memchr(target.ptr, '?', target.len) : NULL;
  fm_str path = mark ? fm_str_span(target.ptr, mark) : target;
  if ((!mark && path_is_canonical(path)) || !escapes_whole(target)) {
    *canonical = target;
    return true;
  }
  writer w = {buffer, buffer, buffer + cap, false};
  put_path(&w, path);
  bool all = !mark || put_query(&w, fm_str_from(target, path.len + 1), keyed);
  *canonical = all ? fm_str_span(buffer, w.at) : target;
  return !w.full;
}
