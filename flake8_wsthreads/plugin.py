"""flake8's adapter: options in, findings out."""

from __future__ import annotations

import ast
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from flake8_wsthreads.check import Settings, check_file
from flake8_wsthreads.target import Projects

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager


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
        # Imported here, and only once a run: whoever looks at the plugin without running flake8 needs no options.
        from flake8_wsthreads.options import read_settings

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
