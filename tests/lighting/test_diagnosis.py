from datetime import timedelta

from city.incidents import Cause, State
from city.measurements import DeviceKind
from lighting.power import expected_power
from tests.lighting.small_city import LED_60
from tests.lighting.street import CIRCUIT, DEAD_W, EVENING, LIT_W, NOON, Street, poll, speak, trip


def test_a_tripped_breaker_is_one_incident_with_its_lamps_suppressed_under_it() -> None:
    street, incident = trip()
    assert (incident.cause, incident.asset, incident.kind) == (
        Cause.BREAKER_TRIP,
        CIRCUIT,
        DeviceKind.CIRCUIT,
    )
    assert incident.suppressed == tuple(street.lamps_of(CIRCUIT))
    assert incident.points == 4
    assert incident.opened_at - incident.since == timedelta(minutes=1)
    assert incident.evidence[0].rule == "breaker_flag"
    poll(street, 60, tripped=True)
    assert len(street.told) == 1


def test_one_reading_with_the_flag_is_only_a_suspicion() -> None:
    street = Street()
    poll(street, 1, tripped=True)
    assert street.diagnosis.suspected == 1
    poll(street, 1)
    assert (street.told, street.diagnosis.suspected) == ([], 0)


def test_a_repaired_breaker_closes_after_two_polls_with_voltage_and_power() -> None:
    street, incident = trip()
    poll(street, 30, tripped=True)
    poll(street, 1)
    assert [each.state for each in street.live()] == [State.CLEARING]
    poll(street, 1)
    assert street.live() == []
    assert street.told[-1].id == incident.id
    assert street.told[-1].evidence[-1].rule == "power_back"
    assert street.told[-1].evidence[-1].figures["voltage_v"] == 230.0


def test_a_breaker_that_holds_without_voltage_behind_it_is_not_repaired() -> None:
    street, _ = trip()
    for _ in range(5):
        street.after(1).circuit(volts=0.0)
    assert [each.state for each in street.live()] == [State.OPEN]


def test_by_night_voltage_alone_does_not_prove_that_the_street_is_lit_again() -> None:
    street, _ = trip()
    for _ in range(5):
        street.after(1).circuit(watts=0.0)
    speak(street)
    for _ in range(5):
        street.after(1).circuit(watts=0.0)
    assert [each.state for each in street.live()] == [State.OPEN]
    for _ in range(2):
        street.after(1).circuit(watts=4 * LIT_W)
    assert street.live() == []


def test_what_lamps_drew_before_the_trip_is_no_measure_of_what_they_must_draw_after_it() -> None:
    street, _ = trip()
    speak(street)
    for _ in range(5):
        street.after(1).circuit(watts=50.0)
    assert [each.state for each in street.live()] == [State.OPEN]
    street.after(1)
    speak(street, level=10.0, watts=7.0)
    for _ in range(2):
        street.after(1).circuit(watts=28.0)
    assert street.live() == []


def test_by_day_voltage_is_proof_enough_and_a_switched_off_circuit_proves_nothing() -> None:
    street, _ = trip(Street(NOON))
    for _ in range(5):
        street.after(1).circuit(closed=False)
    assert [each.state for each in street.live()] == [State.OPEN]
    for _ in range(2):
        street.after(1).circuit(watts=2.4)
    assert street.live() == []


def test_a_breaker_that_trips_again_while_clearing_is_the_same_incident() -> None:
    street, incident = trip()
    poll(street, 1)
    poll(street, 1, tripped=True)
    assert [(each.id, each.state) for each in street.live()] == [(incident.id, State.OPEN)]


def test_lamps_that_look_dead_while_their_breaker_is_tripped_raise_nothing() -> None:
    street, incident = trip()
    for _ in range(6):
        poll(street, 5, tripped=True)
        speak(street, watts=DEAD_W)
    assert street.live() == [incident]
    assert street.diagnosis.suspected == 0


def test_a_lamp_that_was_suspected_just_before_the_breaker_tripped_is_suppressed_with_the_others() -> None:
    street = Street()
    speak(street)
    street.after(5)
    speak(street, watts=DEAD_W)
    assert street.diagnosis.suspected == 4
    poll(street, 1, tripped=True)
    street.after(4)
    speak(street, watts=DEAD_W)
    poll(street, 1, tripped=True)
    assert [each.cause for each in street.told] == [Cause.BREAKER_TRIP]
    assert street.diagnosis.suspected == 0


def test_lamps_that_boot_and_warm_up_after_the_repair_raise_nothing() -> None:
    street, _ = trip()
    poll(street, 20, tripped=True)
    poll(street, 2)
    assert street.live() == []
    for _ in range(2):
        street.after(5)
        speak(street, watts=DEAD_W)
    for _ in range(4):
        street.after(5)
        speak(street)
    assert street.live() == []


def test_a_lamp_that_stays_dark_after_the_repair_is_judged_on_its_own_later() -> None:
    street, _ = trip()
    poll(street, 2)
    lamp = street.lamps_of(CIRCUIT)[0]
    for _ in range(7):
        street.after(5).lamp(lamp, 70, DEAD_W)
    (incident,) = street.live()
    assert (incident.cause, incident.asset) == (Cause.LAMP_DEAD, lamp)


def test_a_lamp_known_to_be_dead_before_the_trip_keeps_its_own_incident() -> None:
    street = Street()
    lamp = street.lamps_of(CIRCUIT)[0]
    street.lamp(lamp, 70, LIT_W)
    for _ in range(2):
        street.after(5).lamp(lamp, 70, DEAD_W)
    poll(street, 2, tripped=True)
    poll(street, 2)
    causes = {each.cause: each for each in street.live()}
    assert set(causes) == {Cause.LAMP_DEAD}
    street.after(20).lamp(lamp, 70, LIT_W)
    for _ in range(3):
        street.after(5).lamp(lamp, 70, LIT_W)
    assert street.live() == []


def test_the_lamps_of_the_neighbouring_circuit_are_judged_as_ever() -> None:
    street, incident = trip()
    lamp = street.lamps_of("A-001/2")[0]
    street.circuit("A-001/2")
    for _ in range(3):
        street.after(5).lamp(lamp, 70, DEAD_W)
    assert {each.cause for each in street.live()} == {Cause.BREAKER_TRIP, Cause.LAMP_DEAD}
    assert incident in street.live()


def test_people_at_work_in_a_cabinet_raise_nothing_and_lamps_are_judged_afresh_afterwards() -> None:
    street = Street()
    speak(street)
    for _ in range(60):
        street.after(1).cabinet(local_mode=True, door=True)
        street.circuit(tripped=True)
        speak(street, watts=DEAD_W)
    poll(street, 10)
    speak(street, watts=DEAD_W)
    assert (street.told, street.diagnosis.suspected) == ([], 0)
    poll(street, 10)
    speak(street)
    assert street.told == []


def test_a_lamp_left_dark_by_the_works_is_found_once_they_are_over() -> None:
    street = Street()
    for _ in range(5):
        street.after(1).cabinet(local_mode=True)
        street.circuit()
    lamp = street.lamps_of(CIRCUIT)[0]
    for _ in range(6):
        poll(street, 5)
        street.lamp(lamp, 70, DEAD_W)
    assert [each.asset for each in street.live()] == [lamp]


def test_a_breaker_left_open_by_the_works_is_found_once_they_are_over() -> None:
    street = Street()
    street.after(1).cabinet(local_mode=True, door=True)
    street.circuit(tripped=True)
    poll(street, 2, tripped=True)
    assert [each.cause for each in street.live()] == [Cause.BREAKER_TRIP]


def test_a_door_that_somebody_forgot_to_shut_does_not_blind_the_watch_for_ever() -> None:
    street = Street()
    lamp = street.lamps_of(CIRCUIT)[0]
    for _ in range(12 * 12):
        street.after(5).cabinet(door=True)
        street.lamp(lamp, 70, DEAD_W)
    assert [each.cause for each in street.told] == [Cause.DOOR_OPEN]
    for _ in range(5):
        street.after(5).cabinet(door=True)
        street.lamp(lamp, 70, DEAD_W)
    assert [each.cause for each in street.live()] == [Cause.DOOR_OPEN, Cause.LAMP_DEAD]


def test_a_circuit_that_is_switched_off_by_day_is_silent_without_any_fault() -> None:
    street = Street(NOON)
    circuit = "A-001/2"
    poll(street, 120, circuit=circuit, closed=False)
    speak(street, circuit=circuit, watts=DEAD_W)
    assert (street.told, street.diagnosis.suspected) == ([], 0)


def test_what_a_lamp_said_while_its_circuit_was_switched_off_is_not_held_against_it() -> None:
    street = Street(NOON)
    lamp = street.lamps_of("A-001/2")[0]
    for _ in range(8):
        poll(street, 5, circuit="A-001/2", closed=False)
        street.lamp(lamp, 70, DEAD_W)
    assert (street.told, street.diagnosis.suspected) == ([], 0)


def test_an_old_word_of_a_silent_cabinet_does_not_blind_the_watch() -> None:
    street = Street()
    lamp = street.lamps_of("A-001/2")[0]
    poll(street, 1, circuit="A-001/2", closed=False)
    for _ in range(6):
        street.after(5).lamp(lamp, 70, DEAD_W)
    assert [each.asset for each in street.live()] == [lamp]


def flagless_night(street: Street, minutes: int, watts: float, *, volts: float = 230.0) -> None:
    """Polls of a cabinet that has no contact on its breakers."""
    for _ in range(minutes):
        street.after(1).cabinet(volts=volts)
        street.circuit(tripped=None, watts=watts)


def test_without_a_flag_a_fed_circuit_that_draws_nothing_and_whose_lamps_are_all_silent_has_tripped() -> None:
    street = Street()
    flagless_night(street, 5, 4 * LIT_W)
    speak(street)
    flagless_night(street, 14, 0.0)
    assert street.told == []
    flagless_night(street, 3, 0.0)
    (incident,) = street.live()
    assert (incident.cause, incident.asset) == (Cause.BREAKER_TRIP, CIRCUIT)
    assert incident.evidence[0].rule == "circuit_silent"
    speak(street)
    flagless_night(street, 2, 4 * LIT_W)
    assert street.live() == []


def test_without_a_flag_weak_evidence_raises_nothing() -> None:
    gateway_lost, supply_lost, one_speaks, never_heard = (Street() for _ in range(4))
    for street in (gateway_lost, supply_lost, one_speaks):
        flagless_night(street, 1, 4 * LIT_W)
        speak(street)
    flagless_night(gateway_lost, 60, 4 * LIT_W)
    flagless_night(supply_lost, 60, 0.0, volts=0.0)
    for _ in range(12):
        flagless_night(one_speaks, 5, 0.0)
        one_speaks.lamp(one_speaks.lamps_of(CIRCUIT)[0], 70, LIT_W)
    flagless_night(never_heard, 60, 0.0)
    for street in (gateway_lost, one_speaks, never_heard):
        assert street.told == []
    assert [each.cause for each in supply_lost.told] == [Cause.CABINET_SUPPLY_LOSS]


def test_suspicions_about_assets_that_fall_silent_are_let_go() -> None:
    street = Street()
    speak(street)
    street.after(5)
    speak(street, watts=DEAD_W)
    poll(street, 1, circuit="A-001/2", tripped=True)
    assert street.diagnosis.suspected == 5
    assert street.diagnosis.tick(street.now + timedelta(hours=3)) == []
    assert street.diagnosis.suspected == 0
    lamp = street.lamps_of("A-001/2")[0]
    street.after(180).lamp(lamp, 70, LIT_W)
    for _ in range(2):
        street.after(5).lamp(lamp, 70, DEAD_W)
    assert [each.asset for each in street.live()] == [lamp]


def test_a_city_full_of_healthy_lamps_raises_nothing_in_a_night_and_a_day() -> None:
    street = Street(EVENING)
    for minute in range(24 * 60):
        street.after(1).cabinet()
        lit = not 11 * 60 < minute < 19 * 60
        level = 70.0 if lit else 0.0
        watts = expected_power(LED_60, level)
        street.circuit(CIRCUIT, watts=4 * watts)
        street.circuit("A-001/2", closed=lit, watts=4 * watts)
        if minute % 5 == 0:
            speak(street, level=level, watts=watts)
            if lit:
                speak(street, level=level, watts=watts, circuit="A-001/2")
    assert (street.told, street.diagnosis.suspected) == ([], 0)
