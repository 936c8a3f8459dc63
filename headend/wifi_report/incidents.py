"""The incidents of a place's Wi-Fi over a span of time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from city.incidents import Cause, Incident, State
from city.measurements import DeviceKind
from city.telemetry import Tag, Window
from city.wifi_report_views import WifiCause
from headend.inventory import CityInventory

HOUR = timedelta(hours=1)
KINDS = frozenset(
    {
        DeviceKind.ACCESS_POINT,
        DeviceKind.RADIO,
        DeviceKind.SSID,
        DeviceKind.HOTSPOT,
        DeviceKind.WIFI_CONTROLLER,
    }
)
DOWN = frozenset({Cause.AP_DOWN, Cause.BACKHAUL_DOWN, Cause.WIFI_CONTROLLER_LOST})
"""Causes for which access points are down."""


def of_place(incidents: Iterable[Incident], hotspot: str, inventory: CityInventory) -> list[Incident]:
    """Those that are about a place, or about what stands there."""

    def stands_there(asset: str) -> bool:
        return inventory.tags_of(asset).get(Tag.HOTSPOT) == hotspot

    return [
        each
        for each in incidents
        if each.kind in KINDS
        and (
            (each.kind is DeviceKind.HOTSPOT and each.asset == hotspot)
            or any(stands_there(asset) for asset in (each.asset, *each.suppressed))
        )
    ]


def by_cause(incidents: Iterable[Incident], span: Window) -> tuple[WifiCause, ...]:
    """How many of each cause, and for how long they stood within a span."""
    found: defaultdict[Cause, list[Incident]] = defaultdict(list)
    for incident in incidents:
        found[incident.cause].append(incident)
    return tuple(_figures(cause, found[cause], span) for cause in Cause if cause in found)


def times_down(incidents: Iterable[Incident], until: datetime) -> list[Window]:
    """When access points were known to be down."""
    return [
        Window(each.since, each.closed_at or until)
        for each in incidents
        if each.cause in DOWN and each.state is not State.DISMISSED
    ]


def _figures(cause: Cause, incidents: list[Incident], span: Window) -> WifiCause:
    stood = [each for each in incidents if each.state is not State.DISMISSED]
    return WifiCause(
        cause=cause,
        incidents=len(incidents),
        dismissed=len(incidents) - len(stood),
        hours=round(sum(_hours(each, span) for each in stood), 2),
    )


def _hours(incident: Incident, span: Window) -> float:
    end = min(incident.closed_at or span.end, span.end)
    return max(0.0, (end - max(incident.since, span.start)) / HOUR)
