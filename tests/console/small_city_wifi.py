"""The small city's Wi-Fi beyond the present: what is to be expected of places, the last 24 hours of devices, acts."""

from datetime import UTC, datetime, timedelta
from math import exp

from city.access_points import ActKind, ActRequest, ActView
from city.history_views import HistoryPeriod, HistorySeries, HistoryView
from city.measurements import DeviceKind, Metric
from city.messages import SampleView
from city.wifi_views import (
    AccessPointView,
    AdviceKind,
    AdviceView,
    BusyHourView,
    GrowthView,
    OutlookView,
    StepView,
)
from tests.console.small_city import NOW

MIDNIGHT = datetime(2026, 11, 29, 23, tzinfo=UTC)
HOURS = 34
"""From local midnight to the next morning."""
EVENING_H = 20.5
CAPACITY = {"patinoire": 320, "uha": 320, "centre-ville": 400, "camping": 0}
PEAK = {"patinoire": 240.0, "uha": 96.0, "centre-ville": 330.0}


def outlook(hotspot: str) -> OutlookView:
    """A day with an evening crowd, more of it than usual; the camp site opened three days ago."""
    if hotspot not in PEAK:
        return _without_history(hotspot)
    is_rink = hotspot == "patinoire"
    return OutlookView(
        hotspot=hotspot,
        at=NOW - timedelta(minutes=12),
        time_zone="Europe/Paris",
        capacity=CAPACITY[hotspot],
        steps=tuple(_step(hotspot, hour) for hour in range(HOURS)),
        day="event" if is_rink else "workday",
        event="Scorpions – Anglet" if is_rink else "",
        history_days=56,
        saturated_from=NOW.replace(minute=0, second=0) + timedelta(hours=1) if is_rink else None,
        busy_hours=(
            BusyHourView(days="workday", hour=18, clients=172.0, load_pct=61.0),
            BusyHourView(days="saturday", hour=20, clients=231.0, load_pct=82.0),
            BusyHourView(days="sunday", hour=16, clients=198.0, load_pct=70.0),
            BusyHourView(days="event", hour=20, clients=291.0, load_pct=97.0),
        ),
        growth=GrowthView(pct_a_month=1.8, low=0.9, high=2.7, months=5.5) if is_rink else None,
        advice=_advice(hotspot),
    )


def _step(hotspot: str, hour: int) -> StepView:
    at = MIDNIGHT + timedelta(hours=hour)
    usual = _crowd(hotspot, hour, 0.75)
    expected = _crowd(hotspot, hour, 1.0)
    if at > NOW:
        spread = 0.15 + 0.02 * (at - NOW) / timedelta(hours=1)
        low, high = expected * (1 - spread), expected * (1 + spread)
        return StepView(at=at, usual=usual, expected=expected, low=low, high=high)
    return StepView(at=at, clients=_crowd(hotspot, hour, 1.0), usual=usual)


def _crowd(hotspot: str, hour: int, share: float) -> float:
    """A bell over the evening, and a smaller one at noon."""
    of_day = hour % 24
    bells = exp(-(((of_day - EVENING_H) / 3.4) ** 2)) + 0.4 * exp(-(((of_day - 12.5) / 2.0) ** 2))
    return round(PEAK[hotspot] * share * bells, 1)


def _advice(hotspot: str) -> tuple[AdviceView, ...]:
    if hotspot != "centre-ville":
        return ()
    return (
        AdviceView(
            kind=AdviceKind.REPAIR,
            target=hotspot,
            rank=1,
            gain_pct=18.0,
            figures={"access_points_down": 1.0, "load_pct": 91.0, "load_after_pct": 73.0},
        ),
        AdviceView(
            kind=AdviceKind.STEER_TO_5_GHZ,
            target="AP-CEN-02",
            rank=2,
            gain_pct=0.2,
            figures={"radio_load_pct": 96.0, "radio_load_after_pct": 62.0, "other_band_load_pct": 31.0},
        ),
    )


def _without_history(hotspot: str) -> OutlookView:
    return OutlookView(
        hotspot=hotspot,
        at=NOW,
        time_zone="Europe/Paris",
        capacity=0,
        steps=tuple(StepView(at=MIDNIGHT + timedelta(hours=hour)) for hour in range(HOURS)),
        day="workday",
        history_days=3,
    )


def history(device: str, metric: Metric) -> HistoryView:
    """A day of a radio, with a gap at noon; what is not of the small city was never heard of."""
    start = NOW - timedelta(hours=24)
    samples = []
    for step in range(144):
        at = start + timedelta(minutes=10 * step)
        if 82 <= step < 96:
            continue
        crowd = exp(-((((at.hour + at.minute / 60) - EVENING_H) / 3.0) ** 2))
        value = 5 + 30 * crowd if metric is Metric.CLIENTS else 12 + 55 * crowd
        samples.append(SampleView(at=at, value=round(value, 1)))
    period = HistoryPeriod(start=start, end=NOW, series=(HistorySeries(name=device, samples=tuple(samples)),))
    return HistoryView(
        metric=metric, unit=metric.unit, shown="mean", kind=DeviceKind.RADIO, by="device", across=None,
        time_zone="Europe/Paris", step_s=600.0, now=period, small_count=5 if metric is Metric.CLIENTS else 0,
    )  # fmt: skip


def act(view: AccessPointView, asked: ActRequest) -> ActView:
    """What an act would mean, or what came of it."""
    radio = next((each for each in view.radios if each.id == f"{view.id}/{asked.radio}"), None)
    lost = radio.clients if radio else view.clients
    lasts = timedelta(seconds=asked.for_s) if asked.for_s else None
    return ActView(
        access_point=view.id,
        radio=asked.radio,
        does=asked.does,
        by="Marie",
        at=NOW,
        confirmed=not asked.dry_run and asked.does is not ActKind.RESTART,
        dry_run=asked.dry_run,
        clients=0 if asked.does is ActKind.ENABLE else lost,
        until=NOW + lasts if lasts else None,
    )
