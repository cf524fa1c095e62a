"""flake8's adapter: options in, findings out.

flake8 itself checks what stands on its command line. What a configuration hands over can be of any type: the plugin
Flake8-pyproject passes on what TOML has.
"""

from __future__ import annotations

import ast
import unicodedata
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.exceptions import ExecutionError

from flake8_wsthreads.check import OnFailure, Settings, check_file
from flake8_wsthreads.target import Projects, Target, TargetError

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager


OPT_IN = "WST9"
"""What the codes of the rules that are off by default begin with."""


ANY = "any"
"""The value of ``websockets-version`` that allows every release, whatever the project says."""


class Plugin:
    """What flake8 does with a file."""

    settings: ClassVar[Settings] = Settings()
    projects: ClassVar[Projects] = Projects()

    def __init__(self, tree: ast.Module, filename: str, lines: list[str]) -> None:
        """Take a file from flake8, which chooses the arguments by their names."""
        self.tree = tree
        self.filename = filename
        self.lines = lines

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Tell flake8 the options."""
        manager.add_option(
            "--websockets-version",
            default="",
            metavar="VERSION",
            parse_from_config=True,
            help="the releases of websockets that the project allows: a version such as 13.0, or a set such as "
            '">=13.0,<16", or "any" (default: what the metadata of the project says, else every release since 11.0)',
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
        manager.add_option(
            "--websockets-debug",
            action="store_true",
            default=False,
            parse_from_config=True,
            help="show the traceback when the analysis of a file fails; without it such a file has no findings of "
            "this plugin, and flake8 goes on",
        )

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        """Keep the user's settings. flake8 calls this in every process, before the first file."""
        cls.projects.begin_run()
        cls.settings = read_settings(options, cls.projects)

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """The findings of the file, in the form that flake8 expects: line, column, text, origin."""
        for finding in check_file(self.tree, self.lines, self.settings, self.filename):
            yield finding.location.line, finding.location.column, f"{finding.code} {finding.message}", type(self)


class OptIn:
    """Turns on the rules that are off by default, and does nothing else: ``enable-extensions = WST9``.

    flake8 shows that option to nobody: it loads the plugin of that name, which it leaves out otherwise. Its plugins
    come in the order of their names, so :class:`Plugin` has read the other options before.
    """

    off_by_default: ClassVar[bool] = True
    code: ClassVar[str] = "WST9"

    def __init__(self, tree: ast.Module) -> None:
        """Take a file from flake8."""

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        """Let :class:`Plugin` run these rules, too."""
        Plugin.settings = replace(Plugin.settings, opt_in=Plugin.settings.opt_in | {cls.code})

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """Nothing: :class:`Plugin` reports what these rules find."""
        yield from ()


class OptInConnections(OptIn):
    """``enable-extensions = WST901``."""

    code = "WST901"


class OptInThreads(OptIn):
    """``enable-extensions = WST902``."""

    code = "WST902"


def read_settings(options: Namespace, projects: Projects | None = None) -> Settings:
    """The settings in flake8's options. Raises ``ExecutionError`` for a value that cannot be used.

    ``projects`` is asked for the releases that a file's project allows where the user does not name any.
    """
    stated = _target(options.websockets_version)
    return Settings(
        stated or Target(),
        _factories(options.websockets_factories),
        _opt_in(options),
        OnFailure.SHOW if options.websockets_debug else OnFailure.GO_ON,
        projects if stated is None else None,
    )


def _target(value: object) -> Target | None:
    """The releases that the user names; None where the option is not set."""
    option = "option websockets-version"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = ",".join(value)
    if not isinstance(value, str):
        raise ExecutionError(f'{option}: {value!r} is neither a text such as ">=13.0,<16" nor a list of texts')
    if not value.strip():
        return None
    if value.strip().lower() == ANY:
        return Target()
    # Imported here, so that flake8 starts without packaging when the option is not set.
    from flake8_wsthreads.target.specifier import read_specifier

    try:
        return read_specifier(value)
    except TargetError as error:
        raise ExecutionError(f"{option}: {error}") from None


def _factories(value: object) -> frozenset[str]:
    option = "option websockets-factories"
    if isinstance(value, str):
        value = [value] if value else []
    if not isinstance(value, list):
        raise ExecutionError(f"{option}: {value!r} is not a list of qualified names")
    return frozenset(_qualified_name(option, name) for name in value)


def _qualified_name(option: str, name: object) -> str:
    # Python reads names in this form: the syntax tree has no other.
    text = unicodedata.normalize("NFKC", name) if isinstance(name, str) else ""
    module, _, function = text.rpartition(".")
    if not (module and all(part.isidentifier() for part in (*module.split("."), function))):
        raise ExecutionError(f"{option}: {name!r} is not a qualified name such as mypackage.feeds.open_feed")
    return text


def _opt_in(options: Namespace) -> frozenset[str]:
    """The codes of opt-in rules that the user names in ``select`` or ``extend-select``.

    A code that covers other rules as well, ``WST`` or ``W``, turns none of them on.
    """
    named = [*(options.select or ()), *(options.extend_select or ())]
    return frozenset(code for code in named if isinstance(code, str) and code.startswith(OPT_IN))
