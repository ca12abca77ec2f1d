"""What comes out of each page: valid Atom, that readers read back unchanged."""

import re
import shutil
import subprocess
import time

import feeds
import pages
import pytest
from harness import run
from listing import Listing

NO_LISTING = {"challenge", "login", "truncated", "truncated-articles", "other-articles"}
GENERATED = [n for n in pages.PAGES if n not in NO_LISTING]
SHARED = sorted(feeds.SHARED_PAGES.glob("*.html")) if feeds.SHARED_PAGES.exists() else []
NAMES = GENERATED + [f"shared/{f.name}" for f in SHARED]
COUNTS = {"shared/daily.html": 50, "shared/search-neurons.html": 68, "shared/empty-day.html": 0,
          "shared/real-2024-08-01.html": 13, "daily": 50, "empty-day": 0, "form-2024": 13,
          "ragged": None}
DAY = 1785801600  # 2026-08-04


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """{name: (page, the feed's bytes, the feed's file)}"""
    folder, made = tmp_path_factory.mktemp("converted"), {}
    bodies = {n: pages.PAGES[n]() for n in GENERATED}
    bodies.update({f"shared/{f.name}": f.read_bytes() for f in SHARED})
    for name, body in bodies.items():
        done = run("convert", stdin=body)
        assert (done.returncode, done.stderr) == (0, ""), name
        file = folder / (name.replace("/", "-") + ".atom")
        file.write_bytes(done.stdout)
        made[name] = (body, done.stdout, file)
    return made


def test_grammar(converted):
    feeds.check_grammar(*(file for _, _, file in converted.values()))


@pytest.mark.skipif(not shutil.which("jing"), reason="no jing")
def test_grammar_by_jing(converted):
    for grammar in (feeds.GRAMMAR, feeds.SECOND_GRAMMAR):
        if grammar.exists():
            done = subprocess.run(["jing", grammar, *(f for _, _, f in converted.values())],
                                  capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", [n for n in NAMES if n != "ragged"])
def test_readers_read_back_what_the_page_says(converted, name):
    body, atom, _ = converted[name]
    want, got = Listing(body), feeds.parsed(atom)
    assert got.version == "atom10"
    assert len(got.entries) == COUNTS.get(name, len(want.entries))
    assert [e.id for e in got.entries] == want.ids
    assert [e.title for e in got.entries] == want.titles
    for entry, wanted in zip(got.entries, want.entries):
        names = [a.name for a in entry.get("authors", [])]
        assert names == wanted.get("authors", []), wanted["id"]
        assert feeds.seconds(entry.published_parsed) == wanted["published"], wanted["id"]
        assert feeds.seconds(entry.updated_parsed) >= wanted["published"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_page_gives_the_same_bytes(converted, name):
    body, atom, _ = converted[name]
    assert run("convert", stdin=body).stdout == atom


@pytest.mark.parametrize("name", NAMES)
def test_what_every_feed_has(converted, name):
    feed = feeds.tree(converted[name][1])
    for tag in ("id", "title", "updated", "author/a:name", "icon", "logo", "generator"):
        assert feed.find(f"a:{tag}", feeds.ATOM) is not None, tag
    assert feed.findtext("a:id", namespaces=feeds.ATOM).startswith("https://huggingface.co/papers")
    assert feed.find("a:link[@rel='self']", feeds.ATOM) is None  # nobody asked at an address
    updated = feed.findtext("a:updated", namespaces=feeds.ATOM)
    entries = [e.findtext("a:updated", namespaces=feeds.ATOM) for e in feed.findall("a:entry", feeds.ATOM)]
    if entries:
        assert updated == max(entries)


def test_an_empty_day_is_dated_by_its_day(converted):
    feed = feeds.parsed(converted["empty-day"][1])
    assert feed.entries == [] and feed.feed.updated == "2026-08-08T00:00:00Z"


def test_all_authors_but_the_hidden_ones(converted):
    for name in ["daily"] + ["shared/real-2024-08-01.html"] * bool(SHARED):
        body, atom, _ = converted[name]
        counts = [len(e.get("authors", [])) for e in feeds.parsed(atom).entries]
        assert max(counts) == max(len(e["authors"]) for e in Listing(body).entries)
        assert max(counts) > 480
    if SHARED:
        assert max(counts) == 533


def test_what_the_title_of_a_listing_says(converted):
    title = {n: feeds.parsed(converted[n][1]).feed.title for n in GENERATED}
    assert "2026-08-04" in title["daily"] + feeds.parsed(converted["daily"][1]).feed.get("subtitle", "")
    assert len({title[n] for n in ("daily", "week", "month", "trending", "search")}) == 5
    assert "lanterns" in title["search"]


def entry_of(atom, pid):
    return next(e for e in feeds.tree(atom).findall("a:entry", feeds.ATOM)
                if e.findtext("a:id", namespaces=feeds.ATOM).endswith(pid))


def said(name, body):
    """What a page's own data says of each paper, as pages.papers() does."""
    if name in pages.LISTS:
        return pages.papers(name)
    page = Listing(body)
    day = page.day and time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(page.day))
    return [pages.expect(e, None if page.ranked else day) for e in page.papers]


def count_of(number, word):
    return [] if number is None else [f"{number} {word}{'' if number == 1 else 's'}"]


WITH_DATA = ["daily", "search", "form-2024"] + [n for n in NAMES if n.startswith("shared/") and "no-data" not in n]


@pytest.mark.parametrize("name", WITH_DATA)
def test_links_categories_and_text_of_each_entry(converted, name):
    body, atom, _ = converted[name]
    wanted = said(name, body)
    assert len(feeds.ids(atom)) == len(wanted)
    for want in wanted:
        entry = entry_of(atom, want["id"].rsplit("/", 1)[1])
        links = {}
        for link in entry.findall("a:link", feeds.ATOM):
            links.setdefault(link.get("rel", "alternate"), []).append(link.get("href"))
        assert links["alternate"] == [want["id"]]
        assert links.get("related", []) == want["related"]
        assert links.get("enclosure", []) == ([want["enclosure"]] if want["enclosure"] else [])
        terms = {c.get(k) for c in entry.findall("a:category", feeds.ATOM) for k in ("term", "label")}
        assert terms >= set(want["keywords"])
        if want["organization"]:
            assert terms & {want["organization"], want["organization_name"]}
        summary = entry.find("a:summary", feeds.ATOM)
        assert summary.get("type", "text") == "text"
        assert " ".join(summary.text.split()) == " ".join(want["summary"].split())
        content = entry.find("a:content", feeds.ATOM)
        assert content.get("type") == "html"
        assert want["thumbnail"] in content.text.replace("&amp;", "&")
        counts = [count_of(want[n], word) for n, word in
                  (("upvotes", "vote"), ("comments", "comment"), ("stars", "star"))]
        assert content.text.endswith("<p>" + " \u00b7 ".join(sum(counts, [])) + "</p>")
        assert entry.findtext("a:published", namespaces=feeds.ATOM) == want["published"]
        names = [a.findtext("a:name", namespaces=feeds.ATOM) for a in entry.findall("a:author", feeds.ATOM)]
        assert names == want["authors"]


def test_content_is_clean_html(converted):
    for name in GENERATED:
        for entry in feeds.parsed(converted[name][1]).entries:
            html = entry.content[0].value if "content" in entry else ""
            assert not re.search(r"<(script|style|iframe|object|form)|\son\w+=|javascript:", html, re.I)


def test_no_date_is_the_time_of_the_request(converted):
    for name in GENERATED:
        for e in feeds.tree(converted[name][1]).iter():
            if e.tag.endswith(("}published", "}updated")):
                assert e.text < "2026-08-10", f"{name}: {e.tag} {e.text}"


def test_ragged_entries_are_mended_or_left_out(converted):
    want = {"2608.00403", "2608.00404v2", "a-blog_post.2", "2608.00407", "2608.00408", "2608.00409"}
    got = [i.rsplit("/", 1)[1] for i in feeds.ids(converted["ragged"][1])]
    assert want <= set(got) and len(got) == len(set(got))
