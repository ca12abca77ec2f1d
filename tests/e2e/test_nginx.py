"""Behind the real nginx, with conf/nginx/feedmill.conf as it is shipped.

Only the values of the lines marked SET are replaced: port, socket, cache folder."""

import gzip
import os
import re
import signal
import subprocess

import feeds
import harness
import origin as o
import pytest
from conftest import listing_host
from harness import ROOT, Client, Feedmill, Process, free_port, until

FILE = ROOT / "conf/nginx/feedmill.conf"
HOST = {"Host": "feeds.example.org"}


class Nginx(Process):
    def __init__(self, folder, socket):
        folder.mkdir()
        self.address = ("127.0.0.1", free_port())
        settings = {"unix:/run/feedmill/feedmill.sock": f"unix:{socket}",
                    "listen 80;": "listen %s:%d;" % self.address,
                    "/var/cache/feedmill ": f"{folder}/cache "}
        text = FILE.read_text()
        for shipped, here in settings.items():
            marked = re.findall(rf"^.*{re.escape(shipped)}.*# SET.*$", text, re.M)
            assert len(marked) == 1, f"{shipped}: {marked}"
            text = text.replace(marked[0], marked[0].replace(shipped, here))
        (folder / "feedmill.conf").write_text(text)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temp = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"{user} daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log stderr notice;\n"
            f"events {{ worker_connections 1024; }}\n"
            # what Debian's nginx.conf sets in this place
            f"http {{ sendfile on; tcp_nopush on; gzip on; access_log off; {temp}\n"
            f"  include {folder}/feedmill.conf; }}\n")
        super().__init__(["nginx", "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"])
        self.wait_for_log("start worker process ")

    def get(self, target, headers=None, method="GET"):
        with Client(self.address) as client:
            return client.ask(target, {"Connection": "close", **HOST, **(headers or {})}, method)

    def until_status(self, target, status, headers=None):
        """Asks until X-Cache-Status is as wanted."""
        def asked():
            answer = self.get(target, headers)
            return answer if answer["x-cache-status"] in status.split() else None
        return until(asked, f"X-Cache-Status {status} of {target}")

    def stop(self):
        self.signal(signal.SIGQUIT)
        assert self.wait() == 0, self.log
        assert not re.search(r"\[(alert|emerg)\]", self.log), self.log


@pytest.fixture
def behind(serve, origin, tmp_path):
    """(nginx, mill): behind({...}) with further configuration."""
    started = []

    def start(config=None):
        socket = tmp_path / "mill.sock"
        server = {"listen": [f"unix:{socket}"], "access_log": str(tmp_path / "access.log")}
        mill = serve(origin, harness.merged({"server": server}, config or {}))
        nginx = Nginx(tmp_path / "nginx", socket)
        started.append(nginx)
        return nginx, mill

    yield start
    for nginx in started:
        nginx.stop()


@pytest.fixture(scope="module")
def pair(page, tmp_path_factory):
    """One nginx and one mill for the tests that change neither."""
    folder = tmp_path_factory.mktemp("nginx")
    with listing_host(page) as origin:
        config = {"server": {"listen": [f"unix:{folder}/mill.sock"]}, "papers": {"upstream": origin.url}}
        with Feedmill(folder / "mill", config) as mill:
            nginx = Nginx(folder / "nginx", folder / "mill.sock")
            yield nginx, mill
            nginx.stop()


def test_nginx_takes_the_file(pair):
    nginx, _ = pair
    folder = nginx.child.args[2]
    done = subprocess.run(["nginx", "-t", "-p", folder, "-e", "stderr", "-c", f"{folder}/nginx.conf"],
                          capture_output=True, text=True)
    assert done.returncode == 0 and "[warn]" not in done.stderr, done.stderr


# In a place of its own: the file systems that it writes to are empty, and no port is taken.
OWN_PLACE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
AS_README_SAYS = r"""
set -e
trap 'cat {folder}/log >&2' EXIT
ip link set lo up
mount -t proc proc /proc  # of this place: LeakSanitizer looks for its threads there
for dir in /var/cache /var/log /run /etc/nginx/conf.d; do mount -t tmpfs none $dir; done
mkdir /run/feedmill /var/log/nginx
nginx
{commands}
{program} serve -c {folder}/readme.yaml 2>{folder}/log &
until curl -sf --unix-socket /run/feedmill/feedmill.sock http://x/readyz; do sleep 0.05; done
ask() {{ curl -sS --max-time 60 -H "Host: feeds.example.org" "$@"; }}
until ask -f http://127.0.0.1/healthz; do sleep 0.05; done  # the old workers may still answer
ask -D - -o /dev/null http://127.0.0.1/papers.atom
ask -D - http://127.0.0.1/papers.atom
nginx -s quit
kill $!
wait $!
"""


def can_have_a_place():
    debian = os.path.exists("/etc/nginx/nginx.conf") and os.path.isdir("/etc/nginx/conf.d")
    return debian and os.geteuid() == 0 and subprocess.run([*OWN_PLACE, "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_have_a_place(), reason="no root, no namespaces or no nginx of Debian's")
def test_as_the_readme_says_in_debians_nginx(tmp_path, page):
    """Every path of the file as it is shipped, and the workers under Debian's user."""
    readme = (ROOT / "README.md").read_text()
    section = readme[readme.index("## Behind nginx"):readme.index("## Refresh intervals")]
    commands, settings = (re.search(rf"^```{kind}\n(.*?)^```$", section, re.M | re.S).group(1)
                          for kind in ("sh", "yaml"))
    assert "nginx -t" in commands and "feedmill.sock" in settings
    store = tmp_path / "mill.db"
    with listing_host(page) as origin:  # fills the store: in that place there is no network
        config = {"papers": {"upstream": origin.url}, "store": f"sqlite:{store}"}
        with Feedmill(tmp_path / "mill", config) as mill:
            assert mill.get("/papers.atom").status == 200
    (tmp_path / "readme.yaml").write_text(settings + f"store: \"sqlite:{store}\"\n"
                                          f"papers:\n  upstream: {origin.url}\n")
    script = AS_README_SAYS.format(commands=commands, program=harness.PROGRAM, folder=tmp_path)
    done = subprocess.run([*OWN_PLACE, "bash", "-c", script], cwd=ROOT, capture_output=True, text=True,
                          timeout=2 * harness.PATIENCE, env=harness.environment())
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert re.findall(r"^X-Cache-Status: (\w+)", done.stdout, re.M) == ["MISS", "HIT"], done.stdout[:2000]
    assert feeds.self_link(done.stdout[done.stdout.index("<?xml"):].encode()) == \
        "http://feeds.example.org/papers.atom"
    assert not harness.REPORTS.search((tmp_path / "log").read_text())


def test_hit_on_the_second_request(pair):
    nginx, mill = pair
    first = nginx.get("/papers.atom?limit=41")
    assert (first.status, first["x-cache-status"]) == (200, "MISS")
    second = nginx.get("/papers.atom?limit=41")
    assert (second.status, second["x-cache-status"]) == (200, "HIT")
    for name in ("etag", "last-modified", "cache-control", "content-type", "vary"):
        assert second[name] == first[name]
    assert second.body == first.body and len(feeds.ids(second.body)) == 41
    direct = mill.get("/papers.atom?limit=41", HOST)
    assert (direct.body, direct["etag"]) == (first.body, first["etag"])


def test_304_through_it(pair):
    nginx, _ = pair
    nginx.get("/papers.atom")
    tag = nginx.until_status("/papers.atom", "HIT")["etag"]
    for match in (tag, f'"x", W/{tag}'):
        answer = nginx.get("/papers.atom", {"If-None-Match": match})
        assert (answer.status, answer.body) == (304, b"")
        assert answer["x-cache-status"] == "HIT"
    modified = nginx.get("/papers.atom")["last-modified"]
    assert nginx.get("/papers.atom", {"If-Modified-Since": modified}).status == 304
    cold = nginx.get("/papers.atom?limit=42", {"If-None-Match": "*"})
    assert cold.status in (200, 304)


def test_self_links_with_the_public_name(pair):
    nginx, _ = pair
    assert feeds.self_link(nginx.get("/papers.atom").body) == "http://feeds.example.org/papers.atom"
    other = nginx.get("/papers.atom", {"Host": "feeds.example.org:8080"})
    assert feeds.self_link(other.body) == "http://feeds.example.org:8080/papers.atom"


def test_under_a_path_of_another_site(pair):
    nginx, _ = pair
    answer = nginx.get("/feedmill/papers.atom")
    assert feeds.self_link(answer.body) == "http://feeds.example.org/feedmill/papers.atom"
    assert nginx.get("/feedmill/papers.atom")["x-cache-status"] == "HIT"
    assert feeds.self_link(nginx.get("/papers.atom").body) == "http://feeds.example.org/papers.atom"
    assert 'href="http://feeds.example.org/feedmill/papers.atom"' in nginx.get("/feedmill/").text
    assert nginx.get("/feedmill/nothing.atom").status == 404


def test_few_copies_for_many_ways_to_accept(pair):
    nginx, _ = pair
    address = "/papers.atom?limit=43"
    ways = {"gzip": "gzip", "gzip, deflate": "gzip", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3": "gzip",
            "x-gzip": "gzip", "GZIP": "gzip", "gzip, deflate, br": "br", "br;q=0.9, gzip": "br",
            "br;q=0, gzip": "gzip", "br;q=0.0,zstd;q=0.5": "zstd", "gzip;q=0": None, "brotli": None,
            "identity": None, "": None, "xbr": None, "zstd": "zstd", "gzip, deflate, br, zstd": "br"}
    seen, misses = {}, 0
    for accept, expected in ways.items():
        answer = nginx.get(address, {"Accept-Encoding": accept})
        assert answer.headers.get("content-encoding") == expected, accept
        assert answer["vary"].lower() == "accept, accept-encoding"
        assert seen.setdefault(expected, answer.body) == answer.body
        misses += answer["x-cache-status"] == "MISS"
    assert misses == 4
    assert gzip.decompress(seen["gzip"]) == seen[None]


def test_keep_alive_and_head_through_it(pair):
    nginx, _ = pair
    with Client(nginx.address) as client:
        length = len(client.ask("/papers.atom", HOST).body)
        assert client.ask("/papers.atom", HOST, "HEAD")["content-length"] == str(length)
        for _ in range(3):
            assert client.ask("/papers.atom", HOST)["x-cache-status"] == "HIT"


def test_errors_are_not_kept(pair):
    nginx, _ = pair
    for _ in range(2):
        answer = nginx.get("/papers.atom?limit=0")
        assert (answer.status, answer["x-cache-status"]) == (400, "MISS")
        assert nginx.get("/nothing.atom").status == 404


def test_metrics_for_the_machine_itself(pair):
    nginx, _ = pair
    assert "feedmill_requests_total" in nginx.get("/metrics").text
    assert nginx.get("/feedmill/metrics").status == 403


def test_connections_to_the_mill_are_kept(pair):
    nginx, mill = pair

    def opened():
        answer = mill.get("/metrics")
        return float(re.search(r"^feedmill_connections_total (\S+)", answer.text, re.M).group(1))

    before = opened()
    for i in range(20):
        nginx.get(f"/papers.atom?limit={i + 50}")
    assert opened() - before - 1 <= 4  # two workers of nginx, and who asked for the metrics


def test_one_request_under_load(behind, origin, page, tmp_path):
    gate = o.Gate(o.page(page()))
    origin.set("/papers", gate)
    nginx, mill = behind()
    clients = [Client(nginx.address) for _ in range(50)]
    for client in clients:
        client.request("/papers.atom", HOST)
    gate.wait_for(1)
    gate.release()
    answers = [client.answer() for client in clients]
    assert {a.status for a in answers} == {200} and len({a.body for a in answers}) == 1
    for client in clients:
        client.close()
    assert origin.count() == 1
    log = tmp_path / "access.log"
    until(lambda: '"GET /papers.atom HTTP' in log.read_text(), "the access log")
    mill.stop()  # all is written then
    assert len(re.findall(r'"GET /papers\.atom HTTP/1\.1" 200', log.read_text())) == 1


def test_stale_while_the_mill_is_away(behind, origin, tmp_path):
    nginx, mill = behind({"refresh": {"every": "1s"}})
    first = nginx.get("/papers.atom")
    assert first.status == 200
    mill.stop()
    stale = nginx.until_status("/papers.atom", "STALE")
    assert (stale.status, stale.body, stale["etag"]) == (200, first.body, first["etag"])
    assert nginx.get("/papers.atom", {"If-None-Match": first["etag"]}).status == 304


def test_changes_come_through(behind, origin, page):
    origin.set("/papers", o.page(page("early")))
    nginx, _ = behind({"refresh": {"every": "1s"}})
    first = nginx.get("/papers.atom")
    nginx.until_status("/papers.atom", "REVALIDATED UPDATING EXPIRED STALE")
    origin.set("/papers", o.page(page("daily")))
    changed = until(lambda: (a := nginx.get("/papers.atom"))["etag"] != first["etag"] and a, "the change")
    assert len(feeds.ids(changed.body)) == 50
