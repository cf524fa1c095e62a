"""Fixpoint about functions that call each other in circles: asked again until they agree.

A local solver with a worklist (Apinis, Seidl and Vojdani call theirs "structured local recursive"): a function is asked
again only when an answer has changed that it has used itself, and those first which were found last, since they are
the ones that others are made of.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Hashable

from flake8_wsthreads.dataflow.summary import Summary

# Each time an answer carries what is known once more round the circle; real code needs two or three.
_MOST_TIMES = 8
_NOTHING_YET = Summary()


class Fixpoint:
    """What is known of the functions of a file, and of those that are being looked at.

    A call of a function that is being looked at gets the answer that it gave last; at first, that nothing comes of it.
    """

    def __init__(self) -> None:
        self._answers: dict[Hashable, Summary] = {}
        self._looks: dict[Hashable, tuple[Callable[[], Summary], Summary]] = {}
        """For those whose answers may still change: how they are asked, and what is said if they never settle."""
        self._found: list[Hashable] = []
        self._number: dict[Hashable, int] = {}
        """The place of each in the order in which they were found."""
        self._times: Counter[Hashable] = Counter()
        self._users: dict[Hashable, set[Hashable]] = {}
        """Those whose answers were made with the last answer of each."""
        self._asked: list[Hashable] = []
        """Those that are being looked at, the innermost last."""
        self._again: list[int] = []
        """A heap of the numbers of those that are to be asked again, negative."""

    def known(self, key: Hashable) -> Summary | None:
        """The answer, where no work is needed for it; None where it must be found."""
        answer = self._answers.get(key)
        if answer is not None and self._asked:
            self._users.setdefault(key, set()).add(self._asked[-1])
        return answer

    def find(self, key: Hashable, look: Callable[[], Summary], unsettled: Summary) -> Summary:
        """The answer that ``look`` finds; ``unsettled`` when the functions of a circle never agree."""
        number = self._number[key] = len(self._found)
        self._found.append(key)
        self._looks[key] = look, unsettled
        self._answers[key] = _NOTHING_YET
        self._ask(key)
        while self._again and -self._again[0] >= number:
            self._ask(self._found[-heapq.heappop(self._again)])
        if self._asked:
            self._users.setdefault(key, set()).add(self._asked[-1])
        else:
            self._looks.clear()
            self._users.clear()
        return self._answers[key]

    def _ask(self, key: Hashable) -> None:
        """Look once more, and have those asked again who have used another answer."""
        look, answer = self._looks[key]
        self._times[key] += 1
        if self._times[key] <= _MOST_TIMES:
            self._asked.append(key)
            answer = look()
            self._asked.pop()
        if answer != self._answers[key]:
            self._answers[key] = answer
            for number in {-self._number[user] for user in self._users.pop(key, ())}.difference(self._again):
                heapq.heappush(self._again, number)
