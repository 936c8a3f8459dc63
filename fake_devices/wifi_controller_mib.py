"""What a Wi-Fi controller answers over SNMP: its tables, as docs/devices/wifi-controller.md lists them.

It lists the access points that have joined it: one that is away has no row, or a row that says so, as each of them
has its way.
"""

from bisect import insort
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from pysnmp.proto import rfc1902, rfc1905

from fake_devices.access_point_mib import (
    FALOTIER,
    SYSTEM,
    octets_of,
    on_or_off,
    text_of,
    ticks_of,
)
from fake_devices.access_points import NETWORKS, AccessPointState, of_networks
from fake_devices.city_plan import AccessPointPlan
from fake_devices.client_tables import COLUMNS as CLIENT_COLUMNS
from fake_devices.client_tables import client_table
from fake_devices.snmp_tables import Oid, Table, next_in

OWN_ENTRY: Oid = (*FALOTIER, 6)
CLIENT_ENTRY: Oid = (*FALOTIER, 6, 9, 1)
"""Before the tables that are polled: a walk of those that reads too far does not come here."""
PAST_CLIENTS: Oid = (*FALOTIER, 6, 10)
AP_ENTRY: Oid = (*FALOTIER, 7, 1)
RADIO_ENTRY: Oid = (*FALOTIER, 8, 1)
NETWORK_ENTRY: Oid = (*FALOTIER, 8, 2)
AP_NAME: Oid = (*AP_ENTRY, 2)
AP_RESTART, AP_ADMIN = 8, 9
"""Columns: 1 restarts the access point; whether its radios are switched on."""
RADIO_ADMIN = 11
"""Column: whether a radio is switched on."""

SYSTEM_COLUMNS = (1, 2, 3, 5)
OWN_COLUMNS = (1, 2, 3, 4, 5, 6)
AP_COLUMNS = (2, 3, 4, 5, 6, 7, AP_RESTART, AP_ADMIN)
RADIO_COLUMNS = (2, 3, 4, 5, 6, 7, 8, 9, 10, RADIO_ADMIN)
NETWORK_COLUMNS = (2, 3)
SCALAR: tuple[Oid, ...] = ((0,),)
NETWORK_ROWS: tuple[Oid, ...] = tuple((number,) for number in range(1, len(NETWORKS) + 1))
MAC_ARCS = 6


class Listing:
    """A controller's tables at one instant."""

    def __init__(
        self,
        controller: str,
        uptime_s: float,
        listed: Sequence[tuple[AccessPointPlan, AccessPointState]],
    ) -> None:
        """``listed``: all that it lists, those that are away but still have a row included."""
        self._controller = controller
        self._uptime_s = uptime_s
        self._listed: Mapping[Oid, tuple[AccessPointPlan, AccessPointState]] = {
            tuple(plan.mac): (plan, state) for plan, state in listed
        }

    @cached_property
    def _tables(self) -> tuple[Table, ...]:
        macs: list[Oid] = []
        for mac in self._listed:
            insort(macs, mac)
        radios = [(*mac, radio.number) for mac in macs for radio in self._listed[mac][1].radios]
        return (
            Table(SYSTEM, SYSTEM_COLUMNS, SCALAR, self._system),
            Table(OWN_ENTRY, OWN_COLUMNS, SCALAR, self._own),
            Table(AP_ENTRY, AP_COLUMNS, macs, self._access_point),
            Table(RADIO_ENTRY, RADIO_COLUMNS, radios, self._radio),
            Table(NETWORK_ENTRY, NETWORK_COLUMNS, NETWORK_ROWS, self._network),
        )

    @cached_property
    def _clients(self) -> Table:
        """Made when somebody walks there."""
        return client_table(CLIENT_ENTRY, [(plan.id, state) for plan, state in self._listed.values()])

    def get(self, oid: Oid) -> Any:
        """The value at exactly this OID, or why there is none."""
        for table in self._tables:
            if table.has(oid):
                return table.value(oid)
        if oid[: len(CLIENT_ENTRY)] == CLIENT_ENTRY and self._clients.has(oid):
            return self._clients.value(oid)
        columns = [(table.entry, table.columns) for table in self._tables] + [(CLIENT_ENTRY, CLIENT_COLUMNS)]
        known = any(
            oid[: len(entry)] == entry and len(oid) > len(entry) and oid[len(entry)] in of
            for entry, of in columns
        )
        return rfc1905.noSuchInstance if known else rfc1905.noSuchObject

    def after(self, oid: Oid) -> tuple[Oid, Any] | None:
        """The first object past an OID, with its value; none at the end of the MIB."""
        found = next_in(self._tables, oid)
        if oid < PAST_CLIENTS and (found is None or found[1] > CLIENT_ENTRY):
            found = next_in([self._clients], oid) or found
        if found is None:
            return None
        table, name = found
        return name, table.value(name)

    def access_point(self, mac: Oid) -> str | None:
        """Whose address this is."""
        listed = self._listed.get(mac)
        return listed[0].id if listed else None

    def _system(self, column: int, _: Oid) -> Any:
        match column:
            case 1:
                return text_of("Falotier simulated Wi-Fi controller")
            case 2:
                return rfc1902.ObjectIdentifier((*FALOTIER, 5))
            case 3:
                return ticks_of(AccessPointState(up=True, uptime_s=self._uptime_s, radios=()))
        return text_of(self._controller)

    def _own(self, column: int, _: Oid) -> Any:
        states = [state for _, state in self._listed.values()]
        match column:
            case 1:
                return text_of("SIM-WLC")
            case 2:
                return text_of(f"SIM{self._controller.replace('-', '')}")
            case 3:
                return text_of("1.0")
            case 4:
                return rfc1902.Gauge32(len(states))
            case 5:
                return rfc1902.Gauge32(sum(state.up for state in states))
        return rfc1902.Gauge32(sum(state.clients for state in states))

    def _access_point(self, column: int, index: Oid) -> Any:
        plan, state = self._listed[index]
        match column:
            case 2:
                return text_of(plan.id)
            case 3:
                return text_of(plan.serial)
            case 4:
                return text_of("SIM-AP")
            case 5:
                return on_or_off(state.up)
            case 6:
                return ticks_of(state)
            case 7:
                return rfc1902.Gauge32(state.clients)
            case 8:
                return rfc1902.Integer32(0)
        return on_or_off(any(radio.admin_up for radio in state.radios))

    def _network(self, column: int, index: Oid) -> Any:
        if column == 2:
            return text_of(NETWORKS[index[0] - 1])
        clients = sum(state.clients for _, state in self._listed.values())
        return rfc1902.Gauge32(of_networks(clients)[index[0] - 1])

    def _radio(self, column: int, index: Oid) -> Any:
        radio = self._listed[index[:MAC_ARCS]][1].radios[index[MAC_ARCS] - 1]
        match column:
            case 2:
                return rfc1902.Integer32(radio.band)
            case 3:
                return on_or_off(radio.up)
            case 4:
                return rfc1902.Integer32(radio.channel)
            case 5:
                return rfc1902.Gauge32(radio.clients)
            case 6:
                return rfc1902.Integer32(radio.airtime_pct)
            case 7:
                return rfc1902.Integer32(radio.noise_dbm)
            case 8:
                return rfc1902.Integer32(radio.tx_power_dbm)
            case 9:
                return octets_of(radio.in_octets)
            case 10:
                return octets_of(radio.out_octets)
        return on_or_off(radio.admin_up)
