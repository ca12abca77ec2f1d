/* Parses, fills and matches URL templates. */
#include "source/recipe/template.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/url.h"

static bool is_name_char(char c)
{
  return c == '_' || c == '-' || (unsigned)(c - '0') <= 9 || (unsigned)(c - 'a') < 26;
}

static int wrong(size_t *at, size_t where, fm_why *why, const char *reason)
{
  *at = where;
  return fm_fail(why, FM_E_SYNTAX, "%s", reason);
}

static int parse_name(fm_str inside, fm_arena *arena, fm_template_part *part)
{
  if (inside.len && *inside.ptr == '+') {
    part->slashes = true;
    inside = fm_str_from(inside, 1);
  }
  if (inside.len == 0 || inside.len > FM_PLACEHOLDER_MAX || (unsigned)(*inside.ptr - 'a') > 25)
    return FM_E_SYNTAX;
  for (size_t i = 0; i < inside.len; i++)
    if (!is_name_char(inside.ptr[i]))
      return FM_E_SYNTAX;
  part->name = fm_arena_str(arena, inside);
  return FM_OK;
}

static int parse_parts(fm_str text, fm_arena *arena, fm_template *made, size_t *at, fm_why *why)
{
  for (size_t i = 0; i < text.len;) {
    if (made->count + 2 > FM_TEMPLATE_PARTS)
      return wrong(at, i, why, "too many placeholders");
    const char *open = memchr(text.ptr + i, '{', text.len - i);
    size_t end = open ? (size_t)(open - text.ptr) : text.len;
    if (end > i)
      made->parts[made->count++].literal = fm_arena_str(arena, (fm_str){text.ptr + i, end - i});
    if (!open)
      return FM_OK;
    const char *close = memchr(open, '}', text.len - end);
    if (!close)
      return wrong(at, end, why, "a \"{\" is not closed");
    if (parse_name(fm_str_span(open + 1, close), arena, &made->parts[made->count++]))
      return wrong(at, end + 1, why, "a placeholder's name is of a-z, 0-9, _ and -, a letter first");
    i = (size_t)(close - text.ptr) + 1;
  }
  return FM_OK;
}

/* Percent-encodes what browsers show as it is: spaces, | and the brackets of parameters; those of
 * an IPv6 address, which come before the path, stay. */
static void encode_literals(fm_template *made, fm_arena *arena)
{
  static const char hex[] = "0123456789ABCDEF";
  int slashes = 0;
  for (size_t i = 0; i < made->count; i++) {
    fm_str from = made->parts[i].literal;
    char *out = from.len ? fm_arena_raw(arena, from.len * 3 + 1) : NULL, *o = out;
    for (size_t k = 0; k < from.len; k++) {
      unsigned char c = (unsigned char)from.ptr[k];
      slashes += c == '/';
      if (c == ' ' || c == '|' || ((c == '[' || c == ']') && slashes >= 3)) {
        *o++ = '%';
        *o++ = hex[c >> 4];
        *o++ = hex[c & 15];
      } else {
        *o++ = (char)c;
      }
    }
    if (out) {
      *o = 0;
      made->parts[i].literal = fm_str_span(out, o);
    }
  }
}

/* Marks placeholders in the host, which ends at the third '/', or at '?' or '#'. */
static void mark_host(fm_template *made)
{
  int slashes = 0;
  bool over = false;
  for (size_t i = 0; i < made->count; i++) {
    fm_template_part *part = &made->parts[i];
    part->in_host = part->name.len && !over;
    for (size_t k = 0; k < part->literal.len && !over; k++) {
      slashes += part->literal.ptr[k] == '/';
      over = slashes == 3 || part->literal.ptr[k] == '?' || part->literal.ptr[k] == '#';
    }
  }
}

int fm_template_parse(fm_str text, bool plain, fm_arena *arena, fm_template *made, size_t *at,
                     fm_why *why)
{
  *made = (fm_template){.count = 0};
  *at = 0;
  int error = parse_parts(plain ? text : fm_str_trim(text), arena, made, at, why);
  if (error || plain)
    return error;
  encode_literals(made, arena);
  for (size_t i = 1; i < made->count; i++)
    if (made->parts[i].name.len && made->parts[i - 1].name.len)
      return wrong(at, 0, why, "two placeholders need something between them");
  mark_host(made);
  fm_str start = fm_template_start(made), filled;
  if (!fm_str_starts(start, FM_STR("http://")) && !fm_str_starts(start, FM_STR("https://")))
    return wrong(at, 0, why, "not an http or https address");
  fm_why reason;
  fm_param one[FM_TEMPLATE_PARTS];
  size_t count = 0;
  for (size_t i = 0; i < made->count; i++)
    if (made->parts[i].name.len)
      one[count++] = (fm_param){made->parts[i].name, FM_STR("x")};
  if (fm_template_fill(made, (fm_params){one, count}, false, arena, &filled, why))
    return FM_E_SYNTAX;
  if (fm_url_from_user(filled, arena, &start, &reason))
    return wrong(at, 0, why, fm_str_find(filled, FM_STR("@")) ? fm_arena_printf(arena, "the address %s", reason.text).ptr
                                                              : "not an http or https address");
  return fm_url_usable(filled) ? FM_OK : wrong(at, 0, why, "not an http or https address");
}

fm_str fm_template_start(const fm_template *made)
{
  return made->count ? made->parts[0].literal : FM_STR("");
}

fm_strs fm_template_names(const fm_template *made, fm_arena *arena)
{
  fm_str *names = fm_arena_alloc(arena, (made->count + 1) * sizeof *names);
  size_t count = 0;
  for (size_t i = 0; i < made->count; i++) {
    bool seen = made->parts[i].name.len == 0;
    for (size_t k = 0; k < count && !seen; k++)
      seen = fm_str_eq(names[k], made->parts[i].name);
    if (!seen)
      names[count++] = made->parts[i].name;
  }
  return (fm_strs){names, count};
}

static fm_str value_of(const fm_param *values, size_t count, fm_str name)
{
  for (size_t i = 0; i < count; i++)
    if (fm_str_eq(values[i].name, name))
      return values[i].value;
  return (fm_str){NULL, 0};
}

bool fm_template_known(const fm_template *made, const fm_param *values, size_t count)
{
  for (size_t i = 0; i < made->count; i++)
    if (made->parts[i].name.len && !value_of(values, count, made->parts[i].name).ptr)
      return false;
  return true;
}

/* True for a value with a dot segment. */
static bool has_dots(fm_str value)
{
  fm_str rest = value, step;
  while (fm_str_cut(&rest, '/', &step))
    if (fm_str_is(step, ".") || fm_str_is(step, ".."))
      return true;
  return false;
}

static int put_value(const fm_template_part *part, fm_str value, bool plain, fm_buf *out,
                     fm_why *why)
{
  fm_str step;
  if (plain) {
    fm_buf_str(out, value);
    return FM_OK;
  }
  if (part->in_host) {
    if (!fm_host_valid(value))
      return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: \"%.*s\" is no host", FM_FMT(part->name),
                     FM_FMT(value));
    fm_buf_str(out, value);
    return FM_OK;
  }
  if (has_dots(value))
    return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: \".\" and \"..\" lead elsewhere",
                   FM_FMT(part->name));
  for (bool first = true; part->slashes && fm_str_cut(&value, '/', &step); first = false) {
    if (!first)
      fm_buf_char(out, '/');
    fm_buf_percent(out, step);
  }
  if (!part->slashes)
    fm_buf_percent(out, value);
  return FM_OK;
}

int fm_template_fill(const fm_template *made, fm_params values, bool plain, fm_arena *arena,
                     fm_str *filled, fm_why *why)
{
  fm_buf out;
  int error = FM_OK;
  fm_buf_init(&out, FM_TEMPLATE_MAX);
  for (size_t i = 0; i < made->count && !error; i++) {
    const fm_template_part *part = &made->parts[i];
    fm_buf_str(&out, part->literal);
    fm_str value = part->name.len ? value_of(values.items, values.count, part->name) : (fm_str){NULL, 0};
    if (value.ptr)
      error = put_value(part, value, plain, &out, why);
  }
  if (!error && out.full)
    error = fm_fail(why, FM_E_BAD_ADDRESS, "an address of more than %d bytes", FM_TEMPLATE_MAX);
  if (!error)
    *filled = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return error;
}

bool fm_template_match(const fm_template *made, fm_str address, fm_arena *arena, fm_param *values,
                       size_t *count)
{
  *count = 0;
  for (size_t i = 0; i < made->count; i++) {
    const fm_template_part *part = &made->parts[i];
    if (!part->name.len) {
      if (!fm_str_starts(address, part->literal))
        return false;
      address = fm_str_from(address, part->literal.len);
      continue;
    }
    bool last = i + 1 == made->count;
    const char *end = last ? address.ptr + address.len
                           : fm_str_find(address, made->parts[i + 1].literal);
    fm_str value;
    if (!end || fm_url_decode(fm_str_span(address.ptr, end), false, arena, &value))
      return false;
    values[(*count)++] = (fm_param){part->name, value};
    address = fm_str_span(end, address.ptr + address.len);
  }
  return address.len == 0;
}
