#!/usr/bin/env python3
"""Seeds that are better made than kept: seeds.py FOLDER writes FOLDER/TARGET/NAME."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import dialects  # noqa: E402
import pages  # noqa: E402

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


def recipes():
    """The recipes of conf/sources, where they are there, each with a page that is none of theirs."""
    root = pathlib.Path(__file__).resolve().parents[2]
    for file in sorted((root / "conf" / "sources").glob("*.yaml")):
        yield file.stem, file.read_bytes() + b"\n%%\n<html><body><ul><li><a href=/1>one</a></ul></body></html>"


def main(folder):
    for target, made in (("feed", feeds), ("papers", papers), ("recipe", recipes)):
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        for name, body in made():
            (place / name).write_bytes(body)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
