"""flake8's adapter: options in, findings out."""

from __future__ import annotations

import ast
import re
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.exceptions import ExecutionError

from flake8_wsthreads.target import Target, TargetError

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager

# A word of its own in every spelling of an import of websockets.sync, unlike the end of "async".
SYNC = re.compile(r"\bsync\b")


@dataclass(frozen=True)
class Settings:
    """What the user asked for."""

    target: Target = Target()
    """The releases of websockets that the project allows."""
    factories: frozenset[str] = frozenset()
    """Qualified names of callables, defined elsewhere, that return a connection."""


def read_settings(options: Namespace) -> Settings:
    """The settings in flake8's options. Raises ``ExecutionError`` for a value that cannot be used."""
    return Settings(_target(options.websockets_version), _factories(options.websockets_factories))


def _target(version: str) -> Target:
    if not version:
        return Target()
    # Imported here, so that flake8 starts without packaging when the option is not set.
    from flake8_wsthreads.target.specifier import read_specifier

    try:
        return read_specifier(version)
    except TargetError as error:
        raise ExecutionError(f"option websockets-version: {error}") from None


def _factories(names: Sequence[str]) -> frozenset[str]:
    for name in names:
        module, _, function = name.rpartition(".")
        if not (module and all(part.isidentifier() for part in (*module.split("."), function))):
            raise ExecutionError(
                f"option websockets-factories: {name!r} is not a qualified name such as mypackage.feeds.open_feed"
            )
    return frozenset(names)


def may_hold_connections(lines: Sequence[str], factories: frozenset[str]) -> bool:
    """Whether the text can have anything to do with the synchronous client or with one of the factories.

    Most files of most projects do not, and cost no more than this search.
    """
    text = "".join(lines)
    if "websockets" in text and SYNC.search(text):
        return True
    return any(factory.rpartition(".")[2] in text for factory in factories)


class Checker:
    """What both plugins do with a file."""

    off_by_default: ClassVar[bool] = False
    settings: ClassVar[Settings] = Settings()

    def __init__(self, tree: ast.Module, filename: str, lines: list[str]) -> None:
        """Take a file from flake8, which chooses the arguments by their names."""
        self.tree = tree
        self.filename = filename
        self.lines = lines

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        """Keep the user's settings. flake8 calls this in every process, before the first file."""
        cls.settings = read_settings(options)

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """The findings of the file, in the form that flake8 expects: line, column, text, origin."""
        if not may_hold_connections(self.lines, self.settings.factories):
            return
        # Imported here, so that flake8 starts without the analysis and most projects never load it.
        from flake8_wsthreads.model import build_model
        from flake8_wsthreads.rules import RULES, find

        rules = tuple(rule for rule in RULES if rule.on_by_default != self.off_by_default)
        model = build_model(self.tree, self.lines, self.settings.factories)
        for finding in find(model, self.settings.target, rules):
            yield finding.location.line, finding.location.column, f"{finding.code} {finding.message}", type(self)


class Plugin(Checker):
    """The rules that are on by default, and the options of both plugins."""

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Tell flake8 the options."""
        manager.add_option(
            "--websockets-version",
            default="",
            metavar="VERSION",
            parse_from_config=True,
            help="the releases of websockets that the project allows: a version such as 13.0, or a set such as "
            '">=13.0,<16" (default: every release since 11.0)',
        )
        manager.add_option(
            "--websockets-factories",
            default="",
            metavar="NAMES",
            comma_separated_list=True,
            parse_from_config=True,
            help="functions and methods of other modules that return a connection of websockets.sync, as qualified "
            "names with commas between them, such as mypackage.feeds.open_feed",
        )


class OptInPlugin(Checker):
    """The rules that are off by default.

    flake8 leaves it out until ``enable-extensions = WST9`` asks for it, whatever is selected or ignored. It adds no
    options: flake8 would refuse the same option twice.
    """

    off_by_default = True
