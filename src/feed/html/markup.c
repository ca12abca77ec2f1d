/* Tokenizer for HTML and XML text; accepts malformed markup. */
#include "feed/html/markup.h"

#include "base/ascii.h"
#include "base/str.h"

static const char *find_char(const char *at, const char *end, char c)
{
  const char *found = at < end ? memchr(at, c, (size_t)(end - at)) : NULL;
  return found ? found : end;
}

static const char *find_text(const char *at, const char *end, fm_str needle)
{
  const char *found = fm_str_find(fm_str_span(at, end), needle);
  return found ? found : end;
}

static const char *after(const char *at, const char *end, size_t len)
{
  return (size_t)(end - at) > len ? at + len : end;
}

static bool has(const char *at, const char *end, const char *prefix)
{
  return fm_str_starts(fm_str_span(at, end), fm_str_of(prefix));
}

/* `at` stands behind "<!--". */
static const char *skip_comment(const char *at, const char *end, bool xml)
{
  if (!xml && has(at, end, ">")) /* "<!-->" is a whole comment, "<!--->" too */
    return at + 1;
  if (!xml && has(at, end, "->"))
    return at + 2;
  for (; (at = find_text(at, end, FM_STR("--"))) < end; at++) {
    if (has(at + 2, end, ">"))
      return at + 3;
    if (!xml && has(at + 2, end, "!>"))
      return at + 4;
  }
  return end;
}

/* A document type may hold declarations in [ ], which have '>' of their own. */
static const char *skip_doctype(const char *at, const char *end)
{
  const char *close = find_char(at, end, '>'), *open = find_char(at, close, '[');
  if (open == close)
    return after(close, end, 1);
  close = find_char(open, end, ']');
  return after(find_char(close, end, '>'), end, 1);
}

/* `at` stands at "<!" or "<?". */
static enum fm_token read_declaration(fm_markup *m, fm_str *text)
{
  const char *at = m->at;
  *text = fm_str_span(at, at);
  if (has(at, m->end, "<!--")) {
    m->at = skip_comment(at + 4, m->end, m->xml);
  } else if (m->xml && has(at, m->end, "<![CDATA[")) {
    const char *start = at + 9, *stop = find_text(start, m->end, FM_STR("]]>"));
    *text = fm_str_span(start, stop);
    m->at = after(stop, m->end, 3);
    return FM_TOKEN_CDATA;
  } else if (m->xml && at[1] == '?') {
    m->at = after(find_text(at, m->end, FM_STR("?>")), m->end, 2);
  } else if (m->xml) {
    m->at = skip_doctype(at, m->end);
  } else {
    m->at = after(find_char(at, m->end, '>'), m->end, 1);
  }
  return FM_TOKEN_OTHER;
}

static fm_str read_name(fm_markup *m)
{
  const char *start = m->at, *at = start;
  while (at < m->end && !fm_is_html_space(*at) && *at != '/' && *at != '>' && !(m->xml && *at == '<'))
    at++;
  m->at = at;
  return fm_str_span(start, at);
}

static bool starts_name(const fm_markup *m, const char *at)
{
  return at < m->end &&
         (fm_is_alpha(*at) || (m->xml && (*at == '_' || *at == ':' || (unsigned char)*at >= 0x80)));
}

/* What stands at '<'; FM_TOKEN_TEXT if it is only that sign. */
static enum fm_token read_markup(fm_markup *m, fm_str *text)
{
  const char *next = m->at + 1;
  if (starts_name(m, next)) {
    m->at = next;
    *text = read_name(m);
    return FM_TOKEN_OPEN;
  }
  if (next == m->end || (*next != '/' && *next != '!' && *next != '?'))
    return FM_TOKEN_TEXT;
  if (*next != '/')
    return read_declaration(m, text);
  m->at = next + 1;
  if (starts_name(m, m->at)) {
    *text = read_name(m);
    return fm_markup_skip_tag(m) == FM_TAG_PART_CUT ? FM_TOKEN_END : FM_TOKEN_CLOSE;
  }
  m->at = after(find_char(m->at, m->end, '>'), m->end, 1);
  return FM_TOKEN_OTHER;
}

enum fm_token fm_markup_next(fm_markup *m, fm_str *text)
{
  if (m->at >= m->end)
    return FM_TOKEN_END;
  const char *start = m->at;
  if (*start == '<') {
    enum fm_token mark = read_markup(m, text);
    if (mark != FM_TOKEN_TEXT)
      return mark;
  }
  m->at = find_char(start + 1, m->end, '<');
  *text = fm_str_span(start, m->at);
  return FM_TOKEN_TEXT;
}

static fm_str read_value(fm_markup *m)
{
  const char *at = m->at, *end = m->end, *start = at;
  if (at < end && (*at == '"' || *at == '\'')) {
    at = find_char(++start, end, *at);
    m->at = after(at, end, 1);
    /* A quote that is never closed: the tag is cut. */
    return fm_str_span(start, at);
  }
  while (at < end && !fm_is_html_space(*at) && *at != '>')
    at++;
  m->at = at;
  return fm_str_span(start, at);
}

static void skip_spaces(fm_markup *m)
{
  while (m->at < m->end && fm_is_html_space(*m->at))
    m->at++;
}

static enum fm_tag_part end_tag(fm_markup *m, enum fm_tag_part part)
{
  m->at += part == FM_TAG_PART_EMPTY ? 2 : 1;
  return part;
}

enum fm_tag_part fm_markup_attribute(fm_markup *m, fm_str *name, fm_str *value)
{
  for (; m->at < m->end && (fm_is_html_space(*m->at) || *m->at == '/'); m->at++)
    if (has(m->at, m->end, "/>"))
      return end_tag(m, FM_TAG_PART_EMPTY);
  if (m->at >= m->end)
    return FM_TAG_PART_CUT;
  if (*m->at == '>')
    return end_tag(m, FM_TAG_PART_END);
  if (m->xml && *m->at == '<') /* an unclosed tag: better than losing the next one */
    return FM_TAG_PART_END;
  const char *start = m->at++;
  while (m->at < m->end && !fm_is_html_space(*m->at) && *m->at != '/' && *m->at != '>' && *m->at != '=')
    m->at++;
  *name = fm_str_span(start, m->at);
  *value = fm_str_span(m->at, m->at);
  skip_spaces(m);
  if (m->at < m->end && *m->at == '=') {
    m->at++;
    skip_spaces(m);
    *value = read_value(m);
  }
  return m->at < m->end ? FM_TAG_PART_ATTRIBUTE : FM_TAG_PART_CUT;
}

enum fm_tag_part fm_markup_skip_tag(fm_markup *m)
{
  fm_str name, value;
  enum fm_tag_part part;
  while ((part = fm_markup_attribute(m, &name, &value)) == FM_TAG_PART_ATTRIBUTE)
    ;
  return part;
}

bool fm_markup_skip_to(fm_markup *m, fm_str name)
{
  for (const char *at = m->at; (at = find_char(at, m->end, '<')) < m->end; at++) {
    const char *start = at + 2, *stop = start + name.len;
    if ((size_t)(m->end - at) < name.len + 2 || at[1] != '/')
      continue;
    if (fm_str_ieq(fm_str_span(start, stop), name) &&
        (stop == m->end || fm_is_html_space(*stop) || *stop == '>' || *stop == '/')) {
      m->at = at;
      return true;
    }
  }
  return false;
}
