"""How well lists are found: feedmill discover on each of the layouts, its recipe read
again by feedmill convert, and what that yields held against what is known."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import layouts

PASS = 27 / 30  # the share of layouts that have to come out whole


class Result:
    def __init__(self, layout, recipe, entries):
        self.name, self.recipe = layout.name, recipe
        wanted = {i["link"]: i for i in layout.expected()}
        got = {e["url"]: e for e in entries if "url" in e}
        found = set(got) & set(wanted)
        self.precision = len(found) / len(entries) if entries else 0.0
        self.recall = len(found) / len(wanted)
        self.titles = sum(got[u]["title"] == wanted[u]["title"] for u in found) / len(wanted)
        dated = [u for u in found if wanted[u]["date"]]
        # feedmill writes 1970 where it knows none; "3 hours ago" is another day each day
        read = [(got[u].get("date_published", "1970"), wanted[u]["date"]) for u in dated]
        same = layout.name in layouts.RELATIVE
        self.dates = sum(a > "1971" if same else a[:10] == b[:10] for a, b in read), len(dated)

    @property
    def whole(self):
        return self.precision == self.recall == self.titles == 1.0

    def line(self):
        return (f"{self.name:22} precision {self.precision:4.2f}  recall {self.recall:4.2f}  titles {self.titles:4.2f}  "
                f"dated {self.dates[0]}/{self.dates[1]}{'' if self.whole else '  <-'}")


def find(program, layout, folder):
    """The page through discover and convert, as a person would."""
    page, recipe = Path(folder) / "page.html", Path(folder) / "recipe.yaml"
    page.write_text(layout.html, encoding="utf-8")
    done = subprocess.run([program, "discover", "-u", layout.url, page], capture_output=True)
    if done.returncode:
        return Result(layout, done.stderr.decode(), [])
    recipe.write_bytes(done.stdout)
    done = subprocess.run([program, "convert", "-f", "json", "-s", recipe, "-u", layout.url, page], capture_output=True)
    entries = json.loads(done.stdout)["items"] if done.returncode == 0 else []
    return Result(layout, recipe.read_text(encoding="utf-8") + done.stderr.decode(), entries)


def bare(layout):
    """The same without classes and ids: nothing tells what anything is called."""
    text = re.sub(r"""\s(?:class|id)=(?:'[^']*'|"[^"]*"|[^\s>]+)""", "", layout.html)
    return layouts.Layout(layout.name, layout.url, text, layout.items)


def find_all(program, change=lambda layout: layout):
    with tempfile.TemporaryDirectory(prefix="feedmill-layouts.") as folder:
        return [find(program, change(layouts.layout(name)), folder) for name in layouts.NAMES]
