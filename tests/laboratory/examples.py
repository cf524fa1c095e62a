"""The examples of the rules as programs to run."""

from __future__ import annotations

from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier

from .claims import fault_of
from .observation import Program
from .releases import RELEASES
from .trial import Trial


def program_of(rule: Rule, example: Example) -> Program:
    """The example as a program to run."""
    return Program(example.source, example.server, watch_uses=not rule.on_by_default)


def releases_of(example: Example) -> list[str]:
    """The releases of the laboratory that the project of the example allows."""
    target = read_specifier(example.websockets) if example.websockets else Target()
    return [release for release in RELEASES if release in target.releases]


def trials_of(rule: Rule, example: Example) -> list[Trial]:
    """The example on each release that its project allows."""
    good = example in rule.good
    kind = "good" if good else "bad"
    return [
        Trial(
            name=f"{rule.code} {kind}: {example.title}",
            program=program_of(rule, example),
            release=release,
            opt_in=() if rule.on_by_default else (rule,),
            goodbye=example.goodbye,
            good=good,
            without=frozenset({fault_of(rule)}) if good else frozenset(),
        )
        for release in releases_of(example)
    ]


TRIALS: tuple[Trial, ...] = tuple(
    trial for rule in RULES for example in rule.bad + rule.good for trial in trials_of(rule, example)
)
