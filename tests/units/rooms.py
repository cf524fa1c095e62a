"""What single rooms of the analysis say of the lines of a small program: one function for each room.

Every line of which a room has something to say is in its answer, so a document has to mark them all.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Callable, Iterator, Mapping

from flake8_wsthreads.cfg.exceptions import caught_by, raised_by_expression
from flake8_wsthreads.cfg.instruction import Assign
from flake8_wsthreads.cfg.loop_ends import LoopEnds
from flake8_wsthreads.cfg.loop_signals import sends_or_waits, signals_ending
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace, Place, attribute, variable
from flake8_wsthreads.cfg.raised import matches
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.facts import Context
from flake8_wsthreads.names.changes import Access, Changes
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.inputs import Inputs
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.values import Class, Constant, Function, Imported, Instance, Method, Partial, Super, Value
from flake8_wsthreads.ownership.file_analyses import FileAnalyses, analyses_of
from flake8_wsthreads.source.budget import Budget
from flake8_wsthreads.source.syntax import positional_parameters
from flake8_wsthreads.source.words import WordIndex
from flake8_wsthreads.threads.daemon_flags import DaemonFlags
from flake8_wsthreads.threads.starts import recognise

ANSWERS = {True: "catches it", None: "may catch it", False: "lets it pass"}


def analysed(program: str) -> FileAnalyses:
    """The analyses of a program that opens no connection, ready to be asked."""
    tree = ast.parse(program)
    text = WordIndex(io.StringIO(program).readlines(), Budget())
    scopes = ScopeTree(tree, text)
    return analyses_of(Names(scopes), SourceIndex(text, scopes), {}, frozenset())


def functions(file: FileAnalyses) -> Iterator[Scope]:
    """The functions of a program, nested ones included, each read before the next."""
    by_node = file.names.scopes.by_node
    seen: set[Scope] = set()
    while unread := [scope for scope in by_node.values() if scope not in seen]:
        for scope in unread:
            seen.add(scope)
            if scope.kind is ScopeKind.FUNCTION:
                scope.read()
                yield scope


def scopes_of(file: FileAnalyses) -> Iterator[tuple[Scope, ast.stmt]]:
    """Each statement of a program with the scope that it runs in."""
    for scope in (file.names.scopes.module, *functions(file)):
        for statement in file.names.statements_of(scope):
            yield scope, statement


def evaluate(file: FileAnalyses) -> dict[int, str]:
    """What the expression on a line names, where a line is nothing but an expression."""
    return {
        statement.lineno: _value(file.names.evaluate(statement.value, scope))
        for scope, statement in scopes_of(file)
        if isinstance(statement, ast.Expr)
    }


def _value(value: Value | None) -> str:
    if isinstance(value, Imported):
        return value.name
    if isinstance(value, Constant):
        return f"the constant {value.value!r}"
    if isinstance(value, (Class, Super)):
        return f"the class {value.scope.name}"
    if isinstance(value, Instance):
        return f"an object of {value.of if isinstance(value.of, str) else value.of.name}"
    if isinstance(value, Function):
        return f"the function {value.scope.name}"
    if isinstance(value, Method):
        return f"the method {value.qualified_name}"
    return f"a partial of {_value(value.function)}" if isinstance(value, Partial) else "not told"


def inputs(file: FileAnalyses) -> dict[int, str]:
    """What the expression on a line of a function is computed from, where a line is nothing but an expression."""
    found: dict[int, str] = {}
    for function in functions(file):
        known = Inputs(file.names, function)
        for statement in file.names.statements_of(function):
            if isinstance(statement, ast.Expr):
                found[statement.lineno] = _inputs(known.of(statement.value))
    return found


def _inputs(inputs: frozenset[str]) -> str:
    told = [f"line {each.partition(':')[0]}" if each[:1].isdigit() else each for each in inputs]
    return ", ".join(sorted(told)) or "literals"


def daemon_flags(file: FileAnalyses) -> dict[int, str]:
    """The daemon flag of the thread that a line makes."""
    flags = DaemonFlags(file.names, file.source)
    found: dict[int, str] = {}
    for scope, statement in scopes_of(file):
        for part in ast.walk(statement):
            if isinstance(part, ast.Call) and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                start = recognise(file.names, part, scope)
                if start is not None:
                    found[part.lineno] = flags.of_start(start, scope).value
    return found


def changes(file: FileAnalyses) -> dict[int, str]:
    """What functions do with the list in ``jobs``, and which of them may bind the attribute ``live`` anew."""
    known = Changes(file.names, file.source)
    found: dict[int, str] = {}
    for function in functions(file):
        owner = file.names.lookup("jobs", function)
        said = []
        if owner is not None and file.source.references_inside("jobs", function):
            access = known.access("jobs", owner, function)
            said += ["changes jobs"] * bool(access & Access.CHANGES) + ["keeps jobs"] * bool(access & Access.KEEPS)
            said = said or ["looks at jobs"]
        said += ["binds live"] * known.changes_attribute(function, "live", in_place=False)
        if said:
            assert isinstance(function.node, ast.FunctionDef)
            found[function.node.lineno] = ", ".join(said)
    return found


def contexts(file: FileAnalyses) -> dict[int, str]:
    """The threads that run a function, on the line of its ``def``."""
    order = list(Context)
    found: dict[int, str] = {}
    for scope in functions(file):
        named = [context.value for context in sorted(file.contexts.of(scope), key=order.index)]
        found[getattr(scope.node, "lineno", 0)] = ", ".join(named) or "nothing runs it"
    return found


def exceptions(file: FileAnalyses) -> dict[int, str]:
    """Whether a handler catches what the ``raise`` in its ``try`` raises."""
    found: dict[int, str] = {}
    for scope, statement in scopes_of(file):
        if isinstance(statement, ast.Try) and isinstance(statement.body[0], ast.Raise):
            exception = statement.body[0].exc
            assert exception is not None
            raised = raised_by_expression(
                file.names, exception.func if isinstance(exception, ast.Call) else exception, scope
            )
            for handler in statement.handlers:
                caught = caught_by(file.names, handler.type, scope)
                found[handler.lineno] = ANSWERS[matches(caught, raised)]
                if raised.anything:
                    raised = raised.without(caught.classes)
    return found


def places(file: FileAnalyses) -> dict[int, str]:
    """The place that an assignment binds, and what keeps it after the function."""
    found: dict[int, str] = {}
    for scope in (file.names.scopes.module, *functions(file)):
        graph = file.summaries.graph(scope)
        for node in graph.nodes:
            target = node.does.target
            if isinstance(node.does, Assign) and isinstance(target, Place) and not target.is_temporary:
                found[getattr(node.syntax, "lineno", 0)] = _place(target, graph.owners.get(target), graph.foreign)
    return found


def _place(place: Place, owner: LastingPlace | None, foreign: set[Place]) -> str:
    assert place.variable is not None
    written = ".".join((place.variable.name, *place.fields))
    if place in foreign:
        return f"{written}, in an object of another file"
    if owner is None:
        return f"{written}, of this function"
    on_class = "the class" if owner.holder.kind is ScopeKind.CLASS else "the variables"
    whole = "objects" if owner.is_of_objects else on_class
    return f"{written}, one of {whole} of {owner.holder.name}"


def summaries(file: FileAnalyses) -> dict[int, str]:
    """What a function does with a connection that it is given as ``ws``, on the line of its ``def``."""
    found: dict[int, str] = {}
    for scope in functions(file):
        assert isinstance(scope.node, ast.FunctionDef)
        if any(parameter.arg == "ws" for parameter in positional_parameters(scope.node.args)):
            summary = file.summaries.effect(scope, [(variable("ws", scope), ValueKind.CONNECTION)])
            found[scope.node.lineno] = ", ".join(_effects(summary)) or "nothing"
    return found


def _effects(summary: Summary) -> Iterator[str]:
    told: tuple[tuple[str, object], ...] = (
        ("enters it", summary.entered),
        ("uses it before it is entered", summary.used_before_enter),
        ("receives for ever", summary.received_forever),
        ("receives", summary.received is not None and summary.received_forever is None),
        ("not beside others", summary.received is not None and summary.received_at_once is None),
        ("closes it", summary.closed),
        ("closes it late", summary.late),
        ("gives it away", summary.given),
        ("returns it", summary.returned),
        ("leaves it open", summary.returns_open and not summary.stored),
        ("raises and leaves it open", summary.raised),
        ("lets threads end", summary.ends_threads),
        ("finds it closed by the peer", summary.returns_excused),
    )
    for text, holds in told:
        if holds:
            yield text
    for owner in summary.stored:
        yield f"keeps it in {owner.text}"
    for step, handed in summary.handed.items():
        yield f"hands it to a {handed.start.spawner.value}{' that goes on' if step in summary.running else ''}"


def loops(file: FileAnalyses) -> dict[int, str]:
    """Whether a loop has an end, on its first line; a ``for`` loop is taken for one over the messages of a peer."""
    found: dict[int, str] = {}
    ends = LoopEnds(file.names, file.summaries.openers)
    for scope in functions(file):
        graph = file.summaries.graph(scope)
        for loop in {loop: None for node in graph.nodes for loop in node.loops}:
            endless = ends.is_endless(graph, loop)
            found[getattr(loop.syntax, "lineno", 0)] = "has no end" if endless else "ends"
    return found


def signals(file: FileAnalyses) -> dict[int, str]:
    """What ends a loop that receives, on its first line; a ``for`` loop is one over the messages of a peer."""
    found: dict[int, str] = {}
    for scope in functions(file):
        graph = file.summaries.graph(scope)
        for loop in {loop: None for node in graph.nodes for loop in node.loops}:
            over_messages = isinstance(loop.syntax, ast.For)
            ending = signals_ending(file.names, graph, loop, over_messages, sends_or_waits)
            told = [f"{ast.unparse(each.node)} is {'set' if each.is_event else each.ending}" for each in ending or ()]
            text = ", ".join(told) or "nothing"
            found[getattr(loop.syntax, "lineno", 0)] = text if ending is not None else "something else"
    return found


def events(file: FileAnalyses) -> dict[int, str]:
    """What the lines of a program do with the connection in ``self.ws``, an attribute of its class ``Client``."""
    client = next(scope for scope in file.names.scopes.by_node.values() if scope.name == "Client")
    found: dict[int, set[str]] = {}
    for event in file.owners.events(LastingPlace(attribute("ws", client), "self.ws"), False):
        found.setdefault(getattr(event.syntax, "lineno", 0), set()).add(event.kind.value)
    return {line: ", ".join(sorted(kinds)) for line, kinds in found.items()}


ROOMS: Mapping[str, Callable[[FileAnalyses], dict[int, str]]] = {
    "evaluate": evaluate,
    "inputs": inputs,
    "changes": changes,
    "daemon_flags": daemon_flags,
    "contexts": contexts,
    "exceptions": exceptions,
    "places": places,
    "loops": loops,
    "signals": signals,
    "summaries": summaries,
    "events": events,
}
"""By the name of the document with the programs."""
