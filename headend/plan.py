"""What the programme asks of the city: levels, power and tonight's curve."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from city.messages import CurvePoint, TimelineRow
from city.nights import night_bounds, night_of
from city.places import Site
from lighting.inventory import Feed, Inventory, LampType
from lighting.night_proof import lit_spans
from lighting.power import expected_power
from lighting.programmes import Programme, SwitchPoint, level_at, switch_points
from lighting.sun import sun_on

CURVE_STEP = timedelta(minutes=10)


class Plan:
    """One programme over the whole city."""

    def __init__(self, programme: Programme, site: Site, inventory: Inventory) -> None:
        self.programme = programme
        self.site = site
        feeds = {circuit.id: circuit.feed for circuit in inventory.circuits.values()}
        self._lamps: Counter[tuple[LampType, Feed]] = Counter(
            (point.lamp_type, feeds[point.circuit]) for point in inventory.light_points.values()
        )
        self._power_w: dict[float, float] = {}

    def level(self, at: datetime) -> float:
        """What every light point should hold at an instant, percent."""
        return level_at(self.programme, at, self.site)

    def power_w(self, level: float) -> float:
        """What all lamps together should draw at a level, W; a night-fed lamp draws nothing while dark."""
        if level not in self._power_w:
            self._power_w[level] = sum(
                lamps * planned_w(lamp_type, feed, level) for (lamp_type, feed), lamps in self._lamps.items()
            )
        return self._power_w[level]

    def night(self, at: datetime) -> tuple[date, tuple[SwitchPoint, ...]]:
        """The night that an instant belongs to, and its switch points."""
        night = night_of(at, self.site.zone)
        return night, switch_points(self.programme, night, self.site)

    def lit_spans(self, night: date) -> tuple[tuple[datetime, datetime], ...]:
        """When the programme has the lamps lit in a night."""
        points = switch_points(self.programme, night, self.site)
        return lit_spans(points, night_bounds(night, self.site.zone)[1])

    def lights_between(self, start: datetime, end: datetime) -> bool:
        """Whether the programme lights the city at any instant of a span."""
        nights = {night_of(start, self.site.zone), night_of(end, self.site.zone)}
        points = [point for night in nights for point in switch_points(self.programme, night, self.site)]
        return self.level(start) > 0 or any(start < point.at < end and point.level > 0 for point in points)

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
            level = self.level(at)
            found = bisect_right(times, at) - 1
            row = measured[found] if found >= 0 and at <= now and at - times[found] < CURVE_STEP else None
            points.append(
                CurvePoint(
                    at=at,
                    planned_level_pct=level,
                    measured_level_pct=row.mean_level_pct if row else None,
                    planned_w=self.power_w(level),
                    measured_w=row.power_w if row else None,
                )
            )
            at += CURVE_STEP
        return tuple(points)


def planned_w(lamp_type: LampType, feed: Feed, level: float) -> float:
    """What one lamp should draw at a level, W."""
    if level <= 0 and feed is Feed.NIGHT:
        return 0.0
    return expected_power(lamp_type, level)
