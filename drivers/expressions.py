"""Regular expressions of profiles: checked when a profile is loaded, and tried on bounded texts only."""

import re
from functools import lru_cache

LONGEST_TEXT = 1000
"""Characters of a device's words that an expression is tried on: one that is written badly takes long on more."""


def checked(expression: str, *, groups: int = 0) -> str:
    """The expression itself, if it is one.

    Raises:
        ValueError: it is none, or has fewer groups than are needed.
    """
    if expression:
        try:
            compiled = re.compile(expression)
        except re.error as error:
            raise ValueError(f"a regular expression: {error}") from error
        if compiled.groups < groups:
            raise ValueError(f"a regular expression with {groups} group(s) in parentheses")
    return expression


def fits(expression: str, text: str) -> bool:
    """Whether it matches anywhere in a text."""
    return _compiled(expression).search(text[:LONGEST_TEXT]) is not None


def group(expression: str, text: str) -> str | None:
    """What its first group matches in a text; None where it does not match."""
    found = _compiled(expression).search(text[:LONGEST_TEXT])
    return found.group(1) if found else None


@lru_cache(maxsize=1000)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)
