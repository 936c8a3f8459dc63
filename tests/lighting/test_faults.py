from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from city.incidents import Cause, Incident, State
from city.measurements import DeviceKind, Metric, Reading
from lighting.power import expected_power
from tests.lighting.small_city import LED_60, local
from tests.lighting.street import DEAD_W, EVENING, LIT_W, NOON, Street

LAMP = "001-101"


def dead_street(street: Street | None = None) -> Street:
    """A street where one lamp is known to be dead."""
    street = street or Street()
    street.lamp(LAMP, 70, LIT_W)
    for _ in range(2):
        street.after(5).lamp(LAMP, 70, DEAD_W)
    return street


def test_a_dead_lamp_is_raised_at_the_second_dark_sample_with_its_figures() -> None:
    street = Street()
    street.lamp(LAMP, 70, LIT_W)
    assert street.after(5).lamp(LAMP, 70, DEAD_W) == []
    assert street.diagnosis.suspected == 1
    (incident,) = street.after(5).lamp(LAMP, 70, DEAD_W)
    assert (incident.cause, incident.asset, incident.kind) == (Cause.LAMP_DEAD, LAMP, DeviceKind.LAMP)
    assert (incident.state, incident.points) == (State.OPEN, 1)
    assert incident.since == street.now - timedelta(minutes=5)
    assert incident.opened_at == street.now
    (evidence,) = incident.evidence
    assert evidence.rule == "lamp_dead_power"
    assert evidence.figures == {
        "power_w": DEAD_W,
        "expected_w": pytest.approx(LIT_W, abs=0.1),
        "level_pct": 70,
        "voltage_v": 230.0,
    }
    assert street.diagnosis.suspected == 0


def test_a_dead_lamp_is_raised_once_however_often_it_says_so() -> None:
    street = dead_street()
    for _ in range(20):
        assert street.after(5).lamp(LAMP, 70, DEAD_W) == []


def test_one_dark_sample_is_not_an_incident() -> None:
    street = Street()
    street.lamp(LAMP, 70, LIT_W)
    street.after(5).lamp(LAMP, 70, DEAD_W)
    street.after(5).lamp(LAMP, 70, LIT_W)
    street.after(5).lamp(LAMP, 70, DEAD_W)
    assert street.told == []


def test_two_dark_samples_within_seconds_are_not_enough() -> None:
    street = Street()
    street.lamp(LAMP, 70, LIT_W)
    street.after(5).lamp(LAMP, 70, DEAD_W)
    assert street.after(0.5).lamp(LAMP, 70, DEAD_W) == []
    assert street.after(1.5).lamp(LAMP, 70, DEAD_W) != []


def test_a_lamp_that_warms_up_or_changes_level_is_not_judged() -> None:
    street = Street()
    for minute in range(40):
        level = 70.0 if minute % 2 else 30.0
        street.after(minute / 100 + 1).lamp(LAMP, level, DEAD_W)
    assert street.told == []


def test_a_lamp_that_lights_up_at_the_level_it_had_at_dawn_is_given_time_to_warm_up() -> None:
    lamp = "001-201"
    street = Street(local("2026-06-21T05:00"))
    street.circuit("A-001/2")
    street.lamp(lamp, 70, LIT_W)
    street.after(35).circuit("A-001/2", closed=False)
    street.after(960).circuit("A-001/2")
    street.after(0.2).lamp(lamp, 70, DEAD_W)
    assert street.diagnosis.suspected == 0
    street.after(5).lamp(lamp, 70, LIT_W)
    assert street.told == []


def test_a_lamp_that_has_just_booted_is_given_time_to_warm_up() -> None:
    street = Street()
    street.lamp(LAMP, 70, LIT_W)
    street.after(5).event(LAMP, "boot")
    street.after(0.2).lamp(LAMP, 70, DEAD_W)
    assert street.diagnosis.suspected == 0


def test_a_dead_lamp_is_found_at_the_lowest_level_too() -> None:
    street = Street()
    lowest = expected_power(LED_60, 10)
    street.lamp(LAMP, 10, lowest)
    street.after(5).lamp(LAMP, 10, lowest)
    assert street.diagnosis.suspected == 0
    street.after(5).lamp(LAMP, 10, DEAD_W)
    assert street.after(5).lamp(LAMP, 10, DEAD_W) != []


def test_a_repaired_lamp_closes_its_incident_once_it_has_burned_well_for_a_quarter_of_an_hour() -> None:
    street = dead_street()
    (clearing,) = street.after(5).lamp(LAMP, 70, LIT_W)
    assert (clearing.state, clearing.closed_at) == (State.CLEARING, None)
    for _ in range(2):
        assert street.after(5).lamp(LAMP, 70, LIT_W) == []
    (closed,) = street.after(5).lamp(LAMP, 70, LIT_W)
    assert (closed.state, closed.closed_at) == (State.CLOSED, street.now)
    assert [evidence.figures["power_w"] for evidence in closed.evidence] == [DEAD_W, LIT_W]
    assert street.live() == []


def test_a_lamp_that_flickers_back_keeps_its_incident_and_piles_up_no_evidence() -> None:
    street = dead_street()
    for _ in range(5):
        street.after(5).lamp(LAMP, 70, LIT_W)
        (relapsed,) = street.after(5).lamp(LAMP, 70, DEAD_W)
        assert relapsed.state is State.OPEN
    assert len({incident.id for incident in street.told}) == 1
    assert len(street.told[-1].evidence) == 1


def test_neither_a_dark_lamp_that_is_off_nor_a_glimmer_proves_a_repair() -> None:
    street = dead_street()
    for _ in range(3):
        street.after(5).lamp(LAMP, 0, DEAD_W)
        street.after(5).lamp(LAMP, 70, DEAD_W)
        street.after(5).lamp(LAMP, 70, 0.3 * LIT_W)
    assert [incident.state for incident in street.live()] == [State.OPEN]


def test_doubts_on_two_nights_are_not_one_certainty() -> None:
    street = Street()
    street.lamp(LAMP, 70, LIT_W)
    street.after(5).lamp(LAMP, 70, DEAD_W)
    assert street.after(600).lamp(LAMP, 70, DEAD_W) == []
    assert street.after(5).lamp(LAMP, 70, DEAD_W) != []


def test_late_and_doubled_readings_are_ignored() -> None:
    street = Street()
    street.lamp(LAMP, 70, LIT_W)
    first = street.after(5).now
    street.lamp(LAMP, 70, DEAD_W)
    for _ in range(5):
        assert street.lamp(LAMP, 70, DEAD_W, at=first) == []
        assert street.lamp(LAMP, 70, DEAD_W, at=first - timedelta(minutes=3)) == []
    street.after(5).lamp(LAMP, 70, LIT_W)
    for minutes in (1, 2, 3.5, 4.5):
        assert street.lamp(LAMP, 70, DEAD_W, at=first + timedelta(minutes=minutes)) == []
    assert (street.told, street.diagnosis.suspected) == ([], 0)


def test_a_doubt_does_not_outlive_the_time_for_which_the_lamp_was_to_burn() -> None:
    street = Street()
    street.lamp(LAMP, 70, LIT_W)
    street.after(5).lamp(LAMP, 70, DEAD_W)
    street.after(5).lamp(LAMP, 0, DEAD_W)
    assert street.diagnosis.suspected == 0
    street.after(5).lamp(LAMP, 70, LIT_W)
    assert street.after(5).lamp(LAMP, 70, DEAD_W) == []
    assert street.after(5).lamp(LAMP, 70, DEAD_W) != []


@pytest.mark.parametrize("source", ["local", "boot"])
def test_a_lamp_under_someone_elses_hand_is_not_judged(source: str) -> None:
    street = Street()
    for _ in range(6):
        street.after(5).lamp(LAMP, 70, DEAD_W, source=source)
    assert street.told == []


def test_a_lamp_that_burns_by_day_is_raised_and_closed_when_it_is_dark_again() -> None:
    street = Street(NOON)
    street.lamp(LAMP, 0, DEAD_W)
    street.after(5).lamp(LAMP, 0, 60.0)
    (incident,) = street.after(5).lamp(LAMP, 0, 60.0)
    assert (incident.cause, incident.asset) == (Cause.DAY_BURNER, LAMP)
    assert incident.evidence[0].rule == "day_burner_power"
    street.after(5).lamp(LAMP, 0, DEAD_W)
    (closed,) = street.after(5).lamp(LAMP, 0, DEAD_W)
    assert closed.state is State.CLOSED


def test_a_day_burner_stands_through_the_night_in_which_it_should_burn() -> None:
    street = Street(local("2026-11-22T15:30"))
    for _ in range(3):
        street.after(5).lamp(LAMP, 0, 60.0)
    for _ in range(30):
        street.after(30).lamp(LAMP, 70, LIT_W)
    assert [incident.state for incident in street.live()] == [State.OPEN]


@pytest.mark.parametrize("edge", ["2026-11-22T16:46:50", "2026-11-23T07:47:30"])
def test_a_lamp_that_burns_around_sunset_or_sunrise_is_not_judged(edge: str) -> None:
    street = Street(local(edge) - timedelta(minutes=13))
    for _ in range(6):
        street.after(4).lamp(LAMP, 0, 60.0)
    assert street.told == []


def test_a_lamp_that_burns_by_order_is_no_day_burner() -> None:
    street = Street(NOON)
    for _ in range(6):
        street.after(5).lamp(LAMP, 70, LIT_W, source="override")
    assert street.told == []


def test_a_reading_without_level_or_power_and_an_unknown_lamp_change_nothing() -> None:
    street = Street()
    for values in ({}, {Metric.LEVEL: 70.0}, {Metric.POWER: 0.0}, {Metric.TEMPERATURE: 14.0}):
        street.after(5).hear(Reading(LAMP, DeviceKind.LAMP, street.now, values))
    for device in ("nobody", ""):
        for kind in DeviceKind:
            street.hear(Reading(device, kind, street.now, {Metric.LEVEL: 70.0, Metric.POWER: 0.0}))
    assert street.told == []


@given(
    levels=st.lists(st.sampled_from([0.0, 10.0, 30.0, 50.0, 70.0, 100.0]), min_size=1, max_size=60),
    steps=st.lists(st.floats(0.1, 120), min_size=60, max_size=60),
    noise=st.lists(st.floats(0.9, 1.1), min_size=60, max_size=60),
)
@settings(max_examples=60)
def test_a_healthy_lamp_never_raises_anything_whatever_it_is_asked_for(
    levels: list[float], steps: list[float], noise: list[float]
) -> None:
    street = Street(EVENING)
    for level, minutes, factor in zip(levels, steps, noise, strict=False):
        street.after(minutes).lamp(LAMP, level, expected_power(LED_60, level) * factor)
    assert street.told == []
    assert street.diagnosis.suspected == 0


@given(
    watts=st.lists(
        st.floats(allow_nan=True, allow_infinity=True) | st.just(DEAD_W) | st.just(60.0), max_size=80
    ),
    levels=st.lists(st.floats(allow_nan=True) | st.sampled_from([0.0, 70.0]), min_size=80, max_size=80),
)
@settings(max_examples=60)
def test_no_stream_of_figures_breaks_the_state_machine(watts: list[float], levels: list[float]) -> None:
    street = Street(NOON)
    for level, power in zip(levels, watts, strict=False):
        street.after(5).lamp(LAMP, level, power)
    last: dict[str, Incident] = {}
    for incident in street.told:
        before = last.get(incident.id)
        if before is not None and before.state is State.CLOSED:  # it may come back, and says so
            assert (incident.state, incident.reopened) == (State.OPEN, before.reopened + 1)
        last[incident.id] = incident
