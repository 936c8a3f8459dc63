"""What the head-end reports for people outside the console: the proof of a night, and the failures of a span.

Times are UTC, hours are decimal, power W. A value that is not known is ``None``, never 0.
"""

from datetime import date, datetime
from enum import StrEnum

from city.incidents import Cause
from city.messages import IncidentView, Message


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
