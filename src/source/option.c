/* A feed's own configuration keys, and plan keys. */
#include "source/option.h"

#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

enum { KEY_MAX = 512, HASH_LEN = 17 /* " " and 16 digits */ };

fm_str fm_option(const fm_param *options, size_t noptions, const char *name)
{
  for (size_t i = 0; i < noptions; i++)
    if (fm_str_is(options[i].name, name))
      return options[i].value;
  return (fm_str){NULL, 0};
}

fm_str fm_option_copy(const fm_host *host, fm_str text)
{
  char *copy = host->alloc(host, text.len + 1);
  if (text.len)
    memcpy(copy, text.ptr, text.len);
  return (fm_str){copy, text.len};
}

fm_str fm_option_key(const fm_host *host, fm_str prefix, fm_str url)
{
  char *key = host->alloc(host, KEY_MAX + 1);
  size_t room = KEY_MAX - prefix.len, len = prefix.len;
  bool fits = url.len <= room;
  memcpy(key, prefix.ptr ? prefix.ptr : "", prefix.len);
  size_t shown = fits ? url.len : room - HASH_LEN;
  memcpy(key + len, url.ptr ? url.ptr : "", shown);
  len += shown;
  if (!fits)
    len += (size_t)snprintf(key + len, HASH_LEN + 1, " %016" PRIx64, XXH3_64bits(url.ptr, url.len));
  return (fm_str){key, len};
}
