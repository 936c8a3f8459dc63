"""History: the steps that a time is cut into for a chart, what it is compared with, and counters along the steps."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from city.counters import grown
from city.errors import BadInput
from city.telemetry import Aggregate, Sample, Window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Before and after anything that we measure; far outside of it there are no local days."""
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUARTER = timedelta(minutes=15)
WEEK = timedelta(days=7)
LADDER = (
    *(number * SECOND for number in (1, 5, 10, 15, 30)),
    *(number * MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * HOUR for number in (1, 2, 3, 6, 12)),
    DAY,
    WEEK,
)
"""The steps that people count in."""
POINTS, POINTS_MOST = 120, 2000
"""Columns of a chart where nobody says how many, and at most: no screen is wider."""


class Compare(StrEnum):
    """With which earlier time a time is compared, by the clocks on the wall."""

    YEAR = "year"
    """The same dates a year before; the 28th for 29 February."""
    WEEKDAY = "weekday"
    """52 weeks before: nearly the same dates, and the same days of the week."""
    WEEK = "week"
    DAY = "day"


_BACK = {Compare.WEEKDAY: 52 * WEEK, Compare.WEEK: WEEK, Compare.DAY: DAY}


@dataclass(frozen=True, slots=True)
class Grid:
    """A time cut into steps, one for each column of a chart."""

    starts: tuple[datetime, ...]
    """Of each step, UTC, oldest first."""
    end: datetime
    """Of the last step."""
    step: timedelta
    """From days on, a step is so many local days: 23, 24 or 25 hours each."""

    @property
    def window(self) -> Window:
        """All of it."""
        return Window(self.starts[0], self.end)

    def column(self, at: datetime) -> int:
        """In which step an instant lies; -1 before the first."""
        return bisect_right(self.starts, at) - 1

    def borders(self, column: int) -> Window:
        """One step; that before the first has number -1."""
        if column < 0:
            return Window(self.starts[0] - self.step, self.starts[0])
        end = self.starts[column + 1] if column + 1 < len(self.starts) else self.end
        return Window(self.starts[column], end)

    def lay_out(self, samples: Iterable[Sample]) -> list[float | None]:
        """A value for each column, None where there is none: a gap stays a gap."""
        columns: list[float | None] = [None] * len(self.starts)
        for sample in samples:
            if self.starts[0] <= sample.at < self.end:
                columns[self.column(sample.at)] = sample.value
        return columns

    def fold(self, samples: Iterable[Sample], aggregate: Aggregate) -> list[Sample]:
        """Finer samples put together step by step; a mean is one of times, each finer step counts alike."""
        found: dict[int, list[float]] = {}
        for sample in samples:
            found.setdefault(self.column(sample.at), []).append(sample.value)
        join = _JOIN[aggregate]
        return [Sample(self.borders(column).start, join(values)) for column, values in sorted(found.items())]

    @property
    def finer(self) -> timedelta | None:
        """The step to ask a store for, whose steps are aligned to UTC; None where those are the same."""
        if self.step < DAY:
            return None
        return HOUR if all(not (start - EPOCH) % HOUR for start in self.starts) else QUARTER


_JOIN: Mapping[Aggregate, Callable[[Sequence[float]], float]] = {
    Aggregate.MEAN: lambda values: sum(values) / len(values),
    Aggregate.MIN: min,
    Aggregate.MAX: max,
    Aggregate.LAST: lambda values: values[-1],
    Aggregate.SUM: sum,
}


def cut(window: Window, step: timedelta, zone: ZoneInfo) -> Grid:
    """A time in whole steps: it begins and ends a little earlier and later where it has to.

    Steps under a day are aligned to UTC, as the stores' are; those of days to local midnights, those of weeks to
    Mondays.
    """
    if step < DAY:
        first = EPOCH + (window.start - EPOCH) // step * step
        count = -((first - window.end) // step)
        starts = tuple(first + number * step for number in range(count))
        return Grid(starts, first + count * step, step)
    day = window.start.astimezone(zone).date()
    if step >= WEEK:
        day -= day.weekday() * DAY
    found = []
    while (midnight := _midnight(day, zone)) < window.end:
        found.append(midnight)
        day += step
    return Grid(tuple(found), midnight, step)


def grid_for(
    window: Window, points: int, zone: ZoneInfo, at_least: timedelta = SECOND, *, is_floating: bool = False
) -> Grid:
    """The finest steps of the ladder that are no more than ``points``, and no shorter than ``at_least``.

    Past the ladder, so many weeks. Whole steps may need one more than there is room for: then a coarser step is
    taken, unless the time is floating ("the last 24 h"), of which the step that has only begun at its start is left.
    """
    for step in LADDER:
        wanted = (window.end - window.start) / step
        if step >= at_least and wanted <= points + 1:  # one day more may have 25 hours
            grid = cut(window, step, zone)
            if is_floating and len(grid.starts) == points + 1 and wanted <= points:
                grid = replace(grid, starts=grid.starts[1:])
            if len(grid.starts) <= points:
                return grid
    weeks = max(1, (window.end - window.start) // (points * WEEK))
    while len((grid := cut(window, weeks * WEEK, zone)).starts) > points:
        weeks += 1
    return grid


def earlier(window: Window, compare: Compare, zone: ZoneInfo) -> Window:
    """What a time is compared with: the same wall clock times on other days."""
    start, end = (at.astimezone(zone).replace(tzinfo=None) for at in (window.start, window.end))
    if compare is Compare.YEAR:
        before, until = _year_before(start), _year_before(end - timedelta.resolution) + timedelta.resolution
        if until <= before:
            until = before + (end - start)
    else:
        before, until = start - _BACK[compare], end - _BACK[compare]
    return Window(_instant(before, zone), _instant(until, zone))


def _year_before(at: datetime) -> datetime:
    is_leap_day = (at.month, at.day) == (2, 29)
    return at.replace(year=at.year - 1, day=28 if is_leap_day else at.day)


def window_of(
    begin: str | None, end: str | None, hours: float | None, now: datetime, zone: ZoneInfo
) -> Window:
    """The time that somebody asks for, by two instants or days, or by one of them and hours; the last 24 h if none.

    Text is ISO 8601; without an offset it is the city's time. A day at the end is included.

    Raises:
        BadInput: no instant, the wrong way round, or all three.
    """
    if begin and end and hours is not None:
        raise BadInput("from, to and hours: say two of them at most")
    span = timedelta(hours=24 if hours is None else hours)
    until = _parse("to", end, zone, is_end=True) if end else None
    since = _parse("from", begin, zone, is_end=False) if begin else None
    if since is not None and until is None and hours is not None:
        until = since + span
    until = until or now + timedelta.resolution  # what has just come in still counts
    since = since or until - span
    if since >= until:
        raise BadInput(
            f"from {since:%Y-%m-%dT%H:%MZ} to {until:%Y-%m-%dT%H:%MZ}: expected an end after its start"
        )
    return Window(since, until)


def _parse(name: str, text: str, zone: ZoneInfo, *, is_end: bool) -> datetime:
    try:
        if len(text) == len("2026-11-24"):
            day = date.fromisoformat(text)
            at = _midnight(day + DAY if is_end else day, zone)
        else:
            said = datetime.fromisoformat(text)
            at = said.astimezone(UTC) if said.tzinfo else _instant(said, zone)
    except (ValueError, OverflowError) as error:
        raise BadInput(
            f"{name}: got {text!r:.40}, expected for instance 2026-11-24 or 2026-11-24T18:00"
        ) from error
    if not EARLIEST <= at <= LATEST:
        raise BadInput(f"{name}: got {text!r:.40}, expected an instant between {EARLIEST:%Y} and {LATEST:%Y}")
    return at


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return _instant(datetime.combine(day, time()), zone)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first time that clocks on the wall show something; where they leap over it, the instant that they leap."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


@dataclass(slots=True)
class Counting:
    """One counter, followed from step to step by the largest that it showed in each.

    A counter only grows: the largest is its last word in a step, and stays so where a clock went back and two passes
    over the same time lie between each other.
    """

    most_per_s: float
    """What it cannot exceed in a second."""
    span: float | None = None
    """Where it wraps; None: nowhere, or nobody knows."""
    total: float | None = None
    """What it has counted between the first step and the last that are known; None: not known."""
    over_gaps: float = 0.0
    """What of that was counted over steps in which nobody looked: in which of them, is not known."""
    began_anew: int = 0
    """How often it was reset or swapped: what was counted then is in no total."""
    _last: tuple[int, Window, float] | None = None

    def shows(self, column: int, step: Window, value: float) -> float | None:
        """What it has counted in a step; None where that is not known of this step alone."""
        last, self._last = self._last, (column, step, value)
        if last is None:
            return None
        # Over a step back of a clock an hour's growth falls into one step: so much is believed however short it is.
        length_s = max((step.end - last[1].start).total_seconds(), HOUR.total_seconds())
        growth = grown(last[2], value, self.most_per_s * length_s, self.span)
        if growth is None:
            self.began_anew += 1
            return None
        self.total = (self.total or 0.0) + growth
        if column == last[0] + 1:
            return growth
        self.over_gaps += growth
        return None
