"""The transfer functions: what each kind of instruction does to the state of a path."""

from __future__ import annotations

from flake8_wsthreads.cfg.graph import Graph
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.interpreter import Interpreter, Transfers
from flake8_wsthreads.dataflow.state import State
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.dataflow.transfer_calls import CALLS
from flake8_wsthreads.dataflow.transfer_conditions import CONDITIONS
from flake8_wsthreads.dataflow.transfer_connection import CONNECTION
from flake8_wsthreads.dataflow.transfer_containers import CONTAINERS
from flake8_wsthreads.dataflow.transfer_control import CONTROL
from flake8_wsthreads.dataflow.transfer_exits import EXITS
from flake8_wsthreads.dataflow.transfer_threads import THREADS

TRANSFER: Transfers = {**CONTROL, **CONDITIONS, **CONNECTION, **CONTAINERS, **CALLS, **THREADS, **EXITS}


def interpret(summaries: Summaries, graph: Graph, state: State, inherited: frozenset[Tracked]) -> Summary:
    """Follow all paths of a graph from its entry; ``inherited`` are the places through which the caller knows more."""
    return Interpreter(summaries, graph, TRANSFER, inherited).run([(graph.entry, state)])
