/* Base64 decoder (RFC 4648 section 4). */
#include "base/base64.h"

#include "base/ascii.h"

static int value_of(char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes the whole text; `*padding` counts the '=' characters. */
static int decode(fm_str text, fm_buf *out, size_t *padding)
{
  uint32_t bits = 0;
  size_t chars = 0;
  int error = FM_OK;
  for (size_t i = 0; i < text.len && !error; i++) {
    char c = text.ptr[i];
    if (fm_is_space(c))
      continue;
    int value = c == '=' ? 0 : value_of(c);
    if (value < 0 || (*padding && c != '='))
      return FM_E_SYNTAX;
    *padding += c == '=';
    bits = bits << 6 | (uint32_t)value;
    if (++chars % 4 == 0)
      error = fm_buf_add(out, (char[]){(char)(bits >> 16), (char)(bits >> 8), (char)bits}, 3);
  }
  return error ? error : chars % 4 || *padding > 2 ? FM_E_SYNTAX : FM_OK;
}

int fm_base64_decode(fm_str text, fm_buf *out)
{
  size_t start = out->len, padding = 0;
  int error = decode(text, out, &padding);
  out->len = error ? start : out->len - padding;
  return error;
}
