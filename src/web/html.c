/* The frame of the HTML documents (head, style, footer) and the replies made of them. */
#include "web/html.h"

#include "base/str.h"
#include "mill/encode.h"

/* An inline icon, so that browsers do not request /favicon.ico. */
static const char icon[] =
  "<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'"
  "%3E%3Ccircle cx='8' cy='8' r='7' fill='%230550ae'/%3E%3Cpath d='M8 2v12M2 8h12M4 4l8 8M12 4l-8 8' "
  "stroke='white'/%3E%3Ccircle cx='8' cy='8' r='2' fill='white'/%3E%3C/svg%3E\">\n";

static const char style[] =
  "body{font:1rem/1.55 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
  "color:#1d1d1f;background:#fff;overflow-wrap:anywhere}"
  "h1{font-size:1.7rem;line-height:1.25;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .5rem}"
  "h3{font-size:1.02rem;margin:0}a{color:#0550ae}h3 a,article h2 a,.also a{text-decoration:none}"
  "h3 a:hover,article h2 a:hover,.also a:hover{text-decoration:underline}"
  "code{font:.93em ui-monospace,monospace}p>code{white-space:nowrap}"
  "ul.feeds{list-style:none;padding:0;margin:0}ul.feeds>li{padding:.75rem 0;border-top:1px solid #d8d8dc}"
  "ul.feeds p{margin:.1rem 0}.also{color:#55555c;font-size:.93rem;white-space:nowrap}"
  ".found{background:#eef4fb;border-radius:.3rem;padding:.6rem .8rem}"
  "article{border-top:1px solid #d8d8dc;padding:1rem 0}article h2{margin:0 0 .2rem}"
  ".by{margin:.2rem 0 .6rem}"
  ".by,.state{color:#55555c;font-size:.93rem}.state b{color:#1a7f37}.due b{color:#55555c}"
  ".failing,.failing b{color:#a40e26}"
  "form{display:flex;gap:.5rem;flex-wrap:wrap}input[type=text]{flex:1 1 18rem;font:inherit;"
  "padding:.45rem .6rem;border:1px solid #8a8a90;border-radius:.3rem;min-width:0;color:inherit;background:#fff}"
  "button{font:inherit;padding:.45rem .9rem;border:1px solid #0550ae;background:#0550ae;color:#fff;"
  "border-radius:.3rem;cursor:pointer}footer{margin-top:3rem;color:#55555c;font-size:.9rem}"
  "@media(prefers-color-scheme:dark){body{background:#161618;color:#ececee}a{color:#79b8ff}"
  ".by,.state,.next_input,footer,.due b{color:#a9a9b0}.state b{color:#56d364}.failing,.failing b{color:#ff8d96}"
  "ul.feeds>li,article{border-color:#3a3a3e}.found{background:#1d2733}input[type=text]{background:#222225}}";

void fm_html_put(fm_buf *out, const char *before, fm_str text, const char *after)
{
  fm_buf_text(out, before);
  fm_buf_html(out, text);
  fm_buf_text(out, after);
}

/* No script and no external resource, whatever the text of a feed contains; an access key in the
 * address is not leaked as a referrer. */
static const char policy[] =
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
  "style-src 'unsafe-inline'; base-uri 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n";

void fm_html_open(fm_buf *out, fm_str title, fm_str head)
{
  fm_buf_text(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
  fm_buf_text(out, policy);
  fm_html_put(out, "<title>", title, "</title>\n");
  fm_buf_text(out, icon);
  fm_buf_str(out, head);
  fm_buf_addf(out, "<style>%s</style>\n</head>\n<body>\n<main>\n", style);
}

void fm_html_close(fm_buf *out, fm_str home, fm_str key)
{
  fm_buf_text(out, "</main>\n<footer>");
  if (home.len) {
    fm_html_put(out, "<a href=\"", home, key.len ? "?" : "");
    fm_html_put(out, "", key, "\">feedmill</a>");
  } else {
    fm_buf_text(out, "feedmill");
  }
  fm_buf_text(out, " " FM_VERSION "</footer>\n</body>\n</html>\n");
}

void fm_html_duration(fm_buf *out, int64_t seconds)
{
  static const struct { int64_t size; const char *name; } units[] = {
    {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"},
  };
  size_t u = 0;
  seconds = seconds > 0 ? seconds : 0;
  while (u < 3 && seconds < units[u].size)
    u++;
  int64_t n = seconds / units[u].size;
  fm_buf_addf(out, "%lld %s%s", (long long)n, units[u].name, n == 1 ? "" : "s");
}

static fm_reply *make_reply(fm_buf *body, const char *media_type, bool validated, int64_t changed)
{
  fm_reply_spec spec = {
    .status = 200, .content_type = fm_str_of(media_type), .last_modified = changed,
    .cacheable = validated,
  };
  size_t len;
  char *bytes = fm_buf_take(body, &len);
  spec.body[FM_IDENTITY] = (fm_str){bytes, len};
  fm_encode_quick(spec.body);
  return fm_reply_new(&spec);
}

fm_reply *fm_web_reply(fm_buf *body, const char *media_type)
{
  return make_reply(body, media_type, false, FM_NO_TIME);
}

fm_reply *fm_web_reply_validated(fm_buf *body, const char *media_type, int64_t changed)
{
  return make_reply(body, media_type, true, changed);
}

void fm_address_with_ending(fm_buf *out, fm_str address, const char *ending)
{
  const char *mark = memchr(address.ptr, '?', address.len);
  fm_str path = mark ? fm_str_span(address.ptr, mark) : address;
  fm_buf_str(out, path);
  fm_buf_text(out, ending);
  fm_buf_str(out, fm_str_from(address, path.len));
}

fm_str fm_address_in(fm_arena *arena, fm_str base, fm_str address, const char *ending)
{
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_buf_str(&out, base);
  fm_address_with_ending(&out, address, ending);
  fm_str made = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return made;
}
