"""Sources of one's own: the example plugin built against the installed headers,
plugins that are refused, and programs (source exec)."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading

import feeds
import harness
import origin as o
import pytest
from harness import ROOT, run

EXAMPLES = ROOT / "examples"
NOTICES = """# Harbour  notices
(the office is closed on Sundays)

2026-08-04  The north crane is out of use    17.html
2026-08-01\tNew berths for <small> boats\t/new/berths?a=1&b=2
2026-07-31  Dredging\u2026 begins  https://dredge.example/plan
2026-02-30x Not a date  x.html
2026-07-30  No address
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """The example's shared object, built with nothing but what make install gives."""
    root = tmp_path_factory.mktemp("install")
    folder = tmp_path_factory.mktemp("plugin")
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    subprocess.run(["make", "-C", ROOT, "install", f"DESTDIR={root}", "PREFIX=/usr"], check=True,
                   env=env, capture_output=True)
    copy = folder / "example"  # away from the source tree, so that nothing else can be found
    shutil.copytree(EXAMPLES / "plugin", copy)
    subprocess.run(["make", "-C", copy, f"PREFIX={root}/usr", f"O={folder}", "CFLAGS=-O2 -Werror"],
                   check=True, env=env, capture_output=True)
    return folder / "plain_list.so"


def compiled(folder, name, code):
    """A plugin of this code."""
    source = folder / f"{name}.c"
    source.write_text("#include <feedmill/plugin.h>\n#include <string.h>\n" + code)
    target = folder / f"{name}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", f"-I{ROOT}/include", "-o", target, source], check=True)
    return target


CALLS = """
static int plan(const fm_host *h, const fm_plan_request *ask, fm_plan *plan)
{ plan->url = ask->options[0].value; plan->key = (fm_str){"k", 1}; return 0; }
static int extract(const fm_host *h, const fm_page *page, fm_feed *feed) { %s }
const fm_source feedmill_plugin = {.abi = %s, .size = sizeof(fm_source), .name = "%s",
  .title = "A test", .plan = plan, .extract = extract};
"""


def source(folder, name, body, abi="FM_PLUGIN_ABI"):
    return compiled(folder, name, CALLS % (body, abi, name))


COLOURED = """
static int plan(const fm_host *h, const fm_plan_request *ask, fm_plan *plan)
{
  plan->key = (fm_str){"k", 1};
  for (size_t i = 0; i < ask->noptions; i++)
    if (ask->options[i].name.len == 3 && !memcmp(ask->options[i].name.ptr, "url", 3))
      plan->url = ask->options[i].value;
  return 0;
}
static int extract(const fm_host *h, const fm_page *page, fm_feed *feed)
{
  feed->entries = h->alloc(h, sizeof *feed->entries);
  feed->nentries = 1;
  fm_entry *e = (fm_entry *)feed->entries;
  e->id = (fm_str){"tag:a.example,2026:1", 20};
  e->title = page->options[0].value;
  e->published = e->updated = FM_NO_TIME;
  return 0;
}
const fm_source feedmill_plugin = {.abi = FM_PLUGIN_ABI, .size = sizeof(fm_source),
  .name = "coloured", .title = "A test", .plan = plan, .extract = extract};
"""


def test_two_feeds_of_one_page_share_its_fetch_whatever_they_say(serve, tmp_path):
    plugin = compiled(tmp_path, "coloured", COLOURED)
    with o.Origin() as origin:
        origin.set("/list", o.page("x"))
        feed = {"source": "coloured", "url": origin.url + "/list"}
        config = {"plugins": [str(plugin)], "refresh": {"every": "1h", "wait": "60s"}}
        mill = serve(config={**config, "feeds": [{"name": "one", "colour": "red", **feed},
                                                 {"name": "two", "colour": "blue", **feed}]})
        for _ in range(3):
            for name in ("one", "two"):
                assert feeds.titles(mill.get(f"/feeds/{name}.atom").body) == ["red"]
        assert origin.count("/list") == 1
        mill.reconfigure({"feeds": [{"name": "one", "colour": "green", **feed}]})
        assert feeds.titles(mill.get("/feeds/one.atom").body) == ["green"]
        assert origin.count("/list") == 2


SHADOWING = """
#include <stdbool.h>
#include <stdlib.h>
/* Names that the program has too: each side must call its own. */
bool fm_str_eq(fm_str a, fm_str b) { (void)a, (void)b; abort(); }
bool fm_url_usable(fm_str url) { (void)url; abort(); }
void *fm_alloc(size_t bytes) { (void)bytes; return 0; }
int fm_fail(void *why, int code, const char *format, ...) { (void)why, (void)code, (void)format; abort(); }
fm_str fm_str_of(const char *text) { return (fm_str){text, 3}; }
int recipe_plan(void) { return 7; }
static int plan(const fm_host *h, const fm_plan_request *request, fm_plan *plan)
{
  (void)h;
  if (recipe_plan() != 7 || fm_str_of("long").len != 3 || fm_alloc(1))
    return FM_E_BAD_ADDRESS;
  plan->url = request->options[0].value;
  plan->key = (fm_str){"k", 1};
  return 0;
}
static int extract(const fm_host *h, const fm_page *page, fm_feed *feed)
{
  fm_entry *e = h->alloc(h, sizeof *e);
  (void)page;
  e->id = (fm_str){"tag:a.example,2026:1", 20};
  e->title = fm_str_of("own names");
  e->published = e->updated = FM_NO_TIME;
  feed->entries = e;
  feed->nentries = 1;
  return 0;
}
const fm_source feedmill_plugin = {.abi = FM_PLUGIN_ABI, .size = sizeof(fm_source),
  .name = "shadowing", .title = "A test", .plan = plan, .extract = extract};
"""


def test_a_plugin_may_name_its_functions_as_the_program_does(serve, origin, tmp_path):
    """Nothing of the program is exported, so neither side calls the other's functions."""
    plugin = compiled(tmp_path, "shadowing", SHADOWING)
    origin.set("/list", o.page("x"))
    mill = serve(origin, {"plugins": [str(plugin)],
                          "feeds": [{"name": "own", "source": "shadowing",
                                     "url": origin.url + "/list"}]})
    assert feeds.titles(mill.get("/feeds/own.atom").body) == ["own"]
    assert mill.get("/papers.atom").status in (200, 502, 503)


def test_the_program_exports_nothing(tmp_path):
    done = subprocess.run(["nm", "--dynamic", "--defined-only", "-P", harness.PROGRAM.resolve()],
                          capture_output=True, text=True, check=True)
    names = {line.split()[0].split("@")[0] for line in done.stdout.splitlines()}
    assert not {n for n in names if n.startswith("fm_") or n == "main"}, sorted(names)[:20]


# the example


def test_example_plugin_makes_a_feed(plugin, serve):
    with o.Origin() as origin:
        origin.set("/harbour/list.txt", o.page(NOTICES, content_type="text/plain"))
        url = origin.url + "/harbour/list.txt"
        mill = serve(config={"plugins": [str(plugin)],
                             "feeds": [{"name": "harbour", "source": "plain-list", "url": url}]})
        answer = mill.get("/feeds/harbour.atom")
        assert answer.status == 200
        feed = feeds.parsed(answer.body)
        assert feed.feed.title == "Harbour  notices"
        assert [(e.title, e.link, e.id, e.published) for e in feed.entries] == [
            ("The north crane is out of use", origin.url + "/harbour/17.html",
             origin.url + "/harbour/17.html", "2026-08-04T00:00:00Z"),
            ("New berths for <small> boats", origin.url + "/new/berths?a=1&b=2",
             origin.url + "/new/berths?a=1&b=2", "2026-08-01T00:00:00Z"),
            ("Dredging\u2026 begins", "https://dredge.example/plan", "https://dredge.example/plan",
             "2026-07-31T00:00:00Z")]
        assert origin.log("/harbour/list.txt")[0].headers["accept"].startswith("text/plain")
        # it stays at a reload, and what it refuses leaves the last good feed
        origin.set("/harbour/list.txt", o.page("<html>Sign in</html>"))
        assert "reloaded" in mill.reconfigure({"refresh": {"every": "1s"}})
        harness.until(lambda: mill.get("/feeds/harbour.atom") and "refresh failed" in mill.log)
        assert "no line with a date, a title and an address" in mill.log
        assert feeds.ids(mill.get("/feeds/harbour.atom").body) == [e.id for e in feed.entries]


def test_example_plugin_is_known_to_the_commands(plugin, tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text(f"plugins: [{plugin}]\nfeeds:\n  - name: a\n    source: plain-list\n")
    done = run("sources", "-c", file)
    assert re.search(rf"^plain-list .*\({re.escape(str(plugin))}\)$", done.stdout.decode(), re.M)
    done = run("check", "-c", file)
    assert done.returncode == 2
    assert done.stderr == f"{file}:3: feeds[0].url: a plain list has no address of its own\n"


# plugins that are refused


def refused_ones(folder):
    return [source(folder, "newer", "return 0;", abi="FM_PLUGIN_ABI + 1"),
            compiled(folder, "other", "int something = 1;"), folder / "missing.so"]


def test_refused_plugins_give_a_line_and_the_rest_runs_on(plugin, serve, origin, tmp_path):
    bad = refused_ones(tmp_path)
    origin.set("/list", o.page(NOTICES))
    mill = serve(origin, {
        "plugins": [str(p) for p in [*bad[:2], plugin, bad[2]]],
        "feeds": [{"name": "harbour", "source": "plain-list", "url": origin.url + "/list"},
                  {"name": "lost", "source": "newer"}]})
    lines = [line for line in mill.log.splitlines() if "plugin refused" in line]
    assert len(lines) == 3
    assert "newer.so: made for source ABI 3, this feedmill has 2" in lines[0]
    assert "other.so: no plugin, it does not export feedmill_plugin" in lines[1]
    assert "missing.so" in lines[2]
    assert mill.get("/papers.atom").status == 200
    assert mill.get("/feeds/harbour.atom").status == 200
    lost = mill.get("/feeds/lost.atom")
    assert (lost.status, lost.text) == (404, 'no source is named "newer"\n')
    assert re.search(r'msg="feed left out".*feeds\[1\].source.*no source is named', mill.log)
    # a reload is no worse than a start
    assert "reloaded" in mill.reconfigure({"refresh": {"wait": "1s"}})


def test_check_names_every_refused_plugin(tmp_path):
    bad = refused_ones(tmp_path)
    file = tmp_path / "f.yaml"
    file.write_text("plugins:\n" + "".join(f"  - {p}\n" for p in bad))
    done = run("check", "-c", file)
    lines = done.stderr.splitlines()
    assert done.returncode == 2 and len(lines) == 3
    for number, (line, path) in enumerate(zip(lines, bad)):
        assert line.startswith(f"{file}:{number + 2}: plugins[{number}]: ") and str(path) in line
    done = run("sources", "-c", file)
    assert done.returncode == 2 and done.stderr.splitlines() == lines
    assert b"daily-papers" in done.stdout


NONSENSE = {
    "odd-code": ("return 77;", "source odd-code: extract returned 77, which is no error code"),
    "no-id": ("return 0;", None),  # the page's address is a good id
    "no-text": ("feed->title = (fm_str){0, 90}; feed->id = page->url;"
                "static fm_entry e[3] = {{.id = {0, 5}}, {.title = {\"x\", 1}},"
                "{.id = {\"urn:\\xff:1\", 7}, .title = {\"a\\0b\\xff\", 4}}};"
                "feed->entries = e; feed->nentries = 3; return 0;", None),
    "no-array": ("feed->nentries = 5; return 0;",
                 "source no-array: says that it has 5 entries, and gives none"),
    "no-end": ("static fm_entry e[1]; feed->entries = e; feed->nentries = (size_t)-1; return 0;",
               "more than 1000000"),
    "no-parts": ("static fm_number n[2] = {{{0, 7}, 1}, {{\"\\xff\", 1}, 2}};"
                 "static fm_entry e[2] = {{.id = {\"urn:1\", 5}, .title = {\"a\", 1}, .nlinks = 2,"
                 ".nauthors = 2, .ncategories = 2, .nnumbers = 2},"
                 "{.id = {\"urn:2\", 5}, .title = {\"b\", 1}, .numbers = n, .nnumbers = 2}};"
                 "feed->entries = e; feed->nentries = 2; return 0;", None),
    "busy": ("return h->fail(h, FM_E_NO_LIST, \"line\\nbreak and \\xff\");", "line break and"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_or_mended(name, serve, origin, tmp_path):
    body, reason = NONSENSE[name]
    origin.set("/list", o.page("x"))
    mill = serve(origin, {"plugins": [str(source(tmp_path, name, body))],
                          "feeds": [{"name": "odd", "source": name, "url": origin.url + "/list"}]})
    answer = mill.get("/feeds/odd.atom")
    if reason:
        assert answer.status in (502, 503) and reason in answer.text
    else:
        assert answer.status == 200
        feed = feeds.parsed(answer.body)
        assert len(feed.entries) == {"no-text": 1, "no-parts": 2}.get(name, 0)
    assert mill.get("/papers.atom").status == 200


def test_a_plan_of_nonsense_is_refused(tmp_path):
    path = compiled(tmp_path, "plans", CALLS.replace("ask->options[0].value", '(fm_str){"x:y", 3}')
                    % ("return 0;", "FM_PLUGIN_ABI", "plans"))
    file = tmp_path / "f.yaml"
    file.write_text(f"plugins: [{path}]\nfeeds:\n  - name: a\n    source: plans\n")
    done = run("check", "-c", file)
    assert done.returncode == 2 and "is not an http or https address" in done.stderr


# programs

TABLE = """<!doctype html><title>Ferry  times</title>
<table><tr><td><a href=/about>About</a><td>us</table>
<table><tr><th>When<th>What<th>Who</tr>
<tr><td>2026-08-04<td><a href="/t/2">Late &amp; later</a><td>Ada</tr>
<tr><td>2026-08-03<td><a href="/t/1">On time</a><td></tr>
<tr><td>2026-08-02<td>No link<td>Bob</tr></table>"""


def exec_feed(origin, *command, **more):
    return {"name": "table", "source": "exec", "url": origin.url + "/table",
            "command": list(map(str, command)), **more}


def test_example_program_makes_a_feed(serve, origin):
    origin.set("/table", o.page(TABLE))
    mill = serve(origin, {"feeds": [exec_feed(
        origin, "/usr/bin/python3", EXAMPLES / "exec/table.py", "--title", 2, "--date", 1,
        "--author", 3, exec={"time": "60s", "memory": "512M"})]})
    answer = mill.get("/feeds/table.atom")
    assert answer.status == 200
    feed = feeds.parsed(answer.body)
    assert feed.feed.title == "Ferry times"
    assert [(e.title, e.link, e.published, e.get("author")) for e in feed.entries] == [
        ("Late & later", origin.url + "/t/2", "2026-08-04T00:00:00Z", "Ada"),
        ("On time", origin.url + "/t/1", "2026-08-03T00:00:00Z", None)]
    # no list is an error, and the last good feed stays
    origin.set("/table", o.page("<p>closed"))
    mill.reconfigure({"refresh": {"every": "1s"}})
    harness.until(lambda: mill.get("/feeds/table.atom") and "refresh failed" in mill.log)
    assert "failed with status 1: there is no table on the page" in mill.log
    assert mill.get("/feeds/table.atom").status == 200


def test_example_program_by_hand(tmp_path):
    done = subprocess.run([sys.executable, EXAMPLES / "exec/table.py", "--title", "2"],
                          input=TABLE.encode(), capture_output=True, check=True)
    assert done.stdout.count(b"\n") == 3


def test_a_program_beside_the_configuration(serve, origin, tmp_path):
    origin.set("/table", o.page("one\ntwo\n"))
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "bin").mkdir()
    script = folder / "bin/list"
    script.write_text("#!/bin/sh\nwhile read -r w; do echo '{\"title\": \"'$w'\", \"id\": \"'$w'\"}'; done\n")
    script.chmod(0o755)
    mill = serve(origin, {"feeds": [exec_feed(origin, "bin/list")]}, folder=folder)
    assert [t for t in feeds.titles(mill.get("/feeds/table.atom").body)] == ["one", "two"]


@pytest.mark.parametrize("command,more,status,reason", [
    (["sleep", "1000"], {"exec": {"time": "1s"}}, 504, "sleep was stopped after 1 s"),
    (["sh", "-c", "yes '{}'"], {}, 502, "sh wrote more than 33554432 bytes"),
    (["/usr/bin/python3", "-c", "bytearray(1 << 30)"], {"exec": {"memory": "256M"}}, 502,
     "failed with status 1: MemoryError"),
    (["no-such-program"], {}, 503, "no-such-program cannot be started: it is not in PATH"),
    (["echo", "<html>"], {}, 502, "line 1 of its output: JSON, byte 0"),
    (["sh", "-c", "kill -KILL $$"], {}, 502, "sh was ended by signal 9"),
], ids=lambda value: value[0] if isinstance(value, list) else "")
def test_programs_that_fail(serve, origin, command, more, status, reason):
    origin.set("/table", o.page("x"))
    mill = serve(origin, {"refresh": {"wait": "60s"}, "feeds": [exec_feed(origin, *command, **more)]})
    answer = mill.get("/feeds/table.atom")
    assert reason in answer.text
    assert answer.status == status
    assert mill.get("/papers.atom").status == 200


def test_programs_that_hang_delay_no_other_feed(serve, origin, tmp_path):
    """Eight run at once, and a feed that is not theirs is fetched, extracted and answered."""
    origin.set("/table", o.page("x"))
    hang = f"echo $$ >> {tmp_path}/pids; sleep 1000"
    feeds_ = [{**exec_feed(origin, "sh", "-c", hang, str(i)), "name": f"f{i}"} for i in range(8)]
    mill = serve(origin, {"refresh": {"wait": "60s"}, "fetch": {"per_host": 8}, "feeds": feeds_})

    def ask(name):
        with contextlib.suppress(OSError):  # the program ends before they are answered
            mill.get(f"/feeds/{name}.atom")

    asked = [threading.Thread(target=ask, args=(f"f{i}",), daemon=True) for i in range(8)]
    for one in asked:
        one.start()
    harness.until(lambda: (tmp_path / "pids").exists()
                  and len((tmp_path / "pids").read_text().split()) == 8)
    assert mill.get("/papers.atom").status == 200
    assert mill.get("/papers/date/2026-08-04.atom").status == 200
    assert all(one.is_alive() for one in asked)  # the programs still hang
    mill.stop()
    for pid in (tmp_path / "pids").read_text().split():
        assert not os.path.exists(f"/proc/{pid}")


def test_arguments_come_as_they_stand(serve, origin, tmp_path):
    """There is no shell: what would mean something to one, empty ones and line breaks too."""
    origin.set("/table", o.page("x"))
    words = ["$HOME `id` ; *", "", "two\nlines\t", "{url}", "-"]
    lines = "import json, sys\nfor n, word in enumerate(sys.argv[1:]):\n" \
            "    print(json.dumps({'id': f'urn:{n}', 'title': f'<{word!r}>'}))\n"
    config = {"feeds": [exec_feed(origin, "/usr/bin/python3", "-c", lines, *words)]}
    mill = serve(origin, config)
    titles = [e["title"] for e in json.loads(mill.get("/feeds/table.json").body)["items"]]
    assert titles == [f"<{word!r}>" for word in words[:3] + [origin.url + "/table", "-"]]
    file = tmp_path / "f.yaml"
    file.write_text('feeds:\n  - name: a\n    source: exec\n    url: http://a.example/\n'
                    '    command: ["", x]\n    fetch: {command: [x, "a\\0b", "c\\nd"]}\n')
    done = run("check", "-c", file)
    assert done.stderr.splitlines() == [
        f"{file}:5: feeds[0].command[0]: must not be empty",
        f"{file}:6: feeds[0].fetch.command[1]: holds a NUL, which no argument can"]


def test_two_programs_of_one_page(serve, origin):
    """Each has a feed of its own, of one page."""
    origin.set("/table", o.page("x"))
    say = ["echo", '{"title": "a", "id": "1"}'], ["echo", '{"title": "b", "id": "2"}']
    mill = serve(origin, {"feeds": [{**exec_feed(origin, *words), "name": f"f{i}"}
                                    for i, words in enumerate(say)]})
    for _ in range(2):
        assert feeds.titles(mill.get("/feeds/f0.atom").body) == ["a"]
        assert feeds.titles(mill.get("/feeds/f1.atom").body) == ["b"]
    assert origin.count("/table") == 2


def test_check_says_what_a_program_lacks(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text("feeds:\n  - name: a\n    source: exec\n    command: [x]\n"
                    "  - name: b\n    source: exec\n    url: https://a.example/\n"
                    "  - name: c\n    source: exec\n    url: ftp://a.example/\n    command: x\n"
                    "    exec: {memory: 1K, tmie: 5s}\n")
    lines = run("check", "-c", file).stderr.splitlines()
    assert len(lines) == 6
    assert lines[:2] == [f"{file}:2: feeds[0].url: a feed of source exec wants the page's address",
                         f"{file}:5: feeds[1].command: a feed of source exec wants its program"]
    assert lines[2].startswith(f"{file}:10: feeds[2].url: ")
    assert lines[3].startswith(f"{file}:11: feeds[2].command: a list is wanted")
    assert lines[4].startswith(f"{file}:12: feeds[2].exec.memory: 1K is out of range")
    assert 'did you mean "time"' in lines[5]
