"""The one door to the analysis: a file and the user's settings in, findings out.

flake8's adapter comes through it, and so does every other front end. Importing this module loads neither the analysis
nor the rules: most files of most projects never need them.
"""

from __future__ import annotations

import ast
import enum
import re
import sys
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_wsthreads.finding import Finding
from flake8_wsthreads.target import Projects, Target
from flake8_wsthreads.target.stated_here import may_state_requirements

if TYPE_CHECKING:
    from flake8_wsthreads.facts import Model

# A word of its own in every spelling of an import of websockets.sync, unlike the end of "async".
# It begins with the word itself, for which the text is searched much quicker than for the end of another word.
_SYNC = re.compile(r"sync(?<!\wsync)\b")


class OnFailure(enum.Enum):
    """What happens when the analysis itself fails on a file, which is a bug of this project."""

    GO_ON = "go on"
    """The file has no findings of ours; whoever asked goes on with the next file."""
    SHOW = "show"
    """The same, and the traceback goes to stderr."""
    RAISE = "raise"
    """The exception comes out: for tests."""


@dataclass(frozen=True)
class Settings:
    """What the user asked for."""

    target: Target = Target()
    """The releases of websockets that the user says the project allows."""
    factories: frozenset[str] = frozenset()
    """Qualified names of callables, defined elsewhere, that return a connection."""
    opt_in: frozenset[str] = frozenset()
    """Codes, or beginnings of codes, of rules that are off by default and were asked for: ``WST9``, ``WST901``."""
    on_failure: OnFailure = OnFailure.GO_ON
    """What happens when the analysis fails."""
    projects: Projects | None = None
    """What to ask for the releases that the project of a file allows, in place of ``target``."""


def check_file(
    tree: ast.Module, lines: Sequence[str], settings: Settings = Settings(), filename: str = "<unknown>"
) -> list[Finding]:
    """The findings in one file, sorted by line, column and code.

    ``tree`` is what ``ast.parse`` made of ``lines``, which are decoded, each with its line end. It is only read.
    ``filename`` tells which project the file belongs to, and is for the report of a failure. Never raises, unless
    :attr:`Settings.on_failure` asks for it.
    """
    text = "".join(lines)
    if not may_hold_connections(text, settings.factories) and not may_state_requirements(filename, text):
        return []
    try:
        return _findings(tree, lines, text, settings, filename)
    except Exception:
        # Whatever is wrong with us must not take the user's whole lint run with it.
        if settings.on_failure is OnFailure.RAISE:
            raise
        if settings.on_failure is OnFailure.SHOW:
            print(f"flake8-wsthreads failed on {filename} and reports nothing about it:", file=sys.stderr)
            traceback.print_exc()
        return []


def parsed_text(text: str) -> ast.Module | None:
    """The tree of a text, without a word of its warnings; None for what is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def may_hold_connections(text: str, factories: frozenset[str]) -> bool:
    """Whether the text can have anything to do with the synchronous client or with one of the factories.

    Most files of most projects do not, and cost no more than this search.
    """
    if "websockets" in text and _SYNC.search(text):
        return True
    return any(factory.rpartition(".")[2] in text for factory in factories)


def _findings(
    tree: ast.Module, lines: Sequence[str], text: str, settings: Settings, filename: str
) -> list[Finding]:
    return judge(*examine(tree, lines, text, settings, filename), settings)


def judge(model: Model, target: Target, settings: Settings) -> list[Finding]:
    """What the rules that the user has say of the facts of a file, sorted by line, column and code."""
    from flake8_wsthreads.rules import RULES, find

    asked_for = tuple(settings.opt_in)
    rules = [rule for rule in RULES if rule.on_by_default or rule.code.startswith(asked_for)]
    return find(model, target, rules)


def examine(
    tree: ast.Module, lines: Sequence[str], text: str, settings: Settings, filename: str
) -> tuple[Model, Target]:
    """What the rules are asked about: the facts of one file, and the releases that its project allows.

    ``text`` is all of the lines. Raises what the analysis raises.
    """
    from flake8_wsthreads.analysis import build_model

    model = build_model(tree, lines, settings.factories)
    target = settings.target
    if may_state_requirements(filename, text):
        from flake8_wsthreads.rules.requirements import with_requirements

        model = with_requirements(model, tree, text, filename)
    if settings.projects is not None and (model.connections or model.requirements):
        target = settings.projects.target_of(filename, lines)
    return model, target
