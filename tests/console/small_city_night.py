"""The small city's night: its calendars, its curves, its journal, and all that is known of one light point."""

from datetime import UTC, date, datetime, timedelta

from city.calendar_views import CalendarView, CalendarYear, Expense, FindingView, NightLength, ProgrammeShare
from city.deployments import ControllerView, DeploymentView
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
    TimelineRow,
)
from tests.console.small_city import NOMINAL_W, NOW, PROGRAMME, SUNRISE, SUNSET


def timeline() -> tuple[TimelineRow, ...]:
    """The last two hours: two lamps fail in the second, and people come."""
    return tuple(
        TimelineRow(
            at=NOW.replace(second=0) - timedelta(minutes=minutes),
            lit=181 if minutes > 30 else 179,
            mean_level_pct=70.0,
            planned_level_pct=70.0,
            power_w=7010.0 + minutes,
            failed=2 if minutes < 30 else 1 if minutes < 55 else 0,
            silent=7,
            clients=601 - minutes * 4,
        )
        for minutes in range(117, 0, -5)
    )


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


def calendars() -> tuple[CalendarView, ...]:
    """The usual one, and a heritage scene that a rule has tonight."""
    usual = CalendarView(
        name="ville",
        title="Rues de la ville",
        points=182,
        night=date(2026, 11, 30),
        programme="Cinq paliers",
        rule=None,
        switch_points=programme().switch_points,
        controllers=196,
        holding=189,
        refused=2,
        unheard=1,
        is_default=True,
    )
    heritage = usual.model_copy(
        update={
            "name": "patrimoine",
            "title": "Mise en valeur du temple Saint-Étienne",
            "points": 14,
            "programme": "Plein feu jusqu'à une heure",
            "rule": "Marché de Noël",
            "switch_points": (
                SwitchPointView(at=SUNSET, level_pct=100.0),
                SwitchPointView(at=datetime(2026, 12, 1, 0, 0, tzinfo=UTC), level_pct=0.0),
            ),
            "controllers": 15,
            "holding": 15,
            "refused": 0,
            "unheard": 0,
            "is_default": False,
            "follows": ("group:temple", "street:place de la \x1b[31mRéunion"),
        }
    )
    return usual, heritage


def year(name: str) -> CalendarYear:
    """A year of one calendar."""
    first, market = date(2026, 11, 30), name == "patrimoine"
    shares: tuple[ProgrammeShare, ...] = (ProgrammeShare(programme="Cinq paliers", rule=None, nights=365),)
    strip: tuple[int, ...] = (0,) * 365
    if market:
        shares = (
            ProgrammeShare(programme="Plein feu jusqu'à une heure", rule="Marché de Noël", nights=38),
            ProgrammeShare(programme="Éteint", rule="Nuits d'été", nights=62),
            ProgrammeShare(programme="Cinq paliers", rule=None, nights=265),
        )
        strip = (*(0,) * 28, *(2,) * 180, *(1,) * 62, *(2,) * 85, *(0,) * 10)
    return CalendarYear(
        name=name,
        first=first,
        nights=365,
        points=14 if market else 182,
        installed_kw=0.728 if market else 9.464,
        lit_h=4290.4,
        dark_h=4290.4,
        planned=Expense(kwh=23145.2, eur=4629.04, co2_kg=502.25),
        full=Expense(kwh=40604.1, eur=8120.82, co2_kg=881.11),
        saved_share=0.43,
        shortest=NightLength(night=date(2027, 6, 21), dark_h=7.95, lit_h=7.95),
        longest=NightLength(night=date(2026, 12, 21), dark_h=15.67, lit_h=15.67),
        clock_changes=(
            NightLength(night=date(2027, 3, 27), dark_h=11.43, lit_h=11.43),
            NightLength(night=date(2027, 10, 30), dark_h=14.02, lit_h=14.02),
        ),
        leap=NightLength(night=date(2028, 2, 29), dark_h=12.9, lit_h=12.9),
        leap_rule=ProgrammeShare(programme="Cinq paliers", rule=None, nights=1),
        shares=shares,
        strip=strip,
        findings=_findings() if market else (),
    )


def _findings() -> tuple[FindingView, ...]:
    dark, late = date(2027, 6, 25), date(2027, 8, 25)
    return (
        FindingView(code="no-light", severity="warning", text="no light", nights=62, first=dark, last=late),
        FindingView(
            code="rule-never",
            severity="warning",
            text="rule Carnaval: never holds in these nights",
            nights=0,
            first=None,
            last=None,
        ),
        FindingView(
            code="what-comes-later",
            severity="info",
            text="\x1b[31m[bold]step at 05:00: something new",
            nights=1,
            first=dark,
            last=dark,
        ),
    )


def deployment() -> DeploymentView:
    """Nearly done."""
    rows: tuple[ControllerView, ...] = (
        ControllerView(
            id="0301",
            kind="lamp",
            calendar="ville",
            wanted=PROGRAMME,
            held="00c1d2e3",
            state="waiting",
            why="",
        ),
        ControllerView(
            id="A-003",
            kind="cabinet",
            calendar="ville",
            wanted=None,
            held="0000aa11",
            state="refused",
            why="7 entries, it holds 4",
        ),
        ControllerView(
            id="0207", kind="lamp", calendar="ville", wanted=PROGRAMME, held=None, state="unheard", why=""
        ),
    )
    return DeploymentView(
        plan="5e8b1c02",
        since=NOW - timedelta(hours=3),
        by="Marie",
        controllers=211,
        holding=204,
        refused=2,
        unheard=1,
        rows=rows,
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
