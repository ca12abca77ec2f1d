/* A fetcher's settings, validated and reference-counted: each fetch keeps those that it
 * started with. */
#ifndef FM_FETCH_SETTINGS_H
#define FM_FETCH_SETTINGS_H

#include "fetch/fetch.h"

typedef struct fm_fetch_settings {
  unsigned refs;
  int64_t timeout_ms;
  size_t max_body;
  unsigned per_host;
  bool allow_private, robots;
  char *ca_file, *proxy; /* NULL: not set */
  char *user_agent;
} fm_fetch_settings;

/* Returns one reference. FM_E_CONFIG with "ca_file FILE: reason", "proxy: reason" or
 * "user_agent: reason". */
int fm_fetch_settings_new(const fm_fetch_conf *conf, fm_fetch_settings **settings, fm_why *why);
fm_fetch_settings *fm_fetch_settings_ref(fm_fetch_settings *settings);
void fm_fetch_settings_unref(fm_fetch_settings *settings); /* NULL is fine */

/* FM_E_CONFIG if the file does not hold PEM certificates, or a broken one. Whether they
 * are of a CA and not expired is found out by the first TLS handshake. */
int fm_ca_file_check(const char *path, fm_why *why);

#endif
