"""Connections that a file is handed from elsewhere, by their annotations, where its threads get hold of them."""

from __future__ import annotations

import ast

from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import LastingPlace, attribute, variable
from flake8_wsthreads.dataflow.left_on_objects import Left
from flake8_wsthreads.facts import ConcurrentReceive, Connection, HandOver, Paths
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.scopes import BindingKind, Scope, ScopeKind
from flake8_wsthreads.names.websockets import is_connection_annotation
from flake8_wsthreads.ownership.concurrent_receives import concurrent_in_owner, concurrent_locally
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.ownership.hand_overs import local_hand_overs
from flake8_wsthreads.ownership.owner_facts import is_thread_local


def functions_annotated_with(source: SourceIndex, scopes: ScopeTree, words: list[str]) -> list[Scope]:
    """The functions whose first lines mention one of the names that lead to the client: maybe in an annotation."""
    statements = (statement.node for word in words for statement in source.statements(word))
    definitions = (node for node in statements if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return [scopes.by_node[node] for node in dict.fromkeys(definitions)]


def borrowed_by(file: FileAnalyses, function: Scope) -> list[Connection]:
    """The parameters of a function that are annotated as connections, where threads get hold of them."""
    found: list[Connection] = []
    if function.kind is not ScopeKind.FUNCTION:
        return found
    for name, bindings in function.read().bindings.items():
        for binding in bindings:
            if binding.kind is not BindingKind.PARAMETER or not isinstance(binding.node, ast.arg):
                continue
            if not is_connection_annotation(file.names, binding.annotation, function.parent or function):
                continue
            summary = file.summaries.effect(function, [(variable(name, function), ValueKind.CONNECTION)])
            location = file.source.location(binding.node)
            concurrent = list(concurrent_locally(file, summary))
            for reference in summary.stored:
                if not is_thread_local(file, reference) and reference not in summary.containers:
                    found_there = concurrent_in_owner(file, reference, Left(function, summary), location, concurrent)
                    concurrent.extend(found_there)
            if summary.handed or concurrent:
                handed = local_hand_overs(file, summary, function, location)
                found.append(_borrowed(file, binding.node, name, function, handed, tuple(concurrent)))
    return found


def borrowed_attributes(file: FileAnalyses) -> list[Connection]:
    """The attributes that are annotated as connections without a value, where threads get hold of them."""
    found: list[Connection] = []
    for statement in file.source.statements("ClientConnection") + file.source.statements("Connection"):
        node = statement.node
        if not isinstance(node, ast.AnnAssign) or statement.scope.kind is not ScopeKind.CLASS or node.value is not None:
            continue
        if isinstance(node.target, ast.Name) and is_connection_annotation(file.names, node.annotation, statement.scope):
            name = node.target.id
            reference = LastingPlace(attribute(name, statement.scope), f"self.{name}")
            concurrent = concurrent_in_owner(file, reference, None, file.source.location(node.target), [])
            if concurrent:
                found.append(_borrowed(file, node.target, name, statement.scope, (), tuple(concurrent)))
    return found


def _borrowed(
    file: FileAnalyses,
    node: ast.AST,
    name: str,
    function: Scope,
    hand_overs: tuple[HandOver, ...],
    concurrent: tuple[ConcurrentReceive, ...],
) -> Connection:
    return Connection(
        location=file.source.location(node),
        opened_by=name,
        function_name=function.name,
        borrowed=True,
        contexts=file.contexts.of(function),
        legacy=False,
        in_thread_constructor=False,
        paths=Paths(),
        owner=None,
        hand_overs=hand_overs,
        concurrent_receives=concurrent,
        received_forever=None,
    )
