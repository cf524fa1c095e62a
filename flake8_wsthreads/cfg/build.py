"""The graph of one function, put together from its syntax."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence

from flake8_wsthreads.cfg import calls, expressions, loops, statements, try_blocks, with_blocks
from flake8_wsthreads.cfg.asked import Asks
from flake8_wsthreads.cfg.builder import Builder, Lowering, RestOfFile
from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Assign, Branch, CallFunction, ErrorExit, Join, NormalExit, Return
from flake8_wsthreads.cfg.lowering import lower, lower_block
from flake8_wsthreads.cfg.operand import NONE, parts, place_of
from flake8_wsthreads.cfg.optional_connections import optional_connections
from flake8_wsthreads.cfg.place import LastingPlace, Place, attribute, returned
from flake8_wsthreads.cfg.tracked import Bound, Comparison, Equality, Tracked, subject_of
from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.fields import field_filled_by
from flake8_wsthreads.names.scopes import Scope, ScopeKind

# Of more second names than these in one function nothing is said: all paths together would be too many.
_MOST_COPIES = 6
_LOWERING = Lowering(
    {**expressions.EXPRESSIONS, **calls.EXPRESSIONS},
    {**statements.STATEMENTS, **loops.STATEMENTS, **try_blocks.STATEMENTS, **with_blocks.STATEMENTS},
)


def build_graph(
    names: Names,
    scope: Scope,
    factories: frozenset[str],
    rest: RestOfFile,
) -> Graph:
    """The graph of a function, lambda or module."""
    graph = Graph(scope)
    builder = Builder(names, scope, graph, rest, _LOWERING, factories)
    node = scope.node
    decorators = names.decorators(scope) if scope.kind is ScopeKind.FUNCTION else []
    graph.is_context_manager = _is_decorated(decorators, Decorates.CONTEXT_MANAGER)
    owner = scope.method_of
    if "functools.cached_property" in decorators and owner is not None:
        graph.fills = LastingPlace(attribute(scope.name, owner), f"self.{scope.name}")
    elif scope.parent is names.scopes.module and _is_decorated(decorators, Decorates.CACHE):
        graph.fills = LastingPlace(returned(scope), f"{scope.name}()")
    elif (field := field_filled_by(names, scope)) is not None:
        graph.fills = LastingPlace(attribute(field[1], field[0]), f"self.{field[1]}")
    graph.resumes_after_yield = _is_decorated(decorators, Decorates.FIXTURE)
    graph.entry = builder.emit(Join(), node)
    graph.error_exit = builder.add(ErrorExit(), node)
    graph.normal_exit = builder.add(NormalExit(), node)
    builder.landing = graph.error_exit
    if isinstance(node, ast.Lambda):
        builder.emit(Return(lower(builder, node.body)), node)
        builder.go(graph.normal_exit)
    else:
        lower_block(builder, getattr(node, "body", []))
        builder.emit(Return(NONE), node)
        builder.go(graph.normal_exit)
    graph.optional_connections = optional_connections(graph, rest.may_return_connection)
    _count_tests(graph)
    graph.copies = _copies(graph)
    graph.not_told_apart.update(_asked_once(graph))
    graph.rebound = _rebound(graph)
    return graph


def _is_decorated(decorators: list[str], decorates: Decorates) -> bool:
    return any(behaviour_of(name).decorates is decorates for name in decorators)


def _rebound(graph: Graph) -> tuple[Place, ...]:
    """The variables of enclosing scopes that the steps of a graph bind."""
    outer = set(graph.scope.enclosing()) - {graph.scope}
    targets = {node.does.target for node in graph.nodes if isinstance(node.does.target, Place)}
    found = [target for target in targets if not target.fields and target.variable and target.variable.scope in outer]
    return tuple(sorted(found, key=str))


def _count_tests(graph: Graph) -> None:
    """Count what asks about a variable other than a condition.

    A variable that a call hands to a function of the file counts as asked about: the function may ask what it is, in a
    loop again and again. What is answered about a variable may answer what else is asked about it.
    """
    comparisons = [asked for asked in graph.tests if isinstance(asked, (Equality, Bound))]
    _relate(graph, comparisons)
    compared = Counter(asked.subject for asked in comparisons)
    places = [subject for subject in compared if isinstance(subject, Place)]
    graph.asked_about = frozenset(places).union(*(question.mentions for question in graph.questions))
    literals = Counter(asked.with_another_literal for asked in comparisons if isinstance(asked, Equality))
    for asked in comparisons:
        if asked.subject in graph.related:
            graph.tests[asked] += compared[asked.subject] + graph.tests[asked.subject] - 1
        elif isinstance(asked, Equality):
            graph.tests[asked] += literals[asked.with_another_literal] - 1
    for subject in graph.related:
        graph.tests[subject] += compared[subject]
    for node, called in graph.steps(CallFunction):
        for operand in called.arguments.all:
            place = place_of(operand)
            if place is not None:
                graph.tests[place] += 2 if node.loops else 1
    for _, does in graph.steps(Assign) if compared else ():
        if isinstance(does.target, Equality) and does.target.subject in compared:
            graph.tests[does.target] += 2


def _asked_once(graph: Graph) -> set[Place]:
    """The answers to what no other condition asks, and no caller gets to know."""
    found = {
        answer
        for answer, steps in graph.answers
        if not any(_is_asked_elsewhere(graph, graph.nodes[step]) for step in steps)
    }
    result = returned(graph.scope)
    if found:
        for _, does in graph.steps(Assign):
            if does.target == result:
                found.difference_update(parts(does.value))
        for _, leaving in graph.steps(Return):
            found.difference_update(parts(leaving.operand))  # of a lambda
    return found


def _is_asked_elsewhere(graph: Graph, node: Node) -> bool:
    """Whether a step asks what a path may know already, or what it may be asked once more."""
    if not isinstance(node.does, Branch):
        return False
    asked, asks = node.does.test.key, node.does.test.asks
    if asked is None or asks in (Asks.NONE, Asks.OPEN, Asks.CLOSED):
        return True
    return graph.tests[asked] > 1 or asked in graph.assigned or subject_of(asked) in graph.assigned


def _copies(graph: Graph) -> frozenset[int]:
    """The steps that give a second name to what conditions, or functions that are called, ask about by both."""
    asked = Counter[Tracked](graph.conditions.keys())
    copies: list[tuple[int, Place]] = []
    steps: list[tuple[Node, CallFunction | Assign]] = [*graph.steps(CallFunction), *graph.steps(Assign)]
    for node, does in sorted(steps, key=lambda step: -step[0].index) if asked or graph.steps(CallFunction) else ():
        if isinstance(does, CallFunction):
            asked.update(place for operand in does.arguments.all if (place := place_of(operand)) is not None)
        source = place_of(does.value) if isinstance(does, Assign) and does.target in asked else None
        if source is not None:
            asked[source] += 1
            copies.append((node.index, source))
    found = frozenset(index for index, source in copies if asked[source] > 1)
    return found if len(found) <= _MOST_COPIES else frozenset()


def _kind(graph: Graph, asked: Comparison) -> str | None:
    """The kind of what a comparison asks; of what is compared by its length, the length is another one."""
    if isinstance(asked, Equality):
        return "length" if asked.number is not None and asked.subject in graph.counted else asked.kind
    return None


def _relate(graph: Graph, comparisons: Sequence[Comparison]) -> None:
    """Tell about which subjects one answer may answer other questions, and which are compared with fractions."""
    kinds = {(asked.subject, _kind(graph, asked)) for asked in comparisons}
    several = Counter(subject for subject, _ in kinds)
    graph.related = {subject for subject in several if subject in graph.conditions or several[subject] > 1}
    graph.related.update(asked.subject for asked in comparisons if isinstance(asked, Bound))
    for known in (*comparisons, *graph.assigned):
        if isinstance(known, (Equality, Bound)) and isinstance(known.number, float):
            graph.fractional.add(known.subject)
