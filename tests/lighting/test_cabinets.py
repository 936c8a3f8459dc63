from datetime import timedelta

import pytest

from city.incidents import Cause, Incident
from city.measurements import DeviceKind, Metric, Reading
from tests.lighting.street import MINUTE, Street

PHASES = (Metric.VOLTAGE_L1, Metric.VOLTAGE_L2, Metric.VOLTAGE_L3)


def mains(street: Street, *volts: float, minutes: int = 1, **more: float) -> list[Incident]:
    """Polls of a cabinet whose meter shows some voltages; the last one's incidents."""
    told: list[Incident] = []
    for _ in range(minutes):
        street.after(1)
        values = {
            **dict(zip(PHASES, volts, strict=True)),
            **{Metric(key): value for key, value in more.items()},
        }
        told = street.hear(Reading("A-001", DeviceKind.CABINET, street.now, values))
    return told


def test_a_cabinet_without_any_voltage_has_lost_its_supply_and_takes_its_lamps_with_it() -> None:
    street = Street()
    mains(street, 230, 230, 230)
    assert mains(street, 0, 0, 0) == []
    (incident,) = mains(street, 0, 0, 0)
    assert (incident.cause, incident.asset) == (Cause.CABINET_SUPPLY_LOSS, "A-001")
    assert len(incident.suppressed) == 8
    assert not incident.probable
    mains(street, 231, 229, 230, minutes=2)
    assert street.live() == []


def test_one_phase_without_voltage_takes_every_third_lamp() -> None:
    street = Street()
    mains(street, 230, 230, 230)
    (incident,) = mains(street, 230, 3, 231, minutes=2)
    assert (incident.cause, incident.asset, incident.kind) == (Cause.PHASE_LOST, "A-001/L2", DeviceKind.PHASE)
    phases = {street.inventory.light_points[lamp].phase for lamp in incident.suppressed}
    assert phases == {"L2"}


def test_lamps_on_a_lost_phase_are_not_judged_and_those_on_the_others_are() -> None:
    street = Street()
    mains(street, 230, 0, 230, minutes=2)
    points = street.inventory.light_points.values()
    fed = next(point.id for point in points if point.phase != "L2")
    unfed = next(point.id for point in points if point.phase == "L2")
    for _ in range(3):
        street.after(5)
        mains(street, 230, 0, 230)
        street.lamp(fed, 70, 0.5)
        street.lamp(unfed, 70, 0.5)
    assert {(each.cause, each.asset) for each in street.live()} == {
        (Cause.PHASE_LOST, "A-001/L2"),
        (Cause.LAMP_DEAD, fed),
    }


def test_a_network_below_198_volts_is_one_incident_of_the_cabinet_and_clears_above_205() -> None:
    street = Street()
    mains(street, 190, 191, 192, minutes=11)
    assert [(each.cause, each.asset) for each in street.live()] == [(Cause.VOLTAGE_SAG, "A-001")]
    mains(street, 201, 201, 201, minutes=30)
    assert len(street.live()) == 1
    mains(street, 229, 230, 230, minutes=20)
    assert street.live() == []


@pytest.mark.parametrize("error", [-900.0, 3_000.0])
def test_a_clock_that_is_minutes_off_is_wrong_and_one_that_is_seconds_off_is_not(error: float) -> None:
    street = Street()
    mains(street, 230, 230, 230, minutes=30, clock_error_s=40.0)
    assert street.told == []
    mains(street, 230, 230, 230, minutes=11, clock_error_s=error)
    assert [each.cause for each in street.live()] == [Cause.CLOCK_DRIFT]


def test_people_at_work_leave_no_incident_but_a_key_or_a_door_that_they_forgot_does() -> None:
    at_work, key, door = Street(), Street(), Street()
    mains(at_work, 230, 230, 230, minutes=120, local_override=1, door_open=1)
    mains(key, 230, 230, 230, minutes=40, local_override=1, door_open=0)
    mains(door, 230, 230, 230, minutes=70, local_override=0, door_open=1)
    assert at_work.told == []
    assert [each.cause for each in key.live()] == [Cause.LOCAL_OVERRIDE]
    assert [each.cause for each in door.live()] == [Cause.DOOR_OPEN]


def test_a_cabinet_that_does_not_answer_is_silent_after_ten_minutes_and_not_before() -> None:
    street = Street()
    mains(street, 230, 230, 230)
    told: list[Incident] = []
    for minute in range(1, 12):
        found = street.diagnosis.missed("A-001", street.now + minute * MINUTE)
        told += found
        assert bool(told) == (minute >= 10)
    assert [each.cause for each in told] == [Cause.CABINET_SILENT]
    street.now += timedelta(minutes=12)
    mains(street, 230, 230, 230, minutes=2)
    assert street.told[-1].closed_at is not None
