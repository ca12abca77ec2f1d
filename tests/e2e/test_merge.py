"""Every entry once, dated once: a day's listing as it grows, is edited, goes by and
comes back half filled; the same paper in other listings."""

import copy

import feeds
import harness
import origin as o
import pages
import pytest
from harness import until
from listing import Listing

EAGER = {"refresh": {"every": "1s", "wait": "60s"}}
DAYS = ["daily-early", "daily", "daily-later", "daily-next-day", "daily-early"]
OURS = {"daily-early": "early", "daily": "daily", "daily-later": "later", "daily-next-day": "next-day"}


def page_set(where):
    """{name: page}; those of ../shared are a further case where that folder is."""
    if where == "generated":
        return {name: pages.PAGES[ours]() for name, ours in OURS.items()}
    if not feeds.SHARED_PAGES.exists():
        pytest.skip("no ../shared/pages here")
    return {name: (feeds.SHARED_PAGES / f"{name}.html").read_bytes() for name in OURS}


def read(mill, target="/papers.atom"):
    answer = mill.get(target)
    assert answer.status == 200, answer
    return feeds.parsed(answer.body).entries


def show(mill, origin, body, path="/papers"):
    """The page is this from now on, and it was read since."""
    origin.set(path, o.page(body))
    count, mark = origin.count(path), mill.mark()
    until(lambda: mill.get("/papers.atom") and origin.count(path) > count, "a fetch")
    mill.wait_for_log(f'msg="refresh(ed| failed)" upstream="daily-papers {path}"', since=mark)
    count, mark = origin.count(path), mill.mark()  # one may have been under way
    until(lambda: mill.get("/papers.atom") and origin.count(path) > count, "a fetch")
    mill.wait_for_log(f'msg="refresh(ed| failed)" upstream="daily-papers {path}"', since=mark)


def edited(was, now):
    """Ids of what two pages both show, with other titles, abstracts or authors."""
    before = {e["id"]: e for e in was.entries}
    return {e["id"] for e in now.entries if e["id"] in before and
            any(e[k] != before[e["id"]][k] for k in ("title", "summary", "authors"))}


@pytest.mark.parametrize("where, store", [("generated", "sqlite"), ("generated", "memory"), ("shared", "sqlite")])
def test_days_go_by(serve, origin, where, store):
    bodies = page_set(where)
    config = harness.merged(EAGER, {"store": "memory:"} if store == "memory" else {})
    first, last, known, was = {}, {}, {}, None
    origin.set("/papers", o.page(bodies[DAYS[0]]))
    mill = serve(origin, config)
    for name in DAYS:
        show(mill, origin, bodies[name])
        page, entries = Listing(bodies[name]), read(mill)
        known.update({e["id"]: e for e in page.entries})
        assert {e.id for e in entries} == set(known) and len(entries) == len(known), name
        for e in entries:
            assert first.setdefault(e.id, e.published) == e.published, name
        moved = {e.id for e in entries if e.id in last and e.updated != last[e.id]}
        assert moved == (edited(was, page) if name == "daily-later" else set()), name
        last.update({e.id: e.updated for e in entries})
        dates = [e.published for e in entries]
        assert dates == sorted(dates, reverse=True), "newest first"
        assert [e.id for e in entries if e.id in page.ids] == page.ids, "then the page's order"
        was = page
    assert len(known) == 68 and sum(v != first[i] for i, v in last.items()) == 2
    mill.kill()
    if store == "sqlite":  # and after a restart, with the page gone
        origin.set("/papers", o.status(503))
        again = serve(origin, config, folder=mill.folder)
        assert [(e.id, e.published, e.updated) for e in read(again)] == [
            (e.id, e.published, e.updated) for e in entries]


def test_votes_are_told_and_move_no_date(serve, origin):
    bodies = page_set("generated")
    origin.set("/papers", o.page(bodies["daily"]))
    mill = serve(origin, EAGER)
    show(mill, origin, bodies["daily"])
    before = {e.id: e for e in read(mill)}
    show(mill, origin, bodies["daily-later"])
    told = 0
    for e in read(mill):
        if e.id in before and e.summary == before[e.id].summary and e.title == before[e.id].title:
            assert e.updated == before[e.id].updated
            told += e.content[0].value != before[e.id].content[0].value
    assert told == 48, "every one has four votes more"


def test_a_page_with_one_paper_leaves_fifty(serve, origin):
    bodies = page_set("generated")
    origin.set("/papers", o.page(bodies["daily"]))
    mill = serve(origin, EAGER)
    show(mill, origin, bodies["daily"])
    before = {e.id: (e.published, e.updated) for e in read(mill)}
    show(mill, origin, bodies["daily-early"])
    assert len(before) == 50 and {e.id: (e.published, e.updated) for e in read(mill)} == before


# One paper in many listings. Each says another date of it, or none.

WEEK, TREND, SEARCH = "/papers/week/2026-W32", "/papers/trending", "/papers?q=lanterns"
LISTINGS = {"/papers": ".atom", WEEK: ".atom", TREND: ".atom", SEARCH: "/papers.atom?q=lanterns"}


def listing_of(path, paper, date):
    """A page that shows it, dated by each as it likes."""
    paper = copy.deepcopy(paper)
    paper["paper"].pop("submittedOnDailyAt")
    paper["publishedAt"] = paper["paper"]["publishedAt"] = f"{date}T10:00:00.000Z"
    if path == SEARCH:
        data = {"query": "lanterns", "searchResults": [paper]}
    else:
        data = pages.period({WEEK: "week", TREND: "trending"}.get(path, "day"),
                            {WEEK: "2026-W32", TREND: ""}.get(path, date))
    return pages.page([paper], pages.props_json([paper], data))


@pytest.mark.parametrize("order", [list(LISTINGS), list(LISTINGS)[::-1]], ids=["daily first", "search first"])
def test_one_id_and_one_date_in_every_listing(serve, origin, order):
    paper = pages.the_day()[3]
    for day, path in enumerate(order, 1):
        origin.set(path, o.page(listing_of(path, paper, f"2026-07-{10 + day}")))
    mill = serve(origin, EAGER)
    targets = [LISTINGS[p] if LISTINGS[p].startswith("/") else p + LISTINGS[p] for p in order]
    found = []
    for target in targets:
        found += [(e.id, e.published) for e in read(mill, target)]
    assert len(found) == 4 and len(set(found)) == 1, found
    assert found[0] == (f"{pages.HOST}/papers/{paper['paper']['id']}", found[0][1])
    mill.kill()
    again = serve(origin, EAGER, folder=mill.folder)
    for target in targets[::-1]:
        assert [(e.id, e.published) for e in read(again, target)] == found[:1]


def test_the_same_papers_in_daily_week_trending_and_search(serve, origin):
    """Of the whole pages, as they stand beside each other."""
    mill = serve(origin, EAGER)
    dates = {}
    for target in ("/papers.atom", WEEK + ".atom", TREND + ".atom", "/papers.atom?q=lanterns"):
        for e in read(mill, target):
            dates.setdefault(e.id, []).append(e.published)
    assert sum(len(d) > 1 for d in dates.values()) >= 40
    assert {i: d for i, d in dates.items() if len(set(d)) > 1} == {}


# min_upvotes: an entry is there from the moment at which it crosses.


def with_votes(votes):
    entries = pages.the_day()[:6]
    for e, n in zip(entries, votes):
        e["paper"]["upvotes"] = n
    return pages.page(entries, pages.props_json(entries, pages.period("day", pages.DAY)))


def test_an_entry_comes_when_it_crosses_and_stays(serve, origin):
    origin.set("/papers", o.page(with_votes([60, 49, 0, 0, 0, 0])))
    mill = serve(origin, harness.merged(EAGER, {"feeds": [{"name": "strong", "path": "/papers", "min_upvotes": 50}]}))
    ids = [f"{pages.HOST}/papers/{e['paper']['id']}" for e in pages.the_day()[:6]]

    def strong():
        answers = [mill.get(t).body for t in ("/feeds/strong.atom", "/papers.atom?min_upvotes=50")]
        assert feeds.ids(answers[0]) == feeds.ids(answers[1])
        return {e.id: (e.published, e.updated) for e in feeds.parsed(answers[0]).entries}

    first = strong()
    assert set(first) == {ids[0]}
    tag = mill.get("/feeds/strong.atom")["etag"]
    show(mill, origin, with_votes([60, 50, 49, 0, 0, 0]))
    crossed = strong()
    assert set(crossed) == set(ids[:2]) and mill.get("/feeds/strong.atom")["etag"] != tag
    show(mill, origin, with_votes([12, 3, 49, 0, 0, 0]))
    assert strong() == crossed, "votes that fall take nothing away"
    mill.kill()
    again = serve(origin, mill.config, folder=mill.folder)
    assert {e.id: (e.published, e.updated) for e in read(again, "/feeds/strong.atom")} == crossed
