"""Connections in containers: each way to fill one, with each way to close what is in it, on all paths.

Leaks that the analysis does not see are no fault here: which of several elements is closed is not always followed.
"""

from __future__ import annotations

import itertools
import textwrap

import pytest

from .generator import HEADER
from .pairs import judged, listed

FILLED = """
pool = [connect(URL)]

pool = [connect(URL), connect(URL)]

pool = (connect(URL),)

pool = connect(URL), connect(URL)

pool = []
pool.append(connect(URL))

pool = []
ws = connect(URL)
pool.append(ws)

pool = []
if a:
    pool.append(connect(URL))

pool = []
pool.insert(0, connect(URL))

pool = []
pool.extend([connect(URL)])

pool = []
pool += [connect(URL)]

pool = [connect(URL) for _ in items(1)]

pool = []
for _ in items(1):
    pool.append(connect(URL))

ws = connect(URL)
pool = [ws]

pool = [None, connect(URL)]

pool = [connect(URL) if a else None]
"""
CLOSED = """
for each in pool:
    each.close()

while pool:
    pool.pop().close()

while pool:
    each = pool.pop(0)
    each.close()

pool[0].close()

pool[-1].close()

if pool:
    pool[0].close()

first, *rest = pool
first.close()

for each in reversed(pool):
    each.close()

for each in list(pool):
    each.close()

for each in pool[:]:
    each.close()

for each in pool + []:
    each.close()

for number, each in enumerate(pool):
    each.close()

for number in range(len(pool)):
    pool[number].close()

for each, number in zip(pool, [1, 2]):
    each.close()

for each in map(lambda given: given, pool):
    each.close()

for each in filter(None, pool):
    each.close()

for each in pool:
    if each:
        each.close()

for each in pool:
    if each is not None:
        each.close()

for each in pool:
    each.send("x")
for each in pool:
    each.close()

for each in pool:
    try:
        each.close()
    finally:
        work(2)

[each.close() for each in pool]

next(iter(pool)).close()

[*pool][0].close()

if not pool:
    return
for each in pool:
    each.close()

if len(pool) > 0:
    pool[0].close()

if len(pool):
    pool[0].close()

count = len(pool)
if count:
    pool[0].close()

if pool != []:
    pool[0].close()

if any(pool):
    for each in pool:
        each and each.close()

if all(each is not None for each in pool):
    for each in pool:
        each.close()

if pool.count(None) == 0:
    for each in pool:
        each.close()

if isinstance(pool, (list, tuple)):
    for each in pool:
        each and each.close()

if (each := pool[0]):
    each.close()

try:
    work(2)
finally:
    for each in pool:
        each.close()

for each in pool:
    each.close()
pool.clear()

other = pool
for each in other:
    each.close()

each = pool[0]
del pool
each.close()

with contextlib.ExitStack() as stack:
    for each in pool:
        stack.enter_context(each)

with contextlib.ExitStack() as stack:
    for each in pool:
        stack.callback(each.close)
    work(2)

work(2)

return pool
"""
UNDER_A_KEY = """
pool = {"feed": connect(URL)}

pool = {}
pool["feed"] = connect(URL)

pool = {}
if a:
    pool["feed"] = connect(URL)

pool = dict(feed=connect(URL))

pool = {}
pool.setdefault("feed", connect(URL))

pool = {}
pool.update(feed=connect(URL))
"""
CLOSED_UNDER_A_KEY = """
for each in pool.values():
    each.close()

for name, each in pool.items():
    each.close()

for name in pool:
    pool[name].close()

for name in list(pool):
    pool.pop(name).close()

if "feed" in pool:
    pool["feed"].close()

if "feed" not in pool:
    return
pool["feed"].close()

if "feed" in pool.keys():
    pool["feed"].close()

each = pool.get("feed")
if each is not None:
    each.close()

if (each := pool.get("feed")):
    each.close()

each = pool.pop("feed", None)
if each:
    each.close()

if pool:
    pool["feed"].close()

if len(pool) == 1:
    pool["feed"].close()

while pool:
    name, each = pool.popitem()
    each.close()

[each.close() for each in pool.values()]

try:
    work(2)
finally:
    for each in pool.values():
        each.close()

try:
    pool["feed"].close()
except KeyError:
    pass

work(2)
"""


def programs(filled: str, closed: str) -> list[str]:
    """A program for each way to fill a container and each way to close what is in it."""
    bodies = itertools.product(listed(filled), listed(closed))
    return [f"{HEADER}def subject(a, b):\n{textwrap.indent(chr(10).join(body), '    ')}\n" for body in bodies]


PROGRAMS = {"in lists": programs(FILLED, CLOSED), "in dicts": programs(UNDER_A_KEY, CLOSED_UNDER_A_KEY)}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_no_leak_is_claimed_that_no_run_shows(kind: str) -> None:
    compared, false_alarms = judged(PROGRAMS[kind])
    assert not false_alarms, "\n\n".join(["", *false_alarms])
    assert compared > len(PROGRAMS[kind]) * 3 / 4
