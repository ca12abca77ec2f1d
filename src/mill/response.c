/* What response_cache.c, render.c and archive_response.c ask of one cached response. */
#include "mill/response.h"

bool fm_response_same_intervals(const fm_refresh_policy *a, const fm_refresh_policy *b)
{
  return a->every == b->every && a->stale == b->stale;
}

static bool shows_copy(const feed_response *r)
{
  const fm_response_set *set = r->view->set;
  if (!r->reply || r->sealed)
    return r->sealed;
  return r->version == set->spec.copy->version && fm_env_wall(set->spec.env) < r->expires &&
         fm_response_same_intervals(&r->stated, &r->view->refresh);
}

bool fm_response_is_current(const feed_response *r)
{
  return shows_copy(r) && (r->sealed || r->has_codings >= r->wants_codings);
}

bool fm_response_lacks_codings(const feed_response *r)
{
  return r->reply && shows_copy(r) && r->has_codings < r->wants_codings;
}

bool fm_response_is_awaited(const feed_response *r)
{
  FM_LIST_EACH(node, &r->view->set->waiters)
    if (FM_OF(node, feed_waiter, node)->response == r)
      return true;
  return false;
}

void fm_response_publish(feed_response *r)
{
  const fm_mill_env *env = r->view->set->spec.env;
  if (r->view->forgotten || !r->has_codings)
    return;
  if (!r->published && env->publish)
    env->publish(env->publish_ctx, r->base, r->target, r->reply);
  r->published = true;
}
