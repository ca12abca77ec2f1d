/* Makes the public base URL of a request from Host and what trusted proxies add, and caches it. */
#include "serve/public_base.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"

#include <stdlib.h>

enum { HOST_MAX = 262, PREFIX_MAX = 256, KEY_MAX = 2048 };

/* ---- fields ---- */

/* The last member of a list. */
static fm_str last_of(fm_str list)
{
  const char *comma = list.len ? memrchr(list.ptr, ',', list.len) : NULL;
  return fm_str_trim(comma ? fm_str_from(list, (size_t)(comma + 1 - list.ptr)) : list);
}

/* Cuts the next piece up to `stop` off, but not within a quoted-string. */
static bool cut_unquoted(fm_str *rest, char stop, fm_str *piece)
{
  if (!rest->ptr)
    return false;
  bool quoted = false;
  for (size_t i = 0; i < rest->len; i++) {
    if (quoted && rest->ptr[i] == '\\')
      i++;
    else if (rest->ptr[i] == '"')
      quoted = !quoted;
    else if (!quoted && rest->ptr[i] == stop) {
      *piece = (fm_str){rest->ptr, i};
      *rest = fm_str_from(*rest, i + 1);
      return true;
    }
  }
  *piece = *rest;
  *rest = (fm_str){0};
  return true;
}

static fm_str unquoted(fm_str text)
{
  bool quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
  return quoted ? (fm_str){text.ptr + 1, text.len - 2} : text;
}

bool fm_forwarded_param(fm_str field, fm_str name, fm_str *value)
{
  fm_str last = {0}, pair;
  while (cut_unquoted(&field, ',', &last))
    ;
  while (cut_unquoted(&last, ';', &pair)) {
    fm_str left;
    if (!cut_unquoted(&pair, '=', &left) || !fm_str_ieq(fm_str_trim(left), name) || !pair.ptr)
      continue;
    *value = unquoted(fm_str_trim(pair));
    return true;
  }
  return false;
}

/* The public address as the nearest proxy tells it. */
typedef struct told {
  fm_str proto, host, port, prefix;
} told;

static told told_by(const fm_base_fields *f)
{
  told t = {last_of(f->value[FM_BASE_FORWARDED_PROTO]), last_of(f->value[FM_BASE_FORWARDED_HOST]),
            last_of(f->value[FM_BASE_FORWARDED_PORT]), last_of(f->value[FM_BASE_FORWARDED_PREFIX])};
  if (!t.proto.len && !t.host.len && !t.port.len && f->value[FM_BASE_FORWARDED].len) {
    fm_forwarded_param(f->value[FM_BASE_FORWARDED], FM_STR("proto"), &t.proto);
    fm_forwarded_param(f->value[FM_BASE_FORWARDED], FM_STR("host"), &t.host);
  }
  return t;
}

fm_peer fm_client_of(const fm_peer *peer, fm_str forwarded_for, fm_str forwarded,
                     const fm_cidr *trusted, size_t ntrusted)
{
  fm_peer client = *peer;
  fm_str one;
  if (!forwarded_for.len) {
    if (fm_forwarded_param(forwarded, FM_STR("for"), &one))
      fm_peer_parse(one, &client);
    return client;
  }
  while (forwarded_for.len && fm_peer_in(&client, trusted, ntrusted)) {
    one = last_of(forwarded_for);
    if (!fm_peer_parse(one, &client))
      break;
    const char *comma = memrchr(forwarded_for.ptr, ',', forwarded_for.len);
    forwarded_for.len = comma ? (size_t)(comma - forwarded_for.ptr) : 0;
  }
  return client;
}

/* ---- the base ---- */

/* Characters of a path (RFC 3986 pchar and '/'). */
static bool is_path_char(char c)
{
  return fm_is_alnum(c) || (c && strchr("/-._~!$&'()*+,;=:@%", c));
}

/* A path whose escapes are whole, and without "." and ".." segments, which a client would
 * resolve. */
static bool prefix_valid(fm_str prefix)
{
  if (prefix.len > PREFIX_MAX || prefix.ptr[0] != '/')
    return false;
  for (size_t i = 0; i < prefix.len; i++) {
    if (!is_path_char(prefix.ptr[i]))
      return false;
    if (prefix.ptr[i] == '%' && (i + 2 >= prefix.len || fm_hex_value(prefix.ptr[i + 1]) < 0 ||
                                 fm_hex_value(prefix.ptr[i + 2]) < 0))
      return false;
  }
  fm_str rest = fm_str_from(prefix, 1), segment;
  while (rest.len && fm_str_cut(&rest, '/', &segment))
    if (fm_str_is(segment, ".") || fm_str_is(segment, ".."))
      return false;
  return prefix.len < 2 || prefix.ptr[1] != '/';
}

static bool port_valid(fm_str port)
{
  uint64_t number;
  return port.len <= 5 && port.ptr[0] != '0' && fm_str_number(port, 65535, &number);
}

static char *put(char *to, fm_str s)
{
  if (s.len)
    memcpy(to, s.ptr, s.len);
  return to + s.len;
}

static char *put_lower(char *to, fm_str s)
{
  for (size_t i = 0; i < s.len; i++)
    *to++ = fm_to_lower(s.ptr[i]);
  return to;
}

/* Leaves the default port of the scheme out, so that one address has one spelling. */
static fm_str without_default_port(fm_str host, bool https)
{
  fm_str port = https ? FM_STR(":443") : FM_STR(":80");
  if (fm_str_ends(host, port))
    host.len -= port.len;
  return host;
}

/* An empty port means the default one (RFC 3986 section 3.2.3). */
static fm_str without_empty_port(fm_str host)
{
  if (host.len > 1 && host.ptr[host.len - 1] == ':')
    host.len--;
  return host;
}

static bool host_valid(fm_str host) { return host.len <= HOST_MAX && fm_host_valid(host); }

static bool has_port(fm_str host)
{
  const char *colon = memrchr(host.ptr, ':', host.len);
  return colon && !memchr(colon, ']', (size_t)(host.ptr + host.len - colon));
}

/* A port in the host goes before X-Forwarded-Port. */
static char *put_host(char *to, fm_str host, fm_str port, bool https)
{
  bool apart = port.len && !has_port(host) && !fm_str_is(port, https ? "443" : "80");
  to = put_lower(to, without_default_port(host, https));
  return apart ? put(put(to, FM_STR(":")), port) : to;
}

const char *fm_base_make(const fm_base_fields *fields, char *base, size_t *len)
{
  fm_str own = without_empty_port(fields->value[FM_BASE_HOST]);
  if (!host_valid(own))
    return "the Host header is no valid host[:port]";
  told t = told_by(fields);
  fm_str host = without_empty_port(t.host);
  bool https = fm_str_ieq(t.proto, FM_STR("https"));
  if (t.proto.len && !https && !fm_str_ieq(t.proto, FM_STR("http")))
    return "the forwarded protocol is neither http nor https";
  if (host.len && !host_valid(host))
    return "the forwarded host is no valid host[:port]";
  if (t.port.len && !port_valid(t.port))
    return "X-Forwarded-Port is no valid port";
  if (t.prefix.len && !prefix_valid(t.prefix))
    return "X-Forwarded-Prefix is no valid path";
  while (t.prefix.len && t.prefix.ptr[t.prefix.len - 1] == '/')
    t.prefix.len--;
  char *end = put(base, https ? FM_STR("https://") : FM_STR("http://"));
  end = put_host(end, host.len ? host : own, t.port, https);
  *len = (size_t)(put(end, t.prefix) - base);
  return NULL;
}

/* ---- the cache ---- */

void fm_base_cache_deinit(fm_base_cache *cache)
{
  for (size_t i = 0; i < FM_BASE_CACHE; i++)
    free(cache->entries[i].key);
  memset(cache->entries, 0, sizeof cache->entries);
}

/* Slot in the cache: a cheap hash that keeps a handful of hosts apart. */
static fm_base *slot_of(fm_base_cache *cache, const fm_base_fields *f)
{
  const fm_str *named = &f->value[FM_BASE_FORWARDED_HOST];
  const fm_str *host = named->len ? named : &f->value[FM_BASE_HOST];
  unsigned char last = (unsigned char)host->ptr[host->len - 1];
  unsigned char first = (unsigned char)host->ptr[0];
  size_t prefix = f->value[FM_BASE_FORWARDED_PREFIX].len;
  return &cache->entries[(first * 7u + last * 3u + host->len + prefix) % FM_BASE_CACHE];
}

/* Compares the key of a cached base with the fields. NUL, which no field contains, ends each. */
static bool is_of(const fm_base *entry, const fm_base_fields *f, size_t key_len)
{
  const fm_str *host = &f->value[FM_BASE_HOST];
  if (!entry->key || entry->key_len != key_len || memcmp(entry->key, host->ptr, host->len) != 0)
    return false;
  if (key_len == host->len + FM_BASE_FIELDS)
    return entry->key[host->len] == 0;
  const char *at = entry->key;
  for (size_t i = 0; i < FM_BASE_FIELDS; i++) {
    if (f->value[i].len && memcmp(at, f->value[i].ptr, f->value[i].len) != 0)
      return false;
    at += f->value[i].len;
    if (*at++ != 0)
      return false;
  }
  return true;
}

/* Key and text share one allocation. */
static void keep(fm_base *entry, const fm_base_fields *f, size_t key_len, fm_str text)
{
  free(entry->key);
  char *at = entry->key = fm_alloc(key_len + text.len);
  for (size_t i = 0; i < FM_BASE_FIELDS; i++) {
    at = put(at, f->value[i]);
    *at++ = 0;
  }
  entry->key_len = key_len;
  entry->text = (fm_str){at, text.len};
  put(at, text);
}

const char *fm_base_find(fm_base_cache *cache, const fm_base_fields *fields, const fm_base **base)
{
  size_t key_len = FM_BASE_FIELDS;
  for (size_t i = 0; i < FM_BASE_FIELDS; i++)
    key_len += fields->value[i].len;
  if (fields->value[FM_BASE_HOST].len == 0 || key_len > KEY_MAX)
    return "the Host header is no valid host[:port]";
  fm_base *entry = slot_of(cache, fields);
  if (!is_of(entry, fields, key_len)) {
    char text[FM_BASE_MAX];
    size_t len;
    const char *why = fm_base_make(fields, text, &len);
    if (why)
      return why;
    keep(entry, fields, key_len, (fm_str){text, len});
    entry->hash = cache->hash(cache->ctx, entry->text);
  }
  *base = entry;
  return NULL;
}
