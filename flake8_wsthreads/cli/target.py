"""``flake8-wsthreads target``: which releases a project allows, what says so, and what was looked at."""

from __future__ import annotations

import argparse
import os
import sys

from flake8_wsthreads.cli.main import CLEAN, COULD_NOT_RUN
from flake8_wsthreads.target import Projects, Target
from flake8_wsthreads.target.discovery import Discovery
from flake8_wsthreads.target.projects import described, directory_of


def run_target(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    path: str = options.path
    if not os.path.exists(path):
        print(f"flake8-wsthreads: {path}: no such file or folder", file=sys.stderr)
        return COULD_NOT_RUN
    directory = os.path.abspath(path) if os.path.isdir(path) else directory_of(path)
    discovery = Discovery()
    own = None if os.path.isdir(path) else _own_target(path)
    print(described(own or discovery.target_of(directory)))
    if own is None:
        print("looked at:")
        for folder, stated in discovery.statements(directory):
            for file, entry in stated:
                print(f"  {os.path.relpath(file)}:{entry.location.line}: {entry.text}")
            if not stated:
                print(f"  {os.path.relpath(folder)}: nothing names websockets")
    return CLEAN


def _own_target(path: str) -> Target | None:
    try:
        with open(path, encoding="utf-8") as file:
            return Projects.script_target(file.read())
    except (OSError, UnicodeDecodeError):
        return None
