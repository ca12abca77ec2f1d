"""What a person sees in a browser, and what operators' tools read."""

import gzip
import json
import shutil
import subprocess
from html.parser import HTMLParser

import feeds
import harness
import origin as o
import pages
import pytest
from harness import until
from listing import Listing


class Html(HTMLParser):
    """Elements with their attributes, the text, and whether tags are balanced."""

    VOID = {"meta", "link", "input", "br", "img", "hr"}

    def __init__(self, body):
        super().__init__()
        self.found, self.text, self.stack, self.problems = [], "", [], []
        self.feed(body)
        self.close()
        if self.stack:
            self.problems.append(f"left open: {self.stack}")

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        self.text += data

    def all(self, tag, **attrs):
        return [a for t, a in self.found if t == tag and all(a.get(k) == v for k, v in attrs.items())]


def html(answer):
    assert answer.status == 200 and answer["content-type"] == "text/html; charset=utf-8"
    page = Html(answer.text)
    assert answer.text.startswith("<!doctype html>") and not page.problems, page.problems
    assert page.all("html")[0].get("lang") and page.all("title") and page.all("meta", charset="utf-8")
    assert not page.all("script") and page.all("meta", name="referrer", content="no-referrer")
    assert page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"].startswith("default-src 'none'; ")
    return page


CONFIG = {"feeds": [{"name": "strong", "title": "Strong & <few>", "min_upvotes": 64}]}


def test_the_first_page_lists_all_feeds(serve, origin):
    mill = serve(origin, CONFIG)
    page = html(mill.get("/"))
    links = {a.get("href") for a in page.all("a")}
    discovered = {a["href"] for a in page.all("link", rel="alternate", type="application/atom+xml")}
    for path in ("/papers", "/papers/week", "/papers/month", "/papers/trending", "/feeds/strong"):
        assert mill.url + path + ".atom" in links & discovered, path
        assert mill.url + path + ".atom" in page.text
    assert "Strong & <few>" in page.text and "feedmill" in page.text
    for href in links:
        if href.startswith(mill.url) and "month" not in href and "week" not in href:
            assert mill.get(href[len(mill.url):]).status == 200, href


def test_the_first_page_tells_the_state_in_words(serve, origin, page):
    mill = serve(origin, {"refresh": {"every": "1s"}})
    assert "Not requested yet" in html(mill.get("/")).text
    mill.get("/papers.atom")
    assert "Up to date: 50 entries on its page, fetched " in html(mill.get("/")).text
    origin.set("/papers", o.status(503))
    mill.wait_for_log('msg="refresh failed"')
    text = until(lambda: [t for t in [html(mill.get("/")).text] if "next try in" in t], "a failing page")[0]
    assert "Failing: 50 entries on its page, readers get the copy of " in text and "503" in text
    origin.set("/papers/week/2026-W32", o.status(404))
    mill.reconfigure({"refresh": {"every": "1h"}, "feeds": [
        {"name": "gone", "path": "/papers/week/2026-W32"}, {"name": "unread", "path": "/papers/month/2026-08"}]})
    assert mill.get("/feeds/gone.atom").status == 503
    text = html(mill.get("/")).text
    assert "Failing: there is no copy to give, next try in " in text and "404 Not Found." in text
    assert text.count("Not requested yet: fetched on the first request.") == 4  # unread, week, month, trending
    gate = o.Gate(o.page(page()))
    origin.set("/papers/trending", gate)
    with mill.client() as client:
        client.request("/papers/trending.atom")
        gate.wait_for(1)
        assert "Being refreshed now (waiting for the answer)" in html(mill.get("/")).text
        gate.release()
        client.answer()


@pytest.mark.parametrize("given, expected", [
    ("https://huggingface.co/papers", "/papers.atom"),
    ("https://huggingface.co/papers?q=neurons", "/papers.atom?q=neurons"),
    ("huggingface.co/papers/week/2026-W32", "/papers/week/2026-W32.atom"),
    ("/papers/date/2026-08-04", "/papers/date/2026-08-04.atom"),
    ("https://huggingface.co/papers/trending#top", "/papers/trending.atom"),
    ("https://huggingface.co/papers/", "/papers.atom"),
    ("https://huggingface.co/papers/trending.rss", "/papers/trending.atom"),
    ("  https://huggingface.co/papers/month/2026-08  ", "/papers/month/2026-08.atom"),
    ("hf.co/papers?q=large language http://x", "/papers.atom?q=large%20language%20http://x")])
def test_the_box_turns_an_address_into_its_feeds(shared, given, expected):
    _, mill = shared
    form = html(mill.get("/")).all("form")[0]
    field = html(mill.get("/")).all("input")[0]["name"]
    assert form["method"].lower() == "get"
    page = html(mill.get(f"/?{field}={o.urllib.parse.quote_plus(given)}"))
    assert mill.url + expected in {a.get("href") for a in page.all("a")}


@pytest.mark.parametrize("given", ["https://huggingface.co/blog", "nonsense", "https://example.org/papers", "\"><script>alert(1)</script>",
                                   "https://huggingface.co/papers/date/yesterday"])
def test_the_box_says_when_there_is_none(shared, given):
    _, mill = shared
    answer = mill.get("/?page=" + o.urllib.parse.quote(given))
    assert html(answer).all("form") and "That has no feed here: " in answer.text


def test_previews(shared):
    origin, mill = shared
    for address, name in {"/papers": "daily", "/papers?q=lanterns": "search", "/papers/trending": "trending"}.items():
        answer = mill.get(address)
        page = html(answer)
        want = Listing(pages.PAGES[name]())
        assert [a["href"] for a in page.all("a") if a.get("href") in set(want.ids)] == want.ids
        for title in want.titles:
            assert title in " ".join(page.text.split())
        ending = address.replace("?", ".atom?") if "?" in address else address + ".atom"
        assert mill.url + ending in {a["href"] for a in page.all("link", rel="alternate")}
        types = {a["type"] for a in page.all("link", rel="alternate")}
        assert types == {"application/atom+xml", "application/rss+xml", "application/feed+json"}
        assert mill.get(address, {"If-None-Match": answer["etag"]}).status == 304
        assert page.all("a")[-1]["href"] == mill.url + "/"


def test_opml(serve, origin):
    mill = serve(origin, CONFIG)
    answer = mill.get("/opml.xml")
    outlines = feeds.tree(answer.body).findall("body//outline[@xmlUrl]")
    addresses = {x.get("xmlUrl"): x.get("text") for x in outlines}
    assert answer.status == 200 and "opml" in answer["content-type"] or "xml" in answer["content-type"]
    assert addresses[mill.url + "/feeds/strong.atom"] == "Strong & <few>"
    assert {x.get("type") for x in outlines} == {"rss"}


def test_status_is_a_valid_feed(serve, origin, tmp_path):
    mill = serve(origin, {"refresh": {"every": "1s"}})
    files = [tmp_path / "none.atom", tmp_path / "one.atom"]
    files[0].write_bytes(mill.get("/status.atom").body)
    mill.get("/papers.atom")
    origin.set("/papers", o.status(503))
    mill.wait_for_log('msg="refresh failed"')
    files[1].write_bytes(mill.get("/status.atom").body)
    feeds.check_grammar(*files)
    assert feeds.parsed(files[0].read_bytes()).entries == []
    assert len(feeds.parsed(files[1].read_bytes()).entries) == 1
    assert origin.count("/papers") >= 2


def test_status_in_every_format(serve, origin):
    mill = serve(origin, {"refresh": {"every": "1s"}})
    assert mill.get("/papers/trending.atom").status == 200
    origin.set("/papers/trending", o.status(503))
    mill.wait_for_log('msg="refresh failed"')
    atom = mill.get("/status.atom")
    assert feeds.ids(atom.body) == [e.id for e in feeds.parsed(mill.get("/status.rss").body).entries]
    assert [e["id"] for e in json.loads(mill.get("/status.json").body)["items"]] == feeds.ids(atom.body)
    assert "papers/trending: broke at " in html(mill.get("/status")).text
    for match in ({"If-None-Match": atom["etag"]}, {"If-Modified-Since": atom["last-modified"]}):
        assert mill.get("/status.atom", match).status == 304
    assert feeds.ids(mill.get("/status.atom?exclude=trending").body) == []
    assert "limit" in mill.get("/status.atom?limit=0").text
    bad = mill.get("/status.atom?colour=blue")
    assert bad.status == 400 and "colour" in bad.text


def test_status_calls_pages_by_their_feeds_names(serve, origin, tmp_path):
    """Where a page has but an address, or a hash."""
    mill = serve(origin, {"feeds": [
        {"name": "gone", "source": "feed", "url": origin.url + "/gone.xml"},
        {"name": "made", "source": "exec", "url": origin.url + "/papers", "command": ["false"]},
        {"name": "strong", "path": "/papers/trending", "min_upvotes": 50}]})
    origin.set("/gone.xml", o.status(404))
    origin.set("/papers/trending", o.status(503))
    for name in ("gone", "made", "strong"):
        assert mill.get(f"/feeds/{name}.atom").status in (502, 503), name
    titles = {e.title.split(":")[0] for e in feeds.parsed(mill.get("/status.atom").body).entries}
    assert titles == {"gone", "made", "papers/trending"}
    assert html(mill.get("/status")).all("a")[-1]["href"] == mill.url + "/"


def test_with_an_access_key_nothing_of_the_feeds_is_shown_without(serve, origin):
    secret = {"server": {"access_key": "s3 &cret"}}
    mill = serve(origin, harness.merged(CONFIG, secret))
    key = "key=s3%20%26cret"
    for wrong in ("", "?key=", "?key=other", "?page=/papers"):
        page = html(mill.get("/" + wrong))
        assert "strong" not in page.text.lower() and "/papers" not in str(page.found)
        assert page.all("form")[0]["action"] == mill.url + "/" and page.all("input", name="key")
        for address in ("/opml.xml", "/status.atom", "/status"):
            assert mill.get(address + wrong).status in (400, 403), address
    page = html(mill.get(f"/?{key}&page=huggingface.co/papers?q=lanterns"))
    links = {a["href"] for a in page.all("a") if a["href"].startswith(mill.url)}
    assert f"{mill.url}/papers.atom?q=lanterns&{key}" in links
    assert f"{mill.url}/feeds/strong.atom?{key}" in links
    assert page.all("input", type="hidden", name="key", value="s3 &cret")
    for address in (f"/papers?{key}", f"/status?{key}"):
        assert html(mill.get(address)).all("a")[-1]["href"] == f"{mill.url}/?{key}"
    for href in links:
        if "month" not in href and "week" not in href:
            assert mill.get(href[len(mill.url):]).status == 200, href
    for listed in (mill.get("/opml.xml?" + key).body, harness.run("opml", "-c", mill.file).stdout):
        urls = [x.get("xmlUrl") for x in feeds.tree(listed).findall("body//outline[@xmlUrl]")]
        assert [u.partition("/feeds")[2] for u in urls] == [f"/strong.atom?{key}"]
    done = harness.run("fetch", "-c", mill.file, "/papers?limit=3")
    assert (done.returncode, len(feeds.ids(done.stdout))) == (0, 3), done.stderr
    assert "s3" not in mill.log


def test_health_and_readiness(shared):
    _, mill = shared
    for path in ("/healthz", "/readyz"):
        answer = mill.get(path)
        assert (answer.status, answer["content-type"]) == (200, "text/plain; charset=utf-8")
        assert answer.cache == {"no-store": True}


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool")
def test_metrics_by_promtool(serve, origin):
    mill = serve(origin)
    mill.get("/papers.atom")
    mill.get("/papers/date/yesterday.atom")
    answer = mill.get("/metrics")
    assert answer["content-type"].startswith("text/plain; version=0.0.4")
    done = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_metrics_count(serve, origin):
    mill = serve(origin)
    mill.get("/papers.atom")
    before = mill.metrics()
    tag = mill.get("/papers.atom")["etag"]
    for _ in range(4):
        mill.get("/papers.atom", {"If-None-Match": tag})
    mill.get("/nothing.atom")
    with mill.client() as client:
        client.send(b"nonsense\r\n\r\n")
        client.answer()
    until(lambda: mill.metrics()["feedmill_bad_requests_total"] == 1)
    after = mill.metrics()

    def more(name):
        return after[f"feedmill_{name}"] - before[f"feedmill_{name}"]

    assert more("cache_hits_total") == 5 and more("not_modified_total") == 4
    assert more('responses_total{class="3xx"}') == 4 and more('responses_total{class="4xx"}') == 2
    assert after["feedmill_fetches_total"] == origin.count() == 1
    assert after['feedmill_upstreams_by_state{state="fresh"}'] == 1


def test_robots_are_kept_off_the_pages_and_may_have_the_feeds(shared, serve, origin):
    _, mill = shared
    rules = mill.get("/robots.txt").text
    assert "Disallow: /\n" in rules
    assert mill.get("/papers")["x-robots-tag"] == "noindex"
    # by RFC 9309: a feedmill that obeys has the feeds of another, and not its pages
    other = serve(origin, {"feeds": [{"name": "atom", "source": "feed", "url": mill.url + "/papers.atom?limit=3"},
                                     {"name": "page", "source": "auto", "url": mill.url + "/papers"}]})
    assert len(feeds.ids(other.get("/feeds/atom.atom").body)) == 3
    refused = other.get("/feeds/page.atom")
    assert refused.status in (502, 503) and "robots.txt" in refused.text


def test_heads_for_browsers(shared):
    _, mill = shared
    for address in ("/papers.atom", "/papers.rss", "/papers.json", "/papers", "/", "/status", "/opml.xml",
                    "/metrics", "/healthz", "/nothing<script>"):
        assert mill.get(address)["x-content-type-options"] == "nosniff", address
    for address in ("/papers.atom", "/papers.rss", "/papers.json", "/status.atom", "/nothing.atom"):
        assert mill.get(address)["access-control-allow-origin"] == "*", address
    tag = mill.get("/papers.atom")["etag"]
    assert mill.get("/papers.atom", {"If-None-Match": tag})["access-control-allow-origin"] == "*"
    for address in ("/papers", "/", "/status"):
        answer = mill.get(address)
        assert "access-control-allow-origin" not in answer.headers
        assert "frame-ancestors 'none'" in answer["content-security-policy"], address
        assert answer["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("address", ["/", "/status", "/status.atom", "/opml.xml", "/metrics", "/papers"])
def test_everything_can_be_had_compressed(shared, address):
    _, mill = shared
    mill.get("/papers.atom")
    plain = mill.get(address, {"Accept-Encoding": "identity"})
    for accept in ("gzip", "*;q=0, gzip"):
        answer = mill.get(address, {"Accept-Encoding": accept})
        assert (answer.status, answer["content-encoding"]) == (200, "gzip")
        text = gzip.decompress(answer.body)
        assert len(answer.body) < len(text)
        if address not in ("/metrics", "/"):  # these tell the time
            assert text == plain.body
    assert mill.get("/healthz", {"Accept-Encoding": "*;q=0, gzip"}).status == 200


@pytest.mark.parametrize("conditions, status", [
    ({"If-Match": '"x"'}, 412), ({"If-Match": "*"}, 200), ({"If-Unmodified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 412),
    ({"If-Unmodified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200), ({"If-Match": '"x"', "If-None-Match": "*"}, 412)])
def test_preconditions(shared, conditions, status):
    _, mill = shared
    assert mill.get("/papers.atom", conditions).status == status


@pytest.mark.parametrize("address", ["/papers/", "//papers", "/%70apers", "/./papers"])
def test_pages_under_other_spellings(shared, address):
    _, mill = shared
    assert f'href="{mill.url}/papers.atom"' in mill.get(address).text
