"""Statements by which others change what conditions ask about, or look at it only: functions, methods, other names."""

from __future__ import annotations

from collections.abc import Callable

from .writer import Place, Writer

REFILL = "def refill(container, number):\n    container[:] = listed(number)\n"
LOOK = "def look(container, number):\n    if container:\n        work(number)\n"
UPDATE = "    def update(self, number):\n        self.live = condition(number)\n"
UPDATE_LATER = "    def update_later(self, number):\n        self.update(number)\n"
NOTE = "    def note(self, number):\n        repr(self.live)\n        work(number)\n"


def starts_with_flag(writer: Writer) -> None:
    """An attribute that says whether something is so."""
    writer.flags.append("self.live")
    writer.line(f"self.live = {writer.pick(('True', 'False', f'condition({writer.number()})'))}")


def sets_list(writer: Writer, place: Place) -> bool | None:
    """A list that is made here."""
    if not writer.listed and place.depth > 0:
        return None
    writer.listed = True
    writer.shows("list that conditions ask about")
    writer.line(writer.pick(("jobs = []", "jobs = []", "jobs = ['job']")))
    return True


def changes_list(writer: Writer, place: Place) -> bool | None:
    """The function itself adds something to its list, or takes out all."""
    if not writer.listed:
        return None
    number = writer.number()
    writer.line(writer.pick((f"jobs.append({number})", f"jobs.extend(listed({number}))", "jobs.clear()")))
    return True


def others_change(writer: Writer, place: Place) -> bool | None:
    """Something else may change what a condition asks about, or looks at it."""
    changing: list[Callable[[Writer, str], None]] = []
    containers = ["jobs"] if writer.listed else []
    containers += ["names"] if "names" in writer.compared else []
    if containers:
        changing += [_refilled, _looked_at, _refilled_inside]
    if writer.listed:
        changing.append(_refilled_by_another_name)
    flags = [flag for flag in writer.flags if flag != "self.live"]
    if flags:
        changing.append(_bound_inside)
    if "self.live" in writer.flags:
        changing += [_bound_by_method, _bound_by_method, _looked_at_by_method, _looked_at_by_method]
    if not changing:
        return None
    change = writer.pick(changing)
    if change is _bound_inside:
        change(writer, writer.pick(flags))
    else:
        change(writer, writer.pick(containers) if containers else "")
    return True


def _refilled(writer: Writer, container: str) -> None:
    writer.shows("function changes a list")
    writer.helpers["refill"] = REFILL
    writer.line(f"refill({container}, {writer.number()})")


def _looked_at(writer: Writer, container: str) -> None:
    writer.shows("function looks into a list")
    writer.helpers["look"] = LOOK
    writer.line(f"look({container}, {writer.number()})")


def _refilled_inside(writer: Writer, container: str) -> None:
    writer.shows("nested function changes a list")
    number = writer.number()
    _called_inside(writer, f"renew_{number}", f"{container}[:] = listed({number})")


def _refilled_by_another_name(writer: Writer, container: str) -> None:
    writer.shows("list changes by another name")
    writer.line("same_jobs = jobs")
    writer.line(f"same_jobs[:] = listed({writer.number()})")


def _bound_inside(writer: Writer, flag: str) -> None:
    writer.shows("nested function binds a flag")
    number = writer.number()
    _called_inside(writer, f"flip_{number}", f"nonlocal {flag}", f"{flag} = condition({number})")


def _called_inside(writer: Writer, name: str, *lines: str) -> None:
    """A function inside the subject, and a call of it."""
    writer.line(f"def {name}():")
    with writer.indented():
        for line in lines:
            writer.line(line)
    writer.line(f"{name}()")


def _bound_by_method(writer: Writer, container: str) -> None:
    writer.shows("method binds a flag")
    writer.methods["update"] = UPDATE
    method = writer.pick(("update", "update_later"))
    if method == "update_later":
        writer.methods["update_later"] = UPDATE_LATER
    writer.line(f"self.{method}({writer.number()})")


def _looked_at_by_method(writer: Writer, container: str) -> None:
    writer.shows("method looks at a flag")
    writer.methods["note"] = NOTE
    writer.line(f"self.note({writer.number()})")
