"""Lists in the state of frameworks: found by discover, and read by the recipe that it prints."""

import json

import pytest
import states
from harness import run

URL = "https://c.example/news"


def entries(recipe, page, folder):
    file = folder / "found.yaml"
    file.write_bytes(recipe if isinstance(recipe, bytes) else recipe.encode())
    done = run("convert", "-s", file, "-u", URL, "-f", "json", stdin=page)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["items"]


@pytest.mark.parametrize("name", states.PAGES)
def test_list_in_state(name, tmp_path):
    page = states.PAGES[name]()
    file = tmp_path / "page.html"
    file.write_text(page)
    found = run("discover", "-u", URL, file)
    assert found.returncode == 0, found.stderr
    got = {(e["url"], e["title"], e["date_published"]) for e in entries(found.stdout, page.encode(), tmp_path)}
    assert got == {(p["url"], p["title"], p["publishedAt"]) for p in states.POSTS}, found.stdout


def test_steps_into_strings(tmp_path):
    """A pointer leads into a string that holds JSON, at the list and in a field."""
    inner = json.dumps({"more": json.dumps({"name": "The lamp on pier one"})})
    page = json.dumps({"payload": json.dumps({"items": [{"link": "/1", "extra": inner}]})})
    recipe = ('name: r\nurl: https://c.example/news\nitems: "json: /payload | /items"\n'
              'fields:\n  title: "json: /extra | /more | /name"\n  link: "json: /link"\n')
    got = entries(recipe, page.encode(), tmp_path)
    assert [(e["url"], e["title"]) for e in got] == [("https://c.example/1", "The lamp on pier one")]


def test_no_json_in_the_element(tmp_path):
    file = tmp_path / "r.yaml"
    file.write_text('name: r\nurl: https://c.example/news\nitems: "json: script /items"\nfields: {title: "json: /t"}\n')
    done = run("convert", "-s", file, stdin=b"<script>alert(1)</script>")
    assert done.returncode == 1
    assert "no JSON and no JavaScript literal in the element on line 1" in done.stderr
