"""Forty years of nights anywhere people live: nothing raises, nothing overlaps, and nothing is dark by accident."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from city.nights import NOON, night_bounds
from city.places import Position, Site
from city.public_holidays import Region
from lighting.calendars import LAST, Calendar, Holidays, Rule, Span, YearlessDay
from lighting.light_plan import LightPlan
from lighting.moments import Bounded, Edge, Moment, SunEvent, When, night_sun
from lighting.preview import preview_calendar
from lighting.programmes import Programme, Step, switch_points

FIRST, LAST_NIGHT = date(2026, 1, 1), date(2066, 12, 31)
MINUTE = timedelta(minutes=1)

ZONES = (
    "Europe/Paris",
    "UTC",
    "Australia/Lord_Howe",  # its clock changes by half an hour
    "America/St_Johns",
    "Pacific/Auckland",
    "America/Santiago",  # its clock changes at midnight
    "Asia/Kathmandu",
    "Africa/Casablanca",
)

nights = st.dates(FIRST, LAST_NIGHT)
sites = st.builds(
    lambda latitude, longitude, zone: Site("anywhere", Position(latitude, longitude), ZoneInfo(zone)),
    st.floats(-70, 70),
    st.floats(-180, 180),
    st.sampled_from(ZONES),
)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
events: st.SearchStrategy[SunEvent] = st.sampled_from(["sunset", "sunrise", "dusk", "dawn"])
edges = st.builds(Edge, events, st.integers(-180, 180).map(lambda minutes: minutes * MINUTE))
moments: st.SearchStrategy[Moment] = st.one_of(clocks, edges)
whens: st.SearchStrategy[When] = st.one_of(
    clocks, edges, st.builds(Bounded, moments, st.none() | moments, st.none() | moments)
)
levels = st.floats(0, 100)
fades = st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def programmes(draw: st.DrawFn, name: str = "p") -> Programme:
    by_clock = sorted(draw(st.sets(clocks, max_size=6)), key=lambda at: (at < NOON, at))
    by_sun = draw(st.lists(edges, max_size=3))
    ats: list[When] = [*by_clock, *by_sun]
    steps = tuple(Step(at, draw(levels), draw(st.none() | fades)) for at in ats)
    shortest = draw(st.integers(0, 60)) * MINUTE
    return Programme(name, name, draw(whens), draw(whens), draw(levels), steps, draw(fades), shortest)


yearless = st.dates(date(2028, 1, 1), date(2028, 12, 31)).map(lambda day: YearlessDay(day.month, day.day))
spans = st.one_of(
    st.builds(Span, yearless, yearless),
    st.tuples(nights, nights).map(lambda days: Span(min(days), max(days))),
)


@st.composite
def plans(draw: st.DrawFn) -> LightPlan:
    names = ("p", "q", "r")
    rules = st.builds(
        Rule,
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(names),
        st.lists(spans, max_size=2).map(tuple),
        st.frozensets(st.integers(0, 6), max_size=3),
        st.frozensets(st.sampled_from([1, 2, 3, 4, 5, LAST]), max_size=2),
        st.none() | st.sampled_from(Holidays),
        st.sampled_from(Region),
    )
    calendar = Calendar("c", "C", "p", tuple(draw(st.lists(rules, max_size=3))))
    return LightPlan({name: draw(programmes(name)) for name in names}, {"c": calendar}, "c")


@given(plan=plans(), night=nights, site=sites)
def test_no_night_raises_switch_points_ascend_inside_it_and_levels_are_levels(
    plan: LightPlan, night: date, site: Site
) -> None:
    start, end = night_bounds(night, site.zone)
    points = plan.switch_points("c", night, site)
    assert points
    assert all(start <= point.at < end for point in points)
    assert all(earlier.at < later.at for earlier, later in pairwise(points))
    assert all(0 <= point.level <= 100 for point in points)
    assert 0 <= plan.level_at("c", start + (end - start) / 2, site) <= 100


@given(night=nights, site=sites)
def test_one_night_ends_where_the_next_begins_and_both_know_the_same_sun(night: date, site: Site) -> None:
    after = night + timedelta(days=1)
    assert night_bounds(night, site.zone)[1] == night_bounds(after, site.zone)[0]
    one, next_one = night_sun(night, site), night_sun(after, site)
    noon = night_bounds(night, site.zone)[1]
    # A sun that comes up at the very second of noon is up in the next night.
    down_at_noon = bool(one.down) and one.down[-1][1] == noon != one.sunrise
    assert down_at_noon == (bool(next_one.down) and next_one.down[0][0] == night_bounds(after, site.zone)[0])


@given(night=nights, site=sites)
def test_the_sun_of_every_night_has_one_of_three_answers_and_by_it_the_lamps_are_lit(
    night: date, site: Site
) -> None:
    start, end = night_bounds(night, site.zone)
    sun = night_sun(night, site)
    points = switch_points(Programme("p", "P", Edge("sunset"), Edge("sunrise"), 100.0), night, site)
    lit = [
        (point.at, until)
        for point, until in zip(points, [*(later.at for later in points[1:]), end], strict=True)
        if point.level > 0
    ]
    assert lit == list(sun.down)
    if sun.state == "always_up":
        assert not lit
    elif sun.state == "always_down":
        assert lit == [(start, end)]
    else:
        assert timedelta() < sun.down_for < end - start


@given(plan=plans(), night=nights, days=st.integers(1, 10), site=sites)
def test_a_preview_of_anything_adds_up(plan: LightPlan, night: date, days: int, site: Site) -> None:
    seen = preview_calendar(plan, "c", night, days, site)
    assert [each.night for each in seen.nights] == [night + timedelta(days=number) for number in range(days)]
    assert sum(seen.nights_of_rules.values()) == days or len(
        {rule.name for rule in seen.calendar.rules}
    ) < len(seen.calendar.rules)
    for each in seen.nights:
        length: datetime = night_bounds(each.night, site.zone)[0]
        hours = (each.end - length) / timedelta(hours=1)
        assert 0 <= each.lit_hours <= hours + 1e-9
        assert 0 <= each.full_hours <= hours + 1e-9
        assert -1e-9 <= each.by_day_hours <= each.lit_hours + 1e-9
        assert -1e-9 <= each.unlit_hours <= each.dark_hours + 1e-9


@given(night=nights, latitude=st.integers(-70, 70), cut=st.booleans())
def test_no_night_with_a_sunset_is_dark_for_want_of_a_schedule(night: date, latitude: int, cut: bool) -> None:
    site = Site("meridian", Position(latitude, 7.34), ZoneInfo("Europe/Paris"))
    step = (Step(time(23, 30), 30.0),) if cut else ()
    calendar = Calendar("c", "C", "p", (Rule("leap", "p", (Span(YearlessDay(2, 29), YearlessDay(2, 29)),)),))
    programme = Programme("p", "P", Edge("sunset"), Edge("sunrise"), 100.0, step)
    plan = LightPlan({"p": programme}, {"c": calendar}, "c")
    for since, until in night_sun(night, site).down:
        assert plan.level_at("c", since, site) > 0
        assert plan.level_at("c", since + (until - since) / 2, site) > 0
