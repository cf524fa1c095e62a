"""The oracle: run a program on every path, and tell which connections its functions left open, and how they ended."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, TypeGuard

from .decisions import Decisions, all_decisions
from .fakes import Site, Unknown
from .instrument import CONNECT, errors_named, functions_of, globals_of, has_groups, instrumented
from .laboratory import Abandoned, Laboratory, Needs, Settings

SUBJECT = "subject"
MOST_RUNS = 3000
DEFAULT_SETTINGS = Settings()


class Discarded(Exception):
    """The program gives no verdict: it has too many paths, or a mistake of its own."""


class WrongProgram(Discarded):
    """A run made a mistake that no program which works makes: it used a name that is not bound."""


@dataclass
class Outcome:
    """What runs did with the connections of one site. A leak is told by the decisions of the first run with it."""

    leaks_normally: tuple[str, ...] | None = None
    leaks_on_error: tuple[str, ...] | None = None
    closed: bool = False


@dataclass
class Execution:
    """The outcome at every site at which some run opened a connection."""

    sites: dict[Site, Outcome] = field(default_factory=dict)
    runs: int = 0
    judged_runs: int = 0


@dataclass(frozen=True)
class Prepared:
    """A program that is ready to run."""

    code: CodeType
    needs: Needs
    entries: tuple[str, ...]
    """Functions that are started by themselves, ``Class.method`` for methods."""


def execute(
    text: str,
    settings: Settings = DEFAULT_SETTINGS,
    most_runs: int = MOST_RUNS,
    enough: Callable[[Execution], bool] = lambda execution: False,
) -> Execution:
    """Run every function of ``text`` that opens connections, on every path within ``settings`` or until ``enough``.

    Raises `Discarded` when that takes more than ``most_runs`` runs, or when the program itself goes wrong on some path.
    """
    program = prepare(text)
    execution = Execution()
    for entry in program.entries:
        for decisions in all_decisions(most_runs + 1):
            if execution.runs >= most_runs:
                raise Discarded("too many paths")
            execution.runs += 1
            _run(program, entry, decisions, settings, execution)
            if enough(execution):
                return execution
    return execution


def prepare(text: str, needs: Needs | None = None) -> Prepared:
    """Make a program ready. ``needs`` are those of another program, where both are to meet the same errors."""
    tree = ast.parse(text)
    needs = needs or Needs(errors_named(tree), has_groups(tree), globals_of(tree))
    entries = tuple(_entries(tree))
    return Prepared(compile(instrumented(tree), "<program>", "exec"), needs, entries)


def _entries(tree: ast.Module) -> Iterator[str]:
    opening = functions_of(tree) | {CONNECT}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{method.name}" for method in node.body if _opens(method, opening))
        # A function that takes a connection is run where it is called.
        elif isinstance(node, ast.FunctionDef) and all(each.arg != "connection" for each in node.args.args):
            if _opens(node, opening):
                yield node.name


def _opens(node: ast.stmt, opening: Collection[str]) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(part, ast.Name) and part.id in opening for part in ast.walk(node)
    )


def run_once(
    program: Prepared, entry: str, decisions: Decisions, settings: Settings
) -> tuple[Laboratory, BaseException | None]:
    """Call one function on one path; returns the world afterwards, and the exception that came out."""
    laboratory = Laboratory(decisions, program.needs, settings)
    try:
        exec(program.code, laboratory.namespace)
        _call(laboratory, entry)
    except Abandoned:
        pass
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        laboratory.see_error(error)
        return laboratory, error
    return laboratory, None


def _run(program: Prepared, entry: str, decisions: Decisions, settings: Settings, execution: Execution) -> None:
    laboratory, _ = run_once(program, entry, decisions, settings)
    if laboratory.wrong_program:
        raise WrongProgram(f"the program goes wrong: {'; '.join(decisions.trace())}")
    if not laboratory.judged:
        return
    execution.judged_runs += 1
    for site in laboratory.opened:
        execution.sites.setdefault(site, Outcome())
    for site in laboratory.closed:
        execution.sites[site].closed = True
    for site, raised in laboratory.leaks:
        outcome = execution.sites[site]
        if raised:
            outcome.leaks_on_error = outcome.leaks_on_error or decisions.trace() or ("no decisions",)
        else:
            outcome.leaks_normally = outcome.leaks_normally or decisions.trace() or ("no decisions",)


def _call(laboratory: Laboratory, entry: str) -> None:
    owner, _, name = entry.rpartition(".")
    arguments: list[Any] = []
    if owner:
        of_class = laboratory.namespace[owner]
        function = getattr(of_class, name)
        arguments.append(object.__new__(of_class))
    else:
        function = laboratory.namespace[name]
    # Behind @contextlib.contextmanager stands the generator function that the caller's `with` drives.
    lends = hasattr(function, "__wrapped__")
    function = getattr(function, "__wrapped__", function)
    code = _code_of(function)
    parameters = code.co_varnames[: code.co_argcount]
    for parameter in parameters[1:] if owner else parameters:
        arguments.append(Unknown(laboratory, f"{parameter} is true"))
    result = function(*arguments)
    if code.co_flags & 0x20:
        _consume(laboratory, function, arguments, result, lends)


def _code_of(function: Any) -> CodeType:
    code: CodeType = getattr(function, "of", function).__code__
    return code


def _consume(
    laboratory: Laboratory, function: Callable[..., Any], arguments: list[Any], generator: Any, lends: bool
) -> None:
    """Take the values of a generator; after each go on, stop, or throw an error into it.

    The values are given away, but those that a context manager ``lends`` to its caller's block.
    """
    frame = laboratory.enter(None, function, tuple(arguments))
    alternatives = ("goes on", "stops", *(f"throws {name}" for name in laboratory.errors))
    asked = stopped = False
    step: Callable[[], object] = lambda: next(generator)  # noqa: E731
    try:
        while True:
            value = step()
            if stopped or (lends and asked):
                # Python reports a generator that yields when it should have ended: no path of a program that works.
                laboratory.abandon()
            if not lends:
                laboratory.give_away(value)
            asked = True
            subject = f"consumer, at the yield of line {generator.gi_frame.f_lineno},"
            choice = laboratory.choose(subject, alternatives)
            if choice == 0:
                step = lambda: next(generator)  # noqa: E731
            else:
                stopped = choice == 1
                error = GeneratorExit() if stopped else laboratory.error(choice - 2)
                step = _thrower(generator, error)
    except StopIteration as end:
        laboratory.leave(frame, raised=False, value=end.value)
    except BaseException:
        laboratory.leave(frame, raised=True)
        _finish(generator)
        raise


def _finish(generator: Any) -> None:
    """Run an abandoned generator to its end, or it would complain when it is collected."""
    while generator.gi_frame is not None:
        with contextlib.suppress(BaseException):
            generator.close()


def _thrower(generator: Any, error: BaseException) -> Callable[[], object]:
    return lambda: generator.throw(error)
