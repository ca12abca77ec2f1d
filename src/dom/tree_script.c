/* Replaces long scripts by placeholders before the parse, and finds them again. */
#include "dom/tree_script.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Begins with a byte that is rare on pages, so that looking for it takes no time. */
#define WORD "~feedmill-long-script:"

enum { WORD_LEN = sizeof WORD - 1, DIGITS = 4, TAG_MAX = 2048 };

/* From its first byte to the next, which on a page is faster than memmem. */
static const char *find(const char *from, const char *end, const char *what)
{
  size_t len = strlen(what);
  while (end - from >= (ptrdiff_t)len &&
         (from = memchr(from, *what, (size_t)(end - from) - len + 1))) {
    if (memcmp(from, what, len) == 0)
      return from;
    from++;
  }
  return NULL;
}

/* Behind the '>' that ends a tag; NULL: not soon, or within quotes. */
static const char *tag_end(const char *at, const char *end)
{
  char quote = 0;
  if (end - at > TAG_MAX)
    end = at + TAG_MAX;
  for (; at < end; at++) {
    if (quote ? *at == quote : *at == '"' || *at == '\'')
      quote = quote ? 0 : *at;
    else if (*at == '>' && !quote)
      return at + 1;
  }
  return NULL;
}

/* As libxml2 ends a script: at its name behind "</", whatever follows. */
static const char *script_end(const char *at, const char *end)
{
  for (; (at = find(at, end, "</")); at += 2)
    if (end - at >= 8 && strncasecmp(at + 2, "script", 6) == 0)
      return at;
  return NULL;
}

static bool is_control(char c)
{
  return (unsigned char)c < ' ' && c != '\n' && c != '\t' && c != '\r';
}

/* What libxml2 would leave out. */
static bool has_no_text(fm_str body)
{
  bool found = false;
  size_t i = 0;
  for (uint64_t word; i < body.len && !found; i += i + 8 <= body.len ? 8 : 1) {
    if (i + 8 <= body.len) { /* a byte below 0x20 borrows from its highest bit */
      memcpy(&word, body.ptr + i, 8);
      if (!((word - UINT64_C(0x2020202020202020)) & ~word & UINT64_C(0x8080808080808080)))
        continue;
    }
    for (size_t k = i; k < body.len && k < i + 8; k++)
      found = found || is_control(body.ptr[k]);
  }
  const char *at = body.ptr, *end = at + body.len;
  while (!found && (at = memchr(at, '\xef', (size_t)(end - at)))) {
    at++; /* U+FFFE and U+FFFF */
    found = end - at >= 2 && at[0] == '\xbf' && (at[1] & '\xfe') == '\xbe';
  }
  return found;
}

/* The next long script from `at`; false: there is none. */
static bool next_script(const char **at, const char *end, fm_str *body)
{
  while ((*at = find(*at, end, "<script"))) {
    const char *from = tag_end(*at + 7, end), *to = from ? script_end(from, end) : NULL;
    *at = to ? to : *at + 7;
    if (!to)
      continue;
    *body = fm_str_span(from, to);
    if (body->len >= TREE_SCRIPT_LONG && !has_no_text(*body))
      return true;
  }
  return false;
}

static void copy_without(fm_str html, tree_scripts *s)
{
  char *out = s->rest = fm_alloc(html.len + 1);
  const char *from = html.ptr;
  for (size_t i = 0; i < s->count; i++) {
    out = (char *)mempcpy(out, from, (size_t)(s->bodies[i].ptr - from));
    out += snprintf(out, WORD_LEN + DIGITS + 1, WORD "%0*zu", DIGITS, i);
    from = s->bodies[i].ptr + s->bodies[i].len;
  }
  out = (char *)mempcpy(out, from, (size_t)(html.ptr + html.len - from));
  s->len = (size_t)(out - s->rest);
}

void tree_scripts_take(fm_str html, tree_scripts *scripts)
{
  const char *at = html.ptr, *end = html.ptr + html.len;
  fm_str body;
  *scripts = (tree_scripts){.count = 0};
  while (scripts->count < TREE_SCRIPTS_MAX && next_script(&at, end, &body)) {
    scripts->bodies = fm_realloc(scripts->bodies, (scripts->count + 1) * sizeof body);
    scripts->bodies[scripts->count++] = body;
  }
  if (scripts->count && !find(html.ptr, end, WORD))
    copy_without(html, scripts);
  else
    scripts->count = 0;
}

void tree_scripts_deinit(tree_scripts *scripts)
{
  free(scripts->bodies);
  free(scripts->rest);
  *scripts = (tree_scripts){.count = 0};
}

const fm_str *tree_script_of(const tree_scripts *scripts, fm_str text)
{
  uint64_t number;
  if (!scripts->count || text.len != WORD_LEN + DIGITS || memcmp(text.ptr, WORD, WORD_LEN) != 0 ||
      !fm_str_number(fm_str_from(text, WORD_LEN), TREE_SCRIPTS_MAX, &number))
    return NULL;
  return number < scripts->count ? &scripts->bodies[number] : NULL;
}
