"""Many machines at one redis: one fetch for all, one copy, nobody waits for a
dead one, and a redis that is away or was emptied costs no reader anything."""

import re
import shutil
import signal
import time

import harness
import origin as o
import pages
import pytest
import stores
from feeds import parsed
from harness import PATIENCE, Client, until

NODES = 3
pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server here")


@pytest.fixture
def redis(tmp_path):
    server = stores.Redis(tmp_path / "redis")
    yield server
    server.stop()


@pytest.fixture
def nodes(redis, origin, serve):
    """Feedmills behind one address. `refresh`: of all of them, or one for each."""
    def start(*refresh, **more):
        config = {"server": {"base_url": "https://feeds.example.org"}, "store": redis.uri,
                  "fetch": {"timeout": "3s"}, **more}
        return [serve(origin, {**config, "refresh": {"wait": "1m", **r}})
                for r in (refresh if len(refresh) > 1 else (refresh or ({},)) * NODES)]

    return start


def test_a_password_opens_redis_and_is_not_told(redis, origin, serve):
    redis.ask("CONFIG", "SET", "requirepass", "s3cret")
    mill = serve(origin, {"store": f"redis://default:s3cret@127.0.0.1:{redis.port}/0"})
    assert mill.get("/papers.atom").status == 200
    assert f"store=127.0.0.1:{redis.port}/0" in mill.wait_for_log('msg="ready"')[0].string
    assert "s3cret" not in mill.log and "store down" not in mill.log
    mill.stop()
    again = serve(origin, {"store": f"redis://:s3cret@127.0.0.1:{redis.port}/0"})
    assert again.get("/papers.atom").status == 200
    assert origin.count("/papers") == 1, "it was remembered"


def ask_all(mills, each, target="/papers.atom"):
    """`each` readers at every node, all of them waiting."""
    readers = [Client(mill.address, timeout=2 * PATIENCE) for mill in mills for _ in range(each)]
    for reader in readers:
        reader.request(target, {"Connection": "close"})
    return readers


def answers_of(readers):
    got = [reader.answer() for reader in readers]
    for reader in readers:
        reader.close()
    return got


def dates_of(answer):
    return {e.id: (e.published, e.updated) for e in parsed(answer.body).entries}


def count_lines(mill, pattern):
    with mill.came:
        return len([line for line in mill.lines if re.search(pattern, line)])


@pytest.mark.threads
def test_three_hundred_readers_one_fetch(nodes, origin, page):
    gate = o.Gate(o.page(page(), etag=True))
    origin.set("/papers", gate)
    mills = nodes()
    readers = ask_all(mills, 100)
    gate.wait_for(1)
    for mill in mills:
        until(lambda m=mill: m.metrics()["feedmill_cache_misses_total"] >= 1, "the readers")
    gate.release()
    got = answers_of(readers)
    assert {a.status for a in got} == {200}
    assert len({a["etag"] for a in got}) == 1, "one copy for all"
    assert len({a["last-modified"] for a in got}) == 1
    assert origin.count("/papers") == 1


def test_a_page_that_fails_is_asked_for_once(nodes, origin):
    """Regression: who heard of a change while the lease was still held waited for its end."""
    gate = o.Gate(o.status(500))
    origin.set("/papers", gate)
    mills = nodes()
    readers = ask_all(mills, 5)
    gate.wait_for(1)
    gate.release()
    assert {a.status for a in answers_of(readers)} == {503}
    assert origin.count("/papers") == 1


def test_another_way_is_taken_once_for_all(nodes, origin, page):
    gate = o.Gate(o.page(pages.api(), content_type="application/json"))
    origin.set("/papers", o.status(503))
    origin.set("/api/daily_papers", gate)
    mills = nodes({"every": "5s"}, papers={"via": "auto"})
    readers = ask_all(mills, 5)
    gate.wait_for(1)
    gate.release()
    got = answers_of(readers)
    assert {a.status for a in got} == {200} and len({a["etag"] for a in got}) == 1
    assert (origin.count("/papers"), origin.count("/api/daily_papers")) == (1, 1)
    origin.set("/papers", o.page(page()))  # whoever's turn it is finds it there again
    origin.wait_for_requests("/papers", 2, timeout=PATIENCE)
    for mill in mills:
        with mill.client() as client:
            assert dates_of(client.ask("/papers.atom")) == dates_of(got[0])


@pytest.mark.threads
def test_a_new_copy_is_announced(nodes, origin, page):
    """One node alone refreshes within the hour: the others have it from no fetch of theirs."""
    mills = nodes({"every": "1s"}, {"every": "1h"}, {"every": "1h"})
    origin.set("/papers", o.page(page("daily"), etag='"1"'))
    assert {a.status for a in answers_of(ask_all(mills, 1))} == {200}
    for name, count in (("later", 53), ("next-day", 68)):
        origin.set("/papers", o.page(page(name), etag=True))
        for mill in mills:
            until(lambda m=mill: len(dates_of(m.get("/papers.atom"))) == count, f"{name} at every node")
    tags = {(a["etag"], a["last-modified"]) for a in answers_of(ask_all(mills, 1))}
    assert len(tags) == 1, tags
    fetched = [m.metrics()["feedmill_fetches_total"] for m in mills]
    assert sum(fetched) == origin.count("/papers") and sum(fetched[1:]) <= 1, fetched


def test_one_fetch_for_each_interval(nodes, origin, page):
    """Whoever's turn it is: together no more than one of them alone would ask."""
    mills = nodes({"every": "2s"})
    origin.set("/papers", o.page(page("daily")))
    assert {a.status for a in answers_of(ask_all(mills, 1))} == {200}
    began = time.monotonic()
    origin.wait_for_requests("/papers", 10, 2 * PATIENCE)
    # a second at least, as seconds are counted whole; each for itself they ask thrice in two
    assert origin.count("/papers") <= time.monotonic() - began + 2


def test_another_takes_over_when_the_holder_dies(nodes, origin, page):
    gate = o.Gate(o.page(page(), etag=True))
    origin.set("/papers", gate)
    mills = nodes()
    readers = ask_all(mills, 5)
    gate.wait_for(1)
    holder, = until(lambda: [m for m in mills if m.metrics()["feedmill_fetches_total"] == 1], "a holder")
    holder.kill()
    gate.release()
    got = answers_of([r for r, m in zip(readers, [m for m in mills for _ in range(5)]) if m is not holder])
    assert {a.status for a in got} == {200}
    assert len({a["etag"] for a in got}) == 1
    assert origin.count("/papers") == 2, "the dead one's, and one more"


def test_a_holder_that_stops_ends_what_it_began(nodes, origin, page):
    gate = o.Gate(o.page(page(), etag=True))
    origin.set("/papers", gate)
    mills = nodes()
    readers = ask_all(mills, 2)
    gate.wait_for(1)
    holder, = until(lambda: [m for m in mills if m.metrics()["feedmill_fetches_total"] == 1], "a holder")
    holder.signal(signal.SIGTERM)
    holder.wait_for_log("stopping")
    gate.release()
    got = answers_of(readers)
    assert {a.status for a in got} == {200} and len({a["etag"] for a in got}) == 1
    assert origin.count("/papers") == 1
    assert holder.wait() == 0


@pytest.mark.threads
def test_redis_away_and_back(nodes, origin, redis, page):
    mills = nodes({"every": "1s"})
    dates = dates_of(answers_of(ask_all(mills, 1))[0])
    redis.stop()
    origin.set("/papers", o.page(page("later"), etag='"2"'))
    for mill in mills:
        until(lambda m=mill: len(dates_of(m.get("/papers.atom"))) == 53, "the later page, from memory")
    for mill in mills:
        before = mill.metrics()["feedmill_fetches_total"]
        until(lambda: mill.metrics()["feedmill_fetches_total"] >= before + 3, "further refreshes")
        assert count_lines(mill, "level=error") == 1, mill.log
        assert count_lines(mill, "store down, serving goes on without it") == 1
        assert mill.get("/readyz").status == 200
    redis.start()
    for mill in mills:
        mill.wait_for_log("store up again")
    until(lambda: int(redis.ask("DBSIZE")[1:]) > 53, "redis filled again")
    for mill in mills:
        now = dates_of(mill.get("/papers.atom"))
        assert {i: now[i][0] for i in dates} == {i: d[0] for i, d in dates.items()}
        assert count_lines(mill, "level=error") == 1, mill.log
    until(lambda: len({m.get("/papers.atom")["etag"] for m in mills}) == 1, "one copy for all")


@pytest.mark.threads
def test_a_full_redis_is_told_of_once(nodes, origin, redis, page):
    """It is read still; that it grants no lease is not said with every refresh."""
    mills = nodes({"every": "1s"})
    assert {a.status for a in answers_of(ask_all(mills, 1))} == {200}
    assert redis.ask("CONFIG", "SET", "maxmemory", "1") == "+OK"
    origin.set("/papers", o.page(page("later"), etag='"2"'))
    for mill in mills:
        until(lambda m=mill: len(dates_of(m.get("/papers.atom"))) == 53, "the later page, from memory")
        before = mill.metrics()["feedmill_fetches_total"]
        until(lambda m=mill: m.get("/papers.atom") and
              m.metrics()["feedmill_fetches_total"] >= before + 3, "further refreshes")
    redis.ask("CONFIG", "SET", "maxmemory", "0")
    until(lambda: [m.get("/papers.atom") for m in mills] and
          any(count_lines(m, "store can be written again") for m in mills), "room to be found")
    for mill in mills:
        assert count_lines(mill, "level=error") == 1, mill.log
        assert count_lines(mill, "store cannot be written.*maxmemory") == 1, mill.log
        assert count_lines(mill, "store can(not)? be read") == 0, mill.log


@pytest.mark.threads
def test_an_emptied_redis_is_filled_again(nodes, origin, redis):
    mills = nodes({"every": "1s"})
    dates = dates_of(answers_of(ask_all(mills, 1))[0])
    assert redis.ask("FLUSHALL") == "+OK"
    until(lambda: int(redis.ask("DBSIZE")[1:]) > 50, "redis filled again")
    for mill in mills:
        mill.stop()
    origin.set("/papers", o.status(503))
    got = nodes({"every": "1s"}, {"every": "1s"})[0].get("/papers.atom")
    assert got.status == 200
    assert dates_of(got) == dates


# What a page says no date of is dated when it was first seen: once, by one of them.


def undated(numbers):
    items = "".join(f"<item><guid>https://example.org/{n}</guid><title>Item {n}</title></item>"
                    for n in numbers)
    return f"<rss version='2.0'><channel><title>Undated</title>{items}</channel></rss>".encode()


def watch_undated(origin):
    return {"feeds": [{"name": "undated", "source": "feed", "url": origin.url + "/undated"}]}


def show_undated(origin, count):
    origin.set("/undated", o.page(undated(range(count)[::-1][:20]), content_type="application/rss+xml"))


def test_a_redis_that_lost_its_last_writes(nodes, origin, redis):
    """It comes back from a snapshot that is older than what readers were given."""
    mills = nodes({"every": "1s"}, **watch_undated(origin))
    for count in (3, 4, 5):
        show_undated(origin, count)
        for mill in mills:
            until(lambda m=mill: len(dates_of(m.get("/feeds/undated.atom"))) == count, "all")
        if count == 4:
            assert redis.ask("SAVE") == "+OK"
    given = dates_of(mills[0].get("/feeds/undated.atom"))
    redis.stop()
    redis.start()
    show_undated(origin, 6)
    for mill in mills:
        mill.wait_for_log("store up again")
        now = until(lambda m=mill: (d := dates_of(m.get("/feeds/undated.atom"))) and len(d) == 6 and d, "all")
        assert {i: now[i] for i in given} == given
    mills[0].kill()
    fresh = nodes({"every": "1s"}, {"every": "1s"}, **watch_undated(origin))[0]
    now = dates_of(fresh.get("/feeds/undated.atom"))
    assert {i: now[i] for i in given} == given


def test_nothing_is_dated_twice(nodes, origin, redis):
    """Three nodes with new entries all the time, one that dies, a redis that is emptied,
    that hangs: every reader at every node is given the same dates for ever."""
    show_undated(origin, 3)
    mills = nodes({"every": "1s"}, **watch_undated(origin))
    seen = {}

    def look(mill):
        """What it tells, which must agree with all that was told before."""
        now = dates_of(mill.get("/feeds/undated.atom"))
        for entry, dates in now.items():
            assert seen.setdefault(entry, dates) == dates, f"{entry}: {seen[entry]}, then {dates}"
        return now

    def show(count, what):
        show_undated(origin, count)
        for mill in mills:
            until(lambda m=mill: len(look(m)) == count, f"{count} entries {what}")

    for count in range(4, 8):
        show(count, "in turn")
    assert redis.ask("FLUSHALL") == "+OK"
    for count in range(8, 11):
        show(count, "after it was emptied")
    mills.pop(0).kill()
    show(11, "after a death")
    redis.child.send_signal(signal.SIGSTOP)
    for mill in mills:
        mill.wait_for_log("store down")
        look(mill)
    redis.child.send_signal(signal.SIGCONT)
    for mill in mills:
        mill.wait_for_log("store up again")
    for count in range(12, 14):
        show(count, "after it hung")
    mills += nodes({"every": "1s"}, {"every": "1s"}, **watch_undated(origin))[:1]
    show(14, "with a new one")
    assert len(seen) == 14


NOTES = """name: notes
url: {url}/notes
items: "css: article"
fields: {{title: "css: a", link: "css: a @href"}}
next: "css: .next @href"
max_pages: 3
detail: {{max: 4, content: "css: .body"}}
"""


def test_own_pages_are_fetched_once_for_all(nodes, origin, tmp_path):
    """Lists of several pages and entries' own pages, whoever's turn it is."""
    recipe = tmp_path / "notes.yaml"
    recipe.write_text(NOTES.format(url=origin.url))
    for n in range(1, 10):
        origin.set(f"/note/{n}", o.page(f"<div class=body><p>All of {n}.</p></div>"))
    origin.set("/note/5", o.status(500))

    def listing(numbers, more=""):
        return o.page("".join(f'<article><a href="/note/{n}">Note {n}</a></article>'
                              for n in numbers) + more)

    origin.set("/notes", listing([8, 7, 6, 5], '<a class=next href="/notes/2">older</a>'))
    origin.set("/notes/2", listing([4, 3, 2, 1]))
    mills = nodes({"every": "1s"}, sources=[str(recipe)],
                  feeds=[{"name": "notes", "source": "notes"}])
    target = "/feeds/notes.atom"
    assert {a.status for a in answers_of(ask_all(mills, 3, target))} == {200}

    def whole(answer):
        return [e.title for e in parsed(answer.body).entries if "content" in e]

    for mill in mills:
        until(lambda m=mill: len(whole(m.get(target))) == 7, "all but one")
    until(lambda: origin.count("/note/5") == 3, "the last try")
    origin.set("/notes", listing([9, 8, 7, 6, 5], '<a class=next href="/notes/2">older</a>'))
    for mill in mills:
        until(lambda m=mill: "Note 9" in whole(m.get(target)), "the new one")
    origin.wait_for_requests("/notes", origin.count("/notes") + 3, 2 * PATIENCE)
    own = {n: origin.count(f"/note/{n}") for n in range(1, 10)}
    assert own == {**{n: 1 for n in range(1, 10)}, 5: 3}
    tags = {m.get(target)["etag"] for m in mills}
    assert len(tags) == 1, "one copy for all"


def test_where_a_feed_is_all_know(nodes, origin):
    """A page that names its feed is asked by the first node alone, whoever's turn it is."""
    def rss(*words):
        items = "".join(f"<item><title>{w}</title><guid>urn:x:{w}</guid></item>" for w in words)
        return o.page(f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>",
                      etag=f'"{len(words)}"')

    origin.set("/news", o.page('<link rel=alternate type="application/rss+xml" href="/feed.xml">'))
    origin.set("/feed.xml", rss("a"))
    origin.set("/other.xml", rss("z"))
    urls = [origin.url + "/news", origin.url + "/other.xml"]
    mills = nodes({"every": "1s"}, feeds=[{"name": "all", "source": "feed", "urls": urls}])
    target = "/feeds/all.atom"
    assert {a.status for a in answers_of(ask_all(mills, 2, target))} == {200}
    for count in (2, 3, 4):
        origin.set("/feed.xml", rss(*"abcd"[:count]))
        for mill in mills:
            until(lambda m=mill: len(dates_of(m.get(target))) == count + 1, "all")
    assert origin.count("/news") == 1
    conditional = [r for r in origin.log("/other.xml") if "if-none-match" in r.headers]
    assert len(conditional) == origin.count("/other.xml") - 1


def test_a_redis_that_is_away_at_the_start_is_waited_for(serve, origin, redis, page):
    origin.set("/papers", o.page(page("later")))
    redis.stop()
    mill = serve(origin, {"store": redis.uri}, wait=False)
    address, = mill.wait_for_log(r'msg="listening" .*address="?([^" ]+)')
    mill.addresses = [harness.socket_address(address.group(1))]
    mill.wait_for_log("waiting for the store")
    assert (mill.get("/readyz").status, mill.get("/readyz").body) == (503, b"not ready; waiting for the store\n")
    assert mill.get("/papers.atom").status == 503
    assert mill.metrics()['feedmill_store_up{backend="redis"}'] == 0
    assert b"waiting for the store" in mill.get("/").body
    assert mill.metrics()["feedmill_fetches_total"] == 0
    redis.start()
    until(lambda: mill.get("/readyz").status == 200, "the store to be there")
    assert mill.get("/papers.atom").status == 200
    assert mill.metrics()['feedmill_store_up{backend="redis"}'] == 1
    redis.stop()
    until(lambda: mill.metrics()['feedmill_store_up{backend="redis"}'] == 0, "the loss")
    assert mill.get("/readyz").status == 200


@pytest.mark.parametrize("ask, reason", [
    (("SET", "feedmill:schema", "99"), "made by|filled by a newer feedmill"),
    (("CONFIG", "SET", "requirepass", "s3cret"), "NOAUTH")])
def test_a_redis_that_refuses_stops_the_start(tmp_path, redis, ask, reason):
    redis.ask(*ask)
    file = tmp_path / "c.yaml"
    file.write_text(f'store: "{redis.uri}"\nserver: {{listen: ["127.0.0.1:0"]}}\n')
    done = harness.run("serve", "-c", file)
    assert done.returncode == 1 and done.stderr.count("\n") <= 2 and re.search(reason, done.stderr), done.stderr
