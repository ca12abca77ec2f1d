"""Feeds in: every dialect, charset and damage comes out as the same valid Atom. What the generator
wrote is what is expected; feedparser, asked of what went in and of what came out, is the second
witness."""

import re
import warnings

import dialects
import feedparser
import feeds
import origin as o
import pytest
from harness import run

KINDS = ([(d, s, None) for d in dialects.DIALECTS for s in ("plain", "beyond")]
         + [(("rss20", "atom10-xhtml")[i % 2], script, charset)
            for i, (charset, script) in enumerate(dialects.CHARSETS.items())])


def name_of(kind):
    return "-".join(k or "none" for k in kind)


def body_of(dialect, script, charset):
    return dialects.encoded(dialect, script, charset) if charset else dialects.document(dialect, script).encode()


def convert(body):
    done = run("convert", "-s", "feed", "-u", dialects.FEED, stdin=body)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def converted():
    made = {name_of(k): convert(body_of(*k)) for k in KINDS}
    made.update({f"{damage}-{dialect}": convert(dialects.broken(damage, dialect))
                 for damage in dialects.DAMAGE for dialect in dialects.DAMAGED})
    return made


def check_entry(got, want, lacks):
    assert got.title == want["title"]
    assert got.link == want["link"]
    assert got.id == (want["link"] if "id" in lacks else want["id"])
    if "published" in lacks:
        assert "published" not in got
    else:
        assert feeds.seconds(got.published_parsed) == want["published"]
    if "author" not in lacks:
        assert [a.name for a in got.authors] == [want["author"]]
    if "category" not in lacks:
        assert [t.term for t in got.tags] == [want["category"]]
    html = want["html"].replace('"/more', f'"{dialects.HOST}/more')
    assert got.content[0].value in (html, f"<div>{html}</div>")
    assert got.content[0].type == "text/html"


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_what_comes_out_is_what_was_meant(converted, kind):
    dialect, script, _ = kind
    got = feeds.parsed(converted[name_of(kind)])
    assert (got.version, got.feed.title, got.feed.id) == ("atom10", "The feed", dialects.FEED)
    assert (got.feed.link, got.feed.subtitle) == (f"{dialects.HOST}/", "What it is")
    assert len(got.entries) == len(dialects.ITEMS[script])
    for entry, want in zip(got.entries, dialects.ITEMS[script]):
        check_entry(entry, want, dialects.LACKS.get(dialect, set()))
        if dialect.startswith(("atom", "json")):
            assert feeds.seconds(entry.updated_parsed) == want["updated"]


@pytest.mark.parametrize("kind", [k for k in KINDS if not k[0].startswith("json")], ids=name_of)
def test_feedparser_reads_the_same_from_what_went_in(converted, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on what it maps to what else
        before = feedparser.parse(body_of(*kind), sanitize_html=False)
    after = feeds.parsed(converted[name_of(kind)])
    assert [e.title for e in before.entries] == [e.title for e in after.entries]
    assert [e.link for e in before.entries] == [e.link for e in after.entries]
    for was, now in zip(before.entries, after.entries):
        if was.get("published_parsed") or was.get("updated_parsed"):
            assert (was.get("published_parsed") or was.updated_parsed) == now.published_parsed
        if "id" in was and not kind[0].startswith("rss10"):
            assert was.id == now.id


@pytest.mark.parametrize("dialect", dialects.DAMAGED)
@pytest.mark.parametrize("damage", dialects.DAMAGE)
def test_what_is_broken_is_mended(converted, damage, dialect):
    got = feeds.parsed(converted[f"{damage}-{dialect}"])
    wanted = dialects.ITEMS["plain"]
    assert [e.link for e in got.entries] == [i["link"] for i in wanted]
    assert [e.published_parsed[:3] for e in got.entries] == [(2026, 8, 4), (2026, 8, 3), (2026, 8, 2)]
    titles = [i["title"] for i in wanted]
    if damage == "entities":
        titles[0] = "Plain\u00a0words … café &unknown;"
    elif damage == "mismatch":
        titles[0] = got.entries[0].title
    assert [e.title for e in got.entries] == titles
    assert all("<b>no " in e.content[0].value for e in got.entries)
    assert "root:" not in converted[f"{damage}-{dialect}"].decode()


def test_grammar(converted, tmp_path):
    files = []
    for name, atom in converted.items():
        files.append(tmp_path / f"{name}.atom")
        files[-1].write_bytes(atom)
    feeds.check_grammar(*files)


@pytest.mark.parametrize("dialect", list(dialects.DIALECTS))
def test_our_own_feed_read_in_again_is_the_same(converted, dialect):
    """Twice is once: ids, dates and texts do not drift through a chain of proxies."""
    once = converted[name_of((dialect, "beyond", None))]
    twice = convert(once)
    assert convert(twice) == twice
    if "published" not in dialects.LACKS.get(dialect, ()):
        assert twice == once


def test_the_charset_of_the_header(serve):
    """What no declaration says the server may; a byte order mark outdoes both."""
    kinds = {c: s for c, s in dialects.CHARSETS.items() if not c.startswith("utf-16")}
    with o.Origin() as origin:
        for charset, script in kinds.items():
            origin.set(f"/{charset}", o.page(dialects.encoded("rss20", script, charset, says=False),
                                             content_type=f"application/rss+xml; charset=\"{charset}\""))
        origin.set("/lies", o.page(b"\xef\xbb\xbf" + dialects.document("atom10", "beyond", "iso-8859-1").encode(),
                                   content_type="text/xml; charset=koi8-r"))
        mill = serve(config={"feeds": [{"name": c, "source": "feed", "url": f"{origin.url}/{c}"}
                                       for c in [*kinds, "lies"]]})
        for charset, script in [*kinds.items(), ("lies", "beyond")]:
            titles = feeds.titles(mill.get(f"/feeds/{charset}.atom").body)
            assert titles == [i["title"] for i in dialects.ITEMS[script]], charset


@pytest.mark.parametrize("dialect", ["rss091", "rss090"])
def test_dates_of_a_feed_without_dates_stay(serve, tmp_path, dialect):
    """They are those of the first sight, whatever is fetched and restarted since."""
    def dates(mill):
        atom = feeds.tree(mill.get("/feeds/x.atom").body)
        return {e.findtext("a:id", namespaces=feeds.ATOM): (e.findtext("a:published", namespaces=feeds.ATOM),
                                                            e.findtext("a:updated", namespaces=feeds.ATOM))
                for e in atom.findall("a:entry", feeds.ATOM)}

    with o.Origin() as origin:
        body = dialects.document(dialect).encode()
        origin.set("/x", o.page(body))
        config = {"refresh": {"every": "1s"}, "feeds": [{"name": "x", "source": "feed", "url": origin.url + "/x"}]}
        mill = serve(config=config, folder=tmp_path / "one")
        first = dates(mill)
        assert len(first) == 3 and all(all(d) for d in first.values())
        origin.set("/x", o.page(body.replace(b"no 1", b"no one")))
        origin.wait_for_requests("/x", 4)
        later = dates(mill)
        assert {i: d[0] for i, d in later.items()} == {i: d[0] for i, d in first.items()}
        mill.stop()
        mill = serve(config=config, folder=tmp_path / "one")
        origin.wait_for_requests("/x", 6)
        assert {i: d[0] for i, d in dates(mill).items()} == {i: d[0] for i, d in first.items()}


@pytest.mark.parametrize("dialect", ["rss20", "atom10", "json11"])
def test_dates_that_a_feed_makes_anew_each_time_stay(serve, dialect):
    """Some say the time of the request; who read an entry has read it."""
    with o.Origin() as origin:
        body = dialects.document(dialect).encode()
        later = re.sub(rb"(2026-08-0|, 0)([234])", lambda m: m[1] + str(int(m[2]) + 5).encode(), body)
        assert later != body
        origin.set("/x", o.page(body))
        mill = serve(config={"refresh": {"every": "1s"},
                             "feeds": [{"name": "x", "source": "feed", "url": origin.url + "/x"}]})
        first = feeds.parsed(mill.get("/feeds/x.atom").body)
        origin.set("/x", o.page(later))
        origin.wait_for_requests("/x", origin.count("/x") + 3)
        then = feeds.parsed(mill.get("/feeds/x.atom").body)
        assert [(e.id, e.published, e.updated) for e in then.entries] == \
               [(e.id, e.published, e.updated) for e in first.entries]
