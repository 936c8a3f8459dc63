"""Nights: noon to noon in local time, named by the date of the evening."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NOON = time(12, 0)

NIGHTS_KEPT = 1024
TIMES_KEPT = 8192
"""How many answers are remembered: a year of nights, and of each some twenty times of the clock. Hundreds of calendars
ask for the same ones, and the time zone takes longer to ask than everything else."""


def night_of(instant: datetime, zone: ZoneInfo) -> date:
    """The night that an instant belongs to: 02:00 on Saturday belongs to Friday's night."""
    local = instant.astimezone(zone)
    return local.date() if local.time() >= NOON else local.date() - timedelta(days=1)


@lru_cache(maxsize=NIGHTS_KEPT)
def night_bounds(night: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First instant of a night and first instant of the next, in UTC (23, 24 or 25 hours apart)."""
    start = datetime.combine(night, NOON, zone)
    end = datetime.combine(night + timedelta(days=1), NOON, zone)
    return start.astimezone(UTC), end.astimezone(UTC)


@lru_cache(maxsize=TIMES_KEPT)
def local_instant(night: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall-clock time in a night.

    Times from noon on fall on the evening's date, earlier ones on the morning after. When clocks go back and a
    time comes twice, the first is meant; when they go forward and it does not come at all, the first instant
    after the gap is meant (``lighting-domain``: each switch point is resolved once a night).
    """
    day = night if at >= NOON else night + timedelta(days=1)
    naive = datetime.combine(day, at)
    instant = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == naive:
        return instant
    return _end_of_gap(naive, zone)


def _end_of_gap(naive: datetime, zone: ZoneInfo) -> datetime:
    """First valid instant (to the minute) after a local time that the spring change skips."""
    # Read with fold=1, a skipped time lands before the change by as much as it lies past the gap's start.
    instant = naive.replace(second=0, microsecond=0, tzinfo=zone, fold=1).astimezone(UTC)
    while instant.astimezone(zone).replace(tzinfo=None) < naive:
        instant += timedelta(minutes=1)
    return instant
