/* The reason of a failure: one line of text that accompanies its error code. It is embedded
 * in the caller's stack frame or struct; nothing is allocated. */
#ifndef FM_BASE_WHY_H
#define FM_BASE_WHY_H

#include <feedmill/error.h>
#include <feedmill/feed.h>
#include <stdarg.h>
#include <stddef.h>

typedef struct fm_why {
  char text[512]; /* UTF-8, NUL-terminated, no line breaks; "" if not set */
} fm_why;

/* Sets the text (truncated to fit; line breaks and controls become spaces). */
void fm_why_set(fm_why *why, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Sets the text and returns `code`. `why` may be NULL. Inline, so that static analysers see
 * which value is returned. */
__attribute__((format(printf, 3, 4))) static inline int fm_fail(fm_why *why, int code,
                                                                const char *format, ...)
{
  if (why) {
    va_list args;
    va_start(args, format);
    fm_why_set(why, format, args);
    va_end(args);
  }
  return code;
}

/* Sets "no THING is named NAME" with a suggestion (from fm_str_suggest; empty: none) and
 * returns FM_E_NOT_FOUND. */
int fm_fail_unknown(fm_why *why, const char *thing, fm_str name, fm_str near);

/* The description of an error code for people; never NULL. */
const char *fm_error_text(int code);

/* The code's name, "FM_E_SYNTAX"; "FM_E_?" when unknown. */
const char *fm_error_name(int code);

#endif
