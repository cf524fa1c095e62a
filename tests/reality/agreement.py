"""Whether a generated program does on each release what the rules say of it, in one of its two runs."""

from __future__ import annotations

from dataclasses import dataclass

from .claims import Fault, claims, default_rules, findings, shown, unsaid
from .generator import Whole, generate
from .laboratory import Laboratory
from .observation import Observation
from .releases import can_install

COMPARED = ("12.0", "13.1", "17.4")
"""One release of each kind: with a hidden thread that is waited for, without, and with the deprecation."""


@dataclass(frozen=True)
class Random:
    """A generated program that a test asks for."""

    seed: int

    def __str__(self) -> str:
        return f"seed {self.seed}"


@dataclass(frozen=True)
class Disagreement:
    """What is wrong with a generated program on a release."""

    seed: int
    whole: Whole
    release: str
    said_only: frozenset[Fault]
    seen_only: frozenset[Fault]

    def __str__(self) -> str:
        lines = [f"== seed {self.seed}, websockets {self.release}: {self.whole.name}"]
        lines += [f"FALSE ALARM, no run shows it: {fault.value}" for fault in Fault if fault in self.said_only]
        lines += [f"MISSED, a run shows it: {fault.value}" for fault in Fault if fault in self.seen_only]
        said_here = findings(self.whole.source, self.release, default_rules())
        codes = {(finding.location.line, finding.code) for finding in said_here}
        for number, line in enumerate(self.whole.source.splitlines(), start=1):
            said = " ".join(sorted(code for at, code in codes if at == number))
            lines.append(f"{number:4} {line}" + (f"   <-- {said}" if said else ""))
        return "\n".join(lines)


def order(seed: int, laboratory: Laboratory) -> None:
    """Let the runs of a seed begin."""
    for release in COMPARED:
        for program in generate(seed).programs:
            laboratory.order(program, release)


def disagreements(seed: int, laboratory: Laboratory) -> list[Disagreement]:
    """Where the runs of a seed contradict the rules. What contradicts is run again, with patience, before it counts."""
    whole = generate(seed)
    found = []
    for release in filter(can_install, COMPARED):
        runs = [laboratory.observe(program, release) for program in whole.programs]
        if any(_difference(whole, release, runs)):
            runs = [laboratory.observe_again(program, release) for program in whole.programs]
            said_only, seen_only = _difference(whole, release, runs)
            if said_only or seen_only:
                found.append(Disagreement(seed, whole, release, said_only, seen_only))
    return found


def _difference(whole: Whole, release: str, runs: list[Observation]) -> tuple[frozenset[Fault], frozenset[Fault]]:
    """What is only said, and what is only seen."""
    said = claims(whole.source, release, default_rules())
    said_only = said.difference(*(shown(run) for run in runs))
    seen_only = frozenset[Fault]().union(*(unsaid(run, said) for run in runs))
    return said_only, seen_only - {Fault.LEFT_OPEN} if whole.cut_short else seen_only
