"""The test vectors of a Modbus profile, tried: what it says of itself against what its registers come to."""

from math import isclose

from pymodbus.framer import FramerRTU

from city.errors import BadInput
from drivers.modbus.codec import command_values, decode
from drivers.modbus.plan import span_of
from drivers.modbus.profile import ModbusProfile, Vector
from drivers.modbus.register import Register

PRECISION = 1e-6
"""Of a value: that of a float of 32 bits, with a margin."""
FRAME_ENDS = 2
"""Bytes of a CRC."""
HEAD = 3
"""Bytes of a reply before its registers: unit, function, how many bytes follow."""
UNIT = 1
"""To whom the requests of vectors are addressed."""

SINGLE_WRITES = 6
"""Functions up to this one write one value and say no count."""
COIL, COIL_ON = 5, 0xFF00
"""The function that writes one bit, and how it writes 1."""
COILS = 15
"""The function that writes bits, eight to a byte, the lowest first."""


def faults(profile: ModbusProfile, vector: Vector) -> list[str]:
    """What one vector says otherwise than the profile does, in a line each; empty where they agree."""
    try:
        if vector.command:
            return _command_faults(profile, vector)
        register = register_of(profile, vector)
        return [*_request_faults(register, vector), *_value_faults(register, vector)]
    except (BadInput, _NotAFrame) as error:
        return [str(error)]


def register_of(profile: ModbusProfile, vector: Vector) -> Register:
    """The register that a vector speaks of, at its place: of circuits the first, of blocks the one that it names.

    Raises:
        BadInput: there is no such block.
    """
    for block in profile.block:
        for register in block.register_:
            if vector.register_ == f"{block.name}/{register.label}":
                return register.at(block.base(vector.at))
    return next(one for one in profile.registers(1) if one.label == vector.register_)


def rtu(pdu: bytes) -> bytes:
    """A request as a whole RTU frame, CRC included."""
    frame = bytes([UNIT]) + pdu
    return frame + _crc(frame)


class _NotAFrame(ValueError):
    """A reply that no device sends."""


def _crc(frame: bytes) -> bytes:
    return int(FramerRTU.compute_CRC(frame)).to_bytes(FRAME_ENDS, "big")


def _value_faults(register: Register, vector: Vector) -> list[str]:
    data = _registers(register, vector)
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
    decoded = decode(register, words, vector.exponent)
    got = decoded.value if decoded.text is None else decoded.text
    why = "" if decoded.why == "no data" else decoded.why or ""
    if not _same(got, vector.value):
        return [f"got {got if got is not None else decoded.why}, expected {vector.value}"]
    if why != vector.refused:
        return [f"refused: got {why!r}, expected {vector.refused!r}"]
    return []


def _same(got: float | str | None, expected: float | str | None) -> bool:
    if isinstance(got, float) and isinstance(expected, int | float):
        return isclose(got, expected, rel_tol=PRECISION)
    return got == expected


def _registers(register: Register, vector: Vector) -> bytes:
    """A vector's registers; those of a whole reply after a look at its frame."""
    if not vector.reply:
        return bytes.fromhex(vector.hex)
    frame = bytes.fromhex(vector.reply)
    body, end = frame[:-FRAME_ENDS], frame[-FRAME_ENDS:]
    if _crc(body) != end:
        raise _NotAFrame(f"reply: got the CRC {end.hex(' ')}, expected {_crc(body).hex(' ')}")
    if frame[1:HEAD] != bytes([register.function, len(frame) - HEAD - FRAME_ENDS]):
        raise _NotAFrame(f"reply: got {frame[1:HEAD].hex(' ')} after the unit, expected function and length")
    return body[HEAD:]


def _request_faults(register: Register, vector: Vector) -> list[str]:
    span = span_of(register)
    return _frame_faults(
        vector, bytes([span.function]) + span.first.to_bytes(2, "big") + span.count.to_bytes(2, "big")
    )


def _command_faults(profile: ModbusProfile, vector: Vector) -> list[str]:
    command = profile.command_at(vector.command, vector.at)
    words = command_values(command, vector.value)
    head = bytes([command.function]) + command.address.to_bytes(2, "big")
    if command.function == COILS:
        bits = sum(bool(word) << number for number, word in enumerate(words))
        data = bits.to_bytes((len(words) + 7) // 8, "little")
    else:
        if command.function == COIL:
            words = [COIL_ON if word else 0 for word in words]
        data = b"".join(word.to_bytes(2, "big") for word in words)
    if command.function > SINGLE_WRITES:
        head += len(words).to_bytes(2, "big") + bytes([len(data)])
    return _frame_faults(vector, head + data)


def _frame_faults(vector: Vector, pdu: bytes) -> list[str]:
    if not vector.request or rtu(pdu) == bytes.fromhex(vector.request):
        return []
    return [f"request: got {rtu(pdu).hex(' ').upper()}, expected {vector.request.upper()}"]
