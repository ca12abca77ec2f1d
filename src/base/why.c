#include "base/why.h"

#include <stdarg.h>
#include <stdio.h>

int fm_fail(fm_why *why, int code, const char *format, ...)
{
  if (!why)
    return code;
  va_list args;
  va_start(args, format);
  vsnprintf(why->text, sizeof why->text, format, args);
  va_end(args);
  for (char *p = why->text; *p; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f)
      *p = ' ';
  return code;
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
