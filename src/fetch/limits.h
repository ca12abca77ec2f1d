/* A fetcher's settings, checked and shared: each request keeps those with
 * which it started. */
#ifndef FM_FETCH_LIMITS_H
#define FM_FETCH_LIMITS_H

#include "fetch/fetch.h"

typedef struct fm_limits {
  unsigned refs;
  int64_t timeout_ms;
  size_t max_body;
  unsigned per_host;
  bool allow_private, robots;
  char *ca_file, *proxy; /* NULL: not set */
  char *user_agent;
} fm_limits;

/* One reference. FM_E_CONFIG with "ca_file FILE: reason", "proxy: reason" or
 * "user_agent: reason". */
int fm_limits_new(const fm_fetch_conf *conf, fm_limits **limits, fm_why *why);
fm_limits *fm_limits_ref(fm_limits *limits);
void fm_limits_unref(fm_limits *limits); /* NULL is fine */

/* Holds this file PEM certificates that are whole, and nothing broken? That
 * each is of an authority, and not over its time, shows with the first page. */
int fm_ca_file_check(const char *path, fm_why *why);

#endif
