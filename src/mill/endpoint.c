/* Endpoint selection: which endpoint a fetch begins with, and when endpoint 0 is probed
 * again after it failed. */
#include "mill/endpoint.h"

#include "mill/schedule.h"

static bool backs_off(const fm_failover *failover, size_t endpoint, int64_t now_ms)
{
  return endpoint == 0 && failover->retry_at > now_ms;
}

size_t fm_failover_first(const fm_failover *failover, const fm_endpoint *endpoints, size_t count,
                         int64_t now_ms, fm_room_fn room, void *ctx)
{
  size_t first = backs_off(failover, 0, now_ms) && failover->endpoint < count ? failover->endpoint
                                                                              : 0;
  if (count == 1 || room(ctx, endpoints[first].permit) == 0)
    return first;
  for (size_t i = 0; i < count; i++)
    if (!backs_off(failover, i, now_ms) && room(ctx, endpoints[i].permit) == 0)
      return i;
  return first;
}

void fm_failover_served(fm_failover *failover, size_t endpoint, bool preferred_failed,
                        int64_t interval, int64_t now_ms)
{
  failover->endpoint = endpoint;
  if (endpoint == 0) {
    failover->failures = 0;
    failover->retry_at = 0;
  } else if (preferred_failed) {
    failover->retry_at = now_ms + fm_schedule_back_off(interval, ++failover->failures);
  }
}
