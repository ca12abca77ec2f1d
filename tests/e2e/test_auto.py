"""The source auto: a page whose list nobody described, over its life."""

import json

import origin as o
import pytest
import stores
from harness import run, until

TITLES = [f"{a} {b} of the {c}" for a in ("Quiet", "Northern", "Floating") for b in ("repairs", "plans", "letters")
          for c in ("harbour", "museum")]


def menu():
    return "<nav class='menu'>" + "".join(f"<a href='/{w}'>{w}</a> " for w in ("home", "about", "contact", "jobs")) + "</nav>"


def plain(numbers):
    """A list of headlines, without dates: they are the proxy's own."""
    return menu() + "<ul class='notices'>" + "".join(f"<li><a href='/notice/{n}'>{TITLES[n]}, no. {n}</a></li>" for n in numbers) + "</ul>"


def made_over(numbers):
    return menu() + "<div class='grid'>" + "".join(
        f"<div class='card'><div class='card-title'><h3><a href='/notice/{n}'>{TITLES[n]}, no. {n}</a></h3></div><p>A text to it, number {n}, "
        f"which was not there before.</p></div>" for n in numbers) + "</div>"


def rival():
    return "".join(f"<article class='story'><h2><a href='/story/{n}'>A long and winding story in parts, part {n}</a></h2><time datetime='2026-08-0{n}'>x"
                   f"</time><p>With a text of some length, so that it is taken for what the page is about.</p></article>" for n in range(1, 9))


def page(body):
    return o.page(("<!DOCTYPE html><html><head><title>Notices</title></head><body>" + body + "</body></html>").encode())


def entries(mill):
    answer = mill.get("/feeds/notices.json")
    assert answer.status == 200, answer
    return {i["id"]: i for i in json.loads(answer.body)["items"]}


def config(origin):
    return {"refresh": {"every": "1s", "wait": "60s"},
            "feeds": [{"name": "notices", "source": "auto", "url": f"{origin.url}/notices"}]}


@pytest.fixture
def notices(serve, origin):
    origin.set("/notices", page(plain(range(1, 9))))
    mill = serve(origin, config(origin))
    return mill, entries(mill)


def test_a_list_becomes_a_feed(notices, origin):
    mill, first = notices
    assert set(first) == {f"{origin.url}/notice/{n}" for n in range(1, 9)}
    assert first[f"{origin.url}/notice/3"]["title"] == f"{TITLES[3]}, no. 3"
    assert all(i["url"] == id for id, i in first.items())


def test_ids_and_dates_stay_when_the_page_is_made_over(notices, origin):
    mill, first = notices
    origin.set("/notices", page(made_over(range(0, 8))))
    new = f"{origin.url}/notice/0"
    until(lambda: new in entries(mill), "the new entry")
    after = entries(mill)
    assert set(after) == set(first) | {new}
    assert {k: v["date_published"] for k, v in after.items() if k != new} == \
        {k: v["date_published"] for k, v in first.items()}


@pytest.fixture
def redis(tmp_path):
    server = stores.Redis(tmp_path / "redis")
    yield server
    server.stop()


def beside_a_rival(origin):
    """The page with a second list on it, which who begins with this page would take."""
    both = plain(range(0, 9)) + rival()
    found = run("discover", "-u", f"{origin.url}/notices", "-", stdin=both.encode())
    assert b"story" in found.stdout
    return page(both)


def goes_on(mill, origin, first):
    new = f"{origin.url}/notice/0"
    until(lambda: new in entries(mill), "the new entry")
    after = entries(mill)
    assert set(after) == set(first) | {new}
    assert all(after[k]["date_published"] == v["date_published"] for k, v in first.items())


def test_what_was_found_outlives_a_restart(notices, serve, origin):
    mill, first = notices
    mill.stop()
    origin.set("/notices", beside_a_rival(origin))
    goes_on(serve(origin, mill.config, folder=mill.folder), origin, first)


def test_what_was_found_moves_house(notices, serve, origin, redis, tmp_path):
    mill, first = notices
    mill.stop()
    out = run("store", "export", "-s", f"sqlite:{mill.folder}/feedmill.db")
    taken = run("store", "import", "-s", redis.uri, stdin=out.stdout)
    assert (out.returncode, taken.returncode) == (0, 0), taken.stderr
    origin.set("/notices", beside_a_rival(origin))
    other = serve(origin, {**config(origin), "store": redis.uri})
    goes_on(other, origin, first)
    other.stop()
    again = serve(origin, {**config(origin), "store": redis.uri})
    assert set(entries(again)) >= set(first)


def test_a_page_without_its_list_keeps_the_feed(notices, origin):
    mill, first = notices
    origin.set("/notices", page("<p>We are closed for repairs.</p>"))
    origin.wait_for_requests("/notices", origin.count("/notices") + 2, 60)
    assert entries(mill) == first
    origin.set("/notices", page(plain(range(0, 9))))
    until(lambda: len(entries(mill)) == 9, "the list again")


def test_a_page_that_names_its_feed_and_has_no_list(serve, origin):
    origin.set("/notices", page("<p>Hello.</p><link rel=alternate type=application/rss+xml href=/feed.rss>"))
    origin.set("/feed.rss", o.page(b"<rss version='2.0'><channel><title>T</title><item><title>From the feed</title>"
                                   b"<link>https://x.example/1</link><guid>https://x.example/1</guid></item></channel></rss>"))
    mill = serve(origin, config(origin))
    assert list(entries(mill)) == ["https://x.example/1"]


OFFER = "<link rel=alternate type=application/rss+xml href=/feed.rss>"


def rss(origin, numbers, path="notice"):
    items = "".join(f"<item><title>{TITLES[n]}, no. {n}</title><link>{origin.url}/{path}/{n}?from=feed</link>"
                    f"<guid isPermaLink='false'>urn:notice:{n}</guid></item>" for n in numbers)
    return o.page(f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode())


@pytest.fixture
def offered(serve, origin):
    origin.set("/notices", page(OFFER + plain(range(1, 9))))

    def start(feed):
        origin.set("/feed.rss", feed)
        return serve(origin, config(origin))

    return start


def more_asked(origin, path, times=2):
    origin.wait_for_requests(path, origin.count(path) + times, 60)


def test_its_own_feed_comes_before_its_list(offered, origin):
    mill = offered(rss(origin, range(2, 6)))
    assert set(entries(mill)) == {f"urn:notice:{n}" for n in range(2, 6)}
    more_asked(origin, "/feed.rss")
    assert origin.count("/notices") == 1, "then it goes straight to the feed"


def test_a_feed_that_is_not_there_leaves_the_list(offered, origin):
    mill = offered(o.status(404))
    first = entries(mill)
    assert set(first) == {f"{origin.url}/notice/{n}" for n in range(1, 9)}
    origin.set("/feed.rss", rss(origin, range(2, 6)))
    more_asked(origin, "/notices")
    assert entries(mill) == first and origin.count("/feed.rss") == 1, "what was found is kept"


def test_a_feed_of_something_else_leaves_the_list(offered, origin):
    mill = offered(rss(origin, range(2, 6), "comment"))
    assert set(entries(mill)) == {f"{origin.url}/notice/{n}" for n in range(1, 9)}
    more_asked(origin, "/notices")
    assert origin.count("/feed.rss") == 1


def test_a_feed_that_is_away_changes_no_ids(offered, origin):
    mill = offered(rss(origin, range(2, 6)))
    first = entries(mill)
    origin.set("/feed.rss", o.status(503))
    more_asked(origin, "/feed.rss")
    assert origin.count("/notices") > 1, "the page was asked too"
    assert entries(mill) == first
    origin.set("/feed.rss", rss(origin, range(2, 7)))
    until(lambda: set(entries(mill)) == {f"urn:notice:{n}" for n in range(2, 7)}, "the feed again")


def test_a_feed_that_is_gone_leaves_the_list(offered, origin):
    mill = offered(rss(origin, range(2, 6)))
    assert len(entries(mill)) == 4
    origin.set("/feed.rss", o.status(410))
    until(lambda: f"{origin.url}/notice/1" in entries(mill), "the list")
    more_asked(origin, "/notices")
    assert entries(mill).keys() >= {f"{origin.url}/notice/{n}" for n in range(1, 9)}


def test_an_address_is_wanted(tmp_path):
    file = tmp_path / "feedmill.yaml"
    file.write_text("feeds:\n  - name: notices\n    source: auto\n")
    done = run("check", "-c", file)
    assert done.returncode == 2 and "url" in done.stderr and ":2:" in done.stderr


def test_convert_with_auto():
    done = run("convert", "-s", "auto", "-f", "json", "-u", "https://n.example/notices", stdin=plain(range(1, 6)).encode())
    assert len(json.loads(done.stdout)["items"]) == 5 and done.stderr == ""


def test_convert_says_what_a_page_from_anywhere_wants():
    page = plain(range(1, 6)).encode()
    done = run("convert", "-s", "auto", "-f", "json", stdin=page)
    assert len(json.loads(done.stdout)["items"]) == 5 and done.stderr.endswith("give its address with -u\n")
    done = run("convert", stdin=page)
    assert done.returncode == 1 and done.stderr.endswith("; -s auto finds the list on any other page\n")
    assert "-s auto" not in run("convert", "-s", "daily-papers", stdin=page).stderr
