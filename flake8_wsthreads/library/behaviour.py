"""The form of a row: what a callable of another module does, as far as it matters to a connection."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace


class Raises(enum.Enum):
    """Whether a call raises in a program that works at all. A step that cannot raise cannot skip a close."""

    MAYBE = "maybe"
    NEVER = "never"
    NEVER_WITHOUT_ARGUMENTS = "never without arguments"
    NEVER_OF_SEVERAL = "never of two arguments or more"
    NEVER_OF_NUMBERS = "never of numbers"
    NEVER_OF_LITERALS = "never of texts and numbers, and of containers with nothing else in them"
    NEVER_OFF_MAIN = "never off the main thread"
    """On the main thread control-C ends the wait."""


class Manages(enum.Enum):
    """What a ``with`` statement does with an object of a class."""

    MAYBE_RAISES = "maybe raises"
    ENTERS_QUIETLY = "enters quietly"
    """Entering does not raise; leaving may: an exit stack runs callbacks."""
    QUIETLY = "quietly"
    """Neither raises by itself."""


class Ends(enum.Enum):
    """What a call that never returns ends, and how."""

    PROCESS = "the process, at once: no code of the program runs any more"
    PROGRAM = "the program, by SystemExit"
    TEST = "a test, by an exception of the test runner"
    FAILED_TEST = "a test, which fails"


class Thread(enum.Enum):
    """A thread that runs what a callable is given."""

    CALLER = "the thread that calls it"
    POOL = "a worker of a pool, which the interpreter waits for"
    DAEMON = "a daemon thread"


class Decorates(enum.Enum):
    """What a decorator makes of the function or class that it decorates."""

    CONTEXT_MANAGER = "a generator function becomes one that makes context managers"
    CACHE = "every call gets the result of the first one"
    FIXTURE = "pytest runs it for the tests that ask for it, and runs what follows a ``yield`` whatever happens"
    FIELDS = "a class gets a constructor that stores its arguments in the annotated fields"


class Holds(enum.Enum):
    """What an object made by a callable is there for."""

    ELEMENTS = "a container"
    ATTRIBUTES = "nothing but its attributes: it is read and filled like a dict"
    CALLBACKS = "an exit stack: it closes what it was given"


class Registers(enum.Enum):
    """What becomes of something that is left to a stack of callbacks, which closes it in the end."""

    ENTERED = "it is entered now, and left then"
    CALLED = "it is called then"
    AT_EXIT = "it is called when the interpreter exits"
    ON_DEATH = "it is called when an object dies, at the latest when the interpreter exits"


class Keeps(enum.Enum):
    """What a callable does with its arguments."""

    UNKNOWN = "unknown"
    NOTHING = "it reads them and keeps none"
    ELEMENTS = "it makes a new container of their elements"


class Waits(enum.Enum):
    """Whether a method of an object that the file does not tell waits for anything."""

    MAYBE = "maybe"
    NEVER = "never"
    FOR_ANOTHER_THREAD = "until another thread lets it go on"


class Makes(enum.Enum):
    """What a class or a function of another module makes, of what starts or connects threads and processes."""

    THREAD = "thread"
    TIMER = "timer"
    RAW_THREAD = "a running thread that the interpreter does not wait for"
    PROCESS = "process"
    THREAD_POOL = "pool of threads that the interpreter waits for"
    DAEMON_POOL = "pool of daemon threads"
    EXECUTOR_OF_PROCESSES = "pool of processes that ends when its work is done"
    POOL_OF_PROCESSES = "pool of processes that ends with its block or its parent"
    QUEUE_OF_PROCESSES = "queue between processes"
    PIPE = "pipe between processes"


@dataclass(frozen=True)
class CallsBack:
    """A callable calls what it is given: on another thread the argument at a position, with those behind it."""

    thread: Thread
    argument: int = 0
    """Of no account where the caller's own thread calls it."""
    hands_on: bool = True
    """What stands behind the function in the call are its arguments."""


@dataclass(frozen=True)
class Behaviour:
    """What one callable does."""

    raises: Raises = Raises.MAYBE
    returns: str = ""
    """The class of its result, where that has rows of its own, or may be as good as nothing: an empty text, zero."""
    length: int = 0
    """Its result is a tuple of so many; 0 where that is not told."""
    or_default: bool = False
    """Its second argument is the result where there is none."""
    reports: bool = False
    """It only says something: it keeps nothing, and goes on."""
    gives_logger: bool = False
    """Its result, or what the name is, has the methods of a logger."""
    ends: Ends | None = None
    pauses: bool = False
    """It only lets time pass."""
    waits_as_told: bool = False
    """A method that raises when it is told not to wait, or not for ever: ``queue.put(job, timeout=1)``."""
    manages: Manages = Manages.MAYBE_RAISES
    is_lock: bool = False
    registers: Registers | None = None
    keeps: Keeps = Keeps.UNKNOWN
    holds: Holds | None = None
    decorates: Decorates | None = None
    fills_field: bool = False
    """It describes a field of a data class: ``field(default_factory=…)``."""
    runs_generator: bool = False
    """It runs a generator function that it is given as the manager of what that yields."""
    shows_variables: bool = False
    """Its result has the variables of the calling function in it: ``locals()``."""
    computes: bool = False
    """Its result is told by its arguments alone: ``len(names)``."""
    goes_through: bool = False
    """It goes through all of an iterable before it returns."""
    waits: Waits = Waits.MAYBE
    waits_for_end: bool = False
    """It comes back when a thread, or the workers of a pool, have ended."""
    calls_back: CallsBack | None = None
    makes: Makes | None = None
    keeps_meaning: bool = False
    """A decorator that leaves the name standing for the function that it decorates."""
    runs_program: bool = False
    """It runs, or starts, a function that it is given, and that is what the program is there for."""
    expects_error: bool = False
    """The block of a ``with`` statement that it manages ends with an exception, in a test that passes."""
    gives_attempts: bool = False
    """A loop over its result makes attempts, of which the first that works is the last."""
    replaces_threads: bool = False
    """After it ``threading.Thread`` starts no thread of the interpreter."""
    reads: bool = False
    """It makes an object of what it is given, and may fail at that: it reads a text, or opens something."""

    @property
    def leads_to_other_threads(self) -> bool:
        """Whether something may come to another thread or process by it."""
        return self.makes is not None or (self.calls_back is not None and self.calls_back.thread is not Thread.CALLER)


UNKNOWN = Behaviour()
"""Of what nothing is known."""


def united(*tables: Mapping[str, Behaviour]) -> dict[str, Behaviour]:
    """Several tables as one; what two of them say of the same callable is one row."""
    found: dict[str, Behaviour] = {}
    for table in tables:
        for name, row in table.items():
            known = found.get(name, UNKNOWN)
            said = {
                field.name: getattr(row, field.name)
                for field in fields(row)
                if getattr(row, field.name) != getattr(UNKNOWN, field.name)
            }
            found[name] = replace(known, **said)
    return found


def rows(behaviour: Behaviour, names: Iterable[str]) -> dict[str, Behaviour]:
    """The same row for several callables."""
    return dict.fromkeys(names, behaviour)
