"""Half days, and what a city's light points have drawn in them, by whichever source knows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.reports import EnergySource
from lighting.calendars import Calendar, Rule, Span
from lighting.consumption import Cell, Consumption, Stands, Tally
from lighting.half_days import Slot, borders, slots_between
from lighting.light_plan import FIVE_STEPS_PLAN, Assignment, LightPlan
from lighting.programmes import FIVE_STEPS, Programme
from tests.lighting.small_city import LED_60, MULHOUSE, PARIS, inventory

METER, COUNTERS, CURVE = EnergySource.METER, EnergySource.LAMP_COUNTERS, EnergySource.POWER_CURVE
DAY = date(2026, 11, 24)
CITY = inventory(lamps_per_circuit=4)
FULL = Programme("full", "Plein feu", FIVE_STEPS.on, FIVE_STEPS.off, 100.0)
TWO = LightPlan(
    {"cinq-paliers": FIVE_STEPS, "full": FULL},
    {
        "usual": Calendar("usual", "Usual", "cinq-paliers", (Rule("Fête", "full", (Span(DAY, DAY),)),)),
        "lit": Calendar("lit", "Lit", "full"),
    },
    "usual",
    (Assignment("circuit:A-001/2", "lit"),),
)


def consumption(slots: tuple[Slot, ...], plan: LightPlan = FIVE_STEPS_PLAN) -> Consumption:
    return Consumption(CITY, plan, plan.calendars_of(CITY), MULHOUSE, slots)


def whole(tallies: Mapping[Cell, Tally]) -> Tally:
    total = Tally()
    for tally in tallies.values():
        total.take(tally)
    return total


def expected(slots: tuple[Slot, ...]) -> float:
    return whole(consumption(slots).tallies({}, {})).drawn_wh[CURVE]


@given(st.dates(date(2026, 1, 1), date(2065, 12, 31)), st.integers(0, 70))
def test_half_days_follow_each_other_from_midnight_to_midnight(first: date, days: int) -> None:
    slots = slots_between(first, first + timedelta(days=days), PARIS)
    assert len(slots) == 2 * (days + 1)
    assert all(one.end == other.start for one, other in pairwise(slots))
    assert slots[0].start == datetime(first.year, first.month, first.day, tzinfo=PARIS)
    assert slots[-1].end.astimezone(PARIS).date() == first + timedelta(days=days + 1)
    assert all(11 <= slot.hours <= 13 and slot.start.tzinfo is UTC for slot in slots)
    assert all(
        slot.day - slot.night == timedelta(days=slot.start.astimezone(PARIS).hour == 0) for slot in slots
    )


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 10, 25), [13, 12]), (date(2027, 3, 28), [11, 12]), (date(2028, 2, 29), [12, 12])],
)
def test_the_days_on_which_the_clock_changes_are_as_long_as_they_are(day: date, hours: list[float]) -> None:
    slots = slots_between(day, day, PARIS)
    assert [slot.hours for slot in slots] == hours
    assert borders(slots)[-1] - borders(slots)[0] == timedelta(hours=sum(hours))


def test_without_any_counter_all_is_reckoned_and_called_so() -> None:
    slots = slots_between(DAY, DAY, PARIS)
    tallies = consumption(slots).tallies({}, {})
    total = whole(tallies)
    assert list(total.drawn_wh) == [CURVE]
    assert total.point_h == {CURVE: 16 * 24.0}
    assert sum(total.points.values()) == 16
    # 15.1 h of light a night: full power at either end, 70 % and 30 % between, and standby on half of the circuits.
    assert total.full_wh == pytest.approx(16 * 15.06 * 60 + 8 * 8.94 * 0.6, rel=0.01)
    assert 1 - total.drawn_wh[CURVE] / total.full_wh == pytest.approx(0.37, abs=0.03)


def test_a_cabinets_meter_is_believed_and_shared_out_by_what_its_lamps_should_draw() -> None:
    slots = slots_between(DAY, DAY, PARIS)
    meters: Stands = {"A-001": [4_294_967_000.0, 1_000.0, 3_000.0]}
    tallies = consumption(slots, TWO).tallies(meters, {})
    metered = {cell: tally for cell, tally in tallies.items() if METER in tally.drawn_wh}
    assert {cell.cabinet for cell in metered} == {"A-001"}
    assert whole(metered).drawn_wh == {METER: pytest.approx(1_296 + 2_000)}
    by_programme = {cell.programme: tally.drawn_wh[METER] for cell, tally in metered.items()}
    # The morning is of the night before, on which no rule holds; the evening is of the feast.
    assert by_programme["full"] > 2_000 > by_programme["cinq-paliers"] > 0
    assert sum(by_programme.values()) == pytest.approx(3_296)
    other = whole({cell: tally for cell, tally in tallies.items() if cell.cabinet == "A-002"})
    assert list(other.drawn_wh) == [CURVE]


def test_a_meter_goes_on_from_0_where_its_profile_says_that_it_wraps() -> None:
    slots = slots_between(DAY, DAY, PARIS)
    meters: Stands = {"A-001": [999_999_000.0, 1_000.0, 3_000.0]}
    assert list(whole(consumption(slots).tallies(meters, {})).drawn_wh) == [CURVE, METER]
    plan = FIVE_STEPS_PLAN
    told = Consumption(CITY, plan, plan.calendars_of(CITY), MULHOUSE, slots, {"A-001": 1e9})
    cells = [tally for cell, tally in told.tallies(meters, {}).items() if cell.cabinet == "A-001"]
    assert sum(tally.drawn_wh[METER] for tally in cells) == pytest.approx(2_000 + 2_000)


def test_a_rule_makes_a_night_another_programmes_across_midnight() -> None:
    days = slots_between(DAY, DAY + timedelta(days=1), PARIS)
    hours = {
        cell.programme: tally.point_h[CURVE]
        for cell, tally in consumption(days, TWO).tallies({}, {}).items()
        if cell.cabinet == "A-002"
    }
    assert hours == {"full": 8 * 24.0, "cinq-paliers": 8 * 24.0}


def test_half_a_day_without_a_meter_falls_back_on_the_lamps_and_then_on_reckoning() -> None:
    slots = slots_between(DAY, DAY, PARIS)
    meters: Stands = {"A-001": [None, 10_000.0, 13_000.0]}
    lamps: Stands = {name: [1_000.0, 1_200.0, 1_900.0] for name in ("001-101", "001-201", "002-101")}
    city = consumption(slots)
    assert len(city.unmetered(meters)) == 16
    tallies = city.tallies(meters, lamps)
    first = whole({cell: tally for cell, tally in tallies.items() if cell.cabinet == "A-001"})
    assert first.drawn_wh[METER] == pytest.approx(3_000)
    assert first.drawn_wh[COUNTERS] == pytest.approx(400)
    assert first.point_h == {METER: 8 * 12.0, COUNTERS: 2 * 12.0, CURVE: 6 * 12.0}
    other = whole({cell: tally for cell, tally in tallies.items() if cell.cabinet == "A-002"})
    assert other.drawn_wh[COUNTERS] == pytest.approx(900)
    assert other.point_h == {COUNTERS: 24.0, CURVE: 7 * 24.0}


def test_a_meter_that_was_swapped_says_nothing_of_that_half_day_only() -> None:
    slots = slots_between(DAY, DAY + timedelta(days=1), PARIS)
    meters: Stands = {"A-001": [9_000_000.0, 9_003_000.0, 200.0, 3_200.0, 3_300.0]}
    total = whole(
        {
            cell: tally
            for cell, tally in consumption(slots).tallies(meters, {}).items()
            if cell.cabinet == "A-001"
        }
    )
    assert total.drawn_wh[METER] == pytest.approx(3_000 + 3_000 + 100)
    assert total.point_h == {METER: 3 * 8 * 12.0, CURVE: 8 * 12.0}


def test_lamps_that_only_say_their_level_are_reckoned_by_it() -> None:
    slots = slots_between(DAY, DAY, PARIS)
    start, city = slots[1].start, consumption(slots)
    every = timedelta(minutes=10)
    city.saw(
        1, {"001-101": [(start + number * every, 100.0) for number in range(72)], "stranger": [(start, 1.0)]}
    )
    drawn = whole(city.tallies({}, {})).drawn_wh
    assert list(drawn) == [CURVE]
    # 12 h at full power instead of what the plan asks of one lamp in that half day.
    permanent = Consumption(
        replace(CITY, light_points={"001-101": CITY.light_points["001-101"]}),
        FIVE_STEPS_PLAN,
        {"001-101": "cinq-paliers"},
        MULHOUSE,
        slots[1:],
    )
    planned = whole(permanent.tallies({}, {})).drawn_wh[CURVE]
    assert drawn[CURVE] == pytest.approx(expected(slots) - planned + 12 * LED_60.nominal_w)


def test_the_last_word_of_a_lamp_stands_only_where_it_has_drawn_nothing_since() -> None:
    slots = slots_between(DAY, DAY, PARIS)
    city = consumption(slots)
    permanent, night_fed, silent = "001-101", "001-201", "001-202"
    fresh: Stands = {permanent: [1.0, None, 3.0], night_fed: [1.0, None, 4.0]}
    last: Stands = {permanent: [1.0, 2.0, 3.0], night_fed: [1.0, 3.0, 4.0], silent: [0.5, 2.5, 3.5]}
    # At midnight all are lit, and a last word of some hours ago says nothing; at noon only what is fed can have drawn.
    assert city.standing(fresh, last) == {
        permanent: [1.0, None, 3.0],
        night_fed: [1.0, 3.0, 4.0],
        silent: [None, 2.5, None],
    }


@given(
    st.lists(st.integers(0, 50_000), min_size=4, max_size=4),
    st.sets(st.integers(0, 4)),
    st.sets(st.sampled_from(sorted(CITY.light_points))),
)
def test_every_hour_of_every_light_point_is_told_once_and_nothing_is_made_up(
    drawn_wh: list[int], unread: set[int], counting: set[str]
) -> None:
    slots = slots_between(DAY, DAY + timedelta(days=1), PARIS)
    stands = [float(sum(drawn_wh[:number])) for number in range(5)]
    meters: Stands = {"A-001": [None if number in unread else value for number, value in enumerate(stands)]}
    lamps: Stands = {name: [100.0 * number for number in range(5)] for name in counting}
    total = whole(consumption(slots, TWO).tallies(meters, lamps))
    assert sum(total.point_h.values()) == pytest.approx(16 * 48.0)
    read = [number for number in range(5) if number not in unread]
    if len(read) > 1:
        assert total.drawn_wh[METER] == pytest.approx(stands[read[-1]] - stands[read[0]])
    else:
        assert METER not in total.drawn_wh
    assert all(wh >= 0 for wh in total.drawn_wh.values())
