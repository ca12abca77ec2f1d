"""The origin itself: the other tests stand on it."""

import gzip
import http.client
import ssl
import threading
import urllib.error
import urllib.request

import origin as o
import pytest


def get(url, headers=None, context=None):
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20, context=context) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, dict(answer.headers), answer.read()


@pytest.fixture
def host():
    with o.Origin() as origin:
        yield origin


def test_page_with_validators(host):
    host.set("/papers", o.page("<p>x</p>", etag='"a"', last_modified=86400))
    code, headers, body = get(host.url + "/papers")
    assert (code, body, headers["ETag"]) == (200, b"<p>x</p>", '"a"')
    assert headers["Last-Modified"] == "Fri, 02 Jan 1970 00:00:00 GMT"
    assert get(host.url + "/papers", {"If-None-Match": 'W/"a"'})[0] == 304
    assert get(host.url + "/papers", {"If-None-Match": '"b"'})[0] == 200
    assert get(host.url + "/papers", {"If-Modified-Since": headers["Last-Modified"]})[0] == 304
    assert host.count("/papers") == 4 and host.requests[0].method == "GET"


def test_gzip_page(host):
    host.set("/p", o.page("text", encoding="gzip"))
    _, headers, body = get(host.url + "/p", {"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip" and gzip.decompress(body) == b"text"
    assert get(host.url + "/p")[2] == b"text"


def test_query_before_path_and_robots_apart(host):
    host.set("/papers", o.page("all"))
    host.set("/papers?q=x", o.page("some"))
    assert get(host.url + "/papers?q=x")[2] == b"some"
    assert get(host.url + "/papers?q=y")[2] == b"all"
    assert get(host.url + "/robots.txt")[0] == 404
    assert (host.count("/papers"), host.count("/papers?q=x"), host.count()) == (2, 1, 2)
    assert host.count("/robots.txt") == 1


def test_statuses(host):
    host.set("/a", o.status(429, retry_after=7))
    host.set("/b", o.status(503, retry_after=86400.0))
    host.set("/c", o.sequence(o.not_found(), o.page("there")))
    assert get(host.url + "/a")[1]["Retry-After"] == "7"
    assert get(host.url + "/b")[1]["Retry-After"] == "Fri, 02 Jan 1970 00:00:00 GMT"
    assert [get(host.url + "/c")[0] for _ in range(3)] == [404, 200, 200]


def test_bad_answers(host):
    host.set("/drop", o.drop())
    host.set("/half", o.half("x" * 100))
    host.set("/chunks", o.half_chunked("x" * 100))
    with pytest.raises(http.client.RemoteDisconnected):
        get(host.url + "/drop")
    for path in ("/half", "/chunks"):
        with pytest.raises(http.client.IncompleteRead):
            get(host.url + path)


def test_hang_and_endless_end_with_the_client(host):
    host.set("/hang", o.hang())
    host.set("/endless", o.endless())
    for path in ("/hang", "/endless"):
        client = http.client.HTTPConnection("127.0.0.1", host.port)
        client.request("GET", path)
        if path == "/endless":
            assert len(client.getresponse().read(1 << 20)) == 1 << 20
        host.wait_for_requests(path, 1)
        client.close()
    host.stop()
    assert not host._threads


def test_redirects(host):
    host.set("/away", o.redirect("/there"))
    host.set("/there", o.page("here"))
    host.set("/loop", o.redirect_loop())
    assert get(host.url + "/away")[2] == b"here"
    assert get(host.url + "/loop")[0] == 302
    assert host.count("/loop") > 5


def test_bomb_is_small(host):
    host.set("/bomb", o.gzip_bomb(32))
    body = get(host.url + "/bomb")[2]
    assert len(body) < 100_000 and len(gzip.decompress(body)) == 32 << 20


def test_gate_and_slow(host):
    gate = o.Gate(o.slow("ab", pause=0.01))
    host.set("/g", gate)
    got = []
    threads = [threading.Thread(target=lambda: got.append(get(host.url + "/g"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    gate.wait_for(3)
    assert got == []
    gate.release()
    for thread in threads:
        thread.join()
    assert [g[2] for g in got] == [b"ab"] * 3


def test_same_port_again(host):
    url = host.url
    host.set("/p", o.page("x"))
    host.stop()
    with pytest.raises(urllib.error.URLError):
        get(url + "/p")
    host.start()
    assert host.url == url and get(url + "/p")[0] == 200


def test_listing(host):
    host.default = o.Listing()
    pages = {"/papers": b"533", "/papers?date=2026-08-08": b"data-props", "/papers/week/2026-W32": b"2026-W32",
             "/papers/date/2026-08-05": b"2026-08-05", "/papers/month/2026-08": b"month",
             "/papers/trending": b"trending", "/papers?q=x": b"searchResults"}
    for path, text in pages.items():
        code, headers, body = get(host.url + path)
        assert code == 200 and text in body and headers["ETag"], path
    assert get(host.url + "/papers", {"If-None-Match": headers["ETag"]})[0] == 200
    assert get(host.url + path, {"If-None-Match": headers["ETag"]})[0] == 304
    for path in ("/", "/robots.txt", "/papers/week", "/papers/x/y", "/login"):
        assert get(host.url + path)[0] == 404, path


def test_listing_from_files(host, tmp_path):
    (tmp_path / "daily.html").write_text("today")
    (tmp_path / "search-x.html").write_text("found")
    host.default = o.Listing(tmp_path)
    assert get(host.url + "/papers")[2] == b"today" == get(host.url + "/daily.html")[2]
    assert get(host.url + "/papers?q=x")[2] == b"found"
    assert get(host.url + "/papers/trending")[0] == 404


def test_https(tmp_path):
    ca = o.make_ca(tmp_path)
    other = o.make_ca(tmp_path, "Another CA")
    with o.Origin(tls=o.make_certificate(tmp_path, ca)) as origin:
        origin.set("/p", o.page("x"))
        trust = ssl.create_default_context(cafile=ca[0])
        assert get(origin.url + "/p", context=trust)[2] == b"x"
        with pytest.raises(urllib.error.URLError):
            get(origin.url + "/p", context=ssl.create_default_context(cafile=other[0]))
