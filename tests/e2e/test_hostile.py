"""Clients that are slow or silent: others are served meanwhile."""

import random
import resource
import socket

import feeds
import harness
import origin as o
import pytest
from harness import request

pytestmark = pytest.mark.threads


def test_a_client_that_reads_a_byte_at_a_time(shared):
    _, mill = shared
    body = mill.get("/papers.atom").body
    with mill.client(receive_buffer=2048) as slow:
        slow.send(request("/papers.atom", host=slow.host) * 30)  # megabytes: more than any buffer between holds
        got = b""
        for i in range(300):
            got += slow.sock.recv(1)
            if i % 20 == 0:
                assert mill.get("/papers.atom").body == body
        slow.rest = got
        for _ in range(30):  # and in the end it has had everything
            assert slow.answer().body == body


def test_a_client_that_sends_a_byte_at_a_time(shared):
    _, mill = shared
    whole = request("/papers.atom", {"If-None-Match": '"x"', "Accept-Encoding": "identity"})
    with mill.client() as slow:
        for i in range(len(whole)):
            slow.send(whole[i:i + 1])
            if i % 20 == 0:
                assert mill.get("/healthz").status == 200
        assert len(feeds.ids(slow.answer().body)) == 50


def test_a_thousand_connections_that_say_nothing(serve, origin):
    mill = serve(origin)
    mill.get("/papers.atom")
    silent = [socket.create_connection(mill.address, harness.PATIENCE) for _ in range(1000)]
    try:
        for sock in silent[::2]:
            sock.send(b"GET /papers.atom HTTP/1.1\r\nHo")
        harness.until(lambda: mill.metrics()["feedmill_connections_open"] >= 1000, "1000 connections")
        for _ in range(20):
            assert len(feeds.ids(mill.get("/papers.atom").body)) == 50
        assert mill.get("/papers/trending.atom").status == 200  # and a page is fetched
        for sock in silent[::100]:  # each of them can still go on
            sock.send(b"st: a\r\n\r\n")
            assert sock.recv(15) == b"HTTP/1.1 200 OK"
    finally:
        for sock in silent:
            sock.close()
    harness.until(lambda: mill.metrics()["feedmill_connections_open"] <= 1, "connections to be closed")


def test_silent_connections_make_room_for_new_ones(serve, origin):
    mill = serve(origin, {"server": {"max_connections": 20, "workers": 1}})
    held = [mill.client() for _ in range(20)]
    for client in held:
        assert client.ask("/healthz").status == 200
    with mill.client() as extra:
        assert extra.ask("/papers.atom").status == 200
        assert held[0].closed() == b""  # the one that was silent longest
        assert held[19].ask("/healthz").status == 200
    for client in held:
        client.close()


def test_more_readers_than_allowed(serve, origin, page):
    gate = o.Gate(o.page(page()))
    origin.set("/papers", gate)
    mill = serve(origin, {"server": {"max_connections": 20, "workers": 1}})
    held = [mill.client() for _ in range(20)]
    for client in held:
        client.request("/papers.atom")
    gate.wait_for(1)
    harness.until(lambda: refused(mill), "the limit")  # once all twenty are being served
    gate.release()
    assert {client.answer().status for client in held} == {200}
    for client in held:
        client.close()
    harness.until(lambda: not refused(mill), "room again")


def refused(mill):
    try:
        answer = mill.get("/healthz")
    except (harness.Closed, OSError):
        return True
    assert answer.status in (200, 503)
    return answer.status == 503


def test_a_reset_in_the_middle_of_an_answer(shared):
    _, mill = shared
    for _ in range(20):
        with mill.client(receive_buffer=2048) as client:
            client.send(request("/papers.atom") * 5)
            client.sock.recv(100)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert mill.get("/papers.atom").status == 200


def test_out_of_descriptors(serve, origin):
    """No spinning, no flood of lines; served again when there is room."""
    mill = serve(origin, {"server": {"workers": 1}})
    body = mill.get("/papers.atom").body
    before = resource.prlimit(mill.child.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(mill.child.pid, resource.RLIMIT_NOFILE, (60, before[1]))
    crowd = [socket.create_connection(mill.address, harness.PATIENCE) for _ in range(100)]
    for _ in range(5):
        harness.until(lambda: not refused(mill), "an answer in the crowd")
    for sock in crowd:
        sock.close()
    resource.prlimit(mill.child.pid, resource.RLIMIT_NOFILE, before)
    harness.until(lambda: not refused(mill), "an answer after the crowd")
    assert mill.get("/papers.atom").body == body
    assert len(mill.lines) < 60


def mutated(rng):
    """A request with something wrong in it, mostly."""
    data = bytearray(request(rng.choice(["/papers.atom", "/papers.atom?limit=3", "/", "/x", "*", "/papers"]),
                             {"Accept-Encoding": "gzip, br;q=0.5", "If-None-Match": 'W/"a", "b"',
                              "X-Forwarded-Host": "feeds.example.org", "X-Forwarded-Prefix": "/a",
                              "If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"},
                             rng.choice(["GET", "GET", "HEAD", "POST"])))
    for _ in range(rng.randrange(6)):
        at = rng.randrange(len(data))
        what = rng.randrange(5)
        if what == 0:
            data[at] = rng.randrange(256)
        elif what == 1:
            del data[at:at + rng.randrange(1, 20)]
        elif what == 2:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 8)))
        elif what == 3:
            data[at:at] = data[at:at + 60] * rng.randrange(1, 40)
        else:
            data[at:at] = rng.choice([b"\r\n", b"\n", b"\0", b":", b"%", b"\r\n\r\n", b" HTTP/1.1", b"\xff\xfe"])
        data = data or bytearray(b"\n")
    return bytes(data)


def test_a_thousand_spoilt_requests(shared):
    _, mill = shared
    rng = random.Random(2026)
    for _ in range(100):
        spoilt = b"".join(mutated(rng) for _ in range(10))
        with mill.client() as client:
            try:
                client.send(spoilt)
                client.sock.shutdown(socket.SHUT_WR)
                answers = client.closed()
            except OSError:  # refused before all was sent
                continue
        assert answers == b"" or answers.startswith(b"HTTP/1.1 "), (spoilt, answers[:100])
    assert mill.get("/papers.atom").status == 200
    assert mill.child.poll() is None
