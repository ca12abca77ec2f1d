"""Layouts that pages have had for long: articles, tables, definition lists, plain lists."""
from layouts import HOST, ad, box, cookies, document, each, footer, headlines, layout_of, menu, pages, site


@layout_of(10, "/{year}/0{month}/{slug}/", "/blog/")
def blog_index(rng, items):
    side = box(rng, "widget widget_recent_entries", "Recent Posts") + box(
        rng, "widget widget_categories", "Categories", 12) + box(rng, "widget widget_archive", "Archives", 14)
    return site(rng, each(items, lambda i: f"""
<article id='post-{i.number}' class='post-{i.number} post type-post status-publish format-standard category-{i.section.lower()}'>
<header class='entry-header'><h2 class='entry-title'><a href='{HOST}{i.href}' rel='bookmark'>{i.t}</a></h2>
<div class='entry-meta'><span class='posted-on'>Posted on <a href='{HOST}{i.href}' rel='bookmark'><time class='entry-date published'
datetime='{i.iso}'>{i.us_day}</time></a></span> <span class='byline'>by <span class='author vcard'><a href='/author/{i.author[:3].lower()}'>
{i.author}</a></span></span></div></header><div class='entry-summary'><p>{i.summary} <a class='more-link' href='{HOST}{i.href}'>Continue
reading</a></p></div><footer class='entry-footer'><a href='/category/{i.section.lower()}' rel='category tag'>{i.section}</a>
<a href='{HOST}{i.href}#respond'>{i.comments} Comments</a></footer></article>""") +
        "<nav class='navigation posts-navigation'><a href='/blog/page/2/'>Older posts</a></nav>", "Blog", side)


@layout_of(14, "item.php?id={n}", "/old/index.php")
def old_table(rng, items):
    links = "<br>".join(f"<a href='{u}'>{t}</a>" for t, u in headlines(rng, 12))
    rows = each(items, lambda i: f"""<tr><td valign=top><font size=2 face=arial>{i.when.strftime('%Y-%m-%d')}</font></td>
<td><font size=2 face=arial><a href="{i.href}"><b>{i.t}</b></a><br>{i.summary}</font></td></tr>""")
    return f"""<html><head><title>News</title></head><body bgcolor=white><center><table width=760 border=0><tr><td colspan=2>
<a href="/"><img src="logo.gif" alt="Home"></a> <a href="/a">Products</a> | <a href="/b">Support</a> | <a href="/c">Company</a></td></tr>
<tr><td width=150 valign=top bgcolor=#eeeeee>{links}</td><td valign=top><h2>News</h2><table border=0 cellpadding=4>{rows}</table></td></tr>
</table><font size=1>Copyright 2026. <a href="/legal">Legal notices</a> <a href="/contact">Contact us</a></font></center></body></html>"""


@layout_of(18, "/docs/{slug}.html", "/docs/")
def definition_list(rng, items):
    return site(rng, "<p>All notes, newest first.</p><dl>" + each(items, lambda i: f"""
<dt><a href='{i.href}'>{i.t}</a> <small>{i.when.strftime('%Y-%m-%d')}</small></dt><dd>{i.summary}</dd>""") + "</dl>", "Notes")


@layout_of(20, "viewtopic.php?t={n}", "/forum/viewforum.php?f=3")
def forum(rng, items):
    rows = each(items, lambda i: f"""<tr class='{'row1' if i.index % 2 else 'row2'}'><td class='icon'><img src='topic.gif' alt=''></td>
<td class='topic'><a class='topictitle' href='{i.href}'>{i.t}</a><br>by <a href='memberlist.php?u={rng.below(400)}' class='username'>{i.author}</a></td>
<td class='posts'>{i.comments}</td><td class='views'>{i.comments * 17}</td>
<td class='lastpost'>by <a class='username' href='memberlist.php?u={rng.below(400)}'>{rng.pick(['otto', 'mina', 'kai'])}</a>
<a href='viewtopic.php?p={i.number + 5}#p{i.number + 5}'>»</a><br>{i.when.strftime('%a %b %d, %Y %I:%M %p').replace(' 0', ' ')}</td></tr>""")
    return document("General talk", f"""<div id='page-header'><h1><a href='index.php'>Board index</a></h1>
<ul class='linklist navlinks'><li><a href='faq.php'>FAQ</a></li><li><a href='search.php'>Search the board</a></li>
<li><a href='ucp.php?mode=register'>Register</a></li><li><a href='ucp.php?mode=login'>Login</a></li></ul></div>
<div id='page-body'><h2><a href='viewforum.php?f=3'>General talk</a></h2><div class='rules'><a href='rules.php'>Forum rules</a></div>
<table class='topics'><thead><tr><th></th><th>Topics</th><th>Replies</th><th>Views</th><th>Last post</th></tr></thead><tbody>{rows}</tbody></table>
<div class='pagination'>2000 topics {' '.join(f"<a href='viewforum.php?f=3&amp;start={n * 20}'>{n + 1}</a>" for n in range(1, 8))}</div>
<h3>Who is online</h3><p>Registered users: {', '.join(f"<a href='memberlist.php?u={n}'>user{n}</a>" for n in range(30, 45))}</p></div>
<div id='page-footer'><a href='team.php'>The team</a> <a href='delete.php'>Delete cookies</a></div>""")


@layout_of(12, "/topic/{n}-{slug}", "/community/")
def forum_lists(rng, items):
    rows = each(items, lambda i: f"""<li class='row'><dl class='row-item'><dt title='No unread posts'><div class='list-inner'>
<a href='{i.href}' class='topictitle'>{i.t}</a><br><div class='responsive-hide'>by <a href='/member/{rng.below(99)}'>{i.author}</a> »
<time datetime='{i.iso}'>{i.day}</time> » in <a href='/community/c{rng.below(4)}'>{rng.pick(['Help', 'Ideas', 'Showcase'])}</a></div></div></dt>
<dd class='posts'>{i.comments} <dfn>Replies</dfn></dd><dd class='lastpost'><span>by <a href='/member/{rng.below(99)}'>zed</a></span></dd></dl></li>""")
    return site(rng, f"<div class='forumbg'><ul class='topiclist topics'>{rows}</ul></div>{pages('/community/?p=')}", "Community")


@layout_of(16, "/releases/{slug}", "/releases")
def headline_only(rng, items):
    for i in items:
        i.dated = False
    return document("Headlines", f"""<div id='top'>{menu(rng, 'top', 14)}</div><div id='content'><h1>All headlines</h1>
<ul>{each(items, lambda i: f"<li><a href='{i.href}'>{i.t}</a></li>")}</ul></div><div id='right'>{box(rng, 'poplist', 'Popular now', 8)}</div>
{footer(rng)}""")


@layout_of(24, "/archive/{year}/{slug}", "/archive")
def nested_lists(rng, items):
    half = [items[:9], items[9:17], items[17:]]
    years = "".join(f"<li><strong>{2026 - n}</strong><ul>" + each(part, lambda i: f"""
<li><span class='d'>{i.when.strftime('%b %d').replace(' 0', ' ')}</span> <a href='{i.href}'>{i.t}</a></li>""") + "</ul></li>"
                    for n, part in enumerate(half))
    for i in items:
        i.dated = False  # the year stands elsewhere
    return site(rng, f"<ul class='archive'>{years}</ul>", "Archive")


@layout_of(30, "https://news{i}.example.net/{slug}", "/")
def spacer_rows(rng, items):
    rows = each(items, lambda i: f"""<tr class='athing' id='{i.number}'><td align='right' valign='top' class='title'><span class='rank'>{i.index + 1}.</span></td>
<td valign='top' class='votelinks'><center><a id='up_{i.number}' href='vote?id={i.number}&amp;how=up'><div class='votearrow' title='upvote'></div></a></center></td>
<td class='title'><span class='titleline'><a href='{i.href}'>{i.t}</a><span class='sitebit comhead'> (<a href='from?site=news{i.index + 1}.example.net'><span
class='sitestr'>news{i.index + 1}.example.net</span></a>)</span></span></td></tr><tr><td colspan='2'></td><td class='subtext'><span class='subline'>
<span class='score' id='score_{i.number}'>{i.comments * 3} points</span> by <a href='user?id=u{rng.below(90)}' class='hnuser'>u{rng.below(90)}</a>
<span class='age' title='{i.iso[:-1]}'><a href='item?id={i.number}'>{i.ago}</a></span> | <a href='hide?id={i.number}'>hide</a> |
<a href='item?id={i.number}'>{i.comments} comments</a></span></td></tr><tr class='spacer' style='height:5px'></tr>""")
    return f"""<html lang='en'><head><title>Links</title></head><body><center><table id='hnmain' border='0' width='85%'><tr><td bgcolor='#ff6600'>
<table border='0' width='100%'><tr><td><a href='/'>Links</a> <a href='newest'>new</a> | <a href='front'>past</a> | <a href='newcomments'>comments</a> |
<a href='ask'>ask</a> | <a href='show'>show</a> | <a href='jobs'>jobs</a> | <a href='submit'>submit</a></td><td><a href='login'>login</a></td></tr></table></td></tr>
<tr style='height:10px'></tr><tr><td><table border='0' cellpadding='0' cellspacing='0'>{rows}<tr class='morespace' style='height:10px'></tr><tr><td colspan='2'></td>
<td class='title'><a href='?p=2' class='morelink' rel='next'>More</a></td></tr></table></td></tr><tr><td><center><span class='yclinks'><a href='guidelines'>Guidelines</a> |
<a href='faq'>FAQ</a> | <a href='lists'>Lists</a> | <a href='api'>API</a> | <a href='security'>Security</a></span></center></td></tr></table></center></body></html>"""


@layout_of(15, "/story/{n}", "/best")
def bare_row_triples(rng, items):
    rows = each(items, lambda i: f"""<tr><td>{i.index + 1}.</td><td><h4><a href='{i.href}'>{i.t}</a></h4></td></tr>
<tr><td></td><td><i>{i.day}</i> by <a href='/u/{rng.below(50)}'>{i.author}</a> — <a href='{i.href}/comments'>discuss</a></td></tr><tr><td colspan=2>&nbsp;</td></tr>""")
    return document("Best", f"<div id=hd>{menu(rng, 'bar', 6)}</div><table class=main>{rows}</table>{footer(rng, 2)}")


@layout_of(25, "https://site{i}.example.com/{slug}", "/newest")
def comment_counts(rng, items):
    rows = each(items, lambda i: f"""<li id='story_{i.number}' class='story'><div class='story_liner h-cite'><div class='voters'><a class='upvoter'
href='/login'>{rng.below(60)}</a></div><div class='details'><span class='link h-cite'><a class='u-url' href='{i.href}' rel='ugc noreferrer'>{i.t}</a></span>
<span class='tags'>{''.join(f"<a class='tag tag_{t}' href='/t/{t}'>{t}</a> " for t in i.tags)}</span><a class='domain' href='/domains/s'>site{i.index + 1}.example.com</a>
<div class='byline'><a href='/~{i.author[:3]}'><img class='avatar' src='/a.png' alt=''></a> via <a class='u-author' href='/~{i.author[:3]}'>{i.author}</a>
<time title='{i.iso[:-1].replace('T', ' ')}' datetime='{i.iso[:-1].replace('T', ' ')}'>{i.ago}</time> | <a href='/s/{i.number}/archive'>archive</a>
| <span class='comments_label'><a href='/s/{i.number}'>{i.comments} comments</a></span></div></div></div></li>""")
    return document("Newest", f"<header id='nav'>{menu(rng, 'links', 8)}</header><div id='inside'><ol class='stories list'>{rows}</ol>{pages('/newest/page/')}</div>{footer(rng, 1)}")


@layout_of(22, "{slug}.html", "/docs/manual/index.html")
def relative_with_base(rng, items):
    for i in items:
        i.base = HOST + "/library/2026/"
    return site(rng, "<ol class='toc'>" + each(items, lambda i: f"<li><a href='{i.href}'>{i.t}</a> <em>{i.us_day}</em></li>") + "</ol>",
                "Library", head="<base href='/library/2026/'>")


@layout_of(28, "msg{n}.html", "/lists/announce/2026-08/threads.html")
def mailing_list(rng, items):
    out = ""
    for i in items:
        i.dated = False
        out += f"<li><strong><a name='{i.number}' href='{i.href}'>{i.t}</a></strong>, <em>{i.author}</em></li>\n"
    return document("announce: by thread", f"""<h1>announce: by thread</h1><p>[<a href='../2026-07/threads.html'>Prev month</a>][<a href='maillist.html'>Date
index</a>][<a href='../'>All lists</a>]</p><hr><ul>{out}</ul><hr><p>[<a href='../2026-07/threads.html'>Prev month</a>][<a href='maillist.html'>Date index</a>]</p>
<p>Mail converted by <a href='https://mhonarc.example.org/'>a program</a></p>""")


@layout_of(19, "{slug}.pdf", "/minutes/")
def directory_index(rng, items):
    for i in items:
        i.title = i.slug + ".pdf"
    rows = each(items, lambda i: f"""<tr><td valign="top"><img src="/icons/layout.gif" alt="[   ]"></td><td><a href="{i.href}">{i.t}</a></td>
<td align="right">{i.when.strftime('%Y-%m-%d %H:%M')}  </td><td align="right">{rng.below(900)}K</td><td>&nbsp;</td></tr>""")
    return f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN"><html><head><title>Index of /minutes</title></head><body><h1>Index of /minutes</h1>
<table><tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th>
<th><a href="?C=S;O=A">Size</a></th><th><a href="?C=D;O=A">Description</a></th></tr><tr><th colspan="5"><hr></th></tr>
<tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td><td><a href="/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td><td>&nbsp;</td></tr>
{rows}<tr><th colspan="5"><hr></th></tr></table><address>Apache Server at www.example.org Port 443</address></body></html>"""


@layout_of(9, "/changelog/{slug}", "/changelog")
def flat_headings(rng, items):
    return site(rng, each(items, lambda i: f"<h3><a href='{i.href}'>{i.t}</a></h3><p class='meta'>{i.us_day} — {i.author}</p><p>{i.summary}</p>"), "Changelog")


@layout_of(20, "/abs/2608.{n}", "/list/cs/new")
def preprints(rng, items):
    rows = each(items, lambda i: f"""<dt><a name='item{i.index + 1}'>[{i.index + 1}]</a> <a href='{i.href}' title='Abstract' id='2608.{i.number}'>
arXiv:2608.{i.number}</a> [<a href='/pdf/2608.{i.number}' title='Download PDF'>pdf</a>, <a href='/format/2608.{i.number}'>other</a>]</dt><dd><div class='meta'>
<div class='list-title mathjax'><span class='descriptor'>Title:</span> {i.t}</div><div class='list-authors'><a href='/a/1'>{i.author}</a>,
<a href='/a/{rng.below(900)}'>{rng.pick(['Kim Lee', 'Jo Ruiz'])}</a></div><div class='list-subjects'><span class='descriptor'>Subjects:</span> Learning (cs.LG)</div>
<p class='mathjax'>{i.summary} {i.summary}</p></div></dd>""")
    for i in items:
        i.dated = False
    return document("New submissions", f"<div id='header'><h1><a href='/'>Preprints</a></h1>{menu(rng, 'subjects', 7)}</div><div id='dlpage'><h3>New submissions</h3>"
                    f"<dl id='articles'>{rows}</dl></div><footer><a href='/about'>About</a><a href='/help'>Help</a></footer>")


@layout_of(12, "/press/{n}", "/press")
def views_rows(rng, items):
    return site(rng, "<div class='view view-press view-display-id-page_1'><div class='view-content'>" + each(items, lambda i: f"""
<div class='views-row views-row-{i.index + 1} {'views-row-odd views-row-first' if i.index == 0 else 'views-row-even'}'>
<div class='views-field views-field-created'><span class='field-content'>{i.day}</span></div>
<div class='views-field views-field-title'><span class='field-content'><a href='{i.href}'>{i.t}</a></span></div>
<div class='views-field views-field-body'><div class='field-content'>{i.summary}</div></div></div>""") + "</div></div>" +
        "<ul class='pager'><li class='pager-item'><a href='/press?page=1'>2</a></li><li><a href='/press?page=2'>3</a></li><li class='pager-next'>"
        "<a href='/press?page=1'>next ›</a></li></ul>", "Press releases")


@layout_of(17, "/events/{slug}", "/calendar")
def events(rng, items):
    out, day = "", None
    for i in items:
        if i.when.date() != day:
            day = i.when.date()
            out += f"{'</ul>' if out else ''}<h3 class='day'>{i.day}</h3><ul class='events'>"
        out += (f"<li><span class='time'>{i.when.strftime('%H:%M')}</span> <a href='{i.href}'>{i.t}</a> <span class='place'>"
                f"{rng.pick(['Town hall', 'Old mill', 'Room 4'])}</span> <a class='ics' href='{i.href}.ics'>iCal</a></li>")
    return site(rng, f"<div class='agenda'>{out}</ul></div>", "Calendar")


@layout_of(21, "/wiki/{slug}", "/wiki/News")
def paragraphs(rng, items):
    return document("Notes in brief", cookies() + f"<div class='mw-head'>{menu(rng, 'portal', 8)}</div><div id='bodyContent'><h1>Notes in brief</h1>" + each(
        items, lambda i: f"<p><b>{i.when.strftime('%Y-%m-%d')}</b>: <a href='{i.href}'>{i.t}</a>. {i.summary} See also <a href='/wiki/Help'>help</a>.</p>") + ad() +
        f"</div>{footer(rng, 1)}")
