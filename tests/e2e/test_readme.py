"""What README.md says is done as it stands there.

Each ```sh block is run line by line in one sandbox: a folder with build/feedmill,
conf/ and a page.html, and a local origin in place of the listing's host (by
FEEDMILL_CONFIG). Lines that need root, a network or a port of their own, or do
not end by themselves, are replaced as SUBSTITUTED says. Each ```yaml block is
checked, each address in the tables is asked for. A block that starts with "name:" is
a recipe, which stands in sources/."""

import os
import re
import signal
import subprocess
import sys

import feeds
import harness
import pages
import pytest
import sites
from harness import PROGRAM, ROOT, Process, socket_address, until

README = (ROOT / "README.md").read_text()
MAKE = f"make --no-print-directory -C {ROOT}"
SUBSTITUTED = [
    # installs packages, serves for ever, takes minutes: that each target is there and
    # hangs together. `make run` is run by test_make_run, `make demo` by test_demo;
    # `make check` is what runs this.
    (r"^make (run|demo|check|bench|bench-store)$", MAKE + r" -n \1 >/dev/null"),
    # run by test_nginx.py, in Debian's own nginx
    (r"^(cp conf/nginx/feedmill.conf /etc/nginx/conf.d/|nginx -t|nginx -s reload)$", "true"),
    # what was installed a few lines above; no systemd runs here
    (r"^systemctl daemon-reload$", "true"),
    (r"^systemctl enable --now (.*)", r"! command -v systemctl >/dev/null || systemctl --root=$PWD/root enable \1"),
    (r"^make install (.*)DESTDIR=\S+", MAKE + r" install \1DESTDIR=$PWD/root >/dev/null && root/usr/local/bin/feedmill --version"),
]
SERVES = r"^build/feedmill serve\b"  # started, asked, ended


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.M | re.S)


def put_recipes(folder):
    """Those of the README, and conf/, as it stands beside them."""
    (folder / "sources").mkdir()
    (folder / "conf").symlink_to(ROOT / "conf")
    for recipe in (b for b in blocks("yaml") if b.startswith("name:")):
        (folder / "sources" / (re.match(r"name: (\S+)", recipe).group(1) + ".yaml")).write_text(recipe)


NOTICES = """<h1>Harbour</h1><ul id=notices>
<li><a href="17.html">The north crane is out of use</a> <time>2026-08-04 10:30</time><p>Until Friday.</p></li>
<li><a href="/18.html">New berths</a> <time>3 August 2026</time></li></ul>"""


@pytest.fixture
def sandbox(tmp_path, origin):
    (tmp_path / "build").mkdir()
    (tmp_path / "build/feedmill").symlink_to(PROGRAM)
    put_recipes(tmp_path)
    (tmp_path / "page.html").write_bytes(pages.daily())
    (tmp_path / "notices.html").write_text(NOTICES)
    (tmp_path / "hacker-news.html").write_text(sites.SITES["hacker-news"].body)
    (tmp_path / "harbour.yaml").write_text(next(b for b in blocks("yaml") if "source: notices" in b))
    origin.set("/papers?q=neurons", origin.behaviours["/papers?q=lanterns"])
    (tmp_path / "local.yaml").write_text(harness.yaml({
        "papers": {"upstream": origin.url}, "fetch": {"allow_private": True}, "store": "memory:"}))
    return tmp_path


def serve_a_moment(command, folder):
    """The command with 127.0.0.1:8080 in its file replaced by a free port."""
    file = folder / command.split()[-1]
    file.write_text(file.read_text().replace("127.0.0.1:8080", "127.0.0.1:0"))
    child = Process(["sh", "-c", "exec " + command], cwd=folder, env=harness.environment())
    address = child.wait_for_log(r'msg="listening" .*address="?([^" ]+)')[0].group(1)
    with harness.Client(socket_address(address)) as client:
        assert client.ask("/healthz").status == 200
    child.signal(signal.SIGTERM)
    assert child.wait() == 0, child.log


def test_every_command_line_works(sandbox):
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) > 10
    for line in lines:
        if re.search(SERVES, line):
            serve_a_moment(line, sandbox)
            continue
        for pattern, replacement in SUBSTITUTED:
            line = re.sub(pattern, replacement, line)
        done = subprocess.run(["sh", "-ec", line], cwd=sandbox, capture_output=True, text=True,
                              env=harness.environment(FEEDMILL_CONFIG=sandbox / "local.yaml"))
        assert done.returncode == 0, f"{line}\n{done.stdout[-500:]}{done.stderr}"


def test_the_recipe_reads_its_page(sandbox):
    done = harness.run("convert", "-s", "sources/notices.yaml", "notices.html", cwd=sandbox)
    assert [(e.title, e.link, e.published) for e in feeds.parsed(done.stdout).entries] == [
        ("The north crane is out of use", "https://harbour.example/notices/17.html", "2026-08-04T08:30:00Z"),
        ("New berths", "https://harbour.example/18.html", "2026-08-02T22:00:00Z")]


@pytest.mark.parametrize("block", [b for b in blocks("yaml") if not b.startswith("name:")])
def test_every_configuration_is_good(block, tmp_path):
    put_recipes(tmp_path)
    file = tmp_path / "c.yaml"
    file.write_text(block)
    done = harness.run("check", "-c", file)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_address_answers(serve, origin):
    file = re.findall(r"^feeds:.*?^(?=\S|```)", README, re.M | re.S)[0]
    names = re.findall(r"name: (\S+)", file)
    mill = serve(origin, {"feeds": [{"name": n} for n in [*names, "name"]]})
    rows = "\n".join(line for line in README.splitlines() if line.startswith("|"))
    addresses = set(re.findall(r"(?:127\.0\.0\.1:8080|[ `])(/[\w/.?=-]*)", rows))
    feeds_there = {a for a in addresses if re.search(r"\.atom\b", a)}
    assert len(feeds_there) >= 8 and len(addresses) > 15
    for path in re.findall(r"/papers/(?:week|month)\.atom", rows):
        origin.set(path[:-5], None)
    for address in addresses:
        answer = mill.get(address.replace("NAME", "name"))
        if re.search(r"(week|month)\.atom", address):  # today's; the origin has none
            assert answer.status in (200, 503), address
        elif "neurons" in address:
            assert answer.status in (200, 503), address
        else:
            assert answer.status == 200, address
    for query in re.findall(r"`((?:\w+=[\w,]+))`", rows):
        assert mill.get("/papers.atom?" + query).status == 200, query


def test_the_files_it_names_are_there():
    for name in re.findall(r"`(conf/[\w./-]+|LICENSE|include/[\w./-]+)`", README):
        assert (ROOT / name).exists(), name


def test_the_keys_of_the_sample_configuration_are_the_defaults(tmp_path):
    """conf/feedmill.yaml says what is in force with no file at all."""
    def printed(*args):
        lines = harness.run("check", "--print", *args, cwd=tmp_path).stdout.decode().splitlines()
        return [line for line in lines if not line.lstrip().startswith("#")]

    sample, defaults = printed("-c", ROOT / "conf/feedmill.yaml"), printed()
    assert len(sample) >= len(defaults) > 30
    beside_the_file = ("sources:", "feeds:", "store:")  # the sample means those of its own folder
    missing = [line for line in defaults if line not in sample and not line.startswith(beside_the_file)]
    assert not missing


# In a place of its own: its port is the one that the README names, and may be taken here.
OWN_PLACE = ["unshare", "--net", "--pid", "--fork", "--kill-child"]
MAKE_RUN = """
set -e
ip link set lo up
make run &
until curl -sf http://127.0.0.1:8080/readyz; do kill -0 $!; sleep 0.05; done
curl -sf http://127.0.0.1:8080/
"""


def can_have_a_place():
    return os.geteuid() == 0 and subprocess.run([*OWN_PLACE, "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_have_a_place(), reason="no root, or no namespaces here")
def test_make_run(tmp_path):
    """In a copy, since it leaves its memory beside it; what is built is not built anew."""
    (tmp_path / "build").mkdir()
    for name in ("Makefile", "src", "include", "build/release"):
        if (ROOT / name).exists():
            subprocess.run(["cp", "-a", ROOT / name, tmp_path / name], check=True)
    done = subprocess.run([*OWN_PLACE, "bash", "-c", MAKE_RUN], cwd=tmp_path, capture_output=True, text=True,
                          timeout=5 * harness.PATIENCE, env=harness.environment())
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "http://127.0.0.1:8080/papers.atom" in done.stdout and (tmp_path / "feedmill.db").exists()


def test_demo():
    child = subprocess.Popen([sys.executable, ROOT / "tests/tools/demo.py", PROGRAM],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             env=harness.environment())
    try:
        url = re.search(r"http://127\.0\.0\.1:(\d+)/", child.stdout.readline())
        address = ("127.0.0.1", int(url.group(1)))

        def asked(target):
            with harness.Client(address) as client:
                return client.ask(target)

        def up():
            try:
                return asked("/readyz").status == 200
            except OSError:
                return False

        until(up, "the demo")
        assert len(feeds.ids(asked("/papers.atom").body)) == 50
        assert "strong-papers" in asked("/").text
        assert asked("/feeds/strong-papers.atom").status == 200
    finally:
        child.terminate()
        assert child.wait(harness.PATIENCE) == 0
        child.stdout.close()
