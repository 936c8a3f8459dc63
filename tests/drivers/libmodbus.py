"""libmodbus (Debian ``libmodbus5``, which mbpoll brings) as a device on a serial port.

Run as a program it serves the port that it is given: 100 of each kind, input registers hold 1000 plus their address.
"""

import asyncio
import ctypes
import ctypes.util
import os
import sys
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

LIBRARY = ctypes.util.find_library("modbus")
needs_libmodbus = pytest.mark.skipif(LIBRARY is None, reason="libmodbus5 is not installed")
UNIT, BAUD, EACH, FIRST = 17, 115_200, 100, 1000
LONGEST = 260


class Mapping(ctypes.Structure):
    """``modbus_mapping_t`` of modbus.h."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("nb_bits", "start_bits", "nb_input_bits", "start_input_bits")),
        *((name, ctypes.c_int) for name in ("nb_input_registers", "start_input_registers")),
        *((name, ctypes.c_int) for name in ("nb_registers", "start_registers")),
        *((name, ctypes.POINTER(ctypes.c_uint8)) for name in ("tab_bits", "tab_input_bits")),
        *((name, ctypes.POINTER(ctypes.c_uint16)) for name in ("tab_input_registers", "tab_registers")),
    ]


def serve(port: str) -> None:
    """Answer on a serial port for ever."""
    library = ctypes.CDLL(LIBRARY)
    library.modbus_new_rtu.restype = ctypes.c_void_p
    library.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
    context = ctypes.c_void_p(library.modbus_new_rtu(port.encode(), BAUD, ctypes.c_char(b"N"), 8, 1))
    library.modbus_set_slave(context, UNIT)
    mapping = library.modbus_mapping_new(EACH, EACH, EACH, EACH)
    for address in range(EACH):
        mapping.contents.tab_input_registers[address] = FIRST + address
    if library.modbus_connect(context) != 0:
        sys.exit(f"{port}: libmodbus cannot open it")
    print("ready", flush=True)  # noqa: T201 - who started it waits for this
    request = (ctypes.c_uint8 * LONGEST)()
    while True:
        size = library.modbus_receive(context, request)
        if size > 0:
            library.modbus_reply(context, request, size, mapping)


@asynccontextmanager
async def crossed_ports() -> AsyncIterator[tuple[str, str]]:
    """Two serial ports whose wires are crossed."""
    loop = asyncio.get_running_loop()
    pairs = [os.openpty(), os.openpty()]

    def carry(into: int, out_of: int) -> None:
        os.write(into, os.read(out_of, 1024))

    for _, port in pairs:
        tty.setraw(port)
    (one, _), (other, _) = pairs
    loop.add_reader(one, carry, other, one)
    loop.add_reader(other, carry, one, other)
    try:
        yield os.ttyname(pairs[0][1]), os.ttyname(pairs[1][1])
    finally:
        loop.remove_reader(one)
        loop.remove_reader(other)
        for ends in pairs:
            for end in ends:
                os.close(end)


@asynccontextmanager
async def libmodbus_on_a_serial_port() -> AsyncIterator[str]:
    """The port at whose far end libmodbus answers as unit 17."""
    async with crossed_ports() as (ours, theirs):
        process = await asyncio.create_subprocess_exec(
            sys.executable, Path(__file__), theirs, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(20):
                assert await process.stdout.readline() == b"ready\n"
            yield ours
        finally:
            process.kill()
            await process.communicate()


if __name__ == "__main__":
    serve(sys.argv[1])
