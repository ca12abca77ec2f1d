"""Archives (RFC 5005 section 4): a reader that follows them gets every entry once,
and what is closed never changes again."""

import json
import re
import xml.etree.ElementTree as ElementTree

import feeds
import harness
import months
import origin as o
import pages
import pytest
from months import FH, Months, ids_of, link, walk, walked_ids

EAGER = {"refresh": {"every": "1s", "wait": "60s"}, "papers": {"limit": 20}}
FEEDS = {"feeds": [{"name": "strong", "path": "/papers", "min_upvotes": 30, "limit": 6}]}
TARGETS = ["/papers.atom", "/papers.atom?limit=5", "/papers.atom?limit=60", "/papers.atom?min_upvotes=30",
           "/papers.atom?exclude=lanterns,kettles&limit=10", "/feeds/strong.atom",
           "/feeds/strong.atom?include=memories,lanterns,mirrors"]


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """(mill, Months) three months on. Tests may let more days go by, never fewer."""
    with o.Origin() as origin:
        config = harness.merged(harness.merged({"papers": {"upstream": origin.url}}, EAGER), FEEDS)
        config = harness.merged(config, {"server": {"trusted_proxies": ["127.0.0.0/8"]}})
        gone = Months(origin, step=4, count=9)
        with harness.Feedmill(tmp_path_factory.mktemp("history"), config) as mill:
            gone.go_on(mill, ["/papers.atom"], 24)
            yield mill, gone
            mill.check_log()


def strong(entry):
    return entry["paper"]["upvotes"] >= 30


def words(*some):
    pattern = re.compile("|".join(rf"\b{w}" for w in some), re.I)
    return lambda e: bool(pattern.search(e["title"] + "\n" + e["paper"]["summary"]))


WANTED = {
    TARGETS[0]: lambda e: True, TARGETS[1]: lambda e: True, TARGETS[2]: lambda e: True, TARGETS[3]: strong,
    TARGETS[4]: lambda e: not words("lanterns", "kettles")(e), TARGETS[5]: strong,
    TARGETS[6]: lambda e: strong(e) and words("memories", "lanterns", "mirrors")(e)}


@pytest.mark.parametrize("target", TARGETS)
def test_a_walk_gets_every_entry_once(history, target):
    mill, gone = history
    documents = walk(mill, target)
    found = walked_ids(documents)
    wanted = ids_of(filter(WANTED[target], gone.seen))
    assert len(wanted) > 20 and len(found) == len(set(found))
    assert sorted(found) == sorted(wanted)
    assert found == sorted(found, key=lambda i: i.rsplit("/")[-1][:7], reverse=True)  # by day
    limit = re.search(r"limit=(\d+)", target)
    assert len(feeds.ids(documents[0][1].body)) == (int(limit[1]) if limit else 6 if "feeds" in target else 20)


@pytest.mark.parametrize("target", TARGETS)
def test_the_chain(history, target, tmp_path):
    """Each document knows its neighbours and is what the grammar says."""
    mill, _ = history
    documents = walk(mill, target)
    assert len(documents) >= 5  # March to June, and the feed
    for i, (at, answer) in enumerate(documents):
        tree = feeds.tree(answer.body)
        assert months.local(mill, feeds.self_link(answer.body)) == at
        assert tree.findtext("a:id", namespaces=feeds.ATOM) == feeds.tree(documents[0][1].body).findtext(
            "a:id", namespaces=feeds.ATOM)
        assert (tree.find("fh:archive", FH) is not None) == (i > 0)
        if i:
            assert months.local(mill, link(answer.body, "current")) == target
            assert re.search(r"/archive/2024-0[3-6]\.atom", at)
            after = link(answer.body, "next-archive")
            assert (after and months.local(mill, after)) == (documents[i - 1][0] if i > 1 else None)
        else:
            assert link(answer.body, "current") is None and link(answer.body, "next-archive") is None
        parsed = feeds.parsed(answer.body)
        assert [e.published for e in parsed.entries] == sorted((e.published for e in parsed.entries), reverse=True)
        (tmp_path / f"{i}.atom").write_bytes(answer.body)
    feeds.check_grammar(*sorted(tmp_path.glob("*.atom")))


def test_dates_are_the_entries_own(history):
    mill, gone = history
    wanted = {f"{pages.HOST}/papers/{e['paper']['id']}": e["paper"]["submittedOnDailyAt"][:10] for e in gone.seen}
    for at, answer in walk(mill, "/papers.atom"):
        for entry in feeds.parsed(answer.body).entries:
            assert entry.published[:10] == wanted[entry.id] and entry.updated == entry.published
            month = re.search(r"archive/(\d{4}-\d\d)", at)
            assert not month or entry.published.startswith(month[1])


def closed_of(documents):
    return [(t, a) for t, a in documents if a.cache.get("immutable")]


def test_what_is_closed_never_changes_again(history):
    """Not while more comes, not for another reader, not in the next process."""
    mill, gone = history
    before = {t: closed_of(walk(mill, t)) for t in TARGETS}
    assert len(before["/papers.atom"]) >= 2 and len(before["/feeds/strong.atom"]) >= 2
    for documents in before.values():
        for at, answer in documents:
            assert answer.cache["max-age"] >= 365 * 86400 and answer.cache["public"] is True
            assert "stale-while-revalidate" not in answer.cache
    formats = [at.replace(".atom", f) for at, _ in before["/papers.atom"] for f in (".rss", ".json")]
    in_formats = {at: mill.get(at) for at in formats}
    gone.go_on(mill, ["/papers.atom"], 3)
    again = {t: closed_of(walk(mill, t)) for t in TARGETS}
    config, folder = mill.config, mill.folder.parent / "again"
    config = harness.merged(config, {"papers": {"upstream": "http://127.0.0.1:9"},
                                     "server": {"base_url": mill.url}})
    with harness.Feedmill(folder, config) as second:  # the same memory, no page
        for target in TARGETS:
            for at, answer in before[target]:
                assert dict(again[target])[at].body == answer.body, at
                other = second.get(at)
                assert (other.body, other["etag"], other["last-modified"]) == (
                    answer.body, answer["etag"], answer["last-modified"]), at
                assert other.cache.get("immutable")
        for at, answer in in_formats.items():
            assert mill.get(at).body == second.get(at).body == answer.body, at


def test_what_is_open_grows(history):
    mill, gone = history
    target = "/papers.atom"
    newest = [a for t, a in walk(mill, target) if not a.cache.get("immutable")]
    assert newest and all(a.cache["max-age"] <= 1 for a in newest)
    before = len(walked_ids(walk(mill, target)))
    gone.go_on(mill, [target], 1)
    assert len(walked_ids(walk(mill, target))) == before + gone.count


def test_conditional_requests_and_encodings(history):
    mill, _ = history
    at, answer = closed_of(walk(mill, "/papers.atom"))[-1]
    assert mill.get(at, {"If-None-Match": answer["etag"]}).status == 304
    assert mill.get(at, {"If-Modified-Since": answer["last-modified"]}).status == 304
    assert mill.get(at, method="HEAD")["content-length"] == str(len(answer.body))
    packed = mill.get(at, {"Accept-Encoding": "gzip"})
    assert packed["content-encoding"] == "gzip" and packed.cache["immutable"] is True
    assert packed["etag"] != answer["etag"] and "Accept-Encoding" in packed["vary"]


def walk_rss(mill, target):
    found = []
    while target:
        channel = ElementTree.fromstring(mill.get(target).body).find("channel")
        found += [i.findtext("guid") for i in channel.findall("item")]
        before = [e.get("href") for e in channel.findall("{http://www.w3.org/2005/Atom}link")
                  if e.get("rel") == "prev-archive"]
        target = months.local(mill, before[0]) if before else None
        assert not target or ".rss" in target
    return found


def walk_json(mill, target):
    found = []
    while target:
        feed = json.loads(mill.get(target).body)
        found += [i["id"] for i in feed["items"]]
        target = months.local(mill, feed["next_url"]) if "next_url" in feed else None
        assert not target or ".json" in target
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_other_formats_lead_as_far(history, target):
    mill, _ = history
    wanted = walked_ids(walk(mill, target))
    assert walk_rss(mill, target.replace(".atom", ".rss")) == wanted
    assert walk_json(mill, target.replace(".atom", ".json")) == wanted


def test_behind_a_proxy_under_a_path(history):
    mill, _ = history
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "feeds.example.org", "X-Forwarded-Prefix": "/hf"}
    body = mill.get("/feeds/strong.atom?limit=3", headers).body
    address = link(body, "prev-archive")
    assert address.startswith("https://feeds.example.org/hf/feeds/strong/archive/2024-")
    assert address.endswith(".atom?limit=3")
    answer = mill.get(address.removeprefix("https://feeds.example.org/hf"), headers)
    assert feeds.self_link(answer.body) == address
    assert link(answer.body, "current") == "https://feeds.example.org/hf/feeds/strong.atom?limit=3"


@pytest.mark.parametrize("target, status", [
    ("/papers/archive/2019-01.atom", 404), ("/papers/archive/2031-01.atom", 404),
    ("/feeds/strong/archive/2019-01.atom", 404), ("/feeds/nobody/archive/2024-03.atom", 404),
    ("/papers/archive/2024-13.atom", 400), ("/papers/archive/2024-3.atom", 400),
    ("/papers/archive/2024-03-01.atom", 400), ("/papers/archive/march.atom", 400), ("/papers/archive/.atom", 400),
    ("/papers/archive/2024-03.atom?x=1", 400), ("/papers/archive/2024-03.pdf", 400)])
def test_what_is_no_archive(history, target, status):
    mill, _ = history
    answer = mill.get(target)
    assert answer.status == status, answer
    assert answer.text.count("\n") <= 1 and "immutable" not in answer.cache


def test_reading_archives_fetches_nothing(serve, origin, tmp_path):
    """Neither while the page is fresh nor when it is long due."""
    gone = Months(origin, step=10)
    mill = serve(origin, harness.merged(EAGER, {"papers": {"limit": 5}}))
    gone.go_on(mill, ["/papers.atom"], 5)
    archives = [t for t, _ in walk(mill, "/papers.atom")][1:]
    folder = mill.folder
    mill.stop()
    before = origin.count()
    second = serve(origin, harness.merged(EAGER, {"papers": {"limit": 5}}), folder=folder)
    for at in archives:
        assert second.get(at).status == 200
    assert origin.count() == before


def test_an_archive_of_a_page_that_fails(serve, origin):
    """What was seen is there without the page."""
    gone = Months(origin, step=10)
    mill = serve(origin, harness.merged(EAGER, {"papers": {"limit": 5}}))
    gone.go_on(mill, ["/papers.atom"], 5)
    wanted = walked_ids(walk(mill, "/papers.atom"))
    origin.set("/papers", o.status(503))
    mill.wait_for_log("refresh failed")
    assert walked_ids(walk(mill, "/papers.atom")) == wanted


def test_a_page_of_which_nothing_left_has_no_archive(serve, origin):
    mill = serve(origin)
    body = mill.get("/papers.atom").body
    assert link(body, "prev-archive") is None and len(feeds.ids(body)) == 50
    assert mill.get("/papers/archive/2024-03.atom").status == 404


def test_archives_say_where_they_begin_at_once(serve, origin):
    """Regression: the first feed after a change named no archive until the next change."""
    gone = Months(origin, step=10)
    mill = serve(origin, harness.merged(EAGER, {"papers": {"limit": 5}}))
    for _ in range(3):
        gone.go_on(mill, ["/papers.atom"])
        assert sorted(walked_ids(walk(mill, "/papers.atom"))) == sorted(gone.ids)


@pytest.mark.parametrize("path, feed", [("/papers/trending", "/papers/trending.atom"),
                                        ("/papers?q=lanterns", "/papers.atom?q=lanterns")], ids=["ranking", "search"])
def test_other_listings_have_archives_too(serve, origin, path, feed):
    gone = Months(origin, step=12, count=5, path=path)
    mill = serve(origin, harness.merged(EAGER, {"papers": {"limit": 6}}))
    gone.go_on(mill, [feed], 6)
    for target in (feed, feed + ("&" if "?" in feed else "?") + "limit=3"):
        documents = walk(mill, target)
        assert len(documents) >= 3 and sorted(walked_ids(documents)) == sorted(gone.ids)
