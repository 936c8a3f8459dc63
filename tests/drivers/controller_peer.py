"""A Wi-Fi controller on a loopback port: an SNMPv2c agent over a table of objects, with pysnmp's codec."""

from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pysnmp.proto.api import v2c

from tests.drivers.snmp_peers import Asked, datagrams

AP_ENTRY = "1.3.6.1.4.1.14179.2.2.1.1"
RADIO_ENTRY = "1.3.6.1.4.1.14179.2.2.2.1"
LOAD_ENTRY = "1.3.6.1.4.1.14179.2.2.13.1"
SSID_ENTRY = "1.3.6.1.4.1.14179.2.1.1.1"
UP, DOWN = 2, 1
"""Of a radio; an access point that is up is associated, 1, and one that is down is not."""


def mac(number: int) -> str:
    """An address kept for documentation (RFC 7042), as controllers write it."""
    return f"00:00:5e:00:53:{number:02x}"


class CiscoController:
    """What a controller of Cisco's says: its access points, their radios, and its networks."""

    def __init__(self) -> None:
        self.objects: dict[str, int | bytes] = {}
        self.silent = False

    def list(self, number: int, name: str, *, up: bool = True, clients: int = 3, radio: int = UP) -> None:
        """List an access point of one radio."""
        row = f"0.0.94.0.83.{number}"
        self.objects |= {
            f"{AP_ENTRY}.3.{row}": name.encode(),
            f"{AP_ENTRY}.6.{row}": 1 if up else 2,
            f"{AP_ENTRY}.16.{row}": b"AIR-CAP3702I",
            f"{AP_ENTRY}.17.{row}": f"FCW{number:04d}".encode(),
            f"{RADIO_ENTRY}.2.{row}.1": 2,
            f"{RADIO_ENTRY}.4.{row}.1": 36,
            f"{RADIO_ENTRY}.12.{row}.1": radio,
            f"{LOAD_ENTRY}.3.{row}.1": 20,
            f"{LOAD_ENTRY}.4.{row}.1": clients,
        }

    def drop(self, number: int) -> None:
        """List it no more, as controllers do with what has left them."""
        row = f".0.0.94.0.83.{number}."
        self.objects = {oid: value for oid, value in self.objects.items() if row not in f"{oid}."}

    def network(self, number: int, name: bytes, clients: int) -> None:
        """Have a network."""
        self.objects |= {f"{SSID_ENTRY}.2.{number}": name, f"{SSID_ENTRY}.38.{number}": clients}

    def answer(self, datagram: bytes) -> bytes:
        """What it says; nothing while it is silent."""
        if self.silent:
            return b""
        return answer(datagram, self.objects)


def answer(datagram: bytes, objects: Mapping[str, int | bytes]) -> bytes:
    """The response of an agent with these objects to a GET, GETNEXT or GETBULK of v2c."""
    asked = Asked.read(datagram)
    if asked.kind == "GetRequestPDU":
        return asked.answer(
            *((oid, _value(objects[oid]) if oid in objects else v2c.NoSuchInstance()) for oid in asked.oids)
        )
    order = sorted(objects, key=_arcs)
    keys = [_arcs(oid) for oid in order]
    bindings: list[tuple[str, Any]] = []
    for oid in asked.oids:
        begin = bisect_right(keys, _arcs(oid))
        rows = order[begin : begin + asked.repetitions]
        bindings += [(row, _value(objects[row])) for row in rows]
        if len(rows) < asked.repetitions:
            bindings.append((rows[-1] if rows else oid, v2c.EndOfMibView()))
    return asked.answer(*bindings)


def _value(value: int | bytes) -> Any:
    return v2c.OctetString(value) if isinstance(value, bytes) else v2c.Integer(value)


def _arcs(oid: str) -> list[int]:
    return [int(arc) for arc in oid.split(".")]


@asynccontextmanager
async def listening(controller: CiscoController) -> AsyncIterator[int]:
    """A port at which a controller answers."""
    async with datagrams(controller.answer) as port:
        yield port
