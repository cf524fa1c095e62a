"""Statements with blocks: branches, loops, matches and tries."""

from __future__ import annotations

import sys
from collections.abc import Callable

from .helper_functions import generator_call
from .openings import opens_by_helper
from .steps import COMPARED, sets_compared, test
from .writer import ERRORS, NONE, OPEN, Place, States, Writer, joined

Block = Callable[[Writer, Place, int], bool]
"""Writes a block of about so many statements; tells whether control leaves it at its end."""

MOST_DEPTH = 3


def written(writer: Writer, block: Block, place: Place, size: int, states: States) -> States | None:
    """Write a block that starts with ``states``; return those at its end, None if control does not get there."""
    writer.states = dict(states)
    with writer.indented():
        goes_on = block(writer, place, size)
    return writer.states if goes_on else None


def meet(writer: Writer, *branches: States | None) -> bool:
    """Go on with what holds after any of these branches; tell whether control gets here at all."""
    writer.states = joined(branches)
    return any(branch is not None for branch in branches)


def branches(writer: Writer, place: Place, block: Block) -> bool | None:
    """``if`` with its branches."""
    before = dict(writer.states)
    writer.line(f"if {test(writer)}:")
    first = written(writer, block, place.inner(), writer.rng.randint(1, 2), before)
    if writer.chance(0.2):
        writer.line(f"elif {test(writer)}:")
        middle = written(writer, block, place.inner(), 1, before)
        first = joined((first, middle)) if first is not None or middle is not None else None
    last: States | None = before
    if writer.chance(0.4):
        writer.line("else:")
        last = written(writer, block, place.inner(), writer.rng.randint(1, 2), before)
    return meet(writer, first, last)


def loops(writer: Writer, place: Place, block: Block) -> bool | None:
    """A loop, perhaps with an ``else``."""
    form = writer.rng.randrange(8)
    number = writer.number()
    if form <= 2:
        writer.shows("for")
        header = f"for item in {generator_call(writer) if writer.chance(0.2) else f'items({number})'}:"
    elif form == 3:
        writer.shows("for over known elements")
        header = writer.pick(("for item in range(2):", "for item in (1, 2):", "for item in ['first']:"))
    elif form <= 5:
        writer.shows("while")
        header = f"while {test(writer)}:"
    else:
        writer.shows("while True")
        header = writer.pick(("while True:", "while True:", "while 1:"))
    writer.line(header)
    with writer.history() as seen:
        written(writer, block, place.inner(in_loop=True, may_jump=True), writer.rng.randint(1, 3), writer.states)
        if form >= 6 and writer.chance(0.6):
            writer.shows("break")
            with writer.indented():
                writer.line(f"if condition({writer.number()}):")
                with writer.indented():
                    writer.line("break")
    after: States | None = dict(seen)
    if writer.chance(0.25):
        writer.shows("loop else")
        writer.line("else:")
        after = written(writer, block, place.inner(), 1, seen)
    return meet(writer, after, seen)


def matches(writer: Writer, place: Place, block: Block) -> bool | None:
    """``match`` on an opaque value."""
    writer.shows("match")
    before = dict(writer.states)
    subject = "mode" if "mode" in writer.compared and writer.chance(0.5) else f"pick({writer.number()})"
    writer.line(f"match {subject}:")
    patterns = writer.pick((("0",), ("0", "1"), ("0 | 1",), ("0", "1 | 'some text'"), ("int(found)",)))
    ends: list[States | None] = []
    with writer.indented():
        for pattern in patterns:
            guard = ""
            if writer.chance(0.25):
                writer.shows("match guard")
                guard = f" if {writer.pick(('a', 'b', f'condition({writer.number()})'))}"
            writer.line(f"case {pattern}{guard}:")
            ends.append(written(writer, block, place.inner(), writer.rng.randint(1, 2), before))
        if writer.chance(0.5):
            writer.line(writer.pick(("case _:", "case rest:")))
            ends.append(written(writer, block, place.inner(), 1, before))
        else:
            ends.append(before)
    return meet(writer, *ends)


def tries(writer: Writer, place: Place, block: Block) -> bool | None:
    """``try`` with handlers, ``else`` and ``finally`` in all combinations."""
    has_final = writer.chance(0.5)
    has_handlers = not has_final or writer.chance(0.5)
    star = has_handlers and writer.chance(0.12)
    ends: list[States | None] = []
    with writer.history() as anywhere:
        writer.line("try:")
        with writer.history() as tried:
            end = written(writer, block, place.inner(), writer.rng.randint(1, 3), writer.states)
        if has_handlers:
            _handlers(writer, place, block, star, tried, ends)
            if end is not None and writer.chance(0.2):
                writer.shows("try else")
                writer.line("else:")
                end = written(writer, block, place.inner(), 1, end)
        ends.append(end)
    if not has_final:
        return meet(writer, *ends)
    writer.shows("finally")
    writer.line("finally:")
    writer.states = dict(anywhere)
    with writer.indented():
        goes_on = final_block(writer, place, block)
    if not goes_on:
        return False
    after = meet(writer, *ends)
    return after


def _handlers(writer: Writer, place: Place, block: Block, star: bool, tried: States, ends: list[States | None]) -> None:
    word = "except"
    if star and sys.version_info >= (3, 11):
        word = "except*"
        writer.shows("except*")
    count = writer.pick((1, 1, 1, 2, 2, 3))
    if count > 1:
        writer.shows("several handlers")
    if star:
        # One only: when a handler of a group raises, the next ones still run, which the analysis does not follow.
        kinds = [writer.pick(ERRORS)]
    else:
        kinds = [_handled(writer, last=position == count - 1) for position in range(count)]
    writer.shows("except")
    for kind in kinds:
        name = " as error" if kind and writer.chance(0.2) else ""
        writer.line(f"{word}{' ' + kind if kind else ''}{name}:")
        inner = place.inner(may_jump=place.may_jump and not star, in_loop=place.in_loop and not star)
        ends.append(_handler_body(writer, inner, block, tried, name))


def _handled(writer: Writer, last: bool) -> str:
    form = writer.rng.randrange(10)
    if last and form <= 4:
        kind = writer.pick(("Exception", "Exception", "BaseException", "BaseException", ""))
        writer.shows("broad handler")
        return kind
    if form == 5:
        writer.shows("handler of several errors")
        return writer.pick(("(ValueError, KeyError)", "(OSError, RuntimeError)", "(KeyError, Exception)"))
    if form == 6:
        writer.shows("handler of ConnectionClosed")
        return "ConnectionClosed"
    if form == 7:
        return writer.pick(("SystemExit", "GeneratorExit", "LookupError"))
    writer.shows("narrow handler")
    return writer.pick(ERRORS)


def _handler_body(writer: Writer, place: Place, block: Block, tried: States, name: str) -> States | None:
    writer.states = dict(tried)
    with writer.indented():
        if not writer.chance(0.4):
            return writer.states if block(writer, place, 1) else None
        for candidate in writer.open_ones(writer.sure() + writer.guarded()):
            writer.line(
                f"{candidate}.close()" if candidate in writer.sure() else f"{candidate} and {candidate}.close()"
            )
            writer.closes(candidate)
            break
        else:
            if writer.chance(0.5):
                writer.line(f"work({writer.number()})")
        writer.shows("re-raise")
        forms = ["raise"] if not name else ["raise", "raise error", "raise RuntimeError('no') from error"]
        writer.line(writer.pick(forms))
    return None


def final_block(writer: Writer, place: Place, block: Block) -> bool:
    """Write the block of a ``finally``: mostly it closes, seldom it jumps."""
    if place.may_jump and writer.chance(0.06):
        writer.shows("return in finally")
        writer.line("return" if place.kind == "init" else writer.pick(("return", "return None")))
        return False
    if place.may_jump and place.in_loop and writer.chance(0.25):
        writer.shows("jump in finally")
        writer.line(writer.pick(("break", "continue")))
        return False
    inner = place.inner()
    return block(writer, Place(inner.depth, inner.in_loop, inner.may_jump, inner.kind), 1)


def opens_and_guards(writer: Writer, place: Place, block: Block) -> bool | None:
    """The idioms that open before or inside a ``try`` and close in its ``finally``."""
    from .closings import close_certainly, close_if_held

    name = writer.free_name()
    idiom = writer.rng.randrange(5)
    if idiom == 1:
        writer.shows("guard idiom")
        writer.line(f"{name} = None")
        writer.bind(name, NONE)
    elif idiom == 2:
        writer.shows("flag", "flag idiom")
        writer.line("opened = False")
    else:
        writer.line(f"{name} = {writer.connect()}")
        writer.bind(name, OPEN)
    writer.shows("finally")
    before = dict(writer.states)
    with writer.history() as seen:
        writer.line("try:")
        with writer.indented():
            if idiom == 1 and writer.chance(0.3):
                opens_by_helper(writer, place)
            elif idiom in (1, 2):
                writer.line(f"{name} = {writer.connect()}")
                writer.bind(name, OPEN)
            if idiom == 2:
                writer.line("opened = True")
        end = written(writer, block, place.inner(), writer.rng.randint(1, 3), writer.states)
        if writer.chance(0.25):
            ends: list[States | None] = []
            _handlers(writer, place, block, False, dict(seen), ends)
            end = joined((end, *ends)) if end is not None or any(each is not None for each in ends) else None
    writer.line("finally:")
    # What a variable may hold in a finally: all that it held since before the try.
    writer.states = {each: state for each, state in joined((seen, before)).items()}
    with writer.indented():
        if idiom == 2:
            writer.line(writer.pick(("if opened:", "if opened is True:", "if opened:")))
            with writer.indented():
                writer.line(f"{name}.close()")
        elif writer.sure() and name in writer.sure():
            close_certainly(writer, name)
        elif name in writer.guarded():
            close_if_held(writer, name, Place(depth=place.depth + 1, may_jump=False))
        else:
            writer.line(f"work({writer.number()})")
    if end is None:
        writer.states = before
        return False
    writer.states = end
    writer.closes(name)
    return True


def remembers_parameter(writer: Writer, place: Place, block: Block) -> bool | None:
    """A connection that is opened, used and closed under the same parameter."""
    writer.shows("correlated parameter")
    name = writer.free_name()
    parameter = writer.pick(("a", "b", "not a", "not b", "a and b"))
    writer.line(f"if {parameter}:")
    with writer.indented():
        writer.line(f"{name} = {writer.connect()}")
    goes_on = block(writer, place, 1) if writer.chance(0.4) else True
    if not goes_on:
        return False
    writer.line(f"if {parameter}:")
    with writer.indented():
        writer.line(f"{name}.close()")
    return True


def opens_by_comparison(writer: Writer, place: Place, block: Block) -> bool | None:
    """A connection that is opened after one comparison; others are asked before it is closed."""
    if not writer.compared and not sets_compared(writer, place):
        return None
    name = writer.free_name()
    compared = COMPARED[writer.pick(writer.compared)]
    (opening, _), (other, contrary), (third, _) = writer.rng.sample(compared.apart, 3)
    writer.line(f"{name} = None")
    writer.line(f"if {opening}:")
    with writer.indented():
        writer.line(f"{name} = {writer.connect()}")
    writer.bind(name, NONE, OPEN)
    if writer.chance(0.5) and not block(writer, place, 1):
        return False
    writer.line(writer.pick((f"if {other}:", f"if {other} or {third}:")))
    with writer.indented():
        writer.line("return" if place.may_jump and place.kind != "init" else f"work({writer.number()})")
    writer.line(writer.pick((f"if {name} is not None:", f"if {opening}:", f"if {contrary} and {name}:")))
    with writer.indented():
        writer.line(f"{name}.close()")
    writer.closes(name)
    return True
