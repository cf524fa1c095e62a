"""A closing method and ``__enter__`` for a class that keeps a connection, and a block for its object.

Where the project admits releases that warn of a connection that was not entered, the class enters it on an exit stack
of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.imports import with_exit_stack
from flake8_wsthreads.fixes.parsed import Parsed, is_docstring
from flake8_wsthreads.fixes.rewrite import Rewrite
from flake8_wsthreads.fixes.site import Site
from flake8_wsthreads.fixes.with_block import put_into_block
from flake8_wsthreads.rules.wst305_connect_without_context_manager import DEPRECATED

_CLOSERS = ("close", "stop", "disconnect", "shutdown", "terminate", "__exit__")
_STACK_NAMES = ("_exit_stack", "_connections", "_connection_stack")


@dataclass(frozen=True)
class _Kept:
    """``self.ws = connect(URL)`` in a method of a class."""

    call: cst.Call
    line: cst.SimpleStatementLine
    assign: cst.Assign
    attribute: cst.Attribute
    owner: cst.ClassDef


def add_closing_method(site: Site) -> Iterator[Change]:
    """The class closes its connection in the method that is there for it, or in a new ``close()``.

    Where the file makes one object of the class, it becomes a ``with`` block as well.
    """
    parsed, kept = site.parsed, _kept(site)
    if kept is None:
        return
    on_stack = site.target.admits_any([DEPRECATED])
    if on_stack and not _has_room_for_stack(parsed, kept):
        return
    stack = next((name for name in _STACK_NAMES if not parsed.attributes_named(name)), "") if on_stack else ""
    if on_stack and not stack:
        return
    if not _closer(kept.owner) and "close" in _methods(kept.owner):
        return
    made = [call for call in parsed.calls() if parsed.text_of(call.func) == kept.owner.name.value]
    # a thread may use the connection for longer than the uses that are in sight
    to_the_end = bool(site.connection.hand_overs)
    for in_block in (True, False):
        rewrite = Rewrite(parsed)
        does = _add_method(parsed, kept, rewrite, stack)
        if in_block and (len(made) != 1 or put_into_block(parsed, made[0], rewrite, to_the_end) is None):
            continue
        # a new close() that the program at hand does not call mends nothing
        if not in_block and made and not _closer(kept.owner):
            continue
        if stack:
            _enter_on(parsed, kept, rewrite, stack)
        text = rewrite.text(with_exit_stack if stack else None)
        yield Change(text, is_safe=False, does=f'{does}, and use it in a "with" block' if in_block else does)


def enter_on_own_stack(site: Site) -> Iterator[Change]:
    """An object that closes its connection enters it first, on an exit stack that it closes instead."""
    parsed, kept = site.parsed, _kept(site)
    stack = next((name for name in _STACK_NAMES if not parsed.attributes_named(name)), "")
    if kept is None or not stack or not _has_room_for_stack(parsed, kept):
        return
    closes = [call for call in parsed.calls() if parsed.text_of(call) == f"{parsed.text_of(kept.attribute)}.close()"]
    statements = [parsed.parent(call) for call in closes]
    if not closes or not all(isinstance(statement, cst.Expr) for statement in statements):
        return
    if any(parsed.class_around(call) is not kept.owner for call in closes):
        return
    rewrite = Rewrite(parsed)
    for call in closes:
        rewrite.replace(call, lambda _: cst.parse_expression(f"self.{stack}.close()"))
    _enter_on(parsed, kept, rewrite, stack)
    does = "Enter the connection on an exit stack of the object, and close that"
    yield Change(rewrite.text(with_exit_stack), is_safe=False, does=does)


def _kept(site: Site) -> _Kept | None:
    parsed, call, line, assign = site.parsed, site.call, site.line, site.small_statement
    owner = parsed.class_around(call)
    if not isinstance(line, cst.SimpleStatementLine) or owner is None:
        return None
    if not isinstance(assign, cst.Assign) or assign.value is not call or len(assign.targets) != 1:
        return None
    target = assign.targets[0].target
    is_attribute = isinstance(target, cst.Attribute) and parsed.text_of(target.value) == "self"
    if not isinstance(target, cst.Attribute) or not is_attribute:
        return None
    return _Kept(call, line, assign, target, owner) if isinstance(owner.body, cst.IndentedBlock) else None


def _has_room_for_stack(parsed: Parsed, kept: _Kept) -> bool:
    """Whether the object can have an attribute more, and one stack closes all that it opens.

    That is so where the attribute gets a value but None at this place alone.
    """
    name = parsed.text_of(kept.attribute)
    assigned = [
        (parsed.text_of(target.target), assign.value)
        for assign in parsed.assignments_in(kept.owner)
        for target in assign.targets
    ]
    if any(target == "__slots__" for target, _ in assigned):
        return False
    values = [value for target, value in assigned if target == name]
    return [value for value in values if parsed.text_of(value) != "None"] == [kept.call]


def _add_method(parsed: Parsed, kept: _Kept, rewrite: Rewrite, stack: str) -> str:
    """Close in the class; returns what was done, in words."""
    methods = _methods(kept.owner)
    attribute = parsed.text_of(kept.attribute)
    close = f"self.{stack}.close()" if stack else f"{attribute}.close()"
    if _may_be_none(parsed, kept):
        close = f"if {attribute} is not None:\n    {close}"
    name = _closer(kept.owner)
    if name:
        _close_in(parsed, methods[name], kept, cst.parse_statement(close, parsed.module.config_for_parsing), rewrite)
    else:
        name = "close"
        rewrite.append(kept.owner, [_method(parsed, "close(self)", close)])
    added = []
    if "__enter__" not in methods and "__exit__" not in methods:
        added = [
            _method(parsed, "__enter__(self)", "return self"),
            _method(parsed, "__exit__(self, *exc_info)", f"self.{name}()"),
        ]
        rewrite.append(kept.owner, added)
    return f"Close {attribute} in {name}()" + (", and let the class be a context manager" if added else "")


def _close_in(
    parsed: Parsed, method: cst.FunctionDef, kept: _Kept, close: cst.BaseStatement, rewrite: Rewrite
) -> None:
    """Close at the end of a method; at its head where it forgets the connection, or may leave before its end."""
    mentions = parsed.attributes_named(kept.attribute.attr.value)
    forgets = any(method in parsed.around(mention) for mention in mentions)
    first = next((part for part in method.body.body if not is_docstring(part)), None)
    if (forgets or parsed.parts_of(method, cst.Return)) and isinstance(first, cst.BaseStatement):
        rewrite.insert_before(first, [close])
    else:
        rewrite.append(method, [close])


def _methods(owner: cst.ClassDef) -> dict[str, cst.FunctionDef]:
    return {part.name.value: part for part in owner.body.body if isinstance(part, cst.FunctionDef)}


def _closer(owner: cst.ClassDef) -> str:
    """The method of a class that is there to end its work; empty without one."""
    methods = _methods(owner)
    return next((name for name in _CLOSERS if name in methods and _takes_only_self(methods[name])), "")


def _takes_only_self(method: cst.FunctionDef) -> bool:
    """Whether ``self.stop()`` is a call of a method; ``__exit__`` is called by the ``with`` statement."""
    if method.name.value == "__exit__":
        return True
    parameters = method.params
    needed = [each for each in (*parameters.params, *parameters.kwonly_params) if each.default is None]
    return len(needed) == 1 and method.asynchronous is None and not method.decorators


def _may_be_none(parsed: Parsed, kept: _Kept) -> bool:
    """Whether the class says ``self.ws = None`` somewhere."""
    wanted = f"{parsed.text_of(kept.attribute)} = None"
    return any(parsed.text_of(part) == wanted for part in parsed.assignments_in(kept.owner))


def _method(parsed: Parsed, signature: str, body: str) -> cst.BaseStatement:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    statement = cst.parse_statement(f"def {signature}:\n{lines}", parsed.module.config_for_parsing)
    assert isinstance(statement, cst.FunctionDef)
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)])


def _enter_on(parsed: Parsed, kept: _Kept, rewrite: Rewrite, stack: str) -> None:
    """``self.ws = self._exit_stack.enter_context(connect(URL))`` behind a new stack."""
    new = cst.parse_statement(f"self.{stack} = ExitStack()", parsed.module.config_for_parsing)
    rewrite.insert_before(kept.line, [new])
    function = cst.parse_expression(f"self.{stack}.enter_context")
    rewrite.replace(kept.call, lambda updated: cst.Call(function, [cst.Arg(cst.ensure_type(updated, cst.Call))]))
