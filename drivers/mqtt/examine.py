"""One payload, looked at offline: everything that it says by name, with units and raw values beside."""

import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from city.errors import BadInput
from city.measurements import Fact
from drivers.mqtt.codec import UNKNOWN_TOPIC, decode
from drivers.mqtt.envelope import Gateway, Uplink, open_envelope
from drivers.mqtt.heard import Heard
from drivers.mqtt.items import items_of
from drivers.mqtt.json_payload import LARGEST_PAYLOAD, Nonsense, at, clean, parse
from drivers.mqtt.profile import MqttProfile
from drivers.mqtt.text_payload import read_text
from drivers.mqtt.times import EARLIEST
from drivers.mqtt.topics import fill, match_topic
from drivers.mqtt.unpack import Item, Unpacked, unpack
from drivers.mqtt.uplinks import ANOTHER_DEVICE, date_uplink, look, names_another, read_uplink

LARGEST_INPUT = 4 * LARGEST_PAYLOAD
"""Bytes of a file: the largest payload in hexadecimal, with a separator after each byte."""
_SEPARATORS = re.compile(r"[\s,;:]+")
_NOBODY = {"gateway": "unknown", "lamp": "unknown", "device": "unknown", "application": "unknown"}
"""Stands in the topic where none is given."""


@dataclass(slots=True)
class Examined:
    """All that one payload says."""

    profile: str
    read_as: str
    """``hex``, ``base64``, ``bytes``, ``json`` or ``text``."""
    raw: str
    """The device's own bytes in hexadecimal, or its text."""
    heard: Heard
    items: list[Item] = field(default_factory=list)
    envelope: str | None = None
    device: str | None = None
    port: int | None = None
    frame: str | None = None
    gateways: tuple[Gateway, ...] = ()
    at: datetime | None = None
    """When it was measured, where any clock but ours says that."""
    ignored: tuple[str, ...] = ()
    """Keys of JSON that no line of the profile names."""

    def document(self) -> dict[str, Any]:
        """As ``falotier decode --json`` prints it."""
        heard = self.heard
        measured = [reading for reading in heard.readings if Fact.EVENT not in reading.facts]
        return {
            "profile": self.profile,
            "read_as": self.read_as,
            "envelope": self.envelope,
            "device": self.device,
            "gateway": heard.gateway or None,
            "port": self.port,
            "frame": self.frame,
            "counter": heard.counter or None,
            "at": self.at,
            "time_from": heard.time_from if self.at is not None else None,
            "values": [_row(item) for item in self.items],
            "fields": _nested(self.items),
            "metrics": {metric.value: value for each in measured for metric, value in each.values.items()},
            "facts": {fact.value: said for each in measured for fact, said in each.facts.items()},
            "events": [
                {fact.value: said for fact, said in reading.facts.items()}
                | {metric.value: value for metric, value in reading.values.items()}
                for reading in heard.readings
                if Fact.EVENT in reading.facts
            ],
            "warnings": list(heard.warnings),
            "refused": list(heard.refused),
            "ignored": list(self.ignored),
            "gateways": [each._asdict() for each in self.gateways],
            "raw": self.raw,
        }


def examine(profile: MqttProfile, data: bytes, *, topic: str, port: int | None, now: datetime) -> Examined:
    """Look at one payload.

    Args:
        profile: what it means.
        data: hexadecimal digits or base64 of a device's bytes (spaces, lines, commas and ``0x`` do no harm), the
            bytes themselves, a network server's JSON, or the JSON or text of a device.
        topic: the message's own; without one, what the profile makes most of.
        port: of bytes that come in no envelope; without one, that of the only frame they can be.
        now: our time, UTC: what comes later is no device's time.

    Raises:
        BadInput: it is nothing of that, the topic is not the profile's, or several frames fit.
    """
    if len(data) > LARGEST_INPUT:
        raise BadInput(f"payload: got more than {LARGEST_INPUT} bytes, expected one message")
    if profile.spoken and not profile.opened:
        return _plain(profile, data, topic, now)
    if data.lstrip()[:1] == b"{":
        return _enveloped(profile, data, topic, now)
    payload, read_as = read_bytes(data)
    if not profile.read_frames:
        raise BadInput(
            f"{profile.name}: got {read_as}, expected JSON of {', '.join(each.name for each in profile.opened)}"
        )
    port = _port_of(profile, payload) if port is None else port
    uplink = Uplink("", "", port, payload)
    examined = _of_uplink(profile, uplink, {}, now)
    examined.read_as, examined.device = read_as, None
    return examined


def read_bytes(data: bytes) -> tuple[bytes, str]:
    """A device's bytes, and how they were written: ``hex``, ``base64``, or ``bytes`` for themselves.

    Raises:
        BadInput: it is empty, or a text that is neither.
    """
    try:
        text = data.decode("ascii").strip()
    except UnicodeDecodeError:
        return data, "bytes"
    if not text:
        raise BadInput("payload: empty, expected hex, base64 or JSON")
    digits = "".join(part.removeprefix("0x").removeprefix("0X") for part in _SEPARATORS.split(text))
    if re.fullmatch(r"([0-9A-Fa-f]{2})+", digits):
        return bytes.fromhex(digits), "hex"
    try:
        return base64.b64decode("".join(text.split()), validate=True), "base64"
    except ValueError:
        pass
    if not "".join(text.split()).isprintable():
        return data, "bytes"
    raise BadInput(f"payload: got {clean(text)[:40]!r}, expected hex, base64 or JSON")


def _port_of(profile: MqttProfile, payload: bytes) -> int:
    """The port of the only frame that some bytes can be."""
    fits = [
        frame
        for frame in profile.read_frames
        if payload.startswith(frame.begins) and (said := unpack(frame, payload)).whole and not said.refused
    ]
    ports = sorted({frame.port for frame in fits})
    if len(ports) == 1:
        return ports[0]
    if not fits:
        raise BadInput(f"--port: missing, and {profile.name} has no frame that these bytes can be")
    could = ", ".join(f"{frame.port} ({frame.name})" for frame in fits)
    raise BadInput(f"--port: missing, and these bytes can be several: {could}")


def _enveloped(profile: MqttProfile, data: bytes, topic: str, now: datetime) -> Examined:
    named: Mapping[str, str] = {}
    if topic:
        matches = (match_topic(envelope.topic, topic) for envelope in profile.opened)
        found = next((each for each in matches if each is not None), None)
        if found is None:
            raise BadInput(f"--topic: got {topic!r}, expected one of {', '.join(profile.filters)}")
        named = found
    uplink = open_envelope(profile.opened, data.strip())
    if not isinstance(uplink, str) and names_another(named, uplink):
        uplink = ANOTHER_DEVICE
    if isinstance(uplink, str):
        text = clean(data.decode("utf-8", "replace"))
        return Examined(profile.name, "json", text, Heard(refused=(uplink,)))
    return _of_uplink(profile, uplink, named, now)


def _of_uplink(profile: MqttProfile, uplink: Uplink, named: Mapping[str, str], now: datetime) -> Examined:
    said: Unpacked = look(profile, uplink)
    heard = read_uplink(profile, uplink, said, named, now, now - EARLIEST)
    items, ignored = said.items, tuple[str, ...]()
    if not profile.read_frames and profile.telemetry is not None and uplink.object is not None:
        items, ignored = items_of(profile.telemetry, uplink.object)
    dated = date_uplink(uplink, said, now, now - EARLIEST)
    return Examined(
        profile.name,
        read_as="json",
        raw=uplink.payload.hex().upper(),
        heard=heard,
        items=items,
        envelope=uplink.envelope or None,
        device=uplink.device,
        port=uplink.port,
        frame=said.frame or None,
        gateways=uplink.gateways,
        at=None if dated.time_from == "receipt" else dated.at,
        ignored=ignored,
    )


def _plain(profile: MqttProfile, data: bytes, topic: str, now: datetime) -> Examined:
    """A message under a topic of the profile's own."""
    if not data.strip():
        raise BadInput("payload: empty, expected what a device has said")
    topic, heard = _best(profile, data, [topic] if topic else _topics(profile, data), now)
    message = next((each for each in profile.spoken if match_topic(each.topic, topic) is not None), None)
    form = message.form if message is not None else "json"
    examined = Examined(profile.name, form, clean(data.decode("utf-8", "replace")), heard)
    examined.device = heard.route.device if heard.route and heard.route.device != _NOBODY["lamp"] else None
    if heard.gateway == _NOBODY["gateway"]:
        examined.heard = heard._replace(gateway="")
    if heard.reading is not None and heard.time_from != "receipt":
        examined.at = heard.reading.at
    if message is not None and heard.readings:
        document: Any = parse(data) if message.form == "json" else read_text(data, message.separator)
        examined.items, examined.ignored = items_of(message, document)
    elif heard.online is not None:
        examined.items = [Item("online", heard.online, "", examined.raw)]
    return examined


def _best(profile: MqttProfile, data: bytes, topics: list[str], now: datetime) -> tuple[str, Heard]:
    """The topic under which a message says something, and what; if it does under none, what is wrong by the first."""
    tried = []
    for topic in topics:
        heard = decode(profile, topic, data, retained=False, now=now, late=now - EARLIEST)
        if heard.refused == UNKNOWN_TOPIC:
            raise BadInput(f"--topic: got {topic!r}, expected one of {', '.join(profile.filters)}")
        if heard.readings or heard.online is not None:
            return topic, heard
        tried.append((topic, heard))
    return tried[0]


def _topics(profile: MqttProfile, data: bytes) -> list[str]:
    """A topic for each message that it could be; whoever it is about is not known."""
    topics = []
    for message in profile.spoken:
        names = dict(_NOBODY)
        if message.lamp and message.form == "text":
            with suppress(Nonsense):
                names["lamp"] = str(at(read_text(data, message.separator), message.lamp.split(".")))
        try:
            topics.append(fill(message.topic, names))
        except ValueError:
            topics.append(fill(message.topic, _NOBODY))
    return [*topics, *([fill(profile.status.topic, _NOBODY)] if profile.status is not None else [])]


def _row(item: Item) -> dict[str, Any]:
    return {
        "what": item.name,
        "value": item.value,
        "unit": item.unit,
        "raw": item.raw,
        "metric": item.metric.value if item.metric is not None else None,
        "derived": item.derived,
    }


def _nested(items: list[Item]) -> dict[str, Any]:
    """The values by their paths: ``consumption.1.power_w`` is within the second of a list."""
    tree: dict[str, Any] = {}
    for item in items:
        *path, last = item.name.split(".")
        within = tree
        for key in path:
            within = within.setdefault(key, {})
        within[last] = item.value
    return {key: _with_lists(value) for key, value in tree.items()}


def _with_lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdecimal() for key in tree):
        return [_with_lists(each) for each in tree.values()]
    return {key: _with_lists(each) for key, each in tree.items()}
