/* Parses robots.txt and matches paths against its rules (RFC 9309). */
#include "fetch/robots.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

typedef struct rule {
  fm_str pattern; /* normalised; '*' is a wildcard, a final '$' the end */
  bool allow;
} rule;

typedef struct rules {
  rule *items;
  size_t count, cap;
} rules;

struct fm_robots {
  fm_arena arena;
  rules rules;
};

/* ---- percent-encoding ---- */

static bool unreserved(unsigned char c)
{
  unsigned char letter = c | 0x20;
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

static size_t put_percent(unsigned char c, char *out)
{
  static const char digits[] = "0123456789ABCDEF";
  out[0] = '%';
  out[1] = digits[c >> 4];
  out[2] = digits[c & 15];
  return 3;
}

/* Gives each octet one spelling: plain if it need not be encoded, else %XX in capitals.
 * '*' and '$' are encoded where they are no operators: in a target, and a '$' inside a
 * pattern. `out` has room for three times the length. */
static size_t normalise(fm_str from, bool target, char *out)
{
  char *to = out;
  for (size_t i = 0; i < from.len; i++) {
    unsigned char c = (unsigned char)from.ptr[i];
    bool encoded = c == '%' && i + 2 < from.len && fm_hex_value(from.ptr[i + 1]) >= 0 &&
                   fm_hex_value(from.ptr[i + 2]) >= 0;
    if (encoded) {
      c = (unsigned char)(fm_hex_value(from.ptr[i + 1]) << 4 | fm_hex_value(from.ptr[i + 2]));
      i += 2;
    }
    bool plain = !encoded && c > ' ' && c < 0x7f;
    if (target)
      plain = plain && c != '*' && c != '$';
    else
      plain = plain && (c != '$' || i + 1 == from.len);
    if (unreserved(c) || plain)
      *to++ = (char)c;
    else
      to += put_percent(c, to);
  }
  return (size_t)(to - out);
}

/* ---- parsing ---- */

typedef struct parser {
  fm_str product;
  fm_arena *arena;
  rules ours, everyones;
  bool in_agents;        /* the previous line was a user-agent line */
  bool for_us, for_all;  /* the present group's agents */
  bool named;            /* the file has a group for our product */
} parser;

static fm_str product_token(fm_str value)
{
  size_t n = 0;
  while (n < value.len) {
    unsigned char c = (unsigned char)value.ptr[n], letter = c | 0x20;
    if (!((letter >= 'a' && letter <= 'z') || c == '-' || c == '_'))
      break;
    n++;
  }
  return (fm_str){value.ptr, n};
}

static void add_agent(parser *p, fm_str value)
{
  if (!p->in_agents)
    p->for_us = p->for_all = false;
  p->in_agents = true;
  if (value.len && value.ptr[0] == '*')
    p->for_all = true;
  else if (fm_str_ieq(product_token(value), p->product))
    p->for_us = p->named = true;
}

static void add_rule(parser *p, fm_str value, bool allow)
{
  p->in_agents = false;
  if (value.len == 0 || !(p->for_us || p->for_all))
    return; /* an empty rule matches nothing */
  char *text = fm_arena_raw(p->arena, value.len * 3);
  size_t len = normalise(value, false, text);
  fm_arena_trim(p->arena, text, value.len * 3, len);
  rule made = {{text, len}, allow};
  if (p->for_us)
    *FM_PUSH(p->arena, p->ours.items, p->ours.count, p->ours.cap) = made;
  if (p->for_all && !p->named)
    *FM_PUSH(p->arena, p->everyones.items, p->everyones.count, p->everyones.cap) = made;
}

static void parse_line(parser *p, fm_str line)
{
  const char *comment = line.len ? memchr(line.ptr, '#', line.len) : NULL;
  if (comment)
    line.len = (size_t)(comment - line.ptr);
  const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
  if (!colon)
    return;
  fm_str key = fm_str_trim(fm_str_span(line.ptr, colon));
  fm_str value = fm_str_trim(fm_str_span(colon + 1, line.ptr + line.len));
  if (fm_str_ieq(key, FM_STR("user-agent")))
    add_agent(p, value);
  else if (fm_str_ieq(key, FM_STR("allow")))
    add_rule(p, value, true);
  else if (fm_str_ieq(key, FM_STR("disallow")))
    add_rule(p, value, false);
}

static fm_str next_line(fm_str *rest)
{
  size_t n = 0;
  while (n < rest->len && rest->ptr[n] != '\n' && rest->ptr[n] != '\r')
    n++;
  fm_str line = {rest->ptr, n};
  *rest = fm_str_from(*rest, n < rest->len ? n + 1 : n);
  return line;
}

fm_robots *fm_robots_parse(fm_str text, fm_str product)
{
  fm_robots *robots = FM_NEW(fm_robots);
  parser p = {.product = product, .arena = &robots->arena};
  if (text.len > FM_ROBOTS_MAX)
    text.len = FM_ROBOTS_MAX;
  if (fm_str_starts(text, FM_STR("\xef\xbb\xbf")))
    text = fm_str_from(text, 3);
  while (text.len)
    parse_line(&p, next_line(&text));
  robots->rules = p.named ? p.ours : p.everyones;
  return robots;
}

void fm_robots_free(fm_robots *robots)
{
  if (!robots)
    return;
  fm_arena_deinit(&robots->arena);
  free(robots);
}

size_t fm_robots_size(const fm_robots *robots)
{
  return robots ? sizeof *robots + robots->arena.used : 0;
}

/* ---- matching ---- */

/* Greedy: each piece between wildcards is matched at its first place after the previous
 * one; only with a final '$' must the last piece be at the end. There is no backtracking,
 * so many '*' cost no more than few. */
static bool matches(fm_str pattern, fm_str target)
{
  bool to_end = pattern.len && pattern.ptr[pattern.len - 1] == '$';
  if (to_end)
    pattern.len--;
  const char *star = pattern.len ? memchr(pattern.ptr, '*', pattern.len) : NULL;
  fm_str head = star ? fm_str_span(pattern.ptr, star) : pattern;
  if (!fm_str_starts(target, head))
    return false;
  target = fm_str_from(target, head.len);
  if (!star)
    return !to_end || target.len == 0;
  fm_str rest = fm_str_from(pattern, head.len + 1);
  while ((star = rest.len ? memchr(rest.ptr, '*', rest.len) : NULL)) {
    fm_str piece = fm_str_span(rest.ptr, star);
    const char *at = piece.len ? fm_str_find(target, piece) : target.ptr;
    if (!at)
      return false;
    target = fm_str_from(target, (size_t)(at - target.ptr) + piece.len);
    rest = fm_str_from(rest, piece.len + 1);
  }
  if (rest.len == 0)
    return true;
  return to_end ? fm_str_ends(target, rest) : fm_str_find(target, rest) != NULL;
}

static bool allowed(const rules *all, fm_str target)
{
  const rule *best = NULL;
  for (size_t i = 0; i < all->count; i++) {
    const rule *at = &all->items[i];
    if (best && at->pattern.len < best->pattern.len)
      continue;
    if (best && at->pattern.len == best->pattern.len && !at->allow)
      continue;
    if (matches(at->pattern, target))
      best = at;
  }
  return !best || best->allow;
}

bool fm_robots_allows(const fm_robots *robots, fm_str target)
{
  if (!robots || robots->rules.count == 0)
    return true;
  const char *fragment = target.len ? memchr(target.ptr, '#', target.len) : NULL;
  if (fragment)
    target.len = (size_t)(fragment - target.ptr);
  if (fm_str_eq(target, FM_STR("/robots.txt")))
    return true;
  char *text = fm_alloc(target.len * 3 + 1), *to = text;
  if (target.len == 0 || target.ptr[0] != '/')
    *to++ = '/'; /* "http://host?q" requests "/?q" */
  to += normalise(target, true, to);
  bool answer = allowed(&robots->rules, fm_str_span(text, to));
  free(text);
  return answer;
}
