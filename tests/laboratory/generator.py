"""Composes whole programs from a seed: who opens the connection, who keeps it, who uses it, and how it is closed.

Every program can be run in two ways: calm, and with the argument ``raise``, which makes its check raise between the
use of the connection and its close. So what may happen on some path does happen in one of the runs.
"""

from __future__ import annotations

import random
import textwrap
from dataclasses import dataclass

from .askers import ANSWERS, CLIENT, QUESTIONS, READERS, USER
from .observation import Program
from .parts import CLOSES, DIES, HEAD, LISTEN, OBJECTS, OPEN_FEED, USES
from .starters import RECEIVERS, STARTS

RAISING = ("raise",)

# These close while the program runs, and no with block of this file does it.
_CALLED = frozenset(
    {
        "straight line", "handler", "finally", "handler and finally", "except and raise", "guard", "guard by locals",
        "same question twice", "reports and closes",
    }
)  # fmt: skip
_BY_OBJECTS = frozenset(
    {
        "object finally", "object stops by its closer", "object with", "object del", "object finalize",
        "object closed if all goes well",
    }  # fmt: skip
)
_PARTIAL = frozenset({"straight line", "handler", "flag", "early return"})
_CLOSABLE = frozenset({"object not closed", "object not entered", "object closed if all goes well"})
_DAEMONS = frozenset({"reader", "reader, and main asks", "second reader", "reader, and main receives", "closure"})


@dataclass(frozen=True)
class Whole:
    """A whole program."""

    parts: frozenset[str]
    """What it is composed of."""
    source: str
    cut_short: bool = False
    """Whether a daemon thread is in the middle of its block when the program ends, so that it cannot say goodbye."""

    @property
    def name(self) -> str:
        """The parts in one line."""
        return "; ".join(sorted(self.parts))

    @property
    def programs(self) -> tuple[Program, Program]:
        """The calm run and the run in which the check raises."""
        return Program(self.source), Program(self.source, arguments=RAISING)


def generate(seed: int) -> Whole:
    """The program of a seed: always the same."""
    chance = random.Random(seed)
    while True:
        whole = _composed(chance)
        if not _unjudged(whole.parts):
            return whole


def _unjudged(parts: frozenset[str]) -> bool:
    """Whether the rules are silent about what these parts do together; the table has a program for each of these."""
    if "late writer" in parts and not parts.isdisjoint(_CALLED | _BY_OBJECTS):
        # WST203 speaks of with blocks.
        return True
    if "non-daemon reader" in parts and not parts.isdisjoint(_PARTIAL | _CLOSABLE):
        # WST104 speaks only where nothing else closes the connection, be it on one path of several, or a method that
        # nobody calls.
        return True
    if "process" in parts and not parts.isdisjoint({"atexit", "object atexit", "object finalize"}):
        # A child process of multiprocessing runs no exit handlers.
        return True
    if "body" in parts and "closure" in parts and not parts.isdisjoint(_PARTIAL):
        # A global that a function uses is closed by anybody, as an attribute is.
        return True
    if "nobody" in parts and not parts.isdisjoint(_CLOSABLE):
        # WST305 speaks of the class: its method closes what was never entered, but nobody calls it.
        return True
    if "queue" in parts and any(part.startswith("object") for part in parts):
        # Who takes an attribute from a queue may close it.
        return True
    if {"asks for the reader", "asks on two threads"} <= parts:
        # Whether an object that knows whose turn it is knows it of both is not followed.
        return True
    # A daemon thread that is still there at the exit keeps the globals of its module alive: nobody calls __del__.
    # Whether one is still there is not followed.
    return {"global object", "object del"} <= parts and not parts.isdisjoint(_DAEMONS)


def _composed(chance: random.Random) -> Whole:
    forms = ["function", "body", "object", "global object", "receiver", "asked object"]
    form = chance.choices(forms, [8, 2, 3, 2, 2, 3])[0]
    if form == "receiver":
        return _receiver(chance)
    if form == "asked object":
        return _asked_object(chance)
    use = chance.choice(list(USES))
    steps, helpers = USES[use]
    if form in {"function", "body"}:
        closing = chance.choice(list(CLOSES))
        if form == "body" and closing == "early return":
            closing = "flag"
        opener = chance.choice(["connect", "open_feed"])
        call = "open_feed()" if opener == "open_feed" else 'connect("ws://localhost:8765", close_timeout=1)'
        # A check after the start of a thread might be what waits for it.
        last = [] if use == "late writer" else ["check()"]
        block = _with_steps(CLOSES[closing], [*steps, *last]).replace("OPEN", call)
        helpers = [*helpers, *([OPEN_FEED] if opener == "open_feed" else [])]
        if form == "body":
            return _whole(["body", opener, closing, use], helpers, block)
    else:
        closing = chance.choice(list(OBJECTS))
        methods, block = OBJECTS[closing]
        helpers = [*helpers, _client(steps, methods)]
        opener = "object"
        if form == "global object":
            return _whole([form, closing, use], helpers, block)
    start = chance.choice(list(STARTS))
    if closing in DIES:
        if use == "reader, and main receives":
            use = "reader"
            helpers = [LISTEN, _client(USES[use][0], methods)]
        helpers.append("def talk():\n" + textwrap.indent(block, "    ") + "\n")
        block = "try:\n    talk()\nexcept ValueError as error:\n    print(error)"
    work = "def work():\n" + textwrap.indent(block, "    ") + "\n"
    return _whole([start, opener, closing, use], [*helpers, work], STARTS[start])


def _with_steps(template: str, steps: list[str]) -> str:
    lines = []
    for line in template.splitlines():
        indentation = line[: len(line) - len(line.lstrip())]
        lines += [indentation + step if step else "" for step in steps] if line.strip() == "STEPS" else [line]
    return "\n".join(lines)


def _client(steps: list[str], methods: str) -> str:
    body = textwrap.indent("\n".join(["ws = self.ws", *steps, "check()"]), "    ")
    use = f"def use(self):\n{body}"
    init = 'def __init__(self):\n    self.ws = connect("ws://localhost:8765", close_timeout=1)'
    members = "\n\n".join(filter(None, [init, use, methods.rstrip()]))
    return "class Client:\n" + textwrap.indent(members, "    ") + "\n"


def _receiver(chance: random.Random) -> Whole:
    closing = chance.choice(list(RECEIVERS))
    daemon = chance.choice([True, False])
    where = chance.choice(["main", "plain thread", "daemon thread"])
    methods, stop = RECEIVERS[closing]
    init = f"""\
def __init__(self):
    super().__init__(daemon={daemon})
    self.ws = connect("ws://localhost:8765", close_timeout=1)
"""
    receiver = "class Receiver(threading.Thread):\n" + textwrap.indent(f"{init}\n{methods}\n", "    ")
    block = "\n".join(filter(None, ["receiver = Receiver()", "receiver.start()", "time.sleep(0.2)", stop]))
    # Whether main closes in time is a matter of the calm way alone: no check here.
    helpers = [receiver]
    if where != "main":
        helpers.append("def work():\n" + textwrap.indent(block, "    ") + "\n")
        block = STARTS[where]
    name = [where, "daemon receiver" if daemon else "receiver", closing]
    return _whole(name, helpers, block, cut_short=daemon and not stop)


def _asked_object(chance: random.Random) -> Whole:
    reader, answer = chance.choice(list(READERS)), chance.choice(list(ANSWERS))
    question = chance.choice(list(QUESTIONS))
    where = chance.choice(["main", "plain thread", "daemon thread"])
    client = _filled(_filled(CLIENT, "START", READERS[reader]), "ANSWER", ANSWERS[answer])
    block = _filled(USER, "QUESTION", QUESTIONS[question])
    work = "def work():\n" + textwrap.indent(block, "    ")
    return _whole([where, reader, answer, question], [client, work], STARTS[where])


def _filled(template: str, word: str, text: str) -> str:
    """The template with the text in place of the line that consists of a word."""
    line = next(each for each in template.splitlines() if each.strip() == word)
    indentation = line[: len(line) - len(line.lstrip())]
    return template.replace(f"{line}\n", textwrap.indent(text, indentation))


def _whole(name: list[str], helpers: list[str], block: str, cut_short: bool = False) -> Whole:
    source = "\n\n".join([HEAD, *helpers, block + "\n"])
    return Whole(frozenset(name), source, cut_short)
