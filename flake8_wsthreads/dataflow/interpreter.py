"""Follow every path of a graph and collect what it does with one connection.

A path carries what conditions can tell apart: which variables hold the connection, which are None, which flags are set.
Two paths that agree on this at a step go on as one. So a function is walked once for each such state, not each path.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from flake8_wsthreads.cfg.graph import Graph, Node
from flake8_wsthreads.cfg.instruction import Assign, ErrorExit, Instruction, Join
from flake8_wsthreads.cfg.operand import UNKNOWN, Operand, ValueKind, wholes
from flake8_wsthreads.cfg.place import LastingPlace, Place, Returned
from flake8_wsthreads.cfg.raised import ANY_EXCEPTION, Raised
from flake8_wsthreads.cfg.tracked import Tracked
from flake8_wsthreads.dataflow.collected import Collected, End
from flake8_wsthreads.dataflow.comparisons import may_change, was_asked
from flake8_wsthreads.dataflow.liveness import LivePlaces
from flake8_wsthreads.dataflow.parameters import is_constructor
from flake8_wsthreads.dataflow.shared_paths import Edge, Trail, summaries_from
from flake8_wsthreads.dataflow.state import Phase, State
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.summary import Effect, Summary
from flake8_wsthreads.dataflow.value import LASTING, AbstractValue, Environment, concerns, holds
from flake8_wsthreads.dataflow.witness import witness_before
from flake8_wsthreads.names.scopes import Scope

Successor = tuple[int, State]
Transfer = Callable[["Interpreter", Node, Any, State], Iterable[Successor]]
Transfers = Mapping[type[Instruction], Transfer]
"""What each kind of instruction does to the state of a path."""

# More states than this, and the function has too many paths to follow them all.
_BUDGET_BASE = 4000
_BUDGET_PER_STEP = 16
# To carry so many facts along takes as long as one more state.
_FACTS_FOR_A_STATE = 16
# More variables than this when one of them is bound to a connection, and nothing is claimed about the connection.
_MOST_VARIABLES = 40
_NO_POINT = -1


class Interpreter:
    """Follows one connection through one graph."""

    def __init__(
        self,
        summaries: Summaries,
        graph: Graph,
        transfers: Transfers,
        inherited: frozenset[Tracked] = frozenset(),
    ) -> None:
        self.summaries = summaries
        self.transfers = transfers
        self.graph = graph
        self.collected = Collected()
        self.inherited = inherited
        """The places through which the caller already holds the connection."""
        self.opened_in_final = -1
        """The ``finally`` body that opens the connection and closes something; -1 where none does."""
        self.kept: dict[Tracked, LastingPlace] = {}
        """The places that stand for objects which keep the connection."""
        self.opened_at = -1
        """The step that opens the connection, so that no caller goes on where its paths end; -1 for one of a caller."""
        self.only: set[int] | None = None
        """The steps to go to; None when it is all."""
        self.while_used = False
        """Follow paths only as long as some step mentions an object or a variable that the connection is reached by."""
        self.onto_stacks = False
        """Follow it on where an exit stack of an object takes it: who has the object has the stack to close."""
        self.of_own_object: Collection[Place] = ()
        """The fields of an object that nobody else has: they keep nothing beyond the function."""
        self.closing: Collection[Scope] = ()
        """The methods that are there to close it: what goes wrong in them is no matter of who calls them."""
        self.watched: dict[int, list[State]] = {}
        """The states in which paths come to the steps that are asked for."""
        self.is_constructor = is_constructor(graph.scope)
        self._sharing = summaries.steps_sharing_object(graph)
        self._live: LivePlaces | None = None
        self._trail: Trail | None = None
        """Where several connections are followed together: what each step finds and where it leads."""
        self.at = _NO_POINT
        """The program point that is looked at."""
        self._numbers: dict[object, int] = {}
        """What the state is to the paths has a number."""
        self._came_from: dict[int, tuple[int, bool] | None] = {}
        self._raised_by: dict[int, Node] = {}
        """The steps that raised what the first states of paths follow."""

    def run(self, start: list[Successor]) -> Summary:
        """Follow all paths from these steps on."""
        self._explore([(index, state.unnumbered()) for index, state in start], 1)
        return self.collected.summary()

    @property
    def states(self) -> int:
        """How many states at steps it has looked at."""
        return len(self._came_from)

    def run_from_each(self, starts: list[list[Successor]]) -> list[Summary] | None:
        """Follow the paths of several connections together, and tell what becomes of each.

        None where they cannot be told apart: they are too many, or threads are under way on them.
        """
        self._trail = Trail()
        starts = [[(index, state.unnumbered()) for index, state in start] for start in starts]
        self._explore([successor for start in starts for successor in start], len(starts))
        if self.collected.undecided:
            return None
        beginnings = [[self._point(index, state) for index, state in start] for start in starts]
        return summaries_from(self.graph, self._trail, beginnings)

    def _explore(self, start: Iterable[Successor], connections: int) -> None:
        """Follow the paths of so many connections from these steps on."""
        states = (_BUDGET_BASE + _BUDGET_PER_STEP * len(self.graph.nodes)) * connections
        budget, trail = min(states, self.summaries.states_left()), self._trail
        seen, numbers = self._came_from, self._numbers
        nodes, transfers, only, watched = self.graph.nodes, self.transfers, self.only, self.watched
        count, more = len(nodes), 0
        # A program point is a step and a state, as one number.
        work: deque[tuple[int, State, int]] = deque()
        for index, state in start:
            point = self._point(index, state)
            if point not in seen:
                seen[point] = None
                work.append((index, state, point))
        while work:
            index, state, point = work.pop()
            node = nodes[index]
            does = node.does
            while type(does) is Join and len(node.next) == 1:
                # paths meet, and nothing else: go on at once, without what no condition asks about any more
                meeting = node
                state = self.still_live(index, state)
                index = node.next[0]
                if only is not None and index not in only:
                    point = _NO_POINT
                    break
                node = nodes[index]
                if type(node.does) is Assign:
                    index = self._past_idle_steps(index, state)
                    node = nodes[index]
                does = node.does
                number = state.number
                if number < 0:
                    number = state.number = numbers.setdefault(state.key, len(numbers))
                next_point = number * count + index
                if trail is not None:
                    trail.edges.append(Edge(point, next_point, meeting, False, -1))
                if next_point in seen:
                    point = _NO_POINT
                    break
                seen[next_point] = (point, False)
                point = next_point
            if point == _NO_POINT:
                continue
            if self.while_used and not self.summaries.is_used(self.graph, index, state.environment):
                continue
            kind = type(does)
            if index in watched:
                watched[index].append(state)
            if index in self._sharing:
                state = state.flagged(known_to_others=True)
            self.at = point
            successors = transfers[kind](self, node, does, state)
            if trail is not None and not self.collected.is_empty and not self.collected.undecided:
                trail.found[point] = self.collected.summary()
                self.collected = Collected()
            for following, next_state in successors:
                if only is not None and following not in only:
                    continue
                target = nodes[following]
                exceptional = following == node.error and next_state.pending[-1:] != state.pending[-1:]
                if type(target.does) is Assign:
                    following = self._past_idle_steps(following, next_state)
                elif type(target.does) is ErrorExit:
                    next_state = next_state.at_error_exit()
                overwritten_at = -1
                if trail is not None:
                    overwritten_at = next_state.flags.overwritten_at
                    if overwritten_at >= 0:
                        next_state = next_state.flagged(overwritten_at=-1)
                    if next_state.flags.threads:
                        self.collected.undecided = True
                number = next_state.number
                if number < 0:
                    number = next_state.number = numbers.setdefault(next_state.key, len(numbers))
                next_point = number * count + following
                if trail is not None:
                    trail.edges.append(Edge(point, next_point, node, exceptional, overwritten_at))
                if next_point not in seen:
                    if next_state.flags.excused and trail is None:
                        if self._adds_nothing(following, next_state):
                            continue
                        work.appendleft((following, next_state, next_point))
                    else:
                        work.append((following, next_state, next_point))
                    seen[next_point] = (point, exceptional)
                    more += len(next_state.environment) // _FACTS_FOR_A_STATE
            if len(seen) + more > budget:
                self.collected.undecided = True
            if self.collected.undecided:
                break
        self.summaries.spend(len(seen) + more)

    def _point(self, index: int, state: State) -> int:
        """The program point of a step and a state."""
        if state.number < 0:
            state.number = self._numbers.setdefault(state.key, len(self._numbers))
        return state.number * len(self.graph.nodes) + index

    def _adds_nothing(self, index: int, state: State) -> bool:
        """Whether a path of which nothing is claimed shows nothing that others do not show.

        The connection is lost and no caller goes on, or another path came here that knows the same.
        """
        if state.lost and self.opened_at >= 0 and not (state.threads or self.graph.rebound):
            return True
        number = self._numbers.get(state.key_of_claimed)
        return number is not None and number * len(self.graph.nodes) + index in self._came_from

    def _past_idle_steps(self, index: int, state: State) -> int:
        """Skip the steps that change nothing for this state, up to where paths meet."""
        nodes, environment, asked_about = self.graph.nodes, state.environment, self.graph.asked_about
        while True:
            node = nodes[index]
            does = node.does
            if not isinstance(does, Assign) or len(node.next) != 1 or does.value is not UNKNOWN:
                return index
            if does.target in asked_about or concerns(environment, does.target):
                return index
            index = node.next[0]

    # What all steps are made of

    def normal(self, node: Node, state: State) -> list[Successor]:
        """Go on after a step that did not raise."""
        following = node.next
        if len(following) == 1:
            return [(following[0], state)]
        return [(target, state) for target in following]

    def error(self, node: Node, state: State, raised: Raised = ANY_EXCEPTION) -> Successor:
        """Go on after a step that raised."""
        depth = node.error_depth
        return node.error, state.with_pending((*state.pending[:depth], raised) if depth else (raised,))

    def both(self, node: Node, state: State, after_error: State | None = None) -> list[Successor]:
        """Go on after a step that may raise."""
        if node.safe or (node.asks is not None and was_asked(node.asks, state.environment)):
            return self.normal(node, state)
        successors = self.normal(node, state)
        successors.append(self.error(node, after_error or state))
        return successors

    def after_raising(self, node: Node, state: State, raised: Raised) -> Successor:
        """Where a path begins that is followed from what a step has raised."""
        following, after = self.error(node, state, raised)
        self._raised_by[self._point(following, after)] = node
        return following, after

    def given(self, node: Node) -> list[Successor]:
        """The connection is no longer ours to judge: the path ends."""
        self.collected.note(Effect.GIVEN, node.syntax)
        return []

    def closed(self, node: Node) -> list[Successor]:
        """The connection is closed: the path has nothing more to tell."""
        self.collected.note(Effect.CLOSED, node.syntax)
        self.collected.closes.add(node.syntax)
        return []

    def has_connection(self, state: State) -> bool:
        """Whether a path follows a connection that is open, be it one that nothing reaches any more."""
        opened_here = self.opened_at >= 0 or self._trail is not None
        return not self.watched and (opened_here or not state.lost)

    def closed_by_peer(self, state: State) -> State:
        """The state after the path has learned that the peer closed the connection: nothing is left to close."""
        self.collected.closed_by_peer = True
        return state.flagged(excused=True)

    def waited(self, state: State, phase: int = Phase.WAITED) -> State:
        """The state after something that may have waited for a thread, or after a turn of a loop."""
        if not state.threads:
            return state
        return state.with_threads(
            tuple((step, max(known, phase) if known in Phase.RUNNING else known) for step, known in state.threads)
        )

    def matters(self, place: Tracked) -> bool:
        """Whether it is worth remembering what is known of something when it does not hold the connection."""
        tests = self.graph.tests.get(place, 0)
        if isinstance(place, Place) and place.is_temporary:
            asked = tests > 0 and place not in self.graph.not_told_apart
            return asked or isinstance(place.root, Returned) or place in self.graph.containers
        if tests > 1 or ((tests == 1 or place in self.graph.counted) and place in self.graph.assigned):
            return True
        return isinstance(place, Place) and (place in self.graph.containers or place in self.graph.rebound)

    def bound(self, environment: Environment, place: Tracked | None, value: AbstractValue) -> Environment:
        """The environment with a place bound, and without what was known of the object that was there.

        Unchanged for a result that goes nowhere.
        """
        if place is None:
            return environment
        changed = dict(environment)
        if isinstance(place, Place):
            for known in [known for known in environment if known.depends_on(place)]:
                del changed[known]
        held = holds(value)
        if len(changed) > _MOST_VARIABLES and (held or value in LASTING):
            self.collected.undecided = True
        elif held:
            if isinstance(place, Place):
                self.collected.held_in.add(place)
            changed[place] = value
        elif value in LASTING or (value is not ValueKind.UNKNOWN and self.matters(place)):
            changed[place] = value
        return changed

    def without_answers(self, state: State, place: Place, asking: Tracked | None = None) -> State:
        """The state without the answers that a change of the object in a place may have changed.

        ``asking`` is the question that is being asked: to ask is no change.
        """
        if not (self.graph.questions or place in self.graph.related):
            return state
        environment = state.environment
        kept = {known: value for known, value in environment.items() if known == asking or not may_change(known, place)}
        return state if len(kept) == len(state.environment) else state.with_environment(kept)

    def unless_lost(self, state: State, overwritten_at: int = -1) -> State:
        """The state after a change of variables: lost, when none of them holds the connection any more."""
        if state.lost or state.unopened or any(holds(value) for value in state.environment.values()):
            return state
        return state.flagged(lost=True, overwritten_at=-1 if state.late or state.excused else overwritten_at)

    def still_live(self, index: int, state: State) -> State:
        """The state without what no later step asks about."""
        if self._live is None:
            self._live = self.summaries.live_places(self.graph)
        environment = self._live.of(index, state.environment)
        return state if environment is state.environment else state.with_environment(environment)

    def shared(self, operands: Iterable[Operand], state: State) -> State:
        """The state after others got hold of containers: what is put into them later is given away."""
        containers = self.graph.containers
        # who has jobs.append has the list, too
        handed = [whole for place in wholes(operands) for whole in (place, place.base or place)] if containers else []
        places = [place for place in dict.fromkeys(handed) if place in containers]
        if not places:
            return state
        for place in places:
            state = self.without_answers(state, place)
        environment = dict(state.environment)
        for place in places:
            if not holds(environment.get(place, ValueKind.UNKNOWN)):
                environment[place] = ValueKind.SHARED
        return state.with_environment(environment)

    def end(self, ends: Sequence[End], normal: bool) -> None:
        """Note how the path ends that is followed now, with the step by which it leaves."""
        if self._trail is not None:
            (self._trail.normal_ends if normal else self._trail.error_ends)[self.at] = tuple(ends)
            return
        witness = witness_before(self.graph, self._came_from, self.at, None if normal else self._raised_by)
        for end in ends:
            self.collected.note_end(end, witness)
