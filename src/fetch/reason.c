/* Classifies the outcome of a transfer: the error, and a reason that a person can use. */

#include "base/clock.h"
#include "base/str.h"
#include "fetch/transfer.h"
#include "fetch/url_guard.h"

#include <stdio.h>

static const char *gave_up(fm_phase phase)
{
  switch (phase) {
#define FM_PHASE_ROW(name, doing, text) case name: return text;
    FM_PHASES(FM_PHASE_ROW)
#undef FM_PHASE_ROW
  }
  return "";
}

/* RFC 9110 section 15 and RFC 6585. The response's own phrase is not used: HTTP/2 has
 * none, and HTTP/1 may send anything. */
static const char *phrase(int status)
{
  static const struct {
    int status;
    const char *text;
  } rows[] = {
      {204, "No Content"}, {206, "Partial Content"}, {301, "Moved Permanently"}, {302, "Found"},
      {303, "See Other"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
      {400, "Bad Request"}, {401, "Unauthorized"}, {402, "Payment Required"},
      {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
      {406, "Not Acceptable"}, {407, "Proxy Authentication Required"}, {408, "Request Timeout"},
      {410, "Gone"}, {421, "Misdirected Request"}, {429, "Too Many Requests"},
      {451, "Unavailable For Legal Reasons"}, {500, "Internal Server Error"},
      {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (rows[i].status == status)
      return rows[i].text;
  }
  return "";
}

static int fail_with_status(fm_transfer *t, const char *at)
{
  fm_why *why = &t->result.why;
  if (t->status == 304)
    return fm_fail(why, FM_E_UNAVAILABLE, "304 Not Modified, though no older copy was named%s", at);
  const char *text = phrase(t->status);
  const char *note = t->status / 100 == 3 ? ", and it does not say where to" : "";
  return fm_fail(why, FM_E_UNAVAILABLE, "%d%s%s%s%s", t->status, *text ? " " : "", text, note, at);
}

static int fail_guarded(fm_transfer *t, const char *at)
{
  bool vowel = strchr("aeiou", t->refused[0]) != NULL;
  return fm_fail(&t->result.why, FM_E_FORBIDDEN,
                 "%s is a%s %s address; fetch.allow_private lets it through%s", t->refused_at,
                 vowel ? "n" : "", t->refused, at);
}

static int fail_late(fm_transfer *t, const char *at)
{
  double seconds = (double)(fm_clock_mono_ms() - t->started) / 1000;
  if (t->phase == FM_PHASE_BODY)
    return fm_fail(&t->result.why, FM_E_TIMEOUT,
                   "gave up while reading the body after %zu bytes and %.1f s%s", t->body.len,
                   seconds, at);
  return fm_fail(&t->result.why, FM_E_TIMEOUT, "gave up %s, after %.1f s%s", gave_up(t->phase),
                 seconds, at);
}

static int fail_otherwise(fm_transfer *t, CURLcode code, const char *at)
{
  const char *text = t->error[0] ? t->error : curl_easy_strerror(code);
  bool untrusted = code == CURLE_PEER_FAILED_VERIFICATION && t->settings->ca_file;
  if (t->phase == FM_PHASE_BODY)
    return fm_fail(&t->result.why, FM_E_UNAVAILABLE,
                   "gave up while reading the body after %zu bytes: %s%s", t->body.len, text, at);
  return fm_fail(&t->result.why, FM_E_UNAVAILABLE, "gave up %s: %s%s%s%s%s", gave_up(t->phase),
                 text, untrusted ? " (trusted is fetch.ca_file " : "",
                 untrusted ? t->settings->ca_file : "", untrusted ? ")" : "", at);
}

static int fail_redirect(fm_transfer *t, CURLcode code)
{
  char *to = NULL, shown[FM_URL_SHOWN];
  if (curl_easy_getinfo(t->job.easy, CURLINFO_REDIRECT_URL, &to) != CURLE_OK || !to)
    curl_easy_getinfo(t->job.easy, CURLINFO_EFFECTIVE_URL, &to);
  fm_url_show(fm_str_of(to), shown);
  if (code == CURLE_UNSUPPORTED_PROTOCOL)
    return fm_fail(&t->result.why, FM_E_FORBIDDEN,
                   "redirected to %s: only http and https are fetched", shown);
  t->result.status = t->status;
  return fm_fail(&t->result.why, FM_E_UNAVAILABLE, "more than 5 redirects, the last to %s", shown);
}

static int classify(fm_transfer *t, CURLcode code, const char *at)
{
  bool asked = t->spec.etag.len || t->spec.last_modified.len;
  bool whole = code == CURLE_OK || (t->too_long && t->spec.truncate);
  if (code == CURLE_OK && t->phase == FM_PHASE_ANSWER) /* not an error to curl */
    return fm_fail(&t->result.why, FM_E_UNAVAILABLE,
                   "gave up while waiting for the answer: it ended within its header%s", at);
  if (whole && (t->status == 200 || (t->status == 304 && asked))) {
    t->result.status = t->status;
    return FM_OK;
  }
  if (t->status / 100 == 3 &&
      (code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_UNSUPPORTED_PROTOCOL))
    return fail_redirect(t, code);
  if (code == CURLE_OK || t->status >= 400) {
    t->result.status = t->status;
    return fail_with_status(t, at);
  }
  if (t->refused && !t->connected)
    return fail_guarded(t, at);
  if (t->header_bytes > FM_HEADER_MAX)
    return fm_fail(&t->result.why, FM_E_TOO_BIG, "the header is over %d bytes%s", FM_HEADER_MAX,
                   at);
  if (code == CURLE_OUT_OF_MEMORY && t->phase == FM_PHASE_ANSWER) /* curl's code for that */
    return fm_fail(&t->result.why, FM_E_TOO_BIG, "a line of the header is too long%s", at);
  if (t->too_long || code == CURLE_FILESIZE_EXCEEDED)
    return fm_fail(&t->result.why, FM_E_TOO_BIG, "the body is over %zu bytes (fetch.max_body)%s",
                   t->spec.max_body, at);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return fail_late(t, at);
  return fail_otherwise(t, code, at);
}

void fm_transfer_classify(fm_transfer *t, CURLcode code)
{
  char shown[FM_URL_SHOWN], at[FM_URL_SHOWN + 32] = "";
  long redirects = 0;
  if (t->job.easy)
    curl_easy_getinfo(t->job.easy, CURLINFO_REDIRECT_COUNT, &redirects);
  if (redirects) {
    fm_url_show(t->result.url, shown);
    snprintf(at, sizeof at, ", redirected to %s", shown);
  }
  t->result.error = classify(t, code, at);
}
