"""The tree of a page is a browser's: compared with html5lib's, element by element."""

import collections
import json

import html5lib
from fragments import fragments
from harness import run

RECIPE = """name: tree
url: "https://example.org/"
items: "xpath: //*"
fields:
  title: "xpath: concat(name(), ' ', count(ancestor::*))"
  id: "xpath: concat(count(preceding::*), '.', count(ancestor::*))"
"""

# Where html5lib 1.1 is older than the standard: "</p>" and "</br>" leave SVG and MathML.
KNOWN = {"svg", "mathml"}


def outline(element, depth=0):
    """[(name, depth)] in document order."""
    name = element.tag.split("}")[-1].lower()
    rest = [line for child in element if isinstance(child.tag, str) for line in outline(child, depth + 1)]
    return [f"{name} {depth}"] + rest


def test_elements_as_html5lib_makes_them(tmp_path):
    recipe = tmp_path / "tree.yaml"
    recipe.write_text(RECIPE)
    differ, total = collections.defaultdict(list), 0
    for kind, html in fragments(400):
        total += 1
        made = run("convert", "-s", recipe, "-f", "json", stdin=html.encode())
        assert made.returncode == 0, (html, made.stderr)
        got = [item["title"] for item in json.loads(made.stdout)["items"]]
        want = outline(html5lib.parse(html, namespaceHTMLElements=False))
        if got != want:
            differ[kind].append((html, got, want))
    print({kind: len(cases) for kind, cases in differ.items()})
    assert set(differ) <= KNOWN, differ
    assert sum(map(len, differ.values())) <= total // 20


def test_selectors_of_a_browser_match(tmp_path):
    """What the inspector's "Copy selector" and "Copy XPath" give."""
    page = b"""<title>t</title><div id=d><div class=c><table><tr><td><a href="/1">One of two</a><tr><td><a href="/2">Two of two</a></table></div></div>"""
    for items in ('css: #d > div.c > table > tbody > tr', 'xpath: //*[@id=\\"d\\"]/div/table/tbody/tr', "xpath: /html/body/div/div/table/tbody/tr",
                  "css: tr"):
        recipe = tmp_path / "r.yaml"
        recipe.write_text(f'name: r\nurl: "https://example.org/"\nitems: "{items}"\nfields: {{title: "css: a", link: "css: a @href"}}\n')
        made = run("convert", "-s", recipe, "-f", "json", stdin=page)
        assert made.returncode == 0, made.stderr
        assert [i["title"] for i in json.loads(made.stdout)["items"]] == ["One of two", "Two of two"]
