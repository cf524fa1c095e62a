"""Programs from a seed: one subject with every construct that the path analysis has to follow exactly."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable
from dataclasses import dataclass

from . import changes, closings, compounds, decorators, helper_functions, managers, openings, steps
from .excluded import reason_to_leave_out
from .mutation import mutated
from .writer import NONE, OPEN, Place, StatementWriter, Writer

HEADER = """\
import contextlib, sys
from laboratory import condition, guard, items, keep, listed, measure, pick, registry, table, work
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
URL = 'ws://localhost:8765'
"""
OWN_ERROR = """\
class Boom(Exception):
    pass
"""

SIMPLE: tuple[tuple[float, StatementWriter], ...] = (
    (2.5, openings.opens),
    (1.4, openings.opens_by_helper),
    (0.6, openings.opens_by_local_function),
    (0.8, openings.opens_on_condition),
    (0.8, openings.opens_several),
    (0.5, openings.opens_and_drops),
    (0.9, openings.opens_in_container),
    (0.8, openings.adds_to_container),
    (5.0, closings.closes),
    (3.0, closings.closes_container),
    (1.6, closings.gives_away),
    (1.2, closings.returns),
    (0.8, closings.loses),
    (4.0, steps.works),
    (1.5, steps.uses),
    (0.6, steps.aliases),
    (0.5, steps.sets_none),
    (0.5, steps.sets_flag),
    (0.6, steps.sets_compared),
    (0.4, changes.sets_list),
    (0.8, changes.changes_list),
    (1.2, changes.others_change),
    (0.6, steps.raises),
    (1.0, steps.jumps),
    (2.0, steps.yields),
    (0.5, helper_functions.helper_that_raises),
    (0.5, helper_functions.helper_that_uses),
    (0.3, decorators.decorated_call),
    (1.5, managers.puts_on_stack),
)

CompoundWriter = Callable[[Writer, Place, compounds.Block], "bool | None"]
COMPOUND: tuple[tuple[float, CompoundWriter], ...] = (
    (2.0, compounds.branches),
    (1.5, compounds.loops),
    (0.7, compounds.matches),
    (1.8, managers.withs),
    (0.6, managers.managed_by_own),
    (2.2, compounds.tries),
    (2.2, compounds.opens_and_guards),
    (0.4, compounds.remembers_parameter),
    (0.6, compounds.opens_by_comparison),
)

# fmt: off
CONSTRUCTS = frozenset({
    "None test", "alias", "answer under two names", "assert", "break", "broad handler", "close_socket", "closing",
    "comparison of lengths", "comparison of numbers", "comparison with literals", "comprehension",
    "comprehension opens", "conditional expression", "container given away", "context manager", "continue",
    "correlated parameter", "decorator lets pass", "decorator raises again", "decorator swallows", "del",
    "dict of connections", "early return", "enter_context", "except", "explicit exit",
    "finally", "flag", "flag idiom", "for", "for over a generator of the program",
    "for over known elements", "function changes a list",
    "function looks into a list", "generator", "given by return", "given by yield", "given to a call", "global",
    "guard idiom", "handler of ConnectionClosed", "handler of several errors", "helper closes",
    "helper closes after a step", "helper closes if its parameter says so", "helper closes on a condition",
    "helper closes or raises", "helper closes unless None", "helper gives away", "helper never returns",
    "helper of a helper opens", "helper opens", "helper opens if its parameter says so", "helper opens or not",
    "helper opens or raises", "helper raises", "helper raises on a condition", "helper returns a tuple", "helper uses",
    "import", "init", "jump in finally", "lambda", "list changes by another name", "list of connections",
    "list that conditions ask about", "loop closes the container", "loop else", "manager lets pass",
    "manager raises again", "manager raises another error", "manager swallows", "match", "match guard",
    "match tells None", "method", "method binds a flag", "method looks at a flag", "narrow handler", "nested function",
    "nested function binds a flag", "nested function changes a list", "nested function closes",
    "nested function opens for a nonlocal", "nonlocal", "opaque context manager", "raise", "re-raise", "rebinding",
    "receiving loop", "recursive helper", "remembered condition", "return in finally", "set of connections",
    "several handlers", "short circuit", "stack callback", "stack push", "stored outside", "subscript", "suppress",
    "sys.exit", "truth test", "try else", "tuple unpacking", "walrus", "while", "while True", "with",
    "with several items", "yield",
})
# fmt: on
"""Every construct that programs show. ``except*`` comes on top of these where Python has it."""


@dataclass(frozen=True)
class Program:
    """A generated program, and the constructs that were written into it."""

    seed: int
    text: str
    constructs: frozenset[str]


def generate(seed: int) -> Program:
    """Return the program of this seed. The same seed gives the same program on the same Python version."""
    rng = random.Random(f"program {seed}")
    while True:
        program = _attempt(seed, rng)
        try:
            compile(program.text, "<program>", "exec", dont_inherit=True)
        except SyntaxError:
            # A mutation moved a name before its `nonlocal`, or the like.
            continue
        return program


def _attempt(seed: int, rng: random.Random) -> Program:
    kind = rng.choices(("function", "generator", "context manager", "method", "init"), (20, 5, 1, 4, 2))[0]
    names = ["ws", "other", "third"][: rng.randint(1, 3)]
    uses_global = kind != "init" and rng.random() < 0.08
    if uses_global:
        names.append("current")
    if kind in ("method", "init"):
        names = ["self.ws", *names[:2]]
    writer = Writer(rng, rng.randint(3, 10), names)
    if kind != "function":
        writer.shows(kind)
    if uses_global and "current" in names:
        writer.line("global current")
        # What another call left in it is unknown, so the body starts afresh.
        writer.line("current = None")
        writer.bind("current", NONE)
    if kind in ("method", "init") and rng.random() < 0.6:
        changes.starts_with_flag(writer)
    place = Place(kind=kind)
    if _block(writer, place, rng.randint(2, 5)):
        if kind == "context manager":
            _lends(writer, place)
        _end(writer, place)
    if kind in ("generator", "context manager") and not any("yield" in line for line in writer.lines):
        writer.line("yield")
    subject = "".join(_subject(kind, writer.lines, [*writer.methods.values()]))
    own_error = OWN_ERROR if "Boom" in subject else ""
    own_global = "current = None\n" if "current" in names else ""
    tree = ast.parse("".join([HEADER, own_error, own_global, *writer.helpers.values(), subject]))
    if rng.random() < 0.45:
        mutated(tree, rng, 1 if rng.random() < 0.7 else 2)
    if reason_to_leave_out(tree):
        return _attempt(seed, rng)
    return Program(seed, ast.unparse(tree) + "\n", frozenset(writer.constructs))


def _subject(kind: str, lines: list[str], methods: list[str]) -> list[str]:
    if kind in ("function", "generator"):
        return ["def subject(a, b):\n", *(line + "\n" for line in lines)]
    if kind == "context manager":
        return ["@contextlib.contextmanager\n", *_subject("function", lines, methods)]
    name = "__init__" if kind == "init" else "run"
    return ["class Client:\n", *methods, f"    def {name}(self, a, b):\n", *(f"    {line}\n" for line in lines)]


def _block(writer: Writer, place: Place, size: int) -> bool:
    """Write a block; tell whether control leaves it at its end."""
    for position in range(size):
        if not _statement(writer, place, is_last=position == size - 1):
            return False
    return True


def _statement(writer: Writer, place: Place, is_last: bool) -> bool:
    writer.budget -= 1
    if place.depth < compounds.MOST_DEPTH and writer.budget > 0 and writer.chance(0.45):
        weights = [weight for weight, _ in COMPOUND]
        compound = writer.rng.choices([write for _, write in COMPOUND], weights)[0]
        goes_on = compound(writer, place, _block)
        if goes_on is not None:
            return goes_on
    for _ in range(8):
        write = writer.rng.choices([each for _, each in SIMPLE], [weight for weight, _ in SIMPLE])[0]
        if write in (closings.returns, steps.raises, steps.jumps) and (not is_last or place.depth == 0):
            continue
        goes_on = write(writer, place)
        if goes_on is not None:
            return goes_on
    return bool(steps.works(writer, place))


def _lends(writer: Writer, place: Place) -> None:
    """Write the only ``yield`` of a context manager."""
    name = writer.pick(writer.open_ones(writer.sure()) or ["None"])
    form = writer.rng.randrange(4)
    if form == 0 or name == "None":
        writer.line(f"yield {name}")
    elif form == 1:
        writer.line(f"with {name}:")
        with writer.indented():
            writer.line(f"yield {name}")
        writer.closes(name)
    else:
        writer.line("try:")
        with writer.indented():
            writer.line(f"yield {name}")
        writer.line(writer.pick(("finally:", "except ValueError:", "except BaseException:")))
        with writer.indented():
            writer.line(f"{name}.close()")


def _end(writer: Writer, place: Place) -> None:
    """Close, or return, some of what is still open at the end of the subject."""
    if "pool" in writer.containers and writer.chance(0.5):
        closings.closes_container(writer, place)
    for _ in range(3):
        if writer.open_ones(writer.sure() + writer.guarded()) and writer.chance(0.7):
            closings.closes(writer, place)
    if writer.chance(0.2):
        closings.returns(writer, place)


__all__ = ["CONSTRUCTS", "OPEN", "Program", "generate"]
