"""What the head-end tells its consoles, and what they ask of it: the words of the API.

Times are UTC, levels percent, power W, positions WGS 84. A value that is not known is ``None``, never 0.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from city.casework import NoteView
from city.incidents import Cause, State
from city.measurements import DeviceKind
from city.message import Message, Percent
from city.wifi_views import AccessPointView, HotspotView


class Role(StrEnum):
    """What the bearer of a token may do; each may do all that the former may."""

    OBSERVER = "observer"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"


class LampState(StrEnum):
    """A light point in one word, worst first."""

    FAILED = "failed"
    SILENT = "silent"
    """Its circuit is energised, and it says nothing."""
    OVERRIDDEN = "overridden"
    LIT = "lit"
    DARK = "dark"
    UNPOWERED = "unpowered"
    """Its circuit is switched off: silence is expected."""
    UNKNOWN = "unknown"
    """Never heard of since the head-end started."""


class Health(Message):
    """Whether the head-end is well: answers without a token."""

    status: Literal["ok"] = "ok"
    version: str
    now: datetime


class Connection(Message):
    """One thing outside that the head-end needs."""

    name: str
    """mqtt, modbus, snmp, store, desk"""
    up: bool
    since: datetime
    detail: str
    """"40 / 40", "connection refused"."""
    refused: int = 0
    """Messages, frames or points refused since the start."""
    reasons: dict[str, int] = Field(default_factory=dict)
    """Why, and how often: the most frequent, where they are known."""


class LampCounts(Message):
    """The light points of the city by state."""

    total: int
    lit: int
    failed: int
    silent: int
    overridden: int
    as_planned: int | None
    """Within 5 points of what they should hold now; None: what they should have held is not recorded."""


class CurvePoint(Message):
    """Tonight's curve: what is planned, and what was measured so far."""

    at: datetime
    planned_level_pct: float
    measured_level_pct: float | None
    planned_w: float
    measured_w: float | None


class EvidenceView(Message):
    """Why the program believes it."""

    rule: str
    at: datetime
    figures: dict[str, float]


class TicketView(Message):
    """A report at Allô Proximité."""

    id: str
    """Ours, known before the service has given its own."""
    incident: str
    service_id: str | None
    """The service's own number, once it gave one."""
    status: Literal["queued", "open", "closing", "closed", "failed"]
    points: int
    opened_at: datetime
    closed_at: datetime | None
    detail: str = ""
    """The last refusal, or where it stands."""


class IncidentView(Message):
    """One cause."""

    id: str
    cause: Cause
    asset: str
    kind: DeviceKind
    place: str
    """Street or hotspot, for a person to find it."""
    sector: str
    latitude: float
    longitude: float
    state: State
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    points: int
    suppressed: tuple[str, ...]
    acknowledged_by: str | None
    dismissed_because: str | None
    probable: bool = False
    """The evidence is partial."""
    reopened: int = 0
    """How often it came back within a week of its repair."""
    evidence: tuple[EvidenceView, ...]
    ticket: TicketView | None
    assigned_to: str | None = None
    """Whose it is, as a person said."""
    notes: tuple[NoteView, ...] = ()
    """What people wrote to it, oldest first."""


class Summary(Message):
    """What is true now, in one look."""

    city: str
    time_zone: str
    now: datetime
    lamps: LampCounts
    power_w: float | None
    """As the cabinets' meters say."""
    planned_w: float | None
    """None: which plan held is not recorded."""
    incidents: int
    clients: int | None
    sunset: datetime | None
    sunrise: datetime | None
    connections: tuple[Connection, ...]
    hotspots: tuple[HotspotView, ...]
    measurements_ingested: int
    measurements_lost: int
    waiting: int
    lag_s: float = 0.0
    """Values that wait for the store, and for how long the oldest has, s."""
    approvals: int = 0
    """How much waits for a second person."""
    proposals: int = 0
    """How many access points a controller has that the inventory has not."""
    stopped_until: datetime | None = None
    """While so much was changed by single persons that every further order needs a second one: until when."""


class LightPointView(Message):
    """One light point, as a row of a table and a dot of the map."""

    id: str
    state: LampState
    latitude: float
    longitude: float
    sector: str
    quarter: str
    street: str
    cabinet: str
    circuit: str
    phase: str = ""
    gateway: str = ""
    asked_pct: float | None
    """What the head-end wants it to hold."""
    effect_pct: float | None
    """What its controller says it holds."""
    power_w: float | None
    expected_w: float | None
    at: datetime | None
    """When it was last heard of."""
    locked: bool = False
    """People are at work there: nothing from afar lights it."""


class SayView(Message):
    """What one layer would have a light point hold."""

    layer: Literal["default", "calendar", "rule", "dynamic", "order", "lock"]
    level_pct: float
    text: str
    """The programme's or rule's title, or the order's reason."""
    by: str | None = None
    until: datetime | None = None
    order: str | None = None


class ReasonView(Message):
    """Why a light point is asked to be at its level."""

    source: Literal["programme", "override"]
    text: str
    """The programme's name, or the order's reason."""
    by: str | None
    until: datetime | None
    order: str | None
    chain: tuple[SayView, ...] = ()
    """What each layer that says something would have it hold, the lowest first; the last one wins."""


class LightPointDetail(Message):
    """All that is known of one light point."""

    point: LightPointView
    reason: ReasonView
    lamp_type: str
    nominal_w: float
    phase: str
    gateway: str
    controller_source: str | None
    """Why the controller itself says it is at its level."""
    programme_held: str | None
    programme_wanted: str
    values: dict[str, float]
    """Latest value of each metric."""
    incidents: tuple[IncidentView, ...]
    installed: date | None = None
    """Since when the lamp hangs there."""
    burned_h: float | None = None
    """Burning hours of the lamp, h: what its controller counted, less what it said when the lamp was new."""


class SampleView(Message):
    """One value of a curve."""

    at: datetime
    value: float


class OrderRequest(Message):
    """An override that somebody asks for."""

    selector: str = Field(max_length=40_000)
    """A light point, circuit or cabinet by id; or ``lamp:``, ``circuit:``, ``cabinet:``, ``sector:`` and a name; or
    several by id, ``lamps:08-1173,08-1174``: one order, whatever it names."""
    level_pct: Percent | None = None
    """None takes the points back to their programme."""
    for_s: float = Field(gt=0)
    """How long it holds, seconds."""
    reason: str = Field(min_length=1, max_length=200)
    dry_run: bool = False


class OrderView(Message):
    """An override: asked, in effect and confirmed are three facts."""

    id: str
    selector: str
    """As it was asked for; of many lamps named one by one only the first few, and how many there are."""
    level_pct: float
    reason: str
    by: str
    asked_at: datetime
    until: datetime
    points: int
    would_change: int
    """How many points are not at that level now."""
    confirmed: int
    """How many controllers say that they follow it."""
    refused: dict[str, str]
    """Light points whose controller said no, with its reason."""
    cancelled_at: datetime | None
    active: bool
    dry_run: bool = False
    sample: tuple[str, ...] = ()
    """The first points concerned."""
    state: Literal["dry_run", "awaiting", "in_force", "over"] = "in_force"
    """``awaiting`` while it waits for a second person: nothing was sent."""
    approved_by: str | None = None
    second: Literal["points", "dark_at_night", "mass_change"] | None = None
    """Why it needs a second person; None where one is enough."""
    sectors: dict[str, int] = Field(default_factory=dict)
    """How many points of each sector it reaches, in answers to what was asked for."""
    locked: dict[str, str] = Field(default_factory=dict)
    """Light points that it does not reach because people work there, with who locked them until when."""
    blocked: dict[str, str] = Field(default_factory=dict)
    """Light points that it does not reach because their cabinet is open or in local mode."""
    streets: dict[str, int] = Field(default_factory=dict)
    """How many points of the streets that it reaches most of, in answers to what was asked for, as all below."""
    level_now_pct: float | None = None
    """What the controllers hold now, averaged over those that said."""
    level_after_pct: float | None = None
    """What the programme asks for once it has ended, averaged."""
    power_now_w: float | None = None
    """What the lamps should draw at the level that they hold; at what they should hold where they have not said."""
    power_then_w: float | None = None
    """What they should draw at the level that is asked for."""
    energy_kwh: float | None = None
    """What they should draw until its end beyond what the programme would have drawn; negative where it saves."""
    unanswered: dict[str, LampState] = Field(default_factory=dict)
    """Light points whose controller has neither confirmed nor refused yet, as far as they are listed."""


class DismissRequest(Message):
    """Why an incident is none."""

    reason: str = Field(min_length=1, max_length=500)


class SwitchPointView(Message):
    """From when a programme asks for a level."""

    at: datetime
    level_pct: float


class ProgrammeView(Message):
    """A programme as it will run tonight, and how many controllers hold it."""

    name: str
    title: str
    hash: str
    night: str
    switch_points: tuple[SwitchPointView, ...]
    controllers: int
    holding: int
    calendar: str = ""
    """The calendar that has it run tonight."""


class TimelineRow(Message):
    """One look at the city, every five minutes."""

    at: datetime
    lit: int
    """Light points that give light."""
    mean_level_pct: float | None
    """What the lamps report, averaged over those that are heard of."""
    planned_level_pct: float
    power_w: float | None
    """As the cabinets' meters say."""
    failed: int | None = None
    silent: int | None = None
    """Light points; None in a row of a head-end that did not tell."""
    clients: int | None = None
    """Of the public places together."""


class JournalEntry(Message):
    """Who did what."""

    at: datetime
    by: str
    act: str
    """A stable name that the console translates: order, cancel, acknowledge, send, dismiss, start, stop …"""
    subject: str
    text: str


class Live(Message):
    """One push over the WebSocket: only what has changed since the last.

    The first tells the whole picture, its light points in the pushes after it.
    """

    summary: Summary | None = None
    light_points: tuple[LightPointView, ...] = ()
    incidents: tuple[IncidentView, ...] = ()
    access_points: tuple[AccessPointView, ...] = ()
    more: bool = False
    """Whether there are light points of the whole picture still to come."""
