"""MQTT messages to readings, and orders to payloads: pure, and never an exception for what a device may send."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal

from city.measurements import DeviceKind, Fact, Metric, Reading
from drivers.mqtt.limits import read_limits
from drivers.mqtt.profile import Downlink, LampMessage, MqttProfile, StatusMessage, match_topic
from drivers.units import scaled
from lighting.limits import LampLimits

LARGEST_PAYLOAD = 64 * 1024
"""Bytes; anything longer is refused unread."""
LONGEST_INTEGER = 20
"""Digits, as many as 64 bits need; anything longer is refused."""
LONGEST_TEXT = 200
"""Characters kept of a device's own words."""
SANE_CLOCK_S = 300.0
"""A device whose clock is further than this from ours is given our time."""


TimeSource = Literal["device", "gateway", "server", "receipt"]
"""Whose clock dated a reading: its device's, the gateway's that heard it, the network server's, or ours."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a device is reached: what its uplinks have told of it, and a downlink needs."""

    device: str
    """As the network knows it: a DevEUI in upper-case hexadecimal, or a lamp's id."""
    names: Mapping[str, str]
    """What stood at the named levels of the topic: ``gateway``, ``lamp``, ``application``, ``device`` …"""
    envelope: str = ""
    """Which of the profile's envelopes its messages come in; none for plain payloads."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message says."""

    gateway: str = ""
    """Who brought it: of several gateways that heard a radio message, the one that heard it best."""
    readings: tuple[Reading, ...] = ()
    """What was measured first, then one reading for each event: an event has ``Fact.EVENT``, and only that is news."""
    online: bool | None = None
    """The gateway's own state, where the message is about that."""
    limits: LampLimits | None = None
    """What the controllers behind it can, where it announces that."""
    refused: tuple[str, ...] = ()
    """Why nothing, or not everything, of it could be used; a bounded set of texts, fit for counting."""
    warnings: tuple[str, ...] = ()
    """What the device complains of, by the profile's names: ``dali_connection_error``; a bounded set of texts."""
    counter: str = ""
    """The same for every copy of one uplink of this device, and for no other (of one session of it, at least)."""
    time_from: TimeSource = "receipt"
    """Whose clock dated the readings."""
    route: Route | None = None
    """Where a downlink to the device that spoke goes."""

    @property
    def reading(self) -> Reading | None:
        """The first reading: what was measured, or the only event."""
        return self.readings[0] if self.readings else None


class _Nonsense(ValueError):
    """The payload is not JSON that we take."""


def decode(profile: MqttProfile, topic: str, payload: bytes, *, retained: bool, now: datetime) -> Heard:
    """What a message says.

    Args:
        profile: which topics and keys mean what.
        topic: the message's own.
        payload: its bytes.
        retained: whether the broker kept it from before: then it may be of any age, and only a status is taken.
        now: our time, UTC.
    """
    for message in (profile.telemetry, profile.event):
        if message is not None and (named := match_topic(message.topic, topic)) is not None:
            if retained:
                return Heard(named["gateway"], refused=("retained",))
            return _from_lamp(message, named, payload, now)
    if profile.status is not None and (named := match_topic(profile.status.topic, topic)) is not None:
        return _from_gateway(profile.status, named["gateway"], payload)
    return Heard(refused=("unknown topic",))


def _from_lamp(message: LampMessage, named: Mapping[str, str], payload: bytes, now: datetime) -> Heard:
    gateway = named["gateway"]
    try:
        document = parse(payload)
    except _Nonsense as error:
        return Heard(gateway, refused=(str(error),))
    refused: list[str] = []
    values: dict[Metric, float] = {}
    for value in message.values:
        number = _at(document, value.keys)
        if isinstance(number, int | float) and not isinstance(number, bool):
            values[value.metric] = scaled(number, value.factor)
        elif number is not None:
            refused.append(f"{value.path}: not a number")
    facts: dict[Fact, str] = {}
    for word in message.facts:
        text = _at(document, word.keys)
        if isinstance(text, str):
            facts[word.fact] = _clean(text)
        elif text is not None:
            refused.append(f"{word.path}: not a text")
    if not values and not facts:
        return Heard(gateway, refused=(*refused, "nothing that the profile knows"))
    at, time_from = _sane_time(_at(document, tuple(message.time.split("."))), now)
    reading = Reading(named["lamp"], DeviceKind.LAMP, at, values, facts)
    return Heard(gateway, (reading,), refused=tuple(refused), time_from=time_from)


def _from_gateway(status: StatusMessage, gateway: str, payload: bytes) -> Heard:
    try:
        document = parse(payload)
    except _Nonsense as error:
        return Heard(gateway, refused=(str(error),))
    state = _at(document, tuple(status.path.split(".")))
    if not isinstance(state, str) or state not in {status.online, status.offline}:
        return Heard(gateway, refused=(f"{status.path}: neither {status.online} nor {status.offline}",))
    announced = _at(document, tuple(status.limits.split("."))) if status.limits else None
    limits, refused = read_limits(announced)
    return Heard(gateway, online=state == status.online, limits=limits, refused=refused)


def parse(payload: bytes) -> dict[str, Any]:
    """A payload as a JSON object.

    Raises:
        ValueError: it is too long, not UTF-8, not JSON, not an object, nested too deeply, or holds NaN, infinity,
            an integer beyond 64 bits or a key twice; the message is one of a few fixed texts.
    """
    if len(payload) > LARGEST_PAYLOAD:
        raise _Nonsense("longer than 64 kB")
    try:
        document = _DECODER.decode(payload.decode("utf-8"))
    except UnicodeDecodeError:
        raise _Nonsense("not UTF-8") from None
    except RecursionError:
        raise _Nonsense("nested too deeply") from None
    except json.JSONDecodeError:
        raise _Nonsense("not JSON") from None
    if not isinstance(document, dict):
        raise _Nonsense("not a JSON object")
    return document


def _no_constant(_: str) -> float:
    raise _Nonsense("NaN or infinity")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _no_constant(digits)


def _bounded(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise _Nonsense("an integer beyond 64 bits")
    return int(digits)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise _Nonsense("a key twice")
    return document


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_bounded, parse_constant=_no_constant
)


def _at(document: object, keys: Sequence[str]) -> object:
    """What stands at a path, or None."""
    for key in keys:
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def _sane_time(stamp: object, now: datetime) -> tuple[datetime, TimeSource]:
    """The device's own time where it is near ours, else ours."""
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return now, "receipt"
    if abs(stamp - now.timestamp()) > SANE_CLOCK_S:
        return now, "receipt"
    return datetime.fromtimestamp(stamp, UTC), "device"


def _clean(text: str) -> str:
    """A device's words without control characters or halves of characters, cut to a bearable length."""
    text = text[:LONGEST_TEXT]
    return text if text.isprintable() else "".join(character for character in text if character.isprintable())


def address(pattern: str, gateway: str, lamp: str) -> str:
    """The topic of one lamp controller."""
    return pattern.replace("{gateway}", gateway).replace("{lamp}", lamp)


def encode(downlink: Downlink, parts: Mapping[str, object]) -> bytes:
    """The payload of an order.

    Args:
        downlink: which key holds which part.
        parts: the parts by name: ``order``, ``level``, ``until``, ``reason``.
    """
    document = {key: parts[part] for key, part in downlink.keys.items()} | dict(downlink.constants)
    return encode_document(document)


def encode_document(document: Mapping[str, object]) -> bytes:
    """A JSON object as bytes."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
