#!/usr/bin/env python3
"""Listing pages in the structure of well-known sites, for the recipes of conf/sources.

Markup, keys and class names are the sites'; every text is invented, and the same on
every run. What is around the list (navigation, advertisements, lists of other things)
is there too, for a recipe should not fall for it.

    import sites
    site = sites.SITES["hacker-news"]
    site.body, site.url        the page and its address
    site.entries               what a reader should get, in the page's order

    sites.py FOLDER            writes NAME.html

Entries are dicts with title, link, id, and where the site says them published (RFC 3339,
at sites.NOW for what is relative), authors, summary, categories, comments, enclosure,
numbers (a dict); detail is a pair: an entry's own page, and what it says.
"""
import html
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

TOPICS = ["A lantern <b> & its \"shade\"", "Größere Öfen für kleine Häuser", "潮汐と灯台 🗼", "Why kettles' lids rattle",
          "C++ & <T>: notes from a harbour", "Nothing happened; experts agree"]
PEOPLE = ["Ada Ångström", "Ben O'Dwyer", "Chiara Núñez", "Đorđe Kőszegi"]
NOISE = '<nav><ul><li><a href="/login">Log in</a></li><li><a href="/about">About</a></li></ul></nav>'

e = html.escape


@dataclass
class Site:
    url: str
    body: str
    entries: list
    title: str
    next: str = ""
    empty: str = ""   # the same page with nothing in its list; "": there is no such page
    detail: tuple = field(default=())


def page(title, body, head=""):
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{e(title)}</title>{head}</head>\n'
            f"<body>{NOISE}\n{body}\n<footer><a href=\"/terms\">Terms</a></footer></body></html>\n")


def day(i):
    return f"2026-08-{4 - i % 4:02d}"


def ap_news():
    url = "https://apnews.com/hub/technology"
    entries, cards = [], []
    for i, topic in enumerate(TOPICS):
        link = f"https://apnews.com/article/harbour-{i}-0f{i}"
        ms = 1785830400000 - i * 3600000
        entries.append({"title": topic, "link": link, "id": link, "summary": f"What is known of number {i}.",
                        "published": f"2026-08-04T{8 - i:02d}:00:00Z", "image": f"https://dims.apnews.com/{i}.jpg?a=1&b"})
        card = (f'<div class="PagePromo" data-x="{i}"><div class="PagePromo-media"><a href="{link}"><picture>'
                f'<img class="Image" src="https://dims.apnews.com/{i}.jpg?a=1&amp;b"></picture></a></div>'
                f'<div class="PagePromo-content"><bsp-custom-headline><h3 class="PagePromo-title">'
                f'<a class="Link " href="{link}"><span class="PagePromoContentIcons-text">{e(topic)}</span></a></h3>'
                f'</bsp-custom-headline><div class="PagePromo-description"><a class="Link " href="{link}">'
                f'<span class="PagePromoContentIcons-text">What is known of number {i}.</span></a></div>'
                f'<div class="PagePromo-date"><bsp-timestamp data-timestamp="{ms}"><template>x</template></bsp-timestamp>'
                "</div></div></div>")
        cards.append(card)
    # The lead stands in a module of another kind, and once more among the others.
    lead = cards[0].replace("PagePromo-content", "PageListStandardE-leadPromo-info")
    advert = '<div class="PagePromo"><div class="PagePromo-content"><a href="/buy">Buy a lamp</a></div></div>'
    story = page("x", '<script id="link-ld-json" type="application/ld+json">' + json.dumps([
        {"datePublished": "2026-08-03T22:15:00Z", "dateModified": "2026-08-04T01:00:00Z", "keywords": ["Lamps"]}])
        + '</script><div class="RichTextStoryBody"><p>HARBOUR (XX) &mdash; All of it.</p><script>x()</script></div>',
        '<meta property="article:section" content="Technology">')
    detail = (entries[0]["link"], story, {"published": "2026-08-03T22:15:00Z", "updated": "2026-08-04T01:00:00Z",
              "content": "All of it.", "categories": ["Technology"]})
    body = f'<div class="PageListStandardE">{lead}</div><div class="PageList-items">{advert}{"".join(cards)}</div>'
    return Site(url, page("Technology news", body), entries, "Technology news", detail=detail)


def hacker_news():
    url = "https://news.ycombinator.com/news"
    entries, rows = [], []
    for i, topic in enumerate(TOPICS):
        number = 48000000 + i
        talk = f"https://news.ycombinator.com/item?id={number}"
        own = i == 2
        link = talk if own else f"https://lamps{i}.example/a?b=1&c={i}"
        when = f"{day(i)}T10:0{i}:07"
        stamp = f"{when} 17858376{i:02d}" if i % 2 else when
        entry = {"title": topic, "link": link, "id": talk, "comments": talk, "published": when + "Z"}
        site = "" if own else (f'<span class="sitebit comhead"> (<a href="from?site=x"><span class="sitestr">'
                               f"lamps{i}.example</span></a>)</span>")
        if not own:
            entry["categories"] = [f"lamps{i}.example"]
        rows.append(f'<tr class="athing submission" id="{number}"><td class="title"><span class="rank">{i + 1}.</span></td>'
                    f'<td class="votelinks"></td><td class="title"><span class="titleline">'
                    f'<a href="{e(link.replace("https://news.ycombinator.com/", ""))}">{e(topic)}</a>{site}</span></td></tr>')
        by = (f'<span class="score" id="score_{number}">{i * 111 + 1} points</span> by '
              f'<a href="user?id=u{i}" class="hnuser">lamp_{i}</a> ')
        last = f'<a href="item?id={number}">{i * 7}&nbsp;comments</a>' if i % 3 else f'<a href="item?id={number}">discuss</a>'
        if i == 4:  # an advertisement for a job: no points, no author, no talk
            by, last = "", '<a href="hide?id=1">hide</a>'
        else:
            entry["authors"] = [f"lamp_{i}"]
            entry["numbers"] = {"points": i * 111 + 1}
            if i % 3:
                entry["numbers"]["comments"] = i * 7
        entries.append(entry)
        rows.append(f'<tr><td colspan="2"></td><td class="subtext"><span class="subline">{by}<span class="age" '
                    f'title="{stamp}"><a href="item?id={number}">3 hours ago</a></span> | {last}</span></td></tr>'
                    '<tr class="spacer" style="height:5px"></tr>')
    def whole(rows, more):
        return page("Hacker News", f'<center><table id="hnmain"><tr><td><a href="news">Hacker News</a></td></tr><tr><td>'
                    f'<table>{"".join(rows)}{more}</table></td></tr></table></center>')
    more = '<tr class="morespace"></tr><tr><td class="title"><a href="?p=2" class="morelink" rel="next">More</a></td></tr>'
    return Site(url, whole(rows, more), entries, "Hacker News: news", url + "?p=2", whole([], ""))


def github_releases():
    url = "https://github.com/example/lamp/releases"
    entries, sections = [], []
    for i, topic in enumerate(TOPICS):
        tag = f"v1.{len(TOPICS) - i}.0"
        link = f"https://github.com/example/lamp/releases/tag/{tag}"
        label = '<span class="Label Label--success">Latest</span>' if i == 0 else ""
        entries.append({"title": f"{tag}: {topic}", "link": link, "id": link, "published": f"{day(i)}T09:30:00Z",
                        "authors": [f"keeper{i % 2}"], "content": "Wicks", "categories": ["Latest"] if i == 0 else []})
        sections.append(
            f'<section aria-labelledby="hd-{i}"><h2 class="sr-only" id="hd-{i}">{e(tag)}: {e(topic)}</h2>'
            f'<div class="d-flex"><relative-time datetime="{day(i)}T09:30:00Z">{day(i)}</relative-time>'
            f'<a data-hovercard-type="user" href="/keeper{i % 2}">keeper{i % 2}</a>'
            f'<a href="/example/lamp/tree/{tag}">{tag}</a></div><div class="Box"><div class="Box-body">'
            f'<span class="f1"><a href="/example/lamp/releases/tag/{tag}" class="Link--primary Link">{e(tag)}: {e(topic)}</a></span>'
            f'{label}<div class="markdown-body my-3"><h2>Wicks</h2><ul><li>longer &amp; drier by <a href="/keeper0">keeper0</a>'
            f"</li></ul></div></div></div></section>")
    def whole(sections, more):
        return page("Releases · example/lamp", f'<h2>Releases: example/lamp</h2><main><div data-hpc="">{"".join(sections)}'
                    f'</div>{more}</main><aside><section><h2>About</h2></section></aside>')
    more = '<div class="pagination"><a class="next_page" rel="next" href="/example/lamp/releases?page=2">Next</a></div>'
    return Site(url, whole(sections, more), entries, "Releases of example/lamp", url + "?page=2", whole([], ""))


def python_jobs():
    url = "https://www.python.org/jobs/"
    entries, items = [], []
    for i, topic in enumerate(TOPICS):
        link = f"https://www.python.org/jobs/{7000 + i}/"
        company = f"Lamp & Wick {i} Ltd"
        new = '<span class="listing-new">New</span> ' if i < 2 else ""
        entries.append({"title": topic, "link": link, "id": link, "authors": [company],
                        "published": f"{day(i)}T14:03:00Z", "summary": f"Harbour {i}, Sea, Norway (Back end, Web)",
                        "categories": ["Back end", "Web", "Developer / Engineer"]})
        items.append(
            f'<li><h2 class="listing-company"><span class="listing-company-name">{new}<a href="/jobs/{7000 + i}/">{e(topic)}</a>'
            f'<br/>\n  {e(company)}\n</span><span class="listing-location"><a href="/jobs/location/sea/" title="More jobs in Sea">'
            f"Harbour {i}, Sea, Norway</a></span></h2>"
            f'<span class="listing-job-type"><a href="/jobs/type/back-end/">Back end</a>, <a href="/jobs/type/web/">Web</a></span>'
            f'<span class="listing-posted">Posted: <time datetime="{day(i)}T16:03:00+02:00">{day(i)}</time></span>'
            f'<span class="listing-company-category"><a href="/jobs/category/dev/">Developer / Engineer</a></span></li>')
    def whole(items, more):
        return page("Our Jobs", f'<div class="row"><ol class="list-recent-jobs list-row-container menu">{"".join(items)}</ol>'
                    f'<ul class="pagination menu"><li class="previous"><a class="disabled" href="">Prev</a></li>'
                    f'<li><a class="active" href="?page=1">1</a></li><li class="next">{more}</li></ul></div>'
                    f'<aside><ol class="menu"><li><h2><a href="/x/">Submit a job</a></h2></li></ol></aside>')
    return Site(url, whole(items, '<a href="?page=2">Next</a>'), entries, "Python jobs", url + "?page=2",
                whole([], '<a class="disabled" href="">Next</a>'))


def alpine_packages():
    host = "https://pkgs.alpinelinux.org"
    url = host + "/packages?name=lamp-%2A&branch=edge&repo=&arch=x86_64"
    entries, rows = [], []
    for i in range(6):
        name, version, repo = f"lamp-{'abcdef'[i]}", f"1.{i}.0-r{i}", ("main", "community")[i % 2]
        link = f"{host}/package/edge/{repo}/x86_64/{name}"
        entries.append({"title": f"{name} {version}", "link": link, "id": f"{link}#{version}", "authors": [PEOPLE[i % 4]],
                        "published": f"{day(i)}T07:08:0{i}Z", "categories": ["edge", repo, "x86_64"]})
        rows.append(
            f'<tr><td class="package"><a class="hint--right" aria-label="A lamp &amp; more" href="/package/edge/{repo}/x86_64/{name}">'
            f'{name}</a></td><td class="version"><strong class="hint--right hint--rounded text-success"><a href="#">{version}</a>'
            f'</strong></td><td class="url"><a href="https://lamp.example/">URL</a></td><td class="license">MIT</td>'
            f'<td class="branch">edge</td><td class="repo"><a href="?repo={repo}">{repo}</a></td>'
            f'<td class="arch"><a href="?arch=x86_64">x86_64</a></td><td class="maintainer"><a href="?m=1">{e(PEOPLE[i % 4])}</a>'
            f'</td><td class="bdate">{day(i)} 07:08:0{i}</td></tr>')
    def whole(rows):
        return page("Alpine Linux packages", '<form><table><tr><td class="package"><input name="name"></td></tr></table></form>'
                    '<table class="pure-table pure-table-striped"><thead><tr><th class="package">Package</th><th>Version</th>'
                    f'</tr></thead><tbody>{"".join(rows)}</tbody></table>')
    return Site(url, whole(rows), entries, "Alpine packages: lamp-* (edge, x86_64)",
                empty=whole(['<tr><td colspan="9">No matching packages found...</td></tr>']))


NOW = 1785844800  # 2026-08-04T12:00:00Z


def youtube_channel():
    url = "https://www.youtube.com/%40lamps/videos"
    ago = [("3 hours ago", "2026-08-04T09:00:00Z"), ("Streamed 1 day ago", "2026-08-03T12:00:00Z"),
           ("2 days ago", "2026-08-02T12:00:00Z"), ("Premiered 5 days ago", "2026-07-30T12:00:00Z"),
           ("2 weeks ago", "2026-07-21T12:00:00Z"), (None, None)]
    entries, items = [], []
    for i, topic in enumerate(TOPICS):
        video = f"lamp_-{i}aBcDe"
        renderer = {"videoId": video, "thumbnail": {"thumbnails": [{"url": f"https://i.ytimg.com/vi/{video}/x.jpg"}]},
                    "title": {"runs": [{"text": topic}], "accessibility": {}},
                    "descriptionSnippet": {"runs": [{"text": f"About {i}: "}, {"text": "more"}]},
                    "viewCountText": {"simpleText": f"{i},234 views"}}
        entry = {"title": topic, "link": f"https://www.youtube.com/watch?v={video}", "id": f"yt:video:{video}",
                 "summary": f"About {i}:", "numbers": {"views": i * 1000 + 234},
                 "image": f"https://i.ytimg.com/vi/{video}/hqdefault.jpg"}
        if ago[i][0]:
            renderer["publishedTimeText"] = {"simpleText": ago[i][0]}
            entry["published"] = ago[i][1]
        entries.append(entry)
        items.append({"richItemRenderer": {"content": {"videoRenderer": renderer}, "trackingParams": "x" * 40}})
    items.insert(2, {"richItemRenderer": {"content": {"adSlotRenderer": {"title": "Buy a lamp"}}}})
    items.append({"continuationItemRenderer": {"trigger": "X"}})
    def whole(items):
        tabs = [{"tabRenderer": {"title": "Home", "content": {"sectionListRenderer": {"contents": [{"x": 1}]}}}},
                {"tabRenderer": {"title": "Videos", "selected": True, "content": {"richGridRenderer": {"contents": items}}}},
                {"tabRenderer": {"title": "Shorts"}}]
        data = json.dumps({"responseContext": {}, "contents": {"twoColumnBrowseResultsRenderer": {"tabs": tabs}}})
        return page("Lamps - YouTube", '<script nonce="a">var ytcfg = {"contents": 1};</script>'
                    f'<script nonce="b">var ytInitialData = {data};</script>'
                    "<script>if (window.ytcsi) {window.ytcsi.tick('pdr');}</script>")
    return Site(url, whole(items), entries, "Lamps - YouTube", empty=whole([]))


def discourse():
    url = "https://forum.example/latest.json"
    entries, topics = [], []
    for i, topic in enumerate(TOPICS):
        number = 900 + i
        link = f"https://forum.example/t/lamp-{i}/{number}"
        topics.append({"id": number, "title": topic, "fancy_title": e(topic), "slug": f"lamp-{i}", "posts_count": i + 1,
                       "reply_count": i, "image_url": "https://forum.example/lamp.png" if i == 2 else None, "created_at": f"{day(i)}T06:07:08.123Z", "excerpt": "Of &hellip; it",
                       "last_posted_at": "2026-08-04T11:00:00.000Z", "pinned": i == 0, "views": 10 * i, "like_count": i,
                       "tags": ["wicks", "oil"] if i % 2 else [{"id": 1, "name": "wicks"}, {"id": 2, "name": "oil"}],
                       "posters": [{"user_id": 5}], "category_id": 4})
        entries.append({"title": topic, "link": link, "id": f"https://forum.example/t/{number}",
                        "published": f"{day(i)}T06:07:08Z", "categories": ["wicks", "oil"],
                        "numbers": {"replies": i, "views": 10 * i, "likes": i}})
    def whole(topics):
        return json.dumps({"users": [{"id": 5, "username": "ada"}], "topic_list": {
            "can_create_topic": False, "more_topics_url": "/latest?page=1", "per_page": 30, "topics": topics}})
    return Site(url, whole(topics), entries, "Topics of forum.example", empty=whole([]))


def arxiv_new():
    url = "https://arxiv.org/list/cs.CL/new"
    entries, parts = [], []
    for i, topic in enumerate(TOPICS):
        number = f"2608.0{i}123"
        link, pdf = f"https://arxiv.org/abs/{number}", f"https://arxiv.org/pdf/{number}"
        names = PEOPLE[: i % 4 + 1]
        entries.append({"title": topic, "link": link, "id": link, "published": "2026-08-04T00:00:00Z", "authors": names,
                        "summary": f"We weigh {i} lamps. Then we weigh them again.", "enclosure": pdf,
                        "categories": ["Computation and Language (cs.CL)"]})
        if i in (0, 4):
            parts.append(("</dl>" if i else "") + f"<dl id='articles'><h3>{'New submissions' if not i else 'Cross-lists'}</h3>")
        people = ", ".join(f'<a href="/a?q={k}" rel="nofollow">{e(n)}</a>' for k, n in enumerate(names))
        parts.append(
            f"<dt><a name='item{i}'>[{i}]</a> <a href =\"/abs/{number}\" title=\"Abstract\" id=\"{number}\">arXiv:{number}</a>"
            f' [<a href="/pdf/{number}" title="Download PDF">pdf</a>, <a href="/format/{number}" title="Other formats">other</a>]</dt>'
            f"<dd><div class='meta'><div class='list-title mathjax'><span class='descriptor'>Title:</span>\n  {e(topic)}\n</div>"
            f"<div class='list-authors'>{people}</div><div class='list-comments mathjax'><span class='descriptor'>Comments:</span>"
            f" 9 pages</div><div class='list-subjects'><span class='descriptor'>Subjects:</span> <span class=\"primary-subject\">"
            f"Computation and Language (cs.CL)</span>; Lamps (cs.LA)</div><p class='mathjax'>\n  We weigh {i} lamps.\n"
            f"Then we weigh them again.</p></div></dd>")
    def whole(parts):
        return page("Computation and Language", "<div id='content-inner'><div id='dlpage'><h1>Computation and Language</h1>"
                    "<ul><li><a href='#item0'>New submissions</a></li></ul><h3>Showing new listings for Tuesday, 4 August 2026"
                    f"</h3><div class='paging'>Total of 6 entries</div>{''.join(parts)}</div></div>")
    return Site(url, whole(parts + ["</dl>"]), entries, "arXiv: new in cs.CL", empty=whole(["<p>No updates today.</p>"]))


HUB = "https://huggingface.co"


def hub_repositories(kind, query="limit=50&sort=trendingScore&direction=-1"):
    """/api/models, /api/datasets and /api/spaces: an array."""
    url = f"{HUB}/api/{kind}?{query}"
    below = "" if kind == "models" else kind + "/"
    entries, items = [], []
    for i, word in enumerate(("lamp-7b", "wick_0.5", "öl-Öfen")):
        name = f"harbour/{word}"
        item = {"_id": f"66{i}", "id": name, "author": "harbour", "likes": 10 * i, "private": False,
                "downloads": 1000 * i, "trendingScore": 9 - i, "createdAt": f"{day(i)}T10:00:0{i}.000Z",
                "tags": ["region:us", "license:mit"], "modelId": name}
        if kind == "models":
            item |= {"pipeline_tag": "text-generation", "library_name": "transformers"}
        if kind == "spaces":
            item["sdk"] = "gradio"
        categories = {"models": ["text-generation"], "datasets": ["region:us", "license:mit"], "spaces": ["gradio"]}
        items.append(item)
        link = f"{HUB}/{below}{name}".replace("ö", "%C3%B6").replace("Ö", "%C3%96")
        entries.append({"title": name, "link": link, "id": link, "published": f"{day(i)}T10:00:0{i}Z",
                        "authors": ["harbour"], "categories": categories[kind],
                        "numbers": {"likes": 10 * i, "downloads": 1000 * i, "trending": 9 - i}})
    titles = {"models": "Models", "datasets": "Datasets", "spaces": "Spaces"}
    return Site(url, json.dumps(items), entries, f"{titles[kind]} on Hugging Face", empty="[]")


def huggingface_models():
    return hub_repositories("models")


def huggingface_datasets():
    return hub_repositories("datasets")


def huggingface_spaces():
    return hub_repositories("spaces")


def huggingface_owner():
    site = hub_repositories("models", "author=huggingface&sort=createdAt&direction=-1&limit=50")
    for entry in site.entries:
        del entry["numbers"]["trending"]
    return Site(site.url, site.body, site.entries, "models of huggingface on Hugging Face", empty="[]")


def huggingface_posts():
    entries, posts = [], []
    for i, topic in enumerate(TOPICS[:4]):
        text = f"{'# ' if i % 2 else ''}{topic}\n\nAll of it, in **bold**, number {i}."
        posts.append({"slug": f"80{i}", "content": [{"type": "text", "value": text, "raw": text}], "rawContent": text,
                      "author": {"name": f"ann{i}", "fullname": PEOPLE[i], "avatarUrl": "/avatars/1.svg", "isPro": False},
                      "attachments": [], "mentions": [], "reactions": [{"reaction": "🔥", "users": ["x"], "count": 2}],
                      "publishedAt": f"{day(i)}T07:00:00.000Z", "updatedAt": f"{day(i)}T08:00:00.000Z",
                      "commentators": [], "url": f"/posts/ann{i}/80{i}", "totalUniqueImpressions": 100 * i,
                      "numComments": i})
        link = f"{HUB}/posts/ann{i}/80{i}"
        folded = text.removeprefix("# ").replace("\n\n", " ")
        entries.append({"title": folded, "link": link, "id": link, "published": f"{day(i)}T07:00:00Z",
                        "authors": [PEOPLE[i]], "numbers": {"comments": i, "reach": 100 * i}})
    whole = {"socialPosts": posts, "numTotalItems": 4000}
    return Site(f"{HUB}/api/posts?sort=recent&limit=30", json.dumps(whole), entries, "Posts on Hugging Face",
                empty=json.dumps({"socialPosts": [], "numTotalItems": 0}))


def huggingface_articles():
    entries, posts = [], []
    for i, topic in enumerate(TOPICS[:4]):
        post = {"_id": f"67{i}", "title": topic, "slug": f"ann/lamp-{i}", "status": "published", "upvotes": 3 * i,
                "publishedAt": f"{day(i)}T09:00:00.000Z", "canonical": False, "numCoauthors": 1, "isUpvotedByUser": False,
                "thumbnail": f"/blog/assets/{i}.png"}
        if i % 2:  # both forms have been seen
            post |= {"url": f"/blog/ann/lamp-{i}", "authorsData": [{"name": "ann", "fullname": PEOPLE[i]}]}
        else:
            post |= {"authorData": {"name": "ann", "fullname": PEOPLE[i], "type": "user"}}
        posts.append(post)
        link = f"{HUB}/blog/ann/lamp-{i}"
        entries.append({"title": topic, "link": link, "id": link, "published": f"{day(i)}T09:00:00Z",
                        "authors": [PEOPLE[i]], "image": f"{HUB}/blog/assets/{i}.png", "numbers": {"upvotes": 3 * i}})
    pages = {"numItemsPerPage": 16, "numTotalItems": 900, "pageIndex": 0}
    return Site(f"{HUB}/api/blog/community?sort=recent", json.dumps({"posts": posts, "pagination": pages}), entries,
                "Articles on Hugging Face", empty=json.dumps({"posts": [], "pagination": pages}))


def huggingface_commits():
    entries, commits = [], []
    for i, topic in enumerate(TOPICS[:4]):
        sha = f"{i:040x}"
        commits.append({"id": sha, "title": topic, "message": f"Why number {i}." if i else "",
                        "authors": [{"user": "ann", "avatar": "/a.svg"}], "date": f"{day(i)}T05:00:00.000Z"})
        link = f"{HUB}/openai-community/gpt2/commit/{sha}"
        entry = {"title": topic, "link": link, "id": link, "published": f"{day(i)}T05:00:00Z", "authors": ["ann"]}
        entries.append(entry | ({"summary": f"Why number {i}."} if i else {}))
    return Site(f"{HUB}/api/models/openai-community/gpt2/commits/main", json.dumps(commits), entries,
                "Commits of openai-community/gpt2 on Hugging Face", empty="[]")


def huggingface_discussions():
    entries, talks = [], []
    for i, topic in enumerate(TOPICS[:4]):
        status = ("open", "closed", "merged", "draft")[i]
        talks.append({"num": i + 1, "author": {"name": f"ann{i}", "type": "user"}, "repo": {"name": "openai-community/gpt2"},
                      "title": topic, "status": status, "createdAt": f"{day(i)}T04:00:00.000Z",
                      "isPullRequest": i == 2, "numComments": i, "pinned": False})
        link = f"{HUB}/openai-community/gpt2/discussions/{i + 1}"
        entries.append({"title": topic, "link": link, "id": link, "published": f"{day(i)}T04:00:00Z",
                        "authors": [f"ann{i}"], "categories": [status], "numbers": {"comments": i}})
    whole = {"discussions": talks, "count": 4, "start": 0, "numClosedDiscussions": 1}
    return Site(f"{HUB}/api/models/openai-community/gpt2/discussions", json.dumps(whole), entries,
                "Discussions of openai-community/gpt2 on Hugging Face",
                empty=json.dumps({"discussions": [], "count": 0, "start": 0}))


SITES = {make.__name__.replace("_", "-"): make() for make in
         (ap_news, hacker_news, github_releases, python_jobs, alpine_packages, youtube_channel, discourse, arxiv_new,
          huggingface_models, huggingface_datasets, huggingface_spaces, huggingface_owner, huggingface_posts,
          huggingface_articles, huggingface_commits, huggingface_discussions)}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, site in SITES.items():
        (folder / f"{name}.html").write_text(site.body)


if __name__ == "__main__":
    main()
