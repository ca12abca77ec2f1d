"""Behind real caches and proxies, with each conf/ file as it is shipped, and with files that are
not careful: no reader ever gets what another one forged.

Only the values of the lines marked SET are replaced: ports, sockets, names, folders."""

import os
import re
import shutil
import signal

import feeds
import harness
import pytest
from conftest import listing_host
from harness import ROOT, Client, Feedmill, Process, free_port, until
from test_nginx import Nginx

SITE = "feeds.example.org"
FORGED = [
    {"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Prefix": "/evil"},
    {"X-Forwarded-Port": "666"}, {"Forwarded": "host=evil.example;proto=https"},
    {"X-Forwarded-Host": "evil.example, " + SITE}, {"X-Forwarded-Host": SITE + ", evil.example"},
    {"x-forwarded-host": "evil.example", "X-FORWARDED-PREFIX": "/evil", "forwarded": "host=evil.example"},
    {"X-Forwarded-Host": "evil.example", "Connection": "close, X-Forwarded-Host"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example:666", "X-Forwarded-Port": "666"},
    {"X_Forwarded_Host": "evil.example"}, {"X-Host": "evil.example", "X-Original-URL": "/evil"},
]


def shipped(name, changes):
    """The text of a file in conf/, its lines marked SET changed."""
    text = (ROOT / "conf" / name).read_text()
    for was, now in changes.items():
        marked = re.findall(rf"^.*{re.escape(was)}.*# SET.*$", text, re.M)
        assert len(marked) == 1, f"{was}: {marked}"
        text = text.replace(marked[0], marked[0].replace(was, now))
    return text


class Front(Process):
    """A proxy in front of feedmill; its port answers once it is ready."""

    caches = True

    def __init__(self, args, port, **how):
        self.address = ("127.0.0.1", port)
        super().__init__(args, **how)
        until(self.answers, f"{args[0]} to answer")

    def answers(self):
        assert self.child.poll() is None, self.log
        try:
            return self.get("/healthz").status == 200
        except (OSError, harness.Closed):
            return False

    def get(self, target, headers=None):
        with Client(self.address) as client:
            client.send(harness.request(target, {"Host": SITE, "Connection": "close", **(headers or {})}))
            return answer_of(client)

    def stop(self):
        self.signal(signal.SIGTERM)
        try:
            self.wait(10)
        except Exception:
            self.kill()


def answer_of(client):
    """As Client.answer, from proxies that chunk."""
    while b"\r\n\r\n" not in client.rest:
        client._more()
    head, _, body = client.rest.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines)]
    answer = harness.Answer("HTTP/1.1", int(first.split()[1]), "", fields, b"")
    client.rest = body
    rest = client.closed()
    if answer.headers.get("transfer-encoding") == "chunked":
        whole, at = b"", 0
        while True:
            size, _, rest = rest.partition(b"\r\n")
            at = int(size.split(b";")[0], 16)
            if not at:
                break
            whole, rest = whole + rest[:at], rest[at + 2:]
        rest = whole
    answer.body = rest
    return answer


def varnish(folder, socket, tcp, port, careful):
    file = folder / "feedmill.vcl"
    file.write_text(shipped("varnish/feedmill.vcl", {"/run/feedmill/feedmill.sock": str(socket)}) if careful else
                    f'vcl 4.1; backend default {{ .host = "127.0.0.1"; .port = "{tcp}"; }}')
    return Front(["varnishd", "-j", "none", "-F", "-a", f"127.0.0.1:{port}", "-f", file, "-n", folder / "work",
                  "-s", "malloc,32m"], port)


def haproxy(folder, socket, tcp, port, careful):
    if careful:
        text = shipped("haproxy/feedmill.cfg", {"bind :80": f"bind 127.0.0.1:{port}",
                                                "/run/feedmill/feedmill.sock": str(socket)})
    else:
        text = (f"cache c\n total-max-size 16\n max-object-size 4000000\n process-vary on\nfrontend f\n mode http\n"
                f" timeout client 60s\n bind 127.0.0.1:{port}\n http-request cache-use c\n"
                " http-response cache-store c\n default_backend b\nbackend b\n mode http\n timeout connect 5s\n"
                f" timeout server 60s\n server s 127.0.0.1:{tcp}\n")
    file = folder / "haproxy.cfg"
    file.write_text(f"global\n    maxconn 200\n{text}")
    return Front(["haproxy", "-db", "-f", file], port)


def squid(folder, socket, tcp, port, careful):
    if careful:
        text = shipped("squid/feedmill.conf", {"http_port 80": f"http_port 127.0.0.1:{port}",
                                               "parent 8080": f"parent {tcp}"})
    else:
        text = (f"http_port 127.0.0.1:{port} accel vhost\nhttp_access allow all\nnever_direct allow all\n"
                f"cache_peer 127.0.0.1 parent {tcp} 0 no-query originserver\n")
    file = folder / "squid.conf"
    log = folder / "squid.log"
    log.touch()
    os.chmod(folder, 0o777)
    os.chmod(log, 0o666)
    file.write_text(f"{text}\npid_filename none\naccess_log none\ncache_log {log}\ncache_mem 32 MB\n"
                    f"netdb_filename none\nshutdown_lifetime 1 seconds\nvisible_hostname squid.test\n"
                    "maximum_object_size_in_memory 8 MB\n")
    return Front(["squid", "-N", "-f", file], port)


def reachable(folder):
    """A proxy that gives up root has to get there; pytest's own folders let nobody in."""
    for one in (folder, *folder.parents):
        if one.stat().st_uid == os.geteuid() and "pytest" in str(one):
            os.chmod(one, one.stat().st_mode | 0o755)


def apache(folder, socket, tcp, port, careful):
    reachable(folder)
    cache = folder / "cache"
    cache.mkdir()
    os.chmod(cache, 0o777)
    if careful:
        text = shipped("apache/feedmill.conf", {"/run/feedmill/feedmill.sock": str(socket),
                                                "/var/cache/apache2/feedmill": str(cache)})
        text = text.replace("*:80>", f"127.0.0.1:{port}>")
    else:
        text = f"ProxyPreserveHost On\nProxyPass / http://127.0.0.1:{tcp}/\nCacheEnable disk /\nCacheRoot {cache}\n"
    text = re.sub(r"\s+# SET.*", "", text)  # Apache has no comments behind a directive
    modules = "mpm_event authz_core authz_host proxy proxy_http headers cache cache_disk".split()
    load = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n" for m in modules)
    user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    (folder / "apache.conf").write_text(
        f"ServerRoot {folder}\nServerName localhost\nPidFile {folder}/pid\nErrorLog /dev/stderr\n{load}{user}"
        f"Listen 127.0.0.1:{port}\n{text}\n")
    return Front(["apache2", "-D", "FOREGROUND", "-f", folder / "apache.conf"], port)


def caddy(folder, socket, tcp, port, careful):
    text = shipped("caddy/Caddyfile", {SITE: f"http://{SITE}:{port}", "/run/feedmill/feedmill.sock": str(socket)})
    file = folder / "Caddyfile"
    file.write_text("{\n admin off\n auto_https off\n}\n" + re.sub(r"\s+# SET.*", "", text))
    front = Front(["caddy", "run", "--adapter", "caddyfile", "--config", file], port,
                  env=harness.environment(XDG_DATA_HOME=folder, XDG_CONFIG_HOME=folder))
    front.caches = False
    return front


def nginx(folder, socket, tcp, port, careful):
    return Nginx(folder / "nginx", socket)


SHIPPED = {"nginx": nginx, "varnish": varnish, "haproxy": haproxy, "squid": squid, "apache": apache, "caddy": caddy}
CARELESS = {"varnish": varnish, "haproxy": haproxy, "squid": squid, "apache": apache}
PROGRAMS = {"nginx": "nginx", "varnish": "varnishd", "haproxy": "haproxy", "squid": "squid", "apache": "apache2",
            "caddy": "caddy"}


def set_up(name, start, careful, page, tmp_path_factory):
    if not shutil.which(PROGRAMS[name]):
        pytest.skip(f"no {PROGRAMS[name]}")
    folder = tmp_path_factory.mktemp(name)
    tcp = free_port()
    for at in (folder, *folder.parents):  # other users have to reach it
        if "pytest" in str(at) and at.stat().st_uid == os.getuid():
            at.chmod(0o755)
    trusted = ["unix", "127.0.0.0/8"] if not careful or name == "squid" else ["unix"]
    with listing_host(page) as origin:
        config = {"papers": {"upstream": origin.url},
                  "server": {"listen": [f"unix:{folder}/mill.sock", f"127.0.0.1:{tcp}"], "trusted_proxies": trusted}}
        with Feedmill(folder / "mill", config) as mill:
            (folder / "front").mkdir()
            front = start(folder / "front", folder / "mill.sock", tcp, free_port(), careful)
            front.caches = getattr(front, "caches", True)
            try:
                yield front, mill
            finally:
                front.stop()


@pytest.fixture(scope="module", params=SHIPPED)
def front(request, page, tmp_path_factory):
    yield from set_up(request.param, SHIPPED[request.param], True, page, tmp_path_factory)


@pytest.fixture(scope="module", params=CARELESS)
def careless(request, page, tmp_path_factory):
    yield from set_up(request.param, CARELESS[request.param], False, page, tmp_path_factory)


def asked(mill):
    return mill.metrics()["feedmill_requests_total"]


def test_it_works_and_keeps_copies(front):
    proxy, mill = front
    first = proxy.get("/papers.atom?limit=31")
    assert first.status == 200 and len(feeds.ids(first.body)) == 31
    assert feeds.self_link(first.body) == f"http://{SITE}/papers.atom?limit=31"
    before = asked(mill)
    second = proxy.get("/papers.atom?limit=31")
    assert (second.status, second.body) == (200, first.body)
    assert asked(mill) - before - 1 == (0 if proxy.caches else 1)
    assert proxy.get("/papers.atom?limit=31", {"If-None-Match": first["etag"]}).status == 304


@pytest.mark.parametrize("forged", range(len(FORGED)))
def test_nothing_forged_comes_through(front, forged):
    """The reader that forges gets nothing of it, and neither does anybody after it."""
    proxy, _ = front
    address = f"/papers.atom?limit={forged + 1}"
    for headers in (FORGED[forged], {}, FORGED[forged]):
        answer = proxy.get(address, headers)
        if answer.status == 400 and headers:
            continue  # a proxy may refuse it
        assert answer.status == 200, answer
        assert feeds.self_link(answer.body) == f"http://{SITE}{address}"
        assert b"evil" not in answer.body and b"666/" not in answer.body


def test_pages_subscribe_to_this_site(front):
    proxy, _ = front
    for forged in FORGED:
        proxy.get("/papers/trending", forged)
        page = proxy.get("/papers/trending").text
        assert f'href="http://{SITE}/papers/trending.atom"' in page and "evil" not in page


def test_the_client_has_its_own_rate(front):
    """What it says of itself in X-Forwarded-For makes it nobody else."""
    proxy, mill = front
    mill.reconfigure({"server": {"rate": {"misses": "1/h", "burst": 3}}})
    try:
        statuses = [proxy.get(f"/papers.atom?limit={60 + i}", {"X-Forwarded-For": f"192.0.2.{i}"}).status
                    for i in range(6)]
        assert statuses[3:] == [429] * 3, statuses
    finally:
        mill.reconfigure({"server": {"rate": {"misses": "0/m", "burst": 30}}})


@pytest.mark.parametrize("forged", range(len(FORGED)))
def test_a_careless_cache_is_not_poisoned(careless, forged):
    """All fields are passed on and believed: who forges gets it, nobody else does (Vary)."""
    proxy, _ = careless
    address = f"/papers.atom?limit={forged + 1}"
    for headers in (FORGED[forged], {}, {**FORGED[forged], "Accept-Encoding": "gzip"}, {}):
        answer = proxy.get(address, headers)
        if not headers:
            assert answer.status == 200
            assert feeds.self_link(answer.body) == f"http://{SITE}{address}"
            assert b"evil" not in answer.body
