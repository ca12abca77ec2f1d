/* The parts of the source daily-papers; private to src/source/daily_papers/ and its tests.
 *
 *   address -> listing, and back             listing.c
 *   listing -> plan                          plan.c
 *   page -> papers                           json.c, articles.c
 *   API: addresses, answers                  api.c
 *   papers -> entries                        entry.c
 *   is it the listing that was asked for?    identity.c
 *   where on the page, the feed's head       daily_papers.c
 */
#ifndef FM_SOURCE_DAILY_PAPERS_DAILY_PAPERS_H
#define FM_SOURCE_DAILY_PAPERS_DAILY_PAPERS_H

#include "base/mem.h"
#include "base/why.h"
#include "dom/tree.h"
#include <feedmill/plugin.h>
#include <math.h>
#include <stdbool.h>

#define FM_DAILY_HOST "https://huggingface.co" /* in every id, whatever papers.upstream is */

enum fm_listing_kind {
  FM_LISTING_UNKNOWN = 0,
  FM_LISTING_TODAY,    /* /papers */
  FM_LISTING_DATE,     /* name: "2026-08-04" */
  FM_LISTING_WEEK,     /* name: "2026-W32" */
  FM_LISTING_MONTH,    /* name: "2026-08" */
  FM_LISTING_TRENDING,
  FM_LISTING_SEARCH    /* /papers?q= */
};

typedef struct fm_listing {
  enum fm_listing_kind kind;
  fm_str name;  /* of a date, week or month; empty for the others */
  fm_str query; /* one line; empty: not a search. Trending, week and month have one too */
  bool current; /* /papers/week or /papers/month: the name depends on the time */
} fm_listing;

/* Parses a decoded path with decoded parameters. `now` gives the current week and month
 * their name; FM_NO_TIME leaves it empty. FM_E_NOT_FOUND; FM_E_BAD_ADDRESS with the reason
 * (`why` may be NULL). Strings are in `arena`. */
int fm_listing_parse(fm_str path, const fm_param *params, size_t nparams, int64_t now,
                    fm_arena *arena, fm_listing *listing, fm_why *why);
enum fm_address_form {
  FM_ADDRESS_URL, /* to fetch: the current week by its name, the query percent-encoded */
  FM_ADDRESS_ID,  /* the feed's id: the current week as /papers/week, the query encoded */
  FM_ADDRESS_KEY  /* the plan's key: as the id, but with the query in plain text */
};
/* The listing's address below the host. */
fm_str fm_listing_address(const fm_listing *listing, enum fm_address_form form, fm_arena *arena);
/* A query value, percent-encoded (RFC 3986 section 2.1). */
fm_str fm_daily_encode(fm_str text, fm_arena *arena);
/* When the current week or month ends, in Unix seconds; FM_NO_TIME for other listings. */
int64_t fm_listing_end(const fm_listing *listing);
/* The listing's address at the API, below the host; empty: the API does not have it. */
fm_str fm_listing_api(const fm_listing *listing, fm_arena *arena);
enum { FM_API_LIMIT = 100 }; /* papers in one answer */
/* Parses an address of the API; false: it is none. */
bool fm_listing_parse_api(fm_str path, const fm_param *params, size_t nparams, fm_arena *arena,
                          fm_listing *listing);
/* The listing that was asked for, by the plan's key, else by the page's address;
 * FM_LISTING_UNKNOWN if neither is one. */
fm_listing fm_listing_of_page(const fm_page *page, fm_arena *arena);
/* The listing at an absolute address below `upstream`; false: it is none. */
bool fm_listing_of_url(fm_str url, fm_str upstream, fm_arena *arena, fm_listing *listing);

/* papers.upstream without trailing slashes. */
fm_str fm_daily_upstream(const fm_param *options, size_t noptions);

int fm_daily_papers_plan(const fm_host *host, const fm_plan_request *request, fm_plan *plan);
int fm_daily_papers_plan_day(const fm_host *host, const fm_day_request *request, fm_plan *plan);

/* Limits; anything beyond is left out. A month has some 1,500 papers. */
enum { FM_PAPERS_MAX = 5000, FM_PAPER_AUTHORS_MAX = 10000, FM_PAPER_KEYWORDS_MAX = 100 };

/* A paper as the page gives it: UTF-8, otherwise unchecked. Missing numbers are NAN. */
typedef struct fm_paper {
  fm_str id, title, raw_title, summary, thumbnail;
  fm_str submitted, dated, listed, published; /* dates; `dated`: <time> of an article */
  fm_str github, project;
  fm_str org, org_name; /* full name and handle */
  fm_str *authors, *keywords;
  size_t nauthors, authors_cap, nkeywords, keywords_cap;
  double upvotes, comments, stars;
} fm_paper;

#define FM_PAPER_NONE ((fm_paper){.upvotes = NAN, .comments = NAN, .stars = NAN})

typedef struct fm_paper_list {
  bool there; /* an array, maybe an empty one */
  fm_paper *items;
  size_t count, cap;
} fm_paper_list;

/* The content of a page. Strings are parts of the page, or in an arena. */
typedef struct fm_papers {
  fm_paper_list daily, found; /* dailyPapers (or the articles), searchResults */
  fm_str date, date_string, period, before;
  fm_str query;
} fm_papers;

/* Parses the value of data-props. FM_E_SYNTAX with the reason. */
int fm_papers_parse_json(fm_str data, fm_arena *arena, fm_papers *papers, fm_why *why);
/* Parses an answer of the API. FM_E_SYNTAX; FM_E_NO_LIST: the answer is an error message. */
int fm_papers_parse_api(fm_str body, fm_arena *arena, fm_papers *papers, fm_why *why);
/* The same, reduced to what the listing's page shows; *more is the address of the next
 * answer if one did not hold all. */
int fm_papers_of_api(const fm_page *page, const fm_listing *listing, fm_arena *arena,
                     fm_papers *papers, fm_str *more, fm_why *why);
bool fm_papers_are_api(fm_str body); /* JSON rather than HTML, by its first byte */
/* Collects the rendered articles; a page without any is no failure. */
void fm_papers_parse_articles(xmlNodePtr root, fm_arena *arena, fm_papers *papers);

/* ---- identity.c ---- */

enum fm_identity {
  FM_IDENTITY_SAME,  /* the listing that was asked for, as far as the page tells */
  FM_IDENTITY_PERIOD, /* the same kind of listing, but another day, week or month */
  FM_IDENTITY_OTHER  /* another kind of listing */
};
/* Compares the listing that was asked for with what the page and its address say that it is.
 * `papers` are from the page's JSON. `why` receives a reason unless they are the same. */
enum fm_identity fm_listing_identify(const fm_listing *asked, const fm_papers *papers,
                                     const fm_page *page, fm_arena *arena, fm_why *why);

/* ---- entry.c ---- */

/* What all entries of a page share. */
typedef struct fm_entry_maker {
  const fm_host *host; /* allocates the result */
  fm_arena *arena;     /* for temporary data */
  int64_t day;         /* the listing's; FM_NO_TIME if it is not of a single day */
  bool metrics;
} fm_entry_maker;

/* False: the paper has no valid id or no title. */
bool fm_entry_make(const fm_entry_maker *maker, const fm_paper *paper, fm_entry *entry);
/* Copies in the result's memory: white space folded to one line, or with its lines. */
fm_str fm_host_line(const fm_host *host, fm_str text);
fm_str fm_host_plain(const fm_host *host, fm_str text);
fm_str fm_host_copy(const fm_host *host, fm_str text);

enum fm_daily_method {
  FM_DAILY_ANY,     /* the first of these that works */
  FM_DAILY_SCAN,    /* JSON, found by scanning the bytes */
  FM_DAILY_TREE,    /* JSON, found in the parsed tree */
  FM_DAILY_ARTICLES /* the rendered articles */
};

/* The source's extract, with the method fixed for tests. */
int fm_daily_papers_extract_by(enum fm_daily_method method, const fm_host *host, const fm_page *page,
                               fm_feed *feed);

#endif
