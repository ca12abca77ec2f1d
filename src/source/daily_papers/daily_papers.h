/* The inside of the Daily Papers source: private to src/source/daily_papers*.c
 * and its tests.
 *
 *   address -> listing                               daily_papers_listing.c
 *   listing -> plan                                  daily_papers_plan.c
 *   page -> papers, as the page says them            daily_papers_json.c, _articles.c
 *   the API: its addresses, and what it leaves out   daily_papers_api.c
 *   papers -> entries                                daily_papers_entry.c
 *   which way to take, the feed's head, the source   daily_papers.c
 */
#ifndef FM_SOURCE_DAILY_PAPERS_DAILY_PAPERS_H
#define FM_SOURCE_DAILY_PAPERS_DAILY_PAPERS_H

#include "base/mem.h"
#include "base/why.h"
#include "dom/tree.h"
#include <feedmill/plugin.h>
#include <math.h>
#include <stdbool.h>

#define FM_DAILY_HOST "https://huggingface.co" /* of every id, whatever the upstream */

enum fm_listing_kind {
  FM_LISTING_UNKNOWN = 0,
  FM_LISTING_TODAY,    /* /papers */
  FM_LISTING_DATE,     /* name: "2026-08-04" */
  FM_LISTING_WEEK,     /* name: "2026-W32" */
  FM_LISTING_MONTH,    /* name: "2026-08" */
  FM_LISTING_TRENDING,
  FM_LISTING_SEARCH    /* name: the query, one line */
};

typedef struct fm_listing {
  enum fm_listing_kind kind;
  fm_str name;
} fm_listing;

/* The listing at a decoded path with decoded parameters. `now` tells the current
 * week and month; FM_NO_TIME leaves their name empty. FM_E_NOT_FOUND;
 * FM_E_BAD_ADDRESS with the reason. The name is in `arena`. */
int fm_listing_read(fm_str path, const fm_param *params, size_t nparams, int64_t now,
                    fm_arena *arena, fm_listing *listing, fm_why *why);
/* Its address below a host; the query percent-encoded, or (`plain`) as it is. */
fm_str fm_listing_address(const fm_listing *listing, bool plain, fm_arena *arena);
/* Its address at the API, below a host; empty: the API does not have this listing. */
fm_str fm_listing_api(const fm_listing *listing, fm_arena *arena);
enum { FM_API_LIMIT = 100 }; /* papers in one answer */
/* The other way; false: it is no address of the API. */
bool fm_listing_read_api(fm_str path, const fm_param *params, size_t nparams, fm_arena *arena,
                         fm_listing *listing);
/* The listing that a page is of, by the plan's key, else by its address;
 * FM_LISTING_UNKNOWN if neither tells. */
fm_listing fm_listing_of_page(const fm_page *page, fm_arena *arena);

/* Where the pages are, with no '/' at its end. */
fm_str fm_daily_upstream(const fm_param *options, size_t noptions);

int fm_daily_papers_plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan);
int fm_daily_papers_plan_day(const fm_host *host, const fm_day_request *past, fm_plan *plan);

/* What is beyond these is left out. A month has some 1,500 papers. */
enum { FM_PAPERS_MAX = 5000, FM_PAPER_AUTHORS_MAX = 10000, FM_PAPER_KEYWORDS_MAX = 100 };

/* A paper as the page says it: nothing checked, nothing cleaned, but UTF-8.
 * Numbers that it does not say are NAN. */
typedef struct fm_paper {
  fm_str id, title, raw_title, summary, thumbnail;
  fm_str submitted, listed, published; /* dates */
  fm_str github, project;
  fm_str org, org_name; /* in full, and the handle */
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

/* What a page says. Strings are parts of the data, of the page or in an arena. */
typedef struct fm_papers {
  fm_paper_list daily, found; /* dailyPapers (or the articles), searchResults */
  fm_str date, date_string, period, before;
  fm_str query;
} fm_papers;

/* Reads the value of data-props. FM_E_SYNTAX with the reason. */
int fm_papers_read_json(fm_str data, fm_arena *arena, fm_papers *papers, fm_why *why);
/* Reads an answer of the API. FM_E_SYNTAX; FM_E_NO_LIST: it tells of an error. */
int fm_papers_read_api(fm_str body, fm_arena *arena, fm_papers *papers, fm_why *why);
/* The same, as the listing's page would have them; `*more`, if one answer did not
 * hold them all: the address of the next. */
int fm_papers_of_api(const fm_page *page, const fm_listing *listing, fm_arena *arena,
                     fm_papers *papers, fm_str *more, fm_why *why);
bool fm_papers_are_api(fm_str body); /* by its first byte: JSON, no page */
/* Reads the rendered articles; none is no failure. */
void fm_papers_read_articles(xmlNodePtr root, fm_arena *arena, fm_papers *papers);

/* What is the same for all entries of a page. */
typedef struct fm_entry_maker {
  const fm_host *host; /* has the memory of the result */
  fm_arena *arena;     /* for what is needed on the way */
  int64_t day;         /* the listing's; FM_NO_TIME if it is of no single day */
  bool metrics;
} fm_entry_maker;

/* False: no entry can be made, it lacks an id or a title. */
bool fm_entry_make(const fm_entry_maker *maker, const fm_paper *paper, fm_entry *entry);
/* Text for the result, folded to one line, or with its lines. */
fm_str fm_host_line(const fm_host *host, fm_str text);
fm_str fm_host_plain(const fm_host *host, fm_str text);
fm_str fm_host_copy(const fm_host *host, fm_str text);

enum fm_daily_way {
  FM_DAILY_ANY,     /* the first that works, in this order */
  FM_DAILY_SCAN,    /* data found by a scan */
  FM_DAILY_TREE,    /* data found in the tree */
  FM_DAILY_ARTICLES /* the rendered articles */
};

/* extract of the source, one way forced. */
int fm_daily_papers_extract_by(enum fm_daily_way way, const fm_host *host, const fm_page *page,
                               fm_feed *feed);

#endif
