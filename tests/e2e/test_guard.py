"""The address guard: no page from a private address, whatever sends us there."""

import subprocess
import sys

import harness
import origin as o
import pytest
from harness import until


def test_a_loopback_page_is_refused_by_default(serve, origin):
    mill = serve(origin, {"fetch": {"allow_private": False}})
    answer = mill.get("/papers.atom")
    assert answer.status == 503 and "loopback" in answer.text
    assert origin.connections == 0


@pytest.mark.parametrize("host", ["localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "127.1",
                                  "169.254.169.254", "10.0.0.1", "[fe80::1]", "[fd00::1]", "224.0.0.1",
                                  "2130706433", "0x7f.1"])
def test_other_ways_to_write_private_addresses(tmp_path, host):
    file = tmp_path / "c.yaml"
    file.write_text(f"papers:\n  upstream: http://{host}:9\nstore: \"memory:\"\n")
    done = harness.run("fetch", "-c", file, "/papers")
    assert (done.returncode == 1 and "allow_private" in done.stderr) or done.returncode == 2, done


def test_a_feed_stays_when_the_guard_comes_into_force(serve, origin):
    mill = serve(origin, {"refresh": {"every": "1s"}})
    first = mill.get("/papers.atom")
    mill.reconfigure({"fetch": {"allow_private": False}})
    mill.wait_for_log(r'msg="refresh failed".*loopback')
    count = origin.count()
    assert mill.get("/papers.atom").body == first.body
    assert origin.count() == count


# A network of its own in which a public address is this machine's: there the
# guard is in force, and what it lets through can be counted.

IN_A_NETWORK_OF_ITS_OWN = """
import sys
sys.path[:0] = {paths!r}
import harness, feeds, pages, origin as o

def fetch(path):
    return harness.run("fetch", "-c", {file!r}, path)

with o.Origin(host="192.88.0.1") as public, o.Origin() as private:
    open({file!r}, "w").write("papers:\\n  upstream: " + public.url + "\\nstore: 'memory:'\\n")
    private.set("/papers", o.page(pages.daily()))
    public.set("/papers", o.page(pages.early()))
    done = fetch("/papers")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert len(feeds.ids(done.stdout)) == 1

    for to in (private.url + "/papers", "http://localhost:%d/papers" % private.port,
               "http://169.254.169.254/latest/meta-data/", "http://[::1]:%d/papers" % private.port,
               "http://[::ffff:127.0.0.1]:%d/papers" % private.port, "http://0.0.0.0:%d/" % private.port,
               "http://2130706433:%d/papers" % private.port):
        public.set("/papers", o.redirect(to))
        done = fetch("/papers")
        assert done.returncode == 1 and done.stdout == b"", (to, done)
        assert "allow_private" in done.stderr, (to, done)
    assert private.connections == 0, private.log()

    # good first, then sent away: the feed stays
    public.set("/papers", o.page(pages.early()))
    config = {{"papers": {{"upstream": public.url}}, "fetch": {{"allow_private": False}},
              "refresh": {{"every": "1s"}}}}
    with harness.Feedmill({folder!r}, config) as mill:
        first = mill.get("/papers.atom")
        public.set("/papers", o.redirect("http://169.254.169.254/latest/meta-data/"))
        mill.wait_for_log('msg="refresh failed".*(metadata|link-local)')
        again = mill.get("/papers.atom")
        assert (again.status, again.body, again["etag"]) == (200, first.body, first["etag"])
        never = mill.get("/papers/trending.atom")
        public.set("/papers/week/2026-W32", o.redirect(private.url + "/papers"))
        never = mill.get("/papers/week/2026-W32.atom")
        assert never.status == 503 and "loopback" in never.text, never
    assert private.connections == 0
print("done")
"""

OWN_NETWORK = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c",
               "ip link set lo up && ip address add 192.88.0.1/32 dev lo && exec \"$@\"", "sh"]


def can_unshare():
    try:
        return subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not can_unshare(), reason="no network namespaces here")
def test_redirects_to_private_addresses_from_a_public_one(tmp_path):
    script = tmp_path / "inside.py"
    script.write_text(IN_A_NETWORK_OF_ITS_OWN.format(
        paths=[p for p in sys.path if "tests" in p], file=str(tmp_path / "c.yaml"),
        folder=str(tmp_path / "mill")))
    done = subprocess.run([*OWN_NETWORK, "/usr/bin/python3", script], capture_output=True, text=True,
                          timeout=10 * harness.PATIENCE, cwd=harness.ROOT)
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr


def test_a_proxy_is_used_when_set_and_only_then(serve, origin, page):
    """fetch.proxy is for fetching; none is taken from the environment."""
    env = {"http_proxy": origin.url, "HTTP_PROXY": origin.url, "all_proxy": origin.url}
    config = {"papers": {"upstream": "http://listing.invalid"}}
    mill = serve(None, config, env=env)
    assert mill.get("/papers.atom").status in (503, 504)
    assert origin.connections == 0
    origin.set("http://listing.invalid/papers", o.page(page()))
    mill = serve(None, {**config, "fetch": {"proxy": origin.url, "robots": False}})
    assert mill.get("/papers.atom").status == 200
    assert origin.log()[0].target == "http://listing.invalid/papers"
    until(lambda: origin.count() == 1)
