"""A few places with their access points, polled minute by minute."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from city.incidents import LIVE, Cause, Incident, State
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.places import Position
from wifi.diagnosis import WifiDiagnosis
from wifi.inventory import AccessPoint, Hotspot, Inventory

START = datetime(2026, 11, 22, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
RINK = Position(47.7352, 7.3168)
FORTY = 40


def city(places: Mapping[str, Iterable[str]], controllers: Mapping[str, str] | None = None) -> Inventory:
    """Places with their access points; ``controllers`` by access point, for those that have one."""
    behind = controllers or {}
    return Inventory(
        {name: Hotspot(name, name.title(), RINK, "West", watched=True) for name in places},
        {
            name: AccessPoint(
                name, place, RINK, "127.0.0.1", 161, "falotier-ap", FORTY, controller=behind.get(name, "")
            )
            for place, names in places.items()
            for name in names
        },
    )


class Minutes:
    """The polls of all access points of a city, a few seconds one after the other, each minute."""

    def __init__(
        self, inventory: Inventory, known: Iterable[Incident] = (), at: datetime = START, spread: bool = True
    ) -> None:
        self.inventory = inventory
        self.now = at
        self.diagnosis = WifiDiagnosis(inventory, known)
        self.told: list[Incident] = []
        self.spread = spread
        """Whether the polls lie some seconds apart, or fall on one instant."""
        self.radios: Callable[[str, datetime], Iterable[Reading]] = lambda name, at: ()
        """What the radios of an access point that is up say."""
        self.uptime_s: dict[str, float] = {}

    def poll(
        self, minutes: int = 1, *, missed: Iterable[str] = (), down: Mapping[str, str] | None = None
    ) -> None:
        """Some minutes with the same result.

        Args:
            minutes: how many.
            missed: those that do not answer.
            down: those that are told to be down, and why.
        """
        silent, told_down = set(missed), down or {}
        for _ in range(minutes):
            self.now += MINUTE
            for number, name in enumerate(self.inventory.access_points):
                at = self.now + timedelta(seconds=number % 50) * self.spread
                if name in silent:
                    self.told += self.diagnosis.missed(name, at)
                elif name in told_down:
                    facts = {Fact.WHY: told_down[name]}
                    values = {Metric.UP: 0.0}
                    self.told += self.diagnosis.observe(
                        Reading(name, DeviceKind.ACCESS_POINT, at, values, facts)
                    )
                else:
                    self._up(name, at)
            self.told += self.diagnosis.tick(self.now + timedelta(seconds=55))

    def _up(self, name: str, at: datetime) -> None:
        values = {Metric.UP: 1.0}
        if name in self.uptime_s:
            self.uptime_s[name] += MINUTE.total_seconds()
            values[Metric.UPTIME] = self.uptime_s[name]
        self.told += self.diagnosis.observe(Reading(name, DeviceKind.ACCESS_POINT, at, values))
        for reading in self.radios(name, at):
            self.told += self.diagnosis.observe(reading)

    def outline(self, name: str, pattern: str) -> None:
        """Polls of one access point while the others answer: A answered, M missed, D told to be down."""
        for outcome in pattern:
            self.poll(missed=[name] * (outcome == "M"), down={name: "status"} if outcome == "D" else None)

    @property
    def opened(self) -> list[tuple[Cause, str]]:
        """What was opened, each time, in order."""
        before: set[str] = set()
        opened = []
        for incident in self.told:
            if incident.state is State.OPEN and incident.id not in before:
                opened.append((incident.cause, incident.asset))
            before = before | {incident.id} if incident.state in LIVE else before - {incident.id}
        return opened

    @property
    def live(self) -> dict[tuple[Cause, str], Incident]:
        """What stands."""
        latest = {incident.id: incident for incident in self.told}
        return {(each.cause, each.asset): each for each in latest.values() if each.state in LIVE}


def radio(name: str, at: datetime, clients: float = 5.0, airtime: float = 20.0, **more: float) -> Reading:
    """What a radio says: its clients and airtime, and more by metric (``noise_dbm``, ``in_octets`` …)."""
    values = {Metric.CLIENTS: clients, Metric.AIRTIME: airtime}
    values |= {Metric(metric): value for metric, value in more.items()}
    return Reading(name, DeviceKind.RADIO, at, values)
