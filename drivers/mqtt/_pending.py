"""Temporary: what the codec will give."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from city.errors import BadInput
from drivers.mqtt.codec import Route, address, encode
from drivers.mqtt.profile import MqttProfile

UNKNOWN_TOPIC = ("unknown topic",)


class Message(NamedTuple):
    topic: str
    payload: bytes


def canonical(text: str) -> str:
    plain = re.sub(r"[:.\- ]", "", text)
    return plain.upper() if re.fullmatch(r"[0-9A-Fa-f]{16}", plain) else text


def takes(profile: MqttProfile, what: str) -> bool:
    return getattr(profile, what) is not None


def compose(profile: MqttProfile, what: str, route: Route, parts: Mapping[str, object]) -> Message:
    downlink = getattr(profile, what)
    if downlink is None:
        raise BadInput(f"{route.device}: {profile.name} takes no {what}")
    return Message(
        address(downlink.topic, route.names["gateway"], route.names["lamp"]), encode(downlink, parts)
    )
