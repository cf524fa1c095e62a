"""Generated programs are programs, the same for the same seed, and show every construct."""

from __future__ import annotations

import itertools
import sys
from collections import Counter

from .generator import CONSTRUCTS, HEADER, generate
from .share import CHUNKS, chunk_of

SAMPLE = 300


def test_the_same_seed_gives_the_same_program() -> None:
    assert [generate(seed) for seed in range(50)] == [generate(seed) for seed in range(50)]


def test_programs_differ() -> None:
    texts = {generate(seed).text for seed in range(SAMPLE)}
    assert len(texts) > 0.95 * SAMPLE


def test_the_compared_programs_of_the_fixed_share_show_every_construct() -> None:
    shown: set[str] = set()
    for number in range(CHUNKS):
        for program, comparison in chunk_of(number).compared:
            if comparison.execution.sites:
                shown |= program.constructs
    assert shown >= (CONSTRUCTS | {"except*"} if sys.version_info >= (3, 11) else CONSTRUCTS)


def test_programs_note_no_other_constructs() -> None:
    shown = {construct for seed in range(SAMPLE) for construct in generate(seed).constructs}
    assert shown <= CONSTRUCTS | {"except*"}


def test_bodies_are_small() -> None:
    sizes = sorted(len(generate(seed).text.splitlines()) - HEADER.count("\n") for seed in range(SAMPLE))
    assert sizes[SAMPLE // 2] <= 20


def test_verdicts_are_balanced() -> None:
    verdicts: Counter[str] = Counter()
    chunks = [chunk_of(number) for number in range(3)]
    for _, comparison in itertools.chain.from_iterable(chunk.compared for chunk in chunks):
        for outcome in comparison.execution.sites.values():
            verdicts["normal" if outcome.leaks_normally else "error" if outcome.leaks_on_error else "clean"] += 1
    discarded, compared = sum(chunk.discarded for chunk in chunks), sum(len(chunk.compared) for chunk in chunks)
    assert discarded < 0.3 * (discarded + compared)
    assert min(verdicts["normal"], verdicts["error"], verdicts["clean"]) > 0.15 * verdicts.total()
