"""kill -9 in the midst of refreshes: no entry that any reader was ever given is lost
or dated anew. CRASHES names how many times in each home (200), SEED repeats a run."""

import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import months
import origin as o
import pytest
import stores
from feeds import ATOM, tree
from harness import Client, Closed, Feedmill, socket_address, until

CRASHES = int(os.environ.get("CRASHES", 200))
SEED = int(os.environ.get("SEED", time.time_ns() % 10**6))
SHM = "/dev/shm"  # a killed process, not a power cut: the disk would only be slow
SHOWN, EACH = 8, 3  # entries on a page, feeds asked at a time
FEEDS = [f"feed{n}" for n in range(30)]


class Moving:
    """A page that is another one each time: a new entry on top, the last one gone, now
    and then a title edited. Nothing on it says a date: what an entry is told to be
    published at is when it was first seen, and no page brings that back."""

    def __init__(self, name):
        self.name, self.asked, self.lock = name, 0, threading.Lock()

    def __call__(self, ex):
        with self.lock:
            self.asked += 1
            top = self.asked + SHOWN
        items = "".join(
            f"<item><guid isPermaLink='false'>{self.name}/{n}</guid><title>Entry {n}, edition "
            f"{int(n % 4 == 0 and top - n > 4)}</title></item>" for n in range(top, top - SHOWN, -1))
        ex.reply(200, {"Content-Type": "application/rss+xml"},
                 f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode())


class Readers:
    """What they were given so far, and that it never came to be wrong."""

    def __init__(self):
        self.published, self.updated, self.last = {}, {}, {}

    def read(self, feed, answer):
        assert answer.status == 200, answer
        self.last[feed] = set()
        for entry in tree(answer.body).findall("a:entry", ATOM):
            name, title, published, updated = (entry.findtext(f"a:{t}", namespaces=ATOM) for t in
                                               ("id", "title", "published", "updated"))
            self.last[feed].add(name)
            assert self.published.setdefault((feed, name), published) == published, name
            assert self.updated.setdefault((feed, name, title), updated) == updated, name

    def check(self, asked):
        """The last answers have all that was ever given."""
        for feed in asked:
            lost = {i for f, i in self.published if f == feed} - self.last[feed]
            assert not lost, f"{feed} lost {lost}"


def ask(mill, feeds, readers, killed=None):
    """All of them at once; what had come when it was killed was given to a reader.
    How long it took."""
    began = time.monotonic()
    try:
        clients = {feed: Client(mill.address) for feed in feeds}
    except OSError:
        assert killed and killed.is_set()
        return None
    try:
        for feed, client in clients.items():
            client.request(f"/feeds/{feed}.atom")
        for feed, client in clients.items():
            readers.read(feed, client.answer())
    except (Closed, OSError):
        assert killed and killed.is_set(), mill.log
    finally:
        for client in clients.values():
            client.close()
    return time.monotonic() - began


def check_file(path, folder):
    """A copy of what the crash left, so that it is feedmill that repairs the file."""
    copy = folder / "copy.db"
    for end in ("", "-wal"):
        if os.path.exists(f"{path}{end}"):
            shutil.copy(f"{path}{end}", f"{copy}{end}")
    with sqlite3.connect(copy) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    for left in folder.glob("copy.db*"):
        left.unlink()


class Durable(stores.Redis):
    """A redis-server that keeps what it said yes to when it is killed."""

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.child = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "yes", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: self.ask("PING") == "+PONG", "redis-server")


@pytest.fixture(params=["sqlite", "redis"])
def home(request, tmp_path):
    """(uri, what is to be done after a crash)"""
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory(dir=SHM if os.access(SHM, os.W_OK) else tmp_path) as folder:
            path = Path(folder) / "feedmill.db"
            yield f"sqlite:{path}", lambda chance: check_file(path, tmp_path)
        return
    if not stores.has_redis() or not shutil.which("redis-server"):
        pytest.skip("no redis here")
    server = Durable(tmp_path / "redis")

    def crash_too(chance):
        if chance.random() < 0.1:
            server.stop()
            server.start()
        # the dead one's leases, as if they had run out
        server.ask("EVAL", '"for _, k in ipairs(redis.call(\'KEYS\', \'feedmill:lease:*\')) do '
                   'redis.call(\'DEL\', k) end"', "0")

    yield server.uri, crash_too
    server.stop()


def test_kill_at_any_instant(home, tmp_path):
    uri, after = home
    chance, readers = random.Random(SEED), Readers()
    print(f"SEED={SEED}")
    with o.Origin() as origin:
        for feed in FEEDS:
            origin.set(f"/{feed}", Moving(feed))
        config = {"store": uri, "server": {"workers": 1}, "refresh": {"every": "1s", "wait": "1m"},
                  "fetch": {"robots": False},
                  "feeds": [{"name": f, "source": "feed", "url": f"{origin.url}/{f}", "limit": 1000}
                            for f in FEEDS]}

        def start():
            mill = Feedmill(tmp_path / "mill", config, wait=False)
            mill.addresses = [socket_address(mill.wait_for_log(r'msg="listening" .*address=(\S+)')[0][1])]
            return mill

        def next_feeds():
            """Those that were not asked for longest: their copy is too old to be fresh."""
            some = [FEEDS.pop(0) for _ in range(EACH)]
            FEEDS.extend(some)
            until(lambda: time.time() > max(asked.get(f, 0) for f in some) + 1.1, "the next refresh")
            asked.update((f, time.time()) for f in some)
            return some

        asked, took = {}, []
        mill, answered = start(), 0
        for _ in range(len(FEEDS) // EACH):  # how long refreshes take, undisturbed
            took.append(ask(mill, next_feeds(), readers))
        for _ in range(CRASHES):
            killed, before, feeds = threading.Event(), len(readers.published), next_feeds()

            def kill():
                killed.set()
                mill.child.kill()

            timer = threading.Timer(chance.uniform(0, statistics.median(took[-20:])), kill)
            timer.start()
            ask(mill, feeds, readers, killed)
            answered += len(readers.published) > before
            timer.join()
            mill.kill()
            mill.check_log()
            after(chance)
            mill = start()
            took.append(ask(mill, feeds, readers))
            readers.check(feeds)
        ask(mill, FEEDS, readers)
        readers.check(FEEDS)
        mill.stop()
        print(f"{CRASHES} crashes, {answered} after an answer, {len(readers.published)} entries")
        assert CRASHES < 50 or 0 < answered < CRASHES, "before the answers, and after"


def test_kill_while_months_are_sealed(home, tmp_path):
    """The walk through the archives finds all that any reader was given, each once, and what
    was closed stays as it was."""
    uri, after = home
    chance, given, closed, walks = random.Random(SEED), set(), {}, 0
    print(f"SEED={SEED}")
    with o.Origin() as origin:
        gone = months.Months(origin, step=12, count=6)
        config = {"store": uri, "server": {"workers": 1}, "papers": {"upstream": origin.url, "limit": 5, "keep": "3650d"},
                  "refresh": {"every": "1s", "wait": "1m"}, "fetch": {"robots": False}}

        def walk(mill):
            documents = months.walk(mill, "/papers.atom")
            found = months.walked_ids(documents)
            assert len(found) == len(set(found))
            for target, answer in documents:
                if answer.cache.get("immutable"):
                    body = answer.body.replace(mill.url.encode(), b"")
                    assert closed.setdefault(target, body) == body, target
            return set(found)

        asked = 0
        for _ in range(CRASHES // 16):
            gone.go_on(None, [])  # the next day
            until(lambda: time.time() > asked + 1.1, "the next refresh")
            mill = Feedmill(tmp_path / "mill", config)
            timer = threading.Timer(chance.uniform(0, 0.15), mill.child.kill)
            timer.start()
            try:
                given |= walk(mill)  # of the day before, or with the new one
                walks += 1
            except (Closed, OSError):
                pass
            timer.join()
            mill.kill()
            mill.check_log()
            after(chance)
            asked = time.time()
            mill = Feedmill(tmp_path / "mill", config)
            found = walk(mill)
            assert given <= found, given - found
            given |= found
            mill.kill()
            after(chance)
        assert len(closed) >= min(2, CRASHES // 40) and given <= set(gone.ids)
        print(f"{len(given)} entries, {len(closed)} closed archives, {walks} walks to their end")
