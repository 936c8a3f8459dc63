"""Which days are which: public holidays of Alsace, and when the university teaches."""

from datetime import date
from functools import lru_cache

import holidays

ALSACE = "6AE"
"""With Good Friday and Saint Stephen's Day (code du travail, article L3134-13)."""
SATURDAY, SUNDAY = 5, 6
LECTURE_MONTHS = frozenset({9, 10, 11, 12, 1, 2, 3, 4, 5})
VACATIONS: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (
    ((1, 1), (1, 4)),
    ((2, 21), (3, 1)),
    ((4, 18), (4, 26)),
    ((10, 24), (11, 1)),
    ((12, 19), (12, 31)),
)
"""(month, day) of the first and last day, the same each year: invented, in the manner of French universities."""


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of a year in Alsace."""
    return frozenset(holidays.country_holidays("FR", subdiv=ALSACE, years=year))


def is_like_sunday(day: date) -> bool:
    """Whether shops and offices are closed: a Sunday, or a public holiday."""
    return day.weekday() == SUNDAY or day in public_holidays(day.year)


def is_lecture_day(day: date) -> bool:
    """Whether the university teaches."""
    if day.month not in LECTURE_MONTHS or day.weekday() == SATURDAY or is_like_sunday(day):
        return False
    return not any(first <= (day.month, day.day) <= last for first, last in VACATIONS)
