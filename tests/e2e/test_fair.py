"""Fair to the operator: what nobody configured comes last at a host that takes few requests."""

import threading
import time

import origin as o
import pytest
from harness import until

DAYS = [f"2024-{month:02}-{day:02}" for month in (3, 4, 5) for day in range(1, 29)]


def limited(origin, quota, window, body):
    """The host takes `quota` requests in any `window` seconds, says so, and refuses more."""
    lock, times, refused = threading.Lock(), [], []

    def answer(ex):
        with lock:
            now = time.monotonic()
            times[:] = [t for t in times if t > now - window]
            if len(times) < quota:
                times.append(now)
                left = quota - len(times)
            else:
                left = -1
                refused.append(ex.request.path)
        if left < 0:
            o.status(429, retry_after=window)(ex)
            return
        o.page(body, headers={"RateLimit": f'"pages";r={left};t={window}',
                              "RateLimit-Policy": f'"pages";q={quota};w={window}'})(ex)

    origin.set("/papers", answer)
    origin.default = answer
    return refused


@pytest.fixture
def flooded(serve, origin, page):
    """A configured feed that wants half of what its host takes, and many invented addresses."""
    refused = limited(origin, 8, 4, page())
    mill = serve(origin, {"refresh": {"every": "1s", "wait": "2s"},
                          "feeds": [{"name": "mine", "path": "/papers"}]})
    assert mill.get("/feeds/mine.atom").status == 200
    clients = [mill.client() for _ in DAYS]
    for client, day in zip(clients, DAYS):
        client.request(f"/papers/date/{day}.atom")
    until(lambda: mill.metrics()["feedmill_requests_total"] >= len(DAYS), "all requests read")
    yield mill, refused
    for client in clients:
        client.close()


def test_a_flood_of_addresses_leaves_the_configured_feed_its_interval(origin, flooded):
    mill, refused = flooded
    before, others = origin.count("/papers"), origin.count() - origin.count("/papers")
    origin.wait_for_requests("/papers", before + 10, 60)
    mine = origin.count("/papers") - before
    theirs = origin.count() - origin.count("/papers") - others
    assert 0 < theirs <= mine
    assert refused == []
    assert mill.get("/feeds/mine.atom").status == 200
