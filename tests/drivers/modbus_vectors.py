"""The test vectors of the Modbus profiles, as tests run them."""

import pytest

from drivers.modbus.plan import span_of
from drivers.modbus.profile import ModbusProfile, Vector
from drivers.modbus.register import Register
from drivers.profiles import load_profiles

PROFILES = load_profiles("modbus")


def cases(*, commands: bool) -> list[object]:
    """Each vector with its profile: those of commands, or those of registers."""
    return [
        pytest.param(profile, vector, id=f"{profile.name}: {vector.note}")
        for profile in PROFILES.values()
        for vector in profile.vector
        if bool(vector.command) == commands
    ]


def crc(frame: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first."""
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def rtu(*parts: int | bytes) -> bytes:
    """A whole RTU frame, CRC included; numbers are single bytes."""
    frame = b"".join(bytes([part]) if isinstance(part, int) else part for part in parts)
    return frame + crc(frame)


def register_of(profile: ModbusProfile, vector: Vector) -> Register:
    """The register that a vector speaks of, at its place: of circuits the first, of blocks the one that it names."""
    for block in profile.block:
        for register in block.register_:
            if vector.register_ == f"{block.name}/{register.label}":
                return register.at(block.base(vector.at))
    return next(one for one in profile.registers(1) if one.label == vector.register_)


def words_of(profile: ModbusProfile, vector: Vector) -> list[int]:
    """A vector's registers; those of a whole reply after a look at its frame."""
    data = bytes.fromhex(vector.hex)
    if vector.reply:
        frame, register = bytes.fromhex(vector.reply), register_of(profile, vector)
        assert crc(frame[:-2]) == frame[-2:]
        assert frame[1:3] == bytes([register.function, len(frame) - 5])
        data = frame[3:-2]
    assert len(data) == 2 * span_of(register_of(profile, vector)).count
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def assert_says(vector: Vector, value: float | str | None, why: str | None) -> None:
    """What was read is what the vector says."""
    if isinstance(vector.value, float):
        assert value == pytest.approx(vector.value, rel=1e-6)
    else:
        assert value == vector.value
    assert (vector.value is None) == (why is not None)
    if vector.value is None:
        assert why == (vector.refused or "no data")
