"""One file, pass by pass: its syntax tree in, the facts that rules ask about out. Start reading the analysis here."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_wsthreads.facts import Model
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.openers import possible_openers
from flake8_wsthreads.names.scope_tree import ScopeTree
from flake8_wsthreads.names.ways_to_a_client import ways_to_a_client
from flake8_wsthreads.ownership.borrowed import borrowed_attributes, borrowed_by, functions_annotated_with
from flake8_wsthreads.ownership.file_analyses import analyses_of
from flake8_wsthreads.ownership.objects import objects_keeping
from flake8_wsthreads.ownership.opened import opened_in
from flake8_wsthreads.source.budget import Budget, OverBudget
from flake8_wsthreads.source.words import WordIndex

# Who starts a daemon thread writes one of them.
_DAEMON_WORDS = ("daemon", "setDaemon", "start_new_thread")


def build_model(tree: ast.Module, lines: Sequence[str], factories: frozenset[str] = frozenset()) -> Model:
    """The facts of one file.

    ``lines`` are its lines, decoded, each with its line end. ``factories`` are qualified names of callables of other
    modules that return a connection. A file that costs more than its budget has no facts. Never raises for a tree that
    ``ast.parse`` made of these lines.
    """
    try:
        return _built(tree, lines, factories, Budget())
    except OverBudget:
        return Model(())


def _built(tree: ast.Module, lines: Sequence[str], factories: frozenset[str], budget: Budget) -> Model:
    text = WordIndex(lines, budget)
    scopes = ScopeTree(tree, text)
    names = Names(scopes)
    source = SourceIndex(text, scopes)
    words = ways_to_a_client(source, factories)
    if not words:
        return Model(())
    openers = possible_openers(names, source, words, factories)
    file = analyses_of(names, source, openers, factories)
    connections = [
        connection
        for function, callees in openers.items()
        if not callees or any(file.sites.opens(callee) is not None for callee in callees)
        for connection in opened_in(file, function)
    ]
    if file.contexts.are_real and file.contexts.may_be_several:
        for function in functions_annotated_with(source, scopes, words):
            connections.extend(borrowed_by(file, function))
        connections.extend(borrowed_attributes(file))
    connections.sort(key=lambda connection: connection.location)
    objects = objects_keeping(file, openers)
    makes_daemons = any(source.lines_of(word) for word in _DAEMON_WORDS)
    return Model(tuple(connections), makes_daemons, objects=tuple(objects))
