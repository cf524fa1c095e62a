"""What each rule concludes from facts that are made by hand, without any program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flake8_wsthreads.facts import (
    ConcurrentReceive,
    Connection,
    Context,
    HandOver,
    LateCloser,
    Model,
    Owner,
    OwnerKind,
    Paths,
    Spawner,
)
from flake8_wsthreads.finding import Finding, Location
from flake8_wsthreads.rules import RULES, find
from flake8_wsthreads.target import Target
from flake8_wsthreads.target.specifier import read_specifier

EVERY_RELEASE = Target()


def at(line: int, column: int = 0) -> Location:
    return Location(line, column, line, column + 1)


OPENED, LEFT, CLOSED, HANDED = at(2, 5), at(9), at(8), at(4)

CLOSED_PROPERLY = Paths(closed=CLOSED)
LEFT_OPEN = Paths(leaks_normally=LEFT)

CONNECTION = Connection(
    location=OPENED,
    opened_by="connect",
    function_name="main",
    borrowed=False,
    contexts=frozenset({Context.MAIN}),
    legacy=False,
    in_thread_constructor=False,
    paths=CLOSED_PROPERLY,
    owner=None,
    hand_overs=(),
    concurrent_receives=(),
    received_forever=None,
)
OWNER = Owner(
    kind=OwnerKind.ATTRIBUTE,
    name="self.ws",
    is_container=False,
    stored=at(2),
    closed=None,
    closed_unless_kept=None,
    closed_outside_run=False,
    late_close=None,
    late_closer=None,
    lives_to_exit=False,
    handed_out=False,
    used_before_enter=None,
    thread_subclass=False,
)
HAND_OVER = HandOver(
    location=HANDED,
    spawner=Spawner.THREAD,
    target_name="read",
    contexts=frozenset({Context.DAEMON}),
    used=at(20),
    received=None,
    received_forever=None,
    closed=False,
    repeated=False,
    ends_before_thread=None,
)

LEAKING = replace(CONNECTION, paths=LEFT_OPEN)
KEPT = replace(CONNECTION, paths=Paths(), owner=OWNER)
IN_THREAD_CONSTRUCTOR = replace(KEPT, in_thread_constructor=True, owner=replace(OWNER, thread_subclass=True))
CLOSED_AT_EXIT = replace(CONNECTION, paths=Paths(late_close=at(3), late_closer=LateCloser.ATEXIT))
CLOSED_IN_DEL = replace(
    CONNECTION,
    paths=Paths(),
    owner=replace(OWNER, late_close=at(7), late_closer=LateCloser.DEL, lives_to_exit=True),
)


def run(*connections: Connection, target: Target = EVERY_RELEASE) -> list[Finding]:
    return find(Model(connections), target, [rule for rule in RULES if rule.on_by_default])


def codes(*connections: Connection, target: Target = EVERY_RELEASE) -> list[str]:
    return [finding.code for finding in run(*connections, target=target)]


def on(connection: Connection, *contexts: Context) -> Connection:
    return replace(connection, contexts=frozenset(contexts))


def handing(connection: Connection, *hand_overs: HandOver) -> Connection:
    return replace(connection, hand_overs=hand_overs)


def test_the_advice_for_a_container_is_to_close_what_is_in_it() -> None:
    in_list = replace(KEPT, owner=replace(OWNER, name="self.connections", is_container=True))

    messages = [finding.message for finding in run(in_list)]

    assert messages == [
        "connection may stay open: programs with websockets<13.0 never exit; "
        "close every connection in self.connections or require websockets>=13.0",
        "nothing in this file closes the connections in self.connections: their sockets and threads live on; "
        "add a method that closes every one",
    ]


USED_BEFORE_ENTER = Paths(closed=CLOSED, used_before_enter=at(6))


@pytest.mark.parametrize(
    "used",
    [
        replace(CONNECTION, paths=replace(USED_BEFORE_ENTER, given_away=HANDED)),
        replace(CONNECTION, paths=USED_BEFORE_ENTER, returned=True),
        replace(CONNECTION, paths=Paths(), owner=replace(OWNER, closed=CLOSED, used_before_enter=at(6))),
    ],
    ids=["others close it", "a clean-up closes what the function returns", "an attribute"],
)
def test_a_connection_that_no_block_can_hold_is_entered_by_an_exit_stack(used: Connection) -> None:
    (finding,) = run(used)
    assert finding.message.endswith("; use ExitStack.enter_context()")


def test_a_connection_that_goes_into_a_container_is_entered_by_an_exit_stack() -> None:
    (finding,) = run(replace(CONNECTION, paths=USED_BEFORE_ENTER, gathered=True))

    assert finding.message.endswith("; use ExitStack.enter_context()")


def test_the_advice_to_a_function_that_returns_the_connection_is_no_block() -> None:
    on_error = replace(CONNECTION, paths=Paths(closed=CLOSED, leaks_on_error=LEFT), returned=True)
    elsewhere = replace(CONNECTION, paths=Paths(given_away=CLOSED, leaks_normally=LEFT), returned=True)

    assert [finding.code for finding in run(on_error)] == ["WST101", "WST303"]
    assert all("; close it on errors as well" in finding.message for finding in run(on_error))
    assert [finding.code for finding in run(elsewhere)] == ["WST101", "WST302"]
    assert all("; close it on every other way out" in finding.message for finding in run(elsewhere))


def test_a_connection_that_is_closed_on_every_path_is_silent() -> None:
    assert codes(CONNECTION) == []


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (Context.MAIN, ["WST101", "WST301"]),
        (Context.CHILD_PROCESS, ["WST101", "WST301"]),
        (Context.NON_DAEMON, ["WST102", "WST301"]),
        (Context.DAEMON, ["WST301"]),
        (Context.UNKNOWN, ["WST301"]),
    ],
)
def test_an_open_connection_is_judged_by_the_thread_that_opens_it(context: Context, expected: list[str]) -> None:
    assert codes(on(LEAKING, context)) == expected


def test_a_known_bad_thread_counts_beside_an_unknown_one() -> None:
    assert codes(on(LEAKING, Context.UNKNOWN, Context.MAIN, Context.NON_DAEMON)) == ["WST102", "WST301"]


def test_nothing_is_said_of_a_connection_with_too_many_paths() -> None:
    undecided = replace(LEAKING, paths=replace(LEFT_OPEN, undecided=True), received_forever=at(6))
    assert codes(handing(undecided, replace(HAND_OVER, spawner=Spawner.PROCESS))) == []


def test_a_borrowed_connection_is_only_judged_by_the_threads_that_share_it() -> None:
    borrowed = handing(replace(LEAKING, borrowed=True), replace(HAND_OVER, spawner=Spawner.PROCESS))
    (finding,) = run(borrowed)

    assert finding.code == "WST204"
    assert "declared on line 2" in finding.message


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (Paths(leaks_normally=LEFT), "WST301"),
        (Paths(leaks_on_error=LEFT), "WST301"),
        (Paths(overwritten=LEFT, closed=CLOSED), "WST301"),
        (Paths(leaks_normally=LEFT, closed=CLOSED), "WST302"),
        (Paths(leaks_normally=LEFT, given_away=CLOSED), "WST302"),
        (Paths(leaks_normally=LEFT, leaks_on_error=at(5), closed=CLOSED), "WST302"),
        (Paths(leaks_on_error=LEFT, unreachable_close=CLOSED), "WST302"),
        (Paths(leaks_on_error=LEFT, closed=CLOSED), "WST303"),
        (Paths(leaks_on_error=LEFT, given_away=CLOSED), "WST303"),
        (Paths(leaks_on_error=LEFT, closed=CLOSED, used_before_enter=at(3)), "WST303"),
        (Paths(closed=CLOSED, used_before_enter=at(3)), "WST305"),
    ],
)
def test_what_the_paths_do_decides_how_the_leak_is_named(paths: Paths, expected: str) -> None:
    assert codes(on(replace(CONNECTION, paths=paths), Context.DAEMON)) == [expected]


def test_an_attribute_that_nothing_closes_is_reported_as_one() -> None:
    assert codes(KEPT) == ["WST101", "WST304"]


def test_a_variable_of_an_enclosing_function_is_a_local_variable() -> None:
    assert codes(replace(KEPT, owner=replace(OWNER, kind=OwnerKind.CLOSURE, name="ws"))) == ["WST101", "WST301"]


@pytest.mark.parametrize("owner", [replace(OWNER, closed=CLOSED), replace(OWNER, handed_out=True)])
def test_an_attribute_that_something_may_close_is_silent(owner: Owner) -> None:
    assert codes(replace(KEPT, owner=owner)) == []


def test_a_constructor_that_raises_loses_what_its_object_would_close() -> None:
    raising = replace(KEPT, paths=Paths(leaks_on_error=LEFT), owner=replace(OWNER, closed=CLOSED))
    assert codes(raising) == ["WST101", "WST303"]


def test_a_thread_object_that_connects_in_its_constructor() -> None:
    assert codes(IN_THREAD_CONSTRUCTOR) == ["WST103", "WST304"]


def test_a_close_in_run_comes_too_late_for_what_the_constructor_opened() -> None:
    assert IN_THREAD_CONSTRUCTOR.owner is not None
    owner = replace(IN_THREAD_CONSTRUCTOR.owner, closed=CLOSED)
    assert codes(replace(IN_THREAD_CONSTRUCTOR, owner=owner)) == ["WST103"]
    assert codes(replace(IN_THREAD_CONSTRUCTOR, owner=replace(owner, closed_outside_run=True))) == []


def test_a_daemon_thread_may_create_a_thread_object_that_connects() -> None:
    assert codes(on(IN_THREAD_CONSTRUCTOR, Context.DAEMON)) == ["WST304"]


def test_an_endless_receive_is_reported_on_every_release() -> None:
    endless = replace(on(CONNECTION, Context.NON_DAEMON), received_forever=at(6))
    assert codes(endless) == ["WST104"]
    assert codes(endless, target=read_specifier("17.4")) == ["WST104"]


@pytest.mark.parametrize(
    ("connection", "releases", "expected"),
    [
        (CLOSED_AT_EXIT, "12.0", ["WST105"]),
        (CLOSED_AT_EXIT, ">=13.0", []),
        (CLOSED_IN_DEL, "12.0", ["WST105"]),
        (CLOSED_IN_DEL, ">=13.0,<15.0", []),
        (CLOSED_IN_DEL, ">=15.0", ["WST105"]),
    ],
)
def test_a_late_close_is_too_late_on_some_releases(connection: Connection, releases: str, expected: list[str]) -> None:
    assert codes(connection, target=read_specifier(releases)) == expected


def test_an_object_that_dies_before_the_exit_closes_in_time() -> None:
    assert CLOSED_IN_DEL.owner is not None
    assert codes(replace(CLOSED_IN_DEL, owner=replace(CLOSED_IN_DEL.owner, lives_to_exit=False))) == []


def test_a_finalizer_of_a_local_variable_is_too_late_only_in_the_main_script() -> None:
    finalized = replace(CONNECTION, paths=Paths(late_close=at(3), late_closer=LateCloser.FINALIZE))
    assert codes(finalized) == []
    assert codes(replace(finalized, function_name="<module>")) == ["WST105"]


def test_a_late_close_on_a_daemon_thread_is_silent() -> None:
    assert codes(on(CLOSED_AT_EXIT, Context.DAEMON)) == []


def test_a_late_close_beside_a_close_in_time_is_silent() -> None:
    assert codes(replace(CLOSED_AT_EXIT, paths=replace(CLOSED_AT_EXIT.paths, closed=CLOSED))) == []


@pytest.mark.parametrize("connection", [LEAKING, KEPT, CLOSED_AT_EXIT])
def test_a_thread_that_uses_what_its_creator_leaves_open(connection: Connection) -> None:
    assert "WST201" in codes(handing(connection, HAND_OVER))


@pytest.mark.parametrize(
    "hand_over",
    [replace(HAND_OVER, used=None), replace(HAND_OVER, closed=True)],
)
def test_a_thread_that_does_not_use_the_connection_or_closes_it(hand_over: HandOver) -> None:
    assert "WST201" not in codes(handing(LEAKING, hand_over))


@pytest.mark.parametrize("paths", [CLOSED_PROPERLY, Paths(closed=CLOSED, leaks_on_error=LEFT)])
def test_a_creator_that_closes_when_all_goes_well_may_share(paths: Paths) -> None:
    assert "WST201" not in codes(handing(replace(CONNECTION, paths=paths), HAND_OVER))


def test_each_hand_over_is_a_place_of_its_own() -> None:
    found = run(handing(LEAKING, HAND_OVER, replace(HAND_OVER, location=at(6))))
    assert [(finding.code, finding.location.line) for finding in found][2:] == [("WST201", 4), ("WST201", 6)]


def test_one_thread_that_receives_is_fine_and_several_are_not() -> None:
    assert codes(handing(CONNECTION, replace(HAND_OVER, received=at(21)))) == []
    assert codes(handing(CONNECTION, replace(HAND_OVER, received=at(21), repeated=True))) == ["WST202"]
    assert codes(handing(CONNECTION, replace(HAND_OVER, repeated=True))) == []


@pytest.mark.parametrize(
    ("releases", "error"), [(">=13.1", "ConcurrencyError"), ("<13.1", "RuntimeError"), (">=12.0", "an error")]
)
def test_a_second_receiver_gets_the_error_of_the_target(releases: str, error: str) -> None:
    shared = replace(CONNECTION, concurrent_receives=(ConcurrentReceive(HANDED, at(6), at(20)),))
    (finding,) = run(shared, target=read_specifier(releases))

    assert (finding.code, finding.location) == ("WST202", HANDED)
    assert error in finding.message


def test_a_block_that_ends_under_a_thread_matters_only_if_the_thread_uses_the_connection() -> None:
    cut = replace(HAND_OVER, ends_before_thread=at(5))
    assert codes(handing(CONNECTION, cut)) == ["WST203"]
    assert codes(handing(CONNECTION, replace(cut, used=None))) == []


def test_a_place_has_the_first_finding_of_each_family() -> None:
    everything = handing(
        replace(IN_THREAD_CONSTRUCTOR, paths=LEFT_OPEN, received_forever=at(6)),
        replace(HAND_OVER, spawner=Spawner.PROCESS, ends_before_thread=at(5), received=at(21), repeated=True),
        replace(HAND_OVER, ends_before_thread=at(5), received=at(21), repeated=True),
    )
    found = run(everything)

    assert [(finding.code, finding.location) for finding in found] == [
        ("WST103", OPENED),
        ("WST304", OPENED),
        ("WST204", HANDED),
    ]
    assert len(find(Model((everything,)), EVERY_RELEASE, RULES)) == 5


def test_findings_are_sorted_by_place_whatever_the_order_of_the_model() -> None:
    later = replace(LEAKING, location=at(3))
    assert run(LEAKING, later) == run(later, LEAKING)
    assert [finding.location.line for finding in run(later, LEAKING)] == [2, 2, 3, 3]


def test_a_rule_that_the_target_excludes_is_not_asked() -> None:
    assert codes(LEAKING, target=read_specifier(">=13.0")) == ["WST301"]


def test_the_pin_is_offered_as_a_move_where_the_target_excludes_it() -> None:
    assert "or require websockets>=13.0" in run(LEAKING)[0].message
    assert "or move to websockets>=13.0" in run(LEAKING, target=read_specifier("<13"))[0].message


@pytest.mark.parametrize(
    ("connection", "releases", "claim"),
    [
        (LEAKING, "", "stay open: programs with websockets<13.0 never exit;"),
        (LEAKING, "<14", "stay open: programs with websockets<13.0 never exit;"),
        (LEAKING, "12.0", "stay open: the program never exits;"),
        (on(LEAKING, Context.NON_DAEMON), ">=12.0", "stay open: programs with websockets<13.0 never exit;"),
        (on(LEAKING, Context.NON_DAEMON), "<13", "stay open: the program never exits;"),
        (IN_THREAD_CONSTRUCTOR, "", "__init__: programs with websockets<13.0 may never exit;"),
        (IN_THREAD_CONSTRUCTOR, "<13", "__init__: the program may never exit;"),
        (CLOSED_AT_EXIT, "", "too late: programs with websockets<13.0 never exit;"),
        (CLOSED_AT_EXIT, "12.0", "too late: the program never exits;"),
        (CLOSED_IN_DEL, "", "too late: programs with websockets<13.0 or >=15.0 never exit;"),
        (CLOSED_IN_DEL, "<15.0", "too late: programs with websockets<13.0 never exit;"),
        (CLOSED_IN_DEL, ">=13.0", "too late: programs with websockets>=15.0 never exit;"),
        (CLOSED_IN_DEL, ">=15.0", "too late: the program never exits;"),
        (CLOSED_IN_DEL, "!=13.*,!=14.*", "too late: the program never exits;"),
    ],
)
def test_a_message_names_the_releases_that_hang_where_others_are_allowed(
    connection: Connection, releases: str, claim: str
) -> None:
    first, *_ = run(connection, target=read_specifier(releases) if releases else EVERY_RELEASE)
    assert claim in first.message


def test_a_shared_connection_names_the_line_that_opened_it_and_the_releases_that_hang() -> None:
    shared = handing(LEAKING, HAND_OVER)
    messages = {
        releases: run(shared, target=read_specifier(releases))[-1].message for releases in (">=11.0", "<13.0")
    }
    assert messages == {
        ">=11.0": "connection of line 2 stays open: programs with websockets<13.0 never exit; "
        'use "with connect(...)" or require websockets>=13.0',
        "<13.0": "connection of line 2 stays open: the program never exits; "
        'use "with connect(...)" or move to websockets>=13.0',
    }


def test_legacy_is_offered_only_where_every_release_knows_it() -> None:
    used = replace(CONNECTION, paths=Paths(closed=CLOSED, used_before_enter=at(3)))
    assert "legacy=True" not in run(used)[0].message
    assert "legacy=True" in run(used, target=read_specifier(">=17.1"))[0].message
    assert codes(replace(used, legacy=True)) == []


@pytest.mark.parametrize(
    ("opened_by", "advice"),
    [
        ("connect", 'use "with connect(...)"'),
        ("client.connect", 'use "with client.connect(...)"'),
        ("websockets.sync.client.connect", 'use a "with" block'),
        ("open_feed", 'use a "with" block'),
    ],
)
def test_the_advice_quotes_the_users_own_call_where_it_is_short(opened_by: str, advice: str) -> None:
    assert advice in run(replace(LEAKING, opened_by=opened_by))[0].message


def test_where_no_with_statement_can_stand_an_exit_stack_is_advised() -> None:
    message = run(replace(LEAKING, gathered=True))[0].message
    assert "ExitStack.enter_context()" in message
    assert '"with' not in message
