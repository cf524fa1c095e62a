"""Helper functions that a generated program may define: they open, close, give away or raise."""

from __future__ import annotations

from textwrap import indent

from .writer import CLOSED, NONE, OPEN, Place, Writer

OPENERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "open_plain": ("helper opens", "return connect(URL)", (OPEN,)),
    "open_logged": (
        "helper opens",
        """
connection = connect(URL)
work(91)
return connection""",
        (OPEN,),
    ),
    "open_careful": (
        "helper opens",
        """
connection = connect(URL)
try:
    work(92)
except BaseException:
    connection.close()
    raise
return connection""",
        (OPEN,),
    ),
    "open_maybe": (
        "helper opens or not",
        """
if condition(93):
    return None
return connect(URL)""",
        (OPEN, NONE),
    ),
    "open_lossy": (
        "helper opens or not",
        """
connection = connect(URL)
if condition(94):
    return connection""",
        (OPEN, NONE),
    ),
    "open_or_fail": (
        "helper opens or raises",
        """
connection = connect(URL)
if condition(95):
    connection.close()
    raise ValueError('refused')
return connection""",
        (OPEN,),
    ),
    "open_again": (
        "recursive helper",
        """
try:
    return connect(URL)
except OSError:
    return open_again()""",
        (OPEN,),
    ),
    "open_greeted": (
        "helper opens or not",
        """
with contextlib.suppress(OSError):
    connection = connect(URL)
    work(96)
    return connection""",
        (OPEN, NONE),
    ),
    "open_first": (
        "helper opens",
        """
for item in items(97):
    try:
        return connect(URL)
    except OSError:
        pass
raise RuntimeError('none')""",
        (OPEN,),
    ),
}
"""For each helper its construct, its body, and what it returns."""

CLOSERS: dict[str, tuple[str, str]] = {
    "close_it": ("helper closes", "connection.close()"),
    "close_quietly": ("helper closes", "try:\n    connection.close()\nexcept Exception:\n    pass"),
    "close_in_finally": ("helper closes", "try:\n    work(71)\nfinally:\n    connection.close()"),
    "close_after_work": ("helper closes after a step", "work(72)\nconnection.close()"),
    "close_by_with": ("helper closes", "with connection:\n    work(73)"),
    "close_two_deep": ("helper closes", "close_it(connection)"),
    "close_or_fail": ("helper closes or raises", "if condition(74):\n    raise ValueError('no')\nconnection.close()"),
    "close_sometimes": ("helper closes on a condition", "if condition(75):\n    connection.close()"),
}

GUARDED_CLOSERS: dict[str, str] = {
    "close_if_open": "if connection is not None:\n    connection.close()",
    "close_if_true": "if connection:\n    connection.close()",
    "close_unless_none": "if connection is None:\n    return\nconnection.close()",
    "close_after_return": "if not connection:\n    return False\nconnection.close()\nreturn True",
}


MANAGERS: dict[str, tuple[str, bool, str]] = {
    "quiet": ("manager swallows", True, "try:\n    yield\nexcept Exception:\n    pass"),
    "without_values": ("manager swallows", True, "try:\n    yield\nexcept ValueError as error:\n    value = error"),
    "nested": ("manager swallows", True, "with contextlib.suppress(KeyError):\n    yield"),
    "reported": ("manager raises again", False, "try:\n    yield\nexcept Exception:\n    value = 1\n    raise"),
    "renamed": ("manager raises another error", False, """
try:
    yield
except ValueError as error:
    raise KeyError('other') from error"""),
    "as_runtime_error": ("manager raises another error", False, """
try:
    yield
except Exception:
    raise RuntimeError('other')"""),
    "tidied": ("manager lets pass", False, "value = 1\ntry:\n    yield value\nfinally:\n    value = 0"),
}
"""Each with its construct, and whether the program may go on behind a block that an error has ended.

None swallows on a condition, or raises by itself: nothing is claimed of what such managers let pass or raise.
"""


def manager(writer: Writer) -> tuple[str, bool]:
    """Return a call that makes a context manager, and whether it may swallow what ends its block."""
    name = writer.pick(tuple(MANAGERS))
    construct, swallows, body = MANAGERS[name]
    writer.shows(construct)
    need(writer, name, "", body, "contextlib.contextmanager")
    return f"{name}()", swallows


GENERATORS: dict[str, str] = {
    "two_numbers": "yield 1\nyield 2",
    "two_more": "yield from two_numbers()\nyield 3",
    "some_numbers": "for number in items(64):\n    yield number",
    "numbers_or_error": "yield 1\nif condition(65):\n    raise ValueError('no more')\nyield 2",
    "numbers_after_work": "yield 1\nwork(66)",
    "quiet_numbers": "try:\n    yield work(67)\nexcept Exception:\n    pass",
}


def generator_call(writer: Writer) -> str:
    """Return a call of a generator function of the program."""
    name = writer.pick(tuple(GENERATORS))
    writer.shows("for over a generator of the program")
    for needed in ("two_numbers", name) if name == "two_more" else (name,):
        need(writer, needed, "", GENERATORS[needed])
    return f"{name}()"


def need(writer: Writer, name: str, parameters: str, body: str, decorator: str = "") -> None:
    """Let the program define a function of this name, after those that it needed before."""
    decorated = f"@{decorator}\n" if decorator else ""
    writer.helpers[name] = f"{decorated}def {name}({parameters}):\n{indent(body.strip(), '    ')}\n"


def opening_helper(writer: Writer) -> tuple[str, tuple[str, ...]]:
    """Return a call that opens, and what it may return."""
    writer.openings += 1
    if writer.chance(0.15):
        parameter = writer.pick("ab")
        writer.shows("helper opens if its parameter says so")
        need(writer, "open_if", "flag", "if flag:\n    return connect(URL)\nreturn None")
        return f"open_if({parameter})", (OPEN, NONE)
    name = writer.pick(tuple(OPENERS))
    construct, body, states = OPENERS[name]
    writer.shows(construct)
    need(writer, name, "", body)
    if writer.chance(0.15):
        writer.shows("helper of a helper opens")
        need(writer, "open_two_deep", "", f"connection = {name}()\nreturn connection")
        name = "open_two_deep"
    return f"{name}()", states


def opening_pair(writer: Writer) -> str:
    """Return a call that opens and returns the connection as the first of two."""
    writer.openings += 1
    writer.shows("helper returns a tuple")
    body = writer.pick(("return connect(URL), 'name'", "connection = connect(URL)\nreturn (connection, work(98))"))
    need(writer, "open_named", "", body)
    return "open_named()"


def closing_helper(writer: Writer, name: str) -> str:
    """Return a call that closes the connection of a variable, on some paths at least."""
    if writer.chance(0.15):
        writer.shows("helper closes if its parameter says so")
        need(writer, "close_when", "connection, flag", "if flag:\n    connection.close()")
        return f"close_when({name}, {writer.pick(('a', 'b', 'True', 'condition(76)'))})"
    helper = writer.pick(tuple(CLOSERS))
    construct, body = CLOSERS[helper]
    writer.shows(construct)
    if helper == "close_two_deep":
        need(writer, "close_it", "connection", CLOSERS["close_it"][1])
    need(writer, helper, "connection", body)
    return f"{helper}({name})"


def guarded_closing_helper(writer: Writer, name: str) -> str:
    """Return a call that closes the connection of a variable if it holds one."""
    helper = writer.pick(tuple(GUARDED_CLOSERS))
    writer.shows("helper closes unless None")
    need(writer, helper, "connection", GUARDED_CLOSERS[helper])
    return f"{helper}({name})"


def helper_that_raises(writer: Writer, place: Place) -> bool | None:
    """A call to a helper that raises, always or sometimes, or that ends the program."""
    error = writer.pick(("ValueError", "KeyError", "RuntimeError"))
    kind = writer.pick(("always", "sometimes", "exits"))
    if kind == "always":
        writer.shows("helper raises")
        need(writer, f"fail_{error}", "", f"raise {error}('failed')")
        writer.line(f"fail_{error}()")
        return False
    if kind == "sometimes":
        writer.shows("helper raises on a condition")
        need(writer, f"check_{error}", "", f"if condition(81):\n    raise {error}('failed')")
        writer.line(f"check_{error}()")
        return True
    writer.shows("helper never returns")
    need(writer, "leave", "", "sys.exit(1)")
    writer.line("leave()")
    return False


def helper_that_uses(writer: Writer, place: Place) -> bool | None:
    """A call to a helper that uses a connection, or gives it away."""
    names = writer.open_ones(writer.sure())
    if not names:
        return None
    name = writer.pick(names)
    if writer.chance(0.5):
        writer.shows("helper uses")
        need(writer, "use_it", "connection", "connection.send('hello')")
        writer.line(f"use_it({name})")
    else:
        writer.shows("helper gives away")
        need(writer, "hand_out", "connection", writer.pick(("keep(connection)", "work(82)\nkeep(connection)")))
        writer.line(f"hand_out({name})")
        writer.bind(name, CLOSED)
    return True
