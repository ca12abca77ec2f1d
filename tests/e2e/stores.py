"""The homes of the memory, for tests that run against each: a sqlite file, a real
redis-server, and what is gone with the process."""

import functools
import socket
import subprocess
import tempfile
from pathlib import Path

import harness
from harness import free_port, until


@functools.cache
def has_redis():
    """Whether this program was built with that home."""
    with tempfile.TemporaryDirectory() as folder:
        done = harness.run("store", "export", "-s", "redis://127.0.0.1:1/0", cwd=folder)
    return done.returncode != 2


class Redis:
    """A redis-server of its own that forgets nothing while it runs."""

    def __init__(self, folder):
        self.folder, self.port, self.child = Path(folder), free_port(), None
        self.start()

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.child = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: self.ask("PING") == "+PONG", "redis-server")

    def ask(self, *words):
        """One command by the protocol's own words; the first line of the answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as sock:
                sock.sendall((" ".join(words) + "\r\n").encode())
                return sock.makefile().readline().rstrip("\r\n")
        except OSError:
            return None

    @property
    def uri(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def stop(self):
        self.child.kill()
        self.child.wait()
