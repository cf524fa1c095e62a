"""Statements that open connections."""

from __future__ import annotations

from .helper_functions import opening_helper, opening_pair
from .writer import CLOSED, FALSE, NONE, OPEN, Place, Writer

MOST_OPENINGS = 4


def _may_open(writer: Writer) -> bool:
    return writer.openings < MOST_OPENINGS


def opens(writer: Writer, place: Place) -> bool | None:
    """``ws = connect(URL)``."""
    if not _may_open(writer):
        return None
    name = writer.free_name()
    if OPEN in writer.state(name):
        writer.shows("rebinding")
    if name == "current":
        writer.shows("global")
    writer.line(f"{name} = {writer.connect()}")
    writer.bind(name, OPEN)
    return True


def opens_by_helper(writer: Writer, place: Place) -> bool | None:
    """``ws = open_plain()``."""
    if not _may_open(writer):
        return None
    name = writer.free_name()
    if writer.chance(0.2):
        other = writer.pick(("_", "label"))
        writer.shows("tuple unpacking")
        writer.line(f"{name}, {other} = {opening_pair(writer)}")
        writer.bind(name, OPEN)
        return True
    call, states = opening_helper(writer)
    writer.line(f"{name} = {call}")
    writer.bind(name, *states)
    return True


def opens_by_local_function(writer: Writer, place: Place) -> bool | None:
    """A nested function or a lambda that opens, and a call of it."""
    if not _may_open(writer):
        return None
    name = writer.free_name()
    if writer.chance(0.15) and name in ("ws", "other", "third"):
        # The variable of the enclosing function holds it then: how it fares there is a question to its owner.
        writer.shows("nested function opens for a nonlocal")
        writer.line(f"{name} = None")
        function = f"reopen_{writer.number()}"
        writer.line(f"def {function}():")
        with writer.indented():
            writer.line(f"nonlocal {name}")
            writer.line(f"{name} = {writer.connect()}")
        writer.line(f"{function}()")
    elif writer.chance(0.4):
        writer.shows("lambda")
        opener = f"opener_{writer.number()}"
        writer.line(f"{opener} = lambda: {writer.connect()}")
        writer.line(f"{name} = {opener}()")
    else:
        writer.shows("nested function")
        function = f"open_{writer.number()}"
        writer.line(f"def {function}():")
        with writer.indented():
            if writer.chance(0.5):
                writer.line(f"fresh = {writer.connect()}")
                writer.line("return fresh")
            else:
                writer.line(f"return {writer.connect()}")
        writer.line(f"{name} = {function}()")
    writer.bind(name, OPEN)
    return True


def opens_on_condition(writer: Writer, place: Place) -> bool | None:
    """A conditional expression, or a short circuit."""
    if not _may_open(writer):
        return None
    name = writer.free_name()
    test = writer.pick(("a", "b", "not a", f"condition({writer.number()})"))
    form = writer.rng.randrange(4)
    if form == 0:
        writer.shows("conditional expression")
        writer.line(f"{name} = {writer.connect()} if {test} else None")
        writer.bind(name, OPEN, NONE)
    elif form == 1:
        writer.shows("conditional expression")
        writer.line(f"{name} = None if {test} else {writer.connect()}")
        writer.bind(name, OPEN, NONE)
    elif form == 2:
        writer.shows("short circuit")
        writer.line(f"{name} = {test} and {writer.connect()}")
        writer.bind(name, OPEN, FALSE)
    else:
        before = writer.state(name)
        if not before <= {NONE, FALSE, OPEN}:
            writer.line(f"{name} = None")
            writer.bind(name, NONE)
        writer.shows("short circuit")
        writer.line(f"{name} = {name} or {writer.connect()}")
        writer.bind(name, OPEN)
    return True


def opens_several(writer: Writer, place: Place) -> bool | None:
    """Two names bound at once: unpacking, or an alias."""
    if not _may_open(writer):
        return None
    if len(writer.names) < 2:
        return None
    first, second = writer.rng.sample(writer.names, 2)
    form = writer.rng.randrange(5)
    if form == 0:
        writer.shows("alias")
        writer.line(f"{first} = {second} = {writer.connect()}")
        writer.bind(first, OPEN)
        # Closing one closes the other: only one of them is treated as open.
        writer.bind(second, CLOSED)
        return True
    writer.shows("tuple unpacking")
    if form == 1:
        writer.line(f"{first}, {second} = {writer.connect()}, None")
        writer.bind(first, OPEN)
        writer.bind(second, NONE)
    elif form == 2:
        writer.line(f"({first}, label), {second} = ({writer.connect()}, 1), {writer.connect()}")
        writer.bind(first, OPEN)
        writer.bind(second, OPEN)
    elif form == 3:
        writer.line(f"[{first}, label] = [{writer.connect()}, {writer.number()}]")
        writer.bind(first, OPEN)
    else:
        writer.line(f"{first}, {second} = {writer.connect()}, {writer.connect()}")
        writer.bind(first, OPEN)
        writer.bind(second, OPEN)
    return True


def opens_and_drops(writer: Writer, place: Place) -> bool | None:
    """An opening call whose result is used at once, given away or dropped."""
    if not _may_open(writer):
        return None
    form = writer.rng.randrange(6)
    if form == 0:
        writer.line(writer.connect())
    elif form == 1:
        writer.line(f"{writer.connect()}.close()")
    elif form == 2:
        writer.line(f"{writer.connect()}.send('hello')")
    elif form == 3:
        writer.shows("given to a call")
        writer.line(f"keep({writer.connect()})")
    elif form == 4:
        writer.shows("given to a call")
        writer.line(f"keep({writer.connect()}, work({writer.number()}))")
    elif place.kind == "generator":
        writer.shows("given by yield")
        writer.line(f"yield {writer.connect()}")
    else:
        writer.shows("stored outside")
        writer.line(writer.pick(("registry.feed = {}", "registry['feed'] = {}")).format(writer.connect()))
    return True


def opens_in_container(writer: Writer, place: Place) -> bool | None:
    """A local list, set or dictionary that holds connections."""
    if not _may_open(writer) or writer.containers or place.depth > 1:
        return None
    form = writer.rng.randrange(6)
    if form == 0:
        writer.shows("list of connections")
        writer.containers["pool"] = "list"
        writer.line(f"pool = [{writer.connect()}, {writer.connect()}]")
    elif form == 1:
        writer.shows("list of connections", "comprehension opens")
        writer.containers["pool"] = "list"
        writer.line(f"pool = [{writer.connect()} for item in items({writer.number()})]")
    elif form == 2:
        writer.shows("dict of connections", "comprehension opens")
        writer.containers["pool"] = "dict"
        writer.line(f"pool = {{item: {writer.connect()} for item in items({writer.number()})}}")
    else:
        kind = writer.pick(("list", "set", "dict"))
        writer.shows(f"{kind} of connections")
        writer.containers["pool"] = kind
        writer.line({"list": "pool = []", "set": "pool = set()", "dict": "pool = {}"}[kind])
        put_into_pool(writer, writer.connect())
        if writer.chance(0.4) and _may_open(writer):
            put_into_pool(writer, writer.connect())
    return True


def put_into_pool(writer: Writer, connection: str) -> None:
    """Write the statement that adds a connection to the local container."""
    kind = writer.containers["pool"]
    adding = {"list": "pool.append({})", "set": "pool.add({})", "dict": "pool[{key!r}] = {}"}[kind]
    writer.line(adding.format(connection, key=f"key {writer.number()}"))


def adds_to_container(writer: Writer, place: Place) -> bool | None:
    """An element more in the local container: a variable's connection, or a new one."""
    if "pool" not in writer.containers:
        return None
    names = writer.open_ones(writer.sure())
    if names and writer.chance(0.6):
        name = writer.pick(names)
        put_into_pool(writer, name)
        writer.bind(name, CLOSED)
    elif _may_open(writer):
        put_into_pool(writer, writer.connect())
    else:
        return None
    return True
