/* /healthz: the milling loop runs. /readyz: readers can be served. */
#include "base/str.h"
#include "web/web.h"

#include <stdio.h>

fm_reply *fm_web_healthz(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)web, (void)miss, (void)query;
  return fm_reply_text(200, FM_STR("ok"), 0, (fm_str){0});
}

const char *fm_web_store_problem(const fm_web *web)
{
  if (!web->store)
    return NULL;
  if (web->store_replaced)
    return "the store could not be opened: entries are kept in memory until the next start";
  fm_store_health health = fm_store_get_health(web->store);
  if (!health.opened)
    return "waiting for the store";
  if (strcmp(health.status, "down") == 0)
    return "the store is down: feeds are served from memory";
  if (strcmp(health.status, "unwritable") == 0)
    return "the store cannot be written: new entries are kept in memory";
  return strcmp(health.status, "unreadable") == 0 ? "the store cannot be read" : NULL;
}

/* A store that fails later does not make the program unready: it serves from memory, and all
 * instances that share a Redis would be unready at once. */
fm_reply *fm_web_readyz(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)miss, (void)query;
  char line[160];
  const char *problem = fm_web_store_problem(web);
  snprintf(line, sizeof line, "%s%s%s", web->ready ? "ready" : "not ready", problem ? "; " : "",
           problem ? problem : "");
  return fm_reply_text(web->ready ? 200 : 503, fm_str_of(line), !web->ready, (fm_str){0});
}

/* Keeps search engines off the documents, whose every address costs a fetch, but not feed readers
 * that obey RFC 9309 off the feeds: of rules that match, the longest counts. */
fm_reply *fm_web_robots(fm_web *web, fm_miss *miss, fm_str query)
{
  static const char rules[] =
    "User-agent: *\nAllow: /*.atom\nAllow: /*.rss\nAllow: /*.json\nDisallow: /";
  (void)web, (void)miss, (void)query;
  return fm_reply_text(200, (fm_str){rules, sizeof rules - 1}, 0, (fm_str){0});
}
