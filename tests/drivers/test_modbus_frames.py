"""Whole RTU frames, byte for byte: what we send, and what we make of the answers."""

from contextlib import closing

import pytest

from drivers.modbus.codec import decode
from drivers.modbus.commanding import carry_out
from drivers.modbus.line import ILLEGAL_ADDRESS, UnitRefused
from drivers.modbus.plan import span_of
from drivers.modbus.profile import ModbusProfile, Vector
from drivers.modbus.reading import read_registers
from tests.drivers.modbus_peers import peer
from tests.drivers.modbus_sheets import HOLDING, INPUT, line_to
from tests.drivers.modbus_vectors import PROFILES, assert_says, cases, register_of, rtu, words_of

V_L1_REQUEST, V_L1_REPLY = "01 04 00 00 00 02 71 CB", "01 04 04 43 66 33 34 1B 38"
REFUSAL = "01 84 02 C2 C1"


async def test_a_meter_is_asked_and_understood_byte_for_byte() -> None:
    meter = PROFILES["eastron-sdm630"]
    volts = meter.labelled()["voltage_l1_v"]
    async with peer(lambda _: bytes.fromhex(V_L1_REPLY)) as server:
        with closing(line_to(server.port, rtu=True)) as line:
            answers = await read_registers(line, 1, meter, [volts])
    assert server.received == [bytes.fromhex(V_L1_REQUEST)]
    assert answers.of(volts).value == pytest.approx(230.2, rel=1e-6)
    assert answers.of(volts).raw == (0x4366, 0x3334)


async def test_an_exception_is_told_with_its_meaning() -> None:
    async with peer(lambda _: bytes.fromhex(REFUSAL)) as server:
        with closing(line_to(server.port, rtu=True)) as line, pytest.raises(UnitRefused) as caught:
            await line.read(1, INPUT, 0, 2)
    assert caught.value.code == ILLEGAL_ADDRESS
    assert "illegal data address (exception 2)" in str(caught.value)


@pytest.mark.parametrize(
    ("function", "address", "count", "request_"),
    [
        (INPUT, 0x0000, 80, "01 04 00 00 00 50 F0 36"),
        (INPUT, 0x0156, 2, "01 04 01 56 00 02 90 27"),
        (HOLDING, 0x0BD3, 2, "01 03 0B D3 00 02 37 D6"),
    ],
)
async def test_a_request_goes_out_with_its_checksum(
    function: int, address: int, count: int, request_: str
) -> None:
    async with peer(lambda _: rtu(1, function, 2 * count, bytes(2 * count))) as server:
        with closing(line_to(server.port, rtu=True)) as line:
            assert await line.read(1, function, address, count) == [0] * count
    assert server.received == [bytes.fromhex(request_)]


@pytest.mark.parametrize(
    ("profile", "label", "encoding", "value"),
    [
        ("schneider-iem3000", "power_w", "40 60 00 00", 3500.0),
        ("schneider-iem3000", "energy_wh", "00 00 00 00 07 5B CD 15", 123456789.0),
        ("carlo-gavazzi-em24", "voltage_l1_v", "08 FE 00 00", 230.2),
        ("carlo-gavazzi-em24", "power_w", "FB 2E FF FF", -123.4),
    ],
)
def test_the_published_encodings_are_these_values(
    profile: str, label: str, encoding: str, value: float
) -> None:
    data = bytes.fromhex(encoding)
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
    assert decode(PROFILES[profile].labelled()[label], words).value == value


@pytest.mark.parametrize(
    ("profile", "vector"),
    [case for case in cases(commands=False) if case.values[1].request],  # type: ignore[attr-defined]
)
async def test_every_vector_s_request_is_what_goes_over_the_wire(
    profile: ModbusProfile, vector: Vector
) -> None:
    register = register_of(profile, vector)
    data = b"".join(word.to_bytes(2, "big") for word in words_of(profile, vector))
    async with peer(lambda _: rtu(1, register.function, len(data), data)) as server:
        with closing(line_to(server.port, rtu=True)) as line:
            answers = await read_registers(line, 1, profile, [register])
    assert server.received == [bytes.fromhex(vector.request)]
    decoded = answers.of(register)
    assert_says(vector, decoded.value if decoded.text is None else decoded.text, decoded.why)
    assert len(decoded.raw) == span_of(register).count


@pytest.mark.parametrize(("profile", "vector"), cases(commands=True))
async def test_every_command_goes_out_as_its_vector_says_and_is_read_back(
    profile: ModbusProfile, vector: Vector
) -> None:
    written = bytes.fromhex(vector.request)
    command = profile.command_at(vector.command, vector.at)

    def answer(request: bytes) -> bytes:
        """What was written comes back: as it went (function 6), and as the register that it is read from."""
        return request if request[1] == command.function else rtu(1, HOLDING, 2, written[4:6])

    async with peer(answer) as server:
        with closing(line_to(server.port, rtu=True)) as line:
            await carry_out(line, 1, command, vector.value)
    read_back = [] if command.write_only else [rtu(1, HOLDING, written[2:4], b"\0\1")]
    assert server.received == [written, *read_back]
