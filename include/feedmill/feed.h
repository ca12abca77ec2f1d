/* The feed model: what a source yields and what the writers write.
 *
 * A feed is a tree of plain structs. Every string is UTF-8, given by pointer
 * and length, need not end in NUL and is never NULL-and-nonempty; {NULL, 0}
 * means "not given". Strings and arrays belong to whoever made the feed (for a
 * source: memory from fm_host.alloc) and must stay unchanged while it is read.
 *
 * Times are whole seconds since 1970-01-01T00:00:00Z; FM_NO_TIME is "unknown".
 * Names follow RFC 4287 (The Atom Syndication Format).
 */
#ifndef FEEDMILL_FEED_H
#define FEEDMILL_FEED_H

#include <stddef.h>
#include <stdint.h>

typedef struct fm_str {
  const char *ptr;
  size_t len; /* bytes */
} fm_str;

#define FM_NO_TIME INT64_MIN

/* RFC 4287 section 3.2. */
typedef struct fm_person {
  fm_str name; /* required */
  fm_str uri;
  fm_str email;
} fm_person;

/* RFC 4287 section 4.2.7. */
typedef struct fm_link {
  fm_str rel;  /* "alternate", "related", "enclosure", ...; required */
  fm_str href; /* absolute URL; required */
  fm_str type; /* media type */
  fm_str title;
  fm_str language;  /* RFC 5646 tag of what it leads to (hreflang) */
  int64_t length;   /* bytes; 0: unknown */
  int64_t duration; /* seconds, of audio and video; 0: unknown */
} fm_link;

/* A picture that stands beside an entry's text. */
typedef struct fm_image {
  fm_str href; /* absolute URL, http or https; required */
  fm_str alt;  /* what it shows, plain text */
  fm_str type; /* media type */
  int64_t width, height; /* pixels; 0: unknown */
} fm_image;

/* Where an entry was first published, if it was copied from another feed (RFC 4287
 * section 4.2.11). Empty if `id`, `title` and `href` are. */
typedef struct fm_entry_source {
  fm_str id;    /* of that feed */
  fm_str title; /* plain text */
  fm_str link;  /* its page */
  fm_str href;  /* the feed's own address */
  int64_t updated; /* 0: unknown */
} fm_entry_source;

/* An element of another namespace, carried from feed to feed as it is. */
typedef struct fm_extension {
  fm_str prefix;    /* "itunes"; letters, digits and - */
  fm_str uri;       /* the namespace */
  fm_str xml;       /* "<itunes:season>2</itunes:season>": one well-formed element with that
                       prefix, without a declaration of it; required, as the others */
} fm_extension;

/* RFC 4287 section 4.2.2. */
typedef struct fm_category {
  fm_str term; /* required */
  fm_str scheme;
  fm_str label;
  fm_str handle; /* a short name that filters match too; never written */
} fm_category;

/* A number that a filter may ask for (min_upvotes); never written. */
typedef struct fm_number {
  fm_str name;
  double value;
} fm_number;

/* RFC 4287 section 4.1.2. */
typedef struct fm_entry {
  fm_str id;       /* an IRI that never changes for this entry; required */
  fm_str title;    /* plain text; required */
  fm_str summary;  /* plain text */
  fm_str content;  /* HTML, clean and with absolute addresses */
  fm_str rights;   /* plain text */
  int64_t published; /* FM_NO_TIME only where a source truly cannot tell */
  int64_t published_grade; /* how good that date is: 0 the best, a larger number a poorer kind.
                              A better one replaces it until a reader was given the date */
  int64_t updated;   /* FM_NO_TIME: the same as published */
  const fm_person *authors;
  size_t nauthors;
  const fm_link *links;
  size_t nlinks;
  const fm_category *categories;
  size_t ncategories;
  const fm_number *numbers;
  size_t nnumbers;
  const fm_person *contributors;
  size_t ncontributors;
  const fm_image *images; /* the first one represents the entry */
  size_t nimages;
  const fm_extension *extensions;
  size_t nextensions;
  fm_str language; /* RFC 5646 tag; empty: the feed's */
  fm_entry_source origin;

  /* feedmill's own record of the entry's page; a source leaves both 0. */
  int64_t page_fields;   /* which fields came from that page; 0: it was not fetched */
  int64_t page_failures; /* fetches of it that failed */
} fm_entry;

/* The order in which a feed shows its entries. */
enum fm_order {
  FM_ORDER_PUBLISHED = 0, /* newest published first, then the page's order */
  FM_ORDER_PAGE = 1       /* as on the page (a ranking, a search) */
};

/* RFC 4287 section 4.1.1. */
typedef struct fm_feed {
  fm_str id;    /* an IRI: the listing's address on its own host; required */
  fm_str title; /* plain text; required */
  fm_str subtitle;
  fm_str link;  /* the listing as a web page (rel=alternate) */
  fm_str icon;
  fm_str logo;
  fm_str language; /* RFC 5646 tag of the page */
  fm_str rights;   /* plain text */
  const fm_person *authors;
  size_t nauthors;
  const fm_link *links; /* besides `link`: "license", "hub", "next", ... */
  size_t nlinks;
  const fm_category *categories;
  size_t ncategories;
  const fm_extension *extensions;
  size_t nextensions;
  int64_t day;  /* the day that the listing is of, FM_NO_TIME if of none */
  enum fm_order order;
  const fm_entry *entries; /* in the page's order */
  size_t nentries;
  fm_str state; /* the source's own, UTF-8, at most 64 KiB: remembered with the feed, given
                   back with the page the next time (fm_page.state), shown to nobody */
} fm_feed;

#endif
