"""A random scenario: faults at the rates that cities have published, among all the noise there is."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random

from fake_devices.city_plan import CityPlan
from fake_devices.draws import draws
from fake_devices.gazetteer import SITE
from fake_devices.kinds import FAULTS, Target
from fake_devices.scenario import ZONE, Resolved, Scenario, Truth, assets_of, cabinet_of, is_large_enough
from fake_devices.street_clock import DAY_S, Place

YEARLY_SHARE = (0.05, 0.08)
"""Faults in a year for each light point (lighting-domain, section 3: Wokingham, High Point, Dover, 5.5–8 %)."""
DAYS_A_YEAR = 365.0
WEIGHTS: Mapping[str, float] = {
    "lamp_dead": 32.0,
    "driver_fault": 14.0,
    "led_string_out": 8.0,
    "day_burner": 8.0,
    "cycling": 5.0,
    "dimming_stuck": 4.0,
    "low_power_factor": 3.0,
    "high_power": 1.5,
    "over_temperature": 1.5,
    "wrong_lamp_type": 2.0,
    "controller_swapped": 1.0,
    "controller_silent": 4.0,
    "breaker_trip": 6.0,
    "relay_stuck_on": 0.75,
    "relay_stuck_off": 0.75,
    "voltage_sag": 1.0,
    "phase_lost": 1.0,
    "cabinet_supply_loss": 1.0,
    "cabinet_silent": 1.0,
    "clock_drift": 1.0,
    "meter_drift": 1.0,
    "local_override": 0.5,
    "door_open": 0.5,
    "gateway_lost": 0.5,
    "ap_down": 1.0,
    "ap_flapping": 0.3,
    "ap_rebooting": 0.3,
    "counters_stuck": 0.2,
    "radio_off": 0.3,
    "interference": 0.3,
    "backhaul_down": 0.3,
    "radio_saturated": 0.2,
    "wifi_controller_lost": 0.1,
}
"""How often each kind is drawn beside the others; a proposal: only the sum is published."""
LASTS_H: Mapping[Target, tuple[float, float]] = {
    "lamp": (36.0, 96.0),
    "circuit": (3.0, 14.0),
    "phase": (3.0, 14.0),
    "cabinet": (26.0, 60.0),
    "gateway": (1.0, 4.0),
    "access_point": (1.0, 24.0),
    "radio": (4.0, 30.0),
    "hotspot": (1.0, 6.0),
    "wifi_controller": (1.0, 4.0),
}
"""Between these a fault is mended, hours."""
LASTS_LONGER_H: Mapping[str, tuple[float, float]] = {
    "cabinet_supply_loss": (1.0, 8.0),
    "relay_stuck_on": (26.0, 50.0),
    "relay_stuck_off": (26.0, 50.0),
    "voltage_sag": (3.0, 14.0),
    "ap_flapping": (4.0, 24.0),
    "ap_rebooting": (8.0, 24.0),
    "counters_stuck": (26.0, 40.0),
    "interference": (26.0, 40.0),
    "radio_saturated": (110.0, 160.0),
}
"""The same where the kind says more than what it befalls."""
OFTEN_S = 60
"""Who comes and goes within minutes is known only to those who poll as often as this."""
SEEN_OFTEN_ONLY = frozenset({"ap_flapping"})
NEEDS_NIGHTS: Mapping[str, int] = {"radio_saturated": 6}
"""Nights without which a kind cannot show: of those that follow its begin it takes several."""
SHORTEST_SPAN_D = 0.4
"""Of the first night, in which faults begin when there is only one."""
FIRST = timedelta(hours=1)
STRESSED = frozenset(
    {
        "lamp_dead",
        "driver_fault",
        "led_string_out",
        "cycling",
        "dimming_stuck",
        "high_power",
        "low_power_factor",
    }
)
"""A luminaire fails at the stress of switching on, or while it burns; a dark one does not."""
APART = timedelta(hours=12)
"""Two happenings on one cabinet lie at least so far apart: what is true must be plain."""
TRIES = 200

NIGHT_FED_SHARE = 0.3
"""Cabinets that are live from dusk to dawn only."""
FESTIVE_SHARE = 0.03
SLOW_SHARE = 0.05
WORKS_A_CABINET_NIGHT = 0.01
EXTINCTIONS_A_CABINET_NIGHT = 0.02
TESTS_A_CABINET_NIGHT = 0.01
RESETS_A_LAMP_NIGHT = 0.0005
STORM_A_NIGHT = 0.15
STORM_SHARE = 0.2
"""Cabinets under a storm."""
MISSED_SHARE = 0.001
"""Polls that stay unanswered for no reason."""
REBOOTS_AN_ACCESS_POINT_NIGHT = 0.01
WORKS_A_PLACE_NIGHT = 0.02
CROWDS_A_PLACE_NIGHT = 0.03


def random_scenario(seed: int, nights: int, telemetry_s: int, lamps: int, access_points: int) -> Scenario:
    """The frame of a random scenario: noon to noon, from a day of the year that the seed draws."""
    draw = draws(seed, "random frame")
    day = datetime(2026, 1, 1, 12, tzinfo=ZONE) + timedelta(days=draw.randrange(365))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
    return Scenario(
        title=f"random, seed {seed}",
        start=noon.astimezone(UTC),
        seed=seed,
        lamps=lamps,
        access_points=access_points,
        nights=nights,
        telemetry_s=telemetry_s,
        poll_s=min(telemetry_s, 300),
    )


def drawn(scenario: Scenario, plan: CityPlan, rate: float) -> Resolved:
    """All that happens in a random scenario; ``rate`` times as many faults as published."""
    return _Drawing(scenario, plan, draws(scenario.seed, "random")).all(rate)


class _Drawing:
    def __init__(self, scenario: Scenario, plan: CityPlan, draw: Random) -> None:
        self._scenario = scenario
        self._plan = plan
        self._draw = draw
        self._end = scenario.start + timedelta(days=scenario.nights)
        self._busy: dict[str, list[tuple[datetime, datetime]]] = {}
        self._cabinets = assets_of("cabinet", plan)
        self._night_fed = {cabinet for cabinet in self._cabinets if draw.random() < NIGHT_FED_SHARE}

    def all(self, rate: float) -> Resolved:
        night_fed = [
            Truth("daytime_unpowered", cabinet, self._scenario.start, None)
            for cabinet in sorted(self._night_fed)
        ]
        share = self._draw.uniform(*YEARLY_SHARE) * self._scenario.nights / DAYS_A_YEAR
        count = _poisson(len(self._plan.lamps) * share * rate, self._draw)
        kinds = [kind for kind in WEIGHTS if self._can_be_told(kind)]
        weights = [WEIGHTS[kind] for kind in kinds]
        faults = [self._fault(kind) for kind in self._draw.choices(kinds, weights, k=count)]
        found = [fault for fault in faults if fault is not None]
        return Resolved(tuple(sorted(found, key=lambda fault: fault.at)), (*night_fed, *self._noise()))

    def _can_be_told(self, kind: str) -> bool:
        """Whether the city has what a kind befalls, and the scenario shows enough of it."""
        if kind in SEEN_OFTEN_ONLY and self._scenario.poll_s > OFTEN_S:
            return False
        if self._scenario.nights < NEEDS_NIGHTS.get(kind, 1):
            return False
        target = FAULTS[kind][0]
        return any(is_large_enough(kind, target, each, self._plan) for each in assets_of(target, self._plan))

    def _fault(self, kind: str) -> Truth | None:
        """One fault; None when the city has become too full of them."""
        target = FAULTS[kind][0]
        nights = self._scenario.nights - NEEDS_NIGHTS.get(kind, 1)
        span = max(float(nights), SHORTEST_SPAN_D)
        assets = assets_of(target, self._plan)
        for _ in range(TRIES):
            asset = self._draw.choice(assets)
            if not is_large_enough(kind, target, asset, self._plan):
                continue
            if kind == "day_burner" and cabinet_of(asset, self._plan) in self._night_fed:
                continue  # a lamp without power by day cannot burn by day
            at = self._scenario.start + FIRST + timedelta(days=self._draw.uniform(0, span))
            if kind in STRESSED and not _is_dark(at):
                continue
            hours = self._draw.uniform(*LASTS_LONGER_H.get(kind, LASTS_H[target]))
            until = at + timedelta(hours=hours)
            if self._take(cabinet_of(asset, self._plan), at, until):
                return Truth(kind, asset, _whole(at), _whole(until))
        return None

    def _noise(self) -> list[Truth]:
        start, nights = self._scenario.start, self._scenario.nights
        noise = [
            Truth(kind, "", start, None) for kind in ("lost_messages", "duplicated_uplinks", "late_uplinks")
        ]
        for cabinet in self._cabinets:
            if self._draw.random() < FESTIVE_SHARE:
                noise.append(Truth("festive_load", cabinet, start, None))
            if self._draw.random() < SLOW_SHARE:
                noise.append(Truth("warm_up", cabinet, start, None))
        per_cabinet = nights * len(self._cabinets)
        noise += self._some("maintenance_window", WORKS_A_CABINET_NIGHT * per_cabinet, (5, 21), (1, 4))
        noise += self._some("planned_extinction", EXTINCTIONS_A_CABINET_NIGHT * per_cabinet, (11, 12), (4, 6))
        noise += self._some("override_by_technician", TESTS_A_CABINET_NIGHT * per_cabinet, (1, 3), (1, 2))
        resets = _poisson(RESETS_A_LAMP_NIGHT * nights * len(self._plan.lamps), self._draw)
        lamps = list(self._plan.lamps)
        noise += [
            Truth("counter_reset", self._draw.choice(lamps), self._moment(0, 24), None) for _ in range(resets)
        ]
        for night in range(nights):
            if self._draw.random() < STORM_A_NIGHT:
                noise += self._storm(night)
        return noise + self._wifi_noise(nights)

    def _wifi_noise(self, nights: int) -> list[Truth]:
        access_points = assets_of("access_point", self._plan)
        if not access_points:
            return []
        places = assets_of("hotspot", self._plan)
        noise = [Truth("missed_polls", "", self._scenario.start, None, share=MISSED_SHARE)]
        for kind, assets, a_night, begins_h, lasts_h in (
            ("single_reboot", access_points, REBOOTS_AN_ACCESS_POINT_NIGHT, (1, 20), (0.1, 0.2)),
            ("site_maintenance", places, WORKS_A_PLACE_NIGHT, (1, 20), (0.1, 0.2)),
            ("crowd", places, CROWDS_A_PLACE_NIGHT, (4, 8), (2, 5)),
        ):
            noise += self._some(kind, a_night * nights * len(assets), begins_h, lasts_h, assets)
        return noise

    def _some(
        self,
        kind: str,
        mean: float,
        begins_h: tuple[float, float],
        lasts_h: tuple[float, float],
        assets: Sequence[str] | None = None,
    ) -> list[Truth]:
        """Some pieces of noise where nothing else befalls, on cabinets unless other assets are named.

        They begin so many hours after a noon.
        """
        found: list[Truth] = []
        for _ in range(_poisson(mean, self._draw)):
            asset, at = self._draw.choice(assets or self._cabinets), self._moment(*begins_h)
            until = _whole(at + timedelta(hours=self._draw.uniform(*lasts_h)))
            if self._take(cabinet_of(asset, self._plan), at, until):
                found.append(Truth(kind, asset, at, until, where=f"{kind}-{len(found)}"))
        return found

    def _storm(self, night: int) -> list[Truth]:
        at = self._scenario.start + timedelta(days=night, hours=self._draw.uniform(0.5, 22))
        until = _whole(at + timedelta(hours=self._draw.uniform(0.5, 2)))
        return [
            Truth("storm_photocell", cabinet, _whole(at), until)
            for cabinet in self._cabinets
            if self._draw.random() < STORM_SHARE and self._take(cabinet, at, until)
        ]

    def _moment(self, first_h: float, last_h: float) -> datetime:
        night = self._draw.randrange(self._scenario.nights)
        hours = self._draw.uniform(first_h, last_h)
        return _whole(self._scenario.start + timedelta(days=night, hours=hours))

    def _take(self, cabinet: str, at: datetime, until: datetime) -> bool:
        """Keep a cabinet to one happening at a time."""
        spans = self._busy.setdefault(cabinet, [])
        if any(at < end + APART and begin - APART < until for begin, end in spans):
            return False
        spans.append((at, until))
        return True


def _poisson(mean: float, draw: Random) -> int:
    """How often something happens that happens ``mean`` times on average (Knuth; large means in parts)."""
    count = 0
    while mean > 0:
        part, mean = min(mean, 100.0), mean - 100.0
        limit, product = exp(-part), draw.random()
        while product > limit:
            count += 1
            product *= draw.random()
    return count


def _is_dark(at: datetime) -> bool:
    """Whether the sun is down over the city."""
    day = int(at.timestamp() // DAY_S)
    place = Place(SITE.latitude, SITE.longitude, 60, summer_time=True)
    sunrise, sunset = place.sun("sunrise", day), place.sun("sunset", day)
    return not (sunrise and sunset and sunrise < at.timestamp() < sunset)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
