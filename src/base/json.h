/* Pull parser for JSON (RFC 8259) without a tree: the caller navigates objects and arrays
 * and reads the values it needs; all others are skipped by a fast scan.
 *
 *   fm_json_init(&json, text, &arena);
 *   if (fm_json_object(&json) > 0)
 *     while (fm_json_key(&json, &key) > 0)
 *       if (fm_str_is(key, "title"))
 *         fm_json_string(&json, &title);
 *   if (fm_json_end(&json) != FM_OK)
 *     return fm_json_fail(&json, why);
 *
 * Every call returns 1 for success, 0 for "not of this kind" or "no more", and FM_E_SYNTAX
 * if the text is not JSON. Errors are sticky: every later call returns the error, so
 * checking once at the end is enough. Out-parameters are set only if 1 is returned.
 *
 * Values that are read are validated completely. Values that are skipped are checked for
 * matching brackets and closed strings only; errors in their numbers, commas and colons go
 * unnoticed. */
#ifndef FM_BASE_JSON_H
#define FM_BASE_JSON_H

#include "base/mem.h"
#include "base/why.h"
#include <stdbool.h>

/* Maximum nesting of open containers. A skipped value may have as many levels in addition. */
enum { FM_JSON_DEPTH = 64 };

enum fm_json_kind {
  FM_JSON_OBJECT = 1, FM_JSON_ARRAY, FM_JSON_STRING, FM_JSON_NUMBER, FM_JSON_BOOL, FM_JSON_NULL
};

typedef struct fm_json {
  const char *at, *end, *start;
  fm_arena *arena;
  uint64_t kinds;  /* stack of open containers, the innermost in bit 0: 1 is an object */
  unsigned depth;
  bool due;        /* a value starts at `at` that has not been read yet */
  bool first;      /* the innermost container was just opened */
  bool xml;        /* option: strings are returned without characters that XML 1.0 section 2.2
                    * forbids */
  int error;
  const char *wrong; /* description of the error */
} fm_json;

/* `text` is not copied, need not be NUL-terminated and must outlive the parser and
 * everything read from it. A byte order mark is skipped. Strings with escapes are decoded
 * into the arena. */
void fm_json_init(fm_json *json, fm_str text, fm_arena *arena);

/* Returns the kind of the next value; FM_E_SYNTAX if there is none. */
int fm_json_kind(fm_json *json);

/* Enters the next value. Returns 0 if the value is of another kind; the value is then
 * skipped. */
int fm_json_object(fm_json *json);
int fm_json_array(fm_json *json);

/* Reads the next key of the object and moves to its value. Returns 0 at the end of the
 * object, which is then left. A value that was not read is skipped first. The key points
 * into the text, or into the arena if it has escapes. */
int fm_json_key(fm_json *json, fm_str *key);
/* Moves to the array's next value. Returns 0 at the end of the array, which is then left. */
int fm_json_next(fm_json *json);
/* Leaves the innermost container from any position in it. */
int fm_json_leave(fm_json *json);

/* Readers of the next value. They return 0 for a value of another kind, such as null, and
 * skip it. */

/* Returns valid UTF-8: unpaired surrogates and invalid bytes become U+FFFD. The string
 * points into the text if possible, otherwise into the arena, NUL-terminated. It may contain
 * NUL (from \u0000) unless `xml` is set. */
int fm_json_string(fm_json *json, fm_str *string);
/* Returns 0 also if the number overflows a double. */
int fm_json_number(fm_json *json, double *number);
/* Returns 0 also if the number is not an integer or overflows. */
int fm_json_int(fm_json *json, int64_t *number);
int fm_json_bool(fm_json *json, bool *yes);

/* Skips the next value; returns 1. */
int fm_json_skip(fm_json *json);

/* A row of a table of keys. `read` reads or ignores the value; a negative return value ends
 * the loop and is passed on. */
typedef struct fm_json_field {
  fm_str key;
  int (*read)(fm_json *json, void *into);
} fm_json_field;

/* Reads the next object by a table; other keys are skipped. Returns 1, or 0 if the value is
 * not an object and was skipped. */
int fm_json_fields(fm_json *json, const fm_json_field *fields, size_t count, void *into);

/* Returns FM_OK if the text was exactly one value, all containers have been left and only
 * white space follows. An unread value is skipped first. */
int fm_json_end(fm_json *json);

/* Sets the error with its position ("JSON, byte 812: ...") and returns its code; returns
 * FM_OK and leaves `why` untouched if there is none. */
int fm_json_fail(const fm_json *json, fm_why *why);

#endif
