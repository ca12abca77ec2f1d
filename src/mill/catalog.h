/* The catalogue: which feed an address stands for.
 *
 * Built from the configuration, immutable, shared by reference: a reload makes
 * a new one and what is under way goes on with the old. */
#ifndef FM_MILL_CATALOG_H
#define FM_MILL_CATALOG_H

#include "base/why.h"
#include "mill/feed_request.h"
#include "source/registry.h"

/* A feed of the configuration. */
typedef struct fm_catalog_feed {
  fm_str name, title; /* title may be empty */
  fm_str source;      /* empty: daily-papers */
  fm_str path;        /* the source's address, with its query: "/papers?q=neurons" */
  fm_refresh_policy refresh;
  fm_filter filter;   /* limit 0: the default */
  const fm_param *options; /* of its source, for this feed alone: before the catalogue's */
  size_t noptions;
  const fm_str *command;   /* gives the page instead of a fetch; none: a fetch */
  size_t ncommand;
} fm_catalog_feed;

typedef struct fm_catalog_spec {
  const fm_registry *registry; /* the catalogue keeps a reference */
  const fm_catalog_feed *feeds;
  size_t nfeeds;
  fm_refresh_policy refresh;       /* of pages that nobody configured */
  size_t limit;             /* entries in a feed */
  const fm_param *options;  /* of the sources: upstream, metrics */
  size_t noptions;
  fm_str access_key;        /* empty: none wanted */
} fm_catalog_spec;

typedef struct fm_catalog fm_catalog;
fm_catalog *fm_catalog_new(const fm_catalog_spec *spec); /* copies everything; one reference */
fm_catalog *fm_catalog_ref(fm_catalog *catalog);
void fm_catalog_unref(fm_catalog *catalog);
const fm_catalog_spec *fm_catalog_get(const fm_catalog *catalog);

/* Whether this is the access key, or none is wanted. Takes as long for a key that is
 * nearly right. */
bool fm_catalog_admits(const fm_catalog *catalog, fm_str key);
/* A target with the access key in its query, in the arena; as it is where none is
 * wanted. */
fm_str fm_catalog_add_key(const fm_catalog *catalog, fm_str target, fm_arena *arena);

/* Resolves a request target ("/papers.atom?limit=5", "/feeds/news.rss"; without
 * an ending `plain` is the format). `now` decides which week is the current
 * one. Strings of *request are in `arena` or the catalogue. FM_E_NOT_FOUND;
 * FM_E_BAD_ADDRESS with the reason; FM_E_FORBIDDEN: the access key is missing
 * or wrong. */
int fm_catalog_resolve(const fm_catalog *catalog, fm_str target, const fm_format *plain,
                       int64_t now, fm_arena *arena, fm_feed_request *request, fm_why *why);

/* The want of a configured feed by name; FM_E_NOT_FOUND. */
int fm_catalog_resolve_name(const fm_catalog *catalog, fm_str name, int64_t now, fm_arena *arena,
                     fm_feed_request *request, fm_why *why);

#endif
