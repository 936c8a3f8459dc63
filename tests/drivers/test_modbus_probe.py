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


async def test_a_probe_of_nothing_says_so() -> None:
    with pytest.raises(Unreachable, match="cannot connect"):
        await probe(f"modbus://{HOST}:{free_port()}/1", PROFILES["eastron-sdm630"], 0.5)
    with pytest.raises(BadInput, match="expected modbus://"):
        await probe("localhost", PROFILES["eastron-sdm630"], 0.5)
