/* Validators of single configuration values, named by the directive table. */
#include "cmd/settings_check.h"

#include "base/str.h"
#include "base/url.h"
#include "serve/serve.h"
#include "store/store.h"

#include <sys/un.h>

enum { RATE_MAX = 1000000 };

static int refuse(fm_why *why, fm_str value, const char *reason)
{
  return fm_fail(why, FM_E_CONFIG, "\"%.*s\" %s", FM_FMT(value), reason);
}

static int check_socket_path(fm_str path, fm_why *why)
{
  if (!fm_str_starts(path, FM_STR("/")))
    return fm_fail(why, FM_E_CONFIG, "a Unix socket is unix:/path, with an absolute path");
  if (path.len >= sizeof ((struct sockaddr_un *)0)->sun_path)
    return fm_fail(why, FM_E_CONFIG, "a Unix socket's path is at most %zu bytes long",
                   sizeof ((struct sockaddr_un *)0)->sun_path - 1);
  return FM_OK;
}

/* fm_host_valid knows names, addresses and the range of ports; that a port is
 * there at all is for us to see: after the last ':' that is outside of []. */
int fm_check_listen(fm_str value, fm_why *why)
{
  fm_str socket = FM_STR("unix:");
  if (fm_str_starts(value, socket))
    return check_socket_path(fm_str_from(value, socket.len), why);
  const char *colon = value.len ? memrchr(value.ptr, ':', value.len) : NULL;
  bool port = colon && colon + 1 < value.ptr + value.len && *(colon + 1) != ']' &&
              !memchr(colon, ']', (size_t)(value.ptr + value.len - colon));
  if (!port || !fm_host_valid(value))
    return refuse(why, value, "is not host:port, [v6]:port or unix:/path");
  return FM_OK;
}

int fm_check_cidr(fm_str value, fm_why *why)
{
  fm_cidr cidr;
  if (fm_cidr_parse(value, &cidr))
    return FM_OK;
  return refuse(why, value,
                "is no address or network; write such as 10.0.0.0/8, ::1 or unix");
}

bool fm_rate_parse(fm_str text, int64_t *interval_ms)
{
  static const struct {
    char unit;
    int64_t ms;
  } units[] = {{'s', 1000}, {'m', 60 * 1000}, {'h', 3600 * 1000}};
  const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
  uint64_t count;
  if (!slash || !fm_str_number(fm_str_span(text.ptr, slash), RATE_MAX, &count))
    return false;
  fm_str unit = fm_str_from(text, (size_t)(slash + 1 - text.ptr));
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (unit.len == 1 && *unit.ptr == units[i].unit) {
      int64_t each = count ? units[i].ms / (int64_t)count : 0;
      *interval_ms = count && !each ? 1 : each;
      return true;
    }
  return false;
}

int fm_check_rate(fm_str value, fm_why *why)
{
  int64_t interval;
  return fm_rate_parse(value, &interval) ? FM_OK : refuse(why, value, "is no rate; write such as 60/m");
}

int fm_check_base(fm_str value, fm_why *why)
{
  fm_url url;
  if (!value.len || (fm_url_parse(value, &url) && !url.query.ptr && !url.fragment.ptr))
    return FM_OK;
  return refuse(why, value, "holds a query or a fragment; only a host and a path may be here");
}

/* A name and a password may be in it, so it is not quoted. */
int fm_check_proxy(fm_str value, fm_why *why)
{
  fm_url url;
  if (!value.len)
    return FM_OK;
  bool good = fm_url_parse(value, &url) && url.host.len && !url.query.ptr && !url.fragment.ptr &&
              (fm_str_ieq(url.scheme, FM_STR("http")) || fm_str_ieq(url.scheme, FM_STR("https")));
  if (good && (!url.path.len || fm_str_is(url.path, "/")))
    return FM_OK;
  return fm_fail(why, FM_E_CONFIG, "is not http://host:port");
}

/* Quoted only where no password can be in it. */
int fm_check_store(fm_str value, fm_why *why)
{
  const char *form = "is no store; write sqlite:PATH, redis://HOST:PORT/DB or memory:";
  if (fm_store_is_address(value))
    return FM_OK;
  if (memchr(value.ptr, '@', value.len))
    return fm_fail(why, FM_E_CONFIG, "%s", form);
  return refuse(why, value, form);
}

int fm_check_name(fm_str value, fm_why *why)
{
  for (size_t i = 0; i < value.len; i++) {
    char c = value.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && !(i && (c == '.' || c == '_' || c == '-')))
      return refuse(why, value,
                    "is not a name: a-z, 0-9, then also . _ - are allowed");
  }
  return FM_OK;
}

int fm_check_path(fm_str value, fm_why *why)
{
  if (!value.len || fm_str_starts(value, FM_STR("/")))
    return FM_OK;
  return refuse(why, value, "does not start with /; write the page's address without its host");
}

static int check_word(fm_str value, const char *const *words, const char *list, fm_why *why)
{
  for (; *words; words++)
    if (fm_str_is(value, *words))
      return FM_OK;
  return refuse(why, value, list);
}

int fm_check_via(fm_str value, fm_why *why)
{
  static const char *const words[] = {"page", "api", "auto", NULL};
  return check_word(value, words, "is not page, api or auto", why);
}

int fm_check_log_level(fm_str value, fm_why *why)
{
  static const char *const words[] = {"error", "warn", "info", "debug", NULL};
  return check_word(value, words, "is not error, warn, info or debug", why);
}

int fm_check_log_format(fm_str value, fm_why *why)
{
  static const char *const words[] = {"text", "json", NULL};
  return check_word(value, words, "is not text or json", why);
}
