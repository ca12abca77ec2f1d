/* The fields of a request that are read here: where their values are kept, and what Connection,
 * Content-Length and Transfer-Encoding say. */
#include "serve/request_parts.h"

#include "base/str.h"

#include <stddef.h>

enum keep {
  FIRST, /* the first line counts */
  LAST,  /* the last line counts */
  LIST,  /* the lines are a list; a count stands beside it */
  HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING
};

static const struct field {
  const char *name;
  uint8_t len, keep;
  uint16_t at, count; /* offsets in fm_request */
} fields[] = { /* by length */
#define FIELD(text, keep, member) {text, sizeof text - 1, keep, offsetof(fm_request, member), 0}
#define FIELD_LIST(text, member) \
  {text, sizeof text - 1, LIST, offsetof(fm_request, member), offsetof(fm_request, n##member)}
  FIELD("host", HOST, host),
  FIELD_LIST("accept", accept),
  FIELD("referer", FIRST, referer),
  FIELD_LIST("if-match", if_match),
  FIELD("forwarded", LAST, forwarded),
  FIELD("user-agent", FIRST, user_agent),
  FIELD("connection", CONNECTION, close),
  FIELD_LIST("if-none-match", if_none_match),
  FIELD("content-length", CONTENT_LENGTH, has_length),
  FIELD_LIST("accept-encoding", accept_encoding),
  FIELD("x-forwarded-for", LAST, forwarded_for),
  FIELD("x-forwarded-host", LAST, forwarded_host),
  FIELD("x-forwarded-port", LAST, forwarded_port),
  FIELD("if-modified-since", FIRST, if_modified_since),
  FIELD("x-forwarded-proto", LAST, forwarded_proto),
  FIELD("transfer-encoding", TRANSFER_ENCODING, has_coding),
  FIELD("x-forwarded-prefix", LAST, forwarded_prefix),
  FIELD("if-unmodified-since", FIRST, if_unmodified_since),
#undef FIELD
#undef FIELD_LIST
};

enum { LONGEST = 19, NONE = 255 };

static const uint8_t first_of_length[LONGEST + 1] = {
  NONE, NONE, NONE, NONE, 0, NONE, 1, 2, 3, 4, 5, NONE, NONE, 7, 8, 9, 11, 13, 16, 17,
};

/* Names are case-insensitive. */
static const struct field *find_field(fm_str name)
{
  if (name.len > LONGEST || first_of_length[name.len] == NONE)
    return NULL;
  const struct field *f = &fields[first_of_length[name.len]];
  const struct field *end = fields + sizeof fields / sizeof *fields;
  for (; f < end && f->len == name.len; f++)
    if ((name.ptr[0] | 0x20) == f->name[0] && fm_str_ieq(name, (fm_str){f->name, f->len}))
      return f;
  return NULL;
}

static bool add_connection(fm_request *r, fm_str value)
{
  fm_str member;
  while (value.len && fm_str_cut(&value, ',', &member)) {
    member = fm_str_trim(member);
    r->close |= fm_str_ieq(member, FM_STR("close"));
    r->persist |= fm_str_ieq(member, FM_STR("keep-alive"));
  }
  return true;
}

/* One line of digits: a second line, a list or a sign is how requests are smuggled. */
static bool add_content_length(fm_request *r, fm_str value)
{
  if (r->has_length)
    return fm_request_refuse(r, 400, "several Content-Length fields");
  r->has_length = true;
  if (!value.len)
    return fm_request_refuse(r, 400, "Content-Length is no number");
  for (size_t i = 0; i < value.len; i++) {
    if (value.ptr[i] < '0' || value.ptr[i] > '9')
      return fm_request_refuse(r, 400, "Content-Length is no number");
    r->has_body |= value.ptr[i] != '0';
  }
  return true;
}

static bool add_transfer_encoding(fm_request *r, fm_str value)
{
  if (r->has_coding)
    return fm_request_refuse(r, 400, "several Transfer-Encoding fields");
  r->has_coding = true;
  return fm_str_ieq(value, FM_STR("chunked")) ||
         fm_request_refuse(r, 400, "Transfer-Encoding is not \"chunked\"");
}

static void keep_span(fm_request *r, const struct field *f, fm_span value)
{
  char *base = (char *)r;
  fm_span *span = (fm_span *)(void *)(base + f->at);
  if (f->keep == LIST) {
    uint8_t *count = (uint8_t *)(base + f->count);
    if (*count < FM_LIST_LINES_MAX)
      span[(*count)++] = value;
  } else if (f->keep == LAST || !span->at) {
    *span = value;
  }
}

bool fm_request_add_field(fm_request *r, const char *bytes, fm_str name, fm_str value)
{
  const struct field *f = find_field(name);
  if (!f)
    return true;
  switch ((enum keep)f->keep) {
  case CONNECTION:
    return add_connection(r, value);
  case CONTENT_LENGTH:
    return add_content_length(r, value);
  case TRANSFER_ENCODING:
    return add_transfer_encoding(r, value);
  case HOST:
    if (r->nhost++)
      return fm_request_refuse(r, 400, "several Host fields");
    break;
  case FIRST:
  case LAST:
  case LIST:
    break;
  }
  keep_span(r, f, (fm_span){(uint16_t)(value.ptr - bytes), (uint16_t)value.len});
  return true;
}

/* No body is ever read: a request that has one is the last of its connection, so nothing in a
 * body can be taken for a request. */
bool fm_request_check_framing(fm_request *r)
{
  if (r->has_coding && r->has_length)
    return fm_request_refuse(r, 400, "both Content-Length and Transfer-Encoding");
  if (r->has_coding && r->http10)
    return fm_request_refuse(r, 400, "Transfer-Encoding in HTTP/1.0");
  return true;
}
