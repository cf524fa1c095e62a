"""Modules whose classes are harmless as bases of a class that keeps a connection."""

from __future__ import annotations

HARMLESS_BASES = frozenset({
    "builtins", "threading", "abc", "typing", "typing_extensions", "enum", "unittest", "contextlib", "collections",
    "multiprocessing", "socketserver", "http", "logging", "queue", "cmd", "code", "asyncio", "concurrent",
    "dataclasses", "argparse", "configparser", "ctypes", "email", "html", "io", "json", "pathlib", "random", "sched",
    "selectors", "socket", "string", "tkinter", "types", "xml",
    "PyQt5", "PyQt6", "PySide2", "PySide6", "kivy", "locust", "pydantic", "django", "flask", "fastapi", "textual",
    "click", "pytest",
})  # fmt: skip
"""Base classes of the standard library and of well-known packages know nothing of an attribute that a class of this
file adds, and keep no connection of their own. Named are the packages."""

HANDLER_MODULES = frozenset(
    {"socketserver", "http", "wsgiref", "xmlrpc", "logging", "locust", "django", "flask", "fastapi", "starlette"}
)
"""The methods of their classes are called by the server that the class is handed to."""
QT_THREADS = frozenset({"QThread", "QRunnable"})
"""Qt runs them on threads that the interpreter did not start; every binding of Qt has them by these names."""
LOG_HANDLERS = frozenset({"logging.Handler", "logging.StreamHandler", "logging.FileHandler"})
"""``logging.shutdown`` closes them when the program exits."""
