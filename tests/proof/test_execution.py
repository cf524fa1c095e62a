"""The oracle can be wrong, too: small programs whose outcome a reader can tell."""

from __future__ import annotations

import sys
import textwrap

import pytest

from .execution import Discarded, Outcome, execute
from .generator import HEADER
from .laboratory import Settings

FIRST_LINE = HEADER.count("\n")

Expected = set[str]
NO_LEAK: Expected = set()
NORMALLY = {"normally"}
ON_ERROR = {"on error"}
BOTH = NORMALLY | ON_ERROR


def outcomes(source: str, settings: Settings = Settings()) -> dict[int, Expected]:
    """Return how the connection of each line of ``source`` leaks, for the lines that open one."""
    sites = execute(HEADER + textwrap.dedent(source).lstrip("\n"), settings).sites
    return {site.line - FIRST_LINE: ways(outcome) for site, outcome in sites.items()}


def ways(outcome: Outcome) -> Expected:
    normally = NORMALLY if outcome.leaks_normally else NO_LEAK
    return normally | (ON_ERROR if outcome.leaks_on_error else NO_LEAK)


def in_subject(*lines: str) -> str:
    return "def subject(a, b):\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(("ws = connect(URL)",), NORMALLY, id="never closed"),
        pytest.param(("ws = connect(URL)", "ws.close()"), NO_LEAK, id="nothing between can raise"),
        pytest.param(("ws = connect(URL)", "work(1)", "ws.close()"), ON_ERROR, id="a step between can raise"),
        pytest.param(("ws = connect(URL)", "if a: ws.close()"), NORMALLY, id="closed in one branch"),
        pytest.param(("ws = connect(URL)", "if a: return ws", "ws.close()"), NO_LEAK, id="returned or closed"),
        pytest.param(("ws = connect(URL)", "work(1)", "return ws"), ON_ERROR, id="an error before it is returned"),
        pytest.param(("ws = connect(URL)", "return [ws, work(1)]"), ON_ERROR, id="the returned expression raises"),
        pytest.param(("ws = connect(URL)", "keep(ws)"), NO_LEAK, id="given away from the start of the call"),
        pytest.param(("keep(connect(URL), work(1))",), ON_ERROR, id="a later argument raises before the call"),
        pytest.param(("registry.feed = connect(URL)",), NO_LEAK, id="stored outside"),
        pytest.param(("ws = connect(URL)", "sys.exit()"), ON_ERROR, id="sys.exit leaves by an exception"),
        pytest.param(("with connect(URL) as ws: work(1)",), NO_LEAK, id="with"),
        pytest.param(("ws = connect(URL)", "del ws"), NORMALLY, id="del closes nothing"),
        pytest.param(("for ws in [connect(URL)]: ws.close()",), NO_LEAK, id="a loop over the container"),
        pytest.param(("ws = connect(URL)", "for m in ws: pass"), NO_LEAK, id="the peer ends the iteration by closing"),
        pytest.param(("ws = connect(URL)", "for m in ws: work(1)"), ON_ERROR, id="the consumer ends the iteration"),
        pytest.param(("ws = connect(URL)", "[x for x in items(1)]", "ws.close()"), ON_ERROR, id="comprehension"),
        pytest.param(("with contextlib.suppress(OSError): return [connect(URL), work(1)]",), BOTH, id="suppressed"),
        pytest.param(("pool = [connect(URL) for x in items(1)]", "keep(pool)"), ON_ERROR, id="a second opening raises"),
        pytest.param(("pool = []", "keep(pool)", "pool.append(connect(URL))"), NO_LEAK, id="container known outside"),
        pytest.param(("ws = a and connect(URL)", "ws and ws.close()"), NO_LEAK, id="one truth for each parameter"),
        pytest.param(("with contextlib.ExitStack() as s: s.push(connect(URL)); work(1)",), NO_LEAK, id="stack"),
        pytest.param(("while True: connect(URL).close()",), NO_LEAK, id="a loop without end is never left"),
        pytest.param(("yield connect(URL)",), NO_LEAK, id="yielded"),
        pytest.param(("ws = connect(URL)", "yield", "ws.close()"), ON_ERROR, id="the consumer stops or throws"),
    ],
)  # fmt: skip
def test_one_connection(lines: tuple[str, ...], expected: Expected) -> None:
    found = outcomes(in_subject(*lines))
    assert list(found.values()) == [expected]


def test_try_finally_closes_whatever_happens() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            try:
                work(1)
                if a:
                    return
            finally:
                ws.close()
    """
    assert outcomes(source) == {2: NO_LEAK}


def test_a_return_in_finally_turns_the_error_into_a_normal_way_out() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            try:
                work(1)
                keep(ws)
            finally:
                return
    """
    assert outcomes(source) == {2: NORMALLY}


@pytest.mark.parametrize(("handler", "expected"), [("Boom", BOTH), ("Exception", ON_ERROR)])
def test_a_finally_is_entered_with_a_class_of_the_program_only_where_a_handler_names_it(
    handler: str, expected: Expected
) -> None:
    source = f"""
        def subject(a, b):
            with contextlib.suppress(Boom):
                try:
                    work(1)
                except {handler}:
                    raise
                finally:
                    ws = connect(URL)
                ws.close()
        class Boom(Exception):
            pass
    """
    assert outcomes(source) == {8: expected}


def test_a_finally_that_returns_something_else_takes_the_returned_connection_back() -> None:
    source = """
        def subject(a, b):
            try:
                return connect(URL)
            finally:
                return None
    """
    assert outcomes(source) == {3: NORMALLY}


def test_a_narrow_handler_catches_its_error_and_no_other() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            try:
                work(1)
            except ValueError:
                return
            except BaseException:
                ws.close()
                raise
            ws.close()
    """
    assert outcomes(source) == {2: NORMALLY}


def test_a_handler_of_exception_does_not_catch_sys_exit() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            try:
                sys.exit(1)
            except Exception:
                pass
            ws.close()
    """
    assert outcomes(source) == {2: ON_ERROR}


def test_the_error_of_a_closed_connection_finds_it_closed() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            try:
                ws.recv()
            except ConnectionClosed:
                return
            except BaseException:
                ws.close()
            ws.close()
    """
    assert outcomes(source) == {2: NO_LEAK}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except* came with Python 3.11")
def test_the_handlers_of_a_group_let_other_errors_pass() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            try:
                work(1)
            except* ValueError:
                keep(ws)
                return_value = None
            if a:
                ws.close()
    """
    assert outcomes(source) == {2: BOTH}


def test_a_connection_that_is_overwritten_is_lost() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            ws = connect(URL)
            ws.close()
    """
    # The second opening may raise, and then the first connection is left by an error.
    assert outcomes(source) == {2: BOTH, 3: NO_LEAK}


def test_what_a_helper_returns_belongs_to_the_call() -> None:
    source = """
        def open_it():
            ws = connect(URL)
            work(1)
            return ws
        def subject(a, b):
            ws = open_it()
    """
    assert outcomes(source) == {2: ON_ERROR, 6: NORMALLY}


def test_what_a_lambda_returns_belongs_to_the_call() -> None:
    source = """
        def subject(a, b):
            opener = lambda: connect(URL)
            ws = opener()
    """
    assert outcomes(source) == {2: NO_LEAK, 3: NORMALLY}


def test_a_helper_is_judged_for_every_argument() -> None:
    source = """
        def open_it(flag):
            ws = connect(URL)
            if flag:
                return ws
        def subject(a, b):
            open_it(True).close()
    """
    assert outcomes(source) == {2: NORMALLY, 6: NO_LEAK}


def test_a_module_global_keeps_its_connection() -> None:
    source = """
        current = None
        def subject(a, b):
            global current
            current = connect(URL)
            work(1)
    """
    assert outcomes(source) == {4: NO_LEAK}


def test_a_variable_of_an_enclosing_function_keeps_its_connection_but_no_longer_than_that_function() -> None:
    source = """
        def subject(a, b):
            ws = connect(URL)
            def stop():
                ws.close()
            if a:
                stop()
    """
    assert outcomes(source) == {2: NORMALLY}


def test_an_attribute_keeps_its_connection_except_when_the_constructor_raises() -> None:
    source = """
        class Client:
            def __init__(self, a, b):
                self.ws = connect(URL)
                work(1)
            def run(self, a, b):
                self.ws = connect(URL)
                work(1)
    """
    assert outcomes(source) == {3: ON_ERROR, 6: NO_LEAK}


def test_a_context_manager_lends_what_it_yields() -> None:
    source = """
        @contextlib.contextmanager
        def subject(a, b):
            ws = connect(URL)
            yield ws
            ws.close()
    """
    assert outcomes(source) == {3: ON_ERROR}


def test_closing_raises_only_where_asked() -> None:
    source = """
        def subject(a, b):
            first = connect(URL)
            try:
                second = connect(URL)
            except BaseException:
                first.close()
                raise
            first.close()
            second.close()
    """
    assert outcomes(source) == {2: NO_LEAK, 4: NO_LEAK}
    assert outcomes(source, Settings(close_may_raise=True)) == {2: NO_LEAK, 4: ON_ERROR}


def test_a_program_that_uses_an_unbound_name_is_discarded() -> None:
    source = """
        def subject(a, b):
            try:
                if a:
                    ws = connect(URL)
                ws.close()
            except Exception:
                pass
    """
    with pytest.raises(Discarded, match="goes wrong"):
        outcomes(source)


def test_a_program_with_too_many_paths_is_discarded() -> None:
    lines = [f"condition({number})" for number in range(12)]
    with pytest.raises(Discarded, match="too many paths"):
        outcomes(in_subject("connect(URL)", *(f"if {line}: pass" for line in lines)))


def test_every_loop_that_swallows_the_end_of_the_run_still_ends() -> None:
    source = """
        def subject(a, b):
            while True:
                try:
                    while True:
                        try:
                            connect(URL)
                        finally:
                            continue
                except BaseException:
                    continue
    """
    assert outcomes(source) == {}
