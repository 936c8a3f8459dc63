"""What an access point answers over SNMP: its objects and their values, as docs/devices/access-point.md lists them."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pysnmp.proto import rfc1902, rfc1905

from fake_devices.access_points import NETWORKS, AccessPointState, of_networks
from fake_devices.client_tables import COLUMNS as CLIENT_COLUMNS
from fake_devices.radios import RadioState
from fake_devices.snmp_tables import Oid

Read = Callable[[str, AccessPointState], Any]
"""From an access point's id and its state to an SNMP value."""

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
FALOTIER: Oid = (1, 3, 6, 1, 3, 6822)
"""Under the experimental arc, which belongs to no vendor."""
RADIO_ENTRY: Oid = (*FALOTIER, 3, 1)
NETWORK_ENTRY: Oid = (*FALOTIER, 3, 2)
CLIENT_ENTRY: Oid = (*FALOTIER, 4, 1)
"""So far past the tables that are polled that a walk of those which reads 25 objects does not come here."""
PAST_CLIENTS: Oid = (*FALOTIER, 5)
RESTART: Oid = (*FALOTIER, 2, 5, 0)
"""Reads 0; 1 restarts the access point."""
ADMIN: Oid = (*FALOTIER, 2, 6, 0)
"""Whether its radios are switched on; writing it switches them all."""
RADIO_OPER, RADIO_ADMIN = 10, 11
"""Columns: whether a radio sends, and whether it is switched on."""

TICKS_PER_S = 100
TICKS_WRAP = 2**32
COUNTER_WRAP = 2**64
ON, OFF = 1, 2
"""As ifOperStatus and ifAdminStatus have it."""


@dataclass(frozen=True, slots=True)
class MibObject:
    """One instance that can be read."""

    oid: Oid
    read: Read
    measured: bool
    """Whether its value is a measurement, and not a name or a constant."""
    name: Any
    """The OID as pysnmp sends it, made once."""


def text_of(text: str) -> Any:
    """Words as SNMP writes them."""
    return rfc1902.OctetString(text.encode())


def ticks_of(state: AccessPointState) -> Any:
    """How long it has been up."""
    return rfc1902.TimeTicks(int(state.uptime_s * TICKS_PER_S) % TICKS_WRAP)


def on_or_off(on: bool) -> Any:  # noqa: FBT001 - a state, not a switch
    """A state as the MIB writes it."""
    return rfc1902.Integer32(ON if on else OFF)


def octets_of(count: int) -> Any:
    """A counter of octets."""
    return rfc1902.Counter64(count % COUNTER_WRAP)


def _serial(ap_id: str) -> str:
    return f"SIM{ap_id.replace('-', '')}"


_SCALARS: tuple[tuple[Oid, bool, Read], ...] = (
    ((*SYSTEM, 1, 0), False, lambda ap, state: text_of("Falotier simulated access point")),
    ((*SYSTEM, 2, 0), False, lambda ap, state: rfc1902.ObjectIdentifier((*FALOTIER, 1))),
    ((*SYSTEM, 3, 0), True, lambda ap, state: ticks_of(state)),
    ((*SYSTEM, 5, 0), False, lambda ap, state: text_of(ap)),
    ((*FALOTIER, 2, 1, 0), False, lambda ap, state: text_of("SIM-AP")),
    ((*FALOTIER, 2, 2, 0), False, lambda ap, state: text_of(_serial(ap))),
    ((*FALOTIER, 2, 3, 0), False, lambda ap, state: text_of("1.0")),
    ((*FALOTIER, 2, 4, 0), False, lambda ap, state: rfc1902.Integer32(len(state.radios))),
    ((*FALOTIER, 3, 3, 1, 0), False, lambda ap, state: rfc1902.Gauge32(5 + state.clients // 2)),
    ((*FALOTIER, 3, 3, 2, 0), False, lambda ap, state: rfc1902.Gauge32(40 + state.clients // 8)),
    ((*FALOTIER, 3, 3, 3, 0), False, lambda ap, state: rfc1902.Integer32(38 + state.clients // 10)),
    (RESTART, False, lambda ap, state: rfc1902.Integer32(0)),
    (ADMIN, False, lambda ap, state: on_or_off(any(radio.admin_up for radio in state.radios))),
)

_COLUMNS: tuple[tuple[Oid, bool, Callable[[RadioState], Any]], ...] = (
    ((*RADIO_ENTRY, 2), False, lambda radio: rfc1902.Integer32(radio.band)),
    ((*RADIO_ENTRY, 3), True, lambda radio: rfc1902.Integer32(radio.channel)),
    ((*RADIO_ENTRY, 4), True, lambda radio: rfc1902.Gauge32(radio.clients)),
    ((*RADIO_ENTRY, 5), True, lambda radio: rfc1902.Integer32(radio.airtime_pct)),
    ((*RADIO_ENTRY, 6), True, lambda radio: rfc1902.Integer32(radio.noise_dbm)),
    ((*RADIO_ENTRY, 7), True, lambda radio: rfc1902.Integer32(radio.tx_power_dbm)),
    ((*RADIO_ENTRY, 8), True, lambda radio: octets_of(radio.in_octets)),
    ((*RADIO_ENTRY, 9), True, lambda radio: octets_of(radio.out_octets)),
    ((*RADIO_ENTRY, RADIO_OPER), True, lambda radio: on_or_off(radio.up)),
    ((*RADIO_ENTRY, RADIO_ADMIN), False, lambda radio: on_or_off(radio.admin_up)),
    ((*IF_ENTRY, 7), False, lambda radio: on_or_off(radio.admin_up)),
    ((*IF_ENTRY, 8), False, lambda radio: on_or_off(radio.up)),
    ((*IF_X_ENTRY, 1), False, lambda radio: text_of(f"wlan{radio.number - 1}")),
    ((*IF_X_ENTRY, 6), False, lambda radio: octets_of(radio.in_octets)),
    ((*IF_X_ENTRY, 10), False, lambda radio: octets_of(radio.out_octets)),
)

_NETWORKS: tuple[tuple[Oid, bool, Read], ...] = tuple(
    row
    for number, name in enumerate(NETWORKS)
    for row in (
        ((*NETWORK_ENTRY, 2, number + 1), False, lambda ap, state, name=name: text_of(name)),
        (
            (*NETWORK_ENTRY, 3, number + 1),
            True,
            lambda ap, state, number=number: rfc1902.Gauge32(of_networks(state.clients)[number]),
        ),
    )
)

_KNOWN: frozenset[Oid] = frozenset(
    [oid[:-1] for oid, _, _ in (*_SCALARS, *_NETWORKS)]
    + [oid for oid, _, _ in _COLUMNS]
    + [(*CLIENT_ENTRY, column) for column in CLIENT_COLUMNS]
)
"""Object types, without their instances."""
_KNOWN_LENGTHS = frozenset(len(oid) for oid in _KNOWN)


class Mib:
    """The objects of access points with a given number of radios, in the order in which SNMP walks them."""

    def __init__(self, radios: int) -> None:
        found = [
            MibObject(oid, read, measured, rfc1902.ObjectName(oid))
            for oid, measured, read in (*_SCALARS, *_NETWORKS)
        ]
        for column, measured, read_radio in _COLUMNS:
            for number in range(1, radios + 1):
                oid = (*column, number)
                found.append(MibObject(oid, _of_radio(number, read_radio), measured, rfc1902.ObjectName(oid)))
        self._in_order = sorted(found, key=lambda an_object: an_object.oid)
        self._oids = [an_object.oid for an_object in self._in_order]
        self._by_oid = {an_object.oid: an_object for an_object in self._in_order}

    def get(self, oid: Oid) -> MibObject | None:
        """The object at exactly this OID."""
        return self._by_oid.get(oid)

    def after(self, oid: Oid) -> MibObject | None:
        """The first object past an OID; none at the end of the MIB."""
        place = bisect_right(self._oids, oid)
        return self._in_order[place] if place < len(self._in_order) else None


def _of_radio(number: int, read_radio: Callable[[RadioState], Any]) -> Read:
    return lambda ap, state: read_radio(state.radios[number - 1])


@cache
def mib_of(radios: int) -> Mib:
    """The objects of an access point with this many radios."""
    return Mib(radios)


def missing(oid: Oid) -> Any:
    """Why there is nothing at an OID: no such instance of an object that exists, or no such object at all."""
    known = any(oid[:length] in _KNOWN for length in _KNOWN_LENGTHS)
    return rfc1905.noSuchInstance if known else rfc1905.noSuchObject
