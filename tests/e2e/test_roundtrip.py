"""A feed that was written is read back as it was: through every pair of formats."""

import random
import subprocess
from concurrent.futures import ThreadPoolExecutor

import feedparser
import pytest
from harness import PROGRAM

FORMATS = ["atom", "rss", "json"]
FEEDS, URL = 34, "https://feeds.test/dir/feed"
WORDS = ["plain", "AT&T", "a < b", "<script>", "</b>", "&amp;", "&lt;p&gt;", "“quoted”", "naïve", "中文", "🧠",
         "List<String>", "100 %", "it's", '"so"', "C++ & D", "<dialog> element", "&#8217;", "]]>", "x=y&copy=1"]

# Names and categories of RSS that look like HTML are read as that, as other programs write them.
NAMES = ["AT&T", "a & b", "“quoted”", "naïve", "中文", "🧠", "100 %", "it's", '"so"', "C++ & D"]


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def entry(rng, number):
    title = " ".join(rng.sample(WORDS, rng.randrange(1, 5)))
    tag = rng.choice(["p", "blockquote", "li"])
    parts = [f"<id>{rng.choice(['urn:x:', 'https://site.test/p/', 'tag:site.test,2026:'])}{number}</id>",
             f"<title>{escaped(title)}</title>",
             f"<published>2026-08-{1 + number:02}T10:00:0{rng.randrange(10)}Z</published>",
             f"<updated>2026-09-{1 + number:02}T10:00:00Z</updated>",
             f'<link rel="alternate" type="text/html" href="https://site.test/{number}?a=1&amp;b={rng.randrange(9)}"/>',
             f"<author><name>{escaped(rng.choice(NAMES))}</name></author>" * rng.randrange(1, 3),
             f'<category term="{escaped(rng.choice(NAMES))}"/>' * rng.randrange(2),
             f'<content type="html">{escaped(f"<{tag}>{escaped(rng.choice(WORDS))}</{tag}>")}</content>']
    if rng.random() < 0.5:
        parts.append(f'<link rel="enclosure" type="audio/mpeg" length="{rng.randrange(1, 10**9)}" '
                     f'href="https://site.test/{number}.mp3"/>')
    if rng.random() < 0.5:
        parts.append(f"<itunes:season>{rng.randrange(9)}</itunes:season>")
        parts.append('<podcast:transcript url="https://site.test/t.vtt" type="text/vtt" language="de"/>')
        parts.append(f"<georss:point>{rng.randrange(90)}.5 {rng.randrange(180)}</georss:point>")
    if rng.random() < 0.3:
        parts.append(f'<media:thumbnail url="https://site.test/{number}.png"/>')
    rng.shuffle(parts)
    return f"<entry>{''.join(parts)}</entry>"


def document(seed):
    rng = random.Random(seed)
    return ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
            'xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:georss="http://www.georss.org/georss" '
            'xmlns:media="http://search.yahoo.com/mrss/"><id>urn:feed</id>'
            f"<title>{escaped(rng.choice(WORDS))} feed</title><updated>2026-09-01T00:00:00Z</updated>"
            '<link rel="alternate" href="https://site.test/"/><rights>© nobody</rights><author><name>Ed</name></author>'
            f'<category term="news"/>{"".join(entry(rng, n) for n in range(rng.randrange(1, 8)))}</feed>').encode()


def convert(feed, form):
    done = subprocess.run([PROGRAM, "convert", "-s", "feed", "-u", URL, "-f", form], input=feed, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def through(seed):
    """{(first, second): the Atom that is left after both}"""
    atom, left = convert(document(seed), "atom"), {}
    for first in FORMATS:
        there = convert(atom, first)
        for second in FORMATS:
            left[first, second] = convert(convert(there, second), "atom")
    return atom, left


@pytest.fixture(scope="module")
def all_feeds():
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(through, range(FEEDS)))


def names(entry):
    return [p.get("name") for p in entry.get("authors", [])]


def enclosures(entry):
    return [(e.href, e.type, e.get("length")) for e in entry.enclosures]


@pytest.mark.parametrize("pair", [(a, b) for a in FORMATS for b in FORMATS])
def test_what_every_format_has_comes_back(all_feeds, pair):
    for atom, left in all_feeds:
        want, got = feedparser.parse(atom), feedparser.parse(left[pair])
        assert got.feed.title == want.feed.title
        assert len(got.entries) == len(want.entries) > 0
        for a, b in zip(want.entries, got.entries):
            assert (b.id, b.title, b.link) == (a.id, a.title, a.link)
            assert (b.published, b.updated) == (a.published, a.updated)
            assert names(b) == names(a)
            assert [t.term for t in b.get("tags", [])] == [t.term for t in a.get("tags", [])]
            assert b.content[0].value == a.content[0].value
            assert enclosures(b) == enclosures(a)
            assert b.get("media_thumbnail") == a.get("media_thumbnail")


def test_a_second_pass_changes_nothing(all_feeds):
    """XML formats have a place for everything that was read."""
    for atom, left in all_feeds:
        assert left["atom", "atom"] == atom
        assert b"".join(left["rss", "rss"].split()).count(b"<podcast:") == b"".join(atom.split()).count(b"<podcast:")
        rss = convert(atom, "rss")
        assert convert(rss, "rss") == rss
