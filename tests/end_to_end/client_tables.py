"""Agents whose MIBs hold tables of clients with MAC address, IP address and user name, as real ones do.

Written with pysnmp's codec from the vendors' MIBs: they share nothing with the driver.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pysnmp.proto.api import v2c
from pysnmp.proto.rfc1905 import endOfMibView, noSuchInstance

from tests.drivers.snmp_peers import Asked

Oid = tuple[int, ...]
ARUBA = "1.3.6.1.4.1.14823.2.2.1"
ARUBA_CLIENTS = f"{ARUBA}.5.2.2.1.1"
"""wlsxWlanStationTable."""
GRANDSTREAM = "1.3.6.1.4.1.42397.1.1"
GRANDSTREAM_CLIENTS = f"{GRANDSTREAM}.3.3.1"
"""gwnClientTable, whose rows the MIB names by MAC addresses in words."""
ACCESS_POINT_MAC = "0.0.94.0.83.1"
NETWORK = "Mulhouse-WiFi"
ANSWER_OCTETS = 1300
"""An agent leaves out the rest of a GETBULK: a datagram is to fit into a packet."""


@dataclass(frozen=True)
class Person:
    """Somebody's device on the Wi-Fi."""

    mac: bytes
    ip: str
    user: str

    @property
    def row(self) -> str:
        """The MAC address as the end of an OID."""
        return ".".join(str(octet) for octet in self.mac)

    @cached_property
    def spellings(self) -> tuple[bytes, ...]:
        """All that would give the person away, in lower case where it is text."""
        return tuple(self._spelled())

    def _spelled(self) -> Iterator[bytes]:
        digits = self.mac.hex()
        pairs = [digits[n : n + 2] for n in range(0, 12, 2)]
        yield self.mac
        yield digits.encode()
        yield from (sign.join(pairs).encode() for sign in (":", "-", " "))
        yield ".".join(digits[n : n + 4] for n in range(0, 12, 4)).encode()
        yield self.row.encode()
        for written in (digits, digits.upper()):
            yield ".".join(str(ord(digit)) for digit in written).encode()
        yield self.ip.encode()
        yield self.user.encode()
        # As octets of a datagram that somebody might write down: in them a sub-identifier past 127 takes two.
        row = b"".join(
            bytes((0x80 | octet >> 7, octet & 0x7F) if octet > 127 else (octet,)) for octet in self.mac
        )
        address = bytes(int(part) for part in self.ip.split("."))
        yield from (octets.hex().encode() for octets in (row, address, self.user.encode()))


PEOPLE = tuple(
    Person(bytes((0x02, 0x5A, 0xC0, 0xFF, 0xEE, number)), f"10.77.201.{number}", user)
    for number, user in enumerate(
        ("camille.lefevre@exemple.fr", "hugo.schmitt@exemple.fr", "ines.benali@exemple.fr"), start=0xA1
    )
)


def aruba() -> Mapping[str, Any]:
    """A controller with one access point of two radios, and three clients."""
    radio_one, radio_two = f"{ACCESS_POINT_MAC}.1", f"{ACCESS_POINT_MAC}.2"
    aps, radios, essids = f"{ARUBA}.5.2.1.4.1", f"{ARUBA}.5.2.1.5.1", f"{ARUBA}.5.2.1.8.1"
    objects: dict[str, Any] = {
        "1.3.6.1.2.1.1.1.0": v2c.OctetString("ArubaOS (MODEL: Aruba7010), Version 8.10.0.8"),
        "1.3.6.1.2.1.1.2.0": v2c.ObjectIdentifier("1.3.6.1.4.1.14823.1.1.9999"),
        "1.3.6.1.2.1.1.3.0": v2c.TimeTicks(100_000),
        f"{aps}.3.{ACCESS_POINT_MAC}": v2c.OctetString("mairie-1"),
        f"{aps}.6.{ACCESS_POINT_MAC}": v2c.OctetString("CN0000001"),
        f"{aps}.12.{ACCESS_POINT_MAC}": v2c.TimeTicks(100_000),
        f"{aps}.13.{ACCESS_POINT_MAC}": v2c.OctetString("335"),
        f"{aps}.19.{ACCESS_POINT_MAC}": v2c.Integer32(1),
        f"{essids}.2.{_named(NETWORK)}": v2c.Integer32(len(PEOPLE)),
        f"{essids}.3.{_named(NETWORK)}": v2c.Integer32(1),
    }
    for row, kind, channel, clients in ((radio_one, 1, 44, 2), (radio_two, 3, 1, 1)):
        objects |= {
            f"{radios}.2.{row}": v2c.Integer32(kind),
            f"{radios}.3.{row}": v2c.Integer32(channel),
            f"{radios}.4.{row}": v2c.Integer32(38),
            f"{radios}.6.{row}": v2c.Integer32(30),
            f"{radios}.7.{row}": v2c.Integer32(clients),
            f"{radios}.16.{row}": v2c.OctetString("mairie-1"),
        }
    for person in PEOPLE:
        objects |= {
            f"{ARUBA_CLIENTS}.1.{person.row}": v2c.OctetString(person.mac),
            f"{ARUBA_CLIENTS}.2.{person.row}": v2c.IpAddress(person.ip),
            f"{ARUBA_CLIENTS}.3.{person.row}": v2c.OctetString(person.user),
            f"{ARUBA_CLIENTS}.4.{person.row}": v2c.OctetString(NETWORK),
        }
    return objects


def grandstream() -> Mapping[str, Any]:
    """An access point that stands alone and counts its clients nowhere but by their rows."""
    radio, ssids = f"{GRANDSTREAM}.3.1.1", f"{GRANDSTREAM}.3.2.1"
    objects: dict[str, Any] = {
        "1.3.6.1.2.1.1.1.0": v2c.OctetString("Linux Grandstream 4.4.60"),
        "1.3.6.1.2.1.1.2.0": v2c.ObjectIdentifier("1.3.6.1.4.1.8072.3.2.10"),
        "1.3.6.1.2.1.1.3.0": v2c.TimeTicks(100_000),
        f"{GRANDSTREAM}.2.1.0": v2c.OctetString("GWN7660"),
        f"{radio}.2.1": v2c.OctetString("wifi0"),
        f"{radio}.4.1": v2c.Integer32(11),
        f"{radio}.5.1": v2c.Integer32(17),
        f"{radio}.9.1": v2c.Counter32(1000),
        f"{radio}.13.1": v2c.Counter32(1000),
        f"{ssids}.2.1": v2c.OctetString(NETWORK),
    }
    for person in PEOPLE:
        row = _named(person.mac.hex().upper())
        objects |= {
            f"{GRANDSTREAM_CLIENTS}.1.{row}": v2c.OctetString(person.mac.hex().upper()),
            f"{GRANDSTREAM_CLIENTS}.2.{row}": v2c.OctetString(person.ip),
            f"{GRANDSTREAM_CLIENTS}.3.{row}": v2c.OctetString(person.user),
            f"{GRANDSTREAM_CLIENTS}.4.{row}": v2c.OctetString(NETWORK),
        }
    return objects


def _named(name: str) -> str:
    """A text as the end of an OID: its length, and its letters."""
    return ".".join(str(number) for number in (len(name), *name.encode()))


@dataclass
class ClientTables:
    """Answers as an agent does: ``answer`` is given each datagram."""

    objects: Mapping[str, Any]
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """What was asked, and by which kind of question."""
    gave_away: int = 0
    """How many answers held somebody's MAC address, IP address or name."""

    def __post_init__(self) -> None:
        self._by_oid = {_oid(name): value for name, value in self.objects.items()}
        self._ordered = sorted(self._by_oid)

    def answer(self, datagram: bytes) -> bytes:
        """What is sent back."""
        asked = Asked.read(datagram)
        self.asked.append((asked.kind, asked.oids))
        wanted = [_oid(name) for name in asked.oids]
        if asked.kind == "GetRequestPDU":
            found = [(oid, self._by_oid.get(oid, noSuchInstance)) for oid in wanted]
        else:
            found = self._following(wanted, asked.repetitions)
        answer = asked.answer(*((".".join(map(str, oid)), value) for oid, value in found))
        while len(answer) > ANSWER_OCTETS and asked.kind == "GetBulkRequestPDU":
            found = found[: len(found) // 2]
            answer = asked.answer(*((".".join(map(str, oid)), value) for oid, value in found))
        self.gave_away += any(spelling in answer for each in PEOPLE for spelling in each.spellings)
        return answer

    def _following(self, wanted: list[Oid], repetitions: int) -> list[tuple[Oid, Any]]:
        found: list[tuple[Oid, Any]] = []
        for _ in range(max(1, repetitions)):
            following = [self._after(oid) for oid in wanted]
            found += following
            wanted = [oid for oid, _ in following]
        return found

    def _after(self, oid: Oid) -> tuple[Oid, Any]:
        place = bisect_right(self._ordered, oid)
        if place == len(self._ordered):
            return oid, endOfMibView
        return self._ordered[place], self._by_oid[self._ordered[place]]


def _oid(name: str) -> Oid:
    return tuple(int(part) for part in name.split("."))
