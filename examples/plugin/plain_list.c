/* A source for feedmill: plain-text listings.
 *
 *   # Harbour notices
 *   2026-08-04  The north crane is out of use    notices/17
 *   2026-08-01  New berths for small boats       notices/16
 *
 * A line is a date, a title and an address, with two spaces or more (or a tab)
 * between them; the address may be relative. The first line that starts with '#'
 * is the listing's title. All other lines are text that nobody needs.
 *
 * It is built against feedmill's installed headers and links with nothing. It
 * shows what a source must do: say which page an address is (plan), and turn that
 * page into entries (extract), with no input, no output and no globals. */
#include <feedmill/plugin.h>
#include <string.h>

enum { ENTRIES_MAX = 1000 };

static fm_str literal(const char *text) { return (fm_str){text, strlen(text)}; }

static fm_str from_to(const char *from, const char *to)
{
  return (fm_str){from, (size_t)(to - from)};
}

/* Text that must outlive the page is copied into memory of the host's. */
static fm_str copied(const fm_host *host, fm_str text)
{
  char *copy = host->alloc(host, text.len + 1);
  if (text.len)
    memcpy(copy, text.ptr, text.len);
  return (fm_str){copy, text.len};
}

/* What the feed's configuration says for us: `url: https://...`. */
static fm_str option(const fm_param *options, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (options[i].name.len == strlen(name) && memcmp(options[i].name.ptr, name, strlen(name)) == 0)
      return options[i].value;
  return (fm_str){NULL, 0};
}

/* ---- which page ---- */

static int plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan)
{
  fm_str url = option(ask->options, ask->noptions, "url");
  if (!url.len)
    return host->fail(host, FM_E_CONFIG, "url: a plain list has no address of its own");
  if (ask->nparams)
    return host->fail(host, FM_E_BAD_ADDRESS, "a plain list takes no parameters");
  if (url.len > 512) /* a key is at most so long */
    return host->fail(host, FM_E_CONFIG, "url: longer than 512 bytes");
  plan->url = plan->key = copied(host, url);
  plan->accept = literal("text/plain, */*;q=0.1");
  return FM_OK;
}

/* ---- the page's lines ---- */

static int digits(const char *at, int count)
{
  int number = 0;
  for (int i = 0; i < count; i++) {
    if (at[i] < '0' || at[i] > '9')
      return -1;
    number = number * 10 + (at[i] - '0');
  }
  return number;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, times a day. */
static int64_t seconds(int year, int month, int day)
{
  static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  int leap = month > 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0);
  int64_t y = year - 1;
  int64_t days = y * 365 + y / 4 - y / 100 + y / 400 + before[month - 1] + leap + day - 1;
  return (days - 719162) * 86400;
}

/* Moves over the date at the start of a line; 0: there is none. */
static int read_date(fm_str *line, int64_t *time)
{
  const char *at = line->ptr;
  if (line->len < 12 || at[4] != '-' || at[7] != '-' || (at[10] != ' ' && at[10] != '\t'))
    return 0;
  int year = digits(at, 4), month = digits(at + 5, 2), day = digits(at + 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
    return 0;
  *time = seconds(year, month, day);
  *line = from_to(at + 10, at + line->len);
  return 1;
}

static fm_str trimmed(fm_str s)
{
  while (s.len && (*s.ptr == ' ' || *s.ptr == '\t'))
    s = from_to(s.ptr + 1, s.ptr + s.len);
  while (s.len && strchr(" \t\r", s.ptr[s.len - 1]))
    s.len--;
  return s;
}

/* The address is what follows the last gap. */
static int cut_address(fm_str *line, fm_str *address)
{
  *line = trimmed(*line);
  size_t at = line->len;
  while (at && line->ptr[at - 1] != ' ' && line->ptr[at - 1] != '\t')
    at--;
  int gap = at >= 2 && (line->ptr[at - 1] == '\t' || line->ptr[at - 2] == ' ');
  if (!gap)
    return 0;
  *address = from_to(line->ptr + at, line->ptr + line->len);
  *line = trimmed(from_to(line->ptr, line->ptr + at));
  return line->len > 0;
}

/* An address against the page's: absolute as it is, from the root, or from the
 * page's folder. */
static fm_str absolute(const fm_host *host, fm_str base, fm_str address)
{
  fm_str start = base;
  if (memchr(address.ptr, ':', address.len))
    return copied(host, address);
  const char *mark = memchr(base.ptr, '?', base.len);
  start.len = mark ? (size_t)(mark - base.ptr) : base.len;
  size_t root = 0, slashes = 0;
  while (root < start.len && (slashes += start.ptr[root] == '/') < 3)
    root++;
  size_t keep = root; /* scheme://host */
  if (*address.ptr != '/') {
    keep = start.len;
    while (keep > root && start.ptr[keep - 1] != '/')
      keep--;
  }
  int slash = *address.ptr != '/' && keep == root;
  char *url = host->alloc(host, keep + 1 + address.len + 1);
  memcpy(url, start.ptr, keep);
  url[keep] = '/';
  memcpy(url + keep + slash, address.ptr, address.len);
  return (fm_str){url, keep + (size_t)slash + address.len};
}

/* ---- the feed ---- */

static int read_entry(const fm_host *host, fm_str base, fm_str line, fm_entry *entry)
{
  fm_str address;
  int64_t time;
  if (!read_date(&line, &time) || !cut_address(&line, &address))
    return 0;
  fm_link *link = host->alloc(host, sizeof *link);
  *link = (fm_link){.rel = literal("alternate"), .href = absolute(host, base, address)};
  *entry = (fm_entry){
    .id = link->href, .title = copied(host, line), .published = time, .updated = FM_NO_TIME,
    .links = link, .nlinks = 1,
  };
  return 1;
}

static int extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  fm_entry *entries = host->alloc(host, ENTRIES_MAX * sizeof *entries);
  size_t count = 0;
  const char *at = page->body.ptr, *end = at + page->body.len;
  while (at < end && count < ENTRIES_MAX) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    fm_str line = trimmed(from_to(at, stop ? stop : end));
    if (line.len && *line.ptr == '#' && !feed->title.len)
      feed->title = copied(host, trimmed(from_to(line.ptr + 1, line.ptr + line.len)));
    else
      count += (size_t)read_entry(host, page->url, line, &entries[count]);
    at = stop ? stop + 1 : end;
  }
  if (!count && !feed->title.len) /* an empty list has its title still */
    return host->fail(host, FM_E_NO_LIST, "no line with a date, a title and an address");
  feed->id = feed->link = copied(host, page->url);
  feed->entries = entries;
  feed->nentries = count;
  return FM_OK;
}

const fm_source feedmill_plugin = {
  .abi = FM_PLUGIN_ABI,
  .size = sizeof(fm_source),
  .name = "plain-list",
  .title = "Plain-text lists of dates, titles and addresses",
  .plan = plan,
  .extract = extract,
};
