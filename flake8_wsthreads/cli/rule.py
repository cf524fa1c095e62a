"""``flake8-wsthreads rule``: what a rule means, from its own module."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from flake8_wsthreads.cli.main import CLEAN, COULD_NOT_RUN
from flake8_wsthreads.rules import RULES
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.target import ReleaseRange


def run_rule(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    chosen = [rule for rule in RULES if options.all or _is_meant(rule, options.rule)]
    if not chosen:
        known = ", ".join(rule.code for rule in RULES)
        problem = f"there is no rule {options.rule}" if options.rule else "name a rule, or --all"
        print(f"flake8-wsthreads: {problem}; the rules are {known}", file=sys.stderr)
        return COULD_NOT_RUN
    if options.output_format == "json":
        print(json.dumps([as_data(rule) for rule in chosen], indent=2))
        return CLEAN
    print("\n\n".join("\n".join(as_text(rule)) for rule in chosen))
    return CLEAN


def _is_meant(rule: Rule, text: str | None) -> bool:
    return text is not None and text.lower() in (rule.code.lower(), rule.name)


def as_text(rule: Rule) -> Iterator[str]:
    """The lines that a terminal shows."""
    yield f"{rule.code} {rule.name}"
    yield ""
    yield f"{rule.summary[0].upper()}{rule.summary[1:]}."
    yield f"Releases of websockets: {releases(rule)}."
    for title, text in (("Why", rule.why), ("What to do", rule.fix), ("What --fix does", rule.fix_safety)):
        yield ""
        yield title
        yield ""
        yield from (f"  {line}".rstrip() for line in text.strip().splitlines())
    for title, examples in (("Bad", rule.bad), ("Good", rule.good)):
        for example in examples[:1]:
            yield ""
            yield f"{title}: {example.title}"
            yield ""
            yield from (f"    {line}".rstrip() for line in example.source.rstrip().splitlines())


def as_data(rule: Rule) -> dict[str, object]:
    """The rule as plain data."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "on_by_default": rule.on_by_default,
        "releases": [{"since": range_.since, "before": range_.before} for range_ in rule.affects],
        "why": rule.why,
        "fix": rule.fix,
        "fix_safety": rule.fix_safety,
        "bad": [_example(example) for example in rule.bad],
        "good": [_example(example) for example in rule.good],
    }


def _example(example: Example) -> dict[str, str]:
    return {"title": example.title, "source": example.source, "websockets": example.websockets}


def releases(rule: Rule) -> str:
    """The releases that a rule affects, in words."""
    return " and ".join(_range(range_) for range_ in rule.affects) or "all"


def _range(range_: ReleaseRange) -> str:
    bounds = (("from", range_.since), ("before", range_.before))
    return " ".join(f"{word} {release}" for word, release in bounds if release is not None) or "all"
