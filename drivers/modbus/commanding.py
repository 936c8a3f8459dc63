"""Carrying out a profile's command: written with the function and the magic numbers that it names, and read back."""

from city.errors import Refused
from drivers.modbus.codec import command_values
from drivers.modbus.line import ModbusLine
from drivers.modbus.writing import Command

COILS, HOLDING = 1, 3
"""The functions that read what functions 5 and 15, and 6 and 16, write."""


async def carry_out(line: ModbusLine, unit: int, command: Command, value: object = None) -> None:
    """Have a device obey a command, before any poll of its line.

    Args:
        line: to its gateway.
        unit: which device.
        command: what the profile says of it, at its place.
        value: in the command's own unit or words, for a command that takes one.

    Raises:
        BadInput: it takes no value and got one, or takes one and got none, or one that does not fit.
        Unreachable: no answer: it is not known whether it was carried out.
        Refused: the device says no, or reads back something else.
    """
    raw = command_values(command, value)
    async with line.turn(unit, urgent=True) as held:
        await _write(held, unit, command, raw)
        if command.write_only:
            return
        back = command.read_back
        function = back.function if back else (COILS if command.function in {5, 15} else HOLDING)
        address = back.address if back else command.address
        expected = list(back.values) if back and back.values else raw
        got = await held.read(unit, function, address, len(expected))
    if got != expected:
        where = f"{line.where} unit {unit}: {command.name}"
        raise Refused(f"{where}: {address} (function {function}) reads back {got}, expected {expected}")


async def _write(line: ModbusLine, unit: int, command: Command, raw: list[int]) -> None:
    match command.function:
        case 5:
            await line.write_coil(unit, command.address, on=bool(raw[0]))
        case 6:
            await line.write_register(unit, command.address, raw[0])
        case 15:
            await line.write_coils(unit, command.address, [bool(bit) for bit in raw])
        case 16:
            await line.write(unit, command.address, raw)
