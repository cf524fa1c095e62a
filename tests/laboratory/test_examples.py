"""Every example of every rule is run: a bad one shows what its rules say and nothing else, a good one is at peace."""

from __future__ import annotations

import pytest

from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Rule

from .claims import fault_of, shown
from .examples import TRIALS, program_of, releases_of, trials_of
from .laboratory import Laboratory
from .releases import RELEASES
from .trial import Trial, disagreement, needless_excuses


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_an_example_does_what_the_rules_say(trial: Trial, laboratory: Laboratory) -> None:
    if story := disagreement(trial, laboratory):
        pytest.fail(story, pytrace=False)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_affects_the_releases_on_which_a_bad_example_shows_its_fault(
    rule: Rule, release: str, laboratory: Laboratory
) -> None:
    programs = [program_of(rule, example) for example in rule.bad if release in releases_of(example)]
    affected = any(range_.admits(release) for range_ in rule.affects)
    for observe in (laboratory.observe, laboratory.observe_again):
        showing = any(fault_of(rule) in shown(observe(program, release)) for program in programs)
        if showing == affected:
            return
    pytest.fail(f"affected: {affected}, shown: {showing}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_an_example_says_why_it_does_not_close_only_where_it_does_not(rule: Rule, laboratory: Laboratory) -> None:
    for example in rule.bad + rule.good:
        assert needless_excuses(trials_of(rule, example), laboratory) == [], example.title
