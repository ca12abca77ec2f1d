#!/usr/bin/env python3
"""Listing pages for the tests, in the markup that the Daily Papers listing has.

Every text is invented here; the same call gives the same bytes on every run
and machine. Two forms: the one of 2026 (`dateString`, `periodType`,
`submittedOnDailyAt`) and the one of 2024 (`date`).

    import pages
    pages.daily()              the page as bytes
    pages.PAGES["week"]()      the same by name
    pages.api("week")          the same list as /api/daily_papers has it
    pages.papers("daily")      what a reader should get from it, in page order

    pages.py FOLDER            writes NAME.html, NAME.json (= papers(NAME)) and NAME.api

The dicts of papers() have: id, title, summary, authors, published (RFC 3339),
upvotes, comments, stars (or None), related (addresses), enclosure, keywords,
organization (or None), organization_name (or None), thumbnail.
"""
import html
import json
import os
import random
import re
import sys

DAY, NEXT_DAY, WEEKEND = "2026-08-04", "2026-08-05", "2026-08-08"
HOST = "https://huggingface.co"

# What `later` changed against `daily`, and what is new in it.
CHANGED_TITLE, CHANGED_ABSTRACT = "2608.00105", "2608.00112"
NEW = ["2608.00801", "2608.00812", "2608.00823"]

GIVEN = ("Ada Bjørn Chiara Đorđe Eszter Fionnuala Göran Hina Ilse João Kwame Ljubica Małgorzata Ngọc Ólafur "
         "Paweł Qiáng Renée Şebnem Tāne Uchenna Väinö 光 Xiomara Юлия Zsófia").split()
FAMILY = ("Ångström Brûlé Castaño D'Arcy Eğilmez Fürst Grünwald Håkansson Ibáñez Jørgensen Kőszegi Løvås Mħallef "
          "Núñez O'Dwyer Příhoda Quiroga Rîșcanu Świątek Țepeș Uí-Néill Vlăduț 山田 Wójcik Иванова Žižek").split()
LABS = [("quiet-lab", "Quiet Lab"), ("salt-and-pepper", "Salt & Pepper Research"),
        ("angle", "Institute <Angle> Bracket"), ("ueber", "Über \"Große\" Modelle"), ("nameonly", None)]
KEYWORDS = ["sparse attention", "r&d", "a < b", "tokenisers", "Grüße", "graph rewriting", "流体", "\"quoted\""]

HOW = ("Patient Frugal Recursive Gentle Stubborn Sideways Shallow Borrowed Weathered Curious Half-Open Unhurried "
       "Lopsided Tidal Woven Folded").split()
WHAT = ("Gradients Harbours Lanterns Tokenisers Orchards Memories Compasses Bridges Sketches Ledgers Chimneys "
        "Puzzles Mirrors Kettles Atlases Embeddings").split()
WHERE = ("Small Rooms|Long Contexts|Noisy Kitchens|Old Maps|Cold Starts|Deep Forests|Crowded Benchmarks|"
         "Silent Videos|Empty Inboxes|Tall Grass").split("|")
CLAUSES = ("we let a small model argue with its own notes before it answers|the teacher hears only every third word|"
           "each layer keeps a ledger of what it has already forgiven|nothing is sampled twice on a rainy day|"
           "a second pass repairs what the first one hurried|the cost grows with the square of our impatience|"
           "readers preferred the shorter proof in most trials|we release the recipe, the pots and the dirty dishes|"
           "accuracy rises by a margin that fits on a postage stamp|the baseline was asleep and still did well|"
           "three ablations agree and one abstains|training fits on a laptop with a warm battery").split("|")

# Titles and abstracts with what breaks careless programs.
HARD_TITLES = [
    "Is 2 < 3 & 3 > 2? A \"Quoted\" <b>Study</b> of 'Markup'",
    "Écoute, 世界! 🧠🧵 Ёлки and عربى in One Title",
    "Already escaped: &amp; stays &lt;so&gt; &#39;always&#39; &copy",
    "Ending ]]> a Section, <!-- a Comment --> and </script> a Script",
    "Controls \u0001in\u0008 a\u000b Title\u001f\u007f, and \ufffe\uffffNoncharacters",
    "White   Space\n  Broken over\tLines",
    "Backslash \\n C:\\new\\table and $\\alpha\\beta$ / slash",
    "Family 👨‍👩‍👧‍👦, e\u0301 Combining and \U0001F469\u200D\U0001F52C",
    "{\"dailyPapers\":[{\"paper\":{\"id\":\"9999.99999\"}}]} as a Title",
]
HARD_ABSTRACTS = [
    "First line, then\nan inner break.\n\nA second paragraph with <i>tags</i> & \"quotes\" it's 1 < 2 > 0.\n\n\nA third.",
    "Nul \u0000 bell \u0007 escape \u001b[31mred\u001b[0m and a tab\there; &quot;escaped&quot; &#x41; stays as written.",
    "The code is at https://example.org/a?b=1&c=2 and the proof in $x_{i} \\leq \\frac{1}{2}$ \\\\ 100\\%.",
]


def pick(rng, seq):
    """Only random(): its stream is the same in every version of Python."""
    return seq[int(rng.random() * len(seq))]


def number(rng, low, high):
    return low + int(rng.random() * (high - low + 1))


def digits(rng, count):
    return "".join(pick(rng, "0123456789abcdef") for _ in range(count))


def title_of(i):
    if i % 5 == 2 and i // 5 < len(HARD_TITLES):
        return HARD_TITLES[i // 5]
    return (f"{HOW[i % len(HOW)]} {WHAT[(i * 7 + i // 16) % len(WHAT)]} in "
            f"{WHERE[(i * 3 + i // 10) % len(WHERE)]}: Part {i + 1}")


def abstract_of(i, rng):
    if i % 9 == 4 and i // 9 < len(HARD_ABSTRACTS):
        return HARD_ABSTRACTS[i // 9]
    text = " ".join(pick(rng, CLAUSES).capitalize() + "." for _ in range(number(rng, 9, 26)))
    return re.sub(r"(.{60,76}) ", r"\1\n", text) if i % 2 else text


def account(rng, name, handle):
    return {"_id": digits(rng, 24), "avatarUrl": f"/avatars/{digits(rng, 32)}.svg", "isPro": rng.random() < .2,
            "fullname": name, "user": handle, "type": "user", "name": handle}


def author(rng, i, k):
    name = f"{pick(rng, GIVEN)} {pick(rng, FAMILY)}"
    if i % 11 == 3 and k == 1:
        name = "  Anna\u00a0Maria \n de  <Groot> & Zonen "
    one = {"_id": digits(rng, 24), "name": name, "hidden": k > 0 and rng.random() < .06}
    if rng.random() < .55:
        one["user"] = account(rng, name, f"acct{i}-{k}")
        one["status"] = "claimed_verified"
        one["statusLastChangedAt"] = f"{DAY}T09:10:11.120Z"
    return one


def paper(i, day=DAY, pid=None, nauthors=None):
    """One element of `dailyPapers` in the form of 2026."""
    rng = random.Random(1000 + i)
    title, abstract = title_of(i), abstract_of(i, rng)
    sender = account(rng, f"{pick(rng, GIVEN)} {pick(rng, FAMILY)}", f"sender{i}")
    minute = f"T{i % 24:02d}:{i * 7 % 60:02d}:00.000Z"
    one = {"id": pid or f"2608.{100 + i:05d}",
           "authors": [author(rng, i, k) for k in range(nauthors or number(rng, 6, 46))],
           "publishedAt": f"2026-07-{20 + i % 11:02d}{minute}",
           "submittedOnDailyAt": f"{day}T00:00:00.000Z",
           "title": title, "submittedOnDailyBy": sender, "summary": abstract,
           "upvotes": [0, 1, 2, 9, 31, 64, 188, 1024][i % 8], "discussionId": digits(rng, 24)}
    if i % 4 == 0:
        one["mediaUrls"] = [f"https://cdn-uploads.huggingface.co/production/uploads/{digits(rng, 24)}/clip.mp4"]
    if i % 2 == 0:
        one["ai_summary"] = f"In short ({i}): x < y & \"so\" on."
        one["ai_keywords"] = [KEYWORDS[(i + k) % len(KEYWORDS)] for k in range(i % 5)]
    if i % 3 == 0:
        one.update(githubRepo=f"https://github.com/invented/paper-{i}", githubRepoAddedBy="user",
                   githubStars=i * 137 % 9000)
    if i % 5 == 1:
        one["projectPage"] = f"https://project.example.org/{i}/?view=full&lang=en#top"
    entry = {"paper": one, "publishedAt": one["publishedAt"], "title": title, "summary": abstract,
             "thumbnail": f"https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/{one['id']}.png",
             "numComments": i % 6, "submittedBy": {**sender, "isHf": False, "isMod": False, "followerCount": i},
             "upvoted": False, "isAuthorParticipating": i % 5 == 0}
    if i % 4 != 3:
        name, full = LABS[i % len(LABS)]
        entry["organization"] = one["organization"] = {"_id": digits(rng, 24), "name": name, "avatar": "/x.png",
                                                       **({"fullname": full} if full else {})}
    return entry


def the_day():
    return [paper(i, nauthors=533 if i == 8 else None) for i in range(50)]


def the_later_day():
    entries = [paper(800 + i, pid=pid) for i, pid in enumerate(NEW)] + the_day()[::-1]
    for e in entries:
        e["paper"]["upvotes"] += 4
        e["numComments"] += 1
        for where in (e, e["paper"]):
            if e["paper"]["id"] == CHANGED_TITLE:
                where["title"] += " (Revised)"
            if e["paper"]["id"] == CHANGED_ABSTRACT:
                where["summary"] += " One sentence was added."
    return entries


def the_next_day():
    return [paper(100 + i, NEXT_DAY) for i in range(15)]


def the_week():
    return the_day() + the_next_day()


def the_trend():
    return sorted(the_day()[:40], key=lambda e: -e["paper"]["upvotes"])


def the_old_day():
    """The form of 2024: fewer keys, titles with the line breaks of their source."""
    entries = []
    for i in range(13):
        e = paper(200 + i, pid=f"2407.{20100 + i * 31:05d}", nauthors=533 if i == 0 else number(random.Random(i), 2, 14))
        p = e["paper"]
        p = {k: p[k] for k in ("id", "authors", "publishedAt", "title", "summary", "upvotes", "discussionId")}
        p["publishedAt"] = f"2024-07-31T{10 + i % 12}:24:27.000Z"
        p["title"] = p["title"].replace(": ", ":\n  ")
        entries.append({"paper": p, "publishedAt": f"2024-08-01T0{i % 9}:21:47.935Z", "title": e["title"],
                        "thumbnail": e["thumbnail"], "numComments": e["numComments"], "upvoted": False,
                        "submittedBy": e["submittedBy"]})
    return entries


def the_ragged_day():
    """Each of the first three can be no entry; the others have one thing amiss."""
    entries = [paper(300 + i) for i in range(14)]
    del entries[0]["paper"]["id"]
    entries[1]["title"] = entries[1]["paper"]["title"] = " \u0001\n "
    entries[2] = None
    entries[3]["paper"].update(githubRepo="javascript:alert(1)", projectPage="/relative", organization="text")
    entries[3]["organization"] = {"_id": "0"}
    entries[4]["paper"].update(id="2608.00404v2", projectPage="http:// space.example/", authors=None)
    entries[5]["paper"].update(id="a-blog_post.2", submittedOnDailyAt="yesterday", summary=None)
    entries[5]["summary"] = None
    entries[6]["paper"].update(id="../../etc", submittedOnDailyAt=None)
    entries[7]["paper"].update(upvotes="many", githubStars=None, ai_keywords=["", None, 7, "kept", "kept"])
    entries[8]["paper"]["authors"] = [{"hidden": False}, None, {"name": ""}, {"name": "Only One"}, "text",
                                      {"name": "Hid Den", "hidden": True}]
    del entries[9]["title"], entries[9]["thumbnail"]
    entries[10]["paper"]["title"] = None
    entries[11] = json.loads(json.dumps(entries[3]))  # the same paper again
    entries[12]["paper"]["publishedAt"] = entries[12]["publishedAt"] = None
    del entries[12]["paper"]["submittedOnDailyAt"]
    entries[13] = {"title": "No paper in it", "paper": []}
    return entries


# -- what a reader should get ------------------------------------------------

FORBIDDEN = re.compile("[\u0000-\u0008\u000e-\u001f\ufffe\uffff]")


def plain(text):
    return FORBIDDEN.sub("", text.replace("\u000b", " ").replace("\u000c", " "))


def fold(text):
    return re.sub("[ \t\r\n\u000b\u000c]+", " ", FORBIDDEN.sub("", text)).strip(" ")


def expect(entry, day=None):
    """The normal form of one JSON entry; `day` is the listing's."""
    p = entry["paper"]
    arxiv = re.fullmatch(r"\d{4}\.\d{4,5}(v\d+)?", p["id"])
    org = entry.get("organization") or p.get("organization")
    related = [f"https://arxiv.org/abs/{p['id']}"] if arxiv else []
    related += [p[k] for k in ("githubRepo", "projectPage") if k in p]
    return {"id": f"{HOST}/papers/{p['id']}", "title": fold(entry["title"]), "summary": plain(p["summary"]).strip(),
            "authors": [fold(a["name"]) for a in p["authors"] if not a["hidden"]],
            "published": re.sub(r"\.\d+Z", "Z", p.get("submittedOnDailyAt") or day or entry["publishedAt"]),
            "upvotes": p["upvotes"], "comments": entry["numComments"], "stars": p.get("githubStars"),
            "related": related, "enclosure": f"https://arxiv.org/pdf/{p['id']}" if arxiv else None,
            "keywords": list(p.get("ai_keywords", [])), "thumbnail": entry["thumbnail"],
            "organization": fold(org.get("fullname") or org["name"]) if org else None,
            "organization_name": org["name"] if org else None}


# -- the page ----------------------------------------------------------------

def glyph(rng, points):
    """An inline picture; much of a real page's weight is such paths."""
    path = " ".join(f"{rng.random() * 256:.3f} {rng.random() * 256:.3f}" for _ in range(points))
    return ('<svg class="size-4" xmlns="http://www.w3.org/2000/svg" aria-hidden="true" focusable="false" role="img" '
            f'width="1em" height="1em" viewBox="0 0 256 256"><path d="M{path}" fill="currentColor"></path></svg>')


def text_html(text):
    """NUL never gets as far as a rendered page."""
    return html.escape(text.replace("\0", ""), quote=False)


def article(e, rng, abstract, weight, published):
    p, at = e["paper"], f"/papers/{e['paper']['id']}"
    faces = "".join(f'<li class="-mr-2 size-4 rounded-full" title="{a["user"]["user"]}"><img class="rounded-full" alt="" '
                    f'src="{a["user"]["avatarUrl"]}"/></li>' for a in p["authors"][:5] if "user" in a)
    parts = [
        '<!--[--><article class="relative flex flex-col overflow-hidden rounded-xl border">',
        f'<a href="{at}" class="block h-48 w-full cursor-pointer overflow-hidden bg-white"><img loading="lazy" '
        f'src="{e["thumbnail"]}" decoding="async" alt="" class="size-full object-cover"/></a> ',
        '<div class="pointer-events-none absolute bottom-2 right-2">Submitted by '
        f'<img alt="" src="{e["submittedBy"]["avatarUrl"]}"/> {text_html(e["submittedBy"]["name"])}</div> ',
        f'<div class="flex px-6 pb-6 pt-8"><a href="/login?next=%2Fpapers%2F{p["id"]}" class="self-start">'
        '<div role="checkbox" class="shadow-alternate"><input disabled="" type="checkbox" class="peer hidden"/>'
        f'{glyph(rng, 6)}<div class="leading-none">{p["upvotes"]}</div></div></a> ',
        '<div class="w-full"><h3 class="mb-1 text-lg/6 font-semibold hover:underline">'
        f'<a href="{at}" class="line-clamp-3 cursor-pointer text-balance">{text_html(e["title"])}</a></h3> ',
        f'<div class="mb-2"><p class="line-clamp-2 text-sm text-gray-500">{text_html(p["summary"])}</p></div>'
        if abstract else "",
        f'<a href="{at}" class="flex"><ul class="flex items-center flex-row-reverse text-sm">{faces}<li class="order-first '
        f'ml-3"><div class="flex truncate"><div class="ml-1">·</div> {len(p["authors"])} authors</div></li></ul></a> ',
        f'<a href="{at}#community" class="flex items-center gap-2">{glyph(rng, weight)} {e["numComments"]}</a> ',
        f'<span class="mx-2">·</span> <span>Published on {p["publishedAt"][:10]}</span>' if published else "",
        '</div></div></article><!--]-->\n']
    return "".join(parts)


HEAD = """<!doctype html>
<html class="">
<head>
<meta charset="utf-8" />
<meta property="og:title" content="{title}" />
<meta property="og:url" content="https://huggingface.co/papers" />
<title>{title}</title>
<!-- <div data-target="DailyPapers" data-props="{{&quot;dailyPapers&quot;:[]}}"></div> -->
<script>window.decoy = '<div data-target="DailyPapers" data-props="{{}}"><article><h3><a href="/papers/1111.11111">no</a></h3></article>';</script>
<style>/* <article data-target="DailyPapers" data-props="{{}}"> */</style>
</head>
<body class="flex flex-col min-h-dvh DailyPapersPage" data-note="a > b">
<!--[--><div class="flex min-h-dvh flex-col"><div class="SVELTE_HYDRATER contents" data-target="MainHeader" data-props="{{&quot;isWide&quot;:false}}"><header><nav aria-label="Main"><ul>
"""
FOOT = """</div></section></div></main> <footer><a href="/terms-of-use">Terms</a></footer></div><!--]-->
<script type="module">import("/front/build/index.js"); // </div></article>
</script>
</body>
</html>
"""


def props_json(entries, keys):
    props = {"canSubmit": False, "dailyPapers": entries, **keys, "nonce": None, "ratio": -1.5e-3}
    return json.dumps(props, ensure_ascii=False, separators=(",", ":"))


def hydrater(data, quote='"'):
    return (f'<div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props={quote}'
            f'{html.escape(data, quote=True)}{quote}>')


def page(entries, data, title="Daily Papers - Hugging Face", heading="Daily Papers", abstract=False, weight=12,
         opening=None, time=None, published=True):
    rng = random.Random(77)
    nav = "".join(f'<li><a class="group flex" href="/{n}">{glyph(rng, 40)} {n.title()}</a></li>\n'
                  for n in ("models", "datasets", "spaces", "docs", "pricing"))
    clock = f'<time class="relative flex" datetime="{time}"><span>Aug</span> <span>1</span></time>' if time else ""
    out = [HEAD.format(title=html.escape(title)), nav, '</ul></nav></header></div> <main class="flex flex-1 flex-col">',
           '<div class="SVELTE_HYDRATER contents" data-target="DailyPapersBannerSubscribe" '
           'data-props="{&quot;isLoggedIn&quot;:false}"><p>A letter a day, if you like.</p></div> ',
           opening or hydrater(data),
           f'<section class="container relative mb-20"><h1 class="text-2xl"><a href="/papers">{heading}</a></h1>{clock} ',
           '<div class="relative grid grid-cols-1 gap-5">',
           "".join(article(e, rng, abstract, weight, published) for e in entries if e), FOOT]
    return "".join(out).encode("utf-8", "surrogatepass")


def period(kind, date, before=None, after=None):
    return {"periodType": kind, "dateString": date, "prevDate": before, "nextDate": after}


TODAY = period("day", DAY, "2026-08-03", NEXT_DAY)


def daily():
    """50 papers of a day; one has 533 authors. About 1.4 MB."""
    return page(the_day(), props_json(the_day(), TODAY), weight=600)


def early():
    """The same day in its first hour: one paper, the last of daily()."""
    return page(the_day()[-1:], props_json(the_day()[-1:], TODAY))


def later():
    """The same day hours later: NEW papers, CHANGED_TITLE, CHANGED_ABSTRACT, votes and order moved."""
    return page(the_later_day(), props_json(the_later_day(), TODAY))


def next_day():
    return page(the_next_day(), props_json(the_next_day(), period("day", NEXT_DAY, DAY)))


def empty_day():
    """A weekend: the list is there and has nothing in it."""
    return page([], props_json([], period("day", WEEKEND, "2026-08-07")))


def week():
    return page(the_week(), props_json(the_week(), period("week", "2026-W32")), "Weekly Papers - Hugging Face")


def month():
    return page(the_week(), props_json(the_week(), period("month", "2026-08")), "Monthly Papers - Hugging Face")


def trending():
    return page(the_trend(), props_json(the_trend(), {"periodType": "trending"}), "Trending Papers - Hugging Face",
                "Trending Papers", abstract=True)


def search():
    """The matches are `searchResults`; `dailyPapers` is still the day's own list."""
    keys = {"query": {"q": "lanterns"}, **TODAY, "dailyPapers": the_next_day()[:5], "searchResults": the_week()[::-1]}
    return page(the_week()[::-1], props_json([], keys), abstract=True)


def search_old():
    """The older form: the matches are in `dailyPapers`, the query is a string."""
    return page(the_day()[:20], props_json(the_day()[:20], {"query": "lanterns", **TODAY}), abstract=True)


def no_data():
    """The data is gone; the rendered articles remain."""
    return page(the_day(), "{}", abstract=True)


def broken_json():
    """The data is cut inside a string; the rendered articles remain."""
    data = props_json(the_day(), TODAY)
    return page(the_day(), data[:len(data) // 3], abstract=True)


def form_2024():
    keys = {"date": "2024-08-01T00:00:00.000Z", "nextDate": "2024-08-02", "prevDate": "2024-07-31"}
    return page(the_old_day(), props_json(the_old_day(), keys), time=keys["date"], published=False)


def no_data_2024():
    return page(the_old_day(), "{}", time="2024-08-01T00:00:00.000Z", published=False)


def ragged():
    """Entries that lack something, or have the wrong thing; see the_ragged_day."""
    return page([], props_json(the_ragged_day(), TODAY))


def odd_markup():
    """The same list in a form that is as valid: upper case, other order, other quotes, numeric references."""
    data = props_json(the_day()[:6], TODAY).replace("&", "&amp;").replace("'", "&#x27;").replace("<", "&#60;")
    data = data.replace("Gr", "&#71;&#x72;").replace(">", "&gt;")
    opening = f"<DIV Title='>\" data-target=\"DailyPapers\" x' DATA-PROPS = '{data}'\n\tClass=contents DATA-target=DailyPapers >"
    return page(the_day()[:6], "", opening=opening)


def truncated():
    """The body ends in the middle of the data."""
    body = daily()
    return body[:body.index(b'data-target="DailyPapers" data-props="{&quot;can') + 200000]


def truncated_articles():
    """No data, and the body ends in the middle of an article."""
    body = no_data()
    return body[:body.rindex(b"</h3>")]


def other_articles():
    """A page of the same host that has articles, but none of papers."""
    body = "".join(f'<article><h3><a href="/blog/post-{i}">Post {i}</a></h3><p>Text.</p></article>' for i in range(4))
    body += '<article><a href="/papers/2608.00001">no heading</a></article>'
    return f"<!doctype html><html><head><title>Blog</title></head><body>{body}</body></html>\n".encode()


def challenge():
    return ("<!doctype html><html><head><title>One moment, please</title><meta http-equiv=\"refresh\" content=\"9\">"
            "</head><body><noscript>Turn on JavaScript.</noscript><script>var papers = '/papers/2608.00001';</script>"
            "<p>Checking that you are a person.</p></body></html>\n").encode()


def login():
    return ("<!doctype html><html><head><meta charset=\"utf-8\"><title>Sign in &amp; continue</title></head><body>"
            "<form method=\"post\" action=\"/login?next=%2Fpapers\"><label>Name <input name=\"username\"></label>"
            "<label>Password <input type=\"password\" name=\"password\"></label><button>Sign in</button></form>"
            "</body></html>\n").encode()


PAGES = {f.__name__.replace("_", "-"): f for f in (
    daily, early, later, next_day, empty_day, week, month, trending, search, search_old, no_data, broken_json,
    form_2024, no_data_2024, ragged, odd_markup, truncated, truncated_articles, other_articles, challenge, login)}

LISTS = {"daily": the_day, "early": lambda: the_day()[-1:], "later": the_later_day, "next-day": the_next_day,
         "empty-day": list, "week": the_week, "month": the_week, "trending": the_trend,
         "search": lambda: the_week()[::-1], "search-old": lambda: the_day()[:20], "no-data": the_day,
         "broken-json": the_day, "form-2024": the_old_day, "no-data-2024": the_old_day,
         "odd-markup": lambda: the_day()[:6]}


# What the API has: no search, and where no day is asked for the newest of all days.
API = {name: LISTS[name] for name in ("daily", "early", "later", "next-day", "empty-day", "week", "month", "trending")}
API["days"] = lambda: the_next_day() + the_day()
API["full"] = lambda: [paper(400 + i) for i in range(100)]


def api(name="daily"):
    return json.dumps(API[name](), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def papers(name="daily"):
    """What a reader should get from PAGES[name]; [] for a page that is no listing.

    For "ragged" see the unit test. From "no-data", "broken-json" and
    "no-data-2024" a reader gets less: id, title, upvotes, comments, thumbnail,
    and the summary where it was rendered."""
    day = "2024-08-01T00:00:00Z" if name.endswith("2024") else None
    return [expect(e, day) for e in LISTS.get(name, list)()]


def write(folder):
    os.makedirs(folder, exist_ok=True)
    files = {name + ".html": make for name, make in PAGES.items()}
    files |= {name + ".json": lambda name=name: json.dumps(papers(name)).encode() for name in PAGES}
    files |= {name + ".api": lambda name=name: api(name) for name in API}
    for name, make in files.items():
        path = os.path.join(folder, name)
        with open(path + ".new", "wb") as file:
            file.write(make())
        os.replace(path + ".new", path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: pages.py FOLDER")
    write(sys.argv[1])
