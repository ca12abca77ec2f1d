"""Pages that only a browser can make: fetch.command with the real Chromium."""

import os
import shutil

import feeds
import harness
import origin as o
import pytest
from harness import ROOT

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

# The list comes from a script that fetches it: nothing of it is on the page as sent.
PAGE = """<!doctype html><meta charset="windows-1252"><title>Departures</title>
<p id="state">loading</p>
<script>
fetch('/departures.json').then(answer => answer.json()).then(rows => {
  const table = document.createElement('table');
  for (const [when, what, id] of rows) {
    const row = table.insertRow();
    row.insertCell().textContent = when;
    const link = document.createElement('a');
    link.href = '/boats/' + id;
    link.textContent = what;
    row.insertCell().append(link);
  }
  document.body.append(table);
  document.getElementById('state').remove();
});
</script>"""
ROWS = '[["2026-08-04", "To the islands \\u2192 \\u00e9", 2], ["2026-08-03", "Around the <bay>", 1]]'


def browser(folder, *more):
    """Chromium as its operator would run it; as root it has no sandbox."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [CHROMIUM, "--headless", *root, "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile", *more, "--dump-dom", "{url}"]


def feed(origin, command, path="/departures"):
    return {"name": "boats", "source": "exec", "url": origin.url + path,
            "command": ["/usr/bin/python3", str(ROOT / "examples/exec/table.py"), "--title", "2",
                        "--date", "1"], "exec": {"time": "60s"}, "fetch": {"command": command}}


@pytest.fixture
def departures():
    with o.Origin() as origin:
        origin.set("/departures", o.page(PAGE, content_type="text/html"))
        origin.set("/departures.json", o.page(ROWS, content_type="application/json"))
        yield origin


@needs_chromium
def test_a_list_that_a_script_builds(departures, serve, tmp_path):
    mill = serve(config={"fetch": {"timeout": "120s"}, "refresh": {"wait": "120s"}, "feeds": [
        feed(departures, browser(tmp_path, "--virtual-time-budget=20000"))]})
    answer = mill.get("/feeds/boats.atom")
    assert answer.status == 200, answer
    made = feeds.parsed(answer.body)
    assert [(e.title, e.link, e.published) for e in made.entries] == [
        ("To the islands \u2192 \u00e9", departures.url + "/boats/2", "2026-08-04T00:00:00Z"),
        ("Around the <bay>", departures.url + "/boats/1", "2026-08-03T00:00:00Z")]
    assert departures.count("/departures") == 1  # by the browser alone
    assert "HeadlessChrome" in departures.log("/departures")[0].headers["user-agent"]
    assert departures.count("/robots.txt") == 1


@needs_chromium
def test_a_browser_that_takes_too_long(departures, serve, tmp_path):
    """It is ended with all of its processes; a profile that is free again shows it."""
    departures.set("/departures", o.hang())
    mill = serve(config={"fetch": {"timeout": "3s"}, "refresh": {"wait": "60s"},
                         "feeds": [feed(departures, browser(tmp_path))]})
    answer = mill.get("/feeds/boats.atom")
    assert answer.status == 504 and "was stopped after 3 s" in answer.text
    marker = f"--user-data-dir={tmp_path}/profile".encode()

    def running():
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and marker in open(f"/proc/{entry}/cmdline", "rb").read():
                    return True
            except OSError:
                pass
        return False

    harness.until(lambda: not running(), "the browser's end")


def test_without_the_command_the_list_is_not_there(departures, serve):
    plain = feed(departures, [])
    mill = serve(config={"feeds": [plain]})
    answer = mill.get("/feeds/boats.atom")
    assert answer.status == 502 and "there is no table on the page" in answer.text


def test_any_program_will_do(serve, tmp_path):
    """The address is given where it is asked for; the two ways are two pages."""
    with o.Origin() as origin:
        origin.set("/list", o.page("<table><tr><td><td><a href=/plain>Fetched</a></table>"))
        say = "<table><tr><td><td><a href='{url}?made'>Printed</a></table>"
        mill = serve(config={"feeds": [
            {**feed(origin, ["echo", say], "/list"), "name": "printed"},
            {**feed(origin, [], "/list"), "name": "fetched"}]})
        for _ in range(2):
            printed, fetched = (feeds.parsed(mill.get(f"/feeds/{n}.atom").body).entries
                                for n in ("printed", "fetched"))
            assert [(e.title, e.link) for e in printed] == [("Printed", origin.url + "/list?made")]
            assert [(e.title, e.link) for e in fetched] == [("Fetched", origin.url + "/plain")]
        assert origin.count("/list") == 1


@pytest.mark.parametrize("command,status,reason", [
    (["no-such-browser", "{url}"], 503, "no-such-browser cannot be started: it is not in PATH"),
    (["sh", "-c", "echo it has no display >&2; exit 1"], 503,
     "sh failed with status 1: it has no display"),
    (["true"], 503, "true printed nothing"),
], ids=["missing", "failing", "silent"])
def test_commands_that_fail(serve, command, status, reason):
    with o.Origin() as origin:
        mill = serve(config={"feeds": [feed(origin, command)]})
        answer = mill.get("/feeds/boats.atom")
        assert answer.status == status and reason in answer.text
        assert origin.url + "/departures" in answer.text


def test_a_private_address_is_not_given_to_a_program(serve):
    with o.Origin() as origin:
        mill = serve(config={"fetch": {"allow_private": False, "robots": False},
                             "feeds": [feed(origin, ["echo", "x"])]})
        answer = mill.get("/feeds/boats.atom")
        assert answer.status == 503 and "fetch.allow_private lets it through" in answer.text
