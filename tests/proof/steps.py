"""Statements of one line that neither open nor close: opaque steps, uses of a connection, flags, jumps."""

from __future__ import annotations

from dataclasses import dataclass

from .writer import ERRORS, UNBOUND, Place, Writer


def works(writer: Writer, place: Place) -> bool | None:
    """An opaque step in one of its forms."""
    number = writer.number()
    form = writer.rng.randrange(16)
    if form == 0:
        writer.shows("subscript")
        writer.line(f"value = table[{number}]")
    elif form == 1:
        writer.shows("import")
        writer.line(f"import plugin_{number}")
    elif form == 2:
        writer.shows("assert")
        writer.line(f"assert {writer.pick((f'condition({number})', f'condition({number})', 'a'))}")
    elif form == 3:
        writer.shows("comprehension")
        template = writer.pick(
            ("[work(x) for x in items({})]", "{{x for x in items({}) if condition(62)}}", "{{x: 1 for x in items({})}}")
        )
        writer.line(f"found = {template.format(number)}")
    elif form == 4:
        writer.shows("short circuit")
        writer.line(
            f"{writer.pick(('a', 'b', f'condition({number})'))} {writer.pick(('and', 'or'))} work({writer.number()})"
        )
    elif form == 5:
        writer.shows("conditional expression")
        writer.line(f"value = work({number}) if {writer.pick('ab')} else 0")
    elif form == 6:
        writer.shows("walrus")
        writer.line(f"value = (x := work({number}))")
    else:
        writer.line(f"work({number})")
    return True


def uses(writer: Writer, place: Place) -> bool | None:
    """Use a connection."""
    names = writer.sure()
    if not names:
        return None
    name = writer.pick(writer.open_ones(names) or names)
    form = writer.rng.randrange(8)
    if form <= 3:
        writer.line(f"{name}.send('hello')")
    elif form == 4:
        writer.line(f"reply = {name}.recv()")
    elif form == 5:
        writer.shows("comprehension")
        writer.line(f"[{name}.send(x) for x in items({writer.number()})]")
    elif form == 6:
        writer.shows("receiving loop")
        writer.line(f"for message in {name}:")
        with writer.indented():
            writer.line(writer.pick((f"work({writer.number()})", "pass")))
    else:
        writer.line(f"{name}.ping()")
    return True


def aliases(writer: Writer, place: Place) -> bool | None:
    """``other = ws``."""
    sure = writer.sure()
    targets = [name for name in writer.names if name not in sure]
    if not sure or not targets:
        return None
    source, target = writer.pick(writer.open_ones(sure) or sure), writer.pick(targets)
    writer.shows("alias")
    if writer.chance(0.3) and writer.state(target) and UNBOUND not in writer.state(target):
        writer.shows("tuple unpacking")
        writer.line(f"{target}, {source} = {source}, {target}")
        held = writer.state(source)
        writer.bind(source, *writer.state(target))
        writer.bind(target, *held)
        return True
    writer.line(f"{target} = {source}")
    writer.bind(target, *writer.state(source))
    return True


def sets_none(writer: Writer, place: Place) -> bool | None:
    """``ws = None`` for a name that is not bound yet."""
    names = [name for name in writer.names if UNBOUND in writer.state(name)]
    if not names:
        return None
    name = writer.pick(names)
    writer.line(f"{name} = None")
    writer.bind(name, "None")
    return True


def sets_flag(writer: Writer, place: Place) -> bool | None:
    """A local flag: a constant, or the outcome of a condition."""
    name = writer.pick(("done", "ready", *(("self.live",) if place.kind in ("method", "init") else ())))
    if name not in writer.flags:
        if place.depth > 0:
            return None
        writer.flags.append(name)
    if writer.chance(0.7):
        writer.shows("flag")
        writer.line(f"{name} = {writer.pick(('True', 'False', 'True', 'False', '0', '1'))}")
    elif writer.chance(0.6):
        writer.shows("answer under two names")
        writer.line(f"{name} = {writer.pick(_answers(writer, name))}")
    else:
        writer.shows("remembered condition")
        writer.line(f"{name} = condition({writer.number()})")
    return True


def _answers(writer: Writer, flag: str) -> list[str]:
    """What conditions ask about: a flag that is bound to one of these says the same by another name."""
    others = [known for known in writer.flags if known != flag]
    compared = [COMPARED[name] for name in writer.compared]
    asked = [text for known in compared for pair in known.apart for text in pair if not text.isidentifier()]
    return ["a", "b", "not a", "bool(b)", "a and b", "a or b", f"a and condition({writer.number()})", *others, *asked]


@dataclass(frozen=True)
class Compared:
    """A variable that conditions compare with literals."""

    source: str
    """The opaque step that it comes from: whatever the comparisons tell apart, one of its outcomes is."""
    construct: str
    apart: tuple[tuple[str, str], ...]
    """Comparisons of which no two are true together, each with its contrary."""
    others: tuple[str, ...]


COMPARED = {
    "mode": Compared(
        "pick",
        "comparison with literals",
        (("mode == 0", "mode != 0"), ("mode == 1", "mode != 1"), ("mode == 'some text'", "mode != 'some text'")),
        ("mode in (0, 1)", "mode not in (1, 'some text')"),
    ),
    "level": Compared(
        "measure",
        "comparison of numbers",
        (("level < 0", "level >= 0"), ("level == 0", "level != 0"), ("0 < level < 2", "not 0 < level < 2")),
        ("level > 0", "0 >= level", "level", "not level", "level >= 2", "level in (1, 2)", "level != 2", "level <= 1"),
    ),
    "names": Compared(
        "listed",
        "comparison of lengths",
        (("not names", "names"), ("len(names) == 1", "len(names) != 1"), ("len(names) > 1", "len(names) <= 1")),
        ("len(names) == 0", "len(names) > 0", "len(names)", "1 <= len(names)", "len(names) < 2"),
    ),
}


def sets_compared(writer: Writer, place: Place) -> bool | None:
    """A value that conditions compare with literals."""
    name = writer.pick((*COMPARED,))
    if name not in writer.compared:
        if place.depth > 0:
            return None
        writer.compared.append(name)
    writer.shows(COMPARED[name].construct)
    writer.line(f"{name} = {COMPARED[name].source}({writer.number()})")
    return True


def raises(writer: Writer, place: Place) -> bool | None:
    """``raise``, or a call that never returns."""
    if writer.chance(0.25):
        writer.shows("sys.exit")
        writer.line(writer.pick(("sys.exit(1)", "sys.exit()", "raise SystemExit")))
        return False
    writer.shows("raise")
    error = writer.pick(ERRORS)
    writer.line(writer.pick((f"raise {error}", f"raise {error}()", f"raise {error}('no')")))
    return False


def jumps(writer: Writer, place: Place) -> bool | None:
    """``break`` or ``continue``."""
    if not place.in_loop or not place.may_jump:
        return None
    word = writer.pick(("break", "continue"))
    writer.shows(word)
    writer.line(word)
    return False


def yields(writer: Writer, place: Place) -> bool | None:
    """A yield of something that is no connection."""
    if place.kind != "generator":
        return None
    writer.shows("yield")
    writer.line(writer.pick(("yield", f"yield {writer.number()}", f"sent = yield {writer.number()}")))
    return True


def test(writer: Writer) -> str:
    """Return a condition for an ``if`` or a ``while``."""
    form = writer.rng.randrange(12)
    number = writer.number()
    if form <= 4:
        return f"condition({number})"
    if form <= 7:
        writer.shows("correlated parameter")
        return writer.pick(("a", "b", "not a", "not b"))
    if form == 8:
        writer.shows("short circuit")
        return writer.pick(
            (f"a and condition({number})", f"condition({number}) or b", "a and b", "a or b", "not (a and b)")
        )
    if form >= 8 and writer.compared and writer.chance(0.7):
        compared = COMPARED[writer.pick(writer.compared)]
        return writer.pick((*(asked for pair in compared.apart for asked in pair), *compared.others))
    if form >= 7 and writer.listed and writer.chance(0.5):
        return writer.pick(("jobs", "not jobs", "len(jobs) > 0", "len(jobs) == 0"))
    if form >= 9 and writer.flags and writer.chance(0.7):
        flag = writer.pick(writer.flags)
        return writer.pick((flag, f"not {flag}"))
    if form == 10:
        writer.shows("walrus")
        return f"(x := condition({number}))"
    names = [name for name in writer.names if UNBOUND not in writer.state(name)]
    if names and form == 11:
        return writer.pick(("{} is None", "{} is not None", "{}", "not {}")).format(writer.pick(names))
    return f"condition({number})"
