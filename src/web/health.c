/* /healthz: the milling loop runs. /readyz: readers can be served. */
#include "base/str.h"
#include "web/web.h"

fm_reply *fm_web_healthz(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)web, (void)miss, (void)query;
  return fm_reply_text(200, FM_STR("ok"), 0, (fm_str){0});
}

fm_reply *fm_web_readyz(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)miss, (void)query;
  return web->ready ? fm_reply_text(200, FM_STR("ready"), 0, (fm_str){0})
                    : fm_reply_text(503, FM_STR("not ready"), 1, (fm_str){0});
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
