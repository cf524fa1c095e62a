"""Functions of a generated program that stand under a decorator of the program itself."""

from __future__ import annotations

from textwrap import indent

from .helper_functions import need
from .writer import CLOSED, Place, Writer

DECORATORS: dict[str, tuple[str, bool, str]] = {
    "safe": ("decorator swallows", False, """
try:
    return function(*arguments)
except Exception:
    return None"""),
    "hushed": ("decorator swallows", False, """
with contextlib.suppress(Exception):
    return function(*arguments)"""),
    "logged": ("decorator raises again", True, """
try:
    return function(*arguments)
except Exception as error:
    began = error
    raise"""),
    "cleared": ("decorator lets pass", True, """
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
    need(writer, name, "function", f"def inner(*arguments):\n{indent(body.strip(), '    ')}\nreturn inner")
    names = writer.open_ones(writer.sure())
    if passes and names and writer.chance(0.5):
        closed = writer.pick(names)
        need(writer, f"close_{name}", "connection", "connection.close()", name)
        writer.line(f"close_{name}({closed})")
        writer.bind(closed, CLOSED)
        return True
    body = writer.pick(_BODIES)
    need(writer, f"step_{name}", "", body, name)
    writer.line(f"step_{name}()")
    return not (passes and body.startswith("raise"))
