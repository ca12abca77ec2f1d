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

/* Keeps search engines from copying the feeds. */
fm_reply *fm_web_robots(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)web, (void)miss, (void)query;
  return fm_reply_text(200, FM_STR("User-agent: *\nDisallow: /"), 0, (fm_str){0});
}
