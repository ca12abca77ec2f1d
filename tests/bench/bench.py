"""make bench: feedmill beside its peers, measured in the same run, in alternation.

Prints a table; ratios are what counts, since machines differ and are noisy.
CPU is the server's own, from the kernel's accounting of its threads. Standard
library only; servers bind loopback and are ended by pid.
"""

import gzip
import http.client
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import dialects  # noqa: E402
import finding  # noqa: E402
import layouts  # noqa: E402
import origin as origins  # noqa: E402

ROUNDS, SECONDS, CONNECTIONS = 3, 3, 32
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = str(CORES[0]), str(CORES[-1])
WITHOUT_A_MILLION = 110  # seconds: all is to be done in four minutes
BODY = 110 * 1024  # the feed that is served, about
FEED_IN = 1 << 20  # a feed that is read, about

NGINX = """
daemon off; worker_processes 1; error_log {folder}/error.log; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush off; keepalive_requests 100000000; etag on;
  types {{ application/atom+xml atom; }}
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; gzip_static on; }}
}}
"""

FEEDMILL = """
server:
  listen: ["127.0.0.1:{port}"]
  workers: 1
fetch:
  allow_private: true
store: "sqlite:{folder}/bench.db"
refresh:
  every: 1h
papers:
  upstream: {upstream}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_us(pid):
    """CPU that all threads of a process have used, in microseconds."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            pass
    return total / 1000


def resident_kb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return {key: int(re.search(rf"^{key}:\s+(\d+)", status, re.M).group(1))
            for key in ("VmRSS", "RssAnon", "RssFile")}


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def get(port, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def wait_for(port, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.002)


class Server:
    def __init__(self, name, command, port, worker_of=None):
        self.name, self.port = name, port
        pin = ["taskset", "-c", SERVER_CORE]
        self.process = subprocess.Popen(pin + command, stderr=subprocess.DEVNULL)
        wait_for(port)
        self.pid = self.process.pid
        if worker_of:
            end = time.monotonic() + 10
            while not (kids := children(self.pid)) and time.monotonic() < end:
                time.sleep(0.01)
            self.pid = kids[0]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def load(server, path, headers):
    """One run of wrk: requests/s, p50 and p99 in us, server CPU in us a request."""
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s",
               "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    before = cpu_us(server.pid)
    out = subprocess.run(command + [f"http://127.0.0.1:{server.port}{path}"], check=True,
                         capture_output=True, text=True).stdout
    used = cpu_us(server.pid) - before
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors:.*", out)
    if wrong:
        raise SystemExit(f"{server.name}: {wrong.group(0)}")
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
            "p50": micros(re.search(r"50%\s+([\d.]+\w+)", out).group(1)),
            "p99": micros(re.search(r"99%\s+([\d.]+\w+)", out).group(1)),
            "cpu": used / requests}


def micros(text):
    number, unit = re.match(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def start_feedmill(folder, upstream):
    port = free_port()
    config = folder / "feedmill.yaml"
    config.write_text(FEEDMILL.format(port=port, folder=folder, upstream=upstream))
    return Server("feedmill", [str(BUILD / "feedmill"), "serve", "-c", str(config)], port)


def start_nginx(folder, plain, packed):
    port = free_port()
    www = folder / "www"
    www.mkdir()
    (www / "feed.atom").write_bytes(plain)
    (www / "feed.atom.gz").write_bytes(packed)
    os.chmod(folder, 0o755)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(port=port, folder=folder))
    return Server("nginx", ["nginx", "-c", str(config)], port, worker_of=True)


def pick_feed(port):
    """The feed that comes nearest to BODY, by its limit."""
    best = None
    for limit in range(10, 55, 5):
        path = f"/papers.atom?limit={limit}"
        status, headers, body = get(port, path)
        if status != 200:
            raise SystemExit(f"{path}: {status}")
        if best is None or abs(len(body) - BODY) < abs(len(best[1]) - BODY):
            best = (path, body)
    return best


def serving(folder, upstream, rows):
    mill = start_feedmill(folder, upstream)
    start = resident_kb(mill.pid)
    time.sleep(1)  # what it touched at the start is given back by then
    idle = resident_kb(mill.pid)
    path, plain = pick_feed(mill.port)
    packed = get(mill.port, path, {"Accept-Encoding": "gzip"})[2]
    assert gzip.decompress(packed) == plain
    nginx = start_nginx(folder, plain, packed)
    kinds = []
    for kind, headers in (("gzip", {"Accept-Encoding": "gzip"}), ("304", {"Accept-Encoding": "gzip"}),
                          ("plain", {})):
        asks = {}
        for server, address in ((mill, path), (nginx, "/feed.atom")):
            asked = dict(headers)
            if kind == "304":
                asked["If-None-Match"] = get(server.port, address, headers)[1]["ETag"]
                assert get(server.port, address, asked)[0] == 304
            asks[server.name] = (server, address, asked)
        kinds.append((kind, asks))
    print(f"\n(b) one cached feed of {len(plain)} bytes ({len(packed)} gzip), keep-alive, {CONNECTIONS} "
          f"connections,\n    one worker on one core; medians of {ROUNDS} rounds of {SECONDS} s in alternation\n")
    print(f"    {'':6} {'server':9} {'requests/s':>11} {'p50 us':>8} {'p99 us':>8} {'CPU us/req':>11}")
    for kind, asks in kinds:
        seen = {name: [] for name in asks}
        for _ in range(ROUNDS):
            for name, ask in asks.items():
                seen[name].append(load(*ask))
        middle = {name: {k: statistics.median(run[k] for run in runs) for k in runs[0]}
                  for name, runs in seen.items()}
        for name in asks:
            m = middle[name]
            print(f"    {kind:6} {name:9} {m['rate']:11.0f} {m['p50']:8.0f} {m['p99']:8.0f} {m['cpu']:11.2f}")
        rows.append((f"{kind}: server CPU a request, feedmill / nginx",
                     middle["feedmill"]["cpu"] / middle["nginx"]["cpu"],
                     {"gzip": 0.85, "304": 0.95, "plain": 1.15}[kind]))
        ratio = middle["feedmill"]["rate"] / middle["nginx"]["rate"]
        print(f"    {kind:6} {'ratio':9} {ratio:11.2f} {'':8} {'':8} {rows[-1][1]:11.2f}")
    loaded = resident_kb(mill.pid)
    time.sleep(5)
    after = resident_kb(mill.pid)
    nginx.stop()
    mill.stop()
    print("\n(c) resident memory of feedmill, one worker, KB\n")
    print(f"    {'':18} {'all':>8} {'its own':>8} {'of files':>9}")
    for name, seen in (("just started", start), ("idle", idle), ("under the load", loaded),
                       ("idle after it", after)):
        print(f"    {name:18} {seen['VmRSS']:8} {seen['RssAnon']:8} {seen['RssFile']:9}")
    rows.append(("idle, nothing asked yet: resident MB", idle["VmRSS"] / 1024, 12))
    rows.append(("idle after the load: resident MB", after["VmRSS"] / 1024, 12))


def first_answer(folder, rows):
    """From exec to the first byte of a feed that the store holds; the page's
    host is gone by now."""
    config = folder / "feedmill.yaml"
    port = int(re.search(r"127\.0\.0\.1:(\d+)", config.read_text()).group(1))
    times = []
    for _ in range(7):
        start = time.monotonic()
        process = subprocess.Popen([str(BUILD / "feedmill"), "serve", "-c", str(config)],
                                   stderr=subprocess.DEVNULL)
        while True:
            try:
                status, _, body = get(port, "/papers.atom?limit=50")
                break
            except OSError:
                time.sleep(0.001)
        times.append((time.monotonic() - start) * 1000)
        if status != 200 or not body:
            raise SystemExit(f"warm start: {status}")
        process.send_signal(signal.SIGTERM)
        process.wait()
    print(f"\n(d) from exec to the first feed out of a warm store: {statistics.median(times):.0f} ms "
          f"(median of {len(times)})")
    rows.append(("warm start: ms to the first feed", statistics.median(times), 100))


def conversion(rows):
    print("(a) CPU for a page, extraction to finished Atom, beside htmlReadMemory of the same page\n")
    pages = [ROOT / "build/pages/daily.html", ROOT / "build/pages/form-2024.html",
             ROOT / "../shared/pages/daily.html", ROOT / "../shared/pages/real-2024-08-01.html"]
    pages = [str(p.resolve()) for p in pages if p.exists()]
    out = subprocess.run([str(BUILD / "bench" / "bench_extract"), *pages], check=True,
                         capture_output=True, text=True).stdout
    for line in out.splitlines():
        print("    " + line)
        found = re.match(r"(\S+)\s+.*\s([\d.]+)$", line)
        if found:
            rows.append((f"{Path(found.group(1)).name}: page to Atom / htmlReadMemory",
                         float(found.group(2)), 0.7))


def border(rows):
    print("\n(i) an extraction worker's border: wall clock of a page through it, less that of extracting here\n", flush=True)
    pages = [ROOT / "build/pages/early.html", ROOT / "build/pages/daily.html",
             ROOT / "../shared/pages/daily.html", ROOT / "../shared/pages/real-2024-08-01.html"]
    pages = [str(p.resolve()) for p in pages if p.exists()]
    out = subprocess.run([str(BUILD / "bench" / "bench_worker"), *pages], check=True,
                         capture_output=True, text=True).stdout
    for line in out.splitlines():
        print("    " + line)
        found = re.match(r"(\S+)\s+\d.*\s([-\d.]+)$", line)
        if found:
            rows.append((f"{Path(found.group(1)).name}: ms for a worker's border", float(found.group(2)), 1.0))


def recipes(rows):
    print("\n(h) recipes: CPU for a page of 1.5 MB to finished Atom, beside htmlReadMemory of it; loading\n", flush=True)
    folder = ROOT / "build/pages/large"
    subprocess.run([sys.executable, ROOT / "tests/tools/large.py", folder], check=True)
    program = str(BUILD / "bench" / "bench_recipe")
    out = subprocess.run([program, folder, *sorted(p.stem for p in folder.glob("*.html"))], check=True,
                         capture_output=True, text=True).stdout
    for line in out.splitlines():
        print("    " + line)
        found = re.match(r"(\w+)\s+\d.*\s([\d.]+)$", line)
        if found:
            rows.append((f"recipe, {found.group(1)}: page to Atom / htmlReadMemory", float(found.group(2)), 1.25))
    out = subprocess.run([program, "-n", "5", "-l", "1000", *sorted((ROOT / "conf/sources").glob("*.yaml"))],
                         check=True, capture_output=True, text=True).stdout
    print("    " + out, end="")
    rows.append(("recipes: seconds for loading 1,000", float(re.search(r"([\d.]+) ms", out).group(1)) / 1000, 0.5))


def feeds_in(folder, rows):
    print("\n(g) CPU for a feed in, its bytes to finished Atom, beside xmlReadMemory of them (JSON: json-c's tree)\n",
          flush=True)
    files = []
    for dialect, per in (("rss20", 4000), ("rss20", 400), ("rss20-content", 4000), ("rss10", 4000), ("atom10", 4000), ("atom10", 400),
                         ("atom10-xhtml", 4000), ("json11", 4000)):
        files.append(folder / f"{dialect}, {'long' if per > 1000 else 'short'} entries")
        files[-1].write_text(dialects.bulk(dialect, FEED_IN, per))
    out = subprocess.run([str(BUILD / "bench" / "bench_feed"), *map(str, files)], check=True,
                         capture_output=True, text=True).stdout
    for line in out.splitlines():
        print("    " + line)
        found = re.match(r"((?:rss|atom).*? entries) .*\s([\d.]+)$", line)
        if found:
            rows.append((f"feed in, {found.group(1)}: to Atom / xmlReadMemory", float(found.group(2)), 1.25))


def fsync_ms(folder):
    """What a disk adds to each refresh: one fsync of about as much as it writes."""
    took = []
    with open(Path(folder) / "fsync", "wb", buffering=0) as file:
        for _ in range(21):
            file.write(os.urandom(128 * 1024))
            at = time.monotonic()
            os.fsync(file.fileno())
            took.append((time.monotonic() - at) * 1000)
    return statistics.median(took)


def store(folder, rows, sizes):
    """(e) The store's own time: its file lies in memory where there is such a place."""
    shm = "/dev/shm"
    where = shm if os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 4 << 30 else folder
    print("\n(e) the store\n", flush=True)
    running = subprocess.Popen([BUILD / "bench" / "bench_store", where, *map(str, sizes)],
                               stdout=subprocess.PIPE, text=True)
    for line in running.stdout:
        print("    " + line, end="", flush=True)
        if line.split()[0].isdigit():
            entries, _, p50, _, _, _, keeping, opened, _, _, size, _ = map(float, line.split())
            rows += [(f"store of {entries:.0f} entries: ms for a refresh", p50, 5),
                     ("    the longest while keep is enforced, ms", keeping, 50),
                     ("    ms to open it", opened, 1000), ("    bytes for each entry", size, 2048)]
    if running.wait():
        raise SystemExit("bench: bench_store failed")
    print(f"    in {where}; an fsync of 128 KB takes {fsync_ms(folder):.1f} ms on the disk of {folder}")


def seconds_of(command, page):
    """CPU of one run, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, input=page, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def long_page():
    """1.5 MB of a blog: a layout's list many times over."""
    made = layouts.layout("news_grid")
    start, end = made.html.index("<div class='grid__cell'>"), made.html.index("</div><div class='ad-slot'")
    cells, copies = made.html[start:end], 1500000 // (end - start)
    more = "".join(cells.replace("/news/", f"/news/{n}/").replace("</a></h3>", f", part {n}</a></h3>") for n in range(copies))
    return made.html[:start] + more + made.html[end:]


def lists(rows):
    """(f) feedmill discover on pages whose list is known."""
    program = BUILD / "feedmill"
    results = finding.find_all(program)
    print("\n(f) lists found by discover, of pages in many layouts\n")
    print("".join(f"    {r.line()}\n" for r in results), end="")
    whole = sum(r.whole for r in results)
    print(f"    whole: {whole} of {len(results)}")
    bare = finding.find_all(program, finding.bare)
    print(f"    whole without classes and ids: {sum(r.whole for r in bare)} of {len(bare)}")
    page = long_page().encode()
    took = statistics.median(seconds_of([program, "discover", "-u", "https://www.example.org/news", "-"], page) for _ in range(5))
    print(f"    a page of {len(page)} bytes: {took * 1000:.0f} ms of CPU")
    rows.append(("discover: share of layouts not found whole", 1 - whole / len(results), 0.1))
    rows.append(("discover: the same without classes and ids", 1 - sum(r.whole for r in bare) / len(bare), 0.1))
    rows.append(("discover: seconds of CPU for a page of 1.5 MB", took, 0.7))


def table(rows):
    print(f"\n    {'':56} {'reached':>8} {'at most':>8}")
    for name, value, most in rows:
        print(f"    {name:56} {value:8.2f} {most:8.2f} {'' if value <= most else '  over'}")


def main():
    began, rows = time.monotonic(), []
    if sys.argv[1:] == ["store"]:
        with tempfile.TemporaryDirectory(prefix="feedmill-bench.") as name:
            store(name, rows, [10**4, 10**5, 10**6])
        table(rows)
        return
    for tool in ("wrk", "nginx", "taskset"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"):
            raise SystemExit(f"bench: {tool} is not installed (make bench installs it)")
    os.environ["PATH"] += ":/usr/sbin"
    conversion(rows)
    border(rows)
    lists(rows)
    recipes(rows)
    with tempfile.TemporaryDirectory(prefix="feedmill-bench.") as name:
        folder = Path(name)
        with origins.Origin() as origin:
            origin.default = origins.Listing()
            serving(folder, origin.url, rows)
        first_answer(folder, rows)
        feeds_in(folder, rows)
        room = time.monotonic() - began < WITHOUT_A_MILLION
        store(folder, rows, [10**4, 10**5] + room * [10**6])
        if not room:
            print("    a million entries take a minute to write, for which no time was left: make bench-store")
    table(rows)


main()
