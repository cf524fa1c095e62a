"""Kills what is left when the laboratory dies: ``python guardian.py``, run as a process of its own.

The laboratory writes ``+GROUP`` when it starts a group of processes and ``-GROUP`` when the group is gone. When the
laboratory ends, for whatever reason, the standard input ends, and every group that is still there is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Keep the list of groups until the input ends, then kill them."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
