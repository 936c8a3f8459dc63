"""Light plans that a test deploys."""

from dataclasses import replace

from lighting.calendars import Calendar, Rule, Span, YearlessDay
from lighting.light_plan import Assignment, LightPlan
from lighting.limits import LampFeature, LampLimits
from lighting.programmes import FIVE_STEPS, Programme

EVERYTHING = LampLimits(
    programmes=8, entries=64, steps=16, resolution_min=1, octets=8192, features=frozenset(LampFeature)
)
"""Announced by a gateway whose controllers leave nothing to wish for."""

STREET = "rues"
PARK = "parc"

DIM = replace(FIVE_STEPS, name="tamise", title="Tamisé", level=60.0, steps=())
FEAST = replace(FIVE_STEPS, name="fete", title="Fête", level=90.0, steps=())


def two_calendars(
    *lamps: str, park: Programme = DIM, feast: tuple[int, int, int, int] = (12, 24, 12, 31)
) -> LightPlan:
    """Streets follow the five steps, but for a feast; some lamps are a park's and have a programme of their own."""
    month, day, until_month, until_day = feast
    span = Span(YearlessDay(month, day), YearlessDay(until_month, until_day))
    rule = Rule("Fêtes", FEAST.name, spans=(span,))
    calendars = {
        STREET: Calendar(STREET, "Rues", FIVE_STEPS.name, (rule,)),
        PARK: Calendar(PARK, "Parc", park.name),
    }
    programmes = {each.name: each for each in (FIVE_STEPS, FEAST, park)}
    assignments = tuple(Assignment(f"lamp:{lamp}", PARK) for lamp in lamps)
    return LightPlan(programmes, calendars, STREET, assignments)
