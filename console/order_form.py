"""What a person types into an order: levels and durations, read or refused with a hint."""

import re
from datetime import timedelta

from city.errors import BadInput
from console.i18n import N_

LOWEST_PCT, HIGHEST_PCT = 0.0, 100.0
_BACK = frozenset({"p", "programme", "auto"})
_DURATION = re.compile(
    r"(?:(?P<days>\d+)\s*[dj])?\s*(?:(?P<hours>\d+(?:[.,]\d+)?)\s*h)?\s*(?:(?P<minutes>\d+)\s*(?:min|mn|m)?)?",
    re.IGNORECASE,
)

BAD_LEVEL = N_("Level: a number from 0 to 100, or p for back to the programme")
BAD_DURATION = N_("Duration: for instance 2h, 90m or 1h30")


def read_level(text: str) -> float | None:
    """A level in percent; None for "back to the programme".

    Raises:
        BadInput: it is neither; the message is a message id.
    """
    text = text.strip().removesuffix("%").strip().replace(",", ".")
    if text.casefold() in _BACK:
        return None
    try:
        level = float(text)
    except ValueError as error:
        raise BadInput(BAD_LEVEL) from error
    if not LOWEST_PCT <= level <= HIGHEST_PCT:
        raise BadInput(BAD_LEVEL)
    return level


def read_duration(text: str) -> timedelta:
    """``2h``, ``90m``, ``1h30``, ``1d``; a bare number is refused, as it says no unit.

    Raises:
        BadInput: it is not a duration, or is zero; the message is a message id.
    """
    text = text.strip()
    found = _DURATION.fullmatch(text)
    if not found or text.isdigit():
        raise BadInput(BAD_DURATION)
    length = timedelta(
        days=int(found["days"] or 0),
        hours=float((found["hours"] or "0").replace(",", ".")),
        minutes=int(found["minutes"] or 0),
    )
    if not length:
        raise BadInput(BAD_DURATION)
    return length
