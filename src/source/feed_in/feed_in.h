/* Internals of the source `feed`.
 *
 * A document is read once from front to back into drafts, one entry at a time,
 * whose texts are parts of the document; a finished draft becomes an entry in the
 * result's memory, with its HTML cleaned and its addresses made absolute. */
#ifndef FM_SOURCE_FEED_IN_H
#define FM_SOURCE_FEED_IN_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/why.h"
#include <feedmill/plugin.h>

enum {
  FM_FEED_ENTRIES_MAX = 5000,
  FM_FEED_AUTHORS_MAX = 100, /* of one entry, as the following */
  FM_FEED_LINKS_MAX = 100,
  FM_FEED_CATEGORIES_MAX = 200,
  FM_FEED_NUMBERS_MAX = 16,
  FM_FEED_IMAGES_MAX = 50,
  FM_FEED_EXTENSIONS_MAX = 100,
  FM_FEED_EXTENSION_MAX = 16 * 1024, /* bytes of one extension */
  FM_FEED_CONTENT_MAX = 1024 * 1024, /* bytes of clean HTML */
  FM_FEED_TEXT_MAX = 64 * 1024       /* of any other text */
};

/* How a piece of text stands in the document. */
enum fm_construct_syntax {
  FM_CONSTRUCT_NONE,
  FM_CONSTRUCT_REFS,  /* XML text with references */
  FM_CONSTRUCT_PLAIN, /* as it is */
  FM_CONSTRUCT_MIXED, /* XML text and CDATA sections */
  FM_CONSTRUCT_TREE   /* XML with elements in it */
};

/* What it is once it was read. */
enum fm_construct_type { FM_TYPE_GUESS, FM_TYPE_TEXT, FM_TYPE_HTML, FM_TYPE_XHTML };

typedef struct fm_construct {
  fm_str raw;
  enum fm_construct_syntax how;
  enum fm_construct_type form;
  unsigned rank; /* a better source of the same thing has a higher one; 0: nothing yet */
  fm_str base;   /* xml:base; empty: none was said */
} fm_construct;

typedef struct fm_dated {
  int64_t time;
  unsigned rank;
} fm_dated;

/* A growing array in the job's arena. */
#define FM_FEED_ARRAY(type) \
  struct {                  \
    type *items;            \
    size_t count, cap;      \
  }

/* An image of a draft. */
typedef struct fm_draft_picture {
  fm_image image;
  bool thumbnail; /* a small copy of something: shown only where nothing else is */
} fm_draft_picture;

/* An entry, or the feed itself, while its elements are read. */
typedef struct fm_draft {
  fm_construct title, content, summary;
  fm_str id, link;
  fm_str link_id; /* the link as an id */
  unsigned id_rank, link_rank;
  fm_str rights, language;
  fm_entry_source origin;
  int64_t duration; /* seconds, of the first enclosure */
  size_t extension_bytes;
  fm_str undated; /* the text of a date that is none: part of a made-up id */
  fm_dated published, updated;
  FM_FEED_ARRAY(fm_person) authors;
  FM_FEED_ARRAY(fm_link) links;
  FM_FEED_ARRAY(fm_category) categories;
  FM_FEED_ARRAY(fm_number) numbers;
  FM_FEED_ARRAY(fm_person) contributors;
  FM_FEED_ARRAY(fm_person) origin_authors;
  FM_FEED_ARRAY(fm_draft_picture) images;
  FM_FEED_ARRAY(fm_extension) extensions;
} fm_draft;

#define FM_DRAFT_EMPTY ((fm_draft){.link_rank = 0})

/* What tells an entry from others, before ids are final. */
typedef struct fm_identity {
  bool named;         /* it has an id of its own, else it is called by its link */
  fm_str link, title; /* empty: none */
} fm_identity;

typedef struct fm_feed_job {
  const fm_host *host;
  const fm_page *page;
  fm_feed *feed;
  fm_str body;     /* UTF-8 */
  fm_str url;      /* of the page, absolute; empty: not known */
  fm_str own_id;   /* what the feed calls itself */
  bool rss;        /* the document is RSS */
  bool plain_titles; /* ... and was written by us: titles are text */
  fm_arena arena;  /* for as long as the job */
  fm_buf text, html; /* scratch */
  char *next, *end;  /* what is left of a block of the host's memory */
  fm_str resolved, reference; /* the last address that was taken from the channel's page */
  size_t budget;     /* bytes of clean HTML that may still be made */
  fm_draft draft, head; /* the entry that is being read, and the feed */
  fm_draft *to;         /* one of both: where elements belong now */
  unsigned title_rank, link_rank, author_rank, subtitle_rank, logo_rank; /* of the feed's own */
  FM_FEED_ARRAY(fm_entry) entries;
  FM_FEED_ARRAY(fm_identity) identities; /* one for each entry */
  fm_str new_state; /* what is to be remembered of identities */
  const struct fm_namespace *namespaces; /* whose elements are carried */
  size_t nnamespaces;
  fm_why why;
} fm_feed_job;

/* ---- documents (xml.c, json.c; as UTF-8: charset.h) ---- */

/* True: the document is such a feed, and was read. */
bool fm_feed_read_xml(fm_feed_job *job);
bool fm_feed_read_json(fm_feed_job *job);

/* ---- texts (text.c) ---- */

/* The text of a piece with its references read: a part of the document, or in
 * job->text until the next call. FM_CONSTRUCT_TREE: as it stands. */
fm_str fm_construct_text(fm_feed_job *job, const fm_construct *piece);
/* One line of plain text in the result's memory. fm_construct_line: of a title, in which tags
 * are often words; fm_construct_words: of any other text. */
fm_str fm_construct_words(fm_feed_job *job, const fm_construct *piece);
fm_str fm_construct_line(fm_feed_job *job, const fm_construct *piece);
/* Clean HTML in job->html. False: there is none, or the text is no HTML. */
bool fm_construct_html(fm_feed_job *job, const fm_construct *piece, fm_str base);
/* Text with its lines in the result's memory, cut at FM_FEED_TEXT_MAX. */
fm_str fm_construct_plain(fm_feed_job *job, const fm_construct *piece);

/* A copy in the result's memory; folded to one line. Empty: {NULL, 0}. */
fm_str fm_feed_keep(fm_feed_job *job, fm_str text);
fm_str fm_feed_line(fm_feed_job *job, fm_str text);
/* An address of fm_feed_address as earlier versions had it: relative to the document alone.
 * Ids that were made of it stay. */
fm_str fm_feed_old_address(fm_feed_job *job, fm_str address);
/* The absolute address that a reference stands for, in the arena or the text
 * itself; empty: none that may be followed. `base` empty: the page's. */
fm_str fm_feed_address(fm_feed_job *job, fm_str base, fm_str reference);
/* A date in any form, names of months and days in the feed's language. */
bool fm_feed_time(fm_feed_job *job, fm_str text, int64_t *time);
/* A base for the addresses of an entry: RSS gives the channel's page. */
fm_str fm_feed_base(const fm_feed_job *job);

/* ---- drafts (draft.c): functions fill *job->to; strings outlive it, arrays are capped ---- */

void fm_draft_construct(fm_construct *at, const fm_construct *from, enum fm_construct_type form, unsigned rank);
void fm_draft_date(fm_feed_job *job, bool updated, fm_str text, unsigned rank);
void fm_draft_person(fm_feed_job *job, const fm_person *person);
void fm_draft_contributor(fm_feed_job *job, const fm_person *person);
/* How good a statement of the feed's author is. */
enum { FM_HEAD_WEBMASTER = 1, FM_HEAD_ITUNES, FM_HEAD_EDITOR, FM_HEAD_CREATOR, FM_HEAD_AUTHOR };
/* One of the feed's authors; those of a lower rank than others are left out. */
void fm_head_person(fm_feed_job *job, const fm_person *person, unsigned rank);
/* "Name", "mail@host (Name)" or "Name <mail@host>". */
void fm_draft_author(fm_feed_job *job, fm_str text);
/* rel, href and what else is known; a link that is there already gets what it lacks. */
void fm_draft_link(fm_feed_job *job, const fm_link *link);
/* href absolute; others than http and https are left out. */
void fm_draft_image(fm_feed_job *job, const fm_image *image, bool thumbnail);
void fm_draft_category(fm_feed_job *job, fm_str term, fm_str scheme, fm_str label);
/* The name made of a-z and _, or nothing happens; the first of a name counts. */
void fm_draft_number(fm_feed_job *job, fm_str name, double value);
bool fm_feed_number(fm_str text, double *value);

/* Splits "Name", "mail@host (Name)", "Name (mail@host)" or "Name <mail@host>". */
fm_person fm_feed_person(fm_str text);
/* Media types, by the end of an address; empty: unknown. */
fm_str fm_feed_type_of(fm_str href);

/* ---- extensions (extension.c) ---- */

/* A namespace whose elements are carried. */
typedef struct fm_namespace {
  fm_str prefix, uri;
} fm_namespace;

/* Sets job->namespaces from the option "extensions": words, each the name of a well-known
 * namespace or "prefix=uri"; without the option all well-known ones. */
void fm_feed_namespaces(fm_feed_job *job);
/* The namespace of this address or, if it was never declared, of this prefix; NULL: none. */
const fm_namespace *fm_namespace_find(const fm_feed_job *job, fm_str prefix, fm_str uri);

/* ---- identity (identity.c) ---- */

/* Gives entries that share an id ids of their own, by what page->state remembers of earlier
 * ones, and makes the new state. */
void fm_feed_identify(fm_feed_job *job);

/* ---- entries (entry.c) ---- */

/* The draft becomes an entry, if there is anything in it; then it is empty again. */
void fm_feed_finish_entry(fm_feed_job *job);
void fm_feed_finish(fm_feed_job *job);

/* ---- a page that is no feed (autodiscovery.c) ---- */

typedef struct fm_feed_link {
  fm_str href; /* absolute */
  fm_str title;
} fm_feed_link;

enum { FM_FEED_LINKS_FOUND_MAX = 8 };

/* The feeds that an HTML page names (<link rel=alternate>), best first. */
size_t fm_feed_links(fm_str html, fm_str url, fm_arena *arena,
                      fm_feed_link offers[FM_FEED_LINKS_FOUND_MAX]);

#endif
