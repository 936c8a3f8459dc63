"""MQTT messages to readings: pure, and never an exception for what a device may send."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from city.measurements import DeviceKind, Reading
from drivers.mqtt.envelope import canonical
from drivers.mqtt.heard import Heard, Message, Route
from drivers.mqtt.json_payload import LARGEST_PAYLOAD, Nonsense, at, parse
from drivers.mqtt.limits import read_limits
from drivers.mqtt.orders import address, compose, encode, encode_document
from drivers.mqtt.picking import pick
from drivers.mqtt.profile import MqttProfile
from drivers.mqtt.spoken import LampMessage, StatusMessage
from drivers.mqtt.text_payload import read_text
from drivers.mqtt.times import Dated, date, instant
from drivers.mqtt.topics import gateway_of, match_topic
from drivers.mqtt.uplinks import CLOCK_INVALID, take

__all__ = [
    "LARGEST_PAYLOAD",
    "UNKNOWN_TOPIC",
    "Heard",
    "Message",
    "Route",
    "address",
    "canonical",
    "compose",
    "decode",
    "encode",
    "encode_document",
    "parse",
]

_LAMP = DeviceKind.LAMP  # on Python 3.11 looking up a member of an enumeration is slow
UNKNOWN_TOPIC = ("unknown topic",)
"""What is refused of a message that none of the profile's topics has: another profile may know it."""


def decode(
    profile: MqttProfile,
    topic: str,
    payload: bytes,
    *,
    retained: bool,
    now: datetime,
    late: timedelta | None = None,
) -> Heard:
    """What a message says.

    Args:
        profile: which topics and keys mean what.
        topic: the message's own.
        payload: its bytes.
        retained: whether the broker kept it from before: then it may be of any age, and only a status is taken.
        now: our time, UTC.
        late: how old a time may be to be believed; what the profile says, unless given.
    """
    late = late or profile.late
    for message in profile.spoken:
        named = match_topic(message.topic, topic)
        if named is not None and topic not in message.ignore:
            if retained:
                return Heard(gateway_of(message.topic, named), refused=("retained",))
            return _from_lamp(message, named, payload, now, late)
    status = profile.status
    if status is not None and (named := match_topic(status.topic, topic)) is not None:
        return _from_gateway(status, gateway_of(status.topic, named), payload)
    for envelope in profile.opened:
        if (named := match_topic(envelope.topic, topic)) is not None:
            return Heard(refused=("retained",)) if retained else take(profile, named, payload, now, late)
    return Heard(refused=UNKNOWN_TOPIC)


def _from_lamp(
    message: LampMessage, named: Mapping[str, str], payload: bytes, now: datetime, late: timedelta
) -> Heard:
    gateway, lamp = gateway_of(message.topic, named), named["lamp"]
    try:
        document: Any = parse(payload) if message.form == "json" else read_text(payload, message.separator)
    except Nonsense as error:
        return Heard(gateway, refused=(str(error),))
    if message.lamp and at(document, message.lamp.split(".")) != lamp:
        return Heard(gateway, refused=(f"{message.lamp}: not the lamp of the topic",))
    values, facts, refused = pick(message, document)
    if not values and not facts:
        return Heard(gateway, refused=(*refused, "nothing that the profile knows"))
    dated = _dated(message, document, now, late)
    readings: tuple[Reading, ...] = (Reading(lamp, _LAMP, dated.at, values, facts),)
    if dated.doubted:
        readings = (*readings, Reading(lamp, _LAMP, dated.at, {}, CLOCK_INVALID))
    # By position: this is built for every message of a city.
    return Heard(gateway, readings, None, None, refused, (), "", dated.time_from, Route(lamp, named))


def _dated(message: LampMessage, document: Any, now: datetime, late: timedelta) -> Dated:
    stamp = at(document, message.time_keys) if message.time_keys else None
    if stamp is None:
        return Dated(now, "receipt", doubted=False)
    return date(instant(stamp, unit_s=message.time_unit_s), (), None, now, late, said=True)


def _from_gateway(status: StatusMessage, gateway: str, payload: bytes) -> Heard:
    try:
        document = parse(payload)
    except Nonsense as error:
        return Heard(gateway, refused=(str(error),))
    state = at(document, status.path.split("."))
    if not isinstance(state, str) or state not in {status.online, status.offline}:
        return Heard(gateway, refused=(f"{status.path}: neither {status.online} nor {status.offline}",))
    announced = at(document, status.limits.split(".")) if status.limits else None
    limits, refused = read_limits(announced)
    return Heard(gateway, online=state == status.online, limits=limits, refused=refused)
