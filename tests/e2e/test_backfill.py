"""feedmill backfill: what a listing showed on days gone by, into its memory."""

import datetime
import os
import pty
import re
import signal
import subprocess
import threading

import feeds
import harness
import months
import origin as o
import pytest
from harness import Process, until
from months import date_of, entries_of, ids_of, page_of

DAY = datetime.timedelta(1)


class Days:
    """A host that keeps a page for each day: papers on weekdays, none at weekends.
    `most` requests at a time were under way."""

    def __init__(self, origin, first="2020-07-01", last="2020-07-31", count=3):
        self.origin, self.count = origin, count
        self.first, self.last = date_of(first), date_of(last)
        self.entries, self.asked, self.odd = {}, [], {}
        self.under_way = self.most = 0
        self.lock = threading.Lock()
        day = self.first
        while day <= self.last:
            self.entries[day] = entries_of(day, count) if day.weekday() < 5 else []
            day += DAY
        origin.default = self

    def weekday_before(self, day):
        while True:
            day -= DAY
            if day.weekday() < 5:
                return day

    def __call__(self, ex):
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            found = re.fullmatch(r"/papers/date/(\d{4}-\d\d-\d\d)", ex.request.path)
            if found:
                self.asked.append(found[1])
        try:
            self.answer(ex, found and date_of(found[1]))
        finally:
            with self.lock:
                self.under_way -= 1

    def answer(self, ex, day):
        if day in self.odd:
            self.odd[day](ex)
        elif day in self.entries:
            before = self.weekday_before(day) if self.entries[day] else self.first
            o.page(page_of(day, self.entries[day], before))(ex)
        else:
            o.not_found()(ex)

    def ids(self, since=None, until=None):
        return {i for day, entries in self.entries.items() for i in ids_of(entries)
                if (since is None or day >= date_of(since)) and (until is None or day <= date_of(until))}

    def weekdays(self):
        return [day.isoformat() for day, entries in sorted(self.entries.items(), reverse=True) if entries]


@pytest.fixture
def days():
    with o.Origin() as origin:
        yield Days(origin)


@pytest.fixture
def config(tmp_path, days):
    """The same file for backfill and serve."""
    file = tmp_path / "feedmill.yaml"
    file.write_text(harness.yaml({
        "server": {"listen": ["127.0.0.1:0"], "workers": 1},
        "fetch": {"allow_private": True}, "store": f"sqlite:{tmp_path}/feedmill.db",
        "papers": {"upstream": days.origin.url, "limit": 10, "keep": "3650d"},
        "feeds": [{"name": "front", "path": "/papers"}, {"name": "trend", "path": "/papers/trending"}]}))
    return file


def backfill(config, *args):
    return harness.run("backfill", "-c", config, *args, cwd=config.parent)


def remembered(config):
    """The ids in the memory, and the memory itself."""
    lines = harness.run("store", "export", "-c", config).stdout
    return set(re.findall(rb'^\{"entry":"([^"]+)"', lines, re.M)), lines


def text_ids(ids):
    return {i.decode() for i in ids}


def serve(config):
    return harness.Feedmill(config.parent, config.read_text())


def test_it_fills_the_memory(days, config):
    done = backfill(config, "/papers", "--since", "2020-07-01", "--until", "2020-07-31")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.decode() == f"/papers: 69 entries of 23 days; store: sqlite:{config.parent}/feedmill.db\n"
    assert text_ids(remembered(config)[0]) == days.ids()
    assert days.asked == days.weekdays()  # latest first, and no weekend that a page passes over
    assert days.most == 1
    assert days.origin.count() == 23


def test_readers_find_it_in_feed_and_archives(days, config):
    assert backfill(config, "/papers", "--since", "2020-07-01", "--until", "2020-07-31").returncode == 0
    today = entries_of(date_of("2020-11-20"), 4)
    days.origin.set("/papers", o.page(page_of(date_of("2020-11-20"), today)))
    with serve(config) as mill:
        documents = months.walk(mill, "/papers.atom")
        assert documents[-1][0] == "/papers/archive/2020-07.atom"
        found = months.walked_ids(documents)
        assert len(found) == len(set(found)) and set(found) == days.ids() | set(ids_of(today))
        feed = feeds.parsed(documents[0][1].body)
        assert len(feed.entries) == 10 and feed.entries[0].id == ids_of(today)[0]
        for entry in feed.entries[4:]:
            assert entry.published.startswith("2020-07-3") and entry.updated == entry.published
        before = [mill.get(t, {"Host": "feeds.example.org"}).body for t, _ in documents]
        mill.kill()
    with serve(config) as mill:  # what a restart makes of it is the same
        assert [mill.get(t, {"Host": "feeds.example.org"}).body for t, _ in documents] == before


def test_entries_that_the_page_has_keep_their_dates(days, config):
    """A day that was seen, and is seen again by the backfill, hours later in another form."""
    day = date_of("2020-07-30")
    days.origin.set("/papers", o.page(page_of(day, days.entries[day])))
    with serve(config) as mill:
        before = {e.id: (e.published, e.updated) for e in feeds.parsed(mill.get("/papers.atom").body).entries}
    days.entries[day] = days.entries[day][::-1] + entries_of(day, 2, first=10)
    assert backfill(config, "/papers", "--since", "2020-07-29").returncode == 0
    with serve(config) as mill:
        after = {e.id: (e.published, e.updated) for e in feeds.parsed(mill.get("/papers.atom").body).entries}
    assert len(after) == 10 and {i: after[i] for i in before} == before


def test_it_is_done_once(days, config):
    args = ("/papers", "--since", "2020-07-06", "--until", "2020-07-31")
    assert backfill(config, *args).returncode == 0
    memory = remembered(config)
    days.asked.clear()
    done = backfill(config, *args)
    assert done.returncode == 0 and days.asked == []
    assert done.stdout.decode().startswith("/papers: 0 entries of 0 days; 20 days were there already; store: ")
    assert remembered(config) == memory
    done = backfill(config, "/papers", "--since", "2020-07-01", "--until", "2020-07-31")
    assert days.asked == ["2020-07-03", "2020-07-02", "2020-07-01"]
    assert "9 entries of 3 days; 20 days were there" in done.stdout.decode()
    assert text_ids(remembered(config)[0]) == days.ids()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_goes_on_where_it_was_interrupted(days, config, number):
    """In the middle of a fetch: nothing that was done is asked for again."""
    gate = o.Gate(o.page(page_of(date_of("2020-07-20"), days.entries[date_of("2020-07-20")])))
    days.odd[date_of("2020-07-20")] = gate
    child = Process([harness.PROGRAM, "backfill", "-c", config, "/papers", "--since", "2020-07-01",
                     "--until", "2020-07-31"], env=harness.environment())
    gate.wait_for(1)
    child.signal(number)
    if number == signal.SIGKILL:
        assert child.wait() == -number
    else:
        assert child.wait() == 1
        assert child.log == "feedmill: 2020-07-20: stopped; the same command goes on from there"
    gate.release()
    before = days.asked[:-1]
    assert text_ids(remembered(config)[0]) == days.ids("2020-07-21")
    days.odd.clear()
    days.asked.clear()
    assert backfill(config, "/papers", "--since", "2020-07-01", "--until", "2020-07-31").returncode == 0
    assert before + days.asked == days.weekdays()
    assert text_ids(remembered(config)[0]) == days.ids()


def test_interrupted_while_it_waits(days, config):
    days.odd[date_of("2020-07-29")] = o.status(429, headers={"Retry-After": "3000"})
    child = Process([harness.PROGRAM, "backfill", "-c", config, "/papers", "--since", "2020-07-01",
                     "--until", "2020-07-31"], env=harness.environment())
    until(lambda: "2020-07-29" in days.asked, "the third day")
    child.signal(signal.SIGINT)
    assert child.wait() == 1
    assert "2020-07-29: stopped" in child.log
    assert text_ids(remembered(config)[0]) == days.ids("2020-07-30")


@pytest.mark.parametrize("answer", [
    o.status(429, headers={"Retry-After": "1"}), o.status(503, headers={"Retry-After": "1"}), o.drop(),
    o.status(500)], ids=["429", "503", "dropped", "500"])
def test_a_day_that_fails_is_asked_for_again(days, config, answer):
    day = date_of("2020-07-29")
    days.odd[day] = o.sequence(answer, o.page(page_of(day, days.entries[day])))
    done = backfill(config, "/papers", "--since", "2020-07-27", "--until", "2020-07-31")
    assert (done.returncode, done.stderr) == (0, "")
    assert days.asked == ["2020-07-31", "2020-07-30", "2020-07-29", "2020-07-29", "2020-07-28", "2020-07-27"]
    assert text_ids(remembered(config)[0]) == days.ids("2020-07-27")


def test_the_budget_of_the_host(days, config):
    """Four requests in a second: none comes over it, and all is done in the end."""
    clock = threading.Lock()
    times, refused = [], []

    def limited(ex, inner=days.__call__):
        import time
        with clock:
            now = time.monotonic()
            times[:] = [t for t in times if t > now - 1]
            times.append(now)
            left = 4 - len(times)
            if left < 0:
                refused.append(ex.request.path)
        wait = max(1, round(times[0] + 1 - now + 0.5))
        if left < 0:
            o.status(429, headers={"Retry-After": str(wait)})(ex)
        else:
            reply = ex.reply
            ex.reply = lambda status, headers=(), body=b"": reply(status, {
                **dict(headers), "RateLimit-Policy": '"pages";q=4;w=1',
                "RateLimit": f'"pages";r={left};t={wait}'}, body)
            inner(ex)

    days.origin.default = limited
    done = backfill(config, "/papers", "--since", "2020-07-20", "--until", "2020-07-31")
    assert (done.returncode, done.stderr) == (0, "")
    assert refused == [] and len(days.asked) == 10
    assert text_ids(remembered(config)[0]) == days.ids("2020-07-20")


def test_a_host_that_goes_on_failing(days, config):
    days.odd[date_of("2020-07-29")] = o.status(500, headers={"Retry-After": "0"})
    done = backfill(config, "/papers", "--since", "2020-07-27", "--until", "2020-07-31")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("feedmill: 2020-07-29: GET ") and "500" in done.stderr
    assert done.stderr.endswith("the same command goes on from there\n")
    assert done.stdout.decode().startswith("/papers: 6 entries of 2 days; store: ")
    assert text_ids(remembered(config)[0]) == days.ids("2020-07-30")


def test_weekends_and_empty_days_are_looked_at_unless_a_page_passes_them_over(days, config):
    """A page with nothing on it names a day long before: it is not believed. Nor is one
    that would pass over a weekday."""
    monday = date_of("2020-07-20")
    days.odd[monday] = o.page(page_of(monday, [], before=date_of("2020-07-06")))
    thursday = date_of("2020-07-16")
    days.odd[thursday] = o.page(page_of(thursday, days.entries[thursday], before=date_of("2020-07-07")))
    tuesday = date_of("2020-07-14")
    days.odd[tuesday] = o.page(page_of(tuesday, days.entries[tuesday], before=date_of("2021-01-01")))
    done = backfill(config, "/papers", "--since", "2020-07-13", "--until", "2020-07-21")
    assert done.returncode == 0
    assert days.asked == [f"2020-07-{d}" for d in range(21, 12, -1)]
    assert "18 entries of 9 days, 3 of them empty" in done.stdout.decode()


def test_a_listing_that_begins_later(days, config):
    """Before its first day there are no pages at all: it does not ask for ever."""
    done = backfill(config, "/papers", "--since", "2015-01-01", "--until", "2020-07-10")
    assert (done.returncode, done.stderr) == (0, "")
    assert days.asked[-1] == "2020-05-31" and len(days.asked) == 8 + 31
    assert text_ids(remembered(config)[0]) == days.ids(until="2020-07-10")


def test_a_host_without_such_pages(days, config):
    days.entries.clear()
    done = backfill(config, "/papers", "--since", "2020-01-01", "--until", "2020-07-10")
    assert done.returncode == 1 and "404" in done.stderr and done.stderr.count("\n") == 1
    assert days.asked[-1] == "2020-01-01" and len(days.asked) == 192
    days.asked.clear()
    days.entries[date_of("2020-07-10")] = entries_of(date_of("2020-07-10"), 1)
    assert backfill(config, "/papers", "--since", "2020-07-10", "--until", "2020-07-10").returncode == 0
    assert text_ids(remembered(config)[0]) == days.ids()


def test_a_page_that_is_not_the_listing(days, config):
    """One is passed over, and asked for again next time; a wall before all ends it."""
    bad = date_of("2020-07-29")
    days.odd[bad] = o.page("<html><title>Sign in</title></html>")
    args = ("/papers", "--since", "2020-07-27", "--until", "2020-07-31")
    done = backfill(config, *args)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "1 of the days have a page that is not the listing" in done.stderr
    assert text_ids(remembered(config)[0]) == days.ids("2020-07-27") - set(ids_of(days.entries[bad]))
    days.odd.clear()
    days.asked.clear()
    assert backfill(config, *args).returncode == 0 and days.asked == ["2020-07-29"]
    assert text_ids(remembered(config)[0]) == days.ids("2020-07-27")
    days.origin.default = o.page("<p>Sign in</p>")
    days.origin.set("/robots.txt", o.not_found())
    before = days.origin.count()
    done = backfill(config, "/papers", "--since", "2020-07-01", "--until", "2020-07-24")
    assert done.returncode == 1 and "no element with data-target" in done.stderr
    assert days.origin.count() - before == 3


def test_it_begins_with_the_day_that_the_listing_shows(days, config):
    """Without --until, and some days ahead of it; the calendar counts where the listing
    tells nothing of its own."""
    day = date_of("2020-07-08")
    days.origin.set("/papers", o.page(page_of(day, days.entries[day])))
    done = backfill(config, "/papers", "--since", "2020-07-06")
    assert (done.returncode, done.stderr) == (0, "")
    assert days.asked[0] == "2020-07-15" and days.asked[-1] == "2020-07-06"
    days.origin.set("/papers", o.status(404))
    days.asked.clear()
    today = datetime.datetime.now(datetime.timezone.utc).date()
    assert backfill(config, "/papers", "--since", today - 2 * DAY).returncode == 1
    assert days.asked == [(today - n * DAY).isoformat() for n in range(3)]


def test_today_is_asked_for_each_time(days, config):
    """A day that is not over may still grow."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    days.entries = {today - n * DAY: entries_of(today - n * DAY, 2) for n in range(5)}
    days.weekday_before = lambda day: None
    since = (today - 4 * DAY).isoformat()
    assert backfill(config, "/papers", "--since", since).returncode == 0
    assert days.asked == [(today - n * DAY).isoformat() for n in range(5)]
    days.asked.clear()
    assert backfill(config, "/papers", "--since", since).returncode == 0
    assert days.asked == [(today - n * DAY).isoformat() for n in range(2)]


def test_robots_are_obeyed(days, config):
    days.origin.set("/robots.txt", o.page("User-agent: *\nDisallow: /papers/date/\n", content_type="text/plain"))
    done = backfill(config, "/papers", "--since", "2020-07-27", "--until", "2020-07-31")
    assert done.returncode == 1 and "robots.txt" in done.stderr and days.asked == []


@pytest.mark.parametrize("asked", ["front", "/papers.atom", "/papers?min_upvotes=3", "URL"])
def test_ways_to_name_the_listing(days, config, asked):
    if asked == "URL":
        asked = days.origin.url + "/papers"
    done = backfill(config, asked, "--since", "2020-07-31", "--until", "2020-07-31")
    assert done.stdout.decode().startswith(f"{asked}: 3 entries of 1 days; store: ")
    assert b'"page":"daily-papers /papers"' in remembered(config)[1]


@pytest.mark.parametrize("args, status, reason", [
    ((), 2, "one feed or address"), (("/papers",), 2, "--since is wanted"),
    (("/papers", "--since"), 2, "--since wants a value"), (("/papers", "--since", "July"), 2, '"July" is not a day'),
    (("/papers", "--since", "2020-02-30"), 2, "not a day"),
    (("/papers", "--since", "2020-07-01", "--until", "x"), 2, '--until: "x"'),
    (("/papers", "--since", "2020-07-02", "--until", "2020-07-01"), 2, "--since is after --until"),
    (("/papers", "--since", "2999-01-01"), 2, "--since is after"),
    (("/papers", "/papers", "--since", "2020-07-01"), 2, "one feed"),
    (("/papers", "--sinc", "2020-07-01", "--nonsense"), 2, "no option --nonsense"),
    (("/papers/week", "--since", "2020-07-01"), 1, "only /papers has a page for each past day"),
    (("trend", "--since", "2020-07-01"), 1, "only /papers has a page for each past day"),
    (("nobody", "--since", "2020-07-01"), 1, 'no feed is named "nobody"'),
    (("/papers?x=1", "--since", "2020-07-01"), 2, 'unknown parameter "x"')], ids=str)
def test_wrong_usage(days, config, args, status, reason):
    done = backfill(config, *args)
    assert (done.returncode, done.stdout) == (status, b"")
    assert reason in done.stderr and done.stderr.count("\n") == 1
    assert days.asked == []


def test_a_store_that_cannot_be_had(days, config):
    args = ("/papers", "--since", "2020-07-30", "--until", "2020-07-31")
    config.write_text(config.read_text().replace("sqlite:", "sqlite:/no/such/folder"))
    done = backfill(config, *args)
    assert done.returncode == 1 and "/no/such/folder" in done.stderr and done.stderr.count("\n") == 1
    config.write_text(re.sub("store: .*", 'store: "memory:"', config.read_text()))
    assert backfill(config, *args).returncode == 2
    assert days.asked == []


def test_while_it_serves(days, config):
    """Both at one file: readers go on, and find the archives."""
    day = date_of("2020-07-31")
    days.origin.set("/papers", o.page(page_of(day, days.entries[day])))
    with serve(config) as mill:
        assert len(feeds.ids(mill.get("/papers.atom").body)) == 3
        assert backfill(config, "/papers", "--since", "2020-07-01", "--until", "2020-07-31").returncode == 0
        assert mill.get("/papers.atom").status == 200
        assert len(feeds.ids(mill.get("/papers/archive/2020-07.atom").body)) == 69 - 3
    with serve(config) as mill:
        found = months.walked_ids(months.walk(mill, "/papers.atom"))
        assert sorted(found) == sorted(days.ids())


def test_progress_in_a_terminal(days, config):
    gate = o.Gate(o.page(page_of(date_of("2020-07-30"), days.entries[date_of("2020-07-30")])))
    days.odd[date_of("2020-07-30")] = gate
    there, here = pty.openpty()
    child = subprocess.Popen([harness.PROGRAM, "backfill", "-c", config, "/papers", "--since", "2020-07-29",
                              "--until", "2020-07-31"], stdout=subprocess.PIPE, stderr=here,
                             env=harness.environment())
    os.close(here)
    shown = b""
    while b"2020-07-30: 3 entries of 1 days; 2 days to go; waiting for the answer" not in shown:
        shown += os.read(there, 4096)
    gate.release()
    assert child.wait(harness.PATIENCE) == 0
    try:
        while True:
            shown += os.read(there, 4096)
    except OSError:
        pass
    assert shown.endswith(b"\r\x1b[K")
    assert child.stdout.read().decode().startswith("/papers: 9 entries of 3 days; store: ")
    child.stdout.close()
