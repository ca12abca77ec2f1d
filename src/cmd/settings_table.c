/* Every key of the configuration. conf/feedmill.yaml says the same to people,
 * and a test holds the two together. */
#include "cmd/settings.h"
#include "cmd/settings_check.h"

#define SECOND 1
#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

enum {
  LISTEN_MAX = 64,
  PROXIES_MAX = 256,
  PATHS_MAX = 1000,
  FEEDS_MAX = 10000,
  NAME_LEN_MAX = 100, /* bytes */
  WORDS_MAX = 64, /* of a command */
  OWN_MAX = 500   /* bytes of a recipe's placeholder */
};

#define S(member) FM_AT(fm_settings, member)
#define F(member) FM_AT(fm_settings_feed, member)

#define REFRESH_EVERY .type = FM_T_DURATION, .min = SECOND, .max = 30 * DAY
#define REFRESH_WAIT .type = FM_T_DURATION, .min = 0, .max = 5 * MINUTE
#define REFRESH_OLD .type = FM_T_DURATION, .min = 0, .max = 3650 * DAY

static const fm_directive rate_rows[] = {
  {"misses", FM_T_STRING, S(server.misses), .preset = "60/m", .check = fm_check_rate,
   .help = "requests for feeds that are not at hand, as N/s, N/m or N/h; 0/m: no limit"},
  {"burst", FM_T_INTEGER, S(server.conf.miss_burst), .preset = "30", .min = 1, .max = 1000000,
   .help = "so many of them at once"},
  {0},
};

static const fm_directive server_rows[] = {
  {"listen", FM_T_STRINGS, S(server.listen), .preset = "[\"127.0.0.1:8080\"]", .min = 1,
   .max = LISTEN_MAX, .check = fm_check_listen, .help = "where readers connect"},
  {"base_url", FM_T_URL, S(server.conf.base_url), .preset = "", .check = fm_check_base,
   .help = "public address of this proxy; empty: from the request"},
  {"trusted_proxies", FM_T_STRINGS, S(server.trusted_proxies),
   .preset = "[\"unix\"]", .max = PROXIES_MAX, .check = fm_check_cidr,
   .help = "whose X-Forwarded headers and Forwarded are believed"},
  {"workers", FM_T_INTEGER, S(server.workers), .preset = "0", .max = 256,
   .help = "serving threads; 0: one for each core"},
  {"max_connections", FM_T_INTEGER, S(server.conf.max_connections), .preset = "10000", .min = 16,
   .max = 1000000, .help = "readers connected at a time"},
  {"per_address", FM_T_INTEGER, S(server.conf.per_address), .preset = "64", .max = 1000000,
   .help = "connections of one client; 0: no limit"},
  {"rate", FM_T_SECTION, .rows = rate_rows, .help = "what one client may ask for that is not at hand"},
  {"access_log", FM_T_STRING, S(server.access_log), .preset = "",
   .help = "a path, - for standard error, empty for none"},
  {"access_key", FM_T_STRING, FM_D_SECRET, S(server.conf.access_key), .preset = "", .max = 256,
   .help = "when set, every feed wants ?key="},
  {0},
};

static const fm_directive fetch_rows[] = {
  {"timeout", FM_T_DURATION, FM_D_MILLI, S(fetch.timeout_ms), .preset = "30s", .min = SECOND,
   .max = 10 * MINUTE, .help = "for one page, from start to last byte"},
  {"max_body", FM_T_SIZE, S(fetch.max_body), .preset = "16M", .min = 64 * KIB, .max = GIB,
   .help = "of one page, after decompression"},
  {"per_host", FM_T_INTEGER, S(fetch.per_host), .preset = "2", .min = 1, .max = 64,
   .help = "requests at a time to one host"},
  {"allow_private", FM_T_BOOL, S(fetch.allow_private), .preset = "false",
   .help = "may a page be on a loopback, private or link-local address"},
  {"robots", FM_T_BOOL, S(fetch.robots), .preset = "true", .help = "obey robots.txt"},
  {"ca_file", FM_T_PATH, S(fetch.ca_file), .preset = "",
   .help = "own CA for https pages; empty: the system's"},
  {"proxy", FM_T_STRING, FM_D_SECRET, S(fetch.proxy), .preset = "", .check = fm_check_proxy,
   .help = "an http proxy for fetching; empty: none"},
  {"user_agent", FM_T_STRING, S(fetch.user_agent), .preset = "", .max = 256,
   .help = "how fetches name themselves; empty: feedmill's own"},
  {0},
};

static const fm_directive refresh_rows[] = {
  {"every", REFRESH_EVERY, S(refresh.every), .preset = "30m", .help = "between two fetches"},
  {"wait", REFRESH_WAIT, S(refresh.wait), .preset = "5s",
   .help = "how long a reader waits for a refresh before it gets the copy at hand"},
  {"stale", REFRESH_OLD, S(refresh.stale), .preset = "7d",
   .help = "how long an old copy is served while the page fails"},
  {"idle", REFRESH_OLD, S(refresh.idle), .preset = "3d",
   .help = "unread for so long: no longer refreshed ahead of requests"},
  {0},
};

static const fm_directive papers_rows[] = {
  {"upstream", FM_T_URL, S(papers.upstream), .preset = "https://huggingface.co", .min = 1,
   .check = fm_check_base, .help = "the host of the Daily Papers pages"},
  {"limit", FM_T_INTEGER, S(papers.limit), .preset = "100", .min = 1, .max = FM_FILTER_LIMIT_MAX,
   .help = "entries in a feed"},
  {"keep", FM_T_DURATION, S(papers.keep), .preset = "90d", .min = DAY, .max = 36500 * (int64_t)DAY,
   .help = "how long an entry is remembered after it left the page"},
  {"metrics", FM_T_BOOL, S(papers.metrics), .preset = "on",
   .help = "votes and comments in the text"},
  {"via", FM_T_STRING, S(papers.via), .preset = "page", .check = fm_check_via,
   .help = "page, api (/api/daily_papers), or auto: whichever can be had"},
  {0},
};

#define WORDS(word, text) \
  {#word, FM_T_WORDS, F(word), .max = FM_FILTER_WORDS_MAX, .help = text}
#define NUMBER(key, at, text) \
  {key, FM_T_NUMBER, F(numbers[at]), .max = 1000000000, .help = text}

static const fm_directive feed_fetch_rows[] = {
  {"command", FM_T_STRINGS, FM_D_ARGUMENTS, F(fetch_command), .max = WORDS_MAX,
   .help = "a program and its arguments that print the page, in place of a fetch"},
  {0},
};

static const fm_directive feed_exec_rows[] = {
  {"time", FM_T_DURATION, F(time), .min = SECOND, .max = 10 * MINUTE,
   .help = "how long the source's command may run"},
  {"memory", FM_T_SIZE, F(memory), .min = 16 * MIB, .max = 1024 * GIB,
   .help = "address space that each of its processes may have"},
  {0},
};

static const fm_directive feed_rows[] = {
  {NULL, FM_T_LINE, F(line)},
  {"name", FM_T_STRING, FM_D_REQUIRED, F(name), .min = 1, .max = NAME_LEN_MAX,
   .check = fm_check_name, .help = "its address is /feeds/NAME.atom"},
  {"title", FM_T_STRING, F(title), .max = 500, .help = "instead of the page's own"},
  {"source", FM_T_STRING, F(source), .preset = "daily-papers", .min = 1, .max = NAME_LEN_MAX,
   .check = fm_check_name, .help = "what reads the page: see feedmill sources"},
  {"path", FM_T_STRING, F(path), .check = fm_check_path,
   .help = "the page's address without its host, with its query"},
  {"url", FM_T_URL, F(url), .help = "the page's whole address, for a source of any page"},
  {"urls", FM_T_STRINGS, FM_D_URLS, F(urls), .max = 32,
   .help = "of source feed: further feeds whose entries go into this one"},
  {"command", FM_T_STRINGS, FM_D_ARGUMENTS, F(command), .max = WORDS_MAX,
   .help = "of source exec: a program and its arguments"},
  {"exec", FM_T_SECTION, .rows = feed_exec_rows, .help = "limits of that command"},
  {"fetch", FM_T_SECTION, .rows = feed_fetch_rows, .help = "how this page is had"},
  {"every", REFRESH_EVERY, F(refresh.every), .help = "as in refresh, for this feed"},
  {"wait", REFRESH_WAIT, F(refresh.wait), .help = "as in refresh, for this feed"},
  {"stale", REFRESH_OLD, F(refresh.stale), .help = "as in refresh, for this feed"},
  {"idle", REFRESH_OLD, F(refresh.idle), .help = "as in refresh, for this feed"},
  {"limit", FM_T_INTEGER, F(limit), .min = 1, .max = FM_FILTER_LIMIT_MAX,
   .help = "entries in the feed"},
  WORDS(include, "only entries with one of these words"),
  WORDS(exclude, "no entries with one of these words"),
  WORDS(author, "only entries by one of these"),
  WORDS(category, "only entries of one of these categories"),
  WORDS(org, "only entries of one of these organisations"),
  NUMBER("min_upvotes", 0, "only entries with so many votes or more"),
  NUMBER("max_upvotes", 1, "only entries with so many votes or fewer"),
  NUMBER("min_comments", 2, "only entries with so many comments or more"),
  NUMBER("max_comments", 3, "only entries with so many comments or fewer"),
  NUMBER("min_stars", 4, "only entries whose code has so many stars or more"),
  NUMBER("max_stars", 5, "only entries whose code has so many stars or fewer"),
  {"min_*", FM_T_FAMILY, F(least), .max = 1000000000000,
   .help = "only entries with so much or more of a number that the source gives"},
  {"max_*", FM_T_FAMILY, F(most), .max = 1000000000000,
   .help = "only entries with so much or less of it"},
  {"max_age", FM_T_DURATION, F(max_age), .min = SECOND, .max = 3650 * (int64_t)DAY,
   .help = "only entries published since then"},
  {"sort", FM_T_STRING, F(sort), .max = FM_FILTER_NUMBER_MAX,
   .help = "published, updated, title, page or a number's name, highest first"},
  {"dedupe", FM_T_STRING, F(dedupe), .max = FM_FILTER_NUMBER_MAX,
   .help = "title: of entries with one title only the first published"},
  {"*", FM_T_OTHERS, F(own), .max = OWN_MAX,
   .help = "what the source's recipe calls {...} in its url"},
  {0},
};

#define FEEDS \
  .type = FM_T_SECTIONS, .offset = offsetof(fm_settings, feeds), \
  .width = sizeof(fm_settings_feed), .count_offset = offsetof(fm_settings, nfeeds), \
  .rows = feed_rows, .max = FEEDS_MAX, .help = "feeds of your own"
#define DYNAMIC \
  .type = FM_T_INTEGER, S(dynamic), .min = 1, .max = 1000000, \
  .help = "pages that nobody configured, kept at a time"

static const fm_directive feeds_rows[] = {
  {"dynamic", DYNAMIC},
  {"list", FEEDS},
  {0},
};

static const fm_directive extract_rows[] = {
  {"cpu", FM_T_DURATION, S(extract.cpu), .preset = "5s", .min = SECOND, .max = 10 * MINUTE,
   .help = "CPU time that extracting one page may take"},
  {"memory", FM_T_SIZE, S(extract.memory), .preset = "256M", .min = 32 * MIB, .max = 64 * GIB,
   .help = "memory that it may take"},
  {0},
};

static const fm_directive log_rows[] = {
  {"level", FM_T_STRING, S(log.level), .preset = "info", .check = fm_check_log_level,
   .help = "error, warn, info or debug"},
  {"format", FM_T_STRING, S(log.format), .preset = "text", .check = fm_check_log_format,
   .help = "text (logfmt) or json"},
  {"to", FM_T_STRING, S(log.to), .preset = "-", .min = 1,
   .help = "a file, or - for standard error"},
  {0},
};

const fm_directive fm_settings_table[] = {
  {"server", FM_T_SECTION, .rows = server_rows, .help = "towards readers"},
  {"log", FM_T_SECTION, .rows = log_rows, .help = "what is logged, how and where"},
  {"fetch", FM_T_SECTION, .rows = fetch_rows, .help = "towards pages"},
  {"extract", FM_T_SECTION, .rows = extract_rows, .help = "limits of extracting one page"},
  {"store", FM_T_STRING, S(store), .preset = "sqlite:feedmill.db", .min = 1,
   .check = fm_check_store, .help = "where entries are remembered"},
  {"store.required", FM_T_BOOL, S(store_required), .preset = "yes",
   .help = "whether a store that cannot be opened stops the start"},
  {"refresh", FM_T_SECTION, .rows = refresh_rows, .help = "when pages are fetched again"},
  {"sources", FM_T_PATHS, FM_D_PATTERN, S(sources), .preset = "[\"sources/*.yaml\"]",
   .max = PATHS_MAX, .help = "recipes, as patterns of file names"},
  {"plugins", FM_T_PATHS, S(plugins), .preset = "[]", .max = PATHS_MAX,
   .help = "shared objects with further sources"},
  {"papers", FM_T_SECTION, .rows = papers_rows, .help = "the source daily-papers"},
  {"feeds.dynamic", DYNAMIC, .preset = "1000"},
  {"feeds", FEEDS, .preset = "[]"},
  {"feeds", FM_T_SECTION, FM_D_ALTERNATIVE, .rows = feeds_rows},
  {0},
};
