"""Rows for what texts, numbers and containers can be asked for: none of it raises in a program that works at all.

A list takes whatever it is given, and a text has an upper case. A step that may well fail has no row: ``pop()`` of an
empty list, ``index()``, ``decode()``.
"""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Raises, rows, united

TEXT, NUMBER = "builtins.str", "builtins.float"
_BYTES, _TRUTH, _ANYTHING = "builtins.bytes", "builtins.bool", "builtins.object"
_LIST, _DICT, _SET = "builtins.list", "builtins.dict", "builtins.set"
_ENCODED = "base64.encoded"
"""Bytes of a code that is all of ASCII."""
_LISTS = (_LIST, "collections.deque", "builtins.bytearray")
_DICTS = (_DICT, "collections.defaultdict", "collections.OrderedDict", "collections.Counter")
_DIGESTS = tuple(f"hashlib.{name}" for name in ("md5", "sha1", "sha256", "sha384", "sha512")) + ("hmac.new",)


def _gives(returns: str, names: tuple[str, ...], raises: Raises = Raises.NEVER) -> dict[str, Behaviour]:
    return rows(Behaviour(raises=raises, returns=returns), names)


def _methods(returns: str, classes: tuple[str, ...], names: str, raises: Raises = Raises.NEVER) -> dict[str, Behaviour]:
    return _gives(returns, tuple(f"{owner}.{name}" for owner in classes for name in names.split()), raises)


def _of_length(length: int, names: tuple[str, ...]) -> dict[str, Behaviour]:
    return rows(Behaviour(length=length), names)


ROWS = united(
    _methods(
        TEXT,
        (TEXT,),
        "capitalize casefold center expandtabs format join ljust lower lstrip removeprefix removesuffix replace rjust"
        " rstrip strip swapcase title upper zfill",
    ),
    _methods(
        _TRUTH,
        (TEXT,),
        "endswith isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle"
        " isupper startswith",
    ),
    _methods(NUMBER, (TEXT, _BYTES), "count find rfind"),
    _methods("", (TEXT,), "partition rpartition"),
    _methods(_LIST, (TEXT,), "rsplit split splitlines"),
    _methods(_BYTES, (TEXT,), "encode"),
    _methods(_BYTES, (_BYTES,), "join lower lstrip replace rstrip strip upper"),
    _methods(_TRUTH, (_BYTES,), "endswith startswith"),
    _methods(TEXT, (_BYTES,), "hex"),
    _methods("", _LISTS, "append clear count extend insert reverse"),
    _methods(_LIST, (_LIST,), "copy"),
    _methods("", ("collections.deque",), "appendleft extendleft rotate"),
    _methods("", _DICTS, "__setitem__ clear get keys items values setdefault update"),
    _methods(_DICT, (_DICT,), "copy"),
    _methods("", _DICTS, "pop", Raises.NEVER_OF_SEVERAL),
    _methods("", ("collections.defaultdict", "collections.Counter"), "__getitem__"),
    _methods(
        "",
        (_SET,),
        "add clear difference_update discard intersection_update isdisjoint issubset issuperset"
        " symmetric_difference_update update",
    ),
    _methods(_SET, (_SET,), "copy difference intersection symmetric_difference union"),
    _of_length(2, ("builtins.divmod", "os.path.split", "os.path.splitext")),
    _of_length(3, ("sys.exc_info",)),
    *(_of_length(3, (f"{kind}.partition", f"{kind}.rpartition")) for kind in (TEXT, _BYTES)),
    # to go through one; its views, and what is made of it without a change
    _methods("", (*_LISTS, *_DICTS, _SET, TEXT, _BYTES, "builtins.range", "itertools.count"), "__iter__"),
    _methods("", tuple(f"{owner}.{name}" for owner in _DICTS for name in ("keys", "items", "values")), "__iter__"),
    rows(Behaviour(raises=Raises.NEVER, returns=TEXT, or_default=True), ("os.getenv", "os.environ.get")),
    _gives(
        TEXT,
        (
            "os.path.abspath", "os.path.basename", "os.path.dirname", "os.path.expanduser", "os.path.join",
            "platform.machine", "platform.node", "platform.python_version", "platform.release", "platform.system",
            "secrets.token_hex", "secrets.token_urlsafe", "socket.gethostname", "time.ctime", "time.strftime",
        ),
    ),
    _gives(_TRUTH, ("os.path.exists", "os.path.isdir", "os.path.isfile")),
    _gives(
        NUMBER,
        (
            "gc.collect", "random.gauss", "random.randint", "random.random", "random.uniform",
            "threading.active_count", "time.monotonic", "time.monotonic_ns", "time.perf_counter",
            "time.perf_counter_ns", "time.process_time", "time.time", "time.time_ns",
        ),
    ),
    _gives(_BYTES, ("os.urandom", "secrets.token_bytes")),
    _gives(_LIST, ("threading.enumerate",)),
    _gives("datetime.datetime", ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today")),
    _gives(TEXT, ("datetime.datetime.isoformat", "datetime.datetime.strftime")),
    _gives(NUMBER, ("datetime.datetime.timestamp",)),
    _gives("", ("datetime.timedelta", "time.gmtime", "time.localtime", "weakref.ref", *_DIGESTS)),
    _methods(TEXT, _DIGESTS, "hexdigest"),
    _methods(_BYTES, _DIGESTS, "digest"),
    _methods("", _DIGESTS, "update"),
    _gives(_ENCODED, ("base64.b64encode", "base64.urlsafe_b64encode", "base64.standard_b64encode")),
    _gives(TEXT, (f"{_ENCODED}.decode",)),
    _gives("", ("itertools.count.__next__",)),
    # of what compares, as in a > b
    _gives(_ANYTHING, ("builtins.max", "builtins.min"), Raises.NEVER_OF_SEVERAL),
    _gives(NUMBER, ("builtins.abs", "builtins.float", "builtins.int", "builtins.round"), Raises.NEVER_OF_NUMBERS),
    _gives(TEXT, ("builtins.bin", "builtins.hex", "builtins.oct"), Raises.NEVER_OF_NUMBERS),
    _gives(TEXT, ("json.dumps",), Raises.NEVER_OF_LITERALS),
)  # fmt: skip
