"""One feed in three formats: the same entries, ids, dates and texts in .atom, .rss and .json, over a
real server; and the list of feeds as a real reader imports it."""

import json
import shutil
import subprocess
from email.utils import parsedate_to_datetime

import dialects
import feeds
import harness
import origin as o
import pytest
from conftest import WEEK, listing_host
from harness import run

NS = {"atom": "http://www.w3.org/2005/Atom", "content": "http://purl.org/rss/1.0/modules/content/",
      "dc": "http://purl.org/dc/elements/1.1/"}
CHAIN = {"long": ("rss20-content", "beyond"), "plain": ("atom10-xhtml", "japan"), "old": ("rss091", "plain"),
         "json": ("json11", "euro")}
ADDRESSES = ["/papers", WEEK, "/papers?q=lanterns", "/papers?limit=7&min_upvotes=64", "/papers/date/2026-08-08",
             *(f"/feeds/{name}" for name in CHAIN)]


@pytest.fixture(scope="module")
def mill(page, tmp_path_factory):
    with listing_host(page) as origin:
        for name, kind in CHAIN.items():
            origin.set(f"/{name}", o.page(dialects.document(*kind).encode()))
        config = {"papers": {"upstream": origin.url}, "refresh": {"every": "25m"},
                  "feeds": [{"name": n, "source": "feed", "url": f"{origin.url}/{n}"} for n in CHAIN]}
        config["feeds"][0]["every"] = "90s"
        with harness.Feedmill(tmp_path_factory.mktemp("formats"), config) as started:
            yield started
            started.check_log()


def at(address, format):
    path, _, query = address.partition("?")
    return f"{path}.{format}" + ("?" + query if query else "")


def text_of(element, path):
    return element.findtext(path, namespaces=NS)


def atom_rows(body):
    rows = []
    for e in feeds.tree(body).findall("atom:entry", NS):
        html = e.find("atom:content[@type='html']", NS)
        links = {(link.get("rel"), link.get("href")) for link in e.findall("atom:link", NS)}
        rows.append({"id": text_of(e, "atom:id"), "title": text_of(e, "atom:title"),
                     "link": next((h for r, h in links if r == "alternate"), None),
                     "published": text_of(e, "atom:published"), "updated": text_of(e, "atom:updated"),
                     "authors": [a.findtext("atom:name", namespaces=NS) for a in e.findall("atom:author", NS)],
                     "tags": [c.get("term") for c in e.findall("atom:category", NS)],
                     "html": html.text if html is not None else None,
                     "enclosures": {h for r, h in links if r == "enclosure"}})
    return rows


def json_rows(body):
    feed = json.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    for i in feed["items"]:
        assert isinstance(i["id"], str) and ("content_html" in i or "content_text" in i)
    return [{"id": i["id"], "title": i["title"], "link": i.get("url"), "published": i["date_published"],
             "updated": i["date_modified"], "authors": [a["name"] for a in i.get("authors", [])],
             "tags": i.get("tags", []), "html": i.get("content_html"),
             "enclosures": {a["url"] for a in i.get("attachments", [])}} for i in feed["items"]]


def iso(rfc822):
    return parsedate_to_datetime(rfc822).strftime("%Y-%m-%dT%H:%M:%SZ")


def rss_rows(body):
    return [{"id": i.findtext("guid"), "title": i.findtext("title"), "link": i.findtext("link"),
             "published": iso(i.findtext("pubDate")), "updated": text_of(i, "atom:updated"),
             "authors": [c.text for c in i.findall("dc:creator", NS)],
             "tags": [c.text for c in i.findall("category")], "html": text_of(i, "content:encoded"),
             "enclosures": {e.get("url") for e in i.findall("enclosure")}}
            for i in feeds.tree(body).findall("channel/item")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_three_formats_say_the_same(mill, address):
    atom, rss, feed = (mill.get(at(address, f)) for f in ("atom", "rss", "json"))
    assert {a.status for a in (atom, rss, feed)} == {200}
    want = atom_rows(atom.body)
    assert rss_rows(rss.body) == want
    assert json_rows(feed.body) == want
    assert len({a["last-modified"] for a in (atom, rss, feed)}) == 1
    assert len({a["etag"] for a in (atom, rss, feed)}) == 3
    assert bool(want) == (address != "/papers/date/2026-08-08")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_reader_gets_the_same_of_atom_and_rss(mill, address):
    atom, rss = (feeds.parsed(mill.get(at(address, f)).body) for f in ("atom", "rss"))
    assert (atom.version, rss.version) == ("atom10", "rss20")
    assert atom.feed.title == rss.feed.title and atom.feed.link == rss.feed.link
    assert len(atom.entries) == len(rss.entries)
    for a, r in zip(atom.entries, rss.entries):
        assert (a.id, a.title, a.get("link")) == (r.id, r.title, r.get("link"))
        assert a.published_parsed == r.published_parsed and a.updated_parsed == r.updated_parsed
        if a.get("content"):
            assert a.content[0].value == r.content[0].value


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_rss_has_besides(mill, address):
    target = at(address, "rss")
    answer = mill.get(target)
    channel = feeds.tree(answer.body).find("channel")
    own = channel.find("atom:link[@rel='self']", NS)
    assert own.get("href") == mill.url + target and own.get("type") == "application/rss+xml"
    assert channel.findtext("ttl") == ("2" if address == "/feeds/long" else "25")
    assert channel.findtext("title") and channel.findtext("link") and channel.findtext("description")
    for item in channel.findall("item"):
        guid = item.find("guid")
        assert guid.get("isPermaLink") == ("true" if guid.text == item.findtext("link") else "false")
    # the seconds that the head says are never more than the minutes in the body
    assert answer.cache["max-age"] <= 60 * int(channel.findtext("ttl"))


def test_what_json_has_besides(mill):
    for address in ADDRESSES:
        feed = json.loads(mill.get(at(address, "json")).body)
        assert feed["feed_url"] == mill.url + at(address, "json")
        assert feed["title"] and feed["home_page_url"].startswith("http")


def test_ttl_follows_the_configuration(serve, origin):
    mill = serve(origin, {"refresh": {"every": "30m"}})
    assert "<ttl>30</ttl>" in mill.get("/papers.rss").text
    before = mill.get("/papers.atom")["etag"]
    mill.reconfigure({"refresh": {"every": "2h"}})
    assert "<ttl>120</ttl>" in mill.get("/papers.rss").text
    assert mill.get("/papers.atom")["etag"] == before


def test_fetch_and_convert_write_what_the_server_does(origin, tmp_path):
    body = dialects.document("rss20", "west").encode()
    origin.set("/x", o.page(body))
    file = tmp_path / "c.yaml"
    file.write_text("fetch: {allow_private: true}\nstore: \"memory:\"\nfeeds:\n"
                    f"  - {{name: x, source: feed, url: \"{origin.url}/x\"}}\n")
    rows = {"atom": atom_rows, "rss": rss_rows, "json": json_rows}
    made = {f: run("convert", "-s", "feed", "-u", origin.url + "/x", "-f", f, stdin=body) for f in rows}
    had = {f: run("fetch", "-c", file, "-f", f, "x") for f in rows}
    want = atom_rows(made["atom"].stdout)
    assert len(want) == 3
    for f, read in rows.items():
        assert read(made[f].stdout) == read(had[f].stdout) == want, f


# OPML, and the reader that imports it ---------------------------------------

HARD = ["Strong & \"few\"", "<b>not bold</b>", "It's ]]> over", "Größe 世界 🧠", "100% #1 | pipe",
        "back\\slash", "%s %n $HOME `x`"]


def hard_config(origin, base=""):
    made = [{"name": f"f{i}", "title": t, "min_upvotes": i + 1} for i, t in enumerate(HARD)]
    made.append({"name": "in", "source": "feed", "url": origin.url + "/x?a=1&b=2"})
    return {"server": {"base_url": base} if base else {}, "papers": {"upstream": origin.url}, "feeds": made}


def imported(folder, opml):
    """The lines of the urls file after newsboat has imported it."""
    folder.mkdir()
    (folder / "urls").write_text("")
    (folder / "list.opml").write_bytes(opml)
    done = subprocess.run(["newsboat", "-C", "none", "-u", "urls", "-c", "cache.db", "-i", "list.opml"], cwd=folder,
                          env=harness.environment(HOME=folder), capture_output=True, text=True, timeout=harness.PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "urls").read_text().splitlines()


needs_newsboat = pytest.mark.skipif(not shutil.which("newsboat"), reason="no newsboat")


@needs_newsboat
def test_newsboat_imports_the_list_of_the_server_and_reads_from_it(serve, origin, tmp_path):
    origin.set("/x?a=1&b=2", o.page(dialects.document("atom10", "west").encode()))
    mill = serve(config=hard_config(origin))
    lines = imported(tmp_path / "reader", mill.get("/opml.xml").body)
    addresses = [line.split()[0] for line in lines]
    assert len(set(addresses)) == len(addresses)
    assert {f"{mill.url}/feeds/f{i}.atom" for i in range(len(HARD))} | {mill.url + "/feeds/in.atom"} <= set(addresses)
    reader = tmp_path / "reader"
    # The current week and month are of a day that the stand-in has no page of.
    (reader / "urls").write_text("\n".join(a for a in addresses if "/feeds/" in a) + "\n")
    done = subprocess.run(["newsboat", "-C", "none", "-u", "urls", "-c", "cache.db", "-x", "reload"], cwd=reader,
                          env=harness.environment(HOME=reader), capture_output=True, text=True, timeout=harness.PATIENCE)
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(["sqlite3", "cache.db", "select rssurl, title from rss_feed order by 1"], cwd=reader,
                           capture_output=True, text=True, check=True).stdout.splitlines()
    titles = dict(line.split("|", 1) for line in shown)
    for i, title in enumerate(HARD):
        assert " ".join(titles[f"{mill.url}/feeds/f{i}.atom"].split()) == " ".join(title.split())
    assert titles[mill.url + "/feeds/in.atom"] == "The feed"


@needs_newsboat
def test_newsboat_imports_what_the_command_prints(origin, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(harness.yaml(hard_config(origin, "https://feeds.example/mill")))
    done = run("opml", "-c", file)
    assert (done.returncode, done.stderr) == (0, "")
    lines = imported(tmp_path / "reader", done.stdout)
    assert {f"https://feeds.example/mill/feeds/f{i}.atom" for i in range(len(HARD))} <= \
           {line.split()[0] for line in lines}


def test_titles_come_through_the_list_as_they_are(origin, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(harness.yaml(hard_config(origin, "https://feeds.example")))
    outlines = {x.get("xmlUrl"): x for x in feeds.tree(run("opml", "-c", file).stdout).findall("body//outline[@xmlUrl]")}
    for i, title in enumerate(HARD):
        outline = outlines[f"https://feeds.example/feeds/f{i}.atom"]
        assert outline.get("text") == outline.get("title") == title and outline.get("type") == "rss"
