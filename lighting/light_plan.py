"""The light plan: the city's programmes, its calendars, and which light point follows which."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from city.errors import BadInput
from city.nights import night_bounds, night_of
from city.places import Site
from lighting.calendars import Calendar, Rule
from lighting.inventory import Inventory
from lighting.programmes import FIVE_STEPS, Programme, SwitchPoint, switch_points
from lighting.selection import select
from lighting.sun import dark_spans


@dataclass(frozen=True, slots=True)
class Assignment:
    """Some light points follow a calendar."""

    selector: str
    """As ``lighting.selection.select`` reads it."""
    calendar: str


Meaning = tuple[Programme, tuple[tuple[Rule, Programme], ...]]
"""A calendar's default programme, and its rules each with its programme."""


@dataclass(frozen=True)
class LightPlan:
    """All programmes and calendars. Whoever follows nothing else follows the default calendar: none is without."""

    programmes: Mapping[str, Programme]
    calendars: Mapping[str, Calendar]
    default: str
    """The calendar of every light point that no assignment names."""
    assignments: tuple[Assignment, ...] = ()
    """The first that names a light point wins."""

    def __post_init__(self) -> None:
        """Check that whatever is named exists.

        Raises:
            BadInput: a calendar or a programme is named that is not there.
        """
        for calendar in (self.default, *(each.calendar for each in self.assignments)):
            if calendar not in self.calendars:
                raise BadInput(f"calendar {calendar}: there is none of that name")
        for each in self.calendars.values():
            for programme in (each.default, *(rule.programme for rule in each.rules)):
                if programme not in self.programmes:
                    raise BadInput(f"calendar {each.name}: there is no programme {programme}")

    def calendars_of(self, inventory: Inventory) -> Mapping[str, str]:
        """The calendar that each light point follows, by their names.

        Raises:
            BadInput: an assignment means no light point.
        """
        followed = dict.fromkeys(inventory.light_points, self.default)
        for assignment in reversed(self.assignments):
            for point in select(inventory, assignment.selector):
                followed[point.id] = assignment.calendar
        return MappingProxyType(followed)

    def programme(self, calendar: str, night: date) -> Programme:
        """The programme of a calendar in a night."""
        return self.programmes[self.calendars[calendar].programme_for(night)]

    def switch_points(self, calendar: str, night: date, site: Site) -> tuple[SwitchPoint, ...]:
        """What a calendar asks for in a night; see ``lighting.programmes.switch_points``."""
        return switch_points(self.programme(calendar, night), night, site)

    def level_at(self, calendar: str, instant: datetime, site: Site) -> float:
        """What a calendar asks for at an instant, percent."""
        points = self.switch_points(calendar, night_of(instant, site.zone), site)
        passed = bisect_right(points, instant, key=lambda point: point.at)
        return points[passed - 1].level if passed else 0.0

    def meaning(self, calendar: str) -> Meaning:
        """All that a calendar asks for in any night: two that are equal here do the same, whatever they are called."""
        known, programmes = self.calendars[calendar], self.programmes
        rules = tuple(
            (replace(rule, name="", programme=""), programmes[rule.programme]) for rule in known.rules
        )
        return programmes[known.default], rules

    def dark_nights(self, calendar: str, nights: Iterable[date], site: Site) -> list[date]:
        """The nights in which a calendar gives no light at all, though the sun sets."""
        return [
            night
            for night in nights
            if not any(point.level > 0 for point in self.switch_points(calendar, night, site))
            and dark_spans(*night_bounds(night, site.zone), site)
        ]


def plan_of(programme: Programme) -> LightPlan:
    """The plan of a city that follows one programme every night."""
    calendar = Calendar(programme.name, programme.title, default=programme.name)
    return LightPlan({programme.name: programme}, {calendar.name: calendar}, calendar.name)


FIVE_STEPS_PLAN = plan_of(FIVE_STEPS)
"""What a city follows that has said nothing else."""
