"""Switches a mechanism off and looks which cases miss it."""

from __future__ import annotations

import multiprocessing
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tests.case_documents import Case, all_cases
from tests.door import findings

from .mechanisms import MECHANISMS


@dataclass(frozen=True)
class Missed:
    """A mechanism, and the cases that are judged in another way without it."""

    mechanism: str
    cases: tuple[str, ...]


def missed_by(mechanism: str) -> Missed:
    """The cases that miss a mechanism. A case on which the analysis breaks without it misses it, too."""
    expected = _verdicts()
    with MECHANISMS[mechanism]():
        return Missed(mechanism, tuple(case.name for case in _cases() if _verdict(case) != expected[case.name]))


def all_missed(mechanisms: Sequence[str], jobs: int) -> Iterator[Missed]:
    """The same for several mechanisms, in their order."""
    _verdicts()  # once, before the processes part
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(missed_by, mechanisms)


@cache
def _cases() -> list[Case]:
    return all_cases(sys.version_info[:2])


@cache
def _verdicts() -> dict[str, str]:
    return {case.name: _verdict(case) for case in _cases()}


def _verdict(case: Case) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = findings(case.source, case.settings)
    except Exception as error:
        return type(error).__name__
    return repr([(finding.code, finding.location, finding.message) for finding in found])
