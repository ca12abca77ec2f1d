/* Writes a draft as the text of a recipe. */
#include "base/str.h"
#include "base/url.h"
#include "source/discover/parts.h"

enum { RECIPE_MAX = 64 * 1024, NAME_MAX_ = 48 };

static const char *const names[DRAFT_FIELDS] = {"title", "link", "published", "author", "summary",
                                                "image", "category", "comments"};

/* "www.example.org/news/all" becomes "example-org-news-all". */
fm_str fm_discover_name(fm_str url, fm_arena *arena)
{
  fm_url parts;
  char text[NAME_MAX_ + 1];
  size_t len = 0;
  fm_str all = FM_STR("");
  if (fm_url_parse(url, &parts)) {
    fm_str host =
        fm_str_starts(parts.host, FM_STR("www.")) ? fm_str_from(parts.host, 4) : parts.host;
    all = fm_arena_printf(arena, "%.*s-%.*s", FM_FMT(host), FM_FMT(parts.path));
  }
  for (size_t i = 0; i < all.len && len < NAME_MAX_; i++) {
    char c = (unsigned)(all.ptr[i] - 'A') < 26 ? (char)(all.ptr[i] | 0x20) : all.ptr[i];
    bool good = (unsigned)(c - 'a') < 26 || (unsigned)(c - '0') < 10;
    if (good)
      text[len++] = c;
    else if (len && text[len - 1] != '-')
      text[len++] = '-';
  }
  while (len && text[len - 1] == '-')
    len--;
  return len ? fm_arena_str(arena, (fm_str){text, len}) : FM_STR("page");
}

static void put(fm_buf *out, const char *key, fm_str value)
{
  fm_buf_addf(out, "%s: ", key);
  fm_buf_json(out, value);
  fm_buf_char(out, '\n');
}

/* Braces start a placeholder in addresses and titles, so such texts are left out. */
static bool is_plain(fm_str text)
{
  return text.len && text.len < 300 && !memchr(text.ptr, '{', text.len) &&
         !memchr(text.ptr, '}', text.len) && fm_utf8_valid(text) &&
         !fm_str_starts(text, FM_STR("css:")) && !fm_str_starts(text, FM_STR("xpath:")) &&
         !fm_str_starts(text, FM_STR("json:")) && !fm_str_starts(text, FM_STR("text:"));
}

static void put_comment(fm_buf *out, const survey *s, const draft *d, const fm_discovered *found)
{
  fm_buf_addf(out, "# Found by `feedmill discover`: %s.\n", fm_discovery_name(d->how));
  if (!s->url.len)
    fm_buf_text(out, "# Where the page is from was not said: put its address here.\n");
  if (!found->noffers)
    return;
  fm_str name = fm_discover_name(s->url, s->arena);
  fm_buf_text(out,
              "#\n# The page names a feed of its own, which may say more than its list. To use it\n"
              "# instead, in feedmill.yaml:\n#   feeds:\n");
  fm_buf_addf(out, "#     - {name: %.*s, source: feed, url: ", FM_FMT(name));
  fm_buf_json(out, found->offers[0].href);
  fm_buf_text(out, "}\n");
}

static void put_fields(fm_buf *out, const draft *d)
{
  fm_buf_text(out, "fields:\n");
  for (int i = 0; i < DRAFT_FIELDS; i++) {
    if (!d->fields[i].len)
      continue;
    fm_buf_addf(out, "  %s: ", names[i]);
    if (i == DRAFT_PUBLISHED && d->date_format.len)
      fm_buf_text(out, "{from: ");
    fm_buf_json(out, d->fields[i]);
    if (i == DRAFT_PUBLISHED && d->date_format.len)
      fm_buf_addf(out, ", format: \"%.*s\"}", FM_FMT(d->date_format));
    fm_buf_char(out, '\n');
  }
}

static void put_fixes(fm_buf *out, const draft *d)
{
  if (d->nfixes)
    fm_buf_text(out, "fixups:\n");
  for (size_t i = 0; i < d->nfixes; i++) {
    fm_buf_addf(out, "  - {field: %s, match: ", names[d->fixes[i].field]);
    fm_buf_json(out, d->fixes[i].match);
    fm_buf_text(out, ", replace: ");
    fm_buf_json(out, d->fixes[i].replace);
    fm_buf_text(out, "}\n");
  }
}

fm_str fm_draft_write(const survey *s, const draft *d, const fm_discovered *found, bool bare)
{
  fm_buf out;
  fm_str url = s->url.len ? s->url : FM_STR("https://example.org/");
  fm_buf_init(&out, RECIPE_MAX);
  if (!bare)
    put_comment(&out, s, d, found);
  fm_buf_addf(&out, "name: %.*s\n", FM_FMT(fm_discover_name(url, s->arena)));
  if (is_plain(s->title) && !bare)
    put(&out, "title", s->title);
  put(&out, "url", url);
  put(&out, "items", d->items);
  put_fields(&out, d);
  put_fixes(&out, d);
  if (s->next.len && !bare && d->how != FM_FOUND_JSON) {
    fm_buf_text(
        &out,
        "# Without the \"#\" the list's further pages are read too, at each refresh:\n# next: ");
    fm_buf_json(&out, s->next);
    fm_buf_text(&out, "\n# max_pages: 3\n");
  }
  fm_str text = out.full ? FM_STR("") : fm_arena_str(s->arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return text;
}
