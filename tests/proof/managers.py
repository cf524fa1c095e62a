"""``with`` statements: connections, suppressors, exit stacks, and managers of the program itself."""

from __future__ import annotations

from .compounds import Block, meet, written
from .helper_functions import manager
from .openings import opens
from .writer import CLOSED, Place, Writer


def withs(writer: Writer, place: Place, block: Block) -> bool | None:
    """``with``, also with several items, a suppressor, ``closing`` or an exit stack."""
    form = writer.rng.randrange(9)
    name = writer.free_name()
    size = writer.rng.randint(1, 3)
    inner = place.inner()
    if form <= 1:
        writer.shows("with")
        writer.line(f"with {writer.connect()} as {name}:")
        writer.bind(name, CLOSED)
    elif form == 2:
        other = writer.pick(writer.names)
        writer.shows("with several items")
        second = writer.pick((f"{writer.connect()} as {other}", f"guard({writer.number()})"))
        first = writer.pick((f"{writer.connect()} as {name}", f"guard({writer.number()}) as held"))
        writer.line(f"with {first}, {second}:")
        for each in (name, other):
            if f"as {each}" in (first + second):
                writer.bind(each, CLOSED)
    elif form == 3:
        writer.shows("closing")
        sure = writer.open_ones(writer.sure())
        if sure and writer.chance(0.6):
            name = writer.pick(sure)
            writer.line(f"with contextlib.closing({name}):")
        else:
            writer.line(f"with contextlib.closing({writer.connect()}) as {name}:")
        writer.bind(name, CLOSED)
    elif form <= 5:
        return _suppresses(writer, inner, block, size)
    elif form <= 7:
        return _stacks(writer, inner, block, size)
    else:
        writer.shows("opaque context manager")
        writer.line(f"with guard({writer.number()}):")
    goes_on = written(writer, block, inner, size, writer.states)
    return meet(writer, goes_on)


def managed_by_own(writer: Writer, place: Place, block: Block) -> bool | None:
    """``with`` a context manager that a generator of the program makes."""
    call, swallows = manager(writer)
    writer.line(f"with {call}{writer.pick(('', '', f', guard({writer.number()})'))}:")
    with writer.history() as seen:
        goes_on = written(writer, block, place.inner(), writer.rng.randint(1, 3), writer.states)
    return meet(writer, seen if swallows else goes_on)


def _suppresses(writer: Writer, place: Place, block: Block, size: int) -> bool:
    writer.shows("suppress")
    errors = writer.pick(("Exception", "ValueError", "ValueError, KeyError", "OSError", "BaseException", "Boom"))
    extra = writer.pick(("", "", f", guard({writer.number()})"))
    writer.line(f"with contextlib.suppress({errors}){extra}:")
    with writer.history() as seen:
        written(writer, block, place, size, writer.states)
    return meet(writer, seen)


def _stacks(writer: Writer, place: Place, block: Block, size: int) -> bool:
    if writer.stack is not None:
        writer.line(f"with guard({writer.number()}):")
    else:
        if not writer.open_ones(writer.sure()) and writer.chance(0.6):
            opens(writer, place)
        writer.line("with contextlib.ExitStack() as stack:")
        writer.stack = "stack"
        with writer.indented():
            if writer.chance(0.3):
                writer.line(f"work({writer.number()})")
            puts_on_stack(writer, place)
    end = written(writer, block, place, size, writer.states)
    writer.stack = None
    return meet(writer, end)


def puts_on_stack(writer: Writer, place: Place) -> bool | None:
    """Leave the closing of a connection to the exit stack around."""
    if writer.stack is None:
        return None
    sure = writer.open_ones(writer.sure())
    form = writer.rng.randrange(5)
    if form == 0 or not sure:
        writer.shows("enter_context")
        name = writer.free_name()
        writer.line(f"{name} = stack.enter_context({writer.connect()})")
    else:
        name = writer.pick(sure)
        if form == 1:
            writer.shows("enter_context")
            writer.line(f"stack.enter_context({name})")
        elif form == 2:
            writer.shows("stack push")
            writer.line(f"stack.push({name})")
        elif form == 3:
            writer.shows("enter_context", "closing")
            writer.line(f"stack.enter_context(contextlib.closing({name}))")
        else:
            writer.shows("stack callback")
            writer.line(f"stack.callback({name}.close)")
    writer.bind(name, CLOSED)
    return True
