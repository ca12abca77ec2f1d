/* Splits HTML into tokens. */
#include "dom/html_token.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <strings.h>

static char to_lower(char c) { return (unsigned)(c - 'A') < 26 ? (char)(c | 0x20) : c; }

static const char *skip_spaces(const char *at, const char *end)
{
  while (at < end && html_is_space(*at))
    at++;
  return at;
}

static const char *find_char(const char *at, const char *end, char c)
{
  const char *found = at < end ? memchr(at, c, (size_t)(end - at)) : NULL;
  return found ? found : end;
}

/* ---- tags ---- */

static html_attribute *add_attribute(html_tokenizer *t)
{
  if (t->nattributes == t->attributes_cap) {
    t->attributes_cap = t->attributes_cap ? t->attributes_cap * 2 : 16;
    t->attributes = fm_realloc(t->attributes, t->attributes_cap * sizeof *t->attributes);
  }
  return &t->attributes[t->nattributes++];
}

/* The value after '='; leaves t->at behind it. */
static fm_str read_value(html_tokenizer *t)
{
  const char *at = skip_spaces(t->at, t->end), *from = at;
  if (at < t->end && (*at == '"' || *at == '\'')) {
    const char *close = find_char(at + 1, t->end, *at);
    t->at = close < t->end ? close + 1 : close;
    return fm_str_span(at + 1, close);
  }
  while (at < t->end && !html_is_space(*at) && *at != '>')
    at++;
  t->at = at;
  return fm_str_span(from, at);
}

/* Reads one attribute; t->at stands on its name. The first of equal names wins. */
static void read_attribute(html_tokenizer *t)
{
  const char *from = t->at, *at = from;
  do
    at++;
  while (at < t->end && !html_is_space(*at) && *at != '/' && *at != '>' && *at != '=');
  html_attribute made = {.name = fm_str_span(from, at), .value = {NULL, 0}};
  const char *next = skip_spaces(at, t->end);
  t->at = at;
  if (next < t->end && *next == '=') {
    t->at = next + 1;
    made.value = read_value(t);
  }
  if (t->nattributes == HTML_ATTRIBUTES_MAX)
    return;
  for (size_t i = 0; i < t->nattributes && i < 64; i++)
    if (fm_str_ieq(t->attributes[i].name, made.name))
      return;
  *add_attribute(t) = made;
}

/* True if the tag ends before the input does. */
static bool read_attributes(html_tokenizer *t, html_token *token)
{
  t->nattributes = 0;
  while (t->at < t->end && *t->at != '>') {
    if (html_is_space(*t->at) || *t->at == '/') {
      token->self_closing = *t->at == '/' && t->at + 1 < t->end && t->at[1] == '>';
      t->at++;
      continue;
    }
    read_attribute(t);
  }
  if (t->at == t->end)
    return false;
  t->at++;
  return true;
}

static void read_name(html_tokenizer *t, html_token *token)
{
  size_t len = 0;
  for (; t->at < t->end && !html_is_space(*t->at) && *t->at != '/' && *t->at != '>'; t->at++)
    if (len < sizeof t->name)
      t->name[len++] = to_lower(*t->at);
  token->name = (fm_str){t->name, len};
  token->tag = fm_html_tag_find(token->name);
}

/* ---- comments and declarations ---- */

static void set_comment(html_tokenizer *t, html_token *token, const char *from, const char *to,
                        const char *after)
{
  *token = (html_token){.kind = TOKEN_COMMENT, .text = fm_str_span(from, to)};
  t->at = after;
}

/* t->at stands behind "<!--". */
static void read_comment(html_tokenizer *t, html_token *token)
{
  const char *from = t->at, *at = from, *end = t->end;
  if (at < end && *at == '>') {
    set_comment(t, token, from, from, at + 1);
    return;
  }
  if (end - at >= 2 && at[0] == '-' && at[1] == '>') {
    set_comment(t, token, from, from, at + 2);
    return;
  }
  while ((at = find_char(at, end, '-')) < end) {
    if (end - at >= 3 && at[1] == '-' && at[2] == '>') {
      set_comment(t, token, from, at, at + 3);
      return;
    }
    if (end - at >= 4 && at[1] == '-' && at[2] == '!' && at[3] == '>') {
      set_comment(t, token, from, at, at + 4);
      return;
    }
    at++;
  }
  set_comment(t, token, from, end, end);
}

static void read_bogus_comment(html_tokenizer *t, html_token *token)
{
  const char *close = find_char(t->at, t->end, '>');
  set_comment(t, token, t->at, close, close < t->end ? close + 1 : close);
}

/* t->at stands behind "<!". */
static void read_declaration(html_tokenizer *t, bool cdata, html_token *token)
{
  size_t left = (size_t)(t->end - t->at);
  if (left >= 2 && memcmp(t->at, "--", 2) == 0) {
    t->at += 2;
    read_comment(t, token);
  } else if (left >= 7 && strncasecmp(t->at, "doctype", 7) == 0) {
    t->at += 7;
    read_bogus_comment(t, token);
    token->kind = TOKEN_DOCTYPE;
  } else if (cdata && left >= 7 && memcmp(t->at, "[CDATA[", 7) == 0) {
    const char *from = t->at + 7;
    const char *close = fm_str_find(fm_str_span(from, t->end), FM_STR("]]>"));
    *token = (html_token){.kind = TOKEN_TEXT, .text = fm_str_span(from, close ? close : t->end)};
    t->at = close ? close + 3 : t->end;
  } else {
    read_bogus_comment(t, token);
  }
}

/* ---- tokens ---- */

/* True if the '<' at `at` starts markup; otherwise it is text. */
static bool is_markup(const char *at, const char *end)
{
  char c = at + 1 < end ? at[1] : 0;
  return fm_is_alpha(c) || c == '!' || c == '?' || (c == '/' && at + 2 < end);
}

static void read_text(html_tokenizer *t, html_token *token)
{
  const char *from = t->at, *at = from;
  while ((at = find_char(at, t->end, '<')) < t->end && !is_markup(at, t->end))
    at++;
  *token = (html_token){.kind = TOKEN_TEXT, .references = true, .text = fm_str_span(from, at)};
  t->at = at;
}

/* t->at stands on a '<' that starts markup. False: nothing comes of it. */
static bool read_markup(html_tokenizer *t, bool cdata, html_token *token)
{
  char c = t->at[1];
  *token = (html_token){.kind = TOKEN_START};
  if (c == '!') {
    t->at += 2;
    read_declaration(t, cdata, token);
    return true;
  }
  if (c == '?' || (c == '/' && !fm_is_alpha(t->at[2]))) {
    t->at += c == '?' ? 1 : 2;
    bool nothing = c == '/' && *t->at == '>'; /* "</>" */
    read_bogus_comment(t, token);
    return !nothing;
  }
  token->kind = c == '/' ? TOKEN_END : TOKEN_START;
  t->at += c == '/' ? 2 : 1;
  read_name(t, token);
  return read_attributes(t, token);
}

void fm_html_tokenizer_next(html_tokenizer *t, bool cdata, html_token *token)
{
  while (t->at < t->end) {
    if (*t->at != '<' || !is_markup(t->at, t->end)) {
      read_text(t, token);
      return;
    }
    if (read_markup(t, cdata, token))
      return;
  }
  *token = (html_token){.kind = TOKEN_END_OF_FILE};
}

/* ---- raw text ---- */

/* The end tag of `name` at or after `at`, or NULL. */
static const char *find_end_tag(const char *at, const char *end, fm_str name)
{
  while ((at = find_char(at, end, '<')) < end) {
    const char *after = at + 2 + name.len;
    if (after <= end && at[1] == '/' && fm_str_ieq((fm_str){at + 2, name.len}, name) &&
        (after == end || html_is_space(*after) || *after == '/' || *after == '>'))
      return at;
    at++;
  }
  return NULL;
}

/* In a script, "<!-- <script" starts a nested script, whose end tag does not count (section
 * 13.2.5.27). */
static const char *find_script_end(const char *at, const char *end)
{
  static const fm_str script = {"script", 6};
  const char *close = find_end_tag(at, end, script);
  while (close) {
    const char *comment = fm_str_find(fm_str_span(at, close), FM_STR("<!--"));
    const char *closed =
      comment ? fm_str_find(fm_str_span(comment, close), FM_STR("-->")) : NULL;
    if (!comment)
      return close;
    if (closed) {
      at = closed + 3;
      continue;
    }
    const char *nested = comment;
    while ((nested = find_char(nested + 1, close, '<')) < close)
      if (close - nested > 7 && fm_str_ieq((fm_str){nested + 1, 6}, script) &&
          (html_is_space(nested[7]) || nested[7] == '/' || nested[7] == '>'))
        break;
    if (nested >= close)
      return close;
    at = close + 8; /* the nested script's end; the comment goes on */
    close = find_end_tag(at, end, script);
    const char *rest = close ? fm_str_find(fm_str_span(at, close), FM_STR("-->")) : NULL;
    if (!rest)
      return close;
    at = rest + 3;
  }
  return NULL;
}

fm_str fm_html_tokenizer_raw(html_tokenizer *t, enum html_tag tag)
{
  const char *from = t->at, *close = NULL;
  if (tag == TAG_SCRIPT)
    close = find_script_end(from, t->end);
  else if (tag != TAG_PLAINTEXT)
    close = find_end_tag(from, t->end, fm_html_tag_name(tag));
  if (!close) {
    t->at = t->end;
    return fm_str_span(from, t->end);
  }
  html_token token = {.kind = TOKEN_END};
  t->at = close + 2;
  read_name(t, &token);
  read_attributes(t, &token);
  return fm_str_span(from, close);
}

void fm_html_tokenizer_deinit(html_tokenizer *t) { free(t->attributes); }
