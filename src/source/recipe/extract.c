/* Extracts a feed from a page: parses it, builds the entries and the head of the feed. */
#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "source/recipe/draft.h"

enum {
  ITEMS_COMPARED = 3, /* fewer items may well have a value in common */
  LINES_NAMED = 5, TITLE_MADE_MAX = 100,
  AHEAD = 2, AHEAD_BYTES = 5000 /* AHEAD counts items; AHEAD_BYTES is about a table row of ten cells */
};

/* ---- the page ---- */

/* The base URL by the page's <base> element. */
static fm_str base_of_tree(fm_recipe_job *job, fm_str url)
{
  xmlNodePtr root = xmlDocGetRootElement(job->tree.doc);
  int left = 200; /* <base> is in the head */
  for (xmlNodePtr at = root; at && left--; at = fm_tree_next(root, at)) {
    if (strcmp((const char *)at->name, "body") == 0)
      break;
    fm_str base, href = strcmp((const char *)at->name, "base") == 0
                          ? fm_node_attribute(at, "href", &job->arena) : (fm_str){NULL, 0};
    if (href.len && fm_url_resolve(url, href, &job->arena, &base) == FM_OK && fm_url_usable(base))
      return base;
  }
  return url;
}

/* Recovers the placeholders' values from the page's key. Without a key the defaults apply. */
static void recover_placeholders(fm_recipe_job *job)
{
  const fm_recipe *recipe = job->recipe;
  if (fm_template_match(&recipe->url, job->page->key, &job->arena, job->names, &job->nnames))
    return;
  bool cut = job->page->key.len && !fm_url_usable(job->page->key); /* a long address has a short key */
  if (cut && fm_template_match(&recipe->url, job->page->url, &job->arena, job->names, &job->nnames))
    return;
  job->nnames = job->page->key.len ? 0 : recipe->ndefaults;
  for (size_t i = 0; i < job->nnames; i++)
    job->names[i] = recipe->defaults[i];
}

static fm_str address_of(fm_recipe_job *job)
{
  const fm_page *page = job->page;
  const fm_template *url = &job->recipe->url;
  fm_str filled;
  if (fm_url_usable(page->url))
    return page->url;
  if (fm_url_usable(page->key))
    return page->key;
  bool known = fm_template_known(url, job->names, job->nnames) &&
               !fm_template_fill(url, (fm_params){job->names, job->nnames}, false, &job->arena, &filled, NULL);
  return known ? filled : fm_recipe_base(job->recipe);
}

static fm_str language_of(fm_recipe_job *job)
{
  xmlNodePtr root = job->has_tree ? xmlDocGetRootElement(job->tree.doc) : NULL;
  if (job->recipe->language.len || !root)
    return job->recipe->language;
  return fm_node_attribute(root, "lang", &job->arena);
}

static int fail(fm_recipe_job *job, int error)
{
  return job->host->fail(job->host, error, job->why.text);
}

static int parse(fm_recipe_job *job)
{
  const fm_page *page = job->page;
  fm_str charset = job->recipe->charset.len ? job->recipe->charset : page->charset;
  if (fm_str_trim(page->body).len == 0)
    return fm_fail(&job->why, FM_E_NO_LIST, "the page is empty");
  if (fm_tree_parse(page->body, charset, &job->tree))
    return fm_fail(&job->why, FM_E_NO_LIST, "the page is no HTML");
  job->has_tree = true;
  fm_finder_init(&job->finder, job->tree.doc);
  job->eval.finder = &job->finder;
  job->eval.node = (xmlNodePtr)job->tree.doc;
  job->base = base_of_tree(job, job->base);
  if (!job->language.len)
    job->language = language_of(job);
  return FM_OK;
}

static void start(fm_recipe_job *job, const fm_host *host, const fm_page *page)
{
  *job = (fm_recipe_job){.recipe = (const fm_recipe *)(const void *)host->source, .host = host,
                         .page = page, .steps = FM_RECIPE_STEPS};
  job->language = job->recipe->language;
  recover_placeholders(job);
  job->base = address_of(job);
  job->page_url = fm_url_usable(page->key) ? page->key : job->base;
  job->eval = (fm_eval){.names = job->names, .nnames = job->nnames, .arena = &job->arena,
                        .budget = FM_FIELD_BUDGET};
}

static void finish(fm_recipe_job *job)
{
  if (job->has_tree) {
    fm_finder_deinit(&job->finder);
    fm_tree_deinit(&job->tree);
  }
  fm_arena_deinit(&job->arena);
}

/* Fails if a budget is spent, because a partial list would shrink the feed. */
static int check_spent(fm_recipe_job *job)
{
  if (job->steps == 0)
    return fm_fail(&job->why, FM_E_TOO_BIG, "the recipe's fixups take too long on this page");
  if ((job->has_tree && fm_finder_exhausted(&job->finder)) || job->eval.budget == 0)
    return fm_fail(&job->why, FM_E_TOO_BIG,
                   "the recipe's expressions take too long on this page of %zu bytes",
                   job->page->body.len);
  return FM_OK;
}

/* ---- entries ---- */

/* An item's id may be a bare number; prefixing the page's URL makes it globally unique.
 * Without an id, the link or else the title identifies the entry. */
static fm_str id_of(fm_recipe_job *job, const fm_entry *entry, fm_str link)
{
  fm_url url;
  fm_str name = entry->id.len ? entry->id : entry->title;
  if (entry->id.len && fm_url_parse(entry->id, &url) && url.scheme.len)
    return entry->id;
  if (!entry->id.len && link.len)
    return link;
  fm_buf out;
  fm_buf_init(&out, FM_URL_MAX);
  fm_buf_str(&out, job->page_url);
  fm_buf_char(&out, '#');
  fm_buf_percent(&out, name);
  fm_str id = fm_recipe_keep(job, out.full ? (fm_str){NULL, 0} : fm_buf_view(&out));
  fm_buf_deinit(&out);
  return id;
}

static fm_str cut(fm_str text, size_t most)
{
  if (text.len <= most)
    return text;
  while (most && ((unsigned char)text.ptr[most] & 0xc0) == 0x80)
    most--;
  return (fm_str){text.ptr, most};
}

/* Returns false if the entry has neither title nor link. */
static bool complete(fm_recipe_job *job, fm_entry *entry)
{
  bool linked = entry->nlinks && fm_str_is(entry->links[0].rel, "alternate");
  fm_str link = linked ? entry->links[0].href : (fm_str){NULL, 0};
  if (!entry->title.len && !link.len)
    return false;
  if (!entry->title.len)
    entry->title = entry->summary.len ? cut(entry->summary, TITLE_MADE_MAX) : link;
  entry->id = id_of(job, entry, link);
  return entry->id.len > 0;
}

void fm_recipe_select(fm_recipe_job *job, const fm_recipe_item *item)
{
  const fm_fields *fields = &job->recipe->fields;
  fm_matches *slots = NULL;
  job->eval.node = item->node;
  if (!fields->json)
    return;
  fm_matches_parse(&fields->pointers, item->json, &job->arena, &slots, NULL);
  job->eval.slots = slots;
}

static bool make_entry(fm_recipe_job *job, const fm_recipe_item *from, fm_entry *entry)
{
  fm_recipe_select(job, from);
  fm_recipe_entry(job, &job->recipe->fields, entry);
  fm_recipe_count(job, entry);
  return complete(job, entry);
}

typedef struct tally {
  size_t incomplete, filtered;
  fm_buf lines; /* positions of incomplete items */
} tally;

static void count_incomplete(tally *t, const fm_recipe_item *from, size_t index)
{
  if (++t->incomplete > LINES_NAMED)
    return;
  fm_buf_addf(&t->lines, "%s%s %zu", t->incomplete > 1 ? ", " : "", from->node ? "line" : "item",
              from->node ? (size_t)xmlGetLineNo(from->node) : index + 1);
}

/* Elements are in memory in document order (dom/html_node.c), so the next items are
 * prefetched while the current one is read. That saves a tenth of the time on long tables.
 * (Inlined by force, because gcc would otherwise drop the call as without effect.) */
__attribute__((always_inline)) static inline void fetch_ahead(const fm_recipe_list *found, size_t at)
{
  if (at + AHEAD >= found->count || !found->items[at + AHEAD].node)
    return;
  uintptr_t node = (uintptr_t)found->items[at + AHEAD].node;
  for (size_t k = 0; k < AHEAD_BYTES; k += 64)
    __builtin_prefetch((const void *)(node + k));
}

static int make_entries(fm_recipe_job *job, const fm_recipe_list *found, fm_feed *feed, tally *t)
{
  fm_entry *entries = job->host->alloc(job->host, (found->count + 1) * sizeof *entries);
  for (size_t i = 0; i < found->count; i++) {
    fm_entry *entry = &entries[feed->nentries];
    fetch_ahead(found, i);
    if (!make_entry(job, &found->items[i], entry))
      count_incomplete(t, &found->items[i], i);
    else if (!fm_filter_passes(&job->recipe->filter, entry))
      t->filtered++;
    else
      feed->nentries++;
    if (check_spent(job))
      return FM_E_TOO_BIG;
  }
  feed->entries = entries;
  if (found->count && t->incomplete == found->count)
    return fm_fail(&job->why, FM_E_NO_LIST, "none of its %zu items has a title or a link",
                   found->count);
  return FM_OK;
}

/* ---- the feed's head ---- */

static void select_whole_page(fm_recipe_job *job)
{
  fm_matches *slots = NULL;
  job->eval.node = (xmlNodePtr)job->tree.doc;
  if (job->recipe->json && job->recipe->page_pointers.count)
    fm_matches_parse(&job->recipe->page_pointers, fm_recipe_json(job), &job->arena, &slots, NULL);
  job->eval.slots = slots;
}

static fm_str title_of_tree(fm_recipe_job *job)
{
  xmlNodePtr root = job->has_tree ? xmlDocGetRootElement(job->tree.doc) : NULL;
  for (xmlNodePtr at = root; at; at = fm_tree_next(root, at))
    if (strcmp((const char *)at->name, "title") == 0)
      return fm_node_text(at, &job->arena);
  return (fm_str){NULL, 0};
}

static fm_str feed_title(fm_recipe_job *job)
{
  const fm_recipe *recipe = job->recipe;
  fm_str title = recipe->title.count ? fm_recipe_field_line(job, &recipe->title, FM_F_COUNT) : FM_STR("");
  if (recipe->has_title_text && fm_template_known(&recipe->title_text, job->names, job->nnames))
    fm_template_fill(&recipe->title_text, (fm_params){job->names, job->nnames}, true, &job->arena, &title, NULL);
  if (!title.len)
    title = title_of_tree(job);
  return title.len ? title : fm_str_of(recipe->source.name);
}

static void make_head(fm_recipe_job *job, fm_feed *feed)
{
  const fm_recipe *recipe = job->recipe;
  fm_str id = job->page_url, link = id;
  select_whole_page(job);
  if (recipe->has_link && fm_template_known(&recipe->link, job->names, job->nnames) &&
      fm_template_fill(&recipe->link, (fm_params){job->names, job->nnames}, false, &job->arena, &link, NULL))
    link = id;
  feed->id = fm_recipe_keep(job, id);
  feed->link = fm_recipe_keep(job, link);
  feed->title = fm_recipe_keep(job, feed_title(job));
  feed->subtitle = fm_recipe_keep(job, recipe->subtitle);
  feed->language = fm_recipe_keep(job, language_of(job));
  fm_person *author = job->host->alloc(job->host, sizeof *author);
  author->name = feed->title;
  feed->authors = author;
  feed->nauthors = 1;
  feed->day = FM_NO_TIME;
  feed->order = recipe->order;
}

/* ---- notes and further pages ---- */

static unsigned number_of(const fm_page *page)
{
  return page->size >= offsetof(fm_page, number) + sizeof page->number ? page->number : 0;
}

static void announce_next_page(fm_recipe_job *job)
{
  const fm_host *host = job->host;
  bool knows = host->size >= offsetof(fm_host, next) + sizeof host->next && host->next;
  if (!knows || !job->recipe->next.count || number_of(job->page) + 1 >= job->recipe->max_pages)
    return;
  fm_str next = fm_recipe_address(job, &job->recipe->next, FM_F_COUNT);
  if (next.len && !fm_str_eq(next, job->page->url))
    host->next(host, next);
}

/* True for a field whose values differ from item to item on every list. */
static bool must_differ(enum fm_field_name name)
{
  return name == FM_F_TITLE || name == FM_F_LINK || name == FM_F_ID;
}

/* Appends the names of the fields that are empty in all items, or the same in all. */
static bool name_fields(const fm_recipe_job *job, size_t items, bool empty, fm_buf *out)
{
  bool any = false;
  for (int i = 0; i < FM_F_COUNT; i++) {
    const fm_field_count *count = &job->counts[i];
    bool same = must_differ((enum fm_field_name)i) && count->found == items && !count->differs;
    bool elsewhere = job->recipe->entry_page.by[i].count > 0; /* the entry's own page may say it */
    if (!job->recipe->fields.by[i].count || (empty ? count->found || count->unread || elsewhere : !same))
      continue;
    fm_buf_addf(out, "%s%s", any ? ", " : "", fm_recipe_field_names[i]);
    any = true;
  }
  return any;
}

static void note_fields(fm_recipe_job *job, size_t items, fm_buf *all)
{
  const struct {
    bool empty;
    const char *text;
  } kinds[] = {{true, "found nothing in any of"}, {false, "found the same in all of"}};
  for (size_t i = 0; i < 2 && items >= ITEMS_COMPARED; i++) {
    fm_buf names;
    fm_buf_init(&names, 200);
    if (name_fields(job, items, kinds[i].empty, &names))
      fm_buf_addf(all, "%s%.*s %s %zu items", all->len ? "; " : "", FM_FMT(fm_buf_view(&names)), kinds[i].text,
                  items);
    fm_buf_deinit(&names);
  }
}

static void note(fm_recipe_job *job, const fm_recipe_list *found, tally *t)
{
  const fm_host *host = job->host;
  fm_why text = {""};
  fm_buf all;
  if (host->size < offsetof(fm_host, note) + sizeof host->note || !host->note)
    return;
  fm_buf_init(&all, sizeof text.text - 1);
  if (t->incomplete)
    fm_buf_addf(&all, "%zu of %zu items have neither title nor link (%.*s%s)", t->incomplete,
                found->count, FM_FMT(fm_buf_view(&t->lines)), t->incomplete > LINES_NAMED ? ", ..." : "");
  if (job->unparsed_dates)
    fm_buf_addf(&all, "%s%zu dates cannot be read (\"%.*s\")", all.len ? "; " : "", job->unparsed_dates,
                FM_FMT(job->first_unparsed));
  note_fields(job, found->count, &all);
  if (job->unknown_zone.len)
    fm_buf_addf(&all, "%sno time zone \"%.*s\" is known", all.len ? "; " : "", FM_FMT(job->unknown_zone));
  if (found->cut)
    fm_buf_addf(&all, "%sonly the first %d items are read", all.len ? "; " : "", FM_RECIPE_ITEMS_MAX);
  if (all.len) {
    fm_fail(&text, FM_OK, "%.*s", FM_FMT(fm_buf_view(&all)));
    host->note(host, text.text);
  }
  fm_buf_deinit(&all);
}

static int extract(fm_recipe_job *job, fm_feed *feed)
{
  fm_recipe_list found = {0};
  tally t = {0};
  int error = job->recipe->json ? FM_OK : parse(job);
  if (!error)
    error = fm_recipe_find_list(job, &found);
  int spent = check_spent(job);
  if (error || spent)
    return spent ? spent : error;
  fm_buf_init(&t.lines, 200);
  job->list = &found;
  error = make_entries(job, &found, feed, &t);
  if (!error) {
    make_head(job, feed);
    announce_next_page(job);
    note(job, &found, &t);
    error = check_spent(job);
  }
  fm_buf_deinit(&t.lines);
  return error;
}

int fm_recipe_extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  fm_recipe_job job;
  start(&job, host, page);
  int error = extract(&job, feed);
  if (error)
    error = fail(&job, error);
  finish(&job);
  return error;
}

int fm_recipe_extract_entry(const fm_host *host, const fm_page *page, fm_entry *entry)
{
  fm_recipe_job job;
  start(&job, host, page);
  const fm_fields *fields = &job.recipe->entry_page;
  fm_matches *slots = NULL;
  int error = fields->json ? fm_matches_parse(&fields->pointers, fm_recipe_json(&job), &job.arena, &slots, &job.why)
                           : parse(&job);
  job.eval.slots = slots;
  if (!error) {
    fm_recipe_entry(&job, fields, entry);
    error = check_spent(&job);
  }
  if (error)
    error = fail(&job, error);
  finish(&job);
  return error;
}
