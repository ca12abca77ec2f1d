#!/usr/bin/env python3
"""A source for feedmill: the rows of a page's largest HTML table.

    table.py --title 2 [--date 1] [--summary 3] [--author 4] < page.html

Columns count from 1. A row needs a title and a link, the first in the title's
cell or else in the row. The page comes on standard input; entries go to standard
output, one JSON object a line, as examples/exec/README.md says. Standard library only.
"""

import argparse
import json
import os
import sys
from html.parser import HTMLParser


class Tables(HTMLParser):
    """Every table as rows of (text, first link) cells; tables inside of others are theirs."""

    def __init__(self):
        super().__init__()
        self.tables, self.open, self.title, self.in_title = [], [], "", False

    def handle_starttag(self, tag, attrs):
        if tag == "title":
            self.in_title = True
        elif tag == "table":
            self.tables.append([])
            self.open.append(self.tables[-1])
        elif tag == "tr" and self.open:
            self.open[-1].append([])
        elif tag == "td" and self.open and self.open[-1]:
            self.open[-1][-1].append(["", None])
        elif tag == "a" and self.cell() and not self.cell()[1]:
            self.cell()[1] = dict(attrs).get("href")

    def handle_endtag(self, tag):
        if tag == "title":
            self.in_title = False
        elif tag == "table" and self.open:
            self.open.pop()

    def handle_data(self, data):
        if self.in_title:
            self.title += data
        elif self.cell():
            self.cell()[0] += data

    def cell(self):
        row = self.open[-1][-1] if self.open and self.open[-1] else None
        return row[-1] if row else None


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("--title", type=int, required=True)
    for name in ("date", "summary", "author"):
        args.add_argument(f"--{name}", type=int)
    args = args.parse_args()

    page = sys.stdin.buffer.read().decode(os.environ.get("FEEDMILL_CHARSET", "utf-8"), "replace")
    tables = Tables()
    tables.feed(page)
    if not tables.tables:
        sys.exit("there is no table on the page")

    if tables.title.strip():
        print(json.dumps({"feed": {"title": " ".join(tables.title.split())}}))
    for row in max(tables.tables, key=len):
        def text(column):
            return " ".join(row[column - 1][0].split()) if column and column <= len(row) else ""

        links = [row[args.title - 1][1]] if args.title <= len(row) else []
        link = next((href for href in links + [cell[1] for cell in row] if href), None)
        if not text(args.title) or not link:
            continue  # a heading
        entry = {"title": text(args.title), "link": link}
        for member, column in (("published", args.date), ("summary", args.summary),
                               ("authors", args.author)):
            if text(column):
                entry[member] = text(column)
        print(json.dumps(entry))


main()
