"""Every filter, on three kinds of sources alike: in the configuration all of them, in an address
those that the contract gives. What passes is said once more here, in Python."""

import html
import json
import time
import urllib.parse

import feeds
import harness
import origin as o
import pages
import pytest
from harness import until

NOW = int(time.time())
HOUR, DAY = 3600, 86400

# (title, words, author, category, points, comments, age in hours)
POSTS = [
    ("Zebra crossing repaired", "The paint is new", "Ada Moss", "streets", 12, 3, 1),
    ("A harbour for small boats", "Twelve berths near the crane", "Ben Òpal", "water", 250, 40, 5),
    ("Crane out of use", "Until Monday; see the harbour notice", "Ada Moss", "water", 7, 0, 30),
    ("The library opens late", "A lantern festival next door", "Cy Reed", "culture", 64, 12, 50),
    ("the LIBRARY opens  late", "The same notice once more", "Dee Fox", "culture", 3, 1, 2),
    ("Überland bus in summer", "Timetable for the lakes", "Ben Òpal", "streets", 90, 5, 24 * 9),
    ("Market day moves", "No harbour, no boats, only bread", "Eve Moss-Hill", "culture", 64, 9, 24 * 40),
]
KEYS = ("title", "words", "author", "category", "points", "comments", "hours")
POSTS = [dict(zip(KEYS, p), id=f"urn:post:{i}") for i, p in enumerate(POSTS)]


def rss():
    items = "".join(
        f"<item><title>{p['title']}</title><link>https://town.test/{i}</link><guid isPermaLink='false'>{p['id']}</guid>"
        f"<description>{p['words']}</description><dc:creator>{p['author']}</dc:creator>"
        f"<category>{p['category']}</category><slash:comments>{p['comments']}</slash:comments>"
        f"<x:points>{p['points']}</x:points>"
        f"<dc:date>{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(NOW - p['hours'] * HOUR))}</dc:date></item>"
        for i, p in enumerate(POSTS))
    return (f"<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:x='urn:x' "
            f"xmlns:slash='http://purl.org/rss/1.0/modules/slash/'><channel><title>Town</title>{items}"
            "</channel></rss>").encode()


def listing():
    rows = "".join(
        f"<li><a href='/{i}' data-id='{p['id']}'>{p['title']}</a><p>{p['words']}</p><i>{p['author']}</i><b>{p['category']}</b>"
        f"<s>{p['points']} points</s><u>{p['comments']} comments</u><time>{NOW - p['hours'] * HOUR}</time></li>"
        for i, p in enumerate(POSTS))
    return f"<!doctype html><meta charset=utf-8><title>Town</title><ul>{rows}</ul>".encode()


def state():
    made = [{"id": p["id"], "title": p["title"], "text": p["words"], "by": p["author"], "tag": p["category"],
             "points": p["points"], "comments": p["comments"], "at": NOW - p["hours"] * HOUR,
             "url": f"/{i}"} for i, p in enumerate(POSTS)]
    return json.dumps({"data": {"posts": made}}).encode()


LIST = """name: town-list
url: {url}/list
items: "css: li"
fields:
  title: "css: a"
  link: "css: a @href"
  id: "css: a @data-id"
  summary: "css: p"
  author: "css: i"
  category: "css: b"
  published: "css: time"
  numbers: {{points: "css: s", comments: "css: u"}}
"""
API = """name: town-api
url: {url}/api
items: "json: /data/posts"
fields:
  title: "json: /title"
  link: "json: /url"
  id: "json: /id"
  summary: "json: /text"
  author: "json: /by"
  category: "json: /tag"
  published: "json: /at"
  numbers: {{points: "json: /points", comments: "json: /comments"}}
"""
SOURCES = ("feed", "town-list", "town-api")

NEWEST = sorted(POSTS, key=lambda p: p["hours"])


def having(words, *fields):
    return [p for p in NEWEST if any(w in p[f].lower() for w in words for f in fields)]


def but(posts):
    return [p for p in NEWEST if p not in posts]


# What a person writes, and what is shown then, in that order.
CONFIGURED = {
    "include-list": ({"include": ["harbour", "lantern"]}, having(["harbour", "lantern"], "title", "words")),
    "include-commas": ({"include": "HARBOUR, lantern"}, having(["harbour", "lantern"], "title", "words")),
    "include-other-case": ({"include": "überland"}, having(["überland"], "title")),
    "include-start-of-words": ({"include": "arbour"}, []),
    "exclude": ({"exclude": "the library, zebra"}, but(having(["the library", "zebra"], "title", "words"))),
    "author": ({"author": "moss"}, having(["moss"], "author")),
    "authors": ({"author": ["cy reed", "dee"]}, having(["cy reed", "dee"], "author")),
    "category": ({"category": "water, streets"}, having(["water", "streets"], "category")),
    "min": ({"min_points": 64}, [p for p in NEWEST if p["points"] >= 64]),
    "max": ({"max_points": 64}, [p for p in NEWEST if p["points"] <= 64]),
    "range": ({"min_points": 7, "max_points": 90, "min_comments": 4},
              [p for p in NEWEST if 7 <= p["points"] <= 90 and p["comments"] >= 4]),
    "unknown-number": ({"min_stars": 1}, []),
    "max-age": ({"max_age": "2d"}, [p for p in NEWEST if p["hours"] < 48]),
    "limit": ({"limit": 2}, NEWEST[:2]),
    "sort-title": ({"sort": "title"}, sorted(POSTS, key=lambda p: " ".join(p["title"].lower().split()))),
    "sort-number": ({"sort": "points"}, sorted(NEWEST, key=lambda p: -p["points"])),
    "sort-page": ({"sort": "page"}, POSTS),
    "sort-published": ({"sort": "published"}, NEWEST),
    "top-three": ({"sort": "points", "limit": 3}, sorted(NEWEST, key=lambda p: -p["points"])[:3]),
    "dedupe": ({"dedupe": "title"}, [p for p in NEWEST if p["title"] != "the LIBRARY opens  late"]),
    "all-at-once": ({"include": "the, harbour", "exclude": "zebra", "max_age": "30d", "min_points": 2,
                     "dedupe": "title", "sort": "comments", "limit": 2},
                    [POSTS[1], POSTS[3]]),
}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A mill with each filter on each source, and one feed of each source without any."""
    folder = tmp_path_factory.mktemp("town")
    with o.Origin() as origin:
        origin.set("/feed", o.page(rss(), content_type="application/rss+xml"))
        origin.set("/list", o.page(listing()))
        origin.set("/api", o.page(state(), content_type="application/json"))
        for name, text in (("list", LIST), ("api", API)):
            (folder / f"{name}.yaml").write_text(text.format(url=origin.url))
        own = {"feed": {"source": "feed", "url": origin.url + "/feed"}}
        own.update({s: {"source": s} for s in SOURCES[1:]})
        configured = [{"name": f"{s}-{k}", **own[s], **keys} for s in SOURCES for k, (keys, _) in CONFIGURED.items()]
        configured += [{"name": s, **own[s]} for s in SOURCES]
        with harness.Feedmill(folder, {"sources": ["list.yaml", "api.yaml"], "feeds": configured}) as mill:
            yield mill
            mill.check_log()
        assert origin.count() == len(SOURCES)  # views of one page each


def shown(answer):
    assert answer.status == 200, answer
    return [e["id"] for e in json.loads(answer.body)["items"]]


def test_the_three_sources_say_the_same(town):
    for source in SOURCES:
        answer = town.get(f"/feeds/{source}.json")
        assert shown(answer) == [p["id"] for p in NEWEST], source
        assert [e["title"] for e in json.loads(answer.body)["items"]] == \
               [" ".join(p["title"].split()) for p in NEWEST], source


@pytest.mark.parametrize("key", CONFIGURED)
@pytest.mark.parametrize("source", SOURCES)
def test_in_the_configuration(town, source, key):
    want = [p["id"] for p in CONFIGURED[key][1]]
    assert shown(town.get(f"/feeds/{source}-{key}.json")) == want
    assert feeds.ids(town.get(f"/feeds/{source}-{key}.atom").body) == want


ASKED = {
    "include=harbour": having(["harbour"], "title", "words"),
    "include=HARBOUR,lantern": having(["harbour", "lantern"], "title", "words"),
    "include=%C3%BCberland": having(["überland"], "title"),
    "exclude=the+library,zebra": but(having(["the library", "zebra"], "title", "words")),
    "author=%C3%B2pal": having(["òpal"], "author"),
    "category=WATER": having(["water"], "category"),
    "org=moss": [],
    "min_points=64": [p for p in NEWEST if p["points"] >= 64],
    "max_comments=3": [p for p in NEWEST if p["comments"] <= 3],
    "min_upvotes=1": [],
    "limit=3": NEWEST[:3],
    "include=harbour&min_points=8&limit=1": [POSTS[1]],
}


@pytest.mark.parametrize("query", ASKED)
@pytest.mark.parametrize("source", SOURCES)
def test_in_the_address(town, source, query):
    assert shown(town.get(f"/feeds/{source}.json?{query}")) == [p["id"] for p in ASKED[query]]


@pytest.mark.parametrize("source", SOURCES)
def test_an_address_narrows_what_is_configured(town, source):
    both = shown(town.get(f"/feeds/{source}-author.json?category=water"))
    assert both == [p["id"] for p in NEWEST if "moss" in p["author"].lower() and p["category"] == "water"]
    sorted_by = shown(town.get(f"/feeds/{source}-sort-number.json?exclude=harbour&limit=2"))
    left = [p for p in CONFIGURED["sort-number"][1] if p not in having(["harbour"], "title", "words")]
    assert sorted_by == [p["id"] for p in left[:2]]


REFUSED = {
    "limit=0": "limit", "limit=1001": "limit", "limit=x": "limit", "limit=": "limit", "limit=1&limit=2": "limit",
    "min_points=": "min_points", "min_points=-1": "min_points", "min_points=1e3": "min_points",
    "min_=1": "min_", "max_Points=1": "max_Points", "include=": "include", "include=,": "include",
    "exclude=%01": "exclude", "author=%ff": "", "category=" + "x" * 600: "category", "org=": "org",
    "sort=title": "sort", "max_age=1d": "max_age", "dedupe=title": "dedupe", "colour=blue": "colour",
    "Limit=1": "Limit", "q=x": "q", "url=https://a.test/": "url",
}


@pytest.mark.parametrize("query", REFUSED, ids=lambda q: q[:30])
@pytest.mark.parametrize("source", ("feed", "town-list"))
def test_400_with_one_line_that_says_which(town, source, query):
    answer = town.get(f"/feeds/{source}.atom?{query}")
    assert answer.status == 400
    assert answer.text.count("\n") == 1 and answer.text.endswith("\n") and REFUSED[query] in answer.text
    assert answer.cache == {"no-store": True}


# Daily Papers ---------------------------------------------------------------


def test_category_of_daily_papers(shared):
    _, mill = shared
    word = "graph rewriting"
    want = [p["id"] for p in pages.papers("daily") if any(k.lower().startswith(word) for k in p["keywords"])]
    got = feeds.ids(mill.get("/papers.atom?category=" + urllib.parse.quote(word)).body)
    assert got == want and want


def test_filters_in_a_path_count(serve, origin):
    mill = serve(origin, {"feeds": [{"name": "few", "path": "/papers?min_upvotes=64&limit=5", "exclude": "part"},
                                    {"name": "best", "path": "/papers?sort=upvotes"}]})
    want = [p["id"] for p in pages.papers("daily") if p["upvotes"] >= 64
            and "part" not in (p["title"] + p["summary"]).lower()]
    assert feeds.ids(mill.get("/feeds/few.atom").body) == want[:5]
    votes = {p["id"]: p["upvotes"] for p in pages.papers("daily")}
    got = [votes[i] for i in feeds.ids(mill.get("/feeds/best.atom").body)]
    assert got == sorted(votes.values(), reverse=True)


# An entry that crosses a bound ----------------------------------------------


def votes_page(votes):
    """Three papers, the middle one with so many votes."""
    papers = [pages.paper(i, nauthors=1) for i in (0, 1, 3)]
    for paper, upvotes in zip(papers, (100, votes, 3)):
        paper["paper"]["upvotes"] = upvotes
    return pages.page(papers, pages.props_json(papers, pages.TODAY))


def test_an_entry_that_crosses_is_new_then_and_stays(serve, origin, tmp_path):
    config = {"refresh": {"every": "1s"}, "feeds": [{"name": "strong", "min_upvotes": 50}]}
    origin.set("/papers", o.page(votes_page(49)))
    mill = serve(origin, config, folder=tmp_path / "one")
    strong, every = "/feeds/strong.atom", "/papers.atom"
    before, plain = mill.get(strong), mill.get(every)
    first, second, _ = feeds.ids(plain.body)
    assert feeds.ids(before.body) == [first]

    def dates():
        return {e.id: (e.published, e.updated) for e in feeds.parsed(mill.get(every).body).entries}

    dated = dates()
    origin.set("/papers", o.page(votes_page(50)))
    crossed = until(lambda: (a := mill.get(strong)) and a["etag"] != before["etag"] and a, "the crossing")
    assert feeds.ids(crossed.body) == [first, second]
    assert feeds.ids(mill.get("/papers.atom?min_upvotes=50").body) == [first, second]
    assert mill.get(strong, {"If-None-Match": before["etag"]}).status == 200
    assert dates() == dated  # it is new in the feed, not another entry

    origin.set("/papers", o.page(votes_page(2)))
    until(lambda: "2 votes" in mill.get(every).text, "the fall")
    assert feeds.ids(mill.get(strong).body) == [first, second]
    assert feeds.ids(mill.get("/papers.atom?min_upvotes=50").body) == [first, second]
    mill.kill()  # nor does it go with the process
    mill = serve(origin, config, folder=tmp_path / "one")
    count = origin.count("/papers")
    until(lambda: mill.get(strong) and origin.count("/papers") > count, "a refresh")
    assert feeds.ids(mill.get(strong).body) == [first, second]
    assert dates() == dated


def test_so_does_one_of_any_other_source(serve):
    def item(points):
        return (f"<rss xmlns:x='urn:x'><channel><title>t</title><item><title>a</title><guid>https://a.test/1</guid>"
                f"<x:points>{points}</x:points><description>{html.escape('<p>at ')}{points}</description></item>"
                "</channel></rss>").encode()

    with o.Origin() as origin:
        origin.set("/x", o.page(item(9)))
        mill = serve(config={"refresh": {"every": "1s"}, "feeds": [
            {"name": "x", "source": "feed", "url": origin.url + "/x"},
            {"name": "ten", "source": "feed", "url": origin.url + "/x", "min_points": 10}]})
        assert feeds.ids(mill.get("/feeds/ten.atom").body) == []
        origin.set("/x", o.page(item(10)))
        until(lambda: feeds.ids(mill.get("/feeds/ten.atom").body) == ["https://a.test/1"], "the crossing")
        origin.set("/x", o.page(item(1)))
        until(lambda: "at 1<" in mill.get("/feeds/x.atom").text.replace("&lt;", "<"), "the fall")
        assert feeds.ids(mill.get("/feeds/ten.atom").body) == ["https://a.test/1"]


# Age ------------------------------------------------------------------------


@pytest.mark.parametrize("every", ["1s", "1h"])
def test_an_entry_grows_too_old_though_the_page_stays_the_same(serve, every):
    """Nor is it served by the threads that ask nobody, until then or after."""
    def item(name, age):
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
        return f"<item><guid>https://a.test/{name}</guid><title>{name}</title><dc:date>{when}</dc:date></item>"

    left = harness.PATIENCE // 5  # seconds
    with o.Origin() as origin:
        mill = serve(config={"refresh": {"every": every}, "feeds": [
            {"name": "hour", "source": "feed", "url": origin.url + "/x", "max_age": "1h"},
            {"name": "all", "source": "feed", "url": origin.url + "/x"}]})
        both = ["https://a.test/new", "https://a.test/old"]
        body = f"{item('new', 10)}{item('old', 3600 - left)}{item('older', 9000)}"
        origin.set("/x", o.page(f"<rss><channel><title>t</title>{body}</channel></rss>".encode(), etag=True))
        first, whole = mill.get("/feeds/hour.atom"), mill.get("/feeds/all.atom")
        assert feeds.ids(first.body) == both and first.cache["max-age"] <= left + 1
        then = until(lambda: (a := mill.get("/feeds/hour.atom")) and feeds.ids(a.body) == both[:1] and a, "its age")
        assert then["etag"] != first["etag"]
        assert mill.get("/feeds/hour.atom", {"If-Modified-Since": first["last-modified"]}).status == 200
        assert mill.get("/feeds/hour.atom", {"If-Modified-Since": then["last-modified"]}).status == 304
        again = mill.get("/feeds/all.atom")
        assert (again["etag"], again["last-modified"]) == (whole["etag"], whole["last-modified"])
