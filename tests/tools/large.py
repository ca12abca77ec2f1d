#!/usr/bin/env python3
"""Pages of 1.5 MB, each with its recipe, for `make bench`: large.py FOLDER writes
NAME.html and NAME.yaml.

cards   a news page: few hundred items with much markup around what counts
table   thousands of rows, each an item
script  the list as JSON in a script, the page around it
"""
import html
import json
import sys
from pathlib import Path

from sites import PEOPLE, TOPICS, page

SIZE = 1500 * 1000

CARDS = """\
name: cards
title: "Cards"
url: https://news.test/
container: "css: main"
items: "css: article.post"
fields:
  title: "css: h2 a"
  link: "css: h2 a @href"
  published: "css: time @datetime"
  author: "css: .byline a"
  summary: "css: p.teaser"
  image: "css: img @src"
  category: "css: .tags .tag"
  numbers: {points: "css: .score"}
fixups: [{field: title, match: "^Re: ", replace: ""}]
next: "css: a[rel=next] @href"
"""
TABLE = """\
name: table
title: "Table"
url: https://packages.test/
items: "css: table.list tbody tr"
fields:
  title: "text: {css: td.name} {css: td.version}"
  link: "css: td.name a @href"
  published: "css: td.date"
  author: "css: td.by"
  category: "css: td.repo"
"""
SCRIPT = """\
name: script
title: "Script"
url: https://videos.test/
items: "json: script#data /props/pageProps/posts"
fields:
  title: {json: /title, html: no}
  link: "text: /watch/{json: /id}"
  published: "json: /published"
  author: "json: /authors/*/name"
  summary: "json: /summary"
  category: "json: /tags"
  numbers: {points: "json: /counts/points"}
"""


def filled(item):
    """Items until there are enough bytes of them."""
    parts, size = [], 0
    while size < SIZE:
        parts.append(item(len(parts)))
        size += len(parts[-1].encode())
    return parts


def when(i):
    return f"2026-{i // 28 % 8 + 1:02d}-{i % 28 + 1:02d}T{i % 24:02d}:{i % 60:02d}:00Z"


def card(i):
    topic = html.escape(TOPICS[i % 6])
    icon = ('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0zm3 11-1 '
            '1-2-2-2 2-1-1 2-2-2-2 1-1 2 2 2-2 1 1-2 2z"></path></svg>')
    sizes = ", ".join(f"https://img.test/{i}/{w}.jpg?fit=crop&amp;q=80 {w}w" for w in (320, 480, 640, 960, 1280))
    tags = "".join(f'<a class="tag tag-{k}" href="/tags/{k}">tag {k}</a>' for k in range(i % 5 + 1))
    return (f'<article class="post post-{i} type-story" data-id="{i}"><div class="media"><a href="/read/{i}" tabindex="-1">'
            f'<img src="/img/{i}.jpg" srcset="{sizes}" sizes="(min-width: 60em) 20vw, 50vw" loading="lazy" alt=""></a></div>'
            f'<div class="text"><div class="kicker"><span>{icon}</span><a href="/sections/{i % 9}">Section {i % 9}</a></div>'
            f'<h2 class="headline"><a href="/read/{i}?from=list&amp;at={i}">Re: {topic} ({i})</a></h2>'
            f'<p class="byline">By <a href="/people/{i % 4}">{html.escape(PEOPLE[i % 4])}</a> and <a href="/people/x">Xan</a></p>'
            f'<time datetime="{when(i)}" class="when">some time ago</time>'
            f'<p class="teaser">{"What is known of it, and what is only thought to be known. " * 4}</p>'
            f'<ul class="tags"><li>{tags}</li></ul><div class="tools"><button type="button" aria-label="Save">{icon}</button>'
            f'<button type="button" aria-label="Share">{icon}</button><span class="score">{i * 3}</span></div></div></article>\n')


def row(i):
    return (f'<tr><td class="name"><a href="/package/{i}">lamp-{i}</a></td><td class="version">1.{i}.0-r{i % 7}</td>'
            f'<td class="licence">MIT</td><td class="repo">repo-{i % 3}</td><td class="by"><a href="/by/{i % 4}">'
            f'{html.escape(PEOPLE[i % 4])}</a></td><td class="date">{when(i)[:10]} 10:11:12</td>'
            f'<td class="size">{i * 17 % 900} kB</td><td class="what">A lamp that is number {i} of all the lamps</td></tr>\n')


def post(i):
    return json.dumps({
        "id": f"p{i}", "title": TOPICS[i % 6], "published": when(i), "summary": "What is known of it. " * 6,
        "authors": [{"name": n, "avatar": f"https://img.test/{n}.png", "id": k} for k, n in enumerate(PEOPLE[: i % 4 + 1])],
        "tags": ["oil", "wicks"], "counts": {"points": i, "comments": i * 2, "seen": i * 100},
        "media": {"url": f"https://img.test/{i}.jpg", "sizes": [{"w": w, "h": w // 2} for w in (320, 640, 960)]},
        "tracking": {"token": "x" * 64, "flags": [True, False, None]}})


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cards, rows, posts = filled(card), filled(row), filled(post)
    pages = {
        "cards": (CARDS, page("Cards", f'<main>{"".join(cards)}<a rel="next" href="?page=2">More</a></main>')),
        "table": (TABLE, page("Table", f'<table class="list"><thead><tr><th>Name</th></tr></thead><tbody>{"".join(rows)}'
                              "</tbody></table>")),
        "script": (SCRIPT, page("Script", '<div id="app"></div><script id="data" type="application/json">'
                                '{"props": {"pageProps": {"posts": [' + ", ".join(posts) + "]}}}</script>")),
    }
    for name, (recipe, body) in pages.items():
        (folder / f"{name}.yaml").write_text(recipe)
        (folder / f"{name}.html").write_text(body)


if __name__ == "__main__":
    main()
