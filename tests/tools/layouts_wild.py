"""Layouts that have something odd about them, each in its own way, as pages do."""
from layouts import HOST, THINGS, ad, box, cookies, document, each, footer, headlines, layout_of, menu, pages, site


@layout_of(20, "/{slug}/repo-{n}", "/trending")
def repositories(rng, items):
    for i in items:
        i.dated = False
        i.title = f"{i.slug.split('-')[0]} / {'-'.join(i.slug.split('-')[1:4])}-{i.index}"
    rows = each(items, lambda i: f"""<article class='Box-row'><div class='float-right d-flex'><a class='tooltipped btn-sm btn' href='/login?return_to=%2F{i.index}'>Star</a></div>
<h2 class='h3 lh-condensed'><a href='{i.href}' class='Link'><svg class='octicon'><path d='M2 2'></path></svg><span class='text-normal'>{i.title.split(' / ')[0]} /</span>
{i.title.split(' / ')[1]}</a></h2><p class='col-9 color-fg-muted my-1 pr-4'>{i.summary}</p><div class='f6'><span class='d-inline-block'>{rng.pick(['C', 'Rust', 'Python'])}</span>
<a href='{i.href}/stargazers' class='Link--muted d-inline-block mr-3'>{i.comments * 97}</a><a href='{i.href}/forks' class='Link--muted d-inline-block mr-3'>{i.comments}</a>
<span>Built by <a href='/u{rng.below(99)}'><img class='avatar mb-1' src='/a.png' alt='@u'></a></span></div></article>""")
    filters = "<details class='select-menu'><summary>Language</summary><div class='select-menu-list'>" + "".join(
        f"<a class='select-menu-item' href='/trending/{t}'>{t.capitalize()} language</a>" for t in THINGS) + "</div></details>"
    return document("Trending", f"<header>{menu(rng, 'HeaderMenu', 5)}</header><main><div class='Box'><div class='Box-header'>{filters}</div><div>{rows}</div></div></main>{footer(rng, 1)}")


@layout_of(25, "https://ext{i}.example.com/{slug}", "/r/maps/")
def old_reddit(rng, items):
    things = each(items, lambda i: f"""<div class='thing id-t3_{i.number} odd link' data-fullname='t3_{i.number}' data-timestamp='{int(i.when.timestamp())}000' data-url='{i.href}'><p class='parent'></p>
<span class='rank'>{i.index + 1}</span><div class='midcol unvoted'><div class='score'>{i.comments * 2}</div></div><a class='thumbnail may-blank' href='{i.href}'><img src='/t.jpg' alt=''></a>
<div class='entry unvoted'><div class='top-matter'><p class='title'><a class='title may-blank' href='{i.href}' tabindex='1'>{i.t}</a> <span class='domain'>(<a href='/domain/ext{i.index + 1}.example.com/'>
ext{i.index + 1}.example.com</a>)</span></p><p class='tagline'>submitted <time title='x' datetime='{i.iso}' class='live-timestamp'>{i.ago}</time> by <a href='/user/u{rng.below(50)}' class='author'>u{rng.below(50)}</a></p>
<ul class='flat-list buttons'><li class='first'><a href='/r/maps/comments/{i.number}/' class='bylink comments'>{i.comments} comments</a></li><li class='share'><a class='post-sharing-button' href='#'>share</a></li>
<li><a href='/login/{i.number}/save'>save</a></li></ul></div></div><div class='child'></div></div><div class='clearleft'></div>""")
    side = "<div class='side'><div class='spacer'><div class='titlebox'><h1><a href='/r/maps/'>maps</a></h1><div class='md'><p>A place for maps of all kinds. Be kind.</p><h3>Related places</h3><ul>" + "".join(
        f"<li><a href='/r/{t}s/'>/r/{t}s: all about the {t}</a></li>" for t in THINGS[:12]) + "</ul></div></div></div></div>"
    bar = "<div id='sr-header-area'>" + "".join(f"<a href='/r/{t}{n}/'>{t}{n}</a> - " for t in THINGS[:5] for n in range(8)) + "</div>"
    return document("maps", f"{bar}<div id='header'><a href='/'>home</a></div>{side}<div class='content' role='main'><div class='sitetable linklisting'>{things}<div class='nav-buttons'>"
                    f"<span class='next-button'><a href='/r/maps/?count=25&amp;after=t3_1' rel='nofollow next'>next ›</a></span></div></div></div>{footer(rng, 2)}")


@layout_of(30, "/t/{slug}/{n}", "/latest")
def discourse(rng, items):
    rows = each(items, lambda i: f"""<tr class='topic-list-item category-site {'pinned' if i.index < 2 else ''}' data-topic-id='{i.number}'><td class='main-link clearfix' colspan='1'><span class='link-top-line'>
<a href='{i.href}' class='title raw-link raw-topic-link' data-topic-id='{i.number}'>{i.t}</a></span><div class='link-bottom-line'><a class='badge-category__wrapper' href='/c/{rng.pick(['help', 'dev'])}/6'>
<span class='badge-category__name'>help</span></a><div class='discourse-tags'>{''.join(f"<a class='discourse-tag' href='/tag/{t}'>{t}</a>" for t in i.tags)}</div></div></td>
<td class='posters'>{''.join(f"<a href='/u/p{rng.below(40)}' data-user-card='x'><img class='avatar' src='/a{rng.below(9)}.png' title='p'></a>" for _ in range(4))}</td>
<td class='num posts-map posts'><a href='{i.href}/1' class='posts-map badge-posts'><span class='number'>{i.comments}</span></a></td><td class='num views'><span class='number'>{i.comments * 9}</span></td>
<td class='activity num topic-list-data age'><a class='post-activity' href='{i.href}/{i.comments}' title='Created: {i.when.strftime('%b')} {i.when.day}, 2026'><span class='relative-date' data-time='{int(i.when.timestamp())}000'>{i.ago.split()[0]}{i.ago.split()[1][0]}</span></a></td></tr>""")
    return document("Latest topics", f"<header class='d-header'><a href='/'>Forum</a></header><div id='main-outlet'><div class='category-boxes'>" + "".join(
        f"<div class='category-box'><a href='/c/{t}/1'><h3>{t.capitalize()}</h3></a></div>" for t in THINGS[:8]) + f"</div><table class='topic-list'><thead><tr><th>Topic</th><th></th><th>Replies</th><th>Views</th><th>Activity</th></tr></thead><tbody>{rows}</tbody></table></div>")


@layout_of(16, "/products/{slug}", "/collections/all")
def shop_cards(rng, items):
    for i in items:
        i.dated = False
        i.title = " ".join(i.title.split()[:2]) + f" lamp {i.index + 1}"
    cards = each(items, lambda i: f"""<li class='grid__item'><div class='card-wrapper product-card-wrapper'><div class='card card--standard card--media'><div class='card__inner'><div class='card__media'><img src='/cdn/{i.number}.jpg' alt='{i.title}'></div>
<div class='card__content'><div class='card__information'><h3 class='card__heading'><a href='{i.href}' class='full-unstyled-link'>{i.t}</a></h3></div></div></div><div class='card__content'><div class='card__information'>
<h3 class='card__heading h5' id='title-{i.number}'><a href='{i.href}' class='full-unstyled-link'>{i.t}</a></h3><div class='price'><span class='visually-hidden'>Regular price</span> €{i.comments + 5},00</div></div></div></div></div></li>""")
    return site(rng, f"<div class='product-grid-container'><ul class='grid product-grid'>{cards}</ul></div>", "All products",
                "<form class='facets'><details>" + "".join(f"<label><input type=checkbox> Colour {n}</label>" for n in range(30)) + "</details></form>")


@layout_of(24, "/classified/{n}.html", "/search/for-sale")
def classifieds(rng, items):
    for i in items:
        i.dated = False
    return document("for sale", f"<header>{menu(rng, 'crumb', 5)}</header><ol class='search-results'><li class='search-legend'>24 results</li>" + each(items, lambda i: f"""
<li class='result-row' title='{i.t.replace("'", "’")}'><a href='{i.href}'><div class='title'>{i.t}</div><div class='details'><div class='price'>${i.comments}</div><div class='location'>{rng.pick(['north', 'harbour', 'west'])}</div></div></a></li>""") + f"</ol>{footer(rng, 1)}")


@layout_of(18, "/documents/{n}", "/documents")
def striped_table(rng, items):
    rows = each(items, lambda i: f"""<tr class='{'even' if i.index % 2 else 'odd'}'><td>{i.when.strftime('%d/%m/%Y')}</td><td>{rng.pick(['Notice', 'Order', 'Report'])}</td><td><a href='{i.href}'>{i.t}</a></td>
<td><a href='{i.href}/file.pdf'>PDF ({rng.below(900)} KB)</a></td></tr>""")
    items[0].when = items[0].when.replace(day=4)
    return site(rng, f"<table class='table table-striped'><caption>Documents</caption><tr><th>Date</th><th>Kind</th><th>Subject</th><th>File</th></tr>{rows}</table>{pages('/documents?page=')}", "Documents")


@layout_of(21, "/pin/{n}/", "/board/lamps")
def pictures_only(rng, items):
    for i in items:
        i.dated = False
        i.title = i.title.replace("“", "").replace("”", "")
    pins = each(items, lambda i: f"""<div class='pin' data-test='pin'><a href='{i.href}'><img src='/p/{i.number}.jpg' alt="{i.t}"></a></div>""")
    return document("Lamps", f"<header>{menu(rng)}</header><div class='board'>{pins}</div>{footer(rng, 2)}")


@layout_of(17, "/brief/{slug}", "/briefs")
def breaks_only(rng, items):
    for i in items:
        i.dated = False
    return f"""<html><head><title>Briefs</title></head><body><div id=menu><a href=/>Home</a> <a href=/a>About</a> <a href=/s>Search</a></div><div id=text><h1>Briefs</h1>
{"<br>".join(f"{i.when.strftime('%d.%m.')} <a href='{i.href}'>{i.t}</a>" for i in items)}</div><div id=end><a href=/imprint>Imprint</a></div></body></html>"""


@layout_of(12, "/letters/{slug}", "/letters")
def ruled_paragraphs(rng, items):
    return document("Letters", f"<div class='wrap'>{menu(rng)}<div class='body'>" + each(items, lambda i: f"""<p class='head'><a href='{i.href}'>{i.t}</a></p><p>{i.summary}</p><p class='sig'><em>{i.author}, {i.us_day}</em></p><hr>""") + f"</div></div>{footer(rng, 1)}")


@layout_of(15, "/2026/{slug}/", "/")
def carousel_repeats(rng, items):
    """The first ones stand twice: on top, and in the list."""
    top = "".join(f"<div class='slide'><a href='{i.href}'><img src='/i/{i.number}.jpg' alt=''><span class='slide-caption'>{i.t}</span></a></div>" for i in items[:4])
    return site(rng, f"<div class='carousel'>{top}</div><div class='loop'>" + each(items, lambda i: f"""<div class='loop-entry'><div class='loop-thumb'><a href='{i.href}'><img src='/s/{i.number}.jpg' alt=''></a></div>
<div class='loop-body'><h2 class='loop-title'><a href='{i.href}'>{i.t}</a></h2><div class='loop-meta'>{i.day} by <a href='/writer/{rng.below(8)}'>{i.author}</a></div><div class='loop-text'>{i.summary}</div></div></div>""") + "</div>", "Front page")


@layout_of(14, "/n/{n}", "/news")
def asp_form(rng, items):
    """All of the page is one form, ids are those of a server's controls."""
    rows = each(items, lambda i: f"""<div id='ctl00_Main_rpt_ctl{i.index:02d}_pnl' class='newsItem'><span id='ctl00_Main_rpt_ctl{i.index:02d}_lblDate' class='newsDate'>{i.us_day}</span>
<a id='ctl00_Main_rpt_ctl{i.index:02d}_lnk' class='newsLink' href='{i.href}'>{i.t}</a><span class='newsAbstract'>{i.summary}</span></div>""")
    return document("News", f"<form id='aspnetForm' action='./' method='post'><input type='hidden' name='__VIEWSTATE' value='{'x' * 400}'><div id='ctl00_nav'>{menu(rng, 'AspNet-Menu', 12)}</div><div id='ctl00_Main'>{rows}</div>"
                    f"<div id='ctl00_foot'>{footer(rng, 2)}</div></form>")


@layout_of(10, "/{n}/{slug}", "/")
def blog_with_all_of_it(rng, items):
    """Whole texts with links of their own in the list."""
    def text(i):
        return "".join(f"<p>{i.summary} As <a href='https://en.example.net/wiki/{rng.pick(THINGS)}'>the {rng.pick(THINGS)}</a> shows, and <a href='https://en.example.net/{rng.below(9999)}'>others</a> say.</p>" for _ in range(4))
    return document("A blog", f"<header><h1><a href='/'>A blog</a></h1></header><main>" + each(items, lambda i: f"""<article><h2><a href='{i.href}'>{i.t}</a></h2><div class='date'>{i.day}</div>{text(i)}
<ul><li>First, the {rng.pick(THINGS)}</li><li>Then <a href='https://en.example.net/x{rng.below(999)}'>another one</a></li></ul><p class='tags'>{' '.join(f"<a href='/tag/{t}'>#{t}</a>" for t in i.tags)}</p></article>""") + f"</main>{footer(rng, 1)}")


@layout_of(13, "/ar/news/{n}", "/ar/news")
def right_to_left(rng, items):
    for n, i in enumerate(items):
        i.title = ["المتحف القديم يفتح أبوابه بعد ثلاث سنوات", "الميناء الشمالي ينتظر الجسر الثاني", "المكتبة العامة تحتفل بمئة رسالة"][n % 3] + f" ({n + 1})"
    return site(rng, "<div class='akhbar'>" + each(items, lambda i: f"""<div class='khabar'><h3><a href='{i.href}'>{i.t}</a></h3><span class='tarikh'>{i.when.strftime('%Y-%m-%d')}</span><p>تفاصيل الخبر رقم {i.index + 1} من مراسلنا في المدينة القديمة.</p></div>""") + "</div>", "أخبار", lang="ar")


@layout_of(11, "/insights/{slug}", "/insights")
def buttons_in_cards(rng, items):
    """The title is no link; a button and the picture are."""
    cards = each(items, lambda i: f"""<div class='insight-card'><a class='insight-card__img' href='{i.href}' aria-label='{i.t.replace("'", "’")}'><img src='/i/{i.number}.jpg' alt=''></a><div class='insight-card__content'><span class='insight-card__type'>Report</span>
<h4 class='insight-card__title'>{i.t}</h4><p class='insight-card__date'>{i.us_day}</p><a class='cta cta--secondary' href='{i.href}'>Learn more</a><a class='cta' href='/contact?about={i.number}'>Talk to us</a></div></div>""")
    return site(rng, f"<section class='insights'>{cards}</section><section class='newsletter'><h2>Stay informed</h2><form></form></section>", "Insights")


@layout_of(40, "/dict/{slug}", "/glossary")
def many_short(rng, items):
    for i in items:
        i.dated = False
        i.title = f"{i.title.split()[0].lower()} {i.title.split()[1].lower()}, {i.index}"
    return site(rng, "<div class='columns'>" + "".join("<ul class='column'>" + each(items[n:n + 10], lambda i: f"<li><a href='{i.href}'>{i.t}</a></li>") + "</ul>" for n in range(0, 40, 10)) + "</div>", "Glossary")


@layout_of(16, "/liveblog/{n}", "/live")
def timeline(rng, items):
    return site(rng, "<ol class='timeline'>" + each(items, lambda i: f"""<li class='timeline__entry' id='e{i.number}'><time class='timeline__time' datetime='{i.iso}'><span>{i.when.strftime('%H:%M')}</span></time>
<div class='timeline__body'><a class='timeline__link' href='{i.href}'><strong>{i.t}</strong></a> <div class='share'><a href='https://social.example.net/share?u={i.number}'>Share</a><a href='mailto:?body={i.number}'>Mail</a></div></div></li>""") + "</ol>", "Live")
