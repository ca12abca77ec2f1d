/* One GET by libcurl: its options, its callbacks and its life. */
#include "fetch/transfer.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/url_guard.h"
#include "fetch/guard.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

enum {
  MAX_REDIRECTS = 5,
  CONNECT_MS = 10 * 1000,
  SLOW_BYTES = 100,     /* a body slower than this many bytes a second */
  SLOW_SECONDS = 15,    /* for this long is given up */
  DISCARD_MAX = 256 * 1024 /* of an error's body is read to keep the connection */
};

#define ACCEPT_HTML "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

/* ---- curl's callbacks ---- */

/* A proxy resolves names by itself, so behind one only an address that is written in the
 * URL can be checked. */
static bool refuse_url(fm_transfer *t)
{
  char *url = NULL;
  if (!t->settings->proxy || t->settings->allow_private ||
      curl_easy_getinfo(t->job.easy, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK || !url)
    return false;
  const char *what = fm_url_guard(url, t->refused_at);
  if (what)
    t->refused = what;
  return what != NULL;
}

static bool refuse_address(fm_transfer *t, const struct sockaddr *address)
{
  if (t->settings->proxy || t->settings->allow_private)
    return false;
  const char *what = fm_guard_check(address);
  if (!what)
    return false;
  const void *at = address->sa_family == AF_INET6
                       ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                       : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
  if (!inet_ntop(address->sa_family, at, t->refused_at, sizeof t->refused_at))
    t->refused_at[0] = 0;
  t->refused = what;
  return true;
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
  fm_transfer *t = ctx;
  if (purpose != CURLSOCKTYPE_IPCXN)
    return CURL_SOCKET_BAD;
  t->phase = FM_PHASE_CONNECT;
  t->status = 0;
  if (refuse_url(t) || refuse_address(t, &address->addr))
    return CURL_SOCKET_BAD;
  t->connected = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURLcode on_tls(CURL *easy, void *ssl_ctx, void *ctx)
{
  fm_transfer *t = ctx;
  (void)easy, (void)ssl_ctx;
  t->phase = FM_PHASE_TLS;
  return CURLE_OK;
}

static bool refuse_redirect(fm_transfer *t)
{
  char *url = NULL;
  return t->requested && t->may_redirect &&
         curl_easy_getinfo(t->job.easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
         !t->may_redirect(t, fm_str_of(url));
}

static int on_request(void *ctx, char *remote, char *local, int remote_port, int local_port)
{
  fm_transfer *t = ctx;
  (void)remote, (void)local, (void)remote_port, (void)local_port;
  if (refuse_redirect(t))
    return CURL_PREREQFUNC_ABORT;
  if (t->requested) /* a redirect is another request to the host */
    fm_permit_count_redirect(&t->transport->hosts, &t->permit);
  t->requested = true;
  t->phase = FM_PHASE_ANSWER;
  t->status = 0;
  t->connected = false;
  t->refused = NULL;
  return refuse_url(t) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static bool is_redirect(int status) { return status / 100 == 3 && status != 304; }

static struct curl_slist *own_headers(const fm_transfer_spec *spec, bool all);

/* Drops spec.headers, which may hold a key, before another origin is asked. */
static void on_location(fm_transfer *t, fm_str to)
{
  fm_arena arena = {0};
  char *at = NULL;
  fm_str next, origin;
  bool same = curl_easy_getinfo(t->job.easy, CURLINFO_EFFECTIVE_URL, &at) == CURLE_OK && at &&
              fm_url_resolve(fm_str_of(at), to, &arena, &next) == FM_OK &&
              fm_url_origin(next, &arena, &origin) == FM_OK && fm_str_eq(origin, t->spec.origin);
  if (!same && !t->cross_origin_headers) {
    t->cross_origin_headers = own_headers(&t->spec, true);
    curl_easy_setopt(t->job.easy, CURLOPT_HTTPHEADER, t->cross_origin_headers);
  }
  fm_arena_deinit(&arena);
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
  fm_transfer *t = ctx;
  size_t len = size * count;
  t->header_bytes += len;
  if (t->header_bytes > FM_HEADER_MAX)
    return 0;
  if (t->phase != FM_PHASE_ANSWER)
    return len; /* trailers */
  if (len > 9 && strncasecmp(line, "HTTP/", 5) == 0) {
    const char *space = memchr(line, ' ', len);
    t->status = space && len - (size_t)(space - line) > 3 ? atoi(space) : 0;
  } else if (len <= 2 && (line[0] == '\r' || line[0] == '\n') && t->status >= 200) {
    t->phase = is_redirect(t->status) ? FM_PHASE_RESOLVE : FM_PHASE_BODY;
  } else if (t->spec.nheaders && is_redirect(t->status) && len > 9 &&
             strncasecmp(line, "location:", 9) == 0) {
    on_location(t, fm_str_trim((fm_str){line + 9, len - 9}));
  }
  return len;
}

static void on_body_begin(fm_transfer *t)
{
  curl_off_t length = -1;
  t->body_begun = true;
  t->phase = FM_PHASE_BODY;
  curl_easy_getinfo(t->job.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length > 0 && (uint64_t)length <= t->body.max && t->status / 100 == 2)
    fm_buf_reserve(&t->body, (size_t)length); /* a hint: the length is the compressed one */
  /* Not before: a host may take its whole time before the first byte. */
  curl_easy_setopt(t->job.easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
  curl_easy_setopt(t->job.easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
  fm_transfer *t = ctx;
  size_t len = size * count;
  if (!t->body_begun)
    on_body_begin(t);
  if (t->status / 100 != 2) { /* an error's body is not kept */
    t->discarded += len;
    return t->discarded <= DISCARD_MAX ? len : 0;
  }
  if (fm_buf_add(&t->body, bytes, len) == FM_OK)
    return len;
  t->too_long = true;
  if (t->spec.truncate)
    fm_buf_add(&t->body, bytes, t->body.max - t->body.len);
  return 0;
}

/* ---- curl's options ---- */

static void set_limits(fm_transfer *t, CURL *easy)
{
  const fm_fetch_settings *settings = t->settings;
  long total = settings->timeout_ms < LONG_MAX ? (long)settings->timeout_ms : LONG_MAX;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, total);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, total < CONNECT_MS ? total : CONNECT_MS);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not join a resolver thread that hangs */
  if (!t->spec.truncate)
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->spec.max_body);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
  curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy ? settings->proxy : "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (settings->ca_file) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  }
}

static void add_header(struct curl_slist **list, fm_str name, fm_str value)
{
  for (size_t i = 0; i < value.len; i++) {
    if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f)
      return; /* it could end the line, so the field is left out */
  }
  fm_buf line;
  fm_buf_init(&line, FM_BUF_MAX);
  if (value.len)
    fm_buf_addf(&line, "%.*s: %.*s", FM_FMT(name), FM_FMT(value));
  else
    fm_buf_addf(&line, "%.*s;", FM_FMT(name)); /* curl's syntax for a field without a value */
  fm_buf_char(&line, 0);
  struct curl_slist *longer = curl_slist_append(*list, line.ptr);
  if (longer)
    *list = longer;
  fm_buf_deinit(&line);
}

static bool has_header(const fm_transfer_spec *spec, fm_str name)
{
  for (size_t i = 0; i < spec->nheaders; i++)
    if (fm_str_ieq(spec->headers[i].name, name))
      return true;
  return false;
}

/* The fetcher's own fields; without `all`, only those that spec->headers do not replace. */
static struct curl_slist *own_headers(const fm_transfer_spec *spec, bool all)
{
  struct curl_slist *list = NULL;
  const fm_param own[] = {
    {FM_STR("Accept"), spec->accept.len ? spec->accept : FM_STR(ACCEPT_HTML)},
    {FM_STR("If-None-Match"), spec->etag},
    {FM_STR("If-Modified-Since"), spec->last_modified}};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (own[i].value.len && (all || !has_header(spec, own[i].name)))
      add_header(&list, own[i].name, own[i].value);
  return list;
}

static void set_headers(fm_transfer *t, CURL *easy)
{
  const fm_transfer_spec *spec = &t->spec;
  t->headers = own_headers(spec, false);
  for (size_t i = 0; i < spec->nheaders; i++)
    add_header(&t->headers, spec->headers[i].name, spec->headers[i].value);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
  if (!has_header(spec, FM_STR("Cookie"))) /* cookies last for the redirects of this transfer */
    curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, t->settings->user_agent);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); /* all that curl can decode */
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
}

static void set_callbacks(fm_transfer *t, CURL *easy)
{
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, t);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
}

/* ---- start and end ---- */

static void release(fm_transfer *t)
{
  fm_multi_remove(&t->job);
  if (t->job.easy)
    curl_easy_cleanup(t->job.easy);
  t->job.easy = NULL;
  curl_slist_free_all(t->headers);
  curl_slist_free_all(t->cross_origin_headers);
  t->headers = t->cross_origin_headers = NULL;
  if (t->transport)
    fm_permit_release(&t->transport->hosts, &t->permit);
}

static void finish(fm_transfer *t, CURLcode code)
{
  if (t->job.easy)
    fm_transfer_parse_fields(t);
  fm_transfer_classify(t, code);
  if (t->result.error == FM_OK && t->body.len)
    t->result.body.ptr = fm_buf_take(&t->body, &t->result.body.len);
  else
    fm_buf_deinit(&t->body);
  release(t);
  t->done(t);
}

static void on_done(fm_multi_job *job, CURLcode code)
{
  finish(FM_OF(job, fm_transfer, job), code);
}

/* The host's budget is used up for longer than the queue's patience. */
static void refused(fm_transfer *t)
{
  int64_t seconds = (t->permit.refused + 999) / 1000;
  t->result.retry_after = seconds;
  t->result.error = fm_fail(&t->result.why, FM_E_BUSY,
                            "the host takes no more requests for %lld seconds", (long long)seconds);
  fm_buf_deinit(&t->body);
  t->done(t);
}

static void on_permit(fm_permit *permit)
{
  fm_transfer *t = FM_OF(permit, fm_transfer, permit);
  if (permit->refused) {
    refused(t);
    return;
  }
  if (t->sent)
    t->sent(t);
  t->phase = FM_PHASE_RESOLVE;
  t->started = fm_clock_mono_ms();
  CURL *easy = fm_multi_start(t->transport->multi) ? curl_easy_init() : NULL;
  if (!easy) {
    finish(t, CURLE_FAILED_INIT);
    return;
  }
  t->job = (fm_multi_job){.easy = easy, .done = on_done};
  set_limits(t, easy);
  set_headers(t, easy);
  set_callbacks(t, easy);
  if (curl_easy_setopt(easy, CURLOPT_URL, t->spec.url.ptr) != CURLE_OK ||
      !fm_multi_add(t->transport->multi, &t->job))
    finish(t, CURLE_FAILED_INIT);
}

void fm_transfer_start(fm_transfer *t, fm_transport *transport, fm_fetch_settings *settings,
                       const fm_transfer_spec *spec, fm_transfer_cb done)
{
  t->transport = transport;
  t->settings = fm_fetch_settings_ref(settings);
  t->done = done;
  t->spec = (fm_transfer_spec){.url = fm_arena_str(&t->arena, spec->url),
                               .origin = fm_arena_str(&t->arena, spec->origin),
                               .budget_key = fm_arena_str(&t->arena, spec->budget_key),
                               .accept = fm_arena_str(&t->arena, spec->accept),
                               .etag = fm_arena_str(&t->arena, spec->etag),
                               .last_modified = fm_arena_str(&t->arena, spec->last_modified),
                               .headers = spec->headers, .nheaders = spec->nheaders,
                               .priority = spec->priority,
                               .max_body = spec->max_body,
                               .truncate = spec->truncate};
  t->result = (fm_fetch_result){.retry_after = -1, .url = t->spec.url};
  fm_buf_init(&t->body, spec->max_body);
  fm_permit_request(&transport->hosts, t->spec.budget_key, &t->permit, spec->priority,
                    on_permit);
}

void fm_transfer_deinit(fm_transfer *t)
{
  release(t);
  fm_buf_deinit(&t->body);
  free((char *)t->result.body.ptr);
  t->result.body = (fm_str){NULL, 0};
  fm_fetch_settings_unref(t->settings);
  t->settings = NULL;
  fm_arena_deinit(&t->arena);
}

const char *fm_phase_doing(fm_phase phase)
{
  switch (phase) {
#define FM_PHASE_ROW(name, doing, gave_up) case name: return doing;
    FM_PHASES(FM_PHASE_ROW)
#undef FM_PHASE_ROW
  }
  return "";
}
