"""What `make install` leaves: all that a user needs, each at its place, and in working order."""

import re
import shutil
import subprocess

import harness
import pytest
from harness import ROOT, Process, free_port, run, until

COMMANDS = re.findall(r"^  feedmill (\w+)", run("help").stdout.decode(), re.M)
MAN = ROOT / "src/feedmill.1"


def make(target, **variables):
    done = subprocess.run(["make", "--no-print-directory", "-C", ROOT, target,
                           *(f"{k}={v}" for k, v in variables.items())],
                          capture_output=True, text=True, env=harness.environment())
    assert done.returncode == 0, done.stdout + done.stderr


def files(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    make("install", DESTDIR=folder, PREFIX="/usr")
    return folder


def test_all_that_a_user_needs(installed):
    there = files(installed)
    assert {"usr/bin/feedmill", "usr/share/man/man1/feedmill.1", "usr/share/doc/feedmill/README.md",
            "usr/share/doc/feedmill/LICENSE", "usr/share/doc/feedmill/feedmill.yaml",
            "usr/share/doc/feedmill/nginx/feedmill.conf", "usr/lib/systemd/system/feedmill.service",
            "usr/lib/systemd/system/feedmill.socket", "etc/feedmill/feedmill.yaml"} <= there
    for front in ("varnish/feedmill.vcl", "haproxy/feedmill.cfg", "squid/feedmill.conf", "apache/feedmill.conf",
                  "caddy/Caddyfile"):
        assert f"usr/share/doc/feedmill/{front}" in there
    for header in (ROOT / "include/feedmill").glob("*.h"):
        assert f"usr/include/feedmill/{header.name}" in there
    for recipe in (ROOT / "conf/sources").glob("*.yaml"):
        assert f"etc/feedmill/sources/{recipe.name}" in there
    for example in ("plugin/plain_list.c", "plugin/Makefile", "exec/table.py"):
        assert f"usr/share/doc/feedmill/examples/{example}" in there
    assert (installed / "usr/bin/feedmill").stat().st_mode & 0o777 == 0o755


def test_below_another_prefix(tmp_path):
    make("install", PREFIX=tmp_path)
    there = files(tmp_path)
    assert {"bin/feedmill", "etc/feedmill/feedmill.yaml", "lib/systemd/system/feedmill.service"} <= there
    unit = (tmp_path / "lib/systemd/system/feedmill.service").read_text()
    assert f"ExecStart={tmp_path}/bin/feedmill serve -c {tmp_path}/etc/feedmill/feedmill.yaml\n" in unit
    (tmp_path / "var/lib/feedmill").mkdir(parents=True, exist_ok=True)  # as systemd makes it
    done = subprocess.run([tmp_path / "bin/feedmill", "check", "-c", tmp_path / "etc/feedmill/feedmill.yaml"],
                          capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    if shutil.which("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no",
                               *(tmp_path / "lib/systemd/system").iterdir()], capture_output=True, text=True)
        assert "feedmill" not in done.stderr, done.stderr


def test_what_the_user_changed_stays(installed, tmp_path):
    make("install", DESTDIR=tmp_path, PREFIX="/usr")
    settings = tmp_path / "etc/feedmill/feedmill.yaml"
    settings.write_text("refresh:\n  every: 1h\n")
    make("install", DESTDIR=tmp_path, PREFIX="/usr")
    assert settings.read_text() == "refresh:\n  every: 1h\n"
    make("uninstall", DESTDIR=tmp_path, PREFIX="/usr")
    assert files(tmp_path) == {f for f in files(installed) if f.startswith("etc/")}


def test_the_manual_page_names_every_command_and_option():
    text = MAN.read_text()
    for command in COMMANDS:
        assert re.search(rf"^\.It Cm {command}$", text, re.M), command
        usage = run("help", command).stdout.decode().splitlines()[0]
        for option in re.findall(r"(?<![\w-])-(-?\w+)", usage):
            assert re.search(rf"\bFl {option}\b|Fl {option} ", text), (command, option)
    assert len(COMMANDS) >= 9 and "FEEDMILL_CONFIG" in text


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff")
def test_the_manual_page_is_well_formed():
    done = subprocess.run(["groff", "-mdoc", "-ww", "-z", MAN], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="no systemd")
def test_systemd_hands_the_socket_over(tmp_path):
    """The real peer: it listens, and starts feedmill at the first connection."""
    file = tmp_path / "c.yaml"
    file.write_text('server:\n  listen: ["127.0.0.1:1"]\nstore: "memory:"\n')
    address = ("127.0.0.1", free_port())
    child = Process(["systemd-socket-activate", "-l", "%s:%d" % address, harness.PROGRAM, "serve", "-c", file],
                    cwd=tmp_path, env=harness.environment())
    try:
        def answered():
            try:
                with harness.Client(address) as client:
                    return client.ask("/healthz").status == 200
            except OSError:
                return False
        until(answered, "an answer through the socket")
        assert "%s:%d" % address in child.wait_for_log('msg="listening"')[0].string
    finally:
        child.child.terminate()  # systemd-socket-activate became feedmill
        assert child.wait() == 0, child.log


def test_libraries_that_are_missing_are_named(tmp_path):
    done = subprocess.run(["make", "--no-print-directory", "-C", ROOT, f"B={tmp_path}", f"{tmp_path}/obj/main.o"],
                          capture_output=True, text=True, env=harness.environment(PKG_CONFIG_LIBDIR=tmp_path))
    assert done.returncode == 2 and "fatal error" not in done.stderr
    assert re.match(r"pkg-config does not find: libuv libcurl .*; 'make deps-build' ", done.stderr)


def test_completion_knows_every_command_and_option(installed):
    script = installed / "usr/share/bash-completion/completions/feedmill"

    def offered(*words):
        """What bash offers for the last word."""
        code = (f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _feedmill; '
                'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", code, "bash", "feedmill", *words], capture_output=True, text=True,
                              check=True)
        return set(done.stdout.split())

    assert set(COMMANDS) <= offered("")
    assert offered("conv") == {"convert"}
    assert {"-c", "--listen"} <= offered("serve", "-")
    assert offered("convert", "-f", "") == {"atom", "rss", "json"}
    assert offered("store", "e") == {"export"}
    zsh = (installed / "usr/share/zsh/vendor-completions/_feedmill").read_text()
    assert zsh.startswith("#compdef feedmill\n") and all(f"'{c}:" in zsh for c in COMMANDS)
    if shutil.which("zsh"):
        subprocess.run(["zsh", "-n", "-c", zsh], check=True)
