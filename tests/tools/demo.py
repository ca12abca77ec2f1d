"""The demo: feedmill in front of a stand-in for the listing's host, with no
internet. demo.py FEEDMILL; ends both at ^C or TERM."""

import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

CONFIG = """\
server:
  listen: ["127.0.0.1:{port}"]
fetch:
  allow_private: true   # the stand-in is on this machine
store: "sqlite:{folder}/feedmill.db"
refresh:
  every: 1m
papers:
  upstream: {upstream}
feeds:
  - name: strong-papers
    title: "Daily Papers with 50 votes and more"
    path: /papers
    min_upvotes: 50
"""


def port_of(wanted):
    """8080 if it is free, like `make run`; else any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    origin = subprocess.Popen([sys.executable, str(HERE.parent / "e2e" / "origin.py")],
                              stdout=subprocess.PIPE, text=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        upstream = origin.stdout.readline().strip()
        if not upstream:
            return 1
        with tempfile.TemporaryDirectory(prefix="feedmill-demo.") as folder:
            port = port_of(8080)
            config = Path(folder) / "feedmill.yaml"
            config.write_text(CONFIG.format(port=port, folder=folder, upstream=upstream))
            print(f"Open http://127.0.0.1:{port}/ in a browser, or add\n"
                  f"http://127.0.0.1:{port}/papers.atom to a feed reader. ^C ends it.\n"
                  f"(the stand-in for the listing's host is {upstream}/papers)", flush=True)
            mill = subprocess.Popen([sys.argv[1], "serve", "-c", str(config)])
            try:
                return mill.wait()
            except (KeyboardInterrupt, SystemExit):
                mill.terminate()
                return mill.wait()
    finally:
        origin.terminate()
        origin.wait()


sys.exit(main())
