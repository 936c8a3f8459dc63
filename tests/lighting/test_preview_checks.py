"""Everything that a preview looks at, beyond what one night will be."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lighting.calendars import Calendar, Rule, Span, YearlessDay
from lighting.light_plan import LightPlan, plan_of
from lighting.moments import Bounded, Edge
from lighting.preview import Preview, preview, preview_calendar
from lighting.preview_nights import full_load
from lighting.prices import EnergyPrice
from lighting.programmes import FIVE_STEPS, Programme, Step, SwitchPoint
from tests.lighting.small_city import MULHOUSE, TROMSO, local
from tests.lighting.test_preview import THREE_STEPS

YEAR = date(2026, 1, 1)
SUNSET, SUNRISE = Edge("sunset"), Edge("sunrise")
FULL = Programme("plein", "Plein", SUNSET, SUNRISE, 100.0)
CUT = Programme("cut", "Cut", SUNSET, SUNRISE, 100.0, (Step(time(23, 30), 0.0), Step(time(5, 30), 100.0)))


def codes(seen: Preview) -> list[str]:
    return [finding.code for finding in seen.findings]


def ahead(*rules: Rule, default: Programme = FULL, nights: int = 365) -> Preview:
    """A year of a calendar whose rules choose among a few programmes."""
    programmes = {each.name: each for each in (FULL, FIVE_STEPS, CUT, default)}
    calendar = Calendar("ville", "Ville", default.name, rules)
    plan = LightPlan(programmes, {"ville": calendar}, "ville")
    return preview_calendar(plan, "ville", YEAR, nights, MULHOUSE)


def test_an_extinction_counts_as_a_saving_against_sunset_to_sunrise_but_not_against_its_own_hours() -> None:
    seen = preview(CUT, YEAR, 365, MULHOUSE)
    assert seen.relative_energy == pytest.approx(1.0)
    assert seen.saved is not None
    assert 0.51 <= seen.saved <= 0.53


def test_other_readings_of_the_published_steps_do_not_save_what_was_published() -> None:
    seventy = Programme(
        "r", "R", SUNSET, SUNRISE, 100.0, (Step(time(23, 30), 70.0), Step(time(5, 30), 100.0))
    )
    seen = preview(seventy, YEAR, 365, MULHOUSE)
    assert 1 - seen.relative_energy == pytest.approx(0.153, abs=0.003)
    assert 0.250 <= 1 - preview(THREE_STEPS, YEAR, 365, MULHOUSE).relative_energy <= 0.260


@pytest.mark.parametrize(
    ("on", "off", "hours", "three", "five"),
    [
        (SUNSET, SUNRISE, 4290, 25.5, 43.0),
        (Edge("sunset", timedelta(minutes=15)), Edge("sunrise", -timedelta(minutes=15)), 4109, 26.6, 44.2),
        (Edge("dusk"), Edge("dawn"), 3867, 27.8, 45.9),
    ],
)
def test_hours_and_savings_of_2026_are_those_of_the_table(
    on: Edge, off: Edge, hours: float, three: float, five: float
) -> None:
    for programme, saved_pct in ((THREE_STEPS, three), (FIVE_STEPS, five)):
        seen = preview(Programme("t", "T", on, off, 100.0, programme.steps), YEAR, 365, MULHOUSE)
        assert seen.lit_hours == pytest.approx(hours, abs=5)
        assert 100 * (1 - seen.relative_energy) == pytest.approx(saved_pct, abs=0.1)


def test_energy_is_priced_and_stands_for_carbon() -> None:
    price = EnergyPrice(eur_per_kwh=0.25, co2_g_per_kwh=40)
    seen = preview(FULL, date(2026, 10, 24), 1, MULHOUSE, installed_kw=10, price=price)
    use = seen.use(seen.full_hours)
    assert use.kwh == pytest.approx(136.3, abs=0.1)
    assert (use.eur, use.co2_kg) == pytest.approx((use.kwh * 0.25, use.kwh * 0.040))


def test_a_fade_is_a_ramp_from_the_level_that_was_reached() -> None:
    start, end = local("2026-11-22T12:00"), local("2026-11-23T12:00")
    hour = timedelta(hours=1)
    ramp = (SwitchPoint(start + hour, 100.0, hour), SwitchPoint(start + 3 * hour, 0.0, hour))
    assert full_load(ramp, start, end) == pytest.approx(0.5 + 1.0 + 0.5)
    cut_short = (SwitchPoint(start + hour, 100.0, 2 * hour), SwitchPoint(start + 2 * hour, 0.0, hour))
    assert full_load(cut_short, start, end) == pytest.approx(0.25 + 0.25)
    going_on = (SwitchPoint(start, 80.0, hour), SwitchPoint(start + hour, 0.0))
    assert full_load(going_on, start, end) == pytest.approx(0.8)


@given(fade=st.integers(0, 3600), level=st.floats(0, 100))
def test_a_fade_at_both_ends_takes_as_much_as_it_gives(fade: int, level: float) -> None:
    programme = Programme("f", "F", SUNSET, SUNRISE, level, fade=timedelta(seconds=fade))
    (night,) = preview(programme, date(2026, 11, 22), 1, MULHOUSE).nights
    assert night.full_hours == pytest.approx(level / 100 * night.dark_hours)


def test_shortest_longest_and_clock_change_nights_are_told_with_their_length() -> None:
    seen = preview(FIVE_STEPS, YEAR, 730, MULHOUSE)
    assert seen.shortest is not None
    assert seen.longest is not None
    assert seen.shortest.night.replace(year=2026) in {date(2026, 6, 20), date(2026, 6, 21)}
    assert seen.longest.night.replace(year=2026) in {date(2026, 12, 21), date(2026, 12, 22)}
    changes = {night.night: night.sun.down_for for night in seen.clock_change_nights}
    assert set(changes) == {date(2026, 3, 28), date(2026, 10, 24), date(2027, 3, 27), date(2027, 10, 30)}
    minute = timedelta(minutes=1)
    assert abs(changes[date(2026, 10, 24)] - timedelta(hours=13, minutes=38, seconds=30)) < minute
    assert abs(changes[date(2027, 3, 27)] - timedelta(hours=11, minutes=25, seconds=41)) < minute
    autumn = next(night for night in seen.nights if night.night == date(2026, 10, 24))
    assert seen.clock_change_h(autumn) == -1
    assert {moment.comes for moment in seen.clock_moments(autumn)} == {"once"}


def test_the_29th_of_february_is_previewed_whether_or_not_it_is_among_the_nights() -> None:
    without = preview(FIVE_STEPS, YEAR, 365, MULHOUSE)
    assert [night.night for night in without.leap_nights] == [date(2028, 2, 29)]
    assert without.leap_nights[0] not in without.nights
    within = preview(FIVE_STEPS, date(2028, 1, 1), 366, MULHOUSE)
    assert within.leap_nights == (within.nights[59],)
    assert preview(FIVE_STEPS, date(2096, 3, 1), 1, MULHOUSE).leap_nights[0].night == date(2104, 2, 29)


def test_a_calendar_that_forgets_the_29th_of_february_is_told() -> None:
    dark = Programme("noir", "Noir", SUNSET, SUNRISE, 0.0)
    rule = Rule("bissextile", "noir", (Span(YearlessDay(2, 29), YearlessDay(2, 29)),))
    calendar = Calendar("ville", "Ville", "plein", (rule,))
    plan = LightPlan({"plein": FULL, "noir": dark}, {"ville": calendar}, "ville")
    seen = preview_calendar(plan, "ville", date(2026, 11, 1), 30, MULHOUSE)
    assert seen.warnings == ("2028-02-29: no light, though other nights are lit",)


def test_light_that_burns_all_day_is_told_once_with_its_nights() -> None:
    trap = Programme("piège", "Piège", time(6), Edge("sunrise"), 100.0)
    forgotten = Programme("oubli", "Oubli", SUNSET, time(11, 59), 100.0)
    assert "lit-by-day" not in codes(preview(trap, YEAR, 365, MULHOUSE))
    (finding,) = [
        each for each in preview(forgotten, YEAR, 365, MULHOUSE).findings if each.code == "lit-by-day"
    ]
    assert len(finding.nights) == 365
    assert finding.line.startswith("2026-01-01 … 2026-12-31, 365 nights: lit while the sun is up")
    assert "lit-by-day" not in codes(preview(FULL, date(2026, 12, 21), 1, TROMSO))


def test_two_minutes_of_light_on_a_summer_morning_are_told() -> None:
    (finding,) = [each for each in preview(CUT, YEAR, 365, MULHOUSE).findings if each.code == "flash"]
    assert {each.month for each in finding.nights} <= {5, 6, 7}


def test_steps_that_fall_together_change_places_or_darken_twice_are_told() -> None:
    gap = Programme("g", "G", SUNSET, SUNRISE, 100.0, (Step(time(2, 10), 50.0), Step(time(2, 40), 20.0)))
    assert codes(preview(gap, date(2027, 3, 27), 1, MULHOUSE)) == [
        "clock-skipped",
        "clock-skipped",
        "same-instant",
    ]
    moving = Programme(
        "m",
        "M",
        SUNSET,
        SUNRISE,
        100.0,
        (Step(time(20), 50.0), Step(Edge("dusk", timedelta(minutes=30)), 70.0)),
    )
    assert "order-changes" in codes(preview(moving, YEAR, 365, MULHOUSE))
    twice = Programme("t", "T", SUNSET, SUNRISE, 100.0, (Step(time(1), 0.0),))
    assert codes(preview(twice, date(2026, 11, 22), 1, MULHOUSE)) == ["not-alternating"]


def test_rules_that_decide_nothing_are_told_with_the_reason() -> None:
    winter = Rule("Hiver", "cinq-paliers", (Span(YearlessDay(11, 1), YearlessDay(2, 28)),))
    market = Rule("Marché", "plein", (Span(YearlessDay(11, 24), YearlessDay(12, 27)),))
    gone = Rule("Passé", "plein", (Span(date(2020, 1, 1), date(2020, 1, 2)),))
    seen = ahead(winter, market, gone)
    told = {finding.code: finding.text for finding in seen.findings}
    assert told["rule-shadowed"] == "rule Marché: decides no night, Hiver comes before it"
    assert told["rule-never"] == "rule Passé: never holds in these nights"
    assert seen.nights_of_rules == {"Hiver": 120, "Marché": 0, "Passé": 0, None: 245}
    assert not codes(ahead(winter, market, gone, nights=30))


def test_a_day_of_the_week_without_light_is_told() -> None:
    dark = Programme("noir", "Noir", SUNSET, SUNRISE, 0.0)
    mondays = Rule("Lundis", "noir", weekdays=frozenset({0}))
    calendar = Calendar("v", "V", "plein", (mondays,))
    plan = LightPlan({"plein": FULL, "noir": dark}, {"v": calendar}, "v")
    seen = preview_calendar(plan, "v", YEAR, 28, MULHOUSE)
    assert [finding.text for finding in seen.findings] == ["no light", "no Monday has light"]
    assert len(seen.findings[0].nights) == 4


@pytest.mark.parametrize(
    ("off", "category", "closing", "told"),
    [
        (SUNRISE, "b", None, "category b: dark from 01:00 on, or 1 h after closing"),
        (time(1), "b", None, None),
        (time(23), "b", time(21), "category b: dark 1 h after closing"),
        (time(22), "b", time(21), None),
        (SUNRISE, "e", time(20), "category e: dark 2 h after closing"),
        (time(22), "e", time(20), None),
        (SUNRISE, "e", None, "category e: dark 2 h after closing; not checked, no closing time is given"),
        (SUNRISE, "advertising", None, "lit advertising is dark from 01:00 to 06:00"),
        (time(1), "advertising", None, None),
        (SUNRISE, "a", time(19), "category a, closed site: dark from 1 h after closing until 07:00"),
        (SUNRISE, "d", None, "category d (buildings and shop windows): its hours are not checked"),
        (SUNRISE, "", None, None),
    ],
)
def test_the_hours_of_the_arrete_are_checked_by_category(
    off: Edge | time, category: str, closing: time | None, told: str | None
) -> None:
    programme = Programme("p", "P", SUNSET, off, 100.0)
    seen = preview(programme, date(2026, 11, 22), 7, MULHOUSE, category=category, closing=closing)
    assert [finding.text for finding in seen.findings] == ([] if told is None else [told])


def test_a_park_that_is_lit_before_sunset_is_told() -> None:
    early = Programme("p", "P", Edge("sunset", -timedelta(minutes=10)), time(1), 100.0)
    seen = preview(early, date(2026, 11, 22), 1, MULHOUSE, category="b")
    assert [finding.text for finding in seen.findings] == ["category b: lit from sunset on at the earliest"]


def test_a_morning_that_ends_with_the_sun_is_no_light_by_day() -> None:
    morning = Programme("m", "M", SUNSET, Bounded(time(7), not_after=SUNRISE), 100.0)
    assert preview_calendar(plan_of(morning), "m", YEAR, 365, MULHOUSE).warnings == ()
