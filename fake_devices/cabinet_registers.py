"""The register map of docs/devices/cabinet.md over the physics of one cabinet."""

from collections.abc import Iterator, Mapping, Sequence

from fake_devices.cabinet import AUTOMATIC, Cabinet, CabinetSnapshot, CircuitOrder, Command
from fake_devices.cabinet_programme import NO_CUT, CabinetProgramme, CircuitMode
from fake_devices.street_clock import MINUTES_A_DAY, Place

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 1, 2, 3, 4
LONGEST_REQUEST = 60
MODEL = 0x464C
MAP_VERSION = 1
CIRCUITS_FROM, CIRCUIT_STEP = 100, 10
ORDERS_FROM, ORDER_STEP = 200, 4
SITE_FROM = 300
MODES_FROM, MODE_STEP = 310, 10
HASH_AT = 398
CLOCK_AT = 400
COMMANDS: Sequence[Command] = ("auto", "on", "off")
CABINET_INSTRUMENTS = (
    (3, 1),
    (3, 1),
    (4, 2),
    *((address, 1) for address in range(10, 16)),
    (16, 2),
    (18, 1),
    (19, 1),
    (20, 2),
)
"""Address and length of what counts as measured: door and key (bits of one register), the clock, the meter."""
CIRCUIT_INSTRUMENTS = ((0, 1), (0, 1), (0, 1), (1, 1), (2, 1), (3, 2))
"""The same for a circuit, from its first: relay, breaker, what is asked (bits of one), voltage, current, power."""
LARGEST_OFFSET_MIN = MINUTES_A_DAY // 2
SITE_RANGES = ((-9_000, 9_000), (-18_000, 18_000), (-14 * 60, 14 * 60), (0, 1))
"""Latitude, longitude (0.01°), standard offset (minutes), daylight saving."""
MODE_RANGES = ((0, 1), (-LARGEST_OFFSET_MIN, LARGEST_OFFSET_MIN), (-LARGEST_OFFSET_MIN, LARGEST_OFFSET_MIN))
"""Mode, minutes after sunset, minutes after sunrise; the night cut follows."""


class RegisterError(Exception):
    """A request that the cabinet answers with a Modbus exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class CabinetRegisters:
    """One cabinet as its Modbus client sees it. Instants are seconds since 1970 UTC."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet
        self._draft = _draft(cabinet.programme)

    def read_input(self, at: float, address: int, count: int) -> list[int]:
        """Function 04.

        Raises:
            RegisterError: too many registers, or one that does not exist.
        """
        return _range(self._input(at), address, count)

    def read_holding(self, at: float, address: int, count: int) -> list[int]:
        """Function 03.

        Raises:
            RegisterError: too many registers, or one that does not exist.
        """
        return _range(self._holding(at), address, count)

    def instruments(self, address: int, count: int) -> int:
        """How many measured values an answered function 04 brought: those wholly inside what was asked for."""
        end = address + count
        circuits = range(len(self._cabinet.circuits))
        blocks = [(CIRCUITS_FROM + CIRCUIT_STEP * number, CIRCUIT_INSTRUMENTS) for number in circuits]
        return sum(
            address <= first + offset and first + offset + length <= end
            for first, instruments in [(0, CABINET_INSTRUMENTS), *blocks]
            for offset, length in instruments
        )

    def write(self, at: float, address: int, values: Sequence[int]) -> None:
        """Functions 06 and 16: all or nothing.

        Raises:
            RegisterError: too many registers, one that does not exist, a value out of range, or an order in
                local mode.
        """
        _range(self._holding(at), address, len(values))
        written = dict(enumerate(values, address))
        orders = list(self._orders(at, written))
        draft = self._checked_draft(written)
        new_hash = _whole(written, HASH_AT)
        clock = _whole(written, CLOCK_AT)
        if new_hash == 0:
            raise RegisterError(ILLEGAL_VALUE)
        self._draft = draft
        for circuit, order in orders:
            self._cabinet.order(at, circuit, order)
        if clock is not None:
            self._cabinet.set_clock(at, clock)
        if new_hash is not None:
            self._cabinet.hold(at, _programme(draft, new_hash, len(self._cabinet.circuits)))

    def _input(self, at: float) -> dict[int, int]:
        shown = self._cabinet.snapshot(at)
        registers = dict(enumerate([MODEL, MAP_VERSION, len(shown.circuits), _state_bits(shown)]))
        registers.update(enumerate(_u32(shown.clock_s) + _u32(shown.programme), 4))
        meter = [round(10 * volts) for volts in shown.voltages_v] + [
            _u16(100 * amps) for amps in shown.currents_a
        ]
        meter += _u32(round(shown.power_w))
        meter += [round(1000 * shown.power_factor), round(100 * shown.frequency_hz), *_u32(shown.energy_wh)]
        registers.update(enumerate(meter, 10))
        for number, circuit in enumerate(shown.circuits):
            bits = (
                circuit.relay_closed
                | circuit.breaker_tripped << 1
                | circuit.forced << 2
                | circuit.relay_asked << 3
            )
            values = [bits, round(10 * circuit.voltage_v), _u16(100 * circuit.current_a)]
            values += [*_u32(round(circuit.power_w)), 0, 0, 0, 0, 0]
            registers.update(enumerate(values, CIRCUITS_FROM + CIRCUIT_STEP * number))
        return registers

    def _holding(self, at: float) -> dict[int, int]:
        registers = dict(self._draft)
        for number, circuit in enumerate(self._cabinet.circuits):
            order = [COMMANDS.index(circuit.order.command), *_u32(int(circuit.order.until)), 0]
            registers.update(enumerate(order, ORDERS_FROM + ORDER_STEP * number))
        registers.update(enumerate(_u32(self._cabinet.programme.hash), HASH_AT))
        registers.update(enumerate(_u32(int(self._cabinet.clock(at))), CLOCK_AT))
        return registers

    def _orders(self, at: float, written: Mapping[int, int]) -> Iterator[tuple[int, CircuitOrder]]:
        for number in range(len(self._cabinet.circuits)):
            first = ORDERS_FROM + ORDER_STEP * number
            values = [written.get(first + offset) for offset in range(ORDER_STEP)]
            if values == [None] * ORDER_STEP:
                continue
            if self._cabinet.local_mode:
                raise RegisterError(DEVICE_FAILURE)
            yield number, self._order(at, *values)

    def _order(
        self, at: float, command: int | None, high: int | None, low: int | None, spare: int | None
    ) -> CircuitOrder:
        if command is None or command >= len(COMMANDS) or spare not in (None, 0):
            raise RegisterError(ILLEGAL_VALUE)
        if COMMANDS[command] == "auto":
            return AUTOMATIC
        if high is None or low is None or high << 16 | low <= self._cabinet.clock(at):
            raise RegisterError(ILLEGAL_VALUE)
        return CircuitOrder(COMMANDS[command], float(high << 16 | low))

    def _checked_draft(self, written: Mapping[int, int]) -> dict[int, int]:
        draft = dict(self._draft)
        for address, value in written.items():
            if not SITE_FROM <= address < HASH_AT:
                continue
            ranges = _range_of(address)
            if ranges is None:
                continue
            least, most = ranges
            if not (least <= _signed(value) <= most or (value == NO_CUT and most == MINUTES_A_DAY - 1)):
                raise RegisterError(ILLEGAL_VALUE)
            draft[address] = value
        return draft


def _range_of(address: int) -> tuple[int, int] | None:
    """What a register of the programme may hold; None: it ignores what is written."""
    if address < MODES_FROM:
        return SITE_RANGES[address - SITE_FROM]
    offset = (address - MODES_FROM) % MODE_STEP
    if offset < len(MODE_RANGES):
        return MODE_RANGES[offset]
    return (0, MINUTES_A_DAY - 1) if offset < len(MODE_RANGES) + 2 else None


def _range(registers: Mapping[int, int], address: int, count: int) -> list[int]:
    if not 1 <= count <= LONGEST_REQUEST:
        raise RegisterError(ILLEGAL_VALUE)
    try:
        return [registers[register] for register in range(address, address + count)]
    except KeyError as error:
        raise RegisterError(ILLEGAL_ADDRESS) from error


def _whole(written: Mapping[int, int], address: int) -> int | None:
    """A 32-bit value, if it was written; half of one is refused."""
    high, low = written.get(address), written.get(address + 1)
    if high is None and low is None:
        return None
    if high is None or low is None:
        raise RegisterError(ILLEGAL_VALUE)
    return high << 16 | low


def _draft(programme: CabinetProgramme) -> dict[int, int]:
    place = programme.place
    site = [
        round(100 * place.latitude),
        round(100 * place.longitude),
        place.offset_min,
        int(place.summer_time),
    ]
    registers = dict(enumerate((value & 0xFFFF for value in site), SITE_FROM))
    for number, mode in enumerate(programme.modes):
        values = [
            int(mode.astronomical),
            mode.sunset_offset,
            mode.sunrise_offset,
            mode.cut_from,
            mode.cut_until,
        ]
        registers.update(
            enumerate((value & 0xFFFF for value in [*values, 0, 0, 0, 0, 0]), MODES_FROM + MODE_STEP * number)
        )
    return registers


def _programme(draft: Mapping[int, int], hash_: int, circuits: int) -> CabinetProgramme:
    latitude, longitude, offset, summer = (_signed(draft[SITE_FROM + i]) for i in range(len(SITE_RANGES)))
    modes = []
    for number in range(circuits):
        first = MODES_FROM + MODE_STEP * number
        mode, after_sunset, after_sunrise = (_signed(draft[first + i]) for i in range(len(MODE_RANGES)))
        modes.append(CircuitMode(bool(mode), after_sunset, after_sunrise, draft[first + 3], draft[first + 4]))
    place = Place(latitude / 100, longitude / 100, offset, summer_time=bool(summer))
    return CabinetProgramme(place, tuple(modes), hash_)


def _state_bits(shown: CabinetSnapshot) -> int:
    supply_present = max(shown.voltages_v) > 0
    return shown.door_open | shown.local_mode << 1 | supply_present << 2


def _u16(value: float) -> int:
    return min(round(value), 0xFFFF)


def _u32(value: int) -> list[int]:
    return [value >> 16 & 0xFFFF, value & 0xFFFF]


def _signed(value: int) -> int:
    return value - 0x1_0000 if value & 0x8000 else value
