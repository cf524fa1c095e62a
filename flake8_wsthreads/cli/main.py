"""The command ``flake8-wsthreads``: its arguments, and how a run ends."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

OUTPUT_FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit")

CLEAN, FOUND, COULD_NOT_RUN = 0, 1, 2
"""The exit statuses."""
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status. ``arguments`` are those after the name of the program."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # whoever read the output has enough of it: nothing more is to be said, not even at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_RUN


def _run(options: argparse.Namespace) -> int:
    # Each command imports what it needs: most files of most projects never need the analysis.
    if options.command == "check":
        from flake8_wsthreads.cli.check import run_check

        return run_check(options)
    if options.command == "rule":
        from flake8_wsthreads.cli.rule import run_rule

        return run_rule(options)
    from flake8_wsthreads.cli.target import run_target

    return run_target(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="flake8-wsthreads",
        description="Finds websockets.sync clients that keep a program from exiting or leak their connection.",
        epilog="example: flake8-wsthreads check src",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    rule = commands.add_parser(
        "rule",
        help="say what a rule means, and what to do",
        description="Says what a rule means: what happens, why, on which releases, and what to do.",
        epilog="example: flake8-wsthreads rule WST101",
    )
    rule.add_argument("rule", nargs="?", metavar="CODE", help="a code such as WST101, or a name")
    rule.add_argument("--all", action="store_true", help="all rules")
    rule.add_argument("--output-format", choices=("full", "json"), default="full", help="default: full")
    target = commands.add_parser(
        "target",
        help="say which releases of websockets a project allows",
        description="Says which releases of websockets the project of a file or folder allows, and which line says so.",
        epilog="example: flake8-wsthreads target src/feeds.py",
    )
    target.add_argument("path", nargs="?", default=".", metavar="PATH", help="a file or a folder (default: this one)")
    return parser


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check",
        help="lint files and folders",
        description="Lints Python files through flake8, with its configuration, and shows the findings of this plugin. "
        "Exit status: 0 when there are none, 1 when there are some, 2 when it could not run.",
        epilog="example: flake8-wsthreads check --output-format=github src tests",
    )
    check.add_argument("paths", nargs="*", default=["."], metavar="PATH", help="files and folders (default: this one)")
    check.add_argument("--select", default="WST", metavar="CODES", help="report these only (default: WST)")
    check.add_argument("--ignore", metavar="CODES", help="leave these out")
    check.add_argument("--websockets-version", metavar="VERSION", help="the releases that the project allows")
    check.add_argument(
        "--output-format", choices=OUTPUT_FORMATS, help="default: full on a terminal, concise everywhere else"
    )
    check.add_argument("--fix", action="store_true", help="mend what can be mended safely, and report the rest")
    check.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also what may change more than the fault"
    )
    check.add_argument(
        "--diff", action="store_true", help="print what --fix would change, and write nothing; exit with 1 if it would"
    )
    check.add_argument("--statistics", action="store_true", help="print how many findings each code has")
    check.add_argument("--exit-zero", action="store_true", help="exit with 0 also when there are findings")
    check.add_argument("--stdin-filename", metavar="NAME", help="what the text is called that `-` reads from a pipe")
