"""A Modbus/TCP server of another implementation (pyModbusTCP), whose registers a test lays out."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pyModbusTCP.server import DataBank, ModbusServer

from drivers.modbus.line import ModbusLine
from drivers.modbus.url import Gateway, Transport

TIMEOUT_S = 5.0
HOST = "127.0.0.1"
COILS, DISCRETE, HOLDING, INPUT = 1, 2, 3, 4


class Sheet(DataBank):  # type: ignore[misc]  # the library has no types
    """The registers of one device; one that was not laid out is an illegal address."""

    def __init__(self) -> None:
        super().__init__(virtual_mode=True)
        self.registers: dict[tuple[int, int], int] = {}
        self.align = 1
        """An odd start or an odd count is refused where this is 2."""
        self.most = 125
        """More registers in one request are refused."""
        self.asked: list[tuple[int, int, int]] = []
        """Function, address and count of every request."""

    def lay(self, function: int, address: int, words: Sequence[int]) -> None:
        self.registers |= {(function, address + at): word for at, word in enumerate(words)}

    def blank(self, *, align: int = 1, most: int = 125) -> None:
        self.registers, self.asked, self.align, self.most = {}, [], align, most

    def get_coils(self, address: int, number: int = 1, srv_info: object = None) -> list[int] | None:
        return self._get(COILS, address, number)

    def get_discrete_inputs(self, address: int, number: int = 1, srv_info: object = None) -> list[int] | None:
        return self._get(DISCRETE, address, number)

    def get_holding_registers(
        self, address: int, number: int = 1, srv_info: object = None
    ) -> list[int] | None:
        return self._get(HOLDING, address, number)

    def get_input_registers(self, address: int, number: int = 1, srv_info: object = None) -> list[int] | None:
        return self._get(INPUT, address, number)

    def set_holding_registers(self, address: int, word_list: list[int], srv_info: object = None) -> bool:
        self.lay(HOLDING, address, word_list)
        return True

    def _get(self, function: int, address: int, number: int) -> list[int] | None:
        self.asked.append((function, address, number))
        if number > self.most or address % self.align or number % self.align:
            return None
        words = [self.registers.get((function, address + at)) for at in range(number)]
        return None if None in words else [word for word in words if word is not None]


@contextmanager
def served() -> Iterator[tuple[Sheet, int]]:
    """A server and its port."""
    sheet = Sheet()
    server = ModbusServer(HOST, 0, no_block=True, data_bank=sheet)
    before = set(threading.enumerate())
    server.start()
    service = server._service
    try:
        yield sheet, service.server_address[1]
    finally:
        service.shutdown()
        service.server_close()
        for thread in set(threading.enumerate()) - before:
            thread.join(2.0)


def line_to(port: int, *, rtu: bool = False) -> ModbusLine:
    """Our line to a server of a test; RTU frames within TCP where asked."""
    transport = Transport.RTU_TCP if rtu else Transport.TCP
    return ModbusLine(Gateway(HOST, port, transport), timeout_s=TIMEOUT_S)
