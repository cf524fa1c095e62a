"""The analyses of one file, side by side: what every fact of the model is made from."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flake8_wsthreads.dataflow.left_on_objects import LeftOnObjects
from flake8_wsthreads.dataflow.opening_sites import OpeningSites
from flake8_wsthreads.dataflow.summaries import Summaries
from flake8_wsthreads.dataflow.transfer import interpret
from flake8_wsthreads.finding import Location
from flake8_wsthreads.names.alike import Alike
from flake8_wsthreads.names.evaluate import Names
from flake8_wsthreads.names.mentions import SourceIndex
from flake8_wsthreads.names.patches import may_replace_opener
from flake8_wsthreads.names.scopes import Scope
from flake8_wsthreads.ownership.bodies import Bodies
from flake8_wsthreads.ownership.owners import Owners
from flake8_wsthreads.threads.contexts import Contexts


@dataclass(frozen=True)
class FileAnalyses:
    """What the names, paths, threads and owners of one file can be asked."""

    names: Names
    source: SourceIndex
    summaries: Summaries
    sites: OpeningSites
    left_on_objects: LeftOnObjects
    contexts: Contexts
    owners: Owners
    alike: Alike
    bodies: Bodies
    may_replace_opener: bool
    """Whether anything in the file may replace the library's ``connect``."""

    def at(self, node: ast.AST | None) -> Location | None:
        """Where a syntax node stands."""
        return self.source.location(node) if node is not None else None


def analyses_of(
    names: Names, source: SourceIndex, openers: Mapping[Scope, Collection[Scope]], factories: frozenset[str]
) -> FileAnalyses:
    """The analyses of a file, ready to be asked: none of them does its work before."""
    contexts = Contexts(names, source)
    summaries = Summaries(names, source, openers, factories, contexts.off_main, interpret)
    sites = OpeningSites(summaries)
    return FileAnalyses(
        names=names,
        source=source,
        summaries=summaries,
        sites=sites,
        left_on_objects=LeftOnObjects(summaries, sites),
        contexts=contexts,
        owners=Owners(summaries),
        alike=Alike(names, source),
        bodies=Bodies(),
        may_replace_opener=may_replace_opener(source),
    )
