"""An object that keeps a connection has no finding that the connection would not have in its place.

Each body is analysed twice: as it was generated, with what happens known from the runs of the other tests, and with a
small class of its own in place of ``connect``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from flake8_wsthreads.analysis import build_model
from flake8_wsthreads.facts import Model, Paths

from .generator import HEADER, generate

# As long as the name that it stands for, so that nothing moves within a line.
NAME, OPENER = "Session", "connect"
CLASS = f"""
class {NAME}:
    def __init__(self, url):
        self.inner = connect(url)

    def send(self, text):
        self.inner.send(text)

    def recv(self):
        return self.inner.recv()

    def ping(self):
        self.inner.ping()

    def close(self):
        self.inner.close()

    def close_socket(self):
        self.inner.close_socket()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.inner.close()

"""
SHIFT = CLASS.count("\n")
CHUNKS, BODIES = 4, 250
FEWEST = 30
"""So many objects of a chunk are said to stay open, at least: a test that compares nothing shows nothing."""


def model_of(program: str) -> Model:
    """The facts of a program."""
    return build_model(ast.parse(program), program.splitlines(keepends=True))


def with_one_object(body: str) -> Iterator[str]:
    """The body with an object in place of one of its connections, for each of them.

    The others stay: their ``close()`` is known not to raise, where that of an unknown thing may.
    """
    parts = body.split(f"{OPENER}(")
    for number in range(1, len(parts)):
        yield f"{OPENER}(".join(parts[:number]) + f"{NAME}(" + f"{OPENER}(".join(parts[number:])


def claimed(paths: Paths) -> Iterator[str]:
    """The ways out on which it is said to stay open."""
    if paths.leaks_normally is not None:
        yield "normally"
    if paths.leaks_on_error is not None:
        yield "on error"


@pytest.mark.parametrize("number", range(CHUNKS))
def test_an_object_stays_open_where_its_connection_would(number: int) -> None:
    said = 0
    for seed in range(number * BODIES, (number + 1) * BODIES):
        body = generate(seed).text[len(HEADER) :]
        plain = {
            (each.location.line, each.location.column): each.paths for each in model_of(HEADER + body).connections
        }
        for changed in with_one_object(body):
            for each in model_of(HEADER + CLASS + changed).objects:
                place = each.location.line - SHIFT, each.location.column
                paths = plain.get(place, Paths())
                assert paths.undecided or set(claimed(each.paths)) <= set(claimed(paths)), f"{seed}, {place}\n{changed}"
                said += 1
    assert said >= FEWEST
