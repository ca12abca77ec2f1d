/* Shows URLs in reasons, and checks a URL's host with the guard. */
#include "fetch/url_guard.h"

#include "base/str.h"
#include "fetch/guard.h"

#include <curl/curl.h>
#include <stdio.h>

void fm_url_show(fm_str url, char shown[FM_URL_SHOWN])
{
  const char *slashes = fm_str_find(url, FM_STR("://"));
  fm_str scheme = {url.ptr, slashes ? (size_t)(slashes - url.ptr) + 3 : 0};
  fm_str rest = fm_str_from(url, scheme.len);
  size_t authority = 0;
  while (authority < rest.len && !strchr("/?#", rest.ptr[authority]))
    authority++;
  const char *user = authority ? memrchr(rest.ptr, '@', authority) : NULL;
  if (user)
    rest = fm_str_from(rest, (size_t)(user - rest.ptr) + 1);
  int room = FM_URL_SHOWN - 4 - (int)scheme.len;
  if (room < 0)
    room = 0;
  int len = rest.len < (size_t)room ? (int)rest.len : room;
  while (len > 0 && (size_t)len < rest.len && ((unsigned char)rest.ptr[len] & 0xc0) == 0x80)
    len--; /* never within a UTF-8 sequence */
  snprintf(shown, FM_URL_SHOWN, "%.*s%.*s%s", (int)scheme.len, scheme.ptr ? scheme.ptr : "", len,
           rest.ptr ? rest.ptr : "", (size_t)len < rest.len ? "..." : "");
}

static const char *check_host(char *host, char at[INET6_ADDRSTRLEN])
{
  struct sockaddr_in in = {.sin_family = AF_INET};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
  size_t len = strlen(host);
  if (len && host[len - 1] == '.')
    host[--len] = 0;
  fm_str name = {host, len};
  if (fm_str_ieq(name, FM_STR("localhost")) ||
      (len > 10 && fm_str_ieq(fm_str_from(name, len - 10), FM_STR(".localhost")))) {
    snprintf(at, INET6_ADDRSTRLEN, "localhost");
    return "loopback"; /* RFC 6761 section 6.3 */
  }
  if (len > 1 && host[0] == '[') {
    host[len - 1] = 0;
    host++;
    host[strcspn(host, "%")] = 0; /* the zone */
  }
  snprintf(at, INET6_ADDRSTRLEN, "%s", host);
  if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
    return fm_guard_check((struct sockaddr *)&in);
  if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1)
    return fm_guard_check((struct sockaddr *)&in6);
  return NULL;
}

/* Uses curl's own parser, so that the guard sees what curl will connect to: 0x7f.1 and
 * 2130706433 are 127.0.0.1. */
const char *fm_url_guard(const char *text, char at[INET6_ADDRSTRLEN])
{
  const char *what = NULL;
  char *host = NULL;
  CURLU *url = curl_url();
  if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK)
    what = check_host(host, at);
  curl_free(host);
  curl_url_cleanup(url);
  return what;
}
