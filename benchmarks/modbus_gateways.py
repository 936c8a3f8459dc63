"""``python -m benchmarks.modbus_gateways OPTIONS``: many Modbus/TCP gateways in one process, with slow units.

Own frames, none of the driver's code. Prints one JSON document when it listens: the port of each gateway and how long
each of its units takes to answer a request, seconds. Runs until it is killed.
"""

import argparse
import asyncio
import json
import random
import struct
from functools import partial

HOST = "127.0.0.1"
HEADER = struct.Struct(">HHHBBHH")
"""Transaction, protocol, length, unit, function, address, count: all that a read consists of."""
VOLTS_230_2 = bytes.fromhex("43663333")
BACKLOG = 4


class Gateway(asyncio.Protocol):
    """One connection to a gateway; a unit that is dead says nothing."""

    def __init__(self, answers_s: list[float], dead: set[int]) -> None:
        self._answers_s = answers_s
        self._dead = dead
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request once its unit has had its time."""
        self._received += data
        while len(self._received) >= HEADER.size:
            transaction, _, _, unit, function, _, count = HEADER.unpack_from(self._received)
            self._received = self._received[HEADER.size :]
            if unit in self._dead or self._transport is None:
                continue
            registers = (VOLTS_230_2 * count)[: 2 * count]
            head = struct.pack(">HHHBBB", transaction, 0, 3 + len(registers), unit, function, len(registers))
            loop = asyncio.get_running_loop()
            loop.call_later(self._answers_s[unit - 1], self._transport.write, head + registers)


async def serve(options: argparse.Namespace) -> None:
    """Listen until killed."""
    loop = asyncio.get_running_loop()
    draw = random.Random(options.seed)  # noqa: S311 - not for secrets
    dead = set(options.dead)
    gateways = []
    for number in range(options.gateways):
        answers_s = [draw.uniform(options.least_s, options.most_s) for _ in range(options.units)]
        silent = {unit - options.units * number for unit in dead} & set(range(1, options.units + 1))
        server = await loop.create_server(partial(Gateway, answers_s, silent), HOST, 0, backlog=BACKLOG)
        gateways.append((server.sockets[0].getsockname()[1], answers_s))
    print(json.dumps(gateways), flush=True)
    await asyncio.Event().wait()


def options() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--gateways", type=int, default=300)
    parser.add_argument("--units", type=int, default=4)
    parser.add_argument("--least-s", type=float, default=0.05)
    parser.add_argument("--most-s", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--dead", type=int, nargs="*", default=[], help="numbers of units, over all gateways from 1"
    )
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(options()))
