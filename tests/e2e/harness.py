"""The program under test, and a client that says exactly what it is told to.

    with Feedmill(folder, {"papers": {"upstream": origin.url}}) as mill:
        answer = mill.get("/papers.atom")
        mill.wait_for_log("refreshed")

FEEDMILL names the program (default build/feedmill). Every wait has a condition
and a limit that is generous, and longer for a build with sanitizers.
"""

import email.utils
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("FEEDMILL", ROOT / "build/feedmill")).absolute()
FLAVOUR = next((f for f in ("asan", "tsan") if f in str(PROGRAM.resolve())), "release")
PATIENCE = {"release": 30, "asan": 90, "tsan": 150}[FLAVOUR]  # seconds
REPORTS = re.compile(r"AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:|"
                     r"Assertion .* failed|corrupt")


def until(condition, what="", timeout=None):
    """Asks again and again until the answer is true; returns it."""
    end = time.monotonic() + (timeout or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {what or condition}")
        time.sleep(0.02)


def environment(**more):
    """A clean environment: nothing of the user's, no proxies, C locale."""
    env = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "TMPDIR")}
    env.update({"LC_ALL": "C.UTF-8", "TZ": "America/St_Johns",
                "UBSAN_OPTIONS": "print_stacktrace=1", "TSAN_OPTIONS": "second_deadlock_stack=1"})
    env.update({k: str(v) for k, v in more.items()})
    return env


def run(*args, stdin=b"", timeout=None, cwd=None, env=None, check_reports=True):
    """One command to its end: CompletedProcess with bytes in stdout, text in stderr."""
    done = subprocess.run([PROGRAM, *map(str, args)], input=stdin, capture_output=True,
                          timeout=timeout or 2 * PATIENCE, cwd=cwd, env=env or environment())
    done.stderr = done.stderr.decode()
    if check_reports:
        assert not REPORTS.search(done.stderr), done.stderr
        assert done.returncode >= 0, f"ended by signal {-done.returncode}: {done.stderr}"
    return done


# Configuration --------------------------------------------------------------


def yaml(value, indent=0):
    """Block style for the outer levels, flow style for lists of plain values."""
    if isinstance(value, dict) and value:
        lines = []
        for key, inner in value.items():
            nested = isinstance(inner, (dict, list)) and inner and not _flow(inner)
            text = "\n" + yaml(inner, indent + 2) if nested else " " + yaml(inner) + "\n"
            lines.append(" " * indent + f"{key}:" + text)
        return "".join(lines)
    if isinstance(value, list) and not _flow(value):
        return "".join(" " * indent + "- " + yaml(v, indent + 2).lstrip() for v in value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]+[a-zA-Z]|[a-z][a-z-]*", value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _flow(value):
    return isinstance(value, list) and not any(isinstance(v, dict) for v in value)


def merged(base, more):
    result = dict(base)
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


# Client ---------------------------------------------------------------------


class Answer:
    def __init__(self, version, status, reason, fields, body):
        self.version, self.status, self.reason = version, status, reason
        self.fields, self.body = fields, body

    @property
    def headers(self):
        """Lower-case names; of repeated ones, all values joined."""
        result = {}
        for name, value in self.fields:
            name = name.lower()
            result[name] = result[name] + ", " + value if name in result else value
        return result

    def __getitem__(self, name):
        return self.headers[name.lower()]

    @property
    def text(self):
        return self.body.decode()

    @property
    def cache(self):
        """Cache-Control as a dict; directives without a value: True."""
        parts = [p.strip().partition("=") for p in self.headers.get("cache-control", "").split(",")]
        return {name.lower(): int(v) if v.isdigit() else v or True for name, _, v in parts if name}

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:200]!r}>"


class Closed(Exception):
    """The other side closed before the answer was whole."""


class Client:
    """One connection. address: (host, port), or a path of a Unix socket."""

    def __init__(self, address, timeout=None, receive_buffer=None):
        family = (socket.AF_UNIX if isinstance(address, (str, Path)) else
                  socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout or PATIENCE)
        self.sock.connect(str(address) if family == socket.AF_UNIX else address)
        if family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.host = "[%s]:%d" % address if ":" in address[0] else "%s:%d" % address
        else:
            self.host = "localhost"
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def request(self, target, headers=None, method="GET", body=b""):
        self.send(request(target, headers, method, body, host=self.host))

    def ask(self, target, headers=None, method="GET", body=b""):
        self.request(target, headers, method, body)
        return self.answer(method)

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Closed(f"after {self.rest[:200]!r}")
        self.rest += data

    def answer(self, method="GET"):
        """The next answer on this connection."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, reason = (first + " ").split(" ", 2)
        fields = [(n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines)]
        answer = Answer(version, int(status), reason.strip(), fields, b"")
        answer.body = self._body(answer, method)
        return answer

    def _body(self, answer, method):
        headers = answer.headers
        assert "transfer-encoding" not in headers, "finished bytes have a length"
        if method == "HEAD" or answer.status in (204, 304):
            return b""
        length = int(headers["content-length"])
        while len(self.rest) < length:
            self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return body

    def closed(self):
        """Waits until the other side closes; what came before that."""
        try:
            while True:
                self._more()
        except (Closed, ConnectionResetError):
            left, self.rest = self.rest, b""
            return left


def request(target, headers=None, method="GET", body=b"", host="localhost", version="1.1"):
    """The bytes of a request. A header that is None is left out."""
    fields = {"Host": host, **(headers or {})}
    if body:
        fields["Content-Length"] = len(body)
    lines = [f"{n}: {v}\r\n" for n, v in fields.items() if v is not None]
    return f"{method} {target} HTTP/{version}\r\n{''.join(lines)}\r\n".encode("latin-1") + body


# The program ----------------------------------------------------------------


class Process:
    """A child whose standard error is collected line by line."""

    def __init__(self, args, **how):
        self.lines = []
        self.came = threading.Condition()
        self.ended = False
        self.child = subprocess.Popen(list(map(str, args)), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.child.stderr:
            with self.came:
                self.lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))
                self.came.notify_all()
        with self.came:
            self.ended = True
            self.came.notify_all()

    @property
    def log(self):
        with self.came:
            return "\n".join(self.lines)

    def mark(self):
        """Where the log ends now: wait_for_log(..., since=mark)."""
        with self.came:
            return len(self.lines)

    def wait_for_log(self, pattern, count=1, since=0, timeout=None):
        """Until `count` lines match (re.search); returns the matches."""
        found = []

        def there():
            found[:] = filter(None, (re.search(pattern, line) for line in self.lines[since:]))
            return len(found) >= count or self.ended

        with self.came:
            self.came.wait_for(there, timeout or PATIENCE)
            if len(found) < count:
                ended = " (it ended)" if self.ended else ""
                raise TimeoutError(f"no {count} x {pattern!r} in the log{ended}:\n" +
                                   "\n".join(self.lines[-40:]))
            return found

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, timeout=None):
        """Its exit status, once it has ended."""
        code = self.child.wait(timeout or PATIENCE)
        self.reader.join(PATIENCE)
        self.child.stdout.close()
        self.child.stderr.close()
        return code

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        return self.wait()


class Feedmill(Process):
    """`feedmill serve` with a configuration of its own in `folder`.

    config: a dict that goes over BASIC, or the text of the file. sockets: listening
    sockets to hand over as systemd does."""

    # One client plays all readers, so it has no limits of its own.
    BASIC = {"server": {"listen": ["127.0.0.1:0"], "workers": 2, "per_address": 0, "rate": {"misses": "0/m"}},
             "fetch": {"allow_private": True}}

    def __init__(self, folder, config=None, wait=True, env=None, sockets=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "feedmill.yaml"
        self.config = None
        self.configure({} if config is None else config)
        args = [PROGRAM, "serve", "-c", self.file]
        env = environment(**(env or {}))
        if sockets:
            args = ["/usr/bin/python3", "-c", HAND_OVER, *(s.fileno() for s in sockets), "--", *args]
        super().__init__(args, cwd=self.folder, env=env,
                         pass_fds=[s.fileno() for s in sockets])
        self.addresses = []
        if wait:
            try:
                self.wait_until_ready()
            except BaseException:
                self.kill()
                raise

    def configure(self, config):
        """Writes the configuration; reload() puts it in force."""
        if isinstance(config, dict):
            self.config = merged(merged(self.BASIC, {"store": f"sqlite:{self.folder}/feedmill.db"}),
                                 config)
            config = yaml(self.config)
        new = self.file.with_suffix(".new")
        new.write_text(config)
        new.rename(self.file)

    def reconfigure(self, config):
        """Further keys on top of those in force, and a reload."""
        self.configure(merged(self.config, config))
        return self.reload()

    def until_later(self, seconds=2):
        """Until its own clock has gone on."""
        def now():
            return email.utils.parsedate_to_datetime(self.get("/healthz")["date"]).timestamp()
        start = now()
        until(lambda: now() >= start + seconds, "time to pass")

    def reload(self):
        """HUP, and until it says what came of it; that line."""
        mark = self.mark()
        self.signal(signal.SIGHUP)
        return self.wait_for_log(r'msg="configuration re(loaded|fused)', since=mark)[0].string

    def reopen(self):
        """USR1, and until it says so: TSan may run the next signal's handler inside the
        one before, which holds libuv's lock, and neither ever ends."""
        mark = self.mark()
        self.signal(signal.SIGUSR1)
        self.wait_for_log('msg="logs reopened"', since=mark)

    def wait_until_ready(self):
        wanted = len(self.config["server"]["listen"]) if self.config else 1
        found = self.wait_for_log(r'msg="listening" .*address="?([^" ]+)', count=wanted)
        self.addresses = [socket_address(m.group(1)) for m in found]
        until(lambda: self.get("/readyz").status == 200, "readiness")

    @property
    def address(self):
        return self.addresses[0]

    @property
    def port(self):
        return self.address[1]

    @property
    def url(self):
        return "http://%s:%d" % self.address

    def client(self, **how):
        return Client(self.address, **how)

    def get(self, target, headers=None, method="GET", address=None):
        """One request on a connection of its own."""
        with Client(address or self.address) as client:
            return client.ask(target, {"Connection": "close", **(headers or {})}, method)

    def metrics(self):
        """{name or name{labels}: value}"""
        lines = self.get("/metrics").text.splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def check_log(self):
        assert not REPORTS.search(self.log), self.log

    def stop(self, number=signal.SIGTERM):
        """Ends it and checks that it ended well."""
        if self.child.poll() is None:
            self.signal(number)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end on signal {number}:\n{self.log}") from None
        self.check_log()
        assert code == 0, f"exit status {code}:\n{self.log}"

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:  # the test failed already; its reason is the one to show
            self.kill()
            print(self.log)
        elif self.child.stdout and not self.child.stdout.closed:
            self.stop()


HAND_OVER = """
import os, sys
at = sys.argv.index("--")
for i, fd in enumerate(map(int, sys.argv[1:at])):
    os.dup2(fd, 3 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(at - 1))
os.execv(sys.argv[at + 1], sys.argv[at + 1:])
"""


def socket_address(text):
    """What the log calls an address, as Client takes it."""
    if text.startswith("unix:"):
        return text[5:]
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def free_port(host="127.0.0.1"):
    """A port for a server that cannot choose one itself (nginx)."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        return sock.getsockname()[1]
