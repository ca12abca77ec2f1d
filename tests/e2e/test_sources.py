"""The recipes of conf/sources, each on a page in the structure of its site."""

import json
import re
import subprocess

import feeds
import harness
import origin as o
import pytest
import sites
from harness import ROOT, run

FOLDER = ROOT / "conf/sources"
RECIPES = sorted(FOLDER.glob("*.yaml"))
ATOM = feeds.ATOM


def convert(name, body, url, *args):
    done = run("convert", "-s", FOLDER / f"{name}.yaml", "-u", url, *args, stdin=body.encode())
    return done, feeds.parsed(done.stdout) if done.returncode == 0 and not args else None


def converted(name):
    site = sites.SITES[name]
    done, feed = convert(name, site.body, site.url)
    assert done.returncode == 0, done.stderr
    return site, done, feed


def links(entry, rel):
    return [link.get("href") for link in entry.findall(f"a:link[@rel='{rel}']", ATOM)]


def seen_in(entry):
    """An entry of the feed as sites.py tells them; what is not there is left out."""
    text = {name: entry.findtext(f"a:{name}", namespaces=ATOM) for name in ("title", "id", "published", "summary")}
    text["link"] = "".join(links(entry, "alternate"))
    text["comments"] = "".join(links(entry, "replies"))
    text["enclosure"] = "".join(links(entry, "enclosure"))
    text["authors"] = [a.text for a in entry.findall("a:author/a:name", ATOM)]
    text["categories"] = [c.get("term") for c in entry.findall("a:category", ATOM)]
    return {name: value for name, value in text.items() if value}


def test_each_has_a_page():
    assert {r.stem for r in RECIPES} == set(sites.SITES) | {"example"}
    assert len(sites.SITES) >= 8


def test_check_takes_all(tmp_path):
    (tmp_path / "f.yaml").write_text(f"sources: ['{FOLDER}/*.yaml']\nfeeds:\n" + "".join(
        f"  - {{name: {name}, source: {name}}}\n" for name in [*sites.SITES, "example"]))
    done = run("check", "-c", tmp_path / "f.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    listed = run("sources", "-c", tmp_path / "f.yaml").stdout.decode()
    assert all(re.search(rf"^{name} ", listed, re.M) for name in sites.SITES)


@pytest.mark.parametrize("name", sites.SITES)
def test_entries(name, tmp_path):
    site, done, feed = converted(name)
    assert not done.stderr
    (tmp_path / "out.atom").write_bytes(done.stdout)
    feeds.check_grammar(tmp_path / "out.atom")
    assert feed.feed.title == site.title
    assert feed.feed.id == site.url
    got = {e["id"]: e for e in map(seen_in, feeds.tree(done.stdout).findall("a:entry", ATOM))}
    assert set(got) == {want["id"] for want in site.entries}
    for want in site.entries:
        entry = dict(got[want["id"]])
        if name == "youtube-channel":  # relative to when the test runs
            assert ("published" in entry) == ("published" in want)
            entry["published"] = want.get("published")
        for key in ("title", "link", "published", "authors", "categories", "summary", "comments", "enclosure"):
            if key in want or key not in ("categories", "summary"):
                assert entry.get(key) == (want.get(key) or None), (want["id"], key)


@pytest.mark.parametrize("name", sites.SITES)
def test_order_numbers_and_images(name):
    site, done, _ = converted(name)
    written = run("convert", "-s", FOLDER / f"{name}.yaml", "-u", site.url, "-f", "json", stdin=site.body.encode())
    items = {i["id"]: i for i in json.loads(written.stdout)["items"]}
    for want in site.entries:
        content = json.dumps(items[want["id"]], ensure_ascii=False).replace("&amp;", "&")
        if want.get("image"):
            assert want["image"] in content
        if want.get("content"):
            assert want["content"] in content
    ids = feeds.ids(done.stdout)
    if "order: page" in (FOLDER / f"{name}.yaml").read_text():
        assert ids == [want["id"] for want in site.entries]


@pytest.mark.parametrize("name", [n for n, s in sites.SITES.items() if s.entries and "numbers" in s.entries[0]])
def test_numbers(name, serve, tmp_path):
    """As filters see them, which is what numbers are for."""
    site = sites.SITES[name]
    with o.Origin() as origin:
        folder = tmp_path / "mill0"
        (folder / "sources").mkdir(parents=True)
        text = (FOLDER / f"{name}.yaml").read_text()
        text = re.sub(r"^url: .*$", f"url: {origin.url}/list", text, flags=re.M)
        given = re.search(r"^defaults: \{(.*)\}$", text, re.M)
        text = re.sub(r"^(defaults|link|title): .*\n", "", text, flags=re.M)
        for name_, value in re.findall(r"(\w+): ([^,\"]+|\".*?\")", given.group(1) if given else ""):
            text = text.replace("{" + name_ + "}", value)
        (folder / "sources/r.yaml").write_text(text)
        origin.set("/list", o.page(site.body))
        mill = serve(config={"feeds": [{"name": "all", "source": name}]}, folder=folder)
        for number in site.entries[0]["numbers"]:
            values = [want.get("numbers", {}).get(number) for want in site.entries]
            least = max(v for v in values if v is not None)
            got = feeds.parsed(mill.get(f"/feeds/all.atom?min_{number}={least}").body).entries
            assert [e.title for e in got] == [w["title"] for w, v in zip(site.entries, values) if v == least]


@pytest.mark.parametrize("name", [n for n, s in sites.SITES.items() if s.empty])
def test_an_empty_list_is_an_empty_feed(name):
    site = sites.SITES[name]
    done, feed = convert(name, site.empty, site.url)
    assert done.returncode == 0, done.stderr
    assert feed.entries == []


@pytest.mark.parametrize("name", sites.SITES)
def test_another_page_is_none(name):
    site = sites.SITES[name]
    done, _ = convert(name, sites.page("Just a moment...", "<h1>Checking that you are human</h1>"), site.url)
    assert (done.returncode, done.stdout) == (1, b"")
    done, _ = convert(name, "{}", site.url)
    assert done.returncode == 1


EXAMPLE = """<html><head><base href="/news/"></head><body><main><div class=posts>
<article class=post data-id="7"><h2><a href="a/1?x=1&amp;utm_source=s">Re: A lantern &amp; more</a></h2>
<time datetime="04/08/2026 12:30">x</time><p class=edited><time datetime="05/08/2026 09:00"></time></p>
<p class=byline><a>Ada Lovelace</a> and <a>Xan</a></p><p class=teaser>In short</p><div class=body><p>All of <a href=it>it</a></p></div>
<img src="small.gif" data-src="big.jpg"><i class=tag>t1</i><i class=tag>t2</i><a class=discuss href="#talk">1,234 comments</a>
<a class=audio href="a.mp3">hear</a><b class=score>1.2k</b></article>
<article class=post><h2><a href="b">A lighthouse</a></h2><p class=byline><a>Alan Turing</a></p><time datetime="03/08/2026"></time></article>
<article class=post><h2><a href="c">A lantern by another</a></h2><p class=byline><a>Xan</a></p></article>
<article class=post><h2><a href="d">Advertisement for a lantern</a></h2><p class=byline><a>Ada Lovelace</a></p></article>
<article class=post><h2><a href="e">A kettle</a></h2><p class=byline><a>Ada Lovelace</a></p></article>
</div></main></body></html>"""


def test_the_commented_example_reads_what_it_says():
    done, feed = convert("example", EXAMPLE, "https://example.org/news/harbour")
    assert (done.returncode, done.stderr) == (0, "")
    assert feed.feed.title == "Example: news of harbour"
    assert feed.feed.link == "https://example.org/news/harbour?view=plain"
    assert feed.feed.subtitle == "What happened, and what did not"
    first, second = feeds.tree(done.stdout).findall("a:entry", ATOM)
    assert seen_in(first) == {
        "title": "A lantern & more", "id": "https://example.org/news/harbour#7", "link": "https://example.org/news/a/1?x=1",
        "published": "2026-08-04T10:30:00Z", "authors": ["Ada Lovelace", "Xan"], "summary": "In short",
        "categories": ["t1", "t2"], "comments": "https://example.org/news/#talk", "enclosure": "https://example.org/news/a.mp3"}
    assert first.findtext("a:updated", namespaces=ATOM) == "2026-08-05T07:00:00Z"
    content = first.findtext("a:content", namespaces=ATOM)
    assert 'src="https://example.org/news/big.jpg"' in content and '<a href="https://example.org/news/it">it</a>' in content
    assert seen_in(second) == {
        "title": "A lighthouse", "id": "https://example.org/news/b", "link": "https://example.org/news/b",
        "published": "2026-08-02T22:00:00Z", "authors": ["Alan Turing"]}


def test_an_entry_s_own_page(serve, tmp_path):
    """What ap-news takes from a story: its date, text and section."""
    site = sites.SITES["ap-news"]
    link, story, want = site.detail
    with o.Origin() as origin:
        folder = tmp_path / "mill0"
        (folder / "sources").mkdir(parents=True)
        text = re.sub(r"^url: .*\n^defaults: .*$", f"url: {origin.url}/list", (FOLDER / "ap-news.yaml").read_text(),
                      flags=re.M)
        (folder / "sources/r.yaml").write_text(text)
        origin.set("/list", o.page(site.body.replace("https://apnews.com", origin.url)))
        path = link.replace("https://apnews.com", "")
        origin.set(path, o.page(story))
        mill = serve(config={"feeds": [{"name": "all", "source": "ap-news"}]}, folder=folder)
        mill.get("/feeds/all.atom")
        origin.wait_for_requests(path, 1)

        def told():
            entry = next(e for e in feeds.tree(mill.get("/feeds/all.atom").body).findall("a:entry", ATOM)
                         if e.findtext("a:id", namespaces=ATOM).endswith(path))
            return entry if want["content"] in entry.findtext("a:content", "", ATOM) else None

        got = seen_in(harness.until(told, "the story's own text"))
        assert got["categories"] == want["categories"]
        assert origin.count(path) == 1


def test_make_install_brings_them(tmp_path):
    env = harness.environment()
    subprocess.run(["make", "-C", ROOT, "install", f"DESTDIR={tmp_path}"], check=True, env=env, capture_output=True)
    config = next(c for c in tmp_path.rglob("feedmill.yaml") if (c.parent / "sources").is_dir())
    assert {p.name for p in (config.parent / "sources").glob("*.yaml")} == {r.name for r in RECIPES}
    assert b"\nhacker-news " in run("sources", "-c", config).stdout
