/* XML of feeds as tags with namespaces, for feed_xml*.c alone: well-formed or not, a
 * prefix without a declaration means what it usually does. */
#ifndef FM_SOURCE_FEED_IN_TAGS_H
#define FM_SOURCE_FEED_IN_TAGS_H

#include "feed/html/markup.h"
#include "source/feed_in/feed_in.h"

enum fm_ns {
  FM_NS_NONE, FM_NS_RSS, FM_NS_ATOM, FM_NS_CONTENT, FM_NS_DC, FM_NS_TERMS, FM_NS_MEDIA,
  FM_NS_ITUNES, FM_NS_PLAY, FM_NS_SLASH, FM_NS_THREAD, FM_NS_FEEDBURNER, FM_NS_RDF, FM_NS_XHTML, FM_NS_XML,
  FM_NS_OTHER,
  FM_NS_COUNT
};

enum { FM_TAG_ATTRIBUTES = 24, FM_TAGS_SCOPES = 64, FM_TAGS_DEPTH = 64 };

typedef struct fm_tag {
  enum fm_ns ns;
  fm_str name, local; /* with its prefix, and without */
  bool empty;         /* "<x/>" */
  const fm_namespace *carried; /* NULL: elements of its namespace are not carried */
  struct {
    fm_str name, raw;
  } attributes[FM_TAG_ATTRIBUTES];
  size_t count;
} fm_tag;

/* Where an element stands; what its children mean depends on it. */
enum fm_where {
  FM_IN_NOTHING, /* above the root */
  FM_IN_SHELL,   /* rss, rdf:RDF */
  FM_IN_HEAD,    /* channel, feed */
  FM_IN_ENTRY,
  FM_IN_MEDIA,   /* within an entry, in a group that is nothing itself */
  FM_IN_PERSON,  /* an author */
  FM_IN_HELPER,  /* a contributor */
  FM_IN_ORIGIN,  /* atom:source */
  FM_IN_ORIGIN_PERSON, /* its author */
  FM_IN_IMAGE,   /* of the feed */
  FM_IN_OTHER    /* nothing in it counts */
};

typedef struct fm_frame {
  enum fm_where where;
  fm_str name;
  size_t scopes; /* namespaces declared outside of it */
  fm_str base;   /* xml:base made absolute; empty: none was said */
} fm_frame;

typedef struct fm_tags {
  fm_feed_job *job;
  fm_markup in;
  enum fm_ns plain; /* what no namespace stands for: RSS or Atom, by the root */
  struct {
    fm_str prefix, uri;
    enum fm_ns ns;
  } scopes[FM_TAGS_SCOPES];
  size_t nscopes;
  size_t picture_depth; /* of the frame of a picture's media:content; 0: none is open */
  fm_person person;     /* the one that is being read */
  fm_frame frames[FM_TAGS_DEPTH];
  size_t depth;
} fm_tags;

/* Reads the tag that starts with `name`, declares its namespaces and finds its own. False:
 * the document ended within it. What it declared ends with fm_tags_leave. */
bool fm_tags_read(fm_tags *tags, fm_str name, fm_tag *tag);
/* Forgets what was declared since there were so many scopes. */
void fm_tags_leave(fm_tags *tags, size_t scopes);
enum fm_ns fm_tags_ns(const fm_tags *tags, fm_str name, fm_str *local);
/* The namespace of an element or, with its prefix, of an attribute if it is one that is
 * carried; else NULL. */
const fm_namespace *fm_tags_carried(const fm_tags *tags, fm_str name);
/* Declares a namespace by its attribute, "xmlns" or "xmlns:x". */
bool fm_tags_declare(fm_tags *tags, fm_str attribute, fm_str uri);

/* Keeps the element that was just read, from its start tag to its end tag, as an extension of
 * *job->to (extension.c). */
void fm_tags_carry(fm_tags *tags, const fm_tag *tag);

/* An attribute by its whole name, references read; empty: it has none. */
fm_str fm_tag_get(fm_tags *tags, const fm_tag *tag, const char *name);
/* xml:base of the tag, taken from what is around it. */
fm_str fm_tag_base(fm_tags *tags, const fm_tag *tag);

/* What an element holds, up to its end tag (in any case), which is read. */
fm_construct fm_tags_construct(fm_tags *tags, const fm_tag *tag);

/* ---- what an element means (feed_xml_entry.c, feed_xml_head.c) ---- */

/* One element that counts. `take` is called with what it holds, or where children are
 * what counts (`into`) when it starts, with nothing but its base. */
typedef struct fm_row {
  const char *name; /* NULL: the row after the last */
  void (*take)(fm_tags *tags, const fm_tag *tag, const fm_construct *piece, unsigned rank);
  unsigned rank;    /* of several that say the same the highest counts */
  enum fm_where into;
} fm_row;

#define FM_UNUSED __attribute__((unused))
#define FM_TAKE(function)                                                         \
  static void function(FM_UNUSED fm_tags *tags, FM_UNUSED const fm_tag *tag,      \
                       FM_UNUSED const fm_construct *piece, FM_UNUSED unsigned rank)
#define FM_ROW(name, take, rank) {name, take, rank, FM_IN_NOTHING}

/* The rows for children of that place that are of that namespace; NULL: none. */
const fm_row *fm_tags_entry_rows(enum fm_where where, enum fm_ns ns);
const fm_row *fm_tags_head_rows(enum fm_where where, enum fm_ns ns);
extern const fm_row fm_tags_number_row; /* an element of an entry that nobody knows */

/* An element ended that stood there. */
void fm_tags_entry_end(fm_tags *tags, enum fm_where where);

/* What both take: a text on one line and an attribute, in the result's memory; an
 * absolute address; how a text construct of Atom says what it is (RFC 4287 section
 * 3.1.1, and 0.3); a part of a person. */
fm_str fm_take_line(fm_tags *tags, const fm_construct *piece);
fm_str fm_take_attribute(fm_tags *tags, const fm_tag *tag, const char *name);
fm_str fm_take_address(fm_tags *tags, const fm_construct *piece, fm_str reference);
enum fm_construct_type fm_take_type(fm_tags *tags, const fm_tag *tag, enum fm_construct_type preset);
void fm_take_person_part(fm_tags *tags, const fm_tag *tag, const fm_construct *piece,
                         fm_person *person);
#endif
