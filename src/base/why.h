/* The reason of a failure: one line of text that travels beside its code.
 * The caller owns it, on its stack or in its struct; nothing is allocated. */
#ifndef FM_BASE_WHY_H
#define FM_BASE_WHY_H

#include <feedmill/error.h>
#include <feedmill/feed.h>

typedef struct fm_why {
  char text[512]; /* UTF-8, NUL-terminated, no line breaks; "" when not set */
} fm_why;

/* Sets the text (cut to fit, line breaks and controls become spaces) and
 * returns `code`. `why` may be NULL: then only the code is returned. */
int fm_fail(fm_why *why, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* FM_E_NOT_FOUND: no such thing ("feed") has this name, and which one was meant perhaps
 * (fm_str_offer; empty: none is near). */
int fm_fail_unnamed(fm_why *why, const char *thing, fm_str name, fm_str near);

/* What a code says to a person; never NULL. */
const char *fm_error_text(int code);

/* The code's name, "FM_E_SYNTAX"; "FM_E_?" when unknown. */
const char *fm_error_name(int code);

#endif
