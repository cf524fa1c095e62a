"""Clears up when the laboratory ends or dies: ``python guardian.py FOLDER``, run as a process of its own.

The laboratory writes ``+GROUP`` when it starts a group of processes and ``-GROUP`` when the group is gone. When the
laboratory ends, for whatever reason, the standard input ends. Then every group that is still there is killed, and the
folder in which the programs lie is removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """Keep the list of groups until the input ends, then kill them and remove the folder."""
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
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
