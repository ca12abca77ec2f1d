/* The source ABI, version 1: what turns a listing page into a feed.
 *
 * A source is two pure functions. `plan` says which page an address stands
 * for; `extract` turns that page into a feed. Neither does input or output,
 * keeps anything between calls or touches a global, so both may be called from
 * any thread at any time, and be tested and fuzzed alone. Fetching, caching,
 * filtering, remembering and writing are feedmill's work.
 *
 * A shared object is loaded by `plugins:` when it exports
 *
 *     const fm_source feedmill_plugin = {
 *       .abi = FM_PLUGIN_ABI, .size = sizeof(fm_source), .name = "...", ... };
 *
 * It needs this header (with feed.h and error.h) and links with nothing.
 *
 * Growth: a later version may add members at the end of a struct marked
 * "grows"; its `size` tells which are there. Any other change raises the ABI
 * number, and a plugin of another number is refused with a line in the log.
 */
#ifndef FEEDMILL_PLUGIN_H
#define FEEDMILL_PLUGIN_H

#include <feedmill/error.h>
#include <feedmill/feed.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FM_PLUGIN_ABI 1u

typedef struct fm_host fm_host;
typedef struct fm_source fm_source;

/* What feedmill lends a source for the time of one call. Grows. */
struct fm_host {
  size_t size;

  /* Zeroed memory, aligned for any type, that lives as long as the result of
   * the call and is freed with it. Never NULL: without memory the program
   * ends. A source frees nothing. */
  void *(*alloc)(const fm_host *host, size_t bytes);

  /* Says why a call fails: one line of UTF-8, no line break needed. The text
   * reaches the reader or the log. Only the first call counts. Returns `code`,
   * so that `return host->fail(host, FM_E_NO_LIST, "...")` does both. */
  int (*fail)(const fm_host *host, int code, const char *text);

  void *self; /* feedmill's own */

  /* -- Past the end of an older feedmill's struct: look at `size` first. -- */

  /* The source whose function is called: one function may serve several. */
  const fm_source *source;

  /* During extract: the list goes on at this address (absolute http or https).
   * feedmill fetches it and calls extract again with page->number one higher; its
   * entries follow those that were there already. Only the last call counts; a
   * source sees to it that there is an end. */
  void (*next)(const fm_host *host, fm_str url);

  /* A remark for the log, one line of UTF-8: what was left out, and why. */
  void (*note)(const fm_host *host, const char *text);

  /* During extract, before it returns FM_E_NO_LIST: this page is not the list, but
   * names the address (absolute http or https) where it stands. feedmill fetches that
   * in its place and calls extract again; later refreshes go straight there, and come
   * back to the page when it is gone. Before it returns FM_OK: the list there is the
   * better one, and this page's counts only if that is not to be had or none of its
   * links is among this page's. */
  void (*elsewhere)(const fm_host *host, fm_str url);

  /* During extract: this is the list, but lacks much of what it should have; one line
   * of UTF-8 says what. Where the plan has another way, that is asked, and what came
   * here counts only if it fails. */
  void (*poor)(const fm_host *host, const char *text);
};

typedef struct fm_param {
  fm_str name;  /* percent-decoded */
  fm_str value; /* percent-decoded */
} fm_param;

/* What a reader asked for. Grows. */
typedef struct fm_ask {
  size_t size;
  fm_str path; /* percent-decoded, starts with '/', without the format's ending */
  const fm_param *params; /* query parameters, less those that filter any feed */
  size_t nparams;
  const fm_param *options; /* this source's keys from the configuration */
  size_t noptions;
  int64_t now; /* the current time; the only clock that a source has */
} fm_ask;

/* Which page that is. Grows. */
typedef struct fm_plan fm_plan;
struct fm_plan {
  size_t size;
  fm_str url; /* absolute http or https address to fetch; required */
  fm_str key; /* names the page: addresses with one key share one fetch, one
                 cache and one memory; required, at most 512 bytes */
  fm_str accept; /* value of the Accept header; empty: HTML */

  const fm_param *headers; /* further fields of the request, names and values valid in
                              HTTP; sent for further pages and details too, but only to
                              the origin of `url`: they may hold a key */
  size_t nheaders;

  /* Where a host counts requests of several kinds apart, which kind this one is: a
   * short name, the source's own. Empty: it counts with all others. */
  fm_str budget;

  /* Another way to the same entries (NULL: none), and one more by its own `instead`: asked
   * when this one cannot be had, has no room in its host's budget, or is not the list.
   * The first is the one that is wanted: while it fails it is tried again after longer
   * and longer times, and what worked is asked meanwhile. Its `key` (empty: this one's) is what the page
   * is given to extract with; its `also` is not looked at. */
  const fm_plan *instead;

  /* A further page whose entries belong to the same feed (NULL: none), and one more by
   * its own `also`: all are asked, the entries follow in this order, one that is there
   * already by id or by its link is left out, and one that fails does not take the
   * others' with it. Its `key` (empty: its url) is what it is given to extract with. */
  const fm_plan *also;
};

/* A page that was fetched. Grows. */
typedef struct fm_page {
  size_t size;
  fm_str body;    /* after decompression, as sent: any charset, maybe broken */
  fm_str url;     /* where it came from, after redirects */
  fm_str key;     /* the plan's */
  fm_str charset; /* of the Content-Type header; empty: not said */
  const fm_param *options;
  size_t noptions;

  /* -- Past the end of an older feedmill's struct: look at `size` first. -- */
  int64_t now;     /* when it was fetched; FM_NO_TIME: not said */
  unsigned number; /* of the pages of one list, from 0: see fm_host.next */
  fm_str state;    /* fm_feed.state as it was left the last time; empty: there was none */
} fm_page;

/* A day of a listing that keeps a page for each of its days. Grows. */
typedef struct fm_past {
  size_t size;
  fm_str key;  /* the listing's, as planned */
  int64_t day; /* its midnight in UTC */
  const fm_param *options;
  size_t noptions;
} fm_past;

/* A source. Grows. */
struct fm_source {
  uint32_t abi;  /* FM_PLUGIN_ABI */
  uint32_t size; /* sizeof(fm_source) */
  const char *name;  /* what `source:` says: [a-z0-9-]+ */
  const char *title; /* one line for `feedmill sources` */

  /* Fills `plan` for an address. Returns FM_OK, FM_E_NOT_FOUND (the address is
   * none of this source's: 404) or FM_E_BAD_ADDRESS (malformed, or an unknown
   * parameter: 400 with the reason given to host->fail). */
  int (*plan)(const fm_host *host, const fm_ask *ask, fm_plan *plan);

  /* Fills `feed` from a page. `page->body` outlives the feed's use only during
   * the call: text taken from it is copied with host->alloc. Returns FM_OK
   * (no entries is a valid, empty feed), or FM_E_NO_LIST when the page is not
   * the listing, with host->fail naming what was missing. */
  int (*extract)(const fm_host *host, const fm_page *page, fm_feed *feed);

  /* For `feedmill backfill`; NULL, or past the end of an older source: it has no
   * pages of earlier days. Fills `plan` with the page on which a day's entries of
   * a listing stand. Returns FM_OK, or FM_E_NOT_FOUND (this listing keeps no such
   * pages) with the reason given to host->fail. */
  int (*plan_past)(const fm_host *host, const fm_past *past, fm_plan *plan);

  /* Which day a day's page names as the one before it, as midnight in UTC;
   * FM_NO_TIME: it names none. May be NULL too. */
  int64_t (*day_before)(const fm_host *host, const fm_page *page);

  /* What an entry's own page (its first link "alternate") says of it beyond the
   * list; NULL: such pages are not wanted. `entry` comes with nothing set (times
   * FM_NO_TIME); what is set when this returns replaces what the list said, but for
   * id and links, which stay. Each entry's page is asked for once, some in each
   * refresh, and what it said is remembered with the entry. FM_OK, with nothing set
   * too; else an error with the reason: it is tried again at later refreshes, a few
   * times. */
  int (*detail)(const fm_host *host, const fm_page *page, fm_entry *entry);
  uint32_t details; /* so many of these pages in one refresh at most; 0: feedmill's
                       own measure */

  int64_t every; /* seconds between two fetches where the configuration does not say;
                    0: what it says for all */
};

#ifdef __cplusplus
}
#endif
#endif
