/* Validates and copies the fetcher's settings. */
#include "fetch/settings.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/base64.h"
#include "base/str.h"
#include "base/url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef FM_VERSION
#define FM_VERSION "0"
#endif

#define OWN_USER_AGENT "feedmill/" FM_VERSION " (+https://github.com/feedmill/feedmill)"

enum { CA_FILE_MAX = 4 << 20, AGENT_MAX = 512 };

static int read_file(const char *path, fm_buf *text, fm_why *why)
{
  FILE *file = fopen(path, "re");
  if (!file)
    return fm_fail(why, FM_E_CONFIG, "ca_file %s: %s", path, strerror(errno));
  char piece[8192];
  int error = FM_OK;
  for (size_t n; !error && (n = fread(piece, 1, sizeof piece, file)) > 0;)
    error = fm_buf_add(text, piece, n);
  if (error)
    error = fm_fail(why, FM_E_CONFIG, "ca_file %s: over %d MiB", path, CA_FILE_MAX >> 20);
  else if (ferror(file))
    error = fm_fail(why, FM_E_CONFIG, "ca_file %s: %s", path, strerror(errno));
  fclose(file);
  return error;
}

/* A certificate is one DER SEQUENCE that begins with its length (RFC 5280 section 4.1). */
static bool whole_sequence(fm_str der)
{
  const unsigned char *head = (const unsigned char *)der.ptr;
  if (der.len < 4 || head[0] != 0x30)
    return false;
  if (head[1] < 0x80)
    return der.len == head[1] + 2u;
  if (head[1] == 0x81)
    return der.len == head[2] + 3u;
  return head[1] == 0x82 && der.len == (head[2] << 8 | head[3]) + 4u;
}

static bool whole_certificate(fm_str body)
{
  fm_buf der;
  fm_buf_init(&der, body.len);
  bool whole = fm_base64_decode(body, &der) == FM_OK && whole_sequence(fm_buf_view(&der));
  fm_buf_deinit(&der);
  return whole;
}

static int check_certificates(const char *path, fm_str text, fm_why *why)
{
  fm_str begin = FM_STR("-----BEGIN CERTIFICATE-----"), end = FM_STR("-----END CERTIFICATE-----");
  const char *at, *to, *start = text.ptr;
  unsigned count = 0;
  while ((at = fm_str_find(text, begin))) {
    text = fm_str_from(text, (size_t)(at - text.ptr) + begin.len);
    to = fm_str_find(text, end);
    if (!to || !whole_certificate(fm_str_span(text.ptr, to))) {
      unsigned line = 1;
      for (const char *p = start; p < at; p++)
        line += *p == '\n';
      return fm_fail(why, FM_E_CONFIG, "ca_file %s:%u: a broken certificate", path, line);
    }
    text = fm_str_from(text, (size_t)(to - text.ptr) + end.len);
    count++;
  }
  if (count == 0)
    return fm_fail(why, FM_E_CONFIG, "ca_file %s: no certificate in it (PEM is wanted)", path);
  return FM_OK;
}

int fm_ca_file_check(const char *path, fm_why *why)
{
  fm_buf text;
  fm_buf_init(&text, CA_FILE_MAX);
  int error = read_file(path, &text, why);
  if (!error)
    error = check_certificates(path, fm_buf_view(&text), why);
  fm_buf_deinit(&text);
  return error;
}

static int check_proxy(fm_str proxy, fm_why *why)
{
  static const char *const schemes[] = {"http", "https", "socks5", "socks5h"};
  fm_url url;
  if (!fm_url_parse(proxy, &url) || url.host.len == 0)
    return fm_fail(why, FM_E_CONFIG, "proxy: not an address like http://HOST:PORT");
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    if (fm_str_ieq(url.scheme, fm_str_of(schemes[i])))
      return FM_OK;
  }
  return fm_fail(why, FM_E_CONFIG, "proxy: %.*s is no kind of proxy that is known here",
                 FM_FMT(url.scheme));
}

static int check_agent(fm_str agent, fm_why *why)
{
  for (size_t i = 0; i < agent.len; i++) {
    if ((unsigned char)agent.ptr[i] < ' ' || agent.ptr[i] == 0x7f)
      return fm_fail(why, FM_E_CONFIG, "user_agent: a control character in it");
  }
  if (agent.len > AGENT_MAX)
    return fm_fail(why, FM_E_CONFIG, "user_agent: over %d bytes", AGENT_MAX);
  return FM_OK;
}

static char *text_of(fm_str s)
{
  if (s.len == 0)
    return NULL;
  char *text = fm_alloc(s.len + 1);
  memcpy(text, s.ptr, s.len);
  text[s.len] = 0;
  return text;
}

int fm_fetch_settings_new(const fm_fetch_conf *conf, fm_fetch_settings **settings, fm_why *why)
{
  int error = check_agent(conf->user_agent, why);
  if (!error && conf->proxy.len)
    error = check_proxy(conf->proxy, why);
  char *ca_file = text_of(conf->ca_file);
  if (!error && ca_file)
    error = fm_ca_file_check(ca_file, why);
  if (error) {
    free(ca_file);
    return error;
  }
  fm_fetch_settings *made = FM_NEW(fm_fetch_settings);
  *made = (fm_fetch_settings){.refs = 1,
                      .timeout_ms = conf->timeout_ms > 0 ? conf->timeout_ms : 1,
                      .max_body = conf->max_body,
                      .per_host = conf->per_host ? conf->per_host : 1,
                      .allow_private = conf->allow_private,
                      .robots = conf->robots,
                      .ca_file = ca_file,
                      .proxy = text_of(conf->proxy)};
  made->user_agent = conf->user_agent.len ? text_of(conf->user_agent) : fm_strdup(OWN_USER_AGENT);
  *settings = made;
  return FM_OK;
}

fm_fetch_settings *fm_fetch_settings_ref(fm_fetch_settings *settings)
{
  settings->refs++;
  return settings;
}

void fm_fetch_settings_unref(fm_fetch_settings *settings)
{
  if (!settings || --settings->refs)
    return;
  free(settings->ca_file);
  free(settings->proxy);
  free(settings->user_agent);
  free(settings);
}
