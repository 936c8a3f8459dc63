from datetime import UTC, datetime, timedelta

import pytest

from fake_devices.cabinet import METER_RANGE_WH, Cabinet, CircuitOrder
from fake_devices.cabinet_programme import NO_CUT, CabinetProgramme, CircuitMode
from fake_devices.city_plan import plan_city
from fake_devices.street_clock import Place
from fake_devices.world import World

START = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
EVENING = START + timedelta(hours=4)
MULHOUSE = Place(47.75, 7.34, 60, summer_time=True)


def city() -> tuple[World, Cabinet]:
    world = World(plan_city(60, 0, 1), START)
    return world, world.cabinets["A-001"]


def now(world: World) -> float:
    return world.now.timestamp()


def drawn_wh(cabinet: Cabinet, at: float) -> float:
    return sum(lamp.lamp.energy_wh(at) for circuit in cabinet.circuits for lamp in circuit.lamps)


def test_the_meter_counts_what_its_lamps_draw() -> None:
    world, cabinet = city()
    before, lamps_before = cabinet.snapshot(now(world)).energy_wh, drawn_wh(cabinet, now(world))
    for minute in range(0, 900, 5):
        world.advance(START + timedelta(minutes=minute))
        shown = cabinet.snapshot(now(world))
        counted = (shown.energy_wh - before) % METER_RANGE_WH
        assert counted == pytest.approx(drawn_wh(cabinet, now(world)) - lamps_before, abs=1.01)
    assert counted > 10_000


def test_the_meter_shows_the_sum_of_circuits_which_is_that_of_lamps() -> None:
    world, cabinet = city()
    world.advance(EVENING)
    shown = cabinet.snapshot(now(world))
    lamps = [lamp.lamp.power_w(now(world)) for circuit in cabinet.circuits for lamp in circuit.lamps]
    assert shown.power_w == pytest.approx(sum(circuit.power_w for circuit in shown.circuits))
    assert shown.power_w == pytest.approx(sum(lamps), rel=0.0031)
    apparent = sum(volts * amps for volts, amps in zip(shown.voltages_v, shown.currents_a, strict=True))
    assert shown.power_factor == pytest.approx(shown.power_w / apparent)


def test_a_tripped_breaker_takes_its_lamps_until_it_is_closed_again() -> None:
    world, cabinet = city()
    world.advance(EVENING)
    world.take_messages()
    circuit = cabinet.circuits[0]
    silent = {lamp.plan.id for lamp in circuit.lamps}
    circuit.switch(now(world), breaker_tripped=True)
    shown = cabinet.snapshot(now(world)).circuits[0]
    assert (shown.relay_closed, shown.breaker_tripped, shown.voltage_v, shown.power_w) == (
        True,
        True,
        0.0,
        0.0,
    )
    world.advance(EVENING + timedelta(hours=1))
    assert not silent & {message.lamp for message in world.take_messages()}
    circuit.switch(now(world), breaker_tripped=False)
    world.advance(EVENING + timedelta(hours=1, seconds=30))
    assert silent <= {message.lamp for message in world.take_messages()}


def test_an_astronomical_programme_with_a_night_cut_moves_the_relay_alone() -> None:
    world, cabinet = city()
    modes = [
        CircuitMode(astronomical=True, sunset_offset=10, sunrise_offset=-10, cut_from=1410, cut_until=330)
    ]
    modes += [CircuitMode()] * (len(cabinet.circuits) - 1)
    cabinet.hold(now(world), CabinetProgramme(MULHOUSE, tuple(modes), 77))
    seen: list[tuple[str, bool]] = []
    for minute in range(60 * 20):
        world.advance(START + timedelta(minutes=minute, seconds=1))
        closed = cabinet.circuits[0].relay_closed
        if not seen or seen[-1][1] != closed:
            seen.append((f"{world.now:%H:%M}", closed))
    assert seen == [("14:00", False), ("15:52", True), ("22:30", False), ("04:30", True), ("06:49", False)]
    assert all(circuit.relay_closed for circuit in cabinet.circuits[1:])


def test_an_order_holds_until_its_expiry_by_the_cabinets_clock() -> None:
    world, cabinet = city()
    world.advance(EVENING)
    cabinet.set_clock(now(world), int(now(world)) + 600)
    cabinet.order(now(world), 0, CircuitOrder("off", cabinet.clock(now(world)) + 100))
    assert not cabinet.circuits[0].relay_closed
    assert cabinet.snapshot(now(world)).circuits[0].forced
    world.advance(EVENING + timedelta(seconds=99))
    assert not cabinet.circuits[0].relay_closed
    world.advance(EVENING + timedelta(seconds=101))
    assert cabinet.circuits[0].relay_closed


def test_in_local_mode_relays_stay_as_the_technician_has_them() -> None:
    world, cabinet = city()
    world.advance(EVENING)
    cabinet.order(now(world), 0, CircuitOrder("off", now(world) + 60))
    cabinet.open_for_work(now(world), 1)
    world.advance(EVENING + timedelta(hours=1))
    assert [circuit.relay_closed for circuit in cabinet.circuits][:2] == [False, False]
    cabinet.close_after_work(now(world))
    assert all(circuit.relay_closed for circuit in cabinet.circuits)


def test_without_sunset_an_astronomical_circuit_is_dark_in_summer_and_lit_in_winter() -> None:
    north = CabinetProgramme(Place(70.0, 25.0, 60, summer_time=True), (CircuitMode(astronomical=True),))
    assert not north.is_closed(0, datetime(2026, 6, 21, 22, tzinfo=UTC).timestamp())
    assert north.is_closed(0, datetime(2026, 12, 21, 12, tzinfo=UTC).timestamp())
    assert CircuitMode().cut_from == NO_CUT
