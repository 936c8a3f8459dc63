"""How the use of a place changes over months: a slope that odd weeks do not move, with its band.

Theil and Sen's slope is the median of the slopes between any two weeks; its bounds come from Kendall's ranks (Sen,
Estimates of the regression coefficient based on Kendall's tau, J. Am. Stat. Assoc. 63, 1968, section 6).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, floor, log, sqrt
from statistics import median

from wifi.capacity.past import MOST_OF_A_DAY, Hours, Past

FEWEST_WEEKS = 8
YEAR_WEEKS, QUARTER_WEEKS = 52, 12
"""Growth is looked for over a whole year, or over a quarter: any time between would take the season for growth."""
YEAR_KNOWN_WEEKS = 40
"""Of a year at least so many weeks must be known."""
FEWEST_DAYS_OF_WEEK = 4
"""A week with fewer days that were measured is left aside."""
BUSY_HOURS = 4
"""The busy level of a day is the mean of its so many busiest hours."""
WEEKS_A_MONTH = 365.25 / 12 / 7
NORMAL_95 = 1.6449
"""Nine of ten lie within so many standard deviations of a normal distribution."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Growth:
    """In percent a month."""

    pct_a_month: float
    low: float
    high: float
    months: float
    """How much history it rests on."""


def busy_levels(past: Past) -> Mapping[date, float]:
    """How busy each day was, events left aside; the first and the last day of the past may lack hours, and are none."""
    found = {}
    for day in sorted(past.ordinary)[1:-1]:
        busy = _busy_level(past.ordinary[day])
        if busy is not None:
            found[day] = busy
    return found


def growth(levels: Mapping[date, float]) -> Growth | None:
    """How the busy days of a place have grown, over a year or a quarter; None under ``FEWEST_WEEKS`` weeks."""
    weeks = _weekly_levels(levels)
    newest = max(weeks, default=0)
    is_year = min(weeks, default=0) <= newest - (YEAR_WEEKS - 1) and len(weeks) >= YEAR_KNOWN_WEEKS
    oldest = newest - (YEAR_WEEKS if is_year else QUARTER_WEEKS) + 1
    numbers = sorted(week for week in weeks if week >= oldest)
    if len(numbers) < FEWEST_WEEKS:
        return None
    logs = [log(weeks[number]) for number in numbers]
    slopes = sorted(
        (logs[late] - logs[early]) / (numbers[late] - numbers[early])
        for late in range(len(numbers))
        for early in range(late)
    )
    low, high = _bounds(slopes, len(numbers))
    span = (numbers[-1] - numbers[0] + 1) / WEEKS_A_MONTH
    return Growth(_a_month(median(slopes)), _a_month(low), _a_month(high), span)


def _weekly_levels(levels: Mapping[date, float]) -> Mapping[int, float]:
    """The busy level of each week by its number; weeks in which nobody came are none."""
    days: defaultdict[int, list[float]] = defaultdict(list)
    for day, busy in levels.items():
        days[_week(day)].append(busy)
    weeks = {week: median(found) for week, found in days.items() if len(found) >= FEWEST_DAYS_OF_WEEK}
    return {week: level for week, level in weeks.items() if level > 0.0}


def _busy_level(hours: Hours) -> float | None:
    known = sorted(value for value in hours if value is not None)
    return sum(known[-BUSY_HOURS:]) / BUSY_HOURS if len(known) >= MOST_OF_A_DAY else None


def _week(day: date) -> int:
    return (day - day.weekday() * _ONE_DAY).toordinal() // 7


def _bounds(slopes: list[float], weeks: int) -> tuple[float, float]:
    spread = NORMAL_95 * sqrt(weeks * (weeks - 1) * (2 * weeks + 5) / 18.0)
    outside = floor((len(slopes) - spread) / 2.0)
    return slopes[max(0, outside)], slopes[min(len(slopes) - 1, len(slopes) - 1 - outside)]


def _a_month(slope: float) -> float:
    return 100.0 * (exp(slope * WEEKS_A_MONTH) - 1.0)
