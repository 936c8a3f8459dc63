"""The end of rated life, forecast: which light points will have burned their hours within a year.

A forecast list for those who plan replacements, never an incident and never a ticket (lighting-domain, section 3,
"End of life"). It counts hours only; rising power and driver flags are faults of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from city.nights import night_bounds
from city.places import Site
from lighting.inventory import LightPoint
from lighting.light_plan import LightPlan
from lighting.night_proof import lit_spans
from lighting.preview_checks import FULL_YEAR

LISTED_WITHIN = timedelta(days=FULL_YEAR)
"""A light point is listed when its rated hours end within this time."""
FARTHEST_DAYS = 100 * FULL_YEAR
"""No date is told that is further away than this, either way, days."""


@dataclass(frozen=True, slots=True)
class Ageing:
    """How a light point stands against its rated life."""

    point: LightPoint
    burned_h: float
    """Burning hours since the lamp was new, h. A controller that was swapped has not counted the lamp's years."""
    expected: date
    """When it will have burned its rated hours; in the past if it already has."""

    @property
    def remaining_h(self) -> float:
        """Burning hours left of its rated life, h; negative past its end."""
        return self.point.lamp_type.rated_h - self.burned_h


def yearly_hours(plan: LightPlan, calendar: str, first_night: date, site: Site) -> float:
    """Hours for which a calendar has lamps lit in the year from an evening on: 4,100 to 4,300 all night in Mulhouse."""
    lit = timedelta()
    for number in range(FULL_YEAR):
        night = first_night + timedelta(days=number)
        _, end = night_bounds(night, site.zone)
        spans = lit_spans(plan.switch_points(calendar, night, site), end)
        lit += sum((until - since for since, until in spans), timedelta())
    return lit / timedelta(hours=1)


def nearing_end(burned_h: Iterable[tuple[LightPoint, float, float]], today: date) -> list[Ageing]:
    """The light points whose rated life ends within a year, the next to end first.

    ``burned_h`` gives each point with its lamp's burning hours, h, and with how many it adds in a year. Where the
    plan never lights a lamp, only those past their hours are listed.
    """
    ageing = [
        Ageing(point, hours, _expected(point, hours, yearly_h, today)) for point, hours, yearly_h in burned_h
    ]
    listed = [each for each in ageing if each.expected - today < LISTED_WITHIN]
    return sorted(listed, key=lambda each: (each.expected, each.point.id))


def _expected(point: LightPoint, burned_h: float, yearly_h: float, today: date) -> date:
    remaining_h = point.lamp_type.rated_h - burned_h
    if remaining_h > 0 and yearly_h <= 0:
        return today + timedelta(days=FARTHEST_DAYS)
    days = FULL_YEAR * remaining_h / yearly_h if yearly_h > 0 else 0.0
    return today + timedelta(days=int(max(-FARTHEST_DAYS, min(days, FARTHEST_DAYS))))
