"""Lists that go on at another address, entries' own pages, several lists in one feed."""

import html

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
