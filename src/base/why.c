/* Formats failure reasons, and names the error codes. */
#include "base/why.h"

#include "base/str.h"

#include <stdio.h>

enum { WHOLE = sizeof ((fm_why *)0)->text - 1 - 3 /* a longer text may have been truncated */ };

/* Makes the text one line of valid UTF-8; a character that was truncated at the end is
 * dropped. */
static void tidy(char *text)
{
  const char *end = text + strlen(text);
  for (const char *p = text; p < end;) {
    char *at = (char *)p;
    fm_utf8_next(&p, end);
    if ((unsigned char)*at < 0x20 || *at == 0x7f)
      *at = ' ';
    else if ((unsigned char)*at >= 0x80 && p == at + 1)
      *at = '?';
  }
  while (end > text && end - text > WHOLE && end[-1] == '?')
    *(char *)--end = 0;
}

void fm_why_set(fm_why *why, const char *format, va_list args)
{
  vsnprintf(why->text, sizeof why->text, format, args);
  tidy(why->text);
}

int fm_fail_unknown(fm_why *why, const char *thing, fm_str name, fm_str near)
{
  if (!near.len)
    return fm_fail(why, FM_E_NOT_FOUND, "no %s is named \"%.*s\"", thing, FM_FMT(name));
  return fm_fail(why, FM_E_NOT_FOUND, "no %s is named \"%.*s\"; did you mean \"%.*s\"?", thing,
                 FM_FMT(name), FM_FMT(near));
}

const char *fm_error_text(int code)
{
  switch (code) {
#define ROW(name, number, text) case name: return text;
    FM_ERRORS(ROW)
#undef ROW
  }
  return "unknown error";
}

const char *fm_error_name(int code)
{
  switch (code) {
#define ROW(name, number, text) case name: return #name;
    FM_ERRORS(ROW)
#undef ROW
  }
  return "FM_E_?";
}
