"""Loops that a flag or an event ends, and nothing else: whoever sets it waits until the loop asks again."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import Graph, Loop, Node
from flake8_wsthreads.cfg.instruction import Assign, Branch, CallFunction, CallMethod, Instruction, Join, Push
from flake8_wsthreads.cfg.loop_ends import ends_by_itself, is_inside
from flake8_wsthreads.cfg.operand import Member, place_of
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.unset_signals import signal_asked
from flake8_wsthreads.library import behaviour_of_method
from flake8_wsthreads.library.behaviour import Waits
from flake8_wsthreads.library.websockets import SENDING
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import BindingKind, Scope
from flake8_wsthreads.source.syntax import body_of, last_name, parts_run_by

_ANSWERED = SENDING | {"get"}


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
        return last_name(self.node)


def signals_ending(
    names: Names, graph: Graph, loop: Loop, iterates_connection: bool, may_be_answered: Callable[[Scope], bool]
) -> tuple[StopSignal, ...] | None:
    """The signals that end a loop which receives; empty for a loop without an end, None where something else ends it.

    The end of the connection is no such end, nor is a receive that fails. A loop that sends, or waits for another
    thread, is left out: a message may be an answer then, which comes as soon as it was asked for.
    ``iterates_connection`` where the loop is one over the messages of the connection; ``may_be_answered`` says of a
    function whether its own text sends, or waits.
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
            if not is_inside(graph, loop, index):
                by_peer = iterates_connection and isinstance(node.does, Join) and node.syntax is loop.syntax
                if not by_peer:
                    return None
            elif index not in seen:
                seen.add(index)
                pending.append(index)
    signals = tuple({signal.identifier: signal for signal in found}.values())
    called = {node.does.function for node in steps if isinstance(node.does, CallFunction)}
    if any(_spoils(node, asked, signals) for node in steps) or any(map(may_be_answered, called)):
        return None
    return signals


def sends_or_waits(function: Scope) -> bool:
    """Whether the text of a function sends something, or takes something out of a queue."""
    parts = parts_run_by(body_of(function.node))
    return any(isinstance(part, ast.Attribute) and part.attr in _ANSWERED for part in parts)


def on_every_path(graph: Graph, first: int, last: int, inside: Loop | None = None) -> Collection[int]:
    """The steps that all paths without exceptions from one step to another come to; all there are without such a path.

    ``inside`` is the loop that the paths stay in.
    """
    before = {first: first}
    pending = [first]
    for index in pending:
        for target in _targets(graph, index, inside):
            if target not in before:
                before[target] = index
                pending.append(target)
    if last not in before:
        return range(len(graph.nodes))
    path = [last]
    while path[-1] != first:
        path.append(before[path[-1]])
    path.reverse()
    # a step of one path is on all of them where no way round leads from a step before it to one behind it
    position = {index: number for number, index in enumerate(path)}
    found: set[int] = set()
    furthest = 0
    seen: set[int] = set()
    for number, index in enumerate(path):
        if furthest <= number:
            found.add(index)
        pending = [index]
        for around in pending:
            for target in _targets(graph, around, inside):
                if target in position:
                    furthest = max(furthest, position[target])
                elif target not in seen:
                    seen.add(target)
                    pending.append(target)
    return found


def _targets(graph: Graph, index: int, inside: Loop | None) -> list[int]:
    onward = _onward(graph.nodes[index])
    return onward if inside is None else [target for target in onward if is_inside(graph, inside, target)]


def _onward(node: Node) -> list[int]:
    return [*node.next, node.does.resume] if isinstance(node.does, Push) else node.next


def _steps_that_may_go_on(graph: Graph, loop: Loop) -> set[int]:
    """The steps of a loop from which it may come to another turn, where nothing raises."""
    before: dict[int, list[int]] = {}
    left: dict[int, int] = {}
    steps = [loop.first]
    for index in steps:
        if index in left:
            continue
        onward = _targets(graph, index, loop)
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
    signal = signal_asked(condition)
    if signal is None or not _is_from_outside(names, signal[0], scope):
        return None
    asked, is_event = signal
    if is_event and not ending:
        return None
    if isinstance(asked, ast.Name) and not is_event and names.lookup(asked.id, scope) is scope.function:
        return None  # a parameter stays what it is
    return StopSignal(asked, is_event, ending, scope)


def _is_from_outside(names: Names, node: ast.expr, scope: Scope) -> bool:
    """Whether a function has not made something itself: it is reached through a parameter, or a variable of others."""
    while isinstance(node, ast.Attribute):
        node = node.value
    owner = names.lookup(node.id, scope) if isinstance(node, ast.Name) else None
    if owner is None or not isinstance(node, ast.Name):
        return False
    own = owner.bindings.get(node.id, ()) if owner is scope.function else ()
    return all(binding.kind is BindingKind.PARAMETER for binding in own)


def _spoils(node: Node, asked: set[ast.AST], signals: tuple[StopSignal, ...]) -> bool:
    """Whether a step of a loop makes the peer answer, waits for another thread, or may set a signal itself."""
    does = node.does
    if node.syntax in asked:
        return False
    identifiers = {signal.identifier for signal in signals}
    if isinstance(does, CallMethod):
        waits = behaviour_of_method(does.name).waits is Waits.FOR_ANOTHER_THREAD
        if does.name in _ANSWERED or waits or (does.name == "set" and _name_of(does.receiver) in identifiers):
            return True
        return any(_name_of(operand) in identifiers for operand in does.arguments.all)
    if isinstance(does, Assign) and isinstance(does.target, Place) and not does.target.is_temporary:
        return _name_of(does.target) in identifiers
    return _gives_signal(does, identifiers)


def _gives_signal(does: Instruction, identifiers: set[str]) -> bool:
    """Whether an instruction hands a signal to other code, which may set it."""
    return not isinstance(does, Branch) and any(_name_of(operand) in identifiers for operand in does.operands())


def _name_of(operand: object) -> str:
    place = place_of(operand) if isinstance(operand, (Place, Member)) else None
    return place.name if place is not None else ""
