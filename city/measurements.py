"""What is measured: the metrics with their units, and readings in batches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Kind(StrEnum):
    """How the values of a metric may be combined."""

    GAUGE = "gauge"
    """A level at an instant: means and extremes make sense."""
    COUNTER = "counter"
    """Only ever grows, but wraps, resets and starts again when a device is swapped."""
    STATE = "state"
    """0 or 1."""


class Metric(StrEnum):
    """Every quantity that may be stored; the unit is part of the name where there is one."""

    LEVEL = "level_pct"
    POWER = "power_w"
    VOLTAGE = "voltage_v"
    CURRENT = "current_a"
    POWER_FACTOR = "power_factor"
    ENERGY = "energy_wh"
    BURNING = "burning_h"
    STARTS = "starts"
    TEMPERATURE = "temperature_c"
    FREQUENCY = "frequency_hz"
    VOLTAGE_L1 = "voltage_l1_v"
    VOLTAGE_L2 = "voltage_l2_v"
    VOLTAGE_L3 = "voltage_l3_v"
    CURRENT_L1 = "current_l1_a"
    CURRENT_L2 = "current_l2_a"
    CURRENT_L3 = "current_l3_a"
    RELAY_CLOSED = "relay_closed"
    RELAY_ASKED = "relay_asked"
    """Whether programme or order want the relay closed."""
    BREAKER_TRIPPED = "breaker_tripped"
    DOOR_OPEN = "door_open"
    LOCAL_OVERRIDE = "local_override"
    CLOCK_ERROR = "clock_error_s"
    """What a device's clock shows, less the sampling time: positive is ahead."""
    UP = "up"
    UPTIME = "uptime_s"
    CLIENTS = "clients"
    AIRTIME = "airtime_pct"
    IN_OCTETS = "in_octets"
    OUT_OCTETS = "out_octets"
    NOISE = "noise_dbm"
    CHANNEL = "channel"
    TX_POWER = "tx_power_dbm"

    __hash__ = str.__hash__  # four times as fast as the enumeration's own, and looked up for every value

    @property
    def kind(self) -> Kind:
        """How values of this metric may be combined."""
        return _KINDS.get(self, Kind.GAUGE)

    @property
    def unit(self) -> str:
        """The unit as printed beside a value ("W", "%", "" for a bare number)."""
        return _UNITS.get(self.value.rpartition("_")[2], "")


_KINDS: Mapping[Metric, Kind] = {
    Metric.ENERGY: Kind.COUNTER,
    Metric.BURNING: Kind.COUNTER,
    Metric.STARTS: Kind.COUNTER,
    Metric.UPTIME: Kind.COUNTER,
    Metric.IN_OCTETS: Kind.COUNTER,
    Metric.OUT_OCTETS: Kind.COUNTER,
    Metric.RELAY_CLOSED: Kind.STATE,
    Metric.RELAY_ASKED: Kind.STATE,
    Metric.BREAKER_TRIPPED: Kind.STATE,
    Metric.DOOR_OPEN: Kind.STATE,
    Metric.LOCAL_OVERRIDE: Kind.STATE,
    Metric.UP: Kind.STATE,
}

_UNITS: Mapping[str, str] = {
    "pct": "%",
    "w": "W",
    "v": "V",
    "a": "A",
    "wh": "Wh",
    "h": "h",
    "c": "°C",
    "hz": "Hz",
    "s": "s",
    "octets": "B",
    "dbm": "dBm",
}


class DeviceKind(StrEnum):
    """What a reading is about."""

    LAMP = "lamp"
    CIRCUIT = "circuit"
    CABINET = "cabinet"
    PHASE = "phase"
    """One phase of a cabinet: ``A-017/L2``. It is named by incidents only and measures nothing itself."""
    GATEWAY = "gateway"
    ACCESS_POINT = "access_point"
    RADIO = "radio"
    SSID = "ssid"
    """One network name, by who counts its clients: ``AP-PAT-01/Mulhouse-WiFi``."""
    HOTSPOT = "hotspot"
    """A public place. It is named by incidents only and measures nothing itself."""
    WIFI_CONTROLLER = "wifi_controller"
    """What speaks for many access points."""


class Fact(StrEnum):
    """What a device says of itself in words; kept with the latest state, never stored as telemetry."""

    PROGRAMME = "programme"
    """Hash of the programme it holds."""
    SOURCE = "source"
    """Why it is at its level: programme, override, local or boot."""
    FAULT = "fault"
    """What a controller has found wrong with its luminaire: lamp (open or short) or gear (no answer)."""
    SERIAL = "serial"
    """Serial number of the controller that speaks."""
    ORDER = "order"
    """The order in effect."""
    EVENT = "event"
    """What has just happened: boot, order_accepted, order_refused, programme_accepted, programme_refused,
    configured, configuration_refused, downlink_refused, alert, clock_invalid; of a gateway: online, offline."""
    REFERENCE = "reference"
    """What the event is about: an order's id or a programme's hash."""
    WHY = "why"
    """The device's own reason for a refusal, an alert or a doubt; of an access point that is down, how that was told:
    status, or missing_row where its controller lists it no more."""
    DIMMING_SOURCE = "dimming_source"
    """The controller's own word for what set its level, finer than ``SOURCE``: profile 0, calendar dusk step."""
    WARNINGS = "warnings"
    """What a controller complains of, by the names of its profile, separated by a comma."""
    FIRMWARE = "firmware"
    """Version of the software that the controller runs."""

    __hash__ = str.__hash__  # as for metrics


_NOTHING_SAID: Mapping[Fact, str] = MappingProxyType({})


class Reading(NamedTuple):
    """What one device measured at one instant. ``at`` is the sampling time, UTC, and never changes afterwards."""

    device: str
    kind: DeviceKind
    at: datetime
    values: Mapping[Metric, float]
    facts: Mapping[Fact, str] = _NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one poll or one message brought."""

    source: str
    """Who answered: a cabinet, a gateway, an access point."""
    received_at: datetime
    readings: tuple[Reading, ...]

    @property
    def measurements(self) -> int:
        """How many values the batch carries: the unit in which sent, ingested and stored are counted."""
        return count_values(self.readings)


def count_values(readings: Iterable[Reading]) -> int:
    """How many measured values some readings carry."""
    return sum(len(reading.values) for reading in readings)
