"""Programs that the proof by execution does not ask about, each kind with its reason.

A mutation may make a program about which a run and the analysis must say different things: it rests on what only a
second call, a caller, or other code knows, or on what the analysis does not follow.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

_SUBJECTS = ("subject", "run", "__init__")
_PARAMETERS = frozenset({"a", "b"})


def reason_to_leave_out(tree: ast.Module) -> str:
    """Return why the proof does not ask about a program; empty for one that it asks about."""
    text = ast.unparse(tree)
    return next((reason for reason, applies in EXCLUDED if applies(tree, text)), "")


def _all(tree: ast.AST, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    return (part for part in ast.walk(tree) if isinstance(part, kinds))


def _contains(block: ast.AST, *kinds: type[ast.AST]) -> bool:
    return any(True for _ in _all(block, *kinds))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (part for part in ast.walk(tree) if isinstance(part, ast.FunctionDef))


def _parameter_may_be_none(tree: ast.Module, text: str) -> bool:
    return bool(re.search(r"= [ab] and ", text) and re.search(r"(is|is not|==|!=|case) None", text))


def _rests_on_earlier_call(tree: ast.Module, text: str) -> bool:
    return "global current" in text and not re.search(r"global current\n +current = None", text)


def _container_known_outside(tree: ast.Module, text: str) -> bool:
    again = any("keep(pool)" in ast.unparse(loop) for loop in _all(tree, ast.While, ast.For))
    return again or "pool" in text.partition("keep(pool)")[2]


def _grows_under_its_loop(tree: ast.Module, text: str) -> bool:
    return any(
        isinstance(loop, ast.For) and "pool.append" in ast.unparse(loop) and "pool" in ast.unparse(loop.iter)
        for loop in _all(tree, ast.For)
    )


def _opener_is_generator(tree: ast.Module, text: str) -> bool:
    return _defines_generator(tree, "open_")


def _closer_is_generator(tree: ast.Module, text: str) -> bool:
    return _defines_generator(tree, "stop_", "close_")


def _defines_generator(tree: ast.Module, *prefixes: str) -> bool:
    return any(
        function.name.startswith(prefixes) and _contains(function, ast.Yield, ast.YieldFrom)
        for function in _functions(tree)
    )


def _takes_the_last(tree: ast.Module, text: str) -> bool:
    return "pool.pop()" in text and any("pool.append" in ast.unparse(loop) for loop in _all(tree, ast.While))


def _visits_some_elements(tree: ast.Module, text: str) -> bool:
    return text.count("connect(URL)") > 1 and any(
        isinstance(loop, ast.For) and "pool" in ast.unparse(loop.iter) and _contains(loop, ast.Break)
        for loop in _all(tree, ast.For)
    )


def _opens_attribute_in_nested_function(tree: ast.Module, text: str) -> bool:
    return any(
        inner is not method and "connect(URL)" in ast.unparse(inner) and "self.ws" in ast.unparse(inner)
        for method in _functions(tree)
        if method.name in ("run", "__init__")
        for inner in _functions(method)
    )


def _raises_what_the_caller_handles(tree: ast.Module, text: str) -> bool:
    handled = {part for block in _all(tree, ast.ExceptHandler) for part in ast.walk(block)}
    return any(
        isinstance(part, ast.Raise) and part.exc is None and part not in handled for part in _all(tree, ast.Raise)
    )


def _opens_under_condition(tree: ast.Module, text: str) -> bool:
    for function in _functions(tree):
        own = {argument.arg for argument in function.args.args}
        names = {part.id for part in ast.walk(function) if isinstance(part, ast.Name)} - own
        if function.name not in _SUBJECTS and "connect" in names and not names.isdisjoint(_PARAMETERS):
            return True
    return False


def _copies_parameter(tree: ast.Module, text: str) -> bool:
    return any(
        isinstance(part, ast.Assign) and isinstance(part.value, ast.Name) and part.value.id in _PARAMETERS
        for part in _all(tree, ast.Assign)
    )


def _fills_dictionary_in_loop(tree: ast.Module, text: str) -> bool:
    return any(
        isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store)
        for loop in _all(tree, ast.While, ast.For)
        for inner in ast.walk(loop)
    )


def _hands_on_its_condition(tree: ast.Module, text: str) -> bool:
    return any(
        isinstance(argument, ast.Name) and argument.id in asked & _PARAMETERS
        for loop in _all(tree, ast.While)
        if isinstance(loop, ast.While)
        for asked in [{part.id for part in ast.walk(loop.test) if isinstance(part, ast.Name)}]
        for statement in loop.body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call)
        for argument in call.args
    )


def _stack_outside_its_block(tree: ast.Module, text: str) -> bool:
    inside = {
        part
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        and any(isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == "stack" for item in block.items)
        for part in ast.walk(block)
    }
    return any(isinstance(part, ast.Name) and part.id == "stack" and part not in inside for part in ast.walk(tree))


def _stack_of_outer_function(tree: ast.Module, text: str) -> bool:
    return any(
        {part.ctx.__class__ for part in ast.walk(function) if isinstance(part, ast.Name) and part.id == "stack"}
        == {ast.Load}
        for function in _functions(tree)
    )


def _suppresses_part_of_a_group(tree: ast.Module, text: str) -> bool:
    return "suppress(" in text and "except*" in text


def _condition_under_other_name(tree: ast.Module, text: str) -> bool:
    return any(
        isinstance(part, ast.Assign)
        and "condition(" in ast.unparse(part.value)
        and not all(ast.unparse(target) in ("done", "ready", "self.live") for target in part.targets)
        for part in _all(tree, ast.Assign)
    )


def _farewell(tree: ast.Module, text: str) -> bool:
    blocks = _all(tree, ast.Try, getattr(ast, "TryStar", ast.Try))
    finals = ["\n".join(map(ast.unparse, getattr(block, "finalbody", ()))) for block in blocks]
    return any("close" in final and re.search(r"\.(send|recv|ping)\(", final) for final in finals)


def _order_of_a_set(tree: ast.Module, text: str) -> bool:
    return "pool = set()" in text and text.count("pool.add(") > 1


def _waits_for_others(tree: ast.Module, text: str) -> bool:
    by_others = {name for part in ast.walk(tree) if isinstance(part, ast.Nonlocal) for name in part.names}
    by_others |= {"live", "names", "jobs"}
    asked = (part for loop in ast.walk(tree) if isinstance(loop, ast.While) for part in ast.walk(loop.test))
    return any(
        getattr(part, "id", "") in by_others or getattr(part, "attr", "") in {*by_others, "ws"} for part in asked
    )


def _equal_number_of_another_kind(tree: ast.Module, text: str) -> bool:
    return "case int(" in text and any(
        isinstance(part, ast.Compare) and any(isinstance(right, ast.Constant) for right in part.comparators)
        for part in _all(tree, ast.Compare)
    )


EXCLUDED: tuple[tuple[str, Callable[[ast.Module, str], bool]], ...] = (
    ("`b and connect()` is None when b is, and a parameter of the runs never is", _parameter_may_be_none),
    ("what an earlier call left in the global decides", _rests_on_earlier_call),
    ("what others may have put into a container is not known", _container_known_outside),
    ("a list that grows under its own loop", _grows_under_its_loop),
    ("ws = open_2() is a generator, whose close() is not that of a connection", _opener_is_generator),
    ("a generator keeps what it knows: whether somebody goes through it is not followed", _closer_is_generator),
    ("which element pop() takes is not followed", _takes_the_last),
    ("of several elements only some are visited: which ones, is not followed", _visits_some_elements),
    ("in a nested function an attribute of the outer object may be anything", _opens_attribute_in_nested_function),
    ("what a bare raise raises outside a handler is up to the caller", _raises_what_the_caller_handles),
    ("what only the caller of a nested function knows", _opens_under_condition),
    ("a parameter of the runs is a boolean, never None, and the analysis does not know that", _copies_parameter),
    ("two connections under one key of a dictionary: keys are not followed", _fills_dictionary_in_loop),
    ("a parameter that is handed to a function may be a list that the function empties", _hands_on_its_condition),
    ("an exit stack outside its block", _stack_outside_its_block),
    ("a run does not see that the exit stack of the function around closes it later", _stack_of_outer_function),
    ("suppress() looks into exception groups from Python 3.12 on only", _suppresses_part_of_a_group),
    ("finally: ws.send(); ws.close(): by contract the first fails only where nothing is left to close", _farewell),
    ("a set has an order of its own: a run sees one of them, and the analysis speaks of all", _order_of_a_set),
    ("a loop ends that waits for what others bind or fill, and a run has no others", _waits_for_others),
    ("an answer of `condition` under the name of a connection", _condition_under_other_name),
    ("1.0 is no int and equals 1, and no run has it", _equal_number_of_another_kind),
)
"""The reasons, and what tells that one applies (asked with the tree and its text)."""
