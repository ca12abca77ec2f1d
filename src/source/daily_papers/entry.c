/* One paper as an entry: id, dates, authors, links, HTML. */
#include "source/daily_papers/daily_papers.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "dom/text.h"

#define PAPERS FM_DAILY_HOST "/papers/"
#define ARXIV "https://arxiv.org/"
#define MIDDOT "\xc2\xb7"

enum { ID_MAX = 64, LINKS_MAX = 5 };

/* ---- memory of the result ---- */

fm_str fm_host_copy(const fm_host *host, fm_str text)
{
  char *copy = host->alloc(host, text.len + 1);
  if (text.len)
    memcpy(copy, text.ptr, text.len);
  return (fm_str){copy, text.len};
}

fm_str fm_host_line(const fm_host *host, fm_str text)
{
  char *line = host->alloc(host, text.len + 1);
  return (fm_str){line, fm_text_fold(text, line)};
}

fm_str fm_host_plain(const fm_host *host, fm_str text)
{
  char *plain = host->alloc(host, text.len + 1);
  return (fm_str){plain, fm_text_plain(text, plain)};
}

static fm_str join(const fm_host *host, fm_str a, fm_str b)
{
  char *both = host->alloc(host, a.len + b.len + 1);
  memcpy(both, a.ptr, a.len);
  memcpy(both + a.len, b.ptr, b.len);
  return (fm_str){both, a.len + b.len};
}

/* ---- the id and what follows from it ---- */

/* The id becomes part of a permanent address: no character may need an escape, and "." and
 * ".." are path segments of another meaning (RFC 3986 section 5.2.4). */
static bool valid_id(fm_str id)
{
  if (id.len == 0 || id.len > ID_MAX || *id.ptr == '.')
    return false;
  for (size_t i = 0; i < id.len; i++) {
    char c = id.ptr[i];
    if (!fm_is_digit(c) && (unsigned)((c | 0x20) - 'a') > 25 && c != '.' && c != '-' && c != '_')
      return false;
  }
  return true;
}

static size_t count_digits(fm_str s)
{
  size_t n = 0;
  while (n < s.len && fm_is_digit(s.ptr[n]))
    n++;
  return n;
}

/* arXiv's form since 2007: YYMM.NNNN or YYMM.NNNNN, maybe with a version. */
static bool is_arxiv(fm_str id)
{
  if (count_digits(id) != 4 || id.len < 9 || id.ptr[4] != '.')
    return false;
  fm_str rest = fm_str_from(id, 5);
  size_t digits = count_digits(rest);
  rest = fm_str_from(rest, digits);
  if (digits < 4 || digits > 5)
    return false;
  if (rest.len == 0)
    return true;
  return *rest.ptr == 'v' && rest.len > 1 && count_digits(fm_str_from(rest, 1)) == rest.len - 1;
}

/* The best date there is, never the time of the request: the same paper always gets the same
 * date. FM_NO_TIME: the store dates the entry when it is first seen. */
static void set_published(const fm_entry_maker *maker, const fm_paper *paper, fm_entry *entry)
{
  const fm_str dates[] = {paper->submitted, {NULL, 0}, paper->dated, paper->listed,
                          paper->published};
  enum { DAY_GRADE = 1 };
  entry->published = FM_NO_TIME;
  for (uint8_t i = 0; i < sizeof dates / sizeof *dates && entry->published == FM_NO_TIME; i++) {
    entry->published_grade = i;
    if (i == DAY_GRADE)
      entry->published = maker->day;
    else
      fm_date_parse_iso(dates[i], &entry->published);
  }
}

/* ---- persons, categories, numbers ---- */

static void make_authors(const fm_host *host, const fm_paper *paper, fm_entry *entry)
{
  if (paper->nauthors == 0)
    return;
  fm_person *authors = host->alloc(host, paper->nauthors * sizeof *authors);
  size_t count = 0;
  for (size_t i = 0; i < paper->nauthors; i++) {
    fm_str name = fm_host_line(host, paper->authors[i]);
    if (name.len)
      authors[count++].name = name;
  }
  entry->authors = authors;
  entry->nauthors = count;
}

static bool has_term(const fm_category *categories, size_t count, fm_str term)
{
  for (size_t i = 0; i < count; i++)
    if (fm_str_eq(categories[i].term, term))
      return true;
  return false;
}

static void make_categories(const fm_host *host, const fm_paper *paper, fm_entry *entry)
{
  fm_category *categories = host->alloc(host, (paper->nkeywords + 1) * sizeof *categories);
  size_t count = 0;
  for (size_t i = 0; i < paper->nkeywords; i++) {
    fm_str term = fm_host_line(host, paper->keywords[i]);
    if (term.len && !has_term(categories, count, term))
      categories[count++].term = term;
  }
  fm_str handle = fm_host_line(host, paper->org_name), full = fm_host_line(host, paper->org);
  if (handle.len || full.len)
    categories[count++] = (fm_category){.term = full.len ? full : handle,
                                        .scheme = FM_STR(FM_DAILY_HOST "/organizations"),
                                        .handle = handle};
  entry->categories = categories;
  entry->ncategories = count;
}

static void make_numbers(const fm_host *host, const fm_paper *paper, fm_entry *entry)
{
  const fm_number all[] = {{FM_STR("upvotes"), paper->upvotes},
                           {FM_STR("comments"), paper->comments},
                           {FM_STR("stars"), paper->stars}};
  fm_number *numbers = host->alloc(host, sizeof all);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!isnan(all[i].value))
      numbers[entry->nnumbers++] = all[i];
  entry->numbers = numbers;
}

/* ---- links ---- */

/* An absolute http or https address as the page gives it, with invalid characters escaped;
 * empty if it is none. */
static fm_str outside_address(const fm_entry_maker *maker, fm_str text)
{
  text = fm_str_trim(text);
  if (fm_url_usable(text))
    return text;
  fm_str whole;
  fm_str scheme, rest = text;
  if (!fm_str_cut(&rest, ':', &scheme) || !fm_str_starts(rest, FM_STR("//")) ||
      (!fm_str_ieq(scheme, FM_STR("http")) && !fm_str_ieq(scheme, FM_STR("https"))))
    return (fm_str){NULL, 0};
  if (fm_url_resolve(FM_STR(PAPERS), text, maker->arena, &whole) != FM_OK || !fm_url_usable(whole))
    return (fm_str){NULL, 0};
  return whole;
}

static void add_link(fm_link *links, size_t *count, fm_link link)
{
  for (size_t i = 0; i < *count; i++)
    if (fm_str_eq(links[i].rel, link.rel) && fm_str_eq(links[i].href, link.href))
      return;
  if (link.href.len)
    links[(*count)++] = link;
}

static void make_links(const fm_entry_maker *maker, const fm_paper *paper, fm_entry *entry)
{
  const fm_host *host = maker->host;
  fm_link *links = host->alloc(host, LINKS_MAX * sizeof *links);
  const fm_str related = FM_STR("related"), html = FM_STR("text/html");
  bool arxiv = is_arxiv(paper->id);
  size_t n = 0;
  add_link(links, &n, (fm_link){.rel = FM_STR("alternate"), .href = entry->id, .type = html});
  if (arxiv)
    add_link(links, &n, (fm_link){.rel = related, .type = html, .title = FM_STR("arXiv"),
                                  .href = join(host, FM_STR(ARXIV "abs/"), paper->id)});
  fm_str code = outside_address(maker, paper->github);
  fm_str project = outside_address(maker, paper->project);
  fm_str code_text = FM_STR("Code"), project_text = FM_STR("Project page");
  add_link(links, &n, (fm_link){.rel = related, .href = fm_host_copy(host, code), .type = html,
                                .title = code_text});
  add_link(links, &n, (fm_link){.rel = related, .href = fm_host_copy(host, project), .type = html,
                                .title = project_text});
  if (arxiv)
    add_link(links, &n, (fm_link){.rel = FM_STR("enclosure"), .title = FM_STR("PDF"),
                                  .type = FM_STR("application/pdf"),
                                  .href = join(host, FM_STR(ARXIV "pdf/"), paper->id)});
  entry->links = links;
  entry->nlinks = n;
}

/* ---- content ---- */

static void put_anchor(fm_buf *out, fm_str href, fm_str text)
{
  fm_buf_text(out, "<a href=\"");
  fm_buf_html(out, href);
  fm_buf_text(out, "\">");
  fm_buf_html(out, text);
  fm_buf_text(out, "</a>");
}

/* The length of the blank lines that begin at the line feed `at`; 0: a single line end. */
static size_t blank_lines(const char *at, const char *end)
{
  const char *p = at, *last = at;
  int breaks = 0;
  for (; p < end && (*p == '\n' || *p == ' ' || *p == '\t'); p++)
    if (*p == '\n') {
      breaks++;
      last = p;
    }
  return breaks > 1 ? (size_t)(last - at) + 1 : 0;
}

static void put_paragraph(fm_buf *out, fm_str text)
{
  text = fm_str_trim(text);
  if (text.len == 0)
    return;
  fm_buf_text(out, "<p>");
  fm_buf_html(out, text);
  fm_buf_text(out, "</p>");
}

static void put_abstract(fm_buf *out, fm_str text)
{
  const char *from = text.ptr, *end = text.len ? from + text.len : from, *at = from;
  while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
    size_t blank = blank_lines(at, end);
    if (blank) {
      put_paragraph(out, fm_str_span(from, at));
      from = at + blank;
    }
    at += blank ? blank : 1;
  }
  if (text.len)
    put_paragraph(out, fm_str_span(from, end));
}

static void put_thumbnail(fm_buf *out, const fm_entry_maker *maker, fm_str address, fm_str link)
{
  fm_str image = outside_address(maker, address);
  if (!image.len)
    return;
  fm_buf_text(out, "<p><a href=\"");
  fm_buf_html(out, link);
  fm_buf_text(out, "\"><img src=\"");
  fm_buf_html(out, image);
  fm_buf_text(out, "\" alt=\"\"></a></p>");
}

static void put_links(fm_buf *out, const fm_entry *entry)
{
  fm_buf_text(out, "<p>");
  for (size_t i = 0; i < entry->nlinks; i++) {
    const fm_link *link = &entry->links[i];
    if (i)
      fm_buf_text(out, " " MIDDOT " ");
    put_anchor(out, link->href, link->title.len ? link->title : FM_STR("Paper page"));
  }
  fm_buf_text(out, "</p>");
}

static void put_metrics(fm_buf *out, const fm_paper *paper)
{
  const struct {
    double value;
    const char *word;
  } all[] = {{paper->upvotes, "vote"}, {paper->comments, "comment"}, {paper->stars, "star"}};
  const char *before = "<p>";
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (isnan(all[i].value))
      continue;
    const char *plural = all[i].value == 1 ? "" : "s";
    fm_buf_addf(out, "%s%.0f %s%s", before, all[i].value, all[i].word, plural);
    before = " " MIDDOT " ";
  }
  if (*before == ' ')
    fm_buf_text(out, "</p>");
}

static void make_content(const fm_entry_maker *maker, const fm_paper *paper, fm_entry *entry)
{
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_buf_reserve(&out, entry->summary.len + 2048);
  put_abstract(&out, entry->summary);
  put_thumbnail(&out, maker, paper->thumbnail, entry->id);
  put_links(&out, entry);
  if (maker->metrics)
    put_metrics(&out, paper);
  entry->content = fm_host_copy(maker->host, fm_buf_view(&out));
  fm_buf_deinit(&out);
}

bool fm_entry_make(const fm_entry_maker *maker, const fm_paper *paper, fm_entry *entry)
{
  if (!valid_id(paper->id))
    return false;
  /* The entry's own title is the clean one: the paper's had line breaks in 2024. */
  fm_str title = fm_host_line(maker->host, paper->title);
  if (!title.len)
    title = fm_host_line(maker->host, paper->raw_title);
  if (!title.len)
    return false;
  *entry = (fm_entry){.title = title, .updated = FM_NO_TIME};
  entry->id = join(maker->host, FM_STR(PAPERS), paper->id);
  set_published(maker, paper, entry);
  entry->summary = fm_host_plain(maker->host, paper->summary);
  make_authors(maker->host, paper, entry);
  make_categories(maker->host, paper, entry);
  make_numbers(maker->host, paper, entry);
  make_links(maker, paper, entry);
  make_content(maker, paper, entry);
  return true;
}
