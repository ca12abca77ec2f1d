"""A disk that is full, a file that cannot be written or is damaged: it is said in one
clear line, serving goes on from memory if `store.required` is off, else it does not
start; and nothing is overwritten."""

import os
import re
import resource
import shutil
import subprocess

import feeds
import harness
import months
import origin as o
import pytest
from harness import until
from months import Months

OPTIONAL = {"store.required": False}
EAGER = {"refresh": {"every": "1s", "wait": "60s"}, "papers": {"limit": 1000}}


def dates(mill):
    """{id: (published, updated)} of the feed."""
    return {e.id: (e.published, e.updated) for e in feeds.parsed(mill.get("/papers.atom").body).entries}


def lines(mill, pattern):
    with mill.came:
        return [line for line in mill.lines if re.search(pattern, line)]


class Quota:
    """A file that may not grow any more, as under a quota."""

    def __init__(self, folder):
        self.folder = folder

    def fill(self, mill):
        """What is there may stay, and not become more."""
        size = max(os.path.getsize(f) for f in self.folder.glob("mill.db*"))
        resource.prlimit(mill.child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def empty(self, mill):
        resource.prlimit(mill.child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

    def close(self):
        pass


class Disk:
    """A file system of its own, small, that is filled to the last byte."""

    def __init__(self, folder):
        self.folder = folder
        if not shutil.which("mount"):
            pytest.skip("no mount here")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", folder],
                              capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")

    def fill(self, mill):
        with open(self.folder / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096):
                    pass
            except OSError:
                pass

    def empty(self, mill):
        (self.folder / "filler").unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


@pytest.fixture(params=[Quota, Disk], ids=["quota", "disk"])
def disk(request, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    made = request.param(folder)
    yield made
    made.close()


def test_a_full_disk(serve, origin, disk):
    """Full, then not any more: what was seen meanwhile is there after a restart, with the
    dates that readers were given."""
    store = {"store": f"sqlite:{disk.folder}/mill.db"}
    gone = Months(origin)
    mill = serve(origin, harness.merged(EAGER, store))
    gone.go_on(mill, ["/papers.atom"], 2)
    disk.fill(mill)
    gone.go_on(mill, ["/papers.atom"], 3)
    said, = lines(mill, "level=error")
    assert "store cannot be written" in said and "mill.db" in said, said
    given = dates(mill)
    assert sorted(given) == sorted(gone.ids)
    assert mill.get("/healthz").status == mill.get("/readyz").status == 200
    disk.empty(mill)
    gone.go_on(mill, ["/papers.atom"])
    mill.wait_for_log("store can be written again")
    assert len(lines(mill, "level=error")) == 1
    given.update(dates(mill))
    mill.kill()
    second = serve(origin, harness.merged(EAGER, store), folder=mill.folder)
    assert dates(second) == given
    second.stop()


def test_a_page_that_stays_the_same_when_there_is_room(serve, origin, disk):
    """What the full disk could not take is written though no further page comes."""
    store = {"store": f"sqlite:{disk.folder}/mill.db"}
    first, more = (months.entries_of(months.date_of(day), 8) for day in ("2024-03-04", "2024-03-05"))
    origin.set("/papers", o.page(months.page_of(months.date_of("2024-03-04"), first), etag='"1"'))
    mill = serve(origin, harness.merged(EAGER, store))
    assert len(dates(mill)) == 8
    disk.fill(mill)
    origin.set("/papers", o.page(months.page_of(months.date_of("2024-03-05"), more), etag='"2"'))
    until(lambda: len(dates(mill)) == 16, "the second page, from memory")
    given = dates(mill)
    disk.empty(mill)
    until(lambda: dates(mill) and lines(mill, "store can be written again"), "room to be found")
    mill.kill()
    origin.stop()
    assert dates(serve(origin, harness.merged(EAGER, store), folder=mill.folder)) == given


def test_a_start_on_a_full_disk(serve, origin, tmp_path):
    """There is no room beside the file either; what it holds is served all the same, and
    what comes is written when there is room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder)
    try:
        gone, given = remember(serve, origin, folder / "mill.db")
        store = {"store": f"sqlite:{folder}/mill.db"}
        disk.fill(None)
        mill = serve(origin, harness.merged(EAGER, store))
        assert {i: d for i, d in dates(mill).items() if i in given} == given
        gone.go_on(mill, ["/papers.atom"])
        assert "no room beside the store's file" in lines(mill, "level=warn")[0]
        said, = lines(mill, "level=error")
        assert "store cannot be written" in said, said
        disk.empty(None)
        gone.go_on(mill, ["/papers.atom"])
        mill.wait_for_log("store can be written again")
        given = dates(mill)
        mill.stop()
        assert sorted(given) == sorted(gone.ids)
        origin.stop()
        assert dates(serve(origin, harness.merged(EAGER, store))) == given
    finally:
        disk.close()


# A file of a good memory, and what may be wrong with it when a feedmill starts.


def remember(serve, origin, path):
    mill = serve(origin, harness.merged(EAGER, {"store": f"sqlite:{path}"}))
    gone = Months(origin)
    gone.go_on(mill, ["/papers.atom"], 3)
    given = dates(mill)
    mill.stop()
    assert not os.path.exists(f"{path}-wal")
    return gone, given


def goes_on(mill, gone):
    """It takes new pages in and serves them, from memory."""
    gone.go_on(mill, ["/papers.atom"], 2)
    assert mill.get("/readyz").status == 200
    return dates(mill)


def test_a_read_only_file(serve, origin, tmp_path):
    """What it holds is still read, and served with what comes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder)
    try:
        gone, given = remember(serve, origin, folder / "mill.db")
        before = (folder / "mill.db").read_bytes()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        mill = serve(origin, harness.merged(EAGER, {"store": f"sqlite:{folder}/mill.db"}))
        now = goes_on(mill, gone)
        assert sorted(now) == sorted(gone.ids) and {i: now[i] for i in given} == given
        assert "store is read-only" in lines(mill, "level=warn")[0]
        said, = lines(mill, "level=error")
        assert "store cannot be written" in said and "mill.db" in said, said
        mill.stop()
        assert (folder / "mill.db").read_bytes() == before
    finally:
        disk.close()


def refused(folder, store, reason, status=1):
    """The start fails with one line."""
    file = folder / "refused.yaml"
    file.write_text(f'store: "{store}"\nserver: {{listen: ["127.0.0.1:0"]}}\n')
    done = harness.run("serve", "-c", file, cwd=folder)
    assert done.returncode == status and done.stderr.count("\n") == 1, done.stderr
    assert reason in done.stderr and "store: " in done.stderr


def test_a_folder_that_cannot_be_written(serve, origin, tmp_path):
    """The line says so, and not that there is no such file."""
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder)
    try:
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        refused(tmp_path, f"sqlite:{folder}/mill.db", "cannot be made: Read-only file system")
        mill = serve(origin, harness.merged(EAGER, OPTIONAL | {"store": f"sqlite:{folder}/mill.db"}))
        said, = lines(mill, "level=error")
        assert f"{folder}/mill.db: cannot be made: Read-only file system" in said, said
        assert mill.get("/papers.atom").status == 200
        mill.stop()
    finally:
        disk.close()


def test_a_folder_that_is_not_there(serve, origin, tmp_path):
    refused(tmp_path, f"sqlite:{tmp_path}/none/mill.db", "cannot be made: No such file")
    mill = serve(origin, OPTIONAL | {"store": f"sqlite:{tmp_path}/none/mill.db"})
    assert mill.get("/readyz").body.startswith(b"ready; the store could not be opened")
    assert mill.metrics()['feedmill_store_up{backend="memory"}'] == 0
    assert b"could not be opened" in mill.get("/").body
    said, = lines(mill, "level=error")
    assert f"{tmp_path}/none/mill.db: cannot be made: No such file or directory" in said, said
    assert mill.get("/papers.atom").status == 200


def damage(path):
    """Junk in the midst of its pages; the first one is as it was."""
    with open(path, "r+b") as file:
        for at in range(4096, os.path.getsize(path), 4096):
            file.seek(at)
            file.write(b"\xa5" * 700)


def spot(path):
    """Entries alone are lost: pages could be written still."""
    root = subprocess.run(["sqlite3", path, "SELECT rootpage FROM sqlite_schema WHERE name='entry'"],
                          check=True, capture_output=True)
    with open(path, "r+b") as file:
        file.seek((int(root.stdout) - 1) * 4096)
        file.write(b"\xa5" * 700)


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def wipe(path):
    path.write_bytes(b"not a database at all\n" * 400)


def newer(path):
    subprocess.run(["sqlite3", path, "PRAGMA user_version=99"], check=True)


DAMAGE = {"damaged": (damage, "malformed"), "damaged in one spot": (spot, "malformed"),
          "cut": (cut, "malformed"), "no database": (wipe, "not a database"),
          "newer": (newer, "made by a newer feedmill")}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_file(serve, origin, tmp_path, what):
    spoil, reason = DAMAGE[what]
    path = tmp_path / "mill.db"
    gone, _ = remember(serve, origin, path)
    spoil(path)
    before = path.read_bytes()
    if what in ("cut", "no database", "newer"):
        refused(tmp_path, f"sqlite:{path}", reason)
        assert path.read_bytes() == before
    mill = serve(origin, harness.merged(EAGER, OPTIONAL | {"store": f"sqlite:{path}"}))
    assert mill.get("/papers.atom").status == 200
    goes_on(mill, gone)
    said = lines(mill, "level=error")
    assert said and all("mill.db" in line and reason in line for line in said), said
    assert len({line.split(" ", 1)[1] for line in said}) == len(said) <= 2, said  # to read, to write
    assert "store can be" not in mill.log, "it does not heal"
    mill.stop()
    assert path.read_bytes() == before, "it is as it was found"
    done = harness.run("store", "export", "-s", f"sqlite:{path}", cwd=tmp_path)
    assert done.returncode == 1 and reason in done.stderr and done.stderr.count("\n") == 1
    assert path.read_bytes() == before


def test_a_relative_path_starts_at_the_configuration(tmp_path):
    """A file that an earlier version made in the current folder is not left behind in silence."""
    folder, here = tmp_path / "etc", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    file = folder / "c.yaml"
    file.write_text("store: sqlite:m.db\n")
    lines = b'{"feedmill":2}\n{"end":1}\n'
    assert harness.run("store", "import", "-c", file, stdin=lines, cwd=here).returncode == 0
    assert (folder / "m.db").exists() and not list(here.iterdir())
    (folder / "m.db").rename(here / "m.db")
    for args in (("serve",), ("check",), ("store", "import"), ("backfill", "--since", "2020-01-01", "/papers")):
        done = harness.run(args[0], "-c", file, *args[1:], stdin=lines, cwd=here)
        assert done.returncode == 2 and "in the current folder" in done.stderr, (args, done.stderr)
    assert not (folder / "m.db").exists()


def test_check_looks_at_the_folder(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(f"store: sqlite:{tmp_path}/none/m.db\n")
    done = harness.run("check", "-c", file)
    assert done.returncode == 2 and "c.yaml:1: store: " in done.stderr and "No such file" in done.stderr
