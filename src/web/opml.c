/* /opml.xml: every feed of the configuration. */
#include "feed/opml.h"

#include "base/clock.h"
#include "base/str.h"
#include "web/offer.h"
#include "web/page.h"
#include "web/web.h"

fm_reply *fm_web_opml(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)query;
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_offers_opml(web->catalog, miss->base, &out);
  return fm_page_reply(&out, "text/x-opml; charset=utf-8");
}
