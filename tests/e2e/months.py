"""Months of a listing that goes by: a page for each of its days, and what a
reader who follows archives gets."""

import datetime

import feeds
import origin as o
import pages
from harness import until

FH = {"fh": "http://purl.org/syndication/history/1.0"}


def date_of(text):
    return datetime.date.fromisoformat(text)


def entries_of(date, count, first=0):
    """What the listing shows on a day: papers with ids of their own."""
    number = (date - datetime.date(2020, 1, 1)).days * 50 + first
    return [pages.paper(number + k, date.isoformat(),
                        pid=f"{date:%y%m}.{date.day * 1000 + first + k:05d}", nauthors=2)
            for k in range(count)]


def page_of(date, entries, before=None, after=None, kind="day"):
    named = [d.isoformat() if d else None for d in (before, after)]
    return pages.page(entries, pages.props_json(entries, pages.period(kind, date.isoformat(), *named)))


def ids_of(entries):
    return [f"{pages.HOST}/papers/{e['paper']['id']}" for e in entries]


class Months:
    """Days from `first` on, `step` days apart, each of `count` papers that no other
    day has. `mills` are asked until they have taken each day in."""

    def __init__(self, origin, first="2024-03-04", step=3, count=8, path="/papers"):
        self.origin, self.path = origin, path
        self.next, self.step, self.count = date_of(first), datetime.timedelta(step), count
        self.seen = []  # the JSON of every entry so far

    def go_on(self, mill, targets, days=1):
        """The page moves on by so many days, each of which every target must show."""
        for _ in range(days):
            entries = entries_of(self.next, self.count)
            kind = "trending" if self.path.endswith("/trending") else "day"
            self.origin.set(self.path, o.page(page_of(self.next, entries, kind=kind)))
            self.seen += entries
            self.next += self.step
            for target in targets:
                newest = ids_of(entries)[0].encode()
                until(lambda t=target: newest in mill.get(t).body, f"{newest} in {target}")

    @property
    def ids(self):
        return ids_of(self.seen)


def link(body, rel):
    found = [e.get("href") for e in feeds.tree(body).findall("a:link", feeds.ATOM)
             if e.get("rel") == rel]
    assert len(found) <= 1, found
    return found[0] if found else None


def local(mill, address):
    assert address.startswith(mill.url + "/"), address
    return address[len(mill.url):]


def walk(mill, target):
    """[(target, Answer)] from a feed back through its archives, as RFC 5005 has it."""
    documents = []
    while target:
        assert target not in [t for t, _ in documents], f"{target} twice"
        answer = mill.get(target)
        assert answer.status == 200, (target, answer)
        documents.append((target, answer))
        before = link(answer.body, "prev-archive")
        target = before and local(mill, before)
    return documents


def walked_ids(documents):
    return [i for _, answer in documents for i in feeds.ids(answer.body)]
