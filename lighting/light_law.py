"""The hours of the arrêté of 27 December 2018 on light nuisance: checked by category, told, never enforced.

As Cerema and Fiducial summarise it; the full text has not been read. Prefects and mayors may derogate. Whatever hours
are not known here are not checked, and that is told, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from city.errors import BadInput
from city.nights import local_instant, night_bounds
from city.places import Site
from lighting.preview_checks import Finding, Remark, gathered
from lighting.preview_nights import NightPreview

HOUR = timedelta(hours=1)

PARKS_OFF = time(1, 0)
"""Category b: monuments, parks and gardens are dark by then, where no closing time says otherwise."""
PARKS_AFTER_CLOSING = HOUR
CAR_PARKS_AFTER_CLOSING = 2 * HOUR
SITES_AFTER_CLOSING = HOUR
"""Category a: roads have no hours, except inside a closed site."""
SITES_AGAIN = time(7, 0)
"""Before then a closed site does not light up again (or one hour before its activity, which is not known here)."""
ADVERTISING = (time(1, 0), time(6, 0))

CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "a": "roads",
        "b": "heritage, parks and gardens",
        "c": "sports grounds",
        "d": "buildings and shop windows",
        "e": "car parks",
        "f": "events",
        "g": "worksites",
        "advertising": "lit advertising",
    }
)
"""What may be checked: the letters of the arrêté's article 1, and lit advertising, which has none."""


@dataclass(frozen=True, slots=True)
class Ban:
    """Hours of a night in which a category must be dark."""

    since: datetime
    """UTC."""
    until: datetime
    """UTC."""
    text: str


def law_findings(
    category: str, nights: Sequence[NightPreview], site: Site, closing: time | None = None
) -> tuple[Finding, ...]:
    """What the arrêté has to say of a run of nights; nothing for an empty category.

    Raises:
        BadInput: there is no such category.
    """
    if not category:
        return ()
    if category not in CATEGORIES:
        raise BadInput(f"category: got {category!r}, expected one of {', '.join(CATEGORIES)}")
    code = f"law-{category}"
    if not _bans(category, closing, nights[0].night, site):
        return (Finding("law-unchecked", "info", _unchecked(category)),)
    return gathered(
        Remark(code, ban.text, night.night)
        for night in nights
        for ban in (*_bans(category, closing, night.night, site), *_before_sunset(category, night))
        if any(since < ban.until and ban.since < until for since, until in night.lit)
    )


def _bans(category: str, closing: time | None, night: date, site: Site) -> tuple[Ban, ...]:
    """The hours at which a category must be dark in a night; none: it has none, or they are not known."""
    end = night_bounds(night, site.zone)[1]
    closed = None if closing is None else local_instant(night, closing, site.zone)
    if category == "advertising":
        since, until = (local_instant(night, at, site.zone) for at in ADVERTISING)
        return (Ban(since, until, "lit advertising is dark from 01:00 to 06:00"),)
    if category == "b" and closed is None:
        off = local_instant(night, PARKS_OFF, site.zone)
        return (Ban(off, end, "category b: dark from 01:00 on, or 1 h after closing"),)
    if category == "b" and closed is not None:
        return (Ban(closed + PARKS_AFTER_CLOSING, end, "category b: dark 1 h after closing"),)
    if category == "e" and closed is not None:
        return (Ban(closed + CAR_PARKS_AFTER_CLOSING, end, "category e: dark 2 h after closing"),)
    if category == "a" and closed is not None:
        again = local_instant(night, SITES_AGAIN, site.zone)
        text = "category a, closed site: dark from 1 h after closing until 07:00"
        return (Ban(closed + SITES_AFTER_CLOSING, again, text),)
    return ()


def _before_sunset(category: str, night: NightPreview) -> Iterator[Ban]:
    """Parks light up at sunset at the earliest."""
    if category == "b" and night.sun.sunset is not None and night.lit:
        yield Ban(night.lit[0][0], night.sun.sunset, "category b: lit from sunset on at the earliest")


def _unchecked(category: str) -> str:
    if category == "a":
        return "category a: the arrêté has no hours for roads, except inside a closed site, whose closing time it takes"
    if category == "e":
        return "category e: dark 2 h after closing; not checked, no closing time is given"
    return f"category {category} ({CATEGORIES[category]}): its hours are not checked"
