"""Reading feeds back, as readers do and as grammars demand."""

import calendar
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import feedparser

ROOT = Path(__file__).resolve().parents[2]
GRAMMAR = ROOT / "tests/schema/atom.rng"
SECOND_GRAMMAR = ROOT.parent / "shared/schema/atom.rng"  # where it is there
SHARED_PAGES = ROOT.parent / "shared/pages"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def parsed(body):
    """By feedparser, which must find nothing to complain of."""
    feed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def ids(body):
    return [e.findtext("a:id", namespaces=ATOM) for e in tree(body).findall("a:entry", ATOM)]


def titles(body):
    return [e.title for e in parsed(body).entries]


def tree(body):
    return ElementTree.fromstring(body)


def self_link(body):
    return tree(body).find("a:link[@rel='self']", ATOM).get("href")


def seconds(parsed_time):
    return calendar.timegm(parsed_time)


def check_grammar(*files):
    """RFC 4287 by RELAX NG: our grammar, and a second one where it is there."""
    assert GRAMMAR.exists()
    for grammar in (GRAMMAR, SECOND_GRAMMAR):
        if grammar.exists():
            done = subprocess.run(["xmllint", "--noout", "--nonet", "--huge", "--relaxng", grammar,
                                   *files], capture_output=True, text=True)
            assert done.returncode == 0, f"{grammar}: {done.stderr[-3000:]}"
