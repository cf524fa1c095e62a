"""Every example of every rule is a test: a bad one gives the codes in its comments and no other, a good one none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from flake8_wsthreads.finding import Finding
from flake8_wsthreads.rules import PRECEDENCE, RULES
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier
from tests.door import DEFAULT_RULES, findings
from tests.markers import marked_lines

# Users put codes and names into their configuration: they never change.
NAMES = {
    "WST101": "connection-outside-daemon-thread",
    "WST102": "connection-in-non-daemon-thread",
    "WST103": "connection-in-thread-constructor",
    "WST104": "endless-receive-in-non-daemon-thread",
    "WST105": "connection-closed-too-late",
    "WST106": "stop-unseen-while-receiving",
    "WST201": "connection-passed-to-thread",
    "WST202": "concurrent-receive",
    "WST203": "thread-outlives-connection",
    "WST204": "connection-passed-to-process",
    "WST301": "connection-never-closed",
    "WST302": "connection-not-closed-on-every-path",
    "WST303": "connection-not-closed-on-error",
    "WST304": "connection-attribute-never-closed",
    "WST305": "connect-without-context-manager",
    "WST401": "requirement-allows-exit-hang",
    "WST901": "any-connection-outside-daemon-thread",
    "WST902": "any-connection-across-threads",
}
URL = "ws://localhost:8765"
# "WST101 " and the message; flake8 puts the file's name in front.
LONGEST_LINE = 135

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
every_bad_example = pytest.mark.parametrize(
    ("rule", "example"),
    [pytest.param(rule, example, id=f"{rule.code}: {example.title}") for rule in RULES for example in rule.bad],
)
every_good_example = pytest.mark.parametrize(
    ("rule", "example"),
    [pytest.param(rule, example, id=f"{rule.code}: {example.title}") for rule in RULES for example in rule.good],
)


def findings_in(rule: Rule, example: Example) -> list[Finding]:
    """What the rules that are on by default, and the rule of the example, find in it."""
    target = read_specifier(example.websockets) if example.websockets else Target()
    opt_in = frozenset() if rule.on_by_default else frozenset({rule.code})
    return findings(example.source, replace(DEFAULT_RULES, target=target, opt_in=opt_in))


@every_bad_example
def test_a_bad_example_gives_exactly_the_codes_in_its_comments(rule: Rule, example: Example) -> None:
    found = [(finding.location.line, finding.code) for finding in findings_in(rule, example)]

    assert sorted(found) == marked_lines(example.source), example.source


@every_good_example
def test_a_good_example_gives_nothing(rule: Rule, example: Example) -> None:
    assert findings_in(rule, example) == [], example.source


@every_bad_example
def test_a_message_is_one_short_line_that_editors_can_show(rule: Rule, example: Example) -> None:
    for finding in findings_in(rule, example):
        line = f"{finding.code} {finding.message}"
        assert len(line) <= LONGEST_LINE
        assert line == " ".join(line.split())
        assert ";" in finding.message, "the fact, then the advice"
        assert "://" not in line
        assert not re.search(r":\d+:", line), "looks like a place in a file"


@every_bad_example
def test_a_finding_tells_the_steps_that_lead_to_it(rule: Rule, example: Example) -> None:
    lines = len(example.source.splitlines())
    for finding in findings_in(rule, example):
        assert finding.trace
        assert all(1 <= step.location.line <= lines and step.text for step in finding.trace)


@every_bad_example
def test_a_bad_example_shows_its_own_rule(rule: Rule, example: Example) -> None:
    assert rule.code in {code for _, code in marked_lines(example.source)}


@every_good_example
def test_a_good_example_announces_nothing(rule: Rule, example: Example) -> None:
    assert "WST" not in example.source


@every_rule
def test_a_rule_has_three_bad_and_three_good_examples_at_least(rule: Rule) -> None:
    assert len(rule.bad) >= 3
    assert len(rule.good) >= 3


@every_rule
def test_the_examples_of_a_rule_are_programs_for_the_echo_server(rule: Rule) -> None:
    for example in rule.bad + rule.good:
        compile(example.source, example.title, "exec")
        assert URL in example.source
        assert example.source.endswith("\n") and not example.source.startswith("\n")


@every_rule
def test_the_examples_of_a_rule_have_titles_of_their_own(rule: Rule) -> None:
    titles = [example.title for example in rule.bad + rule.good]

    assert len(set(titles)) == len(titles)


def test_the_rules_have_the_documented_codes_and_names_in_order() -> None:
    assert {rule.code: rule.name for rule in RULES} == NAMES
    assert [rule.code for rule in RULES] == sorted(NAMES)


@every_rule
def test_a_rule_stands_in_the_file_that_bears_its_name(rule: Rule) -> None:
    file_name = rule.check.__module__.rpartition(".")[2]

    assert file_name == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


@every_rule
def test_a_rule_explains_itself(rule: Rule) -> None:
    assert rule.summary and not rule.summary.endswith(".") and "\n" not in rule.summary
    assert rule.affects
    for text in (rule.why, rule.fix, rule.fix_safety):
        assert text.endswith(".\n") and not text.startswith("\n")


def test_only_the_strict_rules_are_off_by_default() -> None:
    assert [rule.code for rule in RULES if not rule.on_by_default] == ["WST901", "WST902"]


def test_every_rule_has_its_place_in_the_order_of_precedence() -> None:
    assert sorted(PRECEDENCE) == [rule.code for rule in RULES]
