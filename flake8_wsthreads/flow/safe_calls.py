"""What does not raise in a program that works at all, or raises only where the program is prepared for it.

A step that cannot raise cannot skip a close. Only what allocates an object, reads a clock, reports or pauses is here,
and the methods of loggers, which report their own errors and go on (``logging.Handler.handleError``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from flake8_wsthreads.source.syntax import has_starred

_SAFE = frozenset(
    {
        "contextlib.closing", "contextlib.suppress", "contextlib.ExitStack", "contextlib.AsyncExitStack",
        "contextlib.nullcontext", "threading.Event", "threading.Lock", "threading.RLock", "threading.Condition",
        "threading.Semaphore", "threading.BoundedSemaphore", "threading.Barrier", "threading.local",
        "threading.Thread", "threading.Timer", "threading.current_thread", "threading.main_thread",
        "threading.get_ident", "queue.Queue", "queue.SimpleQueue", "collections.deque", "collections.defaultdict",
        "itertools.count", "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter",
        "time.perf_counter_ns", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today",
        "uuid.uuid4", "os.getpid", "sys.exc_info",
        "logging.getLogger", "operator.methodcaller", "operator.attrgetter", "operator.itemgetter",
        "concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor",
        "builtins.object",
    }
)  # fmt: skip
_PLAIN = (ast.Name, ast.Attribute, ast.Constant)
SAFE_READERS = frozenset({"isinstance", "type", "callable", "id", "hasattr", "print", "str", "repr"})
"""Builtins that look at any object at all without an error, or with one that nobody guards against: nobody closes a
connection for fear that ``print`` fails."""
_REPORTS = frozenset(
    {
        "traceback.print_exc", "traceback.print_exception", "traceback.print_stack", "traceback.format_exc",
        "sys.stderr.write", "sys.stderr.flush", "sys.stdout.write", "sys.stdout.flush", "warnings.warn",
    }
)  # fmt: skip
_PAUSES = frozenset({"time.sleep"})
_CAP_WORDS = re.compile(r"_*[A-Z][A-Z0-9]*[a-z]\w*")
# They read a text, or open something: that may fail.
_MAKING_WHAT_MAY_FAIL = frozenset(
    {
        "decimal.Decimal", "fractions.Fraction", "uuid.UUID", "subprocess.Popen", "zipfile.ZipFile", "smtplib.SMTP",
        "smtplib.SMTP_SSL", "ftplib.FTP", "imaplib.IMAP4", "poplib.POP3",
    }
)  # fmt: skip
_SAFE_WITHOUT_ARGUMENTS = frozenset(
    {
        "builtins.list", "builtins.dict", "builtins.set", "builtins.frozenset", "builtins.tuple", "builtins.str",
        "builtins.bytes", "builtins.bytearray", "builtins.int", "builtins.float", "builtins.bool", "builtins.super",
        "collections.Counter", "collections.OrderedDict",
    }
)  # fmt: skip
_EVENT, _QUEUES = "threading.Event", ("queue.Queue", "queue.SimpleQueue", "queue.LifoQueue", "queue.PriorityQueue")
_SAFE_METHODS = frozenset({f"{_EVENT}.{name}" for name in ("set", "clear", "is_set")}) | {
    f"{kind}.{name}" for kind in _QUEUES for name in ("put", "task_done", "qsize", "empty")
}
# On the main thread control-C ends the wait.
_SAFE_OFF_MAIN = frozenset({f"{_EVENT}.wait"} | {f"{kind}.get" for kind in _QUEUES})
SAFE_METHOD_NAMES = frozenset(name.rpartition(".")[2] for name in _SAFE_METHODS | _SAFE_OFF_MAIN)
"""A method of another name need not be looked up."""
_WAYS_NOT_TO_WAIT = frozenset({"block", "timeout"})
_LOGGER_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_LOCKS = frozenset(
    {
        "threading.Lock", "threading.RLock", "threading.Semaphore", "threading.BoundedSemaphore", "threading.Condition",
        "multiprocessing.Lock", "multiprocessing.RLock",
    }
)  # fmt: skip
_SAFE_MANAGERS = _LOCKS | {"contextlib.suppress", "contextlib.nullcontext"}
_SAFE_TO_ENTER = frozenset(
    {
        "contextlib.ExitStack", "contextlib.AsyncExitStack", "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.thread.ThreadPoolExecutor",
    }
)  # fmt: skip


def never_raises(name: str, has_arguments: bool) -> bool:
    """Whether a call of the callable with this qualified name does not raise."""
    return name in _SAFE or (name in _SAFE_WITHOUT_ARGUMENTS and not has_arguments)


def reports(name: str) -> bool:
    """Whether a call of the callable with this qualified name only says something: it keeps nothing, and goes on."""
    owner, _, method = name.rpartition(".")
    return name in _REPORTS or (method in _LOGGER_METHODS and owner in ("logging", "logging.getLogger"))


def makes_object(name: str, node: ast.Call) -> bool:
    """Whether a call only makes an object of a class of another file: a name in CapWords, and plain arguments.

    ``name`` is the qualified name, or empty where the file does not tell. Nobody guards against a constructor.
    """
    written = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _MAKING_WHAT_MAY_FAIL or not _CAP_WORDS.fullmatch(name.rpartition(".")[2] or written):
        return False
    return all(isinstance(part, _PLAIN) for part in (*node.args, *(keyword.value for keyword in node.keywords)))


def pauses(name: str) -> bool:
    """Whether a call of the callable with this qualified name only lets time pass."""
    return name in _PAUSES


def method_never_raises(name: str, node: ast.Call, off_main: Callable[[], bool]) -> bool:
    """Whether a call of this method of an event or a queue does not raise: one that waits as long as it takes.

    ``off_main`` tells whether it is known to run on other threads than the main one.
    """
    if name == f"{_EVENT}.wait":
        return off_main()
    values = 1 if name.endswith(".put") else 0
    if len(node.args) > values or any(keyword.arg in _WAYS_NOT_TO_WAIT for keyword in node.keywords):
        return False
    if has_starred(node.args):
        return False  # one of them may be a way not to wait
    return name in _SAFE_METHODS or (name in _SAFE_OFF_MAIN and off_main())


def logs(node: ast.expr) -> bool:
    """``self.logger.info``, ``log.warning``: a logger by its name, where the file does not show what made it."""
    if not isinstance(node, ast.Attribute) or node.attr not in _LOGGER_METHODS:
        return False
    base = node.value
    name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
    return name.lower().strip("_") in ("log", "logger", "logging")


def manager_never_raises(name: str) -> bool:
    """Whether entering and leaving an object of this class in a ``with`` statement does not raise by itself."""
    return name in _SAFE_MANAGERS


def entering_never_raises(name: str) -> bool:
    """Whether entering an object of this class does not raise; leaving it may (an exit stack runs callbacks)."""
    return name in _SAFE_MANAGERS or name in _SAFE_TO_ENTER


def is_lock(name: str) -> bool:
    """Whether the class is a lock."""
    return name in _LOCKS
