"""From a finding to a fix that is known to help: what a kind proposes is analysed before anybody gets to see it."""

from __future__ import annotations

import io
import tokenize
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flake8_wsthreads.check import OnFailure, Settings, check_file, examine, judge, parsed_text
from flake8_wsthreads.facts import Connection
from flake8_wsthreads.finding import Finding
from flake8_wsthreads.fixes.fix import Change, Fix, applied, edits_between, lines_of
from flake8_wsthreads.fixes.kinds import KINDS
from flake8_wsthreads.fixes.parsed import parse
from flake8_wsthreads.fixes.pin import require_first_good
from flake8_wsthreads.fixes.site import Site
from flake8_wsthreads.rules.requirements import findings_in_metadata
from flake8_wsthreads.target import Target

# More fixes than this no file needs; each removes a finding, so that there is an end in any case.
_MOST_FIXES = 1000

# Nor is the wish of a file with more faults than this answered in full at once: each look is an analysis.
_MOST_LOOKS = 300

_REQUIREMENT = "WST401"

Live = Callable[[str], Sequence[Finding]]
"""The findings in a text that no option and no comment suppresses."""


@dataclass(frozen=True)
class Mended:
    """A file after its fixes."""

    text: str
    done: tuple[tuple[Finding, Fix], ...]
    """What was mended, in this order. A finding has the place that it had when its turn came."""


class PythonFile:
    """A text of Python, ready to be asked for the fixes of its findings."""

    def __init__(self, text: str, settings: Settings, filename: str) -> None:
        self._text = text
        self._settings = settings
        self._filename = filename
        self._before, self._connections, self._target = _examined(text, settings, filename)
        self._codes_of: dict[str, Counter[str]] = {}
        """What was found in each text that was proposed: findings of one place often have the same fix."""
        self._parsed = parse(text) if self._before else None

    def fix_of(self, finding: Finding, unsafe: bool = True) -> Fix | None:
        r"""The best fix of a finding; None without one. ``unsafe`` admits those that are not safe, where no other is.

        A fix parses, has lost its finding, has no new one, and keeps every comment.
        """
        if finding not in self._before:
            return None
        best: Fix | None = None
        for change in self._proposals(finding):
            if (change.is_safe or (unsafe and best is None)) and self._helps(change.text, finding):
                best = Fix(edits_between(self._text, change.text), change.is_safe, change.does)
                if best.is_safe:
                    break
        return best

    def _proposals(self, finding: Finding) -> Iterator[Change]:
        """What the kinds of fixes propose; what one of them cannot read or write it has no proposal for."""
        if finding.code == _REQUIREMENT:
            yield from require_first_good(self._text, finding)
        kinds = KINDS.get(finding.code, ())
        site = self._site(finding) if kinds else None
        if site is None:
            return
        for kind in kinds:
            try:
                yield from kind(site)
            except RecursionError:
                continue

    def _site(self, finding: Finding) -> Site | None:
        """The opening that a finding stands at."""
        parsed = self._parsed
        connection = next((each for each in self._connections if each.location == finding.location), None)
        try:
            call = parsed.call_at(finding.location) if parsed is not None else None
        except RecursionError:
            return None
        if parsed is None or call is None or connection is None:
            return None
        return Site(parsed, call, connection, self._target)

    def _helps(self, text: str, finding: Finding) -> bool:
        if not _is_program(text, self._filename):
            return False
        # a requirement of a script stands in a comment, and is to change
        line = finding.location.line
        changing = line if lines_of(self._text)[line - 1].lstrip().startswith("#") else 0
        if _comments(text, changing) != _comments(self._text, changing):
            return False
        after = self._codes_of.get(text)
        if after is None:
            if len(self._codes_of) >= _MOST_LOOKS:
                return False
            after = Counter(other.code for other in _findings(text, self._settings, self._filename))
            self._codes_of[text] = after
        before = Counter(other.code for other in self._before)
        return after[finding.code] < before[finding.code] and not after - before


def mend(text: str, live: Live, settings: Settings, filename: str, unsafe: bool = False) -> Mended:
    r"""The text of a Python file with its live findings mended, one after the other, until none can be mended.

    ``text`` has ``\n`` at the ends of its lines. ``settings`` are those under which its findings were found; ``unsafe``
    asks for the fixes that are not safe, too.
    """
    done: list[tuple[Finding, Fix]] = []
    while len(done) < _MOST_FIXES:
        step = _next(text, live(text), settings, filename, unsafe)
        if step is None:
            break
        done.append(step)
        text = applied(text, step[1].edits)
    return Mended(text, tuple(done))


def mend_metadata(text: str, findings: Sequence[Finding], path: str, unsafe: bool = False) -> Mended:
    """The same for the live findings of a metadata file. No fix changes the place of one further up."""
    done: list[tuple[Finding, Fix]] = []
    for finding in sorted(findings, key=lambda finding: finding.location, reverse=True):
        fix = fix_of_metadata(text, finding, path, unsafe)
        if fix is not None:
            done.append((finding, fix))
            text = applied(text, fix.edits)
    return Mended(text, tuple(done))


def fix_of_metadata(text: str, finding: Finding, path: str, unsafe: bool = True) -> Fix | None:
    """The fix of a finding in a metadata file; None without one, and without a safe one where ``unsafe`` is not."""
    before = len(findings_in_metadata(path, text))
    for change in require_first_good(text, finding):
        if (change.is_safe or unsafe) and len(findings_in_metadata(path, change.text)) < before:
            return Fix(edits_between(text, change.text), change.is_safe, change.does)
    return None


def _next(
    text: str, findings: Sequence[Finding], settings: Settings, filename: str, unsafe: bool
) -> tuple[Finding, Fix] | None:
    if not any(finding.code in KINDS or finding.code == _REQUIREMENT for finding in findings):
        return None
    file = PythonFile(text, settings, filename)
    # the connection that was opened last is closed first: its block stands inside of the others
    for finding in sorted(findings, key=lambda finding: (-finding.location.line, -finding.location.column)):
        fix = file.fix_of(finding, unsafe)
        if fix is not None:
            return finding, fix
    return None


def _findings(text: str, settings: Settings, filename: str) -> list[Finding]:
    tree = parsed_text(text)
    return check_file(tree, lines_of(text), settings, filename) if tree is not None else []


def _may_be_entered(connection: Connection) -> bool:
    """Whether an object moves into a ``with`` block like a connection.

    It may not be closed already: to close an object twice may do harm, and its own method may do more than the block.
    """
    keeper = connection.kept_by
    return keeper is not None and keeper.is_manager and keeper.is_new and connection.paths.closed is None


def _examined(
    text: str, settings: Settings, filename: str
) -> tuple[list[Finding], tuple[Connection, ...], Target]:
    """The findings in a text, with what they come from: its connections, and the releases that its project allows."""
    tree = parsed_text(text)
    if tree is None:
        return [], (), settings.target
    try:
        model, target = examine(tree, lines_of(text), text, settings, filename)
        enterable = (each for each in model.objects if _may_be_entered(each))
        return judge(model, target, settings), (*model.connections, *enterable), target
    except Exception:
        # the crash net of ``check_file`` has said what there is to say, when the file was linted
        if settings.on_failure is OnFailure.RAISE:
            raise
        return [], (), settings.target


def _is_program(text: str, filename: str) -> bool:
    """Whether Python compiles it: a ``break`` outside of its loop parses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _comments(text: str, but_line: int) -> Counter[str]:
    """The comments of a text, those of one line left out; 0 is no line."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, tokenize.TokenError):
        return Counter()
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT and token.start[0] != but_line)
