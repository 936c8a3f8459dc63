"""How long it takes to preview a year: one programme in a process of its own, and three hundred calendars."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from city.settings import CitySection
from lighting.calendars import Calendar, Rule
from lighting.light_plan import LightPlan
from lighting.preview import preview, preview_calendar
from lighting.programmes import FIVE_STEPS, Programme

YEAR = date(2026, 1, 1)
NIGHTS = 365
CALENDARS = 300
COLD_RUNS = 5

COLD = "from benchmarks.preview import one_year; print(one_year())"


def one_year() -> float:
    """Seconds that a year of one programme takes."""
    started = time.perf_counter()
    preview(FIVE_STEPS, YEAR, NIGHTS, CitySection().site)
    return time.perf_counter() - started


def three_hundred_calendars() -> float:
    """Seconds that a year of three hundred calendars takes, each with two programmes that no other has."""
    plan = _plan()
    site = CitySection().site
    started = time.perf_counter()
    for calendar in plan.calendars:
        preview_calendar(plan, calendar, YEAR, NIGHTS, site)
    return time.perf_counter() - started


def main() -> Iterator[tuple[str, str]]:
    """Figures for ``python -m benchmarks``."""
    cold = [
        float(subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True).stdout)
        for _ in range(COLD_RUNS)
    ]
    yield f"a year of one programme, cold, best of {COLD_RUNS}", f"{1000 * min(cold):.0f} ms"
    yield f"a year of {CALENDARS} calendars", f"{three_hundred_calendars():.1f} s"


def _plan() -> LightPlan:
    programmes: dict[str, Programme] = {}
    calendars: dict[str, Calendar] = {}
    for number in range(CALENDARS):
        weekdays = replace(FIVE_STEPS, name=f"semaine-{number}", level=100.0 - number / 10)
        weekend = replace(weekdays, name=f"fin-{number}", fade=timedelta(seconds=30))
        programmes |= {weekdays.name: weekdays, weekend.name: weekend}
        rule = Rule("Fin de semaine", weekend.name, weekdays=frozenset({4, 5}))
        name = f"calendrier-{number}"
        calendars[name] = Calendar(name, name, weekdays.name, (rule,))
    return LightPlan(programmes, calendars, "calendrier-0")
