"""What does not raise in a program that works at all, or raises only where the program is prepared for it.

A step that cannot raise cannot skip a close. What callables of other modules do stands in ``library/``; here are the
questions about it, and what a name or a form tells where the file does not show what is called.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import Keeps, Manages, Raises
from flake8_wsthreads.library.reporting import LOGGER_METHODS
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.plain_values import is_literal, is_number
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.names.values import Method
from flake8_wsthreads.source.syntax import has_starred, last_name

_PLAIN = (ast.Name, ast.Attribute, ast.Constant)
SAFE_READERS = frozenset({"isinstance", "issubclass", "type", "callable", "id", "hasattr", "print", "str", "repr"})
"""Builtins that look at any object at all without an error, or with one that nobody guards against: nobody closes a
connection for fear that ``print`` fails."""
SAFE_OVER_CONTAINERS = frozenset({"all", "any", "sum"})
"""Builtins that go through a container that the function has made itself without an error."""
_CAP_WORDS = re.compile(r"_*[A-Z][A-Z0-9]*[a-z]\w*")
_WAYS_NOT_TO_WAIT = frozenset({"block", "timeout"})


def never_raises(names: Names, name: str, node: ast.Call, scope: Scope) -> bool:
    """Whether a call does not raise, by what is known of the callable with this qualified name."""
    behaviour = behaviour_of(name)
    if behaviour.waits_as_told:
        return False  # it depends on what it is told
    given = (*node.args, *(keyword.value for keyword in node.keywords))
    if any(isinstance(part, ast.GeneratorExp) for part in given):
        return False  # who goes through it runs it
    raises = behaviour.raises
    if raises is Raises.NEVER_OF_NUMBERS:
        return all(is_number(names, part, scope) for part in given)
    if raises is Raises.NEVER_OF_LITERALS:
        return all(is_literal(names, part, scope) for part in given)
    if raises is Raises.NEVER_OF_SEVERAL:
        return len(node.args) > 1 and not node.keywords and not has_starred(node.args)
    return raises is Raises.NEVER or (raises is Raises.NEVER_WITHOUT_ARGUMENTS and not given)


def never_fails(names: Names, node: ast.expr, method: str, scope: Scope) -> bool:
    """Whether what an expression is has a special method that does not raise: ``__iter__`` of a list."""
    value = names.attribute(names.evaluate(node, scope), method)
    return isinstance(value, Method) and behaviour_of(value.qualified_name).raises is Raises.NEVER


def iterates_quietly(names: Names, node: ast.expr, scope: Scope) -> bool:
    """Whether going through what an expression is does not raise: a list, ``reversed(names)``, ``enumerate(names)``."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Call) and not part.keywords and not has_starred(part.args):
            if behaviour_of(names.qualified_name(part.func, scope)).keeps is Keeps.ELEMENTS:
                pending.extend(part.args)
                continue
        if not never_fails(names, part, "__iter__", scope):
            return False
    return True


def length_of(names: Names, node: ast.AST, scope: Scope) -> int:
    """How many there are in the tuple that a call gives: ``sys.exc_info()``; 0 where that is not told."""
    return behaviour_of(names.qualified_name(node.func, scope)).length if isinstance(node, ast.Call) else 0


def makes_plain(name: str) -> bool:
    """Whether a call of the callable with this qualified name without any argument does not raise: ``list()``."""
    return behaviour_of(name).raises in (Raises.NEVER, Raises.NEVER_WITHOUT_ARGUMENTS)


def makes_object(name: str, node: ast.Call) -> bool:
    """Whether a call only makes an object of a class of another file: a name in CapWords, and plain arguments.

    ``name`` is the qualified name, or empty where the file does not tell. Nobody guards against a constructor.
    """
    if behaviour_of(name).reads or not _CAP_WORDS.fullmatch(name.rpartition(".")[2] or last_name(node.func)):
        return False
    return all(isinstance(part, _PLAIN) for part in (*node.args, *(keyword.value for keyword in node.keywords)))


def pauses(name: str) -> bool:
    """Whether a call of the callable with this qualified name only lets time pass."""
    return behaviour_of(name).pauses


def method_never_raises(name: str, node: ast.Call, off_main: Callable[[], bool]) -> bool:
    """Whether a call of this method of an event or a queue does not raise: one that waits as long as it takes.

    ``off_main`` tells whether it is known to run on other threads than the main one.
    """
    behaviour = behaviour_of(name)
    if not behaviour.waits_as_told:
        return False
    if name == "threading.Event.wait":
        return off_main()
    values = 1 if name.endswith(".put") else 0
    if len(node.args) > values or any(keyword.arg in _WAYS_NOT_TO_WAIT for keyword in node.keywords):
        return False
    if has_starred(node.args):
        return False  # one of them may be a way not to wait
    return behaviour.raises is Raises.NEVER or off_main()


def logs(node: ast.expr) -> bool:
    """``self.logger.info``, ``log.warning``: a logger by its name, where the file does not show what made it.

    Nodes of ROS give theirs by ``node.get_logger()``; it has the methods of ``logging`` (rclpy, ``rcutils_logger.py``).
    """
    if not isinstance(node, ast.Attribute) or node.attr not in LOGGER_METHODS:
        return False
    base = node.value
    if isinstance(base, ast.Call):
        return not (base.args or base.keywords) and last_name(base.func) in ("get_logger", "getLogger")
    return last_name(base).lower().strip("_") in ("log", "logger", "logging")


def manager_never_raises(name: str) -> bool:
    """Whether entering and leaving an object of this class in a ``with`` statement does not raise by itself."""
    return behaviour_of(name).manages is Manages.QUIETLY


def entering_never_raises(name: str) -> bool:
    """Whether entering an object of this class does not raise; leaving it may (an exit stack runs callbacks)."""
    return behaviour_of(name).manages is not Manages.MAYBE_RAISES


def is_lock(name: str) -> bool:
    """Whether the class is a lock."""
    return behaviour_of(name).is_lock
