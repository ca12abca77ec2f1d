/* The source `feed`: feeds in, made valid and clean. */
#include "base/ascii.h"
#include "base/str.h"
#include "base/url.h"
#include "source/feed_in/charset.h"
#include "source/feed_in/feed_in.h"
#include "source/option.h"
#include "source/registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xxhash.h>

enum { NAME_SHOWN = 40, ADDRESSES_MAX = 32, KEY_MAX = 512 };

#define ACCEPT                                                                            \
  "application/atom+xml, application/rss+xml, application/feed+json, "                     \
  "application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.5, */*;q=0.1"

/* The addresses that the feed is made of: "url" as often as there are some. */
typedef struct addresses {
  fm_str urls[ADDRESSES_MAX];
  size_t count;
} addresses;

static bool has(const addresses *all, fm_str url)
{
  for (size_t i = 0; i < all->count; i++)
    if (fm_str_eq(all->urls[i], url))
      return true;
  return false;
}

static int read_addresses(const fm_host *host, const fm_plan_request *ask, addresses *all)
{
  for (size_t i = 0; i < ask->noptions; i++) {
    fm_str url = fm_str_trim(ask->options[i].value);
    if (!fm_str_is(ask->options[i].name, "url") || !url.len || has(all, url))
      continue;
    if (!fm_url_usable(url))
      return host->fail(host, FM_E_BAD_ADDRESS, "url: not an http or https address");
    if (all->count == ADDRESSES_MAX)
      return host->fail(host, FM_E_BAD_ADDRESS, "urls: more than 32 feeds in one");
    all->urls[all->count++] = url;
  }
  if (!all->count)
    return host->fail(host, FM_E_NOT_FOUND, "url: the feed's address is missing");
  return FM_OK;
}

/* Of one feed its address; of several the first one's, and what tells it from other
 * feeds that begin with it. */
static fm_str key_of(const fm_host *host, const addresses *all)
{
  XXH3_state_t *state = XXH3_createState();
  fm_why text;
  if (all->count == 1) {
    XXH3_freeState(state);
    return fm_option_key(host, (fm_str){"", 0}, all->urls[0]);
  }
  if (!state)
    abort();
  XXH3_64bits_reset(state);
  for (size_t i = 0; i < all->count; i++) {
    XXH3_64bits_update(state, all->urls[i].ptr, all->urls[i].len);
    XXH3_64bits_update(state, "\n", 1);
  }
  fm_fail(&text, FM_OK, " +%zu %016" PRIx64, all->count - 1, XXH3_64bits_digest(state));
  XXH3_freeState(state);
  size_t room = KEY_MAX - strlen(text.text), len = all->urls[0].len < room ? all->urls[0].len : room;
  char *key = host->alloc(host, KEY_MAX + 1);
  memcpy(key, all->urls[0].ptr, len);
  memcpy(key + len, text.text, strlen(text.text));
  return (fm_str){key, len + strlen(text.text)};
}

static int plan(const fm_host *host, const fm_plan_request *ask, fm_plan *made)
{
  addresses all = {.count = 0};
  int error = read_addresses(host, ask, &all);
  if (error)
    return error;
  if (ask->nparams)
    return host->fail(host, FM_E_BAD_ADDRESS, "unknown parameter");
  fm_plan *last = made;
  for (size_t i = 0; i < all.count; i++) {
    fm_plan *one = i ? host->alloc(host, sizeof *one) : made;
    one->size = sizeof *one;
    one->url = fm_option_copy(host, all.urls[i]);
    one->accept = FM_STR(ACCEPT);
    one->key = i ? fm_option_key(host, (fm_str){"", 0}, all.urls[i]) : key_of(host, &all);
    if (i)
      last->next_input = one;
    last = one;
  }
  return FM_OK;
}

/* ---- what is no feed ---- */

/* The name of the first element. */
static fm_str root_name(fm_str body)
{
  for (const char *at = body.ptr, *end = at + body.len;
       at < end && (at = memchr(at, '<', (size_t)(end - at))); at++) {
    const char *name = at + 1, *stop = name;
    if (name == end || *name == '!' || *name == '?')
      continue;
    while (stop < end && stop - name < NAME_SHOWN && !fm_is_space(*stop) && *stop != '>' &&
           *stop != '/')
      stop++;
    return fm_str_span(name, stop);
  }
  return (fm_str){"", 0};
}

static void name_feed(const fm_host *host, fm_str href, fm_why *why)
{
  fm_fail(why, FM_E_NO_LIST, "a web page, no feed; it names this feed: %.*s", FM_FMT(href));
  if (host->size >= offsetof(fm_host, redirect_to) + sizeof host->redirect_to && host->redirect_to)
    host->redirect_to(host, href);
}

static int fail_no_feed(fm_feed_job *job)
{
  fm_why why;
  fm_feed_link offers[FM_FEED_LINKS_FOUND_MAX];
  size_t count = fm_feed_links(job->body, job->url, &job->arena, offers);
  fm_str root = root_name(job->body);
  if (fm_str_trim(job->body).len == 0)
    fm_fail(&why, FM_E_NO_LIST, "the page is empty");
  else if (*fm_str_trim(job->body).ptr == '{')
    fm_fail(&why, FM_E_NO_LIST, "JSON, but no JSON Feed: %s", job->why.text);
  else if (count)
    name_feed(job->host, offers[0].href, &why);
  else if (root.len)
    fm_fail(&why, FM_E_NO_LIST, "no feed: its root is <%.*s>, and it names no feed", FM_FMT(root));
  else
    fm_fail(&why, FM_E_NO_LIST, "no feed: neither XML nor JSON");
  return job->host->fail(job->host, FM_E_NO_LIST, why.text);
}

/* ---- what is ---- */

static bool read_body(fm_feed_job *job)
{
  fm_str bare = fm_str_trim(job->body);
  if (!bare.len)
    return false;
  if (*bare.ptr == '{')
    return fm_feed_read_json(job);
  return fm_feed_read_xml(job);
}

/* A server's notices before the document do not make it none. */
static bool read_late(fm_feed_job *job)
{
  static const char *const starts[] = {"<?xml", "<rss", "<feed", "<rdf:RDF"};
  fm_str all = job->body;
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
    const char *at = fm_str_find(all, fm_str_of(starts[i]));
    if (!at || at == all.ptr)
      continue;
    job->body = fm_str_span(at, all.ptr + all.len);
    if (fm_feed_read_xml(job))
      return true;
  }
  job->body = all;
  return false;
}

static void job_init(fm_feed_job *job, const fm_host *host, const fm_page *page, fm_feed *feed)
{
  *job = (fm_feed_job){.host = host, .page = page, .feed = feed};
  fm_buf_init(&job->text, FM_BUF_MAX);
  fm_buf_init(&job->html, FM_BUF_MAX);
  job->body = fm_feed_to_utf8(page->body, page->charset, &job->arena);
  job->budget = 4 * job->body.len + FM_FEED_CONTENT_MAX;
  fm_str rest = page->key, key = rest;
  if (rest.len)
    fm_str_cut(&rest, ' ', &key); /* of several feeds: the first one's */
  job->url = fm_url_usable(page->url) ? page->url : key;
  if (!fm_url_usable(job->url))
    job->url = (fm_str){NULL, 0};
  feed->day = FM_NO_TIME;
  job->to = &job->head;
  fm_feed_namespaces(job);
  /* The address that was asked for outlives where it leads at the moment. */
  feed->id = fm_url_usable(key) ? fm_option_copy(host, key)
             : job->url.len     ? fm_option_copy(host, job->url)
                                : (fm_str){NULL, 0};
}

static int extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  fm_feed_job job;
  int error = FM_OK;
  job_init(&job, host, page, feed);
  if (read_body(&job) || read_late(&job))
    fm_feed_finish(&job);
  else
    error = fail_no_feed(&job);
  fm_buf_deinit(&job.text);
  fm_buf_deinit(&job.html);
  fm_arena_deinit(&job.arena);
  return error;
}

const fm_source fm_feed_source = {
  .abi = FM_PLUGIN_ABI,
  .size = sizeof(fm_source),
  .name = "feed",
  .title = "A feed: RSS, Atom, RDF or JSON Feed, well-formed or not",
  .plan = plan,
  .extract = extract,
};
