"""One look at an SNMP device: what it is, and all that its profile can read of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from city.errors import Refused
from city.measurements import Metric
from drivers.snmp.codec import Missing, Value, decode, instance, text
from drivers.snmp.poller import find_rows
from drivers.snmp.profile import (
    SYS_DESCR,
    SYS_NAME,
    SYS_OBJECT_ID,
    SYS_UPTIME,
    Column,
    SnmpProfile,
    recognise,
)
from drivers.snmp.session import Agent, Credentials, SnmpSession

TICKS_PER_S = 100
"""TimeTicks, RFC 2578."""
MOST_INTERFACES = 64
"""Interfaces past this many are left out."""
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.8"
IF_HC_IN_OCTETS = "1.3.6.1.2.1.31.1.1.1.6"
IF_HC_OUT_OCTETS = "1.3.6.1.2.1.31.1.1.1.10"
IF_UP = 1
"""ifOperStatus, RFC 2863."""

RADIO_KEYS: Mapping[str, Metric] = {
    "channel": Metric.CHANNEL,
    "clients": Metric.CLIENTS,
    "utilization_pct": Metric.AIRTIME,
    "noise_dbm": Metric.NOISE,
    "tx_power_dbm": Metric.TX_POWER,
    "in_octets": Metric.IN_OCTETS,
    "out_octets": Metric.OUT_OCTETS,
}
"""What ``falotier probe snmp --json`` calls each metric of a radio."""

Unread = list[dict[str, str]]


async def probe(
    host: str, port: int, credentials: Credentials, profiles: Iterable[SnmpProfile], timeout_s: float
) -> dict[str, Any]:
    """Recognise one device and read it once; the result is what ``falotier probe snmp --json`` prints.

    A value that the device does not give is None.

    Raises:
        Unreachable: no answer; a wrong community looks the same.
        Refused: wrong credentials, or an answer that makes no sense.
    """
    agent = Agent(host, port, credentials)
    unread: Unread = []
    async with SnmpSession(timeout_s) as session:
        system = await session.get(agent, [SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME])
        descr, object_id = _said(system, SYS_DESCR), _said(system, SYS_OBJECT_ID)
        profile = recognise(profiles, object_id or "", descr or "")
        device = {
            "vendor": profile.vendor if profile else None,
            "profile": profile.name if profile else None,
            "sys_object_id": object_id,
            "sys_descr": descr,
            **await _texts(session, agent, profile, unread),
            "uptime_s": _whole(system, SYS_UPTIME, TICKS_PER_S),
        }
        radios = await _radios(session, agent, profile, unread)
        interfaces = await _interfaces(session, agent, unread)
    access_points = [_access_point(_said(system, SYS_NAME), radios)] if radios else []
    return {
        "device": device,
        "totals": {
            "clients": access_points[0]["clients"] if access_points else None,
            "access_points": len(access_points) or None,
            "access_points_up": len(access_points) or None,
        },
        "access_points": access_points,
        "ssids": [],
        "interfaces": interfaces,
        "unread": unread,
    }


def _access_point(name: str | None, radios: list[dict[str, Any]]) -> dict[str, Any]:
    """A stand-alone access point: it answers, so it is up."""
    counts = [radio["clients"] for radio in radios]
    clients = None if None in counts else sum(counts)
    return {"id": name, "name": name, "up": True, "clients": clients, "radios": radios}


async def _texts(
    session: SnmpSession, agent: Agent, profile: SnmpProfile | None, unread: Unread
) -> dict[str, str | None]:
    texts: dict[str, str | None] = {"model": None, "serial": None, "firmware": None}
    oids = {key: oid for key, oid in (profile.device if profile else ()) if oid is not None}
    if oids:
        answers = await _get(session, agent, list(oids.values()), unread)
        texts |= {key: _said(answers, oid) for key, oid in oids.items()}
    return texts


async def _radios(
    session: SnmpSession, agent: Agent, profile: SnmpProfile | None, unread: Unread
) -> list[dict[str, Any]]:
    if profile is None or profile.radios is None:
        return []
    columns = profile.radios.column
    rows = await find_rows(session, agent, profile.radios)
    if not rows:
        unread.append({"what": "radios", "why": f"no rows at {profile.radios.instances}"})
        return []
    answers = await _get(
        session, agent, [instance(column, row) for row in rows for column in columns], unread
    )
    return [_radio(columns, row, answers, unread) for row in rows]


def _radio(
    columns: Iterable[Column], row: str, answers: Mapping[str, Value], unread: Unread
) -> dict[str, Any]:
    radio: dict[str, Any] = {"id": row, "band": None, "channel": None, "frequency_mhz": None, "clients": None}
    radio |= dict.fromkeys(RADIO_KEYS)
    keys = {metric: key for key, metric in RADIO_KEYS.items()}
    for column in columns:
        decoded = decode(column, answers.get(instance(column, row), Missing("not read")))
        if decoded.why is not None:
            unread.append({"what": f"{row}/{column.label}", "why": decoded.why})
        elif column.metric in keys and decoded.value is not None:
            value = decoded.value
            radio[keys[column.metric]] = int(value) if value.is_integer() else value
        elif column.field == "band":
            radio["band"] = decoded.word
    return radio


async def _interfaces(session: SnmpSession, agent: Agent, unread: Unread) -> list[dict[str, Any]]:
    names = await session.walk(agent, IF_NAME, MOST_INTERFACES)
    columns = (IF_OPER_STATUS, IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS)
    answers = await _get(session, agent, [f"{column}.{row}" for row in names for column in columns], [])
    interfaces = []
    for row, name in names.items():
        status = _whole(answers, f"{IF_OPER_STATUS}.{row}")
        octets = [_whole(answers, f"{column}.{row}") for column in (IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS)]
        missing = [
            what for what, value in zip(("in_octets", "out_octets"), octets, strict=True) if value is None
        ]
        unread.extend({"what": f"interface {row}/{what}", "why": "not given"} for what in missing)
        interfaces.append(
            {
                "if_index": int(row) if row.isdecimal() else None,
                "name": text(name),
                "oper_up": None if status is None else status == IF_UP,
                "in_octets": octets[0],
                "out_octets": octets[1],
            }
        )
    return interfaces


async def _get(session: SnmpSession, agent: Agent, oids: list[str], unread: Unread) -> dict[str, Value]:
    """What can be had of some objects: a device that refuses to answer them still has its other parts shown."""
    try:
        return await session.get(agent, oids)
    except Refused as refusal:
        unread.append({"what": f"{len(oids)} objects from {oids[0]}", "why": str(refusal)})
        return {}


def _said(answers: Mapping[str, Value], oid: str) -> str | None:
    value = answers.get(oid, Missing("not read"))
    return None if isinstance(value, Missing) else text(value)


def _whole(answers: Mapping[str, Value], oid: str, divisor: int = 1) -> float | None:
    value = answers.get(oid)
    if not isinstance(value, int):
        return None
    return value if divisor == 1 else value / divisor
