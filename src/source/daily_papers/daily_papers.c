/* The source daily-papers: chooses where on the page the papers are read from, and makes
 * the feed's head. */
#include "source/daily_papers/daily_papers.h"

#include "base/date.h"
#include "base/str.h"
#include "dom/attribute.h"
#include "source/option.h"
#include "source/registry.h"

#define TARGET FM_STR("data-target"), FM_STR("DailyPapers")

enum { PAGE_TITLE_MAX = 100, DAY = 24 * 60 * 60 };

/* One extraction. Temporary data is in `arena`; what goes into the feed is allocated by the
 * host. */
struct job {
  const fm_host *host;
  const fm_page *page;
  fm_arena arena;
  fm_listing listing;
  fm_papers papers;
  fm_tree tree; /* doc NULL: not parsed, or nothing to parse */
  bool data;     /* the page has the attribute */
  size_t listed; /* papers in unusable JSON */
  fm_why why;    /* what is wrong with the JSON */
};

static int to_papers(struct job *job, fm_str data)
{
  fm_papers papers = {0};
  job->data = true;
  int error = fm_papers_parse_json(data, &job->arena, &papers, &job->why);
  if (error)
    return error;
  if (!papers.daily.there && !papers.found.there)
    return fm_fail(&job->why, FM_E_NO_LIST, "it has neither dailyPapers nor searchResults");
  job->papers = papers;
  return FM_OK;
}

/* ---- the ways to the data ---- */

/* The scan reads UTF-8; what is said to be something else goes by the tree. */
static bool is_utf8(fm_str charset)
{
  return charset.len == 0 || fm_str_ieq(charset, FM_STR("utf-8")) ||
         fm_str_ieq(charset, FM_STR("utf8")) || fm_str_ieq(charset, FM_STR("us-ascii"));
}

static bool scan(struct job *job)
{
  fm_str raw;
  if (!is_utf8(job->page->charset) ||
      !fm_attribute_find(job->page->body, TARGET, FM_STR("data-props"), &raw))
    return false;
  return to_papers(job, fm_attribute_decode(raw, &job->arena)) == FM_OK;
}

static bool parse(struct job *job)
{
  return job->tree.doc || fm_tree_parse(job->page->body, job->page->charset, &job->tree) == FM_OK;
}

static bool walk(struct job *job)
{
  if (!parse(job))
    return false;
  xmlNodePtr root = xmlDocGetRootElement(job->tree.doc);
  for (xmlNodePtr at = root; at; at = fm_tree_next(root, at)) {
    if (!fm_str_is(fm_node_attribute(at, "data-target", &job->arena), "DailyPapers"))
      continue;
    fm_str data = fm_node_attribute(at, "data-props", &job->arena);
    if (data.ptr)
      return to_papers(job, data) == FM_OK;
  }
  return false;
}

static bool read_articles(struct job *job)
{
  if (!parse(job))
    return false;
  job->papers = (fm_papers){0};
  fm_papers_parse_articles(xmlDocGetRootElement(job->tree.doc), &job->arena, &job->papers);
  return job->papers.daily.there;
}

static bool read_api(struct job *job)
{
  fm_str more = {NULL, 0};
  if (fm_papers_of_api(job->page, &job->listing, &job->arena, &job->papers, &more, &job->why))
    return false;
  if (more.len && job->host->next)
    job->host->next(job->host, more);
  return true;
}

/* ---- why there is no list ---- */

static fm_str page_title(struct job *job)
{
  xmlNodePtr root = job->tree.doc ? xmlDocGetRootElement(job->tree.doc) : NULL;
  for (xmlNodePtr at = root; at; at = fm_tree_next(root, at))
    if (strcmp((const char *)at->name, "title") == 0) {
      fm_str title = fm_node_text(at, &job->arena);
      while (title.len > PAGE_TITLE_MAX || (title.len && !fm_utf8_valid(title)))
        title.len--;
      return title;
    }
  return (fm_str){NULL, 0};
}

static int fail_no_list(struct job *job)
{
  fm_why why;
  fm_str title = page_title(job);
  if (fm_str_trim(job->page->body).len == 0)
    fm_fail(&why, FM_E_NO_LIST, "the page is empty");
  else if (job->data)
    fm_fail(&why, FM_E_NO_LIST, "data-props of data-target=\"DailyPapers\" is of no use (%s), "
            "and there are %srendered articles", job->why.text, job->listed ? "too few " : "no ");
  else
    fm_fail(&why, FM_E_NO_LIST, "no element with data-target=\"DailyPapers\" and no rendered "
            "articles: is it a login or challenge page? title: \"%.*s\"", FM_FMT(title));
  return job->host->fail(job->host, FM_E_NO_LIST, why.text);
}

static int fail_cut(struct job *job, const char *where)
{
  fm_why why;
  fm_fail(&why, FM_E_NO_LIST, "the page ends within %s, after %zu bytes: it is truncated", where,
          job->page->body.len);
  return job->host->fail(job->host, FM_E_NO_LIST, why.text);
}

static bool has_tag(fm_str body, fm_str tag)
{
  const char *at = body.ptr, *end = at + body.len;
  while (end - at >= (ptrdiff_t)tag.len && (at = memchr(at, '<', (size_t)(end - at)))) {
    fm_str here = fm_str_span(at, end);
    if (here.len >= tag.len && fm_str_ieq((fm_str){at, tag.len}, tag))
      return true;
    at++;
  }
  return false;
}

/* An HTML document without its end: articles may be missing, and a list cut short is no
 * list. */
static bool lacks_end(fm_str body)
{
  return has_tag(body, FM_STR("<html")) && !has_tag(body, FM_STR("</html"));
}

/* ---- the feed ---- */

static bool parse_day(fm_str text, int64_t *day)
{
  int64_t time;
  if (!fm_date_parse_iso(text, &time))
    return false;
  *day = time - ((time % DAY) + DAY) % DAY;
  return true;
}

/* Completes the listing from the page's JSON if the address does not tell it. A day's list
 * without an address counts as the front page: a saved front page is what such pages are
 * (newsboat's filter), and that feed's id must not change from day to day. */
static void guess_listing(struct job *job)
{
  const fm_papers *p = &job->papers;
  fm_listing *listing = &job->listing;
  int64_t time;
  if (listing->kind == FM_LISTING_UNKNOWN) {
    fm_param query = {FM_STR("q"), p->query};
    if (fm_listing_parse(FM_STR("/papers"), &query, 1, FM_NO_TIME, &job->arena, listing, NULL) ==
        FM_OK)
      return;
    if (fm_str_is(p->period, "week"))
      listing->kind = FM_LISTING_WEEK;
    else if (fm_str_is(p->period, "month"))
      listing->kind = FM_LISTING_MONTH;
    else
      listing->kind = fm_str_is(p->period, "trending") ? FM_LISTING_TRENDING : FM_LISTING_TODAY;
  }
  if (listing->name.len)
    return;
  if ((listing->kind == FM_LISTING_WEEK && fm_date_parse_week(p->date_string, &time)) ||
      (listing->kind == FM_LISTING_MONTH && fm_date_parse_month(p->date_string, &time)))
    listing->name = p->date_string;
}

/* The day of the listing: as the page says, else by the asked address, else by the address
 * to which /papers redirected. */
static int64_t day_of(struct job *job)
{
  const fm_papers *p = &job->papers;
  int64_t day;
  if (job->listing.kind != FM_LISTING_TODAY && job->listing.kind != FM_LISTING_DATE)
    return FM_NO_TIME;
  if (p->query.len || (p->period.len && !fm_str_is(p->period, "day")))
    return FM_NO_TIME;
  fm_listing landed = {.kind = FM_LISTING_UNKNOWN};
  fm_listing_of_url(job->page->url, fm_daily_upstream(job->page->options, job->page->noptions),
                    &job->arena, &landed);
  if (parse_day(p->date_string, &day) || parse_day(p->date, &day) ||
      parse_day(job->listing.name, &day) ||
      (landed.kind == FM_LISTING_DATE && parse_day(landed.name, &day)))
    return day;
  return FM_NO_TIME;
}

/* In the feed's head, a week or a month stands for its first day. */
static int64_t first_day(const struct job *job, int64_t day)
{
  if (job->listing.kind == FM_LISTING_WEEK)
    fm_date_parse_week(job->listing.name, &day);
  else if (job->listing.kind == FM_LISTING_MONTH)
    fm_date_parse_month(job->listing.name, &day);
  return day;
}

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* "2026-08-04" as "4 August 2026", "2026-08" as "August 2026". */
static fm_str say_date(fm_str name, fm_arena *arena)
{
  int64_t time;
  if (fm_date_parse_day(name, &time)) {
    fm_civil c = fm_date_to_civil(time);
    return fm_arena_printf(arena, "%d %s %d", c.day, months[c.month - 1], c.year);
  }
  if (!fm_date_parse_month(name, &time))
    return name;
  fm_civil c = fm_date_to_civil(time);
  return fm_arena_printf(arena, "%s %d", months[c.month - 1], c.year);
}

/* The front page, and the current week and month, keep their title over time. */
static void name_feed(struct job *job, int64_t day, fm_str *title, fm_str *subtitle)
{
  static const struct {
    const char *title, *subtitle; /* before the listing's name */
  } names[] = {
    [FM_LISTING_UNKNOWN] = {"Daily Papers", "Papers picked by the Hugging Face community"},
    [FM_LISTING_TODAY] = {"Daily Papers", "Papers picked by the Hugging Face community"},
    [FM_LISTING_DATE] = {"Daily Papers", "Papers picked by the Hugging Face community"},
    [FM_LISTING_WEEK] = {"Weekly Papers", "The week's papers on Hugging Face"},
    [FM_LISTING_MONTH] = {"Monthly Papers", "The month's papers on Hugging Face"},
    [FM_LISTING_TRENDING] = {"Trending Papers", "Papers that are trending on Hugging Face"},
    [FM_LISTING_SEARCH] = {"Papers", "Papers on Hugging Face that match a search"},
  };
  fm_str name = job->listing.name, said = job->listing.query;
  if (!said.len && !job->listing.current) /* a feed over time keeps its title */
    said = say_date(name, &job->arena);
  if (job->listing.query.len)
    name = said;
  char iso[FM_DATE_ISO_LEN + 1];
  if (job->listing.kind == FM_LISTING_TODAY && day != FM_NO_TIME) {
    fm_date_iso(day, iso);
    name = (fm_str){iso, strlen("YYYY-MM-DD")};
  }
  *title = fm_arena_printf(&job->arena, "%s%s%.*s", names[job->listing.kind].title,
                           said.len ? ": " : "", FM_FMT(said));
  *subtitle = fm_arena_printf(&job->arena, "%s%s%.*s", names[job->listing.kind].subtitle,
                              name.len ? ": " : "", FM_FMT(name));
}

static void make_head(struct job *job, int64_t day, fm_feed *feed)
{
  const fm_host *host = job->host;
  static const fm_person community = {.name = FM_STR("AK and the research community"),
                                      .uri = FM_STR(FM_DAILY_HOST "/papers")};
  fm_str path = fm_listing_address(&job->listing, FM_ADDRESS_ID, &job->arena), title, subtitle;
  fm_str address = fm_arena_printf(&job->arena, FM_DAILY_HOST "%.*s", FM_FMT(path));
  day = first_day(job, day);
  name_feed(job, day, &title, &subtitle);
  feed->id = feed->link = fm_host_copy(host, address);
  feed->title = fm_host_line(host, title);
  feed->subtitle = fm_host_line(host, subtitle);
  feed->icon = FM_STR(FM_DAILY_HOST "/favicon.ico");
  feed->logo = FM_STR(FM_DAILY_HOST "/front/thumbnails/papers.png");
  feed->language = FM_STR("en");
  feed->authors = &community;
  feed->nauthors = 1;
  feed->day = day;
  bool ranked = job->listing.kind == FM_LISTING_TRENDING || job->listing.query.len;
  feed->order = ranked ? FM_ORDER_PAGE : FM_ORDER_PUBLISHED;
}

/* A search's matches are in searchResults, or in dailyPapers if there is none (2024). */
static const fm_paper_list *choose_list(const struct job *job)
{
  const fm_papers *p = &job->papers;
  bool search = job->listing.query.len || p->query.len;
  return p->found.there && (search || !p->daily.there) ? &p->found : &p->daily;
}

/* FM_E_NO_LIST: most of the papers lack an id or a title. */
static int make_feed(struct job *job, fm_feed *feed)
{
  guess_listing(job);
  fm_str metrics = fm_option(job->page->options, job->page->noptions, "metrics");
  const fm_paper_list *list = choose_list(job);
  fm_entry_maker maker = {job->host, &job->arena, day_of(job),
                          !fm_str_is(metrics, "off") && !fm_str_is(metrics, "false")};
  fm_entry *entries = job->host->alloc(job->host, list->count * sizeof *entries);
  size_t count = 0;
  for (size_t i = 0; i < list->count; i++)
    count += fm_entry_make(&maker, &list->items[i], &entries[count]);
  if (count * 2 < list->count)
    job->listed = list->count;
  if (list->count && !count)
    return fm_fail(&job->why, FM_E_NO_LIST, "none of its %zu papers has an id and a title",
                   list->count);
  if (count * 2 < list->count)
    return fm_fail(&job->why, FM_E_NO_LIST, "only %zu of its %zu papers have an id and a title",
                   count, list->count);
  make_head(job, maker.day, feed);
  feed->entries = entries;
  feed->nentries = count;
  return FM_OK;
}

/* The listing that was asked for has no papers yet: the host answered with another period. */
static int make_empty(struct job *job, fm_feed *feed)
{
  if (job->host->note)
    job->host->note(job->host, job->why.text);
  job->papers = (fm_papers){0};
  return make_feed(job, feed);
}

static enum fm_identity identify(struct job *job)
{
  return fm_listing_identify(&job->listing, &job->papers, job->page, &job->arena, &job->why);
}

static int fail_api(struct job *job)
{
  fm_why why;
  fm_fail(&why, FM_E_NO_LIST, "the API's answer is no list of papers: %s", job->why.text);
  return job->host->fail(job->host, FM_E_NO_LIST, why.text);
}

static int extract_api(struct job *job, fm_feed *feed)
{
  if (!read_api(job))
    return fail_api(job);
  if (job->listing.kind == FM_LISTING_DATE && identify(job) == FM_IDENTITY_PERIOD)
    return make_empty(job, feed);
  return make_feed(job, feed) == FM_OK ? FM_OK : fail_api(job);
}

static bool is_cut(const struct job *job)
{
  return is_utf8(job->page->charset) &&
         fm_attribute_truncated(job->page->body, TARGET, FM_STR("data-props"));
}

/* Rendered articles have no authors, half of the abstracts, and rarely the day. */
static int incomplete(const struct job *job)
{
  if (job->host->incomplete)
    job->host->incomplete(job->host, "the page's data is gone, only its rendered articles are left");
  return FM_OK;
}

static int extract(struct job *job, enum fm_daily_method method, fm_feed *feed)
{
  bool any = method == FM_DAILY_ANY, found = false;
  if (any && fm_papers_are_api(job->page->body))
    return extract_api(job, feed);
  if (any || method == FM_DAILY_SCAN)
    found = scan(job);
  if (!job->data && is_cut(job)) /* the parser would accept the part that arrived */
    return fail_cut(job, "data-props");
  if (!job->data && (any || method == FM_DAILY_TREE))
    found = walk(job);
  if (found)
    switch (identify(job)) {
      case FM_IDENTITY_OTHER: return job->host->fail(job->host, FM_E_NO_LIST, job->why.text);
      case FM_IDENTITY_PERIOD: return make_empty(job, feed);
      case FM_IDENTITY_SAME: break;
    }
  if (found && make_feed(job, feed) == FM_OK)
    return FM_OK;
  /* a few articles of many papers are no list */
  if ((any || method == FM_DAILY_ARTICLES) && read_articles(job) &&
      job->papers.daily.count * 2 >= job->listed) {
    if (lacks_end(job->page->body))
      return fail_cut(job, "the rendered articles");
    if (make_feed(job, feed) == FM_OK)
      return incomplete(job);
  }
  return fail_no_list(job);
}

int fm_daily_papers_extract_by(enum fm_daily_method method, const fm_host *host, const fm_page *page,
                               fm_feed *feed)
{
  struct job job = {.host = host, .page = page};
  job.listing = fm_listing_of_page(page, &job.arena);
  int error = extract(&job, method, feed);
  if (job.tree.doc)
    fm_tree_deinit(&job.tree);
  fm_arena_deinit(&job.arena);
  return error;
}

static int daily_papers_extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  return fm_daily_papers_extract_by(FM_DAILY_ANY, host, page, feed);
}

/* Only the page's JSON links the previous day; the rendered articles do not. */
static int64_t daily_papers_previous_day(const fm_host *host, const fm_page *page)
{
  struct job job = {.host = host, .page = page};
  int64_t day = FM_NO_TIME;
  if (scan(&job) || (!job.data && walk(&job)))
    parse_day(job.papers.before, &day);
  if (job.tree.doc)
    fm_tree_deinit(&job.tree);
  fm_arena_deinit(&job.arena);
  return day;
}

const fm_source fm_daily_papers = {
  .abi = FM_PLUGIN_ABI,
  .size = sizeof(fm_source),
  .name = "daily-papers",
  .title = "Hugging Face Daily Papers (huggingface.co/papers)",
  .plan = fm_daily_papers_plan,
  .extract = daily_papers_extract,
  .plan_day = fm_daily_papers_plan_day,
  .previous_day = daily_papers_previous_day,
};
