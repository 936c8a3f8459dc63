"""The programme message of a lamp controller: read, and refused with the reason where it cannot be run."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast, get_args

from fake_devices.lamp_moments import Clock, Edge, Limited, Moment
from fake_devices.lamp_night import FULL, NightProgramme, Step
from fake_devices.lamp_programme import EVERY_DAY, Entry, LampProgramme, YearlessDay
from fake_devices.street_clock import EPOCH, HOUR_S, Place, SunEvent

MOST_PROGRAMMES = 16
MOST_ENTRIES = 128
MOST_STEPS = 10
LONGEST_PROGRAMME = 8192
"""Octets of a programme message."""
LARGEST_OFFSET_MIN = 720
"""Half a day: a larger offset from sunset or sunrise would leave the night."""
LARGEST_ZONE_MIN = 14 * 60
LONGEST_FADE_S = HOUR_S
LONGEST_SHORTEST_MIN = 720
LONGEST_HASH = 32
LEAP_YEAR = 2000
"""Has every day that a yearless date may name."""

LIMITS: Mapping[str, Any] = {
    "programmes": MOST_PROGRAMMES,
    "entries": MOST_ENTRIES,
    "steps": MOST_STEPS,
    "resolution_min": 1,
    "octets": LONGEST_PROGRAMME,
    "features": ["clock", "civil", "limits", "sun-steps", "fades", "shortest"],
}
"""What a gateway announces of these controllers."""


class ProgrammeError(ValueError):
    """A programme that this controller cannot run; the message is its reason."""


def read_programme(document: Mapping[str, Any]) -> LampProgramme:
    """Take a programme from its JSON.

    Raises:
        ProgrammeError: with the reason.
    """
    name = document.get("hash")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_HASH:
        raise ProgrammeError("hash missing")
    dst = document.get("dst")
    if dst not in ("eu", "none", None):
        raise ProgrammeError("dst is not eu or none")
    place = Place(
        latitude=_number(document, "latitude", -90, 90),
        longitude=_number(document, "longitude", -180, 180),
        offset_min=int(_number(document, "offset_min", -LARGEST_ZONE_MIN, LARGEST_ZONE_MIN)),
        summer_time=dst == "eu",
    )
    if "programmes" not in document:
        return LampProgramme(place, (_flat(document),), hash=name)
    programmes = tuple(_night(each) for each in _list(document, "programmes", MOST_PROGRAMMES))
    if not programmes:
        raise ProgrammeError("programmes: none")
    entries = tuple(_entry(each, len(programmes)) for each in _list(document, "entries", MOST_ENTRIES))
    return LampProgramme(place, programmes, entries, name)


def _flat(document: Mapping[str, Any]) -> NightProgramme:
    """The programme that stands in the document itself: by sunset, sunrise and the clock."""
    programme = _night(document)
    clocks = [step.at for step in programme.steps if isinstance(step.at, Clock)]
    if len(clocks) != len(programme.steps):
        raise ProgrammeError("a step's time is not HH:MM")
    for key, moment in (("on", programme.on), ("off", programme.off)):
        if not isinstance(moment, Edge) or moment.event not in ("sunset", "sunrise"):
            raise ProgrammeError(f"{key}: event is not sunset or sunrise")
    places = [clock.in_night for clock in clocks]
    if places != sorted(set(places)):
        raise ProgrammeError("steps not in the order of the night")
    return programme


def _night(document: object) -> NightProgramme:
    if not isinstance(document, dict):
        raise ProgrammeError("a programme is not an object")
    if _number({"photocell_min": 0, **document}, "photocell_min", 0, LONGEST_SHORTEST_MIN):
        raise ProgrammeError("photocell_min: no photocell fitted")
    return NightProgramme(
        on=_moment(document, "on"),
        off=_moment(document, "off"),
        level=_number(document, "level", 0, FULL),
        steps=tuple(_step(step) for step in _list(document, "steps", MOST_STEPS)),
        fade_s=_number({"fade_s": 0, **document}, "fade_s", 0, LONGEST_FADE_S),
        shortest_s=60 * _number({"shortest_min": 0, **document}, "shortest_min", 0, LONGEST_SHORTEST_MIN),
    )


def _step(step: object) -> Step:
    if not isinstance(step, dict):
        raise ProgrammeError("a step is not an object")
    if "at" not in step:
        raise ProgrammeError("a step's time is missing")
    fade_s = _number(step, "fade_s", 0, LONGEST_FADE_S) if "fade_s" in step else None
    return Step(_moment(step, "at"), _number(step, "level", 0, FULL), fade_s)


def _moment(document: Mapping[str, Any], key: str) -> Moment:
    value = document.get(key)
    if not isinstance(value, dict) or "moment" not in value:
        return _simple(document, key)
    limits = {
        limit: _simple(value, limit) for limit in ("not_before", "not_after") if value.get(limit) is not None
    }
    return Limited(_simple(value, "moment"), limits.get("not_before"), limits.get("not_after"))


def _simple(document: Mapping[str, Any], key: str) -> Edge | Clock:
    value = document.get(key)
    if isinstance(value, str):
        return _clock(value)
    if not isinstance(value, dict):
        raise ProgrammeError(f"{key} missing")
    event = value.get("event")
    if event not in get_args(SunEvent):
        raise ProgrammeError(f"{key}: event is not sunset, sunrise, dusk or dawn")
    offset = _number({"offset_min": 0, **value}, "offset_min", -LARGEST_OFFSET_MIN, LARGEST_OFFSET_MIN)
    return Edge(cast("SunEvent", event), offset)


def _clock(text: str) -> Clock:
    hour, colon, minute = text.partition(":")
    if not (colon and _is_below(hour, 24) and _is_below(minute, 60)):
        raise ProgrammeError("a time is not HH:MM")
    return Clock(int(hour) * HOUR_S + int(minute) * 60)


def _entry(entry: object, programmes: int) -> Entry:
    if not isinstance(entry, dict):
        raise ProgrammeError("an entry is not an object")
    programme = _whole(entry, "programme", 0, programmes - 1)
    days = _whole({"days": EVERY_DAY, **entry}, "days", 1, EVERY_DAY)
    if "from" not in entry and "to" not in entry:
        return Entry(programme, days=days)
    first, last = (_day(entry.get(key)) for key in ("from", "to"))
    if isinstance(first, int) and isinstance(last, int):
        if first > last:
            raise ProgrammeError("an entry ends before it begins")
        return Entry(programme, dates=(first, last), days=days)
    if isinstance(first, tuple) and isinstance(last, tuple):
        return Entry(programme, yearless=(first, last), days=days)
    raise ProgrammeError("an entry's two dates are not alike")


def _day(text: object) -> int | YearlessDay:
    """YYYY-MM-DD as days since 1970, MM-DD as month and day."""
    if isinstance(text, str) and text.isascii():
        yearless = len(text) == len("MM-DD")
        try:
            day = date.fromisoformat(f"{LEAP_YEAR}-{text}" if yearless else text)
        except ValueError:
            pass
        else:
            return (day.month, day.day) if yearless else day.toordinal() - EPOCH
    raise ProgrammeError("a date is not YYYY-MM-DD or MM-DD")


def _list(document: Mapping[str, Any], key: str, most: int) -> Sequence[object]:
    value = document.get(key, [])
    if not isinstance(value, list):
        raise ProgrammeError(f"{key} is not a list")
    if len(value) > most:
        raise ProgrammeError(f"more than {most} {key}")
    return value


def _number(document: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ProgrammeError(f"{key} is not a number from {least:g} to {most:g}")
    return float(value)


def _whole(document: Mapping[str, Any], key: str, least: int, most: int) -> int:
    number = _number(document, key, least, most)
    if number != int(number):
        raise ProgrammeError(f"{key} is not a whole number")
    return int(number)


def _is_below(text: str, limit: int) -> bool:
    return len(text) == 2 and text.isascii() and text.isdigit() and int(text) < limit
