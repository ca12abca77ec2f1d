#!/usr/bin/env python3
"""Feeds for the tests: one list of items in every dialect that feeds are written in, in many
charsets, and broken in the ways that feeds are broken. Every text is invented here; the same call
gives the same bytes.

    import dialects
    dialects.document("rss20", "cyrillic")                  the text
    dialects.encoded("atom10", "japan", "shift_jis")        its bytes, which say so
    dialects.broken("entities", "rss20")                    bytes, and what to expect of them
    dialects.ITEMS["west"]                                  what a reader should get
    dialects.bulk("rss20", 1 << 20)                         the text of a feed of that size

    dialects.py FOLDER                                      writes one file for each
"""
import html
import json
import pathlib
import random
import re
import sys
from email.utils import formatdate
from time import gmtime, strftime

HOST = "https://feed.test"
FEED = f"{HOST}/dir/feed.xml"  # where the document is from
DAY = 1785801600  # 2026-08-04

# Titles by script, and the charsets that can write them.
TEXTS = {
    "plain": ("Plain words", "A & B < C > D", "It's \"quoted\""),
    "west": ("Café crème", "Größe & Maß", "Señor Ñandú"),
    "euro": ("Fünf € pro Stück", "“Quotes” – and dashes", "L’été à Paris"),
    "east": ("Żółć i gęś", "Příliš žluťoučký kůň", "Őrült & tűz"),
    "cyrillic": ("Привет, мир", "Новости & статьи", "Ёж и щука"),
    "greek": ("Καλημέρα κόσμε", "Άρθρα & νέα", "Ωραία"),
    "turkish": ("Günaydın dünya", "İğne & iplik", "Şişli"),
    "japan": ("日本語の記事", "新しい & 古い", "カタカナ"),
    "china": ("中文新闻", "今天 & 明天", "你好世界"),
    "taiwan": ("中文新聞", "今天 & 明天", "臺灣"),
    "korea": ("한국어 기사", "오늘 & 내일", "안녕하세요"),
    "beyond": ("🧠 Ideas 世界", "Ёлки & عربى", "𝒳 marks"),
}
CHARSETS = {  # as Python and as a document names it
    "utf-8": "beyond", "utf-16": "beyond", "utf-16-le": "japan", "utf-16-be": "cyrillic",
    "iso-8859-1": "west", "iso-8859-15": "west", "windows-1252": "euro", "iso-8859-2": "east",
    "windows-1250": "east", "iso-8859-5": "cyrillic", "windows-1251": "cyrillic", "koi8-r": "cyrillic",
    "iso-8859-7": "greek", "iso-8859-9": "turkish", "shift_jis": "japan", "euc-jp": "japan",
    "iso-2022-jp": "japan", "gb2312": "china", "gbk": "china", "gb18030": "china", "big5": "taiwan",
    "euc-kr": "korea", "us-ascii": "plain",
}


def items(script):
    made = []
    for i, title in enumerate(TEXTS[script]):
        made.append({
            "title": title, "link": f"{HOST}/posts/{i}?a=1&b={i}", "id": f"tag:feed.test,2026:{i}",
            "html": f"<p>{html.escape(title, quote=False)} <b>no {i}</b> <a href=\"/more/{i}\">more</a></p>",
            "author": f"{title.split()[0].strip('“”&')} Writer", "category": f"topic {i}",
            "published": DAY - 86400 * i, "updated": DAY - 86400 * i + 3600})
    return made


ITEMS = {script: items(script) for script in TEXTS}


def rfc822(t):
    return formatdate(t, usegmt=True)


def iso(t):
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(t))


def tag(name, text, attributes=""):
    return f"<{name}{attributes}>{html.escape(text, quote=False)}</{name}>"


def declaration(charset):
    return f'<?xml version="1.0" encoding="{charset}"?>\n' if charset else ""


# -- RSS --

def rss_item(item, encoded=False, dates="pubDate", dc=False, guid=True, old=False):
    parts = [tag("title", item["title"]), tag("link", item["link"])]
    if encoded:
        parts.append(f"<content:encoded><![CDATA[{item['html']}]]></content:encoded>")
    else:
        parts.append(tag("description", item["html"]))
    if guid:
        parts.append(tag("guid", item["id"], ' isPermaLink="false"'))
    if dates:
        parts.append(tag(dates, rfc822(item["published"]) if dates == "pubDate" else iso(item["published"])))
    if dc:
        parts += [tag("dc:creator", item["author"]), tag("dc:subject", item["category"])]
    elif not old:
        parts += [tag("author", f"w@feed.test ({item['author']})"), tag("category", item["category"])]
    return "\n".join(parts)


def rss(version, body_items, spaces=""):
    return (f'<rss version="{version}"{spaces}><channel>\n<title>The feed</title>\n<link>{HOST}/</link>\n'
            "<description>What it is</description>\n"
            + "".join(f"<item>\n{i}\n</item>\n" for i in body_items) + "</channel></rss>\n")


DC = ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
CONTENT = ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
RDF = ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


def rdf(body_items, namespace, spaces, about):
    ids = "".join(f'<rdf:li rdf:resource="{html.escape(i["link"])}"/>' for i in body_items)
    head = (f'<rdf:RDF xmlns="{namespace}"{RDF}{spaces}>\n<channel{f" rdf:about={chr(34)}{HOST}/{chr(34)}" if about else ""}>'
            f"<title>The feed</title><link>{HOST}/</link><description>What it is</description>"
            + (f"<items><rdf:Seq>{ids}</rdf:Seq></items>" if about else "") + "</channel>\n")
    made = "".join(
        (f'<item rdf:about="{html.escape(i["id"])}">\n' if about else "<item>\n")
        + rss_item(i, dates="dc:date" if about else None, dc=about, guid=False, old=True) + "\n</item>\n"
        for i in body_items)
    return head + made + "</rdf:RDF>\n"


# -- Atom --

def atom_entry(item, prefix="", how="html", old=False):
    p = prefix
    person = f"<{p}author>{tag(p + 'name', item['author'])}</{p}author>"
    link = f'<{p}link rel="alternate" type="text/html" href="{html.escape(item["link"])}"/>'
    if how == "xhtml":
        content = (f'<{p}content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{item["html"]}</div></{p}content>')
    else:
        kind = ' type="text/html" mode="escaped"' if old else ' type="html"'
        content = tag(p + "content", item["html"], kind)
    first, last = ("issued", "modified") if old else ("published", "updated")
    return (f"<{p}entry>\n{tag(p + 'title', item['title'])}\n{link}\n{tag(p + 'id', item['id'])}\n"
            f"{tag(p + first, iso(item['published']))}\n{tag(p + last, iso(item['updated']))}\n"
            f"{person}\n<{p}category term=\"{item['category']}\"/>\n{content}\n</{p}entry>\n")


def atom(body_items, prefix="", how="html", old=False):
    p, space = prefix, "http://purl.org/atom/ns#" if old else "http://www.w3.org/2005/Atom"
    named = f"xmlns:{p[:-1]}" if p else "xmlns"
    about = tag(p + ("tagline" if old else "subtitle"), "What it is")
    return (f'<{p}feed {named}="{space}"{" version=" + chr(34) + "0.3" + chr(34) if old else ""}>\n'
            f"{tag(p + 'title', 'The feed')}<{p}link rel=\"alternate\" href=\"{HOST}/\"/>{about}"
            f"{tag(p + 'id', 'tag:feed.test,2026:feed')}{tag(p + ('modified' if old else 'updated'), iso(DAY))}\n"
            + "".join(atom_entry(i, p, how, old) for i in body_items) + f"</{p}feed>\n")


# -- JSON Feed --

def json_feed(body_items, version):
    def one(i):
        who = {"name": i["author"]}
        return {"id": i["id"], "url": i["link"], "title": i["title"], "content_html": i["html"],
                "date_published": iso(i["published"]), "date_modified": iso(i["updated"]), "tags": [i["category"]],
                **({"authors": [who]} if version == "1.1" else {"author": who})}
    return json.dumps({"version": f"https://jsonfeed.org/version/{version}", "title": "The feed",
                       "home_page_url": f"{HOST}/", "description": "What it is",
                       "items": [one(i) for i in body_items]}, ensure_ascii=False, indent=1)


# What each dialect cannot say is not to be expected of it.
DIALECTS = {
    "rss090": lambda i: rdf(i, "http://my.netscape.com/rdf/simple/0.9/", "", False),
    "rss091": lambda i: rss("0.91", [rss_item(x, dates=None, guid=False, old=True) for x in i]),
    "rss092": lambda i: rss("0.92", [rss_item(x, guid=False) for x in i]),
    "rss093": lambda i: rss("0.93", [rss_item(x, guid=False) for x in i]),
    "rss10": lambda i: rdf(i, "http://purl.org/rss/1.0/", DC, True),
    "rss20": lambda i: rss("2.0", [rss_item(x) for x in i]),
    "rss20-content": lambda i: rss("2.0", [rss_item(x, encoded=True, dc=True) for x in i], DC + CONTENT),
    "rss20-dates": lambda i: rss("2.0", [rss_item(x, dates="dc:date", dc=True) for x in i], DC),
    "rss20-namespaced": lambda i: rss("2.0", [rss_item(x) for x in i],
                                      ' xmlns="http://backend.userland.com/rss2"'),
    "atom03": lambda i: atom(i, old=True),
    "atom10": lambda i: atom(i),
    "atom10-xhtml": lambda i: atom(i, how="xhtml"),
    "atom10-prefix": lambda i: atom(i, prefix="a:"),
    "json10": lambda i: json_feed(i, "1"),
    "json11": lambda i: json_feed(i, "1.1"),
}
LACKS = {"rss090": {"id", "published", "author", "category"}, "rss091": {"id", "published", "author", "category"},
         "rss092": {"id"}, "rss093": {"id"}}


def document(dialect, script="plain", charset=None):
    text = DIALECTS[dialect](ITEMS[script])
    return text if dialect.startswith("json") else declaration(charset) + text


def encoded(dialect, script, charset, says=True):
    """The bytes; UTF-16 begins with its mark, the two that say an order do not."""
    return document(dialect, script, (charset if says else None)).encode(charset)


# -- broken --

def no_end(text):
    return text[:text.rindex("</item>" if "</item>" in text else "</entry>") + 8]


DAMAGE = {  # name: what is done to the document of the script "plain"
    "space": lambda t: "\n\n  " + t,
    "warning": lambda t: "<br />\n<b>Warning</b>: deprecated in /srv/feed.php on line 3<br />\n" + t,
    "ampersands": lambda t: t.replace("&amp;", "&"),
    "entities": lambda t: t.replace("Plain words", "Plain&nbsp;words &hellip; caf&eacute; &unknown;"),
    "no-end": no_end,
    "junk-after": lambda t: t + "<!-- made in 0.1 s --><script>x()</script>",
    "controls": lambda t: t.replace("Plain words", "Plain\x08 wor\x00ds"),
    "case": lambda t: t.replace("<title>", "<Title>").replace("</title>", "</TITLE>"),
    "unknown-prefix": lambda t: t.replace("<title>Plain", "<x:y><z>1</z></x:y><title>Plain"),
    "two-roots": lambda t: t + t,
    "doctype": lambda t: '<!DOCTYPE rss [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]>' + t,
    "mismatch": lambda t: t.replace("</title>", "</titel></title>", 2),
    "quotes": lambda t: re.sub('="([^"<>]*)"', r"= \n'\1'", t),
}
DAMAGED = ("rss20", "rss10", "atom10")


def broken(damage, dialect):
    return DAMAGE[damage](document(dialect)).encode("utf-8")


# -- big ones, for the bench --

WORDS = ("the of a harbour lantern recipe small letter between reader because river would again paper without "
         "summer always “quoted” café — number twelve bread & salt after evening nobody under station").split()


def prose(rng, count):
    return " ".join(WORDS[int(rng.random() * len(WORDS))] for _ in range(count))


def article(rng, i, size):
    """HTML as people publish it: paragraphs with links, an image, a list, a line of code."""
    parts, length = [], 0
    while length < size:
        text = html.escape(prose(rng, 45), quote=False)
        kind = int(rng.random() * 8)
        if kind == 0:
            parts.append(f'<figure><img src="/img/{i}.jpg" alt="A picture" width="640" height="480" class="wide"/>'
                         f"<figcaption>{html.escape(prose(rng, 6), quote=False)}</figcaption></figure>")
        elif kind == 1:
            parts.append("<ul>" + "".join(f"<li>{html.escape(prose(rng, 7), quote=False)}</li>" for _ in range(4)) + "</ul>")
        elif kind < 5:
            parts.append(f'<p style="margin:0">{text} <a href="{HOST}/tag/{kind}?page={i}&amp;x=1" rel="tag">'
                         f"more of it</a> and <em>so on</em>.</p>")
        else:
            parts.append(f"<p>{text}</p>")
        length += len(parts[-1]) + 1
    return "\n".join(parts)


def bulk(dialect, size, per=4000):
    """About so many bytes, each item with about `per` of HTML."""
    rng, made = random.Random(7), []
    for i in range(max(1, size // (per * 5 // 4 + 400))):
        title = prose(rng, 7)
        made.append({"title": title, "link": f"{HOST}/posts/{i}", "id": f"{HOST}/posts/{i}", "html": article(rng, i, per),
                     "author": prose(rng, 2), "category": WORDS[i % len(WORDS)],
                     "published": DAY - 3600 * i, "updated": DAY - 3600 * i + 60})
    text = DIALECTS[dialect](made)
    return text if dialect.startswith("json") else declaration("utf-8") + text


def files():
    for dialect in DIALECTS:
        yield dialect, document(dialect, "beyond", "utf-8").encode()
    for charset, script in CHARSETS.items():
        yield f"charset-{charset}", encoded("rss20", script, charset)
    for damage in DAMAGE:
        yield f"broken-{damage}", broken(damage, "rss20")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files():
        (folder / file).write_bytes(content)
