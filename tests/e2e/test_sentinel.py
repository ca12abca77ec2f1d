"""A page that can be read and is not what it was does not replace its feed: it is
said in the log, in /metrics, on the status page and in /status.atom, once for each
outage. What only looks odd is taken."""

import copy
import re
import time

import feeds
import harness
import months
import origin as o
import pages
import pytest
from harness import until
from months import date_of, entries_of, page_of

EAGER = {"refresh": {"every": "1s", "wait": "60s"}, "papers": {"keep": "3650d"}}
WEEK = [date_of(f"2024-03-{d:02d}") for d in range(4, 9)]  # Monday to Friday
NEXT = {"monday": date_of("2024-03-11"), "saturday": date_of("2024-03-09")}


def with_entries(change, count=12):
    entries = copy.deepcopy(entries_of(NEXT["monday"], count))
    for n, e in enumerate(entries):
        change(n, e)
    return page_of(NEXT["monday"], entries)


def no_title(n, e):
    if n % 6:
        e["title"] = e["paper"]["title"] = ""


def same_title(n, e):
    e["title"] = e["paper"]["title"] = "Loading"


def no_abstract(n, e):
    e["summary"] = e["paper"]["summary"] = ""


def other_id(n, e):
    e["paper"]["id"] = f"undefined-{'abcdefghijklm'[n]}"


# name: (page, reason in /metrics, what is said of it)
ODD = {
    "no list": (b"<html><title>Papers</title><main>Nothing here</main></html>", "no-list", "no list found"),
    "a wall": (pages.challenge(), "no-list", "no list found"),
    "an empty weekday": (page_of(NEXT["monday"], []), "empty", "no entries"),
    "most titles gone": (with_entries(no_title), "no-list", "no list found"),
    "titles all the same": (with_entries(same_title), "titles", "most titles empty or the same"),
    "no abstracts": (with_entries(no_abstract), "abstracts", "most abstracts empty"),
    "ids of another form": (with_entries(other_id), "ids", "ids of another form"),
    "far fewer, none new": (page_of(WEEK[-1], entries_of(WEEK[-1], 12)[:1]), "far-fewer", "far fewer entries"),
}
FINE = {
    "a new day with few": (page_of(NEXT["monday"], entries_of(NEXT["monday"], 1)), 1),
    "an empty weekend": (page_of(NEXT["saturday"], []), 0),
    "a day with one abstract missing": (with_entries(lambda n, e: n or no_abstract(n, e)), 12),
}


@pytest.fixture
def seen(serve, origin):
    """A feedmill that has seen a week of days, twelve papers each."""
    origin.set("/papers", o.page(page_of(WEEK[0], entries_of(WEEK[0], 12))))
    mill = serve(origin, EAGER)
    for n, day in enumerate(WEEK, 1):
        show(mill, origin, page_of(day, entries_of(day, 12)), 12 * n)
    return mill


def show(mill, origin, body, count):
    origin.set("/papers", o.page(body))
    return until(lambda: len(feeds.ids((a := mill.get("/papers.atom")).body)) == count and a, f"{count} entries")


def status(mill):
    return feeds.parsed(mill.get("/status.atom", {"Host": "feeds.example.org"}).body).entries


def metric(mill, reason):
    return mill.metrics()[f'feedmill_anomalies_total{{reason="{reason}"}}']


@pytest.mark.parametrize("name", ODD)
def test_an_odd_page_does_not_replace_the_feed(seen, origin, name):
    body, reason, text = ODD[name]
    before = seen.get("/papers.atom")
    assert status(seen) == [] and metric(seen, reason) == 0
    origin.set("/papers", o.page(body))
    lines = seen.wait_for_log('msg="refresh failed"', count=2)
    now = seen.get("/papers.atom")
    assert (now.status, now.body, now["etag"]) == (200, before.body, before["etag"])
    assert all("level=warn" in m.string and 'serving="the last good copy"' in m.string for m in lines)
    assert metric(seen, reason) >= 2
    entry, = status(seen)
    assert re.fullmatch(rf"papers: broke at \S+, {text}", entry.title), entry.title
    said = re.search(r'reason="http\S+: (.*?)" serving', lines[0].string.replace('\\"', "'"))[1]
    assert said[:20] in entry.summary.replace('"', "'")
    index = seen.get("/").text
    assert "failing" in index and said[:12] in plain(index)
    # it comes back: the same entry tells that
    whole = entries_of(NEXT["monday"], 12)
    show(seen, origin, page_of(NEXT["monday"], whole), 72)
    after, = status(seen)
    assert after.id == entry.id and after.published == entry.published
    assert re.fullmatch(rf"papers: recovered at \S+, after: {text}", after.title), after.title
    assert after.updated >= entry.updated


def plain(page):
    return re.sub("&#39;|&quot;", "'", re.sub("<[^>]*>", "", page))


@pytest.mark.parametrize("name", FINE)
def test_what_is_no_breakage(seen, origin, name):
    body, more = FINE[name]
    count = origin.count("/papers")
    show(seen, origin, body, 60 + more)
    until(lambda: origin.count("/papers") >= count + 3, "further readings")
    assert status(seen) == [] and "refresh failed" not in seen.log
    assert sum(v for k, v in seen.metrics().items() if k.startswith("feedmill_anomalies_total")) == 0


def test_each_outage_has_one_entry_and_a_restart_keeps_them(serve, seen, origin):
    good = page_of(WEEK[-1], entries_of(WEEK[-1], 12))
    for n in (1, 2):
        mark = seen.mark()
        origin.set("/papers", o.page(pages.login()))
        seen.wait_for_log('msg="refresh failed"', count=2, since=mark)
        assert len(status(seen)) == n
        if n == 1:
            origin.set("/papers", o.page(good))
            until(lambda: "recovered" in status(seen)[0].title, "recovery")
    before = status(seen)
    assert ["broke" in e.title for e in before] == [True, False]
    seen.kill()
    origin.set("/papers", o.page(pages.login()))
    again = serve(origin, EAGER, folder=seen.folder)
    assert again.get("/papers.atom").status == 200  # else nobody wants it
    assert [(e.id, e.title, e.updated) for e in status(again)] == [(e.id, e.title, e.updated) for e in before]
    again.wait_for_log('msg="refresh failed"')
    assert len(status(again)) == 2, "it is the same outage still"
    origin.set("/papers", o.page(good))
    until(lambda: all("recovered" in e.title for e in status(again)), "recovery")
    assert [e.id for e in status(again)] == [e.id for e in before]


def test_reading_the_status_fetches_nothing(serve, origin):
    """Neither of what fails nor of what is long due."""
    mill = serve(origin, {"refresh": {"every": "1h"}})
    assert mill.get("/papers.atom").status == 200
    asked = time.time()
    mill.stop()
    until(lambda: time.time() > asked + 2, "idleness")
    again = serve(origin, {"refresh": {"every": "1s", "idle": "1s"}, "feeds": [{"name": "x", "path": "/papers"}]},
                  folder=mill.folder)
    count = len(origin.log())
    for target in ("/status.atom", "/status.rss", "/status.json", "/status", "/", "/metrics") * 20:
        assert again.get(target).status == 200
    assert len(origin.log()) == count


def remembers(mill, failures):
    lines = harness.run("store", "export", "-s", f"sqlite:{mill.folder}/feedmill.db").stdout
    return f'"failures":{failures},'.encode() in lines


def test_back_off_grows_and_survives_a_restart(serve, origin):
    origin.set("/papers", o.page(page_of(WEEK[0], entries_of(WEEK[0], 12))))
    mill = serve(origin, EAGER)
    first = mill.get("/papers.atom", {"Host": "feeds.example.org"})
    origin.set("/papers", o.status(500))
    lines = mill.wait_for_log('msg="refresh failed"', count=4)
    delays = [int(re.search(r"next_try_in=(\d+)s", m.string)[1]) for m in lines]
    assert all(b > a for a, b in zip(delays, delays[1:])), delays
    failures = 4
    until(lambda: remembers(mill, failures), "the last of them in the store")
    mill.kill()
    count = origin.count("/papers")
    again = serve(origin, EAGER, folder=mill.folder)
    now = again.get("/papers.atom", {"Host": "feeds.example.org"})
    assert (now.status, now.body) == (200, first.body)
    assert origin.count("/papers") == count, "it is not asked before its time"
    line = again.wait_for_log('msg="refresh failed"')[0].string
    assert int(re.search(r"failures=(\d+)", line)[1]) == failures + 1
    assert int(re.search(r"next_try_in=(\d+)s", line)[1]) > delays[-1]


def test_a_page_that_never_was_backs_off_over_a_restart_too(serve, origin):
    """Regression: of a page without a copy the failures were forgotten."""
    origin.set("/papers", o.status(500))
    config = harness.merged(EAGER, {"refresh": {"every": "1h"}})
    mill = serve(origin, config)
    assert mill.get("/papers.atom").status == 503
    until(lambda: remembers(mill, 1), "it in the store")
    mill.kill()
    count = origin.count("/papers")
    again = serve(origin, config, folder=mill.folder)
    answer = again.get("/papers.atom")
    assert answer.status == 503 and int(answer["retry-after"]) > 0
    assert origin.count("/papers") == count == 1
    again.kill()
    moved = o.Origin()
    with moved:  # of another address nothing is known
        moved.set("/papers", o.page(page_of(WEEK[0], entries_of(WEEK[0], 12))))
        assert serve(moved, config, folder=mill.folder).get("/papers.atom").status == 200
