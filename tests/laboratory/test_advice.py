"""Whoever follows an advice loses the finding, and the program loses the fault: for every wording, by running it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flake8_wsthreads import rules
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules.rule import Rule
from tests.door import ALL_RULES, findings
from tests.verdicts.frozen import FOLDER as VERDICTS

from .advice import Advice, Version, advice_in, read_advice
from .claims import Fault, fault_of, shown
from .laboratory import Laboratory
from .observation import Program

EVERY_ADVICE = tuple(read_advice())
ASKED_RELEASES = ("12.0", "13.1", "17.4")
"""One release on each side of the two that change what a program does: 13.0 and 17.1."""


def _findings(version: Version) -> list[Finding]:
    return findings(version.source, replace(ALL_RULES, target=version.target))


def _rule_that_advises(advice: Advice) -> Rule:
    codes = [finding.code for finding in _findings(advice.before) if advice.wording in advice_in(finding.message)]
    assert codes, f"no message says so: {[finding.message for finding in _findings(advice.before)]}"
    return next(rule for rule in rules.RULES if rule.code == codes[0])


def _program(version: Version, rule: Rule) -> Program:
    return Program(version.source, watch_uses=not rule.on_by_default)


def _shown(version: Version, rule: Rule, laboratory: Laboratory, release: str) -> frozenset[Fault]:
    return shown(laboratory.observe(_program(version, rule), release))


def _releases(version: Version) -> list[str]:
    return [release for release in ASKED_RELEASES if release in version.target.releases]


def _runs(advice: Advice, version: Version) -> list[pytest.MarkDecorator]:
    rule = _rule_that_advises(advice)
    return [pytest.mark.runs(_program(version, rule), release) for release in _releases(version)]


@pytest.mark.parametrize(
    "advice", [pytest.param(advice, marks=_runs(advice, advice.before), id=str(advice)) for advice in EVERY_ADVICE]
)
def test_whoever_gets_an_advice_has_the_fault(advice: Advice, laboratory: Laboratory) -> None:
    rule = _rule_that_advises(advice)
    affected = [r for r in _releases(advice.before) if any(range_.admits(r) for range_ in rule.affects)]
    assert any(fault_of(rule) in _shown(advice.before, rule, laboratory, release) for release in affected)


@pytest.mark.parametrize(
    ("advice", "after"),
    [
        pytest.param(advice, after, marks=_runs(advice, after), id=f"{advice} ({number})")
        for advice in EVERY_ADVICE
        for number, after in enumerate(advice.after, start=1)
    ],
)
def test_whoever_follows_an_advice_has_lost_the_finding_and_the_fault(
    advice: Advice, after: Version, laboratory: Laboratory
) -> None:
    rule = _rule_that_advises(advice)
    assert rule.code not in {finding.code for finding in _findings(after)}
    for release in _releases(after):
        assert fault_of(rule) not in _shown(after, rule, laboratory, release), release


def test_every_advice_of_a_frozen_verdict_is_followed_somewhere() -> None:
    followed = {advice.wording for advice in EVERY_ADVICE}
    said: set[str] = set()
    for document in VERDICTS.glob("*.txt"):
        for line in document.read_text(encoding="utf-8").splitlines():
            if "; " in line and not line.startswith("=="):
                said.update(advice_in(line))
    assert said - followed == set()
