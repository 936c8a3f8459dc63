"""A photocell's say: within a window around the astronomical clock it lights up and darkens as the sky asks for."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from city.nights import night_bounds
from city.places import Site
from lighting.programmes import Lit, Programme, SwitchPoint, lit_parts, points_of

OLDEST = timedelta(hours=2)
"""A photocell that has said nothing for longer than this is not asked: the astronomical clock alone decides (GXF)."""


@dataclass(frozen=True, slots=True)
class SkyReading:
    """What a photocell said."""

    at: datetime
    """UTC."""
    dark: bool
    """Whether it was dark enough for light."""


def sensed_points(
    programme: Programme, night: date, site: Site, readings: Sequence[SkyReading]
) -> tuple[SwitchPoint, ...]:
    """The changes of level of a night with a photocell, as ``lighting.programmes.switch_points`` has them without.

    Args:
        programme: Its ``photocell`` is how far the window reaches to either side of ``on`` and of ``off``.
        night: The evening's date.
        site: Where the sun is computed.
        readings: All that the photocell said, in order.
    """
    start, end = night_bounds(night, site.zone)
    parts: list[Lit] = []
    for lit in lit_parts(programme, night, site):
        # Light that comes from the night before, or goes on into the next, is not switched here.
        on = lit.on if lit.on == start else sensed(lit.on, programme.photocell, readings, dark=True)
        off = lit.off if lit.off == end else sensed(lit.off, programme.photocell, readings, dark=False)
        on = max(on, parts[-1].off if parts else start)
        off = min(off, end)
        parts.append(Lit(on, off, lit.steps) if on < off else lit)
    return points_of(programme, parts, night, site)


def sensed(
    astronomical: datetime, window: timedelta, readings: Sequence[SkyReading], *, dark: bool
) -> datetime:
    """When to switch, where the astronomical clock says when and a photocell may say sooner or later.

    Said before the window begins: as it begins. Said inside: at once. Not said: as it ends. Not heard of for two
    hours: by the clock alone (GXF). Each instant is decided by what was known then.
    """
    begins, ends = astronomical - window, astronomical + window
    last = _last(readings, begins)
    if last is not None and last.dark == dark:
        return begins
    inside = [reading for reading in readings if begins < reading.at <= ends and reading.dark == dark]
    if inside and inside[0].at <= astronomical:
        return inside[0].at
    if _last(readings, astronomical) is None:
        return astronomical
    return inside[0].at if inside else ends


def _last(readings: Sequence[SkyReading], at: datetime) -> SkyReading | None:
    """What a photocell said last before an instant, if that is not too old."""
    passed = bisect_right(readings, at, key=lambda reading: reading.at)
    if not passed or at - readings[passed - 1].at > OLDEST:
        return None
    return readings[passed - 1]
