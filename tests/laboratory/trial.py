"""One program on one release, and whether what is seen agrees with what the rules say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flake8_wsthreads.rules.rule import Rule

from .claims import Fault, claims, default_rules, findings, shown, unsaid
from .laboratory import Laboratory
from .observation import Ending, Observation, Program
from .releases import can_install

OPEN_AT_THE_END = frozenset({Fault.HANG, Fault.LEFT_OPEN})
"""What a connection shows that is open when the program ends: some rules say that this may happen, not that it will."""


@dataclass(frozen=True)
class Trial:
    """A program that is run on a release. ``opt_in`` are the rules that the project asks for beyond the default."""

    name: str
    program: Program
    release: str
    opt_in: tuple[Rule, ...] = ()
    goodbye: str = ""
    """Why connections do not close with code 1000 although no rule says so; empty where they do."""
    may: str = ""
    """Why this run does not show what may happen, as the rules say; empty where it does."""
    silence: str = ""
    """Why the rules say nothing of a fault that the program shows; empty where they say it."""
    good: bool = False
    """Whether the program must exit in peace: no error, and each connection closed with code 1000."""
    without: frozenset[Fault] = frozenset()
    """What the program must not show, be it said or not."""

    def __str__(self) -> str:
        return f"{self.name} [{self.release}]"


def needless_excuses(trials: Iterable[Trial], laboratory: Laboratory) -> list[str]:
    """The excuses that none of the trials of one program needs, by name."""
    trials = [trial for trial in trials if can_install(trial.release)]
    without = {
        "may": [replace(trial, may="") for trial in trials if trial.may],
        "silence": [replace(trial, silence="") for trial in trials if trial.silence],
        "goodbye": [replace(trial, goodbye="") for trial in trials if trial.goodbye],
    }
    return [
        name
        for name, bare in without.items()
        if bare and not any(contradictions(each, laboratory.observe(each.program, each.release)) for each in bare)
    ]


def disagreement(trial: Trial, laboratory: Laboratory) -> str:
    """How the run contradicts the rules, as a story to read; empty when they agree.

    What contradicts is run a second time, with much more patience, before it counts. Raises ``NotRun`` where
    this Python cannot run the program.
    """
    first = laboratory.observe(trial.program, trial.release)
    if not contradictions(trial, first):
        return ""
    second = laboratory.observe_again(trial.program, trial.release)
    found = contradictions(trial, second)
    return _story(trial, second, found) if found else ""


def contradictions(trial: Trial, observation: Observation, chosen: Iterable[Rule] = ()) -> list[str]:
    """What is wrong, one sentence each; ``chosen`` are the rules to judge, by default those that the project has."""
    said = claims(trial.program.source, trial.release, chosen or default_rules(*trial.opt_in))
    seen = shown(observation)
    missing, not_said = said - seen, unsaid(observation, said)
    if trial.may:
        missing -= OPEN_AT_THE_END
    if trial.silence:
        not_said = frozenset()
    if trial.goodbye:
        not_said -= {Fault.LEFT_OPEN}
    forbidden = seen & trial.without - ({Fault.LEFT_OPEN} if trial.goodbye else set())
    found = [f"the rules say, but the run does not show: {fault.value}" for fault in _ordered(missing)]
    found += [f"the run shows, but the rules do not say: {fault.value}" for fault in _ordered(not_said)]
    found += [f"the run shows: {fault.value}" for fault in _ordered(forbidden)]
    if trial.good:
        found += _restless(observation)
        if not trial.goodbye and set(observation.close_codes) != {1000}:
            found.append(f"the close codes are {list(observation.close_codes)}, and nothing says why")
    return found


def _restless(observation: Observation) -> list[str]:
    found = [f"uncaught: {name}" for name in observation.uncaught]
    if observation.ending is not Ending.EXIT:
        found.append(f"the program {observation.ending.value}")
    return found


def _ordered(faults: frozenset[Fault]) -> list[Fault]:
    return [fault for fault in Fault if fault in faults]


def _story(trial: Trial, observation: Observation, found: list[str]) -> str:
    said = findings(trial.program.source, trial.release, default_rules(*trial.opt_in))
    codes = {(finding.location.line, finding.code) for finding in said}
    lines = [str(trial), *(f"- {sentence}" for sentence in found), ""]
    for number, line in enumerate(trial.program.source.splitlines(), start=1):
        here = " ".join(sorted(code for at, code in codes if at == number))
        lines.append(f"{number:4} {line}" + (f"   <-- {here}" if here else ""))
    lines += [
        "",
        f"{observation.ending.value}; status {observation.status}; close codes {list(observation.close_codes)}",
        f"uncaught {list(observation.uncaught)}; cut off {list(observation.cut_off)}",
        observation.output[-1000:],
        observation.errors[-3000:],
    ]
    return "\n".join(lines)
