"""What an MQTT profile says: which topics mean what, and where in JSON, text or bytes each value stands."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from city.measurements import Fact, Metric
from city.sections import Section
from drivers.mqtt.envelope import Envelope, filled, shipped_envelopes
from drivers.mqtt.frames import Frame
from drivers.mqtt.spoken import LampMessage, StatusMessage
from drivers.mqtt.topics import check_pattern, topic_filter
from drivers.profile import Profile

What = Literal["order", "resume", "report"]
"""What a lamp can be told."""
PARTS = ("order", "level", "until", "reason", "switch")
"""What a downlink may be filled with; ``switch`` is OFF for level 0, else ON."""


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
    one_way: bool = False
    """Whether its bytes hold more than is told of them, so that they cannot be written from that."""


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
    def read_frames(self) -> tuple[Frame, ...]:
        """The layouts of what devices send."""
        return tuple(each for each in self.frame if each.goes != "down")

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
