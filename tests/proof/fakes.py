"""What a program meets in the laboratory: fake connections, opaque objects, and a suppressor that is watched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frames import Frame
    from .laboratory import Laboratory


@dataclass(frozen=True, order=True)
class Site:
    """Where a connection is opened: line from 1, column from 0."""

    line: int
    column: int


class Connection:
    """A fake connection. ``owner`` is the frame that answers for it; None when it was given away."""

    def __init__(self, laboratory: Laboratory, site: Site, owner: Frame) -> None:
        self._laboratory = laboratory
        self.site = site
        self.owner: Frame | None = owner
        self.is_open = True
        self.is_claimed = True
        """Whether it counts when it leaks."""

    def _end(self) -> None:
        if self.is_open:
            self.is_open = False
            self._laboratory.closed.add(self.site)

    def close(self) -> None:
        was_open = self.is_open
        self._end()
        if was_open and self._laboratory.settings.close_may_raise:
            self._laboratory.may_raise(f"close of the connection of line {self.site.line}")

    close_socket = close

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _use(self, verb: str) -> None:
        # Errors of the socket reach the caller as ConnectionClosed (websockets, sync/connection.py).
        try:
            self._laboratory.may_raise(f"{verb} on the connection of line {self.site.line}", never=OSError)
        except Exception as error:
            self._laboratory.failed[error] = self
            raise

    def is_lost(self) -> None:
        """The program connects anew, as this one has failed: the peer has closed it."""
        self._end()

    def send(self, message: object) -> None:
        self._use("send")

    def ping(self) -> None:
        self._use("ping")

    def recv(self) -> Unknown:
        self._use("recv")
        return Unknown(self._laboratory, "the received message is true")

    def __iter__(self) -> Iterator[str]:
        # It ends, or raises ConnectionClosedError, when the peer has closed the connection; either way it is closed.
        # Only the consumer's own exceptions leave it open (websockets, sync/connection.py).
        try:
            yield from self._laboratory.elements(f"iteration of the connection of line {self.site.line}")
        except GeneratorExit:
            raise
        except BaseException:
            self._end()
            raise
        self._end()


class Unknown:
    """A value of unknown truth; its first test decides."""

    def __init__(self, laboratory: Laboratory, subject: str) -> None:
        self._laboratory = laboratory
        self._subject = subject
        self._truth: bool | None = None

    def __bool__(self) -> bool:
        if self._truth is None:
            self._truth = self._laboratory.choose(self._subject, ("True", "False")) == 0
        return self._truth


class Registry:
    """An object from outside: what is stored in it is given away."""

    _laboratory: Laboratory

    def __init__(self, laboratory: Laboratory) -> None:
        object.__setattr__(self, "_laboratory", laboratory)

    def __setattr__(self, name: str, value: object) -> None:
        self._laboratory.give_away(value)

    def __setitem__(self, key: object, value: object) -> None:
        self._laboratory.give_away(value)
        self._laboratory.may_raise(f"registry[{key!r}] = ...")

    def append(self, value: object) -> None:
        self._laboratory.give_away(value)
        self._laboratory.may_raise("registry.append(...)")


class Table:
    """An object from outside whose elements are read."""

    def __init__(self, laboratory: Laboratory) -> None:
        self._laboratory = laboratory

    def __getitem__(self, key: object) -> Unknown:
        self._laboratory.may_raise(f"table[{key!r}]")
        return Unknown(self._laboratory, f"table[{key!r}] is true")


class Suppress(contextlib.suppress):
    """``contextlib.suppress``, which tells the laboratory what it swallows."""

    def __init__(self, laboratory: Laboratory, *errors: type[BaseException]) -> None:
        super().__init__(*errors)
        self._laboratory = laboratory

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        self._laboratory.see_error(error)
        return bool(super().__exit__(kind, error, traceback))
