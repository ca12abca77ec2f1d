"""Pages that a parser cannot bear: each costs its own feed, and nobody waits for it."""

import threading

import feeds
import origin as o
import pages
import pytest
from harness import until

pytestmark = pytest.mark.threads

# The expression's node sets grow with the square of the depth, for each link anew.
NESTED = b"<html><body>" + b"".join(b"<div>" * 50 + b"<a href=/%d>x</a>" % i + b"</div>" * 50 for i in range(1500))
SHORT = b"<html><body>" + b"".join(b"<div><div><div><a href=/%d>Entry %d</a></div></div></div>" % (i, i)
                                   for i in range(3))
RECIPE = """name: {name}
title: Deep
url: "{url}/{name}"
items: "xpath: //div//div//div//a"
fields:
  title: "css: :scope"
  link: "css: :scope @href"
"""
LIMITS = {"extract": {"cpu": "1s"}, "refresh": {"every": "1s", "wait": "2s", "stale": "1d"}}


@pytest.fixture
def deep(serve, origin, tmp_path):
    """deep(limits, names): a mill with a feed of that expression for each name."""
    def made(limits, names):
        folder = tmp_path / "mill0/sources"
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.yaml").write_text(RECIPE.format(url=origin.url, name=name))
        return serve(origin, {**limits, "feeds": [{"name": name, "source": name} for name in names]})
    return made


def test_pages_without_end_cost_their_own_feeds(deep, origin):
    names = [f"deep{i}" for i in range(5)]
    for name in names:
        origin.set(f"/{name}", o.page(NESTED))
    mill = deep(LIMITS, names)
    answers = {}
    askers = [threading.Thread(target=lambda n=n: answers.setdefault(n, mill.get(f"/feeds/{n}.atom"))) for n in names]
    for asker in askers:
        asker.start()
    # Meanwhile everybody else is answered: a new feed, a new view, a page that has changed.
    assert len(feeds.ids(mill.get("/papers.atom").body)) == 50
    assert len(feeds.ids(mill.get("/papers.atom?limit=7").body)) == 7
    origin.set("/papers", o.page(pages.later()))
    until(lambda: len(feeds.ids(mill.get("/papers.atom").body)) == 53, "a new paper")
    for asker in askers:
        asker.join()
    assert {a.status for a in answers.values()} <= {502, 503, 504}
    mill.wait_for_log(r'msg="refresh failed".*extract\.cpu')


def test_the_last_good_feed_stays(deep, origin):
    origin.set("/deep", o.page(SHORT))
    mill = deep(LIMITS, ["deep"])
    good = mill.get("/feeds/deep.atom")
    assert len(feeds.ids(good.body)) == 3
    origin.set("/deep", o.page(NESTED))
    mill.wait_for_log(r'msg="refresh failed".*extract\.cpu')
    again = mill.get("/feeds/deep.atom")
    assert again.status == 200 and again.body == good.body
    origin.set("/deep", o.page(SHORT.replace(b"/2>", b"/9>")))
    until(lambda: len(feeds.ids(mill.get("/feeds/deep.atom").body)) == 4, "recovery")


def test_neither_a_stop_nor_a_reload_waits_for_an_extraction(deep, origin):
    origin.set("/deep", o.page(NESTED))
    mill = deep({"extract": {"cpu": "10m"}, "refresh": {"wait": "1s"}}, ["deep"])
    assert mill.get("/feeds/deep.atom").status in (503, 504)  # it is being extracted
    assert "reloaded" in mill.reconfigure({"refresh": {"wait": "2s"}})
    assert mill.get("/papers.atom").status == 200
    mill.stop()
