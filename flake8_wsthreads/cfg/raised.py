"""Exceptions under way, and what handlers catch: which handler catches which exception, as far as the file tells."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from flake8_wsthreads.library.exceptions import BASES
from flake8_wsthreads.library.websockets import OPENING_ERRORS, is_closed_error
from flake8_wsthreads.names.scopes import Scope


@dataclass(frozen=True, order=True)
class ExceptionClass:
    """A class of exceptions."""

    name: str
    """Of a builtin its name, of a class of another module the qualified name."""
    scope_index: int = -1
    """The number of the scope of a class of this file; -1 for all others."""

    @property
    def of_this_file(self) -> bool:
        """Whether the class stands in the file that is looked at."""
        return self.scope_index >= 0

    @property
    def lineage(self) -> tuple[ExceptionClass, ...]:
        """The class itself and then all above it; empty where that is not known, and for a class of this file."""
        return () if self.of_this_file else _lineage(self.name)


@functools.cache
def _lineage(name: str) -> tuple[ExceptionClass, ...]:
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return tuple(ExceptionClass(base.__name__) for base in kind.__mro__ if base is not object)
    if name not in BASES:
        return ()
    above = (known for base in BASES[name] for known in _lineage(base))
    return (ExceptionClass(name), *dict.fromkeys(above))


def lineage(kind: type[BaseException]) -> tuple[ExceptionClass, ...]:
    """A builtin exception and its bases, the class itself first."""
    return _lineage(kind.__name__)


def own_class(scope: Scope) -> ExceptionClass:
    """The class of exceptions that a class of this file is."""
    return ExceptionClass(scope.name, scope.index)


_EXCEPTION, _BASE_EXCEPTION = lineage(Exception)
_EXITS = frozenset({ExceptionClass("SystemExit"), ExceptionClass("GeneratorExit")})
CONTROL_C = ExceptionClass("KeyboardInterrupt")
"""It may come at any step; that counts where the program has a handler for it."""


@dataclass(frozen=True)
class Raised:
    """What is known of an exception that is under way."""

    classes: tuple[ExceptionClass, ...] = ()
    """Its class and the bases of that."""
    anything: bool = False
    """It may be of any other class as well: an Exception, or control-C."""
    below: ExceptionClass | None = None
    """It is of this class or of one below it."""
    never: tuple[ExceptionClass, ...] = ()
    """Handlers for these classes have let it pass; sorted."""
    from_opening: bool = False
    """It may come from a connection that was to be opened."""
    before_opening: bool = False
    """It was under way when the connection was opened: it tells nothing of it."""
    failed_test: bool = False
    """By it a test or a program says that it should never have come to this."""
    no_group: bool = False
    """It is no group of exceptions."""
    named: bool = False
    """The file raises it itself, and a handler of the file may name its class."""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = self.classes, self.anything, self.below, self.never, self.from_opening, self.before_opening
        object.__setattr__(self, "_hash", hash((*parts, self.failed_test, self.no_group, self.named)))

    def __hash__(self) -> int:
        return self._hash  # every state of a path is looked up by the exceptions that are under way

    def without(self, classes: Collection[ExceptionClass]) -> Raised:
        """What is known of it after handlers for these classes have let it pass."""
        return replace(self, never=tuple(sorted({*self.never, *classes})))


OwnClasses = Mapping[ExceptionClass, Raised]
"""The exception classes of the file that handlers name, each with what it is."""
_NONE_KNOWN: OwnClasses = MappingProxyType({})


@dataclass(frozen=True)
class Caught:
    """What a handler catches."""

    classes: tuple[ExceptionClass, ...] = ()
    others: bool = False
    """It names classes, too, that the file does not tell."""
    bare: bool = False
    """``except:`` without any class."""

    @property
    def everything(self) -> bool:
        """Whether no exception passes it."""
        return self.bare or _BASE_EXCEPTION in self.classes

    @property
    def end_of_connection(self) -> bool:
        """Whether the end of a connection is among what it is there for: that, all errors, or what is not told."""
        if self.everything or self.others or _EXCEPTION in self.classes:
            return True
        return any(is_closed_error(kind.name) for kind in self.classes)


def builtin_error(kind: type[BaseException]) -> Raised:
    """An exception of a builtin class, and of no class below it."""
    return Raised(lineage(kind))


ANY_EXCEPTION = Raised((_EXCEPTION, _BASE_EXCEPTION), anything=True)
OPENING_ERROR = replace(ANY_EXCEPTION, from_opening=True)
"""What a call that opens a connection raises."""
CONNECTION_ERROR = replace(ANY_EXCEPTION.without(lineage(OSError)[:1]), no_group=True)
"""What a method of an open connection raises where it has no timeout (``TimeoutError`` is an ``OSError``): errors of
the socket reach its caller as ``ConnectionClosed`` (websockets, sync/connection.py)."""
CONNECTION_OR_TIMEOUT_ERROR = replace(ANY_EXCEPTION.without(lineage(ConnectionError)[:1]), no_group=True)
"""What ``recv()`` raises with a timeout: of the errors of the system no other than ``TimeoutError``."""
_CLOSED = ExceptionClass("websockets.exceptions.ConnectionClosed")
CLOSED_ERROR = Raised(_CLOSED.lineage, below=_CLOSED)
"""It says that the connection is closed."""
KEYBOARD_INTERRUPT = builtin_error(KeyboardInterrupt)
GENERATOR_EXIT = builtin_error(GeneratorExit)
EXCEPTION_GROUP = Raised(
    (ExceptionClass("ExceptionGroup"), ExceptionClass("BaseExceptionGroup"), _EXCEPTION, _BASE_EXCEPTION)
)
"""A builtin since Python 3.11."""


def without_special_cases(raised: Collection[Raised]) -> list[Raised]:
    """These exceptions without those that are special cases of others: whatever catches them may catch the other."""
    general = [each for each in raised if each.anything and each.classes == ANY_EXCEPTION.classes]
    return [each for each in raised if not any(_is_special_case(each, other) for other in general)]


def _is_special_case(special: Raised, general: Raised) -> bool:
    """Whether an exception is one of those that another may be, and says nothing that the other does not say."""
    return (
        special != general
        and not special.named  # what may come from anywhere says less
        # except Exception may let control-C pass as something of its own, and except* looks into groups
        and _EXCEPTION in special.classes
        and not is_group(special)
        and (general.from_opening or not (special.from_opening or any(map(_only_at_opening, special.classes))))
        and general.no_group <= special.no_group
        and (general.before_opening, general.failed_test) == (special.before_opening, special.failed_test)
        and {*general.never} <= {*special.never}
    )


def failing(raised: Raised) -> Raised:
    """The exception as one that says: it should never have come to this."""
    return replace(raised, failed_test=True)


def before_opening(raised: Raised) -> Raised:
    """The exception as one that was under way when the connection was opened."""
    return replace(raised, before_opening=True)


def is_group(raised: Raised) -> bool:
    """Whether an exception is a group, into which ``except*`` looks."""
    return raised.classes == EXCEPTION_GROUP.classes


def expected_by(caught: Caught) -> Raised:
    """The exception that a handler is there for, as something that is raised."""
    if not caught.classes:
        return ANY_EXCEPTION
    return Raised((*caught.classes, _EXCEPTION, _BASE_EXCEPTION), anything=caught.others)


def matches(caught: Caught, raised: Raised, known: OwnClasses = _NONE_KNOWN) -> bool | None:
    """Whether a handler catches an exception; None where it may."""
    if caught.everything:
        return True
    if raised.never and not caught.others and all(caught_before(kind, raised.never, known) for kind in caught.classes):
        return False  # a handler further in would have caught it
    if any(kind in raised.classes for kind in caught.classes):
        return True
    if caught.others:
        return None
    if not raised.from_opening and all(_only_at_opening(kind) for kind in caught.classes):
        return False  # nothing but an opening raises these
    if raised.below is not None and any(_may_be_below(kind, raised.below, known) for kind in caught.classes):
        return None
    if not raised.anything:
        return False
    # An unknown exception is an Exception of some class, or control-C: no SystemExit, no GeneratorExit.
    return None if any(kind not in _EXITS for kind in caught.classes) else False


def _only_at_opening(kind: ExceptionClass) -> bool:
    return any(base.name in OPENING_ERRORS for base in kind.lineage)


def _above(kind: ExceptionClass, known: OwnClasses) -> tuple[ExceptionClass, ...]:
    """A class and all above it, as far as they are known; empty where nothing is."""
    return known[kind].classes if kind in known else kind.lineage


def _may_be_below(kind: ExceptionClass, base: ExceptionClass, known: OwnClasses) -> bool:
    above = _above(kind, known)
    # nobody knows what is above a class of another module without a row, and above a class with such a base
    untold = known[kind].anything if kind in known else not (above or kind.of_this_file)
    return base in above or (untold and not base.of_this_file)


def caught_before(kind: ExceptionClass, passed: Collection[ExceptionClass], known: OwnClasses = _NONE_KNOWN) -> bool:
    """Whether handlers for these classes leave nothing to one for ``kind``: after LookupError no KeyError comes."""
    return kind in passed or any(base in passed for base in _above(kind, known))


def tells_of_close(caught: Caught, raised: Raised) -> bool:
    """Whether a handler that has caught an exception knows from it that the connection is closed."""
    possible = [kind for kind in caught.classes if not caught_before(kind, raised.never)]
    return bool(possible) and not caught.others and all(is_closed_error(kind.name) for kind in possible)


def may_tell_of_close(caught: Caught, raised: Raised, known: OwnClasses = _NONE_KNOWN) -> bool:
    """Whether a handler catches what a method of a connection has raised only by names that no table has.

    Those are other names of ``ConnectionClosed`` then, or the handler never gets there: a connection raises no class of
    another library.
    """
    if not raised.no_group or caught.everything:
        return False
    possible = [kind for kind in caught.classes if not caught_before(kind, raised.never, known)]
    unknown = (kind for kind in possible if not is_closed_error(kind.name))
    return not any(kind.lineage or kind.of_this_file for kind in unknown)


def may_be_closed_error(raised: Raised, known: OwnClasses) -> bool:
    """Whether an exception may say that the connection is closed."""
    return not raised.before_opening and matches(Caught((_CLOSED,)), raised, known) is not False


def is_end_of_connection(raised: Raised) -> bool:
    """Whether an exception that a handler for all errors has caught comes from a connection that is closed by then.

    That is what goes wrong with a method of a connection that has no timeout, as long as nobody names another error.
    """
    from_method = raised.no_group and CONNECTION_ERROR.never[0] in raised.never
    return from_method and raised.classes == ANY_EXCEPTION.classes and not raised.before_opening


def is_for_closed(caught: Caught) -> bool:
    """Whether a handler is there for nothing but the end of a connection."""
    return tells_of_close(caught, Raised())


def refined(caught: Caught, raised: Raised, known: OwnClasses) -> Raised:
    """What is known of the exception inside a handler that may have caught it.

    ``known`` are the exception classes of the file: one of them is that class, or one below it.
    """
    if not raised.anything or len(caught.classes) != 1 or caught.others:
        return raised
    (kind,) = caught.classes
    if kind in known:
        return replace(raised, classes=known[kind].classes, anything=known[kind].anything, below=kind)
    if kind.lineage:
        return replace(raised, classes=kind.lineage, anything=False, below=kind)
    return raised if kind in raised.classes else replace(raised, classes=(kind, *raised.classes))
