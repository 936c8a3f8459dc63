"""What lamps and gateways say in JSON or text of their own: where each value, fact and time stands."""

from fractions import Fraction
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from city.measurements import Fact, Metric
from city.sections import Section
from drivers.mqtt.topics import check_pattern
from drivers.units import exact, factor


class Value(Section):
    """One number of a message."""

    metric: Metric | None = None
    name: str = ""
    """What it is called where it is stored as nothing."""
    path: str = Field(min_length=1)
    """Keys from the outside in, joined by dots; numbers for places in a list."""
    unit: str = ""
    scale: float = 1.0
    """What one step is, in ``unit`` …"""
    divide: float = Field(1.0, gt=0)
    """… and by what it is divided, where that is simpler to say: 254 for a brightness whose most is 254."""
    zero_where: str = ""
    """Path of a text …"""
    zero_is: str = ""
    """… that says, where it is this, that the value is zero whatever else stands there: a lamp that is OFF."""
    zero_beside: str = ""
    """Path of a key that always comes with this one, for servers that leave out zeros: with it there and this one
    missing, the value is zero. Without this path a value that is missing is not known."""
    derived: bool = False
    """Not measured but computed by the device, in a way not known to be right: shown, never stored."""

    @model_validator(mode="after")
    def _has_its_unit(self) -> Self:
        if self.metric is not None:
            factor(self.unit, self.metric)
        if (self.metric is None) == (not self.name) or (self.derived and self.metric is not None):
            raise ValueError("a metric, or a name where it is not stored: one of the two")
        if bool(self.zero_where) != bool(self.zero_is):
            raise ValueError("zero_where with zero_is")
        return self

    @property
    def label(self) -> str:
        """What it is called where it is shown."""
        return self.name or (self.metric or "")

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The path, key by key."""
        return tuple(self.path.split("."))

    @cached_property
    def factor(self) -> Fraction:
        """By what the number is multiplied to be one of its metric (of its own unit, without a metric)."""
        step = exact(self.scale) / exact(self.divide)
        return step if self.metric is None else step * factor(self.unit, self.metric)

    @property
    def may_be_zero(self) -> bool:
        """Whether something else decides that it is zero."""
        return bool(self.zero_where or self.zero_beside)


class Word(Section):
    """One text of a message; null means that there is none."""

    fact: Fact
    path: str = Field(min_length=1)
    says: str = ""
    """What the fact is where ``true`` stands there; nothing is said for ``false``."""


class LampMessage(Section):
    """What a lamp controller says: what it measured, or what has happened."""

    topic: str = ""
    """Its levels, with ``{gateway}`` and ``{lamp}`` in the place of identifiers; the envelope's, where there is one."""
    form: Literal["json", "text"] = "json"
    """``text``: values side by side, which paths name by their place: 0 is the first."""
    separator: str = ";"
    lamp: str = ""
    """Path of the lamp's id, which must be the same as in the topic."""
    time: str = ""
    """Path of its own time; without one, ours is taken."""
    time_unit_s: float = 1.0
    """Seconds in one step of it, where it is a number of them since 1970 UTC."""
    values: tuple[Value, ...] = ()
    facts: tuple[Word, ...] = ()
    ignore: tuple[str, ...] = ()
    """Topics that this one's pattern has, and that are none of its."""

    @field_validator("topic")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        return check_pattern(value) if value else value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.topic and "{lamp}" not in self.topic.split("/"):
            raise ValueError("a topic with {lamp}")
        if not self.values and not self.facts:
            raise ValueError("values or facts")
        return self

    @cached_property
    def plain(self) -> tuple[tuple[Metric, str], ...]:
        """The values that are taken as they stand under one key: most of them, and the fastest to read."""
        plain = (each for each in self.values if self._is_plain(each))
        return tuple((each.metric, each.path) for each in plain if each.metric is not None)

    @cached_property
    def others(self) -> tuple[tuple[Metric, Value], ...]:
        """The other values that are stored."""
        others = (each for each in self.values if not self._is_plain(each))
        return tuple((each.metric, each) for each in others if each.metric is not None)

    @cached_property
    def words(self) -> tuple[tuple[Fact, str, tuple[str, ...], str], ...]:
        """The facts with their one key (empty where the path has several), their path, and what ``true`` says."""
        paths = ((each, tuple(each.path.split("."))) for each in self.facts)
        return tuple((each.fact, keys[0] if len(keys) == 1 else "", keys, each.says) for each, keys in paths)

    def _is_plain(self, value: Value) -> bool:
        return self.form == "json" and len(value.keys) == 1 and value.factor == 1 and not value.may_be_zero

    @cached_property
    def time_keys(self) -> tuple[str, ...]:
        """The path of the time, key by key."""
        return tuple(self.time.split(".")) if self.time else ()


class StatusMessage(Section):
    """Whether a gateway is there; retained by the broker, its last will included."""

    topic: str
    """With ``{gateway}``; where it has none, its first level is the gateway."""
    path: str
    online: str
    offline: str
    limits: str = ""
    """Path of what the controllers behind it can hold and do; a gateway that announces nothing has none there."""

    _is_pattern = field_validator("topic")(check_pattern)
