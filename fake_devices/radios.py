"""The physics of the radios of the simulated city's access points: whom they carry, and what they count.

A radio's activity is a function of the seed and of time: a broken line with a knot every ten minutes. Its octets are
the exact integral of that line, kept as running sums at the knots, so that any instant can be asked for, in any
order, at little cost. What people and faults change is kept as the instant of the last change and what was counted
until then.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fake_devices.draws import chance
from fake_devices.rhythms import fullness

KNOT_S = 600
"""Seconds between two knots of a radio's activity."""
RESTLESSNESS = 0.15
"""By how much activity strays from the place's rhythm, as a share of it."""
OUT_PER_CLIENT = 90_000
"""Octets a second towards one client, on average."""
IN_PER_CLIENT = 14_000
"""Octets a second from one client, on average."""
BEACONS_PCT = 4.0
"""Airtime that an empty radio spends on beacons and probe answers."""
FULL_PCT = 62.0
"""Airtime that as many clients as a radio is meant for add to that."""
NEIGHBOUR_PCT = 2.5
"""Airtime that each busy neighbour on the same channel adds."""
MOST_HEARD = 6
"""Neighbours that are near enough to be heard."""
BUSIEST_PCT = 98
MOST_CLIENTS = 1.3
"""A radio lets no more clients in than this, times those that it is meant for."""
QUIET_DBM = -95
"""Noise floor of an empty place."""
CROWD_DB = 6.0
"""By how much a full house raises it."""
CROWD_RAMP = timedelta(minutes=20)
"""A crowd of a scenario comes and goes within this time."""

INTERFERED_PCT = 88
"""Airtime that a neighbour takes which fills the channel."""
INTERFERED_DB = 24
"""By how much its noise lies above an empty place's."""
INTERFERED_CARRIES, INTERFERED_SPEED = 0.35, 0.12
"""What is left then of the clients, and of what each of them gets through."""


@dataclass(frozen=True, slots=True)
class Band:
    """What radios of one band have in common."""

    code: int
    """As the device's MIB has it: 1 = 2.4 GHz, 2 = 5 GHz, 3 = 6 GHz."""
    channels: tuple[int, ...]
    tx_power_dbm: int
    share: float
    """Clients in a full house, as a share of those that a radio is meant for."""


BANDS = (
    Band(1, (1, 6, 11), 17, 0.4),
    Band(2, (36, 52, 100, 116, 132, 44, 60, 108), 20, 0.85),
    Band(3, (5, 37, 69), 21, 0.3),
)
"""By radio: the first is 2.4 GHz, the second 5 GHz, the third 6 GHz, and then again."""


@dataclass(frozen=True, slots=True)
class RadioState:
    """One radio at one instant."""

    number: int
    """From 1."""
    band: int
    channel: int
    clients: int
    airtime_pct: int
    noise_dbm: int
    tx_power_dbm: int
    in_octets: int
    """From clients, since boot."""
    out_octets: int
    """To clients, since boot."""
    up: bool = True
    """Whether it sends."""
    admin_up: bool = True
    """Whether it is switched on."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """More people in a place than its rhythm has, by a scenario."""

    begins: datetime
    ends: datetime
    level: float
    """Clients of each radio, as a share of those that it is meant for."""

    def at(self, at: datetime) -> float:
        """Its level at an instant."""
        into = min(at - self.begins, self.ends - at)
        return self.level * min(max(into / CROWD_RAMP, 0.0), 1.0)


@dataclass(slots=True)
class Activity:
    """How busy one radio is: 1 is a full house. A broken line from ``start_s`` on, and its integral."""

    hotspot: str
    radio: str
    seed: int
    start_s: int
    share: float
    """That of its band."""
    crowds: list[Crowd]
    """Of its place; they must be there before their time comes."""
    knots: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0])
    """Integral from the first knot to each knot, in seconds of full house."""

    def _knot(self, at_s: int) -> float:
        at = datetime.fromtimestamp(at_s, UTC)
        stray = 1 + RESTLESSNESS * (2 * chance(self.seed, self.radio, at_s) - 1)
        usual = fullness(self.hotspot, at, self.seed) * stray
        return max([usual, *(crowd.at(at) / self.share for crowd in self.crowds)])

    def _grow(self, knots: int) -> None:
        while len(self.knots) < knots:
            self.knots.append(self._knot(self.start_s + KNOT_S * len(self.knots)))
            if len(self.knots) > 1:
                self.sums.append(self.sums[-1] + KNOT_S * (self.knots[-2] + self.knots[-1]) / 2)

    def at(self, at: datetime) -> tuple[float, float]:
        """Activity at an instant, and its integral since the start."""
        knot, into_s = divmod(max(at.timestamp() - self.start_s, 0.0), KNOT_S)
        before = int(knot)
        self._grow(before + 2)
        now = self.knots[before] + (self.knots[before + 1] - self.knots[before]) * into_s / KNOT_S
        return now, self.sums[before] + into_s * (self.knots[before] + now) / 2


@dataclass(slots=True)
class Radio:
    """One radio, with what people and faults have done to it."""

    number: int
    band: Band
    channel: int
    capacity: int
    neighbours: int
    """Other radios of the same place on the same channel that it hears."""
    activity: Activity
    served: float
    """Octets' worth of full house that it had served when something changed last, in seconds."""
    changed: float
    """The activity's integral then."""
    admin_up: bool = True
    broken: bool = False
    """It does not send, though it is switched on."""
    interfered: bool = False
    gains: float = 1.0
    """Clients of radios beside it that are off, as a multiple of its own."""

    @property
    def up(self) -> bool:
        """Whether it sends."""
        return self.admin_up and not self.broken

    @property
    def full_house(self) -> float:
        """Clients when the place is full."""
        return self.capacity * self.band.share

    def _carries(self) -> float:
        """What it carries of the clients that its activity means."""
        return (INTERFERED_CARRIES if self.interfered else self.gains) if self.up else 0.0

    def _speed(self) -> float:
        return self._carries() * (INTERFERED_SPEED if self.interfered else 1.0)

    def settle(self, at: datetime) -> None:
        """Count what was served until an instant at which something changes; to be called just before."""
        worked = self.activity.at(at)[1]
        self.served += max(worked - self.changed, 0.0) * self._speed()
        self.changed = worked

    def boot(self, at: datetime) -> None:
        """Count from zero; what was switched off is on again."""
        self.served, self.changed = 0.0, self.activity.at(at)[1]
        self.admin_up = True

    def state(self, at: datetime) -> RadioState:
        """What it is like at an instant after the last change."""
        busy, worked = self.activity.at(at)
        carried, up = busy * self._carries(), self.up
        airtime = BEACONS_PCT + FULL_PCT * carried * self.band.share + NEIGHBOUR_PCT * busy * self.neighbours
        noise = QUIET_DBM + CROWD_DB * min(busy, 1.0)
        if self.interfered:
            airtime, noise = max(airtime, INTERFERED_PCT + busy), max(noise, QUIET_DBM + INTERFERED_DB)
        served = (self.served + max(worked - self.changed, 0.0) * self._speed()) * self.full_house
        return RadioState(
            number=self.number,
            band=self.band.code,
            channel=self.channel,
            clients=round(min(carried * self.full_house, MOST_CLIENTS * self.capacity)),
            airtime_pct=min(round(airtime), BUSIEST_PCT) if up else 0,
            noise_dbm=round(noise),
            tx_power_dbm=self.band.tx_power_dbm,
            in_octets=int(served * IN_PER_CLIENT),
            out_octets=int(served * OUT_PER_CLIENT),
            up=up,
            admin_up=self.admin_up,
        )


def band(number: int) -> Band:
    """The band of a radio by its number, from 1."""
    return BANDS[(number - 1) % len(BANDS)]
