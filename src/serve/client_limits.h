/* What one client may take: connections, and requests that the table cannot answer.
 *
 * Shared by all serving threads without a lock. A client is an IPv4 address or an IPv6 /64. Its
 * counts are in two rows of slots, each with a hash of its own, and the lesser counts: another
 * client is mistaken for a greedy one only if it shares both slots with greedy ones. Memory is
 * the same however many clients there are. */
#ifndef FM_SERVE_CLIENT_LIMITS_H
#define FM_SERVE_CLIENT_LIMITS_H

#include "serve/address.h"

typedef struct fm_client_limits fm_client_limits;

fm_client_limits *fm_client_limits_new(uint64_t seed);
void fm_client_limits_free(fm_client_limits *limits);

/* Counts one more connection of the peer, unless it has `most` already: false. */
bool fm_client_limits_connect(fm_client_limits *limits, const fm_peer *peer, unsigned most);
void fm_client_limits_disconnect(fm_client_limits *limits, const fm_peer *peer);

/* Takes one request out of the peer's allowance, which grows by one each `interval_ms` up to
 * `burst`. Returns 0, or in how many seconds (1 or more) the next one may come: then nothing is
 * taken. `now`: fm_clock_mono_ms. */
int64_t fm_client_limits_take(fm_client_limits *limits, const fm_peer *peer, int64_t interval_ms, unsigned burst,
                       int64_t now);

#endif
