"""What has a row as a builtin value is called: it does not raise, and gives what its row says."""

from __future__ import annotations

import base64
import collections
import copy
import datetime
import hashlib
import hmac
import importlib
import itertools

import pytest

from flake8_wsthreads.library.builtin_values import ROWS

OBJECTS: dict[str, object] = {
    "builtins.str": "a text",
    "builtins.bytes": b"bytes",
    "builtins.list": [1],
    "builtins.bytearray": bytearray(b"a"),
    "builtins.dict": {"a": 1},
    "builtins.set": {1},
    "builtins.range": range(3),
    "collections.deque": collections.deque([1]),
    "collections.defaultdict": collections.defaultdict(list),
    "collections.OrderedDict": collections.OrderedDict(a=1),
    "collections.Counter": collections.Counter("a"),
    "datetime.datetime": datetime.datetime.now(),
    "base64.encoded": base64.b64encode(b"a"),
    "itertools.count": itertools.count(),
    "hmac.new": hmac.new(b"", b"", "md5"),
    **{f"hashlib.{name}": hashlib.new(name) for name in ("md5", "sha1", "sha256", "sha384", "sha512")},
}
OF_ALL: dict[tuple[object, ...], str] = {
    ("a",): "removeprefix removesuffix count endswith find rfind startswith partition rpartition split rsplit"
    " abspath basename dirname expanduser exists isdir isfile __getitem__ split splitext",
    (9,): "center ljust rjust zfill",
    (1,): "append appendleft add abs bin float hex int oct",
    (2,): "discard",
    ((1,),): "extend extendleft isdisjoint issubset issuperset symmetric_difference symmetric_difference_update",
    ("a", "b"): "replace join getenv get setdefault __setitem__ pop",
    (0, 1): "insert gauss randint uniform max min",
    (7, 2): "divmod",
    (1.5, 1): "round",
    ("%H",): "strftime",
    (4,): "urandom",
    (b"a",): "b64encode urlsafe_b64encode standard_b64encode",
}
ARGUMENTS: dict[str, tuple[object, ...]] = {
    **{name: arguments for arguments, names in OF_ALL.items() for name in names.split()},
    "builtins.str.join": (["a"],),
    "builtins.bytes.join": ([b"a"],),
    "builtins.bytes.replace": (b"a", b"b"),
    "builtins.bytes.hex": (),
    "builtins.bytearray.extend": (b"a",),
    "hmac.new": (b"", b"", "md5"),
    "hmac.new.update": (b"a",),
    **{f"hashlib.{name}.update": (b"a",) for name in ("md5", "sha1", "sha256", "sha384", "sha512")},
    **{f"builtins.{kind}.{name}": (b"a",) for kind in ("bytes", "bytearray") for name in ("count", "endswith", "find")},
    **{f"builtins.bytes.{name}": (b"a",) for name in ("partition", "rpartition")},
    **{f"builtins.bytes.{name}": (b"a",) for name in ("rfind", "startswith")},
    "json.dumps": ({"a": [1, None, "b"]},),
    "weakref.ref": (base64.b64encode,),
}
CLASSES: dict[str, tuple[type, ...]] = {
    "builtins.float": (int, float), "builtins.object": (object,), "base64.encoded": (bytes,)
}  # fmt: skip


def called(name: str) -> object:
    """What a callable with a row gives for ordinary arguments."""
    owner, _, short = name.rpartition(".")
    arguments = ARGUMENTS.get(name, ARGUMENTS.get(short, ()))
    if owner in OBJECTS:
        found = OBJECTS[owner]
        may_change = owner.startswith(("builtins.", "collections."))
        return getattr(copy.copy(found) if may_change else found, short)(*arguments)
    above, _, method = owner.rpartition(".")
    if above in OBJECTS:  # a view of a dict
        return getattr(called(owner), short)()
    module = importlib.import_module("os.path" if owner == "os.path" else owner.partition(".")[0])
    for part in owner.split(".")[1:] if owner != "os.path" else ():
        module = getattr(module, part)
    return getattr(module, short)(*arguments)


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow")
@pytest.mark.parametrize("name", ROWS)
def test_what_has_a_row_does_not_raise_and_gives_what_the_row_says(name: str) -> None:
    result = called(name)
    returns, length = ROWS[name].returns, ROWS[name].length
    assert not length or (isinstance(result, tuple) and len(result) == length)
    if returns:
        module, _, short = returns.rpartition(".")
        assert isinstance(result, CLASSES.get(returns) or getattr(importlib.import_module(module), short))
