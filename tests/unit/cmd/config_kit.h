/* What the tests of the configuration share: problems as one text, random
 * bytes that are the same in every run. Each test includes it once. */
#ifndef CONFIG_KIT_H
#define CONFIG_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/problem.h"
#include "base/str.h"

/* All problems, one a line; free(). */
__attribute__((unused)) static char *problems_text(const fm_problems *problems)
{
  fm_buf text;
  fm_buf_init(&text, FM_BUF_MAX);
  for (size_t i = 0; i < problems->count; i++) {
    fm_buf_str(&text, problems->items[i].text);
    fm_buf_char(&text, '\n');
  }
  fm_buf_char(&text, 0);
  return fm_buf_take(&text, &(size_t){0});
}

/* xorshift64: the seed is fixed, so a failure comes again. */
__attribute__((unused)) static uint32_t dice(uint32_t sides)
{
  static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return (uint32_t)(x >> 32) % sides;
}

static const char *const pieces[] = {
  "a", "b", "feeds", "name", "every", "30m", "server", "listen", "refresh", "store", "memory:",
  "papers", "limit", "source", "<<", "~", "null", "\xc3\xa9", "99999999999999999999", "-1", "16M",
  "on", "\"q\\u0000\"", "'s'", "*x", "&x 1", "!t 1", "127.0.0.1:0", "0.5", "\"\\n\""};
static const char *const breakers[] = {
  "\n", "\n  ", ": ", "[", "]", "{", "}", ", ", "\"", "'", "#c\n", "|\n ", ">\n ", "---\n", "...\n",
  "? ", "%Y\n", "\t", "\r\n", "\xef\xbb\xbf", "\xff", "@", "`", "*x", "&y ", "- "};

__attribute__((unused)) static const char *random_piece(void)
{
  return pieces[dice(sizeof pieces / sizeof *pieces)];
}

/* A random tree in flow style. */
__attribute__((unused)) static void random_node(fm_buf *out, unsigned depth)
{
  unsigned kind = depth ? dice(3) : 0, count = dice(5);
  if (kind == 0) {
    fm_buf_text(out, random_piece());
    return;
  }
  fm_buf_text(out, dice(8) ? "" : "&x ");
  fm_buf_char(out, kind == 1 ? '[' : '{');
  for (unsigned i = 0; i < count; i++) {
    fm_buf_text(out, i ? ", " : "");
    if (kind == 2)
      fm_buf_addf(out, "%s: ", random_piece());
    random_node(out, depth - 1);
  }
  fm_buf_char(out, kind == 1 ? ']' : '}');
}

/* Puts something unlucky somewhere, or takes a byte away. */
__attribute__((unused)) static void random_harm(fm_buf *text)
{
  fm_buf out;
  size_t at = dice((uint32_t)text->len + 1);
  fm_buf_init(&out, FM_BUF_MAX);
  fm_buf_add(&out, text->ptr, at);
  if (dice(4) == 0)
    fm_buf_char(&out, (char)dice(256));
  else if (dice(4))
    fm_buf_text(&out, breakers[dice(sizeof breakers / sizeof *breakers)]);
  else if (at < text->len)
    at++;
  fm_buf_add(&out, text->ptr + at, text->len - at);
  fm_buf_deinit(text);
  *text = out;
}

/* Some keys in block style, each with a random tree, mostly whole. */
__attribute__((unused)) static void random_yaml(fm_buf *out)
{
  for (unsigned keys = dice(6); keys; keys--) {
    fm_buf_addf(out, "%s: ", random_piece());
    random_node(out, dice(5));
    fm_buf_char(out, '\n');
  }
  if (out->len && dice(2))
    for (unsigned harm = dice(4); harm; harm--)
      random_harm(out);
}

#endif
