"""Rows for what calls a function that it is given, and on which thread.

Which kind of thread the workers are was seen by running each, with AnyIO 4.16, Trio 0.35, Starlette 1.10 and
APScheduler 3.11 on CPython 3.11: the worker of AnyIO is no daemon thread, that of Trio is one.
"""

from __future__ import annotations

from flake8_wsthreads.library.behaviour import Behaviour, CallsBack, Registers, Thread, rows, united

_CALLING: dict[str, Behaviour] = {
    **rows(
        Behaviour(calls_back=CallsBack(Thread.CALLER)),
        (
            "builtins.map", "builtins.filter", "builtins.sorted", "builtins.iter", "builtins.list", "builtins.max",
            "builtins.min", "functools.partial", "functools.reduce", "signal.signal", "atexit.register", "asyncio.run",
            "asyncio.gather", "asyncio.wait_for", "asyncio.create_task", "asyncio.ensure_future", "pytest.raises",
            "timeit.timeit", "contextlib.closing", "unittest.main", "weakref.finalize", "typer.run", "fire.Fire",
            "tyro.cli", "absl.app.run", "defopt.run", "sched.scheduler.enter", "sched.scheduler.enterabs",
            "anyio.run", "trio.run",
        ),
    ),
    **rows(
        Behaviour(calls_back=CallsBack(Thread.POOL)),
        (
            "asyncio.to_thread", "anyio.to_thread.run_sync", "starlette.concurrency.run_in_threadpool",
            "fastapi.concurrency.run_in_threadpool",
        ),
    ),
    **rows(Behaviour(calls_back=CallsBack(Thread.DAEMON)), ("trio.to_thread.run_sync",)),
    # The workers inherit the flag of the scheduler's own thread; its method takes the arguments of a job by keyword.
    **rows(
        Behaviour(calls_back=CallsBack(Thread.DAEMON, hands_on=False)),
        ("apscheduler.schedulers.background.BackgroundScheduler.add_job",),
    ),
    **rows(
        Behaviour(calls_back=CallsBack(Thread.POOL, hands_on=False)),
        ("apscheduler.schedulers.blocking.BlockingScheduler.add_job",),
    ),
}  # fmt: skip

ROWS = united(
    _CALLING,
    rows(Behaviour(registers=Registers.AT_EXIT), ("atexit.register",)),
    rows(Behaviour(registers=Registers.ON_DEATH), ("weakref.finalize",)),
    rows(
        Behaviour(runs_generator=True), ("fastapi.Depends", "fastapi.params.Depends", "fastapi.param_functions.Depends")
    ),
)
