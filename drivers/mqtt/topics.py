"""Topics: patterns with named levels, what to subscribe to for them, and who a topic names."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

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


class _Pattern(NamedTuple):
    """A pattern, ready for many topics."""

    levels: tuple[str, ...]
    plain: tuple[tuple[int, str], ...]
    """Which level must be what; the last first, in which patterns differ most."""
    places: tuple[tuple[int, str], ...]
    """Which level names whom."""


@lru_cache(maxsize=1000)
def _read(pattern: str) -> _Pattern:
    levels = tuple(pattern.split("/"))
    plain = tuple((at, level) for at, level in enumerate(levels) if level not in PLACES)
    places = tuple((at, level[1:-1]) for at, level in enumerate(levels) if level in PLACES)
    return _Pattern(levels, plain[::-1], places)


def match_topic(pattern: str, topic: str) -> dict[str, str] | None:
    """Whom a topic names (``gateway``, ``lamp``, ``device``), or None where the pattern is not its own."""
    wanted, plain, places = _read(pattern)
    levels = topic.split("/")
    if len(levels) != len(wanted):
        return None
    for at, level in plain:
        if levels[at] != level:
            return None
    named = {}
    for at, place in places:
        named[place] = levels[at]
    return named


def gateway_of(pattern: str, named: Mapping[str, str]) -> str:
    """The gateway that a topic names; where it names none, its first level is the gateway of all."""
    gateway = named.get("gateway")
    if gateway is not None:
        return gateway
    first = pattern.partition("/")[0]
    return "" if first in PLACES else first


def fill(pattern: str, names: Mapping[str, str]) -> str:
    """The topic of somebody.

    Raises:
        ValueError: somebody whom the pattern names is not known, or cannot stand in a topic.
    """
    levels = list(_read(pattern).levels)
    for at, place in _read(pattern).places:
        levels[at] = names.get(place, "")
        if not levels[at] or set(levels[at]) & set("/+#\0"):
            raise ValueError(f"{pattern}: no {place} that can stand in a topic")
    return "/".join(levels)
