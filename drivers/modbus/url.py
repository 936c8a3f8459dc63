"""Where a Modbus device is: the gateway or serial port that leads to it, and its unit number there."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self
from urllib.parse import SplitResult, parse_qsl, urlsplit

from city.errors import BadInput

MODBUS_PORT = 502
MBAPS_PORT = 802
"""Registered for ``mbaps`` (Modbus/TCP Security, v21)."""
LAST_UNIT = 255
SERIAL_UNITS = range(1, 248)
"""Individual addresses on a serial line; 0 is for all and nobody answers it (Modbus over Serial Line V1.02, 2.2)."""
BAUD = 19200
"""What the same standard asks every device for, with even parity (2.5)."""
BAUDS = range(50, 4_000_001)
EXPECTED = (
    "expected modbus://HOST:PORT/UNIT, rtu+tcp://HOST:PORT/UNIT, modbus+tls://HOST:PORT/UNIT, or "
    "rtu:///dev/PORT?unit=1&baud=19200&parity=even&stop=1"
)

Parity = Literal["none", "even", "odd"]


class Transport(StrEnum):
    """What carries Modbus to a gateway, by the scheme of its URL."""

    TCP = "modbus"
    RTU_TCP = "rtu+tcp"
    """Serial frames through a serial server, as they are."""
    TLS = "modbus+tls"
    """Modbus/TCP Security."""
    SERIAL = "rtu"

    @property
    def is_rtu(self) -> bool:
        """Whether its frames are those of a serial line, which number no transaction."""
        return self in {Transport.RTU_TCP, Transport.SERIAL}


@dataclass(frozen=True, slots=True)
class Gateway:
    """What one connection leads to; units with the same gateway share that connection."""

    host: str
    """For a serial line the path of its port: ``/dev/ttyUSB0``."""
    port: int = MODBUS_PORT
    """TCP port; 0 for a serial line."""
    transport: Transport = Transport.TCP
    baud: int = BAUD
    """Bits per second, of a serial line."""
    parity: Parity = "even"
    stop_bits: int = 1

    def __str__(self) -> str:
        """How to call it in a message."""
        if self.transport is Transport.SERIAL:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def settings(self) -> str:
        """How its serial line is set, in the usual short form: ``19200 8E1``."""
        return f"{self.baud} 8{self.parity[0].upper()}{self.stop_bits}"


@dataclass(frozen=True, slots=True)
class ModbusUrl:
    """A unit behind a gateway, in one line that people can copy."""

    gateway: Gateway
    unit: int

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL; what it leaves out is port 502 (802 with TLS), unit 1, 19200 baud, even parity, 1 stop bit.

        Raises:
            BadInput: it is not such a URL.
        """
        try:
            parts = urlsplit(url)
            if "@" in parts.netloc:
                raise BadInput(f"got a Modbus URL with a user or a password, {EXPECTED}")
            serial = parts.scheme == Transport.SERIAL
            gateway, unit = _serial(parts) if serial else _network(parts)
        except (ValueError, KeyError) as error:
            raise BadInput(f"got {url!r}, {EXPECTED}") from error
        units = SERIAL_UNITS if gateway.transport.is_rtu else range(LAST_UNIT + 1)
        if unit not in units:
            raise BadInput(f"got unit {unit} in {url!r}, expected one from {units[0]} to {units[-1]}")
        return cls(gateway, unit)


def _network(parts: SplitResult) -> tuple[Gateway, int]:
    transport = Transport(parts.scheme)
    if not parts.hostname or parts.query or parts.fragment:
        raise ValueError("no host, or more than a unit")
    default = MBAPS_PORT if transport is Transport.TLS else MODBUS_PORT
    return Gateway(parts.hostname, parts.port or default, transport), int(parts.path.strip("/") or 1)


def _serial(parts: SplitResult) -> tuple[Gateway, int]:
    said = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    if parts.netloc or parts.fragment or len(parts.path) < 2:
        raise ValueError("no path of a port")
    unit, baud, stop = (
        _number(said, key, default) for key, default in (("unit", 1), ("baud", BAUD), ("stop", 1))
    )
    parities: Mapping[str, Parity] = {"none": "none", "even": "even", "odd": "odd"}
    parity = parities[said.pop("parity", "even")]
    if said or baud not in BAUDS or stop not in {1, 2}:
        raise ValueError("not a serial line's settings")
    return Gateway(parts.path, 0, Transport.SERIAL, baud, parity, stop), unit


def _number(said: dict[str, str], key: str, default: int) -> int:
    return int(said.pop(key, default))
