"""Accept: a browser that opens a feed's address gets the preview, everybody else the feed."""

import origin as o
import pytest

BROWSERS = ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]
READERS = [None, "*/*", "application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1", "text/html, */*",
           "application/rss+xml, application/atom+xml, text/html;q=0.5"]


def media(answer):
    return answer["content-type"].split(";")[0]


@pytest.mark.parametrize("ending, kind", [(".atom", "application/atom+xml"), (".rss", "application/rss+xml"),
                                          (".json", "application/feed+json")])
def test_a_browser_gets_the_preview(serve, origin, ending, kind):
    mill = serve(origin)
    for accept in READERS + BROWSERS + READERS:  # what one was given is not given to another
        answer = mill.get(f"/papers{ending}?limit=3", {"Accept": accept})
        assert answer.status == 200
        assert "Accept," in answer["vary"]
        assert media(answer) == ("text/html" if accept in BROWSERS else kind), accept
    again = mill.get(f"/papers{ending}?limit=3", {"Accept": BROWSERS[0]})
    conditional = mill.get(f"/papers{ending}?limit=3", {"Accept": BROWSERS[0], "If-None-Match": again["etag"]})
    assert conditional.status == 304
    feed = mill.get(f"/papers{ending}?limit=3", {"If-None-Match": again["etag"]})
    assert feed.status == 200 and media(feed) == kind


def test_the_preview_itself_does_not_depend_on_it(serve, origin):
    mill = serve(origin)
    for accept in READERS + BROWSERS:
        answer = mill.get("/papers", {"Accept": accept})
        assert media(answer) == "text/html" and "Accept," not in answer["vary"]


def test_errors_for_browsers_are_pages_with_a_way_on(serve, origin):
    mill = serve(origin)
    for target, status in (("/nothing.atom", 404), ("/papers.atom?limit=0", 400), ("/nothing", 404),
                           ("/papers.atom?limit=<b>", 400)):
        page = mill.get(target, {"Accept": BROWSERS[0]})
        line = mill.get(target)
        assert page.status == line.status == status
        assert media(line) == "text/plain" and media(page) == "text/html"
        assert '<a href="/">' in page.text and "<b>" not in page.text
        assert page["cache-control"] == line["cache-control"] == "no-store"


def test_a_page_that_fails_says_when_to_try_again(serve, origin):
    origin.set("/papers", o.page("no", status=503))
    mill = serve(origin)
    line = mill.get("/papers.atom")
    page = mill.get("/papers.atom", {"Accept": BROWSERS[0]})
    assert line.status == page.status == 503
    assert int(page["retry-after"]) > 0 and media(page) == "text/html"


def test_below_a_prefix_the_way_on_is_below_it_too(serve, origin):
    mill = serve(origin, {"server": {"trusted_proxies": ["127.0.0.0/8"]}})
    page = mill.get("/nothing.atom", {"Accept": BROWSERS[0], "X-Forwarded-Prefix": "/feeds-of-mine"})
    assert '<a href="/feeds-of-mine/">' in page.text
