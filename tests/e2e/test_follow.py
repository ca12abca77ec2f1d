"""Lists that go on at another address, entries' own pages, several lists in one feed."""

import html
import re

import feeds
import origin as o
import pytest
from harness import run, until, yaml

pytestmark = pytest.mark.threads

EAGER = {"refresh": {"every": "1s", "wait": "60s"}}

RECIPE = """
name: notes
title: Notes
url: {url}/notes
items: "css: article"
fields:
  title: "css: h2"
  link: "css: h2 a @href"
  published: "css: time @datetime"
{more}
"""


def note(n):
    return {"title": f"Note {n}", "href": f"/note/{n}", "time": f"2026-08-{n:02d}T08:00:00Z"}


def listing(notes, next=None):
    """A page of the list, with a link to its next page."""
    rows = "".join(f'<article><h2><a href="{n["href"]}">{html.escape(n["title"])}</a></h2>'
                   f'<time datetime="{n["time"]}"></time></article>\n' for n in notes)
    more = f'<a rel="next" href="{html.escape(next)}">older</a>' if next else ""
    return f"<!doctype html><title>Notes</title><main>\n{rows}{more}</main>"


@pytest.fixture
def site():
    with o.Origin() as started:
        yield started


def recipe(folder, site, more=""):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "notes.yaml").write_text(RECIPE.format(url=site.url, more=more))
    return {"sources": ["notes.yaml"], "feeds": [{"name": "notes", "source": "notes"}]}


PAGED = """next: "css: a[rel=next] @href"
max_pages: %d
"""


def paged(serve, tmp_path, site, most=3, **config):
    folder = tmp_path / "paged"
    return serve(config={**recipe(folder, site, PAGED % most), **config}, folder=folder)


def three_pages(site, **how):
    site.set("/notes", o.page(listing([note(9), note(8)], "/notes/2"), **how))
    site.set("/notes/2", o.page(listing([note(7), note(8)], "/notes/3")))
    site.set("/notes/3", o.page(listing([note(6)], "/notes/4")))


def refreshed(site, path="/notes", more=2):
    """Waits for refreshes that began after now."""
    return site.wait_for_requests(path, site.count(path) + more, 60)


def state(mill):
    return mill.metrics()


# pages


def test_a_list_goes_on_over_its_pages(serve, tmp_path, site):
    three_pages(site)
    mill = paged(serve, tmp_path, site)
    body = mill.get("/feeds/notes.atom").body
    assert feeds.titles(body) == ["Note 9", "Note 8", "Note 7", "Note 6"]
    assert [r.target for r in site.log()] == ["/notes", "/notes/2", "/notes/3"]


def test_fetch_follows_pages_too(tmp_path, site):
    three_pages(site)
    config = {"fetch": {"allow_private": True}, "store": "memory:",
              **recipe(tmp_path, site, PAGED % 2)}
    (tmp_path / "c.yaml").write_text(yaml(config))
    done = run("fetch", "-c", tmp_path / "c.yaml", "notes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert feeds.titles(done.stdout) == ["Note 9", "Note 8", "Note 7"]
    assert site.count() == 2


def test_a_loop_of_pages_ends(serve, tmp_path, site):
    site.set("/notes", o.page(listing([note(9)], "/notes/2")))
    site.set("/notes/2", o.page(listing([note(8)], "/notes/3#more")))
    site.set("/notes/3", o.redirect(site.url + "/notes/4"))
    site.set("/notes/4", o.page(listing([note(7)], "/notes")))
    mill = paged(serve, tmp_path, site, most=20)
    assert len(feeds.titles(mill.get("/feeds/notes.atom").body)) == 3
    assert [r.target for r in site.log()] == ["/notes", "/notes/2", "/notes/3", "/notes/4"]


def test_a_further_page_that_fails_loses_nothing_that_came(serve, tmp_path, site):
    three_pages(site, etag='"one"')
    mill = paged(serve, tmp_path, site, **EAGER)
    assert len(feeds.titles(mill.get("/feeds/notes.atom").body)) == 4
    site.set("/notes/3", o.status(500))
    site.set("/notes", o.page(listing([note(10), note(9), note(8)], "/notes/2"), etag='"two"'))
    until(lambda: "Note 10" in mill.get("/feeds/notes.atom").text)
    refreshed(site)
    assert feeds.titles(mill.get("/feeds/notes.atom").body) == [
        "Note 10", "Note 9", "Note 8", "Note 7", "Note 6"]
    assert mill.log.count("a further page failed") == 1
    # a list that is not whole is asked for without conditions, until it is
    assert "if-none-match" not in site.log("/notes")[-1].headers
    site.set("/notes/3", o.page(listing([note(6), note(5)])))
    until(lambda: "Note 5" in mill.get("/feeds/notes.atom").text)


def test_a_304_of_the_first_page_stands_for_all(serve, tmp_path, site):
    three_pages(site, etag='"one"')
    mill = paged(serve, tmp_path, site, **EAGER)
    first = mill.get("/feeds/notes.atom").body
    assert refreshed(site)[-1].headers["if-none-match"] == '"one"'
    assert mill.get("/feeds/notes.atom").body == first
    assert site.count("/notes/2") == site.count("/notes/3") == 1


def test_a_reload_while_a_304_is_on_its_way(serve, tmp_path, site):
    three_pages(site, etag='"one"')
    mill = paged(serve, tmp_path, site, refresh={"every": "1s", "wait": "0s"})
    assert mill.get("/feeds/notes.atom").status == 200
    gate = o.Gate(o.page(listing([note(9), note(8)], "/notes/2"), etag='"one"'))
    site.set("/notes", gate)
    gate.wait_for(1)
    assert "if-none-match" in site.log("/notes")[-1].headers
    recipe(mill.folder, site, PAGED % 3 + 'fixups: [{field: title, match: "Note", replace: "Nota"}]\n')
    mill.reload()
    assert mill.get("/feeds/notes.atom").status == 200  # what it is read with from now on
    gate.release()
    until(lambda: feeds.titles(mill.get("/feeds/notes.atom").body)[0] == "Nota 9")
    assert "refresh failed" not in mill.log


def test_pages_on_another_host_do_not_get_the_headers(serve, tmp_path, site):
    with o.Origin() as other:
        site.set("/notes", o.page(listing([note(9)], site.url + "/notes/2")))
        site.set("/notes/2", o.redirect(site.url + "/notes/2b"))
        site.set("/notes/2b", o.page(listing([note(8)], other.url + "/notes/3")))
        other.set("/notes/3", o.page(listing([note(7)], "/notes/4")))
        other.set("/notes/4", o.redirect(site.url + "/notes/5"))
        site.set("/notes/5", o.page(listing([note(6)], "/notes/6")))
        site.set("/notes/6", o.redirect(other.url + "/notes/7"))
        other.set("/notes/7", o.page(listing([note(5)])))
        folder = tmp_path / "headers"
        mill = serve(folder=folder, config=recipe(
            folder, site, PAGED % 9 + 'headers: {X-Key: "secret", Accept: "text/x-notes"}\n'))
        assert len(feeds.titles(mill.get("/feeds/notes.atom").body)) == 5
        sent = {r.target: r.headers for r in site.log() + other.log()}
        own = ["/notes", "/notes/2", "/notes/2b", "/notes/6"]
        assert [t for t in sorted(sent) if "x-key" in sent[t]] == own
        assert [t for t in sorted(sent) if sent[t]["accept"] == "text/x-notes"] == own


# entries' own pages

DETAIL = """detail:
  max: %d
  content: "css: .body"
  published: "css: time @datetime"
  author: "css: .author"
"""


def own_page(n, text="", day=None):
    return (f'<!doctype html><title>{n}</title><p class="author">Author {n}</p>'
            f'<time datetime="2026-07-{day or n:02d}T06:00:00Z"></time>'
            f'<div class="body"><p>All of {n}.{text}</p></div>')


def with_details(site, *numbers):
    for n in numbers:
        site.set(f"/note/{n}", o.page(own_page(n)))


def detailed(serve, tmp_path, site, most=10, more="", folder=None, **config):
    folder = folder or tmp_path / "detailed"
    return serve(config={**recipe(folder, site, DETAIL % most + more), **config}, folder=folder)


def contents(body):
    """What the entries' own pages gave, None without."""
    return {e.title: re.sub("</?div>", "", e.content[0].value) if "content" in e else None
            for e in feeds.parsed(body).entries}


def dates(body):
    return {e.title: (e.published, e.updated) for e in feeds.parsed(body).entries}


def own_pages(site):
    """How often each was asked for."""
    counts = {}
    for r in site.log():
        if r.path.startswith("/note/"):
            counts[r.path] = counts.get(r.path, 0) + 1
    return counts


def test_the_first_version_of_an_entry_has_what_its_page_says(serve, tmp_path, site):
    site.set("/notes", o.page(listing([note(9), note(8)])))
    with_details(site, 8, 9)
    mill = detailed(serve, tmp_path, site, **EAGER)
    body = mill.get("/feeds/notes.atom").body
    assert contents(body) == {"Note 9": "<p>All of 9.</p>", "Note 8": "<p>All of 8.</p>"}
    assert dates(body)["Note 9"] == ("2026-07-09T06:00:00Z", "2026-07-09T06:00:00Z")
    assert feeds.parsed(body).entries[0].author == "Author 9"
    # never again, and the bare list takes nothing back
    refreshed(site, more=3)
    assert mill.get("/feeds/notes.atom").body == body
    assert own_pages(site) == {"/note/8": 1, "/note/9": 1}


def test_some_own_pages_in_each_refresh(serve, tmp_path, site):
    site.set("/notes", o.page(listing([note(n) for n in range(9, 2, -1)]), etag='"same"'))
    with_details(site, *range(3, 10))
    mill = detailed(serve, tmp_path, site, 3, **EAGER)
    assert mill.get("/feeds/notes.atom").status == 200
    assert own_pages(site) == {f"/note/{n}": 1 for n in (9, 8, 7)}
    # also when the list has not changed
    until(lambda: None not in contents(mill.get("/feeds/notes.atom").body).values())
    refreshed(site)
    assert site.log("/notes")[-1].headers["if-none-match"] == '"same"'
    assert own_pages(site) == {f"/note/{n}": 1 for n in range(3, 10)}
    # dates stay as they were when the entry was first given away
    given = dates(mill.get("/feeds/notes.atom").body)
    assert given["Note 9"][0] == "2026-07-09T06:00:00Z"
    assert given["Note 3"][0] == "2026-08-03T08:00:00Z"


def test_own_pages_are_not_asked_for_again_after_a_restart(serve, tmp_path, site):
    site.set("/notes", o.page(listing([note(9), note(8)])))
    with_details(site, 8, 9)
    folder = tmp_path / "restarted"
    first = detailed(serve, tmp_path, site, folder=folder, **EAGER)
    body = first.get("/feeds/notes.atom").body
    first.stop()
    second = detailed(serve, tmp_path, site, folder=folder, **EAGER)
    site.set("/notes", o.page(listing([note(9), note(8), note(7)])))
    with_details(site, 7)
    until(lambda: "Note 7" in second.get("/feeds/notes.atom").text)
    assert own_pages(site) == {"/note/7": 1, "/note/8": 1, "/note/9": 1}
    now = second.get("/feeds/notes.atom").body
    assert dates(now)["Note 9"] == dates(body)["Note 9"]
    assert contents(now)["Note 9"] == "<p>All of 9.</p>"


def test_an_own_page_that_fails_is_tried_three_times(serve, tmp_path, site):
    site.set("/notes", o.page(listing([note(9), note(8), note(7)])))
    with_details(site, 9)
    site.set("/note/8", o.status(500))
    site.set("/note/7", o.sequence(o.status(404), o.page(own_page(7))))
    folder = tmp_path / "failing"
    mill = detailed(serve, tmp_path, site, folder=folder, **EAGER)
    assert contents(mill.get("/feeds/notes.atom").body)["Note 8"] is None
    mill.wait_for_log("gave up on an entry's page")
    refreshed(site, more=3)
    assert own_pages(site) == {"/note/9": 1, "/note/8": 3, "/note/7": 2}
    assert contents(mill.get("/feeds/notes.atom").body)["Note 7"] == "<p>All of 7.</p>"
    mill.stop()
    again = detailed(serve, tmp_path, site, folder=folder, **EAGER)
    again.get("/feeds/notes.atom")
    refreshed(site, more=2)
    assert own_pages(site) == {"/note/9": 1, "/note/8": 3, "/note/7": 2}


def test_a_reader_with_nothing_at_hand_does_not_wait_for_own_pages(serve, tmp_path, site):
    site.set("/notes", o.page(listing([note(9), note(8)])))
    with_details(site, 8)
    gate = o.Gate(o.page(own_page(9)))
    site.set("/note/9", gate)
    mill = detailed(serve, tmp_path, site, refresh={"wait": "1s", "every": "1h"})
    body = mill.get("/feeds/notes.atom").body  # while the gate is shut
    assert contents(body) == {"Note 9": None, "Note 8": "<p>All of 8.</p>"}
    gate.release()
    until(lambda: contents(mill.get("/feeds/notes.atom").body)["Note 9"] == "<p>All of 9.</p>")
    # its date is the one that it was given away with; its authors are new to readers
    assert dates(mill.get("/feeds/notes.atom").body)["Note 9"][0] == "2026-08-09T08:00:00Z"
    assert site.count("/notes") == 1 and own_pages(site) == {"/note/8": 1, "/note/9": 1}


def test_entries_of_one_page_ask_for_it_once(serve, tmp_path, site):
    twins = [{**note(9), "title": "One"}, {**note(9), "title": "Other"}, note(8)]
    site.set("/notes", o.page(listing(twins)))
    with_details(site, 8, 9)
    folder = tmp_path / "twins"
    config = recipe(folder, site, DETAIL % 5)
    text = (folder / "notes.yaml").read_text().replace("  title:", '  id: "css: h2"\n  title:')
    (folder / "notes.yaml").write_text(text)
    mill = serve(config={**config, **EAGER}, folder=folder)
    assert contents(mill.get("/feeds/notes.atom").body) == {
        "One": "<p>All of 9.</p>", "Other": "<p>All of 9.</p>", "Note 8": "<p>All of 8.</p>"}
    refreshed(site)
    assert own_pages(site) == {"/note/8": 1, "/note/9": 1}


def test_what_a_source_remarks_is_logged_once(serve, tmp_path, site):
    def with_ads(count, *page):
        return o.page(listing(*page).replace("<main>", "<main>" + count * "<article>ad</article>"))

    site.set("/notes", with_ads(1, [note(9)], "/notes/2"))
    site.set("/notes/2", with_ads(2, [note(8)]))
    mill = paged(serve, tmp_path, site, **EAGER)
    assert feeds.titles(mill.get("/feeds/notes.atom").body) == ["Note 9", "Note 8"]
    refreshed(site, more=3)
    assert mill.log.count("1 of 2 items have neither title nor link") == 1
    assert mill.log.count("2 of 3 items have neither title nor link") == 1


@pytest.mark.parametrize("held", ["/notes/2", "/note/9"])
def test_a_reload_or_a_stop_while_pages_are_under_way(serve, tmp_path, site, held):
    site.set("/notes", o.page(listing([note(9)], "/notes/2")))
    site.set("/notes/2", o.page(listing([note(8)])))
    with_details(site, 8, 9)
    gate = o.Gate(site.behaviours[held])
    site.set(held, gate)
    folder = tmp_path / "held"
    mill = detailed(serve, tmp_path, site, more=PAGED % 2, folder=folder, refresh={"wait": "1s"})
    with mill.client() as client:
        client.request("/feeds/notes.atom")
        gate.wait_for(1)
        recipe(folder, site, DETAIL % 5 + PAGED % 3)
        assert "reloaded" in mill.reload()
        gate.release()
        assert feeds.titles(client.answer().body) == ["Note 9", "Note 8"]
    site.set(held, o.Gate(o.hang()))
    with_details(site, 7)
    site.set("/notes", o.page(listing([note(9), note(7)], "/notes/2")))
    if held == "/note/9":
        site.set("/note/7", site.behaviours[held])
    # regression: what was being made at the reload was published as if it were of now
    assert mill.get("/feeds/notes.atom").status == 200
    site.wait_for_requests("/note/7" if held == "/note/9" else held, 1 if held == "/note/9" else 2)
    mill.stop()


def test_fetch_waits_for_own_pages(tmp_path, site):
    site.set("/notes", o.page(listing([note(9), note(8)])))
    with_details(site, 8, 9)
    config = {"fetch": {"allow_private": True}, "store": f"sqlite:{tmp_path}/f.db",
              **recipe(tmp_path, site, DETAIL % 5)}
    (tmp_path / "c.yaml").write_text(yaml(config))
    for _ in range(2):
        done = run("fetch", "-c", tmp_path / "c.yaml", "notes", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert contents(done.stdout) == {"Note 9": "<p>All of 9.</p>", "Note 8": "<p>All of 8.</p>"}
    assert own_pages(site) == {"/note/8": 1, "/note/9": 1}


def test_own_pages_move_house(tmp_path, serve, site):
    site.set("/notes", o.page(listing([note(9), note(8)])))
    with_details(site, 9)
    site.set("/note/8", o.status(500))
    one, two = tmp_path / "one", tmp_path / "two"
    mill = detailed(serve, tmp_path, site, folder=one, refresh={"every": "1h"})
    body = mill.get("/feeds/notes.atom").body
    mill.stop()
    moved = run("store", "export", "-c", one / "feedmill.yaml", cwd=one)
    assert moved.returncode == 0, moved.stderr
    other = detailed(serve, tmp_path, site, folder=two, refresh={"every": "1h"})
    other.stop()
    taken = run("store", "import", "-c", two / "feedmill.yaml", cwd=two, stdin=moved.stdout)
    assert taken.returncode == 0, taken.stderr
    again = run("store", "export", "-c", two / "feedmill.yaml", cwd=two)
    assert sorted(again.stdout.splitlines()) == sorted(moved.stdout.splitlines())
    other = detailed(serve, tmp_path, site, folder=two, **EAGER)
    assert contents(other.get("/feeds/notes.atom").body) == contents(body)
    refreshed(site, more=4)
    assert own_pages(site) == {"/note/9": 1, "/note/8": 3}


# feeds in: several in one, and pages that name their feed


def rss(name, *items):
    """Items: (word, link) or a word."""
    rows = ""
    for item in items:
        word, link = item if isinstance(item, tuple) else (item, None)
        link = f"<link>{link or f'https://news.example/{word}'}</link>"
        rows += (f'<item><title>{word}</title>{link}<guid isPermaLink="false">{name}:{word}</guid>'
                 f"<pubDate>Tue, 04 Aug 2026 08:00:00 GMT</pubDate></item>\n")
    return (f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>'
            f"<link>https://news.example/</link><description>x</description>\n{rows}</channel></rss>")


def joined(serve, site, *paths, folder=None, **config):
    urls = [site.url + path for path in paths]
    feed = {"name": "all", "source": "feed", "url": urls[0], "urls": urls[1:]}
    return serve(config={"feeds": [feed], **EAGER, **config}, folder=folder)


def titles(mill):
    return feeds.titles(mill.get("/feeds/all.atom").body)


def test_two_feeds_are_one(serve, site):
    site.set("/a.xml", o.page(rss("A", "a1", ("both", "https://news.example/both"))))
    site.set("/b.xml", o.page(rss("B", ("again", "https://news.example/both"), "b1")))
    mill = joined(serve, site, "/a.xml", "/b.xml", "/a.xml")
    feed = feeds.parsed(mill.get("/feeds/all.atom").body)
    assert [e.title for e in feed.entries] == ["a1", "both", "b1"]
    assert (feed.feed.title, feed.feed.id) == ("A", site.url + "/a.xml")
    assert site.count() == 2
    # what readers have goes first, also where the first feed takes it up later
    site.set("/a.xml", o.page(rss("A", "a1", ("both", "https://news.example/both"),
                                  ("late", "https://news.example/b1"))))
    refreshed(site, "/a.xml")
    assert titles(mill) == ["a1", "both", "b1"]


def test_a_feed_that_fails_keeps_what_was_known_of_it(serve, site, tmp_path):
    site.set("/a.xml", o.page(rss("A", "a1", "a2")))
    site.set("/b.xml", o.page(rss("B", "b1")))
    folder = tmp_path / "two"
    mill = joined(serve, site, "/a.xml", "/b.xml", folder=folder)
    assert titles(mill) == ["a1", "a2", "b1"]
    site.set("/a.xml", o.status(500))
    site.set("/b.xml", o.page(rss("B", "b2", "b1")))
    until(lambda: "b2" in titles(mill))
    refreshed(site, "/b.xml", more=3)
    assert titles(mill) == ["a1", "a2", "b2", "b1"]
    assert mill.log.count("one input of several failed") == 1
    assert "refresh failed" not in mill.log
    index = mill.get("/").text
    assert "without 1 of its 2 lists" in index and "/a.xml: 500 Internal Server Error" in index
    site.set("/a.xml", o.page(rss("A", "a3", "a2", "a1")))
    mill.wait_for_log("an input has recovered")
    until(lambda: titles(mill) == ["a3", "a2", "a1", "b2", "b1"])
    # from the first on: what came is given, the other follows
    site.set("/a.xml", o.status(404))
    mill.stop()
    fresh = joined(serve, site, "/a.xml", "/b.xml", folder=tmp_path / "fresh")
    assert titles(fresh) == ["b2", "b1"]
    site.set("/b.xml", o.status(500))
    assert fresh.get("/feeds/all.atom").status == 200


def test_no_feed_of_several_is_an_error(serve, site):
    site.set("/a.xml", o.status(500))
    mill = joined(serve, site, "/a.xml", "/b.xml")
    answer = mill.get("/feeds/all.atom")
    assert answer.status == 503 and "/a.xml" in answer.text


def test_each_of_several_feeds_is_asked_with_its_own_validators(serve, site, tmp_path):
    site.set("/a.xml", o.page(rss("A", "a1"), etag='"a"'))
    site.set("/b.xml", o.page(rss("B", "b1"), last_modified=1780000000))
    folder = tmp_path / "validators"
    mill = joined(serve, site, "/a.xml", "/b.xml", folder=folder)
    assert titles(mill) == ["a1", "b1"]

    def conditional(path):
        return [h for h in ("if-none-match", "if-modified-since")
                if h in refreshed(site, path)[-1].headers]

    assert conditional("/a.xml") == ["if-none-match"]
    assert conditional("/b.xml") == ["if-modified-since"]
    # one has changed, the other has not
    site.set("/b.xml", o.page(rss("B", "b2"), last_modified=1780000001))
    until(lambda: titles(mill) == ["a1", "b2", "b1"])
    assert feeds.parsed(mill.get("/feeds/all.atom").body).feed.id == site.url + "/a.xml"
    assert conditional("/a.xml") == ["if-none-match"]
    # over a restart too
    mill.stop()
    count = site.count("/a.xml"), site.count("/b.xml")
    again = joined(serve, site, "/a.xml", "/b.xml", folder=folder)
    assert titles(again) == ["a1", "b2", "b1"]
    asked = [site.wait_for_requests(path, n + 1)[n].headers for path, n in zip(("/a.xml", "/b.xml"), count)]
    assert "if-none-match" in asked[0] and "if-modified-since" in asked[1]


def naming(*feeds_named):
    links = "".join(f'<link rel=alternate type="application/rss+xml" href="{f}">' for f in feeds_named)
    return f"<!doctype html><title>News</title>{links}<p>All the news."


def test_a_page_that_names_a_feed_leads_there(serve, site, tmp_path):
    site.set("/news", o.page(naming("/feed.xml")))
    site.set("/feed.xml", o.page(rss("A", "a1"), etag='"a"'))
    folder = tmp_path / "named"
    mill = joined(serve, site, "/news", folder=folder)
    assert titles(mill) == ["a1"]
    assert refreshed(site, "/feed.xml")[-1].headers["if-none-match"] == '"a"'
    mill.stop()
    again = joined(serve, site, "/news", folder=folder)
    site.set("/feed.xml", o.page(rss("A", "a2", "a1")))
    until(lambda: titles(again) == ["a2", "a1"])
    assert site.count("/news") == 1, "straight to the feed, after a restart too"
    feed = feeds.parsed(again.get("/feeds/all.atom").body)
    assert feed.feed.id == site.url + "/news"
    # the feed is gone: the page says where it is now
    site.set("/feed.xml", o.status(410))
    site.set("/news", o.page(naming("/new.xml")))
    site.set("/new.xml", o.page(rss("A", "a3", "a2")))
    until(lambda: titles(again) == ["a3", "a2", "a1"])
    gone = site.count("/feed.xml")
    refreshed(site, "/new.xml")
    assert site.count("/feed.xml") == gone and site.count("/news") == 2


SPENT = {"RateLimit": '"feeds";r=0;t=600', "RateLimit-Policy": '"fixed window";"feeds";q=100;w=600'}


def test_a_named_feed_whose_host_has_no_room_is_waited_for(serve, site):
    with o.Origin() as other:
        site.set("/news", o.page(naming(other.url + "/feed.xml")))
        site.set("/late", o.page(naming(other.url + "/late.xml")))
        site.set("/clock.xml", o.page(rss("Clock", "tick")))
        other.set("/feed.xml", o.page(rss("A", "a1"), headers=SPENT))
        urls = {"all": "/news", "late": "/late", "clock": "/clock.xml"}
        mill = serve(config={**EAGER, "feeds": [{"name": name, "source": "feed", "url": site.url + path}
                                                for name, path in urls.items()]})
        assert titles(mill) == ["a1"]
        assert mill.get("/feeds/clock.atom").status == 200
        held = 'feedmill_upstreams_by_state{state="held"}'
        until(lambda: mill.metrics()[held] == 1, "the first to be held")
        answer = mill.get("/feeds/late.atom")
        assert answer.status == 503 and "no more requests" in answer.text
        refreshed(site, "/clock.xml", more=3)
        # the page that names it is not asked over and over, nor what it named
        assert mill.metrics()[held] == 2
        assert site.count("/news") == site.count("/late") == other.count("/feed.xml") == 1
        assert titles(mill) == ["a1"] and mill.metrics()["feedmill_fetches_total"] < 20


def test_a_page_that_names_no_feed_or_itself_is_an_error(serve, site):
    site.set("/news", o.page(naming("/news")))
    site.set("/ring", o.page(naming("/ring/2")))
    site.set("/ring/2", o.page(naming("/ring")))
    for path, count in (("/news", 1), ("/ring", 1)):
        mill = joined(serve, site, path, refresh={"every": "1h"})
        answer = mill.get("/feeds/all.atom")
        assert answer.status == 502, answer
        assert "a web page, no feed" in answer.text
        assert site.count(path) == count


def test_fetch_joins_feeds(site, tmp_path):
    site.set("/a.xml", o.page(rss("A", "a1")))
    site.set("/b", o.page(naming("/b.xml")))
    site.set("/b.xml", o.page(rss("B", "b1")))
    config = {"fetch": {"allow_private": True}, "store": f"sqlite:{tmp_path}/f.db",
              "refresh": {"every": "1s"},
              "feeds": [{"name": "all", "source": "feed",
                         "urls": [site.url + "/a.xml", site.url + "/b"]}]}
    (tmp_path / "c.yaml").write_text(yaml(config))
    for _ in range(2):
        done = run("fetch", "-c", tmp_path / "c.yaml", "all", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert feeds.titles(done.stdout) == ["a1", "b1"]
        assert done.stderr == ""
    assert site.count("/b") == 1
    site.set("/a.xml", o.status(500))
    asked = site.count("/b.xml")
    while site.count("/b.xml") == asked:  # the copy at hand is fresh for a second
        done = run("fetch", "-c", tmp_path / "c.yaml", "all", cwd=tmp_path)
    assert done.returncode == 0 and feeds.titles(done.stdout) == ["a1", "b1"]
    assert done.stderr == ("feedmill: not all could be had, what was known of it stays: "
                           f"GET {site.url}/a.xml: 500 Internal Server Error\n")


@pytest.mark.parametrize("feed, reason", [
    ({"source": "feed", "urls": ["http://a.example/", "ftp://a.example/"]},
     "feeds[0].urls[1]: \"ftp://a.example/\" is not an absolute http or https address"),
    ({"urls": ["http://a.example/"]},
     "feeds[0].urls: source daily-papers reads one page; source feed joins several"),
    ({"url": "http://a.example/"}, "feeds[0].url: source daily-papers has pages of its own; "
     "source feed reads a feed, source auto any page"),
    ({"command": ["cat"]}, "feeds[0].command: source daily-papers runs no program; source exec does"),
    ({"source": "auto", "url": "http://a.example/", "command": ["cat"]},
     "feeds[0].command: source auto runs no program; source exec does"),
    ({"source": "auto", "url": "http://a.example/", "path": "/x"},
     "feeds[0].path: source auto takes the page's whole address: url"),
    ({"source": "feed"}, "feeds[0].url: the feed's address is missing"),
])
def test_addresses_are_checked(tmp_path, feed, reason):
    file = tmp_path / "c.yaml"
    file.write_text(yaml({"feeds": [{"name": "x", **feed}]}))
    done = run("check", "-c", file, cwd=tmp_path)
    assert done.returncode == 2 and reason in done.stderr, done.stderr
