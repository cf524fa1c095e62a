"""The functions of one file together: their graphs, and what each does with a connection that reaches it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping, Sequence

from flake8_wsthreads.flow.call_steps import CALL_STEPS
from flake8_wsthreads.flow.connection_steps import CONNECTION_STEPS
from flake8_wsthreads.flow.excerpts import LeavesOut, apart_from, before_opening, lines_about
from flake8_wsthreads.flow.exploration import Exploration, Steps, Successor
from flake8_wsthreads.flow.graph import ANY_EXCEPTION, Arguments, Basic, Graph, Node, Op, Operand, OwnerReference, Slot
from flake8_wsthreads.flow.liveness import live_slots, steps_leading_to
from flake8_wsthreads.flow.outcome import Outcome
from flake8_wsthreads.flow.path_steps import PATH_STEPS
from flake8_wsthreads.flow.reach import decided_arguments
from flake8_wsthreads.flow.state import AbstractValue, Environment, Flags, State
from flake8_wsthreads.flow.statements import build_graph
from flake8_wsthreads.flow.thread_steps import THREAD_STEPS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Function
from flake8_wsthreads.possible_openers import may_return_something
from flake8_wsthreads.source import SourceIndex
from flake8_wsthreads.syntax import walk

# A connection that is handed on through more functions than this is not followed further.
_MAXIMUM_CALL_DEPTH = 20
# Real files look at about five states for each step of their graphs (the packages of the field study).
_STATES_FOR_A_FUNCTION = 4000
_STATES_FOR_A_STEP = 12
_MAXIMUM_ROUNDS = 4
# Of a call that does not reach the connection, only short functions are worth a look: do they raise, and return what?
_LONGEST_FOLLOWED = 12
_MOST_CONDITIONS = 2

# Every call of such a function returns the same connection: it belongs to none of its callers.
_CACHES = {"functools.cache", "functools.lru_cache"}
_CONSTRUCTORS = ("__init__", "__enter__")

_STEPS: Steps = {**PATH_STEPS, **CONNECTION_STEPS, **CALL_STEPS, **THREAD_STEPS}

_FIELD_DECORATORS = {"dataclasses.dataclass", "attr.s", "attr.define", "attrs.define", "attr.frozen", "attrs.frozen"}


class FileProgram:
    """Graphs and summaries of the functions of one file, made when they are first asked for."""

    def __init__(
        self, names: Names, source: SourceIndex, openers: Mapping[Scope, int], factories: frozenset[str]
    ) -> None:
        self.names = names
        self.source = source
        self.openers = openers
        self.factories = factories
        self._graphs: dict[Scope, Graph] = {}
        self._opening_graphs: dict[Scope, Graph] = {}
        self._excerpts: dict[tuple[Scope, tuple[str, ...]], Graph] = {}
        self._lines: dict[tuple[Scope, tuple[str, ...]], set[int]] = {}
        self._known_function_names: set[str] | None = None
        self._effects: dict[object, Outcome] = {}
        self._under_way: dict[object, bool] = {}
        self._sites: dict[object, dict[int, Outcome]] = {}
        self._opens: dict[object, AbstractValue | None] = {}
        self._live: dict[Graph, tuple[dict[str, int], list[int]]] = {}
        self._without: dict[object, Outcome] = {}
        self._sites_under_way: set[Scope] = set()
        self._captured: dict[Scope, frozenset[str]] = {}
        self._shared: dict[str, bool] = {}
        self._depth = 0
        self._states_left = 0

    def graph(self, scope: Scope) -> Graph:
        """The graph of a function, lambda or the module."""
        known = self._graphs.get(scope)
        if known is None:
            known = self._graphs[scope] = self._made(scope, None)
        return known

    def opening_graph(self, scope: Scope) -> Graph:
        """The graph of a function without what stands before its first opening and decides nothing about it."""
        known = self._opening_graphs.get(scope)
        if known is None:
            known = self._graphs.get(scope)
            first_line = self.openers.get(scope)
            if known is None and first_line is not None:
                has_callers = may_return_something(self.names, scope)
                left_out = before_opening(
                    self.names, self.source, scope, first_line, self._function_names(), has_callers
                )
                known = self._made(scope, left_out.__contains__) if left_out else None
            # the steps of what is found are numbered in this graph: it stays the one
            known = self._opening_graphs[scope] = known or self.graph(scope)
        return known

    def graph_about(self, scope: Scope, words: tuple[str, ...]) -> Graph:
        """The steps of a function that have to do with these names: for what does not follow paths."""
        known = self._graphs.get(scope)
        if known is None and scope.kind is ScopeKind.LAMBDA:
            known = self.graph(scope)
        if known is None:
            words = self._mentioned(scope, words)
            known = self._excerpts.get((scope, words))
        if known is None:
            lines = self._lines_about(scope, words)
            opening = self._opening_graphs.get(scope)
            # that graph has all that stands from the first opening on
            whole = opening is not None and not any(line < self.openers[scope] for line in lines)
            known = opening if whole and opening is not None else self._made(scope, apart_from(lines))
            self._excerpts[scope, words] = known
        return known

    def may_return(self, scope: Scope, words: tuple[str, ...]) -> bool:
        """Whether a ``return`` of the function mentions one of these names, or a variable bound with one of them."""
        if scope.kind is ScopeKind.LAMBDA:
            return True
        returns = [part for part in self.names.statements_of(scope) if isinstance(part, ast.Return)]
        if not returns:
            return False
        leaves_out = apart_from(self._lines_about(scope, self._mentioned(scope, words)))
        return not all(leaves_out(statement) for statement in returns)

    def _mentioned(self, scope: Scope, words: tuple[str, ...]) -> tuple[str, ...]:
        first, last = _lines_of(scope)
        return tuple(word for word in words if any(first <= line <= last for line in self.source.lines_of(word)))

    def _lines_about(self, scope: Scope, words: tuple[str, ...]) -> set[int]:
        known = self._lines.get((scope, words))
        if known is None:
            first, last = _lines_of(scope)
            found = lines_about(self.source, scope, words)
            known = self._lines[scope, words] = {line for line in found if first <= line <= last}
        return known

    def _function_names(self) -> set[str]:
        if self._known_function_names is None:
            self._known_function_names = {scope.name for scope in self.names.scopes.by_node.values()}
        return self._known_function_names

    def _made(self, scope: Scope, leaves_out: LeavesOut | None) -> Graph:
        graph = build_graph(self.names, scope, self.factories, leaves_out)
        self._states_left += _STATES_FOR_A_FUNCTION + _STATES_FOR_A_STEP * len(graph.nodes)
        for node in graph.nodes:
            nested = node.function is not None and node.function.parent is not None and node.function.parent.unit
            if node.op is Op.CALL and node.function is not None and nested is scope:
                node.captured = tuple(sorted(self.captured(node.function)))
                for slot in node.captured:
                    graph.tests[slot] = graph.tests.get(slot, 0) + 1
        return graph

    def states_left(self) -> int:
        """How many more states the file may cost: a bound on the work for what is not written by people."""
        return self._states_left

    def spend(self, states: int) -> None:
        """Note that so many states were looked at."""
        self._states_left -= states

    def live_slots(self, graph: Graph) -> tuple[dict[str, int], list[int]]:
        """The bit of each slot, and for each step the bits of the slots that are live before it."""
        known = self._live.get(graph)
        if known is None:
            known = self._live[graph] = live_slots(graph)
        return known

    def effect(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]]) -> Outcome:
        """What a function does with a connection that is bound to these slots when it is called.

        A recursive call counts for nothing at first, and the answer is computed again until it stays the same.
        """
        environment = dict(bindings)
        key = (function, frozenset(environment.items()))
        known = self._effects.get(key)
        if known is not None:
            return known
        if key in self._under_way:
            self._under_way[key] = True
            return Outcome()
        graph = self.graph(function)
        if self._depth >= _MAXIMUM_CALL_DEPTH:
            return Outcome(undecided=True)
        if graph.is_generator:
            # A call of a generator function runs none of its body; the generator keeps the connection.
            return Outcome(given=function.node)
        self._depth += 1
        self._under_way[key] = False
        inherited = frozenset(environment)
        outcome = Exploration(self, graph, _STEPS, inherited).run([(graph.entry, State(environment))])
        for _ in range(_MAXIMUM_ROUNDS):
            if not self._under_way[key]:
                break
            self._under_way.pop(key)
            self._effects[key] = outcome
            again = Exploration(self, graph, _STEPS, inherited).run([(graph.entry, State(environment))])
            self._under_way[key] = _summary(again) != _summary(outcome)
            outcome = again
        self._under_way.pop(key, None)
        self._depth -= 1
        if not self._rests_on_open_answers(key):
            self._effects[key] = outcome
        return outcome

    def _rests_on_open_answers(self, key: object) -> bool:
        """Whether a recursive call further out was answered provisionally: what rests on it is computed again."""
        return any(asked for other, asked in self._under_way.items() if other != key)

    def without(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]] = ()) -> Outcome:
        """What a call of the function returns and raises when it has nothing to do with the connection."""
        environment = dict(bindings)
        key = (function, frozenset(environment.items()))
        known = self._without.get(key)
        if known is None:
            too_long = len(self.names.statements_of(function)) > _LONGEST_FOLLOWED
            if too_long or self._depth >= _MAXIMUM_CALL_DEPTH or function.is_async:
                return _ANYTHING
            graph = self.graph(function)
            if graph.is_generator:
                return _ANYTHING
            self._without[key] = Outcome()  # a function that only calls itself raises nothing of its own
            self._depth += 1
            outcome = Exploration(self, graph, _STEPS).run([(graph.entry, State(environment, (), Flags(lost=True)))])
            known = self._without[key] = _ANYTHING if outcome.undecided else outcome
            self._depth -= 1
        return known

    def sites(self, scope: Scope, bindings: Iterable[tuple[str, AbstractValue]] = ()) -> dict[int, Outcome]:
        """The steps of a function that open a connection which is then the function's own, and what becomes of each.

        ``bindings`` are what is known of its parameters when it is called.
        """
        environment = dict(bindings)
        key = (scope, frozenset(environment.items()))
        known = self._sites.get(key)
        if known is not None:
            return known
        found: dict[int, Outcome] = {}
        self._sites_under_way.add(scope)
        graph = self.opening_graph(scope)
        opening: dict[int, AbstractValue] = {}
        for index, node in enumerate(graph.nodes):
            if node.op is Op.OPEN:
                opening[index] = Basic.UNOPENED if node.name == "unopened" else Basic.CONNECTION
            elif node.op is Op.CALL and node.function is not None and node.name != "never":
                opened = self.opens(node.function)
                if opened is not None:
                    opening[index] = opened
        if opening:
            reached = self._reached(graph, opening, environment)
            for index, value in opening.items():
                found[index] = self._follow(graph, index, value, reached[index])
        self._sites_under_way.discard(scope)
        self._sites[key] = found
        return found

    def _reached(
        self, graph: Graph, opening: dict[int, AbstractValue], environment: Environment
    ) -> dict[int, list[State]]:
        """With which states the paths of a function reach the steps that open connections."""
        scout = Exploration(self, graph, _STEPS)
        scout.only = steps_leading_to(graph, opening)
        scout.watched = {index: [] for index in opening}
        scout.run([(graph.entry, State(environment, (), Flags(lost=True)))])
        return {index: [] for index in opening} if scout.outcome.undecided else scout.watched

    def _follow(self, graph: Graph, index: int, value: AbstractValue, reached: list[State]) -> Outcome:
        exploration = Exploration(self, graph, _STEPS)
        node = graph.nodes[index]
        start: list[Successor] = []
        for state in reached:
            if node.op is Op.CALL and not self._opens_with(node, state):
                continue
            environment = dict(state.environment)
            if node.op is Op.CALL:
                environment.update(self._conditions_for(node, state))
            environment[node.target] = value
            opened = State(environment, state.pending, Flags(unopened=value is Basic.UNOPENED))
            start.extend((following, opened) for following in node.next)
        return exploration.run(start)

    def asked_by(self, node: Node) -> list[tuple[str, str]]:
        """The variables that a called function asks about: its own slot, and the one of the caller."""
        function = node.function
        if function is None or len(self.names.statements_of(function)) > _LONGEST_FOLLOWED:
            return []
        pairs = self.parameters(function, node.arguments, node.receiver is not None) or []
        asked = [(slot, slot) for slot in node.captured]
        asked.extend((slot, operand.name) for slot, operand in pairs if isinstance(operand, Slot))
        tested = self.graph(function).tests
        return [(inside, outside) for inside, outside in asked if tested.get(inside, 0)][:_MOST_CONDITIONS]

    def _conditions_for(self, node: Node, state: State) -> list[tuple[str, AbstractValue]]:
        """What a call's opening of a connection says of the variables that decide whether it opens one."""
        assert node.function is not None
        found: list[tuple[str, AbstractValue]] = []
        for inside, outside in self.asked_by(node):
            if outside in state.environment:
                continue
            answers = [
                self.opens(node.function, [(inside, value)]) is not None for value in (Basic.TRUTHY, Basic.FALSY)
            ]
            if answers[0] != answers[1]:
                found.append((outside, Basic.TRUTHY if answers[0] else Basic.FALSY))
        return found

    def _opens_with(self, node: Node, state: State) -> bool:
        """Whether a call opens a connection when its arguments are what they are on this path."""
        assert node.function is not None
        decided = decided_arguments(self, node, state)
        return not decided or self.opens(node.function, decided) is not None

    def opens(self, function: Scope, bindings: Iterable[tuple[str, AbstractValue]] = ()) -> AbstractValue | None:
        """How a call of the function holds a connection that it opened and returns; None when it returns none."""
        known = dict(bindings)
        key = (function, frozenset(known.items()))
        if key in self._opens:
            return self._opens[key]
        if function in self._sites_under_way:
            return None  # a function that calls itself: its other returns tell
        shared = _CACHES.isdisjoint(self.names.decorators(function)) is False
        if self._depth >= _MAXIMUM_CALL_DEPTH or shared or not self._may_return_connection(function):
            self._opens[key] = None
            return None
        self._depth += 1
        result: AbstractValue | None = None
        if not self.opening_graph(function).is_generator:
            for outcome in self.sites(function, known.items()).values():
                if outcome.returned and not outcome.stored:
                    result = outcome.returned_as
        self._depth -= 1
        self._opens[key] = result
        return result

    def _may_return_connection(self, function: Scope) -> bool:
        """A quick look before the graph is made: a function that returns nothing opens nothing for its caller."""
        if function.kind is ScopeKind.LAMBDA:
            return True
        return function in self.openers and may_return_something(self.names, function)

    def captured(self, function: Scope) -> frozenset[str]:
        """The slots of enclosing scopes that a function mentions, itself or in the functions of the file it names."""
        known = self._captured.get(function)
        if known is not None:
            return known
        self._captured[function] = frozenset()
        around = function.parent
        found: set[str] = set()
        mentioned = {node.id for node in walk(function.node) if isinstance(node, ast.Name)}
        for name in mentioned:
            if (
                around is None
                or name in function.bindings
                and name not in function.nonlocal_names | function.global_names
            ):
                continue
            owner = self.names.lookup(name, around)
            if owner is None:
                continue
            value = self.names.variable(name, owner)
            if isinstance(value, Function):
                if value.scope is not function and self._depth < _MAXIMUM_CALL_DEPTH:
                    self._depth += 1
                    found |= self.captured(value.scope)
                    self._depth -= 1
            else:
                found.add(f"{name}@{owner.index}")
        self._captured[function] = frozenset(found)
        return self._captured[function]

    def parameters(
        self, function: Scope, arguments: Arguments, bound_receiver: bool
    ) -> list[tuple[str, Operand]] | None:
        """The slots of a function's parameters with the operands bound to them; None where that is not known."""
        declared = getattr(function.node, "args", None)
        if not isinstance(declared, ast.arguments) or arguments.spread:
            return None
        positional = [argument.arg for argument in (*declared.posonlyargs, *declared.args)]
        if (
            bound_receiver
            and function.enclosing_class is not None
            and "builtins.staticmethod" not in self.names.decorators(function)
        ):
            positional = positional[1:]
        named = {*positional, *(argument.arg for argument in declared.kwonlyargs)}
        if len(arguments.positional) > len(positional) or any(
            keyword not in named for keyword, _ in arguments.keywords
        ):
            return None
        pairs = [*zip(positional, arguments.positional), *arguments.keywords]
        return [(f"{name}@{function.index}", operand) for name, operand in pairs]

    def defaults(self, function: Scope) -> Sequence[tuple[str, AbstractValue]]:
        """The slots of a function's parameters that have a literal as default, with what it is."""
        declared = getattr(function.node, "args", None)
        if not isinstance(declared, ast.arguments):
            return ()
        positional = [*declared.posonlyargs, *declared.args]
        pairs = [
            *zip(positional[len(positional) - len(declared.defaults) :], declared.defaults),
            *zip(declared.kwonlyargs, declared.kw_defaults),
        ]
        literals = {None: Basic.NONE, True: Basic.TRUE, False: Basic.FALSE}
        return [
            (f"{argument.arg}@{function.index}", literals[default.value])
            for argument, default in pairs
            if isinstance(default, ast.Constant) and (default.value is None or isinstance(default.value, bool))
        ]

    def is_constructor(self, function: Scope) -> bool:
        """Whether nobody has the object yet when the function raises: ``__init__``, ``__enter__``."""
        return function.enclosing_class is not None and function.name in _CONSTRUCTORS

    def constructors_calling(self, method: Scope) -> list[Scope]:
        """The ``__init__`` and ``__enter__`` of its own class that call a method on their own object."""
        if method.enclosing_class is None or method.name in _CONSTRUCTORS:
            return []
        found: dict[Scope, None] = {}
        for reference in self.source.references(method.name):
            caller = reference.scope.unit
            if caller.name not in _CONSTRUCTORS or caller.enclosing_class is None or not reference.parents:
                continue
            called = isinstance(reference.parents[0], ast.Call) and reference.parents[0].func is reference.node
            value = self.names.evaluate(reference.node, reference.scope)
            if called and isinstance(value, Function) and value.scope is method:
                if method.enclosing_class in self.names.ancestors(caller.enclosing_class):
                    found[caller] = None
        return list(found)

    def after_call(self, caller: Scope, method: Scope, outcome: Outcome) -> Outcome:
        """What a constructor does after it called a method of its own that left a connection on the new object."""
        graph = self.graph(caller)
        exploration = Exploration(self, graph, _STEPS)
        environment: Environment = {}
        seen_whole = True
        for owner in outcome.stored:
            if owner.holder is method.enclosing_class and not owner.on_class:
                environment[f"{self.receiver_slot(caller)}.{owner.name}"] = Basic.CONNECTION
            else:
                # a wrapper keeps it: closing it through the wrapper is not followed from here
                seen_whole = False
                slot = f"#kept.{owner.holder.index}.{owner.name}"
                exploration.kept[slot] = owner
                environment[slot] = Basic.CONNECTION
        start: list[Successor] = []
        for node in graph.nodes:
            if node.op is not Op.CALL or node.function is not method or node.depth > 0:
                continue
            if not seen_whole and node.error != graph.error_exit:
                continue
            state = State(environment)
            start.extend((following, state) for following in node.next)
            start.extend(exploration.error(node, state, raised) for raised in sorted(outcome.raised))
        return exploration.run(start)

    def receiver_slot(self, function: Scope) -> str:
        """The slot of a method's first parameter; empty for one that has none."""
        declared = getattr(function.node, "args", None)
        if function.enclosing_class is None or not isinstance(declared, ast.arguments):
            return ""
        first = next(iter([*declared.posonlyargs, *declared.args]), None)
        return f"{first.arg}@{function.index}" if first is not None else ""

    def is_shared(self, slot: str) -> bool:
        """Whether functions refer to a variable at the top level of the module."""
        name, at, owner = slot.partition("@")
        if not at or owner != "0":
            return False
        known = self._shared.get(name)
        if known is None:
            module = self.names.scopes.module
            known = self._shared[name] = any(
                isinstance(reference.node, ast.Name)
                and reference.scope.unit.kind is not ScopeKind.MODULE
                and self.names.lookup(name, reference.scope) is module
                for reference in self.source.references(name)
            )
        return known

    def kept_by(self, constructed: Scope, node: Node, held: list[Operand]) -> list[OwnerReference] | None:
        """The fields in which a class without ``__init__`` (a dataclass, a named tuple) keeps these operands."""
        if not isinstance(constructed.node, ast.ClassDef):
            return None
        decorators = set(self.names.decorators(constructed))
        bases = set(self.names.foreign_bases(constructed))
        if not (decorators & _FIELD_DECORATORS or "typing.NamedTuple" in bases) or bases - {
            "typing.NamedTuple",
            "typing.Generic",
        }:
            return None
        fields = [
            statement.target.id
            for statement in constructed.node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        ]
        pairs = [*zip(fields, node.arguments.positional), *node.arguments.keywords]
        if node.arguments.spread or len(node.arguments.positional) > len(fields):
            return None
        return [
            OwnerReference(constructed, name, f"{constructed.name}.{name}")
            for name, operand in pairs
            if operand in held
        ]


def _lines_of(scope: Scope) -> tuple[int, int]:
    """The first and the last line of a function; of a module, those of any file."""
    node = scope.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.lineno, node.end_lineno or node.lineno
    return 1, sys.maxsize


_ANYTHING = Outcome(results={Basic.UNKNOWN}, raised={ANY_EXCEPTION})


def _summary(outcome: Outcome) -> tuple[object, ...]:
    """What callers see of an outcome, for comparison."""
    return (
        outcome.closed is None,
        outcome.given is None,
        outcome.returns_open,
        frozenset(outcome.raised),
        outcome.returned,
        frozenset(outcome.stored),
        outcome.received,
        outcome.received_forever,
        outcome.undecided,
    )
