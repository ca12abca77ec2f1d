"""One feed's life: one fetch however many ask, conditional refreshes, intervals."""

import email.utils

import feeds
import origin as o
import pages
import pytest
from harness import until

pytestmark = pytest.mark.threads

EAGER = {"refresh": {"every": "1s", "wait": "60s"}}


def refreshed(origin, path="/papers", more=1):
    """Waits until the page was asked for `more` further times."""
    return origin.wait_for_requests(path, origin.count(path) + more, 60)


def test_a_hundred_readers_share_one_fetch(serve, origin, page):
    gate = o.Gate(o.page(page()))
    origin.set("/papers", gate)
    mill = serve(origin)
    clients = [mill.client() for _ in range(100)]
    kinds = ["/papers.atom", "/papers.rss", "/papers.atom?limit=7", "/papers"]
    for i, client in enumerate(clients):
        client.request(kinds[i % 4], {"Host": f"host{i % 3}.example.org"})
    gate.wait_for(1)
    until(lambda: mill.metrics()["feedmill_requests_total"] >= 100, "100 requests read")
    assert gate.waiting == 1
    gate.release()
    answers = [client.answer() for client in clients]
    assert {a.status for a in answers} == {200}
    assert len(feeds.ids(answers[0].body)) == 50 and len(feeds.ids(answers[2].body)) == 7
    assert origin.count() == 1
    for client in clients:
        client.close()


def test_a_hundred_readers_of_a_failing_page_share_one_fetch(serve, origin):
    gate = o.Gate(o.status(503))
    origin.set("/papers", gate)
    mill = serve(origin)
    clients = [mill.client() for _ in range(100)]
    for client in clients:
        client.request("/papers.atom")
    gate.wait_for(1)
    until(lambda: mill.metrics()["feedmill_requests_total"] >= 100, "100 requests read")
    gate.release()
    assert {client.answer().status for client in clients} == {503}
    assert origin.count() == 1
    for client in clients:
        client.close()


def test_fresh_is_served_without_asking_the_page(serve, origin):
    mill = serve(origin)
    first = mill.get("/papers.atom")
    origin.stop()
    for _ in range(20):
        assert mill.get("/papers.atom").body == first.body
    assert origin.count() == 1


def test_a_refresh_is_conditional_and_304_keeps_all(serve, origin, page):
    origin.set("/papers", o.page(page(), etag='"one"', last_modified=1000000))
    mill = serve(origin, EAGER)
    first = mill.get("/papers.atom")
    for sent in refreshed(origin, more=2)[1:]:
        assert sent.headers["if-none-match"] == '"one"'
        assert sent.headers["if-modified-since"] == email.utils.formatdate(1000000, usegmt=True)
    again = mill.get("/papers.atom")
    for name in ("etag", "last-modified"):
        assert again[name] == first[name]
    assert again.body == first.body
    assert mill.metrics()["feedmill_fetches_not_modified_total"] >= 1
    assert mill.get("/papers.atom", {"If-None-Match": first["etag"]}).status == 304


def test_the_same_page_again_keeps_all(serve, origin, page):
    origin.set("/papers", o.page(page()))  # no validators: 200 each time
    mill = serve(origin, EAGER)
    first = mill.get("/papers.atom")
    refreshed(origin, more=2)
    again = mill.get("/papers.atom")
    assert (again["etag"], again["last-modified"]) == (first["etag"], first["last-modified"])
    assert again.body == first.body


def test_a_changed_page_is_a_changed_feed(serve, origin, page):
    origin.set("/papers", o.page(page("early"), etag='"a"'))
    mill = serve(origin, EAGER)
    first = mill.get("/papers.atom")
    assert len(feeds.ids(first.body)) == 1
    origin.set("/papers", o.page(page("daily"), etag='"b"'))
    changed = until(lambda: (a := mill.get("/papers.atom")).body != first.body and a, "the change")
    assert changed["etag"] != first["etag"] and len(feeds.ids(changed.body)) == 50
    assert mill.get("/papers.atom", {"If-None-Match": first["etag"]}).status == 200
    refreshed(origin)
    assert origin.log()[-1].headers["if-none-match"] == '"b"'


def test_votes_move_no_date_and_text_does(serve, origin, page):
    origin.set("/papers", o.page(page("daily")))
    mill = serve(origin, EAGER)
    before = {e.id: e for e in feeds.parsed(mill.get("/papers.atom").body).entries}
    origin.set("/papers", o.page(page("later")))
    after = until(lambda: (p := feeds.parsed(mill.get("/papers.atom").body)) and len(p.entries) == 53 and p)
    for entry in after.entries:
        pid = entry.id.rsplit("/", 1)[1]
        if pid in pages.NEW:
            continue
        assert entry.published == before[entry.id].published
        changed = pid in (pages.CHANGED_TITLE, pages.CHANGED_ABSTRACT)
        assert (entry.updated != before[entry.id].updated) == changed, pid
    assert after.feed.updated == max(e.updated for e in after.entries)


def test_a_page_that_comes_back_half_filled_does_not_shrink_the_feed(serve, origin, page):
    origin.set("/papers", o.page(page("daily")))
    mill = serve(origin, EAGER)
    before = set(feeds.ids(mill.get("/papers.atom").body))
    origin.set("/papers", o.page(page("next-day")))
    after = until(lambda: (i := feeds.ids(mill.get("/papers.atom").body)) and len(i) > 50 and i)
    assert len(after) == 65 and before <= set(after)


def test_the_same_page_in_another_order_moves_nothing_by_date(serve, origin, page):
    """A day's entries all bear the same date: the page's order then decides."""
    origin.set("/papers/trending", o.page(page("trending")))
    mill = serve(origin, EAGER)
    want = [p["id"] for p in pages.papers("trending")]
    assert feeds.ids(mill.get("/papers/trending.atom").body) == want


def test_wait_is_how_long_a_reader_waits(serve, origin, page):
    """The copy at hand is served when the refresh takes longer."""
    mill = serve(origin, {"refresh": {"every": "1s", "wait": "1s"}})
    first = mill.get("/papers.atom")
    gate = o.Gate(o.page(page("later")))
    origin.set("/papers", gate)
    gate.wait_for(1, 60)
    assert mill.get("/papers.atom").body == first.body
    assert gate.waiting == 1
    gate.release()
    until(lambda: mill.get("/papers.atom").body != first.body, "the new copy")


def test_a_reader_of_a_new_feed_is_told_when_it_is_late(serve, origin, page):
    gate = o.Gate(o.page(page()))
    origin.set("/papers", gate)
    mill = serve(origin, {"refresh": {"wait": "1s"}})
    late = mill.get("/papers.atom")
    assert late.status == 504 and late["retry-after"] == "1"
    assert mill.get("/papers.atom").status == 504
    gate.release()
    until(lambda: mill.get("/papers.atom").status == 200)
    assert origin.count("/papers") == 1  # the refresh went on without its readers


def test_a_reader_of_a_new_feed_waits_a_moment_even_so(serve, origin, page):
    gate = o.Gate(o.page(page()))
    origin.set("/papers", gate)
    mill = serve(origin, {"refresh": {"wait": "0s"}})
    with mill.client() as client:
        client.request("/papers.atom")
        gate.wait_for(1)
        assert mill.get("/healthz").status == 200
        gate.release()
        assert client.answer().status == 200


def test_a_reader_waits_for_a_refresh_that_comes_in_time(serve, origin, page):
    mill = serve(origin, EAGER)
    first = mill.get("/papers.atom")
    gate = o.Gate(o.page(page("later")))
    origin.set("/papers", gate)
    gate.wait_for(1, 60)
    with mill.client() as client:
        client.request("/papers.atom")
        misses = mill.metrics()["feedmill_cache_misses_total"]
        assert misses >= 1
        gate.release()
        assert client.answer().body != first.body


def test_idle_feeds_are_no_longer_refreshed_ahead(serve, origin, page):
    mill = serve(origin, {"refresh": {"every": "1s", "wait": "60s", "idle": "1s"},
                          "feeds": [{"name": "busy", "path": "/papers/trending", "idle": "1d"}]})
    mill.get("/papers.atom")
    mill.get("/feeds/busy.atom")
    def unread():
        return 'feedmill_upstreams_by_state{state="stale"} 1' in mill.get("/metrics").text
    until(unread, "the unread feed to rest")
    count = origin.count("/papers")
    refreshed(origin, "/papers/trending", more=3)
    assert origin.count("/papers") == count
    origin.set("/papers", o.page(page("later")))
    assert len(feeds.ids(mill.get("/papers.atom").body)) == 53  # a reader wakes it up
    assert origin.count("/papers") == count + 1


def test_each_feed_sets_its_own_interval(serve, origin):
    mill = serve(origin, {"refresh": {"every": "1d"}, "feeds": [
        {"name": "fast", "path": "/papers/trending", "every": "1s"}, {"name": "slow"}]})
    assert mill.get("/feeds/slow.atom").cache["max-age"] > 3600
    assert mill.get("/feeds/fast.atom").cache["max-age"] <= 1
    refreshed(origin, "/papers/trending", more=2)
    assert origin.count("/papers") == 1


def test_pages_nobody_configured_are_bounded(serve, origin, page):
    days = [f"/papers/date/2025-01-{d:02d}" for d in range(1, 31)]
    for path in days:
        origin.set(path, o.page(page("early")))
    mill = serve(origin, {"feeds": {"dynamic": 5}})
    for path in days:
        assert mill.get(path + ".atom").status == 200
    metrics = mill.metrics()
    assert metrics["feedmill_upstreams"] <= 5 and metrics["feedmill_views"] <= 5
    assert mill.get(days[-1] + ".atom").status == 200  # the least recently used were dropped
    assert origin.count(days[-1]) == 1
    with mill.client() as client:
        for i in range(30):  # views are bounded as pages are
            assert client.ask(f"{days[-1]}.atom?limit={i + 1}").status == 200
    assert mill.metrics()["feedmill_views"] <= 5


def test_the_page_that_was_unread_for_longest_goes(serve, origin, page):
    days = [f"/papers/date/2025-04-{d:02d}" for d in range(1, 8)]
    for path in days:
        origin.set(path, o.page(page("early")))
    mill = serve(origin, {"feeds": {"dynamic": 5}, "refresh": {"every": "1d"}, "store": "memory:"})
    for path in days[:5]:
        mill.get(path + ".atom")
    mill.until_later()  # when something was read is known to a second
    for path in (days[0], days[5], days[6], days[0]):
        assert mill.get(path + ".atom").status == 200
    assert origin.count(days[0]) == 1  # read again meanwhile, so others went
    assert mill.metrics()["feedmill_upstreams"] == 5


def test_requests_to_one_host_are_limited(serve, origin, page):
    gate = o.Gate(o.page(page("early")))
    days = [f"/papers/date/2025-02-{d:02d}" for d in range(1, 9)]
    for path in days:
        origin.set(path, gate)
    mill = serve(origin, {"fetch": {"per_host": 3, "robots": False}})
    clients = [mill.client() for _ in days]
    for client, path in zip(clients, days):
        client.request(path + ".atom")
    gate.wait_for(3)
    until(lambda: mill.metrics()["feedmill_requests_total"] >= 8, "all requests read")
    assert gate.waiting == 3
    gate.release()
    assert [client.answer().status for client in clients] == [200] * 8
    for client in clients:
        client.close()


def test_robots_txt_is_obeyed(serve, origin):
    origin.set("/robots.txt", o.status(200, "User-agent: *\nDisallow: /papers/trending\n"))
    mill = serve(origin)
    assert mill.get("/papers.atom").status == 200
    refused = mill.get("/papers/trending.atom")
    assert refused.status in (502, 503) and "robots.txt" in refused.text
    assert origin.count("/papers/trending") == 0
    assert len(origin.robots) == 1


def test_robots_txt_is_obeyed_where_a_redirect_leads(serve, origin, page):
    """On the page's host and on another, which is asked for its rules first."""
    rules = "User-agent: *\nDisallow: /private\n"
    with o.Origin() as other:
        for host in (origin, other):
            host.set("/robots.txt", o.status(200, rules))
            host.set("/private", o.page(page()))
        other.set("/open", o.redirect("/open/2"))
        other.set("/open/2", o.page(page()))
        origin.set("/papers/trending", o.redirect("/private"))
        origin.set("/papers", o.redirect(other.url + "/open"))
        origin.set("/papers/date/2026-08-04", o.redirect(other.url + "/private"))
        mill = serve(origin)
        there = mill.get("/papers/trending.atom")
        assert there.status in (502, 503) and f"{origin.url}/private: robots.txt of" in there.text
        assert len(feeds.ids(mill.get("/papers.atom").body)) == 50
        away = mill.get("/papers/date/2026-08-04.atom")
        assert away.status in (502, 503) and f"{other.url}/private: robots.txt of" in away.text
        assert origin.count("/private") == other.count("/private") == 0
        assert (len(origin.robots), len(other.robots), other.count()) == (1, 1, 2)
        assert origin.count("/papers") == 2 and origin.count("/papers/date/2026-08-04") == 1


def test_no_rules_where_a_redirect_leads_no_page(serve, origin, page):
    with o.Origin() as other:
        other.set("/robots.txt", o.status(503))
        other.set("/open", o.page(page()))
        origin.set("/papers", o.redirect(other.url + "/open"))
        mill = serve(origin)
        answer = mill.get("/papers.atom")
        assert answer.status == 503 and "robots.txt could not be had: 503" in answer.text
        assert f"redirected to {other.url[7:]}" in answer.text and other.count() == 0


def test_robots_txt_can_be_passed_over(serve, origin):
    origin.set("/robots.txt", o.status(200, "User-agent: *\nDisallow: /\n"))
    mill = serve(origin, {"fetch": {"robots": False}})
    assert mill.get("/papers.atom").status == 200
    assert origin.robots == []


def test_what_is_sent_to_the_page(serve, origin):
    mill = serve(origin)
    mill.get("/papers.atom?key=secret&limit=5", {"Cookie": "a=b", "User-Agent": "reader/1"})
    sent = origin.log()[0]
    assert (sent.method, sent.target) == ("GET", "/papers")
    assert sent.headers["user-agent"].startswith("feedmill/")
    assert "cookie" not in sent.headers and "gzip" in sent.headers["accept-encoding"]
    assert "html" in sent.headers["accept"]


def test_a_page_that_moved_is_followed(serve, origin):
    origin.set("/papers", o.redirect("/elsewhere", 301))
    origin.set("/elsewhere", o.redirect("/papers/date/2026-08-04", 307))
    mill = serve(origin)
    assert len(feeds.ids(mill.get("/papers.atom").body)) == 50


def test_a_page_that_wants_its_cookie_back_is_had(serve, origin, page):
    def gate(ex):
        if "seen=1" in ex.request.headers.get("cookie", ""):
            return o.page(page())(ex)
        return ex.reply(302, {"Location": "/papers", "Set-Cookie": "seen=1; Path=/"})
    origin.set("/papers", gate)
    mill = serve(origin, EAGER)
    assert len(feeds.ids(mill.get("/papers.atom").body)) == 50
    refreshed(origin, more=2)
    sent = [request.headers.get("cookie") for request in origin.log("/papers")]
    assert sent[:4] == [None, "seen=1"] * 2  # each fetch is a stranger
