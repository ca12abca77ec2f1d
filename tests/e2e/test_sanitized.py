"""What becomes of attacks, by the word of a real browser: nothing of them runs, nothing that could is
in its tree, every address is absolute, also when the browser writes and reads it once more."""

import html
import json
import re
import subprocess

import harness
import pytest
from harness import ROOT, run
from test_browser import CHROMIUM, browser, needs_chromium

FEED = "https://page.test/news/feed.xml"
MORE = [  # what the list of the unit tests has in pieces, whole
    '<p onclick="steal()">x</p>', "<a href=\"JaVa\tScRiPt:steal()\">x</a>", "<a href='data:text/html,<script>steal()</script>'>x</a>",
    "<img src=/relative.png srcset='a.png 1x, //cdn.test/b.png 2x'>", "<a href='../up?x=1#y'>x</a>",
    "<iframe src=x></iframe><form><input></form><style>p{}</style><script>steal()</script>"]


def attacks():
    """The strings of tests/unit/feed/html/attacks.h, as C reads them."""
    text = (ROOT / "tests/unit/feed/html/attacks.h").read_text()
    text = re.sub(r"/\*.*?\*/", "", text[text.index("attacks[] = {"):], flags=re.S)
    for group in re.findall(r'((?:"(?:[^"\\]|\\.)*"\s*)+)', text):
        pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', group)
        raw = b"".join(p.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1") for p in pieces)
        yield raw.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def cleaned():
    """[(attack, what stands in the feed)], through an RSS feed as it would come."""
    every = [*attacks(), *MORE]
    items = "".join(f"<item><guid isPermaLink='false'>{i}</guid><title>{i}</title><description>"
                    f"{html.escape('<p>' + a.replace(chr(0), ''))}</description></item>" for i, a in enumerate(every))
    done = run("convert", "-s", "feed", "-u", FEED, "-f", "json",
               stdin=f"<rss><channel><title>t</title>{items}</channel></rss>".encode())
    assert (done.returncode, done.stderr) == (0, "")
    made = {int(i["title"]): i.get("content_html", "") for i in json.loads(done.stdout)["items"]}
    assert len(made) == len(every) > 200
    return [(a, made[i]) for i, a in enumerate(every)]


JUDGE = """
function steal() { document.title = 'stolen'; }
const gone = %s.split(' '), addresses = ['href', 'src', 'poster', 'cite'];
const schemes = ['http:', 'https:', 'mailto:', 'tel:', 'ftp:'], found = [];
function address(e, value) {
  let url;
  try { url = new URL(value); } catch (none) { return found.push('not absolute: ' + e.outerHTML); }
  if (!schemes.includes(url.protocol)) found.push('of another scheme: ' + e.outerHTML);
}
function judge(box) {
  for (const e of box.querySelectorAll('*')) {
    if (gone.includes(e.localName) || e.namespaceURI !== 'http://www.w3.org/1999/xhtml') found.push(e.outerHTML);
    for (const a of e.attributes) {
      if (/^on|^style$|^id$|^class$|^name$|^action|^formaction|^ping$|:/i.test(a.name)) found.push(e.outerHTML);
      if (addresses.includes(a.name)) address(e, a.value);
      if (a.name === 'srcset') for (const one of a.value.split(', ')) address(e, one.trim().split(' ')[0]);
    }
  }
}
addEventListener('load', () => setTimeout(() => {
  const boxes = [...document.querySelectorAll('body > section > div')];
  for (let round = 0; round < 3; round++)
    for (const box of boxes) { judge(box); box.innerHTML = box.innerHTML; }
  document.getElementById('verdict').textContent =
    JSON.stringify({boxes: boxes.length, title: document.title, found: [...new Set(found)]});
}, 500));
"""
GONE = ("script style iframe frame frameset object embed applet param form input button select option textarea keygen "
        "meta base link svg math template noscript dialog portal title head plaintext xmp noembed noframes marquee")


def verdict(folder, contents):
    """What the browser finds of these fragments."""
    folder.mkdir()
    boxes = "\n".join(f"<div>{c}</div>" for c in contents)
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>fine</title><script>{JUDGE % json.dumps(GONE)}</script>"
                    f"<pre id=verdict></pre><section>{boxes}</section>")
    command = browser(folder, "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=10000")
    done = subprocess.run([*command[:-1], page.as_uri()], capture_output=True, text=True, timeout=3 * harness.PATIENCE)
    said = re.search(r'<pre id="verdict">(.*?)</pre>', done.stdout, re.S)
    assert said and said.group(1), done.stderr[-2000:]
    return json.loads(html.unescape(said.group(1)))


@needs_chromium
def test_a_browser_finds_nothing(cleaned, tmp_path):
    said = verdict(tmp_path / "clean", [c for _, c in cleaned])
    assert said == {"boxes": len(cleaned), "title": "fine", "found": []}


@needs_chromium
def test_it_would_find_something(cleaned, tmp_path):
    """The same judge on attacks as they came."""
    bad = ["<img src=x onerror=steal()>", "<a href=relative>x</a>", "<a href='javascript:steal()'>x</a>", "<svg></svg>",
           "<p style='x:y'>z</p>"]
    said = verdict(tmp_path / "bad", bad)
    assert said["title"] == "stolen" and len(said["found"]) >= len(bad)


def test_what_was_no_attack_is_still_there(cleaned):
    """Text beside an attack, links and images with their addresses made absolute."""
    after = dict(cleaned)
    assert after[MORE[3]] == ('<p><img src="https://page.test/relative.png" '
                              'srcset="https://page.test/news/a.png 1x, https://cdn.test/b.png 2x"></p>')
    assert after[MORE[4]] == '<p><a href="https://page.test/up?x=1#y">x</a></p>'
    assert after[MORE[0]] == "<p></p><p>x</p>"
