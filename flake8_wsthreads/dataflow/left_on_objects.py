"""What callers do after a call that left a connection on an object: ``client = Client()``, ``client.open()``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import Node
from flake8_wsthreads.cfg.instruction import CallFunction, Construct, Enter, Spawn
from flake8_wsthreads.cfg.operand import ValueKind, place_of
from flake8_wsthreads.cfg.place import LastingPlace, Place, variable
from flake8_wsthreads.dataflow.interpreter import Interpreter, Successor
from flake8_wsthreads.dataflow.opening_sites import IN_CALLED_ONES, OpeningSites
from flake8_wsthreads.dataflow.parameters import receiver_of
from flake8_wsthreads.dataflow.reach import decided_arguments
from flake8_wsthreads.dataflow.state import Flags, State
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.transfer import TRANSFER
from flake8_wsthreads.dataflow.transfer_calls import absorb, call_of_manager, with_threads_of
from flake8_wsthreads.dataflow.value import Environment
from flake8_wsthreads.names.scopes import Scope


@dataclass(frozen=True)
class Left:
    """A function that leaves a connection on an object, and what it does with it."""

    function: Scope
    summary: Summary
    site: int | None = None
    """The step of the function that opens it, where the function opens it itself."""


@dataclass(frozen=True)
class MadeObject:
    """An object that is the function's own, and that a step leaves a connection on."""

    node: Node
    """The step: it makes the object, calls a method of it, or enters it."""
    left: Left
    """What the constructor, or the method, has done."""
    names: tuple[str, ...]
    """The variables that the function has for it."""
    closing: tuple[Scope, ...]
    """The methods that close it: what goes wrong in them is not claimed."""
    is_result: bool = False
    """The step calls a function that makes the object, and returns it."""


class LeftOnObjects:
    """Follows the callers of the functions that leave connections on objects."""

    def __init__(self, summaries: Summaries, sites: OpeningSites) -> None:
        self._summaries = summaries
        self._sites = sites

    def after_call(self, caller: Scope, left: Left) -> Summary:
        """What a function does after it called another one that left a connection on the object of the call."""
        graph = self._summaries.graph(caller)
        interpreter = Interpreter(self._summaries, graph, TRANSFER)
        start: list[Successor] = []
        # of another object only what is done with it counts; of its own a method tells what is left when it returns
        interpreter.while_used = not self._shares_objects(caller, left.function)
        for node in graph.calls_of.get(left.function, ()):
            does = call_of_manager(node.does) if isinstance(node.does, Enter) else node.does
            assert isinstance(does, (CallFunction, Construct))
            opened = self._opened_with(does, left) if node.depth == 0 else None
            if opened is None:
                continue
            environment, seen_whole = self._places(interpreter, does, left.function, opened)
            if not seen_whole and node.error != graph.error_exit:
                continue
            state = State(environment)
            absorb(interpreter, node, state, opened)
            after = state
            if not self._summaries.dispatch.runs_other_methods(does, node.syntax, caller):
                after = with_threads_of(interpreter, node, state, opened)
            start.extend((following, after) for following in node.next)
            start.extend(interpreter.after_raising(node, state, raised) for raised in opened.raised)
        return interpreter.run(start)

    def on_made(self, maker: Scope, made: MadeObject) -> Summary | None:
        """What becomes of an object that a function makes, after the step that leaves a connection on it.

        What rests on conditions that are not told is not claimed. None where the step leaves the connection elsewhere,
        too, or always raises.
        """
        node, graph = made.node, self._summaries.graph(maker)
        does = call_of_manager(node.does) if isinstance(node.does, Enter) else node.does
        assert isinstance(does, (CallFunction, Construct))
        interpreter = Interpreter(self._summaries, graph, TRANSFER)
        opened = self._opened_with(does, made.left)
        if opened is None:
            return None
        places: Environment
        if made.is_result:
            target = does.target
            places = {target.member(owner.name): ValueKind.CONNECTION for owner in opened.stored} if target else {}
        else:
            places, seen_whole = self._places(interpreter, does, made.left.function, opened)
            places = places if seen_whole else {}
        if not places:
            return None
        interpreter.kept.clear()  # whoever has the object has the connection
        interpreter.opened_at, interpreter.closing = node.index, made.closing
        interpreter.of_own_object = _fields_of(maker, made.names, places)
        is_called = isinstance(does, CallFunction) and not made.is_result
        results = opened.results_open if is_called else (ValueKind.OBJECT,)
        start: list[Successor] = []
        with self._summaries.looking_closer(IN_CALLED_ONES):
            for before in self._sites.states_before(maker, node.index):
                for result in results:
                    environment = {**interpreter.bound(before.environment, does.target, result), **places}
                    flags = Flags(entered=True, excused=before.excused, being_closed=before.flags.being_closed)
                    state = State(environment, before.pending, flags)
                    absorb(interpreter, node, state, opened)
                    state = with_threads_of(interpreter, node, state, opened)
                    start.extend((following, state) for following in node.next)
            return interpreter.run(start) if start else None

    def from_calls_on(self, user: Scope, name: str, methods: Collection[Scope], family: Collection[Scope]) -> Summary:
        """What a function does from where it has threads started on other objects that keep a connection.

        They keep it in the attribute ``name``. Their ``methods`` start threads; so does the function itself where it
        makes one run a method of a class of the ``family``.
        """
        graph = self._summaries.graph(user)
        interpreter = Interpreter(self._summaries, graph, TRANSFER)
        interpreter.while_used = True
        own = receiver_of(user)
        start: list[Successor] = []
        calls = [node for method in methods for node in graph.calls_of.get(method, ())]
        for node in (*calls, *graph.spawns):
            does = node.does
            if not isinstance(does, (CallFunction, Spawn)) or does.function is None or does.receiver is None:
                continue
            place = place_of(does.receiver)
            if place is None or place == own or node.depth > 0 or does.function.method_of not in family:
                continue
            if not self._summaries.dispatch.may_run_other_methods(does.function):
                start.append((node.index, State({place.member(name): ValueKind.CONNECTION})))
        return interpreter.run(start)

    def _opened_with(self, does: CallFunction | Construct, left: Left) -> Summary | None:
        """What the function does with it when its arguments are those of a call; None where it then leaves none."""
        decided = decided_arguments(self._summaries, does, State({})) if left.site is not None else []
        if not decided or left.site is None:
            return left.summary
        opened = self._sites.of(left.function, decided)[left.site]
        return opened if opened.stored else None

    def _places(
        self, interpreter: Interpreter, does: CallFunction | Construct, opener: Scope, opened: Summary
    ) -> tuple[Environment, bool]:
        """Where a call leaves the connection, and whether that is all: a wrapper that keeps it is not followed."""
        environment: Environment = {}
        receiver = does.target if isinstance(does, Construct) else place_of(does.receiver) if does.receiver else None
        seen_whole = True
        for owner in opened.stored:
            if receiver is not None and owner.is_of_objects and self._is_kept_by_object(owner, opener):
                place = receiver.member(owner.name)
            else:
                seen_whole = False
                place = owner.place
            interpreter.kept[place] = owner
            environment[place] = ValueKind.CONNECTION
        return environment, seen_whole

    def _shares_objects(self, caller: Scope, method: Scope) -> bool:
        """Whether a method may be called on the own object of another one."""
        if caller.method_of is None or method.method_of is None:
            return False
        return method.method_of in self._summaries.names.classes.ancestors(caller.method_of)

    def _is_kept_by_object(self, owner: LastingPlace, opener: Scope) -> bool:
        own = opener.method_of
        return own is not None and owner.holder in self._summaries.names.classes.ancestors(own)


def _fields_of(maker: Scope, names: Iterable[str], places: Environment) -> set[Place]:
    """The fields of an object in these variables that have the names of those in ``places``."""
    fields = {place.name for place in places if isinstance(place, Place)}
    return {variable(name, maker).member(field) for name in names for field in fields}
