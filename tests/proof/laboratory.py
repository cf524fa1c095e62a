"""A fake world around one run of a program: connections that remember who opened them, and opaque steps.

The opaque steps are ``work``, ``condition``, ``items``, ``pick``, ``measure``, ``listed``, ``table``, ``guard``,
``keep``, ``registry`` and imports of plugins: each takes its outcome from the decisions of the run. What the program
itself does (a ``close()``, an append to a local list, a ``contextlib.suppress``) has one outcome only, as in reality.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NoReturn

from .decisions import Decisions
from .fakes import Connection, Registry, Site, Suppress, Table, Unknown
from .frames import Frame, connections_in

_OF_CONNECTION = frozenset({"Exception", "BaseException", "ConnectionClosed"})
"""What a handler names that is there for the end of a connection, too."""
PROGRAM_ERRORS = (NameError, AttributeError, TypeError, IndexError)
"""Errors that show a mistake of the generated program, never an outcome of an opaque step."""
DEEPEST_RECURSION = 4


class Abandoned(BaseException):
    """Ends a run that iterates too often, or whose program is wrong."""


class Unforeseen(Exception):
    """What an opaque step raises when no handler of the program names it."""


class ConnectionClosed(Exception):
    """Stands for the library's error: the peer has closed, so has the connection."""


@dataclass(frozen=True)
class Settings:
    """What a run may do: iterations of one loop; whether closing, or leaving an opaque ``with``, may raise."""

    most_iterations: int = 2
    close_may_raise: bool = False
    guard_may_raise: bool = False


@dataclass(frozen=True)
class Needs:
    """What a program needs of its world."""

    errors: tuple[str, ...]
    """The narrow errors that its handlers name: opaque steps raise them, and one that no handler names."""
    groups: bool
    """It handles groups of errors, so opaque steps raise one too."""
    globals: tuple[str, ...]
    """The variables that its functions declare ``global``."""


class Laboratory:
    """The world of one run. ``leaks`` says for each site how it leaked: ``(site, raised)``."""

    def __init__(self, decisions: Decisions, needs: Needs, settings: Settings) -> None:
        self._decisions = decisions
        self._errors = ("Unforeseen", *needs.errors)
        self._globals = needs.globals
        self._outcomes = ("returns", *(f"raises {name}" for name in self._errors))
        named = (needs.errors,) if len(needs.errors) > 1 else ()
        self._groups = (self._errors, *named, *((name,) for name in needs.errors)) if needs.groups else ()
        self._outcomes += tuple(f"raises a group of {' and '.join(names)}" for names in self._groups)
        self._connections: list[Connection] = []
        self._frames: list[Frame] = []
        self._given: list[Any] = []
        self._abandoned = False
        self.failed: dict[BaseException, Connection] = {}
        """The connection whose method has raised an error."""
        self._caught: dict[BaseException, Frame] = {}
        """The function whose handler has caught an error last."""
        self._caught_as_end: set[BaseException] = set()
        """The errors that a handler has caught which is there for the end of a connection, too."""
        self._unseen: set[BaseException] = set()
        """The errors of the program's own classes that an opaque step has raised, and no handler has named."""
        self.settings = settings
        self.wrong_program = False
        self.closed: set[Site] = set()
        self.opened: set[Site] = set()
        self.leaks: set[tuple[Site, bool]] = set()
        self.namespace: dict[str, Any] = {"__name__": "program", "__builtins__": self._builtins()}

    # What the program imports and the hooks call

    def _builtins(self) -> dict[str, Any]:
        own = dict(vars(builtins))
        own.update(
            __import__=self._import,
            __at__=self._at,
            __track__=self.track,
            __loop__=self._loop,
            __tick__=self._tick,
            __notice__=self._notice,
            __caught__=self._note_handler,
        )
        return own

    def _import(self, name: str, *_: object) -> Any:
        if name.startswith("plugin"):
            self.may_raise(f"import {name}")
            return SimpleNamespace()
        if name == "sys":
            return sys
        if name == "contextlib":
            return SimpleNamespace(
                suppress=functools.partial(Suppress, self),
                closing=contextlib.closing,
                ExitStack=contextlib.ExitStack,
                contextmanager=contextlib.contextmanager,
            )
        if name == "websockets.sync.client":
            return SimpleNamespace(connect=self._connect)
        if name == "websockets.exceptions":
            return SimpleNamespace(ConnectionClosed=ConnectionClosed)
        if name == "laboratory":
            return SimpleNamespace(
                work=self._work, condition=self._condition, items=self._items, pick=self._pick,
                measure=self._measure, listed=self._listed, keep=self._keep, guard=self._guard,
                registry=Registry(self), table=Table(self),
            )  # fmt: skip
        raise ImportError(name)

    def _at(self, line: int, column: int, function: Any) -> Any:
        site = Site(line, column)
        if function == self._connect:
            return lambda *arguments, **options: self._open(site)
        called_from = getattr(function, "called_from", None)
        return function if called_from is None else called_from(site)

    def track(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` so that entering and leaving it is observed. A generator function stays as it is."""
        if function.__code__.co_flags & 0x20:
            return function

        def called_from(site: Site | None) -> Callable[..., Any]:
            def call(*arguments: Any) -> Any:
                frame = self.enter(site, function, arguments)
                try:
                    value = function(*arguments)
                except BaseException:
                    self.leave(frame, raised=True)
                    raise
                self.leave(frame, raised=False, value=value)
                return value

            return call

        tracked = called_from(None)
        tracked.called_from = called_from  # type: ignore[attr-defined]
        tracked.of = function  # type: ignore[attr-defined]
        return tracked

    def _loop(self, key: int) -> None:
        self._frames[-1].iterations[key] = 0

    def _tick(self, key: int) -> None:
        iterations = self._frames[-1].iterations
        iterations[key] += 1
        if self._abandoned or iterations[key] > self.settings.most_iterations:
            self.abandon()

    def _notice(self) -> None:
        self.see_error(sys.exc_info()[1])

    def _note_handler(self, *names: str) -> None:
        error = sys.exc_info()[1]
        if error is not None and self._frames:
            self._caught[error] = self._frames[-1]
            if not _OF_CONNECTION.isdisjoint(names):
                self._caught_as_end.add(error)
            if type(error).__name__ in names:
                self._unseen.discard(error)
        self._notice()

    def see_error(self, error: BaseException | None) -> None:
        """Look at an error that a handler, a suppressor or the caller of the program has caught."""
        resized = isinstance(error, RuntimeError) and "during iteration" in str(error)
        if isinstance(error, PROGRAM_ERRORS) or resized:
            self.wrong_program = True

    # Decisions

    def abandon(self) -> NoReturn:
        """End this run without a verdict."""
        self._abandoned = True
        raise Abandoned

    @property
    def judged(self) -> bool:
        """Tell whether the run came to its end and its program is right."""
        return not self._abandoned and not self.wrong_program

    def choose(self, subject: str, alternatives: tuple[str, ...]) -> int:
        """Decide between alternatives."""
        if self._abandoned:
            raise Abandoned
        return self._decisions.choose(subject, alternatives)

    def may_raise(self, subject: str, never: type[BaseException] | None = None) -> None:
        """Return, or raise an error: one that no handler names, or any that some handler names.

        Nothing that is ``never`` comes, not even in a group.
        """
        errors = [index for index in range(len(self.errors)) if not self._is(index, never)]
        outcome = self.choose(subject, ("returns", *(self._outcomes[index + 1] for index in errors)))
        if outcome > 0:
            raise self.error(errors[outcome - 1])

    def _is(self, index: int, kind: type[BaseException] | None) -> bool:
        """Tell whether an error is of this kind, or a group with one that is."""
        known = [self.namespace.get(name) or getattr(builtins, name, None) for name in self._named(index)]
        return kind is not None and any(isinstance(error, type) and issubclass(error, kind) for error in known)

    def _named(self, index: int) -> tuple[str, ...]:
        """The classes that an error in `errors` is of: one, or those of a group."""
        return (self._errors[index],) if index < len(self._errors) else self._groups[index - len(self._errors)]

    @property
    def errors(self) -> tuple[str, ...]:
        """The errors that an opaque step can raise, as `error` counts them."""
        return tuple(outcome.removeprefix("raises ") for outcome in self._outcomes[1:])

    def error(self, index: int) -> Exception:
        """Make the error with this index in `errors`."""
        errors = [self._single_error(name) for name in self._named(index)]
        if index < len(self._errors):
            return errors[0]
        several: Callable[..., Exception] = getattr(builtins, "ExceptionGroup")  # noqa: B009 - from Python 3.11 on
        return several("several", errors)

    def _single_error(self, name: str) -> Exception:
        if name == "Unforeseen":
            return Unforeseen()
        if name == "ConnectionClosed":
            # The analysis may take a handler of it as the end of every connection: let the whole network be gone.
            for connection in self._connections:
                connection._end()
            return ConnectionClosed()
        if name in self.namespace:
            # A class of the program: no claim rests on code that is not to be seen raising it.
            for connection in self._connections:
                connection.is_claimed = False
        kind = self.namespace.get(name) or getattr(builtins, name)
        error: Exception = kind()
        if name in self.namespace:
            self._unseen.add(error)
        return error

    def elements(self, subject: str) -> Iterator[str]:
        """Yield up to the allowed number of elements; each step may raise."""
        alternatives = ("ends", "gives an element", *self._outcomes[1:])
        for number in range(self.settings.most_iterations):
            outcome = self.choose(subject, alternatives)
            if outcome == 0:
                return
            if outcome > 1:
                raise self.error(outcome - 2)
            # All different: they become keys of dictionaries.
            yield f"element {number}"

    # Opaque steps

    def _work(self, number: object) -> Unknown:
        self.give_away(number)
        self.may_raise(f"work({number})")
        return Unknown(self, f"work({number}) is true")

    def _condition(self, number: object) -> bool:
        outcome = self.choose(f"condition({number})", ("True", "False", *self._outcomes[1:]))
        if outcome > 1:
            raise self.error(outcome - 2)
        return outcome == 0

    def _items(self, number: object) -> Iterator[str]:
        return self.elements(f"iteration of items({number})")

    def _pick(self, number: object) -> object:
        # no condition of a generated body asks for 2: the analysis cannot know that it asks for all that there is
        return self._one_of(f"pick({number})", (0, 1, 2, "some text"))

    def _measure(self, number: object) -> object:
        return self._one_of(f"measure({number})", (-1, 0, 1, 2, 3))

    def _listed(self, number: object) -> object:
        return self._one_of(f"listed({number})", ([], ["one"], ["one", "two"]))

    def _one_of(self, step: str, values: Sequence[object]) -> object:
        outcome = self.choose(step, (*map(str, values), *self._outcomes[1:]))
        if outcome >= len(values):
            raise self.error(outcome - len(values))
        return values[outcome]

    def _keep(self, *values: object) -> Unknown:
        self.give_away(*values)
        self.may_raise("keep(...)")
        return Unknown(self, "keep(...) is true")

    def _guard(self, number: object) -> contextlib.AbstractContextManager[object]:
        self.may_raise(f"guard({number})")
        return self._guarded(number)

    @contextlib.contextmanager
    def _guarded(self, number: object) -> Iterator[None]:
        yield
        if self.settings.guard_may_raise:
            self.may_raise(f"end of the block of guard({number})")

    def _connect(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("every call of connect is instrumented")

    def _open(self, site: Site) -> Connection:
        error = sys.exc_info()[1]
        if error in self.failed and error in self._caught_as_end and self._caught[error] is self._frames[-1]:
            # except Exception: ws = connect(URL)
            self.failed[error].is_lost()
        self.may_raise(f"connect on line {site.line}")
        connection = Connection(self, site, self._frames[-1])
        # Nothing in sight enters this block with this error: see _single_error.
        connection.is_claimed = error not in self._unseen
        self._connections.append(connection)
        self.opened.add(site)
        return connection

    # Who answers for a connection

    def give_away(self, *values: object) -> None:
        """Nobody in the program answers any longer for what ``values`` hold, nor for what is put there later."""
        self._given.extend(values)
        for connection in connections_in(values):
            connection.owner = None

    def enter(self, site: Site | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Frame:
        """Note that ``function`` starts, called at ``site``."""
        if len(self._frames) > DEEPEST_RECURSION:
            self.abandon()
        frame = Frame(site, function, arguments)
        self._frames.append(frame)
        return frame

    def leave(self, frame: Frame, *, raised: bool, value: object = None) -> None:
        """Judge the connections that ``frame`` answers for: the caller's, held by something that stays, or leaked."""
        self._frames.pop()
        if self._abandoned:
            return
        mine = [each for each in self._connections if each.owner is frame and each.is_open]
        if not mine:
            return
        returned = set() if raised else set(connections_in((value,)))
        globals_of_program = [self.namespace[name] for name in self._globals if name in self.namespace]
        held = set(connections_in((self._given, globals_of_program, frame.still_reachable(raised))))
        for connection in mine:
            if connection in returned:
                connection.owner = self._frames[-1] if frame.called_at is not None and self._frames else None
                if frame.called_at is not None:
                    connection.site = frame.called_at
                    self.opened.add(frame.called_at)
                continue
            connection.owner = None
            if connection not in held and connection.is_claimed:
                self.leaks.add((connection.site, raised))
