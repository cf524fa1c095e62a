"""Reads a version or a PEP 440 specifier set as the set of releases that it admits.

The one module that imports packaging, and with nothing that packaging 22 lacks: an editor may run flake8 with a
packaging of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flake8_wsthreads.target.releases import RELEASES, parse_release, release_numbers
from flake8_wsthreads.target.target import Target, TargetError

NEWEST = RELEASES[-1]


def read_specifier(text: str) -> Target:
    """The releases that the text admits.

    - ``12.0`` (or ``12``) is exactly that release. A pre-release, a post-release or a local version of a release counts
      as the release itself.
    - ``>=12,<14`` is every release in that set; an empty set is every release.
    - What is newer than the newest release in ``RELEASES`` counts as that newest one.

    Raises ``TargetError`` when the text is neither, and when it admits no release.
    """
    text = text.strip()
    try:
        releases = _releases_of_version(text) if text[:1].isalnum() else _releases_in_set(text)
    except ValueError:
        # packaging's errors are ValueErrors, and so is an integer with more digits than int() takes.
        raise TargetError(f"{text!r} is neither a version such as 13.0 nor a set such as >=13.0,<16") from None
    if not releases:
        raise TargetError(
            f"{text!r} admits no release of websockets that has the synchronous client ({RELEASES[0]} to {NEWEST})"
        )
    return Target(releases)


def read_alternatives(text: str) -> Target:
    """The releases that one or another of several specifier sets admits, with ``||`` between them: ``==12.0||>=14``.

    Raises ``TargetError`` when one of them cannot be read, and when they admit no release.
    """
    releases: set[str] = set()
    for alternative in text.split("||"):
        try:
            releases |= _releases_in_set(alternative.strip())
        except ValueError:
            raise TargetError(f"{alternative!r} is no specifier set") from None
    if not releases:
        raise TargetError(f"{text!r} admits no release of websockets that has the synchronous client")
    return Target(frozenset(releases))


def _releases_of_version(text: str) -> frozenset[str]:
    return frozenset(_counts_as(Version(text)))


def _releases_in_set(text: str) -> frozenset[str]:
    specifiers = SpecifierSet(text)
    known = frozenset(release for release in RELEASES if specifiers.contains(release))
    if known:
        return known
    # ">=18" and "==13.0rc1" admit none of the table, but a version that counts as one of it.
    return frozenset(
        release
        for version in _versions_named_by(specifiers)
        if specifiers.contains(version, prereleases=True)
        for release in _counts_as(version)
    )


def _versions_named_by(specifiers: SpecifierSet) -> Iterator[Version]:
    """Each version that the set names, and one just above it, which is what ``>18`` asks for."""
    for specifier in specifiers:
        named = specifier.version.removesuffix(".*")
        yield Version(named)
        yield Version(f"{Version(named).base_version}.1")


def _counts_as(version: Version) -> Iterator[str]:
    """The release in the table that the version stands for, if there is one."""
    numbers = release_numbers(version.release)
    if numbers > parse_release(NEWEST):
        yield NEWEST
    yield from (release for release in RELEASES if parse_release(release) == numbers)
