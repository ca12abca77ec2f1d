"""A real local origin: the host of the listing pages, for tests and the demo.

As a module:

    with Origin() as origin:
        origin.set("/papers", page(html, etag='"a"'))
        ... fetch origin.url + "/papers" ...
        origin.wait_for_requests("/papers", 1)
        assert origin.requests[0].headers["user-agent"]

What is set for a path is a behaviour: a callable that is given an Exchange and
answers it, well or badly. Those below are all that the tests needed so far; any
function will do. A behaviour set for "/papers?q=x" goes before "/papers".

As a program: origin.py [--port 0] [--pages DIR] prints its address and serves
the Daily Papers pages at their addresses (generated, or from DIR) until it is
ended.

Standard library only; certificates are made by the openssl command.
"""

import argparse
import email.utils
import gzip
import hashlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import zlib
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

HTML = "text/html; charset=utf-8"
LIMIT = 64 * 1024  # of a request's head


@dataclass
class Request:
    method: str
    target: str  # "/papers?q=x", as sent
    path: str  # "/papers"
    query: str  # "q=x"
    headers: dict  # lower-case names; of repeated ones, the last
    time: float = field(default_factory=time.time)
    connection: int = 0  # which connection brought it, counted from 1


class Exchange:
    """One request and the means to answer it."""

    def __init__(self, origin, request, sock):
        self.origin, self.request, self.sock = origin, request, sock
        self.keep = request.headers.get("connection", "").lower() != "close"

    def send(self, data):
        """Raw bytes."""
        self.sock.sendall(data)

    def head(self, status, headers=(), length=None):
        """The status line and header lines; no length and no chunks: till the end."""
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Odd"
        lines = [f"HTTP/1.1 {status} {phrase}",
                 "Date: " + email.utils.formatdate(usegmt=True)]
        lines += [f"{name}: {value}" for name, value in dict(headers).items()]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        if not self.keep:
            lines.append("Connection: close")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    def reply(self, status, headers=(), body=b""):
        """A whole and proper answer."""
        self.head(status, headers, None if status in (204, 304) else len(body))
        if self.request.method != "HEAD" and status not in (204, 304):
            self.send(body)

    def close(self):
        self.keep = False

    def wait(self, event, timeout=None):
        """Until the event is set, the origin stops or the client goes. True: the event."""
        end = None if timeout is None else time.monotonic() + timeout
        while not event.is_set() and not self.origin.stopping.is_set():
            if (end and time.monotonic() > end) or self.gone():
                break
            event.wait(0.05)
        return event.is_set()

    def gone(self):
        """The client has closed its end."""
        if isinstance(self.sock, ssl.SSLSocket):
            return False  # there is no peeking through TLS
        try:
            return self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


# Behaviours ---------------------------------------------------------------


def page(body, etag=None, last_modified=None, content_type=HTML, headers=None,
         encoding=None, status=200):
    """A page that is there. etag=True makes one of the bytes; last_modified is
    seconds since 1970. Conditional requests are answered with 304.
    encoding="gzip": sent compressed to those who accept it."""
    data = body.encode() if isinstance(body, str) else bytes(body)
    tag = '"%s"' % hashlib.sha256(data).hexdigest()[:16] if etag is True else etag
    packed = gzip.compress(data, 6, mtime=0) if encoding == "gzip" else None

    def answer(ex):
        asked = ex.request.headers
        send = dict(headers or {}, **{"Content-Type": content_type})
        if tag:
            send["ETag"] = tag
        if last_modified is not None:
            send["Last-Modified"] = email.utils.formatdate(last_modified, usegmt=True)
        if status == 200 and _not_modified(asked, tag, last_modified):
            del send["Content-Type"]
            ex.reply(304, send)
        elif packed and "gzip" in asked.get("accept-encoding", ""):
            ex.reply(status, dict(send, **{"Content-Encoding": "gzip"}), packed)
        else:
            ex.reply(status, send, data)

    return answer


def _not_modified(asked, tag, last_modified):
    if tag and "if-none-match" in asked:
        tags = [t.strip().removeprefix("W/") for t in asked["if-none-match"].split(",")]
        return "*" in tags or tag.removeprefix("W/") in tags
    if last_modified is not None and "if-modified-since" in asked:
        since = email.utils.parsedate_to_datetime(asked["if-modified-since"])
        return int(last_modified) <= since.timestamp()
    return False


def status(code, body=b"", retry_after=None, headers=None):
    """Any status. retry_after: seconds (int), or a date (float, seconds since 1970)."""
    send = dict(headers or {}, **{"Content-Type": "text/plain; charset=utf-8"})
    if isinstance(retry_after, float):
        send["Retry-After"] = email.utils.formatdate(retry_after, usegmt=True)
    elif retry_after is not None:
        send["Retry-After"] = str(retry_after)
    data = body.encode() if isinstance(body, str) else bytes(body)
    return lambda ex: ex.reply(code, send, data)


def not_found():
    return status(404, "no such page\n")


def hang():
    """Accepts, reads the request, says nothing until the client goes."""

    def answer(ex):
        ex.close()
        ex.wait(threading.Event())

    return answer


def drop():
    """Closes the connection in place of an answer."""
    return lambda ex: ex.close()


def reset():
    """Drops it the hard way: the client's socket reports an error."""
    def answer(ex):
        ex.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ex.close()
    return answer


def half(body, part=0.5, then_hang=False):
    """Says the whole length, sends a part, closes (or says nothing more)."""
    data = body.encode() if isinstance(body, str) else bytes(body)

    def answer(ex):
        ex.head(200, {"Content-Type": HTML}, len(data))
        ex.send(data[: int(len(data) * part)])
        ex.close()
        if then_hang:
            ex.wait(threading.Event())

    return answer


def half_chunked(body):
    """Chunks that end without the last one."""
    data = body.encode() if isinstance(body, str) else bytes(body)

    def answer(ex):
        ex.close()
        ex.head(200, {"Content-Type": HTML, "Transfer-Encoding": "chunked"})
        ex.send(b"%x\r\n%s\r\n" % (len(data), data))

    return answer


def endless(piece=b"<p>and so on</p>\n" * 1000):
    """A body without end, as fast as it is read."""

    def answer(ex):
        ex.close()
        ex.head(200, {"Content-Type": HTML, "Transfer-Encoding": "chunked"})
        while not ex.origin.stopping.is_set():
            ex.send(b"%x\r\n%s\r\n" % (len(piece), piece))

    return answer


def gzip_bomb(mib=256):
    """A small gzip body that expands to `mib` MiB of spaces."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    megabyte = b" " * (1 << 20)
    packed = b"".join(packer.compress(megabyte) for _ in range(mib)) + packer.flush()
    return lambda ex: ex.reply(200, {"Content-Type": HTML, "Content-Encoding": "gzip"}, packed)


def redirect(to, code=302):
    """`to`: any address, or a path on this origin. To its own path: a loop."""
    return lambda ex: ex.reply(code, {"Location": to})


def redirect_loop():
    """Each answer sends on to an address that was not asked before."""

    def answer(ex):
        at = dict(urllib.parse.parse_qsl(ex.request.query)).get("hop", "0")
        ex.reply(302, {"Location": f"{ex.request.path}?hop={int(at) + 1}"})

    return answer


def slow(body, size=1, pause=0.05):
    """The body in pieces of `size` bytes with a pause after each."""
    data = body.encode() if isinstance(body, str) else bytes(body)

    def answer(ex):
        ex.head(200, {"Content-Type": HTML}, len(data))
        for at in range(0, len(data), size):
            ex.send(data[at : at + size])
            if ex.origin.stopping.wait(pause):
                break

    return answer


def sequence(*behaviours):
    """One for each request in turn; the last one stays."""
    left, lock = list(behaviours), threading.Lock()

    def answer(ex):
        with lock:
            now = left.pop(0) if len(left) > 1 else left[0]
        now(ex)

    return answer


class Gate:
    """Holds every answer until release(); then `behaviour` gives it."""

    def __init__(self, behaviour):
        self.behaviour = behaviour
        self.opened = threading.Event()
        self.changed = threading.Condition()
        self.waiting = 0  # requests that stand before it now

    def __call__(self, ex):
        self._count(1)
        try:
            opened = ex.wait(self.opened)
        finally:
            self._count(-1)
        if opened:
            self.behaviour(ex)
        else:
            ex.close()

    def _count(self, by):
        with self.changed:
            self.waiting += by
            self.changed.notify_all()

    def wait_for(self, n, timeout=20):
        """Until n requests stand before the gate."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.waiting >= n, timeout):
                raise TimeoutError(f"{self.waiting} of {n} requests came to the gate")

    def release(self):
        self.opened.set()


# The server ---------------------------------------------------------------


class Origin:
    """tls: (certificate file, key file), PEM. port 0: a free one, which is kept
    when it is stopped and started again."""

    def __init__(self, host="127.0.0.1", port=0, tls=None):
        self.host, self.port = host, port
        self.scheme = "https" if tls else "http"
        self.tls = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*tls)
        self.behaviours = {}
        self.default = not_found()  # of paths that were not set
        self.requests = []  # all but those for /robots.txt
        self.robots = []  # those for /robots.txt
        self.connections = 0  # accepted so far
        self.stopping = threading.Event()
        self._came = threading.Condition()
        self._open = set()
        self._threads = set()
        self._listener = None

    def start(self):
        self.stopping.clear()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, self.port), family=family, backlog=512)
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)
        return self

    def stop(self):
        """Ends every connection, answered or not."""
        self.stopping.set()
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._came:
            for sock in self._open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            threads = list(self._threads)
        for thread in threads:
            thread.join(10)

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def set(self, path, behaviour):
        """From the next request on. None takes it back: 404."""
        self.behaviours[path] = behaviour

    def log(self, path=None):
        """The requests for a path ("/papers"), a target ("/papers?q=x") or all."""
        with self._came:
            if path == "/robots.txt":
                return list(self.robots)
            return [r for r in self.requests if path in (None, r.path, r.target)]

    def count(self, path=None):
        return len(self.log(path))

    def wait_for_requests(self, path, n, timeout=60):
        """Until n requests for the path came; returns the log."""
        end = time.monotonic() + timeout
        with self._came:
            while True:
                log = self.robots if path == "/robots.txt" else [
                    r for r in self.requests if path in (None, r.path, r.target)]
                if len(log) >= n:
                    return list(log)
                if not self._came.wait(max(0, end - time.monotonic())):
                    raise TimeoutError(f"{len(log)} of {n} requests came for {path}")

    # one thread accepts, one for each connection answers

    def _spawn(self, work, *args):
        def run():
            try:
                work(*args)
            finally:
                with self._came:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, daemon=True)
        with self._came:
            self._threads.add(thread)
            thread.start()  # stop() joins those that are named

    def _accept(self, listener):
        while not self.stopping.is_set():
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._came:
                self.connections += 1
                number = self.connections
            self._spawn(self._serve, sock, number)

    def _serve(self, sock, number):
        with self._came:
            self._open.add(sock)
        raw = sock
        try:
            if self.tls:  # wrapping takes the descriptor over
                sock = self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                with self._came:
                    self._open.discard(raw)
                    self._open.add(sock)
                raw = sock
                sock.do_handshake()
            rest, keep = b"", True
            while keep and not self.stopping.is_set():
                request, rest = read_request(sock, rest)
                if not request:
                    break
                request.connection = number
                keep = self._answer(Exchange(self, request, sock))
        except (OSError, ValueError):
            pass  # the client went, or what it sent was no request
        finally:
            with self._came:
                self._open.discard(raw)
            sock.close()

    def _answer(self, ex):
        request = ex.request
        with self._came:
            (self.robots if request.path == "/robots.txt" else self.requests).append(request)
            self._came.notify_all()
        behaviour = self.behaviours.get(request.target) or self.behaviours.get(request.path)
        (behaviour or self.default)(ex)
        return ex.keep


def read_request(sock, rest):
    """(Request or None at the end, bytes that came after it)."""
    while b"\r\n\r\n" not in rest:
        data = sock.recv(65536) if len(rest) < LIMIT else b""
        if not data:
            return None, b""
        rest += data
    head, _, rest = rest.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    path, _, query = target.partition("?")
    return Request(method, target, path, query, headers), rest


# Certificates -------------------------------------------------------------


def _openssl(*args):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {args[0]}: {done.stderr.strip()}")


def make_ca(folder, name="Test CA"):
    """(certificate file, key file) of a new authority."""
    stem = Path(folder) / re.sub(r"\W+", "-", name.lower())
    cert, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
    _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", 3650, "-subj", f"/CN={name}", "-keyout", key, "-out", cert)
    return cert, key


def make_certificate(folder, ca, names=("127.0.0.1", "localhost")):
    """(certificate file, key file) of a server, signed by make_ca's."""
    folder = Path(folder)
    key, csr, cert, ext = (folder / f"server.{end}" for end in ("key", "csr", "pem", "ext"))
    kinds = ("IP" if re.fullmatch(r"[0-9.]+|.*:.*", name) else "DNS" for name in names)
    ext.write_text("subjectAltName=" + ",".join(f"{k}:{n}" for k, n in zip(kinds, names)) + "\n")
    _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", f"/CN={names[0]}", "-keyout", key, "-out", csr)
    _openssl("x509", "-req", "-in", csr, "-CA", ca[0], "-CAkey", ca[1], "-CAcreateserial",
             "-days", 3650, "-extfile", ext, "-out", cert)
    return cert, key


# The program --------------------------------------------------------------


class Listing:
    """A behaviour for a whole host: the Daily Papers pages, each at its address, from
    NAME.html in `folder` or made by tests/tools/pages.py; and, made, the API beside them."""

    DAYS = {"2026-08-04": "daily", "2026-08-05": "next-day", "2024-08-01": "form-2024"}

    def __init__(self, folder=None):
        self.folder, self.made, self.lock = folder and Path(folder), {}, threading.Lock()

    def name_of(self, request):
        """Which page an address stands for; None: none. Days without one are empty."""
        query = dict(urllib.parse.parse_qsl(request.query))
        path = request.path.removesuffix(".html").strip("/").split("/")
        if self.folder and len(path) == 1 and (self.folder / f"{path[0]}.html").is_file():
            return path[0]
        if path == ["papers"]:
            return "search" if "q" in query else self.day(query["date"]) if "date" in query else "daily"
        if path[:2] == ["papers", "date"] and len(path) == 3:
            return self.day(path[2])
        if len(path) == 3 and path[0] == "papers" and path[1] in ("week", "month"):
            return path[1]
        return "trending" if path == ["papers", "trending"] else None

    def day(self, date):
        return self.DAYS.get(date, "empty-day")

    def api_name_of(self, request):
        """Which list the API is asked for; None: it is not, or does not have it."""
        query = dict(urllib.parse.parse_qsl(request.query))
        if request.path != "/api/daily_papers" or self.folder:
            return None
        if "date" in query:
            return self.day(query["date"])
        kinds = [k for k in ("week", "month") if k in query]
        return kinds[0] if kinds else "trending" if query.get("sort") == "trending" else "daily"

    def page(self, name):
        with self.lock:
            if name not in self.made:
                self.made[name] = page(self.bytes_of(name), etag=True, encoding="gzip")
            return self.made[name]

    def answer(self, name):
        """The API's, not kept: few ask for it."""
        json_type = "application/json; charset=utf-8"
        return page(self.generator().api(name), etag=True, content_type=json_type)

    @staticmethod
    def generator():
        sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
        import pages
        return pages

    def bytes_of(self, name):
        if not self.folder:
            return self.generator().PAGES[name]()
        file = self.folder / f"{name}.html"
        if name == "search" and not file.is_file():
            file = min(self.folder.glob("search-*.html"))
        return file.read_bytes()

    def __call__(self, ex):
        name, api = self.name_of(ex.request), self.api_name_of(ex.request)
        try:
            behaviour = self.page(name) if name else self.answer(api) if api else not_found()
        except (OSError, ValueError, KeyError):
            behaviour = not_found()  # the folder has no such page, the API no such day
        behaviour(ex)


def main():
    options = argparse.ArgumentParser(description="A stand-in for the listing pages' host.")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--pages", metavar="DIR", help="where the pages are, NAME.html (default: generated)")
    options.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    options = options.parse_args()
    origin = Origin(options.host, options.port, options.tls)
    origin.default = Listing(options.pages)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with origin:
        print(origin.url, flush=True)
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
