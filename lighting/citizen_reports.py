"""What citizens report of lamps: which lamp they mean, which trouble, and what telemetry says to it.

A pole number comes first; without one, the distance and the kind of trouble decide.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from city.incidents import Cause, Incident
from city.places import Position
from lighting.inventory import LightPoint
from lighting.nearby import Nearby
from lighting.power import dark_below_w, expected_power

AUTOMATIC_M = 30.0
"""A report is taken to mean the lamps within this distance: citizens' positions are no better."""
CANDIDATE_M = 50.0
"""Lamps within this distance are named to the people who look at a report that could not be matched."""
SUSPECTS_MOST = 8
FLICKER_WATCHED = timedelta(hours=1)
"""A lamp that flickers may well burn when it is asked: it is watched for so long before it is said to be well."""
BURNS_SHARE = 0.5
"""From this share of its expected power on, a lamp gives the light that it should."""
SHORTEST_IN_TEXT = 4
"""A pole number within a text has at least so many letters and digits: house numbers are shorter."""


class Trouble(StrEnum):
    """What a citizen says of a lamp."""

    DARK = "dark"
    BY_DAY = "by_day"
    FLICKERS = "flickers"
    OTHER = "other"
    """Something else, or nothing that could be understood."""


CAUSES: Mapping[Trouble, frozenset[Cause]] = {
    Trouble.DARK: frozenset(
        {
            Cause.LAMP_DEAD,
            Cause.DRIVER_FAULT,
            Cause.LED_STRING_OUT,
            Cause.CYCLING,
            Cause.BREAKER_TRIP,
            Cause.PHASE_LOST,
            Cause.CABINET_SUPPLY_LOSS,
            Cause.RELAY_STUCK_OFF,
        }
    ),
    Trouble.BY_DAY: frozenset({Cause.DAY_BURNER, Cause.RELAY_STUCK_ON}),
    Trouble.FLICKERS: frozenset({Cause.CYCLING, Cause.DRIVER_FAULT, Cause.LED_STRING_OUT}),
    Trouble.OTHER: frozenset(),
}
"""Which causes explain what a citizen sees."""
VISIBLE = frozenset().union(*CAUSES.values())
"""What a person in the street can see at all."""

_FLICKERS = re.compile(r"clignot|papillot|scintill|flicker|blink|flash|cycling")
_BY_DAY = re.compile(
    r"plein jour|en journee|la journee|le jour|de jour|jour et nuit|daytime|by day|day burner"
)
_BURNS = re.compile(r"allum|brul|burn|\blit\b|(is|stays|left) on\b")
_DARK = re.compile(
    r"eteint|obscur|dans le noir|ne (s.?allum|fonctionn|march|eclair|brul)|s.?allum\w* (pas|plus)"
    r"|(pas|plus) (d.?eclair|allum|de lumiere)|en panne|hors service|grille|defectueu"
    r"|lamp.?dead|not work|out of order|unlit|no light|\b(out|off|dark|dead)\b"
)


def trouble_of(*texts: str) -> Trouble:
    """What the first text that says anything of the kind complains about; French or English, accents or not."""
    for text in texts:
        plain = _plain(text)
        if _FLICKERS.search(plain):
            return Trouble.FLICKERS
        if _BY_DAY.search(plain) and _BURNS.search(plain) and not re.search(r"ne s.?allum|eteint", plain):
            return Trouble.BY_DAY
        if _DARK.search(plain):
            return Trouble.DARK
    return Trouble.OTHER


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (" " if character == "_" else character for character in decomposed)
    return "".join(character for character in kept if not unicodedata.combining(character))


class Poles:
    """Recognises light points by the number on their pole, however it is written."""

    def __init__(self, light_points: Iterable[str]) -> None:
        """``light_points``: every id there is."""
        self._by_sign: dict[str, str | None] = {}
        for name in light_points:
            for sign in (_joined(name), _grouped(name)):
                # What may mean two lamps means none.
                known = self._by_sign.get(sign, name)
                self._by_sign[sign] = name if known == name else None

    def named(self, text: str) -> str | None:
        """The light point that a text is the number of; None if there is none, or more than one."""
        return self._by_sign.get(_joined(text)) or self._by_sign.get(_grouped(text))

    def mentioned(self, text: str) -> str | None:
        """The first light point whose number stands within a text."""
        words = re.findall(r"[^\W_]+", text)
        with_digit = [any(map(str.isdecimal, word)) for word in words]
        for at in range(len(words)):
            # The longest first: of A-08-1173, 08-1173 is only a part.
            for length in (3, 2, 1):
                if not any(with_digit[at : at + length]):
                    continue
                written = "-".join(words[at : at + length])
                if len("".join(_groups(written))) < SHORTEST_IN_TEXT:
                    continue
                # Several words are a number only where its own parts are parted: a telephone's pairs are not.
                found = self._by_sign.get(_grouped(written)) if length > 1 else self.named(written)
                if found:
                    return found
        return None


def _joined(text: str) -> str:
    """Letters and digits as one: "081173"."""
    return "=" + "".join(_groups(text))


def _grouped(text: str) -> str:
    """Letters and digits apart, none with a leading zero: "8-1173"."""
    return "-".join(group.lstrip("0") or "0" for group in _groups(text))


def _groups(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", text.casefold())


@dataclass(frozen=True, slots=True)
class CitizenReport:
    """All that is kept of what a citizen told the city's reporting service; nothing in it is about a person."""

    id: str
    """The service's number."""
    trouble: Trouble
    light_point: str | None
    """The one whose pole number was given."""
    position: Position | None
    is_open: bool
    """Whether the service still has it open."""
    requested_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Suspects:
    """Which light points a report may mean, the likeliest first."""

    names: tuple[str, ...]
    certain: bool
    """Whether it means one of them, and they are not merely what stands in the neighbourhood."""


def suspects_of(report: CitizenReport, nearby: Nearby) -> Suspects:
    """The light point that was named; else those near enough to be meant; else those in the neighbourhood."""
    if report.light_point is not None:
        return Suspects((report.light_point,), certain=True)
    if report.position is None:
        return Suspects((), certain=False)
    found = nearby.within(report.position, CANDIDATE_M)
    meant = tuple(name for away, name in found if away <= AUTOMATIC_M)
    names = meant or tuple(name for _, name in found)
    return Suspects(names[:SUSPECTS_MOST], certain=bool(meant))


def explains(cause: Cause, trouble: Trouble, *, named: bool) -> bool:
    """Whether a cause may be what a citizen saw; ``named``: the lamp is certain, then any visible one may."""
    if trouble is Trouble.OTHER:
        return named and cause in VISIBLE
    return cause in CAUSES[trouble]


def explained(
    report_trouble: Trouble, suspects: Iterable[str], incidents: Iterable[Incident], *, named: bool
) -> Incident | None:
    """The incident behind a report: one that explains it and takes a suspect, the first of these before the next."""
    order = {name: rank for rank, name in enumerate(suspects)}
    best: tuple[int, Incident] | None = None
    for incident in incidents:
        if not explains(incident.cause, report_trouble, named=named):
            continue
        ranks = [order[name] for name in (incident.asset, *incident.suppressed) if name in order]
        if ranks and (best is None or min(ranks) < best[0]):
            best = min(ranks), incident
    return best[1] if best else None


def disproves(trouble: Trouble, point: LightPoint, level_pct: float, power_w: float) -> bool:
    """Whether what a lamp measures says that it does what it should, where a citizen saw trouble.

    Only a lamp that should burn can show that it does, and only one that should not, that it does not.
    """
    if trouble is Trouble.BY_DAY:
        return level_pct <= 0 and power_w < dark_below_w(point.lamp_type)
    return level_pct > 0 and power_w >= BURNS_SHARE * expected_power(point.lamp_type, level_pct)
