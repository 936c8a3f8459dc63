"""How good the forecast of public places is beside "as many as at the same hour last week": docs/wifi-capacity.md.

The places are the simulated city's; every hour of the last weeks is an origin, and knows only what was before it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import mean, median
from zoneinfo import ZoneInfo

from city.public_holidays import Region
from fake_devices.footfall import events, hourly_clients
from wifi.capacity.band import NOMINAL, Band, Errors
from wifi.capacity.days import Days, Event
from wifi.capacity.forecast import Forecast
from wifi.capacity.growth import QUARTER_WEEKS, YEAR_WEEKS, busy_levels, growth
from wifi.capacity.past import Past

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 9, 7, tzinfo=UTC)
HISTORY = 12 * 7
"""Days before the first origin are the first eight weeks of these."""
JUDGED_DAYS = 28
SEEDS = range(1, 21)
PLACES: Mapping[str, int] = {
    "patinoire": 480,
    "uha": 960,
    "centre-ville": 640,
    "gare": 480,
    "plaine-des-sports": 240,
}
"""With what each can carry."""
WITH_EVENTS = ("patinoire", "centre-ville")
"""The others have none that could stay unannounced."""
MORE_PLACES: Mapping[str, int] = {"camping": 200, "musees": 200}
"""Of these the camp site opens on 1 April and closes on 31 October."""
OTHER_SEASONS = (datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 6, 15, tzinfo=UTC))
OTHER_SEEDS = range(1, 4)
GROWTH_SEEDS = range(1, 11)
GROWTH_UNTIL = datetime(2026, 11, 30, tzinfo=UTC)
TRUE_GROWTH = (1.0, 2.0)
"""Percent a month: between these the simulated places grow."""
DISTANCES = (1, 3, 6, 12, 24)
WEEK_H = 7 * 24


@dataclass
class Score:
    """What became of the forecasts of one place, or of several."""

    ours: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    within: list[bool] = field(default_factory=list)
    width: list[float] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Put another one's with them."""
        self.ours += other.ours
        self.naive += other.naive
        self.within += other.within
        self.width += other.width

    @property
    def ratio(self) -> float:
        """Our mean absolute error beside the naive one's."""
        return mean(self.ours) / mean(self.naive)

    @property
    def coverage(self) -> float:
        """Share of outcomes within the band."""
        return mean(self.within)

    def __str__(self) -> str:
        """One line."""
        return (
            f"MAE {mean(self.ours):.2f}, last week {mean(self.naive):.2f} ({100 * self.ratio:.0f} %),"
            f" coverage {100 * self.coverage:.1f} %, width {mean(self.width):.1f}"
        )


def main() -> Iterator[tuple[str, str]]:
    """A line for each place and distance, with events announced and not, and one for all."""
    for announced in (True, False):
        told = "events announced" if announced else "no event announced"
        total = Score()
        for place in PLACES if announced else WITH_EVENTS:
            scores = judged(place, SEEDS, announced=announced)
            for distance, score in scores.items():
                yield f"{told}, {place}, {distance} h", str(score)
                total.add(score)
        yield f"{told}, all (nominal {NOMINAL:.0%})", str(total)
    for start in OTHER_SEASONS:
        for place in (*PLACES, *MORE_PLACES):
            total = Score()
            for score in judged(place, OTHER_SEEDS, announced=True, start=start).values():
                total.add(score)
            judged_until = start + timedelta(days=HISTORY)
            yield f"four weeks until {judged_until:%d %B}, {place}", str(total)
    for weeks in (QUARTER_WEEKS, YEAR_WEEKS):
        yield f"growth over {weeks} weeks, truth between 1 and 2 % a month", _growth_found(weeks)


def _growth_found(weeks: int) -> str:
    """How often the band of a growth reaches the truth, and how wide it is; weeks at both ends are not counted."""
    found = []
    start = GROWTH_UNTIL - timedelta(weeks=weeks + 1)
    for place, capacity in PLACES.items():
        for seed in GROWTH_SEEDS:
            clients = hourly_clients(place, start, 24 * 7 * (weeks + 1), seed, capacity)
            values = {start + timedelta(hours=number): value for number, value in enumerate(clients)}
            known = [Event(*each) for each in events(place, start, GROWTH_UNTIL, seed)]
            if grown := growth(busy_levels(Past(values, Days(PARIS, Region.ALSACE, known)))):
                found.append(grown)
    reached = mean(each.low <= TRUE_GROWTH[1] and each.high >= TRUE_GROWTH[0] for each in found)
    width = mean(each.high - each.low for each in found)
    middle = median(each.pct_a_month for each in found)
    return f"median {middle:+.1f}, band reaches it in {reached:.0%} of {len(found)}, width {width:.1f} points"


def judged(
    place: str,
    seeds: Sequence[int],
    *,
    announced: bool,
    every: int = 1,
    days: int = JUDGED_DAYS,
    start: datetime = START,
) -> Mapping[int, Score]:
    """By distance, over some seeds; each ``every``-th hour of the last ``days`` is an origin."""
    scores: defaultdict[int, Score] = defaultdict(Score)
    for seed in seeds:
        truth = _truth(place, seed, start, announced=announced)
        for distance, score in _judge(truth, start, every=every, days=days).items():
            scores[distance].add(score)
    return scores


def _truth(place: str, seed: int, start: datetime, *, announced: bool) -> Past:
    hours, end = 24 * HISTORY, start + timedelta(days=HISTORY)
    capacity = {**PLACES, **MORE_PLACES}[place]
    clients = hourly_clients(place, start, hours, seed, capacity)
    values = {start + timedelta(hours=number): value for number, value in enumerate(clients)}
    known = [Event(*each) for each in events(place, start, end, seed)] if announced else []
    return Past(values, Days(PARIS, Region.ALSACE, known))


def _judge(truth: Past, start: datetime, *, every: int, days: int) -> Mapping[int, Score]:
    clients = list(truth.values.values())
    forecast = Forecast(truth, start + timedelta(hours=len(clients)))
    first = len(clients) - 24 * days
    scores: defaultdict[int, Score] = defaultdict(Score)
    errors, waiting, band = Errors(), _Waiting(), Band({})
    for origin, distance, expected in forecast.replayed():
        target = origin + distance - 1
        if distance == 1 and origin % 24 == 0 and origin >= first - 24:
            waiting.release(errors, before=origin)
            band = errors.band()
        actual, hour = clients[target], (start + timedelta(hours=target)).astimezone(PARIS).hour
        if expected is None:
            continue
        unit = forecast.unit(expected)
        waiting.add(target, distance, hour, (actual - expected) / unit)
        if origin < first or distance not in DISTANCES or origin % every:
            continue
        bounds = band.around(expected, unit, distance, hour)
        if bounds is None:
            continue
        score = scores[distance]
        score.ours.append(abs(actual - expected))
        score.naive.append(abs(actual - clients[target - WEEK_H]))
        score.within.append(bounds[0] <= actual <= bounds[1])
        score.width.append(bounds[1] - bounds[0])
    return scores


class _Waiting:
    """Errors that are only known once the hour that was forecast is over."""

    def __init__(self) -> None:
        self._errors: defaultdict[int, list[tuple[int, int, float]]] = defaultdict(list)

    def add(self, target: int, distance: int, hour: int, error: float) -> None:
        self._errors[target].append((distance, hour, error))

    def release(self, into: Errors, before: int) -> None:
        for target in sorted(each for each in self._errors if each < before):
            for distance, hour, error in self._errors.pop(target):
                into.add(target, distance, hour, error)
