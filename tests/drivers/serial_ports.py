"""A serial line of two wires for tests: a pseudo-terminal, and at its far end whatever a test puts there."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from drivers.modbus.url import Gateway, ModbusUrl


def crc(frame: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first; by bits, from the Modbus over Serial Line V1.02, 6.2.2."""
    register = 0xFFFF
    for byte in frame:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return register.to_bytes(2, "little")


def sealed(frame: bytes) -> bytes:
    """A frame with its checksum."""
    return frame + crc(frame)


def counting(request: bytes) -> bytes:
    """The answer of a device whose registers hold their own addresses."""
    first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
    data = b"".join(register.to_bytes(2, "big") for register in range(first, first + count))
    return sealed(request[:2] + bytes([len(data)]) + data)


class FarEnd:
    """Whoever is at the other end of the wires."""

    def __init__(self, wires: int, port: str, answer: Callable[[bytes], bytes]) -> None:
        self._wires = wires
        self.port = port
        self.answer = answer
        self.received: list[bytes] = []

    @property
    def gateway(self) -> Gateway:
        # A pseudo-terminal has no parity to check.
        return ModbusUrl.parse(f"rtu://{self.port}?baud=115200&parity=none").gateway

    def say(self, data: bytes) -> None:
        os.write(self._wires, data)

    def hear(self) -> None:
        request = os.read(self._wires, 1024)
        self.received.append(request)
        if answer := self.answer(request):
            self.say(answer)


@asynccontextmanager
async def far_end(answer: Callable[[bytes], bytes]) -> AsyncIterator[FarEnd]:
    """A serial port, and what answers on it."""
    wires, port = os.openpty()
    tty.setraw(port)
    loop = asyncio.get_running_loop()
    end = FarEnd(wires, os.ttyname(port), answer)
    loop.add_reader(wires, end.hear)
    try:
        yield end
    finally:
        loop.remove_reader(wires)
        os.close(wires)
        os.close(port)
