"""Recipes: sources as YAML files, from the command line and served."""

import re

import feeds
import harness
import origin as o
import pytest
from harness import run, until

RECIPE = """\
name: news
title: "News of {board}"
url: {base}/list/{{board}}
defaults: {{board: all}}
container: "css: main"
items: "css: main article"
fields:
  title: "css: h2"
  link: "css: h2 a @href"
  published: "css: time @datetime"
  author: "css: .by"
headers: {{X-Asked-By: "a recipe"}}
every: 1h
"""


def recipe(base="https://news.test", **more):
    text = RECIPE.replace("of {board}", "of {{board}}").format(base=base)
    return text + "".join(f"{key}: {value}\n" for key, value in more.items())


def article(title, at="a", by="Ann", when="2026-08-04T10:00:00Z"):
    return (f'<article><h2><a href="{at}">{title}</a></h2><time datetime="{when}">x</time>'
            f'<i class=by>{by}</i></article>')


def page(*articles):
    return f"<html><head><title>t</title></head><body><main>{''.join(articles)}</main></body></html>"


# convert


def convert(folder, text, body, *args):
    (folder / "r.yaml").write_text(text)
    (folder / "page.html").write_text(body)
    return run("convert", "-s", "r.yaml", *args, "page.html", cwd=folder)


def test_convert(tmp_path):
    done = convert(tmp_path, recipe(), page(article("One &amp; all"), article("Two", "b")))
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "out.atom").write_bytes(done.stdout)
    feeds.check_grammar(tmp_path / "out.atom")
    feed = feeds.parsed(done.stdout)
    assert [(e.title, e.link, e.author) for e in feed.entries] == [
        ("One & all", "https://news.test/list/a", "Ann"), ("Two", "https://news.test/list/b", "Ann")]
    assert feed.feed.title == "News of all"  # nobody said which board


def test_convert_with_an_address(tmp_path):
    done = convert(tmp_path, recipe(), page(article("One")), "-u", "https://news.test/list/sea")
    feed = feeds.parsed(done.stdout)
    assert feed.feed.title == "News of sea"
    assert feed.feed.id == "https://news.test/list/sea"


def test_convert_says_what_is_left_out(tmp_path):
    done = convert(tmp_path, recipe(), page(article("One"), "\n<article>ad</article>", article("Two", "b")))
    assert done.returncode == 0
    assert len(feeds.parsed(done.stdout).entries) == 2
    assert done.stderr == "feedmill: page.html: 1 of 3 items have neither title nor link (line 2)\n"


def test_convert_tells_no_list_from_an_empty_one(tmp_path):
    done = convert(tmp_path, recipe(), page("Nothing today"))
    assert done.returncode == 0
    assert feeds.parsed(done.stdout).entries == []
    done = convert(tmp_path, recipe(), "<html><body>Please log in")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == "feedmill: page.html: no container: nothing on the page matches it\n"


def test_convert_names_every_fault_of_a_recipe(tmp_path):
    done = convert(tmp_path, recipe(next='"css: a["', fixups='[{field: title, match: "("}]', evry="1h"), page())
    assert (done.returncode, done.stdout) == (2, b"")
    lines = done.stderr.splitlines()
    assert [line.split(": ", 1)[0] for line in lines] == ["r.yaml:14:15", "r.yaml:15:34", "r.yaml:16"]
    assert 'did you mean "every"' in lines[2]


# check, sources


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/news.yaml").write_text(recipe())
    return tmp_path


def check(folder, text):
    (folder / "f.yaml").write_text(text)
    return run("check", "-c", "f.yaml", cwd=folder)


def test_check_reads_every_recipe(folder):
    done = check(folder, "feeds: [{name: a, source: news, board: sea}]\n")
    assert (done.returncode, done.stderr) == (0, "")
    (folder / "sources/b.yaml").write_text("name: b\nurl: nowhere\n")
    (folder / "sources/c.yaml").write_text(recipe())
    (folder / "sources/d.yaml").write_text("name: [\n")
    done = check(folder, "feeds: [{name: a, source: news}]\n")
    assert (done.returncode, done.stdout) == (2, b"")
    found = re.findall(r"^\S+/sources/(\S+): ", done.stderr, re.M)
    assert found == ["b.yaml:1", "b.yaml:1", "b.yaml:2:6", "d.yaml:2", "news.yaml:1"], done.stderr
    assert re.search(r"there is a source news already \(\S+/sources/c\.yaml\)", done.stderr)


def test_check_names_keys_that_the_recipe_does_not_have(folder):
    done = check(folder, "feeds:\n  - name: a\n    source: news\n    bord: sea\n  - name: b\n    source: nws\n")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        'f.yaml:4: feeds[0].bord: unknown key "bord"; did you mean "board"?',
        'f.yaml:6: feeds[1].source: no source is named "nws"; did you mean "news"?']


def test_check_names_a_page_where_the_recipe_has_its_own(folder):
    done = check(folder, "feeds:\n  - {name: a, source: news, url: https://x.test/}\n"
                 "  - {name: b, source: news, command: [cat]}\n")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "f.yaml:2: feeds[0].url: the recipe news says itself which page it reads",
        "f.yaml:3: feeds[1].command: the recipe news says itself which page it reads"]


def test_check_prints_what_is_given(folder):
    (folder / "f.yaml").write_text('feeds: [{name: a, source: news, board: "on: sea"}]\n')
    done = run("check", "--print", "-c", "f.yaml", cwd=folder)
    assert b'board: "on: sea"' in done.stdout
    (folder / "again.yaml").write_bytes(done.stdout)
    assert run("check", "--print", "-c", "again.yaml", cwd=folder).stdout == done.stdout


def test_sources_names_recipes(folder):
    (folder / "f.yaml").write_text("")
    done = run("sources", "-c", "f.yaml", cwd=folder)
    assert re.search(r"^news +News of \{board\} \(.*/sources/news\.yaml\)$", done.stdout.decode(), re.M)


# fetch, serve


@pytest.fixture
def news():
    with o.Origin() as origin:
        origin.set("/list/sea", o.page(page(article("Sea"), article("Waves", "b")), etag=True))
        origin.set("/list/all", o.page(page(article("All")), etag=True))
        yield origin


@pytest.fixture
def mill(news, serve, tmp_path):
    (tmp_path / "mill0/sources").mkdir(parents=True)
    (tmp_path / "mill0/sources/news.yaml").write_text(recipe(news.url))
    return serve(config={"feeds": [{"name": "sea", "source": "news", "board": "sea"},
                                   {"name": "any", "source": "news"}]}, folder=tmp_path / "mill0")


def test_fetch(news, tmp_path):
    (tmp_path / "news.yaml").write_text(recipe(news.url))
    (tmp_path / "f.yaml").write_text("sources: [news.yaml]\nstore: 'memory:'\nfetch: {allow_private: true}\n"
                                     "feeds: [{name: sea, source: news, board: sea}]\n")
    done = run("fetch", "-c", "f.yaml", "sea", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert feeds.titles(done.stdout) == ["Sea", "Waves"]


def test_served(news, mill):
    answer = mill.get("/feeds/sea.atom")
    assert answer.status == 200
    feed = feeds.parsed(answer.body)
    assert feed.feed.title == "News of sea"
    assert [(e.title, e.link, e.id, e.author) for e in feed.entries] == [
        ("Sea", news.url + "/list/a", news.url + "/list/a", "Ann"),
        ("Waves", news.url + "/list/b", news.url + "/list/b", "Ann")]
    assert news.log("/list/sea")[0].headers["x-asked-by"] == "a recipe"
    assert answer.cache["max-age"] > 30 * 60  # the recipe's every, not the 30m of all
    assert mill.get("/feeds/any.rss").status == 200
    assert news.count("/list/all") == 1


def test_the_feed_s_own_every_goes_first(news, mill):
    mill.reconfigure({"feeds": [{"name": "sea", "source": "news", "board": "sea", "every": "10m"}]})
    assert mill.get("/feeds/sea.atom").cache["max-age"] <= 10 * 60


def test_convert_knows_the_names_of_the_configuration(tmp_path):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/news.yaml").write_text(recipe())
    (tmp_path / "f.yaml").write_text("sources: [sources/*.yaml]\n")
    (tmp_path / "page.html").write_text(page(article("One")))
    (tmp_path / "apart").mkdir()
    done = run("convert", "-s", "news", "../page.html", cwd=tmp_path / "apart", env=harness.environment(FEEDMILL_CONFIG="../f.yaml"))
    assert (done.returncode, feeds.titles(done.stdout)) == (0, ["One"])
    known = harness.environment(FEEDMILL_CONFIG="f.yaml")
    done = run("convert", "-s", "nws", "page.html", cwd=tmp_path, env=known)
    assert done.returncode == 2 and 'did you mean "news"' in done.stderr
    (tmp_path / "f.yaml").write_text("surces: []\n")
    done = run("convert", "-s", "news", "page.html", cwd=tmp_path, env=known)
    assert done.returncode == 2 and "f.yaml:1: surces" in done.stderr
    assert run("convert", "-s", "auto", "page.html", cwd=tmp_path, env=known).returncode == 1


def test_placeholders_from_the_address(news, mill):
    assert feeds.titles(mill.get("/feeds/any/sea.atom").body) == ["Sea", "Waves"]
    assert feeds.titles(mill.get("/feeds/any.atom?board=sea").body) == ["Sea", "Waves"]
    assert feeds.titles(mill.get("/feeds/sea.atom").body) == ["Sea", "Waves"]
    assert news.count("/list/sea") == 1  # one page, however it is asked for
    assert mill.get("/feeds/any/sea").status == 200  # the preview
    for path, status, why in [("/feeds/any/a/b.atom", 404, "too much"), ("/feeds/sea/x.atom", 404, "too much"),
                              ("/feeds/any.atom?bord=x", 400, "bord"), ("/feeds/any/...atom", 400, "lead elsewhere"),
                              ("/feeds/sea.atom?board=all", 400, "configuration")]:
        answer = mill.get(path)
        assert (answer.status, why in answer.text) == (status, True), (path, answer)
    assert news.count() == 1


def test_a_placeholder_may_come_from_the_address_alone(news, serve, tmp_path):
    """Neither a default nor a key of the feed: then the path has to say it."""
    folder = tmp_path / "mill0"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources/news.yaml").write_text(
        recipe(news.url).replace("defaults: {board: all}\n", "").replace("of {{board}}", "of {board}"))
    mill = serve(config={"feeds": [{"name": "any", "source": "news"},
                                   {"name": "sea", "source": "news", "board": "sea"}]}, folder=folder)
    assert feeds.titles(mill.get("/feeds/any/sea.atom").body) == ["Sea", "Waves"]
    answer = mill.get("/feeds/any.atom")
    assert answer.status == 400 and answer.text.startswith("board: not given")
    assert "/feeds/sea.atom" in mill.get("/opml.xml").text and "/feeds/any.atom" not in mill.get("/opml.xml").text
    assert run("check", "-c", mill.file).returncode == 0
    mill.reconfigure({"feeds": [{"name": "any", "source": "news"}]})
    assert mill.get("/feeds/any/sea.atom").status == 200


def test_a_host_is_no_part_of_the_address(tmp_path):
    (tmp_path / "r.yaml").write_text(recipe("https://{host}").replace("defaults: {board: all}\n", ""))
    (tmp_path / "f.yaml").write_text("sources: [r.yaml]\nfeeds:\n  - name: a\n    source: news\n    board: x\n")
    done = run("check", "-c", "f.yaml", cwd=tmp_path)
    assert done.returncode == 2 and "f.yaml:3: feeds[0].host: not given" in done.stderr


def test_a_page_without_the_list_keeps_the_feed(news, mill):
    before = mill.get("/feeds/sea.atom")
    news.set("/list/sea", o.page("<html><body>Log in"))
    mill.reload()
    assert mill.get("/feeds/sea.atom").body == before.body
    news.set("/list/other", o.page("<html><body>Log in"))
    answer = mill.get("/feeds/any/other.atom")
    assert (answer.status, "no container" in answer.text) == (502, True)


def test_what_is_left_out_is_in_the_log(news, mill):
    news.set("/list/odd", o.page(page(article("One"), "\n<article>ad</article>")))
    assert feeds.titles(mill.get("/feeds/any/odd.atom").body) == ["One"]
    mill.wait_for_log(r"1 of 2 items have neither title nor link \(line 2\)")


# reload


def edit(mill, text):
    (mill.folder / "sources/news.yaml").write_text(text)
    return mill.reload()


def test_reload_takes_an_edited_recipe(news, mill):
    assert feeds.titles(mill.get("/feeds/sea.atom").body) == ["Sea", "Waves"]
    edited = recipe(news.url).replace('title: "css: h2"', 'title: "text: {css: h2} by {css: .by}"')
    assert "reloaded" in edit(mill, edited)
    news.set("/list/new", o.page(page(article("New"))))
    assert feeds.titles(mill.get("/feeds/any/new.atom").body) == ["New by Ann"]


def test_reload_reads_the_page_anew_by_an_edited_recipe(news, mill):
    assert feeds.titles(mill.get("/feeds/sea.atom").body) == ["Sea", "Waves"]
    edit(mill, recipe(news.url).replace('"css: h2"', '"text: {css: h2}!"'))
    until(lambda: feeds.titles(mill.get("/feeds/sea.atom").body) == ["Sea!", "Waves!"], "the edited recipe's feed")


def test_a_recipe_that_has_become_wrong_is_served_as_it_was(news, mill):
    before = mill.get("/feeds/sea.atom")
    mark = mill.mark()
    assert "reloaded" in edit(mill, recipe(news.url, colour="red", next='"css: a["'))
    said = "\n".join(m.string for m in mill.wait_for_log("recipe refused", 2, since=mark))
    assert 'news.yaml:14: colour: unknown key' in said and "news.yaml:15:15: " in said
    assert mill.get("/feeds/sea.atom").body == before.body
    assert feeds.titles(mill.get("/feeds/any.atom").body) == ["All"]  # pages that are new, too
    assert "reloaded" in edit(mill, recipe(news.url))
    assert mill.get("/feeds/sea.atom").status == 200


def test_a_new_recipe_and_one_that_is_gone(news, mill):
    (mill.folder / "sources/more.yaml").write_text(recipe(news.url).replace("name: news", "name: more"))
    mill.reconfigure({"feeds": [*mill.config["feeds"], {"name": "more", "source": "more", "board": "sea"}]})
    assert feeds.titles(mill.get("/feeds/more.atom").body) == ["Sea", "Waves"]
    (mill.folder / "sources/more.yaml").unlink()
    assert "refused" in mill.reload()  # its feed is still wanted: the old configuration stays
    assert mill.get("/feeds/more.atom").status == 200


def test_a_wrong_recipe_at_the_start_leaves_the_rest(news, serve, tmp_path):
    folder = tmp_path / "mill0"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources/news.yaml").write_text(recipe(news.url))
    (folder / "sources/bad.yaml").write_text("name: bad\nurl: x\n")
    mill = serve(config={"feeds": [{"name": "sea", "source": "news", "board": "sea"},
                                   {"name": "bad", "source": "bad"}]}, folder=folder)
    mill.wait_for_log(r"recipe refused.*bad\.yaml:2:6")
    mill.wait_for_log(r'feed left out.*no source is named')
    assert mill.get("/feeds/sea.atom").status == 200
    assert mill.get("/feeds/bad.atom").status == 404


# further pages, entries' own pages


def test_the_list_goes_on_and_entries_have_pages(news, serve, tmp_path):
    folder = tmp_path / "mill0"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources/news.yaml").write_text(recipe(
        news.url, next='"css: a.more @href"', max_pages=2, detail='{content: "css: .body", max: 5}'))
    more = '<a class=more href="?at=%d">more</a>'
    news.set("/list/sea", o.page(page(article("One", "1"), article("Two", "2"), more % 2)))
    news.set("/list/sea?at=2", o.page(page(article("Two", "2"), article("Three", "3"), more % 3)))
    news.set("/list/sea?at=3", o.page(page(article("Four", "4"))))
    for n in "123":
        news.set(f"/list/{n}", o.page(f"<div class=body><p>All of {n}</p></div>"))
    mill = serve(config={"feeds": [{"name": "sea", "source": "news", "board": "sea"}]}, folder=folder)

    def entries():
        return feeds.parsed(mill.get("/feeds/sea.atom").body).entries

    def whole():
        found = entries()
        return len(found) == 3 and all("content" in e for e in found) and found

    got = until(whole, "three entries with their texts")
    assert {e.title: e.content[0].value for e in got} == {
        "One": "<div><p>All of 1</p></div>", "Two": "<div><p>All of 2</p></div>",
        "Three": "<div><p>All of 3</p></div>"}
    assert news.count("/list/sea?at=3") == 0
    for n in "123":
        assert news.count(f"/list/{n}") == 1
    assert all(r.headers["x-asked-by"] == "a recipe" for r in news.log())


def test_summaries_of_own_pages_do_not_make_the_list_odd(news, serve, tmp_path):
    """The list has none, but what is remembered has: that is as ever, after a restart too."""
    folder = tmp_path / "mill0"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources/news.yaml").write_text(recipe(news.url, detail='{summary: "css: .sum"}'))
    for n in "123456":
        news.set(f"/list/{n}", o.page(f"<p class=sum>Sum of {n}</p>"))
    config = {"feeds": [{"name": "sea", "source": "news", "board": "sea", "every": "1s"}]}

    def all_there(mill, count):
        found = feeds.parsed(mill.get("/feeds/sea.atom").body).entries
        return len(found) == count and all(e.get("summary", "").startswith("Sum of") for e in found)

    news.set("/list/sea", o.page(page(*(article(f"T{n}", n) for n in "1234"))))
    for count in (5, 6):  # the second process knows only what the store does
        mill = serve(config=config, folder=folder)
        until(lambda: all_there(mill, count - 1), "what was known, with its summaries")
        news.set("/list/sea", o.page(page(*(article(f"T{n}", n) for n in "123456"[:count]))))
        until(lambda: all_there(mill, count), "a new entry")
        mill.stop()
