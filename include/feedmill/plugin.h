/* The source ABI, version 2: how feedmill calls what turns a page into a feed.
 *
 * A source is a pair of pure functions. `plan` tells which page an address stands for;
 * `extract` turns the fetched page into a feed. They do no input or output, keep nothing
 * between calls and touch no global, so feedmill may call them from any thread, in any
 * order, in a process of its own. Fetching, caching, filtering, remembering and writing
 * are feedmill's work.
 *
 * `plugins:` in the configuration loads a shared object that exports
 *
 *     const fm_source feedmill_plugin = {
 *       .abi = FM_PLUGIN_ABI, .size = sizeof(fm_source), .name = "...", ... };
 *
 * A plugin includes this header (with feed.h and error.h) and links with nothing.
 *
 * Growth: a later version may append members to a struct marked "grows"; its `size` tells
 * which members are there. Any other change raises the ABI number, and feedmill refuses a
 * plugin of another number with a line in the log.
 */
#ifndef FEEDMILL_PLUGIN_H
#define FEEDMILL_PLUGIN_H

#include <feedmill/error.h>
#include <feedmill/feed.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FM_PLUGIN_ABI 2u

typedef struct fm_host fm_host;
typedef struct fm_source fm_source;

/* Functions that feedmill lends a source for the duration of one call. Grows. */
struct fm_host {
  size_t size;

  /* Zeroed memory, aligned for any type. It lives as long as the result of the call and is
   * freed with it; a source frees nothing. Never NULL: without memory the program ends. */
  void *(*alloc)(const fm_host *host, size_t bytes);

  /* Gives the reason why a call fails: one line of UTF-8 without a line break. It reaches
   * the reader or the log. Only the first reason of a call counts. Returns `code`, so that
   * `return host->fail(host, FM_E_NO_LIST, "...")` does both. */
  int (*fail)(const fm_host *host, int code, const char *text);

  void *self; /* feedmill's own */

  /* The source whose function is being called: one function may serve several sources. */
  const fm_source *source;

  /* extract only: the list continues at `url` (absolute http or https). feedmill fetches
   * that page and calls extract again with page->number one higher; its entries follow the
   * earlier ones. Only the last call counts. The source must make sure that the chain ends. */
  void (*next)(const fm_host *host, fm_str url);

  /* Adds a remark for the log, one line of UTF-8, for instance what was left out and why. */
  void (*note)(const fm_host *host, const char *text);

  /* extract only: the list is at `url` (absolute http or https).
   * Before FM_E_NO_LIST: this page is not the list but names its address. feedmill fetches
   * that instead and calls extract again; later refreshes begin there, and return to this
   * page when that one is gone. Before FM_OK: `url` names a better list. feedmill uses this
   * page's own entries only if the other list cannot be fetched, or shares no link with
   * this page. */
  void (*redirect_to)(const fm_host *host, fm_str url);

  /* extract only, before FM_OK: this is the list, but an incomplete one; one line of UTF-8
   * says what is missing. If the plan has a fallback, feedmill fetches that, and uses this
   * result only if the fallback fails. */
  void (*incomplete)(const fm_host *host, const char *text);
};

typedef struct fm_param {
  fm_str name;  /* percent-decoded */
  fm_str value; /* percent-decoded */
} fm_param;

/* The address that a reader asked for. Grows. */
typedef struct fm_plan_request {
  size_t size;
  fm_str path; /* percent-decoded, starts with '/', without the format's extension */
  const fm_param *params; /* query parameters without those that filter any feed */
  size_t nparams;
  const fm_param *options; /* this source's keys from the configuration */
  size_t noptions;
  int64_t now; /* current time in Unix seconds; the only clock of a source */
} fm_plan_request;

/* A program that a fetched page is piped through, for sources that leave the reading of
 * pages to a program of the user's. There is no shell. */
typedef struct fm_program {
  const fm_str *argv; /* path (or a name for PATH) and arguments; "{url}" in them is replaced */
  size_t argc;
  int64_t time;       /* seconds until it is killed; also its limit of CPU time */
  int64_t memory;     /* bytes of address space of each of its processes */
} fm_program;

/* What to fetch for an address. Grows. */
typedef struct fm_plan fm_plan;
struct fm_plan {
  size_t size;
  fm_str url; /* absolute http or https address to fetch; required */
  fm_str key; /* names the upstream: addresses with equal keys share one fetch, one cache
                 and one memory; required, at most 512 bytes */
  fm_str accept; /* value of the Accept field; empty: HTML */

  const fm_param *headers; /* further request fields, valid in HTTP (RFC 9110 section 5).
                              They are sent for further pages and entries' pages too, but
                              only to the origin of `url`: they may hold a secret */
  size_t nheaders;

  /* Rate limit bucket, for hosts that count several kinds of requests apart: a short name
   * of the source's choosing. Empty: the host's common bucket. */
  fm_str budget;

  /* Another endpoint that yields the same entries; NULL: none. Its own `fallback` is the
   * next one. feedmill fails over to it when this one cannot be fetched, is over its rate
   * limit, or is not the list, and probes the first one again with exponential back-off.
   * `key` (empty: this one's) is what its page is extracted with. */
  const fm_plan *fallback;

  /* A further input of the same feed; NULL: none. Its own `next_input` is the one after.
   * feedmill fetches all inputs; their entries follow in this order, duplicates by id or
   * link are left out, and an input that fails does not fail the others. `key` (empty: its
   * url) is what its page is extracted with. */
  const fm_plan *next_input;

  /* Until when this plan holds, in Unix seconds, for addresses whose meaning depends on
   * the time ("this week"): from then on feedmill asks for a new plan. FM_NO_TIME or 0: for
   * good. */
  int64_t valid_until;

  /* The fetched page is the standard input of this program, and what it writes to standard
   * output is the body that `extract` gets. FEEDMILL_URL and FEEDMILL_CHARSET tell it about
   * the page. NULL: none. Entries' pages are not piped. */
  const fm_program *program;
};

/* A fetched page. Grows. */
typedef struct fm_page {
  size_t size;
  fm_str body;    /* decompressed, otherwise as sent: any charset, possibly damaged */
  fm_str url;     /* its address after redirects */
  fm_str key;     /* the plan's */
  fm_str charset; /* charset parameter of Content-Type; empty: none */
  const fm_param *options;
  size_t noptions;
  int64_t now;     /* time of the fetch in Unix seconds; FM_NO_TIME: unknown */
  unsigned number; /* position in a list of several pages, from 0: see fm_host.next */
  fm_str state;    /* fm_feed.state of the previous extraction; empty: there was none */
} fm_page;

/* One day of a listing that has a page for each day. Grows. */
typedef struct fm_day_request {
  size_t size;
  fm_str key;  /* the listing's, as planned */
  int64_t day; /* midnight UTC, Unix seconds */
  const fm_param *options;
  size_t noptions;
} fm_day_request;

/* A source. Grows. */
struct fm_source {
  uint32_t abi;  /* FM_PLUGIN_ABI */
  uint32_t size; /* sizeof(fm_source) */
  const char *name;  /* the value of `source:` in the configuration: [a-z0-9-]+ */
  const char *title; /* one line for `feedmill sources` */

  /* Fills `plan` for an address. Returns FM_OK, FM_E_NOT_FOUND (not an address of this
   * source: 404) or FM_E_BAD_ADDRESS (malformed, or an unknown parameter: 400 with the
   * reason given to host->fail). */
  int (*plan)(const fm_host *host, const fm_plan_request *request, fm_plan *plan);

  /* Fills `feed` from a page. `page->body` is valid only during the call: copy text from it
   * with host->alloc. Returns FM_OK (a feed without entries is valid), or FM_E_NO_LIST when
   * the page is not the listing, after host->fail has named what is missing. */
  int (*extract)(const fm_host *host, const fm_page *page, fm_feed *feed);

  /* For `feedmill backfill`; NULL: the source has no pages of past days. Fills `plan` with
   * the page that lists one day's entries. Returns FM_OK, or FM_E_NOT_FOUND (this listing
   * has no such pages) with the reason given to host->fail. */
  int (*plan_day)(const fm_host *host, const fm_day_request *request, fm_plan *plan);

  /* The day that a day's page links to as its predecessor, as midnight UTC; FM_NO_TIME: the
   * page links to none. May be NULL. */
  int64_t (*previous_day)(const fm_host *host, const fm_page *page);

  /* Fills `entry` from the entry's own page (its first link "alternate"); NULL: this source
   * does not use those. `entry` arrives empty (times FM_NO_TIME). What this call sets
   * replaces what the list said, except id and links. Each entry's page is fetched once,
   * some in each refresh, and the result is stored with the entry. Returns FM_OK, with
   * nothing set too; after an error feedmill tries a few more times in later refreshes. */
  int (*extract_entry)(const fm_host *host, const fm_page *page, fm_entry *entry);
  uint32_t entry_pages; /* how many of these pages one refresh fetches at most; 0:
                           feedmill's default */

  int64_t refresh_interval; /* seconds; used where the configuration has none; 0: no wish */
};

#ifdef __cplusplus
}
#endif
#endif
