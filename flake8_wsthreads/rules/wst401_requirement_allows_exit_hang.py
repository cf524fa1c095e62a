"""WST401: a requirement that lets in a release with which an open connection keeps the program from exiting."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_wsthreads.facts import Model
from flake8_wsthreads.finding import Finding, TraceStep
from flake8_wsthreads.rules.rule import Example, Rule
from flake8_wsthreads.rules.wording import pin
from flake8_wsthreads.target import RELEASES, ReleaseRange, Target

AFFECTED = (ReleaseRange(before="13.0"),)


def check(model: Model, target: Target) -> Iterator[Finding]:
    """A finding for each requirement that the file states and that admits a release before 13.0."""
    for requirement in model.requirements:
        older = [
            release
            for release in RELEASES
            if release in requirement.allowed.releases and AFFECTED[0].admits(release)
        ]
        # "websockets>=13.0"
        if not older:
            continue
        yield Finding(
            "WST401",
            requirement.location,
            f"{requirement.text.strip()} allows websockets {older[-1]}, with which an open connection keeps the "
            f"program from exiting; {pin(requirement.allowed)}",
            (TraceStep(requirement.location, f"allowed here: websockets {older[-1]}"),),
        )


RULE = Rule(
    code="WST401",
    name="requirement-allows-exit-hang",
    summary="a requirement allows releases before 13.0, with which an open connection keeps the program from exiting",
    affects=AFFECTED,
    why="""\
Before 13.0 the library reads each connection in a hidden thread that Python waits for at the end of the program. One
connection that is still open then, and the program never exits. From 13.0 on the hidden thread is a daemon thread, and
the program exits.

A requirement that allows an older release lets this happen where somebody installs that release: on a machine with an
old lock file, or beside a package that pins it. Reported in a script with inline metadata (PEP 723) and in the
`install_requires` of a setup.py, where the script or the project uses `websockets.sync`.

Seen on 11.0.3 and 12.0 against 13.0 and later.
""",
    fix="""\
Raise the lower bound: `websockets>=13.0`. The synchronous client has not lost anything in that release.
""",
    fix_safety="""\
`--fix` raises the lower bound and keeps the rest: safe where later releases were allowed before. A pin below 13.0 is
there for a reason that only you know, so it changes with `--unsafe-fixes` only. A requirement with a hash, a URL, or a
version of conda has no fix.
""",
    bad=(
        Example(
            "a script that brings its own requirements",
            """\
# /// script
# requires-python = ">=3.10"
# dependencies = ["websockets>=12"]  # WST401
# ///
from websockets.sync.client import connect

ws = connect("ws://localhost:8765")  # WST101 WST301
ws.send("what is the time?")
print(ws.recv())
""",
        ),
        Example(
            "a script that takes whatever is there",
            """\
# /// script
# dependencies = [
#     "websockets",  # WST401
# ]
# ///
from websockets.sync.client import connect


def greet(name):
    feed = connect("ws://localhost:8765")  # WST101 WST301
    feed.send(f"hello {name}")
    return feed.recv()


print(greet("Ada"))
""",
        ),
        Example(
            "a script with an upper bound only",
            """\
# /// script
# dependencies = ["websockets<17"]  # WST401
# ///
import threading

from websockets.sync.client import connect


def report():
    panel = connect("ws://localhost:8765")  # WST102 WST301
    panel.send("ready")
    print(panel.recv())


thread = threading.Thread(target=report)
thread.start()
thread.join()
""",
        ),
    ),
    good=(
        Example(
            "a script that requires a release with daemon threads",
            """\
# /// script
# requires-python = ">=3.10"
# dependencies = ["websockets>=13.0"]
# ///
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("what is the time?")
    print(ws.recv())
""",
        ),
        Example(
            "a script that pins one release",
            """\
# /// script
# dependencies = ["websockets==13.1"]
# ///
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("what is the time?")
    print(ws.recv())
""",
        ),
        Example(
            "a script that requires another package",
            """\
# /// script
# dependencies = ["websockets-proxy"]
# ///
from websockets.sync.client import connect

with connect("ws://localhost:8765") as ws:
    ws.send("what is the time?")
    print(ws.recv())
""",
        ),
    ),
    check=check,
)
