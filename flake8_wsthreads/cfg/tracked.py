"""What a path may know something about: what a place holds, and the answers to questions."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_wsthreads.cfg.place import Place

Literal = str | bytes | int | float


@dataclass(frozen=True)
class Question:
    """A condition, or a part of one, that gives the same as long as nothing that it mentions is changed."""

    text: str
    mentions: frozenset[Place]
    """The variables."""
    is_steady: bool = True
    """False where the file does not tell whether it gives the same: it calls something unknown."""

    def __repr__(self) -> str:
        return f"?{self.text}"

    def depends_on(self, changed: Place) -> bool:
        """Whether the answer may be another one after ``changed``, or a field of it, was bound."""
        return changed.whole in self.mentions


Subject = Place | Question
"""What is compared: what is kept in a place, or what an expression like ``len(names)`` gives."""


CLASS = "class"
"""The kind of what is asked by ``isinstance(message, str)``."""
CLASSES_APART = frozenset({"bytes", "dict", "float", "int", "list", "set", "str", "tuple"})
"""Builtin classes of which no object has two, not even one of a class derived from both."""


@dataclass(frozen=True)
class Equality:
    """Whether a subject equals a literal or a member of an enumeration, or is an object of a builtin class."""

    subject: Subject
    literal: Literal | None
    """Its value; the name of a member or a class; None for whichever no condition asks about any more."""
    kind: str = ""
    """The enumeration that it is a member of, or `CLASS`; empty for constants. What equals one equals no other."""

    def __repr__(self) -> str:
        return f"{self.subject}=={self.literal!r}"

    @property
    def with_another_literal(self) -> Equality:
        """Whether it equals a literal of this kind about which no condition asks any more."""
        return Equality(self.subject, None, self.kind)

    @property
    def number(self) -> int | float | None:
        """The literal where it is a number."""
        return self.literal if isinstance(self.literal, (int, float)) else None

    def excludes(self, other: Tracked) -> bool:
        """Whether the subject cannot equal the other literal when it equals this one."""
        if not isinstance(other, Equality) or other.subject != self.subject:
            return False
        if other.kind == self.kind:
            return other.literal != self.literal
        return bool(self._classes and other._classes) and not self._classes & other._classes

    def implies(self, other: Tracked) -> bool:
        """Whether the subject is an object of the other class when it equals this literal."""
        if self.kind or not isinstance(other, Equality) or other.subject != self.subject:
            return False
        return other.kind == CLASS and self._classes == other._classes

    @property
    def _classes(self) -> frozenset[str]:
        """The classes that the subject may be an object of when it equals this; empty where that is not told."""
        if self.kind or self.literal is None:
            return frozenset({str(self.literal)}) if self.kind == CLASS else frozenset()
        return frozenset({"int", "float"} if self.number is not None else {type(self.literal).__name__})

    def depends_on(self, changed: Place) -> bool:
        """Whether the answer may be another one after ``changed`` was bound."""
        return self.subject.depends_on(changed)


@dataclass(frozen=True)
class Bound:
    """Whether a subject is less than a number, or equal to it where the bound is ``inclusive``."""

    subject: Subject
    number: int | float
    inclusive: bool = False

    def __repr__(self) -> str:
        return f"{self.subject}{'<=' if self.inclusive else '<'}{self.number}"

    def depends_on(self, changed: Place) -> bool:
        """Whether the answer may be another one after ``changed`` was bound."""
        return self.subject.depends_on(changed)


Comparison = Equality | Bound
Tracked = Place | Comparison | Question


def subject_of(tracked: Tracked) -> Subject:
    """What is compared, for a comparison; else the place or the question itself."""
    return tracked.subject if isinstance(tracked, (Equality, Bound)) else tracked
