/* The HTTP request parser: the result does not depend on how the bytes were split, and what is
 * accepted holds to the grammar. */
#include "fuzz_kit.h"
#include "serve/canonical.h"
#include "serve/request.h"

/* With `first` bytes at first, then `step` more each time; each time elsewhere. */
static enum fm_parse parse(fm_request *r, fm_str all, size_t first, size_t step)
{
  enum fm_parse got = FM_PARSE_MORE;
  fm_request_init(r);
  for (size_t have = 0; got == FM_PARSE_MORE && have < all.len;) {
    have += have ? step : first;
    if (have > all.len)
      have = all.len;
    char *moved = fm_dup(all.ptr, have);
    got = fm_request_parse(r, moved, have);
    free(moved);
  }
  return got;
}

static void same_span(const char *name, fm_str all, fm_span a, fm_span b)
{
  if (a.len > all.len || a.at > all.len - a.len)
    FUZZ_FAIL("%s is not in the request", name);
  if (!fm_str_eq(fm_span_str(all.ptr, a), fm_span_str(all.ptr, b)))
    FUZZ_FAIL("%s: \"%.*s\" and \"%.*s\"", name, FM_FMT(fm_span_str(all.ptr, a)),
              FM_FMT(fm_span_str(all.ptr, b)));
}

#define SAME_SPAN(member) same_span(#member, all, a->member, b->member)

static void same_request(fm_str all, const fm_request *a, const fm_request *b)
{
  if (a->used != b->used || a->head != b->head || a->http10 != b->http10 ||
      a->keep_alive != b->keep_alive || a->naccept_encoding != b->naccept_encoding ||
      a->nif_none_match != b->nif_none_match)
    FUZZ_FAIL("two requests in one: %u and %u bytes, head %d %d, old %d %d, keep %d %d", a->used,
              b->used, a->head, b->head, a->http10, b->http10, a->keep_alive, b->keep_alive);
  SAME_SPAN(target);
  SAME_SPAN(authority);
  SAME_SPAN(host);
  SAME_SPAN(if_modified_since);
  SAME_SPAN(forwarded_proto);
  SAME_SPAN(forwarded_host);
  SAME_SPAN(forwarded_prefix);
  SAME_SPAN(forwarded_port);
  SAME_SPAN(forwarded_for);
  SAME_SPAN(forwarded);
  SAME_SPAN(if_unmodified_since);
  SAME_SPAN(method);
  SAME_SPAN(user_agent);
  SAME_SPAN(referer);
  for (size_t i = 0; i < a->naccept_encoding; i++)
    SAME_SPAN(accept_encoding[i]);
  for (size_t i = 0; i < a->nif_none_match; i++)
    SAME_SPAN(if_none_match[i]);
}

static void check(fm_str all, const fm_request *want, enum fm_parse wanted, size_t first, size_t step)
{
  fm_request r;
  enum fm_parse got = parse(&r, all, first, step);
  if (got != wanted)
    FUZZ_FAIL("at once %d (%s), by %zu %d (%s)", wanted, want->why ? want->why : "", step, got,
              r.why ? r.why : "");
  if (got == FM_PARSE_BAD && (!r.status || !r.why))
    FUZZ_FAIL("refused without a reason");
  if (got == FM_PARSE_BAD && r.status != want->status)
    FUZZ_FAIL("at once %u, by %zu %u", want->status, step, r.status);
  if (got == FM_PARSE_DONE)
    same_request(all, want, &r);
}

/* What no accepted request holds: a control character, or a CR without its LF. */
static void check_grammar(fm_str all, const fm_request *r)
{
  if (r->used > all.len)
    FUZZ_FAIL("more bytes than there are");
  for (size_t i = 0; i < r->used; i++) {
    unsigned char c = (unsigned char)all.ptr[i];
    if ((c < 0x20 && !strchr("\t\r\n", c)) || c == 0 || c == 0x7f)
      FUZZ_FAIL("control character %u in a request", c);
    if (c == '\r' && (i + 1 == r->used || all.ptr[i + 1] != '\n'))
      FUZZ_FAIL("a CR alone");
  }
  fm_str target = fm_span_str(all.ptr, r->target);
  if (!r->authority.len && (!target.len || *target.ptr != '/'))
    FUZZ_FAIL("a target that is no path");
  if (memchr(target.ptr, '\t', target.len) || memchr(target.ptr, ' ', target.len))
    FUZZ_FAIL("white space in the target");
}

/* The canonical target is canonical itself, and a path without empty and dot segments. */
static void check_canonical(fm_str target, bool keyed)
{
  static char first[32 * 1024], second[32 * 1024];
  fm_str once, twice;
  if (!fm_target_canonical(target, keyed, first, sizeof first, &once))
    FUZZ_FAIL("a target of %zu bytes does not fit", target.len);
  if (!fm_target_canonical(once, keyed, second, sizeof second, &twice) || !fm_str_eq(once, twice))
    FUZZ_FAIL("\"%.*s\" becomes \"%.*s\"", FM_FMT(once), FM_FMT(twice));
  if (once.ptr != first)
    return;
  fm_str path;
  fm_str_cut(&once, '?', &path);
  if (!path.len || *path.ptr != '/' || fm_str_find(path, FM_STR("//")) || fm_str_find(path, FM_STR("/./")) ||
      fm_str_find(path, FM_STR("/../")) || (path.len > 1 && path.ptr[path.len - 1] == '/'))
    FUZZ_FAIL("path \"%.*s\"", FM_FMT(path));
}

static void check_whole(fm_str all, const fm_request *r)
{
  check_grammar(all, r);
  check_canonical(fm_span_str(all.ptr, r->target), true);
  check_canonical(fm_span_str(all.ptr, r->target), false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fm_str all = {(const char *)data, size};
  fm_request whole;
  if (!size)
    return 0;
  enum fm_parse wanted = parse(&whole, all, size, size);
  check(all, &whole, wanted, 1, size);
  if (size < 2000)
    check(all, &whole, wanted, 1, 1);
  check(all, &whole, wanted, 7, 61);
  if (wanted == FM_PARSE_DONE)
    check_whole(all, &whole);
  return 0;
}
