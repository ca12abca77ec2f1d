"""papers.via: the pages, /api/daily_papers, or whichever of them can be had."""

import feeds
import origin as o
import pages
import pytest
from conftest import DAY, MONTH, WEEK
from harness import run, until

API = "/api/daily_papers"
# feed: (what the API is asked, the generated answer)
WAYS = {"/papers": ("limit=100", "days"), DAY: ("date=2026-08-04&limit=100", "daily"),
        "/papers/date/2026-08-08": ("date=2026-08-08&limit=100", "empty-day"),
        WEEK: ("week=2026-W32&limit=100", "week"), MONTH: ("month=2026-08&limit=100", "month"),
        "/papers/trending": ("sort=trending&limit=50", "trending")}
FAST = {"refresh": {"every": "1s", "wait": "60s"}}


def answer(name, **how):
    return o.page(pages.api(name), content_type="application/json; charset=utf-8", **how)


@pytest.fixture
def both(origin, page):
    """The listing's host, with its API."""
    origin.set("/papers", o.page(page("next-day"), etag='"page"'))
    for query, name in WAYS.values():
        origin.set(f"{API}?{query}", answer(name, etag='"api"'))
    return origin


def same(mill, other, target):
    """Both give these bytes, but for their own addresses."""
    one, two = mill.get(target), other.get(target)
    assert one.status == two.status == 200, (one, two)
    return one.body.replace(mill.url.encode(), b"") == two.body.replace(other.url.encode(), b"")


def test_the_api_gives_what_the_pages_give(serve, both):
    by_page = serve(both)
    by_api = serve(both, {"papers": {"via": "api"}})
    for path in WAYS:
        before = both.count(API)
        for ending in (".atom", ".rss", ".json"):
            assert same(by_page, by_api, path + ending), path
        asked = both.log(API)[before:]
        assert [r.query for r in asked] == [WAYS[path][0]]
        assert asked[0].headers["accept"] == "application/json"
    assert {r.path for r in both.log() if r.path != API} == set(WAYS)  # the first one's


def test_what_the_api_lacks_is_said(serve, both, tmp_path):
    mill = serve(both, {"papers": {"via": "api"}})
    for target in ("/papers/trending.atom?q=lanterns", "/papers/week/2026-W53.atom"):
        refused = mill.get(target)
        assert refused.status == 404
        assert "the API does not have /papers" in refused.text and "papers.via" in refused.text
    assert both.count() == 0
    file = tmp_path / "f.yaml"
    file.write_text('papers: {via: api}\nfeeds:\n  - name: a\n    path: "/papers/trending?q=x"\n')
    checked = run("check", "-c", file)
    assert checked.returncode == 2
    assert f"{file}:4: feeds[0].path: the API does not have /papers/trending?q=x" in checked.stderr


def test_the_api_searches(serve, both):
    """Entries nested as in the listings, or bare papers as in 2024: the same feed."""
    found = [pages.paper(700 + i) for i in range(3)]
    both.set("/api/papers/search?q=two%20words",
             o.page(pages.json.dumps(found), content_type="application/json"))
    both.set("/api/papers/search?q=bare",
             o.page(pages.json.dumps([e["paper"] for e in found]), content_type="application/json"))
    mill = serve(both, {"papers": {"via": "api"}})
    nested, bare = mill.get("/papers.atom?q=two%20%20words"), mill.get("/papers.atom?q=bare")
    assert feeds.ids(nested.body) == feeds.ids(bare.body) == [pages.expect(e)["id"] for e in found]
    assert b"<id>https://huggingface.co/papers?q=two%20words</id>" in nested.body


def test_a_day_of_more_than_one_answer(serve, both):
    whole = [pages.paper(400 + i) for i in range(130)]
    for at in (0, 1):
        body = pages.json.dumps(whole[at * 100:at * 100 + 100])
        both.set(f"{API}?limit=100" if at == 0 else f"{API}?date=2026-08-04&limit=100&p=1",
                 o.page(body, content_type="application/json"))
    mill = serve(both, {"papers": {"via": "api", "limit": 1000}})
    assert feeds.ids(mill.get("/papers.atom").body) == [pages.expect(e)["id"] for e in whole]
    assert both.count(API) == 2


def test_an_answer_that_is_no_list(serve, both):
    both.set(f"{API}?limit=100", o.page('{"error":"Too many papers"}', content_type="application/json"))
    mill = serve(both, {"papers": {"via": "api"}})
    failed = mill.get("/papers.atom")
    assert failed.status == 502
    assert 'the API says "Too many papers"' in failed.text


# auto


def auto(serve, both, **how):
    return serve(both, {**FAST, "fetch": {"timeout": "3s"}, "papers": {"via": "auto"}}, **how)


def refreshed(mill, both, path, count=1):
    """Until so many more requests for it were answered and their refresh is over."""
    both.wait_for_requests(path, both.count(path) + count + 1, timeout=60)


def dates(body):
    return {e.id: (e.published, e.updated) for e in feeds.parsed(body).entries}


def another(mill):
    return mill.metrics()["feedmill_upstreams_failed_over"]


def test_auto_asks_the_page_alone_while_it_works(serve, both):
    mill = auto(serve, both)
    assert mill.get("/papers.atom").status == 200
    refreshed(mill, both, "/papers")
    assert both.count(API) == 0 and another(mill) == 0


FAILURES = {"503": o.status(503), "404": o.not_found(), "drop": o.drop(), "hang": o.hang(),
            "challenge": o.page(pages.challenge()), "truncated": o.page(pages.truncated())}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_page_that_never_came_is_no_matter(serve, both, failure):
    both.set("/papers", FAILURES[failure])
    mill = auto(serve, both)
    got = mill.get("/papers.atom")
    assert got.status == 200
    assert feeds.ids(got.body) == [p["id"] for p in pages.papers("next-day")]
    assert another(mill) == 1
    assert "failed over to " in mill.get("/").text


def test_there_and_back(serve, both, page):
    mill = auto(serve, both)
    first = mill.get("/papers.atom")
    both.set("/papers", o.status(503))
    mill.wait_for_log("failover to another endpoint")
    until(lambda: another(mill) == 1, "the other way")
    refreshed(mill, both, API, 2)
    then = mill.get("/papers.atom")
    assert dates(then.body) == dates(first.body) and then["etag"] == first["etag"]
    assert "refresh failed" not in mill.log
    both.set("/papers", o.page(page("next-day"), etag='"page"'))
    mill.wait_for_log("back at the preferred endpoint")
    until(lambda: another(mill) == 0, "the page")
    refreshed(mill, both, "/papers", 2)
    back = mill.get("/papers.atom")
    assert dates(back.body) == dates(first.body) and back["etag"] == first["etag"]
    assert feeds.parsed(back.body).feed.id == feeds.parsed(first.body).feed.id
    assert len(mill.wait_for_log("failover to another endpoint")) == 1
    assert mill.log.count("failover to another endpoint") == mill.log.count("back at the preferred endpoint") == 1
    # what one address gave to ask with is not sent to the other
    for path, other in (("/papers", '"api"'), (API, '"page"')):
        assert other not in {r.headers.get("if-none-match") for r in both.log(path)}
    assert '"api"' in {r.headers.get("if-none-match") for r in both.log(API)}


def test_both_fail(serve, both):
    mill = auto(serve, both)
    first = mill.get("/papers.atom")
    both.set("/papers", o.status(503))
    both.set(f"{API}?limit=100", o.status(500))
    line = mill.wait_for_log("refresh failed")[0].string
    assert "503" in line and "500" in line
    assert feeds.ids(mill.get("/papers.atom").body) == feeds.ids(first.body)
    both.set(f"{API}?limit=100", answer("days"))
    until(lambda: another(mill) == 1, "the other way")


def test_an_odd_page_is_held_against_the_api(serve, both, page):
    both.set(DAY, o.page(page("daily")))
    mill = auto(serve, both)
    first = mill.get(DAY + ".atom")
    both.set(DAY, o.page(page("early")))  # one paper of fifty
    until(lambda: another(mill) == 1, "the other way")
    assert "refresh failed" not in mill.log and "far fewer" not in mill.log
    assert dates(mill.get(DAY + ".atom").body) == dates(first.body)
    both.set(f"{API}?date=2026-08-04&limit=100", answer("early"))
    assert "1 entries" in mill.wait_for_log("refresh failed")[0].string
    assert mill.get(DAY + ".atom").body == first.body


def test_articles_are_the_last_resort(serve, both):
    """A page without its data tells neither authors nor dates: the API does."""
    both.set(DAY, o.page(pages.no_data(), etag=True))
    mill = auto(serve, both)
    by_page = serve(both)
    got = feeds.parsed(mill.get(DAY + ".atom").body)
    assert [a.name for a in got.entries[9].authors] == pages.papers("daily")[9]["authors"]
    assert "the page's data is gone, only its rendered articles are left" in mill.log
    assert "authors" not in feeds.parsed(by_page.get(DAY + ".atom").body).entries[9]
    both.set(f"{API}?date=2026-08-04&limit=100", o.status(500))
    cold = auto(serve, both)
    got = feeds.parsed(cold.get(DAY + ".atom").body)
    assert len(got.entries) == 50 and "authors" not in got.entries[9]
    assert another(cold) == 0 and "refresh failed" not in cold.log
    both.set(f"{API}?date=2026-08-04&limit=100", answer("daily"))
    until(lambda: another(cold) == 1, "the other way")
    assert "authors" in feeds.parsed(cold.get(DAY + ".atom").body).entries[9]


def test_a_command_is_not_asked_for_the_api(serve, both, tmp_path):
    mill = serve(both, {"papers": {"via": "auto"}, "feeds": [
        {"name": "mine", "fetch": {"command": ["sh", "-c", "echo $0 >> asked; echo nothing", "{url}"]}}]})
    assert mill.get("/feeds/mine.atom").status == 502
    assert (mill.folder / "asked").read_text() == f"{both.url}/papers\n"


def test_a_spent_budget_is_not_waited_for(serve, both, page):
    spent = {"RateLimit": '"pages";r=0;t=600', "RateLimit-Policy": '"fixed window";"pages";q=100;w=300'}
    plenty = {"RateLimit": '"api";r=499;t=300', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    both.set("/papers", o.page(page("next-day"), headers=spent))
    for query, name in WAYS.values():
        both.set(f"{API}?{query}", answer(name, headers=plenty))
    mill = auto(serve, both)
    assert mill.get("/papers.atom").status == 200
    assert both.count(API) == 0
    refreshed(mill, both, API)
    assert mill.get(WEEK + ".atom").status == 200  # one that nobody has a copy of
    assert both.count("/papers") == 1 and both.count(WEEK) == 0
    assert mill.log.count('msg="failover to another endpoint"') == 2
    assert "refresh failed" not in mill.log


def test_a_429_of_the_pages_leaves_the_api(serve, both, page):
    mill = auto(serve, both)
    first = mill.get("/papers.atom")
    both.set("/papers", o.status(429, retry_after=600, headers={"RateLimit": '"pages";r=0;t=600'}))
    mill.wait_for_log("failover to another endpoint")
    count = both.count("/papers")
    refreshed(mill, both, API, 2)
    assert both.count("/papers") == count
    assert dates(mill.get("/papers.atom").body) == dates(first.body)
    mill.stop()
    again = auto(serve, both, folder=mill.folder)
    assert again.get("/papers.atom").status == 200
    # it knows of it, and robots.txt, not known any more, counts with the pages
    until(lambda: again.metrics()['feedmill_upstreams_by_state{state="held"}'] == 1, "waiting")
    assert both.count("/papers") == count and "refresh failed" not in again.log


def test_a_host_that_wants_to_be_left_alone_is(serve, both):
    mill = auto(serve, both)
    assert mill.get("/papers.atom").status == 200
    both.set("/papers", o.status(503, retry_after=600))
    mill.wait_for_log("refresh failed")
    assert both.count(API) == 0


def test_a_restart_goes_on_where_it_was(serve, both, tmp_path):
    mill = auto(serve, both)
    first = mill.get("/papers.atom")
    both.set("/papers", o.status(503))
    until(lambda: another(mill) == 1, "the other way")
    mill.stop()
    again = auto(serve, both, folder=mill.folder)
    assert again.get("/papers.atom").status == 200
    until(lambda: another(again) == 1, "the other way")
    then = again.get("/papers.atom")
    assert then.body.replace(again.url.encode(), b"") == first.body.replace(mill.url.encode(), b"")
    assert "refresh failed" not in mill.log + again.log


@pytest.mark.parametrize("before", ["503", "no-data"])
def test_stopped_while_another_way_is_asked(serve, both, before):
    both.set(DAY, o.status(503) if before == "503" else o.page(pages.no_data()))
    both.set(f"{API}?date=2026-08-04&limit=100", o.hang())
    mill = auto(serve, both)
    with mill.client() as client:
        client.request(DAY + ".atom")
        both.wait_for_requests(API, 1)
        mill.stop()  # what is in flight is answered
        assert client.answer().status == (503 if before == "503" else 200)


def test_fetch_in_a_terminal_takes_either(both, tmp_path):
    both.set("/papers", o.status(503))
    file = tmp_path / "f.yaml"
    file.write_text(f"papers: {{via: auto, upstream: {both.url}}}\nfetch: {{allow_private: true}}\n"
                    "store: \"memory:\"\n")
    done = run("fetch", "-c", file, "/papers")
    assert done.returncode == 0
    assert feeds.ids(done.stdout) == [p["id"] for p in pages.papers("next-day")]


def test_backfill_asks_the_api_for_days(both, tmp_path):
    """A day that has not come is 400 there."""
    both.set(f"{API}?date=2026-08-06&limit=100", o.status(400, '{"error":"too late"}'))
    both.set(f"{API}?date=2026-08-05&limit=100", answer("next-day"))
    file = tmp_path / "f.yaml"
    file.write_text(f"papers: {{via: api, upstream: {both.url}}}\nfetch: {{allow_private: true}}\n"
                    f"store: \"sqlite:{tmp_path}/m.db\"\n")
    done = run("backfill", "-c", file, "/papers", "--since", "2026-08-04", "--until", "2026-08-06")
    assert done.returncode == 0, done.stderr
    assert [r.query for r in both.log(API)] == [f"date=2026-08-0{d}&limit=100" for d in (6, 5, 4)]
    assert both.count() == 3
    kept = run("fetch", "-c", file, "/papers")
    assert len(feeds.ids(kept.stdout)) == 65


def test_convert_reads_an_answer_of_the_api():
    page, api = run("convert", stdin=pages.daily()), run("convert", stdin=pages.api("daily"))
    assert (api.returncode, api.stderr) == (0, "") and api.stdout == page.stdout
    week = run("convert", "-u", "https://huggingface.co" + API + "?week=2026-W32&limit=100",
               stdin=pages.api("week"))
    assert feeds.parsed(week.stdout).feed.title == "Weekly Papers: 2026-W32"
    cut = run("convert", stdin=pages.api("daily")[:5000])
    assert cut.returncode == 1 and "the API's answer is no list of papers: JSON, byte" in cut.stderr


@pytest.mark.skipif(not feeds.SHARED_PAGES.exists(), reason="no shared pages")
def test_the_shared_answer_is_the_shared_page():
    api, page = (run("convert", stdin=(feeds.SHARED_PAGES / name).read_bytes()).stdout
                 for name in ("api-daily_papers.json", "daily.html"))
    assert api == page and len(feeds.ids(api)) == 50
