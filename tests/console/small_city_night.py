"""The small city's night: its programme, its curves, its journal, and all that is known of one light point."""

from datetime import UTC, datetime, timedelta

from city.messages import (
    CurvePoint,
    IncidentView,
    JournalEntry,
    LampState,
    LightPointDetail,
    LightPointView,
    ProgrammeView,
    ReasonView,
    SampleView,
    SwitchPointView,
)
from tests.console.small_city import NOMINAL_W, NOW, PROGRAMME, SUNRISE, SUNSET


def programme() -> ProgrammeView:
    """The five steps, almost everywhere."""
    day, after = NOW.date(), SUNRISE.date()
    steps = (
        (SUNSET, 100.0),
        (datetime(day.year, day.month, day.day, 19, 0, tzinfo=UTC), 70.0),
        (datetime(day.year, day.month, day.day, 23, 0, tzinfo=UTC), 30.0),
        (datetime(after.year, after.month, after.day, 4, 0, tzinfo=UTC), 70.0),
        (datetime(after.year, after.month, after.day, 6, 0, tzinfo=UTC), 100.0),
        (SUNRISE, 0.0),
    )
    points = tuple(SwitchPointView(at=at, level_pct=level) for at, level in steps)
    return ProgrammeView(
        name="cinq-paliers",
        title="Cinq paliers",
        hash=PROGRAMME,
        night="2026-11-30",
        switch_points=points,
        controllers=196,
        holding=189,
    )


def level_at(at: datetime) -> float:
    """What the programme asks for."""
    level = 0.0
    for point in programme().switch_points:
        if point.at <= at:
            level = point.level_pct
    return level


def curve() -> tuple[CurvePoint, ...]:
    """From an hour before sunset to an hour after sunrise, a point per five minutes."""
    points = []
    at = SUNSET - timedelta(hours=1)
    while at <= SUNRISE + timedelta(hours=1):
        level = level_at(at)
        past = at <= NOW
        points.append(
            CurvePoint(
                at=at,
                planned_level_pct=level,
                measured_level_pct=level * 0.975 if past else None,
                planned_w=level * 0.01 * NOMINAL_W * 196,
                measured_w=level * 0.01 * NOMINAL_W * 190 if past else None,
            )
        )
        at += timedelta(minutes=5)
    return tuple(points)


def day_of(metric: str, step_s: float, hours: float) -> tuple[SampleView, ...]:
    """A lamp's last hours: dark by day, the programme since sunset."""
    scale = 1.0 if metric == "level_pct" else NOMINAL_W / 100
    samples = []
    at = NOW - timedelta(hours=hours)
    while at < NOW:
        shifted = at if at > SUNSET - timedelta(hours=8) else at + timedelta(days=1)
        samples.append(SampleView(at=at, value=level_at(shifted) * scale))
        at += timedelta(seconds=step_s)
    return tuple(samples)


def detail(point: LightPointView, standing: dict[str, IncidentView]) -> LightPointDetail:
    """All that is known of one light point."""
    overridden = point.state is LampState.OVERRIDDEN
    reason = (
        ReasonView(
            source="override",
            text="concert place Franklin",
            by="Marie",
            until=NOW + timedelta(hours=2),
            order="o-1",
        )
        if overridden
        else ReasonView(
            source="programme", text="cinq-paliers", by=None, until=NOW + timedelta(hours=2.3), order=None
        )
    )
    return LightPointDetail(
        point=point,
        reason=reason,
        lamp_type="LED 52 W",
        nominal_w=NOMINAL_W,
        phase=f"L{1 + int(point.id) % 3}",
        gateway="GW-01",
        controller_source="override" if overridden else "programme",
        programme_held=PROGRAMME if point.id != "0301" else "00c1d2e3",
        programme_wanted=PROGRAMME,
        values={"level_pct": point.effect_pct or 0.0, "power_w": point.power_w or 0.0, "voltage_v": 231.4},
        incidents=tuple(incident for incident in standing.values() if incident.asset == point.id),
    )


def journal() -> tuple[JournalEntry, ...]:
    """A few lines of the evening."""
    lines = (
        (3, "Marie", "order", "street:rue Neppert", "100 % jusqu'à 23:42 : concert place Franklin"),
        (20, "falotier", "send", "i-l1", "Allô Proximité n° 638344"),
        (175, "Marie", "acknowledge", "i-l2", ""),
        (300, "falotier", "start", "", "version 0.1.0"),
    )
    return tuple(
        JournalEntry(at=NOW - timedelta(minutes=minutes), by=by, act=act, subject=subject, text=text)
        for minutes, by, act, subject, text in lines
    )
