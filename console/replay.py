"""Replay, without a screen: the steps through the last two days, and which instant somebody means."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from console.city_now import plain
from console.i18n import N_, Words

STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEPT = timedelta(hours=48)
"""How far back the head-end goes."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NOT_RECORDED = N_("Not recorded.")
"""Stands where the present has something that nobody wrote down."""
LINE, CURSOR, OPENING, MIDNIGHT = "─", "█", "▲", "┼"
"""Of the bar of the last two days; a midnight is one of the city."""

_TIME = re.compile(r"(\d{1,2})(?:[:h.](\d{2})?)")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.]?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}")
_DAYS_AGO = {"aujourd'hui": 0, "today": 0, "hier": 1, "yesterday": 1, "avant-hier": 2}
_LONGEST_BACK = 7


def last_step(now: datetime) -> datetime:
    """The last whole step that is over."""
    return EPOCH + (now - EPOCH) // STEP * STEP


def first_step(now: datetime) -> datetime:
    """The first whole step that can still be asked for, with a step to spare while one looks."""
    return last_step(now - KEPT) + 2 * STEP


def stepped(at: datetime, by: timedelta, now: datetime) -> datetime:
    """An instant so much later or earlier, a whole step, as far as one can go."""
    aligned = EPOCH + (at + by - EPOCH) // STEP * STEP
    return min(max(aligned, first_step(now)), last_step(now))


def is_reachable(at: datetime, now: datetime) -> bool:
    """Whether it can be replayed at all."""
    return now - KEPT <= at <= now


def instant_of(text: str, now: datetime, words: Words) -> datetime | None:
    """Which instant somebody means: ``03:12`` (the last one), ``hier 18:00``, ``dim. 3h12``, ``29/11 03:12``.

    None where it says nothing of the kind. Of a time that comes twice in a night, the first; a time that a clock
    leaps over is the instant at which it leaps.
    """
    said = plain(text.strip()).replace("’", "'")
    if _ISO.fullmatch(said):
        said_at = datetime.fromisoformat(said.replace("t", " "))
        return _instant(said_at.date(), said_at.time(), words.zone)
    *before, last = said.split() or [""]
    found = _TIME.fullmatch(last)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 23 or minute > 59:
        return None
    today = now.astimezone(words.zone).date()
    days = [today - number * DAY for number in range(_LONGEST_BACK)]
    if before:
        days = [day for day in days if _means(" ".join(before), day, today, words)]
    meant = (_instant(day, time(hour, minute), words.zone) for day in days)
    return next((at for at in meant if at <= now), None)


def _means(text: str, day: date, today: date, words: Words) -> bool:
    """Whether words mean a day: yesterday, a weekday, or a day of a month."""
    if text in _DAYS_AGO:
        return (today - day).days == _DAYS_AGO[text]
    if found := _DAY_OF_MONTH.fullmatch(text):
        return (day.day, day.month) == (int(found[1]), int(found[2]))
    short = plain(words.weekday(day)).rstrip(".")
    return text.startswith(short) and day != today


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def comes_twice(at: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks on the wall show the same time an hour before or after: in the night in which they go back."""
    shown = at.astimezone(zone).replace(tzinfo=None)
    return any(shown == (at + by).astimezone(zone).replace(tzinfo=None) for by in (-HOUR, HOUR))


def moment_text(at: datetime, words: Words) -> str:
    """``dim. 29 nov. 03:12``, with the offset where that time comes twice."""
    text = f"{words.date(at, short=True)} {words.clock(at)}"
    if comes_twice(at, words.zone):
        offset = at.astimezone(words.zone).utcoffset() or timedelta()
        text += f" (UTC{offset / HOUR:+g})"
    return text


def bar_of(
    at: datetime, now: datetime, openings: Sequence[datetime], zone: ZoneInfo, width: int
) -> list[str]:
    """The last two days, a sign per column: midnights, incidents that opened, and where one stands."""
    if width <= 0:
        return []
    start = now - KEPT
    columns = [LINE] * width

    def mark(instant: datetime, sign: str) -> None:
        if start <= instant <= now:
            columns[min(width - 1, int((instant - start) / KEPT * width))] = sign

    day = start.astimezone(zone).date()
    for number in range(1, 4):
        mark(_instant(day + number * DAY, time(), zone), MIDNIGHT)
    for opening in openings:
        mark(opening, OPENING)
    mark(at, CURSOR)
    return columns


def instant_at(column: int, width: int, now: datetime) -> datetime:
    """The whole step under a column of the bar."""
    meant = now - KEPT + KEPT * ((column + 0.5) / max(1, width))
    return stepped(meant, timedelta(), now)
