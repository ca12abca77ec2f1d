"""The Debian package: it installs, runs, upgrades with what the user changed, and is purged."""

import os
import shutil
import subprocess

import harness
import pytest
from harness import ROOT, Process, environment, free_port


def built(folder, version):
    """The package of this version, built in a copy of what it needs."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    tree = folder / f"tree-{version}"
    subprocess.run(["make", "--no-print-directory", "-C", ROOT, "install", f"DESTDIR={tree}", "PREFIX=/usr",
                    "UNITDIR=/lib/systemd/system"], check=True, env=env, capture_output=True)
    subprocess.run([ROOT / "conf/deb/build.sh", tree, version, folder], check=True, env=env,
                   capture_output=True)
    return next(folder.glob(f"feedmill_{version}_*.deb"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb")
    return [built(folder, version) for version in ("0.1.0", "0.1.1")]


class System:
    """A root of its own for dpkg; the libraries are the machine's."""

    def __init__(self, root):
        self.root = root
        for name in ("updates", "info", "triggers"):
            (root / "var/lib/dpkg" / name).mkdir(parents=True, exist_ok=True)
        for name in ("status", "available"):
            (root / "var/lib/dpkg" / name).touch()
        (root / "var/log").mkdir(parents=True)

    def dpkg(self, *args):
        done = subprocess.run(["dpkg", f"--root={self.root}", "--force-depends", "--force-script-chrootless",
                               "--force-confold", "--log=/dev/null", *map(str, args)],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def file(self, path):
        return self.root / path.lstrip("/")


def test_no_errors_of_lintian(packages):
    if not shutil.which("lintian"):
        pytest.skip("lintian is not here")
    done = subprocess.run(["lintian", "--allow-root", packages[0]], capture_output=True, text=True)
    assert not [line for line in done.stdout.splitlines() if line.startswith("E:")], done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="dpkg wants root")
def test_a_life_of_the_package(packages, tmp_path):
    system = System(tmp_path / "root")
    system.dpkg("--install", packages[0])
    config = system.file("/etc/feedmill/feedmill.yaml")
    text = config.read_text()
    assert 'store: "sqlite:/var/lib/feedmill/feedmill.db"' in text
    memory = system.file("/var/lib/feedmill/feedmill.db")
    memory.parent.mkdir(parents=True)
    config.write_text(text.replace("/var/lib/feedmill/feedmill.db", str(memory))
                      .replace("every: 30m", "every: 1h"))
    port = free_port()
    child = Process([system.file("/usr/bin/feedmill"), "serve", "-c", config, "--listen", f"127.0.0.1:{port}"],
                    cwd=tmp_path, env=environment())
    child.wait_for_log('msg="ready"')
    child.kill()
    assert memory.exists()
    system.dpkg("--install", packages[1])  # an upgrade
    assert "every: 1h" in config.read_text() and memory.exists()
    system.dpkg("--remove", "feedmill")
    assert config.exists() and memory.exists() and not system.file("/usr/bin/feedmill").exists()
    system.dpkg("--purge", "feedmill")
    assert not config.parent.exists() and not memory.parent.exists()
