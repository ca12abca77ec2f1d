"""An independent reading of a listing page, to hold the program's against.

Written from the contract alone, with html.parser and json: what a reader should
get from a page, in the order in which it should come.
"""

import json
import re
from datetime import datetime, timezone
from html.parser import HTMLParser

HOST = "https://huggingface.co"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.data = None  # data-props of the listing's element
        self.articles, self.article, self.heading = [], None, False
        self.time = None  # the heading's <time>

    def handle_starttag(self, tag, attrs):
        first = {}
        for name, value in attrs:
            first.setdefault(name, value)
        if first.get("data-target") == "DailyPapers" and self.data is None:
            self.data = first.get("data-props")
        if tag == "article":
            self.article = {"id": None, "title": "", "text": ""}
            self.articles.append(self.article)
        elif tag == "time" and self.article is None:
            self.time = self.time or first.get("datetime")
        elif tag == "h3" and self.article is not None:
            self.heading = True
        elif tag == "a" and self.heading:
            found = re.match(r"/papers/([\w.-]+)$", first.get("href", ""))
            self.article["id"] = found and found.group(1)

    def handle_endtag(self, tag):
        if tag == "h3":
            self.heading = False
        elif tag == "article":
            self.article = None

    def handle_data(self, data):
        if self.article is not None:
            self.article["title" if self.heading else "text"] += data


def clean(text):
    """A line as Atom can carry it: white space folded, forbidden characters gone."""
    text = FORBIDDEN.sub("", re.sub("[\v\f]", " ", text))
    return re.sub("[ \t\r\n]+", " ", text).strip(" ")


def when(text):
    """Seconds since 1970 of an RFC 3339 time or a day."""
    if len(text) == 10:
        text += "T00:00:00Z"
    stamp = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(stamp.astimezone(timezone.utc).timestamp())


class Listing:
    """entries: dicts with id, title, published and, unless from_articles, authors and
    summary; in the order of the feed. papers: the data's own."""

    def __init__(self, body):
        reader = Reader()
        reader.feed(body.decode("utf-8", "replace"))
        reader.close()
        try:
            props = json.loads(reader.data or "")
        except ValueError:
            props = {}
        listed = props.get("searchResults", props.get("dailyPapers"))
        self.from_articles = listed is None
        self.papers = listed or []  # as the data has them, in the page's order
        self.ranked = bool(props.get("query")) or props.get("periodType") == "trending"
        day = props.get("date") or (props.get("dateString") if props.get("periodType") == "day" else None)
        self.day = when(day) if day else None
        if self.from_articles:
            self.day = when(reader.time) if reader.time else None
            self.entries = [self.from_article(a) for a in reader.articles if a["id"]]
        else:
            self.entries = [self.entry(e) for e in listed]
        if not self.ranked:
            self.entries.sort(key=lambda e: -e["published"])

    def from_article(self, article):
        said = re.search(r"Published on (\d{4}-\d\d-\d\d)", article["text"])
        return {"id": f"{HOST}/papers/{article['id']}", "title": clean(article["title"]),
                "published": self.day or (when(said.group(1)) if said else 0)}

    def entry(self, entry):
        paper = entry["paper"]
        sent = paper.get("submittedOnDailyAt")
        published = when(sent) if sent else self.day or when(entry["publishedAt"])
        names = (clean(a["name"]) for a in paper["authors"] if not a.get("hidden"))
        return {"id": f"{HOST}/papers/{paper['id']}", "title": clean(entry["title"]),
                "authors": [n for n in names if n], "published": published,
                "summary": paper["summary"], "upvotes": paper["upvotes"],
                "organization": entry.get("organization") or paper.get("organization")}

    @property
    def ids(self):
        return [e["id"] for e in self.entries]

    @property
    def titles(self):
        return [e["title"] for e in self.entries]
