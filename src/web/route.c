/* Routes a request: a sorted table of fixed paths, anything else is a feed. */
#include "base/str.h"
#include "web/web.h"

static const struct route {
  const char *path;
  fm_web_handler handler;
} routes[] = {
  {"/", fm_web_index},
  {"/healthz", fm_web_healthz},
  {"/metrics", fm_web_metrics},
  {"/opml.xml", fm_web_opml},
  {"/readyz", fm_web_readyz},
  {"/robots.txt", fm_web_robots},
  {"/status", fm_web_status},
  {"/status.atom", fm_web_status},
  {"/status.json", fm_web_status},
  {"/status.rss", fm_web_status},
};

static fm_web_handler find_handler(fm_str path)
{
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
    if (fm_str_is(path, routes[i].path))
      return routes[i].handler;
  return fm_web_feed;
}

bool fm_web_is_unmetered(fm_str target)
{
  fm_str path;
  fm_str_cut(&target, '?', &path);
  return find_handler(path) != fm_web_feed;
}

void fm_web_configure(fm_web *web, fm_catalog *catalog)
{
  fm_catalog *old = web->catalog;
  web->catalog = fm_catalog_ref(catalog);
  fm_catalog_unref(old);
}

void fm_web_miss(void *ctx, fm_miss *miss)
{
  fm_web *web = ctx;
  fm_str rest = miss->target, path, query = {"", 0};
  fm_str_cut(&rest, '?', &path);
  if (path.len < miss->target.len)
    query = fm_str_from(miss->target, path.len + 1);
  fm_reply *reply = find_handler(path)(web, miss, query);
  if (!reply)
    return;
  fm_miss_answer(miss, reply);
  fm_reply_unref(reply);
}

fm_reply *fm_web_error_reply(int error, const fm_why *why)
{
  int status = error == FM_E_NOT_FOUND ? 404 : error == FM_E_FORBIDDEN ? 403 : 400;
  fm_str line = why->text[0] ? fm_str_of(why->text) : fm_str_of(fm_error_text(error));
  return fm_reply_text(status, line, 0, (fm_str){0});
}

int fm_web_authorize(const fm_web *web, fm_str key, fm_why *why)
{
  if (fm_catalog_admits(web->catalog, key))
    return FM_OK;
  return fm_fail(why, FM_E_FORBIDDEN, "an access key is wanted: add ?key=");
}
