"""Rows for what makes threads, processes, pools of them, and what carries things between processes."""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, Makes, rows

# multiprocess is multiprocessing with another pickler, name for name.
_PROCESS_LIBRARIES = ("multiprocessing", "multiprocess")


def _of_processes(*names: str) -> tuple[str, ...]:
    return tuple(f"{library}.{name}" for library in _PROCESS_LIBRARIES for name in names)


ROWS: dict[str, Behaviour] = {
    **rows(Behaviour(makes=Makes.THREAD), ("threading.Thread", "threading._DummyThread")),
    **rows(Behaviour(makes=Makes.TIMER), ("threading.Timer", "threading._Timer")),
    # The interpreter did not start these threads, or starts them as daemons.
    **rows(
        Behaviour(makes=Makes.RAW_THREAD),
        ("_thread.start_new_thread", "_thread.start_new", "threading._start_new_thread"),
    ),
    **rows(
        Behaviour(makes=Makes.PROCESS),
        _of_processes(
            "Process", "context.Process", "process.BaseProcess", "context.SpawnProcess", "context.ForkProcess"
        ),
    ),
    **rows(
        Behaviour(makes=Makes.THREAD_POOL),
        ("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor"),
    ),
    # Workers of these pools are daemon threads (CPython, Lib/multiprocessing/pool.py: ``w.daemon = True``).
    **rows(Behaviour(makes=Makes.DAEMON_POOL), _of_processes("pool.ThreadPool", "dummy.Pool")),
    **rows(
        Behaviour(makes=Makes.EXECUTOR_OF_PROCESSES),
        ("concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor"),
    ),
    # Their workers are daemonic: leaving the ``with`` block, or the exit of the parent, terminates them.
    **rows(Behaviour(makes=Makes.POOL_OF_PROCESSES), _of_processes("Pool", "pool.Pool")),
    **rows(
        Behaviour(makes=Makes.QUEUE_OF_PROCESSES),
        _of_processes(
            "Queue", "SimpleQueue", "JoinableQueue", "queues.Queue", "queues.SimpleQueue", "queues.JoinableQueue"
        ),
    ),
    **rows(Behaviour(makes=Makes.PIPE), _of_processes("Pipe", "connection.Pipe")),
    **rows(
        Behaviour(replaces_threads=True),
        (
            "gevent.monkey.patch_all", "gevent.monkey.patch_thread", "eventlet.monkey_patch",
            "eventlet.patcher.monkey_patch",
        ),
    ),
}  # fmt: skip
