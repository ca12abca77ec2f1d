/* Parses Accept-Encoding and evaluates the conditions of a request. */
#include "serve/negotiate.h"

#include "base/date.h"
#include "base/str.h"
#include "serve/reply_parts.h"

enum { Q_ONE = 1000, UNSEEN = UINT16_MAX, ANY = FM_CODINGS, UNKNOWN };

/* Index of a coding's name, "*" (ANY) or UNKNOWN; names are case-insensitive. */
static int which(fm_str name)
{
  switch (name.len) {
  case 1:
    return *name.ptr == '*' ? ANY : UNKNOWN;
  case 2:
    return fm_str_ieq(name, FM_STR("br")) ? FM_BR : UNKNOWN;
  case 4:
    if (fm_str_ieq(name, FM_STR("gzip")))
      return FM_GZIP;
    return fm_str_ieq(name, FM_STR("zstd")) ? FM_ZSTD : UNKNOWN;
  case 6:
    return fm_str_ieq(name, FM_STR("x-gzip")) ? FM_GZIP : UNKNOWN; /* section 8.4.1.3 */
  case 8:
    return fm_str_ieq(name, FM_STR("identity")) ? FM_IDENTITY : UNKNOWN;
  }
  return UNKNOWN;
}

/* qvalue = "0" [ "." 0*3DIGIT ] / "1" [ "." 0*3"0" ]; -1 if malformed. */
static int qvalue(fm_str s)
{
  if (s.len == 0 || s.len > 5 || (s.ptr[0] != '0' && s.ptr[0] != '1') ||
      (s.len > 1 && s.ptr[1] != '.'))
    return -1;
  int q = (s.ptr[0] - '0') * Q_ONE;
  for (size_t i = 2, unit = 100; i < s.len; i++, unit /= 10) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return -1;
    q += (s.ptr[i] - '0') * (int)unit;
  }
  return q <= Q_ONE ? q : -1;
}

/* The weight of a member from its parameters; 1 by default. */
static int weight(fm_str params)
{
  fm_str param;
  while (params.len && fm_str_cut(&params, ';', &param)) {
    param = fm_str_trim(param);
    if (param.len >= 2 && (param.ptr[0] | 0x20) == 'q' && param.ptr[1] == '=')
      return qvalue(fm_str_from(param, 2));
  }
  return Q_ONE;
}

static void read_member(fm_str member, uint16_t q[FM_CODINGS + 1])
{
  const char *semi = memchr(member.ptr, ';', member.len);
  fm_str name = semi ? fm_str_span(member.ptr, semi) : member;
  fm_str params = semi ? fm_str_span(semi + 1, member.ptr + member.len) : (fm_str){0};
  int coding = which(fm_str_trim(name));
  int w = coding == UNKNOWN ? -1 : weight(params);
  if (w >= 0)
    q[coding] = (uint16_t)w;
}

void fm_accept_encoding_parse(fm_accept_encoding *accept, const fm_str *values, size_t count)
{
  uint16_t q[FM_CODINGS + 1] = {UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN};
  for (size_t i = 0; i < count; i++) {
    fm_str rest = values[i], member;
    while (rest.len && fm_str_cut(&rest, ',', &member))
      read_member(member, q);
  }
  for (int c = 0; c < FM_CODINGS; c++)
    accept->q[c] = q[c] != UNSEEN ? q[c] : q[ANY] != UNSEEN ? q[ANY] : c == FM_IDENTITY ? 1 : 0;
}

int fm_accept_encoding_choose(const fm_accept_encoding *accept, const fm_reply *reply)
{
  int best = -1;
  for (unsigned i = 0; i < reply->ncodings; i++) {
    int c = reply->by_size[i];
    if (accept->q[c] && (best < 0 || accept->q[c] > accept->q[best]))
      best = c;
  }
  return best;
}

/* ---- Accept ---- */

static bool may_be_feed(fm_str type)
{
  static const fm_str types[] = {
    {"*/*", 3}, {"text/*", 6}, {"application/*", 13}, {"application/atom+xml", 20},
    {"application/rss+xml", 19}, {"application/rdf+xml", 19}, {"application/feed+json", 21},
    {"application/json", 16}, {"application/xml", 15}, {"text/xml", 8}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (fm_str_ieq(type, types[i]))
      return true;
  return false;
}

static void read_range(fm_str member, int *html, int *feed)
{
  const char *semi = memchr(member.ptr, ';', member.len);
  fm_str type = fm_str_trim(semi ? fm_str_span(member.ptr, semi) : member);
  fm_str params = semi ? fm_str_span(semi + 1, member.ptr + member.len) : (fm_str){0};
  bool is_html = fm_str_ieq(type, FM_STR("text/html"));
  int *best = is_html ? html : may_be_feed(type) ? feed : NULL;
  int q = best ? weight(params) : -1;
  if (q > 0 && q > *best)
    *best = q;
}

bool fm_accept_prefers_html(const fm_str *values, size_t count)
{
  int html = 0, feed = 0;
  for (size_t i = 0; i < count; i++) {
    fm_str rest = values[i], member;
    while (rest.len && fm_str_cut(&rest, ',', &member))
      read_range(member, &html, &feed);
  }
  return html > feed;
}

static bool is_space(char c) { return c == ' ' || c == '\t'; }

bool fm_etag_matches(fm_str value, fm_str etag, bool strong)
{
  if (fm_str_is(fm_str_trim(value), "*"))
    return true;
  const char *at = value.ptr, *end = at + value.len;
  while (at < end) {
    if (is_space(*at) || *at == ',') {
      at++;
      continue;
    }
    bool weak = end - at > 2 && at[0] == 'W' && at[1] == '/';
    at += weak ? 2 : 0;
    /* An opaque-tag may contain commas, so it ends at its quote. */
    const char *quote = *at == '"' ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;
    if (quote && !(weak && strong) && fm_str_eq(fm_str_span(at, quote + 1), etag))
      return true;
    const char *from = quote ? quote + 1 : at;
    const char *comma = memchr(from, ',', (size_t)(end - from));
    at = comma ? comma + 1 : end;
  }
  return false;
}

bool fm_not_modified_since(fm_str value, const fm_reply *reply)
{
  if (reply->last_modified == FM_NO_TIME)
    return false;
  if (fm_str_eq(value, reply->last_modified_text)) /* the common case: the client repeats it */
    return true;
  int64_t since;
  return fm_date_parse_http(value, &since) && reply->last_modified <= since;
}

bool fm_modified_since(fm_str value, const fm_reply *reply)
{
  int64_t since;
  return reply->last_modified != FM_NO_TIME && fm_date_parse_http(value, &since) &&
         reply->last_modified > since;
}
