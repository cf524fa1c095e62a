"""What the answers to questions about one subject say about another: a number that is above 5 is not below 3."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.operand import ValueKind
from flake8_wsthreads.cfg.place import Place
from flake8_wsthreads.cfg.tracked import Bound, Comparison, Equality, Question, Subject, Tracked
from flake8_wsthreads.dataflow.value import AbstractValue, Environment, is_none, truth

_Limit = tuple[float, bool]
"""A number, and whether the numbers below the limit include it; limits stand in the order of what is below them."""
_NO_LEAST: _Limit = (-math.inf, False)
_NO_MOST: _Limit = (math.inf, True)


@dataclass(frozen=True)
class _Range:
    """Where a number is: below ``most``, and not below ``least``."""

    least: _Limit
    most: _Limit
    others: frozenset[float]
    """What it does not equal."""
    is_whole: bool
    is_told: bool
    """Whether a path knows that it is a number at all."""

    def is_below(self, bound: Bound) -> bool | None:
        """Whether it is below a limit; None where that is not told."""
        limit = _limit(bound, self.is_whole)
        if self.most <= limit:
            return True
        return False if limit <= self.least else None

    def equals(self, number: float) -> bool | None:
        """Whether it is this number; None where that is not told."""
        if number in self.others or not self.least <= (number, False) < self.most:
            return False
        next_one = (number + 1, False) if self.is_whole else (number, True)
        return True if self.least == (number, False) and self.most <= next_one else None


def known_answer(asked: Comparison, environment: Environment, graph: Graph) -> bool | None:
    """How a comparison is answered on this path, by itself or by what else was asked; None where it is not told."""
    answer = truth(environment.get(asked, ValueKind.UNKNOWN))
    if answer is None and isinstance(asked, Equality):
        answer = _equal(asked, environment, asked.subject in graph.counted)
    if answer is not None:
        return answer
    value = environment.get(asked.subject, ValueKind.UNKNOWN)
    is_told = value is ValueKind.FALSE or truth(value) is True  # opener(0): what is false may be None, or empty
    if not is_told and asked.subject not in graph.related and asked.subject not in graph.counted:
        return None
    numbers = _range(asked.subject, environment, graph)
    if isinstance(asked, Bound):
        return numbers.is_below(asked)
    return numbers.equals(asked.number) if asked.number is not None else None


def _equal(asked: Equality, environment: Environment, is_counted: bool) -> bool | None:
    """Whether a subject equals a literal or is of a class, by what it equals else, and by its own value.

    Of one ``is_counted`` numbers are its length, not what it equals.
    """
    value = environment.get(asked.subject, ValueKind.UNKNOWN)
    if is_none(value):
        return False
    for other, found in environment.items():
        if isinstance(other, Equality):
            answer = truth(found)
            if is_counted and (asked.number is None) is not (other.number is None):
                if answer and other.subject == asked.subject and isinstance(other.literal, str) and not other.kind:
                    return len(other.literal) == asked.number
                continue
            if answer and other.implies(asked):
                return True
            if (answer and asked.excludes(other)) or (answer is False and asked.implies(other)):
                return False
    # a text is false when it is empty; that zero is false is told by the range
    is_text = asked.number is None and not asked.kind
    return False if is_text and truth(value) is (not asked.literal) else None


def was_asked(asked: Comparison | Question, environment: Environment) -> bool:
    """Whether this path has asked the same before, or has compared the same subject: then to ask does not raise."""
    return asked in environment or (
        isinstance(asked, (Equality, Bound))
        and any(isinstance(known, (Equality, Bound)) and known.subject == asked.subject for known in environment)
    )


def told(subject: Subject, environment: Environment, graph: Graph) -> AbstractValue:
    """What comparisons tell about the value of their subject: whether it is true, or that it is not None."""
    numbers = _range(subject, environment, graph)
    equals_zero = numbers.equals(0)
    if equals_zero:
        return ValueKind.FALSY
    if equals_zero is False:
        return ValueKind.TRUTHY
    for known, value in environment.items():
        if isinstance(known, Equality) and known.subject == subject and truth(value):
            return ValueKind.NOT_NONE if known.kind else ValueKind.TRUTHY if known.literal else ValueKind.FALSY
    return ValueKind.NOT_NONE if numbers.is_told else ValueKind.UNKNOWN


def may_change(known: Tracked, place: Place) -> bool:
    """Whether an answer may be another one after the object in a place was changed; a text never is."""
    if isinstance(known, Place) or not known.depends_on(place):
        return False
    of_text = isinstance(known, Equality) and known.subject == place and known.number is None
    return not of_text


def remember(asked: Comparison, answer: bool, environment: Environment) -> None:
    """Add an answer to what a path knows, and take away what follows from it: it needs not be remembered of each."""
    for other in [other for other, known in environment.items() if _follows(other, truth(known), asked, answer)]:
        del environment[other]
    environment[asked] = ValueKind.TRUTHY if answer else ValueKind.FALSY


def _follows(other: Tracked, known: bool | None, asked: Comparison, answer: bool) -> bool:
    """Whether what is known of another comparison follows from this answer."""
    if isinstance(asked, Equality):
        is_bound = asked.number is not None and isinstance(other, Bound) and other.subject == asked.subject
        return answer and (is_bound or asked.excludes(other))
    if not isinstance(other, Bound) or other.subject != asked.subject or known is not answer:
        return False
    narrow, wide = _limit(asked, is_whole=False), _limit(other, is_whole=False)
    return narrow <= wide if answer else wide <= narrow


def _limit(bound: Bound, is_whole: bool) -> _Limit:
    return (bound.number + 1, False) if is_whole and bound.inclusive else (bound.number, bound.inclusive)


def _range(subject: Subject, environment: Environment, graph: Graph) -> _Range:
    """What the answers that a path remembers tell of the number in a subject, or that it gives."""
    least, most, others, is_told = _NO_LEAST, _NO_MOST, set[float](), False
    is_whole = subject not in graph.fractional
    if subject in graph.counted:
        least = (0, False)
    is_true = truth(environment.get(subject, ValueKind.UNKNOWN))
    if is_true:
        others.add(0)
    elif is_true is False:
        least, most = (0, False), (0, True)
    for known, value in environment.items():
        answer = truth(value)
        if answer is None or not isinstance(known, (Equality, Bound)) or known.subject != subject:
            continue
        if isinstance(known, Bound):
            is_told = True
            if answer:
                most = min(most, _limit(known, is_whole))
            else:
                least = max(least, _limit(known, is_whole))
        elif known.number is not None:
            is_told |= answer
            if answer:
                least, most = max(least, (known.number, False)), min(most, (known.number, True))
            else:
                others.add(known.number)
    while least[0] in others and not least[1]:
        least = (least[0] + 1, False) if is_whole and isinstance(least[0], int) else (least[0], True)
    if most[0] in others:
        most = (most[0], False)
    while is_whole and isinstance(most[0], int) and not most[1] and most[0] - 1 in others:
        most = (most[0] - 1, False)
    return _Range(least, most, frozenset(others), is_whole, is_told)
