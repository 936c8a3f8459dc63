"""A street cabinet: its poll, its programme."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from city.clock import ManualClock
from city.errors import BadInput, Refused, Unreachable
from city.measurements import DeviceKind, Fact, Metric
from city.places import Position
from drivers.modbus.cabinet import ModbusCabinet
from drivers.modbus.line import Gateway, ModbusLine
from drivers.profiles import load_profiles
from fake_devices.cabinet import AUTOMATIC
from fake_devices.city_plan import CabinetPlan, plan_city
from fake_devices.modbus_cabinets import ModbusCabinets
from fake_devices.world import World
from lighting.cabinet_programmes import CabinetProgramme, CircuitMode, CircuitProgramme
from lighting.inventory import Cabinet, Circuit, Feed
from tests.drivers.modbus_peers import HOST, ascending, framed, free_port, peer, registers_answer

PROFILES = load_profiles("modbus")
PROFILE = PROFILES["falotier-cabinet"]
NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
METER = {
    Metric.VOLTAGE_L1,
    Metric.VOLTAGE_L2,
    Metric.VOLTAGE_L3,
    Metric.CURRENT_L1,
    Metric.CURRENT_L2,
    Metric.CURRENT_L3,
    Metric.POWER,
    Metric.POWER_FACTOR,
    Metric.FREQUENCY,
    Metric.ENERGY,
    Metric.DOOR_OPEN,
    Metric.LOCAL_OVERRIDE,
    Metric.CLOCK_ERROR,
}
FEEDER = {
    Metric.RELAY_CLOSED,
    Metric.RELAY_ASKED,
    Metric.BREAKER_TRIPPED,
    Metric.VOLTAGE,
    Metric.CURRENT,
    Metric.POWER,
}


def inventoried(plan: CabinetPlan | None, port: int, circuits: int = 2, unit: int = 1) -> Cabinet:
    """A cabinet as the inventory has it."""
    name = plan.id if plan else "A-001"
    numbers = [circuit.number for circuit in plan.circuits] if plan else range(1, circuits + 1)
    feeders = tuple(Circuit(f"{name}/{number}", name, number, Feed.NIGHT) for number in numbers)
    return Cabinet(
        name, Position(47.75, 7.34), "West", "rue Neppert", HOST, port, unit, PROFILE.name, feeders
    )


@dataclass
class Street:
    """A simulated cabinet and the driver that reads it."""

    servers: ModbusCabinets
    world: World
    clock: ManualClock
    inventory: Cabinet
    driver: ModbusCabinet


@asynccontextmanager
async def street() -> AsyncIterator[Street]:
    async with AsyncExitStack() as stack:
        clock = ManualClock(NOW)
        world = World(plan_city(60, 0, 1), NOW)
        servers = await stack.enter_async_context(ModbusCabinets(world, clock))
        plan = max(world.plan.cabinets, key=lambda cabinet: len(cabinet.circuits))
        inventory = inventoried(plan, servers.ports[plan.id])
        driver = ModbusCabinet(inventory, PROFILE, timeout_s=5.0)
        stack.push_async_callback(driver.close)
        yield Street(servers, world, clock, inventory, driver)


def programme(circuits: int, number: int = 0x9F2C41D0) -> CabinetProgramme:
    each = [
        CircuitProgramme(1 + k, CircuitMode.ASTRONOMICAL, -5 * k, 10, None, None) for k in range(circuits)
    ]
    return CabinetProgramme(number, 47.75, -7.34, 60, "eu", tuple(each))


async def test_a_poll_brings_every_instrument_exactly_once() -> None:
    async with street() as here:
        batch = await here.driver.read(NOW)
        assert batch.measurements == here.servers.sent
        again = await here.driver.read(NOW)
        assert batch.measurements + again.measurements == here.servers.sent

    assert batch.source == here.inventory.id
    own, *feeders = batch.readings
    assert (own.device, own.kind, own.at) == (here.inventory.id, DeviceKind.CABINET, NOW)
    assert set(own.values) == METER
    assert own.facts == {Fact.PROGRAMME: "00000000"}
    assert [feeder.device for feeder in feeders] == [circuit.id for circuit in here.inventory.circuits]
    for feeder in feeders:
        assert feeder.kind is DeviceKind.CIRCUIT
        assert set(feeder.values) == FEEDER
        assert not feeder.facts
    assert not here.driver.refused


async def test_a_poll_says_what_the_cabinet_s_own_meter_says() -> None:
    async with street() as here:
        await here.clock.advance(60)
        values = (await here.driver.read(NOW)).readings[0].values
        shown = here.world.cabinets[here.inventory.id].snapshot(here.clock.now().timestamp())
    assert values[Metric.POWER] == round(shown.power_w) > 0
    assert values[Metric.VOLTAGE_L2] == pytest.approx(shown.voltages_v[1], abs=0.06)
    assert values[Metric.CURRENT_L3] == pytest.approx(shown.currents_a[2], abs=0.006)
    assert values[Metric.FREQUENCY] == pytest.approx(shown.frequency_hz, abs=0.006)


async def test_a_programme_is_written_committed_and_read_back() -> None:
    async with street() as here:
        circuits = len(here.inventory.circuits)
        await here.driver.deploy(programme(circuits))
        batch = await here.driver.read(NOW)
    assert batch.readings[0].facts == {Fact.PROGRAMME: "9f2c41d0"}
    held = here.world.cabinets[here.inventory.id].programme
    assert held.hash == 0x9F2C41D0
    assert (held.place.latitude, held.place.longitude, held.place.offset_min) == (47.75, -7.34, 60)
    assert held.place.summer_time
    assert [mode.sunset_offset for mode in held.modes] == [-5 * k for k in range(circuits)]
    assert all(mode.astronomical and mode.sunrise_offset == 10 for mode in held.modes)


async def test_an_order_closes_a_circuit_until_its_end_and_is_read_back() -> None:
    async with street() as here:
        number = here.inventory.circuits[0].number
        circuit = here.world.cabinets[here.inventory.id].circuits[0]
        await here.driver.order_circuit(number, on=False, until=NOW + timedelta(seconds=600.5))
        assert (circuit.order.command, circuit.order.until) == ("off", NOW.timestamp() + 601)
        await here.driver.order_circuit(number, on=True, until=NOW + timedelta(hours=1))
        assert (circuit.order.command, circuit.order.until) == ("on", NOW.timestamp() + 3600)
        await here.driver.order_circuit(number, on=None)
        assert here.world.cabinets[here.inventory.id].circuits[0].order == AUTOMATIC


async def test_an_order_that_is_past_or_has_no_end_or_no_circuit_is_refused() -> None:
    async with street() as here:
        number = here.inventory.circuits[0].number
        with pytest.raises(Refused, match="illegal data value"):
            await here.driver.order_circuit(number, on=True, until=NOW - timedelta(hours=1))
        with pytest.raises(BadInput, match="needs an end"):
            await here.driver.order_circuit(number, on=True)
        with pytest.raises(BadInput, match="no circuit 9"):
            await here.driver.order_circuit(9, on=None)
    meter = ModbusCabinet(
        inventoried(None, free_port(), circuits=0), PROFILES["eastron-sdm630"], timeout_s=0.1
    )
    with pytest.raises(BadInput, match="takes no orders"):
        await meter.order_circuit(1, on=None)


async def test_a_cabinet_that_obeys_its_front_panel_refuses_orders() -> None:
    async with street() as here:
        here.world.cabinets[here.inventory.id].local_mode = True
        with pytest.raises(Refused, match="device failure"):
            await here.driver.order_circuit(
                here.inventory.circuits[0].number, on=True, until=NOW + timedelta(hours=1)
            )


async def test_a_cabinet_that_forgets_what_it_was_told_is_refused_with_both_values() -> None:
    def forgetful(request: bytes) -> bytes:
        if request[7] == 16:
            return framed(request, request[7:12])
        count = int.from_bytes(request[10:12], "big")
        return registers_answer(request, [0] * count)

    async with peer(forgetful) as server:
        driver = ModbusCabinet(inventoried(None, server.port), PROFILE, timeout_s=5.0)
        with pytest.raises(
            Refused,
            match=r"A-001: programme 9f2c41d0: register 398 reads back \[0, 0\], expected \[40748, 16848\]",
        ):
            await driver.deploy(programme(2))
        await driver.close()
    written = [(int.from_bytes(r[8:10], "big"), r[12] // 2) for r in server.received if r[7] == 16]
    assert written[:4] == [(300, 4), (310, 5), (320, 5), (398, 2)]


async def test_what_keeps_no_programme_or_cannot_hold_this_one_is_bad_input() -> None:
    meter = ModbusCabinet(
        inventoried(None, free_port(), circuits=0), PROFILES["eastron-sdm630"], timeout_s=0.1
    )
    with pytest.raises(BadInput, match="keeps no programme"):
        await meter.deploy(programme(0))
    driver = ModbusCabinet(inventoried(None, free_port()), PROFILE, timeout_s=0.1)
    with pytest.raises(BadInput, match=r"latitude: 400\.0 does not fit s16"):
        await driver.deploy(replace(programme(2), latitude=400.0))


def test_a_cabinet_with_more_circuits_than_its_profile_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"A-001: falotier-cabinet has no circuit A-001/9; expected 1 to 8"):
        ModbusCabinet(inventoried(None, 1, circuits=9), PROFILE, timeout_s=1.0)


async def test_a_frequency_that_is_not_known_is_left_out() -> None:
    def answer(request: bytes) -> bytes:
        reply = bytearray(ascending(request))
        if request[9] == 10:
            reply[9 + 2 * 9 : 9 + 2 * 10] = b"\xff\xff"
        return bytes(reply)

    async with peer(answer) as server:
        driver = ModbusCabinet(inventoried(None, server.port), PROFILE, timeout_s=5.0)
        batch = await driver.read(NOW)
        await driver.close()
    assert set(batch.readings[0].values) == METER - {Metric.FREQUENCY}
    assert not driver.refused


async def test_a_circuit_that_the_cabinet_does_not_have_is_left_out_and_counted_and_the_others_are_read() -> (
    None
):
    def answer(request: bytes) -> bytes:
        first, count = int.from_bytes(request[8:10], "big"), int.from_bytes(request[10:12], "big")
        return framed(request, b"\x84\x02") if first + count > 115 else ascending(request)

    async with peer(answer) as server:
        driver = ModbusCabinet(inventoried(None, server.port, circuits=3), PROFILE, timeout_s=5.0)
        batch = await driver.read(NOW)
        await driver.close()
    assert [reading.device for reading in batch.readings] == ["A-001", "A-001/1", "A-001/2"]
    assert sum(driver.refused.values()) == len(FEEDER)
    assert all("illegal data address" in reason for reason in driver.refused)


async def test_a_cabinet_that_refuses_everything_is_refused() -> None:
    async with peer(lambda request: framed(request, bytes([request[7] | 0x80, 4]))) as server:
        driver = ModbusCabinet(inventoried(None, server.port), PROFILE, timeout_s=5.0)
        with pytest.raises(Refused, match="device failure"):
            await driver.read(NOW)
        await driver.close()


async def test_a_silent_cabinet_costs_one_time_out_however_many_requests_its_poll_has() -> None:
    async with peer(lambda _: b"") as server:
        driver = ModbusCabinet(inventoried(None, server.port, circuits=8), PROFILE, timeout_s=0.1)
        with pytest.raises(Unreachable, match=r"no answer within 0\.1 s"):
            await driver.read(NOW)
        await driver.close()
    assert len(server.received) == 1


async def test_cabinets_behind_one_gateway_share_its_connection() -> None:
    async with peer(ascending) as server:
        gateway = ModbusLine(Gateway(HOST, server.port), timeout_s=5.0)
        drivers = [
            ModbusCabinet(inventoried(None, server.port, unit=unit), PROFILE, timeout_s=5.0, line=gateway)
            for unit in (1, 2, 3)
        ]
        await asyncio.gather(*(driver.read(NOW) for driver in drivers))
        await drivers[0].close()
        await drivers[1].read(NOW)
        gateway.close()
    assert len(server.connections) == 1
    assert {request[6] for request in server.received} == {1, 2, 3}
