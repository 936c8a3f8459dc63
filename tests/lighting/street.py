"""Readings as real devices would send them, for the tests of the detectors."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from city.incidents import Incident
from city.measurements import DeviceKind, Fact, Metric, Reading
from lighting.diagnosis import LightingDiagnosis
from lighting.inventory import Inventory
from lighting.power import expected_power
from tests.lighting.small_city import LED_60, MULHOUSE, inventory, local

MINUTE = timedelta(minutes=1)
EVENING = local("2026-11-22T21:00")
NOON = local("2026-11-22T13:00")

CIRCUIT = "A-001/1"

LIT_W = expected_power(LED_60, 70.0)
DEAD_W = LED_60.standby_w


class Street:
    """Speaks for devices of the small city to a diagnosis, and keeps what it answers."""

    def __init__(
        self, at: datetime = EVENING, known: Iterable[Incident] = (), lamps_per_circuit: int = 4
    ) -> None:
        self.now = at
        self.inventory: Inventory = inventory(lamps_per_circuit)
        self.diagnosis = LightingDiagnosis(self.inventory, MULHOUSE, known)
        self.told: list[Incident] = []

    def after(self, minutes: float) -> "Street":
        """Let time pass."""
        self.now += minutes * MINUTE
        return self

    def hear(self, reading: Reading) -> list[Incident]:
        """Hand over any reading."""
        found = self.diagnosis.observe(reading)
        self.told += found
        return found

    def lamp(
        self, lamp: str, level: float, watts: float, *, at: datetime | None = None, source: str = "programme"
    ) -> list[Incident]:
        """A lamp's telemetry."""
        values = {Metric.LEVEL: level, Metric.POWER: watts, Metric.VOLTAGE: 230.0}
        facts = {Fact.SOURCE: source}
        return self.hear(Reading(lamp, DeviceKind.LAMP, at or self.now, values, facts))

    def event(self, lamp: str, event: str) -> list[Incident]:
        """A lamp's event."""
        return self.hear(Reading(lamp, DeviceKind.LAMP, self.now, {}, {Fact.EVENT: event}))

    def cabinet(
        self, cabinet: str = "A-001", *, local_mode: bool = False, door: bool = False, volts: float = 230.0
    ) -> list[Incident]:
        """A cabinet's own readings."""
        values = {
            Metric.LOCAL_OVERRIDE: float(local_mode),
            Metric.DOOR_OPEN: float(door),
            Metric.VOLTAGE_L1: volts,
            Metric.VOLTAGE_L2: volts,
            Metric.VOLTAGE_L3: volts,
        }
        return self.hear(Reading(cabinet, DeviceKind.CABINET, self.now, values))

    def circuit(
        self,
        circuit: str = "A-001/1",
        *,
        closed: bool = True,
        tripped: bool | None = False,
        volts: float | None = None,
        watts: float = 120.0,
    ) -> list[Incident]:
        """A circuit's readings; a cabinet without a breaker contact has ``tripped=None``."""
        powered = closed and not tripped
        values = {
            Metric.RELAY_CLOSED: float(closed),
            Metric.VOLTAGE: volts if volts is not None else (230.0 if powered else 0.0),
            Metric.POWER: watts if powered else 0.0,
        }
        if tripped is not None:
            values[Metric.BREAKER_TRIPPED] = float(tripped)
        return self.hear(Reading(circuit, DeviceKind.CIRCUIT, self.now, values))

    def lamps_of(self, circuit: str) -> list[str]:
        """The light points of a circuit."""
        return [point.id for point in self.inventory.by_circuit[circuit]]

    def live(self) -> list[Incident]:
        """The incidents told last of each asset that still stand."""
        newest = {incident.id: incident for incident in self.told}
        return [incident for incident in newest.values() if incident.closed_at is None]


def poll(
    street: Street, minutes: int, *, circuit: str = CIRCUIT, tripped: bool = False, closed: bool = True
) -> None:
    """A minute's poll of the first cabinet, so many times."""
    for _ in range(minutes):
        street.after(1).cabinet()
        street.circuit(circuit, tripped=tripped, closed=closed)


def speak(street: Street, *, level: float = 70.0, watts: float = LIT_W, circuit: str = CIRCUIT) -> None:
    """Every lamp of a circuit reports."""
    for lamp in street.lamps_of(circuit):
        street.lamp(lamp, level, watts)


def trip(street: Street | None = None) -> tuple[Street, Incident]:
    """A lit street whose breaker has tripped."""
    street = street or Street()
    speak(street)
    poll(street, 2)
    poll(street, 2, tripped=True)
    (incident,) = street.live()
    return street, incident
