"""A connection that is opened under one wording of a condition and closed under another: no leak, on no path.

Where the analysis is not told that both have the same answer, it claims nothing.
"""

from __future__ import annotations

import itertools
import re
import textwrap

import pytest

from .generator import HEADER
from .pairs import judged, listed

CHUNKS = 4
WORDINGS = """
if a:

if bool(a):

if not not a:

if a and True:

if a is True:

if a == True:

x = a
if x:

x = bool(a)
if x:

x = False
if a:
    x = True
if x:

if a:
    x = True
else:
    x = False
if x:

x = True if a else False
if x:

x = 1 if a else 0
if x:

x = 1 if a else 0
if x == 1:

x = "on" if a else "off"
if x == "on":

x = 1 if a else None
if x is not None:

x = [1] if a else []
if x:

x = [1] if a else []
if len(x) > 0:

x = []
if a:
    x.append(1)
if x:

x = []
if a:
    x.append(1)
if len(x) == 1:

x = {}
if a:
    x["k"] = 1
if "k" in x:

x = {}
if a:
    x["k"] = 1
if x.get("k"):

x = {}
if a:
    x["k"] = 1
if x.get("k") is not None:

x = set()
if a:
    x.add("k")
if "k" in x:

x = 0
if a:
    x += 1
if x:

x = 0
if a:
    x += 1
if x > 0:

x = ""
if a:
    x = "y"
if x:

x = "off"
if a:
    x = "on"
if x == "on":

x = "off"
if a:
    x = "on"
if x != "off":

x = "off"
if a:
    x = "on"
if x in ("on", "auto"):

x = None
if a:
    x = object()
if x is not None:

x = None
if a:
    x = object()
if x:

if (x := a):

if any([a]):

if all([a, True]):

check = lambda: a
if check():

if int(a):

if int(a) > 0:

x = not a
if not x:

x, y = a, 1
if x:

x = (a, 1)
if x[0]:

x = {"on": a}
if x["on"]:

def check(x=a):
    return x
if check():

x = False
for n in [1]:
    if a:
        x = True
if x:

x = False
while a and not x:
    x = True
if x:

match a:
    case True:
        x = 1
    case _:
        x = 0
if x:

x = "a"[:int(a)]
if x:

x = f"{a}"
if x == "True":
"""
_NAMES = re.compile(r"\b(x|y|check)\b")


def program(opened: str, closed: str) -> str:
    """A program that opens a connection under one wording and closes it under the other, with variables of its own."""
    closed = _NAMES.sub(r"other_\1", closed)
    before, _, condition = opened.rpartition("if ")
    before_close, _, condition_of_close = closed.rpartition("if ")
    body = f"{before}{before_close}if {condition}\n    ws = connect(URL)\nif {condition_of_close}\n    ws.close()\n"
    return f"{HEADER}def subject(a, b):\n{textwrap.indent(body, '    ')}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_leak_is_claimed_that_no_run_shows(chunk: int) -> None:
    pairs = [*itertools.product(listed(WORDINGS), repeat=2)][chunk::CHUNKS]
    compared, false_alarms = judged(program(*pair) for pair in pairs)
    assert not false_alarms, "\n\n".join(["", *false_alarms])
    assert compared > len(pairs) * 3 / 4
