"""Runs first in every program of the laboratory, and tells through a pipe what it sees there.

Python imports a module of this name by itself, so the program stays an ordinary ``python program.py``: its lines, its
``__main__`` and its way to the exit are its own. Nothing is changed in the library; what is seen comes from hooks that
Python offers (audit, exceptions, warnings), from the stacks of the threads, and from two functions that tell that they
were called: ``threading._shutdown``, with which the interpreter waits for threads, and the constructor of
``ConnectionClosed``, which the library calls for whoever uses a closed connection, also where it swallows the error.

Each line in the pipe is one literal tuple: the process, the event, and details.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import signal
import sys
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import TextIO

TICK = 0.05
"""Seconds between two looks at the stacks. Looks are counted, not seconds: a busy machine makes both slow."""
LOOKS_AT_EXIT = 40
"""After so many looks, threads that the finished main thread still waits for are taken for endless."""
LOOKS_IN_MAIN = 120
"""After so many looks, a main thread that is not done is taken for endless; the programs need less than a second."""
LOOKS_IN_CLOSE = 400
"""The same while a thread is in ``close()``, which gives up by itself after 10 seconds."""
LINGER = 1.0
"""Seconds that a patient run gives the daemon threads before the exit goes on."""
LONGEST_LINE = 3500
"""A line of a pipe that is not longer than this arrives in one piece, whoever else writes."""

SOCKET_EVENTS = frozenset({"socket.connect", "socket.bind", "socket.sendto"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

# The threads of the library itself live in these functions.
LIBRARY_THREADS = frozenset({"recv_events", "keepalive"})
CLOSERS = frozenset({"close", "__exit__"})
USES = frozenset({"recv", "recv_streaming", "send", "ping", "pong", "close", "__iter__"})

STARTS_NO_THREADS_LATE = sys.version_info[:3] in {(3, 12, 0), (3, 12, 1)}
"""No thread starts once the main thread is done: https://github.com/python/cpython/issues/113964."""

_main_done = False
_exiting = False
_probing = False
_looks = 0


def _tell(event: str, *details: object) -> None:
    line = repr((os.getpid(), event, *details))
    with contextlib.suppress(OSError):
        os.write(_pipe, (line + "\n").encode())


def _frames(frame: types.FrameType | None) -> Iterator[types.FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _of_the_library(frame: types.FrameType) -> bool:
    return f"{os.sep}websockets{os.sep}sync{os.sep}" in frame.f_code.co_filename


def _in_library_function(frame: types.FrameType | None, names: frozenset[str]) -> bool:
    return any(_of_the_library(each) and each.f_code.co_name in names for each in _frames(frame))


def _thread_name() -> str:
    return f"{os.getpid()} {threading.current_thread().name}"


def _watch(first_process: int, parent: int) -> None:
    global _looks
    _looks = 0
    while not _exiting:
        # The laboratory is gone, so nobody waits for this program any more.
        if os.getpid() == first_process and os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)
        _looks += 1
        if _looks >= _most_looks() * _patience:
            _tell("stuck", "at exit" if _main_done else "in main", _stacks()[-LONGEST_LINE // 2 :])
            return
        # Sleep without a frame in hand: it would keep alive what the program drops.
        time.sleep(TICK)


def _most_looks() -> int:
    if any(_in_library_function(frame, CLOSERS) for frame in sys._current_frames().values()):
        return LOOKS_IN_CLOSE
    return LOOKS_AT_EXIT if _main_done else LOOKS_IN_MAIN


def _stacks() -> str:
    return "\n".join("".join(traceback.format_stack(frame)[-3:]) for frame in sys._current_frames().values())


def _start_watching() -> None:
    global _main_done
    _main_done = False
    # Not a thread of the module threading, so the program does not see it, and the exit does not wait for it.
    _thread.start_new_thread(_watch, (_first_process, _parent))


def _started_by_fork() -> None:
    _tell("child")
    _start_watching()


def _shutdown() -> None:
    """The interpreter, or a child process, comes to its end and now waits for the threads."""
    global _main_done, _looks
    _main_done = True
    _looks = 0
    _tell("main done")
    if _patience > 1:
        # On a busy machine a daemon thread may not have got its turn yet.
        time.sleep(LINGER)
    _wait_for_threads()
    _tell("threads done")


def _exit() -> None:
    """The last exit handler runs; from now on nobody looks, as no thread but the main one may run."""
    global _exiting
    _exiting = True
    _tell("exiting")


def _tell_whether_threads_start() -> None:
    global _probing
    _probing = True
    try:
        _thread.start_new_thread(int, ())
    except RuntimeError as error:
        _tell("no threads", str(error))
    _probing = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if STARTS_NO_THREADS_LATE and _main_done and event == "_thread.start_new_thread" and not _probing:
        _tell_whether_threads_start()
    if event not in SOCKET_EVENTS or not isinstance(arguments[1], tuple):
        return
    host, port = arguments[1][:2]
    if host not in LOOPBACK:
        _tell("elsewhere", f"{event} {host}")
    if event != "socket.connect" or port not in _ports:
        return
    _tell("opened", threading.current_thread().daemon, _thread_name())
    _openers.add(threading.get_ident())
    exceptions = sys.modules.get("websockets.exceptions")
    if exceptions is not None and "constructor" not in _original:
        _original["constructor"] = exceptions.ConnectionClosed.__init__
        exceptions.ConnectionClosed.__init__ = _connection_closed


def _connection_closed(self: BaseException, *arguments: object, **named: object) -> None:
    """Somebody has used a closed connection; tell it unless it is the library, or who closes, or who opened it."""
    _original["constructor"](self, *arguments, **named)
    mine = _in_library_function(sys._getframe(), LIBRARY_THREADS | CLOSERS)
    if not mine and threading.get_ident() not in _openers:
        _tell("cut off", _thread_name())


def _exception(kind: type[BaseException], error: BaseException, trace: types.TracebackType | None) -> None:
    _tell("uncaught", kind.__name__, str(error)[:200])
    sys.__excepthook__(kind, error, trace)


def _exception_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_type is not SystemExit:
        _tell("uncaught", arguments.exc_type.__name__, str(arguments.exc_value)[:200])
    threading.__excepthook__(arguments)


def _warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if issubclass(category, DeprecationWarning):
        _tell("deprecated", str(message)[:400], lineno)


def _profile(frame: types.FrameType, event: str, argument: object) -> None:
    if event == "call" and frame.f_code.co_name in USES and _of_the_library(frame):
        caller = frame.f_back
        if caller is not None and f"{os.sep}websockets{os.sep}" not in caller.f_code.co_filename:
            _tell("used", _thread_name())


# A subinterpreter imports this module, too, with the environment of its process: no thread may be started there.
if "REALITY_PIPE" in os.environ and os.environ.get("REALITY_PROCESS") != str(os.getpid()):
    os.environ["REALITY_PROCESS"] = str(os.getpid())
    _pipe = int(os.environ["REALITY_PIPE"])
    _ports = frozenset(map(int, os.environ["REALITY_PORTS"].split()))
    _patience = int(os.environ["REALITY_PATIENCE"])
    _first_process, _parent = os.getpid(), os.getppid()
    _openers: set[int] = set()
    _original: dict[str, Callable[..., None]] = {}
    _wait_for_threads: Callable[[], None] = vars(threading)["_shutdown"]
    vars(threading)["_shutdown"] = _shutdown
    sys.excepthook = _exception
    threading.excepthook = _exception_in_thread
    warnings.showwarning = _warning
    warnings.simplefilter("always", DeprecationWarning)
    sys.addaudithook(_audit)
    # Registered first, so it runs last.
    atexit.register(_exit)
    os.register_at_fork(after_in_child=_started_by_fork)
    if "REALITY_USES" in os.environ:
        threading.setprofile(_profile)
        sys.setprofile(_profile)
    _start_watching()
