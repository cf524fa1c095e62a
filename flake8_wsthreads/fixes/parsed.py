"""One file as libcst reads it, with the questions that every kind of fix asks of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider, ScopeProvider
from libcst.metadata.scope_provider import Assignment, Scope

from flake8_wsthreads.finding import Location

# libcst loses a form feed: a line that has nothing else is a comment for the time being.
_FORM_FEED_LINE = re.compile(r"^[ \t]*\f[ \t\f]*$", re.MULTILINE)
_STAND_IN = "#\ue000form feed"
_STAND_IN_LINE = re.compile(rf"^[ \t]*{_STAND_IN}$", re.MULTILINE)

_Node = TypeVar("_Node", bound=cst.CSTNode)

Block = cst.IndentedBlock | cst.Module
"""What holds a list of statements."""


class Parsed:
    """The concrete syntax tree of a file. ``parse`` makes it."""

    def __init__(self, module: cst.Module, has_stand_ins: bool) -> None:
        self.module = module
        self._has_stand_ins = has_stand_ins
        self._wrapper = MetadataWrapper(module, unsafe_skip_copy=True)

    @cached_property
    def _positions(self) -> Mapping[cst.CSTNode, CodeRange]:
        return self._wrapper.resolve(PositionProvider)

    @cached_property
    def _parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        # five times as fast as libcst's provider, which most files with a finding would have to wait for
        parents: dict[cst.CSTNode, cst.CSTNode] = {}
        pending: list[cst.CSTNode] = [self.module]
        for node in pending:
            for part in _parts(node):
                parents[part] = node
                pending.append(part)
        return parents

    @cached_property
    def _scopes(self) -> Mapping[cst.CSTNode, Scope | None]:
        return self._wrapper.resolve(ScopeProvider)

    @cached_property
    def _calls(self) -> dict[Location, cst.Call]:
        return {self.location(node): node for node in self._positions if isinstance(node, cst.Call)}

    def location(self, node: cst.CSTNode) -> Location:
        """The range of a node without its own parentheses, as the findings count."""
        place = self._positions[node]
        return Location(place.start.line, place.start.column, place.end.line, place.end.column)

    def start(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node begins."""
        location = self.location(node)
        return location.line, location.column

    def end(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node ends."""
        location = self.location(node)
        return location.end_line, location.end_column

    def call_at(self, location: Location) -> cst.Call | None:
        """The call with this range; None where another kind of expression stands there."""
        return self._calls.get(location)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that a node is a part of."""
        return self._parents.get(node)

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the inside out."""
        outer = self._parents.get(node)
        while outer is not None:
            yield outer
            outer = self._parents.get(outer)

    def line_of(self, node: cst.CSTNode) -> cst.BaseStatement | None:
        """The statement of a block that a node stands in, the innermost; None where a suite on one line holds it."""
        for inner in (node, *self.around(node)):
            outer = self._parents.get(inner)
            if isinstance(outer, cst.SimpleStatementSuite):
                return None
            if isinstance(outer, Block):
                return inner if isinstance(inner, cst.BaseStatement) else None
        return None

    def block_of(self, statement: cst.CSTNode) -> Block | None:
        """The block whose list a statement is in."""
        outer = self._parents.get(statement)
        return outer if isinstance(outer, Block) else None

    def statement_in(self, node: cst.CSTNode, block: Block) -> cst.BaseStatement | None:
        """The statement of a block that a node stands in; None where it stands elsewhere."""
        inner = node
        for outer in self.around(node):
            if outer is block:
                return inner if isinstance(inner, cst.BaseStatement) else None
            inner = outer
        return None

    def small_statement(self, node: cst.CSTNode) -> cst.BaseSmallStatement | None:
        """The statement without a block of its own that a node stands in; None in the head of a compound one."""
        for outer in self.around(node):
            if isinstance(outer, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
                return outer if isinstance(outer, cst.BaseSmallStatement) else None
        return None

    def function_of(self, node: cst.CSTNode) -> cst.FunctionDef | cst.Module | None:
        """The function, or the module, whose code a node is; None in a class body, a lambda or a comprehension."""
        for outer in self.around(node):
            if isinstance(outer, (cst.FunctionDef, cst.Module)):
                return outer
            if isinstance(outer, (cst.ClassDef, cst.Lambda, cst.BaseComp)):
                return None
        return None

    def function_around(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The function or the module that a node stands in, also within a comprehension."""
        return next((outer for outer in self.around(node) if isinstance(outer, (cst.FunctionDef, cst.Module))), None)

    def is_bound_before(self, node: cst.CSTNode, name: str) -> bool:
        """Whether something in the scope of a node, or around that scope, binds a name further up in the text."""
        scope = self.scope_of(node)
        bound = [binding for binding in scope[name] if isinstance(binding, Assignment)] if scope is not None else []
        return any(self.start(binding.node) < self.start(node) for binding in bound)

    def scope_of(self, node: cst.CSTNode) -> Scope | None:
        """The scope that a node stands in."""
        return self._scopes.get(node)

    @cached_property
    def _functions(self) -> dict[str, list[cst.FunctionDef]]:
        found: dict[str, list[cst.FunctionDef]] = {}
        for node in self._positions:
            if isinstance(node, cst.FunctionDef):
                found.setdefault(node.name.value, []).append(node)
        return found

    def functions_named(self, name: str) -> list[cst.FunctionDef]:
        """The functions and methods of the file with this name."""
        return self._functions.get(name, [])

    def calls(self) -> list[cst.Call]:
        """The calls of the file, in the order of the text."""
        return [call for _, call in sorted(self._calls.items(), key=lambda item: item[0])]

    def classes_named(self, name: str) -> list[cst.ClassDef]:
        """The classes of the file with this name."""
        return [node for node in self._positions if isinstance(node, cst.ClassDef) and node.name.value == name]

    def class_around(self, node: cst.CSTNode) -> cst.ClassDef | None:
        """The class whose method a node stands in."""
        return next((outer for outer in self.around(node) if isinstance(outer, cst.ClassDef)), None)

    def attributes_named(self, name: str) -> list[cst.Attribute]:
        """The attributes of the file with this name, of whatever object."""
        return [node for node in self._positions if isinstance(node, cst.Attribute) and node.attr.value == name]

    def names_in(self, node: cst.CSTNode) -> list[str]:
        """The variables that an expression mentions."""
        found: list[str] = []
        pending = [node]
        for part in pending:
            if isinstance(part, cst.Name):
                found.append(part.value)
            elif isinstance(part, cst.Attribute):
                pending.append(part.value)
            elif isinstance(part, cst.Arg):
                pending.append(part.value)
            else:
                pending.extend(part.children)
        return found

    def text_of(self, node: cst.CSTNode) -> str:
        """How a node is written."""
        return self.module.code_for_node(node)

    def parts_of(self, function: cst.FunctionDef, kind: type[_Node]) -> list[_Node]:
        """The nodes of a kind in the code of a function itself, not in the functions inside of it."""
        found: list[_Node] = []
        pending: list[cst.CSTNode] = [function.body]
        for node in pending:
            if isinstance(node, kind):
                found.append(node)
            pending.extend(part for part in node.children if not isinstance(part, (cst.FunctionDef, cst.ClassDef)))
        return found

    def assignments_in(self, owner: cst.ClassDef) -> list[cst.Assign]:
        """The assignments in a class and its methods."""
        return [node for node in self._positions if isinstance(node, cst.Assign) and owner in self.around(node)]

    def is_assigned(self, node: cst.CSTNode, name: str) -> bool:
        """Whether a plain statement binds a name, in the scope of a node or around it: no import, no definition."""
        scope = self.scope_of(node)
        bound = scope[name] if scope is not None else ()
        return any(isinstance(binding, Assignment) and isinstance(binding.node, cst.Name) for binding in bound)

    def mentions_name(self, name: str) -> bool:
        """Whether any part of the file is called so."""
        return any(isinstance(node, cst.Name) and node.value == name for node in self._positions)

    def bindings(self, node: cst.CSTNode, name: str) -> list[cst.CSTNode]:
        """What binds a name in the scope that a node stands in: names, functions, parameters, imports."""
        scope = self.scope_of(node)
        found = [] if scope is None else [binding for binding in scope[name] if binding.scope is scope]
        return [binding.node if isinstance(binding, Assignment) else self.module for binding in found]

    def bindings_around(self, node: cst.CSTNode, name: str) -> list[cst.CSTNode]:
        """The same, in the scope of a node or in the one around it that has the name."""
        scope = self.scope_of(node)
        found = scope[name] if scope is not None else ()
        return [binding.node if isinstance(binding, Assignment) else self.module for binding in found]

    def references(self, node: cst.CSTNode, name: str) -> list[cst.Name]:
        """Every use of a name, in the scope that a node stands in and inside of it, in the order of the text."""
        scope = self.scope_of(node)
        found: set[cst.Name] = set()
        for binding in scope[name] if scope is not None else ():
            for access in binding.references:
                leftmost: cst.CSTNode = access.node
                while isinstance(leftmost, cst.Attribute):
                    leftmost = leftmost.value
                if isinstance(leftmost, cst.Name):
                    found.add(leftmost)
        return sorted(found, key=self.start)

    def code(self, module: cst.Module) -> str:
        """The text of a changed tree of this file."""
        return _STAND_IN_LINE.sub("\f", module.code) if self._has_stand_ins else module.code


_FIELDS: dict[type, tuple[str, ...]] = {}


def _parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes that a node is made of. ``CSTNode.children`` gives the same, by way of a visitor."""
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(field.name for field in dataclasses.fields(kind))
    for name in names:
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (part for part in value if isinstance(part, cst.CSTNode))


def parse(text: str) -> Parsed | None:
    r"""The tree of a text whose lines end with ``\n``; None where libcst cannot read it or would not write it back."""
    readable = _FORM_FEED_LINE.sub(_STAND_IN, text)
    try:
        module = cst.parse_module(readable)
        is_whole = module.code == readable
    except (cst.ParserSyntaxError, RecursionError):
        return None
    return Parsed(module, readable != text) if is_whole else None


def code_of(node: cst.CSTNode) -> str:
    """How an expression is written."""
    return cst.Module([]).code_for_node(node)


def is_docstring(part: cst.CSTNode) -> bool:
    """Whether a statement is a string alone."""
    small = part.body[0] if isinstance(part, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Expr) and isinstance(small.value, cst.BaseString)
