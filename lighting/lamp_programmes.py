"""What of the light plan goes into the lamp controllers: a JSON object and its hash.

A controller runs its programme alone and knows no time zone, only an offset and the European summer time.
Whatever it could not follow exactly is refused here, before anything is written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from city.errors import BadInput
from city.places import Site
from lighting.calendars import Calendar, Day
from lighting.controller_clock import controller_place, digest
from lighting.lamp_entries import Entry, entries_of
from lighting.lamp_fit import check_nights, check_programme, needs_of
from lighting.light_plan import LightPlan
from lighting.limits import LampLimits
from lighting.moments import Bounded, When
from lighting.programmes import Programme, Step

ONE_MINUTE = timedelta(minutes=1)
ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class LampProgramme:
    """A calendar with its programmes, as a lamp controller keeps it."""

    content: Mapping[str, Any]
    """The JSON object to send, but for its hash."""

    @cached_property
    def hash(self) -> str:
        """Eight hex digits that change with whatever changes what the lamp does."""
        return digest(self.content).hex()

    def document(self) -> dict[str, Any]:
        """The JSON object to send (docs/devices/lamp-controller.md)."""
        return {"hash": self.hash, **self.content}


def lamp_programme(
    plan: LightPlan, calendar: str, site: Site, limits: LampLimits, tonight: date
) -> LampProgramme:
    """What every lamp controller with such limits should hold that follows a calendar.

    Args:
        plan: has the calendar and its programmes.
        calendar: its name.
        site: where the lamps stand.
        limits: what the controllers can, as their gateway announces it.
        tonight: from this night on the dates must be right for twelve months at least.

    Raises:
        BadInput: a controller could not follow it, or it would leave a night without light.
    """
    followed = plan.calendars[calendar]
    programmes = _programmes(plan, followed)
    for programme in programmes:
        check_programme(programme, limits)
    check_nights(followed, programmes, site, tonight)
    place = asdict(controller_place(site))
    if not followed.rules and not needs_of(programmes[-1]):
        deployed = LampProgramme({**place, **_programme_json(programmes[-1])})
    else:
        entries = entries_of(followed, tonight)
        _check_room(calendar, programmes, entries, limits)
        numbers = {programme.name: number for number, programme in enumerate(programmes)}
        content = {
            **place,
            "programmes": [_programme_json(programme) for programme in programmes],
            "entries": [_entry_json(entry, numbers[entry.programme]) for entry in entries],
        }
        deployed = LampProgramme(content)
    octets = len(json.dumps(deployed.document(), separators=(",", ":")))
    if octets > limits.octets:
        raise BadInput(f"calendar {calendar}: needs {octets} octets, a lamp controller takes {limits.octets}")
    return deployed


def _programmes(plan: LightPlan, calendar: Calendar) -> Sequence[Programme]:
    """Each programme of a calendar once, the default one last."""
    names = dict.fromkeys(rule.programme for rule in calendar.rules)
    names.pop(calendar.default, None)
    return tuple(plan.programmes[name] for name in (*names, calendar.default))


def _check_room(
    calendar: str, programmes: Sequence[Programme], entries: Sequence[Entry], limits: LampLimits
) -> None:
    room = (("programmes", len(programmes), limits.programmes), ("entries", len(entries), limits.entries))
    for what, needed, announced in room:
        if needed > announced:
            raise BadInput(
                f"calendar {calendar}: needs {needed} {what}, the lamp controllers announce {announced}"
            )


def _programme_json(programme: Programme) -> dict[str, Any]:
    document: dict[str, Any] = {
        "on": _when_json(programme.on),
        "off": _when_json(programme.off),
        "level": programme.level,
        "steps": [_step_json(step) for step in programme.steps],
    }
    if programme.fade:
        document["fade_s"] = programme.fade // ONE_SECOND
    if programme.shortest:
        document["shortest_min"] = programme.shortest // ONE_MINUTE
    if programme.photocell:
        document["photocell_min"] = programme.photocell // ONE_MINUTE
    return document


def _step_json(step: Step) -> dict[str, Any]:
    document = {"at": _when_json(step.at), "level": step.level}
    return document if step.fade is None else {**document, "fade_s": step.fade // ONE_SECOND}


def _when_json(when: When) -> Any:
    if isinstance(when, time):
        return f"{when:%H:%M}"
    if not isinstance(when, Bounded):
        return {"event": when.event, "offset_min": when.offset // ONE_MINUTE}
    document = {"moment": _when_json(when.moment)}
    if when.not_before is not None:
        document["not_before"] = _when_json(when.not_before)
    if when.not_after is not None:
        document["not_after"] = _when_json(when.not_after)
    return document


def _entry_json(entry: Entry, programme: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if entry.first is not None and entry.last is not None:
        document = {"from": _day_json(entry.first), "to": _day_json(entry.last)}
    if entry.weekdays:
        document["days"] = sum(1 << weekday for weekday in entry.weekdays)
    return {**document, "programme": programme}


def _day_json(day: Day) -> str:
    return day.isoformat() if isinstance(day, date) else f"{day.month:02d}-{day.day:02d}"
