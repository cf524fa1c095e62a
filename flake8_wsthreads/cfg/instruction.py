"""What the steps of a control-flow graph do: one small class for each kind of instruction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flake8_wsthreads.cfg.asked import Test
from flake8_wsthreads.cfg.operand import UNKNOWN, Operand
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.raised import Caught, ExceptionClass, Raised
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.facts import LateCloser
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.threads.start import Start


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call as operands; ``spread`` holds what stands behind ``*`` and ``**``."""

    positional: tuple[Operand, ...] = ()
    keywords: tuple[tuple[str, Operand], ...] = ()
    spread: tuple[Operand, ...] = ()
    all: tuple[Operand, ...] = field(init=False)

    def __post_init__(self) -> None:
        every = self.positional + tuple(operand for _, operand in self.keywords) + self.spread
        object.__setattr__(self, "all", every)


NO_ARGUMENTS = Arguments()


class Instruction:
    """What a step does. It binds its ``target``, if it has one, and reads its operands."""

    target: Tracked | None
    """The place that the result is bound to, or what is known from now on."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield from ()


class Resultless(Instruction):
    """An instruction that binds nothing."""

    target = None


@dataclass(frozen=True)
class Join(Resultless):
    """Nothing: paths meet."""


@dataclass(frozen=True)
class MayRaise(Resultless):
    """Something that may raise and touches no connection."""

    raised: Raised | None = None
    """What it raises, besides anything; where that is told, it is something that no other thread has a part in."""


@dataclass(frozen=True)
class Open(Instruction):
    """A connection is opened."""

    target: Place
    when_entered: bool = False
    """``reconnect(…)``: it is opened when it is entered."""
    start: Start | None = None
    """The start of the worker that opens it."""
    handling: int | None = None
    """It stands in a handler that is for the end of the connection, too.

    The number of exceptions under way below the one that the handler has caught.
    """


@dataclass(frozen=True)
class Assign(Instruction):
    """Something is bound."""

    target: Tracked
    value: Operand = UNKNOWN

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.value


@dataclass(frozen=True)
class Branch(Resultless):
    """A condition; two edges leave it, the first where it holds."""

    test: Test

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.test.operand


@dataclass(frozen=True)
class CallMethod(Instruction):
    """A method of an object is called whose class the file does not tell: ``ws.recv()``, ``connections.append(ws)``."""

    receiver: Operand
    name: str
    """Empty where the receiver is what is called: ``close = ws.close; close()``."""
    arguments: Arguments = NO_ARGUMENTS
    target: Place | None = None
    key: object = None
    """What it puts in or looks up is under this key, where that is a literal."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.receiver
        yield from self.arguments.all


@dataclass(frozen=True)
class CallFunction(Instruction):
    """A function of this file is called."""

    function: Scope
    receiver: Operand | None
    arguments: Arguments
    target: Place | None
    captured: tuple[Place, ...] = ()
    """The variables of the caller that a function inside it mentions."""
    start: Start | None = None
    """The start of the worker that runs it, while the caller waits for its result."""
    returns: bool = True
    """Whether it ever comes back, as far as its last statements show."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield from self.arguments.all
        if self.receiver is not None:
            yield self.receiver


@dataclass(frozen=True)
class Construct(Instruction):
    """A class of this file is called."""

    of: Scope
    initializer: Scope | None
    arguments: Arguments
    target: Place

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield from self.arguments.all
        yield self.target


@dataclass(frozen=True)
class Give(Resultless):
    """The operands reach code that this file does not define."""

    given: tuple[Operand, ...]

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield from self.given


@dataclass(frozen=True)
class Read(Resultless):
    """The operands are read by something that keeps none of them: ``print(ws)``."""

    read: tuple[Operand, ...]

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield from self.read


@dataclass(frozen=True)
class Unpack(Resultless):
    """Something is taken apart into several variables, or looked into."""

    operand: Operand

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.operand


@dataclass(frozen=True)
class Spawn(Instruction):
    """A thread or a process gets code to run."""

    start: Start
    callee: Operand
    function: Scope | None
    """What runs there, where it is a function of this file."""
    receiver: Operand | None
    arguments: Arguments
    target: Place | None
    captured: tuple[Place, ...] = ()
    """The variables of this function that what runs there mentions."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.callee
        yield from self.arguments.all
        if self.receiver is not None:
            yield self.receiver


@dataclass(frozen=True)
class Enter(Instruction):
    """``with`` enters a manager."""

    manager: Place
    method: Scope | None
    """Its ``__enter__``, where its class stands in this file."""
    receiver: Operand
    target: Place

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.manager
        yield self.receiver


@dataclass(frozen=True)
class Leave(Resultless):
    """``with`` leaves a manager."""

    manager: Place
    method: Scope | None
    """Its ``__exit__``, where its class stands in this file."""
    receiver: Operand

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.manager
        yield self.receiver


@dataclass(frozen=True)
class LeaveExpecting(Resultless):
    """The end of a block that is expected to raise: ``with pytest.raises(OSError):``."""

    open_before: Place
    """The mark of the paths on which the connection was open before the block."""
    expected: Caught | None

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.open_before


@dataclass(frozen=True)
class Register(Resultless):
    """An operand will be closed by an exit stack, a test's clean-up or a fixture's finalizer."""

    registered: tuple[Operand, ...]
    enters: bool
    stack: Place | None
    """The manager whose exit closes it, where that is followed."""
    holder: Place | None = None
    """What the stack is in, where its exit is not followed: ``self.stack``."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield from self.registered


@dataclass(frozen=True)
class CloseLate(Resultless):
    """A close of an operand is registered for the exit of the interpreter."""

    registered: tuple[Operand, ...]
    closer: LateCloser

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield from self.registered


@dataclass(frozen=True)
class Next(Instruction):
    """The head of a loop: two edges leave it, the first with the next element, the second when there is none."""

    iterable: Place
    target: Place
    seen: Place
    """Whether the container has given what it holds."""
    runs: Scope | None = None
    """The function of the file that runs for each element: a generator function, or ``__next__``."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.iterable


@dataclass(frozen=True)
class Yield(Resultless):
    """A generator hands something to its consumer."""

    operand: Operand
    delegates: bool = False
    """``yield from``: it goes through something, which may raise."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.operand


@dataclass(frozen=True)
class Return(Resultless):
    """The function returns."""

    operand: Operand
    is_record: bool = False
    """It returns a dict that is made here."""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        yield self.operand


@dataclass(frozen=True)
class Raise(Resultless):
    """``raise ValueError(…)``."""

    raised: Raised


@dataclass(frozen=True)
class Reraise(Resultless):
    """``raise`` in a handler."""

    depth: int
    """Where on the stack of continuations the exception is that was caught."""
    in_group: bool
    """``except*``: what goes on from here is in a group again."""


@dataclass(frozen=True)
class Handle(Resultless):
    """The handlers of a ``try``, in their order, each with its first step."""

    handlers: tuple[tuple[Caught, int], ...] = ()
    star: bool = False
    """``except*``."""
    interruptible: bool = False
    """A ``try`` further out catches ``KeyboardInterrupt``."""


@dataclass(frozen=True)
class Rest(Resultless):
    """The end of an ``except*`` handler: what else was in the group goes on."""

    following: int
    """The step with the handlers that come next."""
    taken_out: tuple[ExceptionClass, ...]


@dataclass(frozen=True)
class Push(Resultless):
    """A ``finally`` body is entered; after it control goes on at ``resume``."""

    resume: int


@dataclass(frozen=True)
class Pop(Resultless):
    """Cuts the stack of continuations to the depth of this step."""


@dataclass(frozen=True)
class Dispatch(Resultless):
    """The end of a ``finally`` body or of a ``with`` block: on with what waits on the stack of continuations."""

    handlers: tuple[tuple[Caught, int], ...] = ()
    """What a context manager swallows."""


@dataclass(frozen=True)
class NormalExit(Resultless):
    """The function has returned."""


@dataclass(frozen=True)
class ErrorExit(Resultless):
    """An exception has left the function."""


@dataclass(frozen=True)
class ProcessExit(Resultless):
    """``os._exit()``: no code of this program runs any more."""
