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

/* One extraction. What is found on the way lives in `arena` and is gone after
 * it; what goes into the feed is the host's. */
struct job {
  const fm_host *host;
  const fm_page *page;
  fm_arena arena;
  fm_listing listing;
  fm_papers papers;
  fm_tree tree; /* doc NULL: not parsed, or nothing to parse */
  bool data;    /* the attribute was there */
  size_t listed; /* papers in data that is of no use */
  fm_why why;   /* what is wrong with the data */
};

static int to_papers(struct job *job, fm_str data)
{
  fm_papers papers = {0};
  job->data = true;
  int error = fm_papers_read_json(data, &job->arena, &papers, &job->why);
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
  fm_papers_read_articles(xmlDocGetRootElement(job->tree.doc), &job->arena, &job->papers);
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

/* A whole document that does not end as one: articles may be missing, and a
 * list that is short for that reason is no list. */
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

/* What the page's own data tells, where its address does not. A day's own list
 * is taken for the front page: that is where pages come from whose address
 * nobody knows (a filter of newsboat), and that feed's id must stay. */
static void guess_listing(struct job *job)
{
  const fm_papers *p = &job->papers;
  fm_listing *listing = &job->listing;
  int64_t time;
  if (listing->kind == FM_LISTING_UNKNOWN) {
    fm_param query = {FM_STR("q"), p->query};
    if (fm_listing_read(FM_STR("/papers"), &query, 1, FM_NO_TIME, &job->arena, listing, NULL) ==
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

/* The day that the listing is of: the page's word before its address's (a day
 * without a list may have been answered with another's). */
static int64_t day_of(const struct job *job)
{
  const fm_papers *p = &job->papers;
  int64_t day;
  if (job->listing.kind != FM_LISTING_TODAY && job->listing.kind != FM_LISTING_DATE)
    return FM_NO_TIME;
  if (p->query.len || (p->period.len && !fm_str_is(p->period, "day")))
    return FM_NO_TIME;
  if (parse_day(p->date_string, &day) || parse_day(p->date, &day) ||
      parse_day(job->listing.name, &day))
    return day;
  return FM_NO_TIME;
}

/* For the feed's head a week or a month has a day too: its first. */
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

/* The front page's feed keeps its title from day to day. */
static void name_feed(struct job *job, int64_t day, fm_str *title, fm_str *subtitle)
{
  static const struct {
    const char *title, *subtitle; /* "%s": what the listing is called */
  } names[] = {
    [FM_LISTING_UNKNOWN] = {"Daily Papers", "Papers picked by the Hugging Face community"},
    [FM_LISTING_TODAY] = {"Daily Papers", "Papers picked by the Hugging Face community"},
    [FM_LISTING_DATE] = {"Daily Papers", "Papers picked by the Hugging Face community"},
    [FM_LISTING_WEEK] = {"Weekly Papers", "The week's papers on Hugging Face"},
    [FM_LISTING_MONTH] = {"Monthly Papers", "The month's papers on Hugging Face"},
    [FM_LISTING_TRENDING] = {"Trending Papers", "Papers that are trending on Hugging Face"},
    [FM_LISTING_SEARCH] = {"Papers", "Papers on Hugging Face that match a search"},
  };
  fm_str name = job->listing.name, said = say_date(name, &job->arena);
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
  fm_str path = fm_listing_address(&job->listing, false, &job->arena), title, subtitle;
  fm_str address = fm_arena_printf(&job->arena, FM_DAILY_HOST "%.*s", FM_FMT(path));
  day = first_day(job, day);
  name_feed(job, day, &title, &subtitle);
  feed->id = feed->link = fm_host_copy(host, address);
  feed->title = fm_host_line(host, title);
  feed->subtitle = fm_host_line(host, subtitle);
  feed->icon = FM_STR(FM_DAILY_HOST "/favicon.ico");
  feed->logo = FM_STR(FM_DAILY_HOST "/front/thumbnails/papers.png");
  feed->language = FM_STR("en");
  feed->author = (fm_person){.name = FM_STR("AK and the research community"),
                             .uri = FM_STR(FM_DAILY_HOST "/papers")};
  feed->day = day;
  bool ranked = job->listing.kind == FM_LISTING_TRENDING || job->listing.kind == FM_LISTING_SEARCH;
  feed->order = ranked ? FM_ORDER_PAGE : FM_ORDER_PUBLISHED;
}

/* A search's matches are searchResults where there are such. */
static const fm_paper_list *choose_list(const struct job *job)
{
  const fm_papers *p = &job->papers;
  bool search = job->listing.kind == FM_LISTING_SEARCH || p->query.len;
  return p->found.there && (search || !p->daily.there) ? &p->found : &p->daily;
}

/* FM_E_NO_LIST: there are papers, and most lack what an entry needs. */
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

static int fail_api(struct job *job)
{
  fm_why why;
  fm_fail(&why, FM_E_NO_LIST, "the API's answer is no list of papers: %s", job->why.text);
  return job->host->fail(job->host, FM_E_NO_LIST, why.text);
}

static bool is_cut(const struct job *job)
{
  return is_utf8(job->page->charset) &&
         fm_attribute_cut(job->page->body, TARGET, FM_STR("data-props"));
}

/* No authors, half of the abstracts, and seldom the day. */
static int poor(const struct job *job)
{
  if (job->host->incomplete)
    job->host->incomplete(job->host, "the page's data is gone, only its rendered articles are left");
  return FM_OK;
}

static int extract(struct job *job, enum fm_daily_way way, fm_feed *feed)
{
  bool any = way == FM_DAILY_ANY, found = false;
  if (any && fm_papers_are_api(job->page->body))
    return read_api(job) && make_feed(job, feed) == FM_OK ? FM_OK : fail_api(job);
  if (any || way == FM_DAILY_SCAN)
    found = scan(job);
  if (!job->data && is_cut(job)) /* the tree would give the half that came */
    return fail_cut(job, "data-props");
  if (!job->data && (any || way == FM_DAILY_TREE))
    found = walk(job);
  if (found && make_feed(job, feed) == FM_OK)
    return FM_OK;
  /* articles without a title are none: few of many are no list either */
  if ((any || way == FM_DAILY_ARTICLES) && read_articles(job) &&
      job->papers.daily.count * 2 >= job->listed) {
    if (lacks_end(job->page->body))
      return fail_cut(job, "the rendered articles");
    if (make_feed(job, feed) == FM_OK)
      return poor(job);
  }
  return fail_no_list(job);
}

int fm_daily_papers_extract_by(enum fm_daily_way way, const fm_host *host, const fm_page *page,
                               fm_feed *feed)
{
  struct job job = {.host = host, .page = page};
  job.listing = fm_listing_of_page(page, &job.arena);
  int error = extract(&job, way, feed);
  if (job.tree.doc)
    fm_tree_deinit(&job.tree);
  fm_arena_deinit(&job.arena);
  return error;
}

static int daily_papers_extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  return fm_daily_papers_extract_by(FM_DAILY_ANY, host, page, feed);
}

/* What the page's own data says; the rendered articles do not. */
static int64_t daily_papers_day_before(const fm_host *host, const fm_page *page)
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
  .previous_day = daily_papers_day_before,
};
