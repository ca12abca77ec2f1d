"""Everything at once: readers of all manners, pages that fail and come back, reloads.

What each answer must be, other files test. Here it is that there is one, that what
is answered fits together, and that nothing breaks while all of it happens."""

import random
import socket
import threading

import feeds
import harness
import origin as o
import pytest
from harness import Closed, request

pytestmark = pytest.mark.threads

READERS, CONNECTIONS = 6, 40
PAGES = ["/papers", "/papers/date/2026-08-04", "/papers/date/2026-08-08", "/papers/week/2026-W32",
         "/papers/trending", "/papers/archive/2026-08", "/feeds/one", "/feeds/two", "/feeds/three", "/status"]
OTHERS = ["/", "/opml.xml", "/metrics", "/healthz", "/nothing", "/papers.atom?colour=blue"]
EXPECTED = {200, 304, 400, 403, 404, 502, 503, 504}
RESET = b"\x01\0\0\0\0\0\0\0"  # SO_LINGER: on, no time


def target_of(rng):
    if rng.random() < 0.15:
        return rng.choice(OTHERS)
    query = [f"limit={rng.randrange(1, 60)}"] * (rng.random() < 0.5) + ["key=k"] * (rng.random() < 0.5)
    return rng.choice(PAGES) + rng.choice(["", ".atom", ".atom", ".rss", ".json"]) + "?" * bool(query) + "&".join(query)


def headers_of(rng):
    fields = {"Host": f"h{rng.randrange(12)}.example"}
    if rng.random() < 0.5:
        fields["Accept-Encoding"] = rng.choice(["gzip", "br", "zstd", "gzip, br;q=0.5"])
    if rng.random() < 0.2:
        fields["If-None-Match"] = "*"
    return fields


def canonical(url):
    """A target with the parameters in order; without an access key, `key` means nothing."""
    address, _, query = url.partition("?")
    return address, sorted(p for p in query.split("&") if p and not p.startswith("key="))


class Reader(threading.Thread):
    def __init__(self, mill, seed):
        super().__init__()
        self.mill, self.rng, self.wrong, self.answers = mill, random.Random(seed), [], 0

    def run(self):
        for _ in range(CONNECTIONS):
            try:
                with self.mill.client() as client:
                    self.converse(client)
            except (Closed, ConnectionError):  # turned away, or what it sent was not wanted
                continue

    def converse(self, client):
        rng, fields = self.rng, headers_of(self.rng)
        targets = [target_of(rng) for _ in range(rng.randrange(1, 8))]
        client.send(b"".join(request(t, fields) for t in targets))
        manner = rng.random()
        if manner < 0.1:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        elif manner < 0.2:
            client.sock.recv(10)
        else:
            for target in targets:
                self.judge(target, fields, client.answer())

    def judge(self, target, fields, answer):
        self.answers += 1
        if answer.status not in EXPECTED:
            self.wrong.append((target, answer))
        if answer.status == 200 and ".atom" in target and "content-encoding" not in answer.headers:
            if canonical(feeds.self_link(answer.body)) != canonical(f"http://{fields['Host']}{target}"):
                self.wrong.append((target, "self", answer))


def test_all_at_once(serve, origin, page):
    calm = {"refresh": {"every": "1s", "wait": "1s", "idle": "2s", "stale": "5s"}, "fetch": {"timeout": "2s"},
            "server": {"workers": 2, "max_connections": 40},
            "feeds": {"dynamic": 8, "list": [{"name": "one", "min_upvotes": 64}, {"name": "two", "path": "/papers/trending"}]}}
    other = harness.merged(calm, {"papers": {"limit": 9}, "server": {"access_key": "k"}, "feeds": {
        "dynamic": 3, "list": [{"name": "two", "path": "/papers?q=lanterns"}, {"name": "three"}]}})
    ways = [o.not_found(), o.status(503), o.drop(), o.hang(), o.half(page("next-day")), o.page(page("challenge")),
            o.page(page("broken-json")), o.gzip_bomb(32), o.redirect_loop(), o.page(page("later"), etag=True)]
    mill = serve(origin, calm)
    configs = [harness.merged({"papers": {"upstream": origin.url}}, c) for c in (calm, other)]
    rng, good = random.Random(2026), dict(origin.behaviours)
    readers = [Reader(mill, seed) for seed in range(READERS)]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        for path in rng.sample(sorted(good), 3):
            origin.set(path, rng.choice(ways) if rng.random() < 0.6 else good[path])
        if rng.random() < 0.2:
            mill.configure("papers: [")
            mill.reload()
        mill.configure(rng.choice(configs))
        mill.reload()
        mill.reopen()
    for reader in readers:
        reader.join()
        assert not reader.wrong, reader.wrong[:3]
    assert sum(reader.answers for reader in readers) > READERS * CONNECTIONS
    for path, behaviour in good.items():
        origin.set(path, behaviour)
    mill.configure(configs[0])
    mill.reload()
    harness.until(lambda: mill.get("/papers.atom").status == 200, "calm")
    metrics = mill.metrics()
    assert metrics["feedmill_upstreams"] <= 8 + 2
    assert metrics["feedmill_cached_responses"] <= 8 * metrics["feedmill_views"]
