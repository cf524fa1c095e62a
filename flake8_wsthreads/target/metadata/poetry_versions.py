"""Version constraints as Poetry writes them (``^13.1``, ``~13.1``, ``13.*``, ``^12 || ^14``) as PEP 440 specifier sets.

Source: Poetry's documentation, "Dependency specification".
"""

from __future__ import annotations

import re

_PART = re.compile(r"(\^|~=|~|===?|!=|>=|<=|>|<)?\s*([0-9][\w.!+*-]*|\*)")


def poetry_specifier(text: str) -> str:
    """The specifier set; alternatives with ``||`` between them. What cannot be read allows every release."""
    return "||".join(_together(alternative) for alternative in re.split(r"\s*\|\|?\s*", text))


def _together(text: str) -> str:
    """Constraints that all hold: with commas or spaces between them."""
    parts = []
    for operator, version in _PART.findall(text):
        if version != "*":
            parts.extend(_one(operator, version))
    return ",".join(parts)


def _one(operator: str, version: str) -> list[str]:
    if operator == "^":
        return [f">={version}", f"<{_next(version, _first_that_counts(version))}"]
    if operator == "~":
        return [f">={version}", f"<{_next(version, min(1, version.count('.')))}"]
    if not operator:
        return [f"=={version}"]
    return [f"{operator}{version}"]


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", re.split(r"[a-zA-Z+-]", version, maxsplit=1)[0])]


def _first_that_counts(version: str) -> int:
    """The position of the first number that is not zero: ``^0.3`` allows no 0.4."""
    numbers = _numbers(version)
    return next((position for position, number in enumerate(numbers) if number), len(numbers) - 1)


def _next(version: str, position: int) -> str:
    """The first version whose number at the position is another one."""
    numbers = _numbers(version)
    return ".".join(str(number) for number in (*numbers[:position], numbers[position] + 1))
