"""How far the uses of a connection reach: its variable, and what may still hold it under another name."""

from __future__ import annotations

import builtins
from dataclasses import dataclass

import libcst as cst

from flake8_wsthreads.fixes.parsed import Parsed

# Methods whose results hold no connection.
_GIVING_VALUES = frozenset({"recv", "send", "pong", "close", "fileno", "__enter__", "__exit__"})
_PASSED_ON = (
    cst.Element, cst.StarredElement, cst.DictElement, cst.Tuple, cst.List, cst.Set, cst.Dict, cst.IfExp, cst.Await,
    cst.BooleanOperation,
)  # fmt: skip
_ANSWERS = (cst.Comparison, cst.UnaryOperation, cst.FormattedString, cst.Yield, cst.Assert, cst.Del)


@dataclass(frozen=True)
class Uses:
    """All uses of a connection in its function."""

    direct: tuple[cst.Name, ...]
    """The mentions of its variable."""
    derived: tuple[cst.Name, ...]
    """The mentions of variables that may hold it, or something that lives on it."""
    are_all: bool
    """No use hides behind something that the function returns, stores or hands on as code for later."""


@dataclass(frozen=True)
class _Reach:
    """What one mention does: names what may hold the connection afterwards."""

    aliases: tuple[str, ...] = ()
    hidden: bool = False
    away: bool = False
    code: bool = False
    """The names are of functions or generators, which use it when they run."""


_HERE = _Reach()


def uses_of(parsed: Parsed, opening: cst.CSTNode, variable: str) -> Uses | None:
    """The uses of a variable that is bound to what ``opening`` opens; None where the connection leaves the function."""
    function = parsed.function_of(opening)
    direct = parsed.references(opening, variable)
    derived: dict[cst.Name, None] = {}
    known = {variable}
    are_all = True
    pending = list(direct)
    for mention in pending:
        reach = _reach(parsed, mention, function)
        if reach.away:
            return None
        are_all = are_all and not reach.hidden
        for alias in reach.aliases:
            if alias not in known:
                known.add(alias)
                others = parsed.references(opening, alias)
                are_all = are_all and not (reach.code and any(not _runs_here(parsed, other) for other in others))
                derived.update(dict.fromkeys(others))
                pending.extend(others)
    return Uses(tuple(direct), tuple(derived), are_all)


def _reach(parsed: Parsed, mention: cst.Name, function: cst.CSTNode | None) -> _Reach:
    """Climbs from a mention to its statement, as long as the value may be, or may hold, the connection."""
    inside = _nested(parsed, mention, function)
    if isinstance(inside, cst.FunctionDef):
        # another module may call a function of this one when the block is over
        hidden = isinstance(function, cst.Module) or bool(inside.decorators)
        return _Reach(aliases=(inside.name.value,), hidden=hidden, code=True)
    if inside is not None:
        return _Reach(hidden=True)
    inner: cst.CSTNode = mention
    itself, later = True, _is_for_later(parsed, mention)
    for outer in parsed.around(mention):
        if isinstance(outer, _ANSWERS) and not later:
            return _HERE
        if isinstance(outer, cst.Attribute):
            call = parsed.parent(outer)
            if isinstance(call, cst.Call) and call.func is outer and outer.attr.value in _GIVING_VALUES and not later:
                return _HERE
            itself = False
        elif isinstance(outer, cst.CompFor) and not later:
            return _HERE
        elif isinstance(outer, cst.WithItem):
            name = outer.asname.name if outer.asname is not None else None
            return _Reach(aliases=(name.value,)) if isinstance(name, cst.Name) else _HERE
        elif isinstance(outer, cst.NamedExpr) and isinstance(outer.target, cst.Name):
            return _Reach(aliases=(outer.target.value,))
        elif isinstance(outer, cst.BaseSmallStatement):
            return _reach_of(outer, itself, later)
        elif isinstance(outer, cst.BaseStatement):
            return _HERE
        elif isinstance(outer, cst.BaseExpression) and not isinstance(outer, _PASSED_ON):
            itself = False
        inner = outer
    return _Reach(hidden=inner is not mention)


def _runs_here(parsed: Parsed, mention: cst.Name) -> bool:
    """Whether code runs, if at all, where it is mentioned: ``on_message(text)``, ``map(on_message, texts)``.

    Who gets it otherwise, a registry or another object, may run it when the block is over.
    """
    outer = parsed.parent(mention)
    if isinstance(outer, cst.Arg):
        call = parsed.parent(outer)
        name = call.func.value if isinstance(call, cst.Call) and isinstance(call.func, cst.Name) else ""
        return hasattr(builtins, name) and not parsed.bindings(mention, name)
    if isinstance(outer, (cst.For, cst.CompFor)):
        return outer.iter is mention
    return isinstance(outer, cst.Call) and outer.func is mention


def _is_for_later(parsed: Parsed, mention: cst.Name) -> bool:
    """Whether a lambda or a generator uses it, which may run when the statement is long over."""
    for outer in parsed.around(mention):
        if isinstance(outer, (cst.BaseSmallStatement, cst.BaseStatement)):
            return False
        if isinstance(outer, (cst.Lambda, cst.GeneratorExp)):
            return True
    return False


def _nested(parsed: Parsed, mention: cst.Name, function: cst.CSTNode | None) -> cst.CSTNode | None:
    """The outermost function or class inside of the function that a mention stands in."""
    found: cst.CSTNode | None = None
    for outer in parsed.around(mention):
        if outer is function:
            return found
        if isinstance(outer, (cst.FunctionDef, cst.ClassDef)):
            found = outer
    return found


def _reach_of(statement: cst.BaseSmallStatement, itself: bool, later: bool) -> _Reach:
    if isinstance(statement, cst.Return):
        return _Reach(away=itself or later, hidden=True)
    if isinstance(statement, cst.Expr):
        return _Reach(hidden=later)
    targets: list[cst.BaseExpression] = []
    if isinstance(statement, cst.Assign):
        targets = [target.target for target in statement.targets]
    elif isinstance(statement, (cst.AnnAssign, cst.AugAssign)):
        targets = [statement.target]
    names = [target for outer in targets for target in _flat(outer)]
    if names and all(isinstance(name, cst.Name) for name in names):
        return _Reach(aliases=tuple(name.value for name in names if isinstance(name, cst.Name)), code=later)
    return _Reach(away=itself and bool(names), hidden=True)


def _flat(target: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(target, (cst.Tuple, cst.List)):
        return [inner for element in target.elements for inner in _flat(element.value)]
    return [target]
