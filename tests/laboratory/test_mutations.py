"""The runs would notice a wrong rule: one that is missing, or one that names other releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Rule
from flake8_wsthreads.target import ReleaseRange

from .claims import Fault, claims, default_rules
from .examples import trials_of
from .laboratory import Laboratory
from .releases import RELEASES, can_install
from .trial import Trial, contradictions

# What these say always comes with a finding of another rule that names the same fault, or tells a taste and no fault.
UNNOTICED = frozenset({"WST201", "WST401", "WST901", "WST902"})


def mutants(rule: Rule) -> Iterator[Rule | None]:
    """The rule with one bound of its releases moved to each release of the laboratory or left out; None: no rule."""
    yield None
    for index, range_ in enumerate(rule.affects):
        before, after = rule.affects[:index], rule.affects[index + 1 :]
        for bound in (None, *RELEASES):
            for changed in (replace(range_, since=bound), replace(range_, before=bound)):
                if changed != range_:
                    yield replace(rule, affects=(*before, changed, *after))
    if len(rule.affects) > 1:
        for range_ in rule.affects:
            yield replace(rule, affects=(range_,))
    yield replace(rule, affects=(ReleaseRange(),))


def with_mutant(rule: Rule, mutant: Rule | None) -> list[Rule]:
    """The rules of a project, the mutant in the place of the rule."""
    chosen = (mutant if each is rule else each for each in default_rules(rule))
    return [each for each in chosen if each is not None]


def says_something_else(trial: Trial, chosen: list[Rule]) -> bool:
    """Whether the rules say of the trial what the project's own rules do not."""
    usual, changed = (
        claims(trial.program.source, trial.release, each) for each in (default_rules(*trial.opt_in), chosen)
    )
    # A program that hangs has closed nothing, so there the run cannot tell whether that is to be said, too.
    follows = {Fault.LEFT_OPEN} if Fault.HANG in usual & changed else set()
    return not usual ^ changed <= follows


@pytest.mark.parametrize("rule", [each for each in RULES if each.code not in UNNOTICED], ids=lambda rule: rule.code)
def test_a_rule_that_is_missing_or_names_other_releases_contradicts_a_run(rule: Rule, laboratory: Laboratory) -> None:
    trials = [trial for example in rule.bad for trial in trials_of(rule, example) if can_install(trial.release)]
    for trial in trials:
        laboratory.order(trial.program, trial.release)
    noticed, unnoticed = 0, []
    for mutant in mutants(rule):
        chosen = with_mutant(rule, mutant)
        changed = [trial for trial in trials if says_something_else(trial, chosen)]
        if not changed:
            # For instance a release between two of the laboratory, or one that the rule excludes by itself.
            continue
        if any(contradictions(each, laboratory.observe(each.program, each.release), chosen) for each in changed):
            noticed += 1
        else:
            unnoticed.append(mutant.affects if mutant else None)
    assert unnoticed == []
    assert noticed >= 1
