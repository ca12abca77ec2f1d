"""Pages whose entries stand in the state of a framework, each as that framework writes it."""
import html
import json

POSTS = [{"id": 100 + i, "slug": f"lamp-{i}", "title": f"The lamp on pier {i} is lit again tonight",
          "url": f"https://c.example/n/lamp-{i}", "publishedAt": f"2026-08-0{i}T10:00:00Z",
          "excerpt": f"It was the bulb after all, and now ships find pier {i} again without a pilot."}
         for i in range(1, 7)]
SLUGS = [{key: value for key, value in post.items() if key != "url"} for post in POSTS]
LINKS = "".join(f'<a href="/n/{post["slug"]}"></a>' for post in POSTS[:4])


def page(body):
    return f"<!doctype html><html lang=en><head><title>News</title></head><body><div id=app></div>{body}</body></html>"


def flattened(value, named=False):
    """As devalue writes it; with names by index as turbo-stream does."""
    out, names = [], {}

    def put(value):
        at = len(out)
        out.append(None)
        if isinstance(value, dict):
            members = {}
            for key, member in value.items():
                if named and key not in names:
                    names[key] = put(key)
                members[f"_{names[key]}" if named else key] = put(member)
            out[at] = members
        elif isinstance(value, list):
            out[at] = [put(member) for member in value]
        else:
            out[at] = value
        return at

    put(value)
    return out


def shifted(values, by):
    return [{k: v + by for k, v in value.items()} if isinstance(value, dict)
            else [v + by for v in value] if isinstance(value, list) else value for value in values]


def literal(value):
    """A JavaScript literal with names that are not quoted."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{literal(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(literal, value)) + "]"
    return json.dumps(value)


def flight_rows():
    return ('1:"$Sreact.fragment"\n2:I[4707,[],""]\n:HL["/x.css","style"]\n'
            '0:{"P":null,"f":[["$","$L2",null,{"children":"$L3"}]]}\n'
            + "3:" + json.dumps(["$", "ul", None, {"posts": POSTS}]) + "\n")


def flight():
    rows = flight_rows()
    half = len(rows) // 2
    chunks = (rows[:half], rows[half:])
    return page("<script>(self.__next_f=self.__next_f||[]).push([0])</script>"
                + "".join(f"<script>self.__next_f.push([1,{json.dumps(chunk)}])</script>" for chunk in chunks))


def nuxt3():
    data = [["ShallowReactive", 1]] + shifted(flattened({"data": {"list": {"posts": POSTS}}, "state": {}}), 1)
    return page(f'<script type="application/json" data-nuxt-data="app" id="__NUXT_DATA__">{json.dumps(data)}</script>')


def nuxt2():
    posts = literal(POSTS).replace('"2026-08-01T10:00:00Z"', "a")
    return page('<script>window.__NUXT__=(function(a,b,c){c.id=7;return {layout:"default",data:[{posts:' + posts
                + '}],extra:c,serverRendered:b}}("2026-08-01T10:00:00Z",!0,{}));</script>')


def kit():
    data = literal({"type": "data", "data": {"posts": POSTS}, "uses": {}})
    return page("<script>{__sveltekit_1={base:\"\"};const element=document.currentScript.parentElement;"
                "Promise.all([import(\"./a.js\"),import(\"./b.js\")]).then(([kit, app]) => "
                "{kit.start(app, element, {node_ids: [0, 2],data: [null," + data + "],form: null});});}</script>")


def astro():
    props = {"posts": [1, [[0, {key: [0, value] for key, value in post.items()}] for post in POSTS]]}
    return page(f'<astro-island uid="x" component-url="/L.js" props="{html.escape(json.dumps(props))}" ssr></astro-island>')


def router():
    stream = json.dumps(flattened({"loaderData": {"routes/_index": {"posts": POSTS}}}, named=True)) + "\n"
    return page('<script>window.__reactRouterContext = {"basename":"/"};</script><script>'
                f"window.__reactRouterContext.streamController.enqueue({json.dumps(stream)});</script>")


def livewire():
    snapshot = {"data": {"posts": [[[post, {"s": "arr"}] for post in POSTS], {"s": "arr"}]}, "memo": {"id": "a"}}
    return page(f'<div wire:id="a" wire:snapshot="{html.escape(json.dumps(snapshot))}"></div>')


def preloaded():
    data = {"site": "{}", "topicList": json.dumps({"topics": POSTS})}
    return page(f'<div class="hidden" id="data-preloaded" data-preloaded="{html.escape(json.dumps(data))}"></div>')


def fetched():
    body = {"status": 200, "statusText": "", "headers": {}, "body": json.dumps({"posts": POSTS})}
    return page(f'<script type="application/json" data-sveltekit-fetched data-url="/api">{json.dumps(body)}</script>')


PAGES = {
    "next app router": flight, "nuxt 2": nuxt2, "nuxt 3": nuxt3, "sveltekit start": kit, "sveltekit fetched": fetched,
    "astro island": astro, "react router": router, "livewire": livewire, "discourse": preloaded,
    "json.parse": lambda: page(f"<script>window.STATE=JSON.parse({json.dumps(json.dumps({'posts': POSTS}))});</script>"),
    "literal": lambda: page(f"<script>var pageData = {literal({'posts': POSTS})};</script>"),
    "string": lambda: page(f'<script type="application/json" id="d">{json.dumps(json.dumps({"posts": POSTS}))}</script>'),
    "slugs": lambda: page(LINKS + f"<script>window.DATA={{posts:{literal(SLUGS)}}}</script>"),
    "slugs in json": lambda: page(LINKS + '<script id="__NEXT_DATA__" type="application/json">'
                                  + json.dumps({"props": {"posts": SLUGS}}) + "</script>"),
}
