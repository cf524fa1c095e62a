"""Connections that methods keep in their object: each way to put one there, with each thing that may happen then.

Leaks that the analysis does not see are no fault here: what ``setattr`` binds is not followed, nor stacks in objects.
"""

from __future__ import annotations

import itertools
import textwrap

import pytest

from .generator import HEADER
from .pairs import judged, listed

OPENED = """
self.ws = connect(URL)

ws = connect(URL)
self.ws = ws

ws = connect(URL)
work(1)
self.ws = ws

self.ws = None
self.ws = connect(URL)

self.ws = connect(URL) if a else None

self.ws = None
if a:
    self.ws = connect(URL)

self.ws, self.n = connect(URL), 1

self.pool = [connect(URL)]
self.ws = self.pool[0]

self.ws = connect(URL)
self.other = connect(URL)

with connect(URL) as self.ws:
    work(9)

self.stack = contextlib.ExitStack()
self.ws = self.stack.enter_context(connect(URL))

if (ws := connect(URL)):
    self.ws = ws

self.d = {"ws": connect(URL)}
self.ws = self.d["ws"]

setattr(self, "ws", connect(URL))

self.ws = ws = connect(URL)
"""
THEN = """
pass

work(1)

try:
    work(1)
except BaseException:
    self.ws.close()
    raise

try:
    work(1)
except Exception:
    self.ws.close()
    raise

try:
    work(1)
except OSError:
    self.ws.close()
    raise

try:
    work(1)
except BaseException:
    self.close()
    raise

self.ws.close()

try:
    work(1)
finally:
    self.ws.close()

if self.ws:
    self.ws.close()

self.ws.send("x")

self.n = 1
work(2)

if b:
    raise ValueError

if b:
    self.ws.close()
    raise ValueError

try:
    work(1)
except Exception:
    pass

keep(self)

keep(self)
work(1)

super().__init__()

self.ws = None

self.ws.close()
self.ws = None

ws, self.ws = self.ws, None
ws.close()

if a:
    return
work(3)

try:
    work(1)
except Exception:
    self.close()
    raise
else:
    work(2)
"""
CLASS = """\
class Client:
    def close(self):
        if self.ws is not None:
            self.ws.close()
"""


@pytest.mark.parametrize("method", ["__init__", "run"])
def test_no_leak_is_claimed_that_no_run_shows(method: str) -> None:
    bodies = [textwrap.indent("\n".join(body), " " * 8) for body in itertools.product(listed(OPENED), listed(THEN))]
    compared, false_alarms = judged(f"{HEADER}{CLASS}    def {method}(self, a, b):\n{body}\n" for body in bodies)
    assert not false_alarms, "\n\n".join(["", *false_alarms])
    assert compared > len(bodies) * 3 / 4
