"""Heads that are none: refused whatever the segments, and never accepted where nginx refuses."""

import random

import harness
import pytest
from harness import Client, Process, free_port

pytestmark = pytest.mark.threads

REST = b" HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /robots.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def with_field(line, start=b"GET /healthz HTTP/1.1"):
    return start + b"\r\nHost: a\r\n" + line + b"\r\n\r\n"


# Each is a whole head; the request behind it must not be answered where the first is refused.
ODDITIES = [
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\rZ", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", b"GET /healthz HTTP/1.1\rHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\r\n\r\n", b"GET /healthz HTTP/1.1\r\r\nHost: a\r\n\r\n",
    b"GET /healthz HXYZ/1.1\r\nHost: a\r\n\r\n", b"GET /healthz HTTPX1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz H\x80\x80\x80/1.0\r\nHost: a\r\n\r\n", b"GET /healthz http/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1.1\r\nHost: a\r\n\r\n", b"GET /healthz HTTP/1,1\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", b"GET /healthz HTTP/0.9\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1 \r\nHost: a\r\n\r\n", b"GET  /healthz" + REST, b"GET\t/healthz" + REST,
    *(b"GET /heal%cthz" % c + REST for c in (0, 1, 7, 8, 9, 11, 12, 14, 27, 31, 127)),
    b"GET healthz" + REST, b"GET *" + REST, b"GET /healthz#x" + REST, b"GET http:///healthz" + REST,
    b"G@T /healthz" + REST, b"\x00GET /healthz" + REST, b"BREW /healthz" + REST, b"get /healthz" + REST,
    b"QUERY /healthz" + REST, b"PROXY /healthz" + REST, b"CONNECT a:1" + REST, b"OPTIONS *" + REST,
    b"GET /healthz HTTP/1.1\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n",
    with_field(b"X: a\rb"), with_field(b"X: a\x00b"), with_field(b"X\x00: b"), with_field(b"X : b"),
    with_field(b"X\t: b"), with_field(b" X: b"), with_field(b"X: a\r\n b"), with_field(b": b"), with_field(b"X"),
    with_field(b"Content-Length: -1"), with_field(b"Content-Length: +1"), with_field(b"Content-Length: 1x"),
    with_field(b"Content-Length: 0, 0"), with_field(b"Content-Length: 0\r\nContent-Length: 0"),
    with_field(b"Content-Length: 0\r\nContent-Length: 5"), with_field(b"Content-Length: 99999999999999999999"),
    with_field(b"Content-Length: 5\r\nTransfer-Encoding: chunked"), with_field(b"Transfer-Encoding: xchunked"),
    with_field(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x"), with_field(b"Transfer-Encoding\x0b: chunked"),
    with_field(b"Transfer-Encoding: chunked", b"POST /healthz HTTP/1.0"),
]


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    """The second opinion: an nginx that answers everything with 200."""
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log stderr notice;\n"
        "events { worker_connections 256; }\n"
        f"http {{ access_log off; client_header_timeout 2s; lingering_close off;\n"
        f"{''.join(f'{kind}_temp_path {folder}/{kind};' for kind in kinds)}\n"
        f'  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok"; }} }} }}\n')
    process = Process(["nginx", "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"])
    process.wait_for_log("start worker process ")
    yield ("127.0.0.1", port)
    process.signal(15)
    process.wait()


def statuses(address, pieces):
    """The statuses of all answers, to these bytes and to one request more, until the other side closes."""
    found = []
    with Client(address) as client:
        for piece in [*pieces, LAST]:
            try:
                client.send(piece)
            except OSError:
                break
        try:
            while True:
                found.append(client.answer().status)
        except (harness.Closed, OSError):
            return found


@pytest.mark.parametrize("head", ODDITIES, ids=lambda head: repr(head)[2:60])
def test_never_laxer_than_nginx(shared, nginx, head):
    _, mill = shared
    theirs, ours = statuses(nginx, [head]), statuses(mill.address, [head])
    if not theirs or theirs[0] != 200:
        assert len(ours) == 1 and ours[0] in (400, 405, 505), (theirs, ours)
    if ours and ours[0] != 200:
        assert len(ours) == 1, ours  # the connection ends
    assert len(ours) <= max(len(theirs), 1), (theirs, ours)


def test_the_verdict_does_not_depend_on_segments(shared):
    _, mill = shared
    rng = random.Random(9)
    for head in ODDITIES:
        whole = statuses(mill.address, [head])
        cut = rng.randrange(1, len(head))
        assert statuses(mill.address, [head[:cut], head[cut:]]) == whole, head
        assert statuses(mill.address, [head[i:i + 1] for i in range(len(head))]) == whole, head


def test_mutated_heads_are_never_laxer_than_nginx(shared, nginx):
    """What nginx refuses is refused: two hundred heads with a byte or two changed."""
    _, mill = shared
    rng = random.Random(90)
    refused = 0
    for _ in range(200):
        data = bytearray(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Y: z\r\nContent-Length: 0\r\n\r\n")
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(data) - 4)  # the end stays, so that both have a whole head
            data[at] = rng.choice(b"\0\t\r\n :,/X\x7f\x80\xff;-0")
        theirs, ours = statuses(nginx, [bytes(data)]), statuses(mill.address, [bytes(data)])
        if theirs and theirs[0] >= 400:
            refused += 1
            assert not ours or ours[0] >= 400, (bytes(data), theirs, ours)
    assert refused > 50
