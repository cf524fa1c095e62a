"""Fixpoint about functions that call each other in circles: asked again until they agree."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flake8_wsthreads.dataflow.summary import Summary

# Each round carries what is known once round the circle; real code needs two or three.
_MAXIMUM_ROUNDS = 8


class Fixpoint:
    """What is known of the functions of a file, and of those that are being looked at.

    A call of a function that is being looked at gets the answer of the round before (in the first, that nothing comes
    of it). What rests on such an answer is kept for the round only, until the function that the circle was entered by
    has seen a round in which no answer changed.
    """

    def __init__(self) -> None:
        self._settled: dict[Hashable, Summary] = {}
        self._this_round: dict[Hashable, tuple[Summary, frozenset[Hashable]]] = {}
        self._last_round: dict[Hashable, Summary] = {}
        self._under_way: set[Hashable] = set()
        self._rests_on: set[Hashable] = set()
        """The functions under way whose provisional answers were used since the innermost of them was begun."""
        self._changed = False

    def known(self, key: Hashable) -> Summary | None:
        """The answer, where no work is needed for it; None where it must be found."""
        settled = self._settled.get(key)
        if settled is not None:
            return settled
        if key in self._under_way:
            self._rests_on.add(key)
            return self._last_round.get(key, Summary())
        found = self._this_round.get(key)
        if found is None:
            return None
        self._rests_on |= found[1]
        return found[0]

    def find(self, key: Hashable, look: Callable[[], Summary], unsettled: Summary) -> Summary:
        """The answer that ``look`` finds; ``unsettled`` when the functions of a circle never agree."""
        around, changed_around = self._rests_on, self._changed
        self._changed = False
        for _ in range(_MAXIMUM_ROUNDS):
            self._rests_on = set()
            self._under_way.add(key)
            summary = look()
            self._under_way.remove(key)
            recursive = key in self._rests_on
            rests_on = frozenset(self._rests_on - {key})
            if recursive:
                before = self._last_round.get(key, Summary())
                self._changed = self._changed or summary != before
                self._last_round[key] = summary
            if rests_on or not recursive or not self._changed:
                break
            self._changed = False
            self._forget_round(key)
        else:
            summary = unsettled
        self._rests_on = around | rests_on
        self._changed = changed_around or (self._changed and bool(rests_on))
        if rests_on:
            self._rest_on_outer(key, rests_on)
            self._this_round[key] = summary, rests_on
        else:
            self._settled[key] = summary
            self._last_round.pop(key, None)
            self._forget_round(key)
        return summary

    def _rest_on_outer(self, key: Hashable, rests_on: frozenset[Hashable]) -> None:
        """What rests on an answer rests on what that one rests on."""
        for other, (summary, found) in self._this_round.items():
            if key in found:
                self._this_round[other] = summary, found - {key} | rests_on

    def _forget_round(self, key: Hashable) -> None:
        """Forget what rests on a function: it is asked again, or for good."""
        for other in [other for other, (_, found) in self._this_round.items() if key in found]:
            del self._this_round[other]
