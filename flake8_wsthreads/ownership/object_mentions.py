"""Whether all that is done with an object shows: in the function that makes it, and in the methods of its class."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from flake8_wsthreads.library import reports
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Class, Function, Instance
from flake8_wsthreads.ownership.bodies import Body
from flake8_wsthreads.ownership.file_analyses import FileAnalyses
from flake8_wsthreads.source.syntax import children, first_parameter, walk

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LATER = (*_FUNCTIONS, ast.Lambda, ast.GeneratorExp, ast.ClassDef)
_SHOWING = {f"builtins.{name}" for name in ("print", "repr", "str", "isinstance", "id", "type")}
_TESTS = (ast.If, ast.While, ast.IfExp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.Assert)


@dataclass(frozen=True)
class Mentions:
    """What a function does with an object of its own."""

    names: tuple[str, ...]
    """The variables that it has for it."""
    called: tuple[Scope, ...]
    """The methods of it that are called."""
    handed: tuple[Scope, ...] = ()
    """The methods of it that are handed on, not called."""
    asked: tuple[Scope | None, ...] = ()
    """The methods that conditions ask; None for an attribute, or for what is not told."""
    is_entered: bool = False
    """A ``with`` statement enters it."""
    is_returned: bool = False
    """The function returns it, on some way out."""


def mentions_of(file: FileAnalyses, maker: Scope, call: ast.AST, made: Scope) -> Mentions | None:
    """What a function does with the object of the class ``made`` that ``call`` makes, or is a method of.

    None where others may know it, or where its variable may hold something else.
    """
    body = file.bodies.of(maker)
    around = [outer for _, outer in body.around(call)]
    callee = call.func if isinstance(call, ast.Call) else None
    named = callee.value if isinstance(callee, ast.Attribute) else call
    parent = around[0] if around else None
    if isinstance(named, ast.Name) and not isinstance(file.names.evaluate(callee, maker), Class):
        return _of_names(file, maker, body, [named.id], made)  # client.start(), with client: …
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        target = targets[0] if len(targets) == 1 else None
        return _of_names(file, maker, body, [target.id], made) if isinstance(target, ast.Name) else None
    if isinstance(parent, ast.withitem):
        entered = _name_in(parent)
        return _of_names(file, maker, body, entered, made) if entered is not None else None
    if isinstance(parent, ast.Attribute) and _is_callee(parent, around[1]):
        method = _method(file, parent, maker)  # Client(URL).ask()
        return Mentions((), (method,)) if method is not None else None
    if isinstance(parent, ast.Return):
        return Mentions((), (), is_returned=True)
    return Mentions((), ()) if isinstance(parent, ast.Expr) else None


def _name_in(item: ast.withitem) -> list[str] | None:
    """The variable that a ``with`` statement binds; None where it binds something else."""
    if item.optional_vars is None:
        return []
    return [item.optional_vars.id] if isinstance(item.optional_vars, ast.Name) else None


def _is_callee(node: ast.AST, parent: ast.AST) -> bool:
    return isinstance(parent, ast.Call) and parent.func is node


def _method(file: FileAnalyses, attribute: ast.Attribute, scope: Scope) -> Scope | None:
    value = file.names.evaluate(attribute, scope)
    return value.scope if isinstance(value, Function) else None


def _of_names(file: FileAnalyses, maker: Scope, body: Body, names: list[str], made: Scope) -> Mentions | None:
    called: dict[Scope, None] = {}
    handed: dict[Scope, None] = {}
    asked: dict[Scope | None, None] = {}
    is_entered = is_returned = False
    leaves = file.names.classes.method(made, "__exit__")
    if leaves is not None:
        called[leaves] = None  # by the end of a with block, if there is one
    for name in names:
        if file.names.lookup(name, maker) is not maker or file.names.variable(name, maker) != Instance(made):
            return None
        for mention in body.mentions(name):
            around = list(body.around(mention))
            outer = [parent for _, parent in around]
            later = next((pair for pair in around if isinstance(pair[1], _LATER) and pair[1] is not maker.node), None)
            if later is not None and not _is_another(file, maker, name, *later):
                return None
            if later is not None:
                continue
            is_entered = is_entered or isinstance(outer[0], ast.withitem)
            if isinstance(outer[0], ast.withitem) and outer[0].context_expr is mention:
                entered = _name_in(outer[0])
                if entered is None or name in entered:
                    return None
                names.extend(each for each in entered if each not in names)
            elif isinstance(outer[0], ast.Attribute):
                method, is_called = _method(file, outer[0], maker), _is_callee(outer[0], outer[1])
                if method is not None:
                    (called if is_called else handed)[method] = None
                if any(part in (getattr(test, "test", None), getattr(test, "subject", None)) for part, test in around):
                    asked[method if is_called else None] = None
            elif isinstance(outer[0], ast.Return):
                is_returned = True
            elif isinstance(mention.ctx, ast.Load) and not _only_looks_at(file, outer[0], maker):
                return None
    return Mentions(tuple(names), tuple(called), tuple(handed), tuple(asked), is_entered, is_returned)


def _is_another(file: FileAnalyses, maker: Scope, name: str, part: ast.AST, inner: ast.AST) -> bool:
    """Whether a mention in some part of an inner function means a variable of that function."""
    if not isinstance(inner, _FUNCTIONS) or part not in inner.body:
        return False
    return file.names.lookup(name, file.names.scopes.by_node[inner].read()) is not maker


def _only_looks_at(file: FileAnalyses, parent: ast.AST, scope: Scope) -> bool:
    """Whether what is right around the object keeps nothing of it: a condition, ``print(client)``, ``f"{client}"``."""
    if isinstance(parent, ast.Call):
        name = file.names.qualified_name(parent.func, scope)
        return name in _SHOWING or reports(name)
    return isinstance(parent, (*_TESTS, ast.FormattedValue))


def own_object_escapes(file: FileAnalyses, classes: Sequence[Scope]) -> bool:
    """Whether the methods of classes may let others know their own object: ``registry.append(self)``.

    ``__enter__`` returns it to a ``with`` block, whose variable is looked at there.
    """
    return any(_escapes_from(statement) for each in classes for statement in children(each.node))


def _escapes_from(method: ast.AST) -> bool:
    own = first_parameter(method)
    if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) or own is None:
        return False
    harmless: set[ast.AST] = set()
    for part in walk(method):
        if isinstance(part, ast.Attribute):
            harmless.add(part.value)
        elif isinstance(part, ast.Return) and method.name == "__enter__" and part.value is not None:
            harmless.add(part.value)
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr.startswith("__"):
            harmless.update(part.args[:1])  # Base.__init__(self, url)
    return any(
        isinstance(part, ast.Name) and part.id == own.arg and part not in harmless for part in walk(method)
    )
