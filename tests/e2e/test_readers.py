"""Real readers, each twice: all entries first, then nothing new and a 304."""

import os
import re
import shutil
import sqlite3
import subprocess

import feedparser
import feeds
import harness
import origin as o
import pages
import pytest
from harness import until
from listing import Listing

DAY = "/papers/date/2026-08-04"


@pytest.fixture
def mill(serve, origin, tmp_path):
    mill = serve(origin, {"server": {"access_log": str(tmp_path / "access.log")}})
    mill.served = lambda: re.findall(r'"GET (\S+) HTTP/1\.\d" (\d+) ', (tmp_path / "access.log").read_text())
    return mill


def served(mill, count):
    """The first `count` answers as the access log has them."""
    log = until(lambda: (s := [(t, int(c)) for t, c in mill.served() if ".atom" in t]) and len(s) >= count and s,
                "the access log")
    return log


@pytest.fixture(scope="module")
def want():
    return Listing(pages.daily()).entries


# newsboat


def newsboat(folder, line):
    """One run; the rows of its cache: (guid, title, url, pubDate, unread)."""
    (folder / "urls").write_text(line + "\n")
    (folder / "config").write_text("reload-threads 1\nerror-log \"%s\"\n" % (folder / "errors"))
    done = subprocess.run(["newsboat", "-C", "config", "-u", "urls", "-c", "cache.db", "-x", "reload"],
                          cwd=folder, env=harness.environment(HOME=folder), capture_output=True,
                          text=True, timeout=harness.PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not os.path.exists(folder / "errors") or not (folder / "errors").read_text()
    with sqlite3.connect(folder / "cache.db") as db:
        return db.execute("select guid, title, url, pubDate, unread from rss_item order by id").fetchall()


def check_newsboat(rows, want):
    assert len(rows) == len(want) == 50
    by_id = {row[0]: row for row in rows}
    for entry in want:
        guid, title, url, date, unread = by_id[entry["id"]]
        assert (title, url, date, unread) == (entry["title"], entry["id"], entry["published"], 1)


needs_newsboat = pytest.mark.skipif(not shutil.which("newsboat"), reason="no newsboat")


@needs_newsboat
def test_newsboat_by_address(mill, want, tmp_path):
    url = mill.url + DAY + ".atom"
    first = newsboat(tmp_path, url)
    check_newsboat(first, want)
    assert newsboat(tmp_path, url) == first
    assert newsboat(tmp_path, url) == first
    # newsboat notes validators in a row of its own, which is made at the end of the
    # first run: it is the third that sends what the second was given
    assert sorted(code for _, code in served(mill, 3)) == [200, 200, 304]


@needs_newsboat
def test_newsboat_with_convert_as_a_filter(origin, want, tmp_path):
    line = f'"filter:{harness.PROGRAM} convert:{origin.url}{DAY}"'
    first = newsboat(tmp_path, line)
    check_newsboat(first, want)
    assert newsboat(tmp_path, line) == first
    assert origin.count(DAY) == 2


@needs_newsboat
def test_newsboat_with_fetch_as_a_command(origin, want, tmp_path):
    file = tmp_path / "feedmill.yaml"
    file.write_text(harness.yaml({"papers": {"upstream": origin.url}, "fetch": {"allow_private": True},
                                  "store": f"sqlite:{tmp_path}/feedmill.db"}))
    line = f'"exec:{harness.PROGRAM} fetch -c {file} {DAY}"'
    first = newsboat(tmp_path, line)
    check_newsboat(first, want)
    assert newsboat(tmp_path, line) == first


@needs_newsboat
def test_newsboat_shows_what_is_new(serve, origin, page, tmp_path):
    mill = serve(origin, {"refresh": {"every": "1s", "wait": "60s"}})
    url = mill.url + "/papers.atom"
    assert len(newsboat(tmp_path, url)) == 50
    origin.set("/papers", o.page(page("later")))
    until(lambda: len(feeds.ids(mill.get("/papers.atom").body)) == 53, "the change")
    rows = newsboat(tmp_path, url)
    assert len(rows) == 53 and {f"{pages.HOST}/papers/{n}" for n in pages.NEW} <= {r[0] for r in rows}


# sfeed

SFEEDRC = """sfeedpath="{folder}/feeds"
feeds() {{ feed papers "{url}"; }}
fetch() {{
    curl -L --max-redirs 0 -H "User-Agent:" -f -s -m 60 --etag-save "$3.etag" --etag-compare "$3.etag" "$2"
}}
"""


def sfeed(folder, url):
    (folder / "sfeedrc").write_text(SFEEDRC.format(folder=folder, url=url))
    done = subprocess.run(["sfeed_update", "sfeedrc"], cwd=folder, capture_output=True, text=True,
                          env=harness.environment(HOME=folder), timeout=harness.PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.split("\t") for line in (folder / "feeds/papers").read_text().splitlines()]


@pytest.mark.skipif(not shutil.which("sfeed_update") or not shutil.which("curl"), reason="no sfeed")
def test_sfeed(mill, want, tmp_path):
    url = mill.url + DAY + ".atom"
    first = sfeed(tmp_path, url)
    assert len(first) == 50
    by_id = {row[5]: row for row in first}
    for entry in want:
        time, title, link, content, kind, _, author, enclosure, category = by_id[entry["id"]][:9]
        assert (int(time), link) == (entry["published"], entry["id"])
        assert title.replace("\\\\", "\\") == entry["title"].replace("\x7f", "")
        assert kind == "html" and content and author == entry["authors"][0]
        assert enclosure.startswith("https://arxiv.org/pdf/") or not enclosure
    assert sfeed(tmp_path, url) == first
    assert sorted(code for _, code in served(mill, 2)) == [200, 304]


# feedparser, as many programs use it


def test_feedparser_with_etag(mill, want):
    url = mill.url + DAY + ".atom"
    first = feedparser.parse(url, sanitize_html=False)
    assert (first.status, first.bozo, len(first.entries)) == (200, 0, 50)
    assert [e.title for e in first.entries] == [e["title"] for e in want]
    assert [e.link for e in first.entries] == [e["id"] for e in want]
    assert [feeds.seconds(e.published_parsed) for e in first.entries] == [e["published"] for e in want]
    assert first.headers["content-encoding"] in ("gzip", "deflate")
    second = feedparser.parse(url, etag=first.etag)
    assert (second.status, second.entries) == (304, [])
    third = feedparser.parse(url, modified=first.modified)
    assert (third.status, third.entries) == (304, [])
    assert sorted(code for _, code in served(mill, 3)) == [200, 304, 304]


def test_feedparser_finds_the_feed_of_a_page(mill):
    """Autodiscovery: from the preview's address to the feed's."""
    page = feedparser.parse(mill.url + "/papers")
    links = [link.href for link in page.feed.get("links", []) if link.get("type") == "application/atom+xml"]
    assert links == [mill.url + "/papers.atom"]
    assert feedparser.parse(links[0]).status == 200
