"""What an MQTT profile says: which topics mean what, and where in the JSON each value stands."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Self

from pydantic import Field, field_validator, model_validator

from city.measurements import Fact, Metric
from city.sections import Section
from drivers.profile import Profile
from drivers.units import exact, factor

PLACES = frozenset({"{gateway}", "{lamp}"})
"""The levels of a topic that name a device."""


def topic_filter(pattern: str) -> str:
    """What to subscribe to in order to hear every topic of a pattern."""
    return "/".join("+" if level in PLACES else level for level in pattern.split("/"))


def match_topic(pattern: str, topic: str) -> dict[str, str] | None:
    """The devices that a topic names (``gateway``, ``lamp``), or None where the pattern is not its own."""
    levels, wanted = topic.split("/"), pattern.split("/")
    if len(levels) != len(wanted):
        return None
    named: dict[str, str] = {}
    for level, want in zip(levels, wanted, strict=True):
        if want in PLACES:
            named[want[1:-1]] = level
        elif level != want:
            return None
    return named


class _Topic(Section):
    topic: str
    """Its levels, with ``{gateway}`` and ``{lamp}`` in the place of identifiers."""

    @field_validator("topic")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        levels = value.split("/")
        if "{gateway}" not in levels or any(
            set(level) & set("{}+#") and level not in PLACES for level in levels
        ):
            raise ValueError("a topic with {gateway}, and {lamp}, each as a whole level, without + or #")
        return value


class Value(Section):
    """One number of a message."""

    metric: Metric
    path: str = Field(min_length=1)
    """Keys from the outside in, joined by dots; numbers for places in a list."""
    unit: str = ""
    scale: float = 1.0
    """What one step is, in ``unit``."""

    @model_validator(mode="after")
    def _has_its_unit(self) -> Self:
        factor(self.unit, self.metric)
        return self

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The path, key by key."""
        return tuple(self.path.split("."))

    @cached_property
    def factor(self) -> Fraction:
        """By what the number is multiplied to be one of its metric."""
        return exact(self.scale) * factor(self.unit, self.metric)


class Word(Section):
    """One text of a message; null means that there is none."""

    fact: Fact
    path: str = Field(min_length=1)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The path, key by key."""
        return tuple(self.path.split("."))


class LampMessage(_Topic):
    """What a lamp controller says: what it measured, or what has happened."""

    time: str = ""
    """Path of its own time, s since 1970 UTC; without one, ours is taken."""
    values: tuple[Value, ...] = ()
    facts: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _names_the_lamp(self) -> Self:
        if "{lamp}" not in self.topic.split("/"):
            raise ValueError("a topic with {lamp}")
        if not self.values and not self.facts:
            raise ValueError("values or facts")
        return self


class StatusMessage(_Topic):
    """Whether a gateway is there; retained by the broker, its last will included."""

    path: str
    online: str
    offline: str
    limits: str = ""
    """Path of what the controllers behind it can hold and do; a gateway that announces nothing has none there."""


class Downlink(_Topic):
    """What is sent to a lamp controller."""

    keys: Mapping[str, str] = {}
    """JSON key: which part of the order stands there (``order``, ``level``, ``until``, ``reason``)."""
    constants: Mapping[str, bool | float | str] = {}


class Vector(Section):
    """A message and what it means; run by the test suite."""

    note: str
    topic: str
    payload: str
    retained: bool = False
    lamp: str | None = None
    values: Mapping[Metric, float] = {}
    facts: Mapping[Fact, str] = {}
    online: bool | None = None
    programmes: int | None = None
    """How many the controllers behind a gateway hold, where it announces their limits."""
    refused: str | None = None


class MqttProfile(Profile):
    """Lamp controllers that speak JSON over MQTT."""

    telemetry: LampMessage
    event: LampMessage | None = None
    status: StatusMessage | None = None
    order: Downlink | None = None
    resume: Downlink | None = None
    report: Downlink | None = None
    """Asks a controller to say at once what it measures; many have no such message."""
    programme: _Topic | None = None
    vector: tuple[Vector, ...] = ()

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        spoken = (self.telemetry, self.event, self.status)
        return tuple(topic_filter(message.topic) for message in spoken if message is not None)
