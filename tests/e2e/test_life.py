"""The daemon: where it listens, what signals do, and what survives a crash."""

import os
import re
import signal
import socket

import feeds
import harness
import origin as o
import pytest
from harness import Client, free_port, run, until

pytestmark = pytest.mark.threads

HOST = {"Host": "feeds.example.org"}  # the same bytes whatever port it got


# listening


def test_defaults_listen_on_8080(tmp_path):
    done = run("check", "--print", cwd=tmp_path)
    assert re.search(r"listen:.*127\.0\.0\.1:8080", done.stdout.decode(), re.S)


def test_unix_socket(serve, origin, tmp_path):
    path = tmp_path / "mill.sock"
    mill = serve(origin, {"server": {"listen": [f"unix:{path}"]}})
    answer = mill.get("/papers.atom", {**HOST, "X-Forwarded-Prefix": "/p"}, address=str(path))
    assert feeds.self_link(answer.body) == "http://feeds.example.org/p/papers.atom"
    mill.stop()
    assert not path.exists()


def test_a_unix_socket_that_a_crash_left_behind(serve, origin, tmp_path):
    path = tmp_path / "mill.sock"
    config = {"server": {"listen": [f"unix:{path}"]}}
    serve(origin, config).kill()
    assert path.exists()
    mill = serve(origin, config)
    assert mill.get("/healthz").status == 200


def test_a_unix_socket_in_use_is_not_taken_away(serve, origin, tmp_path):
    path = tmp_path / "mill.sock"
    config = {"server": {"listen": [f"unix:{path}"]}}
    first = serve(origin, config)
    second = serve(origin, config, wait=False)
    assert second.wait() == 1
    assert first.get("/healthz").status == 200


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_ipv6(serve, origin):
    mill = serve(origin, {"server": {"listen": ["[::1]:0", "127.0.0.1:0"], "trusted_proxies": ["::1"]}})
    six, four = sorted(mill.addresses, key=lambda a: ":" not in a[0])
    assert six[0] == "::1" and four[0] == "127.0.0.1"
    answer = mill.get("/papers.atom", address=six)
    assert feeds.self_link(answer.body) == f"http://[::1]:{six[1]}/papers.atom"
    assert mill.get("/papers.atom", address=four).status == 200
    assert origin.count() == 1
    told = mill.get("/papers.atom", {"X-Forwarded-Host": "feeds.example.org"}, address=six)
    assert feeds.self_link(told.body) == "http://feeds.example.org/papers.atom"  # ::1 is trusted


def test_a_port_in_use_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        file = tmp_path / "c.yaml"
        file.write_text(f'server:\n  listen: ["{address}"]\nstore: "memory:"\n')
        done = run("serve", "-c", file, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert address in done.stderr and "in use" in done.stderr


def test_two_servers_do_not_share_a_port(serve, origin):
    first = serve(origin)
    second = serve(origin, {"server": {"listen": ["127.0.0.1:%d" % first.port]}}, wait=False)
    assert second.wait() == 1
    assert "in use" in second.log
    assert first.get("/healthz").status == 200


def test_a_path_that_cannot_be_bound(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(f'server:\n  listen: ["unix:{tmp_path}/none/mill.sock"]\nstore: "memory:"\n')
    done = run("serve", "-c", file, cwd=tmp_path)
    assert done.returncode == 1 and "mill.sock" in done.stderr


def test_sockets_handed_over_by_systemd(serve, origin, tmp_path):
    path = str(tmp_path / "handed.sock")
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(path)
        unix.listen()
        config = {"server": {"listen": ["127.0.0.1:1"], "workers": 2}}  # not used
        mill = serve(origin, config, sockets=[tcp, unix], wait=False)
        mill.addresses = [tcp.getsockname()]
        mill.wait_for_log('msg="listening"')
        until(lambda: mill.get("/readyz").status == 200, "readiness")
        assert len(feeds.ids(mill.get("/papers.atom").body)) == 50
        assert mill.get("/papers.atom", address=path).status == 200
        for _ in range(20):
            assert mill.get("/healthz").status == 200
        mill.stop()
        assert os.path.exists(path)  # whoever made it takes it away


# logs


def test_access_log_and_usr1(serve, origin, tmp_path):
    log = tmp_path / "access.log"
    mill = serve(origin, {"server": {"access_log": str(log)}})
    mill.get("/papers.atom?limit=3", {"User-Agent": 'reader "1"\n'.strip(), "Referer": "http://a/"})
    tag = mill.get("/papers.atom")["etag"]
    mill.get("/papers.atom", {"If-None-Match": tag})
    for line in ('127.0.0.1 .*"GET /papers.atom.limit=3 HTTP/1.1" 200 .*http://a/',
                 '127.0.0.1 .*"GET /papers.atom HTTP/1.1" 200 [1-9]', '"GET /papers.atom HTTP/1.1" 304 0 '):
        until(lambda: log.exists() and re.search(line, log.read_text()), line)
    log.rename(tmp_path / "access.log.1")
    mill.reopen()
    mill.get("/papers.atom?limit=4")
    until(lambda: log.exists() and "limit=4" in log.read_text(), "the new log")
    assert "limit=4" not in (tmp_path / "access.log.1").read_text()


def test_what_clients_send_cannot_forge_log_lines(serve, origin, tmp_path):
    log = tmp_path / "access.log"
    mill = serve(origin, {"server": {"access_log": str(log)}})
    mill.get("/papers.atom?q=%22%0a127.0.0.1", {"User-Agent": '" 200 "\x1b[31m\xff'})
    mill.get("/papers.atom")
    until(lambda: log.exists() and '"GET /papers.atom HTTP' in log.read_text(errors="replace"), "the log")
    lines = log.read_bytes().splitlines()
    assert b"\x1b" not in log.read_bytes()
    assert all(re.match(rb'127\.0\.0\.1 .* "\S+ /[^" ]* HTTP/1\.1" \d+ ', line) for line in lines), lines


# HUP


def test_reload(serve, origin):
    mill = serve(origin)
    assert mill.get("/feeds/new.atom").status == 404
    before = mill.get("/papers.atom")
    with mill.client() as held:
        assert held.ask("/papers.atom").status == 200
        line = mill.reconfigure({"feeds": [{"name": "new", "min_upvotes": 64}], "papers": {"limit": 9}})
        assert "level=info" in line
        assert len(feeds.ids(held.ask("/feeds/new.atom").body)) == 9  # the same connection
    after = mill.get("/papers.atom")
    assert feeds.ids(after.body) == feeds.ids(before.body)[:9]
    assert origin.count() == 1
    mill.reconfigure({"feeds": [], "papers": {"limit": 100}})
    assert mill.get("/feeds/new.atom").status == 404
    again = mill.get("/papers.atom")
    assert (again.body, again["etag"]) == (before.body, before["etag"])


def test_a_reload_changes_what_is_said_of_freshness(serve, origin):
    mill = serve(origin)
    before = mill.get("/papers.atom")
    mill.reconfigure({"refresh": {"every": "2m", "stale": "1h"}})
    after = mill.get("/papers.atom")
    assert (after.body, after["etag"]) == (before.body, before["etag"])
    assert after.cache["max-age"] <= 120 and after.cache["stale-if-error"] == 3600


def test_a_cached_feed_stays_over_a_reload(serve, origin):
    mill = serve(origin)
    before = mill.get("/papers.atom")
    origin.stop()
    mill.reload()
    after = mill.get("/papers.atom")
    assert (after.body, after["etag"], after["last-modified"]) == \
        (before.body, before["etag"], before["last-modified"])


def test_a_bad_file_at_reload_keeps_the_old_one(serve, origin):
    mill = serve(origin, {"papers": {"limit": 5}})
    before = mill.get("/papers.atom")
    for bad in ("papers:\n  limit: many\n", "papers:\n  limt: 5\n", "papers: [\n", "feeds:\n  - source: x\n",
                "fetch:\n  ca_file: none.pem\n"):
        mill.configure(bad)
        line = mill.reload()
        assert "level=error" in line and re.search(rf"{re.escape(str(mill.file))}:\d+", line), line
        assert mill.get("/papers.atom").body == before.body
    mill.file.unlink()
    assert "level=error" in mill.reload()
    assert mill.get("/papers.atom").body == before.body
    assert mill.metrics()["feedmill_config_reload_errors_total"] == 6


def test_a_reload_in_the_middle_of_a_refresh(serve, origin, page):
    gate = o.Gate(o.page(page()))
    origin.set("/papers", gate)
    mill = serve(origin)
    with mill.client() as waiting:
        waiting.request("/papers.atom")
        gate.wait_for(1)
        mill.reconfigure({"papers": {"metrics": False}})
        mill.reload()
        gate.release()
        assert len(feeds.ids(waiting.answer().body)) == 50
    assert mill.get("/papers.atom").status == 200


def test_reloads_under_load(serve, origin):
    mill = serve(origin, {"feeds": [{"name": "one"}]})
    with mill.client() as a, mill.client() as b:
        for i in range(20):
            a.send(harness.request("/papers.atom", HOST) * 5)
            b.send(harness.request("/feeds/one.rss", HOST) * 5)
            mill.reconfigure({"papers": {"limit": 10 + i % 2}})
            for client in (a, b):
                assert [client.answer().status for _ in range(5)] == [200] * 5


# TERM, INT


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_when_what_is_in_flight_is_answered(serve, origin, page, number):
    gate = o.Gate(o.page(page()))
    mill = serve(origin)
    body = mill.get("/papers/trending.atom", HOST).body
    origin.set("/papers", gate)
    with mill.client() as waiting, mill.client(receive_buffer=2048) as reading, mill.client() as idle:
        idle.ask("/healthz")
        waiting.request("/papers.atom")
        gate.wait_for(1)
        reading.send(harness.request("/papers/trending.atom", HOST) * 10)
        reading.sock.recv(1, socket.MSG_PEEK)
        mill.signal(number)
        mill.wait_for_log('msg="stopping"')
        assert idle.closed() == b""
        until(lambda: refuses(mill.address), "the listener to close")
        gate.release()
        assert len(feeds.ids(waiting.answer().body)) == 50
        assert [reading.answer().body for _ in range(10)] == [body] * 10
        for client in (waiting, reading):
            assert client.closed() == b""
    assert mill.wait() == 0
    mill.check_log()


def refuses(address):
    try:
        Client(address).close()
        return False
    except ConnectionRefusedError:
        return True


def test_term_at_any_time(serve, origin):
    for i in range(5):
        mill = serve(origin, wait=False)
        if i:
            mill.wait_for_log('msg="listening"')
            mill.addresses = [harness.socket_address(
                mill.wait_for_log(r'msg="listening" .*address="?([^" ]+)')[0].group(1))]
        if i > 1:
            clients = [mill.client() for _ in range(10)]
            for client in clients:
                client.request("/papers.atom")
        mill.signal(signal.SIGTERM)
        code = mill.wait()
        mill.check_log()
        assert code == 0 if i else code in (0, -signal.SIGTERM)


def test_the_port_is_free_again_at_once(serve, origin):
    port = free_port()
    config = {"server": {"listen": [f"127.0.0.1:{port}"]}}
    for _ in range(2):
        mill = serve(origin, config)
        with mill.client() as client:
            assert client.ask("/healthz").status == 200
            mill.stop()


# crashes


def test_killed_and_started_again_with_the_page_gone(serve, origin, tmp_path):
    config = {"feeds": [{"name": "strong", "min_upvotes": 64}]}
    mill = serve(origin, config, folder=tmp_path / "one")
    addresses = ["/papers.atom", "/papers.rss", "/feeds/strong.atom", "/papers/date/2026-08-08.atom"]
    before = {a: mill.get(a, HOST) for a in addresses}
    mill.kill()  # right after the answers
    origin.stop()
    mill = serve(origin, config, folder=tmp_path / "one")
    for address, was in before.items():
        now = mill.get(address, HOST)
        assert (now.status, now.body) == (200, was.body), address
        assert (now["etag"], now["last-modified"]) == (was["etag"], was["last-modified"])
        assert mill.get(address, {**HOST, "If-None-Match": was["etag"]}).status == 304


def test_killed_while_the_page_fails(serve, origin, tmp_path):
    """Nor does a restart forget that the host asked for patience, for all its pages."""
    config = {"refresh": {"every": "1s"}}
    mill = serve(origin, config, folder=tmp_path / "one")
    before = mill.get("/papers.atom", HOST)
    origin.set("/papers", o.status(429, retry_after=3600))
    mill.wait_for_log(r'msg="refresh failed"')
    until(lambda: mill.get("/papers.atom", HOST).status == 200)
    mill.stop()
    count = origin.count("/papers")
    mill = serve(origin, config, folder=tmp_path / "one")
    for _ in range(5):
        now = mill.get("/papers.atom", HOST)
        assert (now.status, now.body) == (200, before.body)
    never = mill.get("/papers/trending.atom")
    assert never.status == 503 and int(never["retry-after"]) > 3000
    assert origin.count("/papers") == count and origin.count("/papers/trending") == 0


def test_restart_goes_on_with_conditional_requests(serve, origin, page, tmp_path):
    origin.set("/papers", o.page(page(), etag='"v1"'))
    config = {"refresh": {"every": "1s", "wait": "60s"}}
    mill = serve(origin, config, folder=tmp_path / "one")
    before = mill.get("/papers.atom", HOST)
    mill.kill()
    count = origin.count()
    mill = serve(origin, config, folder=tmp_path / "one")
    until(lambda: mill.get("/papers.atom", HOST) and origin.count() > count, "a refresh")
    assert origin.log()[count].headers["if-none-match"] == '"v1"'
    now = mill.get("/papers.atom", HOST)
    assert (now.body, now["etag"]) == (before.body, before["etag"])


def test_a_memory_that_is_not_kept(serve, origin, tmp_path):
    config = {"store": "memory:"}
    mill = serve(origin, config, folder=tmp_path / "one")
    assert mill.get("/papers.atom").status == 200
    mill.kill()
    assert not list((tmp_path / "one").glob("*.db*"))
    origin.stop()
    assert serve(origin, config, folder=tmp_path / "one").get("/papers.atom").status == 503


@pytest.mark.parametrize("what", ["no folder", "no database"])
def test_a_store_that_cannot_be_opened_is_said_and_done_without(serve, origin, tmp_path, what):
    path = tmp_path / ("none/mill.db" if what == "no folder" else "mill.db")
    if what == "no database":
        path.write_text("this is not a database" * 100)
    mill = serve(origin, {"store": f"sqlite:{path}", "store.required": False})
    assert "level=error" in mill.wait_for_log("mill.db")[0].string
    assert mill.get("/papers.atom").status == 200
    if what == "no database":
        assert path.read_text().startswith("this is not")
