"""What an MQTT profile says: which topics mean what, and where in JSON, text or bytes each value stands."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from city.measurements import Fact, Metric
from city.sections import Section
from drivers.mqtt.envelope import Envelope, filled, shipped_envelopes
from drivers.mqtt.layout import Frame
from drivers.mqtt.topics import check_pattern, topic_filter
from drivers.profile import Profile
from drivers.units import exact, factor

What = Literal["order", "resume", "report"]
"""What a lamp can be told."""
PARTS = ("order", "level", "until", "reason", "switch")
"""What a downlink may be filled with; ``switch`` is OFF for level 0, else ON."""


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
        return tuple(
            (each.metric, each.path)
            for each in self.values
            if each.metric is not None and self._is_plain(each)
        )

    @cached_property
    def others(self) -> tuple[tuple[Metric, Value], ...]:
        """The other values that are stored."""
        return tuple(
            (each.metric, each)
            for each in self.values
            if each.metric is not None and not self._is_plain(each)
        )

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


class _ProgrammeTopic(Section):
    topic: str

    _is_pattern = field_validator("topic")(check_pattern)


class Downlink(Section):
    """What is sent to a lamp controller: JSON, or a frame of the profile's layout in the envelope that it answers."""

    topic: str = ""
    keys: Mapping[str, str] = {}
    """JSON key: which part of the order stands there (``order``, ``level``, ``until``, ``reason``, ``switch``)."""
    scales: Mapping[str, float] = {}
    """JSON key: by what its part is multiplied, and then made a whole number."""
    constants: Mapping[str, bool | float | str] = {}
    frame: str = ""
    """Name of a frame …"""
    values: Mapping[str, Any] = {}
    """… and what stands in it; ``$level`` and the other parts are filled in."""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if bool(self.topic) == bool(self.frame):
            raise ValueError("a topic, or a frame: one of the two")
        if self.topic:
            check_pattern(self.topic)
        unknown = set(self.keys.values()) - set(PARTS)
        if unknown or set(self.scales) - set(self.keys):
            raise ValueError(f"keys of {', '.join(PARTS)}, and scales of those keys")
        try:
            filled(self.values, dict.fromkeys(PARTS))
        except KeyError as error:
            raise ValueError(f"values with ${', $'.join(PARTS)}, not ${error.args[0]}") from None
        return self


class Vector(Section):
    """A message and what it means; run by the test suite."""

    note: str
    topic: str = ""
    payload: str = ""
    port: int = 0
    """Of bytes that come in no envelope."""
    hex: str = ""
    retained: bool = False
    lamp: str | None = None
    values: Mapping[Metric, float] = {}
    facts: Mapping[Fact, str] = {}
    event: str | None = None
    """What happens besides, or instead."""
    fields: Mapping[str, float | str | bool] = {}
    """Some of what it says, by the names of the layout."""
    warnings: tuple[str, ...] = ()
    online: bool | None = None
    programmes: int | None = None
    """How many the controllers behind a gateway hold, where it announces their limits."""
    refused: str | None = None


class MqttProfile(Profile):
    """Lamp controllers that speak over MQTT: JSON or text of their own, or bytes in a network server's envelope."""

    telemetry: LampMessage | None = None
    event: LampMessage | None = None
    status: StatusMessage | None = None
    order: Downlink | None = None
    resume: Downlink | None = None
    report: Downlink | None = None
    """Asks a controller to say at once what it measures; many have no such message."""
    programme: _ProgrammeTopic | None = None
    envelopes: tuple[str, ...] = ()
    """Which network servers may bring its messages."""
    envelope: tuple[Envelope, ...] = ()
    """Envelopes of one's own."""
    part: Mapping[str, Mapping[str, Any]] = {}
    """Parts that several frames have: ``{ like = "address" }`` stands for one of them."""
    frame: tuple[Frame, ...] = ()
    """Layouts of its bytes."""
    sources: Mapping[str, Literal["programme", "override", "local", "boot"]] = {}
    """Why a lamp is at its level, in our words, by the beginning of the controller's own."""
    late_s: float = Field(300.0, gt=0)
    """How long whoever carries a message may hold it back: an older time is not believed."""
    override_ends: Literal["itself", "resume", "slot"] = "itself"
    """What ends an order: ``itself`` at its time, only a ``resume``, or the device's own next switch point."""
    vector: tuple[Vector, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _put_parts_in(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("part"), dict) and "frame" in data:
            return {**data, "frame": _with_parts(data["frame"], data["part"], 0)}
        return data

    @field_validator("envelopes")
    @classmethod
    def _exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = shipped_envelopes()
        if not known.keys() >= set(names):
            raise ValueError(f"envelopes of {', '.join(known)}")
        return names

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        enveloped = bool(self.envelopes or self.envelope)
        if self.telemetry is None and not self.frame:
            raise ValueError("telemetry, or frames")
        if enveloped == bool(self.telemetry and self.telemetry.topic) or (self.frame and not enveloped):
            raise ValueError("a topic for telemetry, or envelopes: one of the two")
        names = [frame.name for frame in self.frame]
        if len(set(names)) < len(names):
            raise ValueError("frames with a name each")
        for downlink in (self.order, self.resume, self.report):
            if downlink is not None and downlink.frame and downlink.frame not in names:
                raise ValueError(f"a downlink's frame of {', '.join(names) or 'those that the profile has'}")
        return self

    @cached_property
    def spoken(self) -> tuple[LampMessage, ...]:
        """What lamps say under topics of the profile's own."""
        return tuple(each for each in (self.telemetry, self.event) if each is not None and each.topic)

    @cached_property
    def opened(self) -> tuple[Envelope, ...]:
        """The envelopes that its messages may come in."""
        return (*self.envelope, *(shipped_envelopes()[name] for name in self.envelopes))

    @cached_property
    def late(self) -> timedelta:
        """How long whoever carries a message may hold it back."""
        return timedelta(seconds=self.late_s)

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        topics = [each.topic for each in (*self.spoken, self.status, *self.opened) if each is not None]
        return tuple(dict.fromkeys(topic_filter(topic) for topic in topics))

    def takes(self, what: What) -> bool:
        """Whether its lamps can be told this."""
        return getattr(self, what) is not None


MOST_WITHIN = 8
"""Parts within parts; a profile that needs more has one within itself."""


def _with_parts(value: Any, parts: Mapping[str, Any], depth: int) -> Any:
    """The same with each ``like`` replaced by the part of that name; what stands beside it goes before.

    Raises:
        ValueError: there is no such part, or it is within itself.
    """
    if isinstance(value, list):
        return [_with_parts(each, parts, depth) for each in value]
    if not isinstance(value, dict):
        return value
    if "like" in value:
        part = parts.get(value["like"]) if isinstance(value["like"], str) else None
        if not isinstance(part, dict) or depth > MOST_WITHIN:
            raise ValueError(f"a part of {', '.join(parts)}, not within itself; got {value['like']!r}")
        beside = {key: each for key, each in value.items() if key != "like"}
        return _with_parts({**part, **beside}, parts, depth + 1)
    return {key: _with_parts(each, parts, depth) for key, each in value.items()}
