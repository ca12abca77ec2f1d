/* The configuration file: what is refused, and how it is said. */
#include "cmd/settings_kit.h"

#define BASE_FORM "is not an absolute http or https address"
#define LISTEN_FORM "is not host:port, [v6]:port or unix:/path"
#define CIDR_FORM "is no address or network; write such as 10.0.0.0/8, ::1 or unix"
#define STORE_FORM "is no store; write sqlite:PATH, redis://HOST:PORT/DB or memory:"
#define NAME_FORM "is not a name: a-z, 0-9, then also . _ - are allowed"
#define TIME_FORM "is not a time; write a number with s, m, h or d, such as 30m"

static void bad_files_are_refused_with_reasons(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"sever: {}", "f:1: sever: unknown key \"sever\"; did you mean \"server\"?"},
    {"refresh: {evry: 5m}", "f:1: refresh.evry: unknown key \"evry\"; did you mean \"every\"?"},
    {"every: 5m", "f:1: every: unknown key \"every\"; it belongs inside \"refresh\""},
    {"server.listen: []", "f:1: server.listen: unknown key \"server.listen\"; write \"listen\""
                          " inside \"server\""},
    {"feed: []", "f:1: feed: unknown key \"feed\"; did you mean \"feeds\"?"},
    {"something-else: 1",
     "f:1: something-else: unknown key \"something-else\"; known here: server, log, fetch, extract, store,"
     " store.required, refresh, sources, plugins, papers, feeds.dynamic, feeds"},
    {"server: 5", "f:1: server: a section with keys is wanted here, not a single value"},
    {"server: {listen: \"127.0.0.1:80\"}",
     "f:1: server.listen: a list is wanted here, not a single value"},
    {"server: {listen: []}", "f:1: server.listen: must not be empty"},
    {"server: {listen: [\"8080\"]}", "f:1: server.listen[0]: \"8080\" " LISTEN_FORM},
    {"server: {listen: [\":8080\"]}", "f:1: server.listen[0]: \":8080\" " LISTEN_FORM},
    {"server: {listen: [\"a:\"]}", "f:1: server.listen[0]: \"a:\" " LISTEN_FORM},
    {"server: {listen: [\"a:70000\"]}", "f:1: server.listen[0]: \"a:70000\" " LISTEN_FORM},
    {"server: {listen: [\"::1:80\"]}", "f:1: server.listen[0]: \"::1:80\" " LISTEN_FORM},
    {"server: {listen: [\"[::1]\"]}", "f:1: server.listen[0]: \"[::1]\" " LISTEN_FORM},
    {"server: {listen: [\"[::x]:1\"]}", "f:1: server.listen[0]: \"[::x]:1\" " LISTEN_FORM},
    {"server: {listen: [\"a b:1\"]}", "f:1: server.listen[0]: \"a b:1\" " LISTEN_FORM},
    {"server: {listen: [\"unix:x\"]}",
     "f:1: server.listen[0]: a Unix socket is unix:/path, with an absolute path"},
    {"server: {listen: [\"unix:\"]}",
     "f:1: server.listen[0]: a Unix socket is unix:/path, with an absolute path"},
    {"server: {base_url: example.org}", "f:1: server.base_url: \"example.org\" " BASE_FORM},
    {"server: {base_url: \"ftp://example.org\"}",
     "f:1: server.base_url: \"ftp://example.org\" " BASE_FORM},
    {"server: {base_url: \"http://u:p@example.org\"}",
     "f:1: server.base_url: \"http://...@example.org\" holds a user name or password, which are not sent; a recipe can "
     "send them, by headers: {Authorization: ...}"},
    {"server: {base_url: \"http://example.org/?a\"}",
     "f:1: server.base_url: \"http://example.org/?a\" holds a query or a fragment; only a host and"
     " a path may be here"},
    {"server: {trusted_proxies: [\"10.0.0.0/33\"]}",
     "f:1: server.trusted_proxies[0]: \"10.0.0.0/33\" " CIDR_FORM},
    {"server: {rate: {misses: 60}}", "f:1: server.rate.misses: \"60\" is no rate; write such as 60/m"},
    {"server: {rate: {misses: 1/d}}", "f:1: server.rate.misses: \"1/d\" is no rate; write such as 60/m"},
    {"server: {trusted_proxies: [localhost]}",
     "f:1: server.trusted_proxies[0]: \"localhost\" " CIDR_FORM},
    {"server: {workers: 257}", "f:1: server.workers: 257 is out of range; 0 to 256 is allowed"},
    {"server: {workers: -1}", "f:1: server.workers: -1 is out of range; 0 to 256 is allowed"},
    {"server: {workers: all}", "f:1: server.workers: \"all\" is not a whole number"},
    {"server: {max_connections: 15}",
     "f:1: server.max_connections: 15 is out of range; 16 to 1000000 is allowed"},
    {"server: {access_log: ~}", "f:1: server.access_log: no value is given"},
    {"server: {access_key: \"a\\nb\"}",
     "f:1: server.access_key: holds a line break or another control character"},
    {"fetch: {timeout: 30}",
     "f:1: fetch.timeout: \"30\" has no unit; write s, m, h or d after the number"},
    {"fetch: {timeout: 0s}", "f:1: fetch.timeout: 0s is out of range; 1s to 10m is allowed"},
    {"fetch: {timeout: 11m}", "f:1: fetch.timeout: 11m is out of range; 1s to 10m is allowed"},
    {"fetch: {timeout: 500ms}", "f:1: fetch.timeout: \"500ms\" " TIME_FORM},
    {"fetch: {max_body: 63K}", "f:1: fetch.max_body: 63K is out of range; 64K to 1G is allowed"},
    {"fetch: {max_body: 2G}", "f:1: fetch.max_body: 2G is out of range; 64K to 1G is allowed"},
    {"fetch: {max_body: 16MB}", "f:1: fetch.max_body: \"16MB\" is not a size; write bytes, or a"
                                " number with K, M or G, such as 16M"},
    {"fetch: {per_host: 0}", "f:1: fetch.per_host: 0 is out of range; 1 to 64 is allowed"},
    {"fetch: {per_host: 65}", "f:1: fetch.per_host: 65 is out of range; 1 to 64 is allowed"},
    {"fetch: {allow_private: maybe}",
     "f:1: fetch.allow_private: \"maybe\" is neither on nor off"},
    {"fetch: {robots: 1}", "f:1: fetch.robots: \"1\" is neither on nor off"},
    {"fetch: {ca_file: [a]}", "f:1: fetch.ca_file: a text is wanted here, not a list (a text with"
                              " [, { or : in it wants quotes)"},
    {"fetch: {proxy: \"user:secret@host\"}", "f:1: fetch.proxy: is not http://host:port"},
    {"fetch: {proxy: \"http://host/path\"}", "f:1: fetch.proxy: is not http://host:port"},
    {"store: feedmill.db", "f:1: store: \"feedmill.db\" " STORE_FORM},
    {"store: \"sqlite:\"", "f:1: store: \"sqlite:\" " STORE_FORM},
    {"store: \"memory:x\"", "f:1: store: \"memory:x\" " STORE_FORM},
    {"store: \"redis:x\"", "f:1: store: \"redis:x\" " STORE_FORM},
    {"store: \"redis://\"", "f:1: store: \"redis://\" " STORE_FORM},
    {"store: \"redis://h/x\"", "f:1: store: \"redis://h/x\" " STORE_FORM},
    {"store: \"redis://u:secret@/0\"", "f:1: store: " STORE_FORM},
    {"store: \"redis+unix://run/redis.sock\"",
     "f:1: store: \"redis+unix://run/redis.sock\" " STORE_FORM},
    {"store: \"\"", "f:1: store: must not be empty"},
    {"refresh: {every: 0}", "f:1: refresh.every: 0 is out of range; 1s to 30d is allowed"},
    {"refresh: {every: 31d}", "f:1: refresh.every: 31d is out of range; 1s to 30d is allowed"},
    {"refresh: {every: soon}", "f:1: refresh.every: \"soon\" " TIME_FORM},
    {"refresh: {wait: 6m}", "f:1: refresh.wait: 6m is out of range; 0 to 5m is allowed"},
    {"refresh: {stale: -1d}", "f:1: refresh.stale: \"-1d\" " TIME_FORM},
    {"refresh: {idle: 99999999999999999999d}",
     "f:1: refresh.idle: 99999999999999999999d is out of range; 0 to 3650d is allowed"},
    {"sources: a.yaml", "f:1: sources: a list is wanted here, not a single value"},
    {"plugins: [\"\"]", "f:1: plugins[0]: must not be empty"},
    {"papers: {upstream: \"\"}", "f:1: papers.upstream: must not be empty"},
    {"papers: {limit: 1001}", "f:1: papers.limit: 1001 is out of range; 1 to 1000 is allowed"},
    {"papers: {keep: 23h}", "f:1: papers.keep: 23h is out of range; 1d to 36500d is allowed"},
    {"papers: {via: both}", "f:1: papers.via: \"both\" is not page, api or auto"},
    {"papers: {metrics: some}", "f:1: papers.metrics: \"some\" is neither on nor off"},
    {"feeds.dynamic: 0", "f:1: feeds.dynamic: 0 is out of range; 1 to 1000000 is allowed"},
    {"feeds.dynamic: 5\nfeeds: {dynamic: 6}",
     "f:1: feeds.dynamic: given twice: here, and as \"dynamic\" inside \"feeds\""},
    {"feeds: {lst: []}", "f:1: feeds.lst: unknown key \"lst\"; did you mean \"list\"?"},
    {"feeds: news", "f:1: feeds: a list is wanted here, not a single value"},
    {"feeds: [news]", "f:1: feeds[0]: a section with keys is wanted here, not a single value"},
    {"feeds: [{path: /papers}]", "f:1: feeds[0].name: must be given"},
    {"feeds: [{name: \"\"}]", "f:1: feeds[0].name: must not be empty"},
    {"feeds: [{name: A}]", "f:1: feeds[0].name: \"A\" " NAME_FORM},
    {"feeds: [{name: -a}]", "f:1: feeds[0].name: \"-a\" " NAME_FORM},
    {"feeds: [{name: a/b}]", "f:1: feeds[0].name: \"a/b\" " NAME_FORM},
    {"feeds:\n  - name: a\n  - name: b\n  - name: a",
     "f:4: feeds[2].name: another feed, on line 2, is called \"a\" too"},
    {"feeds: [{name: a, source: Daily}]", "f:1: feeds[0].source: \"Daily\" " NAME_FORM},
    {"feeds: [{name: a, path: papers}]", "f:1: feeds[0].path: \"papers\" does not start with /;"
                                         " write the page's address without its host"},
    {"feeds:\n  - name: a\n    evry: 5m", "f:3: feeds[0].evry: unknown key \"evry\"; did you mean"
                                         " \"every\"?"},
    {"feeds: [{name: a}, {name: b, every: 0s}]",
     "f:1: feeds[1].every: 0s is out of range; 1s to 30d is allowed"},
    {"feeds: [{name: a, min_upvote: 5}]", "f:1: feeds[0].min_upvote: unknown key \"min_upvote\";"
                                          " did you mean \"min_upvotes\"?"},
    {"feeds: [{name: a, max_likes: 5}]",
     "f:1: feeds[0].max_likes: unknown key \"max_likes\"; Daily Papers gives upvotes, comments and"
     " stars"},
    {"feeds: [{name: a, source: feed, min_points: lots}]",
     "f:1: feeds[0].min_points: \"lots\" is not a plain number, such as 50 or 0.5"},
    {"feeds: [{name: a, source: feed, min_points: [5]}]",
     "f:1: feeds[0].min_points: a single value is wanted here, not a list"},
    {"feeds: [{name: a, source: feed, min_points_: 5}]",
     "f:1: feeds[0].min_points_: the name of a number is at most 32 of a-z and _"},
    {"feeds: [{name: a, max_age: 5}]",
     "f:1: feeds[0].max_age: \"5\" has no unit; write s, m, h or d after the number"},
    {"feeds: [{name: a, sort: Title}]",
     "f:1: feeds[0].sort: not published, updated, title, page or the name of a number"},
    {"feeds: [{name: a, dedupe: \"on\"}]", "f:1: feeds[0].dedupe: only \"title\" is known"},
    {"feeds: [{name: a, min_upvotes: lots}]",
     "f:1: feeds[0].min_upvotes: \"lots\" is not a plain number, such as 50 or 0.5"},
    {"feeds: [{name: a, min_upvotes: -5}]",
     "f:1: feeds[0].min_upvotes: -5 is out of range; 0 to 1000000000 is allowed"},
    {"feeds: [{name: a, min_upvotes: 50, max_upvotes: 5}]",
     "f:1: feeds[0].max_upvotes: is below its minimum: no entry could pass"},
    {"feeds: [{name: a, source: auto, url: \"https://h/\", min_points: 2, max_points: 1}]",
     "f:1: feeds[0].max_points: is below its minimum: no entry could pass"},
    {"feeds: [{name: a, sort: votes}]",
     "f:1: feeds[0].sort: is none of published, updated, title, page, upvotes, comments, stars"},
    {"feeds: [{name: a, limit: 0}]",
     "f:1: feeds[0].limit: 0 is out of range; 1 to 1000 is allowed"},
    {"feeds: [{name: a, include: \" , \"}]", "f:1: feeds[0].include: no word given"},
    {"feeds: [{name: a, include: {b: c}}]", "f:1: feeds[0].include: a text or a list of texts is"
                                            " wanted here, not a section with keys"},
    {"feeds: [{name: a, org: [b, [c]]}]", "f:1: feeds[0].org[1]: a text is wanted here, not a list"
                                          " (a text with [, { or : in it wants quotes)"},
    {"a: 1\na: 2", "f:1: a: unknown key \"a\"; known here: server, log, fetch, extract, store,"
                   " store.required, refresh, sources, plugins, papers, feeds.dynamic, feeds\n"
                   "f:2: a: given twice, first on line 1"},
    {"- server", "f:1: a section with keys is wanted here, not a list"},
    {"server:\n\tworkers: 2", "f:2: a tab cannot indent; use spaces"},
    {"store: \"memory:\nrefresh: {}",
     "f:2: found unexpected end of stream, column 12 (while scanning a quoted scalar that starts on"
     " line 1)"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    loaded l = load(rows[i][0]);
    char want[1000];
    snprintf(want, sizeof want, "%s\n", rows[i][1]);
    assert_string_equal(l.said, want);
    assert_int_equal(l.error, FM_E_CONFIG);
    assert_null(l.s);
    done(&l);
  }
}

static void all_problems_come_at_once_by_line(void **state)
{
  (void)state;
  loaded l = load("server:\n"
                  "  workers: many\n"
                  "feeds:\n"
                  "  - name: a\n"
                  "    include: \",\"\n"
                  "  - name: a\n"
                  "    every: 5\n"
                  "store: x\n"
                  "store: \"memory:\"\n"
                  "refresh: {wait: 1w}\n");
  assert_string_equal(l.said,
                      "f:2: server.workers: \"many\" is not a whole number\n"
                      "f:5: feeds[0].include: no word given\n"
                      "f:6: feeds[1].name: another feed, on line 4, is called \"a\" too\n"
                      "f:7: feeds[1].every: \"5\" has no unit; write s, m, h or d after the"
                      " number\n"
                      "f:8: store: \"x\" " STORE_FORM "\n"
                      "f:9: store: given twice, first on line 8\n"
                      "f:10: refresh.wait: \"1w\" " TIME_FORM "\n");
  done(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bad_files_are_refused_with_reasons),
    cmocka_unit_test(all_problems_come_at_once_by_line),
  };
  return cmocka_run_group_tests(tests, enter, leave);
}
