"""The advice of a message fits the program: a ``with`` block only where one can stand around all uses."""

from __future__ import annotations

import textwrap

import pytest

from tests.door import DEFAULT_RULES, findings

BLOCK = 'use "with connect(...)"'
BY_STACK = "use ExitStack.enter_context()"
URL = "ws://localhost:8765"


def advice(program: str) -> set[str]:
    """The advice of all findings in a program, without the pin."""
    source = f"from websockets.sync.client import connect\nURL = {URL!r}\n{textwrap.dedent(program)}"
    messages = [finding.message for finding in findings(source, DEFAULT_RULES)]
    return {message.partition("; ")[2].partition(" or require ")[0] for message in messages}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(
            """
            def ask():
                ws = connect(URL)
                try:
                    return ws.recv()
                finally:
                    ws.close()
            """,
            BLOCK,
            id="it is used in the function alone",
        ),
        pytest.param(
            """
            def dial(stack):
                ws = connect(URL)
                stack.callback(ws.close)
                return ws
            """,
            BY_STACK,
            id="a stack of the caller closes what the function returns",
        ),
        pytest.param(
            """
            import unittest

            class ClientTest(unittest.TestCase):
                def dial(self):
                    ws = connect(URL)
                    self.addCleanup(ws.close)
                    return ws, "hello"
            """,
            BY_STACK,
            id="a test closes what the method returns in a tuple",
        ),
        pytest.param(
            """
            import unittest

            class ClientTest(unittest.TestCase):
                def setUp(self):
                    self.ws = connect(URL)
                    self.addCleanup(self.ws.close)

                def test_echo(self):
                    self.ws.send("hello")

            class OtherTest(unittest.TestCase):
                def setUp(self):
                    ws = connect(URL)
                    self.addCleanup(ws.close)
                    self.ws = ws
            """,
            BY_STACK,
            id="a test keeps it, and its clean-up closes it",
        ),
        pytest.param(
            """
            class Robot:
                def open(self):
                    self.ws = connect(URL)

                def drive(self):
                    self.ws.send("left")

                def close(self):
                    self.ws.close()
            """,
            BY_STACK,
            id="an object keeps and closes it",
        ),
        pytest.param(
            """
            def close_all(connections):
                for ws in connections:
                    ws.close()

            connections = []
            try:
                connections.append(connect(URL))
                for ws in connections:
                    ws.send("hello")
            finally:
                close_all(connections)
            """,
            BY_STACK,
            id="it goes into a list at once",
        ),
        pytest.param(
            """
            def greet(urls):
                connections = {}
                for url in urls:
                    ws = connect(url)
                    connections[url] = ws
                for ws in connections.values():
                    ws.send("hello")
            """,
            BY_STACK,
            id="a loop fills a dict",
        ),
        pytest.param(
            """
            import queue

            pool = queue.Queue()
            pool.put(connect(URL))

            def ask():
                ws = pool.get()
                ws.send("hello")
                pool.put(ws)

            ask()
            pool.get().close()
            """,
            BY_STACK,
            id="it goes into a pool at once",
        ),
        pytest.param(
            """
            def dial(polite):
                ws = connect(URL)
                if not polite:
                    return None
                return ws
            """,
            "close it on every other way out",
            id="one way out returns it, another forgets it",
        ),
        pytest.param(
            """
            from websockets.exceptions import ConnectionClosed

            def talk(ws):
                while True:
                    try:
                        handle(ws.recv())
                    except ConnectionClosed:
                        ws = connect(URL)
            """,
            'close it in a "finally" around all its uses',
            id="a handler opens it again, and the loop goes on",
        ),
        pytest.param(
            """
            from websockets.exceptions import ConnectionClosed

            def talk(old):
                try:
                    handle(old.recv())
                except ConnectionClosed:
                    old = connect(URL)
                handle(old.recv())
            """,
            'close it in a "finally" around all its uses',
            id="a handler opens it, and it is used behind the handler",
        ),
        pytest.param(
            """
            def make_asker():
                ws = connect(URL)

                def ask(question):
                    ws.send(question)
                    return ws.recv()

                return ask
            """,
            "close it when its last user is done",
            id="a function that is returned uses it",
        ),
        pytest.param(
            """
            def make_sender():
                ws = connect(URL)

                class Sender:
                    def send(self, text):
                        ws.send(text)

                return Sender()
            """,
            "close it when its last user is done",
            id="an object whose class uses it is returned",
        ),
        pytest.param(
            """
            def parts():
                ws = connect(URL)
                return ws.recv_streaming()
            """,
            "close it when its last user is done",
            id="the stream of a message is returned",
        ),
        pytest.param(
            """
            def parts():
                ws = connect(URL)
                received = ws.recv_streaming()
                return enumerate(received)
            """,
            "close it when its last user is done",
            id="the stream of a message is numbered and returned",
        ),
        pytest.param(
            """
            def text():
                ws = connect(URL)
                return "".join(part.upper() for part in ws.recv_streaming())
            """,
            BLOCK,
            id="the stream of a message is over when its text is returned",
        ),
        pytest.param(
            """
            def ask_all(questions):
                ws = connect(URL)

                def ask(question):
                    ws.send(question)
                    return ws.recv()

                return [ask(question) for question in questions]
            """,
            BLOCK,
            id="a function is called for each element of a list",
        ),
        pytest.param(
            """
            import queue
            import threading

            jobs = queue.Queue()

            def work():
                ws = jobs.get()
                try:
                    ws.send("hello")
                finally:
                    ws.close()

            worker = threading.Thread(target=work)
            worker.start()
            jobs.put(connect(URL))
            worker.join()
            """,
            'use "with" in the thread that closes it',
            id="a worker takes it from a queue and closes it",
        ),
    ],
)
def test_the_advice_fits_the_program(program: str, expected: str) -> None:
    assert advice(program) == {expected}


@pytest.mark.parametrize(
    "program",
    [
        """
        def dial(stack):
            return stack.enter_context(connect(URL))
        """,
        """
        from contextlib import ExitStack

        class Robot:
            def __init__(self):
                self.stack = ExitStack()

            def open(self):
                self.ws = self.stack.enter_context(connect(URL))

            def drive(self):
                self.ws.send("left")

            def close(self):
                self.stack.close()
        """,
        """
        from contextlib import ExitStack

        with ExitStack() as stack:
            connections = []
            connections.append(stack.enter_context(connect(URL)))
            for ws in connections:
                ws.send("hello")
        """,
    ],
    ids=["returned", "kept by an object", "in a list"],
)
def test_who_follows_the_advice_has_no_finding_left(program: str) -> None:
    assert advice(program) == set()
