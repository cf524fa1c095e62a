"""Statements that close a connection or give it away."""

from __future__ import annotations

from .helper_functions import closing_helper, guarded_closing_helper
from .writer import CLOSED, FALSE, NONE, OPEN, UNBOUND, Place, Writer


def closes(writer: Writer, place: Place) -> bool | None:
    """Close a variable's connection in one of many spellings."""
    sure = writer.open_ones(writer.sure())
    guarded = writer.open_ones(writer.guarded())
    if not sure and not guarded:
        return None
    name = writer.pick(sure + guarded)
    if name in sure:
        close_certainly(writer, name)
    else:
        close_if_held(writer, name, place)
    return True


def close_certainly(writer: Writer, name: str) -> None:
    """Close the connection of a variable that certainly holds one."""
    form = writer.rng.randrange(15)
    if form <= 5:
        writer.line(f"{name}.close()")
    elif form == 6:
        writer.shows("close_socket")
        writer.line(f"{name}.close_socket()")
    elif form == 7:
        writer.shows("explicit exit")
        writer.line(f"{name}.__exit__(None, None, None)")
    elif form == 8 and "." not in name:
        writer.shows("alias")
        writer.line(f"same = {name}")
        writer.line("same.close()")
    elif form == 9 and name != "current":
        writer.shows("nested function closes")
        function = f"stop_{writer.number()}"
        writer.line(f"def {function}():")
        with writer.indented():
            if writer.chance(0.4) and "." not in name:
                writer.shows("nonlocal")
                writer.line(f"nonlocal {name}")
                writer.line(f"{name}.close()")
                writer.line(f"{name} = None")
                writer.bind(name, NONE)
            else:
                writer.line(f"{name}.close()")
        writer.line(f"{function}()")
    elif form in (10, 11):
        writer.line(closing_helper(writer, name))
    elif form == 12:
        writer.shows("short circuit")
        writer.line(f"condition({writer.number()}) and {name}.close()")
    elif form == 13:
        writer.shows("conditional expression")
        writer.line(f"{name}.close() if {writer.pick('ab')} else {writer.pick((f'{name}.close_socket()', 'None'))}")
    else:
        writer.shows("with")
        writer.line(f"with {name}:")
        with writer.indented():
            writer.line(f"work({writer.number()})")
    writer.closes(name)


def close_if_held(writer: Writer, name: str, place: Place) -> None:
    """Close the connection of a variable that may hold None or another false value instead."""
    state = writer.state(name)
    only_none = FALSE not in state
    forms = ["truth", "and", "or not"]
    if only_none:
        forms += ["is not None", "is None or", "match", "helper", "else of is None", "not equal", "walrus"]
        if place.may_jump and place.kind != "generator" and writer.chance(0.3):
            forms += ["early return"]
    form = writer.pick(forms)
    if form == "truth":
        writer.shows("truth test")
        writer.line(f"if {name}:")
        with writer.indented():
            writer.line(f"{name}.close()")
    elif form == "and":
        writer.shows("short circuit", "truth test")
        writer.line(f"{name} and {name}.close()")
    elif form == "or not":
        writer.shows("short circuit", "truth test")
        writer.line(f"not {name} or {name}.close()")
    elif form == "is not None":
        writer.shows("None test")
        test = f"{name} is not None"
        if writer.chance(0.3):
            test = writer.pick((f"not ({name} is None)", f"{name} is not None and {name}", f"None is not {name}"))
        writer.line(f"if {test}:")
        with writer.indented():
            writer.line(f"{name}.close()")
    elif form == "is None or":
        writer.shows("short circuit", "None test")
        writer.line(f"{name} is None or {name}.close()")
    elif form == "match":
        writer.shows("match", "match tells None")
        writer.line(f"match {name}:")
        with writer.indented():
            writer.line("case None:")
            with writer.indented():
                writer.line("pass")
            writer.line(writer.pick(("case _:", "case held:")))
            with writer.indented():
                writer.line(f"{name}.close()")
    elif form == "helper":
        writer.line(guarded_closing_helper(writer, name))
    elif form == "else of is None":
        writer.shows("None test")
        writer.line(f"if {name} is None:")
        with writer.indented():
            writer.line(writer.pick(("pass", f"work({writer.number()})")))
        writer.line("else:")
        with writer.indented():
            writer.line(f"{name}.close()")
    elif form == "not equal":
        writer.shows("None test")
        writer.line(f"if {name} != None:")
        with writer.indented():
            writer.line(f"{name}.close()")
    elif form == "walrus":
        writer.shows("walrus", "truth test")
        writer.line(f"if (held := {name}):")
        with writer.indented():
            writer.line("held.close()")
    else:
        writer.shows("None test", "early return")
        writer.line(f"if {writer.pick((f'not {name}', f'{name} is None'))}:")
        with writer.indented():
            writer.line("return")
        writer.line(f"{name}.close()")
    writer.closes(name)


def closes_container(writer: Writer, place: Place) -> bool | None:
    """A loop over the local container that closes its elements."""
    kind = writer.containers.get("pool")
    if kind is None:
        return None
    writer.shows("loop closes the container")
    form = writer.rng.randrange(10)
    elements = "pool.values()" if kind == "dict" else "pool"
    if form == 0 and kind != "dict":
        writer.line("while pool:")
        with writer.indented():
            writer.line("pool.pop().close()")
        return True
    if form == 1 and kind == "dict":
        writer.line("for key, each in pool.items():")
    elif form == 2:
        writer.line(f"for each in list({elements}):")
    elif form == 3:
        writer.shows("comprehension")
        writer.line(f"[each.close() for each in {elements}]")
        return True
    else:
        writer.line(f"for each in {elements}:")
    with writer.indented():
        if form == 4:
            writer.line(f"work({writer.number()})")
        elif form == 5:
            writer.line(f"if condition({writer.number()}):")
            with writer.indented():
                writer.line(writer.pick(("break", "continue")))
        if form == 6:
            writer.line("try:")
            with writer.indented():
                writer.line("each.close()")
            writer.line("except Exception:")
            with writer.indented():
                writer.line("pass")
        else:
            writer.line("each.close()")
    return True


def gives_away(writer: Writer, place: Place) -> bool | None:
    """Pass a connection to something outside, or store it there."""
    if "pool" in writer.containers and writer.chance(0.2):
        writer.shows("container given away")
        writer.line("keep(pool)")
        return True
    names = writer.open_ones(writer.sure())
    if not names:
        return None
    name = writer.pick(names)
    forms = ["keep({})", "keep([{}], 1)", "registry.feed = {}", "registry['feed'] = {}", "registry.append({})"]
    forms.append("keep(*[{}])")
    if place.kind == "generator":
        forms += ["yield {}", "yield {}", "yield ({}, 1)"]
    form = writer.pick(forms)
    writer.shows(
        "given by yield" if "yield" in form else "given to a call" if form.startswith("keep") else "stored outside"
    )
    writer.line(form.format(name))
    writer.bind(name, CLOSED)
    return True


def returns(writer: Writer, place: Place) -> bool | None:
    """Leave the function, perhaps with a connection."""
    if not place.may_jump:
        return None
    writer.shows("early return")
    names = writer.open_ones(writer.sure() + writer.guarded())
    if place.kind == "init" or not names or writer.chance(0.35):
        value = "" if place.kind == "init" else writer.pick(("", "", " None", f" work({writer.number()})"))
        writer.line(f"return{value}")
        return False
    writer.shows("given by return")
    name = writer.pick(names)
    forms = ("return {}", "return {}", "return {}, work(61)", "return [{}]", "return {{'feed': {}}}", "return wrap({})")
    writer.line(writer.pick(forms).replace("wrap", "work").format(name) if writer.chance(0.5) else f"return {name}")
    return False


def loses(writer: Writer, place: Place) -> bool | None:
    """``del ws`` or ``ws = None``."""
    names = [name for name in writer.names if UNBOUND not in writer.state(name)]
    if not names or not (writer.open_ones(names) or writer.chance(0.2)):
        return None
    name = writer.pick(names)
    if OPEN in writer.state(name) and not writer.chance(0.3):
        return None
    if writer.chance(0.4):
        writer.shows("del")
        writer.line(f"del {name}")
        writer.bind(name, UNBOUND)
    else:
        writer.shows("rebinding")
        writer.line(f"{name} = None")
        writer.bind(name, NONE)
    return True
