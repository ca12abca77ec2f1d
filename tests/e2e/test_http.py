"""HTTP as a reader sees it: validators, encodings, connections, public addresses."""

import email.utils
import gzip
import http.client
import time

import brotli
import feeds
import harness
import origin as o
import pytest
import zstandard
from harness import Closed, request

pytestmark = pytest.mark.threads

ADDRESS = "/papers.atom"
DECODE = {"gzip": gzip.decompress, "br": brotli.decompress,
          "zstd": lambda b: zstandard.ZstdDecompressor().decompressobj().decompress(b)}


def asked(encoding, **more):
    return {"Accept-Encoding": encoding, **more}


# validators and caching


def test_headers_of_a_feed(shared):
    _, mill = shared
    answer = mill.get(ADDRESS)
    assert (answer.status, answer.version, answer.reason) == (200, "HTTP/1.1", "OK")
    assert answer["etag"].startswith('"') and answer["etag"].endswith('"')
    assert answer["vary"] == ("Accept, Accept-Encoding, Forwarded, X-Forwarded-Host, X-Forwarded-Port, "
                              "X-Forwarded-Prefix, X-Forwarded-Proto")  # this peer is trusted
    assert "content-encoding" not in answer.headers
    assert answer.cache["public"] is True
    assert 0 < answer.cache["max-age"] <= 1800
    assert answer.cache["stale-while-revalidate"] > 0
    assert answer.cache["stale-if-error"] == 7 * 86400
    modified = email.utils.parsedate_to_datetime(answer["last-modified"])
    assert answer["last-modified"] == email.utils.format_datetime(modified, usegmt=True)
    assert modified.timestamp() <= time.time()
    names = [n.lower() for n, _ in answer.fields]
    assert len(names) == len(set(names))
    assert email.utils.parsedate_to_datetime(answer["date"])


def test_max_age_follows_the_interval(serve, origin):
    mill = serve(origin, {"refresh": {"every": "10m", "stale": "2h"},
                          "feeds": [{"name": "slow", "path": "/papers/trending", "every": "1d"}]})
    fast, slow = mill.get(ADDRESS).cache, mill.get("/feeds/slow.atom").cache
    assert 0 < fast["max-age"] <= 600 < slow["max-age"] <= 86400
    assert fast["stale-if-error"] == 7200


@pytest.mark.parametrize("encoding", DECODE)
def test_encodings_decode_to_the_same_bytes(shared, encoding):
    _, mill = shared
    for address in (ADDRESS, "/papers.rss", "/papers.json", "/papers"):
        plain = mill.get(address)
        packed = mill.get(address, asked(encoding))
        assert packed["content-encoding"] == encoding
        assert DECODE[encoding](packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2
        assert packed["content-type"] == plain["content-type"]
        assert "accept-encoding" in packed["vary"].lower().split(", ")


def test_each_encoding_has_an_etag_of_its_own(shared):
    _, mill = shared
    tags = {e: mill.get(ADDRESS, asked(e))["etag"] for e in ("identity", *DECODE)}
    assert len(set(tags.values())) == 4
    for encoding, tag in tags.items():
        answer = mill.get(ADDRESS, asked(encoding, **{"If-None-Match": tag}))
        assert (answer.status, answer["etag"]) == (304, tag)


@pytest.mark.parametrize("accept, expected", [
    (None, None), ("", None), ("identity", None), ("gzip", "gzip"), ("GZIP", "gzip"), ("x-none", None),
    ("br;q=0.5, gzip;q=0.9", "gzip"), ("gzip;q=0, zstd;q=0.1, br;q=0.2", "br"), ("gzip;q=0", None),
    ("gzip;q=0.000", None), ("deflate, zstd ;q=1.0", "zstd"), ("gzip;q=0.5, identity", None),
    ("compress, *;q=0, identity", None)])
def test_negotiation(shared, accept, expected):
    _, mill = shared
    answer = mill.get(ADDRESS, {"Accept-Encoding": accept})
    assert answer.status == 200
    assert answer.headers.get("content-encoding") == expected


def test_what_browsers_and_readers_send_is_compressed(shared):
    _, mill = shared
    for accept in ("gzip, deflate, br, zstd", "gzip, deflate", "gzip,br;q=0.9,*;q=0.1", "*"):
        answer = mill.get(ADDRESS, asked(accept))
        assert answer.headers.get("content-encoding") in DECODE, accept


def test_if_none_match(shared):
    _, mill = shared
    tag = mill.get(ADDRESS)["etag"]
    for match in (tag, f"W/{tag}", "*", f'"other", {tag}', f'"a,b" , W/"c",{tag}', f'{tag}, "other"'):
        answer = mill.get(ADDRESS, {"If-None-Match": match})
        assert answer.status == 304, match
        assert answer.body == b"" and answer["etag"] == tag
        assert answer.cache["max-age"] > 0 and "vary" in answer.headers
        assert "content-type" not in answer.headers and "content-encoding" not in answer.headers
    for match in ('"other"', tag.strip('"'), f'"{tag[1:-2]}"', "", '"'):
        assert mill.get(ADDRESS, {"If-None-Match": match}).status == 200, match


def test_if_modified_since(shared):
    _, mill = shared
    modified = mill.get(ADDRESS)["last-modified"]
    stamp = email.utils.parsedate_to_datetime(modified).timestamp()

    def since(value, **more):
        return mill.get(ADDRESS, {"If-Modified-Since": value, **more}).status

    assert since(modified) == 304
    assert since(email.utils.formatdate(stamp + 60, usegmt=True)) == 304
    assert since(email.utils.formatdate(stamp - 1, usegmt=True)) == 200
    assert since("yesterday") == 200
    # If-None-Match rules where both are there (RFC 9110, 13.1.3)
    assert since(modified, **{"If-None-Match": '"other"'}) == 200


def test_head(shared):
    _, mill = shared
    for address in (ADDRESS, "/papers.json", "/", "/nothing", "/healthz"):
        get, head = mill.get(address), mill.get(address, method="HEAD")
        assert (head.status, head.body) == (get.status, b"")
        dropped = {"date", "cache-control", "content-length"} if address == "/" else {"date"}
        for name in set(get.headers) - dropped:
            assert head[name] == get[name] or name == "cache-control", name
    with mill.client() as client:  # the connection goes on after it
        assert client.ask(ADDRESS, method="HEAD")["content-length"] == str(len(mill.get(ADDRESS).body))
        assert client.ask(ADDRESS).status == 200
        assert client.ask(ADDRESS, {"If-None-Match": "*"}, "HEAD").status == 304
        assert client.ask("/healthz").text == "ok\n"


# connections


def test_keep_alive(shared):
    _, mill = shared
    with mill.client() as client:
        bodies = {client.ask(ADDRESS).body for _ in range(3)}
        assert len(bodies) == 1
        assert client.ask("/nothing").status == 404  # an error does not end it
        assert client.ask(ADDRESS, {"Connection": "close"}).status == 200
        assert client.closed() == b""


def test_http_1_0(shared):
    _, mill = shared
    with mill.client() as client:
        client.send(request(ADDRESS, version="1.0"))
        assert client.answer().status == 200
        assert client.closed() == b""
    with mill.client() as client:
        for _ in range(2):
            client.send(request(ADDRESS, {"Connection": "keep-alive"}, version="1.0"))
            answer = client.answer()
            assert answer.status == 200 and answer["connection"].lower() == "keep-alive"
    with mill.client() as client:
        client.send(b"GET /healthz HTTP/1.0\r\n\r\n")  # without Host, which 1.0 allows
        assert client.answer().text == "ok\n"


def test_an_ordinary_client_library(shared):
    _, mill = shared
    client = http.client.HTTPConnection(*mill.address, timeout=harness.PATIENCE)
    for _ in range(2):
        client.request("GET", ADDRESS, headers={"Accept-Encoding": "gzip"})
        answer = client.getresponse()
        assert answer.status == 200 and len(feeds.ids(gzip.decompress(answer.read()))) == 50
    client.close()


def test_pipelining_twenty_in_one_write(serve, origin):
    mill = serve(origin)
    targets = []
    for i in range(5):  # made already, not made yet, wrong, and without a page
        targets += [f"/papers.atom?limit={i + 1}", "/healthz", f"/papers/trending.json?limit={i + 1}",
                    f"/papers.atom?limit={i - 5}"]
    methods = ["HEAD" if i % 7 == 3 else "GET" for i in range(20)]
    with mill.client() as client:
        client.send(b"".join(request(t, method=m) for t, m in zip(targets, methods)))
        answers = [client.answer(m) for m in methods]
    assert [a.status for a in answers] == [200, 200, 200, 400] * 5
    for i in range(0, 20, 4):
        if methods[i] == "GET":
            assert len(feeds.ids(answers[i].body)) == i // 4 + 1
        if methods[i + 1] == "GET":
            assert answers[i + 1].text == "ok\n"
    assert origin.count() == 2


def test_pipelined_large_answers(shared):
    _, mill = shared
    body = mill.get(ADDRESS).body
    with mill.client(receive_buffer=4096) as client:
        client.send(request(ADDRESS, host=client.host) * 20)
        for _ in range(20):
            assert client.answer().body == body


def test_half_a_request_after_a_whole_one(shared):
    _, mill = shared
    with mill.client() as client:
        first, second = request("/healthz"), request(ADDRESS)
        client.send(first + second[:20])
        assert client.answer().text == "ok\n"
        client.send(second[20:])
        assert client.answer().status == 200


def test_absolute_form_and_empty_lines_before_a_request(shared):
    _, mill = shared
    with mill.client() as client:
        client.send(request("http://feeds.example.org/papers.atom", host="ignored.example.org"))
        answer = client.answer()
        assert feeds.self_link(answer.body) == "http://feeds.example.org/papers.atom"
        client.send(b"\r\n" + request("/healthz"))
        assert client.answer().text == "ok\n"


# what is refused

WITH_A_BODY = b"GET /papers.atom HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"GET /papers.atom HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
REFUSED = {
    "body": (WITH_A_BODY, {400, 413}),
    "chunked body": (CHUNKED, {400, 411, 413, 501}),
    "no request line": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello\r\n\r\n", {400}),
    "request line without a version": (b"GET /papers.atom\r\nHost: a\r\n\r\n", {400, 505}),
    "request line with another version": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", {400, 505}),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "space in the address": (b"GET /pap ers HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "control in the address": (b"GET /pap\x01ers HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    "header of 17 KiB": (request("/", {"X-Long": "x" * 17 * 1024}), {431}),
    "200 headers of 100 bytes": (request("/", {f"X-{i}": "x" * 100 for i in range(200)}), {431}),
    "101 headers": (request("/", {f"X-{i}": "x" for i in range(100)}), {431}),
    "address of 9 KiB": (request("/" + "a" * 9 * 1024), {414}),
    "endless request line": (b"GET /" + b"a" * 40000, {414, 431}),
    "no Host": (request("/", {"Host": None}), {400}),
    "two Hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
    "white space before a colon": (b"GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n", {400}),
    "folded header": (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", {400}),
    "header without a colon": (b"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", {400}),
    "both lengths": (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                     {400}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_and_closed(shared, what):
    _, mill = shared
    sent, allowed = REFUSED[what]
    with mill.client() as client:
        client.send(sent)
        answer = client.answer()
        assert answer.status in allowed, answer
        assert answer["content-type"] == "text/plain; charset=utf-8"
        assert answer.text.count("\n") == 1
        assert answer.cache == {"no-store": True}
        assert answer["connection"].lower() == "close"
        assert client.closed() == b""  # what came with it is no further request
    assert mill.get("/healthz").status == 200


def test_a_hundred_headers_and_sixteen_kib_are_fine(shared):
    _, mill = shared
    assert mill.get("/healthz", {f"X-{i}": "x" for i in range(98)}).status == 200
    assert mill.get("/healthz", {"X-Long": "x" * 15 * 1024}).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND",
                                    "BREW", "get"])
def test_405_says_what_is_allowed(shared, method):
    _, mill = shared
    with mill.client() as client:
        answer = client.ask(ADDRESS, method=method)
        assert answer.status == 405
        assert sorted(answer["allow"].replace(" ", "").split(",")) == ["GET", "HEAD"]


@pytest.mark.parametrize("host", ["a b", "exa<mple.org", "host:port", "host:99999", "a/b", "a@b",
                                  "[::1", "::1", "ex\"ample", "", "[zz]:80"])
def test_a_host_that_is_none_is_400(shared, host):
    _, mill = shared
    answer = mill.get(ADDRESS, {"Host": host})
    assert answer.status == 400, answer
    assert answer["content-type"] == "text/plain; charset=utf-8"


# public addresses


def self_of(mill, headers=None, address=ADDRESS, **how):
    answer = mill.get(address, headers, **how)
    assert answer.status == 200, answer
    return feeds.self_link(answer.body)


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "feeds.example.org",
             "X-Forwarded-Prefix": "/mill"}


def test_self_is_the_address_that_was_asked_for(shared):
    _, mill = shared
    assert self_of(mill) == mill.url + ADDRESS
    assert self_of(mill, {"Host": "feeds.example.org"}) == "http://feeds.example.org/papers.atom"
    assert self_of(mill, {"Host": "feeds.example.org:8080"}) == "http://feeds.example.org:8080/papers.atom"
    assert self_of(mill, {"Host": "[2001:db8::1]:81"}) == "http://[2001:db8::1]:81/papers.atom"
    with_query = "/papers.atom?include=a,part&limit=3"
    assert self_of(mill, address=with_query) == mill.url + with_query


@pytest.mark.parametrize("spelt", [
    "/%70apers.atom?limit=3&include=a%2Cpart", "//papers.atom?include=a,part&&limit=3&", "/papers.atom/?limit=003&include=%61,part",
    "/x/../papers.atom?include=a,part&limit=3&limit=3", "/papers%2eatom?utm_source=x&limit=3&include=a,part&ref=y&fbclid=z"])
def test_one_spelling_for_one_meaning(shared, spelt):
    """However it is spelt, it is the same copy, and self names the canonical address."""
    _, mill = shared
    canonical = "/papers.atom?include=a,part&limit=3"
    first = mill.get(canonical)
    before = mill.metrics()
    answer = mill.get(spelt)
    assert answer.body == first.body and feeds.self_link(answer.body) == mill.url + canonical
    after = mill.metrics()
    for name in ("renders_total", "views", "cached_responses"):
        assert after[f"feedmill_{name}"] == before[f"feedmill_{name}"], name


def test_a_trusted_proxy_tells_the_public_address(shared):
    _, mill = shared
    assert self_of(mill, FORWARDED) == "https://feeds.example.org/mill/papers.atom"
    only = {"X-Forwarded-Proto": "https", "Host": "a.example.org"}
    assert self_of(mill, only) == "https://a.example.org/papers.atom"
    port = {**FORWARDED, "X-Forwarded-Host": "feeds.example.org:8443", "X-Forwarded-Prefix": "/a/b/"}
    assert self_of(mill, port) == "https://feeds.example.org:8443/a/b/papers.atom"


def test_all_pages_carry_the_public_address(shared):
    _, mill = shared
    for address in ("/", "/papers", "/opml.xml", "/status.atom", "/papers.rss", "/papers.json"):
        text = mill.get(address, FORWARDED).text
        assert "https://feeds.example.org/mill/" in text, address
        assert str(mill.port) not in text, address


@pytest.mark.parametrize("bad", [{"X-Forwarded-Host": "a b"}, {"X-Forwarded-Proto": "javascript"},
                                 {"X-Forwarded-Prefix": "mill\"><script>"}, {"X-Forwarded-Host": "a\"b"},
                                 {"X-Forwarded-Prefix": "/%"}, {"X-Forwarded-Prefix": "/a/../b"}])
def test_nonsense_from_a_trusted_proxy_does_no_harm(shared, bad):
    _, mill = shared
    answer = mill.get(ADDRESS, {**FORWARDED, **bad})
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert next(iter(bad.values())) not in feeds.self_link(answer.body)


def test_forwarded_and_the_port(shared):
    _, mill = shared
    told = {"Forwarded": 'for=192.0.2.1;host=evil.example, for="[::1]";proto=https;host="feeds.example.org:444"'}
    assert self_of(mill, told) == "https://feeds.example.org:444/papers.atom"
    port = {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "8443", "Host": "feeds.example.org"}
    assert self_of(mill, port) == "https://feeds.example.org:8443/papers.atom"
    last = {"X-Forwarded-Host": "evil.example, feeds.example.org"}
    assert self_of(mill, last) == "http://feeds.example.org/papers.atom"
    assert self_of(mill, {"Host": "feeds.example.org:"}) == "http://feeds.example.org/papers.atom"


def test_nobody_but_unix_sockets_is_trusted_by_default(serve, origin):
    mill = serve(origin)
    forged = {**FORWARDED, "Forwarded": "host=evil.example", "X-Forwarded-Port": "1"}
    assert self_of(mill, forged) == mill.url + ADDRESS
    assert mill.get(ADDRESS, forged)["vary"] == "Accept, Accept-Encoding"


def test_others_do_not_tell_the_public_address(serve, origin):
    mill = serve(origin, {"server": {"trusted_proxies": ["10.0.0.0/8", "unix"]}})
    assert self_of(mill, FORWARDED) == mill.url + ADDRESS


def test_base_url_goes_before_all(serve, origin):
    mill = serve(origin, {"server": {"base_url": "https://public.example.org/feeds"}})
    want = "https://public.example.org/feeds/papers.atom"
    assert self_of(mill) == self_of(mill, FORWARDED) == self_of(mill, {"Host": "x.example.org"}) == want


def test_many_hosts_are_bounded_and_all_served(serve, origin):
    mill = serve(origin)
    hosts = [f"h{i}.example.org" for i in range(40)]
    for host in hosts + hosts[:2] * 3:
        assert self_of(mill, {"Host": host}) == f"http://{host}/papers.atom"
    metrics = mill.metrics()
    assert metrics["feedmill_views"] == 1 and origin.count() == 1
    assert metrics["feedmill_cached_responses"] <= 8


def test_the_public_address_that_was_unread_for_longest_goes(serve, origin):
    mill = serve(origin, {"server": {"workers": 1}})

    def renders(host):
        before = mill.metrics()["feedmill_renders_total"]
        assert self_of(mill, {"Host": f"h{host}.example.org"}) == f"http://h{host}.example.org/papers.atom"
        return mill.metrics()["feedmill_renders_total"] - before

    assert [renders(i) for i in range(8)] == [1] * 8
    mill.until_later()
    assert renders(0) == 0
    assert renders(8) == 1  # the ninth: one of those that were not asked for again goes
    assert renders(0) == renders(8) == 0
    assert sum(renders(i) for i in range(1, 8)) >= 1
    assert mill.metrics()["feedmill_cached_responses"] == 8


def test_bytes_are_made_once_and_not_for_each_request(serve, origin):
    mill = serve(origin)
    tag = mill.get(ADDRESS)["etag"]
    before = mill.metrics()
    for encoding in ("identity", *DECODE) * 3:
        assert mill.get(ADDRESS, asked(encoding)).status == 200
        assert mill.get(ADDRESS, asked(encoding), "HEAD").status == 200
        assert mill.get(ADDRESS, {"If-None-Match": tag}).status == 304
    after = mill.metrics()
    assert after["feedmill_renders_total"] == before["feedmill_renders_total"] >= 1
    assert after["feedmill_cache_misses_total"] - before["feedmill_cache_misses_total"] == 1  # the metrics
    assert after["feedmill_cache_hits_total"] - before["feedmill_cache_hits_total"] == 36
    assert origin.count() == 1


def test_the_same_bytes_whoever_asks(shared):
    _, mill = shared
    host = {"Host": "feeds.example.org"}
    first = mill.get(ADDRESS, host)
    for _ in range(8):  # both serving threads
        again = mill.get(ADDRESS, host)
        assert (again.body, again["etag"]) == (first.body, first["etag"])


def test_closing_early_harms_nobody(serve, origin, page):
    gate = o.Gate(o.page(page()))
    mill = serve(origin)
    origin.set("/papers", gate)
    clients = [mill.client() for _ in range(10)]
    for client in clients:
        client.request(ADDRESS)
    gate.wait_for(1)
    for client in clients[:9]:
        client.close()
    gate.release()
    assert len(feeds.ids(clients[9].answer().body)) == 50
    clients[9].close()
    with mill.client() as client:
        client.request(ADDRESS)
    assert mill.get(ADDRESS).status == 200
    with pytest.raises(Closed), mill.client() as client:
        client.send(b"GET /pap")
        client.sock.shutdown(1)
        client.answer()
