"""What of the light plan goes into the cabinets: when each circuit is closed, as numbers for their registers.

A circuit that is fed at night only must be closed whenever one of its lamps may be lit, whatever the night.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import IntEnum
from hashlib import blake2s

from city.errors import BadInput
from city.places import Site
from lighting.controller_clock import SummerTime, controller_place, digest
from lighting.inventory import Cabinet, Feed
from lighting.light_plan import LightPlan
from lighting.moments import Edge, When
from lighting.programmes import NO_TIME, Programme
from lighting.reference_year import is_off_on_purpose, reach

ONE_MINUTE = timedelta(minutes=1)

FURTHEST_MIN = 180
"""A cabinet's circuits are closed from three hours before sunset to three hours after sunrise at most: more would be
a permanent feed, and its lamps can be rewired as such."""

CLOCKS_MIN = 1
"""Minutes to spare where light goes by the clock: cabinets and head-end do not compute the sun to the second."""

MOST_LEAD_MIN = 10
"""A circuit closes and opens at most so many minutes sooner and later than needed, so that few do at once."""


class CircuitMode(IntEnum):
    """How a cabinet switches a circuit, numbered as in its registers."""

    PERMANENT = 0
    """Always closed."""
    ASTRONOMICAL = 1
    """Closed from sunset to sunrise, give or take the offsets."""


@dataclass(frozen=True, slots=True)
class CircuitProgramme:
    """What a cabinet does with one circuit."""

    number: int
    mode: CircuitMode
    sunset_offset_min: int
    """Minutes after sunset at which it closes; 0 for a permanent one."""
    sunrise_offset_min: int
    """Minutes after sunrise at which it opens; 0 for a permanent one."""
    cut_from_min: int | None
    """Night cut: opens at, minutes after local midnight; None for no cut."""
    cut_until_min: int | None


@dataclass(frozen=True, slots=True)
class CabinetProgramme:
    """A programme as a cabinet keeps it (docs/devices/cabinet.md)."""

    hash: int
    """Unsigned 32 bits, never 0: that is the factory programme's."""
    latitude: float
    """Degrees, to 0.01."""
    longitude: float
    """Degrees, to 0.01."""
    offset_min: int
    """Standard offset from UTC, minutes."""
    dst: SummerTime
    circuits: tuple[CircuitProgramme, ...]


@dataclass(frozen=True, slots=True)
class _Closed:
    """Minutes after sunset from which, and after sunrise until which, a circuit must be closed."""

    after_sunset: int = 0
    after_sunrise: int = 0


def cabinet_programme(
    plan: LightPlan,
    followed: Mapping[int, frozenset[str]],
    cabinet: Cabinet,
    site: Site,
    *,
    staggered: bool = True,
) -> CabinetProgramme:
    """What one cabinet should hold.

    Args:
        plan: has the calendars and their programmes.
        followed: the calendars that the light points of each circuit follow, by the circuit's number.
        cabinet: whose circuits.
        site: where it stands.
        staggered: whether each circuit closes a little sooner and opens a little later than needed, each at its
            own minute, so that no cabinet and no city takes its load at once.

    Raises:
        BadInput: the cabinet could not have a circuit closed whenever a lamp of it may be lit.
    """
    place = controller_place(site)
    leads = _leads(cabinet) if staggered else {}
    circuits = []
    for circuit in cabinet.circuits:
        if circuit.feed is Feed.PERMANENT:
            circuits.append(CircuitProgramme(circuit.number, CircuitMode.PERMANENT, 0, 0, None, None))
            continue
        closed = _closed(plan, followed.get(circuit.number, frozenset()), site, circuit.id)
        lead = leads.get(circuit.number, 0)
        circuits.append(
            CircuitProgramme(
                circuit.number,
                CircuitMode.ASTRONOMICAL,
                closed.after_sunset - lead,
                closed.after_sunrise + lead,
                None,
                None,
            )
        )
    content = [*asdict(place).values(), [asdict(circuit) for circuit in circuits]]
    number = int.from_bytes(digest(content), "big")
    return CabinetProgramme(number or 1, **asdict(place), circuits=tuple(circuits))


def _leads(cabinet: Cabinet) -> dict[int, int]:
    """Minutes by which each night-fed circuit is ahead: all different within a cabinet, and spread over the city."""
    fed = [circuit.number for circuit in cabinet.circuits if circuit.feed is Feed.NIGHT]
    apart = max(MOST_LEAD_MIN // max(len(fed), 1), 1)
    first = blake2s(cabinet.id.encode()).digest()[0]
    return {number: 1 + (first + apart * place) % MOST_LEAD_MIN for place, number in enumerate(fed)}


def _closed(plan: LightPlan, calendars: Iterable[str], site: Site, circuit: str) -> _Closed:
    """When a circuit must be closed in any night; from sunset to sunrise where nothing of it is ever lit."""
    names = sorted(
        {
            programme
            for name in calendars
            for programme in (
                plan.calendars[name].default,
                *(rule.programme for rule in plan.calendars[name].rules),
            )
        }
    )
    needed = [
        closed for name in names if (closed := _needed(plan.programmes[name], site, circuit)) is not None
    ]
    if not needed:
        return _Closed()
    return _Closed(min(each.after_sunset for each in needed), max(each.after_sunrise for each in needed))


def _needed(programme: Programme, site: Site, circuit: str) -> _Closed | None:
    if is_off_on_purpose(programme):
        return None
    reached = reach(programme, site)
    if reached is None:
        return None
    by_sunset = _whole_minutes(programme.on, "sunset", NO_TIME)
    by_sunrise = _whole_minutes(programme.off, "sunrise", programme.fade)
    after_sunset = reached.after_sunset // ONE_MINUTE - CLOCKS_MIN if by_sunset is None else by_sunset
    after_sunrise = -(-reached.after_sunrise // ONE_MINUTE) + CLOCKS_MIN if by_sunrise is None else by_sunrise
    sooner = programme.photocell // ONE_MINUTE
    after_sunset, after_sunrise = after_sunset - sooner, after_sunrise + sooner
    if after_sunset < -FURTHEST_MIN:
        raise BadInput(_too_far(programme, circuit, -after_sunset, "before sunset", reached.soonest))
    if after_sunrise > FURTHEST_MIN:
        raise BadInput(_too_far(programme, circuit, after_sunrise, "after sunrise", reached.latest))
    return _Closed(after_sunset, after_sunrise)


def _whole_minutes(when: When, event: str, later: timedelta) -> int | None:
    """The offset of a plain edge from an event, rounded up; None: it is told otherwise."""
    if not isinstance(when, Edge) or when.event != event:
        return None
    return -(-(when.offset + later) // ONE_MINUTE)


def _too_far(programme: Programme, circuit: str, minutes: int, side: str, night: date) -> str:
    return (
        f"programme {programme.name}: circuit {circuit} is fed at night only: its cabinet closes it at most "
        f"{FURTHEST_MIN} min {side}, needed in the night of {night:%-d %B}: {minutes} min"
    )
