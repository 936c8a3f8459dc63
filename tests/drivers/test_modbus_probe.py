"""One look at a Modbus device, against pymodbus's own server."""

import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from city.errors import BadInput, Unreachable
from drivers.modbus.probe import probe
from drivers.profiles import load_profiles
from tests.drivers.modbus_peers import HOST, ascending, framed, free_port, peer
from tests.drivers.modbus_sheets import HOLDING, served

PROFILES = load_profiles("modbus")


@asynccontextmanager
async def simulator(*devices: SimDevice) -> AsyncIterator[int]:
    server = ModbusTcpServer(list(devices), address=(HOST, 0))
    await server.serve_forever(background=True)
    try:
        assert server.transport is not None
        port: int = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        yield port
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


def words(*values: float) -> list[int]:
    return [word for value in values for word in struct.unpack(">HH", struct.pack(">f", value))]


async def test_a_meter_is_shown_with_units_and_raw_registers_and_what_it_does_not_have() -> None:
    meter = SimDevice(
        7,
        simdata=[
            SimData(0x00, values=words(230.2, 229.9, 231.0, 1.5, 1.6, 1.7), datatype=DataType.REGISTERS),
            SimData(0x34, values=words(1180.5), datatype=DataType.REGISTERS),
            SimData(0x46, values=words(50.02, 12.5, float("nan")), datatype=DataType.REGISTERS),
        ],
    )
    async with simulator(meter) as port:
        result = await probe(f"modbus://{HOST}:{port}/7", PROFILES["eastron-sdm630"], 5.0)
    read = {one.what: one for one in result.values}
    assert read["voltage_l1_v"].raw == (0x4366, 0x3333)
    assert read["voltage_l1_v"].value == pytest.approx(230.2, rel=1e-6)
    assert (read["voltage_l1_v"].unit, read["power_w"].unit, read["energy_wh"].unit) == ("V", "W", "Wh")
    assert read["energy_wh"].value == 12500.0
    why = {one.what: one.why for one in result.unread}
    assert why["energy_export"] == "no data"
    assert "illegal data address (exception 2)" in str(why["power_l1"])
    assert {*read, *why} == {register.label for register in PROFILES["eastron-sdm630"].register_}
    json.dumps(result.document())


async def test_a_cabinet_is_asked_how_many_circuits_it_has() -> None:
    async with peer(ascending) as server:
        result = await probe(f"modbus://{HOST}:{server.port}/1", PROFILES["falotier-cabinet"], 5.0)
    read = {one.what: one for one in result.values}
    assert read["circuits"].value == 2
    assert read["2/power_w"].value == (113 << 16) + 114
    assert read["programme"].value == "00060007"
    assert read["2/voltage_v"].address == 111
    assert "3/power_w" not in read
    assert not result.unread


async def test_a_device_that_is_not_a_cabinet_has_no_circuits() -> None:
    def answer(request: bytes) -> bytes:
        return framed(request, b"\x84\x02") if request[9] <= 2 else ascending(request)

    async with peer(answer) as server:
        result = await probe(f"modbus://{HOST}:{server.port}/1", PROFILES["falotier-cabinet"], 5.0)
    assert {"model", "map_version", "circuits"} == {one.what for one in result.unread}


async def test_the_blocks_that_are_asked_for_are_read_with_bits_by_name() -> None:
    with served() as (sheet, port):
        for base in (7000 + 500, 7000 + 600):
            sheet.lay(HOLDING, base + 5, [0b10000100, 40, 6, 3, 10, 90, 0xFF, 0xFE, 7, 7, 40])
        sheet.lay(HOLDING, 7500 + 80, [0b10])
        result = await probe(f"modbus://{HOST}:{port}/1", PROFILES["intesis-inmbsdal"], 5.0, ["gear/1/5-6"])
    read = {one.what: one for one in result.values}
    assert read["gear/1/5/level_pct"].value == 40.0
    assert read["gear/1/5/level_pct"].address == 7506
    assert read["gear/1/6/status"].value == "lamp_on, power_cycle_seen"
    bits = read["gear/1/6/status"].bits
    assert bits is not None
    assert [name for name, is_set in bits.items() if is_set] == ["lamp_on", "power_cycle_seen"]
    assert read["gear/1/5/led_failure"].value == "open_circuit"
    why = {one.what: one.why for one in result.unread}
    assert why["gear/1/5/power_on_level"] == why["gear/1/6/system_failure_level"] == "no data"
    assert "illegal data address" in str(why["gear/1/6/led_failure"])
    assert json.loads(json.dumps(result.document()))["values"][0]["bits"]["lamp_on"] is True


@pytest.mark.parametrize(
    "asked", [(), ("gear",), ("gear/0",), ("gear/0/x",), ("gear/0/7-3",), ("line/0",), ("gear/0/99999999",)]
)
async def test_a_block_that_is_none_is_refused_with_those_that_there_are(asked: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="expected gear/CHANNEL 0-1/SHORT_ADDRESS 0-63"):
        await probe(f"modbus://{HOST}:1/1", PROFILES["intesis-inmbsdal"], 0.5, asked)


async def test_a_block_beyond_those_that_there_are_is_refused() -> None:
    with pytest.raises(BadInput, match="got '0/64', expected channel 0-1/short_address 0-63"):
        await probe(f"modbus://{HOST}:1/1", PROFILES["intesis-inmbsdal"], 0.5, ["gear/0/60-9999"])
    with pytest.raises(BadInput, match="block: got 'gear/0/1', expected none"):
        await probe(f"modbus://{HOST}:1/1", PROFILES["ob-215"], 0.5, ["gear/0/1"])


async def test_a_device_that_falls_silent_is_shown_as_far_as_it_spoke_with_what_came_unasked() -> None:
    def answer(request: bytes) -> bytes:
        late = framed(bytes([0xFF, 0xFF]) + request[2:], b"\x04\x02\0\1")
        return late + ascending(request) if request[8:10] == b"\0\0" else b""

    async with peer(answer) as server:
        result = await probe(f"modbus://{HOST}:{server.port}/1", PROFILES["eastron-sdm630"], 0.1)
    assert {"voltage_l1_v", "energy_wh"} <= {one.what for one in result.values}
    why = {one.what: str(one.why) for one in result.unread}
    assert {"neutral_current", "energy_total", "energy_total_l3"} <= set(why)
    assert all("no answer within 0.1 s" in reason for reason in why.values())
    assert sum(result.dropped.values()) == 1


async def test_a_probe_of_nothing_says_so() -> None:
    with pytest.raises(Unreachable, match="cannot connect"):
        await probe(f"modbus://{HOST}:{free_port()}/1", PROFILES["eastron-sdm630"], 0.5)
    with pytest.raises(BadInput, match="expected modbus://"):
        await probe("localhost", PROFILES["eastron-sdm630"], 0.5)
