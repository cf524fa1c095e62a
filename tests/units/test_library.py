"""The rows on other modules: one for each callable, and what two tables say of it is one row."""

from __future__ import annotations

import importlib
import sys

import pytest

from flake8_wsthreads.library import behaviour_of
from flake8_wsthreads.library.behaviour import UNKNOWN, Behaviour, CallsBack, Makes, Manages, Raises, Thread, united
from flake8_wsthreads.library.exceptions import ALIASES, BASES


def test_two_tables_say_what_both_of_them_say() -> None:
    rows = united({"a.b": Behaviour(raises=Raises.NEVER)}, {"a.b": Behaviour(reports=True)}, {"c.d": Behaviour()})
    assert rows["a.b"] == Behaviour(raises=Raises.NEVER, reports=True)
    assert rows["c.d"] == UNKNOWN


def test_a_callable_without_a_row_may_do_anything() -> None:
    assert behaviour_of("shop.feeds.open") == behaviour_of("") == UNKNOWN


def test_rows_of_several_tables_are_there() -> None:
    pool = behaviour_of("concurrent.futures.ThreadPoolExecutor")
    assert (pool.makes, pool.manages, pool.raises) == (Makes.THREAD_POOL, Manages.ENTERS_QUIETLY, Raises.NEVER)
    assert behaviour_of("trio.to_thread.run_sync").calls_back == CallsBack(Thread.DAEMON)
    assert behaviour_of("functools.cache").keeps_meaning


def resolved(name: str) -> type[BaseException]:
    """The class with this qualified name."""
    module, _, short = name.rpartition(".")
    found = getattr(importlib.import_module(module or "builtins"), short)
    assert isinstance(found, type) and issubclass(found, BaseException)
    return found


@pytest.mark.parametrize("name", [name for name in BASES if not name.startswith("websockets.")])
def test_exceptions_of_the_standard_library_have_the_bases_of_their_rows(name: str) -> None:
    bases = [base for base in resolved(name).__bases__ if issubclass(base, BaseException)]
    assert bases == [*map(resolved, BASES[name])]


@pytest.mark.parametrize("name", [name for name in ALIASES if not name.startswith("websockets.")])
def test_other_names_of_exceptions_of_the_standard_library(name: str) -> None:
    if "TimeoutError" in name and sys.version_info < (3, 11):
        pytest.skip("since Python 3.11")
    assert resolved(name) is resolved(ALIASES[name])
