"""The last 24 hours of what an incident is about: the figure of its evidence as a curve, from the histories."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.errors import BadInput
from city.history_views import HistoryPeriod, HistoryView
from city.incidents import Cause
from city.measurements import DeviceKind, Metric
from city.messages import IncidentView
from console.client import ApiClient
from console.i18n import N_

HOURS = 24
POINTS = 96
"""A quarter of an hour a step: two or three a column of the panel."""
SECONDS_PER_HOUR = 3600.0

Samples = Sequence[tuple[datetime, float]]

TITLES: Mapping[Metric, str] = {
    Metric.POWER: N_("power, 24 h"),
    Metric.POWER_FACTOR: N_("power factor, 24 h"),
    Metric.VOLTAGE: N_("voltage, 24 h"),
    Metric.VOLTAGE_L1: N_("voltage, 24 h"),
    Metric.VOLTAGE_L2: N_("voltage, 24 h"),
    Metric.VOLTAGE_L3: N_("voltage, 24 h"),
    Metric.TEMPERATURE: N_("temperature, 24 h"),
    Metric.CLIENTS: N_("clients, 24 h"),
    Metric.AIRTIME: N_("airtime, 24 h"),
    Metric.UPTIME: N_("uptime, 24 h"),
}
_SHOWN: Mapping[Cause, Metric] = {
    Cause.VOLTAGE_SAG: Metric.VOLTAGE,
    Cause.VOLTAGE_HIGH: Metric.VOLTAGE,
    Cause.OVER_TEMPERATURE: Metric.TEMPERATURE,
    Cause.LOW_POWER_FACTOR: Metric.POWER_FACTOR,
    Cause.AP_REBOOTING: Metric.UPTIME,
    Cause.AP_FLAPPING: Metric.UPTIME,
    Cause.INTERFERENCE: Metric.AIRTIME,
}
"""What is shown of these causes; of all others power, or clients."""
_PHASES = {"L1": Metric.VOLTAGE_L1, "L2": Metric.VOLTAGE_L2, "L3": Metric.VOLTAGE_L3}
_BY_POWER = frozenset({DeviceKind.LAMP, DeviceKind.CIRCUIT, DeviceKind.CABINET})
_BY_CLIENTS = frozenset({DeviceKind.ACCESS_POINT, DeviceKind.RADIO, DeviceKind.HOTSPOT})
ROUND_THE_CLOCK = frozenset({DeviceKind.CIRCUIT, DeviceKind.CABINET, DeviceKind.HOTSPOT})
"""What has no expected curve of its own: the day before stands for it."""


@dataclass(frozen=True, slots=True)
class IncidentDay:
    """What was measured, in front of what was to be expected."""

    metric: Metric
    unit: str
    start: datetime
    end: datetime
    measured: Samples
    expected: Samples = ()
    by_day_before: bool = False
    """Whether what is expected is what was measured a day before."""
    small_count: int = 0
    """Counts under this are not told of the past, and stand as 0 (docs/wifi-privacy.md); 0: there is none of them."""


def metric_of(incident: IncidentView) -> Metric | None:
    """What is shown of an incident; None where nothing that is measured would say more."""
    if incident.kind is DeviceKind.PHASE:
        return _PHASES.get(incident.asset.rpartition("/")[2])
    if incident.kind in _BY_POWER:
        return _SHOWN.get(incident.cause, Metric.POWER)
    return _SHOWN.get(incident.cause, Metric.CLIENTS) if incident.kind in _BY_CLIENTS else None


async def day_of_incident(client: ApiClient, incident: IncidentView) -> IncidentDay | None:
    """Ask for the last 24 hours of an incident's asset, of one that is over for those up to its end.

    None where there is nothing to show, or nobody ever heard of the asset.

    Raises:
        Unreachable, Refused: the head-end or its store does not say.
    """
    metric = metric_of(incident)
    if metric is None:
        return None
    query = {"hours": str(HOURS), "points": str(POINTS)}
    if incident.closed_at:
        query["to"] = (incident.closed_at + timedelta(minutes=30)).isoformat()
    try:
        if incident.kind is DeviceKind.LAMP and metric is Metric.POWER:
            return await _lamp_day(client, incident.asset, query)
        return _day(await _history(client, incident, metric, query), metric, incident.asset)
    except BadInput:
        return None  # never heard of: nothing was measured


async def _lamp_day(client: ApiClient, lamp: str, query: Mapping[str, str]) -> IncidentDay:
    """A lamp's power against what its type draws at the level that it says."""
    power, level, detail = await asyncio.gather(
        client.device_history(lamp, Metric.POWER, query),
        client.device_history(lamp, Metric.LEVEL, query),
        client.light_point(lamp),
    )
    expected = [(at, value / 100 * detail.nominal_w) for at, value in _samples(level.now, lamp)]
    start, end = power.now.start, power.now.end
    return IncidentDay(Metric.POWER, power.unit, start, end, _samples(power.now, lamp), expected)


async def _history(
    client: ApiClient, incident: IncidentView, metric: Metric, query: Mapping[str, str]
) -> HistoryView:
    more = {**query, "compare": "day"} if incident.kind in ROUND_THE_CLOCK else {**query}
    if metric is Metric.UPTIME:
        more["as"] = "stand"
    if incident.kind is DeviceKind.HOTSPOT:
        return await client.group_history("hotspot", DeviceKind.RADIO, metric, more)
    name = incident.asset.partition("/")[0] if incident.kind is DeviceKind.PHASE else incident.asset
    return await client.device_history(name, metric, more)


def _day(view: HistoryView, metric: Metric, asset: str) -> IncidentDay:
    name = asset if view.by != "device" else None
    measured, before = _samples(view.now, name), view.before
    unit = view.unit
    if metric is Metric.UPTIME:
        measured, unit = [(at, value / SECONDS_PER_HOUR) for at, value in measured], "h"
    later = view.now.start - before.start if before else timedelta()
    expected = [(at + later, value) for at, value in _samples(before, name)] if before else []
    few = view.small_count if _is_masked(view.now, name) or (before and _is_masked(before, name)) else 0
    return IncidentDay(
        metric, unit, view.now.start, view.now.end, measured, expected, bool(expected), small_count=few
    )


def _samples(period: HistoryPeriod, name: str | None) -> Samples:
    """One line of a period, the only one where no name is given; small counts as 0: a gap would say that
    nothing was measured.
    """  # noqa: D205
    for series in period.series:
        if name in {None, series.name}:
            told = [(sample.at, sample.value) for sample in series.samples]
            return sorted([*told, *((at, 0.0) for at in series.masked)])
    return ()


def _is_masked(period: HistoryPeriod, name: str | None) -> bool:
    return any(series.masked for series in period.series if name in {None, series.name})
