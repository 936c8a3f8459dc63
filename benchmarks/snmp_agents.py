"""``python -m benchmarks.snmp_agents``: a thousand access points in one process, as cheap as can be.

It answers SNMPv2c on every address of the loopback network, on one port that it prints; each address is an access
point. An answer is worked out once for all requests that differ in their number only; but its counters, of octets and
of time, are others in each answer.
"""

import signal
import socket
import struct
import sys

from drivers.snmp import ber, pdus

ENTRY = "1.3.6.1.3.6822.3.1"
"""The table of radios of the simulated access points: docs/devices/access-point.md."""
COLUMNS = range(3, 10)
RADIOS = range(1, 9)
UPTIME = "1.3.6.1.2.1.1.3.0"
OIDS = (UPTIME, *(f"{ENTRY}.{column}.{radio}" for radio in RADIOS for column in COLUMNS))
"""What a poll asks for."""
COUNTERS = (8, 9)
OCTETS, TIME = b"\x00octets", b"\x00now"
"""Placeholders for what counts."""
IP_PKTINFO = 8
PKTINFO = struct.Struct("I4s4s")
END = ber.wrap(0x82, b"")


def value(oid: str) -> bytes:
    """Something that every column can hold; octets, in columns 8 and 9, need 64 bits."""
    if oid == UPTIME:
        return ber.wrap(ber.TICKS, TIME)
    column, radio = (int(arc) for arc in oid.removeprefix(f"{ENTRY}.").split("."))
    return ber.integer(2**40 + radio, ber.COUNTER64) if column >= 8 else ber.integer(30 + radio)


def after(oid: str) -> str | None:
    """The object that comes next in the table."""
    return next((each for each in SORTED if arcs(each) > arcs(oid)), None)


def arcs(oid: str) -> tuple[int, ...]:
    """An OID to compare by."""
    return tuple(map(int, oid.split(".")))


SORTED = sorted(OIDS, key=arcs)


def bindings(kind: int, repetitions: int, oids: list[str]) -> bytes:
    """What a request is answered with."""
    answers = []
    if kind == pdus.GET:
        answers = [ber.wrap(ber.SEQUENCE, ber.oid(oid) + value(oid)) for oid in oids]
    else:
        oid: str | None = oids[0]
        for _ in range(repetitions if kind == pdus.GET_BULK else 1):
            last, oid = oid or "", after(oid or "")
            said = ber.oid(oid) + value(oid) if oid else ber.oid(last) + END
            answers.append(ber.wrap(ber.SEQUENCE, said))
            if oid is None:
                break
    return ber.integer(0) + ber.integer(0) + ber.wrap(ber.SEQUENCE, b"".join(answers))


class Answers:
    """Answers by all of a request but its number."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}
        self._count = 0

    def answer(self, request: bytes) -> bytes:
        """The answer to a request."""
        at, end = ber.within(request, 0, len(request), ber.SEQUENCE)
        head = at
        _, at = ber.whole(request, at, end)
        _, at = ber.within(request, at, end, ber.OCTETS)
        begin = at
        kind, at, end = ber.element(request, at, end)
        _, number_end = ber.whole(request, at, end)
        rest = request[number_end:]
        if rest not in self._known:
            pdu = pdus.read_pdu(request, begin, end)
            self._known[rest] = bindings(kind, pdu.place, [oid for oid, _ in pdu.bindings])
        self._count += 1
        octets, now = (2**40 + self._count * 1_000).to_bytes(7, "big"), self._count.to_bytes(4, "big")
        said = self._known[rest].replace(OCTETS, octets).replace(TIME, now)
        response = ber.wrap(pdus.RESPONSE, request[at:number_end] + said)
        return ber.wrap(ber.SEQUENCE, request[head:begin] + response)


def main() -> None:
    """Answer until ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        opened.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        opened.bind(("0.0.0.0", 0))  # noqa: S104 - answers on the loopback network only, for want of other routes
        print(opened.getsockname()[1], flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        answers = Answers()
        room = socket.CMSG_SPACE(PKTINFO.size)
        while True:
            request, told, _, address = opened.recvmsg(65_535, room)
            _, local, _ = PKTINFO.unpack(told[0][2])
            back = (socket.IPPROTO_IP, IP_PKTINFO, PKTINFO.pack(0, local, bytes(4)))
            opened.sendmsg([answers.answer(request)], [back], 0, address)


if __name__ == "__main__":
    main()
