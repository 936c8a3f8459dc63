"""The interfaces of any device that answers SNMP, by IF-MIB (RFC 2863)."""

from collections.abc import Mapping
from typing import Any

from city.errors import Outside
from drivers.snmp.codec import Missing, Value, text
from drivers.snmp.reader import Asks
from drivers.snmp.seen import Why
from drivers.snmp.session import Agent

MOST_INTERFACES = 1000
"""Interfaces past this many are left out: an access point has a few, a controller a few hundred."""
IF_DESCR = "1.3.6.1.2.1.2.2.1.2"
IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.8"
IF_IN_OCTETS = "1.3.6.1.2.1.2.2.1.10"
IF_OUT_OCTETS = "1.3.6.1.2.1.2.2.1.16"
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
IF_HC_IN_OCTETS = "1.3.6.1.2.1.31.1.1.1.6"
IF_HC_OUT_OCTETS = "1.3.6.1.2.1.31.1.1.1.10"
IF_UP = 1
"""ifOperStatus, RFC 2863."""
EVERY = (IF_DESCR, IF_NAME, IF_OPER_STATUS, IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS)
NARROW: Mapping[str, str] = {IF_HC_IN_OCTETS: IF_IN_OCTETS, IF_HC_OUT_OCTETS: IF_OUT_OCTETS}
"""The 32-bit counters that devices have which do not have the 64-bit ones."""

Columns = dict[str, dict[str, Value]]


async def read_interfaces(session: Asks, agent: Agent, unread: list[Why]) -> list[dict[str, Any]]:
    """Every interface as ``falotier probe snmp --json`` prints it; what cannot be read goes to ``unread``."""
    columns: Columns = {}
    try:
        for oid in EVERY:
            columns[oid] = await session.walk(agent, oid, MOST_INTERFACES)
        indices = dict.fromkeys((*columns[IF_DESCR], *columns[IF_NAME]))
        for wide, narrow in NARROW.items():
            if any(index not in columns[wide] for index in indices):
                columns[narrow] = await session.walk(agent, narrow, MOST_INTERFACES)
    except Outside as error:
        unread.append({"what": "interfaces", "why": str(error)})
    indices = dict.fromkeys((*columns.get(IF_DESCR, ()), *columns.get(IF_NAME, ())))
    interfaces = [_interface(columns, index) for index in indices]
    for what in ("oper_up", "in_octets", "out_octets"):
        lacking = sum(interface[what] is None for interface in interfaces)
        if lacking:
            unread.append(
                {"what": f"interfaces.{what}", "why": f"not given by {lacking} of {len(interfaces)}"}
            )
    return interfaces


def _interface(columns: Columns, index: str) -> dict[str, Any]:
    status = _count(columns, IF_OPER_STATUS, index)
    return {
        "if_index": int(index) if index.isdecimal() else None,
        "name": _words(columns, IF_NAME, index) or _words(columns, IF_DESCR, index),
        "oper_up": None if status is None else status == IF_UP,
        "in_octets": _octets(columns, IF_HC_IN_OCTETS, index),
        "out_octets": _octets(columns, IF_HC_OUT_OCTETS, index),
    }


def _octets(columns: Columns, wide: str, index: str) -> int | None:
    octets = _count(columns, wide, index)
    return octets if octets is not None else _count(columns, NARROW[wide], index)


def _count(columns: Columns, oid: str, index: str) -> int | None:
    value = columns.get(oid, {}).get(index)
    return value if isinstance(value, int) and value >= 0 else None


def _words(columns: Columns, oid: str, index: str) -> str | None:
    return text(columns.get(oid, {}).get(index, Missing("not read"))) or None
