"""Whether a generated program does on each release what the rules say of it, in one of its two runs."""

from __future__ import annotations

from dataclasses import dataclass

from .claims import Fault, claims, default_rules, findings, shown, unsaid
from .generator import Whole, generate
from .laboratory import Laboratory
from .observation import Observation

COMPARED = ("12.0", "13.1", "17.4")
"""One release of each kind: with a hidden thread that is waited for, without, and with the deprecation."""


@dataclass(frozen=True)
class RandomTrial:
    """A generated program on a release, as a test asks for it."""

    seed: int
    release: str

    def __str__(self) -> str:
        return f"seed {self.seed} [{self.release}]"


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


def trials(seed: int) -> list[RandomTrial]:
    """The program of a seed on each release."""
    return [RandomTrial(seed, release) for release in COMPARED]


def order(trial: RandomTrial, laboratory: Laboratory) -> None:
    """Let the runs of a generated program begin."""
    for program in generate(trial.seed).programs:
        laboratory.order(program, trial.release)


def disagreement(trial: RandomTrial, laboratory: Laboratory) -> Disagreement | None:
    """How the runs contradict the rules; None when they agree.

    What contradicts is run again, with patience, before it counts. Raises ``NotRun`` where this Python cannot run
    the program.
    """
    whole = generate(trial.seed)
    runs = [laboratory.observe(program, trial.release) for program in whole.programs]
    if not any(_difference(whole, trial.release, runs)):
        return None
    runs = [laboratory.observe_again(program, trial.release) for program in whole.programs]
    said_only, seen_only = _difference(whole, trial.release, runs)
    if not said_only and not seen_only:
        return None
    return Disagreement(trial.seed, whole, trial.release, said_only, seen_only)


def _difference(whole: Whole, release: str, runs: list[Observation]) -> tuple[frozenset[Fault], frozenset[Fault]]:
    """What is only said, and what is only seen."""
    said = claims(whole.source, release, default_rules())
    said_only = said.difference(*(shown(run) for run in runs))
    seen_only = frozenset[Fault]().union(*(unsaid(run, said) for run in runs))
    return said_only, seen_only - {Fault.LEFT_OPEN} if whole.cut_short else seen_only
