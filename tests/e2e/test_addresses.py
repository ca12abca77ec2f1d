"""Addresses: which page each stands for, and what is said of a wrong one."""

import datetime
import json

import feeds
import origin as o
import pages
import pytest
from conftest import DAY, MONTH, WEEK
from listing import Listing

COUNTS = {"/papers.atom": 50, DAY + ".atom": 50, "/papers.atom?date=2026-08-04": 50,
          "/papers/date/2024-08-01.atom": 13, "/papers/date/2026-08-08.atom": 0,
          WEEK + ".atom": 65, MONTH + ".atom": 65, "/papers/trending.atom": 40,
          "/papers.atom?q=lanterns": 65}


@pytest.mark.parametrize("address", COUNTS)
def test_each_row_of_the_table(shared, address):
    _, mill = shared
    answer = mill.get(address)
    assert answer.status == 200
    assert answer["content-type"] == "application/atom+xml; charset=utf-8"
    assert len(feeds.parsed(answer.body).entries) == COUNTS[address]
    assert feeds.self_link(answer.body) == mill.url + address


@pytest.mark.parametrize("address", COUNTS)
def test_rss_and_json_stand_beside_atom(shared, address):
    _, mill = shared
    atom = mill.get(address)
    rss = mill.get(address.replace(".atom", ".rss"))
    assert rss["content-type"] == "application/rss+xml; charset=utf-8"
    assert [e.id for e in feeds.parsed(rss.body).entries] == feeds.ids(atom.body)
    feed = mill.get(address.replace(".atom", ".json"))
    assert feed["content-type"].startswith("application/feed+json")
    parsed = json.loads(feed.body)
    assert [e["id"] for e in parsed["items"]] == feeds.ids(atom.body)
    assert parsed["feed_url"] == mill.url + address.replace(".atom", ".json")


def test_every_feed_is_valid(shared, tmp_path):
    _, mill = shared
    files = []
    for i, address in enumerate(COUNTS):
        files.append(tmp_path / f"{i}.atom")
        files[-1].write_bytes(mill.get(address).body)
    feeds.check_grammar(*files)


def test_both_forms_of_a_date_are_one_feed(serve, origin):
    mill = serve(origin)
    new, old = mill.get(DAY + ".atom"), mill.get("/papers.atom?date=2026-08-04")
    assert feeds.ids(new.body) == feeds.ids(old.body)
    assert feeds.parsed(new.body).feed.id == feeds.parsed(old.body).feed.id
    assert origin.count() == 1


def test_search_words_reach_the_page_as_they_are(serve, origin, page):
    mill = serve(origin)
    origin.set("/papers", o.page(page("search")))
    for query, sent in {"a+b": "a b", "a%20b": "a b", "%C3%A9t%C3%A9": "été", "c%2B%2B": "c++",
                        "x%26y%3Dz": "x&y=z"}.items():
        before = origin.count()
        assert mill.get(f"/papers.atom?q={query}").status == 200
        if query != "a%20b":  # the same words as a+b: no further fetch
            assert o.urllib.parse.parse_qs(origin.log()[-1].query) == {"q": [sent]}
            assert origin.count() == before + 1
        else:
            assert origin.count() == before


def test_the_current_week_and_month_are_those_of_utc(serve, origin, page):
    def now():
        return datetime.datetime.now(datetime.timezone.utc)

    def names():
        year, week, _ = now().isocalendar()
        return {f"/papers/week/{year}-W{week:02d}", f"/papers/month/{now():%Y-%m}"}

    before = names()
    mill = serve(origin)
    for path in before:
        origin.set(path, o.page(page("week" if "/week/" in path else "month")))
    for path in ("/papers/week.atom", "/papers/month.atom"):
        answer = mill.get(path)
        assert answer.status == 200 or names() != before  # midnight came in between
        if answer.status == 200:
            assert feeds.self_link(answer.body) == mill.url + path
    assert {r.path for r in origin.log()} <= before | names()
    assert origin.count() == 2


NOT_THERE = ["/nothing", "/nothing.atom", "/papers.xml", "/papersatom", "/.atom",
             "/papers/2608.00100.atom", "/papers/date.atom", "/papers/years/2026.atom",
             "/feeds/nothing.atom", "/feeds/.atom", "/feeds.atom", "/PAPERS.atom", "/papers/../etc.atom"]


@pytest.mark.parametrize("address", NOT_THERE)
def test_404(shared, address):
    origin, mill = shared
    before = origin.count()
    answer = mill.get(address)
    assert answer.status == 404
    assert_plain_line(answer)
    assert origin.count() == before


def assert_plain_line(answer):
    assert answer["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith("\n") and answer.text.count("\n") == 1 and len(answer.text) > 3
    assert answer.cache == {"no-store": True}
    assert "etag" not in answer.headers


MALFORMED = {
    "/papers/date/2026-13-01.atom": "2026-13-01", "/papers/date/2026-02-30.atom": "2026-02-30",
    "/papers/date/yesterday.atom": "yesterday", "/papers/date/2026-8-4.atom": "2026-8-4",
    "/papers.atom?date=2026-08-32": "2026-08-32", "/papers.atom?date=": "date",
    "/papers/week/2026-W60.atom": "2026-W60", "/papers/week/2025-W53.atom": "2025-W53",
    "/papers/week/2026-32.atom": "2026-32", "/papers/month/2026-13.atom": "2026-13",
    "/papers/month/2026-8.atom": "2026-8",
    "/papers.atom?limit=0": "limit", "/papers.atom?limit=-1": "limit", "/papers.atom?limit=many": "limit",
    "/papers.atom?limit=5&limit=6": "limit", "/papers.atom?limit=99999999999999999999": "limit",
    "/papers.atom?min_upvotes=x": "min_upvotes", "/papers.atom?min_upvotes=": "min_upvotes",
    "/papers.atom?include=": "include", "/papers.atom?colour=blue": "colour",
    "/papers.atom?%3Cscript%3E=1": "<script>", "/papers.atom?q=%zz": "", "/papers.atom?q=%00": "",
    "/papers/date/2026-08-04.atom?date=2026-08-05": "date", "/papers/week.atom?q=": "q",
    "/papers.atom?Limit=5": "Limit",
}


@pytest.mark.parametrize("address", MALFORMED)
def test_400_with_the_reason(shared, address):
    origin, mill = shared
    before = origin.count()
    answer = mill.get(address)
    assert answer.status == 400, answer
    assert_plain_line(answer)
    assert MALFORMED[address] in answer.text
    assert origin.count() == before


# filters


def wanted(keep):
    return [e["id"] for e in Listing(pages.daily()).entries if keep(e)]


def org_names(e):
    org = e["organization"]
    return {str(org.get(k, "")).lower() for k in ("name", "fullname")} if org else set()


FILTERS = {
    "min_upvotes=64": lambda e: e["upvotes"] >= 64,
    "min_upvotes=1025": lambda e: False,
    "include=gradients": lambda e: "gradients" in (e["title"] + e["summary"]).lower(),
    "include=GRADIENTS,harbours": lambda e: any(w in (e["title"] + e["summary"]).lower()
                                                for w in ("gradients", "harbours")),
    "exclude=part": lambda e: "part" not in (e["title"] + e["summary"]).lower(),
    "org=quiet-lab": lambda e: "quiet-lab" in org_names(e),
    "org=Quiet%20Lab": lambda e: "quiet lab" in org_names(e),
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters(shared, query):
    _, mill = shared
    answer = mill.get("/papers.atom?" + query)
    assert answer.status == 200
    assert feeds.ids(answer.body) == wanted(FILTERS[query])


def test_author_filter(shared):
    _, mill = shared
    every = Listing(pages.daily()).entries
    name = every[20]["authors"][0]
    got = feeds.ids(mill.get("/papers.atom?author=" + o.urllib.parse.quote(name.lower())).body)
    assert got == [e["id"] for e in every if any(name.lower() in a.lower() for a in e["authors"])]
    assert got


def test_limit(shared):
    _, mill = shared
    every = feeds.ids(mill.get("/papers.atom").body)
    assert feeds.ids(mill.get("/papers.atom?limit=5").body) == every[:5]
    assert feeds.ids(mill.get("/papers.atom?limit=1000").body) == every
    some = wanted(lambda e: e["upvotes"] >= 64)
    assert feeds.ids(mill.get("/papers.atom?min_upvotes=64&limit=3").body) == some[:3]


def test_views_of_one_page_share_one_fetch(serve, origin):
    mill = serve(origin, {"feeds": [{"name": "strong", "min_upvotes": 64}]})
    for address in ("/papers.atom", "/papers.rss", "/papers.json", "/papers", "/papers.atom?limit=5",
                    "/papers.atom?min_upvotes=64", "/papers.atom?include=part&exclude=part",
                    "/feeds/strong.atom", "/feeds/strong.json"):
        assert mill.get(address).status == 200, address
    assert origin.count() == 1


def test_a_filtered_feed_has_an_id_of_its_own(shared):
    _, mill = shared
    one, other = (feeds.parsed(mill.get("/papers.atom" + q).body).feed.id
                  for q in ("", "?min_upvotes=64"))
    assert one == "https://huggingface.co/papers" and other.startswith(one) and one != other


def test_the_limit_of_the_configuration(serve, origin):
    mill = serve(origin, {"papers": {"limit": 7},
                          "feeds": [{"name": "few", "limit": 3}, {"name": "most", "limit": 40}]})
    count = {a: len(feeds.ids(mill.get(a).body)) for a in
             ("/papers.atom", "/feeds/few.atom", "/feeds/most.atom", "/feeds/few.atom?limit=2")}
    assert count == {"/papers.atom": 7, "/feeds/few.atom": 3, "/feeds/most.atom": 40,
                     "/feeds/few.atom?limit=2": 2}


# configured feeds and the key


def test_configured_feeds(serve, origin):
    mill = serve(origin, {"feeds": [
        {"name": "strong-papers", "title": "Strong & few", "path": "/papers", "min_upvotes": 188},
        {"name": "lanterns", "path": "/papers?q=lanterns"},
        {"name": "by-week", "path": "/papers/week/2026-W32", "exclude": "part, harbours"}]})
    strong = feeds.parsed(mill.get("/feeds/strong-papers.atom").body)
    assert strong.feed.title == "Strong & few"
    assert [e.id for e in strong.entries] == wanted(lambda e: e["upvotes"] >= 188)
    over = feeds.ids(mill.get("/feeds/strong-papers.atom?min_upvotes=1024").body)
    assert over == wanted(lambda e: e["upvotes"] >= 1024)
    assert len(feeds.ids(mill.get("/feeds/lanterns.atom").body)) == 65
    left = mill.get("/feeds/by-week.atom").body
    assert not any("part" in t.lower() or "harbours" in t.lower() for t in feeds.titles(left))
    assert mill.get("/feeds/strong-papers.atom?q=x").status == 400


def test_access_key(serve, origin):
    mill = serve(origin, {"server": {"access_key": "s3cret&more"}, "feeds": [{"name": "one"}]})
    key = "key=s3cret%26more"
    for address in ("/papers.atom", "/feeds/one.atom", "/papers", "/papers.json"):
        for wrong in ("", "?key=", "?key=s3cret", "?key=s3cret%26morE", "?key=s3cret%26more2"):
            answer = mill.get(address + wrong)
            assert answer.status in (401, 403), address + wrong
            assert_plain_line(answer)
        assert origin.count() == (0 if address == "/papers.atom" else 1)
        good = mill.get(f"{address}?{key}")
        assert good.status == 200, address
        assert mill.get(address).status in (401, 403)  # what is cached is not open to all
    limited = mill.get(f"/papers.atom?limit=2&{key}")
    assert len(feeds.ids(limited.body)) == 2
    assert mill.get("/healthz").status == 200
    assert "s3cret" not in mill.log
