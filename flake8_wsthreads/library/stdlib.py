"""Rows for the standard library: what allocates an object, pauses, or is a lock."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Manages, Raises, rows

_NEVER = Behaviour(raises=Raises.NEVER)
_LOCK = Behaviour(raises=Raises.NEVER, manages=Manages.QUIETLY, is_lock=True)
_ENTERED_QUIETLY = Behaviour(raises=Raises.NEVER, manages=Manages.ENTERS_QUIETLY)
_QUEUES = ("queue.Queue", "queue.SimpleQueue", "queue.LifoQueue", "queue.PriorityQueue")

ROWS: dict[str, Behaviour] = {
    **rows(
        _NEVER,
        (
            "contextlib.closing", "threading.Event", "threading.Barrier", "threading.local", "threading.Thread",
            "threading.Timer", "threading.current_thread", "threading.main_thread", "threading.get_ident",
            "queue.Queue", "queue.SimpleQueue", "collections.deque", "collections.defaultdict", "itertools.count",
            "datetime.date.today", "uuid.uuid4", "os.getpid", "sys.exc_info", "operator.methodcaller",
            "operator.attrgetter", "operator.itemgetter", "builtins.object", "builtins.object.__init__",
            "abc.ABC.__init__", "typing.Generic.__init__", "typing.Protocol.__init__", "threading.Thread.__init__",
            "io.StringIO", "io.BytesIO", "itertools.repeat", "sys.getrecursionlimit", "os.getcwd",
            # how the program is set up: an error there shows at its first start
            "logging.basicConfig", "logging.captureWarnings", "logging.disable", "logging.Logger.setLevel",
            "logging.Logger.addHandler", "logging.Logger.removeHandler", "logging.getLogger.setLevel",
            "logging.getLogger.addHandler", "logging.getLogger.removeHandler", "logging.StreamHandler",
            "logging.Formatter", "signal.signal", "signal.alarm", "warnings.simplefilter", "warnings.filterwarnings",
        ),
    ),
    **rows(
        Behaviour(raises=Raises.NEVER, manages=Manages.QUIETLY),
        (
            "contextlib.suppress", "contextlib.nullcontext", "contextlib.redirect_stdout",
            "contextlib.redirect_stderr", "warnings.catch_warnings",
        ),
    ),
    **rows(Behaviour(raises=Raises.NEVER_OF_LITERALS), ("re.compile", "builtins.chr", "builtins.ord")),
    **rows(
        _ENTERED_QUIETLY,
        (
            "contextlib.ExitStack", "contextlib.AsyncExitStack", "concurrent.futures.ThreadPoolExecutor",
            "concurrent.futures.thread.ThreadPoolExecutor",
        ),
    ),
    **rows(
        _LOCK,
        (
            "threading.Lock", "threading.RLock", "threading.Semaphore", "threading.BoundedSemaphore",
            "threading.Condition",
        ),
    ),
    # making one asks the system for a semaphore
    **rows(
        Behaviour(manages=Manages.QUIETLY, is_lock=True), ("multiprocessing.Lock", "multiprocessing.RLock")
    ),
    **rows(
        Behaviour(raises=Raises.NEVER_WITHOUT_ARGUMENTS),
        (
            "builtins.list", "builtins.dict", "builtins.set", "builtins.frozenset", "builtins.tuple", "builtins.str",
            "builtins.bytes", "builtins.bytearray", "builtins.bool", "builtins.super", "builtins.globals",
            "builtins.locals", "builtins.vars", "collections.Counter", "collections.OrderedDict",
        ),
    ),
    **rows(
        Behaviour(raises=Raises.NEVER, waits_as_told=True),
        (
            *(f"threading.Event.{name}" for name in ("set", "clear", "is_set")),
            *(f"{kind}.{name}" for kind in _QUEUES for name in ("put", "task_done", "qsize", "empty")),
        ),
    ),
    **rows(
        Behaviour(raises=Raises.NEVER_OFF_MAIN, waits_as_told=True),
        ("threading.Event.wait", *(f"{kind}.get" for kind in _QUEUES)),
    ),
    # control-C is left aside, as it is where a block holds the lock
    **rows(
        Behaviour(raises=Raises.NEVER),
        tuple(f"threading.{kind}.{name}" for kind in ("Lock", "RLock") for name in ("acquire", "release", "locked")),
    ),
    **rows(Behaviour(pauses=True), ("time.sleep",)),
    **rows(
        Behaviour(reads=True),
        (
            "decimal.Decimal", "fractions.Fraction", "uuid.UUID", "subprocess.Popen", "zipfile.ZipFile", "smtplib.SMTP",
            "smtplib.SMTP_SSL", "ftplib.FTP", "imaplib.IMAP4", "poplib.POP3",
        ),
    ),
}  # fmt: skip
