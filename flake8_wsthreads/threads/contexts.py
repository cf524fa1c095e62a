"""Which threads run a function: followed through the calls of the file, up to where threads start."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from flake8_wsthreads.facts import Context
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import Reference, SourceIndex
from flake8_wsthreads.names.scopes import Scope, ScopeKind
from flake8_wsthreads.names.script import is_program
from flake8_wsthreads.threads.daemon_flags import DaemonFlag, DaemonFlags
from flake8_wsthreads.threads.edges import Edges
from flake8_wsthreads.threads.green import replaces_threads
from flake8_wsthreads.threads.references import Edge
from flake8_wsthreads.threads.start import Start, Starts
from flake8_wsthreads.threads.starts import may_start_something

# Whether the program runs a function with more functions above it than this is not told.
_MOST_CALLERS = 200


class Contexts:
    """Answers which threads run a function of one file."""

    def __init__(self, names: Names, source: SourceIndex) -> None:
        self._names = names
        self._source = source
        self._flags = DaemonFlags(names, source)
        self._finder = Edges(names, source, self._flags)
        self._edges: dict[Scope, list[Edge]] = {}
        self._contexts: dict[Scope, frozenset[Context]] = {}
        self._are_real: bool | None = None
        self._may_be_several: bool | None = None
        self._starts: dict[Scope, dict[int, tuple[Start, Scope]]] = {}
        self._leading: dict[Scope, Starts] = {}
        self._shared: dict[tuple[int, ...], Starts] = {}

    @property
    def are_real(self) -> bool:
        """Whether the threads of the file are the interpreter's own: rules about threads say nothing of others."""
        if self._are_real is None:
            self._are_real = not replaces_threads(self._names, self._source)
        return self._are_real

    @property
    def may_be_several(self) -> bool:
        """Whether the file may start any thread or process, as far as a quick look tells."""
        if self._may_be_several is None:
            self._may_be_several = may_start_something(self._source)
        return self._may_be_several

    def of(self, scope: Scope) -> frozenset[Context]:
        """The contexts of a function, lambda, class body or module; empty for code that nothing runs."""
        function = scope.running_function
        if function not in self._contexts:
            self._solve(function)
        contexts = self._contexts[function]
        return contexts if self.are_real or not contexts else frozenset({Context.UNKNOWN})

    def off_main(self, scope: Scope) -> bool:
        """Whether a function is known to run on other threads than the main one, and only there."""
        contexts = self.of(scope)
        return bool(contexts) and contexts <= {Context.DAEMON, Context.NON_DAEMON}

    def of_start(self, start: Start, starter: Scope) -> frozenset[Context]:
        """The contexts of the code that a start runs."""
        through = frozenset(self._through(start, starter, self.of(starter)))
        return through if self.are_real or not through else frozenset({Context.UNKNOWN})

    def edges(self, scope: Scope) -> list[Edge]:
        """All ways to reach a function that the file shows."""
        function = scope.running_function
        known = self._edges.get(function)
        if known is None:
            self._edges[function] = []  # a function that is reached only from itself is not reached
            known = self._edges[function] = self._finder.into(function)
        return known

    def callers(self, function: Scope) -> list[Scope]:
        """The functions that call this one on their own thread, each once."""
        calling = (edge.caller for edge in self.edges(function) if edge.start is None)
        callers = dict.fromkeys(caller.running_function for caller in calling if caller is not None)
        return [caller for caller in callers if caller is not function]

    def run_by_program(self, scope: Scope) -> bool:
        """Whether the file is a program, and calls of it lead from its top level to a function, threads included."""
        if not is_program(self._names):
            return False
        seen = {scope.running_function}
        pending = [scope.running_function]
        while pending:
            function = pending.pop()
            if function.kind is ScopeKind.MODULE:
                return True
            for edge in self.edges(function):
                caller = edge.caller.running_function if edge.caller is not None else None
                if caller is not None and caller not in seen and len(seen) < _MOST_CALLERS:
                    seen.add(caller)
                    pending.append(caller)
        return False

    def mentions(self, function: Scope) -> list[Reference]:
        """The places that mention a function or method, where the file does not show that another one is meant."""
        owner = function.method_of
        if owner is None:
            return self._source.references(function.name)
        return self._finder.mentions(function, owner)

    def starts_leading_to(self, scope: Scope) -> Starts:
        """The starts whose thread runs this function, directly or through calls, with the scopes that they stand in.

        All functions that the same starts lead to have one and the same tuple: a thousand subclasses that override a
        method of their base are asked about once, not once for each.
        """
        function = scope.running_function
        known = self._leading.get(function)
        if known is None:
            known = self._leading[function] = self._shared_starts(function)
        return known

    def starts_leading_to_any(self, scopes: Iterable[Scope]) -> Iterator[tuple[Start, Scope]]:
        """The starts that lead to one of these functions: those that lead to many of them once for all."""
        groups = {id(starts): starts for starts in map(self.starts_leading_to, scopes)}
        return itertools.chain.from_iterable(groups.values())

    def _shared_starts(self, function: Scope) -> Starts:
        if self.of(function) == {Context.MAIN}:
            return ()  # a start further up would show
        if function not in self._starts:
            self._solve_starts(function)
        starts = self._starts[function]
        return self._shared.setdefault(tuple(starts), tuple(starts.values()))

    def _solve_starts(self, function: Scope) -> None:
        """Find all callers of a function, then let the starts that lead to them flow down until nothing changes."""
        callers = {function: self.callers(function)}
        upstream = [function]
        for member in upstream:
            for caller in callers[member]:
                if caller not in callers and caller not in self._starts:
                    callers[caller] = self.callers(caller)
                    upstream.append(caller)
        for member in upstream:
            edges = self.edges(member)
            self._starts[member] = {
                id(edge.start): (edge.start, edge.caller)
                for edge in edges
                if edge.start is not None and edge.caller is not None
            }
        changed = True
        while changed:
            changed = False
            self._names.scopes.budget.spend(len(upstream))
            for member in reversed(upstream):
                known = self._starts[member]
                before = len(known)
                for caller in callers[member]:
                    known.update(self._starts[caller])
                changed = changed or len(known) != before

    def _solve(self, function: Scope) -> None:
        """Find everything upstream of a function, then let contexts flow down until nothing changes."""
        upstream: list[Scope] = [function]
        members = {function}
        for member in upstream:
            for edge in self.edges(member):
                if edge.caller is not None:
                    caller = edge.caller.running_function
                    if caller not in members and caller not in self._contexts:
                        members.add(caller)
                        upstream.append(caller)
        known: dict[Scope, set[Context]] = {member: set() for member in upstream}
        self._flow(upstream, known)
        # functions that only call each other: whoever imports the file may call them
        closed = [
            member
            for member in upstream
            if not known[member]
            and self.edges(member)
            and member.parent is not None
            and member.parent.function.kind not in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
        ]
        if closed:
            for member in closed:
                known[member].add(Context.MAIN)
            self._flow(upstream, known)
        for member in upstream:
            self._contexts[member] = frozenset(known[member])

    def _flow(self, upstream: list[Scope], known: dict[Scope, set[Context]]) -> None:
        changed = True
        while changed:
            changed = False
            self._names.scopes.budget.spend(len(upstream))
            for member in reversed(upstream):
                contexts = known[member]
                before = len(contexts)
                for edge in self.edges(member):
                    contexts |= self._edge_contexts(edge, known)
                changed = changed or len(contexts) != before

    def _edge_contexts(self, edge: Edge, known: dict[Scope, set[Context]]) -> set[Context]:
        if edge.fixed is not None or edge.caller is None:
            return {edge.fixed or Context.UNKNOWN}
        caller = edge.caller.running_function
        contexts = known.get(caller)
        from_caller = frozenset(contexts) if contexts is not None else self._contexts[caller]
        if edge.start is None:
            return set(from_caller)
        return self._through(edge.start, edge.caller, from_caller)

    def _through(self, start: Start, starter: Scope, contexts: frozenset[Context]) -> set[Context]:
        """The contexts on the other side of a start."""
        if start.runs_in is not None:
            return {start.runs_in} if contexts else set()
        daemon = self._flags.of_start(start, starter)
        if daemon is DaemonFlag.UNKNOWN:
            return {Context.UNKNOWN}
        if daemon is not DaemonFlag.INHERITED:
            return {Context.DAEMON if daemon is DaemonFlag.DAEMON else Context.NON_DAEMON} if contexts else set()
        inherited = {Context.MAIN: Context.NON_DAEMON, Context.CHILD_PROCESS: Context.NON_DAEMON}
        return {inherited.get(context, context) for context in contexts}
