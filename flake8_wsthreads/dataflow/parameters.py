"""How the arguments of a call reach the function of the file that is called: its parameters, their places."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from flake8_wsthreads.cfg.instruction import Arguments, Construct
from flake8_wsthreads.cfg.operand import Known, Operand, Pack, constant
from flake8_wsthreads.cfg.place import LastingPlace, Place, attribute, variable
from flake8_wsthreads.library.behaviour import Decorates
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.source.syntax import defaults_of, first_parameter, positional_parameters


def parameters(
    names: Names, function: Scope, arguments: Arguments, bound_receiver: bool
) -> list[tuple[Place, Operand]] | None:
    """The places of a function's parameters with the operands bound to them; None where that is not known."""
    declared = getattr(function.node, "args", None)
    if not isinstance(declared, ast.arguments) or arguments.spread:
        return None
    positional = [parameter.arg for parameter in positional_parameters(declared)]
    if (
        bound_receiver
        and function.method_of is not None
        and "builtins.staticmethod" not in names.decorators(function)
    ):
        positional = positional[1:]
    named = {*positional, *(argument.arg for argument in declared.kwonlyargs)}
    pairs = [*zip(positional, arguments.positional), *(pair for pair in arguments.keywords if pair[0] in named)]
    more = arguments.positional[len(positional) :]
    if more:
        if declared.vararg is None:
            return None
        pairs.append((declared.vararg.arg, Pack(more)))
    if others := dict(pair for pair in arguments.keywords if pair[0] not in named):
        if declared.kwarg is None:
            return None
        pairs.append((declared.kwarg.arg, Pack((*others.values(),), (*others,))))
    return [(variable(name, function), operand) for name, operand in pairs]


def defaults(function: Scope) -> Sequence[tuple[Place, Known]]:
    """The places of a function's parameters that have a literal as default, with what it is."""
    declared = getattr(function.node, "args", None)
    if not isinstance(declared, ast.arguments):
        return ()
    return [
        (variable(argument.arg, function), constant(default.value))
        for argument, default in defaults_of(declared)
        if isinstance(default, ast.Constant)
    ]


def receiver_of(function: Scope) -> Place | None:
    """The first parameter of a method; None for one that has none, and for all other functions."""
    first = first_parameter(function.node) if function.method_of is not None else None
    return variable(first.arg, function) if first is not None else None


def kept_by(names: Names, does: Construct, held: list[Operand]) -> list[LastingPlace] | None:
    """The fields in which a class without ``__init__`` (a dataclass, a named tuple) keeps these operands."""
    constructed, arguments = does.of, does.arguments
    if not isinstance(constructed.node, ast.ClassDef):
        return None
    bases = set(names.classes.foreign_bases(constructed))
    if not (names.is_decorated(constructed, Decorates.FIELDS) or "typing.NamedTuple" in bases) or bases - {
        "typing.NamedTuple",
        "typing.Generic",
    }:
        return None
    fields = [
        statement.target.id
        for statement in constructed.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]
    pairs = [*zip(fields, arguments.positional), *arguments.keywords]
    if arguments.spread or len(arguments.positional) > len(fields):
        return None
    return [
        LastingPlace(attribute(name, constructed), f"self.{name}") for name, operand in pairs if operand in held
    ]


CONSTRUCTORS = ("__init__", "__enter__")


def is_constructor(function: Scope) -> bool:
    """Whether nobody has the object yet when the function raises: ``__init__``, ``__enter__``."""
    return function.method_of is not None and function.name in CONSTRUCTORS
