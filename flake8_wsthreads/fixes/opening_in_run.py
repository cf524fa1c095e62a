"""The opening moves from the constructor of a thread to the head of its ``run()``, which the new thread calls."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_wsthreads.fixes.fix import Change
from flake8_wsthreads.fixes.parsed import Parsed, is_docstring
from flake8_wsthreads.fixes.rewrite import Rewrite
from flake8_wsthreads.fixes.site import Site

DOES = "Open the connection in run(), on the new thread"


def open_in_run(site: Site) -> Iterator[Change]:
    """``self.ws = connect(url)`` at the head of ``run()``, where nothing but ``run()`` uses the attribute.

    What the constructor was given for the call is kept in attributes of the same names.
    """
    parsed, call, line, assign = site.parsed, site.call, site.line, site.small_statement
    if assign is None or not isinstance(line, cst.SimpleStatementLine):
        return
    constructor = parsed.function_of(line)
    owner = parsed.class_around(line)
    if owner is None or not isinstance(constructor, cst.FunctionDef) or constructor.name.value != "__init__":
        return
    run = next((part for part in owner.body.body if _is_run(part)), None)
    if not isinstance(assign, cst.Assign) or assign.value is not call or not isinstance(run, cst.FunctionDef):
        return
    target = assign.targets[0].target if len(assign.targets) == 1 else None
    if parsed.block_of(line) is not constructor.body or not isinstance(target, cst.Attribute):
        return
    if parsed.text_of(target.value) != "self" or not _is_used_in(parsed, run, target):
        return
    needed = _parameters_in(parsed, call, constructor)
    if needed is None:
        return
    kept = [_assignment(f"self.{name}", cst.Name(name)) for name in needed if not _is_kept(parsed, constructor, name)]
    moved = call.visit(_Attributes(frozenset(needed)))
    assert isinstance(moved, cst.BaseExpression)
    rewrite = Rewrite(parsed)
    rewrite.take_away(line)
    rewrite.insert_before(line, kept)
    first = next((part for part in run.body.body if not is_docstring(part)), None)
    if not isinstance(first, cst.BaseStatement):
        return
    comments = [lines for lines in line.leading_lines if lines.comment is not None]
    rewrite.insert_before(first, [line.with_changes(body=[assign.with_changes(value=moved)], leading_lines=comments)])
    yield Change(rewrite.text(), is_safe=False, does=DOES)


class _Attributes(cst.CSTTransformer):
    """Puts attributes in the place of the parameters of the constructor."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        """The keyword of an argument is no name of a variable."""
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        """Neither is the name of an attribute."""
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        """A parameter is an attribute of the thread by now."""
        if original_node.value not in self._names:
            return updated_node
        return cst.Attribute(value=cst.Name("self"), attr=cst.Name(original_node.value))


def _is_run(part: cst.CSTNode) -> bool:
    return isinstance(part, cst.FunctionDef) and part.name.value == "run" and part.asynchronous is None


def _is_used_in(parsed: Parsed, run: cst.FunctionDef, target: cst.Attribute) -> bool:
    """Whether all that mentions the attribute, but its assignment, stands in ``run()``."""
    mentions = [node for node in parsed.attributes_named(target.attr.value) if node is not target]
    return all(run in parsed.around(node) for node in mentions)


def _parameters_in(parsed: Parsed, call: cst.Call, constructor: cst.FunctionDef) -> list[str] | None:
    """The parameters of the constructor that a call mentions; None where it mentions other variables of it."""
    parameters = {parameter.name.value for parameter in _all_parameters(constructor.params)}
    found: list[str] = []
    for name in parsed.names_in(call):
        bound = parsed.bindings(call, name)
        if name == "self" or not bound:
            continue
        if name not in parameters or len(bound) > 1:
            return None
        found.append(name)
    return list(dict.fromkeys(found))


def _all_parameters(parameters: cst.Parameters) -> list[cst.Param]:
    return [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]


def _is_kept(parsed: Parsed, constructor: cst.FunctionDef, name: str) -> bool:
    """Whether the constructor says ``self.url = url`` itself."""
    wanted = f"self.{name} = {name}"
    return any(parsed.text_of(assign) == wanted for assign in parsed.parts_of(constructor, cst.Assign))


def _assignment(target: str, value: cst.BaseExpression) -> cst.SimpleStatementLine:
    attribute = cst.parse_expression(target)
    assert isinstance(attribute, cst.Attribute)
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(attribute)], value)])
