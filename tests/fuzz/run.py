#!/usr/bin/env python3
"""Runs fuzz targets, two at a time, from the seeds of tests/fuzz/seeds and build/fuzz/seeds.

run.py [--seconds N] [--keep] [--replay NAMES] TARGET...

What a target says goes to build/fuzz/log/TARGET; of one that fails the end of it is shown, and
the input lies in build/fuzz/found. --keep remembers what was found interesting for the next run.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path("build/fuzz")
ASIDE = {"fuzz_css": 2000, "fuzz_date": 300}  # bytes of an input, where not 16 KiB
JOBS = 2


def command(name, seconds, corpus):
    bare = name.removeprefix("fuzz_")
    seeds = [str(d / bare) for d in (HERE / "seeds", BUILD / "seeds") if (d / bare).is_dir()]
    options = [f"-max_len={ASIDE.get(name, 16384)}", "-timeout=60", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={BUILD}/found/{name}-"]
    words = HERE / "dict" / f"{bare}.dict"
    if words.exists():
        options.append(f"-dict={words}")
    # The same road each time, as far as the machine goes; a long run takes another.
    options += [f"-max_total_time={seconds}"] if seconds else ["-runs=0"]
    options += [] if corpus.parent.name == "corpus" else ["-seed=1"]
    return [str(BUILD / "bin" / name), *options, str(corpus), *seeds]


def start(name, seconds, corpus):
    corpus.mkdir(parents=True, exist_ok=True)
    log = open(BUILD / "log" / name, "wb")
    return subprocess.Popen(command(name, seconds, corpus), stdout=log, stderr=log)


def report(name, code):
    text = (BUILD / "log" / name).read_text(errors="replace")
    figure = dict(line.removeprefix("stat::").split(":", 1)
                  for line in text.splitlines() if line.startswith("stat::"))
    runs = figure.get("number_of_executed_units", "?").strip()
    print(f"  FUZZ    {name}: {'fine' if code == 0 else 'FAILED'}, {runs} runs", flush=True)
    if code:
        print(text[-6000:], flush=True)
    return code == 0


def run(waiting, scratch):
    """waiting: (name, seconds, corpus) in order. True if none failed."""
    running, fine = {}, True
    try:
        while waiting or running:
            while waiting and len(running) < JOBS:
                name, seconds, corpus = waiting.popleft()
                running[name] = start(name, seconds, corpus or pathlib.Path(scratch) / name)
            for name in [n for n, process in running.items() if process.poll() is not None]:
                fine = report(name, running.pop(name).returncode) and fine
            time.sleep(0.1)
    finally:
        for process in running.values():
            process.terminate()
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--replay", default="", help="targets that run through their seeds only")
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args()
    for place in ("log", "found"):
        os.makedirs(BUILD / place, exist_ok=True)
    jobs = [(name, given.seconds, BUILD / "corpus" / name if given.keep else None)
            for name in given.targets]
    jobs += [(name, 0, None) for name in given.replay.split() if name not in given.targets]
    with tempfile.TemporaryDirectory(prefix="feedmill-fuzz-") as scratch:
        sys.exit(0 if run(collections.deque(jobs), scratch) else 1)


if __name__ == "__main__":
    main()
