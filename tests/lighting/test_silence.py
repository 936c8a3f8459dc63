from datetime import timedelta

from city.incidents import Cause, Incident
from city.measurements import DeviceKind, Fact, Reading
from tests.lighting.street import LIT_W, Street, poll

NIGHT_FED = "A-001/2"


def an_hour(street: Street, speaking: list[str], minutes: int = 60) -> list[Incident]:
    """Minutes in which cabinets answer, some lamps speak every five, and time is judged."""
    told: list[Incident] = []
    for _ in range(minutes):
        poll(street, 1)
        street.circuit(NIGHT_FED)
        if street.now.minute % 5 == 0:
            for lamp in speaking:
                street.lamp(lamp, 70, LIT_W)
        told += street.diagnosis.tick(street.now)
    street.told += told
    return told


def everyone(street: Street) -> list[str]:
    return list(street.inventory.light_points)


def test_a_controller_that_says_nothing_for_eight_periods_is_silent_and_heard_again_it_is_not() -> None:
    street = Street()
    an_hour(street, everyone(street))
    lost, *others = everyone(street)
    an_hour(street, others, 36)
    assert street.told == []
    an_hour(street, others, 10)
    (incident,) = street.live()
    assert (incident.cause, incident.asset) == (Cause.CONTROLLER_SILENT, lost)
    an_hour(street, everyone(street), 15)
    assert street.live() == []


def test_a_gateway_whose_lamps_fall_silent_together_is_one_incident_and_only_probable() -> None:
    street = Street()
    an_hour(street, everyone(street))
    an_hour(street, [])
    (incident,) = street.live()
    assert (incident.cause, incident.kind, incident.probable) == (
        Cause.GATEWAY_LOST,
        DeviceKind.GATEWAY,
        True,
    )
    assert len(incident.suppressed) == 16
    an_hour(street, everyone(street))
    assert street.live() == []


def test_a_gateway_that_says_itself_that_it_is_gone_is_certain_within_minutes() -> None:
    street = Street()
    an_hour(street, everyone(street))
    gateway = next(iter(street.inventory.light_points.values())).gateway
    street.hear(Reading(gateway, DeviceKind.GATEWAY, street.now, {}, {Fact.EVENT: "offline"}))
    an_hour(street, [], 3)
    (incident,) = street.live()
    assert (incident.cause, incident.asset, incident.probable) == (Cause.GATEWAY_LOST, gateway, False)
    assert incident.opened_at - incident.since <= timedelta(minutes=2)


def test_a_circuit_that_is_switched_off_is_silent_without_any_fault() -> None:
    street = Street()
    an_hour(street, everyone(street))
    for _ in range(180):
        poll(street, 1)
        street.circuit(NIGHT_FED, closed=False)
        if street.now.minute % 5 == 0:
            for lamp in set(everyone(street)) - set(street.lamps_of(NIGHT_FED)):
                street.lamp(lamp, 70, LIT_W)
        street.told += street.diagnosis.tick(street.now)
    assert street.told == []


def test_a_cabinet_that_falls_silent_with_its_lamps_has_probably_lost_its_supply() -> None:
    street = Street()
    an_hour(street, everyone(street))
    others = [lamp for lamp in everyone(street) if lamp.startswith("002")]
    for _ in range(60):
        street.after(1)
        if street.now.minute % 5 == 0:
            for lamp in others:
                street.lamp(lamp, 70, LIT_W)
        street.told += street.diagnosis.missed("A-001", street.now)
        street.told += street.diagnosis.tick(street.now)
    found = {each.cause: each for each in street.live()}
    assert found.keys() == {Cause.CABINET_SILENT, Cause.CABINET_SUPPLY_LOSS}
    assert found[Cause.CABINET_SUPPLY_LOSS].probable
    assert not found[Cause.CABINET_SILENT].probable
