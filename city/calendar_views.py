"""Calendars as consoles see them: what rules tonight, who holds it, and what a year of it will be.

Times are UTC, levels percent, hours decimal, energy kWh. A value that is not known is ``None``, never 0.
"""

from datetime import date
from typing import Literal

from city.message import Message
from city.messages import SwitchPointView


class CalendarView(Message):
    """A calendar tonight, and how many controllers hold what it asks for."""

    name: str
    title: str
    points: int
    """Light points that follow it."""
    night: date
    """The evening's date."""
    programme: str
    """As people say it."""
    rule: str | None
    """The rule that chose the programme; None: no rule holds, the default does."""
    switch_points: tuple[SwitchPointView, ...]
    controllers: int
    """Those of its light points and of the cabinets that feed them."""
    holding: int
    refused: int
    unheard: int
    """Said nothing since the head-end started."""
    is_default: bool = False
    """Whether whoever is assigned to nothing follows it."""
    follows: tuple[str, ...] = ()
    """The selectors that are assigned to it, in the order of the plan: ``sector:Nord``, ``category:b`` …"""


class FindingView(Message):
    """Something to know about a year ahead."""

    code: str
    """Short and stable: ``no-light``, ``lit-by-day``, ``rule-shadowed`` …"""
    severity: Literal["warning", "info"]
    text: str
    """In English, with what only it tells: which step, which rule."""
    nights: int
    """0: no night in particular."""
    first: date | None
    last: date | None


class ProgrammeShare(Message):
    """A programme, or the one that a rule chose, in a year."""

    programme: str
    """As people say it."""
    rule: str | None
    nights: int


class NightLength(Message):
    """One night."""

    night: date
    dark_h: float
    """From sunset to sunrise."""
    lit_h: float


class Expense(Message):
    """What some light uses."""

    kwh: float
    eur: float
    co2_kg: float


class CalendarYear(Message):
    """A year of one calendar, from tonight on, with the lamps that follow it now."""

    name: str
    first: date
    """The evening's date of its first night."""
    nights: int
    points: int
    installed_kw: float
    """What all its lamps draw at 100 %."""
    lit_h: float
    dark_h: float
    """From sunset to sunrise."""
    planned: Expense
    full: Expense
    """At full power from sunset to sunrise."""
    saved_share: float | None
    """Of the latter; below 0 where light by day costs more than is saved; None: the sun never sets."""
    shortest: NightLength | None
    longest: NightLength | None
    clock_changes: tuple[NightLength, ...]
    """The nights in which the clock changes."""
    leap: NightLength | None
    """The 29 February of the year, or the next to come."""
    leap_rule: ProgrammeShare | None
    """What rules it."""
    shares: tuple[ProgrammeShare, ...]
    """What rules how many nights: the rules in their order, the default last."""
    strip: tuple[int, ...]
    """For each night which of the shares rules it, by its place."""
    findings: tuple[FindingView, ...]
    """Warnings first."""
