"""feedmill discover: the list on any page, as a recipe that works when saved."""

import json
import random
import re
from pathlib import Path

import feeds
import finding
import harness
import layouts
import origin as o
import pytest
from harness import PROGRAM, run


def read(recipe, page, folder, *args):
    """What a saved recipe yields, and that nothing is wrong with it."""
    (folder / "sources").mkdir(exist_ok=True)
    file = folder / "sources/found.yaml"
    file.write_bytes(recipe)
    config = folder / "feedmill.yaml"
    name = re.search(rb"^name: (.*)$", recipe, re.M).group(1).decode()
    config.write_text(f'sources: ["sources/*.yaml"]\nfeeds:\n  - name: found\n    source: {name}\n')
    checked = run("check", "-c", config)
    assert (checked.returncode, checked.stderr) == (0, "")
    done = run("convert", "-f", "json", "-s", file, *args, stdin=page)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["items"]


# the corpus


@pytest.fixture(scope="module")
def results():
    return finding.find_all(PROGRAM)


def test_lists_are_found_whole(results):
    print("\n" + "\n".join(r.line() for r in results))
    assert len(results) >= 40
    whole = [r for r in results if r.whole]
    assert len(whole) >= finding.PASS * len(results), "\n".join(r.line() + "\n" + r.recipe for r in results if not r.whole)


def test_most_are_found_without_a_name_to_anything():
    results = finding.find_all(PROGRAM, finding.bare)
    missed = [r.line() for r in results if not r.whole]
    assert len(missed) <= (1 - finding.PASS) * len(results), "\n".join(missed)


def test_most_dates_are_found(results):
    seen, of = (sum(r.dates[i] for r in results if r.whole) for i in (0, 1))
    assert of > 300 and seen >= 0.9 * of


def test_the_corpus_is_the_same_each_time():
    for name in layouts.NAMES[:5]:
        assert layouts.layout(name).html == layouts.layout(name).html


def test_selectors_are_of_what_lasts(results):
    """No class that a bundler made, where anything else would do."""
    for r in results:
        if r.name not in ("hashed_soup",):
            assert not re.search(r"css-[a-z0-9]{6}|__[A-Za-z0-9]{6}\b", r.recipe), r.recipe


# as a person uses it


def page_of(name):
    made = layouts.layout(name)
    return made, made.html.encode()


@pytest.mark.parametrize("name", ["blog_index", "next_data", "forum", "jsonld_itemlist"])
def test_a_saved_recipe_works(name, tmp_path):
    made, body = page_of(name)
    done = run("discover", "-u", made.url, "-", stdin=body)
    assert done.returncode == 0
    items = read(done.stdout, body, tmp_path, "-u", made.url)
    assert [i["url"] for i in items] == [i["link"] for i in made.expected()] or \
        {i["url"] for i in items} == {i["link"] for i in made.expected()}
    assert f"{len(made.items)} entries" in done.stderr
    assert made.items[0].title[:40] in done.stderr or items[0]["title"][:40] in done.stderr


def test_the_same_page_gives_the_same_recipe():
    made, body = page_of("news_grid")
    assert len({run("discover", "-u", made.url, "-", stdin=body).stdout for _ in range(3)}) == 1


def test_a_file_without_an_address(tmp_path):
    made, body = page_of("flat_headings")
    page = tmp_path / "page.html"
    page.write_bytes(body)
    done = run("discover", page)
    assert done.returncode == 0 and "-u" in done.stderr
    items = read(done.stdout, body, tmp_path)
    assert [i["title"] for i in items] == [i.title for i in made.items]
    assert items[0]["url"].startswith("https://example.org/changelog/")


def test_a_canonical_address_is_where_the_page_is_from(tmp_path):
    made, body = page_of("flat_headings")
    body = body.replace(b"<head>", b'<head><link rel="canonical" href="https://own.example/changes">')
    done = run("discover", "-", stdin=body)
    assert b'url: "https://own.example/changes"' in done.stdout
    assert read(done.stdout, body, tmp_path)[0]["url"].startswith("https://own.example/changelog/")


def test_a_page_of_another_charset(tmp_path):
    made, _ = page_of("flat_headings")
    text = made.html.replace("charset='utf-8'", "charset='iso-8859-1'").replace("Changelog", "Änderungen")
    body = (text.replace("</head>", "<link rel=alternate type='application/rss+xml' title='Für alle' href='/rss'></head>")
            .encode("latin-1", "xmlcharrefreplace"))
    done = run("discover", "-u", made.url, "-", stdin=body)
    assert done.returncode == 0 and "Für alle" in done.stderr
    assert 'title: "Änderungen"'.encode() in done.stdout
    assert [i["title"] for i in read(done.stdout, body, tmp_path)] == [i.title for i in made.items]


def config_of(folder, **more):
    file = folder / "config.yaml"
    file.write_text(harness.yaml(harness.merged({"fetch": {"allow_private": True}}, more)))
    return file


def test_over_the_network(origin, tmp_path):
    made, body = page_of("blog_index")
    origin.set("/blog/", o.page(body))
    done = run("discover", "-c", config_of(tmp_path), f"{origin.url}/blog/")
    assert done.returncode == 0, done.stderr
    assert f'url: "{origin.url}/blog/"'.encode() in done.stdout
    assert len(read(done.stdout, body, tmp_path, "-u", made.url)) == len(made.items)


def test_the_guard_stands_before_it(origin):
    done = run("discover", f"{origin.url}/papers")
    assert done.returncode == 1 and done.stdout == b""
    assert done.stderr.count("\n") == 1 and "allow_private" in done.stderr


# feeds


FEED_LINK = b'<link rel="alternate" type="application/atom+xml" title="News" href="/news.atom">'


def test_a_page_with_a_feed_of_its_own(tmp_path):
    made, body = page_of("blog_index")
    body = body.replace(b"</head>", FEED_LINK + b"</head>")
    done = run("discover", "-u", made.url, "-", stdin=body)
    assert done.returncode == 0
    assert "https://www.example.org/news.atom" in done.stderr
    assert b"source: feed" in done.stdout  # in a comment
    assert len(read(done.stdout, body, tmp_path, "-u", made.url)) == len(made.items)


def test_a_page_with_a_feed_and_no_list(tmp_path):
    body = b"<html><head>" + FEED_LINK + b"<title>Hello</title></head><body><p>Hello.</p></body></html>"
    done = run("discover", "-u", "https://www.example.org/", "-", stdin=body)
    assert done.returncode == 0 and "feed" in done.stderr
    config = tmp_path / "feedmill.yaml"
    config.write_bytes(done.stdout)
    checked = run("check", "-c", config, "--print")
    assert checked.returncode == 0
    assert b'source: "feed"' in checked.stdout and b"https://www.example.org/news.atom" in checked.stdout


def test_a_feed_is_no_page(tmp_path):
    body = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>a</title><link>https://e.example/a</link></item></channel></rss>'
    done = run("discover", "-u", "https://e.example/rss", "-", stdin=body)
    assert done.returncode == 0 and "is a feed" in done.stderr
    config = tmp_path / "feedmill.yaml"
    config.write_bytes(done.stdout)
    assert run("check", "-c", config).returncode == 0


# nothing


@pytest.mark.parametrize("body", [
    b"", b" \n", b"<html><body><h1>Closed</h1><p>Come back tomorrow.</p></body></html>", b'{"a": 1}', b"[1, 2, 3]",
    b"<nav><ul><li><a href=/a>Home</a><li><a href=/b>News</a><li><a href=/c>About us</a><li><a href=/d>Contact</a></ul></nav>",
], ids=["empty", "space", "notice", "object", "numbers", "menu"])
def test_nothing_found(body):
    done = run("discover", "-u", "https://www.example.org/x", "-", stdin=body)
    assert done.returncode == 1 and done.stdout == b""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("feedmill: standard input: ")


@pytest.mark.parametrize("args", [(), ("a", "b"), ("-u", "file:///x", "-"), ("-x", "y"), ("-u", "https://a.example/", "https://b.example/")])
def test_wrong_usage(args):
    assert run("discover", *args).returncode == 2


def test_a_file_that_is_not_there(tmp_path):
    done = run("discover", tmp_path / "no.html")
    assert done.returncode == 1 and "no.html" in done.stderr


# pages of others


@pytest.mark.skipif(not feeds.SHARED_PAGES.exists(), reason="../shared/pages is not here")
@pytest.mark.parametrize("name, count", [("daily.html", 50), ("real-2024-08-01.html", 13), ("daily-no-data.html", 50)])
def test_daily_papers_without_being_told(name, count, tmp_path):
    body = (feeds.SHARED_PAGES / name).read_bytes()
    url = "https://huggingface.co/papers"
    done = run("discover", "-u", url, "-", stdin=body)
    items = read(done.stdout, body, tmp_path, "-u", url)
    assert len(items) == count
    assert all(re.fullmatch(url + r"/\d{4}\.\d{5}", i["url"]) and i["title"] for i in items)


# Indexes that packages bring along: libffi8 (python3 needs it), groff-base (man needs it).
DEBIAN = [("/usr/share/doc/libffi8/html/index.html", ["What is libffi?", "Using libffi", "Memory Usage", "Missing Features", "Index"]),
          ("/usr/share/doc/groff-base/html/mom/toc.html", ["WHAT IS MOM?", "USING MOM", "TYPESETTING WITH MOM"])]


@pytest.mark.parametrize("path, titles", DEBIAN, ids=["libffi", "mom"])
def test_documentation_on_a_debian_machine(path, titles, tmp_path):
    if not Path(path).exists():
        pytest.skip(f"{path} is not installed (no documentation on this machine)")
    body = Path(path).read_bytes()
    done = run("discover", "-u", "https://doc.example.org/" + Path(path).name, "-", stdin=body)
    assert done.returncode == 0, done.stderr
    got = " | ".join(i["title"] for i in read(done.stdout, body, tmp_path))
    assert all(t in got for t in titles), got


# pages that would take for ever


def hostile():
    rng = random.Random(1)
    return {
        "deep": "<div>" * 100000 + "<a href=x>y</a>",
        "siblings": "<ul>" + "".join(f'<li><a href="/a/{i}">Title number {i} of the list</a></li>' for i in range(100000)) + "</ul>",
        "classes": "".join(f'<div class="c{i} d{i} e{i}"><a class="k{i}" href="/a/{i}">Title {i}</a></div>' for i in range(20000)),
        "arrays": "<script type='application/json'>" + "[" * 50000 + "]" * 50000 + "</script><script type='application/json'>" +
                  '[{"a":' * 60 + "1" + "}]" * 60 + "</script>" + "<p>" * 3,
        "scripts": '<script>x={"a":[1,2,3]}</script>' * 20000,
        "shapes": "<table>" + "".join(f'<tr><td><a href="/q/{i}">some title here {i}</a></td>{"<td>x</td>" * (i % 40)}</tr>' for i in range(4000)) + "</table>",
        "noise": bytes(rng.randrange(256) for _ in range(300000)).decode("latin-1"),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_hostile_pages_end(name):
    done = run("discover", "-u", "https://h.example/x", "-", stdin=hostile()[name].encode(), timeout=120)
    assert done.returncode in (0, 1)
