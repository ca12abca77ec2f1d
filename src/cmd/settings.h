/* The settings: the configuration file, parsed, checked and completed with defaults, as
 * plain values in the types that the other rooms take. Immutable once loaded; owns all that
 * it points to; a reload loads a new one.
 *
 * Paths in `sources`, `plugins`, `fetch.ca_file` and `store` are absolute here (relative
 * ones are taken from the folder of the file); `access_log` is as written, relative to
 * the working directory. */
#ifndef FM_CMD_SETTINGS_H
#define FM_CMD_SETTINGS_H

#include "base/directive.h"
#include "feed/filter.h"
#include "mill/feed_request.h"
#include "fetch/fetch.h"
#include "serve/serve.h"

/* One of `feeds:`. */
typedef struct fm_settings_feed {
  unsigned line;      /* where it starts in the file */
  fm_str name;        /* [a-z0-9][a-z0-9._-]*, no two alike */
  fm_str title;       /* empty: the page's own */
  fm_str source;      /* default "daily-papers"; whether it exists is for the caller to say */
  fm_str path;        /* starts with '/', or empty ("/papers" for daily-papers) */
  fm_str url;         /* the page, for a source that reads any; empty: not given */
  fm_strs urls;       /* further ones, for source feed and plugins */
  fm_strs command;    /* of source exec; a program with a '/' in it is absolute here */
  int64_t time, memory; /* exec.*: seconds, bytes; FM_ABSENT: not given */
  fm_strs fetch_command; /* fetch.command: as `command`; none: the page is fetched */
  fm_refresh_policy refresh; /* the feed's own values, else those of `refresh:` */
  bool every_given;   /* `every` is the feed's own; otherwise a recipe's interval precedes it */
  fm_filter filter;   /* limit 0: not given */
  /* The keys of `filter` as written; lists are joined with commas. */
  fm_str include, exclude, author, category, org, sort, dedupe;
  int64_t limit, max_age; /* FM_ABSENT: not given, as with the numbers */
  double numbers[6];  /* min and max of upvotes, comments, stars */
  fm_params least, most; /* min_ and max_ of other numbers */
  fm_params own;      /* further keys, for the source; the caller checks whether it knows them */
} fm_settings_feed;

typedef struct fm_settings_server {
  fm_strs listen;          /* host:port, [v6]:port, unix:/path; port 0: any free one */
  fm_strs trusted_proxies; /* as written; parsed: conf.trusted */
  unsigned workers;        /* 0: one for each core */
  fm_str access_log;       /* path; "-": standard error; empty: none */
  fm_str misses;           /* rate.misses as written; parsed: conf.miss_interval_ms */
  fm_serve_conf conf;      /* base_url, trusted, access_key, limits */
} fm_settings_server;

typedef struct fm_settings_log_keys {
  fm_str level, format; /* "info"; "text" or "json" */
  fm_str to;            /* path; "-": standard error */
} fm_settings_log_keys;

typedef struct fm_settings_papers {
  fm_str upstream; /* http(s)://host, no '/' at its end */
  int64_t limit;   /* entries in a feed */
  int64_t keep;    /* seconds */
  bool metrics;
  fm_str via;      /* "page", "api" or "auto" */
} fm_settings_papers;

typedef struct fm_settings_extract {
  int64_t cpu;    /* seconds of CPU time for one extraction */
  int64_t memory; /* bytes that an extraction worker may allocate */
} fm_settings_extract;

typedef struct fm_settings {
  fm_arena arena;
  fm_str file;   /* as given to fm_settings_load; empty: no file, all defaults */
  fm_str folder; /* of the file, absolute */
  const fm_yaml *root; /* the file as a tree, for lines of later problems; may be NULL */

  fm_settings_server server;
  fm_settings_log_keys log;
  fm_fetch_conf fetch;
  fm_settings_extract extract;
  fm_str store; /* sqlite:PATH (absolute if there is a file), redis://HOST:PORT/DB, memory: */
  fm_str store_relative; /* PATH as it is written, if it is relative to the file's folder */
  bool store_required;
  fm_refresh_policy refresh;
  fm_strs sources; /* glob(3) patterns of recipes; none without a file */
  fm_strs plugins; /* shared objects */
  fm_settings_papers papers;
  size_t dynamic; /* feeds.dynamic: upstreams that nobody configured, at most */
  fm_settings_feed *feeds;
  size_t nfeeds;
} fm_settings;

/* Every key with its type, default, range and help; ends with a zero row. */
extern const fm_directive fm_settings_table[];

/* All defaults, as without a file. */
fm_settings *fm_settings_default(void);

/* Loads a file; NULL: fm_settings_default. On failure adds every problem of the file to
 * `problems`, by line, and leaves *settings untouched: FM_E_IO if the file cannot be read,
 * FM_E_CONFIG otherwise. */
int fm_settings_load(const char *path, fm_settings **settings, fm_problems *problems);
/* The same, but after FM_E_CONFIG *settings has what is valid in the file, so that further
 * checks can add their problems; it must not be used for anything else. NULL: nothing is. */
int fm_settings_read(const char *path, fm_settings **settings, fm_problems *problems);
/* Configures the program's log as the settings say. FM_E_IO, with the reason. */
int fm_settings_log(const fm_settings *settings, fm_why *why);
/* Replaces server.listen by one address. FM_E_CONFIG if it is none. */
int fm_settings_listen(fm_settings *settings, const char *address);
void fm_settings_free(fm_settings *settings); /* NULL is fine */

/* Adds a problem that only a caller can see ("feeds[1].source": no such source), with the
 * line of that key, or of the innermost section around it that is in the file. Returns
 * FM_E_CONFIG. */
int fm_settings_error(const fm_settings *settings, fm_problems *problems, const char *key,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds a problem for each of a feed's own keys that is not one of `known`. */
void fm_settings_unknown(const fm_settings *settings, size_t feed, const fm_strs *known,
                         fm_problems *problems);

/* Prints everything in force as YAML that loads to the same settings. access_key is printed
 * in clear under a warning, since a mask would be loaded as the key. */
void fm_settings_print(const fm_settings *settings, FILE *out);

#endif
