"""Broken HTML of the kinds that html5lib's tree-construction tests consist of, generated."""
import random

BLOCKS = "div p section ul ol li dl dt dd h1 h2 blockquote pre address center article main".split()
INLINE = "a b i em strong font code s u nobr small big tt span".split()
TABLE = "table tbody thead tfoot tr td th caption colgroup col".split()
TEXTS = ["x", " ", "y z", "\n", "1", "&amp;", " w "]


def tag(rng, names, share=3):
    name = rng.choice(names)
    return f"</{name}>" if rng.randrange(share) == 0 else f"<{name}>"


def soup(rng, names, length=9, share=3):
    parts = []
    for _ in range(rng.randrange(3, length)):
        parts.append(rng.choice(TEXTS) if rng.randrange(3) == 0 else tag(rng, names, share))
    return "".join(parts)


def attributes(rng, names):
    atts = ["", " id=a", " class='b c'", " href=x", ' title="&lt;"', " a=1 a=2", " checked", " x=y/"]
    return "".join(f"<{rng.choice(names)}{rng.choice(atts)}>{rng.choice(TEXTS)}" for _ in range(4))


def adoption(rng):
    return soup(rng, INLINE + ["p", "div"], 10, 2)


def nested_links(rng):
    return soup(rng, ["a", "a", "p", "div", "b", "table", "td"], 9)


def blocks(rng):
    return soup(rng, BLOCKS, 9)


def lists(rng):
    return soup(rng, ["ul", "ol", "li", "li", "dl", "dt", "dd", "div", "p", "b"], 10)


def tables(rng):
    return "<table>" + soup(rng, TABLE, 9)


def fostered(rng):
    return "<table>" + soup(rng, TABLE + ["p", "b", "div", "a", "input", "select"], 9)


def forms(rng):
    return soup(rng, ["form", "form", "input", "button", "p", "textarea", "label", "div", "table", "td"], 9).replace("<textarea>", "<textarea>t</textarea>")


def selects(rng):
    return "<select>" + soup(rng, ["option", "optgroup", "select", "p", "input", "table", "tr"], 8)


def headings(rng):
    return soup(rng, ["h1", "h2", "h3", "p", "b", "div"], 9)


def heads(rng):
    names = ["head", "title", "meta", "link", "style", "script", "body", "p", "base", "html", "noscript"]
    out = soup(rng, names, 8)
    for name in ("title", "style", "script"):
        out = out.replace(f"<{name}>", f"<{name}>t</{name}>")
    return out


def bodies(rng):
    return soup(rng, ["html", "body", "head", "p", "div", "b"], 9, 2)


def comments(rng):
    return "".join(rng.choice(["<!-- c -->", "<!-->", "<!--->", "<!-- a -- b -->", "<?x y>", "</ z>", "<!x>", "<p>", "</p>", "x", "<!-- a --!>", "<![CDATA[x]]>"]) for _ in range(6))


def doctypes(rng):
    kinds = ["<!DOCTYPE html>", "<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN' 'http://www.w3.org/TR/html4/strict.dtd'>", "<!DOCTYPE>",
             "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 3.2//EN'>", "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x'>", ""]
    return rng.choice(kinds) + "<p>a<table><tr><td>b" + soup(rng, ["p", "table", "tr", "td"], 5)


def raws(rng):
    return "".join(rng.choice(["<script>a<b</script>", "<style><p></style>", "<title>a<b></title>", "<textarea>\n<p></textarea>", "<xmp><b></xmp>",
                               "<iframe><p></iframe>", "<noembed><p></noembed>", "<script><!--<script></script>--></script>", "<p>", "</p>", "x"])
                   for _ in range(5))


def svg(rng):
    return soup(rng, ["svg", "g", "path", "desc", "title", "foreignObject", "p", "b", "div", "a"], 9).replace("<path>", "<path/>")


def mathml(rng):
    return "<math>" + soup(rng, ["mi", "mo", "mrow", "mtext", "annotation-xml", "p", "b", "svg", "math", "mglyph"], 8)


def voids(rng):
    return soup(rng, ["br", "hr", "img", "input", "wbr", "embed", "p", "image", "area", "param", "b"], 9)


def ruby(rng):
    return "<ruby>" + soup(rng, ["rt", "rp", "ruby", "b", "p"], 8)


def objects(rng):
    return soup(rng, ["object", "applet", "marquee", "button", "b", "p", "a", "div"], 9)


def framesets(rng):
    return soup(rng, ["frameset", "frame", "frameset", "frame", "noframes", "html"], 7).replace("<noframes>", "<noframes>t</noframes>")


def pres(rng):
    return rng.choice(["<pre>\n", "<listing>\n\n", "<pre>x\n"]) + soup(rng, ["pre", "p", "b", "plaintext"], 6)


KINDS = {f.__name__: f for f in (adoption, nested_links, blocks, lists, tables, fostered, forms, selects, headings, heads, bodies, comments,
                                 doctypes, raws, svg, mathml, voids, ruby, objects, framesets, pres)}
KINDS["attributes"] = lambda rng: attributes(rng, BLOCKS + INLINE)


def fragments(count, seed=1):
    """(kind, HTML) pairs, the kinds in turn."""
    rng = random.Random(seed)
    names = sorted(KINDS)
    return [(names[i % len(names)], KINDS[names[i % len(names)]](rng)) for i in range(count)]
