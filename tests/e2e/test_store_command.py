"""feedmill store: the memory as JSON Lines, out of one home and into another."""

import json
import os
import pty
import re
import resource
import subprocess
import threading

import harness
import pytest
import stores
from harness import run
from months import Months

EAGER = {"refresh": {"every": "1s", "wait": "60s"}, "papers": {"limit": 12}}


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    """A sqlite file with several pages, entries that left and sealed archives."""
    import conftest
    import origin as o
    import pages

    folder = tmp_path_factory.mktemp("memory")
    with o.Origin() as origin:
        origin.set(conftest.WEEK, o.page(pages.week(), etag=True))
        origin.set("/papers/trending", o.page(pages.trending()))
        config = harness.merged({"papers": {"upstream": origin.url}}, EAGER)
        with harness.Feedmill(folder, config) as mill:
            for target in (conftest.WEEK + ".atom", "/papers/trending.atom?limit=3"):
                assert mill.get(target).status == 200
            assert mill.get("/papers/month/2026-07.atom").status == 503  # failed, and remembered
            Months(origin, step=20).go_on(mill, ["/papers.atom"], 5)
    return f"sqlite:{folder}/feedmill.db"


@pytest.fixture
def redis(tmp_path):
    if not stores.has_redis():
        pytest.skip("built without redis")
    server = stores.Redis(tmp_path / "redis")
    yield server
    server.stop()


def export(uri):
    done = run("store", "export", "-s", uri)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def import_(uri, lines):
    return run("store", "import", "-s", uri, stdin=lines)


def by_line(lines):
    """Entries come in an order of the home's own."""
    return sorted(lines.splitlines())


def test_export_is_json_lines(memory):
    lines = [json.loads(line) for line in export(memory).splitlines()]
    assert lines[0] == {"feedmill": 2} and lines[-1] == {"end": len(lines) - 1}
    kinds = [next(iter(line)) for line in lines]
    assert {k: kinds.count(k) for k in ("entry", "page")} == {"entry": 105, "page": 4}
    assert kinds.count("archive") >= 2


def test_a_round_trip_loses_nothing(memory, tmp_path):
    lines = export(memory)
    done = import_(f"sqlite:{tmp_path}/second.db", lines)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", "")
    assert export(f"sqlite:{tmp_path}/second.db") == lines
    assert export(memory) == lines  # nothing was changed by it


def test_a_round_trip_by_redis_loses_nothing(memory, redis, tmp_path):
    lines = export(memory)
    assert import_(redis.uri, lines).returncode == 0
    out = export(redis.uri)
    assert by_line(out) == by_line(lines)
    assert import_(f"sqlite:{tmp_path}/back.db", out).returncode == 0
    assert by_line(export(f"sqlite:{tmp_path}/back.db")) == by_line(lines)


def test_what_moved_is_served_as_before(memory, tmp_path):
    """The same bytes for feeds and archives, without a page to fetch."""
    config = {"papers": {"upstream": "http://127.0.0.1:9", "limit": 12},
              "server": {"base_url": "https://feeds.example.org"}}
    uri = f"sqlite:{tmp_path}/second.db"
    assert import_(uri, export(memory)).returncode == 0
    answers = []
    for store in (memory, uri):
        with harness.Feedmill(tmp_path / "mill", harness.merged(config, {"store": store})) as mill:
            listed = re.findall(rb'href="https://feeds.example.org(/papers/archive/[^"]+)"',
                                mill.get("/papers.atom").body)
            assert listed
            answers.append([mill.get(t).body for t in
                            ["/papers.atom", "/papers/trending.atom", *(t.decode() for t in listed)]])
    assert answers[0] == answers[1]


def test_an_import_twice_is_as_once(memory, tmp_path):
    lines, uri = export(memory), f"sqlite:{tmp_path}/twice.db"
    for _ in range(2):
        assert import_(uri, lines).returncode == 0
    assert export(uri) == lines


def test_what_is_remembered_already_stays(memory, tmp_path):
    lines, uri = export(memory), f"sqlite:{tmp_path}/both.db"
    assert import_(uri, lines).returncode == 0
    other = re.sub(rb'"p":\d+', b'"p":1', lines)
    assert other != lines
    assert import_(uri, other).returncode == 0
    assert export(uri) == lines


def broken(lines, number, text):
    all_lines = lines.splitlines(keepends=True)
    all_lines[number - 1] = text + b"\n"
    return b"".join(all_lines)


@pytest.mark.parametrize("text, reason", [
    (b'{"entry":"x"', "line 7: "), (b"not JSON at all", "line 7: "), (b"{}", "line 7: no line"),
    (b'{"entry":"x","source":"daily-papers"}', "line 7: an entry without"),
    (b'{"feedmill":3}', "line 7: an export of another form"), (b"\xff\xfe", "line 7: ")])
def test_a_broken_line_is_named(memory, tmp_path, text, reason):
    done = import_(f"sqlite:{tmp_path}/new.db", broken(export(memory), 7, text))
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "standard input: " + reason in done.stderr and "nothing was taken" in done.stderr
    assert len(export(f"sqlite:{tmp_path}/new.db").splitlines()) == 2


def test_a_broken_line_far_down_is_named(tmp_path):
    """Lines are taken a megabyte at a time: what stood before stays, and it is said."""
    line = (b'{"entry":"https://example.org/%d","source":"s","first_seen":1,"changed":1,'
            b'"fingerprint":"0000000000000000","pages":[{"page":"s /p","first_seen":1,"last_seen":2}],'
            b'"data":{"i":"https://example.org/%d","t":"T","s":"' + b"word " * 100 + b'","p":1,"u":1}}\n')
    lines = b'{"feedmill":1}\n' + b"".join(line % (i, i) for i in range(4998)) + b"oops\n"
    done = import_(f"sqlite:{tmp_path}/new.db", lines)
    assert done.returncode == 1
    taken = re.search(r"standard input: line 5000: .*; lines 1 to (\d+) were taken\n", done.stderr)
    assert taken and 1000 < int(taken[1]) < 5000
    # less the first line, with the first and the last of an export of its own
    assert len(export(f"sqlite:{tmp_path}/new.db").splitlines()) == int(taken[1]) - 1 + 3


@pytest.mark.parametrize("lines, reason", [
    (b"", "there is nothing in it"), (b"\n\n", "line 1: no export of feedmill"),
    (b"<?xml version='1.0'?>\n", "line 1: no export of feedmill"),
    (b'{"feedmill":1}\n', "it was cut off")], ids=["empty", "blank", "xml", "first"])
def test_what_is_no_whole_export_is_refused(tmp_path, lines, reason):
    done = import_(f"sqlite:{tmp_path}/new.db", lines)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "standard input: " + reason in done.stderr


def test_an_export_that_was_cut_off_is_told(memory, tmp_path):
    lines = export(memory)
    whole = lines.splitlines(keepends=True)
    uri = f"sqlite:{tmp_path}/new.db"
    done = import_(uri, b"".join(whole[:-1]))
    assert done.returncode == 1
    assert f"it was cut off: the last line of an export is {{\"end\":...}}; lines 1 to {len(whole) - 1}" in done.stderr
    done = import_(uri, b"".join(whole[:-2] + whole[-1:]))  # one is missing
    assert done.returncode == 1 and f"line {len(whole) - 1}: the export had {len(whole) - 1} lines" in done.stderr
    assert import_(uri, lines).returncode == 0
    assert by_line(export(uri)) == by_line(lines)


def test_without_a_line_break_at_its_end(memory, tmp_path):
    uri = f"sqlite:{tmp_path}/new.db"
    assert import_(uri, export(memory).rstrip(b"\n")).returncode == 0
    assert export(uri) == export(memory)


@pytest.mark.parametrize("args, status, reason", [
    ((), 2, "export or import is wanted"), (("both",), 2, "export or import is wanted"),
    (("export", "import"), 2, "export or import is wanted"),
    (("export", "-s", "mysql://x"), 2, "is no store"), (("export", "-s", "memory:"), 2, "memory: is gone"),
    (("import", "-s", "memory:"), 2, "memory: is gone"), (("export", "-s", "sqlite:"), 2, "path"),
    (("export", "-s", "sqlite:none.db"), 1, "none.db: No such file"),
    (("import", "-s", "sqlite:/no/such/folder/x.db"), 1, "/no/such/folder/x.db: "),
    (("export", "-c", "/no/such.yaml"), 2, "/no/such.yaml")], ids=str)
def test_wrong_usage(args, status, reason, tmp_path):
    done = run("store", *args, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (status, b"")
    assert reason in done.stderr and done.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_the_store_of_the_configuration(memory, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(f"store: {memory}\n")
    lines = export(memory)
    assert run("store", "export", "-c", file).stdout == lines
    assert run("store", "export", env=harness.environment(FEEDMILL_CONFIG=file)).stdout == lines
    other = f"sqlite:{tmp_path}/other.db"
    assert run("store", "import", "-c", file, "-s", other, stdin=lines).returncode == 0
    assert export(other) == lines


def test_a_file_of_something_else_is_left_alone(tmp_path):
    file = tmp_path / "x.db"
    file.write_bytes(b"not a database, but somebody's\n" * 100)
    for args in (("export",), ("import",)):
        done = run("store", *args, "-s", f"sqlite:{file}", stdin=b'{"feedmill":1}\n{"end":1}\n')
        assert done.returncode == 1 and "x.db" in done.stderr and done.stderr.count("\n") == 1
    assert file.read_bytes() == b"not a database, but somebody's\n" * 100


def test_no_room_for_what_is_written(memory, tmp_path):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([harness.PROGRAM, "store", "export", "-s", memory], stdout=full,
                              stderr=subprocess.PIPE, text=True, env=harness.environment())
    assert done.returncode == 1 and "standard output: No space left" in done.stderr

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))

    done = subprocess.run([harness.PROGRAM, "store", "import", "-s", f"sqlite:{tmp_path}/new.db"],
                          input=export(memory), capture_output=True, preexec_fn=limit,
                          env=harness.environment())
    assert done.returncode == 1 and done.stderr.decode().count("\n") == 1, done.stderr
    assert b"nothing was taken" in done.stderr


def test_progress_in_a_terminal(memory, tmp_path):
    """A line that is written over and over, and gone at the end."""
    lines, shown = export(memory), []

    def command(*args, stdin):
        there, here = pty.openpty()
        child = subprocess.Popen([harness.PROGRAM, "store", *args], stdin=subprocess.PIPE, stderr=here,
                                 stdout=subprocess.DEVNULL, env=harness.environment())
        os.close(here)
        reader = threading.Thread(target=lambda: shown.append(read_all(there)))
        reader.start()
        stdin(child.stdin)
        child.stdin.close()
        assert child.wait(harness.PATIENCE) == 0
        reader.join()
        return shown.pop().decode()

    def feed(pipe):
        pipe.write(lines)

    text = command("import", "-s", f"sqlite:{tmp_path}/new.db", stdin=feed)
    assert re.search(rf"import: {len(lines.splitlines())} lines", text), text
    assert text.endswith("\r\x1b[K")
    text = command("export", "-s", memory, stdin=lambda pipe: None)
    assert re.search(r"export: \d+ lines", text) and text.endswith("\r\x1b[K")


def read_all(descriptor):
    data = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # the other end closed
            return data
        if not piece:
            return data
        data += piece


def test_export_while_it_serves(serve, origin, tmp_path):
    mill = serve(origin, EAGER)
    assert mill.get("/papers.atom").status == 200
    uri = f"sqlite:{mill.folder}/feedmill.db"
    lines = export(uri)
    assert len(lines.splitlines()) == 2 + 50 + 1
    assert import_(uri, lines).returncode == 0
    assert mill.get("/papers.atom").status == 200
