"""What was read of an SNMP device, whatever its vendor. A value that the device does not give is None."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from drivers.snmp.channels import Band

Number = int | float
Why = dict[str, str]
"""``what`` could not be read, and ``why``."""


@dataclass(slots=True)
class SeenRadio:
    """One radio; names and units are those of ``falotier probe snmp --json``."""

    id: str
    """Unique within its access point."""
    name: str | None = None
    up: bool | None = None
    band: Band | None = None
    channel: Number | None = None
    frequency_mhz: Number | None = None
    clients: Number | None = None
    utilization_pct: Number | None = None
    noise_dbm: Number | None = None
    tx_power_dbm: Number | None = None
    in_octets: Number | None = None
    """What the radio has received, as its own counter says."""
    out_octets: Number | None = None


@dataclass(slots=True)
class SeenAccessPoint:
    """One access point: the device itself, or one behind a controller."""

    id: str | None
    """What the controller names it by, mostly its MAC address; of a device that stands alone its sysName."""
    name: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    up: bool | None = None
    clients: Number | None = None
    """As the device counts them, else the sum of its radios'."""
    uptime_s: Number | None = None
    radios: list[SeenRadio] = field(default_factory=list)


@dataclass(slots=True)
class SeenSsid:
    """One network."""

    name: str
    clients: Number | None = None


@dataclass(slots=True)
class SeenTotals:
    """Of the whole device."""

    clients: Number | None = None
    access_points: Number | None = None
    access_points_up: Number | None = None


@dataclass(slots=True)
class Seen:
    """All that a profile could read of a device."""

    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    name: str | None = None
    uptime_s: Number | None = None
    totals: SeenTotals = field(default_factory=SeenTotals)
    access_points: list[SeenAccessPoint] = field(default_factory=list)
    ssids: list[SeenSsid] = field(default_factory=list)
    unread: list[Why] = field(default_factory=list)
    """What the profile promises and the device did not give, at most ``MOST_UNREAD`` entries."""


def total(parts: Iterable[Number | None]) -> Number | None:
    """Their sum; None if there is none, or if one of them is not known: part of a sum would pass for the whole."""
    known = list(parts)
    return sum(part for part in known if part is not None) if known and None not in known else None
