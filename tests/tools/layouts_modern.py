"""Layouts of today: grids, cards, utility and hashed classes, custom elements."""
from layouts import ADJECTIVES, SECTIONS, THINGS, ad, document, each, footer, headlines, layout_of, menu, pages, site


def hashed(rng, word=""):
    """A class as bundlers make them: PostCard_title__3xK9b, css-1q2w3e."""
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGH0123456789"
    code = "".join(rng.pick(letters) for _ in range(5))
    return f"{word}__{code}1" if word else f"css-{code.lower()}{rng.below(9)}"


@layout_of(18, "/news/{slug}-{n}", "/news")
def news_grid(rng, items):
    cards = each(items, lambda i: f"""<div class='grid__cell'><div class='teaser teaser--{'large' if i.index < 2 else 'small'}'>
<a class='teaser__media' href='{i.href}' tabindex='-1'><img class='teaser__image' src='/img/{i.number}.jpg' alt=''></a><div class='teaser__body'>
<a class='teaser__kicker' href='/{i.section.lower()}'>{i.section}</a><h3 class='teaser__headline'><a href='{i.href}'>{i.t}</a></h3>
<p class='teaser__text'>{i.summary}</p><time class='teaser__time' datetime='{i.iso}'>{i.ago}</time></div></div></div>""")
    related = "<section class='related'><h2>You may also like</h2>" + "".join(
        f"<div class='teaser teaser--mini'><h3 class='teaser__headline'><a href='{u}'>{t}</a></h3></div>" for t, u in headlines(rng, 6)) + "</section>"
    return site(rng, f"<div class='grid'>{cards}</div>{ad()}{related}", "News")


@layout_of(20, "/jobs/{n}/{slug}", "/jobs")
def job_board(rng, items):
    rows = each(items, lambda i: f"""<li class='{'feature' if i.index < 3 else ''}'><a href='{i.href}'><span class='company'>{rng.pick(['Acme', 'Globex', 'Initech'])} {i.index}</span>
<span class='title'>{i.t}</span><span class='region company'>{rng.pick(['Anywhere', 'Europe', 'Oslo'])}</span><span class='date'><time datetime='{i.iso}'>{i.when.strftime('%b')}
{i.when.day}</time></span></a><div class='tooltip'><a href='/company/{rng.below(99)}'>View company profile</a></div></li>""")
    return site(rng, f"<section class='jobs' id='category-2'><article><h2><a href='/categories/dev'>Development jobs</a></h2><ul>{rows}"
                "<li class='view-all'><a href='/categories/dev/all'>View all 143 development jobs</a></li></ul></article></section>", "Jobs")


@layout_of(24, "/product/{slug}", "/shop")
def product_grid(rng, items):
    for i in items:
        i.dated = False
        i.title = " ".join(i.title.split()[:3])
        i.title += f" no. {i.index + 7}"
    cards = each(items, lambda i: f"""<li class='product type-product post-{i.number}'><a href='{i.href}' class='woocommerce-LoopProduct-link'><img src='/p/{i.number}.jpg' alt=''>
<h2 class='woocommerce-loop-product__title'>{i.t}</h2><span class='price'><bdi>€{i.comments + 9}.90</bdi></span></a><a href='/shop?add-to-cart={i.number}' class='button
add_to_cart_button' rel='nofollow'>Add to basket</a></li>""")
    filters = "<div class='filter'><h4>Brand</h4><ul>" + "".join(f"<li><a href='/shop?brand={n}'>Brand number {n}</a> <span>({n * 3})</span></li>" for n in range(1, 25)) + "</ul></div>"
    return site(rng, f"<ul class='products columns-4'>{cards}</ul>{pages('/shop/page/')}", "Shop", filters)


@layout_of(16, "/photo/{n}", "/gallery")
def gallery(rng, items):
    for i in items:
        i.dated = False
    return site(rng, "<div class='gallery'>" + each(items, lambda i: f"""<figure class='shot'><a href='{i.href}'><img src='/t/{i.number}.jpg' alt='' loading='lazy'></a>
<figcaption>{i.t}</figcaption><div class='by'>by <a href='/people/{rng.below(40)}'>{i.author}</a></div></figure>""") + "</div>", "Gallery")


@layout_of(10, "/owner/tool/releases/tag/v{n}", "/owner/tool/releases")
def releases(rng, items):
    for i in items:
        i.title = f"v{5 - i.index // 4}.{9 - i.index % 4}.{rng.below(4)}: {i.title.lower()}" if i.index % 3 else f"v{5 - i.index // 4}.{9 - i.index % 4}.0"
        while sum(o.title == i.title for o in items) > 1:
            i.title += ".1"
    out = each(items, lambda i: f"""<section aria-labelledby='hd-{i.number}'><h2 class='sr-only' id='hd-{i.number}'>{i.t}</h2><div class='d-flex flex-column flex-md-row'>
<div class='col-md-2'><relative-time datetime='{i.iso}'>{i.us_day}</relative-time><div><a href='/{i.author.split()[0].lower()}'><img class='avatar' src='/u.png' alt='@x'></a>
<a href='/owner/tool/tree/v{i.number}' class='Link'><span>v{i.number}</span></a> <a href='/owner/tool/commit/{i.number}abc' class='Link'><code>{i.number}a</code></a></div></div>
<div class='col-md-9'><div class='Box'><div class='Box-body'><div class='d-flex'><span class='f1 text-bold'><a href='{i.href}' class='Link--primary Link'>{i.t}</a></span></div>
<div class='markdown-body'><h3>What changed</h3><ul>{''.join(f"<li>{rng.pick(['fix', 'add', 'drop'])} {t} by <a class='user-mention' href='/{t}'>@{t}</a> in <a href='/owner/tool/pull/{rng.below(999)}'>#{rng.below(999)}</a></li>" for t in i.tags)}</ul>
<p><strong>Full changelog</strong>: <a href='/owner/tool/compare/a...v{i.number}'><tt>a...v{i.number}</tt></a></p></div></div><div class='Box-footer'><details><summary>Assets</summary>
<ul><li><a href='/owner/tool/releases/download/v{i.number}/tool.tar.gz'>tool.tar.gz</a></li><li><a href='/owner/tool/archive/v{i.number}.zip'>Source code (zip)</a></li></ul></details></div></div></div></div></section>""")
    tabs = "<nav class='UnderlineNav'><ul>" + "".join(f"<li><a href='/owner/tool/{t}'>{t}</a></li>" for t in ("code", "issues", "pulls", "actions", "wiki")) + "</ul></nav>"
    return document("Releases", f"<header>{menu(rng, 'HeaderMenu', 6)}</header>{tabs}<div class='container'><turbo-frame>{out}</turbo-frame>{pages('?page=')}</div>{footer(rng, 2)}")


@layout_of(12, "/p/{slug}", "/feed")
def hashed_soup(rng, items):
    names = {k: hashed(rng) for k in ("wrap", "row", "left", "t", "m", "s", "x", "nav", "ni")}
    rows = each(items, lambda i: f"""<div class='{names["row"]}'><div class='{names["left"]}'><div class='{names["m"]}'><span>{i.author}</span><span>·</span><span>{i.us_day}</span></div>
<a href='{i.href}'><div class='{names["t"]}'>{i.t}</div></a><div class='{names["s"]}'>{i.summary}</div></div><div class='{names["x"]}'><a href='{i.href}'><img src='/i/{i.number}.webp'></a></div></div>""")
    side = "".join(f"<div class='{names['ni']}'><a href='{u}'>{t}</a></div>" for t, u in headlines(rng, 8))
    top = "".join(f"<div class='{names['ni']}'><a href='/{t}'>{t}</a></div>" for t in ("home", "topics", "following", "write", "log-in", "join"))
    return document("Feed", f"<div id='root'><div class='{names['nav']}'>{top}</div><div class='{hashed(rng)}'><div class='{names['wrap']}'>{rows}</div>"
                    f"<div class='{hashed(rng)}'><div class='{hashed(rng)}'>Staff picks</div>{side}</div></div></div>")


@layout_of(13, "/posts/{slug}", "/posts")
def hashed_modules(rng, items):
    names = {k: hashed(rng, k) for k in ("PostList_root", "PostCard_card", "PostCard_title", "PostCard_date", "PostCard_excerpt", "Header_link", "Related_card")}
    cards = each(items, lambda i: f"""<div class='{names["PostCard_card"]}'><h2 class='{names["PostCard_title"]}'><a href='{i.href}'>{i.t}</a></h2>
<time class='{names["PostCard_date"]}'>{i.us_day}</time><p class='{names["PostCard_excerpt"]}'>{i.summary}</p></div>""")
    related = "".join(f"<div class='{names['Related_card']}'><h2><a href='{u}'>{t}</a></h2></div>" for t, u in headlines(rng, 4))
    return document("Posts", "<header>" + "".join(f"<a class='{names['Header_link']}' href='/{n}'>{n}</a>" for n in ("work", "posts", "about")) +
                    f"</header><div class='{names['PostList_root']}'>{cards}</div><div><h3>From the archive</h3>{related}</div>{footer(rng, 1)}")


@layout_of(15, "/articles/{slug}", "/articles")
def cards_in_links(rng, items):
    return site(rng, "<section class='cards'>" + each(items, lambda i: f"""<a class='card' href='{i.href}'><img src='/i/{i.number}.jpg' alt=''><div class='card-body'>
<span class='badge'>{i.section}</span><h3>{i.t}</h3><p>{i.summary}</p><span class='card-date'>{i.us_day}</span></div></a>""") + "</section>", "Articles")


@layout_of(11, "/city/{slug}", "/")
def two_lists(rng, items):
    main = each(items, lambda i: f"<div class='item'><h3><a href='{i.href}'>{i.t}</a></h3><div class='info'>{i.day} | {i.author}</div><div>{i.summary}</div></div>")
    popular = "".join(f"<div class='item'><h3><a href='{u}'>{t}</a></h3><div class='info'>{n + 1}</div></div>" for n, (t, u) in enumerate(headlines(rng, 12)))
    return document("Front", f"<div class='top'>{menu(rng, 'm', 8)}</div><div class='cols'><div class='col-8'><h2>Latest</h2>{main}</div>"
                    f"<div class='col-4'><h2>Popular this week</h2>{popular}</div></div>{footer(rng)}")


@layout_of(14, "/stories/{slug}", "/stories")
def featured_first(rng, items):
    first = items[0]
    rest = each(items[1:], lambda i: f"""<article class='story'><a class='thumb' href='{i.href}'><img src='/i/{i.number}.jpg' alt=''></a><div class='text'><h3 class='story-title'>
<a href='{i.href}'>{i.t}</a></h3><span class='story-date'>{i.day}</span></div></article>""")
    return site(rng, f"""<div class='hero'><article class='story story--featured'><a href='{first.href}'><img src='/i/big.jpg' alt=''></a><h2 class='story-title'><a href='{first.href}'>
{first.t}</a></h2><p class='dek'>{first.summary}</p><span class='story-date'>{first.day}</span></article></div><div class='story-grid'>{rest}</div>""", "Stories")


@layout_of(12, "/links/{slug}", "/links")
def dates_absent(rng, items):
    for i in items:
        i.dated = False
    return site(rng, "<div class='list'>" + each(items, lambda i: f"""<div class='entry'><p class='entry__link'><a href='{i.href}'>{i.t}</a></p><blockquote>{i.summary}</blockquote>
<a class='permalink' href='/l/{i.number}'>#</a></div>""") + "</div>", "Links")


@layout_of(16, "/questions/{n}/{slug}", "/questions")
def dates_relative(rng, items):
    rows = each(items, lambda i: f"""<div id='question-summary-{i.number}' class='s-post-summary js-post-summary'><div class='s-post-summary--stats'><div><span>{rng.below(30)}</span> votes</div>
<div><span>{rng.below(9)}</span> answers</div></div><div class='s-post-summary--content'><h3 class='s-post-summary--content-title'><a href='{i.href}' class='s-link'>{i.t}</a></h3>
<div class='s-post-summary--content-excerpt'>{i.summary}</div><div class='s-post-summary--meta'><ul class='tags'>{''.join(f"<li><a href='/questions/tagged/{t}' class='post-tag'>{t}</a></li>" for t in i.tags)}</ul>
<div class='s-user-card'><a href='/users/{rng.below(999)}/x'>{i.author}</a> <time class='s-user-card--time'>asked <span title='{i.iso}' class='relativetime'>{i.ago}</span></time></div></div></div></div>""")
    hot = "<div class='hot-network'><h4>Hot questions</h4><ul>" + "".join(f"<li><div class='favicon'></div><a href='{u}'>{t}</a></li>" for t, u in headlines(rng, 20)) + "</ul></div>"
    return site(rng, f"<div id='questions'>{rows}</div>{pages('/questions?p=')}", "Questions", hot)


@layout_of(10, "/guides/{slug}", "/guides")
def long_menu(rng, items):
    mega = "<div class='mega'>" + "".join(f"<div class='mega-col'><h5>{s}</h5><ul>" + "".join(
        f"<li><a href='/guides/{s.lower()}/{t}'>{s} for the {t} and beyond</a></li>" for t in THINGS[:14]) + "</ul></div>" for s in SECTIONS[:12]) + "</div>"
    return document("Guides", f"<header><div class='menu'>{mega}</div></header><div class='page'><h1>Guides</h1>" + each(items, lambda i: f"""
<div class='guide'><h2><a href='{i.href}'>{i.t}</a></h2><p>{i.summary}</p><p class='updated'>Updated <time datetime='{i.iso[:10]}'>{i.day}</time></p></div>""") + f"</div>{footer(rng, 5)}")


@layout_of(15, "/research/{slug}", "/research")
def tag_links(rng, items):
    cloud = "<div class='tagcloud'>" + "".join(f"<a href='/tag/{a}-{t}'>{a} {t}</a> " for a in ADJECTIVES[:6] for t in THINGS[:10]) + "</div>"
    return site(rng, "<div class='results'>" + each(items, lambda i: f"""<div class='result'><div class='result-title'><a href='{i.href}'>{i.t}</a></div><div class='result-tags'>
{''.join(f"<a class='tag' href='/tag/{t}'>{t}</a>" for t in i.tags + ['paper', 'data', 'method'])}</div><div class='result-meta'>{i.us_day}</div></div>""") + "</div>", "Research", cloud)


@layout_of(20, "/archive/{n}", "/archive?page=4")
def pagination(rng, items):
    numbers = "<div class='pg'>" + "".join(f"<div class='pg-item'><a href='/archive?page={n}'>Page {n} of the archive</a></div>" for n in range(1, 60)) + "</div>"
    return document("Archive", f"<nav>{menu(rng)}</nav>{numbers}<div class='arch'>" + each(items, lambda i: f"""<div class='arch-item'><span class='arch-date'>{i.day}</span>
<a href='{i.href}'>{i.t}</a></div>""") + f"</div>{numbers}{footer(rng, 2)}")


@layout_of(9, "/columns/{slug}", "/columns")
def cookie_vendors(rng, items):
    vendors = "<div class='cmp'><div class='cmp-list'>" + "".join(f"""<div class='cmp-vendor'><h4><a href='https://vendor{n}.example.com/privacy'>Vendor number {n} Limited</a></h4>
<p>Stores and accesses information on a device, measures how content performs and develops services. Retention {n} days.</p></div>""" for n in range(1, 40)) + "</div></div>"
    return document("Columns", f"{vendors}<header>{menu(rng)}</header><main>" + each(items, lambda i: f"""<section class='column-item'><h2><a href='{i.href}'>{i.t}</a></h2>
<p class='standfirst'>{i.summary}</p><p class='byline'>{i.author}, {i.day}</p></section>""") + f"</main>{footer(rng)}")


@layout_of(10, "/search/{slug}", "/search?q=harbour")
def search_results(rng, items):
    for i in items:
        i.dated = False
        i.path = f"https://result{i.index}.example.net/{i.slug}"
    return document("harbour - Search", f"<div id='searchform'><a href='/'>Home</a>{menu(rng, 'hdtb', 6)}</div><div id='rso'>" + each(items, lambda i: f"""<div class='g'><div><div class='yuRUbf'><a href='{i.href}'>
<h3 class='LC20lb'>{i.t}</h3><div><cite>result{i.index}.example.net</cite></div></a></div><div class='VwiC3b'><span>{i.summary}</span></div></div></div>""") +
        "</div><div id='botstuff'><div>" + "".join(f"<a href='/search?q=harbour+{n}'>harbour {n}</a>" for n in ("north", "ferry times", "hotels", "fees", "map", "history")) + "</div></div>")


@layout_of(12, "/blog/{slug}", "/blog")
def utility_classes(rng, items):
    cards = each(items, lambda i: f"""<div class='flex flex-col overflow-hidden rounded-lg shadow-lg'><div class='flex-shrink-0'><img class='h-48 w-full object-cover' src='/i/{i.number}.png' alt=''></div>
<div class='flex flex-1 flex-col justify-between bg-white p-6'><div class='flex-1'><p class='text-sm font-medium text-indigo-600'><a href='/c/{i.section.lower()}' class='hover:underline'>{i.section}</a></p>
<a href='{i.href}' class='mt-2 block'><p class='text-xl font-semibold text-gray-900'>{i.t}</p><p class='mt-3 text-base text-gray-500'>{i.summary}</p></a></div>
<div class='mt-6 flex items-center'><div class='ml-3'><p class='text-sm'><a href='/by/{rng.below(50)}' class='hover:underline'>{i.author}</a></p><div class='flex space-x-1 text-sm text-gray-500'>
<time datetime='{i.iso[:10]}'>{i.us_day}</time><span>&middot;</span><span>{rng.below(12) + 2} min read</span></div></div></div></div></div>""")
    return document("Blog", f"<div class='sticky top-0 flex'>{''.join(f'''<a class='text-sm font-medium' href='/{n}'>{n}</a>''' for n in ('product', 'pricing', 'docs', 'blog', 'company'))}</div>"
                    f"<div class='mx-auto max-w-7xl'><div class='mt-12 grid gap-5 lg:grid-cols-3'>{cards}</div></div><div class='bg-gray-900'>{footer(rng, 3)}</div>")


@layout_of(14, "/r/all/comments/{n}/{slug}/", "/r/all/")
def custom_elements(rng, items):
    posts = each(items, lambda i: f"""<article class='w-full m-0' aria-label='post'><x-post permalink='{i.href}' comment-count='{i.comments}' created-timestamp='{i.iso}'>
<a slot='full-post-link' class='absolute inset-0' href='{i.href}'></a><a slot='title' href='{i.href}' class='block font-semibold'>{i.t}</a>
<x-meta slot='credit'><a href='/user/{i.author.split()[0]}/'>u/{i.author.split()[0]}</a><time-ago ts='{i.iso}'>{i.ago}</time-ago></x-meta></x-post></article><hr>""")
    side = "<x-nav>" + "".join(f"<x-item><a href='/r/{t}{n}/'>r/{t}{n}</a></x-item>" for t in ("maps", "trains") for n in range(20)) + "</x-nav>"
    return document("All", f"<x-app>{side}<main><x-feed>{posts}</x-feed></main></x-app>")


@layout_of(16, "/dossier/{n}", "/dossiers")
def read_more(rng, items):
    return site(rng, each(items, lambda i: f"""<div class='box'><div class='box-title'><h3>{i.t}</h3></div><div class='box-text'><p>{i.summary}</p>
<p><a class='btn' href='{i.href}'>Read more</a></p></div><div class='box-date'>{i.when.strftime('%d.%m.%Y')}</div></div>""") , "Dossiers")


@layout_of(13, "/a/{slug}", "/latest")
def ads_in_list(rng, items):
    out = ""
    for i in items:
        out += f"""<li class='river-item'><h4 class='river-title'><a href='{i.href}'>{i.t}</a></h4><p>{i.summary}</p><span class='river-time'>{i.ago}</span></li>"""
        if i.index % 4 == 2:
            out += f"""<li class='river-item sponsored'><h4 class='river-title'><a href='https://ads.example.com/click?n={i.index}' rel='sponsored nofollow'>Partner offer: a kettle for
every kitchen, part {i.index}</a></h4><p>Paid content from our partner, which is not of the newsroom.</p><span>Sponsored</span></li>"""
    return site(rng, f"<ul class='river'>{out}<li class='river-more'><a href='/latest?page=2'>Load more stories</a></li></ul>", "Latest")


@layout_of(12, "/watch?v=v{n}", "/videos")
def video_grid(rng, items):
    cards = each(items, lambda i: f"""<div class='video-item'><a class='thumbnail' href='{i.href}'><img src='/vi/{i.number}.jpg' alt=''><span class='duration'>{rng.below(59)}:{10 + rng.below(49)}</span></a>
<div class='video-details'><a class='video-title' title='{i.title.replace("&", "&amp;").replace("<", "&lt;")}' href='{i.href}'>{i.t}</a><a class='channel' href='/@{i.author.split()[0]}'>{i.author}</a>
<div class='video-meta'><span>{i.comments}K views</span><span>{i.ago}</span></div></div></div>""")
    return site(rng, f"<div class='video-grid'>{cards}</div>", "Videos")


@layout_of(18, "/episodes/{i}", "/episodes")
def podcast(rng, items):
    return site(rng, "<ol class='episodes' reversed>" + each(items, lambda i: f"""<li class='episode'><div class='ep-head'><span class='ep-no'>#{300 - i.index}</span> <h3><a href='{i.href}'>{i.t}</a></h3>
<span class='ep-date'>{i.when.strftime('%Y-%m-%d')}</span></div><p>{i.summary}</p><audio controls src='/mp3/{i.number}.mp3'></audio><p class='ep-links'><a href='/mp3/{i.number}.mp3'>Download (34 MB)</a>
<a href='{i.href}/transcript'>Transcript</a> <a href='{i.href}#notes'>Show notes</a></p></li>""") + "</ol>", "Episodes")


@layout_of(11, "/de/aktuelles/{slug}", "/aktuelles")
def bilingual(rng, items):
    rows = each(items, lambda i: f"""<div class='meldung'><p class='datum'>{i.when.strftime('%d.%m.%Y')}</p><h3><a hreflang='de' href='{i.href}'>{i.t}</a></h3><p>{i.summary}</p>
<p class='mehr'><a href='{i.href}'>weiterlesen</a> <a hreflang='en' class='lang' href='/en/news/{i.slug}'>English</a></p></div>""")
    return site(rng, f"<div class='meldungen'>{rows}</div>", "Aktuelles", lang="de")


@layout_of(9, "/reports/{slug}", "/reports")
def bootstrap_media(rng, items):
    return site(rng, "<div class='row'>" + each(items, lambda i: f"""<div class='col-md-4'><div class='panel panel-default'><div class='panel-heading'><a href='{i.href}'>{i.t}</a></div>
<div class='panel-body'>{i.summary}</div><div class='panel-footer'><small class='text-muted'>Published {i.us_day}</small> <a class='btn btn-default' href='{i.href}'>Details</a></div></div></div>""") + "</div>" + ad(), "Reports")


@layout_of(26, "/charts/{slug}", "/charts")
def ranking(rng, items):
    for i in items:
        i.dated = False
    return site(rng, "<div class='chart'>" + each(items, lambda i: f"""<div class='chart-row'><span class='pos'>{i.index + 1}</span><span class='move'>{'▲' if i.index % 2 else '▼'}</span>
<span class='name'><a href='{i.href}'>{i.t}</a></span><span class='artist'><a href='/artist/{i.index}'>{i.author}</a></span></div>""") + "</div>", "Charts")
