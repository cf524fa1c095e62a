"""The workshop in which a graph is put together: where the next step goes, and where its exceptions lead."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flake8_wsthreads.cfg.ends import ending_error, ends_on_purpose
from flake8_wsthreads.cfg.graph import Graph, Loop, Node
from flake8_wsthreads.cfg.instruction import (
    Assign,
    Branch,
    CallMethod,
    Instruction,
    Join,
    MayRaise,
    Pop,
    Push,
    Raise,
    Return,
)
from flake8_wsthreads.cfg.operand import NONE, UNKNOWN, Member, Operand, place_of
from flake8_wsthreads.cfg.place import LastingPlace, OpenBefore, Place, Temporary, attribute, variable
from flake8_wsthreads.cfg.raised import Caught, Raised, expected_by
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.library.websockets import CLOSE_METHODS
from flake8_wsthreads.names.containers import makes_container
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Instance

NOWHERE = -1
# Of more results than these in one statement it is not told apart which of several values they have.
_MOST_ALTERNATIVES = 4
_SILENT = (Join, Assign, Branch, Pop, Push, Return)


@dataclass
class Block:
    """An enclosing construct that a jump out of it must pass: a loop to leave, or a body whose end must run first."""

    depth: int
    loop: Loop | None = None
    break_to: int = NOWHERE
    continue_to: int = NOWHERE
    final: int = NOWHERE
    """The first step of the ``finally`` body or of the exit of the ``with`` block."""


@dataclass(frozen=True)
class Handled:
    """An exception that a handler has caught."""

    name: str
    """As ``except … as name`` binds it; else empty."""
    told_by: frozenset[str]
    """The variables that tell what it is: itself, and ``code`` after ``code = error.errno``."""
    depth: int
    in_group: bool
    """``except*``: what goes on from there is in a group again."""
    is_for_end: bool
    """The handler is there for the end of the connection, too: ``except Exception``."""


@dataclass(frozen=True)
class RestOfFile:
    """What the graph of one function asks about the others."""

    off_main: Callable[[Scope], bool]
    """Whether a function is known to run on other threads than the main one, where control-C never raises."""
    never_set: Callable[[ast.expr, Scope], bool]
    """Whether nothing in the program makes the condition of a loop in a function false."""
    bound_elsewhere: Callable[[str, Scope], bool]
    """Whether a function other than this one, and no constructor, binds an attribute of this name."""
    may_return_connection: Callable[[Scope], bool]
    """Whether a function may return a connection that it opened, from a quick look."""
    captured: Callable[[Scope], frozenset[Place]]
    """The variables of enclosing scopes that a function mentions."""
    caught_by_name: Callable[[Raised], bool]
    """Whether a handler may name what is raised, and its class is in no table."""


ExpressionHandlers = Mapping[type[ast.AST], Callable[["Builder", Any], Operand]]
StatementHandlers = Mapping[type[ast.AST], Callable[["Builder", Any], None]]


@dataclass(frozen=True)
class Lowering:
    """How each kind of syntax becomes steps. The rooms of the package have a part of it each."""

    expressions: ExpressionHandlers
    """They return the operand that the expression leaves behind."""
    statements: StatementHandlers


@dataclass
class Builder:
    """Puts together the graph of one function. ``here`` is the step that the next one follows, NOWHERE after a jump."""

    names: Names
    scope: Scope
    graph: Graph
    rest: RestOfFile
    lowering: Lowering
    factories: frozenset[str] = frozenset()
    here: int = NOWHERE
    depth: int = 0
    landing: int = NOWHERE
    landing_depth: int = 0
    blocks: list[Block] = field(default_factory=list)
    loops: tuple[Loop, ...] = ()
    """Those of the blocks that are loops."""
    expression_depth: int = 0
    interrupts: int = 0
    """How many ``try`` blocks around here catch ``KeyboardInterrupt``."""
    expected: tuple[Caught, ...] = ()
    """The exceptions that the ``try`` blocks around here catch."""
    ways_to_stop: int = 0
    """How many handlers around here, and what is suppressed here, catch what is there to end a loop."""
    closing_final: int = NOWHERE
    """The first step of the ``finally`` body around here that closes something, the innermost."""
    locks: int = 0
    """How many ``with`` blocks around here hold a lock."""
    used_otherwise: frozenset[str] | None = None
    """What the function does something else with than ``with variable:``; None until somebody asks."""
    stacks: dict[Place, Place] = field(default_factory=dict)
    """The exit stacks of the ``with`` blocks around here, each with the place of the manager that leaves it."""
    local_stacks: frozenset[str] | None = None
    """The variables that the function only fills and closes, as exit stacks; None until somebody asks."""
    temporaries: list[Place] = field(default_factory=list)
    alternatives: int = 0
    """How many results of this statement are one of several."""
    handled: list[Handled] = field(default_factory=list)
    """The exceptions whose handlers stand around here."""
    function: Scope = field(init=False)
    _count: int = 0
    _met: dict[tuple[str, Scope], Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.function = self.scope

    def add(self, instruction: Instruction, syntax: ast.AST, safe: bool = False) -> int:
        """A new step that follows nothing yet; ``safe`` where it never raises."""
        index = len(self.graph.nodes)
        node = Node(
            instruction, syntax, index, [], self.landing, self.depth, self.landing_depth, self.loops, safe,
            self.locks > 0, self.ways_to_stop > 0, self.closing_final,
        )  # fmt: skip
        self.graph.nodes.append(node)
        return index

    def emit(self, instruction: Instruction, syntax: ast.AST, safe: bool = False) -> int:
        """A new step that follows the last one; ``safe`` where it never raises."""
        index = self.add(instruction, syntax, safe)
        if self.here != NOWHERE:
            self.graph.nodes[self.here].next.append(index)
        self.here = index
        return index

    def link(self, source: int, target: int) -> None:
        """An edge from one step to another; nothing where the source is NOWHERE."""
        if source != NOWHERE:
            self.graph.nodes[source].next.append(target)

    def go(self, target: int) -> None:
        """Let the control flow from here to the target, and end here."""
        self.link(self.here, target)
        self.here = NOWHERE

    def join(self, syntax: ast.AST) -> int:
        """A step that does nothing, for several paths to meet."""
        return self.add(Join(), syntax)

    def raises(self, syntax: ast.AST) -> None:
        """Something that may raise. Two such steps in a row say no more than one."""
        if self.here != NOWHERE:
            last = self.graph.nodes[self.here]
            alike = isinstance(last.does, MayRaise) and last.error == self.landing and not last.next
            if alike and ending_error(syntax) is None:
                return
        self.emit(MayRaise(), syntax)

    def raise_from_here(self, syntax: ast.AST, raised: Raised) -> None:
        """A step that raises; nothing follows it."""
        self.emit(Raise(raised), syntax)
        self.here = NOWHERE

    def temporary(self) -> Place:
        """A new place for a result; it is forgotten at the end of the statement."""
        self._count += 1
        place = Place(Temporary(self.function, self._count))
        self.temporaries.append(place)
        return place

    def alternative(self) -> Place:
        """A new place for a result of which the paths know which of several it is: ``a or b``, ``a == b``.

        Of many in one statement the last are not told apart: all paths together would be too many.
        """
        place = self.temporary()
        self.graph.tests[place] += 2
        self.alternatives += 1
        if self.alternatives > _MOST_ALTERNATIVES:
            self.graph.not_told_apart.add(place)
        return place

    def open_before(self) -> Place:
        """A new mark for the paths on which the connection is open already."""
        self._count += 1
        return Place(OpenBefore(self.function, self._count))

    def assign(self, target: Tracked, operand: Operand, syntax: ast.AST) -> None:
        """Bind a place, or note what is known from now on."""
        if operand != UNKNOWN:
            self.graph.assigned.add(target)
        source = place_of(operand)
        if source is not None:
            # what is known of the one is known of the other
            self.graph.tests[source] += 1
            if source in self.graph.thread_places and isinstance(target, Place):
                made_at = self.graph.thread_places[source]
                self.graph.thread_places.setdefault(target, set()).update(made_at)
        self.emit(Assign(target, operand), syntax)

    def forget_temporaries(self, syntax: ast.AST, mark: int) -> None:
        """At the end of a statement its temporary results are gone."""
        for place in self.temporaries[mark:]:
            self.emit(Assign(place), syntax)
        del self.temporaries[mark:]

    @contextmanager
    def landing_at(self, landing: int) -> Iterator[None]:
        """While it is entered, exceptions lead to this step, at the depth of here."""
        saved = self.landing, self.landing_depth
        self.landing, self.landing_depth = landing, self.depth
        yield
        self.landing, self.landing_depth = saved

    @contextmanager
    def raising_somehow(self, syntax: ast.AST, expected: tuple[Caught, ...]) -> Iterator[None]:
        """A piece of the body of ``try`` that raises what is expected, if none of its steps raises anything."""
        steps = [self.emit(Join(), syntax) for _ in expected]
        before = len(self.graph.nodes)
        yield
        made = self.graph.nodes[before:]
        # An attribute of a foreign object that is set may take the connection before anything raises.
        gives = any(isinstance(node.does, Assign) and node.does.target in self.graph.foreign for node in made)
        closes = any(isinstance(node.does, CallMethod) and node.does.name in CLOSE_METHODS for node in made)
        if not gives and not closes and all(node.safe or isinstance(node.does, _SILENT) for node in made):
            for step, caught in zip(steps, expected):
                self.graph.nodes[step].does = MayRaise(expected_by(caught))

    @contextmanager
    def inside(self, block: Block) -> Iterator[None]:
        """While it is entered, jumps pass this block."""
        loops = self.loops
        if block.loop is not None:
            self.loops = (*loops, block.loop)
        self.blocks.append(block)
        yield
        self.blocks.pop()
        self.loops = loops

    def unwind(self, syntax: ast.AST, until: Callable[[Block], bool]) -> Block | None:
        """Run the ends of the enclosing bodies, innermost first, up to the block that ``until`` accepts."""
        for block in reversed(self.blocks):
            if until(block):
                if self.here != NOWHERE:
                    self.emit(Pop(), syntax)
                    self.graph.nodes[self.here].depth = block.depth
                return block
            if block.final != NOWHERE:
                resume = self.add(Pop(), syntax)
                self.graph.nodes[resume].depth = block.depth
                node = self.graph.nodes[self.emit(Push(resume), syntax)]
                node.depth = block.depth
                if self.here != NOWHERE:
                    node.next.append(block.final)
                    self.here = resume
        return None

    @contextmanager
    def handling(self, handlers: tuple[Caught, ...]) -> Iterator[None]:
        """While it is entered, these handlers catch what is raised."""
        ends = sum(ends_on_purpose(caught) for caught in handlers)
        self.ways_to_stop += ends
        yield
        self.ways_to_stop -= ends

    def variable(self, name: str, syntax: ast.AST) -> Operand:
        """The place of a variable that is read or bound in the current scope."""
        owner = self.names.lookup(name, self.scope)
        if owner is None:
            return UNKNOWN
        if owner is not self.function and self.names.is_always_none(name, owner):
            return NONE
        known = self._met.get((name, owner))
        if known is not None:
            return known
        place = self._met[name, owner] = variable(name, owner)
        if owner.function is self.function and self.is_local_container(name, owner):
            self.graph.containers.add(place)
        if self.outlives(owner):
            on_class = owner.kind is ScopeKind.CLASS
            self.graph.owners[place] = LastingPlace(place, f"{owner.name}.{name}" if on_class else name)
        return place

    def outlives(self, owner: Scope) -> bool:
        """Whether a variable of the scope lives on when the function of this graph returns."""
        if owner.function is self.function:
            return owner.kind is ScopeKind.CLASS
        return True

    def member(self, base: Operand, name: str, holder_expression: ast.expr) -> Member:
        """``base.name``, with its place and what is known of the object that ``holder_expression`` names."""
        written, name = name, mangled(name, self.scope)
        holding = place_of(base)
        if holding is None:
            return Member(base, name, None)
        place = holding.member(name)
        if place not in self.graph.owners and place not in self.graph.foreign:
            value = self.names.evaluate(holder_expression, self.scope)
            lasting: Place | None = None
            if isinstance(value, Class):
                lasting = variable(name, value.scope)
            elif isinstance(value, Instance) and isinstance(value.of, Scope):
                lasting = attribute(name, value.of)
            if lasting is not None:
                self.graph.owners[place] = LastingPlace(lasting, f"{_text(holder_expression)}.{written}")
            else:
                self.graph.foreign.add(place)
                if not isinstance(value, Instance):
                    self.graph.untold.add(place)
        return Member(base, name, place)

    def is_local_container(self, name: str, owner: Scope) -> bool:
        """Whether every binding of a variable of this function is a container made here."""
        bindings = owner.bindings.get(name, ())
        return bool(bindings) and all(
            binding.kind is BindingKind.VALUE and makes_container(self.names, binding.node, binding.scope)
            for binding in bindings
        )


def mangled(name: str, scope: Scope) -> str:
    """The name of a private attribute as the class that it is written in stores it: ``__ws`` is ``_Client__ws``."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    owner = next((outer for outer in scope.enclosing() if outer.kind is ScopeKind.CLASS), None)
    return f"_{owner.name.lstrip('_')}{name}" if owner is not None else name


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_text(node.value)}.{node.attr}"
    return "…"
