"""The commands: what they print, where, and how they end."""

import json
import os
import pty
import re
import subprocess
import threading

import feeds
import harness
import origin as o
import pages
import pytest
from harness import run
from listing import Listing

COMMANDS = ["serve", "fetch", "convert", "discover", "backfill", "store", "check", "sources", "opml", "help"]


def one_line(text):
    assert text.endswith("\n") and text.count("\n") == 1, text
    return text.rstrip("\n")


def config(folder, origin=None, text="", **more):
    file = folder / "feedmill.yaml"
    whole = {"fetch": {"allow_private": True}, "store": f"sqlite:{folder}/fetch.db"}
    if origin:
        whole["papers"] = {"upstream": origin.url}
    file.write_text(harness.yaml(harness.merged(whole, more)) + text)
    return file


# help, version, wrong usage


def test_version():
    done = run("--version")
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(r"feedmill \d+\.\d+\.\d+\n", done.stdout.decode())


def test_help_names_every_command():
    done = run("help")
    assert done.returncode == 0 and done.stderr == ""
    for name in COMMANDS:
        assert f"feedmill {name}" in done.stdout.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_one_command(command):
    done = run("help", command)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.decode().startswith(f"feedmill {command}")
    for asked in ("--help", "-h"):
        assert (run(command, asked).returncode, run(command, asked).stdout) == (0, done.stdout)


@pytest.mark.parametrize("args", [
    (), ("mill",), ("--nonsense",), ("help", "mill"), ("help", "serve", "fetch"),
    ("convert", "-x"), ("convert", "--nonsense"), ("convert", "-f", "pdf"), ("convert", "-f"),
    ("convert", "-s", "no-such-source"), ("convert", "-u", "file:///etc/passwd"),
    ("convert", "a.html", "b.html"), ("fetch",), ("fetch", "a", "b"), ("fetch", "-f", "pdf", "x"),
    ("check", "too", "much"), ("serve", "too", "much"), ("sources", "x"),
    ("serve", "-c", "/no/such/feedmill.yaml"), ("check", "-c", "/no/such/feedmill.yaml"),
], ids=" ".join)
def test_wrong_usage(args, tmp_path):
    done = run(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b"" and done.stderr != ""
    assert os.listdir(tmp_path) == []


def test_wrong_usage_says_what_was_wrong():
    assert one_line(run("mill2").stderr) == "feedmill: there is no command mill2; `feedmill help` names them"
    for args in (("srve",), ("help", "srve")):
        assert "no command srve; did you mean serve?" in one_line(run(*args).stderr)
    assert 'did you mean "daily-papers"?' in one_line(run("convert", "-s", "daily-paper", "x").stderr)
    assert "pdf" in one_line(run("convert", "-f", "pdf").stderr)
    assert "-x" in one_line(run("convert", "-x").stderr)


# sources, check, opml


def test_sources():
    done = run("sources")
    assert done.returncode == 0
    assert re.search(r"^daily-papers\b.*built in", done.stdout.decode(), re.M)


def test_check_of_the_sample_configuration(tmp_path):
    done = run("check", "-c", harness.ROOT / "conf/feedmill.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_print_shows_what_is_in_force_and_loads_again(tmp_path):
    file = config(tmp_path, text="refresh:\n  every: 90s\nfeeds:\n"
                                 "  - name: strong\n    min_upvotes: 50\n    every: 15m\n")
    done = run("check", "-c", file, "--print")
    printed = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^\s+every: 90s", printed, re.M) and "strong" in printed
    assert re.search(r"max_connections: 10000\b", printed)  # a default
    again = tmp_path / "again.yaml"
    again.write_text(printed)
    done = run("check", "-c", again, "--print")
    assert (done.returncode, done.stdout.decode()) == (0, printed)


def test_check_without_a_file_prints_the_defaults(tmp_path):
    done = run("check", "--print", cwd=tmp_path)
    assert done.returncode == 0 and b"127.0.0.1:8080" in done.stdout


BAD = """server:
  listen: ["127.0.0.1:99999"]
  wrokers: 2
fetch:
  timeout: fast
  max_body: -3M
  per_host: [2]
refresh:
  every: 10 parsecs
papers:
  upstream: ftp://example.org
feeds:
  - name: one
    every: 15m
  - name: one
    source: no-such-source
colour: blue
"""


def test_check_tells_all_problems_with_file_line_and_key(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    done = run("check", "-c", file)
    assert done.returncode == 2 and done.stdout == b""
    lines = done.stderr.splitlines()
    for line, key in [(2, "server.listen"), (3, "wrokers"), (5, "fetch.timeout"), (6, "fetch.max_body"),
                      (7, "fetch.per_host"), (9, "refresh.every"), (11, "papers.upstream"),
                      (15, "name"), (16, "source"), (17, "colour")]:
        assert any(re.match(rf"{re.escape(str(file))}:{line}: \S*{key}\S*: .", found)
                   for found in lines), f"no line for {line}: {key}\n{done.stderr}"
    assert "workers" in next(found for found in lines if "wrokers" in found)
    numbers = [int(found.split(":")[1]) for found in lines]
    assert numbers == sorted(numbers)


# What one key alone shows does not hide what only shows where it leads.
LED_ASTRAY = """\
server:
  wrokers: 2
fetch:
  ca_file: gone.pem
sources: ["recipes/*.yaml"]
plugins: [gone.so]
feeds:
  - name: one
    source: no-such-source
    every: 3
  - path: /no-such-page
  - name: two
    source: feed
    url: ftp://example.org/
"""


@pytest.mark.parametrize("command", ["check", "serve", "opml"])
def test_check_tells_what_a_key_leads_to_beside_wrong_keys(tmp_path, command):
    (tmp_path / "recipes").mkdir()
    recipe = tmp_path / "recipes/r.yaml"
    recipe.write_text("name: r\nitms: li\n")
    file = tmp_path / "c.yaml"
    file.write_text(LED_ASTRAY)
    done = run(command, "-c", file)
    assert done.returncode == 2 and done.stdout == b""
    heads = [re.match(r"(.*?): (\S+): ", line).groups() for line in done.stderr.splitlines()]
    assert heads == [(f"{file}:{line}", key) for line, key in [
        (2, "server.wrokers"), (4, "fetch.ca_file"), (6, "plugins[0]"), (9, "feeds[0].source"), (10, "feeds[0].every"),
        (11, "feeds[1].name"), (11, "feeds[1].path"), (14, "feeds[2].url")]] + [
        (f"{recipe}:{line}", key) for line, key in [(1, "url"), (1, "items"), (1, "fields"), (2, "itms")]]


def test_check_reads_the_file_of_the_ca(tmp_path):
    (tmp_path / "empty.pem").write_text("no certificate\n")
    for name, reason in (("empty.pem", "no certificate in it (PEM is wanted)"), ("gone.pem", "No such file or directory")):
        file = config(tmp_path, fetch={"ca_file": name})
        done = run("check", "-c", file)
        assert done.returncode == 2
        assert re.fullmatch(rf"{file}:\d+: fetch.ca_file: {tmp_path}/{name}: {re.escape(reason)}", one_line(done.stderr))


def test_check_finds_an_unknown_source(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("feeds:\n  - name: one\n    source: no-such-source\n")
    done = run("check", "-c", file)
    assert done.returncode == 2 and done.stderr.startswith(f"{file}:3: feeds[0].source: ")


def test_check_of_broken_yaml_names_the_line(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("server:\n  listen: [\"127.0.0.1:1\"\nfetch:\n")
    done = run("check", "-c", file)
    assert done.returncode == 2 and re.match(rf"{re.escape(str(file))}:\d+: ", done.stderr)


def test_config_from_the_environment(tmp_path):
    file = config(tmp_path, text="refresh:\n  every: 77s\n")
    done = run("check", "--print", env=harness.environment(FEEDMILL_CONFIG=file))
    assert done.returncode == 0 and b"every: 77s" in done.stdout


def test_serve_with_a_bad_configuration_ends_with_2(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    done = run("serve", "-c", file)
    assert done.returncode == 2 and f"{file}:3: " in done.stderr


def test_opml(tmp_path):
    file = config(tmp_path, text="feeds:\n  - name: strong\n    title: Strong & \"few\"\n")
    done = run("opml", "-c", file)
    outlines = feeds.tree(done.stdout).findall("body//outline[@xmlUrl]")
    assert done.returncode == 0
    assert any(x.get("text") == "Strong & \"few\"" and x.get("xmlUrl").endswith("/feeds/strong.atom")
               for x in outlines)


# convert: the command; what it makes of pages is test_convert.py's


@pytest.fixture(scope="module")
def daily(tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "daily.html"
    file.write_bytes(pages.daily())
    return file


def test_convert_from_a_file_and_from_standard_input(daily):
    by_name = run("convert", daily)
    assert (by_name.returncode, by_name.stderr) == (0, "")
    assert run("convert", stdin=daily.read_bytes()).stdout == by_name.stdout
    assert run("convert", "-", stdin=daily.read_bytes()).stdout == by_name.stdout
    assert run("convert", "-s", "daily-papers", daily).stdout == by_name.stdout
    assert len(feeds.ids(by_name.stdout)) == 50


def test_convert_formats(daily):
    want = Listing(daily.read_bytes())
    rss = feeds.parsed(run("convert", "-f", "rss", daily).stdout)
    assert rss.version == "rss20"
    assert [e.title for e in rss.entries] == want.titles
    assert [e.id for e in rss.entries] == want.ids
    feed = json.loads(run("convert", "-f", "json", daily).stdout)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [e["title"] for e in feed["items"]] == want.titles
    assert [e["id"] for e in feed["items"]] == want.ids


def test_convert_takes_the_day_from_the_address():
    done = run("convert", "-u", "https://huggingface.co/papers/date/2026-08-04", stdin=pages.no_data())
    feed = feeds.parsed(done.stdout)
    assert done.returncode == 0 and len(feed.entries) == 50
    assert feed.feed.id == "https://huggingface.co/papers/date/2026-08-04"
    assert {e.published for e in feed.entries} == {"2026-08-04T00:00:00Z"}


@pytest.mark.parametrize("name", ["challenge", "login", "truncated", "truncated-articles", "other-articles"])
def test_convert_of_no_listing_names_what_was_missing(name):
    done = run("convert", stdin=pages.PAGES[name]())
    assert (done.returncode, done.stdout) == (1, b"")
    assert re.search(r"DailyPapers|data-props|dailyPapers|article|ends|cut", one_line(done.stderr))


def test_convert_of_nothing_and_of_no_file(tmp_path):
    for args in ([], [tmp_path / "none.html"], [tmp_path]):
        done = run("convert", *args)
        assert (done.returncode, done.stdout) == (1, b"")
        one_line(done.stderr)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_convert_to_a_full_disk_fails(daily):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([harness.PROGRAM, "convert", daily], stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "No space" in one_line(done.stderr)


@pytest.mark.parametrize("args", [["--version"], ["help"], ["help", "fetch"], ["check"], ["check", "--print"], ["sources"], ["opml"]])
def test_what_cannot_be_printed_is_a_failure(args, tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run([harness.PROGRAM, *args], env=harness.environment(), cwd=tmp_path, stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert one_line(done.stderr) == "feedmill: standard output: No space left on device"


def test_convert_is_deaf_to_the_network_and_to_the_folder(daily, tmp_path):
    run("convert", daily, cwd=tmp_path)
    assert os.listdir(tmp_path) == []


# fetch


def test_fetch_an_address(origin, tmp_path):
    file = config(tmp_path, origin)
    for address in ("/papers", origin.url + "/papers", "https://huggingface.co/papers"):
        done = run("fetch", "-c", file, address)
        assert (done.returncode, done.stderr) == (0, ""), address
        assert len(feeds.ids(done.stdout)) == 50, address
    rss = run("fetch", "-c", file, "-f", "rss", "/papers/week/2026-W32").stdout
    assert feeds.parsed(rss).version == "rss20"


def test_fetch_a_configured_feed(origin, tmp_path):
    file = config(tmp_path, origin, feeds=[{"name": "strong", "min_upvotes": 1000}])
    done = run("fetch", "-c", file, "strong")
    votes = {e["id"]: e["upvotes"] for e in Listing(pages.daily()).entries}
    assert done.returncode == 0
    assert feeds.ids(done.stdout) == [i for i, n in votes.items() if n >= 1000] != []


def test_fetch_beside_a_running_server_shares_its_memory(serve, origin):
    mill = serve(origin)
    served = mill.get("/papers.atom").body
    done = run("fetch", "-c", mill.file, "/papers")
    assert (done.returncode, done.stderr) == (0, "")
    assert feeds.ids(done.stdout) == feeds.ids(served)
    run("fetch", "-c", mill.file, "/papers/trending")
    assert mill.get("/papers/trending.atom").status == 200
    assert origin.count("/papers") == origin.count("/papers/trending") == 1


def test_fetch_sends_an_honest_user_agent(origin, tmp_path):
    run("fetch", "-c", config(tmp_path, origin), "/papers")
    agent = origin.log("/papers")[0].headers["user-agent"]
    assert re.match(r"feedmill/\d", agent) and re.search(r"https?://|@", agent)


@pytest.mark.parametrize("what", ["no-such-feed", "/papers/nothing/here", "https://huggingface.co/blog"])
def test_fetch_of_what_is_not_there(origin, tmp_path, what):
    done = run("fetch", "-c", config(tmp_path, origin), what)
    assert done.returncode in (1, 2) and done.stdout == b""
    one_line(done.stderr)
    assert origin.count() == 0


def test_fetch_of_a_failing_page_says_why(origin, tmp_path):
    file = config(tmp_path, origin)
    origin.set("/papers", o.status(503))
    done = run("fetch", "-c", file, "/papers")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "503" in one_line(done.stderr) and origin.url + "/papers" in done.stderr


def test_fetch_refuses_private_addresses_by_default(origin, tmp_path):
    file = config(tmp_path, origin, fetch={"allow_private": False})
    done = run("fetch", "-c", file, "/papers")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "loopback" in one_line(done.stderr)
    assert origin.connections == 0


def test_fetch_in_a_terminal_shows_what_it_waits_for(origin, page, tmp_path):
    gate = o.Gate(o.page(page()))
    origin.set("/papers", gate)
    master, slave = pty.openpty()
    child = subprocess.Popen([harness.PROGRAM, "fetch", "-c", config(tmp_path, origin), "/papers"],
                             stdout=subprocess.PIPE, stderr=slave, env=harness.environment())
    os.close(slave)
    shown, changed = [], threading.Condition()

    def watch():
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:  # the terminal's other side is closed
                return
            with changed:
                shown.append(data.decode())
                changed.notify()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        gate.wait_for(1)
        with changed:
            assert changed.wait_for(lambda: "waiting for the answer" in "".join(shown),
                                    harness.PATIENCE), shown
        gate.release()
        out, _ = child.communicate(timeout=harness.PATIENCE)
        assert child.returncode == 0 and len(feeds.ids(out)) == 50
    finally:
        child.kill()
        child.wait()
        thread.join()
        os.close(master)
