"""What is kept of a service request that a citizen made: the gate at which everything personal is dropped.

Names, telephone, e-mail, account, photos and addresses are never looked at. The free text is read for a pole number
and the kind of trouble, and forgotten; a pole number counts only if it is that of a light point of ours.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from city.places import Position
from drivers.open311_answers import text_of
from lighting.citizen_reports import CitizenReport, Poles, trouble_of

ATTRIBUTES = ("attributes", "attribute", "extended_attributes")
"""Where desks give back what a form asked for beside the usual."""
POLE_NUMBERS = ("pole_number", "unit_number", "feature_id", "unitno", "unitid", "unit_id", "asset_id")
"""Under which names a pole's number travels (FixMyStreet, Oxfordshire, Peterborough)."""
NUMBER = re.compile(r"[\w.:/#-]{1,64}", re.ASCII)
"""What a service's number looks like; nothing that might be an address or a sentence passes."""
OURS = re.compile(r"[a-z]{1,12}-[0-9a-f]{6,64}")
MARK = re.compile(rf"\[{OURS.pattern}\]\s*\Z")
"""Our own reference, at the end of a description."""
MACHINE = "telegestion"
"""``attribute[source]`` of what we sent ourselves."""
TEXT_READ = 4000
"""Characters of a description, GeoReport v2."""


def citizen_report(entry: Mapping[str, Any], poles: Poles) -> CitizenReport | None:
    """What is to be kept of a request; None if it is our own, or lacks a number, a time or a status we know."""
    number = text_of(entry, "service_request_id")
    status = text_of(entry, "status").lower()
    updated_at = _instant(entry, "updated_datetime")
    requested_at = _instant(entry, "requested_datetime") or updated_at
    if not NUMBER.fullmatch(number) or status not in {"open", "closed"} or requested_at is None:
        return None
    fields = dict(_fields(entry))
    text = text_of(entry, "description")[:TEXT_READ]
    if _is_ours(fields, text):
        return None
    given = (fields[name] for name in POLE_NUMBERS if name in fields)
    named = (poles.named(value) or poles.mentioned(value) for value in given)
    return CitizenReport(
        id=number,
        trouble=trouble_of(text, fields.get("fault", ""), text_of(entry, "service_name")),
        light_point=next(filter(None, named), None) or poles.mentioned(text),
        position=_position(entry),
        is_open=status == "open",
        requested_at=requested_at,
        updated_at=max(updated_at or requested_at, requested_at),
    )


def _fields(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a form asked for, by lower-case code: as an object, or as a list of objects with code and value."""
    for place in ATTRIBUTES:
        held = entry.get(place)
        if isinstance(held, dict):
            yield from ((str(code).lower(), text_of(held, code)[:TEXT_READ]) for code in held)
        elif isinstance(held, list):
            for each in held:
                if isinstance(each, dict):
                    code = text_of(each, "code") or text_of(each, "name") or text_of(each, "key")
                    yield code.lower(), text_of(each, "value")[:TEXT_READ]


def _is_ours(fields: Mapping[str, str], text: str) -> bool:
    reference = fields.get("external_ref", "")
    return fields.get("source") == MACHINE or bool(OURS.fullmatch(reference)) or MARK.search(text) is not None


def _instant(entry: Mapping[str, Any], field: str) -> datetime | None:
    """A W3C date and time, UTC; one without a zone is none."""
    try:
        instant = datetime.fromisoformat(text_of(entry, field))
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _position(entry: Mapping[str, Any]) -> Position | None:
    latitude = _degrees(entry, ("lat", "latitude"), 90.0)
    longitude = _degrees(entry, ("long", "lng", "lon", "longitude"), 180.0)
    return None if latitude is None or longitude is None else Position(latitude, longitude)


def _degrees(entry: Mapping[str, Any], names: tuple[str, ...], most: float) -> float | None:
    text = next(filter(None, (text_of(entry, name) for name in names)), "")
    try:
        degrees = float(text)
    except ValueError:
        return None
    return degrees if isfinite(degrees) and abs(degrees) <= most else None
