"""Every example of every rule is run: a bad one shows what its rules say and nothing else, a good one is at peace."""

from __future__ import annotations

import pytest

from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Rule

from .claims import fault_of, shown
from .examples import TRIALS, program_of, releases_of
from .laboratory import Laboratory
from .releases import RELEASES, CannotInstall
from .trial import Trial, disagreement


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_an_example_does_what_the_rules_say(trial: Trial, laboratory: Laboratory) -> None:
    if story := disagreement(trial, laboratory):
        pytest.fail(story, pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_affects_the_releases_on_which_a_bad_example_shows_its_fault(
    rule: Rule, laboratory: Laboratory
) -> None:
    runs = {release: [each for each in rule.bad if release in releases_of(each)] for release in RELEASES}
    showing, not_run = [], []
    for release, examples in runs.items():
        try:
            seen = [shown(laboratory.observe(program_of(rule, each), release)) for each in examples]
        except CannotInstall:
            not_run.append(release)
            continue
        if any(fault_of(rule) in faults for faults in seen):
            showing.append(release)
    affected = [release for release in RELEASES if any(range_.admits(release) for range_ in rule.affects)]
    assert showing == [release for release in affected if release not in not_run]
