/* Reading JSON (RFC 8259) by pulling, with no tree: the caller walks objects and
 * arrays, reads what it wants, and what it does not read is passed over at the
 * speed of a scan.
 *
 *   fm_json_init(&json, text, &arena);
 *   if (fm_json_object(&json) > 0)
 *     while (fm_json_key(&json, &key) > 0)
 *       if (fm_str_is(key, "title"))
 *         fm_json_string(&json, &title);
 *   if (fm_json_end(&json) != FM_OK)
 *     return fm_json_fail(&json, why);
 *
 * Every call returns 1 for "done", 0 for "not so" and FM_E_SYNTAX when the text
 * is no JSON. An error stays: every later call returns it, so it is enough to
 * look once, at the end. Out-parameters are untouched unless 1 is returned.
 *
 * What is read is checked in full. What is passed over is checked for ending
 * where it should: brackets that match, strings that are closed; its numbers,
 * commas and colons may be wrong unnoticed. */
#ifndef FM_BASE_JSON_H
#define FM_BASE_JSON_H

#include "base/mem.h"
#include "base/why.h"
#include <stdbool.h>

/* Containers open at a time; a value that is passed over may have as many more. */
enum { FM_JSON_DEPTH = 64 };

enum fm_json_kind {
  FM_JSON_OBJECT = 1, FM_JSON_ARRAY, FM_JSON_STRING, FM_JSON_NUMBER, FM_JSON_BOOL, FM_JSON_NULL
};

typedef struct fm_json {
  const char *at, *end, *start;
  fm_arena *arena;
  uint64_t kinds;  /* of the open containers, the innermost in bit 0: 1 is an object */
  unsigned depth;
  bool due;        /* a value stands at `at`, not read yet */
  bool first;      /* the innermost container was just opened */
  bool xml;        /* may be set: strings come without what XML 1.0 section 2.2 forbids */
  int error;
  const char *wrong; /* what the error is */
} fm_json;

/* `text` is not copied, need not end in NUL and must outlive the reader and what
 * was read from it; a byte order mark is passed over. Strings with escapes are
 * decoded into the arena. */
void fm_json_init(fm_json *json, fm_str text, fm_arena *arena);

/* The kind of the value that stands next; FM_E_SYNTAX if none does. */
int fm_json_kind(fm_json *json);

/* Enters the object or array that stands next. 0: a value of another kind, which
 * was passed over. */
int fm_json_object(fm_json *json);
int fm_json_array(fm_json *json);

/* The next key of the object; its value stands next. 0: the object's end; it is
 * left. A value that the caller did not read is passed over first. The key is
 * a part of the text, or decoded into the arena if it has escapes. */
int fm_json_key(fm_json *json, fm_str *key);
/* The array's next value stands next; 0: the array's end; it is left. */
int fm_json_next(fm_json *json);
/* Leaves the innermost object or array, wherever in it the reader is. */
int fm_json_leave(fm_json *json);

/* Read the value that stands next. 0: a value of another kind (a null, say),
 * which was passed over. */

/* Always UTF-8: surrogates without a partner and bytes that are not UTF-8 become
 * U+FFFD. A part of the text if it can be, else in the arena, NUL after it. May
 * hold NUL (from \u0000) unless `xml` is set. */
int fm_json_string(fm_json *json, fm_str *string);
/* 0 also when the number is too large for a double. */
int fm_json_number(fm_json *json, double *number);
/* 0 also for a number that is not whole or does not fit. */
int fm_json_int(fm_json *json, int64_t *number);
int fm_json_bool(fm_json *json, bool *yes);

/* Passes over the value that stands next: 1. */
int fm_json_skip(fm_json *json);

/* A table of the keys that somebody wants. `read` reads the value, or leaves it;
 * a negative return ends the walk and is passed on. */
typedef struct fm_json_field {
  fm_str key;
  int (*read)(fm_json *json, void *into);
} fm_json_field;

/* Reads the object that stands next by a table; keys that are not in it are
 * passed over. 1: it was one; 0: a value of another kind, passed over. */
int fm_json_fields(fm_json *json, const fm_json_field *fields, size_t count, void *into);

/* FM_OK if the whole text was one value, all containers were left and only white
 * space follows; a value that nobody read is passed over first. */
int fm_json_end(fm_json *json);

/* The error with its place ("byte 812: ..."); FM_OK, `why` untouched, if none. */
int fm_json_fail(const fm_json *json, fm_why *why);

#endif
