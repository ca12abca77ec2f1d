/* Classes of ASCII characters, independent of the locale (unlike ctype.h). No byte over 0x7f
 * belongs to any of them. */
#ifndef FM_BASE_ASCII_H
#define FM_BASE_ASCII_H

#include <stdbool.h>

/* As isspace() in the C locale: space, \t, \n, \v, \f, \r. */
static inline bool fm_is_space(char c) { return c == ' ' || (unsigned char)(c - '\t') < 5; }
/* ASCII white space of HTML (WHATWG Infra): without \v. */
static inline bool fm_is_html_space(char c) { return c != '\v' && fm_is_space(c); }
static inline bool fm_is_digit(char c) { return (unsigned char)(c - '0') < 10; }
static inline bool fm_is_lower(char c) { return (unsigned char)(c - 'a') < 26; }
static inline bool fm_is_upper(char c) { return (unsigned char)(c - 'A') < 26; }
static inline bool fm_is_alpha(char c) { return fm_is_lower((char)(c | 0x20)); }
static inline bool fm_is_alnum(char c) { return fm_is_digit(c) || fm_is_alpha(c); }

static inline char fm_to_lower(char c) { return fm_is_upper(c) ? (char)(c | 0x20) : c; }

/* The value of a hexadecimal digit; -1 if it is none. */
static inline int fm_hex_value(char c)
{
  if (fm_is_digit(c))
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
