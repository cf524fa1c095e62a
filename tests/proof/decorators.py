"""Functions of a generated program that stand under a decorator of the program itself."""

from __future__ import annotations

from .writer import CLOSED, Place, Writer

DECORATORS: dict[str, tuple[str, bool, str]] = {
    "safe": ("decorator swallows", False, """
try:
    return function(*arguments)
except Exception:
    return None"""),
    "quiet": ("decorator swallows", False, """
with contextlib.suppress(Exception):
    return function(*arguments)"""),
    "logged": ("decorator raises again", True, """
try:
    return function(*arguments)
except Exception as error:
    began = error
    raise"""),
    "tidied": ("decorator lets pass", True, """
began = 1
try:
    result = function(*arguments)
    return result
finally:
    began = 0"""),
}  # fmt: skip
"""Each with its construct, whether errors pass it, and what it does in place of the function.

None swallows some errors alone, or on a condition: nothing is claimed of what such decorators let pass.
"""

_BODIES = ("work(61)", "if condition(62):\n    raise ValueError('no')\nreturn work(63)", "raise KeyError('no')")


def decorated_call(writer: Writer, place: Place) -> bool | None:
    """A call to a function under a decorator: one that may raise, or one that closes a connection."""
    name = writer.pick(tuple(DECORATORS))
    construct, passes, body = DECORATORS[name]
    writer.shows(construct)
    writer.helpers.setdefault(name, _decorator(name, body))
    names = writer.open_ones(writer.sure())
    if passes and names and writer.chance(0.5):
        closed = writer.pick(names)
        writer.helpers[f"close_{name}"] = _decorated(name, f"close_{name}", "connection", "connection.close()")
        writer.line(f"close_{name}({closed})")
        writer.bind(closed, CLOSED)
        return True
    body = writer.pick(_BODIES)
    writer.helpers[f"step_{name}"] = _decorated(name, f"step_{name}", "", body)
    writer.line(f"step_{name}()")
    return not (passes and body.startswith("raise"))


def _decorator(name: str, body: str) -> str:
    return f"def {name}(function):\n    def inner(*arguments):\n{_indented(body, 8)}\n    return inner\n"


def _decorated(decorator: str, name: str, parameters: str, body: str) -> str:
    return f"@{decorator}\ndef {name}({parameters}):\n{_indented(body, 4)}\n"


def _indented(body: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in body.strip("\n").split("\n"))
