/* Error codes of feedmill.
 *
 * A function that can fail returns 0 (FM_OK) or one of these negative codes;
 * its out-parameters come last and are untouched on failure. The text of a
 * failure, where there is more to say than its kind, travels beside the code
 * (base/why.h inside the house, fm_host.fail for a plugin).
 */
#ifndef FEEDMILL_ERROR_H
#define FEEDMILL_ERROR_H

/* code, number, what it says to a person */
#define FM_ERRORS(X)                                                          \
  X(FM_OK, 0, "done")                                                         \
  X(FM_E_SYNTAX, -1, "malformed input")                                       \
  X(FM_E_TOO_BIG, -2, "over the limit")                                       \
  X(FM_E_NOT_FOUND, -3, "no such address")                                    \
  X(FM_E_BAD_ADDRESS, -4, "malformed address or parameter")                   \
  X(FM_E_NO_LIST, -5, "the page holds no list")                               \
  X(FM_E_UNAVAILABLE, -6, "the page could not be had")                        \
  X(FM_E_TIMEOUT, -7, "the page did not come in time")                        \
  X(FM_E_FORBIDDEN, -8, "not allowed")                                        \
  X(FM_E_IO, -9, "input or output failed")                                    \
  X(FM_E_CONFIG, -10, "wrong configuration")                                  \
  X(FM_E_USAGE, -11, "wrong usage")                                           \
  X(FM_E_ABI, -12, "made for another version of feedmill")                    \
  X(FM_E_BUSY, -13, "busy")                                                   \
  X(FM_E_CANCELLED, -14, "cancelled")

enum fm_error {
#define FM_ERROR_ROW(code, number, text) code = number,
  FM_ERRORS(FM_ERROR_ROW)
#undef FM_ERROR_ROW
};

#endif
