"""The program as a service: systemd's messages, the log's formats, --listen."""

import json
import signal
import socket
import subprocess

import harness
import pytest
from harness import PROGRAM, environment, run, until


class Systemd:
    """The datagram socket to which a service says how it is."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(harness.PATIENCE)

    def next(self, but=()):
        """The next message that is none of `but`."""
        while True:
            message = self.socket.recv(4096).decode()
            if message not in but:
                return message


@pytest.fixture
def systemd(tmp_path):
    one = Systemd(tmp_path / "notify")
    yield one
    one.socket.close()


def test_it_tells_systemd_how_it_is(serve, origin, systemd):
    alive = "WATCHDOG=1"
    mill = serve(origin, env={"NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": "200000"})
    assert systemd.next({alive}) == "READY=1"
    for _ in range(3):
        assert systemd.next() == alive
    for config in ({"refresh": {"every": "1h"}}, {"refresh": {"every": "no time"}}):
        mill.reconfigure(config)  # ends well, or badly: it is ready again
        begun = systemd.next({alive})
        assert begun.startswith("RELOADING=1\nMONOTONIC_USEC=") and begun.split("=")[2].isdigit()
        assert systemd.next({alive}) == "READY=1"
    mill.stop()
    assert systemd.next({alive}) == "STOPPING=1"


def test_a_notify_socket_that_is_not_there_harms_nobody(serve, origin, tmp_path):
    mill = serve(origin, env={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    assert mill.get("/healthz").status == 200


def test_json_lines_in_a_file(serve, origin, tmp_path):
    file = tmp_path / "feedmill.log"
    mill = serve(origin, {"log": {"format": "json", "to": str(file), "level": "debug"}}, wait=False)
    until(lambda: file.exists() and '"msg":"ready"' in file.read_text(), "the log")
    moved = file.with_suffix(".1")
    file.rename(moved)
    mill.signal(signal.SIGUSR1)
    until(lambda: file.exists() and "logs reopened" in file.read_text(), "the log again")
    lines = [json.loads(line) for line in (moved.read_text() + file.read_text()).splitlines()]
    assert {"time", "level", "msg"} <= set(lines[0])
    assert [line["msg"] for line in lines if line["msg"] in ("listening", "logs reopened")] == [
        "listening", "logs reopened"]


def test_wrong_log_keys(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text("log: {level: loud, format: xml}\n")
    done = run("check", "-c", file)
    assert done.returncode == 2
    assert f'{file}:1: log.level: "loud" is not error, warn, info or debug' in done.stderr
    assert f'{file}:1: log.format: "xml" is not text or json' in done.stderr


def test_listen_goes_before_the_file(tmp_path):
    config = tmp_path / "f.yaml"
    config.write_text('server: {listen: ["127.0.0.1:1"]}\nstore: "memory:"\n')
    child = harness.Process([PROGRAM, "serve", "-c", config, "--listen", "127.0.0.1:0"], cwd=tmp_path,
                            env=environment())
    try:
        child.wait_for_log(r'msg="listening" address=127\.0\.0\.1:(?!1 )\d+')
        mark = child.mark()
        child.signal(signal.SIGHUP)  # and over reloads, without a word about server.listen
        child.wait_for_log('msg="configuration reloaded"', since=mark)
        assert "takes effect at the next start" not in child.log
    finally:
        child.kill()
    for wrong in ("nothing", "127.0.0.1", "::1:80", ""):
        done = run("serve", "--listen", wrong, cwd=tmp_path)
        assert done.returncode == 2 and "feedmill serve: --listen" in done.stderr


def test_every_key_that_wants_a_restart_is_named(serve, origin, tmp_path):
    mill = serve(origin)
    mark = mill.mark()
    mill.reconfigure({"server": {"workers": 3}, "store": f"sqlite:{tmp_path}/other.db"})
    named = mill.wait_for_log(r"takes effect at the next start.* key=(\S+)", since=mark, count=2)
    assert {m.group(1) for m in named} == {"server.workers", "store"}
