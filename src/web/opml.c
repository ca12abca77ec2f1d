/* /opml.xml: every feed of the configuration. */
#include "feed/opml.h"

#include "base/str.h"
#include "base/url.h"
#include "web/feed_list.h"
#include "web/html.h"
#include "web/web.h"

static fm_str key_of(fm_str query, fm_arena *arena)
{
  fm_str name, value, key = {"", 0};
  while (fm_query_next(&query, arena, &name, &value) > 0)
    if (fm_str_is(name, "key"))
      key = value;
  return key;
}

fm_reply *fm_web_opml(fm_web *web, fm_miss *miss, fm_str query)
{
  fm_arena arena = {0};
  fm_why why = {0};
  int rc = fm_web_authorize(web, key_of(query, &arena), &why);
  fm_arena_deinit(&arena);
  if (rc)
    return fm_web_error_reply(rc, &why);
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_feed_list_opml(web->catalog, miss->base, &out);
  return fm_web_reply(&out, "text/x-opml; charset=utf-8");
}
