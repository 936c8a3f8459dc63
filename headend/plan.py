"""What the light plan asks of the city: levels by calendar, power and tonight's curve."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from city.messages import CurvePoint, TimelineRow
from city.nights import night_bounds, night_of
from city.places import Site
from lighting.inventory import Feed, Inventory, LampType
from lighting.light_plan import LightPlan
from lighting.night_proof import lit_spans
from lighting.power import planned_w
from lighting.programmes import Programme, SwitchPoint
from lighting.sun import sun_on

CURVE_STEP = timedelta(minutes=10)

Levels = Mapping[str, float]
"""What each calendar asks for, percent, by its name."""


class Plan:
    """The light plan over the whole city. It may change; who must know of it asks to be told."""

    def __init__(self, light_plan: LightPlan, site: Site, inventory: Inventory) -> None:
        """Prepare.

        Raises:
            BadInput: an assignment of the plan means no light point.
        """
        self.site = site
        self._inventory = inventory
        self._feeds = {circuit.id: circuit.feed for circuit in inventory.circuits.values()}
        self._listeners: list[Callable[[], None]] = []
        self._take(light_plan)

    def _take(self, light_plan: LightPlan) -> None:
        self.calendar_of: Mapping[str, str] = light_plan.calendars_of(self._inventory)
        """The calendar that each light point follows, by name."""
        self.light_plan = light_plan
        self.points: Mapping[str, int] = Counter(self.calendar_of.values())
        """How many light points follow each calendar; calendars that none follows are not in it."""
        self._lamps: Counter[tuple[str, LampType, Feed]] = Counter(
            (self.calendar_of[point.id], point.lamp_type, self._feeds[point.circuit])
            for point in self._inventory.light_points.values()
        )
        self._power_w: dict[tuple[str, float], float] = {}

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have somebody told once another plan holds."""
        self._listeners.append(listener)

    def change(self, light_plan: LightPlan) -> None:
        """Follow another plan from now on.

        Raises:
            BadInput: an assignment of it means no light point; the former plan stands.
        """
        self._take(light_plan)
        for listener in self._listeners:
            listener()

    def levels(self, at: datetime) -> Levels:
        """What each calendar that somebody follows asks for at an instant."""
        return {name: self.light_plan.level_at(name, at, self.site) for name in self.points}

    def level_of(self, point: str, at: datetime) -> float:
        """What one light point should hold at an instant, percent, orders aside."""
        return self.light_plan.level_at(self.calendar_of[point], at, self.site)

    def programme_of(self, point: str, at: datetime) -> Programme:
        """The programme that one light point follows in the night of an instant."""
        return self.light_plan.programme(self.calendar_of[point], night_of(at, self.site.zone))

    def mean_level(self, at: datetime) -> float:
        """What the light points should hold at an instant, averaged, percent."""
        return self._mean(self.levels(at))

    def _mean(self, levels: Levels) -> float:
        total = sum(self.points.values())
        return sum(levels[name] * points for name, points in self.points.items()) / total if total else 0.0

    def power_w(self, levels: Levels) -> float:
        """What all lamps together should draw, W; a night-fed lamp draws nothing while dark."""
        return sum(self._calendar_w(name, level) for name, level in levels.items())

    def _calendar_w(self, calendar: str, level: float) -> float:
        key = (calendar, level)
        if key not in self._power_w:
            self._power_w[key] = sum(
                lamps * planned_w(lamp_type, feed, level)
                for (name, lamp_type, feed), lamps in self._lamps.items()
                if name == calendar
            )
        return self._power_w[key]

    def night(self, calendar: str, at: datetime) -> tuple[date, tuple[SwitchPoint, ...]]:
        """The night that an instant belongs to, and what a calendar asks for in it."""
        night = night_of(at, self.site.zone)
        return night, self.light_plan.switch_points(calendar, night, self.site)

    def lit_spans(self, calendar: str, night: date) -> tuple[tuple[datetime, datetime], ...]:
        """When a calendar has its lamps lit in a night."""
        points = self.light_plan.switch_points(calendar, night, self.site)
        return lit_spans(points, night_bounds(night, self.site.zone)[1])

    def lights_between(self, points: Iterable[str], start: datetime, end: datetime) -> bool:
        """Whether the plan lights any of some light points at any instant of a span."""
        return any(
            (since < end and start < until) or since <= start < until
            for calendar in {self.calendar_of[point] for point in points}
            for night in {night_of(start, self.site.zone), night_of(end, self.site.zone)}
            for since, until in self.lit_spans(calendar, night)
        )

    def highest_between(self, points: Iterable[str], start: datetime, end: datetime) -> float:
        """The most that the plan asks of any of some light points at any instant of a span, percent."""
        calendars = {self.calendar_of[point] for point in points}
        steps = (step for calendar in calendars for step in self.steps_between(calendar, start, end))
        return max((level for _, level in steps), default=0.0)

    def steps_between(self, calendar: str, start: datetime, end: datetime) -> list[tuple[datetime, float]]:
        """What a calendar asks for from the start of a span to its end: since when, and how much, percent."""
        steps = [(start, self.light_plan.level_at(calendar, start, self.site))]
        night, last = night_of(start, self.site.zone), night_of(end, self.site.zone)
        while night <= last:
            switching = self.light_plan.switch_points(calendar, night, self.site)
            steps += [(point.at, point.level) for point in switching if start < point.at < end]
            night += timedelta(days=1)
        return sorted(steps)

    def sun(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """Sunset and sunrise of the night that an instant belongs to, UTC."""
        night = night_of(at, self.site.zone)
        sunrise = sun_on(night + timedelta(days=1), self.site).sunrise
        return sun_on(night, self.site).sunset, sunrise

    def curve(self, now: datetime, measured: Sequence[TimelineRow]) -> tuple[CurvePoint, ...]:
        """This night, noon to noon, with what was measured so far."""
        start, end = night_bounds(night_of(now, self.site.zone), self.site.zone)
        times = [row.at for row in measured]
        points = []
        at = start
        while at < end:
            levels = self.levels(at)
            found = bisect_right(times, at) - 1
            row = measured[found] if found >= 0 and at <= now and at - times[found] < CURVE_STEP else None
            points.append(
                CurvePoint(
                    at=at,
                    planned_level_pct=self._mean(levels),
                    measured_level_pct=row.mean_level_pct if row else None,
                    planned_w=self.power_w(levels),
                    measured_w=row.power_w if row else None,
                )
            )
            at += CURVE_STEP
        return tuple(points)
