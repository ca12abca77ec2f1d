#!/usr/bin/env python3
"""Listing pages of many layouts, each with a list that is known, for what finds
lists by itself (feedmill discover, source auto).

The markup is that of real kinds of pages: around the list stand what stands there
on the web: menus, cookie banners, sidebars with other lists, advertisements,
related boxes, footers. Every text is invented here; the same call gives the same
bytes on every run and machine.

    import layouts
    layouts.NAMES                all of them
    layouts.layout("forum")      a Layout: url, html (text), items: title, link, date

    layouts.py FOLDER            writes NAME.html and NAME.json
"""
import datetime
import html
import json
import os
import sys

HOST = "https://www.example.org"
NOW = datetime.datetime(2026, 8, 4, 12, 0)

THINGS = ("harbour library orchard railway museum bakery lighthouse parliament glacier vineyard market theatre "
          "observatory ferry quarry hospital cathedral archive workshop reservoir").split()
ADJECTIVES = ("old northern forgotten crowded municipal quiet floating restored disputed hidden public temporary "
              "electric coastal abandoned").split()
VERBS = ("reopens after|waits for|loses|celebrates|moves ahead of|survives|invites neighbours to|plans for|argues over|"
         "prepares for|says no to|counts the cost of|looks back at|wins").split("|")
WHAT = ("three years of repairs|a second bridge|the longest winter|its new director|an unusual harvest|the night trains|"
        "a hundred letters|higher fees|the summer crowds|its own success|a very small budget|the missing ledger|"
        "two days of rain|its oldest visitor").split("|")
CLAUSES = ("Nobody had expected the decision before the autumn|The plan was made public on a wet afternoon|"
           "Those who live nearby are of two minds about it|Work is to begin as soon as the ground allows|"
           "The council has asked for a report and will get three|It took eleven meetings to agree on the colour|"
           "Some of the older members remember how it was done before|The figures were checked twice and differ each time|"
           "A petition with many signatures lies in the entrance hall|There is money for the roof but not for the doors|"
           "What happens to the clock remains an open question").split("|")
GIVEN = "Ada Björn Chiara Eszter Göran Hina Ilse João Kwame Renée Tāne Zsófia".split()
FAMILY = "Ångström Castaño D'Arcy Fürst Grünwald Løvås Núñez O'Dwyer Świątek Wójcik Moreau Tanaka".split()
SECTIONS = ("World Business Culture Science Sport Opinion Travel Weather Health Education Property Motoring Food Fashion "
            "Technology Climate Obituaries Games Podcasts Newsletters").split()


class Rng:
    """A stream of numbers that is the same everywhere, for ever."""

    def __init__(self, seed):
        self.state = 0x9E3779B97F4A7C15
        for c in seed.encode():
            self.state = (self.state ^ c) * 0x100000001B3 & (1 << 64) - 1

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
        return (self.state >> 33) % n

    def pick(self, seq):
        return seq[self.below(len(seq))]


class Item:
    """What the page's author knows of one entry."""

    def __init__(self, rng, index, path):
        self.index = index
        while True:
            self.title = (f"{rng.pick(ADJECTIVES)} {rng.pick(THINGS)} {rng.pick(VERBS)} {rng.pick(WHAT)}").capitalize()
            if rng.below(9) == 0:
                self.title += rng.pick([" & other stories", ": “enough”, says board", ", 50 < 60 now", " – é, ü, 港"])
            if self.title not in rng.seen:
                break
        rng.seen.add(self.title)
        self.slug = "-".join(w for w in "".join(c if c.isascii() and c.isalnum() else " " for c in self.title.lower()).split())
        self.number = 48000 - index * 37 - rng.below(30)
        self.path = path.format(slug=self.slug, n=self.number, i=index + 1, year=2026, month=8)
        self.when = NOW - datetime.timedelta(minutes=rng.below(300) + index * 517)
        self.author = f"{rng.pick(GIVEN)} {rng.pick(FAMILY)}"
        self.summary = ". ".join(rng.pick(CLAUSES) for _ in range(2 + rng.below(2))) + "."
        self.section = rng.pick(SECTIONS[:9])
        self.tags = [rng.pick(THINGS) for _ in range(2 + rng.below(3))]
        self.comments = rng.below(240)
        self.dated = True

    @property
    def t(self):
        return html.escape(self.title, quote=False)

    @property
    def href(self):
        return html.escape(self.path)

    @property
    def iso(self):
        return self.when.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def day(self):
        return f"{self.when.day} {self.when.strftime('%B %Y')}"

    @property
    def us_day(self):
        return f"{self.when.strftime('%B')} {self.when.day}, {self.when.year}"

    @property
    def ago(self):
        hours = int((NOW - self.when).total_seconds() // 3600)
        return f"{hours} hours ago" if 1 < hours < 24 else "1 hour ago" if hours < 24 else f"{hours // 24} days ago" \
            if hours // 24 > 1 else "1 day ago"


class Layout:
    def __init__(self, name, url, text, items):
        self.name, self.url, self.html, self.items = name, url, text, items

    def expected(self):
        return [{"title": " ".join(i.title.split()), "link": absolute(self.url, i), "date": i.iso if i.dated else None}
                for i in self.items]


def absolute(url, item):
    from urllib.parse import urljoin
    return urljoin(getattr(item, "base", url), item.path)


BUILDERS = {}
RELATIVE = ("ads_in_list", "video_grid")  # their dates are of the day on which they are read


def layout_of(count, path="/{year}/{slug}", url="/news"):
    """Registers a builder: build(rng, items) gives the page."""
    def register(build):
        name = build.__name__.strip("_")
        BUILDERS[name] = (build, count, path, url)
        return build
    return register


def layout(name):
    build, count, path, url = BUILDERS[name]
    rng = Rng(name)
    rng.seen = set()
    items = [Item(rng, i, path) for i in range(count)]
    text = build(rng, items)
    return Layout(name, HOST + url, text, items)


# -- what stands around a list --


def menu(rng, cls="main-menu", count=9, deep=False):
    sub = ("<ul class='sub-menu'>" + "".join(f"<li><a href='/{s.lower()}/{t}'>{t.capitalize()} news</a></li>"
           for s in ["topics"] for t in THINGS[:8]) + "</ul>") if deep else ""
    return f"<nav class='{cls}'><ul>" + "".join(
        f"<li class='menu-item'><a href='/{s.lower()}'>{s}</a>{sub}</li>" for s in SECTIONS[:count]) + "</ul></nav>"


def headlines(rng, count):
    """Titles for boxes beside the list, none of which is in the list."""
    made = []
    for i in range(count):
        title = f"{rng.pick(THINGS).capitalize()} of the week: {rng.pick(WHAT)}"
        made.append((title, f"/archive/{rng.below(90000)}-{i}"))
    return made


def box(rng, cls, heading, count=5, dated=False):
    return f"<div class='{cls}'><h3>{heading}</h3><ul>" + "".join(
        f"<li><a href='{u}'>{t}</a>{'<span class=date>12 July 2026</span>' if dated else ''}</li>"
        for t, u in headlines(rng, count)) + "</ul></div>"


def cookies():
    return ("<div id='cookie-consent' role='dialog'><p>We and our partners store information on your device. You may "
            "accept or manage your choices, also later in our <a href='/privacy'>privacy policy</a> and our "
            "<a href='/cookies'>cookie policy</a>.</p><button>Accept all</button><button>Manage</button></div>")


def footer(rng, columns=4):
    return "<footer class='site-footer'>" + "".join(
        f"<div class='footer-col'><h4>{rng.pick(SECTIONS)}</h4><ul>" + "".join(
            f"<li><a href='/about/{rng.below(9999)}'>{w}</a></li>" for w in
            ("About the paper", "Contact the editors", "Terms of use", "Jobs at the company", "Accessibility statement",
             "Site map and archive")) + "</ul></div>" for _ in range(columns)) + (
        "<p>© 2026 The Example. <a href='https://social.example.net/example'>Follow us</a> "
        "<a href='mailto:desk@example.org'>Write to us</a></p></footer>")


def ad():
    return ("<div class='ad-slot' id='div-gpt-ad-123'><span>Advertisement</span><a href='https://ads.example.com/c?x=1' "
            "rel='sponsored'><img src='https://ads.example.com/b.png' alt='Buy a better kettle today'></a></div>")


def pages(base="/news?page=", last=9):
    return "<div class='pagination'><span class='current'>1</span>" + "".join(
        f"<a href='{base}{n}'>{n}</a>" for n in range(2, last)) + f"<a class='next' rel='next' href='{base}2'>Next page</a></div>"


def document(title, body, head="", lang="en"):
    return (f"<!DOCTYPE html>\n<html lang='{lang}'><head><meta charset='utf-8'><title>{html.escape(title)}</title>"
            f"<link rel='stylesheet' href='/s.css'>{head}<script>window.dataLayer = window.dataLayer || [];"
            f"function gtag(){{dataLayer.push(arguments)}}</script></head>\n<body>{body}</body></html>\n")


def site(rng, main, title="The Example", side="", head="", lang="en"):
    """The usual frame: banner, menu, list, sidebar, footer."""
    return document(title, f"""
{cookies()}<header class='site-header'><a class='logo' href='/'><img src='/logo.svg' alt='The Example'></a>{menu(rng)}
<form action='/search'><input name='q'></form></header>
<div class='wrapper'><main id='main' class='content'><h1>{title}</h1>{main}</main>
<aside class='sidebar'>{side or box(rng, 'widget popular', 'Most read') + ad() + box(rng, 'widget', 'Editor’s choice', 6)}</aside></div>
{footer(rng)}""", head, lang)


def each(items, form):
    return "\n".join(form(i) for i in items)


def write_all(folder):
    os.makedirs(folder, exist_ok=True)
    for name in NAMES:
        made = layout(name)
        with open(os.path.join(folder, name + ".html"), "w", encoding="utf-8") as f:
            f.write(made.html)
        with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
            json.dump({"url": made.url, "items": made.expected()}, f, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    sys.modules["layouts"] = sys.modules["__main__"]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import layouts_classic  # noqa: E402,F401
import layouts_modern  # noqa: E402,F401
import layouts_data  # noqa: E402,F401
import layouts_wild  # noqa: E402,F401

NAMES = list(BUILDERS)

if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: layouts.py FOLDER")
    write_all(sys.argv[1])
