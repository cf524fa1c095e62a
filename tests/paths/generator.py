"""Programs from a seed: one subject with every construct that the path analysis has to follow exactly."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from . import closings, compounds, helper_functions, openings, steps
from .mutation import mutated
from .writer import NONE, OPEN, Place, StatementWriter, Writer

HEADER = """\
import contextlib, sys
from laboratory import condition, guard, items, keep, pick, registry, table, work
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
    (0.6, steps.raises),
    (1.0, steps.jumps),
    (2.0, steps.yields),
    (0.5, helper_functions.helper_that_raises),
    (0.5, helper_functions.helper_that_uses),
    (1.5, compounds.puts_on_stack),
)

CompoundWriter = Callable[[Writer, Place, compounds.Block], "bool | None"]
COMPOUND: tuple[tuple[float, CompoundWriter], ...] = (
    (2.0, compounds.branches),
    (1.5, compounds.loops),
    (0.7, compounds.matches),
    (1.8, compounds.withs),
    (2.2, compounds.tries),
    (2.2, compounds.opens_and_guards),
    (0.4, compounds.remembers_parameter),
)

# fmt: off
CONSTRUCTS = frozenset({
    "alias", "assert", "break", "broad handler", "close_socket", "closing", "comprehension", "comprehension opens",
    "conditional expression", "container given away", "context manager", "continue", "correlated parameter", "del",
    "dict of connections", "early return", "enter_context", "except", "explicit exit", "finally", "flag",
    "flag idiom", "for", "for over known elements", "generator", "given by return", "given by yield",
    "given to a call", "global", "guard idiom", "handler of ConnectionClosed", "handler of several errors",
    "helper closes", "helper closes after a step", "helper closes if its parameter says so",
    "helper closes on a condition", "helper closes or raises", "helper closes unless None", "helper gives away",
    "helper never returns", "helper of a helper opens", "helper opens", "helper opens if its parameter says so",
    "helper opens or not", "helper opens or raises", "helper raises", "helper raises on a condition",
    "helper returns a tuple", "helper uses", "import", "init", "jump in finally", "lambda", "list of connections",
    "loop closes the container", "loop else", "match", "match guard", "match tells None", "method",
    "narrow handler", "nested function", "nested function closes", "nested function opens for a nonlocal",
    "None test", "nonlocal",
    "opaque context manager", "raise", "re-raise", "rebinding", "receiving loop", "recursive helper",
    "remembered condition", "return in finally", "set of connections", "several handlers", "short circuit",
    "stack callback", "stack push", "stored outside", "subscript", "suppress", "sys.exit", "truth test",
    "try else", "tuple unpacking", "walrus", "while", "while True", "with", "with several items", "yield",
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
    kind = rng.choices(("function", "generator", "context manager", "method", "init"), (20, 5, 1, 2, 2))[0]
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
    place = Place(kind=kind)
    if _block(writer, place, rng.randint(2, 5)):
        if kind == "context manager":
            _lends(writer, place)
        _end(writer, place)
    if kind in ("generator", "context manager") and not any("yield" in line for line in writer.lines):
        writer.line("yield")
    subject = "".join(_subject(kind, writer.lines))
    own_error = OWN_ERROR if "Boom" in subject else ""
    own_global = "current = None\n" if "current" in names else ""
    tree = ast.parse("".join([HEADER, own_error, own_global, *writer.helpers.values(), subject]))
    if rng.random() < 0.45:
        mutated(tree, rng, 1 if rng.random() < 0.7 else 2)
    if not _makes_sense(tree):
        return _attempt(seed, rng)
    return Program(seed, ast.unparse(tree) + "\n", frozenset(writer.constructs))


def _opens_under_condition(function: ast.FunctionDef) -> bool:
    """Whether a function opens a connection and asks about a parameter of the subject."""
    own = {argument.arg for argument in function.args.args}
    names = {part.id for part in ast.walk(function) if isinstance(part, ast.Name)} - own
    return "connect" in names and not names.isdisjoint({"a", "b"})


def _passes_on(loop: ast.While, names: set[str]) -> bool:
    """Whether the body of a loop passes one of these parameters to a function."""
    return any(
        isinstance(argument, ast.Name) and argument.id in names & {"a", "b"}
        for statement in loop.body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call)
        for argument in call.args
    )


def _makes_sense(tree: ast.Module) -> bool:
    """Whether a mutation left stacks inside their blocks, and answers of ``condition`` out of connections' names."""
    text = ast.unparse(tree)
    if re.search(r"= [ab] and ", text) and re.search(r"(is|is not|==|!=|case) None", text):
        return False  # `b and connect()` is None when b is, and a parameter of the runs never is
    if "global current" in text and not re.search(r"global current\n +current = None", text):
        return False  # what an earlier call left in the global decides
    if "keep(pool)" in text and "pool" in text.partition("keep(pool)")[2]:
        return False  # what others may have put into a container is not known
    if any(
        isinstance(part, ast.For) and "pool.append" in ast.unparse(part) and "pool" in ast.unparse(part.iter)
        for part in ast.walk(tree)
    ):
        return False  # a list that grows under its own loop
    if any(
        isinstance(part, ast.FunctionDef)
        and part.name.startswith("open_")
        and any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(part))
        for part in ast.walk(tree)
    ):
        return False  # ws = open_2() is a generator, whose close() is not that of a connection
    if any(isinstance(part, ast.While) and "pool.append" in ast.unparse(part) for part in ast.walk(tree)):
        if "pool.pop()" in text:
            return False  # which element pop() takes is not followed
    if text.count("connect(URL)") > 1 and any(
        isinstance(part, ast.For)
        and "pool" in ast.unparse(part.iter)
        and any(isinstance(inner, ast.Break) for inner in ast.walk(part))
        for part in ast.walk(tree)
    ):
        return False  # of several elements only some are visited: which ones, is not followed
    if any(
        isinstance(inner, ast.FunctionDef) and "connect(URL)" in ast.unparse(inner) and ".ws." in ast.unparse(inner)
        for method in ast.walk(tree)
        if isinstance(method, ast.FunctionDef) and method.name in ("run", "__init__")
        for inner in method.body
    ):
        return False  # in a nested function an attribute of the outer object may be anything, so its close may raise
    handled = {part for block in ast.walk(tree) if isinstance(block, ast.ExceptHandler) for part in ast.walk(block)}
    if any(isinstance(part, ast.Raise) and part.exc is None and part not in handled for part in ast.walk(tree)):
        return False  # what a bare raise raises outside a handler is up to the caller
    inside = {
        part
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        and any(isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == "stack" for item in block.items)
        for part in ast.walk(block)
    }
    for part in ast.walk(tree):
        # What only the caller of a nested function knows is not known to the analysis of that function.
        if (
            isinstance(part, ast.FunctionDef)
            and part.name not in ("subject", "run", "__init__")
            and _opens_under_condition(part)
        ):
            return False
        # A boolean is never None, but the analysis does not know that a parameter is one.
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Name) and part.value.id in ("a", "b"):
            return False
        # Two connections under one key of a dictionary: the analysis does not look at keys.
        if isinstance(part, (ast.While, ast.For)) and any(
            isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store) for inner in ast.walk(part)
        ):
            return False
        # To the analysis a parameter that is handed to a function may be a list that the function empties.
        if isinstance(part, ast.While) and _passes_on(
            part, {n.id for n in ast.walk(part.test) if isinstance(n, ast.Name)}
        ):
            return False
        if isinstance(part, ast.Name) and part.id == "stack" and part not in inside:
            return False
        if isinstance(part, ast.Assign) and "condition(" in ast.unparse(part.value):
            if not all(isinstance(target, ast.Name) and target.id in ("done", "ready") for target in part.targets):
                return False
    return True


def _subject(kind: str, lines: list[str]) -> list[str]:
    if kind in ("function", "generator"):
        return ["def subject(a, b):\n", *(line + "\n" for line in lines)]
    if kind == "context manager":
        return ["@contextlib.contextmanager\n", *_subject("function", lines)]
    name = "__init__" if kind == "init" else "run"
    return ["class Client:\n", f"    def {name}(self, a, b):\n", *(f"    {line}\n" for line in lines)]


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
