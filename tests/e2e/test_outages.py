"""A page that fails: a feed that was good stays, one that never was says why."""

import re

import feeds
import origin as o
import pages
import pytest
from harness import Feedmill, until

pytestmark = pytest.mark.threads

PAGE = pages.early()
MAX_BODY = 2 << 20

# name: (behaviour, statuses for a feed that never was, what the reason names)
FAILURES = {
    "404": (o.not_found(), {502, 503}, "404"),
    "410": (o.status(410), {502, 503}, "410"),
    "403": (o.status(403), {502, 503}, "403"),
    "500": (o.status(500), {503}, "500"),
    "503": (o.status(503, "<html>maintenance</html>"), {503}, "503"),
    "204": (o.status(204), {502, 503}, ""),
    "hang": (o.hang(), {504}, "waiting for the answer"),
    "drop": (o.drop(), {503}, ""),
    "reset": (o.reset(), {503}, "reset"),
    "half": (o.half(pages.next_day()), {503}, "reading the body"),
    "half-chunked": (o.half_chunked(PAGE[:3000]), {503}, "reading the body"),
    "half-then-hang": (o.half(pages.next_day(), then_hang=True), {504}, "reading the body"),
    "endless": (o.endless(), {503}, "2"),
    "gzip-bomb": (o.gzip_bomb(32), {503}, "2"),
    "redirect-loop": (o.redirect_loop(), {503}, "redirect"),
    "redirect-to-file": (o.redirect("file:///etc/passwd"), {503}, "file"),
    "redirect-to-nowhere": (o.redirect(""), {502, 503}, ""),
    "no-list": (o.page(pages.other_articles()), {502}, ""),
    "challenge": (o.page(pages.challenge()), {502}, ""),
    "login": (o.page(pages.login()), {502}, ""),
    "truncated": (o.page(pages.truncated()), {502}, ""),
    "broken-json": (o.page(pages.broken_json().replace(b"article", b"section")), {502}, "JSON"),
    "empty": (o.page(b""), {502}, ""),
    "binary": (o.page(bytes(range(256)) * 300, content_type="image/png"), {502}, ""),
    "not-http": (lambda ex: (ex.close(), ex.send(b"SSH-2.0-OpenSSH\r\n")), {503}, ""),
    "bad-gzip": (o.page(b"nonsense" * 99, headers={"Content-Encoding": "gzip"}), {503}, ""),
    "huge-header": (o.page(PAGE, headers={"X": "x" * 400000}), {503}, ""),
}
CONFIG = {"refresh": {"every": "1s", "wait": "60s"},
          "fetch": {"timeout": "3s", "max_body": "2M", "per_host": 64}}


def of_day(path, body=PAGE):
    """The page as the host gives it for that day."""
    day = path.rpartition("/")[2].encode()
    return body.replace(b"dateString&quot;:&quot;2026-08-04", b"dateString&quot;:&quot;" + day)


def good(name):
    return f"/papers/date/2025-03-{1 + list(FAILURES).index(name):02d}"


def cold(name):
    return good(name).replace("2025-03", "2025-05")


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """One server, one page for each way to fail: (origin, mill, {name: first answer})."""
    with o.Origin() as origin:
        for name in FAILURES:
            origin.set(good(name), o.page(of_day(good(name)), etag='"x"'))
        config = {**CONFIG, "papers": {"upstream": origin.url}}
        with Feedmill(tmp_path_factory.mktemp("outages"), config) as mill:
            first = {name: mill.get(good(name) + ".atom") for name in FAILURES}
            assert {a.status for a in first.values()} == {200}
            for name, (behaviour, _, _) in FAILURES.items():
                origin.set(good(name), behaviour)
                origin.set(cold(name), behaviour)
            clients = {name: mill.client() for name in FAILURES}
            for name, client in clients.items():
                client.request(cold(name) + ".atom")
            never = {name: client.answer() for name, client in clients.items()}
            for name in FAILURES:
                mill.wait_for_log(r'msg="refresh failed".*' + re.escape(good(name)[-10:]))
            yield origin, mill, first, never
            mill.check_log()


@pytest.mark.parametrize("name", FAILURES)
def test_a_feed_that_was_good_stays_as_it_was(failing, name):
    _, mill, first, _ = failing
    answer = mill.get(good(name) + ".atom")
    assert answer.status == 200
    assert answer.body == first[name].body
    for header in ("etag", "last-modified", "content-type"):
        assert answer[header] == first[name][header]
    assert "max-age" in answer.cache and "stale-if-error" in answer.cache
    assert mill.get(good(name) + ".atom", {"If-None-Match": first[name]["etag"]}).status == 304
    assert len(feeds.ids(mill.get(good(name) + ".atom?limit=1").body)) == 1  # a view not made before


@pytest.mark.parametrize("name", FAILURES)
def test_a_feed_that_never_was_says_why(failing, name):
    origin, mill, _, never = failing
    _, statuses, reason = FAILURES[name]
    answer = never[name]
    assert answer.status in statuses, answer
    assert answer["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.count("\n") == 1 and answer.text.endswith("\n")
    assert reason in answer.text and len(answer.text) > 20
    assert answer.cache == {"no-store": True}
    assert int(answer["retry-after"]) > 0
    assert "etag" not in answer.headers
    for path in (".rss", ".json", ".atom?limit=3"):
        assert mill.get(cold(name) + path).status in statuses | {503}


def test_the_reason_stands_in_the_log_too(failing):
    _, mill, _, _ = failing
    for name, (_, _, reason) in FAILURES.items():
        line = mill.wait_for_log(r'msg="refresh failed".*' + re.escape(good(name)[-10:]))[0].string
        assert reason in line and "level=warn" in line


@pytest.mark.parametrize("code", (429, 503))
def test_retry_after_is_handed_on_and_obeyed(serve, origin, code):
    """For the whole host: what a page's answer said counts for its other pages."""
    for path in (good("403"), good("503")):
        origin.set(path, o.page(of_day(path), etag='"x"'))
    mill = serve(origin, CONFIG)
    first = {path: mill.get(path + ".atom") for path in (good("403"), good("503"))}
    assert {a.status for a in first.values()} == {200}
    origin.set(good("403"), o.status(code, retry_after=3600))
    mill.wait_for_log(r'msg="refresh failed".*' + re.escape(good("403")[-10:]))
    before = len(origin.requests)
    for _ in range(20):
        for path, answer in first.items():
            assert mill.get(path + ".atom").body == answer.body
        never = mill.get(cold("403") + ".atom")
        assert never.status == 503 and int(never["retry-after"]) > 3000
    assert origin.count(good("403")) == 2 and origin.count(cold("403")) == 0
    assert len(origin.requests) <= before + 1, "but for one that was under way"


def test_a_429_that_names_no_time_is_not_asked_again_at_once(serve, origin):
    origin.set("/papers", o.status(429))
    mill = serve(origin, CONFIG)
    answer = mill.get("/papers.atom")
    assert answer.status == 503 and int(answer["retry-after"]) > 10
    assert int(mill.get(cold("403") + ".atom")["retry-after"]) > 10, "the whole host"


def test_status_tells_what_broke(failing):
    _, mill, _, _ = failing
    feed = feeds.parsed(mill.get("/status.atom").body)
    assert any("2025-03" in e.title for e in feed.entries)
    metrics = mill.metrics()
    assert metrics["feedmill_upstreams_failing"] >= len(FAILURES)
    assert metrics["feedmill_fetch_errors_total"] >= 2 * len(FAILURES)


# apart: what needs a server of its own


def test_recovery(serve, origin, page):
    mill = serve(origin, CONFIG)
    first = mill.get("/papers.atom")
    origin.set("/papers", o.status(503))
    mill.wait_for_log(r'msg="refresh failed"')
    origin.set("/papers", o.page(page("later")))
    until(lambda: mill.get("/papers.atom").body != first.body, "recovery")
    assert len(feeds.ids(mill.get("/papers.atom").body)) == 53
    entry, = feeds.parsed(mill.get("/status.atom").body).entries
    assert "recovered" in entry.title and "503" in entry.summary
    assert mill.metrics()["feedmill_upstreams_failing"] == 0


def test_a_feed_that_never_was_comes_with_the_page(serve, origin, page):
    origin.set("/papers", o.sequence(o.status(503), o.page(page())))
    mill = serve(origin, CONFIG)
    assert mill.get("/papers.atom").status == 503
    until(lambda: mill.get("/papers.atom").status == 200, "the feed")


def test_retry_after_in_seconds_is_waited_for(serve, origin, page):
    origin.set("/papers", o.sequence(o.page(page("early")), o.status(429, retry_after=2), o.page(page())))
    mill = serve(origin, CONFIG)
    mill.get("/papers.atom")
    _, refused, again = origin.wait_for_requests("/papers", 3, 60)
    assert again.time - refused.time >= 1.9


def test_retry_after_that_is_nonsense_or_past_does_no_harm(serve, origin, page):
    values = ["Thu, 01 Jan 2015 00:00:00 GMT", "soon", "-5", "", "1e9"]
    days = [f"/papers/date/2025-01-{d + 1:02d}" for d in range(len(values))]
    for path, value in zip(days, values):
        failure = o.status(503, headers={"Retry-After": value})
        origin.set(path, o.sequence(o.page(of_day(path)), failure, o.page(of_day(path, page()))))
    mill = serve(origin, CONFIG)
    for path in days:
        assert mill.get(path + ".atom").status == 200
    for path in days:
        until(lambda: len(feeds.ids(mill.get(path + ".atom").body)) == 50, "recovery")


def test_broken_json_still_gives_the_feed(serve, origin, page):
    mill = serve(origin, CONFIG)
    before = set(feeds.ids(mill.get("/papers.atom").body))
    origin.set("/papers", o.page(page("broken-json")))
    origin.wait_for_requests("/papers", origin.count("/papers") + 2, 60)
    answer = mill.get("/papers.atom")
    assert answer.status == 200 and set(feeds.ids(answer.body)) == before
    for entry in feeds.parsed(answer.body).entries:
        assert entry.published == "2026-08-04T00:00:00Z" and entry.authors  # nothing is forgotten
    fresh = serve(origin, CONFIG)
    assert set(feeds.ids(fresh.get("/papers.atom").body)) == before


def test_an_empty_day_is_no_failure(serve, origin):
    mill = serve(origin)
    answer = mill.get("/papers/date/2026-08-08.atom")
    assert answer.status == 200 and feeds.ids(answer.body) == []
    assert "refresh failed" not in mill.log


def test_after_stale_the_old_copy_is_no_longer_served(serve, origin):
    mill = serve(origin, {"refresh": {"every": "1s", "wait": "60s", "stale": "2s"}})
    assert mill.get("/papers.atom").status == 200
    origin.set("/papers", o.status(503))
    mill.wait_for_log(r'msg="refresh failed"')
    gone = until(lambda: (a := mill.get("/papers.atom")).status == 503 and a, "the end of stale")
    assert gone.cache == {"no-store": True} and "503" in gone.text


def test_a_host_that_is_gone(serve, origin):
    mill = serve(origin, CONFIG)
    first = mill.get("/papers.atom")
    origin.stop()
    mill.wait_for_log(r'msg="refresh failed"')
    assert mill.get("/papers.atom").body == first.body
    never = mill.get("/papers/trending.atom")
    assert never.status == 503 and "connecting" in never.text
    origin.start()
    until(lambda: mill.get("/papers/trending.atom").status == 200, "recovery", 120)


def test_a_name_that_does_not_resolve(serve):
    mill = serve(None, {"papers": {"upstream": "http://no-such-host.invalid"}})
    answer = mill.get("/papers.atom")
    assert answer.status in (503, 504) and "no-such-host.invalid" in answer.text


# https


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ca")
    ca, other = o.make_ca(folder), o.make_ca(folder, "Another CA")
    return o.make_certificate(folder, ca), ca[0], other[0]


def test_https_with_a_ca_of_its_own(serve, authorities, page):
    certificate, ca, other = authorities
    with o.Origin(tls=certificate) as origin:
        origin.set("/papers", o.page(page()))
        mill = serve(origin, {"fetch": {"ca_file": str(ca)}})
        assert len(feeds.ids(mill.get("/papers.atom").body)) == 50
        for wrong in (str(other), ""):
            mill = serve(origin, {"fetch": {"ca_file": wrong}})
            answer = mill.get("/papers.atom")
            assert answer.status == 503 and "certificate" in answer.text.lower()
        assert origin.count() == 1


def test_a_certificate_that_is_no_longer_trusted(serve, authorities, page):
    """The feed stays; why it is no longer refreshed is said."""
    certificate, ca, other = authorities
    with o.Origin(tls=certificate) as origin:
        origin.set("/papers", o.page(page()))
        mill = serve(origin, {"fetch": {"ca_file": str(ca)}, "refresh": {"every": "1s"}})
        first = mill.get("/papers.atom")
        mill.reconfigure({"fetch": {"ca_file": str(other)}})
        mill.wait_for_log(r'msg="refresh failed".*[Cc]ertificate.*serving="the last good copy"')
        count = origin.count()
        again = mill.get("/papers.atom")
        assert (again.status, again.body, again["etag"]) == (200, first.body, first["etag"])
        assert origin.count() == count


def test_https_for_another_name_is_refused(serve, authorities, page):
    certificate, ca, _ = authorities
    with o.Origin(host="127.0.0.2", tls=certificate) as origin:
        origin.set("/papers", o.page(page()))
        answer = serve(origin, {"fetch": {"ca_file": str(ca)}}).get("/papers.atom")
        assert answer.status == 503 and origin.count() == 0


def test_a_ca_file_that_is_none(serve, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        mill = serve(None, {"fetch": {"ca_file": str(tmp_path / name)}}, wait=False)
        assert mill.wait() == 2
        assert name in mill.log and "ca_file" in mill.log
