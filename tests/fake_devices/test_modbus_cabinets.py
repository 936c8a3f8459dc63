import asyncio
import shutil
import struct
from datetime import UTC, datetime, timedelta

import pytest
from pymodbus.client import AsyncModbusTcpClient

from city.clock import ManualClock
from fake_devices.city_plan import plan_city
from fake_devices.modbus_cabinets import HOST, ModbusCabinets
from fake_devices.world import World

START = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


def city() -> tuple[ModbusCabinets, World, ManualClock]:
    clock = ManualClock(START)
    world = World(plan_city(60, 0, 1), clock.now())
    return ModbusCabinets(world, clock), world, clock


async def test_a_pymodbus_client_reads_what_the_simulation_holds() -> None:
    cabinets, world, clock = city()
    async with cabinets:
        await clock.advance(60)
        client = AsyncModbusTcpClient(HOST, port=cabinets.ports["A-002"])
        assert await client.connect()
        meter = (await client.read_input_registers(10, count=12)).registers
        shown = world.cabinets["A-002"].snapshot(clock.now().timestamp())
        assert client.convert_from_registers(meter[6:8], client.DATATYPE.INT32) == round(shown.power_w) > 100
        assert client.convert_from_registers(meter[10:12], client.DATATYPE.UINT32) == shown.energy_wh
        assert cabinets.sent == 10
        client.close()


@pytest.mark.parametrize(
    ("address", "count", "code"), [(8, 1, 2), (0, 10, 2), (22, 1, 2), (0, 61, 3), (65_530, 10, 2)]
)
async def test_refusals_reach_the_client_as_exceptions_and_count_nothing(
    address: int, count: int, code: int
) -> None:
    cabinets, _, _ = city()
    async with cabinets:
        client = AsyncModbusTcpClient(HOST, port=cabinets.ports["A-001"])
        assert await client.connect()
        answer = await client.read_input_registers(address, count=count)
        assert (answer.isError(), answer.exception_code) == (True, code)
        assert (await client.read_coils(0, count=1)).exception_code == 1
        assert cabinets.sent == 0
        client.close()


async def test_a_client_deploys_a_programme_and_orders_a_circuit_which_goes_back_by_itself() -> None:
    cabinets, world, clock = city()
    async with cabinets:
        client = AsyncModbusTcpClient(HOST, port=cabinets.ports["A-001"])
        assert await client.connect()
        assert not (await client.write_registers(310, [1, 0, 0, 0xFFFF, 0xFFFF])).isError()
        assert not (await client.write_registers(398, [0xABCD, 0x0001])).isError()
        assert (await client.read_input_registers(6, count=2)).registers == [0xABCD, 1]
        until = int((clock.now() + timedelta(hours=1)).timestamp())
        order = [2, until >> 16, until & 0xFFFF]
        assert not (await client.write_registers(200, order)).isError()
        assert (await client.read_input_registers(100, count=2)).registers == [0b100, 0]
        assert (await client.write_register(200, 1)).exception_code == 3
        await clock.advance(3601)
        assert (await client.read_input_registers(100, count=1)).registers == [0b1001]
        assert (await client.read_holding_registers(200, count=4)).registers == [0, 0, 0, 0]
        world.cabinets["A-001"].open_for_work(clock.now().timestamp(), 0)
        assert (await client.write_registers(200, order)).exception_code == 4
        client.close()


async def test_frames_arrive_in_pieces_or_several_at_once_and_other_units_get_no_answer() -> None:
    cabinets, _, _ = city()
    request = struct.pack(">HHHBBHH", 7, 0, 6, 1, 4, 0, 1)
    for_another = struct.pack(">HHHBBHH", 8, 0, 6, 2, 4, 0, 1)
    async with cabinets, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(HOST, cabinets.ports["A-001"])
        for octet in request[:-1]:
            writer.write(bytes([octet]))
            await writer.drain()
        writer.write(request[-1:] + for_another + request)
        answer = struct.pack(">HHHBBBH", 7, 0, 5, 1, 4, 2, 0x464C)
        assert await reader.readexactly(2 * len(answer)) == 2 * answer
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n\r\n", struct.pack(">HHHB", 1, 0, 300, 1)])
async def test_what_is_not_modbus_ends_that_connection_alone(nonsense: bytes) -> None:
    cabinets, _, _ = city()
    async with cabinets, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(HOST, cabinets.ports["A-001"])
        writer.write(nonsense)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        client = AsyncModbusTcpClient(HOST, port=cabinets.ports["A-001"])
        assert await client.connect()
        assert (await client.read_input_registers(0, count=1)).registers == [0x464C]
        client.close()


@pytest.mark.parametrize("pdu", [b"\x04", b"\x04\x00", b"\x10\x00\x01\x00\x02\x04\x00", b"\x06\x00\x01\x00"])
async def test_a_request_cut_short_is_refused(pdu: bytes) -> None:
    cabinets, _, _ = city()
    async with cabinets, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(HOST, cabinets.ports["A-001"])
        writer.write(struct.pack(">HHHB", 1, 0, len(pdu) + 1, 1) + pdu)
        answer = await reader.readexactly(9)
        assert answer[7:] == bytes([pdu[0] | 0x80, 3])
        writer.close()


@pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed")
async def test_mbpoll_reads_what_the_simulation_holds() -> None:
    cabinets, world, clock = city()
    async with cabinets:
        await clock.advance(60)
        port = str(cabinets.ports["A-001"])
        process = await asyncio.create_subprocess_exec(
            *(
                "mbpoll",
                "-m",
                "tcp",
                "-0",
                "-a",
                "1",
                "-t",
                "3",
                "-r",
                "10",
                "-c",
                "3",
                "-1",
                "-p",
                port,
                HOST,
            ),
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(10):
            text, _ = await process.communicate()
        shown = world.cabinets["A-001"].snapshot(clock.now().timestamp())
        read = [int(line.split()[1]) for line in text.decode().splitlines() if line.startswith("[")]
        assert read == [round(10 * volts) for volts in shown.voltages_v]
