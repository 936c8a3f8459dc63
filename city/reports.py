"""What the head-end reports for people outside the console: the proof of a night, failures and energy of a span.

Times are UTC, hours are decimal, power W, energy Wh. A value that is not known is ``None``, never 0.
"""

from datetime import date, datetime
from enum import StrEnum

from city.incidents import Cause
from city.message import Message
from city.messages import IncidentView


class Verdict(StrEnum):
    """How a light point spent a night. Only ``burned`` is proof that it burned correctly."""

    BURNED = "burned"
    """Lit as planned, at the power that its levels ask for."""
    DARK = "dark"
    """Gave no light, or next to none, although it should have."""
    PARTLY = "partly"
    """Gave light for a part of the time only."""
    DIMMING = "dimming"
    """Lit, but at full power while it said that it was dimmed."""
    LOW_POWER = "low_power"
    HIGH_POWER = "high_power"
    NOT_PROVEN = "not_proven"
    """Too little was heard of it: nobody knows."""
    NOT_PLANNED = "not_planned"
    """It was not meant to give light in that night."""


class NightPoint(Message):
    """One light point in one night."""

    id: str
    sector: str
    quarter: str
    street: str
    cabinet: str
    circuit: str
    lamp_type: str
    verdict: Verdict
    planned_h: float
    """Hours for which it should have given light: the programme's, less what orders took away."""
    covered_share: float
    """Share of the planned time for which telemetry speaks, 0–1."""
    lit_h: float
    """Hours within the planned time for which telemetry shows light."""
    mean_w: float | None
    """Mean power of the samples that were judged."""
    expected_w: float | None
    """Mean of what the levels of the same samples ask for."""
    incident: str | None = None
    """The incident that explains it, by id."""
    cause: Cause | None = None
    """Of that incident."""


class NightHead(Message):
    """Which night a report is about."""

    night: date
    """The evening's date; the night runs from noon to noon."""
    start: datetime
    end: datetime
    programme: str
    planned_h: float
    """Hours with light by the programme."""
    city: str
    time_zone: str
    total: int
    """How many light points follow."""
    burned_share: float
    """Share of a light point's judged samples that must be right, 0–1."""
    covered_share: float
    """Share of its planned time for which there must be telemetry, 0–1."""
    tolerance_share: float
    """How far its power may lie from what is expected, of that, 0–1."""


class NightReport(NightHead):
    """Every light point in one night."""

    points: tuple[NightPoint, ...]


class EnergySource(StrEnum):
    """How it is known what was drawn, best first (docs/energy.md)."""

    METER = "meter"
    """The cabinet's meter, shared out over its light points by what each is expected to draw."""
    LAMP_COUNTERS = "lamp counters"
    """The counter of the lamp's own controller."""
    POWER_CURVE = "power curve"
    """Reckoned: the power of the lamp's type at the levels in effect, or planned."""


class EnergyPart(Message):
    """What of some energy is known in one way."""

    source: EnergySource
    drawn_wh: float
    share: float
    """Of the light points and of the time that it stands for, 0–1."""


class EnergyRow(Message):
    """What some light points have drawn, and what they would have at full power from sunset to sunrise."""

    name: str
    """A month (2026-11), a programme, a sector or a cabinet; empty for the whole city."""
    title: str
    """As people say it."""
    points: int
    drawn_wh: float
    full_wh: float
    saved_wh: float
    """Negative where more was drawn than at full power: festive lighting, lamps that burn by day."""
    saved_share: float | None
    """Of ``full_wh``, 0–1; None where there would have been no light either."""
    eur: float
    co2_kg: float
    saved_eur: float
    saved_co2_kg: float
    parts: tuple[EnergyPart, ...]
    """By source, best first; they add up to the whole."""


class YearBefore(Message):
    """The same days of the year before, as meters and lamp counters knew them."""

    first: date
    last: date
    drawn_wh: float
    share: float
    """Of the light points and of the time that it stands for, 0–1; nothing is reckoned for the rest."""
    difference_share: float | None
    """What was drawn now, of what was drawn then, less one; None unless both are measured nearly whole."""


class EnergyMonth(EnergyRow):
    """A month, or what of it lies in the span."""

    first: date
    last: date
    before: YearBefore | None
    """None where nothing was measured then."""


class PowerOverrun(Message):
    """A cabinet that drew more than what is subscribed for it, by the mean of ten minutes."""

    cabinet: str
    street: str
    subscribed_kw: float
    peak_kw: float
    peak_at: datetime
    """When the ten minutes began."""
    over_h: float
    """Hours above what is subscribed."""


class EnergyReport(Message):
    """What the city's light points have drawn from one day to another."""

    first: date
    last: date
    """Both included; days of the city's own time."""
    made_at: datetime
    city: str
    time_zone: str
    eur_per_kwh: float
    co2_g_per_kwh: float
    cabinets: int
    """Those that feed light points."""
    metered: int
    """How many of them have a meter that was read."""
    subscribed: int
    """Cabinets whose subscribed power is known: only they are watched for overruns."""
    overruns: tuple[PowerOverrun, ...]
    """By cabinet."""
    total: EnergyRow
    lent_wh: float = 0.0
    lent_eur: float = 0.0
    """Of what was drawn: light that dynamic rules lent in the nights of these days, as reckoned."""
    months: tuple[EnergyMonth, ...]
    programmes: tuple[EnergyRow, ...]
    sectors: tuple[EnergyRow, ...]
    by_cabinet: tuple[EnergyRow, ...]


class CauseFigures(Message):
    """All incidents of one cause that were opened in a span."""

    cause: Cause
    incidents: int
    standing: int
    """Not over when the report was made."""
    reopened: int
    """Came back after their repair."""
    dismissed: int
    """A person said that they were none."""
    tickets: int
    """Filed at Allô Proximité."""
    repaired: int
    """Closed by telemetry."""
    median_repair_h: float | None
    """From confirmed to closed by telemetry, hours."""
    worst_repair_h: float | None


class AgeingPoint(Message):
    """A light point near the end of its rated life: a forecast, never a fault."""

    id: str
    sector: str
    quarter: str
    street: str
    lamp_type: str
    burned_h: float
    rated_h: float
    expected: date
    """When it will have burned its rated hours; in the past if it already has."""


class FailuresReport(Message):
    """What failed in a span of days, and what will come to the end of its life."""

    first: date
    last: date
    """Both included; days of the city's own time."""
    made_at: datetime
    city: str
    time_zone: str
    causes: tuple[CauseFigures, ...]
    """Root causes first."""
    incidents: tuple[IncidentView, ...]
    """Opened in the span, oldest first."""
    ageing: tuple[AgeingPoint, ...]
    """Next to end first."""
    yearly_h: float
    """Hours that the programme lights the lamps in the coming year: what the forecast counts on."""
