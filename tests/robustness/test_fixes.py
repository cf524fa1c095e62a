"""Fixes of programs that nobody chose: all cases, mutated ones, real packages; and of files whose writer is killed."""

from __future__ import annotations

import ast
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.download import CACHE, fetch, packages
from benchmarks.measure import with_synchronous_client
from flake8_wsthreads.cli.writing import replace_file
from tests.case_documents import all_cases
from tests.door import DEFAULT_RULES
from tests.fixes.documents import mended

from .fixing import fix_seeds, fixed_as_promised

MUTATED = range(7_000_000, 7_001_000)
KILLS = 100


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_every_case(unsafe: bool) -> None:
    cases = all_cases(sys.version_info[:2])[unsafe :: 1 + unsafe]
    assert sum(fixed_as_promised(case.source, case.settings, unsafe) for case in cases) > 250


def test_the_packages_of_the_field_study() -> None:
    sources = fetch(CACHE)
    fixed = 0
    for package in packages():
        for _, lines in with_synchronous_client(sources / package.replace("==", "-")):
            fixed += fixed_as_promised("".join(lines), DEFAULT_RULES, unsafe=True)
    assert fixed >= 8


def test_programs_that_nobody_wrote() -> None:
    """``python -m tests.robustness.fixing`` goes on from here."""
    seen = list(fix_seeds(MUTATED, jobs=2))
    faults = [f"seed {fixed.seed}: {fixed.fault}" for fixed in seen if fixed.fault]
    assert not faults, "\n\n".join(faults)
    assert sum(fixed.is_fixed for fixed in seen) > 200


def test_a_writer_that_is_killed_leaves_the_old_text_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "feeds.py"
    texts = [f"# {word}\n".encode() * 20_000 for word in ("old", "new")]
    file.write_bytes(texts[0])
    chance = random.Random(1)
    seen: Counter[int] = Counter()
    for _ in range(KILLS):
        child = os.fork()
        if not child:
            try:
                while True:
                    current = file.read_bytes()
                    replace_file(str(file), current, texts[1 - texts.index(current)])
            finally:
                os._exit(1)
        time.sleep(chance.uniform(0.001, 0.02))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen[texts.index(file.read_bytes())] += 1
    assert seen.total() == KILLS and len(seen) == 2, seen


def test_deep_and_long_programs_have_no_fix_or_a_good_one() -> None:
    deep = "".join(f"{' ' * level}if x:\n" for level in range(90)) + f"{' ' * 90}ws = connect('')\n"
    for body in (deep, "ws = connect('')\n" * 150, f"ws = connect('' {'+ y' * 600})\nws.send(1)\n"):
        source = f"from websockets.sync.client import connect\n{body}"
        text = mended(source).text
        ast.parse(text)
