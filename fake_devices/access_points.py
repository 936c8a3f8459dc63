"""The physics of the simulated city's access points: radios, the clients that they carry, and what they count.

Everything is a function of the seed and of time, so that any instant can be asked for, in any order, at little
cost: each radio's activity is a broken line with a knot every ten minutes, and its octets are the exact integral
of that line, kept as running sums at the knots.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2s

from fake_devices.city_plan import AccessPointPlan
from fake_devices.rhythms import fullness

KNOT_S = 600
"""Seconds between two knots of a radio's activity."""
RESTLESSNESS = 0.15
"""By how much activity strays from the place's rhythm, as a share of it."""
LONGEST_UPTIME_S = 60 * 86_400
"""No access point has been up for longer than this when the simulation starts."""
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
BUSIEST_PCT = 98
QUIET_DBM = -95
"""Noise floor of an empty place."""
USUAL_ACTIVITY = 0.25
"""Mean activity of the time before the simulation starts: what the counters already hold then."""
CROWD_DB = 6.0
"""By how much a full house raises it."""


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


@dataclass(frozen=True, slots=True)
class AccessPointState:
    """One access point at one instant; one that is down has no radios to speak of."""

    up: bool
    uptime_s: float
    radios: tuple[RadioState, ...]


DOWN = AccessPointState(up=False, uptime_s=0.0, radios=())


def _draw(*of: object) -> float:
    """A number in [0, 1) that depends on nothing but what it is drawn for."""
    return int.from_bytes(blake2s("/".join(map(str, of)).encode(), digest_size=6).digest()) / 2**48


@dataclass(slots=True)
class _Activity:
    """How busy one radio is: 1 is a full house. A broken line from ``start_s`` on, and its integral."""

    hotspot: str
    radio: str
    seed: int
    start_s: int
    knots: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0])
    """Integral from the first knot to each knot, in seconds of full house."""

    def _grow(self, knots: int) -> None:
        while len(self.knots) < knots:
            at_s = self.start_s + KNOT_S * len(self.knots)
            rhythm = fullness(self.hotspot, datetime.fromtimestamp(at_s, UTC), self.seed)
            stray = 1 + RESTLESSNESS * (2 * _draw(self.seed, self.radio, at_s) - 1)
            self.knots.append(rhythm * stray)
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
class _Radio:
    number: int
    band: Band
    channel: int
    capacity: int
    neighbours: int
    """Other radios of the same place on the same channel."""
    activity: _Activity
    counted_from: float
    """The activity's integral at which its octets were 0."""

    def state(self, at: datetime) -> RadioState:
        busy, worked = self.activity.at(at)
        full_house = self.capacity * self.band.share
        airtime = BEACONS_PCT + FULL_PCT * busy * self.band.share + NEIGHBOUR_PCT * busy * self.neighbours
        served = max(worked - self.counted_from, 0.0) * full_house
        return RadioState(
            number=self.number,
            band=self.band.code,
            channel=self.channel,
            clients=round(busy * full_house),
            airtime_pct=min(round(airtime), BUSIEST_PCT),
            noise_dbm=round(QUIET_DBM + CROWD_DB * busy),
            tx_power_dbm=self.band.tx_power_dbm,
            in_octets=int(served * IN_PER_CLIENT),
            out_octets=int(served * OUT_PER_CLIENT),
        )


@dataclass(slots=True)
class _AccessPoint:
    radios: tuple[_Radio, ...]
    booted_at: datetime
    down: bool = False


class AccessPoints:
    """All access points of the city."""

    def __init__(self, plan: Sequence[AccessPointPlan], seed: int, start: datetime) -> None:
        self.plan = {planned.id: planned for planned in plan}
        self._seed = seed
        channels = _channels(plan)
        users = Counter((self.plan[ap].hotspot, channel) for (ap, _), channel in channels.items())
        self._all: dict[str, _AccessPoint] = {}
        for planned in plan:
            uptime_s = LONGEST_UPTIME_S * _draw(seed, planned.id, "uptime")
            radios = []
            for number in range(1, planned.radios + 1):
                channel = channels[planned.id, number]
                neighbours = users[planned.hotspot, channel] - 1
                radios.append(self._radio(planned, number, channel, neighbours, start, uptime_s))
            self._all[planned.id] = _AccessPoint(tuple(radios), start - timedelta(seconds=uptime_s))

    def _radio(
        self,
        planned: AccessPointPlan,
        number: int,
        channel: int,
        neighbours: int,
        start: datetime,
        uptime_s: float,
    ) -> _Radio:
        first_knot = int(start.timestamp()) // KNOT_S * KNOT_S
        activity = _Activity(planned.hotspot, f"{planned.id}/{number}", self._seed, first_knot)
        return _Radio(
            number=number,
            band=_band(number),
            channel=channel,
            capacity=planned.clients_per_radio,
            neighbours=neighbours,
            activity=activity,
            counted_from=activity.at(start)[1] - uptime_s * USUAL_ACTIVITY,
        )

    def state(self, ap_id: str, at: datetime) -> AccessPointState:
        """What an access point is like at an instant, UTC; times before the start are taken as the start."""
        access_point = self._all[ap_id]
        if access_point.down:
            return DOWN
        return AccessPointState(
            up=True,
            uptime_s=max((at - access_point.booted_at).total_seconds(), 0.0),
            radios=tuple(radio.state(at) for radio in access_point.radios),
        )

    def is_down(self, ap_id: str) -> bool:
        """Whether an access point is dead at present."""
        return self._all[ap_id].down

    def set_down(self, ap_id: str, *, down: bool, at: datetime) -> None:
        """Cut an access point's power, or give it back: it boots at once, and counts from zero."""
        access_point = self._all[ap_id]
        if access_point.down and not down:
            access_point.booted_at = at
            for radio in access_point.radios:
                radio.counted_from = radio.activity.at(at)[1]
        access_point.down = down


def _band(number: int) -> Band:
    return BANDS[(number - 1) % len(BANDS)]


def _channels(plan: Sequence[AccessPointPlan]) -> dict[tuple[str, int], int]:
    """The channel of each radio, by access point and radio number: those of one place are spread over its band."""
    placed: Counter[str] = Counter()
    channels = {}
    for planned in plan:
        for number in range(1, planned.radios + 1):
            choice = _band(number).channels
            channels[planned.id, number] = choice[placed[planned.hotspot] % len(choice)]
        placed[planned.hotspot] += 1
    return channels
