"""Loops that a flag or an event ends, and nothing else: whoever sets it waits until the loop asks again."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import Graph, Loop, Node
from flake8_wsthreads.cfg.instruction import Assign, Branch, CallFunction, CallMethod, Instruction, Join, Push
from flake8_wsthreads.cfg.loop_ends import ends_by_itself
from flake8_wsthreads.cfg.operand import Member, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.library import behaviour_of_method
from flake8_wsthreads.library.behaviour import Waits
from flake8_wsthreads.library.websockets import SENDING
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import parts_run_by

_ASKING_EVENTS = frozenset({"is_set", "wait"})


@dataclass(frozen=True)
class StopSignal:
    """A flag or an event that a loop asks to learn whether to end."""

    node: ast.expr
    """The flag or the event, as it is written: ``self.running``, ``stop``."""
    is_event: bool
    ending: bool
    """The answer that ends the loop: what the flag is then, or whether the event is set."""
    scope: Scope
    """The function whose loop asks."""

    @property
    def identifier(self) -> str:
        """The last of its names: ``running`` for ``self.running``."""
        if isinstance(self.node, ast.Attribute):
            return self.node.attr
        return self.node.id if isinstance(self.node, ast.Name) else ""


def signals_ending(names: Names, graph: Graph, loop: Loop, iterates_connection: bool) -> tuple[StopSignal, ...] | None:
    """The signals that end a loop which receives; empty for a loop without an end, None where something else ends it.

    The end of the connection is no such end, nor is a receive that fails. A loop that sends, or waits for another
    thread, is left out: a message may be an answer then, which comes as soon as it was asked for.
    ``iterates_connection`` where the loop is one over the messages of the connection.
    """
    goes_on = _steps_that_may_go_on(graph, loop)
    seen = {loop.first}
    pending = [loop.first]
    found: list[StopSignal] = []
    steps: list[Node] = []
    asked: set[ast.AST] = set()
    while pending:
        node = graph.nodes[pending.pop()]
        steps.append(node)
        onward: Iterable[int] = _onward(node)
        if isinstance(node.syntax, ast.Constant) and isinstance(node.does, Branch):
            onward = node.next[: 1 if node.syntax.value else None]  # while True
        elif isinstance(node.does, Branch):
            staying = [index for index in node.next if index in goes_on]
            leaving = [answer for answer, index in zip((True, False), node.next) if index not in goes_on]
            signal = _signal(names, graph.scope, node.syntax, leaving[0]) if len(leaving) == 1 else None
            if signal is not None:
                found.append(signal)
                asked.add(node.syntax)
                onward = staying
        if ends_by_itself(names, graph, loop, node):
            return None
        for index in onward:
            if not _is_inside(graph, loop, index):
                by_peer = iterates_connection and isinstance(node.does, Join) and node.syntax is loop.syntax
                if not by_peer:
                    return None
            elif index not in seen:
                seen.add(index)
                pending.append(index)
    signals = tuple({signal.identifier: signal for signal in found}.values())
    if any(_spoils(names, node, asked, signals) for node in steps):
        return None
    return signals


def every_turn_comes_to(graph: Graph, loop: Loop, node: Node) -> bool:
    """Whether no turn of a loop goes round without a step, where nothing raises."""
    return not _comes_past(graph, node, loop.first, loop.head, loop)


def every_call_comes_to(graph: Graph, node: Node) -> bool:
    """Whether a function does not return without having come to a step, where nothing raises."""
    return not _comes_past(graph, node, graph.entry, graph.normal_exit, None)


def _comes_past(graph: Graph, node: Node, first: int, last: int, inside: Loop | None) -> bool:
    """Whether some path leads from the first to the last of two steps without this one."""
    seen = {first, node.index}
    pending = [first] if first != node.index else []
    while pending:
        index = pending.pop()
        if index == last:
            return True
        for following in _onward(graph.nodes[index]):
            if following not in seen and (inside is None or _is_inside(graph, inside, following)):
                seen.add(following)
                pending.append(following)
    return False


def _onward(node: Node) -> list[int]:
    return [*node.next, node.does.resume] if isinstance(node.does, Push) else node.next


def _is_inside(graph: Graph, loop: Loop, index: int) -> bool:
    return index == loop.head or loop in graph.nodes[index].loops


def _steps_that_may_go_on(graph: Graph, loop: Loop) -> set[int]:
    """The steps of a loop from which it may come to another turn, where nothing raises."""
    before: dict[int, list[int]] = {}
    left: dict[int, int] = {}
    steps = [loop.first]
    for index in steps:
        if index in left:
            continue
        onward = [target for target in _onward(graph.nodes[index]) if _is_inside(graph, loop, target)]
        left[index] = len(onward)
        steps.extend(onward)
        for target in onward:
            before.setdefault(target, []).append(index)
    ending = [index for index in left if not left[index]]
    for index in ending:
        for source in before.get(index, ()):
            left[source] -= 1
            if not left[source]:
                ending.append(source)
    return set(left).difference(ending)


def _signal(names: Names, scope: Scope, condition: ast.AST, ending: bool) -> StopSignal | None:
    """What a condition asks that others set: ``stop.is_set()``, ``self.running``, a variable of an outer scope."""
    if isinstance(condition, ast.Call) and isinstance(condition.func, ast.Attribute):
        event = condition.func.value
        if ending and condition.func.attr in _ASKING_EVENTS and isinstance(event, (ast.Name, ast.Attribute)):
            return StopSignal(event, True, ending, scope)
    if isinstance(condition, ast.Attribute):
        return StopSignal(condition, False, ending, scope)
    if isinstance(condition, ast.Name) and names.lookup(condition.id, scope) not in (None, scope.function):
        return StopSignal(condition, False, ending, scope)
    return None


def _spoils(names: Names, node: Node, asked: set[ast.AST], signals: tuple[StopSignal, ...]) -> bool:
    """Whether a step of a loop makes the peer answer, waits for another thread, or may set a signal itself."""
    does = node.does
    if node.syntax in asked:
        return False
    identifiers = {signal.identifier for signal in signals}
    if isinstance(does, CallMethod):
        waits = behaviour_of_method(does.name).waits is Waits.FOR_ANOTHER_THREAD or does.name == "get"
        return does.name in SENDING or waits or (does.name == "set" and _name_of(does.receiver) in identifiers)
    if isinstance(does, Assign) and isinstance(does.target, Place) and not does.target.is_temporary:
        return _name_of(does.target) in identifiers
    if isinstance(does, CallFunction):
        spoiling = SENDING | {"get"}
        parts = parts_run_by(getattr(does.function.node, "body", ()))
        return any(isinstance(part, ast.Attribute) and part.attr in spoiling for part in parts)
    return _gives_signal(does, identifiers)


def _gives_signal(does: Instruction, identifiers: set[str]) -> bool:
    """Whether an instruction hands a signal to other code, which may set it."""
    return not isinstance(does, Branch) and any(_name_of(operand) in identifiers for operand in does.operands())


def _name_of(operand: object) -> str:
    place = place_of(operand) if isinstance(operand, (Place, Member)) else None
    return place.name if place is not None else ""
