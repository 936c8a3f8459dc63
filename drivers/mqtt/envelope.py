"""What network servers wrap around a device's bytes: an envelope says where each thing stands in their JSON."""

import base64
import binascii
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from city.sections import Section
from drivers.mqtt.frames import LARGEST_FRAME
from drivers.mqtt.json_payload import at, clean, parse
from drivers.mqtt.times import instant
from drivers.mqtt.topics import check_pattern

MOST_GATEWAYS = 32
"""That heard one uplink; any more are not looked at."""
EUI_OCTETS = 8
"""Of a DevEUI or a gateway's id (EUI-64)."""

Encoding = Literal["plain", "eui", "base64", "json"]


class Place(Section):
    """Where something stands, and how it is written."""

    path: str = Field(min_length=1)
    encoding: Encoding = "plain"
    """``eui``: eight bytes in base64 or hexadecimal, whatever the case and the separators; ``json``: a text of it."""

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The path, key by key."""
        return tuple(self.path.split("."))


class Gateways(Section):
    """Who heard an uplink."""

    path: str
    """Of the list."""
    id: Place
    time: str = ""
    rssi: str = ""
    """Path of the strength of the signal, dBm."""
    snr: str = ""
    """Path of its distance from the noise, dB."""


class Down(Section):
    """How a downlink is handed to the network server."""

    topic: str
    document: Mapping[str, Any]
    """JSON, in which ``$port``, ``$data`` (base64) and ``$device`` are filled in."""

    _is_pattern = field_validator("topic")(check_pattern)


class Envelope(Section):
    """One network server's messages."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    source: str = Field(min_length=1)
    topic: str
    """Of uplinks."""
    inside: str = ""
    """A key in which the whole message may stand, where it has been wrapped once more."""
    device: Place
    port: str
    payload: Place
    object: Place | None = None
    """What the network server's own decoder has made of the payload."""
    counter: str
    """Path of the frame counter …"""
    session: str = ""
    """… and of what changes whenever it starts again."""
    once: str = ""
    """Path of an identifier of this uplink, where the network server gives one."""
    time: str = ""
    """When the network server had it."""
    gateways: Gateways | None = None
    zeros_omitted: bool = False
    """Whether the server leaves out what is zero, false or empty: a counter that is missing is 0."""
    down: Down | None = None

    _is_pattern = field_validator("topic")(check_pattern)

    @model_validator(mode="after")
    def _decodes(self) -> Self:
        if self.device.encoding not in {"plain", "eui"} or self.payload.encoding != "base64":
            raise ValueError("a device that is plain or eui, and a payload in base64")
        return self


class Gateway(NamedTuple):
    """One that heard an uplink."""

    id: str
    time: datetime | None
    rssi_dbm: float | None
    snr_db: float | None


@dataclass(frozen=True, slots=True)
class Uplink:
    """What a network server says that a device has sent."""

    envelope: str
    device: str
    """A DevEUI in upper-case hexadecimal, whatever the server writes."""
    port: int | None
    payload: bytes
    object: Any = None
    """What the server's own decoder made of it."""
    counter: str = ""
    server_time: datetime | None = None
    gateways: tuple[Gateway, ...] = ()
    """The one that heard it best comes first."""
    refused: tuple[str, ...] = ()


def eui(text: object) -> str | None:
    """Eight bytes as 16 upper-case hexadecimal digits, from those in any case, with separators, or from base64."""
    if not isinstance(text, str) or len(text) > 3 * EUI_OCTETS:
        return None
    digits = text.removeprefix("0x").translate(str.maketrans("", "", ":-. "))
    is_hex = len(digits) == 2 * EUI_OCTETS
    try:
        data = bytes.fromhex(digits) if is_hex else base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data.hex().upper() if len(data) == EUI_OCTETS else None


def canonical(text: str) -> str:
    """The one name of a device: a DevEUI in any case and with any separators as 16 upper-case hexadecimal digits.

    Anything else is a name that somebody has given, and stays as it is.
    """
    return eui(text) or text


def open_envelope(envelopes: Sequence[Envelope], payload: bytes) -> Uplink | str:
    """What is in an envelope, or why it cannot be opened: one of a few fixed texts.

    Which of the envelopes it is, shows in where the device stands.
    """
    try:
        document: Any = parse(payload)
    except ValueError as error:
        return str(error)
    for envelope in envelopes:
        inner = document.get(envelope.inside) if envelope.inside else None
        for message in (document, inner):
            if isinstance(message, dict):
                device = _device(envelope, message)
                if device:
                    return _uplink(envelope, device, message)
    return f"no envelope of {', '.join(each.name for each in envelopes)}"


def _device(envelope: Envelope, message: Mapping[str, Any]) -> str | None:
    text = at(message, envelope.device.keys)
    if envelope.device.encoding == "eui":
        return eui(text)
    return clean(text) if isinstance(text, str) else None


def _uplink(envelope: Envelope, device: str, message: Mapping[str, Any]) -> Uplink | str:
    data = _at(message, envelope.payload.path)
    if data is None:
        payload = b""  # nothing but commands of the network
    else:
        try:
            payload = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError, TypeError):
            return f"{envelope.payload.path}: not base64"
    if len(payload) > LARGEST_FRAME:
        return f"{envelope.payload.path}: longer than {LARGEST_FRAME} bytes"
    port = _at(message, envelope.port)
    if port is not None and (isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 255):
        return f"{envelope.port}: not a port"
    decoded, refused = _object(envelope, message)
    return Uplink(
        envelope.name,
        device,
        port,
        payload,
        decoded,
        _counter(envelope, message),
        instant(_at(message, envelope.time)),
        tuple(sorted(_gateways(envelope, message), key=lambda each: -(each.rssi_dbm or -999.0))),
        refused,
    )


def _object(envelope: Envelope, message: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """What the server's own decoder has made of the payload, and why it cannot be used."""
    if envelope.object is None:
        return None, ()
    path, decoded = envelope.object.path, at(message, envelope.object.keys)
    if decoded is None or decoded == "":
        return None, ()
    if envelope.object.encoding == "json":
        if not isinstance(decoded, str):
            return None, (f"{path}: not a text",)
        try:
            return parse(decoded.encode("utf-8", "replace")), ()
        except ValueError as error:
            return None, (f"{path}: {error}",)
    return (decoded, ()) if isinstance(decoded, dict) else (None, (f"{path}: not an object",))


def _counter(envelope: Envelope, message: Mapping[str, Any]) -> str:
    """What is the same for every copy of an uplink, and for no other uplink of its device."""
    once = _at(message, envelope.once)
    if isinstance(once, str) and once:
        return clean(once)
    count = _at(message, envelope.counter)
    if count is None and envelope.zeros_omitted:
        count = 0
    if isinstance(count, bool) or not isinstance(count, int):
        return ""
    session = _at(message, envelope.session)
    return f"{clean(session)}/{count}" if isinstance(session, str) else str(count)


def _gateways(envelope: Envelope, message: Mapping[str, Any]) -> Iterator[Gateway]:
    where = envelope.gateways
    heard = _at(message, where.path) if where else None
    if where is None or not isinstance(heard, list):
        return
    for each in heard[:MOST_GATEWAYS]:
        name = at(each, where.id.keys)
        known = eui(name) if where.id.encoding == "eui" else None
        known = known or (clean(name) if isinstance(name, str) else "")
        yield Gateway(
            known, instant(_at(each, where.time)), _number(each, where.rssi), _number(each, where.snr)
        )


def _number(document: object, path: str) -> float | None:
    value = _at(document, path)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _at(document: object, path: str) -> Any:
    return at(document, path.split(".")) if path else None


def wrap(down: Down, *, device: str, port: int, payload: bytes) -> bytes:
    """A downlink as the network server takes it."""
    parts = {"device": device.lower(), "port": port, "data": base64.b64encode(payload).decode()}
    return json.dumps(filled(down.document, parts), separators=(",", ":")).encode()


def filled(template: Any, parts: Mapping[str, object]) -> Any:
    """A template with each text ``$name`` replaced by the part of that name.

    Raises:
        KeyError: there is no such part.
    """
    if isinstance(template, str):
        return parts[template[1:]] if template.startswith("$") else template
    if isinstance(template, Mapping):
        return {key: filled(value, parts) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(each, parts) for each in template]
    return template


@cache
def shipped_envelopes() -> Mapping[str, Envelope]:
    """The envelopes that profiles can name."""
    files = sorted((Path(__file__).parent / "envelopes").glob("*.toml"))
    read = [Envelope.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
    return {each.name: each for each in read}
