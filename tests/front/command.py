"""How the tests call the command: in this process, which is quick, or in one of its own, as a user does."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from flake8_wsthreads.cli.main import main


def run(directory: Path, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a directory, with a text on its standard input; its streams are no terminal."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape", newline="") for _ in range(2)]
    given = io.TextIOWrapper(io.BytesIO(input.encode()), "utf-8")
    with contextlib.ExitStack() as stack:
        stack.callback(os.chdir, os.getcwd())
        os.chdir(directory)
        # flake8 starts no processes: these would be copies of the one that runs the tests
        stack.enter_context(mock.patch("multiprocessing.cpu_count", return_value=1))
        stack.enter_context(mock.patch.object(sys, "stdin", given))
        stack.enter_context(contextlib.redirect_stdout(streams[0]))
        stack.enter_context(contextlib.redirect_stderr(streams[1]))
        try:
            status = main(arguments)
        except SystemExit as exit:
            status = exit.code if isinstance(exit.code, int) else 1
    for stream in streams:
        stream.seek(0)
    return subprocess.CompletedProcess(arguments, status, *(stream.read() for stream in streams))


def run_process(directory: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; ``options`` are those of ``subprocess.run``."""
    command = [sys.executable, "-m", "flake8_wsthreads", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "PYTHONPATH")}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, cwd=directory, capture_output=True, text=True, errors="surrogateescape", check=False, env=environment,
        **options,
    )
