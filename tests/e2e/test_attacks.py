"""Attacks by one client, and beside each a well-behaved reader of a feed that is at hand.

The reader has an address of its own (127.0.0.2). What is asserted are counts and order: that the
reader always gets its feed, at once and the same, and how much work and how many places the attack
was given. Its waiting times are printed (pytest -s), not asserted."""

import contextlib
import gzip
import socket
import threading
import time

import feeds
import harness
import origin as o
import pytest
from harness import Client, request, until

BURST, PER_ADDRESS, CONNECTIONS = 30, 64, 128
CONFIG = {"server": {"rate": {"misses": "1/h", "burst": BURST}, "per_address": PER_ADDRESS,
                     "max_connections": CONNECTIONS, "trusted_proxies": ["127.0.0.9/32"]},
          "feeds": [{"name": "mine", "path": "/papers", "min_upvotes": 3}]}
TARGET = "/feeds/mine.atom"


class From(Client):
    """A client with a source address of its own."""

    def __init__(self, address, source):
        self.sock = socket.create_connection(address, harness.PATIENCE, source_address=(source, 0))
        self.host = "%s:%d" % address
        self.rest = b""


class Reader(threading.Thread):
    """Asks for its feed again and again, on one connection and on new ones."""

    def __init__(self, mill):
        super().__init__(daemon=True)
        self.mill, self.ended = mill, threading.Event()
        self.answers, self.waits, self.failed = [], [], None

    def once(self, client):
        began = time.monotonic()
        answer = client.ask(TARGET, {"Accept-Encoding": "gzip"})
        self.waits.append(time.monotonic() - began)
        self.answers.append((answer.status, answer.headers.get("etag"), answer.headers.get("content-encoding")))

    def run(self):
        try:
            with From(self.mill.address, "127.0.0.2") as kept:
                while not self.ended.is_set():
                    self.once(kept)
                    with From(self.mill.address, "127.0.0.2") as new:
                        self.once(new)
        except Exception as problem:  # told by the test, in its own thread
            self.failed = problem

    def p99(self):
        waits = sorted(self.waits)
        return 1000 * waits[int(len(waits) * 0.99)] if waits else 0


def told(mill, *names):
    metrics = mill.metrics()
    return {name: metrics[f"feedmill_{name}"] for name in names}


COUNTS = ("renders_total", "views", "cached_responses", "rate_limited_total", "connections_refused_total",
          "connections_evicted_total", "upstreams")


@pytest.fixture
def town(serve, origin, page):
    """(mill, origin), with the feed at hand."""
    mill = serve(origin, CONFIG)
    with From(mill.address, "127.0.0.2") as reader:
        for _ in range(2):  # the second time it is compressed, whatever the first was
            assert reader.ask(TARGET, {"Accept-Encoding": "gzip"}).status == 200
    return mill, origin


@contextlib.contextmanager
def beside(mill, name):
    """A reader beside what is done meanwhile; it never gets anything but its feed."""
    reader = Reader(mill)
    reader.start()
    until(lambda: len(reader.answers) >= 20 or reader.failed, "the reader")
    calm, at = reader.p99(), len(reader.answers)
    reader.waits.clear()
    try:
        yield reader
        until(lambda: len(reader.answers) >= at + 20 or reader.failed, "the reader")
    finally:
        reader.ended.set()
        reader.join(harness.PATIENCE)
    print(f"{name}: p99 {reader.p99():.1f} ms (calm {calm:.1f}), {len(reader.answers) - at} answers")
    assert reader.failed is None, reader.failed
    assert len(set(reader.answers)) == 1 and reader.answers[0][0] == 200, set(reader.answers)


def statuses(mill, requests):
    """Each request on one connection, its status; a new connection where one was closed."""
    found, client = [], None
    for target, headers, method in requests:
        client = client or From(mill.address, "127.0.0.3")
        found.append(client.ask(target, headers, method).status)
        if found[-1] in (400, 405, 414, 431, 503):
            client.close()
            client = None
    if client:
        client.close()
    return found


def gets(targets, headers=None):
    return [(t, headers or {}, "GET") for t in targets]


def hosts(count):
    return [(TARGET, {"Host": f"h{i}.example.org"}, "GET") for i in range(count)]


MANY = 3 * BURST
# Other spellings of the reader's own address: they are its copy, so nothing is made.
FREE = {
    "escapes": gets(["/" + "".join(f"%{ord(c):02x}" if i >> k & 1 else c for k, c in enumerate("feeds")) + "/mine.atom"
                     for i in range(32)] * 3),
    "empty parameters": gets([TARGET + "?" + "&" * i for i in range(MANY)]),
    "tracking": gets([f"{TARGET}?utm_source={i}&fbclid={i}&ref={i}" for i in range(MANY)]),
    "slashes": gets(["/" * (1 + i % 9) + "feeds" + "/" * (1 + i % 7) + "mine.atom" + "/" * (i % 5) for i in range(MANY)]),
    "dots": gets(["/x/.." * (i % 9) + "/./feeds/mine.atom" for i in range(MANY)]),
    "forged proxies": [(TARGET, {"X-Forwarded-Host": f"h{i}", "X-Forwarded-Prefix": f"/{i}", "Forwarded": f"host=h{i}"}, "GET")
                       for i in range(MANY)],
    "codings": [(TARGET, {"Accept-Encoding": f"gzip;q=0.{i:03}, br;q=0, x{i}"}, "GET") for i in range(MANY)],
    "conditions": [(TARGET, {"If-None-Match": ", ".join(f'"{i}-{k}"' for k in range(200))}, "GET") for i in range(MANY)],
    "methods": [(TARGET, {}, m) for m in ("POST", "PUT", "DELETE", "BREW", "TRACE") * 18],
    "long heads": [(TARGET, {"X-Long": "x" * 15000}, "GET")] * MANY,
    "too long heads": [(TARGET, {"X-Long": "x" * 17000}, "GET")] * MANY,
    "keys": gets([f"{TARGET}?key={i}" for i in range(MANY)]),
    "status pages": gets(["/", "/status", "/status.atom", "/opml.xml", "/metrics", "/healthz"] * 15),
}
# Each of these is something else: only as many as the client's allowance are made.
DEAR = {
    "hosts": hosts(MANY),
    "filters": gets([f"/papers.atom?exclude=zz{i}" for i in range(MANY)]),
    "limits": gets([f"/papers.atom?limit={i + 1}" for i in range(MANY)]),
    "searches": gets([f"/papers.atom?q=word{i}" for i in range(MANY)]),
    "days": gets([f"/papers/date/2025-{1 + i // 28:02}-{1 + i % 28:02}.atom" for i in range(MANY)]),
    "months of archives": gets([f"/papers/archive/{2000 + i // 12}-{1 + i % 12:02}.atom" for i in range(MANY)]),
    "nothing": gets([f"/nothing{i}.atom" for i in range(MANY)]),
    "bad values": gets([f"/papers.atom?limit=x{i}" for i in range(MANY)]),
    "ports": [(TARGET, {"Host": f"h.example:{i + 1}"}, "GET") for i in range(MANY)],
    "previews": gets([f"/papers?include=w{i}" for i in range(MANY)]),
}


@pytest.mark.parametrize("attack", FREE)
def test_what_costs_nothing_is_free(town, attack):
    mill, origin = town
    before, fetched = told(mill, *COUNTS), origin.count()
    with beside(mill, attack):
        found = statuses(mill, FREE[attack])
    after = told(mill, *COUNTS)
    assert set(found) <= {200, 405, 431}, set(found)
    assert 429 not in found and after == {**before, "connections_refused_total": after["connections_refused_total"]}
    assert origin.count() == fetched


@pytest.mark.parametrize("attack", DEAR)
def test_what_costs_is_limited(town, attack):
    """After its allowance the client is told when to come back, and nothing more is made for it."""
    mill, origin = town
    before, fetched = told(mill, *COUNTS), origin.count()
    with beside(mill, attack):
        found = statuses(mill, DEAR[attack])
    after = told(mill, *COUNTS)
    limited = found.count(429)
    assert limited >= MANY - 3 * BURST // 2 or attack == "bad values"
    first = found.index(429)
    assert BURST <= first <= BURST + 1 and set(found[first:]) == {429}, found  # in this order
    assert after["rate_limited_total"] - before["rate_limited_total"] == limited
    assert after["renders_total"] - before["renders_total"] <= BURST
    assert origin.count() - fetched <= BURST
    with From(mill.address, "127.0.0.4") as other:  # another client has its own allowance
        assert other.ask("/papers.atom").status == 200


def test_refusals_take_no_place(town):
    mill, origin = town
    before = told(mill, "views", "cached_responses", "upstreams")
    statuses(mill, DEAR["nothing"][:10] + DEAR["bad values"][:10])
    assert told(mill, "views", "cached_responses", "upstreams") == before


def test_connections_of_one_client(town):
    """Its connections are limited, so that others always find room."""
    mill, _ = town
    with beside(mill, "connections"):
        held, found = [], []
        for _ in range(2 * PER_ADDRESS):
            client = From(mill.address, "127.0.0.3")
            held.append(client)
            try:
                found.append(client.ask("/healthz").status)
            except (harness.Closed, OSError):
                found.append(503)  # too many even to be told
        assert found == [200] * PER_ADDRESS + [503] * PER_ADDRESS
        for client in held:
            client.close()


def test_heads_that_never_end(town):
    """Neither one client's, which are limited, nor those of many, which go when room is needed."""
    mill, _ = town
    with beside(mill, "slow heads"):
        held = [From(mill.address, "127.0.0.3") for _ in range(CONNECTIONS)]
        for client in held[:PER_ADDRESS]:
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX:")
    for i in range(CONNECTIONS):
        held.append(From(mill.address, f"127.0.1.{i + 1}"))
        held[-1].send(b"GET / HTTP/1.1\r\nHost: a\r\nX:")

    def served():
        with contextlib.suppress(harness.Closed, OSError), From(mill.address, "127.0.0.4") as other:
            return other.ask("/healthz").status == 200

    until(served, "room")
    for client in held:
        client.close()


def test_who_closes_at_once_keeps_no_place(serve, origin, page):
    """Readers of a page that hangs, gone before their answer: all places are free again."""
    gate = o.Gate(o.page(page("week")))
    origin.set("/papers/week/2026-W32", gate)
    mill = serve(origin, {**CONFIG, "server": {**CONFIG["server"], "rate": {"misses": "0/m"}}})
    with From(mill.address, "127.0.0.2") as reader:
        for _ in range(2):
            reader.ask(TARGET, {"Accept-Encoding": "gzip"})
    with beside(mill, "closed at once"):
        for i in range(3 * CONNECTIONS):
            with From(mill.address, f"127.0.1.{i % 200 + 1}") as client:
                client.send(request("/papers/week/2026-W32.atom"))
        until(lambda: mill.metrics()["feedmill_connections_open"] <= 4, "the places of those who have gone")
    gate.release()
    assert mill.get("/papers/week/2026-W32.atom").status == 200


def test_readers_that_take_nothing(serve, origin, page):
    """They hold no place for which somebody else waits."""
    mill = serve(origin, {"server": {"max_connections": 40, "workers": 1, "rate": {"misses": "0/m"}, "per_address": 0}})
    body = mill.get("/papers.atom").body
    stuck = []
    for _ in range(40):
        client = Client(mill.address, receive_buffer=2048)
        client.send(request("/papers.atom") * (1 + 4_000_000 // len(body)))
        stuck.append(client)
    served = []
    for _ in range(20):  # each keeps its connection

        def room():
            client = mill.client()
            with contextlib.suppress(harness.Closed, OSError):
                if client.ask("/papers.atom").status == 200:
                    served.append(client)
                    return True
            client.close()
            return False

        until(room, "room")
    metrics = mill.metrics()
    assert metrics["feedmill_connections_evicted_total"] >= 20
    assert [c.ask("/healthz").status for c in served[-15:]] == [200] * 15  # the writers went, not these
    for client in (*stuck, *served):
        client.close()


def test_what_is_asked_for_once_is_not_compressed(town):
    """Another Host and another filter cost a render; the second request has all codings, and none more."""
    mill, _ = town
    for target, host in ((TARGET, "h.example"), ("/papers.atom?exclude=zz", mill.client().host)):
        with From(mill.address, "127.0.0.3") as client:
            asked = {"Accept-Encoding": "gzip", "Host": host}
            before = told(mill, "renders_total")["renders_total"]
            first = client.ask(target, asked)
            second = client.ask(target, asked)
            assert told(mill, "renders_total")["renders_total"] == before + 1
            assert "content-encoding" not in first.headers and second["content-encoding"] == "gzip"
            assert gzip.decompress(second.body) == first.body
            assert second["last-modified"] == first["last-modified"]
            misses = told(mill, "cache_misses_total")["cache_misses_total"]
            assert client.ask(target, asked).body == second.body  # and from now on it is at hand
            assert told(mill, "cache_misses_total")["cache_misses_total"] == misses + 1  # the metrics


def test_archives_that_do_not_exist_take_no_place(town):
    mill, _ = town
    before = told(mill, "views", "cached_responses")
    assert set(statuses(mill, DEAR["months of archives"][:BURST])) == {404}
    assert told(mill, "views", "cached_responses") == before
