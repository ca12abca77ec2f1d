/* URL parsing, reference resolution (RFC 3986 section 5) and percent-decoding. */
#include "base/url.h"

#include "base/ascii.h"
#include "base/str.h"

#include <arpa/inet.h>

/* The components in which a character is allowed (RFC 3986 appendix A). */
enum {
  NAME = 1,      /* unreserved and sub-delims, allowed in a host */
  USER = 2,      /* in userinfo */
  PATH = 4,
  QUERY = 8,     /* in a query or a fragment */
  SCHEME = 16,
};

#define ANY (NAME | USER | PATH | QUERY | SCHEME)
#define SIGN (NAME | USER | PATH | QUERY)

static const unsigned char places[256] = {
  ['a' ... 'z'] = ANY, ['A' ... 'Z'] = ANY, ['0' ... '9'] = ANY,
  ['-'] = ANY,         ['.'] = ANY,         ['+'] = ANY,
  ['_'] = SIGN,        ['~'] = SIGN,        ['!'] = SIGN,
  ['$'] = SIGN,        ['&'] = SIGN,        ['\''] = SIGN,
  ['('] = SIGN,        [')'] = SIGN,        ['*'] = SIGN,
  [','] = SIGN,        [';'] = SIGN,        ['='] = SIGN,
  [':'] = USER | PATH | QUERY,
  ['@'] = PATH | QUERY, ['/'] = PATH | QUERY, ['?'] = QUERY,
};

/* ucschar of RFC 3987 section 2.2, without characters that are displayed as a space or not
 * at all. */
static bool iri_char(uint32_t c)
{
  if (c == 0xa0 || c == 0x1680 || c == 0x3000 || (c >= 0x2000 && c <= 0x200f) ||
      (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f))
    return false;
  if (c < 0x10000)
    return (c > 0xa0 && c < 0xd800) || (c >= 0xf900 && c < 0xfdd0) || (c >= 0xfdf0 && c < 0xfff0);
  return (c & 0xfffe) != 0xfffe && c < 0xf0000;
}

/* Decodes %XX at `at`; -1 if it is malformed. */
static int percent_value(const char *at, const char *end)
{
  if (end - at < 3 || *at != '%')
    return -1;
  int high = fm_hex_value(at[1]), low = fm_hex_value(at[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* True if all characters of `s` are allowed in the component `place`. */
static bool all_in(fm_str s, unsigned place)
{
  const char *at = s.ptr, *end = s.len ? at + s.len : at;
  while (at < end) {
    unsigned char c = (unsigned char)*at;
    if (c >= 0x80) {
      if (place == SCHEME || !iri_char(fm_utf8_next(&at, end)))
        return false;
    } else if (places[c] & place) {
      at++;
    } else if (place != SCHEME && percent_value(at, end) >= 0) {
      at += 3;
    } else {
      return false;
    }
  }
  return true;
}

static bool scheme_valid(fm_str s)
{
  return s.len && (*s.ptr | 0x20) >= 'a' && (*s.ptr | 0x20) <= 'z' && all_in(s, SCHEME);
}

/* Validates "[2001:db8::1]". Zone ids and IPvFuture are rejected, since neither works in a
 * public URL. */
static bool ipv6_literal(fm_str s)
{
  char text[INET6_ADDRSTRLEN];
  struct in6_addr address;
  if (s.len < 4 || s.len - 2 >= sizeof text || s.ptr[s.len - 1] != ']')
    return false;
  memcpy(text, s.ptr + 1, s.len - 2);
  text[s.len - 2] = 0;
  return strlen(text) == s.len - 2 && inet_pton(AF_INET6, text, &address) == 1;
}

/* Percent-encoding in a host name is allowed for non-ASCII bytes only (RFC 3986 section
 * 3.2.2): an encoded space or delimiter has no legitimate use. */
static bool name_or_address(fm_str s)
{
  if (s.len && *s.ptr == '[')
    return ipv6_literal(s);
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '%' && percent_value(s.ptr + i, s.ptr + s.len) < 0x80)
      return false;
  return all_in(s, NAME);
}

static bool port_valid(fm_str s)
{
  uint64_t port;
  return s.len <= 5 && fm_str_number(s, 65535, &port);
}

/* Delimiters that end a component. */
enum stop { AT_COLON = 1, AT_SLASH = 2, AT_QUERY = 4, AT_FRAGMENT = 8 };

/* Returns the part of `s` before the first of `stops`; `*s` becomes the rest, delimiter
 * included. */
static fm_str cut_before(fm_str *s, unsigned stops)
{
  static const unsigned char kinds[256] = {
    [':'] = AT_COLON, ['/'] = AT_SLASH, ['?'] = AT_QUERY, ['#'] = AT_FRAGMENT};
  size_t len = 0;
  while (len < s->len && !(kinds[(unsigned char)s->ptr[len]] & stops))
    len++;
  fm_str head = {s->ptr, len};
  *s = fm_str_from(*s, len);
  return head;
}

/* Splits host and port at the ':' after a name or after the ']' of an IPv6 address. */
static void cut_port(fm_str text, fm_str *host, fm_str *port)
{
  *host = text;
  *port = (fm_str){NULL, 0};
  for (size_t i = text.len; i > 0 && text.ptr[i - 1] != ']'; i--)
    if (text.ptr[i - 1] == ':') {
      *host = (fm_str){text.ptr, i - 1};
      *port = fm_str_from(text, i);
      return;
    }
}

static void cut_authority(fm_str authority, fm_url *url)
{
  const char *at = authority.len ? memrchr(authority.ptr, '@', authority.len) : NULL;
  if (at) {
    url->userinfo = fm_str_span(authority.ptr, at);
    authority = fm_str_span(at + 1, authority.ptr + authority.len);
  }
  cut_port(authority, &url->host, &url->port);
}

/* Splits by RFC 3986 appendix B without validation. */
static void cut_parts(fm_str text, fm_url *url)
{
  *url = (fm_url){.path = {NULL, 0}};
  fm_str rest = text, head = cut_before(&rest, AT_COLON | AT_SLASH | AT_QUERY | AT_FRAGMENT);
  if (rest.len && *rest.ptr == ':' && scheme_valid(head)) {
    url->scheme = head;
    rest = fm_str_from(rest, 1);
  } else {
    rest = text;
  }
  if (fm_str_starts(rest, FM_STR("//"))) {
    rest = fm_str_from(rest, 2);
    cut_authority(cut_before(&rest, AT_SLASH | AT_QUERY | AT_FRAGMENT), url);
  }
  url->path = cut_before(&rest, AT_QUERY | AT_FRAGMENT);
  if (rest.len && *rest.ptr == '?') {
    rest = fm_str_from(rest, 1);
    url->query = cut_before(&rest, AT_FRAGMENT);
  }
  if (rest.len)
    url->fragment = fm_str_from(rest, 1);
}

bool fm_url_parse(fm_str text, fm_url *url)
{
  fm_url got;
  if (text.len > FM_URL_MAX)
    return false;
  if (!text.ptr)
    text.ptr = "";
  cut_parts(text, &got);
  /* RFC 3986 section 3.2.3 allows an empty port, which equals no port. */
  if (got.port.ptr && got.port.len == 0)
    got.port = (fm_str){NULL, 0};
  if (!all_in(got.userinfo, USER) || !name_or_address(got.host) ||
      (got.port.ptr && !port_valid(got.port)) || !all_in(got.path, PATH) ||
      !all_in(got.query, QUERY) || !all_in(got.fragment, QUERY))
    return false;
  *url = got;
  return true;
}

static bool is_http(fm_str scheme)
{
  return fm_str_ieq(scheme, FM_STR("http")) || fm_str_ieq(scheme, FM_STR("https"));
}

/* Fast path for common URLs: a name, then an optional path and query of plain characters. */
static bool plainly_usable(fm_str text)
{
  size_t at = fm_str_starts(text, FM_STR("https://")) ? 8 : 7, host = at;
  if ((at == 7 && !fm_str_starts(text, FM_STR("http://"))) || text.len > FM_URL_MAX)
    return false;
  while (at < text.len && text.ptr[at] != '+' &&
         places[(unsigned char)text.ptr[at]] & SCHEME)
    at++;
  if (at == host || (at < text.len && text.ptr[at] != '/'))
    return false;
  while (at < text.len && places[(unsigned char)text.ptr[at]] & QUERY)
    at++;
  return at == text.len;
}

bool fm_url_usable(fm_str text)
{
  fm_url url;
  return plainly_usable(text) ||
         (fm_url_parse(text, &url) && is_http(url.scheme) && url.host.len && !url.userinfo.ptr);
}

bool fm_host_valid(fm_str text)
{
  fm_str host, port;
  if (text.len == 0 || text.len > FM_HOST_MAX)
    return false;
  cut_port(text, &host, &port);
  if (port.ptr && !port_valid(port))
    return false;
  for (size_t i = 0; i < host.len; i++) /* non-ASCII characters and ' are not allowed in Host */
    if ((unsigned char)host.ptr[i] >= 0x80 || host.ptr[i] == '\'')
      return false;
  return host.len && name_or_address(host);
}

/* ---- reference resolution ---- */

/* The authority of a reference, the only component where [ ] may stay. */
static fm_str authority_of(fm_str text)
{
  fm_str rest = text, head = cut_before(&rest, AT_COLON | AT_SLASH | AT_QUERY | AT_FRAGMENT);
  rest = rest.len && *rest.ptr == ':' && scheme_valid(head) ? fm_str_from(rest, 1) : text;
  if (!fm_str_starts(rest, FM_STR("//")))
    return (fm_str){text.ptr, 0};
  rest = fm_str_from(rest, 2);
  return cut_before(&rest, AT_SLASH | AT_QUERY | AT_FRAGMENT);
}

static fm_str scheme_of(fm_str text)
{
  fm_str head = cut_before(&text, AT_COLON | AT_SLASH | AT_QUERY | AT_FRAGMENT);
  return fm_str_starts(text, FM_STR("://")) ? head : (fm_str){NULL, 0};
}

static bool stands_as_is(const char *at, const char *end, fm_str authority, bool in_fragment)
{
  unsigned char c = (unsigned char)*at;
  if (c >= 0x80)
    return false;
  if (c == '[' || c == ']')
    return at >= authority.ptr && at < authority.ptr + authority.len;
  if (c == '#')
    return !in_fragment;
  return places[c] || percent_value(at, end) >= 0;
}

/* Repairs a reference as found in pages: drops line breaks and percent-encodes characters
 * that RFC 3986 does not allow. */
static fm_str mend(fm_str text, fm_arena *arena)
{
  const char *hex = "0123456789ABCDEF";
  text = fm_str_trim(text);
  fm_str authority = authority_of(text);
  const char *end = text.ptr + text.len;
  char *out = fm_arena_raw(arena, text.len * 3 + 1), *o = out;
  bool in_fragment = false;
  for (const char *at = text.ptr; at < end; at++) {
    unsigned char c = (unsigned char)*at;
    if (c == '\t' || c == '\n' || c == '\r')
      continue;
    if (stands_as_is(at, end, authority, in_fragment)) {
      in_fragment |= c == '#';
      *o++ = (char)c;
    } else {
      *o++ = '%';
      *o++ = hex[c >> 4];
      *o++ = hex[c & 15];
    }
  }
  fm_arena_trim(arena, out, text.len * 3 + 1, (size_t)(o - out));
  return fm_str_span(out, o);
}

/* RFC 3986 section 5.2.4, in place: the output is never longer than the input read so far. */
static size_t remove_dots(char *path, size_t len)
{
  fm_str in = {path, len};
  size_t out = 0;
  while (in.len) {
    if (fm_str_starts(in, FM_STR("../"))) {
      in = fm_str_from(in, 3);
    } else if (fm_str_starts(in, FM_STR("./"))) {
      in = fm_str_from(in, 2);
    } else if (fm_str_starts(in, FM_STR("/./"))) {
      in = fm_str_from(in, 2);
    } else if (fm_str_eq(in, FM_STR("/."))) {
      in = FM_STR("/");
    } else if (fm_str_starts(in, FM_STR("/../")) || fm_str_eq(in, FM_STR("/.."))) {
      in = in.len == 3 ? FM_STR("/") : fm_str_from(in, 3);
      while (out > 0 && path[--out] != '/')
        ;
    } else if (fm_str_eq(in, FM_STR(".")) || fm_str_eq(in, FM_STR(".."))) {
      in.len = 0;
    } else {
      size_t segment = 1;
      while (segment < in.len && in.ptr[segment] != '/')
        segment++;
      memmove(path + out, in.ptr, segment);
      out += segment;
      in = fm_str_from(in, segment);
    }
  }
  return out;
}

static char *put(char *out, fm_str s)
{
  if (s.len)
    memcpy(out, s.ptr, s.len);
  return out + s.len;
}

/* Appends a component with its delimiter, if present. */
static char *put_part(char *out, const char *sign, fm_str part)
{
  return part.ptr ? put(put(out, fm_str_of(sign)), part) : out;
}

static fm_str compose(const fm_url *url, fm_arena *arena)
{
  size_t room = url->scheme.len + url->userinfo.len + url->host.len + url->port.len +
                url->path.len + url->query.len + url->fragment.len + sizeof "://@:?#";
  char *out = fm_arena_raw(arena, room), *o = put(put(out, url->scheme), FM_STR(":"));
  if (url->host.ptr) {
    o = put(o, FM_STR("//"));
    if (url->userinfo.ptr)
      o = put(put(o, url->userinfo), FM_STR("@"));
    o = put_part(put(o, url->host), ":", url->port);
  }
  o = put(o, url->path);
  o = put_part(put_part(o, "?", url->query), "#", url->fragment);
  *o = 0;
  fm_arena_trim(arena, out, room, (size_t)(o - out) + 1);
  return fm_str_span(out, o);
}

/* RFC 3986 section 5.2.3: appends the reference's path to the base's directory. */
static fm_str merge_paths(const fm_url *base, fm_str path, fm_arena *arena)
{
  fm_str directory = base->path;
  while (directory.len && directory.ptr[directory.len - 1] != '/')
    directory.len--;
  if (base->host.ptr && base->path.len == 0)
    directory = FM_STR("/");
  char *out = fm_arena_raw(arena, directory.len + path.len + 1);
  return fm_str_span(out, put(put(out, directory), path));
}

static fm_str without_dots(fm_str path, fm_arena *arena)
{
  char *out = fm_arena_raw(arena, path.len + 1);
  put(out, path);
  return (fm_str){out, remove_dots(out, path.len)};
}

/* RFC 3986 section 5.2.2. */
static void transform(const fm_url *base, fm_url *r, fm_arena *arena)
{
  if (r->scheme.ptr || r->host.ptr) {
    if (!r->scheme.ptr)
      r->scheme = base->scheme;
    r->path = without_dots(r->path, arena);
    return;
  }
  r->scheme = base->scheme;
  r->userinfo = base->userinfo;
  r->host = base->host;
  r->port = base->port;
  if (r->path.len == 0) {
    r->path = base->path;
    if (!r->query.ptr)
      r->query = base->query;
  } else if (*r->path.ptr == '/') {
    r->path = without_dots(r->path, arena);
  } else {
    r->path = without_dots(merge_paths(base, r->path, arena), arena);
  }
}

int fm_url_resolve(fm_str base, fm_str reference, fm_arena *arena, fm_str *url)
{
  fm_url from, to;
  if (base.len > FM_URL_MAX || reference.len > FM_URL_MAX)
    return FM_E_TOO_BIG;
  if (!fm_url_parse(base, &from) || !from.scheme.ptr)
    return FM_E_SYNTAX;
  fm_str mended = mend(reference.ptr ? reference : FM_STR(""), arena);
  if (mended.len > FM_URL_MAX)
    return FM_E_TOO_BIG;
  if (!fm_url_parse(mended, &to))
    return FM_E_SYNTAX;
  transform(&from, &to, arena);
  /* Such a path would parse as an authority (RFC 3986 section 3.3). */
  if (!to.host.ptr && fm_str_starts(to.path, FM_STR("//")))
    return FM_E_SYNTAX;
  fm_str whole = compose(&to, arena);
  if (whole.len > FM_URL_MAX)
    return FM_E_TOO_BIG;
  *url = whole;
  return FM_OK;
}

int fm_url_from_user(fm_str text, fm_arena *arena, fm_str *url, fm_why *why)
{
  static const char form[] = "is not an absolute http or https address";
  fm_url parts;
  text = fm_str_trim(text);
  if (!is_http(scheme_of(text)))
    return fm_fail(why, FM_E_BAD_ADDRESS, form);
  fm_str mended = mend(text, arena), whole = fm_arena_str(arena, mended);
  if (whole.len > FM_URL_MAX)
    return fm_fail(why, FM_E_BAD_ADDRESS, "is an address of more than %d bytes", FM_URL_MAX);
  if (!fm_url_parse(whole, &parts) || !parts.host.len)
    return fm_fail(why, FM_E_BAD_ADDRESS, form);
  if (parts.userinfo.ptr)
    return fm_fail(why, FM_E_BAD_ADDRESS, "holds a user name or password, which are not sent; a recipe can send "
                   "them, by headers: {Authorization: ...}");
  *url = whole;
  return FM_OK;
}

int fm_url_origin(fm_str text, fm_arena *arena, fm_str *origin)
{
  fm_url url;
  if (!fm_url_parse(text, &url) || !is_http(url.scheme) || url.host.len == 0)
    return FM_E_SYNTAX;
  uint64_t port = 0;
  if (url.port.ptr)
    fm_str_number(url.port, 65535, &port);
  char *out = fm_arena_raw(arena, url.scheme.len + url.host.len + sizeof "://:65535");
  char *o = put(put(put(out, url.scheme), FM_STR("://")), url.host);
  for (char *at = out; at < o; at++)
    if (*at >= 'A' && *at <= 'Z')
      *at |= 0x20;
  if (url.port.ptr && port != (url.scheme.len == 5 ? 443 : 80)) {
    while (url.port.len > 1 && *url.port.ptr == '0')
      url.port = fm_str_from(url.port, 1);
    o = put_part(o, ":", url.port);
  }
  *o = 0;
  *origin = fm_str_span(out, o);
  return FM_OK;
}

/* ---- decoding ---- */

int fm_url_decode(fm_str text, bool plus, fm_arena *arena, fm_str *decoded)
{
  char *out = fm_arena_raw(arena, text.len + 1), *o = out;
  const char *at = text.ptr, *end = text.len ? at + text.len : at;
  while (at < end) {
    int c = (unsigned char)*at;
    if (c == '%')
      c = percent_value(at, end);
    else if (c == '+' && plus)
      c = ' ';
    if (c <= 0)
      return FM_E_BAD_ADDRESS;
    at += *at == '%' ? 3 : 1;
    *o++ = (char)c;
  }
  *o = 0;
  if (!fm_utf8_valid(fm_str_span(out, o)))
    return FM_E_BAD_ADDRESS;
  fm_arena_trim(arena, out, text.len + 1, (size_t)(o - out) + 1);
  *decoded = fm_str_span(out, o);
  return FM_OK;
}

int fm_query_next(fm_str *rest, fm_arena *arena, fm_str *name, fm_str *value)
{
  fm_str piece;
  do {
    if (!fm_str_cut(rest, '&', &piece))
      return 0;
  } while (piece.len == 0);
  fm_str left, right = piece, n, v;
  fm_str_cut(&right, '=', &left);
  if (fm_url_decode(left, true, arena, &n) || fm_url_decode(right, true, arena, &v)) {
    *name = piece;
    return FM_E_BAD_ADDRESS;
  }
  *name = n;
  *value = v;
  return 1;
}
