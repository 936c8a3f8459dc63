"""What lamp controllers are told: JSON of their own, or bytes in the envelope of their network server."""

import json
from collections.abc import Mapping
from typing import Any

from city.errors import BadInput, Unreachable
from drivers.mqtt.envelope import filled, wrap
from drivers.mqtt.heard import Message, Route
from drivers.mqtt.pack import pack
from drivers.mqtt.profile import Downlink, MqttProfile, What
from drivers.mqtt.topics import fill


def compose(profile: MqttProfile, what: What, route: Route, parts: Mapping[str, object]) -> Message:
    """The message that tells a lamp something.

    Args:
        profile: how its messages are shaped.
        what: ``order``, ``resume`` or ``report``.
        route: where the lamp is: that of its last uplink; of a plain profile, its gateway and its id.
        parts: ``order`` (an id), ``level`` (percent), ``until`` (s since 1970 UTC), ``reason``.

    Raises:
        BadInput: the profile has no such message, a part is missing, or does not fit.
        Unreachable: nothing has been heard of the lamp that tells the way to it.
    """
    downlink: Downlink | None = getattr(profile, what)
    if downlink is None:
        raise BadInput(f"{route.device}: {profile.name} takes no {what}")
    parts = {"switch": "OFF" if parts.get("level") == 0 else "ON", **parts}
    try:
        if not downlink.frame:
            return Message(_topic(downlink.topic, route), encode(downlink, parts))
        values = filled(downlink.values, parts)
    except KeyError as error:
        raise BadInput(f"{route.device}: {what}: {error.args[0]} is missing") from error
    return send_frame(profile, downlink.frame, route, values)


def _topic(pattern: str, route: Route) -> str:
    try:
        return fill(pattern, route.names)
    except ValueError as error:
        raise Unreachable(f"{route.device}: was not heard of yet: {error}") from error


def send_frame(profile: MqttProfile, name: str, route: Route, values: Mapping[str, Any]) -> Message:
    """The message that hands any frame of a profile's layout to a device, alert limits for instance.

    Raises:
        BadInput: there is no such frame, or a value does not fit.
        Unreachable: nothing has been heard of the device that tells the way to it.
    """
    port, payload = frame_bytes(profile, name, values)
    envelope = next((each for each in profile.opened if each.name == route.envelope), None)
    if envelope is None or envelope.down is None:
        raise Unreachable(
            f"{route.device}: was not heard of yet: no way to it is known before its first uplink"
        )
    topic = _topic(envelope.down.topic, route)
    return Message(topic, wrap(envelope.down, device=route.device, port=port, payload=payload))


def frame_bytes(profile: MqttProfile, name: str, values: Mapping[str, Any]) -> tuple[int, bytes]:
    """The port and the bytes of a frame.

    Raises:
        BadInput: there is no such frame, it only ever comes from devices, or a value does not fit.
    """
    frame = next((each for each in profile.frame if each.name == name and each.goes != "up"), None)
    if frame is None:
        known = ", ".join(each.name for each in profile.frame if each.goes != "up")
        raise BadInput(f"{profile.name}: got frame {name!r}, expected one of {known}")
    return frame.port, pack(frame, values)


def address(pattern: str, gateway: str, lamp: str) -> str:
    """The topic of one lamp controller."""
    return pattern.replace("{gateway}", gateway).replace("{lamp}", lamp)


def encode(downlink: Downlink, parts: Mapping[str, Any]) -> bytes:
    """The payload of an order.

    Args:
        downlink: which key holds which part.
        parts: the parts by name: ``order``, ``level``, ``until``, ``reason``, ``switch``.
    """
    document = {key: parts[part] for key, part in downlink.keys.items()} | dict(downlink.constants)
    for key, scale in downlink.scales.items():
        document[key] = round(document[key] * scale)
    return encode_document(document)


def encode_document(document: Mapping[str, object]) -> bytes:
    """A JSON object as bytes."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
