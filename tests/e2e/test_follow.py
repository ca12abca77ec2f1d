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
    assert mill.log.count("a further page could not be had") == 1
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
    mill.wait_for_log("an entry's own page is given up")
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
