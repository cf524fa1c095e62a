"""Which exceptions are special cases of others: what a handler does with one it may do with the other, too."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

from flake8_wsthreads.cfg.raised import (
    ANY_EXCEPTION,
    CONNECTION_ERROR,
    EXCEPTION_GROUP,
    KEYBOARD_INTERRUPT,
    OPENING_ERROR,
    Caught,
    ExceptionClass,
    Raised,
    builtin_error,
    matches,
    refined,
    without_special_cases,
)

NAMES = (
    "ValueError", "UnicodeError", "KeyError", "OSError", "ConnectionRefusedError", "Exception", "BaseException",
    "KeyboardInterrupt", "websockets.exceptions.ConnectionClosed", "websockets.exceptions.InvalidURI", "shop.Refused",
)  # fmt: skip
KINDS = [*map(ExceptionClass, NAMES), ExceptionClass("Own", 7)]
HANDLERS = [Caught(pair) for pair in combinations(KINDS, 2)] + [Caught((kind,)) for kind in KINDS]
HANDLERS += [Caught(others=True), Caught(bare=True)]
GENERAL = (ANY_EXCEPTION, OPENING_ERROR, CONNECTION_ERROR)
RAISED = [
    *GENERAL, KEYBOARD_INTERRUPT, EXCEPTION_GROUP, builtin_error(ValueError), builtin_error(OSError),
    *(raised.without(KINDS[:count]) for raised in GENERAL for count in (1, 2, 4)),
    *(refined(Caught((kind,)), raised, {}) for kind in KINDS for raised in GENERAL),
    *(replace(raised, before_opening=True) for raised in GENERAL),
    *(replace(raised, failed_test=True) for raised in GENERAL),
]  # fmt: skip
GOES = {True: {"in"}, None: {"in", "on"}, False: {"on"}}


def test_a_handler_does_with_a_special_case_what_it_may_do_with_the_other() -> None:
    compared = 0
    for special, general in product(RAISED, GENERAL):
        if without_special_cases([special, general]) == [general] and special != general:
            compared += 1
            for caught in HANDLERS:
                assert GOES[matches(caught, special)] <= GOES[matches(caught, general)], (special, general, caught)
    assert compared > len(RAISED) / 2


def test_control_c_and_groups_are_no_special_cases() -> None:
    for raised in (KEYBOARD_INTERRUPT, EXCEPTION_GROUP, builtin_error(SystemExit)):
        assert without_special_cases([raised, ANY_EXCEPTION]) == [raised, ANY_EXCEPTION]


def test_what_tells_more_is_no_special_case() -> None:
    for more in (OPENING_ERROR, replace(ANY_EXCEPTION, before_opening=True), replace(ANY_EXCEPTION, failed_test=True)):
        assert more in without_special_cases([more, ANY_EXCEPTION])


def test_what_handlers_have_let_pass_is_a_special_case() -> None:
    assert without_special_cases([ANY_EXCEPTION.without(KINDS[:1]), ANY_EXCEPTION]) == [ANY_EXCEPTION]
    passed: list[Raised] = [ANY_EXCEPTION.without(KINDS[:1]), ANY_EXCEPTION.without(KINDS[2:3])]
    assert without_special_cases(passed) == passed
