/* Upstreams: each remote listing with its copy, its schedule and its readers' responses.
 *
 * An upstream decides who gets what (fm_upstream_settle's table) and when it is refreshed; the
 * refresh itself is refresh.h, replies are response_cache.h. All on the loop. */
#ifndef FM_MILL_UPSTREAM_H
#define FM_MILL_UPSTREAM_H

#include "mill/env.h"
#include "mill/outage_log.h"

typedef struct fm_upstreams fm_upstreams; /* all of them, by key */
typedef struct fm_upstream fm_upstream;

fm_upstreams *fm_upstreams_new(fm_mill_env *env, fm_outage_log *outages, size_t dynamic);
/* env->closing is set: cancels what is under way, answers who waits with 503 and writes when
 * each upstream was read last. They are freed as their operations end. */
void fm_upstreams_close(fm_upstreams *all);
void fm_upstreams_free(fm_upstreams *all); /* when all upstreams are */
size_t fm_upstreams_count(const fm_upstreams *all);
size_t fm_upstreams_views(const fm_upstreams *all);
void fm_upstreams_each(fm_upstreams *all, void (*each)(void *ctx, fm_upstream *upstream), void *ctx);
/* After a reload: fm_mill_reconfigure. */
void fm_upstreams_reconfigure(fm_upstreams *all, size_t dynamic);

/* NULL: there is none of this key. */
fm_upstream *fm_upstream_find(const fm_upstreams *all, fm_str key);
/* The upstream of a request, loaded from the store if it is new. A request that was resolved
 * after a reload may bring another plan or other options. */
fm_upstream *fm_upstream_of(fm_upstreams *all, const fm_feed_request *request);

void fm_upstream_request(fm_upstream *upstream, const fm_feed_request *request, fm_mill_cb cb,
                         void *ctx);
void fm_upstream_resume(fm_upstream *upstream); /* fm_mill_resume */
/* Another instance changed what the store has of it. */
void fm_upstream_announced(fm_upstream *upstream);
/* The store forgot entries: takes them out of the copy. */
void fm_upstream_reread(fm_upstream *upstream);
void fm_upstream_get_info(const fm_upstream *upstream, fm_upstream_info *info);

#endif
