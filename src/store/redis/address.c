/* Parses the address of a Redis. */
#include "store/redis/conn.h"

#include "base/ascii.h"
#include "base/str.h"

/* Copies percent-decoded text (RFC 3986 section 2.1) with a NUL after it. */
static bool put(fm_str from, char *out, size_t room)
{
  size_t len = 0;
  for (size_t i = 0; i < from.len; i++) {
    char c = from.ptr[i];
    if (c == '%') {
      int high = i + 2 < from.len ? fm_hex_value(from.ptr[i + 1]) : -1;
      int low = high >= 0 ? fm_hex_value(from.ptr[i + 2]) : -1;
      if (low < 0)
        return false;
      c = (char)(high * 16 + low);
      i += 2;
    }
    if (c == 0 || len + 1 >= room)
      return false;
    out[len++] = c;
  }
  out[len] = 0;
  return true;
}

static const char *last_of(fm_str s, char c)
{
  return s.len ? memrchr(s.ptr, c, s.len) : NULL;
}

/* Cuts [USER][:PASSWORD]@ off the front. */
static bool take_user(fm_str *rest, fm_redis_address *address)
{
  const char *at = last_of(*rest, '@');
  if (!at)
    return true;
  fm_str login = fm_str_span(rest->ptr, at), user;
  *rest = fm_str_span(at + 1, rest->ptr + rest->len);
  fm_str_cut(&login, ':', &user);
  return put(user, address->user, sizeof address->user) &&
         put(login, address->password, sizeof address->password);
}

static bool put_db(fm_str text, fm_redis_address *address)
{
  uint64_t number;
  return text.len == 0 ||
         (fm_str_number(text, 1000000, &number) && put(text, address->db, sizeof address->db));
}

static bool put_port(fm_str text, fm_redis_address *address)
{
  uint64_t number;
  return fm_str_number(text, 65535, &number) && number > 0 &&
         put(text, address->port, sizeof address->port);
}

/* HOST[:PORT][/DB] */
static bool take_host(fm_str rest, fm_redis_address *address)
{
  fm_str host, port = FM_STR("6379");
  fm_str_cut(&rest, '/', &host);
  if (!put_db(rest, address))
    return false;
  if (host.len && host.ptr[0] == '[') {
    const char *end = memchr(host.ptr, ']', host.len);
    if (!end)
      return false;
    rest = fm_str_span(end + 1, host.ptr + host.len);
    host = fm_str_span(host.ptr + 1, end);
    if (rest.len && rest.ptr[0] != ':')
      return false;
    if (rest.len)
      port = fm_str_from(rest, 1);
  } else {
    rest = host;
    fm_str_cut(&rest, ':', &host);
    if (rest.ptr)
      port = rest;
  }
  return host.len && put(host, address->host, sizeof address->host) && put_port(port, address);
}

/* /PATH[?db=N] */
static bool take_path(fm_str rest, fm_redis_address *address)
{
  fm_str path;
  fm_str_cut(&rest, '?', &path);
  if (rest.len && !fm_str_starts(rest, FM_STR("db=")))
    return false;
  return path.len && path.ptr[0] == '/' && put(path, address->path, sizeof address->path) &&
         put_db(rest.len ? fm_str_from(rest, 3) : rest, address);
}

int fm_redis_address_parse(fm_str rest, bool local, fm_redis_address *address, fm_why *why)
{
  fm_redis_address got = {.db = ""};
  bool good = fm_str_starts(rest, FM_STR("//"));
  if (good) {
    rest = fm_str_from(rest, 2);
    good = take_user(&rest, &got) && rest.ptr &&
           (local ? take_path(rest, &got) : take_host(rest, &got));
  }
  if (!good)
    return fm_fail(why, FM_E_CONFIG, "a Redis is redis://[[USER]:PASSWORD@]HOST[:PORT][/DB] or"
                                     " redis+unix://[[USER]:PASSWORD@]/PATH[?db=N]");
  *address = got;
  return 0;
}
