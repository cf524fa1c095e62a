"""The facts of one file that rules ask about: connections, their paths, their owners, their threads.

Rules read these classes and nothing else of the analysis. No class here knows a rule's code.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from flake8_wsthreads.finding import Location
from flake8_wsthreads.target import Target


class Context(enum.Enum):
    """The kind of thread that runs a piece of code."""

    MAIN = "the main thread"
    NON_DAEMON = "a non-daemon thread"
    DAEMON = "a daemon thread"
    CHILD_PROCESS = "the main thread of a child process"
    UNKNOWN = "an unknown thread"


class OwnerKind(enum.Enum):
    """What holds a connection once the function that opened it has returned."""

    ATTRIBUTE = "attribute"
    CLASS_ATTRIBUTE = "class attribute"
    GLOBAL = "module global"
    CLOSURE = "variable of an enclosing function"


class LateCloser(enum.Enum):
    """A close that runs only when the interpreter exits."""

    ATEXIT = "atexit"
    FINALIZE = "weakref.finalize"
    DEL = "__del__"


class Spawner(enum.Enum):
    """What runs a piece of code on another thread or in another process."""

    THREAD = "thread"
    THREAD_SUBCLASS = "thread subclass"
    TIMER = "timer"
    POOL = "thread pool"
    PROCESS = "process"


class BlockRoom(enum.Enum):
    """Whether a ``with`` block at the opening can hold every use of the connection."""

    FITS = "fits"
    USED_ELSEWHERE = "used elsewhere"
    """The function uses it outside of the block that it is opened in: ``except ConnectionClosed: ws = connect()``."""
    USED_LATER = "used later"
    """A function or a generator that the function returns uses it."""


@dataclass(frozen=True)
class Paths:
    """What the paths from the opening of a connection to the end of its owning function do with it.

    Every ``Location | None`` is the first witness in source order of such a path, or None when no path does it.
    """

    closed: Location | None = None
    """A close (or leaving ``with``) that some path reaches while the connection is open."""
    given_away: Location | None = None
    """A place where some path gives it away: no longer ours to judge."""
    leaks_normally: Location | None = None
    """Where a path that leaves the function without raising leaves it open and held by nobody else."""
    leaks_on_error: Location | None = None
    """The step whose exception leaves the function with the connection open and held by nobody else."""
    overwritten: Location | None = None
    """Where its last name (or attribute, within this function) is bound to something else while it is open."""
    unreachable_close: Location | None = None
    """A close of it that stands in the function and that no path reaches."""
    used_before_enter: Location | None = None
    """A use or close that comes before the connection was entered (deprecated by websockets 17.1)."""
    late_close: Location | None = None
    """Where a close at interpreter exit is registered."""
    late_closer: LateCloser | None = None
    closed_by_peer: bool = False
    """Some path learns that the peer closed it, and goes on."""
    undecided: bool = False
    """The function has too many paths to follow them all: nothing may be said about this connection."""


@dataclass(frozen=True)
class Owner:
    """What keeps the connection beyond the function that opened it, and what this file does with it there."""

    kind: OwnerKind
    name: str
    """As a user would write it: ``self.ws``, ``Client.ws``, ``ws``."""
    is_container: bool
    """What has this name is a list, a dict, a set or a queue, and the connection is in it."""
    stored: Location
    closed: Location | None
    """A close anywhere in the file that is not a late one."""
    closed_unless_kept: Location | None
    """The only close, where the function that opens it closes it in place of keeping it."""
    closed_outside_run: bool
    """A close (no late one) that stands elsewhere than in ``run()`` of the owning Thread subclass and its helpers."""
    late_close: Location | None
    late_closer: LateCloser | None
    lives_to_exit: bool
    """The file shows that the owner lives until the interpreter exits."""
    handed_out: bool
    """Something outside this file may close it: a base class defined elsewhere, or the connection is handed out."""
    used_before_enter: Location | None
    """A use or close anywhere in the file, when nothing in the file enters the connection."""
    thread_subclass: bool
    """The owner is an instance of a Thread subclass."""


@dataclass(frozen=True)
class HandOver:
    """One place where a connection reaches another thread or process."""

    location: Location
    """The ``Thread(...)``, ``submit(...)``, ``Process(...)``, ``put(...)`` call; for a Thread class the opening."""
    spawner: Spawner
    target_name: str
    contexts: frozenset[Context]
    """Which threads run the target."""
    used: Location | None
    """Where the target (or what it calls) uses the connection."""
    received: Location | None
    """Where the target receives from it."""
    received_forever: Location | None
    """The loop without an end in which the target receives."""
    closed: bool
    """The target closes the connection itself (or may, where the file does not tell)."""
    repeated: bool
    """The target is started more than once on the same connection."""
    ends_before_thread: Location | None
    """The end of the ``with`` block that is reached after the start without anything that waits."""


@dataclass(frozen=True)
class ConcurrentReceive:
    """Two threads that can receive from one connection at the same time."""

    location: Location
    """The later of the two hand-overs."""
    first: Location
    second: Location
    """The two places that receive."""


@dataclass(frozen=True)
class UnseenStop:
    """A thread waits for messages, and asks between two of them whether it is to stop."""

    receive: Location
    signal: str
    """The event or flag that it asks, as it is written."""
    join: Location | None
    """Where another thread waits for its end while the connection is open; None where only the exit waits for it."""


@dataclass(frozen=True)
class KeepingObject:
    """An object of a class of this file that keeps a connection, and that its maker has for its own."""

    class_name: str
    closer: str
    """The method that closes the connection: ``close``."""
    is_manager: bool
    """A ``with`` block over the object closes the connection."""
    is_new: bool
    """The call makes the object, or returns it; else it is a method of the object that opens the connection."""


@dataclass(frozen=True)
class Connection:
    """One place that opens a connection, or a borrowed one (a parameter or attribute annotated as a connection)."""

    location: Location
    opened_by: str
    """The callable as the user wrote it: ``connect``, ``client.unix_connect``, ``open_feed``."""
    function_name: str
    """The function that opens it; ``<module>`` at top level."""
    borrowed: bool
    contexts: frozenset[Context]
    """On which threads it is created."""
    legacy: bool
    """Opened with ``legacy=True``."""
    in_thread_constructor: bool
    """Created by ``__init__`` of a Thread subclass, directly or through what it calls."""
    paths: Paths
    owner: Owner | None
    hand_overs: tuple[HandOver, ...]
    concurrent_receives: tuple[ConcurrentReceive, ...]
    received_forever: Location | None
    """The loop without an end in which a non-daemon thread receives, and no other thread closes it."""
    receives_in_sight: bool = True
    """That loop receives itself; else it sends, or calls what receives."""
    unset_signal: str = ""
    """The event or flag that would end that loop, as it is written, where nothing in the program sets it."""
    unseen_stop: UnseenStop | None = None
    gathered: bool = False
    """Opened to be put into a container at once: no ``with`` statement can stand there."""
    stacked: bool = False
    """Entered on an exit stack that its function makes and no ``with`` statement leaves."""
    returned: bool = False
    """The function that opens it returns it: a ``with`` block there would close it before its caller gets it."""
    room: BlockRoom = BlockRoom.FITS
    kept_by: KeepingObject | None = None
    """The object that the call makes, or is a method of, and that keeps the connection; its paths are the object's."""


@dataclass(frozen=True)
class Requirement:
    """A requirement on ``websockets``, where it stands."""

    location: Location
    text: str
    """As it is written: ``websockets>=12``."""
    allowed: Target
    """The releases that it allows."""


@dataclass(frozen=True)
class Model:
    """All that rules may ask about one file."""

    connections: tuple[Connection, ...]
    daemon_threads: bool = False
    """The file makes daemon threads: one that lives to the exit keeps the globals of its module alive."""
    requirements: tuple[Requirement, ...] = ()
    """What the file itself requires of ``websockets``, in a project that uses the synchronous client."""
    objects: tuple[Connection, ...] = ()
    """The calls that leave a connection on an object which their function has made, and has to close."""
