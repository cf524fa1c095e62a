"""The form of a rule: everything that a user reads about it, and one question to the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flake8_wsthreads.facts import Model
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.target import ReleaseRange, Target


@dataclass(frozen=True)
class Example:
    """A small program that shows a rule.

    The program is complete: it runs as a script against an echo server at ``ws://localhost:8765``. In a bad example,
    each line that has findings ends with a comment that names their codes: ``# WST101 WST301``.
    """

    title: str
    source: str
    websockets: str = ""
    """The releases that the project allows, as the option ``websockets-version`` states them; empty: every release."""
    server: str = "echo"
    """What the server does when the example is run: ``echo`` sends each message back at once; ``slow`` takes a while,
    so that two threads that wait for a message surely wait at the same time; ``speaking`` says something
    unasked and closes the connection."""
    goodbye: str = ""
    """Why a run does not close every connection with code 1000 although no rule says so; empty where it does."""


@dataclass(frozen=True)
class Rule:
    """A rule. ``check`` yields its findings for a model and a target that admits some affected release."""

    code: str
    name: str
    summary: str
    affects: tuple[ReleaseRange, ...]
    why: str
    """Why it is bad: what the user will see, and on which releases it was seen."""
    fix: str
    """What to do about it, the pin of a release included."""
    fix_safety: str
    """What ``--fix`` does about it, what it leaves to ``--unsafe-fixes`` or to the user, and why."""
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    check: Callable[[Model, Target], Iterable[Finding]]
    on_by_default: bool = True

    @property
    def family(self) -> str:
        """What the rule competes with: a place has one finding of each family. An opt-in rule competes with none."""
        return self.code[3] if self.on_by_default else self.code
