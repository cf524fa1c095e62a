"""Why no ``with`` block can hold a connection in the function that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Assign, CallMethod, Register
from flake8_wsthreads.cfg.operand import Member, Operand, Pack, place_of
from flake8_wsthreads.cfg.place import Place, Returned
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.summary import Summary
from flake8_wsthreads.library.containers import ADDING, QUEUE
from flake8_wsthreads.names.scopes import ComprehensionNode


@dataclass(frozen=True)
class BlockObstacles:
    """The places of one graph from which a connection goes where a block of this function would close it too early."""

    gathered: frozenset[Place]
    """Put into a container: ``[connect(url) for url in urls]``, ``connections.append(ws)``."""
    stacked: frozenset[Place]
    """Entered on an exit stack that no ``with`` statement leaves."""
    returned: frozenset[Place]
    """Returned to the caller, alone or in a tuple, or kept for others while something outside closes it later."""

    def gathers(self, node: Node, summary: Summary) -> bool:
        """Whether the connection that ``node`` opens goes into a container, which others empty."""
        return not self.gathered.isdisjoint((node.does.target, *summary.held_in))

    def stacks(self, node: Node, summary: Summary) -> bool:
        """Whether the connection that ``node`` opens is entered on an exit stack that is closed by hand, if at all."""
        return not self.stacked.isdisjoint((node.does.target, *summary.held_in))

    def returns(self, node: Node, summary: Summary) -> bool:
        """Whether others use what ``node`` opens after the function, also where something else closes it."""
        return not self.returned.isdisjoint((node.does.target, *summary.held_in))


NO_OBSTACLES = BlockObstacles(frozenset(), frozenset(), frozenset())


def block_obstacles(graph: Graph) -> BlockObstacles:
    """What a function does with what it holds that no block around the opening allows."""
    gathered: set[Place] = set()
    stacked: set[Place] = set()
    returned: set[Place] = set()
    for node, call in graph.steps(CallMethod):
        if place_of(call.receiver) in graph.stacks:
            stacked.update(_places(call.arguments.all))
        elif isinstance(node.syntax, ComprehensionNode) or call.name in ADDING:
            added = _places(call.arguments.all)
            # with connect(URL) as ws: to_reader.put(ws), but no block for to_reader.put(connect(URL))
            gathered.update(place for place in added if call.name not in QUEUE or place.is_temporary)
    # self.ws = connect(URL); self.addCleanup(self.ws.close)
    registered = {place for _, left in graph.steps(Register) if left.stack is None for place in _bases(left.registered)}
    returned.update(registered & graph.owners.keys())
    for _, binding in graph.steps(Assign):
        if binding.target in graph.owners and binding.value in registered:
            returned.update(_places((binding.value,)))
        if _is_returned(binding.target):
            returned.update(_places((binding.value,)))
        elif isinstance(binding.value, Pack):
            gathered.update(_places(binding.value.items))
    return BlockObstacles(frozenset(gathered), frozenset(stacked), frozenset(returned))


def _bases(operands: tuple[Operand, ...]) -> Iterator[Place]:
    """The objects whose methods these are: ``ws.close``."""
    for operand in operands:
        place = place_of(operand.base if isinstance(operand, Member) else operand)
        if place is not None:
            yield place


def _is_returned(target: Tracked | None) -> bool:
    return isinstance(target, Place) and isinstance(target.root, Returned)


def _places(operands: tuple[Operand, ...]) -> Iterator[Place]:
    for operand in operands:
        for part in operand.items if isinstance(operand, Pack) else (operand,):
            if isinstance(part, Place):
                yield part
