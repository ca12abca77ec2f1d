"""Layouts whose list stands in data too, or in data alone: JSON-LD, microdata,
microformats, state in scripts and attributes."""
import html
import json

from layouts import HOST, document, each, footer, headlines, layout_of, menu, site


def script(value, kind="application/ld+json", ident=""):
    text = json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
    return f"<script {f'id={ident} ' if ident else ''}type='{kind}'>{text}</script>"


def cards(items):
    return "<div class='list'>" + each(items, lambda i: f"<div class='c'><h3><a href='{i.href}'>{i.t}</a></h3><p>{i.summary}</p></div>") + "</div>"


CRUMBS = {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": [
    {"@type": "ListItem", "position": n, "name": name, "item": HOST + path}
    for n, (name, path) in enumerate([("Home", "/"), ("All sections", "/sections"), ("Recipes", "/recipes")], 1)]}
PAPER = {"@context": "https://schema.org", "@type": "NewsMediaOrganization", "name": "The Example", "url": HOST,
         "sameAs": ["https://social.example.net/a", "https://social.example.net/b", "https://social.example.net/c"]}


@layout_of(12, "/recipes/{slug}", "/recipes")
def jsonld_itemlist(rng, items):
    data = {"@context": "https://schema.org", "@type": "ItemList", "numberOfItems": len(items), "itemListElement": [
        {"@type": "ListItem", "position": i.index + 1, "item": {"@type": "Recipe", "name": i.title, "url": HOST + i.path,
         "image": f"{HOST}/i/{i.number}.jpg", "datePublished": i.iso, "author": {"@type": "Person", "name": i.author}, "description": i.summary}}
        for i in items]}
    return site(rng, cards(items), "Recipes", head=script(PAPER) + script(CRUMBS) + script(data))


@layout_of(10, "/world/{slug}", "/world")
def jsonld_graph(rng, items):
    data = {"@context": "https://schema.org", "@graph": [PAPER, {"@type": "WebSite", "name": "The Example"}, {"@type": "CollectionPage", "name": "World", "hasPart": [
        {"@type": "NewsArticle", "headline": i.title, "url": HOST + i.path, "datePublished": i.iso, "author": [{"@type": "Person", "name": i.author}]} for i in items]}]}
    return site(rng, cards(items), "World", head=script(data))


@layout_of(9, "/local/{slug}", "/local")
def jsonld_each(rng, items):
    return site(rng, "".join(f"<div class='k'>{script({'@context': 'http://schema.org', '@type': 'NewsArticle', 'headline': i.title, 'mainEntityOfPage': {'@type': 'WebPage', '@id': HOST + i.path}, 'url': HOST + i.path, 'datePublished': i.iso})}"
                             f"<a href='{i.href}'>{i.t}</a></div>" for i in items), "Local", head=script(CRUMBS))


@layout_of(11, "/film/{slug}", "/film")
def jsonld_urls_only(rng, items):
    data = {"@context": "https://schema.org", "@type": "ItemList", "itemListElement": [
        {"@type": "ListItem", "position": i.index + 1, "url": HOST + i.path} for i in items]}
    for i in items:
        i.dated = False
    return site(rng, cards(items), "Film", head=script(data))


@layout_of(10, "/diary/{slug}", "/diary")
def microdata(rng, items):
    return site(rng, "<div itemscope itemtype='https://schema.org/Blog'>" + each(items, lambda i: f"""<div itemprop='blogPost' itemscope itemtype='https://schema.org/BlogPosting'>
<a itemprop='url' href='{i.href}'><span itemprop='headline'>{i.t}</span></a><meta itemprop='datePublished' content='{i.iso}'><span itemprop='author' itemscope itemtype='https://schema.org/Person'>
<span itemprop='name'>{i.author}</span></span><div itemprop='description'>{i.summary}</div></div>""") + "</div>", "Diary")


@layout_of(8, "/notes/{slug}", "/notes")
def h_feed(rng, items):
    return site(rng, "<div class='h-feed'><h2 class='p-name'>Notes of a walker</h2>" + each(items, lambda i: f"""<div class='h-entry'><h3 class='p-name'>{i.t}</h3>
<p class='p-summary'>{i.summary}</p><a class='u-url' href='{i.href}'><time class='dt-published' datetime='{i.iso}'>{i.day}</time></a> <a class='p-author h-card' href='/'>{i.author}</a>
<a class='p-category' href='/t/{i.tags[0]}'>{i.tags[0]}</a></div>""") + "</div>", "Notes")


@layout_of(20, "/posts/{slug}", "/")
def next_data(rng, items):
    state = {"props": {"pageProps": {"menu": [{"title": s, "url": "/" + s.lower(), "id": n} for n, s in enumerate(["World", "Culture", "Science", "Sport", "Food"])],
             "posts": [{"_id": i.number, "title": i.title, "href": i.path, "excerpt": i.summary, "publishedAt": i.iso, "author": {"name": i.author, "avatar": "/a.png"},
                        "tags": [{"name": t, "slug": t} for t in i.tags]} for i in items]}, "__N_SSP": True}, "page": "/", "query": {}, "buildId": "x"}
    return document("Posts", "<div id='__next'><div class='spinner'>Loading</div></div>" + script(state, "application/json", "__NEXT_DATA__"))


@layout_of(15, "/threads/{n}", "/threads")
def next_data_rendered(rng, items):
    state = {"props": {"pageProps": {"initial": {"data": {"threads": {"edges": [
        {"node": {"id": str(i.number), "subject": i.title, "createdAt": int(i.when.timestamp()), "replies": i.comments}} for i in items]}}}}}, "buildId": "y"}
    rendered = each(items, lambda i: f"<li><a href='{i.href}'>{i.t}</a> <span>{i.comments} replies</span></li>")
    return document("Threads", f"<div id='__next'><header>{menu(rng)}</header><ul class='threads'>{rendered}</ul>{footer(rng)}</div>" + script(state, "application/json", "__NEXT_DATA__"))


@layout_of(25, "/story/{n}/{slug}", "/latest")
def window_state(rng, items):
    state = {"user": None, "config": {"locales": [{"name": n, "url": "/" + n, "code": n} for n in ("english", "deutsch", "français", "polski")]},
             "feed": {"list": [{"id": i.number, "headline": i.title, "url": HOST + i.path, "teaser": i.summary, "date": i.iso, "image": {"src": f"/i/{i.number}.jpg"}} for i in items], "hasMore": True}}
    return document("Latest", f"<div id='app'></div><script>window.__INITIAL_STATE__ = {json.dumps(state)};</script><script src='/app.js'></script>"
                    "<noscript>Please enable JavaScript to read this site.</noscript>")


@layout_of(14, "/catalogue/{slug}", "/catalogue")
def data_page_attribute(rng, items):
    state = {"component": "Catalogue/Index", "props": {"items": {"data": [{"title": i.title, "link": i.path, "summary": i.summary, "created_at": i.iso} for i in items], "links": {"next": "/catalogue?page=2"}}},
             "url": "/catalogue", "version": "9c"}
    return document("Catalogue", f"<div id='app' data-page='{html.escape(json.dumps(state), quote=True)}'></div>")


@layout_of(12, "/magazine/{slug}", "/magazine")
def state_of_the_menu(rng, items):
    """Data there is, but not of the list."""
    state = {"nav": [{"title": t, "url": u} for t, u in headlines(rng, 8)], "flags": {"dark": True}}
    return site(rng, "<div class='issue'>" + each(items, lambda i: f"""<div class='piece'><a class='piece-link' href='{i.href}'><h3>{i.t}</h3></a><p>{i.summary}</p><p class='piece-date'>{i.day}</p></div>""") +
                "</div>" + script(state, "application/json", "site-nav"), "Magazine", head=script(PAPER) + script(CRUMBS))
