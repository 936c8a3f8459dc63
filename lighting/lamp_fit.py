"""Whether a programme fits into a lamp controller, and leaves no night dark: refused with the reason if not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time, timedelta

from city.errors import BadInput
from city.places import Site
from lighting.calendars import Calendar
from lighting.lamp_entries import nights_of_horizon
from lighting.limits import LampFeature, LampLimits
from lighting.moments import CIVIL, Bounded, Edge, Moment, When, events_of
from lighting.programmes import NO_TIME, Programme
from lighting.reference_year import dark_nights, every_night, is_off_on_purpose, nights_left, stand_in

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
ONE_SECOND = timedelta(seconds=1)

LARGEST_OFFSET = timedelta(hours=12)
"""From an event of the sun: more would leave the night (docs/devices/lamp-controller.md)."""

LONGEST_FADE = timedelta(hours=1)
"""The same."""

LONGEST_SHORTEST = timedelta(hours=12)
"""The same, of the light that is left out and of the photocell's window."""

NAMED_MOST = 3
"""Spans of nights that a refusal names."""


def needs_of(programme: Programme) -> dict[LampFeature, str]:
    """The features that a programme needs beyond the simplest controller's, each with what needs it."""
    edges = {"on": programme.on, "off": programme.off}
    steps = {f"step {number}": step.at for number, step in enumerate(programme.steps, 1)}
    needs: dict[LampFeature, str] = {}
    for where, when in {**edges, **steps}.items():
        for feature in _needs_of_moment(when, is_edge=where in edges):
            needs.setdefault(feature, f"{where} is {said(when)}")
    if programme.fade or any(step.fade for step in programme.steps):
        needs[LampFeature.FADES] = "its level is to fade"
    if programme.shortest:
        needs[LampFeature.SHORTEST] = (
            f"light shorter than {_said_minutes(programme.shortest)} is to be left out"
        )
    if programme.photocell:
        needs[LampFeature.PHOTOCELL] = f"a photocell may decide within {_said_minutes(programme.photocell)}"
    return needs


def _needs_of_moment(when: When, *, is_edge: bool) -> Iterator[LampFeature]:
    if isinstance(when, Bounded):
        yield LampFeature.LIMITS
    if is_edge and any(isinstance(part, time) for part in _parts(when)):
        yield LampFeature.CLOCK
    if events_of(when) & CIVIL:
        yield LampFeature.CIVIL
    if not is_edge and events_of(when):
        yield LampFeature.SUN_STEPS


def _parts(when: When) -> Sequence[Moment]:
    if not isinstance(when, Bounded):
        return (when,)
    return tuple(part for part in (when.moment, when.not_before, when.not_after) if part is not None)


def check_programme(programme: Programme, limits: LampLimits) -> None:
    """Raise BadInput when controllers with such limits could not follow a programme, saying which limit."""
    where = f"programme {programme.name}"
    if len(programme.steps) > limits.steps:
        raise BadInput(f"{where}: got {len(programme.steps)} steps, a lamp controller holds {limits.steps}")
    for feature, why in needs_of(programme).items():
        if feature not in limits.features:
            raise BadInput(f"{where}: {why}: the lamp controllers do not announce that they can ({feature})")
    for when in (programme.on, programme.off, *(step.at for step in programme.steps)):
        for moment in _parts(when):
            _check_moment(where, moment, limits)
    for fade in (programme.fade, *(step.fade or NO_TIME for step in programme.steps)):
        if fade % ONE_SECOND or not NO_TIME <= fade <= LONGEST_FADE:
            raise BadInput(f"{where}: fade: got {fade}, expected whole seconds, at most {LONGEST_FADE}")
    for name, window in (("shortest", programme.shortest), ("photocell", programme.photocell)):
        if window % ONE_MINUTE or not NO_TIME <= window <= LONGEST_SHORTEST:
            raise BadInput(
                f"{where}: {name}: got {window}, expected whole minutes, at most {LONGEST_SHORTEST}"
            )


def _check_moment(where: str, moment: Moment, limits: LampLimits) -> None:
    if isinstance(moment, time):
        exact = not (moment.second or moment.microsecond) and not _minute(moment) % limits.resolution_min
    else:
        exact = not moment.offset % (limits.resolution_min * ONE_MINUTE)
        if abs(moment.offset) > LARGEST_OFFSET:
            raise BadInput(f"{where}: {said(moment)}: a controller takes offsets of at most {LARGEST_OFFSET}")
    if not exact:
        minutes = (
            "whole minutes" if limits.resolution_min == 1 else f"multiples of {limits.resolution_min} min"
        )
        raise BadInput(f"{where}: {said(moment)}: expected {minutes}, a lamp controller knows no others")


def check_nights(calendar: Calendar, programmes: Iterable[Programme], site: Site, tonight: date) -> None:
    """Raise BadInput when a programme leaves dark a night that it may decide, or leaves the night itself.

    Level 0 without any step is darkness on purpose, and passes.
    """
    used = _days_of(calendar, tonight)
    for programme in programmes:
        where = f"programme {programme.name}"
        if left := nights_left(programme, site) & used[programme.name]:
            raise BadInput(f"{where}: its light would go past noon in {_named(left)}: a night ends at noon")
        if is_off_on_purpose(programme):
            continue
        if dark := dark_nights(programme, site) & used[programme.name]:
            raise BadInput(
                f"{where}: lights nothing in {_named(dark)}; level 0 without steps says darkness on purpose"
            )


def _days_of(calendar: Calendar, tonight: date) -> dict[str, set[date]]:
    """The nights of the reference year that stand for those that each programme of a calendar may decide."""
    days: dict[str, set[date]] = {rule.programme: set() for rule in calendar.rules}
    for night in (*nights_of_horizon(tonight), *every_night()):
        days.setdefault(calendar.programme_for(night), set()).add(stand_in(night))
    days[calendar.default] = set(every_night())  # for nights beyond the horizon
    return days


def said(when: When) -> str:
    """A moment as a refusal names it."""
    if isinstance(when, time):
        return f"{when:%H:%M:%S}" if when.second or when.microsecond else f"{when:%H:%M}"
    if isinstance(when, Edge):
        return f"{when.event} {_signed(when.offset)}" if when.offset else when.event
    limits = [
        f"{word} {said(limit)}"
        for word, limit in (("not before", when.not_before), ("not after", when.not_after))
        if limit is not None
    ]
    return ", ".join([said(when.moment), *limits])


def _signed(offset: timedelta) -> str:
    sign = "-" if offset < NO_TIME else "+"
    return f"{sign} {abs(offset)}"


def _said_minutes(span: timedelta) -> str:
    return f"{span / ONE_MINUTE:g} min"


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _named(nights: Iterable[date]) -> str:
    """Nights of every year, those that follow one another as a span."""
    spans: list[list[date]] = []
    for night in sorted(nights):
        if spans and night - spans[-1][-1] == ONE_DAY:
            spans[-1].append(night)
        else:
            spans.append([night])
    texts = [
        f"{span[0]:%-d %B}" if len(span) == 1 else f"{span[0]:%-d %B} to {span[-1]:%-d %B}"
        for span in spans[:NAMED_MOST]
    ]
    more = f" and {len(spans) - NAMED_MOST} more" if len(spans) > NAMED_MOST else ""
    return f"the nights of {', '.join(texts)}{more}"
