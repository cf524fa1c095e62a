"""What the analysis says about a program, held against what happened when it ran."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from flake8_wsthreads.analysis import build_model
from flake8_wsthreads.facts import Connection

from .execution import DEFAULT_SETTINGS, Discarded, Execution, Outcome, WrongProgram, execute
from .fakes import Site
from .laboratory import Settings

MOST_DEEP_RUNS = 6000
QUESTIONS = ("leaks_normally", "leaks_on_error")


SUBJECTS = ("subject", "run", "__init__")
"""The functions that the runs call."""


@dataclass(frozen=True)
class Disagreement:
    """One site about which the analysis and the execution say different things."""

    question: str
    """``leaks_normally`` or ``leaks_on_error``; ``undecided``, ``missing`` (no such connection) or ``crash``."""
    false_alarm: bool
    """The analysis sees a leak that no run shows."""
    site: Site
    shown: tuple[str, ...] = ()
    """The decisions of a run that leaks."""
    analysis: str = ""
    """What the analysis said."""

    @property
    def kind(self) -> tuple[str, bool]:
        """What makes two disagreements alike."""
        return self.question, self.false_alarm


@dataclass(frozen=True)
class Comparison:
    """The verdict about one program: how many sites agree, and the disagreements."""

    execution: Execution
    agreed: int
    disagreements: tuple[Disagreement, ...]


def compare(text: str, settings: Settings = DEFAULT_SETTINGS, most_runs: int = 3000) -> Comparison:
    """Run ``text`` and analyse it. Raises `Discarded` when the runs give no verdict."""
    execution = execute(text, settings, most_runs)
    try:
        model = build_model(ast.parse(text), text.splitlines(keepends=True))
    except Exception as error:  # noqa: BLE001 - any exception of the analysis is what this looks for
        crash = Disagreement("crash", False, Site(0, 0), analysis=f"{type(error).__name__}: {error}")
        return Comparison(execution, 0, (crash,))
    connections = {
        Site(each.location.line, each.location.column): each for each in model.connections if not each.borrowed
    }
    _look_deeper(text, settings, execution, connections)
    disagreements = []
    agreed = 0
    for site in sorted(execution.sites.keys() | connections.keys()):
        if site not in execution.sites and connections[site].function_name not in SUBJECTS:
            continue  # a helper that no run of the subject calls: the analysis judges each function by itself
        found = list(_disagreements(site, execution.sites.get(site, Outcome()), connections.get(site)))
        disagreements += found
        agreed += not found
    return Comparison(execution, agreed, tuple(disagreements))


def _disagreements(site: Site, outcome: Outcome, connection: Connection | None) -> list[Disagreement]:
    leaks = {"leaks_normally": outcome.leaks_normally, "leaks_on_error": outcome.leaks_on_error}
    if connection is None:
        # An opening that the analysis passes over is fine as long as nothing leaks there.
        return [Disagreement("missing", False, site, shown) for shown in leaks.values() if shown is not None][:1]
    if connection.paths.undecided:
        return [Disagreement("undecided", False, site, analysis="too many paths")]
    claimed = {"leaks_normally": connection.paths.leaks_normally, "leaks_on_error": connection.paths.leaks_on_error}
    return [
        Disagreement(
            question,
            claimed[question] is not None,
            site,
            leaks[question] or (),
            "no leak" if claimed[question] is None else f"leaks, seen on line {getattr(claimed[question], 'line', 0)}",
        )
        for question in QUESTIONS
        if (claimed[question] is not None) != (leaks[question] is not None)
    ]


def _look_deeper(text: str, settings: Settings, execution: Execution, connections: dict[Site, Connection]) -> None:
    """Where the analysis sees a leak that no run has shown, let loops iterate once more before calling it false."""

    def unseen(now: Execution) -> bool:
        return any(
            getattr(connection.paths, question) is not None
            and getattr(execution.sites.get(site, Outcome()), question) is None
            and getattr(now.sites.get(site, Outcome()), question) is None
            for site, connection in connections.items()
            for question in QUESTIONS
        )

    if not unseen(execution) or not any(word in text for word in ("for ", "while ")):
        return
    # a loop over a list that has grown in each turn of another one takes as many turns more
    more = max(1, text.count("pool.append(") * settings.most_iterations)
    deeper = replace(settings, most_iterations=settings.most_iterations + more)
    now = Execution()

    def enough(running: Execution) -> bool:
        nonlocal now
        now = running
        return not unseen(running)

    try:
        execute(text, deeper, MOST_DEEP_RUNS, enough)
    except WrongProgram:
        raise
    except Discarded:
        if unseen(now):
            raise  # the run that leaks may be one of those that were not made
    for site, outcome in now.sites.items():
        known = execution.sites.setdefault(site, Outcome())
        known.leaks_normally = known.leaks_normally or outcome.leaks_normally
        known.leaks_on_error = known.leaks_on_error or outcome.leaks_on_error
