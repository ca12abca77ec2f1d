#!/usr/bin/env python3
"""Seeds that are better made than kept: seeds.py FOLDER writes FOLDER/TARGET/NAME."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import dialects  # noqa: E402
import layouts  # noqa: E402
import pages  # noqa: E402
import sites  # noqa: E402
import states  # noqa: E402

SMALL = 40000  # bytes; a fuzzer gets nowhere with more


def feeds():
    for name, body in dialects.files():
        yield name, b"\n" + body
    for charset, script in list(dialects.CHARSETS.items())[::4]:
        yield f"header-{charset}", charset.encode() + b"\n" + dialects.encoded("atom10", script, charset, False)


def papers():
    for name, make in pages.PAGES.items():
        body = make()
        if len(body) < SMALL:
            yield name, b"0" + body
    paper = [pages.paper(i, nauthors=2) for i in (2, 4, 7)]
    keys = {"date-string": pages.TODAY, "old": {"date": "2024-08-01T00:00:00.000Z"},
            "search": {"query": {"q": "x"}, "searchResults": paper[:1], **pages.TODAY}}
    for name, more in keys.items():
        yield name, b"1" + pages.page(paper, pages.props_json(paper, more), weight=2)
    yield "api", b"0" + json.dumps(paper).encode()


def recipes():
    """Those that are shipped, each with a page in the structure of its site."""
    root = pathlib.Path(__file__).resolve().parents[2]
    for name, site in sites.SITES.items():
        yield name, (root / "conf" / "sources" / f"{name}.yaml").read_bytes() + b"\n%%\n" + site.body.encode()


def lists():
    for name in layouts.NAMES:
        body = layouts.layout(name).html.encode()
        if len(body) < SMALL // 4:
            yield name, body


def state():
    """The scripts of the pages, and literals of all kinds."""
    for name, make in states.PAGES.items():
        for i, script in enumerate(re.findall("<script[^>]*>(.*?)</script>", make(), re.S)):
            yield f"{name.replace(' ', '-')}-{i}", script.encode()
    yield "literal", b"{a:1,'b':\"c\",d:[!0,void 0,.5,0x1f,],e:new Date(1),f:`x`,g:x=>1,h:/a/}"
    yield "function", b"(function(a,b){a.x=b;a[0]=1;return {y:a,z:[b,b]}}({},\"q\"))"
    yield "flight", states.flight_rows().encode()


def main(folder):
    for target, made in (("discover", lists), ("feed", feeds), ("papers", papers), ("recipe", recipes), ("state", state)):
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        for name, body in made():
            (place / name).write_bytes(body)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
