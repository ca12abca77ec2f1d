/* Calling a source: what it borrows, and what it gives back looked over. A
 * source may be anybody's plugin, so nothing that it returns is taken on trust
 * but its pointers. */
#include "source/registry.h"

#include "base/seen.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/detail.h"
#include "feed/html/sanitize.h"
#include "source/recipe/recipe.h"

#include <string.h>

enum {
  ENTRIES_MAX = 1000 * 1000, KEY_MAX = 512, HEADERS_MAX = 32, BUDGET_MAX = 64,
  ALSO_MAX = 31, INSTEAD_MAX = 3, /* beside the first */
  STATE_MAX = 64 * 1024,
  CONTENT_MAX = 1024 * 1024, /* bytes of one entry's HTML */
  DETAILS = 10, DETAILS_MAX = 100 /* entries' own pages in a refresh */
};

/* What stands behind the fm_host of one call. */
struct lender {
  fm_host host;
  fm_arena *arena;
  fm_why *why;
  bool said; /* a reason was given */
  fm_str next, note, elsewhere, poor; /* in the arena */
};

static void *lend(const fm_host *host, size_t bytes)
{
  struct lender *lender = host->self;
  return fm_arena_alloc(lender->arena, bytes);
}

static int hear(const fm_host *host, int code, const char *text)
{
  struct lender *lender = host->self;
  if (!lender->said && text)
    fm_fail(lender->why, code, "%s", text);
  lender->said = lender->said || text;
  return code;
}

static void hear_next(const fm_host *host, fm_str url)
{
  struct lender *lender = host->self;
  lender->next = fm_url_usable(url) ? fm_arena_str(lender->arena, url) : (fm_str){NULL, 0};
}

static void hear_elsewhere(const fm_host *host, fm_str url)
{
  struct lender *lender = host->self;
  lender->elsewhere = fm_url_usable(url) ? fm_arena_str(lender->arena, url) : (fm_str){NULL, 0};
}

/* As a reason: one line of valid UTF-8, cut to fit. */
static fm_str line_of(const struct lender *lender, const char *text)
{
  fm_why line;
  fm_fail(&line, FM_OK, "%s", text ? text : "");
  return fm_arena_str(lender->arena, fm_str_of(line.text));
}

static void hear_note(const fm_host *host, const char *text)
{
  struct lender *lender = host->self;
  lender->note = line_of(lender, text);
}

static void hear_poor(const fm_host *host, const char *text)
{
  struct lender *lender = host->self;
  lender->poor = line_of(lender, text);
}

static void lender_init(struct lender *lender, const fm_source *source, fm_arena *arena, fm_why *why)
{
  *lender = (struct lender){.arena = arena, .why = why};
  lender->host = (fm_host){.size = sizeof(fm_host), .alloc = lend, .fail = hear, .self = lender,
                           .source = source, .next = hear_next, .note = hear_note,
                           .elsewhere = hear_elsewhere, .poor = hear_poor};
}

/* The code that a call failed with, made one that callers know. */
static int failed(struct lender *lender, const fm_source *source, const char *call, int code)
{
  if (code > 0 || strcmp(fm_error_name(code), "FM_E_?") == 0)
    return fm_fail(lender->why, FM_E_ABI, "source %s: %s returned %d, which is no error code",
                   source->name, call, code);
  if (!lender->said)
    fm_fail(lender->why, code, "%s", fm_error_text(code));
  return code;
}

/* RFC 9110 section 5: a name is a token, a value has no controls. */
static bool valid_header(const fm_param *header)
{
  for (size_t i = 0; i < header->name.len; i++) {
    unsigned char c = (unsigned char)header->name.ptr[i];
    if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
      return false;
  }
  for (size_t i = 0; i < header->value.len; i++) {
    unsigned char c = (unsigned char)header->value.ptr[i];
    if ((c < ' ' && c != '\t') || c == 0x7f)
      return false;
  }
  return header->name.len > 0;
}

static void keep_headers(const fm_plan *made, fm_arena *arena, fm_plan *plan)
{
  size_t count = !made->headers ? 0 : made->nheaders < HEADERS_MAX ? made->nheaders : HEADERS_MAX;
  fm_param *kept = fm_arena_alloc(arena, (count + 1) * sizeof *kept);
  plan->headers = kept;
  for (size_t i = 0; i < count; i++)
    if (valid_header(&made->headers[i]))
      kept[plan->nheaders++] = (fm_param){fm_arena_str(arena, made->headers[i].name),
                                          fm_arena_str(arena, made->headers[i].value)};
}

static int check_url(const fm_source *source, const fm_plan *made, fm_why *why)
{
  if (made->key.len > KEY_MAX)
    return fm_fail(why, FM_E_ABI, "source %s: a key of %zu bytes, not 1 to %d", source->name,
                   made->key.len, KEY_MAX);
  if (!fm_url_usable(made->url))
    return fm_fail(why, FM_E_ABI, "source %s: \"%.*s\" is not an http or https address",
                   source->name, FM_FMT(made->url));
  if (made->budget.len > BUDGET_MAX)
    return fm_fail(why, FM_E_ABI, "source %s: a budget's name of %zu bytes, not up to %d",
                   source->name, made->budget.len, BUDGET_MAX);
  return FM_OK;
}

static fm_plan *keep_one(const fm_plan *made, fm_str key, fm_arena *arena)
{
  fm_plan *plan = fm_arena_alloc(arena, sizeof *plan);
  *plan = (fm_plan){.size = sizeof *plan,
                    .url = fm_arena_str(arena, made->url),
                    .key = fm_arena_str(arena, made->key.len ? made->key : key),
                    .accept = fm_arena_str(arena, made->accept),
                    .budget = fm_arena_str(arena, made->budget)};
  keep_headers(made, arena, plan);
  return plan;
}

/* A plan that an older plugin chained is shorter. */
#define CHAINED(plan, member)                                                              \
  ((plan)->size >= offsetof(fm_plan, member) + sizeof (plan)->member ? (plan)->member : NULL)

/* The ways of one page. */
static int keep_ways(const fm_source *source, const fm_plan *made, fm_arena *arena, fm_plan *plan,
                     fm_why *why)
{
  unsigned count = 0;
  for (const fm_plan *way = CHAINED(made, instead); way; way = CHAINED(way, instead)) {
    if (count++ == INSTEAD_MAX)
      return fm_fail(why, FM_E_ABI, "source %s: more than %d other ways to one page",
                     source->name, INSTEAD_MAX);
    int error = check_url(source, way, why);
    if (error)
      return error;
    fm_plan *kept = keep_one(way, made->key.len ? made->key : made->url, arena);
    plan->instead = kept;
    plan = kept;
  }
  return FM_OK;
}

static int keep_plan(const fm_source *source, const fm_plan *made, fm_arena *arena, fm_plan *plan,
                     fm_why *why)
{
  unsigned count = 0;
  fm_plan *first = NULL, *last = NULL;
  if (made->key.len == 0)
    return fm_fail(why, FM_E_ABI, "source %s: a key of %zu bytes, not 1 to %d", source->name,
                   made->key.len, KEY_MAX);
  for (const fm_plan *one = made; one; one = CHAINED(one, also)) {
    if (count++ > ALSO_MAX)
      return fm_fail(why, FM_E_ABI, "source %s: more than %d pages in one feed", source->name,
                     ALSO_MAX + 1);
    int error = check_url(source, one, why);
    fm_plan *kept = error ? NULL : keep_one(one, one->url, arena);
    if (!error)
      error = keep_ways(source, one, arena, kept, why);
    if (error)
      return error;
    if (last)
      last->also = kept;
    first = first ? first : kept;
    last = kept;
  }
  *plan = *first;
  return FM_OK;
}

int fm_source_plan(const fm_source *source, const fm_ask *ask, fm_arena *arena, fm_plan *plan,
                   fm_why *why)
{
  struct lender lender;
  fm_plan made = {.size = sizeof made};
  lender_init(&lender, source, arena, why);
  int code = source->plan(&lender.host, ask, &made);
  return code ? failed(&lender, source, "plan", code) : keep_plan(source, &made, arena, plan, why);
}

/* -- days gone by -- */

/* A source that was built before a member was thought of is shorter. */
#define HAS(source, member)                                                              \
  ((source)->size >= offsetof(fm_source, member) + sizeof (source)->member && (source)->member)

int fm_source_plan_past(const fm_source *source, const fm_past *past, fm_arena *arena,
                        fm_plan *plan, fm_why *why)
{
  struct lender lender;
  fm_plan made = {.size = sizeof made};
  if (!HAS(source, plan_past))
    return fm_fail(why, FM_E_NOT_FOUND, "source %s: keeps no pages of earlier days", source->name);
  lender_init(&lender, source, arena, why);
  int code = source->plan_past(&lender.host, past, &made);
  return code ? failed(&lender, source, "plan_past", code)
              : keep_plan(source, &made, arena, plan, why);
}

int64_t fm_source_day_before(const fm_source *source, const fm_page *page)
{
  fm_arena arena = {0};
  struct lender lender;
  fm_why why;
  if (!HAS(source, day_before))
    return FM_NO_TIME;
  lender_init(&lender, source, &arena, &why);
  int64_t day = source->day_before(&lender.host, page);
  fm_arena_deinit(&arena);
  return day;
}

/* -- looking over a feed -- */

static bool is_fine(fm_str s) { return s.len == 0 || (s.ptr && fm_utf8_valid(s)); }

/* UTF-8 whatever came; a length or a count without a pointer is nothing. */
static void mend(fm_arena *arena, fm_str *s)
{
  if (is_fine(*s))
    return;
  if (!s->ptr) {
    *s = (fm_str){NULL, 0};
    return;
  }
  size_t room = s->len * 3 + 1;
  char *text = fm_arena_raw(arena, room), *out = text;
  for (const char *p = s->ptr, *end = p + s->len; p < end;)
    out += fm_utf8_put(fm_utf8_next(&p, end), out);
  *out = 0;
  fm_arena_trim(arena, text, room, (size_t)(out - text) + 1);
  *s = fm_str_span(text, out);
}

static void mend_persons(fm_arena *arena, const fm_person **persons, size_t *count)
{
  const fm_person *old = *persons;
  bool fine = true;
  if (!old)
    *count = 0;
  for (size_t i = 0; i < *count && fine; i++)
    fine = old[i].name.len && is_fine(old[i].name) && is_fine(old[i].uri) && is_fine(old[i].email);
  if (fine)
    return;
  fm_person *kept = fm_arena_alloc(arena, *count * sizeof *kept);
  size_t n = 0;
  for (size_t i = 0; i < *count; i++) {
    fm_person one = old[i];
    mend(arena, &one.name);
    mend(arena, &one.uri);
    mend(arena, &one.email);
    if (one.name.len)
      kept[n++] = one;
  }
  *persons = kept;
  *count = n;
}

static void mend_links(fm_arena *arena, const fm_link **links, size_t *count)
{
  const fm_link *old = *links;
  bool fine = true;
  if (!old)
    *count = 0;
  for (size_t i = 0; i < *count && fine; i++)
    fine = old[i].rel.len && old[i].href.len && is_fine(old[i].rel) && is_fine(old[i].href) &&
           is_fine(old[i].type) && is_fine(old[i].title);
  if (fine)
    return;
  fm_link *kept = fm_arena_alloc(arena, *count * sizeof *kept);
  size_t n = 0;
  for (size_t i = 0; i < *count; i++) {
    fm_link one = old[i];
    mend(arena, &one.rel);
    mend(arena, &one.href);
    mend(arena, &one.type);
    mend(arena, &one.title);
    if (one.rel.len && one.href.len)
      kept[n++] = one;
  }
  *links = kept;
  *count = n;
}

static void mend_categories(fm_arena *arena, const fm_category **categories, size_t *count)
{
  const fm_category *old = *categories;
  bool fine = true;
  if (!old)
    *count = 0;
  for (size_t i = 0; i < *count && fine; i++)
    fine = old[i].term.len && is_fine(old[i].term) && is_fine(old[i].scheme) &&
           is_fine(old[i].label) && is_fine(old[i].handle);
  if (fine)
    return;
  fm_category *kept = fm_arena_alloc(arena, *count * sizeof *kept);
  size_t n = 0;
  for (size_t i = 0; i < *count; i++) {
    fm_category one = old[i];
    mend(arena, &one.term);
    mend(arena, &one.scheme);
    mend(arena, &one.label);
    mend(arena, &one.handle);
    if (one.term.len)
      kept[n++] = one;
  }
  *categories = kept;
  *count = n;
}

/* Those of a name that nobody could ask for are left out. */
static void mend_numbers(fm_arena *arena, const fm_number **numbers, size_t *count)
{
  const fm_number *old = *numbers;
  bool fine = true;
  if (!old)
    *count = 0;
  for (size_t i = 0; i < *count && fine; i++)
    fine = old[i].name.len && is_fine(old[i].name);
  if (fine)
    return;
  fm_number *kept = fm_arena_alloc(arena, *count * sizeof *kept);
  size_t n = 0;
  for (size_t i = 0; i < *count; i++)
    if (old[i].name.len && is_fine(old[i].name))
      kept[n++] = old[i];
  *numbers = kept;
  *count = n;
}

/* Nothing enters that a reader should not be shown; these see to it themselves. */
static bool makes_clean_html(const fm_source *source)
{
  return source == &fm_daily_papers || source == &fm_feed_source || source == &fm_auto ||
         fm_recipe_of(source);
}

static void clean(fm_arena *arena, fm_str base, fm_str *html)
{
  fm_buf out;
  if (html->len == 0)
    return;
  fm_buf_init(&out, CONTENT_MAX);
  fm_html_clean_as(*html, base, FM_HTML_UTF8, &out);
  if (!fm_str_eq(*html, fm_buf_view(&out)))
    *html = out.len ? fm_arena_str(arena, fm_buf_view(&out)) : (fm_str){NULL, 0};
  fm_buf_deinit(&out);
}

static void mend_entry(fm_arena *arena, fm_entry *entry)
{
  mend_numbers(arena, &entry->numbers, &entry->nnumbers);
  fm_detail_strip(arena, entry); /* that one is ours */
  mend(arena, &entry->id);
  mend(arena, &entry->title);
  mend(arena, &entry->summary);
  mend(arena, &entry->content);
  mend(arena, &entry->rights);
  mend_persons(arena, &entry->authors, &entry->nauthors);
  mend_links(arena, &entry->links, &entry->nlinks);
  mend_categories(arena, &entry->categories, &entry->ncategories);
}

static int check_count(const fm_source *source, const fm_feed *feed, fm_why *why)
{
  if (feed->nentries && !feed->entries)
    return fm_fail(why, FM_E_ABI, "source %s: says that it has %zu entries, and gives none",
                   source->name, feed->nentries);
  if (feed->nentries > ENTRIES_MAX)
    return fm_fail(why, FM_E_ABI, "source %s: says that it has %zu entries, more than %d",
                   source->name, feed->nentries, ENTRIES_MAX);
  return FM_OK;
}

/* Keeps the first entry of each id. The array is copied: a source's own may be
 * a constant. */
static void mend_entries(const fm_source *source, const fm_page *page, fm_arena *arena,
                         fm_feed *feed, size_t *dropped)
{
  fm_entry *kept = fm_arena_alloc(arena, feed->nentries * sizeof *kept);
  fm_arena aside = {0};
  fm_seen seen;
  fm_seen_init(&seen, &aside, feed->nentries);
  size_t n = 0;
  for (size_t i = 0; i < feed->nentries; i++) {
    fm_entry *entry = &kept[n];
    *entry = feed->entries[i];
    if (source != &fm_feed_source) /* all its text was made UTF-8 at once */
      mend_entry(arena, entry);
    if (!makes_clean_html(source))
      clean(arena, page->url, &entry->content);
    if (entry->id.len && entry->title.len && fm_seen_new(&seen, entry->id, NULL))
      n++;
  }
  fm_arena_deinit(&aside);
  if (dropped)
    *dropped = feed->nentries - n;
  feed->entries = kept;
  feed->nentries = n;
}

static void mend_head(fm_arena *arena, const fm_page *page, fm_feed *feed)
{
  fm_str *texts[] = {&feed->id,   &feed->title, &feed->subtitle,    &feed->link,       &feed->icon,
                     &feed->logo, &feed->language, &feed->author.name, &feed->author.uri,
                     &feed->author.email, &feed->state};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    mend(arena, texts[i]);
  if (feed->id.len == 0)
    feed->id = fm_arena_str(arena, page->url);
  if (feed->title.len == 0)
    feed->title = feed->id;
  if (feed->state.len > STATE_MAX)
    feed->state = (fm_str){NULL, 0};
  if (feed->order != FM_ORDER_PAGE)
    feed->order = FM_ORDER_PUBLISHED;
}

int fm_source_read(const fm_source *source, const fm_page *page, fm_extracted *extracted,
                   fm_why *why)
{
  fm_doc *made = fm_doc_new();
  fm_extracted result = {.doc = made};
  struct lender lender;
  lender_init(&lender, source, &made->arena, why);
  int code = source->extract(&lender.host, page, &made->feed);
  if (code) {
    code = failed(&lender, source, "extract", code);
    if (code == FM_E_NO_LIST && lender.elsewhere.len) {
      made->feed = (fm_feed){.day = FM_NO_TIME};
      result.elsewhere = lender.elsewhere;
      *extracted = result;
    } else {
      fm_doc_unref(made);
    }
    return code;
  }
  code = check_count(source, &made->feed, why);
  if (code) {
    fm_doc_unref(made);
    return code;
  }
  mend_entries(source, page, &made->arena, &made->feed, &result.dropped);
  mend_head(&made->arena, page, &made->feed);
  if (made->feed.id.len == 0) {
    fm_doc_unref(made);
    return fm_fail(why, FM_E_NO_LIST, "source %s: the feed has no id", source->name);
  }
  result.next = lender.next;
  result.note = lender.note;
  result.elsewhere = lender.elsewhere;
  result.poor = lender.poor;
  *extracted = result;
  return FM_OK;
}

int fm_source_extract(const fm_source *source, const fm_page *page, fm_doc **doc, size_t *dropped,
                      fm_why *why)
{
  fm_extracted extracted = {.doc = NULL};
  int code = fm_source_read(source, page, &extracted, why);
  if (code) {
    fm_doc_unref(extracted.doc);
    return code;
  }
  *doc = extracted.doc;
  if (dropped)
    *dropped = extracted.dropped;
  return FM_OK;
}

/* -- entries' own pages -- */

size_t fm_source_details(const fm_source *source)
{
  if (!HAS(source, detail))
    return 0;
  size_t wanted = HAS(source, details) ? source->details : DETAILS;
  return wanted < DETAILS_MAX ? wanted : DETAILS_MAX;
}

int64_t fm_source_every(const fm_source *source)
{
  return HAS(source, every) && source->every > 0 ? source->every : 0;
}

int fm_source_detail(const fm_source *source, const fm_page *page, fm_arena *arena, fm_entry *entry,
                     fm_why *why)
{
  struct lender lender;
  fm_entry made = {.published = FM_NO_TIME, .updated = FM_NO_TIME};
  lender_init(&lender, source, arena, why);
  int code = source->detail(&lender.host, page, &made);
  if (code)
    return failed(&lender, source, "detail", code);
  mend_entry(arena, &made);
  if (!makes_clean_html(source))
    clean(arena, page->url, &made.content);
  *entry = made;
  return FM_OK;
}
