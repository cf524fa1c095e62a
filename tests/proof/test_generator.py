"""Generated programs are programs, the same for the same seed, and show every construct."""

from __future__ import annotations

import itertools
import sys
from collections import Counter

from .execution import Discarded, execute
from .generator import CONSTRUCTS, HEADER, generate
from .share import CHUNKS, MOST_RUNS, seeds

SAMPLE = 300


def test_the_same_seed_gives_the_same_program() -> None:
    assert [generate(seed) for seed in range(50)] == [generate(seed) for seed in range(50)]


def test_programs_differ() -> None:
    texts = {generate(seed).text for seed in range(SAMPLE)}
    assert len(texts) > 0.95 * SAMPLE


def test_the_compared_programs_of_the_fixed_share_show_every_construct() -> None:
    missing = set(CONSTRUCTS | {"except*"} if sys.version_info >= (3, 11) else CONSTRUCTS)
    for seed in itertools.chain.from_iterable(seeds(chunk) for chunk in range(CHUNKS)):
        program = generate(seed)
        if program.constructs & missing and is_compared(program.text):
            missing -= program.constructs
    assert not missing


def test_programs_note_no_other_constructs() -> None:
    shown = {construct for seed in range(SAMPLE) for construct in generate(seed).constructs}
    assert shown <= CONSTRUCTS | {"except*"}


def is_compared(text: str) -> bool:
    try:
        return bool(execute(text, most_runs=MOST_RUNS).sites)
    except Discarded:
        return False


def test_bodies_are_small() -> None:
    sizes = sorted(len(generate(seed).text.splitlines()) - HEADER.count("\n") for seed in range(SAMPLE))
    assert sizes[SAMPLE // 2] <= 20


def test_verdicts_are_balanced() -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(SAMPLE):
        try:
            sites = execute(generate(seed).text, most_runs=MOST_RUNS).sites
        except Discarded:
            verdicts["discarded"] += 1
            continue
        for outcome in sites.values():
            verdicts["normal" if outcome.leaks_normally else "error" if outcome.leaks_on_error else "clean"] += 1
    assert verdicts["discarded"] < 0.3 * SAMPLE
    judged = verdicts["normal"] + verdicts["error"] + verdicts["clean"]
    assert min(verdicts["normal"], verdicts["error"], verdicts["clean"]) > 0.15 * judged
