"""Fixtures: pages, origins, and the program in front of them."""

import os
import resource
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]

import harness  # noqa: E402
import origin as o  # noqa: E402
import pages  # noqa: E402

DAY, WEEK, MONTH = "/papers/date/2026-08-04", "/papers/week/2026-W32", "/papers/month/2026-08"


def pytest_configure(config):
    config.addinivalue_line("markers", "threads: what both planes share; run under TSan too")
    config.addinivalue_line("filterwarnings", "ignore:'cgi' is deprecated:DeprecationWarning")  # feedparser's


def pytest_sessionstart():
    """A thousand connections need as many descriptors, on both sides."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard if hard != resource.RLIM_INFINITY else 8192, 8192)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    for name in list(os.environ):  # feeds are fetched straight from the origin
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def pytest_report_header():
    return f"feedmill: {harness.PROGRAM} ({harness.FLAVOUR})"


@pytest.fixture(scope="session")
def page():
    """page("daily"): the generated page as bytes, made once."""
    made = {}

    def get(name="daily"):
        if name not in made:
            made[name] = pages.PAGES[name]()
        return made[name]

    return get


def listing_host(page):
    """An origin with every kind of listing."""
    origin = o.Origin()
    for path, name in {"/papers": "daily", DAY: "daily", "/papers/date/2026-08-05": "next-day",
                       "/papers/date/2026-08-08": "empty-day", "/papers/date/2024-08-01": "form-2024",
                       WEEK: "week", MONTH: "month", "/papers/trending": "trending",
                       "/papers?q=lanterns": "search"}.items():
        origin.set(path, o.page(page(name), etag=True, encoding="gzip"))
    return origin


@pytest.fixture
def origin(page):
    with listing_host(page) as started:
        yield started


@pytest.fixture
def serve(tmp_path):
    """serve(origin, {...}): a Feedmill that is stopped, and checked, at the end."""
    started = []

    def start(origin=None, config=None, folder=None, **how):
        if isinstance(config, str):
            whole = config
        else:
            whole = {"papers": {"upstream": origin.url}} if origin else {}
            whole = harness.merged(whole, config or {})
        mill = harness.Feedmill(folder or tmp_path / f"mill{len(started)}", whole, **how)
        started.append(mill)
        return mill

    yield start
    failed = None
    for mill in started:
        if mill.child.returncode is None:
            try:
                mill.stop()
            except AssertionError as problem:
                failed = failed or problem
        print(f"--- log of {mill.folder.name}\n{mill.log}")
    if failed:
        raise failed


@pytest.fixture(scope="module")
def shared(page, tmp_path_factory):
    """(origin, mill) for tests of one module that leave both as they were."""
    with listing_host(page) as origin:
        config = {"papers": {"upstream": origin.url}, "server": {"trusted_proxies": ["127.0.0.0/8", "::1", "unix"]}}
        with harness.Feedmill(tmp_path_factory.mktemp("shared"), config) as mill:
            yield origin, mill
            mill.check_log()
