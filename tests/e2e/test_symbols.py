"""What the object files name: externals begin with fm_, and the mill's files call each other
in no circle of more than two."""

import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from harness import ROOT

OBJECTS = ROOT / "build/release/obj"
DEFINED, WANTED = "TDRBCGSVW", "U"


@pytest.fixture(scope="module")
def objects():
    """{object file: {kind: names}}"""
    found = defaultdict(lambda: defaultdict(set))
    files = sorted(OBJECTS.rglob("*.o"))
    assert files, "make all builds them"
    text = subprocess.run(["nm", "-A", "-P", *files], capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        file, symbol = line.split(": ", 1)
        name, kind = symbol.split()[:2]
        found[Path(file)]["defined" if kind in DEFINED else kind].add(name)
    return found


def test_externals_begin_with_fm(objects):
    defined = {name for kinds in objects.values() for name in kinds["defined"]}
    assert not {name for name in defined if not name.startswith("fm_") and name != "main"}


def reached(start, arrows):
    seen, waiting = set(), [start]
    while waiting:
        for other in arrows[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def test_the_mill_has_no_circles(objects):
    home = {name: file for file, kinds in objects.items() for name in kinds["defined"]}
    arrows = {file: {home[n] for n in kinds[WANTED] if n in home} - {file} for file, kinds in objects.items()}
    assert any(arrows.values())
    beyond = {file: reached(file, arrows) for file in arrows}
    for file in beyond:
        circle = {other for other in beyond[file] if file in beyond[other]}
        if "mill" in {part for other in circle for part in other.relative_to(OBJECTS).parts[:1]}:
            assert len(circle) <= 2, sorted(str(other.relative_to(OBJECTS)) for other in circle)
