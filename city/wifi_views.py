"""City Wi-Fi as the head-end tells it: places, access points and radios now, and what is to be expected of a place.

Counts of clients only: no device, no person. Times are UTC; what is not known is ``None``, never 0.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from city.message import Message


class HotspotView(Message):
    """One public place."""

    id: str
    name: str
    sector: str
    watched: bool
    latitude: float
    longitude: float
    load_pct: float | None
    clients: int | None
    airtime_pct: float | None
    throughput_bps: float | None
    access_points: int
    access_points_up: int
    at: datetime | None
    capacity: int = 0
    """Clients that its access points that are up are meant to carry together."""
    saturated_since: datetime | None = None
    """Since when it is full; None while it is not. To be so and to end it takes two thresholds (docs/wifi-load.md)."""
    usual_clients: float | None = None
    """How many it usually has at this hour of such a day."""
    event: str = ""
    """What takes place there now, by the settings: a match, a market."""


class RadioView(Message):
    """One radio of an access point."""

    id: str
    clients: int | None
    airtime_pct: float | None
    load_pct: float | None
    channel: int | None
    noise_dbm: float | None
    throughput_bps: float | None
    up: bool | None = None
    """Whether it sends, where the device says so."""
    at: datetime | None = None
    """When this was measured."""
    saturated_since: datetime | None = None


class SsidView(Message):
    """One network name, as a device counts its clients."""

    name: str
    clients: int | None


class AccessPointView(Message):
    """One access point."""

    id: str
    hotspot: str
    latitude: float
    longitude: float
    up: bool | None
    clients: int | None
    load_pct: float | None
    at: datetime | None
    radios: tuple[RadioView, ...]
    controller: str = ""
    """The controller that speaks for it; "" where it stands alone."""
    source: str = ""
    """Who says all this: the profile, with which it is read."""
    capacity: int = 0
    saturated_since: datetime | None = None
    ssids: tuple[SsidView, ...] = ()


class ProposalView(Message):
    """An access point that a controller has and the inventory has not."""

    id: str
    """As the controller names it: mostly its MAC address."""
    name: str
    serial: str
    model: str
    controller: str
    """By id; its address where the inventory has no name for it."""
    first_seen: datetime
    """Since the head-end was started."""
    up: bool | None
    ignored: bool = False
    """Whether a person does not want it proposed."""


class StepView(Message):
    """One hour of a place: what was, what usually is, what is to be expected."""

    at: datetime
    """Its begin."""
    clients: float | None = None
    """Mean of what was measured; None ahead of now and where nothing was."""
    usual: float | None = None
    """Median of such hours of such days."""
    expected: float | None = None
    """The forecast, from now on."""
    low: float | None = None
    high: float | None = None
    """Between these nine of ten outcomes are to lie."""


class BusyHourView(Message):
    """The busiest hour of a kind of day, by the median of the last weeks."""

    days: str
    """workday, saturday, sunday (public holidays are Sundays), event"""
    hour: int
    """Local, 0 to 23: from then to one hour later."""
    clients: float
    load_pct: float


class GrowthView(Message):
    """How the use of a place has changed."""

    pct_a_month: float
    low: float
    high: float
    """Between these lies the truth in nine of ten cases."""
    months: float
    """How much history it rests on."""


class AdviceKind(StrEnum):
    """What would help a place."""

    ANOTHER_ACCESS_POINT = "another_access_point"
    STEER_TO_5_GHZ = "steer_to_5_ghz"
    CHANGE_CHANNEL = "change_channel"
    REPAIR = "repair"
    """Bring back what is down before anything is bought."""


class AdviceView(Message):
    """One suggestion, with what speaks for it."""

    kind: AdviceKind
    target: str
    """The hotspot, access point or radio that it is about."""
    rank: int
    """1 helps most."""
    gain_pct: float
    """By how many points the place's load would fall in its busiest hours, estimated."""
    figures: dict[str, float]
    """What speaks for it, by name with its unit."""


class OutlookView(Message):
    """What is to be expected of a place, and what would help it."""

    hotspot: str
    at: datetime
    time_zone: str
    capacity: int
    steps: tuple[StepView, ...]
    """The local day so far and the hours ahead, one after the other."""
    day: Literal["workday", "saturday", "sunday", "event"]
    event: str = ""
    history_days: int
    """How many days the forecast rests on."""
    saturated_from: datetime | None = None
    """When it is expected to be full, if so within the steps ahead."""
    busy_hours: tuple[BusyHourView, ...] = ()
    growth: GrowthView | None = None
    """None with less history than a figure could rest on."""
    advice: tuple[AdviceView, ...] = ()
