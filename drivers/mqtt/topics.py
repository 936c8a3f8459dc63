"""Topics: patterns with named levels, what to subscribe to for them, and who a topic names."""

from collections.abc import Mapping
from functools import lru_cache

PLACES = frozenset({"{gateway}", "{lamp}", "{application}", "{device}"})
"""The levels of a topic that name somebody."""


def check_pattern(pattern: str) -> str:
    """The pattern itself, if it is one.

    Raises:
        ValueError: a level is neither plain nor one of the places.
    """
    levels = pattern.split("/")
    if not pattern or any(set(level) & set("{}+#") and level not in PLACES for level in levels):
        raise ValueError(f"a topic with {', '.join(sorted(PLACES))} as whole levels, without + or #")
    return pattern


def topic_filter(pattern: str) -> str:
    """What to subscribe to in order to hear every topic of a pattern."""
    return "/".join("+" if level in PLACES else level for level in pattern.split("/"))


@lru_cache(maxsize=1000)
def _levels(pattern: str) -> tuple[tuple[str, str], ...]:
    """Level by level, what must stand there and whom it names; one of the two is empty."""
    return tuple(("", level[1:-1]) if level in PLACES else (level, "") for level in pattern.split("/"))


def match_topic(pattern: str, topic: str) -> dict[str, str] | None:
    """Whom a topic names (``gateway``, ``lamp``, ``device``), or None where the pattern is not its own."""
    levels, wanted = topic.split("/"), _levels(pattern)
    if len(levels) != len(wanted):
        return None
    named: dict[str, str] = {}
    for level, (plain, place) in zip(levels, wanted, strict=True):
        if place:
            named[place] = level
        elif level != plain:
            return None
    return named


def gateway_of(pattern: str, named: Mapping[str, str]) -> str:
    """The gateway that a topic names; where it names none, its first level is the gateway of all."""
    first = pattern.partition("/")[0]
    return named.get("gateway") or ("" if first in PLACES else first)


def fill(pattern: str, names: Mapping[str, str]) -> str:
    """The topic of somebody.

    Raises:
        ValueError: somebody whom the pattern names is not known, or cannot stand in a topic.
    """
    levels = []
    for plain, place in _levels(pattern):
        level = names.get(place, "") if place else plain
        if place and (not level or set(level) & set("/+#\0")):
            raise ValueError(f"{pattern}: no {place} that can stand in a topic")
        levels.append(level)
    return "/".join(levels)
